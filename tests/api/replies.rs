//! What the client makes of good replies, whatever their shape.

use novelai::request::GenerateRequest;
use novelai::response::{Picture, pictures, salvage};
use novelai::stream::{Event, Frames};
use novelai::{Error, metadata};
use sandbox::{Exchange, Fault, Options};
use sha2::{Digest, Sha256};

use crate::common::*;

fn pair() -> GenerateRequest {
    GenerateRequest {
        samples: 2,
        ..request(V45_FULL)
    }
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The pictures are, to the byte, those that the books say were sent, and know their seeds.
fn assert_sent(pictures: &[Picture], exchange: &Exchange, first_seed: u32) {
    assert_eq!(pictures.len(), exchange.pictures.len());
    for (picture, entry) in pictures.iter().zip(&exchange.pictures) {
        assert_eq!(
            (picture.index, sum(&picture.bytes)),
            (entry.index, entry.sha256.clone())
        );
        let read = metadata::read(&picture.bytes).expect("a picture with metadata");
        assert_eq!(read.seed(), Some(first_seed + picture.index));
        assert_eq!((read.width, read.height), (picture.size.width, picture.size.height));
    }
}

#[tokio::test]
async fn an_archive_gives_the_pictures_that_were_sent() {
    let (sandbox, client) = start(Options::default()).await;
    let body = whole(client.generate(&pair()).await).await;
    assert!(body.starts_with(b"PK"));
    assert_sent(&pictures(&body).unwrap(), &last(&sandbox).await, 1_234_567_890);
}

#[tokio::test]
async fn a_stream_gives_previews_in_order_and_then_the_pictures_that_were_sent() {
    let (sandbox, client) = start(Options::default()).await;
    let mut body = client.generate_stream(&pair()).await.unwrap();
    let (mut frames, mut events, mut bytes) = (Frames::default(), Vec::new(), Vec::new());
    while let Some(chunk) = body.chunk().await.unwrap() {
        events.extend(frames.push(&chunk).unwrap());
        bytes.extend_from_slice(&chunk);
    }
    frames.finish().unwrap();

    let (mut steps, mut finals) = ([Vec::new(), Vec::new()], 0);
    for event in &events {
        match event {
            Event::Intermediate { sample, step, image } => {
                assert!(image.starts_with(b"\xff\xd8"), "a preview is a JPEG");
                steps[*sample as usize].push(*step);
            }
            Event::Final { .. } => finals += 1,
            Event::Error { message, .. } => panic!("{message}"),
        }
    }
    assert_eq!((steps, finals), ([vec![0, 1, 2], vec![0, 1, 2]], 2));
    assert_sent(&pictures(&bytes).unwrap(), &last(&sandbox).await, 1_234_567_890);
    assert_eq!(salvage(&bytes), pictures(&bytes).unwrap());
}

#[tokio::test]
async fn json_with_base64_gives_the_pictures_that_were_sent() {
    let (sandbox, _) = start(Options::default()).await;
    let reply = reqwest::Client::new()
        .post(format!("{}/ai/generate-image", sandbox.url()))
        .bearer_auth(TOKEN)
        .header("accept", "application/json")
        .json(&payload(&pair()))
        .send()
        .await
        .unwrap();
    let body = reply.bytes().await.unwrap();
    assert!(body.starts_with(b"{"));
    assert_sent(&pictures(&body).unwrap(), &last(&sandbox).await, 1_234_567_890);
}

#[tokio::test]
async fn a_bare_picture_is_taken_for_what_it_is() {
    let (sandbox, client) = start(Options::default()).await;
    let expected = pictures(&whole(client.generate(&request(V5_FULL)).await).await).unwrap();
    sandbox.fail_next(Fault::Body {
        content_type: "application/octet-stream".into(),
        bytes: expected[0].bytes.clone(),
    });
    let body = whole(client.generate(&request(V5_FULL)).await).await;
    assert_eq!(pictures(&body).unwrap(), expected);
}

#[tokio::test]
async fn a_wrong_content_type_misleads_nobody() {
    let (sandbox, client) = start(Options::default()).await;
    sandbox.fail_always(Some(Fault::WrongContentType));
    for body in [
        whole(client.generate(&pair()).await).await,
        whole(client.generate_stream(&pair()).await).await,
    ] {
        assert_eq!(pictures(&body).unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_body_that_drips_is_the_same_body() {
    let (sandbox, client) = start(Options::default()).await;
    let expected = pictures(&whole(client.generate_stream(&request(V5_FULL)).await).await).unwrap();
    sandbox.fail_next(Fault::Dribble {
        bytes: 997,
        pause: std::time::Duration::ZERO,
    });
    let mut body = client.generate_stream(&request(V5_FULL)).await.unwrap();
    let (mut frames, mut finals) = (Frames::default(), Vec::new());
    while let Some(chunk) = body.chunk().await.unwrap() {
        for event in frames.push(&chunk).unwrap() {
            match event {
                Event::Final { image, .. } => finals.push(image.to_vec()),
                Event::Intermediate { .. } => {}
                Event::Error { message, .. } => panic!("{message}"),
            }
        }
    }
    assert_eq!(finals, [expected[0].bytes.clone()]);
}

#[tokio::test]
async fn a_proxys_page_is_named_and_kept_apart_from_pictures() {
    let (sandbox, client) = start(Options::default()).await;
    for _ in 0..2 {
        sandbox.fail_next(Fault::Html);
    }
    for streamed in [false, true] {
        let reply = match streamed {
            false => client.generate(&request(V45_FULL)).await,
            true => client.generate_stream(&request(V45_FULL)).await,
        };
        let body = whole(reply).await;
        match pictures(&body) {
            Err(Error::Malformed(reason)) => assert!(reason.contains("Just a moment"), "{reason}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(salvage(&body), []);
    }
}

#[tokio::test]
async fn the_metadata_of_a_picture_tells_how_it_was_made() {
    let (_sandbox, client) = start(Options::default()).await;
    let asked = request(V45_FULL);
    let pictures = pictures(&whole(client.generate(&asked).await).await).unwrap();
    let read = metadata::read(&pictures[0].bytes).unwrap();
    assert_eq!(read.seed(), Some(1_234_567_890));
    assert_eq!(
        read.prompt(),
        Some("a lighthouse, night, very aesthetic, masterpiece, no text")
    );
    assert_eq!(read.software.as_deref(), Some("NovelAI"));
    assert!(read.source.is_some_and(|source| source.contains("V4.5")));
    assert_eq!(read.comment.unwrap()["steps"], 4);
}
