//! What the person says about their pictures, and what they throw away: in bulk, undone, and never lost.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod common;

use std::fs;

use common::{Stage, add, picture};
use image::ImageFormat;
use studio::{Change, ChangeKind, Chosen, ErrorCode, Grouping, ImageId, ImageRecord, Mark, Studio};

/// Pictures that differ, oldest first.
async fn pictures(studio: &Studio, count: u32) -> Vec<ImageId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let id = add(studio, &picture(ImageFormat::Png, 40 + number, 40)).await;
        let adopted = studio.add_to_library(vec![id]).await.unwrap();
        ids.extend(adopted.added.into_iter().map(|record| record.id));
    }
    ids
}

async fn found(studio: &Studio, text: &str) -> Vec<ImageId> {
    let found = studio.search(text.into(), Grouping::Day).await.unwrap();
    assert_eq!(found.problems, [], "{text}");
    let all = studio.found_pictures(found.id, 0, 1000).await.unwrap();
    assert_eq!(all.len(), found.total as usize);
    all.into_iter().map(|record| record.id).collect()
}

async fn one(studio: &Studio, id: &ImageId) -> ImageRecord {
    studio.image(id.clone()).await.unwrap()
}

/// The database is a broken file, and the last run did not end well.
fn lose_the_index(stage: &Stage) {
    let data = stage.folders().data;
    fs::write(
        data.join("atelier.db"),
        b"no database at all, and long enough to be looked at",
    )
    .unwrap();
    fs::write(data.join("atelier.lock"), b"open\n").unwrap();
}

fn ids(ids: &[ImageId]) -> Chosen {
    Chosen::Ids { ids: ids.to_vec() }
}

#[tokio::test]
async fn what_can_not_be_said_is_refused() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 1).await;
    for change in [
        Change::Rate { stars: 6 },
        Change::AddTo { album: " \n".into() },
        Change::TakeOut { album: String::new() },
        Change::Label { label: " ,\n".into() },
        Change::Unlabel { label: String::new() },
    ] {
        let refused = studio.change_pictures(ids(&all), change.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Refused, "{change:?}");
    }
    let gone = Chosen::Found {
        search: 77,
        ranges: vec![(0, 1)],
    };
    let refused = studio
        .change_pictures(gone, Change::Rate { stars: 1 })
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    let nobody = ids(&[ImageId("nobody".into())]);
    assert_eq!(
        studio
            .change_pictures(nobody, Change::Rate { stars: 1 })
            .await
            .unwrap()
            .count,
        0
    );
    assert_eq!(studio.undo_change().await.unwrap(), None);
    assert!(!stage.folders().library.join("atelier.jsonl").exists());
}

#[tokio::test]
async fn many_are_changed_at_once_and_each_step_can_be_undone() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 4).await;
    let search = studio.search(String::new(), Grouping::Day).await.unwrap();
    // Newest first: the second and the third.
    let some = Chosen::Found {
        search: search.id,
        ranges: vec![(1, 3), (2, 3), (9, 4)],
    };

    let rated = studio
        .change_pictures(some.clone(), Change::Rate { stars: 4 })
        .await
        .unwrap();
    assert_eq!((rated.what, rated.count), (ChangeKind::Rated, 2));
    studio
        .change_pictures(some, Change::AddTo { album: "Best".into() })
        .await
        .unwrap();
    studio
        .change_pictures(
            ids(&all[..1]),
            Change::Mark {
                mark: Some(Mark::Reject),
            },
        )
        .await
        .unwrap();
    let note = Change::Note {
        text: "海 by the window".into(),
    };
    studio.change_pictures(ids(&all[3..]), note).await.unwrap();

    assert_eq!(found(&studio, "rating>=4").await, [all[2].clone(), all[1].clone()]);
    assert_eq!(found(&studio, "album:best").await, [all[2].clone(), all[1].clone()]);
    assert_eq!(found(&studio, "is:rejected").await, all[..1]);
    assert_eq!(found(&studio, "海").await, all[3..]);
    assert_eq!(
        studio.said_of(all[1].clone()).await.unwrap(),
        (String::new(), vec!["Best".into()], vec![])
    );

    for what in [
        ChangeKind::Noted,
        ChangeKind::Marked,
        ChangeKind::Sorted,
        ChangeKind::Rated,
    ] {
        assert_eq!(studio.undo_change().await.unwrap().unwrap().what, what);
    }
    assert_eq!(studio.undo_change().await.unwrap(), None);
    assert_eq!(found(&studio, "is:rated").await, []);
    assert_eq!(found(&studio, "note:海").await, []);
    assert_eq!(studio.redo_change().await.unwrap().unwrap().count, 2);
    assert_eq!(one(&studio, &all[1]).await.rating, 4);
}

