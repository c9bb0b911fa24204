//! Tests: the crash matrix. A process that works on the queue is killed before every step of a job and at any moment, free
//! and paid, again and again; the books of the service are the judge. No picture that was delivered is lost, nothing is
//! charged twice, and the verdict on every unsettled job is what the books say.
//!
//! Between the moment at which the process reads the last bytes from the socket and the moment at which they are in the
//! file there is an instant that no order of steps can close. A kill that hits it is told apart and
//! counted, and there may be very few of them; that the picture is charged and lost is then what the verdict must say.
//!
//! `cargo xtask crash-matrix` runs it with hundreds of kills; the tests with thirty.

use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use novelai::retry::Patience;
use rand::{Rng as _, SeedableRng as _};
use secrecy::SecretString;
use uuid::Uuid;

use crate::account::Keep;
use crate::clock::now_ms;
use crate::disk::{Disk, Step};
use crate::door::Studio;
use crate::jobs::{Job, JobState, Verdict};
use crate::testing::child::{self, noticed};
use crate::testing::stage::{Stage, TOKEN, request, settled};

const FOLDER: &str = "STUDIO_MATRIX_FOLDER";
const SERVICE: &str = "STUDIO_MATRIX_SERVICE";
const JOB: &str = "STUDIO_MATRIX_JOB";
const DIES_AT: &str = "STUDIO_MATRIX_DIES_AT";

/// How often, where nobody says.
const KILLS: usize = 30;

/// The child: signs in, queues one request and dies at the step it was told, or lives until it is killed.
#[test]
#[ignore = "the other test of this file starts it as a process of its own"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let variable = |name| std::env::var(name).unwrap();
    let folder = std::path::PathBuf::from(folder);
    let options = child::options(&folder, &variable(SERVICE), "nobody");
    let dies_at = variable(DIES_AT);
    let disk = Disk {
        fault: Some(Arc::new(move |step| {
            if format!("{step:?}") == dies_at {
                std::process::abort();
            }
            Ok(())
        })),
        ..Disk::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (studio, _) = Studio::open_with(options, disk, Patience::default()).await.unwrap();
        studio.sign_in(SecretString::from(TOKEN), Keep::Session).await.unwrap();
        let id: Uuid = variable(JOB).parse().unwrap();
        studio.enqueue(id, request()).await.unwrap();
        settled(&studio, id).await;
        // A job is shown as settled before its spool is removed: that is a step to die at as well.
        studio.close().await;
    });
}

fn start(stage: &Stage, job: Uuid, dies_at: &str) -> Child {
    child::command("jobs::crash_matrix::child")
        .env(FOLDER, stage.folder.path())
        .env(SERVICE, stage.service.url())
        .env(JOB, job.to_string())
        .env(DIES_AT, dies_at)
        .spawn()
        .unwrap()
}

/// One kill: before a step, or so many milliseconds after something.
#[derive(Debug, Clone, Copy)]
enum Kill {
    Before(Step),
    AfterSignIn(u64),
    AfterDelivery(u64),
}

/// Every step in turn, and as many kills at any moment of the work and of what comes after the picture, by a seed that is
/// told.
fn kills(count: usize, seed: u64) -> Vec<(Kill, bool)> {
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    (0..count)
        .map(|number| {
            let paid = number % 4 < 2;
            let kill = if number % 2 == 0 {
                Kill::Before(Step::ALL[(number / 2) % Step::ALL.len()])
            } else {
                let milliseconds = random.random_range(0..260);
                match number % 8 {
                    1 | 3 => Kill::AfterSignIn(milliseconds),
                    _ => Kill::AfterDelivery(milliseconds),
                }
            };
            (kill, paid)
        })
        .collect()
}

