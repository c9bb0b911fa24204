//! The endpoints beside text to image, and the account's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::ACCEPT;
use reqwest::multipart;
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{ACCOUNT_LIMIT, BaseUrl, Body, Client, HEAD_LIMIT, is_token};
use crate::check::Refusal;
use crate::cost;
use crate::error::{CallError, Error};
use crate::model::ModelId;
use crate::payload::{self, Form, Framing, Part, Pictures};
use crate::picture;
use crate::request::GenerateRequest;
use crate::routes::{Endpoint, Shape, is_absent, routes};
use crate::tools::{TagSuggestion, Tool, suggestions};

/// The most bytes of a JSON reply, or of an encoded vibe.
const REPLY_LIMIT: usize = 8 * 1024 * 1024;
const GENERATE: &str = "/ai/generate-image";
const GENERATE_STREAM: &str = "/ai/generate-image-stream";

/// How the pictures of a request travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// As base64 within the JSON. Where the server takes none of that, the other way is tried.
    Json,
    /// As parts of a form. Where the server takes none of that, the other way is tried.
    Form,
}

/// What `annotate-image` draws of a picture (api.md 2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Annotator {
    /// Soft edges.
    Hed,
    /// Depth.
    Midas,
    /// A scribble.
    FakeScribble,
    /// Straight lines.
    Mlsd,
    /// What is where.
    Uniformer,
}

impl Annotator {
    fn name(self) -> &'static str {
        match self {
            Self::Hed => "hed",
            Self::Midas => "midas",
            Self::FakeScribble => "fake_scribble",
            Self::Mlsd => "mlsd",
            Self::Uniformer => "uniformer",
        }
    }
}

/// Logs in with a key of [`crate::login::access_key`]: `POST /user/login` (api.md 1.3). What comes back is a token that
/// lasts for thirty days.
///
/// # Errors
///
/// See [`Error`]; [`Error::Unauthorized`] where e-mail or password is wrong.
pub async fn login(base: BaseUrl, key: &SecretString) -> Result<SecretString, Error> {
    // The key stands where the token would, so that no error can hold it; it is not sent as one.
    let client = Client::new(base, key.clone())?;
    let body = json!({ "key": key.expose_secret() });
    let mut call = client.call(Method::POST, "/user/login");
    call.request = client
        .http
        .post(client.base.endpoint("/user/login"))
        .header("x-correlation-id", &call.correlation_id)
        .json(&body);
    let reply = client.small(call.request, &call.correlation_id).await?;
    secret(&reply, "accessToken")
}

