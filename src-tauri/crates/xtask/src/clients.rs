//! `cargo xtask clients`: clients of other people against the sandbox, as `tests/clients` has them.
//!
//! No part of `cargo xtask test`: they come from PyPI, and what is new there must not break a build here.

use anyhow::Result;

use crate::shell;

/// Installs the clients into the user's cache, the first time, and makes every call that they have.
pub(crate) fn run() -> Result<()> {
    shell::run(shell::cargo().args([
        "test",
        "--package",
        "tests",
        "--test",
        "clients",
        "--",
        "--test-threads=1",
    ]))
}
