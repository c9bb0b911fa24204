//! Where each endpoint is, as data: hosts, paths and shapes of the body, in the order in which they are tried
//! (api.md 13).
//!
//! A server that does not have a route says so with 404, 405, or 400 and the advice to use another address; then the
//! next one is tried. None of these has run anything, so trying on costs nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::base_url::BaseUrl;
use crate::error::{Error, Reply};

/// What can be asked of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    Login,
    CreatePersistentToken,
    Subscription,
    UserData,
    UserInformation,
    Generate,
    GenerateStream,
    Augment,
    EncodeVibe,
    SuggestTags,
    Upscale,
    Annotate,
    Classify,
    GeneratePrompt,
}

/// One place where an endpoint may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) host: Host,
    pub(crate) path: &'static str,
    pub(crate) shape: Shape,
}

/// Which host of the service. Any other server has one host for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Image,
    Api,
    Text,
}

/// How a route wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// GET, with a query where there is something to ask.
    Query,
    /// POST with JSON.
    Json,
    /// POST with JSON of an older form.
    OldJson,
    /// POST with a form.
    Form,
}

const fn route(host: Host, path: &'static str, shape: Shape) -> Route {
    Route { host, path, shape }
}

impl Endpoint {
    fn routes(self) -> &'static [Route] {
        use Host::{Api, Image, Text};
        use Shape::{Form, Json, OldJson, Query};
        const GENERATE: &str = "/ai/generate-image";
        const STREAM: &str = "/ai/generate-image-stream";
        const SUGGEST: &str = "/ai/generate-image/suggest-tags";
        const UPSCALE: &str = "/ai/upscale";
        const CLASSIFY_IMAGE: &str = "/ai/classify-image";
        const CLASSIFY: &str = "/ai/classify";
        const PROMPT: &str = "/ai/generate-prompt";
        match self {
            Self::Login => const { &[route(Image, "/user/login", Json)] },
            Self::CreatePersistentToken => const { &[route(Image, "/user/create-persistent-token", Json)] },
            Self::Subscription => const { &[route(Image, "/user/subscription", Query)] },
            Self::UserData => const { &[route(Image, "/user/data", Query)] },
            Self::UserInformation => const { &[route(Image, "/user/information", Query)] },
            Self::Generate => const { &[route(Image, GENERATE, Json), route(Image, GENERATE, Form)] },
            Self::GenerateStream => const { &[route(Image, STREAM, Json), route(Image, STREAM, Form)] },
            Self::Augment => const { &[route(Image, "/ai/augment-image", Json)] },
            Self::EncodeVibe => const { &[route(Image, "/ai/encode-vibe", Json)] },
            Self::SuggestTags => const { &[route(Image, SUGGEST, Query), route(Image, SUGGEST, Json)] },
            Self::Upscale => {
                const {
                    &[
                        route(Image, UPSCALE, Json),
                        route(Api, UPSCALE, OldJson),
                        route(Image, UPSCALE, Form),
                    ]
                }
            }
            Self::Annotate => {
                const {
                    &[
                        route(Api, "/ai/annotate-image", Json),
                        route(Image, "/ai/annotate-image", Json),
                    ]
                }
            }
            Self::Classify => {
                const {
                    &[
                        route(Image, CLASSIFY_IMAGE, Json),
                        route(Image, CLASSIFY_IMAGE, Form),
                        route(Image, CLASSIFY, Json),
                        route(Image, CLASSIFY, Form),
                        route(Api, CLASSIFY_IMAGE, Json),
                        route(Api, CLASSIFY, Json),
                    ]
                }
            }
            Self::GeneratePrompt => {
                const {
                    &[
                        route(Image, PROMPT, Json),
                        route(Api, PROMPT, Json),
                        route(Text, PROMPT, Json),
                    ]
                }
            }
        }
    }

    /// Whether servers have it in different places. Where they don't, an answer of 404 is an answer.
    pub(crate) fn moves(self) -> bool {
        match self {
            Self::SuggestTags | Self::Upscale | Self::Annotate | Self::Classify | Self::GeneratePrompt => true,
            Self::Login
            | Self::CreatePersistentToken
            | Self::Subscription
            | Self::UserData
            | Self::UserInformation
            | Self::Generate
            | Self::GenerateStream
            | Self::Augment
            | Self::EncodeVibe => false,
        }
    }

    /// Whether an error of one route leads on to the next: it says that nothing was run, because the route is not
    /// there or the body could not be read.
    pub(crate) fn leads_on(self, error: &Error, shape: Shape) -> bool {
        let Error::Rejected(reply) = error else {
            return false;
        };
        match self {
            Self::Generate | Self::GenerateStream => is_unreadable(reply),
            // Only what can be asked in another form is asked again.
            Self::Classify => is_absent(reply, shape) || reply.status == 400 && shape == Shape::Json,
            Self::SuggestTags | Self::Upscale | Self::Annotate | Self::GeneratePrompt => is_absent(reply, shape),
            Self::Login
            | Self::CreatePersistentToken
            | Self::Subscription
            | Self::UserData
            | Self::UserInformation
            | Self::Augment
            | Self::EncodeVibe => false,
        }
    }
}

/// Whether the server could not read the body, so that another transport may do (api.md 13).
fn is_unreadable(reply: &Reply) -> bool {
    matches!(reply.status, 413 | 415) || reply.status == 400 && reply.message.contains("form part")
}

