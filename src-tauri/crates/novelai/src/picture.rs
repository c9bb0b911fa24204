//! PNG and WebP from the outside: what a file is, how large, and whether it is all there. No pixel is decoded.

use crate::png;
use crate::request::{ImageFormat, Size};

/// The longest side of a picture that is taken.
pub(crate) const MAX_SIDE: u32 = 16_384;
/// The most pixels of a picture that is taken.
pub(crate) const MAX_AREA: u64 = 64_000_000;

/// A picture that is all there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) format: ImageFormat,
    pub(crate) size: Size,
    /// Bytes of the file; what follows does not belong to it.
    pub(crate) length: usize,
}

/// What a file is, by its first bytes.
pub(crate) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(&png::SIGNATURE) {
        Some(ImageFormat::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(ImageFormat::Webp)
    } else {
        None
    }
}

/// The size in the header, if it is within bounds.
pub(crate) fn size(bytes: &[u8]) -> Result<Size, &'static str> {
    let size = match format(bytes) {
        Some(ImageFormat::Png) => png::size(bytes),
        Some(ImageFormat::Webp) => webp_size(bytes),
        None => return Err("this is neither PNG nor WebP"),
    };
    let size = size.ok_or("the header of the picture is broken")?;
    if size.width == 0 || size.height == 0 {
        return Err("the picture has no pixels");
    }
    if size.width > MAX_SIDE || size.height > MAX_SIDE || size.area() > MAX_AREA {
        return Err("the picture is larger than any that the service makes");
    }
    Ok(size)
}

/// Checks that a picture is all there: every chunk of a PNG with its sum, every chunk of a WebP with its length.
pub(crate) fn whole(bytes: &[u8]) -> Result<Whole, &'static str> {
    let size = size(bytes)?;
    let (format, length) = match format(bytes) {
        Some(ImageFormat::Png) => (ImageFormat::Png, png::length(bytes)),
        Some(ImageFormat::Webp) => (ImageFormat::Webp, webp_length(bytes)),
        None => return Err("this is neither PNG nor WebP"),
    };
    let length = length.ok_or("the picture is cut or damaged")?;
    Ok(Whole { format, size, length })
}

fn webp_size(bytes: &[u8]) -> Option<Size> {
    let data = bytes.get(20..30)?;
    let byte = |at: usize| u32::from(data[at]);
    match bytes.get(12..16)? {
        b"VP8X" => Some(Size {
            width: 1 + (byte(4) | byte(5) << 8 | byte(6) << 16),
            height: 1 + (byte(7) | byte(8) << 8 | byte(9) << 16),
        }),
        b"VP8L" if data[0] == 0x2f => {
            let bits = byte(1) | byte(2) << 8 | byte(3) << 16 | byte(4) << 24;
            Some(Size {
                width: 1 + (bits & 0x3fff),
                height: 1 + (bits >> 14 & 0x3fff),
            })
        }
        b"VP8 " if data[3..6] == [0x9d, 0x01, 0x2a] => {
            let side = |at: usize| (byte(at) | byte(at + 1) << 8) & 0x3fff;
            Some(Size {
                width: side(6),
                height: side(8),
            })
        }
        _ => None,
    }
}

/// The data of the first chunk of a kind in a WebP.
pub(crate) fn webp_chunk(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    if format(bytes) != Some(ImageFormat::Webp) {
        return None;
    }
    let mut at = 12_usize;
    loop {
        let head = bytes.get(at..at.checked_add(8)?)?;
        let length = u32::from_le_bytes(head[4..].try_into().ok()?) as usize;
        let data = at + 8;
        let end = data.checked_add(length)?;
        if head[..4] == kind {
            return bytes.get(data..end);
        }
        at = end.checked_add(length % 2)?;
    }
}

