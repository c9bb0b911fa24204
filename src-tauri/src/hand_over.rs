//! Files given to the desktop: on the clipboard, and under the pointer.
//!
//! A copy offers the file and the bitmap at once, and whoever pastes takes what suits.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod others;

#[cfg(target_os = "linux")]
use linux as desktop;
#[cfg(not(target_os = "linux"))]
use others as desktop;

use std::path::PathBuf;

use tauri::AppHandle;
use tokio::sync::oneshot;

use crate::error::{Error, ErrorCode, internal};

/// Puts a file and a bitmap (PNG) on the clipboard, together.
///
/// # Errors
/// `internal`: there is no clipboard.
pub async fn copy(app: &AppHandle, file: PathBuf, bitmap: PathBuf) -> Result<(), Error> {
    let no_clipboard = |detail: String| Error {
        code: ErrorCode::Internal,
        message: "The clipboard did not take the picture.".to_owned(),
        detail: Some(detail),
    };
    let png = tokio::fs::read(&bitmap).await.map_err(internal)?;
    on_main_thread(app, move |_| desktop::copy(&file, png))
        .await?
        .map_err(no_clipboard)
}

/// Begins to drag files, with a small picture under the pointer.
///
/// # Errors
/// `internal`: the system does not let us.
pub async fn drag(app: &AppHandle, files: Vec<PathBuf>, small: Vec<u8>) -> Result<(), Error> {
    #[cfg(target_os = "linux")]
    let begin = move |_: &AppHandle| desktop::drag(&files, &small);
    #[cfg(not(target_os = "linux"))]
    let begin = move |app: &AppHandle| desktop::drag(app, files, small);
    on_main_thread(app, begin).await?.map_err(internal)
}

/// Windows and their clipboards belong to the thread that they were made on.
async fn on_main_thread<T: Send + 'static>(
    app: &AppHandle,
    work: impl FnOnce(&AppHandle) -> T + Send + 'static,
) -> Result<T, Error> {
    let (tell, told) = oneshot::channel();
    let there = app.clone();
    app.run_on_main_thread(move || {
        // Nobody waits any more where the program is being closed.
        let _ = tell.send(work(&there));
    })
    .map_err(internal)?;
    told.await.map_err(internal)
}
