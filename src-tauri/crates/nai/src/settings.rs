//! The settings of a picture as flags, and how they change a request. A flag that is not given changes nothing.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use novelai::model::{Model, Registry};
use novelai::request::{
    Character, Enhance, Fit, GenerateRequest, ImageFormat, PictureId, Position, PreciseReference, QualityPreset,
    ReferenceKind, Size, Smea, Source, UndesiredPreset, Vibe,
};

use crate::error::Error;
use crate::{connection, files};

/// What a request starts from.
#[derive(Debug, Args)]
pub(crate) struct Like {
    /// Start from a request as JSON: ours (as --dry-run and inspect print it) or NovelAI's; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "like")]
    pub(crate) request: Option<PathBuf>,
    /// Start from the settings that a picture carries.
    #[arg(long, value_name = "PICTURE")]
    pub(crate) like: Option<PathBuf>,
}

/// Everything that decides a picture. Pictures are named by their path.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct Settings {
    /// What to paint. {braces} strengthen, [brackets] weaken, 1.2::words:: sets a weight, ||a|b|| chooses one, __name__
    /// a line of wildcards/name.txt in the data folder.
    #[arg(value_name = "PROMPT")]
    pub(crate) prompt: Option<String>,
    /// Which model paints: an id, or a name such as v5-full.
    #[arg(long, short, help_heading = "Settings")]
    pub(crate) model: Option<String>,
    /// Undesired Content.
    #[arg(long, alias = "uc", value_name = "TEXT", help_heading = "Settings")]
    pub(crate) undesired: Option<String>,
    /// Quality tags that are added to the prompt.
    #[arg(long, value_enum, help_heading = "Settings")]
    pub(crate) quality: Option<QualityName>,
    /// The preset that is put before the Undesired Content.
    #[arg(long, value_enum, help_heading = "Settings")]
    pub(crate) uc_preset: Option<UndesiredName>,
    /// Width and height in pixels, multiples of 64 (832x1216), or a preset (normal-portrait, large-square, …). With
    /// --image the default is the size of that picture.
    #[arg(long, value_name = "WxH", help_heading = "Settings")]
    pub(crate) size: Option<String>,
    /// Steps, 1 to 50.
    #[arg(long, help_heading = "Settings")]
    pub(crate) steps: Option<u8>,
    /// Prompt Guidance, 0 to 10.
    #[arg(long, alias = "scale", help_heading = "Settings")]
    pub(crate) guidance: Option<f64>,
    /// Guidance Rescale, 0 to 1.
    #[arg(long, help_heading = "Settings")]
    pub(crate) rescale: Option<f64>,
    /// The sampler, such as k_euler_ancestral.
    #[arg(long, help_heading = "Settings")]
    pub(crate) sampler: Option<String>,
    /// The noise schedule, such as karras.
    #[arg(long, help_heading = "Settings")]
    pub(crate) schedule: Option<String>,
    /// The seed, 1 to 4294967295. Default: a random one.
    #[arg(long, help_heading = "Settings")]
    pub(crate) seed: Option<u32>,
    /// How many pictures.
    #[arg(long, short = 'n', value_name = "N", help_heading = "Settings")]
    pub(crate) samples: Option<u8>,
    /// File format of the pictures.
    #[arg(long, value_enum, help_heading = "Settings")]
    pub(crate) format: Option<FormatName>,
    /// Variety+.
    #[arg(long, help_heading = "Settings")]
    pub(crate) variety: bool,
    /// SMEA (V3).
    #[arg(long, alias = "sm", help_heading = "Settings")]
    pub(crate) smea: bool,
    /// SMEA DYN (V3).
    #[arg(long, alias = "sm-dyn", help_heading = "Settings")]
    pub(crate) smea_dyn: bool,
    /// Decrisper (V3).
    #[arg(long, help_heading = "Settings")]
    pub(crate) decrisper: bool,
    /// Furry mode (V4 and later).
    #[arg(long, help_heading = "Settings")]
    pub(crate) furry: bool,
    /// What stands in quotation marks is drawn as text (V4 and later).
    #[arg(long, help_heading = "Settings")]
    pub(crate) auto_text: bool,
    /// A transparent background (V5).
    #[arg(long, help_heading = "Settings")]
    pub(crate) transparent: bool,
    /// Undesired Content as it once was (V4).
    #[arg(long, help_heading = "Settings")]
    pub(crate) legacy_uc: bool,

    /// A character with a prompt of its own; may be given several times (V4 and later).
    #[arg(long, value_name = "PROMPT", help_heading = "Characters")]
    pub(crate) character: Vec<String>,
    /// What the character should not have: the first belongs to the first --character, and so on.
    #[arg(long, value_name = "TEXT", help_heading = "Characters")]
    pub(crate) character_undesired: Vec<String>,
    /// Where the character is, 0,0 top left to 1,1 bottom right: the first belongs to the first --character, and so on.
    #[arg(long, value_name = "X,Y", value_parser = position, help_heading = "Characters")]
    pub(crate) at: Vec<Position>,

    /// Start from this picture (image to image).
    #[arg(long, value_name = "FILE", help_heading = "From a picture")]
    pub(crate) image: Option<PathBuf>,
    /// With --image: paint only what is white (or painted) in this picture (inpaint).
    #[arg(long, value_name = "FILE", requires = "image", help_heading = "From a picture")]
    pub(crate) mask: Option<PathBuf>,
    /// How much is painted anew, 0.01 to 0.99, with --mask to 1.
    #[arg(long, help_heading = "From a picture")]
    pub(crate) strength: Option<f64>,
    /// How much noise is added before, 0 to 0.99.
    #[arg(long, requires = "image", help_heading = "From a picture")]
    pub(crate) noise: Option<f64>,
    /// Bring the colours back to those of the picture.
    #[arg(long, requires = "image", help_heading = "From a picture")]
    pub(crate) color_correct: bool,
    /// Enhance --image, a finished picture: how strongly, 1 to 5. Its own settings are used where it has any.
    #[arg(long, value_name = "1-5", requires = "image", conflicts_with_all = ["strength", "mask"], help_heading = "From a picture")]
    pub(crate) enhance: Option<u8>,
    /// With --enhance: how many times as large (1, 1.5, 2), or max (V5).
    #[arg(long, value_name = "TIMES", requires = "enhance", help_heading = "From a picture")]
    pub(crate) enlarge: Option<String>,
    /// Make variations of --image, a finished picture. Its own settings are used where it has any.
    #[arg(long, requires = "image", conflicts_with_all = ["strength", "mask", "enhance"], help_heading = "From a picture")]
    pub(crate) variations: bool,

    /// Take over the mood of a picture: FILE[:STRENGTH[:EXTRACTION]], a vibe file or a picture; several times.
    #[arg(long, value_name = "FILE", help_heading = "References")]
    pub(crate) vibe: Vec<String>,
    /// Scale the strengths of several vibes to 1 together, if they are more.
    #[arg(long, help_heading = "References")]
    pub(crate) normalize_vibes: bool,
    /// Take over a character or style: FILE[:character|style|both[:STRENGTH[:FIDELITY]]] (V4.5); several times.
    #[arg(long, value_name = "FILE", help_heading = "References")]
    pub(crate) reference: Vec<String>,
}

