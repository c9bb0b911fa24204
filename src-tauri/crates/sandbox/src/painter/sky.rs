//! The sky: its gradient, sun and moon with their glow, stars, northern lights, rainbow; and the clouds before it.

use super::clouds::{cover, heaps, wisps};
use super::{
    canvas::{Canvas, light, over},
    colour::{Colour, WHITE, blend, hex, ramp, scale},
    maths::{Rng, bell, bump, exp, fbm, noise, sin, step, unit},
    scene::{Place, Scene, Thing, Time},
};

pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    gradient(canvas, scene);
    if scene.stars {
        stars(canvas, scene);
    }
    if scene.aurora {
        aurora(canvas, scene);
    }
    if scene.meteors {
        meteors(canvas, scene);
    }
    if scene.moon {
        moon(canvas, scene);
    } else if scene.sun {
        sun(canvas, scene);
    }
    if scene.clouds > 0.0 {
        wisps(canvas, scene);
        if scene.overcast {
            cover(canvas, scene);
        } else if scene.time != Time::Night || scene.has(Thing::Clouds) {
            heaps(canvas, scene);
        }
    }
    if scene.rainbow {
        rainbow(canvas, scene);
    }
}

fn gradient(canvas: &mut Canvas, scene: &Scene) {
    let horizon = scene.horizon;
    let (sx, sy) = scene.light_at;
    let palette = scene.palette;
    let town = matches!(scene.place, Place::City | Place::Rooftop);
    let lowest = horizon + 0.12;
    let foot = palette.sky[4];
    canvas.each((0.0, lowest), (canvas.wide(), canvas.high()), |_, _, out| {
        *out = [foot[0], foot[1], foot[2], 1.0];
    });
    canvas.each((0.0, 0.0), (canvas.wide(), lowest), |x, y, out| {
        let sky = ramp(&palette.sky, y / horizon);
        let (dx, dy) = (x - sx, (y - sy) * 1.35);
        let distance = (dx * dx + dy * dy).sqrt();
        let mut colour = sky;
        // The light spreads further along the horizon than upwards.
        let along = bell(dx, 0.75) * bump(horizon, 0.42, y) * palette.spread;
        colour = blend(
            colour,
            palette.glow,
            unit(bell(distance, 0.42) * palette.spread * 0.7 + along * 0.45),
        );
        *out = [colour[0], colour[1], colour[2], 1.0];
        if town {
            light(
                out,
                hex(0xff9d66),
                bump(horizon + 0.05, 0.5, y) * palette.darkness * 0.36,
            );
        }
    });
}

fn sun(canvas: &mut Canvas, scene: &Scene) {
    let (x, y) = scene.light_at;
    let size = scene.light_size;
    let glow = scene.palette.light;
    canvas.glow(x, y, size * 6.5, glow, 0.34);
    canvas.glow(x, y, size * 2.6, glow, 0.62);
    canvas.disc(x, y, size, blend(glow, WHITE, 0.72), 1.0);
}

fn moon(canvas: &mut Canvas, scene: &Scene) {
    let (x, y) = scene.light_at;
    let size = scene.light_size * 1.25;
    let seed = scene.seed ^ 0x6d6f_6f6e;
    let light_colour = scene.palette.light;
    canvas.glow(x, y, size * 5.5, light_colour, 0.22);
    canvas.glow(x, y, size * 2.2, light_colour, 0.42);
    let pixel = canvas.pixel();
    canvas.each(
        (x - size * 1.1, y - size * 1.1),
        (x + size * 1.1, y + size * 1.1),
        |px, py, out| {
            let (dx, dy) = ((px - x) / size, (py - y) / size);
            let distance = (dx * dx + dy * dy).sqrt();
            let cover = unit((1.0 - distance) * size / pixel + 0.5);
            if cover > 0.0 {
                let seas = step(0.48, 0.72, fbm(dx * 1.6 + 4.0, dy * 1.6, 4, seed));
                let craters = fbm(dx * 6.0, dy * 6.0, 3, seed ^ 5);
                let edge = 1.0 - 0.16 * distance * distance;
                let shade = edge * (1.0 - 0.16 * seas) * (0.95 + 0.09 * craters);
                // A crescent keeps a hint of the side that lies in the dark.
                let lit = step(
                    -0.12,
                    0.12,
                    (dx - scene.moon_phase) + 0.35 * (1.0 - dy * dy).max(0.0).sqrt(),
                );
                let lit = if scene.moon_phase < -1.0 { 1.0 } else { lit };
                over(
                    out,
                    scale(blend(light_colour, WHITE, 0.6), shade * (0.12 + 0.88 * lit)),
                    cover * (0.25 + 0.75 * lit),
                );
            }
        },
    );
}

