//! The `Comment`: the settings as the service records them, key by key in its order (api.md 7.2).

use serde_json::{Map, Value, json};

use crate::{
    models::Family,
    order::{Action, Order},
};

pub(super) fn comment(order: &Order, seed: u32) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        out.insert(name.to_owned(), value);
    };
    let modern = order.model.family.is_modern();
    let sent = |name: &str| order.parameters.get(name).cloned().unwrap_or(Value::Null);
    let flag = |name: &str, otherwise: bool| Value::Bool(sent(name).as_bool().unwrap_or(otherwise));
    let float = |name: &str, otherwise: f64| json!(sent(name).as_f64().unwrap_or(otherwise));
    let list = |name: &str| {
        if sent(name).is_array() {
            floats(sent(name))
        } else {
            json!([])
        }
    };

    put("prompt", json!(order.input));
    put("steps", json!(order.steps));
    put("height", json!(order.height));
    put("width", json!(order.width));
    put("scale", json!(order.scale));
    put("uncond_scale", json!(if modern { 0.0 } else { 1.0 }));
    put("cfg_rescale", float("cfg_rescale", 0.0));
    put("seed", json!(if order.seed == 0 { 0 } else { seed }));
    put("n_samples", json!(order.samples));
    let schedule = order.noise_schedule.clone();
    // V5 knows one schedule and takes every other for it.
    let schedule = schedule.filter(|_| order.model.family != Family::V5);
    put("noise_schedule", schedule.map_or(json!("karras"), Value::String));
    if modern {
        put("legacy_v3_extend", flag("legacy_v3_extend", false));
    } else {
        put("hide_debug_overlay", json!(false));
        put("legacy", json!(false));
    }
    put(
        "reference_information_extracted_multiple",
        list("reference_information_extracted_multiple"),
    );
    put("reference_strength_multiple", list("reference_strength_multiple"));
    if sent("reference_image_multiple")
        .as_array()
        .is_some_and(|vibes| !vibes.is_empty())
    {
        put("reference_image_multiple", sent("reference_image_multiple"));
    }
    if modern {
        put(
            "extra_passthrough_testing",
            json!({
                "prompt": null, "uc": null, "hide_debug_overlay": false, "r": 0.0, "eta": 1.0, "negative_momentum": 0.0,
            }),
        );
        put("v4_prompt", prompt(&sent("v4_prompt"), true));
        put("v4_negative_prompt", prompt(&sent("v4_negative_prompt"), false));
    }
    if !order.guides.references.is_empty() {
        put(
            "director_reference_strengths",
            list("director_reference_strength_values"),
        );
        put(
            "director_reference_secondary_strengths",
            list("director_reference_secondary_strength_values"),
        );
    }
    put(
        "sampler",
        json!(if order.model.replaces_ddim() && order.sampler == "ddim" {
            "k_euler_ancestral"
        } else {
            &order.sampler
        }),
    );
    if order.action != Action::Generate {
        put("strength", float("strength", 0.7));
        put("noise", float("noise", 0.0));
        put("extra_noise_seed", sent("extra_noise_seed"));
    }
    put("controlnet_strength", float("controlnet_strength", 1.0));
    put("controlnet_model", Value::Null);
    put("dynamic_thresholding", flag("dynamic_thresholding", false));
    put("dynamic_thresholding_percentile", json!(0.999));
    put("dynamic_thresholding_mimic_scale", json!(10.0));
    put("sm", flag("sm", false));
    put("sm_dyn", flag("sm_dyn", false));
    let variety = order.model.family != Family::V5;
    put(
        "skip_cfg_above_sigma",
        if variety {
            floats(sent("skip_cfg_above_sigma"))
        } else {
            Value::Null
        },
    );
    put("skip_cfg_below_sigma", json!(0.0));
    put("lora_unet_weights", Value::Null);
    put("lora_clip_weights", Value::Null);
    put(
        "deliberate_euler_ancestral_bug",
        flag("deliberate_euler_ancestral_bug", true),
    );
    put("prefer_brownian", flag("prefer_brownian", false));
    put("cfg_sched_eligibility", json!("enable_for_post_summer_samplers"));
    put("explike_fine_detail", json!(false));
    put("minimize_sigma_inf", json!(false));
    put("uncond_per_vibe", json!(true));
    put("wonky_vibe_correlation", json!(true));
    put("stream", json!(sent("stream").as_str().unwrap_or("none")));
    if order.model.family == Family::V5 {
        for hint in ["tag_hint_qt", "tag_hint_uc_preset", "tag_hint_transparent_background"] {
            if !sent(hint).is_null() {
                put(hint, sent(hint));
            }
        }
        put("straight_alpha", flag("straight_alpha", false));
        put("quality_boost", json!(false));
        put("upscale", json!(order.canvas != (order.width, order.height)));
    }
    put("version", json!(1));
    put("uc", json!(order.undesired));
    put(
        "request_type",
        json!(match order.action {
            Action::Generate => "PromptGenerateRequest",
            Action::Img2Img => "Img2ImgRequest",
            Action::Infill => "NativeInfillingRequest",
        }),
    );
    Value::Object(out)
}

/// One of the two prompt objects, with the keys and the order of the service.
fn prompt(sent: &Value, positive: bool) -> Value {
    let flag = |name: &str| Value::Bool(sent.get(name).and_then(Value::as_bool).unwrap_or(false));
    let captions = sent
        .pointer("/caption/char_captions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let characters: Vec<Value> = captions
        .into_iter()
        .map(|character| {
            let field = |name: &str| character.get(name).cloned().unwrap_or(Value::Null);
            json!({ "char_caption": field("char_caption"), "centers": floats(field("centers")) })
        })
        .collect();
    let base = sent.pointer("/caption/base_caption").cloned().unwrap_or(Value::Null);
    json!({
        "caption": { "base_caption": base, "char_captions": characters },
        "use_coords": if positive { flag("use_coords") } else { json!(false) },
        "use_order": if positive { flag("use_order") } else { json!(false) },
        "legacy_uc": flag("legacy_uc"),
    })
}

/// The same with every number as a float.
fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap_or_default()),
        Value::Array(items) => items.into_iter().map(floats).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, floats(field))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}
