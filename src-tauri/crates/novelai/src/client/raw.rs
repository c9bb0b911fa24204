//! Raw mode: what exactly was asked, and what exactly came, for whoever wants to write it down.
//!
//! This crate writes no files; a [`RawSink`] does, or keeps it in memory. A sink never sees a secret: the token is
//! struck out of whatever it is given, and of the endpoints that give a token the reply comes without it.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, SET_COOKIE};
use secrecy::SecretString;
use serde_json::Value;

use super::wire::{WireRequest, without_secrets};
use crate::veil::{self, REDACTED};

/// The most bytes of a reply that has to be looked through as a whole.
const SECRET_LIMIT: usize = 1024 * 1024;

/// Takes down requests and what comes of them. It is called in the middle of the work, so it should be quick.
pub trait RawSink: Send + Sync {
    /// A request is about to be sent. What comes of it is told to the value that this gives.
    fn request(&self, request: &WireRequest) -> Box<dyn RawReply>;
}

/// Takes down one reply.
pub trait RawReply: Send + Sync {
    /// The status, and the headers with their names in lower case.
    fn head(&mut self, status: u16, headers: &[(String, String)]);
    /// The next bytes of the body, as they arrived: nothing is unpacked.
    fn bytes(&mut self, bytes: &[u8]);
    /// There is nothing more. Called once, and always.
    fn end(&mut self, end: &RawEnd);
}

/// How a reply ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawEnd {
    /// As it should.
    Whole,
    /// In the middle, or before it began: what happened.
    Cut(String),
    /// Nobody wanted more of it.
    Dropped,
}

/// A sink that a client tells everything.
#[derive(Clone)]
pub struct Recorder(Arc<dyn RawSink>);

impl Recorder {
    /// Tells this sink.
    pub fn new(sink: impl RawSink + 'static) -> Self {
        Self(Arc::new(sink))
    }

    pub(super) fn start(&self, request: &WireRequest, token: &SecretString, secret: bool) -> Recording {
        Recording {
            reply: self.0.request(request),
            token: token.clone(),
            secret: secret.then(Vec::new),
            stream: veil::Stream::new(token.clone()),
            ended: false,
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

/// A reply that is being taken down.
pub(super) struct Recording {
    reply: Box<dyn RawReply>,
    token: SecretString,
    /// The body so far, where it holds a secret of its own.
    secret: Option<Vec<u8>>,
    stream: veil::Stream,
    ended: bool,
}

impl Recording {
    pub(super) fn head(&mut self, status: u16, headers: &HeaderMap) {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| {
                let value = match *name == SET_COOKIE || *name == AUTHORIZATION {
                    true => REDACTED.into(),
                    false => veil::without(&String::from_utf8_lossy(value.as_bytes()), &self.token),
                };
                (name.as_str().to_owned(), value)
            })
            .collect();
        self.reply.head(status, &headers);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if let Some(body) = &mut self.secret {
            body.extend_from_slice(&bytes[..bytes.len().min(SECRET_LIMIT - body.len())]);
            return;
        }
        let past = self.stream.push(bytes);
        if !past.is_empty() {
            self.reply.bytes(&past);
        }
    }

    pub(super) fn end(&mut self, end: &RawEnd) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let rest = match self.secret.take() {
            Some(body) => disclosed(&body, &self.token),
            None => self.stream.finish(),
        };
        if !rest.is_empty() {
            self.reply.bytes(&rest);
        }
        let end = match end {
            RawEnd::Cut(reason) => RawEnd::Cut(veil::without(reason, &self.token)),
            RawEnd::Whole => RawEnd::Whole,
            RawEnd::Dropped => RawEnd::Dropped,
        };
        self.reply.end(&end);
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.end(&RawEnd::Dropped);
    }
}

/// A body that may hold a secret: the JSON without it, or nothing but its length.
fn disclosed(body: &[u8], token: &SecretString) -> Vec<u8> {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => without_secrets(&value).to_string(),
        Ok(_) | Err(_) if body.is_empty() => String::new(),
        Ok(_) | Err(_) => format!("({} bytes that may hold a secret)", body.len()),
    };
    veil::without(&text, token).into_bytes()
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Mutex;

    use secrecy::ExposeSecret;

    use super::super::Client;
    use super::super::canned::{Canned, TOKEN, answer};
    use super::*;
    use crate::testing::{V45_FULL, request};

    /// What a sink was told, in order.
    #[derive(Default)]
    pub(crate) struct Told {
        pub(crate) requests: Vec<WireRequest>,
        pub(crate) heads: Vec<(u16, Vec<(String, String)>)>,
        pub(crate) body: Vec<u8>,
        pub(crate) ends: Vec<RawEnd>,
    }

    #[derive(Clone, Default)]
    pub(crate) struct Kept(pub(crate) Arc<Mutex<Told>>);

