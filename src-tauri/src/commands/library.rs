//! Pictures: lists of them, and where they lie. Paths stay on this side.

use studio::{ImageId, ImageRecord};
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
