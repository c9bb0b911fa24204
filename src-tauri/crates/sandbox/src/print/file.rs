//! The two file formats: PNG with text chunks, and lossless WebP with EXIF.

use image::{ExtendedColorType, ImageEncoder as _, codecs::webp::WebPEncoder};
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

use super::{Labels, SOFTWARE, TITLE, envelope};

pub(super) fn png(rgba: &[u8], width: u32, height: u32, labels: &Labels) -> Vec<u8> {
    let mut out = Vec::new();
    write_png(&mut out, rgba, width, height, labels).expect("a picture whose size is right goes into a Vec");
    out
}

fn write_png(out: &mut Vec<u8>, rgba: &[u8], width: u32, height: u32, labels: &Labels) -> Result<(), EncodingError> {
    let mut encoder = Encoder::new(out, width, height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    for (key, text) in [
        ("Title", TITLE),
        ("Description", &labels.description),
        ("Software", SOFTWARE),
        ("Source", &labels.source),
        ("Generation time", &labels.time),
        ("Comment", &labels.comment),
    ] {
        // As Python's imaging library does: Latin-1 where that is enough, UTF-8 where it isn't.
        if text.chars().all(|letter| u32::from(letter) < 256) {
            encoder.add_text_chunk(key.to_owned(), text.to_owned())?;
        } else {
            encoder.add_itxt_chunk(key.to_owned(), text.to_owned())?;
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgba)?;
    writer.finish()
}

pub(super) fn webp(rgba: &[u8], width: u32, height: u32, labels: &Labels) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut out);
    encoder
        .set_exif_metadata(exif(&envelope(labels)))
        .expect("this encoder writes EXIF");
    encoder
        .write_image(rgba, width, height, ExtendedColorType::Rgba8)
        .expect("a picture whose size is right goes into a Vec");
    out
}

/// A TIFF of one directory that points to another, which holds the user's comment and nothing else.
fn exif(text: &str) -> Vec<u8> {
    const FIRST: u32 = 8;
    const ONE_ENTRY: u32 = 2 + 12 + 4;
    let comment = [b"ASCII\0\0\0", text.as_bytes()].concat();
    let mut out = b"II*\0".to_vec();
    let directory = |out: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32| {
        out.extend_from_slice(&1u16.to_le_bytes());
        out.extend_from_slice(&tag.to_le_bytes());
        out.extend_from_slice(&kind.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&value.to_le_bytes());
        out.extend_from_slice(&0u32.to_le_bytes());
    };
    out.extend_from_slice(&FIRST.to_le_bytes());
    directory(&mut out, 0x8769, 4, 1, FIRST + ONE_ENTRY);
    directory(&mut out, 0x9286, 7, comment.len() as u32, FIRST + 2 * ONE_ENTRY);
    out.extend_from_slice(&comment);
    out
}
