//! Every status that the service is known to answer with, and what a person can do about it.

use std::time::Duration;

use novelai::Error;
use novelai::error::Reply;
use sandbox::{Fault, Options};

use crate::common::*;

fn status(status: u16, body: Option<&str>) -> Fault {
    Fault::Status {
        status,
        body: body.map(Into::into),
        retry_after: None,
        after_charging: false,
    }
}

/// The kind of an error, and what the server said.
fn kind(error: &Error) -> (&'static str, &Reply) {
    match error {
        Error::Unauthorized(reply) => ("unauthorized", reply),
        Error::InsufficientAnlas(reply) => ("insufficient", reply),
        Error::Busy { reply, .. } => ("busy", reply),
        Error::Rejected(reply) => ("rejected", reply),
        Error::Unavailable(reply) => ("unavailable", reply),
        Error::NotOffered { .. }
        | Error::Refused(_)
        | Error::NotConnected(_)
        | Error::Interrupted(_)
        | Error::Malformed(_) => {
            panic!("{error:?}")
        }
    }
}

const STATUSES: [(u16, &str); 15] = [
    (400, "rejected"),
    (401, "unauthorized"),
    (402, "insufficient"),
    (403, "rejected"),
    (404, "rejected"),
    (409, "rejected"),
    (422, "rejected"),
    (429, "busy"),
    (500, "unavailable"),
    (502, "unavailable"),
    (503, "unavailable"),
    (504, "unavailable"),
    (520, "unavailable"),
    (522, "unavailable"),
    (524, "unavailable"),
];

#[tokio::test]
async fn every_status_is_one_thing_that_can_be_done() {
    let (sandbox, client) = start(Options::default()).await;
    let bodies = [
        (Some(r#"{"statusCode":1,"message":"what it says"}"#), "what it says"),
        (Some(r#"{"error":{"message":"what it says"}}"#), "what it says"),
        (Some("<html><title>what it says</title></html>"), "what it says"),
        (Some("{}"), ""),
    ];
    for (code, expected) in STATUSES {
        for (body, message) in bodies {
            for streamed in [false, true] {
                sandbox.fail_next(status(code, body));
                let error = match streamed {
                    false => client.generate(&request(V45_FULL)).await.unwrap_err(),
                    true => client.generate_stream(&request(V45_FULL)).await.unwrap_err(),
                };
                let (kind, reply) = kind(&error);
                assert_eq!((kind, reply.status), (expected, code), "{body:?}");
                assert!(
                    reply.message.contains(message) && !reply.message.is_empty(),
                    "{code} {body:?}: {error}"
                );
                let received = last(&sandbox).await;
                assert_eq!(
                    header(&received, "x-correlation-id"),
                    Some(reply.correlation_id.as_str())
                );
                assert_eq!(error.may_have_run(), code >= 500, "{code}");
                assert!(!received.ran);
            }
        }
    }
    let sent = STATUSES.len() * bodies.len() * 2;
    assert_eq!(sandbox.books().received, sent as u64, "each was sent once");
}

#[tokio::test]
async fn the_account_has_the_same_errors() {
    let (sandbox, client) = start(Options::default()).await;
    for (code, expected) in STATUSES {
        sandbox.fail_account(Some(status(code, None)));
        let error = client.account().await.unwrap_err();
        assert_eq!(kind(&error).0, expected, "{code}");
    }
    sandbox.fail_account(Some(Fault::Html));
    assert!(matches!(client.account().await, Err(Error::Malformed(_))));
    sandbox.fail_account(None);
    client.account().await.unwrap();
}

#[tokio::test]
async fn a_wrong_token_is_unauthorized_wherever_it_is_used() {
    let (sandbox, _) = start(Options::default()).await;
    let stranger = client(&sandbox, "pst-SomebodyElses0123456789");
    for error in [
        stranger.account().await.err(),
        stranger.generate(&request(V5_FULL)).await.err(),
        stranger.generate_stream(&request(V5_FULL)).await.err(),
    ] {
        let error = error.expect("a stranger gets nothing");
        assert!(matches!(error, Error::Unauthorized(_)), "{error:?}");
        assert!(!error.may_have_run());
    }
    let books = sandbox.books();
    assert!(
        books
            .exchanges
            .iter()
            .all(|exchange| !exchange.authorized && !exchange.ran)
    );
    assert_eq!(books.charged, 0);
}

#[tokio::test]
async fn without_anlas_there_is_no_picture() {
    let (sandbox, client) = start(Options {
        tier: 1,
        anlas: 1,
        ..Options::default()
    })
    .await;
    let error = client.generate(&request(V45_FULL)).await.unwrap_err();
    assert!(matches!(error, Error::InsufficientAnlas(_)), "{error:?}");
    assert!(!error.may_have_run());
    sandbox.set_anlas(100);
    whole(client.generate(&request(V45_FULL)).await).await;
}

#[tokio::test]
async fn a_second_generation_finds_the_server_busy() {
    let (sandbox, client) = start(Options {
        step_delay: Duration::from_millis(200),
        ..Options::default()
    })
    .await;
    let mut first = client.generate_stream(&request(V45_FULL)).await.unwrap();
    // One client waits for its own calls, so this is somebody else on the same account.
    match crate::common::client(&sandbox, TOKEN)
        .generate(&request(V45_FULL))
        .await
    {
        Err(error @ Error::Busy { retry_after: None, .. }) => {
            assert!(error.to_string().contains("Concurrent generation is locked"));
            assert!(!error.may_have_run());
        }
        other => panic!("{other:?}"),
    }
    let (_, error) = read(&mut first).await;
    assert!(error.is_none());
    sandbox.set_step_delay(Duration::ZERO);
    whole(client.generate(&request(V45_FULL)).await).await;
}

#[tokio::test]
async fn a_busy_server_may_say_how_long() {
    let (sandbox, client) = start(Options::default()).await;
    for seconds in [0, 7, 100_000] {
        sandbox.fail_next(Fault::Status {
            status: 429,
            body: None,
            retry_after: Some(seconds),
            after_charging: false,
        });
        match client.generate(&request(V45_FULL)).await {
            Err(Error::Busy { retry_after, .. }) => {
                assert_eq!(retry_after, Some(Duration::from_secs(seconds.min(86_400))));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_failure_after_the_charge_is_not_repaired_by_sending_again() {
    let (sandbox, client) = start(Options {
        tier: 0,
        ..Options::default()
    })
    .await;
    sandbox.fail_next(Fault::Status {
        status: 500,
        body: None,
        retry_after: None,
        after_charging: true,
    });
    let error = client.generate(&request(V45_FULL)).await.unwrap_err();
    assert!(error.may_have_run(), "{error:?}");
    let received = last(&sandbox).await;
    assert!(received.ran && received.anlas > 0);
    assert_eq!(sandbox.books().received, 1);
}

#[tokio::test]
async fn a_token_that_is_echoed_is_not_shown() {
    let (sandbox, client) = start(Options::default()).await;
    for body in [
        format!(r#"{{"message":"no such token: {TOKEN}"}}"#),
        format!("<html><title>{TOKEN}</title></html>"),
        format!("[{TOKEN}]"),
    ] {
        sandbox.fail_next(status(401, Some(&body)));
        let error = client.generate(&request(V45_FULL)).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Canary"), "{error}");
    }
}
