//! The inside of a wood.

use super::trees::leaves;
use super::{
    canvas::{Canvas, light, over, towards},
    colour::{Colour, blend, scale},
    maths::{Rng, fbm, mix, noise, step, unit},
    scene::Scene,
    shape::Path,
};

/// The inside of a wood: trunks behind trunks in the mist, and light that falls between.
pub(super) fn forest(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let layers = 5;
    for layer in 0..layers {
        let near = layer as f32 / (layers - 1) as f32;
        let mut rng = Rng::new(scene.seed ^ layer, "trunks");
        let colour = blend(
            blend(palette.haze, palette.far, 0.4),
            scale(palette.near, 0.8),
            near * 0.95,
        );
        let foot = mix(scene.horizon + 0.01, high - 0.06, near * near);
        // The floor of this depth.
        let floor = blend(
            blend(palette.haze, palette.ground, 0.35 + 0.3 * near),
            scale(palette.ground, 0.45),
            near,
        );
        let seed = scene.seed ^ (layer * 71);
        canvas.each((0.0, foot - 0.06), (wide, high), |x, y, out| {
            let edge = foot + 0.035 * (fbm(x * 3.0, near * 9.0, 3, seed) - 0.5);
            let cover = step(-0.004, 0.012, y - edge);
            let grain = fbm(x * 13.0, y * 22.0, 3, seed);
            over(out, scale(floor, 0.82 + 0.34 * grain), cover);
        });
        let count = mix(22.0, 3.4, near.sqrt()) * wide;
        let step_x = wide / count;
        let mut x = -step_x * rng.unit();
        while x < wide + 0.1 {
            let half = mix(0.006, 0.042, near * near) * rng.range(0.6, 1.3);
            let cx = x + rng.range(-0.35, 0.35) * step_x;
            // The middle stays open, so that one can look through.
            let open = (cx - wide * 0.5).abs() / wide;
            if near < 0.7 || open > 0.2 {
                trunk(
                    canvas,
                    scene,
                    cx,
                    foot + rng.range(-0.01, 0.03) * (0.3 + near),
                    half,
                    colour,
                    near,
                    &mut rng,
                );
            }
            x += step_x * rng.range(0.6, 1.35);
        }
        canopy(
            canvas,
            scene,
            near,
            blend(colour, leaves(scene)[1], 0.3 * near),
            seed ^ 99,
        );
        let haze = palette.haze;
        let thick = (0.34 - 0.3 * near) * (1.0 + scene.fog);
        canvas.each((0.0, scene.horizon - 0.5), (wide, foot), |x, y, out| {
            let drift = fbm(x * 1.5, y * 3.0 + near * 5.0, 3, seed ^ 5);
            towards(
                out,
                haze,
                unit(step(scene.horizon - 0.5, foot, y) * thick * (0.5 + drift)),
            );
        });
    }
    shafts(canvas, scene);
}

#[allow(clippy::too_many_arguments, reason = "a trunk is its place, size and colour")]
fn trunk(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32, half: f32, colour: Colour, near: f32, rng: &mut Rng) {
    let lean = rng.range(-0.06, 0.06);
    let points = [
        (x, foot + half * 0.5, half * 1.9),
        (x + lean * 0.06, foot - half * 2.5, half * 1.12),
        (x + lean * 0.4, foot - 0.4, half * 0.92),
        (x + lean, -0.1, half * 0.66),
    ];
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let (light, seed) = (scene.palette.light, rng.bits());
    let dark = scene.palette.darkness;
    canvas.shade(&Path::stroke(&points), |px, py| {
        let across = unit(0.5 + (px - x) * side / (half * 2.6));
        let bark = noise(px / half * 2.2, py * 9.0, seed);
        let colour = scale(colour, 0.82 + 0.3 * bark * near + 0.1 * across);
        (
            blend(colour, light, step(0.68, 1.0, across) * (0.26 - 0.16 * dark)),
            1.0,
        )
    });
    for _ in 0..rng.below(4) {
        let y = rng.range(0.02, foot - 0.28);
        let way = if rng.chance(0.5) { 1.0 } else { -1.0 };
        let long = rng.range(0.05, 0.2) * (0.4 + near);
        let branch = [
            (x + lean * 0.5, y, half * 0.3),
            (x + way * long * 0.6, y - long * 0.35, half * 0.16),
            (x + way * long, y - long * 0.8, 0.0008),
        ];
        canvas.fill(&Path::stroke(&branch), colour, 1.0);
    }
}

fn canopy(canvas: &mut Canvas, scene: &Scene, near: f32, colour: Colour, seed: u32) {
    let reach = mix(0.5, 0.17, near) * scene.horizon;
    let wide = canvas.wide();
    let lit = leaves(scene)[2];
    let dark = scene.palette.darkness;
    canvas.each((0.0, 0.0), (wide, reach * 1.7), |x, y, out| {
        let mass = fbm(x * mix(4.0, 2.6, near), y * 4.0, 3, seed);
        let leaf = fbm(x * mix(42.0, 24.0, near), y * mix(42.0, 24.0, near), 3, seed ^ 3);
        let thick = step(0.46, 0.56, mass * 0.55 + leaf * 0.5 + 0.32 * (1.0 - y / reach));
        if thick > 0.0 {
            let shine = step(0.52, 0.72, leaf) * (0.34 - 0.22 * dark) * (1.0 - 0.5 * near);
            over(
                out,
                blend(scale(colour, 0.8 + 0.4 * leaf), lit, shine),
                thick * mix(0.6, 0.97, near),
            );
        }
    });
}

/// Beams of light through the crowns.
fn shafts(canvas: &mut Canvas, scene: &Scene) {
    if !(scene.sun || scene.moon) {
        return;
    }
    let (sx, _) = scene.light_at;
    let (sy, seed, glow) = (-0.25, scene.seed ^ 0x7368, scene.palette.light);
    let strength = mix(0.5, 0.2, scene.palette.darkness);
    canvas.every(|x, y, out| {
        let slope = (x - sx) / (y - sy);
        let beams = noise(slope * 9.0, 0.0, seed) * noise(slope * 23.0, 1.0, seed) * 1.6;
        let fade = step(0.0, 0.25, y) * step(scene.horizon + 0.35, scene.horizon - 0.2, y);
        light(out, glow, step(0.32, 0.9, beams) * fade * strength);
    });
}
