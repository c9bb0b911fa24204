//! Tests whose program dies for real: an ignored test of this program is started as a process of its own.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use novelai::client::BaseUrl;
use novelai::model::Registry;
use secrecy::SecretString;

use crate::credentials::Credentials;

/// What the child opens: the folders of a stage, and one server that plays both.
pub(crate) fn options(folder: &Path, server: &str, token: &str) -> crate::Options {
    let base = BaseUrl::parse(server).unwrap();
    crate::Options {
        folders: crate::Folders {
            data: folder.join("data"),
            library: folder.join("library"),
        },
        credentials: Credentials::Session,
        server: crate::ServerChoice {
            base: base.clone(),
            sandbox: (base, SecretString::from(token.to_owned())),
        },
        registry: Arc::new(Registry::builtin().clone()),
    }
}

/// Starts this ignored test, silently.
pub(crate) fn command(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Waits on a thread for it: the servers of the stage need this one.
pub(crate) async fn ended(mut child: Child) -> ExitStatus {
    tokio::task::spawn_blocking(move || child.wait().unwrap())
        .await
        .unwrap()
}

/// Waits until this server has noticed that the child is gone, so that its books tell what the child had read.
pub(crate) async fn noticed(server: &sandbox::Sandbox) {
    while server.connections() > 0 || server.books().generations().any(|exchange| !exchange.over) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
