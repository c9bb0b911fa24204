//! The rules that a request has to keep before it is sent.
//!
//! A refusal by us costs nothing; a failure at the service may. Each refusal names the field, the rule, and the nearest
//! value that would do.

use serde::Serialize;
use serde_json::{Value, json};

use crate::cost;
use crate::model::{Form, Limits, Model, Positions, Registry, Sampler};
use crate::request::{Character, Enhance, GenerateRequest, PreciseReference, Size, Smea, Source, Vibe};

/// A request that we don't send, and why.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The field of the request that is wrong, such as `size.width`.
    pub field: &'static str,
    /// The rule it breaks, in words.
    pub message: String,
    /// The nearest value that would do, as the field's JSON, where there is one.
    pub nearest: Option<Value>,
}

impl Refusal {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
            nearest: None,
        }
    }

    pub(crate) fn nearest(self, value: impl Into<Value>) -> Self {
        Self {
            nearest: Some(value.into()),
            ..self
        }
    }
}

/// The model that was chosen, and the one that does the work: with a mask that may be another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Models<'r> {
    pub(crate) chosen: &'r Model,
    pub(crate) acting: &'r Model,
}

/// Whether `request` may be sent, its seed and its pictures aside: a draft has no seed until it is queued.
pub(crate) fn check<'r>(request: &GenerateRequest, registry: &'r Registry) -> Result<Models<'r>, Refusal> {
    let Some(model) = registry.get(&request.model) else {
        let refusal = Refusal::new("model", format!("The model {} is not known.", request.model));
        return Err(match registry.models().first() {
            Some(first) => refusal.nearest(first.id.0.as_str()),
            None => refusal,
        });
    };
    let acting = match request.source {
        Source::Text | Source::Image { .. } => model,
        Source::Inpaint { .. } => registry.inpainting_model(model),
    };
    let models = Models { chosen: model, acting };
    check_size(request.size, registry.limits())?;
    check_sampling(request, model, registry.limits())?;
    check_switches(request, model)?;
    check_samples(request, registry.limits())?;
    check_presets(request, model)?;
    check_characters(&request.characters, acting)?;
    check_source(&request.source, model)?;
    check_references(request, model, registry)?;
    check_price(request, models, registry)?;
    Ok(models)
}

/// What is sent of the references: where there are precise ones the vibes are left out, and with a mask as well.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SentReferences<'a> {
    None,
    Vibes(&'a [Vibe]),
    Precise(&'a [PreciseReference]),
}

pub(crate) fn sent_references(request: &GenerateRequest) -> SentReferences<'_> {
    let references = &request.references;
    let masked = matches!(request.source, Source::Inpaint { .. });
    if !references.precise.is_empty() {
        SentReferences::Precise(&references.precise)
    } else if references.vibes.is_empty() || masked {
        SentReferences::None
    } else {
        SentReferences::Vibes(&references.vibes)
    }
}

/// What a model has or has not.
fn check_switches(request: &GenerateRequest, model: &Model) -> Result<(), Refusal> {
    let captions = model.rules().form == Form::Captions;
    let name = &model.short_name;
    for (field, wanted, has, what) in [
        (
            "transparent",
            request.transparent,
            model.transparency,
            "transparent backgrounds",
        ),
        (
            "legacyUndesired",
            request.legacy_undesired,
            model.legacy_undesired,
            "other way to handle Undesired Content",
        ),
        ("prompt.furry", request.prompt.furry, captions, "furry mode"),
        (
            "prompt.autoText",
            request.prompt.auto_text,
            captions,
            "text in pictures",
        ),
        (
            "sampling.decrisper",
            request.sampling.decrisper,
            model.decrisper,
            "Decrisper",
        ),
    ] {
        if wanted && !has {
            return Err(Refusal::new(field, format!("{name} has no {what}.")).nearest(false));
        }
    }
    Ok(())
}

