//! Who is signed in, where.

use novelai::account::Account;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::server::Server;

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
