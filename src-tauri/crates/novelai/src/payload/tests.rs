//! Payloads by example: what the service gets to read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::request::{PictureId, Position, PreciseReference, ReferenceKind, Vibe};
use crate::testing::{V5_CURATED, V5_FULL, V45_CURATED, V45_FULL, character, request};

const HEAVY: &str = "lowres, artistic error, film grain, scan artifacts, worst quality, bad quality, jpeg \
        artifacts, very displeasing, chromatic aberration, dithering, halftone, screentone, multiple views, logo, too \
        many watermarks, negative space, blank page";

fn built(request: &GenerateRequest) -> Value {
    build(request, Registry::builtin()).unwrap()
}

fn parameters(request: &GenerateRequest) -> Value {
    built(request)["parameters"].take()
}

#[test]
fn a_v4_5_request_is_the_one_the_page_sends_to_the_letter() {
    let golden = r#"{"input":"1girl, sea, very aesthetic, masterpiece, no text","model":"nai-diffusion-4-5-full","action":"generate","parameters":{"params_version":4,"width":832,"height":1216,"scale":5,"sampler":"k_euler_ancestral","steps":23,"n_samples":1,"ucPresetId":"heavy","qualityPresetId":"standard","autoSmea":false,"dynamic_thresholding":false,"controlnet_strength":1,"legacy":false,"add_original_image":true,"cfg_rescale":0,"noise_schedule":"karras","legacy_v3_extend":false,"skip_cfg_above_sigma":null,"use_coords":false,"legacy_uc":false,"normalize_reference_strength_multiple":true,"inpaintImg2ImgStrength":1,"seed":1234567890,"tag_hint_qt":1,"tag_hint_uc_preset":2,"characterPrompts":[],"v4_prompt":{"caption":{"base_caption":"1girl, sea, very aesthetic, masterpiece, no text","char_captions":[]},"use_coords":false,"use_order":true},"v4_negative_prompt":{"caption":{"base_caption":"nsfw, HEAVY","char_captions":[]},"legacy_uc":false},"negative_prompt":"nsfw, HEAVY","deliberate_euler_ancestral_bug":false,"prefer_brownian":true,"image_format":"webp"},"use_new_shared_trial":true}"#;
    assert_eq!(built(&request(V45_FULL)).to_string(), golden.replace("HEAVY", HEAVY));
}

#[test]
fn a_v5_request_with_two_placed_characters_is_the_one_the_page_sends() {
    let mut asked = request(V5_FULL);
    asked.prompt.text = "2girls, park, bench, daytime".into();
    asked.sampling.seed = Some(42_424_242);
    let mut waving = character("1girl, red hair, waving");
    waving.undesired = "blue hair".into();
    waving.position = Some(Position { x: 0.3, y: 0.5 });
    let mut reading = character("girl, black hair, reading book");
    reading.position = Some(Position { x: 0.7, y: 0.5 });
    asked.characters = vec![waving, reading];

    let input = "2girls, park, bench, daytime, very aesthetic, masterpiece, no text";
    let negative = format!("nsfw, {HEAVY}");
    let (left, right) = (json!({ "x": 0.3, "y": 0.5 }), json!({ "x": 0.7, "y": 0.5 }));
    let golden = json!({
        "input": input,
        "model": "nai-diffusion-5-full",
        "action": "generate",
        "parameters": {
            "params_version": 4,
            "width": 832,
            "height": 1216,
            "scale": 7,
            "sampler": "k_euler_ancestral",
            "steps": 23,
            "n_samples": 1,
            "ucPresetId": "heavy",
            "qualityPresetId": "standard",
            "autoSmea": false,
            "dynamic_thresholding": false,
            "controlnet_strength": 1,
            "legacy": false,
            "add_original_image": true,
            "cfg_rescale": 0,
            "legacy_v3_extend": false,
            "use_coords": true,
            "legacy_uc": false,
            "normalize_reference_strength_multiple": true,
            "inpaintImg2ImgStrength": 1,
            "seed": 42_424_242,
            "straight_alpha": true,
            "tag_hint_qt": 1,
            "tag_hint_uc_preset": 2,
            "characterPrompts": [
                { "prompt": "girl, red hair, waving", "uc": "blue hair", "center": left, "enabled": true },
                { "prompt": "girl, black hair, reading book", "uc": "", "center": right, "enabled": true },
            ],
            "v4_prompt": {
                "caption": {
                    "base_caption": input,
                    "char_captions": [
                        { "char_caption": "girl, red hair, waving", "centers": [left] },
                        { "char_caption": "girl, black hair, reading book", "centers": [right] },
                    ],
                },
                "use_coords": true,
                "use_order": true,
            },
            "v4_negative_prompt": {
                "caption": {
                    "base_caption": negative,
                    "char_captions": [
                        { "char_caption": "blue hair", "centers": [left] },
                        { "char_caption": "", "centers": [right] },
                    ],
                },
                "legacy_uc": false,
            },
            "negative_prompt": negative,
            "deliberate_euler_ancestral_bug": false,
            "prefer_brownian": true,
            "noise_schedule": "karras",
            "image_format": "webp",
        },
        "use_new_shared_trial": true,
    });
    assert_eq!(built(&asked), golden);
}

