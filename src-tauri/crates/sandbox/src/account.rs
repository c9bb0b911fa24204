//! The account behind the token: tier, Anlas, and the allowance for V5.

use serde_json::{Value, json};

use crate::{
    models::Family,
    price::{Price, Work, price},
    refusal::Refusal,
};

/// Of a full V5 allowance, one picture takes this many percent: 100 % is about 1730 pictures.
const PERCENT_OF_ONE: f64 = 1.0 / 17.3;
/// What Opus gives each month; Anlas beyond it are reported as bought.
const MONTHLY: u32 = 10_000;

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) tier: u8,
    pub(crate) anlas: u32,
    /// Percent of the V5 allowance; below zero it is used up.
    pub(crate) usage: f64,
}

impl Account {
    pub(crate) fn price(&self, work: &Work) -> Option<Price> {
        price(work, self.tier >= 3, self.usage >= 0.0)
    }

    /// Takes the price of the work, or nothing.
    pub(crate) fn charge(&mut self, work: &Work) -> Result<Price, Refusal> {
        let price = self
            .price(work)
            .ok_or_else(|| Refusal::invalid("this request is too expensive, choose a smaller size or fewer steps"))?;
        self.anlas = self
            .anlas
            .checked_sub(price.anlas)
            .ok_or_else(|| Refusal::new(402, "Not enough Anlas"))?;
        if price.free && work.family == Family::V5 {
            self.usage -= PERCENT_OF_ONE;
        }
        Ok(price)
    }

    /// The body of `GET /user/subscription`.
    pub(crate) fn subscription(&self) -> Value {
        let active = self.tier > 0;
        json!({
            "tier": self.tier,
            "active": active,
            "expiresAt": if active { 4_102_444_800_u64 } else { 0 },
            "perks": {
                "maxPriorityActions": if self.tier >= 3 { 1000 } else { 100 },
                "startPriority": 10,
                "contextTokens": 8192,
                "unlimitedMaxPriority": self.tier >= 3,
                "moduleTrainingSteps": if self.tier >= 3 { 10_000 } else { 1000 },
            },
            "paymentProcessorData": null,
            "paymentProcessor": "sandbox",
            "trainingStepsLeft": {
                "fixedTrainingStepsLeft": self.anlas.min(MONTHLY),
                "purchasedTrainingSteps": self.anlas.saturating_sub(MONTHLY),
            },
            "accountType": 0,
            "isGracePeriod": false,
            "isPaypal": false,
            "usage": {
                "percent": self.usage.floor() as i64,
                "isNegative": self.usage < 0.0,
                "timeUntilNextPercent": 7888,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::Smea;

    fn work(family: Family, steps: u32) -> Work {
        Work {
            family,
            area: 832 * 1216,
            steps,
            samples: 1,
            smea: Smea::Off,
            strength: 1.0,
            vibes: 0,
            references: 0,
        }
    }

    #[test]
    fn a_refused_charge_takes_nothing() {
        let mut account = Account {
            tier: 1,
            anlas: 16,
            usage: 0.0,
        };
        assert_eq!(account.charge(&work(Family::V45, 23)).unwrap_err().status, 402);
        assert_eq!(account.anlas, 16);
        account.anlas = 17;
        account.charge(&work(Family::V45, 23)).unwrap();
        assert_eq!(account.anlas, 0);
    }

    #[test]
    fn free_v5_pictures_draw_on_the_allowance_until_it_is_used_up() {
        let mut account = Account {
            tier: 3,
            anlas: 30,
            usage: 0.1,
        };
        assert_eq!(account.charge(&work(Family::V5, 23)).unwrap().anlas, 0);
        assert_eq!(account.charge(&work(Family::V5, 23)).unwrap().anlas, 0);
        assert!(account.usage < 0.0);
        assert_eq!(account.subscription()["usage"]["isNegative"], true);
        assert_eq!(account.charge(&work(Family::V5, 23)).unwrap().anlas, 26);
        assert_eq!(account.charge(&work(Family::V45, 23)).unwrap().anlas, 0);
    }

    #[test]
    fn the_balance_is_the_sum_of_the_two_kinds_of_anlas() {
        let account = Account {
            tier: 3,
            anlas: 10_300,
            usage: 100.0,
        };
        let steps = &account.subscription()["trainingStepsLeft"];
        assert_eq!(steps["fixedTrainingStepsLeft"], 10_000);
        assert_eq!(steps["purchasedTrainingSteps"], 300);
    }
}
