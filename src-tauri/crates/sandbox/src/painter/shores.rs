//! Banks, quays and beaches, and what swims off them.

use super::{buildings::torii, near::frame};
use super::{
    canvas::{Canvas, over, towards},
    colour::{WHITE, blend, hex, scale},
    maths::{Rng, bell, fbm, hash, mix, noise, sin, step, unit},
    scene::{Scene, Thing},
    shape::Path,
};

pub(super) fn on_water(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "on water");
    let (wide, high) = (canvas.wide(), canvas.high());
    if scene.has(Thing::Boat) {
        let x = wide
            * if scene.light_at.0 > wide * 0.5 {
                rng.range(0.22, 0.45)
            } else {
                rng.range(0.55, 0.78)
            };
        boat(
            canvas,
            scene,
            x,
            mix(scene.horizon, high, rng.range(0.12, 0.26)),
            rng.range(0.08, 0.13),
        );
    }
    if scene.has(Thing::Torii) {
        torii(canvas, scene, wide * 0.5, mix(scene.horizon, high, 0.22), 0.34);
    }
    if scene.has(Thing::Lanterns) {
        for _ in 0..(wide * 22.0) as u32 {
            let t = rng.unit();
            let (x, y) = (rng.range(0.0, wide), mix(scene.horizon + 0.02, high, t));
            canvas.glow(x, y, mix(0.005, 0.025, t), hex(0xffa848), 0.6);
            canvas.fill(
                &Path::ellipse(x, y, mix(0.003, 0.012, t), mix(0.0015, 0.005, t), 0.0),
                hex(0xffe2a0),
                0.95,
            );
        }
    }
}

fn boat(canvas: &mut Canvas, scene: &Scene, x: f32, y: f32, size: f32) {
    let palette = scene.palette;
    let hull = blend(
        scale(hex(0x5a3a2c), mix(1.0, 0.4, palette.darkness)),
        palette.near,
        0.35,
    );
    let sail = blend(
        blend(hex(0xfaf3e4), palette.light, 0.4),
        palette.sky[2],
        0.15 + 0.55 * palette.darkness,
    );
    let mut path = Path::at(x - size * 0.6, y - size * 0.12);
    path.line(x + size * 0.66, y - size * 0.14);
    path.curve(x + size * 0.5, y + size * 0.06, x + size * 0.36, y + size * 0.06);
    path.line(x - size * 0.42, y + size * 0.06).close();
    for (way, strength) in [(-1.0, 0.35), (1.0, 1.0)] {
        // First the reflection, then the boat.
        let shift = if way < 0.0 { y + size * 0.12 } else { 0.0 };
        let place = |px: f32, py: f32| {
            if way < 0.0 {
                (px, shift + (y - py) * 0.75)
            } else {
                (px, py)
            }
        };
        let hull_path = if way < 0.0 {
            path.moved(1.0, -0.75, 0.0, shift + y * 0.75)
        } else {
            path.clone()
        };
        canvas.fill(&hull_path, hull, strength);
        let main = [
            place(x + size * 0.03, y - size * 1.5),
            place(x + size * 0.03, y - size * 0.2),
            place(x + size * 0.6, y - size * 0.24),
        ];
        let fore = [
            place(x - size * 0.03, y - size * 1.3),
            place(x - size * 0.03, y - size * 0.2),
            place(x - size * 0.5, y - size * 0.22),
        ];
        canvas.shade(&Path::polygon(&main), |px, _| {
            (scale(sail, 1.0 - 0.5 * (px - x) / size), strength)
        });
        canvas.fill(&Path::polygon(&fore), scale(sail, 0.86), strength);
        let (low, top) = (place(x, y - size * 0.1), place(x, y - size * 1.6));
        canvas.fill(
            &Path::stroke(&[(low.0, low.1, 0.0014), (top.0, top.1, 0.0009)]),
            hull,
            strength,
        );
    }
}

/// The near bank of a lake with reeds, or of snow.
pub(super) fn shore(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let seed = scene.seed ^ 0x7368_6f72;
    let colour = blend(scale(palette.ground, 0.5), palette.near, 0.4);
    let pixel = canvas.pixel();
    let bank = |x: f32| {
        let edge = (2.0 * x / wide - 1.0).abs();
        high - 0.03 - 0.15 * edge * edge * (0.6 + 0.8 * fbm(x * 2.0, 3.0, 3, seed)) + 0.05 * (1.0 - edge)
    };
    canvas.each((0.0, high - 0.25), (wide, high), |x, y, out| {
        let depth = y - bank(x);
        let cover = unit(depth / pixel + 0.5);
        if cover > 0.0 {
            let grain = fbm(x * 15.0, y * 24.0, 3, seed);
            over(
                out,
                scale(
                    blend(blend(colour, palette.light, 0.1), colour, unit(depth * 14.0)),
                    0.75 + 0.45 * grain,
                ),
                cover,
            );
        }
    });
    let mut rng = Rng::new(scene.seed, "reeds");
    for _ in 0..(wide * 150.0) as u32 {
        let x = rng.range(0.0, wide);
        let size = rng.range(0.03, 0.1) * (0.35 + (2.0 * x / wide - 1.0).abs());
        let y = bank(x) + 0.015;
        let lean = size * rng.range(-0.3, 0.3);
        let shade = blend(scale(colour, rng.range(0.6, 1.25)), palette.light, rng.unit() * 0.1);
        canvas.fill(
            &Path::stroke(&[
                (x, y, 0.0018),
                (x + lean * 0.3, y - size * 0.6, 0.0013),
                (x + lean, y - size, 0.0003),
            ]),
            shade,
            0.95,
        );
    }
    frame(canvas, scene);
}

