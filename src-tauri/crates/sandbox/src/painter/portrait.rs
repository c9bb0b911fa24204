//! A face that looks out of the picture, in the plain manner of drawn people: flat colours, soft shadows, large eyes.

mod clothes;
mod features;
mod hair;

use super::figure;
use super::{
    canvas::Canvas,
    colour::{Colour, WHITE, blend, hex, multiply, scale},
    maths::{Rng, cos, mix, sin},
    scene::{Person, Scene, Trait},
    shape::Path,
};
use clothes::{body, extras, wings};
use features::{ears, features, head};
use hair::{back_hair, fringe, front_locks, twintails};

pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    let (wide, high) = (canvas.wide(), canvas.high());
    let count = scene.people.len().min(3);
    let size = 0.44
        * if count > 1 { 0.66 } else { 1.0 }
        * (0.72 + 0.28 * high.min(1.4))
        * if wide > 1.2 && count == 1 { 1.06 } else { 1.0 };
    let mut sheet = canvas.another();
    for (place, person) in scene.people.iter().take(count).enumerate() {
        let x = if count == 1 {
            wide * mix(0.5, person.place, 0.7)
        } else {
            wide * mix(0.5, person.place, 0.85)
        };
        let mut rng = Rng::new(person.seed, "face");
        let tilt = rng.range(-0.09, 0.09);
        let y = high * 0.47 + 0.05 * (place % 2) as f32 + if count > 1 { 0.06 } else { 0.0 };
        let side = if scene.light_at.0 > x { 1.0 } else { -1.0 };
        let mut face = Face {
            sheet: &mut sheet,
            x,
            y,
            size,
            turn: (sin(tilt), cos(tilt)),
            side,
            air: scene.palette.haze,
            glow: scene.palette.glow,
            darkness: scene.palette.darkness,
        };
        draw(&mut face, person, scene, &mut rng);
    }
    figure::rim(&mut sheet, scene);
    canvas.lay(&sheet);
}

/// A sheet with a face's place in it. Local units: the eyes are at 0.1, the chin at 0.52, the crown at -0.72.
struct Face<'a> {
    sheet: &'a mut Canvas,
    x: f32,
    y: f32,
    size: f32,
    turn: (f32, f32),
    side: f32,
    air: Colour,
    glow: Colour,
    darkness: f32,
}

impl Face<'_> {
    fn lit(&self, colour: Colour) -> Colour {
        let dim = scale(colour, mix(1.0, 0.88, self.darkness));
        let warm = multiply(dim, blend(WHITE, self.glow, 0.22));
        blend(warm, self.air, 0.04 + 0.07 * self.darkness)
    }

    /// Fills a shape; the paint is told where it is in local units.
    fn shade(&mut self, path: &Path, paint: impl Fn(f32, f32) -> (Colour, f32)) {
        let (s, c) = self.turn;
        let (x, y, size) = (self.x, self.y, self.size);
        // It turns about the neck.
        let place = |(u, v): (f32, f32)| {
            let v = v - 0.6;
            (x + (u * c - v * s) * size, y + (u * s + v * c + 0.6) * size)
        };
        let path = path.mapped(place);
        self.sheet.shade(&path, |px, py| {
            let (dx, dy) = ((px - x) / size, (py - y) / size - 0.6);
            paint(dx * c + dy * s, dy * c - dx * s + 0.6)
        });
    }

    fn fill(&mut self, path: &Path, colour: Colour, alpha: f32) {
        let colour = self.lit(colour);
        self.shade(path, |_, _| (colour, alpha));
    }

    fn stroke(&mut self, points: &[(f32, f32, f32)], colour: Colour, alpha: f32) {
        self.fill(&Path::stroke(points), colour, alpha);
    }
}

const SKIN: Colour = hex(0xfde6d8);

const SHADOW: Colour = hex(0xe8b5a2);

fn draw(face: &mut Face<'_>, person: &Person, scene: &Scene, rng: &mut Rng) {
    let style = Style::of(person);
    back_hair(face, person, style, rng);
    if person.with(Trait::Wings) {
        wings(face);
    }
    body(face, person, scene);
    if style.long {
        front_locks(face, person, rng);
    }
    head(face, person);
    features(face, person);
    if person.with(Trait::CatEars) || person.with(Trait::FoxEars) {
        ears(face, person);
    }
    fringe(face, person, style, rng);
    if style.tails {
        twintails(face, person);
    }
    extras(face, person);
}

#[derive(Clone, Copy)]
struct Style {
    long: bool,
    tails: bool,
}

impl Style {
    fn of(person: &Person) -> Self {
        let tails = person.with(Trait::Twintails);
        let up = tails || person.with(Trait::Ponytail) || person.with(Trait::Bun) || person.with(Trait::Short);
        Self {
            long: person.with(Trait::VeryLong) || person.with(Trait::Long) || (person.girl && !up),
            tails,
        }
    }
}
