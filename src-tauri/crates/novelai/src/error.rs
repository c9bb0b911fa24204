//! The one error of this crate: a variant for each thing that a person can do about it.
//!
//! No variant can hold the token: what a server said is kept as a redacted, shortened piece, and `reqwest` errors are
//! stored without their URL. As JSON an error is an object with `kind` and `message`, and with whatever else is known.

use std::fmt;
use std::time::Duration;

use serde::ser::{Serialize, SerializeStruct, Serializer};

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
    /// The server has the endpoint nowhere (api.md 13). Nothing was run.
    #[error("this server does not offer it; tried: {}", tried.join(", "))]
    NotOffered {
        /// Where it was looked for: method, host and path.
        tried: Vec<String>,
    },
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
    #[error("the connection was lost: {}", .0.message)]
    Interrupted(Lost),
    /// The reply is not what it should be; the raw bytes are worth keeping.
    #[error("the reply could not be read: {0}")]
    Malformed(String),
}

/// The kinds of [`Error`], for exit codes and for programs that read JSON. Shown as a word such as `not-connected`,
/// which stays what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// [`Error::Unauthorized`].
    Unauthorized,
    /// [`Error::InsufficientAnlas`].
    InsufficientAnlas,
    /// [`Error::Busy`].
    Busy,
    /// [`Error::Rejected`].
    Rejected,
    /// [`Error::NotOffered`].
    NotOffered,
    /// [`Error::Unavailable`].
    Unavailable,
    /// [`Error::Refused`].
    Refused,
    /// [`Error::NotConnected`].
    NotConnected,
    /// [`Error::Interrupted`].
    Interrupted,
    /// [`Error::Malformed`].
    Malformed,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Unauthorized,
        Self::InsufficientAnlas,
        Self::Busy,
        Self::Rejected,
        Self::NotOffered,
        Self::Unavailable,
        Self::Refused,
        Self::NotConnected,
        Self::Interrupted,
        Self::Malformed,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::InsufficientAnlas => "insufficient-anlas",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::NotOffered => "not-offered",
            Self::Unavailable => "unavailable",
            Self::Refused => "refused",
            Self::NotConnected => "not-connected",
            Self::Interrupted => "interrupted",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
    /// The beginning of the body as it came; redacted, one line, at most 500 characters long. Empty where there was
    /// none, or none that is text.
    pub snippet: String,
}

/// How a connection was lost, fit to be shown and logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The correlation id that we sent with the request.
    pub correlation_id: String,
    /// What happened.
    pub message: String,
}

impl Error {
    /// Which of the variants it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unauthorized(_) => Kind::Unauthorized,
            Self::InsufficientAnlas(_) => Kind::InsufficientAnlas,
            Self::Busy { .. } => Kind::Busy,
            Self::Rejected(_) => Kind::Rejected,
            Self::NotOffered { .. } => Kind::NotOffered,
            Self::Unavailable(_) => Kind::Unavailable,
            Self::Refused(_) => Kind::Refused,
            Self::NotConnected(_) => Kind::NotConnected,
            Self::Interrupted(_) => Kind::Interrupted,
            Self::Malformed(_) => Kind::Malformed,
        }
    }

    /// Whether the request may have been run, and so charged. Only what returns `false` may ever be sent again by
    /// itself, unless its price is zero (api.md 10).
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::Unauthorized(_)
            | Self::InsufficientAnlas(_)
            | Self::Busy { .. }
            | Self::Rejected(_)
            | Self::NotOffered { .. }
            | Self::Refused(_)
            | Self::NotConnected(_) => false,
            Self::Unavailable(_) | Self::Interrupted(_) | Self::Malformed(_) => true,
        }
    }

    /// What the server answered, where it was an answer that made this an error.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Unauthorized(reply)
            | Self::InsufficientAnlas(reply)
            | Self::Busy { reply, .. }
            | Self::Rejected(reply)
            | Self::Unavailable(reply) => Some(reply),
            Self::NotOffered { .. }
            | Self::Refused(_)
            | Self::NotConnected(_)
            | Self::Interrupted(_)
            | Self::Malformed(_) => None,
        }
    }

    /// The HTTP status, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.reply().map(|reply| reply.status)
    }

    /// The correlation id of the request, where it was sent.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        let id = match self {
            Self::Interrupted(lost) => Some(lost.correlation_id.as_str()),
            other => other.reply().map(|reply| reply.correlation_id.as_str()),
        };
        id.filter(|id| !id.is_empty())
    }

    /// What the server asked us to wait, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            Self::Unauthorized(_)
            | Self::InsufficientAnlas(_)
            | Self::Rejected(_)
            | Self::NotOffered { .. }
            | Self::Unavailable(_)
            | Self::Refused(_)
            | Self::NotConnected(_)
            | Self::Interrupted(_)
            | Self::Malformed(_) => None,
        }
    }
}

