//! What a request costs in Anlas (api.md 6).
//!
//! The formula is evaluated in 64-bit floats in exactly the order in which the service's own page does it: where a
//! result is rounded, and where it isn't, decides about an Anlas.

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::check::{Refusal, check};
use crate::model::{Model, Prices, Registry};
use crate::request::{GenerateRequest, Source};

/// What a request costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// What this account pays.
    pub anlas: u32,
    /// What it costs without benefits.
    pub full: u32,
    /// Why one picture of the request is free, if one is. Where there are several, the others still cost.
    pub free: Option<FreeReason>,
}

/// Why one picture of a request is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum FreeReason {
    /// Opus includes pictures of this size and so many steps.
    Opus,
    /// The same, for a model that draws on the allowance of Opus.
    Allowance,
}

/// The price of a request for this account or, without one, in full.
///
/// A draft without a seed has a price. Whatever has a price can also be sent once it has a seed.
///
/// # Errors
///
/// A [`Refusal`] where the request could not be sent anyway.
pub fn estimate(
    request: &GenerateRequest,
    registry: &Registry,
    account: Option<&Account>,
) -> Result<Estimate, Refusal> {
    let model = check(request, registry)?;
    let work = work(request, model);
    let one = price_of_one(registry.prices(), &work);
    let samples = u32::from(request.samples);
    let free = free_reason(&work, model, registry.prices(), account);
    let paid = if free.is_some() { samples - 1 } else { samples };
    Ok(Estimate {
        anlas: one * paid,
        full: one * samples,
        free,
    })
}

/// What decides about the price of one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Work {
    /// Pixels.
    pub(crate) area: u64,
    /// Sampling steps.
    pub(crate) steps: u8,
    /// What the sampler adds: 1, or more with SMEA.
    pub(crate) sampler_factor: f64,
    /// What the model costs.
    pub(crate) model_factor: f64,
    /// How much is painted anew: 1 from text, the strength from a picture.
    pub(crate) strength: f64,
}

pub(crate) fn work(request: &GenerateRequest, model: &Model) -> Work {
    let strength = match request.source {
        Source::Text => 1.0,
    };
    Work {
        area: request.size.area(),
        steps: request.sampling.steps,
        sampler_factor: 1.0,
        model_factor: model.price_factor,
        strength,
    }
}

/// The price of one picture without benefits.
pub(crate) fn price_of_one(prices: &Prices, work: &Work) -> u32 {
    let area = work.area as f64;
    let base = (prices.area_weight * area + prices.step_weight * area * f64::from(work.steps)).ceil();
    let scaled = base * work.sampler_factor * work.model_factor;
    ((scaled * work.strength).ceil() as u32).max(prices.minimum)
}

