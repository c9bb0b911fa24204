//! Signing in and out, and reading the account.

use std::sync::Arc;
use std::time::Duration;

use novelai::account::Account;
use novelai::client::Client;
use rusqlite::OptionalExtension as _;
use secrecy::SecretString;

use crate::account::{AccountState, Keep, Login};
use crate::credentials::{self, Reading};
use crate::error::Error;
use crate::jobs::journal;
use crate::shared::Shared;
use crate::spending::ledger;

/// The name under which it is noted that the keychain holds a token for a host.
fn note(host: &str) -> String {
    format!("token in keychain for {host}")
}

/// Whether a token for a host was saved in the keychain at some time.
pub(crate) fn is_noted(connection: &rusqlite::Connection, host: &str) -> rusqlite::Result<bool> {
    connection
        .query_row("SELECT 1 FROM facts WHERE name = ?1", [note(host)], |_| Ok(()))
        .optional()
        .map(|found| found.is_some())
}

impl Shared {
    fn host(&self) -> String {
        self.purse.server().base.host()
    }

    async fn set_note(&self, kept: bool) -> Result<(), Error> {
        let name = note(&self.host());
        self.database
            .call(move |connection| {
                if kept {
                    connection.execute("INSERT OR REPLACE INTO facts VALUES (?1, 'yes')", [name])
                } else {
                    connection.execute("DELETE FROM facts WHERE name = ?1", [name])
                }
            })
            .await
            .map(|_| ())
    }

    fn client_with(&self, token: SecretString) -> Result<Client, Error> {
        let base = self.purse.server().base.clone();
        Ok(Client::new(base, token)?.with_registry(self.registry.clone()))
    }

    /// Tries a token, keeps it, and goes over to the server that it is for.
    pub(crate) async fn sign_in(&self, token: SecretString, keep: Keep) -> Result<AccountState, Error> {
        let token = credentials::clean(&token)?;
        let client = self.client_with(token.clone())?;
        let account = client.account().await?;
        if keep == Keep::Keychain {
            self.credentials.keep(&self.host(), &token).await?;
            self.set_note(true).await?;
        }
        // What an earlier run left unsettled there is told by this balance, before anything else is sent.
        self.note_balance(&self.host(), account.anlas).await;
        self.purse.set_login(Login::In(client, keep), Some(account), None);
        self.tell_account();
        self.look_again();
        Ok(self.purse.state())
    }

    /// Erases the token and goes back to the sandbox.
    pub(crate) async fn sign_out(self: &Arc<Self>) -> Result<AccountState, Error> {
        let (login, _) = self.purse.login();
        let host = self.host();
        let problem = match (self.erase_token().await, login) {
            (Ok(()), _) => None,
            // The token of this session is gone all the same. That an older one may be in the keychain is worth saying.
            (Err(problem), Login::In(_, Keep::Session) | Login::Out) => Some(problem),
            (Err(problem), Login::In(_, Keep::Keychain) | Login::Unread) => return Err(problem),
        };
        self.purse.set_login(Login::Out, None, problem);
        let board = self.board.clone();
        self.database
            .call(move |connection| {
                let waiting = journal::cancel_waiting(connection, &host)?;
                for id in &waiting {
                    // What is done on this machine with pictures that don't come any more.
                    for later in journal::cancel_later(connection, *id)? {
                        board.announce(connection, later)?;
                    }
                }
                for id in waiting {
                    if !board.cancel(id) {
                        board.announce(connection, id)?;
                    }
                }
                Ok(())
            })
            .await?;
        self.tell_account();
        let shared = self.clone();
        tokio::spawn(async move { shared.refresh_account().await });
        Ok(self.purse.state())
    }

    /// Erases the token where one was ever kept.
    async fn erase_token(&self) -> Result<(), Error> {
        let host = self.host();
        let noted = self
            .database
            .call(move |connection| is_noted(connection, &host))
            .await?;
        let host = self.host();
        if self.credentials.may_hold(&host, noted) {
            self.credentials.erase(&host).await?;
            self.set_note(false).await?;
        }
        Ok(())
    }

