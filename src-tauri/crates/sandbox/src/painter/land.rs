//! Mountains, hills and woods in layers, paler with distance, with mist between.

use super::{
    canvas::{Canvas, over, towards},
    colour::{Colour, WHITE, blend, hex, multiply, scale},
    maths::{Rng, fbm, hash, mix, noise, ridges, sin, step, unit},
    scene::{Place, Scene},
    shape::Path,
};

/// One range of hills: a crest line and what it's made of.
struct Range {
    base: f32,
    rise: f32,
    wave: f32,
    rough: bool,
    colour: Colour,
    haze: Colour,
    snow: f32,
    /// How much of it the mist at its foot hides.
    mist: f32,
    /// Below this something nearer covers it.
    bottom: f32,
    seed: u32,
}

pub(super) fn mountains(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let count = 4;
    for layer in 0..count {
        let near = layer as f32 / (count - 1) as f32;
        let rough = layer < 2;
        let colour = blend(palette.far, palette.near, near * near * 0.8 + 0.1 * near);
        let mountain = Range {
            base: scene.horizon + mix(-0.02, 0.03, near),
            rise: mix(0.36, 0.09, near) * scene.relief,
            wave: mix(1.7, 2.6, near),
            rough,
            colour: if rough {
                blend(colour, palette.sky[3], 0.32)
            } else {
                colour
            },
            haze: palette.haze,
            snow: if rough { scene.snow_line } else { 0.0 },
            mist: 0.5,
            bottom: scene.horizon
                + if layer + 1 < count || scene.place == Place::Lake {
                    0.06
                } else {
                    0.4
                },
            seed: hash(scene.seed ^ (layer * 977 + 31)),
        };
        range(canvas, scene, &mountain);
        if !rough && scene.woods {
            let size = mix(0.018, 0.05, near);
            pines(
                canvas,
                scene,
                |x| crest(&mountain, x),
                size,
                scale(colour, 0.82),
                mountain.seed,
                0.012,
            );
        }
    }
}

/// Soft green hills.
pub(super) fn hills(canvas: &mut Canvas, scene: &Scene, layers: u32) {
    let palette = scene.palette;
    for layer in 0..layers {
        let near = (layer as f32 + 0.6) / layers as f32;
        let seed = hash(scene.seed ^ (layer * 1291 + 7));
        let colour = blend(blend(palette.far, palette.ground, 0.4), palette.ground, near);
        let hill = Range {
            base: scene.horizon + 0.05 * near,
            rise: mix(0.13, 0.07, near),
            wave: mix(1.1, 1.6, near),
            rough: false,
            colour: multiply(colour, [0.93, 0.96, 1.0]),
            haze: palette.haze,
            snow: 0.0,
            mist: mix(0.34, 0.04, near),
            bottom: scene.horizon + if layer + 1 < layers { 0.08 } else { 0.5 },
            seed,
        };
        range(canvas, scene, &hill);
        if scene.woods {
            pines(
                canvas,
                scene,
                |x| crest(&hill, x),
                mix(0.014, 0.05, near),
                scale(hill.colour, 0.72),
                seed,
                0.016,
            );
        }
    }
}

/// The height of the crest at a place.
fn crest(range: &Range, x: f32) -> f32 {
    let u = x * range.wave + (range.seed >> 12) as f32 * 0.001;
    let height = if range.rough {
        0.78 * ridges(u, 0.5, 6, range.seed) + 0.32 * noise(u * 0.6, 3.0, range.seed ^ 1) - 0.12
    } else {
        fbm(u, 0.5, 4, range.seed)
    };
    range.base - range.rise * height
}

fn range(canvas: &mut Canvas, scene: &Scene, range: &Range) {
    let pixel = canvas.pixel();
    let (wide, bottom) = (canvas.wide(), range.bottom.min(canvas.high()));
    let side = if scene.light_at.0 > wide * 0.5 { 1.0 } else { -1.0 };
    let crests: Vec<f32> = (0..canvas.width)
        .map(|column| crest(range, (column as f32 + 0.5) * pixel))
        .collect();
    let top = crests.iter().fold(f32::MAX, |least, y| least.min(*y));
    let light = scene.palette.light;
    let dark = scene.palette.darkness;
    let columns = canvas.unit;
    canvas.each((0.0, top - pixel), (wide, bottom), |x, y, out| {
        let edge = crests[((x * columns) as usize).min(crests.len() - 1)];
        let depth = y - edge;
        let cover = unit(depth / pixel + 0.5);
        if cover <= 0.0 {
            return;
        }
        let mut colour = range.colour;
        if range.rough {
            let folds = ridges(x * 7.0 + side * depth * 4.0, depth * 3.2 + 1.0, 4, range.seed ^ 21);
            let facing = fbm(x * 11.0 + side * depth * 9.0, depth * 4.0, 3, range.seed ^ 22);
            let lit = unit((folds - 0.42) * 1.5 + (facing - 0.5) * 0.9);
            colour = blend(scale(colour, 0.82), blend(colour, light, 0.3), lit);
            if range.snow > 0.0 {
                let line = range.snow * range.rise * (0.55 + 0.75 * facing);
                let snow = step(line + 0.015, line - 0.01, depth + (1.0 - folds) * 0.03);
                let white = blend(
                    blend(hex(0x9fb4d8), range.colour, 0.25),
                    blend(WHITE, light, 0.25),
                    unit(lit * 1.5),
                );
                colour = blend(colour, scale(white, 1.0 - 0.5 * dark), snow * 0.92);
            }
        } else {
            let grain = fbm(x * 16.0, y * 26.0, 3, range.seed ^ 9);
            // Meadows and fields lie on it as long pale and dark patches, closer together the further away.
            let patches = fbm(x * 2.2, y * 15.0 + range.seed as f32 * 1e-6, 3, range.seed ^ 10);
            colour = scale(colour, 0.78 + 0.18 * grain + 0.3 * patches);
            colour = blend(colour, light, step(0.5, 0.72, patches) * 0.16 * (1.0 - dark));
            colour = blend(colour, light, step(0.03, 0.0, depth) * 0.14 * (1.0 - dark));
        }
        // Mist gathers at the foot.
        let mist = step(0.0, range.rise * 1.15, depth) * (range.mist + 0.4 * scene.fog);
        over(out, blend(colour, range.haze, unit(mist)), cover);
    });
}

