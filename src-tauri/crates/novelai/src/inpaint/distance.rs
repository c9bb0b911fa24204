//! How far pixels are from the nearest painted one: the exact Euclidean distance, in time proportional to the number of
//! pixels (lower envelope of parabolas, once for the columns and once for the rows).

/// Squared distances, row by row. Without any painted pixel all are infinite.
pub(super) fn squared(painted: &[bool], width: usize) -> Vec<f32> {
    let height = painted.len() / width.max(1);
    let mut field: Vec<f32> = painted
        .iter()
        .map(|painted| if *painted { 0.0 } else { f32::INFINITY })
        .collect();
    let mut envelope = Envelope::default();
    let mut line = vec![0.0; height];
    for x in 0..width {
        for (y, value) in line.iter_mut().enumerate() {
            *value = field[y * width + x];
        }
        envelope.lower(&mut line);
        for (y, value) in line.iter().enumerate() {
            field[y * width + x] = *value;
        }
    }
    for row in field.chunks_mut(width.max(1)) {
        envelope.lower(row);
    }
    field
}

#[derive(Default)]
struct Envelope {
    /// The parabolas that are lowest somewhere: where they stand, and how high.
    feet: Vec<(f32, f32)>,
    /// From where on each of them is lowest.
    from: Vec<f32>,
}

impl Envelope {
    /// Each value becomes the least of all values plus the squared distance to them.
    fn lower(&mut self, line: &mut [f32]) {
        self.feet.clear();
        self.from.clear();
        for (at, height) in line.iter().enumerate().filter(|(_, height)| height.is_finite()) {
            let (at, height) = (at as f32, *height);
            let mut start = f32::NEG_INFINITY;
            while let (Some((foot, low)), Some(from)) = (self.feet.last(), self.from.last()) {
                start = ((height + at * at) - (low + foot * foot)) / (2.0 * (at - foot));
                if start > *from {
                    break;
                }
                self.feet.pop();
                self.from.pop();
                start = f32::NEG_INFINITY;
            }
            self.feet.push((at, height));
            self.from.push(start);
        }
        if self.feet.is_empty() {
            return;
        }
        let mut lowest = 0;
        for (at, value) in line.iter_mut().enumerate() {
            let at = at as f32;
            while self.from.get(lowest + 1).is_some_and(|from| *from <= at) {
                lowest += 1;
            }
            let (foot, low) = self.feet[lowest];
            *value = low + (at - foot) * (at - foot);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_distance_is_that_of_the_nearest_painted_pixel(
            width in 1_usize..24, height in 1_usize..24, seed in any::<u64>(),
        ) {
            let painted: Vec<bool> = (0..width * height)
                .map(|at| seed.rotate_left((at * 7 % 61) as u32) & 31 == 3)
                .collect();
            let found = squared(&painted, width);
            for (at, found) in found.into_iter().enumerate() {
                let far = |other: usize| {
                    let across = (at % width) as f32 - (other % width) as f32;
                    let down = (at / width) as f32 - (other / width) as f32;
                    across * across + down * down
                };
                let nearest = (0..painted.len()).filter(|other| painted[*other]).map(far);
                prop_assert_eq!(found, nearest.fold(f32::INFINITY, f32::min));
            }
        }
    }
}
