//! P10, bytes: 4 MiB between page and Rust, as they are and as base64, in the same page of a bare window.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::{App, Session, Start, built};

use crate::rounds::{Side, compare};

const SIZE: u32 = 4 * 1024 * 1024;

/// Milliseconds for one way, by `performance.now()`. Base64 is made and read by the engine's own fastest means.
const CROSS: &str = r#"
const [way, size, done] = arguments;
const invoke = window.__TAURI_INTERNALS__.invoke;
const bytes = new Uint8Array(size);
for (let i = 0; i < size; i += 1) bytes[i] = (i * 2654435761) >>> 24;
const encode = (data) => {
  if (data.toBase64) return data.toBase64();
  let text = '';
  for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode.apply(null, data.subarray(i, i + 32768));
  return btoa(text);
};
const decode = (text) => Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const ways = {
  inRaw: async () => (await invoke('take_raw', bytes)) === size,
  inBase64: async () => (await invoke('take_base64', { text: encode(bytes) })) === size,
  outRaw: async () => new Uint8Array(await invoke('give_raw', { size })).length === size,
  outBase64: async () => decode(await invoke('give_base64', { size })).length === size,
};
const start = performance.now();
ways[way]().then((whole) => done(whole ? { took: performance.now() - start } : { error: 'not all bytes arrived' }), (error) => done({ error: String(error) }));"#;

pub(crate) async fn measure(rounds: usize) -> Result<()> {
    println!("P10 bytes: {} MiB between page and Rust in one page", SIZE >> 20);
    let session = Session::start()?;
    let window = Start {
        binary: Some(built("examples/bench_window")?),
        ..Start::default()
    };
    let app = App::start(&session, &window).await?;
    let ways = ["inRaw", "inBase64", "outRaw", "outBase64"];
    let mut sides: [Side; 4] = Default::default();
    for round in 0..=rounds {
        for (way, side) in ways.iter().zip(&mut sides) {
            let answer = app.page().ask(CROSS, vec![json!(way), json!(SIZE)]).await?;
            let took = answer.get("took").and_then(Value::as_f64);
            let took = took.with_context(|| format!("{way}: {answer}"))?;
            if round > 0 {
                side.add(took);
            }
        }
    }
    let [in_raw, in_base64, out_raw, out_base64] = &sides;
    compare("in, base64", "ms", in_base64, "in, raw", in_raw);
    compare("out, base64", "ms", out_base64, "out, raw", out_raw);
    println!("  (floor: raw is 6 times as fast in and 2 times as fast out)");
    app.close().await
}
