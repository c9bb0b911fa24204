//! People seen from behind, looking at what the picture shows, and the animals that keep them company.
//!
//! They are drawn on a sheet of their own, so that the light of the scene can run along their edges before they are laid
//! into it. Their proportions are those of drawn people: six heads and a half.

use super::{
    canvas::{Canvas, light},
    colour::{BLACK, Colour, WHITE, blend, hex, luma, scale},
    maths::{Rng, mix, noise, sin, step, unit},
    plants,
    scene::{Person, Place, Scene, Thing, Trait},
    shape::Path,
};

pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    let animals = scene.has(Thing::Cat) || scene.has(Thing::Dog);
    if scene.people.is_empty() && !animals {
        return;
    }
    let mut sheet = canvas.another();
    let count = scene.people.len();
    let size = size(scene, canvas.high(), count);
    for (place, person) in scene.people.iter().enumerate() {
        let x = canvas.wide() * 0.5
            + (person.place - 0.5)
                * (canvas.wide() - 0.3).min(0.3 * count as f32).max(0.0)
                * if count > 1 { 1.25 } else { 0.9 };
        let x = if count == 1 && (person.place - 0.5).abs() < 0.01 {
            canvas.wide() * one_third(scene, canvas.wide())
        } else {
            x
        };
        let foot = foot(scene, canvas.high(), x) + 0.008 * (place % 2) as f32;
        shadow(canvas, scene, x, foot, size);
        person_from_behind(
            &mut sheet,
            scene,
            person,
            x,
            foot,
            size * if person.girl { 1.0 } else { 1.07 },
        );
    }
    let first = scene.people.first().map_or(canvas.wide() * 0.5, |_| {
        canvas.wide() * one_third(scene, canvas.wide()) + size * 0.3
    });
    if scene.has(Thing::Cat) {
        let (x, foot, size) = if scene.has(Thing::Window) {
            (canvas.wide() * 0.62, canvas.high() - 0.148, 0.3)
        } else if count == 0 {
            (
                canvas.wide() * 0.5,
                foot(scene, canvas.high(), canvas.wide() * 0.5),
                0.3,
            )
        } else {
            (first, foot(scene, canvas.high(), first), size * 0.24)
        };
        cat(&mut sheet, scene, x, foot, size);
    }
    if scene.has(Thing::Dog) {
        let (x, size) = if count == 0 {
            (canvas.wide() * 0.5, 0.34)
        } else {
            (first, size * 0.36)
        };
        dog(&mut sheet, scene, x, foot(scene, canvas.high(), x), size);
    }
    rim(&mut sheet, scene);
    canvas.lay(&sheet);
    if matches!(scene.place, Place::Meadow | Place::Mountains) && !scene.winter && !scene.transparent {
        tufts(canvas, scene);
    }
}

/// How tall a person stands.
fn size(scene: &Scene, high: f32, count: usize) -> f32 {
    if scene.transparent {
        return high * 0.88;
    }
    let size: f32 = if count > 2 { 0.5 } else { 0.6 };
    if scene.has(Thing::Window) {
        0.85
    } else {
        size * high.clamp(1.0, 1.25)
    }
}

/// A single person stands off the middle, away from the light.
fn one_third(scene: &Scene, wide: f32) -> f32 {
    if scene.transparent {
        0.5
    } else if scene.light_at.0 > wide * 0.5 {
        0.4
    } else {
        0.6
    }
}

fn foot(scene: &Scene, high: f32, x: f32) -> f32 {
    if scene.transparent {
        return high * 0.96;
    }
    if scene.has(Thing::Window) {
        return high + 0.34;
    }
    match scene.place {
        Place::Mountains | Place::Meadow => mix(plants::ground_line(scene, high, x), high, 0.42),
        Place::Lake => high - 0.035,
        Place::Forest => high - 0.1,
        Place::City => high - 0.045,
        Place::Rooftop => high - 0.055,
        Place::Sea => high - 0.075,
        Place::Desert => high - 0.08,
        Place::Space => high - 0.06,
        Place::Sky => high - 0.07,
    }
}

