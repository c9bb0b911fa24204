//! A few colours at places that stand for many: what a region of a picture is made of.

/// Colours of a palette, at most.
const COLOURS: usize = 6;

/// What a place looks like, three numbers, and where it is, two.
pub(super) type Sample = [f32; 5];

/// Colours at places, each with how far its samples spread and how many there are.
pub(super) struct Palette(Vec<(Sample, Sample, f32)>);

impl Palette {
    pub(super) fn of(samples: &[Sample], weights: &[f32]) -> Self {
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
    pub(super) fn distance(&self, sample: &Sample) -> f32 {
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
