//! `cargo xtask fuzz-smoke`: a few seconds of damaged and arbitrary bytes for every parser of what comes from outside.
//!
//! The parsers and the seeds are in the crate `novelai`, as is the program that feeds them; longer runs are for
//! cargo-fuzz, in `novelai/fuzz`.

use std::process::Command;

use anyhow::Result;

use crate::shell;

/// How long each parser is fed.
pub(crate) const SECONDS: u32 = 10;

/// Feeds these parsers, or all.
pub(crate) fn run(parsers: &[String], seconds: u32, seed: Option<u64>) -> Result<()> {
    let mut smoke = smoke(seconds);
    if let Some(seed) = seed {
        smoke.args(["--seed", &seed.to_string()]);
    }
    shell::run(smoke.args(parsers))
}

/// What feeds all of them and counts each as a test. A debug build: that is where an overflow is a panic.
pub(crate) fn smoke(seconds: u32) -> Command {
    let mut cargo = shell::cargo();
    cargo.args([
        "run",
        "--package",
        "novelai",
        "--features",
        "fuzz",
        "--example",
        "fuzz_smoke",
        "--",
    ]);
    cargo.args(["--seconds", &seconds.to_string()]);
    cargo
}
