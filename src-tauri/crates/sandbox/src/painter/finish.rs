//! The last touches: bloom, grading, vignette, grain, and eight bits.

use super::{
    canvas::{Canvas, light},
    colour::{blend, luma, saturate},
    maths::{Rng, at, step, unit},
    scene::Scene,
};

/// Lets bright places shine beyond their edges.
pub(super) fn bloom(canvas: &mut Canvas, scene: &Scene) {
    const SHRINK: usize = 4;
    let (width, height) = (canvas.width / SHRINK, canvas.height / SHRINK);
    if width < 8 || height < 8 {
        return;
    }
    let mut small = Canvas::new(width, height, canvas.unit / SHRINK as f32);
    for row in 0..height {
        for column in 0..width {
            let mut sum = [0.0f32; 3];
            for dy in 0..SHRINK {
                for dx in 0..SHRINK {
                    let pixel = canvas.pixels[(row * SHRINK + dy) * canvas.width + column * SHRINK + dx];
                    for part in 0..3 {
                        sum[part] += pixel[part];
                    }
                }
            }
            let colour = sum.map(|part| part / (SHRINK * SHRINK) as f32);
            let bright = step(0.6, 0.98, luma(colour));
            let kept = colour.map(|part| part * bright);
            small.pixels[row * width + column] = [kept[0], kept[1], kept[2], 1.0];
        }
    }
    small.blur(0.018);
    let strength = 0.26 + 0.2 * scene.palette.darkness;
    let pixel = canvas.pixel();
    for row in 0..canvas.height {
        for column in 0..canvas.width {
            let glow = small.sample((column as f32 + 0.5) * pixel, (row as f32 + 0.5) * pixel);
            let out = &mut canvas.pixels[row * canvas.width + column];
            light(out, [glow[0], glow[1], glow[2]], strength);
        }
    }
}

/// To eight bits, with a curve, a darker rim, and a little grain that hides the steps of gradients.
pub(super) fn develop(canvas: &Canvas, scene: &Scene) -> Vec<u8> {
    let (width, height) = (canvas.width, canvas.height);
    let seed = scene.seed ^ 0x6772_6169;
    let grain = if scene.grain { 2.2 } else { 1.0 };
    let rim = if scene.transparent { 0.0 } else { 0.2 };
    let mut out = Vec::with_capacity(width * height * 4);
    for (place, pixel) in canvas.pixels.iter().enumerate() {
        let (x, y) = (place % width, place / width);
        let (u, v) = (x as f32 / width as f32 - 0.5, y as f32 / height as f32 - 0.5);
        let alpha = pixel[3];
        let share = if alpha > 0.0 { 1.0 / alpha } else { 0.0 };
        let mut colour = [pixel[0] * share, pixel[1] * share, pixel[2] * share];
        let curve = colour.map(|part| {
            let part = unit(part);
            part * part * (3.0 - 2.0 * part)
        });
        colour = blend(colour, curve, 0.28 * scene.contrast);
        colour = saturate(colour, 1.06 * scene.contrast);
        let dark = 1.0 - rim * step(0.12, 0.62, u * u + v * v);
        let noise = (at(x as i32, y as i32, seed) - 0.5) * grain;
        for part in colour {
            out.push((unit(part * dark) * 255.0 + noise + 0.5).clamp(0.0, 255.0) as u8);
        }
        out.push((unit(alpha) * 255.0 + 0.5) as u8);
    }
    out
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
