//! The pixels of a picture, where its metadata is in them or is about them. Bounded: a header can lie.

use std::io::Cursor;
use std::ops::ControlFlow;

use super::riff;
use crate::picture;
use crate::request::ImageFormat;

/// The most pixels of a picture that has to be decoded in one piece; the largest of the service has thirteen million.
pub(super) const WHOLE_LIMIT: u64 = 4096 * 4096;
/// What a decoder may take beside the pixels.
pub(super) const WORK_LIMIT: usize = 16 * 1024 * 1024;

/// A picture in memory, row by row from the top.
pub(super) struct Pixels {
    /// 3, or 4 with alpha.
    pub(super) channels: usize,
    pub(super) bytes: Vec<u8>,
}

/// Shows rows of eight bits a channel, from the top, each with its number of channels (3 or 4). None where the picture
/// is broken or of another kind.
pub(super) fn each_row(bytes: &[u8], mut show: impl FnMut(&[u8], usize) -> ControlFlow<()>) -> Option<()> {
    let size = picture::size(bytes).ok()?;
    if picture::format(bytes)? == ImageFormat::Webp {
        let Pixels { channels, bytes } = webp(bytes)?;
        let mut rows = bytes.chunks_exact(size.width as usize * channels);
        return rows.try_for_each(|row| show(row, channels)).is_continue().then_some(());
    }
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: WORK_LIMIT });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().ok()?;
    let channels = match reader.output_color_type() {
        (png::ColorType::Rgb, png::BitDepth::Eight) => 3,
        (png::ColorType::Rgba, png::BitDepth::Eight) => 4,
        _ => return None,
    };
    if reader.info().interlaced {
        return None;
    }
    for _ in 0..size.height {
        let row = reader.next_row().ok()??;
        if show(row.data(), channels).is_break() {
            return None;
        }
    }
    Some(())
}

/// The pixels of a lossless WebP.
pub(super) fn webp(bytes: &[u8]) -> Option<Pixels> {
    let data = picture::webp_chunk(bytes, *b"VP8L")?;
    decoded(bytes, &[(*b"VP8L", data)])
}

/// The pixels of a WebP, lossless or not.
pub(super) fn any_webp(bytes: &[u8]) -> Option<Pixels> {
    if picture::webp_chunk(bytes, *b"VP8L").is_some() {
        return webp(bytes);
    }
    let size = picture::size(bytes).ok()?;
    let data = picture::webp_chunk(bytes, *b"VP8 ")?;
    let Some(alpha) = picture::webp_chunk(bytes, *b"ALPH") else {
        return decoded(bytes, &[(*b"VP8 ", data)]);
    };
    let head = riff::extended(riff::flag::ALPHA, size.width, size.height);
    decoded(bytes, &[(*b"VP8X", &head), (*b"ALPH", alpha), (*b"VP8 ", data)])
}

/// Only the picture itself is given to the decoder: no animation, no other chunk.
fn decoded(bytes: &[u8], parts: &[([u8; 4], &[u8])]) -> Option<Pixels> {
    let size = picture::size(bytes).ok()?;
    if size.area() > WHOLE_LIMIT {
        return None;
    }
    let plain = riff::file(parts);
    if picture::size(&plain).ok()? != size {
        return None;
    }
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(plain)).ok()?;
    decoder.set_memory_limit(WORK_LIMIT);
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut bytes = vec![0; decoder.output_buffer_size()?];
    decoder.read_image(&mut bytes).ok()?;
    Some(Pixels { channels, bytes })
}
