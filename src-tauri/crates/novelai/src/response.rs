//! From the bytes of a reply to pictures.

use crate::error::Error;
use crate::request::{ImageFormat, Size};

/// A whole picture of a reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Which picture of the reply, from 0. Its seed is the request's plus this.
    pub index: u32,
    /// What it is, by its content.
    pub format: ImageFormat,
    /// Its size, from its header.
    pub size: Size,
    /// The file, as it came.
    pub bytes: Vec<u8>,
}

/// The pictures of a whole reply, whatever its shape.
///
/// # Errors
///
/// [`Error::Malformed`] when it has no picture or anything in it is broken; [`salvage`] may still find some.
/// [`Error::Unavailable`] when the server reports its own failure in the stream.
pub fn pictures(body: &[u8]) -> Result<Vec<Picture>, Error> {
    let _ = body;
    todo!()
}

/// Whatever whole pictures a cut or broken reply contains.
#[must_use]
pub fn salvage(body: &[u8]) -> Vec<Picture> {
    let _ = body;
    todo!()
}
