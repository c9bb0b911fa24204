//! The tools over HTTP: what they take, what they cost, and the bytes that they give.
#![allow(clippy::unwrap_used, reason = "this is test code, though not in a test function")]

mod common;

use std::{
    io::{Cursor, Read as _},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::*;
use reqwest::{Client, Response};
use sandbox::{Fault, Options, Sandbox};
use serde_json::{Value, json};

/// The file of a small picture that the sandbox painted.
async fn painted(sandbox: &Sandbox) -> Vec<u8> {
    unpacked(&generate(sandbox, &v45()).await.bytes().await.unwrap())
        .remove(0)
        .1
}

/// A plain picture of this size.
fn plain(width: u32, height: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([90, 120, 180]))
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>, zip::CompressionMethod)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut file = Vec::new();
            entry.read_to_end(&mut file).unwrap();
            (entry.name().unwrap().into_owned(), file, entry.compression())
        })
        .collect()
}

fn texts(file: &[u8]) -> Vec<(String, String)> {
    let reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
    let texts = &reader.info().uncompressed_latin1_text;
    texts
        .iter()
        .map(|text| (text.keyword.clone(), text.text.clone()))
        .collect()
}

fn size(file: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory(file).unwrap();
    (picture.width(), picture.height())
}

#[allow(clippy::needless_pass_by_value, reason = "it reads better at its many callers")]
async fn ask(sandbox: &Sandbox, path: &str, body: Value) -> Response {
    post(sandbox, path, &body).send().await.unwrap()
}

async fn message(reply: Response) -> (u16, String) {
    let status = reply.status().as_u16();
    let body: Value = reply.json().await.unwrap();
    (status, body["message"].as_str().unwrap_or_default().to_owned())
}

fn upscale(file: &[u8]) -> Value {
    json!({ "image": STANDARD.encode(file), "model": "nai-diffusion-5-curated", "declared_blur_sigma": 0 })
}

fn augment(file: &[u8], tool: &str) -> Value {
    let (width, height) = size(file);
    json!({
        "req_type": tool, "image": STANDARD.encode(file), "width": width, "height": height,
        "use_new_shared_trial": true,
    })
}

fn changed(mut body: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    for (name, value) in changes {
        body[name] = value;
    }
    body
}

#[tokio::test]
async fn an_upscale_doubles_and_keeps_the_words() {
    let sandbox = start().await;
    let source = painted(&sandbox).await;
    let reply = ask(&sandbox, "/ai/upscale", upscale(&source)).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "binary/octet-stream");
    let files = unpacked(&reply.bytes().await.unwrap());
    assert_eq!((files.len(), files[0].0.as_str()), (1, "image_0.png"));
    assert_eq!(size(&files[0].1), (384, 512));
    assert_eq!(texts(&files[0].1), texts(&source));
    assert!(
        texts(&source)
            .iter()
            .any(|(key, text)| key == "Comment" && text.contains("signed_hash"))
    );
    let exchange = last(&sandbox).await;
    assert_eq!((exchange.anlas, exchange.ran, exchange.delivered), (1, true, true));
    assert!(exchange.pictures[0].delivered);
    assert_eq!(exchange.pictures[0].bytes, files[0].1.len() as u64);

    let json = post(&sandbox, "/ai/upscale", &upscale(&source)).header("accept", "application/json");
    let body: Value = json.send().await.unwrap().json().await.unwrap();
    let file = STANDARD.decode(body["images"][0]["image"].as_str().unwrap()).unwrap();
    assert_eq!(file, files[0].1);
}

#[tokio::test]
async fn the_words_of_a_webp_survive_an_upscale() {
    let sandbox = start().await;
    let reply = generate(&sandbox, &with(v45(), json!({ "image_format": "webp" }))).await;
    let source = unpacked(&reply.bytes().await.unwrap()).remove(0).1;
    let files = unpacked(
        &ask(&sandbox, "/ai/upscale", upscale(&source))
            .await
            .bytes()
            .await
            .unwrap(),
    );
    let words = texts(&files[0].1);
    assert!(
        words
            .iter()
            .any(|(key, text)| key == "Comment" && text.contains("\"seed\": 1234567890")),
        "{words:?}"
    );
}

