//! What of a request's vibes is encoded already, and what is not.

use std::collections::HashSet;

use novelai::cost;
use novelai::model::{Model, ModelId, Registry};
use novelai::payload::{SentReferences, sent_references};
use novelai::request::{GenerateRequest, PictureId, Vibe};
use serde::{Deserialize, Serialize};

use super::{Encodings, Realm, rounded};
use crate::inputs::Store;

/// What would happen to a vibe of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct VibeState {
    /// It needs no encoding (any more).
    pub encoded: bool,
    /// What encoding it first would cost.
    pub anlas: u32,
    /// Why it can't be used with this model, if it can't.
    pub problem: Option<String>,
}

/// A vibe that has to be encoded before a request can be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unencoded {
    pub(crate) image: PictureId,
    pub(crate) model: ModelId,
    pub(crate) extraction: f64,
}

/// What is encoded for some requests, and so is there for those after them.
#[derive(Debug, Default)]
pub(crate) struct EncodedBefore(HashSet<(PictureId, String, u64)>);

/// The request with its vibes marked by what is kept, whatever it said about them: what is encoded, and what will be by
/// the time it is needed because another vibe of the request is the same. So each that is not marked is paid for once.
pub(crate) fn marked(
    request: &GenerateRequest,
    encodings: &Encodings,
    registry: &Registry,
    realm: Realm,
) -> GenerateRequest {
    marked_after(&mut EncodedBefore::default(), request, encodings, registry, realm)
}

/// The same where others are sent before: what is encoded for them is encoded. It is one of them from now on.
pub(crate) fn marked_after(
    before: &mut EncodedBefore,
    request: &GenerateRequest,
    encodings: &Encodings,
    registry: &Registry,
    realm: Realm,
) -> GenerateRequest {
    let mut marked = request.clone();
    let model = registry.get(&request.model);
    let Some(key) = model.filter(|model| model.encodes_vibes()).and_then(Model::vibe_key) else {
        for vibe in &mut marked.references.vibes {
            vibe.encoded = false;
        }
        return marked;
    };
    let name = |image: &PictureId, extraction: f64| (image.clone(), key.to_owned(), rounded(extraction).to_bits());
    let mut seen = HashSet::new();
    for vibe in &mut marked.references.vibes {
        let same = name(&vibe.image, vibe.extraction);
        let kept = encodings.find(&vibe.image, key, vibe.extraction, realm).is_some();
        vibe.encoded = kept || before.0.contains(&same) || !seen.insert(same);
    }
    let encoded = unencoded(&marked, registry);
    before
        .0
        .extend(encoded.iter().map(|vibe| name(&vibe.image, vibe.extraction)));
    marked
}

/// What has to be encoded before a request can be sent, each once. Takes a request that is [`marked`].
pub(crate) fn unencoded(marked: &GenerateRequest, registry: &Registry) -> Vec<Unencoded> {
    let encodes = registry.get(&marked.model).is_some_and(Model::encodes_vibes);
    let sent: &[Vibe] = match sent_references(marked) {
        SentReferences::Vibes(vibes) if encodes => vibes,
        SentReferences::Vibes(_) | SentReferences::None | SentReferences::Precise(_) => &[],
    };
    let missing = sent.iter().filter(|vibe| !vibe.encoded);
    missing
        .map(|vibe| Unencoded {
            image: vibe.image.clone(),
            model: marked.model.clone(),
            extraction: rounded(vibe.extraction),
        })
        .collect()
}

/// One for each vibe of a request, in its order.
pub(crate) fn states(
    request: &GenerateRequest,
    store: &Store,
    encodings: &Encodings,
    registry: &Registry,
    realm: Realm,
) -> Vec<VibeState> {
    let marked = marked(request, encodings, registry, realm);
    let model = registry.get(&request.model);
    let vibes = marked.references.vibes.iter();
    vibes
        .map(|vibe| {
            let problem = problem(vibe, model, store);
            let pays = model.is_some_and(Model::encodes_vibes) && !vibe.encoded && problem.is_none();
            VibeState {
                encoded: vibe.encoded,
                anlas: if pays { cost::encode_vibe(registry) } else { 0 },
                problem,
            }
        })
        .collect()
}

/// Why a vibe can't be used.
pub(crate) fn problem(vibe: &Vibe, model: Option<&Model>, store: &Store) -> Option<String> {
    let model = model?;
    if !model.vibes {
        return Some(format!("{} takes no vibes.", model.short_name));
    }
    if vibe.encoded || store.info(&vibe.image).is_some() {
        return None;
    }
    Some(if model.encodes_vibes() {
        format!(
            "It has no encoding for {} with Information Extracted {}, and no picture to make one of.",
            model.short_name,
            rounded(vibe.extraction)
        )
    } else {
        format!("{} takes vibes as pictures, and this one has none.", model.short_name)
    })
}
