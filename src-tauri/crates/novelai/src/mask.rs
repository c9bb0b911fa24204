//! The mask of a request that paints a part of a picture anew: opaque, black where the picture is kept and white where
//! it is painted, in cells of eight pixels, because the service works in such cells (api.md 3.5).

use bytes::Bytes;
use image::{ExtendedColorType, RgbaImage};

use crate::check::Refusal;
use crate::prepare::{decoded, laid_on, png};
use crate::request::Size;

const FIELD: &str = "source.mask";
/// The sides of a cell, in pixels.
const CELL: u32 = 8;
/// From this brightness on a pixel is painted, as on the service's own page.
const PAINTED: u8 = 155;

/// When a cell is painted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// When any pixel of it is painted.
    Any,
    /// When so many percent of it are painted, 1 to 100.
    Percent(u8),
}

/// A mask as the service wants it, of any picture that is white (or bright) where something is to be painted anew and
/// black or transparent elsewhere. A picture of another size is stretched over the whole.
///
/// # Errors
///
/// A [`Refusal`] where the picture can't be decoded, where nothing of it is painted, and where the size is not made of
/// whole cells.
pub fn mask(picture: &[u8], size: Size, coverage: Coverage) -> Result<Bytes, Refusal> {
    let (across, down) = (size.width / CELL, size.height / CELL);
    let whole = across * CELL == size.width && down * CELL == size.height;
    if !whole || across == 0 || down == 0 {
        let message = format!("A mask is made of cells of {CELL} × {CELL} pixels.");
        return Err(Refusal::new("size", message));
    }
    // What is transparent is not painted.
    let picture = laid_on(decoded(FIELD, picture)?, 0);
    let cells = Cells::of(&picture, across, down, coverage);
    if !cells.painted.contains(&true) {
        let message = "Nothing of the mask is painted: at least one cell has to be white.";
        return Err(Refusal::new(FIELD, message));
    }
    Ok(png(&cells.to_pixels(), size, ExtendedColorType::L8))
}

/// Which cells are painted anew, row by row.
struct Cells {
    across: u32,
    painted: Vec<bool>,
}

impl Cells {
    fn of(picture: &RgbaImage, across: u32, down: u32, coverage: Coverage) -> Self {
        let cells = (0..down).flat_map(|row| (0..across).map(move |column| (column, row)));
        let painted = cells.map(|(column, row)| {
            // The pixels of the picture that lie in the cell; at least one.
            let columns = part(picture.width(), column, across);
            let rows = part(picture.height(), row, down);
            let all = u64::from(columns.1 - columns.0) * u64::from(rows.1 - rows.0);
            let bright = (rows.0..rows.1)
                .flat_map(|y| (columns.0..columns.1).map(move |x| (x, y)))
                .filter(|(x, y)| brightness(picture.get_pixel(*x, *y).0) >= PAINTED)
                .count() as u64;
            match coverage {
                Coverage::Any => bright > 0,
                Coverage::Percent(percent) => bright * 100 >= all * u64::from(percent.clamp(1, 100)),
            }
        });
        Self {
            across,
            painted: painted.collect(),
        }
    }

    /// A byte a pixel.
    fn to_pixels(&self) -> Vec<u8> {
        let mut pixels = Vec::with_capacity(self.painted.len() * (CELL * CELL) as usize);
        for row in self.painted.chunks(self.across as usize) {
            let line = row
                .iter()
                .flat_map(|painted| [if *painted { 255 } else { 0 }; CELL as usize]);
            let line: Vec<u8> = line.collect();
            for _ in 0..CELL {
                pixels.extend_from_slice(&line);
            }
        }
        pixels
    }
}

/// Where part `index` of `count` equal parts of a length begins and ends. Never empty.
fn part(length: u32, index: u32, count: u32) -> (u32, u32) {
    let at = |index: u32| {
        let at = u64::from(length) * u64::from(index) / u64::from(count);
        u32::try_from(at).expect("a part of a length is not longer")
    };
    let start = at(index).min(length - 1);
    (start, at(index + 1).clamp(start + 1, length))
}

