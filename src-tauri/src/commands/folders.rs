//! The folders of the library, and how pictures in it are named. Folders are asked for on this side; the page knows them by
//! their numbers.

use std::path::PathBuf;

use studio::{FolderLook, LibraryFolder, NamesPreview};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt as _;

use crate::commands::library::blocking;
use crate::error::Error;
use crate::state::Atelier;

/// The folders of the library, the one where new pictures go first.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn library_folders(atelier: State<'_, Atelier>) -> Result<Vec<LibraryFolder>, Error> {
    atelier.studio().await?.library_folders().await
}

/// Asks for a folder with pictures, and adds it to the library in place. Null: the person changed their mind.
///
/// # Errors
/// `refused`: it can't be part of the library, or is already; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn pick_library_folder(
    app: AppHandle,
    atelier: State<'_, Atelier>,
) -> Result<Option<Vec<LibraryFolder>>, Error> {
    let answer = atelier
        .answer_open_dialog
        .lock()
        .map(|mut answer| std::mem::take(&mut *answer));
    let answer: Option<PathBuf> = answer.unwrap_or_default().into_iter().next();
    let folder = blocking(move || {
        let ask = || app.dialog().file().blocking_pick_folder()?.into_path().ok();
        Ok(answer.or_else(ask))
    })
    .await?;
    match folder {
        Some(folder) => atelier.studio().await?.add_library_folder(folder).await.map(Some),
        None => Ok(None),
    }
}

/// No longer counts a folder to the library. Its files stay where they are.
///
/// # Errors
/// `notFound`; `refused`: it is the library folder, or pictures of it are in the trash; `storage`, `readOnly`, `diskFull`.
#[tauri::command]
#[specta::specta]
pub async fn remove_library_folder(atelier: State<'_, Atelier>, id: u32) -> Result<Vec<LibraryFolder>, Error> {
    atelier.studio().await?.remove_library_folder(id).await
}

/// Looks at all folders of the library now.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn look_at_folders(atelier: State<'_, Atelier>) -> Result<FolderLook, Error> {
    atelier.studio().await?.look_at_folders().await
}

/// What a template would make of the names of the newest pictures, and what is wrong with it.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn preview_names(atelier: State<'_, Atelier>, template: String) -> Result<NamesPreview, Error> {
    // One that is too long is said to be so.
    let template: String = template.chars().take(1000).collect();
    atelier.studio().await?.preview_names(&template).await
}
