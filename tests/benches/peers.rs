//! The sides of a comparison that are not written in Rust.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use tests::{node, python};

/// A script that runs and answers line by line.
pub(crate) struct Peer {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What it says about itself when it starts: its versions.
    pub(crate) about: String,
}

impl Peer {
    /// Starts a script of `tests/benches/peers` in a Python environment of this name with its packages.
    pub(crate) fn start<A: Into<OsString>>(
        name: &str,
        packages: &[&str],
        script: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let mut command = python::command(name, packages)?;
        command.arg(script).args(arguments.into_iter().map(Into::into));
        Self::answering(&mut command)
    }

    /// Starts a script of `tests/benches/peers` in Node with these packages.
    pub(crate) fn in_node<A: Into<OsString>>(
        name: &str,
        packages: &[&str],
        script: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let mut command = node::command(name, packages, &script)?;
        command.args(arguments.into_iter().map(Into::into));
        Self::answering(&mut command)
    }

    /// Starts a program that says what it is, and then answers each line with one.
    pub(crate) fn answering(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
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

    /// Asks for one round, and gives the numbers of the answer. What the question says, the script knows.
    pub(crate) fn round(&mut self, question: &str) -> Result<Vec<f64>> {
        writeln!(self.questions, "{question}").context("the peer is gone")?;
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
