//! What pixels can hide: the lowest bit of alpha, the colours of pixels that can't be seen, and the lowest bits of
//! colours where somebody's magic says so.
//!
//! A picture is *quiet* when the lowest bit of every alpha follows from the others (0, 255, and even values between),
//! and every pixel that can't be seen is black: then nothing can stand there. Making it quiet changes alpha by one 255th
//! at most, which nobody sees, and no colour that can be seen.

use std::io::Cursor;

use super::pixels;
use crate::picture;

/// What other tools write before settings in the lowest bits of colours.
const IN_COLOURS: [&[u8; 15]; 2] = [b"stealth_rgbinfo", b"stealth_rgbcomp"];
/// The pixels whose colours hold the magic, three bits each.
const MAGIC_PIXELS: usize = 15 * 8 / 3;

/// What was found in the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hidden {
    /// Pixels whose alpha has a lowest bit of its own.
    pub(super) bits: u64,
    /// Pixels that can't be seen and have colours.
    pub(super) colours: u64,
    /// The lowest bits of colours begin with a magic.
    pub(super) in_colours: bool,
}

impl Hidden {
    pub(super) fn is_any(self) -> bool {
        self != Self::default()
    }
}

/// How the channels of a pixel lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// 1 or 3, without alpha.
    pub(super) colours: usize,
    pub(super) alpha: bool,
    /// Bytes of a channel, 1 or 2.
    pub(super) depth: usize,
}

impl Layout {
    fn pixel(self) -> usize {
        (self.colours + usize::from(self.alpha)) * self.depth
    }
}

/// The alpha without a lowest bit of its own.
pub(super) fn quiet(alpha: u8) -> u8 {
    if alpha >= 254 { 255 } else { alpha & !1 }
}

/// A pixel made quiet, in place; what was not.
fn hush(pixel: &mut [u8], layout: Layout, found: &mut Hidden) {
    if !layout.alpha {
        return;
    }
    let (colours, alpha) = pixel.split_at_mut(layout.colours * layout.depth);
    // Of two bytes the second repeats the first, as a picture of one byte made larger has it.
    let silent = quiet(alpha[0]);
    if alpha.iter().any(|byte| *byte != silent) {
        found.bits += 1;
        alpha.fill(silent);
    }
    if silent == 0 && colours.iter().any(|byte| *byte != 0) {
        found.colours += 1;
        colours.fill(0);
    }
}

/// Looks at rows, and makes them quiet.
pub(super) struct Listener {
    layout: Layout,
    width: usize,
    height: usize,
    row: usize,
    magic: Vec<u8>,
    found: Hidden,
}

impl Listener {
    pub(super) fn new(layout: Layout, width: u32, height: u32) -> Self {
        Self {
            layout,
            width: width as usize,
            height: height as usize,
            row: 0,
            magic: vec![0; if layout.colours == 3 { MAGIC_PIXELS * 3 } else { 0 }],
            found: Hidden::default(),
        }
    }

    /// Hears a row and hushes it.
    pub(super) fn row(&mut self, row: &mut [u8]) {
        let Layout { depth, .. } = self.layout;
        // Column by column, as those who hide things go.
        if !self.magic.is_empty() && self.width * self.height >= MAGIC_PIXELS {
            for (x, pixel) in row.chunks_exact(self.layout.pixel()).enumerate() {
                let place = x * self.height + self.row;
                if place >= MAGIC_PIXELS {
                    break;
                }
                for colour in 0..3 {
                    self.magic[place * 3 + colour] = pixel[colour * depth] & 1;
                }
            }
        }
        for pixel in row.chunks_exact_mut(self.layout.pixel()) {
            hush(pixel, self.layout, &mut self.found);
        }
        self.row += 1;
    }

    pub(super) fn found(&self) -> Hidden {
        let bytes = self.magic.chunks_exact(8);
        let magic: Vec<u8> = bytes
            .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit))
            .collect();
        Hidden {
            in_colours: IN_COLOURS.iter().any(|known| magic == known[..]),
            ..self.found
        }
    }
}

/// Takes the lowest bit of every colour of a row away.
pub(super) fn flatten(row: &mut [u8], layout: Layout) {
    let colours = layout.colours * layout.depth;
    for pixel in row.chunks_exact_mut(layout.pixel()) {
        for colour in pixel[..colours].chunks_exact_mut(layout.depth) {
            colour[0] &= !1;
        }
    }
}

/// What the pixels of a PNG of this layout hide. None where they can't be read.
pub(super) fn in_png(bytes: &[u8], layout: Layout) -> Option<Hidden> {
    let size = picture::size(bytes).ok()?;
    let mut listener = Listener::new(layout, size.width, size.height);
    let mut reader = png_reader(bytes)?;
    let mut copy = Vec::new();
    // Interlaced rows come in another order and length; each of their pixels is heard all the same.
    while let Some(row) = reader.next_row().ok()? {
        copy.clear();
        copy.extend_from_slice(row.data());
        listener.row(&mut copy);
    }
    Some(listener.found())
}

/// A decoder that gives the channels as they are in the file.
pub(super) fn png_reader(bytes: &[u8]) -> Option<png::Reader<Cursor<&[u8]>>> {
    let limits = png::Limits {
        bytes: pixels::WORK_LIMIT,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.read_info().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quiet_alpha_is_as_it_was_to_the_eye() {
        for alpha in 0..=255_u8 {
            let silent = quiet(alpha);
            assert!(silent.abs_diff(alpha) <= 1, "{alpha}");
            assert_eq!(quiet(silent), silent);
        }
        assert_eq!((quiet(0), quiet(1), quiet(254), quiet(255)), (0, 0, 255, 255));
        // Whatever the lowest bit was, the same comes out of it.
        for upper in 0..128_u8 {
            assert_eq!(quiet(upper << 1), quiet(upper << 1 | 1));
        }
    }

    proptest! {
        #[test]
        fn a_row_that_was_hushed_has_nothing_more_to_say(
            mut row in proptest::collection::vec(any::<u8>(), 96),
            kind in 0..4_usize,
        ) {
            let (colours, depth) = [(3, 1), (1, 1), (3, 2), (1, 2)][kind];
            let layout = Layout { colours, depth, alpha: true };
            let width = 96 / u32::try_from(layout.pixel()).unwrap();
            Listener::new(layout, width, 1).row(&mut row);
            let mut again = Listener::new(layout, width, 1);
            again.row(&mut row);
            prop_assert_eq!(again.found(), Hidden::default());
        }
    }
}
