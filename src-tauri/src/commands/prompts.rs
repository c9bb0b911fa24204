//! Words: what is to be seen in a prompt, what could be typed next, and what is drawn from it.

use novelai::model::ModelId;
use novelai::prompt::{Drawn, Look, PromptPlace};
use novelai::request::GenerateRequest;
use studio::{Completions, Edited, PromptFile, TagImport};
use tauri::{AppHandle, State};

use super::dialogs;
use crate::error::{self, Error, ErrorCode};
use crate::state::Atelier;

/// Everything that is to be seen in one prompt: colours, problems, tokens. Asked at each keystroke.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn look_at_prompt(
    atelier: State<'_, Atelier>,
    request: GenerateRequest,
    place: PromptPlace,
) -> Result<Look, Error> {
    Ok(atelier.studio().await?.look_at_prompt(&request, place))
}

/// What could stand at a caret, out of memory.
///
/// # Errors
/// As `look_at_prompt`.
#[tauri::command]
#[specta::specta]
pub async fn complete(
    atelier: State<'_, Atelier>,
    request: GenerateRequest,
    place: PromptPlace,
    at: u32,
) -> Result<Completions, Error> {
    Ok(atelier.studio().await?.complete(&request, place, at).await)
}

/// The same, with what the server suggests behind it; nothing where it is not asked or does not answer.
///
/// # Errors
/// As `look_at_prompt`.
#[tauri::command]
#[specta::specta]
pub async fn complete_online(
    atelier: State<'_, Atelier>,
    request: GenerateRequest,
    place: PromptPlace,
    at: u32,
) -> Result<Completions, Error> {
    Ok(atelier.studio().await?.complete_online(&request, place, at).await)
}

/// Makes what is selected, or the tag at the caret, a step stronger or weaker. Null: there is nothing to change.
///
/// # Errors
/// As `look_at_prompt`.
#[tauri::command]
#[specta::specta]
pub async fn nudge_weight(
    atelier: State<'_, Atelier>,
    model: ModelId,
    edited: Edited,
    up: bool,
) -> Result<Option<Edited>, Error> {
    Ok(atelier.studio().await?.nudge_weight(&model, &edited, up))
}

/// Switches the segments at the selection off, or on again.
///
/// # Errors
/// As `look_at_prompt`.
#[tauri::command]
#[specta::specta]
pub async fn toggle_segment(atelier: State<'_, Atelier>, edited: Edited) -> Result<Edited, Error> {
    Ok(atelier.studio().await?.toggle_segment(&edited))
}

/// The request as it would be sent now. Where it has no seed one is picked: what is sent with that seed is drawn alike.
///
/// # Errors
/// As `look_at_prompt`.
#[tauri::command]
#[specta::specta]
pub async fn draw_prompt(atelier: State<'_, Atelier>, request: GenerateRequest) -> Result<Drawn, Error> {
    Ok(atelier.studio().await?.draw_prompt(request).await)
}

/// The wildcards and snippets.
///
/// # Errors
/// As `look_at_prompt`.
#[tauri::command]
#[specta::specta]
pub async fn prompt_files(atelier: State<'_, Atelier>) -> Result<Vec<PromptFile>, Error> {
    Ok(atelier.studio().await?.prompt_files().await)
}

/// Keeps a snippet; one of the same name is replaced.
///
/// # Errors
/// `refused`: the name can't be that of a file; `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn save_snippet(atelier: State<'_, Atelier>, name: String, text: String) -> Result<Vec<PromptFile>, Error> {
    atelier.studio().await?.save_snippet(name, text).await
}

/// Deletes a snippet.
///
/// # Errors
/// As `save_snippet`.
#[tauri::command]
#[specta::specta]
pub async fn delete_snippet(atelier: State<'_, Atelier>, name: String) -> Result<Vec<PromptFile>, Error> {
    atelier.studio().await?.delete_snippet(name).await
}

/// Shows the folder of the wildcards in the system's file manager.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be made; `internal`: there is no file manager to show it.
#[tauri::command]
#[specta::specta]
pub async fn show_prompt_files(atelier: State<'_, Atelier>) -> Result<(), Error> {
    let folder = atelier.studio().await?.prompt_folder().await?;
    let shown = tokio::task::spawn_blocking(move || {
        tauri_plugin_opener::reveal_item_in_dir(&folder).map_err(|error| Error {
            code: ErrorCode::Internal,
            message: "No file manager answered. The folder lies here:".to_owned(),
            detail: Some(format!("{} ({error})", folder.display())),
        })
    });
    shown.await.map_err(error::internal)?
}

/// Asks for a list of tags in the community's form, and takes it over. Null: the person changed their mind.
///
/// # Errors
/// `refused`: it is no list; `storage`, `readOnly`, `diskFull`: it could not be read or kept.
#[tauri::command]
#[specta::specta]
pub async fn import_tags(app: AppHandle, atelier: State<'_, Atelier>) -> Result<Option<TagImport>, Error> {
    let studio = atelier.studio().await?;
    match dialogs::ask_for(&app, &atelier, ("CSV", &["csv", "txt"])).await? {
        Some(source) => studio.import_tags(source).await.map(Some),
        None => Ok(None),
    }
}
