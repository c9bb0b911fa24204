//! Heads from behind: hair in the wind, ears, hats.

use super::{Pen, SKIN};
use crate::painter::{
    colour::{Colour, WHITE, blend, hex, scale},
    maths::{Rng, mix},
    scene::{Person, Trait},
    shape::Path,
};

pub(super) fn head(pen: &mut Pen<'_>, person: &Person, wind: f32, rng: &mut Rng) {
    let hair = person.hair;
    pen.stroke(&[(0.0, -0.875, 0.022), (0.0, -0.83, 0.024)], SKIN);
    for way in [-1.0, 1.0] {
        pen.body(&Path::ellipse(way * 0.066, -0.905, 0.011, 0.018, way * 0.2), SKIN, 0.0);
    }
    if person.with(Trait::CatEars) || person.with(Trait::FoxEars) {
        ears(pen, person);
    }
    let tails = person.with(Trait::Twintails);
    let pony = person.with(Trait::Ponytail) || person.with(Trait::Braid);
    let very = person.with(Trait::VeryLong);
    let long = person.girl && !tails && !pony && !person.with(Trait::Short) && !person.with(Trait::Bun);
    let long = long || very || (person.with(Trait::Long) && !tails && !pony);
    let skull = |drop: f32, flare: f32| {
        let mut path = Path::at(0.0, -1.0);
        path.bend((0.055, -1.002), (0.078, -0.96), (0.077, -0.915));
        path.bend((0.079, -0.89), (flare, -0.87), (flare * 0.86, -0.85 + drop));
        path.bend(
            (0.03, -0.84 + drop),
            (-0.03, -0.84 + drop),
            (-flare * 0.86, -0.85 + drop),
        );
        path.bend((-flare, -0.87), (-0.079, -0.89), (-0.077, -0.915));
        path.bend((-0.078, -0.96), (-0.055, -1.002), (0.0, -1.0));
        path
    };
    if long {
        mane(pen, hair, wind, if very { 0.56 } else { 0.36 }, rng);
    }
    let short = person.with(Trait::Short) && person.girl;
    pen.body(
        &if short || long {
            skull(0.018, 0.086)
        } else {
            skull(if person.girl { -0.022 } else { -0.05 }, 0.074)
        },
        hair,
        0.1,
    );
    for way in [-1.0, 1.0] {
        if tails {
            tail(
                pen,
                (way * 0.072, -0.95),
                (way * 0.1 + wind * 0.05, 0.42),
                0.036,
                hair,
                way,
            );
            pen.body(&Path::ellipse(way * 0.074, -0.945, 0.014, 0.02, 0.0), person.eyes, 0.0);
        } else if person.with(Trait::Bun) {
            pen.body(&Path::ellipse(way * 0.05, -1.0, 0.034, 0.032, 0.0), hair, 0.2);
        }
    }
    if pony {
        tail(pen, (0.0, -0.965), (wind * 0.09, 0.36), 0.034, hair, wind);
        pen.body(&Path::ellipse(0.0, -0.962, 0.017, 0.012, 0.0), person.eyes, 0.0);
    }
    strands(pen, hair, long, rng);
    if person.with(Trait::Bow) {
        let bow = if person.eyes == person.hair {
            WHITE
        } else {
            hex(0xd8343c)
        };
        for way in [-1.0, 1.0] {
            pen.body(
                &Path::polygon(&[(0.0, -0.955), (way * 0.062, -0.985), (way * 0.056, -0.925)]),
                bow,
                0.2,
            );
            pen.stroke(&[(0.0, -0.95, 0.006), (way * 0.03, -0.88, 0.009)], bow);
        }
        pen.body(&Path::ellipse(0.0, -0.955, 0.012, 0.013, 0.0), scale(bow, 0.85), 0.0);
    }
    if person.with(Trait::Hat) {
        let straw = hex(0xe6c98a);
        pen.body(&Path::ellipse(0.0, -0.965, 0.145, 0.03, -0.06), scale(straw, 0.92), 0.2);
        let mut crown = Path::at(-0.076, -0.968);
        crown.bend((-0.076, -1.06), (0.076, -1.065), (0.076, -0.972));
        crown.bend((0.03, -0.957), (-0.03, -0.957), (-0.076, -0.968));
        pen.body(&crown, straw, 0.1);
        pen.stroke(
            &[(-0.077, -0.976, 0.008), (0.0, -0.966, 0.009), (0.077, -0.98, 0.008)],
            person.clothes,
        );
    }
}

