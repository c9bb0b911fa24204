//! Pictures as NovelAI writes them, by our own script from a fixed seed: 832 × 1216 with texts and hidden settings, drawn
//! so plainly that a hundred thousand fit on a disk. One in a hundred is broken.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Crc;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

use crate::stealth::message;

/// Size of every picture.
pub(crate) const WIDTH: u32 = 832;
/// See [`WIDTH`].
pub(crate) const HEIGHT: u32 = 1216;
/// Different drawings; the texts of every file are its own.
const DRAWINGS: u32 = 48;
/// Files of a folder.
const A_FOLDER: u32 = 1000;

const KINDS: [&str; 24] = [
    "silver", "red", "blue", "long", "short", "wet", "glowing", "torn", "golden", "dark", "pale", "striped", "floral",
    "tiny", "huge", "wooden", "stone", "paper", "neon", "frozen", "burning", "floating", "broken", "painted",
];
const THINGS: [&str; 40] = [
    "hair", "eyes", "dress", "coat", "umbrella", "street", "river", "castle", "forest", "window", "lantern", "mirror",
    "bridge", "garden", "temple", "train", "station", "rooftop", "sword", "crown", "wings", "scarf", "gloves", "boots",
    "hat", "book", "piano", "violin", "cat", "fox", "dragon", "whale", "moon", "stars", "clouds", "rain", "snow",
    "flowers", "ribbon", "mask",
];
const OTHERS: [&str; 12] = [
    "1girl",
    "2girls",
    "1boy",
    "no humans",
    "looking back",
    "from above",
    "upper body",
    "銀髪",
    "夜景",
    "雨",
    "月光",
    "花火",
];

/// What a picture was made with.
pub(crate) struct Recipe {
    pub(crate) prompt: String,
    pub(crate) undesired: String,
    pub(crate) character: String,
    pub(crate) seed: u32,
    pub(crate) model: (&'static str, &'static str),
    pub(crate) sampler: &'static str,
}

/// The recipe of a number. Neighbours of eight share one and differ in their seeds, as pictures of a series do.
pub(crate) fn recipe(number: u32) -> Recipe {
    let mut random = StdRng::seed_from_u64(u64::from(number / 8) + 77);
    let tags = |random: &mut StdRng, count: usize| -> String {
        let mut text = String::new();
        for at in 0..count {
            let (kind, thing) = (KINDS.choose(random), THINGS.choose(random));
            let comma = if at == 0 { "" } else { ", " };
            let _ = match random.random_range(0..8) {
                0 => write!(text, "{comma}{}", OTHERS.choose(random).unwrap_or(&"1girl")),
                1 => write!(text, "{comma}{}", thing.unwrap_or(&"moon")),
                _ => write!(text, "{comma}{} {}", kind.unwrap_or(&"red"), thing.unwrap_or(&"moon")),
            };
        }
        text
    };
    let models = [
        ("NovelAI Diffusion V4.5 4BDE2A90", "nai-diffusion-4-5-full"),
        ("NovelAI Diffusion V4 37442FCA", "nai-diffusion-4-full"),
        ("Stable Diffusion XL 7BCCAA2C", "nai-diffusion-3"),
    ];
    Recipe {
        prompt: tags(&mut random, 22),
        undesired: tags(&mut random, 9),
        character: tags(&mut random, 6),
        seed: number.wrapping_mul(2_654_435_761),
        model: *models.choose(&mut random).unwrap_or(&models[0]),
        sampler: ["k_euler_ancestral", "k_euler", "k_dpmpp_2m"]
            .choose(&mut random)
            .unwrap_or(&"k_euler"),
    }
}

