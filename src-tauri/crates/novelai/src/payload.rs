//! The home of the wire's spellings: a request as the service wants to read it (api.md 3).
//!
//! The shape is that of the service's own page, October 2026. Nothing else in the program knows these names.

mod cast;
mod pictures;
mod references;
mod restore;
#[cfg(test)]
mod table;
mod wire;

use serde_json::Value;

use crate::check::{Models, check, sampler, seed};
pub use crate::check::{Refusal, SentReferences, sent_references};
use crate::model::{self, Model, Registry};
use crate::prompt;
use crate::request::{
    Enhance, GenerateRequest, ImageFormat, QualityPreset, Sampling, Size, Smea, Source, UndesiredPreset,
};
use cast::Cast;
pub(crate) use cast::snapped;
use pictures::Luggage;
pub(crate) use pictures::media_type;
pub use pictures::{Form, Part, Pictures};
use references::references;
pub use restore::{Restored, content_id, restore};
use wire::{Caption, Envelope, Img2Img, NegativeCaption, Parameters, PositiveCaption, Start, number};

/// How a picture in the making is sent: as it arrives in pieces, in one of two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Length-framed MessagePack, for [`crate::stream::Frames`].
    Msgpack,
    /// Server-sent events, for [`crate::stream::Records`].
    Sse,
}

/// The body of `POST /ai/generate-image` (api.md 3.10), of a request that needs no pictures.
///
/// # Errors
///
/// A [`Refusal`] names the field that would make it fail, or a seed that is not there.
pub fn build(request: &GenerateRequest, registry: &Registry) -> Result<Value, Refusal> {
    build_with(request, registry, &Pictures::default(), None)
}

/// The body of `POST /ai/generate-image-stream`: the same, and a request for length-framed MessagePack.
///
/// # Errors
///
/// As [`build`], and where the model can't be watched while it paints.
pub fn build_stream(request: &GenerateRequest, registry: &Registry) -> Result<Value, Refusal> {
    build_with(request, registry, &Pictures::default(), Some(Framing::Msgpack))
}

/// The body of either endpoint, with the pictures as base64 in it. `framing` is for the stream.
///
/// # Errors
///
/// As [`build`], where a picture is not there or has the wrong size, and where the model can't be watched while it
/// paints.
pub fn build_with(
    request: &GenerateRequest,
    registry: &Registry,
    pictures: &Pictures,
    framing: Option<Framing>,
) -> Result<Value, Refusal> {
    envelope(request, registry, &mut Luggage::within(pictures), framing)
}

/// The same as a form, with the pictures beside the JSON.
///
/// # Errors
///
/// As [`build_with`].
pub fn build_form(
    request: &GenerateRequest,
    registry: &Registry,
    pictures: &Pictures,
    framing: Option<Framing>,
) -> Result<Form, Refusal> {
    let mut luggage = Luggage::beside(pictures);
    Ok(Form {
        request: envelope(request, registry, &mut luggage, framing)?,
        parts: luggage.into_parts(),
    })
}