/// Long hair that the wind takes to one side, ending in points.
fn mane(pen: &mut Pen<'_>, hair: Colour, wind: f32, length: f32, rng: &mut Rng) {
    let end = -0.9 + length;
    // From the sides to the middle, so that the middle lies on top.
    for t in [0.0, 1.0, 0.17, 0.83, 0.34, 0.66, 0.5f32] {
        let start = mix(-0.068, 0.068, t);
        let reach = wind * length * mix(0.16, 0.46, if wind > 0.0 { t } else { 1.0 - t }) * rng.range(0.8, 1.15);
        let tip = end + rng.range(-0.05, 0.03) - length * 0.1 * (2.0 * t - 1.0).abs();
        let points = [
            (start * 0.3, -0.992, 0.004),
            (start * 0.85, -0.955, 0.017),
            (start * 1.08, -0.87, 0.026),
            (start * 1.15 + reach * 0.2, mix(-0.86, tip, 0.4), 0.03),
            (start * 1.1 + reach * 0.62, mix(-0.86, tip, 0.78), 0.021),
            (start + reach, tip, 0.002),
        ];
        pen.stroke(&points, scale(hair, rng.range(0.88, 1.05)));
    }
}

fn tail(pen: &mut Pen<'_>, (x, y): (f32, f32), (dx, dy): (f32, f32), half: f32, hair: Colour, way: f32) {
    for (lock, shade) in [(0.0, 0.9), (0.5, 1.0), (-0.5, 0.96)] {
        let spread = lock * half;
        pen.stroke(
            &[
                (x, y, half * 0.4),
                (x + way * 0.035 + spread * 0.4, y + dy * 0.14, half * 0.7),
                (x + dx * 0.55 + spread, y + dy * 0.45, half * 0.8),
                (x + dx * 0.9 + spread, y + dy * 0.78, half * 0.5),
                (x + dx * 1.25 + spread * 0.6, y + dy * (1.0 + lock * 0.12), 0.002),
            ],
            scale(hair, shade),
        );
    }
}

/// A few lighter and darker lines give hair its gloss.
fn strands(pen: &mut Pen<'_>, hair: Colour, long: bool, rng: &mut Rng) {
    let low = if long { -0.78 } else { -0.88 };
    for _ in 0..14 {
        let u = rng.range(-0.058, 0.058);
        let shine = blend(hair, WHITE, rng.range(0.1, 0.28));
        let colour = if rng.chance(0.55) { shine } else { scale(hair, 0.78) };
        pen.stroke(
            &[
                (u * 0.5, -0.99, 0.0006),
                (u * 1.05, -0.93, 0.002),
                (u * 1.15, mix(-0.9, low, rng.unit()), 0.0005),
            ],
            colour,
        );
    }
}

fn ears(pen: &mut Pen<'_>, person: &Person) {
    let tall = if person.with(Trait::FoxEars) { 0.085 } else { 0.062 };
    for way in [-1.0, 1.0] {
        let mut ear = Path::at(way * 0.018, -0.982);
        ear.bend(
            (way * 0.03, -1.0 - tall * 0.5),
            (way * 0.05, -0.99 - tall),
            (way * 0.06, -0.99 - tall),
        );
        ear.bend(
            (way * 0.074, -0.98 - tall * 0.5),
            (way * 0.08, -0.97),
            (way * 0.074, -0.945),
        );
        ear.close();
        pen.body(&ear, person.hair, 0.1);
    }
    if person.with(Trait::FoxEars) || person.with(Trait::CatEars) {
        let thick = if person.with(Trait::FoxEars) { 0.04 } else { 0.016 };
        pen.stroke(
            &[
                (0.02, -0.5, thick * 0.4),
                (0.1, -0.42, thick),
                (0.17, -0.46, thick * 1.1),
                (0.2, -0.56, thick * 0.8),
                (0.19, -0.62, 0.003),
            ],
            person.hair,
        );
    }
}