/// Quality tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum QualityName {
    Standard,
    Light,
    None,
}

/// Undesired Content presets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UndesiredName {
    Heavy,
    Light,
    HumanFocus,
    FurryFocus,
    None,
}

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    Png,
    Webp,
}

fn position(text: &str) -> Result<Position, String> {
    let parsed = text.split_once(',').and_then(|(x, y)| {
        let (x, y) = (x.trim().parse().ok()?, y.trim().parse().ok()?);
        Some(Position { x, y })
    });
    parsed
        .filter(|at| (0.0..=1.0).contains(&at.x) && (0.0..=1.0).contains(&at.y))
        .ok_or_else(|| "a position is two numbers from 0 to 1, such as 0.3,0.5".to_owned())
}

impl Settings {
    /// Whether these flags start from a finished picture, whose own settings are what they mean to change.
    pub(crate) fn follows_up(&self) -> Option<&Path> {
        let follows = self.enhance.is_some() || self.variations;
        self.image.as_deref().filter(|_| follows)
    }

    /// Changes a request to what the flags say.
    pub(crate) fn apply(&self, request: &mut GenerateRequest, registry: &Registry) -> Result<(), Error> {
        if let Some(name) = &self.model {
            self.change_model(request, connection::model(registry, name)?);
        }
        self.apply_prompt(request);
        match (&self.size, &self.image) {
            (Some(size), _) => request.size = read_size(size, registry)?,
            (None, Some(image)) => {
                let size = files::picture_size(image, &files::read(image)?)?;
                request.size = nearest_size(size, registry);
            }
            (None, None) => {}
        }
        self.apply_sampling(request);
        self.apply_characters(request)?;
        self.apply_references(request, registry)?;
        self.apply_source(request, registry)
    }

