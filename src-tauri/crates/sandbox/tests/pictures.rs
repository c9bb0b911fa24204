//! Starting from pictures and following them, over HTTP: img2img, infill, vibes, references, multipart, transparency.
//! What comes back is judged by its pixels.

#![allow(clippy::unwrap_used, reason = "this is test code, though not in a test function")]

mod common;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::*;
use image::{Rgba, RgbaImage};
use reqwest::{Client, Response, multipart};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

const WIDTH: u32 = 192;
const HEIGHT: u32 = 256;

fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

fn encoded(picture: &RgbaImage) -> String {
    STANDARD.encode(png(picture))
}

/// A picture that the painter would never paint: orange and teal stripes.
fn stripes() -> RgbaImage {
    RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let wave = ((x + y) % 32) as u8;
        if (x / 24) % 2 == 0 {
            Rgba([220, 120 + wave, 40, 255])
        } else {
            Rgba([30, 140 - wave, 150, 255])
        }
    })
}

/// White is to be repainted: a block of cells in the middle.
fn mask() -> RgbaImage {
    RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| {
        if inside(x, y) {
            Rgba([255, 255, 255, 255])
        } else {
            Rgba([0, 0, 0, 255])
        }
    })
}

fn inside(x: u32, y: u32) -> bool {
    (48..136).contains(&x) && (64..200).contains(&y)
}

fn img2img(changes: Value) -> Value {
    let mut body = with(
        v45(),
        json!({ "image": encoded(&stripes()), "strength": 0.7, "noise": 0, "extra_noise_seed": 5 }),
    );
    body["action"] = json!("img2img");
    with(body, changes)
}

fn infill(changes: Value) -> Value {
    let mut body = with(
        v45(),
        json!({
            "image": encoded(&stripes()), "mask": encoded(&mask()), "strength": 0.7, "noise": 0, "extra_noise_seed": 5,
            "add_original_image": false
        }),
    );
    body["action"] = json!("infill");
    body["model"] = json!("nai-diffusion-4-5-full-inpainting");
    with(body, changes)
}

async fn file(reply: Response) -> Vec<u8> {
    assert_eq!(reply.status(), 200, "{}", reply.text().await.unwrap());
    let body: Value = reply.json().await.unwrap();
    STANDARD.decode(body["images"][0]["image"].as_str().unwrap()).unwrap()
}

async fn paint(sandbox: &Sandbox, body: &Value) -> RgbaImage {
    let reply = post(sandbox, "/ai/generate-image", body).header("accept", "application/json");
    image::load_from_memory(&file(reply.send().await.unwrap()).await)
        .unwrap()
        .to_rgba8()
}

async fn refusal(sandbox: &Sandbox, body: &Value) -> (u16, String) {
    let reply = generate(sandbox, body).await;
    let status = reply.status().as_u16();
    let body: Value = reply.json().await.unwrap();
    (status, body["message"].as_str().unwrap().to_owned())
}

/// The mean difference of the colours, from 0 to 255.
fn apart(a: &RgbaImage, b: &RgbaImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a
        .pixels()
        .zip(b.pixels())
        .map(|(a, b)| (0..3).map(|part| u64::from(a.0[part].abs_diff(b.0[part]))).sum::<u64>())
        .sum();
    sum as f64 / f64::from(a.width() * a.height() * 3)
}

fn mean(picture: &RgbaImage) -> [f64; 3] {
    let count = f64::from(picture.width() * picture.height());
    [0, 1, 2].map(|part| picture.pixels().map(|pixel| f64::from(pixel.0[part])).sum::<f64>() / count)
}

#[tokio::test]
async fn the_stronger_it_is_painted_over_the_less_is_left_of_the_source() {
    let sandbox = start().await;
    let fresh = paint(&sandbox, &v45()).await;
    let (mut from_source, mut from_fresh) = (Vec::new(), Vec::new());
    for strength in [0.01, 0.2, 0.5, 0.7, 0.99] {
        let picture = paint(&sandbox, &img2img(json!({ "strength": strength }))).await;
        from_source.push(apart(&picture, &stripes()));
        from_fresh.push(apart(&picture, &fresh));
    }
    assert!(from_source.is_sorted_by(|a, b| a < b), "{from_source:?}");
    assert!(from_fresh.is_sorted_by(|a, b| a > b), "{from_fresh:?}");
    assert!(
        from_source[0] < 2.0 && from_fresh[4] < 2.0,
        "{from_source:?} {from_fresh:?}"
    );
    assert!(
        from_source[1] < 12.0,
        "a weak repainting keeps the picture: {from_source:?}"
    );
}

