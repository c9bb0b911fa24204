//! From a mask and what was asked for to the requests that are sent: one, or one for each spot. Pure.

use novelai::inpaint::{Detail, Frame, Plane, Rect, blobs, bounds, in_frame};
use novelai::model::Registry;
use novelai::request::{GenerateRequest, Paste, PictureId, Size, Source};

use super::{Area, CellRule, Edges, Focus, Repaint, RepaintSettings};
use crate::error::{Error, ErrorCode};

/// What a cell has to be painted for, in percent, where half of it is not enough.
const MORE_THAN_HALF: u8 = 51;

/// Where the picture is cut, spot for spot.
pub(super) fn frames(mask: &Plane, settings: &RepaintSettings, registry: &Registry) -> Result<Vec<Frame>, Error> {
    let size = mask.size();
    let margin = settings.margin.min(256);
    let around = |inner: Rect| Frame::around(inner, margin, size, Detail::Free, registry);
    match settings.focus {
        Focus::Box { area } => {
            let inner = inner_of(area, margin, size).ok_or_else(|| refused("focus", "The box lies outside."))?;
            return Ok(vec![around(inner)]);
        }
        Focus::Whole | Focus::Auto | Focus::Each => {}
    }
    let all = bounds(mask).ok_or_else(|| refused("mask", "Nothing is painted."))?;
    Ok(match settings.focus {
        Focus::Whole => vec![Frame::of_whole(size, registry)],
        Focus::Auto | Focus::Box { .. } => vec![around(all)],
        Focus::Each => blobs(mask, margin).into_iter().map(around).collect(),
    })
}

/// The part of a drawn box in which paint counts. Along the edge of the canvas nothing lies beyond, and no margin is
/// kept.
fn inner_of(area: Area, margin: u32, size: Size) -> Option<Rect> {
    let side = |from: i32, length: u32, whole: u32| {
        let (from, whole, margin) = (i64::from(from), i64::from(whole), i64::from(margin));
        let to = (from + i64::from(length)).min(whole);
        let from = from.max(0);
        let (start, end) = (
            if from == 0 { 0 } else { from + margin },
            if to / 8 >= whole / 8 { to } else { to - margin },
        );
        // A box that is all margin: its middle.
        let (start, end) = if start < end { (start, end) } else { (from, to) };
        let length = u32::try_from(end - start).ok().filter(|length| *length > 0)?;
        Some((i32::try_from(start).ok()?, length))
    };
    let (left, width) = side(area.x, area.width, size.width)?;
    let (top, height) = side(area.y, area.height, size.height)?;
    Some(Rect {
        left,
        top,
        width,
        height,
    })
}

/// What a canvas is made of, for its requests.
pub(super) struct Ground<'a> {
    pub(super) canvas: &'a PictureId,
    pub(super) image: PictureId,
    pub(super) mask: PictureId,
    /// Of the canvas, edges included.
    pub(super) size: Size,
    pub(super) edges: Edges,
}

/// The request for one spot: the draft's, but for what the repaint decides.
pub(super) fn request(
    draft: &GenerateRequest,
    repaint: &Repaint,
    ground: &Ground<'_>,
    frame: Frame,
    after: Option<PictureId>,
) -> GenerateRequest {
    let settings = &repaint.settings;
    let mut request = draft.clone();
    if let Some(own) = &settings.prompt {
        request.prompt.text.clone_from(&own.text);
        request.prompt.undesired.clone_from(&own.undesired);
    }
    request.sampling.seed = repaint.seed;
    request.samples = 1;
    request.size = frame.sent;
    request.characters = characters(draft, &frame, ground);
    request.source = Source::Inpaint {
        image: ground.image.clone(),
        mask: ground.mask.clone(),
        strength: settings.strength,
        overlay: false,
        paste: Some(Paste {
            frame,
            coverage: match settings.rule {
                CellRule::Any => 0,
                CellRule::Half => MORE_THAN_HALF,
            },
            feather: settings.feather.min(256),
            keep_outside: settings.keep_outside,
            match_colours: settings.match_colours,
            canvas: Some(ground.canvas.clone()),
            after,
        }),
    };
    request
}

/// Characters stand in the picture, which is a part of the canvas, of which the frame shows a part.
fn characters(draft: &GenerateRequest, frame: &Frame, ground: &Ground<'_>) -> Vec<novelai::request::Character> {
    let Edges {
        left,
        top,
        right,
        bottom,
    } = ground.edges;
    let picture = Size {
        width: ground.size.width.saturating_sub(left + right).max(1),
        height: ground.size.height.saturating_sub(top + bottom).max(1),
    };
    let back = |at: i32, by: u32| at.saturating_sub(i32::try_from(by).unwrap_or(i32::MAX));
    let mut seen = *frame;
    seen.crop.left = back(seen.crop.left, left);
    seen.crop.top = back(seen.crop.top, top);
    in_frame(&draft.characters, &seen, picture).0
}

