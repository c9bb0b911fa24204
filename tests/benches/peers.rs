//! The other sides of a comparison that are written in Python. They install themselves from PyPI, once, into the user's
//! cache.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

/// A script of `tests/benches/peers` that runs and answers line by line.
pub(crate) struct Peer {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What it says about itself when it starts: its versions.
    pub(crate) about: String,
}

impl Peer {
    /// Starts `name`.py with its packages.
    pub(crate) fn start(name: &str, packages: &[&str], arguments: &[PathBuf]) -> Result<Self> {
        let python = environment(name, packages)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/peers/{name}.py"));
        let mut child = Command::new(python)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting the peer {name}"))?;
        let questions = child.stdin.take().context("its stdin was asked for as a pipe")?;
        let answers = child.stdout.take().context("its stdout was asked for as a pipe")?;
        let mut peer = Self {
            child,
            questions,
            answers: BufReader::new(answers),
            about: String::new(),
        };
        peer.about = peer.answer()?;
        Ok(peer)
    }

    /// Asks for one round, and gives the numbers of the answer.
    pub(crate) fn round(&mut self) -> Result<Vec<f64>> {
        writeln!(self.questions).context("the peer is gone")?;
        let answer = self.answer()?;
        let numbers = answer.split_whitespace().map(str::parse);
        numbers
            .collect::<Result<_, _>>()
            .with_context(|| format!("the peer says {answer:?}"))
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("the peer ended early");
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends by itself when nobody asks any more; but not for sure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python of an environment with these packages.
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
    println!("  (installing {} for the peer)", packages.join(" and "));
    let base = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))
        .context("Python 3 with its module venv is needed (on Debian: apt-get install python3-venv)")?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages))?;
    std::fs::write(marker, wanted)?;
    Ok(python)
}

fn cache() -> Result<PathBuf> {
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

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
