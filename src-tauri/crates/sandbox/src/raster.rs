//! Pictures that come in: sniffed, measured by their header, and only then decoded, so that a small file can't ask for
//! a lot of memory.

use std::io::Cursor;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{
    DynamicImage, ImageDecoder as _, ImageReader, Limits, RgbaImage,
    imageops::{self, FilterType},
};

use crate::refusal::Refusal;

/// The largest picture that is looked at, in pixels: 4096 x 4096.
pub(crate) const MOST_PIXELS: u64 = 16 * 1024 * 1024;
/// What decoding may take, in bytes: sixteen bits for each of four channels.
const MOST_MEMORY: u64 = MOST_PIXELS * 8;

/// A decoded picture.
#[derive(Clone, Debug)]
pub(crate) struct Raster {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Eight bits each of red, green, blue and alpha, which is straight.
    pub(crate) rgba: Vec<u8>,
}

/// The colours of a picture's dark, middle and light parts.
pub(crate) type Tones = [[u8; 3]; 3];

impl Raster {
    /// Decodes a PNG, JPEG or WebP. The field is named if it's none, or too large.
    pub(crate) fn read(field: &str, file: &[u8]) -> Result<Self, Refusal> {
        Self::read_if(field, file, |_, _| Ok(()))
    }

    /// The same, once the size that the header tells has been found right.
    pub(crate) fn read_if(
        field: &str,
        file: &[u8],
        fits: impl FnOnce(u32, u32) -> Result<(), Refusal>,
    ) -> Result<Self, Refusal> {
        let broken = |error: image::ImageError| Refusal::invalid(format!("{field} is not a picture: {error}"));
        let mut reader = ImageReader::new(Cursor::new(file))
            .with_guessed_format()
            .expect("bytes in memory can be read");
        let mut limits = Limits::default();
        limits.max_alloc = Some(MOST_MEMORY);
        reader.limits(limits);
        let decoder = reader.into_decoder().map_err(broken)?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(Refusal::invalid(format!(
                "{field} is {width}x{height}, at most {MOST_PIXELS} pixels are allowed"
            )));
        }
        fits(width, height)?;
        let picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
        Ok(Self {
            width,
            height,
            rgba: picture.into_rgba8().into_raw(),
        })
    }

    /// The same picture without what the service hides in the last bit of alpha.
    pub(crate) fn opaque(mut self) -> Self {
        for pixel in self.rgba.as_chunks_mut::<4>().0 {
            if pixel[3] == 0xfe {
                pixel[3] = 0xff;
            }
        }
        self
    }

    /// The same picture on white, so that nothing shines through it.
    pub(crate) fn on_white(mut self) -> Self {
        for pixel in self.rgba.as_chunks_mut::<4>().0 {
            let alpha = u32::from(pixel[3]);
            for part in &mut pixel[..3] {
                *part = ((u32::from(*part) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
            }
            pixel[3] = 0xff;
        }
        self
    }

    /// The same picture at another size.
    pub(crate) fn resized(self, width: u32, height: u32) -> Self {
        if (self.width, self.height) == (width, height) {
            return self;
        }
        let picture = RgbaImage::from_raw(self.width, self.height, self.rgba).expect("four bytes a pixel");
        let rgba = if width < self.width && height < self.height {
            imageops::thumbnail(&picture, width, height)
        } else {
            imageops::resize(&picture, width, height, FilterType::CatmullRom)
        };
        Self {
            width,
            height,
            rgba: rgba.into_raw(),
        }
    }

    /// The mean colours of its darkest, middle and lightest third. What is see-through doesn't count, nor does the
    /// black of a letterbox.
    pub(crate) fn tones(&self) -> Tones {
        let luma = |pixel: &[u8; 4]| {
            (299 * u32::from(pixel[0]) + 587 * u32::from(pixel[1]) + 114 * u32::from(pixel[2])) / 1000
        };
        let mut counts = [(0u64, [0u64; 3]); 256];
        for pixel in self.rgba.as_chunks::<4>().0 {
            if pixel[3] > 127 && *pixel != [0, 0, 0, 255] {
                let (count, sums) = &mut counts[luma(pixel) as usize];
                *count += 1;
                for (sum, part) in sums.iter_mut().zip(pixel) {
                    *sum += u64::from(*part);
                }
            }
        }
        let total: u64 = counts.iter().map(|(count, _)| count).sum();
        let mut thirds = [(0u64, [0u64; 3]); 3];
        let mut seen = 0;
        for (count, sums) in counts {
            let third = &mut thirds[((seen + count / 2) * 3 / total.max(1)).min(2) as usize];
            seen += count;
            third.0 += count;
            for (sum, part) in third.1.iter_mut().zip(sums) {
                *sum += part;
            }
        }
        let middle = thirds.iter().fold((0, [0; 3]), |(count, sums), third| {
            (count + third.0, [0, 1, 2].map(|part| sums[part] + third.1[part]))
        });
        // A picture of one colour leaves thirds empty: they are like the whole.
        thirds.map(|third| {
            let (count, sums) = if third.0 > 0 { third } else { middle };
            sums.map(|sum| (sum / count.max(1)) as u8)
        })
    }
}

/// The bytes of a field that holds base64.
pub(crate) fn base64(field: &str, text: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD
        .decode(text)
        .map_err(|error| Refusal::invalid(format!("{field} is not base64: {error}")))
}

/// Whether these bytes begin as a picture does.
pub(crate) fn is_picture(bytes: &[u8]) -> bool {
    image::guess_format(bytes).is_ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A PNG of these pixels.
    pub(crate) fn png(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, y| image::Rgba(colour(x, y)));
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
        out.into_inner()
    }

    #[test]
    fn what_is_no_picture_is_refused_by_name() {
        for file in [
            &b""[..],
            b"hello",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\0\0\0\0WEBP",
            b"\xff\xd8\xff",
        ] {
            let refusal = Raster::read("parameters.image", file).unwrap_err();
            assert_eq!(refusal.status, 400);
            assert!(
                refusal.message.contains("parameters.image is not a picture"),
                "{refusal:?}"
            );
        }
        assert_eq!(base64("x", "data:image/png;base64,AA").unwrap_err().status, 400);
        let cut = png(64, 64, |x, y| [x as u8, y as u8, 0, 255]);
        assert_eq!(Raster::read("x", &cut[..cut.len() / 2]).unwrap_err().status, 400);
    }

    #[test]
    fn a_header_that_asks_for_much_memory_is_refused_before_decoding() {
        let mut bomb = png(8, 8, |_, _| [0; 4]);
        for (place, side) in [(16, 60_000u32), (20, 60_000)] {
            bomb[place..place + 4].copy_from_slice(&side.to_be_bytes());
        }
        let crc = {
            let mut crc = flate2::Crc::new();
            crc.update(&bomb[12..29]);
            crc.sum()
        };
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        let refusal = Raster::read("mask", &bomb).unwrap_err();
        assert!(refusal.message.contains("60000x60000"), "{refusal:?}");
    }

    #[test]
    fn on_white_nothing_changes_but_what_shone_through() {
        let file = png(3, 1, |x, _| {
            [[10, 20, 30, 0xfe], [10, 20, 30, 0], [0, 0, 0, 128]][x as usize]
        });
        let flat = Raster::read("x", &file).unwrap().opaque().on_white();
        assert_eq!(flat.rgba, [10, 20, 30, 255, 255, 255, 255, 255, 127, 127, 127, 255]);
    }

    #[test]
    fn tones_go_from_dark_to_light() {
        let file = png(30, 30, |x, _| {
            [[200, 40, 40, 255], [20, 20, 90, 255], [240, 230, 200, 255]][x as usize / 10]
        });
        assert_eq!(
            Raster::read("x", &file).unwrap().tones(),
            [[20, 20, 90], [200, 40, 40], [240, 230, 200]]
        );
        let plain = png(8, 8, |_, _| [9, 8, 7, 255]);
        assert_eq!(Raster::read("x", &plain).unwrap().tones(), [[9, 8, 7]; 3]);
    }
}