pub(super) fn refused(field: &str, message: impl Into<String>) -> Error {
    Error::new(ErrorCode::Refused, message).with_detail(field)
}

#[cfg(test)]
mod tests {
    use novelai::request::{Character, Position};

    use super::*;
    use crate::canvas::OwnPrompt;
    use crate::testing::request as draft;

    const SIZE: Size = Size {
        width: 1024,
        height: 768,
    };

    fn mask(spots: &[(u32, u32)]) -> Plane {
        let mut pixels = vec![0; (SIZE.width * SIZE.height) as usize];
        for (left, top) in spots {
            for y in *top..top + 40 {
                let at = (y * SIZE.width + left) as usize;
                pixels[at..at + 40].fill(255);
            }
        }
        Plane::new(SIZE, pixels).unwrap()
    }

    fn settings(focus: Focus) -> RepaintSettings {
        RepaintSettings {
            focus,
            ..RepaintSettings::default()
        }
    }

    fn planned(mask: &Plane, focus: Focus) -> Vec<Frame> {
        frames(mask, &settings(focus), Registry::builtin()).unwrap()
    }

    #[test]
    fn spots_far_apart_are_several_jobs_only_where_that_is_wanted() {
        let mask = mask(&[(100, 100), (800, 600)]);
        assert_eq!(planned(&mask, Focus::Each).len(), 2);
        assert_eq!(planned(&mask, Focus::Auto).len(), 1);
        assert!(planned(&mask, Focus::Whole)[0].is_whole(SIZE));
    }

    #[test]
    fn a_spot_is_sent_larger_than_it_is() {
        let frame = planned(&mask(&[(500, 300)]), Focus::Auto)[0];
        assert!(frame.scale() > 4.0, "{frame:?}");
        assert!(frame.sent.area() <= 1_048_576);
    }

    #[test]
    fn nothing_painted_is_refused_but_in_a_box() {
        let empty = mask(&[]);
        for focus in [Focus::Whole, Focus::Auto, Focus::Each] {
            let refused = frames(&empty, &settings(focus), Registry::builtin()).unwrap_err();
            assert_eq!(refused.detail.as_deref(), Some("mask"));
        }
        let area = Area {
            x: 160,
            y: 160,
            width: 320,
            height: 320,
        };
        let frame = planned(&empty, Focus::Box { area })[0];
        assert_eq!((frame.inner.left, frame.inner.width), (208, 224));
    }

    #[test]
    fn a_box_anywhere_is_a_frame_or_is_refused() {
        for (x, y, width, height) in [(-50, -50, 20, 20), (5000, 0, 64, 64), (0, 0, 0, 0)] {
            let focus = Focus::Box {
                area: Area { x, y, width, height },
            };
            assert!(frames(&mask(&[]), &settings(focus), Registry::builtin()).is_err());
        }
        let all = Focus::Box {
            area: Area {
                x: i32::MIN,
                y: -8,
                width: u32::MAX,
                height: u32::MAX,
            },
        };
        assert!(planned(&mask(&[]), all)[0].is_sound(Registry::builtin()));
    }

    #[test]
    fn characters_stand_where_they_stood_in_the_picture() {
        let mut draft = draft();
        draft.characters = vec![Character {
            prompt: "girl".into(),
            undesired: String::new(),
            position: Some(Position { x: 0.5, y: 0.5 }),
            enabled: true,
            name: String::new(),
        }];
        let canvas = PictureId("a".repeat(64));
        let edges = Edges {
            left: 512,
            ..Edges::default()
        };
        let ground = Ground {
            canvas: &canvas,
            image: canvas.clone(),
            mask: canvas.clone(),
            size: SIZE,
            edges,
        };
        let repaint = Repaint {
            canvas: canvas.clone(),
            settings: RepaintSettings {
                prompt: Some(OwnPrompt {
                    text: "a cat".into(),
                    undesired: "dogs".into(),
                }),
                ..settings(Focus::Whole)
            },
            seed: Some(7),
        };
        let frame = Frame::of_whole(SIZE, Registry::builtin());
        let request = request(&draft, &repaint, &ground, frame, None);
        // The picture is the right half of the canvas.
        assert_eq!(request.characters[0].position, Some(Position { x: 0.75, y: 0.5 }));
        assert_eq!(
            (request.size, request.samples, request.sampling.seed),
            (SIZE, 1, Some(7))
        );
        assert_eq!(request.prompt.text, "a cat");
    }
}
