//! Where a call goes on to when a server does not have a route, or can't read a transport (api.md 13), and where not.

use bytes::Bytes;

use super::canned::{Canned, answer};
use super::{Annotator, Call, Transport};
use crate::error::{Error, Kind};
use crate::model::ModelId;
use crate::payload::{Framing, Pictures};
use crate::picture::tests::sample_png;
use crate::request::{Enhance, GenerateRequest, PictureId, PreciseReference, ReferenceKind, Size, Source, Vibe};
use crate::testing::{V5_FULL, V45_FULL, request};

const MOVED: &str = "Please refresh NovelAI.net. If using a third-party tool, update to the image URL.";
const UNKNOWN_PART: &str = "image: field references unknown form part \"iVBOR\"";

fn png() -> Bytes {
    sample_png(64, 64, &[]).into()
}

fn refusal(status: &str, message: &str) -> Vec<u8> {
    let body = serde_json::json!({ "statusCode": 400, "message": message }).to_string();
    answer(status, "", &body).into_bytes()
}

fn good(body: &str) -> Vec<u8> {
    answer("200 OK", "", body).into_bytes()
}

/// The first line of each request, without the version, and whether it was a form.
fn asked(server: &Canned) -> Vec<(String, bool)> {
    let heard = server.heard().into_iter();
    heard
        .map(|heard| {
            let line = heard.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
            (line, heard.contains("content-type: multipart/form-data"))
        })
        .collect()
}

