//! The table of what is served: method, path, whose token it takes, and what answers.
//!
//! The live service spreads these over three hosts; here all of them are on one port. Some answer only as the product's
//! seed and other gateways have them (api.md 13): these are marked, and a sandbox started without
//! [`Options::legacy`](crate::Options::legacy) refuses them as the live image host does.

use axum::http::Method;

use crate::refusal::Refusal;

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Generate,
    GenerateStream,
    SuggestTags,
    SuggestTagsByPost,
    Upscale,
    Augment,
    EncodeVibe,
    Annotate,
    Classify,
    GeneratePrompt,
    Subscription,
    Data,
    Information,
    Priority,
    Keystore,
    ClientSettings,
    Login,
    CreateToken,
}

/// Whom it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    Anyone,
    /// A persistent token or one from a login.
    Token,
    /// A token from a login; a persistent one is refused like a wrong one.
    Login,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Route {
    method: Method,
    path: &'static str,
    pub(crate) pass: Pass,
    pub(crate) service: Service,
    legacy: bool,
}

const fn row(method: Method, path: &'static str, pass: Pass, service: Service) -> Route {
    Route {
        method,
        path,
        pass,
        service,
        legacy: false,
    }
}

const fn old(method: Method, path: &'static str, service: Service) -> Route {
    Route {
        method,
        path,
        pass: Pass::Token,
        service,
        legacy: true,
    }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;

#[rustfmt::skip]
static ROUTES: &[Route] = &[
    row(POST, "/ai/generate-image",              Pass::Token,  Service::Generate),
    row(POST, "/ai/generate-image-stream",       Pass::Token,  Service::GenerateStream),
    row(GET,  "/ai/generate-image/suggest-tags", Pass::Anyone, Service::SuggestTags),
    old(POST, "/ai/generate-image/suggest-tags",               Service::SuggestTagsByPost),
    row(POST, "/ai/upscale",                     Pass::Token,  Service::Upscale),
    row(POST, "/ai/augment-image",               Pass::Token,  Service::Augment),
    row(POST, "/ai/encode-vibe",                 Pass::Token,  Service::EncodeVibe),
    old(POST, "/ai/annotate-image",                            Service::Annotate),
    old(POST, "/ai/classify-image",                            Service::Classify),
    old(POST, "/ai/classify",                                  Service::Classify),
    old(POST, "/ai/generate-prompt",                           Service::GeneratePrompt),
    row(GET,  "/user/subscription",              Pass::Token,  Service::Subscription),
    row(GET,  "/user/data",                      Pass::Token,  Service::Data),
    row(GET,  "/user/information",               Pass::Token,  Service::Information),
    row(GET,  "/user/priority",                  Pass::Token,  Service::Priority),
    row(GET,  "/user/keystore",                  Pass::Login,  Service::Keystore),
    row(GET,  "/user/clientsettings",            Pass::Login,  Service::ClientSettings),
    row(POST, "/user/login",                     Pass::Anyone, Service::Login),
    row(POST, "/user/create-persistent-token",   Pass::Login,  Service::CreateToken),
];

/// The row for a request: 404 where the path is unknown, 405 where it is known with another method.
pub(crate) fn find(method: &Method, path: &str, legacy: bool) -> Result<&'static Route, Refusal> {
    let mut there = ROUTES
        .iter()
        .filter(|route| route.path == path && (legacy || !route.legacy))
        .peekable();
    if there.peek().is_none() {
        return Err(Refusal::new(404, "Not Found"));
    }
    there
        .find(|route| route.method == method)
        .ok_or_else(|| Refusal::new(405, "Method Not Allowed"))
}

impl Service {
    /// Whether it tells about the account.
    pub(crate) fn is_account(self) -> bool {
        match self {
            Self::Subscription
            | Self::Data
            | Self::Information
            | Self::Priority
            | Self::Keystore
            | Self::ClientSettings => true,
            Self::Generate
            | Self::GenerateStream
            | Self::SuggestTags
            | Self::SuggestTagsByPost
            | Self::Upscale
            | Self::Augment
            | Self::EncodeVibe
            | Self::Annotate
            | Self::Classify
            | Self::GeneratePrompt
            | Self::Login
            | Self::CreateToken => false,
        }
    }

    /// Whether it is a generation.
    pub(crate) fn is_generation(self) -> bool {
        matches!(self, Self::Generate | Self::GenerateStream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(method: &Method, path: &str, legacy: bool) -> u16 {
        find(method, path, legacy).map_or_else(|refusal| refusal.status, |_| 200)
    }

    #[test]
    fn a_known_path_with_another_method_is_told_from_an_unknown_one() {
        assert_eq!(status(&Method::POST, "/ai/upscale", true), 200);
        assert_eq!(status(&Method::GET, "/ai/upscale", true), 405);
        assert_eq!(status(&Method::POST, "/ai/generate-image/request-price", true), 404);
        assert_eq!(status(&Method::GET, "/ai/models", true), 404);
    }

    #[test]
    fn what_the_live_service_no_longer_has_can_be_left_out() {
        assert_eq!(status(&Method::POST, "/ai/annotate-image", true), 200);
        assert_eq!(status(&Method::POST, "/ai/annotate-image", false), 404);
        assert_eq!(status(&Method::POST, "/ai/generate-image/suggest-tags", true), 200);
        assert_eq!(status(&Method::POST, "/ai/generate-image/suggest-tags", false), 405);
        assert_eq!(status(&Method::GET, "/ai/generate-image/suggest-tags", false), 200);
    }
}
