//! What can go wrong, and the exit code that says so to other programs.

use std::fmt;
use std::process::ExitCode;

use novelai::payload::Refusal;
use serde_json::{Value, json};

/// The kinds of errors that another program can act on. Their numbers are the exit codes and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A mistake of ours, or of the system.
    Internal,
    /// The command line makes no sense (clap uses the same number).
    Usage,
    /// There is no token, or it was not accepted.
    Unauthorized,
    /// Not enough Anlas, or more than may be spent.
    InsufficientAnlas,
    /// We don't send it: it would fail.
    Refused,
    /// The server does not accept it.
    Rejected,
    /// Another generation runs on the account.
    Busy,
    /// No connection; nothing was sent.
    Offline,
    /// It may have run and been charged, and there is no picture.
    Unsettled,
    /// The server failed, or broke off; nothing was charged.
    Unavailable,
    /// The reply could not be read.
    Malformed,
    /// The server does not have this.
    NotOffered,
    /// A file or folder can't be read or written.
    Files,
    /// There is no keychain, or it is locked.
    Keychain,
    /// Stopped from the keyboard.
    Cancelled,
}

impl Kind {
    /// Its exit code and its name in JSON.
    const fn facts(self) -> (u8, &'static str) {
        match self {
            Self::Internal => (1, "internal"),
            Self::Usage => (2, "usage"),
            Self::Unauthorized => (3, "unauthorized"),
            Self::InsufficientAnlas => (4, "insufficient-anlas"),
            Self::Refused => (5, "refused"),
            Self::Rejected => (6, "rejected"),
            Self::Busy => (7, "busy"),
            Self::Offline => (8, "offline"),
            Self::Unsettled => (9, "unsettled"),
            Self::Unavailable => (10, "unavailable"),
            Self::Malformed => (11, "malformed"),
            Self::NotOffered => (12, "not-offered"),
            Self::Files => (13, "files"),
            Self::Keychain => (14, "keychain"),
            Self::Cancelled => (130, "cancelled"),
        }
    }
}

impl From<Kind> for ExitCode {
    fn from(kind: Kind) -> Self {
        Self::from(kind.facts().0)
    }
}

/// What went wrong, fit to be shown.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) kind: Kind,
    message: String,
    /// Further facts for other programs: a status, a field, balances.
    facts: Value,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            facts: json!({}),
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn files(message: impl Into<String>) -> Self {
        Self::new(Kind::Files, message)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "Stopped.")
    }

    /// Whoever read our output has gone: not an error that anybody is there to hear of.
    pub(crate) fn unread() -> Self {
        Self::silent(Kind::Internal)
    }

    /// One that has been told already; only the exit code is left to say.
    pub(crate) fn silent(kind: Kind) -> Self {
        Self::new(kind, String::new())
    }

    pub(crate) fn with(mut self, name: &str, fact: impl Into<Value>) -> Self {
        self.facts[name] = fact.into();
        self
    }

    pub(crate) fn about(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Tells the person, and with `json` the program that reads standard output.
    pub(crate) fn tell(&self, json: bool) {
        if self.message.is_empty() {
            return;
        }
        eprintln!("nai: {}", self.message);
        if json {
            // Nobody is there to hear that this failed as well.
            drop(crate::say::json(&json!({ "error": self.to_json() })));
        }
    }

    /// The error as other programs read it.
    pub(crate) fn to_json(&self) -> Value {
        let (code, kind) = self.kind.facts();
        let mut told = json!({ "kind": kind, "exitCode": code, "message": self.message });
        if let (Some(told), Some(facts)) = (told.as_object_mut(), self.facts.as_object()) {
            told.extend(facts.clone());
        }
        told
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let mut message = refusal.message.clone();
        if let Some(nearest) = &refusal.nearest {
            message.push_str(&format!(" The nearest value that works: {}.", plain(nearest)));
        }
        let error = Self::new(Kind::Refused, message).with("field", refusal.field);
        match refusal.nearest {
            Some(nearest) => error.with("nearest", nearest),
            None => error,
        }
    }
}

/// A value as a person would write it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

impl From<novelai::Error> for Error {
    fn from(error: novelai::Error) -> Self {
        use novelai::error::Kind as Theirs;
        if let novelai::Error::Refused(refusal) = error {
            return refusal.into();
        }
        let kind = match error.kind() {
            Theirs::Unauthorized => Kind::Unauthorized,
            Theirs::InsufficientAnlas => Kind::InsufficientAnlas,
            Theirs::Busy => Kind::Busy,
            Theirs::Rejected => Kind::Rejected,
            Theirs::NotOffered => Kind::NotOffered,
            Theirs::Unavailable | Theirs::Interrupted => Kind::Unavailable,
            Theirs::Refused => Kind::Refused,
            Theirs::NotConnected => Kind::Offline,
            Theirs::Malformed => Kind::Malformed,
        };
        let told = Self::new(kind, sentence(&error.to_string())).with("status", error.status());
        told.with("correlationId", error.correlation_id())
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(chars)
        .collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

impl From<studio::Error> for Error {
    fn from(error: studio::Error) -> Self {
        use studio::ErrorCode as Code;
        let kind = match error.code {
            Code::Unauthorized => Kind::Unauthorized,
            Code::InsufficientAnlas => Kind::InsufficientAnlas,
            Code::Busy => Kind::Busy,
            Code::Rejected => Kind::Rejected,
            Code::NotOffered => Kind::NotOffered,
            Code::Unavailable => Kind::Unavailable,
            Code::Refused => Kind::Refused,
            Code::Offline => Kind::Offline,
            Code::Interrupted => Kind::Unavailable,
            Code::Malformed => Kind::Malformed,
            Code::DiskFull | Code::ReadOnly | Code::Storage | Code::NotFound => Kind::Files,
            Code::KeychainMissing | Code::KeychainLocked => Kind::Keychain,
            Code::Internal => Kind::Internal,
        };
        let mut message = error.message;
        if let Some(detail) = error.detail {
            message.push_str(&format!(" ({detail})"));
        }
        Self::new(kind, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_an_exit_code() {
        let kinds = [
            Kind::Internal,
            Kind::Usage,
            Kind::Unauthorized,
            Kind::InsufficientAnlas,
            Kind::Refused,
            Kind::Rejected,
            Kind::Busy,
            Kind::Offline,
            Kind::Unsettled,
            Kind::Unavailable,
            Kind::Malformed,
            Kind::NotOffered,
            Kind::Files,
            Kind::Keychain,
            Kind::Cancelled,
        ];
        let codes: std::collections::HashSet<u8> = kinds.iter().map(|kind| kind.facts().0).collect();
        assert_eq!(codes.len(), kinds.len());
        assert!(!codes.contains(&0));
        let readme = include_str!("../README.md");
        for kind in kinds {
            let (code, name) = kind.facts();
            assert!(
                readme.contains(&format!("| {code} | `{name}` |")),
                "{name} is not in the README"
            );
        }
    }
}
