//! What one sees while a picture comes into being: coloured noise at first, then large shapes, then the picture.
//!
//! The real previews are decoded from latents an eighth of the size. So is this: the sketch is painted at an eighth,
//! and only the last third of the way needs the finished painting.

use jpeg_encoder::{ColorType, Encoder};

use super::{
    Painting, Sketch,
    maths::{fbm, mix, noise, step},
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
    /// After a step, counted with those that were skipped.
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
        let painting = painting.filter(|_| clear > 0.0);
        let scale = sketch.width as f32 / width as f32;
        let columns: Vec<(usize, usize, f32)> = (0..width)
            .map(|x| neighbours((x as f32 + 0.5) * scale - 0.5, sketch.width))
            .collect();
        let mut rgb = vec![0; (width * height * 3) as usize];
        let mut line = vec![[0.0f32; 3]; sketch.width];
        for (y, out) in rgb.chunks_exact_mut(width as usize * 3).enumerate() {
            let (above, below, part) = neighbours((y as f32 + 0.5) * scale - 0.5, sketch.height);
            let row = |y: usize| &small[y * sketch.width..(y + 1) * sketch.width];
            for ((cell, upper), lower) in line.iter_mut().zip(row(above)).zip(row(below)) {
                *cell = [0, 1, 2].map(|i| mix(upper[i], lower[i], part));
            }
            let cells = columns.iter().map(|&(left, right, part)| {
                let (left, right) = (line[left], line[right]);
                [0, 1, 2].map(|i| mix(left[i], right[i], part))
            });
            match painting {
                None => {
                    for (out, cell) in out.as_chunks_mut::<3>().0.iter_mut().zip(cells) {
                        *out = cell.map(|value| value as u8);
                    }
                }
                Some(painting) => {
                    let row = &painting.rgba[y * width as usize * 4..];
                    let painted = row.as_chunks::<4>().0;
                    for ((out, cell), painted) in out.as_chunks_mut::<3>().0.iter_mut().zip(cells).zip(painted) {
                        *out = [0, 1, 2].map(|i| mix(cell[i], f32::from(painted[i]), clear) as u8);
                    }
                }
            }
        }
        let mut out = Vec::new();
        Encoder::new(&mut out, 80)
            .encode(&rgb, width as u16, height as u16, ColorType::Rgb)
            .expect("a picture of at most 49,152 by 64 goes into a Vec");
        out
    }

    /// The sketch under noise that fades.
    fn small(self, sketch: &Sketch) -> Vec<[f32; 3]> {
        let amount = 1.0 - step(0.0, 0.85, self.way);
        let seed = sketch.seed;
        let mut out = Vec::with_capacity(sketch.rgb.len());
        for (place, colour) in sketch.rgb.iter().enumerate() {
            let (x, y) = ((place % sketch.width) as f32, (place / sketch.width) as f32);
            let mut pixel = *colour;
            let wet = sketch.wet.as_ref().is_none_or(|wet| wet[place]);
            if amount > 0.002 && wet {
                // What stays from step to step, and what changes with each; most of it light and dark, some colour.
                let (u, v) = (x * 0.09 + y * 0.045, y * 0.09 - x * 0.045);
                let restless = seed ^ (self.step * 2_654_435);
                let bright = (fbm(u, v, 3, seed) - 0.5) * 150.0 + (noise(x * 0.6, y * 0.6, restless) - 0.5) * 44.0;
                for (part, value) in pixel.iter_mut().enumerate() {
                    let salt = part as u32 * 7919 + 1;
                    let hue = (fbm(u, v, 2, seed ^ salt) - 0.5) * 120.0;
                    let grey = mix(*value, 122.0, amount * 0.72);
                    *value = (grey + amount * (bright + hue)).clamp(0.0, 255.0);
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
