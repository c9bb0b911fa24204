//! The model registry: which models there are, what each can do, and the texts that belong to it.
//!
//! It is data, read from `models.toml`. The structs here are what the rest of the program sees, the window included;
//! the form of the file is in `file`. What only the payload and the price need to know is kept out of the window's
//! sight.

mod file;
mod overlay;
mod source;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use file::RegistryError;

use crate::request::{QualityPreset, Size, UndesiredPreset};
use crate::tokens::TokenizerKind;
use crate::tools::Tools;

/// A model as the service names it, such as `nai-diffusion-4-5-full`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct ModelId(pub String);

impl std::fmt::Display for ModelId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// All that is known about models, sizes, limits and prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Registry {
    models: Vec<Model>,
    catalogue: Catalogue,
    prices: Prices,
    marks: Vec<Mark>,
    reference_limits: ReferenceLimits,
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
    /// What can be done to a finished picture.
    pub tools: Tools,
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
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
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
    /// Whether SMEA exists.
    pub smea: bool,
    /// Whether Decrisper exists.
    pub decrisper: bool,
    /// Whether Undesired Content can be handled as it once was.
    pub legacy_undesired: bool,
    /// Whether furry mode and quoted text exist, and weights are written as numbers.
    pub captions: bool,
    /// Whether a part of a picture can be painted anew.
    pub inpainting: bool,
    /// Whether vibes are encoded first, for a price.
    pub encodes_vibes: bool,
    /// Whether it is among the models to choose from. The others are known for reading old pictures, and for servers
    /// that still have them.
    #[serde(skip)]
    pub offered: bool,
    /// The Information Extracted that a new vibe starts from.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub vibe_extraction: f64,
    /// What the Undesired Content of a new character starts from.
    pub character_undesired: String,
    #[serde(skip)]
    rules: Rules,
}

/// What the payload and the price have to know about a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rules {
    /// In the order of `quality_presets`; the text of "none" is empty.
    quality: Vec<String>,
    /// In the order of `undesired_presets`; the text of "none" is empty.
    undesired: Vec<String>,
    /// `nsfw` goes before the preset unless the prompt asks for it.
    pub(crate) adds_nsfw: bool,
    /// What Variety+ is computed from, where it exists.
    pub(crate) variety_sigma: Option<f64>,
    /// So many characters are needed before positions are heeded.
    pub(crate) positions_from: usize,
    /// A switch that every request to the model carries.
    pub(crate) straight_alpha: bool,
    /// Opus includes it only while the allowance lasts.
    pub(crate) draws_on_allowance: bool,
    /// How prompts are written for it.
    pub(crate) form: Form,
    /// What counts its prompts, where that is known.
    pub(crate) tokenizer: Option<TokenizerKind>,
    /// Where a request with a mask goes, where it can have one.
    pub(crate) inpainting: Option<Inpainting>,
    /// What the source in a picture's metadata may end with.
    pub(crate) sources: Vec<String>,
    /// Where a vibe file keeps what was encoded for it.
    pub(crate) vibe_key: Option<String>,
    /// Vibes are pictures, and not encoded.
    pub(crate) vibe_pictures: bool,
    /// It can be named as the model that upscales.
    pub(crate) upscales: bool,
    /// It can enhance to the largest size by itself.
    pub(crate) enhances_to_max: bool,
    /// Where the quality tags go.
    pub(crate) tags: Tags,
    /// The text of the preset none, where nothing else is undesired.
    pub(crate) empty_undesired: String,
    /// What is added to the prompt when a picture is enhanced.
    pub(crate) enhance_tags: String,
    /// In the order of `quality_presets`: older wordings, by which pictures are read.
    pub(crate) quality_also: Vec<Vec<String>>,
}

/// How prompts are written for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Form {
    /// Objects of captions (V4 and later).
    #[default]
    Captions,
    /// Two strings (V3 and before).
    Plain,
}

/// Where the quality tags go (api.md 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Tags {
    /// To the end of the first segment.
    #[default]
    FirstSegment,
    /// To the end of every segment.
    EverySegment,
    /// Before everything.
    Front,
}

/// Where a request with a mask goes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Inpainting {
    /// What is sent.
    pub(crate) id: String,
    /// The model that it belongs to, where that is another: then its rules and its price hold.
    #[serde(rename = "as")]
    pub(crate) acting: Option<ModelId>,
}

