//! A city: blocks behind blocks, with windows that light up when it gets dark.

use super::{
    canvas::{Canvas, over, towards},
    colour::{Colour, blend, hex, scale},
    maths::{Rng, at, fbm, hash, mix, noise, step, unit},
    scene::{Place, Scene, Thing},
    shape::Path,
};

pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    let layers = 4;
    for layer in 0..layers {
        let near = layer as f32 / (layers - 1) as f32;
        let foot = scene.horizon + 0.02 + 0.03 * near;
        row(canvas, scene, near, foot, 1.0, hash(scene.seed ^ (layer * 613 + 5)));
    }
    if scene.place == Place::Rooftop {
        // Roofs below the eye, down to the ledge.
        let (top, bottom) = (scene.horizon + 0.03, canvas.high());
        let palette = scene.palette;
        let corner = (canvas.wide(), bottom);
        canvas.each((0.0, top), corner, |_, y, out| {
            over(
                out,
                blend(
                    blend(palette.haze, palette.near, 0.72),
                    palette.near,
                    step(top, bottom, y),
                ),
                1.0,
            );
        });
        for layer in 0..4u32 {
            let near = 0.5 + 0.14 * layer as f32;
            let foot = mix(scene.horizon + 0.1, canvas.high(), (layer + 1) as f32 / 4.0);
            row(canvas, scene, near, foot, 0.5, hash(scene.seed ^ (layer * 331 + 9)));
        }
    }
}

fn row(canvas: &mut Canvas, scene: &Scene, near: f32, foot: f32, height: f32, seed: u32) {
    let palette = scene.palette;
    let mut rng = Rng::new(seed, "row");
    let tall = mix(0.34, 0.3, near) * scene.relief.min(1.15) * height;
    let wall = blend(blend(palette.far, palette.haze, 0.35), palette.near, near * 0.92);
    let mut x = -0.05 - rng.unit() * 0.1;
    while x < canvas.wide() {
        let wide = rng.range(0.045, 0.11) * mix(0.8, 1.5, near);
        // Clusters of towers with lower quarters between.
        let quarter = noise(x * 2.2, 0.0, seed ^ 3);
        let high = tall * (0.18 + 0.9 * quarter * quarter + 0.35 * rng.unit() * rng.unit());
        let shade = scale(wall, rng.range(0.88, 1.12));
        block(
            canvas,
            scene,
            &Block {
                left: x,
                right: x + wide,
                top: foot - high,
                foot,
                near,
                wall: shade,
            },
            &mut rng,
        );
        x += wide * rng.range(0.82, 1.18);
    }
    // Haze between the rows.
    let haze = palette.haze;
    canvas.each((0.0, foot - 0.3), (canvas.wide(), foot), |_, y, out| {
        let mist = step(foot - 0.3, foot, y) * (0.4 - 0.32 * near) * (1.0 + scene.fog);
        towards(out, haze, unit(mist));
    });
}

struct Block {
    left: f32,
    right: f32,
    top: f32,
    foot: f32,
    near: f32,
    wall: Colour,
}

fn block(canvas: &mut Canvas, scene: &Scene, block: &Block, rng: &mut Rng) {
    let palette = scene.palette;
    let Block {
        left,
        right,
        top,
        foot,
        near,
        wall,
    } = *block;
    let wide = right - left;
    let sunny = if scene.light_at.0 > left { 1.0 } else { -1.0 };
    let lit = blend(wall, palette.light, 0.2 * (1.0 - palette.darkness));
    let haze = palette.haze;
    let paint = move |x: f32, y: f32| {
        let across = (x - left) / wide;
        let side = if sunny > 0.0 { across } else { 1.0 - across };
        let colour = blend(wall, lit, step(0.5, 1.0, side));
        let down = unit((y - top) / (foot - top).max(0.01));
        (blend(colour, haze, down * 0.16 * (1.0 - near)), 1.0)
    };
    canvas.shade(&Path::rectangle(left, top, right, foot), paint);
    match rng.below(5) {
        0 => {
            canvas.shade(
                &Path::rectangle(left + wide * 0.2, top - wide * 0.35, right - wide * 0.2, top),
                paint,
            );
        }
        1 => {
            let x = mix(left, right, rng.range(0.3, 0.7));
            let mast = wide * rng.range(0.5, 1.3);
            canvas.shade(&Path::stroke(&[(x, top, 0.0022), (x, top - mast, 0.0007)]), paint);
            if palette.darkness > 0.3 {
                canvas.glow(x, top - mast, 0.006, hex(0xff5040), 0.9);
            }
        }
        2 => {
            canvas.shade(
                &Path::polygon(&[(left, top), (left + wide * 0.5, top - wide * 0.28), (right, top)]),
                paint,
            );
        }
        3 => {
            let x = mix(left, right, 0.3);
            canvas.shade(&Path::rectangle(x, top - wide * 0.16, x + wide * 0.22, top), paint);
            canvas.shade(
                &Path::rectangle(x + wide * 0.3, top - wide * 0.09, x + wide * 0.5, top),
                paint,
            );
        }
        _ => {}
    }
    windows(canvas, scene, left, right, top, foot, near, rng.bits());
    if scene.has(Thing::Neon) && near > 0.3 && rng.chance(0.7) {
        sign(canvas, left, right, top, foot, rng);
    }
}

