//! One plain value that holds everything that decides an image.
//!
//! Wire JSON, price, warnings, history and "use these settings again" are all functions of it. It has no spelling of
//! the wire in it: those live in `payload`. It is not validated on construction: a draft being edited passes through
//! half-finished states, and `payload::build` names what is wrong with one.

use serde::{Deserialize, Serialize};

use crate::model::{Model, ModelId};

/// Everything that decides an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct GenerateRequest {
    /// Which model paints.
    pub model: ModelId,
    /// What to paint, and what not.
    pub prompt: Prompt,
    /// Characters with prompts of their own, in order. Empty for models without them.
    #[serde(default)]
    pub characters: Vec<Character>,
    /// Size of the picture.
    pub size: Size,
    /// How it is sampled.
    pub sampling: Sampling,
    /// What the picture starts from.
    pub source: Source,
    /// Number of pictures, 1 to 8; the area caps it.
    pub samples: u8,
    /// File format of the reply.
    pub format: ImageFormat,
}

impl GenerateRequest {
    /// What a new draft starts from: the defaults of the model, an upright picture of the usual size, no words yet.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let defaults = model.defaults.clone();
        Self {
            model: model.id.clone(),
            prompt: Prompt {
                text: String::new(),
                undesired: String::new(),
                quality: defaults.quality,
                undesired_preset: defaults.undesired_preset,
            },
            characters: Vec::new(),
            size: Size {
                width: 832,
                height: 1216,
            },
            sampling: Sampling {
                steps: defaults.steps,
                guidance: defaults.guidance,
                guidance_rescale: defaults.guidance_rescale,
                sampler: defaults.sampler,
                noise_schedule: defaults.noise_schedule,
                variety: false,
                seed: None,
            },
            source: Source::Text,
            samples: 1,
            format: ImageFormat::Png,
        }
    }

    /// Picks a seed where there is none, so that the picture can be made again. Seed 0 is never picked: the service
    /// takes it for "any" and doesn't tell which one it took (api.md 3.2). Picture `i` of a batch is made with the seed
    /// plus `i`, so the highest seeds are left out as well.
    pub fn pick_seed(&mut self, random: impl FnOnce() -> u32) {
        let last = u32::MAX - u32::from(self.samples.saturating_sub(1));
        self.sampling.seed.get_or_insert_with(|| random().clamp(1, last));
    }
}

/// What the person wrote, and the presets that are added to it when the payload is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Prompt {
    /// The prompt as written.
    pub text: String,
    /// The Undesired Content as written, without the preset.
    pub undesired: String,
    /// Which quality tags are added to the prompt.
    pub quality: QualityPreset,
    /// Which preset text is put before the Undesired Content.
    pub undesired_preset: UndesiredPreset,
}

/// Quality tags that the client adds to the prompt (the service adds none).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum QualityPreset {
    /// The tags that the web page adds by default.
    Standard,
    /// A weaker set, where the model has one.
    Light,
    /// Nothing is added.
    None,
}

/// Undesired Content presets, by the names the service uses for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum UndesiredPreset {
    /// The strongest set; the default.
    Heavy,
    /// A weaker set.
    Light,
    /// Heavy, and more against broken human anatomy.
    HumanFocus,
    /// A set for the furry data sets.
    FurryFocus,
    /// Nothing is added.
    None,
    /// V1 and safe-diffusion only.
    LowQualityPlusBadAnatomy,
    /// V1, safe-diffusion and V1 Furry only.
    LowQuality,
    /// V1 Furry only.
    BadAnatomy,
}

/// A character with a prompt of its own (V4 and later).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Character {
    /// What the character looks like and does.
    pub prompt: String,
    /// What this character should not have.
    pub undesired: String,
    /// Centre of the character, or the model's own choice.
    pub position: Option<Position>,
    /// A disabled character is kept but not sent.
    pub enabled: bool,
}

/// A point on the picture: 0 is left or top, 1 is right or bottom.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Position {
    /// 0 to 1, left to right.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub x: f64,
    /// 0 to 1, top to bottom.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub y: f64,
}

/// Pixels. Sides are multiples of 64 and the area is at most 3,145,728.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Size {
    /// Width times height, without overflow.
    #[must_use]
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// How the picture is sampled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Sampling {
    /// Sampling steps, 1 to 50.
    pub steps: u8,
    /// Prompt Guidance, 0 to 10.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub guidance: f64,
    /// Guidance Rescale, 0 to 1.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub guidance_rescale: f64,
    /// A sampler id of the model's row in the registry.
    pub sampler: String,
    /// A noise schedule of the model's row in the registry.
    pub noise_schedule: String,
    /// Variety+, where the model has it.
    pub variety: bool,
    /// 1 to 4,294,967,295. `None`: one is picked when the request is queued, so that the picture can be made again.
    pub seed: Option<u32>,
}

/// What the picture starts from. A sum type where the wire has an action and six optional fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Source {
    /// Nothing but the prompt.
    Text,
}

/// File format of the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// Lossless, read everywhere.
    Png,
    /// Lossless WebP, about a third smaller.
    Webp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{V5_FULL, character, request};

    #[test]
    fn a_request_is_the_same_after_a_trip_through_json() {
        let mut asked = request(V5_FULL);
        asked.characters = vec![character("girl")];
        asked.characters[0].position = Some(Position { x: 0.25, y: 0.5 });
        asked.sampling.seed = None;
        let json = serde_json::to_string(&asked).unwrap();
        assert!(json.contains(r#""source":{"kind":"text"}"#), "{json}");
        assert!(
            json.contains(r#""undesiredPreset":"heavy""#) && json.contains(r#""seed":null"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<GenerateRequest>(&json).unwrap(), asked);
    }

    #[test]
    fn a_picked_seed_leaves_room_for_the_batch_and_is_kept() {
        let picked = |samples: u8, random: u32| {
            let mut asked = request(V5_FULL);
            asked.samples = samples;
            asked.sampling.seed = None;
            asked.pick_seed(|| random);
            asked.pick_seed(|| 99);
            asked.sampling.seed
        };
        assert_eq!(
            (picked(1, 0), picked(1, 7), picked(1, u32::MAX)),
            (Some(1), Some(7), Some(u32::MAX))
        );
        assert_eq!(picked(4, u32::MAX), Some(u32::MAX - 3));
    }
}
