//! The face itself: skin, eyes, brows, nose, mouth, and ears of other kinds.

use super::{Face, SHADOW, SKIN};
use crate::painter::{
    colour::{Colour, WHITE, blend, hex, scale},
    maths::{bell, noise, step, unit},
    scene::{Person, Trait},
    shape::Path,
};

pub(super) fn head(face: &mut Face<'_>, person: &Person) {
    let skin = face.lit(SKIN);
    let shadow = face.lit(SHADOW);
    let jaw = if person.girl { 1.0 } else { 1.12 };
    for way in [-1.0, 1.0] {
        face.shade(&Path::ellipse(way * 0.43, 0.12, 0.05, 0.1, way * 0.12), |_, v| {
            (blend(skin, shadow, step(0.05, 0.2, v) * 0.7), 1.0)
        });
    }
    let mut path = Path::at(-0.42, -0.2);
    path.bend((-0.44, 0.02), (-0.42, 0.14), (-0.385, 0.24));
    path.bend((-0.34 * jaw, 0.36), (-0.16 * jaw, 0.47), (-0.035 * jaw, 0.515));
    path.bend((-0.015, 0.523), (0.015, 0.523), (0.035 * jaw, 0.515));
    path.bend((0.16 * jaw, 0.47), (0.34 * jaw, 0.36), (0.385, 0.24));
    path.bend((0.42, 0.14), (0.44, 0.02), (0.42, -0.2));
    path.bend((0.4, -0.62), (-0.4, -0.62), (-0.42, -0.2));
    let side = face.side;
    let blush = face.lit(hex(0xf59a94));
    face.shade(&path, |u, v| {
        // Shadow of the fringe above, of the far cheek at the side.
        let above = step(-0.02, -0.16, v - 0.03 * noise(u * 12.0, 0.0, 3));
        let cheek = step(0.24, 0.44, -u * side) * 0.45;
        let colour = blend(skin, shadow, unit(above * 0.75 + cheek));
        let warm = bell(
            ((u.abs() - 0.245) * (u.abs() - 0.245) + (v - 0.275) * (v - 0.275) * 2.6).sqrt(),
            0.105,
        );
        (blend(colour, blush, warm * 0.5), 1.0)
    });
}

pub(super) fn features(face: &mut Face<'_>, person: &Person) {
    let dark = blend(scale(person.hair, 0.35), hex(0x2a1c28), 0.55);
    for way in [-1.0, 1.0] {
        if person.with(Trait::ClosedEyes) {
            closed_eye(face, way, dark);
        } else {
            eye(face, person, way, dark);
        }
        let brow = scale(person.hair, 0.62);
        let lift = if person.girl { 0.0 } else { 0.02 };
        face.stroke(
            &[
                (way * 0.1, -0.14 + lift, 0.004),
                (way * 0.2, -0.168 + lift, if person.girl { 0.0085 } else { 0.013 }),
                (way * 0.315, -0.128 + lift, 0.002),
            ],
            brow,
            0.9,
        );
    }
    face.stroke(
        &[
            (0.004, 0.262, 0.002),
            (-0.012 * face.side, 0.284, 0.006),
            (0.006, 0.29, 0.002),
        ],
        SHADOW,
        0.9,
    );
    let lips = hex(0xc05a5c);
    if person.with(Trait::Smile) {
        let mut mouth = Path::at(-0.075, 0.365);
        mouth.curve(0.0, 0.385, 0.075, 0.365);
        mouth.bend((0.06, 0.435), (-0.06, 0.435), (-0.075, 0.365));
        face.fill(&mouth, hex(0xa8454c), 1.0);
        let mut teeth = Path::at(-0.062, 0.369);
        teeth.curve(0.0, 0.386, 0.062, 0.369);
        teeth.curve(0.0, 0.404, -0.062, 0.369);
        face.fill(&teeth, hex(0xfff6f2), 1.0);
        face.fill(&Path::ellipse(0.0, 0.412, 0.032, 0.012, 0.0), hex(0xe88a86), 1.0);
        face.stroke(
            &[(-0.084, 0.358, 0.002), (0.0, 0.377, 0.005), (0.084, 0.358, 0.002)],
            scale(lips, 0.6),
            1.0,
        );
    } else {
        face.stroke(
            &[
                (-0.052, 0.374, 0.0015),
                (-0.015, 0.383, 0.0052),
                (0.015, 0.383, 0.0052),
                (0.052, 0.373, 0.0015),
            ],
            scale(lips, 0.8),
            1.0,
        );
        face.stroke(
            &[(-0.02, 0.405, 0.001), (0.0, 0.408, 0.004), (0.02, 0.405, 0.001)],
            SHADOW,
            0.7,
        );
    }
}

