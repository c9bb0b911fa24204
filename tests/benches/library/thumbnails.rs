//! P1, thumbnails: files to small JPEGs in memory, on one thread and on two.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use image::imageops::{FilterType, overlay, resize};
use image::{GrayImage, Rgba, RgbaImage};

use crate::peers::Peer;
use crate::rounds::{Side, compare};
use crate::stealth::fixture;

const FILES: u32 = 8;
const SIDE: u32 = 320;

pub(crate) fn measure(rounds: usize) -> Result<()> {
    println!(
        "P1 thumbnails: {FILES} RGBA files of 832×1216, drawings with grain → JPEG of {SIDE} px in memory, quality 82, warm disk"
    );
    let folder = tempfile::tempdir()?;
    let files = (0..FILES)
        .map(|seed| fixture(folder.path(), seed))
        .collect::<Result<Vec<_>>>()?;
    let packages = ["pillow>=11,<13", "pyvips[binary]>=3,<4"];
    let mut python = Peer::start("thumbnails", &packages, "benches/peers/thumbnails.py", &files)?;
    let mut sharp = Peer::in_node(
        "sharp-thumbnails",
        &["sharp@^0.34"],
        "benches/peers/thumbnails.mjs",
        &files,
    )?;
    println!("  peers: {}; {}", python.about, sharp.about);
    for threads in [1, 2] {
        let mut sides: [Side; 4] = Default::default();
        for round in 0..=rounds {
            let took = [
                make(&files, threads)?,
                first(&python.round(&format!("pillow {threads}"))?)?,
                first(&sharp.round(&threads.to_string())?)?,
                first(&python.round(&format!("pyvips {threads}"))?)?,
            ];
            if round > 0 {
                sides.iter_mut().zip(took).for_each(|(side, took)| side.add(took));
            }
        }
        let [ours, pillow, sharp, vips] = &sides;
        for (name, peer) in [("Pillow", pillow), ("sharp", sharp), ("pyvips", vips)] {
            compare(&format!("{threads} at once, {name}"), "ms", peer, "ours", ours);
        }
    }
    let likeness = files.iter().map(likeness).collect::<Result<Vec<_>>>()?;
    let worst = likeness.iter().copied().fold(f64::INFINITY, f64::min);
    println!("  SSIM to a Lanczos reduction without loss: {worst:.4} at worst (at least 0.98)");
    println!("  (floors: the ratios are 2.5, 1.7 and 1.8)");
    Ok(())
}

fn first(answer: &[f64]) -> Result<f64> {
    answer.first().copied().context("the peer says nothing")
}

/// Milliseconds for all files, on so many threads.
fn make(files: &[PathBuf], threads: usize) -> Result<f64> {
    let begun = Instant::now();
    let left = Mutex::new(files.iter());
    let next = || left.lock().ok()?.next();
    std::thread::scope(|scope| {
        let hands: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    while let Some(file) = next() {
                        ensure!(
                            studio::small_jpeg(&fs::read(file)?, SIDE)?.starts_with(&[0xff, 0xd8]),
                            "no JPEG"
                        );
                    }
                    Ok(())
                })
            })
            .collect();
        hands
            .into_iter()
            .try_for_each(|hand| hand.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

/// How alike our thumbnail is to one that nothing was saved on.
fn likeness(file: &PathBuf) -> Result<f64> {
    let bytes = fs::read(file)?;
    let ours = image::load_from_memory(&studio::small_jpeg(&bytes, SIDE)?)?.to_luma8();
    let whole = image::load_from_memory(&bytes)?.to_rgba8();
    let mut flat = RgbaImage::from_pixel(whole.width(), whole.height(), Rgba([255; 4]));
    overlay(&mut flat, &whole, 0, 0);
    let small = resize(&flat, ours.width(), ours.height(), FilterType::Lanczos3);
    Ok(ssim(&ours, &image::DynamicImage::ImageRgba8(small).to_luma8()))
}

/// The mean structural similarity over windows of 8 × 8 (Wang, Bovik, Sheikh and Simoncelli, 2004).
fn ssim(one: &GrayImage, other: &GrayImage) -> f64 {
    const WINDOW: u32 = 8;
    let (brightness, contrast) = ((0.01 * 255.0_f64).powi(2), (0.03 * 255.0_f64).powi(2));
    let count = f64::from(WINDOW * WINDOW);
    let (mut total, mut windows) = (0.0, 0.0);
    for top in (0..one.height().saturating_sub(WINDOW - 1)).step_by(4) {
        for left in (0..one.width().saturating_sub(WINDOW - 1)).step_by(4) {
            let [mut a, mut b, mut aa, mut bb, mut ab] = [0.0; 5];
            for y in top..top + WINDOW {
                for x in left..left + WINDOW {
                    let (p, q) = (
                        f64::from(one.get_pixel(x, y).0[0]),
                        f64::from(other.get_pixel(x, y).0[0]),
                    );
                    a += p;
                    b += q;
                    aa += p * p;
                    bb += q * q;
                    ab += p * q;
                }
            }
            let (mean_a, mean_b) = (a / count, b / count);
            let (spread_a, spread_b) = (aa / count - mean_a * mean_a, bb / count - mean_b * mean_b);
            let shared = ab / count - mean_a * mean_b;
            total += (2.0 * mean_a * mean_b + brightness) * (2.0 * shared + contrast)
                / ((mean_a * mean_a + mean_b * mean_b + brightness) * (spread_a + spread_b + contrast));
            windows += 1.0;
        }
    }
    total / windows
}
