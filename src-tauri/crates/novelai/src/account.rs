//! Who is paying: tier, Anlas, and the V5 allowance (`GET /user/subscription`, api.md 2.9).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

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

    /// Reads the reply of `GET /user/subscription`. Every field is optional: trial accounts lack some.
    pub(crate) fn from_reply(body: &[u8]) -> Result<Self, Error> {
        let reply: Value = serde_json::from_slice(body).unwrap_or_default();
        let subscription = ["tier", "active", "trainingStepsLeft"]
            .iter()
            .any(|field| reply.get(field).is_some());
        if !subscription {
            return Err(Error::Malformed("this is not an account".into()));
        }
        let tier = match reply.get("tier").and_then(whole) {
            None | Some(..=0) => Tier::None,
            Some(1) => Tier::Tablet,
            Some(2) => Tier::Scroll,
            Some(3..) => Tier::Opus,
        };
        let left = |field: &str| {
            reply
                .pointer(&format!("/trainingStepsLeft/{field}"))
                .and_then(whole)
                .unwrap_or(0)
        };
        let anlas = left("fixedTrainingStepsLeft").saturating_add(left("purchasedTrainingSteps"));
        Ok(Self {
            tier,
            active: reply.get("active").and_then(Value::as_bool).unwrap_or(false),
            anlas: u32::try_from(anlas.max(0)).unwrap_or(u32::MAX),
            allowance: reply.get("usage").and_then(allowance),
        })
    }
}

fn allowance(usage: &Value) -> Option<Allowance> {
    let percent = usage.get("percent").and_then(whole)?;
    let next = usage.get("timeUntilNextPercent").and_then(whole).unwrap_or(0);
    Some(Allowance {
        percent: i32::try_from(percent).unwrap_or(if percent < 0 { i32::MIN } else { i32::MAX }),
        is_negative: usage.get("isNegative").and_then(Value::as_bool).unwrap_or(percent < 0),
        seconds_until_next_percent: u32::try_from(next.max(0)).unwrap_or(u32::MAX),
    })
}

/// A number, whole or cut to a whole one.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Account {
        Account::from_reply(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_recorded_reply_is_read() {
        let account = read(
            r#"{"tier":3,"active":true,"expiresAt":1790000000,
                "perks":{"maxPriorityActions":1000,"startPriority":10,"contextTokens":8192},
                "paymentProcessorData":null,
                "trainingStepsLeft":{"fixedTrainingStepsLeft":9646,"purchasedTrainingSteps":54},
                "accountType":0,"isGracePeriod":false,
                "usage":{"percent":100,"isNegative":false,"timeUntilNextPercent":7888}}"#,
        );
        let allowance = Allowance {
            percent: 100,
            is_negative: false,
            seconds_until_next_percent: 7888,
        };
        assert_eq!(
            account,
            Account {
                tier: Tier::Opus,
                active: true,
                anlas: 9700,
                allowance: Some(allowance)
            }
        );
        assert!(account.has_opus_benefits());
    }

    #[test]
    fn what_is_missing_counts_as_nothing() {
        let account = read(r#"{"tier":0}"#);
        assert_eq!(
            account,
            Account {
                tier: Tier::None,
                active: false,
                anlas: 0,
                allowance: None
            }
        );
        assert!(!read(r#"{"tier":3}"#).has_opus_benefits());
        assert_eq!(read(r#"{"active":true,"usage":{}}"#).allowance, None);
        assert_eq!(read(r#"{"tier":"x","trainingStepsLeft":7}"#).anlas, 0);
    }

    #[test]
    fn odd_numbers_are_held_within_bounds() {
        let account = read(
            r#"{"tier":9,"active":true,"usage":{"percent":-3.5,"timeUntilNextPercent":1e300},
                "trainingStepsLeft":{"fixedTrainingStepsLeft":-5,"purchasedTrainingSteps":9223372036854775807}}"#,
        );
        assert_eq!((account.tier, account.anlas), (Tier::Opus, u32::MAX));
        let expected = Allowance {
            percent: -3,
            is_negative: true,
            seconds_until_next_percent: u32::MAX,
        };
        assert_eq!(account.allowance, Some(expected));
    }

    #[test]
    fn what_is_no_account_is_not_taken_for_an_empty_one() {
        for body in ["", "<html>", "[]", "{}", "null", r#"{"message":"hello"}"#] {
            assert!(
                matches!(Account::from_reply(body.as_bytes()), Err(Error::Malformed(_))),
                "{body}"
            );
        }
    }
}