fn check_source(source: &Source, model: &Model) -> Result<(), Refusal> {
    match source {
        Source::Text => Ok(()),
        Source::Image {
            strength,
            noise,
            enhance,
            ..
        } => {
            check_range("source.strength", "Strength", *strength, (0.01, 0.99))?;
            check_range("source.noise", "Noise", *noise, (0.0, 0.99))?;
            if *enhance == Enhance::Max && !model.rules().enhances_to_max {
                let message = format!("{} can't enhance to the largest size by itself.", model.short_name);
                return Err(Refusal::new("source.enhance", message).nearest(spelled(Enhance::Yes)));
            }
            Ok(())
        }
        Source::Inpaint { strength, .. } => {
            if !model.can_inpaint() {
                let message = format!("{} can't paint a part of a picture anew.", model.short_name);
                return Err(Refusal::new("source", message));
            }
            check_range("source.strength", "Strength", *strength, (0.01, 1.0))
        }
    }
}

fn check_references(request: &GenerateRequest, model: &Model, registry: &Registry) -> Result<(), Refusal> {
    let limits = registry.reference_limits();
    let name = &model.short_name;
    match sent_references(request) {
        SentReferences::None => Ok(()),
        SentReferences::Vibes(vibes) => {
            let field = "references.vibes";
            if !model.vibes {
                return Err(Refusal::new(field, format!("{name} takes no vibes.")));
            }
            if vibes.len() > limits.max_vibes {
                let message = format!("A request takes at most {} vibes.", limits.max_vibes);
                return Err(Refusal::new(field, message));
            }
            for vibe in vibes {
                check_range(
                    "references.vibes.strength",
                    "Reference Strength",
                    vibe.strength,
                    (-10.0, 10.0),
                )?;
                let extraction = (0.01, 1.0);
                check_range(
                    "references.vibes.extraction",
                    "Information Extracted",
                    vibe.extraction,
                    extraction,
                )?;
                if vibe.encoded && !model.encodes_vibes() {
                    let message = format!("{name} takes vibes as pictures; an encoded one is for other models.");
                    return Err(Refusal::new(field, message));
                }
            }
            Ok(())
        }
        SentReferences::Precise(references) => {
            let field = "references.precise";
            if !model.references {
                return Err(Refusal::new(field, format!("{name} takes no precise references.")));
            }
            if references.len() > limits.max_precise {
                let message = format!("A request takes at most {} precise references.", limits.max_precise);
                return Err(Refusal::new(field, message));
            }
            for reference in references {
                check_range(
                    "references.precise.strength",
                    "Strength",
                    reference.strength,
                    (-1.0, 1.0),
                )?;
                check_range(
                    "references.precise.fidelity",
                    "Fidelity",
                    reference.fidelity,
                    (0.0, 1.0),
                )?;
            }
            Ok(())
        }
    }
}

/// The seed of a request that is about to be sent.
pub(crate) fn seed(request: &GenerateRequest, limits: &Limits) -> Result<u32, Refusal> {
    match request.sampling.seed {
        None => Err(Refusal::new(
            "sampling.seed",
            "The seed is picked when the request is queued; this one has none.",
        )),
        Some(0) => Err(Refusal::new(
            "sampling.seed",
            "The seed must be at least 1: the service takes 0 for any.",
        )
        .nearest(1)),
        Some(seed) if seed > limits.max_seed => {
            let most = limits.max_seed;
            Err(Refusal::new("sampling.seed", format!("The seed must be at most {}.", grouped(most))).nearest(most))
        }
        Some(seed) => Ok(seed),
    }
}

