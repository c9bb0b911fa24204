//! A "no" as the API says it: a status and `{"statusCode":…,"message":…}`.

use serde_json::json;

/// Why a request isn't carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// A field that can't be taken as it is.
    pub(crate) fn invalid(what: impl std::fmt::Display) -> Self {
        Self::new(400, format!("Validation error: {what}"))
    }

    /// What the service says to combinations that it does not foresee.
    pub(crate) fn crash() -> Self {
        Self::new(500, "Internal Server Error")
    }

    pub(crate) fn body(&self) -> String {
        json!({ "statusCode": self.status, "message": self.message }).to_string()
    }
}
