//! Pictures that leave the program, and those that come back from an editor. Files are made and judged by the studio;
//! where they go is asked on this side, and no path comes from the page.

use std::path::PathBuf;

use novelai::encode::FileFormat;
use studio::{Delivered, Handover, ImageId, OpenEdit, Outgoing, Proof};
use tauri::{AppHandle, State};
use tauri_plugin_dialog::{DialogExt as _, FilePath};
use uuid::Uuid;

use crate::commands::library::blocking;
use crate::error::{Error, ErrorCode, internal};
use crate::hand_over::{copy, drag};
use crate::state::Atelier;

/// Makes the file that would be handed out, reads it again, and tells what is in it. Nothing is handed out.
///
/// # Errors
/// `notFound`: the picture is gone; `refused`: something was left that was not to be; `malformed`: it is no picture.
#[tauri::command]
#[specta::specta]
pub async fn look_at_share(atelier: State<'_, Atelier>, id: ImageId, how: Handover) -> Result<Proof, Error> {
    Ok(one(&atelier, id, how).await?.proof)
}

/// The name that a template gives a picture; without one, what such names are like.
///
/// # Errors
/// `storage`: the index could not be read.
#[tauri::command]
#[specta::specta]
pub async fn share_name(
    atelier: State<'_, Atelier>,
    template: String,
    id: Option<ImageId>,
    format: Option<FileFormat>,
) -> Result<String, Error> {
    let template: String = template.chars().take(200).collect();
    atelier.studio().await?.share_name(&template, id, format).await
}

/// Asks where, and saves pictures there: one under a name, several into a folder. Null: the person changed their mind.
///
/// # Errors
/// `notFound`: a picture is gone; `refused`: something was left in a file that was not to be; `diskFull`, `readOnly`,
/// `storage`: it could not be written, and what stood there before still does.
#[tauri::command]
#[specta::specta]
pub async fn save_pictures(
    app: AppHandle,
    atelier: State<'_, Atelier>,
    ids: Vec<ImageId>,
    how: Handover,
) -> Result<Option<Delivered>, Error> {
    let studio = atelier.studio().await?;
    // Made first: a file that can't be handed out is said before anybody is asked where to put it.
    let mut files = studio.outgoing(ids, how).await?;
    if files.len() == 1 {
        let file = files.remove(0);
        return match ask_where(&app, &atelier, Some(file.proof.name.clone())).await? {
            Some(target) => studio.deliver(file, target).await.map(Some),
            None => Ok(None),
        };
    }
    match ask_where(&app, &atelier, None).await? {
        Some(folder) if !files.is_empty() => studio.deliver_all(files, folder).await.map(Some),
        Some(_) | None => Ok(None),
    }
}

/// Puts a picture on the clipboard, as a file and as a bitmap.
///
/// # Errors
/// As [`look_at_share`]; `internal`: the system has no clipboard.
#[tauri::command]
#[specta::specta]
pub async fn copy_picture(
    app: AppHandle,
    atelier: State<'_, Atelier>,
    id: ImageId,
    how: Handover,
) -> Result<Proof, Error> {
    let file = one(&atelier, id.clone(), how).await?;
    let bitmap = if file.proof.format == FileFormat::Png {
        file.path.clone()
    } else {
        let format = Some(FileFormat::Png);
        one(&atelier, id, Handover { format, ..how }).await?.path
    };
    copy(&app, file.path, bitmap).await?;
    Ok(file.proof)
}

/// Begins to drag pictures out of the window, while the button is still pressed.
///
/// # Errors
/// As [`look_at_share`]; `internal`: the system does not let us.
#[tauri::command]
#[specta::specta]
pub async fn drag_out(
    app: AppHandle,
    atelier: State<'_, Atelier>,
    ids: Vec<ImageId>,
    how: Handover,
) -> Result<Vec<Proof>, Error> {
    let studio = atelier.studio().await?;
    let Some(first) = ids.first().cloned() else {
        return Ok(Vec::new());
    };
    let small = studio.thumbnail(first).await?;
    let files = studio.outgoing(ids, how).await?;
    let (paths, proofs) = files.into_iter().map(|file| (file.path, file.proof)).unzip();
    drag(&app, paths, small).await?;
    Ok(proofs)
}

