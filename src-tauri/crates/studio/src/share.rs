//! Pictures that leave the program: dragged out, copied, saved somewhere, or opened in an editor.
//!
//! What goes out is a file of its own, made in a private folder, never the library's. Where the person wants nothing
//! told, the finished file is read again from the disk, and handed out only if no trace is left in it.

mod editor;
mod edits;
mod export;
mod names;
mod outgoing;
mod sink;

use novelai::encode::FileFormat;
use novelai::metadata::{OwnTexts, Trace};
use serde::{Deserialize, Serialize};

pub use edits::{EditState, OpenEdit};
pub(crate) use edits::{Edits, resume};
pub(crate) use export::Exports;
pub use export::{Export, ExportProgress, ExportTo, Exported};
pub(crate) use outgoing::sweep;
pub use outgoing::{Delivered, Outgoing};

/// What a picture that goes out tells about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Luggage {
    /// All that it tells in the library.
    #[default]
    Keep,
    /// Nothing.
    Strip,
    /// Texts of the person's own, and nothing else.
    Replace,
}

/// What is decided about pictures that go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ShareSettings {
    /// Of those that are saved somewhere.
    pub save: Luggage,
    /// Of those that are copied.
    pub copy: Luggage,
    /// Of those that are dragged out.
    pub drag: Luggage,
    /// What takes the place of metadata where it is replaced.
    pub own: OwnTexts,
    /// What is saved; nothing: as it is in the library.
    pub format: Option<FileFormat>,
    /// Of a JPEG, 1 to 100.
    pub quality: u8,
    /// How files are named.
    pub name: String,
    /// The alpha of a picture that comes back from an editor becomes a mask.
    pub mask_from_alpha: bool,
}

impl Default for ShareSettings {
    fn default() -> Self {
        Self {
            save: Luggage::Keep,
            copy: Luggage::Keep,
            drag: Luggage::Keep,
            own: OwnTexts::default(),
            format: None,
            quality: 92,
            name: names::DEFAULT.to_owned(),
            mask_from_alpha: false,
        }
    }
}

impl ShareSettings {
    /// Without what can't be.
    pub(crate) fn checked(mut self) -> Self {
        self.own = self.own.tidy();
        self.quality = self.quality.clamp(1, 100);
        self.name = self.name.chars().filter(|c| !c.is_control()).take(200).collect();
        if self.name.trim().is_empty() {
            names::DEFAULT.clone_into(&mut self.name);
        }
        self
    }
}

/// How pictures are handed out this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// What they tell.
    pub metadata: Luggage,
    /// What they become; nothing: they stay what they are.
    pub format: Option<FileFormat>,
    /// Of a JPEG, 1 to 100.
    pub quality: u8,
}

/// What was found in a finished file when it was read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The file's name.
    pub name: String,
    /// What it is.
    pub format: FileFormat,
    /// Its length.
    pub bytes: u32,
    /// What it was to tell.
    pub metadata: Luggage,
    /// What it tells: nothing where nothing was to be told, and beside the person's own texts where there are some.
    pub traces: Vec<Trace>,
    /// All that the picture told is in it, where that was wanted: a JPEG has little room.
    pub is_all: bool,
}
