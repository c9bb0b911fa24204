//! The hair of a portrait: behind the face, in front of the shoulders, over the forehead.

use super::{Face, Style};
use crate::painter::{
    colour::{Colour, WHITE, blend, hex, luma, scale},
    maths::{Rng, bell, mix, noise, step},
    scene::{Person, Trait},
    shape::Path,
};

/// Hair is lighter above, darker inside, with a band of gloss.
fn hair_paint(face: &Face<'_>, hair: Colour, salt: u32) -> impl Fn(f32, f32) -> (Colour, f32) + use<> {
    let colour = face.lit(hair);
    let shine = blend(colour, WHITE, 0.42);
    let side = face.side;
    move |u, v| {
        let strands = noise(u * 34.0, v * 2.2, salt) - 0.5;
        let round = 0.9 + 0.14 * u * side - 0.1 * v;
        let ring = bell(v + 0.4 - 0.22 * u * u + 0.05 * strands, 0.055) * step(0.44, 0.12, u.abs());
        (blend(scale(colour, round + 0.16 * strands), shine, ring * 0.75), 1.0)
    }
}

pub(super) fn back_hair(face: &mut Face<'_>, person: &Person, style: Style, rng: &mut Rng) {
    let dark = scale(person.hair, 0.72);
    let colour = face.lit(dark);
    let paint = move |u: f32, v: f32| {
        let strands = noise(u * 26.0 + v, v * 1.6, 5) - 0.5;
        (scale(colour, 0.96 + 0.24 * strands - 0.05 * v), 1.0)
    };
    let mut path = Path::at(0.0, -0.74);
    if style.long {
        let sway = rng.range(-0.12, 0.12);
        path.bend((0.44, -0.76), (0.6, -0.4), (0.58, 0.0));
        path.bend((0.57, 0.4), (0.72, 0.8), (0.76 + sway, 1.7));
        path.line(-0.76 + sway, 1.7);
        path.bend((-0.72, 0.8), (-0.57, 0.4), (-0.58, 0.0));
        path.bend((-0.6, -0.4), (-0.44, -0.76), (0.0, -0.74));
    } else {
        let low = if person.girl { 0.6 } else { 0.36 };
        path.bend((0.44, -0.76), (0.6, -0.4), (0.56, 0.0));
        path.bend((0.56, low * 0.6), (0.5, low), (0.4, low + 0.05));
        for tooth in 0..6 {
            let u = mix(0.4, -0.4, (tooth as f32 + 0.5) / 6.0);
            path.line(u, low + 0.1);
            path.line(mix(0.4, -0.4, (tooth as f32 + 1.0) / 6.0), low + 0.02);
        }
        path.bend((-0.5, low), (-0.56, low * 0.6), (-0.56, 0.0));
        path.bend((-0.6, -0.4), (-0.44, -0.76), (0.0, -0.74));
    }
    face.shade(&path, paint);
    if person.with(Trait::Ponytail) {
        let way = if rng.chance(0.5) { 1.0 } else { -1.0 };
        face.stroke(
            &[
                (way * 0.2, -0.66, 0.06),
                (way * 0.55, -0.75, 0.13),
                (way * 0.78, -0.3, 0.16),
                (way * 0.8, 0.3, 0.12),
                (way * 0.9, 0.8, 0.01),
            ],
            dark,
            1.0,
        );
    }
    if person.with(Trait::Bun) {
        for way in [-1.0, 1.0] {
            let paint = hair_paint(face, person.hair, 8);
            face.shade(&Path::ellipse(way * 0.4, -0.66, 0.19, 0.18, 0.0), paint);
        }
    }
}

/// Locks that hang in front of the shoulders.
pub(super) fn front_locks(face: &mut Face<'_>, person: &Person, rng: &mut Rng) {
    for way in [-1.0, 1.0] {
        for lock in 0..3 {
            let t = lock as f32 * 0.07;
            let sway = rng.range(-0.05, 0.05);
            let points = [
                (way * (0.47 + t * 0.3), -0.1, 0.03),
                (way * (0.5 + t * 0.5), 0.3, 0.06),
                (way * (0.5 + t) + sway, 0.75, 0.075),
                (way * (0.47 + t) + sway, 1.2, 0.06),
                (way * (0.5 + t * 1.4) - sway, 1.75, 0.02),
            ];
            let paint = hair_paint(face, scale(person.hair, 1.0 - 0.07 * lock as f32), 40 + lock as u32);
            face.shade(&Path::stroke(&points), paint);
        }
    }
}

