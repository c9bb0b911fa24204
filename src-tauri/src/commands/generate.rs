//! The price of a request, and the click on Generate.

use novelai::cost::Estimate;
use novelai::request::{GenerateRequest, PictureId};
use studio::{EachEstimate, Job};
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

/// What the request would cost if it were sent once for each of these pictures.
///
/// # Errors
/// `refused`: there are none, or too many.
#[tauri::command]
#[specta::specta]
pub async fn estimate_each(
    atelier: State<'_, Atelier>,
    request: GenerateRequest,
    pictures: Vec<PictureId>,
) -> Result<EachEstimate, Error> {
    atelier.studio().await?.estimate_each(request, pictures).await
}

/// Puts a click into the queue that asks for the request once for each of these pictures. Asking again with the same id
/// changes nothing.
///
/// # Errors
/// `refused`: none of them can be sent; `storage`, `readOnly`, `diskFull`: not all could be written down, and the same id
/// goes on where it ended.
#[tauri::command]
#[specta::specta]
pub async fn enqueue_each(
    atelier: State<'_, Atelier>,
    id: Uuid,
    request: GenerateRequest,
    pictures: Vec<PictureId>,
) -> Result<Vec<Job>, Error> {
    atelier.studio().await?.enqueue_each(id, request, pictures).await
}
