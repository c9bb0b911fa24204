//! What falls, drifts and flies in front of everything.

use super::{
    canvas::Canvas,
    colour::{WHITE, blend, hex},
    maths::{Rng, cos, mix, sin},
    scene::{Scene, Thing},
    shape::Path,
};

pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    if scene.has(Thing::Rain) || scene.has(Thing::Storm) {
        rain(canvas, scene);
    }
    if scene.has(Thing::Snow) {
        snow(canvas, scene);
    }
    if scene.has(Thing::Blossom) {
        drift(canvas, scene, [0xffc4d6, 0xff9fbe, 0xffe6ee]);
    } else if scene.has(Thing::Autumn) {
        drift(canvas, scene, [0xd8622a, 0xb8341e, 0xffb84a]);
    }
    if scene.has(Thing::Fireflies) {
        fireflies(canvas, scene);
    }
}

fn rain(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "rain");
    let (wide, high) = (canvas.wide(), canvas.high());
    let slant = rng.range(-0.16, 0.16);
    let colour = blend(WHITE, scene.palette.sky[3], 0.35);
    let count = (wide * high * 520.0) as u32;
    for _ in 0..count {
        let near = rng.unit() * rng.unit();
        let (x, y) = (rng.range(-0.1, wide + 0.1), rng.range(-0.1, high));
        let long = mix(0.03, 0.13, near);
        let half = mix(0.0005, 0.0013, near);
        let points = [(x, y, half * 0.3), (x + slant * long, y + long, half)];
        canvas.fill(&Path::stroke(&points), colour, mix(0.14, 0.42, near));
    }
}

fn snow(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "snowflakes");
    let (wide, high) = (canvas.wide(), canvas.high());
    let colour = blend(WHITE, scene.palette.sky[3], 0.12);
    for _ in 0..(wide * high * 430.0) as u32 {
        let near = rng.unit();
        let near = near * near * near;
        let (x, y) = (rng.range(0.0, wide), rng.range(0.0, high));
        if near > 0.7 {
            canvas.soft(x, y, mix(0.006, 0.017, near), colour, 0.6);
        } else {
            canvas.disc(x, y, mix(0.0009, 0.004, near), colour, mix(0.5, 0.9, near));
        }
    }
}

/// Petals or leaves on the wind.
fn drift(canvas: &mut Canvas, scene: &Scene, colours: [u32; 3]) {
    let mut rng = Rng::new(scene.seed, "drift");
    let (wide, high) = (canvas.wide(), canvas.high());
    for _ in 0..(wide * high * 95.0) as u32 {
        let near = rng.unit() * rng.unit();
        let (x, y) = (rng.range(0.0, wide), rng.range(0.0, high));
        let size = mix(0.003, 0.0125, near);
        let colour = blend(
            hex(rng.pick(&colours)),
            scene.palette.sky[2],
            0.3 * scene.palette.darkness,
        );
        let turn = rng.unit() * 6.3;
        let flat = rng.range(0.3, 0.75);
        let (s, c) = (sin(turn), cos(turn));
        let at = |u: f32, v: f32| (x + (u * c - v * s * flat) * size, y + (u * s + v * c * flat) * size);
        let tip = at(0.78, 0.0);
        let mut path = Path::at(at(-1.0, 0.0).0, at(-1.0, 0.0).1);
        path.bend(at(-0.5, -0.8), at(0.5, -0.9), at(1.0, -0.25));
        path.line(tip.0, tip.1);
        path.line(at(1.0, 0.25).0, at(1.0, 0.25).1);
        path.bend(at(0.5, 0.9), at(-0.5, 0.8), at(-1.0, 0.0));
        canvas.fill(&path, colour, mix(0.7, 0.95, near));
    }
}

fn fireflies(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "fireflies");
    let (wide, high) = (canvas.wide(), canvas.high());
    let colour = scene
        .wishes
        .colours
        .first()
        .map_or(hex(0xf6ff9a), |colour| blend(*colour, WHITE, 0.4));
    for _ in 0..(wide * 60.0) as u32 {
        let (x, y) = (rng.range(0.0, wide), rng.range(scene.horizon * 0.55, high));
        let near = rng.unit() * rng.unit();
        canvas.glow(x, y, mix(0.006, 0.022, near), colour, 0.8);
        canvas.disc(x, y, mix(0.0012, 0.0032, near), blend(colour, WHITE, 0.6), 1.0);
    }
}
