//! `cargo xtask bench`: builds the app as it is shipped, and runs what `tests/benches` measures.

use anyhow::Result;

use crate::display::Display;
use crate::{setup, shell, ui};

/// The benchmarks that need no window, and so no app.
const WINDOWLESS: [&str; 12] = [
    "P1", "P2", "P3", "P4", "P5", "P6", "P12", "P13", "P15", "U1", "Q1", "R5",
];

/// Builds, then measures the benchmarks with these ids, or all of them.
pub(crate) fn run(ids: &[String], rounds: u32) -> Result<()> {
    let mut bench = shell::cargo();
    bench
        .args(["bench", "--package", "tests", "--bench", "bench", "--", "--rounds"])
        .arg(rounds.to_string())
        .args(ids);
    let windowless = |id: &String| WINDOWLESS.iter().any(|known| known.eq_ignore_ascii_case(id));
    if !ids.is_empty() && ids.iter().all(windowless) {
        return shell::run(&mut bench);
    }
    shell::heading("What the machine needs");
    setup::run(setup::For::Tests)?;
    shell::heading("The page");
    ui::install()?;
    ui::build()?;
    shell::heading("The app and its peers, optimised (the first time takes about fifteen minutes on two cores)");
    let window = ["--package", "atelier", "--bin", "atelier", "--example", "bench_window"];
    shell::run(shell::cargo().args(["build", "--profile", "bench"]).args(window))?;
    // One display for all: a real one would measure the person's other windows.
    let display = Display::start()?;
    shell::run(display.lend(bench.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")))
}
