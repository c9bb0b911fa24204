//! A call as the request that goes over the wire: the one that is sent, and the one that is shown.
//!
//! Both are made of the same `Outgoing`, and the headers that are shown are read from the request that would be sent,
//! so that the two can't drift apart. What is shown holds no secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, multipart};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use super::Client;
use crate::payload::media_type;
use crate::veil::{self, REDACTED};

/// The fields that hold a secret wherever they stand in a body of the account's endpoints.
const SECRET_FIELDS: [&str; 4] = ["key", "accessToken", "token", "password"];
/// Base64 that is longer is shortened where that is wanted.
const SHORT: usize = 120;

/// A request as it goes over the wire, fit to be shown and written down: the token is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct WireRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The whole address, with its query.
    pub url: String,
    /// Names in lower case, and values. The token is left out.
    pub headers: Vec<(String, String)>,
    /// What is sent behind them.
    pub body: WireBody,
}

/// The body of a [`WireRequest`].
#[derive(Debug, Clone, PartialEq)]
pub enum WireBody {
    /// None.
    None,
    /// JSON, with its fields in the order in which they are sent.
    Json(Value),
    /// The parts of a form.
    Form(Vec<WirePart>),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct WirePart {
    /// Such as `request` or `image`.
    pub name: String,
    /// Where it is sent as a file.
    pub file_name: Option<&'static str>,
    /// Where it is told.
    pub content_type: Option<&'static str>,
    /// What it holds.
    pub content: WireContent,
}

/// What a part of a form holds.
#[derive(Debug, Clone, PartialEq)]
pub enum WireContent {
    /// JSON.
    Json(Value),
    /// A plain value.
    Text(String),
    /// A file.
    Bytes(Bytes),
}

/// How much of the pictures is shown of a [`WireRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All.
    Whole,
    /// The beginning of each, and its length.
    Short,
}

impl WireRequest {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The id that the reply is known by.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.header("x-correlation-id").unwrap_or_default()
    }

    /// `method`, `url`, `headers` and `body`: null, the JSON as it is sent, or an array of parts, each with `name`,
    /// `filename`, `contentType`, and `json`, `text`, or `length` and `base64`.
    #[must_use]
    pub fn to_json(&self, detail: Detail) -> Value {
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let body = match &self.body {
            WireBody::None => Value::Null,
            WireBody::Json(value) => shown(value, detail),
            WireBody::Form(parts) => parts.iter().map(|part| part.to_json(detail)).collect(),
        };
        json!({ "method": self.method, "url": self.url, "headers": headers, "body": body })
    }
}

impl WirePart {
    fn to_json(&self, detail: Detail) -> Value {
        let mut part = json!({ "name": self.name });
        if let Some(name) = self.file_name {
            part["filename"] = name.into();
        }
        if let Some(kind) = self.content_type {
            part["contentType"] = kind.into();
        }
        match &self.content {
            WireContent::Json(value) => part["json"] = shown(value, detail),
            WireContent::Text(text) => part["text"] = text.as_str().into(),
            WireContent::Bytes(bytes) => {
                part["length"] = bytes.len().into();
                part["base64"] = shown(&STANDARD.encode(bytes).into(), detail);
            }
        }
        part
    }
}

fn shown(value: &Value, detail: Detail) -> Value {
    match detail {
        Detail::Whole => value.clone(),
        Detail::Short => each_string(value, &|text| shortened(text)),
    }
}

/// Long base64 as its beginning and its length; anything else as it is.
fn shortened(text: &str) -> Option<String> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    (text.len() > SHORT && text.bytes().all(is_base64))
        .then(|| format!("{}… ({} characters of base64)", &text[..32], text.len()))
}

/// The same JSON with another text wherever `other` gives one.
fn each_string(value: &Value, other: &impl Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::String(text) => other(text).map_or_else(|| value.clone(), Value::String),
        Value::Array(entries) => entries.iter().map(|entry| each_string(entry, other)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), each_string(field, other)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// JSON of an endpoint that gives or takes a secret, without it.
pub(super) fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| {
                let secret = field.is_string() && SECRET_FIELDS.contains(&name.as_str());
                let field = if secret {
                    REDACTED.into()
                } else {
                    without_secrets(field)
                };
                (name.clone(), field)
            })
            .collect(),
        Value::Array(entries) => entries.iter().map(without_secrets).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A request in the making.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: &'static str,
    pub(super) content: Content,
    pub(super) correlation_id: String,
    /// Whether the token is sent along.
    pub(super) authorized: bool,
    /// Whether request or reply hold a secret beside the token.
    pub(super) secret: bool,
}

pub(super) enum Content {
    None,
    Json(Value),
    Form(Vec<FormPart>),
}

