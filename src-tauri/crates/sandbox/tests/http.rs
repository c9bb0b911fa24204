//! The sandbox over HTTP: what it answers and what it enters in its books.

mod common;

use std::io::{Cursor, Read as _};

use common::*;
use reqwest::Client;
use sandbox::Options;
use serde_json::{Value, json};
use sha2::Digest as _;

#[tokio::test]
async fn a_zip_holds_one_picture_for_each_sample() {
    let sandbox = start().await;
    let reply = generate(&sandbox, &with(v45(), json!({ "n_samples": 2 }))).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "binary/octet-stream");
    assert_eq!(
        reply.headers()["content-disposition"],
        "attachment; filename=images.zip"
    );
    let bytes = reply.bytes().await.unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 2);
    let exchange = last(&sandbox).await;
    for index in 0..2 {
        let mut entry = archive.by_index(index).unwrap();
        assert_eq!(entry.name().unwrap(), format!("image_{index}.png"));
        assert_eq!(entry.compression(), zip::CompressionMethod::Deflated);
        let mut file = Vec::new();
        entry.read_to_end(&mut file).unwrap();
        let decoded = image::load_from_memory(&file).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (192, 256));
        let entered = &exchange.pictures[index];
        let hash: String = sha2::Sha256::digest(&file)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(entered.sha256, hash);
        assert_eq!(entered.seed, 1234567890 + index as u32);
        assert!(entered.delivered);
    }
    assert!(exchange.delivered && exchange.ran);
    assert_eq!(exchange.anlas, 2, "one of the two is on the house");
    assert_eq!(sandbox.books().anlas, 10_000 - 2);
}

#[tokio::test]
async fn a_client_that_accepts_json_gets_base64() {
    let sandbox = start().await;
    let reply = post(&sandbox, "/ai/generate-image", &v45())
        .header("accept", "application/json")
        .send()
        .await
        .unwrap();
    let body: Value = reply.json().await.unwrap();
    assert_eq!(body["images"][0]["index"], 0);
    assert_eq!(body["images"][0]["seed"], 1234567890);
    assert!(body["images"][0]["image"].as_str().unwrap().starts_with("iVBORw0KGgo"));
}

#[tokio::test]
async fn a_stream_shows_every_step_but_the_last_and_then_the_picture() {
    let sandbox = start().await;
    let reply = stream(&sandbox, &streamed(with(v45(), json!({ "n_samples": 2 })))).await;
    assert_eq!(reply.headers()["content-type"], "application/msgpack");
    let frames = frames(&reply.bytes().await.unwrap());
    let order: Vec<_> = frames
        .iter()
        .map(|frame| (frame.event_type.as_str(), frame.samp_ix, frame.step_ix))
        .collect();
    let step = |sample, step| ("intermediate", sample, Some(step));
    assert_eq!(
        order,
        [
            step(0, 0),
            step(1, 0),
            step(0, 1),
            step(1, 1),
            step(0, 2),
            step(1, 2),
            ("final", 0, None),
            ("final", 1, None)
        ]
    );
    assert!((frames[0].sigma.unwrap() - 20_000.0).abs() < 0.01);
    for frame in &frames {
        let image = frame.image.as_ref().unwrap();
        let start: &[u8] = if frame.event_type == "final" {
            b"\x89PNG"
        } else {
            b"\xff\xd8"
        };
        assert!(image.starts_with(start));
        let decoded = image::load_from_memory(image).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (192, 256));
        assert_eq!(frame.gen_id, frames[0].gen_id);
    }
    let exchange = last(&sandbox).await;
    assert_eq!(exchange.previews, 6);
    assert!(exchange.delivered && exchange.first_preview_at.is_some());
    assert!(exchange.pictures.iter().all(|picture| picture.delivered));
}

