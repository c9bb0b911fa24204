//! Nebulae, planets with their shadows and rings, and the ground of a small moon.

use super::{
    canvas::{Canvas, light, over},
    colour::{Colour, WHITE, blend, hex, ramp, scale},
    maths::{Rng, cos, fbm, hash, mix, noise, ridges, sin, step, unit},
    scene::Scene,
};

/// Planets with their shadows and rings.
pub(super) fn planets(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "planets");
    nebula(canvas, scene);
    let (wide, high) = (canvas.wide(), scene.horizon);
    let sets = [
        [0x3a2a6e, 0x8a5ac8, 0xf0b8e0],
        [0x1f4a7a, 0x58a8d8, 0xe8f6ff],
        [0x7a2f2a, 0xd8814a, 0xffe0b0],
        [0x2a6a5a, 0x7ad0a8, 0xf0fff0],
    ];
    let first = rng.below(4);
    for place in 0..3u32 {
        let big = place == 0;
        let size = if big {
            rng.range(0.2, 0.3)
        } else {
            rng.range(0.03, 0.075)
        };
        let x = if big {
            wide * rng.range(0.35, 0.65)
        } else {
            rng.range(0.1, wide - 0.1)
        };
        let y = if big {
            high * rng.range(0.36, 0.5)
        } else {
            rng.range(0.08, high - 0.2)
        };
        let colours = sets[((first + place) % 4) as usize].map(hex);
        planet(canvas, scene, (x, y), size, colours, big || rng.chance(0.4), rng.bits());
    }
}

fn nebula(canvas: &mut Canvas, scene: &Scene) {
    let seed = scene.seed ^ 0x6e65_6275;
    let accent = scene.wishes.colours.first().copied().unwrap_or(hex(0xc04a9a));
    let other = scene.wishes.colours.get(1).copied().unwrap_or(hex(0x3a8ad8));
    canvas.each((0.0, 0.0), (canvas.wide(), scene.horizon + 0.1), |x, y, out| {
        let bend = fbm(x * 1.6, y * 1.6, 3, seed);
        let cloud = fbm(x * 2.2 + bend * 2.0, y * 2.2 - bend * 1.5, 5, seed ^ 1);
        let hue = fbm(x * 1.1 + 5.0, y * 1.1, 3, seed ^ 2);
        let dust = step(0.5, 0.75, fbm(x * 3.4 + bend, y * 3.4, 4, seed ^ 3));
        let colour = blend(other, accent, step(0.35, 0.65, hue));
        light(out, colour, step(0.42, 0.82, cloud) * 0.85 * (1.0 - 0.7 * dust));
    });
}

fn planet(
    canvas: &mut Canvas,
    scene: &Scene,
    (x, y): (f32, f32),
    size: f32,
    colours: [Colour; 3],
    ringed: bool,
    seed: u32,
) {
    let (lx, ly) = (scene.light_at.0 - x, scene.light_at.1 - y - 0.25);
    let far = (lx * lx + ly * ly).sqrt().max(0.01);
    let (lx, ly) = (lx / far * 0.86, ly / far * 0.86);
    let tilt = 0.35 + (seed & 15) as f32 * 0.03;
    let ring = |canvas: &mut Canvas, front: bool| {
        canvas.each(
            (x - size * 2.4, y - size * 1.6),
            (x + size * 2.4, y + size * 1.6),
            |px, py, out| {
                let (dx, dy) = ((px - x) / size, (py - y) / size);
                let (u, v) = (
                    dx * cos(tilt) + dy * sin(tilt),
                    (dy * cos(tilt) - dx * sin(tilt)) / 0.26,
                );
                if (v > 0.0) != front {
                    return;
                }
                let radius = (u * u + v * v).sqrt();
                let band = step(1.3, 1.36, radius) * step(2.2, 2.08, radius);
                let lines = 0.35 + 0.65 * noise(radius * 26.0, 0.0, seed);
                let shadow = if !front && (u * lx + v * ly) < -0.4 && u.abs() < 1.0 {
                    0.25
                } else {
                    1.0
                };
                over(out, blend(colours[2], colours[1], 0.4), band * lines * 0.75 * shadow);
            },
        );
    };
    if ringed {
        ring(canvas, false);
    }
    canvas.glow(x, y, size * 1.12, colours[1], 0.32);
    let pixel = canvas.pixel();
    canvas.each(
        (x - size * 1.05, y - size * 1.05),
        (x + size * 1.05, y + size * 1.05),
        |px, py, out| {
            let (dx, dy) = ((px - x) / size, (py - y) / size);
            let square = dx * dx + dy * dy;
            let cover = unit((1.0 - square.sqrt()) * size / pixel + 0.5);
            if cover <= 0.0 {
                return;
            }
            let dz = (1.0 - square).max(0.0).sqrt();
            let lit = unit(dx * lx + dy * ly + dz * 0.42);
            let v = dy * cos(tilt) - dx * sin(tilt);
            let u = dx * cos(tilt) + dy * sin(tilt);
            let swirl = fbm(u * 2.0, v * 5.0, 4, seed);
            let bands = fbm(u * 0.7 + swirl * 0.6, v * 6.5 + swirl * 1.4, 4, seed ^ 1);
            let surface = ramp(&colours, step(0.2, 0.8, bands));
            let air = step(0.6, 1.0, square) * lit;
            let colour = blend(
                scale(surface, 0.04 + 1.08 * lit),
                blend(colours[2], WHITE, 0.3),
                air * 0.45,
            );
            over(out, colour, cover);
        },
    );
    if ringed {
        ring(canvas, true);
    }
}

/// The ground of a small moon with craters.
pub(super) fn moonscape(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let pixel = canvas.pixel();
    for layer in 0..3u32 {
        let near = layer as f32 / 2.0;
        let seed = hash(scene.seed ^ (layer + 0x6d6f));
        let base = mix(scene.horizon, high - 0.07, near);
        let rock = blend(palette.haze, hex(0x0d0a1c), 0.3 + 0.6 * near);
        canvas.each((0.0, base - 0.2), (wide, high), |x, y, out| {
            let top = base - mix(0.12, 0.07, near) * (ridges(x * 2.6, 0.5, 5, seed) - 0.25);
            let depth = y - top;
            let cover = unit(depth / pixel + 0.5);
            if cover > 0.0 {
                let grain = fbm(x * 20.0, y * 40.0, 4, seed);
                let rim = step(0.012, 0.0, depth) * 0.5;
                over(
                    out,
                    blend(scale(rock, 0.7 + 0.6 * grain), palette.light, rim * 0.5),
                    cover,
                );
            }
        });
    }
}
