//! Programs in Python that we are compared with or tried by. Their packages install themselves from PyPI, once, into the
//! user's cache.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Python in an environment of this name, which has these packages.
///
/// # Errors
///
/// Where there is no Python with its module venv, or a package can't be had.
pub fn command(name: &str, packages: &[&str]) -> Result<Command> {
    let mut command = Command::new(environment(name, packages)?);
    // The scripts lie in the sources; what Python makes of them does not.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

fn environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = cache()?.join("atelier").join("peers").join(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let marker = folder.join("packages.txt");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&marker).is_ok_and(|there| there == wanted) {
        return Ok(python);
    }
    println!("  (installing {})", packages.join(" and "));
    let base = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))
        .context("Python 3 with its module venv is needed (on Debian: apt-get install python3-venv)")?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages))?;
    std::fs::write(marker, wanted)?;
    Ok(python)
}

pub(crate) fn cache() -> Result<PathBuf> {
    let told = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    told("XDG_CACHE_HOME")
        .or_else(|| told("LOCALAPPDATA"))
        .or_else(|| told("HOME").map(|home| home.join(".cache")))
        .context("there is no folder for caches")
}

pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
