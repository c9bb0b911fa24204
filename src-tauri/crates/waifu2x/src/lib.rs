//! Drawings made larger by waifu2x's network, on all cores but one.
//!
//! Pure functions over pixels, in a crate of their own because tests need them optimised as well. They work on one tile
//! after another; between the tiles they tell how far they are, and they stop soon after they are asked to.

mod alpha;
mod layers;
mod network;
mod tiles;
mod winograd;

use std::sync::OnceLock;

use image::RgbaImage;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The most noise that can be taken away.
pub const MOST_NOISE: u8 = 3;

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

/// A picture twice as large, as often as `times` says. Of noise so much is taken away the first time, 0 to
/// [`MOST_NOISE`]; with nothing, none. `None`: it was stopped.
pub fn doubled(picture: RgbaImage, noise: Option<u8>, times: u8, watch: Watch<'_>) -> Option<RgbaImage> {
    on_cores(|| {
        let (width, height) = picture.dimensions();
        let counts = (0..times).map(|times| tiles::count(width << times, height << times));
        let (steps, mut before) = (counts.clone().sum(), 0);
        (watch.progress)(0, steps);
        let (mut picture, mut noise) = (picture, noise);
        for count in counts {
            let progress = |done| (watch.progress)(before + done, steps);
            picture = tiles::twice(&picture, network::network(noise.take()), &progress, watch.stopped)?;
            before += count;
        }
        Some(picture)
    })
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
