//! What hangs or flies in the air: birds, balloons, lanterns, fireworks, lightning, a whale.

use super::{
    canvas::Canvas,
    colour::{BLACK, WHITE, blend, hex, ramp, scale},
    maths::{Rng, cos, mix, sin, step},
    scene::{Place, Scene, Thing},
    shape::Path,
};

/// Birds, balloons, lanterns, fireworks, a whale: whatever hangs in the air.
pub(super) fn in_the_sky(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "in the sky");
    let wide = canvas.wide();
    if scene.has(Thing::Whale) {
        whale(canvas, scene);
    }
    if scene.has(Thing::Fireworks) {
        for _ in 0..3 + rng.below(3) {
            let at = (rng.range(0.12, wide - 0.12), rng.range(0.1, 0.55) * scene.horizon);
            firework(canvas, at, rng.range(0.1, 0.2), &mut rng);
        }
    }
    if scene.has(Thing::Balloons) {
        for place in 0..4 + rng.below(3) {
            let size = rng.range(0.02, 0.075) * if place == 0 { 1.4 } else { 1.0 };
            let at = (rng.range(0.1, wide - 0.1), rng.range(0.12, 0.68) * scene.horizon);
            balloon(canvas, scene, at, size, &mut rng);
        }
    }
    if scene.has(Thing::Lanterns) {
        for _ in 0..(wide * 46.0) as u32 {
            let near = rng.unit() * rng.unit();
            lantern(
                canvas,
                rng.range(0.0, wide),
                rng.range(0.05, 1.0) * scene.horizon,
                mix(0.004, 0.02, near),
            );
        }
    }
    let day = scene.palette.darkness < 0.3
        && matches!(scene.place, Place::Sea | Place::Mountains | Place::Lake | Place::Meadow);
    if scene.has(Thing::Birds) || (day && rng.chance(0.4)) {
        birds(canvas, scene, &mut rng);
    }
    if scene.has(Thing::Storm) {
        lightning(canvas, scene, &mut rng);
    }
}

fn birds(canvas: &mut Canvas, scene: &Scene, rng: &mut Rng) {
    let colour = blend(scene.palette.near, scene.palette.sky[2], 0.2);
    let (cx, cy) = (
        rng.range(0.2, canvas.wide() - 0.2),
        rng.range(0.25, 0.6) * scene.horizon,
    );
    for _ in 0..5 + rng.below(7) {
        let (x, y) = (cx + rng.range(-0.16, 0.16), cy + rng.range(-0.07, 0.07));
        let size = rng.range(0.009, 0.02);
        let lift = rng.range(0.25, 0.8);
        let turn = rng.range(-0.2, 0.2);
        let wing = |way: f32| {
            [
                (x, y, size * 0.09),
                (x + way * size * 0.5, y - size * (lift + way * turn) * 0.55, size * 0.1),
                (x + way * size, y - size * (lift + way * turn) * 0.3, size * 0.012),
            ]
        };
        canvas.fill(&Path::stroke(&wing(1.0)), colour, 0.9);
        canvas.fill(&Path::stroke(&wing(-1.0)), colour, 0.9);
    }
}

fn firework(canvas: &mut Canvas, (x, y): (f32, f32), size: f32, rng: &mut Rng) {
    let colour = rng.pick(&[0xff5a7a, 0xffc94a, 0x6ad8ff, 0xb48cff, 0x7dffa0, 0xffffff].map(hex));
    canvas.glow(x, y, size * 0.9, colour, 0.3);
    let rays = 44;
    for ray in 0..rays {
        let angle = ray as f32 / rays as f32 * std::f32::consts::TAU + rng.range(-0.05, 0.05);
        let reach = size * rng.range(0.75, 1.05);
        for dot in 2..14 {
            let t = dot as f32 / 13.0;
            let (px, py) = (
                x + cos(angle) * reach * t,
                y + sin(angle) * reach * t + 0.05 * t * t * size,
            );
            canvas.disc(
                px,
                py,
                0.0012 + 0.0012 * t,
                blend(WHITE, colour, 0.3 + 0.7 * t),
                0.25 + 0.7 * t * t,
            );
        }
        canvas.disc(
            x + cos(angle) * reach,
            y + sin(angle) * reach + 0.05 * size,
            0.0028,
            blend(colour, WHITE, 0.5),
            1.0,
        );
    }
}

fn balloon(canvas: &mut Canvas, scene: &Scene, (x, y): (f32, f32), size: f32, rng: &mut Rng) {
    let colours = [0xe8485a, 0xf7b53c, 0x3f8fd8, 0x6ac07a, 0xf2f0e6, 0x9a62c9].map(hex);
    let (first, second) = (rng.pick(&colours), rng.pick(&colours));
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let mut path = Path::at(x, y - size);
    path.bend(
        (x + size * 1.15, y - size),
        (x + size * 1.1, y + size * 0.35),
        (x + size * 0.22, y + size * 1.1),
    );
    path.line(x - size * 0.22, y + size * 1.1);
    path.bend(
        (x - size * 1.1, y + size * 0.35),
        (x - size * 1.15, y - size),
        (x, y - size),
    );
    let palette = scene.palette;
    canvas.shade(&path, |px, py| {
        let u = (px - x) / size;
        // Gores get narrow towards the rim, as on a ball.
        let gore = (u / (1.0 - 0.45 * ((py - y) / size).abs()).max(0.4) * 1.9).clamp(-1.9, 1.9);
        let stripe = if (gore * 1.6).floor() as i32 % 2 == 0 {
            first
        } else {
            second
        };
        let round = 0.74 + 0.3 * u * side - 0.12 * (py - y) / size;
        (
            blend(
                blend(scale(stripe, round), palette.light, 0.1),
                palette.sky[3],
                0.14 + 0.3 * palette.darkness,
            ),
            1.0,
        )
    });
    let rope = scale(palette.near, 0.9);
    for way in [-0.17, 0.17] {
        canvas.fill(
            &Path::stroke(&[
                (x + way * size, y + size * 1.1, 0.0006),
                (x + way * 0.7 * size, y + size * 1.42, 0.0006),
            ]),
            rope,
            0.9,
        );
    }
    canvas.fill(
        &Path::rectangle(x - size * 0.14, y + size * 1.4, x + size * 0.14, y + size * 1.62),
        scale(hex(0x8a5a34), 1.0 - 0.5 * palette.darkness),
        1.0,
    );
}

