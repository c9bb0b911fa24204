//! One plain value that holds everything that decides an image.
//!
//! Wire JSON, price, warnings, history and "use these settings again" are all functions of it. It has no spelling of
//! the wire in it: those live in `payload`. It is not validated on construction: a draft being edited passes through
//! half-finished states, and `payload::build` names what is wrong with one.

use serde::{Deserialize, Serialize};

use crate::inpaint::Frame;
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
    #[serde(default)]
    pub source: Source,
    /// Pictures that it should take after.
    #[serde(default)]
    pub references: References,
    /// A transparent background, where the model has that.
    #[serde(default)]
    pub transparent: bool,
    /// Undesired Content is handled as it once was, where the model has that.
    #[serde(default)]
    pub legacy_undesired: bool,
    /// Number of pictures, 1 to 8; the area caps it.
    pub samples: u8,
    /// File format of the reply.
    pub format: ImageFormat,
    /// How it travels.
    #[serde(default)]
    pub delivery: Delivery,
    /// The model places the characters; their positions are kept, and not sent as such.
    #[serde(default)]
    pub ai_choice: bool,
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
                furry: false,
                auto_text: false,
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
                smea: Smea::Off,
                decrisper: false,
            },
            source: Source::Text,
            references: References::default(),
            transparent: false,
            legacy_undesired: false,
            samples: 1,
            format: ImageFormat::Png,
            delivery: Delivery::default(),
            ai_choice: false,
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
    /// Furry mode (V4 and later).
    #[serde(default)]
    pub furry: bool,
    /// What stands in quotation marks is drawn as text (V4 and later).
    #[serde(default)]
    pub auto_text: bool,
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
    /// A name for the person; it is never sent.
    #[serde(default)]
    pub name: String,
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
    /// SMEA (V3).
    #[serde(default)]
    pub smea: Smea,
    /// Decrisper (V3).
    #[serde(default)]
    pub decrisper: bool,
}

/// A way of sampling large pictures so that they hang together (V3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Smea {
    /// Not used.
    #[default]
    Off,
    /// SMEA.
    On,
    /// SMEA with its dynamic variant.
    Dynamic,
}

/// A picture (or an encoded vibe) that belongs to a request, by a name that its holder gave it. The bytes travel
/// beside the request, in [`crate::payload::Pictures`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct PictureId(pub String);

/// What the picture starts from. A sum type where the wire has an action and six optional fields.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Source {
    /// Nothing but the prompt.
    #[default]
    Text,
    /// Another picture, of the size of the request.
    Image {
        /// The picture.
        image: PictureId,
        /// How much is painted anew, 0.01 to 0.99.
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        strength: f64,
        /// How much noise is added before, 0 to 0.99.
        #[serde(default)]
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        noise: f64,
        /// The colours of the result are brought back to those of the picture.
        #[serde(default)]
        color_correct: bool,
        /// Whether this is to make a finished picture finer.
        #[serde(default)]
        enhance: Enhance,
        /// How it comes into the size of the request, where its shape is another.
        #[serde(default)]
        fit: Fit,
    },
    /// A part of another picture, of the size of the request.
    Inpaint {
        /// The picture.
        image: PictureId,
        /// A picture of the same size: white is painted anew, black is kept.
        mask: PictureId,
        /// How much of the white is painted anew, 0.01 to 1.
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        strength: f64,
        /// The server lays the picture over what the mask keeps. Without it the whole picture is decoded anew.
        #[serde(default)]
        overlay: bool,
        /// Where the picture is cut, and how the answer is laid back into it. Without it picture and mask are brought to
        /// the size of the request as they are, and the answer stands for itself.
        #[serde(default)]
        paste: Option<Paste>,
    },
}

/// A part of a picture that is sent by itself, and laid back by the one who sent it. None of it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Paste {
    /// What is cut out, and the size it is sent at: that of the request.
    pub frame: Frame,
    /// How much of a cell has to be painted for it to be white, in percent. 0: any pixel will do.
    pub coverage: u8,
    /// Pixels of the picture over which the answer fades into it.
    pub feather: u32,
    /// Beyond the feather the picture stays as it is, to the pixel.
    pub keep_outside: bool,
    /// The colours of the answer are brought to those of the picture around the mask.
    pub match_colours: bool,
    /// Whose result it is, for the one who asked.
    #[serde(default)]
    pub canvas: Option<PictureId>,
    /// A finished picture that takes the place of the picture, where there is one by then: of several spots that are
    /// painted one after the other, the result of the one before.
    #[serde(default)]
    pub after: Option<PictureId>,
}

