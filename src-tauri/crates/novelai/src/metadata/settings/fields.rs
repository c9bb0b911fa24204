//! The fields that a picture's settings and a request on the wire have in common (api.md 3.3, 7.2).

use serde_json::Value;

use crate::model::Model;
use crate::request::{Character, Position, Sampling, Smea};

/// Characters of a file that are looked at; no model takes as many.
const CHARACTER_LIMIT: usize = 64;

/// A whole number of a field that fits.
pub(crate) fn whole<T: TryFrom<u64>>(fields: &Value, name: &str) -> Option<T> {
    let told = fields.get(name)?;
    // Python writes whole numbers with a fraction where it had floats.
    let whole = |float: f64| (float.fract() == 0.0 && (0.0..=9e15).contains(&float)).then_some(float as u64);
    let told = told.as_u64().or_else(|| whole(told.as_f64()?))?;
    T::try_from(told).ok()
}

pub(crate) fn is_on(fields: &Value, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool) == Some(true)
}

/// How it was sampled. What the model does not have is left out, and told.
pub(crate) fn take_sampling(fields: &Value, model: &Model, sampling: &mut Sampling, left_out: &mut Vec<String>) {
    let number = |name: &str| fields.get(name).and_then(Value::as_f64);
    sampling.guidance = number("scale").unwrap_or(sampling.guidance);
    sampling.guidance_rescale = number("cfg_rescale").unwrap_or(0.0);
    sampling.steps = whole(fields, "steps").unwrap_or(sampling.steps);
    sampling.seed = whole(fields, "seed");
    if sampling.seed == Some(0) {
        sampling.seed = None;
        left_out.push("The seed is 0, which stands for any: the real one is not known.".into());
    }
    let samplers = &model.samplers;
    take_choice(fields, "sampler", &mut sampling.sampler, left_out, |id| {
        samplers.iter().any(|sampler| sampler.id == id)
    });
    let schedules = &model.noise_schedules;
    take_choice(fields, "noise_schedule", &mut sampling.noise_schedule, left_out, |id| {
        schedules.iter().any(|schedule| schedule == id)
    });
    let varied = fields.get("skip_cfg_above_sigma").is_some_and(|sigma| !sigma.is_null());
    sampling.variety = model.variety && varied;
    sampling.decrisper = model.has_decrisper() && is_on(fields, "dynamic_thresholding");
    if model.has_smea() {
        sampling.smea = match (is_on(fields, "sm"), is_on(fields, "sm_dyn")) {
            (_, true) => Smea::Dynamic,
            (true, false) => Smea::On,
            (false, false) => Smea::Off,
        };
    }
}

fn take_choice(
    fields: &Value,
    field: &str,
    choice: &mut String,
    left_out: &mut Vec<String>,
    known: impl Fn(&str) -> bool,
) {
    match fields.get(field).and_then(Value::as_str) {
        Some(told) if known(told) => told.clone_into(choice),
        Some(told) => {
            let name = field.replace('_', " ");
            let told: String = told.chars().take(40).collect();
            left_out.push(format!("The model has no {name} {told}; {choice} is used."));
        }
        None => {}
    }
}

/// The characters, with the place of each where places were heeded.
pub(crate) fn characters(fields: &Value) -> Vec<Character> {
    let captions = |field: &str| {
        let list = fields.pointer(&format!("/{field}/caption/char_captions"));
        list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    };
    let placed = fields.pointer("/v4_prompt/use_coords").and_then(Value::as_bool) == Some(true);
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
    let list = captions("v4_prompt").iter().take(CHARACTER_LIMIT).enumerate();
    list.map(|(at, caption)| Character {
        prompt: text(Some(caption)),
        undesired: text(undesired.get(at)),
        position: placed.then(|| position(caption)).flatten(),
        enabled: true,
        name: String::new(),
    })
    .collect()
}

/// The characters as a page is read: by rows where they are placed.
pub(crate) fn reading_order(characters: &[Character]) -> Vec<&str> {
    let mut order: Vec<&Character> = characters.iter().collect();
    let place = |character: &Character| character.position.map_or((0.0, 0.0), |at| (at.y, at.x));
    order.sort_by(|a, b| {
        let (a, b) = (place(a), place(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    order.iter().map(|character| character.prompt.as_str()).collect()
}

/// Cuts a list of characters to what the model takes, and tells it.
pub(crate) fn fit_characters(characters: &mut Vec<Character>, model: &Model, left_out: &mut Vec<String>) {
    let most = model.max_characters as usize;
    if characters.len() > most {
        left_out.push(format!(
            "{} characters are left out: {} takes at most {most}.",
            characters.len() - most,
            model.short_name
        ));
        characters.truncate(most);
    }
}
