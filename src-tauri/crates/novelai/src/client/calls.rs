//! The methods of the client, one an endpoint: short ways to send a [`Call`].

use bytes::Bytes;
use secrecy::SecretString;
use serde_json::Value;

use super::call::{Annotator, Call, Transport};
use super::{BaseUrl, Body, Client, is_token};
use crate::account::Account;
use crate::error::Error;
use crate::model::ModelId;
use crate::payload::{Framing, Pictures};
use crate::reply;
use crate::request::GenerateRequest;
use crate::response;
use crate::tools::{TagSuggestion, Tool, suggestions};

/// The most bytes of a JSON reply, or of an encoded vibe.
const REPLY_LIMIT: usize = 8 * 1024 * 1024;

/// Logs in with a key of [`crate::login::access_key`]: `POST /user/login` (api.md 1.3). What comes back is a token that
/// lasts for thirty days.
///
/// # Errors
///
/// See [`Error`]; [`Error::Unauthorized`] where e-mail or password is wrong.
pub async fn login(base: BaseUrl, key: &SecretString) -> Result<SecretString, Error> {
    // The key stands where the token would, so that no error can hold it.
    Client::new(base, key.clone())?.log_in().await
}

impl Client {
    /// The same as [`login`], with a client whose token is the key.
    ///
    /// # Errors
    ///
    /// As of [`login`].
    pub async fn log_in(&self) -> Result<SecretString, Error> {
        let reply = self.whole(&Call::Login { key: &self.token }).await?;
        secret(&json_of(&reply)?, "accessToken")
    }

    /// Who is paying: `GET /user/subscription` (api.md 2.9).
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn account(&self) -> Result<Account, Error> {
        Account::from_reply(&self.whole(&Call::Account).await?)
    }