#[tokio::test]
async fn noise_varies_and_colour_correction_keeps_the_colours() {
    let sandbox = start().await;
    let plain = paint(&sandbox, &img2img(json!({ "strength": 0.3 }))).await;
    let noisy = |seed: u32| img2img(json!({ "strength": 0.3, "noise": 0.4, "extra_noise_seed": seed }));
    let (first, second) = (paint(&sandbox, &noisy(1)).await, paint(&sandbox, &noisy(2)).await);
    assert!(apart(&plain, &first) > 3.0 && apart(&first, &second) > 3.0);
    assert_eq!(first, paint(&sandbox, &noisy(1)).await);
    let far = |picture: &RgbaImage| {
        let pairs = mean(picture).into_iter().zip(mean(&stripes()));
        pairs.map(|(a, b)| (a - b).abs()).sum::<f64>()
    };
    let loose = paint(&sandbox, &img2img(json!({ "strength": 0.9 }))).await;
    let correct = paint(&sandbox, &img2img(json!({ "strength": 0.9, "color_correct": true }))).await;
    assert!(
        far(&correct) < 15.0 && far(&correct) * 3.0 < far(&loose),
        "{} {}",
        far(&correct),
        far(&loose)
    );
}

#[tokio::test]
async fn an_infill_touches_nothing_but_the_white_of_the_mask() {
    let sandbox = start().await;
    let source = stripes();
    let small = RgbaImage::from_fn(WIDTH / 8, HEIGHT / 8, |x, y| *mask().get_pixel(x * 8, y * 8));
    let mut same = Vec::new();
    for changes in [
        json!({}),
        json!({ "mask": encoded(&small) }),
        json!({ "inpaintImg2ImgStrength": 0.5, "img2img": { "strength": 0.5, "color_correct": true } }),
        json!({ "add_original_image": true, "seed": 77 }),
    ] {
        let picture = paint(&sandbox, &infill(changes.clone())).await;
        let (mut changed, mut total) = (0, 0);
        for (x, y, pixel) in picture.enumerate_pixels() {
            let before = source.get_pixel(x, y);
            let differs = pixel.0[..3] != before.0[..3];
            assert!(
                inside(x, y) || !differs,
                "{changes}: {x},{y} was {before:?} and is {pixel:?}"
            );
            changed += u32::from(differs);
            total += u32::from(inside(x, y));
        }
        assert!(
            changed * 10 > total * 9,
            "{changes}: {changed} of {total} pixels are new"
        );
        same.push(picture);
    }
    assert_eq!(same[0], same[1], "both sizes of masks mean the same");
    assert_ne!(same[0], same[3]);
    let v3 = json!({ "v4_prompt": null, "v4_negative_prompt": null, "strength": 0.4 });
    for model in ["nai-diffusion-3-inpainting", "nai-diffusion-5-full-inpainting"] {
        let mut body = infill(if model.contains("-3-") { v3.clone() } else { json!({}) });
        body["model"] = json!(model);
        let picture = paint(&sandbox, &body).await;
        assert!(
            picture
                .enumerate_pixels()
                .all(|(x, y, pixel)| inside(x, y) || pixel.0[..3] == source.get_pixel(x, y).0[..3])
        );
    }
}

#[tokio::test]
async fn an_empty_mask_repaints_nothing_and_a_full_one_everything() {
    let sandbox = start().await;
    let plain = |level: u8| encoded(&RgbaImage::from_pixel(WIDTH, HEIGHT, Rgba([level, level, level, 255])));
    let nothing = paint(&sandbox, &infill(json!({ "mask": plain(154) }))).await;
    assert_eq!(apart(&nothing, &stripes()), 0.0);
    let everything = paint(&sandbox, &infill(json!({ "mask": plain(155) }))).await;
    assert!(apart(&everything, &stripes()) > 30.0);
}

#[tokio::test]
async fn repainting_with_the_same_prompt_and_seed_gives_something_else() {
    let sandbox = start().await;
    let picture = paint(&sandbox, &v45()).await;
    let again = paint(&sandbox, &infill(json!({ "image": encoded(&picture) }))).await;
    assert!(apart(&picture, &again) > 2.0, "{}", apart(&picture, &again));
    let over = paint(
        &sandbox,
        &img2img(json!({ "image": encoded(&picture), "strength": 0.2 })),
    )
    .await;
    assert!(apart(&picture, &over) < 2.0, "{}", apart(&picture, &over));
}

