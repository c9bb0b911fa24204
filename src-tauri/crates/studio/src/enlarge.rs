//! Pictures made larger on this computer: free of charge, and nothing leaves it.
//!
//! Pure functions over pixels. waifu2x works on one tile after another, on all cores but one; between the tiles it tells
//! how far it is, and it stops soon after it is asked to. Lanczos is the quick way. Who asks for a picture, and what
//! becomes of it, is known to the queue (`jobs::local`).

mod alpha;
pub(crate) mod compare;
mod layers;
mod network;
mod tiles;
mod winograd;

use std::sync::OnceLock;

use bytes::Bytes;
use image::RgbaImage;
use novelai::prepare;
use novelai::request::Size;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::{Deserialize, Serialize};

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

/// The most noise that can be taken away.
const MOST_NOISE: u8 = 3;

/// Who looks on while a picture is made larger.
#[derive(Clone, Copy)]
pub struct Watch<'w> {
    /// Is told after each step how many there are done, and how many there are in all.
    pub progress: &'w (dyn Fn(u32, u32) + Sync),
    /// Is asked again and again; from the first `true` on nothing more is done.
    pub stopped: &'w (dyn Fn() -> bool + Sync),
}

impl Watch<'_> {
    /// Nobody does.
    pub const NOBODY: Self = Self {
        progress: &|_, _| {},
        stopped: &|| false,
    };
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
        LocalWay::Waifu2x { noise } => on_cores(|| waifu2x(picture, noise, scale, watch)),
        LocalWay::Lanczos => {
            let larger = (!(watch.stopped)()).then(|| prepare::resized(picture, size));
            (watch.progress)(1, 1);
            larger
        }
    })
}

/// Twice as large, or twice that. Noise is there only the first time.
fn waifu2x(picture: RgbaImage, noise: Option<u8>, scale: u8, watch: Watch<'_>) -> Option<RgbaImage> {
    let (width, height) = picture.dimensions();
    let noises: &[Option<u8>] = if scale == 4 { &[noise, None] } else { &[noise] };
    let counts = (0..noises.len()).map(|times| tiles::count(width << times, height << times));
    let (steps, mut before) = (counts.clone().sum(), 0);
    (watch.progress)(0, steps);
    let mut picture = picture;
    for (noise, count) in noises.iter().zip(counts) {
        let progress = |done| (watch.progress)(before + done, steps);
        picture = tiles::twice(&picture, network::network(*noise), &progress, watch.stopped)?;
        before += count;
    }
    Some(picture)
}

/// Works on all cores but one, which is left to everybody else.
fn on_cores<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    static CORES: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let cores = CORES.get_or_init(|| {
        let there = std::thread::available_parallelism().map_or(1, usize::from);
        let cores = ThreadPoolBuilder::new()
            .num_threads((there - 1).max(1))
            .thread_name(|index| format!("enlarge-{index}"));
        cores.build().ok()
    });
    match cores {
        Some(cores) => cores.install(work),
        None => work(),
    }
}

#[cfg(test)]
mod tests;
