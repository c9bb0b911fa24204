//! How alike two pictures look, as a number of 64 bits: whether each spot of a picture made very small is brighter than
//! its neighbour (a difference hash). Pure.

use image::imageops::FilterType;

/// Bits by which two pictures may differ that look alike.
pub(crate) const ALIKE: u32 = 10;

/// The bits of a picture, given small.
pub(crate) fn likeness(small: &[u8]) -> Option<i64> {
    let picture = image::load_from_memory(small).ok()?;
    let spots = picture.resize_exact(9, 8, FilterType::Triangle).into_luma8();
    let mut bits = 0_u64;
    for y in 0..8 {
        for x in 0..8 {
            let brighter = spots.get_pixel(x, y)[0] > spots.get_pixel(x + 1, y)[0];
            bits = bits << 1 | u64::from(brighter);
        }
    }
    Some(bits.cast_signed())
}

/// By how many bits two differ.
pub(crate) fn apart(one: i64, other: i64) -> u32 {
    (one ^ other).count_ones()
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

    use super::*;
    use crate::library::thumbnails::small_jpeg;

    fn picture(width: u32, height: u32, of: impl Fn(f32, f32) -> [u8; 3]) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            Rgb(of(x as f32 / width as f32, y as f32 / height as f32))
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(picture)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        small_jpeg(bytes.get_ref(), 320).unwrap()
    }

    fn waves(x: f32, y: f32) -> [u8; 3] {
        let light = ((x * 9.0).sin() + (y * 7.0).cos()) * 60.0 + 128.0;
        [light as u8; 3]
    }

    #[test]
    fn what_is_no_picture_has_none() {
        assert_eq!(likeness(b"no picture"), None);
    }

    #[test]
    fn the_same_picture_in_another_size_is_alike_and_another_is_not() {
        let one = likeness(&picture(832, 1216, waves)).unwrap();
        let larger = likeness(&picture(1664, 2432, waves)).unwrap();
        let brighter = likeness(&picture(832, 1216, |x, y| {
            waves(x, y).map(|light| light.saturating_add(20))
        }))
        .unwrap();
        let other = likeness(&picture(832, 1216, |x, y| waves(y, x))).unwrap();
        assert!(apart(one, larger) <= ALIKE, "{}", apart(one, larger));
        assert!(apart(one, brighter) <= ALIKE, "{}", apart(one, brighter));
        assert!(apart(one, other) > ALIKE, "{}", apart(one, other));
    }
}
