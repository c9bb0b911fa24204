//! Streams one picture and keeps every frame: `cargo run -p sandbox --example stream -- FOLDER PROMPT`.

use std::{path::PathBuf, time::Instant};

use sandbox::{Options, Sandbox};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Frame {
    step_ix: Option<u32>,
    #[serde(with = "serde_bytes")]
    image: Vec<u8>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "stream".to_owned()));
    let prompt = arguments
        .next()
        .unwrap_or_else(|| "1girl, lake, mountains, sunset".to_owned());
    std::fs::create_dir_all(&folder)?;
    let sandbox = Sandbox::start(Options::default()).await?;
    let caption = |text: &str| json!({ "caption": { "base_caption": text, "char_captions": [] } });
    let body = json!({
        "input": prompt, "model": "nai-diffusion-5-full", "action": "generate",
        "parameters": {
            "width": 832, "height": 1216, "steps": 23, "seed": 1, "stream": "msgpack",
            "v4_prompt": caption(&prompt), "v4_negative_prompt": caption(""),
        }
    });
    let start = Instant::now();
    let mut reply = reqwest::Client::new()
        .post(format!("{}/ai/generate-image-stream", sandbox.url()))
        .bearer_auth(sandbox.token())
        .json(&body)
        .send()
        .await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = reply.chunk().await? {
        bytes.extend_from_slice(&chunk);
        while let Some(head) = bytes.first_chunk::<4>() {
            let end = 4 + u32::from_be_bytes(*head) as usize;
            if bytes.len() < end {
                break;
            }
            let frame: Frame = rmp_serde::from_slice(&bytes[4..end])?;
            bytes.drain(..end);
            let name = frame
                .step_ix
                .map_or("final.png".to_owned(), |step| format!("{step:02}.jpg"));
            println!(
                "{name} after {} ms, {} KiB",
                start.elapsed().as_millis(),
                frame.image.len() / 1024
            );
            std::fs::write(folder.join(name), frame.image)?;
        }
    }
    sandbox.stop().await;
    Ok(())
}
