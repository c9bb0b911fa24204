//! Everything that stands about: castles, gates, boats, balloons, planets, dunes, shores.

use super::{
    canvas::{Canvas, light, over, towards},
    colour::{BLACK, Colour, WHITE, blend, hex, ramp, scale},
    land,
    maths::{Rng, bell, cos, fbm, hash, mix, noise, ridges, sin, step, unit},
    plants,
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

/// Castle, lighthouse or gate in the distance.
pub(super) fn far(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "far");
    let wide = canvas.wide();
    let away = if scene.light_at.0 > wide * 0.5 {
        rng.range(0.2, 0.38)
    } else {
        rng.range(0.62, 0.8)
    };
    if scene.has(Thing::Castle) {
        castle(canvas, scene, wide * away, scene.horizon + 0.01, 0.36, &mut rng);
    }
    if scene.has(Thing::Lighthouse) {
        lighthouse(canvas, scene, wide * away, scene.horizon + 0.012);
    }
}

fn castle(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32, rng: &mut Rng) {
    let palette = scene.palette;
    let wall = blend(
        blend(hex(0xd8d2dc), palette.far, 0.5),
        palette.near,
        0.25 + 0.4 * palette.darkness,
    );
    let roof = blend(hex(0x4a5a9a), palette.near, 0.4 + 0.3 * palette.darkness);
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    // The rock it stands on.
    let seed = rng.bits();
    let pixel = canvas.pixel();
    canvas.each((x - size, foot - size), (x + size, foot + 0.05), |px, py, out| {
        let u = (px - x) / size;
        let hill = foot - size * 0.42 * step(0.95, 0.15, u.abs()) * (0.8 + 0.4 * ridges(px * 5.0, 0.0, 4, seed));
        let cover = unit((py - hill) / pixel) * step(foot + 0.03, foot, py);
        let rock = fbm(px * 22.0, py * 15.0, 3, seed);
        over(
            out,
            blend(
                scale(palette.near, 0.9 + 0.6 * rock),
                palette.haze,
                0.25 + 0.35 * step(foot - size * 0.4, foot, py),
            ),
            cover,
        );
    });
    let base = foot - size * 0.4;
    let towers = [
        (-0.34, 0.3, 0.075),
        (0.36, 0.36, 0.07),
        (-0.17, 0.55, 0.085),
        (0.18, 0.66, 0.09),
        (0.0, 0.92, 0.11),
    ];
    for (offset, high, half) in towers {
        let (cx, half) = (x + offset * size, half * size);
        let top = base - high * size;
        canvas.shade(
            &Path::rectangle(cx - half, top, cx + half, base + 0.06 * size),
            |px, py| {
                let across = (px - cx) / half * side;
                let brick = noise(px * 160.0, py * 260.0, seed);
                let colour = scale(wall, 0.8 + 0.22 * across + 0.08 * brick);
                (blend(colour, palette.light, step(0.1, 1.0, across) * 0.22), 1.0)
            },
        );
        canvas.fill(
            &Path::rectangle(cx - half * 1.2, top - 0.02 * size, cx + half * 1.2, top + 0.02 * size),
            scale(wall, 0.82),
            1.0,
        );
        let peak = top - half * 3.0;
        canvas.shade(
            &Path::polygon(&[(cx - half * 1.3, top), (cx, peak), (cx + half * 1.3, top)]),
            |px, _| {
                (
                    blend(roof, palette.light, step(-0.4, 1.0, (px - cx) / half * side) * 0.28),
                    1.0,
                )
            },
        );
        for window in 0..3 {
            let y = top + (0.06 + window as f32 * 0.11) * size;
            if y < base && (palette.darkness > 0.2 || window == 0) {
                let lit = if palette.darkness > 0.2 {
                    hex(0xffcf7a)
                } else {
                    scale(wall, 0.4)
                };
                canvas.fill(
                    &Path::rectangle(cx - half * 0.14, y, cx + half * 0.14, y + 0.04 * size),
                    lit,
                    0.95,
                );
            }
        }
        canvas.fill(
            &Path::stroke(&[(cx, peak, 0.001), (cx, peak - 0.05 * size, 0.0007)]),
            scale(roof, 0.7),
            1.0,
        );
    }
    canvas.fill(
        &Path::rectangle(x - 0.42 * size, base - 0.17 * size, x + 0.44 * size, base + 0.07 * size),
        scale(wall, 0.86),
        1.0,
    );
    for tooth in 0..14 {
        let left = x - 0.42 * size + tooth as f32 * 0.0635 * size;
        canvas.fill(
            &Path::rectangle(left, base - 0.2 * size, left + 0.033 * size, base - 0.165 * size),
            scale(wall, 0.86),
            1.0,
        );
    }
}

