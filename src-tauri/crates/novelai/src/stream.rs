//! The stream of a generation in the making: MessagePack maps, each behind its length (api.md 2.2).

use bytes::Bytes;

use crate::error::Error;

/// What a stream tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A preview.
    Intermediate {
        /// Which of the pictures, from 0.
        sample: u32,
        /// Which step, from 0.
        step: u32,
        /// JPEG.
        image: Bytes,
    },
    /// A finished picture.
    Final {
        /// Which of the pictures, from 0.
        sample: u32,
        /// PNG or WebP.
        image: Bytes,
    },
    /// The server gave up on a picture.
    Error {
        /// Which of the pictures, from 0.
        sample: u32,
        /// What it said.
        message: String,
    },
}

/// Cuts a stream into events, however its bytes arrive.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: bytes::BytesMut,
}

impl Frames {
    /// Takes the next bytes and gives the events that they complete.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the bytes are not such a stream; nothing can be read after that.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Error> {
        self.buffer.extend_from_slice(bytes);
        todo!()
    }

    /// Call at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the stream ends in the middle of a frame.
    pub fn finish(self) -> Result<(), Error> {
        todo!()
    }
}
