//! The two forms of a whole reply: a ZIP of `image_0.png`, `image_1.png`, … and JSON with base64 (api.md 2.1).

use std::io::{Cursor, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::order::Format;

/// One finished picture.
pub(crate) struct Finished {
    pub(crate) index: u32,
    pub(crate) seed: u32,
    pub(crate) file: Vec<u8>,
}

impl Format {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }
}

/// A deflated ZIP.
pub(crate) fn zip(pictures: &[Finished], format: Format) -> Vec<u8> {
    // The pictures are compressed already: the method is the service's, the effort can be the least.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1));
    packed(pictures, format, options)
}

/// A ZIP of PNGs that are stored as they are, as the director tools give it (api.md 2.5).
pub(crate) fn stored(pictures: &[Finished]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    packed(pictures, Format::Png, options)
}

fn packed(pictures: &[Finished], format: Format, options: SimpleFileOptions) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for picture in pictures {
        archive
            .start_file(format!("image_{}.{}", picture.index, format.extension()), options)
            .and_then(|()| Ok(archive.write_all(&picture.file)?))
            .expect("a ZIP of a few megabytes can be written to memory");
    }
    archive
        .finish()
        .expect("a ZIP of a few megabytes can be written to memory")
        .into_inner()
}

/// What a client gets that accepts JSON.
pub(crate) fn json(pictures: &[Finished]) -> Vec<u8> {
    let images: Vec<_> = pictures
        .iter()
        .map(|picture| json!({ "image": STANDARD.encode(&picture.file), "index": picture.index, "seed": picture.seed }))
        .collect();
    json!({ "images": images }).to_string().into_bytes()
}
