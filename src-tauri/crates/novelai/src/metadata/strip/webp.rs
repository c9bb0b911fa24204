//! WebP: the picture itself, its alpha, its colours.

use super::turning;
use crate::metadata::hidden::{self, Hidden, Layout, Listener};
use crate::metadata::{colours, pixels, riff, words};
use crate::picture;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "the picture is cut or damaged";
    let whole = picture::whole(bytes)?;
    let bytes = &bytes[..whole.length];
    if riff::chunks(bytes).any(|chunk| matches!(&chunk.kind, b"ANIM" | b"ANMF")) {
        return Err("a picture that moves can't be stripped");
    }
    let data_of = |kind: &[u8; 4]| {
        riff::chunks(bytes)
            .find(|chunk| &chunk.kind == kind)
            .map(|chunk| chunk.data)
    };
    let size = whole.size;
    let profile = data_of(b"ICCP").and_then(colours::plain);
    let turned = turning(data_of(b"EXIF"));
    let (mut pixels, found) = look(bytes).ok_or(BROKEN)?;
    // Packing anew loses nothing, even where it was not needed.
    let words = [b"VP8 ", b"VP8L", b"ALPH"]
        .into_iter()
        .filter_map(data_of)
        .any(|packed| words::among(packed).is_some());
    let anew = if found.is_any() || words {
        let row = size.width as usize * pixels.channels;
        let layout = layout(pixels.channels);
        let mut listener = Listener::new(layout, size.width, size.height);
        for row in pixels.bytes.chunks_exact_mut(row) {
            listener.row(row);
            if found.in_colours {
                hidden::flatten(row, layout);
            }
        }
        Some(encoded(&pixels, size.width, size.height).ok_or(BROKEN)?)
    } else {
        None
    };
    drop(pixels);
    let packed = anew.as_deref().or_else(|| data_of(b"VP8L"));
    let (lossy, alpha) = (data_of(b"VP8 "), data_of(b"ALPH"));
    let mut parts: Vec<([u8; 4], &[u8])> = Vec::new();
    match (packed, lossy) {
        (Some(packed), _) => parts.push((*b"VP8L", packed)),
        (None, Some(lossy)) => {
            parts.extend(alpha.map(|alpha| (*b"ALPH", alpha)));
            parts.push((*b"VP8 ", lossy));
        }
        (None, None) => return Err(BROKEN),
    }
    let see_through = match packed {
        Some(packed) => packed.get(4).is_some_and(|byte| byte & 0x10 != 0),
        None => alpha.is_some(),
    };
    let flags = [
        (profile.is_some(), riff::flag::COLOURS),
        (see_through, riff::flag::ALPHA),
        (turned.is_some(), riff::flag::EXIF),
    ];
    let flags = flags
        .iter()
        .filter(|(is, _)| *is)
        .fold(0, |flags, (_, flag)| flags | flag);
    let head = riff::extended(flags, size.width, size.height);
    if profile.is_some() || turned.is_some() || parts.len() > 1 {
        if let Some(profile) = &profile {
            parts.insert(0, (*b"ICCP", profile));
        }
        parts.insert(0, (*b"VP8X", &head));
        if let Some(turned) = &turned {
            parts.push((*b"EXIF", turned));
        }
    }
    Ok(riff::file(&parts))
}

pub(in crate::metadata) fn layout(channels: usize) -> Layout {
    Layout {
        colours: 3,
        alpha: channels == 4,
        depth: 1,
    }
}

/// The pixels, and what they hide.
pub(in crate::metadata) fn look(bytes: &[u8]) -> Option<(pixels::Pixels, Hidden)> {
    let size = picture::size(bytes).ok()?;
    let pixels = pixels::any_webp(bytes)?;
    let mut listener = Listener::new(layout(pixels.channels), size.width, size.height);
    let mut copy = Vec::new();
    for row in pixels.bytes.chunks_exact(size.width as usize * pixels.channels) {
        copy.clear();
        copy.extend_from_slice(row);
        listener.row(&mut copy);
    }
    Some((pixels, listener.found()))
}

/// The packed pixels of a lossless picture.
fn encoded(pixels: &pixels::Pixels, width: u32, height: u32) -> Option<Vec<u8>> {
    let kind = if pixels.channels == 4 {
        image_webp::ColorType::Rgba8
    } else {
        image_webp::ColorType::Rgb8
    };
    let mut file = Vec::new();
    image_webp::WebPEncoder::new(&mut file)
        .encode(&pixels.bytes, width, height, kind)
        .ok()?;
    picture::webp_chunk(&file, *b"VP8L").map(<[u8]>::to_vec)
}
