//! What can be seen through: colours that nobody sees must not shine into those that are seen.

use image::RgbaImage;

/// From this alpha on a pixel is taken for opaque: settings may be hidden in the lowest bit (api.md 7.5).
const OPAQUE: u8 = 254;

/// Whether something of a picture can be seen through.
pub(crate) fn is_transparent(picture: &RgbaImage) -> bool {
    picture.pixels().any(|pixel| pixel.0[3] < OPAQUE)
}

/// The picture with other colours where it is invisible: those of the nearest visible pixels, so far out. Whoever
/// looks at an edge then sees the same colour on both sides of it.
pub(crate) fn bled(picture: &RgbaImage, far: usize) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let mut bled = picture.clone();
    let mut known: Vec<bool> = picture.pixels().map(|pixel| pixel.0[3] > 0).collect();
    let mut blank: Vec<u32> = (0..width * height).filter(|&place| !known[place as usize]).collect();
    for _ in 0..far {
        let found: Vec<_> = blank
            .iter()
            .filter_map(|&place| Some((place, mean_around(&bled, &known, (place % width, place / width))?)))
            .collect();
        if found.is_empty() {
            break;
        }
        for &(place, colour) in &found {
            bled.get_pixel_mut(place % width, place / width).0[..3].copy_from_slice(&colour);
            known[place as usize] = true;
        }
        blank.retain(|&place| !known[place as usize]);
    }
    bled
}

/// The mean colour of the pixels around one that have any.
fn mean_around(picture: &RgbaImage, known: &[bool], (x, y): (u32, u32)) -> Option<[u8; 3]> {
    let (width, height) = picture.dimensions();
    let (mut sum, mut count) = ([0_u32; 3], 0);
    for y in y.saturating_sub(1)..(y + 2).min(height) {
        for x in x.saturating_sub(1)..(x + 2).min(width) {
            if known[(y * width + x) as usize] {
                for (sum, value) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
                    *sum += u32::from(value);
                }
                count += 1;
            }
        }
    }
    (count > 0).then(|| sum.map(|sum| ((sum + count / 2) / count) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    #[test]
    fn colours_reach_so_far_and_what_is_seen_stays() {
        let picture = RgbaImage::from_fn(12, 3, |x, _| {
            if x < 2 {
                Rgba([200, 10, 20, 90])
            } else {
                Rgba([0, 255, 0, 0])
            }
        });
        let bled = bled(&picture, 3);
        for (x, _, pixel) in bled.enumerate_pixels() {
            let expected = match x {
                0 | 1 => [200, 10, 20, 90],
                2..5 => [200, 10, 20, 0],
                _ => [0, 255, 0, 0],
            };
            assert_eq!(pixel.0, expected);
        }
    }

    #[test]
    fn settings_hidden_in_the_lowest_bit_are_no_transparency() {
        let hidden = RgbaImage::from_fn(4, 4, |x, _| Rgba([1, 2, 3, if x == 1 { 254 } else { 255 }]));
        assert!(!is_transparent(&hidden));
        assert!(is_transparent(&RgbaImage::from_pixel(1, 1, Rgba([1, 2, 3, 253]))));
    }
}