    /// `GET /user/data`: all that the service knows about the account, as it tells it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn user_data(&self) -> Result<Value, Error> {
        json_of(&self.whole(&Call::UserData).await?)
    }

    /// `GET /user/information`, as the service tells it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn user_information(&self) -> Result<Value, Error> {
        json_of(&self.whole(&Call::UserInformation).await?)
    }

    /// `POST /user/create-persistent-token`: needs the token of [`login`]. Where there is one already it is kept, unless
    /// it is to be replaced.
    ///
    /// # Errors
    ///
    /// See [`Error`]; [`Error::Rejected`] with status 409 where there is one already.
    pub async fn create_persistent_token(&self, replace: bool) -> Result<SecretString, Error> {
        let reply = self.whole(&Call::CreatePersistentToken { replace }).await?;
        secret(&json_of(&reply)?, "token")
    }

    /// `POST /ai/generate-image` (api.md 2.1): a body for [`crate::response::pictures`].
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn generate(&self, request: &GenerateRequest) -> Result<Body, Error> {
        self.generate_with(request, &Pictures::new(), None, Transport::Json)
            .await
    }

    /// `POST /ai/generate-image-stream` (api.md 2.2): a body for [`crate::stream::Frames`] while it arrives, and for
    /// [`crate::response::pictures`] once it is whole.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn generate_stream(&self, request: &GenerateRequest) -> Result<Body, Error> {
        let framing = Some(Framing::Msgpack);
        self.generate_with(request, &Pictures::new(), framing, Transport::Json)
            .await
    }

    /// Generates with pictures: `POST /ai/generate-image`, or with `framing` its stream. Where the server can't read
    /// the one transport the other is tried (api.md 13).
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
        self.send(&Call::Generate {
            request,
            pictures,
            framing,
            transport,
        })
        .await
    }

    /// Tags that go on from what was typed (api.md 2.3). `japanese` asks by Japanese words.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn suggest_tags(
        &self,
        model: &ModelId,
        prompt: &str,
        japanese: bool,
    ) -> Result<Vec<TagSuggestion>, Error> {
        let call = Call::SuggestTags {
            model,
            prompt,
            japanese,
        };
        suggestions(&self.whole(&call).await?)
    }

    /// Twice as wide and as high (api.md 2.4): a body for [`crate::response::pictures`]. `sharpening` is 0, or 0.3 to 0.5
    /// in steps of 0.05.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn upscale(&self, image: &Bytes, model: &ModelId, sharpening: f64) -> Result<Body, Error> {
        self.send(&Call::Upscale {
            image,
            model,
            sharpening,
            scale: 2,
        })
        .await
    }

    /// A director tool (api.md 2.5): a body for [`crate::response::pictures`]. The picture has to be brought to the size
    /// of [`crate::cost::director_size`] before: see [`crate::prepare::director`].
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn augment(&self, tool: &Tool, image: &Bytes) -> Result<Body, Error> {
        self.send(&Call::Augment { tool, image }).await
    }

    /// Turns a picture into a vibe for a model (api.md 2.6): opaque bytes, which cost Anlas each time. Keep them.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn encode_vibe(&self, image: &Bytes, model: &ModelId, extraction: f64) -> Result<Vec<u8>, Error> {
        let call = Call::EncodeVibe {
            image,
            model,
            extraction,
        };
        let vibe = self.whole(&call).await?;
        response::check_vibe(&vibe)?;
        Ok(vibe)
    }

    /// A map of a picture (api.md 2.7): a body for [`crate::response::pictures`]. The service is about to drop it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn annotate(&self, annotator: Annotator, image: &Bytes) -> Result<Body, Error> {
        self.send(&Call::Annotate { annotator, image }).await
    }

    /// What is on a picture, in whatever JSON the server gives. The service itself no longer has it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn classify(&self, image: &Bytes) -> Result<Value, Error> {
        json_of(&self.whole(&Call::Classify { image }).await?)
    }

    /// Words that go on from a prompt, in whatever JSON the server gives. The service itself no longer has it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn generate_prompt(
        &self,
        model: &str,
        prompt: &str,
        temperature: f64,
        tokens: u32,
    ) -> Result<Value, Error> {
        let call = Call::GeneratePrompt {
            model,
            prompt,
            temperature,
            tokens,
        };
        json_of(&self.whole(&call).await?)
    }

    /// All of a small reply.
    async fn whole(&self, call: &Call<'_>) -> Result<Vec<u8>, Error> {
        let mut body = self.send(call).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = body.chunk().await? {
            if bytes.len() + chunk.len() > REPLY_LIMIT {
                return Err(Error::Malformed("there is no end to it".into()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(reply::unpacked(&bytes, REPLY_LIMIT).into_owned())
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

#[cfg(test)]
mod tests {
    use super::super::canned::{Canned, TOKEN, answer};
    use secrecy::ExposeSecret;

    use super::super::{Detail, WireBody, WireContent};
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
            Err(Error::NotOffered { tried }) => assert_eq!(
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
        assert!(matches!(error, Error::NotOffered { .. }), "{error:?}");
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
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
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

    /// One call of each kind, with what the closure gives to make it of.
    fn each_call(made: impl FnOnce(&[Call<'_>])) {
        let (png, v5, v45) = (png(), ModelId(V5_FULL.into()), ModelId(V45_FULL.into()));
        let key = SecretString::from("A-key_0123456789");
        let tool = Tool::Colorize {
            prompt: "red".into(),
            defry: 2,
        };
        let mut asked = request(V45_FULL);
        asked.size = crate::request::Size { width: 64, height: 64 };
        let image = crate::request::PictureId("a".into());
        asked.source = crate::request::Source::Image {
            image: image.clone(),
            strength: 0.5,
            noise: 0.0,
            color_correct: false,
            enhance: crate::request::Enhance::No,
            fit: crate::request::Fit::Stretch,
        };
        let pictures: Pictures = [(image, png.clone())].into_iter().collect();
        let generate = |framing, transport| Call::Generate {
            request: &asked,
            pictures: &pictures,
            framing,
            transport,
        };
        let upscale = |scale| Call::Upscale {
            image: &png,
            model: &v5,
            sharpening: 0.3,
            scale,
        };
        made(&[
            Call::Login { key: &key },
            Call::CreatePersistentToken { replace: true },
            Call::Account,
            Call::UserData,
            Call::UserInformation,
            generate(None, Transport::Json),
            generate(None, Transport::Form),
            generate(Some(Framing::Msgpack), Transport::Json),
            generate(Some(Framing::Sse), Transport::Form),
            Call::Augment {
                tool: &tool,
                image: &png,
            },
            Call::EncodeVibe {
                image: &png,
                model: &v45,
                extraction: 0.7,
            },
            Call::SuggestTags {
                model: &v5,
                prompt: "se a&b",
                japanese: true,
            },
            upscale(2),
            upscale(4),
            Call::Annotate {
                annotator: Annotator::Hed,
                image: &png,
            },
            Call::Classify { image: &png },
            Call::GeneratePrompt {
                model: "text",
                prompt: "a",
                temperature: 0.5,
                tokens: 7,
            },
        ]);
    }

    /// A request as it was heard: its line, its headers but the one that differs each time, its body.
    fn heard_parts(heard: &str) -> (String, std::collections::BTreeMap<String, String>, String) {
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let line = lines.next().unwrap().to_owned();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        (line, headers.collect(), body.to_owned())
    }

    #[test]
    fn what_is_shown_is_what_is_sent() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        each_call(|calls| {
            for call in calls {
                runtime.block_on(async {
                    let server = Canned::new(answer("200 OK", "", "{}"), true).await;
                    let shown = server.client.wire(call).unwrap();
                    assert_eq!(server.heard(), [""; 0], "showing sends nothing");
                    server.client.send(call).await.unwrap();
                    let (line, mut headers, body) = heard_parts(&server.heard()[0]);
                    let url = format!("{}{}", server.client.base_url(), line.split(' ').nth(1).unwrap());
                    assert_eq!(
                        (line.split(' ').next().unwrap(), &url),
                        (shown.method.as_str(), &shown.url),
                        "{call:?}"
                    );

                    let mut expected: std::collections::BTreeMap<_, _> = shown.headers.iter().cloned().collect();
                    let bearer = headers.remove("authorization");
                    let hidden = expected.remove("authorization");
                    if matches!(call, Call::Login { .. }) {
                        assert_eq!((bearer, hidden), (None, None));
                    } else {
                        assert_eq!(bearer, Some(format!("Bearer {TOKEN}")));
                        assert_eq!(hidden.as_deref(), Some("Bearer •••"));
                    }
                    for differs in ["x-correlation-id", "content-type", "content-length"] {
                        let (heard, shown) = (headers.remove(differs), expected.remove(differs));
                        assert_eq!(
                            heard.map(|text| text.len()),
                            shown.map(|text| text.len()),
                            "{call:?} {differs}"
                        );
                    }
                    assert_eq!(headers, expected, "{call:?}");

                    match &shown.body {
                        WireBody::None => assert_eq!(body, ""),
                        WireBody::Json(json) if matches!(call, Call::Login { .. }) => {
                            assert_eq!(
                                (json["key"].as_str(), body.contains("A-key_0123456789")),
                                (Some("•••"), true)
                            );
                        }
                        WireBody::Json(json) => assert_eq!(json.to_string(), body, "{call:?}"),
                        WireBody::Form(parts) => {
                            for part in parts {
                                assert!(body.contains(&format!("name=\"{}\"", part.name)), "{call:?}");
                                match &part.content {
                                    WireContent::Json(json) => assert!(body.contains(&json.to_string())),
                                    WireContent::Text(text) => assert!(body.contains(text.as_str())),
                                    WireContent::Bytes(bytes) => assert_eq!(*bytes, png()),
                                }
                            }
                            assert_eq!(body.matches("Content-Disposition: form-data").count(), parts.len());
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn a_request_is_shown_as_json_whole_or_short() {
        let client = super::super::canned::client(1);
        each_call(|calls| {
            let form = client.wire(&calls[6]).unwrap();
            let short = form.to_json(Detail::Short);
            assert_eq!(short["body"][0]["json"]["action"], "img2img");
            assert_eq!(short["body"][0]["json"]["parameters"]["image"], "image");
            assert_eq!(
                (&short["body"][1]["name"], &short["body"][1]["filename"]),
                (&"image".into(), &"blob".into())
            );
            assert_eq!(short["body"][1]["length"], png().len());
            let json = client.wire(&calls[5]).unwrap().to_json(Detail::Whole);
            assert_eq!(json["headers"]["authorization"], "Bearer •••");
            assert_eq!(
                json["body"]["parameters"]["image"].as_str().map(str::len),
                Some(png().len().div_ceil(3) * 4)
            );
            assert_eq!(
                client.wire(&calls[2]).unwrap().to_json(Detail::Whole)["body"],
                Value::Null
            );
        });
    }

    #[test]
    fn a_token_that_was_pasted_into_a_prompt_is_not_shown() {
        let client = super::super::canned::client(1);
        let mut asked = request(V45_FULL);
        asked.prompt.text = format!("sea, {TOKEN}, sky");
        for transport in [Transport::Json, Transport::Form] {
            let call = Call::Generate {
                request: &asked,
                pictures: &Pictures::new(),
                framing: None,
                transport,
            };
            let shown = client.wire(&call).unwrap().to_json(Detail::Whole).to_string();
            assert!(shown.contains("sea, •••, sky") && !shown.contains(TOKEN), "{shown}");
        }
        let model = ModelId(V5_FULL.into());
        let typed = Call::SuggestTags {
            model: &model,
            prompt: TOKEN,
            japanese: false,
        };
        assert!(!client.wire(&typed).unwrap().url.contains(TOKEN));
    }
}
