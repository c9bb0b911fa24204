//! Texts in the lowest bits of the alpha channel (api.md 7.5): column by column, each from top to bottom.
//!
//! Only as many columns are brought back from the filters of a PNG as the texts take, and a picture that does not begin
//! with the magic is left after its first rows.

use std::io::{BufRead, Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};

use super::Texts;
use super::exif::{envelope, parameters};
use crate::picture;
use crate::png;
use crate::request::{ImageFormat, Size};

const PACKED: &[u8] = b"stealth_pngcomp";
const PLAIN: &[u8] = b"stealth_pnginfo";
/// The bits of the magic and of the length behind it.
const HEAD: usize = (PACKED.len() + 4) * 8;
/// The most that the texts unpack to.
const TEXT_LIMIT: u64 = 16 * 1024 * 1024;

/// The texts in the pixels; none where there are none, or where the picture has no alpha channel of eight bits.
pub(super) fn read(bytes: &[u8]) -> Option<Texts> {
    let size = picture::size(bytes).ok()?;
    let mut columns = Columns::of(size)?;
    match picture::format(bytes)? {
        ImageFormat::Png => read_png(bytes, size, &mut columns)?,
        ImageFormat::Webp => {
            let pixels = super::pixels::webp(bytes)?;
            if pixels.channels != 4 {
                return None;
            }
            for row in pixels.bytes.chunks_exact(size.width as usize * 4) {
                columns.add(row)?;
            }
        }
    }
    columns.texts()
}

/// The texts in bits, as they would stand in the pixels.
#[cfg(any(test, feature = "fuzz"))]
pub(super) fn read_bits(size: Size, message: &[u8]) -> Option<Texts> {
    let mut columns = Columns::of(size)?;
    for y in 0..size.height as usize {
        let bits = (0..size.width as usize).map(|x| x * size.height as usize + y);
        let row = bits.flat_map(|bit| {
            let byte = message.get(bit / 8).copied().unwrap_or_default();
            [0, 0, 0, 0xfe | (byte >> (7 - bit % 8) & 1)]
        });
        columns.add(&row.collect::<Vec<u8>>())?;
    }
    columns.texts()
}

/// The bits of the first columns, as many as are needed.
struct Columns {
    height: usize,
    /// Columns that are looked at: all, until the length is known.
    wanted: usize,
    row: usize,
    /// The bits in their order, eight to a byte.
    bits: Vec<u8>,
}

impl Columns {
    fn of(size: Size) -> Option<Self> {
        let area = usize::try_from(size.area()).ok()?;
        (area >= HEAD).then(|| Self {
            height: size.height as usize,
            wanted: size.width as usize,
            row: 0,
            bits: vec![0; area.div_ceil(8)],
        })
    }

    /// The next row of pixels of four bytes, of which only the wanted ones are looked at. None where it can't be.
    fn add(&mut self, row: &[u8]) -> Option<()> {
        let mut place = self.row;
        for pixel in row.chunks_exact(4).take(self.wanted) {
            if pixel[3] & 1 == 1 {
                self.bits[place / 8] |= 0x80 >> (place % 8);
            }
            place += self.height;
        }
        self.row += 1;
        if self.row.is_multiple_of(8) && self.row <= PACKED.len() * 8 {
            let read = &self.bits[..self.row / 8];
            (PACKED.starts_with(read) || PLAIN.starts_with(read)).then_some(())?;
        }
        // The head stands in the first columns; the last row of them completes it.
        if self.row == HEAD.min(self.height) && self.height >= HEAD {
            self.wanted = (HEAD + self.length()?).div_ceil(self.height);
        }
        Some(())
    }

    /// The bits of the texts, checked against those that there are.
    fn length(&self) -> Option<usize> {
        let length = self.bits.get(PACKED.len()..PACKED.len() + 4)?.try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        (length > 0 && length.is_multiple_of(8) && HEAD + length <= self.bits.len() * 8).then_some(length)
    }

    fn texts(&self) -> Option<Texts> {
        let (magic, _) = self.bits.split_at_checked(PACKED.len())?;
        let data = self.bits.get(HEAD / 8..HEAD / 8 + self.length()? / 8)?;
        let mut text = Vec::new();
        if magic == PACKED {
            GzDecoder::new(data).take(TEXT_LIMIT + 1).read_to_end(&mut text).ok()?;
        } else if magic == PLAIN {
            text.extend_from_slice(data);
        }
        if text.len() as u64 > TEXT_LIMIT {
            return None;
        }
        let text = String::from_utf8(text).ok()?;
        envelope(&text).or_else(|| parameters(text))
    }
}

