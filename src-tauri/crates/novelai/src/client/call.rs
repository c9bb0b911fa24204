//! A call as a value: everything that can be asked of a server, where, and in which form.
//!
//! [`Client::send`] sends one, [`Client::wire`] shows what would be sent. The methods of the client are short ways to
//! say the same.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire::{Content, FormPart, Outgoing};
use super::{ACCOUNT_LIMIT, Client, HEAD_LIMIT, correlation_id};
use crate::check::Refusal;
use crate::cost;
use crate::model::{Model, ModelId};
use crate::payload::{self, Framing, Pictures};
use crate::picture;
pub use crate::request::Transport;
use crate::request::{GenerateRequest, Size};
use crate::routes::{Endpoint, Route, Shape, routes};
use crate::tools::{Tool, check_upscale, check_writing};

/// What `annotate-image` draws of a picture (api.md 2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
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
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hed, Self::Midas, Self::FakeScribble, Self::Mlsd, Self::Uniformer];

    /// How the service calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hed => "hed",
            Self::Midas => "midas",
            Self::FakeScribble => "fake_scribble",
            Self::Mlsd => "mlsd",
            Self::Uniformer => "uniformer",
        }
    }
}

/// One thing that can be asked of a server.
#[derive(Clone, Copy)]
pub enum Call<'a> {
    /// `POST /user/login` (api.md 1.3). The client has the key where others have a token, and it is not sent as one.
    Login {
        /// From [`crate::login::access_key`].
        key: &'a SecretString,
    },
    /// `POST /user/create-persistent-token` (api.md 1.2).
    CreatePersistentToken {
        /// Where there is one already, it is replaced.
        replace: bool,
    },
    /// `GET /user/subscription` (api.md 2.9).
    Account,
    /// `GET /user/data`.
    UserData,
    /// `GET /user/information`.
    UserInformation,
    /// `POST /ai/generate-image`, or with `framing` its stream (api.md 2.1, 2.2).
    Generate {
        /// What to paint.
        request: &'a GenerateRequest,
        /// The pictures that it names.
        pictures: &'a Pictures,
        /// For the stream.
        framing: Option<Framing>,
        /// How the pictures travel.
        transport: Transport,
    },
    /// `POST /ai/augment-image` (api.md 2.5).
    Augment {
        /// What to do.
        tool: &'a Tool,
        /// PNG or WebP, in the size of [`cost::director_size`].
        image: &'a Bytes,
    },
    /// `POST /ai/encode-vibe` (api.md 2.6).
    EncodeVibe {
        /// PNG or WebP.
        image: &'a Bytes,
        /// Whom it is for.
        model: &'a ModelId,
        /// Information Extracted, 0.01 to 1.
        extraction: f64,
    },
    /// `GET /ai/generate-image/suggest-tags` (api.md 2.3).
    SuggestTags {
        /// Whose tags.
        model: &'a ModelId,
        /// What was typed.
        prompt: &'a str,
        /// By Japanese words.
        japanese: bool,
    },
    /// `POST /ai/upscale` (api.md 2.4).
    Upscale {
        /// PNG or WebP.
        image: &'a Bytes,
        /// Who does it.
        model: &'a ModelId,
        /// 0, or 0.3 to 0.5 in steps of 0.05.
        sharpening: f64,
        /// 2, or 4 where the server has an older form of the endpoint (api.md 13).
        scale: u8,
    },
    /// `POST /ai/annotate-image` (api.md 2.7).
    Annotate {
        /// What to draw of it.
        annotator: Annotator,
        /// PNG or WebP.
        image: &'a Bytes,
    },
    /// `POST /ai/classify-image` (api.md 13).
    Classify {
        /// PNG or WebP.
        image: &'a Bytes,
    },
    /// `POST /ai/generate-prompt` (api.md 13).
    GeneratePrompt {
        /// The text model.
        model: &'a str,
        /// How it begins.
        prompt: &'a str,
        /// How free it is.
        temperature: f64,
        /// How long it becomes.
        tokens: u32,
    },
}

/// The name alone: a call may hold pictures and secrets.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({:?})", self.endpoint())
    }
}

