//! A picture twice as large, tile by tile: memory for one tile is all that the network takes, however large the picture.
//!
//! Each tile is cut with the margin that its result has to know of, so that no seam can be seen: there is none. Beyond
//! the edges of the picture its outermost pixels are repeated.

use image::{Rgba, RgbaImage};

use crate::alpha::{bled, is_transparent};
use crate::layers::Layer;
use crate::network::{MARGIN, Network};

/// The sides of a tile, before.
const SIDE: u32 = 128;

/// How many tiles a picture has.
pub(crate) fn count(width: u32, height: u32) -> u32 {
    width.div_ceil(SIDE) * height.div_ceil(SIDE)
}

/// The picture twice as large. `None`: it was stopped.
pub(crate) fn twice(
    picture: &RgbaImage,
    network: &Network,
    progress: &(dyn Fn(u32) + Sync),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Option<RgbaImage> {
    twice_by(SIDE, picture, network, progress, stopped)
}

fn twice_by(
    side: u32,
    picture: &RgbaImage,
    network: &Network,
    progress: &(dyn Fn(u32) + Sync),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Option<RgbaImage> {
    let (width, height) = picture.dimensions();
    let transparent = is_transparent(picture);
    let bled = transparent.then(|| bled(picture, MARGIN));
    let colours = bled.as_ref().unwrap_or(picture);
    let mut larger = RgbaImage::from_pixel(2 * width, 2 * height, Rgba([0, 0, 0, 255]));
    let tops = (0..height).step_by(side as usize);
    let places = tops.flat_map(|top| (0..width).step_by(side as usize).map(move |left| (left, top)));
    for (done, (left, top)) in (1..).zip(places) {
        let tile = Tile {
            left,
            top,
            width: side.min(width - left),
            height: side.min(height - top),
        };
        let made = network.run(tile.cut(colours, Part::Colours), stopped);
        tile.lay(&made, &mut larger, Part::Colours);
        if transparent {
            let alpha = tile.cut(picture, Part::Alpha);
            tile.lay(&alpha_of(alpha, network, stopped), &mut larger, Part::Alpha);
        }
        if stopped() {
            return None;
        }
        progress(done);
    }
    Some(larger)
}

/// The network is made for colours: alpha is shown to it as a grey. Where it is the same everywhere it stays that.
fn alpha_of(alpha: Layer, network: &Network, stopped: &(dyn Fn() -> bool + Sync)) -> Layer {
    if let [first, rest @ ..] = alpha.values.as_slice()
        && rest.iter().all(|value| value == first)
    {
        let inner = |side: usize| 2 * (side - 2 * MARGIN);
        let mut even = Layer::empty(3, inner(alpha.width), inner(alpha.height));
        even.values.fill(*first);
        return even;
    }
    network.run(alpha, stopped)
}

/// What of a picture is looked at.
#[derive(Clone, Copy)]
enum Part {
    Colours,
    Alpha,
}

/// A rectangle of the picture, without its margin.
struct Tile {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Tile {
    /// A part of the picture with its margin: three channels, from 0 to 1.
    fn cut(&self, picture: &RgbaImage, part: Part) -> Layer {
        let margin = MARGIN as u32;
        let place = |at: u32, first: u32, end: u32| (first + at).saturating_sub(margin).min(end - 1);
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        let mut layer = Layer::empty(3, width as usize, height as usize);
        let mut values = layer.values.chunks_exact_mut(3);
        for y in 0..height {
            let y = place(y, self.top, picture.height());
            for x in 0..width {
                let [red, green, blue, alpha] = picture.get_pixel(place(x, self.left, picture.width()), y).0;
                let shown = match part {
                    Part::Colours => [red, green, blue],
                    Part::Alpha => [alpha; 3],
                };
                if let Some(values) = values.next() {
                    values.copy_from_slice(&shown.map(|value| f32::from(value) / 255.0));
                }
            }
        }
        layer
    }

    /// Lays what came of it where it belongs.
    fn lay(&self, made: &Layer, larger: &mut RgbaImage, part: Part) {
        let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
        let (left, top) = (2 * self.left, 2 * self.top);
        for (at, values) in made.values.chunks_exact(3).enumerate() {
            let (x, y) = ((at % made.width) as u32, (at / made.width) as u32);
            let pixel = &mut larger.get_pixel_mut(left + x, top + y).0;
            match part {
                Part::Colours => {
                    for (to, value) in pixel.iter_mut().zip(values) {
                        *to = byte(*value);
                    }
                }
                Part::Alpha => pixel[3] = byte(values.iter().sum::<f32>() / 3.0),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::network::network;

    /// Lines and dots on a slope of colours.
    fn drawing(width: u32, height: u32) -> RgbaImage {
        RgbaImage::from_fn(width, height, |x, y| {
            if (x + 2 * y) % 17 == 0 || (x / 4 + y / 4) % 7 == 0 {
                Rgba([32, 24, 40, 255])
            } else {
                Rgba([255 - x as u8, 128 + y as u8, 90, 255])
            }
        })
    }

    #[test]
    fn tiles_leave_no_seams() {
        let picture = drawing(70, 45);
        let by = |side| twice_by(side, &picture, network(None), &|_| {}, &|| false).unwrap();
        let (whole, tiled) = (by(128), by(32));
        let apart = whole.as_raw().iter().zip(tiled.as_raw());
        assert_eq!(whole.dimensions(), (140, 90));
        assert!(apart.clone().all(|(whole, tiled)| whole.abs_diff(*tiled) <= 1));
        assert!(apart.filter(|(whole, tiled)| whole != tiled).count() < 20);
    }

    #[test]
    fn nothing_more_is_done_once_it_is_stopped() {
        let picture = drawing(96, 64);
        let done = AtomicU32::new(0);
        let progress = |tiles| done.store(tiles, Ordering::SeqCst);
        let stopped = || done.load(Ordering::SeqCst) >= 2;
        assert_eq!(twice_by(32, &picture, network(None), &progress, &stopped), None);
        assert_eq!(done.load(Ordering::SeqCst), 2);
        assert_eq!(twice_by(32, &picture, network(None), &progress, &|| true), None);
        assert_eq!(done.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn every_tile_is_counted() {
        let picture = drawing(70, 45);
        let done = AtomicU32::new(0);
        twice(
            &picture,
            network(None),
            &|tiles| done.store(tiles, Ordering::SeqCst),
            &|| false,
        );
        assert_eq!(done.load(Ordering::SeqCst), count(70, 45));
        assert_eq!((count(128, 128), count(129, 128), count(1, 300)), (1, 2, 3));
    }
}
