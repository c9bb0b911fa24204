//! One number a pixel, and the filters over it.

/// Numbers row by row, mostly from 0 to 1.
#[derive(Clone)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<f32>,
}

impl Plane {
    pub(crate) fn filled(width: usize, height: usize, value: f32) -> Self {
        Self {
            width,
            height,
            values: vec![value; width * height],
        }
    }

    pub(crate) fn map(&self, change: impl Fn(f32) -> f32) -> Self {
        self.with(self.values.iter().map(|value| change(*value)).collect())
    }

    /// Two planes of the same size into one.
    pub(crate) fn zip(&self, other: &Self, join: impl Fn(f32, f32) -> f32) -> Self {
        let values = self.values.iter().zip(&other.values);
        self.with(values.map(|(a, b)| join(*a, *b)).collect())
    }

    fn with(&self, values: Vec<f32>) -> Self {
        Self {
            width: self.width,
            height: self.height,
            values,
        }
    }

    /// A Gaussian blur; beyond the edge the edge goes on.
    pub(crate) fn blur(&self, sigma: f32) -> Self {
        if sigma < 0.2 {
            return self.clone();
        }
        if sigma > 6.0 {
            // Three boxes are as good as the bell, and their cost doesn't grow.
            let radius = (sigma * 1.05).round() as usize;
            return self.mean(radius).mean(radius).mean(radius);
        }
        let radius = (sigma * 3.0).ceil() as i32;
        let mut kernel: Vec<f32> = (-radius..=radius)
            .map(|offset| (-(offset * offset) as f32 / (2.0 * sigma * sigma)).exp())
            .collect();
        let sum: f32 = kernel.iter().sum();
        kernel.iter_mut().for_each(|weight| *weight /= sum);
        self.pass(&kernel).turned().pass(&kernel).turned()
    }

    /// Each row through a kernel of odd length.
    fn pass(&self, kernel: &[f32]) -> Self {
        let radius = kernel.len() / 2;
        let mut out = Vec::with_capacity(self.values.len());
        let mut padded = vec![0.0; self.width + 2 * radius];
        for row in self.values.chunks_exact(self.width) {
            padded[..radius].fill(row[0]);
            padded[radius..radius + self.width].copy_from_slice(row);
            padded[radius + self.width..].fill(row[self.width - 1]);
            out.extend(padded.windows(kernel.len()).map(|window| {
                window
                    .iter()
                    .zip(kernel)
                    .map(|(value, weight)| value * weight)
                    .sum::<f32>()
            }));
        }
        self.with(out)
    }

    /// The mean over a square of this radius.
    pub(crate) fn mean(&self, radius: usize) -> Self {
        self.mean_of_rows(radius).turned().mean_of_rows(radius).turned()
    }

