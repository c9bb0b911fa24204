//! What would fail is not sent. Each combination is refused by the client with the field and without a byte on the wire;
//! and it is a mistake indeed, because the server refuses the same when somebody sends it all the same.

use novelai::Error;
use novelai::client::{Client, Transport};
use novelai::payload::{Framing, Pictures};
use novelai::request::{Character, GenerateRequest, PictureId, Position, PreciseReference, ReferenceKind, Size, Vibe};
use sandbox::Options;
use serde_json::{Value, json};

use crate::common::*;

const V4_FULL: &str = "nai-diffusion-4-full";
const V3: &str = "nai-diffusion-3";

struct Case {
    what: &'static str,
    model: &'static str,
    /// Makes a good request a bad one.
    spoil: fn(&mut GenerateRequest),
    /// The field that the refusal names.
    field: &'static str,
    /// The same mistake in the parameters of a good body.
    sent: Value,
    status: u16,
}

fn case(
    what: &'static str,
    model: &'static str,
    spoil: fn(&mut GenerateRequest),
    field: &'static str,
    sent: Value,
    status: u16,
) -> Case {
    Case {
        what,
        model,
        spoil,
        field,
        sent,
        status,
    }
}

fn characters(count: usize) -> Vec<Character> {
    let one = Character {
        name: String::new(),
        prompt: "girl".into(),
        undesired: String::new(),
        position: Some(Position { x: 0.5, y: 0.5 }),
        enabled: true,
    };
    vec![one; count]
}

/// As many characters in the captions of a body.
fn captions(count: usize) -> Value {
    let one = json!({ "char_caption": "girl", "centers": [{ "x": 0.5, "y": 0.5 }] });
    json!({ "v4_prompt": { "caption": { "base_caption": "sea", "char_captions": vec![one; count] } } })
}

fn with_vibe(request: &mut GenerateRequest) {
    request.references.vibes = vec![Vibe {
        image: PictureId("vibe".into()),
        encoded: true,
        strength: 0.6,
        extraction: 1.0,
    }];
}

fn with_reference(request: &mut GenerateRequest) {
    request.references.precise = vec![PreciseReference {
        image: PictureId("reference".into()),
        kind: ReferenceKind::Both,
        strength: 1.0,
        fidelity: 1.0,
    }];
}

fn cases() -> Vec<Case> {
    let vibe =
        json!({ "reference_image_multiple": ["AAECAwQFBgcICQoLDA0ODw=="], "reference_strength_multiple": [0.6] });
    let reference = json!({ "director_reference_images": ["iVBORw0KGgo="] });
    vec![
        case(
            "a side that is no multiple of 64",
            V45_FULL,
            |r| r.size.width = 200,
            "size.width",
            json!({ "width": 200 }),
            400,
        ),
        case(
            "more than three megapixels",
            V5_FULL,
            |r| {
                r.size = Size {
                    width: 2048,
                    height: 2048,
                }
            },
            "size",
            json!({ "width": 2048, "height": 2048 }),
            400,
        ),
        case(
            "no steps",
            V45_FULL,
            |r| r.sampling.steps = 0,
            "sampling.steps",
            json!({ "steps": 0 }),
            400,
        ),
        case(
            "51 steps",
            V3,
            |r| r.sampling.steps = 51,
            "sampling.steps",
            json!({ "steps": 51 }),
            400,
        ),
        case(
            "a guidance of 11",
            V4_FULL,
            |r| r.sampling.guidance = 11.0,
            "sampling.guidance",
            json!({ "scale": 11 }),
            400,
        ),
        case(
            "no pictures",
            V45_FULL,
            |r| r.samples = 0,
            "samples",
            json!({ "n_samples": 0 }),
            400,
        ),
        case(
            "more pictures than go with the size",
            V45_FULL,
            |r| {
                r.size = Size {
                    width: 1024,
                    height: 1024,
                };
                r.samples = 8;
            },
            "samples",
            json!({ "width": 1024, "height": 1024, "n_samples": 8 }),
            400,
        ),
        case(
            "a sampler that does not exist",
            V45_FULL,
            |r| r.sampling.sampler = "k_magic".into(),
            "sampling.sampler",
            json!({ "sampler": "k_magic" }),
            400,
        ),
        case(
            "a seventh character on V4.5",
            V45_FULL,
            |r| r.characters = characters(7),
            "characters",
            captions(7),
            500,
        ),
        case(
            "a seventh character on V4",
            V4_FULL,
            |r| r.characters = characters(7),
            "characters",
            captions(7),
            500,
        ),
        case("a vibe on V5", V5_FULL, with_vibe, "references.vibes", vibe, 500),
        case(
            "a precise reference on V5",
            V5_FULL,
            with_reference,
            "references.precise",
            reference.clone(),
            400,
        ),
        case(
            "a precise reference on V4",
            V4_FULL,
            with_reference,
            "references.precise",
            reference.clone(),
            400,
        ),
        case(
            "a precise reference on V3",
            V3,
            with_reference,
            "references.precise",
            reference,
            400,
        ),
    ]
}