/// How a picture of one shape comes into a size of another. None of it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Fit {
    /// All of it, wider or higher than it was.
    #[default]
    Stretch,
    /// Its middle, in its own proportions; what juts out is cut off.
    Crop,
    /// All of it, in its own proportions, with room beside it: clear where the model knows transparency, white elsewhere.
    Pad,
}

/// Whether a picture is enhanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Enhance {
    /// It is not.
    #[default]
    No,
    /// It is, at the size of the request.
    Yes,
    /// It is, and the server makes it as large as it can (V5).
    Max,
}

/// Pictures that a request takes after. Where there are precise references the vibes are not sent, nor where a part of
/// a picture is painted anew: that is the service's rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", default)]
pub struct References {
    /// Vibe Transfer.
    pub vibes: Vec<Vibe>,
    /// The strengths of several vibes are scaled to 1 together, if they are more.
    pub normalize_vibes: bool,
    /// Precise Reference (V4.5).
    pub precise: Vec<PreciseReference>,
}

/// A picture whose mood is taken over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Vibe {
    /// The picture, or what it was encoded to.
    pub image: PictureId,
    /// Whether it is encoded already, for this family of models and this Information Extracted.
    #[serde(default)]
    pub encoded: bool,
    /// Reference Strength, usually 0.01 to 1; below 0 it works against.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub strength: f64,
    /// Information Extracted, 0.01 to 1.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub extraction: f64,
}

/// A picture whose character, style or both are taken over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PreciseReference {
    /// The picture, on a canvas of 1024×1536, 1536×1024 or 1472×1472.
    pub image: PictureId,
    /// What is taken over.
    pub kind: ReferenceKind,
    /// 0 to 1; below 0 it works against.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub strength: f64,
    /// How closely, 0 to 1.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub fidelity: f64,
}

/// What is taken over from a precise reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum ReferenceKind {
    /// The character.
    Character,
    /// The style.
    Style,
    /// Both.
    Both,
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

/// How a request travels. It decides nothing about the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The picture is watched while it is painted, where the model can be.
    pub stream: bool,
    /// How its pictures travel. Where the server takes none of that, the other way is tried.
    pub transport: Transport,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            stream: true,
            transport: Transport::Json,
        }
    }
}

/// How the pictures of a request travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// As base64 within the JSON. Where the server takes none of that, the other way is tried.
    Json,
    /// As parts of a form. Where the server takes none of that, the other way is tried.
    #[serde(rename = "multipart")]
    Form,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{V5_FULL, V45_FULL, character, request};

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
    fn what_was_saved_before_there_was_more_to_say_is_still_a_request() {
        let old = r#"{"model":"nai-diffusion-4-5-full","prompt":{"text":"sea","undesired":"","quality":"standard","undesiredPreset":"heavy"},"size":{"width":832,"height":1216},"sampling":{"steps":23,"guidance":5.0,"guidanceRescale":0.0,"sampler":"k_euler_ancestral","noiseSchedule":"karras","variety":false,"seed":null},"source":{"kind":"text"},"samples":1,"format":"png"}"#;
        let mut expected = GenerateRequest::new(
            crate::model::Registry::builtin()
                .get(&ModelId(V45_FULL.into()))
                .unwrap(),
        );
        expected.prompt.text = "sea".into();
        assert_eq!(serde_json::from_str::<GenerateRequest>(old).unwrap(), expected);
    }

    #[test]
    fn sources_are_the_same_after_a_trip_through_json() {
        let image = PictureId("a".into());
        let json = r#"{"kind":"image","image":"a","strength":0.7,"noise":0.0,"colorCorrect":false,"enhance":"no","fit":"stretch"}"#;
        let source = Source::Image {
            image: image.clone(),
            strength: 0.7,
            noise: 0.0,
            color_correct: false,
            enhance: Enhance::No,
            fit: Fit::Stretch,
        };
        assert_eq!(serde_json::to_string(&source).unwrap(), json);
        let short = r#"{"kind":"image","image":"a","strength":0.7}"#;
        assert_eq!(serde_json::from_str::<Source>(short).unwrap(), source);
        let inpaint = r#"{"kind":"inpaint","image":"a","mask":"m","strength":1.0}"#;
        let expected = Source::Inpaint {
            image,
            mask: PictureId("m".into()),
            strength: 1.0,
            overlay: false,
            paste: None,
        };
        assert_eq!(serde_json::from_str::<Source>(inpaint).unwrap(), expected);
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
