//! What a request costs in Anlas (api.md 6).

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::model::Registry;
use crate::payload::Refusal;
use crate::request::GenerateRequest;

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// What this account pays.
    pub anlas: u32,
    /// What it costs without benefits.
    pub full: u32,
    /// Why one picture of it is free, if one is.
    pub free: Option<FreeReason>,
}

/// Why one picture of a request is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum FreeReason {
    /// Opus includes normal sizes.
    Opus,
    /// It draws on the V5 allowance of Opus.
    Allowance,
}

/// The price of a request, for this account or (without one) in full.
///
/// # Errors
///
/// A [`Refusal`] where the request could not be sent anyway.
pub fn estimate(
    request: &GenerateRequest,
    registry: &Registry,
    account: Option<&Account>,
) -> Result<Estimate, Refusal> {
    let _ = (request, registry, account);
    todo!()
}
