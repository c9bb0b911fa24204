//! The way back: from what a picture says about itself to a request that makes it again (api.md 7.4).

pub(crate) mod fields;
pub(crate) mod prompts;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Metadata;
use crate::check::check;
use crate::model::{Model, Registry};
use crate::payload::{Pictures, content_id};
use crate::request::{GenerateRequest, Vibe};
use fields::{characters, fit_characters, is_on, reading_order, take_sampling};

/// A request out of a picture, and what could not be taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The request. Its number of pictures is one: the seed is that of this very picture.
    pub request: GenerateRequest,
    /// The vibes that the picture carries, by the ids that the request has for them.
    pub pictures: Pictures,
    /// The prompt as it was drawn, where alternatives in it were chosen: the request has it with its alternatives.
    pub drawn: Option<String>,
    /// What could not be taken over, a sentence each.
    pub left_out: Vec<String>,
}

impl Metadata {
    /// The request that makes this picture again; none where it has no settings. `current` is the model to keep where
    /// the picture does not tell its own.
    #[must_use]
    pub fn settings(&self, registry: &Registry, current: &Model) -> Option<Settings> {
        let ours = self.comment.as_ref().filter(|comment| comment.get("steps").is_some());
        let Some(comment) = ours else {
            let foreign = self.foreign.as_ref()?;
            return Some(foreign.settings(self, registry, current));
        };
        let mut left_out = Vec::new();
        let told = self
            .source
            .as_deref()
            .and_then(|source| registry.model_of_source(source));
        let model = match told {
            Some((model, true)) => model,
            Some((model, false)) => {
                let name = &model.short_name;
                left_out.push(format!("The exact model is not known; it is taken for {name}."));
                model
            }
            None => {
                left_out.push(format!("The model is not known; {} is kept.", current.short_name));
                current
            }
        };
        let mut request = GenerateRequest::new(model);
        request.size.width = fields::whole(comment, "width").unwrap_or(self.width);
        request.size.height = fields::whole(comment, "height").unwrap_or(self.height);
        take_sampling(comment, model, &mut request.sampling, &mut left_out);
        let negative = &comment["v4_negative_prompt"];
        request.legacy_undesired = model.has_legacy_undesired() && is_on(negative, "legacy_uc");
        request.characters = characters(comment);
        take_prompts(self, comment, model, &mut request);
        fit_characters(&mut request.characters, model, &mut left_out);

        let mut pictures = Pictures::new();
        if told.is_some() {
            take_vibes(comment, model, registry, &mut request, &mut pictures, &mut left_out);
        } else if has_any(comment, "reference_image_multiple") {
            left_out.push("Its vibes are left out: they are for the model that made it.".into());
        }
        if has_any(comment, "director_reference_strengths") || has_any(comment, "director_reference_strength_values") {
            left_out.push("Its precise references are not in the picture.".into());
        }
        match comment.get("request_type").and_then(Value::as_str) {
            Some("Img2ImgRequest") => left_out.push("The picture that it started from is not in it.".into()),
            Some("NativeInfillingRequest") => {
                left_out.push("The picture and the mask that it started from are not in it.".into());
            }
            Some(_) | None => {}
        }
        let drawn = comment
            .pointer("/actual_prompts/prompt/base_caption")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let Err(refusal) = check(&request, registry) {
            left_out.push(format!("As it is, it can't be sent: {}", refusal.message));
        }
        Some(Settings {
            request,
            pictures,
            drawn,
            left_out,
        })
    }
}

/// Both texts without what the presets added.
fn take_prompts(metadata: &Metadata, comment: &Value, model: &Model, request: &mut GenerateRequest) {
    let base = |field: &str| {
        comment
            .pointer(&format!("/{field}/caption/base_caption"))
            .and_then(Value::as_str)
    };
    let sent = base("v4_prompt").or(metadata.prompt()).unwrap_or_default();
    let order = reading_order(&request.characters);
    let written = prompts::positive(sent, model, &order, None);
    let plain = comment.get("uc").and_then(Value::as_str);
    let undesired = base("v4_negative_prompt").or(plain).unwrap_or_default();
    let (preset, undesired) = prompts::undesired(undesired, model, None);
    request.transparent = written.transparent;
    let prompt = &mut request.prompt;
    prompt.text = written.text;
    prompt.quality = written.quality;
    prompt.furry = written.furry;
    prompt.auto_text = written.auto_text;
    prompt.undesired = undesired;
    prompt.undesired_preset = preset;
}

fn has_any(comment: &Value, field: &str) -> bool {
    comment
        .get(field)
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty())
}

