//! Declutter: small things go, what they stood on is filled in.

use super::{
    Photo, Plane,
    islands::{Island, islands},
};

/// Removes specks and lettering. With `keep_bubbles` what stands on white areas stays.
pub(crate) fn declutter(photo: &Photo, keep_bubbles: bool) -> Photo {
    let photo = photo.on_paper();
    let unit = photo.unit();
    let clutter = clutter(&photo, unit, keep_bubbles);
    fill(&photo, &clutter)
}

/// What is small and stands out from its surroundings.
fn clutter(photo: &Photo, unit: f32, keep_bubbles: bool) -> Plane {
    let bright = photo.luma();
    let radius = (7.0 * unit).round().max(3.0) as usize;
    // Without anything thinner than the radius, once for what is light and once for what is dark.
    let without_light = bright.least(radius).most(radius);
    let without_dark = bright.most(radius).least(radius);
    let light = bright.zip(&without_light, |value, without| value - without);
    let dark = without_dark.zip(&bright, |without, value| without - value);
    let bubbles = keep_bubbles.then(|| bubbles(&bright, unit));
    let most = 28.0 * unit;
    let mut found = Plane::filled(photo.width, photo.height, 0.0);
    for (stands_out, ground) in [(light, &without_light), (dark, &without_dark)] {
        let mask: Vec<bool> = stands_out.values.iter().map(|value| *value > 0.1).collect();
        for island in islands(&mask, photo.width, photo.height) {
            let small = (island.width().max(island.height()) as f32) < most;
            let compact = island.density() > 0.22;
            let kept = bubbles.as_ref().is_some_and(|bubbles| {
                let inside = island
                    .pixels
                    .iter()
                    .filter(|place| bubbles.values[**place] > 0.5)
                    .count();
                2 * inside > island.pixels.len()
            });
            if small && compact && !kept && is_even(ground, &island, radius) {
                for place in island.pixels {
                    found.values[place] = 1.0;
                }
            }
        }
    }
    // The soft edge of a speck belongs to it.
    found.most((2.5 * unit).ceil() as usize)
}

/// Whether the ground around a piece is of one tone. Clutter stands on something; a glint in an eye or the tip of a lock
/// is between things.
fn is_even(ground: &Plane, island: &Island, margin: usize) -> bool {
    const EVEN: f32 = 0.035;
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for y in island.top.saturating_sub(margin)..(island.bottom + margin + 1).min(ground.height) {
        let row = &ground.values[y * ground.width..(y + 1) * ground.width];
        for value in &row[island.left.saturating_sub(margin)..(island.right + margin + 1).min(ground.width)] {
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    let mean = sum / count;
    squares / count - mean * mean < EVEN * EVEN
}

/// White areas as large as a speech bubble, with what stands in them.
fn bubbles(bright: &Plane, unit: f32) -> Plane {
    let mut found = Plane::filled(bright.width, bright.height, 0.0);
    let white: Vec<bool> = bright.values.iter().map(|value| *value > 0.9).collect();
    for island in islands(&white, bright.width, bright.height) {
        if island.pixels.len() as f32 > 2500.0 * unit * unit {
            for place in island.pixels {
                found.values[place] = 1.0;
            }
        }
    }
    let reach = (24.0 * unit) as usize;
    found.most(reach).least(reach)
}

/// Paints over what is marked with what is around it.
fn fill(photo: &Photo, holes: &Plane) -> Photo {
    let weight = holes.map(|hole| 1.0 - hole);
    let channels: Vec<Plane> = (0..3)
        .map(|index| {
            grown(
                &photo.channel(index).zip(&weight, |value, weight| value * weight),
                &weight,
            )
        })
        .collect();
    let seam = holes.blur(1.0 * photo.unit()).zip(holes, f32::max);
    photo.recoloured(|place, colour| {
        let share = seam.values[place];
        [0, 1, 2].map(|part| colour[part] + (channels[part].values[place] - colour[part]) * share)
    })
}

/// Values where there is weight, spread to where there is none: halve until nothing is missing, then come back.
fn grown(sums: &Plane, weights: &Plane) -> Plane {
    let missing = weights.values.iter().any(|weight| *weight <= 0.0);
    if !missing || sums.width.min(sums.height) < 2 {
        return sums.zip(weights, |sum, weight| sum / weight.max(1e-6));
    }
    let coarse = grown(&halved(sums), &halved(weights)).stretched(sums.width, sums.height);
    let mut out = coarse;
    for ((value, sum), weight) in out.values.iter_mut().zip(&sums.values).zip(&weights.values) {
        if *weight > 0.0 {
            let own = (weight * 4.0).min(1.0);
            *value += (sum / weight - *value) * own;
        }
    }
    out
}

/// Half the size; each place is the mean of up to four.
fn halved(plane: &Plane) -> Plane {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let mut values = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut count) = (0.0, 0.0);
            for y in 2 * y..(2 * y + 2).min(plane.height) {
                for x in 2 * x..(2 * x + 2).min(plane.width) {
                    sum += plane.values[y * plane.width + x];
                    count += 1.0;
                }
            }
            values.push(sum / count);
        }
    }
    Plane { width, height, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blue ground, a white area on the left, and a dark speck on each.
    fn page() -> Photo {
        let rgba = (0..200 * 120).map(|place| {
            let (x, y) = (place % 200, place / 200);
            let speck = |left: usize| (left..left + 4).contains(&x) && (58..62).contains(&y);
            match (speck(45) || speck(150), x < 90) {
                (true, _) => [20, 20, 30, 255],
                (false, true) => [250, 250, 250, 255],
                (false, false) => [90, 120, 200, 255],
            }
        });
        Photo {
            width: 200,
            height: 120,
            rgba: rgba.collect(),
        }
    }

    #[test]
    fn specks_go_and_leave_what_was_around_them() {
        let clean = declutter(&page(), false);
        for (x, ground) in [(46, [250, 250, 250]), (151, [90, 120, 200])] {
            let pixel = clean.rgba[60 * 200 + x];
            for part in 0..3 {
                assert!(pixel[part].abs_diff(ground[part]) < 6, "{pixel:?} at {x}");
            }
        }
        assert_eq!(clean.rgba[10 * 200 + 190], page().rgba[10 * 200 + 190]);
    }

    #[test]
    fn what_stands_on_white_can_be_kept() {
        let clean = declutter(&page(), true);
        assert_eq!(clean.rgba[60 * 200 + 46][0], 20);
        assert!(clean.rgba[60 * 200 + 151][2] > 150);
    }
}
