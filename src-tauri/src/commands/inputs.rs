//! Pictures and vibes from outside, and the references at hand. Files come in by a dialog of ours or as bytes that the
//! page has; paths stay on this side.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use novelai::request::{GenerateRequest, PictureId, Vibe};
use serde::Deserialize;
use studio::{Added, ImageId, PictureInfo, Reference, RefusedFile, VibeState};
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, State, Wry};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder};

use crate::commands::library::blocking;
use crate::error::Error;
use crate::state::Atelier;

/// The header in which a name travels beside bytes, URI-encoded.
const NAME: &str = "x-name";
/// What the dialog offers. What is in a file counts, not what it is called.
const ENDINGS: &[&str] = &["png", "jpg", "jpeg", "webp", "naiv4vibe", "naiv4vibebundle"];

/// Keeps a picture, or the vibes of a file, that the page has the bytes of: pasted, or painted. The bytes are the body.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
pub async fn add_picture(atelier: State<'_, Atelier>, request: Request<'_>) -> Result<Added, Error> {
    let name = request.headers().get(NAME).and_then(|name| name.to_str().ok());
    let name = decoded(name.unwrap_or_default());
    let InvokeBody::Raw(bytes) = request.body() else {
        let reason = "The picture did not come as bytes.".to_owned();
        return Ok(Added {
            refused: vec![RefusedFile { name, reason }],
            ..Added::default()
        });
    };
    Ok(atelier.studio().await?.add_bytes(name, bytes.clone()).await)
}

/// What a person is asked for.
#[derive(Debug, Clone, Copy, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub enum Pick {
    /// One file.
    File,
    /// Several files.
    Files,
    /// A folder, with everything in it.
    Folder,
}

/// Asks for files and keeps what is in them. Nothing came of it: the person changed their mind.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn pick_files(app: AppHandle, atelier: State<'_, Atelier>, pick: Pick) -> Result<Added, Error> {
    let answer = atelier
        .answer_open_dialog
        .lock()
        .map(|mut answer| std::mem::take(&mut *answer));
    let answer = answer.unwrap_or_default();
    let paths = blocking(move || {
        Ok(if answer.is_empty() {
            ask_for_files(&app, pick)
        } else {
            answer
        })
    })
    .await?;
    Ok(atelier.studio().await?.add_files(paths).await)
}

fn ask_for_files(app: &AppHandle, pick: Pick) -> Vec<PathBuf> {
    let dialog = app.dialog().file();
    let files = |dialog: FileDialogBuilder<Wry>| dialog.add_filter("PNG, JPEG, WebP, NovelAI", ENDINGS);
    let picked = match pick {
        Pick::File => files(dialog).blocking_pick_file().into_iter().collect(),
        Pick::Files => files(dialog).blocking_pick_files().unwrap_or_default(),
        Pick::Folder => dialog.blocking_pick_folder().into_iter().collect(),
    };
    picked
        .into_iter()
        .filter_map(|picked| picked.into_path().ok())
        .collect()
}

/// Keeps a picture of the library as one that requests can name.
///
/// # Errors
/// `notFound`: the file is gone; `malformed`: it is no whole picture (any more).
#[tauri::command]
#[specta::specta]
pub async fn picture_of_image(atelier: State<'_, Atelier>, id: ImageId) -> Result<PictureInfo, Error> {
    atelier.studio().await?.picture_of_image(id).await
}

/// What is known about pictures; null for one that is not there.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn picture_info(atelier: State<'_, Atelier>, ids: Vec<PictureId>) -> Result<Vec<Option<PictureInfo>>, Error> {
    Ok(atelier.studio().await?.picture_info(ids).await)
}

/// One for each vibe of the request: whether it would be encoded first, and for how much.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn vibe_states(atelier: State<'_, Atelier>, request: GenerateRequest) -> Result<Vec<VibeState>, Error> {
    Ok(atelier.studio().await?.vibe_states(request).await)
}

/// Asks where, and writes vibes as a file for others. False: the person changed their mind.
///
/// # Errors
/// `notFound`: nothing of a vibe is here; `diskFull`, `readOnly`, `storage`: the file could not be written, and what
/// stood there before still does.
#[tauri::command]
#[specta::specta]
pub async fn export_vibes(app: AppHandle, atelier: State<'_, Atelier>, vibes: Vec<Vibe>) -> Result<bool, Error> {
    let file = atelier.studio().await?.vibe_file(vibes).await?;
    let answer = atelier
        .answer_save_dialog
        .lock()
        .ok()
        .and_then(|mut answer| answer.take());
    blocking(move || {
        let ask = || {
            app.dialog()
                .file()
                .set_file_name(&file.name)
                .blocking_save_file()?
                .into_path()
                .ok()
        };
        let Some(target) = answer.or_else(ask) else {
            return Ok(false);
        };
        write(&target, file.text.as_bytes()).map_err(|error| Error::storage(&error, "saving the vibes"))?;
        Ok(true)
    })
    .await
}

/// Writes beside the target first, so that a full disk does not ruin what stood there.
pub(crate) fn write(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = target.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    beside.persist(target)?;
    Ok(())
}

/// The references that are kept at hand, newest first.
///
/// # Errors
/// `malformed`: the file can't be understood; it stays as it is.
#[tauri::command]
#[specta::specta]
pub async fn references(atelier: State<'_, Atelier>) -> Result<Vec<Reference>, Error> {
    atelier.studio().await?.references().await
}

/// Keeps a reference at hand, or gives it another name.
///
/// # Errors
/// `refused`: it names nothing, or there are too many; `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn save_reference(atelier: State<'_, Atelier>, reference: Reference) -> Result<Vec<Reference>, Error> {
    atelier.studio().await?.save_reference(reference).await
}

/// No longer keeps a reference at hand. Its picture stays.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn forget_reference(atelier: State<'_, Atelier>, id: PictureId) -> Result<Vec<Reference>, Error> {
    atelier.studio().await?.forget_reference(id).await
}

/// A name as it was before it was encoded for a header.
fn decoded(encoded: &str) -> String {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = (*first == b'%').then(|| after.get(..2)).flatten();
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_header_is_read_as_it_was() {
        for (encoded, name) in [
            ("sea.png", "sea.png"),
            ("%E6%B5%B7%20%2B.png", "海 +.png"),
            ("100%25.png", "100%.png"),
            ("100%.png", "100%.png"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%FF", "\u{fffd}"),
        ] {
            assert_eq!(decoded(encoded), name, "{encoded}");
        }
    }

    #[test]
    fn a_file_that_can_not_be_written_leaves_what_stood_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.naiv4vibe");
        write(&target, b"one").unwrap();
        write(&target, b"two").unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("gone/a.naiv4vibe"), b"x").is_err());
    }
}