/// What references are held to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReferenceLimits {
    pub(crate) max_vibes: usize,
    pub(crate) max_precise: usize,
    /// What a precise reference has to be laid on.
    pub(crate) canvases: Vec<Size>,
}

/// A source that no model claims is taken for that of the first mark it contains.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
    text: String,
    model: ModelId,
}

/// The numbers of the price formula (api.md 6.1).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Prices {
    /// Anlas for each pixel.
    pub(crate) area_weight: f64,
    /// Anlas for each step of each pixel.
    pub(crate) step_weight: f64,
    /// The least that a picture costs.
    pub(crate) minimum: u32,
    /// The most pixels of a picture that Opus includes.
    pub(crate) free_area: u32,
    /// The most steps of a picture that Opus includes.
    pub(crate) free_steps: u8,
    /// What SMEA multiplies the price by.
    pub(crate) smea: f64,
    /// What SMEA with its dynamic variant multiplies the price by.
    pub(crate) smea_dynamic: f64,
    /// So many vibes cost nothing.
    pub(crate) included_vibes: u32,
    /// Each further vibe, for the whole request.
    pub(crate) further_vibe: u32,
    /// Turning a picture into a vibe.
    pub(crate) encode_vibe: u32,
    /// Each precise reference, for each picture.
    pub(crate) reference: u32,
    /// Upscaling: the first line whose area suffices.
    pub(crate) upscale: Vec<UpscalePrice>,
    /// The director tools.
    pub(crate) director: DirectorPrices,
}

/// The price of upscaling, up to an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpscalePrice {
    pub(crate) max_area: u32,
    pub(crate) anlas: u32,
}

/// The numbers of the director tools (api.md 2.5, 6.3).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DirectorPrices {
    /// They cost as much as a picture of so many steps.
    pub(crate) steps: u8,
    /// Smaller pictures are enlarged…
    pub(crate) enlarge_below: u32,
    /// …towards so many pixels.
    pub(crate) enlarge_to: u32,
    /// Larger pictures are reduced to so many pixels.
    pub(crate) reduce_to: u32,
    /// What removing a background multiplies the price by…
    pub(crate) background_factor: u32,
    /// …and adds to it.
    pub(crate) background_surcharge: u32,
}

/// What a new draft starts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Defaults {
    /// Sampling steps.
    pub steps: u8,
    /// Prompt Guidance.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub guidance: f64,
    /// Guidance Rescale.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
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
    /// It is sent with two switches that turn an old fault of it off.
    #[serde(skip)]
    pub(crate) brownian: bool,
    /// A noise schedule is sent with it.
    #[serde(skip)]
    pub(crate) schedule: bool,
    /// SMEA can be used with it.
    #[serde(skip)]
    pub(crate) smea: bool,
    /// Numbers of steps with which it is known to fail.
    #[serde(skip)]
    pub(crate) broken_steps: Vec<u8>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub min_guidance: f64,
    /// The most Prompt Guidance.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub max_guidance: f64,
    /// The highest seed.
    pub max_seed: u32,
    /// The most Anlas that a single picture may cost.
    pub max_price: u32,
    /// The most pictures at once, by area: the first line whose area suffices.
    pub samples: Vec<SampleCap>,
    /// The most vibes of a request.
    pub max_vibes: u32,
    /// The most precise references of a request.
    pub max_precise: u32,
    /// Pixels of a picture that Opus includes.
    pub free_area: u32,
    /// Steps of a picture that Opus includes.
    pub free_steps: u8,
}

/// The most pictures at once, up to an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SampleCap {
    /// Up to so many pixels.
    pub max_area: u32,
    /// So many pictures.
    pub samples: u8,
}

