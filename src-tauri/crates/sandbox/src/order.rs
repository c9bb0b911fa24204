//! Reading a request for pictures, and refusing what the service refuses (api.md 2.1, 2.2, 3, 5).
//!
//! The service ignores fields that it doesn't know, so does this. A combination that it did not foresee is answered
//! with a bare 500, a value out of range with a 400 that names it.

use base64::Engine as _;
use serde_json::{Map, Value};

use crate::{
    fields::{number, text, whole},
    models::{self, Family, Model},
    price::{Smea, Work, enlarged},
    refusal::Refusal,
};

/// Everything that decides a batch of pictures.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) model: &'static Model,
    pub(crate) action: Action,
    /// The final prompt.
    pub(crate) input: String,
    /// The final undesired content.
    pub(crate) undesired: String,
    pub(crate) characters: Vec<Character>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scale: f64,
    pub(crate) steps: u32,
    pub(crate) samples: u32,
    /// 0: one is picked that nobody is told.
    pub(crate) seed: u32,
    pub(crate) sampler: String,
    pub(crate) noise_schedule: Option<String>,
    pub(crate) format: Format,
    /// The `parameters` as they came, for the metadata.
    pub(crate) parameters: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Generate,
    Img2Img,
    Infill,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    WebP,
}

/// What the reply is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    MsgPack,
    Sse,
}

#[derive(Clone, Debug)]
pub(crate) struct Character {
    pub(crate) prompt: String,
    pub(crate) undesired: String,
    /// Where it stands, from 0 to 1, if the request says so and the model takes note.
    pub(crate) centre: Option<(f32, f32)>,
}

const MOST_AREA: u64 = 3_145_728;

/// How the stream endpoint was asked to frame its reply.
pub(crate) fn framing(body: &Value) -> Result<Framing, Refusal> {
    match body.pointer("/parameters/stream").and_then(Value::as_str) {
        Some("msgpack") => Ok(Framing::MsgPack),
        Some("sse") => Ok(Framing::Sse),
        Some(other) => Err(Refusal::invalid(format!("parameters.stream can't be {other:?}"))),
        None => Err(Refusal::invalid("parameters.stream must be msgpack or sse")),
    }
}

impl Order {
    /// Reads the JSON of a request.
    pub(crate) fn read(body: &Value, streamed: bool) -> Result<Self, Refusal> {
        let object = body
            .as_object()
            .ok_or_else(|| Refusal::invalid("the body must be an object"))?;
        let input = text(object, "input")?.ok_or_else(|| Refusal::invalid("input is required"))?;
        let id = text(object, "model")?.ok_or_else(|| Refusal::invalid("model is required"))?;
        let model = models::find(&id).ok_or_else(|| Refusal::invalid(format!("model {id} doesn't exist")))?;
        let action = action(object, model)?;
        let parameters = object
            .get("parameters")
            .and_then(Value::as_object)
            .ok_or_else(|| Refusal::invalid("parameters must be an object"))?;
        if streamed && !model.family.is_modern() {
            return Err(Refusal::invalid(format!("model {id} doesn't support streaming")));
        }
        let (width, height) = size(parameters)?;
        let samples = samples(parameters, u64::from(width) * u64::from(height))?;
        let steps = whole(parameters, "steps", 1, 50)?.unwrap_or(23) as u32;
        let seed = whole(parameters, "seed", 0, i64::from(u32::MAX))?.unwrap_or(0) as u32;
        let scale = number(parameters, "scale", 0.0, 10.0)?.unwrap_or(model.scale);
        number(parameters, "cfg_rescale", 0.0, 1.0)?;
        number(parameters, "strength", 0.0, 1.0)?;
        number(parameters, "inpaintImg2ImgStrength", 0.0, 1.0)?;
        let sampler = text(parameters, "sampler")?.unwrap_or_else(|| "k_euler_ancestral".into());
        if !model.family.knows_sampler(&sampler) {
            return Err(Refusal::invalid(format!("sampler {sampler} doesn't exist")));
        }
        let noise_schedule = text(parameters, "noise_schedule")?;
        if let Some(name) = noise_schedule
            .as_deref()
            .filter(|name| !model.family.knows_schedule(name))
        {
            return Err(Refusal::invalid(format!(
                "noise schedule {name} doesn't exist for model {id}"
            )));
        }
        combination(parameters, model)?;
        pictures(parameters, action)?;
        let (input, undesired, characters) = prompts(input, parameters, model)?;
        Ok(Self {
            model,
            action,
            input,
            undesired,
            characters,
            width,
            height,
            scale,
            steps,
            samples,
            seed,
            sampler,
            noise_schedule,
            format: format(parameters)?,
            parameters: parameters.clone(),
        })
    }

