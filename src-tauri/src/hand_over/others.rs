//! On Windows and macOS, by crates that know them.

use std::path::{Path, PathBuf};

use clipboard_rs::common::RustImage as _;
use clipboard_rs::{Clipboard as _, ClipboardContent, ClipboardContext, RustImageData};
use tauri::{AppHandle, Manager};

use crate::window::LABEL;

/// Puts a file and a bitmap on the clipboard, together.
pub(super) fn copy(file: &Path, png: Vec<u8>) -> Result<(), String> {
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

/// Begins to drag files, with a small picture under the pointer.
pub(super) fn drag(app: &AppHandle, files: Vec<PathBuf>, small: Vec<u8>) -> Result<(), String> {
    let window = app.get_webview_window(LABEL).ok_or("there is no window")?;
    drag::start_drag(
        &window,
        drag::DragItem::Files(files),
        drag::Image::Raw(small),
        |_, _| {},
        drag::Options::default(),
    )
    .map_err(|error| error.to_string())
}
