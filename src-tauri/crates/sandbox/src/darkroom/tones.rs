//! Colour: tinting a grey picture by words, and grading one by a mood.

use super::{Photo, Plane, figure::figure, photo::luma, plane::smooth};

/// The colours for a picture whose prompt names none: blue shadows, warm lights.
const PLAIN: [[f32; 3]; 3] = [[0.23, 0.27, 0.48], [0.78, 0.52, 0.46], [0.98, 0.86, 0.66]];

/// Brightness stays, colours come from the list: the first for what is brightest, the last for what is darkest. `reach`
/// is how strong they are, from 0 to 1.
pub(crate) fn colorize(photo: &Photo, colours: &[[f32; 3]], reach: f32) -> Photo {
    let photo = photo.on_paper();
    let bright = photo.luma();
    // Which colour a place gets depends on the tone of its surroundings, so that lines don't break areas up.
    let around = bright
        .blur(6.0 * photo.unit())
        .guided(&bright, (10.0 * photo.unit()) as usize + 1, 0.01);
    let mut stops: Vec<[f32; 3]> = match colours {
        [] => PLAIN.to_vec(),
        [one] => vec![darkened(*one), *one, *one],
        many => many.iter().rev().copied().collect(),
    };
    stops.dedup();
    let borders: Vec<f32> = (1..stops.len())
        .map(|place| around.quantile(place as f32 / stops.len() as f32))
        .collect();
    photo.recoloured(|place, _| {
        let tone = around.values[place];
        let mut colour = stops[0];
        for (stop, border) in stops[1..].iter().zip(&borders) {
            colour = mix(colour, *stop, smooth(border - 0.06, border + 0.06, tone));
        }
        let light = bright.values[place];
        mix([light; 3], tinted(colour, light), reach)
    })
}

fn darkened(colour: [f32; 3]) -> [f32; 3] {
    [colour[0] * 0.6, colour[1] * 0.6, colour[2] * 0.75 + 0.05]
}

/// This hue at this brightness. White paper stays nearly white and black ink black.
fn tinted(colour: [f32; 3], light: f32) -> [f32; 3] {
    let own = luma(colour).clamp(0.08, 0.92);
    if light < own {
        colour.map(|part| part * light / own)
    } else {
        let part = (light - own) / (1.0 - own);
        mix(colour, [1.0; 3], part * 0.94)
    }
}

fn mix(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    [0, 1, 2].map(|part| a[part] + (b[part] - a[part]) * share)
}

/// What a mood does to a picture.
struct Grade {
    mood: &'static str,
    /// The light that falls on everything.
    light: u32,
    /// How much of it, from 0 to 1.
    tint: f32,
    /// 1 keeps the colours, 0 takes them away.
    colour: f32,
    /// Added to the brightness.
    lift: f32,
    /// 1 keeps the contrast.
    contrast: f32,
    /// How dark the corners get; below 0 they get light.
    corners: f32,
    /// How red skin gets.
    blush: f32,
}

/// A row of the table below: tint, colour, lift, contrast, corners, blush.
const fn grade(mood: &'static str, light: u32, row: [f32; 6]) -> Grade {
    let [tint, colour, lift, contrast, corners, blush] = row;
    Grade {
        mood,
        light,
        tint,
        colour,
        lift,
        contrast,
        corners,
        blush,
    }
}

/// The moods that the service knows (api.md 2.5).
#[rustfmt::skip]
static MOODS: &[Grade] = &[
    grade("neutral",     0xffffff, [0.00, 0.80,  0.00, 0.97, 0.00, 0.0]),
    grade("happy",       0xffd98a, [0.34, 1.28,  0.07, 1.04, -0.2, 0.3]),
    grade("sad",         0x6f8fc4, [0.50, 0.50, -0.09, 0.88, 0.45, 0.0]),
    grade("angry",       0xff4a38, [0.42, 1.15, -0.05, 1.32, 0.55, 0.5]),
    grade("scared",      0x5f8f88, [0.46, 0.42, -0.13, 1.18, 0.75, 0.0]),
    grade("surprised",   0xfff4c8, [0.26, 1.15,  0.11, 1.16, -0.4, 0.1]),
    grade("tired",       0x8d86a8, [0.40, 0.55, -0.06, 0.80, 0.30, 0.0]),
    grade("excited",     0xff9ad0, [0.30, 1.50,  0.07, 1.15, -0.2, 0.4]),
    grade("nervous",     0xb9c98a, [0.36, 0.75, -0.04, 1.06, 0.40, 0.2]),
    grade("thinking",    0x8fa8d8, [0.32, 0.78, -0.02, 0.95, 0.30, 0.0]),
    grade("confused",    0xa98fd8, [0.34, 0.85,  0.01, 0.92, 0.25, 0.1]),
    grade("shy",         0xffb8c4, [0.32, 0.95,  0.05, 0.88, -0.1, 1.0]),
    grade("disgusted",   0x8fae4c, [0.48, 0.72, -0.05, 1.06, 0.40, 0.0]),
    grade("smug",        0xc08fe0, [0.34, 1.12, -0.02, 1.14, 0.30, 0.1]),
    grade("bored",       0xb4b0a4, [0.34, 0.38, -0.01, 0.80, 0.10, 0.0]),
    grade("laughing",    0xffd060, [0.38, 1.42,  0.09, 1.08, -0.3, 0.5]),
    grade("irritated",   0xff7a48, [0.36, 0.98, -0.04, 1.20, 0.45, 0.3]),
    grade("aroused",     0xff6f92, [0.40, 1.12,  0.00, 1.00, 0.30, 1.0]),
    grade("embarrassed", 0xff9a9a, [0.34, 1.05,  0.05, 0.94, 0.00, 1.3]),
    grade("worried",     0x86a4b8, [0.40, 0.66, -0.06, 0.95, 0.40, 0.0]),
    grade("love",        0xff8fb4, [0.44, 1.20,  0.06, 0.94, -0.3, 0.9]),
    grade("determined",  0xff9c50, [0.30, 1.14, -0.03, 1.32, 0.40, 0.1]),
    grade("hurt",        0xb06a80, [0.44, 0.62, -0.10, 1.04, 0.60, 0.2]),
    grade("playful",     0x8fe8c8, [0.28, 1.38,  0.07, 1.05, -0.2, 0.3]),
];

