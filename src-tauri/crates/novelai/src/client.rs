//! The endpoints, over HTTP.
//!
//! A call is one request: nothing is sent twice, no redirect is followed, and no connection is used again, so that an
//! error always tells whether the request can have reached the server. Dropping a call or a body closes its connection.

mod body;
mod calls;
#[cfg(test)]
mod canned;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rand::seq::IndexedRandom;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use crate::account::Account;
pub use crate::base_url::{BaseUrl, BaseUrlError};
use crate::check::Refusal;
use crate::error::{Error, Reply};
use crate::model::Registry;
use crate::payload;
use crate::reply;
use crate::request::GenerateRequest;
use crate::routes::Known;
pub use body::Body;
pub use calls::{Annotator, Transport, login};

const CONNECT_LIMIT: Duration = Duration::from_secs(15);
const ACCOUNT_LIMIT: Duration = Duration::from_secs(30);
/// A generation in the queue of the service may take long to begin.
const HEAD_LIMIT: Duration = Duration::from_secs(600);
/// How long the words of a refusal may take.
const MESSAGE_LIMIT: Duration = Duration::from_secs(15);

/// A server, and the token for it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: BaseUrl,
    token: SecretString,
    registry: Arc<Registry>,
    /// Which routes of which server worked.
    known: Arc<Known>,
}

impl Client {
    /// A client for one server with one token. White space around the token is left out.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when this can't be a token. [`Error::NotConnected`] when the system has no certificates to
    /// know servers by.
    pub fn new(base: BaseUrl, token: SecretString) -> Result<Self, Error> {
        let trimmed = token.expose_secret().trim();
        let token = if trimmed.len() < token.expose_secret().len() {
            SecretString::from(trimmed)
        } else {
            token
        };
        if !is_token(token.expose_secret()) {
            let message = "This is no token: it must be letters, digits and -._~+/= without a space.";
            return Err(Refusal::new("token", message).into());
        }
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("Atelier/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // A kept connection may die just as the next request is written, and nobody could say whether it arrived.
            .pool_max_idle_per_host(0);
        if base.is_loopback() {
            http = http.no_proxy();
        }
        http = if base.is_secure() {
            http.https_only(true)
        } else {
            http.tls_certs_only([])
        };
        let http = http
            .build()
            .map_err(|error| Error::NotConnected(reply::clean(&chain(&error))))?;
        Ok(Self {
            http,
            base,
            token,
            registry: Arc::new(Registry::builtin().clone()),
            known: Arc::default(),
        })
    }

    /// Builds requests by another registry than the built-in one.
    #[must_use]
    pub fn with_registry(self, registry: Arc<Registry>) -> Self {
        Self { registry, ..self }
    }

    /// The server that this client talks to.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base
    }

    /// Who is paying: `GET /user/subscription` (api.md 2.9).
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn account(&self) -> Result<Account, Error> {
        let limit = Instant::now() + ACCOUNT_LIMIT;
        let call = self.call(Method::GET, "/user/subscription");
        let request = call.request.header(ACCEPT, "application/json");
        let mut response = self.send(request, &call.correlation_id, ACCOUNT_LIMIT).await?;
        let body = self.read_start(&mut response, limit).await?;
        Account::from_reply(&body)
    }

    /// `POST /ai/generate-image` (api.md 2.1): a body for [`crate::response::pictures`].
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn generate(&self, request: &GenerateRequest) -> Result<Body, Error> {
        self.paint("/ai/generate-image", &payload::build(request, &self.registry)?)
            .await
    }

    /// `POST /ai/generate-image-stream` (api.md 2.2): a body for [`crate::stream::Frames`] while it arrives, and for
    /// [`crate::response::pictures`] once it is whole.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, and the others.
    pub async fn generate_stream(&self, request: &GenerateRequest) -> Result<Body, Error> {
        self.paint(
            "/ai/generate-image-stream",
            &payload::build_stream(request, &self.registry)?,
        )
        .await
    }