fn stars(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "stars");
    let (wide, high) = (canvas.wide(), scene.horizon);
    if scene.milky_way {
        milky_way(canvas, scene);
    }
    let strength = if scene.time == Time::Night { 1.0 } else { 0.55 };
    let count = (wide * high * if scene.milky_way { 1150.0 } else { 620.0 }) as u32;
    for _ in 0..count {
        let (x, y) = (rng.range(0.0, wide), rng.range(0.0, high));
        let bright = rng.unit();
        let bright = bright * bright * bright * bright;
        let warm = rng.unit();
        let colour = if warm < 0.2 {
            hex(0xffd9b0)
        } else if warm < 0.5 {
            hex(0xbfd4ff)
        } else {
            WHITE
        };
        // Near the horizon the air swallows them.
        let fade = step(1.0, 0.55, y / high) * strength;
        canvas.disc(x, y, 0.0007 + 0.0013 * bright, colour, (0.25 + 0.75 * bright) * fade);
        if bright > 0.75 {
            canvas.glow(x, y, 0.006, colour, 0.5 * fade);
        }
    }
}

fn milky_way(canvas: &mut Canvas, scene: &Scene) {
    let seed = scene.seed ^ 0x6d77;
    let slope = 0.5 + (seed >> 8 & 255) as f32 / 255.0;
    let (middle, horizon) = (canvas.wide() * 0.5, scene.horizon);
    canvas.each((0.0, 0.0), (canvas.wide(), horizon), |x, y, out| {
        let across = (x - middle) - (y - horizon * 0.45) * slope;
        let band = bell(across + 0.18 * (fbm(x * 2.0, y * 2.0, 3, seed) - 0.5), 0.24);
        if band > 0.01 {
            let cloud = fbm(x * 5.0, y * 5.0, 5, seed ^ 1);
            let dust = step(0.42, 0.66, fbm(x * 4.0 + 9.0, y * 4.0, 4, seed ^ 2)) * bell(across, 0.1);
            let fade = step(1.0, 0.4, y / horizon);
            let colour = blend(hex(0x5a6fd8), hex(0xe6b8e8), cloud);
            light(
                out,
                colour,
                band * (0.15 + 0.6 * cloud * cloud) * (1.0 - 0.75 * dust) * fade,
            );
        }
    });
}

fn aurora(canvas: &mut Canvas, scene: &Scene) {
    let seed = scene.seed ^ 0xa0_20_7a;
    let horizon = scene.horizon;
    let hues: [(Colour, Colour); 3] = [
        (hex(0x35f0a0), hex(0x7a5cff)),
        (hex(0x4fe8d0), hex(0xff6ad5)),
        (hex(0x6dff7a), hex(0x3f8cff)),
    ];
    for curtain in 0..3u32 {
        let (low, high) = hues[((seed >> 4) + curtain) as usize % 3];
        let base = horizon * (0.5 + 0.16 * curtain as f32);
        let seed = seed.wrapping_add(curtain * 77);
        canvas.each((0.0, 0.0), (canvas.wide(), base + 0.12), |x, y, out| {
            let fold = fbm(x * 1.3, curtain as f32 * 3.1, 3, seed) - 0.5;
            let foot = base + fold * 0.42 - 0.1 * sin(x * 3.0 + curtain as f32);
            let height = foot - y;
            if height > -0.04 {
                let rays = 0.35
                    + 0.65 * noise(x * 30.0 + fold * 40.0, 0.0, seed ^ 3) * noise(x * 9.0, y * 0.6, seed ^ 4) * 2.0;
                let up = step(-0.03, 0.02, height) * exp(-4.2 * height.max(0.0));
                let patch = step(0.25, 0.7, noise(x * 1.7, 1.0, seed ^ 9));
                light(out, blend(low, high, unit(height * 2.6)), up * rays * patch * 0.62);
            }
        });
    }
}

fn meteors(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "meteors");
    let (wide, horizon) = (canvas.wide(), scene.horizon);
    for _ in 0..2 + rng.below(5) {
        let (x, y) = (rng.range(0.1, wide), rng.range(0.0, horizon * 0.6));
        let length = rng.range(0.06, 0.22);
        for step in 0..40 {
            let t = step as f32 / 40.0;
            let (px, py) = (x - length * t, y - length * 0.62 * t);
            canvas.disc(px, py, 0.0022 * (1.0 - t), WHITE, (1.0 - t) * 0.9);
        }
        canvas.glow(x, y, 0.012, hex(0xcfe4ff), 0.8);
    }
}

fn rainbow(canvas: &mut Canvas, scene: &Scene) {
    let (middle, foot, size) = (canvas.wide() * 0.55, scene.horizon + 0.1, 0.62 * canvas.wide().max(0.9));
    let bands = [0xff4a4a, 0xff9d3c, 0xffe95c, 0x5fe07a, 0x4aa8ff, 0x7a6bff].map(hex);
    canvas.each((0.0, 0.0), (canvas.wide(), scene.horizon), |x, y, out| {
        let distance = ((x - middle) * (x - middle) + (y - foot) * (y - foot)).sqrt();
        let t = (size - distance) / 0.055;
        if (-0.3..1.3).contains(&t) {
            let fade = step(-0.3, 0.1, t) * step(1.3, 0.9, t) * 0.38;
            light(out, ramp(&bands, t), fade);
        }
    });
}
