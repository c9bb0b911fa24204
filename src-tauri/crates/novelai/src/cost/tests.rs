//! Prices by example: the vectors of api.md 6.5, and what they leave out.

use super::*;
use crate::account::{Allowance, Tier};
use crate::model::ModelId;
use crate::request::Size;
use crate::request::{PictureId, PreciseReference, ReferenceKind, Vibe};
use crate::testing::{V5_CURATED, V5_FULL, V45_CURATED, V45_FULL, request};

fn image(strength: f64, enhance: Enhance) -> Source {
    Source::Image {
        image: PictureId("a".into()),
        strength,
        noise: 0.0,
        color_correct: false,
        enhance,
        fit: crate::request::Fit::Stretch,
    }
}

fn mask(strength: f64) -> Source {
    Source::Inpaint {
        image: PictureId("a".into()),
        mask: PictureId("m".into()),
        strength,
        overlay: false,
        paste: None,
    }
}

fn vibes(encoded: usize, pictures: usize) -> Vec<Vibe> {
    let vibe = |encoded: bool| Vibe {
        image: PictureId("v".into()),
        encoded,
        strength: 0.6,
        extraction: 1.0,
    };
    [vec![vibe(true); encoded], vec![vibe(false); pictures]].concat()
}

fn precise(count: usize) -> Vec<PreciseReference> {
    let reference = PreciseReference {
        image: PictureId("r".into()),
        kind: ReferenceKind::Both,
        strength: 1.0,
        fidelity: 1.0,
    };
    vec![reference; count]
}

/// The price of a request on an account, after a change to it.
fn priced(
    model: &str,
    (width, height): (u32, u32),
    steps: u8,
    account: Option<&Account>,
    change: impl FnOnce(&mut GenerateRequest),
) -> u32 {
    let mut request = request(model);
    request.size = Size { width, height };
    request.sampling.steps = steps;
    change(&mut request);
    estimate(&request, Registry::builtin(), account).unwrap().anlas
}

const V3: &str = "nai-diffusion-3";

#[test]
fn smea_is_paid_for() {
    let smea = |smea: Smea| move |r: &mut GenerateRequest| r.sampling.smea = smea;
    for (size, steps, on, dynamic) in [
        ((832, 1216), 28, 24, 28),
        ((832, 1216), 23, 21, 24),
        ((1536, 1536), 50, 90, 105),
    ] {
        assert_eq!(priced(V3, size, steps, None, smea(Smea::On)), on);
        assert_eq!(priced(V3, size, steps, None, smea(Smea::Dynamic)), dynamic);
    }
    assert_eq!(priced(V3, (2048, 1536), 50, None, smea(Smea::Dynamic)), 140);
    let from_picture = |r: &mut GenerateRequest| {
        r.sampling.smea = Smea::On;
        r.source = image(0.62, Enhance::No);
    };
    assert_eq!(priced(V3, (832, 1216), 23, None, from_picture), 13);
}

#[test]
fn what_is_kept_of_a_picture_is_not_paid_for() {
    let from = |strength: f64| move |r: &mut GenerateRequest| r.source = image(strength, Enhance::No);
    let part = |strength: f64| move |r: &mut GenerateRequest| r.source = mask(strength);
    assert_eq!(priced(V45_FULL, (832, 1216), 23, None, from(0.62)), 11);
    assert_eq!(priced(V5_FULL, (832, 1216), 23, None, from(0.7)), 18);
    assert_eq!(priced(V5_FULL, (832, 1216), 28, None, from(0.7)), 21);
    assert_eq!(priced(V5_FULL, (832, 1216), 28, None, from(0.51)), 16);
    assert_eq!(priced(V45_FULL, (1024, 1024), 23, None, from(0.7)), 12);
    assert_eq!(priced(V45_FULL, (832, 1216), 28, None, from(0.01)), 2);
    assert_eq!(priced(V45_FULL, (1024, 1024), 28, None, part(0.5)), 10);
    assert_eq!(priced(V5_FULL, (832, 1216), 28, Some(&opus(true)), part(0.5)), 15);
    assert_eq!(priced(V5_FULL, (832, 1216), 28, Some(&opus(true)), from(0.5)), 15);
    assert_eq!(priced(V5_FULL, (832, 1216), 28, Some(&opus(false)), part(0.5)), 0);
    // V4.5 paints, and is paid; the allowance of V5 has no say in it.
    assert_eq!(priced(V5_CURATED, (832, 1216), 23, None, part(1.0)), 17);
    assert_eq!(priced(V5_CURATED, (832, 1216), 23, Some(&opus(true)), part(1.0)), 0);
}