    /// Takes this client's token out of an error that was made of bytes which it fetched. Errors of the client itself
    /// never hold it.
    #[must_use]
    pub fn redact(&self, error: Error) -> Error {
        let clean = |text: &str| reply::clean_of(text, &self.token);
        let reply = |reply: Reply| Reply {
            message: clean(&reply.message),
            ..reply
        };
        match error {
            Error::Unauthorized(said) => Error::Unauthorized(reply(said)),
            Error::InsufficientAnlas(said) => Error::InsufficientAnlas(reply(said)),
            Error::Busy {
                retry_after,
                reply: said,
            } => Error::Busy {
                retry_after,
                reply: reply(said),
            },
            Error::Rejected(said) => Error::Rejected(reply(said)),
            Error::Unavailable(said) => Error::Unavailable(reply(said)),
            Error::Refused(refusal) => Error::Refused(refusal),
            Error::NotConnected(text) => Error::NotConnected(clean(&text)),
            Error::Interrupted(text) => Error::Interrupted(clean(&text)),
            Error::Malformed(text) => Error::Malformed(clean(&text)),
        }
    }

    async fn paint(&self, path: &str, payload: &Value) -> Result<Body, Error> {
        let call = self.call(Method::POST, path);
        // Any type will do, and an archive is what the service then sends.
        let request = call.request.header(ACCEPT, "*/*").json(payload);
        let response = self.send(request, &call.correlation_id, HEAD_LIMIT).await?;
        Ok(Body::new(response, self.clone(), call.correlation_id))
    }

    fn call(&self, method: Method, path: &str) -> Call {
        self.call_at(&self.base, method, path)
    }

    fn call_at(&self, base: &BaseUrl, method: Method, path: &str) -> Call {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", self.token.expose_secret()))
            .expect("the token was checked when the client was made");
        bearer.set_sensitive(true);
        let correlation_id = correlation_id();
        let request = self
            .http
            .request(method, base.endpoint(path))
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT_ENCODING, "identity")
            .header("x-correlation-id", &correlation_id);
        tracing::debug!(path, correlation_id, "sending");
        Call {
            request,
            correlation_id,
        }
    }

    /// Sends, waits for the head of the reply, and turns every status but 2xx into an error.
    async fn send(&self, request: RequestBuilder, correlation_id: &str, limit: Duration) -> Result<Response, Error> {
        let mut response = match timeout(limit, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.lost(&error)),
            Err(_) => {
                return Err(Error::Interrupted(format!(
                    "no answer within {} seconds",
                    limit.as_secs()
                )));
            }
        };
        let status = response.status();
        tracing::debug!(status = status.as_u16(), correlation_id, "answered");
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = reply::retry_after(
            header(response.headers(), &RETRY_AFTER),
            header(response.headers(), &DATE),
        );
        // A message that breaks off is still a message.
        let body = self
            .read_start(&mut response, Instant::now() + MESSAGE_LIMIT)
            .await
            .unwrap_or_default();
        let message = match reply::message(&body) {
            Some(message) => message,
            None if status.is_redirection() => format!("{status}: it points elsewhere, which is not followed"),
            None => status.to_string(),
        };
        let message = reply::clean_of(&message, &self.token);
        let reply = Reply {
            status: status.as_u16(),
            correlation_id: correlation_id.to_owned(),
            message,
        };
        Err(reply::error(reply, retry_after))
    }

    /// The first bytes of a small body. What comes after the limit is not read.
    async fn read_start(&self, response: &mut Response, deadline: Instant) -> Result<Vec<u8>, Error> {
        self.read_up_to(response, deadline, reply::BODY_LIMIT).await
    }

    async fn read_up_to(&self, response: &mut Response, deadline: Instant, limit: usize) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while body.len() < limit {
            match timeout_at(deadline, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]);
                }
                Ok(Ok(None)) => break,
                Ok(Err(_)) | Err(_) if !response.status().is_success() => break,
                Ok(Err(error)) => return Err(self.lost(&error)),
                Err(_) => return Err(Error::Interrupted("the answer did not end in time".into())),
            }
        }
        Ok(body)
    }

    fn lost(&self, error: &reqwest::Error) -> Error {
        let text = reply::clean_of(&chain(error), &self.token);
        if error.is_connect() {
            Error::NotConnected(text)
        } else {
            Error::Interrupted(text)
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.base)
    }
}

struct Call {
    request: RequestBuilder,
    correlation_id: String,
}

/// What may stand behind `Bearer`.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c))
}

/// Six characters of the alphabet that the page uses: none that is mistaken for another.
fn correlation_id() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";
    let mut rng = rand::rng();
    (0..6)
        .map(|_| char::from(*ALPHABET.choose(&mut rng).expect("the alphabet is not empty")))
        .collect()
}

