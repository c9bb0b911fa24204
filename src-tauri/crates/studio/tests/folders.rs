//! The folders of the library: named by the person, added in place, changed by others, gone with their drives.

#![allow(clippy::unwrap_used, reason = "a stage that can't be set is a failed test")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{Stage, add, picture, request, run};
use image::ImageFormat;
use studio::{
    BrokenFile, Change, Chosen, ErrorCode, Event, FolderLook, FolderState, Grouping, ImageId, ImageRecord, JobState,
    Settings, Studio,
};

/// A picture that differs from others by its width.
fn png(width: u32) -> Vec<u8> {
    picture(ImageFormat::Png, width, 30)
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

async fn all(studio: &Studio) -> Vec<ImageRecord> {
    let mut all = studio.images(None, 1000).await.unwrap();
    all.sort_by(|one, other| (one.folder, &one.file_name).cmp(&(other.folder, &other.file_name)));
    all
}

async fn names(studio: &Studio) -> Vec<String> {
    all(studio).await.into_iter().map(|record| record.file_name).collect()
}

async fn rate(studio: &Studio, id: &ImageId, stars: u8) {
    let chosen = Chosen::Ids { ids: vec![id.clone()] };
    let changed = studio.change_pictures(chosen, Change::Rate { stars }).await.unwrap();
    assert_eq!(changed.count, 1);
}

async fn found(studio: &Studio, text: &str) -> usize {
    studio.search(text.into(), Grouping::Day).await.unwrap().total as usize
}

/// A folder with pictures outside of the library.
fn other(stage: &Stage, name: &str) -> PathBuf {
    let folder = stage.folder.path().join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

async fn damage(stage: &Stage) {
    fs::write(
        stage.folders().data.join("atelier.db"),
        b"no database at all, and long enough to be looked at",
    )
    .unwrap();
    for rest in ["atelier.db-wal", "atelier.db-shm"] {
        drop(fs::remove_file(stage.folders().data.join(rest)));
    }
    fs::write(stage.folders().data.join("atelier.lock"), b"open\n").unwrap();
}

#[tokio::test]
async fn a_template_that_can_not_be_used_is_refused_and_shown() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    for template in ["", "{sed}", "../{seed}", "a:b", "{date}//{seed}"] {
        let refused = studio
            .save_settings(Settings {
                picture_names: template.into(),
                ..Settings::default()
            })
            .await
            .unwrap_err();
        assert_eq!(
            (refused.code, refused.detail.as_deref()),
            (ErrorCode::Refused, Some("pictureNames")),
            "{template}"
        );
        assert!(
            !studio.preview_names(template).await.unwrap().problems.is_empty(),
            "{template}"
        );
    }
    assert_eq!(studio.settings().await, Settings::default());
    let shown = studio.preview_names("{model}/{tags:2} {seed}").await.unwrap();
    assert_eq!(shown.problems, []);
    assert_eq!(
        shown.examples,
        ["nai-diffusion-5-full/1girl, silver hair 1234567890.png"]
    );
}

#[tokio::test]
async fn pictures_are_named_by_the_template_and_none_is_overwritten() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let settings = Settings {
        picture_names: "{model}/{prompt:2}".into(),
        ..Settings::default()
    };
    studio.save_settings(settings).await.unwrap();
    for _ in 0..2 {
        let job = run(&studio, request()).await;
        assert!(matches!(job.state, JobState::Done { .. }), "{job:?}");
    }
    let names = names(&studio).await;
    assert_eq!(names.len(), 2);
    assert!(
        names.contains(&"nai-diffusion-4-5-full/a lighthouse.png".to_owned()),
        "{names:?}"
    );
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("nai-diffusion-4-5-full/a lighthouse-")),
        "{names:?}"
    );
    assert_eq!(stage.pictures().len(), 2);
    let shown = studio
        .preview_names("{size}/{number} {kind} {seed}")
        .await
        .unwrap()
        .examples;
    assert_eq!(
        shown,
        ["192x256/1 text 1234567890.png", "192x256/1 text 1234567890.png"]
    );
}

