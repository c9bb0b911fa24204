//! A large library, made by our own script: rows for many pictures, and files for the newest of them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, params};

/// Size of every picture.
const SIDES: (u32, u32) = (832, 1216);

/// Different files, so that no two neighbours are the same bytes; all others are links to these.
const DIFFERENT: u32 = 24;

/// Fills the data folder of an app that has run once and ended.
pub(crate) fn fill(data: &Path, rows: u32, files: u32) -> Result<()> {
    let folder = data.join("library/bench");
    fs::create_dir_all(&folder)?;
    for number in 0..files {
        let file = folder.join(format!("{number}.png"));
        if number < DIFFERENT {
            fs::write(&file, picture(number)?)?;
        } else {
            fs::hard_link(folder.join(format!("{}.png", number % DIFFERENT)), &file)?;
        }
    }
    let mut database = Connection::open(data.join("atelier.db")).context("the index of the app")?;
    let transaction = database.transaction()?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO images (id, job, file_name, width, height, seed, model, prompt, created, format, pending)
             VALUES (?1, NULL, ?2, ?3, ?4, ?5, 'nai-diffusion-4-5-full', ?6, ?7, 'png', 0)",
        )?;
        for number in 0..rows {
            insert.execute(params![
                format!("bench-{number}"),
                format!("bench/{number}.png"),
                SIDES.0,
                SIDES.1,
                number,
                format!("1girl, silver hair, number {number}, looking back, city at night, rain"),
                // Number 0 is the newest.
                1_700_000_000_000_i64 - i64::from(number) * 60_000,
            ])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// A picture with as much in it as a photograph: smooth colour under grain.
fn picture(number: u32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDES.0, SIDES.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let mut state = 0x9e37_79b9_u32 ^ number;
    let mut pixels = Vec::new();
    for y in 0..SIDES.1 {
        for x in 0..SIDES.0 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let grain = state & 15;
            for channel in [x / 4 + number * 9, y / 6, (x + y) / 9 + number * 5] {
                pixels.push(u8::try_from((channel + grain) & 255)?);
            }
        }
    }
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}
