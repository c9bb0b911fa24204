//! Pictures that go out and come back: what the sandbox made, stripped and proved; and an editor that saves.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::time::Duration;

use common::{Stage, request, settled};
use novelai::encode::FileFormat;
use novelai::metadata;
use novelai::request::ImageFormat;
use studio::{EditState, Event, Handover, ImageId, JobState, Luggage, OpenEdit, PictureFormat, Studio};
use uuid::Uuid;

const PROMPT: &str = "a lighthouse, night";

async fn painted(studio: &Studio, format: ImageFormat) -> ImageId {
    let mut request = request();
    request.format = format;
    let job = Uuid::new_v4();
    studio.enqueue(job, request).await.unwrap();
    match settled(studio, job).await.state {
        JobState::Done { images } => images[0].clone(),
        other => panic!("{other:?}"),
    }
}

fn how(metadata: Luggage, format: Option<FileFormat>) -> Handover {
    Handover {
        metadata,
        format,
        quality: 90,
    }
}

#[tokio::test]
async fn what_the_sandbox_made_goes_out_without_a_word() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    for format in [ImageFormat::Png, ImageFormat::Webp] {
        let id = painted(&studio, format).await;
        let (_, before) = studio.image_bytes(id.clone()).await.unwrap();
        assert!(!metadata::traces(&before).unwrap().is_empty());
        for target in [
            None,
            Some(FileFormat::Png),
            Some(FileFormat::Webp),
            Some(FileFormat::Jpeg),
        ] {
            let mut made = studio
                .outgoing(vec![id.clone()], how(Luggage::Strip, target))
                .await
                .unwrap();
            let file = made.remove(0);
            assert_eq!(file.proof.traces, []);
            let bytes = std::fs::read(&file.path).unwrap();
            assert!(!bytes.windows(PROMPT.len()).any(|window| window == PROMPT.as_bytes()));
            assert!(metadata::read(&bytes).unwrap().comment.is_none());
            let name = file.path.file_name().unwrap().to_string_lossy();
            assert!(!name.contains("1234567890"), "the name has no seed in it: {name}");
            let mut kept = studio
                .outgoing(vec![id.clone()], how(Luggage::Keep, target))
                .await
                .unwrap();
            let kept = std::fs::read(kept.remove(0).path).unwrap();
            assert_eq!(
                metadata::read(&kept).unwrap().seed(),
                Some(1_234_567_890),
                "{format:?} {target:?}"
            );
        }
        let (_, after) = studio.image_bytes(id).await.unwrap();
        assert_eq!(before, after, "the library's file is as it was");
    }
    studio.close().await;
}

#[tokio::test]
async fn pictures_are_saved_one_by_one_and_together() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let id = painted(&studio, ImageFormat::Png).await;
    let target = tempfile::tempdir().unwrap();
    let mut settings = studio.settings().await;
    settings.share.name = "{prompt:2}-{seed}-{n}".into();
    studio.save_settings(settings).await.unwrap();
    let name = studio.share_name("{prompt:2}-{seed}-{n}", Some(id.clone()), Some(FileFormat::Webp));
    assert_eq!(name.await.unwrap(), "a lighthouse-1234567890-1.webp");

    let made = studio
        .outgoing(vec![id.clone(), id.clone()], how(Luggage::Keep, None))
        .await
        .unwrap();
    let delivered = studio.deliver_all(made, target.path().to_owned()).await.unwrap();
    let names: Vec<_> = delivered.proofs.iter().map(|proof| proof.name.as_str()).collect();
    assert_eq!(
        names,
        ["a lighthouse-1234567890-1.png", "a lighthouse-1234567890-2.png"]
    );
    let again = studio
        .outgoing(vec![id.clone()], how(Luggage::Strip, None))
        .await
        .unwrap();
    let again = studio.deliver_all(again, target.path().to_owned()).await.unwrap();
    assert_eq!(again.proofs[0].name, "a lighthouse-1234567890-1-2.png");

    let one = studio
        .outgoing(vec![id], how(Luggage::Strip, None))
        .await
        .unwrap()
        .remove(0);
    let chosen = target.path().join("a lighthouse-1234567890-1.png");
    studio.deliver(one, chosen.clone()).await.unwrap();
    assert_eq!(metadata::traces(&std::fs::read(chosen).unwrap()).unwrap(), []);
    let gone = studio
        .outgoing(vec![ImageId("gone".into())], how(Luggage::Keep, None))
        .await;
    assert_eq!(gone.unwrap_err().code, studio::ErrorCode::NotFound);
    studio.close().await;
}

/// The next thing that is told of an edit.
async fn told(events: &mut tokio::sync::broadcast::Receiver<Event>) -> OpenEdit {
    let told = async {
        loop {
            if let Event::Edit(edit) = events.recv().await.unwrap() {
                return edit;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), told).await.unwrap()
}

#[tokio::test]
async fn every_save_of_an_editor_becomes_a_picture_and_a_broken_one_is_said() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut settings = studio.settings().await;
    settings.share.mask_from_alpha = true;
    studio.save_settings(settings).await.unwrap();
    let id = painted(&studio, ImageFormat::Png).await;
    let (_, original) = studio.image_bytes(id.clone()).await.unwrap();
    let mut events = studio.subscribe();
    let (path, edit) = studio.begin_edit(id.clone()).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), original);
    assert_eq!(studio.edits(), std::slice::from_ref(&edit));

    std::fs::write(&path, b"half a pic").unwrap();
    assert!(matches!(told(&mut events).await.state, EditState::Broken { .. }));

    let mut clear = image::load_from_memory(&original).unwrap().into_rgba8();
    for pixel in clear.pixels_mut().take(500) {
        pixel.0[3] = 0;
    }
    // As careful editors do it: beside, then in its place.
    let beside = path.with_extension("tmp");
    clear.save_with_format(&beside, image::ImageFormat::Png).unwrap();
    std::fs::rename(&beside, &path).unwrap();
    let EditState::Saved {
        image,
        saves: 1,
        mask: true,
    } = told(&mut events).await.state
    else {
        panic!("a save is a picture");
    };
    assert_eq!(
        studio.image_bytes(image.clone()).await.unwrap().1,
        std::fs::read(&path).unwrap()
    );
    assert_eq!(studio.image(image.clone()).await.unwrap().prompt, PROMPT);
    assert!(studio.open_canvas(image.0).await.unwrap().has_mask);

    let rgb = image::load_from_memory(&original).unwrap().into_rgb8();
    rgb.save_with_format(&path, image::ImageFormat::Jpeg).unwrap();
    let EditState::Saved {
        image,
        saves: 2,
        mask: false,
    } = told(&mut events).await.state
    else {
        panic!("a JPEG is a picture as well");
    };
    assert_eq!(studio.image(image).await.unwrap().format, PictureFormat::Png);
    assert_eq!(
        studio.image_bytes(id).await.unwrap().1,
        original,
        "the library's file is as it was"
    );

    // The editor stays open longer than we do.
    studio.close().await;
    clear.put_pixel(5, 90, image::Rgba([1, 2, 3, 255]));
    clear.save_with_format(&path, image::ImageFormat::Png).unwrap();
    let studio = stage.open().await;
    let mut events = studio.subscribe();
    let EditState::Saved { saves: 3, .. } = told(&mut events).await.state else {
        panic!("what was saved meanwhile comes in");
    };

    studio.end_edit(edit.id);
    assert_eq!(told(&mut events).await.state, EditState::Ended);
    assert_eq!(studio.edits(), []);
    studio.close().await;
}
