//! The colours of a time of day, and what weather, season and the colours of a prompt do to them.

use super::{
    colour::{Colour, blend, hex, saturate, scale, tint},
    maths::Rng,
    words::{Place, Thing, Time, Wishes},
};

/// The colours of a time of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// From the zenith to the horizon.
    pub(super) sky: [Colour; 5],
    /// What the light does to the air around it.
    pub(super) glow: Colour,
    /// The light itself.
    pub(super) light: Colour,
    /// How far the glow spreads.
    pub(super) spread: f32,
    pub(super) cloud_lit: Colour,
    pub(super) cloud_shade: Colour,
    pub(super) far: Colour,
    pub(super) near: Colour,
    pub(super) ground: Colour,
    pub(super) haze: Colour,
    pub(super) water: Colour,
    /// From 0, bright day, to 1, night.
    pub(super) darkness: f32,
}

/// The palette for a scene.
#[rustfmt::skip]
pub(super) fn mix_for(time: Time, wishes: &Wishes, place: Place, stormy: bool, winter: bool, rng: &mut Rng) -> Palette {
    let variant = rng.unit();
    let mut palette = match time {
        Time::Day => Palette {
            sky: [0x1f63c4, 0x3f8add, 0x79b6ec, 0xb0d9f4, 0xe2f2f8].map(hex),
            glow: hex(0xfff8e0), light: hex(0xfff6da), spread: 0.5,
            cloud_lit: hex(0xffffff), cloud_shade: hex(0x9fb9dc),
            far: hex(0x8fb4d6), near: hex(0x2f6b4d), ground: hex(0x6fae4e), haze: hex(0xcfe6f3), water: hex(0x2b79ab), darkness: 0.0,
        },
        Time::Golden if variant < 0.5 => Palette {
            sky: [0x38407f, 0x7a5694, 0xd06f86, 0xf79a62, 0xffd384].map(hex),
            glow: hex(0xffd08a), light: hex(0xffe0a0), spread: 1.0,
            cloud_lit: hex(0xffc9a0), cloud_shade: hex(0x8a5a88),
            far: hex(0xa8708e), near: hex(0x3a2c4c), ground: hex(0x6a5238), haze: hex(0xf7b27e), water: hex(0x5c4a78), darkness: 0.25,
        },
        Time::Golden => Palette {
            sky: [0x2a6a9c, 0x6fa0b0, 0xcfc0a0, 0xf9b869, 0xffe2a0].map(hex),
            glow: hex(0xffdf9a), light: hex(0xffe9b4), spread: 1.0,
            cloud_lit: hex(0xffe3bd), cloud_shade: hex(0x8d7f96),
            far: hex(0xb0937f), near: hex(0x3c3a3a), ground: hex(0x7d7038), haze: hex(0xf9cf92), water: hex(0x4b6d84), darkness: 0.2,
        },
        Time::Dawn => Palette {
            sky: [0x5b7fc4, 0x8fa8de, 0xd8bedc, 0xfbd0c4, 0xfff0d2].map(hex),
            glow: hex(0xffeacb), light: hex(0xfff0d4), spread: 0.9,
            cloud_lit: hex(0xffe6e0), cloud_shade: hex(0xa496c8),
            far: hex(0xa9a7d0), near: hex(0x42567a), ground: hex(0x6d9470), haze: hex(0xfbdcd2), water: hex(0x6f8cb8), darkness: 0.1,
        },
        Time::Dusk if variant < 0.5 => Palette {
            sky: [0x141b4a, 0x2d3479, 0x644f99, 0xbf6a97, 0xf6a58c].map(hex),
            glow: hex(0xffb093), light: hex(0xffc4a6), spread: 0.9,
            cloud_lit: hex(0xe08fae), cloud_shade: hex(0x3f3a78),
            far: hex(0x5d4f8f), near: hex(0x1a1d42), ground: hex(0x2d3350), haze: hex(0xb2709c), water: hex(0x352f68), darkness: 0.55,
        },
        Time::Dusk => Palette {
            sky: [0x0f2350, 0x1f4179, 0x3f75a6, 0x86a9bd, 0xf4c7a1].map(hex),
            glow: hex(0xffd0a0), light: hex(0xffdcb8), spread: 0.7,
            cloud_lit: hex(0xc9b6c4), cloud_shade: hex(0x34527f),
            far: hex(0x4a6f98), near: hex(0x14264a), ground: hex(0x27405a), haze: hex(0x8aa6bd), water: hex(0x254a7a), darkness: 0.5,
        },
        Time::Night => Palette {
            sky: [0x050918, 0x0a1534, 0x12264f, 0x1f426f, 0x3b6b8c].map(hex),
            glow: hex(0x9dc0e8), light: hex(0xe4edff), spread: 0.35,
            cloud_lit: hex(0x6f8ab4), cloud_shade: hex(0x152341),
            far: hex(0x1d3a60), near: hex(0x081022), ground: hex(0x12263a), haze: hex(0x2f5879), water: hex(0x0c2244), darkness: 0.85,
        },
    };
    if place == Place::Space {
        palette.sky = [0x04030f, 0x0a0722, 0x150d38, 0x22174f, 0x3a2a6e].map(hex);
        palette.haze = hex(0x4a3a86);
    }
    if place == Place::Desert {
        palette.ground = blend(hex(0xd9a05e), palette.ground, palette.darkness * 0.9);
        palette.far = blend(palette.far, hex(0xc98a5e), 0.4);
    }
    if winter {
        let snow = blend(hex(0xeef4fb), palette.sky[3], 0.22 + 0.5 * palette.darkness);
        palette.ground = blend(palette.ground, snow, 0.9);
        palette.haze = blend(palette.haze, hex(0xdfe9f2), 0.25);
    } else if wishes.has(Thing::Autumn) {
        palette.ground = tint(palette.ground, hex(0xc98338), 0.65);
        palette.near = tint(palette.near, hex(0x9c4a22), 0.6);
    }
    if stormy {
        // A night can't get much darker.
        let dim = 0.8 + 0.35 * palette.darkness;
        let grey = |colour: Colour| saturate(scale(colour, dim), 0.42 + 0.3 * palette.darkness);
        palette.sky = palette.sky.map(grey);
        palette.haze = grey(palette.haze);
        palette.glow = grey(palette.glow);
        palette.cloud_lit = scale(saturate(palette.cloud_lit, 0.4), dim - 0.08);
        palette.cloud_shade = scale(saturate(palette.cloud_shade, 0.5), dim - 0.15);
        palette.spread *= 0.4;
    }
    if let Some(accent) = wishes.colours.first().copied() {
        let other = wishes.colours.get(1).copied().unwrap_or(accent);
        for (place, colour) in palette.sky.iter_mut().enumerate() {
            *colour = tint(*colour, if place < 3 { accent } else { other }, 0.5);
        }
        palette.glow = tint(palette.glow, other, 0.3);
        palette.haze = tint(palette.haze, other, 0.5);
        palette.cloud_shade = tint(palette.cloud_shade, accent, 0.4);
        palette.cloud_lit = tint(palette.cloud_lit, other, 0.25);
        palette.far = tint(palette.far, accent, 0.35);
        palette.water = tint(palette.water, accent, 0.35);
    }
    palette
}
