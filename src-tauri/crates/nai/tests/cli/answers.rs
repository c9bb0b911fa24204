//! What is asked and answered in words: tags, labels, prompts, what pictures know.

use serde_json::json;

use crate::stage::Stage;

#[test]
fn tags_go_on_from_what_was_typed() {
    let stage = Stage::new();
    let told = stage.nai(&["tags", "silver h", "--json"]).done().json();
    let tags: Vec<&str> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["tag"].as_str().unwrap())
        .collect();
    assert!(tags.contains(&"silver hair"), "{tags:?}");
    let words = stage.nai(&["tags", "silver h"]).done().out;
    assert!(words.contains("silver hair"), "{words}");
    let japanese = stage.nai(&["tags", "海", "--japanese", "--json"]).done().json();
    assert!(japanese[0]["japanese"].is_string(), "{japanese}");
}

#[test]
fn a_picture_is_classified() {
    let stage = Stage::new();
    stage.picture("sea.png");
    let said = stage.nai(&["classify", "sea.png"]).done();
    assert!(said.out.lines().count() >= 2, "{said:?}");
    assert!(stage.nai(&["classify", "sea.png", "--json"]).done().json().is_object());
}

#[test]
fn a_prompt_goes_on() {
    let stage = Stage::new();
    let said = stage.nai(&["prompt", "a castle on a"]).done();
    assert!(!said.out.trim().is_empty());
    assert!(
        stage
            .nai(&["prompt", "a castle on a", "--json"])
            .done()
            .json()
            .is_object()
    );
}

#[test]
fn pictures_tell_everything_they_know() {
    let stage = Stage::new();
    let flags = ["--model", "v4.5-full", "--size", "512x768", "--steps", "2"];
    stage
        .nai(&[&["generate", "sea, 1girl", "--seed", "77", "--out", "a"], &flags[..]].concat())
        .done();
    stage
        .nai(&[&["generate", "sea", "--format", "webp", "--out", "b"], &flags[..]].concat())
        .done();
    std::fs::write(stage.file("c.png"), "no picture").unwrap();
    let told = stage.nai(&["inspect", "a.png", "b.webp", "--json"]).done().json();
    assert_eq!(
        (&told[0]["file"], &told[0]["source"]),
        (&json!("a.png"), &json!("png-text"))
    );
    assert_eq!(told[0]["model"], "nai-diffusion-4-5-full");
    assert_eq!(told[0]["request"]["sampling"]["seed"], 77);
    assert_eq!(told[0]["request"]["prompt"]["text"], "sea, 1girl");
    let raw = told[0]["raw"].as_str().unwrap();
    assert!(raw.contains("\"seed\": 77") && raw.contains("signed_hash"), "{raw}");
    // The sandbox signs with a key of its own, not with NovelAI's.
    assert_eq!(told[0]["signature"], "invalid");
    assert_eq!(
        (&told[1]["source"], &told[1]["file"]),
        (&json!("exif"), &json!("b.webp"))
    );
    assert!(told[1]["warnings"].is_array());

    let words = stage.nai(&["inspect", "a.png"]).done().out;
    assert!(words.contains("sea, 1girl") && words.contains("77"), "{words}");

    let broken = stage.nai(&["inspect", "a.png", "c.png", "--json"]);
    assert_eq!(broken.code, 13);
    assert_eq!(broken.json()[0]["file"], "a.png");
    assert!(broken.err.contains("c.png"), "{broken:?}");
}
