//! P5, stealth: settings out of the alpha channel of pictures that have no text chunks.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::peers::Peer;
use crate::rounds::{Side, compare};

const FILES: u32 = 8;
const WIDTH: usize = 832;
const HEIGHT: usize = 1216;

pub(crate) fn measure(rounds: usize) -> Result<()> {
    println!("P5 stealth: {FILES} files of {WIDTH}×{HEIGHT} without text chunks → settings, one thread, warm disk");
    let folder = tempfile::tempdir()?;
    let files = (0..FILES)
        .map(|seed| fixture(folder.path(), seed))
        .collect::<Result<Vec<_>>>()?;
    let mut peer = Peer::start(
        "stealth",
        &["pillow>=11,<13", "numpy>=2,<3"],
        "benches/peers/stealth.py",
        &files,
    )?;
    println!("  peer: {}", peer.about);
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for round in 0..=rounds {
        let (took, found) = read(&files)?;
        let answer = peer.round("")?;
        let &[peer_took, peer_found] = &answer[..] else {
            anyhow::bail!("the peer says {answer:?}");
        };
        #[allow(clippy::cast_precision_loss, reason = "a few thousand characters")]
        let same = found as f64 == peer_found;
        ensure!(same, "we found {found} characters of settings, the peer {peer_found}");
        if round > 0 {
            ours.add(took);
            theirs.add(peer_took);
        }
    }
    compare("Python's way", "ms", &theirs, "ours", &ours);
    println!("  (floor: the ratio is 2.5)");
    Ok(())
}

/// Milliseconds for all files, and the characters of their settings.
fn read(files: &[PathBuf]) -> Result<(f64, usize)> {
    let begun = Instant::now();
    let mut found = 0;
    for file in files {
        let told = novelai::metadata::read(&fs::read(file)?)?;
        ensure!(told.comment.is_some(), "no settings in {}", file.display());
        found += told.raw_comment.map_or(0, |comment| comment.chars().count());
    }
    Ok((begun.elapsed().as_secs_f64() * 1000.0, found))
}

/// A picture that packs about as well as a drawing does, with settings in its alpha.
pub(crate) fn fixture(folder: &Path, seed: u32) -> Result<PathBuf> {
    let mut random = StdRng::seed_from_u64(seed.into());
    // Soft shapes: a grid of colours, blended; fine grain in a part of them.
    const CELL: usize = 64;
    let columns = WIDTH / CELL + 2;
    let cells: Vec<[f32; 3]> = (0..columns * (HEIGHT / CELL + 2)).map(|_| random.random()).collect();
    let mut rgba = Vec::with_capacity(WIDTH * HEIGHT * 4);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let at = y / CELL * columns + x / CELL;
            let part = |place: usize| (place % CELL) as f32 / CELL as f32;
            let (right, down) = (part(x), part(y));
            let grain = if cells[at][0] > 0.4 {
                random.random::<f32>() * 7.0
            } else {
                0.0
            };
            let corners = [cells[at], cells[at + 1], cells[at + columns], cells[at + columns + 1]];
            for channel in 0..3 {
                let [left_above, right_above, left_below, right_below] = corners.map(|corner| corner[channel]);
                let upper = left_above * (1.0 - right) + right_above * right;
                let lower = left_below * (1.0 - right) + right_below * right;
                rgba.push(((upper * (1.0 - down) + lower * down) * 245.0 + grain) as u8);
            }
            rgba.push(255);
        }
    }
    for (place, bit) in message(seed)?.into_iter().enumerate() {
        let (x, y) = (place / HEIGHT, place % HEIGHT);
        rgba[(y * WIDTH + x) * 4 + 3] = 0xfe | bit;
    }
    let path = folder.join(format!("{seed}.png"));
    let mut encoder = png::Encoder::new(fs::File::create(&path)?, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Balanced);
    encoder.write_header()?.write_image_data(&rgba)?;
    Ok(path)
}

/// The bits of a hidden envelope of the usual size.
pub(crate) fn message(seed: u32) -> Result<Vec<u8>> {
    let mut random = StdRng::seed_from_u64(u64::from(seed) + 1000);
    let mut words = |count: usize| -> String {
        let words: Vec<String> = (0..count)
            .map(|_| {
                (0..random.random_range(3..10))
                    .map(|_| random.random_range('a'..='z'))
                    .collect()
            })
            .collect();
        words.join(", ")
    };
    let (prompt, undesired) = (words(60), words(30));
    let comment = json!({
        "prompt": prompt, "steps": 28, "height": HEIGHT, "width": WIDTH, "scale": 5.0, "seed": seed,
        "v4_prompt": { "caption": { "base_caption": prompt, "char_captions": [] }, "use_coords": false },
        "v4_negative_prompt": { "caption": { "base_caption": undesired, "char_captions": [] } },
        "sampler": "k_euler_ancestral", "noise_schedule": "karras", "uc": undesired,
    });
    let envelope = json!({
        "Description": prompt, "Software": "NovelAI", "Source": "NovelAI Diffusion V4.5 4BDE2A90",
        "Generation time": "3.14", "Comment": comment.to_string(),
    });
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(envelope.to_string().as_bytes())?;
    let packed = gzip.finish()?;
    let length = u32::try_from(packed.len() * 8).context("an envelope is small")?;
    let bytes = [b"stealth_pngcomp", &length.to_be_bytes()[..], &packed, &[0xff; 4]].concat();
    Ok(bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect())
}
