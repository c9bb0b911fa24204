//! Rows without files, for sizes at which files would fill the disk: pictures of a drive that is not plugged in, which stay
//! in the index and are searched like all others.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, params};

use super::{files, open};

/// The first folder that is added.
const FOLDER: u32 = 1;

/// Whether rows can be found by their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// Their words are taken into the index.
    Taken,
    /// They are only listed.
    None,
}

/// Adds so many pictures to the index of a data folder, and tells the seconds that their words took.
pub(crate) async fn add(data: &Path, count: u32, words: Words) -> Result<f64> {
    if count == 0 {
        return Ok(0.0);
    }
    let drive = tempfile::tempdir()?;
    fs::write(drive.path().join("something"), b"")?;
    let studio = open(data).await?;
    let folders = studio.add_library_folder(drive.path().to_owned()).await?;
    ensure!(
        folders.iter().any(|folder| folder.id == FOLDER),
        "the folder has another number"
    );
    studio.close().await;
    drop(drive);

    let path = data.join("atelier.db");
    let mut database = Connection::open(&path).context("the index of the app")?;
    let transaction = database.transaction()?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO images (seq, id, folder, file_name, width, height, seed, model, prompt, created, format, pending, sampler,
               undesired, characters, recipe, looked)
             VALUES (?1 * 1024, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?1, 'png', 0, ?10, ?11, ?12, ?13, ?14)",
        )?;
        for number in 0..count {
            let recipe = files::recipe(number);
            insert.execute(params![
                // Number 0 is the newest; two minutes between two pictures.
                1_790_000_000_000_i64 - i64::from(number) * 120_000,
                format!("bench-{number}"),
                FOLDER,
                format!("{:03}/{number}-{}.png", number / 1000, recipe.seed),
                files::WIDTH,
                files::HEIGHT,
                recipe.seed,
                recipe.model.1,
                recipe.prompt,
                recipe.sampler,
                recipe.undesired,
                recipe.character,
                number / 8,
                if words == Words::Taken { 0 } else { 3 },
            ])?;
        }
    }
    transaction.commit()?;

    if words == Words::None {
        return Ok(0.0);
    }
    let begun = Instant::now();
    let studio = open(data).await?;
    while database.query_row(
        "SELECT EXISTS (SELECT 1 FROM images WHERE looked = 0 AND looked < 3)",
        [],
        |row| row.get(0),
    )? {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = begun.elapsed().as_secs_f64();
    studio.close().await;
    // There are no files to be looked at.
    database.execute("UPDATE images SET looked = 3", [])?;
    Ok(took)
}
