//! PNG files: writing them with their words, and reading the words of others.

use std::io::Cursor;

use image::{ImageDecoder as _, codecs::webp::WebPDecoder};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, EncodingError, Limits};
use serde_json::Value;

use crate::darkroom::Photo;

/// Texts beyond this are left behind.
const MOST_TEXT: usize = 4 * 1024 * 1024;

/// The file of a picture with words; without transparency it has three channels.
pub(super) fn write(photo: &Photo, words: &[(String, String)]) -> Vec<u8> {
    let mut out = Vec::new();
    try_write(&mut out, photo, words).expect("a picture whose size is right goes into a Vec");
    out
}

fn try_write(out: &mut Vec<u8>, photo: &Photo, words: &[(String, String)]) -> Result<(), EncodingError> {
    let opaque = photo.is_opaque();
    let mut encoder = Encoder::new(out, photo.width as u32, photo.height as u32);
    encoder.set_color(if opaque { ColorType::Rgb } else { ColorType::Rgba });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    for (key, text) in words {
        // As Python's imaging library does: Latin-1 where that is enough, UTF-8 where it isn't.
        if text.chars().all(|letter| u32::from(letter) < 256) {
            encoder.add_text_chunk(key.clone(), text.clone())?;
        } else {
            encoder.add_itxt_chunk(key.clone(), text.clone())?;
        }
    }
    let mut writer = encoder.write_header()?;
    let channels = if opaque { 3 } else { 4 };
    let data: Vec<u8> = photo
        .rgba
        .iter()
        .flat_map(|pixel| &pixel[..channels])
        .copied()
        .collect();
    writer.write_image_data(&data)?;
    writer.finish()
}

/// The words in a file: text chunks of a PNG, or what NovelAI puts into the EXIF of a WebP (api.md 7.1, 7.7).
pub(super) fn words(file: &[u8]) -> Vec<(String, String)> {
    if file.starts_with(b"RIFF") {
        return exif(file).unwrap_or_default();
    }
    let limits = Limits {
        bytes: 64 * 1024 * 1024,
    };
    let Ok(reader) = Decoder::new_with_limits(Cursor::new(file), limits).read_info() else {
        return Vec::new();
    };
    let info = reader.info();
    let plain = info
        .uncompressed_latin1_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()));
    let packed = info.compressed_latin1_text.iter().filter_map(|chunk| {
        let mut chunk = chunk.clone();
        chunk.decompress_text_with_limit(MOST_TEXT).ok()?;
        Some((chunk.keyword.clone(), chunk.get_text().ok()?))
    });
    let wide = info.utf8_text.iter().filter_map(|chunk| {
        let mut chunk = chunk.clone();
        chunk.decompress_text_with_limit(MOST_TEXT).ok()?;
        Some((chunk.keyword.clone(), chunk.get_text().ok()?))
    });
    let writable = |(key, text): &(String, String)| {
        !key.is_empty()
            && key.chars().count() < 80
            && key.chars().all(|letter| u32::from(letter) < 256)
            && text.len() < MOST_TEXT
    };
    plain.chain(packed).chain(wide).filter(writable).collect()
}

fn exif(file: &[u8]) -> Option<Vec<(String, String)>> {
    const MARK: &[u8] = b"ASCII\0\0\0";
    let exif = WebPDecoder::new(Cursor::new(file)).ok()?.exif_metadata().ok()??;
    let start = exif.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let text = String::from_utf8_lossy(&exif[start..]);
    let envelope: Value = serde_json::from_str(text.trim_end_matches('\0')).ok()?;
    let fields = envelope.as_object()?.iter();
    Some(
        fields
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
    )
}
