//! The home of the wire's spellings: a request as the service wants to read it (api.md 3).
//!
//! The shape is that of the service's own page, October 2026. Nothing else in the program knows these names.

use serde::{Serialize, Serializer};
use serde_json::Value;

pub use crate::check::Refusal;
use crate::check::{check, seed, sent_characters};
use crate::model::{Model, Positions, Registry};
use crate::prompt;
use crate::request::{
    Character, GenerateRequest, ImageFormat, Position, QualityPreset, Sampling, Size, Source, UndesiredPreset,
};

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

#[derive(Serialize)]
struct Envelope<'a> {
    input: &'a str,
    model: &'a str,
    action: &'static str,
    parameters: Parameters<'a>,
    /// Concerns the accounting of trial accounts; the page always sends it.
    use_new_shared_trial: bool,
}

/// In the order in which the page sends them, so that the two can be compared by eye.
#[derive(Serialize)]
struct Parameters<'a> {
    /// Below 4, V5 silently drops the positions of characters.
    params_version: u8,
    width: u32,
    height: u32,
    #[serde(serialize_with = "as_javascript")]
    scale: f64,
    sampler: &'a str,
    steps: u8,
    n_samples: u8,
    #[serde(rename = "ucPresetId")]
    uc_preset_id: &'static str,
    #[serde(rename = "qualityPresetId")]
    quality_preset_id: &'static str,
    #[serde(rename = "autoSmea")]
    auto_smea: bool,
    dynamic_thresholding: bool,
    controlnet_strength: u8,
    legacy: bool,
    add_original_image: bool,
    #[serde(serialize_with = "as_javascript")]
    cfg_rescale: f64,
    noise_schedule: &'a str,
    legacy_v3_extend: bool,
    /// Variety+: null where it is off, absent where the model has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_cfg_above_sigma: Option<Value>,
    use_coords: bool,
    legacy_uc: bool,
    normalize_reference_strength_multiple: bool,
    #[serde(rename = "inpaintImg2ImgStrength")]
    inpaint_img2img_strength: u8,
    seed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    straight_alpha: Option<bool>,
    tag_hint_qt: u8,
    tag_hint_uc_preset: u8,
    #[serde(rename = "characterPrompts")]
    character_prompts: Vec<CharacterPrompt<'a>>,
    v4_prompt: PositiveCaption<'a>,
    v4_negative_prompt: NegativeCaption<'a>,
    negative_prompt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliberate_euler_ancestral_bug: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefer_brownian: Option<bool>,
    image_format: &'static str,
    /// Only for the stream; the plain endpoint is not to get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<&'static str>,
}

#[derive(Serialize)]
struct CharacterPrompt<'a> {
    prompt: &'a str,
    uc: &'a str,
    center: Center,
    enabled: bool,
}

#[derive(Serialize)]
struct PositiveCaption<'a> {
    caption: Caption<'a>,
    use_coords: bool,
    use_order: bool,
}

#[derive(Serialize)]
struct NegativeCaption<'a> {
    caption: Caption<'a>,
    legacy_uc: bool,
}

#[derive(Serialize)]
struct Caption<'a> {
    base_caption: &'a str,
    char_captions: Vec<CharCaption<'a>>,
}

#[derive(Serialize)]
struct CharCaption<'a> {
    char_caption: &'a str,
    centers: [Center; 1],
}

#[derive(Serialize, Clone, Copy)]
struct Center {
    #[serde(serialize_with = "as_javascript")]
    x: f64,
    #[serde(serialize_with = "as_javascript")]
    y: f64,
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

/// The characters as they are sent.
struct Cast<'a> {
    members: Vec<Member<'a>>,
    /// Whether the centres are heeded.
    placed: bool,
}

struct Member<'a> {
    prompt: String,
    undesired: &'a str,
    center: Center,
}

impl<'a> Cast<'a> {
    fn of(characters: &'a [Character], model: &Model) -> Self {
        let sent: Vec<&Character> = sent_characters(characters).collect();
        let placed = sent.len() >= model.rules().positions_from.max(1)
            && sent.iter().any(|character| character.position.is_some());
        let members = sent
            .iter()
            .enumerate()
            .map(|(slot, character)| {
                let position = character.position.unwrap_or_else(|| free_place(slot, placed));
                Member {
                    prompt: prompt::character(&character.prompt),
                    undesired: &character.undesired,
                    center: center(position, model.positions),
                }
            })
            .collect();
        Self { members, placed }
    }