fn shadow(canvas: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32) {
    if scene.transparent {
        return;
    }
    let away = if scene.light_at.0 > x { -1.0 } else { 1.0 };
    for spot in 0..5 {
        let t = spot as f32 / 4.0;
        canvas.soft(
            x + away * size * 0.11 * t,
            foot + size * 0.004 * t,
            size * mix(0.09, 0.05, t),
            scale(scene.palette.near, 0.4),
            0.26,
        );
    }
}

/// A sheet with a place to draw in: local units are body heights, the origin between the feet.
struct Pen<'a> {
    sheet: &'a mut Canvas,
    x: f32,
    y: f32,
    size: f32,
    /// Which side the light comes from: 1 right, -1 left.
    side: f32,
    ambient: Colour,
    darkness: f32,
}

impl Pen<'_> {
    /// The colour of a thing in the light of the scene.
    fn lit(&self, colour: Colour) -> Colour {
        let dim = scale(colour, mix(0.9, 0.46, self.darkness));
        blend(dim, blend(self.ambient, BLACK, 0.35), 0.14 + 0.22 * self.darkness)
    }

    /// Fills a shape given in local units, rounder towards the light.
    fn body(&mut self, path: &Path, colour: Colour, folds: f32) {
        let colour = self.lit(colour);
        let (x, y, size, side) = (self.x, self.y, self.size, self.side);
        let path = path.moved(size, size, x, y);
        self.sheet.shade(&path, |px, py| {
            let (u, v) = ((px - x) / size, (py - y) / size);
            let round = unit(0.5 + u * side * 4.2);
            let fold = if folds > 0.0 {
                noise(u * 46.0 + v * 5.0, v * 5.0, 17) - 0.5
            } else {
                0.0
            };
            (scale(colour, 0.76 + 0.32 * round + folds * fold), 1.0)
        });
    }

    fn stroke(&mut self, points: &[(f32, f32, f32)], colour: Colour) {
        self.body(&Path::stroke(points), colour, 0.0);
    }
}

fn person_from_behind(sheet: &mut Canvas, scene: &Scene, person: &Person, x: f32, y: f32, size: f32) {
    let mut rng = Rng::new(person.seed, "person");
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let wind = if rng.chance(0.5) { 1.0 } else { -1.0 };
    let mut pen = Pen {
        sheet,
        x,
        y,
        size,
        side,
        ambient: scene.palette.haze,
        darkness: scene.palette.darkness,
    };
    if person.with(Trait::Umbrella) || (scene.has(Thing::Rain) && !scene.has(Thing::Window)) {
        umbrella(&mut pen, person, &mut rng);
    }
    if person.with(Trait::Wings) {
        wings(&mut pen);
    }
    legs(&mut pen, person, &mut rng);
    clothes(&mut pen, scene, person, wind, &mut rng);
    if person.with(Trait::Scarf) {
        scarf(&mut pen, person, wind);
    }
    head(&mut pen, person, wind, &mut rng);
}

const SKIN: Colour = hex(0xf6d7c3);

fn legs(pen: &mut Pen<'_>, person: &Person, rng: &mut Rng) {
    let bare = person.girl && !person.with(Trait::Trousers);
    let cloth = if person.with(Trait::Trousers) || !person.girl {
        blend(scale(person.clothes, 0.4), hex(0x2b3040), 0.6)
    } else {
        SKIN
    };
    let shoe = hex(0x3a2c2c);
    let stocking = rng.chance(0.45);
    for way in [-1.0, 1.0] {
        let (hip, knee, ankle) = (way * 0.036, way * 0.037, way * 0.033);
        let wide = if bare { 1.0 } else { 1.25 };
        pen.stroke(
            &[
                (hip, -0.5, 0.036 * wide),
                (knee, -0.28, 0.0245 * wide),
                (knee, -0.2, 0.0245 * wide),
                (ankle, -0.03, 0.0145 * wide),
            ],
            cloth,
        );
        if bare && stocking {
            pen.stroke(
                &[(knee, -0.31, 0.0255), (knee, -0.2, 0.025), (ankle, -0.03, 0.0155)],
                hex(0x2a2836),
            );
        }
        let mut foot = Path::at(ankle - 0.017, -0.05);
        foot.line(ankle + 0.017, -0.05);
        foot.bend(
            (ankle + 0.024, -0.02),
            (ankle + 0.026 + way * 0.008, 0.004),
            (ankle + way * 0.01, 0.006),
        );
        foot.bend(
            (ankle - 0.026 + way * 0.008, 0.004),
            (ankle - 0.024, -0.02),
            (ankle - 0.017, -0.05),
        );
        pen.body(&foot, shoe, 0.0);
    }
}

