//! From the wire back to a request: what another program sent, or what was kept of an earlier call (api.md 3).
//!
//! It is read leniently. What stands there and has no place in a request is named, not guessed at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::pictures::{Part, Pictures};
use super::{Refusal, quality_preset, undesired_preset};
use crate::metadata::fields::{characters, fit_characters, is_on, reading_order, take_sampling, whole};
use crate::metadata::prompts;
use crate::model::{Form, Model, Registry};
use crate::request::{
    Enhance, Fit, GenerateRequest, ImageFormat, PictureId, PreciseReference, QualityPreset, ReferenceKind, Source,
    UndesiredPreset, Vibe,
};

/// A request out of a body, and what could not be taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// The request.
    pub request: GenerateRequest,
    /// Its pictures, by the ids that the request has for them: [`content_id`] of each.
    pub pictures: Pictures,
    /// What could not be taken over, a sentence each.
    pub left_out: Vec<String>,
}

/// An id for a picture that is made of its bytes: the same picture is the same id.
#[must_use]
pub fn content_id(bytes: &[u8]) -> PictureId {
    let digest = Sha256::digest(bytes);
    PictureId(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The request in a body of `POST /ai/generate-image` or its stream. `parts` are those of a form; where the body is
/// JSON alone, there are none.
///
/// # Errors
///
/// A [`Refusal`] of `model` where the model is not known, and of `body` where it is no such body.
pub fn restore(body: &Value, parts: &[Part], registry: &Registry) -> Result<Restored, Refusal> {
    let no_body = || Refusal::new("body", "This is not the body of a request for a picture.");
    let fields = body
        .get("parameters")
        .filter(|fields| fields.is_object())
        .ok_or_else(no_body)?;
    let id = body.get("model").and_then(Value::as_str).ok_or_else(no_body)?;
    let action = body.get("action").and_then(Value::as_str).unwrap_or("generate");
    let mut left_out = Vec::new();

    let quality = told_quality(fields);
    let undesired = told_undesired(fields);
    let characters_sent = characters(fields);
    let order = reading_order(&characters_sent);
    let caption = |field: &str| {
        let caption = fields.pointer(&format!("/{field}/caption/base_caption"));
        caption.and_then(Value::as_str)
    };
    let field = |name: &str| fields.get(name).and_then(Value::as_str);
    let input = body.get("input").and_then(Value::as_str);
    let sent = input.or(caption("v4_prompt")).or(field("prompt")).unwrap_or_default();
    let unwanted = caption("v4_negative_prompt")
        .or(field("negative_prompt"))
        .unwrap_or_default();

    // Two models may share the one that paints within a mask: then their texts tell which was chosen.
    let candidates = candidates(id, registry);
    let agrees = |model: &&&Model| {
        let written = prompts::positive(sent, model, &order, quality);
        let (preset, _) = prompts::undesired(unwanted, model, undesired);
        quality.is_none_or(|told| written.quality == told) && undesired.is_none_or(|told| preset == told)
    };
    let model = candidates.iter().find(agrees).or(candidates.first());
    let Some(&model) = model else {
        let shown: String = id.chars().take(60).collect();
        return Err(Refusal::new("model", format!("The model {shown} is not known.")));
    };
    let written = prompts::positive(sent, model, &order, quality);
    let (preset, unwanted) = prompts::undesired(unwanted, model, undesired);

    let mut request = GenerateRequest::new(model);
    take_sampling(fields, model, &mut request.sampling, &mut left_out);
    request.size.width = whole(fields, "width").unwrap_or(request.size.width);
    request.size.height = whole(fields, "height").unwrap_or(request.size.height);
    request.samples = whole(fields, "n_samples").unwrap_or(1);
    request.format = match field("image_format") {
        Some("webp") => ImageFormat::Webp,
        Some(_) | None => ImageFormat::Png,
    };
    request.legacy_undesired = model.has_legacy_undesired()
        && (is_on(fields, "legacy_uc") || is_on(&fields["v4_negative_prompt"], "legacy_uc"));
    request.transparent = written.transparent;
    request.prompt.text = written.text;
    request.prompt.quality = written.quality;
    request.prompt.furry = written.furry;
    request.prompt.auto_text = written.auto_text;
    request.prompt.undesired = unwanted;
    request.prompt.undesired_preset = preset;
    request.characters = characters_sent;
    fit_characters(&mut request.characters, model, &mut left_out);

    let mut luggage = Unpacked {
        parts,
        pictures: Pictures::new(),
    };
    request.source = source(action, fields, model, written.enhanced, &mut luggage, &mut left_out);
    take_vibes(fields, model, registry, &mut request, &mut luggage, &mut left_out);
    take_precise(fields, registry, &mut request, &mut luggage, &mut left_out);
    name_unknown(body, &mut left_out);
    Ok(Restored {
        request,
        pictures: luggage.pictures,
        left_out,
    })
}

/// The models that a request to this id may have been for: itself, or those whose masks go there. The one whose own
/// id it is comes first.
fn candidates<'r>(id: &str, registry: &'r Registry) -> Vec<&'r Model> {
    let mut found: Vec<&Model> = registry
        .models()
        .iter()
        .filter(|model| {
            let way = model.rules().inpainting.as_ref();
            model.id.0 == id || way.is_some_and(|way| way.id == id)
        })
        .collect();
    found.sort_by_key(|model| {
        let way = model.rules().inpainting.as_ref();
        model.id.0 != id && way.is_some_and(|way| way.acting.is_some())
    });
    found
}