#[tokio::test]
async fn models_that_repaint_holes_do_nothing_else_and_the_others_not_that() {
    let sandbox = start().await;
    let mut curated = infill(json!({}));
    curated["model"] = json!("nai-diffusion-5-curated-inpainting");
    let message = "Validation error: model nai-diffusion-5-curated-inpainting doesn't exist";
    assert_eq!(refusal(&sandbox, &curated).await, (400, message.into()));
    let mut base = infill(json!({}));
    base["model"] = json!("nai-diffusion-4-5-full");
    let message = "Validation error: model nai-diffusion-4-5-full doesn't support action infill";
    assert_eq!(refusal(&sandbox, &base).await, (400, message.into()));
    let mut generate = v45();
    generate["model"] = json!("nai-diffusion-4-5-full-inpainting");
    assert!(
        refusal(&sandbox, &generate)
            .await
            .1
            .ends_with("doesn't support action generate")
    );
    assert_eq!(sandbox.books().charged, 0);
}

#[tokio::test]
async fn fewer_steps_are_shown_when_it_starts_from_a_picture() {
    let sandbox = start().await;
    let body = streamed(img2img(json!({ "steps": 20, "strength": 0.5 })));
    let frames = frames(&stream(&sandbox, &body).await.bytes().await.unwrap());
    let steps: Vec<_> = frames.iter().map(|frame| frame.step_ix).collect();
    assert_eq!(steps, [(0..9).map(Some).collect(), vec![None]].concat());
    assert!(frames[0].sigma.unwrap() < 2000.0);
    let shown = |frame: &Frame| {
        image::load_from_memory(frame.image.as_ref().unwrap())
            .unwrap()
            .to_rgba8()
    };
    let last = shown(&frames[9]);
    assert!(apart(&shown(&frames[8]), &last) < apart(&shown(&frames[0]), &last));
    // What is kept by an infill is seen from the first preview on.
    let body = streamed(infill(json!({ "steps": 20 })));
    let frames = common::frames(&stream(&sandbox, &body).await.bytes().await.unwrap());
    assert_eq!(frames.len(), 20);
    let first = shown(&frames[0]);
    let corner = |picture: &RgbaImage| image::imageops::crop_imm(picture, 0, 0, 40, 60).to_image();
    let hole = |picture: &RgbaImage| image::imageops::crop_imm(picture, 56, 72, 64, 100).to_image();
    assert!(apart(&corner(&first), &corner(&stripes())) < 25.0);
    assert!(apart(&hole(&first), &hole(&shown(&frames[19]))) > 25.0);
}

#[tokio::test]
async fn both_framings_carry_the_same() {
    let sandbox = start().await;
    let body = img2img(json!({ "steps": 8, "n_samples": 2, "image_format": "webp" }));
    let packed = stream(&sandbox, &streamed(body.clone())).await.bytes().await.unwrap();
    let events = stream(&sandbox, &with(body, json!({ "stream": "sse" })))
        .await
        .text()
        .await
        .unwrap();
    let mut read = Vec::new();
    for record in events.split_terminator("\n\n") {
        let (event, data) = record.strip_prefix("event: ").unwrap().split_once("\ndata: ").unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["event_type"], event);
        let image = STANDARD.decode(data["image"].as_str().unwrap()).unwrap();
        // The finished file says in which framing it was asked for; its pixels are the same.
        let image = if event == "final" {
            image::load_from_memory(&image).unwrap().to_rgb8().into_raw()
        } else {
            image
        };
        let number = |name: &str| data.get(name).and_then(Value::as_f64);
        read.push((
            event.to_owned(),
            number("samp_ix"),
            number("step_ix"),
            number("sigma"),
            image,
        ));
    }
    let frames: Vec<_> = frames(&packed)
        .into_iter()
        .map(|frame| {
            let image = frame.image.unwrap();
            let last = frame.event_type == "final";
            let image = if last {
                image::load_from_memory(&image).unwrap().to_rgb8().into_raw()
            } else {
                image
            };
            let (sample, step) = (Some(f64::from(frame.samp_ix)), frame.step_ix.map(f64::from));
            (frame.event_type, sample, step, frame.sigma, image)
        })
        .collect();
    assert_eq!(frames.len(), 2 * 5 + 2);
    assert!(frames == read);
}