/// A request that has every kind of picture that can go together, twice over.
fn with_pictures() -> [(GenerateRequest, Vec<&'static str>); 3] {
    let id = |name: &str| PictureId(name.into());
    let mut plain = request(V45_FULL);
    plain.size = Size { width: 64, height: 64 };
    let mut vibes = plain.clone();
    let vibe = Vibe {
        image: id("vibe"),
        encoded: true,
        strength: 0.6,
        extraction: 1.0,
    };
    vibes.references.vibes = vec![vibe.clone(), vibe];
    vibes.source = Source::Image {
        image: id("small"),
        strength: 0.5,
        noise: 0.0,
        color_correct: false,
        enhance: Enhance::No,
        fit: crate::request::Fit::Stretch,
    };
    let mut references = plain.clone();
    let reference = PreciseReference {
        image: id("canvas"),
        kind: ReferenceKind::Style,
        strength: 1.0,
        fidelity: 1.0,
    };
    references.references.precise = vec![reference.clone(), reference];
    let mut masked = plain;
    masked.source = Source::Inpaint {
        image: id("small"),
        mask: id("small"),
        strength: 1.0,
        overlay: false,
        paste: None,
    };
    [
        (vibes, vec!["image", "ref_multiple_0", "ref_multiple_1"]),
        (references, vec!["director_ref_0", "director_ref_1"]),
        (masked, vec!["image", "mask"]),
    ]
}

fn pictures() -> Pictures {
    let id = |name: &str| PictureId(name.into());
    let canvas: Bytes = sample_png(1024, 1536, &[]).into();
    [
        (id("small"), png()),
        (id("vibe"), Bytes::from_static(b"encoded vibe")),
        (id("canvas"), canvas),
    ]
    .into_iter()
    .collect()
}

#[tokio::test]
async fn each_transport_is_the_others_fallback_with_all_pictures() {
    let pictures = pictures();
    for (request, names) in &with_pictures() {
        for framing in [None, Some(Framing::Msgpack), Some(Framing::Sse)] {
            for (transport, first_is_form) in [(Transport::Json, false), (Transport::Form, true)] {
                for first in [
                    refusal("415 Unsupported Media Type", ""),
                    refusal("413 Payload Too Large", ""),
                    refusal("400 Bad Request", UNKNOWN_PART),
                ] {
                    let server = Canned::in_turn([first, good("{}")], true).await;
                    let call = Call::Generate {
                        request,
                        pictures: &pictures,
                        framing,
                        transport,
                    };
                    server.client.send(&call).await.unwrap();
                    let path = if framing.is_some() {
                        "/ai/generate-image-stream"
                    } else {
                        "/ai/generate-image"
                    };
                    let line = format!("POST {path}");
                    let expected = [(line.clone(), first_is_form), (line, !first_is_form)];
                    assert_eq!(asked(&server), expected);
                    let heard = server.heard();
                    let form = &heard[usize::from(!first_is_form)];
                    let parts: Vec<&str> = form
                        .split("form-data; name=\"")
                        .skip(1)
                        .map(|part| part.split('"').next().unwrap())
                        .collect();
                    assert_eq!((parts[0], &parts[1..]), ("request", &names[..]));
                }
            }
        }
    }
}

#[tokio::test]
async fn any_other_answer_to_a_generation_is_the_answer() {
    for (first, kind) in [
        (refusal("400 Bad Request", "Validation error: no"), Kind::Rejected),
        (refusal("400 Bad Request", MOVED), Kind::Rejected),
        (refusal("404 Not Found", ""), Kind::Rejected),
        (refusal("405 Method Not Allowed", ""), Kind::Rejected),
        (refusal("402 Payment Required", ""), Kind::InsufficientAnlas),
        (refusal("429 Too Many Requests", ""), Kind::Busy),
        (refusal("500 Internal Server Error", UNKNOWN_PART), Kind::Unavailable),
        (refusal("504 Gateway Timeout", ""), Kind::Unavailable),
    ] {
        for transport in [Transport::Json, Transport::Form] {
            let server = Canned::in_turn([first.clone(), good("{}")], true).await;
            let asked = request(V45_FULL);
            let error = server
                .client
                .generate_with(&asked, &Pictures::new(), None, transport)
                .await;
            assert_eq!((error.unwrap_err().kind(), server.heard().len()), (kind, 1));
        }
    }
}

#[tokio::test]
async fn routes_are_tried_in_their_order_and_what_worked_is_remembered() {
    let (png, model) = (png(), ModelId(V5_FULL.into()));
    let upscale = |scale| Call::Upscale {
        image: &png,
        model: &model,
        sharpening: 0.0,
        scale,
    };
    let [json, form] = [
        ("POST /ai/upscale".to_owned(), false),
        ("POST /ai/upscale".to_owned(), true),
    ];
    let absent = [
        refusal("404 Not Found", ""),
        refusal("400 Bad Request", MOVED),
        good("{}"),
    ];
    let server = Canned::in_turn(absent, true).await;
    server.client.send(&upscale(2)).await.unwrap();
    assert_eq!(asked(&server), [json.clone(), json.clone(), form.clone()]);
    let heard = server.heard();
    assert!(heard[0].contains("\"declared_blur_sigma\":0") && !heard[0].contains("\"scale\""));
    assert!(heard[1].contains("\"width\":64,\"height\":64,\"scale\":2"));
    assert!(heard[2].contains("name=\"scale\"\r\n\r\n2\r\n") && heard[2].contains("name=\"image\"; filename=\"blob\""));
    // A clone knows it as well.
    server.client.clone().send(&upscale(2)).await.unwrap();
    assert_eq!(asked(&server).last(), Some(&form));

    let larger = Canned::in_turn([refusal("405 Method Not Allowed", ""), good("{}")], true).await;
    larger.client.send(&upscale(4)).await.unwrap();
    assert_eq!(asked(&larger), [json, form]);
    assert!(larger.heard()[0].contains("\"scale\":4") && larger.heard()[1].contains("\r\n\r\n4\r\n"));
}

#[tokio::test]
async fn tags_are_asked_for_by_post_where_there_is_no_get() {
    let tags = r#"{"tags":[{"tag":"sea"}]}"#;
    let server = Canned::in_turn([refusal("405 Method Not Allowed", ""), good(tags)], true).await;
    let model = ModelId(V5_FULL.into());
    for _ in 0..2 {
        assert_eq!(
            server.client.suggest_tags(&model, "se", false).await.unwrap()[0].tag,
            "sea"
        );
    }
    let lines: Vec<String> = asked(&server).into_iter().map(|(line, _)| line).collect();
    let post = "POST /ai/generate-image/suggest-tags";
    let get = "GET /ai/generate-image/suggest-tags?model=nai-diffusion-5-full&prompt=se";
    assert_eq!(lines, [get, post, post]);
}

#[tokio::test]
async fn classifying_goes_from_json_to_a_form_and_from_path_to_path() {
    let refused = [
        refusal("400 Bad Request", "no image"),
        refusal("404 Not Found", ""),
        good(r#"{"sea":0.9}"#),
    ];
    let server = Canned::in_turn(refused, true).await;
    assert_eq!(server.client.classify(&png()).await.unwrap()["sea"], 0.9);
    let expected = [("image", false), ("image", true), ("", false)];
    let expected = expected.map(|(path, form)| match path {
        "" => ("POST /ai/classify".to_owned(), form),
        _ => (format!("POST /ai/classify-{path}"), form),
    });
    assert_eq!(asked(&server), expected);
}

#[tokio::test]
async fn what_is_nowhere_is_told_with_all_that_was_tried() {
    let server = Canned::new(refusal("404 Not Found", ""), true).await;
    let host = server.client.base_url().host();
    let client = &server.client;
    let tried = |error: Error| match error {
        Error::NotOffered { tried } => tried,
        other => panic!("{other:?}"),
    };
    let annotate = client.annotate(Annotator::Midas, &png()).await.unwrap_err();
    assert_eq!(tried(annotate), [format!("POST {host}/ai/annotate-image")]);
    let prompt = client.generate_prompt("text", "a", 1.0, 5).await.unwrap_err();
    assert_eq!(tried(prompt), [format!("POST {host}/ai/generate-prompt")]);
    let tags = client
        .suggest_tags(&ModelId(V5_FULL.into()), "a", true)
        .await
        .unwrap_err();
    let path = "/ai/generate-image/suggest-tags";
    assert_eq!(tried(tags), [format!("GET {host}{path}"), format!("POST {host}{path}")]);
}
