//! Prices: what the client expects is what the server charges.

use novelai::account::Tier;
use novelai::cost::estimate;
use novelai::model::Registry;
use novelai::request::Size;
use sandbox::{Fault, Options};

use crate::common::*;

/// One of each price factor and each form of a request.
const PRICED: [&str; 4] = [V5_FULL, V45_FULL, "nai-diffusion-4-full", "nai-diffusion-3"];

const SIZES: [(u32, u32); 10] = [
    (64, 64),
    (192, 256),
    (512, 512),
    (512, 768),
    (640, 640),
    (832, 1216),
    (1024, 1024),
    (1088, 1024),
    (1088, 1920),
    (2048, 1536),
];

/// Charged, and then lost: the price is in the books although nothing is painted.
const LOST: Fault = Fault::Status {
    status: 500,
    body: None,
    retry_after: None,
    after_charging: true,
};

#[tokio::test]
async fn the_server_charges_what_was_estimated() {
    let (sandbox, client) = start(Options {
        anlas: 10_000_000,
        ..Options::default()
    })
    .await;
    sandbox.fail_always(Some(LOST));
    let mut compared = 0;
    for (tier, usage_percent) in [(0, 100), (2, 100), (3, 100), (3, -1)] {
        sandbox.set_tier(tier);
        for (model, (width, height)) in PRICED.into_iter().flat_map(|model| SIZES.map(|size| (model, size))) {
            for (steps, samples) in [(1, 1), (23, 1), (28, 2), (29, 1), (50, 4)] {
                // A free picture draws on the allowance.
                sandbox.set_usage_percent(usage_percent);
                let mut request = request(model);
                request.size = Size { width, height };
                (request.sampling.steps, request.samples) = (steps, samples);
                let account = client.account().await.unwrap();
                let Ok(expected) = estimate(&request, Registry::builtin(), Some(&account)) else {
                    continue;
                };
                client.generate(&request).await.expect_err("the reply is lost");
                let charged = sandbox.books().exchanges.pop().unwrap();
                let what = format!("{model} {width}×{height} {steps} {samples}, tier {tier}, {usage_percent} %");
                assert!(charged.ran, "{what}");
                assert_eq!(charged.anlas, expected.anlas, "{what}");
                assert_eq!(sandbox.books().anlas, account.anlas - expected.anlas, "{what}");
                compared += 1;
            }
        }
    }
    assert!(compared > 700, "{compared}");
}

#[tokio::test]
async fn the_balance_that_is_read_is_the_balance_that_is_left() {
    let (_sandbox, client) = start(Options {
        tier: 1,
        anlas: 100,
        ..Options::default()
    })
    .await;
    let expected = estimate(&request(V45_FULL), Registry::builtin(), None).unwrap();
    whole(client.generate(&request(V45_FULL)).await).await;
    assert_eq!(client.account().await.unwrap().anlas, 100 - expected.anlas);
}

#[tokio::test]
async fn the_account_is_read_as_the_server_means_it() {
    let (sandbox, client) = start(Options {
        tier: 2,
        anlas: 4321,
        ..Options::default()
    })
    .await;
    let account = client.account().await.unwrap();
    assert_eq!(
        (account.tier, account.active, account.anlas),
        (Tier::Scroll, true, 4321)
    );
    assert!(!account.has_opus_benefits());

    sandbox.set_tier(3);
    sandbox.set_usage_percent(-2);
    let account = client.account().await.unwrap();
    assert!(account.has_opus_benefits() && account.allowance.is_some_and(|allowance| allowance.is_negative));

    sandbox.set_tier(0);
    assert_eq!(client.account().await.unwrap().tier, Tier::None);
}
