//! Every model with every action and every pair of features: a payload that keeps the rules of api.md 3, or a refusal
//! that names the field and the rule, and whose nearest value would do.

use serde_json::json;

use super::*;
use crate::cost;
use crate::follow_up::{EnhancedSize, Magnitude, enhance, variations};
use crate::model::Model;
use crate::request::{Character, PictureId, Position, PreciseReference, ReferenceKind, Vibe};
use crate::testing::{character, request};

type Feature = (&'static str, fn(&mut GenerateRequest));

fn id(name: &str) -> PictureId {
    PictureId(name.into())
}

fn placed(x: f64, y: f64) -> Character {
    Character {
        position: Some(Position { x, y }),
        ..character("1girl, red hair")
    }
}

fn vibes(count: usize, encoded: bool) -> Vec<Vibe> {
    let vibe = Vibe {
        image: id("vibe"),
        encoded,
        strength: 0.6,
        extraction: 0.7,
    };
    vec![vibe; count]
}

fn precise(count: usize) -> Vec<PreciseReference> {
    let reference = PreciseReference {
        image: id("canvas"),
        kind: ReferenceKind::Character,
        strength: 1.0,
        fidelity: 0.9,
    };
    vec![reference; count]
}

fn from_image(strength: f64, noise: f64) -> Source {
    Source::Image {
        image: id("base"),
        strength,
        noise,
        color_correct: true,
        enhance: Enhance::No,
        fit: crate::request::Fit::Stretch,
    }
}

fn inpaint(strength: f64) -> Source {
    Source::Inpaint {
        image: id("base"),
        mask: id("mask"),
        strength,
        overlay: false,
        paste: None,
    }
}

fn enhanced(asked: &mut GenerateRequest, size: EnhancedSize) {
    let seed = asked.sampling.seed;
    *asked = enhance(asked, id("base"), Magnitude::new(3), size, Registry::builtin());
    asked.sampling.seed = seed;
}

/// Whole requests and single settings; some of them are wrong for every model.
const FEATURES: &[Feature] = &[
    ("text", |_| {}),
    ("image", |r| r.source = from_image(0.7, 0.1)),
    ("infill", |r| r.source = inpaint(1.0)),
    ("infill in part", |r| r.source = inpaint(0.4)),
    ("variations", |r| {
        let seed = r.sampling.seed;
        *r = variations(r, id("base"), Registry::builtin());
        r.sampling.seed = seed;
    }),
    ("enhance", |r| enhanced(r, EnhancedSize::Times(1.0))),
    ("enhance 1.5", |r| enhanced(r, EnhancedSize::Times(1.5))),
    ("enhance to the most", |r| enhanced(r, EnhancedSize::Max)),
    ("strength 0", |r| r.source = from_image(0.0, 0.0)),
    ("strength 1", |r| r.source = from_image(1.0, 0.0)),
    ("noise 1", |r| r.source = from_image(0.5, 1.0)),
    ("infill 0", |r| r.source = inpaint(0.0)),
    ("one character", |r| r.characters = vec![placed(0.5, 0.5)]),
    ("characters on a grid", |r| {
        r.characters = vec![placed(0.1, 0.5), placed(0.9, 0.3)];
    }),
    ("characters anywhere", |r| {
        r.characters = vec![placed(0.123, 0.456), character("boy")];
    }),
    ("seven characters", |r| r.characters = vec![character("girl"); 7]),
    ("forty characters", |r| r.characters = vec![character("girl"); 40]),
    ("a character outside", |r| r.characters = vec![placed(1.5, 0.5)]),
    ("encoded vibes", |r| r.references.vibes = vibes(5, true)),
    ("vibes", |r| r.references.vibes = vibes(2, false)),
    ("too many vibes", |r| r.references.vibes = vibes(17, true)),
    ("references", |r| r.references.precise = precise(2)),
    ("too many references", |r| r.references.precise = precise(9)),
    ("transparent", |r| r.transparent = true),
    ("SMEA", |r| r.sampling.smea = Smea::On),
    ("dynamic SMEA", |r| r.sampling.smea = Smea::Dynamic),
    ("Decrisper", |r| r.sampling.decrisper = true),
    ("Variety+", |r| r.sampling.variety = true),
    ("furry", |r| r.prompt.furry = true),
    ("quoted text", |r| {
        (r.prompt.auto_text, r.prompt.text) = (true, "a sign \"Open\"".into());
    }),
    ("old Undesired Content", |r| r.legacy_undesired = true),
    ("ddim_v3", |r| {
        (r.sampling.sampler, r.sampling.steps) = ("ddim_v3".into(), 27);
    }),
    ("unknown sampler", |r| r.sampling.sampler = "k_dpmpp_3m_sde_gpu".into()),
    ("native", |r| r.sampling.noise_schedule = "native".into()),
    ("exponential", |r| r.sampling.noise_schedule = "exponential".into()),
    ("no tags", |r| r.prompt.quality = QualityPreset::None),
    ("light tags", |r| r.prompt.quality = QualityPreset::Light),
    ("human focus", |r| {
        r.prompt.undesired_preset = UndesiredPreset::HumanFocus;
    }),
    ("furry focus", |r| {
        r.prompt.undesired_preset = UndesiredPreset::FurryFocus;
    }),
    ("bad anatomy", |r| {
        r.prompt.undesired_preset = UndesiredPreset::BadAnatomy;
    }),
    ("nothing undesired", |r| {
        r.prompt.undesired_preset = UndesiredPreset::None;
    }),
    ("four", |r| r.samples = 4),
    ("nine", |r| r.samples = 9),
    ("none", |r| r.samples = 0),
    ("small", |r| {
        r.size = Size {
            width: 512,
            height: 640,
        }
    }),
    ("odd", |r| {
        r.size = Size {
            width: 833,
            height: 1216,
        }
    }),
    ("tiny", |r| r.size = Size { width: 1, height: 64 }),
    ("large", |r| {
        r.size = Size {
            width: 2048,
            height: 1536,
        }
    }),
    ("too large", |r| {
        r.size = Size {
            width: 4096,
            height: 4096,
        }
    }),
    ("50 steps", |r| r.sampling.steps = 50),
    ("51 steps", |r| r.sampling.steps = 51),
    ("no steps", |r| r.sampling.steps = 0),
    ("much guidance", |r| r.sampling.guidance = 10.5),
    ("no number for guidance", |r| r.sampling.guidance = f64::NAN),
    ("much rescale", |r| r.sampling.guidance_rescale = 1.5),
    ("no seed", |r| r.sampling.seed = None),
    ("seed 0", |r| r.sampling.seed = Some(0)),
];

/// The head of a PNG: all that is read of a picture that is sent.
fn head(size: Size) -> Vec<u8> {
    let mut png = crate::picture::tests::sample_png(1, 1, &[]);
    png[16..20].copy_from_slice(&size.width.to_be_bytes());
    png[20..24].copy_from_slice(&size.height.to_be_bytes());
    png
}

fn pictures(request: &GenerateRequest) -> Pictures {
    let canvas = Size {
        width: 1024,
        height: 1536,
    };
    let mut pictures = Pictures::new();
    pictures.insert(id("base"), head(request.size));
    pictures.insert(id("mask"), head(request.size));
    pictures.insert(id("canvas"), head(canvas));
    pictures.insert(id("vibe"), b"encoded".to_vec());
    pictures
}

fn sent(request: &GenerateRequest) -> Result<Value, Refusal> {
    build_with(request, Registry::builtin(), &pictures(request), None)
}

/// What api.md 3.2 says about a model, without asking the registry.
struct Facts {
    captions: bool,
    most_characters: usize,
    vibes: &'static str,
    references: bool,
    transparent: bool,
    smea: bool,
    variety: Option<f64>,
}

fn facts(model: &str) -> Option<Facts> {
    let facts = |captions, most_characters, vibes, references, transparent, smea, variety| Facts {
        captions,
        most_characters,
        vibes,
        references,
        transparent,
        smea,
        variety,
    };
    Some(match model {
        "nai-diffusion-5-full" | "nai-diffusion-5-curated" => facts(true, 32, "none", false, true, false, None),
        "nai-diffusion-4-5-full" | "nai-diffusion-4-5-curated" => {
            facts(true, 6, "encoded", true, false, false, Some(58.0))
        }
        "nai-diffusion-4-full" | "nai-diffusion-4-curated-preview" => {
            facts(true, 6, "encoded", false, false, false, Some(19.0))
        }
        "nai-diffusion-3" | "nai-diffusion-furry-3" => facts(false, 0, "pictures", false, false, true, Some(19.0)),
        _ => return None,
    })
}

/// The rules of api.md that every payload has to keep.
fn check_payload(name: &str, model: &str, asked: &GenerateRequest, body: &Value) {
    let parameters = &body["parameters"];
    let has = |field: &str| parameters.get(field).is_some();
    let number = |field: &str| parameters[field].as_u64().unwrap_or_else(|| panic!("{name}: {field}"));
    assert_eq!(parameters["params_version"], 4, "{name}");
    assert!(number("width") % 64 == 0 && number("height") % 64 == 0, "{name}");
    assert!(number("width") * number("height") <= 3_145_728, "{name}");
    assert!(
        (1..=50).contains(&number("steps")) && (1..=8).contains(&number("n_samples")),
        "{name}"
    );
    assert!((1..=u64::from(u32::MAX)).contains(&number("seed")), "{name}");
    assert!((0.0..=10.0).contains(&parameters["scale"].as_f64().unwrap()), "{name}");
    for never in [
        "stream",
        "prompt",
        "request_type",
        "qualityToggle",
        "ucPreset",
        "uncond_scale",
    ] {
        assert!(!has(never), "{name}: {never}");
    }
    let (action, images, masks) = match asked.source {
        Source::Text => ("generate", false, false),
        Source::Image { .. } => ("img2img", true, false),
        Source::Inpaint { .. } => ("infill", true, true),
    };
    assert_eq!(body["action"], action, "{name}");
    assert_eq!(
        (has("image"), has("strength"), has("mask")),
        (images, images, masks),
        "{name}"
    );
    let inpainting = body["model"].as_str().unwrap().ends_with("-inpainting");
    assert_eq!(inpainting, masks, "{name}: {}", body["model"]);

    let Some(facts) = facts(model) else {
        return;
    };
    // V5 Curated has its masks done by V4.5 Curated, whose rules then hold (api.md 3.1).
    let curated_mask = masks && model == "nai-diffusion-5-curated";
    assert_eq!(has("v4_prompt") && has("v4_negative_prompt"), facts.captions, "{name}");
    assert_eq!(has("sm") || has("sm_dyn"), facts.smea, "{name}");
    let characters = parameters["characterPrompts"].as_array().map_or(0, Vec::len);
    assert!(
        characters <= if curated_mask { 6 } else { facts.most_characters },
        "{name}: {characters}"
    );
    if facts.captions {
        let prompt = &parameters["v4_prompt"]["caption"];
        assert_eq!(prompt["base_caption"], body["input"], "{name}");
        assert_eq!(
            prompt["char_captions"].as_array().map(Vec::len),
            Some(characters),
            "{name}"
        );
        let negative = &parameters["v4_negative_prompt"]["caption"];
        assert_eq!(negative["base_caption"], parameters["negative_prompt"], "{name}");
        assert_eq!(
            negative["char_captions"].as_array().map(Vec::len),
            Some(characters),
            "{name}"
        );
        assert_ne!(parameters["noise_schedule"], "native", "{name}");
    }
    let vibes = has("reference_image_multiple");
    assert!(!vibes || facts.vibes != "none" && !masks, "{name}");
    assert_eq!(
        vibes && facts.vibes == "pictures",
        has("reference_information_extracted_multiple"),
        "{name}"
    );
    assert!(
        !has("director_reference_images") || facts.references && !vibes,
        "{name}"
    );
    assert!(!has("tag_hint_transparent_background") || facts.transparent, "{name}");
    if !curated_mask {
        assert_eq!(has("straight_alpha"), facts.transparent, "{name}");
        assert_eq!(has("skip_cfg_above_sigma"), facts.variety.is_some(), "{name}");
    }
    if let (Some(base), true) = (facts.variety, asked.sampling.variety) {
        let cells = (number("width") / 8 * (number("height") / 8)) as f64;
        let sigma = parameters["skip_cfg_above_sigma"].as_f64().unwrap();
        assert!(
            (sigma - base * (cells / 15_808.0).sqrt()).abs() < 1e-9,
            "{name}: {sigma}"
        );
    }
}

/// The request with another value in a field, or in all entries of a list.
fn changed(request: &GenerateRequest, field: &str, value: &Value) -> GenerateRequest {
    fn set(json: &mut Value, path: &[&str], value: &Value) {
        match (json, path) {
            (Value::Array(entries), _) => entries.iter_mut().for_each(|entry| set(entry, path, value)),
            (json, []) => *json = value.clone(),
            (json, [first, rest @ ..]) => set(&mut json[*first], rest, value),
        }
    }
    let mut json = serde_json::to_value(request).unwrap();
    // JSON has no word for what is no number.
    if json["sampling"]["guidance"].is_null() {
        json["sampling"]["guidance"] = json!(5.0);
    }
    let path: Vec<&str> = field.split('.').collect();
    set(&mut json, &path, value);
    serde_json::from_value(json).unwrap_or_else(|error| panic!("{field} = {value}: {error}"))
}

/// Whether the request is sent, after the nearest values have been taken as often as they are offered.
fn check(name: &str, model: &Model, asked: &GenerateRequest) -> bool {
    let mut asked = asked.clone();
    let mut refused = Vec::new();
    loop {
        match sent(&asked) {
            Ok(body) => {
                check_payload(name, &model.id.0, &asked, &body);
                assert!(
                    cost::estimate(&asked, Registry::builtin(), None).is_ok(),
                    "{name}: no price"
                );
                return refused.is_empty();
            }
            Err(refusal) => {
                let Refusal {
                    field,
                    message,
                    nearest,
                } = &refusal;
                assert!(
                    !field.is_empty() && message.len() > 10 && message.ends_with('.'),
                    "{name}: {refusal:?}"
                );
                let Some(nearest) = nearest else {
                    return false;
                };
                // The same field may be wrong in two ways, but not without end.
                refused.push(*field);
                assert!(refused.len() < 12, "{name}: {refusal:?} leads nowhere: {refused:?}");
                asked = changed(&asked, field, nearest);
            }
        }
    }
}

#[test]
fn every_model_with_any_two_features_is_a_payload_or_a_refusal_that_helps() {
    let (mut payloads, mut refusals) = (0, 0);
    for model in Registry::builtin().models() {
        for (at, (first, change)) in FEATURES.iter().enumerate() {
            for (second, further) in &FEATURES[at..] {
                let mut asked = request(&model.id.0);
                change(&mut asked);
                further(&mut asked);
                let name = format!("{} with {first} and {second}", model.id);
                match check(&name, model, &asked) {
                    true => payloads += 1,
                    false => refusals += 1,
                }
            }
        }
    }
    assert!(
        payloads > 2000 && refusals > 10_000,
        "{payloads} payloads, {refusals} refusals"
    );
}

#[test]
fn what_the_models_have_is_sent_and_what_they_lack_is_refused() {
    let refused = |model: &Model, feature: &str| {
        let (_, change) = FEATURES.iter().find(|(name, _)| *name == feature).unwrap();
        let mut asked = request(&model.id.0);
        change(&mut asked);
        sent(&asked).err().map(|refusal| refusal.field)
    };
    for model in Registry::builtin().models() {
        let Some(facts) = facts(&model.id.0) else {
            continue;
        };
        let expect = |feature: &str, has: bool, field: &'static str| {
            assert_eq!(
                refused(model, feature),
                (!has).then_some(field),
                "{}: {feature}",
                model.id
            );
        };
        for feature in [
            "text",
            "image",
            "infill",
            "infill in part",
            "variations",
            "enhance",
            "enhance 1.5",
        ] {
            expect(feature, true, "");
        }
        expect("enhance to the most", facts.transparent, "source.enhance");
        expect("characters on a grid", facts.captions, "characters");
        expect("characters anywhere", facts.captions, "characters");
        expect("seven characters", facts.most_characters >= 7, "characters");
        expect("forty characters", false, "characters");
        expect("encoded vibes", facts.vibes == "encoded", "references.vibes");
        expect("vibes", facts.vibes == "pictures", "references.vibes");
        expect("references", facts.references, "references.precise");
        expect("transparent", facts.transparent, "transparent");
        expect("SMEA", facts.smea, "sampling.smea");
        expect("dynamic SMEA", facts.smea, "sampling.smea");
        expect("Decrisper", facts.smea, "sampling.decrisper");
        expect("Variety+", facts.variety.is_some(), "sampling.variety");
        expect("furry", facts.captions, "prompt.furry");
        expect("quoted text", facts.captions, "prompt.autoText");
        expect("native", facts.smea, "sampling.noiseSchedule");
        for wrong in [
            ("odd", "size.width"),
            ("51 steps", "sampling.steps"),
            ("nine", "samples"),
            ("seed 0", "sampling.seed"),
        ] {
            expect(wrong.0, false, wrong.1);
        }
    }
}

