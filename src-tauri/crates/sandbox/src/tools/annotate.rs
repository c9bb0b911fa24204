//! `POST /ai/annotate-image` (api.md 2.7): a condition map of a picture, for models that nobody offers any more.

use serde_json::Value;

use super::{Product, Task, bytes, object, perform, photo, png};
use crate::{darkroom::maps::Map, fields::text, http::Call, parcel::Reply, refusal::Refusal};

/// How long it takes, in steps of a generation.
const STEPS: u32 = 4;

pub(crate) async fn annotate(mut call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.json().await;
    let task = body.and_then(|body| {
        let body = object(&body)?;
        let name = text(body, "model")?.ok_or_else(|| Refusal::invalid("model is required"))?;
        let map = Map::find(&name).ok_or_else(|| Refusal::invalid(format!("model {name} doesn't exist")))?;
        let parameters = body
            .get("parameters")
            .and_then(Value::as_object)
            .ok_or_else(|| Refusal::invalid("parameters must be an object"))?;
        let photo = photo("parameters.image", &bytes(parameters, "image")?)?;
        Ok(Task {
            anlas: 0,
            steps: STEPS,
            work: move || Product::Zip {
                files: vec![png::write(&map.draw(&photo), &[])],
                stored: false,
            },
        })
    });
    perform(&mut call, task).await
}
