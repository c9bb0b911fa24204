//! What is refused, with its field and the nearest value.

use super::*;
use crate::model::ModelId;
use crate::request::{Position, QualityPreset, UndesiredPreset};
use crate::testing::{V5_FULL, V45_CURATED, V45_FULL, character, request};

/// Changes a good request, and gives the field that is refused and the nearest value.
fn refused(model: &str, change: impl FnOnce(&mut GenerateRequest)) -> (&'static str, Value) {
    let mut request = request(model);
    change(&mut request);
    let refusal = check(&request, Registry::builtin()).unwrap_err();
    assert!(refusal.message.ends_with('.'), "{}", refusal.message);
    (refusal.field, refusal.nearest.unwrap_or_default())
}

fn accepted(model: &str, change: impl FnOnce(&mut GenerateRequest)) {
    let mut request = request(model);
    change(&mut request);
    check(&request, Registry::builtin()).unwrap();
}

#[test]
fn sides_are_multiples_of_64_and_ties_go_up() {
    assert_eq!(refused(V5_FULL, |r| r.size.width = 831), ("size.width", json!(832)));
    assert_eq!(refused(V5_FULL, |r| r.size.width = 864), ("size.width", json!(896)));
    assert_eq!(refused(V5_FULL, |r| r.size.height = 0), ("size.height", json!(64)));
    assert_eq!(refused(V5_FULL, |r| r.size.height = 1), ("size.height", json!(64)));
    let (field, nearest) = refused(V5_FULL, |r| r.size.height = u32::MAX);
    assert_eq!((field, nearest.as_u64().unwrap() % 64), ("size.height", 0));
    accepted(V5_FULL, |r| r.size = Size { width: 64, height: 64 });
}

#[test]
fn the_area_is_capped_and_the_shape_kept() {
    accepted(V45_FULL, |r| {
        r.size = Size {
            width: 1536,
            height: 2048,
        }
    });
    let (field, nearest) = refused(V45_FULL, |r| {
        r.size = Size {
            width: 3072,
            height: 4096,
        }
    });
    assert_eq!((field, nearest), ("size", json!({ "width": 1536, "height": 2048 })));
    for size in [(2048, 2048), (64, 64 * 800), (64 * 1_000_000, 64), (1536, 2112)] {
        let (field, nearest) = refused(V45_FULL, |r| {
            r.size = Size {
                width: size.0,
                height: size.1,
            }
        });
        assert_eq!(field, "size");
        let nearest: Size = serde_json::from_value(nearest).unwrap();
        accepted(V45_FULL, |r| {
            r.size = nearest;
            r.sampling.steps = 1;
        });
    }
}

#[test]
fn sampling_keeps_to_the_limits_and_to_what_the_model_has() {
    assert_eq!(
        refused(V45_FULL, |r| r.sampling.steps = 0),
        ("sampling.steps", json!(1))
    );
    assert_eq!(
        refused(V45_FULL, |r| r.sampling.steps = 51),
        ("sampling.steps", json!(50))
    );
    assert_eq!(
        refused(V45_FULL, |r| r.sampling.guidance = 10.1),
        ("sampling.guidance", json!(10.0))
    );
    assert_eq!(
        refused(V45_FULL, |r| r.sampling.guidance = f64::NAN),
        ("sampling.guidance", Value::Null)
    );
    assert_eq!(
        refused(V45_FULL, |r| r.sampling.guidance_rescale = -0.5),
        ("sampling.guidanceRescale", json!(0.0))
    );
    let sampler = refused(V45_FULL, |r| r.sampling.sampler = "ddim".into());
    assert_eq!(sampler, ("sampling.sampler", json!("k_euler_ancestral")));
    let native = refused(V45_FULL, |r| r.sampling.noise_schedule = "native".into());
    assert_eq!(native, ("sampling.noiseSchedule", json!("karras")));
    let forced = refused(V5_FULL, |r| r.sampling.noise_schedule = "exponential".into());
    assert_eq!(forced, ("sampling.noiseSchedule", json!("karras")));
    assert_eq!(
        refused(V5_FULL, |r| r.sampling.variety = true),
        ("sampling.variety", json!(false))
    );
    accepted(V45_FULL, |r| r.sampling.variety = true);
}

