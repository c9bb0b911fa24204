//! The model registry: which models there are, what each can do, and the texts that belong to it.

use serde::{Deserialize, Serialize};

use crate::request::{QualityPreset, UndesiredPreset};

/// A model as the service names it, such as `nai-diffusion-4-5-full`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct ModelId(pub String);

/// All that is known about models, sizes and limits.
#[derive(Debug, Clone)]
pub struct Registry {
    catalogue: Catalogue,
}

/// The part of the registry that a person chooses from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Catalogue {
    /// In the order in which they are offered.
    pub models: Vec<Model>,
    /// In the order in which they are offered.
    pub sizes: Vec<SizePreset>,
    /// What every request is held to.
    pub limits: Limits,
}

/// A model and what it can do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// What is sent.
    pub id: ModelId,
    /// Such as `NovelAI Diffusion V5 Full`.
    pub name: String,
    /// Such as `V5 Full`.
    pub short_name: String,
    /// Such as `V5`.
    pub family: String,
    /// A sentence for the person who chooses, if there is something to say.
    pub note: Option<String>,
    /// What a new draft starts from.
    pub defaults: Defaults,
    /// In the order in which they are offered.
    pub samplers: Vec<Sampler>,
    /// In the order in which they are offered.
    pub noise_schedules: Vec<String>,
    /// In the order in which they are offered.
    pub quality_presets: Vec<QualityPreset>,
    /// In the order in which they are offered.
    pub undesired_presets: Vec<UndesiredPreset>,
    /// Pictures of this model cost this many times the base price.
    pub price_factor: f64,
    /// How much of a prompt the model reads; the rest is ignored by the service.
    pub token_limit: u32,
    /// How many characters with prompts of their own; 0 where there are none.
    pub max_characters: u32,
    /// How characters are placed.
    pub positions: Positions,
    /// Whether Variety+ exists.
    pub variety: bool,
    /// Whether it paints transparent backgrounds.
    pub transparency: bool,
    /// Whether it takes vibes.
    pub vibes: bool,
    /// Whether it takes precise references.
    pub references: bool,
    /// Whether it can be watched while it paints.
    pub streaming: bool,
}

/// What a new draft starts from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Defaults {
    /// Sampling steps.
    pub steps: u8,
    /// Prompt Guidance.
    pub guidance: f64,
    /// Guidance Rescale.
    pub guidance_rescale: f64,
    /// A sampler id of the same model.
    pub sampler: String,
    /// A noise schedule of the same model.
    pub noise_schedule: String,
    /// A quality preset of the same model.
    pub quality: QualityPreset,
    /// An Undesired Content preset of the same model.
    pub undesired_preset: UndesiredPreset,
}

/// A sampler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Sampler {
    /// What is sent.
    pub id: String,
    /// What is shown.
    pub name: String,
}

/// How characters are placed on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Positions {
    /// Anywhere.
    Free,
    /// In the cells of a grid of five by five.
    Grid,
    /// Not at all.
    None,
}

/// A size that is offered by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SizePreset {
    /// Such as `normal-portrait`.
    pub id: String,
    /// How large.
    pub group: SizeGroup,
    /// Which way it lies.
    pub shape: Shape,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// How large a size preset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum SizeGroup {
    /// Quick sketches.
    Small,
    /// What Opus includes.
    Normal,
    /// Beyond what Opus includes.
    Large,
    /// For screens.
    Wallpaper,
}

/// Which way a size preset lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Shape {
    /// Higher than wide.
    Portrait,
    /// Wider than high.
    Landscape,
    /// As high as wide.
    Square,
}

/// What every request is held to (api.md 5).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Sides are multiples of this.
    pub side_step: u32,
    /// The shortest side.
    pub min_side: u32,
    /// The most pixels.
    pub max_area: u32,
    /// The fewest steps.
    pub min_steps: u8,
    /// The most steps.
    pub max_steps: u8,
    /// The least Prompt Guidance.
    pub min_guidance: f64,
    /// The most Prompt Guidance.
    pub max_guidance: f64,
    /// The highest seed.
    pub max_seed: u32,
    /// The most Anlas that a single picture may cost.
    pub max_price: u32,
    /// The most pictures at once, by area: the first line whose area suffices.
    pub samples: Vec<SampleCap>,
}

/// The most pictures at once, up to an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SampleCap {
    /// Up to so many pixels.
    pub max_area: u32,
    /// So many pictures.
    pub samples: u8,
}

impl Registry {
    /// The registry that is built in.
    #[must_use]
    pub fn builtin() -> &'static Self {
        todo!()
    }

    /// The models, in the order in which they are offered.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.catalogue.models
    }

    /// One model.
    #[must_use]
    pub fn get(&self, id: &ModelId) -> Option<&Model> {
        self.models().iter().find(|model| model.id == *id)
    }

    /// The sizes that are offered by name.
    #[must_use]
    pub fn sizes(&self) -> &[SizePreset] {
        &self.catalogue.sizes
    }

    /// What every request is held to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.catalogue.limits
    }

    /// What a person chooses from.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }
}