#[tokio::test]
async fn an_upscale_wants_a_v5_model_and_says_so() {
    let sandbox = start().await;
    let file = plain(64, 64);
    for (change, words) in [
        (json!({ "model": null }), "model  doesn't exist"),
        (
            json!({ "model": "nai-diffusion-9" }),
            "model nai-diffusion-9 doesn't exist",
        ),
        (
            json!({ "model": "nai-diffusion-4-5-full" }),
            "doesn't support standalone upscaling",
        ),
        (json!({ "declared_blur_sigma": 0.2 }), "declared_blur_sigma"),
        (json!({ "image": "" }), "image"),
        (json!({ "image": "data:image/png;base64,AAAA" }), "image is not base64"),
        (
            json!({ "image": STANDARD.encode(plain(2049, 1537)) }),
            "larger than 3145728",
        ),
    ] {
        let (status, message) = message(ask(&sandbox, "/ai/upscale", changed(upscale(&file), change)).await).await;
        assert_eq!(status, 400, "{message}");
        assert!(
            message.starts_with("Validation error: ") && message.contains(words),
            "{message}"
        );
    }
    assert_eq!(sandbox.books().charged, 0);
    let sharp = changed(
        upscale(&file),
        json!({ "declared_blur_sigma": 0.45, "model": "nai-diffusion-5-full" }),
    );
    assert_eq!(ask(&sandbox, "/ai/upscale", sharp).await.status(), 200);
}

#[tokio::test]
async fn the_old_ways_of_upscaling_give_an_archive_or_a_bare_png() {
    let sandbox = start().await;
    let file = plain(40, 30);
    let old = json!({ "image": STANDARD.encode(&file), "width": 40, "height": 30, "scale": 4 });
    let reply = ask(&sandbox, "/ai/upscale", old.clone()).await;
    assert_eq!(reply.headers()["content-type"], "binary/octet-stream");
    assert_eq!(size(&unpacked(&reply.bytes().await.unwrap())[0].1), (160, 120));
    let form = |scale: &str| {
        let part = reqwest::multipart::Part::bytes(file.clone()).file_name("image.png");
        let form = reqwest::multipart::Form::new()
            .part("image", part)
            .text("scale", scale.to_owned());
        let url = format!("{}/ai/upscale", sandbox.url());
        Client::new().post(url).bearer_auth(TOKEN).multipart(form).send()
    };
    let reply = form("2").await.unwrap();
    assert_eq!(reply.headers()["content-type"], "image/png");
    assert_eq!(size(&reply.bytes().await.unwrap()), (80, 60));
    let parts = last(&sandbox).await.parts;
    assert_eq!(parts[0], ("image".to_owned(), file.len() as u64));
    assert_eq!(form("3").await.unwrap().status(), 400);
    let wrong = changed(old.clone(), json!({ "width": 41 }));
    assert_eq!(ask(&sandbox, "/ai/upscale", wrong).await.status(), 400);

    let strict = start_with(Options {
        legacy: false,
        ..Options::default()
    })
    .await;
    let (status, message) = message(ask(&strict, "/ai/upscale", old).await).await;
    assert_eq!(
        (status, message.as_str()),
        (400, "Validation error: model  doesn't exist")
    );
}

