//! What quality.md's table promises, measured:
//! `cargo xtask bench [P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15 U1 Q1 R5 | library] [--rounds N]`.
//!
//! Both sides of a ratio run in one call, alternating, after a warm-up; what is printed is the median, the spread, and
//! the work. Nothing here passes or fails: a noisy machine must not break a build.

mod brush;
mod bytes;
mod chromium;
mod enlarge;
mod files;
mod library;
mod mask;
mod memory;
mod open;
mod overhead;
mod peers;
mod png;
mod preview;
mod queue;
mod rounds;
mod stealth;
mod stub;
mod typing;

use anyhow::{Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let (ids, rounds) = wishes(std::env::args().skip(1))?;
    let wanted = |id: &str| ids.is_empty() || ids.iter().any(|wish| wish.eq_ignore_ascii_case(id));
    println!("{rounds} rounds a side after a warm-up; median (least to most)");
    let shelf = library::Shelf::new()?;
    if wanted("P1") {
        library::thumbnails::measure(rounds)?;
    }
    if wanted("P2") {
        png::write(rounds)?;
    }
    if wanted("P3") {
        png::edit(rounds)?;
    }
    if wanted("P4") {
        library::index::measure(rounds, &shelf).await?;
    }
    if wanted("P5") {
        stealth::measure(rounds)?;
    }
    if wanted("P6") {
        library::search::measure(rounds).await?;
    }
    if wanted("P7") {
        library::grid::measure(rounds, &shelf).await?;
    }
    if wanted("P8") {
        open::measure(rounds, &shelf).await?;
    }
    if wanted("P9") {
        memory::measure(rounds, &shelf).await?;
    }
    if wanted("P10") {
        bytes::measure(rounds).await?;
    }
    if wanted("P11") {
        mask::measure(rounds).await?;
    }
    if wanted("P12") {
        brush::measure(rounds)?;
    }
    if wanted("P13") {
        overhead::measure(rounds).await?;
    }
    if wanted("P14") {
        preview::measure(rounds).await?;
    }
    if wanted("P15") {
        typing::measure(rounds)?;
    }
    if wanted("U1") {
        enlarge::measure(rounds)?;
    }
    if wanted("Q1") {
        queue::measure(rounds).await?;
    }
    if wanted("R5") {
        files::measure(rounds);
    }
    Ok(())
}

/// The ids to measure (all, if none is named) and the number of rounds.
fn wishes(mut arguments: impl Iterator<Item = String>) -> Result<(Vec<String>, usize)> {
    const KNOWN: [&str; 18] = [
        "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12", "P13", "P14", "P15", "U1", "Q1",
        "R5",
    ];
    const LIBRARY: [&str; 6] = ["P1", "P4", "P6", "P7", "P8", "P9"];
    let mut ids = Vec::new();
    let mut rounds = 5;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo adds it for a harness that can also test.
            "--bench" => {}
            "--rounds" => rounds = arguments.next().unwrap_or_default().parse()?,
            "library" => ids.extend(LIBRARY.map(str::to_owned)),
            id if KNOWN.iter().any(|known| known.eq_ignore_ascii_case(id)) => ids.push(argument),
            other => bail!("{other} is no benchmark; there are library, {}", KNOWN.join(", ")),
        }
    }
    if rounds < 5 {
        bail!("fewer than five rounds say nothing");
    }
    Ok((ids, rounds))
}
