//! Colours as three numbers from 0 to 1, mixed as they are shown.

use super::maths::{mix, unit};

pub(super) type Colour = [f32; 3];

pub(super) const WHITE: Colour = [1.0, 1.0, 1.0];
pub(super) const BLACK: Colour = [0.0, 0.0, 0.0];

/// From `0xRRGGBB`.
pub(super) const fn hex(rgb: u32) -> Colour {
    [
        (rgb >> 16 & 255) as f32 / 255.0,
        (rgb >> 8 & 255) as f32 / 255.0,
        (rgb & 255) as f32 / 255.0,
    ]
}

pub(super) fn blend(a: Colour, b: Colour, t: f32) -> Colour {
    [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)]
}

pub(super) fn scale(a: Colour, by: f32) -> Colour {
    a.map(|part| part * by)
}

pub(super) fn multiply(a: Colour, b: Colour) -> Colour {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

/// Adds light without ever going past white.
pub(super) fn screen(a: Colour, b: Colour) -> Colour {
    let one = |a: f32, b: f32| 1.0 - (1.0 - a) * (1.0 - b);
    [one(a[0], unit(b[0])), one(a[1], unit(b[1])), one(a[2], unit(b[2]))]
}

pub(super) fn luma(a: Colour) -> f32 {
    0.299 * a[0] + 0.587 * a[1] + 0.114 * a[2]
}

/// More or less colourful; 1 changes nothing.
pub(super) fn saturate(a: Colour, by: f32) -> Colour {
    let grey = luma(a);
    a.map(|part| grey + (part - grey) * by)
}

/// The same brightness in another colour's hue.
pub(super) fn tint(a: Colour, hue: Colour, t: f32) -> Colour {
    let bright = luma(a) / luma(hue).max(0.08);
    blend(a, hue.map(|part| unit(part * bright)), t)
}

/// The colour at `t` of evenly spaced stops, smooth between them.
pub(super) fn ramp(stops: &[Colour], t: f32) -> Colour {
    let last = stops.len() - 1;
    let place = unit(t) * last as f32;
    let index = (place as usize).min(last.saturating_sub(1));
    let part = place - index as f32;
    blend(
        stops[index],
        stops[(index + 1).min(last)],
        part * part * (3.0 - 2.0 * part) * 0.5 + part * 0.5,
    )
}
