//! Replies that break on the way: what is told, and what can still be had.

use novelai::Error;
use novelai::request::GenerateRequest;
use novelai::response::{pictures, salvage};
use novelai::stream::{Event, Frames};
use sandbox::{Fault, Options};
use tokio::time::Instant;

use crate::common::*;

/// Two pictures of four steps: six previews, and then the pictures.
fn pair() -> GenerateRequest {
    GenerateRequest {
        samples: 2,
        ..request(V45_FULL)
    }
}

const PREVIEWS: u32 = 6;

#[tokio::test]
async fn an_archive_cut_short_is_interrupted_and_its_whole_pictures_are_had() {
    let (sandbox, client) = start(Options::default()).await;
    let body = whole(client.generate(&pair()).await).await;
    let expected = pictures(&body).unwrap();
    let second = body.windows(4).rposition(|window| window == b"PK\x03\x04").unwrap() as u64;
    for (after_bytes, whole) in [(0, 0), (1, 0), (second / 2, 0), (second, 1), (body.len() as u64 - 5, 2)] {
        sandbox.fail_next(Fault::CutBody { after_bytes });
        let (cut, error) = match client.generate(&pair()).await {
            Ok(mut body) => read(&mut body).await,
            Err(error) => (Vec::new(), Some(error)),
        };
        let error = error.expect("a cut shows");
        assert!(
            matches!(error, Error::Interrupted(_)) && error.may_have_run(),
            "{error:?}"
        );
        assert_eq!(cut.len() as u64, after_bytes);
        assert!(matches!(pictures(&cut), Err(Error::Malformed(_))));
        assert_eq!(
            salvage(&cut),
            expected[..whole],
            "cut after {after_bytes} of {}",
            body.len()
        );
    }
    assert_eq!(sandbox.books().received, 6, "nothing was sent again");
}

#[tokio::test]
async fn a_stream_that_breaks_after_one_of_two_pictures_gives_that_one() {
    let (sandbox, client) = start(Options::default()).await;
    let expected = pictures(&whole(client.generate_stream(&pair()).await).await).unwrap();
    sandbox.fail_next(Fault::ResetStream {
        after_frames: PREVIEWS + 1,
    });
    let (bytes, error) = read(&mut client.generate_stream(&pair()).await.unwrap()).await;
    assert!(matches!(error, Some(Error::Interrupted(_))), "{error:?}");
    let finals = Frames::default().push(&bytes).unwrap();
    assert!(matches!(finals.last(), Some(Event::Final { sample: 0, .. })));
    assert_eq!(salvage(&bytes), expected[..1]);

    let received = last(&sandbox).await;
    let delivered: Vec<bool> = received.pictures.iter().map(|picture| picture.delivered).collect();
    assert_eq!(delivered, [true, false], "the books agree");
}

#[tokio::test]
async fn a_stream_that_breaks_before_a_picture_gives_nothing_but_the_error() {
    let (sandbox, client) = start(Options::default()).await;
    for after_frames in [0, 1, PREVIEWS] {
        sandbox.fail_next(Fault::ResetStream { after_frames });
        let (bytes, error) = match client.generate_stream(&pair()).await {
            Ok(mut body) => read(&mut body).await,
            Err(error) => (Vec::new(), Some(error)),
        };
        let error = error.expect("a reset shows");
        assert!(
            matches!(error, Error::Interrupted(_)) && error.may_have_run(),
            "{error:?}"
        );
        assert!(pictures(&bytes).is_err());
        assert_eq!(salvage(&bytes), []);
    }
}

#[tokio::test]
async fn a_failure_told_in_the_stream_is_the_servers_own() {
    let (sandbox, client) = start(Options::default()).await;
    sandbox.fail_next(Fault::ErrorFrame {
        after_frames: PREVIEWS + 1,
        message: "CUDA out of memory".into(),
    });
    let body = whole(client.generate_stream(&pair()).await).await;
    let events = Frames::default().push(&body).unwrap();
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Error { message, .. } if message == "CUDA out of memory"))
    );
    match pictures(&body) {
        Err(error @ Error::Unavailable(_)) => {
            assert!(error.to_string().contains("CUDA out of memory") && error.may_have_run());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(salvage(&body).len(), 1);
}

#[tokio::test]
async fn a_body_that_falls_silent_is_given_up() {
    let (sandbox, client) = start(Options::default()).await;
    sandbox.fail_always(Some(Fault::StallBody { after_bytes: 2000 }));
    for streamed in [false, true] {
        let mut body = match streamed {
            false => client.generate(&pair()).await.unwrap(),
            true => client.generate_stream(&pair()).await.unwrap(),
        };
        let mut received = 0;
        while received < 2000 {
            received += body.chunk().await.unwrap().expect("2000 bytes come").len();
        }
        tokio::time::pause();
        let silent = Instant::now();
        let error = body.chunk().await.unwrap_err();
        assert_eq!(silent.elapsed().as_secs(), 120);
        tokio::time::resume();
        assert!(
            matches!(error, Error::Interrupted(_)) && error.may_have_run(),
            "{error:?}"
        );
        drop(body);
        last(&sandbox).await;
    }
}

#[tokio::test]
async fn when_the_server_dies_the_stream_is_interrupted_and_after_that_there_is_no_connection() {
    let (sandbox, client) = start(Options::default()).await;
    sandbox.fail_next(Fault::Die { after_frames: 2 });
    let (bytes, error) = read(&mut client.generate_stream(&pair()).await.unwrap()).await;
    assert!(matches!(error, Some(Error::Interrupted(_))), "{error:?}");
    assert_eq!(Frames::default().push(&bytes).unwrap().len(), 2);
    sandbox.stop().await;
    for error in [
        client.account().await.err(),
        client.generate(&request(V5_FULL)).await.err(),
    ] {
        let error = error.expect("nobody is there");
        assert!(
            matches!(error, Error::NotConnected(_)) && !error.may_have_run(),
            "{error:?}"
        );
    }
}
