//! The way back: from what a picture says about itself to a request that makes it again (api.md 7.4).

use serde_json::Value;

use super::Metadata;
use crate::model::{Model, Registry};
use crate::prompt::{FURRY, TRANSPARENT};
use crate::request::{Character, GenerateRequest, Position, QualityPreset, Smea, UndesiredPreset};

/// A request out of a picture, and what could not be taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The request. Its number of pictures is one: the seed is that of this very picture.
    pub request: GenerateRequest,
    /// What could not be taken over, a sentence each.
    pub left_out: Vec<String>,
}

impl Metadata {
    /// The request that makes this picture again; none where it has no settings. `current` is the model to keep where
    /// the picture does not tell its own.
    #[must_use]
    pub fn settings(&self, registry: &Registry, current: &Model) -> Option<Settings> {
        let comment = self.comment.as_ref().filter(|comment| comment.get("steps").is_some())?;
        let mut left_out = Vec::new();
        let model = match self
            .source
            .as_deref()
            .and_then(|source| registry.model_of_source(source))
        {
            Some((model, certain)) => {
                if !certain {
                    left_out.push(format!(
                        "The exact model is not known; it is taken for {}.",
                        model.short_name
                    ));
                }
                model
            }
            None => {
                left_out.push(format!("The model is not known; {} is kept.", current.short_name));
                current
            }
        };
        let mut request = GenerateRequest::new(model);
        let number = |name: &str| comment.get(name).and_then(Value::as_f64);
        let side = |name: &str, header: u32| {
            let told = comment.get(name).and_then(Value::as_u64);
            told.and_then(|side| u32::try_from(side).ok()).unwrap_or(header)
        };
        request.size.width = side("width", self.width);
        request.size.height = side("height", self.height);
        let sampling = &mut request.sampling;
        sampling.seed = self.seed();
        sampling.guidance = number("scale").unwrap_or(sampling.guidance);
        sampling.guidance_rescale = number("cfg_rescale").unwrap_or(0.0);
        let steps = comment.get("steps").and_then(Value::as_u64);
        sampling.steps = steps
            .and_then(|steps| u8::try_from(steps).ok())
            .unwrap_or(sampling.steps);
        take_choice(
            comment,
            "sampler",
            "sampler",
            &mut sampling.sampler,
            &mut left_out,
            |id| model.samplers.iter().any(|sampler| sampler.id == id),
        );
        let schedules = &model.noise_schedules;
        take_choice(
            comment,
            "noise_schedule",
            "noise schedule",
            &mut sampling.noise_schedule,
            &mut left_out,
            |id| schedules.iter().any(|schedule| schedule == id),
        );
        let switch = |name: &str| comment.get(name).and_then(Value::as_bool) == Some(true);
        sampling.variety = model.variety
            && comment
                .get("skip_cfg_above_sigma")
                .is_some_and(|sigma| !sigma.is_null());
        sampling.decrisper = model.has_decrisper() && switch("dynamic_thresholding");
        if model.has_smea() {
            sampling.smea = match (switch("sm"), switch("sm_dyn")) {
                (_, true) => Smea::Dynamic,
                (true, false) => Smea::On,
                (false, false) => Smea::Off,
            };
        }
        let negative = &comment["v4_negative_prompt"];
        request.legacy_undesired =
            model.has_legacy_undesired() && negative.get("legacy_uc").and_then(Value::as_bool) == Some(true);

        take_prompts(self, comment, model, &mut request);
        request.characters = characters(comment);
        if request.characters.len() > model.max_characters as usize {
            left_out.push(format!("{} does not take so many characters.", model.short_name));
            request.characters.truncate(model.max_characters as usize);
        }
        for (field, what) in [
            (
                "actual_prompts",
                "Alternatives in the prompt were chosen anew for the picture.",
            ),
            ("reference_image_multiple", "Its vibes are not taken over."),
            (
                "director_reference_strengths",
                "Its precise references are not in the picture.",
            ),
        ] {
            let there = comment.get(field).is_some_and(|value| match value {
                Value::Null => false,
                Value::Array(list) => !list.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
            });
            if there {
                left_out.push(what.to_owned());
            }
        }
        if matches!(
            comment.get("request_type").and_then(Value::as_str),
            Some("Img2ImgRequest" | "NativeInfillingRequest")
        ) {
            left_out.push("The picture that it started from is not in it.".into());
        }
        Some(Settings { request, left_out })
    }
}

