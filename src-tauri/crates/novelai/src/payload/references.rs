//! Vibes and precise references as they are sent (api.md 3.7, 3.8).

use serde::Serialize;

use super::pictures::Luggage;
use super::wire::{Caption, NegativeCaption, number};
use crate::check::{Refusal, SentReferences};
use crate::model::{Model, Registry};
use crate::request::{PreciseReference, ReferenceKind, References, Vibe};
use serde_json::Value;

/// The fields of the references; none of them is there where there are none.
#[derive(Serialize, Default)]
pub(super) struct Sent {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reference_image_multiple: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reference_information_extracted_multiple: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reference_strength_multiple: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    director_reference_images: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    director_reference_descriptions: Vec<NegativeCaption<'static>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    director_reference_information_extracted: Vec<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    director_reference_strength_values: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    director_reference_secondary_strength_values: Vec<Value>,
}

pub(super) fn references(
    sent: SentReferences<'_>,
    all: &References,
    model: &Model,
    registry: &Registry,
    luggage: &mut Luggage<'_>,
) -> Result<Sent, Refusal> {
    match sent {
        SentReferences::None => Ok(Sent::default()),
        SentReferences::Vibes(vibes) => sent_vibes(vibes, all.normalize_vibes, model, luggage),
        SentReferences::Precise(references) => sent_precise(references, registry, luggage),
    }
}

fn sent_vibes(vibes: &[Vibe], normalize: bool, model: &Model, luggage: &mut Luggage<'_>) -> Result<Sent, Refusal> {
    const FIELD: &str = "references.vibes";
    let encodes = model.encodes_vibes();
    if encodes && vibes.iter().any(|vibe| !vibe.encoded) {
        return Err(Refusal::new(FIELD, "A vibe has to be encoded before it can be sent."));
    }
    let mut sent = Sent::default();
    for (index, vibe) in vibes.iter().enumerate() {
        let name = format!("ref_multiple_{index}");
        sent.reference_image_multiple
            .push(luggage.take(FIELD, name, &vibe.image)?);
        if !encodes {
            sent.reference_information_extracted_multiple
                .push(number(vibe.extraction));
        }
    }
    let strengths = strengths(vibes, normalize);
    sent.reference_strength_multiple = strengths.into_iter().map(number).collect();
    Ok(sent)
}

/// Several vibes that are stronger than 1 together are brought down to 1, if that is wanted.
fn strengths(vibes: &[Vibe], normalize: bool) -> Vec<f64> {
    let sum: f64 = vibes.iter().map(|vibe| vibe.strength.abs()).sum();
    let divisor = if normalize && vibes.len() > 1 && sum > 1.0 {
        sum
    } else {
        1.0
    };
    vibes.iter().map(|vibe| vibe.strength / divisor).collect()
}

fn sent_precise(
    references: &[PreciseReference],
    registry: &Registry,
    luggage: &mut Luggage<'_>,
) -> Result<Sent, Refusal> {
    let canvases = &registry.reference_limits().canvases;
    let mut sent = Sent::default();
    for (index, reference) in references.iter().enumerate() {
        let name = format!("director_ref_{index}");
        let image = luggage.take_sized("references.precise", name, &reference.image, canvases)?;
        sent.director_reference_images.push(image);
        sent.director_reference_descriptions.push(NegativeCaption {
            caption: Caption {
                base_caption: match reference.kind {
                    ReferenceKind::Character => "character",
                    ReferenceKind::Style => "style",
                    ReferenceKind::Both => "character&style",
                },
                char_captions: Vec::new(),
            },
            legacy_uc: false,
        });
        sent.director_reference_information_extracted.push(1);
        sent.director_reference_strength_values.push(number(reference.strength));
        sent.director_reference_secondary_strength_values
            .push(number(1.0 - reference.fidelity));
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::PictureId;

    fn vibe(strength: f64) -> Vibe {
        Vibe {
            image: PictureId("v".into()),
            encoded: true,
            strength,
            extraction: 1.0,
        }
    }

    #[test]
    fn strong_vibes_share_what_there_is() {
        let two = [vibe(0.6), vibe(-0.9)];
        assert_eq!(strengths(&two, false), [0.6, -0.9]);
        assert_eq!(strengths(&two, true), [0.6 / 1.5, -0.9 / 1.5]);
        assert_eq!(strengths(&[vibe(0.3), vibe(0.2)], true), [0.3, 0.2]);
        assert_eq!(strengths(&[vibe(2.0)], true), [2.0]);
    }
}