/// Opens a working copy of a picture in the editor that was chosen, or in the system's program for such files. What is
/// saved there comes back by itself.
///
/// # Errors
/// `notFound`: the picture is gone; `internal`: the program did not open.
#[tauri::command]
#[specta::specta]
pub async fn edit_in(atelier: State<'_, Atelier>, id: ImageId) -> Result<OpenEdit, Error> {
    let studio = atelier.studio().await?;
    let editor = studio.editor().await;
    let (path, edit) = studio.begin_edit(id).await?;
    let opened = blocking(move || {
        let editor = editor.map(|editor| editor.display().to_string());
        tauri_plugin_opener::open_path(&path, editor).map_err(|error| Error {
            code: ErrorCode::Internal,
            message: "The editor did not open. Choose another in the settings.".to_owned(),
            detail: Some(error.to_string()),
        })
    })
    .await;
    if opened.is_err() {
        studio.end_edit(edit.id);
    }
    opened.map(|()| edit)
}

/// No longer watches what is open in an editor.
///
/// # Errors
/// `storage`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn end_edit(atelier: State<'_, Atelier>, id: Uuid) -> Result<(), Error> {
    atelier.studio().await?.end_edit(id);
    Ok(())
}

/// What is open in an editor.
///
/// # Errors
/// `storage`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn open_edits(atelier: State<'_, Atelier>) -> Result<Vec<OpenEdit>, Error> {
    Ok(atelier.studio().await?.edits())
}

/// The name of the editor that was chosen; null: the system's program.
///
/// # Errors
/// `storage`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn editor(atelier: State<'_, Atelier>) -> Result<Option<String>, Error> {
    Ok(atelier.studio().await?.editor().await.as_deref().map(name_of))
}

/// Asks for an editor. The one from before stays where the person changed their mind.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be kept.
#[tauri::command]
#[specta::specta]
pub async fn choose_editor(app: AppHandle, atelier: State<'_, Atelier>) -> Result<Option<String>, Error> {
    let studio = atelier.studio().await?;
    let prepared = atelier
        .answer_open_dialog
        .lock()
        .ok()
        .and_then(|mut answers| (!answers.is_empty()).then(|| answers.remove(0)));
    let chosen = match prepared {
        Some(path) => Some(path),
        None => {
            let dialog = app.dialog().file();
            asked(move || dialog.blocking_pick_file()).await?
        }
    };
    if chosen.is_some() {
        studio.set_editor(chosen).await?;
    }
    Ok(studio.editor().await.as_deref().map(name_of))
}

/// Goes back to the system's program.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be kept.
#[tauri::command]
#[specta::specta]
pub async fn forget_editor(atelier: State<'_, Atelier>) -> Result<(), Error> {
    atelier.studio().await?.set_editor(None).await
}

async fn one(atelier: &Atelier, id: ImageId, how: Handover) -> Result<Outgoing, Error> {
    let made = atelier.studio().await?.outgoing(vec![id], how).await?;
    made.into_iter()
        .next()
        .ok_or_else(|| internal("a picture makes a file"))
}

/// Where one file goes, or into which folder several do.
async fn ask_where(app: &AppHandle, atelier: &Atelier, name: Option<String>) -> Result<Option<PathBuf>, Error> {
    let prepared = atelier
        .answer_save_dialog
        .lock()
        .ok()
        .and_then(|mut answer| answer.take());
    if prepared.is_some() {
        return Ok(prepared);
    }
    let dialog = app.dialog().file();
    asked(move || match name {
        Some(name) => dialog.set_file_name(name).blocking_save_file(),
        None => dialog.blocking_pick_folder(),
    })
    .await
}

/// Into which folder files go.
pub(super) async fn ask_for_folder(app: &AppHandle, atelier: &Atelier) -> Result<Option<PathBuf>, Error> {
    ask_where(app, atelier, None).await
}

async fn asked(ask: impl FnOnce() -> Option<FilePath> + Send + 'static) -> Result<Option<PathBuf>, Error> {
    blocking(move || ask().map(FilePath::into_path).transpose().map_err(internal)).await
}

/// A program as it is called: the name of its file, without the ending.
fn name_of(path: &std::path::Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