#[test]
fn an_enhanced_picture_is_paid_by_its_new_size() {
    let enhance = |how: Enhance| move |r: &mut GenerateRequest| r.source = image(0.2, how);
    let account = opus(false);
    for (size, how, full, paid) in [
        ((832, 1216), Enhance::Yes, 6, 0),
        ((1280, 1856), Enhance::Yes, 14, 14),
        ((832, 1216), Enhance::Max, 18, 18),
    ] {
        assert_eq!(priced(V5_FULL, size, 28, None, enhance(how)), full);
        assert_eq!(priced(V5_FULL, size, 28, Some(&account), enhance(how)), paid);
    }
    assert_eq!(priced(V5_FULL, (832, 1216), 23, None, enhance(Enhance::Max)), 16);
    let size = Size {
        width: 832,
        height: 1216,
    };
    let largest = Size {
        width: 1467,
        height: 2144,
    };
    assert_eq!(enhanced_to_max(size, Registry::builtin()), largest);
    let mut costly = request(V5_FULL);
    costly.sampling.steps = 50;
    costly.source = image(0.99, Enhance::Max);
    assert_eq!(
        estimate(&costly, Registry::builtin(), None).unwrap_err().field,
        "sampling.steps"
    );
}

#[test]
fn variations_are_four_pictures_of_which_one_may_be_free() {
    for (strength, anlas) in [(0.51, 48), (0.8, 72)] {
        let four = |r: &mut GenerateRequest| {
            r.samples = 4;
            r.source = image(strength, Enhance::No);
        };
        assert_eq!(priced(V5_FULL, (832, 1216), 28, Some(&opus(false)), four), anlas);
    }
}

#[test]
fn vibes_cost_when_they_are_encoded_and_when_they_are_many() {
    let with = |list: Vec<Vibe>| move |r: &mut GenerateRequest| r.references.vibes = list;
    let account = opus(false);
    assert_eq!(priced(V45_FULL, (832, 1216), 23, Some(&account), with(vibes(4, 2))), 8);
    assert_eq!(priced(V45_FULL, (1024, 1024), 28, None, with(vibes(5, 0))), 22);
    assert_eq!(priced(V45_FULL, (1024, 1024), 28, None, with(vibes(0, 2))), 24);
    assert_eq!(priced(V3, (832, 1216), 23, Some(&account), with(vibes(0, 6))), 0);
    let dropped = |r: &mut GenerateRequest| {
        r.references.vibes = vibes(0, 8);
        r.source = mask(0.5);
    };
    assert_eq!(priced(V45_FULL, (832, 1216), 28, None, dropped), 10);
    let outdone = |r: &mut GenerateRequest| {
        r.references.vibes = vibes(0, 8);
        r.references.precise = precise(1);
    };
    assert_eq!(priced(V45_FULL, (1024, 1024), 28, None, outdone), 25);
}

#[test]
fn precise_references_cost_for_each_picture() {
    let with = |count: usize| move |r: &mut GenerateRequest| r.references.precise = precise(count);
    assert_eq!(priced(V45_FULL, (1024, 1024), 28, None, with(1)), 25);
    assert_eq!(priced(V45_FULL, (512, 768), 23, Some(&opus(false)), with(1)), 5);
    let two = |r: &mut GenerateRequest| {
        r.samples = 2;
        r.references.precise = precise(2);
    };
    assert_eq!(priced(V45_FULL, (1024, 1024), 28, None, two), 60);
}

