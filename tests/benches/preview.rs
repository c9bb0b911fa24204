//! P14, previews: from the first byte of the first preview leaving the server to its pixels on screen.

use std::time::Duration;

use anyhow::{Context, Result};
use sandbox::Options;
use tests::{Session, Start, until};

use crate::rounds::Side;

/// Notes when the first preview has come forward and the frame with it has been drawn. It is loaded behind what is seen.
const WATCH: &str = r#"
window.previewSeen = null;
let last = null;
const look = () => {
  const shown = document.querySelector('img[data-testid=preview]')?.src ?? null;
  if (shown !== last && shown !== null && window.previewSeen === null) window.previewSeen = Date.now();
  last = shown;
  requestAnimationFrame(() => setTimeout(look));
};
look();"#;

/// What quality.md allows.
const FLOOR: f64 = 100.0;

pub(crate) async fn measure(rounds: usize) -> Result<()> {
    let pictures = rounds.max(20);
    println!("P14 preview: first preview byte leaves the server → pixels on screen, {pictures} pictures of 832 × 1216");
    let session = Session::start()?;
    let options = Options {
        step_delay: Duration::from_millis(60),
        ..Options::default()
    };
    let server = sandbox::Sandbox::start(options).await?;
    let start = Start::signed_in(&server.url(), server.token());
    let app = tests::App::start(&session, &start).await?;
    app.page().is_ready().await?;
    app.page()
        .fill("Prompt", "a valley at dusk, layered hills, low sun")
        .await?;
    app.page().run(WATCH, Vec::new()).await?;
    let mut side = Side::default();
    for round in 0..=pictures {
        app.page().run("window.previewSeen = null", Vec::new()).await?;
        app.page().generate().await?;
        let seen = until("a preview", async || {
            Ok(app.page().run("return window.previewSeen", Vec::new()).await?.as_u64())
        })
        .await?;
        app.page().settled_jobs().await?;
        let books = server.books();
        let left = books
            .exchanges
            .iter()
            .rev()
            .find_map(|exchange| exchange.first_preview_at);
        let left = left.context("the server sent no preview")?;
        if round > 0 {
            side.add(f64::from(u32::try_from(seen.saturating_sub(left))?));
        }
    }
    let p95 = side.at(0.95);
    println!(
        "  {side} ms; p95 {p95:.0} ms; ratio to the floor of {FLOOR:.0} ms: {:.2}",
        p95 / FLOOR
    );
    app.close().await
}
