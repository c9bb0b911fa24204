//! What a request costs in Anlas (api.md 6).
//!
//! The formula is evaluated in 64-bit floats in exactly the order in which the service's own page does it: where a
//! result is rounded, and where it isn't, decides about an Anlas.

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::check::{Models, Refusal, SentReferences, check, sent_references};
use crate::model::{Model, Prices, Registry};
use crate::request::{Enhance, GenerateRequest, Size, Smea, Source};

/// What a request costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// What this account pays.
    pub anlas: u32,
    /// What it costs without benefits.
    pub full: u32,
    /// Why one picture of the request is free, if one is. Where there are several, the others still cost.
    pub free: Option<FreeReason>,
    /// What it is made of.
    pub parts: Vec<PricePart>,
}

/// A part of a price: `count` times `each` is `anlas`. Of free pictures, `each` is what one would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PricePart {
    /// What is paid.
    pub kind: PriceKind,
    /// How many of it.
    pub count: u32,
    /// What one of it costs.
    pub each: u32,
    /// What they cost together.
    pub anlas: u32,
}

/// What is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum PriceKind {
    /// Pictures.
    Pictures,
    /// Pictures that the subscription includes.
    FreePictures,
    /// Turning pictures into vibes.
    VibeEncoding,
    /// Vibes beyond those that cost nothing.
    FurtherVibes,
    /// Precise references: so many of them, for each picture.
    PreciseReferences,
}

/// Why one picture of a request is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum FreeReason {
    /// Opus includes pictures of this size and so many steps.
    Opus,
    /// The same, for a model that draws on the allowance of Opus.
    Allowance,
}

/// What a price is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parts {
    /// One picture without benefits.
    pub picture: u32,
    /// How many pictures are paid.
    pub paid_pictures: u32,
    /// How many are free: one or none.
    pub free_pictures: u32,
    /// Encoding the vibes that are not encoded yet.
    pub vibe_encoding: u32,
    /// Vibes beyond those that are included.
    pub further_vibes: u32,
    /// Precise references, for all pictures together.
    pub references: u32,
    /// Why one picture is free, if one is.
    pub free: Option<FreeReason>,
    /// What one vibe that is encoded costs, one further vibe, and one reference of one picture.
    #[serde(skip)]
    each: Each,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Each {
    encoded_vibe: u32,
    further_vibe: u32,
    reference: u32,
}

impl Parts {
    fn extras(&self) -> u32 {
        self.vibe_encoding + self.further_vibes + self.references
    }

    /// All of it together.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        Estimate {
            anlas: self.picture * self.paid_pictures + self.extras(),
            full: self.picture * (self.paid_pictures + self.free_pictures) + self.extras(),
            free: self.free,
            parts: self.list(),
        }
    }

    /// What there is of it, in words that a person may hover over.
    fn list(&self) -> Vec<PricePart> {
        let lines = [
            (PriceKind::Pictures, self.paid_pictures, self.picture),
            (PriceKind::FreePictures, self.free_pictures, self.picture),
            (
                PriceKind::VibeEncoding,
                self.vibe_encoding / self.each.encoded_vibe.max(1),
                self.each.encoded_vibe,
            ),
            (
                PriceKind::FurtherVibes,
                self.further_vibes / self.each.further_vibe.max(1),
                self.each.further_vibe,
            ),
            (
                PriceKind::PreciseReferences,
                self.references / self.each.reference.max(1),
                self.each.reference,
            ),
        ];
        let there = lines.into_iter().filter(|(_, count, _)| *count > 0);
        there
            .map(|(kind, count, each)| PricePart {
                kind,
                count,
                each,
                anlas: match kind {
                    PriceKind::FreePictures => 0,
                    PriceKind::Pictures
                    | PriceKind::VibeEncoding
                    | PriceKind::FurtherVibes
                    | PriceKind::PreciseReferences => count * each,
                },
            })
            .collect()
    }
}

/// The price of a request for this account or, without one, in full.
///
/// A draft without a seed has a price. Whatever has a price can also be sent once it has a seed.
///
/// # Errors
///
/// A [`Refusal`] where the request could not be sent anyway.
pub fn estimate(
    request: &GenerateRequest,
    registry: &Registry,
    account: Option<&Account>,
) -> Result<Estimate, Refusal> {
    parts(request, registry, account).map(|parts| parts.estimate())
}

/// What the price of a request is made of.
///
/// # Errors
///
/// As [`estimate`].
pub fn parts(request: &GenerateRequest, registry: &Registry, account: Option<&Account>) -> Result<Parts, Refusal> {
    let models = check(request, registry)?;
    let prices = registry.prices();
    let work = work(request, models, registry);
    let samples = u32::from(request.samples);
    let free = free_reason(&work, models.acting, prices, account);
    let free_pictures = u32::from(free.is_some()).min(samples);
    let mut parts = Parts {
        picture: price_of_one(prices, &work),
        paid_pictures: samples - free_pictures,
        free_pictures,
        vibe_encoding: 0,
        further_vibes: 0,
        references: 0,
        free,
        each: Each {
            encoded_vibe: prices.encode_vibe,
            further_vibe: prices.further_vibe,
            reference: prices.reference,
        },
    };
    // Opus pays for references too.
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    match sent_references(request) {
        SentReferences::None => {}
        SentReferences::Vibes(vibes) if models.chosen.encodes_vibes() => {
            let unencoded = count(vibes.iter().filter(|vibe| !vibe.encoded).count());
            let further = count(vibes.len()).saturating_sub(prices.included_vibes);
            parts.vibe_encoding = unencoded * prices.encode_vibe;
            parts.further_vibes = further * prices.further_vibe;
        }
        SentReferences::Vibes(_) => {}
        SentReferences::Precise(references) => {
            parts.references = prices.reference * count(references.len()) * samples;
        }
    }
    Ok(parts)
}

