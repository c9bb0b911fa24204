//! The surface: premultiplied colours with alpha, measured in units of the picture's shorter side, so that a small
//! canvas shows the same picture as a large one.

use super::{
    colour::{Colour, blend, screen},
    maths::{bell, step, unit},
    shape::Path,
};

pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Pixels in a unit.
    pub(super) unit: f32,
    /// Red, green, blue, already multiplied by the fourth, alpha.
    pub(super) pixels: Vec<[f32; 4]>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, unit: f32) -> Self {
        Self {
            width,
            height,
            unit,
            pixels: vec![[0.0; 4]; width * height],
        }
    }

    /// An empty canvas of the same size.
    pub(super) fn another(&self) -> Self {
        Self::new(self.width, self.height, self.unit)
    }

    /// The width in units.
    pub(super) fn wide(&self) -> f32 {
        self.width as f32 / self.unit
    }

    /// The height in units.
    pub(super) fn high(&self) -> f32 {
        self.height as f32 / self.unit
    }

    /// A pixel in units.
    pub(super) fn pixel(&self) -> f32 {
        1.0 / self.unit
    }

    /// The rows between two heights.
    pub(super) fn rows(&self, from: f32, to: f32) -> std::ops::Range<usize> {
        let clamp = |y: f32| ((y * self.unit).max(0.0) as usize).min(self.height);
        clamp(from.min(to))..clamp(from.max(to) + self.pixel())
    }

    fn columns(&self, from: f32, to: f32) -> std::ops::Range<usize> {
        let clamp = |x: f32| ((x * self.unit).max(0.0) as usize).min(self.width);
        clamp(from)..clamp(to + self.pixel())
    }

    /// Goes over every pixel of a rectangle with its position in units.
    pub(super) fn each(
        &mut self,
        (left, top): (f32, f32),
        (right, bottom): (f32, f32),
        mut change: impl FnMut(f32, f32, &mut [f32; 4]),
    ) {
        let (columns, pixel) = (self.columns(left, right), self.pixel());
        for row in self.rows(top, bottom) {
            let y = (row as f32 + 0.5) * pixel;
            let start = row * self.width;
            for (column, out) in (columns.clone()).zip(&mut self.pixels[start + columns.start..start + columns.end]) {
                change((column as f32 + 0.5) * pixel, y, out);
            }
        }
    }

    /// Goes over every pixel.
    pub(super) fn every(&mut self, change: impl FnMut(f32, f32, &mut [f32; 4])) {
        let corner = (self.wide(), self.high());
        self.each((0.0, 0.0), corner, change);
    }

    /// Fills a shape with one colour.
    pub(super) fn fill(&mut self, path: &Path, colour: Colour, alpha: f32) {
        self.shade(path, |_, _| (colour, alpha));
    }

    /// Fills a shape with a colour for each place.
    pub(super) fn shade(&mut self, path: &Path, mut paint: impl FnMut(f32, f32) -> (Colour, f32)) {
        let Some(mask) = path.cover(self) else { return };
        let pixel = self.pixel();
        for row in 0..mask.height {
            let y = ((mask.top + row) as f32 + 0.5) * pixel;
            for column in 0..mask.width {
                let cover = mask.cover[row * mask.width + column];
                if cover > 0.002 {
                    let x = ((mask.left + column) as f32 + 0.5) * pixel;
                    let (colour, alpha) = paint(x, y);
                    let place = (mask.top + row) * self.width + mask.left + column;
                    over(&mut self.pixels[place], colour, cover * alpha);
                }
            }
        }
    }

    /// A round spot with a crisp edge.
    pub(super) fn disc(&mut self, x: f32, y: f32, radius: f32, colour: Colour, alpha: f32) {
        let pixel = self.pixel();
        // What is smaller than a pixel fades instead of flickering.
        let faint = unit(radius / (0.5 * pixel));
        let radius = radius.max(0.5 * pixel);
        self.each(
            (x - radius - pixel, y - radius - pixel),
            (x + radius + pixel, y + radius + pixel),
            |px, py, out| {
                let distance = ((px - x) * (px - x) + (py - y) * (py - y)).sqrt();
                let cover = unit((radius - distance) / pixel + 0.5);
                if cover > 0.0 {
                    over(out, colour, cover * alpha * faint * faint);
                }
            },
        );
    }

    /// A round spot that is soft from the middle outwards.
    pub(super) fn soft(&mut self, x: f32, y: f32, radius: f32, colour: Colour, alpha: f32) {
        self.each((x - radius, y - radius), (x + radius, y + radius), |px, py, out| {
            let distance = ((px - x) * (px - x) + (py - y) * (py - y)).sqrt() / radius;
            if distance < 1.0 {
                over(out, colour, step(1.0, 0.0, distance) * alpha);
            }
        });
    }

    /// Light around a place.
    pub(super) fn glow(&mut self, x: f32, y: f32, width: f32, colour: Colour, strength: f32) {
        let reach = width * 2.4;
        self.each((x - reach, y - reach), (x + reach, y + reach), |px, py, out| {
            let distance = ((px - x) * (px - x) + (py - y) * (py - y)).sqrt();
            light(out, colour, bell(distance, width) * strength);
        });
    }

    /// Lays another canvas of the same size on top.
    pub(super) fn lay(&mut self, upper: &Self) {
        for (below, above) in self.pixels.iter_mut().zip(&upper.pixels) {
            let rest = 1.0 - above[3];
            for part in 0..4 {
                below[part] = above[part] + below[part] * rest;
            }
        }
    }

    /// The colour at a place, mixed from its neighbours; beyond the edge it's the edge's.
    pub(super) fn sample(&self, x: f32, y: f32) -> [f32; 4] {
        let (x, y) = (x * self.unit - 0.5, y * self.unit - 0.5);
        let (x, y) = (
            x.clamp(0.0, self.width as f32 - 1.001),
            y.clamp(0.0, self.height as f32 - 1.001),
        );
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let right = (left + 1).min(self.width - 1);
        let below = (top + 1).min(self.height - 1);
        let at = |x: usize, y: usize| self.pixels[y * self.width + x];
        let (a, b, c, d) = (at(left, top), at(right, top), at(left, below), at(right, below));
        std::array::from_fn(|part| {
            let above = a[part] + (b[part] - a[part]) * fx;
            let under = c[part] + (d[part] - c[part]) * fx;
            above + (under - above) * fy
        })
    }

    /// Blurs by three passes of a box, which is nearly a bell.
    pub(super) fn blur(&mut self, radius: f32) {
        let size = (radius * self.unit) as usize;
        if size == 0 {
            return;
        }
        let mut line = Vec::new();
        for _ in 0..3 {
            for row in 0..self.height {
                box_blur(&mut self.pixels, row * self.width, 1, self.width, size, &mut line);
            }
            for column in 0..self.width {
                box_blur(&mut self.pixels, column, self.width, self.height, size, &mut line);
            }
        }
    }
}