fn check_size(size: Size, limits: &Limits) -> Result<(), Refusal> {
    let step = limits.side_step;
    for (field, name, side) in [
        ("size.width", "Width", size.width),
        ("size.height", "Height", size.height),
    ] {
        if side < limits.min_side || !side.is_multiple_of(step) {
            // Ties go up, as on the service's own page.
            let nearest = (side.saturating_add(step / 2) / step * step).max(limits.min_side);
            let message = format!("{name} must be a multiple of {step}; {nearest} is the nearest.");
            return Err(Refusal::new(field, message).nearest(nearest));
        }
    }
    if size.area() > u64::from(limits.max_area) {
        let Size { width, height } = shrunk(size, limits);
        let most = grouped(limits.max_area);
        let message = format!("The picture must have at most {most} pixels; {width} × {height} is the nearest.");
        return Err(Refusal::new("size", message).nearest(json!({ "width": width, "height": height })));
    }
    Ok(())
}

/// The largest allowed size of about the same shape.
fn shrunk(size: Size, limits: &Limits) -> Size {
    let step = limits.side_step;
    let longest = limits.max_area / limits.min_side / step * step;
    let scale = (f64::from(limits.max_area) / size.area() as f64).sqrt();
    let fit = |side: u32| ((f64::from(side) * scale) as u32 / step * step).clamp(limits.min_side, longest);
    Size {
        width: fit(size.width),
        height: fit(size.height),
    }
}

fn check_sampling(request: &GenerateRequest, model: &Model, limits: &Limits) -> Result<(), Refusal> {
    let sampling = &request.sampling;
    let (least, most) = (limits.min_steps, limits.max_steps);
    if !(least..=most).contains(&sampling.steps) {
        let message = format!("Steps must be from {least} to {most}.");
        return Err(Refusal::new("sampling.steps", message).nearest(sampling.steps.clamp(least, most)));
    }
    let guidance = (limits.min_guidance, limits.max_guidance);
    check_range("sampling.guidance", "Prompt Guidance", sampling.guidance, guidance)?;
    check_range(
        "sampling.guidanceRescale",
        "Guidance Rescale",
        sampling.guidance_rescale,
        (0.0, 1.0),
    )?;
    let Some(sampler) = sampler(request, model) else {
        let message = format!("{} has no sampler {}.", model.short_name, shown(&sampling.sampler));
        return Err(Refusal::new("sampling.sampler", message).nearest(model.defaults.sampler.as_str()));
    };
    if sampler.broken_steps.contains(&sampling.steps) {
        let message = format!("{} is known to fail with {} steps.", sampler.name, sampling.steps);
        return Err(Refusal::new("sampling.steps", message).nearest(sampling.steps + 1));
    }
    if sampling.smea != Smea::Off && !(model.smea && sampler.smea) {
        let message = format!("There is no SMEA for {} with {}.", model.short_name, sampler.name);
        return Err(Refusal::new("sampling.smea", message).nearest(spelled(Smea::Off)));
    }
    if !model.noise_schedules.contains(&sampling.noise_schedule) {
        let message = format!(
            "{} has no noise schedule {}.",
            model.short_name,
            shown(&sampling.noise_schedule)
        );
        return Err(Refusal::new("sampling.noiseSchedule", message).nearest(model.defaults.noise_schedule.as_str()));
    }
    if sampling.variety && !model.variety {
        let message = format!("{} has no Variety+.", model.short_name);
        return Err(Refusal::new("sampling.variety", message).nearest(false));
    }
    Ok(())
}

/// The sampler of a request, where the model has it.
pub(crate) fn sampler<'m>(request: &GenerateRequest, model: &'m Model) -> Option<&'m Sampler> {
    let wanted = &request.sampling.sampler;
    model.samplers.iter().find(|sampler| sampler.id == *wanted)
}

fn check_range(field: &'static str, name: &str, value: f64, (least, most): (f64, f64)) -> Result<(), Refusal> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let refusal = Refusal::new(field, format!("{name} must be from {least} to {most}."));
    Err(if value.is_nan() {
        refusal
    } else {
        refusal.nearest(value.clamp(least, most))
    })
}

