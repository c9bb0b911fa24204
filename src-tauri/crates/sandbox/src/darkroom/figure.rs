//! Finding what a picture is of: a mask that is 1 on the figure and 0 on what is behind it.
//!
//! Two small palettes, one of the figure and one of the rest, are learned in turns: which colours at which places belong
//! together. It begins with what is known of most pictures: the middle is not background, what looks like the sides is,
//! and so is what can be reached from there without crossing an edge.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    Photo, Plane,
    islands::islands,
    palette::{Palette, Sample},
    plane::smooth,
};

/// The longer side of the picture that is learned from.
const SMALL: usize = 144;
/// How often the palettes are learned anew.
const ROUNDS: usize = 8;

/// The mask, as large as the picture.
pub(crate) fn figure(photo: &Photo) -> Plane {
    if !photo.is_opaque() {
        return photo.channel(3);
    }
    let (width, height, cells) = photo.shrunk(SMALL);
    let likely = learn(&cells, width, height);
    // A figure is there or not: only its edge is soft.
    let likely = whole(likely).map(|value| smooth(0.38, 0.58, value));
    let guide = photo.luma();
    let radius = (9.0 * photo.unit()).round().max(2.0) as usize;
    likely
        .stretched(photo.width, photo.height)
        .guided(&guide, radius, 2e-3)
        .map(|value| smooth(0.3, 0.72, value))
}

fn learn(cells: &[[f32; 3]], width: usize, height: usize) -> Plane {
    let (samples, prior): (Vec<Sample>, Vec<f32>) = cells
        .iter()
        .enumerate()
        .map(|(place, cell)| {
            let x = (place % width) as f32 / width as f32;
            let y = (place / width) as f32 / height as f32;
            let [red, green, blue] = *cell;
            let light = 0.3 * red + 0.59 * green + 0.11 * blue;
            let sample = [
                light,
                (red - green) * 1.4,
                ((red + green) / 2.0 - blue) * 1.4,
                x * 0.5,
                y * 0.35,
            ];
            (sample, prior(x, y))
        })
        .unzip();
    let strange = strangeness(&samples, width, height);
    let remote = remoteness(&samples, width, height);
    let strange = strange.iter().zip(remote).map(|(strange, remote)| strange.min(remote));
    let mut prior: Vec<f32> = prior
        .iter()
        .zip(strange)
        .map(|(prior, strange)| prior + strange)
        .collect();
    if is_close(&prior, width, height) {
        let above = columns(&prior, width, height);
        for (place, odds) in prior.iter_mut().enumerate() {
            let y = (place / width) as f32 / height as f32;
            *odds += 3.4 * smooth(0.55, 0.72, y) * smooth(0.4, 0.9, above[place % width]);
        }
    }
    let mut likely = Plane {
        width,
        height,
        values: prior.iter().map(|prior| if *prior > 0.0 { 1.0 } else { 0.0 }).collect(),
    };
    let guide = Plane {
        width,
        height,
        values: samples.iter().map(|sample| sample[0]).collect(),
    };
    for _ in 0..ROUNDS {
        let figure = Palette::of(&samples, &likely.values);
        let rest: Vec<f32> = likely.values.iter().map(|value| 1.0 - value).collect();
        let ground = Palette::of(&samples, &rest);
        let values = samples
            .iter()
            .zip(&prior)
            .map(|(sample, prior)| {
                let odds = (ground.distance(sample) - figure.distance(sample)).clamp(-1.0, 1.0) + prior;
                1.0 / (1.0 + (-odds).exp())
            })
            .collect();
        likely = Plane { width, height, values }
            .guided(&guide, 3, 4e-3)
            .map(|value| value.clamp(0.0, 1.0));
    }
    likely
}

/// What is known before anything is learned, as odds: pictures have their subject in the middle and, if it's cut off, at
/// the lower edge.
fn prior(x: f32, y: f32) -> f32 {
    let side = x.min(1.0 - x);
    if side < 0.035 && y < 0.8 || y < 0.035 {
        return -6.0;
    }
    let (across, down) = ((x - 0.5) / 0.3, (y - 0.58) / 0.46);
    let inside = 1.0 - (across * across + if down > 0.0 { 0.6 } else { 1.0 } * down * down);
    (inside * 1.6).clamp(-2.4, 1.0)
}

