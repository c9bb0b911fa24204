//! Pictures made larger on this computer: free of charge, and nothing leaves it.
//!
//! waifu2x is the slow and sharp way, Lanczos the quick one. Who asks for a picture, and what becomes of it, is known to
//! the queue (`jobs::local`).

pub(crate) mod compare;

use bytes::Bytes;
use image::RgbaImage;
use novelai::prepare;
use novelai::request::Size;
use serde::{Deserialize, Serialize};
use waifu2x::MOST_NOISE;
pub use waifu2x::Watch;

use crate::error::{Error, ErrorCode};

/// How a picture is made larger on this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum LocalWay {
    /// By waifu2x's network for drawings: sharp lines, flat areas; seconds a megapixel.
    Waifu2x {
        /// How much noise is taken away, 0 to 3; with nothing, none.
        noise: Option<u8>,
    },
    /// By Lanczos' filter: soft, at once.
    Lanczos,
}

/// The size of what comes of a picture.
///
/// # Errors
///
/// `refused` where there is no such way or scale, or the result would be larger than any picture may be.
pub fn enlarged_size(size: Size, way: LocalWay, scale: u8) -> Result<Size, Error> {
    let refused = |field: &str, message: &str| Err(Error::new(ErrorCode::Refused, message).with_detail(field));
    if !matches!(scale, 2 | 4) {
        return refused("scale", "On this computer pictures are made 2 or 4 times as large.");
    }
    match way {
        LocalWay::Waifu2x { noise: Some(noise) } if noise > MOST_NOISE => {
            return refused("way", "waifu2x takes noise away in four strengths, 0 to 3.");
        }
        LocalWay::Waifu2x { .. } | LocalWay::Lanczos => {}
    }
    let larger = Size {
        width: size.width.saturating_mul(scale.into()),
        height: size.height.saturating_mul(scale.into()),
    };
    prepare::within_bounds(larger)?;
    Ok(larger)
}

/// Makes a PNG, WebP or JPEG larger. What comes of it is a PNG that says the same about how it was made. `None`: it was
/// stopped. Takes seconds: call it where it may block.
///
/// # Errors
///
/// `refused` where it is no such picture, or its result would be too large; then no pixel has been decoded.
pub fn enlarge_file(picture: &[u8], way: LocalWay, scale: u8, watch: Watch<'_>) -> Result<Option<Bytes>, Error> {
    enlarged_size(prepare::size(picture)?, way, scale)?;
    let larger = enlarge(prepare::pixels(picture)?, way, scale, watch)?;
    Ok(larger.map(|larger| prepare::made_of(&larger, picture)))
}

/// Makes a picture larger. `None`: it was stopped.
///
/// # Errors
///
/// As [`enlarged_size`].
pub fn enlarge(picture: RgbaImage, way: LocalWay, scale: u8, watch: Watch<'_>) -> Result<Option<RgbaImage>, Error> {
    let (width, height) = picture.dimensions();
    let size = enlarged_size(Size { width, height }, way, scale)?;
    Ok(match way {
        LocalWay::Waifu2x { noise } => waifu2x::doubled(picture, noise, if scale == 4 { 2 } else { 1 }, watch),
        LocalWay::Lanczos => {
            let larger = (!(watch.stopped)()).then(|| prepare::resized(picture, size));
            (watch.progress)(1, 1);
            larger
        }
    })
}

#[cfg(test)]
mod tests;
