//! What the running app holds: the studio, once it is open, and the sandbox beside it.
//!
//! The window is there before the studio: opening a database or a keychain that hangs must not hang the window. A
//! command waits for [`Atelier::studio`].

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use sandbox::Sandbox;
use secrecy::SecretString;
use studio::{Folders, Studio};
use tauri::AppHandle;
use tokio::sync::SetOnce;

use crate::error::{self, Error};
use crate::{Options, ipc};

/// The state of the app, managed by Tauri.
pub struct Atelier {
    opened: Arc<SetOnce<Result<Open, Error>>>,
    /// Taken by the first "save a copy" dialog.
    pub answer_save_dialog: Mutex<Option<PathBuf>>,
    /// Taken by the first dialog that asks for files.
    pub answer_open_dialog: Mutex<Vec<PathBuf>>,
}

/// What there is once the studio is open.
pub struct Open {
    /// Everything the program does.
    pub studio: Studio,
    /// How many pictures were brought back from a run that ended badly.
    pub recovered: usize,
    /// Why the person's own changes to the models are not used, if they are not.
    pub models_refused: Option<String>,
    sandbox: Sandbox,
}

/// Where things are kept: what the options say, or the usual places of the system.
pub fn folders(options: &Options) -> anyhow::Result<Folders> {
    let usual = match &options.data_dir {
        Some(data) => Folders {
            library: data.join("library"),
            data: data.clone(),
        },
        None => Folders::usual().context("this system has no folder for the data of programs")?,
    };
    let library = options.library_dir.clone().unwrap_or(usual.library);
    Ok(Folders {
        data: usual.data,
        library,
    })
}

impl Atelier {
    /// Begins to open the studio, and returns at once.
    pub fn open(app: AppHandle, options: Options, folders: Folders) -> Self {
        let answer_save_dialog = Mutex::new(options.answer_save_dialog.clone());
        let answer_open_dialog = Mutex::new(options.answer_open_dialog.clone());
        let opened = Arc::new(SetOnce::new());
        let result = Arc::clone(&opened);
        tauri::async_runtime::spawn(async move {
            let opening = open(&options, folders).await;
            match &opening {
                Ok(open) => ipc::forward_events(app, &open.studio),
                Err(error) => tracing::error!(code = ?error.code, message = error.message, "the studio did not open"),
            }
            // Only this task sets it, once.
            let _ = result.set(opening);
        });
        Self {
            opened,
            answer_save_dialog,
            answer_open_dialog,
        }
    }

    /// What is open, as soon as it is.
    ///
    /// # Errors
    /// Why the studio could not be opened, the same each time.
    pub async fn opened(&self) -> Result<&Open, Error> {
        self.opened.wait().await.as_ref().map_err(Clone::clone)
    }

    /// The studio, as soon as it is open.
    ///
    /// # Errors
    /// As [`Atelier::opened`].
    pub async fn studio(&self) -> Result<&Studio, Error> {
        Ok(&self.opened().await?.studio)
    }

    /// Ends what runs, so that nothing is cut off in the middle of a write.
    pub async fn close(&self) {
        if let Some(Ok(open)) = self.opened.get() {
            open.studio.clone().close().await;
            open.sandbox.kill();
        }
    }
}

async fn open(options: &Options, folders: Folders) -> Result<Open, Error> {
    let sandbox = Sandbox::start(sandbox::Options {
        step_delay: options.step_delay(),
        ..sandbox::Options::default()
    })
    .await
    .map_err(error::internal)?;
    let sandbox_url = novelai::client::BaseUrl::parse(&sandbox.url()).map_err(error::internal)?;
    let models = studio::models::load(&folders.data);
    if let Some(refused) = &models.refused {
        tracing::warn!("{refused}");
    }
    let (studio, opened) = Studio::open(studio::Options {
        folders,
        credentials: options.credentials(),
        server: studio::ServerChoice {
            base: options
                .api_url
                .clone()
                .unwrap_or_else(novelai::client::BaseUrl::novelai),
            sandbox: (sandbox_url, SecretString::from(sandbox.token().to_owned())),
        },
        registry: Arc::new(models.registry),
    })
    .await?;
    Ok(Open {
        studio,
        recovered: opened.recovered,
        models_refused: models.refused,
        sandbox,
    })
}
