//! Whether bytes are a whole picture of a sane size, without decoding a pixel. Pure.
//!
//! Hostile input: everything here comes from a server. Only the container is checked; whether the pixels decode is
//! found out when they are wanted, and costs nobody a paid picture.

use novelai::request::ImageFormat;

use crate::error::{Error, ErrorCode};

/// Longest side that we decode.
pub(crate) const MAX_SIDE: u32 = 16_384;
/// Most pixels that we decode.
pub(crate) const MAX_PIXELS: u64 = 64 * 1024 * 1024;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) format: ImageFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The header of a whole picture.
pub(crate) fn inspect(bytes: &[u8]) -> Result<Header, Error> {
    let header = if bytes.starts_with(PNG_MAGIC) {
        png(bytes)
    } else if bytes.len() >= 12 && bytes.starts_with(b"RIFF") && &bytes[8..12] == b"WEBP" {
        webp(bytes)
    } else {
        Err("it is neither PNG nor WebP")
    }
    .map_err(broken)?;
    let Header { width, height, .. } = header;
    if width == 0
        || height == 0
        || width > MAX_SIDE
        || height > MAX_SIDE
        || u64::from(width) * u64::from(height) > MAX_PIXELS
    {
        return Err(broken(&format!("it claims to be {width}×{height} pixels large")));
    }
    Ok(header)
}

fn broken(why: &str) -> Error {
    Error::new(ErrorCode::Malformed, "A picture in the server's answer is broken.").with_detail(why)
}

const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Walks the chunks: the checksum of each must be right, the first be IHDR, the last IEND.
fn png(bytes: &[u8]) -> Result<Header, &'static str> {
    let mut rest = &bytes[PNG_MAGIC.len()..];
    let mut size = None;
    loop {
        let (length, after) = rest.split_first_chunk::<4>().ok_or(CUT)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| CUT)?;
        let end = length.checked_add(4).ok_or(CUT)?;
        let (typed, after) = after.split_at_checked(end).ok_or(CUT)?;
        let (checksum, after) = after.split_first_chunk::<4>().ok_or(CUT)?;
        if crc32fast::hash(typed) != u32::from_be_bytes(*checksum) {
            return Err("a checksum in the PNG is wrong");
        }
        let (kind, data) = typed.split_at(4);
        match (kind, size) {
            (b"IHDR", None) => {
                let (width, data) = data.split_first_chunk::<4>().ok_or(CUT)?;
                let (height, _) = data.split_first_chunk::<4>().ok_or(CUT)?;
                size = Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)));
            }
            (_, None) => return Err("the PNG does not begin with its header"),
            (b"IEND", Some((width, height))) => {
                return Ok(Header {
                    format: ImageFormat::Png,
                    width,
                    height,
                });
            }
            (_, Some(_)) => {}
        }
        rest = after;
    }
}

const CUT: &str = "the picture ends before its end";

/// The container must be as long as it says, and its first chunk tells the size.
fn webp(bytes: &[u8]) -> Result<Header, &'static str> {
    let (length, _) = bytes[4..].split_first_chunk::<4>().ok_or(CUT)?;
    let length = u64::from(u32::from_le_bytes(*length));
    if (bytes.len() as u64) < length + 8 {
        return Err(CUT);
    }
    let (width, height) = image::ImageReader::with_format(std::io::Cursor::new(bytes), image::ImageFormat::WebP)
        .into_dimensions()
        .map_err(|_| "the WebP has no readable header")?;
    Ok(Header {
        format: ImageFormat::Webp,
        width,
        height,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn whole_pictures_of_both_formats_are_recognised() {
        let png = inspect(&encoded(image::ImageFormat::Png, 64, 48)).unwrap();
        assert_eq!((png.format, png.width, png.height), (ImageFormat::Png, 64, 48));
        let webp = inspect(&encoded(image::ImageFormat::WebP, 64, 48)).unwrap();
        assert_eq!((webp.format, webp.width, webp.height), (ImageFormat::Webp, 64, 48));
    }

    #[test]
    fn a_header_that_claims_a_huge_picture_is_refused() {
        for (width, height) in [(100_000, 100_000), (16_385, 1), (1, u32::MAX), (16_384, 16_384), (0, 4)] {
            let refused = inspect(&png_that_claims(width, height)).unwrap_err();
            assert_eq!(refused.code, ErrorCode::Malformed);
            assert!(refused.detail.unwrap().contains(&format!("{width}×{height}")));
        }
        assert!(inspect(&png_that_claims(8_192, 8_192)).is_ok());
    }

    #[test]
    fn a_picture_cut_anywhere_is_not_whole() {
        for format in [image::ImageFormat::Png, image::ImageFormat::WebP] {
            let whole = encoded(format, 16, 16);
            for cut in 0..whole.len() {
                assert!(inspect(&whole[..cut]).is_err(), "{format:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_flipped_bit_in_a_png_is_noticed() {
        let whole = encoded(image::ImageFormat::Png, 16, 16);
        for at in PNG_MAGIC.len()..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(inspect(&flipped).is_err(), "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..3) {
            let magic: &[u8] = [PNG_MAGIC, b"RIFF\x80\0\0\0WEBPVP8L", b""][kind as usize];
            bytes.splice(0..0, magic.iter().copied());
            let _ = inspect(&bytes);
        }
    }
}