fn lighthouse(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32) {
    let palette = scene.palette;
    let dim = mix(1.0, 0.4, palette.darkness);
    let rock = scale(palette.near, 0.9);
    canvas.fill(
        Path::at(x - 0.16, foot).bend((x - 0.1, foot - 0.06), (x + 0.02, foot - 0.07), (x + 0.17, foot)),
        rock,
        1.0,
    );
    let (top, low) = (foot - 0.3, foot - 0.045);
    canvas.shade(
        &Path::polygon(&[(x - 0.02, top), (x + 0.02, top), (x + 0.034, low), (x - 0.034, low)]),
        |px, py| {
            let band = ((py - top) / (low - top) * 5.0).floor() as i32 % 2;
            let colour = if band == 0 { hex(0xf4f2ee) } else { hex(0xd0473f) };
            (
                blend(scale(colour, dim * (0.86 + 4.0 * (px - x))), palette.haze, 0.12),
                1.0,
            )
        },
    );
    canvas.fill(
        &Path::rectangle(x - 0.028, top - 0.006, x + 0.028, top + 0.004),
        rock,
        1.0,
    );
    canvas.fill(
        &Path::rectangle(x - 0.014, top - 0.034, x + 0.014, top - 0.004),
        hex(0xffe9a8),
        1.0,
    );
    canvas.fill(
        &Path::polygon(&[(x - 0.02, top - 0.034), (x, top - 0.06), (x + 0.02, top - 0.034)]),
        rock,
        1.0,
    );
    if palette.darkness > 0.2 {
        for way in [1.0, -1.0] {
            let beam = Path::polygon(&[
                (x, top - 0.02),
                (x + way * 0.9, top - 0.11),
                (x + way * 0.9, top + 0.05),
            ]);
            canvas.shade(&beam, |px, _| (hex(0xfff2c0), 0.4 * step(0.9, 0.0, (px - x).abs())));
        }
        canvas.glow(x, top - 0.02, 0.06, hex(0xffe9a8), 1.0);
    }
}

/// What stands on near ground: a tree, a gate, flowers, a blossoming branch.
pub(super) fn near(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "near");
    let (wide, high) = (canvas.wide(), canvas.high());
    let away = if scene.light_at.0 > wide * 0.5 {
        rng.range(0.14, 0.3)
    } else {
        rng.range(0.7, 0.86)
    };
    let foot = |x: f32| plants::ground_line(scene, high, x) + 0.02;
    if scene.has(Thing::Torii) {
        let x = wide * 0.5;
        torii(canvas, scene, x, foot(x) + 0.05, 0.42);
    }
    if scene.place == Place::Meadow && (scene.has(Thing::Blossom) || scene.has(Thing::Autumn) || rng.chance(0.72)) {
        let x = wide * away;
        plants::tree(canvas, scene, x, foot(x), rng.range(0.5, 0.68), 1);
    }
    if scene.place == Place::Mountains && !scene.has(Thing::Torii) {
        grove(canvas, scene, foot, &mut rng);
    }
    if scene.place != Place::Desert
        && scene.place != Place::Forest
        && !scene.winter
        && (scene.has(Thing::Flowers) || scene.place == Place::Meadow)
    {
        plants::flowers(canvas, scene);
    }
    frame(canvas, scene);
}

