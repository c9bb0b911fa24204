//! Animals from behind.

use super::Pen;
use crate::painter::{
    canvas::Canvas,
    colour::{WHITE, blend, hex, luma, scale},
    maths::Rng,
    scene::Scene,
    shape::Path,
};

/// A sitting cat from behind, its tail curled.
pub(super) fn cat(sheet: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32) {
    let mut rng = Rng::new(scene.seed, "cat");
    let coat = scene
        .wishes
        .colours
        .first()
        .copied()
        .unwrap_or(rng.pick(&[0x2a2830, 0xd99a56, 0x8e8f9c, 0xf2ece4].map(hex)));
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let mut pen = Pen {
        sheet,
        x,
        y: foot,
        size,
        side,
        ambient: scene.palette.haze,
        darkness: scene.palette.darkness,
    };
    pen.stroke(
        &[
            (0.2, -0.06, 0.05),
            (0.42, -0.03, 0.052),
            (0.55, -0.14, 0.05),
            (0.5, -0.28, 0.045),
            (0.4, -0.3, 0.034),
        ],
        coat,
    );
    let mut body = Path::at(0.0, -0.62);
    body.bend((0.2, -0.6), (0.2, -0.38), (0.27, -0.2));
    body.bend((0.32, -0.06), (0.24, 0.0), (0.1, 0.0));
    body.line(-0.1, 0.0);
    body.bend((-0.24, 0.0), (-0.32, -0.06), (-0.27, -0.2));
    body.bend((-0.2, -0.38), (-0.2, -0.6), (0.0, -0.62));
    pen.body(&body, coat, 0.16);
    for way in [-1.0, 1.0] {
        let mut ear = Path::at(way * 0.03, -0.86);
        ear.bend((way * 0.07, -0.98), (way * 0.12, -1.04), (way * 0.15, -1.04));
        ear.bend((way * 0.18, -0.95), (way * 0.19, -0.86), (way * 0.17, -0.78));
        pen.body(ear.close(), coat, 0.1);
    }
    pen.body(&Path::ellipse(0.0, -0.73, 0.185, 0.16, 0.0), coat, 0.1);
    if luma(coat) > 0.3 {
        for stripe in 0..4 {
            let y = -0.5 + stripe as f32 * 0.1;
            pen.stroke(
                &[
                    (-0.09 - 0.01 * stripe as f32, y, 0.004),
                    (0.0, y + 0.02, 0.012),
                    (0.09 + 0.01 * stripe as f32, y, 0.004),
                ],
                scale(coat, 0.74),
            );
        }
    }
}

/// A sitting dog, wolf or fox from behind.
pub(super) fn dog(sheet: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32) {
    let coat = scene.wishes.colours.first().copied().unwrap_or(hex(0xc9803e));
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let mut pen = Pen {
        sheet,
        x,
        y: foot,
        size,
        side,
        ambient: scene.palette.haze,
        darkness: scene.palette.darkness,
    };
    pen.stroke(
        &[
            (-0.15, -0.05, 0.05),
            (-0.36, -0.06, 0.085),
            (-0.5, -0.14, 0.075),
            (-0.58, -0.24, 0.01),
        ],
        coat,
    );
    pen.stroke(
        &[(-0.48, -0.12, 0.05), (-0.54, -0.19, 0.045), (-0.59, -0.25, 0.006)],
        blend(coat, WHITE, 0.75),
    );
    let mut body = Path::at(0.0, -0.72);
    body.bend((0.16, -0.7), (0.16, -0.4), (0.22, -0.2));
    body.bend((0.27, -0.06), (0.2, 0.0), (0.08, 0.0));
    body.line(-0.08, 0.0);
    body.bend((-0.2, 0.0), (-0.27, -0.06), (-0.22, -0.2));
    body.bend((-0.16, -0.4), (-0.16, -0.7), (0.0, -0.72));
    pen.body(&body, coat, 0.2);
    for way in [-1.0, 1.0] {
        let mut ear = Path::at(way * 0.02, -0.9);
        ear.bend((way * 0.05, -1.02), (way * 0.09, -1.1), (way * 0.12, -1.12));
        ear.bend((way * 0.15, -1.0), (way * 0.16, -0.9), (way * 0.14, -0.8));
        pen.body(ear.close(), scale(coat, 0.82), 0.1);
    }
    pen.body(&Path::ellipse(0.0, -0.8, 0.15, 0.145, 0.0), coat, 0.15);
}
