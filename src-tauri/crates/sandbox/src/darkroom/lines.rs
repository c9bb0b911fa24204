//! Line art and pencil sketches.

use super::{Photo, Plane, islands::islands, plane::smooth};

/// Dark lines on white, where brightness or colour changes.
pub(crate) fn lineart(photo: &Photo) -> Photo {
    let photo = photo.on_paper();
    let ink = ink(&photo, photo.unit());
    Photo::grey(&ink.map(|ink| 1.0 - 0.92 * ink))
}

/// How much ink belongs where, from 0 to 1.
fn ink(photo: &Photo, unit: f32) -> Plane {
    let sigma = (1.1 * unit).max(0.6);
    let mut ink = Plane::filled(photo.width, photo.height, 0.0);
    for channel in 0..3 {
        let plane = photo.channel(channel);
        let (near, far) = (plane.blur(sigma), plane.blur(sigma * 1.8));
        // In the dark, small differences are seen as large ones.
        let darker = far.zip(&near, |far, near| (far - near) / (far + 0.12));
        ink = ink.zip(&darker, f32::max);
    }
    let ink = ink.map(|value| smooth(0.013, 0.055, value));
    without_crumbs(ink, (46.0 * unit * unit) as usize)
}

/// Takes away marks of fewer pixels than this.
fn without_crumbs(mut ink: Plane, least: usize) -> Plane {
    let mask: Vec<bool> = ink.values.iter().map(|value| *value > 0.15).collect();
    for island in islands(&mask, ink.width, ink.height) {
        if island.pixels.len() < least {
            for place in island.pixels {
                ink.values[place] = 0.0;
            }
        }
    }
    // What was too faint for a mark is no line either.
    ink.map(|value| if value > 0.15 { value } else { 0.0 })
}

/// Soft pencil: tones by strokes, edges by pressure.
pub(crate) fn sketch(photo: &Photo) -> Photo {
    let photo = photo.on_paper();
    let unit = photo.unit();
    let bright = photo.luma();
    let soft = bright.blur(5.0 * unit);
    // What is darker than around it is where the pencil stays.
    let edges = bright.zip(&soft, |bright, soft| ((bright + 0.02) / (soft + 0.02)).min(1.0));
    let lines = ink(&photo, 0.9 * unit).blur(0.8 * unit);
    let (width, shade) = (photo.width, soft.zip(&bright, |soft, bright| 0.6 * soft + 0.4 * bright));
    photo.recoloured(|place, _| {
        let (x, y) = ((place % width) as f32 / unit, (place / width) as f32 / unit);
        let dark = 1.0 - shade.values[place];
        let strokes = hatch(x, y, 1.0) * smooth(0.25, 0.75, dark) * 0.30
            + hatch(x * 0.35 - y, x + y * 0.35, 0.8) * smooth(0.6, 0.95, dark) * 0.26;
        let press = (1.0 - edges.values[place]) * 1.1 + lines.values[place] * 0.45;
        let grain = 0.8 + 0.4 * noise(x * 0.9, y * 0.9);
        let graphite = ((strokes + press * 0.85 + 0.16 * dark * dark) * grain).clamp(0.0, 0.92);
        let paper = 0.985 - 0.02 * noise(x * 0.5 + 91.0, y * 0.5);
        [1.0, 0.995, 0.975].map(|tint| (paper * tint) * (1.0 - graphite) + 0.16 * graphite)
    })
}

/// Strokes from lower left to upper right that waver, from 0 to 1.
fn hatch(x: f32, y: f32, pitch: f32) -> f32 {
    let waver = 2.2 * noise(x * 0.02, y * 0.02) + 0.7 * noise(x * 0.11, y * 0.11);
    let wave = ((x + y) * 0.62 * pitch + waver * 3.0).sin();
    smooth(-0.35, 0.9, wave)
}

/// Smooth noise from 0 to 1.
pub(super) fn noise(x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (x - left, y - top);
    let at = |x: f32, y: f32| {
        let mut hash = (x as i32 as u32).wrapping_mul(0x9e37_79b1) ^ (y as i32 as u32).wrapping_mul(0x85eb_ca77);
        hash ^= hash >> 15;
        hash = hash.wrapping_mul(0x2c1b_3c6d);
        hash ^= hash >> 13;
        (hash & 0xffff) as f32 / 65_535.0
    };
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (across, down) = (ease(across), ease(down));
    let upper = at(left, top) * (1.0 - across) + at(left + 1.0, top) * across;
    let lower = at(left, top + 1.0) * (1.0 - across) + at(left + 1.0, top + 1.0) * across;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dark square on light ground.
    fn square() -> Photo {
        let rgba = (0..96 * 96).map(|place| {
            let (x, y) = (place % 96, place / 96);
            let inside = (24..72).contains(&x) && (24..72).contains(&y);
            if inside {
                [60, 50, 120, 255]
            } else {
                [230, 220, 200, 255]
            }
        });
        Photo {
            width: 96,
            height: 96,
            rgba: rgba.collect(),
        }
    }

    #[test]
    fn line_art_is_dark_along_edges_and_white_elsewhere() {
        let art = lineart(&square());
        let at = |x: usize, y: usize| art.rgba[y * 96 + x][0];
        assert_eq!((at(48, 48), at(8, 8)), (255, 255));
        let edge = (20..28).map(|x| at(x, 48)).min().unwrap();
        assert!(edge < 80, "the edge is {edge}");
    }

    #[test]
    fn a_sketch_shades_what_is_dark() {
        let sketch = sketch(&square());
        let mean = |left: usize, top: usize| {
            let sum: u32 = (0..400)
                .map(|place| u32::from(sketch.rgba[(top + place / 20) * 96 + left + place % 20][1]))
                .sum();
            sum / 400
        };
        assert!(mean(38, 38) + 20 < mean(2, 2), "{} and {}", mean(38, 38), mean(2, 2));
    }
}
