//! The chunks of a WebP, walked without decoding anything.

use crate::picture;
use crate::request::ImageFormat;

/// A chunk that lies wholly within the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk<'a> {
    pub(super) kind: [u8; 4],
    pub(super) data: &'a [u8],
}

/// Where the container says that it ends.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    if picture::format(bytes) != Some(ImageFormat::Webp) {
        return None;
    }
    let inside = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    usize::try_from(inside).ok()?.checked_add(8)
}

/// The chunks up to the first that is cut, or to the end.
pub(super) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let bytes = &bytes[..end(bytes).unwrap_or(0).min(bytes.len())];
    let mut at = 12_usize;
    std::iter::from_fn(move || {
        let head = bytes.get(at..at.checked_add(8)?)?;
        let length = u32::from_le_bytes(head[4..].try_into().ok()?) as usize;
        let data = bytes.get(at + 8..(at + 8).checked_add(length)?)?;
        at = at + 8 + length + length % 2;
        Some(Chunk {
            kind: head[..4].try_into().ok()?,
            data,
        })
    })
}

/// A whole file of these chunks.
pub(super) fn file(chunks: &[([u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    for (kind, data) in chunks {
        file.extend_from_slice(kind);
        file.extend((data.len() as u32).to_le_bytes());
        file.extend_from_slice(data);
        file.extend(std::iter::repeat_n(0, data.len() % 2));
    }
    let inside = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&inside.to_le_bytes());
    file
}

/// What the first chunk of an extended file says that there is.
pub(super) mod flag {
    pub(in crate::metadata) const COLOURS: u8 = 0x20;
    pub(in crate::metadata) const ALPHA: u8 = 0x10;
    pub(in crate::metadata) const EXIF: u8 = 0x08;
    pub(in crate::metadata) const ANIMATION: u8 = 0x02;
}

/// That first chunk.
pub(super) fn extended(flags: u8, width: u32, height: u32) -> [u8; 10] {
    let side = |side: u32| {
        let bytes = side.saturating_sub(1).to_le_bytes();
        [bytes[0], bytes[1], bytes[2]]
    };
    let mut data = [0; 10];
    data[0] = flags;
    data[4..7].copy_from_slice(&side(width));
    data[7..].copy_from_slice(&side(height));
    data
}
