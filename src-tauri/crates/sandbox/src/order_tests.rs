//! What is taken and what is refused, one row a rule of api.md.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::*;
use crate::raster::tests::png;

fn request(model: &str) -> Value {
    let caption = |text: &str| json!({ "caption": { "base_caption": text, "char_captions": [] } });
    json!({
        "input": "1girl", "model": model, "action": "generate",
        "parameters": {
            "width": 832, "height": 1216, "scale": 5, "sampler": "k_euler_ancestral", "steps": 23, "n_samples": 1,
            "seed": 1, "params_version": 4, "noise_schedule": "karras", "negative_prompt": "lowres",
            "v4_prompt": caption("1girl"), "v4_negative_prompt": caption("lowres"),
        }
    })
}

const V5: &str = "nai-diffusion-5-full";
const V45: &str = "nai-diffusion-4-5-full";
const V4: &str = "nai-diffusion-4-full";
const V3: &str = "nai-diffusion-3";

/// The status and message for a request with other parameters.
fn refused(model: &str, changes: Value) -> Option<(u16, String)> {
    let mut body = request(model);
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    for (name, value) in changes {
        body["parameters"][name] = value;
    }
    Order::read(&body, false)
        .err()
        .map(|refusal| (refusal.status, refusal.message))
}

fn status(model: &str, changes: Value) -> Option<u16> {
    refused(model, changes).map(|(status, _)| status)
}

fn characters(count: usize) -> Value {
    let one = json!({ "char_caption": "girl", "centers": [{ "x": 0.5, "y": 0.5 }] });
    json!({ "v4_prompt": { "caption": { "base_caption": "", "char_captions": vec![one; count] } } })
}

#[test]
fn models_and_actions_have_to_fit() {
    for model in [V5, V45, V4, V3, "nai-diffusion-furry-3", "nai-diffusion-2"] {
        assert_eq!(refused(model, json!({})), None, "{model}");
    }
    let message = |body: &Value| Order::read(body, false).unwrap_err().message;
    let unknown = request("nai-diffusion-4-curated");
    assert_eq!(
        message(&unknown),
        "Validation error: model nai-diffusion-4-curated doesn't exist"
    );
    let mut infill = request(V45);
    infill["action"] = json!("infill");
    assert_eq!(
        message(&infill),
        format!("Validation error: model {V45} doesn't support action infill")
    );
    let generate = request("nai-diffusion-4-5-full-inpainting");
    assert!(message(&generate).ends_with("doesn't support action generate"));
    let mut colorize = request(V45);
    colorize["action"] = json!("colorize");
    assert_eq!(message(&colorize), "Validation error: action colorize doesn't exist");
}

#[test]
fn the_structured_prompt_is_required_from_v4_on() {
    for name in ["v4_prompt", "v4_negative_prompt"] {
        assert_eq!(
            refused(V45, json!({ name: null })),
            Some((500, "Internal Server Error".into()))
        );
        assert_eq!(status(V3, json!({ name: null })), None);
    }
}

#[test]
fn smea_belongs_to_v3() {
    for name in ["sm", "sm_dyn"] {
        for model in [V5, V45, V4] {
            assert_eq!(status(model, json!({ name: true })), Some(500), "{model}");
            assert_eq!(status(model, json!({ name: false })), None, "{model}");
        }
        assert_eq!(status(V3, json!({ name: true })), None);
    }
}

#[test]
fn sizes_are_multiples_of_64_within_three_megapixels() {
    for (width, height, taken) in [
        (64, 64, true),
        (1536, 2048, true),
        (2048, 1536, true),
        (49_152, 64, true),
        (1600, 2048, false),
        (0, 64, false),
        (832, 1217, false),
        (800, 1216, false),
    ] {
        let answer = refused(V45, json!({ "width": width, "height": height }));
        assert_eq!(answer.is_none(), taken, "{width}x{height}: {answer:?}");
        assert!(answer.is_none_or(|(status, _)| status == 400));
    }
    assert_eq!(status(V45, json!({ "width": null })), Some(400));
    assert_eq!(status(V45, json!({ "width": "832" })), Some(400));
}

