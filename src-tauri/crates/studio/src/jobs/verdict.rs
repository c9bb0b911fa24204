//! What is known of a job that may have been charged, and what the person decides about it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::jobs::{JobState, derived_id};
use crate::spending::ledger::Paid;

/// What is known of a job that may have been charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Verdict {
    /// It was charged, and some of its pictures are in the library.
    ChargedAndRecovered {
        /// What was charged.
        anlas: u32,
        /// How many pictures there are.
        pictures: u32,
    },
    /// It was charged, and there is nothing.
    ChargedAndLost {
        /// What was charged.
        anlas: u32,
    },
    /// The balance has not changed: it can be sent again.
    NotCharged,
    /// The balances don't tell: one is missing, it rose, or something else was charged at the same time.
    Unknown,
}

/// What the person decides about an unsettled job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Choice {
    /// It is sent once more, as another job.
    SendAgain,
    /// It is left as it is, and no longer shown.
    Leave,
}

/// The id of the job that a job is sent once more as. It is always the same, so that two clicks, or two programs, send it
/// once.
pub(crate) fn once_more(job: Uuid) -> Uuid {
    derived_id(job, "once more")
}

/// What is known. `counted`: the ledger has it; a job of before there was one has its two balances alone.
pub(crate) fn of(state: &JobState, paid: Option<Paid>, counted: bool, pictures: u32) -> Option<Verdict> {
    let JobState::Unsettled {
        error,
        anlas_before,
        anlas_after,
    } = state
    else {
        return None;
    };
    // The whole answer is here, and can be saved.
    if error.is_storage() {
        return None;
    }
    let charged = match (paid, counted) {
        (Some(paid), _) => Some(paid.charged),
        (None, true) => None,
        (None, false) => anlas_before
            .zip(*anlas_after)
            .and_then(|(before, after)| before.checked_sub(after)),
    };
    Some(match (charged, pictures) {
        (None, _) => Verdict::Unknown,
        (Some(0), _) => Verdict::NotCharged,
        (Some(anlas), 0) => Verdict::ChargedAndLost { anlas },
        (Some(anlas), pictures) => Verdict::ChargedAndRecovered { anlas, pictures },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorCode};

    fn unsettled(anlas_before: Option<u32>, anlas_after: Option<u32>) -> JobState {
        JobState::Unsettled {
            error: Error::new(ErrorCode::Interrupted, "cut"),
            anlas_before,
            anlas_after,
        }
    }

    #[test]
    fn a_verdict_is_as_sure_as_what_is_measured() {
        let paid = |charged| Some(Paid { charged, expected: 20 });
        let both = unsettled(Some(100), Some(80));
        assert_eq!(
            of(&both, paid(20), true, 0),
            Some(Verdict::ChargedAndLost { anlas: 20 })
        );
        let recovered = Verdict::ChargedAndRecovered { anlas: 20, pictures: 1 };
        assert_eq!(of(&both, paid(20), true, 1), Some(recovered));
        assert_eq!(of(&both, paid(0), true, 0), Some(Verdict::NotCharged));
        // Something else was charged beside it: the difference of the balances is not its own.
        assert_eq!(of(&both, None, true, 0), Some(Verdict::Unknown));
        assert_eq!(of(&both, None, false, 0), Some(Verdict::ChargedAndLost { anlas: 20 }));
        assert_eq!(of(&unsettled(Some(100), None), None, false, 0), Some(Verdict::Unknown));
        assert_eq!(
            of(&unsettled(Some(100), Some(900)), None, false, 0),
            Some(Verdict::Unknown)
        );
        assert_eq!(of(&JobState::Cancelled, paid(20), true, 0), None);
    }
}
