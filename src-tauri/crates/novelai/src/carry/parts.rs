//! Parts of one request laid over another, as presets are.

use serde::{Deserialize, Serialize};

use super::{Carried, spelled, switch_model};
use crate::model::Registry;
use crate::request::{Character, GenerateRequest, Source};

/// A part of a request that a preset may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum PresetPart {
    /// The prompt, and what is added to it.
    Prompt,
    /// The Undesired Content, and its preset.
    Undesired,
    /// The characters.
    Characters,
    /// The model, and how it samples. The seed is left alone.
    Settings,
    /// The size.
    Size,
    /// Vibes and precise references, and the picture to start from.
    References,
}

impl PresetPart {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Prompt,
        Self::Undesired,
        Self::Characters,
        Self::Settings,
        Self::Size,
        Self::References,
    ];
}

/// What applying parts of a preset would do to a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PresetPreview {
    /// The request afterwards, and what could not be taken over as it is.
    pub carried: Carried,
    /// What is different then, field by field.
    pub changes: Vec<PresetChange>,
}

/// A field that a preset changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PresetChange {
    /// The part it belongs to.
    pub part: PresetPart,
    /// Its name, as requests spell it.
    pub field: String,
    /// What it is.
    pub from: String,
    /// What it would be.
    pub to: String,
}

/// Lays parts of one request over another, and makes of it one that its model takes.
#[must_use]
pub fn apply(
    request: &GenerateRequest,
    preset: &GenerateRequest,
    parts: &[PresetPart],
    registry: &Registry,
) -> PresetPreview {
    let has = |part: PresetPart| parts.contains(&part);
    let mut notes = Vec::new();
    let mut laid = request.clone();
    if has(PresetPart::Settings) {
        let carried = switch_model(request, &preset.model, registry);
        let known = carried.request.model == preset.model;
        (laid, notes) = (carried.request, carried.notes);
        // What the preset says itself need not be told.
        notes.retain(|note| !known || !is_setting(note.field));
        let seed = laid.sampling.seed;
        laid.sampling.clone_from(&preset.sampling);
        laid.sampling.seed = seed;
        laid.transparent = preset.transparent;
        laid.samples = preset.samples;
        laid.format = preset.format;
    }
    if has(PresetPart::Prompt) {
        laid.prompt.text.clone_from(&preset.prompt.text);
        laid.prompt.quality = preset.prompt.quality;
        laid.prompt.furry = preset.prompt.furry;
        laid.prompt.auto_text = preset.prompt.auto_text;
    }
    if has(PresetPart::Undesired) {
        laid.prompt.undesired.clone_from(&preset.prompt.undesired);
        laid.prompt.undesired_preset = preset.prompt.undesired_preset;
        laid.legacy_undesired = preset.legacy_undesired;
    }
    if has(PresetPart::Characters) {
        laid.characters.clone_from(&preset.characters);
        laid.ai_choice = preset.ai_choice;
    }
    if has(PresetPart::Size) {
        laid.size = preset.size;
    }
    if has(PresetPart::References) {
        laid.references.clone_from(&preset.references);
        if preset.source != Source::Text {
            laid.source.clone_from(&preset.source);
        }
    }
    let model = laid.model.clone();
    let mut carried = switch_model(&laid, &model, registry);
    carried.notes.splice(0..0, notes);
    PresetPreview {
        changes: changes(request, &carried.request),
        carried,
    }
}

fn is_setting(field: super::CarriedField) -> bool {
    use super::CarriedField as Field;
    match field {
        Field::Sampler
        | Field::NoiseSchedule
        | Field::Guidance
        | Field::Steps
        | Field::Variety
        | Field::Smea
        | Field::Decrisper
        | Field::Transparency => true,
        Field::Quality
        | Field::UndesiredPreset
        | Field::Furry
        | Field::AutoText
        | Field::LegacyUndesired
        | Field::Characters
        | Field::Positions
        | Field::Vibes
        | Field::Precise
        | Field::Source
        | Field::Size
        | Field::Samples
        | Field::Syntax
        | Field::Model => false,
    }
}

/// What is different in a second request.
fn changes(before: &GenerateRequest, after: &GenerateRequest) -> Vec<PresetChange> {
    let (old, new) = (fields(before), fields(after));
    let pairs = old.into_iter().zip(new);
    pairs
        .filter(|(old, new)| old.2 != new.2)
        .map(|((part, field, from), (_, _, to))| PresetChange {
            part,
            field: field.to_owned(),
            from,
            to,
        })
        .collect()
}

