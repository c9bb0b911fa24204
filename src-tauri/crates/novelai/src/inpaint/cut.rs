//! What is sent: the cut, and its mask in cells.

use bytes::Bytes;
use image::{ExtendedColorType, RgbaImage};

use super::{CELL, Frame, Plane, Rect};
use crate::check::Refusal;
use crate::mask::Coverage;
use crate::prepare::{Channels, decoded, encoded, laid_on, png, resampled};
use crate::request::Size;

/// What the service gets to see of a picture. Its transparency is kept for models that have any, and else laid on
/// white.
///
/// # Errors
///
/// A [`Refusal`] where the picture can't be decoded.
pub fn cut(picture: &[u8], frame: &Frame, transparent: bool) -> Result<Bytes, Refusal> {
    let picture = decoded("source.image", picture)?;
    let sent = resampled(pixels(&picture, frame.crop), frame.sent);
    Ok(match transparent {
        true => encoded(&sent, Channels::Four),
        false => encoded(&laid_on(sent, 255), Channels::Three),
    })
}

/// A larger picture around a picture, for painting beyond its edges: the new area repeats the nearest pixels. `around`
/// is in the pixels of the picture, and holds it.
///
/// # Errors
///
/// A [`Refusal`] where the picture can't be decoded.
pub fn grown(picture: &[u8], around: Rect) -> Result<Bytes, Refusal> {
    let picture = decoded("source.image", picture)?;
    Ok(encoded(&pixels(&picture, around), Channels::Four))
}

/// The pixels in a rectangle; beyond the edges the nearest ones.
fn pixels(picture: &RgbaImage, crop: Rect) -> RgbaImage {
    let near = |at: i64, length: u32| u32::try_from(at.clamp(0, i64::from(length) - 1)).unwrap_or(0);
    let (width, height) = picture.dimensions();
    RgbaImage::from_fn(crop.width, crop.height, |x, y| {
        let x = near(i64::from(crop.left) + i64::from(x), width);
        let y = near(i64::from(crop.top) + i64::from(y), height);
        *picture.get_pixel(x, y)
    })
}

/// Which cells of what is sent are white, row by row. A mask with nothing painted within the frame means all of it.
#[must_use]
pub fn cells(mask: &Plane, frame: &Frame, coverage: Coverage) -> Vec<bool> {
    let (across, down) = frame.cells();
    let mut painted = vec![0_u32; (across * down) as usize];
    let mut all = painted.clone();
    let (size, inner) = (mask.size(), frame.inner);
    let columns: Vec<Option<u32>> = (0..size.width).map(|x| frame.column(i64::from(x))).collect();
    let mut empty = true;
    for y in 0..size.height {
        let Some(row) = frame.row(i64::from(y)) else { continue };
        for (x, pixel) in (0..size.width).zip(mask.row(y)) {
            let Some(column) = columns[x as usize] else { continue };
            let cell = (row * across + column) as usize;
            all[cell] += 1;
            if *pixel != 0 && inner.holds(x.into(), y.into()) {
                painted[cell] += 1;
                empty = false;
            }
        }
    }
    if empty {
        return inner_cells(frame, size);
    }
    let is_white = |(painted, all): (u32, u32)| match coverage {
        Coverage::Any => painted > 0,
        Coverage::Percent(percent) => {
            painted > 0 && u64::from(painted) * 100 >= u64::from(all) * u64::from(percent.clamp(1, 100))
        }
    };
    painted.into_iter().zip(all).map(is_white).collect()
}

/// The cells of everything that may be painted.
fn inner_cells(frame: &Frame, size: Size) -> Vec<bool> {
    let (across, down) = frame.cells();
    let mut white = vec![false; (across * down) as usize];
    for y in (0..size.height).filter(|y| frame.inner.holds(frame.inner.left.into(), (*y).into())) {
        let Some(row) = frame.row(y.into()) else { continue };
        for x in (0..size.width).filter(|x| frame.inner.holds((*x).into(), y.into())) {
            if let Some(column) = frame.column(x.into()) {
                white[(row * across + column) as usize] = true;
            }
        }
    }
    white
}

