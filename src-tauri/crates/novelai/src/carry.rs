//! A request carried to another model, or changed by parts of another request.
//!
//! What the new model has too stays; what stood at the old model's default goes to the new one's; what has a counterpart
//! goes to that; what would be refused is put aside where it can wait (characters are turned off), or dropped. Whatever
//! can't stay as it was is told, so that nobody is surprised by a picture.

mod parts;

use serde::{Deserialize, Serialize};

use crate::model::{Model, ModelId, Positions, Registry};
use crate::payload::snapped;
use crate::prompt::{Syntax, in_braces};
use crate::request::{Enhance, GenerateRequest, QualityPreset, Smea, Source};

pub use parts::{PresetChange, PresetPart, PresetPreview, apply};

/// A request carried to another model or changed by a preset, and what could not stay as it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// The request as it is now.
    pub request: GenerateRequest,
    /// What changed on the way.
    pub notes: Vec<CarryNote>,
}

/// Something that could not stay as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct CarryNote {
    /// What.
    pub field: CarriedField,
    /// What it was.
    pub from: String,
    /// What it is now; none where it is gone.
    pub to: Option<String>,
}

/// What may change on the way to another model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum CarriedField {
    /// The sampler.
    Sampler,
    /// The noise schedule.
    NoiseSchedule,
    /// Prompt Guidance.
    Guidance,
    /// Steps.
    Steps,
    /// The quality tags.
    Quality,
    /// The Undesired Content preset.
    UndesiredPreset,
    /// Variety+.
    Variety,
    /// SMEA.
    Smea,
    /// Decrisper.
    Decrisper,
    /// The transparent background.
    Transparency,
    /// Furry mode.
    Furry,
    /// Quoted words that are drawn.
    AutoText,
    /// The old way to handle Undesired Content.
    LegacyUndesired,
    /// How many characters are on.
    Characters,
    /// Where the characters stand.
    Positions,
    /// Vibes.
    Vibes,
    /// Precise references.
    Precise,
    /// What the picture starts from.
    Source,
    /// The size.
    Size,
    /// The number of pictures.
    Samples,
    /// How weights are written.
    Syntax,
    /// The model.
    Model,
}

/// The request for another model. One that is not known changes nothing, and is told.
#[must_use]
pub fn switch_model(request: &GenerateRequest, model: &ModelId, registry: &Registry) -> Carried {
    let mut carried = Carried {
        request: request.clone(),
        notes: Vec::new(),
    };
    let Some(new) = registry.get(model) else {
        carried.note(CarriedField::Model, &model.0, None);
        return carried;
    };
    if let Some(old) = registry.get(&request.model).filter(|old| old.id != new.id) {
        carried.take_new_defaults(old, new, registry);
    }
    carried.request.model = new.id.clone();
    carried.fit(new, registry);
    carried
}

impl Carried {
    fn note(&mut self, field: CarriedField, from: &str, to: Option<String>) {
        if to.as_deref() != Some(from) {
            let from = from.to_owned();
            self.notes.push(CarryNote { field, from, to });
        }
    }

    /// What stands at the old model's default goes to the new one's.
    fn take_new_defaults(&mut self, old: &Model, new: &Model, registry: &Registry) {
        let sampling = &mut self.request.sampling;
        let (before, after) = (&old.defaults, &new.defaults);
        let steps = sampling.steps;
        if steps == before.steps {
            sampling.steps = after.steps;
        }
        let guidance = sampling.guidance;
        if guidance == before.guidance {
            sampling.guidance = after.guidance;
        }
        if sampling.guidance_rescale == before.guidance_rescale {
            sampling.guidance_rescale = after.guidance_rescale;
        }
        let (sampler, schedule) = (sampling.sampler.clone(), sampling.noise_schedule.clone());
        if sampler == before.sampler {
            sampling.sampler.clone_from(&after.sampler);
        }
        if schedule == before.noise_schedule {
            sampling.noise_schedule.clone_from(&after.noise_schedule);
        }
        let now = sampling.clone();
        self.note(CarriedField::Steps, &steps.to_string(), Some(now.steps.to_string()));
        self.note(
            CarriedField::Guidance,
            &guidance.to_string(),
            Some(now.guidance.to_string()),
        );
        self.note(
            CarriedField::Sampler,
            &sampler_name(&sampler, registry),
            Some(sampler_name(&now.sampler, registry)),
        );
        self.note(CarriedField::NoiseSchedule, &schedule, Some(now.noise_schedule));
        for character in &mut self.request.characters {
            if character.undesired == old.character_undesired {
                character.undesired.clone_from(&new.character_undesired);
            }
        }
        for vibe in &mut self.request.references.vibes {
            if vibe.extraction == old.vibe_extraction {
                vibe.extraction = new.vibe_extraction;
            }
            // An encoding is for one family of models.
            if old.vibe_key() != new.vibe_key() {
                vibe.encoded = false;
            }
        }
    }

