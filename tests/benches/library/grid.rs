//! P7, grid: frames while the Library is scrolled, against a list of empty cells that is scrolled in the same window, and how
//! long a cell in sight stays without its picture.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;
use tests::{App, Page, Session, Start, until};

use super::{SIZES, Shelf, USUAL, fill, print_growth};
use crate::rounds::{Side, compare};

/// Pixels a second.
const SPEEDS: [u32; 3] = [600, 3000, 12_000];
const SECONDS: u32 = 3;
/// Jumps to places anywhere, one after the other.
const JUMPS: u32 = 10;

/// Scrolls a list, ours or the empty one, and tells the milliseconds of each frame and of the longest blank.
const SCROLL: &str = r#"
const [selector, speed, seconds, jumps, done] = arguments;
let list = document.querySelector(selector);
while (list && !/auto|scroll/.test(getComputedStyle(list).overflowY)) list = list.parentElement;
if (!list) { done({ error: `nothing to scroll at ${selector}` }); return; }
const frames = [], blanks = new Map();
let longest = 0, cells = 0, at = 0, jumped = 0, state = 77;
const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
let begun, before, waited;
const blankCells = () => {
  const box = list.getBoundingClientRect(), blank = new Set();
  cells = 0;
  for (const cell of list.querySelectorAll('[data-index]')) {
    const { top, bottom } = cell.getBoundingClientRect();
    if (bottom <= box.top || top >= box.bottom) continue;
    cells++;
    const picture = cell.querySelector('img');
    if (!cell.dataset.empty && !(picture?.complete && picture.naturalWidth > 0)) blank.add(cell.dataset.index);
  }
  if (cells === 0) blank.add('all');
  return blank;
};
const look = (now) => {
  const blank = blankCells();
  for (const index of blank) {
    if (!blanks.has(index)) blanks.set(index, now);
    longest = Math.max(longest, now - blanks.get(index));
  }
  for (const index of blanks.keys()) if (!blank.has(index)) blanks.delete(index);
};
const frame = (now) => {
  begun ??= now;
  if (before !== undefined) frames.push(now - before);
  look(now);
  if (now - begun > seconds * 1000) { done({ frames, longest, cells, height: list.scrollHeight }); return; }
  if (jumps > 0) {
    if ((now - begun) / (seconds * 1000) * jumps >= jumped) {
      jumped++;
      list.scrollTop = random() * (list.scrollHeight - list.clientHeight);
    }
  } else if (before !== undefined) {
    at += speed * (now - before) / 1000;
    list.scrollTop = at;
  }
  before = now;
  requestAnimationFrame(frame);
};
// The way back to the top is a jump, and jumps have a line of their own.
const atTheTop = (now) => {
  waited ??= now;
  const ready = list.scrollTop === 0 && blankCells().size === 0;
  requestAnimationFrame(ready || now - waited > 2000 ? frame : atTheTop);
};
list.scrollTop = 0;
requestAnimationFrame(atTheTop);"#;

