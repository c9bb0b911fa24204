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
mod land;
mod mark;
mod maths;
mod near;
mod palette;
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
    scene::{Place, Scene, Thing},
};
use crate::order::Order;

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
}

impl Painting {
    /// Paints; `None` if told to stop.
    pub(crate) fn paint(order: &Order, seed: u32, stop: &AtomicBool) -> Option<Self> {
        let (width, height) = (order.width as usize, order.height as usize);
        let (canvas, scene) = compose(order, seed, 1, stop)?;
        let mut rgba = finish::develop(&canvas, &scene);
        mark::write(&mut rgba, width, height);
        Some(Self {
            width: order.width,
            height: order.height,
            rgba,
            opaque: !scene.transparent,
        })
    }
}

impl Sketch {
    pub(crate) fn draw(order: &Order, seed: u32) -> Self {
        let never = AtomicBool::new(false);
        let (canvas, scene) = compose(order, seed, 8, &never).expect("nobody stops it");
        let developed = finish::develop(&canvas, &scene);
        let rgb = developed
            .chunks_exact(4)
            .map(|pixel| {
                let alpha = f32::from(pixel[3]) / 255.0;
                [0, 1, 2].map(|part| f32::from(pixel[part]) * alpha + 255.0 * (1.0 - alpha))
            })
            .collect();
        Self {
            width: canvas.width,
            height: canvas.height,
            full_width: order.width,
            full_height: order.height,
            seed: scene.seed,
            rgb,
        }
    }
}

/// Lays everything on a canvas of the order's size divided by `shrink`.
fn compose(order: &Order, seed: u32, shrink: u32, stop: &AtomicBool) -> Option<(Canvas, Scene)> {
    let shorter = order.width.min(order.height) as f32;
    let (wide, high) = (order.width as f32 / shorter, order.height as f32 / shorter);
    let scene = Scene::imagine(order, seed, wide, high);
    let (width, height) = ((order.width / shrink) as usize, (order.height / shrink) as usize);
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
