//! What comes from outside: kept by its content, or refused by name while the rest goes on.

mod common;

use std::fs::{self, File};
use std::path::PathBuf;

use bytes::Bytes;
use common::{Stage, add, picture, request, run};
use image::ImageFormat;
use novelai::payload::content_id;
use novelai::prepare;
use novelai::request::{PictureId, Size};
use novelai::vibe_file::{self, Encoding, Import, VibeFile};
use studio::{ErrorCode, JobState, PictureFormat, Reference, ReferenceSource};

/// A PNG of one pixel whose header says otherwise.
fn bomb() -> Vec<u8> {
    let mut bytes = picture(ImageFormat::Png, 1, 1);
    bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let sum = crc32fast::hash(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// A photo that was taken with the camera on its side.
fn turned() -> Vec<u8> {
    let jpeg = picture(ImageFormat::Jpeg, 40, 20);
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    [&jpeg[..2], exif, &jpeg[2..]].concat()
}

#[tokio::test]
async fn pictures_are_kept_as_they_came_and_named_by_their_content() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    for (format, told) in [
        (ImageFormat::Png, PictureFormat::Png),
        (ImageFormat::Jpeg, PictureFormat::Jpeg),
        (ImageFormat::WebP, PictureFormat::Webp),
    ] {
        let bytes = picture(format, 60, 40);
        let added = studio.add_bytes("sea.of.any".into(), bytes.clone()).await;
        let [info] = added.pictures.try_into().unwrap();
        assert_eq!(info.id, content_id(&bytes));
        assert_eq!((info.width, info.height, info.format), (60, 40, told));
        assert_eq!((info.has_alpha, info.has_settings), (false, false));
        assert_eq!(info.bytes as usize, bytes.len());
        assert_eq!(studio.input(info.id.clone()).await.unwrap(), (told, Bytes::from(bytes)));
        assert_eq!(studio.picture_info(vec![info.id.clone()]).await, [Some(info)]);
    }
    assert_eq!(stage.pictures().len(), 0, "nothing of it is in the library");
}

#[tokio::test]
async fn a_picture_that_is_added_twice_is_one() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bytes = picture(ImageFormat::Png, 60, 40);
    assert_eq!(add(&studio, &bytes).await, add(&studio, &bytes).await);
    let inputs = stage.folders().data.join("inputs");
    assert_eq!(
        fs::read_dir(inputs).unwrap().count(),
        2,
        "the picture, and the note beside it"
    );
}

#[tokio::test]
async fn a_photo_is_upright_and_its_file_unchanged() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let added = studio.add_bytes("photo.jpg".into(), turned()).await;
    let info = &added.pictures[0];
    assert_eq!((info.width, info.height), (20, 40));
    assert_eq!(studio.input(info.id.clone()).await.unwrap().1, turned());
    let small = studio.input_thumbnail(info.id.clone()).await.unwrap();
    let small = image::load_from_memory(&small).unwrap();
    assert_eq!((small.width(), small.height()), (20, 40));
}

#[tokio::test]
async fn a_picture_with_settings_is_known_as_one() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let job = run(&studio, request()).await;
    let JobState::Done { images } = job.state else {
        panic!("{:?}", job.state);
    };
    let info = studio.picture_of_image(images[0].clone()).await.unwrap();
    assert!(info.has_settings);
    assert!(
        !info.has_alpha,
        "what is hidden in the alpha channel can't be seen through"
    );
    assert!(info.name.ends_with(".png"), "{}", info.name);
    let (_, original) = studio.image_bytes(images[0].clone()).await.unwrap();
    assert_eq!(studio.input(info.id).await.unwrap().1, original);
}

