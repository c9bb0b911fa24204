//! Tools: their price, and the click on one.

use novelai::cost::Estimate;
use studio::{Job, ToolWork};
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
