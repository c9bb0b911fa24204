//! The one error of this crate, in the shape in which it reaches the person: what it is, what to do, the fine print.
//!
//! A code exists only where somebody acts on it. Messages are plain sentences that say what to do next; what a server
//! or the operating system said stands in `detail`. Neither can hold the token: it never leaves its `SecretString`
//! except into one header, and what `novelai` keeps of a reply is redacted there.

use std::{fmt, io};

use serde::{Deserialize, Serialize};

/// What went wrong, by what the person or the program can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum ErrorCode {
    /// The token is wrong or has expired: ask for another.
    Unauthorized,
    /// Not enough Anlas, or no subscription.
    InsufficientAnlas,
    /// Another generation runs on this account.
    Busy,
    /// The server does not accept the request: change it.
    Rejected,
    /// The server does not have this at all.
    NotOffered,
    /// The server failed.
    Unavailable,
    /// We don't send it, because it would fail. `detail` names the field.
    Refused,
    /// No connection could be made; nothing was sent.
    Offline,
    /// The connection broke after the request may have left.
    Interrupted,
    /// The reply could not be read.
    Malformed,
    /// A disk is full.
    DiskFull,
    /// A folder can't be written to.
    ReadOnly,
    /// Anything else that files and databases do.
    Storage,
    /// This computer offers no keychain: offer to keep the token for this session only.
    KeychainMissing,
    /// The keychain is there but doesn't open: unlock it and try again.
    KeychainLocked,
    /// There is no such job or picture (any more).
    NotFound,
    /// A mistake of ours.
    Internal,
}

/// What went wrong, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename = "AppError", rename_all = "camelCase")]
pub struct Error {
    /// What kind of thing went wrong.
    pub code: ErrorCode,
    /// A sentence or two: what happened and what to do.
    pub message: String,
    /// The fine print: a field's name, a status, a path, what the system said.
    pub detail: Option<String>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: None,
        }
    }

    pub(crate) fn with_detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// A mistake of ours, with what is known about it.
    pub(crate) fn internal(detail: impl fmt::Display) -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something went wrong inside Atelier. Please report it.",
        )
        .with_detail(detail)
    }

    /// A failed file operation; `doing` completes "while …".
    #[must_use]
    pub fn storage(error: &io::Error, doing: impl fmt::Display) -> Self {
        use io::ErrorKind as Kind;
        let (code, message) = match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => (
                ErrorCode::DiskFull,
                "The disk is full. Free some space, then try saving again.",
            ),
            Kind::ReadOnlyFilesystem | Kind::PermissionDenied => (
                ErrorCode::ReadOnly,
                "The folder can't be written to. Allow writing to it, then try saving again.",
            ),
            // Not our enum: the kinds of io errors grow with the standard library.
            _ => (
                ErrorCode::Storage,
                "The file could not be written or read. Check the disk, then try again.",
            ),
        };
        Self::new(code, message).with_detail(format_args!("while {doing}: {error}"))
    }

    /// Whether the trouble lies with our own disk, so that what was received can be saved later.
    #[must_use]
    pub fn is_storage(&self) -> bool {
        matches!(
            self.code,
            ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::Storage
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if let Some(detail) = &self.detail {
            write!(formatter, " ({detail})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<novelai::Error> for Error {
    fn from(error: novelai::Error) -> Self {
        use novelai::Error as Wire;
        let detail = error.to_string();
        let (code, message) = match &error {
            Wire::Unauthorized(_) => (
                ErrorCode::Unauthorized,
                "The server did not accept the token. Sign in with a new one.",
            ),
            Wire::InsufficientAnlas(_) => (
                ErrorCode::InsufficientAnlas,
                "There are not enough Anlas for this, or there is no subscription. Nothing was charged.",
            ),
            Wire::Busy { .. } => (
                ErrorCode::Busy,
                "The server is busy: another generation may be running on this account. Nothing was charged; \
                 try again in a while.",
            ),
            Wire::Rejected(_) => (
                ErrorCode::Rejected,
                "The server refused this request. Nothing was charged; change it and try again.",
            ),
            Wire::NotOffered { .. } => (
                ErrorCode::NotOffered,
                "This is not offered by this server, so nothing was charged.",
            ),
            Wire::Unavailable(_) => (
                ErrorCode::Unavailable,
                "The server failed. Wait a moment before you try again.",
            ),
            Wire::Refused(refusal) => return refusal.clone().into(),
            Wire::NotConnected(_) => (
                ErrorCode::Offline,
                "No connection could be made, so nothing was sent. Check the network and try again.",
            ),
            Wire::Interrupted(_) => (
                ErrorCode::Interrupted,
                "The connection was lost before the whole answer was here.",
            ),
            Wire::Malformed(_) => (ErrorCode::Malformed, "The server's answer could not be read."),
        };
        let mut converted = Self::new(code, message).with_detail(detail);
        if let Some(reply) = error.reply() {
            converted.detail = Some(format!(
                "{} (HTTP {}, correlation id {})",
                reply.message, reply.status, reply.correlation_id
            ));
        }
        converted
    }
}

impl From<novelai::payload::Refusal> for Error {
    fn from(refusal: novelai::payload::Refusal) -> Self {
        Self::new(ErrorCode::Refused, refusal.message).with_detail(refusal.field)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Sqlite;
        let (code, message) = match error.sqlite_error_code() {
            Some(Sqlite::DiskFull) => (
                ErrorCode::DiskFull,
                "The disk is full. Free some space, then try again.",
            ),
            Some(Sqlite::ReadOnly | Sqlite::PermissionDenied) => (
                ErrorCode::ReadOnly,
                "Atelier's data folder can't be written to. Allow writing to it, then try again.",
            ),
            // Not our enum: whatever else the database says.
            _ => (
                ErrorCode::Storage,
                "Atelier's database could not be written or read. Check the disk, then try again.",
            ),
        };
        Self::new(code, message).with_detail(error)
    }
}
