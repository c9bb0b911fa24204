//! What is done to finished pictures, and asked about them: prices, clicks, answers, the chains that are kept, and the local
//! ways to enlarge side by side.

use novelai::inpaint::Rect;
use novelai::request::PictureId;
use studio::{Answer, ChainEstimate, Comparison, Job, Question, SavedChain, Step};
use tauri::State;
use uuid::Uuid;

use crate::error::Error;
use crate::state::Atelier;

/// What steps that follow one another would cost this account, for each of some pictures. A picture that can't be worked
/// on is refused beside its id, with the reason, and not counted.
///
/// # Errors
/// `refused`: there are no steps or pictures, or too many.
#[tauri::command]
#[specta::specta]
pub async fn estimate_chain(
    atelier: State<'_, Atelier>,
    steps: Vec<Step>,
    images: Vec<PictureId>,
) -> Result<ChainEstimate, Error> {
    atelier.studio().await?.estimate_chain(steps, images).await
}

/// Puts a click on tools into the queue: every step for every picture, but those that `estimate_chain` refuses. Asking
/// again with the same id changes nothing: the jobs stand as they are.
///
/// # Errors
/// `refused`: there are no steps or pictures, too many, or all are refused; `notFound`: no picture is there; `storage`,
/// `readOnly`, `diskFull`: it could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn enqueue_chain(
    atelier: State<'_, Atelier>,
    id: Uuid,
    steps: Vec<Step>,
    images: Vec<PictureId>,
) -> Result<Vec<Job>, Error> {
    atelier.studio().await?.enqueue_chain(id, steps, images).await
}

/// Puts a question into the queue. Asking again with the same id changes nothing: the job stands as it is. A server that
/// does not know such questions makes it fail with `notOffered`.
///
/// # Errors
/// `refused`: it would not be sent as it is; `notFound`: its picture is not there; `storage`, `readOnly`, `diskFull`: it
/// could not be written down.
#[tauri::command]
#[specta::specta]
pub async fn enqueue_question(atelier: State<'_, Atelier>, id: Uuid, question: Question) -> Result<Job, Error> {
    atelier.studio().await?.enqueue_question(id, question).await
}

/// What the server answered to a question.
///
/// # Errors
/// `notFound`: there is no answer (yet); `storage`: it could not be read.
#[tauri::command]
#[specta::specta]
pub async fn job_answer(atelier: State<'_, Atelier>, id: Uuid) -> Result<Answer, Error> {
    atelier.studio().await?.job_answer(id).await
}

/// The chains of tools that are kept.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn tool_chains(atelier: State<'_, Atelier>) -> Result<Vec<SavedChain>, Error> {
    Ok(atelier.studio().await?.tool_chains().await)
}

/// Keeps a chain of tools, in the place of the one that has its name if there is one. Gives all that are kept.
///
/// # Errors
/// `refused`: it has no name, could not be run, or there are too many; `storage`, `readOnly`, `diskFull`: it could not be
/// written.
#[tauri::command]
#[specta::specta]
pub async fn save_tool_chain(atelier: State<'_, Atelier>, chain: SavedChain) -> Result<Vec<SavedChain>, Error> {
    atelier.studio().await?.save_tool_chain(chain).await
}

/// No longer keeps a chain of tools. Gives all that are kept.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn delete_tool_chain(atelier: State<'_, Atelier>, name: String) -> Result<Vec<SavedChain>, Error> {
    atelier.studio().await?.delete_tool_chain(name).await
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
