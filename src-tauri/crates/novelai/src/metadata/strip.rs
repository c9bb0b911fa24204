//! A picture without a word about itself: what makes the picture stays, everything else goes.
//!
//! Files are spliced. Packed pixels are copied byte for byte, unless something hides in them or behind them (see
//! `hidden.rs`): then they are packed anew without loss. What colours need stays, without the texts that have room in it.
//! A picture that is to be turned keeps that one number. What can't go is what can be seen: a signature drawn into the
//! picture is a part of it. Where words stand among packed pixels (see `words.rs`), a WebP is packed anew without loss;
//! a JPEG can't be, and is refused, as is one with words in its tables. Only what a JPEG divides its colours by may be any
//! numbers: words in there can't be told.

pub(super) mod jpeg;
pub(super) mod png;
#[cfg(test)]
mod tests;
pub(super) mod webp;

use super::exif;
use crate::error::Error;
use crate::picture;

/// The picture without metadata. A still picture is made of a moving one in PNG, as everything here shows it.
///
/// # Errors
///
/// [`Error::Malformed`] when it is neither PNG, WebP nor JPEG, is cut or damaged, moves (WebP), or has words among its
/// packed pixels or in its tables (JPEG).
pub fn strip(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let stripped = if bytes.starts_with(&super::jpeg::SIGNATURE) {
        jpeg::strip(bytes)
    } else {
        match picture::format(bytes) {
            Some(crate::request::ImageFormat::Png) => png::strip(bytes),
            Some(crate::request::ImageFormat::Webp) => webp::strip(bytes),
            None => Err("this is neither PNG, WebP nor JPEG"),
        }
    };
    stripped.map_err(|reason| Error::Malformed(reason.into()))
}

/// A block of EXIF that says nothing but how to turn the picture; none where it need not be turned.
fn turning(block: Option<&[u8]>) -> Option<Vec<u8>> {
    exif::orientation(block?).map(exif::only_orientation)
}