/// Pines left and right, so that the eye goes between them.
fn grove(canvas: &mut Canvas, scene: &Scene, foot: impl Fn(f32) -> f32, rng: &mut Rng) {
    let wide = canvas.wide();
    let colour = scale(blend(scene.palette.near, scene.palette.ground, 0.25), 0.8);
    for side in [0.0, 1.0] {
        let count = 4 + rng.below(4);
        for place in (0..count).rev() {
            let inward = place as f32 * 0.055 + rng.range(-0.02, 0.03);
            let x = if side < 0.5 {
                inward - 0.02
            } else {
                wide - inward + 0.02
            };
            let size = mix(0.62, 0.2, place as f32 / count as f32) * rng.range(0.8, 1.15);
            let shade = blend(colour, scene.palette.haze, 0.03 * place as f32);
            land::pine(canvas, x, foot(x) + 0.03, size, shade, rng);
            if scene.winter {
                dust(canvas, x, foot(x) + 0.03, size, rng, scene);
            }
        }
    }
}

/// Snow on the boughs of a pine.
fn dust(canvas: &mut Canvas, x: f32, foot: f32, size: f32, rng: &mut Rng, scene: &Scene) {
    let snow = blend(WHITE, scene.palette.sky[3], 0.25 + 0.4 * scene.palette.darkness);
    for _ in 0..46 {
        let t = rng.unit();
        let y = foot - size * (1.0 - t * 0.94);
        let reach = size * 0.19 * t;
        canvas.fill(
            &Path::ellipse(
                x + rng.range(-reach, reach),
                y,
                size * 0.02 * (0.3 + t),
                size * 0.006,
                rng.range(-0.4, 0.4),
            ),
            snow,
            0.85,
        );
    }
}

fn torii(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32) {
    let palette = scene.palette;
    let red = blend(
        scale(hex(0xd2402e), mix(1.0, 0.42, palette.darkness)),
        palette.haze,
        0.12,
    );
    let dark = blend(scale(hex(0x2a2230), 1.0), palette.near, 0.4);
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let lit = blend(red, palette.light, 0.35);
    for way in [-1.0, 1.0] {
        let px = x + way * size * 0.36;
        canvas.shade(
            &Path::stroke(&[
                (px + way * 0.012, foot, size * 0.036),
                (px - way * 0.008, foot - size * 0.86, size * 0.028),
            ]),
            |u, _| (blend(red, lit, step(-0.2, 1.0, (u - px) / (size * 0.036) * side)), 1.0),
        );
        canvas.fill(
            &Path::rectangle(px - size * 0.05, foot - size * 0.07, px + size * 0.05, foot + 0.005),
            dark,
            1.0,
        );
    }
    let mut beam = |y: f32, half: f32, thick: f32, bow: f32, colour: Colour| {
        let mut path = Path::at(x - half, y - bow);
        path.curve(x, y + bow * 0.6, x + half, y - bow);
        path.line(x + half * 0.985, y - bow + thick);
        path.curve(x, y + bow * 0.6 + thick, x - half * 0.985, y - bow + thick)
            .close();
        canvas.fill(&path, colour, 1.0);
    };
    beam(foot - size * 0.68, size * 0.46, size * 0.05, 0.0, red);
    beam(foot - size * 0.93, size * 0.56, size * 0.06, size * 0.035, lit);
    beam(foot - size * 0.97, size * 0.6, size * 0.05, size * 0.045, dark);
    canvas.fill(
        &Path::rectangle(
            x - size * 0.035,
            foot - size * 0.88,
            x + size * 0.035,
            foot - size * 0.68,
        ),
        red,
        1.0,
    );
}

/// A branch before everything, where blossoms or leaves are wished for.
fn frame(canvas: &mut Canvas, scene: &Scene) {
    if scene.has(Thing::Blossom) || (scene.has(Thing::Autumn) && scene.place != Place::Forest) {
        plants::branch(canvas, scene);
    }
}

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

