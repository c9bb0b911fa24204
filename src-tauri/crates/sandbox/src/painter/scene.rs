//! What is to be painted: the wishes of a prompt, and everything it doesn't say drawn from the seed.

use super::{
    colour::{Colour, blend, hex, saturate, scale, tint},
    maths::{Rng, hash, hash_text, mix},
    words::Wishes,
};
use crate::{models::Family, order::Order};

pub(super) use super::words::{Place, Thing, Time, Trait};

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

/// One person.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) girl: bool,
    pub(super) hair: Colour,
    pub(super) eyes: Colour,
    pub(super) clothes: Colour,
    pub(super) traits: Vec<Trait>,
    /// From left, 0, to right, 1.
    pub(super) place: f32,
    pub(super) seed: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) seed: u32,
    pub(super) wishes: Wishes,
    pub(super) time: Time,
    pub(super) place: Place,
    pub(super) palette: Palette,
    pub(super) horizon: f32,
    /// Sun or moon, in units.
    pub(super) light_at: (f32, f32),
    pub(super) light_size: f32,
    pub(super) sun: bool,
    pub(super) moon: bool,
    /// Below -1 it's full.
    pub(super) moon_phase: f32,
    pub(super) stars: bool,
    pub(super) milky_way: bool,
    pub(super) aurora: bool,
    pub(super) meteors: bool,
    pub(super) rainbow: bool,
    /// A closed cover of cloud.
    pub(super) overcast: bool,
    /// From 0 to 1.
    pub(super) clouds: f32,
    pub(super) drift: f32,
    /// From 0 to 1.
    pub(super) fog: f32,
    /// How high the mountains are.
    pub(super) relief: f32,
    /// How far down the snow reaches, in shares of a mountain.
    pub(super) snow_line: f32,
    pub(super) woods: bool,
    pub(super) winter: bool,
    pub(super) people: Vec<Person>,
    /// A face fills the picture.
    pub(super) close: bool,
    /// Contrast of the final grading, about 1.
    pub(super) contrast: f32,
    pub(super) grain: bool,
    pub(super) transparent: bool,
}

impl Scene {
    pub(super) fn imagine(order: &Order, seed: u32, wide: f32, high: f32) -> Self {
        let wishes = Wishes::read(&order.input, &order.undesired);
        let mut all = order.input.clone();
        for character in &order.characters {
            all.push_str(&character.prompt);
        }
        let seed = hash(seed ^ hash(hash_text(&all) ^ hash(hash_text(order.model.source))));
        let mut rng = Rng::new(seed, "scene");
        let has = |thing| wishes.has(thing);
        let place = place(&wishes, &mut rng);
        let time = time(&wishes, place, &mut rng);
        let stormy = has(Thing::Rain) || has(Thing::Storm) || has(Thing::Overcast);
        let winter = has(Thing::Snow);
        let palette = palette(time, &wishes, place, stormy, winter, &mut rng);
        let night = time == Time::Night;
        let horizon = high
            * match place {
                Place::Mountains => rng.range(0.6, 0.68),
                Place::Lake => rng.range(0.5, 0.58),
                Place::Forest => rng.range(0.62, 0.68),
                Place::City => rng.range(0.66, 0.73),
                Place::Rooftop => rng.range(0.7, 0.75),
                Place::Sea => rng.range(0.5, 0.6),
                Place::Meadow => rng.range(0.58, 0.66),
                Place::Desert => rng.range(0.5, 0.58),
                Place::Space => rng.range(0.76, 0.84),
                Place::Sky => rng.range(0.72, 0.8),
            };
        let low = matches!(time, Time::Golden | Time::Dawn | Time::Dusk);
        let side = if rng.chance(0.5) {
            rng.range(0.2, 0.4)
        } else {
            rng.range(0.6, 0.8)
        };
        let light_at = (
            wide * side,
            horizon
                * if low {
                    rng.range(0.72, 0.86)
                } else {
                    rng.range(0.2, 0.38)
                },
        );
        let moon = (has(Thing::Moon) || has(Thing::Crescent) || (night && !stormy && rng.chance(0.8)))
            && !(has(Thing::Sun) && !night);
        let clouds = if has(Thing::Clear) {
            0.0
        } else if stormy {
            1.0
        } else if has(Thing::Clouds) || place == Place::Sky {
            0.8
        } else if night {
            rng.range(0.0, 0.2)
        } else {
            rng.range(0.12, 0.6)
        };
        let fog = if has(Thing::Fog) {
            0.95
        } else if stormy {
            0.5
        } else {
            rng.range(0.0, 0.3)
        };
        let people = people(order, &wishes, seed);
        let close = !people.is_empty() && wishes.close.unwrap_or(false);
        Self {
            seed,
            time,
            place,
            palette,
            horizon,
            light_at,
            light_size: rng.range(0.04, 0.065) * if low { 1.35 } else { 1.0 },
            sun: !stormy && (!night || has(Thing::Sun)),
            moon,
            moon_phase: if has(Thing::Crescent) {
                rng.range(0.1, 0.4)
            } else {
                -2.0
            },
            stars: (night && !stormy) || has(Thing::Stars) || has(Thing::MilkyWay) || place == Place::Space,
            milky_way: has(Thing::MilkyWay) || place == Place::Space || (night && has(Thing::Stars)),
            aurora: has(Thing::Aurora),
            meteors: has(Thing::Meteors),
            rainbow: has(Thing::Rainbow),
            overcast: stormy,
            clouds,
            drift: rng.range(0.0, 50.0),
            fog,
            relief: rng.range(0.85, 1.25) * (horizon / 0.6).clamp(0.8, 1.45),
            snow_line: if winter { 1.1 } else { rng.range(0.18, 0.5) },
            woods: place != Place::Desert,
            winter,
            people,
            close,
            contrast: mix(0.96, 1.12, (order.scale / 10.0) as f32),
            grain: !order.undesired.contains("film grain"),
            transparent: order.model.family == Family::V5 && has(Thing::Transparent),
            wishes,
        }
    }

