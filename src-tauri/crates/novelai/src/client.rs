//! The endpoints, over HTTP.
//!
//! A call is one request: nothing is sent twice, no redirect is followed, and no connection is used again, so that an
//! error always tells whether the request can have reached the server. Dropping a call or a body closes its connection.

mod body;
#[cfg(test)]
mod broken;
mod call;
mod calls;
#[cfg(test)]
pub(crate) mod canned;
#[cfg(test)]
mod echo;
#[cfg(test)]
mod fallback;
mod raw;
mod tokenizer;
mod wire;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rand::seq::IndexedRandom;
use reqwest::Response;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

pub use crate::base_url::{BaseUrl, BaseUrlError};
use crate::check::Refusal;
use crate::error::{Error, Lost, Reply};
use crate::model::Registry;
use crate::reply;
use crate::routes::Known;
use crate::veil;
pub use body::Body;
pub use call::{Annotator, Call, Transport};
pub use calls::login;
use raw::Recording;
pub use raw::{RawEnd, RawReply, RawSink, Recorder};
pub use tokenizer::fetch_tokenizer;
use wire::Outgoing;
pub use wire::{Detail, WireBody, WireContent, WirePart, WireRequest};

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
    /// Whose turn it is to make the server work.
    turns: Arc<Semaphore>,
    recorder: Option<Recorder>,
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
            // A closed connection is how the server learns that nobody waits any more.
            .http1_only()
            // Bytes are kept as they come: an archive that a server mislabels would be lost in unpacking.
            .no_gzip()
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
            turns: Arc::new(Semaphore::new(1)),
            recorder: None,
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

    /// Lets so many calls run at once that make the server work; at least one, which is what accounts of the service
    /// may have (api.md 10). The others wait for their turn. A turn lasts until the body is read or dropped.
    #[must_use]
    pub fn with_concurrency(self, calls: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(calls.clamp(1, Semaphore::MAX_PERMITS))),
            ..self
        }
    }

    /// Tells everything that is sent and received, secrets aside.
    #[must_use]
    pub fn with_raw(self, recorder: Recorder) -> Self {
        Self {
            recorder: Some(recorder),
            ..self
        }
    }

    /// What would be sent, without sending it: the first request of a call. [`Self::send`] makes its requests in the
    /// same way.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where it would not be sent.
    pub fn wire(&self, call: &Call<'_>) -> Result<WireRequest, Error> {
        let Some(route) = self.ways(call).into_iter().next() else {
            return Err(Error::NotOffered { tried: Vec::new() });
        };
        let outgoing = self
            .outgoing(call, route)
            .map_err(|refusal| self.redact(refusal.into()))?;
        Ok(outgoing.to_wire(&outgoing.to_request(self), &self.token))
    }

    /// Sends a call, to one route after the other until one is there. Nothing else is ever tried again.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] before anything is sent, [`Error::NotOffered`] where the server has it nowhere, and the
    /// others.
    pub async fn send(&self, call: &Call<'_>) -> Result<Body, Error> {
        let endpoint = call.endpoint();
        let mut tried = Vec::new();
        let mut turn = None;
        let mut last = None;
        for route in self.ways(call) {
            let outgoing = self
                .outgoing(call, route)
                .map_err(|refusal| self.redact(refusal.into()))?;
            if call.is_work() && turn.is_none() {
                let next = Arc::clone(&self.turns).acquire_owned().await;
                turn = Some(next.expect("the semaphore is never closed"));
            }
            let host = route.host.of(&self.base).host();
            tried.push(format!("{} {host}{}", outgoing.method, route.path));
            match self.send_one(&outgoing, call.limit(), &mut turn).await {
                Ok(body) => {
                    if endpoint.moves() {
                        self.known.remember(&self.base, endpoint, route);
                    }
                    return Ok(body);
                }
                Err(error) if endpoint.leads_on(&error, route.shape) => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        tried.dedup();
        match last {
            Some(error) if !endpoint.moves() => Err(error),
            Some(_) | None => Err(Error::NotOffered { tried }),
        }
    }

    /// Takes this client's token out of an error that was made of bytes which it fetched. Errors of the client itself
    /// never hold it.
    #[must_use]
    pub fn redact(&self, error: Error) -> Error {
        let clean = |text: &str| reply::clean_of(text, &self.token);
        let reply = |reply: Reply| Reply {
            message: clean(&reply.message),
            snippet: clean(&reply.snippet),
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
            Error::NotOffered { tried } => Error::NotOffered { tried },
            Error::Unavailable(said) => Error::Unavailable(reply(said)),
            // It may name what was asked for, and someone may have asked for the token.
            Error::Refused(refusal) => Error::Refused(Refusal {
                message: veil::without(&refusal.message, &self.token),
                ..refusal
            }),
            Error::NotConnected(text) => Error::NotConnected(clean(&text)),
            Error::Interrupted(lost) => Error::Interrupted(Lost {
                message: clean(&lost.message),
                ..lost
            }),
            Error::Malformed(text) => Error::Malformed(clean(&text)),
        }
    }

    /// Takes this client's token out of a text that it fetched, for where more of it is shown than an error holds.
    #[must_use]
    pub fn without_token(&self, text: &str) -> String {
        veil::without(text, &self.token)
    }

    /// Sends, waits for the head of the reply, and turns every status but 2xx into an error.
    async fn send_one(
        &self,
        outgoing: &Outgoing,
        limit: Duration,
        turn: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<Body, Error> {
        let deadline = Instant::now() + limit;
        let correlation_id = &outgoing.correlation_id;
        tracing::debug!(path = outgoing.url.path(), correlation_id, "sending");
        let request = outgoing.to_request(self);
        let mut recording = self.recorder.as_ref().map(|recorder| {
            let shown = outgoing.to_wire(&request, &self.token);
            recorder.start(&shown, &self.token, outgoing.secret)
        });
        let answered = match timeout(limit, self.http.execute(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.lost(&error, correlation_id)),
            Err(_) => Err(Error::Interrupted(Lost {
                correlation_id: correlation_id.clone(),
                message: format!("no answer within {} seconds", limit.as_secs()),
            })),
        };
        let response = match answered {
            Ok(response) => response,
            Err(error) => {
                if let Some(recording) = &mut recording {
                    recording.end(&RawEnd::Cut(error.to_string()));
                }
                return Err(error);
            }
        };
        let status = response.status();
        tracing::debug!(status = status.as_u16(), correlation_id, "answered");
        if let Some(recording) = &mut recording {
            recording.head(status.as_u16(), response.headers());
        }
        if status.is_success() {
            let small = limit == ACCOUNT_LIMIT;
            let body = Body::new(response, self.clone(), correlation_id.clone(), recording, turn.take());
            return Ok(if small { body.until(deadline) } else { body });
        }
        Err(self.refused(response, correlation_id, recording).await)
    }

    /// What a status other than 2xx stands for, with the words that came with it.
    async fn refused(&self, mut response: Response, correlation_id: &str, recording: Option<Recording>) -> Error {
        let status = response.status();
        let retry_after = reply::retry_after(
            header(response.headers(), &RETRY_AFTER),
            header(response.headers(), &DATE),
        );
        let body = read_message(&mut response, recording).await;
        let body = reply::unpacked(&body, reply::BODY_LIMIT);
        let message = match reply::message(&body) {
            Some(message) => message,
            None if status.is_redirection() => format!("{status}: it points elsewhere, which is not followed"),
            None => status.to_string(),
        };
        let reply = Reply {
            status: status.as_u16(),
            correlation_id: correlation_id.to_owned(),
            message: reply::clean_of(&message, &self.token),
            snippet: reply::clean_of(&reply::snippet(&body), &self.token),
        };
        reply::error(reply, retry_after)
    }

    fn lost(&self, error: &reqwest::Error, correlation_id: &str) -> Error {
        let text = reply::clean_of(&chain(error), &self.token);
        if error.is_connect() {
            Error::NotConnected(text)
        } else {
            Error::Interrupted(Lost {
                correlation_id: correlation_id.to_owned(),
                message: text,
            })
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.base)
    }
}

/// The beginning of a body that tells why there is nothing else. A message that breaks off is still a message.
async fn read_message(response: &mut Response, mut recording: Option<Recording>) -> Vec<u8> {
    let deadline = Instant::now() + MESSAGE_LIMIT;
    let mut body = Vec::new();
    let end = loop {
        if body.len() >= reply::BODY_LIMIT {
            break RawEnd::Dropped;
        }
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                if let Some(recording) = &mut recording {
                    recording.bytes(&chunk);
                }
                body.extend_from_slice(&chunk[..chunk.len().min(reply::BODY_LIMIT - body.len())]);
            }
            Ok(Ok(None)) => break RawEnd::Whole,
            Ok(Err(error)) => break RawEnd::Cut(chain(&error)),
            Err(_) => break RawEnd::Cut("the message did not end in time".into()),
        }
    };
    if let Some(recording) = &mut recording {
        recording.end(&end);
    }
    body
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

    #[tokio::test]
    async fn a_second_call_waits_until_the_first_is_read_or_dropped() {
        let server = Canned::new("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhalf", false).await;
        let asked = request(V45_FULL);
        let hurry = Duration::from_millis(100);
        let mut first = server.client.generate(&asked).await.unwrap();
        assert!(timeout(hurry, server.client.clone().generate(&asked)).await.is_err());
        assert_eq!(server.heard().len(), 1, "nothing is sent before its turn");
        while first.chunk().await.unwrap().is_some() {}
        let second = timeout(hurry, server.client.generate(&asked)).await.unwrap().unwrap();
        assert!(
            timeout(hurry, server.client.account()).await.is_ok(),
            "the account needs no turn"
        );
        drop(second);
        let two = server.client.clone().with_concurrency(2);
        let _third = two.generate(&asked).await.unwrap();
        timeout(hurry, two.generate(&asked)).await.unwrap().unwrap();
    }
}