fn take_choice(
    comment: &Value,
    field: &str,
    name: &str,
    choice: &mut String,
    left_out: &mut Vec<String>,
    known: impl Fn(&str) -> bool,
) {
    match comment.get(field).and_then(Value::as_str) {
        Some(told) if known(told) => told.clone_into(choice),
        Some(told) => {
            let told: String = told.chars().take(40).collect();
            left_out.push(format!("The model has no {name} {told}; {choice} is used."));
        }
        None => {}
    }
}

/// Both texts without what the presets added.
fn take_prompts(metadata: &Metadata, comment: &Value, model: &Model, request: &mut GenerateRequest) {
    let base = |field: &str| {
        comment
            .pointer(&format!("/{field}/caption/base_caption"))
            .and_then(Value::as_str)
    };
    let mut text = base("v4_prompt").or(metadata.prompt()).unwrap_or_default().to_owned();
    let written = comment.get("uc").and_then(Value::as_str);
    let undesired = base("v4_negative_prompt").or(written).unwrap_or_default();

    let enhance = &model.rules().enhance_tags;
    if !enhance.is_empty() {
        text = text.replacen(&format!(", {enhance},"), "", 1);
    }
    let mut wordings: Vec<(QualityPreset, &str)> = Vec::new();
    for (at, preset) in model.quality_presets.iter().enumerate() {
        wordings.extend(model.quality_text(*preset).map(|tags| (*preset, tags)));
        let also = model.rules().quality_also.get(at).into_iter().flatten();
        wordings.extend(also.map(|tags| (*preset, tags.as_str())));
    }
    wordings.retain(|(_, tags)| !tags.is_empty());
    wordings.sort_by_key(|(_, tags)| std::cmp::Reverse(tags.len()));
    request.prompt.quality = QualityPreset::None;
    for (preset, tags) in wordings {
        if let Some(without) = without(&text, tags) {
            (request.prompt.quality, text) = (preset, without);
            break;
        }
    }
    if model.transparency
        && let Some(without) = without(&text, TRANSPARENT)
    {
        (request.transparent, text) = (true, without);
    }
    if let Some(after) = text.strip_prefix(FURRY[0]).filter(|_| model.max_characters > 0) {
        (request.prompt.furry, text) = (true, after.trim_start_matches([',', ' ']).to_owned());
    }
    request.prompt.text = text;

    let bare = undesired.strip_prefix("nsfw, ").unwrap_or(undesired);
    let presets = model.undesired_presets.iter();
    let mut presets: Vec<(UndesiredPreset, &str)> = presets
        .filter_map(|preset| Some((*preset, model.undesired_text(*preset)?)))
        .collect();
    presets.retain(|(_, preset)| !preset.is_empty());
    presets.sort_by_key(|(_, preset)| std::cmp::Reverse(preset.len()));
    let found = presets.into_iter().find_map(|(preset, preset_text)| {
        let rest = bare.strip_prefix(preset_text)?;
        if rest.is_empty() {
            return Some((preset, ""));
        }
        rest.strip_prefix(", ").map(|rest| (preset, rest))
    });
    let (preset, rest) = found.unwrap_or((UndesiredPreset::None, undesired));
    request.prompt.undesired_preset = preset;
    request.prompt.undesired = rest.to_owned();
}

/// A prompt without tags that end it, or that stand before a text block or another segment.
fn without(text: &str, tags: &str) -> Option<String> {
    let at = text.rfind(tags)?;
    let (before, after) = (&text[..at], &text[at + tags.len()..]);
    let whole = before.is_empty() || before.ends_with(", ");
    let rest = after.trim_start();
    let ends = rest.is_empty() || rest.starts_with('|') || {
        let block = after.trim_start_matches(|c: char| c.is_whitespace() || ",.。、".contains(c));
        crate::prompt::text_block(block) == Some(0)
    };
    (whole && ends).then(|| format!("{}{after}", before.trim_end_matches([',', ' '])))
}

