//! The model registry: which models there are, what each can do, and the texts that belong to it.
//!
//! It is data, read from `models.toml`. The structs here are what the rest of the program sees, the window included;
//! the form of the file is in `file`. What only the payload and the price need to know is kept out of the window's
//! sight.

mod file;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use file::RegistryError;

use crate::request::{QualityPreset, UndesiredPreset};

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
    catalogue: Catalogue,
    prices: Prices,
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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

    pub(crate) fn prices(&self) -> &Prices {
        &self.prices
    }
}

impl Model {
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
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
mod tests {
    use super::*;

    fn model(id: &str) -> &'static Model {
        Registry::builtin().get(&ModelId(id.into())).unwrap()
    }

    #[test]
    fn the_built_in_registry_passes_its_own_checks() {
        let registry = Registry::parse(include_str!("models.toml")).unwrap();
        assert_eq!(&registry, Registry::builtin());
        let ids: Vec<_> = registry.models().iter().map(|model| model.id.0.as_str()).collect();
        assert_eq!(
            ids,
            [
                "nai-diffusion-5-full",
                "nai-diffusion-5-curated",
                "nai-diffusion-4-5-full",
                "nai-diffusion-4-5-curated"
            ]
        );
    }

    #[test]
    fn every_row_can_make_a_picture_with_its_defaults_and_with_each_of_its_choices() {
        use crate::request::{GenerateRequest, Position, Size};
        let registry = Registry::builtin();
        for model in registry.models() {
            let mut request = GenerateRequest::new(model);
            request.pick_seed(|| 1);
            request.sampling.variety = model.variety;
            let sends = |request: &GenerateRequest| {
                if let Err(refusal) = crate::payload::build(request, registry) {
                    panic!("{}: {}: {refusal}", model.id, refusal.field);
                }
            };
            sends(&request);
            for sampler in &model.samplers {
                let mut request = request.clone();
                request.sampling.sampler.clone_from(&sampler.id);
                sends(&request);
            }
            for schedule in &model.noise_schedules {
                let mut request = request.clone();
                request.sampling.noise_schedule.clone_from(schedule);
                sends(&request);
            }
            for preset in &model.quality_presets {
                let mut request = request.clone();
                request.prompt.quality = *preset;
                sends(&request);
            }
            for preset in &model.undesired_presets {
                let mut request = request.clone();
                request.prompt.undesired_preset = *preset;
                sends(&request);
            }
            for size in registry.sizes() {
                let mut request = request.clone();
                request.size = Size {
                    width: size.width,
                    height: size.height,
                };
                sends(&request);
            }
            let mut crowd = request;
            let mut someone = crate::testing::character("girl");
            someone.position = Some(Position { x: 0.5, y: 0.5 });
            crowd.characters = vec![someone; model.max_characters as usize];
            sends(&crowd);
        }
    }

    #[test]
    fn capabilities_are_those_of_the_service() {
        for id in ["nai-diffusion-5-full", "nai-diffusion-5-curated"] {
            let v5 = model(id);
            assert_eq!(
                (v5.price_factor, v5.positions, v5.variety),
                (1.5, Positions::Free, false),
                "{id}"
            );
            assert_eq!((v5.defaults.guidance, v5.defaults.steps), (7.0, 23), "{id}");
            assert_eq!(v5.noise_schedules, ["karras"], "{id}");
            assert!(v5.transparency && !v5.vibes && !v5.references && v5.streaming, "{id}");
            assert!(v5.rules().draws_on_allowance && v5.rules().straight_alpha, "{id}");
        }
        for id in ["nai-diffusion-4-5-full", "nai-diffusion-4-5-curated"] {
            let v45 = model(id);
            assert_eq!(
                (v45.price_factor, v45.positions, v45.max_characters),
                (1.0, Positions::Grid, 6),
                "{id}"
            );
            assert_eq!((v45.defaults.guidance, v45.defaults.steps), (5.0, 23), "{id}");
            assert_eq!(
                v45.noise_schedules,
                ["karras", "exponential", "polyexponential"],
                "{id}"
            );
            assert_eq!(v45.rules().variety_sigma, Some(58.0), "{id}");
            assert!(
                !v45.transparency && v45.vibes && v45.references && v45.streaming,
                "{id}"
            );
        }
        assert_eq!(model("nai-diffusion-5-full").token_limit, 1471);
        assert_eq!(model("nai-diffusion-5-curated").token_limit, 703);
        assert_eq!(model("nai-diffusion-4-5-full").token_limit, 512);
    }

    #[test]
    fn only_models_that_are_not_curated_add_nsfw() {
        for model in Registry::builtin().models() {
            assert_eq!(model.rules().adds_nsfw, !model.id.0.contains("curated"), "{}", model.id);
        }
    }

    #[test]
    fn human_focus_is_heavy_and_more() {
        for id in [
            "nai-diffusion-5-full",
            "nai-diffusion-5-curated",
            "nai-diffusion-4-5-full",
        ] {
            let heavy = model(id).undesired_text(UndesiredPreset::Heavy).unwrap();
            let human = model(id).undesired_text(UndesiredPreset::HumanFocus).unwrap();
            assert_eq!(
                human,
                format!("{heavy}, @_@, mismatched pupils, glowing eyes, bad anatomy"),
                "{id}"
            );
        }
    }

    #[test]
    fn a_preset_that_a_model_lacks_is_carried_to_the_closest() {
        let curated = model("nai-diffusion-4-5-curated");
        assert_eq!(
            curated.closest_undesired(UndesiredPreset::FurryFocus),
            UndesiredPreset::Heavy
        );
        assert_eq!(
            curated.closest_undesired(UndesiredPreset::HumanFocus),
            UndesiredPreset::HumanFocus
        );
        assert_eq!(
            curated.closest_undesired(UndesiredPreset::LowQuality),
            UndesiredPreset::Light
        );
        assert_eq!(curated.undesired_text(UndesiredPreset::FurryFocus), None);
        assert_eq!(curated.quality_text(QualityPreset::Light), None);
    }

    #[test]
    fn the_window_sees_the_capabilities_and_not_the_texts() {
        let shown = serde_json::to_value(Registry::builtin().catalogue()).unwrap();
        let first = &shown["models"][0];
        assert_eq!(first["shortName"], "V5 Full");
        assert_eq!(first["noiseSchedules"][0], "karras");
        assert_eq!(first["undesiredPresets"][3], "humanFocus");
        assert_eq!(
            first["samplers"][0],
            serde_json::json!({ "id": "k_euler_ancestral", "name": "Euler Ancestral" })
        );
        assert_eq!(first["positions"], "free");
        assert_eq!(shown["limits"]["maxArea"], 3_145_728);
        assert_eq!(shown["sizes"].as_array().unwrap().len(), 11);
        assert!(!shown.to_string().contains("lowres"));
    }
}
