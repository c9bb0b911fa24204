//! Pictures: what is sent, what comes back, where it goes, and what it costs.

use std::fs;

use serde_json::{Value, json};

use crate::stage::Stage;

const SMALL: [&str; 6] = ["--size", "512x768", "--steps", "3", "--seed", "9"];

fn generate<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["generate"], arguments, &SMALL].concat()
}

#[test]
fn a_picture_lies_where_it_was_wanted_and_nothing_is_overwritten() {
    let stage = Stage::new();
    for _ in 0..2 {
        let said = stage.nai(&generate(&["sea", "--out", "pictures/{seed}"])).done();
        assert!(said.out.trim().ends_with(".png"), "{said:?}");
    }
    let names: Vec<_> = fs::read_dir(stage.file("pictures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(stage.file("pictures/9.png").exists());
}

#[test]
fn the_answer_as_json_names_pictures_and_price() {
    let stage = Stage::with(&["--tier", "none"]);
    let told = stage
        .nai(&generate(&["sea", "--model", "v4.5-full", "-n", "2", "--json"]))
        .done()
        .json();
    assert_eq!(told["pictures"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&told["pictures"][1]["seed"], &told["pictures"][1]["width"]),
        (&json!(10), &json!(512))
    );
    let charged = told["balanceBefore"].as_u64().unwrap() - told["balanceAfter"].as_u64().unwrap();
    assert!(charged > 0);
    assert_eq!(told["anlas"], charged);
}

#[test]
fn each_setting_arrives() {
    let stage = Stage::new();
    let flags = [
        "2girls",
        "--model",
        "nai-diffusion-4-5-full",
        "--undesired",
        "hat",
        "--quality",
        "none",
        "--uc-preset",
        "none",
        "--guidance",
        "6.5",
        "--rescale",
        "0.2",
        "--sampler",
        "k_euler",
        "--schedule",
        "exponential",
        "--variety",
        "--character",
        "girl, red hair",
        "--at",
        "0.3,0.5",
        "--character",
        "girl, blue hair",
        "--at",
        "0.7,0.5",
        "--format",
        "webp",
        "--out",
        "x",
    ];
    stage.nai(&generate(&flags)).done();
    let sent = stage.last("/ai/generate-image-stream")["body"].clone();
    let parameters = &sent["parameters"];
    assert_eq!(
        (&sent["input"], &sent["model"]),
        (&json!("2girls"), &json!("nai-diffusion-4-5-full"))
    );
    for (name, value) in [
        ("negative_prompt", json!("hat")),
        ("scale", json!(6.5)),
        ("cfg_rescale", json!(0.2)),
        ("sampler", json!("k_euler")),
        ("noise_schedule", json!("exponential")),
        ("seed", json!(9)),
        ("steps", json!(3)),
        ("use_coords", json!(true)),
        ("image_format", json!("webp")),
        ("stream", json!("msgpack")),
    ] {
        assert_eq!(parameters[name], value, "{name}");
    }
    assert!(parameters["skip_cfg_above_sigma"].is_number());
    assert_eq!(
        parameters["characterPrompts"][1]["center"],
        json!({ "x": 0.7, "y": 0.5 })
    );
    assert!(stage.file("x.webp").exists());
}

#[test]
fn every_way_of_receiving_gives_the_same_picture() {
    let stage = Stage::new();
    for (stream, path) in [
        ("off", "/ai/generate-image"),
        ("msgpack", "/ai/generate-image-stream"),
        ("sse", "/ai/generate-image-stream"),
    ] {
        stage
            .nai(&generate(&["sea", "--stream", stream, "--out", stream]))
            .done();
        assert!(stage.asked(path) > 0);
    }
    let [off, msgpack, sse] =
        ["off.png", "msgpack.png", "sse.png"].map(|name| colours(&fs::read(stage.file(name)).unwrap()));
    assert!(off == msgpack && off == sse);
}

/// The colours of a picture. Its alpha holds the settings, and the time that it took is one of them.
fn colours(png: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let channels = reader.info().color_type.samples();
    pixels
        .chunks_exact(channels)
        .flat_map(|pixel| pixel[..3].to_vec())
        .collect()
}

#[test]
fn a_request_comes_from_a_file_a_pipe_or_a_picture() {
    let stage = Stage::new();
    let told = stage
        .nai(&generate(&["sea", "--model", "v4.5-full", "--out", "one", "--json"]))
        .done()
        .json();
    fs::write(stage.file("request.json"), told["request"].to_string()).unwrap();
    stage
        .nai(&["generate", "--request", "request.json", "--out", "two"])
        .done();
    stage
        .nai_with(
            &told["request"].to_string(),
            &["generate", "--request", "-", "--out", "three"],
        )
        .done();
    stage.nai(&["generate", "--like", "one.png", "--out", "four"]).done();
    let one = colours(&fs::read(stage.file("one.png")).unwrap());
    for name in ["two.png", "three.png", "four.png"] {
        assert!(colours(&fs::read(stage.file(name)).unwrap()) == one, "{name}");
    }
}

#[test]
fn a_dry_run_shows_exactly_what_would_be_sent_and_sends_nothing() {
    let stage = Stage::new();
    let flags = generate(&["sea", "--model", "v4.5-full", "--stream", "off"]);
    let told = stage
        .nai(&[&flags[..], &["--dry-run", "--json", "--tier", "none"]].concat())
        .done()
        .json();
    assert_eq!(stage.books()["received"], 0);
    assert_eq!(
        (&told["method"], &told["url"]),
        (&json!("POST"), &json!(format!("{}/ai/generate-image", stage.url)))
    );
    assert!(told["headers"]["authorization"].is_string(), "{told}");
    assert!(!told.to_string().contains(&stage.token));
    assert!(told["anlas"].as_u64().unwrap() > 0);
    stage.nai(&[&flags[..], &["--out", "x"]].concat()).done();
    assert_eq!(stage.last("/ai/generate-image")["body"], told["body"]);
}

#[test]
fn dry_runs_of_many_requests_come_a_line_each() {
    let stage = Stage::new();
    let lines = "{\"prompt\":\"sea\"}\n{\"prompt\":\"sky\",\"size\":\"10x10\"}\n{\"prompt\":\"land\"}\n";
    let said = stage.nai_with(lines, &["generate", "--jsonl", "--dry-run"]);
    assert_eq!(said.code, 5);
    let answers: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    assert!(answers[0]["body"]["input"].as_str().unwrap().starts_with("sea"));
    assert_eq!(answers[1]["error"]["kind"], "refused");
    assert!(answers[2]["body"]["input"].as_str().unwrap().starts_with("land"));
    assert_eq!(stage.books()["received"], 0);
}

#[test]
fn a_picture_becomes_another_by_image_to_image_inpaint_enhance_and_variations() {
    let stage = Stage::new();
    stage.picture("source.png");
    fs::write(stage.file("mask.png"), mask()).unwrap();
    let small = ["--steps", "3", "--seed", "5"];
    let run = |flags: &[&str]| stage.nai(&[&["generate"], flags, &small].concat()).done();

    run(&[
        "night",
        "--image",
        "source.png",
        "--strength",
        "0.5",
        "--size",
        "512x768",
        "--out",
        "i2i",
    ]);
    let sent = stage.last("/ai/generate-image-stream")["body"].clone();
    assert_eq!(
        (&sent["action"], &sent["parameters"]["strength"]),
        (&json!("img2img"), &json!(0.5))
    );

    run(&[
        "a door",
        "--image",
        "source.png",
        "--mask",
        "mask.png",
        "--size",
        "512x768",
        "--out",
        "paint",
    ]);
    let sent = stage.last("/ai/generate-image-stream")["body"].clone();
    assert_eq!(sent["action"], "infill");
    let (before, after) = (
        colours(&fs::read(stage.file("source.png")).unwrap()),
        colours(&fs::read(stage.file("paint.png")).unwrap()),
    );
    assert_ne!(before, after);

    run(&[
        "--image",
        "source.png",
        "--enhance",
        "2",
        "--enlarge",
        "1.5",
        "--out",
        "larger",
    ]);
    let sent = stage.last("/ai/generate-image-stream")["body"].clone();
    assert_eq!(
        (&sent["parameters"]["width"], &sent["parameters"]["strength"]),
        (&json!(768), &json!(0.4))
    );

    run(&["--image", "source.png", "--variations", "--out", "other"]);
    let made = fs::read_dir(stage.folder()).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("other")
    });
    assert_eq!(made.count(), 3);
}