/// Unpacks the rows of a PNG of four channels of eight bits, and undoes their filters as far as is wanted: a pixel
/// depends on those to its left and above alone.
fn read_png(bytes: &[u8], size: Size, columns: &mut Columns) -> Option<()> {
    const PIXEL: usize = 4;
    // Depth 8, colours with alpha, the only packing and filtering there is, not interlaced.
    if bytes.get(24..29)? != [8, 6, 0, 0, 0] {
        return None;
    }
    let width = size.width as usize * PIXEL;
    let mut pixels = ZlibDecoder::new(Idat::of(bytes));
    let (mut above, mut row) = (vec![0; width], vec![0; width]);
    for _ in 0..size.height {
        let mut filter = [0];
        pixels.read_exact(&mut filter).ok()?;
        pixels.read_exact(&mut row).ok()?;
        let wanted = columns.wanted * PIXEL;
        unfilter(filter[0], &mut row[..wanted], &above[..wanted])?;
        columns.add(&row[..wanted])?;
        std::mem::swap(&mut above, &mut row);
    }
    Some(())
}

/// Undoes the filter of a row (PNG specification, 9), for pixels of four bytes.
fn unfilter(filter: u8, row: &mut [u8], above: &[u8]) -> Option<()> {
    let mut left = [0_u8; 4];
    match filter {
        0 => {}
        1 => {
            for pixel in row.chunks_exact_mut(4) {
                for (byte, left) in pixel.iter_mut().zip(&mut left) {
                    *byte = byte.wrapping_add(*left);
                    *left = *byte;
                }
            }
        }
        2 => {
            for (byte, above) in row.iter_mut().zip(above) {
                *byte = byte.wrapping_add(*above);
            }
        }
        3 => {
            for (pixel, above) in row.chunks_exact_mut(4).zip(above.chunks_exact(4)) {
                for ((byte, left), above) in pixel.iter_mut().zip(&mut left).zip(above) {
                    let mean = (u16::from(*left) + u16::from(*above)) / 2;
                    *byte = byte.wrapping_add(mean as u8);
                    *left = *byte;
                }
            }
        }
        4 => {
            let mut corner = [0_u8; 4];
            for (pixel, above) in row.chunks_exact_mut(4).zip(above.chunks_exact(4)) {
                for (((byte, left), above), corner) in pixel.iter_mut().zip(&mut left).zip(above).zip(&mut corner) {
                    *byte = byte.wrapping_add(paeth(*left, *above, *corner));
                    (*left, *corner) = (*byte, *above);
                }
            }
        }
        _ => return None,
    }
    Some(())
}

/// Whichever of the three is nearest to left plus above minus corner.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let (to_left, to_above) = ((b - c).abs(), (a - c).abs());
    let to_corner = (a + b - 2 * c).abs();
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}

/// The packed pixels of a PNG, through all the chunks that hold them.
struct Idat<'a, C> {
    rest: &'a [u8],
    chunks: C,
}

impl<'a> Idat<'a, ()> {
    fn of(bytes: &'a [u8]) -> Idat<'a, impl Iterator<Item = &'a [u8]>> {
        let chunks = png::chunks(bytes).filter(|chunk| &chunk.kind == b"IDAT");
        Idat {
            rest: &[],
            chunks: chunks.map(|chunk| chunk.data),
        }
    }
}

impl<'a, C: Iterator<Item = &'a [u8]>> BufRead for Idat<'a, C> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        while self.rest.is_empty() {
            match self.chunks.next() {
                Some(data) => self.rest = data,
                None => break,
            }
        }
        Ok(self.rest)
    }

    fn consume(&mut self, read: usize) {
        self.rest = &self.rest[read..];
    }
}

