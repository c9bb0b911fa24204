//! P11, mask: a painted mask on the disk, durably, against the way of a page that makes a PNG of a canvas and hands it over
//! (and whose bytes are not even written).

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use novelai::client::BaseUrl;
use novelai::model::Registry;
use novelai::request::Size;
use sandbox::Sandbox;
use secrecy::SecretString;
use serde_json::{Value, json};
use studio::{Credentials, Edges, Folders, Options, ServerChoice, Studio};
use tests::{App, Session, Start, built};

use crate::rounds::{Side, compare};

const SIZES: [Size; 4] = [size(1024, 1024), size(2048, 2048), size(2048, 3072), size(4096, 4096)];

const fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

/// The same strokes on a canvas of the page: encoded by the engine, and handed over as bytes.
const PEER: &str = r#"
const [width, height, round, done] = arguments;
const canvas = window.bench ??= document.createElement('canvas');
if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
const context = canvas.getContext('2d');
const scale = width / 2048;
context.fillStyle = '#000';
context.fillRect(0, 0, width, height);
context.strokeStyle = '#fff';
context.lineCap = 'round';
for (let stroke = 0; stroke < 12; stroke++) {
  context.lineWidth = (20 + stroke * 12) * scale;
  context.beginPath();
  context.moveTo((100 + stroke * 150) * scale, 200 + round);
  context.quadraticCurveTo(width - stroke * 100 * scale, height / 2, (150 + stroke * 140) * scale, height - 200);
  context.stroke();
}
context.getImageData(0, 0, 1, 1);
const start = performance.now();
canvas.toBlob(async (blob) => {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const length = await window.__TAURI_INTERNALS__.invoke('take_raw', bytes);
  done(length === bytes.length ? { took: performance.now() - start, bytes: length } : { error: 'not all bytes arrived' });
}, 'image/png');"#;

pub(crate) async fn measure(rounds: usize) -> Result<()> {
    println!("P11 mask: durable, with twelve strokes on it");
    let folder = tempfile::tempdir()?;
    let sandbox = Sandbox::start(sandbox::Options::default()).await?;
    let studio = open(folder.path(), &sandbox).await?;
    let session = Session::start()?;
    let window = Start {
        binary: Some(built("examples/bench_window")?),
        ..Start::default()
    };
    let app = App::start(&session, &window).await?;
    for size in SIZES {
        measure_one(size, rounds, &studio, &app, folder.path()).await?;
    }
    println!("  (floor: 8 times as fast)");
    studio.close().await;
    app.close().await
}

async fn measure_one(size: Size, rounds: usize, studio: &Studio, app: &App, folder: &Path) -> Result<()> {
    let canvas = {
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, size.width, size.height);
        encoder.set_color(png::ColorType::Grayscale);
        let pixels = vec![90; (size.width * size.height) as usize];
        encoder.write_header()?.write_image_data(&pixels)?;
        let added = studio.add_bytes("bench.png".into(), picture).await;
        let id = added.pictures.first().context("the picture is taken")?.id.clone();
        studio.open_canvas(id.0).await?
    };
    let (mut runs_side, mut png_side, mut peer) = (Side::default(), Side::default(), Side::default());
    for round in 0..=rounds {
        let packed = runs(&painted(size, u32::try_from(round)?));
        let begun = Instant::now();
        studio
            .save_canvas_mask(canvas.id.clone(), size, Edges::default(), packed)
            .await?;
        let saved = begun.elapsed();
        let begun = Instant::now();
        let (_, png) = studio.canvas_mask_png(canvas.id.clone()).await?;
        durable(&folder.join("mask.png"), &png)?;
        let written = begun.elapsed();
        let answer = app
            .page()
            .ask(PEER, vec![json!(size.width), json!(size.height), json!(round)])
            .await?;
        let took = answer.get("took").and_then(Value::as_f64);
        let took = took.with_context(|| format!("the page: {answer}"))?;
        if round > 0 {
            runs_side.add(saved.as_secs_f64() * 1000.0);
            png_side.add(written.as_secs_f64() * 1000.0);
            peer.add(took);
        }
    }
    let what = format!("{} × {}, canvas.toBlob and invoke", size.width, size.height);
    compare(&what, "ms", &peer, "ours, as it is saved", &runs_side);
    compare(&what, "ms", &peer, "ours, as a PNG", &png_side);
    Ok(())
}

async fn open(folder: &Path, sandbox: &Sandbox) -> Result<Studio> {
    let base = BaseUrl::parse(&sandbox.url()).context("the sandbox has an address")?;
    let (studio, _) = Studio::open(Options {
        folders: Folders {
            data: folder.join("data"),
            library: folder.join("library"),
        },
        credentials: Credentials::memory(None),
        server: ServerChoice {
            base: base.clone(),
            sandbox: (base, SecretString::from(sandbox.token().to_owned())),
        },
        registry: Arc::new(Registry::builtin().clone()),
    })
    .await?;
    Ok(studio)
}

/// Twelve bands drawn along lines, as bytes.
fn painted(size: Size, round: u32) -> Vec<u8> {
    let mut bytes = vec![0; (size.width * size.height) as usize];
    let scaled = |pixels: u32| pixels * size.width / 2048;
    for stroke in 0..12_u32 {
        let half = scaled(10 + stroke * 6);
        for y in 200 + round..size.height - 200 {
            let middle = scaled(150 + stroke * 150 + (y / 8) % 97);
            let row = (y * size.width) as usize;
            let (from, to) = (middle.saturating_sub(half), (middle + half).min(size.width));
            if let Some(row) = bytes.get_mut(row + from as usize..row + to as usize) {
                row.fill(255);
            }
        }
    }
    bytes
}

/// As the page packs a mask.
fn runs(bytes: &[u8]) -> Vec<u8> {
    let mut runs = Vec::new();
    for run in bytes.chunk_by(|a, b| a == b) {
        runs.extend(run.first());
        let mut length = run.len();
        while length > 127 {
            runs.push(u8::try_from(length & 127).unwrap_or_default() | 128);
            length >>= 7;
        }
        runs.push(u8::try_from(length).unwrap_or_default());
    }
    runs
}

fn durable(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file in a folder")?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    beside.persist(path)?;
    std::fs::File::open(folder)?.sync_all()?;
    ensure!(!bytes.is_empty());
    Ok(())
}