#[test]
fn upscaling_is_paid_by_what_is_upscaled() {
    let of = |width, height| upscale(Size { width, height }, Registry::builtin());
    let prices = [
        of(832, 1216),
        of(1024, 1536),
        of(1472, 1472),
        of(1536, 2048),
        of(512, 768),
    ];
    assert_eq!(prices, [Ok(1), Ok(2), Ok(3), Ok(4), Ok(1)]);
    assert_eq!(of(2048, 2048).unwrap_err().field, "image");
    assert_eq!(encode_vibe(Registry::builtin()), 2);
}

#[test]
fn director_tools_are_paid_by_the_size_that_is_sent() {
    let of = |background: bool, width, height, account: Option<&Account>| {
        director(background, Size { width, height }, Registry::builtin(), account).anlas
    };
    for ((width, height), price, background) in [
        ((832, 1216), 20, 65),
        ((1024, 1536), 30, 95),
        ((1467, 2144), 60, 185),
        ((512, 512), 20, 65),
    ] {
        assert_eq!(of(false, width, height, None), price, "{width}×{height}");
        assert_eq!(of(true, width, height, None), background, "{width}×{height}");
    }
    let account = opus(false);
    assert_eq!(
        (
            of(false, 832, 1216, Some(&account)),
            of(true, 832, 1216, Some(&account))
        ),
        (0, 65)
    );
    assert_eq!(of(false, 1024, 1536, Some(&account)), 30);
    let sent = director_size(
        Size {
            width: 4096,
            height: 4096,
        },
        Registry::builtin(),
    );
    assert!(sent.area() <= 3_143_728 && sent.area() > 3_100_000, "{sent:?}");
}

#[test]
fn v3_and_v4_cost_what_v4_5_costs() {
    for model in Registry::builtin().models() {
        if model.price_factor == 1.0 {
            let id: &ModelId = &model.id;
            assert_eq!(priced(&id.0, (832, 1216), 28, None, |_| ()), 20, "{id}");
        }
    }
}

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

fn short(estimate: &Estimate) -> (u32, u32, Option<FreeReason>) {
    (estimate.anlas, estimate.full, estimate.free)
}

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
                let told = estimate.map(|estimate| short(&estimate));
                assert_eq!(told, Ok((expected, expected, None)), "{model} {width}×{height} {steps}");
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
        |model: &str, account: &Account| short(&estimate(&request(model), Registry::builtin(), Some(account)).unwrap());
    assert_eq!(of(V5_FULL, &opus(false)), (0, 26, Some(FreeReason::Allowance)));
    assert_eq!(of(V45_FULL, &opus(false)), (0, 17, Some(FreeReason::Opus)));
    assert_eq!(of(V5_FULL, &opus(true)), (26, 26, None));
}

#[test]
fn the_parts_of_a_price_add_up_to_it() {
    let mut asked = request(V45_FULL);
    asked.size = Size {
        width: 640,
        height: 640,
    };
    asked.samples = 3;
    asked.references.vibes = vibes(4, 2);
    let told = estimate(&asked, Registry::builtin(), Some(&opus(false))).unwrap();
    let parts: Vec<_> = told
        .parts
        .iter()
        .map(|part| (part.kind, part.count, part.anlas))
        .collect();
    let each = told.parts[0].each;
    assert_eq!(
        parts,
        [
            (PriceKind::Pictures, 2, 2 * each),
            (PriceKind::FreePictures, 1, 0),
            (PriceKind::VibeEncoding, 2, 4),
            (PriceKind::FurtherVibes, 2, 4)
        ]
    );
    asked.references.precise = precise(2);
    for account in [None, Some(opus(false))] {
        let told = estimate(&asked, Registry::builtin(), account.as_ref()).unwrap();
        assert_eq!(told.parts.iter().map(|part| part.anlas).sum::<u32>(), told.anlas);
        let references = told
            .parts
            .iter()
            .find(|part| part.kind == PriceKind::PreciseReferences)
            .unwrap();
        assert_eq!((references.count, references.each, references.anlas), (6, 5, 30));
    }
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
