//! Taking in the body of a request: JSON, or a multipart whose `request` part is that JSON and whose other parts are
//! the pictures it names (api.md 2.1).

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest as _, Multipart, Request},
    http::{header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::Value;

use crate::{
    ledger::{Ticket, shorten},
    refusal::Refusal,
};

/// The largest body that is read.
const MOST: usize = 64 * 1024 * 1024;

/// Fields of `parameters` that hold pictures.
const PICTURES: &[&str] = &["image", "mask", "reference_image_multiple", "director_reference_images"];

/// Reads a body whole, so that a refusal finds the client listening.
pub(crate) async fn bytes(body: Body) -> Result<Bytes, Refusal> {
    to_bytes(body, MOST)
        .await
        .map_err(|_| Refusal::new(413, "Payload Too Large"))
}

/// The JSON of a request for pictures, with the pictures of a multipart put in as base64.
pub(crate) async fn json(head: Parts, body: Bytes, ticket: &Ticket) -> Result<Value, Refusal> {
    let kind = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => {
            let value = parse(&body)?;
            note(ticket, &value);
            Ok(value)
        }
        "multipart/form-data" => multipart(head, body, ticket).await,
        _ => Err(Refusal::new(415, "Unsupported Media Type")),
    }
}

fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::invalid(format!("the body is not JSON: {error}")))
}

fn note(ticket: &Ticket, value: &Value) {
    let mut value = value.clone();
    shorten(&mut value);
    ticket.edit(|exchange| {
        // Whoever has the key to an account has the account.
        if exchange.path == "/user/login"
            && let Some(key) = value.get_mut("key")
        {
            *key = Value::from("***");
        }
        exchange.body = Some(value);
    });
}

async fn multipart(head: Parts, body: Bytes, ticket: &Ticket) -> Result<Value, Refusal> {
    let broken = |error: axum::extract::multipart::MultipartError| Refusal::invalid(error.body_text());
    let mut form = Multipart::from_request(Request::from_parts(head, Body::from(body)), &())
        .await
        .map_err(|error| Refusal::invalid(error.body_text()))?;
    let (mut request, mut files) = (None, Vec::new());
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(broken)?;
        if name == "request" {
            request = Some(parse(&bytes)?);
        } else {
            ticket.edit(|exchange| exchange.parts.push((name.clone(), bytes.len() as u64)));
            files.push((name, bytes));
        }
    }
    let mut request = request.ok_or_else(|| Refusal::invalid("the form has no part \"request\""))?;
    note(ticket, &request);
    if let Some(parameters) = request.get_mut("parameters") {
        for field in PICTURES {
            match parameters.get_mut(field) {
                Some(Value::Array(items)) => {
                    for (place, item) in items.iter_mut().enumerate() {
                        fill(item, &format!("{field}[{place}]"), &files)?;
                    }
                }
                Some(value) => fill(value, field, &files)?,
                None => {}
            }
        }
    }
    Ok(request)
}

/// Puts the bytes of the part that a field names in its place.
fn fill(value: &mut Value, field: &str, files: &[(String, Bytes)]) -> Result<(), Refusal> {
    let Value::String(name) = value else { return Ok(()) };
    let Some((_, bytes)) = files.iter().find(|(part, _)| part == name) else {
        let shown: String = name.chars().take(32).collect();
        return Err(Refusal::new(
            400,
            format!("{field} field references unknown form part \"{shown}\""),
        ));
    };
    *value = Value::String(STANDARD.encode(bytes));
    Ok(())
}
