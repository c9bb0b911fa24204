//! Random schedules of clicks, faults and restarts, with the books of the service as the judge. A failure names the
//! seed to try again with.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use common::{Stage, TOKEN, request, settled};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sandbox::{Exchange, Fault};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use studio::{Credentials, JobState};
use uuid::Uuid;

/// Something that goes wrong, or nothing.
fn fault(dice: &mut StdRng) -> Option<Fault> {
    let status = |status, after_charging| Fault::Status {
        status,
        body: None,
        retry_after: None,
        after_charging,
    };
    match dice.random_range(0..14) {
        0 => Some(status(500, true)),
        1 => Some(status(503, false)),
        2 => Some(status(429, false)),
        3 => Some(status(402, false)),
        4 => Some(Fault::CutBody {
            after_bytes: dice.random_range(0..60_000),
        }),
        5 => Some(Fault::ResetStream {
            after_frames: dice.random_range(0..6),
        }),
        6 => Some(Fault::ErrorFrame {
            after_frames: dice.random_range(0..4),
            message: "no more paint".into(),
        }),
        7 => Some(Fault::Html),
        8 => Some(Fault::Slow(Duration::from_millis(100))),
        9 => Some(Fault::Dribble {
            bytes: 4096,
            pause: Duration::from_millis(2),
        }),
        _ => None,
    }
}

/// The seed that a request asked for, by which these tests know its click.
fn seed_of(exchange: &Exchange) -> u64 {
    exchange.body.as_ref().unwrap()["parameters"]["seed"].as_u64().unwrap()
}

async fn play(seed: u64) {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut stage = Stage::new().await;
    stage.credentials = Credentials::memory(Some(SecretString::from(TOKEN)));
    stage.service.set_step_delay(Duration::from_millis(5));
    let mut studio = stage.open().await;
    let (mut clicks, mut cancelled) = (BTreeMap::new(), BTreeSet::new());
    for number in 0..10_u32 {
        let mut request = request();
        request.samples = dice.random_range(1..=2);
        request.sampling.seed = Some(1000 + 10 * number);
        if let Some(fault) = fault(&mut dice) {
            stage.service.fail_next(fault);
        }
        let id = Uuid::new_v4();
        for _ in 0..dice.random_range(1..=3) {
            studio.enqueue(id, request.clone()).await.unwrap();
        }
        clicks.insert(1000 + 10 * number, id);
        match dice.random_range(0..5) {
            0 => {
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..150))).await;
                studio.close().await;
                studio = stage.open().await;
            }
            1 => {
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..100))).await;
                studio.cancel(id).await.unwrap();
                cancelled.insert(1000 + 10 * u64::from(number));
            }
            2 => drop(settled(&studio, id).await),
            _ => {}
        }
    }
    for id in clicks.values() {
        let job = settled(&studio, *id).await;
        if let JobState::Done { images } = &job.state {
            assert_eq!(
                images.len(),
                usize::from(job.work.request().unwrap().samples),
                "schedule {seed}"
            );
        }
    }
    studio.close().await;

    let books = stage.service.books();
    let mut ran: BTreeMap<u64, usize> = BTreeMap::new();
    for exchange in books.generations().filter(|exchange| exchange.status != Some(429)) {
        *ran.entry(seed_of(exchange)).or_default() += 1;
    }
    assert!(ran.values().all(|times| *times == 1), "schedule {seed}: {ran:?}");
    let kept: Vec<String> = stage
        .pictures()
        .iter()
        .map(|path| {
            let sum = Sha256::digest(fs::read(path).unwrap());
            sum.iter().map(|byte| format!("{byte:02x}")).collect()
        })
        .collect();
    let distinct: BTreeSet<&String> = kept.iter().collect();
    assert_eq!(distinct.len(), kept.len(), "schedule {seed}: a picture is there twice");
    for exchange in books.generations().filter(|exchange| exchange.delivered) {
        // Who cancels drops what is still on its way.
        if cancelled.contains(&seed_of(exchange)) {
            continue;
        }
        for picture in exchange.pictures.iter().filter(|picture| picture.delivered) {
            assert!(
                distinct.contains(&picture.sha256),
                "schedule {seed}: the picture of seed {} was delivered and is not there",
                picture.seed
            );
        }
    }
    assert!(
        stage.spooled().iter().all(|path| path.extension().unwrap() == "bin"),
        "schedule {seed}: {:?}",
        stage.spooled()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_each_click_runs_at_most_once_and_what_was_delivered_is_there() {
    let seeds = match std::env::var("STUDIO_TEST_SCHEDULE") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..4).map(|_| rand::random()).collect(),
    };
    for seed in seeds {
        println!("schedule {seed}: try it again with STUDIO_TEST_SCHEDULE={seed}");
        play(seed).await;
    }
}
