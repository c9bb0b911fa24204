//! `POST /ai/upscale`: the contract of today (api.md 2.4) and the two before it (api.md 13).

use axum::{
    body::Body,
    extract::{FromRequest as _, Multipart, Request},
    http::header,
};
use serde_json::{Map, Value};

use super::{Product, Task, bytes, object, perform, photo, png, wants_json};
use crate::{
    darkroom::{Photo, enlarge::enlarge},
    fields::{text, whole},
    http::Call,
    models::{self, Family},
    parcel::Reply,
    price,
    refusal::Refusal,
};

/// How long it takes, in steps of a generation.
const STEPS: u32 = 6;

/// An upscale that is in order.
struct Order {
    file: Vec<u8>,
    photo: Photo,
    scale: u32,
    blur: f32,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Zip,
    Json,
    /// What a form gets back.
    Png,
}

pub(crate) async fn upscale(mut call: Call<'_>) -> Result<Reply, Refusal> {
    let form = if wants_json(&call) { Form::Json } else { Form::Zip };
    let kind = call
        .head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| {
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/form-data")
    });
    let legacy = call.office.legacy;
    let order = match is_form && legacy {
        true => by_form(&mut call).await,
        false => call.json().await.and_then(|body| {
            let body = object(&body)?;
            match legacy && body.contains_key("scale") && !body.contains_key("model") {
                true => old(body, form),
                false => new(body, form),
            }
        }),
    };
    let task = order.and_then(task);
    perform(&mut call, task).await
}

fn task(order: Order) -> Result<Task<impl FnOnce() -> Product>, Refusal> {
    let anlas = price::upscale(order.photo.area()).ok_or_else(|| Refusal::invalid("image is too large to upscale"))?;
    Ok(Task {
        anlas,
        steps: STEPS,
        work: move || {
            let large = enlarge(&order.photo, order.scale, order.blur);
            let file = png::write(&large, &png::words(&order.file));
            match order.form {
                Form::Zip => Product::Zip {
                    files: vec![file],
                    stored: false,
                },
                Form::Json => Product::Json(vec![file]),
                Form::Png => Product::Png(file),
            }
        },
    })
}

/// `{"image", "model", "declared_blur_sigma"}`: twice the size.
fn new(body: &Map<String, Value>, form: Form) -> Result<Order, Refusal> {
    let id = text(body, "model")?.unwrap_or_default();
    let model = models::find(&id).ok_or_else(|| Refusal::invalid(format!("model {id} doesn't exist")))?;
    if model.family != Family::V5 || model.inpainting {
        return Err(Refusal::invalid(format!(
            "model {id} doesn't support standalone upscaling"
        )));
    }
    let file = bytes(body, "image")?;
    Ok(Order {
        photo: photo("image", &file)?,
        file,
        scale: 2,
        blur: blur(body)?,
        form,
    })
}

/// The strengths that there are, in hundredths.
const BLURS: [i64; 6] = [0, 30, 35, 40, 45, 50];

fn blur(body: &Map<String, Value>) -> Result<f32, Refusal> {
    let given = match body.get("declared_blur_sigma") {
        None | Some(Value::Null) => return Ok(0.0),
        Some(value) => value.as_f64(),
    };
    given
        .filter(|given| BLURS.iter().any(|known| (given * 100.0 - *known as f64).abs() < 1e-6))
        .map(|given| given as f32)
        .ok_or_else(|| Refusal::invalid("declared_blur_sigma must be one of 0, 0.3, 0.35, 0.4, 0.45, 0.5"))
}

/// `{"image", "width", "height", "scale"}`, as the old host took it. It answered with an archive: that is what the clients
/// of its time unpack.
fn old(body: &Map<String, Value>, form: Form) -> Result<Order, Refusal> {
    let file = bytes(body, "image")?;
    let photo = photo("image", &file)?;
    super::same_size(body, &photo)?;
    let scale = whole(body, "scale", 2, 4)?;
    enlarged(file, photo, scale, form)
}

/// A form with the file `image` and the field `scale`.
async fn by_form(call: &mut Call<'_>) -> Result<Order, Refusal> {
    let (mut file, mut scale) = (None, None);
    for (name, part) in parts(call).await? {
        match name.as_str() {
            "image" => file = Some(part),
            "scale" => {
                scale = std::str::from_utf8(&part)
                    .ok()
                    .and_then(|text| text.trim().parse().ok());
            }
            _ => {}
        }
    }
    let file = file.ok_or_else(|| Refusal::invalid("the form has no part \"image\""))?;
    let photo = photo("image", &file)?;
    enlarged(file, photo, scale, Form::Png)
}

/// The parts of a form, entered in the books.
pub(super) async fn parts(call: &mut Call<'_>) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let broken = |error: axum::extract::multipart::MultipartError| Refusal::invalid(error.body_text());
    let mut request = Request::new(Body::from(call.body.clone()));
    *request.headers_mut() = call.head.headers.clone();
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| Refusal::invalid(error.body_text()))?;
    let mut parts = Vec::new();
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(broken)?.to_vec();
        call.ticket
            .edit(|exchange| exchange.parts.push((name.clone(), bytes.len() as u64)));
        parts.push((name, bytes));
    }
    Ok(parts)
}

fn enlarged(file: Vec<u8>, photo: Photo, scale: Option<i64>, form: Form) -> Result<Order, Refusal> {
    let scale = match scale {
        Some(2) => 2,
        Some(4) => 4,
        Some(_) | None => return Err(Refusal::invalid("scale must be 2 or 4")),
    };
    if scale == 4 && photo.area() > 1_048_576 {
        return Err(Refusal::invalid("image is too large to upscale by 4"));
    }
    Ok(Order {
        file,
        photo,
        scale,
        blur: 0.0,
        form,
    })
}
