//! `POST /ai/generate-prompt` (api.md 2.8, 13): goes on with a prompt, the same way for the same request.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::object;
use crate::{
    fields::{text, whole},
    parcel::Reply,
    refusal::Refusal,
};

/// What a prompt can go on with; a group each time, one of it.
const GROUPS: &[&[&str]] = &[
    &[
        "cherry blossoms",
        "tall grass",
        "a quiet street",
        "mountains in the distance",
        "paper lanterns",
        "the open sea",
    ],
    &[
        "golden hour",
        "starry sky",
        "soft morning light",
        "after the rain",
        "full moon",
        "light rays",
    ],
    &[
        "looking back",
        "gentle smile",
        "wind in the hair",
        "reading a book",
        "holding a lantern",
        "closed eyes",
    ],
    &[
        "from below",
        "wide shot",
        "cowboy shot",
        "from side",
        "upper body",
        "from above",
    ],
    &[
        "muted colors",
        "pastel colors",
        "warm tones",
        "high contrast",
        "blue and gold",
        "film photograph",
    ],
    &[
        "petals in the air",
        "fireflies",
        "drifting snow",
        "birds far away",
        "reflections on water",
        "falling leaves",
    ],
    &[
        "depth of field",
        "highly detailed",
        "painterly",
        "very aesthetic",
        "clean lines",
        "soft shading",
    ],
];

/// Tokens that a tag takes, about.
const TOKENS: i64 = 4;

pub(crate) fn continue_prompt(body: &Value) -> Result<Reply, Refusal> {
    let body = object(body)?;
    let model = text(body, "model")?.ok_or_else(|| Refusal::invalid("model is required"))?;
    let prompt = text(body, "prompt")?.ok_or_else(|| Refusal::invalid("prompt is required"))?;
    let temperature = match body.get("temp") {
        None | Some(Value::Null) => 1.0,
        Some(value) => value
            .as_f64()
            .filter(|value| (0.0..=100.0).contains(value))
            .ok_or_else(|| Refusal::invalid("temp must be a number from 0 to 100"))?,
    };
    let tokens = whole(body, "tokens_to_generate", 1, 2048)?.unwrap_or(24);
    let dice = Sha256::digest(format!("{model}\n{prompt}\n{temperature}\n{tokens}"));
    let count = usize::try_from(tokens / TOKENS).unwrap_or(1).clamp(1, GROUPS.len());
    let first = usize::from(dice[0]) % GROUPS.len();
    let mut output = prompt.trim_end_matches([',', ' ', '\n']).to_owned();
    for place in 0..count {
        let group = GROUPS[(first + place) % GROUPS.len()];
        // Without heat always the first of a group.
        let choice = if temperature < 0.01 {
            0
        } else {
            usize::from(dice[place + 1]) % group.len()
        };
        if !output.is_empty() {
            output.push_str(", ");
        }
        output.push_str(group[choice]);
    }
    Ok(Reply::json(201, &json!({ "output": output })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Content;

    fn output(body: &Value) -> String {
        let Content::Whole(piece) = continue_prompt(body).unwrap().content else {
            panic!("it is no stream")
        };
        let body: Value = serde_json::from_slice(&piece.bytes).unwrap();
        body["output"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_prompt_goes_on_and_does_so_the_same_way_each_time() {
        let ask = |temp: f64, tokens: u32| {
            output(&json!({ "model": "x", "prompt": "1girl, city,", "temp": temp, "tokens_to_generate": tokens }))
        };
        assert!(ask(1.0, 20).starts_with("1girl, city, "));
        assert_eq!(ask(1.0, 20), ask(1.0, 20));
        assert_ne!(ask(1.0, 20), ask(1.1, 20));
        assert!(ask(1.0, 4).len() < ask(1.0, 28).len());
    }
}