/// Each of these is refused with a reason of its own, and the picture among them is taken.
#[cfg(unix)]
#[tokio::test]
async fn what_can_not_be_taken_is_refused_by_name_and_the_rest_goes_on() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let png = picture(ImageFormat::Png, 60, 40);
    let jpeg = picture(ImageFormat::Jpeg, 200, 200);
    let huge = file("huge.png", b"");
    File::options()
        .write(true)
        .open(&huge)
        .unwrap()
        .set_len(3 * 1024 * 1024 * 1024)
        .unwrap();
    let (one, two) = (folder.path().join("loop a"), folder.path().join("loop b"));
    std::os::unix::fs::symlink(&one, &two).unwrap();
    std::os::unix::fs::symlink(&two, &one).unwrap();
    let inside = folder.path().join("a folder.png");
    fs::create_dir(&inside).unwrap();
    let locked_away = folder.path().join("gone.png");

    let cases: Vec<(PathBuf, &str, &str)> = vec![
        (
            file("text.png", b"not a picture at all"),
            "text.png",
            "none of what can be taken",
        ),
        (file("empty.png", b""), "empty.png", "empty"),
        (file("bomb.png", &bomb()), "bomb.png", "larger than any that is taken"),
        (file("cut.png", &png[..png.len() - 30]), "cut.png", "cut or damaged"),
        (file("cut.jpg", &jpeg[..jpeg.len() - 40]), "cut.jpg", "cut or damaged"),
        (
            file("gif.gif", b"GIF89a\x01\0\x01\0\0\0\0;"),
            "gif.gif",
            "none of what can be taken",
        ),
        (file("page.webp", b"<html>"), "page.webp", "none of what can be taken"),
        (file("json.naiv4vibe", b"{\"a\":1}"), "json.naiv4vibe", "vibe"),
        (
            file("half.naiv4vibe", b"{\"identifier\":\"novelai-"),
            "half.naiv4vibe",
            "vibe",
        ),
        (huge, "huge.png", "128 MiB"),
        (one, "loop a", "can't be read"),
        (inside, "a folder.png", "folder"),
        (locked_away, "gone.png", "gone"),
        (PathBuf::from("/dev/zero"), "zero", "no ordinary file"),
        (PathBuf::from("https://example.com/sea.png"), "sea.png", "address"),
        (
            file("two\nlines \u{202e}gnp.exe", b"x"),
            "two lines gnp.exe",
            "none of what can be taken",
        ),
    ];
    let good = file("good.png", &png);
    let mut paths: Vec<PathBuf> = cases.iter().map(|(path, ..)| path.clone()).collect();
    paths.insert(3, good.clone());
    paths.push(good);

    let added = studio.add_files(paths).await;

    let told: Vec<&str> = added.refused.iter().map(|refused| refused.name.as_str()).collect();
    assert_eq!(told, cases.iter().map(|(_, name, _)| *name).collect::<Vec<_>>());
    for (refused, (_, name, reason)) in added.refused.iter().zip(&cases) {
        assert!(refused.reason.contains(reason), "{name}: {}", refused.reason);
    }
    assert_eq!(added.pictures.len(), 2);
    assert_eq!(added.vibes, []);
    let inputs = stage.folders().data.join("inputs");
    assert_eq!(
        fs::read_dir(inputs).unwrap().count(),
        2,
        "nothing is left of what was refused"
    );
}

#[tokio::test]
async fn a_thousand_files_at_once_are_not_all_taken() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let added = studio.add_files(vec![PathBuf::from("/gone.png"); 1000]).await;
    assert_eq!(added.refused.len(), 1000);
    assert!(added.refused[999].reason.contains("at once"));
}

#[tokio::test]
async fn a_file_that_is_broken_anywhere_is_taken_or_refused_and_nothing_else() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let good = [
        picture(ImageFormat::Png, 30, 20),
        picture(ImageFormat::Jpeg, 30, 20),
        picture(ImageFormat::WebP, 30, 20),
        vibe_file::write(&vibe()).unwrap().into_bytes(),
    ];
    for whole in good {
        for round in 0..60 {
            let mut broken = whole.clone();
            let at = rand::random_range(0..broken.len());
            if round % 2 == 0 {
                broken[at] = rand::random();
            } else {
                broken.truncate(at);
            }
            let added = studio.add_bytes("broken".into(), broken).await;
            let outcomes = added.pictures.len() + added.vibes.len() + added.refused.len();
            assert_eq!(outcomes, 1, "{added:?}");
        }
    }
}

fn vibe() -> VibeFile {
    let encoding = |model_key: &str, extraction: f64, bytes: &'static [u8]| Encoding {
        model_key: model_key.into(),
        extraction: Some(extraction),
        mask: None,
        bytes: Bytes::from_static(bytes),
    };
    VibeFile {
        image: Some(picture(ImageFormat::Png, 64, 64).into()),
        encodings: vec![
            encoding("v4-5full", 0.7, b"encoded for 4.5"),
            encoding("v4full", 1.0, b"encoded for 4"),
        ],
        name: Some("the sea".into()),
        thumbnail: None,
        created_at: Some("2026-10-02T10:00:00.000Z".into()),
        import: Some(Import {
            model: "nai-diffusion-4-5-full".into(),
            extraction: 0.7,
            strength: 0.45,
        }),
    }
}

