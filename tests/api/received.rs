//! What arrives at the server.

use novelai::request::{Character, ImageFormat, Position};
use sandbox::Options;
use serde_json::json;

use crate::common::*;

#[tokio::test]
async fn the_account_is_asked_for_with_one_plain_request() {
    let (sandbox, client) = start(Options::default()).await;
    client.account().await.unwrap();
    let books = sandbox.books();
    assert_eq!(books.received, 1);
    let asked = &books.exchanges[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), asked.query.as_str()),
        ("GET", "/user/subscription", "")
    );
    assert!(asked.authorized && asked.body.is_none());
}

#[tokio::test]
async fn every_model_is_sent_exactly_what_was_built() {
    let (sandbox, client) = start(Options::default()).await;
    for model in MODELS {
        let request = request(model);
        whole(client.generate(&request).await).await;
        let received = last(&sandbox).await;
        assert_eq!(
            (received.method.as_str(), received.path.as_str()),
            ("POST", "/ai/generate-image")
        );
        assert_eq!(received.body, Some(payload(&request)), "{model}");
        assert_eq!(received.status, Some(200), "{model}");

        whole(client.generate_stream(&request).await).await;
        let received = last(&sandbox).await;
        assert_eq!(received.path, "/ai/generate-image-stream");
        let mut streamed = payload(&request);
        streamed["parameters"]["stream"] = json!("msgpack");
        assert_eq!(received.body, Some(streamed), "{model}");
        assert_eq!(received.status, Some(200), "{model}");
    }
    assert_eq!(sandbox.books().received, 8);
}

#[tokio::test]
async fn the_headers_are_those_of_the_service() {
    let (sandbox, client) = start(Options::default()).await;
    let body = client.generate(&request(V45_FULL)).await.unwrap();
    let id = body.correlation_id().to_owned();
    whole(Ok(body)).await;
    let received = last(&sandbox).await;
    assert_eq!(header(&received, "content-type"), Some("application/json"));
    assert_eq!(header(&received, "accept"), Some("*/*"));
    assert!(header(&received, "user-agent").unwrap().starts_with("Atelier/"));
    assert_eq!(header(&received, "x-correlation-id"), Some(id.as_str()));
    assert_eq!(id.len(), 6);
    for name in ["cookie", "origin", "referer"] {
        assert_eq!(header(&received, name), None, "{name}");
    }
    assert!(received.authorized);
}

#[tokio::test]
async fn characters_arrive_with_their_places() {
    let (sandbox, client) = start(Options::default()).await;
    let someone = |prompt: &str, x: f64| Character {
        prompt: prompt.into(),
        undesired: "hat".into(),
        position: Some(Position { x, y: 0.513_2 }),
        enabled: true,
        name: String::new(),
    };
    for (model, first, second) in [
        (V45_FULL, (0.3, 0.5), (0.9, 0.5)),
        (V5_FULL, (0.333, 0.513), (1.0, 0.513)),
    ] {
        let mut request = request(model);
        request.characters = vec![someone("1girl, red hair", 0.333_3), someone("1boy", 1.0)];
        whole(client.generate(&request).await).await;
        let received = last(&sandbox).await;
        let parameters = &received.body.unwrap()["parameters"];
        assert_eq!(parameters["use_coords"], true);
        let characters = parameters["characterPrompts"].as_array().unwrap();
        let told: Vec<_> = characters
            .iter()
            .map(|character| {
                let center = &character["center"];
                (
                    character["prompt"].as_str().unwrap(),
                    (center["x"].as_f64().unwrap(), center["y"].as_f64().unwrap()),
                )
            })
            .collect();
        assert_eq!(told, [("girl, red hair", first), ("boy", second)], "{model}");
    }
}

#[tokio::test]
async fn the_picture_comes_in_the_format_that_was_asked_for() {
    let (sandbox, client) = start(Options::default()).await;
    for format in [ImageFormat::Png, ImageFormat::Webp] {
        let mut request = request(V5_FULL);
        request.format = format;
        let pictures = novelai::response::pictures(&whole(client.generate(&request).await).await).unwrap();
        assert_eq!(pictures[0].format, format);
        assert_eq!(pictures[0].size, request.size);
    }
    assert_eq!(sandbox.books().received, 2);
}