#[tokio::test]
async fn albums_are_named_anew_and_taken_away_and_the_pictures_stay() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 2).await;
    studio.create_album("Empty".into()).await.unwrap();
    studio
        .change_pictures(ids(&all), Change::AddTo { album: "Sea".into() })
        .await
        .unwrap();
    let taken = studio.rename_album("Sea".into(), "empty".into()).await.unwrap_err();
    assert_eq!(taken.code, ErrorCode::Refused);
    assert_eq!(
        studio.rename_album("Land".into(), "x".into()).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    studio.rename_album("sea".into(), "Ocean".into()).await.unwrap();
    assert_eq!(found(&studio, "album:ocean").await.len(), 2);
    studio.delete_album("Empty".into()).await.unwrap();
    studio.close().await;

    fs::remove_file(stage.folders().data.join("atelier.db")).unwrap();
    fs::write(
        stage.folders().data.join("atelier.db"),
        b"no database at all, and long enough to be looked at",
    )
    .unwrap();
    fs::write(stage.folders().data.join("atelier.lock"), b"open\n").unwrap();
    let studio = stage.open().await;
    assert_eq!(studio.album_names().await.unwrap(), ["Ocean"]);
    assert_eq!(found(&studio, "album:ocean").await.len(), 2);
    studio.delete_album("Ocean".into()).await.unwrap();
    assert_eq!(studio.album_names().await.unwrap(), Vec::<String>::new());
    assert_eq!(studio.images(None, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_done_to_an_album_can_be_undone_and_its_pictures_find_back() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 3).await;
    for (some, album) in [(&all[..2], "Sea"), (&all[1..], "Land")] {
        let change = Change::AddTo { album: album.into() };
        studio.change_pictures(ids(some), change).await.unwrap();
    }
    // One of the album is in the trash: it goes with the others.
    studio.trash_pictures(ids(&all[..1])).await.unwrap();
    assert_eq!(
        studio.delete_album("nowhere".into()).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    let done = studio.delete_album("sea".into()).await.unwrap();
    assert_eq!((done.what, done.count), (ChangeKind::AlbumDeleted, 2));
    assert_eq!(studio.album_names().await.unwrap(), ["Land"]);
    assert_eq!(
        studio.undo_change().await.unwrap().unwrap().what,
        ChangeKind::AlbumDeleted
    );
    assert_eq!(studio.album_names().await.unwrap(), ["Land", "Sea"]);
    assert_eq!(found(&studio, "album:sea").await, all[1..2]);
    assert_eq!(
        studio.redo_change().await.unwrap().unwrap().what,
        ChangeKind::AlbumDeleted
    );
    assert_eq!(studio.album_names().await.unwrap(), ["Land"]);
    // Somebody made one of its name meanwhile.
    studio.create_album("SEA".into()).await.unwrap();
    studio.undo_change().await.unwrap();
    assert_eq!(studio.album_names().await.unwrap(), ["Land", "SEA"]);
    assert_eq!(found(&studio, "album:sea").await, all[1..2]);
    assert_eq!(studio.undo_change().await.unwrap().unwrap().what, ChangeKind::Trashed);
    assert_eq!(found(&studio, "album:sea").await.len(), 2);

    let renamed = studio.rename_album("land".into(), "Shore".into()).await.unwrap();
    assert_eq!((renamed.what, renamed.count), (ChangeKind::AlbumRenamed, 2));
    studio.undo_change().await.unwrap();
    assert_eq!(studio.album_names().await.unwrap(), ["Land", "SEA"]);
    studio.redo_change().await.unwrap();
    studio.close().await;
    lose_the_index(&stage);
    let studio = stage.open().await;
    assert_eq!(studio.album_names().await.unwrap(), ["SEA", "Shore"]);
    assert_eq!(found(&studio, "album:shore").await.len(), 2);
}

#[tokio::test]
async fn labels_are_put_on_many_counted_found_undone_and_outlive_the_index() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 3).await;
    let label = |label: &str| Change::Label { label: label.into() };
    studio.change_pictures(ids(&all), label("To print")).await.unwrap();
    let again = studio.change_pictures(ids(&all[..1]), label("to PRINT")).await.unwrap();
    assert_eq!(
        (again.what, again.count),
        (ChangeKind::Labelled, 0),
        "it is the same label"
    );
    studio.change_pictures(ids(&all[..2]), label("青")).await.unwrap();
    let sorting = studio.sorting_of(ids(&all)).await.unwrap();
    let counts: Vec<_> = sorting
        .labels
        .iter()
        .map(|value| (value.value.as_str(), value.count))
        .collect();
    assert_eq!((sorting.pictures, counts), (3, vec![("To print", 3), ("青", 2)]));
    assert_eq!(found(&studio, "label:\"to print\" label:青").await.len(), 2);
    assert_eq!(found(&studio, "is:labelled").await.len(), 3);
    assert_eq!(found(&studio, "-label:青").await, all[2..]);
    assert_eq!(found(&studio, "print").await.len(), 3, "its words find, too");
    let offers = studio.complete_search("label:t".into(), 7).await.unwrap().offers;
    assert_eq!(offers[0].text, "\"To print\"");
    let unknown = studio.search("label:nobody".into(), Grouping::Day).await.unwrap();
    assert_eq!((unknown.total, unknown.problems.len()), (0, 1));

    let gone = Change::Unlabel {
        label: "TO PRINT".into(),
    };
    assert_eq!(studio.change_pictures(ids(&all), gone).await.unwrap().count, 3);
    assert_eq!(studio.labels().await.unwrap(), ["青"]);
    assert_eq!(studio.undo_change().await.unwrap().unwrap().what, ChangeKind::Labelled);
    assert_eq!(studio.labels().await.unwrap(), ["To print", "青"]);
    studio.close().await;
    lose_the_index(&stage);
    let studio = stage.open().await;
    assert_eq!(studio.said_of(all[0].clone()).await.unwrap().2, ["To print", "青"]);
    assert_eq!(found(&studio, "label:青").await.len(), 2);
}

