//! Straight lines: neighbouring places that slope the same way, where they make a long thin shape.

use super::{Photo, Plane};

/// White straight lines on black.
pub(crate) fn segments(photo: &Photo) -> Plane {
    let (width, height) = (photo.width, photo.height);
    let unit = photo.unit();
    let (across, down) = photo.luma().blur((1.4 * unit).max(0.9)).slopes();
    let steep = across.zip(&down, f32::hypot);
    let least = steep.quantile(0.85).max(0.012);
    let angle = across.zip(&down, |across, down| down.atan2(across));
    let mut used: Vec<bool> = steep.values.iter().map(|value| *value < least).collect();
    let mut starts: Vec<usize> = (0..used.len()).filter(|place| !used[*place]).collect();
    starts.sort_by(|a, b| steep.values[*b].total_cmp(&steep.values[*a]));
    let mut out = Plane::filled(width, height, 0.0);
    let shortest = 34.0 * unit;
    let mut members = Vec::new();
    for start in starts {
        if used[start] {
            continue;
        }
        grow(start, &angle, &mut used, &mut members);
        if let Some(line) = Line::through(&members, width)
            && line.length > shortest
            && line.width < (line.length * 0.12).min(9.0 * unit)
        {
            line.draw(&mut out, (1.0 * unit).max(0.8));
        }
    }
    out
}

/// Gathers the places around a start that slope the way the group does on the mean.
fn grow(start: usize, angle: &Plane, used: &mut [bool], members: &mut Vec<usize>) {
    const TOLERANCE: f32 = 0.3;
    members.clear();
    members.push(start);
    used[start] = true;
    let (mut east, mut south) = (angle.values[start].cos(), angle.values[start].sin());
    let mut next = 0;
    while next < members.len() {
        let (x, y) = (members[next] % angle.width, members[next] / angle.width);
        next += 1;
        let mean = south.atan2(east);
        for y in y.saturating_sub(1)..(y + 2).min(angle.height) {
            for x in x.saturating_sub(1)..(x + 2).min(angle.width) {
                let place = y * angle.width + x;
                if used[place] {
                    continue;
                }
                let turn = (angle.values[place] - mean).rem_euclid(std::f32::consts::TAU);
                if turn.min(std::f32::consts::TAU - turn) < TOLERANCE {
                    used[place] = true;
                    members.push(place);
                    east += angle.values[place].cos();
                    south += angle.values[place].sin();
                }
            }
        }
    }
}

struct Line {
    middle: (f32, f32),
    along: (f32, f32),
    length: f32,
    width: f32,
}

impl Line {
    /// The line that places lie along; `None` for too few of them.
    fn through(members: &[usize], row: usize) -> Option<Self> {
        if members.len() < 12 {
            return None;
        }
        let count = members.len() as f32;
        let at = |place: &usize| ((place % row) as f32, (place / row) as f32);
        let (sum_x, sum_y) = members.iter().map(at).fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        let middle = (sum_x / count, sum_y / count);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in members.iter().map(at) {
            let (x, y) = (x - middle.0, y - middle.1);
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        let turn = 0.5 * (2.0 * xy).atan2(xx - yy);
        let along = (turn.cos(), turn.sin());
        let (mut first, mut last, mut off) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (x, y) in members.iter().map(at) {
            let (x, y) = (x - middle.0, y - middle.1);
            let far = x * along.0 + y * along.1;
            first = first.min(far);
            last = last.max(far);
            off = off.max((x * along.1 - y * along.0).abs());
        }
        let shift = (first + last) / 2.0;
        Some(Self {
            middle: (middle.0 + along.0 * shift, middle.1 + along.1 * shift),
            along,
            length: last - first,
            width: 2.0 * off,
        })
    }

    fn draw(&self, plane: &mut Plane, thick: f32) {
        let steps = (self.length * 2.0) as i32;
        for step in -steps / 2..=steps / 2 {
            let (x, y) = (
                self.middle.0 + self.along.0 * step as f32 * 0.5,
                self.middle.1 + self.along.1 * step as f32 * 0.5,
            );
            let reach = thick.ceil() as i32;
            for down in -reach..=reach {
                for right in -reach..=reach {
                    let (column, row) = (x.round() as i32 + right, y.round() as i32 + down);
                    let far = (column as f32 - x).hypot(row as f32 - y);
                    let inside =
                        column >= 0 && row >= 0 && (column as usize) < plane.width && (row as usize) < plane.height;
                    if inside && far <= thick + 0.5 {
                        let value = &mut plane.values[row as usize * plane.width + column as usize];
                        *value = value.max((thick + 0.5 - far).min(1.0));
                    }
                }
            }
        }
    }
}