fn clothes(pen: &mut Pen<'_>, scene: &Scene, person: &Person, wind: f32, rng: &mut Rng) {
    let main = person.clothes;
    let pale = blend(main, WHITE, 0.82);
    let kimono = person.with(Trait::Kimono);
    let coat = person.with(Trait::Coat) || (!person.girl && !kimono && (scene.winter || rng.chance(0.5)));
    let uniform = person.with(Trait::Uniform);
    let dress =
        person.girl && !coat && !kimono && !uniform && !person.with(Trait::Trousers) && !person.with(Trait::Skirt)
            || person.with(Trait::Dress);
    let top = if dress || coat || kimono {
        main
    } else if uniform {
        hex(0xf4f4f8)
    } else {
        pale
    };
    let half = if person.girl { 0.078 } else { 0.098 };
    let sleeve = if dress && !scene.winter { SKIN } else { top };
    let sleeves = if kimono {
        0.052
    } else if coat {
        0.028
    } else {
        0.021
    };
    for way in [-1.0, 1.0] {
        // The hands are folded in front, where they can't be seen.
        let out = if kimono { 0.13 } else { half + 0.03 };
        let elbow = -0.655 + rng.range(-0.008, 0.008);
        pen.stroke(
            &[
                (way * (half - 0.016), -0.812, 0.024),
                (way * (half + 0.008), -0.74, sleeves * 1.06),
                (way * out, elbow, sleeves),
                (
                    way * (out - 0.022),
                    elbow + 0.05,
                    sleeves * if kimono { 1.5 } else { 0.92 },
                ),
                (
                    way * (out - 0.08),
                    elbow + 0.075,
                    sleeves * if kimono { 1.6 } else { 0.8 },
                ),
            ],
            sleeve,
        );
        if dress && !scene.winter {
            pen.stroke(
                &[
                    (way * (half - 0.018), -0.818, 0.024),
                    (way * (half + 0.006), -0.752, 0.027),
                ],
                top,
            );
        }
    }
    if let Some((hem, flare, drop)) = if kimono {
        Some((-0.045, 0.078, 0.0))
    } else if coat {
        Some((-0.3, 0.1, 0.02))
    } else if dress {
        Some((-0.22, 0.175, 0.05))
    } else if person.girl && !person.with(Trait::Trousers) {
        Some((-0.36, 0.128, 0.02))
    } else {
        None
    } {
        let sway = wind * drop;
        let waist = -0.62;
        let mut path = Path::at(-0.05, waist);
        path.line(0.05, waist);
        path.bend(
            (0.075, waist + 0.07),
            (flare * 0.86 + sway * 0.5, hem - 0.12),
            (flare + sway, hem - 0.012),
        );
        // A hem in waves.
        let waves = 5;
        let (from, to) = (flare + sway, -flare + sway);
        for wave in 0..waves {
            let (a, b) = (wave as f32 / waves as f32, (wave + 1) as f32 / waves as f32);
            let low = hem + if kimono { 0.0 } else { 0.02 };
            path.bend(
                (mix(from, to, mix(a, b, 0.3)), low),
                (mix(from, to, mix(a, b, 0.7)), low),
                (mix(from, to, b), hem - 0.008),
            );
        }
        path.bend(
            (-flare * 0.86 + sway * 0.5, hem - 0.12),
            (-0.075, waist + 0.07),
            (-0.05, waist),
        );
        pen.body(
            &path,
            if uniform { blend(main, hex(0x27304f), 0.5) } else { main },
            if kimono { 0.1 } else { 0.34 },
        );
    }
    let mut torso = Path::at(-0.024, -0.858);
    torso.line(0.024, -0.858);
    torso.bend((0.03, -0.835), (half * 0.9, -0.835), (half, -0.8));
    torso.bend((half * 0.86, -0.74), (0.054, -0.68), (0.051, -0.61));
    torso.bend((0.056, -0.56), (0.07, -0.53), (0.072, -0.5));
    torso.line(-0.072, -0.5);
    torso.bend((-0.07, -0.53), (-0.056, -0.56), (-0.051, -0.61));
    torso.bend((-0.054, -0.68), (-half * 0.86, -0.74), (-half, -0.8));
    torso.bend((-half * 0.9, -0.835), (-0.03, -0.835), (-0.024, -0.858));
    if dress || coat || kimono {
        // The skirt goes on from the waist.
        let mut upper = Path::at(-0.024, -0.858);
        upper.line(0.024, -0.858);
        upper.bend((0.03, -0.835), (half * 0.9, -0.835), (half, -0.8));
        upper.bend((half * 0.86, -0.74), (0.054, -0.68), (0.051, -0.6));
        upper.line(-0.051, -0.6);
        upper.bend((-0.054, -0.68), (-half * 0.86, -0.74), (-half, -0.8));
        upper.bend((-half * 0.9, -0.835), (-0.03, -0.835), (-0.024, -0.858));
        pen.body(&upper, top, 0.1);
    } else {
        pen.body(&torso, top, 0.1);
    }
    if kimono {
        let belt = blend(person.eyes, WHITE, 0.25);
        pen.body(&Path::rectangle(-0.057, -0.67, 0.057, -0.6), belt, 0.1);
        pen.body(&Path::ellipse(0.0, -0.64, 0.05, 0.036, 0.0), scale(belt, 0.88), 0.1);
        pen.body(
            &Path::ellipse(0.0, -0.64, 0.016, 0.042, 0.0),
            blend(belt, WHITE, 0.3),
            0.0,
        );
    } else if dress {
        let sash = blend(main, WHITE, 0.3);
        pen.body(&Path::rectangle(-0.052, -0.632, 0.052, -0.608), sash, 0.0);
        for way in [-1.0, 1.0] {
            pen.body(&Path::ellipse(way * 0.03, -0.62, 0.03, 0.014, way * 0.35), sash, 0.0);
            pen.stroke(
                &[
                    (0.0, -0.615, 0.004),
                    (way * 0.02 + wind * 0.01, -0.56, 0.008),
                    (way * 0.03 + wind * 0.03, -0.5, 0.006),
                ],
                sash,
            );
        }
    }
    if uniform {
        let collar = blend(main, hex(0x27304f), 0.5);
        pen.body(
            &Path::polygon(&[(-0.05, -0.845), (0.05, -0.845), (0.07, -0.755), (-0.07, -0.755)]),
            collar,
            0.0,
        );
        pen.stroke(&[(-0.064, -0.763, 0.0022), (0.064, -0.763, 0.0022)], WHITE);
    }
    if person.with(Trait::Cape) {
        let mut cape = Path::at(-0.06, -0.85);
        cape.line(0.06, -0.85);
        cape.bend((0.12, -0.7), (0.14 + wind * 0.06, -0.3), (0.16 + wind * 0.14, -0.12));
        cape.bend(
            (0.06 + wind * 0.14, -0.06),
            (-0.06 + wind * 0.14, -0.1),
            (-0.13 + wind * 0.12, -0.07),
        );
        cape.bend((-0.14 + wind * 0.04, -0.3), (-0.12, -0.7), (-0.06, -0.85));
        pen.body(&cape, scale(main, 0.8), 0.4);
    }
}

