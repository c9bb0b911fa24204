//! The ways in which the sandbox can be told to fail.
//!
//! Every fault but [`Fault::Moved`] strikes after the token has been checked. Unless it says otherwise it strikes on a
//! request that would have been answered, so the work is charged and done, and it's the reply that breaks.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One thing that goes wrong with one reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Fault {
    /// Answer with this status instead of the picture.
    Status {
        /// Any status from 400 to 599.
        status: u16,
        /// The body; without one, NovelAI's `{"statusCode":…,"message":…}`. One that starts with `<` is sent as HTML.
        #[serde(default)]
        body: Option<String>,
        /// Seconds for a `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u64>,
        /// True: the generation is charged first, and then the reply is lost. False: nothing ran.
        #[serde(default)]
        after_charging: bool,
    },
    /// Hand over this many bytes of the body, then close the connection as if all was well.
    CutBody {
        /// Bytes of the body that still arrive; more than the body has means that nothing is cut.
        after_bytes: u64,
    },
    /// Hand over this many bytes of the body, then say nothing more and keep the connection open.
    StallBody {
        /// Bytes of the body that still arrive.
        after_bytes: u64,
    },
    /// Hand over this many whole frames of a stream, then reset the connection. A reply that is no stream is one frame.
    ResetStream {
        /// Frames that still arrive.
        after_frames: u32,
    },
    /// Hand over this many frames of a stream, then an `error` frame for every picture, then end the body properly.
    ErrorFrame {
        /// Frames that still arrive.
        after_frames: u32,
        /// What the error frame says.
        message: String,
    },
    /// The right body under `text/plain`.
    WrongContentType,
    /// A proxy's HTML page with status 200 instead of the picture.
    Html,
    /// These bytes with status 200 instead of the picture.
    Body {
        /// The `content-type` sent along.
        content_type: String,
        /// The whole body.
        bytes: Vec<u8>,
    },
    /// Wait this long before the first byte of the reply.
    Slow(Duration),
    /// Hand the body over in pieces of at most `bytes` bytes with a `pause` between two of them.
    Dribble {
        /// Size of a piece, at least 1.
        bytes: usize,
        /// Time between two pieces.
        pause: Duration,
    },
    /// The whole server goes away after this many frames of a stream, as after a power cut.
    Die {
        /// Frames that still arrive.
        after_frames: u32,
    },
    /// The endpoint isn't at this address, whoever asks and whatever for: nothing is checked and nothing runs.
    Moved {
        /// How the server says so.
        #[serde(default)]
        how: Moved,
    },
    /// The right body, not compressed, under `content-encoding: gzip`.
    LyingGzip,
}

/// The ways in which servers say that an endpoint is elsewhere (api.md 1.1, 13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Moved {
    /// 404.
    #[default]
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 400 with the message that sends third-party tools to the image URL.
    ImageUrl,
}
