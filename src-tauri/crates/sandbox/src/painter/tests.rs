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