fn scarf(pen: &mut Pen<'_>, person: &Person, wind: f32) {
    let colour = if luma(person.clothes) > 0.55 {
        hex(0xb8343c)
    } else {
        hex(0xf0e4d0)
    };
    pen.body(&Path::ellipse(0.0, -0.845, 0.056, 0.03, 0.0), colour, 0.3);
    pen.stroke(
        &[
            (wind * 0.03, -0.84, 0.018),
            (wind * 0.12, -0.83, 0.022),
            (wind * 0.21, -0.8, 0.024),
            (wind * 0.3, -0.83, 0.018),
        ],
        scale(colour, 0.94),
    );
}

fn head(pen: &mut Pen<'_>, person: &Person, wind: f32, rng: &mut Rng) {
    let hair = person.hair;
    pen.stroke(&[(0.0, -0.875, 0.022), (0.0, -0.83, 0.024)], SKIN);
    for way in [-1.0, 1.0] {
        pen.body(&Path::ellipse(way * 0.066, -0.905, 0.011, 0.018, way * 0.2), SKIN, 0.0);
    }
    if person.with(Trait::CatEars) || person.with(Trait::FoxEars) {
        ears(pen, person);
    }
    let tails = person.with(Trait::Twintails);
    let pony = person.with(Trait::Ponytail) || person.with(Trait::Braid);
    let very = person.with(Trait::VeryLong);
    let long = person.girl && !tails && !pony && !person.with(Trait::Short) && !person.with(Trait::Bun);
    let long = long || very || (person.with(Trait::Long) && !tails && !pony);
    let skull = |drop: f32, flare: f32| {
        let mut path = Path::at(0.0, -1.0);
        path.bend((0.055, -1.002), (0.078, -0.96), (0.077, -0.915));
        path.bend((0.079, -0.89), (flare, -0.87), (flare * 0.86, -0.85 + drop));
        path.bend(
            (0.03, -0.84 + drop),
            (-0.03, -0.84 + drop),
            (-flare * 0.86, -0.85 + drop),
        );
        path.bend((-flare, -0.87), (-0.079, -0.89), (-0.077, -0.915));
        path.bend((-0.078, -0.96), (-0.055, -1.002), (0.0, -1.0));
        path
    };
    if long {
        mane(pen, hair, wind, if very { 0.56 } else { 0.36 }, rng);
    }
    let short = person.with(Trait::Short) && person.girl;
    pen.body(
        &if short || long {
            skull(0.018, 0.086)
        } else {
            skull(if person.girl { -0.022 } else { -0.05 }, 0.074)
        },
        hair,
        0.1,
    );
    for way in [-1.0, 1.0] {
        if tails {
            tail(
                pen,
                (way * 0.072, -0.95),
                (way * 0.1 + wind * 0.05, 0.42),
                0.036,
                hair,
                way,
            );
            pen.body(&Path::ellipse(way * 0.074, -0.945, 0.014, 0.02, 0.0), person.eyes, 0.0);
        } else if person.with(Trait::Bun) {
            pen.body(&Path::ellipse(way * 0.05, -1.0, 0.034, 0.032, 0.0), hair, 0.2);
        }
    }
    if pony {
        tail(pen, (0.0, -0.965), (wind * 0.09, 0.36), 0.034, hair, wind);
        pen.body(&Path::ellipse(0.0, -0.962, 0.017, 0.012, 0.0), person.eyes, 0.0);
    }
    strands(pen, hair, long, rng);
    if person.with(Trait::Bow) {
        let bow = if person.eyes == person.hair {
            WHITE
        } else {
            hex(0xd8343c)
        };
        for way in [-1.0, 1.0] {
            pen.body(
                &Path::polygon(&[(0.0, -0.955), (way * 0.062, -0.985), (way * 0.056, -0.925)]),
                bow,
                0.2,
            );
            pen.stroke(&[(0.0, -0.95, 0.006), (way * 0.03, -0.88, 0.009)], bow);
        }
        pen.body(&Path::ellipse(0.0, -0.955, 0.012, 0.013, 0.0), scale(bow, 0.85), 0.0);
    }
    if person.with(Trait::Hat) {
        let straw = hex(0xe6c98a);
        pen.body(&Path::ellipse(0.0, -0.965, 0.145, 0.03, -0.06), scale(straw, 0.92), 0.2);
        let mut crown = Path::at(-0.076, -0.968);
        crown.bend((-0.076, -1.06), (0.076, -1.065), (0.076, -0.972));
        crown.bend((0.03, -0.957), (-0.03, -0.957), (-0.076, -0.968));
        pen.body(&crown, straw, 0.1);
        pen.stroke(
            &[(-0.077, -0.976, 0.008), (0.0, -0.966, 0.009), (0.077, -0.98, 0.008)],
            person.clothes,
        );
    }
}