fn envelope(
    request: &GenerateRequest,
    registry: &Registry,
    luggage: &mut Luggage<'_>,
    framing: Option<Framing>,
) -> Result<Value, Refusal> {
    let models = check(request, registry)?;
    let Models { chosen, acting } = models;
    let seed = seed(request, registry.limits())?;
    if framing.is_some() && !chosen.streaming {
        return Err(Refusal::new(
            "model",
            format!("{} can't be watched while it paints.", chosen.short_name),
        ));
    }
    let start = start(request, models, seed, luggage)?;
    let references = references(sent_references(request), &request.references, chosen, registry, luggage)?;
    let (action, id) = match request.source {
        Source::Text => ("generate", chosen.id.0.as_str()),
        Source::Image { .. } => ("img2img", chosen.id.0.as_str()),
        Source::Inpaint { .. } => {
            let way = chosen.rules().inpainting.as_ref();
            ("infill", way.map_or(chosen.id.0.as_str(), |way| way.id.as_str()))
        }
    };

    // One choice for the whole request, and the same whenever it is made again.
    let mut draw = prompt::draw(seed);
    let written = &request.prompt;
    let mut drawn = |text: &str| prompt::resolve(&prompt::without_unsent(text), &mut draw);
    let (text, undesired) = (drawn(&written.text), drawn(&written.undesired));
    let characters = request.characters.iter().cloned().map(|mut character| {
        character.prompt = drawn(&character.prompt);
        character.undesired = drawn(&character.undesired);
        character
    });
    let characters: Vec<_> = characters.collect();
    let cast = Cast::of(&characters, acting, request.ai_choice);
    let positive = positive(request, &text, chosen, &cast.reading_order());
    let negative = negative(request, &undesired, chosen, &positive);

    let Sampling {
        steps,
        guidance,
        guidance_rescale,
        sampler: sampler_id,
        noise_schedule,
        variety,
        seed: _,
        smea,
        decrisper,
    } = &request.sampling;
    let sampler = sampler(request, chosen);
    let scheduled = sampler.is_none_or(|sampler| sampler.schedule);
    let brownian = sampler.is_some_and(|sampler| sampler.brownian) && noise_schedule != "native";
    let captions = chosen.rules().form == model::Form::Captions;
    let (inpainted, overlay) = match request.source {
        Source::Text | Source::Image { .. } => (1.0, true),
        Source::Inpaint { strength, overlay, .. } => (strength, overlay),
    };

    let envelope = Envelope {
        input: &positive,
        model: id,
        action,
        parameters: Parameters {
            params_version: 4,
            width: request.size.width,
            height: request.size.height,
            scale: *guidance,
            sampler: sampler_id,
            steps: *steps,
            n_samples: request.samples,
            uc_preset_id: undesired_preset(written.undesired_preset).0,
            quality_preset_id: quality_preset(written.quality).0,
            auto_smea: captions.then_some(false),
            sm: chosen.smea.then_some(*smea != Smea::Off),
            sm_dyn: chosen.smea.then_some(*smea == Smea::Dynamic),
            dynamic_thresholding: *decrisper,
            controlnet_strength: 1,
            legacy: false,
            add_original_image: overlay,
            cfg_rescale: *guidance_rescale,
            noise_schedule: scheduled.then_some(noise_schedule),
            legacy_v3_extend: false,
            skip_cfg_above_sigma: acting.rules().variety_sigma.map(|base| match variety {
                true => number(variety_sigma(base, request.size)),
                false => Value::Null,
            }),
            use_coords: captions.then_some(cast.placed),
            legacy_uc: captions.then_some(request.legacy_undesired),
            normalize_reference_strength_multiple: captions.then_some(true),
            inpaint_img2img_strength: captions.then(|| number(inpainted)),
            seed,
            straight_alpha: acting.rules().straight_alpha.then_some(true),
            tag_hint_qt: quality_preset(written.quality).1,
            tag_hint_uc_preset: undesired_preset(written.undesired_preset).1,
            tag_hint_transparent_background: request.transparent.then_some(true),
            character_prompts: cast.prompts(),
            v4_prompt: captions.then(|| PositiveCaption {
                caption: Caption {
                    base_caption: &positive,
                    char_captions: cast.captions(|member| &member.prompt),
                },
                use_coords: cast.placed,
                use_order: true,
            }),
            v4_negative_prompt: captions.then(|| NegativeCaption {
                caption: Caption {
                    base_caption: &negative,
                    char_captions: cast.captions(|member| member.undesired),
                },
                legacy_uc: request.legacy_undesired,
            }),
            negative_prompt: &negative,
            deliberate_euler_ancestral_bug: brownian.then_some(false),
            prefer_brownian: brownian.then_some(true),
            image_format: match request.format {
                ImageFormat::Png => "png",
                ImageFormat::Webp => "webp",
            },
            start,
            references,
            stream: framing.map(|framing| match framing {
                Framing::Msgpack => "msgpack",
                Framing::Sse => "sse",
            }),
        },
        use_new_shared_trial: true,
    };
    Ok(serde_json::to_value(envelope).expect("names and plain values make JSON"))
}