#[tokio::test]
async fn a_large_trash_is_read_page_by_page_and_emptied_as_a_whole() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 5).await;
    studio.trash_pictures(ids(&all)).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let page = studio.trashed(seen.last().cloned(), 2).await.unwrap();
        assert_eq!(page.total, 5);
        if page.pictures.is_empty() {
            break;
        }
        seen.extend(page.pictures.into_iter().map(|picture| picture.image.id));
    }
    let newest_first: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(seen, newest_first);
    assert_eq!(
        studio.restore_pictures(Some(vec![all[0].clone()])).await.unwrap().count,
        1
    );
    assert_eq!(studio.empty_trash(None, true).await.unwrap().count, 4);
    assert_eq!(studio.images(None, 9).await.unwrap().len(), 1);
    assert_eq!(studio.restore_pictures(None).await.unwrap().count, 0);
    assert_eq!(studio.broken_files(None, 9).await.unwrap().total, 0);
}

#[tokio::test]
async fn an_index_that_is_made_again_knows_all_that_was_said_and_thrown_away() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 3).await;
    studio
        .change_pictures(ids(&all[..2]), Change::Rate { stars: 5 })
        .await
        .unwrap();
    studio
        .change_pictures(ids(&all[..1]), Change::Note { text: "first".into() })
        .await
        .unwrap();
    studio.trash_pictures(ids(&all[1..2])).await.unwrap();
    let moved = one(&studio, &all[0]).await.file_name;
    studio.close().await;
    // Somebody moved a file to another folder, too.
    let library = stage.folders().library;
    fs::create_dir(library.join("elsewhere")).unwrap();
    fs::rename(library.join(moved), library.join("elsewhere/renamed.png")).unwrap();

    fs::write(
        stage.folders().data.join("atelier.db"),
        b"no database at all, and long enough to be looked at",
    )
    .unwrap();
    fs::write(stage.folders().data.join("atelier.lock"), b"open\n").unwrap();
    let studio = stage.open().await;

    let again = one(&studio, &all[0]).await;
    assert_eq!((again.rating, again.file_name.as_str()), (5, "elsewhere/renamed.png"));
    assert_eq!(studio.said_of(all[0].clone()).await.unwrap().0, "first");
    let [trashed] = studio.trashed(None, 9).await.unwrap().pictures.try_into().unwrap();
    assert_eq!((trashed.image.id, trashed.image.rating), (all[1].clone(), 5));
    assert_eq!(studio.images(None, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_thrown_away_can_be_seen_and_comes_back_where_it_was() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 2).await;
    let before = one(&studio, &all[0]).await;
    let bytes = studio.image_bytes(all[0].clone()).await.unwrap();

    assert_eq!(studio.trash_pictures(ids(&all[..1])).await.unwrap().count, 1);
    assert!(!stage.folders().library.join(&before.file_name).exists());
    assert_eq!(found(&studio, "").await, all[1..]);
    assert_eq!(studio.trashed(None, 9).await.unwrap().pictures[0].days_left, 30);
    assert_eq!(studio.image_bytes(all[0].clone()).await.unwrap(), bytes);
    assert!(!studio.thumbnail(all[0].clone()).await.unwrap().is_empty());

    // Another picture has its name by now.
    fs::write(stage.folders().library.join(&before.file_name), b"another").unwrap();
    assert_eq!(studio.undo_change().await.unwrap().unwrap().what, ChangeKind::Trashed);
    let back = one(&studio, &all[0]).await;
    // The second picture is picture-2.png.
    assert_eq!(back.file_name, before.file_name.replace(".png", "-3.png"));
    assert_eq!(studio.image_bytes(all[0].clone()).await.unwrap(), bytes);
    assert_eq!(found(&studio, "").await.len(), 2);
    assert_eq!(studio.trashed(None, 9).await.unwrap().pictures, []);
    assert_eq!(studio.redo_change().await.unwrap().unwrap().count, 1);

    let emptied = studio
        .empty_trash(Some(vec![all[0].clone(), all[1].clone()]), true)
        .await
        .unwrap();
    assert_eq!((emptied.count, emptied.refused.len()), (1, 0));
    assert_eq!(studio.trashed(None, 9).await.unwrap().pictures, []);
    assert_eq!(
        studio.images(None, 9).await.unwrap().len(),
        1,
        "what is not in the trash is not deleted"
    );
}