/// Long hair that the wind takes to one side, ending in points.
fn mane(pen: &mut Pen<'_>, hair: Colour, wind: f32, length: f32, rng: &mut Rng) {
    let end = -0.9 + length;
    // From the sides to the middle, so that the middle lies on top.
    for t in [0.0, 1.0, 0.17, 0.83, 0.34, 0.66, 0.5f32] {
        let start = mix(-0.068, 0.068, t);
        let reach = wind * length * mix(0.16, 0.46, if wind > 0.0 { t } else { 1.0 - t }) * rng.range(0.8, 1.15);
        let tip = end + rng.range(-0.05, 0.03) - length * 0.1 * (2.0 * t - 1.0).abs();
        let points = [
            (start * 0.3, -0.992, 0.004),
            (start * 0.85, -0.955, 0.017),
            (start * 1.08, -0.87, 0.026),
            (start * 1.15 + reach * 0.2, mix(-0.86, tip, 0.4), 0.03),
            (start * 1.1 + reach * 0.62, mix(-0.86, tip, 0.78), 0.021),
            (start + reach, tip, 0.002),
        ];
        pen.stroke(&points, scale(hair, rng.range(0.88, 1.05)));
    }
}

fn tail(pen: &mut Pen<'_>, (x, y): (f32, f32), (dx, dy): (f32, f32), half: f32, hair: Colour, way: f32) {
    for (lock, shade) in [(0.0, 0.9), (0.5, 1.0), (-0.5, 0.96)] {
        let spread = lock * half;
        pen.stroke(
            &[
                (x, y, half * 0.4),
                (x + way * 0.035 + spread * 0.4, y + dy * 0.14, half * 0.7),
                (x + dx * 0.55 + spread, y + dy * 0.45, half * 0.8),
                (x + dx * 0.9 + spread, y + dy * 0.78, half * 0.5),
                (x + dx * 1.25 + spread * 0.6, y + dy * (1.0 + lock * 0.12), 0.002),
            ],
            scale(hair, shade),
        );
    }
}

