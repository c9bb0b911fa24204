//! `cargo xtask crash-matrix`: the process is killed at every step of a job and at any moment, hundreds of times, free and
//! paid, with the sandbox's account as the judge; and as often while it works on the library, with the folder as the judge.
//! The tests run both too, with fewer kills.

use anyhow::Result;

use crate::shell;

/// How often it is killed.
pub(crate) const KILLS: u32 = 500;

pub(crate) fn run(kills: u32) -> Result<()> {
    let mut cargo = shell::cargo();
    cargo.args([
        "test",
        "--package",
        "studio",
        "--lib",
        "--",
        "jobs::crash_matrix",
        "library::killed",
        "--nocapture",
    ]);
    cargo.env("ATELIER_KILLS", kills.to_string());
    shell::run(&mut cargo)
}