/// Lights out of focus, behind a face.
pub(super) fn bokeh(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "bokeh");
    let (wide, high) = (canvas.wide(), canvas.high());
    let palette = scene.palette;
    for _ in 0..26 {
        let (x, y) = (rng.range(0.0, wide), rng.range(0.0, high));
        let size = rng.range(0.015, 0.05);
        let colour = blend(palette.light, rng.pick(&palette.sky), rng.unit() * 0.6);
        let strength = rng.range(0.05, 0.2) * (0.6 + 0.6 * palette.darkness);
        let pixel = canvas.pixel();
        canvas.each((x - size, y - size), (x + size, y + size), |px, py, out| {
            let distance = ((px - x) * (px - x) + (py - y) * (py - y)).sqrt();
            let cover = unit((size - distance) / (pixel * 3.0));
            let rim = 0.7 + 0.5 * step(size * 0.75, size, distance);
            light(out, colour, cover * rim * strength);
        });
    }
}

/// The frame of a window that one looks out of.
pub(super) fn window(canvas: &mut Canvas, scene: &Scene) {
    let palette = scene.palette;
    let (wide, high) = (canvas.wide(), canvas.high());
    let wood = blend(
        scale(hex(0x6a4632), mix(0.8, 0.28, palette.darkness)),
        palette.near,
        0.3,
    );
    let wall = blend(
        scale(hex(0xd8c8b4), mix(0.5, 0.12, palette.darkness)),
        palette.near,
        0.35,
    );
    let (left, right, top, sill) = (0.09, wide - 0.09, 0.07, high - 0.15);
    let mut room = Path::rectangle(0.0, 0.0, wide, high);
    room.jump(left, top)
        .line(left, sill)
        .line(right, sill)
        .line(right, top)
        .close();
    canvas.shade(&room, |x, y| {
        let near = bell((x - left).abs().min((x - right).abs()).min((y - sill).abs()), 0.1);
        (blend(wall, palette.glow, 0.16 * near), 1.0)
    });
    let lit = blend(wood, palette.light, 0.3);
    let mut bar = |x0: f32, y0: f32, x1: f32, y1: f32| {
        canvas.fill(&Path::rectangle(x0, y0, x1, y1), wood, 1.0);
        canvas.fill(&Path::rectangle(x0, y0, x1, y0 + 0.0025), lit, 0.9);
    };
    bar(left - 0.02, top - 0.02, right + 0.02, top + 0.005);
    bar(left - 0.02, top, left + 0.006, sill);
    bar(right - 0.006, top, right + 0.02, sill);
    bar(wide * 0.5 - 0.008, top, wide * 0.5 + 0.008, sill);
    bar(left, top + (sill - top) * 0.3, right, top + (sill - top) * 0.3 + 0.013);
    bar(left - 0.04, sill, right + 0.04, sill + 0.035);
    curtain(canvas, scene, 0.0, 0.2);
    curtain(canvas, scene, wide, -0.2);
}

fn curtain(canvas: &mut Canvas, scene: &Scene, edge: f32, reach: f32) {
    let palette = scene.palette;
    let high = canvas.high();
    let cloth = blend(
        blend(hex(0xf2e8da), palette.glow, 0.4),
        palette.near,
        0.12 + 0.5 * palette.darkness,
    );
    let mut path = Path::at(edge, 0.0);
    path.line(edge + reach, 0.0);
    path.bend(
        (edge + reach * 1.05, high * 0.35),
        (edge + reach * 0.75, high * 0.5),
        (edge + reach * 0.5, high * 0.62),
    );
    path.bend(
        (edge + reach * 0.75, high * 0.75),
        (edge + reach * 0.8, high * 0.9),
        (edge + reach * 0.72, high),
    );
    path.line(edge, high).close();
    let seed = scene.seed;
    canvas.shade(&path, |x, y| {
        let fold = sin((x - edge) / reach * 22.0 + noise(x * 3.0, y * 2.0, seed) * 2.0) * 0.5 + 0.5;
        (scale(cloth, 0.62 + 0.4 * fold), 0.93)
    });
}
