//! P4, index: files of a folder → rows that can be searched, by an index that begins empty.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use studio::Grouping;

use super::{SIZES, Shelf, USUAL, exponent, files, open, rows};
use crate::peers::Peer;
use crate::rounds::{Side, compare};

/// Files of a round.
const FILES: u32 = 10_000;
/// Files that the peer reads in a round: it takes too long for all.
const OF_PEER: u32 = 200;

/// Measures it; then at ten times the size, and beside a million other pictures, once each.
pub(crate) async fn measure(rounds: usize, shelf: &Shelf) -> Result<()> {
    println!(
        "P4 index: {FILES} NovelAI PNGs of {}×{} (small drawings, one in a hundred broken) → rows that can be searched; the index \
         empty, the files in memory of the system",
        files::WIDTH,
        files::HEIGHT
    );
    let begun = Instant::now();
    let library = shelf.with(FILES)?;
    println!("  the files took {:.1} s to write", begun.elapsed().as_secs_f64());
    let of_peer: Vec<PathBuf> = (0..)
        .filter(|number| files::is_whole(*number))
        .map(|number| files::path(&library.join("bench"), number))
        .take(OF_PEER as usize)
        .collect();
    let mut peer = Peer::start(
        "stealth",
        &["pillow>=11,<13", "numpy>=2,<3"],
        "benches/peers/stealth.py",
        &of_peer,
    )?;
    println!("  peer: {}, {OF_PEER} files, scaled", peer.about);
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for round in 0..=rounds {
        let took = index(&library, FILES, 0).await?;
        let peer_took = *peer.round("")?.first().context("the peer says nothing")?;
        if round > 0 {
            ours.add(took);
            theirs.add(peer_took * f64::from(FILES / OF_PEER));
        }
    }
    compare("the Python reader", "ms", &theirs, "ours", &ours);
    println!("  (floor: the ratio is 300)");
    let took = index(&shelf.with(USUAL)?, USUAL, 0).await?;
    println!(
        "  {USUAL} files, once: {:.1} s ({:.2} ms a file), each broken one named; it grows with the exponent {:.2} (moonshot 12 s)",
        took / 1000.0,
        took / f64::from(USUAL),
        exponent((FILES, ours.median()), (USUAL, took))
    );
    let others = SIZES[2];
    let took = index(&library, FILES, others).await?;
    println!(
        "  {FILES} files beside {others} other pictures, once: {took:.0} ms, {:.2} of what they take alone",
        took / ours.median()
    );
    Ok(())
}

/// Milliseconds until all whole ones of so many files can be found, in an index that has others already.
async fn index(library: &Path, count: u32, others: u32) -> Result<f64> {
    let whole = files::whole(count);
    let data = tempfile::tempdir()?;
    if others > 0 {
        rows::add(data.path(), others, rows::Words::Taken).await?;
        fs::remove_dir_all(data.path().join("library"))?;
    }
    std::os::unix::fs::symlink(library, data.path().join("library"))?;
    let begun = Instant::now();
    let studio = open(data.path()).await?;
    let look = studio.look_at_folders().await?;
    let found = studio.search(String::new(), Grouping::Day).await?;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    let total = others + whole;
    ensure!(found.total == total, "{} of {total} are found: {look:?}", found.total);
    let named = studio.broken_files(None, 1).await?.total;
    ensure!(
        named == count - whole,
        "{named} of {} broken files are named",
        count - whole
    );
    studio.close().await;
    Ok(took)
}
