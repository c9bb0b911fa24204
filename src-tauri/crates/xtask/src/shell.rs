//! How the chores start other programs: said aloud, streamed live, and with an error that names the command.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::counts::Counts;
use crate::failures::Failures;

/// The top folder of the project.
pub(crate) fn root() -> PathBuf {
    // Asked when it runs, not when it is built: two checkouts that share a target folder share this program.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.ancestors()
        .nth(3)
        .expect("xtask lies three folders below the top")
        .to_owned()
}

/// Where Cargo puts what it builds, with a profile's folder such as `debug`.
///
/// This program was built by Cargo and lies in `<target>/debug`.
pub(crate) fn built(profile: &str) -> Result<PathBuf> {
    let me = std::env::current_exe().context("where this program lies")?;
    let target = me.ancestors().nth(2).context("this program was not built by Cargo")?;
    Ok(target.join(profile))
}

/// The Cargo that started this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// npm, in the folder of the page.
pub(crate) fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(root().join("ui"));
    command
}

/// Whether a program can be found.
pub(crate) fn has(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs a command with its output as it comes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    say(command);
    let status = command
        .status()
        .with_context(|| format!("could not start {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// What a test runner said.
pub(crate) struct Said {
    pub(crate) counts: Counts,
    pub(crate) failures: Failures,
    pub(crate) ended_well: bool,
}

/// Runs a test runner with its output as it comes, and reads along. What it says as an error is not read: a program that
/// a test left behind would keep that open.
pub(crate) fn run_counting(command: &mut Command) -> Result<Said> {
    say(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {}", shown(command)))?;
    let output = child.stdout.take().expect("stdout was asked for as a pipe");
    let mut counts = Counts::default();
    let mut failures = Failures::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("reading what the tests say")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        counts.add(Counts::of_line(&line));
        failures.read(&line);
    }
    let status = child
        .wait()
        .with_context(|| format!("waiting for {}", shown(command)))?;
    Ok(Said {
        counts,
        failures,
        ended_well: status.success(),
    })
}

/// What a command prints, without showing it; `None` when it can't be started or fails.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A line that stands out between the output of other programs.
pub(crate) fn heading(text: &str) {
    println!(
        "\n── {text} {}",
        "─".repeat(74_usize.saturating_sub(text.chars().count()))
    );
    // Other programs write to the same place from here on.
    let _ = std::io::stdout().flush();
}

fn say(command: &Command) {
    println!("$ {}", shown(command));
    let _ = std::io::stdout().flush();
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