    /// Makes the request one that the model takes.
    fn fit(&mut self, model: &Model, registry: &Registry) {
        self.fit_sampling(model, registry);
        self.fit_prompt(model);
        self.fit_characters(model);
        self.fit_pictures(model, registry);
    }

    fn fit_sampling(&mut self, model: &Model, registry: &Registry) {
        let sampling = &mut self.request.sampling;
        if !model.samplers.iter().any(|known| known.id == sampling.sampler) {
            let before = std::mem::replace(&mut sampling.sampler, model.defaults.sampler.clone());
            let after = sampler_name(&model.defaults.sampler, registry);
            self.note(CarriedField::Sampler, &sampler_name(&before, registry), Some(after));
        }
        let sampling = &mut self.request.sampling;
        if !model.noise_schedules.contains(&sampling.noise_schedule) {
            let after = model.defaults.noise_schedule.clone();
            let before = std::mem::replace(&mut sampling.noise_schedule, after.clone());
            self.note(CarriedField::NoiseSchedule, &before, Some(after));
        }
        let sampling = &mut self.request.sampling;
        if sampling.smea != Smea::Off && !model.smea {
            let before = if sampling.smea == Smea::On { "SMEA" } else { "SMEA DYN" };
            sampling.smea = Smea::Off;
            self.note(CarriedField::Smea, before, None);
        }
        let Self { request, notes } = self;
        for (switch, has, field) in [
            (&mut request.sampling.variety, model.variety, CarriedField::Variety),
            (
                &mut request.sampling.decrisper,
                model.decrisper,
                CarriedField::Decrisper,
            ),
            (&mut request.transparent, model.transparency, CarriedField::Transparency),
            (
                &mut request.legacy_undesired,
                model.legacy_undesired,
                CarriedField::LegacyUndesired,
            ),
            (&mut request.prompt.furry, model.captions, CarriedField::Furry),
            (&mut request.prompt.auto_text, model.captions, CarriedField::AutoText),
        ] {
            if *switch && !has {
                *switch = false;
                notes.push(CarryNote {
                    field,
                    from: "on".into(),
                    to: None,
                });
            }
        }
    }

    fn fit_prompt(&mut self, model: &Model) {
        let prompt = &mut self.request.prompt;
        let (quality, preset) = (prompt.quality, prompt.undesired_preset);
        if !model.quality_presets.contains(&quality) {
            let standard = QualityPreset::Standard;
            let has = model.quality_presets.contains(&standard);
            prompt.quality = if has { standard } else { model.defaults.quality };
        }
        prompt.undesired_preset = model.closest_undesired(preset);
        if model.undesired_presets.contains(&preset) {
            prompt.undesired_preset = preset;
        }
        let (new_quality, new_preset) = (prompt.quality, prompt.undesired_preset);
        self.note(CarriedField::Quality, &spelled(&quality), Some(spelled(&new_quality)));
        self.note(
            CarriedField::UndesiredPreset,
            &spelled(&preset),
            Some(spelled(&new_preset)),
        );
        if Syntax::of(model) == Syntax::Braces {
            let prompt = &mut self.request.prompt;
            let mut changed = false;
            for text in [&mut prompt.text, &mut prompt.undesired] {
                let converted = in_braces(text);
                changed |= converted != *text;
                *text = converted;
            }
            if changed {
                self.note(CarriedField::Syntax, "1.2::", Some("{{{}}}".into()));
            }
        }
    }

    fn fit_characters(&mut self, model: &Model) {
        let most = model.max_characters as usize;
        let on = |one: &&mut crate::request::Character| one.enabled && !one.prompt.trim().is_empty();
        let mut count = 0;
        for character in self.request.characters.iter_mut().filter(on) {
            count += 1;
            character.enabled = count <= most;
        }
        if count > most {
            self.note(CarriedField::Characters, &count.to_string(), Some(most.to_string()));
        }
        let mut moved = false;
        if model.positions == Positions::Grid {
            for position in self
                .request
                .characters
                .iter_mut()
                .filter_map(|one| one.position.as_mut())
            {
                let snapped = snapped(*position, model.positions);
                moved |= snapped != *position;
                *position = snapped;
            }
        }
        if moved {
            self.note(CarriedField::Positions, "free", Some("grid".into()));
        }
    }