#[tokio::test]
async fn what_a_kill_left_between_the_file_and_the_index_is_put_right() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 3).await;
    let names: Vec<String> = vec![
        one(&studio, &all[0]).await.file_name,
        one(&studio, &all[1]).await.file_name,
        one(&studio, &all[2]).await.file_name,
    ];
    studio.close().await;
    let library = stage.folders().library;
    let line = |at: usize, rest: &str| format!("{{\"id\":\"{}\",\"file\":\"{}\"{rest}}}\n", all[at].0, names[at]);
    // Rated; on its way to the trash, before and after the file moved.
    let told = [
        line(0, ",\"rating\":3"),
        line(1, ",\"trashed\":5"),
        line(2, ",\"trashed\":5"),
    ]
    .concat();
    fs::write(library.join("atelier.jsonl"), told).unwrap();
    let folder = library.join(".trash").join(&all[2].0);
    fs::create_dir_all(&folder).unwrap();
    let stem = names[2].rsplit('/').next().unwrap();
    fs::rename(library.join(&names[2]), folder.join(stem)).unwrap();

    let studio = stage.open().await;

    assert_eq!(one(&studio, &all[0]).await.rating, 3);
    assert_eq!(one(&studio, &all[1]).await.id, all[1], "its file had not moved");
    assert_eq!(studio.trashed(None, 9).await.unwrap().pictures[0].image.id, all[2]);
    studio.restore_pictures(Some(vec![all[2].clone()])).await.unwrap();
    assert!(library.join(&names[2]).exists());
}