fn box_blur(
    pixels: &mut [[f32; 4]],
    start: usize,
    stride: usize,
    count: usize,
    radius: usize,
    line: &mut Vec<[f32; 4]>,
) {
    line.clear();
    line.extend((0..count).map(|place| pixels[start + place * stride]));
    let share = 1.0 / (2 * radius + 1) as f32;
    let at = |place: isize| line[place.clamp(0, count as isize - 1) as usize];
    let mut sum = [0.0f32; 4];
    for place in -(radius as isize)..=radius as isize {
        let one = at(place);
        for part in 0..4 {
            sum[part] += one[part];
        }
    }
    for place in 0..count {
        pixels[start + place * stride] = sum.map(|part| part * share);
        let (new, old) = (at((place + radius + 1) as isize), at(place as isize - radius as isize));
        for part in 0..4 {
            sum[part] += new[part] - old[part];
        }
    }
}

/// Puts a colour over a pixel.
pub(super) fn over(pixel: &mut [f32; 4], colour: Colour, alpha: f32) {
    let rest = 1.0 - alpha;
    for (part, colour) in pixel.iter_mut().zip([colour[0], colour[1], colour[2], 1.0]) {
        *part = colour * alpha + *part * rest;
    }
}

/// Adds light to a pixel.
pub(super) fn light(pixel: &mut [f32; 4], colour: Colour, strength: f32) {
    let lit = screen([pixel[0], pixel[1], pixel[2]], colour.map(|part| part * strength));
    pixel[..3].copy_from_slice(&lit);
}

/// Moves a pixel towards a colour and leaves its alpha.
pub(super) fn towards(pixel: &mut [f32; 4], colour: Colour, share: f32) {
    let alpha = pixel[3];
    let mixed = blend([pixel[0], pixel[1], pixel[2]], colour.map(|part| part * alpha), share);
    pixel[..3].copy_from_slice(&mixed);
}
