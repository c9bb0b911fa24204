//! Presets and settings, and requests that are carried from one place to another.

use novelai::carry::{Carried, PresetPart, PresetPreview, switch_model as switched};
use novelai::model::ModelId;
use novelai::request::{GenerateRequest, PictureId};
use studio::{PictureSettings, Preset, PresetImport, PresetShelf, Settings};
use tauri::{AppHandle, State};

use super::dialogs;
use crate::error::{Error, ErrorCode};
use crate::state::Atelier;

/// The request for another model, and what could not stay as it was.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn switch_model(
    atelier: State<'_, Atelier>,
    request: GenerateRequest,
    model: ModelId,
) -> Result<Carried, Error> {
    Ok(switched(&request, &model, atelier.studio().await?.registry()))
}

/// The JSON of a request as it would be sent now, its pictures shortened. Nothing is sent, and no token is in it.
///
/// # Errors
/// `refused`: it would not be sent as it is; `detail` names the field.
#[tauri::command]
#[specta::specta]
pub async fn wire_request(atelier: State<'_, Atelier>, request: GenerateRequest) -> Result<String, Error> {
    atelier.studio().await?.wire_request(request).await
}

/// Requests that were sent, as they were written, newest first, each once.
///
/// # Errors
/// `storage`: they could not be read.
#[tauri::command]
#[specta::specta]
pub async fn sent_drafts(atelier: State<'_, Atelier>, limit: u32) -> Result<Vec<GenerateRequest>, Error> {
    atelier.studio().await?.sent_drafts(limit).await
}

/// Keeps what the person decided, and gives it back as it was kept.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn save_settings(atelier: State<'_, Atelier>, settings: Settings) -> Result<Settings, Error> {
    atelier.studio().await?.save_settings(settings).await
}

/// All presets.
///
/// # Errors
/// `storage`: they could not be read.
#[tauri::command]
#[specta::specta]
pub async fn presets(atelier: State<'_, Atelier>) -> Result<PresetShelf, Error> {
    atelier.studio().await?.presets().await
}

/// Keeps a preset; without an id it is a new one.
///
/// # Errors
/// `refused`: it comes with the app, or has no name; `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn save_preset(atelier: State<'_, Atelier>, preset: Preset) -> Result<PresetShelf, Error> {
    atelier.studio().await?.save_preset(preset).await
}

/// Deletes a preset.
///
/// # Errors
/// `refused`: it comes with the app; `storage`, `readOnly`: it could not be deleted.
#[tauri::command]
#[specta::specta]
pub async fn delete_preset(atelier: State<'_, Atelier>, id: String) -> Result<PresetShelf, Error> {
    atelier.studio().await?.delete_preset(id).await
}

/// Puts the presets in this order.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn arrange_presets(atelier: State<'_, Atelier>, ids: Vec<String>) -> Result<PresetShelf, Error> {
    atelier.studio().await?.arrange_presets(ids).await
}

/// Says which preset a new draft starts from.
///
/// # Errors
/// `notFound`: there is no such preset; `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn set_default_preset(atelier: State<'_, Atelier>, id: Option<String>) -> Result<PresetShelf, Error> {
    atelier.studio().await?.set_default_preset(id).await
}

/// What applying parts of a preset would do to a request.
///
/// # Errors
/// `notFound`: there is no such preset; `storage`: they could not be read.
#[tauri::command]
#[specta::specta]
pub async fn preview_preset(
    atelier: State<'_, Atelier>,
    id: String,
    parts: Vec<PresetPart>,
    request: GenerateRequest,
) -> Result<PresetPreview, Error> {
    atelier.studio().await?.preview_preset(id, parts, request).await
}

/// Asks where, and writes presets into one file there. False: the person changed their mind.
///
/// # Errors
/// `notFound`: none of them is there; `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn export_presets(app: AppHandle, atelier: State<'_, Atelier>, ids: Vec<String>) -> Result<bool, Error> {
    let studio = atelier.studio().await?;
    match dialogs::ask_where(&app, &atelier, "presets.json", ("JSON", "json")).await? {
        Some(target) => studio.export_presets(ids, target).await.map(|()| true),
        None => Ok(false),
    }
}

/// Asks for a file, and takes the presets out of it. Null: the person changed their mind.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be read, or they could not be kept.
#[tauri::command]
#[specta::specta]
pub async fn import_presets(app: AppHandle, atelier: State<'_, Atelier>) -> Result<Option<PresetImport>, Error> {
    let studio = atelier.studio().await?;
    match dialogs::ask_for(&app, &atelier, ("JSON", &["json"])).await? {
        Some(source) => studio.import_presets(source).await.map(Some),
        None => Ok(None),
    }
}

/// What taking over parts of what a picture says would do to a request; its seed too, where one is given.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn preview_settings(
    atelier: State<'_, Atelier>,
    told: GenerateRequest,
    parts: Vec<PresetPart>,
    seed: Option<u32>,
    request: GenerateRequest,
) -> Result<PresetPreview, Error> {
    let studio = atelier.studio().await?;
    Ok(studio.preview_settings(&told, &parts, seed, &request))
}

/// How a picture was made, as far as it tells; null where it tells nothing.
///
/// # Errors
/// `notFound`: there is no such picture; `storage`: it could not be read.
#[tauri::command]
#[specta::specta]
pub async fn read_settings(atelier: State<'_, Atelier>, picture: PictureId) -> Result<Option<PictureSettings>, Error> {
    let studio = atelier.studio().await?;
    let (_, bytes) = studio.input(picture).await?;
    let models = &studio.registry().catalogue().models;
    let current = studio
        .draft()
        .await
        .or_else(|| models.first().map(GenerateRequest::new));
    let Some(current) = current else {
        return Err(Error {
            code: ErrorCode::Internal,
            message: "There are no models.".to_owned(),
            detail: None,
        });
    };
    Ok(studio.settings_of(bytes.into(), &current).await)
}