#[tokio::test]
async fn a_multipart_gives_the_same_picture_as_base64() {
    let sandbox = start().await;
    let url = format!("{}/ai/generate-image", sandbox.url());
    let send = async |body: &Value, parts: Vec<(&'static str, Vec<u8>)>| {
        let request = multipart::Part::text(body.to_string())
            .file_name("blob")
            .mime_str("application/json")
            .unwrap();
        let mut form = multipart::Form::new().part("request", request);
        for (name, bytes) in parts {
            form = form.part(
                name,
                multipart::Part::bytes(bytes)
                    .file_name("blob")
                    .mime_str("image/png")
                    .unwrap(),
            );
        }
        let request = Client::new()
            .post(&url)
            .bearer_auth(TOKEN)
            .header("accept", "application/json");
        request.multipart(form).send().await.unwrap()
    };
    let named = infill(json!({ "image": "image", "mask": "mask" }));
    let reply = send(&named, vec![("image", png(&stripes())), ("mask", png(&mask()))]).await;
    let by_parts = file(reply).await;
    let plain = post(&sandbox, "/ai/generate-image", &infill(json!({}))).header("accept", "application/json");
    assert_eq!(by_parts, file(plain.send().await.unwrap()).await);
    let sizes: Vec<_> = sandbox.books().exchanges[0]
        .parts
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(sizes, ["image", "mask"]);
    let inline = send(&infill(json!({})), vec![]).await;
    assert_eq!(inline.status(), 400);
    let message = inline.json::<Value>().await.unwrap()["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.starts_with("image field references unknown form part \""),
        "{message}"
    );
    // References by name, one of them missing.
    let mut body = referring(
        json!({ "director_reference_images": ["director_ref_0", "director_ref_1"] }),
        2,
    );
    let canvas = png(&RgbaImage::from_pixel(1472, 1472, Rgba([10, 200, 90, 255])));
    let one = send(&body, vec![("director_ref_0", canvas.clone())]).await;
    assert!(
        one.text()
            .await
            .unwrap()
            .contains("unknown form part \\\"director_ref_1\\\"")
    );
    let both = send(
        &body,
        vec![("director_ref_0", canvas.clone()), ("director_ref_1", canvas.clone())],
    )
    .await;
    assert_eq!(both.status(), 200);
    assert_eq!(last(&sandbox).await.anlas, 10);
    // A stream takes the same form.
    body["parameters"]["stream"] = json!("msgpack");
    let form = multipart::Form::new()
        .part(
            "request",
            multipart::Part::text(body.to_string())
                .file_name("blob")
                .mime_str("application/json")
                .unwrap(),
        )
        .part(
            "director_ref_0",
            multipart::Part::bytes(canvas.clone()).file_name("blob"),
        )
        .part("director_ref_1", multipart::Part::bytes(canvas).file_name("blob"));
    let request = Client::new()
        .post(format!("{url}-stream"))
        .bearer_auth(TOKEN)
        .multipart(form);
    let bytes = request.send().await.unwrap().bytes().await.unwrap();
    assert_eq!(frames(&bytes).last().unwrap().event_type, "final");
}

/// A request with so many references.
fn referring(changes: Value, count: usize) -> Value {
    let canvas = RgbaImage::from_pixel(1024, 1536, Rgba([10, 200, 90, 255]));
    let description =
        json!({ "caption": { "base_caption": "character&style", "char_captions": [] }, "legacy_uc": false });
    let body = with(
        v45(),
        json!({
            "director_reference_images": vec![encoded(&canvas); if changes.get("director_reference_images").is_some() { 0 } else { count }],
            "director_reference_descriptions": vec![description; count],
            "director_reference_information_extracted": vec![1; count],
            "director_reference_strength_values": vec![1; count],
            "director_reference_secondary_strength_values": vec![0; count],
        }),
    );
    with(body, changes)
}

fn comment(file: &[u8]) -> Value {
    let reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let chunk = reader
        .info()
        .uncompressed_latin1_text
        .iter()
        .find(|chunk| chunk.keyword == "Comment")
        .unwrap();
    serde_json::from_str(&chunk.text).unwrap()
}