fn told_quality(fields: &Value) -> Option<QualityPreset> {
    let id = fields.get("qualityPresetId").and_then(Value::as_str);
    let hint = fields.get("tag_hint_qt").and_then(Value::as_u64);
    [QualityPreset::None, QualityPreset::Standard, QualityPreset::Light]
        .into_iter()
        .find(|preset| {
            let (name, number) = quality_preset(*preset);
            id.map_or(hint == Some(u64::from(number)), |id| id == name)
        })
}

fn told_undesired(fields: &Value) -> Option<UndesiredPreset> {
    use UndesiredPreset::{
        BadAnatomy, FurryFocus, Heavy, HumanFocus, Light, LowQuality, LowQualityPlusBadAnatomy, None,
    };
    let id = fields.get("ucPresetId").and_then(Value::as_str);
    let hint = fields.get("tag_hint_uc_preset").and_then(Value::as_u64);
    let presets = [
        None,
        Heavy,
        Light,
        HumanFocus,
        FurryFocus,
        LowQualityPlusBadAnatomy,
        LowQuality,
        BadAnatomy,
    ];
    presets.into_iter().find(|preset| {
        let (name, number) = undesired_preset(*preset);
        id.map_or(hint == Some(u64::from(number)), |id| id == name)
    })
}

/// The pictures of a body, in it or beside it.
struct Unpacked<'p> {
    parts: &'p [Part],
    pictures: Pictures,
}

impl Unpacked<'_> {
    fn take(&mut self, text: &str) -> Option<PictureId> {
        let part = self.parts.iter().find(|part| part.name == text);
        let bytes = match part {
            Some(part) => part.bytes.clone(),
            // Browsers put a mark of the kind before it.
            None => STANDARD
                .decode(text.split_once(";base64,").map_or(text, |(_, data)| data))
                .ok()?
                .into(),
        };
        if bytes.is_empty() {
            return None;
        }
        let id = content_id(&bytes);
        self.pictures.insert(id.clone(), bytes);
        Some(id)
    }

    fn field(&mut self, fields: &Value, name: &str) -> Option<PictureId> {
        self.take(fields.get(name)?.as_str()?)
    }
}

