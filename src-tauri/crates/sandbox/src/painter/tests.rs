//! The painter as a whole: always the same, never stuck, and moved by words.

use serde_json::json;

use super::*;

fn order(model: &str, prompt: &str, undesired: &str, width: u32, height: u32) -> Order {
    let caption = |text: &str| json!({ "caption": { "base_caption": text, "char_captions": [] } });
    let body = json!({
        "input": prompt, "model": model, "action": "generate",
        "parameters": {
            "width": width, "height": height, "seed": 1, "negative_prompt": undesired,
            "v4_prompt": caption(prompt), "v4_negative_prompt": caption(undesired),
        }
    });
    Order::read(&body, false).unwrap()
}

const MODEL: &str = "nai-diffusion-4-5-full";

fn paint(prompt: &str, seed: u32) -> Painting {
    Painting::paint(&order(MODEL, prompt, "", 192, 256), seed, &AtomicBool::new(false)).unwrap()
}

#[test]
fn the_same_request_is_the_same_picture_on_every_machine() {
    let pictures = [
        ("1girl, meadow, sunset, flowers, clouds", 1),
        ("portrait, 1girl, city, night, rain", 2),
        ("space, planet, aurora, mountains", 3),
    ];
    let hash = |bytes: &[u8]| {
        bytes.iter().fold(0x811c_9dc5u32, |h, byte| {
            (h ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        })
    };
    let hashes = pictures.map(|(prompt, seed)| hash(&paint(prompt, seed).rgba));
    // Whoever changes how something looks puts the new numbers here.
    assert_eq!(hashes, [70_940_815, 1_476_921_260, 821_709_091]);
}

#[test]
fn prompt_seed_model_and_undesired_content_change_the_picture() {
    let first = paint("lake, night", 5);
    assert_eq!(first.rgba, paint("lake, night", 5).rgba);
    assert_ne!(first.rgba, paint("lake, night", 6).rgba);
    assert_ne!(first.rgba, paint("lake, day", 5).rgba);
    let other = |model: &str, undesired: &str| {
        let order = order(model, "lake, night, rain", undesired, 192, 256);
        Painting::paint(&order, 5, &AtomicBool::new(false)).unwrap().rgba
    };
    assert_ne!(other(MODEL, ""), other("nai-diffusion-5-full", ""));
    assert_ne!(other(MODEL, ""), other(MODEL, "rain"));
}

#[test]
fn night_is_darker_than_day_and_snow_whiter_than_grass() {
    let mean = |prompt: &str| {
        let rgba = paint(prompt, 9).rgba;
        rgba.chunks(4)
            .map(|pixel| u64::from(pixel[0]) + u64::from(pixel[1]) + u64::from(pixel[2]))
            .sum::<u64>()
            / 192
            / 256
    };
    for place in ["mountains", "lake", "city", "sea", "meadow", "desert", "rooftop"] {
        assert!(
            mean(&format!("{place}, night")) + 60 < mean(&format!("{place}, day")),
            "{place}"
        );
    }
    assert!(mean("meadow, day, snow") > mean("meadow, day"));
}

#[test]
fn everything_it_has_words_for_can_be_painted_at_every_shape() {
    let places = [
        "mountains",
        "lake",
        "forest",
        "city",
        "rooftop",
        "sea",
        "meadow",
        "desert",
        "space",
        "sky",
    ];
    let times = ["dawn", "day", "sunset", "dusk", "night"];
    let things = [
        "rain, umbrella, 1girl",
        "snow, storm, fog, 2girls",
        "aurora, milky way, shooting star, full moon, 3girls",
        "crescent moon, fireworks, lanterns, 1boy, kimono",
        "cherry blossoms, torii, butterflies, school uniform, 1girl",
        "autumn, castle, lighthouse, balloons, birds, cat",
        "fireflies, flowers, boat, whale, rainbow, dog, 1boy, coat, scarf",
        "neon, window, overcast, portrait, 2girls, glasses, twintails, cat ears, hat, closed eyes",
        "portrait, 1boy, smile, short hair, wings, ribbon",
        "1girl, wings, cape, fox ears, braid, hair bun, straw hat, sitting",
    ];
    for (turn, place) in places.iter().enumerate() {
        for (time, word) in times.iter().enumerate() {
            let prompt = format!("{place}, {word}, {}", things[(turn + time) % things.len()]);
            let (width, height) = [(128, 192), (192, 128), (64, 64), (64, 512), (640, 64)][(turn + time) % 5];
            let order = order(MODEL, &prompt, "", width, height);
            let painting = Painting::paint(&order, 3, &AtomicBool::new(false)).unwrap();
            assert_eq!(painting.rgba.len(), (width * height * 4) as usize, "{prompt}");
            assert!(painting.rgba.chunks(4).all(|pixel| pixel[3] == 255), "{prompt}");
            let jpeg = Preview::at(3, 20).jpeg(&Sketch::draw(&order, 3), None);
            assert!(jpeg.starts_with(b"\xff\xd8"), "{prompt}");
        }
    }
}

#[test]
fn the_figure_alone_stands_on_a_transparent_background() {
    let order = order("nai-diffusion-5-full", "1girl, transparent background", "", 192, 256);
    let painting = Painting::paint(&order, 4, &AtomicBool::new(false)).unwrap();
    assert!(!painting.opaque);
    let alpha: Vec<u8> = painting.rgba.chunks(4).map(|pixel| pixel[3]).collect();
    assert_eq!(alpha[0], 0);
    let solid = alpha.iter().filter(|alpha| **alpha == 255).count();
    assert!(solid > 192 * 256 / 20, "{solid} solid pixels");
}

#[test]
fn pictures_of_every_shape_can_be_painted_over() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use crate::raster::tests::png;
    for (width, height) in [(64, 64), (64, 512), (640, 64), (192, 128)] {
        let source = png(width, height, |x, y| [x as u8, y as u8, 128, 255]);
        // A single cell, a frame, everything.
        for (turn, white) in [(0, 0..1), (1, 1..9), (2, 0..u32::MAX)] {
            let mask = png(width / 8, height / 8, |x, y| {
                let level = if white.contains(&(x + y * turn)) { 255 } else { 0 };
                [level, level, level, 255]
            });
            for (model, action, strength) in [
                ("nai-diffusion-4-5-full", "img2img", 0.01),
                ("nai-diffusion-5-full", "img2img", 0.99),
                ("nai-diffusion-5-full-inpainting", "infill", 1.0),
                ("nai-diffusion-4-full-inpainting", "infill", 0.3),
            ] {
                let caption = json!({ "caption": { "base_caption": "1girl, lake", "char_captions": [] } });
                let body = json!({
                    "input": "1girl, lake", "model": model, "action": action,
                    "parameters": {
                        "width": width, "height": height, "seed": 1, "v4_prompt": caption, "v4_negative_prompt": caption,
                        "image": STANDARD.encode(&source), "mask": STANDARD.encode(&mask), "noise": 0.9,
                        "strength": f64::min(strength, 0.99), "inpaintImg2ImgStrength": strength,
                        "color_correct": true, "img2img": { "color_correct": true },
                    }
                });
                let order = Order::read(&body, false).unwrap();
                let painting = Painting::paint(&order, 1, &AtomicBool::new(false)).unwrap();
                assert_eq!(painting.rgba.len(), (width * height * 4) as usize);
                assert!(painting.rgba.chunks(4).all(|pixel| pixel[3] == 255));
                let preview = Preview::at(2, 23);
                assert!(preview.jpeg(&Sketch::draw(&order, 1), None).starts_with(b"\xff\xd8"));
            }
        }
    }
}