/// Every field that a preset may change, in words.
fn fields(request: &GenerateRequest) -> Vec<(PresetPart, &'static str, String)> {
    use PresetPart::{Characters, Prompt, References, Settings, Size, Undesired};
    let GenerateRequest {
        model,
        prompt,
        characters,
        size,
        sampling,
        source,
        references,
        transparent,
        legacy_undesired,
        samples,
        format,
        ai_choice,
    } = request;
    let called = |one: &Character| match one.name.trim() {
        "" => one.prompt.trim().to_owned(),
        name => name.to_owned(),
    };
    let cast: Vec<String> = characters.iter().map(called).collect();
    let start = match source {
        Source::Text => "text",
        Source::Image { .. } => "image",
        Source::Inpaint { .. } => "inpaint",
    };
    let mut fields = vec![
        (Prompt, "text", prompt.text.clone()),
        (Prompt, "quality", spelled(&prompt.quality)),
        (Prompt, "furry", prompt.furry.to_string()),
        (Prompt, "autoText", prompt.auto_text.to_string()),
        (Undesired, "undesired", prompt.undesired.clone()),
        (Undesired, "undesiredPreset", spelled(&prompt.undesired_preset)),
        (Undesired, "legacyUndesired", legacy_undesired.to_string()),
        (Characters, "characters", cast.join("; ")),
        (Characters, "aiChoice", ai_choice.to_string()),
        (Settings, "model", model.to_string()),
        (Settings, "steps", sampling.steps.to_string()),
        (Settings, "guidance", sampling.guidance.to_string()),
        (Settings, "guidanceRescale", sampling.guidance_rescale.to_string()),
        (Settings, "sampler", sampling.sampler.clone()),
        (Settings, "noiseSchedule", sampling.noise_schedule.clone()),
        (Settings, "variety", sampling.variety.to_string()),
        (Settings, "smea", spelled(&sampling.smea)),
        (Settings, "decrisper", sampling.decrisper.to_string()),
        (Settings, "transparent", transparent.to_string()),
        (Settings, "samples", samples.to_string()),
        (Settings, "format", spelled(format)),
        (Size, "size", format!("{} × {}", size.width, size.height)),
        (References, "vibes", references.vibes.len().to_string()),
        (References, "precise", references.precise.len().to_string()),
        (References, "normalizeVibes", references.normalize_vibes.to_string()),
        (References, "source", start.to_owned()),
    ];
    // The same number of others is a change as well.
    for (name, list) in [
        ("vibes", serde_json::to_string(&references.vibes)),
        ("precise", serde_json::to_string(&references.precise)),
    ] {
        let held = list.unwrap_or_default();
        let count = fields.iter_mut().find(|(_, field, _)| *field == name);
        if let Some((_, _, shown)) = count.filter(|_| held != "[]") {
            let ids = held.split("\"image\":\"").skip(1);
            let named: Vec<&str> = ids
                .filter_map(|rest| rest.split('"').next())
                .map(|id| id.get(..8).unwrap_or(id))
                .collect();
            *shown = format!("{shown} ({})", named.join(", "));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Size;
    use crate::testing::{V5_FULL, V45_FULL, character, request};

    fn preset() -> GenerateRequest {
        let mut preset = request(V45_FULL);
        preset.prompt.text = "castle".into();
        preset.prompt.undesired = "fog".into();
        preset.sampling.guidance = 4.0;
        preset.sampling.seed = Some(7);
        preset.size = Size {
            width: 1024,
            height: 1024,
        };
        preset.characters = vec![character("boy")];
        preset.format = crate::request::ImageFormat::Png;
        preset
    }

    fn named(preview: &PresetPreview) -> Vec<(PresetPart, &str)> {
        let changes = preview.changes.iter();
        changes.map(|change| (change.part, change.field.as_str())).collect()
    }

    #[test]
    fn each_part_changes_its_own_fields_and_no_other() {
        let asked = request(V5_FULL);
        for part in PresetPart::ALL {
            let preview = apply(&asked, &preset(), &[part], Registry::builtin());
            assert!(
                preview.changes.iter().all(|change| change.part == part),
                "{part:?}: {:?}",
                preview.changes
            );
            let nothing = part == PresetPart::References;
            assert_eq!(preview.changes.is_empty(), nothing, "{part:?}");
        }
        let settings = apply(&asked, &preset(), &[PresetPart::Settings], Registry::builtin());
        assert_eq!(
            named(&settings),
            [
                (PresetPart::Settings, "model"),
                (PresetPart::Settings, "guidance"),
                (PresetPart::Settings, "format")
            ]
        );
        assert_eq!(settings.carried.request.sampling.seed, asked.sampling.seed);
        assert!(settings.carried.notes.is_empty());
        let none = apply(&asked, &preset(), &[], Registry::builtin());
        assert_eq!((none.changes.len(), &none.carried.request), (0, &asked));
    }

    #[test]
    fn all_parts_together_are_the_preset_but_for_the_seed() {
        let asked = request(V5_FULL);
        let mut expected = preset();
        expected.sampling.seed = asked.sampling.seed;
        let all = apply(&asked, &preset(), &PresetPart::ALL, Registry::builtin());
        assert_eq!(all.carried.request, expected);
    }

    #[test]
    fn what_the_model_does_not_take_is_fitted_and_told() {
        let mut preset = preset();
        preset.references.vibes = vec![crate::request::Vibe {
            image: crate::request::PictureId("0123456789abcdef".into()),
            encoded: true,
            strength: 0.6,
            extraction: 1.0,
        }];
        let v5 = apply(
            &request(V5_FULL),
            &preset,
            &[PresetPart::References],
            Registry::builtin(),
        );
        assert!(v5.carried.request.references.vibes.is_empty() && v5.changes.is_empty());
        assert_eq!(v5.carried.notes.len(), 1);
        let v45 = apply(
            &request(V45_FULL),
            &preset,
            &[PresetPart::References],
            Registry::builtin(),
        );
        assert_eq!(v45.changes[0].to, "1 (01234567)");
    }

    #[test]
    fn a_preset_of_an_unknown_model_keeps_the_model_and_tells_it() {
        let mut preset = preset();
        preset.model = crate::model::ModelId("nai-9".into());
        let asked = request(V5_FULL);
        let preview = apply(&asked, &preset, &[PresetPart::Settings], Registry::builtin());
        assert_eq!(preview.carried.request.model, asked.model);
        assert_eq!(preview.carried.notes[0].from, "nai-9");
    }
}