/// A row of pines on a crest.
pub(super) fn pines(
    canvas: &mut Canvas,
    scene: &Scene,
    crest: impl Fn(f32) -> f32,
    size: f32,
    colour: Colour,
    seed: u32,
    gap: f32,
) {
    let mut rng = Rng::new(seed, "pines");
    let mut x = -size;
    while x < canvas.wide() + size {
        let dense = noise(x * 2.4, 0.0, seed ^ 77);
        if rng.chance(0.25 + dense) {
            let high = size * rng.range(0.55, 1.25) * (0.7 + 0.6 * dense);
            let foot = crest(x) + high * 0.12;
            let shade = scale(colour, rng.range(0.86, 1.06));
            pine(canvas, x, foot, high, blend(shade, scene.palette.haze, 0.05), &mut rng);
        }
        x += gap * rng.range(0.35, 1.3) * (size / 0.05).max(0.4);
    }
}

/// A pine: a stack of drooping skirts.
pub(super) fn pine(canvas: &mut Canvas, x: f32, foot: f32, high: f32, colour: Colour, rng: &mut Rng) {
    let half = high * rng.range(0.17, 0.24);
    let tiers = if high * canvas.unit > 30.0 { 9 } else { 5 };
    let mut left = Vec::new();
    let mut right = Vec::new();
    for tier in 1..=tiers {
        let t = tier as f32 / tiers as f32;
        let y = foot - high * (1.0 - t * 0.94);
        let reach = half * (0.12 + 0.88 * t);
        for (side, out) in [(-1.0, &mut left), (1.0, &mut right)] {
            let reach = reach * rng.range(0.78, 1.12);
            out.push((x + side * reach, y + high * rng.range(0.0, 0.025)));
            out.push((x + side * reach * 0.5, y - high * 0.006));
        }
    }
    let mut points = vec![(x, foot - high)];
    points.extend(right);
    points.push((x + half * 0.12, foot - high * 0.04));
    points.push((x + half * 0.1, foot));
    points.push((x - half * 0.1, foot));
    points.push((x - half * 0.12, foot - high * 0.04));
    points.extend(left.into_iter().rev());
    canvas.fill(&Path::polygon(&points), colour, 1.0);
}

/// Mist that lies in bands over everything so far.
pub(super) fn fog(canvas: &mut Canvas, scene: &Scene) {
    let (seed, horizon, amount) = (scene.seed ^ 0x666f_6721, scene.horizon, scene.fog);
    let haze = scene.palette.haze;
    let (wide, reach) = (canvas.wide(), 0.34);
    canvas.each((0.0, horizon - reach), (wide, horizon + reach), |x, y, out| {
        let height = 1.0 - ((y - horizon).abs() / reach).min(1.0);
        let drift = fbm(x * 1.4, y * 5.0, 4, seed);
        let thick = unit(height * (0.35 + drift)) * amount;
        towards(out, haze, thick * 0.85);
    });
}

/// Dunes in layers, sharp at the crest, one side lit.
pub(super) fn dunes(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let pixel = canvas.pixel();
    let layers = 5;
    for layer in 0..layers {
        let near = layer as f32 / (layers - 1) as f32;
        let seed = hash(scene.seed ^ (layer * 313));
        let base = mix(scene.horizon, high - 0.08, near * near * 0.9 + near * 0.1);
        let rise = mix(0.05, 0.2, near);
        let sand = blend(palette.ground, palette.haze, 0.55 * (1.0 - near));
        let lit = blend(sand, palette.light, 0.32 * (1.0 - palette.darkness));
        let shade = blend(scale(sand, 0.55), palette.sky[1], 0.25);
        let side = if scene.light_at.0 > wide * 0.5 { 1.0 } else { -1.0 };
        let crest = |x: f32| base - rise * (ridges(x * mix(1.6, 0.8, near) + layer as f32 * 3.7, 0.3, 2, seed) - 0.3);
        canvas.each((0.0, base - rise), (wide, high), |x, y, out| {
            let top = crest(x);
            let cover = unit((y - top) / pixel + 0.5);
            if cover > 0.0 {
                // The shadow of a crest runs down the dune aslant.
                let u = x + (y - top) * side * 1.3;
                let slope = (crest(u + 0.02) - crest(u - 0.02)) * side * -11.0;
                let edge = step(
                    0.2,
                    0.85,
                    0.55 + slope - (y - top) * 0.7 + 0.3 * (fbm(x * 3.0, y * 9.0, 2, seed) - 0.5),
                );
                let ripple = sin((y + 0.06 * fbm(x * 6.0, y * 9.0, 2, seed ^ 1)) * mix(700.0, 330.0, near) + x * 40.0)
                    * 0.03
                    * near;
                over(out, scale(blend(shade, lit, edge), 1.0 + ripple), cover);
            }
        });
    }
}