/// What came of it after the next start, held against the books.
async fn judge(stage: &Stage, id: Uuid, paid: bool, killed_at: Option<u64>, context: &str) -> &'static str {
    noticed(&stage.service).await;
    let books = stage.service.books();
    let delivered = books.delivered().count();
    let in_flight = killed_at.is_some_and(|at| books.delivered().all(|picture| picture.was_in_flight(at)));
    let charged = books.charged;
    let studio = stage.open_signed_in().await;
    let known = studio.jobs().await.unwrap().iter().any(|job| job.id == id);
    if !known {
        assert_eq!(
            books.generations().count(),
            0,
            "{context}: sent what is not in the journal"
        );
        studio.close().await;
        return "not queued";
    }
    let job = with_verdict(&studio, id).await;
    let after = stage.service.books();
    let ran = after.generations().filter(|exchange| exchange.ran).count();
    let images = studio.images(None, 9).await.unwrap();
    assert!(ran <= 1, "{context}: ran {ran} times");
    let missing = images.len() < delivered;
    assert!(
        !missing || in_flight,
        "{context}: {delivered} delivered, {} there",
        images.len()
    );
    assert!(images.len() <= 1, "{context}: doubled");
    for image in &images {
        let (_, bytes) = studio.image_bytes(image.id.clone()).await.unwrap();
        assert_eq!(novelai::response::pictures(&bytes).unwrap().len(), 1, "{context}: torn");
    }
    let outcome = match (&job.state, job.verdict) {
        (JobState::Done { .. }, _) => {
            assert_eq!(images.len(), 1, "{context}: {job:?}");
            "done"
        }
        // Free, and lost: nothing was charged, so it can be asked for again.
        (JobState::Failed { .. }, _) => {
            assert!(!paid && after.charged == 0, "{context}: {job:?}");
            "failed, free"
        }
        (JobState::Unsettled { .. }, verdict) => {
            // It is never sent again by itself.
            assert_eq!(
                (after.charged, after.generations().count()),
                (charged, books.generations().count())
            );
            let anlas = u32::try_from(charged).unwrap();
            let told = match (anlas, images.len()) {
                (0, _) => Verdict::NotCharged,
                (anlas, 0) => Verdict::ChargedAndLost { anlas },
                (anlas, _) => Verdict::ChargedAndRecovered { anlas, pictures: 1 },
            };
            assert_eq!(verdict, Some(told), "{context}: {job:?}");
            "unsettled"
        }
        (other, _) => panic!("{context}: {other:?}"),
    };
    let ledger = studio.ledger("2000-01-01".into()).await.unwrap();
    assert_eq!(u64::from(ledger.spent.day), after.charged, "{context}: {ledger:?}");
    studio.close().await;
    if missing { "in flight" } else { outcome }
}

/// The job, settled, and told by a balance where it is unsettled or was paid.
async fn with_verdict(studio: &Studio, id: Uuid) -> Job {
    settled(studio, id).await;
    for _ in 0..300 {
        let jobs = studio.jobs().await.unwrap();
        let job = jobs.into_iter().find(|job| job.id == id).unwrap();
        if job.paid.is_some() || matches!(job.state, JobState::Failed { .. }) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no balance told: {:?}", studio.jobs().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_nothing_is_lost_and_nothing_is_charged_twice() {
    let count = std::env::var("ATELIER_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let seed = rand::random();
    let mut outcomes = std::collections::BTreeMap::new();
    for (number, (kill, paid)) in kills(count, seed).into_iter().enumerate() {
        let context = format!("kill {number} of seed {seed}, {kill:?}, paid {paid}");
        let stage = Stage::with(sandbox::Options {
            tier: if paid { 1 } else { 3 },
            ..sandbox::Options::default()
        })
        .await;
        let id = Uuid::new_v4();
        let killed_at = match kill {
            Kill::Before(step) => {
                child::ended(start(&stage, id, &format!("{step:?}"))).await;
                None
            }
            Kill::AfterSignIn(milliseconds) => {
                let signed_in = |stage: &Stage| stage.service.books().received > 0;
                Some(kill_after(&stage, id, signed_in, milliseconds).await)
            }
            Kill::AfterDelivery(milliseconds) => {
                let delivered = |stage: &Stage| stage.service.books().delivered().next().is_some();
                Some(kill_after(&stage, id, delivered, milliseconds).await)
            }
        };
        let outcome = judge(&stage, id, paid, killed_at, &context).await;
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    println!("{count} kills of seed {seed}: {outcomes:?}");
    let in_flight = outcomes.get("in flight").copied().unwrap_or_default();
    assert!(in_flight <= 1 + count / 100, "{outcomes:?}");
    assert!(
        outcomes.contains_key("done") && outcomes.contains_key("unsettled"),
        "{outcomes:?}"
    );
}

/// Kills the process so many milliseconds after something is so. When that was, in milliseconds since 1970.
async fn kill_after(stage: &Stage, id: Uuid, so: impl Fn(&Stage) -> bool, milliseconds: u64) -> u64 {
    stage.service.set_step_delay(Duration::from_millis(15));
    let mut child = start(stage, id, "never");
    while !so(stage) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    let at = u64::try_from(now_ms()).unwrap();
    child.kill().unwrap();
    child::ended(child).await;
    at
}
