//! The library on disks that fail: full, read-only, pulled out, with files that others hold. Each trouble is named with
//! what to do, nothing that was said of a picture is lost, and when it is over everything works again.
#![cfg(target_os = "linux")]

mod drive;
mod full;
mod held;
mod read_only;

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use novelai::client::BaseUrl;
use novelai::model::Registry;
use secrecy::SecretString;
use studio::{
    Change, Chosen, Credentials, Error, ErrorCode, FolderState, Folders, ImageId, ImageRecord, Options, ServerChoice,
    Studio,
};
use tempfile::TempDir;
use tests::two_colours;

/// KiB of a disk that has room enough.
const ROOMY: u32 = 4 * 1024;

/// A data folder and a library, each of which can be a disk of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Result<Self> {
        let place = Self {
            folder: tempfile::tempdir()?,
        };
        fs::create_dir(place.data())?;
        fs::create_dir(place.library())?;
        Ok(place)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    async fn open(&self) -> Result<Studio> {
        let nobody = BaseUrl::parse("http://127.0.0.1:9")?;
        let (studio, _) = Studio::open(Options {
            folders: Folders {
                data: self.data(),
                library: self.library(),
            },
            credentials: Credentials::Session,
            server: ServerChoice {
                base: nobody.clone(),
                sandbox: (nobody, SecretString::from("nobody")),
            },
            registry: Arc::new(Registry::builtin().clone()),
        })
        .await?;
        Ok(studio)
    }
}

/// A picture of a width of its own.
fn picture(path: &Path, width: u32) -> Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).context("a name")?;
    two_colours(path.parent().context("a folder")?, name, width, 20, 90)?;
    Ok(())
}

/// Pictures `0.png`, `1.png`, …, each of another width.
fn put(folder: &Path, count: u32) -> Result<()> {
    fs::create_dir_all(folder)?;
    for number in 0..count {
        picture(&folder.join(format!("{number}.png")), 40 + number)?;
    }
    Ok(())
}

/// All pictures, by their names.
async fn all(studio: &Studio) -> Result<Vec<ImageRecord>> {
    let mut all = studio.images(None, 1000).await?;
    all.sort_by(|one, other| one.file_name.cmp(&other.file_name));
    Ok(all)
}

/// The ids of all pictures, which must be so many, by their names.
async fn ids<const COUNT: usize>(studio: &Studio) -> Result<[ImageId; COUNT]> {
    let ids: Vec<_> = all(studio).await?.into_iter().map(|record| record.id).collect();
    match ids.try_into() {
        Ok(ids) => Ok(ids),
        Err(ids) => bail!("{} pictures in place of {COUNT}", ids.len()),
    }
}

fn only(id: &ImageId) -> Chosen {
    Chosen::Ids { ids: vec![id.clone()] }
}

async fn rate(studio: &Studio, id: &ImageId, stars: u8) -> Result<(), Error> {
    studio.change_pictures(only(id), Change::Rate { stars }).await.map(drop)
}

async fn rating(studio: &Studio, id: &ImageId) -> Result<u8> {
    Ok(studio.image(id.clone()).await?.rating)
}

/// Rates until there is no room for it. The last stars that were kept, and why the next were not.
async fn rate_until_refused(studio: &Studio, id: &ImageId) -> Result<(u8, Error)> {
    let mut kept = rating(studio, id).await?;
    // The file in the library and those of the index have some room left in their last blocks.
    for _ in 0..4000 {
        let next = kept % 5 + 1;
        match rate(studio, id, next).await {
            Ok(()) => kept = next,
            Err(error) => return Ok((kept, error)),
        }
    }
    bail!("there was room for all of it")
}

/// What was refused was refused for this, and says what to do.
fn refused<T: Debug>(outcome: Result<T, Error>, code: ErrorCode, advice: &str) -> Result<()> {
    let error = outcome.err().context("it was possible")?;
    ensure!(error.code == code, "{:?}: {error}", error.code);
    ensure!(error.message.contains(advice), "it says what to do: {error}");
    Ok(())
}

fn is_full<T: Debug>(outcome: Result<T, Error>) -> Result<()> {
    refused(outcome, ErrorCode::DiskFull, "Free some space")
}

fn is_read_only<T: Debug>(outcome: Result<T, Error>) -> Result<()> {
    refused(outcome, ErrorCode::ReadOnly, "Allow writing to it")
}

/// The index is gone, and made again from the folder.
fn damage(place: &Place) -> Result<()> {
    for rest in ["atelier.db-wal", "atelier.db-shm"] {
        drop(fs::remove_file(place.data().join(rest)));
    }
    let no_database = "no database at all, and long enough to be looked at";
    fs::write(place.data().join("atelier.db"), no_database)?;
    Ok(())
}

async fn state(studio: &Studio, at: usize) -> Result<FolderState> {
    Ok(studio.library_folders().await?[at].state)
}

/// Waits until something is so, at most half a minute.
async fn until(what: &str, so: impl AsyncFn() -> Result<bool>) -> Result<()> {
    for _ in 0..1500 {
        if so().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("waited in vain for {what}")
}
