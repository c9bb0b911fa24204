//! Many pictures into a folder or a ZIP. Where they go is asked on this side, and no path comes from the page.

use serde::Deserialize;
use specta::Type;
use studio::{Chosen, ExportTo, Exported, Handover};
use tauri::{AppHandle, State};
use uuid::Uuid;

use super::dialogs::ask_where;
use super::share::ask_for_folder;
use crate::error::Error;
use crate::state::Atelier;

/// What an export becomes.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ExportKind {
    /// Files in a folder.
    Folder,
    /// One ZIP.
    Zip,
}

/// Asks where, and exports pictures there, all or none: `exportChanged` tells how far it is. Null: the person changed
/// their mind, before or on the way. Pictures that can't be handed out stay out and are named.
///
/// # Errors
/// `refused`: an export of this id has begun already, or something was left in a file that was not to be; `notFound`: the
/// search is long over; `diskFull`, `readOnly`, `storage`: it could not be written, and nothing is left of it.
#[tauri::command]
#[specta::specta]
pub async fn export_pictures(
    app: AppHandle,
    atelier: State<'_, Atelier>,
    id: Uuid,
    chosen: Chosen,
    how: Handover,
    kind: ExportKind,
) -> Result<Option<Exported>, Error> {
    let studio = atelier.studio().await?;
    let export = studio.begin_export(id)?;
    let target = match kind {
        ExportKind::Folder => ask_for_folder(&app, &atelier).await?.map(ExportTo::Folder),
        ExportKind::Zip => ask_where(&app, &atelier, "pictures.zip", ("ZIP", "zip"))
            .await?
            .map(|path| ExportTo::Zip(path.with_extension("zip"))),
    };
    match target {
        Some(target) => studio.export(export, chosen, how, target).await,
        None => Ok(None),
    }
}

/// Stops an export; what it has made goes.
///
/// # Errors
/// `storage`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn cancel_export(atelier: State<'_, Atelier>, id: Uuid) -> Result<(), Error> {
    atelier.studio().await?.cancel_export(id);
    Ok(())
}
