//! Broad trees, and a branch that hangs in from a corner.

use super::plants::petals;
use super::{
    canvas::Canvas,
    colour::{Colour, WHITE, blend, hex, multiply, ramp, scale},
    maths::{Rng, cos, mix, sin, unit},
    scene::{Scene, Thing},
    shape::Path,
};

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
        -std::f32::consts::FRAC_PI_2 + rng.range(-0.1, 0.1),
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
            let shade = ramp(&leaf, rng.range(0.05, 0.3));
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
            let colour = ramp(&leaf, lit);
            canvas.disc(lx, ly, high * rng.range(0.005, 0.017), colour, 0.9);
        }
    }
}

/// Leaves from shade to light.
pub(super) fn leaves(scene: &Scene) -> [Colour; 3] {
    let base = if scene.has(Thing::Blossom) {
        [0xa8486e, 0xf2a0bd, 0xffe3ec]
    } else if scene.has(Thing::Autumn) {
        [0x6e2418, 0xd8622a, 0xffc25a]
    } else {
        [0x1e4a33, 0x4a8a45, 0xb2d86a]
    };
    let palette = scene.palette;
    base.map(hex).map(|colour| {
        let lit = multiply(colour, blend(WHITE, palette.glow, 0.5 * palette.spread));
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
                let colour = ramp(&leaf, unit(0.55 - dy * 12.0 + rng.range(-0.3, 0.35)));
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
