//! The ground one stands on, its grass and its flowers.

use super::{
    canvas::{Canvas, over},
    colour::{Colour, WHITE, blend, hex, scale},
    maths::{Rng, cos, fbm, mix, noise, sin, unit},
    scene::Scene,
    shape::Path,
};

/// The height of the ground one stands on.
pub(super) fn ground_line(scene: &Scene, high: f32, x: f32) -> f32 {
    let base = mix(scene.horizon, high, 0.52);
    base + 0.07 * (fbm(x * 1.1, 7.0, 2, scene.seed ^ 0x6772) - 0.5) + 0.03 * sin(x * 2.1 + (scene.seed & 7) as f32)
}

/// Near ground with grass at its edge and on it.
pub(super) fn ground(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let seed = scene.seed ^ 0x6772;
    let (wide, high) = (canvas.wide(), canvas.high());
    let deep = scale(
        palette.ground,
        if scene.winter {
            0.78
        } else {
            mix(0.5, 0.4, palette.darkness)
        },
    );
    let lit = blend(palette.ground, palette.light, 0.22 * (1.0 - 0.6 * palette.darkness));
    let pixel = canvas.pixel();
    let unit_size = canvas.unit;
    let lines: Vec<f32> = (0..canvas.width)
        .map(|column| ground_line(scene, high, (column as f32 + 0.5) * pixel))
        .collect();
    let top = lines.iter().fold(f32::MAX, |least, y| least.min(*y));
    canvas.each((0.0, top - pixel), (wide, high), |x, y, out| {
        let edge = lines[((x * unit_size) as usize).min(lines.len() - 1)];
        let depth = y - edge;
        let cover = unit(depth / pixel + 0.5);
        if cover > 0.0 {
            let t = depth / (high - edge).max(0.01);
            let patch = if scene.winter {
                0.15 + 0.7 * fbm(x * 2.6, y * 9.0, 4, seed)
            } else {
                fbm(x * 6.0, y * 16.0, 3, seed)
            };
            let colour = blend(lit, deep, unit(t * 1.15 + (patch - 0.5) * 0.55));
            over(out, colour, cover);
        }
    });
    if !scene.winter {
        grass(canvas, scene, lit, deep);
    }
}

fn grass(canvas: &mut Canvas, scene: &Scene, lit: Colour, deep: Colour) {
    let mut rng = Rng::new(scene.seed, "grass");
    let (wide, high) = (canvas.wide(), canvas.high());
    let rows = 9;
    for row in 0..rows {
        let t = (row as f32 + 0.5) / rows as f32;
        let count = (wide * mix(210.0, 60.0, t)) as u32;
        for _ in 0..count {
            let x = rng.range(-0.02, wide + 0.02);
            let line = ground_line(scene, high, x);
            let y = mix(line, high + 0.04, t) + rng.range(-0.02, 0.02);
            let size = mix(0.022, 0.12, t * t) * rng.range(0.6, 1.4);
            let lean = size * (rng.range(-0.5, 0.5) + 0.35 * sin(x * 5.0));
            let colour = blend(
                blend(lit, deep, unit(t * 1.1 + rng.range(-0.35, 0.25))),
                scene.palette.light,
                rng.unit() * 0.12,
            );
            let half = size * 0.028 + 0.0007;
            let points = [
                (x, y, half),
                (x + lean * 0.25, y - size * 0.55, half * 0.8),
                (x + lean, y - size, half * 0.15),
            ];
            canvas.fill(&Path::stroke(&points), colour, 0.95);
        }
    }
}

/// A field of flowers, small and many behind, large and few in front.
pub(super) fn flowers(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "flowers");
    let (wide, high) = (canvas.wide(), canvas.high());
    let sets = [
        [0xf2576b, 0xffb3a7, 0xffe2d6],
        [0x8d6be8, 0xc9a8ff, 0x5a8bff],
        [0xffd84a, 0xffa63d, 0xfff3c2],
        [0xffffff, 0xffd7e6, 0xff9fbf],
        [0x5aa0ff, 0xdcecff, 0xffffff],
    ];
    let colours = match scene.wishes.colours.first() {
        Some(colour) => [*colour, blend(*colour, WHITE, 0.4), blend(*colour, WHITE, 0.75)],
        None => rng.pick(&sets).map(hex),
    };
    let dark = scene.palette.darkness;
    let rows = 14;
    for row in 0..rows {
        let t = (row as f32 + 0.4) / rows as f32;
        let count = (wide * mix(190.0, 12.0, t.sqrt())) as u32;
        for _ in 0..count {
            let x = rng.range(-0.05, wide + 0.05);
            let line = ground_line(scene, high, x);
            let y = mix(line, high + 0.03, t) - mix(0.006, 0.06, t * t) * rng.unit();
            // They grow in drifts.
            if noise(x * 3.0, t * 6.0, scene.seed ^ 0xf10) < 0.34 {
                continue;
            }
            let size = mix(0.0028, 0.028, t * t * t) * rng.range(0.7, 1.3);
            let light = blend(rng.pick(&colours), scene.palette.sky[1], 0.28 * dark);
            let colour = scale(light, mix(1.0, 0.62, dark) * rng.range(0.85, 1.05));
            if size < 0.005 {
                canvas.disc(x, y, size, colour, 0.95);
            } else {
                flower(canvas, x, y, size, colour, &mut rng, scene);
            }
        }
    }
}

fn flower(canvas: &mut Canvas, x: f32, y: f32, size: f32, colour: Colour, rng: &mut Rng, scene: &Scene) {
    let stem = scale(scene.palette.ground, 0.55);
    let lean = rng.range(-0.4, 0.4) * size;
    canvas.fill(
        &Path::stroke(&[(x, y, size * 0.07), (x + lean, y + size * 2.2, size * 0.06)]),
        stem,
        0.9,
    );
    petals(canvas, x, y, size, colour, rng.unit() * 6.0, rng.range(0.55, 0.95));
    canvas.disc(x, y, size * 0.24, blend(hex(0xffd25a), colour, 0.2), 1.0);
}

pub(super) fn petals(canvas: &mut Canvas, x: f32, y: f32, size: f32, colour: Colour, turn: f32, flat: f32) {
    for petal in 0..5 {
        let angle = turn + petal as f32 * 1.256_637;
        let (px, py) = (x + cos(angle) * size * 0.55, y + sin(angle) * size * 0.55 * flat);
        let shade = blend(colour, WHITE, 0.12 * (1.0 - sin(angle)));
        canvas.fill(
            &Path::ellipse(px, py, size * 0.5, size * 0.36 * flat.max(0.7), angle),
            shade,
            0.96,
        );
    }
}