/// A few lighter and darker lines give hair its gloss.
fn strands(pen: &mut Pen<'_>, hair: Colour, long: bool, rng: &mut Rng) {
    let low = if long { -0.78 } else { -0.88 };
    for _ in 0..14 {
        let u = rng.range(-0.058, 0.058);
        let shine = blend(hair, WHITE, rng.range(0.1, 0.28));
        let colour = if rng.chance(0.55) { shine } else { scale(hair, 0.78) };
        pen.stroke(
            &[
                (u * 0.5, -0.99, 0.0006),
                (u * 1.05, -0.93, 0.002),
                (u * 1.15, mix(-0.9, low, rng.unit()), 0.0005),
            ],
            colour,
        );
    }
}

fn ears(pen: &mut Pen<'_>, person: &Person) {
    let tall = if person.with(Trait::FoxEars) { 0.085 } else { 0.062 };
    for way in [-1.0, 1.0] {
        let mut ear = Path::at(way * 0.018, -0.982);
        ear.bend(
            (way * 0.03, -1.0 - tall * 0.5),
            (way * 0.05, -0.99 - tall),
            (way * 0.06, -0.99 - tall),
        );
        ear.bend(
            (way * 0.074, -0.98 - tall * 0.5),
            (way * 0.08, -0.97),
            (way * 0.074, -0.945),
        );
        ear.close();
        pen.body(&ear, person.hair, 0.1);
    }
    if person.with(Trait::FoxEars) || person.with(Trait::CatEars) {
        let thick = if person.with(Trait::FoxEars) { 0.04 } else { 0.016 };
        pen.stroke(
            &[
                (0.02, -0.5, thick * 0.4),
                (0.1, -0.42, thick),
                (0.17, -0.46, thick * 1.1),
                (0.2, -0.56, thick * 0.8),
                (0.19, -0.62, 0.003),
            ],
            person.hair,
        );
    }
}

fn wings(pen: &mut Pen<'_>) {
    for way in [-1.0, 1.0] {
        for feather in 0..9 {
            let t = feather as f32 / 8.0;
            let (tip_x, tip_y) = (way * mix(0.42, 0.12, t * t), mix(-1.02, -0.42, t));
            pen.stroke(
                &[
                    (way * 0.03, -0.76, 0.014),
                    (way * mix(0.2, 0.06, t), mix(-0.92, -0.64, t), 0.03),
                    (tip_x, tip_y, 0.004),
                ],
                scale(hex(0xf6f8ff), mix(1.0, 0.84, t)),
            );
        }
    }
}