fn source(
    action: &str,
    fields: &Value,
    model: &Model,
    enhanced: bool,
    luggage: &mut Unpacked<'_>,
    left_out: &mut Vec<String>,
) -> Source {
    let number = |name: &str| fields.get(name).and_then(Value::as_f64);
    let image = luggage.field(fields, "image");
    match (action, image) {
        ("img2img", Some(image)) => Source::Image {
            image,
            strength: number("strength").unwrap_or(0.7),
            noise: number("noise").unwrap_or(0.0),
            color_correct: is_on(fields, "color_correct"),
            enhance: if is_on(fields, "upscaled_enhance") {
                Enhance::Max
            } else if enhanced {
                Enhance::Yes
            } else {
                Enhance::No
            },
            fit: Fit::Stretch,
        },
        ("infill", Some(image)) => {
            let Some(mask) = luggage.field(fields, "mask") else {
                left_out.push("The mask can't be read, so nothing is painted anew in the picture.".into());
                return Source::Text;
            };
            let own = (model.rules().form == Form::Captions).then(|| number("inpaintImg2ImgStrength"));
            Source::Inpaint {
                image,
                mask,
                strength: own.unwrap_or(number("strength")).unwrap_or(1.0),
                overlay: is_on(fields, "add_original_image"),
                paste: None,
            }
        }
        ("img2img" | "infill", None) => {
            left_out.push("The picture that it starts from can't be read.".into());
            Source::Text
        }
        ("generate", _) => Source::Text,
        (action, _) => {
            let shown: String = action.chars().take(40).collect();
            left_out.push(format!(
                "The action {shown} is not known; the picture is made from the prompt."
            ));
            Source::Text
        }
    }
}

fn list<'a>(fields: &'a Value, name: &str) -> &'a [Value] {
    let list = fields.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn take_vibes(
    fields: &Value,
    model: &Model,
    registry: &Registry,
    request: &mut GenerateRequest,
    luggage: &mut Unpacked<'_>,
    left_out: &mut Vec<String>,
) {
    let images = list(fields, "reference_image_multiple");
    let strengths = list(fields, "reference_strength_multiple");
    let extractions = list(fields, "reference_information_extracted_multiple");
    let mut missing = 0;
    for (at, image) in images.iter().enumerate() {
        let full = request.references.vibes.len() == registry.reference_limits().max_vibes;
        let image = image.as_str().filter(|_| !full).and_then(|image| luggage.take(image));
        let Some(image) = image else {
            missing += 1;
            continue;
        };
        let number = |list: &[Value]| list.get(at).and_then(Value::as_f64);
        request.references.vibes.push(Vibe {
            image,
            encoded: model.encodes_vibes(),
            strength: number(strengths).unwrap_or(0.6),
            extraction: number(extractions).unwrap_or(model.vibe_extraction),
        });
    }
    if missing > 0 {
        left_out.push(format!("Of the vibes, {missing} can't be taken over."));
    }
}

fn take_precise(
    fields: &Value,
    registry: &Registry,
    request: &mut GenerateRequest,
    luggage: &mut Unpacked<'_>,
    left_out: &mut Vec<String>,
) {
    let descriptions = list(fields, "director_reference_descriptions");
    let strengths = list(fields, "director_reference_strength_values");
    let secondary = list(fields, "director_reference_secondary_strength_values");
    let mut missing = 0;
    for (at, image) in list(fields, "director_reference_images").iter().enumerate() {
        let kind = descriptions
            .get(at)
            .and_then(|description| description.pointer("/caption/base_caption")?.as_str());
        let kind = match kind {
            Some("character") => Some(ReferenceKind::Character),
            Some("style") => Some(ReferenceKind::Style),
            Some("character&style") => Some(ReferenceKind::Both),
            Some(_) | None => None,
        };
        let full = request.references.precise.len() == registry.reference_limits().max_precise;
        let image = image.as_str().filter(|_| !full).and_then(|image| luggage.take(image));
        let (Some(image), Some(kind)) = (image, kind) else {
            missing += 1;
            continue;
        };
        let number = |list: &[Value]| list.get(at).and_then(Value::as_f64);
        // The wire has what is missing to 1, with the rounding errors of the difference.
        let fidelity = 1.0 - number(secondary).unwrap_or(0.0);
        request.references.precise.push(PreciseReference {
            image,
            kind,
            strength: number(strengths).unwrap_or(1.0),
            fidelity: (fidelity * 1e6).round() / 1e6,
        });
    }
    if missing > 0 {
        left_out.push(format!("Of the precise references, {missing} can't be taken over."));
    }
}