    pub(super) fn has(&self, thing: Thing) -> bool {
        self.wishes.has(thing)
    }
}

impl Person {
    pub(super) fn with(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }
}

fn place(wishes: &Wishes, rng: &mut Rng) -> Place {
    let drawn = rng.pick(&[
        Place::Mountains,
        Place::Lake,
        Place::City,
        Place::Sea,
        Place::Meadow,
        Place::Meadow,
    ]);
    // The first that is more than "sky" or "outdoors"; a rooftop is in a city, not the other way round.
    let named = |place| wishes.places.contains(&place);
    if named(Place::Rooftop) {
        return Place::Rooftop;
    }
    if named(Place::Mountains) && named(Place::Lake) {
        return Place::Lake;
    }
    let first = wishes.places.iter().copied().find(|place| *place != Place::Sky);
    if let Some(place) = first.or(wishes.places.first().copied()) {
        return place;
    }
    let has = |thing| wishes.has(thing);
    if has(Thing::Neon) || has(Thing::Fireworks) {
        Place::City
    } else if has(Thing::Boat) || has(Thing::Lighthouse) || has(Thing::Whale) {
        Place::Sea
    } else if has(Thing::Flowers) || has(Thing::Blossom) || has(Thing::Butterflies) {
        Place::Meadow
    } else if has(Thing::Snow) || has(Thing::Castle) {
        Place::Mountains
    } else if has(Thing::Aurora) || has(Thing::MilkyWay) || has(Thing::Torii) {
        Place::Lake
    } else {
        drawn
    }
}

fn time(wishes: &Wishes, place: Place, rng: &mut Rng) -> Time {
    let drawn = rng.pick(&[
        Time::Golden,
        Time::Golden,
        Time::Day,
        Time::Day,
        Time::Dusk,
        Time::Dusk,
        Time::Night,
        Time::Dawn,
    ]);
    if let Some(time) = wishes.time {
        return time;
    }
    let night = [
        Thing::Stars,
        Thing::MilkyWay,
        Thing::Aurora,
        Thing::Moon,
        Thing::Crescent,
        Thing::Fireworks,
        Thing::Neon,
        Thing::Fireflies,
        Thing::Meteors,
    ];
    if wishes.has(Thing::Sun) || wishes.has(Thing::Rainbow) {
        return Time::Day;
    }
    if place == Place::Space || night.iter().any(|thing| wishes.has(*thing)) {
        Time::Night
    } else if wishes.has(Thing::Clouds) {
        Time::Day
    } else if wishes.has(Thing::Lanterns) {
        Time::Dusk
    } else {
        drawn
    }
}

#[rustfmt::skip]
fn palette(time: Time, wishes: &Wishes, place: Place, stormy: bool, winter: bool, rng: &mut Rng) -> Palette {
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

fn people(order: &Order, wishes: &Wishes, seed: u32) -> Vec<Person> {
    if wishes.nobody {
        return Vec::new();
    }
    let mut rng = Rng::new(seed, "people");
    let furry = order.model.furry;
    let mut people: Vec<(Wishes, bool, Option<f32>)> = Vec::new();
    for character in order.characters.iter().take(6) {
        let own = Wishes::read(&character.prompt, &character.undesired);
        let girl = own.boys == 0;
        people.push((own, girl, character.centre.map(|centre| centre.0)));
    }
    let girls = wishes.girls.min(4);
    let boys = wishes.boys.min(4);
    let named = people.len() as u32;
    for place in named..(girls + boys).min(5) {
        people.push((wishes.clone(), place < girls, None));
    }
    let count = people.len();
    people
        .into_iter()
        .enumerate()
        .map(|(place, (own, girl, centre))| {
            let first = place == 0;
            let hair = own.hair.filter(|_| first || named > 0);
            let clothes = own.clothes.filter(|_| first || named > 0);
            let mut traits = own.traits.clone();
            if furry && !traits.contains(&Trait::FoxEars) {
                traits.push(Trait::FoxEars);
            }
            let hairs = [
                0x2b2430, 0x5a3b2c, 0xe6c47a, 0xc9d0e0, 0x8a3030, 0x3a4a86, 0xe89ab4, 0xa07ad0,
            ]
            .map(hex);
            let cloths = [
                0xf0f0f4, 0x2f3f66, 0xb0303c, 0xe8c86a, 0x3d6f6a, 0x6a4a86, 0xf2b8c2, 0x2a2a33,
            ]
            .map(hex);
            let eyes = [0x3c7be0, 0x4fae62, 0x8c55c9, 0xb0522e, 0xd8343c, 0x2fa39b].map(hex);
            Person {
                girl,
                hair: hair.unwrap_or(rng.pick(&hairs)),
                eyes: own.eyes.unwrap_or(rng.pick(&eyes)),
                clothes: clothes.unwrap_or(rng.pick(&cloths)),
                traits,
                place: centre.unwrap_or((place as f32 + 0.5) / count as f32),
                seed: rng.bits(),
            }
        })
        .collect()
}