#[tokio::test]
async fn server_sent_events_carry_the_same_in_base64() {
    let sandbox = start().await;
    let reply = stream(&sandbox, &with(v45(), json!({ "stream": "sse" }))).await;
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    let text = reply.text().await.unwrap();
    let records: Vec<_> = text.split_terminator("\n\n").collect();
    assert_eq!(records.len(), 4);
    assert!(
        records[0]
            .starts_with("event: intermediate\ndata: {\"event_type\":\"intermediate\",\"samp_ix\":0,\"step_ix\":0,")
    );
    let last: Value = serde_json::from_str(records[3].strip_prefix("event: final\ndata: ").unwrap()).unwrap();
    assert!(last["image"].as_str().unwrap().starts_with("iVBORw0KGgo"));
}

#[tokio::test]
async fn webp_is_sent_where_it_is_asked_for() {
    let sandbox = start().await;
    let reply = stream(&sandbox, &streamed(with(v45(), json!({ "image_format": "webp" })))).await;
    let frames = frames(&reply.bytes().await.unwrap());
    let file = frames.last().unwrap().image.clone().unwrap();
    assert_eq!((&file[..4], &file[8..16]), (&b"RIFF"[..], &b"WEBPVP8X"[..]));
    assert_eq!(image::load_from_memory(&file).unwrap().width(), 192);
}

#[tokio::test]
async fn the_account_answers_and_the_token_is_not_in_the_books() {
    let sandbox = start_with(Options {
        tier: 1,
        anlas: 250,
        ..Options::default()
    })
    .await;
    let url = format!("{}/user/subscription", sandbox.url());
    let body: Value = Client::new()
        .get(&url)
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(body["tier"], 1);
    assert_eq!(body["trainingStepsLeft"]["fixedTrainingStepsLeft"], 250);
    let refused = Client::new().get(&url).bearer_auth("pst-other").send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body, json!({ "statusCode": 401, "message": "Unauthorized" }));
    let books = serde_json::to_string(&sandbox.books()).unwrap();
    assert!(books.contains("Bearer ***") && !books.contains(TOKEN) && !books.contains("pst-other"));
    assert_eq!(
        sandbox
            .books()
            .exchanges
            .iter()
            .map(|exchange| exchange.authorized)
            .collect::<Vec<_>>(),
        [true, false]
    );
}

#[tokio::test]
async fn unknown_paths_are_not_found_and_known_ones_want_their_method() {
    let sandbox = start().await;
    for (method, path, status) in [
        ("POST", "/ai/nothing", 404),
        ("GET", "/ai/models", 404),
        ("POST", "/ai/generate-image/request-price", 404),
        ("GET", "/ai/generate-image", 405),
        ("POST", "/user/subscription", 405),
    ] {
        let url = format!("{}{path}", sandbox.url());
        let reply = Client::new()
            .request(method.parse().unwrap(), url)
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), status, "{method} {path}");
        assert_eq!(reply.json::<Value>().await.unwrap()["statusCode"], status);
    }
}

#[tokio::test]
async fn a_second_generation_has_to_wait_and_costs_nothing() {
    let sandbox = start_with(Options {
        step_delay: std::time::Duration::from_millis(200),
        ..Options::default()
    })
    .await;
    let mut first = stream(&sandbox, &streamed(v5())).await;
    first.chunk().await.unwrap();
    let second = generate(&sandbox, &v5()).await;
    assert_eq!(second.status(), 429);
    let body: Value = second.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "statusCode": 429, "message": "Concurrent generation is locked" })
    );
    while first.chunk().await.unwrap().is_some() {}
    assert_eq!(generate(&sandbox, &v5()).await.status(), 200);
    assert_eq!(
        sandbox.books().exchanges.iter().filter(|exchange| exchange.ran).count(),
        2
    );
}

