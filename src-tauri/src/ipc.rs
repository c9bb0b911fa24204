//! THE list of what the page can ask for and be told. Nothing else crosses, but pictures by `image://`.
//!
//! The page's side, `ui/src/ipc/bindings.ts`, is made from it; a test here keeps it up to date.

use serde::Serialize;
use specta::Type;
use studio::{
    AccountState, Added, ExportProgress, ImageRecord, Indexing, Job, Kinds, LibraryFolder, OpenEdit, QueueState, Studio,
};
use tauri::AppHandle;
use tauri::ipc::Invoke;
use tauri_specta::{Event as _, collect_commands, collect_events};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::commands::{
    account, batch, canvas, export, folders, generate, inputs, jobs, library, presets, prompts, queue, search, share,
    start, tools,
};
use crate::progress::Progress;

/// A job is new or has moved on. It is whole, so that a page which missed an event is right after the next.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct JobChanged {
    /// The job as it is now.
    pub job: Job,
}

/// A job was dismissed.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct JobRemoved {
    /// Which one.
    pub id: Uuid,
}

/// Something about the queue as a whole is different.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct QueueChanged {
    /// The queue as it is now.
    pub queue: QueueState,
}

/// Pictures have come or gone.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct LibraryChanged {
    /// New pictures, oldest first.
    pub added: Vec<ImageRecord>,
    /// Ids of pictures that are gone.
    pub removed: Vec<studio::ImageId>,
}

/// What is said of these pictures has changed; of many, the first few hundred are told of.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct PicturesChanged {
    /// The pictures as they are now.
    pub changed: Vec<ImageRecord>,
}

/// The library has been looked at further.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct IndexingChanged {
    /// How far.
    pub indexing: Indexing,
}

/// A folder of the library came or went, with its drive or by the person.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct FoldersChanged {
    /// The folders as they are now.
    pub folders: Vec<LibraryFolder>,
}

/// Signed in or out, Anlas spent, or a problem with the account.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct AccountChanged {
    /// The account as it is now.
    pub account: AccountState,
}

/// Files are being dragged over the window. When `at` is null they no longer are: with no files left they went away, and
/// otherwise they were dropped and are being read.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct Dragging {
    /// Where the pointer is.
    pub at: Option<Point>,
    /// How many there are.
    pub files: u32,
    /// What they are, as far as a glance tells; null until somebody has looked.
    pub kinds: Option<Kinds>,
}

/// Files were dropped on the window, and this came of them.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct Dropped {
    /// Where the pointer was.
    pub at: Point,
    /// What is kept of them, and what is not.
    pub added: Added,
}

/// A place in the window, in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Type)]
pub struct Point {
    /// From the left.
    #[specta(type = i32)] // a `number`; of a float specta makes `number | null`
    pub x: f64,
    /// From the top.
    #[specta(type = i32)] // a `number`; of a float specta makes `number | null`
    pub y: f64,
}

/// A picture that is open in an editor was saved there, can't be read, or is no longer watched.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct EditChanged {
    /// The edit as it is now.
    pub edit: OpenEdit,
}

/// An export is further, or over.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct ExportChanged {
    /// How far it is.
    pub export: ExportProgress,
}

/// Events were missed: read everything again.
#[derive(Debug, Clone, Serialize, Type, tauri_specta::Event)]
pub struct EverythingChanged;