fn brightness([red, green, blue, _]: [u8; 4]) -> u8 {
    let sum = u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114;
    u8::try_from(sum / 1000).expect("a mean of bytes is a byte")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::prepare::tests::rgba;

    const SIZE: Size = Size { width: 64, height: 128 };
    const WHITE: [u8; 4] = [255; 4];
    const BLACK: [u8; 4] = [0, 0, 0, 255];

    fn made(picture: &[u8], coverage: Coverage) -> image::GrayImage {
        let made = image::load_from_memory(&mask(picture, SIZE, coverage).unwrap()).unwrap();
        assert_eq!(made.color(), image::ColorType::L8);
        let made = made.into_luma8();
        assert_eq!(made.dimensions(), (SIZE.width, SIZE.height));
        made
    }

    fn white_cells(made: &image::GrayImage) -> Vec<(u32, u32)> {
        let cells = (0..SIZE.height / CELL).flat_map(|y| (0..SIZE.width / CELL).map(move |x| (x, y)));
        cells
            .filter(|(x, y)| made.get_pixel(x * CELL, y * CELL).0[0] == 255)
            .collect()
    }

    #[test]
    fn one_painted_pixel_makes_its_cell_white() {
        let dot = rgba(64, 128, |x, y| if (x, y) == (17, 31) { WHITE } else { BLACK });
        let made = made(&dot, Coverage::Any);
        assert_eq!(white_cells(&made), [(2, 3)]);
        assert_eq!(made.pixels().filter(|pixel| pixel.0[0] == 255).count(), 64);
    }

    #[test]
    fn a_cell_may_have_to_be_painted_in_part() {
        let column = rgba(64, 128, |x, y| if x < 12 && y < 8 { WHITE } else { BLACK });
        assert_eq!(white_cells(&made(&column, Coverage::Any)), [(0, 0), (1, 0)]);
        assert_eq!(white_cells(&made(&column, Coverage::Percent(50))), [(0, 0), (1, 0)]);
        assert_eq!(white_cells(&made(&column, Coverage::Percent(51))), [(0, 0)]);
    }

    #[test]
    fn a_mask_of_cells_and_one_of_another_size_are_stretched() {
        let cells = rgba(8, 16, |x, y| if (x, y) == (7, 15) { WHITE } else { BLACK });
        assert_eq!(white_cells(&made(&cells, Coverage::Any)), [(7, 15)]);
        let large = rgba(640, 1280, |x, y| if x >= 560 && y >= 1200 { WHITE } else { BLACK });
        assert_eq!(white_cells(&made(&large, Coverage::Percent(50))), [(7, 15)]);
        let tiny = rgba(1, 1, |_, _| WHITE);
        assert_eq!(white_cells(&made(&tiny, Coverage::Any)).len(), 8 * 16);
    }

    #[test]
    fn what_is_transparent_or_dark_is_kept() {
        let faint = |pixel: [u8; 4]| rgba(64, 128, move |x, _| if x < 8 { pixel } else { [255, 255, 255, 0] });
        assert_eq!(
            white_cells(&made(&faint([155, 155, 155, 255]), Coverage::Any)).len(),
            16
        );
        for pixel in [[154, 154, 154, 255], [255, 255, 255, 100], [0, 0, 255, 255]] {
            let refusal = mask(&faint(pixel), SIZE, Coverage::Any).unwrap_err();
            assert_eq!(refusal.field, "source.mask");
        }
    }

    #[test]
    fn a_size_without_whole_cells_is_refused() {
        let white = rgba(1, 1, |_, _| WHITE);
        for (width, height) in [(0, 64), (64, 60), (4, 4)] {
            assert_eq!(
                mask(&white, Size { width, height }, Coverage::Any).unwrap_err().field,
                "size"
            );
        }
    }

    proptest! {
        #[test]
        fn a_mask_is_its_own_mask(seed in any::<u64>(), width in 1_u32..90, height in 1_u32..90) {
            let painted = |x: u32, y: u32| seed.rotate_left(x * 7 + y * 13) & 31 == 1 || (x, y) == (0, 0);
            let drawn = rgba(width, height, |x, y| if painted(x, y) { WHITE } else { BLACK });
            let once = mask(&drawn, SIZE, Coverage::Any).unwrap();
            for coverage in [Coverage::Any, Coverage::Percent(50), Coverage::Percent(100)] {
                prop_assert_eq!(&mask(&once, SIZE, coverage).unwrap(), &once);
            }
        }
    }
}
