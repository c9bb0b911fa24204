//! A mask as a person paints it: a byte a pixel, at the size of the picture.

use bytes::Bytes;
use image::{ExtendedColorType, RgbaImage};

use crate::check::Refusal;
use crate::prepare::{decoded, laid_on, png};
use crate::request::Size;

/// From this brightness on a pixel of a mask that came as a picture is painted (api.md 3.5).
const PAINTED: u32 = 155;

/// Which pixels of a picture are painted, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    size: Size,
    pixels: Vec<u8>,
}

impl Plane {
    /// A byte a pixel; what is not 0 is painted. `None` where there are not as many bytes as pixels.
    #[must_use]
    pub fn new(size: Size, pixels: Vec<u8>) -> Option<Self> {
        (size.area() == pixels.len() as u64 && size.area() > 0).then_some(Self { size, pixels })
    }

    /// A mask that is a picture: white is painted, black and transparent are not.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] where it can't be decoded, or is not of the size of the picture it belongs to.
    pub fn read(picture: &[u8], size: Size) -> Result<Self, Refusal> {
        let picture = sized(picture, size)?;
        Ok(Self {
            size,
            pixels: bright(&picture),
        })
    }

    /// A mask that is a picture, with its shades: how white each pixel is. What is transparent counts as black.
    ///
    /// # Errors
    ///
    /// As [`Plane::read`].
    pub fn shades(picture: &[u8], size: Size) -> Result<Vec<u8>, Refusal> {
        let pixels = sized(picture, size)?;
        Ok(pixels
            .pixels()
            .map(|pixel| u8::try_from(brightness(pixel.0)).unwrap_or(255))
            .collect())
    }

    /// The mask as a picture: white is painted.
    #[must_use]
    pub fn to_png(&self) -> Bytes {
        grey_png(&self.pixels, self.size)
    }

    /// Of the picture it belongs to.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether anything is painted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pixels.iter().all(|pixel| *pixel == 0)
    }

    /// A byte a pixel; what is not 0 is painted.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(crate) fn row(&self, y: u32) -> &[u8] {
        let width = self.size.width as usize;
        &self.pixels[y as usize * width..][..width]
    }
}

/// A byte a pixel as a picture.
#[must_use]
pub fn grey_png(pixels: &[u8], size: Size) -> Bytes {
    png(pixels, size, ExtendedColorType::L8)
}

/// A mask that is a picture of the right size, on black.
fn sized(picture: &[u8], size: Size) -> Result<RgbaImage, Refusal> {
    const FIELD: &str = "source.mask";
    let picture = laid_on(decoded(FIELD, picture)?, 0);
    let (width, height) = picture.dimensions();
    if (Size { width, height }) != size {
        let message = format!(
            "The mask is {width}×{height} and the picture {}×{}: both need the same size.",
            size.width, size.height
        );
        return Err(Refusal::new(FIELD, message));
    }
    Ok(picture)
}

fn bright(picture: &RgbaImage) -> Vec<u8> {
    let painted = picture
        .pixels()
        .map(|pixel| if brightness(pixel.0) >= PAINTED { 255 } else { 0 });
    painted.collect()
}

fn brightness(pixel: [u8; 4]) -> u32 {
    let [red, green, blue, _] = pixel.map(u32::from);
    (red * 299 + green * 587 + blue * 114) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::tests::rgba;

    #[test]
    fn a_picture_is_painted_where_it_is_white() {
        let drawn = rgba(3, 1, |x, _| [[255; 4], [0, 0, 0, 255], [255, 255, 255, 0]][x as usize]);
        let plane = Plane::read(&drawn, Size { width: 3, height: 1 }).unwrap();
        assert_eq!(plane.pixels(), [255, 0, 0]);
    }

    #[test]
    fn a_mask_of_another_size_is_refused() {
        let drawn = rgba(3, 1, |_, _| [255; 4]);
        let refusal = Plane::read(&drawn, Size { width: 4, height: 1 }).unwrap_err();
        assert_eq!(refusal.field, "source.mask");
        assert!(Plane::new(Size { width: 4, height: 1 }, vec![0; 3]).is_none());
    }
}