#[test]
fn numbers_have_to_lie_in_their_ranges() {
    for (name, good, bad) in [
        ("steps", vec![1, 50], vec![0, 51, -1_i64]),
        ("seed", vec![0, 4_294_967_295_i64], vec![-1, 4_294_967_296_i64]),
        ("scale", vec![0, 10], vec![-1, 11]),
        ("n_samples", vec![1, 4], vec![0, 5]),
        ("cfg_rescale", vec![0, 1], vec![2]),
    ] {
        for value in good {
            assert_eq!(status(V45, json!({ name: value })), None, "{name} {value}");
        }
        for value in bad {
            let (status, message) = refused(V45, json!({ name: value })).unwrap();
            assert!(status == 400 && message.contains(name), "{name} {value}: {message}");
        }
    }
    assert_eq!(status(V45, json!({ "steps": 23.5 })), Some(400));
}

#[test]
fn small_pictures_come_in_larger_batches() {
    for (width, height, most) in [(512, 704, 8), (640, 640, 6), (704, 640, 4), (1024, 1024, 4)] {
        let samples = |count| json!({ "width": width, "height": height, "n_samples": count });
        assert_eq!(status(V45, samples(most)), None, "{width}x{height}");
        assert_eq!(status(V45, samples(most + 1)), Some(400), "{width}x{height}");
    }
}

#[test]
fn a_seventh_character_is_too_many_before_v5() {
    assert_eq!(status(V45, characters(6)), None);
    assert_eq!(status(V45, characters(7)), Some(500));
    assert_eq!(status(V4, characters(7)), Some(500));
    assert_eq!(status(V5, characters(32)), None);
    assert_eq!(status(V5, characters(33)), Some(500));
    assert_eq!(status(V3, characters(33)), None);
}

#[test]
fn vibes_and_references_depend_on_the_family() {
    let png = || STANDARD.encode(png(8, 8, |_, _| [9, 9, 9, 255]));
    let encoded = json!({ "reference_image_multiple": ["AAECAwQFBgcICQoLDA0ODw=="] });
    let picture = json!({ "reference_image_multiple": [png()] });
    let reference = json!({ "director_reference_images": [png()] });
    assert_eq!(
        [V5, V45, V4, V3].map(|model| status(model, encoded.clone())),
        [Some(500), None, None, Some(400)]
    );
    assert_eq!(
        [V5, V45, V4, V3].map(|model| status(model, picture.clone())),
        [Some(500), Some(500), Some(500), None]
    );
    assert_eq!(
        [V5, V45, V4, V3].map(|model| status(model, reference.clone())),
        [Some(400), Some(400), Some(400), Some(400)]
    );
}

fn started(model: &str, action: &str, changes: &Value) -> Value {
    let mut body = request(model);
    body["action"] = json!(action);
    body["parameters"]["width"] = json!(64);
    body["parameters"]["height"] = json!(128);
    body["parameters"]["image"] = json!(STANDARD.encode(png(64, 128, |x, y| [x as u8, y as u8, 0, 255])));
    for (name, value) in changes.as_object().unwrap() {
        body["parameters"][name] = value.clone();
    }
    body
}

#[test]
fn a_source_has_to_be_of_the_size_that_is_painted() {
    let img2img = |changes: Value| Order::read(&started(V45, "img2img", &changes), false);
    let order = img2img(json!({ "strength": 0.4, "noise": 0.1, "extra_noise_seed": 3 })).unwrap();
    let source = order.source.unwrap();
    assert_eq!((source.strength, source.noise, source.noise_seed), (0.4, 0.1, 3));
    assert!(!order.parameters.contains_key("image"));
    for changes in [
        json!({ "image": null }),
        json!({ "image": 7 }),
        json!({ "image": "not base64!" }),
        json!({ "image": "AAAA" }),
        json!({ "image": STANDARD.encode(png(128, 64, |_, _| [0; 4])) }),
        json!({ "strength": 0 }),
        json!({ "strength": 1 }),
        json!({ "noise": 1 }),
        json!({ "extra_noise_seed": -1 }),
    ] {
        let refusal = img2img(changes.clone()).unwrap_err();
        let field = changes.as_object().unwrap().keys().next().unwrap();
        assert!(
            refusal.status == 400 && refusal.message.contains(field.as_str()),
            "{changes}: {refusal:?}"
        );
    }
    let inpainting = started("nai-diffusion-4-5-full-inpainting", "img2img", &json!({}));
    assert_eq!(Order::read(&inpainting, false).unwrap_err().status, 400);
}