#[tokio::test]
async fn a_folder_is_added_in_place_and_removed_again_and_keeps_its_files_and_stars() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let own = add(&studio, &png(40)).await;
    studio.add_to_library(vec![own]).await.unwrap();
    let folder = other(&stage, "older");
    for (name, width) in [("a.png", 50), ("deep/er/b.png", 51), ("same.png", 40)] {
        write(&folder.join(name), &png(width));
    }
    for wrong in [
        &stage.folders().library,
        &stage.folders().data,
        &stage.folder.path().to_owned(),
    ] {
        let refused = studio.add_library_folder(wrong.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Refused, "{}", wrong.display());
    }

    let folders = studio.add_library_folder(folder.clone()).await.unwrap();
    let id = folders[1].id;
    let look = studio.look_at_folders().await.unwrap();

    assert_eq!((look.added, look.broken), (3, 0));
    let pictures = all(&studio).await;
    let of_folder: Vec<_> = pictures.iter().filter(|record| record.folder == id).collect();
    assert_eq!(of_folder.len(), 3, "the same picture in two folders is two files");
    let rated = of_folder[1].clone();
    assert_eq!(rated.file_name, "deep/er/b.png");
    assert_eq!(studio.image_bytes(rated.id.clone()).await.unwrap().1, png(51));
    assert!(!studio.thumbnail(rated.id.clone()).await.unwrap().is_empty());
    rate(&studio, &rated.id, 5).await;
    let folders = studio.library_folders().await.unwrap();
    let told: Vec<_> = folders
        .iter()
        .map(|folder| (folder.id, folder.pictures, folder.state))
        .collect();
    assert_eq!(told, [(0, 1, FolderState::Ready), (id, 3, FolderState::Ready)]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing was written there");

    let refused = studio.remove_library_folder(0).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Refused);
    assert_eq!(
        studio.remove_library_folder(99).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    assert_eq!(studio.remove_library_folder(id).await.unwrap().len(), 1);
    assert_eq!(all(&studio).await.len(), 1);
    assert_eq!(found(&studio, "").await, 1);
    assert_eq!(fs::read(folder.join("a.png")).unwrap(), png(50));

    let again = studio.add_library_folder(folder).await.unwrap()[1].id;
    assert_ne!(again, id);
    studio.look_at_folders().await.unwrap();
    let back = studio.image(rated.id).await.unwrap();
    assert_eq!(
        (back.rating, back.folder),
        (5, again),
        "what was said of it is still known"
    );
}

#[tokio::test]
async fn pictures_of_an_added_folder_have_a_trash_of_their_own() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let folder = other(&stage, "more");
    write(&folder.join("day/a.png"), &png(50));
    write(&folder.join("b.png"), &png(51));
    let id = studio.add_library_folder(folder.clone()).await.unwrap()[1].id;
    studio.look_at_folders().await.unwrap();
    let picture = all(&studio)
        .await
        .into_iter()
        .find(|record| record.file_name == "day/a.png")
        .unwrap();
    let chosen = Chosen::Ids {
        ids: vec![picture.id.clone()],
    };

    assert_eq!(studio.trash_pictures(chosen.clone()).await.unwrap().count, 1);

    assert!(folder.join(".trash").join(&picture.id.0).join("a.png").exists());
    assert_eq!(studio.look_at_folders().await.unwrap(), FolderLook::default());
    assert_eq!(studio.image_bytes(picture.id.clone()).await.unwrap().1, png(50));
    assert_eq!(
        studio.remove_library_folder(id).await.unwrap_err().code,
        ErrorCode::Refused
    );
    studio.undo_change().await.unwrap().unwrap();
    assert!(folder.join("day/a.png").exists());
    studio.trash_pictures(chosen).await.unwrap();
    let emptied = studio.empty_trash(Some(vec![picture.id]), true).await.unwrap();
    assert_eq!((emptied.count, emptied.refused), (1, vec![]));
    studio.remove_library_folder(id).await.unwrap();
    assert!(folder.join("b.png").exists());
}

