//! What all requests share: the tokens, the account, the books, the faults in waiting, and the one easel.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, header, request::Parts};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    Books, Fault,
    account::Account,
    ledger::Ledger,
    login::Credentials,
    routes::{Pass, Service},
    traps::Traps,
};

pub(crate) struct Office {
    /// The token that the sandbox was started with.
    pub(crate) token: String,
    pub(crate) credentials: Credentials,
    /// Serves also what the live service has given up.
    pub(crate) legacy: bool,
    pub(crate) ledger: Arc<Ledger>,
    /// One piece of work at a time.
    pub(crate) easel: Arc<Semaphore>,
    /// Cancelled when the sandbox goes away.
    pub(crate) gone: CancellationToken,
    desk: Mutex<Desk>,
}

/// What changes.
pub(crate) struct Desk {
    pub(crate) account: Account,
    pub(crate) step_delay: Duration,
    /// Tokens that are accepted. Of the persistent ones there is one at most.
    pub(crate) tokens: Vec<String>,
    pub(crate) next: VecDeque<Fault>,
    pub(crate) always: Option<Fault>,
    pub(crate) account_fault: Option<Fault>,
    pub(crate) traps: Traps,
}

/// The kind of a token that is accepted (api.md 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// Begins with `pst-`.
    Persistent,
    /// From a login.
    Login,
}

impl Bearer {
    pub(crate) fn of(token: &str) -> Self {
        if token.starts_with("pst-") {
            Self::Persistent
        } else {
            Self::Login
        }
    }

    pub(crate) fn may(self, pass: Pass) -> bool {
        match pass {
            Pass::Anyone | Pass::Token => true,
            Pass::Login => self == Self::Login,
        }
    }
}

impl Office {
    pub(crate) fn new(
        token: String,
        account: Account,
        step_delay: Duration,
        credentials: Credentials,
        legacy: bool,
    ) -> Self {
        Self {
            desk: Mutex::new(Desk {
                account,
                step_delay,
                tokens: vec![token.clone()],
                next: VecDeque::new(),
                always: None,
                account_fault: None,
                traps: Traps::default(),
            }),
            token,
            credentials,
            legacy,
            ledger: Arc::default(),
            easel: Arc::new(Semaphore::new(1)),
            gone: CancellationToken::new(),
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

    /// The kind of the token in these headers, if it's one that is accepted.
    pub(crate) fn bearer(&self, headers: &HeaderMap) -> Option<Bearer> {
        let given = given(headers)?;
        let desk = self.desk();
        desk.tokens
            .iter()
            .find(|token| token.as_bytes() == given)
            .map(|token| Bearer::of(token))
    }

    /// Whether these headers have the token that the sandbox was started with.
    pub(crate) fn is_owner(&self, headers: &HeaderMap) -> bool {
        given(headers) == Some(self.token.as_bytes())
    }

    /// The fault that strikes before anything else is looked at.
    pub(crate) fn moved(&self, head: &Parts) -> Option<Fault> {
        let is_move = |fault: &Fault| matches!(fault, Fault::Moved { .. });
        self.desk().traps.spring(&head.method, head.uri.path(), is_move)
    }

    /// The fault that strikes this request, which has the right token.
    pub(crate) fn fault(&self, head: &Parts, service: Service) -> Option<Fault> {
        let mut desk = self.desk();
        if let Some(fault) = desk.traps.spring(&head.method, head.uri.path(), |_| true) {
            return Some(fault);
        }
        if service.is_generation() {
            return desk.next.pop_front().or_else(|| desk.always.clone());
        }
        desk.account_fault.clone().filter(|_| service.is_account())
    }
}

/// The token of an `Authorization: Bearer` header.
fn given(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}
