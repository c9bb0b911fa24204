//! Neck and clothes of a portrait, and what is worn on the head.

use super::{Face, SHADOW, SKIN};
use crate::painter::{
    colour::{WHITE, blend, hex, luma, scale},
    maths::{bell, cos, mix, noise, sin, step},
    scene::{Person, Scene, Trait},
    shape::Path,
};

pub(super) fn body(face: &mut Face<'_>, person: &Person, scene: &Scene) {
    let broad = if person.girl { 1.0 } else { 1.18 };
    let skin = face.lit(SKIN);
    let shadow = face.lit(SHADOW);
    let mut neck = Path::at(-0.125 * broad, 0.3);
    neck.line(0.125 * broad, 0.3);
    neck.bend((0.12 * broad, 0.6), (0.14 * broad, 0.7), (0.3, 0.78));
    neck.line(0.3, 1.2).line(-0.3, 1.2).line(-0.3, 0.78);
    neck.bend((-0.14 * broad, 0.7), (-0.12 * broad, 0.6), (-0.125 * broad, 0.3));
    face.shade(&neck, |u, v| {
        (blend(shadow, skin, step(0.52, 0.68, v + 0.25 * u.abs())), 1.0)
    });
    for way in [-1.0, 1.0] {
        face.stroke(
            &[
                (way * 0.03, 0.86, 0.003),
                (way * 0.16, 0.815, 0.006),
                (way * 0.3, 0.81, 0.002),
            ],
            SHADOW,
            0.8,
        );
    }
    let main = person.clothes;
    let uniform = person.with(Trait::Uniform);
    let cloth = if uniform { hex(0xf7f7fa) } else { main };
    let colour = face.lit(cloth);
    let side = face.side;
    let low = if person.with(Trait::Kimono) || uniform {
        0.02
    } else {
        0.0
    };
    let mut torso = Path::at(-0.27 * broad, 0.76 - low);
    torso.bend((-0.5, 0.84), (-0.66 * broad, 0.88), (-0.74 * broad, 1.12));
    torso
        .line(-0.84 * broad, 2.2)
        .line(0.84 * broad, 2.2)
        .line(0.74 * broad, 1.12);
    torso.bend((0.66 * broad, 0.88), (0.5, 0.84), (0.27 * broad, 0.76 - low));
    // The neckline.
    if person.with(Trait::Kimono) || uniform || person.with(Trait::Coat) {
        torso.line(0.0, 1.24);
    } else {
        torso.bend((0.22, 0.98), (-0.22, 0.98), (-0.27 * broad, 0.76 - low));
    }
    torso.close();
    face.shade(&torso, |u, v| {
        let fold = noise(u * 7.0 + v * 2.0, v * 3.0, 31) - 0.5;
        (
            scale(colour, 0.9 + 0.12 * u * side + 0.14 * fold - 0.08 * (v - 0.9)),
            1.0,
        )
    });
    let trim = if uniform {
        blend(main, hex(0x27304f), 0.55)
    } else {
        blend(main, WHITE, 0.55)
    };
    if uniform {
        for way in [-1.0, 1.0] {
            let collar = [
                (way * 0.27, 0.72),
                (way * 0.5, 0.86),
                (way * 0.42, 1.1),
                (0.0, 1.34),
                (0.0, 1.22),
            ];
            face.fill(&Path::polygon(&collar), trim, 1.0);
            face.stroke(
                &[
                    (way * 0.46, 0.87, 0.008),
                    (way * 0.385, 1.07, 0.008),
                    (way * 0.02, 1.28, 0.008),
                ],
                WHITE,
                0.95,
            );
            let bow = hex(0xd0303c);
            face.fill(
                &Path::polygon(&[(0.0, 1.3), (way * 0.26, 1.2), (way * 0.24, 1.42)]),
                bow,
                1.0,
            );
            face.fill(
                &Path::polygon(&[(0.0, 1.32), (way * 0.16, 1.62), (way * 0.05, 1.66)]),
                scale(bow, 0.85),
                1.0,
            );
        }
        face.fill(&Path::ellipse(0.0, 1.3, 0.045, 0.05, 0.0), hex(0xb02832), 1.0);
    } else if person.with(Trait::Kimono) {
        face.stroke(&[(-0.3, 0.72, 0.055), (-0.1, 1.0, 0.06), (0.28, 1.6, 0.06)], trim, 1.0);
        face.stroke(
            &[(0.3, 0.72, 0.055), (0.1, 1.0, 0.06), (-0.2, 1.5, 0.06)],
            scale(trim, 0.94),
            1.0,
        );
    } else if person.with(Trait::Coat) || !person.girl {
        for way in [-1.0, 1.0] {
            face.fill(
                &Path::polygon(&[
                    (way * 0.2, 0.66),
                    (way * 0.38, 0.78),
                    (way * 0.32, 1.08),
                    (way * 0.02, 1.3),
                ]),
                scale(cloth, 0.84),
                1.0,
            );
        }
    } else {
        for way in [-1.0, 1.0] {
            face.stroke(
                &[
                    (0.0, 0.94, 0.012),
                    (way * 0.16, 0.9, 0.013),
                    (way * 0.275, 0.765, 0.012),
                ],
                trim,
                1.0,
            );
        }
    }
    if person.with(Trait::Scarf) || scene.winter {
        let wool = if luma(main) > 0.55 {
            hex(0xb8343c)
        } else {
            hex(0xf0e4d0)
        };
        face.stroke(
            &[
                (-0.36, 0.72, 0.06),
                (-0.14, 0.84, 0.1),
                (0.16, 0.85, 0.1),
                (0.36, 0.7, 0.06),
            ],
            wool,
            1.0,
        );
        face.stroke(
            &[(-0.3, 0.64, 0.06), (0.0, 0.76, 0.085), (0.3, 0.62, 0.06)],
            scale(wool, 0.93),
            1.0,
        );
        face.stroke(
            &[(0.16, 0.86, 0.09), (0.22, 1.1, 0.1), (0.2, 1.5, 0.11)],
            scale(wool, 0.97),
            1.0,
        );
    }
}