impl Client {
    /// Generates with pictures: `POST /ai/generate-image`, or with `framing` its stream.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn generate_with(
        &self,
        request: &GenerateRequest,
        pictures: &Pictures,
        framing: Option<Framing>,
        transport: Transport,
    ) -> Result<Body, Error> {
        let path = if framing.is_some() { GENERATE_STREAM } else { GENERATE };
        let json = async || {
            let payload = payload::build_with(request, &self.registry, pictures, framing)?;
            self.paint(path, &payload).await
        };
        let form = async || {
            let form = payload::build_form(request, &self.registry, pictures, framing)?;
            self.paint_form(path, &form).await
        };
        let first = match transport {
            Transport::Json => json().await,
            Transport::Form => form().await,
        };
        match first {
            // It was not run: the server could not even read it.
            Err(Error::Rejected(reply))
                if matches!(reply.status, 413 | 415) || reply.status == 400 && reply.message.contains("form part") =>
            {
                match transport {
                    Transport::Json => form().await,
                    Transport::Form => json().await,
                }
            }
            other => other,
        }
    }

    /// Tags that go on from what was typed (api.md 2.3). `japanese` asks by Japanese words.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn suggest_tags(
        &self,
        model: &ModelId,
        prompt: &str,
        japanese: bool,
    ) -> Result<Vec<TagSuggestion>, CallError> {
        let body = self
            .try_routes(Endpoint::SuggestTags, async |request, shape| {
                let lang = if japanese { "jp" } else { "en" };
                let request = match shape {
                    Shape::Query if japanese => {
                        request.query(&[("model", model.0.as_str()), ("prompt", prompt), ("lang", lang)])
                    }
                    Shape::Query => request.query(&[("model", model.0.as_str()), ("prompt", prompt)]),
                    Shape::Json | Shape::OldJson | Shape::Form => {
                        request.json(&json!({ "model": model.0, "prompt": prompt }))
                    }
                };
                Ok(request.header(ACCEPT, "application/json"))
            })
            .await?;
        Ok(suggestions(&self.whole(body).await?)?)
    }

    /// Twice as wide and as high (api.md 2.4): a body for [`crate::response::pictures`]. `sharpening` is 0, or 0.3 to 0.5
    /// in steps of 0.05.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn upscale(&self, image: &Bytes, model: &ModelId, sharpening: f64) -> Result<Body, CallError> {
        const SIGMAS: [f64; 6] = [0.0, 0.3, 0.35, 0.4, 0.45, 0.5];
        let size = self.size_of(image)?;
        cost::upscale(size, &self.registry)?;
        if !self.registry.get(model).is_some_and(crate::model::Model::can_upscale) {
            return Err(Refusal::new("model", "This model does not upscale by itself.").into());
        }
        if !SIGMAS.contains(&sharpening) {
            let message = "Sharpening must be 0, or 0.3 to 0.5 in steps of 0.05.";
            return Err(Refusal::new("sharpening", message).into());
        }
        self.try_routes(Endpoint::Upscale, async |request, shape| {
            Ok(match shape {
                Shape::Json | Shape::Query => request.json(&json!({
                    "image": STANDARD.encode(image),
                    "model": model.0,
                    "declared_blur_sigma": payload::javascript(sharpening),
                })),
                Shape::OldJson => request.json(&json!({
                    "image": STANDARD.encode(image),
                    "width": size.width,
                    "height": size.height,
                    "scale": 2,
                })),
                Shape::Form => request.multipart(multipart::Form::new().part("image", file(image)).text("scale", "2")),
            })
        })
        .await
    }

    /// A director tool (api.md 2.5): a body for [`crate::response::pictures`]. The picture has to be brought to the size
    /// of [`cost::director_size`] before.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn augment(&self, tool: &Tool, image: &Bytes) -> Result<Body, Error> {
        let size = self.size_of(image)?;
        let mut payload = tool.fields()?;
        let most = self.registry.limits().max_area;
        if size.area() > u64::from(most) {
            return Err(Refusal::new("image", format!("The picture must have at most {most} pixels.")).into());
        }
        payload["image"] = STANDARD.encode(image).into();
        payload["width"] = size.width.into();
        payload["height"] = size.height.into();
        self.paint("/ai/augment-image", &payload).await
    }

    /// Turns a picture into a vibe for a model (api.md 2.6): opaque bytes, which cost Anlas each time. Keep them.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn encode_vibe(&self, image: &Bytes, model: &ModelId, extraction: f64) -> Result<Vec<u8>, Error> {
        self.size_of(image)?;
        if !self.registry.get(model).is_some_and(crate::model::Model::encodes_vibes) {
            return Err(Refusal::new("model", "Vibes are not encoded for this model.").into());
        }
        if !(0.01..=1.0).contains(&extraction) {
            return Err(Refusal::new("extraction", "Information Extracted must be from 0.01 to 1.").into());
        }
        let payload = json!({
            "image": STANDARD.encode(image),
            "model": model.0,
            "information_extracted": payload::javascript(extraction),
        });
        let vibe = self.whole(self.paint("/ai/encode-vibe", &payload).await?).await?;
        if vibe.is_empty() || vibe.starts_with(b"{") || vibe.starts_with(b"<") {
            return Err(Error::Malformed("this is no encoded vibe".into()));
        }
        Ok(vibe)
    }

    /// A map of a picture (api.md 2.7): a body for [`crate::response::pictures`]. The service is about to drop it.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn annotate(&self, annotator: Annotator, image: &Bytes) -> Result<Body, CallError> {
        self.size_of(image)?;
        let payload = json!({ "model": annotator.name(), "parameters": { "image": STANDARD.encode(image) } });
        self.try_routes(Endpoint::Annotate, async |request, _| Ok(request.json(&payload)))
            .await
    }

    /// What is on a picture, in whatever JSON the server gives. The service itself no longer has it.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn classify(&self, image: &Bytes) -> Result<Value, CallError> {
        self.size_of(image)?;
        let body = self
            .try_routes(Endpoint::Classify, async |request, shape| {
                Ok(match shape {
                    Shape::Form => request.multipart(multipart::Form::new().part("image", file(image))),
                    Shape::Json | Shape::OldJson | Shape::Query => {
                        request.json(&json!({ "image": STANDARD.encode(image) }))
                    }
                })
            })
            .await?;
        Ok(json_of(&self.whole(body).await?)?)
    }

    /// Words that go on from a prompt, in whatever JSON the server gives. The service itself no longer has it.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn generate_prompt(
        &self,
        model: &str,
        prompt: &str,
        temperature: f64,
        tokens: u32,
    ) -> Result<Value, CallError> {
        let payload = json!({
            "model": model,
            "prompt": prompt,
            "temp": payload::javascript(temperature),
            "tokens_to_generate": tokens,
        });
        let body = self
            .try_routes(Endpoint::GeneratePrompt, async |request, _| Ok(request.json(&payload)))
            .await?;
        Ok(json_of(&self.whole(body).await?)?)
    }

    /// `GET /user/data`: all that the service knows about the account, as it tells it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn user_data(&self) -> Result<Value, Error> {
        let call = self.call(Method::GET, "/user/data");
        self.small(call.request, &call.correlation_id).await
    }

    /// `GET /user/information`, as the service tells it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn user_information(&self) -> Result<Value, Error> {
        let call = self.call(Method::GET, "/user/information");
        self.small(call.request, &call.correlation_id).await
    }

    /// `POST /user/create-persistent-token`: needs the token of [`login`]. Where there is one already it is kept, unless
    /// it is to be replaced.
    ///
    /// # Errors
    ///
    /// See [`Error`]; [`Error::Rejected`] with status 409 where there is one already.
    pub async fn create_persistent_token(&self, replace: bool) -> Result<SecretString, Error> {
        let call = self.call(Method::POST, "/user/create-persistent-token");
        let request = call.request.json(&json!({ "overwrite": replace }));
        secret(&self.small(request, &call.correlation_id).await?, "token")
    }

    /// Asks one route after the other until one is there.
    async fn try_routes(
        &self,
        endpoint: Endpoint,
        fill: impl AsyncFn(RequestBuilder, Shape) -> Result<RequestBuilder, Refusal>,
    ) -> Result<Body, CallError> {
        let mut tried = Vec::new();
        for route in routes(endpoint, &self.base, &self.known) {
            let base = route.host.of(&self.base);
            let method = match route.shape {
                Shape::Query => Method::GET,
                Shape::Json | Shape::OldJson | Shape::Form => Method::POST,
            };
            tried.push(format!("{method} {}{}", base.host(), route.path));
            let call = self.call_at(&base, method, route.path);
            let request = fill(call.request, route.shape).await?;
            match self.send(request, &call.correlation_id, HEAD_LIMIT).await {
                Ok(response) => {
                    self.known.remember(&self.base, endpoint, route);
                    return Ok(Body::new(response, self.clone(), call.correlation_id));
                }
                Err(error) if is_absent(&error, route.shape) => {}
                // Only what can be asked in another form is asked again.
                Err(Error::Rejected(reply))
                    if endpoint == Endpoint::Classify && route.shape == Shape::Json && reply.status == 400 => {}
                Err(error) => return Err(error.into()),
            }
        }
        tried.dedup();
        Err(CallError::NotOffered { tried })
    }

    async fn paint_form(&self, path: &str, form: &Form) -> Result<Body, Error> {
        let call = self.call(Method::POST, path);
        let request = multipart::Part::text(form.request.to_string())
            .file_name("blob")
            .mime_str("application/json")
            .expect("the type is well formed");
        let parts = form
            .parts
            .iter()
            .fold(multipart::Form::new().part("request", request), |whole, part| {
                whole.part(part.name.clone(), file(&part.bytes))
            });
        let request = call.request.header(ACCEPT, "*/*").multipart(parts);
        let response = self.send(request, &call.correlation_id, HEAD_LIMIT).await?;
        Ok(Body::new(response, self.clone(), call.correlation_id))
    }

    /// A JSON reply.
    async fn small(&self, request: RequestBuilder, correlation_id: &str) -> Result<Value, Error> {
        let limit = Instant::now() + ACCOUNT_LIMIT;
        let request = request.header(ACCEPT, "application/json");
        let mut response = self.send(request, correlation_id, ACCOUNT_LIMIT).await?;
        json_of(&self.read_up_to(&mut response, limit, REPLY_LIMIT).await?)
    }

    async fn whole(&self, mut body: Body) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = body.chunk().await? {
            if bytes.len() + chunk.len() > REPLY_LIMIT {
                return Err(Error::Malformed("there is no end to it".into()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn size_of(&self, image: &Bytes) -> Result<crate::request::Size, Refusal> {
        picture::size(image).map_err(|reason| Refusal::new("image", format!("The picture can't be sent: {reason}.")))
    }
}

fn json_of(body: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|_| Error::Malformed("this is no JSON".into()))
}

fn secret(reply: &Value, field: &str) -> Result<SecretString, Error> {
    let token = reply.get(field).and_then(Value::as_str).filter(|token| is_token(token));
    token
        .map(SecretString::from)
        .ok_or_else(|| Error::Malformed("there is no token in the reply".into()))
}

fn file(bytes: &Bytes) -> multipart::Part {
    let part = Part {
        name: String::new(),
        bytes: bytes.clone(),
    };
    multipart::Part::stream(bytes.clone())
        .file_name("blob")
        .mime_str(part.media_type())
        .expect("the type is well formed")
}

#[cfg(test)]
mod tests {
    use super::super::canned::{Canned, TOKEN, answer};
    use super::*;
    use crate::picture::tests::sample_png;
    use crate::testing::{V5_FULL, V45_FULL, request};

    fn png() -> Bytes {
        sample_png(64, 64, &[]).into()
    }

    #[tokio::test]
    async fn what_a_server_does_not_have_is_told_with_where_it_was_looked_for() {
        let server = Canned::new(answer("404 Not Found", "", "{}"), true).await;
        let host = server.client.base_url().host();
        match server.client.classify(&png()).await {
            Err(CallError::NotOffered { tried }) => assert_eq!(
                tried,
                [
                    format!("POST {host}/ai/classify-image"),
                    format!("POST {host}/ai/classify")
                ]
            ),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.heard().len(), 4);
        let error = server
            .client
            .upscale(&png(), &ModelId(V5_FULL.into()), 0.0)
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::NotOffered { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(TOKEN));
    }

    #[tokio::test]
    async fn a_failure_is_not_taken_for_a_missing_route() {
        let server = Canned::new(answer("500 Internal Server Error", "", "{}"), true).await;
        let error = server
            .client
            .upscale(&png(), &ModelId(V5_FULL.into()), 0.0)
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::Failed(Error::Unavailable(_))), "{error:?}");
        assert_eq!(server.heard().len(), 1);
    }

    #[tokio::test]
    async fn tags_are_asked_for_by_address() {
        let server = Canned::new(
            answer("200 OK", "", r#"{"tags":[{"tag":"sea","count":3,"confidence":0.5}]}"#),
            true,
        )
        .await;
        let tags = server
            .client
            .suggest_tags(&ModelId(V5_FULL.into()), "se a", false)
            .await
            .unwrap();
        assert_eq!(tags[0].tag, "sea");
        let line = "GET /ai/generate-image/suggest-tags?model=nai-diffusion-5-full&prompt=se+a HTTP/1.1";
        assert_eq!(server.heard()[0].lines().next(), Some(line));
    }

    #[tokio::test]
    async fn logging_in_sends_the_key_and_no_token() {
        let server = Canned::new(answer("201 Created", "", r#"{"accessToken":"eyJa.b.c"}"#), true).await;
        let key = SecretString::from("A-key_0123456789");
        let token = login(server.client.base_url().clone(), &key).await.unwrap();
        assert_eq!(token.expose_secret(), "eyJa.b.c");
        let heard = server.heard().remove(0);
        assert!(
            heard.contains(r#"{"key":"A-key_0123456789"}"#) && !heard.contains("authorization"),
            "{heard}"
        );
        let wrong = Canned::new(
            answer("401 Unauthorized", "", r#"{"message":"no A-key_0123456789"}"#),
            true,
        )
        .await;
        let error = login(wrong.client.base_url().clone(), &key).await.unwrap_err();
        assert!(
            matches!(error, Error::Unauthorized(_)) && !format!("{error:?}").contains("A-key"),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn what_would_fail_is_not_sent() {
        let server = Canned::new(answer("200 OK", "", "{}"), true).await;
        let v45 = ModelId(V45_FULL.into());
        let client = &server.client;
        assert!(client.upscale(&png(), &v45, 0.0).await.is_err());
        assert!(client.upscale(&png(), &ModelId(V5_FULL.into()), 0.1).await.is_err());
        assert!(client.encode_vibe(&png(), &ModelId(V5_FULL.into()), 1.0).await.is_err());
        assert!(client.encode_vibe(&png(), &v45, 0.0).await.is_err());
        assert!(
            client
                .augment(&Tool::Sketch, &Bytes::from_static(b"no picture"))
                .await
                .is_err()
        );
        assert_eq!(server.heard(), [""; 0]);
    }

    #[tokio::test]
    async fn a_server_that_takes_no_json_is_sent_a_form() {
        let server = Canned::new(answer("415 Unsupported Media Type", "", "{}"), true).await;
        let error = server
            .client
            .generate_with(&request(V45_FULL), &Pictures::new(), None, Transport::Json)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Rejected(_)));
        let heard = server.heard();
        assert_eq!(heard.len(), 2);
        assert!(heard[0].contains("content-type: application/json"));
        assert!(heard[1].contains("content-type: multipart/form-data"));
    }
}
