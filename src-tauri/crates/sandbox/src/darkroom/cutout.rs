//! Finding what a picture is of: a mask that is 1 on the figure and 0 on what is behind it.
//!
//! Two small palettes, one of the figure and one of the rest, are learned in turns: which colours at which places belong
//! together. It begins with the guess that the edges of a picture are background and its middle is not.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Photo, Plane, islands::islands, plane::smooth};

/// The longer side of the picture that is learned from.
const SMALL: usize = 144;
/// Colours of each palette.
const COLOURS: usize = 6;
const ROUNDS: usize = 8;

/// What a place looks like and where it is.
type Sample = [f32; 5];

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

/// Colours at places, each with how far its samples spread and how many there are.
struct Palette(Vec<(Sample, Sample, f32)>);

impl Palette {
    fn of(samples: &[Sample], weights: &[f32]) -> Self {
        let mut middles = seeds(samples, weights);
        let mut groups = Vec::new();
        for _ in 0..4 {
            groups = vec![([0.0; 5], [0.0; 5], 1e-3); middles.len()];
            for (sample, weight) in samples.iter().zip(weights) {
                if *weight < 0.05 || middles.is_empty() {
                    continue;
                }
                let (sum, squares, count): &mut (Sample, Sample, f32) = &mut groups[nearest(&middles, sample)];
                for part in 0..5 {
                    sum[part] += sample[part] * weight;
                    squares[part] += sample[part] * sample[part] * weight;
                }
                *count += weight;
            }
            for (middle, (sum, _, count)) in middles.iter_mut().zip(&groups) {
                *middle = sum.map(|sum| sum / count);
            }
        }
        let all: f32 = groups.iter().map(|(_, _, count)| count).sum();
        Self(
            groups
                .into_iter()
                .filter(|(_, _, count)| *count > 1.0)
                .map(|(sum, squares, count)| {
                    let middle = sum.map(|sum| sum / count);
                    let floor = [8e-4, 4e-4, 4e-4, 4e-3, 4e-3];
                    let spread = [0, 1, 2, 3, 4]
                        .map(|part| (squares[part] / count - middle[part] * middle[part]).max(0.0) + floor[part]);
                    (middle, spread, (count / all).max(1e-3))
                })
                .collect(),
        )
    }

    /// How ill a sample goes with the palette: the less, the better.
    fn distance(&self, sample: &Sample) -> f32 {
        let one = |(middle, spread, share): &(Sample, Sample, f32)| {
            let parts = (0..5).map(|part| {
                let off = sample[part] - middle[part];
                off * off / spread[part] + 0.5 * spread[part].ln()
            });
            0.5 * parts.sum::<f32>() - share.ln()
        };
        self.0.iter().map(one).fold(40.0, f32::min)
    }
}

/// Samples that lie far from one another.
fn seeds(samples: &[Sample], weights: &[f32]) -> Vec<Sample> {
    let mut seeds: Vec<Sample> = Vec::new();
    let mut far = vec![f32::MAX; samples.len()];
    for _ in 0..COLOURS {
        let best = (0..samples.len())
            .filter(|place| weights[*place] > 0.5)
            .max_by(|a, b| far[*a].total_cmp(&far[*b]));
        let Some(best) = best else { break };
        seeds.push(samples[best]);
        for (far, sample) in far.iter_mut().zip(samples) {
            *far = far.min(apart(sample, &samples[best]));
        }
    }
    seeds
}

fn nearest(middles: &[Sample], sample: &Sample) -> usize {
    (0..middles.len())
        .min_by(|a, b| apart(&middles[*a], sample).total_cmp(&apart(&middles[*b], sample)))
        .unwrap_or_default()
}

fn apart(a: &Sample, b: &Sample) -> f32 {
    (0..5).map(|part| (a[part] - b[part]) * (a[part] - b[part])).sum()
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

/// A picture without what is behind it.
pub(crate) struct Cutout {
    /// The picture as it was, cut along the mask.
    pub(crate) masked: Photo,
    /// The figure made anew: what shone through at its edge is gone.
    pub(crate) generated: Photo,
    /// The first inside, the second along the edge.
    pub(crate) blend: Photo,
}

pub(crate) fn cut_out(photo: &Photo) -> Cutout {
    let mask = figure(photo);
    let inside = mask
        .map(|mask| smooth(0.85, 1.0, mask))
        .least((1.5 * photo.unit()).ceil() as usize);
    // The figure's own colours, carried out over its edge.
    let reach = 7.0 * photo.unit();
    let weight = inside.blur(reach);
    let own: Vec<Plane> = (0..3)
        .map(|index| {
            photo
                .channel(index)
                .zip(&inside, |value, inside| value * inside)
                .blur(reach)
                .zip(&weight, |sum, weight| sum / weight.max(1e-4))
        })
        .collect();
    let with = |alpha: &dyn Fn(usize) -> f32, share: &dyn Fn(usize) -> f32| {
        let mut out = photo.recoloured(|place, colour| {
            // Where the figure is thin there are no colours to carry out.
            let share = share(place) * smooth(0.05, 0.3, weight.values[place]);
            [0, 1, 2].map(|part| colour[part] + (own[part].values[place] - colour[part]) * share)
        });
        for (place, pixel) in out.rgba.iter_mut().enumerate() {
            pixel[3] = super::photo::byte(alpha(place));
            if pixel[3] == 0 {
                *pixel = [0; 4];
            }
        }
        out
    };
    Cutout {
        masked: with(&|place| mask.values[place], &|_| 0.0),
        generated: with(&|place| smooth(0.25, 0.9, mask.values[place]), &|place| {
            0.12 + 0.88 * (1.0 - inside.values[place])
        }),
        blend: with(&|place| mask.values[place], &|place| 1.0 - inside.values[place]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_before_a_plain_ground_is_found() {
        let inside = |x: usize, y: usize| x.abs_diff(80) < 30 && y > 40;
        let rgba = (0..160 * 200).map(|place| {
            let (x, y) = (place % 160, place / 160);
            let shade = (y / 4) as u8;
            if inside(x, y) {
                [200, 90 + shade, 60, 255]
            } else {
                [90, 120 + shade, 190, 255]
            }
        });
        let photo = Photo {
            width: 160,
            height: 200,
            rgba: rgba.collect(),
        };
        let cutout = cut_out(&photo);
        for picture in [&cutout.masked, &cutout.generated, &cutout.blend] {
            let wrong = picture
                .rgba
                .iter()
                .enumerate()
                .filter(|(place, pixel)| (pixel[3] > 127) != inside(place % 160, place / 160))
                .count();
            assert!(wrong < 160 * 200 / 40, "{wrong} pixels are wrong");
        }
        assert_eq!(cutout.masked.rgba[0], [0; 4]);
    }
}