#[tokio::test]
async fn what_others_do_is_found_at_the_next_look_and_what_was_said_stays() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let library = stage.folders().library;
    for (name, width) in [("in/a.png", 40), ("in/b.png", 41), ("in/c.png", 42), ("d.png", 43)] {
        write(&library.join(name), &png(width));
    }
    assert_eq!(studio.look_at_folders().await.unwrap().added, 4);
    assert_eq!(studio.look_at_folders().await.unwrap(), FolderLook::default());
    let before = all(&studio).await;
    for (record, stars) in before.iter().zip(1..) {
        rate(&studio, &record.id, stars).await;
    }

    // A folder is renamed, a file moved, one deleted, one written over, and one is new.
    fs::rename(library.join("in"), library.join("out")).unwrap();
    fs::rename(library.join("out/b.png"), library.join("b and more.png")).unwrap();
    fs::remove_file(library.join("out/c.png")).unwrap();
    write(&library.join("d.png"), &picture(ImageFormat::Png, 77, 70));
    write(&library.join("new.png"), &png(60));
    let look = studio.look_at_folders().await.unwrap();

    assert_eq!(
        look,
        FolderLook {
            added: 1,
            moved: 2,
            changed: 1,
            missing: 1,
            broken: 0
        }
    );
    let now: Vec<_> = all(&studio)
        .await
        .into_iter()
        .map(|r| (r.file_name, r.width, r.rating))
        .collect();
    assert_eq!(
        now,
        [
            ("b and more.png".into(), 41, 3),
            ("d.png".into(), 77, 1),
            ("new.png".into(), 60, 0),
            ("out/a.png".to_owned(), 40, 2),
        ]
    );
    assert_eq!(found(&studio, "is:rated").await, 3);
    assert_eq!(studio.library_folders().await.unwrap()[0].missing, 1);

    // It turns up again under another name.
    write(&library.join("again/x.png"), &png(42));
    assert_eq!(studio.look_at_folders().await.unwrap().added, 1);
    let back = studio.image(before[3].id.clone()).await.unwrap();
    assert_eq!((back.file_name.as_str(), back.rating), ("again/x.png", 4));
    let at: ImageRecord = studio.image(before[1].id.clone()).await.unwrap();
    studio.close().await;

    // The index is made again, and agrees.
    damage(&stage).await;
    let studio = stage.open().await;
    let again: Vec<_> = all(&studio)
        .await
        .into_iter()
        .map(|r| (r.file_name, r.width, r.rating))
        .collect();
    assert_eq!(again.len(), 5);
    assert!(again.contains(&(at.file_name, 40, 2)), "{again:?}");
    assert!(again.contains(&("again/x.png".into(), 42, 4)), "{again:?}");
    assert!(again.contains(&("d.png".into(), 77, 1)), "{again:?}");
}

#[tokio::test]
async fn a_picture_that_is_moved_over_two_disks_keeps_its_stars() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let library = stage.folders().library;
    let folder = other(&stage, "slow");
    write(&folder.join("x.png"), &png(90));
    studio.add_library_folder(folder.clone()).await.unwrap();
    write(&library.join("a.png"), &png(40));
    write(&library.join("b.png"), &png(41));
    studio.look_at_folders().await.unwrap();
    let first = all(&studio).await[0].clone();
    rate(&studio, &first.id, 4).await;

    // Such a move is a copy that is seen, and the deletion of the first, which is seen later.
    fs::copy(library.join("a.png"), folder.join("a.png")).unwrap();
    assert_eq!(studio.look_at_folders().await.unwrap().added, 1);
    fs::remove_file(library.join("a.png")).unwrap();
    assert_eq!(studio.look_at_folders().await.unwrap().moved, 1);

    let moved = studio.image(first.id).await.unwrap();
    assert_eq!((moved.folder, moved.rating), (1, 4));
    assert_eq!(all(&studio).await.len(), 3);
    assert_eq!(found(&studio, "").await, 3);
}

#[tokio::test]
async fn names_that_were_swapped_stay_with_their_pictures() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let library = stage.folders().library;
    write(&library.join("a.png"), &png(40));
    write(&library.join("b.png"), &png(141));
    write(&library.join("c.png"), &png(42));
    studio.look_at_folders().await.unwrap();
    for (record, stars) in all(&studio).await.iter().zip(1..) {
        rate(&studio, &record.id, stars).await;
    }
    fs::rename(library.join("a.png"), library.join("z.png")).unwrap();
    fs::rename(library.join("b.png"), library.join("a.png")).unwrap();
    studio.look_at_folders().await.unwrap();
    let now: Vec<_> = all(&studio)
        .await
        .into_iter()
        .map(|r| (r.file_name, r.width, r.rating))
        .collect();
    assert_eq!(
        now,
        [
            ("a.png".to_owned(), 141, 2),
            ("c.png".into(), 42, 3),
            ("z.png".into(), 40, 1)
        ]
    );
}