fn umbrella(pen: &mut Pen<'_>, person: &Person, rng: &mut Rng) {
    let colours = [0xd8404c, 0x3c6fd0, 0xf0c04a, 0xf4f4f4, 0x4aa58a].map(hex);
    let colour = if person.with(Trait::Umbrella) {
        rng.pick(&colours)
    } else {
        blend(rng.pick(&colours), WHITE, 0.1)
    };
    let (x, top) = (0.05, -1.22);
    pen.stroke(&[(x, -0.62, 0.004), (x, top, 0.004)], hex(0x3a3440));
    let mut dome = Path::at(x - 0.3, -1.0);
    dome.bend((x - 0.28, -1.2), (x - 0.12, top - 0.015), (x, top - 0.015));
    dome.bend((x + 0.12, top - 0.015), (x + 0.28, -1.2), (x + 0.3, -1.0));
    for rib in 0..4 {
        let (a, b) = (
            mix(x + 0.3, x - 0.3, rib as f32 / 4.0),
            mix(x + 0.3, x - 0.3, (rib + 1) as f32 / 4.0),
        );
        dome.curve((a + b) * 0.5, -1.045, b, -1.0);
    }
    pen.body(&dome, colour, 0.0);
    for rib in 1..4 {
        let foot = mix(x - 0.3, x + 0.3, rib as f32 / 4.0);
        pen.stroke(
            &[
                (x, top - 0.01, 0.0012),
                (mix(x, foot, 0.7), -1.14, 0.0015),
                (foot, -1.0, 0.001),
            ],
            scale(colour, 0.72),
        );
    }
}

/// A sitting cat from behind, its tail curled.
fn cat(sheet: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32) {
    let mut rng = Rng::new(scene.seed, "cat");
    let coat = scene
        .wishes
        .colours
        .first()
        .copied()
        .unwrap_or(rng.pick(&[0x2a2830, 0xd99a56, 0x8e8f9c, 0xf2ece4].map(hex)));
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let mut pen = Pen {
        sheet,
        x,
        y: foot,
        size,
        side,
        ambient: scene.palette.haze,
        darkness: scene.palette.darkness,
    };
    pen.stroke(
        &[
            (0.2, -0.06, 0.05),
            (0.42, -0.03, 0.052),
            (0.55, -0.14, 0.05),
            (0.5, -0.28, 0.045),
            (0.4, -0.3, 0.034),
        ],
        coat,
    );
    let mut body = Path::at(0.0, -0.62);
    body.bend((0.2, -0.6), (0.2, -0.38), (0.27, -0.2));
    body.bend((0.32, -0.06), (0.24, 0.0), (0.1, 0.0));
    body.line(-0.1, 0.0);
    body.bend((-0.24, 0.0), (-0.32, -0.06), (-0.27, -0.2));
    body.bend((-0.2, -0.38), (-0.2, -0.6), (0.0, -0.62));
    pen.body(&body, coat, 0.16);
    for way in [-1.0, 1.0] {
        let mut ear = Path::at(way * 0.03, -0.86);
        ear.bend((way * 0.07, -0.98), (way * 0.12, -1.04), (way * 0.15, -1.04));
        ear.bend((way * 0.18, -0.95), (way * 0.19, -0.86), (way * 0.17, -0.78));
        pen.body(ear.close(), coat, 0.1);
    }
    pen.body(&Path::ellipse(0.0, -0.73, 0.185, 0.16, 0.0), coat, 0.1);
    if luma(coat) > 0.3 {
        for stripe in 0..4 {
            let y = -0.5 + stripe as f32 * 0.1;
            pen.stroke(
                &[
                    (-0.09 - 0.01 * stripe as f32, y, 0.004),
                    (0.0, y + 0.02, 0.012),
                    (0.09 + 0.01 * stripe as f32, y, 0.004),
                ],
                scale(coat, 0.74),
            );
        }
    }
}

