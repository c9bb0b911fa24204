//! The home of the wire's spellings.

use serde::Serialize;
use serde_json::Value;

use crate::model::Registry;
use crate::request::GenerateRequest;

/// A request that we don't send, and why.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The field of the request that is wrong, such as `size.width`.
    pub field: &'static str,
    /// The rule it breaks, in words.
    pub message: String,
    /// The nearest value that would do, as the field's JSON, where there is one.
    pub nearest: Option<Value>,
}

/// The body of `POST /ai/generate-image` (api.md 3.10).
///
/// # Errors
///
/// A [`Refusal`] names the field that would make it fail.
pub fn build(request: &GenerateRequest, registry: &Registry) -> Result<Value, Refusal> {
    let _ = (request, registry);
    todo!()
}

/// The body of `POST /ai/generate-image-stream`.
///
/// # Errors
///
/// As [`build`], and where the model can't be watched.
pub fn build_stream(request: &GenerateRequest, registry: &Registry) -> Result<Value, Refusal> {
    let _ = (request, registry);
    todo!()
}
