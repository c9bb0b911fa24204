//! The body of a reply, as it arrives.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::Client;
use super::raw::{RawEnd, Recording};
use crate::error::{Error, Lost};

/// How long a body may be silent.
const IDLE_LIMIT: Duration = Duration::from_secs(120);
/// How long a body may take, however busily it drips.
const BODY_LIMIT: Duration = Duration::from_secs(1800);
/// The most bytes of a body.
const BODY_SIZE_LIMIT: u64 = 512 * 1024 * 1024;

/// A 2xx reply whose bytes have not been read. Dropping it closes the connection, and lets the next call begin.
pub struct Body {
    response: Response,
    client: Client,
    correlation_id: String,
    deadline: Instant,
    received: u64,
    recording: Option<Recording>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Body {
    pub(super) fn new(
        response: Response,
        client: Client,
        correlation_id: String,
        recording: Option<Recording>,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            response,
            client,
            correlation_id,
            deadline: Instant::now() + BODY_LIMIT,
            received: 0,
            recording,
            turn,
        }
    }

    /// The same, that has to end by then.
    pub(super) fn until(self, deadline: Instant) -> Self {
        Self { deadline, ..self }
    }

    /// The next bytes, or none at the end. Put them on disk before making anything of them.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] when the connection breaks, is silent for two minutes, or drips on for half an hour;
    /// [`Error::Malformed`] when there is no end to it. What was received before is still worth something: see
    /// [`crate::response::salvage`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let limit = self.deadline.min(Instant::now() + IDLE_LIMIT);
        let next = match timeout_at(limit, self.response.chunk()).await {
            Ok(Ok(chunk)) => self.take(chunk),
            Ok(Err(error)) => Err(self.client.lost(&error, &self.correlation_id)),
            Err(_) if limit == self.deadline => Err(self.lost("the answer did not end in time".into())),
            Err(_) => Err(self.lost(format!("nothing came for {} seconds", IDLE_LIMIT.as_secs()))),
        };
        match &next {
            Ok(Some(_)) => {}
            Ok(None) => self.end(&RawEnd::Whole),
            Err(error) => self.end(&RawEnd::Cut(error.to_string())),
        }
        next
    }

    fn take(&mut self, chunk: Option<Bytes>) -> Result<Option<Bytes>, Error> {
        if let Some(chunk) = &chunk {
            if let Some(recording) = &mut self.recording {
                recording.bytes(chunk);
            }
            self.received += chunk.len() as u64;
            if self.received > BODY_SIZE_LIMIT {
                return Err(Error::Malformed("there is no end to it".into()));
            }
        }
        Ok(chunk)
    }

    fn end(&mut self, end: &RawEnd) {
        if let Some(mut recording) = self.recording.take() {
            recording.end(end);
        }
        self.turn = None;
    }

    fn lost(&self, message: String) -> Error {
        Error::Interrupted(Lost {
            correlation_id: self.correlation_id.clone(),
            message,
        })
    }

    /// How many bytes the whole body has, where the server tells. A body that is shorter ends in an error.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The id that was sent with the request.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        &self.correlation_id
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({}, {} bytes so far)", self.correlation_id, self.received)
    }
}
