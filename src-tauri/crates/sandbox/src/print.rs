//! From a painting to a file: NovelAI's metadata (api.md 7), signed, in text chunks or EXIF and in the alpha channel.

mod comment;
mod file;
mod python;
mod stealth;

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;

pub(crate) use self::python::dumps;
use crate::{
    order::{Format, Order},
    painter::Painting,
};

/// The public half of the key that signs the sandbox's pictures. It is no secret and proves nothing; it lets a test
/// check a signature as one checks the service's.
pub const PUBLIC_KEY: [u8; 32] = [
    189, 132, 117, 179, 65, 191, 74, 247, 165, 255, 51, 1, 225, 11, 17, 145, 202, 93, 150, 39, 113, 106, 34, 141, 179,
    27, 95, 0, 60, 114, 82, 200,
];

/// The secret half, which isn't secret either: whoever wants to pass a picture off as the sandbox's may.
const SEED: [u8; 32] = *b"Atelier's sandbox signs with it.";

/// The words that accompany a picture.
struct Labels {
    description: String,
    source: String,
    time: String,
    comment: String,
}

const TITLE: &str = "AI generated image";
const SOFTWARE: &str = "NovelAI";

/// The finished file for one picture of an order.
pub(crate) fn file(order: &Order, seed: u32, painting: &Painting) -> Vec<u8> {
    let comment = comment::comment(order, seed);
    let comment = signed(&python::dumps(&comment), &painting.rgba);
    let labels = Labels {
        description: order.input.clone(),
        source: order.model.source.to_owned(),
        time: seconds(order),
        comment,
    };
    let mut rgba = painting.rgba.clone();
    if painting.opaque {
        stealth::write(&mut rgba, painting.width, painting.height, &envelope(&labels));
    }
    match order.format {
        Format::Png => file::png(&rgba, painting.width, painting.height, &labels),
        Format::WebP => file::webp(&rgba, painting.width, painting.height, &labels),
    }
}

/// Puts the signature over the colours and the comment at the comment's end.
fn signed(comment: &str, rgba: &[u8]) -> String {
    let mut message: Vec<u8> = rgba
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    message.extend_from_slice(comment.as_bytes());
    let signature = SigningKey::from_bytes(&SEED).sign(&message);
    let signature = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, signature.to_bytes());
    let body = comment.strip_suffix('}').unwrap_or(comment);
    format!("{body}, \"signed_hash\": \"{signature}\"}}")
}

/// What stands in the alpha channel and in EXIF: the labels as one JSON object, the comment in it as a string.
fn envelope(labels: &Labels) -> String {
    python::dumps(&json!({
        "Comment": labels.comment,
        "Source": labels.source,
        "Software": SOFTWARE,
        "Description": labels.description,
        "Generation time": labels.time,
    }))
}

/// The time that the service might have taken. It's worked out, so that the same order gives the same file.
fn seconds(order: &Order) -> String {
    let megapixels = f64::from(order.canvas.0) * f64::from(order.canvas.1) / 1_048_576.0;
    (0.6 + 0.11 * f64::from(order.taken()) * megapixels).to_string()
}

#[cfg(test)]
#[path = "print/tests.rs"]
mod tests;