/// Fields that are taken over, or follow from what is, or never change anything.
const KNOWN: &[&str] = &[
    "add_original_image",
    "autoSmea",
    "cfg_rescale",
    "characterPrompts",
    "color_correct",
    "controlnet_strength",
    "deliberate_euler_ancestral_bug",
    "director_reference_descriptions",
    "director_reference_images",
    "director_reference_information_extracted",
    "director_reference_secondary_strength_values",
    "director_reference_strength_values",
    "dynamic_thresholding",
    "extra_noise_seed",
    "height",
    "image",
    "image_format",
    "img2img",
    "inpaintImg2ImgStrength",
    "legacy",
    "legacy_uc",
    "legacy_v3_extend",
    "mask",
    "n_samples",
    "negative_prompt",
    "noise",
    "noise_schedule",
    "normalize_reference_strength_multiple",
    "params_version",
    "prefer_brownian",
    "prompt",
    "qualityPresetId",
    "qualityToggle",
    "reference_image_multiple",
    "reference_information_extracted_multiple",
    "reference_strength_multiple",
    "sampler",
    "scale",
    "seed",
    "skip_cfg_above_sigma",
    "sm",
    "sm_dyn",
    "steps",
    "straight_alpha",
    "stream",
    "strength",
    "tag_hint_qt",
    "tag_hint_transparent_background",
    "tag_hint_uc_preset",
    "ucPreset",
    "ucPresetId",
    "uncond_scale",
    "upscaled_enhance",
    "use_coords",
    "use_order",
    "use_new_shared_trial",
    "v4_negative_prompt",
    "v4_prompt",
    "width",
    "input",
    "model",
    "action",
];

