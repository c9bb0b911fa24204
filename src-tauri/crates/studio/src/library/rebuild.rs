//! The index made again from the pictures, after the old one was found damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use novelai::model::Registry;
use novelai::payload::content_id;
use uuid::Uuid;

use crate::disk::off_thread;
use crate::error::Error;
use crate::inputs::look_at;
use crate::library::adopt::described;
use crate::library::{ImageId, ImageRecord, index};
use crate::shared::Shared;

/// Larger files are no pictures of ours.
const LARGEST: u64 = 256 * 1024 * 1024;
/// Folders below the library folder that are looked into.
const DEEPEST: usize = 8;

/// Takes up every picture in the library folder that is not in the index, and tells how many.
pub(crate) async fn rebuild(shared: &Arc<Shared>) -> Result<usize, Error> {
    let library = shared.folders.library.clone();
    let files = off_thread(move || {
        let mut files = Vec::new();
        collect(&library, DEEPEST, &mut files);
        files.sort();
        files
    })
    .await;
    let mut taken_up = 0;
    for batch in files.chunks(64) {
        let (library, batch) = (shared.folders.library.clone(), batch.to_vec());
        let registry = shared.registry.clone();
        let records: Vec<ImageRecord> = off_thread(move || {
            batch
                .iter()
                .filter_map(|path| describe(&library, path, &registry))
                .collect()
        })
        .await;
        taken_up += shared
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let mut added = 0;
                for record in &records {
                    added += usize::from(index::add(&transaction, record)? || add_again(&transaction, record)?);
                }
                transaction.commit()?;
                Ok(added)
            })
            .await?;
    }
    Ok(taken_up)
}

/// Files that may be pictures. Links are not followed: they could lead anywhere, or in a circle.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if hidden || metadata.is_symlink() {
            continue;
        }
        if metadata.is_dir() && depth > 0 {
            collect(&entry.path(), depth - 1, files);
        } else if metadata.is_file() && metadata.len() <= LARGEST && is_named_like_a_picture(&entry.path()) {
            files.push(entry.path());
        }
    }
}

/// The same picture lies in the library twice: each file has its place.
fn add_again(connection: &rusqlite::Connection, record: &ImageRecord) -> rusqlite::Result<bool> {
    let id = ImageId(Uuid::new_v4().to_string());
    index::add(connection, &ImageRecord { id, ..record.clone() })
}

fn is_named_like_a_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|extension| extension.to_str());
    ending.is_some_and(|ending| {
        ["png", "webp", "jpg", "jpeg"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

fn describe(library: &Path, path: &Path, registry: &Registry) -> Option<ImageRecord> {
    let bytes = fs::read(path).ok()?;
    let info = look_at("", &bytes).ok()?;
    let below = path.strip_prefix(library).ok()?;
    let parts: Option<Vec<&str>> = below.components().map(|part| part.as_os_str().to_str()).collect();
    Some(ImageRecord {
        id: ImageId(content_id(&bytes).0),
        file_name: parts?.join("/"),
        created: modified_ms(path),
        ..described(&bytes, &info, registry)
    })
}

fn modified_ms(path: &Path) -> i64 {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|modified| modified.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
