//! Where a picture is cut, and how large the cut is sent.

use serde::{Deserialize, Serialize};

use super::CELL;
use crate::model::Registry;
use crate::request::{Character, Position, Size};

/// A rectangle in the pixels of a picture. It may reach beyond the edges: what lies there repeats the nearest pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Rect {
    /// From the left edge of the picture; below 0 beyond it.
    pub left: i32,
    /// From the top edge of the picture; below 0 beyond it.
    pub top: i32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Rect {
    /// The whole of a picture.
    #[must_use]
    pub fn whole(size: Size) -> Self {
        Self {
            left: 0,
            top: 0,
            width: size.width,
            height: size.height,
        }
    }

    /// The first pixel to the right that lies outside.
    #[must_use]
    pub fn right(self) -> i64 {
        i64::from(self.left) + i64::from(self.width)
    }

    /// The first pixel below that lies outside.
    #[must_use]
    pub fn bottom(self) -> i64 {
        i64::from(self.top) + i64::from(self.height)
    }

    /// Whether a pixel lies within.
    #[must_use]
    pub fn holds(self, x: i64, y: i64) -> bool {
        (i64::from(self.left)..self.right()).contains(&x) && (i64::from(self.top)..self.bottom()).contains(&y)
    }

    /// The rectangle with a border around it, as far as the picture goes.
    pub(crate) fn widened(self, by: u32, picture: Size) -> Self {
        let by = i64::from(by);
        let left = (i64::from(self.left) - by).clamp(0, i64::from(picture.width) - 1);
        let top = (i64::from(self.top) - by).clamp(0, i64::from(picture.height) - 1);
        let right = (self.right() + by).clamp(left + 1, i64::from(picture.width));
        let bottom = (self.bottom() + by).clamp(top + 1, i64::from(picture.height));
        Self::between(left, top, right, bottom)
    }

    pub(crate) fn between(left: i64, top: i64, right: i64, bottom: i64) -> Self {
        let side = |from: i64, to: i64| u32::try_from((to - from).max(0)).unwrap_or(u32::MAX);
        let at = |place: i64| i32::try_from(place).unwrap_or(if place < 0 { i32::MIN } else { i32::MAX });
        Self {
            left: at(left),
            top: at(top),
            width: side(left, right),
            height: side(top, bottom),
        }
    }
}

/// How large a cut is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Detail {
    /// A pixel for a pixel, as long as that is not too large.
    #[default]
    Same,
    /// As large as Opus includes.
    Free,
    /// As large as the service takes.
    Most,
}

/// What is cut out of a picture, and how large it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Frame {
    /// What is cut out.
    pub crop: Rect,
    /// Where the mask counts; the rest of the cut only shows the model what lies around.
    pub inner: Rect,
    /// What the cut is scaled to: sides that the service takes.
    pub sent: Size,
}

/// A cell has to hold at least one pixel of the picture.
const MOST_SCALE: f64 = CELL as f64;

impl Frame {
    /// The frame for painting within `inner` anew, with so many pixels of context around it.
    ///
    /// The cut has the shape of what is sent, so that nothing is stretched: it is larger than what was asked for where
    /// the picture has more, and repeats the edge where it has not.
    #[must_use]
    pub fn around(inner: Rect, context: u32, picture: Size, detail: Detail, registry: &Registry) -> Self {
        let inner = inner.widened(0, picture);
        let wanted = inner.widened(context, picture);
        let (sent, scale) = fitted(wanted, detail, registry);
        let side = |sent: u32, wanted: u32| ((f64::from(sent) / scale).round() as u32).max(wanted);
        let (width, height) = (side(sent.width, wanted.width), side(sent.height, wanted.height));
        let crop = Rect {
            left: placed(wanted.left, wanted.width, width, picture.width),
            top: placed(wanted.top, wanted.height, height, picture.height),
            width,
            height,
        };
        Self { crop, inner, sent }
    }

    /// The frame for a whole picture: as it is, with the edge repeated where the service wants longer sides, and smaller
    /// where it is too large.
    #[must_use]
    pub fn of_whole(picture: Size, registry: &Registry) -> Self {
        Self::around(Rect::whole(picture), 0, picture, Detail::Same, registry)
    }

    /// Pixels that are sent for a pixel of the picture.
    #[must_use]
    pub fn scale(&self) -> f64 {
        f64::from(self.sent.width) / f64::from(self.crop.width)
    }

    /// Whether the cut is the picture, pixel for pixel.
    #[must_use]
    pub fn is_whole(&self, picture: Size) -> bool {
        self.crop == Rect::whole(picture) && self.sent == picture
    }

