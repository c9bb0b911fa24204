//! What the page needs to draw itself the first time, and the draft it wants back then.

use novelai::model::Catalogue;
use novelai::request::GenerateRequest;
use serde::Serialize;
use specta::Type;
use studio::{AccountState, ImageRecord, Job, QueueState, Settings};
use tauri::State;

use crate::error::Error;
use crate::state::Atelier;

/// How many pictures the history shows before the page asks for older ones.
const FIRST_PICTURES: u32 = 60;

/// Everything the page starts with.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// Models, sizes and limits.
    pub catalogue: Catalogue,
    /// Who is signed in, and where.
    pub account: AccountState,
    /// The jobs that matter first, in the order of the queue. The queue may have many more.
    pub jobs: Vec<Job>,
    /// The queue as a whole.
    pub queue: QueueState,
    /// The newest pictures, newest first.
    pub images: Vec<ImageRecord>,
    /// The recipe as it was left, if there is one.
    pub draft: Option<GenerateRequest>,
    /// Pictures brought back from a run that ended badly.
    pub recovered: u32,
    /// Why the person's own changes to the models are not used, if they are not.
    pub models_refused: Option<String>,
    /// Where the pictures lie, to be shown.
    pub library_folder: String,
    /// Version of the app.
    pub version: String,
    /// What the person decided.
    pub settings: Settings,
}

/// Everything the page starts with.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: the data folder can't be used.
#[tauri::command]
#[specta::specta]
pub async fn start(atelier: State<'_, Atelier>) -> Result<Start, Error> {
    let open = atelier.opened().await?;
    let studio = &open.studio;
    Ok(Start {
        catalogue: studio.registry().catalogue().clone(),
        account: studio.account_state(),
        jobs: studio.first_jobs().await?,
        queue: studio.queue_state().await?,
        images: studio.images(None, FIRST_PICTURES).await?,
        draft: studio.draft().await,
        recovered: u32::try_from(open.recovered).unwrap_or(u32::MAX),
        models_refused: open.models_refused.clone(),
        library_folder: studio.library_folder().display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: studio.settings().await,
    })
}

/// Keeps the recipe being edited, so that it is there after a crash.
///
/// # Errors
/// `storage`, `readOnly`, `diskFull`: it could not be written.
#[tauri::command]
#[specta::specta]
pub async fn save_draft(atelier: State<'_, Atelier>, request: GenerateRequest) -> Result<(), Error> {
    atelier.studio().await?.save_draft(request).await
}
