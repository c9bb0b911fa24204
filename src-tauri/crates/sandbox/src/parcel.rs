//! Sending a reply: its pieces one after the other, the faults that strike on the way, and the note in the books of
//! what has really gone out.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use crate::{Fault, ledger::Ticket, record::Record, refusal::Refusal, wire::Line};

/// An answer, before it is sent.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) content: Content,
    /// What goes wrong on the way.
    pub(crate) fault: Option<Fault>,
}

pub(crate) enum Content {
    Whole(Piece),
    Frames {
        pieces: Receiver<Piece>,
        /// Makes the frame that says that a picture failed.
        error: Box<dyn Fn(&str) -> Bytes + Send + Sync>,
    },
}

/// Bytes that belong together, and what it means when they have arrived.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) bytes: Bytes,
    pub(crate) means: Means,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    Nothing,
    Preview,
    /// The picture of this index.
    Picture(u32),
    /// All the pictures of the exchange.
    Pictures,
}

impl Reply {
    pub(crate) fn whole(status: u16, content_type: &str, bytes: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, content_type.to_owned())],
            content: Content::Whole(Piece {
                bytes: bytes.into(),
                means: Means::Nothing,
            }),
            fault: None,
        }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::whole(status, "application/json; charset=utf-8", body.to_string())
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::whole(refusal.status, "application/json; charset=utf-8", refusal.body())
    }
}

/// Turns an answer into what the server sends. The ticket is kept until nothing more can happen.
pub(crate) async fn send(mut reply: Reply, ticket: Ticket, line: Arc<Line>, gone: CancellationToken) -> Response<Body> {
    ticket.edit(|exchange| {
        exchange.status = Some(reply.status);
        exchange.fault = reply.fault.clone();
    });
    if let Some(Fault::Slow(delay)) = reply.fault {
        tokio::time::sleep(delay).await;
    }
    if let Some(Fault::WrongContentType) = reply.fault {
        reply.headers.retain(|(name, _)| name != header::CONTENT_TYPE);
        reply.headers.push((header::CONTENT_TYPE, "text/plain".to_owned()));
    }
    if let Some(Fault::LyingGzip) = reply.fault {
        reply.headers.push((header::CONTENT_ENCODING, "gzip".to_owned()));
    }
    let mut response =
        Response::builder().status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response = response.header(name, value);
        }
    }
    if let Content::Whole(piece) = &reply.content {
        response = response.header(header::CONTENT_LENGTH, piece.bytes.len());
    }
    let record = Arc::new(Record::new(ticket));
    line.watch(record.clone());
    let sending = Sending {
        content: reply.content,
        rest: None,
        plan: Plan::of(reply.fault),
        line,
        record,
        gone,
    };
    let body = Body::from_stream(stream::unfold(sending, async |mut sending| {
        let next = sending.next().await?;
        Some((next, sending))
    }));
    response.body(body).unwrap_or_else(|_| Response::new(Body::empty()))
}

/// Where a reply breaks, and how.
#[derive(Default)]
struct Plan {
    bytes: Option<u64>,
    frames: Option<u32>,
    end: Option<End>,
    dribble: Option<(usize, Duration)>,
}

enum End {
    Close,
    Stall,
    Reset,
    Errors(String),
    Die,
}

impl Plan {
    fn of(fault: Option<Fault>) -> Self {
        let after_bytes = |bytes, end| Self {
            bytes: Some(bytes),
            end: Some(end),
            ..Self::default()
        };
        let after_frames = |frames, end| Self {
            frames: Some(frames),
            end: Some(end),
            ..Self::default()
        };
        match fault {
            Some(Fault::CutBody { after_bytes: bytes }) => after_bytes(bytes, End::Close),
            Some(Fault::StallBody { after_bytes: bytes }) => after_bytes(bytes, End::Stall),
            Some(Fault::ResetStream { after_frames: frames }) => after_frames(frames, End::Reset),
            Some(Fault::ErrorFrame {
                after_frames: frames,
                message,
            }) => after_frames(frames, End::Errors(message)),
            Some(Fault::Die { after_frames: frames }) => after_frames(frames, End::Die),
            Some(Fault::Dribble { bytes, pause }) => Self {
                dribble: Some((bytes.max(1), pause)),
                ..Self::default()
            },
            Some(
                Fault::Status { .. }
                | Fault::Moved { .. }
                | Fault::WrongContentType
                | Fault::LyingGzip
                | Fault::Html
                | Fault::Body { .. }
                | Fault::Slow(_),
            )
            | None => Self::default(),
        }
    }

