//! Where a mask is painted: one box around all of it, or one around each spot that stands by itself.

use super::{CELL, Plane, Rect};
use crate::request::Size;

/// The smallest box that is drawn, in pixels.
const LEAST: u32 = 32;

/// The box around everything that is painted, on the grid of cells. `None` where nothing is.
#[must_use]
pub fn bounds(mask: &Plane) -> Option<Rect> {
    let spots = spots(mask);
    let all = spots.into_iter().reduce(joined)?;
    Some(at_least(all, mask.size()))
}

/// A box around each spot, in reading order. Spots whose boxes, with so much context, would touch are one.
#[must_use]
pub fn blobs(mask: &Plane, context: u32) -> Vec<Rect> {
    let size = mask.size();
    let mut boxes: Vec<Rect> = spots(mask).into_iter().map(|spot| at_least(spot, size)).collect();
    // Joining two can make the result touch a third.
    while let Some((a, b)) = touching(&boxes, context, size) {
        let other = boxes.swap_remove(b);
        boxes[a] = joined(boxes[a], other);
    }
    boxes.sort_by_key(|found| (found.top, found.left));
    boxes
}

fn touching(boxes: &[Rect], context: u32, size: Size) -> Option<(usize, usize)> {
    let wide: Vec<Rect> = boxes.iter().map(|found| found.widened(context, size)).collect();
    (0..wide.len()).find_map(|a| {
        let touch = |b: &usize| {
            let (a, b) = (wide[a], wide[*b]);
            i64::from(a.left) < b.right()
                && i64::from(b.left) < a.right()
                && i64::from(a.top) < b.bottom()
                && i64::from(b.top) < a.bottom()
        };
        (a + 1..wide.len()).find(touch).map(|b| (a, b))
    })
}

fn joined(a: Rect, b: Rect) -> Rect {
    Rect::between(
        a.left.min(b.left).into(),
        a.top.min(b.top).into(),
        a.right().max(b.right()),
        a.bottom().max(b.bottom()),
    )
}

/// Not smaller than can be grasped, within the picture, on the grid.
fn at_least(found: Rect, size: Size) -> Rect {
    let side = |start: i32, length: u32, whole: u32| {
        let length = length.max(LEAST).min(whole);
        let start = u32::try_from(start).unwrap_or(0).min(whole - length) / CELL * CELL;
        (i64::from(start), i64::from(start + length))
    };
    let (left, right) = side(found.left, found.width, size.width);
    let (top, bottom) = side(found.top, found.height, size.height);
    Rect::between(left, top, right.max(found.right()), bottom.max(found.bottom()))
}

/// Boxes of cells that hang together, corners included.
fn spots(mask: &Plane) -> Vec<Rect> {
    let size = mask.size();
    let (across, down) = (size.width.div_ceil(CELL), size.height.div_ceil(CELL));
    let mut painted = vec![false; (across * down) as usize];
    for y in 0..size.height {
        for (x, pixel) in (0..size.width).zip(mask.row(y)) {
            if *pixel != 0 {
                painted[(y / CELL * across + x / CELL) as usize] = true;
            }
        }
    }
    let mut spots = Vec::new();
    let mut open = Vec::new();
    for start in 0..painted.len() {
        if !std::mem::take(&mut painted[start]) {
            continue;
        }
        open.push(start as u32);
        let (mut left, mut top, mut right, mut bottom) = (u32::MAX, u32::MAX, 0, 0);
        while let Some(cell) = open.pop() {
            let (x, y) = (cell % across, cell / across);
            (left, top) = (left.min(x), top.min(y));
            (right, bottom) = (right.max(x + 1), bottom.max(y + 1));
            for y in y.saturating_sub(1)..(y + 2).min(down) {
                for x in x.saturating_sub(1)..(x + 2).min(across) {
                    let cell = y * across + x;
                    if std::mem::take(&mut painted[cell as usize]) {
                        open.push(cell);
                    }
                }
            }
        }
        let pixels = |cells: u32, whole: u32| i64::from((cells * CELL).min(whole));
        spots.push(Rect::between(
            pixels(left, size.width),
            pixels(top, size.height),
            pixels(right, size.width),
            pixels(bottom, size.height),
        ));
    }
    spots
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size {
        width: 500,
        height: 300,
    };

    fn plane(painted: impl Fn(u32, u32) -> bool) -> Plane {
        let rows = (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (x, y)));
        Plane::new(SIZE, rows.map(|(x, y)| u8::from(painted(x, y))).collect()).unwrap()
    }

    #[test]
    fn nothing_painted_has_no_box() {
        assert_eq!(bounds(&plane(|_, _| false)), None);
        assert_eq!(blobs(&plane(|_, _| false), 48), []);
    }

    #[test]
    fn a_dot_has_a_box_that_can_be_grasped() {
        let found = bounds(&plane(|x, y| (x, y) == (499, 299))).unwrap();
        assert_eq!((found.width >= 32, found.height >= 32), (true, true), "{found:?}");
        assert!(found.holds(499, 299) && found.right() <= 500 && found.bottom() <= 300);
    }

    #[test]
    fn spots_far_apart_are_several_and_near_ones_are_one() {
        let two = plane(|x, y| y < 20 && (x < 20 || (300..320).contains(&x)));
        assert_eq!(blobs(&two, 48).len(), 2);
        assert_eq!(blobs(&two, 200).len(), 1);
        let found = blobs(&two, 200)[0];
        assert!(found.holds(0, 0) && found.holds(319, 19));
    }

    proptest! {
        #[test]
        fn every_painted_pixel_is_in_a_box(seed in any::<u64>(), context in 0_u32..96) {
            let mask = plane(|x, y| seed.rotate_left((x / 9 * 7 + y / 9 * 13) % 64) & 255 == 1);
            let boxes = blobs(&mask, context);
            for y in 0..SIZE.height {
                for (x, pixel) in (0..SIZE.width).zip(mask.row(y)) {
                    let inside = boxes.iter().any(|found| found.holds(x.into(), y.into()));
                    prop_assert!(*pixel == 0 || inside);
                }
            }
        }
    }
}