#[test]
fn the_number_of_pictures_is_capped_by_the_area() {
    for (width, height, most) in [
        (512, 704, 8),
        (640, 640, 6),
        (512, 768, 6),
        (832, 1216, 4),
        (1024, 1536, 4),
    ] {
        let sized = |samples: u8| {
            move |r: &mut GenerateRequest| {
                r.size = Size { width, height };
                r.samples = samples;
            }
        };
        accepted(V45_FULL, sized(most));
        assert_eq!(
            refused(V45_FULL, sized(most + 1)),
            ("samples", json!(most)),
            "{width}×{height}"
        );
        assert_eq!(refused(V45_FULL, sized(0)), ("samples", json!(1)));
    }
}

#[test]
fn presets_are_those_of_the_model() {
    let light = refused(V45_FULL, |r| r.prompt.quality = QualityPreset::Light);
    assert_eq!(light, ("prompt.quality", json!("standard")));
    let furry = refused(V45_CURATED, |r| r.prompt.undesired_preset = UndesiredPreset::FurryFocus);
    assert_eq!(furry, ("prompt.undesiredPreset", json!("heavy")));
}

#[test]
fn a_seventh_character_is_one_too_many_unless_it_is_switched_off() {
    accepted(V45_FULL, |r| r.characters = vec![character("girl"); 6]);
    accepted(V5_FULL, |r| r.characters = vec![character("girl"); 7]);
    assert_eq!(
        refused(V45_FULL, |r| r.characters = vec![character("girl"); 7]).0,
        "characters"
    );
    accepted(V45_FULL, |r| {
        r.characters = vec![character("girl"); 7];
        r.characters[3].enabled = false;
    });
    accepted(V45_FULL, |r| {
        r.characters = vec![character("girl"); 7];
        r.characters[3].prompt = " ".into();
    });
}

#[test]
fn characters_stand_inside_the_picture() {
    for (x, y) in [(1.1, 0.5), (0.5, -0.1), (f64::NAN, 0.5), (0.5, f64::INFINITY)] {
        let (field, _) = refused(V5_FULL, |r| {
            r.characters = vec![character("girl")];
            r.characters[0].position = Some(Position { x, y });
        });
        assert_eq!(field, "characters.position");
    }
}

#[test]
fn what_the_service_finds_too_expensive_is_refused_with_the_steps_it_would_take() {
    let large = |r: &mut GenerateRequest| {
        r.size = Size {
            width: 2048,
            height: 1536,
        };
        r.sampling.steps = 50;
    };
    accepted(V45_FULL, large);
    let (field, nearest) = refused(V5_FULL, large);
    assert_eq!(field, "sampling.steps");
    let steps = u8::try_from(nearest.as_u64().unwrap()).unwrap();
    let with = |steps: u8| {
        move |r: &mut GenerateRequest| {
            large(r);
            r.sampling.steps = steps;
        }
    };
    accepted(V5_FULL, with(steps));
    assert_eq!(refused(V5_FULL, with(steps + 1)).0, "sampling.steps");
}

#[test]
fn a_model_that_is_not_in_the_registry_is_refused() {
    let (field, nearest) = refused(V5_FULL, |r| r.model = ModelId("nai-diffusion-9".into()));
    assert_eq!((field, nearest), ("model", json!(V5_FULL)));
}

#[test]
fn a_request_needs_a_seed_that_can_be_used_again() {
    let limits = Registry::builtin().limits();
    let mut request = request(V5_FULL);
    for good in [1, u32::MAX] {
        request.sampling.seed = Some(good);
        assert_eq!(seed(&request, limits), Ok(good));
    }
    for bad in [None, Some(0)] {
        request.sampling.seed = bad;
        assert_eq!(seed(&request, limits).unwrap_err().field, "sampling.seed");
    }
}

#[test]
fn large_numbers_are_readable() {
    assert_eq!(grouped(3_145_728), "3,145,728");
    assert_eq!((grouped(640), grouped(4096)), ("640".into(), "4,096".into()));
}
