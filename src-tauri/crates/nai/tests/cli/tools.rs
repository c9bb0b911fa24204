//! What is done with a finished picture.

use std::fs;

use serde_json::json;

use crate::stage::Stage;

#[test]
fn a_picture_becomes_twice_as_large() {
    let stage = Stage::with(&["--tier", "none"]);
    stage.picture("small.png");
    let told = stage
        .nai(&["upscale", "small.png", "--sharpen", "0.4", "--json"])
        .done()
        .json();
    let picture = &told["pictures"][0];
    assert_eq!((&picture["width"], &picture["height"]), (&json!(1024), &json!(1536)));
    assert!(stage.file("small-upscaled.png").exists());
    let sent = stage.last("/ai/upscale");
    assert_eq!(
        (&sent["body"]["declared_blur_sigma"], &sent["anlas"]),
        (&json!(0.4), &json!(1))
    );
}

#[test]
fn several_pictures_are_upscaled_each_under_its_own_name() {
    let stage = Stage::new();
    stage.picture("a.png");
    stage.picture("b.png");
    stage.nai(&["upscale", "a.png", "b.png", "--out", "large/"]).done();
    assert_eq!(fs::read_dir(stage.file("large")).unwrap().count(), 2);
}

#[test]
fn a_picture_becomes_larger_on_this_computer_without_any_server() {
    let stage = Stage::new();
    let mut encoder = png::Encoder::new(fs::File::create(stage.file("small.png")).unwrap(), 16, 12);
    encoder.set_color(png::ColorType::Rgb);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&[90; 16 * 12 * 3])
        .unwrap();
    let local = |flags: &[&str]| stage.nai(&[&["upscale", "small.png", "--local", "--json"], flags].concat());
    let told = local(&["--noise", "1"]).done().json();
    let picture = &told["pictures"][0];
    assert_eq!((&picture["width"], &picture["height"]), (&json!(32), &json!(24)));
    assert!(stage.file("small-upscaled.png").exists());
    let told = local(&["--lanczos", "--scale", "4", "--out", "large"]).done().json();
    assert_eq!(told["pictures"][0]["width"], 64);
    assert_eq!(stage.asked("/ai/upscale"), 0);
    for wrong in [
        &["--noise", "4"][..],
        &["--scale", "3"],
        &["--sharpen", "0.3"],
        &["--lanczos", "--noise", "1"],
    ] {
        assert_eq!(local(wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(stage.nai(&["upscale", "small.png", "--noise", "1"]).code, 2);
}

#[test]
fn every_director_tool_does_something() {
    let stage = Stage::new();
    stage.picture("source.png");
    let tool = |flags: &[&str]| {
        stage
            .nai(&[&["augment"], flags, &["source.png", "--json"]].concat())
            .done()
            .json()
    };
    for (flags, kind, count) in [
        (&["background"][..], "bg-removal", 3),
        (&["lineart"], "lineart", 1),
        (&["sketch"], "sketch", 1),
        (&["colorize", "--prompt", "red dress", "--defry", "2"], "colorize", 1),
        (&["emotion", "--mood", "happy"], "emotion", 1),
        (&["declutter"], "declutter", 1),
        (&["declutter-keep-bubbles"], "declutter-keep-bubbles", 1),
    ] {
        let told = tool(flags);
        assert_eq!(told["pictures"].as_array().unwrap().len(), count, "{flags:?}");
        assert_eq!(stage.last("/ai/augment-image")["body"]["req_type"], kind);
    }
    assert_eq!(stage.nai(&["augment", "emotion", "source.png"]).code, 2);
    assert_eq!(stage.nai(&["augment", "sketch", "source.png", "--defry", "1"]).code, 2);
}

#[test]
fn a_map_is_drawn_of_a_picture() {
    let stage = Stage::new();
    stage.picture("source.png");
    for kind in ["hed", "midas", "fake-scribble", "mlsd", "uniformer"] {
        let told = stage
            .nai(&["annotate", "source.png", "--with", kind, "--json"])
            .done()
            .json();
        assert_eq!(told["pictures"].as_array().unwrap().len(), 1, "{kind}");
    }
}

#[test]
fn a_vibe_is_a_file_that_tells_what_is_in_it() {
    let stage = Stage::with(&["--tier", "none", "--anlas", "100"]);
    stage.picture("mood.png");
    let before = stage.nai(&["account", "--json"]).done().json()["anlas"]
        .as_u64()
        .unwrap();
    let told = stage
        .nai(&[
            "vibe",
            "mood.png",
            "--model",
            "v4.5-full",
            "--extraction",
            "0.7",
            "--json",
        ])
        .done()
        .json();
    assert_eq!(told["file"], "mood.naiv4vibe");
    let after = stage.nai(&["account", "--json"]).done().json()["anlas"]
        .as_u64()
        .unwrap();
    assert_eq!(before - after, 2);
    let shown = stage.nai(&["vibe", "--show", "mood.naiv4vibe", "--json"]).done().json();
    assert!(shown.to_string().contains("v4-5full"), "{shown}");
    // Another one never takes its name, and costs nothing.
    assert_eq!(
        stage
            .nai(&["vibe", "mood.png", "--model", "v4.5-full", "--out", "mood.naiv4vibe"])
            .code,
        13
    );
    assert_eq!(stage.asked("/ai/encode-vibe"), 1);
}