    fn fit_pictures(&mut self, model: &Model, registry: &Registry) {
        let limits = registry.limits();
        let references = &mut self.request.references;
        let most = |has: bool, most: u32| if has { most as usize } else { 0 };
        let (vibes, precise) = (references.vibes.len(), references.precise.len());
        references.vibes.truncate(most(model.vibes, limits.max_vibes));
        references.precise.truncate(most(model.references, limits.max_precise));
        if !model.encodes_vibes() {
            references.vibes.iter_mut().for_each(|vibe| vibe.encoded = false);
        }
        for (field, before, after) in [
            (CarriedField::Vibes, vibes, references.vibes.len()),
            (CarriedField::Precise, precise, references.precise.len()),
        ] {
            if before != after {
                self.notes.push(CarryNote {
                    field,
                    from: before.to_string(),
                    to: (after > 0).then(|| after.to_string()),
                });
            }
        }
        match &mut self.request.source {
            Source::Text => {}
            Source::Image { enhance, .. } => {
                if *enhance == Enhance::Max && !model.can_enhance_to_max() {
                    *enhance = Enhance::Yes;
                    self.note(CarriedField::Source, "max", Some("enhance".into()));
                }
            }
            Source::Inpaint { .. } => {
                if !model.can_inpaint() {
                    self.request.source = Source::Text;
                    self.note(CarriedField::Source, "inpaint", None);
                }
            }
        }
    }
}

/// A sampler as it is called, by whichever model knows it.
fn sampler_name(id: &str, registry: &Registry) -> String {
    let mut all = registry.models().iter().flat_map(|model| &model.samplers);
    let known = all.find(|sampler| sampler.id == id);
    known.map_or_else(|| id.to_owned(), |sampler| sampler.name.clone())
}

