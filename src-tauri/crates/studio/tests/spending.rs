//! The person's rules about spending, and the ledger: what is held is not sent, and what is charged is written down.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod common;

use std::time::Duration;

use common::{Stage, request, request_of, run, settled, until};
use novelai::request::GenerateRequest;
use sandbox::Fault;
use studio::{CapPer, Hold, Job, JobState, Ledger, Paid, Settings, SpendingRules, Studio, WhenAllowanceEnds};
use uuid::Uuid;

/// A request for several pictures, which a Tablet pays for.
fn paid() -> GenerateRequest {
    let mut request = request();
    request.size.width = 512;
    request.size.height = 768;
    request
}

async fn rule(studio: &Studio, rules: SpendingRules) {
    let settings = Settings {
        spending: rules,
        ..studio.settings().await
    };
    studio.save_settings(settings).await.unwrap();
}

/// Queues a request and waits until a rule holds it.
async fn held(studio: &Studio, request: GenerateRequest) -> (Uuid, Hold) {
    let id = Uuid::new_v4();
    studio.enqueue(id, request).await.unwrap();
    let hold = held_now(studio, id).await;
    (id, hold)
}

async fn held_now(studio: &Studio, id: Uuid) -> Hold {
    for _ in 0..1000 {
        if let Some(hold) = job(studio, id).await.held {
            return hold;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing holds it: {:?}", job(studio, id).await);
}

async fn job(studio: &Studio, id: Uuid) -> Job {
    let jobs = studio.jobs().await.unwrap();
    jobs.into_iter().find(|job| job.id == id).unwrap()
}

fn price(studio: &Studio, request: &GenerateRequest) -> u32 {
    studio.estimate(request).unwrap().anlas
}

async fn ledger(studio: &Studio) -> Ledger {
    studio.ledger("2000-01-01".into()).await.unwrap()
}

#[tokio::test]
async fn free_only_lets_nothing_through_that_costs_and_everything_that_does_not() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    rule(
        &studio,
        SpendingRules {
            free_only: true,
            ..SpendingRules::default()
        },
    )
    .await;
    let anlas = price(&studio, &paid());
    assert!(anlas > 0);
    let (id, hold) = held(&studio, paid()).await;
    assert_eq!(hold, Hold::NotFree { anlas: Some(anlas) });

    // Whoever pays nothing for it gets it.
    stage.service.set_tier(3);
    studio.refresh_account().await;

    assert!(matches!(settled(&studio, id).await.state, JobState::Done { .. }));
    assert_eq!(stage.service.books().charged, 0);
}

#[tokio::test]
async fn a_cap_holds_what_would_exceed_it_and_lets_it_go_when_it_is_raised() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let anlas = price(&studio, &paid());
    rule(
        &studio,
        SpendingRules {
            day_cap: Some(2 * anlas + anlas / 2),
            ..SpendingRules::default()
        },
    )
    .await;
    for _ in 0..2 {
        assert!(matches!(run(&studio, paid()).await.state, JobState::Done { .. }));
    }

    let (id, hold) = held(&studio, paid()).await;

    assert_eq!(
        hold,
        Hold::Cap {
            per: CapPer::Day,
            anlas,
            spent: 2 * anlas,
            cap: 2 * anlas + anlas / 2
        }
    );
    assert_eq!(stage.service.books().charged, u64::from(2 * anlas));
    rule(
        &studio,
        SpendingRules {
            day_cap: Some(3 * anlas),
            ..SpendingRules::default()
        },
    )
    .await;
    assert!(matches!(settled(&studio, id).await.state, JobState::Done { .. }));
    assert_eq!(job(&studio, id).await.held, None);
}

#[tokio::test]
async fn a_held_job_does_not_hold_up_what_is_free_behind_it() {
    let stage = Stage::with(sandbox::Options::default()).await;
    let studio = stage.open_signed_in().await;
    rule(
        &studio,
        SpendingRules {
            free_only: true,
            ..SpendingRules::default()
        },
    )
    .await;
    let mut large = paid();
    large.size.width = 1536;
    large.size.height = 1536;
    let (costly, _) = held(&studio, large).await;

    assert!(matches!(run(&studio, paid()).await.state, JobState::Done { .. }));

    assert!(job(&studio, costly).await.held.is_some());
}