#[allow(clippy::too_many_arguments, reason = "the edges of a wall are four numbers")]
fn windows(canvas: &mut Canvas, scene: &Scene, left: f32, right: f32, top: f32, foot: f32, near: f32, seed: u32) {
    let palette = scene.palette;
    let size = mix(0.0062, 0.0125, near);
    let columns = ((right - left) / size) as i32;
    if columns < 2 {
        return;
    }
    let wide = (right - left) / columns as f32;
    let high = size * mix(1.3, 1.55, at(0, 0, seed));
    let share = match palette.darkness {
        dark if dark > 0.7 => mix(0.28, 0.62, at(1, 0, seed)),
        dark if dark > 0.4 => mix(0.2, 0.5, at(1, 0, seed)),
        dark if dark > 0.15 => 0.14,
        _ => 0.0,
    };
    let warm = [hex(0xffd98c), hex(0xffc069), hex(0xfff0c2), hex(0xa9d4ff)];
    let pane = blend(palette.sky[2], palette.near, 0.55);
    let (gap_x, gap_y) = (0.24, 0.3);
    let pixel = canvas.pixel();
    let dim = mix(0.62, 1.0, near);
    canvas.each((left, top + high * 0.6), (right - pixel, foot), |x, y, out| {
        let (u, v) = ((x - left) / wide, (y - top - high * 0.6) / high);
        let (column, floor) = (u.floor(), v.floor());
        let (fu, fv) = (u - column, v - floor);
        // Soft edges as wide as a pixel, so that far walls shimmer evenly.
        let soft_u = (pixel / wide).min(0.5);
        let soft_v = (pixel / high).min(0.5);
        let inside = step(gap_x - soft_u, gap_x + soft_u, fu)
            * step(1.0 - gap_x + soft_u, 1.0 - gap_x - soft_u, fu)
            * step(gap_y - soft_v, gap_y + soft_v, fv)
            * step(1.0 - gap_y + soft_v, 1.0 - gap_y - soft_v, fv);
        if inside <= 0.0 || column < 0.0 || column >= columns as f32 {
            return;
        }
        let (i, j) = (column as i32, floor as i32);
        // Whole floors are lit or dark more often than chance would have it.
        let floor_mood = (at(7, j, seed) - 0.5) * 0.45;
        if at(i, j, seed ^ 11) < share + floor_mood * share * 2.0 {
            let colour = warm[(at(i, j, seed ^ 12) * 0.999 * warm.len() as f32) as usize];
            over(out, colour, inside * dim * mix(0.55, 1.0, at(i, j, seed ^ 13)));
        } else {
            over(out, pane, inside * 0.3 * near);
        }
    });
}

/// A neon sign: a bright frame and strokes that read as letters from afar.
fn sign(canvas: &mut Canvas, left: f32, right: f32, top: f32, foot: f32, rng: &mut Rng) {
    let colours = [0xff3d9a, 0x33e5ff, 0xffd23d, 0x8f5bff, 0x4dffa1, 0xff6a3d].map(hex);
    let colour = rng.pick(&colours);
    let wide = ((right - left) * rng.range(0.22, 0.4)).max(0.014);
    let high = wide * rng.range(2.4, 5.0);
    let x = mix(left, right - wide, rng.unit());
    let y = mix(top + 0.02, (foot - high - 0.05).max(top + 0.021), rng.unit() * 0.7);
    canvas.glow(x + wide * 0.5, y + high * 0.5, high * 0.8, colour, 0.5);
    canvas.fill(&Path::rectangle(x, y, x + wide, y + high), scale(colour, 0.16), 1.0);
    let letters = (high / wide * 1.1) as u32;
    for letter in 0..letters {
        let cell = high / letters as f32;
        let (cx, cy) = (x + wide * 0.5, y + cell * (letter as f32 + 0.5));
        for _ in 0..3 {
            let reach = cell * 0.3;
            let from = (
                cx + rng.range(-reach, reach) * 0.9,
                cy + rng.range(-reach, reach),
                0.0014,
            );
            let to = (
                cx + rng.range(-reach, reach) * 0.9,
                cy + rng.range(-reach, reach),
                0.0014,
            );
            canvas.fill(&Path::stroke(&[from, to]), blend(colour, [1.0; 3], 0.45), 1.0);
        }
    }
}

/// The ledge and fence of the roof one stands on.
pub(super) fn rooftop(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let ledge = high - 0.13;
    let dark = blend(scale(palette.near, 0.75), palette.haze, 0.06);
    let lit = blend(dark, palette.light, 0.3);
    canvas.shade(&Path::rectangle(0.0, ledge, wide, high), |x, y| {
        let wear = fbm(x * 14.0, y * 30.0, 3, scene.seed);
        let down = (y - ledge) / 0.13;
        (scale(blend(dark, scale(dark, 0.7), down), 0.9 + 0.2 * wear), 1.0)
    });
    canvas.fill(&Path::rectangle(0.0, ledge - 0.006, wide, ledge + 0.006), lit, 1.0);
    // The fence.
    let rail = ledge - 0.26;
    for y in [rail, rail + 0.035, ledge - 0.02] {
        canvas.fill(&Path::rectangle(0.0, y - 0.003, wide, y + 0.003), dark, 1.0);
        canvas.fill(&Path::rectangle(0.0, y - 0.003, wide, y - 0.0018), lit, 0.8);
    }
    let mut x = 0.02;
    while x < wide {
        canvas.fill(&Path::rectangle(x - 0.0017, rail, x + 0.0017, ledge), dark, 1.0);
        x += 0.032;
    }
    let mut x = 0.09;
    while x < wide {
        canvas.fill(&Path::rectangle(x - 0.006, rail - 0.012, x + 0.006, ledge), dark, 1.0);
        canvas.fill(&Path::rectangle(x - 0.006, rail - 0.012, x - 0.004, ledge), lit, 0.7);
        x += 0.36;
    }
}
