//! U1, enlarging on this computer: seconds a megapixel of the source by each way, twice as large; and how long the cores
//! work on after it is stopped.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Result, ensure};
use studio::LocalWay;
use studio::enlarge::{Watch, enlarge_file};

use crate::rounds::{Side, compare};
use crate::stealth;

/// The fixture's pixels, in millions.
const MEGAPIXELS: f64 = 832.0 * 1216.0 / 1e6;

pub(crate) fn measure(rounds: usize) -> Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!(
        "U1 enlarge: one picture of 832×1216 twice as large, PNG to PNG, on {} of {cores} cores",
        (cores - 1).max(1)
    );
    let folder = tempfile::tempdir()?;
    let picture = std::fs::read(stealth::fixture(folder.path(), 1)?)?;
    let (mut waifu2x, mut lanczos, mut stop) = (Side::default(), Side::default(), Side::default());
    for round in 0..=rounds {
        let network = took(&picture, LocalWay::Waifu2x { noise: None })?;
        let filter = took(&picture, LocalWay::Lanczos)?;
        let stopped = stopping(&picture)?;
        if round > 0 {
            waifu2x.add(network);
            lanczos.add(filter);
            stop.add(stopped);
        }
    }
    compare("waifu2x", "s/MP", &waifu2x, "Lanczos", &lanczos);
    println!("  stop → cores free: {stop} ms (floor: 1000)");
    Ok(())
}

/// Seconds a megapixel.
fn took(picture: &[u8], way: LocalWay) -> Result<f64> {
    let begun = Instant::now();
    let made = enlarge_file(picture, way, 2, Watch::NOBODY)?;
    ensure!(made.is_some(), "nobody stopped it");
    Ok(begun.elapsed().as_secs_f64() / MEGAPIXELS)
}

/// Milliseconds from the stop, in the middle of the second tile, to the end.
fn stopping(picture: &[u8]) -> Result<f64> {
    let (begun, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let asked = OnceLock::new();
    let ended = thread::scope(|scope| {
        let work = scope.spawn(|| {
            let watch = Watch {
                progress: &|step, _| begun.store(step > 0, Ordering::SeqCst),
                stopped: &|| stop.load(Ordering::SeqCst),
            };
            let made = enlarge_file(picture, LocalWay::Waifu2x { noise: None }, 2, watch);
            (made, Instant::now())
        });
        while !begun.load(Ordering::SeqCst) && !work.is_finished() {
            thread::yield_now();
        }
        thread::sleep(std::time::Duration::from_millis(40));
        asked.get_or_init(Instant::now);
        stop.store(true, Ordering::SeqCst);
        work.join()
    });
    let Ok((made, ended)) = ended else {
        anyhow::bail!("it panicked");
    };
    ensure!(made?.is_none(), "it was finished before it was stopped");
    let asked = asked.get().copied().unwrap_or(ended);
    Ok(ended.duration_since(asked).as_secs_f64() * 1000.0)
}