/// A white square on black, of the size of the source.
fn mask() -> Vec<u8> {
    let (width, height) = (512_usize, 768_usize);
    let mut pixels = vec![0_u8; width * height];
    for y in 200..400 {
        pixels[y * width + 100..y * width + 300].fill(255);
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 512, 768);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

#[test]
fn without_a_size_a_picture_keeps_its_own() {
    let stage = Stage::new();
    stage.picture("source.png");
    stage
        .nai(&[
            "generate",
            "night",
            "--image",
            "source.png",
            "--steps",
            "2",
            "--out",
            "x",
        ])
        .done();
    let sent = stage.last("/ai/generate-image-stream")["body"]["parameters"].clone();
    assert_eq!((&sent["width"], &sent["height"]), (&json!(512), &json!(768)));
}

#[test]
fn pictures_travel_in_either_way() {
    let stage = Stage::new();
    stage.picture("source.png");
    let flags = ["night", "--image", "source.png"];
    stage
        .nai(&generate(
            &[&flags[..], &["--transport", "json", "--out", "json"]].concat(),
        ))
        .done();
    stage
        .nai(&generate(
            &[&flags[..], &["--transport", "multipart", "--out", "form"]].concat(),
        ))
        .done();
    let sent = stage.last("/ai/generate-image-stream");
    assert_eq!(sent["parts"][0][0], "image", "{sent}");
    let [json, form] = ["json.png", "form.png"].map(|name| colours(&fs::read(stage.file(name)).unwrap()));
    assert!(json == form);
}

#[test]
fn references_are_brought_into_shape_and_sent() {
    let stage = Stage::with(&["--tier", "none"]);
    stage.picture("source.png");
    stage
        .nai(&generate(&[
            "cat",
            "--model",
            "v4.5-full",
            "--reference",
            "source.png:character:0.9:0.8",
            "--out",
            "x",
        ]))
        .done();
    let sent = stage.last("/ai/generate-image-stream")["body"]["parameters"].clone();
    assert_eq!(sent["director_reference_strength_values"], json!([0.9]));
    assert_eq!(
        sent["director_reference_descriptions"][0]["caption"]["base_caption"],
        "character"
    );

    stage.nai(&["vibe", "source.png", "--model", "v4.5-full"]).done();
    stage
        .nai(&generate(&[
            "cat",
            "--model",
            "v4.5-full",
            "--vibe",
            "source.naiv4vibe:0.5",
            "--out",
            "y",
        ]))
        .done();
    let sent = stage.last("/ai/generate-image-stream")["body"]["parameters"].clone();
    assert_eq!(sent["reference_strength_multiple"], json!([0.5]));
    assert_eq!(stage.asked("/ai/encode-vibe"), 1);
}

#[test]
fn a_picture_that_is_not_yet_a_vibe_is_encoded_once_and_kept() {
    let stage = Stage::new();
    stage.picture("source.png");
    for _ in 0..2 {
        let told = stage
            .nai(&generate(&[
                "cat",
                "--model",
                "v4.5-full",
                "--vibe",
                "source.png",
                "--json",
            ]))
            .done()
            .json();
        assert_eq!(told["pictures"].as_array().unwrap().len(), 1);
    }
    assert_eq!(stage.asked("/ai/encode-vibe"), 1);
    assert!(stage.file("source.naiv4vibe").exists());
}

#[test]
fn the_sandbox_of_one_call_needs_no_account() {
    let stage = Stage::new();
    let mut command = crate::stage::nai(stage.folder());
    let output = command
        .args(["--sandbox", "generate", "sea", "--out", "x"])
        .args(SMALL)
        .output()
        .unwrap();
    crate::stage::Said::from(output).done();
    assert!(stage.file("x.png").exists());
}

#[test]
fn raw_mode_writes_down_what_was_said_without_the_token() {
    let stage = Stage::new();
    stage
        .nai(&generate(&["sea", "--stream", "off", "--raw", "raw", "--out", "x"]))
        .done();
    let mut seen = String::new();
    let mut bodies = 0;
    for entry in fs::read_dir(stage.file("raw")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        bodies += usize::from(bytes.starts_with(b"PK"));
        seen.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(seen.contains("/ai/generate-image") && seen.contains("params_version"));
    assert_eq!(bodies, 1);
    assert!(!seen.contains(&stage.token));
}