#[test]
fn the_stream_asks_for_msgpack_and_nothing_else_changes() {
    for model in [V5_FULL, V5_CURATED, V45_FULL, V45_CURATED] {
        let asked = request(model);
        let mut streamed = build_stream(&asked, Registry::builtin()).unwrap();
        let parameters = streamed["parameters"].as_object_mut().unwrap();
        assert_eq!(parameters.remove("stream"), Some(json!("msgpack")));
        assert_eq!(streamed, built(&asked));
    }
}

#[test]
fn a_curated_model_does_not_add_nsfw() {
    let negative = &parameters(&request(V5_CURATED))["negative_prompt"];
    assert_eq!(negative, HEAVY);
    let mut asked = request(V45_CURATED);
    asked.prompt.undesired = "hat".into();
    let sent = built(&asked);
    assert!(
        sent["parameters"]["negative_prompt"]
            .as_str()
            .unwrap()
            .starts_with("blurry, lowres, upscaled")
    );
    assert!(
        sent["parameters"]["negative_prompt"]
            .as_str()
            .unwrap()
            .ends_with("blank page, hat")
    );
    assert!(
        sent["input"]
            .as_str()
            .unwrap()
            .ends_with("no text, -0.8::feet::, rating:general")
    );
}

#[test]
fn without_presets_the_texts_are_sent_as_written() {
    let mut asked = request(V45_FULL);
    asked.prompt.quality = QualityPreset::None;
    asked.prompt.undesired_preset = UndesiredPreset::None;
    asked.prompt.undesired = "hat".into();
    let sent = built(&asked);
    assert_eq!(sent["input"], "1girl, sea");
    let parameters = &sent["parameters"];
    assert_eq!(parameters["negative_prompt"], "hat");
    assert_eq!(parameters["v4_negative_prompt"]["caption"]["base_caption"], "hat");
    assert_eq!(
        (&parameters["ucPresetId"], &parameters["tag_hint_uc_preset"]),
        (&json!("none"), &json!(0))
    );
    assert_eq!(
        (&parameters["qualityPresetId"], &parameters["tag_hint_qt"]),
        (&json!("none"), &json!(0))
    );
}

#[test]
fn presets_are_named_and_numbered() {
    let mut asked = request(V5_FULL);
    asked.prompt.quality = QualityPreset::Light;
    for (preset, name, number) in [
        (UndesiredPreset::Heavy, "heavy", 2),
        (UndesiredPreset::Light, "light", 3),
        (UndesiredPreset::HumanFocus, "humanFocus", 4),
        (UndesiredPreset::FurryFocus, "furryFocus", 5),
    ] {
        asked.prompt.undesired_preset = preset;
        let sent = parameters(&asked);
        assert_eq!(
            (&sent["ucPresetId"], &sent["tag_hint_uc_preset"]),
            (&json!(name), &json!(number))
        );
        assert_eq!(
            (&sent["qualityPresetId"], &sent["tag_hint_qt"]),
            (&json!("light"), &json!(3))
        );
    }
}

#[test]
fn variety_grows_with_the_picture() {
    for (width, height, sigma) in [
        (832, 1216, 58.0),
        (1024, 1024, 59.047_226),
        (1024, 1536, 72.317_787),
        (1472, 1472, 84.880_387),
        (512, 768, 36.158_894),
        (1088, 1920, 83.342_132),
    ] {
        let mut asked = request(V45_FULL);
        asked.size = Size { width, height };
        asked.sampling.variety = true;
        let sent = parameters(&asked)["skip_cfg_above_sigma"].as_f64().unwrap();
        assert!((sent - sigma).abs() < 5e-7, "{width}×{height}: {sent}");
    }
    for (base, sigma) in [(19.0, 19.343_057), (58.0, 59.047_226)] {
        assert!(
            (variety_sigma(
                base,
                Size {
                    width: 1024,
                    height: 1024
                }
            ) - sigma)
                .abs()
                < 5e-7
        );
    }
    let off = parameters(&request(V45_FULL));
    assert_eq!(off.get("skip_cfg_above_sigma"), Some(&Value::Null));
    assert_eq!(parameters(&request(V5_FULL)).get("skip_cfg_above_sigma"), None);
}

