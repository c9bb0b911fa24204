//! Pictures on disk, read with a decoder that is not the app's own reader of metadata.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// All pictures below a folder. Files that are still being written are none.
pub fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(pictures_in(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "png" || extension == "webp")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The text chunks of a PNG whose pixels decode to the last one.
pub fn text_chunks(file: &Path) -> Result<BTreeMap<String, String>> {
    let data = BufReader::new(File::open(file).with_context(|| format!("{}", file.display()))?);
    let mut reader = png::Decoder::new(data).read_info().context("no PNG")?;
    let mut pixels = vec![0; reader.output_buffer_size().context("a picture of impossible size")?];
    reader.next_frame(&mut pixels).context("a torn PNG")?;
    reader.finish().context("a PNG without its end")?;
    let info = reader.info();
    let latin = info
        .uncompressed_latin1_text
        .iter()
        .map(|chunk| (chunk.keyword.clone(), chunk.text.clone()));
    let mut chunks: BTreeMap<String, String> = latin.collect();
    for chunk in &info.utf8_text {
        chunks.insert(
            chunk.keyword.clone(),
            chunk.get_text().context("a text chunk that can't be read")?,
        );
    }
    Ok(chunks)
}

/// Writes a PNG of two colours, one at the left and one at the right, and says where it is.
pub fn two_colours(folder: &Path, name: &str, width: u32, height: u32, shade: u8) -> Result<PathBuf> {
    let path = folder.join(name);
    let mut encoder = png::Encoder::new(File::create(&path)?, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels = (0..width * height).flat_map(|at| {
        if at % width * 2 < width {
            [200, 40, shade]
        } else {
            [30, shade, 160]
        }
    });
    encoder
        .write_header()?
        .write_image_data(&pixels.collect::<Vec<u8>>())
        .context("writing a picture")?;
    Ok(path)
}

/// SHA-256 of a file as lower-case hex.
pub fn sha256(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("{}", file.display()))?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
