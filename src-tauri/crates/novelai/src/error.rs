//! The one error of this crate: a variant for each thing that a person can do about it.
//!
//! No variant can hold the token: what a server said is kept as a redacted, shortened piece, and `reqwest` errors are
//! stored without their URL.

use std::time::Duration;

/// What went wrong, by what can be done about it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// 401: the token is wrong or has expired. Ask for another.
    #[error("the token was not accepted: {}", .0.message)]
    Unauthorized(Reply),
    /// 402: not enough Anlas, or no subscription.
    #[error("not enough Anlas: {}", .0.message)]
    InsufficientAnlas(Reply),
    /// 429: another generation is running. It was not run, so it may be sent again.
    #[error("the server is busy: {}", .reply.message)]
    Busy {
        /// What the server asked us to wait, if it did.
        retry_after: Option<Duration>,
        /// What it said.
        reply: Reply,
    },
    /// Any other 4xx: the request is not acceptable. Change it.
    #[error("the server refused this: {}", .0.message)]
    Rejected(Reply),
    /// 5xx: the server failed. The request may have been run and charged.
    #[error("the server failed ({}): {}", .0.status, .0.message)]
    Unavailable(Reply),
    /// We refuse to send it: it would fail, and a failure may cost. Nothing left this machine.
    #[error(transparent)]
    Refused(#[from] crate::payload::Refusal),
    /// No connection was made (refused, DNS, TLS): nothing was sent.
    #[error("no connection to the server: {0}")]
    NotConnected(String),
    /// The connection broke or timed out after the request may have left. It may have been run and charged.
    #[error("the connection was lost: {0}")]
    Interrupted(String),
    /// The reply is not what it should be; the raw bytes are worth keeping.
    #[error("the reply could not be read: {0}")]
    Malformed(String),
}

/// What went wrong with an endpoint that not every server has.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The server has it nowhere.
    #[error("this server does not offer it; tried: {}", tried.join(", "))]
    NotOffered {
        /// Where it was looked for: method, host and path.
        tried: Vec<String>,
    },
    /// The call itself failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<crate::payload::Refusal> for CallError {
    fn from(refusal: crate::payload::Refusal) -> Self {
        Self::Failed(refusal.into())
    }
}

/// What the server said, fit to be shown and logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The correlation id that we sent with the request.
    pub correlation_id: String,
    /// The message found in the body, whatever its shape; redacted and at most 500 characters long.
    pub message: String,
}

impl Error {
    /// Whether the request may have been run, and so charged. Only what returns `false` may ever be sent again by
    /// itself, unless its price is zero (api.md 10).
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::Unauthorized(_)
            | Self::InsufficientAnlas(_)
            | Self::Busy { .. }
            | Self::Rejected(_)
            | Self::Refused(_)
            | Self::NotConnected(_) => false,
            Self::Unavailable(_) | Self::Interrupted(_) | Self::Malformed(_) => true,
        }
    }
}