fn check_samples(request: &GenerateRequest, limits: &Limits) -> Result<(), Refusal> {
    let area = request.size.area();
    let most = limits
        .samples
        .iter()
        .find(|cap| area <= u64::from(cap.max_area))
        .map_or(1, |cap| cap.samples);
    if (1..=most).contains(&request.samples) {
        return Ok(());
    }
    let message = format!("At this size, a request is for 1 to {most} pictures.");
    Err(Refusal::new("samples", message).nearest(request.samples.clamp(1, most)))
}

fn check_presets(request: &GenerateRequest, model: &Model) -> Result<(), Refusal> {
    if model.quality_text(request.prompt.quality).is_none() {
        let message = format!("{} does not have this set of quality tags.", model.short_name);
        return Err(Refusal::new("prompt.quality", message).nearest(spelled(model.defaults.quality)));
    }
    let preset = request.prompt.undesired_preset;
    if model.undesired_text(preset).is_none() {
        let message = format!("{} does not have this Undesired Content preset.", model.short_name);
        let nearest = spelled(model.closest_undesired(preset));
        return Err(Refusal::new("prompt.undesiredPreset", message).nearest(nearest));
    }
    Ok(())
}

/// The characters that are sent: enabled, and with something to say.
pub(crate) fn sent_characters(characters: &[Character]) -> impl Iterator<Item = &Character> {
    characters
        .iter()
        .filter(|character| character.enabled && !character.prompt.trim().is_empty())
}

fn check_characters(characters: &[Character], model: &Model) -> Result<(), Refusal> {
    let count = sent_characters(characters).count();
    let most = model.max_characters;
    if model.positions == Positions::None && count > 0 {
        return Err(Refusal::new(
            "characters",
            format!("{} has no character prompts.", model.short_name),
        ));
    }
    if count > most as usize {
        let message = format!(
            "{} takes at most {most} characters; {count} are switched on.",
            model.short_name
        );
        return Err(Refusal::new("characters", message));
    }
    for position in sent_characters(characters).filter_map(|character| character.position) {
        if !(0.0..=1.0).contains(&position.x) || !(0.0..=1.0).contains(&position.y) {
            let message = "A character stands outside the picture; positions go from 0 to 1.";
            return Err(Refusal::new("characters.position", message));
        }
    }
    Ok(())
}

fn check_price(request: &GenerateRequest, models: Models<'_>, registry: &Registry) -> Result<(), Refusal> {
    let most = registry.limits().max_price;
    let price = |steps: u8| {
        cost::price_of_one(
            registry.prices(),
            &cost::Work {
                steps,
                ..cost::work(request, models, registry)
            },
        )
    };
    let asked = price(request.sampling.steps);
    if asked <= most {
        return Ok(());
    }
    let message = format!("One picture of this would cost {asked} Anlas; the service refuses more than {most}.");
    let refusal = Refusal::new("sampling.steps", message);
    let fewer = (registry.limits().min_steps..request.sampling.steps)
        .rev()
        .find(|steps| {
            let broken = sampler(request, models.chosen).is_some_and(|sampler| sampler.broken_steps.contains(steps));
            !broken && price(*steps) <= most
        });
    Err(match fewer {
        Some(steps) => refusal.nearest(steps),
        None => refusal,
    })
}

/// A preset as it stands in a request.
fn spelled(preset: impl Serialize) -> Value {
    serde_json::to_value(preset).expect("presets are plain names")
}

