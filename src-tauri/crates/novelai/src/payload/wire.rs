//! The JSON of a request, field by field.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::references::Sent;

#[derive(Serialize)]
pub(super) struct Envelope<'a> {
    pub(super) input: &'a str,
    pub(super) model: &'a str,
    pub(super) action: &'static str,
    pub(super) parameters: Parameters<'a>,
    /// Concerns the accounting of trial accounts; the page always sends it.
    pub(super) use_new_shared_trial: bool,
}

/// In the order in which the page sends them, so that the two can be compared by eye.
#[derive(Serialize)]
pub(super) struct Parameters<'a> {
    /// Below 4, V5 silently drops the positions of characters.
    pub(super) params_version: u8,
    pub(super) width: u32,
    pub(super) height: u32,
    #[serde(serialize_with = "as_javascript")]
    pub(super) scale: f64,
    pub(super) sampler: &'a str,
    pub(super) steps: u8,
    pub(super) n_samples: u8,
    #[serde(rename = "ucPresetId")]
    pub(super) uc_preset_id: &'static str,
    #[serde(rename = "qualityPresetId")]
    pub(super) quality_preset_id: &'static str,
    #[serde(rename = "autoSmea", skip_serializing_if = "Option::is_none")]
    pub(super) auto_smea: Option<bool>,
    /// SMEA: only where there is any. `true` makes later models fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sm: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sm_dyn: Option<bool>,
    pub(super) dynamic_thresholding: bool,
    pub(super) controlnet_strength: u8,
    pub(super) legacy: bool,
    pub(super) add_original_image: bool,
    #[serde(serialize_with = "as_javascript")]
    pub(super) cfg_rescale: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) noise_schedule: Option<&'a str>,
    pub(super) legacy_v3_extend: bool,
    /// Variety+: null where it is off, absent where the model has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) skip_cfg_above_sigma: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) use_coords: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) legacy_uc: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) normalize_reference_strength_multiple: Option<bool>,
    #[serde(rename = "inpaintImg2ImgStrength", skip_serializing_if = "Option::is_none")]
    pub(super) inpaint_img2img_strength: Option<Value>,
    pub(super) seed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) straight_alpha: Option<bool>,
    pub(super) tag_hint_qt: u8,
    pub(super) tag_hint_uc_preset: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tag_hint_transparent_background: Option<bool>,
    #[serde(rename = "characterPrompts")]
    pub(super) character_prompts: Vec<CharacterPrompt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) v4_prompt: Option<PositiveCaption<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) v4_negative_prompt: Option<NegativeCaption<'a>>,
    pub(super) negative_prompt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deliberate_euler_ancestral_bug: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prefer_brownian: Option<bool>,
    pub(super) image_format: &'static str,
    #[serde(flatten)]
    pub(super) start: Start,
    #[serde(flatten)]
    pub(super) references: Sent,
    /// Only for the stream; the plain endpoint is not to get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<&'static str>,
}

/// What the picture starts from: nothing here where that is the prompt alone (api.md 3.5).
#[derive(Serialize, Default)]
pub(super) struct Start {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mask: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) strength: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) noise: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extra_noise_seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) color_correct: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upscaled_enhance: Option<bool>,
    /// A part of a picture that is not painted wholly anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) img2img: Option<Img2Img>,
}

#[derive(Serialize)]
pub(super) struct Img2Img {
    pub(super) strength: Value,
    pub(super) color_correct: bool,
}

#[derive(Serialize)]
pub(super) struct CharacterPrompt<'a> {
    pub(super) prompt: &'a str,
    pub(super) uc: &'a str,
    pub(super) center: Center,
    pub(super) enabled: bool,
}

#[derive(Serialize)]
pub(super) struct PositiveCaption<'a> {
    pub(super) caption: Caption<'a>,
    pub(super) use_coords: bool,
    pub(super) use_order: bool,
}

#[derive(Serialize)]
pub(super) struct NegativeCaption<'a> {
    pub(super) caption: Caption<'a>,
    pub(super) legacy_uc: bool,
}

#[derive(Serialize)]
pub(super) struct Caption<'a> {
    pub(super) base_caption: &'a str,
    pub(super) char_captions: Vec<CharCaption<'a>>,
}

#[derive(Serialize)]
pub(super) struct CharCaption<'a> {
    pub(super) char_caption: &'a str,
    pub(super) centers: [Center; 1],
}

#[derive(Serialize, Clone, Copy)]
pub(super) struct Center {
    #[serde(serialize_with = "as_javascript")]
    pub(super) x: f64,
    #[serde(serialize_with = "as_javascript")]
    pub(super) y: f64,
}

/// A number as JavaScript writes it: without a fraction where there is none.
pub(super) fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

fn as_javascript<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    number(*value).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        let written: Vec<String> = [5.0, 5.5, 0.0, 0.02, 10.0]
            .iter()
            .map(|n| number(*n).to_string())
            .collect();
        assert_eq!(written, ["5", "5.5", "0", "0.02", "10"]);
    }
}