#[test]
fn characters_stand_where_they_are_put() {
    let paint = |model: &str, centres: &[(f64, f64)]| {
        let captions: Vec<_> = centres
            .iter()
            .map(|(x, y)| json!({ "char_caption": "girl, red dress, black hair", "centers": [{ "x": x, "y": y }] }))
            .collect();
        let body = json!({
            "input": "snow, day, field", "model": model, "action": "generate",
            "parameters": {
                "width": 256, "height": 256, "seed": 1, "params_version": 4,
                "v4_prompt": {
                    "caption": { "base_caption": "snow, day, field", "char_captions": captions }, "use_coords": true
                },
                "v4_negative_prompt": { "caption": { "base_caption": "", "char_captions": [] } },
            }
        });
        let order = Order::read(&body, false).unwrap();
        Painting::paint(&order, 1, &AtomicBool::new(false)).unwrap().rgba
    };
    // How many red pixels there are, and where they are on average, in shares of the width.
    let red = |rgba: &[u8]| {
        let places = rgba.chunks(4).enumerate().filter(|(_, pixel)| {
            i32::from(pixel[0]) - i32::from(pixel[1]) > 60 && i32::from(pixel[0]) - i32::from(pixel[2]) > 60
        });
        let columns: Vec<f32> = places.map(|(place, _)| (place % 256) as f32 / 256.0).collect();
        (columns.len(), columns.iter().sum::<f32>() / columns.len().max(1) as f32)
    };
    let (left, right) = (red(&paint(MODEL, &[(0.1, 0.5)])), red(&paint(MODEL, &[(0.9, 0.5)])));
    assert!(left.1 + 0.1 < right.1, "{left:?} {right:?}");
    let (back, front) = (red(&paint(MODEL, &[(0.3, 0.1)])), red(&paint(MODEL, &[(0.3, 0.9)])));
    assert!(back.0 * 5 < front.0 * 4, "{back:?} {front:?}");
    // A grid of five by five before V5, any place in V5.
    assert!(paint(MODEL, &[(0.3, 0.5)]) == paint(MODEL, &[(0.36, 0.55)]));
    let v5 = "nai-diffusion-5-full";
    assert!(paint(v5, &[(0.3, 0.5)]) != paint(v5, &[(0.36, 0.55)]));
    assert!(paint(v5, &vec![(0.5, 0.5); 32]).len() == 256 * 256 * 4);
}