    /// Whether it can be used at all: sides that the service takes, and no cell without a pixel. What comes from
    /// outside may say anything.
    #[must_use]
    pub fn is_sound(&self, registry: &Registry) -> bool {
        let limits = registry.limits();
        let step = limits.side_step;
        let sides = [self.sent.width, self.sent.height];
        sides.iter().all(|side| *side >= limits.min_side && side % step == 0)
            && self.sent.area() <= u64::from(limits.max_area)
            && self.crop.width > 0
            && self.crop.height > 0
            && u64::from(self.crop.width) * u64::from(CELL) >= u64::from(self.sent.width)
            && u64::from(self.crop.height) * u64::from(CELL) >= u64::from(self.sent.height)
            && u64::from(self.crop.width) <= crate::picture::MAX_SIDE.into()
            && u64::from(self.crop.height) <= crate::picture::MAX_SIDE.into()
    }

    /// The column of cells that a column of pixels belongs to, by the middle of the pixel.
    pub(crate) fn column(&self, x: i64) -> Option<u32> {
        part(x - i64::from(self.crop.left), self.crop.width, self.sent.width)
    }

    /// The row of cells that a row of pixels belongs to.
    pub(crate) fn row(&self, y: i64) -> Option<u32> {
        part(y - i64::from(self.crop.top), self.crop.height, self.sent.height)
    }

    /// Cells across and down.
    #[must_use]
    pub fn cells(&self) -> (u32, u32) {
        (self.sent.width / CELL, self.sent.height / CELL)
    }
}

/// The characters as they stand in the cut: positions are mapped into it, and who stands outside is not sent. Says how
/// many those are.
#[must_use]
pub fn in_frame(characters: &[Character], frame: &Frame, picture: Size) -> (Vec<Character>, usize) {
    let mapped =
        |at: f64, picture: u32, start: i32, side: u32| (at * f64::from(picture) - f64::from(start)) / f64::from(side);
    let mut outside = 0;
    let characters = characters.iter().map(|character| {
        let mut character = character.clone();
        if let Some(position) = character.position {
            let x = mapped(position.x, picture.width, frame.crop.left, frame.crop.width);
            let y = mapped(position.y, picture.height, frame.crop.top, frame.crop.height);
            if (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y) {
                character.position = Some(Position { x, y });
            } else {
                outside += usize::from(character.enabled);
                character.enabled = false;
            }
        }
        character
    });
    (characters.collect(), outside)
}

/// What a cut is scaled to, and by how much.
fn fitted(wanted: Rect, detail: Detail, registry: &Registry) -> (Size, f64) {
    let limits = registry.limits();
    let most = u64::from(limits.max_area);
    let (step, least) = (limits.side_step, limits.min_side);
    let up = |side: u32| side.max(least).div_ceil(step).saturating_mul(step);
    let same = Size {
        width: up(wanted.width),
        height: up(wanted.height),
    };
    let area = match detail {
        Detail::Same if same.area() <= most => return (same, 1.0),
        Detail::Same | Detail::Most => most,
        Detail::Free => u64::from(registry.prices().free_area).min(most),
    };
    let (width, height) = (f64::from(wanted.width), f64::from(wanted.height));
    let scale = (area as f64 / (width * height)).sqrt().min(MOST_SCALE);
    let sides = |side: f64| {
        let down = ((side * scale) as u32 / step * step).max(least);
        [down, down + step]
    };
    let sizes = sides(width)
        .into_iter()
        .flat_map(|width| sides(height).map(|height| Size { width, height }));
    // The same factor for both sides, or the picture would be stretched: the smaller one shows everything.
    let scale_to = |size: &Size| {
        let (across, down) = (f64::from(size.width) / width, f64::from(size.height) / height);
        across.min(down).min(MOST_SCALE)
    };
    let best = sizes.filter(|size| size.area() <= area).max_by(|a, b| {
        let by_scale = scale_to(a).total_cmp(&scale_to(b));
        by_scale.then(b.area().cmp(&a.area()))
    });
    let sent = best.unwrap_or(Size {
        width: least,
        height: least,
    });
    (sent, scale_to(&sent))
}

/// Where a longer stretch begins that holds a shorter one: around it, within the picture where it can be, and on the
/// grid of cells where that costs nothing.
fn placed(start: i32, length: u32, longer: u32, picture: u32) -> i32 {
    if longer >= picture {
        return 0;
    }
    let (start, length, longer) = (i64::from(start), i64::from(length), i64::from(longer));
    let around = start - (longer - length) / 2;
    let within = around.clamp(0, i64::from(picture) - longer);
    let on_grid = within / i64::from(CELL) * i64::from(CELL);
    let place = if on_grid + longer >= start + length {
        on_grid
    } else {
        within
    };
    i32::try_from(place).unwrap_or(0)
}

