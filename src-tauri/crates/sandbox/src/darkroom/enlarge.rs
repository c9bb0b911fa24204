//! Larger pictures, and sharper ones.

use image::{
    ImageBuffer, Rgba, RgbaImage,
    imageops::{FilterType, resize},
};

use super::{Photo, Plane, photo::byte};

/// The picture at `scale` times its size, by Lanczos. `blur` is how soft the source is taken to be, in its pixels; the
/// result is sharpened by that.
pub(crate) fn enlarge(photo: &Photo, scale: u32, blur: f32) -> Photo {
    let (width, height) = (photo.width * scale as usize, photo.height * scale as usize);
    let large = if photo.is_opaque() {
        opaque(photo, width, height)
    } else {
        transparent(photo, width, height)
    };
    if blur > 0.0 {
        sharpened(&large, blur * scale as f32)
    } else {
        large
    }
}

fn opaque(photo: &Photo, width: usize, height: usize) -> Photo {
    let bytes = photo
        .rgba
        .iter()
        .flat_map(|[red, green, blue, _]| [*red, *green, *blue, 255])
        .collect();
    let source = RgbaImage::from_raw(photo.width as u32, photo.height as u32, bytes).expect("a photo has its size");
    let large = resize(&source, width as u32, height as u32, FilterType::Lanczos3);
    Photo {
        width,
        height,
        rgba: large.pixels().map(|pixel| pixel.0).collect(),
    }
}

/// The colour of what can't be seen must not bleed into what can.
fn transparent(photo: &Photo, width: usize, height: usize) -> Photo {
    let values = photo.rgba.iter().flat_map(|pixel| {
        let [red, green, blue, alpha] = pixel.map(|part| f32::from(part) / 255.0);
        [red * alpha, green * alpha, blue * alpha, alpha]
    });
    let source: ImageBuffer<Rgba<f32>, Vec<f32>> =
        ImageBuffer::from_raw(photo.width as u32, photo.height as u32, values.collect()).expect("a photo has its size");
    let large = resize(&source, width as u32, height as u32, FilterType::Lanczos3);
    let rgba = large.pixels().map(|pixel| {
        let [red, green, blue, alpha] = pixel.0;
        let whole = alpha.max(1e-4);
        [byte(red / whole), byte(green / whole), byte(blue / whole), byte(alpha)]
    });
    Photo {
        width,
        height,
        rgba: rgba.collect(),
    }
}

/// Adds what a blur would take away.
fn sharpened(photo: &Photo, sigma: f32) -> Photo {
    let soft: Vec<Plane> = (0..3).map(|index| photo.channel(index).blur(sigma)).collect();
    photo.recoloured(|place, colour| {
        [0, 1, 2].map(|part| colour[part] + 0.9 * (colour[part] - soft[part].values[place]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Photo {
        let rgba = (0..32 * 24).map(|place| {
            let light = if place % 32 < 16 { 40 } else { 210 };
            [light, light / 2, 255 - light, 255]
        });
        Photo {
            width: 32,
            height: 24,
            rgba: rgba.collect(),
        }
    }

    #[test]
    fn a_declared_blur_makes_edges_steeper() {
        let soft = enlarge(&steps(), 2, 0.0);
        assert_eq!((soft.width, soft.height), (64, 48));
        assert_eq!(soft.rgba[24 * 64 + 4], [40, 20, 215, 255]);
        let sharp = enlarge(&steps(), 2, 0.5);
        let rise = |photo: &Photo| i32::from(photo.rgba[24 * 64 + 32][0]) - i32::from(photo.rgba[24 * 64 + 31][0]);
        assert!(rise(&sharp) > rise(&soft), "{} against {}", rise(&sharp), rise(&soft));
    }

    #[test]
    fn what_is_invisible_lends_no_colour() {
        let mut photo = steps();
        for pixel in &mut photo.rgba {
            if pixel[0] == 210 {
                *pixel = [0, 255, 0, 0];
            }
        }
        let large = enlarge(&photo, 4, 0.0);
        for pixel in large.rgba.iter().filter(|pixel| pixel[3] > 60) {
            assert!(pixel[1] < 60, "{pixel:?} is green");
        }
    }
}
