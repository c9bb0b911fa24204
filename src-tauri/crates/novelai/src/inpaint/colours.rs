//! The colours of an answer, brought to those of the picture it goes into: what was to be kept and came back lighter
//! says by how much everything did.

/// Fewer pixels than these say nothing.
const LEAST: u64 = 64;
/// How much contrast may be added or taken away.
const MOST: f64 = 1.5;

/// What is done to each channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shift([Channel; 3]);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Channel {
    scale: f64,
    was: f64,
    wanted: f64,
}

#[derive(Default, Clone, Copy)]
struct Sums {
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, value: u8) {
        let value = f64::from(value);
        self.sum += value;
        self.squares += value * value;
    }

    fn mean_and_deviation(self, count: f64) -> (f64, f64) {
        let mean = self.sum / count;
        (mean, (self.squares / count - mean * mean).max(0.0).sqrt())
    }
}

impl Shift {
    /// From places that should look the same: as they are in the picture, and in the answer. `None` where there are
    /// too few.
    pub(super) fn between(places: impl Iterator<Item = ([u8; 4], [u8; 4])>) -> Option<Self> {
        let (mut wanted, mut was) = ([Sums::default(); 3], [Sums::default(); 3]);
        let mut count = 0_u64;
        for (picture, answer) in places {
            count += 1;
            for channel in 0..3 {
                wanted[channel].add(picture[channel]);
                was[channel].add(answer[channel]);
            }
        }
        if count < LEAST {
            return None;
        }
        let channel = |at: usize| {
            let (wanted, contrast) = wanted[at].mean_and_deviation(count as f64);
            let (was, had) = was[at].mean_and_deviation(count as f64);
            let scale = if had > 1.0 { contrast / had } else { 1.0 };
            Channel {
                scale: scale.clamp(1.0 / MOST, MOST),
                was,
                wanted,
            }
        };
        Some(Self([channel(0), channel(1), channel(2)]))
    }

    /// A pixel of the answer, with its colours moved.
    pub(super) fn of(&self, mut pixel: [u8; 4]) -> [u8; 4] {
        for (value, channel) in pixel.iter_mut().zip(self.0) {
            let moved = (f64::from(*value) - channel.was) * channel.scale + channel.wanted;
            *value = moved.round().clamp(0.0, 255.0) as u8;
        }
        pixel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_places_say_nothing() {
        assert_eq!(Shift::between(std::iter::repeat_n(([1; 4], [2; 4]), 63)), None);
    }

    #[test]
    fn what_is_the_same_stays_as_it_is() {
        let places = (0..200_u8).map(|value| ([value, 7, 200 - value, 255], [value, 7, 200 - value, 255]));
        let shift = Shift::between(places).unwrap();
        for pixel in [[0, 0, 0, 255], [255, 255, 255, 254], [12, 99, 200, 3]] {
            assert_eq!(shift.of(pixel), pixel);
        }
    }
}
