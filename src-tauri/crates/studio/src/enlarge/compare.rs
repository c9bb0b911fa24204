//! The same part of a picture by each way, to be looked at side by side before one is chosen.
//!
//! The last few comparisons are kept in memory and shown by id. Only the newest is worth the work: one that is asked for
//! stops the one before.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use image::imageops::{self, FilterType};
use novelai::inpaint::Rect;
use novelai::prepare;
use novelai::request::{PictureId, Size};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{LocalWay, Watch, enlarge, enlarged_size};
use crate::disk::off_thread;
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};

/// The sides of the largest part that is compared.
const SIDE: u32 = 512;
/// How many comparisons are kept to be shown.
const KEPT: usize = 4;

/// One of the ways that stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum ComparedWay {
    /// By waifu2x.
    Waifu2x,
    /// By Lanczos.
    Lanczos,
    /// Each pixel as a square: what there is, and nothing made up.
    Nearest,
}

impl ComparedWay {
    const ALL: [Self; 3] = [Self::Waifu2x, Self::Lanczos, Self::Nearest];
}

/// A part of a picture by each way. Its pictures are asked for by id and way as long as they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Names it.
    pub id: u32,
    /// The ways that there are.
    pub ways: Vec<ComparedWay>,
}

/// The comparisons that are kept.
#[derive(Default)]
pub(crate) struct Comparisons {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last: u32,
    newest: CancellationToken,
    kept: VecDeque<(u32, [Bytes; ComparedWay::ALL.len()])>,
}

impl Comparisons {
    /// A new one, which stops the one before.
    fn begin(&self) -> CancellationToken {
        let mut inner = lock(&self.inner);
        inner.newest.cancel();
        inner.newest = CancellationToken::new();
        inner.newest.clone()
    }

    fn keep(&self, pictures: [Bytes; ComparedWay::ALL.len()]) -> u32 {
        let mut inner = lock(&self.inner);
        inner.last = inner.last.wrapping_add(1);
        let id = inner.last;
        inner.kept.push_back((id, pictures));
        if inner.kept.len() > KEPT {
            inner.kept.pop_front();
        }
        id
    }

    fn get(&self, id: u32, way: ComparedWay) -> Option<Bytes> {
        let inner = lock(&self.inner);
        let (_, pictures) = inner.kept.iter().find(|(kept, _)| *kept == id)?;
        let mut pictures = ComparedWay::ALL.iter().zip(pictures);
        pictures.find_map(|(kept, picture)| (*kept == way).then(|| picture.clone()))
    }
}

impl Studio {
    /// Makes a part of a picture larger by each local way, waifu2x with this much noise taken away. The part is cut to
    /// the picture; asking again stops what was asked before.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture is gone; `refused` where the part is empty or larger than 512 pixels a side, where
    /// there is no such scale, and where another comparison has been asked for since (`detail` is `superseded`).
    pub async fn compare_ways(
        &self,
        image: PictureId,
        crop: Rect,
        scale: u8,
        noise: Option<u8>,
    ) -> Result<Comparison, Error> {
        let shared = self.shared().clone();
        let newest = shared.comparisons.begin();
        off_thread(move || {
            let picture = shared.inputs.required(&image)?;
            let pictures = compared(&picture, crop, scale, noise, &|| newest.is_cancelled())?;
            Ok(Comparison {
                id: shared.comparisons.keep(pictures),
                ways: ComparedWay::ALL.to_vec(),
            })
        })
        .await
    }

    /// A picture of a comparison, as long as it is kept: PNG.
    #[must_use]
    pub fn compared(&self, id: u32, way: ComparedWay) -> Option<Bytes> {
        self.shared().comparisons.get(id, way)
    }
}