    fn mean_of_rows(&self, radius: usize) -> Self {
        let mut out = Vec::with_capacity(self.values.len());
        let mut sums = vec![0.0_f64; self.width + 1];
        for row in self.values.chunks_exact(self.width) {
            for (place, value) in row.iter().enumerate() {
                sums[place + 1] = sums[place] + f64::from(*value);
            }
            out.extend((0..self.width).map(|x| {
                let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(self.width));
                ((sums[right] - sums[left]) / (right - left) as f64) as f32
            }));
        }
        self.with(out)
    }

    /// The largest value in a square of this radius.
    pub(crate) fn most(&self, radius: usize) -> Self {
        self.extreme(radius, f32::max)
    }

    /// The smallest value in a square of this radius.
    pub(crate) fn least(&self, radius: usize) -> Self {
        self.extreme(radius, f32::min)
    }

    fn extreme(&self, radius: usize, pick: fn(f32, f32) -> f32) -> Self {
        let rows = |plane: &Self| {
            let mut out = Vec::with_capacity(plane.values.len());
            for row in plane.values.chunks_exact(plane.width) {
                out.extend((0..plane.width).map(|x| {
                    let window = &row[x.saturating_sub(radius)..(x + radius + 1).min(plane.width)];
                    window.iter().copied().reduce(pick).unwrap_or_default()
                }));
            }
            plane.with(out)
        };
        rows(&rows(self).turned()).turned()
    }

    /// Rows for columns, in blocks that stay in the cache.
    fn turned(&self) -> Self {
        const BLOCK: usize = 32;
        let mut values = vec![0.0; self.values.len()];
        for top in (0..self.height).step_by(BLOCK) {
            for left in (0..self.width).step_by(BLOCK) {
                for y in top..(top + BLOCK).min(self.height) {
                    for x in left..(left + BLOCK).min(self.width) {
                        values[x * self.height + y] = self.values[y * self.width + x];
                    }
                }
            }
        }
        Self {
            width: self.height,
            height: self.width,
            values,
        }
    }

    /// The slope to the right and downwards.
    pub(crate) fn slopes(&self) -> (Self, Self) {
        let at = |x: usize, y: usize| self.values[y * self.width + x];
        let (mut across, mut down) = (self.clone(), self.clone());
        for y in 0..self.height {
            let (above, below) = (y.saturating_sub(1), (y + 1).min(self.height - 1));
            for x in 0..self.width {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(self.width - 1));
                let place = y * self.width + x;
                across.values[place] = (at(right, above) + 2.0 * at(right, y) + at(right, below)
                    - at(left, above)
                    - 2.0 * at(left, y)
                    - at(left, below))
                    / 8.0;
                down.values[place] = (at(left, below) + 2.0 * at(x, below) + at(right, below)
                    - at(left, above)
                    - 2.0 * at(x, above)
                    - at(right, above))
                    / 8.0;
            }
        }
        (across, down)
    }

    /// The same plane at another size, straight between the points.
    pub(crate) fn stretched(&self, width: usize, height: usize) -> Self {
        let axis = |to: usize, from: usize| -> Vec<(usize, usize, f32)> {
            (0..to)
                .map(|place| {
                    let at = ((place as f32 + 0.5) * from as f32 / to as f32 - 0.5).clamp(0.0, (from - 1) as f32);
                    let low = at as usize;
                    (low, (low + 1).min(from - 1), at - low as f32)
                })
                .collect()
        };
        let (columns, rows) = (axis(width, self.width), axis(height, self.height));
        let mut values = Vec::with_capacity(width * height);
        for (above, below, down) in rows {
            let (above, below) = (&self.values[above * self.width..], &self.values[below * self.width..]);
            for &(left, right, across) in &columns {
                let upper = above[left] + (above[right] - above[left]) * across;
                let lower = below[left] + (below[right] - below[left]) * across;
                values.push(upper + (lower - upper) * down);
            }
        }
        Self { width, height, values }
    }

    /// This plane with the edges of another: each place becomes a straight function of the guide around it.
    pub(crate) fn guided(&self, guide: &Self, radius: usize, softness: f32) -> Self {
        let mean_guide = guide.mean(radius);
        let mean = self.mean(radius);
        let spread = guide
            .map(|value| value * value)
            .mean(radius)
            .zip(&mean_guide, |square, mean| square - mean * mean);
        let common = guide.zip(self, |a, b| a * b).mean(radius);
        let common = common.zip(&mean_guide.zip(&mean, |a, b| a * b), |both, product| both - product);
        let slope = common.zip(&spread, |common, spread| common / (spread.max(0.0) + softness));
        let offset = mean.zip(&slope.zip(&mean_guide, |a, b| a * b), |mean, part| mean - part);
        let (slope, offset) = (slope.mean(radius), offset.mean(radius));
        slope.zip(guide, |a, b| a * b).zip(&offset, |a, b| a + b)
    }

    /// The value below which this share of all values lies.
    pub(crate) fn quantile(&self, share: f32) -> f32 {
        let mut values = self.values.clone();
        let place = ((values.len() - 1) as f32 * share.clamp(0.0, 1.0)) as usize;
        *values.select_nth_unstable_by(place, f32::total_cmp).1
    }
}

/// 0 below `from`, 1 above `to`, smooth between them.
pub(crate) fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let part = ((value - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot() -> Plane {
        let mut plane = Plane::filled(41, 31, 0.0);
        plane.values[15 * 41 + 20] = 1.0;
        plane
    }

    #[test]
    fn a_blur_spreads_light_and_loses_none() {
        for sigma in [0.8, 3.0, 7.0] {
            let blurred = spot().blur(sigma);
            let sum: f32 = blurred.values.iter().sum();
            assert!((sum - 1.0).abs() < 0.15, "sigma {sigma} leaves {sum}");
            assert!(blurred.values[15 * 41 + 20] < 0.4);
            assert!((blurred.values[15 * 41 + 18] - blurred.values[15 * 41 + 22]).abs() < 1e-6);
            assert!((blurred.values[13 * 41 + 20] - blurred.values[17 * 41 + 20]).abs() < 1e-6);
        }
    }

    #[test]
    fn the_largest_value_reaches_as_far_as_the_radius() {
        let grown = spot().most(2);
        assert_eq!(grown.values.iter().filter(|value| **value > 0.5).count(), 25);
        assert_eq!(grown.least(2).values, spot().values);
    }

    #[test]
    fn a_guide_lends_its_edges() {
        let mut guide = Plane::filled(40, 40, 0.0);
        let mut mask = Plane::filled(40, 40, 0.0);
        for y in 0..40 {
            for x in 0..40 {
                guide.values[y * 40 + x] = if x < 20 { 0.1 } else { 0.9 };
                mask.values[y * 40 + x] = smooth(14.0, 26.0, x as f32);
            }
        }
        let sharp = mask.guided(&guide, 8, 1e-4);
        let step = |plane: &Plane| plane.values[20 * 40 + 21] - plane.values[20 * 40 + 18];
        assert!(
            step(&sharp) > 1.6 * step(&mask),
            "{} against {}",
            step(&sharp),
            step(&mask)
        );
    }
}