/// A number with its thousands apart.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A name out of a request, short enough for a message.
fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelId;
    use crate::request::{Position, QualityPreset, UndesiredPreset};
    use crate::testing::{V5_FULL, V45_CURATED, V45_FULL, character, request};

    /// Changes a good request, and gives the field that is refused and the nearest value.
    fn refused(model: &str, change: impl FnOnce(&mut GenerateRequest)) -> (&'static str, Value) {
        let mut request = request(model);
        change(&mut request);
        let refusal = check(&request, Registry::builtin()).unwrap_err();
        assert!(refusal.message.ends_with('.'), "{}", refusal.message);
        (refusal.field, refusal.nearest.unwrap_or_default())
    }

    fn accepted(model: &str, change: impl FnOnce(&mut GenerateRequest)) {
        let mut request = request(model);
        change(&mut request);
        check(&request, Registry::builtin()).unwrap();
    }

    #[test]
    fn sides_are_multiples_of_64_and_ties_go_up() {
        assert_eq!(refused(V5_FULL, |r| r.size.width = 831), ("size.width", json!(832)));
        assert_eq!(refused(V5_FULL, |r| r.size.width = 864), ("size.width", json!(896)));
        assert_eq!(refused(V5_FULL, |r| r.size.height = 0), ("size.height", json!(64)));
        assert_eq!(refused(V5_FULL, |r| r.size.height = 1), ("size.height", json!(64)));
        let (field, nearest) = refused(V5_FULL, |r| r.size.height = u32::MAX);
        assert_eq!((field, nearest.as_u64().unwrap() % 64), ("size.height", 0));
        accepted(V5_FULL, |r| r.size = Size { width: 64, height: 64 });
    }

    #[test]
    fn the_area_is_capped_and_the_shape_kept() {
        accepted(V45_FULL, |r| {
            r.size = Size {
                width: 1536,
                height: 2048,
            }
        });
        let (field, nearest) = refused(V45_FULL, |r| {
            r.size = Size {
                width: 3072,
                height: 4096,
            }
        });
        assert_eq!((field, nearest), ("size", json!({ "width": 1536, "height": 2048 })));
        for size in [(2048, 2048), (64, 64 * 800), (64 * 1_000_000, 64), (1536, 2112)] {
            let (field, nearest) = refused(V45_FULL, |r| {
                r.size = Size {
                    width: size.0,
                    height: size.1,
                }
            });
            assert_eq!(field, "size");
            let nearest: Size = serde_json::from_value(nearest).unwrap();
            accepted(V45_FULL, |r| {
                r.size = nearest;
                r.sampling.steps = 1;
            });
        }
    }

    #[test]
    fn sampling_keeps_to_the_limits_and_to_what_the_model_has() {
        assert_eq!(
            refused(V45_FULL, |r| r.sampling.steps = 0),
            ("sampling.steps", json!(1))
        );
        assert_eq!(
            refused(V45_FULL, |r| r.sampling.steps = 51),
            ("sampling.steps", json!(50))
        );
        assert_eq!(
            refused(V45_FULL, |r| r.sampling.guidance = 10.1),
            ("sampling.guidance", json!(10.0))
        );
        assert_eq!(
            refused(V45_FULL, |r| r.sampling.guidance = f64::NAN),
            ("sampling.guidance", Value::Null)
        );
        assert_eq!(
            refused(V45_FULL, |r| r.sampling.guidance_rescale = -0.5),
            ("sampling.guidanceRescale", json!(0.0))
        );
        let sampler = refused(V45_FULL, |r| r.sampling.sampler = "ddim".into());
        assert_eq!(sampler, ("sampling.sampler", json!("k_euler_ancestral")));
        let native = refused(V45_FULL, |r| r.sampling.noise_schedule = "native".into());
        assert_eq!(native, ("sampling.noiseSchedule", json!("karras")));
        let forced = refused(V5_FULL, |r| r.sampling.noise_schedule = "exponential".into());
        assert_eq!(forced, ("sampling.noiseSchedule", json!("karras")));
        assert_eq!(
            refused(V5_FULL, |r| r.sampling.variety = true),
            ("sampling.variety", json!(false))
        );
        accepted(V45_FULL, |r| r.sampling.variety = true);
    }

    #[test]
    fn the_number_of_pictures_is_capped_by_the_area() {
        for (width, height, most) in [
            (512, 704, 8),
            (640, 640, 6),
            (512, 768, 6),
            (832, 1216, 4),
            (1024, 1536, 4),
        ] {
            let sized = |samples: u8| {
                move |r: &mut GenerateRequest| {
                    r.size = Size { width, height };
                    r.samples = samples;
                }
            };
            accepted(V45_FULL, sized(most));
            assert_eq!(
                refused(V45_FULL, sized(most + 1)),
                ("samples", json!(most)),
                "{width}×{height}"
            );
            assert_eq!(refused(V45_FULL, sized(0)), ("samples", json!(1)));
        }
    }

    #[test]
    fn presets_are_those_of_the_model() {
        let light = refused(V45_FULL, |r| r.prompt.quality = QualityPreset::Light);
        assert_eq!(light, ("prompt.quality", json!("standard")));
        let furry = refused(V45_CURATED, |r| r.prompt.undesired_preset = UndesiredPreset::FurryFocus);
        assert_eq!(furry, ("prompt.undesiredPreset", json!("heavy")));
    }

    #[test]
    fn a_seventh_character_is_one_too_many_unless_it_is_switched_off() {
        accepted(V45_FULL, |r| r.characters = vec![character("girl"); 6]);
        accepted(V5_FULL, |r| r.characters = vec![character("girl"); 7]);
        assert_eq!(
            refused(V45_FULL, |r| r.characters = vec![character("girl"); 7]).0,
            "characters"
        );
        accepted(V45_FULL, |r| {
            r.characters = vec![character("girl"); 7];
            r.characters[3].enabled = false;
        });
        accepted(V45_FULL, |r| {
            r.characters = vec![character("girl"); 7];
            r.characters[3].prompt = " ".into();
        });
    }

    #[test]
    fn characters_stand_inside_the_picture() {
        for (x, y) in [(1.1, 0.5), (0.5, -0.1), (f64::NAN, 0.5), (0.5, f64::INFINITY)] {
            let (field, _) = refused(V5_FULL, |r| {
                r.characters = vec![character("girl")];
                r.characters[0].position = Some(Position { x, y });
            });
            assert_eq!(field, "characters.position");
        }
    }

    #[test]
    fn what_the_service_finds_too_expensive_is_refused_with_the_steps_it_would_take() {
        let large = |r: &mut GenerateRequest| {
            r.size = Size {
                width: 2048,
                height: 1536,
            };
            r.sampling.steps = 50;
        };
        accepted(V45_FULL, large);
        let (field, nearest) = refused(V5_FULL, large);
        assert_eq!(field, "sampling.steps");
        let steps = u8::try_from(nearest.as_u64().unwrap()).unwrap();
        let with = |steps: u8| {
            move |r: &mut GenerateRequest| {
                large(r);
                r.sampling.steps = steps;
            }
        };
        accepted(V5_FULL, with(steps));
        assert_eq!(refused(V5_FULL, with(steps + 1)).0, "sampling.steps");
    }

    #[test]
    fn a_model_that_is_not_in_the_registry_is_refused() {
        let (field, nearest) = refused(V5_FULL, |r| r.model = ModelId("nai-diffusion-9".into()));
        assert_eq!((field, nearest), ("model", json!(V5_FULL)));
    }

    #[test]
    fn a_request_needs_a_seed_that_can_be_used_again() {
        let limits = Registry::builtin().limits();
        let mut request = request(V5_FULL);
        for good in [1, u32::MAX] {
            request.sampling.seed = Some(good);
            assert_eq!(seed(&request, limits), Ok(good));
        }
        for bad in [None, Some(0)] {
            request.sampling.seed = bad;
            assert_eq!(seed(&request, limits).unwrap_err().field, "sampling.seed");
        }
    }

    #[test]
    fn large_numbers_are_readable() {
        assert_eq!(grouped(3_145_728), "3,145,728");
        assert_eq!((grouped(640), grouped(4096)), ("640".into(), "4,096".into()));
    }
}
