//! People seen from behind, looking at what the picture shows, and the animals that keep them company.
//!
//! They are drawn on a sheet of their own, so that the light of the scene can run along their edges before they are
//! laid into it. Their proportions are those of drawn people: six heads and a half.

mod animals;
mod clothes;
mod hair;

use super::plants;
use super::{
    canvas::{Canvas, light},
    colour::{BLACK, Colour, blend, hex, scale},
    maths::{Rng, mix, noise, sin, step, unit},
    scene::{Person, Place, Scene, Thing, Trait},
    shape::Path,
};
use animals::{cat, dog};
use clothes::{clothes, legs, scarf, umbrella, wings};
use hair::head;

pub(super) fn paint(canvas: &mut Canvas, scene: &Scene) {
    let animals = scene.has(Thing::Cat) || scene.has(Thing::Dog);
    if scene.people.is_empty() && !animals {
        return;
    }
    let mut sheet = canvas.another();
    let count = scene.people.len();
    let size = size(scene, canvas.high(), count);
    // Who stands farther back is painted first.
    let mut people: Vec<(usize, &Person)> = scene.people.iter().enumerate().collect();
    people.sort_by(|(_, one), (_, other)| one.front.total_cmp(&other.front));
    for (place, person) in people {
        let x = canvas.wide() * 0.5
            + (person.place - 0.5)
                * (canvas.wide() - 0.3).min(0.3 * count as f32).max(0.0)
                * if count > 1 { 1.25 } else { 0.9 };
        let x = if count == 1 && (person.place - 0.5).abs() < 0.01 {
            canvas.wide() * one_third(scene, canvas.wide())
        } else {
            x
        };
        let ahead = person.front - 0.5;
        let foot = foot(scene, canvas.high(), x) + 0.008 * (place % 2) as f32 + 0.14 * ahead;
        let size = size * (1.0 + 0.5 * ahead);
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
        let dim = scale(colour, mix(0.92, 0.64, self.darkness));
        blend(dim, blend(self.ambient, BLACK, 0.35), 0.12 + 0.1 * self.darkness)
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
