//! What a generation costs (api.md 6.1), worked out here once more and not borrowed from the client.

use crate::models::Family;

/// What the price depends on.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) family: Family,
    /// Width times height of what is painted; for the V5 "Max" enhance the enlarged area.
    pub(crate) area: u64,
    pub(crate) steps: u32,
    pub(crate) samples: u32,
    pub(crate) smea: Smea,
    /// 1 for text, the strength for pictures.
    pub(crate) strength: f64,
    /// Encoded vibes that take effect.
    pub(crate) vibes: u32,
    /// Precise references.
    pub(crate) references: u32,
}

/// The V3 family's sampler variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Smea {
    Off,
    On,
    Dynamic,
}

/// What a generation costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) anlas: u32,
    /// One picture of the batch is on the house.
    pub(crate) free: bool,
}

/// Above this a single picture is refused.
const MOST_FOR_ONE: f64 = 140.0;
/// The largest area that an Opus account paints for nothing.
const FREE_AREA: u64 = 1_048_576;
const FREE_STEPS: u32 = 28;

/// The price of one picture without any benefit, `None` if it's beyond what is sold.
pub(crate) fn one(work: &Work) -> Option<u32> {
    let area = work.area as f64;
    let mut base = (2.951_823_174_884_865e-6 * area + 5.753_298_233_447_344e-7 * area * f64::from(work.steps)).ceil();
    base *= match work.smea {
        Smea::Off => 1.0,
        Smea::On => 1.2,
        Smea::Dynamic => 1.4,
    };
    if work.family == Family::V5 {
        base *= 1.5;
    }
    let one = (base * work.strength).ceil().max(2.0);
    (one <= MOST_FOR_ONE).then_some(one as u32)
}

/// What this work costs an account. `opus` says whether it has Opus benefits, `allowance` whether the V5 allowance
/// isn't used up.
pub(crate) fn price(work: &Work, opus: bool, allowance: bool) -> Option<Price> {
    let one = one(work)?;
    let free = opus && work.area <= FREE_AREA && work.steps <= FREE_STEPS && (work.family != Family::V5 || allowance);
    let paid = work.samples - u32::from(free);
    let vibes = if work.references > 0 {
        0
    } else {
        2 * work.vibes.saturating_sub(4)
    };
    Some(Price {
        anlas: one * paid + vibes + 5 * work.references * work.samples,
        free,
    })
}

/// What an upscale costs by the area of its source, `None` where it's too large (api.md 6.2).
pub(crate) fn upscale(area: u64) -> Option<u32> {
    match area {
        0..=1_048_576 => Some(1),
        1_048_577..=1_747_627 => Some(2),
        1_747_628..=2_446_678 => Some(3),
        2_446_679..=3_145_728 => Some(4),
        _ => None,
    }
}

/// What a director tool costs by the area of its source (api.md 6.3). Small pictures are worked on enlarged.
pub(crate) fn augment(area: u64, removes_background: bool, opus: bool) -> u32 {
    const SMALL: u64 = 1_011_712;
    let worked = if area < SMALL { FREE_AREA } else { area } as f64;
    let base = (2.951_823_174_884_865e-6 * worked + 5.753_298_233_447_344e-7 * worked * 28.0).ceil() as u32;
    if removes_background {
        3 * base + 5
    } else if opus && area <= FREE_AREA {
        0
    } else {
        base
    }
}