#[tokio::test]
async fn what_a_kill_left_in_the_trash_on_its_way_back_is_found_also_without_an_index() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 3).await;
    let mut names = Vec::new();
    for id in &all {
        names.push(one(&studio, id).await.file_name);
    }
    studio
        .change_pictures(ids(&all), Change::Rate { stars: 4 })
        .await
        .unwrap();
    studio.trash_pictures(ids(&all)).await.unwrap();
    studio.close().await;
    let library = stage.folders().library;
    let line = |at: usize, file: &str| format!("{{\"id\":\"{}\",\"file\":\"{file}\",\"rating\":4}}\n", all[at].0);
    // They were to come back: one to where it was, one beside another picture; of the last nothing is told any more.
    let beside = names[1].replace(".png", "-2.png");
    fs::write(
        library.join("atelier.jsonl"),
        [line(0, &names[0]), line(1, &beside)].concat(),
    )
    .unwrap();
    for rest in ["atelier.db", "atelier.db-wal", "atelier.db-shm"] {
        drop(fs::remove_file(stage.folders().data.join(rest)));
    }
    let damaged = b"no database at all, and long enough to be looked at";
    fs::write(stage.folders().data.join("atelier.db"), damaged).unwrap();

    let studio = stage.open().await;

    assert_eq!(one(&studio, &all[0]).await.file_name, names[0]);
    assert_eq!(one(&studio, &all[1]).await.file_name, beside);
    for id in &all[..2] {
        assert_eq!(one(&studio, id).await.rating, 4);
        assert!(studio.image_path(id.clone()).await.unwrap().exists());
    }
    let trashed = studio.trashed(None, 9).await.unwrap().pictures;
    assert_eq!(trashed.len(), 1);
    assert_eq!((&trashed[0].image.id, trashed[0].days_left), (&all[2], 30));
    studio.restore_pictures(None).await.unwrap();
    assert_eq!(studio.images(None, 9).await.unwrap().len(), 3);
}

#[cfg(unix)]
#[tokio::test]
async fn a_library_that_can_not_be_written_says_so_and_nothing_is_half_done() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 1).await;
    let library = stage.folders().library;
    fs::set_permissions(&library, fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere; then there is nothing to see here.
    if fs::write(library.join("probe"), b"").is_err() {
        let refused = studio
            .change_pictures(ids(&all), Change::Rate { stars: 2 })
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReadOnly);
        assert_eq!(
            studio.trash_pictures(ids(&all)).await.unwrap_err().code,
            ErrorCode::ReadOnly
        );
        assert_eq!(one(&studio, &all[0]).await.rating, 0);
    }
    fs::set_permissions(&library, fs::Permissions::from_mode(0o755)).unwrap();
}