#[tokio::test]
async fn vibes_and_references_colour_the_picture_and_are_noted() {
    let sandbox = start().await;
    let ask = async |body: &Value| {
        let reply = post(&sandbox, "/ai/generate-image", body).header("accept", "application/json");
        file(reply.send().await.unwrap()).await
    };
    let pixels = |file: &[u8]| image::load_from_memory(file).unwrap().to_rgba8();
    let plain = ask(&v45()).await;
    let green = ask(&referring(json!({}), 1)).await;
    let lead = |file: &[u8]| {
        let [red, green, blue] = mean(&pixels(file));
        green - (red + blue) / 2.0
    };
    assert!(lead(&green) > lead(&plain) + 20.0, "{} {}", lead(&green), lead(&plain));
    let noted = comment(&green);
    assert_eq!(noted["director_reference_strengths"], json!([1.0]));
    assert_eq!(noted["director_reference_secondary_strengths"], json!([0.0]));
    assert!(noted.get("director_reference_images").is_none() && noted.get("image").is_none());
    assert_eq!(
        last(&sandbox).await.anlas,
        5,
        "the picture is free, its reference is not"
    );

    let vibe = STANDARD.encode([b"some vibe of somebody's".as_slice(), &[3; 2000]].concat());
    let vibes = |count: usize, strength: f64| {
        let list = json!({ "reference_image_multiple": vec![&vibe; count], "reference_strength_multiple": vec![strength; count] });
        with(v45(), list)
    };
    let toned = ask(&vibes(1, 0.6)).await;
    assert!(apart(&pixels(&plain), &pixels(&toned)) > 3.0);
    let weak = ask(&vibes(1, 0.1)).await;
    assert!(apart(&pixels(&plain), &pixels(&weak)) < apart(&pixels(&plain), &pixels(&toned)));
    let noted = comment(&toned);
    assert_eq!(
        (
            &noted["reference_image_multiple"],
            &noted["reference_strength_multiple"]
        ),
        (&json!([vibe]), &json!([0.6]))
    );
    assert_eq!(last(&sandbox).await.anlas, 0);
    ask(&vibes(6, 0.2)).await;
    assert_eq!(last(&sandbox).await.anlas, 4);
    let raw = with(v45(), json!({ "reference_image_multiple": [encoded(&stripes())] }));
    assert_eq!(refusal(&sandbox, &raw).await, (500, "Internal Server Error".into()));
    let mut v3 = with(
        v45(),
        json!({
            "reference_image_multiple": vec![encoded(&stripes()); 6], "reference_strength_multiple": vec![0.6; 6],
            "reference_information_extracted_multiple": vec![1; 6]
        }),
    );
    v3["model"] = json!("nai-diffusion-3");
    let noted = comment(&ask(&v3).await);
    assert!(noted.get("reference_image_multiple").is_none() && noted.get("v4_prompt").is_none());
    assert_eq!(last(&sandbox).await.anlas, 0);
}

#[tokio::test]
async fn what_encode_vibe_makes_of_a_picture_gives_others_its_colours() {
    let sandbox = start().await;
    let encode = async |colour: [u8; 4]| {
        let picture = RgbaImage::from_fn(256, 256, |x, y| {
            if (x + y) % 64 < 32 {
                Rgba(colour)
            } else {
                Rgba([20, 20, 20, 255])
            }
        });
        let body = json!({ "image": encoded(&picture), "model": "nai-diffusion-4-5-full", "information_extracted": 1 });
        let reply = post(&sandbox, "/ai/encode-vibe", &body).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        STANDARD.encode(reply.bytes().await.unwrap())
    };
    let mut means = Vec::new();
    for colour in [[220, 40, 40, 255], [40, 40, 220, 255]] {
        let vibe = encode(colour).await;
        let body = with(
            v45(),
            json!({ "reference_image_multiple": [vibe], "reference_strength_multiple": [1] }),
        );
        means.push(mean(&paint(&sandbox, &body).await));
        assert_eq!(last(&sandbox).await.anlas, 0, "an encoded vibe costs nothing more");
    }
    assert!(
        means[0][0] > means[1][0] + 20.0 && means[1][2] > means[0][2] + 20.0,
        "{means:?}"
    );
}

