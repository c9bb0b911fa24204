//! What one sees while a picture comes into being: coloured noise at first, then large shapes, then the picture.
//!
//! The real previews are decoded from latents an eighth of the size. So is this: the sketch is painted at an eighth, and
//! only the last third of the way needs the finished painting.

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};

use super::{
    Painting, Sketch,
    maths::{mix, noise, step},
};

/// How far along a generation is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preview {
    /// From 0 to almost 1.
    way: f32,
    step: u32,
}

/// From here on the finished painting shows through.
const PAINTING: f32 = 0.55;

impl Preview {
    pub(crate) fn at(step: u32, steps: u32) -> Self {
        Self {
            way: (step + 1) as f32 / steps.max(1) as f32,
            step,
        }
    }

    pub(crate) fn needs_painting(self) -> bool {
        self.way > PAINTING
    }

    /// The preview as a JPEG of the full size.
    pub(crate) fn jpeg(self, sketch: &Sketch, painting: Option<&Painting>) -> Vec<u8> {
        let (width, height) = (sketch.full_width, sketch.full_height);
        let small = self.small(sketch);
        let clear = step(PAINTING, 1.0, self.way);
        let mut rgb = Vec::with_capacity((width * height * 3) as usize);
        let scale = sketch.width as f32 / width as f32;
        let columns: Vec<(usize, usize, f32)> = (0..width)
            .map(|x| neighbours((x as f32 + 0.5) * scale - 0.5, sketch.width))
            .collect();
        for y in 0..height {
            let (above, below, fy) = neighbours((y as f32 + 0.5) * scale - 0.5, sketch.height);
            let (upper, lower) = (&small[above * sketch.width..], &small[below * sketch.width..]);
            for (x, &(left, right, fx)) in columns.iter().enumerate() {
                for part in 0..3 {
                    let top = mix(upper[left][part], upper[right][part], fx);
                    let bottom = mix(lower[left][part], lower[right][part], fx);
                    let mut value = mix(top, bottom, fy);
                    if let Some(painting) = painting {
                        let place = (y as usize * width as usize + x) * 4;
                        value = mix(value, f32::from(painting.rgba[place + part]), clear);
                    }
                    rgb.push(value as u8);
                }
            }
        }
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, 80)
            .encode(&rgb, width, height, ExtendedColorType::Rgb8)
            .expect("a picture whose size is right goes into a Vec");
        out
    }

    /// The sketch under noise that fades.
    fn small(self, sketch: &Sketch) -> Vec<[f32; 3]> {
        let amount = 1.0 - step(0.0, 0.85, self.way);
        let seed = sketch.seed;
        let size = mix(0.22, 0.5, self.way);
        let mut out = Vec::with_capacity(sketch.rgb.len());
        for (place, colour) in sketch.rgb.iter().enumerate() {
            let (x, y) = ((place % sketch.width) as f32, (place / sketch.width) as f32);
            let mut pixel = *colour;
            if amount > 0.002 {
                for (part, value) in pixel.iter_mut().enumerate() {
                    let salt = seed ^ (part as u32 * 7919);
                    // What stays from step to step, and what changes with each.
                    let still = noise(x * size * 0.5, y * size * 0.5, salt) - 0.5;
                    let restless = noise(x * 0.9, y * 0.9, salt ^ (self.step * 2_654_435)) - 0.5;
                    let grey = mix(*value, 128.0, amount * 0.55);
                    *value = (grey + amount * (still * 210.0 + restless * 120.0)).clamp(0.0, 255.0);
                }
            }
            out.push(pixel);
        }
        out
    }
}

/// The two cells around a place and the share of the second.
fn neighbours(place: f32, count: usize) -> (usize, usize, f32) {
    let place = place.clamp(0.0, (count - 1) as f32);
    let first = place as usize;
    (first, (first + 1).min(count - 1), place - first as f32)
}