    /// What the price depends on.
    pub(crate) fn work(&self) -> Work {
        let value = |name: &str| self.parameters.get(name).and_then(Value::as_f64);
        let flag = |name: &str| self.parameters.get(name).and_then(Value::as_bool).unwrap_or(false);
        let list = |name: &str| self.parameters.get(name).and_then(Value::as_array).map_or(0, Vec::len) as u32;
        let strength = match self.action {
            Action::Generate => 1.0,
            Action::Img2Img => value("strength").unwrap_or(0.7),
            Action::Infill if self.model.family.is_modern() => value("inpaintImg2ImgStrength").unwrap_or(1.0),
            Action::Infill => value("strength").unwrap_or(0.7),
        };
        let smea = match (self.sampler.as_str(), flag("sm"), flag("sm_dyn")) {
            ("ddim" | "ddim_v3" | "plms" | "k_lms", _, _) | (_, false, _) => Smea::Off,
            (_, true, false) => Smea::On,
            (_, true, true) => Smea::Dynamic,
        };
        let area = if self.model.family == Family::V5 && flag("upscaled_enhance") {
            enlarged(self.width, self.height)
        } else {
            u64::from(self.width) * u64::from(self.height)
        };
        let vibes = match (self.action, self.model.family.is_modern()) {
            (Action::Infill, _) | (_, false) => 0,
            (Action::Generate | Action::Img2Img, true) => list("reference_image_multiple"),
        };
        Work {
            family: self.model.family,
            area,
            steps: self.steps,
            samples: self.samples,
            smea,
            strength,
            vibes,
            references: list("director_reference_images"),
        }
    }
}

fn action(object: &Map<String, Value>, model: &Model) -> Result<Action, Refusal> {
    let name = text(object, "action")?.ok_or_else(|| Refusal::invalid("action is required"))?;
    let action = match name.as_str() {
        "generate" => Action::Generate,
        "img2img" => Action::Img2Img,
        "infill" => Action::Infill,
        _ => return Err(Refusal::invalid(format!("action {name} doesn't exist"))),
    };
    if (action == Action::Infill) == model.inpainting {
        Ok(action)
    } else {
        Err(Refusal::invalid(format!(
            "model {} doesn't support action {name}",
            model.id
        )))
    }
}

fn size(parameters: &Map<String, Value>) -> Result<(u32, u32), Refusal> {
    let side = |name: &str| {
        let side = whole(parameters, name, 64, i64::from(u32::MAX))?
            .ok_or_else(|| Refusal::invalid(format!("parameters.{name} is required")))?;
        if side % 64 == 0 {
            Ok(side as u32)
        } else {
            Err(Refusal::invalid(format!(
                "parameters.{name} must be a multiple of 64, it is {side}"
            )))
        }
    };
    let (width, height) = (side("width")?, side("height")?);
    let area = u64::from(width) * u64::from(height);
    if area > MOST_AREA {
        return Err(Refusal::invalid(format!(
            "{width}x{height} has {area} pixels, at most {MOST_AREA} are allowed"
        )));
    }
    Ok((width, height))
}

fn samples(parameters: &Map<String, Value>, area: u64) -> Result<u32, Refusal> {
    let most = match area {
        0..=360_448 => 8,
        360_449..=409_600 => 6,
        _ => 4,
    };
    Ok(whole(parameters, "n_samples", 1, most)?.unwrap_or(1) as u32)
}

