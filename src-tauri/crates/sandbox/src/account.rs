//! The account behind the token: tier, Anlas, and the allowance for V5.

use std::time::{Duration, Instant};

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
    /// The time in which one percent comes back.
    pub(crate) percent_every: Duration,
    /// When the allowance was last refilled.
    pub(crate) refilled: Instant,
}

/// A full allowance.
const FULL: f64 = 100.0;

impl Account {
    /// Refills the allowance by what has come back since.
    pub(crate) fn refill(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.refilled = now;
        if self.usage < FULL {
            let percent = since / self.percent_every.as_secs_f64().max(0.001);
            self.usage = (self.usage + percent).min(FULL);
        }
    }

    pub(crate) fn price(&self, work: &Work) -> Option<Price> {
        price(work, self.tier >= 3, self.usage >= 0.0)
    }

    /// Takes the price of the work, or nothing.
    pub(crate) fn charge(&mut self, work: &Work) -> Result<Price, Refusal> {
        let price = self
            .price(work)
            .ok_or_else(|| Refusal::invalid("this request is too expensive, choose a smaller size or fewer steps"))?;
        self.pay(price.anlas)?;
        if price.free && work.family == Family::V5 {
            self.usage -= PERCENT_OF_ONE;
        }
        Ok(price)
    }

    /// Takes so many Anlas, or none.
    pub(crate) fn pay(&mut self, anlas: u32) -> Result<(), Refusal> {
        self.anlas = self
            .anlas
            .checked_sub(anlas)
            .ok_or_else(|| Refusal::new(402, "Not enough Anlas"))?;
        Ok(())
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
                "timeUntilNextPercent": self.percent_every.as_secs().max(1),
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

    fn account(tier: u8, anlas: u32, usage: f64) -> Account {
        Account {
            tier,
            anlas,
            usage,
            percent_every: Duration::from_secs(7888),
            refilled: Instant::now(),
        }
    }

    #[test]
    fn a_refused_charge_takes_nothing() {
        let mut account = account(1, 16, 0.0);
        assert_eq!(account.charge(&work(Family::V45, 23)).unwrap_err().status, 402);
        assert_eq!(account.anlas, 16);
        account.anlas = 17;
        account.charge(&work(Family::V45, 23)).unwrap();
        assert_eq!(account.anlas, 0);
    }

    #[test]
    fn free_v5_pictures_draw_on_the_allowance_until_it_is_used_up() {
        let mut account = account(3, 30, 0.1);
        assert_eq!(account.charge(&work(Family::V5, 23)).unwrap().anlas, 0);
        assert_eq!(account.charge(&work(Family::V5, 23)).unwrap().anlas, 0);
        assert!(account.usage < 0.0);
        assert_eq!(account.subscription()["usage"]["isNegative"], true);
        assert_eq!(account.charge(&work(Family::V5, 23)).unwrap().anlas, 26);
        assert_eq!(account.charge(&work(Family::V45, 23)).unwrap().anlas, 0);
    }

    #[test]
    fn the_balance_is_the_sum_of_the_two_kinds_of_anlas() {
        let account = account(3, 10_300, 100.0);
        let steps = &account.subscription()["trainingStepsLeft"];
        assert_eq!(steps["fixedTrainingStepsLeft"], 10_000);
        assert_eq!(steps["purchasedTrainingSteps"], 300);
    }

    #[test]
    fn the_allowance_comes_back_with_time_and_never_beyond_full() {
        let mut account = account(3, 0, -1.0);
        let start = account.refilled;
        account.refill(start + Duration::from_secs(7888));
        assert!(account.usage.abs() < 1e-9);
        assert_eq!(account.subscription()["usage"]["isNegative"], false);
        account.refill(start + Duration::from_secs(7888 + 3944));
        assert!((account.usage - 0.5).abs() < 1e-9);
        account.refill(start + Duration::from_secs(7888 * 500));
        assert_eq!(account.usage, 100.0);
        account.usage = 130.0;
        account.refill(start + Duration::from_secs(7888 * 501));
        assert_eq!(account.usage, 130.0);
        assert_eq!(account.subscription()["usage"]["timeUntilNextPercent"], 7888);
    }
}