    /// Another model: what was left at the old one's defaults goes to those of the new one.
    fn change_model(&self, request: &mut GenerateRequest, model: &Model) {
        if request.model == model.id {
            return;
        }
        let fresh = GenerateRequest::new(model);
        request.model = fresh.model;
        request.prompt.quality = if model.quality_presets.contains(&request.prompt.quality) {
            request.prompt.quality
        } else {
            fresh.prompt.quality
        };
        request.prompt.undesired_preset = model.closest_undesired(request.prompt.undesired_preset);
        let sampling = &mut request.sampling;
        sampling.guidance = fresh.sampling.guidance;
        if !model.samplers.iter().any(|sampler| sampler.id == sampling.sampler) {
            sampling.sampler = fresh.sampling.sampler;
        }
        if !model.noise_schedules.contains(&sampling.noise_schedule) {
            sampling.noise_schedule = fresh.sampling.noise_schedule;
        }
        sampling.variety &= model.variety;
        request.transparent &= model.transparency;
        request.legacy_undesired &= model.has_legacy_undesired();
        sampling.decrisper &= model.has_decrisper();
        if !model.has_smea() {
            sampling.smea = Smea::Off;
        }
    }

    fn apply_prompt(&self, request: &mut GenerateRequest) {
        let prompt = &mut request.prompt;
        if let Some(text) = &self.prompt {
            prompt.text.clone_from(text);
        }
        if let Some(text) = &self.undesired {
            prompt.undesired.clone_from(text);
        }
        if let Some(quality) = self.quality {
            prompt.quality = match quality {
                QualityName::Standard => QualityPreset::Standard,
                QualityName::Light => QualityPreset::Light,
                QualityName::None => QualityPreset::None,
            };
        }
        if let Some(preset) = self.uc_preset {
            prompt.undesired_preset = match preset {
                UndesiredName::Heavy => UndesiredPreset::Heavy,
                UndesiredName::Light => UndesiredPreset::Light,
                UndesiredName::HumanFocus => UndesiredPreset::HumanFocus,
                UndesiredName::FurryFocus => UndesiredPreset::FurryFocus,
                UndesiredName::None => UndesiredPreset::None,
            };
        }
        prompt.furry |= self.furry;
        prompt.auto_text |= self.auto_text;
        request.transparent |= self.transparent;
        request.legacy_undesired |= self.legacy_uc;
        if let Some(format) = self.format {
            request.format = match format {
                FormatName::Png => ImageFormat::Png,
                FormatName::Webp => ImageFormat::Webp,
            };
        }
        if let Some(samples) = self.samples {
            request.samples = samples;
        }
    }

