//! A picture as pixels to work on.

use super::Plane;
use crate::raster::Raster;

/// Eight bits each of red, green, blue, alpha, row by row.
#[derive(Clone)]
pub(crate) struct Photo {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgba: Vec<[u8; 4]>,
}

impl From<Raster> for Photo {
    fn from(raster: Raster) -> Self {
        Self {
            width: raster.width as usize,
            height: raster.height as usize,
            rgba: raster.rgba.as_chunks::<4>().0.to_vec(),
        }
    }
}

impl Photo {
    pub(crate) fn area(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// How many pixels one pixel of a picture 832 wide would be.
    pub(crate) fn unit(&self) -> f32 {
        (self.width.min(self.height) as f32 / 832.0).clamp(0.25, 3.0)
    }

    /// Whether something shines through. The lowest bit of alpha may hold data (api.md 7.5).
    pub(crate) fn is_opaque(&self) -> bool {
        self.rgba.iter().all(|pixel| pixel[3] >= 254)
    }

    /// Over white, so that what is transparent is paper.
    pub(crate) fn on_paper(&self) -> Self {
        let mut paper = self.clone();
        for pixel in &mut paper.rgba {
            let alpha = u32::from(pixel[3]);
            if alpha < 254 {
                for part in &mut pixel[..3] {
                    *part = ((u32::from(*part) * alpha + 255 * (255 - alpha)) / 255) as u8;
                }
            }
            pixel[3] = 255;
        }
        paper
    }

    /// One of red (0), green, blue, alpha (3), from 0 to 1.
    pub(crate) fn channel(&self, index: usize) -> Plane {
        self.plane(|pixel| f32::from(pixel[index]) / 255.0)
    }

    /// Brightness from 0 to 1.
    pub(crate) fn luma(&self) -> Plane {
        self.plane(|pixel| luma(rgb(pixel)))
    }

    fn plane(&self, value: impl Fn([u8; 4]) -> f32) -> Plane {
        Plane {
            width: self.width,
            height: self.height,
            values: self.rgba.iter().map(|pixel| value(*pixel)).collect(),
        }
    }

    /// The same picture with other colours.
    pub(crate) fn recoloured(&self, colour: impl Fn(usize, [f32; 3]) -> [f32; 3]) -> Self {
        let rgba = self.rgba.iter().enumerate().map(|(place, pixel)| {
            let [red, green, blue] = colour(place, rgb(*pixel)).map(byte);
            [red, green, blue, pixel[3]]
        });
        Self {
            width: self.width,
            height: self.height,
            rgba: rgba.collect(),
        }
    }

    /// Grey from a plane.
    pub(crate) fn grey(plane: &Plane) -> Self {
        let rgba = plane.values.iter().map(|value| {
            let grey = byte(*value);
            [grey, grey, grey, 255]
        });
        Self {
            width: plane.width,
            height: plane.height,
            rgba: rgba.collect(),
        }
    }

    /// The mean colour of each cell of a coarse grid whose longer side has this many cells, and the grid's size.
    pub(crate) fn shrunk(&self, longer: usize) -> (usize, usize, Vec<[f32; 3]>) {
        let step = (self.width.max(self.height) as f32 / longer as f32).max(1.0);
        let width = ((self.width as f32 / step).round() as usize).max(1);
        let height = ((self.height as f32 / step).round() as usize).max(1);
        let mut cells = Vec::with_capacity(width * height);
        for row in 0..height {
            for column in 0..width {
                let (top, bottom) = (row * self.height / height, (row + 1) * self.height / height);
                let (left, right) = (column * self.width / width, (column + 1) * self.width / width);
                let mut sum = [0.0; 3];
                let mut count = 0.0_f32;
                for y in top..bottom.max(top + 1) {
                    for x in left..right.max(left + 1) {
                        let colour = rgb(self.rgba[y * self.width + x]);
                        for part in 0..3 {
                            sum[part] += colour[part];
                        }
                        count += 1.0;
                    }
                }
                cells.push(sum.map(|part| part / count));
            }
        }
        (width, height, cells)
    }
}

pub(crate) fn rgb(pixel: [u8; 4]) -> [f32; 3] {
    [pixel[0], pixel[1], pixel[2]].map(|part| f32::from(part) / 255.0)
}

pub(crate) fn luma(colour: [f32; 3]) -> f32 {
    0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
}

/// From 0 to 1, to 0 to 255.
pub(crate) fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}