#[test]
fn a_mask_has_the_size_of_the_picture_or_of_its_cells() {
    let infill = |model: &str, changes: Value| Order::read(&started(model, "infill", &changes), false);
    let model = "nai-diffusion-4-5-full-inpainting";
    let mask = |width, height, cell: u32| {
        STANDARD.encode(png(width, height, move |x, y| {
            let level = if x / cell == 2 && y / cell == 5 { 255 } else { 154 };
            [level, level, level, 0]
        }))
    };
    for (width, height, cell) in [(64, 128, 8), (8, 16, 1)] {
        let order = infill(model, json!({ "mask": mask(width, height, cell) })).unwrap();
        let cells = order.source.unwrap().mask.unwrap().cells;
        let white: Vec<usize> = (0..cells.len()).filter(|place| cells[*place]).collect();
        assert_eq!((cells.len(), white), (8 * 16, vec![5 * 8 + 2]));
    }
    for changes in [
        json!({}),
        json!({ "mask": mask(128, 64, 8) }),
        json!({ "mask": mask(16, 8, 1) }),
    ] {
        let refusal = infill(model, changes).unwrap_err();
        assert!(
            refusal.status == 400 && refusal.message.contains("parameters.mask"),
            "{refusal:?}"
        );
    }
    let strength = |model: &str, changes: Value| {
        let mut all = json!({ "mask": mask(64, 128, 8), "strength": 0.3 });
        all.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let source = infill(model, all).unwrap().source.unwrap();
        (source.strength, source.color_correct)
    };
    assert_eq!(strength(model, json!({})), (1.0, false));
    let inner = json!({ "inpaintImg2ImgStrength": 0.5, "img2img": { "strength": 0.5, "color_correct": true } });
    assert_eq!(strength(model, inner.clone()), (0.5, true));
    assert_eq!(strength("nai-diffusion-3-inpainting", inner), (0.3, true));
    for changes in [
        json!({ "inpaintImg2ImgStrength": 0 }),
        json!({ "img2img": 1, "mask": mask(64, 128, 8) }),
    ] {
        assert_eq!(infill(model, changes).unwrap_err().status, 400);
    }
}

#[test]
fn the_price_of_a_source_follows_its_strength_and_so_do_the_steps() {
    let order = |model, action, changes| Order::read(&started(model, action, &changes), false).unwrap();
    let img2img = order(V45, "img2img", json!({ "strength": 0.62, "steps": 23 }));
    assert_eq!((img2img.work().strength, img2img.taken()), (0.62, 14));
    assert_eq!(
        order(V5, "img2img", json!({ "strength": 0.01, "steps": 23 })).taken(),
        1
    );
    let mask = json!({ "mask": STANDARD.encode(png(8, 16, |_, _| [255; 4])) });
    let mut vibes = mask.clone();
    vibes["reference_image_multiple"] = json!(vec!["AAECAwQFBgcICQoLDA0ODw=="; 8]);
    let infill = order("nai-diffusion-4-5-full-inpainting", "infill", vibes);
    assert_eq!((infill.work().vibes, infill.taken()), (0, 23), "an infill drops vibes");
    let max = order(V5, "img2img", json!({ "upscaled_enhance": true }));
    assert_eq!((max.canvas, max.work().area), ((1254, 2508), 1254 * 2508));
    assert_eq!(
        order(V45, "img2img", json!({ "upscaled_enhance": true })).canvas,
        (64, 128)
    );
}