impl Call<'_> {
    pub(super) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Login { .. } => Endpoint::Login,
            Self::CreatePersistentToken { .. } => Endpoint::CreatePersistentToken,
            Self::Account => Endpoint::Subscription,
            Self::UserData => Endpoint::UserData,
            Self::UserInformation => Endpoint::UserInformation,
            Self::Generate { framing: None, .. } => Endpoint::Generate,
            Self::Generate { framing: Some(_), .. } => Endpoint::GenerateStream,
            Self::Augment { .. } => Endpoint::Augment,
            Self::EncodeVibe { .. } => Endpoint::EncodeVibe,
            Self::SuggestTags { .. } => Endpoint::SuggestTags,
            Self::Upscale { .. } => Endpoint::Upscale,
            Self::Annotate { .. } => Endpoint::Annotate,
            Self::Classify { .. } => Endpoint::Classify,
            Self::GeneratePrompt { .. } => Endpoint::GeneratePrompt,
        }
    }

    /// Whether the server has to work for it, so that only so many may run at once (api.md 10).
    pub(super) fn is_work(&self) -> bool {
        match self {
            Self::Generate { .. }
            | Self::Augment { .. }
            | Self::EncodeVibe { .. }
            | Self::Upscale { .. }
            | Self::Annotate { .. }
            | Self::Classify { .. }
            | Self::GeneratePrompt { .. } => true,
            Self::Login { .. }
            | Self::CreatePersistentToken { .. }
            | Self::Account
            | Self::UserData
            | Self::UserInformation
            | Self::SuggestTags { .. } => false,
        }
    }

    /// How long its answer may take to begin.
    pub(super) fn limit(&self) -> std::time::Duration {
        if self.is_work() { HEAD_LIMIT } else { ACCOUNT_LIMIT }
    }

    /// What is asked for: pictures come as they come, which is an archive or a stream.
    fn accept(&self) -> &'static str {
        match self {
            Self::Generate { .. }
            | Self::Augment { .. }
            | Self::EncodeVibe { .. }
            | Self::Upscale { .. }
            | Self::Annotate { .. } => "*/*",
            Self::Login { .. }
            | Self::CreatePersistentToken { .. }
            | Self::Account
            | Self::UserData
            | Self::UserInformation
            | Self::SuggestTags { .. }
            | Self::Classify { .. }
            | Self::GeneratePrompt { .. } => "application/json",
        }
    }
}

impl Client {
    /// Where a call may be sent, the likeliest first.
    pub(super) fn ways(&self, call: &Call<'_>) -> Vec<Route> {
        let mut ways = routes(call.endpoint(), &self.base, &self.known);
        match call {
            Call::Generate {
                transport: Transport::Form,
                ..
            } => ways.reverse(),
            // The newest form knows no scale: it always doubles.
            Call::Upscale { scale, .. } if *scale != 2 => ways.retain(|route| route.shape != Shape::Json),
            Call::Upscale { .. }
            | Call::Login { .. }
            | Call::CreatePersistentToken { .. }
            | Call::Account
            | Call::UserData
            | Call::UserInformation
            | Call::Generate { .. }
            | Call::Augment { .. }
            | Call::EncodeVibe { .. }
            | Call::SuggestTags { .. }
            | Call::Annotate { .. }
            | Call::Classify { .. }
            | Call::GeneratePrompt { .. } => {}
        }
        ways
    }