#[tokio::test]
async fn a_drive_that_vanishes_takes_nothing_along() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let folder = other(&stage, "drive");
    write(&folder.join("a.png"), &png(40));
    write(&folder.join("day/b.png"), &png(41));
    let id = studio.add_library_folder(folder.clone()).await.unwrap()[1].id;
    studio.look_at_folders().await.unwrap();
    let rated = all(&studio).await[0].clone();
    rate(&studio, &rated.id, 5).await;
    let away = stage.folder.path().join("away");
    fs::rename(&folder, &away).unwrap();

    // Once gone altogether, once with its empty place left.
    for empty in [false, true] {
        if empty {
            fs::create_dir(&folder).unwrap();
        }
        assert_eq!(studio.look_at_folders().await.unwrap(), FolderLook::default());
        let told = studio.library_folders().await.unwrap();
        assert_eq!((told[1].state, told[1].pictures), (FolderState::Unreachable, 2));
        assert_eq!(all(&studio).await.len(), 2);
        let gone = studio.image_bytes(rated.id.clone()).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        assert!(gone.message.contains("drive"), "{gone}");
        let chosen = Chosen::Ids {
            ids: vec![rated.id.clone()],
        };
        let trashed = studio.trash_pictures(chosen).await.unwrap();
        assert_eq!((trashed.count, trashed.refused.len()), (0, 1));
        // What is said of it is said all the same.
        rate(&studio, &rated.id, if empty { 3 } else { 2 }).await;
    }
    fs::remove_dir(&folder).unwrap();
    studio.close().await;
    let studio = stage.open().await;
    assert_eq!(all(&studio).await.len(), 2, "it is not there at the start either");
    fs::rename(&away, &folder).unwrap();
    assert_eq!(studio.look_at_folders().await.unwrap(), FolderLook::default());
    assert_eq!(studio.library_folders().await.unwrap()[1].state, FolderState::Ready);
    let back = studio.image(rated.id).await.unwrap();
    assert_eq!((back.rating, back.folder), (3, id));
}

#[cfg(unix)]
#[tokio::test]
async fn a_read_only_folder_and_a_locked_file_are_named_and_survived() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let folder = other(&stage, "fixed");
    write(&folder.join("a.png"), &png(40));
    write(&folder.join("locked.png"), &png(41));
    write(&folder.join("closed/b.png"), &png(42));
    studio.add_library_folder(folder.clone()).await.unwrap();
    mode(&folder.join("locked.png"), 0);
    mode(&folder.join("closed"), 0);
    mode(&folder, 0o555);
    // Root may do everything; then there is nothing to see here.
    if fs::read(folder.join("locked.png")).is_err() {
        let look = studio.look_at_folders().await.unwrap();
        assert_eq!((look.added, look.broken, look.missing), (1, 1, 0));
        let [locked] = broken(&studio).await.try_into().unwrap();
        assert_eq!(locked.place.file_name, "locked.png");
        assert_eq!(studio.library_folders().await.unwrap()[1].state, FolderState::ReadOnly);
        let first = all(&studio).await[0].clone();
        rate(&studio, &first.id, 5).await;
        let chosen = Chosen::Ids {
            ids: vec![first.id.clone()],
        };
        let trashed = studio.trash_pictures(chosen).await.unwrap();
        assert_eq!((trashed.count, trashed.refused.len()), (0, 1));
        assert_eq!(trashed.refused[0].name, "a.png");
        assert_eq!(studio.image(first.id).await.unwrap().rating, 5);

        mode(&folder, 0o755);
        mode(&folder.join("locked.png"), 0o644);
        mode(&folder.join("closed"), 0o755);
        assert_eq!(studio.look_at_folders().await.unwrap().added, 2);
        assert_eq!(broken(&studio).await, []);
        mode(&folder.join("closed"), 0);
        assert_eq!(
            studio.look_at_folders().await.unwrap(),
            FolderLook::default(),
            "nobody knows what is in it"
        );
        assert_eq!(all(&studio).await.len(), 3);
    }
    mode(&folder, 0o755);
    mode(&folder.join("closed"), 0o755);
}

