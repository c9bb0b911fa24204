//! Who is paying: tier, Anlas, and the V5 allowance (`GET /user/subscription`, api.md 2.9).

use serde::{Deserialize, Serialize};

/// The account as the price rules and the top bar need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The subscription.
    pub tier: Tier,
    /// Whether the subscription is running. An inactive Opus has no Opus benefits.
    pub active: bool,
    /// Anlas left: fixed and purchased together.
    pub anlas: u32,
    /// The V5 allowance of Opus, where the server tells one.
    pub allowance: Option<Allowance>,
}

/// Subscription tiers, in the order of the service's numbers 0 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Tier {
    /// Paper, or no subscription.
    None,
    /// Tablet.
    Tablet,
    /// Scroll.
    Scroll,
    /// Opus: free normal-size pictures.
    Opus,
}

/// What is left of the V5 pictures that Opus includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Allowance {
    /// Percent left; may exceed 100.
    pub percent: i32,
    /// Used up: V5 pictures cost Anlas until it refills.
    pub is_negative: bool,
    /// Seconds until the next percent.
    pub seconds_until_next_percent: u32,
}

impl Account {
    /// Whether Opus benefits apply: an active subscription of tier 3 (api.md 2.9).
    #[must_use]
    pub fn has_opus_benefits(&self) -> bool {
        self.active && self.tier >= Tier::Opus
    }
}
