//! What the rest of the program is told. Events carry whole states, so whoever missed one is right after the next.

use uuid::Uuid;

use crate::account::AccountState;
use crate::jobs::Job;
use crate::library::{ImageId, ImageRecord};
use crate::share::OpenEdit;

/// Something changed.
#[derive(Debug, Clone)]
pub enum Event {
    /// A job is new or has another state.
    Job(Job),
    /// A job was dismissed.
    JobRemoved(Uuid),
    /// Pictures came or went.
    Library {
        /// New pictures, oldest first.
        added: Vec<ImageRecord>,
        /// Pictures that are no longer there.
        removed: Vec<ImageId>,
    },
    /// The account, its server or its trouble changed.
    Account(AccountState),
    /// A picture that is open in an editor was saved there, or is no longer watched.
    Edit(OpenEdit),
}
