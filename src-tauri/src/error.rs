//! What crosses to the page when something fails: the studio's own error, a code that the page branches on, a message in
//! plain words, and a detail.

use std::fmt::Display;

pub use studio::{Error, ErrorCode};

/// A mistake of ours, or something about this computer that we can't help.
pub fn internal(detail: impl Display) -> Error {
    Error {
        code: ErrorCode::Internal,
        message: "Something went wrong inside Atelier. Please try again; if it stays, please report it.".to_owned(),
        detail: Some(detail.to_string()),
    }
}
