//! Pictures that the person adds to the library: as they came, once, under a name of their own.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Stage, add, picture, request, run};
use image::ImageFormat;
use novelai::request::PictureId;
use studio::{Event, JobState, PictureFormat, Studio};

async fn dropped(studio: &Studio, paths: Vec<PathBuf>) -> Vec<PictureId> {
    let added = studio.add_files(paths).await;
    added.pictures.into_iter().map(|picture| picture.id).collect()
}

#[tokio::test]
async fn pictures_are_copied_byte_for_byte_and_shown_at_once() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut events = studio.subscribe();
    for (format, told, ending) in [
        (ImageFormat::Png, PictureFormat::Png, "png"),
        (ImageFormat::Jpeg, PictureFormat::Jpeg, "jpg"),
        (ImageFormat::WebP, PictureFormat::Webp, "webp"),
    ] {
        let bytes = picture(format, 60, 40);
        let id = add(&studio, &bytes).await;

        let adopted = studio.add_to_library(vec![id]).await.unwrap();

        assert_eq!((adopted.known.len(), adopted.refused.len()), (0, 0), "{adopted:?}");
        let [record] = adopted.added.try_into().unwrap();
        assert_eq!((record.width, record.height, record.format), (60, 40, told));
        assert!(
            record.file_name.ends_with(&format!("/picture.{ending}")),
            "{}",
            record.file_name
        );
        assert_eq!(
            fs::read(stage.folders().library.join(&record.file_name)).unwrap(),
            bytes
        );
        assert_eq!(studio.image_bytes(record.id.clone()).await.unwrap(), (told, bytes));
        assert!(!studio.thumbnail(record.id.clone()).await.unwrap().is_empty());
        assert_eq!(studio.images(None, 1).await.unwrap(), std::slice::from_ref(&record));
        loop {
            if let Event::Library { added, .. } = events.recv().await.unwrap() {
                assert_eq!(added, [record]);
                break;
            }
        }
    }
}

#[tokio::test]
async fn the_same_content_is_found_again_whatever_it_is_called() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let from = tempfile::tempdir().unwrap();
    let bytes = picture(ImageFormat::Jpeg, 60, 40);
    for name in ["sea.jpg", "copy of sea.jpg"] {
        fs::write(from.path().join(name), &bytes).unwrap();
    }
    let first = dropped(&studio, vec![from.path().join("sea.jpg")]).await;
    let again = dropped(&studio, vec![from.path().join("copy of sea.jpg")]).await;

    let one = studio.add_to_library(first).await.unwrap();
    let two = studio.add_to_library(again).await.unwrap();

    assert_eq!(two.added, []);
    assert_eq!(two.known, one.added);
    assert_eq!(stage.pictures().len(), 1);
}

#[tokio::test]
async fn a_picture_that_was_made_here_is_known_wherever_its_copy_comes_from() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let job = run(&studio, request()).await;
    let JobState::Done { images } = job.state else {
        panic!("{:?}", job.state);
    };
    let (_, bytes) = studio.image_bytes(images[0].clone()).await.unwrap();
    let from = tempfile::tempdir().unwrap();
    fs::write(from.path().join("copied.png"), bytes).unwrap();
    let own = studio.image_path(images[0].clone()).await.unwrap();

    for path in [from.path().join("copied.png"), own] {
        let ids = dropped(&studio, vec![path]).await;
        let adopted = studio.add_to_library(ids).await.unwrap();
        assert_eq!(adopted.added, []);
        assert_eq!(adopted.known[0].id, images[0]);
    }
    assert_eq!(stage.pictures().len(), 1);
}

#[tokio::test]
async fn a_file_that_lies_in_the_library_folder_gets_its_row_and_no_copy() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let place = stage.folders().library.join("by hand");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("sea.png"), picture(ImageFormat::Png, 60, 40)).unwrap();

    let ids = dropped(&studio, vec![place.join("sea.png")]).await;
    let adopted = studio.add_to_library(ids.clone()).await.unwrap();

    assert_eq!(adopted.added[0].file_name, "by hand/sea.png");
    assert_eq!(stage.pictures().len(), 1);
    let again = studio.add_to_library(ids).await.unwrap();
    assert_eq!((again.added.len(), again.known.len()), (0, 1));
}