fn compared(
    picture: &[u8],
    crop: Rect,
    scale: u8,
    noise: Option<u8>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<[Bytes; ComparedWay::ALL.len()], Error> {
    let (left, top, size) = cut_to(crop, prepare::size(picture)?)?;
    let waifu2x = LocalWay::Waifu2x { noise };
    let larger = enlarged_size(size, waifu2x, scale)?;
    let part = imageops::crop_imm(&prepare::pixels(picture)?, left, top, size.width, size.height).to_image();
    let watch = Watch {
        stopped,
        ..Watch::NOBODY
    };
    let mut pictures: [Bytes; ComparedWay::ALL.len()] = Default::default();
    for (way, to) in ComparedWay::ALL.into_iter().zip(&mut pictures) {
        let made = match way {
            ComparedWay::Waifu2x => enlarge(part.clone(), waifu2x, scale, watch)?,
            ComparedWay::Lanczos => enlarge(part.clone(), LocalWay::Lanczos, scale, watch)?,
            ComparedWay::Nearest => Some(imageops::resize(
                &part,
                larger.width,
                larger.height,
                FilterType::Nearest,
            )),
        };
        let made = made.ok_or_else(superseded)?;
        *to = prepare::made_of(&made, &[]);
    }
    Ok(pictures)
}

/// The part of the rectangle that lies in the picture.
fn cut_to(crop: Rect, picture: Size) -> Result<(u32, u32, Size), Error> {
    let refused = |message: String| Err(Error::new(ErrorCode::Refused, message).with_detail("crop"));
    let within = |first: i32, length: u32, side: u32| {
        let end = (i64::from(first) + i64::from(length)).clamp(0, side.into());
        let first = i64::from(first).clamp(0, end);
        (first as u32, (end - first) as u32)
    };
    let (left, width) = within(crop.left, crop.width, picture.width);
    let (top, height) = within(crop.top, crop.height, picture.height);
    if width == 0 || height == 0 {
        return refused("This part lies outside of the picture.".to_owned());
    }
    if width > SIDE || height > SIDE {
        return refused(format!("Compare a smaller part: at most {SIDE} pixels a side."));
    }
    Ok((left, top, Size { width, height }))
}

fn superseded() -> Error {
    Error::new(ErrorCode::Refused, "Another comparison was asked for since.").with_detail("superseded")
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawing;
    use super::*;

    fn rect(left: i32, top: i32, width: u32, height: u32) -> Rect {
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn each_way_shows_the_same_part() {
        let picture = prepare::made_of(&drawing(60, 40), &[]);
        let pictures = compared(&picture, rect(50, -4, 30, 20), 2, Some(0), &|| false).unwrap();
        for picture in &pictures {
            assert_eq!(prepare::size(picture).unwrap(), Size { width: 20, height: 32 });
        }
        let [waifu2x, lanczos, nearest] = &pictures;
        assert!(waifu2x != lanczos && lanczos != nearest);
        let (small, large) = (prepare::pixels(&picture).unwrap(), prepare::pixels(nearest).unwrap());
        assert_eq!(large.get_pixel(7, 9), small.get_pixel(53, 4));
    }

    #[test]
    fn only_a_small_part_of_the_picture_is_compared() {
        let picture = Size {
            width: 2000,
            height: 40,
        };
        for crop in [
            rect(0, 0, 513, 40),
            rect(0, 0, 0, 9),
            rect(2000, 0, 9, 9),
            rect(-9, 0, 9, 9),
            rect(i32::MIN, 0, 9, 9),
        ] {
            assert_eq!(cut_to(crop, picture).unwrap_err().code, ErrorCode::Refused, "{crop:?}");
        }
        let all = Size { width: 512, height: 40 };
        assert_eq!(cut_to(rect(1488, -9, u32::MAX, u32::MAX), picture), Ok((1488, 0, all)));
    }

    #[test]
    fn a_new_comparison_stops_the_one_before_and_only_a_few_are_kept() {
        let comparisons = Comparisons::default();
        let first = comparisons.begin();
        let second = comparisons.begin();
        assert!(first.is_cancelled() && !second.is_cancelled());
        let picture = prepare::made_of(&drawing(20, 20), &[]);
        let stopped = compared(&picture, rect(0, 0, 20, 20), 2, None, &|| first.is_cancelled()).unwrap_err();
        assert_eq!(stopped.detail.as_deref(), Some("superseded"));

        let ids: Vec<u32> = (0..5).map(|_| comparisons.keep(Default::default())).collect();
        assert_eq!(comparisons.get(ids[0], ComparedWay::Nearest), None);
        assert_eq!(comparisons.get(ids[4], ComparedWay::Nearest), Some(Bytes::new()));
    }
}
