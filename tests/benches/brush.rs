//! P12, brush: milliseconds of the page's main thread for each event of a stroke, beside a canvas that composites
//! everything anew. Both run in Chromium, driven by `ui/bench/brush.js`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::peers::Peer;
use crate::rounds::{Side, compare};

/// The cases in the order in which the script tells them.
const SIDES: [u32; 3] = [1024, 2048, 4096];
const RADII: [u32; 3] = [4, 20, 200];

pub(crate) fn measure(rounds: usize) -> Result<()> {
    println!("P12 brush: the 95th percentile of the events of a stroke, in milliseconds of the main thread");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui");
    let mut both = Peer::answering(
        Command::new("node")
            .args(["bench/brush.js", "--serve"])
            .current_dir(page),
    )?;
    println!("  {}", both.about);
    let cases: Vec<(u32, u32)> = SIDES
        .into_iter()
        .flat_map(|side| RADII.map(|radius| (side, radius)))
        .collect();
    let mut sides: Vec<(Side, Side)> = cases.iter().map(|_| <(Side, Side)>::default()).collect();
    for round in 0..=rounds {
        let numbers = both.round("round")?;
        ensure!(numbers.len() == 2 * cases.len(), "the script says {numbers:?}");
        if round > 0 {
            for (found, (ours, theirs)) in numbers.chunks_exact(2).zip(&mut sides) {
                ours.add(found[0]);
                theirs.add(found[1]);
            }
        }
    }
    for ((side, radius), (ours, theirs)) in cases.iter().zip(&sides) {
        compare(&format!("{side}², radius {radius}"), "ms", ours, "composite", theirs);
    }
    println!("  (floor: 2 ms at 4096²)");
    Ok(())
}