    /// The request for one of its ways.
    pub(super) fn outgoing(&self, call: &Call<'_>, route: Route) -> Result<Outgoing, Refusal> {
        let mut url = route.host.of(&self.base).endpoint(route.path);
        let content = self.content(call, route.shape)?;
        if let Call::SuggestTags {
            model,
            prompt,
            japanese,
        } = call
            && route.shape == Shape::Query
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("model", &model.0).append_pair("prompt", prompt);
            if *japanese {
                query.append_pair("lang", "jp");
            }
        }
        let login = matches!(call, Call::Login { .. });
        Ok(Outgoing {
            method: match route.shape {
                Shape::Query => Method::GET,
                Shape::Json | Shape::OldJson | Shape::Form => Method::POST,
            },
            url,
            accept: call.accept(),
            content,
            correlation_id: correlation_id(),
            authorized: !login,
            secret: login || matches!(call, Call::CreatePersistentToken { .. }),
        })
    }

    fn content(&self, call: &Call<'_>, shape: Shape) -> Result<Content, Refusal> {
        Ok(match call {
            Call::Login { key } => Content::Json(json!({ "key": key.expose_secret() })),
            Call::CreatePersistentToken { replace } => Content::Json(json!({ "overwrite": replace })),
            Call::Account | Call::UserData | Call::UserInformation => Content::None,
            Call::Generate {
                request,
                pictures,
                framing,
                ..
            } => match shape {
                Shape::Form => {
                    let form = payload::build_form(request, &self.registry, pictures, *framing)?;
                    let files = form.parts.into_iter().map(|part| FormPart::File {
                        name: part.name,
                        bytes: part.bytes,
                    });
                    let request = FormPart::Json {
                        name: "request",
                        value: form.request,
                    };
                    Content::Form(std::iter::once(request).chain(files).collect())
                }
                Shape::Json | Shape::OldJson | Shape::Query => {
                    Content::Json(payload::build_with(request, &self.registry, pictures, *framing)?)
                }
            },
            Call::Augment { tool, image } => Content::Json(self.augmented(tool, image)?),
            Call::EncodeVibe {
                image,
                model,
                extraction,
            } => Content::Json(self.vibe(image, model, *extraction)?),
            Call::SuggestTags { model, prompt, .. } => match shape {
                Shape::Query => Content::None,
                Shape::Json | Shape::OldJson | Shape::Form => {
                    Content::Json(json!({ "model": model.0, "prompt": prompt }))
                }
            },
            Call::Upscale {
                image,
                model,
                sharpening,
                scale,
            } => self.upscaled(image, model, *sharpening, *scale, shape)?,
            Call::Annotate { annotator, image } => {
                size_of(image)?;
                let picture = json!({ "image": STANDARD.encode(image) });
                Content::Json(json!({ "model": annotator.name(), "parameters": picture }))
            }
            Call::Classify { image } => {
                size_of(image)?;
                match shape {
                    Shape::Form => Content::Form(vec![image_part(image)]),
                    Shape::Json | Shape::OldJson | Shape::Query => {
                        Content::Json(json!({ "image": STANDARD.encode(image) }))
                    }
                }
            }
            Call::GeneratePrompt {
                model,
                prompt,
                temperature,
                tokens,
            } => {
                check_writing(*temperature, *tokens)?;
                Content::Json(json!({
                    "model": model,
                    "prompt": prompt,
                    "temp": payload::javascript(*temperature),
                    "tokens_to_generate": tokens,
                }))
            }
        })
    }

    fn augmented(&self, tool: &Tool, image: &Bytes) -> Result<Value, Refusal> {
        let size = size_of(image)?;
        let mut payload = tool.fields()?;
        let most = self.registry.limits().max_area;
        if size.area() > u64::from(most) {
            let message = format!("The picture must have at most {most} pixels.");
            return Err(Refusal::new("image", message));
        }
        payload["image"] = STANDARD.encode(image).into();
        payload["width"] = size.width.into();
        payload["height"] = size.height.into();
        Ok(payload)
    }

    fn vibe(&self, image: &Bytes, model: &ModelId, extraction: f64) -> Result<Value, Refusal> {
        size_of(image)?;
        if !self.registry.get(model).is_some_and(Model::encodes_vibes) {
            return Err(Refusal::new("model", "Vibes are not encoded for this model."));
        }
        if !(0.01..=1.0).contains(&extraction) {
            let nearest = if extraction > 1.0 { 1.0 } else { 0.01 };
            let message = "Information Extracted must be from 0.01 to 1.";
            return Err(Refusal::new("extraction", message).nearest(nearest));
        }
        Ok(json!({
            "image": STANDARD.encode(image),
            "model": model.0,
            "information_extracted": payload::javascript(extraction),
        }))
    }

    fn upscaled(
        &self,
        image: &Bytes,
        model: &ModelId,
        sharpening: f64,
        scale: u8,
        shape: Shape,
    ) -> Result<Content, Refusal> {
        let size = size_of(image)?;
        cost::upscale(size, &self.registry)?;
        check_upscale(model, sharpening, scale, &self.registry)?;
        Ok(match shape {
            Shape::Json | Shape::Query => Content::Json(json!({
                "image": STANDARD.encode(image),
                "model": model.0,
                "declared_blur_sigma": payload::javascript(sharpening),
            })),
            Shape::OldJson => Content::Json(json!({
                "image": STANDARD.encode(image),
                "width": size.width,
                "height": size.height,
                "scale": scale,
            })),
            Shape::Form => Content::Form(vec![
                image_part(image),
                FormPart::Text {
                    name: "scale",
                    text: if scale == 4 { "4" } else { "2" },
                },
            ]),
        })
    }
}

fn image_part(image: &Bytes) -> FormPart {
    FormPart::File {
        name: "image".into(),
        bytes: image.clone(),
    }
}

fn size_of(image: &Bytes) -> Result<Size, Refusal> {
    picture::size(image).map_err(|reason| Refusal::new("image", format!("The picture can't be sent: {reason}.")))
}
