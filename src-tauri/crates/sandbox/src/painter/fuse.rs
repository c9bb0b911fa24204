//! Painting over a picture: what is left of it, and what the prompt puts in its place.
//!
//! Both are taken apart into details of several sizes. The finer a detail, the sooner it is the prompt's: that is the
//! order in which noise drowns a picture, and what gives a weak repainting the old composition with new strokes. Where
//! only one of the two has something to show, it is shown.

use super::maths::{fbm, mix, step, unit};

/// Sizes of detail, each twice the one before; what is larger is one more.
const LEVELS: u32 = 5;

/// Colours multiplied by alpha, and alpha, from 0 to 255.
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<[f32; 4]>,
}

/// Fuses two pictures of one size. `shrink` says how many times smaller than the real picture they are.
pub(super) fn fuse(source: &Plane, painted: &Plane, strength: f32, shrink: u32) -> Plane {
    level(source, painted, shrink.ilog2(), strength)
}

fn level(source: &Plane, painted: &Plane, depth: u32, strength: f32) -> Plane {
    let share = depth.min(LEVELS) as f32 / LEVELS as f32;
    let new = step(0.25 * share, 0.8 + 0.2 * share, strength);
    if depth >= LEVELS {
        return source.with(painted, |source, painted| blend(source, painted, new));
    }
    let (coarse_source, coarse_painted) = (source.half(), painted.half());
    let coarse = level(&coarse_source, &coarse_painted, depth + 1, strength);
    let detail = |fine: &Plane, coarse: &Plane, x: usize, y: usize| {
        let (fine, coarse) = (fine.pixels[y * fine.width + x], coarse.double(x, y));
        [0, 1, 2, 3].map(|part| fine[part] - coarse[part])
    };
    // How much there is to see of each, in an area of two by two.
    let mut seen = coarse.empty();
    for y in 0..source.height {
        for x in 0..source.width {
            let place = &mut seen.pixels[y / 2 * seen.width + x / 2];
            for (sum, (fine, coarse)) in place
                .iter_mut()
                .zip([(source, &coarse_source), (painted, &coarse_painted)])
            {
                let detail = detail(fine, coarse, x, y);
                *sum += detail[0].abs() + 2.0 * detail[1].abs() + detail[2].abs();
            }
        }
    }
    let mut out = source.empty();
    for y in 0..source.height {
        for x in 0..source.width {
            let old = detail(source, &coarse_source, x, y);
            let fresh = detail(painted, &coarse_painted, x, y);
            let [of_old, of_new, ..] = seen.double(x, y);
            let chosen = new * of_new / (new * of_new + (1.0 - new) * of_old + 0.5);
            let share = if new >= 1.0 {
                1.0
            } else {
                mix(new, chosen, 0.6 * unit(3.0 * new))
            };
            let below = coarse.double(x, y);
            out.pixels[y * source.width + x] =
                [0, 1, 2, 3].map(|part| below[part] + old[part] + (fresh[part] - old[part]) * share);
        }
    }
    out
}

fn blend(a: [f32; 4], b: [f32; 4], t: f32) -> [f32; 4] {
    [0, 1, 2, 3].map(|part| mix(a[part], b[part], t))
}

/// The same with its places shifted and its brightness uneven, by as much as the noise says.
pub(super) fn disturb(source: &Plane, noise: f32, seed: u32) -> Plane {
    let shorter = source.width.min(source.height) as f32;
    let mut out = source.empty();
    for y in 0..source.height {
        for x in 0..source.width {
            let (u, v) = (x as f32 / shorter * 9.0, y as f32 / shorter * 9.0);
            let shift = |salt: u32| (fbm(u, v, 3, seed ^ salt) - 0.5) * noise * 0.14 * shorter;
            let bright = 1.0 + (fbm(u * 2.0, v * 2.0, 3, seed ^ 0x6c75_6d61) - 0.5) * noise * 0.9;
            let pixel = source.between(x as f32 + shift(0x7368), y as f32 + shift(0x6674));
            let lit = |part: usize| (pixel[part] * bright).min(pixel[3]);
            out.pixels[y * source.width + x] = [lit(0), lit(1), lit(2), pixel[3]];
        }
    }
    out
}