#[test]
fn only_one_sampler_carries_the_brownian_switches() {
    let mut asked = request(V45_FULL);
    asked.sampling.sampler = "k_dpmpp_2m".into();
    let sent = parameters(&asked);
    assert!(sent.get("prefer_brownian").is_none() && sent.get("deliberate_euler_ancestral_bug").is_none());
}

#[test]
fn a_character_that_is_off_or_empty_is_not_sent() {
    let mut asked = request(V45_FULL);
    asked.characters = vec![character("girl"), character(" "), character("boy")];
    asked.characters[0].enabled = false;
    let sent = parameters(&asked);
    assert_eq!(sent["characterPrompts"].as_array().unwrap().len(), 1);
    assert_eq!(sent["v4_prompt"]["caption"]["char_captions"][0]["char_caption"], "boy");
}

#[test]
fn png_is_asked_for_by_name() {
    let mut asked = request(V5_FULL);
    asked.format = ImageFormat::Png;
    assert_eq!(parameters(&asked)["image_format"], "png");
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    crate::picture::tests::sample_png(width, height, &[])
}

fn pictures() -> Pictures {
    let mut pictures = Pictures::new();
    for (name, bytes) in [
        ("base", picture(832, 1216)),
        ("mask", picture(832, 1216)),
        ("canvas", picture(1472, 1472)),
        ("vibe", b"encoded".to_vec()),
    ] {
        pictures.insert(PictureId(name.into()), bytes);
    }
    pictures
}

fn sent(request: &GenerateRequest) -> Result<Value, Refusal> {
    build_with(request, Registry::builtin(), &pictures(), None)
}

fn from_picture(name: &str) -> Source {
    Source::Image {
        image: PictureId(name.into()),
        strength: 0.7,
        noise: 0.0,
        color_correct: false,
        enhance: Enhance::No,
        fit: crate::request::Fit::Stretch,
    }
}

#[test]
fn a_picture_to_start_from_goes_along() {
    let mut asked = request(V45_FULL);
    asked.source = from_picture("base");
    let body = sent(&asked).unwrap();
    assert_eq!((&body["action"], &body["model"]), (&json!("img2img"), &json!(V45_FULL)));
    let parameters = &body["parameters"];
    let image = STANDARD.decode(parameters["image"].as_str().unwrap()).unwrap();
    assert_eq!(image, picture(832, 1216));
    assert_eq!(
        (&parameters["strength"], &parameters["noise"]),
        (&json!(0.7), &json!(0))
    );
    assert_eq!(parameters["extra_noise_seed"], 1_234_567_889);
    assert_eq!(parameters["color_correct"], false);
    assert_eq!(parameters["add_original_image"], true);
    assert!(parameters.get("mask").is_none() && parameters.get("upscaled_enhance").is_none());

    asked.source = from_picture("canvas");
    assert_eq!(sent(&asked).unwrap_err().field, "source.image");
    asked.source = from_picture("nothing");
    assert_eq!(sent(&asked).unwrap_err().field, "source.image");
    assert_eq!(build(&asked, Registry::builtin()).unwrap_err().field, "source.image");
}

#[test]
fn a_mask_goes_to_the_model_that_paints() {
    let mask = |strength: f64| Source::Inpaint {
        image: PictureId("base".into()),
        mask: PictureId("mask".into()),
        strength,
        overlay: false,
        paste: None,
    };
    let mut asked = request(V45_FULL);
    asked.source = mask(1.0);
    let body = sent(&asked).unwrap();
    assert_eq!(body["action"], "infill");
    assert_eq!(body["model"], "nai-diffusion-4-5-full-inpainting");
    let parameters = &body["parameters"];
    assert!(parameters["mask"].is_string() && parameters["image"].is_string());
    assert_eq!(
        (&parameters["strength"], &parameters["inpaintImg2ImgStrength"]),
        (&json!(0.7), &json!(1))
    );
    assert_eq!(parameters["add_original_image"], false);
    assert!(parameters.get("img2img").is_none() && parameters.get("color_correct").is_none());
    asked.source = mask(0.5);
    let body = sent(&asked).unwrap();
    assert_eq!(body["parameters"]["inpaintImg2ImgStrength"], 0.5);
    assert_eq!(
        body["parameters"]["img2img"],
        json!({ "strength": 0.5, "color_correct": true })
    );

    let mut curated = request(V5_CURATED);
    curated.source = mask(1.0);
    assert_eq!(sent(&curated).unwrap()["model"], "nai-diffusion-4-5-curated-inpainting");
    curated.characters = vec![character("girl"); 7];
    assert_eq!(sent(&curated).unwrap_err().field, "characters");

    let mut v3 = request("nai-diffusion-3");
    v3.source = mask(0.4);
    let body = sent(&v3).unwrap();
    assert_eq!(body["parameters"]["strength"], 0.4);
    assert!(body["parameters"].get("img2img").is_none());
    let mut v2 = request("nai-diffusion-2");
    v2.source = mask(1.0);
    assert_eq!(sent(&v2).unwrap_err().field, "source");
}