#[tokio::test]
async fn every_director_tool_gives_its_pictures_and_says_what_it_did() {
    let sandbox = start().await;
    let source = painted(&sandbox).await;
    for (tool, extra, pictures, comment) in [
        ("lineart", json!({}), 1, r#"{"req_type": "lineart"}"#),
        ("sketch", json!({}), 1, r#"{"req_type": "sketch"}"#),
        ("declutter", json!({}), 1, r#"{"req_type": "declutter"}"#),
        (
            "declutter-keep-bubbles",
            json!({}),
            1,
            r#"{"req_type": "declutter-keep-bubbles"}"#,
        ),
        ("bg-removal", json!({}), 3, r#"{"req_type": "bg-removal"}"#),
        (
            "colorize",
            json!({ "prompt": "blue hair", "defry": 1 }),
            1,
            r#"{"req_type": "colorize", "prompt": "blue hair", "defry": 1}"#,
        ),
        (
            "emotion",
            json!({ "prompt": "happy;;smile", "defry": 0 }),
            1,
            r#"{"req_type": "emotion", "prompt": "happy;;smile", "defry": 0}"#,
        ),
    ] {
        let reply = ask(&sandbox, "/ai/augment-image", changed(augment(&source, tool), extra)).await;
        assert_eq!(reply.status(), 200, "{tool}");
        let files = unpacked(&reply.bytes().await.unwrap());
        assert_eq!(files.len(), pictures, "{tool}");
        for (index, (name, file, method)) in files.iter().enumerate() {
            assert_eq!(name, &format!("image_{index}.png"));
            assert_eq!(*method, zip::CompressionMethod::Stored);
            assert_eq!(size(file), (192, 256));
            let words = texts(file);
            let word = |key: &str| {
                words
                    .iter()
                    .find(|(name, _)| name == key)
                    .map(|(_, text)| text.as_str())
            };
            assert_eq!(word("Title"), Some("AI augmented image"));
            assert_eq!(word("Software"), Some("NovelAI"));
            assert_eq!(word("Comment"), Some(comment));
            assert!(word("Generation time").unwrap().ends_with('s'));
            assert_eq!(words.len(), 4);
            let has_alpha = image::load_from_memory(file).unwrap().color().has_alpha();
            assert_eq!(has_alpha, tool == "bg-removal");
        }
        assert_ne!(files[0].1, source);
    }
}

#[tokio::test]
async fn a_background_is_removed_and_the_figure_stays() {
    let sandbox = start().await;
    let prompt = "1girl, portrait, red hair, city, night";
    let body = with(
        v45(),
        json!({ "v4_prompt": { "caption": { "base_caption": prompt, "char_captions": [] } }, "width": 320, "height": 448 }),
    );
    let body = changed(body, json!({ "input": prompt }));
    let source = unpacked(&generate(&sandbox, &body).await.bytes().await.unwrap())
        .remove(0)
        .1;
    let reply = ask(&sandbox, "/ai/augment-image", augment(&source, "bg-removal")).await;
    for (_, file, _) in unpacked(&reply.bytes().await.unwrap()) {
        let cut = image::load_from_memory(&file).unwrap().into_rgba8();
        let share = cut.pixels().filter(|pixel| pixel[3] > 127).count() as f32 / (320.0 * 448.0);
        assert!((0.12..0.8).contains(&share), "{share} of it is left");
        assert_eq!(cut.get_pixel(4, 4)[3], 0);
        assert!(cut.get_pixel(160, 250)[3] > 200);
    }
}

#[tokio::test]
async fn a_director_tool_refuses_what_it_cannot_take() {
    let sandbox = start().await;
    let file = plain(64, 96);
    for (tool, change, words) in [
        ("pixel-snap", json!({}), "req_type"),
        (
            "lineart",
            json!({ "width": 96 }),
            "width must be the image's, which is 64",
        ),
        ("lineart", json!({ "height": null }), "height must be"),
        ("lineart", json!({ "image": "AAAA" }), "image is not a picture"),
        ("emotion", json!({ "prompt": "happy" }), ";;"),
        ("emotion", json!({ "prompt": "hungry;;" }), "hungry"),
        ("emotion", json!({ "prompt": "happy;;", "defry": 6 }), "defry"),
        ("colorize", json!({ "prompt": "", "defry": 0.5 }), "defry"),
        ("colorize", json!({ "prompt": 7 }), "prompt"),
    ] {
        let (status, message) =
            message(ask(&sandbox, "/ai/augment-image", changed(augment(&file, tool), change)).await).await;
        assert_eq!(status, 400, "{tool}: {message}");
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(sandbox.books().charged, 0);
}

#[tokio::test]
async fn director_tools_cost_what_the_service_takes() {
    let sandbox = start_with(Options {
        tier: 3,
        anlas: 70,
        ..Options::default()
    })
    .await;
    let file = plain(64, 64);
    ask(&sandbox, "/ai/augment-image", augment(&file, "lineart")).await;
    assert_eq!(last(&sandbox).await.anlas, 0);
    ask(&sandbox, "/ai/augment-image", augment(&file, "bg-removal")).await;
    assert_eq!(last(&sandbox).await.anlas, 65);
    sandbox.set_tier(1);
    let (status, message) = message(ask(&sandbox, "/ai/augment-image", augment(&file, "lineart")).await).await;
    assert_eq!((status, message.as_str()), (402, "Not enough Anlas"));
    assert!(!last(&sandbox).await.ran);
    sandbox.set_anlas(20);
    assert_eq!(
        ask(&sandbox, "/ai/augment-image", augment(&file, "lineart"))
            .await
            .status(),
        200
    );
    assert_eq!(sandbox.books().anlas, 0);
}

#[tokio::test]
async fn a_vibe_is_opaque_and_never_the_same_twice() {
    let sandbox = start().await;
    let body = json!({
        "image": STANDARD.encode(plain(64, 64)), "model": "nai-diffusion-4-5-full", "information_extracted": 0.7,
    });
    let mut seen = Vec::new();
    for _ in 0..2 {
        let reply = ask(&sandbox, "/ai/encode-vibe", body.clone()).await;
        assert_eq!(reply.headers()["content-type"], "application/binary");
        let bytes = reply.bytes().await.unwrap();
        assert_eq!(STANDARD.encode(&bytes).len(), 65_224);
        assert!(image::guess_format(&bytes).is_err());
        assert_eq!(last(&sandbox).await.anlas, 2);
        seen.push(bytes);
    }
    assert_ne!(seen[0], seen[1]);
    for change in [
        json!({ "model": "nai-diffusion-5-full" }),
        json!({ "model": "nai-diffusion-3" }),
        json!({ "model": "nai-diffusion-4-5-full-inpainting" }),
        json!({ "information_extracted": 0 }),
        json!({ "information_extracted": 1.1 }),
        json!({ "image": "" }),
    ] {
        assert_eq!(
            ask(&sandbox, "/ai/encode-vibe", changed(body.clone(), change.clone()))
                .await
                .status(),
            400,
            "{change}"
        );
    }
    assert_eq!(sandbox.books().charged, 4);
}

#[tokio::test]
async fn annotations_are_maps_of_the_same_size() {
    let sandbox = start().await;
    let source = painted(&sandbox).await;
    let body = |model: &str| json!({ "model": model, "parameters": { "image": STANDARD.encode(&source) } });
    for model in ["hed", "midas", "fake_scribble", "mlsd", "uniformer", "canny"] {
        let reply = ask(&sandbox, "/ai/annotate-image", body(model)).await;
        let files = unpacked(&reply.bytes().await.unwrap());
        assert_eq!((files.len(), size(&files[0].1)), (1, (192, 256)), "{model}");
    }
    assert_eq!(last(&sandbox).await.anlas, 0);
    assert_eq!(
        ask(&sandbox, "/ai/annotate-image", body("openpose")).await.status(),
        400
    );
    assert_eq!(
        ask(&sandbox, "/ai/annotate-image", json!({ "model": "hed" }))
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn a_picture_is_classified_from_json_and_from_a_form() {
    let sandbox = start().await;
    let file = plain(64, 64);
    let image = json!({ "image": STANDARD.encode(&file) });
    let first: Value = ask(&sandbox, "/ai/classify-image", image.clone())
        .await
        .json()
        .await
        .unwrap();
    let labels = first["labels"].as_array().unwrap();
    assert!(
        labels
            .iter()
            .all(|label| (0.0..=1.0).contains(&label["score"].as_f64().unwrap()))
    );
    let url = format!("{}/ai/classify", sandbox.url());
    let form = reqwest::multipart::Form::new().part("image", reqwest::multipart::Part::bytes(file).file_name("a.png"));
    let reply = Client::new()
        .post(url)
        .bearer_auth(TOKEN)
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.json::<Value>().await.unwrap(), first);
    assert_eq!(ask(&sandbox, "/ai/classify", json!({})).await.status(), 400);
}

#[tokio::test]
async fn a_prompt_goes_on() {
    let sandbox = start().await;
    let body = json!({ "model": "any", "prompt": "1girl, city", "temp": 0.8, "tokens_to_generate": 20 });
    let reply = ask(&sandbox, "/ai/generate-prompt", body.clone()).await;
    assert_eq!(reply.status(), 201);
    let first: Value = reply.json().await.unwrap();
    assert!(first["output"].as_str().unwrap().starts_with("1girl, city, "));
    assert_eq!(
        ask(&sandbox, "/ai/generate-prompt", body)
            .await
            .json::<Value>()
            .await
            .unwrap(),
        first
    );
    assert_eq!(
        ask(&sandbox, "/ai/generate-prompt", json!({ "prompt": "x" }))
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn what_costs_runs_one_at_a_time() {
    let sandbox = start_with(Options {
        step_delay: Duration::from_millis(100),
        ..Options::default()
    })
    .await;
    let file = plain(64, 64);
    let first = tokio::spawn(post(&sandbox, "/ai/augment-image", &augment(&file, "lineart")).send());
    while !sandbox.is_busy() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (status, message) = message(ask(&sandbox, "/ai/upscale", upscale(&file)).await).await;
    assert_eq!((status, message.as_str()), (429, "Concurrent generation is locked"));
    assert_eq!(generate(&sandbox, &v45()).await.status(), 429);
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert!(!sandbox.is_busy());
}

#[tokio::test]
async fn tools_fail_as_told_before_and_after_the_charge() {
    let sandbox = start().await;
    let file = plain(64, 64);
    let status = |after_charging| Fault::Status {
        status: 503,
        body: None,
        retry_after: None,
        after_charging,
    };
    sandbox.fail_path("/ai/upscale", status(false), Some(1));
    sandbox.fail_path("/ai/upscale", status(true), Some(1));
    sandbox.fail_path("/ai/upscale", Fault::CutBody { after_bytes: 100 }, Some(1));
    sandbox.fail_path("/ai/upscale", Fault::WrongContentType, Some(1));
    assert_eq!(ask(&sandbox, "/ai/upscale", upscale(&file)).await.status(), 503);
    assert_eq!((last(&sandbox).await.ran, sandbox.books().charged), (false, 0));
    assert_eq!(ask(&sandbox, "/ai/upscale", upscale(&file)).await.status(), 503);
    assert_eq!((last(&sandbox).await.ran, sandbox.books().charged), (true, 1));
    assert!(
        ask(&sandbox, "/ai/upscale", upscale(&file))
            .await
            .bytes()
            .await
            .is_err()
    );
    assert!(!last(&sandbox).await.pictures[0].delivered);
    let wrong = ask(&sandbox, "/ai/upscale", upscale(&file)).await;
    assert_eq!(wrong.headers()["content-type"], "text/plain");
    assert_eq!(ask(&sandbox, "/ai/upscale", upscale(&file)).await.status(), 200);
    sandbox.fail_next(status(false));
    assert_eq!(
        ask(&sandbox, "/ai/upscale", upscale(&file)).await.status(),
        200,
        "what waits for a generation doesn't strike a tool"
    );
}