/// All commands and events.
pub fn builder() -> tauri_specta::Builder<tauri::Wry> {
    tauri_specta::Builder::new()
        .disable_serde_phases()
        .commands(collect_commands![
            start::start,
            start::save_draft,
            generate::estimate,
            generate::enqueue,
            generate::estimate_each,
            generate::enqueue_each,
            jobs::cancel,
            jobs::dismiss,
            jobs::save_again,
            queue::queue_state,
            queue::tell_of_end,
            queue::listed_jobs,
            queue::pause_queue,
            queue::pause_after,
            queue::move_jobs,
            queue::edit_job,
            queue::agree_to_job,
            queue::duplicate_job,
            queue::retry_job,
            queue::settle_job,
            queue::cancel_all,
            queue::clear_ended,
            queue::ledger,
            batch::estimate_batch,
            batch::enqueue_batch,
            batch::batches,
            batch::batch,
            batch::save_contact_sheet,
            library::images,
            library::show_in_folder,
            library::add_to_library,
            folders::library_folders,
            folders::pick_library_folder,
            folders::remove_library_folder,
            folders::look_at_folders,
            folders::preview_names,
            search::search_library,
            search::statistics,
            search::search_alike,
            search::family,
            search::found_pictures,
            search::places_in_found,
            search::complete_search,
            search::saved_searches,
            search::save_search,
            search::delete_search,
            search::change_pictures,
            search::undo_change,
            search::redo_change,
            search::picture_details,
            search::albums,
            search::create_album,
            search::rename_album,
            search::delete_album,
            search::trash_pictures,
            search::restore_pictures,
            search::trashed,
            search::empty_trash,
            search::indexing,
            search::pause_indexing,
            search::labels,
            search::sorting_of,
            search::picture_differences,
            export::export_pictures,
            export::cancel_export,
            search::broken_files,
            library::enhance_request,
            library::variations_request,
            account::sign_in,
            account::sign_out,
            account::refresh_account,
            inputs::pick_files,
            inputs::picture_of_image,
            inputs::picture_info,
            inputs::vibe_states,
            inputs::export_vibes,
            inputs::references,
            inputs::save_reference,
            inputs::forget_reference,
            tools::compare_ways,
            tools::estimate_chain,
            tools::enqueue_chain,
            tools::enqueue_question,
            tools::job_answer,
            tools::tool_chains,
            tools::save_tool_chain,
            tools::delete_tool_chain,
            prompts::look_at_prompt,
            prompts::complete,
            prompts::complete_online,
            prompts::nudge_weight,
            prompts::toggle_segment,
            prompts::draw_prompt,
            prompts::prompt_files,
            prompts::save_snippet,
            prompts::delete_snippet,
            prompts::show_prompt_files,
            prompts::import_tags,
            presets::switch_model,
            presets::wire_request,
            presets::sent_drafts,
            presets::save_settings,
            presets::presets,
            presets::save_preset,
            presets::delete_preset,
            presets::arrange_presets,
            presets::set_default_preset,
            presets::preview_preset,
            presets::export_presets,
            presets::import_presets,
            presets::read_settings,
            presets::preview_settings,
            canvas::open_canvas,
            canvas::save_canvas_settings,
            canvas::export_mask,
            canvas::look_at_repaint,
            canvas::enqueue_repaint,
            canvas::canvas_takes,
            canvas::keep_take,
            canvas::reject_take,
            share::look_at_share,
            share::share_name,
            share::save_pictures,
            share::copy_picture,
            share::drag_out,
            share::edit_in,
            share::end_edit,
            share::open_edits,
            share::editor,
            share::choose_editor,
            share::forget_editor,
        ])
        .events(collect_events![
            JobChanged,
            JobRemoved,
            QueueChanged,
            LibraryChanged,
            PicturesChanged,
            IndexingChanged,
            FoldersChanged,
            AccountChanged,
            EverythingChanged,
            EditChanged,
            ExportChanged,
            Dragging,
            Dropped
        ])
}

/// Commands whose argument or answer is a body of bytes, which no list of types can hold.
pub const RAW: &[&str] = &[
    "add_picture",
    "canvas_mask",
    "save_canvas_mask",
    "import_mask",
    "found_shapes",
    "found_stacks",
];

