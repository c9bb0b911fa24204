//! What grows nearby: grass, flowers, trees, and a blossoming branch that frames the picture.

use super::{
    canvas::{Canvas, over, towards},
    colour::{Colour, WHITE, blend, hex, scale},
    maths::{Rng, cos, fbm, mix, noise, sin, step, unit},
    scene::{Scene, Thing},
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

fn petals(canvas: &mut Canvas, x: f32, y: f32, size: f32, colour: Colour, turn: f32, flat: f32) {
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

/// A broad tree standing on a hill: trunk, limbs and crowns of leaves that catch the light.
pub(super) fn tree(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32, high: f32, salt: u32) {
    let mut rng = Rng::new(scene.seed ^ salt, "tree");
    let palette = scene.palette;
    let bark = blend(
        scale(hex(0x4a3428), mix(1.0, 0.35, palette.darkness)),
        palette.near,
        0.35,
    );
    let mut tips = Vec::new();
    limb(
        canvas,
        x,
        foot,
        -1.5708 + rng.range(-0.1, 0.1),
        high * 0.34,
        high * 0.035,
        0,
        bark,
        &mut rng,
        &mut tips,
    );
    let leaf = leaves(scene);
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    if scene.winter {
        return;
    }
    tips.sort_by(|a, b| b.1.total_cmp(&a.1));
    for &(tx, ty) in &tips {
        for _ in 0..3 {
            let (dx, dy) = (rng.range(-0.06, 0.06) * high, rng.range(-0.04, 0.05) * high);
            let shade = super::colour::ramp(&leaf, rng.range(0.05, 0.3));
            canvas.disc(tx + dx, ty + dy, high * rng.range(0.05, 0.085), shade, 0.95);
        }
    }
    for (depth, &(tx, ty)) in tips.iter().enumerate() {
        let front = depth as f32 / tips.len() as f32;
        for _ in 0..60 {
            let (dx, dy) = (rng.range(-1.0, 1.0), rng.range(-1.0, 1.0));
            if dx * dx + dy * dy > 1.0 {
                continue;
            }
            let spread = high * 0.125;
            let (lx, ly) = (tx + dx * spread, ty + dy * spread * 0.8);
            let lit = unit(0.45 - dy * 0.4 + dx * side * 0.3 + (front - 0.5) * 0.3 + rng.range(-0.2, 0.2));
            let colour = super::colour::ramp(&leaf, lit);
            canvas.disc(lx, ly, high * rng.range(0.005, 0.017), colour, 0.9);
        }
    }
}

/// Leaves from shade to light.
fn leaves(scene: &Scene) -> [Colour; 3] {
    let base = if scene.has(Thing::Blossom) {
        [0xa8486e, 0xf2a0bd, 0xffe3ec]
    } else if scene.has(Thing::Autumn) {
        [0x6e2418, 0xd8622a, 0xffc25a]
    } else {
        [0x1e4a33, 0x4a8a45, 0xb2d86a]
    };
    let palette = scene.palette;
    base.map(hex).map(|colour| {
        let lit = super::colour::multiply(colour, blend(WHITE, palette.glow, 0.5 * palette.spread));
        blend(
            scale(lit, mix(1.0, 0.5, palette.darkness)),
            palette.sky[2],
            0.12 + 0.22 * palette.darkness,
        )
    })
}

#[allow(clippy::too_many_arguments, reason = "a limb is its place, direction and size")]
fn limb(
    canvas: &mut Canvas,
    x: f32,
    y: f32,
    angle: f32,
    length: f32,
    half: f32,
    level: u32,
    bark: Colour,
    rng: &mut Rng,
    tips: &mut Vec<(f32, f32)>,
) {
    let bend = angle + rng.range(-0.25, 0.25);
    let middle = (x + cos(angle) * length * 0.5, y + sin(angle) * length * 0.5);
    let end = (middle.0 + cos(bend) * length * 0.5, middle.1 + sin(bend) * length * 0.5);
    let flare = if level == 0 { 1.7 } else { 1.0 };
    canvas.fill(
        &Path::stroke(&[
            (x, y, half * flare),
            (middle.0, middle.1, half * 0.85),
            (end.0, end.1, half * 0.62),
        ]),
        bark,
        1.0,
    );
    if level >= 2 {
        tips.push(end);
    }
    if level >= 4 {
        return;
    }
    let count = if level == 0 { 3 } else { 2 };
    for child in 0..count {
        let spread = (child as f32 + 0.5) / count as f32 - 0.5;
        let turn = bend + spread * rng.range(1.3, 1.9) + rng.range(-0.15, 0.15);
        limb(
            canvas,
            end.0,
            end.1,
            turn,
            length * rng.range(0.62, 0.84),
            half * 0.6,
            level + 1,
            bark,
            rng,
            tips,
        );
    }
}

/// A branch that hangs in from an upper corner.
pub(super) fn branch(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "branch");
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let from_left = scene.light_at.0 > wide * 0.5;
    let turn = |x: f32| if from_left { x } else { wide - x };
    let bark = blend(hex(0x3a2430), palette.near, 0.5);
    let leaf = leaves(scene);
    let blossom = scene.has(Thing::Blossom);
    for arm in 0..3 {
        let (mut x, mut y) = (-0.06f32, rng.range(0.0, 0.12) + arm as f32 * 0.1 * high.min(1.2));
        let mut angle: f32 = rng.range(-0.05, 0.3);
        let mut half = 0.013 - arm as f32 * 0.003;
        let mut points = vec![(turn(x), y, half)];
        let mut spots = Vec::new();
        let reach = rng.range(0.5, 0.75) - arm as f32 * 0.12;
        while x < reach {
            angle += rng.range(-0.28, 0.24);
            x += cos(angle) * 0.05;
            y += sin(angle) * 0.05;
            half *= 0.87;
            points.push((turn(x), y, half.max(0.0012)));
            spots.push((x, y));
            if rng.chance(0.6) {
                let side = angle + if rng.chance(0.5) { 0.8 } else { -0.7 };
                let long = rng.range(0.04, 0.12);
                let (tx, ty) = (x + cos(side) * long, y + sin(side) * long);
                canvas.fill(
                    &Path::stroke(&[(turn(x), y, half * 0.5), (turn(tx), ty, 0.001)]),
                    bark,
                    1.0,
                );
                spots.push((tx, ty));
                spots.push(((x + tx) * 0.5, (y + ty) * 0.5));
            }
        }
        canvas.fill(&Path::stroke(&points), bark, 1.0);
        for (sx, sy) in spots {
            for _ in 0..if blossom { 11 } else { 7 } {
                let (dx, dy) = (rng.range(-0.04, 0.04), rng.range(-0.034, 0.034));
                let size = rng.range(0.007, 0.0145);
                let colour = super::colour::ramp(&leaf, unit(0.55 - dy * 12.0 + rng.range(-0.3, 0.35)));
                let (px, py) = (turn(sx + dx), sy + dy);
                if blossom {
                    petals(canvas, px, py, size, colour, rng.unit() * 6.0, rng.range(0.6, 1.0));
                    canvas.disc(px, py, size * 0.16, blend(hex(0xd8436e), colour, 0.3), 0.9);
                } else {
                    canvas.fill(
                        &Path::ellipse(px, py, size * 1.3, size * 0.5, rng.unit() * 6.0),
                        colour,
                        0.95,
                    );
                }
            }
        }
    }
}

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
    let (sy, seed, light) = (-0.25, scene.seed ^ 0x7368, scene.palette.light);
    let strength = mix(0.5, 0.2, scene.palette.darkness);
    canvas.every(|x, y, out| {
        let slope = (x - sx) / (y - sy);
        let beams = noise(slope * 9.0, 0.0, seed) * noise(slope * 23.0, 1.0, seed) * 1.6;
        let fade = step(0.0, 0.25, y) * step(scene.horizon + 0.35, scene.horizon - 0.2, y);
        super::canvas::light(out, light, step(0.32, 0.9, beams) * fade * strength);
    });
}
