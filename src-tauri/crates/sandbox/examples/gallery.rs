//! Paints a gallery through the API: `cargo run -p sandbox --example gallery -- FOLDER [PROMPT]…`. Without prompts it
//! paints some of its own.

use std::{path::PathBuf, time::Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

const PORTRAIT: (u32, u32) = (832, 1216);
const LANDSCAPE: (u32, u32) = (1216, 832);
const SQUARE: (u32, u32) = (1024, 1024);

const PICTURES: &[(&str, (u32, u32), u32)] = &[
    ("mountains, sunset, lake, reflection", LANDSCAPE, 1),
    (
        "1girl, long silver hair, red dress, from behind, meadow, flowers, golden hour",
        PORTRAIT,
        2,
    ),
    ("city at night, rain, neon lights, reflections", PORTRAIT, 3),
    ("cherry blossoms, spring, torii, morning mist", PORTRAIT, 4),
    (
        "1girl, portrait, blue eyes, blonde hair, smile, city lights, night",
        SQUARE,
        5,
    ),
    ("snow, winter, mountains, pine forest, aurora", LANDSCAPE, 6),
    ("beach, ocean, summer, clouds, sailboat", LANDSCAPE, 7),
    ("space, planet, galaxy, stars", SQUARE, 8),
    ("forest, sunlight, misty, fireflies", PORTRAIT, 9),
    ("rooftop, 2girls, dusk, city, stars", PORTRAIT, 10),
    ("desert, dunes, full moon, night", LANDSCAPE, 11),
    ("castle, fantasy, above the clouds, hot air balloons", PORTRAIT, 12),
    ("cat, window, rain, evening", SQUARE, 13),
    ("autumn, 1boy, coat, scarf, field, birds", PORTRAIT, 14),
    ("whale, sky, clouds, purple and pink", LANDSCAPE, 15),
    ("lanterns, festival, lake, night, 1girl, kimono", PORTRAIT, 16),
    ("", PORTRAIT, 17),
    (
        "portrait, 1girl, pink twintails, green eyes, cherry blossoms, school uniform",
        PORTRAIT,
        18,
    ),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "gallery".to_owned()));
    let own: Vec<String> = arguments.collect();
    let mut pictures: Vec<(&str, (u32, u32), u32)> = PICTURES.to_vec();
    if !own.is_empty() {
        let shapes = [PORTRAIT, LANDSCAPE, SQUARE];
        pictures = own
            .iter()
            .zip(1..)
            .map(|(prompt, seed)| (prompt.as_str(), shapes[(seed % 3) as usize], seed))
            .collect();
    }
    std::fs::create_dir_all(&folder)?;
    let sandbox = Sandbox::start(Options::default()).await?;
    for (prompt, (width, height), seed) in pictures {
        let caption = |text: &str| json!({ "caption": { "base_caption": text, "char_captions": [] } });
        let body = json!({
            "input": prompt, "model": "nai-diffusion-4-5-full", "action": "generate",
            "parameters": {
                "width": width, "height": height, "steps": 23, "seed": seed, "scale": 5,
                "v4_prompt": caption(prompt), "v4_negative_prompt": caption("lowres, bad quality, film grain"),
            }
        });
        let before = Instant::now();
        let reply = reqwest::Client::new()
            .post(format!("{}/ai/generate-image", sandbox.url()))
            .bearer_auth(sandbox.token())
            .header("accept", "application/json")
            .json(&body)
            .send()
            .await?
            .json::<Value>()
            .await?;
        let file = STANDARD.decode(reply["images"][0]["image"].as_str().unwrap_or_default())?;
        let path = folder.join(format!("{seed:02}.png"));
        println!(
            "{} {:>5} ms {:>5} KiB  {prompt}",
            path.display(),
            before.elapsed().as_millis(),
            file.len() / 1024
        );
        std::fs::write(path, file)?;
    }
    sandbox.stop().await;
    Ok(())
}
