//! A display for machines that have none: Xvfb with a small window manager. Both end when the value is dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell;

/// A virtual display.
pub(crate) struct Display {
    name: String,
    server: Child,
    windows: Child,
}

/// Whether this session has a display of its own.
pub(crate) fn is_there() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

impl Display {
    /// Starts one under a number that is free.
    pub(crate) fn start() -> Result<Self> {
        let mut server = ending_with_this("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1920x1080x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("could not start Xvfb")?;
        let mut number = String::new();
        let output = server.stdout.take().expect("stdout was asked for as a pipe");
        BufReader::new(output)
            .read_line(&mut number)
            .context("asking Xvfb for its number")?;
        if number.trim().is_empty() {
            let _ = server.kill();
            let status = server.wait();
            bail!("Xvfb did not start ({status:?})");
        }
        let name = format!(":{}", number.trim());
        let windows = ending_with_this("openbox")
            .arg("--sm-disable")
            .env("DISPLAY", &name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match windows {
            Ok(windows) => Ok(Self { name, server, windows }),
            Err(error) => {
                let _ = server.kill();
                let _ = server.wait();
                Err(error).context("could not start openbox")
            }
        }
    }

    /// Its name, such as `:7`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Lets a command open its windows here.
    pub(crate) fn lend<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11")
    }
}

/// A program that ends when this one does, even if this one is killed and can't tidy up.
fn ending_with_this(program: &str) -> Command {
    if !shell::has("setpriv") {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", program]);
    command
}

impl Drop for Display {
    fn drop(&mut self) {
        for child in [&mut self.windows, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
