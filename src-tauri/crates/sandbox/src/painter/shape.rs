//! Outlines of lines and curves, and how much of each pixel they cover.

use super::{
    canvas::Canvas,
    maths::{cos, sin, unit},
};

type Point = (f32, f32);

/// Closed outlines in units. Where two overlap the shape is simply there; one drawn the other way round cuts a hole.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    lines: Vec<(Point, Point)>,
    start: Point,
    pen: Point,
}

/// The share of each pixel in a rectangle that a shape covers.
pub(super) struct Mask {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) cover: Vec<f32>,
}

impl Path {
    pub(super) fn at(x: f32, y: f32) -> Self {
        Self {
            lines: Vec::new(),
            start: (x, y),
            pen: (x, y),
        }
    }

    /// Begins another outline.
    pub(super) fn jump(&mut self, x: f32, y: f32) -> &mut Self {
        self.close();
        (self.start, self.pen) = ((x, y), (x, y));
        self
    }

    pub(super) fn line(&mut self, x: f32, y: f32) -> &mut Self {
        self.lines.push((self.pen, (x, y)));
        self.pen = (x, y);
        self
    }

    /// A curve that is drawn towards `(cx, cy)` and ends at `(x, y)`.
    pub(super) fn curve(&mut self, cx: f32, cy: f32, x: f32, y: f32) -> &mut Self {
        let (x0, y0) = self.pen;
        for step in 1..=12 {
            let t = step as f32 / 12.0;
            let s = 1.0 - t;
            self.line(
                s * s * x0 + 2.0 * s * t * cx + t * t * x,
                s * s * y0 + 2.0 * s * t * cy + t * t * y,
            );
        }
        self
    }

    /// A curve with two handles.
    pub(super) fn bend(&mut self, a: Point, b: Point, end: Point) -> &mut Self {
        let start = self.pen;
        for step in 1..=16 {
            let t = step as f32 / 16.0;
            let s = 1.0 - t;
            let at = |p0: f32, p1: f32, p2: f32, p3: f32| {
                s * s * s * p0 + 3.0 * s * s * t * p1 + 3.0 * s * t * t * p2 + t * t * t * p3
            };
            self.line(at(start.0, a.0, b.0, end.0), at(start.1, a.1, b.1, end.1));
        }
        self
    }

    pub(super) fn close(&mut self) -> &mut Self {
        if self.pen != self.start {
            self.line(self.start.0, self.start.1);
        }
        self
    }

    pub(super) fn polygon(points: &[Point]) -> Self {
        let mut path = points.first().map(|&(x, y)| Self::at(x, y)).unwrap_or_default();
        for &(x, y) in points.iter().skip(1) {
            path.line(x, y);
        }
        path.close();
        path
    }

    pub(super) fn rectangle(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self::polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)])
    }

    /// An ellipse, turned by an angle in radians.
    pub(super) fn ellipse(x: f32, y: f32, wide: f32, high: f32, turn: f32) -> Self {
        let (s, c) = (sin(turn), cos(turn));
        let points: Vec<Point> = (0..28)
            .map(|step| {
                let angle = step as f32 / 28.0 * std::f32::consts::TAU;
                let (px, py) = (wide * cos(angle), high * sin(angle));
                (x + px * c - py * s, y + px * s + py * c)
            })
            .collect();
        Self::polygon(&points)
    }

    /// A stroke along points, each with its own half width, smooth through all of them.
    pub(super) fn stroke(points: &[(f32, f32, f32)]) -> Self {
        let points = smooth(points);
        let normal = |place: usize| {
            let before = points[place.saturating_sub(1)];
            let after = points[(place + 1).min(points.len() - 1)];
            let (dx, dy) = (after.0 - before.0, after.1 - before.1);
            let length = (dx * dx + dy * dy).sqrt().max(1e-6);
            (-dy / length, dx / length)
        };
        let side = |place: usize, sign: f32| {
            let (x, y, half) = points[place];
            let (nx, ny) = normal(place);
            (x + sign * nx * half, y + sign * ny * half)
        };
        let there = (0..points.len()).map(|place| side(place, 1.0));
        let back = (0..points.len()).rev().map(|place| side(place, -1.0));
        Self::polygon(&there.chain(back).collect::<Vec<_>>())
    }

    /// The same shape elsewhere: scaled about the origin, then moved.
    pub(super) fn moved(&self, scale_x: f32, scale_y: f32, x: f32, y: f32) -> Self {
        self.mapped(|(px, py)| (px * scale_x + x, py * scale_y + y))
    }

    /// The same shape with every point elsewhere.
    pub(super) fn mapped(&self, place: impl Fn(Point) -> Point) -> Self {
        Self {
            lines: self.lines.iter().map(|&(a, b)| (place(a), place(b))).collect(),
            start: place(self.start),
            pen: place(self.pen),
        }
    }

    /// How much it covers of each pixel that it touches: the exact area, by summing along rows what each line adds.
    pub(super) fn cover(&self, canvas: &Canvas) -> Option<Mask> {
        let far = (f32::MAX, f32::MIN);
        let reach = |far: (f32, f32), v: f32| (far.0.min(v), far.1.max(v));
        let (mut xs, mut ys) = (far, far);
        for &(a, b) in &self.lines {
            xs = reach(reach(xs, a.0), b.0);
            ys = reach(reach(ys, a.1), b.1);
        }
        let limit = |v: f32, most: usize| ((v * canvas.unit).max(0.0) as usize).min(most);
        let (left, right) = (limit(xs.0, canvas.width), limit(xs.1 + canvas.pixel(), canvas.width));
        let (top, bottom) = (limit(ys.0, canvas.height), limit(ys.1 + canvas.pixel(), canvas.height));
        if left >= right || top >= bottom {
            return None;
        }
        let (width, height) = (right - left, bottom - top);
        let mut sums = Sums {
            width,
            height,
            cells: vec![0.0; (width + 2) * height],
        };
        let place = |p: Point| (p.0 * canvas.unit - left as f32, p.1 * canvas.unit - top as f32);
        let last = (self.pen != self.start).then_some((self.pen, self.start));
        for &(a, b) in self.lines.iter().chain(last.iter()) {
            sums.add(place(a), place(b));
        }
        let mut cover = vec![0.0; width * height];
        for row in 0..height {
            let mut sum = 0.0;
            for column in 0..width {
                sum += sums.cells[row * (width + 2) + column];
                cover[row * width + column] = unit(f32::abs(sum));
            }
        }
        Some(Mask {
            left,
            top,
            width,
            height,
            cover,
        })
    }
}