/// The wall of a river in town.
pub(super) fn quay(canvas: &mut Canvas, scene: &Scene) {
    let (wide, high) = (canvas.wide(), canvas.high());
    if scene.people.is_empty() {
        frame(canvas, scene);
        return;
    }
    let palette = scene.palette;
    let dark = blend(scale(palette.near, 0.7), palette.haze, 0.05);
    let top = high - 0.1;
    canvas.shade(&Path::rectangle(0.0, top, wide, high), |x, y| {
        let stone = noise(x * 40.0, y * 90.0, scene.seed);
        (scale(dark, 0.85 + 0.3 * stone - 0.3 * (y - top) / 0.1), 1.0)
    });
    canvas.fill(
        &Path::rectangle(0.0, top - 0.004, wide, top + 0.004),
        blend(dark, palette.light, 0.3),
        1.0,
    );
    frame(canvas, scene);
}

/// Low islands on the horizon of the sea.
pub(super) fn islands(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let seed = hash(scene.seed ^ 0x6973_6c65);
    let pixel = canvas.pixel();
    let horizon = scene.horizon;
    for (layer, rise) in [(0u32, 0.1), (1, 0.06)] {
        let colour = blend(blend(palette.far, palette.haze, 0.45), palette.near, layer as f32 * 0.3);
        canvas.each((0.0, horizon - 0.2), (canvas.wide(), horizon + pixel), |x, y, out| {
            let mass = fbm(x * (0.9 + layer as f32), layer as f32 * 5.0, 2, seed) - 0.48;
            let top = horizon - rise * (mass * 5.0).clamp(0.0, 1.0) * (0.4 + 0.9 * fbm(x * 5.0, 2.0, 4, seed ^ layer));
            let cover = unit((y - top) / pixel) * if mass > 0.0 { 1.0 } else { 0.0 };
            over(out, blend(colour, palette.haze, 0.3 * step(top, horizon, y)), cover);
        });
    }
}

/// Sand, and the sea running up on it.
pub(super) fn beach(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let seed = scene.seed ^ 0x6265_6163;
    let sand = blend(
        scale(hex(0xe9cfa2), mix(1.0, 0.3, palette.darkness)),
        palette.glow,
        0.15 * palette.spread,
    );
    let sand = blend(sand, palette.sky[2], 0.18 + 0.25 * palette.darkness);
    let pixel = canvas.pixel();
    let line = |x: f32| high - 0.19 + 0.1 * (x / wide) - 0.07 * fbm(x * 1.6, 0.0, 3, seed) + 0.02 * sin(x * 4.0);
    canvas.each((0.0, high - 0.36), (wide, high), |x, y, out| {
        let edge = line(x);
        let depth = y - edge;
        let wet = step(0.07, 0.0, depth);
        let cover = unit(depth / pixel * 0.25);
        if cover > 0.0 {
            let grain = fbm(x * 60.0, y * 90.0, 2, seed) * 0.5 + fbm(x * 5.0, y * 18.0, 3, seed) * 0.5;
            let dry = scale(sand, 0.84 + 0.3 * grain);
            let mirror = blend(scale(sand, 0.62), palette.sky[4], 0.4);
            over(out, blend(dry, mirror, wet * 0.8), cover);
        }
        // Foam in lines, the nearest the brightest.
        for (wave, strength) in [(0.0, 0.95), (-0.045, 0.7), (-0.105, 0.45)] {
            let shift = wave + 0.012 * (fbm(x * 7.0, wave * 40.0, 3, seed ^ 8) - 0.5);
            let lace = step(0.34, 0.6, fbm(x * 34.0, y * 60.0, 3, seed ^ 4));
            let foam = bell(depth - shift, 0.0045) + bell(depth - shift + 0.012, 0.014) * lace * 0.7;
            towards(
                out,
                blend(WHITE, palette.sky[3], 0.2 + 0.3 * palette.darkness),
                unit(foam * strength),
            );
        }
    });
}
