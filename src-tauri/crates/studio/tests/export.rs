//! Pictures exported by the hundred: into a folder or a ZIP, proved, and nothing half done.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::fs;
use std::io::Read as _;
use std::path::Path;

use common::{Stage, add, picture};
use image::ImageFormat;
use novelai::metadata;
use studio::{Chosen, ErrorCode, Event, ExportTo, Grouping, Handover, ImageId, Luggage, Studio};
use uuid::Uuid;

const COMMENT: &str = r#"{"prompt": "silver hair", "steps": 23, "seed": 7}"#;

/// Pictures with words in them, oldest first.
async fn pictures(studio: &Studio, count: u32) -> Vec<ImageId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let plain = picture(ImageFormat::Png, 40 + number, 40);
        let told = metadata::with_texts(&plain, &[("Description", "silver hair"), ("Comment", COMMENT)]);
        let id = add(studio, &told).await;
        let adopted = studio.add_to_library(vec![id]).await.unwrap();
        ids.extend(adopted.added.into_iter().map(|record| record.id));
    }
    ids
}

fn how(metadata: Luggage) -> Handover {
    Handover {
        metadata,
        format: None,
        quality: 90,
    }
}

fn there(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

async fn named(studio: &Studio, template: &str) {
    let mut settings = studio.settings().await;
    settings.share.name = template.into();
    studio.save_settings(settings).await.unwrap();
}

#[tokio::test]
async fn what_can_not_be_exported_is_named_and_leaves_nothing() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 1).await;
    let target = tempfile::tempdir().unwrap();
    let to = || ExportTo::Folder(target.path().to_owned());
    let gone = Chosen::Found {
        search: 99,
        ranges: vec![(0, 1)],
    };
    let export = studio.begin_export(Uuid::new_v4()).unwrap();
    let refused = studio.export(export, gone, how(Luggage::Keep), to()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);

    let id = Uuid::new_v4();
    let export = studio.begin_export(id).unwrap();
    assert_eq!(
        studio.begin_export(id).err().map(|error| error.code),
        Some(ErrorCode::Refused),
        "the same export twice is one"
    );
    let nowhere = ExportTo::Zip(target.path().join("gone/all.zip"));
    let chosen = Chosen::Ids { ids: all.clone() };
    let failed = studio.export(export, chosen.clone(), how(Luggage::Keep), nowhere).await;
    assert!(failed.is_err());
    // It is over, and may begin again.
    let export = studio.begin_export(id).unwrap();

    // The only picture is no picture any more.
    let name = studio.image(all[0].clone()).await.unwrap().file_name;
    fs::write(stage.folders().library.join(&name), b"no picture").unwrap();
    let done = studio
        .export(export, chosen, how(Luggage::Strip), to())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((done.count, done.refused.len()), (0, 1));
    assert_eq!(done.refused[0].name, name);
    assert_eq!(there(target.path()), Vec::<String>::new());
}

#[tokio::test]
async fn more_than_a_hundred_go_into_a_folder_and_those_that_tell_nothing_tell_nothing() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    pictures(&studio, 103).await;
    named(&studio, "{prompt}").await;
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("silver hair.png"), b"theirs").unwrap();
    let found = studio.search(String::new(), Grouping::Day).await.unwrap();
    let chosen = Chosen::Found {
        search: found.id,
        ranges: vec![(0, 103)],
    };
    let mut events = studio.subscribe();
    let export = studio.begin_export(Uuid::new_v4()).unwrap();
    let to = ExportTo::Folder(target.path().to_owned());
    let done = studio
        .export(export, chosen, how(Luggage::Strip), to)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((done.count, done.zip, done.refused.len()), (103, None, 0));
    assert_eq!(there(target.path()).len(), 104);
    assert_eq!(fs::read(target.path().join("silver hair.png")).unwrap(), b"theirs");
    for name in there(target.path()) {
        let bytes = fs::read(target.path().join(&name)).unwrap();
        if bytes != b"theirs" {
            assert_eq!(metadata::traces(&bytes).unwrap(), [], "{name}");
        }
    }
    let mut last = None;
    while let Ok(event) = events.try_recv() {
        if let Event::Export(progress) = event {
            last = Some(progress);
        }
    }
    let last = last.unwrap();
    assert_eq!((last.done, last.total, last.ended), (103, 103, true));
}

#[tokio::test]
async fn a_zip_has_each_picture_under_a_name_of_its_own_and_takes_the_place_of_the_old_one() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 3).await;
    named(&studio, "{prompt:2} {seed}").await;
    let target = tempfile::tempdir().unwrap();
    let path = target.path().join("all.zip");
    fs::write(&path, b"an old one").unwrap();
    let export = studio.begin_export(Uuid::new_v4()).unwrap();
    let chosen = Chosen::Ids { ids: all.clone() };
    let to = ExportTo::Zip(path.clone());
    let done = studio
        .export(export, chosen, how(Luggage::Keep), to)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((done.count, done.zip.as_deref()), (3, Some("all.zip")));
    assert_eq!(there(target.path()), ["all.zip"]);
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let names = ["silver hair 7.png", "silver hair 7-2.png", "silver hair 7-3.png"];
    for (id, name) in all.iter().zip(names) {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(studio.image_bytes(id.clone()).await.unwrap().1, bytes, "byte for byte");
    }
}

#[tokio::test]
async fn an_export_that_is_stopped_leaves_nothing_behind() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 30).await;
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("all.zip"), b"an old one").unwrap();
    for to in [
        ExportTo::Folder(target.path().to_owned()),
        ExportTo::Zip(target.path().join("all.zip")),
    ] {
        let id = Uuid::new_v4();
        let export = studio.begin_export(id).unwrap();
        let mut events = studio.subscribe();
        let chosen = Chosen::Ids { ids: all.clone() };
        let stop = async {
            // As soon as it has begun.
            while !matches!(events.recv().await.unwrap(), Event::Export(_)) {}
            studio.cancel_export(id);
        };
        let (done, ()) = tokio::join!(studio.export(export, chosen, how(Luggage::Strip), to), stop);
        assert_eq!(done.unwrap(), None);
        assert_eq!(there(target.path()), ["all.zip"]);
    }
    assert_eq!(fs::read(target.path().join("all.zip")).unwrap(), b"an old one");
    // One that nobody knows.
    studio.cancel_export(Uuid::new_v4());
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_can_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let all = pictures(&studio, 1).await;
    let target = tempfile::tempdir().unwrap();
    fs::set_permissions(target.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere; then there is nothing to see here.
    if fs::write(target.path().join("probe"), b"").is_err() {
        let export = studio.begin_export(Uuid::new_v4()).unwrap();
        let to = ExportTo::Folder(target.path().to_owned());
        let chosen = Chosen::Ids { ids: all };
        let refused = studio.export(export, chosen, how(Luggage::Keep), to).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReadOnly);
    }
    fs::set_permissions(target.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