/// A plain value as it is spelled where it crosses to the page.
fn spelled<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::request::{PictureId, Position, PreciseReference, ReferenceKind, UndesiredPreset, Vibe};
    use crate::testing::{V5_FULL, V45_CURATED, V45_FULL, character, request};

    const V3: &str = "nai-diffusion-3";

    fn switched(request: &GenerateRequest, model: &str) -> Carried {
        switch_model(request, &ModelId(model.into()), Registry::builtin())
    }

    fn notes(carried: &Carried) -> Vec<(CarriedField, &str, Option<&str>)> {
        let notes = carried.notes.iter();
        notes
            .map(|note| (note.field, note.from.as_str(), note.to.as_deref()))
            .collect()
    }

    /// A request with everything that a model has.
    fn full(model: &str) -> GenerateRequest {
        let registry = Registry::builtin();
        let known = registry.get(&ModelId(model.into())).unwrap();
        let mut asked = request(model);
        asked.sampling.variety = known.variety;
        asked.sampling.decrisper = known.decrisper;
        asked.sampling.smea = if known.smea { Smea::Dynamic } else { Smea::Off };
        asked.transparent = known.transparency;
        asked.legacy_undesired = known.legacy_undesired;
        asked.prompt.furry = known.captions;
        asked.prompt.auto_text = known.captions;
        asked.prompt.text = if known.captions {
            "1girl, 1.2::sea ::"
        } else {
            "1girl, {sea}"
        }
        .into();
        let someone = crate::request::Character {
            position: Some(Position { x: 0.25, y: 0.77 }),
            ..character("girl")
        };
        asked.characters = vec![someone; known.max_characters as usize];
        let vibe = Vibe {
            image: PictureId("v".into()),
            encoded: known.encodes_vibes(),
            strength: 0.6,
            extraction: known.vibe_extraction,
        };
        asked.references.vibes = if known.vibes { vec![vibe; 3] } else { Vec::new() };
        asked
    }

    #[test]
    fn between_all_models_everything_carries_to_something_that_is_sent() {
        let registry = Registry::builtin();
        for from in registry.models() {
            for to in registry.models() {
                for preset in &from.undesired_presets {
                    let mut asked = full(&from.id.0);
                    asked.prompt.undesired_preset = *preset;
                    for sampler in &from.samplers {
                        asked.sampling.sampler.clone_from(&sampler.id);
                        let smea = if sampler.smea { asked.sampling.smea } else { Smea::Off };
                        asked.sampling.smea = smea;
                        let carried = switched(&asked, &to.id.0);
                        if let Err(refusal) = check(&carried.request, registry) {
                            panic!("{} → {}: {refusal}", from.id, to.id);
                        }
                        assert_eq!(carried.request.model, to.id);
                    }
                }
            }
        }
    }

    #[test]
    fn a_switch_to_itself_changes_nothing() {
        for model in Registry::builtin()
            .models()
            .iter()
            .filter(|model| model.positions != Positions::Grid)
        {
            let asked = full(&model.id.0);
            let carried = switched(&asked, &model.id.0);
            assert_eq!((&carried.request, carried.notes.len()), (&asked, 0), "{}", model.id);
        }
    }

    #[test]
    fn what_stood_at_a_default_goes_to_the_new_default_and_the_rest_stays() {
        let mut asked = request(V5_FULL);
        let carried = switched(&asked, V45_FULL);
        assert_eq!(carried.request.sampling.guidance, 5.0);
        assert_eq!(notes(&carried), [(CarriedField::Guidance, "7", Some("5"))]);
        asked.sampling.guidance = 6.5;
        asked.sampling.steps = 30;
        let carried = switched(&asked, V45_FULL);
        assert_eq!(
            (carried.request.sampling.guidance, carried.request.sampling.steps),
            (6.5, 30)
        );
        assert!(carried.notes.is_empty());
    }

    #[test]
    fn presets_go_by_their_category() {
        let mut asked = request(V45_FULL);
        for (preset, expected) in [
            (UndesiredPreset::FurryFocus, UndesiredPreset::Heavy),
            (UndesiredPreset::HumanFocus, UndesiredPreset::HumanFocus),
            (UndesiredPreset::Light, UndesiredPreset::Light),
            (UndesiredPreset::None, UndesiredPreset::None),
        ] {
            asked.prompt.undesired_preset = preset;
            assert_eq!(switched(&asked, V45_CURATED).request.prompt.undesired_preset, expected);
        }
        let mut asked = request(V5_FULL);
        asked.prompt.quality = QualityPreset::Light;
        let carried = switched(&asked, V45_FULL);
        assert_eq!(carried.request.prompt.quality, QualityPreset::Standard);
        assert!(notes(&carried).contains(&(CarriedField::Quality, "light", Some("standard"))));
    }

    #[test]
    fn places_snap_to_the_grid_and_stay_on_the_way_back() {
        let mut asked = request(V5_FULL);
        asked.characters = vec![character("girl")];
        asked.characters[0].position = Some(Position { x: 0.25, y: 0.77 });
        let carried = switched(&asked, V45_FULL);
        assert_eq!(
            carried.request.characters[0].position,
            Some(Position { x: 0.3, y: 0.7 })
        );
        assert!(notes(&carried).contains(&(CarriedField::Positions, "free", Some("grid"))));
        let back = switched(&carried.request, V5_FULL);
        assert_eq!(back.request.characters[0].position, Some(Position { x: 0.3, y: 0.7 }));
    }

    #[test]
    fn characters_that_have_no_room_wait() {
        let mut asked = request(V5_FULL);
        asked.characters = vec![character("girl"); 8];
        let carried = switched(&asked, V45_FULL);
        assert_eq!(carried.request.characters.len(), 8);
        assert_eq!(carried.request.characters.iter().filter(|one| one.enabled).count(), 6);
        assert!(notes(&carried).contains(&(CarriedField::Characters, "8", Some("6"))));
        let none = switched(&asked, V3);
        assert!(none.request.characters.iter().all(|one| !one.enabled));
    }

    #[test]
    fn what_a_model_lacks_is_let_go_and_told() {
        let mut asked = full(V45_FULL);
        asked.references.precise = vec![PreciseReference {
            image: PictureId("p".into()),
            kind: ReferenceKind::Both,
            strength: 1.0,
            fidelity: 1.0,
        }];
        let carried = switched(&asked, V5_FULL);
        let told = notes(&carried);
        for expected in [
            (CarriedField::Vibes, "3", None),
            (CarriedField::Precise, "1", None),
            (CarriedField::Variety, "on", None),
        ] {
            assert!(told.contains(&expected), "{told:?}");
        }
        let carried = switched(&asked, V3);
        assert_eq!(carried.request.prompt.text, "1girl, {{{{sea}}}}");
        assert!(notes(&carried).contains(&(CarriedField::Syntax, "1.2::", Some("{{{}}}"))));
        assert!(carried.request.references.vibes.iter().all(|vibe| !vibe.encoded));
    }

    #[test]
    fn samplers_and_schedules_are_mapped() {
        let mut asked = request(V3);
        asked.sampling.sampler = "ddim_v3".into();
        asked.sampling.noise_schedule = "native".into();
        let carried = switched(&asked, V45_FULL);
        assert_eq!(carried.request.sampling.sampler, "k_euler_ancestral");
        assert_eq!(carried.request.sampling.noise_schedule, "karras");
        assert_eq!(carried.notes.len(), 2);
    }

    #[test]
    fn an_unknown_model_is_told_and_changes_nothing() {
        let asked = request(V45_FULL);
        let carried = switched(&asked, "nai-diffusion-9");
        assert_eq!((&carried.request, carried.notes.len()), (&asked, 1));
    }
}
