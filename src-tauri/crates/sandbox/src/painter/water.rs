//! Water: what stands above it, upside down and shaken, with the glitter of the light.

use super::{
    canvas::{Canvas, light, towards},
    colour::blend,
    maths::{bell, fbm, ln, mix, noise, step, unit},
    scene::{Place, Scene},
};

/// Fills everything below the horizon.
pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    let seed = scene.seed ^ 0x7761_7465;
    let shore = scene.horizon + if scene.place == Place::Sea { 0.0 } else { 0.012 };
    let bottom = canvas.high();
    let palette = scene.palette;
    let open = scene.place == Place::Sea;
    let (sx, _) = scene.light_at;
    let mirrored: Vec<[f32; 4]> =
        canvas.pixels[..((shore * canvas.unit) as usize).min(canvas.height) * canvas.width].to_vec();
    let above = Canvas {
        width: canvas.width,
        height: mirrored.len() / canvas.width,
        unit: canvas.unit,
        pixels: mirrored,
    };
    if above.height < 2 {
        return;
    }
    let storm = if open { 1.0 } else { 0.55 };
    canvas.each((0.0, shore), (canvas.wide(), bottom), |x, y, out| {
        let depth = (y - shore) / (bottom - shore);
        // Waves look long and thin far away, large nearby.
        let far = 1.0 / (0.035 + depth * 0.55);
        let (u, v) = (x * (2.2 + far * 0.28), ln(0.035 + depth * 0.55) * 9.0);
        let swell = fbm(u * 1.1, v * 2.1, 3, seed) - 0.5;
        let chop = noise(u * 5.0, v * 9.0, seed ^ 1) - 0.5;
        let shake = (swell * 0.055 + chop * 0.02) * storm * (0.25 + depth);
        let reflected = above.sample(x + shake * 0.6, 2.0 * shore - y - depth * 0.05 - shake.abs() * 1.2);
        let mut colour = [reflected[0], reflected[1], reflected[2]];
        let deep = mix(0.22, 0.62, depth) * if open { 1.0 } else { 0.72 };
        colour = blend(colour, palette.water, unit(deep + swell * 0.35));
        if open {
            let crest = step(0.12, 0.32, swell + chop * 0.6) * depth;
            colour = blend(colour, palette.sky[3], crest * 0.35);
        }
        *out = [colour[0], colour[1], colour[2], 1.0];
        // A thin bright line where it meets the land.
        towards(out, palette.haze, bell(y - shore, 0.006) * 0.5);
        if scene.sun || scene.moon {
            let path = bell(x - sx, 0.035 + depth * 0.2);
            let spark = step(
                0.52,
                0.74,
                noise(u * 7.0, v * 12.0, seed ^ 2) * 0.7 + noise(u * 2.0, v * 6.0, seed ^ 3) * 0.4,
            );
            let strength = if scene.moon { 0.7 } else { 0.95 };
            light(
                out,
                palette.light,
                unit(path * (0.1 + 0.9 * spark)) * strength * mix(1.0, 0.55, depth),
            );
        }
    });
}
