//! The contact sheet: small pictures in a grid, the first axis across, the others down, each with its labels.

use std::io::Cursor;

use image::imageops;
use image::{ImageFormat, Rgb, RgbImage};

use crate::batch::cells::places;
use crate::batch::lettering::Letters;
use crate::error::Error;
use crate::library::thumbnails::{decode, resize};

/// The longest side of a picture on a sheet of usual size.
const USUAL: u32 = 384;
/// The shortest that it is still seen at.
const LEAST: u32 = 24;
/// The longest side of a sheet.
const MOST: u32 = 12_000;
const GAP: u32 = 8;
const PAPER: Rgb<u8> = Rgb([248, 247, 245]);
const EMPTY: Rgb<u8> = Rgb([232, 230, 226]);

/// How a sheet is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    columns: u32,
    rows: u32,
    side: u32,
    /// Room for the labels: above, and to the left.
    above: u32,
    left: u32,
    /// There is one axis, whose labels stand below the pictures; its cells fill rows.
    wraps: bool,
}

impl Layout {
    pub(super) fn of(labels: &[Vec<String>]) -> Self {
        let count = |labels: &[Vec<String>]| -> u32 {
            let product: usize = labels.iter().map(Vec::len).product();
            u32::try_from(product).unwrap_or(u32::MAX)
        };
        let wraps = labels.len() <= 1;
        let (columns, rows) = if wraps {
            let total = count(labels).max(1);
            let columns = (f64::from(total).sqrt().ceil() as u32).max(1);
            (columns, total.div_ceil(columns))
        } else {
            (count(&labels[..1]).max(1), count(&labels[1..]).max(1))
        };
        let side = (MOST / columns.max(rows)).saturating_sub(GAP).clamp(LEAST, USUAL);
        let label = side / 4;
        Self {
            columns,
            rows,
            side,
            above: if wraps { 0 } else { label },
            left: if wraps { 0 } else { side / 2 },
            wraps,
        }
    }

    fn step(&self) -> (u32, u32) {
        let below = if self.wraps { self.side / 5 } else { 0 };
        (self.side + GAP, self.side + GAP + below)
    }

    /// The corner of the square of a cell.
    fn corner(&self, column: u32, row: u32) -> (u32, u32) {
        let (across, down) = self.step();
        (self.left + GAP + column * across, self.above + GAP + row * down)
    }

    /// A picture as small as it stands on the sheet.
    pub(super) fn shrink(&self, bytes: &[u8]) -> Option<RgbImage> {
        resize(decode(bytes).ok()?, self.side).ok()
    }
}

/// Draws a sheet: PNG.
pub(super) fn draw(labels: &[Vec<String>], pictures: &[Option<RgbImage>]) -> Result<Vec<u8>, Error> {
    let layout = Layout::of(labels);
    let (across, down) = layout.step();
    let width = layout.left + layout.columns * across + GAP;
    let height = layout.above + layout.rows * down + GAP;
    let mut sheet = RgbImage::from_pixel(width, height, PAPER);
    for (cell, picture) in pictures.iter().enumerate() {
        let (column, row) = layout.place(labels, cell);
        let (left, top) = layout.corner(column, row);
        match picture {
            Some(picture) => {
                let (dx, dy) = (
                    layout.side.saturating_sub(picture.width()) / 2,
                    layout.side.saturating_sub(picture.height()) / 2,
                );
                imageops::replace(&mut sheet, picture, i64::from(left + dx), i64::from(top + dy));
            }
            None => {
                let empty = RgbImage::from_pixel(layout.side, layout.side, EMPTY);
                imageops::replace(&mut sheet, &empty, i64::from(left), i64::from(top));
            }
        }
    }
    write_labels(&mut sheet, labels, layout);
    let mut png = Cursor::new(Vec::new());
    sheet.write_to(&mut png, ImageFormat::Png).map_err(Error::internal)?;
    Ok(png.into_inner())
}

impl Layout {
    /// The column and row of a cell.
    fn place(&self, labels: &[Vec<String>], cell: usize) -> (u32, u32) {
        let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        if self.wraps {
            let cell = whole(cell);
            return (cell % self.columns, cell / self.columns);
        }
        let places = places(labels, cell);
        let across = labels.first().map_or(1, Vec::len).max(1);
        (whole(places.first().copied().unwrap_or(0)), whole(cell / across))
    }
}

