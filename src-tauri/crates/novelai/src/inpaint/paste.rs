//! The answer laid back into the picture, and the proof that nothing else has changed.

use bytes::Bytes;
use image::RgbaImage;

use super::Frame;
use super::colours::Shift;
use super::distance::squared;
use crate::check::Refusal;
use crate::metadata::{self, Metadata};
use crate::prepare::{Channels, decoded, encoded, resampled};
use crate::request::Size;

/// From this alpha on a pixel is taken for opaque: lower ones are real transparency, and not hidden settings, which
/// change the lowest bit only (api.md 7.5).
const OPAQUE: u8 = 254;

/// A picture with a part of it painted anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    /// PNG, of the size of the picture that it began with, with the texts of the answer.
    pub png: Bytes,
    /// Pixels that may have changed: the white cells and the feather around them.
    pub inside: u64,
    /// Of those, the ones that did.
    pub changed_inside: u64,
    /// Pixels beyond the feather that differ from the picture it began with, counted in the finished file. 0, or there
    /// is a mistake in this program.
    pub changed_outside: u64,
}

/// Lays an answer back where the frame was cut out. What was sent as a white cell is the answer's; from there it fades
/// into the picture over `feather` pixels of the picture; everything beyond is the picture's, to the byte.
///
/// `cells` are those of the mask as it was sent.
///
/// # Errors
///
/// A [`Refusal`] where one of the two pictures can't be decoded.
pub fn paste(picture: &[u8], answer: &[u8], frame: &Frame, cells: &[bool], blend: Blend) -> Result<Pasted, Refusal> {
    let before = decoded("source.image", picture)?;
    let answer_pixels = decoded("answer", answer)?;
    let crop = Size {
        width: frame.crop.width,
        height: frame.crop.height,
    };
    let mut painted = resampled(answer_pixels, crop);
    let window = Window::of(frame, &before);
    let far = window.distances(frame, cells);
    if blend.match_colours {
        let ring = window.ring(&far, blend.feather);
        let places = ring.into_iter().map(|(x, y)| {
            let inner = window.within(frame, x, y);
            (before.get_pixel(x, y).0, painted.get_pixel(inner.0, inner.1).0)
        });
        if let Some(shift) = Shift::between(places) {
            for pixel in painted.pixels_mut() {
                pixel.0 = shift.of(pixel.0);
            }
        }
    }
    let share = shares(far, blend.feather);
    let clear = painted.pixels().any(|pixel| pixel.0[3] < OPAQUE);
    let mut after = before.clone();
    for (at, share) in share.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let (x, y) = window.pixel(at);
        let (inner_x, inner_y) = window.within(frame, x, y);
        let mixed = mixed(
            before.get_pixel(x, y).0,
            painted.get_pixel(inner_x, inner_y).0,
            *share,
            clear,
        );
        after.get_pixel_mut(x, y).0 = mixed;
    }
    let png = with_texts(
        &encoded(&after, Channels::Four),
        &metadata::read(answer).unwrap_or_default(),
    );
    let (inside, changed_inside, changed_outside) = count(&before, &decoded("answer", &png)?, &window, &share);
    Ok(Pasted {
        png,
        inside,
        changed_inside,
        changed_outside,
    })
}

/// Pixels beyond mask and feather in which a result differs from the picture it was made of; all of them, where the two
/// are not of one size.
///
/// # Errors
///
/// A [`Refusal`] where one of the two pictures can't be decoded.
pub fn changed_outside(
    picture: &[u8],
    result: &[u8],
    frame: &Frame,
    cells: &[bool],
    feather: u32,
) -> Result<u64, Refusal> {
    let before = decoded("source.image", picture)?;
    let after = decoded("answer", result)?;
    if before.dimensions() != after.dimensions() {
        return Ok(u64::from(after.width()) * u64::from(after.height()));
    }
    let window = Window::of(frame, &before);
    let share = shares(window.distances(frame, cells), feather);
    Ok(count(&before, &after, &window, &share).2)
}

/// How an answer goes into the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Blend {
    /// Pixels of the picture over which it fades.
    pub feather: u32,
    /// Its colours are brought to those of the picture around the mask.
    pub match_colours: bool,
}

impl Blend {
    /// Faded, its colours as they came.
    #[must_use]
    pub fn over(feather: u32) -> Self {
        Self {
            feather,
            match_colours: false,
        }
    }
}

