//! The library at its usual size and at ten times that: P1 thumbnails, P4 index, P6 search, P7 grid. P8 and P9 open and
//! scroll the same pictures, and so have files of their own.

pub(crate) mod files;
pub(crate) mod grid;
pub(crate) mod index;
pub(crate) mod rows;
pub(crate) mod search;
pub(crate) mod thumbnails;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use novelai::client::BaseUrl;
use novelai::model::Registry;
use secrecy::SecretString;
use studio::{Credentials, Folders, Options, ServerChoice, Studio};
use tempfile::TempDir;
use tests::{App, Session, Start};

/// Pictures of a person who has made some a day for years.
pub(crate) const USUAL: u32 = 100_000;

/// Opens what the app would open on a data folder, without a server.
pub(crate) async fn open(data: &Path) -> Result<Studio> {
    let nobody = BaseUrl::parse("http://127.0.0.1:9")?;
    let (studio, _) = Studio::open(Options {
        folders: Folders {
            data: data.to_owned(),
            library: data.join("library"),
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

/// The exponent by which a cost grows between two sizes: 0 is constant, 1 is linear.
pub(crate) fn exponent((small, cost): (u32, f64), (large, more): (u32, f64)) -> f64 {
    (more / cost).ln() / (f64::from(large) / f64::from(small)).ln()
}

/// Prints how a cost grows over the sizes of a library.
pub(crate) fn print_growth(what: &str, costs: &[(u32, f64)]) {
    for pair in costs.windows(2) {
        if let &[small, large] = pair {
            let exponent = exponent(small, large);
            println!(
                "  {what} grows with the exponent {exponent:.2} from {} to {}",
                small.0, large.0
            );
        }
    }
}

/// The real files that all measure on: library folders of different sizes, each made when it is first wanted.
pub(crate) struct Shelf(TempDir);

impl Shelf {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    /// A library folder with so many files.
    pub(crate) fn with(&self, count: u32) -> Result<PathBuf> {
        let library = self.0.path().join(count.to_string());
        if !library.exists() {
            files::write(&library.join("bench"), count)?;
        }
        Ok(library)
    }
}

/// Sizes of a library: a tenth of the usual one, the usual one, and ten times that.
pub(crate) const SIZES: [u32; 3] = [USUAL / 10, USUAL, USUAL * 10];

/// Starts the app once and ends it, and fills its library: real files up to the usual size, rows without files beyond it,
/// all of them looked at entirely.
pub(crate) async fn fill(session: &Session, start: &Start, shelf: &Shelf, size: u32) -> Result<PathBuf> {
    let first = App::start(session, start).await?;
    first.page().is_ready().await?;
    first.close().await?;
    let data = first.data().to_owned();
    let files = size.min(USUAL);
    let library = shelf.with(files)?;
    fs::remove_dir_all(data.join("library"))?;
    std::os::unix::fs::symlink(library, data.join("library"))?;
    let studio = open(&data).await?;
    studio.look_at_folders().await?;
    studio.close().await;
    rows::add(&data, size - files, rows::Words::None).await?;
    // Looking at the pixels of all would take an hour, and a library that is in use has that behind it.
    let database = rusqlite::Connection::open(data.join("atelier.db")).context("the index of the app")?;
    database.execute("UPDATE images SET looked = 3 WHERE looked = 2", [])?;
    Ok(data)
}
