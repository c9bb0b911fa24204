//! What all requests share: the token, the account, the books, the faults in waiting, and the one easel.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{Books, Fault, account::Account, ledger::Ledger};

pub(crate) struct Office {
    pub(crate) token: String,
    pub(crate) ledger: Arc<Ledger>,
    /// One generation at a time.
    pub(crate) easel: Arc<Semaphore>,
    /// Cancelled when the sandbox goes away.
    pub(crate) gone: CancellationToken,
    desk: Mutex<Desk>,
}

/// What changes.
pub(crate) struct Desk {
    pub(crate) account: Account,
    pub(crate) step_delay: Duration,
    pub(crate) next: VecDeque<Fault>,
    pub(crate) always: Option<Fault>,
    pub(crate) account_fault: Option<Fault>,
}

impl Office {
    pub(crate) fn new(token: String, account: Account, step_delay: Duration) -> Self {
        Self {
            token,
            ledger: Arc::default(),
            easel: Arc::new(Semaphore::new(1)),
            gone: CancellationToken::new(),
            desk: Mutex::new(Desk {
                account,
                step_delay,
                next: VecDeque::new(),
                always: None,
                account_fault: None,
            }),
        }
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        let mut desk = self.desk.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        desk.account.refill(Instant::now());
        desk
    }

    pub(crate) fn books(&self) -> Books {
        let (exchanges, received, charged) = self.ledger.copy();
        let desk = self.desk();
        Books {
            exchanges,
            received,
            charged,
            anlas: desk.account.anlas,
            usage_percent: desk.account.usage,
        }
    }

    /// The fault that strikes this generation.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let mut desk = self.desk();
        desk.next.pop_front().or_else(|| desk.always.clone())
    }
}