impl Host {
    /// Where this host is, for someone who talks to `base`.
    pub(crate) fn of(self, base: &BaseUrl) -> BaseUrl {
        if !base.is_novelai() {
            return base.clone();
        }
        let address = match self {
            Self::Image => return base.clone(),
            Self::Api => "https://api.novelai.net",
            Self::Text => "https://text.novelai.net",
        };
        BaseUrl::parse(address).expect("the constants are https addresses")
    }
}

/// The routes for a server: what worked before comes first, and no address is tried twice in the same way.
pub(crate) fn routes(endpoint: Endpoint, base: &BaseUrl, known: &Known) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for route in known
        .get(base, endpoint)
        .into_iter()
        .chain(endpoint.routes().iter().copied())
    {
        let same = |other: &Route| {
            other.path == route.path && other.shape == route.shape && other.host.of(base) == route.host.of(base)
        };
        if !routes.iter().any(same) {
            routes.push(route);
        }
    }
    routes
}

/// Whether an answer says that a server does not have a route, so that the next may be tried.
fn is_absent(reply: &Reply, shape: Shape) -> bool {
    match reply.status {
        404 | 405 => true,
        400 => reply.message.contains("update to the image URL") || reply.message.contains("form part"),
        // The other shape may do.
        413 | 415 => matches!(shape, Shape::Json | Shape::OldJson),
        _ => false,
    }
}

/// What worked, by server and endpoint.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<(String, Endpoint), Route>>);

impl Known {
    fn get(&self, base: &BaseUrl, endpoint: Endpoint) -> Option<Route> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(base.to_string(), endpoint)).copied()
    }

    pub(crate) fn remember(&self, base: &BaseUrl, endpoint: Endpoint, route: Route) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((base.to_string(), endpoint), route);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_has_three_hosts_and_any_other_server_one() {
        let known = Known::default();
        let of = |base: &BaseUrl, endpoint| routes(endpoint, base, &known).len();
        let gateway = BaseUrl::parse("https://example.com/x").unwrap();
        assert_eq!(
            (
                of(&BaseUrl::novelai(), Endpoint::Annotate),
                of(&gateway, Endpoint::Annotate)
            ),
            (2, 1)
        );
        assert_eq!(
            (
                of(&BaseUrl::novelai(), Endpoint::Classify),
                of(&gateway, Endpoint::Classify)
            ),
            (6, 4)
        );
        assert_eq!(
            (
                of(&BaseUrl::novelai(), Endpoint::GeneratePrompt),
                of(&gateway, Endpoint::GeneratePrompt)
            ),
            (3, 1)
        );
        assert_eq!(
            (of(&gateway, Endpoint::Upscale), of(&gateway, Endpoint::SuggestTags)),
            (3, 2)
        );
        assert_eq!(Host::Api.of(&BaseUrl::novelai()).host(), "api.novelai.net");
        assert_eq!(Host::Text.of(&gateway), gateway);
    }

    #[test]
    fn what_worked_is_tried_first() {
        let (known, base) = (Known::default(), BaseUrl::novelai());
        let last = *routes(Endpoint::Upscale, &base, &known).last().unwrap();
        known.remember(&base, Endpoint::Upscale, last);
        let again = routes(Endpoint::Upscale, &base, &known);
        assert_eq!((again[0], again.len()), (last, 3));
        let other = BaseUrl::parse("https://example.com").unwrap();
        assert_ne!(routes(Endpoint::Upscale, &other, &known)[0], last);
    }

    #[test]
    fn only_what_is_not_there_leads_on() {
        let rejected = |status, message: &str| {
            Error::Rejected(Reply {
                status,
                correlation_id: String::new(),
                message: message.into(),
                snippet: String::new(),
            })
        };
        let leads =
            |endpoint: Endpoint, status, message: &str, shape| endpoint.leads_on(&rejected(status, message), shape);
        let upscale = |status, message: &str, shape| leads(Endpoint::Upscale, status, message, shape);
        assert!(upscale(404, "", Shape::Json) && upscale(405, "", Shape::Form));
        let moved = "Please refresh NovelAI.net. If using a third-party tool, update to the image URL.";
        assert!(upscale(400, moved, Shape::Json));
        assert!(!upscale(400, "Validation error", Shape::Json));
        assert!(upscale(415, "", Shape::Json) && !upscale(415, "", Shape::Form));
        assert!(!upscale(403, "", Shape::Json));
        assert!(leads(Endpoint::Classify, 400, "Validation error", Shape::Json));
        assert!(!leads(Endpoint::Classify, 400, "Validation error", Shape::Form));
        for endpoint in [Endpoint::Generate, Endpoint::GenerateStream] {
            assert!(leads(endpoint, 413, "", Shape::Json) && leads(endpoint, 415, "", Shape::Form));
            assert!(leads(
                endpoint,
                400,
                "image field references unknown form part \"x\"",
                Shape::Form
            ));
            assert!(!leads(endpoint, 404, "", Shape::Json) && !leads(endpoint, 400, moved, Shape::Json));
        }
        let lost = Error::Interrupted(crate::error::Lost {
            correlation_id: String::new(),
            message: "cut".into(),
        });
        assert!(!Endpoint::Upscale.leads_on(&lost, Shape::Json));
    }
}