/// An object: `kind` and `message`, and where they are known `status`, `correlationId`, `snippet`, `retryAfter` (in
/// seconds), `tried`, `field` and `nearest`.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Error", 9)?;
        fields.serialize_field("kind", self.kind().as_str())?;
        fields.serialize_field("message", &self.to_string())?;
        if let Some(status) = self.status() {
            fields.serialize_field("status", &status)?;
        }
        if let Some(id) = self.correlation_id() {
            fields.serialize_field("correlationId", id)?;
        }
        if let Some(reply) = self.reply().filter(|reply| !reply.snippet.is_empty()) {
            fields.serialize_field("snippet", &reply.snippet)?;
        }
        if let Some(wait) = self.retry_after() {
            fields.serialize_field("retryAfter", &wait.as_secs())?;
        }
        if let Self::NotOffered { tried } = self {
            fields.serialize_field("tried", tried)?;
        }
        if let Self::Refused(refusal) = self {
            fields.serialize_field("field", refusal.field)?;
            if let Some(nearest) = &refusal.nearest {
                fields.serialize_field("nearest", nearest)?;
            }
        }
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::payload::Refusal;

    fn reply() -> Reply {
        Reply {
            status: 429,
            correlation_id: "ABCDEF".into(),
            message: "locked".into(),
            snippet: r#"{"message":"locked"}"#.into(),
        }
    }

    /// One of each.
    fn all() -> [Error; 10] {
        [
            Error::Unauthorized(reply()),
            Error::InsufficientAnlas(reply()),
            Error::Busy {
                retry_after: Some(Duration::from_secs(7)),
                reply: reply(),
            },
            Error::Rejected(reply()),
            Error::NotOffered {
                tried: vec!["POST a/b".into()],
            },
            Error::Unavailable(reply()),
            Error::Refused(Refusal::new("size.width", "no").nearest(64)),
            Error::NotConnected("refused".into()),
            Error::Interrupted(Lost {
                correlation_id: "ABCDEF".into(),
                message: "cut".into(),
            }),
            Error::Malformed("odd".into()),
        ]
    }

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        assert_eq!(all().map(|error| error.kind()), Kind::ALL);
        let words: std::collections::HashSet<String> = Kind::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), Kind::ALL.len());
        assert!(
            words
                .iter()
                .all(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        );
    }

    #[test]
    fn as_json_an_error_tells_what_is_known() {
        let told = all().map(|error| serde_json::to_value(&error).unwrap());
        let expected = json!({
            "kind": "busy",
            "message": "the server is busy: locked",
            "status": 429,
            "correlationId": "ABCDEF",
            "snippet": r#"{"message":"locked"}"#,
            "retryAfter": 7,
        });
        assert_eq!(told[2], expected);
        assert_eq!(told[4]["tried"], json!(["POST a/b"]));
        assert_eq!(
            (&told[6]["field"], &told[6]["nearest"]),
            (&json!("size.width"), &json!(64))
        );
        assert_eq!(told[8]["correlationId"], "ABCDEF");
        assert_eq!(
            told[9],
            json!({ "kind": "malformed", "message": "the reply could not be read: odd" })
        );
    }
}
