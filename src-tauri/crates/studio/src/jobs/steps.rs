//! One step that makes a picture of a picture, and steps that follow one another.
//!
//! What a step costs, and how large the picture is that it gives, follows from the size of the picture it gets. So the
//! price of a whole chain is known before its first step has run.

use novelai::account::Account;
use novelai::client::Annotator;
use novelai::cost::{self, Estimate};
use novelai::model::{ModelId, Registry};
use novelai::prepare;
use novelai::request::{PictureId, Size};
use novelai::tools::{Tool, check_upscale};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::enlarge::{LocalWay, enlarged_size};
use crate::error::{Error, ErrorCode};
use crate::jobs::Work;

/// The smallest picture: what can't be done with it can't be done with any.
const PIXEL: Size = Size { width: 1, height: 1 };

/// Something that makes a picture of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Step {
    /// It is made larger by the service.
    Upscale {
        /// Who does it.
        model: ModelId,
        /// 0, or 0.3 to 0.5 in steps of 0.05.
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        sharpening: f64,
        /// 2, or 4 where the server has an older form of the endpoint.
        scale: u8,
    },
    /// A director tool changes it.
    Augment {
        /// What is done to it.
        tool: Tool,
    },
    /// It is made larger on this machine, for nothing.
    Enlarge {
        /// How.
        way: LocalWay,
        /// 2 or 4.
        scale: u8,
    },
    /// A map is drawn of it. Legacy: a server may not offer it.
    Annotate {
        /// What is drawn of it.
        annotator: Annotator,
    },
}

/// Where a job stands among steps that follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// The UUID of the click: the same for all pictures that it was for.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub id: Uuid,
    /// Which step it is, from 0.
    pub step: u32,
    /// How many steps there are for each picture.
    pub steps: u32,
    /// The job whose first picture it takes; none of the first step. Until then its work names the picture that the
    /// first step takes.
    #[cfg_attr(feature = "specta", specta(type = Option<String>))]
    pub after: Option<Uuid>,
}

/// What a step comes to for a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// The size of the picture that it gives: of several the first.
    pub(crate) size: Size,
    /// None where nobody names a price.
    pub(crate) price: Option<Estimate>,
}

impl Step {
    /// The step as work on a picture.
    pub(crate) fn on(self, image: PictureId) -> Work {
        match self {
            Self::Upscale {
                model,
                sharpening,
                scale,
            } => Work::Upscale {
                image,
                model,
                sharpening,
                scale,
            },
            Self::Augment { tool } => Work::Augment { image, tool },
            Self::Enlarge { way, scale } => Work::Enlarge { image, way, scale },
            Self::Annotate { annotator } => Work::Annotate { image, annotator },
        }
    }

    /// Whether it can be done at all, whatever the picture.
    pub(crate) fn check(&self, registry: &Registry) -> Result<(), Error> {
        match self {
            Self::Upscale {
                model,
                sharpening,
                scale,
            } => Ok(check_upscale(model, *sharpening, *scale, registry)?),
            Self::Augment { tool } => Ok(tool.check()?),
            Self::Enlarge { way, scale } => enlarged_size(PIXEL, *way, *scale).map(drop),
            Self::Annotate { .. } => Ok(()),
        }
    }

    /// What it comes to for a picture of this size.
    pub(crate) fn outcome(&self, size: Size, registry: &Registry, account: Option<&Account>) -> Result<Outcome, Error> {
        self.check(registry)?;
        let times = |scale: u8| Size {
            width: size.width.saturating_mul(u32::from(scale)),
            height: size.height.saturating_mul(u32::from(scale)),
        };
        let (size, price) = match self {
            Self::Upscale { scale, .. } => (times(*scale), Some(cost::plain(cost::upscale(size, registry)?))),
            Self::Augment { tool } => (
                cost::director_size(size, registry),
                Some(cost::director(tool.removes_background(), size, registry, account)),
            ),
            Self::Enlarge { way, scale } => (enlarged_size(size, *way, *scale)?, Some(cost::plain(0))),
            Self::Annotate { .. } => (prepare::within(size, registry.limits().max_area), None),
        };
        if !prepare::can_be_taken(size) {
            let message = format!(
                "The picture would have {} × {} pixels, which is larger than any that is taken.",
                size.width, size.height
            );
            return Err(refused("image", message));
        }
        Ok(Outcome { size, price })
    }
}

fn refused(field: &str, message: impl Into<String>) -> Error {
    Error::new(ErrorCode::Refused, message).with_detail(field)
}

