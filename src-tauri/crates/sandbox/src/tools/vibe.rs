//! `POST /ai/encode-vibe` (api.md 2.6): a picture into bytes that only the sandbox understands.
//!
//! Like the service's they are of one length, no picture, and never the same twice.

use rand::RngCore as _;
use serde_json::{Map, Value};

use super::{Product, Task, bytes, object, perform};
use crate::{
    fields::text,
    http::Call,
    models::{self, Family, Model},
    parcel::Reply,
    raster::Raster,
    refusal::Refusal,
    vibe::{MAGIC, SIDE},
};

/// What an encoding costs, each time.
const ANLAS: u32 = 2;
/// How long it takes, in steps of a generation.
const STEPS: u32 = 4;
/// The length of every encoding, in bytes.
const LENGTH: usize = 48_916;
pub(crate) async fn encode_vibe(mut call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.json().await;
    let task = body.and_then(|body| {
        let (picture, model, information) = read(object(&body)?)?;
        Ok(Task {
            anlas: ANLAS,
            steps: STEPS,
            work: move || Product::Vibe(encode(picture, model, information)),
        })
    });
    perform(&mut call, task).await
}

fn read(body: &Map<String, Value>) -> Result<(Raster, &'static Model, f32), Refusal> {
    let id = text(body, "model")?.unwrap_or_default();
    let model = models::find(&id).ok_or_else(|| Refusal::invalid(format!("model {id} doesn't exist")))?;
    let takes_vibes = match model.family {
        Family::V4 | Family::V45 => !model.inpainting,
        Family::V1 | Family::V2 | Family::V3 | Family::V5 => false,
    };
    if !takes_vibes {
        return Err(Refusal::invalid(format!("model {id} doesn't support vibe encoding")));
    }
    let information = match body.get("information_extracted") {
        None | Some(Value::Null) => 1.0,
        Some(value) => value
            .as_f64()
            .filter(|value| (0.01..=1.0).contains(value))
            .ok_or_else(|| Refusal::invalid("information_extracted must be a number from 0.01 to 1"))?,
    };
    if !matches!(body.get("mask"), None | Some(Value::Null)) {
        Raster::read("mask", &bytes(body, "mask")?)?;
    }
    Ok((
        Raster::read("image", &bytes(body, "image")?)?,
        model,
        information as f32,
    ))
}

fn encode(picture: Raster, model: &Model, information: f32) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.push(model.id.len() as u8);
    out.extend_from_slice(model.id.as_bytes());
    out.extend_from_slice(&information.to_le_bytes());
    for pixel in picture.on_white().resized(SIDE, SIDE).rgba.as_chunks::<4>().0 {
        out.extend_from_slice(&pixel[..3]);
    }
    let start = out.len();
    out.resize(LENGTH, 0);
    rand::rng().fill_bytes(&mut out[start..]);
    out
}