pub(super) enum FormPart {
    Json { name: &'static str, value: Value },
    Text { name: &'static str, text: &'static str },
    File { name: String, bytes: Bytes },
}

impl Outgoing {
    /// The request that is sent.
    pub(super) fn to_request(&self, client: &Client) -> Request {
        let mut request = client
            .http
            .request(self.method.clone(), self.url.clone())
            .headers(self.headers(&client.token));
        request = match &self.content {
            Content::None => request,
            Content::Json(value) => request.header(CONTENT_TYPE, "application/json").body(value.to_string()),
            Content::Form(parts) => {
                let form = multipart::Form::new();
                request.multipart(parts.iter().fold(form, |form, part| match part {
                    FormPart::Json { name, value } => {
                        let part = multipart::Part::text(value.to_string());
                        form.part(*name, as_file(part, "application/json"))
                    }
                    FormPart::Text { name, text } => form.text(*name, *text),
                    FormPart::File { name, bytes } => {
                        let length = bytes.len() as u64;
                        let part = multipart::Part::stream_with_length(bytes.clone(), length);
                        form.part(name.clone(), as_file(part, media_type(bytes)))
                    }
                }))
            }
        };
        request
            .build()
            .expect("the address and the headers were checked before")
    }

    fn headers(&self, token: &SecretString) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.authorized {
            let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
                .expect("the token was checked when the client was made");
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let name = concat!("Atelier/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(name));
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(
            "x-correlation-id",
            HeaderValue::try_from(&self.correlation_id).expect("it is made of letters and digits"),
        );
        headers
    }

    /// The same as it is shown.
    pub(super) fn to_wire(&self, request: &Request, token: &SecretString) -> WireRequest {
        let clean = |text: &str| veil::struck_out(text, token);
        let json = |value: &Value| {
            let value = if self.secret {
                without_secrets(value)
            } else {
                value.clone()
            };
            let secret = token.expose_secret();
            each_string(&value, &|text| text.contains(secret).then(|| clean(text)))
        };
        // These two are written by the connection itself.
        let host = ("host".to_owned(), host(&self.url));
        let length = request.body().and_then(reqwest::Body::as_bytes).map(<[u8]>::len);
        let length = length.map(|length| ("content-length".to_owned(), length.to_string()));
        let others = request.headers().iter().map(|(name, value)| {
            let value = match value.is_sensitive() {
                true => format!("Bearer {REDACTED}"),
                false => clean(&String::from_utf8_lossy(value.as_bytes())),
            };
            (name.as_str().to_owned(), value)
        });
        WireRequest {
            method: self.method.to_string(),
            url: clean(self.url.as_str()),
            headers: std::iter::once(host).chain(others).chain(length).collect(),
            body: match &self.content {
                Content::None => WireBody::None,
                Content::Json(value) => WireBody::Json(json(value)),
                Content::Form(parts) => {
                    let parts = parts.iter().map(|part| match part {
                        FormPart::Json { name, value } => WirePart {
                            name: (*name).to_owned(),
                            file_name: Some(FILE_NAME),
                            content_type: Some("application/json"),
                            content: WireContent::Json(json(value)),
                        },
                        FormPart::Text { name, text } => WirePart {
                            name: (*name).to_owned(),
                            file_name: None,
                            content_type: None,
                            content: WireContent::Text((*text).to_owned()),
                        },
                        FormPart::File { name, bytes } => WirePart {
                            name: name.clone(),
                            file_name: Some(FILE_NAME),
                            content_type: Some(media_type(bytes)),
                            content: WireContent::Bytes(bytes.clone()),
                        },
                    });
                    WireBody::Form(parts.collect())
                }
            },
        }
    }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// What a browser calls a part that never was a file.
const FILE_NAME: &str = "blob";

fn as_file(part: multipart::Part, kind: &'static str) -> multipart::Part {
    part.file_name(FILE_NAME)
        .mime_str(kind)
        .expect("the type is well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_base64_is_shortened() {
        let long = "iVBORw0KGgo".repeat(20);
        let value = json!({ "image": long, "prompt": "a, ".repeat(60), "list": [long, 7] });
        let short = shown(&value, Detail::Short);
        assert_eq!(short["image"], format!("{}… (220 characters of base64)", &long[..32]));
        assert_eq!(short["prompt"], value["prompt"]);
        assert_eq!((&short["list"][0], &short["list"][1]), (&short["image"], &json!(7)));
        assert_eq!(shown(&value, Detail::Whole), value);
    }

    #[test]
    fn secrets_of_the_account_are_known_by_their_fields() {
        let body = json!({ "accessToken": "eyJ", "deep": [{ "token": "pst-x" }], "overwrite": true, "other": "kept" });
        let kept = json!({ "accessToken": "•••", "deep": [{ "token": "•••" }], "overwrite": true, "other": "kept" });
        assert_eq!(without_secrets(&body), kept);
    }
}