    fn is_due(&self, at_boundary: bool) -> bool {
        self.bytes == Some(0) || (at_boundary && self.frames == Some(0))
    }
}

/// A body on its way. The server asks for the next bytes when it has taken the ones before into its buffer.
struct Sending {
    content: Content,
    /// What is left of a piece.
    rest: Option<Piece>,
    plan: Plan,
    line: Arc<Line>,
    record: Arc<Record>,
    gone: CancellationToken,
}

impl Sending {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        self.record.taken();
        if self.plan.is_due(self.rest.is_none())
            && let Some(end) = self.plan.end.take()
        {
            return self.end(end).await;
        }
        let whole = self.rest.is_none();
        let Some(mut piece) = self.piece().await else {
            self.record.ended();
            return None;
        };
        if whole && let Some(frames) = &mut self.plan.frames {
            *frames = frames.saturating_sub(1);
        }
        let mut size = piece.bytes.len();
        if let Some((most, pause)) = self.plan.dribble {
            size = size.min(most);
            tokio::time::sleep(pause).await;
        }
        if let Some(left) = &mut self.plan.bytes {
            size = size.min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= size as u64;
        }
        let bytes = piece.bytes.split_to(size);
        let means = if piece.bytes.is_empty() {
            piece.means
        } else {
            Means::Nothing
        };
        if !piece.bytes.is_empty() {
            self.rest = Some(piece);
        }
        self.record.given(bytes.len(), means);
        Some(Ok(bytes))
    }

    async fn piece(&mut self) -> Option<Piece> {
        if let Some(rest) = self.rest.take() {
            return Some(rest);
        }
        let piece = match &mut self.content {
            Content::Whole(piece) => Piece {
                bytes: std::mem::take(&mut piece.bytes),
                means: piece.means,
            },
            Content::Frames { pieces, .. } => pieces.recv().await?,
        };
        (!piece.bytes.is_empty()).then_some(piece)
    }

    async fn end(&mut self, end: End) -> Option<io::Result<Bytes>> {
        self.arrived().await;
        match end {
            End::Close => {}
            End::Stall => std::future::pending().await,
            End::Reset => {
                // What has arrived can be lost to a reset that is close behind it.
                tokio::time::sleep(Duration::from_millis(30)).await;
                self.line.reset_on_close();
            }
            End::Errors(message) => {
                let Content::Frames { pieces, error } = &mut self.content else {
                    return None;
                };
                pieces.close();
                while pieces.try_recv().is_ok() {}
                let frames = error(&message);
                self.record.given(frames.len(), Means::Nothing);
                return Some(Ok(frames));
            }
            End::Die => self.gone.cancel(),
        }
        Some(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    /// Waits until everything given to the server has gone into the socket.
    async fn arrived(&self) {
        loop {
            let emptied = self.line.emptied.notified();
            if self.record.all_handed() {
                return;
            }
            emptied.await;
        }
    }
}

impl Drop for Sending {
    /// The server drops a body of known length once it has taken the last byte, without asking again.
    fn drop(&mut self) {
        self.record.taken();
        match &self.content {
            Content::Whole(piece) if piece.bytes.is_empty() && self.rest.is_none() => self.record.ended(),
            Content::Whole(_) | Content::Frames { .. } => self.record.dropped(),
        }
    }
}
