//! Castle, lighthouse and gate.

use super::{
    canvas::{Canvas, over},
    colour::{Colour, blend, hex, scale},
    maths::{Rng, fbm, mix, noise, ridges, step, unit},
    scene::{Scene, Thing},
    shape::Path,
};

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

pub(super) fn torii(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32) {
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