/// The price of turning a picture into a vibe. Opus pays it too.
#[must_use]
pub fn encode_vibe(registry: &Registry) -> u32 {
    registry.prices().encode_vibe
}

/// A price that is the same for every account.
#[must_use]
pub fn plain(anlas: u32) -> Estimate {
    Estimate {
        anlas,
        full: anlas,
        free: None,
        parts: Vec::new(),
    }
}

/// The price of upscaling a picture of this size. Opus pays it too.
///
/// # Errors
///
/// A [`Refusal`] where the picture is too large.
pub fn upscale(size: Size, registry: &Registry) -> Result<u32, Refusal> {
    let prices = &registry.prices().upscale;
    let line = prices.iter().find(|line| size.area() <= u64::from(line.max_area));
    line.map(|line| line.anlas).ok_or_else(|| {
        let most = prices.last().map_or(0, |line| line.max_area);
        Refusal::new(
            "image",
            format!("A picture of more than {most} pixels is not upscaled."),
        )
    })
}

/// The size in which a picture is sent to a director tool (api.md 2.5): small ones are enlarged, large ones reduced.
#[must_use]
pub fn director_size(size: Size, registry: &Registry) -> Size {
    let director = &registry.prices().director;
    let target = if size.area() > u64::from(director.reduce_to) {
        director.reduce_to
    } else if size.area() < u64::from(director.enlarge_below) && size.area() > 0 {
        director.enlarge_to
    } else {
        return size;
    };
    scaled_to(size, target)
}

/// The price of a director tool for a picture of this size, before it is brought to the size in which it is sent.
#[must_use]
pub fn director(removes_background: bool, size: Size, registry: &Registry, account: Option<&Account>) -> Estimate {
    let prices = registry.prices();
    let one = price_of_one(
        prices,
        &Work {
            area: director_size(size, registry).area(),
            steps: prices.director.steps,
            sampler_factor: 1.0,
            model_factor: 1.0,
            strength: 1.0,
        },
    );
    if removes_background {
        let full = prices.director.background_factor * one + prices.director.background_surcharge;
        return Estimate {
            anlas: full,
            full,
            free: None,
            parts: Vec::new(),
        };
    }
    let opus = account.is_some_and(Account::has_opus_benefits) && size.area() <= u64::from(prices.free_area);
    Estimate {
        anlas: if opus { 0 } else { one },
        full: one,
        free: opus.then_some(FreeReason::Opus),
        parts: Vec::new(),
    }
}

/// The size that the service makes of a picture that it enhances as far as it can.
#[must_use]
pub fn enhanced_to_max(size: Size, registry: &Registry) -> Size {
    scaled_to(size, registry.limits().max_area)
}

/// About so many pixels, and not more, in the same shape.
pub(crate) fn scaled_to(size: Size, area: u32) -> Size {
    let scale = (f64::from(area) / size.area().max(1) as f64).sqrt();
    let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
    Size {
        width: side(size.width),
        height: side(size.height),
    }
}

/// What decides about the price of one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Work {
    /// Pixels.
    pub(crate) area: u64,
    /// Sampling steps.
    pub(crate) steps: u8,
    /// What the sampler adds: 1, or more with SMEA.
    pub(crate) sampler_factor: f64,
    /// What the model costs.
    pub(crate) model_factor: f64,
    /// How much is painted anew: 1 from text, the strength from a picture.
    pub(crate) strength: f64,
}

pub(crate) fn work(request: &GenerateRequest, models: Models<'_>, registry: &Registry) -> Work {
    let (size, strength) = match request.source {
        Source::Text => (request.size, 1.0),
        Source::Image {
            strength,
            enhance: Enhance::Max,
            ..
        } => (enhanced_to_max(request.size, registry), strength),
        Source::Image { strength, .. } | Source::Inpaint { strength, .. } => (request.size, strength),
    };
    Work {
        area: size.area(),
        steps: request.sampling.steps,
        sampler_factor: match request.sampling.smea {
            Smea::Off => 1.0,
            Smea::On => registry.prices().smea,
            Smea::Dynamic => registry.prices().smea_dynamic,
        },
        model_factor: models.acting.price_factor,
        strength,
    }
}

/// The price of one picture without benefits.
pub(crate) fn price_of_one(prices: &Prices, work: &Work) -> u32 {
    let area = work.area as f64;
    let base = (prices.area_weight * area + prices.step_weight * area * f64::from(work.steps)).ceil();
    let scaled = base * work.sampler_factor * work.model_factor;
    ((scaled * work.strength).ceil() as u32).max(prices.minimum)
}

/// Opus includes one picture of each request, of some models only while an allowance lasts. A server that tells no
/// allowance has not said that it is used up.
fn free_reason(work: &Work, model: &Model, prices: &Prices, account: Option<&Account>) -> Option<FreeReason> {
    let account = account.filter(|account| account.has_opus_benefits())?;
    if work.area > u64::from(prices.free_area) || work.steps > prices.free_steps {
        return None;
    }
    if !model.rules().draws_on_allowance {
        return Some(FreeReason::Opus);
    }
    let used_up = account.allowance.is_some_and(|allowance| allowance.is_negative);
    (!used_up).then_some(FreeReason::Allowance)
}

#[cfg(test)]
mod tests;