/// Settings that don't go together.
fn combination(parameters: &Map<String, Value>, model: &Model) -> Result<(), Refusal> {
    let on = |name: &str| parameters.get(name).and_then(Value::as_bool).unwrap_or(false);
    let list = |name: &str| {
        parameters
            .get(name)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
    };
    if model.family.is_modern() && (on("sm") || on("sm_dyn")) {
        return Err(Refusal::crash());
    }
    let vibes = list("reference_image_multiple");
    match model.family {
        Family::V5 if !vibes.is_empty() => return Err(Refusal::crash()),
        Family::V4 | Family::V45 if vibes.iter().any(is_picture) => return Err(Refusal::crash()),
        Family::V1 | Family::V2 | Family::V3 | Family::V4 | Family::V45 | Family::V5 => {}
    }
    if !list("director_reference_images").is_empty() && model.family != Family::V45 {
        let message = format!(
            "Error encoding v4 director references: model {} doesn't support them",
            model.id
        );
        return Err(Refusal::new(400, message));
    }
    Ok(())
}

/// Whether this is a picture in base64 and not an encoded vibe.
fn is_picture(value: &Value) -> bool {
    let start = value.as_str().unwrap_or_default().get(..16).unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(start)
        .unwrap_or_default();
    bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8\xff") || bytes.starts_with(b"RIFF")
}

/// The pictures that an action works on.
fn pictures(parameters: &Map<String, Value>, action: Action) -> Result<(), Refusal> {
    let needed: &[&str] = match action {
        Action::Generate => &[],
        Action::Img2Img => &["image"],
        Action::Infill => &["image", "mask"],
    };
    for name in needed {
        if text(parameters, name)?.is_none() {
            return Err(Refusal::invalid(format!("parameters.{name} is required")));
        }
    }
    match action {
        Action::Generate => Ok(()),
        Action::Img2Img | Action::Infill => Err(Refusal::new(501, "The sandbox can't start from a picture yet")),
    }
}

/// The prompt, the undesired content and the characters, from where the family keeps them.
fn prompts(
    input: String,
    parameters: &Map<String, Value>,
    model: &Model,
) -> Result<(String, String, Vec<Character>), Refusal> {
    let undesired = text(parameters, "negative_prompt")?.unwrap_or_default();
    let Some(most) = model.family.most_characters() else {
        return Ok((input, undesired, Vec::new()));
    };
    let (Some(prompt), Some(negative)) = (
        caption(parameters, "v4_prompt"),
        caption(parameters, "v4_negative_prompt"),
    ) else {
        return Err(Refusal::crash());
    };
    if prompt.characters.len() > most {
        return Err(Refusal::crash());
    }
    let version = parameters.get("params_version").and_then(Value::as_i64).unwrap_or(1);
    let placed = parameters.get("v4_prompt").and_then(|value| value.get("use_coords")) == Some(&Value::Bool(true))
        && (model.family != Family::V5 || version >= 4);
    let characters = prompt
        .characters
        .into_iter()
        .enumerate()
        .map(|(place, (text, centre))| Character {
            prompt: text,
            undesired: negative
                .characters
                .get(place)
                .map(|(text, _)| text.clone())
                .unwrap_or_default(),
            centre: centre.filter(|_| placed),
        })
        .collect();
    Ok((prompt.base, negative.base, characters))
}

struct Caption {
    base: String,
    characters: Vec<(String, Option<(f32, f32)>)>,
}

/// One of the two prompt objects; `None` if it is not there or not of that shape.
fn caption(parameters: &Map<String, Value>, name: &str) -> Option<Caption> {
    let caption = parameters.get(name)?.get("caption")?;
    let base = caption.get("base_caption")?.as_str()?.to_owned();
    let characters = caption
        .get("char_captions")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|character| {
            let text = character
                .get("char_caption")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let axis = |name| {
                character
                    .pointer("/centers/0")
                    .and_then(|centre| centre.get(name)?.as_f64())
            };
            (text, axis("x").zip(axis("y")).map(|(x, y)| (x as f32, y as f32)))
        })
        .collect();
    Some(Caption { base, characters })
}

fn format(parameters: &Map<String, Value>) -> Result<Format, Refusal> {
    match text(parameters, "image_format")?.as_deref() {
        None | Some("png") => Ok(Format::Png),
        Some("webp") => Ok(Format::WebP),
        Some(other) => Err(Refusal::invalid(format!("parameters.image_format can't be {other:?}"))),
    }
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
