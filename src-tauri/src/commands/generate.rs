//! The price of a request, and the click on Generate.

use novelai::cost::Estimate;
use novelai::request::GenerateRequest;
use studio::Job;
use tauri::State;
use uuid::Uuid;

use crate::error::Error;
use crate::state::Atelier;

/// What the request would cost this account.
///
/// # Errors
/// `refused`: it would not be sent as it is; `detail` names the field.
#[tauri::command]
#[specta::specta]
pub async fn estimate(atelier: State<'_, Atelier>, request: GenerateRequest) -> Result<Estimate, Error> {
    Ok(atelier.studio().await?.estimate(&request)?)
}

/// Puts a click on Generate into the queue. Asking again with the same id changes nothing: the job stands as it is.
///
/// # Errors
/// `refused`: it would not be sent as it is; `storage`, `readOnly`, `diskFull`: it could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn enqueue(atelier: State<'_, Atelier>, id: Uuid, request: GenerateRequest) -> Result<Job, Error> {
    atelier.studio().await?.enqueue(id, request).await
}
