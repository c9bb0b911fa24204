//! What the rest of the program is told. Events carry whole states, so whoever missed one is right after the next.

use uuid::Uuid;

use crate::account::AccountState;
use crate::jobs::{Job, QueueState};
use crate::library::look::Indexing;
use crate::library::watch::LibraryFolder;
use crate::library::{ImageId, ImageRecord};
use crate::share::{ExportProgress, OpenEdit};

/// Something changed.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "jobs are what is told most of the time")]
pub enum Event {
    /// A job is new or has another state.
    Job(Job),
    /// A job was dismissed.
    JobRemoved(Uuid),
    /// Something about the queue as a whole changed.
    Queue(QueueState),
    /// Pictures came or went.
    Library {
        /// New pictures, oldest first.
        added: Vec<ImageRecord>,
        /// Pictures that are no longer there.
        removed: Vec<ImageId>,
    },
    /// What is said of these pictures has changed: stars, marks, notes, albums, labels. Of many, the first few hundred.
    PicturesChanged(Vec<ImageRecord>),
    /// How far the library has been looked at.
    Indexing(Indexing),
    /// The folders of the library: a drive came or went, or one was added or removed.
    Folders(Vec<LibraryFolder>),
    /// The account, its server or its trouble changed.
    Account(AccountState),
    /// So much has changed that it is better read anew.
    Missed,
    /// A picture that is open in an editor was saved there, or is no longer watched.
    Edit(OpenEdit),
    /// How far an export is.
    Export(ExportProgress),
}
