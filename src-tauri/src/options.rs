//! How the app can be started. People need none of this; tests and the curious do.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use novelai::client::BaseUrl;
use secrecy::SecretString;
use studio::Credentials;

/// A desktop studio for NovelAI image generation.
#[derive(Debug, Parser)]
#[command(name = "atelier", version)]
pub struct Options {
    /// Talk to this server instead of NovelAI: a gateway or sandbox on this machine (http on loopback).
    #[arg(long, value_name = "URL", value_parser = loopback)]
    pub api_url: Option<BaseUrl>,
    /// Keep queue, settings, logs and (unless told otherwise) pictures in this folder.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Keep the pictures in this folder.
    #[arg(long, value_name = "DIR")]
    pub library_dir: Option<PathBuf>,
    /// Where the token is kept. `memory` forgets it at exit and takes a first one from NOVELAI_TOKEN.
    #[arg(long, value_enum, default_value_t = KeepIn::Keychain)]
    pub credentials: KeepIn,
    /// How long the built-in sandbox takes for a step, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 40)]
    pub sandbox_step_delay: u64,
    /// Answer the next "save a copy" dialog with this path: native dialogs can't be driven by a test.
    #[arg(long, value_name = "FILE", hide = true)]
    pub answer_save_dialog: Option<PathBuf>,
    /// Answer the next dialog that asks for files with this one; with several, name the option several times.
    #[arg(long, value_name = "FILE", hide = true)]
    pub answer_open_dialog: Vec<PathBuf>,
}

/// Where the token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeepIn {
    /// The keychain of the operating system.
    Keychain,
    /// This process, until it ends.
    Memory,
}

impl Options {
    /// The place for tokens that was asked for.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        match self.credentials {
            KeepIn::Keychain => Credentials::Keychain,
            KeepIn::Memory => Credentials::memory(
                std::env::var("NOVELAI_TOKEN")
                    .ok()
                    .filter(|token| !token.is_empty())
                    .map(SecretString::from),
            ),
        }
    }

    /// What the sandbox waits between two steps, so that a preview can be followed by eye.
    #[must_use]
    pub fn step_delay(&self) -> Duration {
        Duration::from_millis(self.sandbox_step_delay)
    }
}

/// Only this machine: a start option must not be able to send a token elsewhere.
fn loopback(text: &str) -> Result<BaseUrl, String> {
    let url = BaseUrl::parse(text).map_err(|error| error.to_string())?;
    if url.is_loopback() {
        Ok(url)
    } else {
        Err("only a server on this machine can be named here".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_is_refused() {
        for url in [
            "https://example.com",
            "http://192.168.1.5:80",
            "http://127.0.0.1.example.com",
            "file:///etc/passwd",
        ] {
            assert!(Options::try_parse_from(["atelier", "--api-url", url]).is_err(), "{url}");
        }
        assert!(Options::try_parse_from(["atelier", "--api-url", "http://127.0.0.1:8080"]).is_ok());
    }
}