#[tokio::test]
async fn what_a_picture_started_from_is_in_its_metadata() {
    let sandbox = start().await;
    let noted = async |body: &Value| {
        let reply = post(&sandbox, "/ai/generate-image", body).header("accept", "application/json");
        comment(&file(reply.send().await.unwrap()).await)
    };
    let over = noted(&img2img(json!({ "strength": 0.4, "noise": 0.1 }))).await;
    assert_eq!(over["request_type"], "Img2ImgRequest");
    assert_eq!(
        (&over["strength"], &over["noise"], &over["extra_noise_seed"]),
        (&json!(0.4), &json!(0.1), &json!(5))
    );
    let hole = noted(&infill(json!({}))).await;
    assert_eq!(hole["request_type"], "NativeInfillingRequest");
    assert!(hole.get("mask").is_none() && hole.get("image").is_none());
    let fresh = noted(&with(v45(), json!({ "strength": 0.4 }))).await;
    assert_eq!(fresh["request_type"], "PromptGenerateRequest");
    assert!(fresh.get("strength").is_none());
}

#[tokio::test]
async fn the_max_enhance_paints_three_megapixels_and_bills_them() {
    let sandbox = start().await;
    let mut body = with(
        v5(),
        json!({ "image": encoded(&stripes()), "strength": 0.2, "noise": 0, "upscaled_enhance": true }),
    );
    body["action"] = json!("img2img");
    let picture = paint(&sandbox, &body).await;
    assert_eq!(picture.dimensions(), (1536, 2048));
    let small = image::imageops::thumbnail(&picture, WIDTH, HEIGHT);
    assert!(apart(&small, &stripes()) < 25.0, "{}", apart(&small, &stripes()));
    // ceil(2.951823174884865e-6 · 3145728 + 5.753298233447344e-7 · 3145728 · 4) = 17, times 1.5 and 0.2: 5.1
    assert_eq!(last(&sandbox).await.anlas, 6);
}

#[tokio::test]
async fn a_transparent_source_stays_transparent_where_v5_is_asked_for_it() {
    let sandbox = start().await;
    let prompt = json!({ "caption": { "base_caption": "1girl, transparent background", "char_captions": [] } });
    let clear = with(
        v5(),
        json!({ "v4_prompt": prompt, "tag_hint_transparent_background": true }),
    );
    let alone = paint(&sandbox, &clear).await;
    assert_eq!(alone.get_pixel(0, 0).0[3], 0);
    assert!(alone.pixels().filter(|pixel| pixel.0[3] == 255).count() > 2000);
    assert!(
        alone.pixels().any(|pixel| (1..255).contains(&pixel.0[3])),
        "edges are soft"
    );
    let mut over = with(clear.clone(), json!({ "image": encoded(&alone), "strength": 0.5 }));
    over["action"] = json!("img2img");
    let again = paint(&sandbox, &over).await;
    assert_eq!(again.get_pixel(0, 0).0[3], 0);
    let opaque = paint(
        &sandbox,
        &img2img(json!({ "image": encoded(&alone), "strength": 0.01 })),
    )
    .await;
    assert_eq!(opaque.get_pixel(0, 0).0[..3], [255; 3], "elsewhere it stands on white");
    assert!(opaque.pixels().all(|pixel| pixel.0[3] >= 254));
}

#[tokio::test]
async fn the_allowance_comes_back_with_time() {
    let sandbox = start_with(Options {
        usage_percent: -1,
        percent_every: Duration::from_millis(400),
        ..Options::default()
    })
    .await;
    generate(&sandbox, &v5()).await.bytes().await.unwrap();
    assert_eq!(
        last(&sandbox).await.anlas,
        2,
        "nothing is free while the allowance is used up"
    );
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert!(sandbox.books().usage_percent > 0.0);
    generate(&sandbox, &v5()).await.bytes().await.unwrap();
    assert_eq!(last(&sandbox).await.anlas, 0);
}

#[tokio::test]
async fn hostile_pictures_are_refused_and_cost_nothing() {
    let sandbox = start().await;
    let mut bomb = png(&stripes());
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let cut = &png(&stripes())[..400];
    for image in [
        STANDARD.encode(&bomb),
        STANDARD.encode(cut),
        STANDARD.encode(b"GIF89a"),
        "data:image/png;base64,AA".into(),
        String::new(),
    ] {
        let (status, message) = refusal(&sandbox, &img2img(json!({ "image": image }))).await;
        assert_eq!(status, 400, "{message}");
        assert!(message.contains("parameters.image"), "{message}");
    }
    assert_eq!(sandbox.books().charged, 0);
}
