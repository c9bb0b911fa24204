//! The packed pixels of a PNG, unpacked as far as to see that they are as many as the header says, and that nothing
//! stands behind them.

use flate2::{Decompress, FlushDecompress, Status};

use super::hidden::Layout;
use crate::png::chunks;

/// What the header says about rows.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) header: [u8; 13],
}

/// What was seen of the packed pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pixels {
    /// Nothing stands behind the last row, packed or not.
    pub(super) is_exact: bool,
    /// Packed bytes that stand behind the last row.
    pub(super) behind: u64,
}

impl Shape {
    /// None where there is no such picture.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let first = chunks(bytes).next().filter(|chunk| &chunk.kind == b"IHDR")?;
        let shape = Self {
            header: first.data.try_into().ok()?,
        };
        let depths: &[u8] = match shape.colour() {
            0 => &[1, 2, 4, 8, 16],
            3 => &[1, 2, 4, 8],
            2 | 4 | 6 => &[8, 16],
            _ => return None,
        };
        (depths.contains(&shape.depth()) && shape.header[10..12] == [0, 0] && shape.header[12] < 2).then_some(shape)
    }

    pub(super) fn depth(&self) -> u8 {
        self.header[8]
    }

    pub(super) fn colour(&self) -> u8 {
        self.header[9]
    }

    pub(super) fn is_indexed(&self) -> bool {
        self.colour() == 3
    }

    /// How its pixels lie; none where something else than pixels of whole channels is in them.
    pub(super) fn layout(&self) -> Option<Layout> {
        let (colours, alpha) = match self.colour() {
            0 => (1, false),
            2 => (3, false),
            4 => (1, true),
            6 => (3, true),
            _ => return None,
        };
        let depth = usize::from(self.depth() / 8);
        (depth > 0 && (alpha || colours == 3)).then_some(Layout { colours, alpha, depth })
    }

    /// Bytes of all rows with their filters.
    fn unpacked(&self) -> u64 {
        let side = |at: usize| u64::from(u32::from_be_bytes([0, 1, 2, 3].map(|byte| self.header[at + byte])));
        let (width, height) = (side(0), side(4));
        let channels = match self.colour() {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        let bits = channels * u64::from(self.depth());
        let rows = |width: u64, height: u64| {
            if width == 0 {
                0
            } else {
                height * (1 + (width * bits).div_ceil(8))
            }
        };
        if self.header[12] == 0 {
            return rows(width, height);
        }
        // The seven passes of an interlaced picture: where each begins, and its steps.
        let passes = [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ];
        let every = |length: u64, from: u64, step: u64| length.saturating_sub(from).div_ceil(step);
        let lengths = passes
            .iter()
            .map(|(left, top, across, down)| rows(every(width, *left, *across), every(height, *top, *down)));
        lengths.sum()
    }
}

/// Unpacks everything, within the length that the header says. None where it is cut or damaged.
pub(super) fn look(bytes: &[u8], shape: &Shape) -> Option<Pixels> {
    rows(bytes, shape, |_| {})
}

/// Shows the rows with their filters, in pieces, and says what stands behind them.
pub(super) fn rows(bytes: &[u8], shape: &Shape, mut show: impl FnMut(&[u8])) -> Option<Pixels> {
    let mut left = shape.unpacked();
    let mut decoder = Decompress::new(true);
    let mut buffer = vec![0; 64 * 1024];
    let (mut ended, mut behind, mut more) = (false, 0_u64, false);
    for chunk in chunks(bytes).filter(|chunk| &chunk.kind == b"IDAT") {
        let mut data = chunk.data;
        while !data.is_empty() && !ended && !more {
            let (read, written) = (decoder.total_in(), decoder.total_out());
            let status = decoder.decompress(data, &mut buffer, FlushDecompress::None).ok()?;
            let read = usize::try_from(decoder.total_in() - read).ok()?;
            let written = decoder.total_out() - written;
            data = &data[read..];
            let wanted = written.min(left);
            show(&buffer[..usize::try_from(wanted).ok()?]);
            left -= wanted;
            more |= written > wanted;
            ended = status == Status::StreamEnd;
            // What is unpacked beyond the last row is not followed to its end.
            if read == 0 && written == 0 {
                break;
            }
        }
        behind += data.len() as u64;
    }
    // Some writers leave the end of the stream out, and many decoders don't ask for it.
    (left == 0).then_some(Pixels {
        is_exact: ended && !more && behind == 0,
        behind: behind.max(u64::from(more)),
    })
}