impl<'a, C: Iterator<Item = &'a [u8]>> Read for Idat<'a, C> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    pub(crate) const ENVELOPE: &str = r#"{"Description": "sea", "Software": "NovelAI", "Source": "NovelAI Diffusion V4.5 4BDE2A90", "Comment": "{\"steps\": 23}"}"#;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Magic, length and data, as they are hidden.
    pub(crate) fn message(magic: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len() * 8).unwrap().to_be_bytes();
        [magic, &length[..], data, &[0xff; 4]].concat()
    }

    /// Pixels of some colours, with a message in their alpha.
    pub(crate) fn hidden(width: u32, height: u32, message: &[u8]) -> Vec<u8> {
        let (width, height) = (width as usize, height as usize);
        let mut pixels: Vec<u8> = (0..width * height)
            .flat_map(|at| {
                let shade = (at.wrapping_mul(2_654_435_761) >> 7) as u8;
                [shade, (at % 251) as u8, (at / width) as u8, 255]
            })
            .collect();
        for (at, bit) in (0..message.len() * 8).enumerate().take(width * height) {
            let set = message[bit / 8] >> (7 - bit % 8) & 1;
            let (x, y) = (at / height, at % height);
            pixels[(y * width + x) * 4 + 3] = 0xfe | set;
        }
        pixels
    }

    pub(crate) fn png_of(width: u32, height: u32, pixels: &[u8], filter: ::png::Filter) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(::png::ColorType::Rgba);
        encoder.set_filter(filter);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
        writer.finish().unwrap();
        bytes
    }

    pub(crate) fn webp_of(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        image_webp::WebPEncoder::new(&mut bytes)
            .encode(pixels, width, height, image_webp::ColorType::Rgba8)
            .unwrap();
        bytes
    }

    fn packed() -> Vec<u8> {
        message(PACKED, &gzip(ENVELOPE.as_bytes()))
    }

    #[test]
    fn a_hidden_envelope_is_read_whatever_the_shape_of_the_picture() {
        for (width, height) in [(64, 64), (9, 300), (300, 9), (2, 2000), (2000, 1)] {
            let png = png_of(
                width,
                height,
                &hidden(width, height, &packed()),
                ::png::Filter::Adaptive,
            );
            let found = read(&png).unwrap_or_else(|| panic!("{width}×{height}"));
            assert_eq!(found.comment.as_deref(), Some(r#"{"steps": 23}"#));
            assert_eq!(found.description.as_deref(), Some("sea"));
        }
        let webp = webp_of(64, 64, &hidden(64, 64, &packed()));
        assert_eq!(read(&webp).unwrap().software.as_deref(), Some("NovelAI"));
    }

    #[test]
    fn plain_text_is_read_as_well() {
        let pixels = hidden(64, 64, &message(PLAIN, ENVELOPE.as_bytes()));
        let found = read(&png_of(64, 64, &pixels, ::png::Filter::Paeth)).unwrap();
        assert_eq!(found.source.as_deref(), Some("NovelAI Diffusion V4.5 4BDE2A90"));
    }

    #[test]
    fn what_is_not_hidden_right_is_not_there() {
        let read_of = |message: &[u8]| read(&png_of(64, 64, &hidden(64, 64, message), ::png::Filter::Sub));
        let whole = packed();
        assert!(read_of(&whole).is_some());
        assert_eq!(read_of(b""), None);
        assert_eq!(read_of(b"stealth_pngcomq\0\0\0\x08x"), None);
        for length in [0_u32, 7, 4096 * 8, u32::MAX] {
            let mut lying = whole.clone();
            lying[15..19].copy_from_slice(&length.to_be_bytes());
            assert_eq!(read_of(&lying), None, "{length}");
        }
        let bomb = message(PACKED, &gzip(&vec![b' '; 17 * 1024 * 1024]));
        let pixels = hidden(512, 512, &bomb);
        assert!(bomb.len() * 8 < 512 * 512);
        assert_eq!(read(&png_of(512, 512, &pixels, ::png::Filter::NoFilter)), None);
        let grey = crate::picture::tests::sample_png(64, 64, &[]);
        assert_eq!(read(&grey), None);
        let whole = png_of(64, 64, &hidden(64, 64, &whole), ::png::Filter::Up);
        assert_eq!(read(&whole[..whole.len() / 2]), None);
    }

    #[test]
    fn a_small_file_that_claims_to_be_large_costs_little() {
        let mut png = png_of(64, 64, &hidden(64, 64, &packed()), ::png::Filter::Sub);
        png[16..20].copy_from_slice(&8000_u32.to_be_bytes());
        png[20..24].copy_from_slice(&7999_u32.to_be_bytes());
        assert_eq!(read(&png), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_filter_is_undone_as_the_decoder_does_it(
            filter in 0..6_usize,
            width in 1..40_u32,
            noise in proptest::collection::vec(any::<u8>(), 40 * 40 * 4),
        ) {
            use ::png::Filter::{Adaptive, Avg, NoFilter, Paeth, Sub, Up};
            let height = 40;
            let mut pixels = noise;
            pixels.truncate((width * height * 4) as usize);
            let filter = [Adaptive, Avg, NoFilter, Paeth, Sub, Up][filter];
            let png = png_of(width, height, &pixels, filter);
            let mut rows = ZlibDecoder::new(Idat::of(&png));
            let mut above = vec![0; width as usize * 4];
            for expected in pixels.chunks_exact(width as usize * 4) {
                let mut row = vec![0; expected.len() + 1];
                rows.read_exact(&mut row).unwrap();
                let kind = row.remove(0);
                unfilter(kind, &mut row, &above).unwrap();
                prop_assert_eq!(&row, expected);
                above = row;
            }
        }

        #[test]
        fn no_message_is_too_odd(magic in any::<bool>(), length in any::<u32>(), data in proptest::collection::vec(any::<u8>(), 0..300)) {
            let magic = if magic { PACKED } else { PLAIN };
            let message = [magic, &length.to_be_bytes()[..], &data].concat();
            read(&png_of(40, 60, &hidden(40, 60, &message), ::png::Filter::Sub));
        }
    }
}
