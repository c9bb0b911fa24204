//! A small painter: landscapes, cities, seas and people from a prompt and a seed, the same on every machine.
//!
//! [`words`] finds in the prompt what it has words for, [`scene`] draws the rest from the seed, and the others lay it
//! on the canvas from back to front. All sizes are in units of the shorter side, so that an eighth of the size shows
//! the same picture, which is what the previews are made of.

mod air;
mod buildings;
mod canvas;
mod city;
mod clouds;
mod colour;
mod figure;
mod finish;
mod forest;
mod fuse;
mod grade;
mod land;
mod lettering;
mod mark;
mod maths;
mod near;
mod palette;
mod patch;
mod plants;
mod portrait;
mod preview;
mod scene;
mod shape;
mod shores;
mod sky;
mod space;
mod trees;
mod water;
mod weather;
mod window;
mod words;

use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use preview::Preview;

use self::{
    canvas::Canvas,
    fuse::Plane,
    scene::{Place, Scene, Thing},
};
use crate::{
    order::Order,
    source::{CELL, Source},
};

/// The colours that a text names, in its order, from 0 to 1.
pub(crate) fn colours(text: &str) -> Vec<[f32; 3]> {
    words::colours(text)
}

/// A finished picture.
pub(crate) struct Painting {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Eight bits each of red, green, blue, alpha.
    pub(crate) rgba: Vec<u8>,
    /// Nothing shines through it.
    pub(crate) opaque: bool,
}

/// The picture at an eighth of its size.
pub(crate) struct Sketch {
    width: usize,
    height: usize,
    full_width: u32,
    full_height: u32,
    seed: u32,
    /// From 0 to 255.
    rgb: Vec<[f32; 3]>,
    /// Where something is being painted.
    wet: Option<Vec<bool>>,
}

impl Painting {
    /// Paints; `None` if told to stop.
    pub(crate) fn paint(order: &Order, seed: u32, stop: &AtomicBool) -> Option<Self> {
        let (canvas, scene) = compose(order, seed, 1, stop)?;
        let (width, height) = (canvas.width, canvas.height);
        let fresh = finish::develop(&canvas, &scene);
        drop(canvas);
        let mut rgba = rework(order, &scene, fresh, (width, height), 1);
        let mask = order.source.as_ref().and_then(|source| source.mask.as_ref());
        mark::write(&mut rgba, width, height, |x, y| {
            mask.is_none_or(|mask| mask.holds(x, y, CELL as usize))
        });
        Some(Self {
            width: order.canvas.0,
            height: order.canvas.1,
            rgba,
            opaque: !scene.transparent,
        })
    }
}

impl Sketch {
    pub(crate) fn draw(order: &Order, seed: u32) -> Self {
        let never = AtomicBool::new(false);
        let (canvas, scene) = compose(order, seed, SMALLER, &never).expect("nobody stops it");
        let fresh = finish::develop(&canvas, &scene);
        let rgba = rework(order, &scene, fresh, (canvas.width, canvas.height), SMALLER);
        let rgb = rgba
            .chunks_exact(4)
            .map(|pixel| {
                let alpha = f32::from(pixel[3]) / 255.0;
                [0, 1, 2].map(|part| f32::from(pixel[part]) * alpha + 255.0 * (1.0 - alpha))
            })
            .collect();
        let mask = order.source.as_ref().and_then(|source| source.mask.as_ref());
        Self {
            width: canvas.width,
            height: canvas.height,
            full_width: order.canvas.0,
            full_height: order.canvas.1,
            seed: scene.seed,
            rgb,
            wet: mask.map(|mask| mask.cells.clone()),
        }
    }
}

/// How much smaller a sketch is. A cell of a mask is one of its pixels.
const SMALLER: u32 = CELL;

