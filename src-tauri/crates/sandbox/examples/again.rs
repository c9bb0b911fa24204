//! Paints pictures from pictures through the API: `cargo run -p sandbox --example again -- FOLDER`.

use std::{io::Cursor, path::PathBuf, time::Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{ImageFormat, Luma, RgbaImage, imageops};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

const WIDTH: u32 = 832;
const HEIGHT: u32 = 1216;
const LAKE: &str = "lake, mountains, sunset, 1girl, long silver hair, red dress";
const CITY: &str = "city at night, neon lights, rain, 1girl, umbrella";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "again".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let sandbox = Sandbox::start(Options::default()).await?;
    let paint = async |name: &str, model: &str, action: &str, prompt: &str, seed: u32, more: Value| {
        let before = Instant::now();
        let file = generate(&sandbox, model, action, prompt, seed, more).await?;
        println!("{name} after {} ms", before.elapsed().as_millis());
        std::fs::write(folder.join(format!("{name}.png")), &file)?;
        Ok::<_, Failure>(file)
    };
    let v45 = "nai-diffusion-4-5-full";
    let first = paint("source", v45, "generate", LAKE, 1, json!({})).await?;
    let source = STANDARD.encode(&first);
    for strength in [0.2, 0.4, 0.6, 0.7, 0.85] {
        let more = json!({ "image": source, "strength": strength });
        paint(&format!("city at {strength}"), v45, "img2img", CITY, 2, more).await?;
    }
    let more = json!({ "image": source, "strength": 0.3, "noise": 0.5, "extra_noise_seed": 9 });
    paint("noise", v45, "img2img", LAKE, 1, more).await?;
    let more = json!({ "image": source, "strength": 0.8, "color_correct": true });
    paint("corrected", v45, "img2img", CITY, 2, more).await?;
    let larger = imageops::resize(
        &image::load_from_memory(&first)?.to_rgba8(),
        1280,
        1856,
        imageops::CatmullRom,
    );
    let more = json!({ "image": encoded(&larger)?, "width": 1280, "height": 1856, "strength": 0.4 });
    paint("enhanced", v45, "img2img", LAKE, 1, more).await?;
    let more = json!({ "image": source, "strength": 0.2, "upscaled_enhance": true });
    paint("max", "nai-diffusion-5-full", "img2img", LAKE, 1, more).await?;
    let mask = image::GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = ((x / 8) as f32 - 52.0, (y / 8) as f32 - 70.0);
        Luma([if x * x / 900.0 + y * y / 1600.0 < 1.0 { 255 } else { 0 }])
    });
    let mut file = Cursor::new(Vec::new());
    mask.write_to(&mut file, ImageFormat::Png)?;
    let mask = STANDARD.encode(file.into_inner());
    for (name, prompt, more) in [
        ("hole", CITY, json!({})),
        ("hole same", LAKE, json!({})),
        ("hole half", CITY, json!({ "inpaintImg2ImgStrength": 0.5 })),
    ] {
        let mut all = json!({ "image": source, "mask": mask });
        for (name, value) in more.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        paint(name, "nai-diffusion-4-5-full-inpainting", "infill", prompt, 3, all).await?;
    }
    let reference = imageops::resize(
        &image::load_from_memory(&first)?.to_rgba8(),
        1024,
        1536,
        imageops::Triangle,
    );
    let more = json!({
        "director_reference_images": [encoded(&reference)?],
        "director_reference_descriptions": [{ "caption": { "base_caption": "character&style", "char_captions": [] } }],
        "director_reference_information_extracted": [1], "director_reference_strength_values": [1],
        "director_reference_secondary_strength_values": [0],
    });
    paint("reference", v45, "generate", "meadow, 1girl, day, portrait", 4, more).await?;
    paint(
        "no reference",
        v45,
        "generate",
        "meadow, 1girl, day, portrait",
        4,
        json!({}),
    )
    .await?;
    sandbox.stop().await;
    Ok(())
}

fn encoded(picture: &RgbaImage) -> Result<String, Failure> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png)?;
    Ok(STANDARD.encode(file.into_inner()))
}

async fn generate(
    sandbox: &Sandbox,
    model: &str,
    action: &str,
    prompt: &str,
    seed: u32,
    more: Value,
) -> Result<Vec<u8>, Failure> {
    let caption = |text: &str| json!({ "caption": { "base_caption": text, "char_captions": [] } });
    let mut body = json!({
        "input": prompt, "model": model, "action": action,
        "parameters": {
            "width": WIDTH, "height": HEIGHT, "steps": 23, "seed": seed, "scale": 5,
            "v4_prompt": caption(prompt), "v4_negative_prompt": caption("lowres, film grain"),
        }
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body["parameters"][name] = value.clone();
    }
    let request = reqwest::Client::new().post(format!("{}/ai/generate-image", sandbox.url()));
    let request = request
        .bearer_auth(sandbox.token())
        .header("accept", "application/json")
        .json(&body);
    let reply: Value = request.send().await?.json().await?;
    let file = reply["images"][0]["image"].as_str().ok_or_else(|| reply.to_string())?;
    Ok(STANDARD.decode(file)?)
}
