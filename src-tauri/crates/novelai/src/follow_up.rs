//! What is made of a finished picture: variations of it, and the same picture enhanced (api.md 3.6).
//!
//! Both are requests like any other, and can be changed before they are sent.

use crate::model::Registry;
use crate::request::{Enhance, Fit, GenerateRequest, PictureId, Size, Source};

/// How strongly a picture is enhanced, 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Magnitude(u8);

impl Magnitude {
    /// 1 to 5; what lies outside is brought inside.
    #[must_use]
    pub fn new(magnitude: u8) -> Self {
        Self(magnitude.clamp(1, 5))
    }

    /// Strength and noise.
    fn numbers(self) -> (f64, f64) {
        match self.0 {
            ..=1 => (0.2, 0.0),
            2 => (0.4, 0.0),
            3 => (0.5, 0.0),
            4 => (0.6, 0.0),
            5.. => (0.7, 0.1),
        }
    }
}

/// How large an enhanced picture becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EnhancedSize {
    /// So many times as wide and as high; 1, 1.5 or 2 are usual.
    Times(f64),
    /// As large as the service can (V5).
    Max,
}

/// Variations of a picture that was made with `request`: three, or as many as its size allows, with a fresh seed.
#[must_use]
pub fn variations(request: &GenerateRequest, image: PictureId, registry: &Registry) -> GenerateRequest {
    let area = request.size.area();
    let caps = &registry.limits().samples;
    let most = caps
        .iter()
        .find(|cap| area <= u64::from(cap.max_area))
        .map_or(1, |cap| cap.samples);
    let mut varied = request.clone();
    varied.source = Source::Image {
        image,
        strength: 0.8,
        noise: 0.1,
        color_correct: false,
        enhance: Enhance::No,
        fit: Fit::Stretch,
    };
    varied.samples = most.min(3);
    varied.sampling.seed = None;
    varied
}

/// A picture that was made with `request`, enhanced. Its sides become multiples of what the service wants; the picture
/// has to be brought to the new size before it is sent.
#[must_use]
pub fn enhance(
    request: &GenerateRequest,
    image: PictureId,
    magnitude: Magnitude,
    size: EnhancedSize,
    registry: &Registry,
) -> GenerateRequest {
    let step = registry.limits().side_step;
    let side = |side: u32, times: f64| {
        let larger = (f64::from(side) * times) as u32;
        (larger.saturating_add(step / 2) / step * step).max(registry.limits().min_side)
    };
    let (strength, noise) = magnitude.numbers();
    let mut enhanced = request.clone();
    let (new_size, how) = match size {
        EnhancedSize::Times(times) => (
            Size {
                width: side(request.size.width, times),
                height: side(request.size.height, times),
            },
            Enhance::Yes,
        ),
        EnhancedSize::Max => (request.size, Enhance::Max),
    };
    enhanced.size = new_size;
    enhanced.source = Source::Image {
        image,
        strength,
        noise,
        color_correct: false,
        enhance: how,
        fit: Fit::Stretch,
    };
    enhanced.samples = 1;
    enhanced.sampling.seed = None;
    enhanced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost;
    use crate::testing::{V5_FULL, V45_FULL, request};

    fn id() -> PictureId {
        PictureId("a".into())
    }

    #[test]
    fn variations_are_three_of_the_same_size_with_another_seed() {
        let varied = variations(&request(V45_FULL), id(), Registry::builtin());
        assert_eq!((varied.samples, varied.sampling.seed), (3, None));
        assert_eq!(varied.size, request(V45_FULL).size);
        assert!(matches!(
            varied.source,
            Source::Image {
                strength: 0.8,
                noise: 0.1,
                ..
            }
        ));
    }

    #[test]
    fn an_enhanced_picture_is_larger_and_can_be_sent() {
        let enhanced = |size| enhance(&request(V5_FULL), id(), Magnitude::new(1), size, Registry::builtin());
        let larger = enhanced(EnhancedSize::Times(1.5));
        assert_eq!((larger.size.width, larger.size.height), (1280, 1856));
        assert_eq!(enhanced(EnhancedSize::Times(1.0)).size, request(V5_FULL).size);
        assert_eq!(enhanced(EnhancedSize::Max).size, request(V5_FULL).size);
        for size in [EnhancedSize::Times(1.0), EnhancedSize::Times(1.5), EnhancedSize::Max] {
            assert!(
                cost::estimate(&enhanced(size), Registry::builtin(), None).is_ok(),
                "{size:?}"
            );
        }
        assert_eq!(Magnitude::new(5).numbers(), (0.7, 0.1));
        assert_eq!(
            (Magnitude::new(0), Magnitude::new(9)),
            (Magnitude::new(1), Magnitude::new(5))
        );
    }
}
