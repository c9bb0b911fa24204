//! Everything Atelier does without a window.
//!
//! [`Studio`] is the door: a durable queue of jobs, the library of pictures, the account and its token, the draft.
//! It knows nothing of Tauri and nothing of the sandbox but an address, and it never asks the person anything: it
//! tells what happened, by [`Event`]s that carry whole states and by errors that say what to do.
//!
//! # The data folder
//!
//! ```text
//! atelier.lock           held by the process that has the folder open; "open" in it after an unclean stop
//! atelier.db             jobs and the index of the pictures (SQLite, WAL, synchronous=FULL)
//! thumbnails.db          thumbnails, made again when missing; not worth a backup
//! backups/               copies of atelier.db from before a change of its schema, and damaged ones
//! spool/<job>.part       an answer as it comes; gone when its pictures are durable
//! spool/kept/<job>.bin   an answer, or the rest of one, that no picture could be made of
//! inputs/<id>            a picture from outside, as it came, named by its content; <id>.json beside it tells its name
//! vibes/<id>/            what a picture was encoded to, a file for each family of models and Information Extracted
//! pieces/<job>-<n>.*     an answer that was laid back into a picture, as the server sent it; .json: the proof of it
//! canvases/<id>/         a picture that is painted on: its mask and its settings, in two generations
//! references.json        the references that are kept at hand
//! outgoing/              files that were made to be handed out; gone at the next start
//! edits/<id>/            a working copy of a picture that is open in an editor; <id>.json notes what came of it
//! editor.json            which editor that is
//! draft.json             what is being edited, and draft.previous.json, the generation before it
//! chains.json            tools that follow one another, by name, in two generations too
//! settings.json          what the person decided, in two generations as well
//! folders.json           which other folders belong to the library, in two generations too
//! searches.json          searches by name, in two generations
//! presets/*.json         presets, one a file; presets.json: their order
//! wildcards/**/*.txt     lists for __name__, by the person; snippets/*.txt: texts that are offered by name
//! tags.csv               the imported list of tags
//! tokenizers/            what counts the prompts of some models, fetched again when missing
//! ```
//!
//! The library folder belongs to the person: pictures exactly as the server sent them, under names of the person's
//! template, by day unless they say otherwise. In it are also `atelier.jsonl`, what the person said about the pictures, and
//! `.trash`, what was deleted and can be brought back.
//!
//! Other folders with pictures can be added in place (`library::places`). Nothing is written into them but their own
//! `.trash`; what the person said of their pictures stands in the library folder's `atelier.jsonl`.

// The tests in here and those in `tests` share a stage.
#[cfg(test)]
extern crate self as studio;

mod account;
mod batch;
mod canvas;
mod chains;
mod clock;
mod credentials;
mod database;
mod disk;
mod door;
pub mod download;
mod each;
pub mod enlarge;
mod error;
mod event;
mod folders;
mod follow_up;
mod generations;
mod inputs;
mod intake;
mod jobs;
mod library;
pub mod models;
mod presets;
mod prompt_files;
mod raw;
mod references;
mod server;
mod settings;
mod share;
mod shared;
mod signing;
pub mod spending;
mod tags;
#[cfg(test)]
mod testing;
mod tools;
mod vibes;
mod wire;
mod words;

pub use account::{AccountState, Keep};
pub use batch::{Axis, Batch, BatchEstimate, BatchLine, BatchPlan, BatchRefusal, BatchResult, SeedRule};
pub use canvas::{
    Area, Canvas, CellRule, Edges, Focus, LookedAt, OwnPrompt, Repaint, RepaintSettings, Seen, SeenNote, Take,
};
pub use chains::SavedChain;
pub use credentials::{Credentials, Memory};
pub use door::{Opened, Options, Studio};
pub use each::{EachEstimate, EachPicture};
pub use enlarge::LocalWay;
pub use enlarge::compare::{ComparedWay, Comparison};
pub use error::{Error, ErrorCode};
pub use event::Event;
pub use folders::{Folders, make_private};
pub use follow_up::{EnhancedTo, FollowUp, MadeWith};
pub use inputs::{Added, Kinds, PictureFormat, PictureInfo, RefusedFile, VibeInfo};
pub use jobs::{
    Answer, BatchCell, Chain, ChainEstimate, ChainPicture, ChainStep, Choice, Job, JobState, Question, QueueBeside,
    QueueList, QueueState, Step, Verdict, Work, Written, WrittenCharacter,
};
pub use library::adopt::Adopted;
pub use library::family::{Difference, Relative};
pub use library::labels::Sorting;
pub use library::look::{BrokenFile, BrokenPage, FilePlace, Indexing};
pub use library::naming::NamesPreview;
pub use library::said::{Change, ChangeKind, Changed, Chosen};
pub use library::scan::FolderLook;
pub use library::search::{
    Facet, FacetField, FacetValue, Found, FoundGroup, Grouping, SavedSearch, SearchOffer, SearchOffers, SearchProblem,
    SearchProblemKind,
};
pub use library::statistics::{Statistics, WorkDay};
pub use library::template::{NameProblem, NameProblemKind};
pub use library::thumbnails::small_jpeg;
pub use library::trash::{Emptied, TrashPage, Trashed, TrashedPicture};
pub use library::watch::{FolderState, LibraryFolder};
pub use library::{ImageId, ImageRecord, Kind, Mark};
pub use presets::{BrokenPreset, Preset, PresetColour, PresetImport, PresetShelf};
pub use prompt_files::{PromptFile, PromptFileKind, wildcards_in};
pub use raw::RawFolder;
pub use references::{Reference, ReferenceSource};
pub use server::{Server, ServerChoice};
pub use settings::{OwnSize, Settings};
pub use share::{
    Delivered, EditState, Export, ExportProgress, ExportTo, Exported, Handover, Luggage, OpenEdit, Outgoing, Proof,
    ShareSettings,
};
pub use spending::ledger::Paid;
pub use spending::report::{Drift, Ledger, LedgerLine};
pub use spending::{CapPer, Hold, SpendingRules, Spent, WhenAllowanceEnds};
pub use tags::{TagCategory, TagImport};
pub use vibes::{VibeExport, VibeState};
pub use wire::{PictureSettings, metadata_json};
pub use words::{Completion, CompletionKind, Completions, Edited, Typing};