fn lantern(canvas: &mut Canvas, x: f32, y: f32, size: f32) {
    let glow = hex(0xffb04a);
    canvas.glow(x, y, size * 2.6, glow, 0.5);
    let mut path = Path::at(x - size * 0.6, y - size * 0.9);
    path.curve(x, y - size * 1.2, x + size * 0.6, y - size * 0.9);
    path.line(x + size * 0.45, y + size * 0.8)
        .line(x - size * 0.45, y + size * 0.8)
        .close();
    canvas.shade(&path, |_, py| {
        (
            ramp(
                &[hex(0xff9038), hex(0xffc86a), hex(0xfff2c4)],
                0.5 + 0.5 * (py - y) / size,
            ),
            0.95,
        )
    });
}

fn lightning(canvas: &mut Canvas, scene: &Scene, rng: &mut Rng) {
    let (mut x, mut y) = (rng.range(0.2, canvas.wide() - 0.2), 0.04);
    let mut points = vec![(x, y, 0.0032)];
    while y < scene.horizon - 0.02 {
        x += rng.range(-0.045, 0.045);
        y += rng.range(0.02, 0.06);
        points.push((x, y, 0.0024));
        if rng.chance(0.3) {
            let (mut bx, mut by) = (x, y);
            let mut fork = vec![(bx, by, 0.0016)];
            for _ in 0..5 {
                bx += rng.range(-0.05, 0.05);
                by += rng.range(0.01, 0.04);
                fork.push((bx, by, 0.0008));
            }
            canvas.fill(&Path::stroke(&fork), hex(0xdfe6ff), 0.85);
        }
    }
    canvas.glow(points[0].0, 0.1, 0.4, hex(0xb9c4ff), 0.5);
    canvas.fill(&Path::stroke(&points), hex(0xf4f6ff), 1.0);
    for &(px, py, _) in &points {
        canvas.glow(px, py, 0.03, hex(0xa9b8ff), 0.22);
    }
}

/// A whale that swims through the air.
fn whale(canvas: &mut Canvas, scene: &Scene) {
    let (x, y) = (canvas.wide() * 0.47, scene.horizon * 0.42);
    let s = 0.36 * canvas.wide().min(1.25);
    let at = |u: f32, v: f32| (x + u * s, y + v * s);
    let mut body = Path::at(at(-0.95, 0.0).0, at(-0.95, 0.0).1);
    body.bend(at(-0.95, -0.3), at(-0.4, -0.36), at(0.05, -0.26));
    body.bend(at(0.4, -0.18), at(0.66, -0.12), at(0.84, -0.16));
    body.bend(at(0.9, -0.24), at(1.0, -0.36), at(1.12, -0.38));
    body.bend(at(1.08, -0.28), at(1.04, -0.2), at(0.98, -0.12));
    body.bend(at(1.06, -0.08), at(1.12, -0.02), at(1.14, 0.08));
    body.bend(at(1.0, 0.06), at(0.92, -0.02), at(0.84, -0.08));
    body.bend(at(0.55, 0.1), at(0.3, 0.2), at(-0.1, 0.26));
    body.bend(at(-0.5, 0.3), at(-0.92, 0.22), at(-0.95, 0.0));
    let palette = scene.palette;
    let back = blend(hex(0x2c4a78), palette.sky[1], 0.3);
    let belly = blend(hex(0xdfe9f4), palette.haze, 0.35);
    canvas.shade(&body, |px, py| {
        let (u, v) = ((px - x) / s, (py - y) / s);
        let edge = 0.04 + 0.05 * sin(u * 3.0) - 0.1 * u;
        let grooves = 0.9 + 0.1 * sin((v + 0.06 * u) * 95.0);
        let colour = blend(
            back,
            scale(belly, if u < 0.3 { grooves } else { 1.0 }),
            step(edge - 0.02, edge + 0.07, v),
        );
        let top = step(0.0, -0.34, v);
        (blend(colour, palette.light, top * 0.3), 0.97)
    });
    let mut fin = Path::at(at(-0.42, 0.14).0, at(-0.42, 0.14).1);
    fin.bend(at(-0.4, 0.34), at(-0.22, 0.52), at(0.02, 0.6));
    fin.bend(at(-0.04, 0.42), at(-0.14, 0.26), at(-0.2, 0.18));
    canvas.fill(&fin, scale(back, 0.85), 1.0);
    canvas.disc(at(-0.7, 0.02).0, at(-0.7, 0.02).1, 0.013 * s, BLACK, 0.9);
    canvas.disc(at(-0.704, 0.014).0, at(-0.704, 0.014).1, 0.004 * s, WHITE, 0.9);
}