    impl RawSink for Kept {
        fn request(&self, request: &WireRequest) -> Box<dyn RawReply> {
            self.0.lock().unwrap().requests.push(request.clone());
            Box::new(self.clone())
        }
    }

    impl RawReply for Kept {
        fn head(&mut self, status: u16, headers: &[(String, String)]) {
            self.0.lock().unwrap().heads.push((status, headers.to_vec()));
        }

        fn bytes(&mut self, bytes: &[u8]) {
            self.0.lock().unwrap().body.extend_from_slice(bytes);
        }

        fn end(&mut self, end: &RawEnd) {
            self.0.lock().unwrap().ends.push(end.clone());
        }
    }

    #[test]
    fn what_may_hold_a_secret_is_not_passed_on() {
        let disclosed = |body: &[u8]| disclosed(body, &SecretString::from("key"));
        assert_eq!(disclosed(br#"{"token":"pst-x"}"#), r#"{"token":"•••"}"#.as_bytes());
        assert_eq!(
            disclosed(br#"{"message":"no key"}"#),
            r#"{"message":"no •••"}"#.as_bytes()
        );
        let bodies: [&[u8]; 4] = [b"pst-x", br#""pst-x""#, br#"{"token":"pst-x"#, b"<p>pst-x"];
        for body in bodies {
            assert!(!String::from_utf8(disclosed(body)).unwrap().contains("pst-x"));
        }
        assert_eq!(disclosed(b""), b"");
    }

    #[tokio::test]
    async fn a_sink_is_told_what_was_asked_and_what_came() {
        let kept = Kept::default();
        let reply =
            format!("HTTP/1.1 200 OK\r\nx-who: {TOKEN}\r\ncontent-length: 100\r\n\r\nhalf {TOKEN} \u{1f}\u{8b}");
        let server = Canned::new(reply, true).await;
        let client = server.client.clone().with_raw(Recorder::new(kept.clone()));
        let mut body = client.generate(&request(V45_FULL)).await.unwrap();
        while let Ok(Some(_)) = body.chunk().await {}
        drop(body);
        let told = kept.0.lock().unwrap();
        assert_eq!(told.requests[0].url, format!("{}/ai/generate-image", client.base_url()));
        assert_eq!(told.heads[0].0, 200);
        assert!(
            told.heads[0].1.contains(&("x-who".into(), "•••".into())),
            "{:?}",
            told.heads
        );
        let stars = "*".repeat(TOKEN.len());
        assert_eq!(
            String::from_utf8_lossy(&told.body),
            format!("half {stars} \u{1f}\u{8b}")
        );
        assert!(matches!(&told.ends[..], [RawEnd::Cut(_)]), "{:?}", told.ends);
    }

    #[tokio::test]
    async fn a_sink_is_told_of_refusals_and_of_what_nobody_waited_for() {
        let kept = Kept::default();
        let server = Canned::new(
            answer(
                "429 Too Many Requests",
                "retry-after: 2\r\n",
                "{\"message\":\"locked\"}",
            ),
            true,
        )
        .await;
        let client = server.client.clone().with_raw(Recorder::new(kept.clone()));
        client.generate(&request(V45_FULL)).await.unwrap_err();
        assert_eq!(kept.0.lock().unwrap().body, b"{\"message\":\"locked\"}");
        let slow = Canned::new("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", false).await;
        let client = slow.client.clone().with_raw(Recorder::new(kept.clone()));
        drop(client.generate(&request(V45_FULL)).await.unwrap());
        let told = kept.0.lock().unwrap();
        assert_eq!(told.ends, [RawEnd::Whole, RawEnd::Dropped]);
        assert_eq!(told.requests.len(), 2);
    }

    #[tokio::test]
    async fn a_sink_is_told_no_secret_of_the_account() {
        let kept = Kept::default();
        let key = "A-key_0123456789";
        let bodies = [
            ("201 Created", r#"{"accessToken":"eyJa.b.c"}"#.to_owned()),
            ("401 Unauthorized", format!(r#"{{"message":"no {key}"}}"#)),
            ("500 Internal Server Error", format!("<p>{key}")),
        ];
        for (status, body) in &bodies {
            let server = Canned::new(answer(status, "", body), true).await;
            let client = Client::new(server.client.base_url().clone(), SecretString::from(key)).unwrap();
            let _ = client.with_raw(Recorder::new(kept.clone())).log_in().await;
        }
        let server = Canned::new(answer("201 Created", "", r#"{"token":"pst-new"}"#), true).await;
        let client = server.client.clone().with_raw(Recorder::new(kept.clone()));
        assert_eq!(
            client.create_persistent_token(true).await.unwrap().expose_secret(),
            "pst-new"
        );
        let told = kept.0.lock().unwrap();
        let shown = format!("{:?} {}", told.requests, String::from_utf8_lossy(&told.body));
        for secret in [key, "eyJa", "pst-new", TOKEN] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!((told.requests.len(), told.ends.len()), (4, 4));
    }
}