#[tokio::test]
async fn a_picture_that_was_moved_within_the_library_is_found_where_it_lies_now() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let id = add(&studio, &picture(ImageFormat::Png, 60, 40)).await;
    let first = studio.add_to_library(vec![id]).await.unwrap().added.remove(0);
    let library = stage.folders().library;
    fs::rename(library.join(&first.file_name), library.join("moved.png")).unwrap();

    let ids = dropped(&studio, vec![library.join("moved.png")]).await;
    let again = studio.add_to_library(ids).await.unwrap();

    assert_eq!(again.added, []);
    assert_eq!(
        (&again.known[0].id, again.known[0].file_name.as_str()),
        (&first.id, "moved.png")
    );
    assert_eq!(stage.pictures().len(), 1);
}

#[tokio::test]
async fn what_the_picture_says_is_in_the_index() {
    let stage = Stage::new().await;
    let elsewhere = Stage::new().await;
    let maker = elsewhere.open().await;
    let job = run(&maker, request()).await;
    let JobState::Done { images } = job.state else {
        panic!("{:?}", job.state);
    };
    let path = maker.image_path(images[0].clone()).await.unwrap();

    let studio = stage.open().await;
    let ids = dropped(&studio, vec![path]).await;
    let adopted = studio.add_to_library(ids).await.unwrap();

    let record = &adopted.added[0];
    assert_eq!(record.seed, Some(1_234_567_890));
    assert_eq!(record.model.as_deref(), Some("nai-diffusion-4-5-full"));
    assert!(record.prompt.starts_with("a lighthouse, night"), "{}", record.prompt);
    assert_eq!((record.width, record.height, record.job), (192, 256, None));
}

#[tokio::test]
async fn two_pictures_of_one_name_have_two_names_and_neither_is_unsafe() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    for (side, name) in [(10, "con.png"), (20, "con.png"), (30, "../..\u{202e}\nx.png")] {
        let added = studio.add_bytes(name.into(), picture(ImageFormat::Png, side, 10)).await;
        let ids = vec![added.pictures[0].id.clone()];
        assert_eq!(studio.add_to_library(ids).await.unwrap().added.len(), 1);
    }
    let mut names: Vec<String> = stage
        .pictures()
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["_con-2.png", "_con.png", "x.png"]);
}

#[tokio::test]
async fn a_file_that_was_deleted_is_written_again_in_its_place() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::Png, 60, 40);
    let id = add(&studio, &bytes).await;
    let first = studio.add_to_library(vec![id.clone()]).await.unwrap();
    let place = stage.folders().library.join(&first.added[0].file_name);
    fs::remove_file(&place).unwrap();

    let again = studio.add_to_library(vec![id.clone()]).await.unwrap();
    assert_eq!(again.known, first.added);
    assert_eq!(fs::read(&place).unwrap(), bytes);

    // Somebody else's file stands there now: it stays, and the picture goes beside it.
    fs::write(&place, b"somebody else's").unwrap();
    let beside = studio.add_to_library(vec![id]).await.unwrap();
    assert_eq!(fs::read(&place).unwrap(), b"somebody else's");
    let moved = stage.folders().library.join(&beside.known[0].file_name);
    assert!(moved != place && fs::read(moved).unwrap() == bytes);
}

#[tokio::test]
async fn what_is_not_there_is_refused_and_the_others_are_added() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let good = add(&studio, &picture(ImageFormat::Png, 60, 40)).await;
    let ids = vec![PictureId("a".repeat(64)), PictureId("../x".into()), good];
    let adopted = studio.add_to_library(ids).await.unwrap();
    assert_eq!((adopted.added.len(), adopted.refused.len()), (1, 2), "{adopted:?}");
}

#[tokio::test]
async fn an_index_that_is_made_again_has_them_all() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let id = add(&studio, &picture(ImageFormat::Jpeg, 60, 40)).await;
    let added = studio.add_to_library(vec![id.clone()]).await.unwrap().added;
    studio.close().await;
    // The mark of an unclean stop, and a database that is none.
    fs::write(stage.folders().data.join("atelier.lock"), b"open\n").unwrap();
    fs::write(stage.folders().data.join("atelier.db"), b"this is no database").unwrap();

    let studio = stage.open().await;

    let again = studio.images(None, 10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0].id, &again[0].file_name), (&added[0].id, &added[0].file_name));
    assert_eq!(studio.add_to_library(vec![id]).await.unwrap().added, []);
}
