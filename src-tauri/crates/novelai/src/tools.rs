//! What can be asked of the service beside pictures from prompts: the director tools, upscaling, tags, annotations.

mod answers;
mod offer;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use self::answers::{Label, labels, text};
pub use self::offer::{ToolField, ToolInfo, ToolKind, Tools, UpscaleInfo};
use crate::check::Refusal;
use crate::error::Error;
use crate::model::{Model, ModelId, Registry};

/// A director tool (api.md 2.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Tool {
    /// Removes the background; gives three pictures: masked, generated, blended.
    RemoveBackground,
    /// Makes a line drawing.
    LineArt,
    /// Makes a sketch.
    Sketch,
    /// Colours a drawing.
    Colorize {
        /// What it should look like; may be empty.
        prompt: String,
        /// 0 to 5: how little is changed.
        defry: u8,
    },
    /// Changes the look on a face.
    Emotion {
        /// One of [`MOODS`].
        mood: String,
        /// Further tags; may be empty.
        prompt: String,
        /// 0 to 5, 0 is the strongest.
        defry: u8,
    },
    /// Removes text and other clutter.
    Declutter,
    /// The same, but keeps speech bubbles.
    DeclutterKeepBubbles,
}

/// The moods that [`Tool::Emotion`] knows.
pub const MOODS: [&str; 24] = [
    "neutral",
    "happy",
    "sad",
    "angry",
    "scared",
    "surprised",
    "tired",
    "excited",
    "nervous",
    "thinking",
    "confused",
    "shy",
    "disgusted",
    "smug",
    "bored",
    "laughing",
    "irritated",
    "aroused",
    "embarrassed",
    "worried",
    "love",
    "determined",
    "hurt",
    "playful",
];

const MAX_DEFRY: u8 = 5;

/// How strongly an upscaled picture can be sharpened (api.md 2.4); 0 is not at all.
pub const SHARPENINGS: [f64; 6] = [0.0, 0.3, 0.35, 0.4, 0.45, 0.5];

/// How many times as large a picture can be made: 4 where the server has an older form of the endpoint (api.md 13).
pub const SCALES: [u8; 2] = [2, 4];

/// The most tokens that a text can be continued by.
pub const MAX_TOKENS: u32 = 2048;

/// The highest temperature of a text that is continued.
pub const MAX_TEMPERATURE: f64 = 100.0;

/// Whether this can be asked of an upscaler, whatever the picture.
///
/// # Errors
///
/// A [`Refusal`] names the field that is wrong.
pub fn check_upscale(model: &ModelId, sharpening: f64, scale: u8, registry: &Registry) -> Result<(), Refusal> {
    if !registry.get(model).is_some_and(Model::can_upscale) {
        return Err(Refusal::new("model", "This model does not upscale by itself."));
    }
    if !SHARPENINGS.contains(&sharpening) {
        let message = "Sharpening must be 0, or 0.3 to 0.5 in steps of 0.05.";
        let nearest = SHARPENINGS
            .into_iter()
            .min_by(|a, b| (a - sharpening).abs().total_cmp(&(b - sharpening).abs()));
        return Err(Refusal::new("sharpening", message).nearest(nearest.unwrap_or_default()));
    }
    if !SCALES.contains(&scale) {
        return Err(Refusal::new("scale", "The scale must be 2 or 4.").nearest(2));
    }
    Ok(())
}

/// Whether a text can be continued in this way.
///
/// # Errors
///
/// A [`Refusal`] names the field that is wrong.
pub fn check_writing(temperature: f64, tokens: u32) -> Result<(), Refusal> {
    if !(0.0..=MAX_TEMPERATURE).contains(&temperature) {
        let message = format!("The temperature must be from 0 to {MAX_TEMPERATURE}.");
        return Err(Refusal::new("temperature", message).nearest(1));
    }
    if !(1..=MAX_TOKENS).contains(&tokens) {
        let message = format!("A text is continued by 1 to {MAX_TOKENS} tokens.");
        return Err(Refusal::new("tokens", message).nearest(tokens.clamp(1, MAX_TOKENS)));
    }
    Ok(())
}

impl Tool {
    /// Whether it can be asked for, whatever the picture.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] names the field that is wrong.
    pub fn check(&self) -> Result<(), Refusal> {
        self.fields().map(drop)
    }

    /// Whether it removes the background, which has a price of its own.
    #[must_use]
    pub fn removes_background(&self) -> bool {
        *self == Self::RemoveBackground
    }

    /// The fields of the request but the picture and its size.
    pub(crate) fn fields(&self) -> Result<Value, Refusal> {
        let (name, asked) = match self {
            Self::RemoveBackground => ("bg-removal", None),
            Self::LineArt => ("lineart", None),
            Self::Sketch => ("sketch", None),
            Self::Declutter => ("declutter", None),
            Self::DeclutterKeepBubbles => ("declutter-keep-bubbles", None),
            Self::Colorize { prompt, defry } => ("colorize", Some((prompt.clone(), *defry))),
            Self::Emotion { mood, prompt, defry } => {
                if !MOODS.contains(&mood.as_str()) {
                    return Err(Refusal::new("mood", "This mood is not known.").nearest(MOODS[0]));
                }
                ("emotion", Some((format!("{mood};;{prompt}"), *defry)))
            }
        };
        let mut fields = json!({ "req_type": name, "use_new_shared_trial": true });
        if let Some((prompt, defry)) = asked {
            if defry > MAX_DEFRY {
                let message = format!("Defry must be from 0 to {MAX_DEFRY}.");
                return Err(Refusal::new("defry", message).nearest(MAX_DEFRY));
            }
            fields["prompt"] = prompt.into();
            fields["defry"] = defry.into();
        }
        Ok(fields)
    }
}