/// The part of a picture that its frame shows.
struct Window {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Window {
    fn of(frame: &Frame, picture: &RgbaImage) -> Self {
        let within = |from: i64, to: i64, length: u32| {
            let from = from.clamp(0, i64::from(length));
            let to = to.clamp(from, i64::from(length));
            (u32::try_from(from).unwrap_or(0), u32::try_from(to - from).unwrap_or(0))
        };
        let (left, width) = within(frame.crop.left.into(), frame.crop.right(), picture.width());
        let (top, height) = within(frame.crop.top.into(), frame.crop.bottom(), picture.height());
        Self {
            left,
            top,
            width,
            height,
        }
    }

    fn pixel(&self, at: usize) -> (u32, u32) {
        let (x, y) = (at % self.width as usize, at / self.width as usize);
        (self.left + x as u32, self.top + y as u32)
    }

    /// The same pixel in the cut.
    fn within(&self, frame: &Frame, x: u32, y: u32) -> (u32, u32) {
        let inner = |at: u32, start: i32| u32::try_from(i64::from(at) - i64::from(start)).unwrap_or(0);
        (inner(x, frame.crop.left), inner(y, frame.crop.top))
    }

    /// Pixels close to the paint that are the picture's own.
    fn ring(&self, far: &[f32], feather: u32) -> Vec<(u32, u32)> {
        let reach = (feather as f32).max(RING);
        let near = far.iter().enumerate().filter(|(_, far)| **far > 0.0 && **far <= reach);
        near.map(|(at, _)| self.pixel(at)).collect()
    }

    /// How far each pixel is from the nearest that is painted.
    fn distances(&self, frame: &Frame, cells: &[bool]) -> Vec<f32> {
        let across = frame.cells().0;
        let painted: Vec<bool> = (0..self.width as usize * self.height as usize)
            .map(|at| {
                let (x, y) = self.pixel(at);
                let cell = frame.column(x.into()).zip(frame.row(y.into()));
                let white = cell.and_then(|(column, row)| cells.get((row * across + column) as usize));
                white.copied().unwrap_or(false)
            })
            .collect();
        let far = squared(&painted, self.width as usize);
        far.into_iter().map(f32::sqrt).collect()
    }
}

/// How wide the ring is at least in which colours are compared.
const RING: f32 = 24.0;

/// How much of each pixel is the answer's, 0 to 1.
fn shares(far: Vec<f32>, feather: u32) -> Vec<f32> {
    let reach = feather as f32 + 1.0;
    far.into_iter().map(|far| share(far / reach)).collect()
}

/// 1 at the paint, 0 from a distance of 1 on, and smooth between.
fn share(far: f32) -> f32 {
    let near = 1.0 - far.min(1.0);
    near * near * (3.0 - 2.0 * near)
}

/// Two pixels in one. Transparency is the picture's own unless the answer really has some: an opaque answer hides
/// settings in its lowest bits, which would be noise here.
fn mixed(before: [u8; 4], painted: [u8; 4], share: f32, clear: bool) -> [u8; 4] {
    let alpha = |pixel: [u8; 4]| {
        if pixel[3] < OPAQUE {
            f32::from(pixel[3]) / 255.0
        } else {
            1.0
        }
    };
    let (was, is) = (alpha(before), if clear { alpha(painted) } else { 1.0 });
    // Colours count as much as they are seen.
    let (old, new) = (was * (1.0 - share), is * share);
    let seen = old + new;
    let mut mixed = before;
    if seen > 0.0 {
        for channel in 0..3 {
            let value = (f32::from(before[channel]) * old + f32::from(painted[channel]) * new) / seen;
            mixed[channel] = value.round() as u8;
        }
    }
    if seen < 1.0 || was < 1.0 {
        mixed[3] = (seen * 255.0).round() as u8;
    }
    mixed
}

/// Pixels within the feather, those of them that changed, and those beyond it that did.
fn count(before: &RgbaImage, after: &RgbaImage, window: &Window, share: &[f32]) -> (u64, u64, u64) {
    let mut differing = 0_u64;
    for (before, after) in before.pixels().zip(after.pixels()) {
        differing += u64::from(before != after);
    }
    let (mut inside, mut changed) = (0, 0);
    for (at, _) in share.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let (x, y) = window.pixel(at);
        inside += 1;
        changed += u64::from(before.get_pixel(x, y) != after.get_pixel(x, y));
    }
    (inside, changed, differing - changed)
}

