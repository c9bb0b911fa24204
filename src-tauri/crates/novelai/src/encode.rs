//! Pixels into files: PNG, WebP without loss, and JPEG. Where the program writes a picture, it is written here.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _, RgbaImage};
use serde::{Deserialize, Serialize};

use crate::check::Refusal;
use crate::prepare::{self, Channels, decoded, encoded, laid_on};
use crate::request::Size;

/// The longest side of a WebP.
const WEBP_SIDE: u32 = 16_383;

/// What a picture can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Without loss, read everywhere.
    Png,
    /// Without loss, about a third smaller.
    Webp,
    /// With loss and without transparency, small.
    Jpeg,
}

impl FileFormat {
    /// What a file is, by its first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match image::guess_format(bytes) {
            Ok(image::ImageFormat::Png) => Some(Self::Png),
            Ok(image::ImageFormat::WebP) => Some(Self::Webp),
            Ok(image::ImageFormat::Jpeg) => Some(Self::Jpeg),
            Ok(_) | Err(_) => None,
        }
    }

    /// The ending of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Jpeg => "jpg",
        }
    }
}

/// Pixels of four channels as a PNG: as fast as may be for a file that is at most a few hundredths larger than with
/// every effort.
#[must_use]
pub fn png(rgba: &[u8], size: Size) -> Bytes {
    prepare::png(rgba, size, ExtendedColorType::Rgba8)
}

/// A picture, upright, in another format, without metadata but what hides in its alpha. `quality`, 1 to 100, is for
/// JPEG, in which what is clear becomes white.
///
/// # Errors
///
/// A [`Refusal`] where the picture can't be decoded, or has more pixels than the format takes.
pub fn converted(picture: &[u8], format: FileFormat, quality: u8) -> Result<Vec<u8>, Refusal> {
    let pixels = decoded("picture", picture)?;
    let opaque = pixels.pixels().all(|pixel| pixel.0[3] == 255);
    let too_large = || Refusal::new("picture", "The picture is too large for this format.");
    match format {
        FileFormat::Png => {
            let channels = if opaque { Channels::Three } else { Channels::Four };
            Ok(encoded(&pixels, channels).into())
        }
        FileFormat::Webp => {
            let (width, height) = pixels.dimensions();
            if width > WEBP_SIDE || height > WEBP_SIDE {
                return Err(Refusal::new("picture", "A WebP has at most 16,383 pixels a side."));
            }
            let mut bytes = Vec::new();
            let encoder = image_webp::WebPEncoder::new(&mut bytes);
            let written = if opaque {
                encoder.encode(&without_alpha(&pixels), width, height, image_webp::ColorType::Rgb8)
            } else {
                encoder.encode(&pixels, width, height, image_webp::ColorType::Rgba8)
            };
            written.map_err(|_| too_large())?;
            Ok(bytes)
        }
        FileFormat::Jpeg => {
            let (width, height) = pixels.dimensions();
            // Settings in the lowest bit are no transparency.
            let clear = pixels.pixels().any(|pixel| pixel.0[3] < 254);
            let pixels = if clear { laid_on(pixels, 255) } else { pixels };
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100))
                .write_image(&without_alpha(&pixels), width, height, ExtendedColorType::Rgb8)
                .map_err(|_| too_large())?;
            Ok(bytes)
        }
    }
}

fn without_alpha(pixels: &RgbaImage) -> Vec<u8> {
    pixels
        .pixels()
        .flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::tests::rgba;

    #[test]
    fn every_format_shows_the_same_picture() {
        let clear = rgba(40, 30, |x, y| {
            [x as u8 * 6, y as u8 * 8, 90, if x < 20 { 255 } else { 128 }]
        });
        let opaque = rgba(40, 30, |x, y| [x as u8 * 6, y as u8 * 8, 90, 255]);
        for (picture, loss) in [(&clear, false), (&opaque, true)] {
            let before = decoded("picture", picture).unwrap();
            for format in [FileFormat::Png, FileFormat::Webp] {
                let file = converted(picture, format, 90).unwrap();
                assert_eq!(FileFormat::of(&file), Some(format));
                assert_eq!(decoded("picture", &file).unwrap(), before);
            }
            let file = converted(picture, FileFormat::Jpeg, 95).unwrap();
            let after = decoded("picture", &file).unwrap();
            let near = before.pixels().zip(after.pixels()).all(|(before, after)| {
                let near = |at: usize| before.0[at].abs_diff(after.0[at]) < 24;
                near(0) && near(1) && near(2)
            });
            assert_eq!(near, loss, "what is clear becomes white");
        }
        let better = converted(&opaque, FileFormat::Jpeg, 95).unwrap();
        assert!(converted(&opaque, FileFormat::Jpeg, 20).unwrap().len() < better.len());
        assert!(converted(b"x", FileFormat::Png, 90).is_err());
    }
}