/// Gives a picture the mean and the spread of the source's colours, judged by the chosen places.
pub(super) fn match_colours(picture: &mut Plane, source: &Plane, chosen: impl Fn(usize, usize) -> bool) {
    let measure = |plane: &Plane| {
        let (mut count, mut sums, mut squares) = (0.0f64, [0.0f64; 3], [0.0f64; 3]);
        for (place, pixel) in plane.pixels.iter().enumerate() {
            if pixel[3] > 127.0 && chosen(place % plane.width, place / plane.width) {
                count += 1.0;
                for part in 0..3 {
                    sums[part] += f64::from(pixel[part]);
                    squares[part] += f64::from(pixel[part]) * f64::from(pixel[part]);
                }
            }
        }
        [0, 1, 2].map(|part| {
            let mean = sums[part] / f64::max(count, 1.0);
            let spread = (squares[part] / f64::max(count, 1.0) - mean * mean).max(1.0).sqrt();
            (mean as f32, spread as f32)
        })
    };
    let (is, should) = (measure(picture), measure(source));
    for pixel in &mut picture.pixels {
        for part in 0..3 {
            let gain = (should[part].1 / is[part].1).clamp(0.4, 2.5);
            let moved = (pixel[part] - is[part].0) * gain + should[part].0;
            pixel[part] = moved.clamp(0.0, pixel[3]);
        }
    }
}

impl Plane {
    pub(super) fn of(rgba: &[u8], width: usize, height: usize) -> Self {
        let pixels = rgba
            .as_chunks::<4>()
            .0
            .iter()
            .map(|pixel| {
                let alpha = f32::from(pixel[3]);
                let part = |part: usize| f32::from(pixel[part]) * alpha / 255.0;
                [part(0), part(1), part(2), alpha]
            })
            .collect();
        Self { width, height, pixels }
    }

    /// Back to straight alpha and eight bits.
    pub(super) fn rgba(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|pixel| straight(*pixel)).collect()
    }

    fn empty(&self) -> Self {
        Self {
            width: self.width,
            height: self.height,
            pixels: vec![[0.0; 4]; self.pixels.len()],
        }
    }

    fn with(&self, other: &Self, change: impl Fn([f32; 4], [f32; 4]) -> [f32; 4]) -> Self {
        let pairs = self.pixels.iter().zip(&other.pixels);
        Self {
            pixels: pairs.map(|(a, b)| change(*a, *b)).collect(),
            ..*self
        }
    }

    fn half(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let rows = [2 * y, (2 * y + 1).min(self.height - 1)].map(|row| row * self.width);
            for x in 0..width {
                let columns = [2 * x, (2 * x + 1).min(self.width - 1)];
                let mut sum = [0.0; 4];
                for row in rows {
                    for column in columns {
                        for (sum, part) in sum.iter_mut().zip(self.pixels[row + column]) {
                            *sum += part;
                        }
                    }
                }
                pixels.push(sum.map(|part| part * 0.25));
            }
        }
        Self { width, height, pixels }
    }

    /// The colour at a place of a plane twice the size.
    fn double(&self, x: usize, y: usize) -> [f32; 4] {
        let near = |place: usize, count: usize| {
            let next = if place.is_multiple_of(2) {
                (place / 2).saturating_sub(1)
            } else {
                (place / 2 + 1).min(count - 1)
            };
            (place / 2, next)
        };
        let ((x, beside), (y, beyond)) = (near(x, self.width), near(y, self.height));
        let at = |x: usize, y: usize| self.pixels[y * self.width + x];
        let (a, b, c, d) = (at(x, y), at(beside, y), at(x, beyond), at(beside, beyond));
        [0, 1, 2, 3].map(|part| 0.5625 * a[part] + 0.1875 * (b[part] + c[part]) + 0.0625 * d[part])
    }

    /// The colour between pixels; beyond the edge it's the edge's.
    fn between(&self, x: f32, y: f32) -> [f32; 4] {
        let (x, y) = (
            x.clamp(0.0, self.width as f32 - 1.0),
            y.clamp(0.0, self.height as f32 - 1.0),
        );
        let (left, top) = (x as usize, y as usize);
        let (right, below) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let at = |x: usize, y: usize| self.pixels[y * self.width + x];
        let upper = blend(at(left, top), at(right, top), x - left as f32);
        blend(
            upper,
            blend(at(left, below), at(right, below), x - left as f32),
            y - top as f32,
        )
    }
}

/// A pixel with straight alpha and eight bits.
pub(super) fn straight(pixel: [f32; 4]) -> [u8; 4] {
    let alpha = pixel[3].clamp(0.0, 255.0);
    let share = if alpha > 0.0 { 255.0 / alpha } else { 0.0 };
    let part = |part: usize| (pixel[part] * share + 0.5).clamp(0.0, 255.0) as u8;
    [part(0), part(1), part(2), (alpha + 0.5) as u8]
}
