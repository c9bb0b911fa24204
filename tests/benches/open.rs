//! P8, cold open: from the start of the program to the first thumbnails on screen, with a library of 100,000 and others.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::Value;
use tests::{App, Session, Start, built, until};

use crate::chromium;
use crate::library::{SIZES, Shelf, USUAL, fill, print_growth};
use crate::rounds::{Side, compare};

/// The first thumbnails: as many as fit beside the picture at 1280 × 800.
const FIRST: usize = 4;

/// When these thumbnails were loaded and a frame had been drawn since, in milliseconds since 1970.
const THUMBNAILS: &str = r#"
const [wanted, done] = arguments;
const look = () => {
  const there = [...document.querySelectorAll('[data-testid=history-item] img')].filter((img) => img.complete && img.naturalWidth > 0);
  if (there.length >= wanted) requestAnimationFrame(() => setTimeout(() => done(Date.now())));
  else requestAnimationFrame(look);
};
look();"#;

/// The same for a page that shows nothing but a line.
const LINE: &str = r#"
const [, done] = arguments;
const look = () => {
  if (document.getElementById('painted')) requestAnimationFrame(() => setTimeout(() => done(Date.now())));
  else requestAnimationFrame(look);
};
look();"#;

pub(crate) async fn measure(rounds: usize, shelf: &Shelf) -> Result<()> {
    println!("P8 cold open: start → first {FIRST} thumbnails painted, warm disk");
    let blank = Start {
        binary: Some(built("examples/bench_window")?),
        ..Start::default()
    };
    let mut medians = Vec::new();
    for size in SIZES {
        let session = Session::start()?;
        let ours = Start::in_sandbox();
        fill(&session, &ours, shelf, size).await?;
        let (mut our_side, mut blank_side, mut chromium_side) = (Side::default(), Side::default(), Side::default());
        for round in 0..=rounds {
            let ours = opened(&session, &ours, THUMBNAILS).await?;
            let blank = opened(&session, &blank, LINE).await?;
            let chromium = match chromium::path() {
                Some(path) => Some(chromium::painted(&session, path).await?),
                None => None,
            };
            // The first is the warm-up: it makes the thumbnails.
            if round > 0 {
                our_side.add(ours);
                blank_side.add(blank);
                if let Some(chromium) = chromium {
                    chromium_side.add(chromium);
                }
            }
        }
        compare(
            &format!("{size} pictures"),
            "ms",
            &our_side,
            "a blank Tauri window",
            &blank_side,
        );
        if chromium::path().is_some() {
            compare(
                &format!("{size} pictures"),
                "ms",
                &our_side,
                "an empty Chromium window",
                &chromium_side,
            );
        }
        if size == USUAL {
            println!(
                "  ours − blank: {:.0} ms (floor 250 ms)",
                our_side.median() - blank_side.median()
            );
        }
        medians.push((size, our_side.median()));
    }
    print_growth("the start", &medians);
    Ok(())
}

/// Milliseconds from the start of the driver, which starts the program, to what the script waits for.
async fn opened(session: &Session, start: &Start, script: &str) -> Result<f64> {
    let began = SystemTime::now();
    let app = App::start(session, start).await?;
    let at = until("the page", async || {
        Ok(Some(app.page().ask(script, vec![Value::from(FIRST)]).await?))
    })
    .await?;
    let at = UNIX_EPOCH + Duration::from_millis(at.as_u64().context("no time")?);
    let took = at.duration_since(began).context("a clock ran backwards")?;
    app.close().await?;
    Ok(took.as_secs_f64() * 1000.0)
}
