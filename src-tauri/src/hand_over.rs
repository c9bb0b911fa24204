//! Files given to the desktop: on the clipboard, and under the pointer.
//!
//! On Linux GTK's own clipboard offers the file (`text/uri-list`, and what file managers want) and the bitmap
//! (`image/png`) at once, and whoever pastes takes what suits. On Windows and macOS the same is done by `clipboard-rs`.

use std::path::PathBuf;

use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;

use crate::error::{Error, ErrorCode, internal};
use crate::window::LABEL;

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
    on_main_thread(app, move |_| put(&file, png))
        .await?
        .map_err(no_clipboard)
}

/// Begins to drag files, with a small picture under the pointer.
///
/// # Errors
/// `internal`: the system does not let us.
pub async fn drag(app: &AppHandle, files: Vec<PathBuf>, small: Vec<u8>) -> Result<(), Error> {
    on_main_thread(app, move |app| {
        let window = app.get_webview_window(LABEL).ok_or("there is no window")?;
        #[cfg(target_os = "linux")]
        let window = window.gtk_window().map_err(|error| error.to_string())?;
        drag::start_drag(
            &window,
            drag::DragItem::Files(files),
            drag::Image::Raw(small),
            |_, _| {},
            drag::Options::default(),
        )
        .map_err(|error| error.to_string())
    })
    .await?
    .map_err(internal)
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

#[cfg(target_os = "linux")]
fn put(file: &std::path::Path, png: Vec<u8>) -> Result<(), String> {
    use gtk::{TargetEntry, TargetFlags, gdk};

    let uri = tauri::Url::from_file_path(file).map_err(|()| "the file has no address".to_owned())?;
    let uri = uri.to_string();
    const URIS: u32 = 0;
    const FILES: u32 = 1;
    const BITMAP: u32 = 2;
    let flags = TargetFlags::empty();
    let offered = [
        TargetEntry::new("text/uri-list", flags, URIS),
        TargetEntry::new("x-special/gnome-copied-files", flags, FILES),
        TargetEntry::new("image/png", flags, BITMAP),
    ];
    let clipboard = gtk::Clipboard::get(&gdk::SELECTION_CLIPBOARD);
    let taken = clipboard.set_with_data(&offered, move |_, selection, wanted| match wanted {
        URIS => {
            selection.set_uris(&[&uri]);
        }
        FILES => {
            let kind = gdk::Atom::intern("x-special/gnome-copied-files");
            selection.set(&kind, 8, format!("copy\n{uri}").as_bytes());
        }
        _ => selection.set(&gdk::Atom::intern("image/png"), 8, &png),
    });
    if taken {
        Ok(())
    } else {
        Err("GTK refused it".to_owned())
    }
}

#[cfg(not(target_os = "linux"))]
fn put(file: &std::path::Path, png: Vec<u8>) -> Result<(), String> {
    use clipboard_rs::common::RustImage as _;
    use clipboard_rs::{Clipboard as _, ClipboardContent, ClipboardContext, RustImageData};

    let clipboard = ClipboardContext::new().map_err(|error| error.to_string())?;
    let bitmap = RustImageData::from_bytes(&png).map_err(|error| error.to_string())?;
    let file = file.display().to_string();
    clipboard
        .set(vec![
            ClipboardContent::Files(vec![file]),
            ClipboardContent::Image(bitmap),
        ])
        .map_err(|error| error.to_string())
}
