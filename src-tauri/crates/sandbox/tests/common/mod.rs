//! What the HTTP tests share: a sandbox, a plain client, and the requests of api.md 3.10.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "this is test code, though not in a test function")]

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use sandbox::{Exchange, Options, Sandbox};
use serde_json::{Value, json};

pub const TOKEN: &str = "pst-canary";

pub async fn start() -> Sandbox {
    start_with(Options::default()).await
}

pub async fn start_with(options: Options) -> Sandbox {
    Sandbox::start(Options {
        token: Some(TOKEN.into()),
        ..options
    })
    .await
    .unwrap()
}

/// A small request for V4.5 as the web client shapes it.
pub fn v45() -> Value {
    json!({
        "input": "1girl, night, city", "model": "nai-diffusion-4-5-full", "action": "generate",
        "parameters": {
            "params_version": 4, "width": 192, "height": 256, "scale": 5, "sampler": "k_euler_ancestral", "steps": 4,
            "n_samples": 1, "ucPresetId": "heavy", "qualityPresetId": "standard", "autoSmea": false,
            "dynamic_thresholding": false, "controlnet_strength": 1, "legacy": false, "add_original_image": true,
            "cfg_rescale": 0, "noise_schedule": "karras", "legacy_v3_extend": false, "skip_cfg_above_sigma": null,
            "use_coords": false, "legacy_uc": false, "normalize_reference_strength_multiple": true,
            "inpaintImg2ImgStrength": 1, "seed": 1234567890, "tag_hint_qt": 1, "tag_hint_uc_preset": 2,
            "characterPrompts": [],
            "v4_prompt": {
                "caption": { "base_caption": "1girl, night, city", "char_captions": [] },
                "use_coords": false, "use_order": true
            },
            "v4_negative_prompt": {
                "caption": { "base_caption": "lowres, rain", "char_captions": [] }, "legacy_uc": false
            },
            "negative_prompt": "lowres, rain", "deliberate_euler_ancestral_bug": false, "prefer_brownian": true,
            "image_format": "png"
        },
        "use_new_shared_trial": true
    })
}

/// The same for V5.
pub fn v5() -> Value {
    let mut body = v45();
    body["model"] = json!("nai-diffusion-5-full");
    body["parameters"]["scale"] = json!(7);
    body["parameters"]["straight_alpha"] = json!(true);
    body["parameters"]
        .as_object_mut()
        .unwrap()
        .remove("skip_cfg_above_sigma");
    body
}

/// The request with other parameters.
pub fn with(mut body: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    for (name, value) in changes {
        body["parameters"][name] = value;
    }
    body
}

pub fn streamed(body: Value) -> Value {
    with(body, json!({ "stream": "msgpack" }))
}

pub fn post(sandbox: &Sandbox, path: &str, body: &Value) -> RequestBuilder {
    Client::new()
        .post(format!("{}{path}", sandbox.url()))
        .bearer_auth(TOKEN)
        .json(body)
}

pub async fn generate(sandbox: &Sandbox, body: &Value) -> Response {
    post(sandbox, "/ai/generate-image", body).send().await.unwrap()
}

pub async fn stream(sandbox: &Sandbox, body: &Value) -> Response {
    post(sandbox, "/ai/generate-image-stream", body).send().await.unwrap()
}

/// Waits until nothing more can happen to the last exchange.
pub async fn last(sandbox: &Sandbox) -> Exchange {
    for _ in 0..500 {
        if let Some(exchange) = sandbox.books().exchanges.last()
            && exchange.over
        {
            return exchange.clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the last exchange is not over: {:?}", sandbox.books().exchanges.last());
}

/// The maps of a msgpack stream; the bytes have to end with a frame.
pub fn frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let length = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        frames.push(rmp_serde::from_slice(&bytes[4..4 + length]).unwrap());
        bytes = &bytes[4 + length..];
    }
    frames
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    pub event_type: String,
    pub samp_ix: u32,
    pub step_ix: Option<u32>,
    pub gen_id: Option<String>,
    pub sigma: Option<f64>,
    pub message: Option<String>,
    #[serde(default, with = "serde_bytes")]
    pub image: Option<Vec<u8>>,
}