/// The cell that a pixel of a cut belongs to.
fn part(at: i64, crop: u32, sent: u32) -> Option<u32> {
    if !(0..i64::from(crop)).contains(&at) {
        return None;
    }
    let cells = i64::from(sent / CELL);
    // The middle of the pixel, in halves of a pixel.
    let cell = (2 * at + 1) * cells / (2 * i64::from(crop));
    u32::try_from(cell.min(cells - 1)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::character;

    const PICTURE: Size = Size {
        width: 832,
        height: 1216,
    };

    fn rect(left: i32, top: i32, width: u32, height: u32) -> Rect {
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    fn frame(inner: Rect, detail: Detail) -> Frame {
        Frame::around(inner, 48, PICTURE, detail, Registry::builtin())
    }

    #[test]
    fn a_picture_of_the_right_size_is_sent_as_it_is() {
        let frame = Frame::of_whole(PICTURE, Registry::builtin());
        assert!(frame.is_whole(PICTURE));
        assert!((frame.scale() - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn an_odd_size_gets_longer_sides_and_a_huge_one_is_reduced() {
        let size = Size {
            width: 1000,
            height: 1500,
        };
        let frame = Frame::of_whole(size, Registry::builtin());
        assert_eq!(
            (frame.crop, frame.sent),
            (
                rect(0, 0, 1024, 1536),
                Size {
                    width: 1024,
                    height: 1536
                }
            )
        );
        let huge = Size {
            width: 4096,
            height: 4096,
        };
        let frame = Frame::of_whole(huge, Registry::builtin());
        assert_eq!(
            frame.sent,
            Size {
                width: 1728,
                height: 1728
            }
        );
        assert_eq!(frame.crop, Rect::whole(huge));
    }

    #[test]
    fn a_face_is_sent_larger_where_that_is_free() {
        let face = rect(320, 160, 192, 192);
        let same = frame(face, Detail::Same);
        assert_eq!(
            same.sent,
            Size {
                width: 320,
                height: 320
            }
        );
        let free = frame(face, Detail::Free);
        assert_eq!(
            free.sent,
            Size {
                width: 1024,
                height: 1024
            }
        );
        let most = frame(face, Detail::Most);
        assert!(most.scale() > free.scale());
        for found in [same, free, most] {
            assert!(found.crop.left <= 272 && found.crop.right() >= 560, "{found:?}");
            assert_eq!(found.inner, face);
        }
    }

    #[test]
    fn who_stands_outside_the_cut_is_not_sent() {
        let mut characters = vec![character("girl"), character("boy"), character("cat")];
        characters[0].position = Some(Position { x: 0.5, y: 0.2 });
        characters[1].position = Some(Position { x: 0.1, y: 0.9 });
        let frame = frame(rect(320, 160, 192, 192), Detail::Free);
        let (mapped, outside) = in_frame(&characters, &frame, PICTURE);
        assert_eq!(outside, 1);
        let enabled: Vec<bool> = mapped.iter().map(|character| character.enabled).collect();
        assert_eq!(enabled, [true, false, true]);
        let place = mapped[0].position.unwrap();
        assert!(
            (0.3..0.7).contains(&place.x) && (0.2..0.8).contains(&place.y),
            "{place:?}"
        );
        assert_eq!(mapped[2].position, None);
    }

    fn boxes() -> impl Strategy<Value = (Size, Rect)> {
        (1_u32..5000, 1_u32..5000).prop_flat_map(|(width, height)| {
            let size = Size { width, height };
            let sides = (0..width, 0..height, 1..=width, 1..=height);
            sides.prop_map(move |(left, top, wide, high)| (size, rect(left as i32, top as i32, wide, high)))
        })
    }

    proptest! {
        #[test]
        fn a_frame_shows_all_that_was_asked_for_unstretched(
            (picture, inner) in boxes(), context in 0_u32..=96, detail in 0_usize..3,
        ) {
            let registry = Registry::builtin();
            let detail = [Detail::Same, Detail::Free, Detail::Most][detail];
            let frame = Frame::around(inner, context, picture, detail, registry);
            prop_assert!(frame.is_sound(registry), "{:?}", frame);
            let wanted = inner.widened(context, picture);
            prop_assert!(i64::from(frame.crop.left) <= i64::from(wanted.left) && frame.crop.right() >= wanted.right());
            prop_assert!(i64::from(frame.crop.top) <= i64::from(wanted.top) && frame.crop.bottom() >= wanted.bottom());
            // A pixel of rounding, or the longest shape that the service takes.
            let across = f64::from(frame.sent.width) / f64::from(frame.crop.width);
            let down = f64::from(frame.sent.height) / f64::from(frame.crop.height);
            let slack = across.max(down) / f64::from(frame.crop.width.min(frame.crop.height));
            prop_assert!((across - down).abs() <= slack + 1e-9, "{} {} {:?}", across, down, frame);
        }

        #[test]
        fn every_pixel_of_a_cut_has_its_cell_and_every_cell_a_pixel((picture, inner) in boxes(), detail in 0_usize..3) {
            let detail = [Detail::Same, Detail::Free, Detail::Most][detail];
            let frame = Frame::around(inner, 48, picture, detail, Registry::builtin());
            let start = i64::from(frame.crop.left);
            let mut seen: Vec<u32> = (start..frame.crop.right()).map(|x| frame.column(x).unwrap()).collect();
            seen.dedup();
            prop_assert_eq!(seen, (0..frame.cells().0).collect::<Vec<_>>());
            prop_assert_eq!(frame.column(start - 1), None);
            prop_assert_eq!(frame.column(frame.crop.right()), None);
        }
    }
}