/// Names the fields that have no place in a request. Their values are not shown: whoever wrote them.
fn name_unknown(body: &Value, left_out: &mut Vec<String>) {
    const MOST: usize = 16;
    let top = body.as_object().into_iter().flatten();
    let inner = body.get("parameters").and_then(Value::as_object).into_iter().flatten();
    let names = top.filter(|(name, _)| *name != "parameters").chain(inner);
    let unknown = names.filter(|(name, value)| !KNOWN.contains(&name.as_str()) && !value.is_null());
    for (name, _) in unknown.take(MOST) {
        let shown: String = name.chars().take(60).collect();
        left_out.push(format!("The field {shown} is left out."));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Framing, build_form, build_with};
    use super::*;
    use crate::picture::tests::sample_png;
    use crate::request::{Character, Position, References, Size, Smea};
    use crate::testing::{V5_CURATED, V45_FULL, request};

    /// Small things that decide what a generated request has.
    #[derive(Debug, Clone)]
    struct Dice {
        words: String,
        undesired: String,
        model: usize,
        picks: Vec<usize>,
        switches: Vec<bool>,
        seed: u32,
        hundredths: Vec<u32>,
    }

    fn dice() -> impl Strategy<Value = Dice> {
        (
            "[a-z]{1,8}(, [a-z]{1,8}){0,3}",
            "([a-z]{1,8}(, [a-z]{1,8}){0,2})?",
            0..64_usize,
            proptest::collection::vec(0..1000_usize, 12),
            proptest::collection::vec(any::<bool>(), 16),
            1..u32::MAX - 8,
            proptest::collection::vec(1..=99_u32, 8),
        )
            .prop_map(|(words, undesired, model, picks, switches, seed, hundredths)| Dice {
                words,
                undesired,
                model,
                picks,
                switches,
                seed,
                hundredths,
            })
    }

    fn part(dice: &Dice, at: usize) -> f64 {
        f64::from(dice.hundredths[at]) / 100.0
    }

    /// A request that can be sent, in the form in which it comes back, with its pictures.
    fn roll(dice: &Dice) -> (GenerateRequest, Pictures) {
        let models = Registry::builtin().models();
        let model = &models[dice.model % models.len()];
        let pick = |at: usize, count: usize| dice.picks[at] % count;
        let on = |at: usize| dice.switches[at];
        let mut pictures = Pictures::new();
        let mut take = |bytes: Vec<u8>| {
            let id = content_id(&bytes);
            pictures.insert(id.clone(), bytes);
            id
        };
        let mut request = GenerateRequest::new(model);
        request.prompt.text = format!("\"{}\", {}", dice.undesired, dice.words);
        if dice.undesired.is_empty() {
            request.prompt.text.clone_from(&dice.words);
        }
        request.prompt.undesired.clone_from(&dice.undesired);
        request.prompt.quality = model.quality_presets[pick(0, model.quality_presets.len())];
        request.prompt.undesired_preset = model.undesired_presets[pick(1, model.undesired_presets.len())];
        request.sampling.seed = Some(dice.seed);
        request.sampling.steps = [20, 23, 28][pick(2, 3)];
        request.sampling.guidance = part(dice, 0) * 10.0;
        request.sampling.guidance_rescale = part(dice, 1);
        let sampler = &model.samplers[pick(3, model.samplers.len())];
        request.sampling.sampler.clone_from(&sampler.id);
        if sampler.schedule {
            request.sampling.noise_schedule = model.noise_schedules[pick(4, model.noise_schedules.len())].clone();
        }
        if model.has_smea() && sampler.smea {
            request.sampling.smea = [Smea::Off, Smea::On, Smea::Dynamic][pick(5, 3)];
        }
        request.sampling.decrisper = model.has_decrisper() && on(0);
        request.sampling.variety = model.variety && on(1);
        request.samples = [1, 2, 4][pick(6, 3)];
        request.format = [ImageFormat::Png, ImageFormat::Webp][pick(7, 2)];
        request.transparent = model.transparency && on(2);
        request.legacy_undesired = model.has_legacy_undesired() && on(3);
        request.size = [(512, 768), (832, 1216)].map(|(width, height)| Size { width, height })[pick(8, 2)];
        let Size { width, height } = request.size;
        let image = sample_png(width, height, &[]);
        request.source = match pick(9, 3) {
            1 => Source::Image {
                image: take(image),
                strength: part(dice, 2),
                noise: part(dice, 3),
                color_correct: on(4),
                enhance: match (on(5), model.can_enhance_to_max()) {
                    (true, true) => Enhance::Max,
                    (true, false) if !model.rules().enhance_tags.is_empty() => Enhance::Yes,
                    (true | false, _) => Enhance::No,
                },
                fit: Fit::Stretch,
            },
            2 if model.can_inpaint() => Source::Inpaint {
                image: take(image),
                mask: take(sample_png(width, height, &[("Title", "mask")])),
                strength: part(dice, 2),
                overlay: on(4),
                paste: None,
            },
            _ => Source::Text,
        };
        let masked = matches!(request.source, Source::Inpaint { .. });
        let acting = if masked {
            Registry::builtin().inpainting_model(model)
        } else {
            model
        };
        // Where another model paints and nothing is added, the two can't be told apart.
        if masked && !std::ptr::eq(acting, model) {
            request.prompt.quality = QualityPreset::Standard;
        }
        request.sampling.variety &= acting.variety;
        if model.max_characters > 0 {
            request.prompt.furry = on(6);
            request.prompt.auto_text = on(7) && !dice.undesired.is_empty();
            let placed = on(8);
            let from = acting.rules().positions_from.max(2);
            let grid = [0.1, 0.3, 0.5, 0.7, 0.9];
            request.characters = (0..if on(9) { from } else { 0 })
                .map(|slot| Character {
                    prompt: format!("girl, {}", dice.words),
                    undesired: dice.undesired.clone(),
                    position: placed.then(|| Position {
                        x: grid[slot],
                        y: grid[pick(10, 5)],
                    }),
                    enabled: true,
                    name: String::new(),
                })
                .collect();
        }
        if model.references && on(10) {
            let canvas = Registry::builtin().reference_limits().canvases[pick(11, 3)];
            request.references.precise = vec![PreciseReference {
                image: take(sample_png(canvas.width, canvas.height, &[])),
                kind: [ReferenceKind::Character, ReferenceKind::Style, ReferenceKind::Both][pick(10, 3)],
                strength: part(dice, 4),
                fidelity: part(dice, 5),
            }];
        } else if model.vibes && on(11) && !masked {
            let vibe = |name: &str, strength: f64| Vibe {
                image: take(name.into()),
                encoded: model.encodes_vibes(),
                strength,
                extraction: model.vibe_extraction,
            };
            request.references = References {
                vibes: ["one", "two"]
                    .into_iter()
                    .zip([part(dice, 6), -0.5])
                    .map({
                        let mut vibe = vibe;
                        move |(name, strength)| vibe(name, strength)
                    })
                    .collect(),
                ..References::default()
            };
        }
        (request, pictures)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(192))]
        #[test]
        fn what_was_sent_is_the_request_again(dice in dice()) {
            let (asked, pictures) = roll(&dice);
            let registry = Registry::builtin();
            let body = build_with(&asked, registry, &pictures, None);
            // Too dear for one picture: that is a refusal, and nothing is sent.
            prop_assume!(body.as_ref().err().is_none_or(|refusal| refusal.field != "sampling.steps"));
            let body = body.unwrap();
            let restored = restore(&body, &[], registry).unwrap();
            prop_assert_eq!(&restored.left_out, &[""; 0]);
            prop_assert_eq!(&restored.request, &asked);
            prop_assert_eq!(&restored.pictures, &pictures);
            prop_assert_eq!(&build_with(&restored.request, registry, &restored.pictures, None).unwrap(), &body);

            let form = build_form(&asked, registry, &pictures, None).unwrap();
            let restored = restore(&form.request, &form.parts, registry).unwrap();
            prop_assert_eq!(&restored.request, &asked);
            prop_assert_eq!(&restored.pictures, &pictures);
        }

        #[test]
        fn what_came_back_is_sent_as_it_was_whatever_was_written(
            text in "[a-zA-Z0-9 ,.:|{}\\[\\]\"'\\-é海]{0,60}",
            undesired in "[a-z ,|]{0,20}",
            model in 0..8_usize,
            auto_text in any::<bool>(),
            told in any::<bool>(),
        ) {
            let registry = Registry::builtin();
            let model = &registry.models()[model];
            let mut asked = request(&model.id.0);
            asked.prompt.text = text;
            asked.prompt.undesired = undesired;
            asked.prompt.auto_text = auto_text && model.max_characters > 0;
            let mut body = build_with(&asked, registry, &Pictures::new(), None).unwrap();
            if !told {
                let fields = body["parameters"].as_object_mut().unwrap();
                for hint in ["qualityPresetId", "ucPresetId", "tag_hint_qt", "tag_hint_uc_preset"] {
                    fields.remove(hint);
                }
            }
            // Bars that come together only in what was sent would be drawn from again.
            prop_assume!(body["input"].as_str().unwrap().matches("||").count() < 2);
            let restored = restore(&body, &[], registry).unwrap().request;
            let again = build_with(&restored, registry, &Pictures::new(), None).unwrap();
            let words = |body: &Value| {
                let plain = |field: &Value| field.as_str().unwrap().replace([' ', ','], "");
                (plain(&body["input"]), plain(&body["parameters"]["negative_prompt"]))
            };
            prop_assert_eq!(words(&again), words(&body));
        }

        #[test]
        fn no_body_is_too_odd(text in any::<String>(), number in any::<f64>(), at in any::<prop::sample::Index>()) {
            let mut body = build_with(&request(V45_FULL), Registry::builtin(), &Pictures::new(), None).unwrap();
            let fields = body["parameters"].as_object_mut().unwrap();
            let at = at.index(fields.len());
            let name = fields.keys().nth(at).unwrap().clone();
            for odd in [json!(text), json!(number), json!([text]), json!({ "caption": text }), Value::Null] {
                body["parameters"][&name] = odd;
                prop_assert!(restore(&body, &[], Registry::builtin()).is_ok());
            }
        }
    }

    #[test]
    fn what_has_no_place_is_named_without_its_value() {
        let mut body = build_with(
            &request(V45_FULL),
            Registry::builtin(),
            &Pictures::new(),
            Some(Framing::Sse),
        )
        .unwrap();
        body["recaptcha_token"] = json!("secret");
        body["parameters"]["controlnet_model"] = json!("hed");
        body["parameters"]["sampler"] = json!("k_odd");
        body["action"] = json!("img2img");
        let restored = restore(&body, &[], Registry::builtin()).unwrap();
        let told = restored.left_out.join(" ");
        for part in ["recaptcha_token", "controlnet_model", "k_odd", "starts from"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(restored.left_out.len() == 4 && !told.contains("secret"), "{told}");
        assert_eq!(restored.request.source, Source::Text);
    }

    #[test]
    fn an_older_shape_is_understood() {
        let body = json!({
            "input": "sea, very aesthetic, masterpiece, no text",
            "model": V45_FULL,
            "parameters": {
                "width": 1024, "height": 1024, "scale": 6, "steps": 28.0, "seed": 7, "n_samples": 2,
                "sampler": "k_euler", "ucPreset": 0, "qualityToggle": true, "negative_prompt": "hat",
            },
        });
        let Restored { request, left_out, .. } = restore(&body, &[], Registry::builtin()).unwrap();
        assert_eq!(left_out, [""; 0]);
        assert_eq!(
            (request.prompt.text.as_str(), request.prompt.undesired.as_str()),
            ("sea", "hat")
        );
        assert_eq!(request.prompt.quality, QualityPreset::Standard);
        assert_eq!(
            (request.sampling.steps, request.samples, request.size.width),
            (28, 2, 1024)
        );
    }

    #[test]
    fn a_shared_inpainting_model_is_told_apart_by_the_texts() {
        let mut asked = request(V5_CURATED);
        let image = sample_png(832, 1216, &[]);
        let id = content_id(&image);
        asked.source = Source::Inpaint {
            image: id.clone(),
            mask: id.clone(),
            strength: 1.0,
            overlay: false,
            paste: None,
        };
        let pictures: Pictures = [(id, image.into())].into_iter().collect();
        let body = build_with(&asked, Registry::builtin(), &pictures, None).unwrap();
        assert_eq!(body["model"], "nai-diffusion-4-5-curated-inpainting");
        assert_eq!(restore(&body, &[], Registry::builtin()).unwrap().request, asked);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let refused = |body: Value| restore(&body, &[], Registry::builtin()).unwrap_err().field;
        assert_eq!(refused(json!(null)), "body");
        assert_eq!(refused(json!({ "model": V45_FULL })), "body");
        assert_eq!(
            refused(json!({ "model": "nai-diffusion-9", "parameters": {} })),
            "model"
        );
    }
}