/// Answers every command.
pub fn handler(
    builder: &tauri_specta::Builder<tauri::Wry>,
) -> impl Fn(Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
    let typed = builder.invoke_handler();
    let raw: Box<dyn Fn(Invoke<tauri::Wry>) -> bool + Send + Sync> = Box::new(tauri::generate_handler![
        inputs::add_picture,
        canvas::canvas_mask,
        canvas::save_canvas_mask,
        canvas::import_mask,
        search::found_shapes,
        search::found_stacks
    ]);
    move |invoke| {
        if RAW.contains(&invoke.message.command()) {
            raw(invoke)
        } else {
            typed(invoke)
        }
    }
}

/// Hands the studio's events to the page for as long as there are any.
pub fn forward_events(app: AppHandle, studio: &Studio) {
    let mut events = studio.subscribe();
    tauri::async_runtime::spawn(async move {
        let mut progress = Progress::default();
        loop {
            let event = events.recv().await;
            if let Ok(event) = &event {
                progress.take(event, &app);
            }
            let told = match event {
                Ok(studio::Event::Job(job)) => JobChanged { job }.emit(&app),
                Ok(studio::Event::JobRemoved(id)) => JobRemoved { id }.emit(&app),
                Ok(studio::Event::Queue(queue)) => QueueChanged { queue }.emit(&app),
                Ok(studio::Event::Missed) => EverythingChanged.emit(&app),
                Ok(studio::Event::Library { added, removed }) => LibraryChanged { added, removed }.emit(&app),
                Ok(studio::Event::PicturesChanged(changed)) => PicturesChanged { changed }.emit(&app),
                Ok(studio::Event::Indexing(indexing)) => IndexingChanged { indexing }.emit(&app),
                Ok(studio::Event::Folders(folders)) => FoldersChanged { folders }.emit(&app),
                Ok(studio::Event::Edit(edit)) => EditChanged { edit }.emit(&app),
                Ok(studio::Event::Export(export)) => ExportChanged { export }.emit(&app),
                Ok(studio::Event::Account(account)) => AccountChanged { account }.emit(&app),
                Err(RecvError::Lagged(_)) => EverythingChanged.emit(&app),
                Err(RecvError::Closed) => break,
            };
            if let Err(error) = told {
                tracing::warn!(%error, "the page could not be told of an event");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    const NAMES: &[&str] = include!("command_names.rs");

    fn from_here(path: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    /// Writes the bindings when they are out of date, and fails all the same: whoever changed a command commits them.
    #[test]
    fn the_bindings_of_the_page_are_up_to_date() {
        let committed = from_here("../ui/src/ipc/bindings.ts");
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("bindings.ts");
        builder()
            .export(specta_typescript::Typescript::default(), &fresh)
            .unwrap();
        let fresh = std::fs::read_to_string(fresh).unwrap();
        if std::fs::read_to_string(&committed).unwrap_or_default() != fresh {
            std::fs::write(&committed, fresh).unwrap();
            panic!("ui/src/ipc/bindings.ts was out of date; it has been written anew, commit it");
        }
    }

    #[test]
    fn every_command_has_a_permission_and_the_page_has_no_other() {
        let capability = std::fs::read_to_string(from_here("capabilities/main.json")).unwrap();
        let capability: serde_json::Value = serde_json::from_str(&capability).unwrap();
        let granted: BTreeSet<String> = capability["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p.as_str().unwrap().to_owned())
            .collect();
        let mut expected: BTreeSet<String> = NAMES
            .iter()
            .map(|name| format!("allow-{}", name.replace('_', "-")))
            .collect();
        expected.extend(["core:event:allow-listen", "core:event:allow-unlisten"].map(str::to_owned));
        assert_eq!(granted, expected);
    }

    #[test]
    fn the_list_of_names_is_the_list_of_commands() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bindings.ts");
        builder()
            .export(specta_typescript::Typescript::default(), &file)
            .unwrap();
        let bindings = std::fs::read_to_string(file).unwrap();
        let mut registered: BTreeSet<&str> = bindings
            .split("__TAURI_INVOKE(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        registered.extend(RAW);
        assert_eq!(registered, NAMES.iter().copied().collect());
    }
}
