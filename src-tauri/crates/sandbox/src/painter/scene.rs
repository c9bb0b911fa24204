//! What is to be painted: the wishes of a prompt, and everything it doesn't say drawn from the seed.

use super::{
    colour::{Colour, hex},
    lettering,
    maths::{Rng, hash, hash_text, mix},
    palette,
    words::Wishes,
};
use crate::{
    models::Family,
    order::{Action, Order},
};

pub(super) use super::palette::Palette;
pub(super) use super::words::{Place, Thing, Time, Trait};

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
    /// From the back, 0, to the front, 1.
    pub(super) front: f32,
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
    /// What is written over it.
    pub(super) text: Option<String>,
}

impl Scene {
    pub(super) fn imagine(order: &Order, seed: u32, wide: f32, high: f32) -> Self {
        // From V4 on what is to be written stands at the end and says nothing else about the picture.
        let (prompt, text) = match order.model.family.is_modern() {
            true => lettering::split(&order.input),
            false => (order.input.as_str(), None),
        };
        let wishes = Wishes::read(prompt, &order.undesired);
        let mut all = order.input.clone();
        for character in &order.characters {
            all.push_str(&character.prompt);
        }
        // What goes into a hole is never what was there, even with the same prompt and seed.
        let hole = if order.action == Action::Infill { 0x686f_6c65 } else { 0 };
        let seed = hash(seed ^ hole ^ hash(hash_text(&all) ^ hash(hash_text(order.model.source))));
        let mut rng = Rng::new(seed, "scene");
        let has = |thing| wishes.has(thing);
        let place = place(&wishes, &mut rng);
        let time = time(&wishes, place, &mut rng);
        let stormy = has(Thing::Rain) || has(Thing::Storm) || has(Thing::Overcast);
        let winter = has(Thing::Snow);
        let palette = palette::mix_for(time, &wishes, place, stormy, winter, &mut rng);
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
            && (night || !has(Thing::Sun));
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
            text: text.map(str::to_owned),
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

/// Where somebody was told to stand.
type Spot = Option<(f32, f32)>;

fn people(order: &Order, wishes: &Wishes, seed: u32) -> Vec<Person> {
    if wishes.nobody {
        return Vec::new();
    }
    let mut rng = Rng::new(seed, "people");
    let furry = order.model.furry || order.input.trim_start().starts_with("fur dataset");
    // The first person is whom the first reference shows, the second whom the second, …
    let figures: Vec<[Colour; 2]> = order
        .guides
        .references
        .iter()
        .filter(|guide| guide.strength > 0.0)
        .filter_map(|guide| guide.figure)
        .map(|colours| colours.map(|colour| colour.map(|part| f32::from(part) / 255.0)))
        .collect();
    let mut people: Vec<(Wishes, bool, Spot)> = Vec::new();
    for character in order.characters.iter().take(6) {
        let own = Wishes::read(&character.prompt, &character.undesired);
        let girl = own.boys == 0;
        people.push((own, girl, character.centre));
    }
    let girls = wishes.girls.min(4);
    let boys = wishes.boys.min(4);
    let named = people.len() as u32;
    for place in named..(girls + boys).min(5) {
        people.push((wishes.clone(), place < girls, None));
    }
    let count = people.len();
    // People who stand together don't look alike.
    let chosen = rng.below(8) as usize;
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
            let figure = figures.get(place);
            Person {
                girl,
                hair: hair
                    .or(figure.map(|[hair, _]| *hair))
                    .unwrap_or(hairs[(chosen + 3 * place) % hairs.len()]),
                eyes: own.eyes.unwrap_or(rng.pick(&eyes)),
                clothes: clothes
                    .or(figure.map(|[_, clothes]| *clothes))
                    .unwrap_or(rng.pick(&cloths)),
                traits,
                place: centre.map_or((place as f32 + 0.5) / count as f32, |centre| centre.0),
                front: centre.map_or(0.5, |centre| centre.1),
                seed: rng.bits(),
            }
        })
        .collect()
}