/// A sitting dog, wolf or fox from behind.
fn dog(sheet: &mut Canvas, scene: &Scene, x: f32, foot: f32, size: f32) {
    let coat = scene.wishes.colours.first().copied().unwrap_or(hex(0xc9803e));
    let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
    let mut pen = Pen {
        sheet,
        x,
        y: foot,
        size,
        side,
        ambient: scene.palette.haze,
        darkness: scene.palette.darkness,
    };
    pen.stroke(
        &[
            (-0.15, -0.05, 0.05),
            (-0.36, -0.06, 0.085),
            (-0.5, -0.14, 0.075),
            (-0.58, -0.24, 0.01),
        ],
        coat,
    );
    pen.stroke(
        &[(-0.48, -0.12, 0.05), (-0.54, -0.19, 0.045), (-0.59, -0.25, 0.006)],
        blend(coat, WHITE, 0.75),
    );
    let mut body = Path::at(0.0, -0.72);
    body.bend((0.16, -0.7), (0.16, -0.4), (0.22, -0.2));
    body.bend((0.27, -0.06), (0.2, 0.0), (0.08, 0.0));
    body.line(-0.08, 0.0);
    body.bend((-0.2, 0.0), (-0.27, -0.06), (-0.22, -0.2));
    body.bend((-0.16, -0.4), (-0.16, -0.7), (0.0, -0.72));
    pen.body(&body, coat, 0.2);
    for way in [-1.0, 1.0] {
        let mut ear = Path::at(way * 0.02, -0.9);
        ear.bend((way * 0.05, -1.02), (way * 0.09, -1.1), (way * 0.12, -1.12));
        ear.bend((way * 0.15, -1.0), (way * 0.16, -0.9), (way * 0.14, -0.8));
        pen.body(ear.close(), scale(coat, 0.82), 0.1);
    }
    pen.body(&Path::ellipse(0.0, -0.8, 0.15, 0.145, 0.0), coat, 0.15);
}

/// The light of the scene along the edges that face it.
pub(super) fn rim(sheet: &mut Canvas, scene: &Scene) {
    let shift = (0.0045 * sheet.unit).max(1.0) as isize;
    let middle = sheet.width as f32 * 0.5;
    let side: isize = if scene.light_at.0 * sheet.unit > middle { 1 } else { -1 };
    let alpha: Vec<f32> = sheet.pixels.iter().map(|pixel| pixel[3]).collect();
    let (width, height) = (sheet.width as isize, sheet.height as isize);
    let colour = scene.palette.light;
    let strength = mix(0.62, 0.5, scene.palette.darkness);
    for y in 0..height {
        for x in 0..width {
            let place = (y * width + x) as usize;
            if alpha[place] < 0.02 {
                continue;
            }
            let (nx, ny) = ((x + side * shift).clamp(0, width - 1), (y - shift).clamp(0, height - 1));
            let open = 1.0 - 0.5 * (alpha[(y * width + nx) as usize] + alpha[(ny * width + nx) as usize]);
            if open > 0.02 {
                light(
                    &mut sheet.pixels[place],
                    colour.map(|part| part * alpha[place]),
                    open * strength,
                );
            }
        }
    }
}

/// Grass in front of the feet.
fn tufts(canvas: &mut Canvas, scene: &Scene) {
    let mut rng = Rng::new(scene.seed, "tufts");
    let (wide, high) = (canvas.wide(), canvas.high());
    let lit = blend(scene.palette.ground, scene.palette.light, 0.1);
    for _ in 0..(wide * 260.0) as u32 {
        let x = rng.range(0.0, wide);
        let y = foot(scene, high, x) + rng.range(0.012, 0.045);
        let size = rng.range(0.025, 0.075);
        let lean = size * (rng.range(-0.4, 0.4) + 0.3 * sin(x * 5.0));
        let colour = scale(lit, rng.range(0.45, 0.8));
        let shape = [
            (x, y, 0.0017),
            (x + lean * 0.3, y - size * 0.6, 0.0013),
            (x + lean, y - size, 0.0003),
        ];
        canvas.fill(&Path::stroke(&shape), colour, 0.92 * step(0.0, 0.2, rng.unit()));
    }
}
