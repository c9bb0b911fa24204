//! Reading a request for pictures, and refusing what the service refuses (api.md 2.1, 2.2, 3, 5).
//!
//! The service ignores fields that it doesn't know, so does this. A combination that it did not foresee is answered
//! with a bare 500, a value out of range with a 400 that names it.

use serde_json::{Map, Value};

use crate::{
    fields::{number, text, whole},
    guides::Guides,
    models::{self, Family, Model},
    price::{Smea, Work, enlarged},
    refusal::Refusal,
    source::Source,
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
    /// The size that is painted and paid for; larger than asked for with the V5 "Max" enhance.
    pub(crate) canvas: (u32, u32),
    pub(crate) scale: f64,
    pub(crate) steps: u32,
    pub(crate) samples: u32,
    /// 0: one is picked that nobody is told.
    pub(crate) seed: u32,
    pub(crate) sampler: String,
    pub(crate) noise_schedule: Option<String>,
    pub(crate) format: Format,
    pub(crate) source: Option<Source>,
    pub(crate) guides: Guides,
    /// The `parameters` as they came, without the pictures, for the metadata.
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
        number(parameters, "skip_cfg_above_sigma", 0.0, 1e6)?;
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
        combination(parameters, model, &sampler, steps)?;
        let (input, undesired, characters) = prompts(input, parameters, model)?;
        let guides = Guides::read(parameters, model)?;
        let source = Source::read(parameters, action, model, (width, height))?;
        let max = model.family == Family::V5
            && action != Action::Infill
            && parameters.get("upscaled_enhance") == Some(&Value::Bool(true));
        Ok(Self {
            model,
            action,
            input,
            undesired,
            characters,
            width,
            height,
            canvas: if max { enlarged(width, height) } else { (width, height) },
            scale,
            steps,
            samples,
            seed,
            sampler,
            noise_schedule,
            format: format(parameters)?,
            source,
            guides,
            parameters: noted(parameters, model),
        })
    }

    /// What the price depends on.
    pub(crate) fn work(&self) -> Work {
        let flag = |name: &str| self.parameters.get(name).and_then(Value::as_bool).unwrap_or(false);
        let smea = match (self.sampler.as_str(), flag("sm"), flag("sm_dyn")) {
            ("ddim" | "ddim_v3" | "plms" | "k_lms", _, _) | (_, false, _) => Smea::Off,
            (_, true, false) => Smea::On,
            (_, true, true) => Smea::Dynamic,
        };
        let vibes = match (self.action, self.model.family.is_modern()) {
            (Action::Infill, _) | (_, false) => 0,
            (Action::Generate | Action::Img2Img, true) => self.guides.vibes.len() as u32,
        };
        Work {
            family: self.model.family,
            area: u64::from(self.canvas.0) * u64::from(self.canvas.1),
            steps: self.steps,
            samples: self.samples,
            smea,
            strength: self.source.as_ref().map_or(1.0, |source| source.strength),
            vibes,
            references: self.guides.references.len() as u32,
        }
    }

    /// How many of the steps are taken: who starts from a picture skips the first.
    pub(crate) fn taken(&self) -> u32 {
        let strength = self.source.as_ref().map_or(1.0, |source| source.strength);
        ((f64::from(self.steps) * strength).round() as u32).clamp(1, self.steps)
    }
}

/// The parameters without the pictures, which the metadata does not repeat. Encoded vibes it does.
fn noted(parameters: &Map<String, Value>, model: &Model) -> Map<String, Value> {
    let picture = |name: &str| match name {
        "image" | "mask" | "director_reference_images" | "controlnet_condition" => true,
        "reference_image_multiple" => !model.family.is_modern(),
        _ => false,
    };
    let kept = parameters.iter().filter(|(name, _)| !picture(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
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
fn combination(parameters: &Map<String, Value>, model: &Model, sampler: &str, steps: u32) -> Result<(), Refusal> {
    let on = |name: &str| parameters.get(name).and_then(Value::as_bool).unwrap_or(false);
    if model.family.is_modern() && (on("sm") || on("sm_dyn")) {
        return Err(Refusal::crash());
    }
    // These samplers are known to fail at some numbers of steps. Where they are replaced they can't.
    let replaced = sampler == "ddim" && model.replaces_ddim();
    if matches!(sampler, "ddim" | "ddim_v3" | "plms") && !replaced && matches!(steps, 3 | 9 | 27 | 36 | 37) {
        return Err(Refusal::crash());
    }
    Ok(())
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
            centre: centre.filter(|_| placed).map(|(x, y)| match model.family {
                Family::V5 => (x, y),
                Family::V1 | Family::V2 | Family::V3 | Family::V4 | Family::V45 => (grid(x), grid(y)),
            }),
        })
        .collect();
    Ok((prompt.base, negative.base, characters))
}

/// The middle of one of five columns or rows.
fn grid(axis: f32) -> f32 {
    ((axis * 5.0) as u32).min(4) as f32 * 0.2 + 0.1
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
            let part = |axis: f64| axis.clamp(0.0, 1.0) as f32;
            (text, axis("x").zip(axis("y")).map(|(x, y)| (part(x), part(y))))
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
