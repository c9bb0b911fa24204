//! The built app, started in a real window by the engine's own WebDriver.
//!
//! The driver starts the app itself; the app knows by `TAURI_WEBVIEW_AUTOMATION` that it may be driven.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use thirtyfour::WebDriver;
use thirtyfour::prelude::*;

use crate::Page;
use crate::child::{Group, processes};
use crate::session::Session;
use crate::wait::{closed_port, until};

/// How the app is to be started.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Instead of the app: another program with a webview, for comparison.
    pub binary: Option<PathBuf>,
    /// Arguments beside the data folder.
    pub arguments: Vec<String>,
    /// Variables of the environment.
    pub environment: Vec<(String, String)>,
}

impl Start {
    /// As a person starts it, but that the token is kept in memory: in the built-in sandbox.
    pub fn in_sandbox() -> Self {
        Self::default().option("--credentials", "memory")
    }

    /// With the system's keychain, against a server on this machine.
    pub fn with_keychain(server: &str) -> Self {
        Self::default()
            .option("--credentials", "keychain")
            .option("--api-url", server)
    }

    /// Signed in at a server on this machine.
    pub fn signed_in(server: &str, token: &str) -> Self {
        Self::in_sandbox()
            .option("--api-url", server)
            .variable("NOVELAI_TOKEN", token)
    }

    /// Adds an option.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.arguments.extend([name.to_owned(), value.into()]);
        self
    }

    /// Adds a variable of the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running app with its window. It ends when it is told to, or with the [`Stage`](crate::Stage) it was started on.
#[derive(Debug, Clone)]
pub struct App {
    page: Page,
    driver: Arc<Mutex<Group>>,
    binary: PathBuf,
    data: PathBuf,
}

/// Where a built program lies: `ATELIER_BIN` for the app itself, else beside this test.
pub fn built(name: &str) -> Result<PathBuf> {
    if name == "atelier"
        && let Some(path) = std::env::var_os("ATELIER_BIN")
    {
        return Ok(path.into());
    }
    let me = std::env::current_exe().context("where this test lies")?;
    // <target>/debug/deps/e2e-…
    let folder = me.ancestors().nth(2).context("this test was not built by Cargo")?;
    let path = folder.join(name);
    if !path.is_file() {
        bail!(
            "{} is not there: build it first (cargo build --workspace)",
            path.display()
        );
    }
    Ok(path)
}

impl App {
    /// Starts the app in a session, with the session's data folder, and waits for its window.
    pub async fn start(session: &Session, start: &Start) -> Result<Self> {
        let data = session.home().join("atelier");
        let binary = match &start.binary {
            Some(binary) => binary.clone(),
            None => built("atelier")?,
        };
        let mut arguments = start.arguments.clone();
        if start.binary.is_none() {
            arguments.extend(["--data-dir".to_owned(), data.display().to_string()]);
        }
        let port = closed_port()?;
        let mut command = Command::new("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .current_dir(session.home())
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("GDK_BACKEND", "x11")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("NOVELAI_TOKEN")
            .envs(start.environment.iter().map(|(name, value)| (name, value)));
        session.enter(&mut command);
        let driver = Group::start(&mut command, &session.log())?;
        let driver_at = format!("http://127.0.0.1:{port}");
        until("WebKitWebDriver", async || {
            Ok(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok())
        })
        .await?;
        let page = open(&driver_at, &binary, &arguments).await?;
        Ok(Self {
            page,
            driver: Arc::new(Mutex::new(driver)),
            binary,
            data,
        })
    }

    /// The page in its window.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// Where it keeps everything.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where it keeps the pictures.
    pub fn library(&self) -> PathBuf {
        self.data.join("library")
    }

    /// The app's own process, without those of its engine.
    pub fn process(&self) -> Result<u32> {
        let driver = self.driver().id();
        let mut children = processes().filter(|process| process.parent == driver && process.state != 'Z');
        children
            .next()
            .map(|process| process.id)
            .with_context(|| format!("{} is not running", self.binary.display()))
    }

    /// The app's process and those of its engine.
    pub fn processes(&self) -> Vec<u32> {
        let driver = self.driver();
        driver.members().into_iter().filter(|id| *id != driver.id()).collect()
    }

    /// Ends the app as a power cut would: nothing of it runs on.
    pub fn kill(&self) {
        self.driver().kill();
    }

    /// Its window, as the display knows it.
    pub fn window(&self) -> Result<String> {
        window_of(self.process()?)
    }

    fn driver(&self) -> MutexGuard<'_, Group> {
        self.driver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the window as a person does, by its frame, and waits until the app has ended. The driver's own way would
    /// not let it say goodbye.
    pub async fn close(&self) -> Result<()> {
        let process = self.process()?;
        let window = window_of(process)?;
        let closed = Command::new("wmctrl").args(["-i", "-c", &window]).status();
        if !closed.context("wmctrl is not there")?.success() {
            bail!("the window manager could not close {window}");
        }
        until("the app to end", async || {
            let running = processes().any(|other| other.id == process && other.state != 'Z');
            Ok((!running).then_some(()))
        })
        .await
    }
}

/// The window of a process, as the window manager knows it.
fn window_of(process: u32) -> Result<String> {
    let listed = Command::new("wmctrl")
        .arg("-lp")
        .output()
        .context("wmctrl is not there")?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let line = listed
        .lines()
        .find(|line| line.split_whitespace().nth(2) == Some(&process.to_string()));
    let window = line.and_then(|line| line.split_whitespace().next());
    window
        .map(ToOwned::to_owned)
        .with_context(|| format!("process {process} has no window: {listed}"))
}

async fn open(driver_at: &str, binary: &Path, arguments: &[String]) -> Result<Page> {
    let mut wishes = Capabilities::new();
    wishes
        .set(
            "webkitgtk:browserOptions",
            json!({ "binary": binary, "args": arguments }),
        )
        .context("the wishes for the session")?;
    // A proxy in the environment is not meant for the driver on this machine.
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()?;
    let driver = WebDriver::builder(driver_at, wishes)
        .client(client)
        .await
        .with_context(|| format!("the driver could not start {}", binary.display()))?;
    // The app is ended with its process group; a farewell to the driver could only hang.
    driver.clone().leak().context("a new session has not ended")?;
    Ok(Page::new(driver))
}
