//! An empty window of Chromium, the peer of a program with a window of its own.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tempfile::TempDir;
use tests::{Group, Session};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Where it is on this machine, if it is.
pub(crate) fn path() -> Option<&'static Path> {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
    known.into_iter().map(Path::new).find(|path| path.exists())
}

/// A window with a page, and its profile.
pub(crate) struct Window {
    pub(crate) group: Group,
    _profile: TempDir,
}

/// Starts it, without what it would do in the background.
pub(crate) fn start(session: &Session, path: &Path, page: &str) -> Result<Window> {
    let profile = tempfile::tempdir()?;
    let mut command = Command::new(path);
    command
        .args([
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
        ])
        .args([
            "--disable-component-update",
            "--password-store=basic",
            "--window-size=1280,800",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(page);
    session.enter(&mut command);
    let group = Group::start(&mut command, &session.log())?;
    Ok(Window {
        group,
        _profile: profile,
    })
}

/// Tells when a frame has been drawn.
const PAGE: &str = "<!doctype html><title>Blank</title><p>Blank</p><script>
requestAnimationFrame(() => setTimeout(() => fetch('/painted')));
</script>";

/// Milliseconds from its start to the first frame of an empty page of its own.
pub(crate) async fn painted(session: &Session, path: &Path) -> Result<f64> {
    let server = TcpListener::bind("127.0.0.1:0").await?;
    let address = server.local_addr()?;
    let begun = Instant::now();
    let _window = start(session, path, &format!("http://{address}/"))?;
    let served = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let (mut stream, _) = server.accept().await?;
            let mut asked = [0; 2048];
            let length = stream.read(&mut asked).await?;
            if asked[..length].starts_with(b"GET /painted") {
                return Ok::<_, anyhow::Error>(begun.elapsed());
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{PAGE}",
                PAGE.len()
            );
            stream.write_all(answer.as_bytes()).await?;
        }
    });
    let took = served.await.context("Chromium drew nothing in a minute")??;
    Ok(took.as_secs_f64() * 1000.0)
}