#[test]
fn every_choice_of_every_row_is_sent() {
    for model in Registry::builtin().models() {
        for sampler in &model.samplers {
            for schedule in &model.noise_schedules {
                let mut asked = request(&model.id.0);
                asked.sampling.sampler.clone_from(&sampler.id);
                asked.sampling.noise_schedule.clone_from(schedule);
                let body =
                    sent(&asked).unwrap_or_else(|refusal| panic!("{} {} {schedule}: {refusal}", model.id, sampler.id));
                assert_eq!(body["parameters"]["sampler"], sampler.id);
            }
        }
        for quality in &model.quality_presets {
            for undesired in &model.undesired_presets {
                let mut asked = request(&model.id.0);
                (asked.prompt.quality, asked.prompt.undesired_preset) = (*quality, *undesired);
                check_payload("presets", &model.id.0, &asked, &sent(&asked).unwrap());
            }
        }
        for framing in [Framing::Msgpack, Framing::Sse] {
            let asked = request(&model.id.0);
            let streamed = build_with(&asked, Registry::builtin(), &Pictures::new(), Some(framing));
            match streamed {
                Ok(body) => assert!(model.streaming && body["parameters"]["stream"].is_string()),
                Err(refusal) => assert!(!model.streaming && refusal.field == "model", "{refusal:?}"),
            }
        }
    }
}