impl Registry {
    /// The registry that is built in.
    ///
    /// # Panics
    ///
    /// Never: a test walks every row of it.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Registry> =
            LazyLock::new(|| Registry::parse(include_str!("models.toml")).expect("a test walks every row"));
        &BUILTIN
    }

    /// Reads a registry file and checks every row of it.
    ///
    /// # Errors
    ///
    /// [`RegistryError`] says where it is wrong, and how.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        file::parse(text)
    }

    /// Reads a file that changes the built-in registry: what it names is replaced, what it leaves out stays. Rows of
    /// `sizes`, `samplers` and `models` are found by their id; a new id is a new row.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Override`] says in which line it is wrong, and how. The built-in registry is then as good as
    /// ever.
    pub fn parse_override(text: &str) -> Result<Self, RegistryError> {
        overlay::parse(include_str!("models.toml"), text)
    }

    /// All models that are known, first those that are offered, in the order in which they are offered.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
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

    /// What a precise reference has to be laid on.
    #[must_use]
    pub fn canvases(&self) -> &[Size] {
        &self.reference_limits.canvases
    }

    pub(crate) fn prices(&self) -> &Prices {
        &self.prices
    }

    pub(crate) fn reference_limits(&self) -> &ReferenceLimits {
        &self.reference_limits
    }

    /// The model whose rules hold for a request with a mask: another one where it does the painting.
    #[must_use]
    pub fn inpainting_model<'r>(&'r self, model: &'r Model) -> &'r Model {
        let acting = model.rules.inpainting.as_ref().and_then(|way| way.acting.as_ref());
        acting.and_then(|id| self.get(id)).unwrap_or(model)
    }
}

impl Model {
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What counts its prompts, where that is known.
    #[must_use]
    pub fn tokenizer(&self) -> Option<TokenizerKind> {
        self.rules.tokenizer
    }

    /// Whether a part of a picture can be painted anew by it.
    #[must_use]
    pub fn can_inpaint(&self) -> bool {
        self.inpainting
    }

    /// Whether it can be named as the model that upscales.
    #[must_use]
    pub fn can_upscale(&self) -> bool {
        self.rules.upscales
    }

    /// Whether it can enhance to the largest size by itself.
    #[must_use]
    pub fn can_enhance_to_max(&self) -> bool {
        self.rules.enhances_to_max
    }

    /// Whether Opus includes it only while an allowance lasts.
    #[must_use]
    pub fn draws_on_allowance(&self) -> bool {
        self.rules().draws_on_allowance
    }

    /// Whether its vibes have to be encoded before they are used.
    #[must_use]
    pub fn encodes_vibes(&self) -> bool {
        self.encodes_vibes
    }

    /// Where a vibe file keeps what was encoded for it, such as `v4-5full`.
    #[must_use]
    pub fn vibe_key(&self) -> Option<&str> {
        self.rules.vibe_key.as_deref()
    }

    /// Whether it has SMEA.
    #[must_use]
    pub fn has_smea(&self) -> bool {
        self.smea
    }

    /// Whether it has Decrisper.
    #[must_use]
    pub fn has_decrisper(&self) -> bool {
        self.decrisper
    }

    /// Whether Undesired Content can be handled as it once was.
    #[must_use]
    pub fn has_legacy_undesired(&self) -> bool {
        self.legacy_undesired
    }

    /// The quality tags of a preset, empty for [`QualityPreset::None`]; `None` where the model lacks the preset.
    #[must_use]
    pub fn quality_text(&self, preset: QualityPreset) -> Option<&str> {
        let at = self.quality_presets.iter().position(|offered| *offered == preset)?;
        self.rules.quality.get(at).map(String::as_str)
    }

    /// The text of an Undesired Content preset, empty for [`UndesiredPreset::None`]; `None` where the model lacks it.
    #[must_use]
    pub fn undesired_text(&self, preset: UndesiredPreset) -> Option<&str> {
        let at = self.undesired_presets.iter().position(|offered| *offered == preset)?;
        self.rules.undesired.get(at).map(String::as_str)
    }

    /// The preset of this model that stands for one of another model (api.md 3.2).
    #[must_use]
    pub fn closest_undesired(&self, preset: UndesiredPreset) -> UndesiredPreset {
        use UndesiredPreset::{FurryFocus, Heavy, HumanFocus, Light, None};
        let order = match preset {
            UndesiredPreset::None => [None, Light, Heavy, None],
            UndesiredPreset::Light => [Light, None, Heavy, None],
            UndesiredPreset::Heavy | UndesiredPreset::LowQualityPlusBadAnatomy => [Heavy, Light, None, None],
            UndesiredPreset::HumanFocus => [HumanFocus, Heavy, Light, None],
            UndesiredPreset::FurryFocus => [FurryFocus, Heavy, Light, None],
            UndesiredPreset::LowQuality | UndesiredPreset::BadAnatomy => [Light, Heavy, None, None],
        };
        order
            .into_iter()
            .find(|wanted| self.undesired_presets.contains(wanted))
            .unwrap_or(self.defaults.undesired_preset)
    }
}

#[cfg(test)]
mod tests;