    fn apply_sampling(&self, request: &mut GenerateRequest) {
        let sampling = &mut request.sampling;
        if let Some(steps) = self.steps {
            sampling.steps = steps;
        }
        if let Some(guidance) = self.guidance {
            sampling.guidance = guidance;
        }
        if let Some(rescale) = self.rescale {
            sampling.guidance_rescale = rescale;
        }
        if let Some(sampler) = &self.sampler {
            sampling.sampler.clone_from(sampler);
        }
        if let Some(schedule) = &self.schedule {
            sampling.noise_schedule.clone_from(schedule);
        }
        if self.seed.is_some() {
            sampling.seed = self.seed;
        }
        sampling.variety |= self.variety;
        sampling.decrisper |= self.decrisper;
        if self.smea_dyn {
            sampling.smea = Smea::Dynamic;
        } else if self.smea {
            sampling.smea = Smea::On;
        }
    }

    fn apply_characters(&self, request: &mut GenerateRequest) -> Result<(), Error> {
        let count = self.character.len();
        if self.character_undesired.len() > count || self.at.len() > count {
            return Err(Error::usage(
                "There are more --at or --character-undesired than there are --character.",
            ));
        }
        if count > 0 {
            let characters = self.character.iter().enumerate().map(|(place, prompt)| Character {
                prompt: prompt.clone(),
                undesired: self.character_undesired.get(place).cloned().unwrap_or_default(),
                position: self.at.get(place).copied(),
                enabled: true,
                name: String::new(),
            });
            request.characters = characters.collect();
        }
        Ok(())
    }

    fn apply_references(&self, request: &mut GenerateRequest, registry: &Registry) -> Result<(), Error> {
        let model = connection::model(registry, &request.model.0)?;
        if !self.vibe.is_empty() {
            let vibes = self.vibe.iter().map(|text| read_vibe(text, model.vibe_extraction));
            request.references.vibes = vibes.collect::<Result<_, _>>()?;
        }
        request.references.normalize_vibes |= self.normalize_vibes;
        if !self.reference.is_empty() {
            let references = self.reference.iter().map(|text| read_reference(text));
            request.references.precise = references.collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    fn apply_source(&self, request: &mut GenerateRequest, registry: &Registry) -> Result<(), Error> {
        let Some(image) = &self.image else {
            return self.apply_strength(request);
        };
        let image = picture_id(image);
        if self.variations {
            let samples = self.samples;
            *request = novelai::follow_up::variations(request, image, registry);
            request.samples = samples.unwrap_or(request.samples);
            request.sampling.seed = self.seed;
        } else if let Some(magnitude) = self.enhance {
            use novelai::follow_up::{EnhancedSize, Magnitude, enhance};
            let size = match self.enlarge.as_deref() {
                None => EnhancedSize::Times(1.0),
                Some("max") => EnhancedSize::Max,
                Some(times) => {
                    let times = times.parse().ok().filter(|times| (1.0..=4.0).contains(times));
                    EnhancedSize::Times(times.ok_or_else(|| Error::usage("--enlarge takes 1, 1.5, 2 or max."))?)
                }
            };
            *request = enhance(request, image, Magnitude::new(magnitude), size, registry);
            request.sampling.seed = self.seed;
        } else if let Some(mask) = &self.mask {
            request.source = Source::Inpaint {
                image,
                mask: picture_id(mask),
                strength: self.strength.unwrap_or(1.0),
                overlay: false,
                paste: None,
            };
        } else {
            request.source = Source::Image {
                image,
                strength: self.strength.unwrap_or(0.7),
                noise: self.noise.unwrap_or(0.0),
                color_correct: self.color_correct,
                enhance: Enhance::No,
                fit: Fit::Stretch,
            };
        }
        Ok(())
    }

    /// A strength without a picture is that of the request's own source.
    fn apply_strength(&self, request: &mut GenerateRequest) -> Result<(), Error> {
        let Some(wanted) = self.strength else {
            return Ok(());
        };
        match &mut request.source {
            Source::Text => Err(Error::usage("--strength needs a picture to start from: --image FILE.")),
            Source::Image { strength, .. } | Source::Inpaint { strength, .. } => {
                *strength = wanted;
                Ok(())
            }
        }
    }
}

/// On the command line a picture is named by its path.
fn picture_id(path: &Path) -> PictureId {
    PictureId(path.display().to_string())
}

/// `832x1216`, or the name of a preset.
pub(crate) fn read_size(text: &str, registry: &Registry) -> Result<Size, Error> {
    let preset = registry.sizes().iter().find(|preset| preset.id == text);
    if let Some(preset) = preset {
        return Ok(Size {
            width: preset.width,
            height: preset.height,
        });
    }
    let sides = text.split_once(['x', 'X', '×']).and_then(|(width, height)| {
        Some(Size {
            width: width.trim().parse().ok()?,
            height: height.trim().parse().ok()?,
        })
    });
    sides.ok_or_else(|| {
        let names: Vec<&str> = registry.sizes().iter().map(|preset| preset.id.as_str()).collect();
        Error::usage(format!(
            "{text} is no size: write 832x1216, or one of {}.",
            names.join(", ")
        ))
    })
}

/// The nearest size that can be asked for, in about the same shape. What is larger than the service takes is brought to
/// about a megapixel, as pictures of normal size have.
fn nearest_size(size: Size, registry: &Registry) -> Size {
    const NORMAL: f64 = 1024.0 * 1024.0;
    let limits = registry.limits();
    let step = f64::from(limits.side_step);
    let area = size.area() as f64;
    let scale = if size.area() > u64::from(limits.max_area) {
        (NORMAL / area).sqrt()
    } else {
        1.0
    };
    let side = |side: u32| {
        let sides = (f64::from(side) * scale / step).round() * step;
        sides.clamp(f64::from(limits.min_side), f64::from(limits.max_area) / step) as u32
    };
    let mut nearest = Size {
        width: side(size.width),
        height: side(size.height),
    };
    // Rounding up may have made it too large.
    while nearest.area() > u64::from(limits.max_area) {
        let longer = if nearest.width >= nearest.height {
            &mut nearest.width
        } else {
            &mut nearest.height
        };
        *longer -= limits.side_step;
    }
    nearest
}

/// A file, and what stands behind it between colons. A colon within the path (`C:\…`) is not one of them.
fn split_options(text: &str, most: usize) -> (&str, Vec<&str>) {
    let mut path = text;
    let mut options = Vec::new();
    while options.len() < most && !Path::new(path).exists() {
        let Some((shorter, option)) = path.rsplit_once(':') else {
            break;
        };
        options.insert(0, option);
        path = shorter;
    }
    (path, options)
}

fn number(text: &str, what: &str) -> Result<f64, Error> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| Error::usage(format!("{text} is no {what}: write a number such as 0.6.")))
}