/// The size that the V5 "Max" enhance paints for a request of this size: about three megapixels of the same shape.
pub(crate) fn enlarged(width: u32, height: u32) -> (u32, u32) {
    let factor = (3_145_728.0 / (f64::from(width) * f64::from(height))).sqrt();
    [width, height]
        .map(|side| (f64::from(side) * factor).floor() as u32)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(family: Family, width: u64, height: u64, steps: u32) -> Work {
        Work {
            family,
            area: width * height,
            steps,
            samples: 1,
            smea: Smea::Off,
            strength: 1.0,
            vibes: 0,
            references: 0,
        }
    }

    /// Width, height, steps, V3 to V4.5, V5 (`None`: refused).
    type Row = (u64, u64, u32, Option<u32>, Option<u32>);

    #[rustfmt::skip]
    const TABLE: &[Row] = &[
        (512, 512, 1, Some(2), Some(2)),      (512, 512, 28, Some(5), Some(8)),     (512, 512, 29, Some(6), Some(9)),
        (512, 512, 50, Some(9), Some(14)),    (512, 768, 23, Some(7), Some(11)),    (512, 768, 28, Some(8), Some(12)),
        (640, 640, 28, Some(8), Some(12)),    (832, 1216, 23, Some(17), Some(26)),  (832, 1216, 28, Some(20), Some(30)),
        (832, 1216, 30, Some(21), Some(32)),  (832, 1216, 50, Some(33), Some(50)),  (1024, 1024, 1, Some(4), Some(6)),
        (1024, 1024, 2, Some(5), Some(8)),    (1024, 1024, 10, Some(10), Some(15)), (1024, 1024, 28, Some(20), Some(30)),
        (1024, 1024, 29, Some(21), Some(32)), (1024, 1024, 30, Some(22), Some(33)), (1024, 1024, 35, Some(25), Some(38)),
        (1024, 1024, 40, Some(28), Some(42)), (1024, 1024, 45, Some(31), Some(47)), (1024, 1024, 50, Some(34), Some(51)),
        (1088, 1024, 1, Some(4), Some(6)),    (1088, 1024, 28, Some(22), Some(33)), (1088, 1088, 28, Some(23), Some(35)),
        (1536, 1024, 1, Some(6), Some(9)),    (1536, 1024, 28, Some(30), Some(45)), (1536, 1024, 29, Some(31), Some(47)),
        (1536, 1024, 50, Some(50), Some(75)), (1472, 1472, 28, Some(42), Some(63)), (1088, 1920, 28, Some(40), Some(60)),
        (1280, 1856, 28, Some(46), Some(69)), (1600, 1600, 28, Some(49), Some(74)), (2048, 1536, 28, Some(60), Some(90)),
        (2048, 1536, 50, Some(100), None),    (1792, 1728, 50, Some(99), None),
    ];

    #[test]
    fn one_picture_costs_what_the_table_says() {
        for &(width, height, steps, v45, v5) in TABLE {
            assert_eq!(
                one(&work(Family::V45, width, height, steps)),
                v45,
                "V4.5 {width}x{height} s{steps}"
            );
            assert_eq!(
                one(&work(Family::V5, width, height, steps)),
                v5,
                "V5 {width}x{height} s{steps}"
            );
        }
    }

    #[test]
    fn strength_and_smea_multiply_before_the_last_rounding() {
        let strong = |family, width, height, steps, strength| {
            one(&Work {
                strength,
                ..work(family, width, height, steps)
            })
        };
        assert_eq!(strong(Family::V45, 832, 1216, 23, 0.62), Some(11));
        assert_eq!(strong(Family::V5, 832, 1216, 23, 0.7), Some(18));
        assert_eq!(strong(Family::V5, 832, 1216, 28, 0.7), Some(21));
        assert_eq!(strong(Family::V5, 832, 1216, 28, 0.51), Some(16));
        assert_eq!(strong(Family::V45, 1024, 1024, 23, 0.7), Some(12));
        assert_eq!(strong(Family::V45, 1024, 1024, 28, 0.5), Some(10));
        assert_eq!(strong(Family::V45, 1024, 1024, 28, 0.01), Some(2));
        assert_eq!(strong(Family::V5, 1280, 1856, 28, 0.2), Some(14));
        let smea = |smea, width, height, steps| {
            one(&Work {
                smea,
                ..work(Family::V3, width, height, steps)
            })
        };
        assert_eq!(smea(Smea::On, 832, 1216, 28), Some(24));
        assert_eq!(smea(Smea::Dynamic, 832, 1216, 28), Some(28));
        assert_eq!(smea(Smea::On, 832, 1216, 23), Some(21));
        assert_eq!(smea(Smea::Dynamic, 832, 1216, 23), Some(24));
        assert_eq!(smea(Smea::On, 1536, 1536, 50), Some(90));
        assert_eq!(smea(Smea::Dynamic, 1536, 1536, 50), Some(105));
        assert_eq!(smea(Smea::Dynamic, 2048, 1536, 50), Some(140));
        let both = one(&Work {
            smea: Smea::On,
            strength: 0.62,
            ..work(Family::V3, 832, 1216, 23)
        });
        assert_eq!(both, Some(13));
    }

    #[test]
    fn the_max_enhance_is_billed_at_the_size_it_paints() {
        assert_eq!(enlarged(832, 1216), (1467, 2144));
        let max = |steps, strength| {
            one(&Work {
                area: 1467 * 2144,
                strength,
                ..work(Family::V5, 832, 1216, steps)
            })
        };
        assert_eq!(max(28, 0.2), Some(18));
        assert_eq!(max(23, 0.2), Some(16));
        assert_eq!(max(50, 0.99), None);
    }

    #[test]
    fn the_tools_cost_what_the_tables_say() {
        let areas = [832 * 1216, 1024 * 1536, 1472 * 1472, 1536 * 2048, 2048 * 2048];
        assert_eq!(areas.map(upscale), [Some(1), Some(2), Some(3), Some(4), None]);
        let sizes = [512 * 768, 832 * 1216, 1024 * 1536, 1467 * 2144];
        assert_eq!(sizes.map(|area| augment(area, false, false)), [20, 20, 30, 60]);
        assert_eq!(sizes.map(|area| augment(area, false, true)), [0, 0, 30, 60]);
        assert_eq!(sizes.map(|area| augment(area, true, true)), [65, 65, 95, 185]);
    }

    #[test]
    fn opus_paints_one_small_picture_for_nothing() {
        let total = |family, width, height, steps, samples, allowance| {
            price(
                &Work {
                    samples,
                    ..work(family, width, height, steps)
                },
                true,
                allowance,
            )
            .unwrap()
            .anlas
        };
        assert_eq!(total(Family::V45, 832, 1216, 23, 1, true), 0);
        assert_eq!(total(Family::V45, 832, 1216, 23, 2, true), 17);
        assert_eq!(
            [1, 2, 3].map(|n| total(Family::V5, 1024, 1024, 28, n, true)),
            [0, 30, 60]
        );
        assert_eq!(
            [2, 3, 4].map(|n| total(Family::V5, 1024, 1024, 10, n, true)),
            [15, 30, 45]
        );
        assert_eq!(
            [1, 2, 3, 4].map(|n| total(Family::V5, 1024, 1024, 29, n, true)),
            [32, 64, 96, 128]
        );
        assert_eq!(total(Family::V5, 1088, 960, 28, 1, true), 0);
        assert_eq!(total(Family::V5, 1088, 1024, 28, 1, true), 33);
        assert_eq!(total(Family::V5, 832, 1216, 23, 1, false), 26);
        assert_eq!(total(Family::V45, 832, 1216, 23, 1, false), 0);
    }

    #[test]
    fn variations_and_repainting_cost_by_their_strength() {
        let total = |family, steps, samples, strength, opus, allowance| {
            let work = Work {
                samples,
                strength,
                ..work(family, 832, 1216, steps)
            };
            price(&work, opus, allowance).unwrap().anlas
        };
        assert_eq!(total(Family::V5, 28, 4, 0.51, true, true), 48);
        assert_eq!(total(Family::V5, 28, 4, 0.8, true, true), 72);
        assert_eq!(total(Family::V5, 28, 1, 0.5, true, false), 15);
        assert_eq!(total(Family::V45, 28, 1, 0.5, false, false), 10);
        assert_eq!(total(Family::V45, 23, 1, 1.0, false, false), 17);
        assert_eq!(total(Family::V45, 23, 1, 0.7, true, true), 0);
    }

    #[test]
    fn references_and_many_vibes_cost_extra() {
        let extra = |references, vibes, samples, steps, opus| {
            let work = Work {
                references,
                vibes,
                samples,
                ..work(Family::V45, 1024, 1024, steps)
            };
            price(&work, opus, true).unwrap().anlas
        };
        assert_eq!(extra(1, 0, 1, 28, false), 25);
        assert_eq!(extra(2, 0, 2, 28, false), 60);
        assert_eq!(extra(0, 5, 1, 28, false), 22);
        assert_eq!(extra(1, 6, 1, 28, true), 5);
        let small = Work {
            references: 1,
            ..work(Family::V45, 512, 768, 23)
        };
        assert_eq!(price(&small, true, true).unwrap().anlas, 5);
    }
}