fn characters(comment: &Value) -> Vec<Character> {
    let captions = |field: &str| {
        let list = comment.pointer(&format!("/{field}/caption/char_captions"));
        list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    };
    let placed = comment.pointer("/v4_prompt/use_coords").and_then(Value::as_bool) == Some(true);
    let text = |caption: Option<&Value>| {
        let text = caption
            .and_then(|caption| caption.get("char_caption"))
            .and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let undesired = captions("v4_negative_prompt");
    let position = |caption: &Value| {
        let coordinate = |axis: &str| caption.pointer(&format!("/centers/0/{axis}")).and_then(Value::as_f64);
        Some(Position {
            x: coordinate("x")?.clamp(0.0, 1.0),
            y: coordinate("y")?.clamp(0.0, 1.0),
        })
    };
    let list = captions("v4_prompt").iter().take(64).enumerate();
    list.map(|(at, caption)| Character {
        prompt: text(Some(caption)),
        undesired: text(undesired.get(at)),
        position: placed.then(|| position(caption)).flatten(),
        enabled: true,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ModelId;
    use crate::payload;
    use crate::testing::{V5_FULL, character, request};

    /// What a picture of a request would say.
    fn picture_of(request: &GenerateRequest) -> Metadata {
        let mut comment = payload::build(request, Registry::builtin()).unwrap()["parameters"].take();
        let model = Registry::builtin().get(&request.model).unwrap();
        comment["uc"] = comment["negative_prompt"].clone();
        comment["prompt"] = payload::build(request, Registry::builtin()).unwrap()["input"].take();
        Metadata {
            source: Some(format!("NovelAI {}", model.rules().sources[0])),
            comment: Some(comment),
            ..Metadata::default()
        }
    }

    fn read(metadata: &Metadata) -> Settings {
        let current = &Registry::builtin().models()[0];
        metadata.settings(Registry::builtin(), current).unwrap()
    }

    #[test]
    fn a_picture_of_any_model_gives_back_its_request() {
        for model in Registry::builtin().models() {
            for quality in &model.quality_presets {
                for preset in &model.undesired_presets {
                    let mut asked = request(&model.id.0);
                    asked.prompt.quality = *quality;
                    asked.prompt.undesired_preset = *preset;
                    asked.prompt.undesired = "hat, blur".into();
                    asked.format = crate::request::ImageFormat::Png;
                    asked.sampling.variety = model.variety;
                    asked.transparent = model.transparency;
                    if model.max_characters > 1 {
                        asked.characters = vec![character("girl"), character("boy")];
                        asked.characters[0].position = Some(Position { x: 0.3, y: 0.5 });
                        asked.characters[1].position = Some(Position { x: 0.7, y: 0.5 });
                    }
                    let mut settings = read(&picture_of(&asked));
                    // Where the tags stand in front they are not told apart from what was written.
                    if model.rules().tags == crate::model::Tags::Front {
                        settings.request.prompt.text.clone_from(&asked.prompt.text);
                        settings.request.prompt.quality = asked.prompt.quality;
                    }
                    assert_eq!(settings.request, asked, "{}", model.id);
                    assert_eq!(settings.left_out, [""; 0], "{}", model.id);
                }
            }
        }
    }

    #[test]
    fn what_can_not_be_taken_over_is_told() {
        let mut metadata = picture_of(&request(V5_FULL));
        metadata.source = Some("Unknown 123".into());
        let comment = metadata.comment.as_mut().unwrap();
        comment["sampler"] = json!("k_odd");
        comment["request_type"] = json!("Img2ImgRequest");
        comment["reference_image_multiple"] = json!(["x"]);
        let settings = read(&metadata);
        assert_eq!(settings.left_out.len(), 4, "{:?}", settings.left_out);
        assert_eq!(settings.request.model, ModelId(V5_FULL.into()));
        assert_eq!(settings.request.sampling.sampler, "k_euler_ancestral");
        assert_eq!(
            Metadata::default().settings(Registry::builtin(), &Registry::builtin().models()[0]),
            None
        );
    }

    #[test]
    fn older_wordings_and_text_blocks_are_understood() {
        let mut metadata = picture_of(&request(crate::testing::V45_FULL));
        let comment = metadata.comment.as_mut().unwrap();
        comment["v4_prompt"]["caption"]["base_caption"] =
            json!("sea, location, very aesthetic, masterpiece, no text, Text: Hi");
        let prompt = read(&metadata).request.prompt;
        assert_eq!(
            (prompt.text.as_str(), prompt.quality),
            ("sea, Text: Hi", QualityPreset::Standard)
        );
    }
}