fn read_vibe(text: &str, extraction: f64) -> Result<Vibe, Error> {
    let (path, options) = split_options(text, 2);
    Ok(Vibe {
        image: PictureId(path.to_owned()),
        encoded: false,
        strength: options.first().map_or(Ok(0.6), |text| number(text, "strength"))?,
        extraction: options
            .get(1)
            .map_or(Ok(extraction), |text| number(text, "extraction"))?,
    })
}

fn read_reference(text: &str) -> Result<PreciseReference, Error> {
    let (path, options) = split_options(text, 3);
    let kind = match options.first() {
        None | Some(&"both") => ReferenceKind::Both,
        Some(&"character") => ReferenceKind::Character,
        Some(&"style") => ReferenceKind::Style,
        Some(other) => {
            return Err(Error::usage(format!(
                "{other} is nothing that can be taken over: write character, style or both."
            )));
        }
    };
    Ok(PreciseReference {
        image: PictureId(path.to_owned()),
        kind,
        strength: options.get(1).map_or(Ok(1.0), |text| number(text, "strength"))?,
        fidelity: options.get(2).map_or(Ok(1.0), |text| number(text, "fidelity"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> GenerateRequest {
        GenerateRequest::new(&Registry::builtin().models()[0])
    }

    fn applied(settings: &Settings) -> Result<GenerateRequest, Error> {
        let mut request = request();
        settings.apply(&mut request, Registry::builtin())?;
        Ok(request)
    }

    #[test]
    fn flags_that_are_not_given_change_nothing() {
        assert_eq!(applied(&Settings::default()).unwrap(), request());
    }

    #[test]
    fn sizes_are_sides_or_presets() {
        let registry = Registry::builtin();
        let size = read_size("1216x832", registry).unwrap();
        assert_eq!((size.width, size.height), (1216, 832));
        for preset in registry.sizes() {
            let size = read_size(&preset.id, registry).unwrap();
            assert_eq!((size.width, size.height), (preset.width, preset.height));
        }
        for wrong in ["", "large", "1216", "x", "-1x64", "1x2x3"] {
            assert!(read_size(wrong, registry).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_picture_of_any_size_has_a_size_that_can_be_asked_for() {
        let registry = Registry::builtin();
        for (width, height, nearest) in [
            (832, 1216, (832, 1216)),
            (500, 700, (512, 704)),
            (4000, 3000, (1152, 896)),
            (1, 1, (64, 64)),
        ] {
            let size = nearest_size(Size { width, height }, registry);
            assert_eq!((size.width, size.height), nearest);
        }
        for (width, height) in [(1790, 1790), (16_384, 64), (64, 16_384), (16_384, 4000), (3000, 1056)] {
            let size = nearest_size(Size { width, height }, registry);
            assert!(
                size.area() <= u64::from(registry.limits().max_area),
                "{width}×{height}: {size:?}"
            );
            assert!(
                size.width.is_multiple_of(64)
                    && size.height.is_multiple_of(64)
                    && size.width >= 64
                    && size.height >= 64
            );
        }
    }

    #[test]
    fn characters_keep_what_belongs_to_them() {
        let settings = Settings {
            character: vec!["girl".into(), "boy".into()],
            character_undesired: vec!["hat".into()],
            at: vec![Position { x: 0.3, y: 0.5 }],
            ..Settings::default()
        };
        let characters = applied(&settings).unwrap().characters;
        assert_eq!(
            (characters[0].undesired.as_str(), characters[1].undesired.as_str()),
            ("hat", "")
        );
        assert!(characters[0].position.is_some() && characters[1].position.is_none());
        let homeless = Settings {
            at: vec![Position { x: 0.3, y: 0.5 }],
            ..Settings::default()
        };
        assert!(applied(&homeless).is_err());
    }

    #[test]
    fn another_model_brings_its_own_defaults_and_keeps_what_it_knows() {
        let registry = Registry::builtin();
        for from in registry.models() {
            for to in registry.models().iter().filter(|model| model.offered) {
                let mut request = GenerateRequest::new(from);
                request.prompt.text = "sea".into();
                let settings = Settings {
                    model: Some(to.id.0.clone()),
                    ..Settings::default()
                };
                settings.apply(&mut request, registry).unwrap();
                let priced = novelai::cost::estimate(&request, registry, None);
                assert!(priced.is_ok(), "{} → {}: {priced:?}", from.id, to.id);
                assert_eq!(request.prompt.text, "sea");
            }
        }
    }

    #[test]
    fn what_stands_behind_a_file_is_not_taken_for_its_name() {
        let vibe = read_vibe("mood.naiv4vibe:-0.4:0.7", 1.0).unwrap();
        assert_eq!(
            (vibe.image.0.as_str(), vibe.strength, vibe.extraction),
            ("mood.naiv4vibe", -0.4, 0.7)
        );
        let reference = read_reference("hero.png:style:0.5").unwrap();
        assert_eq!(
            (reference.kind, reference.strength, reference.fidelity),
            (ReferenceKind::Style, 0.5, 1.0)
        );
        assert!(read_vibe("mood.png:loud", 1.0).is_err() && read_reference("hero.png:hat").is_err());
    }

    #[test]
    fn a_strength_needs_something_to_start_from() {
        let settings = Settings {
            strength: Some(0.5),
            ..Settings::default()
        };
        assert!(applied(&settings).is_err());
    }
}
