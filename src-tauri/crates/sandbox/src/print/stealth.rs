//! Metadata in the lowest bits of the alpha channel (api.md 7.5): columns from left to right, each from top to bottom.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

const MAGIC: &[u8] = b"stealth_pngcomp";
/// No error correction follows.
const NO_FEC: u32 = u32::MAX;

/// Writes the text into opaque pixels. A picture too small for it stays as it is.
pub(super) fn write(rgba: &mut [u8], width: u32, height: u32, text: &str) {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let packed = gzip
        .write_all(text.as_bytes())
        .and_then(|()| gzip.finish())
        .expect("a Vec takes everything");
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&(packed.len() as u32 * 8).to_be_bytes());
    bytes.extend_from_slice(&packed);
    bytes.extend_from_slice(&NO_FEC.to_be_bytes());
    let (width, height) = (width as usize, height as usize);
    if bytes.len() * 8 > width * height {
        return;
    }
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    for (place, bit) in bits.enumerate() {
        let (x, y) = (place / height, place % height);
        rgba[(y * width + x) * 4 + 3] = 0xfe | bit;
    }
}