/// A mood that the service knows.
#[derive(Clone, Copy)]
pub(crate) struct Mood(&'static Grade);

impl Mood {
    pub(crate) fn find(name: &str) -> Option<Self> {
        MOODS.iter().find(|grade| grade.mood == name).map(Self)
    }
}

/// The same picture in another mood. `reach` is how far, from 0 to 1.
pub(crate) fn emotion(photo: &Photo, mood: Mood, reach: f32) -> Photo {
    let Mood(grade) = mood;
    let photo = photo.on_paper();
    let (width, height) = (photo.width as f32, photo.height as f32);
    let light = [grade.light >> 16, grade.light >> 8, grade.light].map(|part| (part & 255) as f32 / 255.0);
    let skin = if grade.blush > 0.0 {
        cheeks(&photo)
    } else {
        Plane::filled(photo.width, photo.height, 0.0)
    };
    photo.recoloured(|place, colour| {
        let (x, y) = (
            (place % photo.width) as f32 / width,
            (place / photo.width) as f32 / height,
        );
        let from_middle = ((x - 0.5).powi(2) + (y - 0.5).powi(2)) / 0.5;
        let grey = luma(colour);
        let mut out = colour.map(|part| grey + (part - grey) * grade.colour);
        out = out.map(|part| (part - 0.5) * grade.contrast + 0.5 + grade.lift);
        // Light from one side: what is bright takes most of it.
        let lit =
            [0, 1, 2].map(|part| out[part] * (0.35 + 0.65 * light[part]) + 0.12 * light[part] * (1.0 - out[part]));
        out = mix(out, lit, grade.tint * 1.4 * (0.75 + 0.5 * (1.0 - y)));
        let edge = smooth(0.25, 1.0, from_middle) * grade.corners;
        out = if edge > 0.0 {
            out.map(|part| part * (1.0 - 0.7 * edge))
        } else {
            mix(out, light, -edge * 0.8)
        };
        out = mix(
            out,
            [0.95, 0.36, 0.38],
            (skin.values[place] * grade.blush * 0.26).min(0.32),
        );
        mix(colour, out, reach)
    })
}

/// Where skin is, softly.
fn cheeks(photo: &Photo) -> Plane {
    let mut skin = Plane::filled(photo.width, photo.height, 0.0);
    for (value, pixel) in skin.values.iter_mut().zip(&photo.rgba) {
        let [red, green, blue, _] = pixel.map(i32::from);
        let (warm, yellow) = (red - green, green - blue);
        let is_skin = red > 150 && (8..64).contains(&warm) && (-8..40).contains(&yellow) && red - blue < 84;
        *value = f32::from(u8::from(is_skin));
    }
    let around = skin.blur(9.0 * photo.unit());
    skin.blur(1.5 * photo.unit())
        .zip(&around, |here, around| here * smooth(0.55, 0.95, around))
        .zip(&figure(photo), |skin, figure| skin * figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Photo {
        let rgba = (0..64 * 64).map(|place| {
            let grey = (place % 64 * 4) as u8;
            [grey, grey, grey, 255]
        });
        Photo {
            width: 64,
            height: 64,
            rgba: rgba.collect(),
        }
    }

    #[test]
    fn a_named_colour_tints_the_middle_tones_and_keeps_their_brightness() {
        let blue = colorize(&ramp(), &[[0.2, 0.4, 0.9]], 1.0);
        for x in [20, 32, 44] {
            let [red, _, tint, _] = blue.rgba[32 * 64 + x];
            assert!(tint > red + 20, "at {x}: {red} {tint}");
            let before = (x * 4) as f32 / 255.0;
            let after = luma(super::super::photo::rgb(blue.rgba[32 * 64 + x]));
            assert!((before - after).abs() < 0.06, "at {x}: {before} {after}");
        }
        assert_eq!(colorize(&ramp(), &[[0.2, 0.4, 0.9]], 0.0).rgba, ramp().rgba);
    }

    #[test]
    fn every_mood_looks_different_and_a_weaker_one_changes_less() {
        assert_eq!(MOODS.len(), 24);
        let distance = |a: &Photo, b: &Photo| -> u64 {
            let parts = a.rgba.iter().flatten().zip(b.rgba.iter().flatten());
            parts.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
        };
        let ramp = colorize(&ramp(), &[[0.9, 0.6, 0.5], [0.2, 0.4, 0.9]], 1.0);
        let all: Vec<Photo> = MOODS.iter().map(|grade| emotion(&ramp, Mood(grade), 1.0)).collect();
        for (place, one) in all.iter().enumerate() {
            for (other, two) in all.iter().enumerate().skip(place + 1) {
                let (names, far) = ((MOODS[place].mood, MOODS[other].mood), distance(one, two));
                assert!(far > 3 * 64 * 64, "{names:?} are {far} apart");
            }
        }
        let sad = |reach| distance(&ramp, &emotion(&ramp, Mood::find("sad").unwrap(), reach));
        assert!(sad(1.0) > sad(0.5) && sad(0.5) > sad(0.2));
    }
}
