//! The form of `models.toml`, and the checks that every row of it has to pass.
//!
//! A row that is accepted can be trusted: its defaults are among its choices, its texts exist, its numbers make sense.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::{
    Catalogue, Defaults, Form, Inpainting, Limits, Mark, Model, ModelId, Positions, Prices, ReferenceLimits, Registry,
    Rules, SampleCap, Sampler, SizePreset, Tags,
};
use crate::request::{QualityPreset, UndesiredPreset};
use crate::tokens::TokenizerKind;
use crate::tools::Tools;

/// Why a registry file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It is not TOML of the right form; the text names line and column.
    #[error("the model registry can't be read: {0}")]
    Form(String),
    /// A row contradicts itself or another.
    #[error("the model registry is wrong at {row}: {reason}")]
    Row {
        /// Which row: `limits`, `price`, or the id of a size, sampler or model.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that changes the built-in registry is wrong.
    #[error("line {line}: {reason}")]
    Override {
        /// The line of the file, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limits: LimitsRow,
    price: Prices,
    references: ReferenceLimits,
    sizes: Vec<SizePreset>,
    samplers: Vec<SamplerRow>,
    texts: BTreeMap<String, String>,
    models: Vec<ModelRow>,
    #[serde(default)]
    marks: Vec<Mark>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LimitsRow {
    side_step: u32,
    min_side: u32,
    max_area: u32,
    min_steps: u8,
    max_steps: u8,
    min_guidance: f64,
    max_guidance: f64,
    max_seed: u32,
    max_price: u32,
    samples: Vec<SampleCap>,
}

impl LimitsRow {
    /// The limits as they are told, with those that stand elsewhere in the file.
    fn with(self, references: &ReferenceLimits, prices: &Prices) -> Limits {
        let count = |most: usize| u32::try_from(most).unwrap_or(u32::MAX);
        Limits {
            side_step: self.side_step,
            min_side: self.min_side,
            max_area: self.max_area,
            min_steps: self.min_steps,
            max_steps: self.max_steps,
            min_guidance: self.min_guidance,
            max_guidance: self.max_guidance,
            max_seed: self.max_seed,
            max_price: self.max_price,
            samples: self.samples,
            max_vibes: count(references.max_vibes),
            max_precise: count(references.max_precise),
            free_area: prices.free_area,
            free_steps: prices.free_steps,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SamplerRow {
    id: String,
    name: String,
    #[serde(default)]
    brownian: bool,
    #[serde(default = "yes")]
    schedule: bool,
    #[serde(default = "yes")]
    smea: bool,
    #[serde(default)]
    broken_steps: Vec<u8>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ModelRow {
    id: ModelId,
    name: String,
    short_name: String,
    family: String,
    note: Option<String>,
    #[serde(default = "yes")]
    offered: bool,
    #[serde(default)]
    form: Form,
    tokenizer: Option<TokenizerKind>,
    inpainting: Option<Inpainting>,
    #[serde(default)]
    sources: Vec<String>,
    vibe_key: Option<String>,
    #[serde(default)]
    vibe_pictures: bool,
    #[serde(default = "all")]
    vibe_extraction: f64,
    #[serde(default)]
    upscales: bool,
    #[serde(default)]
    enhances_to_max: bool,
    #[serde(default)]
    smea: bool,
    #[serde(default)]
    decrisper: bool,
    #[serde(default)]
    legacy_undesired: bool,
    #[serde(default)]
    tags: Tags,
    empty_undesired: Option<String>,
    #[serde(default)]
    enhance_tags: String,
    #[serde(default)]
    character_undesired: String,
    token_limit: u32,
    price_factor: f64,
    draws_on_allowance: bool,
    adds_nsfw: bool,
    straight_alpha: bool,
    transparency: bool,
    vibes: bool,
    references: bool,
    streaming: bool,
    variety_sigma: Option<f64>,
    characters: Option<CharacterRow>,
    samplers: Vec<String>,
    noise_schedules: Vec<String>,
    defaults: Defaults,
    quality: Vec<QualityRow>,
    undesired: Vec<UndesiredRow>,
}

fn all() -> f64 {
    1.0
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CharacterRow {
    max: u32,
    positions: Positions,
    positions_from: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QualityRow {
    preset: QualityPreset,
    #[serde(default)]
    text: String,
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UndesiredRow {
    preset: UndesiredPreset,
    text: Option<String>,
}

pub(super) fn parse(text: &str) -> Result<Registry, RegistryError> {
    registry(toml::from_str(text).map_err(|error| RegistryError::Form(error.to_string()))?)
}

/// The same, of a file whose lines are no longer known.
pub(super) fn from_table(table: toml::Table) -> Result<Registry, RegistryError> {
    registry(
        table
            .try_into()
            .map_err(|error: toml::de::Error| RegistryError::Form(error.message().to_owned()))?,
    )
}

fn registry(file: File) -> Result<Registry, RegistryError> {
    let limits = file.limits.with(&file.references, &file.price);
    check_limits(&limits)?;
    check_prices(&file.price)?;
    check_sizes(&file.sizes, &limits)?;
    let samplers = samplers(file.samplers)?;
    let models: Vec<Model> = file
        .models
        .into_iter()
        .map(|row| model(row, &samplers, &file.texts, &limits))
        .collect::<Result<_, _>>()?;
    if models.is_empty() {
        return Err(wrong("models", "there is none"));
    }
    unique(models.iter().map(|model| &model.id.0))?;
    check_references(&models, &file.marks)?;
    let offered: Vec<Model> = models.iter().filter(|model| model.offered).cloned().collect();
    if offered.is_empty() {
        return Err(wrong("models", "none is offered"));
    }
    Ok(Registry {
        models,
        marks: file.marks,
        reference_limits: file.references,
        catalogue: Catalogue {
            tools: Tools::of(&offered, &limits, &file.price),
            models: offered,
            sizes: file.sizes,
            limits,
        },
        prices: file.price,
    })
}

fn wrong(row: impl Into<String>, reason: impl Into<String>) -> RegistryError {
    RegistryError::Row {
        row: row.into(),
        reason: reason.into(),
    }
}

fn unique<'a>(ids: impl Iterator<Item = &'a String>) -> Result<(), RegistryError> {
    let mut seen = HashSet::new();
    for id in ids {
        if id.is_empty() {
            return Err(wrong("an entry without an id", "an id is needed"));
        }
        if !seen.insert(id) {
            return Err(wrong(id, "there are two of this id"));
        }
    }
    Ok(())
}

/// Models that others refer to must be there, and no picture may have two models.
fn check_references(models: &[Model], marks: &[Mark]) -> Result<(), RegistryError> {
    let known = |id: &ModelId| models.iter().any(|model| model.id == *id);
    let mut sources = HashSet::new();
    for model in models {
        if let Some(acting) = model.rules.inpainting.as_ref().and_then(|way| way.acting.as_ref())
            && !known(acting)
        {
            return Err(wrong(&model.id.0, format!("there is no model {acting}")));
        }
        if let Some(twice) = model
            .rules
            .sources
            .iter()
            .find(|source| !sources.insert(source.as_str()))
        {
            return Err(wrong(&model.id.0, format!("the source {twice} stands there twice")));
        }
    }
    match marks.iter().find(|mark| !known(&mark.model)) {
        Some(mark) => Err(wrong("marks", format!("there is no model {}", mark.model))),
        None => Ok(()),
    }
}

fn check_limits(limits: &Limits) -> Result<(), RegistryError> {
    let caps = &limits.samples;
    let reason = if limits.side_step == 0 || !limits.min_side.is_multiple_of(limits.side_step) || limits.min_side == 0 {
        "minSide must be a multiple of sideStep, and both more than 0"
    } else if u64::from(limits.min_side) * u64::from(limits.min_side) > u64::from(limits.max_area) {
        "maxArea is smaller than the smallest picture"
    } else if limits.min_steps == 0 || limits.min_steps > limits.max_steps {
        "minSteps must be at least 1 and at most maxSteps"
    } else if !(limits.min_guidance.is_finite() && limits.max_guidance.is_finite())
        || limits.min_guidance > limits.max_guidance
    {
        "minGuidance must be at most maxGuidance"
    } else if limits.max_seed == 0 {
        "maxSeed must be more than 0"
    } else if caps.last().is_none_or(|last| last.max_area != limits.max_area) {
        "the last line of samples must reach maxArea"
    } else if !caps.is_sorted_by(|a, b| a.max_area < b.max_area) || caps.iter().any(|cap| cap.samples == 0) {
        "samples must grow in area, and each line must allow at least one picture"
    } else {
        return Ok(());
    };
    Err(wrong("limits", reason))
}

fn check_prices(prices: &Prices) -> Result<(), RegistryError> {
    let weights = [prices.area_weight, prices.step_weight];
    if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
        return Err(wrong("price", "weights must be numbers from 0"));
    }
    if [prices.smea, prices.smea_dynamic]
        .iter()
        .any(|factor| !factor.is_finite() || *factor < 1.0)
    {
        return Err(wrong("price", "smea and smeaDynamic must be at least 1"));
    }
    if prices.upscale.is_empty() || !prices.upscale.is_sorted_by(|a, b| a.max_area < b.max_area) {
        return Err(wrong("price", "upscale must grow in area"));
    }
    let director = &prices.director;
    if director.enlarge_to == 0 || director.enlarge_to > director.reduce_to {
        return Err(wrong("price", "director.enlargeTo must be at most director.reduceTo"));
    }
    Ok(())
}

fn check_sizes(sizes: &[SizePreset], limits: &Limits) -> Result<(), RegistryError> {
    unique(sizes.iter().map(|size| &size.id))?;
    for size in sizes {
        for side in [size.width, size.height] {
            if side < limits.min_side || !side.is_multiple_of(limits.side_step) {
                return Err(wrong(
                    &size.id,
                    format!("sides must be multiples of {}", limits.side_step),
                ));
            }
        }
        if u64::from(size.width) * u64::from(size.height) > u64::from(limits.max_area) {
            return Err(wrong(&size.id, format!("it has more than {} pixels", limits.max_area)));
        }
    }
    Ok(())
}

fn samplers(rows: Vec<SamplerRow>) -> Result<Vec<Sampler>, RegistryError> {
    unique(rows.iter().map(|row| &row.id))?;
    Ok(rows
        .into_iter()
        .map(|row| Sampler {
            id: row.id,
            name: row.name,
            brownian: row.brownian,
            schedule: row.schedule,
            smea: row.smea,
            broken_steps: row.broken_steps,
        })
        .collect())
}

fn model(
    row: ModelRow,
    samplers: &[Sampler],
    texts: &BTreeMap<String, String>,
    limits: &Limits,
) -> Result<Model, RegistryError> {
    let id = row.id.0.as_str();
    let samplers: Vec<Sampler> = row
        .samplers
        .iter()
        .map(|wanted| {
            let found = samplers.iter().find(|sampler| sampler.id == *wanted);
            found
                .cloned()
                .ok_or_else(|| wrong(id, format!("there is no sampler {wanted}")))
        })
        .collect::<Result<_, _>>()?;
    let undesired: Vec<String> = row
        .undesired
        .iter()
        .map(|entry| match &entry.text {
            Some(name) => texts
                .get(name)
                .cloned()
                .ok_or_else(|| wrong(id, format!("there is no text {name}"))),
            None => Ok(String::new()),
        })
        .collect::<Result<_, _>>()?;
    let empty_undesired = match &row.empty_undesired {
        Some(name) => texts
            .get(name)
            .cloned()
            .ok_or_else(|| wrong(id, format!("there is no text {name}")))?,
        None => String::new(),
    };
    let quality_presets: Vec<_> = row.quality.iter().map(|entry| entry.preset).collect();
    let undesired_presets: Vec<_> = row.undesired.iter().map(|entry| entry.preset).collect();
    let characters = row.characters.unwrap_or(CharacterRow {
        max: 0,
        positions: Positions::None,
        positions_from: 0,
    });

    let defaults = &row.defaults;
    let reason = if ![&row.name, &row.short_name, &row.family]
        .iter()
        .all(|name| !name.is_empty())
    {
        "name, shortName and family are needed"
    } else if !row.price_factor.is_finite() || row.price_factor <= 0.0 {
        "priceFactor must be more than 0"
    } else if row
        .variety_sigma
        .is_some_and(|sigma| !sigma.is_finite() || sigma <= 0.0)
    {
        "varietySigma must be more than 0"
    } else if row.vibe_pictures && !row.vibes || row.vibe_key.is_some() && (row.vibe_pictures || !row.vibes) {
        "vibePictures and vibeKey are for models with vibes, and only one of them for each"
    } else if !(0.01..=1.0).contains(&row.vibe_extraction) {
        "vibeExtraction must be from 0.01 to 1"
    } else if row.inpainting.as_ref().is_some_and(|way| way.id.is_empty()) {
        "inpainting needs an id"
    } else if row.form == Form::Plain && characters.max > 0 {
        "a plain form has no characters"
    } else if (characters.max == 0) != (characters.positions == Positions::None) {
        "characters need a way to be placed, and the other way round"
    } else if repeats(&row.samplers) || repeats(&row.noise_schedules) {
        "a sampler or a noise schedule stands there twice"
    } else if repeats(&quality_presets) || repeats(&undesired_presets) {
        "a preset stands there twice"
    } else if row
        .quality
        .iter()
        .any(|entry| entry.preset != QualityPreset::None && entry.text.is_empty())
        || row
            .undesired
            .iter()
            .any(|entry| entry.preset != UndesiredPreset::None && entry.text.is_none())
    {
        "every preset but none needs a text"
    } else if !quality_presets.contains(&QualityPreset::None) || !undesired_presets.contains(&UndesiredPreset::None) {
        "the preset none is needed"
    } else if !row.samplers.contains(&defaults.sampler) || !row.noise_schedules.contains(&defaults.noise_schedule) {
        "the default sampler and noise schedule must be among its own"
    } else if !quality_presets.contains(&defaults.quality) || !undesired_presets.contains(&defaults.undesired_preset) {
        "the default presets must be among its own"
    } else if !(limits.min_steps..=limits.max_steps).contains(&defaults.steps)
        || !(limits.min_guidance..=limits.max_guidance).contains(&defaults.guidance)
        || !(0.0..=1.0).contains(&defaults.guidance_rescale)
    {
        "the default steps, guidance and guidanceRescale must be within the limits"
    } else {
        return Ok(Model {
            name: row.name,
            short_name: row.short_name,
            family: row.family,
            note: row.note,
            defaults: row.defaults,
            samplers,
            noise_schedules: row.noise_schedules,
            quality_presets,
            undesired_presets,
            price_factor: row.price_factor,
            token_limit: row.token_limit,
            max_characters: characters.max,
            positions: characters.positions,
            variety: row.variety_sigma.is_some(),
            transparency: row.transparency,
            vibes: row.vibes,
            references: row.references,
            streaming: row.streaming,
            smea: row.smea,
            decrisper: row.decrisper,
            legacy_undesired: row.legacy_undesired,
            captions: row.form == Form::Captions,
            inpainting: row.inpainting.is_some(),
            encodes_vibes: row.vibes && !row.vibe_pictures,
            offered: row.offered,
            vibe_extraction: row.vibe_extraction,
            character_undesired: row.character_undesired,
            rules: Rules {
                form: row.form,
                // A model that is not told apart by its file is counted as its kind was first.
                tokenizer: row
                    .tokenizer
                    .or((row.form == Form::Plain).then_some(TokenizerKind::Clip)),
                inpainting: row.inpainting,
                sources: row.sources,
                vibe_key: row.vibe_key,
                vibe_pictures: row.vibe_pictures,
                upscales: row.upscales,
                enhances_to_max: row.enhances_to_max,
                tags: row.tags,
                empty_undesired,
                enhance_tags: row.enhance_tags,
                quality_also: row.quality.iter().map(|entry| entry.also.clone()).collect(),
                quality: row.quality.into_iter().map(|entry| entry.text).collect(),
                undesired,
                adds_nsfw: row.adds_nsfw,
                variety_sigma: row.variety_sigma,
                positions_from: characters.positions_from,
                straight_alpha: row.straight_alpha,
                draws_on_allowance: row.draws_on_allowance,
            },
            id: row.id,
        });
    };
    Err(wrong(id, reason))
}

fn repeats<T: PartialEq>(list: &[T]) -> bool {
    list.iter().enumerate().any(|(at, entry)| list[..at].contains(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILTIN: &str = include_str!("../models.toml");

    /// The built-in registry with one thing changed.
    fn changed(from: &str, to: &str) -> RegistryError {
        assert!(BUILTIN.contains(from), "{from}");
        Registry::parse(&BUILTIN.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn a_broken_file_is_refused_with_the_line() {
        let RegistryError::Form(text) = changed("maxSteps = 50", "maxSteps = fifty") else {
            panic!()
        };
        let line = 1 + BUILTIN.lines().position(|line| line == "maxSteps = 50").unwrap();
        assert!(text.contains(&format!("line {line}")), "{text}");
        let RegistryError::Form(text) = changed("maxSteps = 50", "maxStep = 50") else {
            panic!()
        };
        assert!(text.contains("maxStep"), "{text}");
    }

    #[test]
    fn a_row_that_contradicts_itself_is_refused_by_name() {
        let cases = [
            ("sideStep = 64", "sideStep = 0", "limits"),
            ("minSteps = 1", "minSteps = 51", "limits"),
            ("maxArea = 409_600", "maxArea = 1", "limits"),
            ("areaWeight = 2.951823174884865e-6", "areaWeight = nan", "price"),
            ("width = 512", "width = 513", "small-portrait"),
            ("width = 1920", "width = 6400", "wallpaper-landscape"),
            ("id = \"small-square\"", "id = \"small-portrait\"", "small-portrait"),
            ("id = \"k_euler\"", "id = \"k_euler_ancestral\"", "k_euler_ancestral"),
            (
                "[\"k_euler_ancestral\", \"k_euler\"",
                "[\"k_eeler\", \"k_euler\"",
                "nai-diffusion-5-full",
            ),
            (
                "sampler = \"k_euler_ancestral\", noise",
                "sampler = \"ddim\", noise",
                "nai-diffusion-5-full",
            ),
            (
                "noiseSchedule = \"karras\"",
                "noiseSchedule = \"native\"",
                "nai-diffusion-5-full",
            ),
            ("quality = \"standard\"", "quality = \"none\", steps = 0", "?"),
            ("steps = 23", "steps = 51", "nai-diffusion-5-full"),
            ("guidance = 7.0", "guidance = 11.0", "nai-diffusion-5-full"),
            ("priceFactor = 1.5", "priceFactor = 0.0", "nai-diffusion-5-full"),
            (", text = \"v5-light\"", "", "nai-diffusion-5-full"),
            ("text = \"v5-light\"", "text = \"v6-light\"", "nai-diffusion-5-full"),
            (
                "as = \"nai-diffusion-4-5-curated\"",
                "as = \"nai-9\"",
                "nai-diffusion-5-curated",
            ),
            ("\"0ADF9AB7\"", "\"4BDE2A90\"", "nai-diffusion-4-5-full"),
            ("vibeExtraction = 0.7", "vibeExtraction = 7.0", "nai-diffusion-4-5-full"),
            ("smea = 1.2", "smea = 0.0", "price"),
            ("enlargeTo = 1_048_576", "enlargeTo = 0", "price"),
            ("model = \"nai-diffusion-5-curated\"", "model = \"nai-9\"", "marks"),
            ("positions = \"free\"", "positions = \"none\"", "nai-diffusion-5-full"),
            (
                "{ preset = \"light\", text = \"very",
                "{ preset = \"standard\", text = \"very",
                "nai-diffusion-5-full",
            ),
            (
                "id = \"nai-diffusion-5-curated\"",
                "id = \"nai-diffusion-5-full\"",
                "nai-diffusion-5-full",
            ),
        ];
        for (from, to, expected) in cases {
            match changed(from, to) {
                RegistryError::Row { row, .. } => assert_eq!(row, expected, "{to}"),
                RegistryError::Form(text) => assert_eq!(expected, "?", "{to}: {text}"),
                RegistryError::Override { .. } => panic!("{to}"),
            }
        }
    }
}
