//! The queue as a whole, and what a person does with it: order, pauses, changes, and what was spent.

use novelai::request::GenerateRequest;
use studio::{Choice, ImageId, Job, Ledger, QueueList, QueueState};
use tauri::{AppHandle, Manager as _, State};
use uuid::Uuid;

use crate::error::Error;
use crate::notify;
use crate::state::Atelier;
use crate::window::LABEL;

/// The queue as a whole. `QueueChanged` tells of it whenever it changes.
///
/// # Errors
/// `storage`: it can't be read.
#[tauri::command]
#[specta::specta]
pub async fn queue_state(atelier: State<'_, Atelier>) -> Result<QueueState, Error> {
    atelier.studio().await?.queue_state().await
}

/// Tells the person that the queue has come to its end, in a notification of the desktop with the last picture, if the
/// window is elsewhere. Whether it did.
///
/// # Errors
/// `notFound`: no such picture. Where the desktop takes no notifications, nothing is told.
#[tauri::command]
#[specta::specta]
pub async fn tell_of_end(
    app: AppHandle,
    atelier: State<'_, Atelier>,
    title: String,
    body: String,
    image: Option<ImageId>,
) -> Result<bool, Error> {
    let elsewhere = app
        .get_webview_window(LABEL)
        .is_some_and(|window| !window.is_focused().unwrap_or(true));
    if !elsewhere {
        return Ok(false);
    }
    let picture = match image {
        Some(image) => Some(atelier.studio().await?.image_path(image).await?),
        None => None,
    };
    let shown = tokio::task::spawn_blocking(move || notify::show(&title, &body, picture.as_deref())).await;
    match shown {
        Ok(Ok(())) => Ok(true),
        Ok(Err(error)) => {
            tracing::debug!(%error, "the desktop shows no notifications");
            Ok(false)
        }
        Err(error) => {
            tracing::error!(%error, "showing a notification panicked");
            Ok(false)
        }
    }
}

/// A part of a list of jobs, at most 500.
///
/// # Errors
/// `storage`: it can't be read.
#[tauri::command]
#[specta::specta]
pub async fn listed_jobs(
    atelier: State<'_, Atelier>,
    list: QueueList,
    offset: u32,
    limit: u32,
) -> Result<Vec<Job>, Error> {
    atelier.studio().await?.listed_jobs(list, offset, limit).await
}

/// Begins nothing new, until it is resumed; or goes on.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn pause_queue(atelier: State<'_, Atelier>, paused: bool) -> Result<(), Error> {
    let studio = atelier.studio().await?;
    if paused {
        studio.pause_queue().await
    } else {
        studio.resume_queue().await
    }
}

/// Pauses the queue when a job is over, or does not after all.
///
/// # Errors
/// `notFound`: it is over already.
#[tauri::command]
#[specta::specta]
pub async fn pause_after(atelier: State<'_, Atelier>, id: Uuid, pause: bool) -> Result<(), Error> {
    atelier.studio().await?.pause_after(id, pause).await
}

/// Puts queued jobs before another one, or at the end.
///
/// # Errors
/// `notFound`: the one they should stand before is not queued any more.
#[tauri::command]
#[specta::specta]
pub async fn move_jobs(atelier: State<'_, Atelier>, ids: Vec<Uuid>, before: Option<Uuid>) -> Result<(), Error> {
    atelier.studio().await?.move_jobs(ids, before).await
}

/// Changes what a queued job is going to ask for.
///
/// # Errors
/// `notFound`: it is being sent or over; `refused`: it would not be sent like that.
#[tauri::command]
#[specta::specta]
pub async fn edit_job(atelier: State<'_, Atelier>, id: Uuid, request: GenerateRequest) -> Result<Job, Error> {
    atelier.studio().await?.edit_job(id, request).await
}

/// Agrees to what a queued job costs now, which is more than what the person is asked about.
///
/// # Errors
/// `notFound`: it is not queued any more.
#[tauri::command]
#[specta::specta]
pub async fn agree_to_job(atelier: State<'_, Atelier>, id: Uuid) -> Result<(), Error> {
    atelier.studio().await?.agree(id).await
}

/// Queues the same once more, with another seed. Asking again with the same id of the copy changes nothing.
///
/// # Errors
/// `notFound`: there is no such job; `refused`: it would not be sent.
#[tauri::command]
#[specta::specta]
pub async fn duplicate_job(atelier: State<'_, Atelier>, id: Uuid, copy: Uuid) -> Result<Job, Error> {
    atelier.studio().await?.duplicate_job(id, copy).await
}

/// Tries again what was never charged, as another job. Asking again changes nothing.
///
/// # Errors
/// `notFound`: there is no such job; `refused`: it may have been charged, or would not be sent.
#[tauri::command]
#[specta::specta]
pub async fn retry_job(atelier: State<'_, Atelier>, id: Uuid) -> Result<Job, Error> {
    atelier.studio().await?.retry_job(id).await
}

/// Does what the person decided about a job that may have been charged.
///
/// # Errors
/// `notFound`: there is no such job; `refused`: it is settled already, or would not be sent.
#[tauri::command]
#[specta::specta]
pub async fn settle_job(atelier: State<'_, Atelier>, id: Uuid, choice: Choice) -> Result<(), Error> {
    atelier.studio().await?.settle_job(id, choice).await.map(drop)
}

/// Cancels everything that waits, and what is on its way if that is asked for.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn cancel_all(atelier: State<'_, Atelier>, on_their_way: bool) -> Result<u32, Error> {
    atelier.studio().await?.cancel_all(on_their_way).await
}

/// No longer shows jobs that are done, failed or cancelled. Their pictures stay.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn clear_ended(atelier: State<'_, Atelier>) -> Result<(), Error> {
    atelier.studio().await?.clear_ended().await
}

/// What was spent at the server that is connected now, from a day (YYYY-MM-DD) on.
///
/// # Errors
/// `storage`: it can't be read.
#[tauri::command]
#[specta::specta]
pub async fn ledger(atelier: State<'_, Atelier>, since: String) -> Result<Ledger, Error> {
    atelier.studio().await?.ledger(since).await
}