/// The vibes that are in the settings whole: encoded ones, or for the oldest models pictures.
fn take_vibes(
    comment: &Value,
    model: &Model,
    registry: &Registry,
    request: &mut GenerateRequest,
    pictures: &mut Pictures,
    left_out: &mut Vec<String>,
) {
    let list = |field: &str| comment.get(field).and_then(Value::as_array).map(Vec::as_slice);
    let strengths = list("reference_strength_multiple").unwrap_or_default();
    let Some(images) = list("reference_image_multiple").filter(|images| !images.is_empty()) else {
        if !strengths.is_empty() {
            left_out.push("Its vibes are not in the picture.".into());
        }
        return;
    };
    if !model.vibes {
        left_out.push(format!("Its vibes are left out: {} takes none.", model.short_name));
        return;
    }
    let extractions = list("reference_information_extracted_multiple").unwrap_or_default();
    let mut missing = 0;
    for (at, image) in images.iter().enumerate() {
        let bytes = image.as_str().and_then(|base64| STANDARD.decode(base64).ok());
        let bytes = bytes.filter(|bytes| !bytes.is_empty());
        let (Some(bytes), Some(strength)) = (bytes, strengths.get(at).and_then(Value::as_f64)) else {
            missing += 1;
            continue;
        };
        if request.references.vibes.len() == registry.reference_limits().max_vibes {
            missing += 1;
            continue;
        }
        let extraction = extractions.get(at).and_then(Value::as_f64);
        let id = content_id(&bytes);
        pictures.insert(id.clone(), bytes);
        request.references.vibes.push(Vibe {
            image: id,
            encoded: model.encodes_vibes(),
            strength,
            extraction: extraction.unwrap_or(model.vibe_extraction),
        });
    }
    if missing > 0 {
        left_out.push(format!("Of its vibes, {missing} can't be read."));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ModelId;
    use crate::payload;
    use crate::request::Position;
    use crate::testing::{V5_FULL, V45_FULL, character, request};

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
                    let settings = read(&picture_of(&asked));
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
    fn vibes_that_are_in_the_picture_are_taken_over() {
        let mut metadata = picture_of(&request(V45_FULL));
        let comment = metadata.comment.as_mut().unwrap();
        comment["reference_image_multiple"] = json!(["b25l", "dHdv", "?"]);
        comment["reference_strength_multiple"] = json!([0.6, -0.2, 1.0]);
        comment["reference_information_extracted_multiple"] = json!([0.5]);
        comment["director_reference_strengths"] = json!([1.0]);
        let settings = read(&metadata);
        let vibes = &settings.request.references.vibes;
        assert_eq!((vibes.len(), vibes[0].extraction, vibes[1].strength), (2, 0.5, -0.2));
        assert!(vibes.iter().all(|vibe| vibe.encoded));
        assert_eq!(settings.pictures.get(&vibes[1].image).unwrap().as_ref(), b"two");
        assert_eq!(settings.left_out.len(), 2, "{:?}", settings.left_out);
        metadata.source = None;
        assert!(read(&metadata).pictures.is_empty());
    }

    #[test]
    fn a_drawn_prompt_is_offered_beside_the_written_one() {
        let mut metadata = picture_of(&request(V45_FULL));
        let comment = metadata.comment.as_mut().unwrap();
        comment["v4_prompt"]["caption"]["base_caption"] = json!("||red|blue|| hair");
        comment["actual_prompts"] = json!({ "prompt": { "base_caption": "red hair", "char_captions": [] } });
        let settings = read(&metadata);
        assert_eq!(settings.request.prompt.text, "||red|blue|| hair");
        assert_eq!(settings.drawn.as_deref(), Some("red hair"));
    }

    #[test]
    fn a_picture_of_another_picture_says_so() {
        for (kind, word) in [("Img2ImgRequest", "picture"), ("NativeInfillingRequest", "mask")] {
            let mut metadata = picture_of(&request(V45_FULL));
            metadata.comment.as_mut().unwrap()["request_type"] = json!(kind);
            let told = read(&metadata).left_out;
            assert!(told.len() == 1 && told[0].contains(word), "{told:?}");
        }
    }

    #[test]
    fn settings_that_can_not_be_sent_say_so() {
        let mut metadata = picture_of(&request(V45_FULL));
        let comment = metadata.comment.as_mut().unwrap();
        comment["seed"] = json!(0);
        comment["width"] = json!(833);
        let settings = read(&metadata);
        assert_eq!(settings.request.sampling.seed, None);
        assert_eq!(settings.left_out.len(), 2, "{:?}", settings.left_out);
        metadata.comment = Some(json!({ "req_type": "lineart" }));
        assert_eq!(metadata.tool(), Some("lineart"));
        assert_eq!(
            metadata.settings(Registry::builtin(), &Registry::builtin().models()[0]),
            None
        );
    }
}
