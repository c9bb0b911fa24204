//! Paints some pictures and puts them through every tool: `cargo run -p sandbox --example tools -- FOLDER [PICTURE]…`.
//! With pictures of one's own it takes those.

use std::{
    io::{Cursor, Read as _},
    path::PathBuf,
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

const PROMPTS: &[(&str, (u32, u32))] = &[
    (
        "1girl, portrait, blue eyes, blonde hair, smile, city lights, night",
        (832, 1216),
    ),
    (
        "1girl, long silver hair, red dress, meadow, flowers, golden hour",
        (832, 1216),
    ),
    ("castle, mountains, lake, day, clouds", (1216, 832)),
];

const TOOLS: &[(&str, &str, u32)] = &[
    ("lineart", "", 0),
    ("sketch", "", 0),
    ("colorize", "pink hair, blue dress, purple", 0),
    ("colorize", "", 2),
    ("emotion", "happy;;", 0),
    ("emotion", "sad;;", 0),
    ("emotion", "angry;;", 2),
    ("emotion", "embarrassed;;", 0),
    ("declutter", "", 0),
    ("declutter-keep-bubbles", "", 0),
    ("bg-removal", "", 0),
];

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "tools".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let sandbox = Sandbox::start(Options {
        anlas: 100_000,
        ..Options::default()
    })
    .await?;
    let mut pictures = Vec::new();
    for path in arguments {
        pictures.push(std::fs::read(path)?);
    }
    if pictures.is_empty() {
        for (prompt, (width, height)) in PROMPTS {
            pictures.push(paint(&sandbox, prompt, *width, *height).await?);
        }
    }
    for (index, picture) in pictures.iter().enumerate() {
        let (width, height) = image::load_from_memory(picture).map(|picture| (picture.width(), picture.height()))?;
        let image = STANDARD.encode(picture);
        let keep = |name: &str, file: &[u8]| std::fs::write(folder.join(format!("{index}-{name}")), file);
        keep("source.png", picture)?;
        for (place, (tool, prompt, defry)) in TOOLS.iter().enumerate() {
            let body = json!({
                "req_type": tool, "image": image, "width": width, "height": height, "prompt": prompt, "defry": defry,
            });
            for (name, file) in unpacked(&ask(&sandbox, "/ai/augment-image", &body).await?)? {
                keep(&format!("{place:02}-{tool}-{name}"), &file)?;
            }
        }
        for model in ["hed", "canny", "midas", "fake_scribble", "mlsd", "uniformer"] {
            let body = json!({ "model": model, "parameters": { "image": image } });
            for (_, file) in unpacked(&ask(&sandbox, "/ai/annotate-image", &body).await?)? {
                keep(&format!("map-{model}.png"), &file)?;
            }
        }
        let body = json!({ "image": image, "model": "nai-diffusion-5-full", "declared_blur_sigma": 0.3 });
        for (_, file) in unpacked(&ask(&sandbox, "/ai/upscale", &body).await?)? {
            keep("upscale.png", &file)?;
        }
        let labels = ask(&sandbox, "/ai/classify", &json!({ "image": image })).await?;
        println!("{}", String::from_utf8_lossy(&labels));
    }
    sandbox.stop().await;
    Ok(())
}

async fn paint(sandbox: &Sandbox, prompt: &str, width: u32, height: u32) -> Result<Vec<u8>, Failure> {
    let caption = |text: &str| json!({ "caption": { "base_caption": text, "char_captions": [] } });
    let body = json!({
        "input": prompt, "model": "nai-diffusion-4-5-full", "action": "generate",
        "parameters": {
            "width": width, "height": height, "steps": 23, "seed": 5, "scale": 5,
            "v4_prompt": caption(prompt), "v4_negative_prompt": caption(""),
        }
    });
    let files = unpacked(&ask(sandbox, "/ai/generate-image", &body).await?)?;
    Ok(files.into_iter().next().ok_or("no picture")?.1)
}

async fn ask(sandbox: &Sandbox, path: &str, body: &Value) -> Result<Vec<u8>, Failure> {
    let before = Instant::now();
    let reply = reqwest::Client::new()
        .post(format!("{}{path}", sandbox.url()))
        .bearer_auth(sandbox.token())
        .json(body)
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await?;
    let name = body["req_type"].as_str().or(body["model"].as_str()).unwrap_or_default();
    println!("{:>6} ms {path} {name}", before.elapsed().as_millis());
    Ok(reply.to_vec())
}

fn unpacked(archive: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive))?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        let mut file = Vec::new();
        entry.read_to_end(&mut file)?;
        files.push((name, file));
    }
    Ok(files)
}
