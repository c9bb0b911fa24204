//! Where a test takes place, and what is shown of it when it fails.

use std::fs;
use std::panic::{AssertUnwindSafe, Location, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result};
use futures_util::FutureExt;
use sandbox::Sandbox;

use crate::app::{App, Start};
use crate::session::Session;

/// How much of the end of a log is worth reading.
const TAIL: usize = 4000;

/// A session of its own, and the apps that were started in it.
#[derive(Debug)]
pub struct Stage {
    /// The session in which everything runs.
    pub session: Session,
    apps: Mutex<Vec<App>>,
    name: String,
}

impl Stage {
    /// Plays a test on a stage of its own. When it fails, the windows are photographed and the logs shown.
    #[track_caller]
    pub fn play(test: impl AsyncFnOnce(&mut Self) -> Result<()>) -> impl Future<Output = Result<()>> {
        let here = Location::caller();
        let file = Path::new(here.file()).file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{file}-{}", here.line());
        async move {
            let mut stage = Self {
                session: Session::start()?,
                apps: Mutex::default(),
                name,
            };
            let outcome = AssertUnwindSafe(test(&mut stage)).catch_unwind().await;
            if !matches!(outcome, Ok(Ok(()))) {
                stage.show_what_could_be_seen().await;
            }
            outcome.unwrap_or_else(|panic| resume_unwind(panic))
        }
    }

    /// Starts the app and waits until it can be used.
    pub async fn open(&self, start: &Start) -> Result<App> {
        let app = self.launch(start).await?;
        app.page().is_ready().await?;
        Ok(app)
    }

    /// Starts the app and waits for its window only.
    pub async fn launch(&self, start: &Start) -> Result<App> {
        let app = App::start(&self.session, start).await?;
        self.apps
            .lock()
            .map_err(|_| anyhow::anyhow!("a test thread panicked"))?
            .push(app.clone());
        Ok(app)
    }

    /// Starts a sandbox outside the app, whose books stay when the app is killed.
    pub async fn sandbox(&self, options: sandbox::Options) -> Result<Sandbox> {
        Sandbox::start(options)
            .await
            .context("the sandbox could not be started")
    }

    /// Where pictures of windows are kept, for the eye.
    pub fn screenshots() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots")
    }

    async fn show_what_could_be_seen(&self) {
        let apps = self.apps.lock().map(|apps| apps.clone()).unwrap_or_default();
        for (number, app) in apps.iter().enumerate() {
            let file = Self::screenshots().join(format!("failed-{}-{number}.png", self.name));
            if let Ok(text) = app.page().run("return document.body.innerText", Vec::new()).await {
                eprintln!("What the window said: {text}");
            }
            match app.page().photograph(&file).await {
                Ok(()) => eprintln!("What the window looked like: {}", file.display()),
                // A window that was closed by the test can't be photographed.
                Err(error) => eprintln!("Window {number} can't be shown: {error:#}"),
            }
        }
        let log = fs::read(self.session.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log[log.len().saturating_sub(TAIL)..]).into_owned();
        eprintln!("The end of what the programs said:\n{log}");
    }
}
