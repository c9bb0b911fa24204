//! The endpoints, over HTTP.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::SecretString;

use crate::account::Account;
pub use crate::base_url::{BaseUrl, BaseUrlError};
use crate::error::Error;
use crate::model::Registry;
use crate::request::GenerateRequest;

/// A server and the token for it.
#[derive(Clone, Debug)]
pub struct Client {
    base: BaseUrl,
    token: SecretString,
    registry: Arc<Registry>,
}

/// A 2xx reply whose bytes have not been read. Dropping it closes the connection.
#[derive(Debug)]
pub struct Body {
    correlation_id: String,
}

impl Client {
    /// A client for one server with one token.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the token can't be sent in a header.
    pub fn new(base: BaseUrl, token: SecretString) -> Result<Self, Error> {
        Ok(Self {
            base,
            token,
            registry: Arc::new(Registry::builtin().clone()),
        })
    }

    /// Builds payloads by another registry than the built-in one.
    #[must_use]
    pub fn with_registry(mut self, registry: Arc<Registry>) -> Self {
        self.registry = registry;
        self
    }

    /// Who is paying: `GET /user/subscription`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn account(&self) -> Result<Account, Error> {
        let _ = &self.token;
        todo!()
    }

    /// `POST /ai/generate-image`: the reply is a ZIP of pictures.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn generate(&self, request: &GenerateRequest) -> Result<Body, Error> {
        let _ = (request, &self.registry);
        todo!()
    }

    /// `POST /ai/generate-image-stream`: the reply is a stream of frames, see [`crate::stream::Frames`].
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn generate_stream(&self, request: &GenerateRequest) -> Result<Body, Error> {
        let _ = request;
        todo!()
    }

    /// The server that this client talks to.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base
    }
}

impl Body {
    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] when the connection breaks or is silent for 120 seconds.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        todo!()
    }

    /// The id that was sent with the request.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        &self.correlation_id
    }
}