#[test]
fn a_v3_request_has_the_fields_of_its_time() {
    let mut asked = request("nai-diffusion-3");
    asked.sampling.smea = Smea::Dynamic;
    asked.sampling.decrisper = true;
    let body = sent(&asked).unwrap();
    assert_eq!(
        body["input"],
        "1girl, sea, best quality, amazing quality, very aesthetic, absurdres"
    );
    let parameters = body["parameters"].as_object().unwrap();
    assert_eq!((&parameters["sm"], &parameters["sm_dyn"]), (&json!(true), &json!(true)));
    assert_eq!(parameters["dynamic_thresholding"], true);
    for absent in [
        "v4_prompt",
        "v4_negative_prompt",
        "use_coords",
        "legacy_uc",
        "normalize_reference_strength_multiple",
        "inpaintImg2ImgStrength",
        "autoSmea",
    ] {
        assert!(!parameters.contains_key(absent), "{absent}");
    }
    asked.sampling.smea = Smea::Off;
    asked.sampling.sampler = "ddim_v3".into();
    let parameters = sent(&asked).unwrap()["parameters"].take();
    assert_eq!(
        (&parameters["sm"], &parameters["sm_dyn"]),
        (&json!(false), &json!(false))
    );
    assert!(parameters.get("noise_schedule").is_none());
    asked.sampling.steps = 27;
    assert_eq!(sent(&asked).unwrap_err().nearest, Some(json!(28)));
    asked.sampling.steps = 28;
    asked.sampling.smea = Smea::On;
    assert_eq!(sent(&asked).unwrap_err().field, "sampling.smea");

    let mut bare = request("nai-diffusion-3");
    bare.prompt.undesired_preset = UndesiredPreset::None;
    assert_eq!(parameters_of(&bare)["negative_prompt"], "lowres");
    bare.prompt.undesired = "hat".into();
    assert_eq!(parameters_of(&bare)["negative_prompt"], "hat");
}

fn parameters_of(request: &GenerateRequest) -> Value {
    sent(request).unwrap()["parameters"].take()
}

#[test]
fn vibes_go_along_as_the_model_wants_them() {
    let vibe = |encoded: bool| Vibe {
        image: PictureId("vibe".into()),
        encoded,
        strength: 0.6,
        extraction: 0.7,
    };
    let mut asked = request(V45_FULL);
    asked.references.vibes = vec![vibe(true)];
    let parameters = parameters_of(&asked);
    assert_eq!(
        parameters["reference_image_multiple"],
        json!([STANDARD.encode(b"encoded")])
    );
    assert_eq!(parameters["reference_strength_multiple"], json!([0.6]));
    assert!(parameters.get("reference_information_extracted_multiple").is_none());
    asked.references.vibes = vec![vibe(false)];
    assert_eq!(sent(&asked).unwrap_err().field, "references.vibes");

    let mut v3 = request("nai-diffusion-3");
    v3.references.vibes = vec![vibe(false)];
    assert_eq!(
        parameters_of(&v3)["reference_information_extracted_multiple"],
        json!([0.7])
    );
    let mut v5 = request(V5_FULL);
    v5.references.vibes = vec![vibe(true)];
    assert_eq!(sent(&v5).unwrap_err().field, "references.vibes");
}

#[test]
fn precise_references_go_along_and_vibes_give_way() {
    let mut asked = request(V45_FULL);
    asked.references.precise = vec![PreciseReference {
        image: PictureId("canvas".into()),
        kind: ReferenceKind::Both,
        strength: 1.0,
        fidelity: 1.0,
    }];
    asked.references.vibes = vec![Vibe {
        image: PictureId("vibe".into()),
        encoded: true,
        strength: 1.0,
        extraction: 1.0,
    }];
    let parameters = parameters_of(&asked);
    assert!(parameters.get("reference_image_multiple").is_none());
    assert_eq!(
        parameters["director_reference_descriptions"],
        json!([{"caption":{"base_caption":"character&style","char_captions":[]},"legacy_uc":false}])
    );
    assert_eq!(parameters["director_reference_strength_values"], json!([1]));
    assert_eq!(parameters["director_reference_secondary_strength_values"], json!([0]));
    assert_eq!(parameters["director_reference_information_extracted"], json!([1]));
    asked.references.precise[0].image = PictureId("base".into());
    assert_eq!(sent(&asked).unwrap_err().field, "references.precise");
    let mut v4 = request("nai-diffusion-4-full");
    v4.references = asked.references;
    assert_eq!(sent(&v4).unwrap_err().field, "references.precise");
}