#[tokio::test]
async fn a_generation_that_cannot_be_paid_does_not_run() {
    let sandbox = start_with(Options {
        tier: 0,
        anlas: 1,
        ..Options::default()
    })
    .await;
    let reply = generate(&sandbox, &v45()).await;
    assert_eq!(reply.status(), 402);
    assert_eq!(reply.json::<Value>().await.unwrap()["message"], "Not enough Anlas");
    assert!(!last(&sandbox).await.ran);
    sandbox.set_anlas(2);
    assert_eq!(generate(&sandbox, &v45()).await.status(), 200);
    assert_eq!(sandbox.books().anlas, 0);
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let sandbox = start().await;
    let cases = [
        (with(v45(), json!({ "width": 200 })), 400, "width"),
        (with(v45(), json!({ "steps": 51 })), 400, "steps"),
        (streamed(with(v45(), json!({ "stream": null }))), 400, "stream"),
    ];
    for (body, status, word) in cases {
        let mut body = body;
        if word == "stream" {
            body["parameters"].as_object_mut().unwrap().remove("stream");
        }
        let reply = stream(&sandbox, &if word == "stream" { body } else { streamed(body) }).await;
        assert_eq!(reply.status(), status);
        let body: Value = reply.json().await.unwrap();
        assert!(body["message"].as_str().unwrap().contains(word), "{body}");
        assert_eq!(last(&sandbox).await.refusal.as_deref(), body["message"].as_str());
    }
    assert_eq!(sandbox.books().charged, 0);
}

#[tokio::test]
async fn a_multipart_names_its_pictures() {
    let sandbox = start().await;
    let url = format!("{}/ai/generate-image", sandbox.url());
    let body = with(
        v45(),
        json!({ "reference_image_multiple": ["ref_multiple_0"], "reference_strength_multiple": [0.6] }),
    );
    let part = |text: String| {
        reqwest::multipart::Part::text(text)
            .file_name("blob")
            .mime_str("application/json")
            .unwrap()
    };
    let form = || reqwest::multipart::Form::new().part("request", part(body.to_string()));
    let vibe = reqwest::multipart::Part::bytes(vec![7; 3000]).file_name("blob");
    let send = |form| Client::new().post(&url).bearer_auth(TOKEN).multipart(form).send();
    assert_eq!(send(form().part("ref_multiple_0", vibe)).await.unwrap().status(), 200);
    let exchange = last(&sandbox).await;
    assert_eq!(exchange.parts, [("ref_multiple_0".to_owned(), 3000)]);
    assert_eq!(exchange.body.unwrap()["input"], body["input"]);
    let refused = send(form()).await.unwrap();
    assert_eq!(refused.status(), 400);
    let message = refused.json::<Value>().await.unwrap()["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(message.contains("unknown form part \"ref_multiple_0\""), "{message}");
}

#[tokio::test]
async fn the_same_request_gives_the_same_file() {
    let sandbox = start().await;
    let mut hashes = Vec::new();
    for body in [v5(), v5(), with(v5(), json!({ "seed": 7 })), v45()] {
        generate(&sandbox, &body).await.bytes().await.unwrap();
        hashes.push(last(&sandbox).await.pictures[0].sha256.clone());
    }
    assert_eq!(hashes[0], hashes[1]);
    assert_ne!(hashes[0], hashes[2]);
    assert_ne!(hashes[0], hashes[3]);
}

#[tokio::test]
async fn other_programs_can_read_the_books_and_set_faults() {
    let sandbox = start().await;
    let call = |method: &str, path: &str| {
        Client::new()
            .request(method.parse().unwrap(), format!("{}{path}", sandbox.url()))
            .bearer_auth(TOKEN)
    };
    let fault = json!({ "kind": "status", "status": 503, "retryAfter": 2 });
    assert_eq!(
        call("POST", "/sandbox/fault")
            .json(&fault)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let reply = generate(&sandbox, &v45()).await;
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["retry-after"]),
        (503, &"2".parse().unwrap())
    );
    call("POST", "/sandbox/account")
        .json(&json!({ "anlas": 5 }))
        .send()
        .await
        .unwrap();
    let books: Value = call("GET", "/sandbox/books")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(books["anlas"], 5);
    assert_eq!(books["exchanges"][0]["fault"]["kind"], "status");
    let bare = Client::new()
        .get(format!("{}/sandbox/books", sandbox.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), 401);
}
