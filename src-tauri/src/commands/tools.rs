//! Tools: their price, the click on one, and the local ways side by side.

use novelai::cost::Estimate;
use novelai::inpaint::Rect;
use novelai::request::PictureId;
use studio::{Comparison, Job, ToolWork};
use tauri::State;
use uuid::Uuid;

use crate::error::Error;
use crate::state::Atelier;

/// What a tool would cost this account.
///
/// # Errors
/// `refused`: it would not be sent as it is; `notFound`: its picture is not there.
#[tauri::command]
#[specta::specta]
pub async fn estimate_tool(atelier: State<'_, Atelier>, tool: ToolWork) -> Result<Estimate, Error> {
    atelier.studio().await?.estimate_tool(tool).await
}

/// Puts a click on a tool into the queue. Asking again with the same id changes nothing: the job stands as it is.
///
/// # Errors
/// `refused`: it would not be sent as it is; `notFound`: its picture is not there; `storage`, `readOnly`, `diskFull`: it
/// could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn enqueue_tool(atelier: State<'_, Atelier>, id: Uuid, tool: ToolWork) -> Result<Job, Error> {
    atelier.studio().await?.enqueue_tool(id, tool).await
}

/// Makes a part of a picture larger by each way that there is on this computer, waifu2x with this much noise taken away
/// (0 to 3, or none). What comes of it is shown by `image://`, `ways/<id>/<way>`, as long as it is among the last few.
///
/// # Errors
/// `refused`: the part is empty or larger than 512 pixels a side, or there is no such scale; with the detail `superseded`:
/// another comparison has been asked for since. `notFound`: the picture is not there.
#[tauri::command]
#[specta::specta]
pub async fn compare_ways(
    atelier: State<'_, Atelier>,
    image: PictureId,
    crop: Rect,
    scale: u8,
    noise: Option<u8>,
) -> Result<Comparison, Error> {
    atelier.studio().await?.compare_ways(image, crop, scale, noise).await
}
