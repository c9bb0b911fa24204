//! What is sent again by itself, and what is not: judged by the books of the server.

use std::time::Duration;

use novelai::Error;
use novelai::client::Client;
use novelai::retry::{Failure, Patience};
use sandbox::{Fault, Options};

use crate::common::*;

const QUICK: Patience = Patience {
    base: Duration::from_millis(5),
    ceiling: Duration::from_millis(50),
    tries: 4,
};

/// A generation with its whole reply.
async fn generated(client: &Client) -> Result<Vec<u8>, Error> {
    let mut body = client.generate(&request(V45_FULL)).await?;
    let (bytes, error) = read(&mut body).await;
    error.map_or(Ok(bytes), Err)
}

fn status(status: u16, after_charging: bool) -> Fault {
    Fault::Status {
        status,
        body: None,
        retry_after: None,
        after_charging,
    }
}

async fn seen_through(client: &Client, price: u32) -> Result<Vec<u8>, Failure> {
    let attempt = async || generated(client).await;
    QUICK.see_through(client, Some(price), None, attempt, |_, _| {}).await
}

#[tokio::test]
async fn a_busy_server_is_asked_again_whatever_it_costs() {
    let (sandbox, client) = start(Options {
        tier: 1,
        ..Options::default()
    })
    .await;
    for _ in 0..3 {
        sandbox.fail_next(status(429, false));
    }
    seen_through(&client, 5).await.unwrap();
    let books = sandbox.books();
    assert_eq!(books.generations().count(), 4);
    assert_eq!(
        books.generations().filter(|exchange| exchange.anlas > 0).count(),
        1,
        "it was paid once"
    );
    for _ in 0..4 {
        sandbox.fail_next(status(429, false));
    }
    assert!(matches!(
        seen_through(&client, 5).await,
        Err(Failure::Failed {
            error: Error::Busy { .. }
        })
    ));
}

#[tokio::test]
async fn what_may_have_been_paid_is_not_sent_again_and_the_balances_tell() {
    for fault in [
        status(500, true),
        status(502, true),
        Fault::ResetStream { after_frames: 0 },
        Fault::CutBody { after_bytes: 10 },
    ] {
        let (sandbox, client) = start(Options {
            tier: 1,
            anlas: 100,
            ..Options::default()
        })
        .await;
        sandbox.fail_next(fault.clone());
        match seen_through(&client, 5).await {
            Err(Failure::Unsettled { before, after, error }) => {
                assert!(error.may_have_run());
                assert_eq!((before, after), (Some(100), Some(sandbox.books().anlas)));
                assert!(after < before, "{fault:?}");
            }
            other => panic!("{fault:?}: {other:?}"),
        }
        assert_eq!(sandbox.books().generations().count(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_free_is_sent_again() {
    let (sandbox, client) = start(Options::default()).await;
    sandbox.fail_next(status(503, false));
    sandbox.fail_next(Fault::ResetStream { after_frames: 0 });
    seen_through(&client, 0).await.unwrap();
    let books = sandbox.books();
    assert_eq!((books.generations().count(), books.charged), (3, 0));
}

#[tokio::test]
async fn a_request_that_is_wrong_is_never_sent_again() {
    for code in [400, 401, 402, 403, 404, 409] {
        let (sandbox, client) = start(Options::default()).await;
        sandbox.fail_next(status(code, false));
        assert!(
            matches!(seen_through(&client, 0).await, Err(Failure::Failed { .. })),
            "{code}"
        );
        assert_eq!(sandbox.books().generations().count(), 1, "{code}");
    }
}