#[tokio::test]
async fn a_price_that_rose_since_the_person_saw_it_is_asked_about() {
    let stage = Stage::with(sandbox::Options::default()).await;
    let studio = stage.open_signed_in().await;
    studio.refresh_account().await;
    let settings = Settings {
        ask_above: Some(1),
        ..studio.settings().await
    };
    studio.save_settings(settings).await.unwrap();
    assert_eq!(price(&studio, &paid()), 0);
    stage.service.set_step_delay(Duration::from_millis(60));
    let first = Uuid::new_v4();
    studio.enqueue(first, paid()).await.unwrap();
    let second = Uuid::new_v4();
    studio.enqueue(second, paid()).await.unwrap();
    // The subscription ends while the first is painted.
    stage.service.set_tier(1);

    assert!(matches!(held_now(&studio, second).await, Hold::Ask { above: 1, .. }));

    studio.agree(second).await.unwrap();
    assert!(matches!(settled(&studio, second).await.state, JobState::Done { .. }));
}

#[tokio::test]
async fn v5_stops_or_goes_on_with_v4_5_when_its_allowance_is_at_its_end() {
    let stage = Stage::with(sandbox::Options {
        usage_percent: 0,
        ..sandbox::Options::default()
    })
    .await;
    let studio = stage.open_signed_in().await;
    studio.refresh_account().await;
    let allowance = |allowance| SpendingRules {
        allowance,
        ..SpendingRules::default()
    };
    rule(&studio, allowance(WhenAllowanceEnds::Stop)).await;
    let (id, hold) = held(&studio, request_of("nai-diffusion-5-curated")).await;
    assert_eq!(hold, Hold::AllowanceEnds);
    assert_eq!(stage.service.books().generations().count(), 0);

    rule(&studio, allowance(WhenAllowanceEnds::Switch)).await;

    let done = settled(&studio, id).await;
    assert!(matches!(done.state, JobState::Done { .. }), "{:?}", done.state);
    assert_eq!(done.work.request().unwrap().model.0, "nai-diffusion-4-5-curated");
    let books = stage.service.books();
    let sent = books.generations().next().unwrap().body.clone().unwrap();
    assert_eq!(
        (&sent["model"], books.charged),
        (&"nai-diffusion-4-5-curated".into(), 0)
    );
}

#[tokio::test]
async fn the_ledger_tells_what_was_expected_and_charged_by_day_tool_and_model() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let anlas = price(&studio, &paid());
    let done = run(&studio, paid()).await;
    let measured = wait_for_paid(&studio, done.id).await;
    assert_eq!(
        measured,
        Paid {
            charged: anlas,
            expected: anlas
        }
    );

    let ledger = ledger(&studio).await;

    assert_eq!(
        (ledger.spent.queue, ledger.spent.day, ledger.spent.month),
        (anlas, anlas, anlas)
    );
    let [line] = ledger.lines.as_slice() else {
        panic!("{ledger:?}");
    };
    assert_eq!(
        (
            line.tool.as_str(),
            line.model.as_deref(),
            line.jobs,
            line.estimated,
            line.charged,
            line.unmeasured
        ),
        ("generate", Some("nai-diffusion-4-5-full"), 1, anlas, anlas, 0)
    );
    assert_eq!((line.day == ledger.today, ledger.drift.len()), (true, 0));
}

async fn wait_for_paid(studio: &Studio, id: Uuid) -> Paid {
    for _ in 0..1000 {
        if let Some(paid) = job(studio, id).await.paid {
            return paid;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing was measured: {:?}", job(studio, id).await);
}

#[tokio::test]
async fn a_charge_that_was_not_expected_is_noticed() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let anlas = price(&studio, &paid());
    stage.service.set_step_delay(Duration::from_millis(60));
    let id = Uuid::new_v4();
    studio.enqueue(id, paid()).await.unwrap();
    until(&studio, id, |state| matches!(state, JobState::Running { .. })).await;
    // The service charges three more than its list says.
    stage.service.set_anlas(stage.service.books().anlas - 3);

    let paid = wait_for_paid(&studio, id).await;

    assert_eq!((paid.charged, paid.expected), (anlas + 3, anlas));
    let drift = ledger(&studio).await.drift;
    assert_eq!((drift[0].job, drift[0].charged), (id, anlas + 3));
}

#[tokio::test]
async fn what_a_busy_server_did_not_run_is_not_spent_and_what_was_lost_is() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let anlas = price(&studio, &paid());
    for after_charging in [false, true] {
        stage.service.fail_next(Fault::Status {
            status: 500,
            body: None,
            retry_after: None,
            after_charging,
        });
        let job = run(&studio, paid()).await;
        assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
        wait_for_paid(&studio, job.id).await;
        let expected = if after_charging { anlas } else { 0 };
        assert_eq!(ledger(&studio).await.spent.day, expected);
    }
    stage.service.fail_next(Fault::Status {
        status: 400,
        body: None,
        retry_after: None,
        after_charging: false,
    });
    let refused = run(&studio, paid()).await;
    assert!(matches!(refused.state, JobState::Failed { .. }));
    wait_for_paid(&studio, refused.id).await;
    assert_eq!(ledger(&studio).await.spent.day, anlas);
}