#[test]
fn some_samplers_fail_at_some_steps() {
    let try_it = |model, sampler, steps| status(model, json!({ "sampler": sampler, "steps": steps }));
    for steps in [3, 9, 27, 36, 37] {
        assert_eq!(try_it(V3, "ddim_v3", steps), Some(500), "{steps}");
        assert_eq!(try_it(V3, "ddim", steps), Some(500), "{steps}");
        assert_eq!(try_it(V45, "ddim", steps), None, "{steps}");
        assert_eq!(try_it(V3, "k_euler", steps), None, "{steps}");
    }
    assert_eq!(try_it(V3, "ddim_v3", 28), None);
}

#[test]
fn samplers_and_schedules_are_those_of_the_family() {
    for sampler in [
        "k_euler",
        "k_dpmpp_2s_ancestral",
        "k_dpmpp_2m_sde",
        "k_dpmpp_2m",
        "k_dpmpp_sde",
        "ddim",
    ] {
        assert_eq!(status(V45, json!({ "sampler": sampler })), None, "{sampler}");
    }
    for sampler in ["k_dpmpp_3m_sde", "k_dpmpp_2m_sde_gpu", "ddim_v3", "nai_smea"] {
        assert_eq!(status(V45, json!({ "sampler": sampler })), Some(400), "{sampler}");
    }
    assert_eq!(status(V3, json!({ "sampler": "ddim_v3" })), None);
    assert_eq!(status(V45, json!({ "noise_schedule": "native" })), Some(400));
    assert_eq!(status(V3, json!({ "noise_schedule": "native" })), None);
    assert_eq!(status(V45, json!({ "noise_schedule": null })), None);
}

#[test]
fn fields_nobody_knows_are_ignored() {
    assert_eq!(
        status(
            V5,
            json!({ "ucPreset": 0, "qualityToggle": true, "nonsense": { "a": 1 } })
        ),
        None
    );
}

#[test]
fn only_modern_models_stream() {
    assert!(Order::read(&request(V45), true).is_ok());
    assert_eq!(Order::read(&request(V3), true).unwrap_err().status, 400);
    assert_eq!(framing(&request(V45)).unwrap_err().status, 400);
    assert_eq!(
        framing(&json!({ "parameters": { "stream": "msgpack" } })),
        Ok(Framing::MsgPack)
    );
    assert_eq!(framing(&json!({ "parameters": { "stream": "sse" } })), Ok(Framing::Sse));
    assert_eq!(
        framing(&json!({ "parameters": { "stream": "xml" } }))
            .unwrap_err()
            .status,
        400
    );
}

#[test]
fn v5_forgets_positions_unless_the_parameters_are_of_version_4() {
    let centre = |model: &str, version: u32| {
        let mut body = request(model);
        body["parameters"]["params_version"] = json!(version);
        body["parameters"]["v4_prompt"] = json!({
            "use_coords": true,
            "caption": { "base_caption": "", "char_captions": [{ "char_caption": "girl", "centers": [{ "x": 0.3, "y": 0.5 }] }] },
        });
        Order::read(&body, false).unwrap().characters[0].centre
    };
    assert_eq!(centre(V5, 4), Some((0.3, 0.5)));
    assert_eq!(centre(V5, 3), None);
    assert_eq!(centre(V45, 3), Some((0.3, 0.5)));
    assert_eq!(centre(V4, 4), Some((0.3, 0.5)));
}

#[test]
fn the_price_sees_what_the_request_says() {
    let mut body = request(V3);
    body["parameters"]["sm"] = json!(true);
    assert_eq!(Order::read(&body, false).unwrap().work().smea, Smea::On);
    body["parameters"]["sm_dyn"] = json!(true);
    assert_eq!(Order::read(&body, false).unwrap().work().smea, Smea::Dynamic);
    body["parameters"]["sampler"] = json!("ddim_v3");
    assert_eq!(Order::read(&body, false).unwrap().work().smea, Smea::Off);
    let mut body = request(V45);
    body["parameters"]["reference_image_multiple"] = json!(vec!["AAECAwQFBgcICQoLDA0ODw=="; 6]);
    assert_eq!(Order::read(&body, false).unwrap().work().vibes, 6);
}