/// More points between points, on a curve that passes through all of them (Catmull and Rom's).
fn smooth(points: &[(f32, f32, f32)]) -> Vec<(f32, f32, f32)> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let at = |place: isize| points[place.clamp(0, points.len() as isize - 1) as usize];
    let mut out = Vec::with_capacity(points.len() * 6);
    for place in 0..points.len() as isize - 1 {
        let (p0, p1, p2, p3) = (at(place - 1), at(place), at(place + 1), at(place + 2));
        for step in 0..6 {
            let t = step as f32 / 6.0;
            let one = |a: f32, b: f32, c: f32, d: f32| {
                b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            };
            let half = p1.2 + (p2.2 - p1.2) * t;
            out.push((one(p0.0, p1.0, p2.0, p3.0), one(p0.1, p1.1, p2.1, p3.1), half));
        }
    }
    out.extend(points.last());
    out
}

struct Sums {
    width: usize,
    height: usize,
    /// Two more a row, so that what ends at the edge needs no care.
    cells: Vec<f32>,
}

impl Sums {
    /// Adds a line, cut at the left and right edge so that what is outside counts as if it stood on the edge.
    fn add(&mut self, a: Point, b: Point) {
        let wide = self.width as f32;
        for edge in [0.0, wide] {
            if (a.0 < edge) != (b.0 < edge) && (a.0 - b.0).abs() > 1e-9 && a.0 != edge && b.0 != edge {
                let t = (edge - a.0) / (b.0 - a.0);
                let middle = (edge, a.1 + (b.1 - a.1) * t);
                self.add(a, middle);
                self.add(middle, b);
                return;
            }
        }
        self.add_inside((a.0.clamp(0.0, wide), a.1), (b.0.clamp(0.0, wide), b.1));
    }

    /// Adds a line whose ends lie between the edges: what it covers to its right, pixel by pixel. A pixel that the line
    /// crosses is covered in part, all that follow in the row wholly, which is what summing the row gives.
    fn add_inside(&mut self, a: Point, b: Point) {
        let (sign, upper, lower) = if a.1 < b.1 { (1.0, a, b) } else { (-1.0, b, a) };
        let tall = lower.1 - upper.1;
        if tall <= 0.0 {
            return;
        }
        let slope = (lower.0 - upper.0) / tall;
        let wide = self.width as f32;
        let x_at = |y: f32| (upper.0 + (y - upper.1) * slope).clamp(0.0, wide);
        let first = upper.1.max(0.0) as usize;
        let last = (lower.1.max(0.0).ceil() as usize).min(self.height);
        for row in first..last {
            let (from, to) = (upper.1.max(row as f32), lower.1.min((row + 1) as f32));
            let (start, end) = (x_at(from), x_at(to));
            let (left, right) = (start.min(end), start.max(end));
            let cells = &mut self.cells[row * (self.width + 2)..(row + 1) * (self.width + 2)];
            let per = if right > left {
                (to - from) / (right - left)
            } else {
                0.0
            };
            let mut x = left;
            let mut column = left as usize;
            loop {
                let next = right.min((column + 1) as f32);
                let part = sign * if per > 0.0 { (next - x) * per } else { to - from };
                let covered = 1.0 - (0.5 * (x + next) - column as f32);
                cells[column] += part * covered;
                cells[column + 1] += part * (1.0 - covered);
                if next >= right {
                    break;
                }
                x = next;
                column += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(path: &Path) -> f32 {
        let canvas = Canvas::new(100, 100, 100.0);
        path.cover(&canvas)
            .map_or(0.0, |mask| mask.cover.iter().sum::<f32>() / 10_000.0)
    }

    #[test]
    fn a_shape_covers_its_area_exactly() {
        assert!((area(&Path::rectangle(0.105, 0.2, 0.304, 0.35)) - 0.199 * 0.15).abs() < 1e-4);
        assert!((area(&Path::polygon(&[(0.1, 0.1), (0.9, 0.2), (0.4, 0.83)])) - 0.277).abs() < 1e-3);
        assert!((area(&Path::ellipse(0.5, 0.5, 0.3, 0.2, 0.4)) - 0.188_496).abs() < 3e-3);
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        assert!((area(&Path::rectangle(-3.0, -2.0, 0.5, 0.25)) - 0.125).abs() < 1e-4);
        assert!((area(&Path::polygon(&[(-1.0, 0.0), (2.0, 0.0), (0.5, 1.5)])) - 1.0).abs() < 1e-3);
        assert!((area(&Path::polygon(&[(-0.5, 0.0), (0.5, 0.0), (-0.5, 1.0)])) - 0.125).abs() < 1e-3);
        assert_eq!(area(&Path::rectangle(1.5, 0.0, 2.0, 1.0)), 0.0);
    }
}