#[tokio::test]
async fn a_vibe_file_brings_its_picture_and_its_encodings() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let text = vibe_file::write(&vibe()).unwrap();

    let added = studio.add_bytes("sea.naiv4vibe".into(), text.into_bytes()).await;

    assert_eq!((added.pictures.len(), added.refused.len()), (0, 0), "{added:?}");
    let [info] = added.vibes.try_into().unwrap();
    assert_eq!(info.id, content_id(&picture(ImageFormat::Png, 64, 64)));
    assert_eq!((info.name.as_str(), info.has_picture), ("the sea", true));
    assert_eq!((info.strength, info.extraction), (0.45, 0.7));
    let mut families = info.encoded_for.clone();
    families.sort();
    assert_eq!(families, ["V4", "V4.5"]);
    assert!(studio.picture_info(vec![info.id]).await[0].is_some());
}

#[tokio::test]
async fn a_bundle_and_a_picture_that_carries_one_bring_all_their_vibes() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let bare = VibeFile {
        image: None,
        name: None,
        encodings: vec![Encoding {
            model_key: "v4-5full".into(),
            extraction: None,
            mask: None,
            bytes: Bytes::from_static(b"alone"),
        }],
        ..vibe()
    };
    let both = [vibe(), bare];
    let bundle = vibe_file::write_bundle(&both).unwrap().into_bytes();
    let carrier = vibe_file::write_carrier(&picture(ImageFormat::Png, 20, 20), &both).unwrap();
    for (name, bytes) in [("a.naiv4vibebundle", bundle), ("a.naiv4vibebundle.png", carrier)] {
        let added = studio.add_bytes(name.into(), bytes).await;
        assert_eq!((added.pictures.len(), added.refused.len()), (0, 0), "{added:?}");
        let [first, second] = added.vibes.try_into().unwrap();
        assert_eq!((first.has_picture, second.has_picture), (true, false));
        assert_eq!(second.id, content_id(b"alone"));
        assert_eq!(second.encoded_for, ["V4.5"]);
    }
}

#[tokio::test]
async fn an_encoding_without_a_key_of_ours_is_no_vibe() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut odd = vibe();
    odd.image = None;
    odd.encodings.truncate(1);
    odd.encodings[0].model_key = "../../../escaped".into();
    let text = vibe_file::write(&odd).unwrap();
    let added = studio.add_bytes("odd.naiv4vibe".into(), text.into_bytes()).await;
    assert_eq!((added.vibes.len(), added.refused.len()), (0, 1), "{added:?}");
    assert!(
        !stage
            .files()
            .iter()
            .any(|file| file.to_string_lossy().contains("escaped"))
    );
}

#[tokio::test]
async fn a_precise_reference_is_shown_as_it_is_sent() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let id = add(&studio, &picture(ImageFormat::Jpeg, 300, 500)).await;
    let shown = studio.input_as_reference(id).await.unwrap();
    assert_eq!(
        prepare::size(&shown),
        Ok(Size {
            width: 1024,
            height: 1536
        })
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_so_whatever_its_name() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    for id in ["../../etc/passwd", "", &"a".repeat(64)] {
        let id = PictureId(id.to_owned());
        assert_eq!(studio.input(id.clone()).await.unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(
            studio.input_thumbnail(id.clone()).await.unwrap_err().code,
            ErrorCode::NotFound
        );
        assert_eq!(
            studio.input_as_reference(id.clone()).await.unwrap_err().code,
            ErrorCode::NotFound
        );
        assert_eq!(studio.picture_info(vec![id]).await, [None]);
    }
}

#[tokio::test]
async fn pictures_and_references_are_there_after_a_restart() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let id = add(&studio, &picture(ImageFormat::Png, 60, 40)).await;
    let reference = Reference {
        id: id.clone(),
        name: "Anna".into(),
        kind: ReferenceSource::Picture,
    };
    studio.save_reference(reference.clone()).await.unwrap();
    studio.close().await;

    let studio = stage.open().await;
    assert_eq!(studio.references().await.unwrap(), [reference]);
    assert!(studio.picture_info(vec![id.clone()]).await[0].is_some());
    assert_eq!(studio.forget_reference(id.clone()).await.unwrap(), []);
    assert!(studio.input(id).await.is_ok(), "requests may name it still");
}
