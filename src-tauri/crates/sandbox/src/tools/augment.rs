//! `POST /ai/augment-image`: the director tools (api.md 2.5).

use serde_json::{Map, Value, json};

use super::{Product, Task, bytes, object, perform, photo, png};
use crate::{
    darkroom::{
        Photo,
        clean::declutter,
        cutout::cut_out,
        lines::{lineart, sketch},
        tones::{Mood, colorize, emotion},
    },
    fields::{text, whole},
    http::Call,
    painter,
    parcel::Reply,
    price, print,
    refusal::Refusal,
};

/// The steps that the price is worked out for.
const STEPS: u32 = 28;

/// A request that is in order.
struct Order {
    photo: Photo,
    tool: Tool,
    /// What the metadata says of it.
    comment: Value,
}

enum Tool {
    BgRemoval,
    Lineart,
    Sketch,
    Colorize { prompt: String, defry: u8 },
    Emotion { mood: Mood, defry: u8 },
    Declutter { keep_bubbles: bool },
}

pub(crate) async fn augment(mut call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.json().await;
    let opus = call.office.desk().account.tier >= 3;
    let task = body.and_then(|body| Order::read(object(&body)?)).map(|order| Task {
        anlas: price::augment(order.photo.area(), matches!(order.tool, Tool::BgRemoval), opus),
        steps: STEPS,
        work: move || order.carry_out(),
    });
    perform(&mut call, task).await
}

impl Order {
    fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let name = text(body, "req_type")?.ok_or_else(|| Refusal::invalid("req_type is required"))?;
        let (tool, comment) = tool(&name, body)?;
        let photo = photo("image", &bytes(body, "image")?)?;
        super::same_size(body, &photo)?;
        Ok(Self { photo, tool, comment })
    }

    fn carry_out(self) -> Product {
        let Self { photo, tool, comment } = self;
        let pictures = match tool {
            Tool::BgRemoval => {
                let cutout = cut_out(&photo);
                vec![cutout.masked, cutout.generated, cutout.blend]
            }
            Tool::Lineart => vec![lineart(&photo)],
            Tool::Sketch => vec![sketch(&photo)],
            Tool::Colorize { prompt, defry } => vec![colorize(&photo, &painter::colours(&prompt), reach(defry))],
            Tool::Emotion { mood, defry } => vec![emotion(&photo, mood, reach(defry))],
            Tool::Declutter { keep_bubbles } => vec![declutter(&photo, keep_bubbles)],
        };
        let words = [
            ("Title", "AI augmented image".to_owned()),
            ("Software", "NovelAI".to_owned()),
            ("Generation time", seconds(&photo)),
            ("Comment", print::dumps(&comment)),
        ];
        let words = words.map(|(key, text)| (key.to_owned(), text));
        Product::Zip {
            files: pictures.iter().map(|picture| png::write(picture, &words)).collect(),
            stored: true,
        }
    }
}

fn tool(name: &str, body: &Map<String, Value>) -> Result<(Tool, Value), Refusal> {
    let plain = |tool| Ok((tool, json!({ "req_type": name })));
    match name {
        "bg-removal" => plain(Tool::BgRemoval),
        "lineart" => plain(Tool::Lineart),
        "sketch" => plain(Tool::Sketch),
        "declutter" => plain(Tool::Declutter { keep_bubbles: false }),
        "declutter-keep-bubbles" => plain(Tool::Declutter { keep_bubbles: true }),
        "colorize" => {
            let (prompt, defry) = (text(body, "prompt")?.unwrap_or_default(), defry(body)?);
            let comment = json!({ "req_type": name, "prompt": prompt, "defry": defry });
            Ok((Tool::Colorize { prompt, defry }, comment))
        }
        "emotion" => {
            let (prompt, defry) = (text(body, "prompt")?.unwrap_or_default(), defry(body)?);
            let (mood, _) = prompt
                .split_once(";;")
                .ok_or_else(|| Refusal::invalid("prompt must be a mood, then \";;\", then tags"))?;
            let found = Mood::find(mood.trim());
            let mood = found.ok_or_else(|| Refusal::invalid(format!("emotion {:?} doesn't exist", shown(mood))))?;
            let comment = json!({ "req_type": name, "prompt": prompt, "defry": defry });
            Ok((Tool::Emotion { mood, defry }, comment))
        }
        _ => Err(Refusal::invalid(format!("req_type {:?} doesn't exist", shown(name)))),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(32).collect()
}

fn defry(body: &Map<String, Value>) -> Result<u8, Refusal> {
    Ok(whole(body, "defry", 0, 5)?.unwrap_or(0) as u8)
}

/// How strong a tool works: 0 is all it can, 5 the least.
fn reach(defry: u8) -> f32 {
    1.0 - 0.15 * f32::from(defry)
}

/// The time that the service might have taken.
fn seconds(photo: &Photo) -> String {
    format!("{:.4}s", 2.0 + 9.5 * photo.area() as f64 / 1_048_576.0)
}
