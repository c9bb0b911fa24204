//! What the tests of this crate share.

pub(crate) mod child;
#[path = "../tests/common/mod.rs"]
pub(crate) mod stage;

use novelai::model::{ModelId, Registry};
use novelai::request::{GenerateRequest, Size};

/// A small request that every server takes.
pub(crate) fn request() -> GenerateRequest {
    let model = Registry::builtin()
        .get(&ModelId("nai-diffusion-4-5-full".into()))
        .expect("V4.5 Full is built in");
    let mut request = GenerateRequest::new(model);
    request.prompt.text = "a lighthouse in the evening".into();
    request.size = Size {
        width: 192,
        height: 256,
    };
    request.sampling.steps = 4;
    request.sampling.seed = Some(42);
    request
}

/// A PNG that is whole and small, with the size in its header changed to what is asked for.
pub(crate) fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(image::ImageFormat::Png, 4, 3);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32fast::hash(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

pub(crate) fn encoded(format: image::ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_fn(width, height, |x, y| image::Rgba([x as u8, y as u8, 90, 255]))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}
