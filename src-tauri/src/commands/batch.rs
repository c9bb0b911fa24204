//! Batches: their price, their start, and the contact sheet of what came of them.

use studio::{Batch, BatchEstimate, BatchLine, BatchPlan};
use tauri::{AppHandle, State};
use uuid::Uuid;

use crate::commands::dialogs::ask_where;
use crate::commands::inputs::write;
use crate::commands::library::blocking;
use crate::error::Error;
use crate::state::Atelier;

/// What a batch would come to: how many requests, their price, and what can't be sent of it.
///
/// # Errors
/// `refused`: it has no cells, or too many.
#[tauri::command]
#[specta::specta]
pub async fn estimate_batch(atelier: State<'_, Atelier>, plan: BatchPlan) -> Result<BatchEstimate, Error> {
    atelier.studio().await?.estimate_batch(plan).await
}

/// Puts a batch into the queue, and tells how many jobs it has. Asking again with the same id changes nothing.
///
/// # Errors
/// `refused`: it has no cells, too many, or none that can be sent; `storage`, `readOnly`, `diskFull`: it could not be
/// written down.
#[tauri::command]
#[specta::specta]
pub async fn enqueue_batch(atelier: State<'_, Atelier>, id: Uuid, plan: BatchPlan) -> Result<u32, Error> {
    atelier.studio().await?.enqueue_batch(id, plan).await
}

/// The last batches, the newest first.
///
/// # Errors
/// `storage`: they can't be read.
#[tauri::command]
#[specta::specta]
pub async fn batches(atelier: State<'_, Atelier>) -> Result<Vec<BatchLine>, Error> {
    atelier.studio().await?.batches().await
}

/// A batch, and what came of its cells so far. Its contact sheet is `image://sheet/<id>/<number>`.
///
/// # Errors
/// `notFound`: there is no such batch.
#[tauri::command]
#[specta::specta]
pub async fn batch(atelier: State<'_, Atelier>, id: Uuid) -> Result<Batch, Error> {
    atelier.studio().await?.batch(id).await
}

/// Saves the contact sheet of a batch where the person says. `false`: they changed their mind.
///
/// # Errors
/// `notFound`: there is no such batch; `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn save_contact_sheet(app: AppHandle, atelier: State<'_, Atelier>, id: Uuid) -> Result<bool, Error> {
    let png = atelier.studio().await?.contact_sheet(id).await?;
    let Some(target) = ask_where(&app, &atelier, "contact-sheet.png", ("PNG", "png")).await? else {
        return Ok(false);
    };
    blocking(move || {
        write(&target, &png).map_err(|error| Error::storage(&error, "saving the contact sheet"))?;
        Ok(true)
    })
    .await
}
