//! Programs for Node that we are compared with. Their packages install themselves from npm, once, into the user's cache;
//! none of their install scripts runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::python::{cache, run};

/// Node with a script that can import these packages.
///
/// # Errors
///
/// Where there is no Node, or a package can't be had.
pub fn command(name: &str, packages: &[&str], script: &Path) -> Result<Command> {
    let script = installed(name, packages, script)?;
    let mut command = Command::new("node");
    command.arg(script);
    Ok(command)
}

/// A copy of the script beside its packages: that is where Node looks for them.
fn installed(name: &str, packages: &[&str], script: &Path) -> Result<PathBuf> {
    let folder = cache()?.join("atelier").join("peers").join(name);
    let marker = folder.join("packages.txt");
    let wanted = packages.join("\n");
    if !std::fs::read_to_string(&marker).is_ok_and(|there| there == wanted) {
        println!("  (installing {})", packages.join(" and "));
        std::fs::create_dir_all(&folder)?;
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        run(Command::new(npm)
            .args([
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel",
                "error",
                "--prefix",
            ])
            .arg(&folder)
            .args(packages))
        .context("Node with npm is needed")?;
        std::fs::write(&marker, wanted)?;
    }
    let copy = folder.join(script.file_name().context("a script has a name")?);
    std::fs::copy(script, &copy)?;
    Ok(copy)
}
