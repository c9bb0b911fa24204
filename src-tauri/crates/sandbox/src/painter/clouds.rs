//! Clouds: thin high ones, a closed cover, heaps with lit tops, and a sea of them from above.

use super::{
    canvas::{Canvas, over, towards},
    colour::{WHITE, blend, hex, ramp, scale},
    maths::{Rng, bell, fbm, hash, mix, noise, step, unit},
    scene::{Place, Scene},
};

/// Thin high clouds.
pub(super) fn wisps(canvas: &mut Canvas, scene: &Scene) {
    let seed = scene.seed ^ 0x7769_7370;
    let (horizon, cover) = (scene.horizon, scene.clouds);
    let lit = scene.palette.cloud_lit;
    canvas.each((0.0, 0.0), (canvas.wide(), horizon), |x, y, out| {
        let (u, v) = (x * 1.1 + y * 0.5, y * 5.0);
        let bend = fbm(u * 0.8, v * 0.5, 2, seed) * 1.6;
        let cloud = fbm(u + bend, v + bend * 1.2, 4, seed ^ 1);
        let thick = step(0.5, 0.86, cloud + cover * 0.1) * step(0.0, 0.2, y / horizon) * step(1.02, 0.7, y / horizon);
        if thick > 0.003 {
            towards(out, lit, thick * 0.5);
        }
    });
}

/// A closed cover of cloud, torn a little.
pub(super) fn cover(canvas: &mut Canvas, scene: &Scene) {
    let town = matches!(scene.place, Place::City | Place::Rooftop);
    let seed = scene.seed ^ 0x636f_7665;
    let horizon = scene.horizon;
    let palette = scene.palette;
    canvas.each((0.0, 0.0), (canvas.wide(), horizon + 0.02), |x, y, out| {
        // Closer together towards the horizon, as a ceiling is.
        let far = 1.0 / (1.25 - y / horizon);
        let (u, v) = ((x - 0.5) * far * 0.55 + scene.drift, far * 1.7);
        let bend = fbm(u * 1.3, v * 1.3, 3, seed) - 0.5;
        let mass = fbm(u * 2.0 + bend * 1.5, v * 2.0 + bend, 5, seed ^ 1);
        let below = fbm(u * 2.0 + bend * 1.5, v * 2.0 + bend + 0.16, 4, seed ^ 1);
        let lit = unit(0.42 + (mass - below) * 2.2 + (mass - 0.5) * 0.9);
        let glow = if town {
            0.6 * palette.darkness * step(0.0, 1.0, y / horizon)
        } else {
            0.0
        };
        let under = blend(palette.cloud_lit, hex(0xd0907c), glow);
        let colour = ramp(&[scale(palette.cloud_shade, 0.7), palette.cloud_shade, under], lit);
        let thick = step(0.18, 0.5, mass + 0.12) * 0.92;
        towards(
            out,
            blend(colour, palette.haze, step(0.7, 1.05, y / horizon) * 0.8),
            thick,
        );
    });
}

/// Heaped clouds: many round puffs from top to foot, each lit on the side of the light.
pub(super) fn heaps(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "heaps");
    let (wide, horizon) = (canvas.wide(), scene.horizon);
    let cover = scene.clouds;
    let mut clouds = Vec::new();
    for _ in 0..(3.0 + 9.0 * cover * wide) as u32 {
        let rise = rng.unit();
        let foot = horizon * mix(0.98, 0.2, rise * rise.max(0.5));
        let near = 1.0 - foot / horizon;
        let span = mix(0.16, 0.42, near) * rng.range(0.7, 1.5) * (0.7 + 0.5 * cover);
        clouds.push((rng.range(-0.1, wide + 0.1), foot, span));
    }
    // A tower over the horizon makes a sky high.
    if cover > 0.3 {
        let x = if scene.light_at.0 > wide * 0.5 {
            rng.range(0.1, 0.4)
        } else {
            rng.range(0.6, 0.9)
        };
        clouds.push((wide * x, horizon * 0.97, rng.range(0.45, 0.7) * (0.6 + 0.5 * cover)));
    }
    clouds.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (x, foot, span) in clouds {
        heap(canvas, scene, x, foot, span, &mut rng);
    }
}