async fn refused(client: &Client, request: &GenerateRequest) -> [Option<Error>; 2] {
    let mut pictures = Pictures::new();
    for name in ["vibe", "reference"] {
        pictures.insert(PictureId(name.into()), b"picture".to_vec());
    }
    let ask = async |framing| {
        let transport = Transport::Json;
        client.generate_with(request, &pictures, framing, transport).await.err()
    };
    [ask(None).await, ask(Some(Framing::Msgpack)).await]
}

#[tokio::test]
async fn what_the_client_refuses_is_not_sent_and_the_server_refuses_it_too() {
    let (sandbox, client) = start(Options::default()).await;
    for (received, case) in (0..).zip(cases()) {
        let good = request(case.model);
        let mut bad = good.clone();
        (case.spoil)(&mut bad);
        for error in refused(&client, &bad).await {
            match error {
                Some(Error::Refused(refusal)) => {
                    assert!(refusal.field.starts_with(case.field), "{}: {refusal:?}", case.what);
                }
                other => panic!("{}: {other:?}", case.what),
            }
        }
        assert_eq!(sandbox.books().received, received, "{} was not sent", case.what);

        let mut body = payload(&good);
        for (name, value) in case.sent.as_object().expect("an object") {
            body["parameters"][name] = value.clone();
        }
        let answer = reqwest::Client::new()
            .post(format!("{}/ai/generate-image", sandbox.url()))
            .bearer_auth(TOKEN)
            .json(&body)
            .send();
        assert_eq!(answer.await.expect("an answer").status(), case.status, "{}", case.what);
        let heard = last(&sandbox).await;
        assert_eq!(
            (heard.ran, heard.anlas, heard.body),
            (false, 0, Some(body)),
            "{}",
            case.what
        );
    }
}

/// What no request of ours can be made to say: the payload leaves it out, or always has it.
#[tokio::test]
async fn what_the_client_never_says_is_refused_by_the_server() {
    let (sandbox, _) = start(Options::default()).await;
    for (what, model, change) in [
        ("SMEA on V4.5", V45_FULL, json!({ "sm": true })),
        ("SMEA on V5", V5_FULL, json!({ "sm": true })),
        ("no captions on V4", V4_FULL, json!({ "v4_prompt": null })),
        ("no captions on V5", V5_FULL, json!({ "v4_prompt": null })),
    ] {
        let mut body = payload(&request(model));
        assert_ne!(body["parameters"]["sm"], json!(true), "{what}");
        for (name, value) in change.as_object().expect("an object") {
            body["parameters"][name] = value.clone();
        }
        let answer = reqwest::Client::new()
            .post(format!("{}/ai/generate-image", sandbox.url()))
            .bearer_auth(TOKEN)
            .json(&body)
            .send();
        assert_eq!(answer.await.expect("an answer").status(), 500, "{what}");
        assert!(!last(&sandbox).await.ran, "{what}");
    }
}