/// What the guides and the source make of a freshly painted picture.
fn rework(order: &Order, scene: &Scene, mut fresh: Vec<u8>, (width, height): (usize, usize), shrink: u32) -> Vec<u8> {
    grade::tone(&mut fresh, order.guides.active());
    if let Some(text) = &scene.text {
        lettering::write(&mut fresh, width, height, text);
    }
    let Some(source) = &order.source else { return fresh };
    let Source {
        picture,
        mask,
        strength,
        noise,
        noise_seed,
        color_correct,
    } = source;
    let mut picture = picture.clone().opaque();
    if !scene.transparent {
        picture = picture.on_white();
    }
    let picture = picture.resized(width as u32, height as u32);
    let mut painted = Plane::of(&fresh, width, height);
    if mask.is_none() || *strength < 1.0 {
        let mut old = Plane::of(&picture.rgba, width, height);
        if *noise > 0.0 {
            old = fuse::disturb(&old, *noise as f32, *noise_seed);
        }
        painted = fuse::fuse(&old, &painted, *strength as f32, shrink);
    }
    let cell = (CELL / shrink) as usize;
    if *color_correct {
        let old = Plane::of(&picture.rgba, width, height);
        fuse::match_colours(&mut painted, &old, |x, y| {
            mask.as_ref().is_none_or(|mask| mask.holds(x, y, cell))
        });
    }
    match mask {
        None => painted.rgba(),
        Some(mask) => patch::patch(&picture.rgba, &painted, mask, cell),
    }
}

/// Lays everything on a canvas of the order's size divided by `shrink`.
fn compose(order: &Order, seed: u32, shrink: u32, stop: &AtomicBool) -> Option<(Canvas, Scene)> {
    let (width, height) = order.canvas;
    let shorter = width.min(height) as f32;
    let (wide, high) = (width as f32 / shorter, height as f32 / shorter);
    let scene = Scene::imagine(order, seed, wide, high);
    let (width, height) = ((width / shrink) as usize, (height / shrink) as usize);
    let mut canvas = Canvas::new(width, height, shorter / shrink as f32);
    if !scene.transparent {
        for layer in layers(&scene) {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            layer(&mut canvas, &scene);
        }
    }
    let inside = scene.has(Thing::Window) && !scene.transparent;
    if inside {
        weather::paint(&mut canvas, &scene);
        window::window(&mut canvas, &scene);
    }
    people(&mut canvas, &scene);
    if !scene.transparent {
        if !inside {
            weather::paint(&mut canvas, &scene);
        }
        finish::bloom(&mut canvas, &scene);
    }
    (!stop.load(Ordering::Relaxed)).then_some((canvas, scene))
}

type Layer = fn(&mut Canvas, &Scene);

/// What stands behind the people, from back to front.
fn layers(scene: &Scene) -> Vec<Layer> {
    let mut layers: Vec<Layer> = vec![sky::paint, air::in_the_sky];
    let place: &[Layer] = match scene.place {
        Place::Mountains => &[land::mountains, buildings::far, land::fog, plants::ground, near::near],
        Place::Lake => &[
            land::mountains,
            buildings::far,
            land::fog,
            water::paint,
            shores::on_water,
            shores::shore,
        ],
        Place::Forest => &[forest::forest, near::near],
        Place::City => &[
            city::paint,
            buildings::far,
            water::paint,
            shores::on_water,
            shores::quay,
        ],
        Place::Rooftop => &[city::paint, buildings::far, land::fog, city::rooftop],
        Place::Sea => &[
            shores::islands,
            buildings::far,
            water::paint,
            shores::on_water,
            shores::beach,
        ],
        Place::Meadow => &[
            |c, s| land::hills(c, s, 3),
            buildings::far,
            land::fog,
            plants::ground,
            near::near,
        ],
        Place::Desert => &[land::dunes, near::near],
        Place::Space => &[space::planets, space::moonscape],
        Place::Sky => &[clouds::sea_of_clouds, buildings::far],
    };
    layers.extend_from_slice(place);
    layers
}

fn people(canvas: &mut Canvas, scene: &Scene) {
    if scene.close {
        if !scene.transparent {
            canvas.blur(0.006);
            finish::bokeh(canvas, scene);
        }
        portrait::paint(canvas, scene);
    } else {
        figure::paint(canvas, scene);
    }
}

#[cfg(test)]
#[path = "painter/tests.rs"]
mod tests;
