//! What can be asked of the service beside pictures from prompts: the director tools, tags, annotations.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::check::Refusal;
use crate::error::Error;

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

impl Tool {
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
