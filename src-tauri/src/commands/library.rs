//! Pictures: lists of them, and where they lie. Paths stay on this side.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use novelai::request::{GenerateRequest, PictureId};
use studio::{Adopted, EnhancedTo, FollowUp, ImageId, ImageRecord};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use crate::error::{self, Error, ErrorCode};
use crate::state::Atelier;

/// The most that the page gets at once.
const MOST: u32 = 500;

/// The pictures that came before one, newest first; the newest of all without one.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn images(
    atelier: State<'_, Atelier>,
    before: Option<ImageId>,
    limit: u32,
) -> Result<Vec<ImageRecord>, Error> {
    atelier.studio().await?.images(before, limit.min(MOST)).await
}

/// Adds pictures from outside to the library, byte for byte as they came. Those that are there already are found again.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the library can't be written; what was added before that stays.
#[tauri::command]
#[specta::specta]
pub async fn add_to_library(atelier: State<'_, Atelier>, pictures: Vec<PictureId>) -> Result<Adopted, Error> {
    atelier.studio().await?.add_to_library(pictures).await
}

/// The request that enhances a picture, from what it was made with. Nothing is sent.
///
/// # Errors
/// `notFound`: the picture is gone; `malformed`: its file is no whole picture.
#[tauri::command]
#[specta::specta]
pub async fn enhance_request(
    atelier: State<'_, Atelier>,
    image: ImageId,
    magnitude: u8,
    to: EnhancedTo,
    draft: GenerateRequest,
) -> Result<FollowUp, Error> {
    atelier
        .studio()
        .await?
        .enhance_request(image, magnitude, to, draft)
        .await
}

/// The request that varies a picture, from what it was made with. Nothing is sent.
///
/// # Errors
/// `notFound`: the picture is gone; `malformed`: its file is no whole picture.
#[tauri::command]
#[specta::specta]
pub async fn variations_request(
    atelier: State<'_, Atelier>,
    image: ImageId,
    draft: GenerateRequest,
) -> Result<FollowUp, Error> {
    atelier.studio().await?.variations_request(image, draft).await
}

/// Shows a picture's file in the system's file manager.
///
/// # Errors
/// `notFound`: the file is gone; `internal`: there is no file manager to show it.
#[tauri::command]
#[specta::specta]
pub async fn show_in_folder(atelier: State<'_, Atelier>, id: ImageId) -> Result<(), Error> {
    let path = atelier.studio().await?.image_path(id).await?;
    blocking(move || {
        tauri_plugin_opener::reveal_item_in_dir(&path).map_err(|error| Error {
            code: ErrorCode::Internal,
            message: "No file manager answered. The file lies here:".to_owned(),
            detail: Some(format!("{} ({error})", path.display())),
        })
    })
    .await
}

/// Asks where, and copies a picture's file there, byte for byte. False: the person changed their mind.
///
/// # Errors
/// `notFound`: the file is gone; `diskFull`, `readOnly`, `storage`: the copy could not be written, and what stood there
/// before still does.
#[tauri::command]
#[specta::specta]
pub async fn save_copy(app: AppHandle, atelier: State<'_, Atelier>, id: ImageId) -> Result<bool, Error> {
    let source = atelier.studio().await?.image_path(id).await?;
    let answer = atelier
        .answer_save_dialog
        .lock()
        .ok()
        .and_then(|mut answer| answer.take());
    blocking(move || {
        let Some(target) = answer.or_else(|| ask_where(&app, &source)) else {
            return Ok(false);
        };
        copy(&source, &target).map_err(|error| Error::storage(&error, "saving the copy"))?;
        Ok(true)
    })
    .await
}

fn ask_where(app: &AppHandle, source: &Path) -> Option<PathBuf> {
    let name = source.file_name()?.to_string_lossy();
    app.dialog()
        .file()
        .set_file_name(name)
        .blocking_save_file()?
        .into_path()
        .ok()
}

/// Copies beside the target first, so that a full disk does not ruin what stood there.
fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    io::copy(&mut File::open(source)?, &mut beside)?;
    beside.as_file().sync_all()?;
    beside.persist(target)?;
    Ok(())
}

/// Runs what waits for the system on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_file_byte_for_byte_and_replaces_what_was_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("a.png"), folder.path().join("b.png"));
        std::fs::write(&source, b"picture").unwrap();
        std::fs::write(&target, b"an older copy").unwrap();
        copy(&source, &target).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"picture");
    }

    #[test]
    fn a_copy_that_fails_leaves_what_stood_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("b.png");
        std::fs::write(&target, b"an older copy").unwrap();
        copy(&folder.path().join("gone.png"), &target).unwrap_err();
        assert_eq!(std::fs::read(&target).unwrap(), b"an older copy");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