fn webp_length(bytes: &[u8]) -> Option<usize> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let end = word(4)?.checked_add(8)?;
    if end > bytes.len() {
        return None;
    }
    let (mut at, mut painted) = (12, false);
    while at + 8 <= end {
        painted |= matches!(bytes.get(at..at + 4)?, b"VP8 " | b"VP8L" | b"ANMF");
        let length = word(at + 4)?;
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
    }
    (at == end && painted).then_some(end)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A PNG of so many pixels, grey, with texts.
    pub(crate) fn sample_png(width: u32, height: u32, texts: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(::png::ColorType::Grayscale);
        for (key, text) in texts {
            if text.is_ascii() {
                encoder.add_text_chunk((*key).into(), (*text).into()).unwrap();
            } else {
                encoder.add_itxt_chunk((*key).into(), (*text).into()).unwrap();
            }
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![127; (width * height) as usize]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    /// The outside of a lossless WebP.
    pub(crate) fn sample_webp(width: u32, height: u32) -> Vec<u8> {
        let bits = (width - 1) | (height - 1) << 14;
        let mut data = vec![0x2f];
        data.extend_from_slice(&bits.to_le_bytes());
        data.extend_from_slice(&[0, 1, 2, 3, 4, 5, 6]);
        riff(&[(b"VP8L", &data)])
    }

    fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut inside = b"WEBP".to_vec();
        for (kind, data) in chunks {
            inside.extend_from_slice(*kind);
            inside.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
            inside.extend_from_slice(data);
            inside.extend(std::iter::repeat_n(0, data.len() % 2));
        }
        let mut bytes = b"RIFF".to_vec();
        bytes.extend_from_slice(&u32::try_from(inside.len()).unwrap().to_le_bytes());
        bytes.extend(inside);
        bytes
    }

    #[test]
    fn a_whole_picture_is_known_with_its_size_and_length() {
        let png = sample_png(40, 30, &[("Title", "AI generated image")]);
        let size = Size { width: 40, height: 30 };
        assert_eq!(
            whole(&png),
            Ok(Whole {
                format: ImageFormat::Png,
                size,
                length: png.len()
            })
        );
        let webp = sample_webp(40, 30);
        assert_eq!(
            whole(&webp),
            Ok(Whole {
                format: ImageFormat::Webp,
                size,
                length: webp.len()
            })
        );
        for picture in [png, webp] {
            let longer = [&picture[..], b"rest"].concat();
            assert_eq!(whole(&longer).unwrap().length, picture.len());
        }
    }

    #[test]
    fn an_extended_webp_tells_its_size_first() {
        let extended = [0x10, 0, 0, 0, 0x3f, 0x03, 0, 0xbf, 0x04, 0];
        let webp = riff(&[(b"VP8X", &extended), (b"VP8L", b"\x2f1234"), (b"EXIF", b"x")]);
        assert_eq!(
            whole(&webp).unwrap().size,
            Size {
                width: 832,
                height: 1216
            }
        );
        let unpainted = riff(&[(b"VP8X", &extended), (b"EXIF", b"x")]);
        assert!(whole(&unpainted).is_err());
        let lossy = riff(&[(b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x03, 0xc0, 0x04])]);
        assert_eq!(
            size(&lossy),
            Ok(Size {
                width: 832,
                height: 1216
            })
        );
    }

    #[test]
    fn a_picture_cut_anywhere_is_not_whole() {
        for picture in [sample_png(40, 30, &[("Comment", "{}")]), sample_webp(40, 30)] {
            for length in 0..picture.len() {
                assert!(whole(&picture[..length]).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_damaged_png_is_not_whole() {
        let png = sample_png(40, 30, &[]);
        for at in 8..png.len() {
            let mut damaged = png.clone();
            damaged[at] ^= 0x10;
            assert!(whole(&damaged).is_err(), "{at}");
        }
    }

    #[test]
    fn a_size_beyond_all_bounds_is_refused_by_its_header() {
        let sized = |width: u32, height: u32| {
            let mut png = sample_png(1, 1, &[]);
            png[16..20].copy_from_slice(&width.to_be_bytes());
            png[20..24].copy_from_slice(&height.to_be_bytes());
            size(&png)
        };
        assert!(sized(16_384, 3_906).is_ok());
        for (width, height) in [
            (16_385, 1),
            (1, 16_385),
            (8_001, 8_000),
            (0, 5),
            (5, 0),
            (u32::MAX, u32::MAX),
        ] {
            assert!(sized(width, height).is_err(), "{width}×{height}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..3) {
            let head: &[u8] = [&png::SIGNATURE[..], b"RIFF\x20\0\0\0WEBPVP8X", b""][kind as usize];
            let bytes = [head, &bytes].concat();
            if let Ok(whole) = whole(&bytes) {
                prop_assert!(whole.length <= bytes.len());
            }
        }
    }
}
