//! `POST /ai/classify-image` and `/ai/classify` (api.md 13): labels for a picture, by its plainest properties.

use axum::http::header;
use serde_json::{Value, json};

use super::{bytes, object, photo, upscale::parts};
use crate::{
    darkroom::{Photo, figure::figure},
    http::{Call, before, broken},
    parcel::Reply,
    refusal::Refusal,
};

pub(crate) async fn classify(mut call: Call<'_>) -> Result<Reply, Refusal> {
    let fault = call.fault.take();
    if let Some(reply) = fault.as_ref().and_then(before) {
        return Ok(reply);
    }
    let kind = call
        .head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| {
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/form-data")
    });
    let file = match is_form {
        true => parts(&mut call)
            .await?
            .into_iter()
            .find_map(|(name, part)| (name == "image").then_some(part))
            .ok_or_else(|| Refusal::invalid("the form has no part \"image\""))?,
        false => bytes(object(&call.json().await?)?, "image")?,
    };
    let photo = photo("image", &file)?;
    let labels = tokio::task::spawn_blocking(move || labels(&photo))
        .await
        .map_err(|_| Refusal::crash())?;
    Ok(broken(Reply::json(200, &json!({ "labels": labels })), fault))
}

/// Labels with scores from 0 to 1, the best first.
fn labels(photo: &Photo) -> Vec<Value> {
    let (width, height, cells) = photo.on_paper().shrunk(96);
    let count = cells.len() as f32;
    let mean = |value: &dyn Fn(usize, [f32; 3]) -> f32| {
        let sum: f32 = cells.iter().enumerate().map(|(place, cell)| value(place, *cell)).sum();
        sum / count
    };
    let light = |colour: [f32; 3]| 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2];
    let vivid = |colour: [f32; 3]| colour[0].max(colour[1]).max(colour[2]) - colour[0].min(colour[1]).min(colour[2]);
    let share = |holds: &dyn Fn(f32, [f32; 3]) -> bool| {
        mean(&|place, cell| f32::from(u8::from(holds((place / width) as f32 / height as f32, cell))))
    };
    let bright = mean(&|_, cell| light(cell));
    let colour = mean(&|_, cell| vivid(cell));
    let warm = mean(&|_, cell| cell[0] - cell[2]);
    let change = mean(&|place, cell| {
        let next = if (place + 1) % width == 0 {
            cell
        } else {
            cells[place + 1]
        };
        (light(cell) - light(next)).abs()
    });
    let figure = figure(photo);
    let subject = figure.values.iter().sum::<f32>() / figure.values.len() as f32;
    let scores = [
        ("bright", 1.6 * bright - 0.3),
        ("dark", 1.3 - 2.2 * bright),
        ("colorful", 2.6 * colour),
        ("monochrome", 1.0 - 6.0 * colour),
        ("warm colors", 0.5 + 2.4 * warm),
        ("cool colors", 0.5 - 2.4 * warm),
        ("detailed", 14.0 * change),
        ("flat", 1.0 - 14.0 * change),
        (
            "blue sky",
            share(&|down, cell| down < 0.5 && cell[2] > cell[0] + 0.06 && light(cell) > 0.35) * 2.0,
        ),
        (
            "greenery",
            share(&|_, cell| cell[1] > cell[0] + 0.03 && cell[1] > cell[2] + 0.03) * 1.8,
        ),
        ("night", share(&|_, cell| light(cell) < 0.22)),
        ("white background", share(&|_, cell| light(cell) > 0.94) * 1.2),
        ("central subject", 1.6 * subject),
        ("transparent background", if photo.is_opaque() { 0.0 } else { 1.0 }),
    ];
    let mut labels: Vec<(&str, f64)> = scores
        .into_iter()
        .map(|(label, score)| (label, (f64::from(score.clamp(0.0, 1.0)) * 1e4).round() / 1e4))
        .collect();
    labels.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    labels
        .into_iter()
        .map(|(label, score)| json!({ "label": label, "score": score }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_dark_and_a_white_page_is_not() {
        let of = |pixel: [u8; 4]| {
            labels(&Photo {
                width: 64,
                height: 64,
                rgba: vec![pixel; 64 * 64],
            })
        };
        let score = |labels: &[Value], name: &str| {
            let label = labels.iter().find(|label| label["label"] == name).unwrap();
            label["score"].as_f64().unwrap()
        };
        let (night, page) = (of([10, 12, 30, 255]), of([255, 255, 255, 255]));
        assert!(score(&night, "night") > 0.9 && score(&night, "bright") < 0.1);
        assert!(score(&page, "white background") > 0.9 && score(&page, "dark") < 0.1);
        assert!(score(&page, "transparent background") < 0.1);
    }
}