/// The texts of the answer, so that the picture still says how it was made. Its signature no longer holds: the pixels
/// are others.
pub(crate) fn with_texts(png: &[u8], told: &Metadata) -> Bytes {
    let texts = [
        ("Title", &told.title),
        ("Description", &told.description),
        ("Software", &told.software),
        ("Source", &told.source),
        ("Generation time", &told.generation_time),
        ("Comment", &told.raw_comment),
    ];
    let texts = texts
        .iter()
        .filter_map(|(keyword, text)| Some((*keyword, text.as_deref()?)));
    metadata::with_texts(png, &texts.collect::<Vec<_>>()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inpaint::{Detail, Plane, Rect, cells, cut, mask_png};
    use crate::mask::Coverage;
    use crate::model::Registry;
    use crate::prepare::tests::rgba;

    fn noise(size: Size, seed: u32) -> Vec<u8> {
        rgba(size.width, size.height, |x, y| {
            let mixed = (x * 73 + y * 151 + seed).wrapping_mul(2_654_435_761);
            [mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8, 255]
        })
    }

    fn plane(size: Size, painted: impl Fn(u32, u32) -> bool) -> Plane {
        let rows = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        Plane::new(size, rows.map(|(x, y)| u8::from(painted(x, y))).collect()).unwrap()
    }

    const SIZE: Size = Size {
        width: 320,
        height: 256,
    };

    #[test]
    fn only_the_mask_and_its_feather_change() {
        let picture = noise(SIZE, 1);
        let frame = Frame::of_whole(SIZE, Registry::builtin());
        let white = cells(
            &plane(SIZE, |x, y| (100..140).contains(&x) && (80..90).contains(&y)),
            &frame,
            Coverage::Any,
        );
        let answer = rgba(320, 256, |_, _| [255, 0, 0, 255]);
        let pasted = paste(&picture, &answer, &frame, &white, Blend::over(10)).unwrap();
        assert_eq!(pasted.changed_outside, 0);
        assert!(pasted.changed_inside > 40 * 10 && pasted.inside < 80 * 60, "{pasted:?}");
        let after = decoded("image", &pasted.png).unwrap();
        let before = decoded("image", &picture).unwrap();
        assert_eq!(after.get_pixel(120, 85).0, [255, 0, 0, 255]);
        assert_eq!(after.get_pixel(120, 120), before.get_pixel(120, 120));
        assert_ne!(after.get_pixel(120, 100), before.get_pixel(120, 100), "it fades");
    }

    #[test]
    fn hidden_settings_of_the_answer_do_not_get_into_the_picture() {
        let picture = rgba(64, 64, |x, _| [9, 9, 9, if x < 32 { 254 } else { 255 }]);
        let answer = rgba(64, 64, |x, _| [200, 9, 9, if x % 2 == 0 { 254 } else { 255 }]);
        let frame = Frame::of_whole(Size { width: 64, height: 64 }, Registry::builtin());
        let pasted = paste(&picture, &answer, &frame, &[true; 64], Blend::default()).unwrap();
        let after = decoded("image", &pasted.png).unwrap();
        assert_eq!(after.get_pixel(3, 3).0[3], 254);
        assert_eq!(after.get_pixel(40, 3).0, [200, 9, 9, 255]);
    }

    #[test]
    fn colours_are_brought_to_those_around_the_mask() {
        let picture = rgba(320, 256, |x, y| [100 + (x % 7) as u8, 90 + (y % 5) as u8, 60, 255]);
        let frame = Frame::of_whole(SIZE, Registry::builtin());
        let white = cells(
            &plane(SIZE, |x, y| (100..140).contains(&x) && (80..120).contains(&y)),
            &frame,
            Coverage::Any,
        );
        // The whole answer is too light, what is new in it too.
        let answer = rgba(320, 256, |x, y| {
            let new = u8::from((100..140).contains(&x) && (80..120).contains(&y)) * 40;
            [130 + (x % 7) as u8 + new, 120 + (y % 5) as u8, 90, 255]
        });
        let blend = Blend {
            feather: 8,
            match_colours: true,
        };
        let pasted = paste(&picture, &answer, &frame, &white, blend).unwrap();
        assert_eq!(pasted.changed_outside, 0);
        let after = decoded("image", &pasted.png).unwrap();
        let [red, green, blue, _] = after.get_pixel(120, 100).0;
        assert!((140..=147).contains(&red), "{red}");
        assert!(
            (89..=95).contains(&green) && (59..=61).contains(&blue),
            "{green} {blue}"
        );
    }

    #[test]
    fn what_changed_outside_is_counted_in_any_result() {
        let picture = rgba(320, 256, |_, _| [9, 9, 9, 255]);
        let frame = Frame::of_whole(SIZE, Registry::builtin());
        let mut white = vec![false; 40 * 32];
        white[0] = true;
        let result = rgba(320, 256, |x, y| {
            if y < 10 && x < 100 {
                [200, 9, 9, 255]
            } else {
                [9, 9, 9, 255]
            }
        });
        let outside = changed_outside(&picture, &result, &frame, &white, 0).unwrap();
        assert_eq!(outside, 100 * 10 - 8 * 8);
        let other = rgba(64, 64, |_, _| [9, 9, 9, 255]);
        assert_eq!(changed_outside(&picture, &other, &frame, &white, 0).unwrap(), 64 * 64);
    }

    #[test]
    fn the_texts_of_the_answer_go_along() {
        let answer = with_texts(
            &noise(SIZE, 3),
            &Metadata {
                description: Some("銀の髪, 1girl".into()),
                raw_comment: Some(r#"{"seed": 7}"#.into()),
                ..Metadata::default()
            },
        );
        let frame = Frame::of_whole(SIZE, Registry::builtin());
        let white = vec![true; 40 * 32];
        let pasted = paste(&noise(SIZE, 1), &answer, &frame, &white, Blend::default()).unwrap();
        let told = metadata::read(&pasted.png).unwrap();
        assert_eq!(told.description.as_deref(), Some("銀の髪, 1girl"));
        assert_eq!(told.seed(), Some(7));
    }

    #[test]
    fn what_can_not_be_decoded_is_refused() {
        let frame = Frame::of_whole(SIZE, Registry::builtin());
        assert!(paste(b"no picture", &noise(SIZE, 1), &frame, &[true; 1280], Blend::over(8)).is_err());
        assert!(paste(&noise(SIZE, 1), b"", &frame, &[true; 1280], Blend::over(8)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn cut_and_laid_back_is_the_same_outside_for_any_mask_and_size(
            width in 1_u32..160, height in 1_u32..160, seed in any::<u32>(), free in any::<bool>(), feather in 0_u32..40,
        ) {
            let size = Size { width, height };
            let registry = Registry::builtin();
            let detail = if free { Detail::Free } else { Detail::Same };
            let inner = Rect { left: (width / 3) as i32, top: (height / 4) as i32, width: width / 2 + 1, height: height / 2 + 1 };
            let frame = Frame::around(inner, 16, size, detail, registry);
            let mask = plane(size, |x, y| (x / 5 * 7 + y / 6 * 13 + seed % 97) % 5 == 1);
            let white = cells(&mask, &frame, Coverage::Any);
            let picture = noise(size, seed);
            prop_assert!(mask_png(&white, &frame).is_ok());
            // Any answer of the right size: here the cut itself, with everything turned round.
            let sent = cut(&picture, &frame, true).unwrap();
            let turned = decoded("image", &sent).unwrap();
            let answer = rgba(frame.sent.width, frame.sent.height, |x, y| {
                let [red, green, blue, alpha] = turned.get_pixel(x, y).0;
                [255 - red, 255 - green, 255 - blue, alpha]
            });
            let pasted = paste(&picture, &answer, &frame, &white, Blend::over(feather)).unwrap();
            prop_assert_eq!(pasted.changed_outside, 0);
            let (before, after) = (decoded("image", &picture).unwrap(), decoded("image", &pasted.png).unwrap());
            prop_assert_eq!(before.dimensions(), after.dimensions());
            let reach = i64::from(feather) + 1;
            let painted = |x: i64, y: i64| {
                let cell = frame.column(x).zip(frame.row(y));
                cell.is_some_and(|(column, row)| white[(row * frame.cells().0 + column) as usize])
            };
            for (x, y, pixel) in before.enumerate_pixels().step_by(37) {
                let (x64, y64) = (i64::from(x), i64::from(y));
                let near = (-reach..=reach).any(|down| (-reach..=reach).any(|across| {
                    let (x, y) = (x64 + across, y64 + down);
                    (0..i64::from(width)).contains(&x) && (0..i64::from(height)).contains(&y) && painted(x, y)
                }));
                prop_assert!(near || pixel == after.get_pixel(x, y));
            }
        }
    }
}
