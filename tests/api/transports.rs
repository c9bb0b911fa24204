//! Requests with pictures, over each transport and in each framing, and what they turn into on the other side.

use novelai::client::{Call, Client, Transport};
use novelai::model::Registry;
use novelai::payload::{Framing, Pictures};
use novelai::request::{Enhance, GenerateRequest, PictureId, PreciseReference, ReferenceKind, Source, Vibe};
use novelai::stream::{Event, Frames, Records};
use novelai::{cost, mask, prepare, response};
use sandbox::{Fault, Moved, Options, Sandbox};

use crate::common::*;

/// Scroll: whatever is free is free for other reasons.
async fn start_paying() -> (Sandbox, Client) {
    start(Options {
        tier: 2,
        ..Options::default()
    })
    .await
}

/// A finished picture, in the size of the requests here.
pub(crate) async fn painted(client: &Client) -> Vec<u8> {
    let body = whole(client.generate(&request(V45_FULL)).await).await;
    response::pictures(&body).expect("it is whole").remove(0).bytes
}

fn id(name: &str) -> PictureId {
    PictureId(name.into())
}

/// A request of every kind that has pictures, with the names that these have as parts.
fn kinds() -> Vec<(GenerateRequest, &'static str, Vec<&'static str>)> {
    let mut image = request(V5_FULL);
    image.source = Source::Image {
        image: id("source"),
        strength: 0.5,
        noise: 0.0,
        color_correct: false,
        enhance: Enhance::No,
        fit: novelai::request::Fit::Stretch,
    };
    let mut infill = request(V45_FULL);
    infill.source = Source::Inpaint {
        image: id("source"),
        mask: id("mask"),
        strength: 1.0,
        overlay: false,
        paste: None,
    };
    let mut vibes = request(V45_FULL);
    let vibe = Vibe {
        image: id("vibe"),
        encoded: true,
        strength: 0.6,
        extraction: 1.0,
    };
    vibes.references.vibes = vec![vibe.clone(), vibe];
    let mut references = request(V45_FULL);
    references.references.precise = vec![PreciseReference {
        image: id("reference"),
        kind: ReferenceKind::Both,
        strength: 1.0,
        fidelity: 0.5,
    }];
    vec![
        (image, "img2img", vec!["image"]),
        (infill, "infill", vec!["image", "mask"]),
        (vibes, "generate", vec!["ref_multiple_0", "ref_multiple_1"]),
        (references, "generate", vec!["director_ref_0"]),
    ]
}

async fn luggage(client: &Client) -> Pictures {
    let source = painted(client).await;
    let size = request(V45_FULL).size;
    let mut pictures = Pictures::new();
    pictures.insert(
        id("mask"),
        mask::mask(&source, size, mask::Coverage::Percent(1)).expect("a picture can be prepared"),
    );
    pictures.insert(
        id("reference"),
        prepare::reference(&source, Registry::builtin()).expect("a picture can be prepared"),
    );
    let png = prepare::source(&source, size, false).expect("a picture can be prepared");
    let model = request(V45_FULL).model;
    pictures.insert(
        id("vibe"),
        client
            .encode_vibe(&png, &model, 1.0)
            .await
            .expect("a picture can be prepared"),
    );
    pictures.insert(id("source"), png);
    pictures
}

#[tokio::test]
async fn pictures_arrive_by_each_transport_in_each_framing_at_the_price_that_was_told() {
    let (sandbox, client) = start_paying().await;
    let pictures = luggage(&client).await;
    for (request, action, names) in &kinds() {
        let account = client.account().await.unwrap();
        let price = cost::estimate(request, Registry::builtin(), Some(&account)).unwrap();
        let mut made = Vec::new();
        for transport in [Transport::Json, Transport::Form] {
            for framing in [None, Some(Framing::Msgpack), Some(Framing::Sse)] {
                let call = Call::Generate {
                    request,
                    pictures: &pictures,
                    framing,
                    transport,
                };
                let body = whole(client.send(&call).await).await;
                let received = last(&sandbox).await;
                assert_eq!(
                    (received.status, received.anlas),
                    (Some(200), price.anlas),
                    "{action} {transport:?}"
                );
                let json = received.body.unwrap();
                assert_eq!(json["action"], *action);
                let parts: Vec<&str> = received.parts.iter().map(|(name, _)| name.as_str()).collect();
                match transport {
                    Transport::Json => assert_eq!(parts, [""; 0]),
                    Transport::Form => assert_eq!(parts, *names),
                }
                let finals = match framing {
                    None => 0,
                    Some(Framing::Msgpack) => finals(&Frames::default().push(&body).unwrap()),
                    Some(Framing::Sse) => finals(&Records::default().push(&body).unwrap()),
                };
                assert_eq!(finals, usize::from(framing.is_some()));
                made.push(response::pictures(&body).unwrap().remove(0).size);
            }
        }
        assert_eq!(made, [request.size; 6]);
    }
}

fn finals(events: &[Event]) -> usize {
    let finals = events.iter().filter(|event| matches!(event, Event::Final { .. }));
    finals.count()
}

#[tokio::test]
async fn a_server_that_reads_only_the_other_transport_is_sent_that() {
    let (sandbox, client) = start_paying().await;
    let pictures = luggage(&client).await;
    for (status, message) in [
        (413, "too large"),
        (415, "no"),
        (400, "image references unknown form part"),
    ] {
        for transport in [Transport::Json, Transport::Form] {
            let before = sandbox.books().received;
            sandbox.fail_next(Fault::Status {
                status,
                body: Some(format!("{{\"statusCode\":{status},\"message\":\"{message}\"}}")),
                retry_after: None,
                after_charging: false,
            });
            let (request, _, names) = &kinds()[1];
            let body = client.generate_with(request, &pictures, None, transport).await;
            assert_eq!(response::pictures(&whole(body).await).unwrap().len(), 1);
            assert_eq!(sandbox.books().received, before + 2, "{status} {transport:?}");
            let received = last(&sandbox).await;
            let form = !received.parts.is_empty();
            assert_eq!(form, transport == Transport::Json, "the other one");
            assert!(!form || received.parts.len() == names.len());
        }
    }
    // An endpoint that has moved has not moved to another transport.
    sandbox.fail_path("/ai/generate-image", Fault::Moved { how: Moved::ImageUrl }, Some(1));
    let before = sandbox.books().received;
    assert!(client.generate(&request(V45_FULL)).await.is_err());
    assert_eq!(sandbox.books().received, before + 1);
}

#[tokio::test]
async fn events_that_are_cut_still_give_the_pictures_that_came_whole() {
    let (sandbox, client) = start_paying().await;
    let mut pair = request(V5_FULL);
    pair.samples = 2;
    let call = Call::Generate {
        request: &pair,
        pictures: &Pictures::new(),
        framing: Some(Framing::Sse),
        transport: Transport::Json,
    };
    let body = whole(client.send(&call).await).await;
    let expected = response::pictures(&body).unwrap();
    assert_eq!(response::salvage(&body), expected);
    sandbox.fail_next(Fault::CutBody {
        after_bytes: body.len() as u64 - 100,
    });
    let (cut, _) = read(&mut client.send(&call).await.unwrap()).await;
    assert!(response::pictures(&cut).is_err());
    let saved = response::salvage(&cut);
    assert_eq!((saved.len(), expected.contains(&saved[0])), (1, true));
}
