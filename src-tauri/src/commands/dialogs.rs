//! Native dialogs. They are asked on this side, so that no path comes from the page; a test answers them by a start
//! option.

use std::path::PathBuf;

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt as _, FilePath};

use crate::error::{Error, internal};
use crate::state::Atelier;

/// Where to write a file of this kind; none where the person changed their mind.
pub async fn ask_where(
    app: &AppHandle,
    atelier: &Atelier,
    name: &str,
    kind: (&'static str, &'static str),
) -> Result<Option<PathBuf>, Error> {
    let prepared = atelier
        .answer_save_dialog
        .lock()
        .ok()
        .and_then(|mut answer| answer.take());
    if prepared.is_some() {
        return Ok(prepared);
    }
    let dialog = app.dialog().file().set_file_name(name).add_filter(kind.0, &[kind.1]);
    asked(move || dialog.blocking_save_file()).await
}

/// Which file of this kind to read; none where the person changed their mind.
pub async fn ask_for(
    app: &AppHandle,
    atelier: &Atelier,
    kind: (&'static str, &'static [&'static str]),
) -> Result<Option<PathBuf>, Error> {
    let prepared = prepared(atelier);
    if prepared.is_some() {
        return Ok(prepared);
    }
    let dialog = app.dialog().file().add_filter(kind.0, kind.1);
    asked(move || dialog.blocking_pick_file()).await
}

/// A test's answer.
fn prepared(atelier: &Atelier) -> Option<PathBuf> {
    let mut answers = atelier.answer_open_dialog.lock().ok()?;
    (!answers.is_empty()).then(|| answers.remove(0))
}

async fn asked(ask: impl FnOnce() -> Option<FilePath> + Send + 'static) -> Result<Option<PathBuf>, Error> {
    let answer = tokio::task::spawn_blocking(ask).await.map_err(internal)?;
    answer.map(FilePath::into_path).transpose().map_err(internal)
}