#[test]
fn a_text_is_written_and_is_not_taken_for_a_wish() {
    let bright = |rgba: &[u8]| {
        rgba.chunks(4)
            .filter(|pixel| pixel[..3].iter().all(|part| *part > 235))
            .count()
    };
    let (plain, lettered) = (
        paint("forest, night", 2).rgba,
        paint("forest, night, Text: snow storm", 2).rgba,
    );
    assert!(
        bright(&lettered) > bright(&plain) + 100,
        "{} {}",
        bright(&plain),
        bright(&lettered)
    );
    let wishes = |prompt: &str| Scene::imagine(&order(MODEL, prompt, "", 192, 256), 2, 1.0, 1.3);
    assert!(!wishes("forest, night, Text: snow storm").winter);
    assert!(wishes("forest, night, snow storm").winter);
}

#[test]
fn a_painter_told_to_stop_stops() {
    assert!(Painting::paint(&order(MODEL, "city", "", 1024, 1024), 1, &AtomicBool::new(true)).is_none());
}

#[test]
fn previews_come_closer_and_closer() {
    let order = order(MODEL, "lake, sunset", "", 192, 256);
    let painting = Painting::paint(&order, 8, &AtomicBool::new(false)).unwrap();
    let sketch = Sketch::draw(&order, 8);
    let far = |step: u32| {
        let preview = Preview::at(step, 23);
        let jpeg = preview.jpeg(&sketch, preview.needs_painting().then_some(&painting));
        let shown = image::load_from_memory(&jpeg).unwrap().to_rgb8();
        let apart = shown
            .pixels()
            .zip(painting.rgba.chunks(4))
            .map(|(a, b)| (0..3).map(|part| u64::from(a.0[part].abs_diff(b[part]))).sum::<u64>());
        apart.sum::<u64>() / (192 * 256)
    };
    let distances = [0, 5, 10, 15, 21].map(far);
    assert!(distances.is_sorted_by(|a, b| a > b), "{distances:?}");
    assert!(distances[4] < 12, "{distances:?}");
}
