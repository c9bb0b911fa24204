//! Who is signed in, where, and with what in the purse.
//!
//! Without a token everything goes to the sandbox. With one, requests go to the server that the token is bound to.
//! The token is read from the keychain off the start path; until it is there, what was queued for that server waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use novelai::account::Account;
use novelai::client::Client;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode};
use crate::server::{SANDBOX, Server, ServerChoice};

/// Where a token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Keep {
    /// In the keychain of the operating system.
    Keychain,
    /// In memory, until the program ends.
    Session,
}

/// Who is signed in where, as last known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    /// Where requests go.
    pub server: Server,
    /// Where the token is kept; `None` in the sandbox.
    pub kept_in: Option<Keep>,
    /// The account as last read; `None` until it has been.
    pub account: Option<Account>,
    /// What is wrong with the token, the keychain or the connection, if anything.
    pub problem: Option<Error>,
}

/// How far signing in has come.
#[derive(Debug, Clone)]
pub(crate) enum Login {
    /// Nobody is signed in.
    Out,
    /// A token is in the keychain and has not been read.
    Unread,
    /// A token is at hand. The client holds it.
    In(Client, Keep),
}

/// The account, shared by everything in the studio.
#[derive(Debug)]
pub(crate) struct Purse {
    server: ServerChoice,
    sandbox: Client,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    login: Login,
    account: Option<Account>,
    problem: Option<Error>,
    /// Counts sign-ins and sign-outs, so that an answer about the one before is not taken for the one now.
    epoch: u64,
    /// When the account was read; none where something was sent since.
    read: Option<Instant>,
}

/// So long a balance is taken for what it is now, if nothing was sent from here.
const FRESH: Duration = Duration::from_secs(20);

impl Purse {
    pub(crate) fn new(server: ServerChoice, sandbox: Client, login: Login) -> Self {
        Self {
            server,
            sandbox,
            inner: Mutex::new(Inner {
                login,
                account: None,
                problem: None,
                epoch: 0,
                read: None,
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn server(&self) -> &ServerChoice {
        &self.server
    }

    pub(crate) fn state(&self) -> AccountState {
        let inner = self.inner();
        let (server, kept_in) = match &inner.login {
            Login::Out => (Server::Sandbox, None),
            Login::Unread => (Server::behind(&self.server.base), Some(Keep::Keychain)),
            Login::In(_, keep) => (Server::behind(&self.server.base), Some(*keep)),
        };
        AccountState {
            server,
            kept_in,
            account: inner.account.clone(),
            problem: inner.problem.clone(),
        }
    }

    pub(crate) fn login(&self) -> (Login, u64) {
        let inner = self.inner();
        (inner.login.clone(), inner.epoch)
    }

    /// Someone signed in or out. An account is what the server has just told.
    pub(crate) fn set_login(&self, login: Login, account: Option<Account>, problem: Option<Error>) {
        let mut inner = self.inner();
        inner.read = account.is_some().then(Instant::now);
        inner.login = login;
        inner.account = account;
        inner.problem = problem;
        inner.epoch += 1;
    }

    /// The token has been read from the keychain (or is not there), unless someone signed in or out meanwhile.
    pub(crate) fn token_read(&self, epoch: u64, login: Login) -> bool {
        let mut inner = self.inner();
        if inner.epoch != epoch {
            return false;
        }
        inner.login = login;
        inner.problem = None;
        inner.epoch += 1;
        true
    }

    /// Something about the account is wrong, unless someone signed in or out meanwhile.
    pub(crate) fn set_problem(&self, epoch: u64, problem: Error) {
        let mut inner = self.inner();
        if inner.epoch == epoch {
            if problem.code == ErrorCode::Unauthorized {
                inner.account = None;
            }
            inner.problem = Some(problem);
        }
    }

    /// The account was read, unless someone signed in or out meanwhile.
    pub(crate) fn set_account(&self, epoch: u64, account: Account) {
        let mut inner = self.inner();
        if inner.epoch == epoch {
            inner.account = Some(account);
            inner.problem = None;
            inner.read = Some(Instant::now());
        }
    }

    /// Something is sent: the balance is not what it was.
    pub(crate) fn balance_will_change(&self) {
        self.inner().read = None;
    }

    /// The account at a server, where it is as good as read now.
    pub(crate) fn fresh_account_at(&self, server: &str) -> Option<Account> {
        if self.current() != server {
            return None;
        }
        let inner = self.inner();
        inner
            .account
            .clone()
            .filter(|_| inner.read.is_some_and(|read| read.elapsed() < FRESH))
    }

    /// The name of the server that new jobs are for.
    pub(crate) fn current(&self) -> String {
        match self.inner().login {
            Login::Out => SANDBOX.to_owned(),
            Login::Unread | Login::In(..) => self.server.base.host(),
        }
    }

    /// The servers that requests can be sent to now. The sandbox is one always: its jobs can't get stuck by signing in.
    pub(crate) fn reachable(&self) -> Vec<String> {
        let mut names = vec![SANDBOX.to_owned()];
        if matches!(self.inner().login, Login::In(..)) {
            names.push(self.server.base.host());
        }
        names
    }

    /// The way to a server by the name that a job remembers.
    pub(crate) fn client(&self, server: &str) -> Option<Client> {
        if server == SANDBOX {
            return Some(self.sandbox.clone());
        }
        match &self.inner().login {
            Login::In(client, _) if client.base_url().host() == server => Some(client.clone()),
            Login::In(..) | Login::Out | Login::Unread => None,
        }
    }

    /// What is known of the account at a server.
    pub(crate) fn account_at(&self, server: &str) -> Option<Account> {
        if self.current() != server {
            return None;
        }
        self.inner().account.clone()
    }
}
