//! Dropping is leaving: the server sees it, and stops.

use std::time::Duration;

use sandbox::{Fault, Options};

use crate::common::*;

#[tokio::test]
async fn dropping_a_body_closes_its_connection() {
    let (sandbox, client) = start(Options {
        step_delay: Duration::from_millis(100),
        ..Options::default()
    })
    .await;
    let mut body = client.generate_stream(&request(V45_FULL)).await.unwrap();
    body.chunk().await.unwrap().expect("a preview");
    drop(body);
    let received = last(&sandbox).await;
    assert!(!received.delivered && received.ran);
    assert!(!received.pictures.iter().any(|picture| picture.delivered));
    while sandbox.is_busy() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sandbox.set_step_delay(Duration::ZERO);
    whole(client.generate(&request(V45_FULL)).await).await;
}

#[tokio::test]
async fn dropping_a_call_that_waits_for_its_answer_closes_its_connection() {
    let (sandbox, client) = start(Options::default()).await;
    sandbox.fail_next(Fault::Slow(Duration::from_secs(3600)));
    let asked = request(V45_FULL);
    let call = client.generate(&asked);
    assert!(tokio::time::timeout(Duration::from_millis(300), call).await.is_err());
    assert!(!last(&sandbox).await.delivered);
}