/// A tag that would go on from what was typed (api.md 2.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct TagSuggestion {
    /// The tag.
    pub tag: String,
    /// In Japanese, where that was asked for.
    pub japanese: Option<String>,
    /// How often it occurs, where that is told.
    pub count: Option<u32>,
    /// 0 to 1, where that is told.
    pub confidence: Option<f64>,
}

/// Reads `{tags: […]}`, or the bare list that is given for Japanese.
pub(crate) fn suggestions(body: &[u8]) -> Result<Vec<TagSuggestion>, Error> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let list = value.as_array().or_else(|| value.get("tags").and_then(Value::as_array));
    let Some(list) = list else {
        return Err(Error::Malformed("this is no list of tags".into()));
    };
    let text = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let found = list.iter().take(1000).filter_map(|entry| {
        Some(TagSuggestion {
            tag: text(entry, "tag").or_else(|| text(entry, "en_tag"))?,
            japanese: text(entry, "jp_tag"),
            count: ["count", "power"]
                .iter()
                .find_map(|name| entry.get(*name).and_then(Value::as_u64))
                .map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
            confidence: entry.get("confidence").and_then(Value::as_f64),
        })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_asked_for_by_name() {
        let emotion = Tool::Emotion {
            mood: "happy".into(),
            prompt: String::new(),
            defry: 0,
        };
        let expected = json!({"req_type":"emotion","prompt":"happy;;","defry":0,"use_new_shared_trial":true});
        assert_eq!(emotion.fields(), Ok(expected));
        for (tool, name) in [
            (Tool::RemoveBackground, "bg-removal"),
            (Tool::LineArt, "lineart"),
            (Tool::Sketch, "sketch"),
            (Tool::Declutter, "declutter"),
            (Tool::DeclutterKeepBubbles, "declutter-keep-bubbles"),
        ] {
            let expected = json!({ "req_type": name, "use_new_shared_trial": true });
            assert_eq!(tool.fields(), Ok(expected));
        }
    }

    #[test]
    fn moods_and_defry_are_those_of_the_service() {
        let mut moody = Tool::Emotion {
            mood: "grumpy".into(),
            prompt: String::new(),
            defry: 0,
        };
        assert_eq!(moody.fields().unwrap_err().field, "mood");
        moody = Tool::Colorize {
            prompt: "sea".into(),
            defry: 6,
        };
        assert_eq!(moody.fields().unwrap_err().nearest, Some(json!(5)));
    }

    #[test]
    fn what_an_upscaler_can_not_do_is_refused_by_field() {
        let registry = Registry::builtin();
        let ask = |model: &str, sharpening, scale| {
            let asked = check_upscale(&ModelId(model.into()), sharpening, scale, registry);
            asked.map_err(|refusal| (refusal.field, refusal.nearest))
        };
        assert_eq!(ask("nai-diffusion-5-curated", 0.35, 4), Ok(()));
        assert_eq!(ask("nai-diffusion-4-5-full", 0.0, 2), Err(("model", None)));
        assert_eq!(ask("nai-diffusion-9", 0.0, 2), Err(("model", None)));
        assert_eq!(
            ask("nai-diffusion-5-full", 0.31, 2),
            Err(("sharpening", Some(json!(0.3))))
        );
        assert_eq!(ask("nai-diffusion-5-full", f64::NAN, 2).unwrap_err().0, "sharpening");
        assert_eq!(ask("nai-diffusion-5-full", 0.0, 3), Err(("scale", Some(json!(2)))));
    }

    #[test]
    fn a_text_is_continued_within_bounds() {
        assert_eq!(check_writing(1.0, 40), Ok(()));
        for (temperature, tokens) in [(f64::NAN, 40), (-0.1, 40), (1e9, 40), (1.0, 0), (1.0, 4096)] {
            assert!(check_writing(temperature, tokens).is_err(), "{temperature} {tokens}");
        }
    }

    #[test]
    fn tags_are_read_in_either_form() {
        let read = suggestions(br#"{"tags":[{"tag":"red jacket","count":1234,"confidence":0.94},{"x":1}]}"#).unwrap();
        assert_eq!(
            (read.len(), read[0].tag.as_str(), read[0].count),
            (1, "red jacket", Some(1234))
        );
        let read = suggestions("[{\"jp_tag\":\"海\",\"en_tag\":\"sea\",\"power\":5}]".as_bytes()).unwrap();
        assert_eq!(
            (read[0].tag.as_str(), read[0].japanese.as_deref(), read[0].count),
            ("sea", Some("海"), Some(5))
        );
        for body in ["", "{}", "<html>", "7"] {
            assert!(suggestions(body.as_bytes()).is_err(), "{body}");
        }
    }
}
