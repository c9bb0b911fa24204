//! P9, memory: what all processes hold (PSS: shared pages counted once) after the history was scrolled.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tests::{App, Group, Session, Start, built, until, until_within};

use crate::library;
use crate::rounds::{Side, compare};

const ROWS: u32 = 5_000;

/// Scrolls the history to its end and says how many pictures it holds now.
const SCROLL: &str = r#"
const items = document.querySelectorAll('[data-testid=history-item]');
let list = items[items.length - 1]?.parentElement;
while (list && !/auto|scroll/.test(getComputedStyle(list).overflowY)) list = list.parentElement;
if (list) list.scrollTop = list.scrollHeight;
return items.length;"#;

/// How many thumbnails are scrolled past.
const SCROLLED: u64 = 600;

pub(crate) async fn measure(rounds: usize) -> Result<()> {
    println!("P9 memory: PSS of all processes after scrolling {SCROLLED} thumbnails");
    let session = Session::start()?;
    let ours = Start::in_sandbox();
    let blank = Start {
        binary: Some(built("examples/bench_window")?),
        ..Start::default()
    };
    let first = App::start(&session, &ours).await?;
    first.page().is_ready().await?;
    first.close().await?;
    library::fill(first.data(), ROWS, ROWS)?;
    let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        .into_iter()
        .find(|path| fs::exists(path).unwrap_or(false));

    let (mut ours_side, mut blank_side, mut chromium_side) = (Side::default(), Side::default(), Side::default());
    for round in 0..=rounds {
        let our_app = App::start(&session, &ours).await?;
        our_app.page().is_ready().await?;
        scroll(&our_app).await?;
        let held_by_ours = settled(|| our_app.processes()).await?;
        our_app.close().await?;

        let bare = App::start(&session, &blank).await?;
        let held_by_blank = settled(|| bare.processes()).await?;
        bare.close().await?;

        let held_by_chromium = match chromium {
            Some(path) => Some(empty_chromium(&session, path).await?),
            None => None,
        };
        if round > 0 {
            ours_side.add(held_by_ours);
            blank_side.add(held_by_blank);
            if let Some(held) = held_by_chromium {
                chromium_side.add(held);
            }
        }
    }
    compare("ours", "MiB", &ours_side, "a blank Tauri window", &blank_side);
    match chromium {
        Some(_) => compare("ours", "MiB", &ours_side, "an empty Chromium window", &chromium_side),
        None => println!("  no Chromium here to compare with"),
    }
    Ok(())
}

async fn scroll(app: &App) -> Result<()> {
    until_within(Duration::from_secs(120), "the history to be scrolled", async || {
        let there = app.page().run(SCROLL, Vec::new()).await?;
        Ok((there.as_u64().unwrap_or_default() >= SCROLLED).then_some(()))
    })
    .await
}

/// An empty window of Chromium, without what it would do in the background.
async fn empty_chromium(session: &Session, path: &str) -> Result<f64> {
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
        .arg("about:blank");
    session.enter(&mut command);
    let group = Group::start(&mut command, &session.log())?;
    until("Chromium's renderer", async || {
        Ok((group.members().len() >= 4).then_some(()))
    })
    .await?;
    settled(|| group.members()).await
}

/// The memory once it has stopped to move by more than a hundredth.
async fn settled(processes: impl Fn() -> Vec<u32>) -> Result<f64> {
    let mut before = 0.0;
    until("the memory to settle", async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = mebibytes(&processes())?;
        let still = (now - before).abs() < now / 100.0;
        before = now;
        Ok(still.then_some(now))
    })
    .await
}

fn mebibytes(processes: &[u32]) -> Result<f64> {
    if processes.is_empty() {
        bail!("nothing runs");
    }
    let mut kibibytes = 0;
    for id in processes {
        // One that has just ended holds nothing.
        let Ok(rollup) = fs::read_to_string(format!("/proc/{id}/smaps_rollup")) else {
            continue;
        };
        let line = rollup
            .lines()
            .find_map(|line| line.strip_prefix("Pss:"))
            .context("no PSS here")?;
        kibibytes += line.trim().trim_end_matches("kB").trim().parse::<u32>()?;
    }
    Ok(f64::from(kibibytes) / 1024.0)
}
