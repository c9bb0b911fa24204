//! P9, memory: what all processes hold (PSS: shared pages counted once) after the Library was scrolled and a
//! mask painted.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tests::{App, Session, Start, built, until, until_within};
use thirtyfour::prelude::*;

use crate::chromium;
use crate::library::{SIZES, Shelf, USUAL, fill, print_growth};
use crate::rounds::{Side, compare};

/// How many thumbnails are scrolled past.
const SCROLLED: u32 = 5_000;
/// Of the picture that is painted on.
const PAINTED: (u32, u32) = (2048, 3072);

/// Scrolls the Library a screen at a time for some seconds, or until so many pictures have been shown; tells how many that are
/// since the window was opened.
const SCROLL: &str = r#"
const [wanted, done] = arguments;
const begun = performance.now();
let list = document.querySelector("[role=listbox][aria-label='Pictures found']");
while (list && !/auto|scroll/.test(getComputedStyle(list).overflowY)) list = list.parentElement;
if (!list) { done(0); return; }
const shown = (window.benchShown ??= new Set());
const look = () => {
  const cells = [...list.querySelectorAll('[data-index]')];
  const loaded = cells.filter((cell) => { const picture = cell.querySelector('img'); return picture?.complete && picture.naturalWidth > 0; });
  for (const cell of loaded) shown.add(cell.dataset.index);
  if (shown.size >= wanted || performance.now() - begun > 10000) { done(shown.size); return; }
  const pictures = cells.filter((cell) => cell.querySelector('img'));
  if (pictures.length > 0 && loaded.length === pictures.length) list.scrollTop += list.clientHeight;
  setTimeout(look, 40);
};
look();"#;

/// Where the picture to be painted on stands in the window.
const STAGE: &str = r#"
const frame = document.querySelector('path.frame')?.getBoundingClientRect();
const open = document.querySelector('.inpaint[aria-busy=false]');
return open && frame && frame.width > 100 ? [frame.x, frame.y, frame.width, frame.height] : null;"#;

pub(crate) async fn measure(rounds: usize, shelf: &Shelf) -> Result<()> {
    println!(
        "P9 memory: PSS of all processes after scrolling past {SCROLLED} thumbnails and painting on a picture of {} × {}",
        PAINTED.0, PAINTED.1
    );
    let blank = Start {
        binary: Some(built("examples/bench_window")?),
        ..Start::default()
    };
    let chromium = chromium::path();
    let (mut blank_side, mut chromium_side) = (Side::default(), Side::default());
    let mut medians = Vec::new();
    for size in [SIZES[0], SIZES[2]] {
        let session = Session::start()?;
        let ours = Start::in_sandbox();
        // The newest picture is the large one.
        fs::write(shelf.with(size.min(USUAL))?.join("large.png"), large()?)?;
        fill(&session, &ours, shelf, size).await?;
        let mut ours_side = Side::default();
        for round in 0..=rounds {
            let our_app = App::start(&session, &ours).await?;
            our_app.page().is_ready().await?;
            scroll(&our_app).await?;
            paint(&our_app).await?;
            let held = settled(|| our_app.processes()).await?;
            our_app.close().await?;

            let bare = App::start(&session, &blank).await?;
            let held_by_blank = settled(|| bare.processes()).await?;
            bare.close().await?;

            let held_by_chromium = match chromium {
                Some(path) => Some(empty_chromium(&session, path).await?),
                None => None,
            };
            // The first is the warm-up: it makes the thumbnails.
            if round > 0 {
                ours_side.add(held);
                blank_side.add(held_by_blank);
                if let Some(held) = held_by_chromium {
                    chromium_side.add(held);
                }
            }
        }
        let what = format!("{size} pictures");
        compare(&what, "MiB", &ours_side, "a blank Tauri window", &blank_side);
        match chromium {
            Some(_) => compare(&what, "MiB", &ours_side, "an empty Chromium window", &chromium_side),
            None => println!("  no Chromium here to compare with"),
        }
        medians.push((size, ours_side.median()));
    }
    println!("  (floor: 1.2 times an empty Chromium window)");
    print_growth("the memory", &medians);
    Ok(())
}

async fn scroll(app: &App) -> Result<()> {
    app.page().press_text("[role=tab]", "Library").await?;
    until_within(Duration::from_secs(600), "the Library to be scrolled", async || {
        let shown = app.page().ask(SCROLL, vec![SCROLLED.into()]).await?;
        Ok((shown.as_u64() >= Some(SCROLLED.into())).then_some(()))
    })
    .await
}

/// Opens the newest picture in the painter and draws a line across it.
async fn paint(app: &App) -> Result<()> {
    let page = app.page();
    page.press_text("[role=tab]", "Result").await?;
    let newest = until("the newest picture", async || {
        let found = page
            .driver()
            .find_all(By::Css("[data-testid=history-item][data-index='0']"))
            .await?;
        Ok(found.into_iter().next())
    })
    .await?;
    newest.click().await?;
    page.driver().action_chain().send_keys("p").perform().await?;
    let [left, top, width, height]: [f64; 4] = until("the picture on the stage", async || {
        Ok(serde_json::from_value(page.run(STAGE, Vec::new()).await?).ok())
    })
    .await?;
    let at = |x: f64, y: f64| ((left + x * width).round() as i64, (top + y * height).round() as i64);
    let mut chain = page.driver().action_chain();
    for (number, (x, y)) in [(0.2, 0.2), (0.8, 0.3), (0.2, 0.5), (0.8, 0.7), (0.3, 0.8)]
        .into_iter()
        .map(|(x, y)| at(x, y))
        .enumerate()
    {
        chain = chain.move_to(x, y);
        if number == 0 {
            chain = chain.click_and_hold();
        }
    }
    chain.release().perform().await?;
    Ok(())
}

fn large() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, PAINTED.0, PAINTED.1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder
        .write_header()?
        .write_image_data(&vec![90; (PAINTED.0 * PAINTED.1) as usize])?;
    Ok(bytes)
}

async fn empty_chromium(session: &Session, path: &Path) -> Result<f64> {
    let window = chromium::start(session, path, "about:blank")?;
    until("Chromium's renderer", async || {
        Ok((window.group.members().len() >= 4).then_some(()))
    })
    .await?;
    settled(|| window.group.members()).await
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
