//! A picture without a word about itself: what makes the picture stays, everything else goes.
//!
//! Files are spliced. Packed pixels are copied byte for byte, unless something hides in them or behind them (see
//! `hidden.rs`): then they are packed anew without loss. What colours need stays, without the texts that have room in it.
//! A picture that is to be turned keeps that one number. What can't go is what can be seen: a signature drawn into the
//! picture is a part of it. Nor do the bits of a lossy picture, short of packing it anew with a loss: they are copied, and
//! no program writes about a picture there.

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
/// [`Error::Malformed`] when it is neither PNG, WebP nor JPEG, is cut or damaged, or moves (WebP).
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

/// All of a file but the bits of a lossy picture.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn beside_lossy_pixels(bytes: &[u8]) -> Vec<u8> {
    use super::riff;

    if bytes.starts_with(&super::jpeg::SIGNATURE) {
        let mut segments = super::jpeg::segments(bytes);
        let heads: Vec<u8> = segments.by_ref().flat_map(|segment| segment.data.to_vec()).collect();
        let behind = segments.end.and_then(|end| bytes.get(end..)).unwrap_or_default();
        return [&heads, behind].concat();
    }
    let Some(end) = riff::end(bytes) else {
        return bytes.to_vec();
    };
    let chunks = riff::chunks(bytes).filter(|chunk| chunk.kind != *b"VP8 ");
    let behind = bytes.get(end..).unwrap_or_default().to_vec();
    chunks.flat_map(|chunk| chunk.data.to_vec()).chain(behind).collect()
}

/// A block of EXIF that says nothing but how to turn the picture; none where it need not be turned.
fn turning(block: Option<&[u8]>) -> Option<Vec<u8>> {
    exif::orientation(block?).map(exif::only_orientation)
}