/// The mask as it is sent: opaque, a pixel for a pixel of the cut, white is painted anew.
///
/// # Errors
///
/// A [`Refusal`] where no cell is white: there would be nothing to paint.
pub fn mask_png(cells: &[bool], frame: &Frame) -> Result<Bytes, Refusal> {
    if !cells.contains(&true) {
        let message =
            "Nothing of the mask is painted: paint at least one spot, or lower the share of a cell that counts.";
        return Err(Refusal::new("source.mask", message));
    }
    let (across, _) = frame.cells();
    let mut pixels = Vec::with_capacity(cells.len() * (CELL * CELL) as usize);
    for row in cells.chunks(across as usize) {
        let line = row
            .iter()
            .flat_map(|white| [if *white { 255 } else { 0 }; CELL as usize]);
        let line: Vec<u8> = line.collect();
        for _ in 0..CELL {
            pixels.extend_from_slice(&line);
        }
    }
    Ok(png(&pixels, frame.sent, ExtendedColorType::L8))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inpaint::Detail;
    use crate::model::Registry;
    use crate::prepare::tests::rgba;

    fn plane(size: Size, painted: impl Fn(u32, u32) -> bool) -> Plane {
        let rows = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        let pixels = rows.map(|(x, y)| u8::from(painted(x, y)) * 255).collect();
        Plane::new(size, pixels).unwrap()
    }

    /// What a mask in cells covers of the picture.
    pub(crate) fn covered(cells: &[bool], frame: &Frame, size: Size) -> Plane {
        plane(size, |x, y| {
            let cell = frame.column(x.into()).zip(frame.row(y.into()));
            cell.is_some_and(|(column, row)| cells[(row * frame.cells().0 + column) as usize])
        })
    }

    #[test]
    fn a_painted_pixel_makes_its_cell_white() {
        let size = Size { width: 64, height: 64 };
        let frame = Frame::of_whole(size, Registry::builtin());
        let mask = plane(size, |x, y| (x, y) == (17, 31));
        let white = cells(&mask, &frame, Coverage::Any);
        assert_eq!(white.iter().position(|white| *white), Some(3 * 8 + 2));
        assert_eq!(white.iter().filter(|white| **white).count(), 1);
        assert!(cells(&mask, &frame, Coverage::Percent(50)).iter().all(|white| !white));
        let sent = image::load_from_memory(&mask_png(&white, &frame).unwrap()).unwrap();
        assert_eq!(
            (sent.color(), sent.width(), sent.height()),
            (image::ColorType::L8, 64, 64)
        );
    }

    #[test]
    fn a_mask_with_nothing_in_it_means_the_whole_box() {
        let size = Size {
            width: 512,
            height: 512,
        };
        let inner = Rect {
            left: 128,
            top: 64,
            width: 64,
            height: 128,
        };
        let frame = Frame::around(inner, 32, size, Detail::Same, Registry::builtin());
        let white = cells(&plane(size, |_, _| false), &frame, Coverage::Any);
        let covered = covered(&white, &frame, size);
        assert_eq!(covered, plane(size, |x, y| inner.holds(x.into(), y.into())));
    }

    #[test]
    fn no_white_cell_is_refused() {
        let frame = Frame::of_whole(Size { width: 64, height: 64 }, Registry::builtin());
        assert_eq!(mask_png(&[false; 64], &frame).unwrap_err().field, "source.mask");
    }

    #[test]
    fn beyond_the_edges_the_nearest_pixels_are_repeated() {
        let drawn = rgba(2, 1, |x, _| [if x == 0 { 10 } else { 200 }, 0, 0, 255]);
        let around = Rect {
            left: -2,
            top: -1,
            width: 6,
            height: 3,
        };
        let larger = decoded("image", &grown(&drawn, around).unwrap()).unwrap();
        assert_eq!(larger.dimensions(), (6, 3));
        let reds: Vec<u8> = (0..6).map(|x| larger.get_pixel(x, 2).0[0]).collect();
        assert_eq!(reds, [10, 10, 10, 200, 200, 200]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_mask_in_cells_is_its_own_mask(
            width in 1_u32..300, height in 1_u32..300, seed in any::<u64>(), detail in 0_usize..3, percent in 1_u8..=100,
        ) {
            let size = Size { width, height };
            let detail = [Detail::Same, Detail::Free, Detail::Most][detail];
            let frame = Frame::around(Rect::whole(size), 0, size, detail, Registry::builtin());
            let drawn = plane(size, |x, y| seed.rotate_left(x * 7 + y * 13) & 15 == 1 || (x, y) == (0, 0));
            let once = cells(&drawn, &frame, Coverage::Any);
            let again = covered(&once, &frame, size);
            prop_assert_eq!(&cells(&again, &frame, Coverage::Any), &once);
            prop_assert_eq!(&cells(&again, &frame, Coverage::Percent(percent)), &once);
            // Nothing that was painted is left out.
            prop_assert!(drawn.pixels().iter().zip(again.pixels()).all(|(drawn, sent)| *drawn == 0 || *sent != 0));
        }
    }
}