#[allow(clippy::cast_precision_loss, reason = "places within a sheet")]
fn write_labels(sheet: &mut RgbImage, labels: &[Vec<String>], layout: Layout) {
    let letters = Letters::of_system();
    let side = layout.side as f32;
    let height = (side / 16.0).clamp(9.0, 22.0);
    let mut write = |text: &str, (left, top): (u32, u32), width: f32, room: f32| {
        let most = ((room / height) as usize).max(1);
        for (number, line) in letters.lines(text, height, width, most).iter().enumerate() {
            let top = top as f32 + number as f32 * height;
            letters.draw(sheet, line, (left as f32, top), width, height);
        }
    };
    let Some(first) = labels.first() else {
        return;
    };
    if layout.wraps {
        for (cell, label) in first.iter().enumerate() {
            let (column, row) = layout.place(labels, cell);
            let (left, top) = layout.corner(column, row);
            write(label, (left, top + layout.side + 2), side, side / 5.0);
        }
        return;
    }
    for (column, label) in (0_u32..).zip(first) {
        let (left, _) = layout.corner(column, 0);
        write(label, (left, GAP / 2), side, layout.above as f32);
    }
    for row in 0..layout.rows {
        let places = places(&labels[1..], row as usize);
        let names = labels[1..].iter().zip(places).filter_map(|(labels, at)| labels.get(at));
        let label = names.cloned().collect::<Vec<_>>().join(" · ");
        let (_, top) = layout.corner(0, row);
        write(
            &label,
            (GAP / 2, top + layout.side / 3),
            layout.left as f32 - 2.0,
            side * 0.6,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, what: &str) -> Vec<String> {
        (0..count).map(|number| format!("{what} {number}")).collect()
    }

    #[test]
    fn a_matrix_has_its_first_axis_across_and_the_others_down() {
        let labels = [names(3, "a"), names(2, "b"), names(2, "c")];
        let layout = Layout::of(&labels);
        assert_eq!((layout.columns, layout.rows, layout.wraps), (3, 4, false));
        assert_eq!(layout.place(&labels, 0), (0, 0));
        assert_eq!(layout.place(&labels, 4), (1, 1));
        assert_eq!(layout.place(&labels, 11), (2, 3));
    }

    #[test]
    fn a_sheet_shows_each_picture_in_its_place_and_words_beside() {
        let labels = [names(2, "left and right"), names(2, "up and down")];
        let colours = [[200, 0, 0], [0, 200, 0], [0, 0, 200]];
        let mut pictures: Vec<_> = colours
            .iter()
            .map(|colour| Some(RgbImage::from_pixel(USUAL, USUAL, Rgb(*colour))))
            .collect();
        pictures.push(None);

        let png = draw(&labels, &pictures).unwrap();

        let sheet = image::load_from_memory(&png).unwrap().into_rgb8();
        let layout = Layout::of(&labels);
        for (cell, expected) in colours.iter().chain([&EMPTY.0]).enumerate() {
            let (column, row) = layout.place(&labels, cell);
            let (left, top) = layout.corner(column, row);
            let middle = sheet.get_pixel(left + layout.side / 2, top + layout.side / 2);
            assert_eq!(&middle.0, expected, "{cell}");
        }
        // A system without any font has no words.
        if Letters::of_system().lines("a", 12.0, 100.0, 1).is_empty() {
            return;
        }
        let (left, _) = layout.corner(0, 0);
        let dark =
            |x0: u32, x1: u32, y0: u32, y1: u32| (y0..y1).any(|y| (x0..x1).any(|x| sheet.get_pixel(x, y).0[0] < 120));
        assert!(dark(left, left + layout.side, 0, layout.above), "no label above");
        assert!(dark(0, layout.left, layout.above, sheet.height()), "no label beside");
    }

    #[test]
    fn ten_thousand_cells_fit_on_a_sheet() {
        for labels in [vec![names(10_000, "n")], vec![names(100, "a"), names(100, "b")]] {
            let layout = Layout::of(&labels);
            let (across, down) = layout.step();
            assert!(
                layout.columns * across <= 16_384 && layout.rows * down <= 16_384,
                "{layout:?}"
            );
        }
    }
}