/// The prompt as it is sent, of what was written there; `characters` in reading order.
pub(crate) fn positive(request: &GenerateRequest, text: &str, chosen: &Model, characters: &[&str]) -> String {
    let positive = prompt::Positive {
        written: text,
        tags: chosen.quality_text(request.prompt.quality).unwrap_or_default(),
        place: chosen.rules().tags,
        transparent: request.transparent,
        furry: request.prompt.furry,
        enhance: match request.source {
            Source::Image {
                enhance: Enhance::Yes | Enhance::Max,
                ..
            } => &chosen.rules().enhance_tags,
            Source::Image { .. } | Source::Text | Source::Inpaint { .. } => "",
        },
    };
    let positive = positive.text();
    if request.prompt.auto_text {
        prompt::with_quoted_text(&positive, characters)
    } else {
        positive
    }
}

/// The Undesired Content as it is sent, of what was written there.
pub(crate) fn negative(request: &GenerateRequest, undesired: &str, chosen: &Model, positive: &str) -> String {
    let preset = chosen
        .undesired_text(request.prompt.undesired_preset)
        .unwrap_or_default();
    if preset.is_empty() && undesired.trim().is_empty() {
        chosen.rules().empty_undesired.clone()
    } else {
        prompt::undesired(undesired, preset, chosen.rules().adds_nsfw, positive)
    }
}

/// What the picture starts from (api.md 3.5). The noise has a seed of its own, which the page takes from the other.
fn start(
    request: &GenerateRequest,
    models: Models<'_>,
    seed: u32,
    luggage: &mut Luggage<'_>,
) -> Result<Start, Refusal> {
    let same = [request.size];
    let extra_noise_seed = Some(seed.wrapping_sub(1));
    match &request.source {
        Source::Text => Ok(Start::default()),
        Source::Image {
            image,
            strength,
            noise,
            color_correct,
            enhance,
            // What is at hand has the size already.
            fit: _,
        } => Ok(Start {
            image: Some(luggage.take_sized("source.image", "image", image, &same)?),
            strength: Some(number(*strength)),
            noise: Some(number(*noise)),
            extra_noise_seed,
            color_correct: Some(*color_correct),
            upscaled_enhance: (*enhance == Enhance::Max).then_some(true),
            ..Start::default()
        }),
        Source::Inpaint {
            image,
            mask,
            strength,
            overlay: _,
            paste: _,
        } => {
            let captions = models.chosen.rules().form == model::Form::Captions;
            Ok(Start {
                image: Some(luggage.take_sized("source.image", "image", image, &same)?),
                mask: Some(luggage.take_sized("source.mask", "mask", mask, &same)?),
                // Where the part has a strength of its own, this one is only kept.
                strength: Some(number(if captions { 0.7 } else { *strength })),
                noise: Some(number(0.0)),
                extra_noise_seed,
                img2img: (captions && *strength < 1.0).then(|| Img2Img {
                    strength: number(*strength),
                    color_correct: true,
                }),
                ..Start::default()
            })
        }
    }
}

/// A number as it is written on the wire.
pub(crate) fn javascript(value: f64) -> Value {
    number(value)
}

/// Variety+ (api.md 3.9): measured against the area of 832 × 1216, in cells of eight pixels.
fn variety_sigma(base: f64, size: Size) -> f64 {
    let cells = u64::from(size.width / 8) * u64::from(size.height / 8);
    base * (cells as f64 / 15_808.0).sqrt()
}

/// The name and the number of a quality preset. Both are hints: the tags themselves are in the prompt.
fn quality_preset(preset: QualityPreset) -> (&'static str, u8) {
    match preset {
        QualityPreset::None => ("none", 0),
        QualityPreset::Standard => ("standard", 1),
        QualityPreset::Light => ("light", 3),
    }
}

/// The name and the number of an Undesired Content preset. Both are hints, as above.
fn undesired_preset(preset: UndesiredPreset) -> (&'static str, u8) {
    match preset {
        UndesiredPreset::None => ("none", 0),
        UndesiredPreset::Heavy => ("heavy", 2),
        UndesiredPreset::Light => ("light", 3),
        UndesiredPreset::HumanFocus => ("humanFocus", 4),
        UndesiredPreset::FurryFocus => ("furryFocus", 5),
        UndesiredPreset::LowQualityPlusBadAnatomy => ("lowQualityPlusBadAnatomy", 6),
        UndesiredPreset::LowQuality => ("lowQuality", 7),
        UndesiredPreset::BadAnatomy => ("badAnatomy", 8),
    }
}

#[cfg(test)]
mod tests;
