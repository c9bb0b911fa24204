//! Jobs: one durable queue for everything that costs, and for what is done on this computer (`local`).
//!
//! A click makes a UUID and [`Queue::enqueue`](queue::Queue::enqueue) writes it down; the worker alone talks to the
//! paid endpoints, one request at a time. What is to be done to a picture one after the other is a chain of jobs, each of
//! which waits for the one before it (`steps`, `chains`). The order in which things become durable is what keeps a paid picture from
//! being lost and a request from being paid twice:
//!
//! 1. `sending` is in the journal and synced before the first byte leaves (`journal`);
//! 2. the body is appended to the spool as it comes and synced before it is parsed (`spool`, `receive`);
//!    What was painted into a part of a picture is laid back into it first, and kept as it came (`piece`);
//! 3. the names of the pictures are in the index, as pending, before a file is written (`library`);
//! 4. pictures are written, synced and renamed, and their folder is synced;
//! 5. the pictures stop being pending and the job is settled, in one transaction;
//! 6. only then the spooled bytes are removed.
//!
//! Killed between any two of these, the next start (`recovery`) goes on from what is on the disk, and never sends
//! anything again.

pub(crate) mod answers;
pub(crate) mod beside;
pub(crate) mod board;
pub(crate) mod chains;
pub(crate) mod control;
pub(crate) mod editing;
pub(crate) mod encoding;
pub(crate) mod journal;
pub(crate) mod local;
pub(crate) mod overview;
pub(crate) mod parcel;
pub(crate) mod piece;
pub(crate) mod price;
pub(crate) mod progress;
pub(crate) mod queue;
pub(crate) mod receive;
pub(crate) mod recovery;
pub(crate) mod settle;
pub(crate) mod spool;
pub(crate) mod steps;
pub(crate) mod verdict;
pub(crate) mod work;
pub(crate) mod worker;

#[cfg(test)]
mod crash_matrix;
#[cfg(test)]
mod failing;
#[cfg(test)]
mod found;
#[cfg(test)]
mod killed;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::clock::now_ms;
use crate::error::Error;
use crate::library::ImageId;
use crate::spending::Hold;
use crate::spending::ledger::Paid;
pub use answers::{Answer, Question};
pub use beside::QueueBeside;
pub use chains::{ChainEstimate, ChainPicture, ChainStep};
pub use overview::{QueueList, QueueState};
pub use steps::{Chain, Step};
pub use verdict::{Choice, Verdict};
pub use work::{Work, Written, WrittenCharacter};

/// Something that was asked for, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The UUID of the click.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub id: Uuid,
    /// What was asked for.
    pub work: Work,
    /// Where it may be sent, and nowhere else: `sandbox`, or the host of a server. `this computer`: nowhere.
    pub server: String,
    /// The price in Anlas, as estimated with what was known of the account; `None` where it could not be estimated.
    pub anlas: Option<u32>,
    /// When it was asked for, in milliseconds since 1970.
    #[cfg_attr(feature = "specta", specta(type = u32))]
    pub created: i64,
    /// Where it stands among steps that follow one another; none where it is no such step.
    pub chain: Option<Chain>,
    /// Where it stands in a batch.
    pub cell: Option<BatchCell>,
    /// The rule of the person that does not let it be sent, while it is queued.
    pub held: Option<Hold>,
    /// The queue pauses when it is over.
    pub pause_after: bool,
    /// What it cost, where two balances tell.
    pub paid: Option<Paid>,
    /// What is known of one that is unsettled.
    pub verdict: Option<Verdict>,
    /// How far it is.
    pub state: JobState,
}

/// Where a job stands in a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BatchCell {
    /// The UUID of the click.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub batch: Uuid,
    /// Which one of it, from 0.
    pub cell: u32,
}

impl Job {
    /// Something that is about to be queued.
    pub(crate) fn new(id: Uuid, work: Work, server: String, anlas: Option<u32>) -> Self {
        Self {
            id,
            work,
            server,
            anlas,
            created: now_ms(),
            chain: None,
            cell: None,
            held: None,
            pause_after: false,
            paid: None,
            verdict: None,
            state: JobState::Queued { retry_at: None },
        }
    }
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum JobState {
    /// It waits for its turn, or for a busy server.
    Queued {
        /// When it is tried again after a 429, in milliseconds since 1970.
        #[cfg_attr(feature = "specta", specta(type = Option<u32>))]
        retry_at: Option<i64>,
    },
    /// It may have left this machine.
    Sending,
    /// The picture is being painted.
    Running {
        /// Steps done.
        step: u32,
        /// Steps in all.
        steps: u32,
    },
    /// Everything is here and is being saved.
    Received,
    /// The pictures are in the library, or the encoded vibe is kept.
    Done {
        /// Which ones; none of a vibe.
        images: Vec<ImageId>,
    },
    /// It failed, and nothing was charged.
    Failed {
        /// Why, and what to do.
        error: Error,
    },
    /// It may have been charged, and its pictures are not (all) in the library. It is never sent again by itself.
    /// With a storage code (`diskFull`, `readOnly`, `storage`) the answer is here and
    /// [`Studio::save_again`](crate::Studio::save_again) may save it.
    Unsettled {
        /// What went wrong, and what to do.
        error: Error,
        /// Anlas before it was sent, where known.
        anlas_before: Option<u32>,
        /// Anlas after it, where known.
        anlas_after: Option<u32>,
    },
    /// The person cancelled it.
    Cancelled,
}

impl JobState {
    /// Unsettled; the balances stand in the journal and are added when it is read.
    pub(crate) fn unsettled(error: Error) -> Self {
        Self::Unsettled {
            error,
            anlas_before: None,
            anlas_after: None,
        }
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Queued { .. } | Self::Sending | Self::Running { .. } | Self::Received => false,
            Self::Done { .. } | Self::Failed { .. } | Self::Unsettled { .. } | Self::Cancelled => true,
        }
    }
}

/// The id of what follows from something else: always the same for the same, so that it is there once.
pub(crate) fn derived_id(from: Uuid, what: &str) -> Uuid {
    let digest = Sha256::new()
        .chain_update(from.as_bytes())
        .chain_update(what)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
