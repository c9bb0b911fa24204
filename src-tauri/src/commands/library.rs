//! Pictures: lists of them, and where they lie. Paths stay on this side.

use novelai::request::{GenerateRequest, PictureId};
use studio::{Adopted, EnhancedTo, FollowUp, ImageId, ImageRecord};
use tauri::State;

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

/// Runs what waits for the system on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(error::internal)?
}