    fn prompts(&self) -> Vec<CharacterPrompt<'_>> {
        self.members
            .iter()
            .map(|member| CharacterPrompt {
                prompt: &member.prompt,
                uc: member.undesired,
                center: member.center,
                enabled: true,
            })
            .collect()
    }

    fn captions<'s>(&'s self, text: impl Fn(&'s Member<'a>) -> &'s str) -> Vec<CharCaption<'s>> {
        self.members
            .iter()
            .map(|member| CharCaption {
                char_caption: text(member),
                centers: [member.center],
            })
            .collect()
    }
}

/// Where a character without a place of its own stands: in the middle, or among placed ones in the order in which the
/// page fills its slots.
fn free_place(slot: usize, placed: bool) -> Position {
    const SLOTS: [f64; 5] = [0.5, 0.3, 0.7, 0.1, 0.9];
    let x = if placed { SLOTS[slot % SLOTS.len()] } else { SLOTS[0] };
    Position { x, y: 0.5 }
}

/// A position as the model understands it.
fn center(Position { x, y }: Position, positions: Positions) -> Center {
    let snap = |v: f64| match positions {
        Positions::Grid => [0.1, 0.3, 0.5, 0.7, 0.9][((5.0 * v) as usize).min(4)],
        Positions::Free | Positions::None => (v * 1000.0).round() / 1000.0,
    };
    Center { x: snap(x), y: snap(y) }
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

/// A number as JavaScript writes it: without a fraction where there is none.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

fn as_javascript<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    number(*value).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
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

    fn placed(model: &str, positions: &[Option<(f64, f64)>]) -> Value {
        let mut asked = request(model);
        asked.characters = positions
            .iter()
            .map(|position| Character {
                position: position.map(|(x, y)| Position { x, y }),
                ..character("girl")
            })
            .collect();
        parameters(&asked)
    }

    fn centers(sent: &Value) -> Vec<(f64, f64)> {
        let center = |c: &Value| (c["x"].as_f64().unwrap(), c["y"].as_f64().unwrap());
        let prompts = sent["characterPrompts"].as_array().unwrap();
        let listed: Vec<_> = prompts.iter().map(|prompt| center(&prompt["center"])).collect();
        for side in ["v4_prompt", "v4_negative_prompt"] {
            let captions = sent[side]["caption"]["char_captions"].as_array().unwrap();
            let captioned: Vec<_> = captions.iter().map(|caption| center(&caption["centers"][0])).collect();
            assert_eq!(captioned, listed, "{side}");
        }
        assert_eq!(sent["v4_prompt"]["use_coords"], sent["use_coords"]);
        listed
    }

    #[test]
    fn v4_5_snaps_positions_to_its_grid() {
        let sent = placed(V45_FULL, &[Some((0.0, 0.199)), Some((0.2, 0.45)), Some((0.61, 1.0))]);
        assert_eq!(centers(&sent), [(0.1, 0.1), (0.3, 0.5), (0.7, 0.9)]);
        assert_eq!(sent["use_coords"], true);
    }

    #[test]
    fn v5_takes_positions_to_the_thousandth() {
        let sent = placed(V5_FULL, &[Some((0.123_456, 0.999_9)), Some((0.0, 0.5))]);
        assert_eq!(centers(&sent), [(0.123, 1.0), (0.0, 0.5)]);
        assert_eq!(sent["characterPrompts"][1]["center"].to_string(), r#"{"x":0,"y":0.5}"#);
    }

    #[test]
    fn a_single_character_is_placed_on_v5_only() {
        assert_eq!(placed(V5_FULL, &[Some((0.2, 0.2))])["use_coords"], true);
        let sent = placed(V45_FULL, &[Some((0.2, 0.2))]);
        assert_eq!(sent["use_coords"], false);
        assert_eq!(centers(&sent), [(0.3, 0.3)]);
    }

    #[test]
    fn where_the_model_chooses_the_places_everyone_stands_in_the_middle() {
        let sent = placed(V45_FULL, &[None, None]);
        assert_eq!(
            (sent["use_coords"].clone(), centers(&sent)),
            (json!(false), vec![(0.5, 0.5); 2])
        );
    }

    #[test]
    fn among_placed_characters_the_others_take_the_free_slots() {
        let sent = placed(V45_FULL, &[Some((0.9, 0.9)), None, None]);
        assert_eq!(
            (sent["use_coords"].clone(), centers(&sent)),
            (json!(true), vec![(0.9, 0.9), (0.3, 0.5), (0.7, 0.5)])
        );
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

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        let written: Vec<String> = [5.0, 5.5, 0.0, 0.02, 10.0]
            .iter()
            .map(|n| number(*n).to_string())
            .collect();
        assert_eq!(written, ["5", "5.5", "0", "0.02", "10"]);
    }
}