/// The list of broken files, read page by page.
async fn broken(studio: &Studio) -> Vec<BrokenFile> {
    let mut files: Vec<BrokenFile> = Vec::new();
    loop {
        let after = files.last().map(|file| file.place.clone());
        let page = studio.broken_files(after, 2).await.unwrap();
        if page.files.is_empty() {
            assert_eq!(page.total as usize, files.len());
            return files;
        }
        files.extend(page.files);
    }
}

#[tokio::test]
async fn broken_files_among_many_are_listed_once_each() {
    let stage = Stage::new().await;
    let library = stage.folders().library;
    for number in 0..200 {
        let name = library.join(format!("{number:03}.png"));
        match number {
            7 => write(&name, b""),
            77 => write(&name, b"no picture at all"),
            // It is cut in its pixels: its head is whole.
            111 => write(&name, &png(40 + number)[..100]),
            _ => write(&name, &png(40 + number)),
        }
    }
    write(&library.join("notes.txt"), b"none of ours");
    let studio = stage.open().await;
    let first = studio.look_at_folders().await.unwrap();
    assert_eq!((first.added, first.broken), (198, 2));
    assert_eq!(
        studio.look_at_folders().await.unwrap(),
        FolderLook::default(),
        "they are not read again"
    );
    // The cut one is found when it is looked at.
    let mut files = Vec::new();
    for _ in 0..1500 {
        files = broken(&studio).await;
        if files.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let names: Vec<&str> = files.iter().map(|file| file.place.file_name.as_str()).collect();
    assert_eq!(names, ["007.png", "077.png", "111.png"]);
    assert!(files.iter().all(|file| !file.reason.is_empty()), "{files:?}");
    assert_eq!(files.iter().filter(|file| file.image.is_some()).count(), 1);
    assert_eq!(studio.indexing().await.unwrap().broken, 3);

    write(&library.join("007.png"), &png(300));
    write(&library.join("111.png"), &png(301));
    fs::remove_file(library.join("077.png")).unwrap();
    let mended = studio.look_at_folders().await.unwrap();
    assert_eq!((mended.added, mended.changed), (1, 1));
    assert_eq!(broken(&studio).await, []);
}

#[tokio::test]
async fn what_happens_in_the_folders_is_seen_by_itself_and_our_own_pictures_once() {
    let stage = Stage::new().await;
    let library = stage.folders().library;
    write(&library.join("a.png"), &png(40));
    let studio = stage.open().await;
    let mut events = studio.subscribe();
    until(&studio, |names| names == ["a.png"]).await;
    let first = all(&studio).await[0].clone();
    rate(&studio, &first.id, 5).await;
    let folder = other(&stage, "second");
    write(&folder.join("s.png"), &png(50));
    // A folder without anything in it would be an unplugged drive.
    write(&folder.join("notes.txt"), b"none of ours");
    studio.add_library_folder(folder.clone()).await.unwrap();
    until(&studio, |names| names == ["a.png", "s.png"]).await;
    for _ in 0..1500 {
        if studio
            .library_folders()
            .await
            .unwrap()
            .iter()
            .all(|folder| folder.watched)
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    write(&folder.join("new/t.png"), &png(51));
    fs::rename(library.join("a.png"), library.join("moved.png")).unwrap();
    until(&studio, |names| names == ["moved.png", "new/t.png", "s.png"]).await;
    assert_eq!(studio.image(first.id.clone()).await.unwrap().rating, 5);
    fs::remove_file(folder.join("s.png")).unwrap();
    fs::rename(folder.join("new"), library.join("here")).unwrap();
    until(&studio, |names| names == ["here/t.png", "moved.png"]).await;
    let job = run(&studio, request()).await;
    let JobState::Done { images } = job.state else {
        panic!("{job:?}")
    };
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(all(&studio).await.len(), 3, "{:?}", names(&studio).await);
    assert!(all(&studio).await.iter().any(|record| record.id == images[0]));
    assert_eq!(broken(&studio).await, [], "nothing is taken for broken");
    let mut removed = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Library { removed: gone, .. } = event {
            removed.extend(gone);
        }
    }
    assert_eq!(removed.len(), 1, "only the deleted one went");
}

async fn until(studio: &Studio, right: impl Fn(&[String]) -> bool) {
    for _ in 0..1000 {
        let mut now = names(studio).await;
        now.sort();
        if right(&now) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to that: {:?}", names(studio).await);
}
