//! The page: its packages and its build, each only when something has changed.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::shell;

/// Folders of `ui` that are made, not written.
const MADE: &[&str] = &["node_modules", "dist", ".svelte-kit", "coverage"];

/// Installs the page's packages when the lock file is newer than what is installed.
pub(crate) fn install() -> Result<()> {
    let ui = shell::root().join("ui");
    let installed = changed(&ui.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= changed(&ui.join("package-lock.json")) {
        println!("The page's packages are installed.");
        return Ok(());
    }
    shell::run(shell::npm().args(["ci", "--no-audit", "--no-fund"]))
}

/// Builds the page into `ui/dist`, which the app has inside.
pub(crate) fn build() -> Result<()> {
    let ui = shell::root().join("ui");
    let built = changed(&ui.join("dist/index.html"));
    if built.is_some() && built >= newest(&ui).context("looking through ui/")? {
        println!("The page is up to date.");
        return Ok(());
    }
    shell::run(shell::npm().args(["run", "build"]))
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|data| data.modified()).ok()
}

/// When something in a folder was last changed, leaving out what is made.
fn newest(folder: &Path) -> std::io::Result<Option<SystemTime>> {
    let mut newest = changed(folder);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if MADE.iter().any(|made| entry.file_name() == *made) {
            continue;
        }
        let path = entry.path();
        let at = if entry.file_type()?.is_dir() {
            self::newest(&path)?
        } else {
            changed(&path)
        };
        newest = newest.max(at);
    }
    Ok(newest)
}