/// A list of the same place and length whose cells have nothing in them, above ours: as little as a list can cost.
const EMPTY: &str = r#"
const [on] = arguments;
document.getElementById('bench-empty')?.remove();
if (!on) return;
let ours = document.querySelector("[role=listbox][aria-label='Pictures found']");
while (!/auto|scroll/.test(getComputedStyle(ours).overflowY)) ours = ours.parentElement;
const { left, top, width, height } = ours.getBoundingClientRect();
const list = document.createElement('div');
list.id = 'bench-empty';
const put = (element, style) => Object.assign(element.style, style);
put(list, { position: 'fixed', left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`, overflowY: 'scroll',
  background: '#111', zIndex: 1000 });
const tall = document.createElement('div');
put(tall, { position: 'relative', height: `${ours.scrollHeight}px` });
list.append(tall);
const ROW = 198, COLUMNS = Math.max(1, Math.round(width / 140)), ROWS = Math.ceil(height / ROW) + 6;
const cells = Array.from({ length: ROWS * COLUMNS }, () => {
  const cell = document.createElement('div');
  put(cell, { position: 'absolute', width: `${width / COLUMNS - 8}px`, height: `${ROW - 8}px`, background: '#333' });
  cell.dataset.empty = 'yes';
  tall.append(cell);
  return cell;
});
const lay = () => {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 3);
  cells.forEach((cell, number) => {
    const row = first + Math.floor(number / COLUMNS);
    cell.dataset.index = String(row * COLUMNS + number % COLUMNS);
    cell.style.top = `${row * ROW}px`;
    cell.style.left = `${(number % COLUMNS) * width / COLUMNS}px`;
  });
};
list.addEventListener('scroll', lay);
lay();
document.body.append(list);"#;

/// What scrolling came to.
#[derive(Debug, Deserialize)]
struct Scrolled {
    /// Milliseconds of each frame.
    frames: Vec<f64>,
    /// Milliseconds of the longest blank.
    longest: f64,
    /// Cells in sight at the end.
    cells: u32,
}

pub(crate) async fn measure(rounds: usize, shelf: &Shelf) -> Result<()> {
    println!(
        "P7 grid: milliseconds a frame while the Library is scrolled for {SECONDS} s in a window of 1280 × 800; peer: empty cells in \
         the same window"
    );
    let mut medians = Vec::new();
    for size in SIZES {
        let session = Session::start()?;
        let start = Start::in_sandbox();
        fill(&session, &start, shelf, size).await?;
        let app = App::start(&session, &start).await?;
        let page = app.page();
        page.is_ready().await?;
        page.press_text("[role=tab]", "Library").await?;
        until("the first pictures of the Library", async || {
            let there = "return [...document.querySelectorAll('[data-index] img')].filter((img) => img.naturalWidth > 0).length";
            Ok((page.run(there, Vec::new()).await?.as_u64() > Some(5)).then_some(()))
        })
        .await?;
        println!("  {size} pictures");
        if size == USUAL {
            for speed in SPEEDS {
                compare_at(page, &format!("{speed} px/s"), speed, 0, rounds).await?;
            }
            compare_at(page, &format!("{JUMPS} jumps anywhere"), 0, JUMPS, rounds).await?;
        } else {
            compare_at(page, "3000 px/s", 3000, 0, rounds).await?;
        }
        let mut jumps = Side::default();
        for _ in 0..rounds {
            for frame in ours(page, 0, JUMPS).await?.frames {
                jumps.add(frame);
            }
        }
        medians.push((size, jumps.median()));
        app.close().await?;
    }
    print_growth("a frame of jumps", &medians);
    println!("  (floors: p95 at most twice that of the empty cells, no blank at 3000 px/s)");
    Ok(())
}

/// The same for both. The first round is the warm-up: it makes the thumbnails, but where the pictures are others each time.
async fn compare_at(page: &Page, what: &str, speed: u32, jumps: u32, rounds: usize) -> Result<()> {
    let (mut our_frames, mut empty_frames) = (Side::default(), Side::default());
    let (mut p95, mut p95_of_empty, mut blanks) = (Side::default(), Side::default(), Side::default());
    for round in 0..=rounds {
        let scrolled = ours(page, speed, jumps).await?;
        page.run(EMPTY, vec![json!(true)]).await?;
        let empty = scroll(page, "#bench-empty", speed, jumps).await?;
        page.run(EMPTY, vec![json!(false)]).await?;
        if round == 0 {
            println!(
                "    {what}: {} cells in sight of ours, {} empty ones; the longest blank of the warm-up {:.0} ms",
                scrolled.cells, empty.cells, scrolled.longest
            );
            continue;
        }
        let (mut ours, mut theirs) = (Side::default(), Side::default());
        scrolled.frames.iter().for_each(|frame| {
            ours.add(*frame);
            our_frames.add(*frame);
        });
        empty.frames.iter().for_each(|frame| {
            theirs.add(*frame);
            empty_frames.add(*frame);
        });
        p95.add(ours.at(0.95));
        p95_of_empty.add(theirs.at(0.95));
        blanks.add(scrolled.longest);
    }
    compare(
        &format!("  {what}, a frame"),
        "ms",
        &our_frames,
        "empty cells",
        &empty_frames,
    );
    compare(&format!("  {what}, p95"), "ms", &p95, "empty cells", &p95_of_empty);
    println!("    {what}: the longest blank {blanks} ms");
    Ok(())
}

async fn ours(page: &Page, speed: u32, jumps: u32) -> Result<Scrolled> {
    scroll(page, "[role=listbox][aria-label='Pictures found']", speed, jumps).await
}

async fn scroll(page: &Page, selector: &str, speed: u32, jumps: u32) -> Result<Scrolled> {
    let arguments = vec![json!(selector), json!(speed), json!(SECONDS), json!(jumps)];
    let answer = page.ask(SCROLL, arguments).await?;
    serde_json::from_value(answer.clone()).with_context(|| format!("the page: {answer}"))
}