fn eye(face: &mut Face<'_>, person: &Person, way: f32, dark: Colour) {
    let (x, y) = (way * 0.205, 0.095);
    let tall = if person.girl { 1.0 } else { 0.78 };
    // Corner to corner in the eye's own direction: inner at -, outer at +.
    let at = |u: f32, v: f32| (x + way * u, y + v * tall);
    let mut white = Path::at(at(-0.1, 0.03).0, at(-0.1, 0.03).1);
    white.bend(at(-0.085, -0.075), at(-0.03, -0.112), at(0.03, -0.108));
    white.bend(at(0.075, -0.103), at(0.105, -0.05), at(0.115, 0.0));
    white.bend(at(0.105, 0.06), at(0.07, 0.1), at(0.01, 0.104));
    white.bend(at(-0.04, 0.104), at(-0.085, 0.08), at(-0.1, 0.03));
    let (ball, shaded) = (face.lit(hex(0xfdfcff)), face.lit(hex(0xb9b4cc)));
    face.shade(&white, |_, v| {
        (blend(shaded, ball, step(y - 0.1 * tall, y - 0.01, v)), 1.0)
    });
    let iris = person.eyes;
    let (deep, bright) = (face.lit(scale(iris, 0.36)), face.lit(blend(iris, WHITE, 0.25)));
    let glow = face.lit(blend(iris, WHITE, 0.62));
    let (ix, iy) = (x + way * 0.004, y + 0.002);
    let rim = face.lit(scale(iris, 0.24));
    face.shade(&Path::ellipse(ix, iy, 0.079, 0.103 * tall, 0.0), |u, v| {
        let t = (v - iy) / (0.103 * tall);
        let across = (u - ix) / 0.079;
        let far = (t * t + across * across).sqrt();
        let rays = noise(across * 13.0 / far.max(0.2), 2.0, 71) * 0.14;
        let colour = blend(deep, bright, step(-0.55, 0.75, t + rays));
        let colour = blend(colour, glow, bell(t - 0.62, 0.24) * bell(across, 0.55) * 0.85);
        (blend(colour, rim, step(0.8, 1.0, far) * 0.9), 1.0)
    });
    face.fill(
        &Path::ellipse(ix, iy - 0.012, 0.031, 0.048 * tall, 0.0),
        scale(iris, 0.14),
        0.95,
    );
    // Shadow of the lid, then the lights.
    face.stroke(
        &[at(-0.08, -0.062), at(0.0, -0.094), at(0.085, -0.062)].map(|(u, v)| (u, v, 0.014)),
        scale(iris, 0.2),
        0.42,
    );
    let glint = face.side;
    let white_light = WHITE;
    let spot = Path::ellipse(ix + glint * 0.03, iy - 0.047 * tall, 0.0235, 0.03 * tall, 0.3 * glint);
    face.shade(&spot, |_, _| (white_light, 0.97));
    face.shade(
        &Path::ellipse(ix - glint * 0.034, iy + 0.052 * tall, 0.0115, 0.014, 0.0),
        |_, _| (white_light, 0.85),
    );
    // Lashes: heavy above with a wing, a hint below.
    let lash = [
        (-0.108, 0.02, 0.004),
        (-0.086, -0.066, 0.011),
        (-0.02, -0.114, 0.0165),
        (0.05, -0.108, 0.019),
        (0.104, -0.052, 0.016),
        (0.142, -0.022, 0.002),
    ];
    let lash = lash.map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    face.stroke(&lash, dark, 1.0);
    let wing = [(0.1, -0.062, 0.009), (0.128, -0.082, 0.006), (0.152, -0.104, 0.001)]
        .map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    if person.girl {
        face.stroke(&wing, dark, 1.0);
    }
    let below = [(0.118, 0.012, 0.004), (0.092, 0.07, 0.0055), (0.04, 0.106, 0.003)]
        .map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    face.stroke(&below, dark, 0.75);
    let crease = [(-0.085, -0.112, 0.001), (0.0, -0.152, 0.0035), (0.1, -0.118, 0.001)]
        .map(|(u, v, half)| (at(u, v).0, at(u, v).1, half));
    face.stroke(&crease, scale(SHADOW, 0.72), 0.75);
}

fn closed_eye(face: &mut Face<'_>, way: f32, dark: Colour) {
    let (x, y) = (way * 0.205, 0.12);
    face.stroke(
        &[
            (x - 0.11, y - 0.02, 0.003),
            (x - 0.05, y + 0.034, 0.012),
            (x + 0.05, y + 0.034, 0.012),
            (x + 0.11, y - 0.02, 0.003),
        ],
        dark,
        1.0,
    );
    for lash in 0..3 {
        let u = x + way * (0.05 + lash as f32 * 0.03);
        face.stroke(
            &[
                (u, y + 0.03 - lash as f32 * 0.015, 0.006),
                (u + way * 0.03, y + 0.065 - lash as f32 * 0.02, 0.001),
            ],
            dark,
            1.0,
        );
    }
}

pub(super) fn ears(face: &mut Face<'_>, person: &Person) {
    let tall = if person.with(Trait::FoxEars) { 0.44 } else { 0.32 };
    for way in [-1.0, 1.0] {
        for (inset, colour) in [(0.0, person.hair), (0.06, blend(hex(0xf6b8b0), person.hair, 0.15))] {
            let mut ear = Path::at(way * (0.14 + inset), -0.62);
            ear.bend(
                (way * (0.18 + inset), -0.8),
                (way * 0.34, -0.66 - tall + inset),
                (way * 0.4, -0.66 - tall + inset),
            );
            ear.bend(
                (way * (0.5 - inset), -0.72),
                (way * (0.54 - inset), -0.5),
                (way * (0.52 - inset), -0.36),
            );
            face.fill(ear.close(), colour, 1.0);
        }
    }
}