#[test]
fn a_form_names_its_parts_in_the_json() {
    let mut asked = request(V45_FULL);
    asked.source = from_picture("base");
    let form = build_form(&asked, Registry::builtin(), &pictures(), Some(Framing::Sse)).unwrap();
    assert_eq!(form.request["parameters"]["image"], "image");
    assert_eq!(form.request["parameters"]["stream"], "sse");
    assert_eq!((form.parts.len(), form.parts[0].name.as_str()), (1, "image"));
    assert_eq!(form.parts[0].media_type(), "image/png");
    let mut inside = build_with(&asked, Registry::builtin(), &pictures(), Some(Framing::Sse)).unwrap();
    inside["parameters"]["image"] = json!("image");
    assert_eq!(inside, form.request);
}

#[test]
fn switches_reach_the_prompt_and_the_fields() {
    let mut asked = request(V5_FULL);
    asked.transparent = true;
    asked.prompt.furry = true;
    asked.prompt.auto_text = true;
    asked.prompt.text = "||sea|sea|| with \"Hi\"".into();
    let body = sent(&asked).unwrap();
    let prompt = "fur dataset, sea with \"Hi\", transparent background, very aesthetic, masterpiece, no text, teXt: Hi";
    assert_eq!(body["input"], prompt);
    assert_eq!(body["parameters"]["v4_prompt"]["caption"]["base_caption"], prompt);
    assert_eq!(body["parameters"]["tag_hint_transparent_background"], true);
    let mut v4 = request("nai-diffusion-4-full");
    v4.legacy_undesired = true;
    let parameters = parameters_of(&v4);
    assert_eq!(
        (&parameters["legacy_uc"], &parameters["v4_negative_prompt"]["legacy_uc"]),
        (&json!(true), &json!(true))
    );
    v4.transparent = true;
    assert_eq!(sent(&v4).unwrap_err().field, "transparent");
}

#[test]
fn an_enhanced_picture_is_asked_for_by_prompt_or_by_switch() {
    let enhanced = |model: &str, enhance: Enhance| {
        let mut asked = request(model);
        asked.source = Source::Image {
            image: PictureId("base".into()),
            strength: 0.2,
            noise: 0.0,
            color_correct: false,
            enhance,
            fit: crate::request::Fit::Stretch,
        };
        sent(&asked)
    };
    let v45 = enhanced(V45_FULL, Enhance::Yes).unwrap();
    assert!(
        v45["input"]
            .as_str()
            .unwrap()
            .ends_with("no text, -2::upscaled, blurry::,")
    );
    let v5 = enhanced(V5_FULL, Enhance::Max).unwrap();
    assert_eq!(v5["parameters"]["upscaled_enhance"], true);
    assert_eq!(v5["input"], "1girl, sea, very aesthetic, masterpiece, no text");
    assert_eq!(enhanced(V45_FULL, Enhance::Max).unwrap_err().field, "source.enhance");
}

#[test]
fn every_model_and_action_is_a_payload_or_a_named_refusal() {
    for model in Registry::builtin().models() {
        for source in [
            Source::Text,
            from_picture("base"),
            Source::Inpaint {
                image: PictureId("base".into()),
                mask: PictureId("mask".into()),
                strength: 0.8,
                overlay: true,
                paste: None,
            },
        ] {
            let mut asked = request(&model.id.0);
            asked.source = source;
            match sent(&asked) {
                Ok(body) => assert!(body["parameters"]["seed"].is_number()),
                Err(refusal) => assert!(
                    !model.can_inpaint() && refusal.field == "source",
                    "{}: {refusal}",
                    model.id
                ),
            }
        }
    }
}

#[test]
fn a_request_without_a_seed_is_not_built() {
    let mut asked = request(V5_FULL);
    asked.sampling.seed = None;
    assert_eq!(build(&asked, Registry::builtin()).unwrap_err().field, "sampling.seed");
    asked.pick_seed(|| 0);
    assert_eq!(parameters(&asked)["seed"], 1);
    asked.pick_seed(|| 7);
    assert_eq!(parameters(&asked)["seed"], 1);
}
