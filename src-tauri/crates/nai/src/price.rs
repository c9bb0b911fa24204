//! For whom a price is reckoned, and a price as it is printed.

use clap::ValueEnum;
use novelai::account::{Account, Allowance};
use novelai::cost::{self, FreeReason, Parts};
use novelai::model::Registry;
use novelai::request::GenerateRequest;
use serde_json::{Value, json};

use crate::error::Error;

/// A subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// No subscription.
    None,
    /// Tablet.
    Tablet,
    /// Scroll.
    Scroll,
    /// Opus, which includes pictures of normal size.
    Opus,
}

impl Tier {
    /// The service's number.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Tablet => 1,
            Self::Scroll => 2,
            Self::Opus => 3,
        }
    }

    /// An account of this tier, with enough Anlas for anything.
    pub(crate) fn account(self, allowance_used_up: bool) -> Account {
        let tier = match self {
            Self::None => novelai::account::Tier::None,
            Self::Tablet => novelai::account::Tier::Tablet,
            Self::Scroll => novelai::account::Tier::Scroll,
            Self::Opus => novelai::account::Tier::Opus,
        };
        Account {
            tier,
            active: true,
            anlas: u32::MAX,
            allowance: allowance_used_up.then_some(Allowance {
                percent: 0,
                is_negative: true,
                seconds_until_next_percent: 0,
            }),
        }
    }
}

/// The price of a request, as JSON: `anlas` and `parts`, or `anlas: null` and `refused`.
pub(crate) fn told(request: &GenerateRequest, registry: &Registry, account: &Account) -> Value {
    match cost::parts(request, registry, Some(account)) {
        Ok(parts) => json!({ "anlas": parts.estimate().anlas, "parts": parts }),
        Err(refusal) => refused(&Error::from(refusal)),
    }
}

/// A request that has no price.
pub(crate) fn refused(error: &Error) -> Value {
    let facts = error.to_json();
    json!({
        "anlas": null,
        "refused": error.to_string(),
        "field": facts.get("field"),
        "nearest": facts.get("nearest"),
        "parts": null,
    })
}

/// The price in words, a line each.
pub(crate) fn words(parts: &Parts) -> Vec<String> {
    let mut lines = vec![format!("{} Anlas", parts.estimate().anlas)];
    if parts.paid_pictures > 0 {
        lines.push(format!("  {} × {} for pictures", parts.paid_pictures, parts.picture));
    }
    if let Some(reason) = parts.free {
        let why = match reason {
            FreeReason::Opus => "Opus",
            FreeReason::Allowance => "the V5 allowance of Opus",
        };
        lines.push(format!("  1 picture free with {why} (otherwise {})", parts.picture));
    }
    for (anlas, what) in [
        (parts.vibe_encoding, "encoding vibes"),
        (parts.further_vibes, "vibes beyond four"),
        (parts.references, "precise references"),
    ] {
        if anlas > 0 {
            lines.push(format!("  {anlas} for {what}"));
        }
    }
    lines
}