pub(super) fn twintails(face: &mut Face<'_>, person: &Person) {
    for way in [-1.0, 1.0] {
        for (lock, spread) in [(0u32, -0.06), (1, 0.09), (2, 0.0f32)] {
            let points = [
                (way * 0.47, -0.42, 0.04),
                (way * (0.64 + spread * 0.6), -0.36, 0.11),
                (way * (0.74 + spread), 0.05, 0.13),
                (way * (0.72 + spread * 1.4), 0.6, 0.11),
                (way * (0.8 + spread * 2.0), 1.15, 0.06),
                (way * (0.76 + spread * 2.6), 1.5, 0.002),
            ];
            let paint = hair_paint(face, scale(person.hair, [0.9, 0.95, 1.0][lock as usize]), 50 + lock);
            face.shade(&Path::stroke(&points), paint);
        }
        let ribbon = if luma(person.hair) > 0.6 {
            person.eyes
        } else {
            hex(0xe8eef8)
        };
        face.fill(
            &Path::polygon(&[(way * 0.5, -0.44), (way * 0.42, -0.6), (way * 0.62, -0.56)]),
            ribbon,
            1.0,
        );
        face.fill(
            &Path::polygon(&[(way * 0.5, -0.42), (way * 0.68, -0.34), (way * 0.6, -0.24)]),
            scale(ribbon, 0.9),
            1.0,
        );
        face.fill(
            &Path::ellipse(way * 0.5, -0.43, 0.04, 0.045, 0.0),
            scale(ribbon, 0.82),
            1.0,
        );
    }
}

/// The hair above and beside the forehead, lock by lock, from the sides to the middle.
pub(super) fn fringe(face: &mut Face<'_>, person: &Person, style: Style, rng: &mut Rng) {
    let hair = person.hair;
    let mut cap = Path::at(-0.5, 0.0);
    cap.bend((-0.56, -0.4), (-0.36, -0.75), (0.0, -0.75));
    cap.bend((0.36, -0.75), (0.56, -0.4), (0.5, 0.0));
    cap.bend((0.44, -0.2), (0.34, -0.3), (0.2, -0.34));
    cap.line(-0.2, -0.34);
    cap.bend((-0.34, -0.3), (-0.44, -0.2), (-0.5, 0.0));
    let paint = hair_paint(face, hair, 1);
    face.shade(&cap, paint);
    let part = rng.range(-0.12, 0.12);
    let side_length = if style.long || person.girl {
        rng.range(0.34, 0.52)
    } else {
        0.16
    };
    // From root, over a shoulder, to a tip.
    let mut locks: Vec<(f32, f32, f32, f32, f32)> = Vec::new();
    for way in [-1.0, 1.0] {
        locks.push((way * 0.3, way * 0.52, way * 0.44, side_length, 0.085));
        locks.push((way * 0.27, way * 0.46, way * 0.385, side_length * 0.62, 0.075));
        locks.push((way * 0.2, way * 0.37, way * 0.33, 0.07 + rng.range(-0.03, 0.03), 0.085));
        locks.push((
            way * 0.13,
            way * 0.26,
            way * 0.21 + part * 0.3,
            0.02 + rng.range(-0.04, 0.03),
            0.088,
        ));
    }
    locks.push((
        0.03 + part,
        0.09 + part,
        0.1 + part * 1.2,
        -0.01 + rng.range(-0.02, 0.04),
        0.082,
    ));
    locks.push((
        -0.03 + part,
        -0.07 + part,
        -0.03 + part * 1.4,
        0.03 + rng.range(-0.03, 0.04),
        0.085,
    ));
    let line = scale(hair, 0.55);
    for (place, (root, over, tip, low, half)) in locks.into_iter().enumerate() {
        let crown = root * 0.45 + part * 0.5;
        let top = -0.745 + 0.3 * crown * crown;
        let mut lock = Path::at(crown, top);
        lock.bend(
            (root + half * 1.6, -0.66),
            (over + half * 1.25, -0.3),
            (tip + 0.008, low),
        );
        lock.line(tip - 0.008, low);
        lock.bend((over - half * 0.65, -0.16), (over - half * 1.5, -0.5), (crown, top));
        let paint = hair_paint(
            face,
            scale(hair, 0.96 + 0.08 * noise(place as f32 * 3.7, 0.0, 9)),
            100 + place as u32,
        );
        face.shade(&lock, paint);
        let edge = [
            (over - half * 0.66, -0.32, 0.001),
            (over - half * 0.52, -0.16, 0.0034),
            (tip - 0.004, low - 0.01, 0.001),
        ];
        face.stroke(&edge, line, 0.55);
    }
    // A lock that stands up.
    if rng.chance(0.5) {
        let way = if rng.chance(0.5) { 1.0 } else { -1.0 };
        face.stroke(
            &[
                (0.0, -0.72, 0.012),
                (way * 0.08, -0.86, 0.014),
                (way * 0.2, -0.87, 0.01),
                (way * 0.26, -0.8, 0.001),
            ],
            hair,
            1.0,
        );
    }
}