/// How unlike each place is to what lies at the picture's sides at about its height, as odds. Skies, seas and streets go
/// on to the sides, figures mostly don't.
fn strangeness(samples: &[Sample], width: usize, height: usize) -> Vec<f32> {
    let reach = (height / 12).max(1);
    let margin = |row: usize| {
        if 4 * row < 3 * height {
            (width / 12).max(1)
        } else {
            (width / 28).max(1)
        }
    };
    let mut out = Vec::with_capacity(samples.len());
    for row in 0..height {
        let mut sides: Vec<Sample> = Vec::new();
        for near in row.saturating_sub(reach)..(row + reach + 1).min(height) {
            let line = &samples[near * width..(near + 1) * width];
            sides.extend(line[..margin(near)].iter().chain(&line[width - margin(near)..]));
        }
        for sample in &samples[row * width..(row + 1) * width] {
            let colour = |side: &Sample| (0..3).map(|part| (side[part] - sample[part]).powi(2)).sum::<f32>();
            let least = sides.iter().map(colour).fold(f32::MAX, f32::min).sqrt();
            out.push(((least - 0.085) * 30.0).clamp(-2.6, 2.2));
        }
    }
    out
}

/// How much of an edge one has to cross to get to a place from the picture's sides or top, as odds. What changes gently,
/// like a glow in the sky, is no edge.
fn remoteness(samples: &[Sample], width: usize, height: usize) -> Vec<f32> {
    const GENTLE: f32 = 0.032;
    let mut cost = vec![u32::MAX; samples.len()];
    let mut open = BinaryHeap::new();
    for (place, cost) in cost.iter_mut().enumerate() {
        let (x, y) = (place % width, place / width);
        if y == 0 || (10 * y < 9 * height && (x == 0 || x + 1 == width)) {
            *cost = 0;
            open.push(Reverse((0, place)));
        }
    }
    while let Some(Reverse((so_far, place))) = open.pop() {
        if so_far > cost[place] {
            continue;
        }
        let (x, y) = (place % width, place / width);
        let next = [
            (x > 0).then(|| place - 1),
            (x + 1 < width).then(|| place + 1),
            (y > 0).then(|| place - width),
            (y + 1 < height).then(|| place + width),
        ];
        for next in next.into_iter().flatten() {
            let parts = (0..3).map(|part| (samples[place][part] - samples[next][part]).powi(2));
            let step = parts.sum::<f32>().sqrt();
            let total = so_far + ((step - GENTLE).max(0.0) * 10_000.0) as u32;
            if total < cost[next] {
                cost[next] = total;
                open.push(Reverse((total, next)));
            }
        }
    }
    let odds = |cost: &u32| ((*cost as f32 / 10_000.0 - 0.06) * 24.0).clamp(-2.2, 2.2);
    cost.iter().map(odds).collect()
}

/// Whether the figure fills so much of the middle that it will go on to the lower edge.
fn is_close(prior: &[f32], width: usize, height: usize) -> bool {
    let columns = columns(prior, width, height);
    10.0 * columns.iter().sum::<f32>() > 4.0 * width as f32
}

/// The share of each column that is figure, from somewhat above the middle to somewhat below.
fn columns(prior: &[f32], width: usize, height: usize) -> Vec<f32> {
    let (top, bottom) = (40 * height / 100, (60 * height / 100).max(40 * height / 100 + 1));
    let share = |column: usize| {
        let figure = (top..bottom).filter(|row| prior[row * width + column] > 0.5).count();
        figure as f32 / (bottom - top) as f32
    };
    (0..width).map(share).collect()
}

/// Keeps the large pieces and closes small holes in them.
fn whole(mut likely: Plane) -> Plane {
    let (width, height) = (likely.width, likely.height);
    let mask: Vec<bool> = likely.values.iter().map(|value| *value > 0.5).collect();
    let pieces = islands(&mask, width, height);
    let largest = pieces.iter().map(|piece| piece.pixels.len()).max().unwrap_or_default();
    for piece in pieces {
        if piece.pixels.len() * 3 < largest {
            for place in piece.pixels {
                likely.values[place] = 0.0;
            }
        }
    }
    let holes: Vec<bool> = likely.values.iter().map(|value| *value <= 0.5).collect();
    for hole in islands(&holes, width, height) {
        if hole.pixels.len() * 40 < largest && !hole.touches_edge(width, height) {
            for place in hole.pixels {
                likely.values[place] = 1.0;
            }
        }
    }
    likely
}