/// Opus includes one picture of each request, of some models only while an allowance lasts. A server that tells no
/// allowance has not said that it is used up.
fn free_reason(work: &Work, model: &Model, prices: &Prices, account: Option<&Account>) -> Option<FreeReason> {
    let account = account.filter(|account| account.has_opus_benefits())?;
    if work.area > u64::from(prices.free_area) || work.steps > prices.free_steps {
        return None;
    }
    if !model.rules().draws_on_allowance {
        return Some(FreeReason::Opus);
    }
    let used_up = account.allowance.is_some_and(|allowance| allowance.is_negative);
    (!used_up).then_some(FreeReason::Allowance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Allowance, Tier};
    use crate::request::Size;
    use crate::testing::{V5_CURATED, V5_FULL, V45_CURATED, V45_FULL, request};

    fn one(width: u32, height: u32, steps: u8, sampler_factor: f64, model_factor: f64, strength: f64) -> u32 {
        let area = Size { width, height }.area();
        let work = Work {
            area,
            steps,
            sampler_factor,
            model_factor,
            strength,
        };
        price_of_one(Registry::builtin().prices(), &work)
    }

    /// Width, height, steps, the price on V4.5, the price on V5; none where the request is refused.
    const VECTORS: [(u32, u32, u8, u32, u32); 35] = [
        (512, 512, 1, 2, 2),
        (512, 512, 28, 5, 8),
        (512, 512, 29, 6, 9),
        (512, 512, 50, 9, 14),
        (512, 768, 23, 7, 11),
        (512, 768, 28, 8, 12),
        (640, 640, 28, 8, 12),
        (832, 1216, 23, 17, 26),
        (832, 1216, 28, 20, 30),
        (832, 1216, 30, 21, 32),
        (832, 1216, 50, 33, 50),
        (1024, 1024, 1, 4, 6),
        (1024, 1024, 2, 5, 8),
        (1024, 1024, 10, 10, 15),
        (1024, 1024, 28, 20, 30),
        (1024, 1024, 29, 21, 32),
        (1024, 1024, 30, 22, 33),
        (1024, 1024, 35, 25, 38),
        (1024, 1024, 40, 28, 42),
        (1024, 1024, 45, 31, 47),
        (1024, 1024, 50, 34, 51),
        (1088, 1024, 1, 4, 6),
        (1088, 1024, 28, 22, 33),
        (1088, 1088, 28, 23, 35),
        (1536, 1024, 1, 6, 9),
        (1536, 1024, 28, 30, 45),
        (1536, 1024, 29, 31, 47),
        (1536, 1024, 50, 50, 75),
        (1472, 1472, 28, 42, 63),
        (1088, 1920, 28, 40, 60),
        (1280, 1856, 28, 46, 69),
        (1600, 1600, 28, 49, 74),
        (2048, 1536, 28, 60, 90),
        (2048, 1536, 50, 100, 150),
        (1792, 1728, 50, 99, 149),
    ];

    #[test]
    fn prices_are_those_of_the_service() {
        for (width, height, steps, v45, v5) in VECTORS {
            for (model, expected) in [(V45_FULL, v45), (V45_CURATED, v45), (V5_FULL, v5), (V5_CURATED, v5)] {
                let mut request = request(model);
                request.size = Size { width, height };
                request.sampling.steps = steps;
                let estimate = estimate(&request, Registry::builtin(), None);
                if expected > 140 {
                    assert_eq!(
                        estimate.unwrap_err().field,
                        "sampling.steps",
                        "{model} {width}×{height} {steps}"
                    );
                } else {
                    let expected = Estimate {
                        anlas: expected,
                        full: expected,
                        free: None,
                    };
                    assert_eq!(estimate, Ok(expected), "{model} {width}×{height} {steps}");
                }
            }
        }
        assert_eq!(one(2048, 1536, 50, 1.0, 1.5, 1.0), 150);
        assert_eq!(one(1792, 1728, 50, 1.0, 1.5, 1.0), 149);
    }

    #[test]
    fn the_formula_rounds_only_where_the_service_does() {
        // SMEA, V3
        assert_eq!(
            (one(832, 1216, 28, 1.2, 1.0, 1.0), one(832, 1216, 28, 1.4, 1.0, 1.0)),
            (24, 28)
        );
        assert_eq!(
            (one(832, 1216, 23, 1.2, 1.0, 1.0), one(832, 1216, 23, 1.4, 1.0, 1.0)),
            (21, 24)
        );
        assert_eq!(
            (one(1536, 1536, 50, 1.2, 1.0, 1.0), one(1536, 1536, 50, 1.4, 1.0, 1.0)),
            (90, 105)
        );
        assert_eq!(one(2048, 1536, 50, 1.4, 1.0, 1.0), 140);
        assert_eq!(one(832, 1216, 23, 1.2, 1.0, 0.62), 13);
        // from a picture
        assert_eq!(one(832, 1216, 23, 1.0, 1.0, 0.62), 11);
        assert_eq!(one(832, 1216, 23, 1.0, 1.5, 0.7), 18);
        assert_eq!(
            (one(832, 1216, 28, 1.0, 1.5, 0.7), one(832, 1216, 28, 1.0, 1.5, 0.51)),
            (21, 16)
        );
        assert_eq!(one(1024, 1024, 23, 1.0, 1.0, 0.7), 12);
        assert_eq!(one(1024, 1024, 28, 1.0, 1.0, 0.5), 10);
        assert_eq!(one(832, 1216, 28, 1.0, 1.5, 0.5), 15);
        assert_eq!(
            (one(832, 1216, 28, 1.0, 1.5, 0.8), one(832, 1216, 23, 1.0, 1.0, 1.0)),
            (24, 17)
        );
        // enhanced: same size, 1.5 times, and the largest
        assert_eq!(one(832, 1216, 28, 1.0, 1.5, 0.2), 6);
        assert_eq!(one(1280, 1856, 28, 1.0, 1.5, 0.2), 14);
        assert_eq!(
            (one(1467, 2144, 28, 1.0, 1.5, 0.2), one(1467, 2144, 23, 1.0, 1.5, 0.2)),
            (18, 16)
        );
        assert!(one(1467, 2144, 50, 1.0, 1.5, 0.99) > 140);
        // the least
        assert_eq!(one(832, 1216, 28, 1.0, 1.0, 0.01), 2);
    }

    fn opus(is_negative: bool) -> Account {
        Account {
            tier: Tier::Opus,
            active: true,
            anlas: 10_000,
            allowance: Some(Allowance {
                percent: 50,
                is_negative,
                seconds_until_next_percent: 7888,
            }),
        }
    }

    fn paid(model: &str, size: (u32, u32), steps: u8, samples: u8, account: &Account) -> u32 {
        let mut request = request(model);
        request.size = Size {
            width: size.0,
            height: size.1,
        };
        request.sampling.steps = steps;
        request.samples = samples;
        estimate(&request, Registry::builtin(), Some(account)).unwrap().anlas
    }

    #[test]
    fn opus_includes_one_picture_of_each_request() {
        let account = opus(false);
        assert_eq!(paid(V45_FULL, (832, 1216), 23, 1, &account), 0);
        assert_eq!(paid(V45_FULL, (832, 1216), 23, 2, &account), 17);
        for (samples, anlas) in [(1, 0), (2, 30), (3, 60)] {
            assert_eq!(paid(V5_FULL, (1024, 1024), 28, samples, &account), anlas);
        }
        for (samples, anlas) in [(2, 15), (3, 30), (4, 45)] {
            assert_eq!(paid(V5_FULL, (1024, 1024), 10, samples, &account), anlas);
        }
        for (samples, anlas) in [(1, 32), (2, 64), (3, 96), (4, 128)] {
            assert_eq!(paid(V5_FULL, (1024, 1024), 29, samples, &account), anlas);
        }
        assert_eq!(paid(V5_FULL, (1088, 960), 28, 1, &account), 0);
        assert_eq!(paid(V5_FULL, (1088, 1024), 28, 1, &account), 33);
    }

    #[test]
    fn v5_is_included_only_while_the_allowance_lasts() {
        let used_up = opus(true);
        assert_eq!(paid(V5_FULL, (832, 1216), 23, 1, &used_up), 26);
        assert_eq!(paid(V45_FULL, (832, 1216), 23, 1, &used_up), 0);
        let untold = Account {
            allowance: None,
            ..opus(true)
        };
        assert_eq!(paid(V5_FULL, (832, 1216), 23, 1, &untold), 0);
    }

    #[test]
    fn the_estimate_says_why_it_is_free() {
        let of =
            |model: &str, account: &Account| estimate(&request(model), Registry::builtin(), Some(account)).unwrap();
        let allowance = Estimate {
            anlas: 0,
            full: 26,
            free: Some(FreeReason::Allowance),
        };
        assert_eq!(of(V5_FULL, &opus(false)), allowance);
        assert_eq!(
            of(V45_FULL, &opus(false)),
            Estimate {
                anlas: 0,
                full: 17,
                free: Some(FreeReason::Opus)
            }
        );
        assert_eq!(
            of(V5_FULL, &opus(true)),
            Estimate {
                anlas: 26,
                full: 26,
                free: None
            }
        );
    }

    #[test]
    fn other_subscriptions_and_an_ended_opus_include_nothing() {
        for tier in [Tier::None, Tier::Tablet, Tier::Scroll] {
            assert_eq!(paid(V45_FULL, (832, 1216), 23, 1, &Account { tier, ..opus(false) }), 17);
        }
        assert_eq!(
            paid(
                V45_FULL,
                (832, 1216),
                23,
                1,
                &Account {
                    active: false,
                    ..opus(false)
                }
            ),
            17
        );
    }

    #[test]
    fn a_draft_without_a_seed_has_a_price() {
        let mut draft = request(V45_FULL);
        draft.sampling.seed = None;
        assert_eq!(estimate(&draft, Registry::builtin(), None).unwrap().anlas, 17);
    }
}