pub(super) fn extras(face: &mut Face<'_>, person: &Person) {
    if person.with(Trait::Bow) {
        let bow = if luma(person.hair) > 0.75 {
            person.eyes
        } else {
            hex(0xd8343c)
        };
        let (x, y) = (0.36, -0.56);
        for way in [-1.0, 1.0] {
            face.fill(
                &Path::polygon(&[(x, y), (x + way * 0.2, y - 0.12), (x + way * 0.18, y + 0.11)]),
                bow,
                1.0,
            );
            face.fill(
                &Path::polygon(&[(x, y), (x + way * 0.1, y + 0.24), (x + way * 0.02, y + 0.22)]),
                scale(bow, 0.84),
                1.0,
            );
        }
        face.fill(&Path::ellipse(x, y, 0.04, 0.045, 0.0), scale(bow, 0.75), 1.0);
    }
    if person.with(Trait::Glasses) {
        let frame = hex(0x2c2a36);
        for way in [-1.0, 1.0] {
            let mut ring = Path::ellipse(way * 0.21, 0.11, 0.152, 0.135, 0.0);
            ring = ring.mapped(|point| point);
            let glass = WHITE;
            face.shade(&ring, |u, v| {
                (glass, 0.05 + 0.12 * bell(u - v * 0.6 - way * 0.15, 0.03))
            });
            let points: Vec<(f32, f32, f32)> = (0..=36)
                .map(|step| {
                    let angle = step as f32 / 36.0 * std::f32::consts::TAU;
                    (way * 0.21 + 0.152 * cos(angle), 0.11 + 0.135 * sin(angle), 0.0072)
                })
                .collect();
            face.stroke(&points, frame, 1.0);
            face.stroke(&[(way * 0.36, 0.09, 0.007), (way * 0.43, 0.07, 0.006)], frame, 1.0);
        }
        face.stroke(
            &[(-0.06, 0.1, 0.006), (0.0, 0.085, 0.006), (0.06, 0.1, 0.006)],
            frame,
            1.0,
        );
    }
    if person.with(Trait::Hat) {
        let straw = hex(0xe9cf93);
        face.fill(&Path::ellipse(0.0, -0.46, 0.95, 0.19, -0.05), scale(straw, 0.9), 1.0);
        let mut crown = Path::at(-0.5, -0.5);
        crown.bend((-0.5, -1.05), (0.5, -1.08), (0.5, -0.54));
        crown.bend((0.2, -0.44), (-0.2, -0.43), (-0.5, -0.5));
        let colour = face.lit(straw);
        face.shade(&crown, |u, v| {
            (
                scale(colour, 0.95 + 0.1 * u + 0.1 * (noise(u * 60.0, v * 60.0, 3) - 0.5)),
                1.0,
            )
        });
        face.stroke(
            &[(-0.5, -0.54, 0.05), (0.0, -0.49, 0.055), (0.5, -0.57, 0.05)],
            person.clothes,
            1.0,
        );
    }
}

pub(super) fn wings(face: &mut Face<'_>) {
    for way in [-1.0, 1.0] {
        for feather in 0..10 {
            let t = feather as f32 / 9.0;
            face.stroke(
                &[
                    (way * 0.4, 0.95, 0.05),
                    (way * mix(1.0, 0.6, t), mix(0.1, 0.9, t), 0.13),
                    (way * mix(1.7, 0.95, t), mix(-0.5, 1.3, t), 0.01),
                ],
                scale(hex(0xf6f8ff), mix(1.0, 0.85, t)),
                1.0,
            );
        }
    }
}