impl Work {
    /// The step that it is, and its picture, where it makes a picture of a picture and of nothing else.
    pub(crate) fn as_step(&self) -> Option<(Step, &PictureId)> {
        Some(match self {
            Self::Upscale {
                image,
                model,
                sharpening,
                scale,
            } => {
                let step = Step::Upscale {
                    model: model.clone(),
                    sharpening: *sharpening,
                    scale: *scale,
                };
                (step, image)
            }
            Self::Augment { image, tool } => (Step::Augment { tool: tool.clone() }, image),
            Self::Enlarge { image, way, scale } => {
                let step = Step::Enlarge {
                    way: *way,
                    scale: *scale,
                };
                (step, image)
            }
            Self::Annotate { image, annotator } => (Step::Annotate { annotator: *annotator }, image),
            Self::Generate { .. } | Self::EncodeVibe { .. } | Self::Classify { .. } | Self::WritePrompt { .. } => {
                return None;
            }
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use novelai::tools::MOODS;
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    fn upscale(scale: u8) -> Step {
        Step::Upscale {
            model: ModelId("nai-diffusion-5-curated".into()),
            sharpening: 0.0,
            scale,
        }
    }

    fn outcome(step: &Step, size: Size) -> Result<(Size, Option<u32>), Error> {
        let outcome = step.outcome(size, Registry::builtin(), None)?;
        Ok((outcome.size, outcome.price.map(|price| price.anlas)))
    }

    #[test]
    fn a_step_tells_its_price_and_the_size_that_it_gives() {
        let sent = cost::director_size(size(512, 768), Registry::builtin());
        let line_art = Step::Augment { tool: Tool::LineArt };
        assert_eq!(outcome(&line_art, size(512, 768)), Ok((sent, Some(20))));
        assert_eq!(outcome(&line_art, size(832, 1216)), Ok((size(832, 1216), Some(20))));
        let cut = Step::Augment {
            tool: Tool::RemoveBackground,
        };
        assert_eq!(outcome(&cut, size(1024, 1536)), Ok((size(1024, 1536), Some(95))));
        assert_eq!(outcome(&upscale(2), size(832, 1216)), Ok((size(1664, 2432), Some(1))));
        assert_eq!(outcome(&upscale(4), size(512, 512)), Ok((size(2048, 2048), Some(1))));
        let local = Step::Enlarge {
            way: LocalWay::Lanczos,
            scale: 4,
        };
        assert_eq!(outcome(&local, size(100, 50)), Ok((size(400, 200), Some(0))));
        let map = Step::Annotate {
            annotator: Annotator::Hed,
        };
        assert_eq!(outcome(&map, size(832, 1216)), Ok((size(832, 1216), None)));
    }

    fn wrong(step: &Step, size: Size) -> String {
        outcome(step, size).unwrap_err().detail.unwrap_or_default()
    }

    #[test]
    fn what_can_not_be_done_to_a_picture_is_said_before_it_is_tried() {
        assert_eq!(wrong(&upscale(2), size(2048, 2048)), "image");
        let scale = |scale| Step::Enlarge {
            way: LocalWay::Waifu2x { noise: Some(1) },
            scale,
        };
        assert_eq!(wrong(&scale(3), size(64, 64)), "scale");
        assert_eq!(wrong(&scale(4), size(4096, 2048)), "scale");
        let noisy = Step::Enlarge {
            way: LocalWay::Waifu2x { noise: Some(4) },
            scale: 2,
        };
        assert_eq!(wrong(&noisy, size(64, 64)), "way");
        // Its longest side would be longer than what comes back could be read.
        assert_eq!(wrong(&upscale(2), size(10_000, 20)), "image");
    }

    #[test]
    fn a_step_is_the_same_as_work_and_back() {
        let image = PictureId("a".repeat(64));
        for step in [upscale(2), Step::Augment { tool: Tool::Sketch }] {
            let json = serde_json::to_string(&step).unwrap();
            assert_eq!(serde_json::from_str::<Step>(&json).unwrap(), step);
            let work = step.clone().on(image.clone());
            assert_eq!(work.as_step(), Some((step, &image)));
        }
    }

    pub(crate) fn any_step() -> impl Strategy<Value = Step> {
        let tool = prop_oneof![
            Just(Tool::RemoveBackground),
            Just(Tool::LineArt),
            ("[a-z]{0,8}", 0_u8..8).prop_map(|(prompt, defry)| Tool::Colorize { prompt, defry }),
            (0_usize..24, 0_u8..8).prop_map(|(mood, defry)| Tool::Emotion {
                mood: MOODS[mood].into(),
                prompt: String::new(),
                defry
            }),
        ];
        prop_oneof![
            (0_u8..5).prop_map(upscale),
            tool.prop_map(|tool| Step::Augment { tool }),
            (0_u8..5, proptest::option::of(0_u8..5)).prop_map(|(scale, noise)| Step::Enlarge {
                way: LocalWay::Waifu2x { noise },
                scale
            }),
            Just(Step::Annotate {
                annotator: Annotator::Midas
            }),
        ]
    }

    proptest! {
        #[test]
        fn a_step_that_is_not_refused_gives_a_picture_that_can_be_taken(
            step in any_step(), width in 1_u32..=16_384, height in 1_u32..=16_384
        ) {
            if let Ok((given, price)) = outcome(&step, size(width, height)) {
                prop_assert!(prepare::can_be_taken(given));
                prop_assert!(price.is_none_or(|price| price < 1000));
            }
        }
    }
}