fn header<'h>(headers: &'h HeaderMap, name: &reqwest::header::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// An error and its causes. The address is left out: it is known, and not everyone's business.
fn chain(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    if causes.is_empty() {
        "the request could not be sent".into()
    } else {
        causes.join(": ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::net::TcpListener;

    use super::canned::{Canned, TOKEN, answer, client};
    use super::*;
    use crate::testing::{V45_FULL, request};

    #[tokio::test]
    async fn a_request_carries_the_headers_and_nothing_else_that_tells_on_us() {
        let server = Canned::new(answer("200 OK", "", r#"{"tier":3,"active":true}"#), false).await;
        assert!(server.client.account().await.unwrap().has_opus_benefits());
        let heard = server.heard().remove(0);
        let mut lines = heard.lines();
        assert_eq!(lines.next(), Some("GET /user/subscription HTTP/1.1"));
        let mut names: Vec<&str> = lines
            .filter_map(|line| line.split_once(':').map(|(name, _)| name))
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "accept",
                "accept-encoding",
                "authorization",
                "host",
                "user-agent",
                "x-correlation-id"
            ]
        );
        assert!(heard.contains(&format!("authorization: Bearer {TOKEN}\r\n")));
        assert!(heard.contains("user-agent: Atelier/"));
        assert!(heard.contains("accept-encoding: identity"));
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let elsewhere = Canned::new(answer("200 OK", "", r#"{"tier":3}"#), false).await;
        let location = format!("location: {}\r\n", elsewhere.client.base_url());
        for status in [
            "301 Moved Permanently",
            "302 Found",
            "307 Temporary Redirect",
            "308 Permanent Redirect",
        ] {
            let server = Canned::new(answer(status, &location, ""), false).await;
            match server.client.account().await {
                Err(Error::Rejected(reply)) => assert!(reply.message.contains("not followed"), "{}", reply.message),
                other => panic!("{status}: {other:?}"),
            }
        }
        assert_eq!(elsewhere.heard(), [""; 0]);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_was_sent_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = client(listener.local_addr().unwrap().port());
        drop(listener);
        let error = client.generate(&request(V45_FULL)).await.unwrap_err();
        assert!(matches!(error, Error::NotConnected(_)), "{error:?}");
        assert!(!error.may_have_run());
    }

    #[tokio::test]
    async fn a_connection_that_closes_without_an_answer_may_have_been_charged_and_is_not_tried_again() {
        let server = Canned::new("", true).await;
        let error = server.client.generate(&request(V45_FULL)).await.unwrap_err();
        assert!(matches!(error, Error::Interrupted(_)), "{error:?}");
        assert!(error.may_have_run());
        assert_eq!(server.heard().len(), 1);
    }

    #[tokio::test]
    async fn a_request_that_would_fail_never_leaves() {
        let server = Canned::new(answer("200 OK", "", ""), false).await;
        let mut wrong = request(V45_FULL);
        wrong.size.width = 833;
        for result in [
            server.client.generate(&wrong).await,
            server.client.generate_stream(&wrong).await,
        ] {
            match result {
                Err(Error::Refused(refusal)) => assert_eq!(refusal.field, "size.width"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(server.heard(), [""; 0]);
    }

    #[tokio::test]
    async fn a_body_that_ends_too_early_is_interrupted_after_its_bytes() {
        let server = Canned::new("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", true).await;
        let mut body = server.client.generate(&request(V45_FULL)).await.unwrap();
        assert_eq!(body.chunk().await.unwrap().as_deref(), Some(&b"half"[..]));
        let error = body.chunk().await.unwrap_err();
        assert!(
            matches!(error, Error::Interrupted(_)) && error.may_have_run(),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn a_body_that_falls_silent_is_given_up_after_two_minutes() {
        let server = Canned::new("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", false).await;
        let mut body = server.client.generate_stream(&request(V45_FULL)).await.unwrap();
        body.chunk().await.unwrap();
        tokio::time::pause();
        let before = Instant::now();
        let error = body.chunk().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the connection was lost: nothing came for 120 seconds"
        );
        assert_eq!(before.elapsed().as_secs(), 120);
    }

    #[tokio::test]
    async fn a_refusal_whose_message_never_ends_is_still_told() {
        let server = Canned::new(
            "HTTP/1.1 402 Payment Required\r\ncontent-length: 90000\r\n\r\nNot enough",
            false,
        )
        .await;
        let asked = server.client.clone();
        let call = tokio::spawn(async move { asked.generate(&request(V45_FULL)).await });
        while server.heard().is_empty() {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        tokio::time::pause();
        match call.await.unwrap() {
            Err(Error::InsufficientAnlas(reply)) => assert_eq!(reply.message, "Not enough"),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_long_refusal_is_read_to_its_limit() {
        let server = Canned::new(answer("500 Internal Server Error", "", &"no ".repeat(1_000_000)), false).await;
        match server.client.account().await {
            Err(Error::Unavailable(reply)) => assert_eq!(reply.message.chars().count(), 500),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_token_is_refused_without_repeating_it() {
        for text in [
            "",
            "  ",
            "two words",
            "line\nbreak",
            "ünicode-token",
            "tok\"en",
            "header: value",
        ] {
            let error = Client::new(BaseUrl::novelai(), SecretString::from(text)).unwrap_err();
            match &error {
                Error::Refused(refusal) => assert_eq!(refusal.field, "token"),
                other => panic!("{other:?}"),
            }
            assert!(text.trim().is_empty() || !format!("{error} {error:?}").contains(text));
        }
        let padded = Client::new(BaseUrl::novelai(), SecretString::from(format!(" {TOKEN}\n"))).unwrap();
        assert_eq!(padded.token.expose_secret(), TOKEN);
        assert_eq!(format!("{padded:?}"), "Client(https://image.novelai.net)");
    }

    #[test]
    fn correlation_ids_are_six_characters_and_differ() {
        let ids: std::collections::HashSet<String> = (0..100).map(|_| correlation_id()).collect();
        assert!(ids.len() > 95);
        assert!(
            ids.iter()
                .all(|id| id.len() == 6 && id.chars().all(|c| c.is_ascii_alphanumeric() && !"l0".contains(c)))
        );
    }

    /// Where a server may echo the token.
    fn echoes(token: &str) -> Vec<String> {
        vec![
            token.to_owned(),
            format!(r#"{{"statusCode":400,"message":"bad token {token}"}}"#),
            format!(r#"{{"error":{{"message":["{token}","{token}{token}"]}}}}"#),
            format!("<html><title>Denied: Bearer {token}</title></html>"),
            format!("<p>{}<b></b>{}</p>", &token[..5], &token[5..]),
            format!("{}{token}", "x".repeat(490)),
            format!("{} {token}", "long ".repeat(98)),
            format!("{{\"message\":\"\\u00{:x}{}\"}}", token.as_bytes()[0], &token[1..]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_rendering_of_any_error_contains_the_token(
            token in prop_oneof!["pst-[A-Za-z0-9]{12,64}", "eyJ[A-Za-z0-9_-]{10,40}\\.[A-Za-z0-9_-]{10,40}", "[A-Za-z0-9._~+/-]{16,60}"],
            status in prop_oneof![Just(301_u16), Just(400), Just(401), Just(402), Just(403), Just(404), Just(409), Just(429), Just(500), Just(503), Just(522), Just(200)],
            echo in 0..8_usize,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let body = echoes(&token).swap_remove(echo);
                let server = Canned::new(answer(&format!("{status} {token}"), &format!("retry-after: {token}\r\n"), &body), true).await;
                let client = Client::new(server.client.base_url().clone(), SecretString::from(token.clone())).unwrap();
                let mut errors = Vec::new();
                errors.extend(client.account().await.err());
                match client.generate(&request(V45_FULL)).await {
                    Ok(mut body) => {
                        let bytes = body.chunk().await.unwrap().unwrap();
                        errors.extend(crate::response::pictures(&bytes).err().map(|error| client.redact(error)));
                        errors.extend(crate::stream::Frames::default().push(&bytes).err().map(|error| client.redact(error)));
                    }
                    Err(error) => errors.push(error),
                }
                prop_assert!(!errors.is_empty());
                for error in errors {
                    let rendered = format!("{error} {error:?} {error:#?}");
                    prop_assert!(!rendered.contains(&token), "{rendered}");
                }
                Ok(())
            })?;
        }
    }
}
