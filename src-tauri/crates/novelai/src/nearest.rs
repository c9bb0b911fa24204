//! The size that a picture asks for: its own where that can be sent, and otherwise the nearest of its shape.

use crate::model::Registry;
use crate::request::Size;

/// The nearest valid size of this shape with at most so many pixels. What is too large is made smaller; what is small
/// stays so.
#[must_use]
pub fn nearest_size(picture: Size, most: u32, registry: &Registry) -> Size {
    let limits = registry.limits();
    let (step, least) = (limits.side_step, limits.min_side);
    let most = u64::from(most.min(limits.max_area));
    let shrink = (most as f64 / picture.area().max(1) as f64).sqrt().min(1.0);
    let multiple = |side: u32, round: fn(f64) -> f64| {
        let steps = round(f64::from(side) * shrink / f64::from(step) + 1e-9);
        ((steps as u32).saturating_mul(step)).max(least)
    };
    let near = Size {
        width: multiple(picture.width, f64::round),
        height: multiple(picture.height, f64::round),
    };
    if near.area() <= most {
        return near;
    }
    let mut size = Size {
        width: multiple(picture.width, f64::floor),
        height: multiple(picture.height, f64::floor),
    };
    // The shortest side is longer than the shape has it: the other gives way.
    let allowed = |other: u32| {
        let side = u32::try_from(most / u64::from(other.max(1))).unwrap_or(u32::MAX);
        (side / step * step).max(least)
    };
    if size.width > size.height {
        size.width = size.width.min(allowed(size.height));
    } else {
        size.height = size.height.min(allowed(size.width));
    }
    size
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nearest(width: u32, height: u32) -> (u32, u32) {
        let size = nearest_size(Size { width, height }, 1_048_576, Registry::builtin());
        (size.width, size.height)
    }

    #[test]
    fn what_can_be_sent_stays_and_the_rest_keeps_its_shape() {
        for ((width, height), expected) in [
            ((832, 1216), (832, 1216)),
            ((1080, 1920), (768, 1344)),
            ((1536, 1024), (1216, 832)),
            ((500, 300), (512, 320)),
            ((4000, 4000), (1024, 1024)),
            ((1, 1), (64, 64)),
            ((10, 9000), (64, 9024)),
            ((20, 16_000), (64, 16_000)),
        ] {
            assert_eq!(nearest(width, height), expected, "{width}×{height}");
        }
    }

    proptest! {
        #[test]
        fn every_picture_finds_a_size_that_can_be_sent(width in 1_u32..17_000, height in 1_u32..17_000) {
            let limits = Registry::builtin().limits();
            for most in [limits.free_area, limits.max_area] {
                let size = nearest_size(Size { width, height }, most, Registry::builtin());
                prop_assert!(size.width.is_multiple_of(limits.side_step) && size.height.is_multiple_of(limits.side_step));
                prop_assert!(size.width.min(size.height) >= limits.min_side);
                prop_assert!(size.area() <= u64::from(most), "{size:?}");
            }
        }
    }
}
