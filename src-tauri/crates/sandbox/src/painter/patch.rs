//! Repainting the white of a mask, so that it joins what is around it, and not touching the rest.

use super::{
    fuse::{Plane, straight},
    maths::{mix, step},
};
use crate::source::Mask;

/// Puts the painted picture into the white of the mask. Everywhere else the source stays as it is, bit for bit. A cell
/// of the mask has sides of so many pixels.
pub(super) fn patch(source: &[u8], painted: &Plane, mask: &Mask, cell: usize) -> Vec<u8> {
    let (width, height) = (painted.width, painted.height);
    let plane = Plane::of(source, width, height);
    let depth = depth(mask);
    let difference = difference(&plane, painted, mask, &depth, cell);
    let away = distances(mask, width, height, cell);
    let deepest = away.iter().fold(0.0f32, |most, away| most.max(*away));
    let reach = deepest.min(3.5 * cell as f32);
    let mut out = source.to_vec();
    for (place, (pixel, away)) in out.as_chunks_mut::<4>().0.iter_mut().zip(away).enumerate() {
        if away <= 0.0 {
            continue;
        }
        let (x, y) = (place % width, place / width);
        let joined = difference.at(x, y, cell);
        let share = step(-0.25 * reach, reach, away);
        let (old, new) = (plane.pixels[place], painted.pixels[place]);
        let alpha = mix(old[3], (new[3] + joined[3]).clamp(0.0, 255.0), share);
        let mixed = |part: usize| mix(old[part], new[part] + joined[part], share).clamp(0.0, alpha);
        *pixel = straight([mixed(0), mixed(1), mixed(2), alpha]);
    }
    out
}

/// What has to be added in each cell so that the painted picture meets the source at the edge of the mask.
struct Difference<'a> {
    mask: &'a Mask,
    cells: Vec<[f32; 4]>,
}

fn difference<'a>(source: &Plane, painted: &Plane, mask: &'a Mask, depth: &[u32], cell: usize) -> Difference<'a> {
    let (wide, high) = (mask.wide, mask.high);
    let mut cells = vec![[0.0f32; 4]; wide * high];
    let (mut edge, mut mean) = (0.0f32, [0.0f32; 4]);
    for (place, out) in cells.iter_mut().enumerate() {
        if mask.cells[place] || !around(place, wide, high).any(|next| mask.cells[next]) {
            continue;
        }
        let (left, top) = (place % wide * cell, place / wide * cell);
        for y in top..top + cell {
            for x in left..left + cell {
                let at = y * source.width + x;
                let pairs = source.pixels[at].into_iter().zip(painted.pixels[at]);
                for (sum, (old, new)) in out.iter_mut().zip(pairs) {
                    *sum += old - new;
                }
            }
        }
        *out = out.map(|sum| (sum / (cell * cell) as f32).clamp(-230.0, 230.0));
        edge += 1.0;
        for part in 0..4 {
            mean[part] += out[part];
        }
    }
    // A membrane is stretched over the hole: each cell becomes the mean of its neighbours.
    let holes: Vec<usize> = (0..cells.len()).filter(|place| mask.cells[*place]).collect();
    for place in &holes {
        cells[*place] = mean.map(|sum| sum / edge.max(1.0));
    }
    for _ in 0..140 {
        for &place in &holes {
            let (mut sum, mut count) = ([0.0f32; 4], 0.0);
            for next in beside(place, wide, high) {
                count += 1.0;
                for part in 0..4 {
                    sum[part] += cells[next][part];
                }
            }
            for part in 0..4 {
                cells[place][part] += 1.85 * (sum[part] / count - cells[place][part]);
            }
        }
    }
    // Deep inside, the painted picture keeps its own colours.
    for place in holes {
        let kept = mix(1.0, 0.2, step(2.0, 26.0, depth[place] as f32));
        cells[place] = cells[place].map(|part| part * kept);
    }
    Difference { mask, cells }
}

impl Difference<'_> {
    fn at(&self, x: usize, y: usize, cell: usize) -> [f32; 4] {
        let axis = |place: usize, count: usize| {
            let place = ((place as f32 + 0.5) / cell as f32 - 0.5).clamp(0.0, (count - 1) as f32);
            (
                place as usize,
                (place as usize + 1).min(count - 1),
                place - (place as usize) as f32,
            )
        };
        let (left, right, u) = axis(x, self.mask.wide);
        let (above, below, v) = axis(y, self.mask.high);
        let at = |x: usize, y: usize| self.cells[y * self.mask.wide + x];
        let (a, b, c, d) = (at(left, above), at(right, above), at(left, below), at(right, below));
        [0, 1, 2, 3].map(|part| mix(mix(a[part], b[part], u), mix(c[part], d[part], u), v))
    }
}

/// For each cell, how many cells of the mask it is away from the edge.
fn depth(mask: &Mask) -> Vec<u32> {
    let mut depth = vec![u32::MAX; mask.cells.len()];
    let mut wave: Vec<usize> = (0..depth.len()).filter(|place| !mask.cells[*place]).collect();
    let mut level = 0;
    while !wave.is_empty() {
        let mut next = Vec::new();
        for place in wave {
            if depth[place] == u32::MAX {
                depth[place] = level;
                next.extend(beside(place, mask.wide, mask.high).filter(|place| depth[*place] == u32::MAX));
            }
        }
        (wave, level) = (next, level + 1);
    }
    depth
}

/// For each pixel, how far it is from the nearest that isn't in the mask; 0 for those.
fn distances(mask: &Mask, width: usize, height: usize, cell: usize) -> Vec<f32> {
    const FAR: f32 = 1e9;
    const ASKEW: f32 = 1.4;
    let mut away = vec![0.0f32; width * height];
    for (place, away) in away.iter_mut().enumerate() {
        if mask.holds(place % width, place / width, cell) {
            *away = FAR;
        }
    }
    // Once down and once up, each pixel a step farther than the nearest of the four that came before.
    let mut pass = |y: usize, x: usize, back: bool| {
        let (dx, dy): (isize, isize) = if back { (1, 1) } else { (-1, -1) };
        let at = |dx: isize, dy: isize| {
            let (x, y) = (x.checked_add_signed(dx)?, y.checked_add_signed(dy)?);
            (x < width && y < height).then(|| away[y * width + x])
        };
        let near = [
            (at(dx, 0), 1.0),
            (at(0, dy), 1.0),
            (at(dx, dy), ASKEW),
            (at(-dx, dy), ASKEW),
        ];
        let least = near
            .into_iter()
            .filter_map(|(away, more)| Some(away? + more))
            .fold(away[y * width + x], f32::min);
        away[y * width + x] = least;
    };
    for y in 0..height {
        for x in 0..width {
            pass(y, x, false);
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            pass(y, x, true);
        }
    }
    away
}

/// The cells that share a side with this one.
fn beside(place: usize, wide: usize, high: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (place % wide, place / wide);
    [
        (x > 0).then(|| place - 1),
        (x + 1 < wide).then(|| place + 1),
        (y > 0).then(|| place - wide),
        (y + 1 < high).then(|| place + wide),
    ]
    .into_iter()
    .flatten()
}

/// These and the four at the corners.
fn around(place: usize, wide: usize, high: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (place % wide, place / wide);
    let columns = x.saturating_sub(1)..(x + 2).min(wide);
    (y.saturating_sub(1)..(y + 2).min(high))
        .flat_map(move |y| columns.clone().map(move |x| y * wide + x))
        .filter(move |next| *next != place)
}
