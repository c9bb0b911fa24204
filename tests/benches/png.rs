//! P2, PNG write: pixels in memory to a file in memory, by what writes every PNG of the program. P3, metadata edit: one
//! text of a file changed, the packed pixels byte for byte as they were.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use novelai::metadata::with_texts;
use novelai::request::Size;

use crate::peers::Peer;
use crate::rounds::{Side, compare};
use crate::stealth::fixture;

const PILLOW: &[&str] = &["pillow>=11,<13"];

pub(crate) fn write(rounds: usize) -> Result<()> {
    println!("P2 PNG write: 832×1216 RGBA, a drawing with settings in its alpha → PNG in memory, one thread");
    let folder = tempfile::tempdir()?;
    let path = fixture(folder.path(), 7)?;
    let (pixels, size) = pixels(&path)?;
    let mut pillow = Peer::start("png", PILLOW, "benches/peers/png.py", [&path])?;
    let mut sharp = Peer::in_node("sharp", &["sharp@^0.34"], "benches/peers/png.mjs", [&path])?;
    println!("  peers: {}; {}", pillow.about, sharp.about);
    let mut sides = [Side::default(), Side::default(), Side::default()];
    let mut lengths = [0.0; 3];
    for round in 0..=rounds {
        let begun = Instant::now();
        let written = novelai::encode::png(&pixels, size);
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        let ours = [took, written.len() as f64];
        for (at, answer) in [ours.to_vec(), pillow.round("write")?, sharp.round("")?]
            .into_iter()
            .enumerate()
        {
            let &[took, length] = &answer[..] else {
                anyhow::bail!("a side says {answer:?}");
            };
            lengths[at] = length;
            if round > 0 {
                sides[at].add(took);
            }
        }
        ensure!(
            self::pixels_of(&written)?.0 == pixels,
            "what we wrote is not what we were given"
        );
    }
    let [ours, pillow, sharp] = &sides;
    compare("Pillow, level 6", "ms", pillow, "ours", ours);
    compare("sharp, as it comes", "ms", sharp, "ours", ours);
    let [ours, pillow, sharp] = lengths;
    println!(
        "  bytes: ours {ours}, Pillow {pillow} ({:.3} of it), sharp {sharp} ({:.3} of it)",
        ours / pillow,
        ours / sharp
    );
    println!("  (floors: ratios 25 and 5, at most 1.03 of Pillow's bytes)");
    Ok(())
}

pub(crate) fn edit(rounds: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (path, changed) = (large(folder.path())?, folder.path().join("changed.png"));
    let length = fs::metadata(&path)?.len();
    println!("P3 metadata edit: the text Comment of a PNG of {length} bytes changed, file to file, one thread");
    let mut pillow = Peer::start("png", PILLOW, "benches/peers/png.py", [&path])?;
    println!("  peer: {}", pillow.about);
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for round in 0..=rounds {
        let text = format!("{{\"prompt\": \"a lighthouse in the evening, {round}\", \"steps\": 28}}");
        let begun = Instant::now();
        let bytes = fs::read(&path)?;
        fs::write(&changed, with_texts(&bytes, &[("Comment", &text)]))?;
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        let answer = pillow.round("edit")?;
        let written = fs::read(&changed)?;
        ensure!(packed(&written) == packed(&bytes), "the packed pixels are as they were");
        let told = novelai::metadata::read_texts(&written)?;
        ensure!(
            told.raw_comment.as_deref() == Some(text.as_str()),
            "the text is the new one"
        );
        if round > 0 {
            ours.add(took);
            theirs.add(*answer.first().context("the peer says nothing")?);
        }
    }
    compare("Pillow, open and save", "ms", &theirs, "ours", &ours);
    println!("  (floor: the ratio is 100)");
    Ok(())
}

fn pixels(path: &Path) -> Result<(Vec<u8>, Size)> {
    pixels_of(&fs::read(path)?)
}

fn pixels_of(bytes: &[u8]) -> Result<(Vec<u8>, Size)> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("a picture of this size")?];
    let info = reader.next_frame(&mut pixels)?;
    let size = Size {
        width: info.width,
        height: info.height,
    };
    Ok((pixels, size))
}

/// A file of about 1.6 MB, with texts.
fn large(folder: &Path) -> Result<std::path::PathBuf> {
    let path = fixture(folder, 11)?;
    let (mut pixels, size) = pixels(&path)?;
    // Fine grain in as many rows as make up the length.
    let mut state = 7_u32;
    for byte in pixels
        .iter_mut()
        .enumerate()
        .filter(|(at, _)| at % 4 != 3)
        .map(|(_, byte)| byte)
    {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = byte.wrapping_add((state >> 30) as u8);
    }
    let png = novelai::encode::png(&pixels, size);
    let texts = [
        ("Title", "AI generated image"),
        ("Software", "NovelAI"),
        ("Comment", "{}"),
    ];
    fs::write(&path, with_texts(&png, &texts))?;
    Ok(path)
}

/// The packed pixels, chunk after chunk.
fn packed(png: &[u8]) -> Vec<&[u8]> {
    let (mut at, mut parts) = (8, Vec::new());
    while let Some(head) = png.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if &head[4..] == b"IDAT" {
            parts.extend(png.get(at + 8..at + 8 + length));
        }
        at += length + 12;
    }
    parts
}
