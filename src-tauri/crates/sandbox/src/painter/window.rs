//! A room that one looks out of.

use super::{
    canvas::Canvas,
    colour::{blend, hex, scale},
    maths::{bell, mix, noise, sin},
    scene::Scene,
    shape::Path,
};

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
