//! What the page can ask for: thin, one file a noun. No command spends Anlas: Tauri may run one twice.

pub mod account;
pub mod batch;
pub mod canvas;
pub mod dialogs;
pub mod export;
pub mod folders;
pub mod generate;
pub mod inputs;
pub mod jobs;
pub mod library;
pub mod presets;
pub mod prompts;
pub mod queue;
pub mod search;
pub mod share;
pub mod start;
pub mod tools;
