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
    let new = step(0.04 + 0.26 * share, 0.75 + 0.1 * share, strength);
    if depth >= LEVELS {
        return source.with(painted, |source, painted| blend(source, painted, new));
    }
    let (coarse_source, coarse_painted) = (source.half(), painted.half());
    let coarse = level(&coarse_source, &coarse_painted, depth + 1, strength);
    let (width, height) = (source.width, source.height);
    let mut lines = [const { Line::empty() }; 4];
    // How much there is to see of each, in an area of two by two.
    let mut seen = coarse.empty();
    for y in 0..height {
        let [of_source, of_painted, ..] = &mut lines;
        of_source.double(&coarse_source, y, width);
        of_painted.double(&coarse_painted, y, width);
        let row = y * width..(y + 1) * width;
        let seen = &mut seen.pixels[y / 2 * seen.width..][..coarse.width];
        for (plane, line, part) in [(source, of_source, 0), (painted, of_painted, 1)] {
            for ((x, fine), coarse) in plane.pixels[row.clone()].iter().enumerate().zip(&line.pixels) {
                let [red, green, blue] = [0, 1, 2].map(|part| (fine[part] - coarse[part]).abs());
                seen[x / 2][part] += red + 2.0 * green + blue;
            }
        }
    }
    let mut out = source.empty();
    let free = 0.6 * unit(3.0 * new);
    for y in 0..height {
        let [of_source, of_painted, of_seen, below] = &mut lines;
        of_source.double(&coarse_source, y, width);
        of_painted.double(&coarse_painted, y, width);
        of_seen.double(&seen, y, width);
        below.double(&coarse, y, width);
        let row = y * width..(y + 1) * width;
        let (old, fresh) = (&source.pixels[row.clone()], &painted.pixels[row.clone()]);
        for (x, out) in out.pixels[row].iter_mut().enumerate() {
            let [by_old, by_new, ..] = of_seen.pixels[x];
            let chosen = new * by_new / (new * by_new + (1.0 - new) * by_old + 0.5);
            let share = if new >= 1.0 { 1.0 } else { mix(new, chosen, free) };
            *out = [0, 1, 2, 3].map(|part| {
                let was = old[x][part] - of_source.pixels[x][part];
                let is = fresh[x][part] - of_painted.pixels[x][part];
                below.pixels[x][part] + mix(was, is, share)
            });
        }
    }
    out
}

/// A row of a plane that has been brought to twice the size.
struct Line {
    pixels: Vec<[f32; 4]>,
    narrow: Vec<[f32; 4]>,
}

impl Line {
    const fn empty() -> Self {
        Self {
            pixels: Vec::new(),
            narrow: Vec::new(),
        }
    }

    /// Takes up the row `y` of the doubled plane, of which `width` pixels are wanted.
    fn double(&mut self, plane: &Plane, y: usize, width: usize) {
        let near = |place: usize, count: usize| {
            if place.is_multiple_of(2) {
                (place / 2).saturating_sub(1)
            } else {
                (place / 2 + 1).min(count - 1)
            }
        };
        let row = |y: usize| &plane.pixels[y * plane.width..][..plane.width];
        let pairs = row(y / 2).iter().zip(row(near(y, plane.height)));
        self.narrow.clear();
        self.narrow
            .extend(pairs.map(|(here, beyond)| blend(*here, *beyond, 0.25)));
        self.pixels.clear();
        let narrow = &self.narrow;
        self.pixels
            .extend((0..width).map(|x| blend(narrow[x / 2], narrow[near(x, plane.width)], 0.25)));
    }
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