fn heap(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32, span: f32, rng: &mut Rng) {
    let palette = scene.palette;
    let (lx, ly) = (scene.light_at.0 - x, scene.light_at.1 - foot);
    let far = (lx * lx + ly * ly).sqrt().max(0.05);
    // Even a low sun lights a cloud from above more than from below.
    let (lx, ly) = (lx / far * 0.7, (ly / far).min(-0.35));
    let back = bell(far, 0.42);
    let tall = span * rng.range(0.32, 0.62);
    let lean = rng.range(-0.25, 0.25);
    let mut puffs: Vec<(f32, f32, f32)> = Vec::new();
    for _ in 0..150 {
        let across = rng.range(-1.0, 1.0);
        let crown = (1.0 - across * across) * (0.55 + 0.45 * noise(across * 2.6 + 9.0, span * 31.0, scene.seed));
        let up = rng.unit() * crown;
        let size = span * mix(0.15, 0.05, up.max(across.abs())) * rng.range(0.6, 1.25);
        puffs.push((x + (across + lean * up) * span * 0.5, foot - up * tall, size));
    }
    puffs.sort_by(|a, b| a.1.total_cmp(&b.1));
    let low = step(0.55, 1.0, foot / scene.horizon);
    let lit_colour = blend(
        blend(palette.cloud_lit, palette.glow, 0.5 * back),
        palette.sky[4],
        0.38 * low,
    );
    let shade_colour = blend(
        blend(palette.cloud_shade, palette.glow, 0.28 * back),
        palette.sky[3],
        0.25 + 0.4 * low,
    );
    let stops = [
        shade_colour,
        blend(shade_colour, lit_colour, 0.55),
        lit_colour,
        blend(lit_colour, WHITE, 0.3 * (1.0 - palette.darkness)),
    ];
    let pixel = canvas.pixel();
    for (px, py, size) in puffs {
        let height = unit((foot - py) / tall);
        canvas.each((px - size, py - size), (px + size, py + size), |u, v, out| {
            let (dx, dy) = ((u - px) / size, (v - py) / size);
            let square = dx * dx + dy * dy;
            if square >= 1.0 {
                return;
            }
            let edge = step(1.0, 1.0 - (0.3f32).max(2.0 * pixel / size), square);
            let flat = step(foot + 0.028 * (1.0 + span), foot - 0.03, v);
            let lit = unit(0.3 + 0.42 * height + 0.4 * (dx * lx + dy * ly));
            towards(out, ramp(&stops, lit), edge * flat * 0.8);
        });
    }
}

/// Clouds from above, to the horizon.
pub(super) fn sea_of_clouds(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let high = canvas.high();
    let wide = canvas.wide();
    let pixel = canvas.pixel();
    let layers = 7;
    for layer in 0..layers {
        let near = layer as f32 / (layers - 1) as f32;
        let seed = hash(scene.seed ^ (layer * 47 + 3));
        let base = mix(scene.horizon - 0.03, high, near * near);
        let size = mix(9.0, 2.4, near);
        let rise = mix(0.03, 0.16, near);
        let lit = blend(
            blend(palette.cloud_lit, palette.glow, 0.35 * (1.0 - near)),
            palette.sky[4],
            0.4 * (1.0 - near),
        );
        let shade = blend(palette.cloud_shade, palette.sky[4], 0.55 * (1.0 - near));
        canvas.each((0.0, base - rise * 1.3), (wide, high), |x, y, out| {
            let puff = |x: f32| {
                let lumps = 1.0 - (2.0 * noise(x * size, 0.0, seed) - 1.0).abs();
                let small = 1.0 - (2.0 * noise(x * size * 2.7, 3.0, seed ^ 1) - 1.0).abs();
                fbm(x * size * 0.4, 1.0, 2, seed) * 0.7 + lumps * 0.34 + small * 0.14
            };
            let top = base - rise * puff(x);
            let depth = y - top;
            let cover = unit(depth / (pixel + 0.004 * near));
            if cover > 0.0 {
                let folds = fbm(x * size * 1.3, y * size * 2.6, 4, seed ^ 2);
                let t = unit(1.0 - depth / (rise * 1.1) + (folds - 0.5) * 1.2);
                over(out, blend(shade, lit, t), cover);
            }
        });
    }
}