/// The settings as they stand in a picture's text.
pub(crate) fn comment(recipe: &Recipe) -> String {
    let Recipe {
        prompt,
        undesired,
        character,
        seed,
        sampler,
        ..
    } = recipe;
    json!({
        "prompt": prompt, "steps": 28, "height": HEIGHT, "width": WIDTH, "scale": 5.0, "seed": seed, "n_samples": 1,
        "v4_prompt": {
            "caption": { "base_caption": prompt, "char_captions": [{ "char_caption": character, "centers": [{ "x": 0.5, "y": 0.5 }] }] },
            "use_coords": false, "use_order": true,
        },
        "v4_negative_prompt": { "caption": { "base_caption": undesired, "char_captions": [{ "char_caption": "", "centers": [] }] } },
        "sampler": sampler, "noise_schedule": "karras", "uc": undesired, "request_type": "PromptGenerateRequest",
    })
    .to_string()
}

/// Writes so many files below a folder, a thousand to each folder in it.
pub(crate) fn write(folder: &Path, count: u32) -> Result<()> {
    let drawings = (0..DRAWINGS).map(drawing).collect::<Result<Vec<_>>>()?;
    for number in 0..count {
        let path = path(folder, number);
        if number % A_FOLDER == 0 {
            fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        }
        let picture = with_texts(&drawings[(number % DRAWINGS) as usize], &recipe(number));
        let written: &[u8] = match number % 300 {
            50 => b"",
            150 => b"no picture at all",
            250 => &picture[..40],
            _ => &picture,
        };
        fs::write(path, written)?;
    }
    Ok(())
}

/// One file in a hundred is none.
pub(crate) fn is_whole(number: u32) -> bool {
    number % 100 != 50
}

/// How many of the first so many files are whole.
pub(crate) fn whole(count: u32) -> u32 {
    (0..count).filter(|number| is_whole(*number)).count() as u32
}

/// Where the file of a number lies below a folder.
pub(crate) fn path(folder: &Path, number: u32) -> PathBuf {
    let recipe = recipe(number);
    folder.join(format!("{:03}/{number}-{}.png", number / A_FOLDER, recipe.seed))
}

/// A picture of plain shapes, with settings in its alpha as every picture of the service has them.
fn drawing(number: u32) -> Result<Vec<u8>> {
    const CELL: usize = 76;
    let (across, down) = (WIDTH as usize, HEIGHT as usize);
    let mut random = StdRng::seed_from_u64(number.into());
    let cells: Vec<[u8; 3]> = (0..across.div_ceil(CELL) * down.div_ceil(CELL))
        .map(|_| random.random())
        .collect();
    let mut rgba = Vec::with_capacity(across * down * 4);
    for y in 0..down {
        for x in 0..across {
            let [red, green, blue] = cells[y / CELL * across.div_ceil(CELL) + x / CELL];
            rgba.extend([red, green, blue, 255]);
        }
    }
    for (place, bit) in message(number)?.into_iter().enumerate() {
        let (x, y) = (place / down, place % down);
        rgba[(y * across + x) * 4 + 3] = 0xfe | bit;
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(&rgba)?;
    Ok(bytes)
}

/// The drawing with a recipe's texts before its pixels, in the order in which the service writes them.
fn with_texts(drawing: &[u8], recipe: &Recipe) -> Vec<u8> {
    // The signature and the head.
    let (head, rest) = drawing.split_at(33);
    let mut bytes = head.to_vec();
    for (keyword, text) in [
        ("Title", "NovelAI generated image"),
        ("Description", &recipe.prompt),
        ("Software", "NovelAI"),
        ("Source", recipe.model.0),
        ("Generation time", "3.14"),
        ("Comment", &comment(recipe)),
    ] {
        let is_latin = text.is_ascii();
        let mut chunk = if is_latin { b"tEXt".to_vec() } else { b"iTXt".to_vec() };
        chunk.extend(keyword.as_bytes());
        chunk.extend(if is_latin { &b"\0"[..] } else { &b"\0\0\0\0\0"[..] });
        chunk.extend(text.as_bytes());
        let mut sum = Crc::new();
        sum.update(&chunk);
        bytes.extend(u32::try_from(chunk.len() - 4).unwrap_or(u32::MAX).to_be_bytes());
        // Writing into memory does not fail.
        let _ = bytes.write_all(&chunk);
        bytes.extend(sum.sum().to_be_bytes());
    }
    bytes.extend(rest);
    bytes
}