    /// Reads the token from the keychain, if there is one to read. The token is never waited for at the start.
    pub(crate) async fn read_token(self: &Arc<Self>) {
        let (Login::Unread, epoch) = self.purse.login() else {
            return;
        };
        match self.credentials.read(&self.host()).await {
            Reading::Ready(answer) => self.take_token(epoch, answer).await,
            Reading::Late(answer) => {
                self.purse
                    .set_problem(epoch, credentials::locked("it did not answer in time"));
                self.tell_account();
                // It may be asking the person for its password at this moment.
                let shared = self.clone();
                tokio::spawn(async move {
                    if let Ok(answer) = answer.await {
                        shared.take_token(epoch, answer).await;
                        shared.refresh_account_now().await;
                    }
                });
            }
        }
    }

    async fn take_token(&self, epoch: u64, answer: Result<Option<SecretString>, Error>) {
        let login = match answer {
            Ok(Some(token)) => match self.client_with(token) {
                Ok(client) => Login::In(client, Keep::Keychain),
                Err(problem) => {
                    self.purse.set_problem(epoch, problem);
                    return self.tell_account();
                }
            },
            Ok(None) => {
                if let Err(error) = self.set_note(false).await {
                    tracing::warn!(%error, "the keychain will be asked in vain again");
                }
                Login::Out
            }
            Err(problem) => {
                self.purse.set_problem(epoch, problem);
                return self.tell_account();
            }
        };
        if self.purse.token_read(epoch, login) {
            self.tell_account();
            self.wake.notify_one();
        }
    }

    /// Reads the token if that failed before, and the account.
    pub(crate) async fn refresh_account(self: &Arc<Self>) -> AccountState {
        self.read_token().await;
        self.refresh_account_now().await;
        self.purse.state()
    }

    async fn refresh_account_now(&self) {
        let server = self.purse.current();
        self.refresh_account_at(&server).await;
    }

    /// Reads the account at a server, and writes the balance beside the jobs there that wait for one.
    pub(crate) async fn refresh_account_at(&self, server: &str) {
        let (_, epoch) = self.purse.login();
        let is_current = self.purse.current() == server;
        let Some(client) = self.purse.client(server) else {
            return;
        };
        let account = tokio::select! {
            account = client.account() => account,
            () = self.closing.cancelled() => return,
        };
        match account {
            Ok(account) => {
                self.note_balance(server, account.anlas).await;
                if is_current {
                    let before = self.purse.account_at(server);
                    let rules_differ = before.is_none_or(|before| {
                        (before.tier, before.active, before.allowance)
                            != (account.tier, account.active, account.allowance)
                    });
                    self.purse.set_account(epoch, account);
                    if rules_differ {
                        self.look_again();
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the account can't be read");
                if is_current {
                    self.purse.set_problem(epoch, error.into());
                }
            }
        }
        if is_current {
            self.tell_account();
        }
    }

    async fn note_balance(&self, server: &str, anlas: u32) {
        let server = server.to_owned();
        let board = self.board.clone();
        let noted = self
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let mut changed = journal::balance_after(&transaction, &server, anlas)?;
                let settled = ledger::settle(&transaction, &server, anlas)?;
                changed.extend(settled.jobs);
                transaction.commit()?;
                changed.sort_unstable();
                changed.dedup();
                for id in &changed {
                    board.announce(connection, *id)?;
                }
                Ok(settled.freed)
            })
            .await;
        match noted {
            // What was reserved and not charged may be spent after all.
            Ok(true) => self.look_again(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a balance could not be written down"),
        }
    }

    /// The account at a server before a job is sent there, and the balance where that is known as it is now. Not knowing
    /// them stops nothing.
    pub(crate) async fn account_before(&self, server: &str, client: &Client) -> (Option<Account>, Option<u32>) {
        if let Some(known) = self.purse.fresh_account_at(server) {
            let balance = known.anlas;
            return (Some(known), Some(balance));
        }
        let (_, epoch) = self.purse.login();
        let limit = Duration::from_secs(10);
        match tokio::time::timeout(limit, client.account()).await {
            Ok(Ok(account)) => {
                // What was sent before is settled before the balance changes again.
                self.note_balance(server, account.anlas).await;
                if self.purse.current() == server {
                    self.purse.set_account(epoch, account.clone());
                }
                let balance = account.anlas;
                return (Some(account), Some(balance));
            }
            Ok(Err(error)) => tracing::debug!(%error, "the balance before a job is not known"),
            Err(_) => {}
        }
        (self.purse.account_at(server), None)
    }

    /// Something has changed that the person's rules depend on: what they held is looked at again.
    pub(crate) fn look_again(&self) {
        self.rounds.begin();
        self.board.stir();
        self.ring();
    }
}
