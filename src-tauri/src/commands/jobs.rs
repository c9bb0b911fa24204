//! What can be done with a job in the queue. The page changes nothing by itself: it waits for `JobChanged`.

use studio::Job;
use tauri::State;
use uuid::Uuid;

use crate::error::Error;
use crate::state::Atelier;

/// Takes a job out of the queue, or drops the connection of the one that runs.
///
/// # Errors
/// `notFound`: there is no such job.
#[tauri::command]
#[specta::specta]
pub async fn cancel(atelier: State<'_, Atelier>, id: Uuid) -> Result<(), Error> {
    atelier.studio().await?.cancel(id).await
}

/// Removes a finished job from the list. Its pictures stay.
///
/// # Errors
/// `notFound`: there is no such job, or it is not finished.
#[tauri::command]
#[specta::specta]
pub async fn dismiss(atelier: State<'_, Atelier>, id: Uuid) -> Result<(), Error> {
    atelier.studio().await?.dismiss(id).await
}

/// Tries again to turn what was received for a job into pictures, after the disk refused them. Nothing is sent.
///
/// # Errors
/// `diskFull`, `readOnly`, `storage`: it still does not work; `notFound`: nothing is kept for this job.
#[tauri::command]
#[specta::specta]
pub async fn save_again(atelier: State<'_, Atelier>, id: Uuid) -> Result<Job, Error> {
    atelier.studio().await?.save_again(id).await
}
