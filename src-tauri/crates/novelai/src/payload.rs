//! The home of the wire's spellings: a request as the service wants to read it (api.md 3).
//!
//! The shape is that of the service's own page, October 2026. Nothing else in the program knows these names.

mod cast;
mod wire;

use serde_json::Value;

pub use crate::check::Refusal;
use crate::check::{check, seed};
use crate::model::Registry;
use crate::prompt;
use crate::request::{GenerateRequest, ImageFormat, QualityPreset, Sampling, Size, Source, UndesiredPreset};
use cast::Cast;
use wire::{Caption, Envelope, NegativeCaption, Parameters, PositiveCaption, number};

/// The body of `POST /ai/generate-image` (api.md 3.10).
///
/// # Errors
///
/// A [`Refusal`] names the field that would make it fail, or a seed that is not there.
pub fn build(request: &GenerateRequest, registry: &Registry) -> Result<Value, Refusal> {
    envelope(request, registry, None)
}

/// The body of `POST /ai/generate-image-stream`: the same, and a request for length-framed MessagePack.
///
/// # Errors
///
/// As [`build`], and where the model can't be watched while it paints.
pub fn build_stream(request: &GenerateRequest, registry: &Registry) -> Result<Value, Refusal> {
    envelope(request, registry, Some("msgpack"))
}

fn envelope(request: &GenerateRequest, registry: &Registry, stream: Option<&'static str>) -> Result<Value, Refusal> {
    let model = check(request, registry)?;
    let seed = seed(request, registry.limits())?;
    if stream.is_some() && !model.streaming {
        return Err(Refusal::new(
            "model",
            format!("{} can't be watched while it paints.", model.short_name),
        ));
    }
    let Source::Text = request.source;
    let action = "generate";

    let written = &request.prompt;
    let tags = model.quality_text(written.quality).unwrap_or_default();
    let preset = model.undesired_text(written.undesired_preset).unwrap_or_default();
    let positive = prompt::positive(&written.text, tags);
    let negative = prompt::undesired(&written.undesired, preset, model.rules().adds_nsfw, &positive);
    let cast = Cast::of(&request.characters, model);

    let Sampling {
        steps,
        guidance,
        guidance_rescale,
        sampler,
        noise_schedule,
        variety,
        seed: _,
    } = &request.sampling;
    let brownian = model
        .samplers
        .iter()
        .any(|known| known.id == *sampler && known.brownian);
    let brownian = brownian && noise_schedule != "native";

    let envelope = Envelope {
        input: &positive,
        model: &model.id.0,
        action,
        parameters: Parameters {
            params_version: 4,
            width: request.size.width,
            height: request.size.height,
            scale: *guidance,
            sampler,
            steps: *steps,
            n_samples: request.samples,
            uc_preset_id: undesired_preset(written.undesired_preset).0,
            quality_preset_id: quality_preset(written.quality).0,
            auto_smea: false,
            dynamic_thresholding: false,
            controlnet_strength: 1,
            legacy: false,
            add_original_image: true,
            cfg_rescale: *guidance_rescale,
            noise_schedule,
            legacy_v3_extend: false,
            skip_cfg_above_sigma: model.rules().variety_sigma.map(|base| match variety {
                true => number(variety_sigma(base, request.size)),
                false => Value::Null,
            }),
            use_coords: cast.placed,
            legacy_uc: false,
            normalize_reference_strength_multiple: true,
            inpaint_img2img_strength: 1,
            seed,
            straight_alpha: model.rules().straight_alpha.then_some(true),
            tag_hint_qt: quality_preset(written.quality).1,
            tag_hint_uc_preset: undesired_preset(written.undesired_preset).1,
            character_prompts: cast.prompts(),
            v4_prompt: PositiveCaption {
                caption: Caption {
                    base_caption: &positive,
                    char_captions: cast.captions(|member| &member.prompt),
                },
                use_coords: cast.placed,
                use_order: true,
            },
            v4_negative_prompt: NegativeCaption {
                caption: Caption {
                    base_caption: &negative,
                    char_captions: cast.captions(|member| member.undesired),
                },
                legacy_uc: false,
            },
            negative_prompt: &negative,
            deliberate_euler_ancestral_bug: brownian.then_some(false),
            prefer_brownian: brownian.then_some(true),
            image_format: match request.format {
                ImageFormat::Png => "png",
                ImageFormat::Webp => "webp",
            },
            stream,
        },
        use_new_shared_trial: true,
    };
    Ok(serde_json::to_value(envelope).expect("names and plain values make JSON"))
}

/// Variety+ (api.md 3.9): measured against the area of 832 × 1216, in cells of eight pixels.
fn variety_sigma(base: f64, size: Size) -> f64 {
    let cells = u64::from(size.width / 8) * u64::from(size.height / 8);
    base * (cells as f64 / 15_808.0).sqrt()
}

/// The name and the number of a quality preset. Both are hints: the tags themselves are in the prompt.
fn quality_preset(preset: QualityPreset) -> (&'static str, u8) {
    match preset {
        QualityPreset::None => ("none", 0),
        QualityPreset::Standard => ("standard", 1),
        QualityPreset::Light => ("light", 3),
    }
}

/// The name and the number of an Undesired Content preset. Both are hints, as above.
fn undesired_preset(preset: UndesiredPreset) -> (&'static str, u8) {
    match preset {
        UndesiredPreset::None => ("none", 0),
        UndesiredPreset::Heavy => ("heavy", 2),
        UndesiredPreset::Light => ("light", 3),
        UndesiredPreset::HumanFocus => ("humanFocus", 4),
        UndesiredPreset::FurryFocus => ("furryFocus", 5),
        UndesiredPreset::LowQualityPlusBadAnatomy => ("lowQualityPlusBadAnatomy", 6),
        UndesiredPreset::LowQuality => ("lowQuality", 7),
        UndesiredPreset::BadAnatomy => ("badAnatomy", 8),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::request::Position;
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
}
