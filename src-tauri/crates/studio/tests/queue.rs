//! The queue as a person handles it: its order, its pauses, jobs that are changed, copied, sent once more and settled.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod common;

use std::time::Duration;

use common::{Stage, request, run, settled, until};
use sandbox::Fault;
use studio::{Choice, ErrorCode, Job, JobState, QueueList, Studio, Verdict};
use uuid::Uuid;

/// Queues requests, each with another prompt, into a queue that is paused.
async fn waiting(studio: &Studio, count: usize) -> Vec<Uuid> {
    studio.pause_queue().await.unwrap();
    let mut ids = Vec::new();
    for number in 0..count {
        let mut request = request();
        request.prompt.text = format!("number {number}");
        let id = Uuid::new_v4();
        studio.enqueue(id, request).await.unwrap();
        ids.push(id);
    }
    ids
}

async fn open(studio: &Studio) -> Vec<Uuid> {
    let jobs = studio.listed_jobs(QueueList::Open, 0, 100).await.unwrap();
    jobs.into_iter().map(|job| job.id).collect()
}

async fn all_done(studio: &Studio) {
    for _ in 0..2000 {
        let state = studio.queue_state().await.unwrap();
        if state.queued + state.running == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", studio.queue_state().await);
}

/// The prompts that reached a server, in their order.
fn sent(stage: &Stage) -> Vec<String> {
    let books = stage.sandbox.books();
    let prompt = |exchange: &sandbox::Exchange| exchange.body.as_ref().unwrap()["input"].as_str().unwrap().to_owned();
    books.generations().map(prompt).collect()
}

#[tokio::test]
async fn a_paused_queue_sends_nothing_also_after_a_restart_and_keeps_its_order() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let ids = waiting(&studio, 4).await;
    studio.move_jobs(vec![ids[3]], Some(ids[0])).await.unwrap();
    studio.move_jobs(vec![ids[0], ids[1]], None).await.unwrap();
    let order = [ids[3], ids[2], ids[0], ids[1]];
    assert_eq!(open(&studio).await, order);
    studio.close().await;

    let studio = stage.open().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let state = studio.queue_state().await.unwrap();
    assert_eq!((state.paused, state.queued, sent(&stage).len()), (true, 4, 0));
    assert_eq!(open(&studio).await, order);
    studio.resume_queue().await.unwrap();
    all_done(&studio).await;

    let numbers: Vec<_> = sent(&stage).iter().map(|prompt| prompt.contains("number 3")).collect();
    assert_eq!(numbers, [true, false, false, false]);
}

#[tokio::test]
async fn a_job_is_moved_between_two_others_however_often() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut ids = waiting(&studio, 3).await;
    for _ in 0..80 {
        studio.move_jobs(vec![ids[2]], Some(ids[1])).await.unwrap();
        ids.swap(1, 2);
    }
    assert_eq!(open(&studio).await, ids);
    let gone = studio.move_jobs(vec![ids[0]], Some(Uuid::new_v4())).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn the_queue_pauses_after_the_job_that_it_was_told_to() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let ids = waiting(&studio, 3).await;
    studio.pause_after(ids[1], true).await.unwrap();
    studio.resume_queue().await.unwrap();

    settled(&studio, ids[1]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;

    let state = studio.queue_state().await.unwrap();
    assert_eq!((state.paused, state.queued, state.done), (true, 1, 2));
}

#[tokio::test]
async fn what_is_queued_can_be_changed_and_what_is_sent_can_not() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let ids = waiting(&studio, 2).await;
    let mut other = request();
    other.prompt.text = "something else".into();
    let changed = studio.edit_job(ids[0], other.clone()).await.unwrap();
    assert_eq!(changed.work.request().unwrap().prompt.text, "something else");
    let mut wrong = other.clone();
    wrong.size.width = 100;
    assert_eq!(
        studio.edit_job(ids[1], wrong).await.unwrap_err().code,
        ErrorCode::Refused
    );
    studio.resume_queue().await.unwrap();
    all_done(&studio).await;

    assert!(sent(&stage)[0].contains("something else"));
    let late = studio.edit_job(ids[0], other).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_copy_stands_behind_its_original_and_has_a_seed_of_its_own() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let ids = waiting(&studio, 2).await;
    let copy = Uuid::new_v4();
    let made = studio.duplicate_job(ids[0], copy).await.unwrap();
    assert_eq!(open(&studio).await, [ids[0], copy, ids[1]]);
    let seed = |job: &Job| job.work.request().unwrap().sampling.seed;
    assert_ne!(seed(&made), request().sampling.seed);
}

#[tokio::test]
async fn all_that_waits_is_cancelled_at_once_and_what_runs_comes_to_its_end() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(Duration::from_millis(80));
    let studio = stage.open().await;
    let running = Uuid::new_v4();
    studio.enqueue(running, request()).await.unwrap();
    until(&studio, running, |state| matches!(state, JobState::Running { .. })).await;
    for _ in 0..5 {
        studio.enqueue(Uuid::new_v4(), request()).await.unwrap();
    }

    assert_eq!(studio.cancel_all(false).await.unwrap(), 5);

    assert!(matches!(settled(&studio, running).await.state, JobState::Done { .. }));
    assert_eq!(stage.sandbox.books().generations().count(), 1);
    let state = studio.queue_state().await.unwrap();
    assert_eq!((state.queued, state.failed, state.done), (0, 5, 1));
    studio.clear_ended().await.unwrap();
    assert!(studio.first_jobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_waits_for_a_busy_server_is_cancelled_with_the_rest_and_not_sent_again() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    stage.sandbox.fail_next(busy(60));
    let refused = Uuid::new_v4();
    studio.enqueue(refused, request()).await.unwrap();
    until(&studio, refused, waits).await;
    studio.enqueue(Uuid::new_v4(), request()).await.unwrap();

    assert_eq!(studio.cancel_all(false).await.unwrap(), 2);

    assert_eq!(settled(&studio, refused).await.state, JobState::Cancelled);
    assert_eq!(stage.sandbox.books().generations().count(), 1);
}

#[tokio::test]
async fn what_waits_for_a_busy_server_can_be_changed_and_is_sent_once_as_it_is_then() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    stage.sandbox.fail_next(busy(1));
    let id = Uuid::new_v4();
    studio.enqueue(id, request()).await.unwrap();
    until(&studio, id, waits).await;
    let mut other = request();
    other.prompt.text = "something else".into();

    let changed = studio.edit_job(id, other.clone()).await.unwrap();

    assert!(waits(&changed.state), "it still waits: {:?}", changed.state);
    assert_eq!(changed.work.request().unwrap().prompt.text, "something else");
    let done = settled(&studio, id).await;
    assert!(matches!(done.state, JobState::Done { .. }), "{:?}", done.state);
    assert_eq!(done.work.request().unwrap().prompt.text, "something else");
    let sent = sent(&stage);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(!sent[0].contains("something else") && sent[1].contains("something else"));
    let ran = stage
        .sandbox
        .books()
        .generations()
        .filter(|exchange| exchange.ran)
        .count();
    assert_eq!((ran, stage.pictures().len()), (1, 1));
}

#[tokio::test]
async fn what_was_changed_while_it_waited_can_be_cancelled() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    stage.sandbox.fail_next(busy(60));
    let id = Uuid::new_v4();
    studio.enqueue(id, request()).await.unwrap();
    until(&studio, id, waits).await;
    studio.edit_job(id, request()).await.unwrap();

    studio.cancel(id).await.unwrap();

    assert_eq!(settled(&studio, id).await.state, JobState::Cancelled);
    let next = run(&studio, request()).await;
    assert!(matches!(next.state, JobState::Done { .. }), "the queue goes on");
    assert_eq!(stage.sandbox.books().generations().count(), 2);
}

fn busy(seconds: u64) -> Fault {
    Fault::Status {
        status: 429,
        body: None,
        retry_after: Some(seconds),
        after_charging: false,
    }
}

fn waits(state: &JobState) -> bool {
    matches!(state, JobState::Queued { retry_at: Some(_) })
}

/// A job that costs something and meets a fault, with its verdict.
async fn unsettled(stage: &Stage, studio: &Studio, fault: Fault) -> Job {
    stage.service.fail_next(fault);
    let job = run(studio, request()).await;
    assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
    for _ in 0..500 {
        let jobs = studio.listed_jobs(QueueList::Unsettled, 0, 100).await.unwrap();
        let job = jobs.into_iter().find(|other| other.id == job.id).unwrap();
        if !matches!(job.verdict, None | Some(Verdict::Unknown)) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no verdict: {job:?}");
}

fn failed(after_charging: bool) -> Fault {
    Fault::Status {
        status: 500,
        body: None,
        retry_after: None,
        after_charging,
    }
}

#[tokio::test]
async fn the_verdict_on_an_unsettled_job_agrees_with_the_books_and_the_person_decides() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let anlas = studio.estimate(&request()).unwrap().anlas;
    assert!(anlas > 0);

    let safe = unsettled(&stage, &studio, failed(false)).await;
    assert_eq!(safe.verdict, Some(Verdict::NotCharged));
    let lost = unsettled(&stage, &studio, failed(true)).await;
    assert_eq!(lost.verdict, Some(Verdict::ChargedAndLost { anlas }));
    assert_eq!(stage.service.books().charged, u64::from(anlas));

    // What was charged is not sent again as if it were nothing.
    let refused = studio.retry_job(lost.id).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Refused);
    let again = studio.retry_job(safe.id).await.unwrap().id;
    assert!(matches!(settled(&studio, again).await.state, JobState::Done { .. }));
    // A double click, or the same from another program, is one job.
    assert_eq!(studio.retry_job(safe.id).await.unwrap().id, again);
    let (first, second) = tokio::join!(
        studio.settle_job(lost.id, Choice::SendAgain),
        studio.settle_job(lost.id, Choice::SendAgain)
    );
    let sent = first.unwrap().unwrap().id;
    assert_eq!(second.unwrap().unwrap().id, sent);
    assert!(matches!(settled(&studio, sent).await.state, JobState::Done { .. }));

    assert_eq!(stage.service.books().charged, 3 * u64::from(anlas));
    assert_eq!(stage.service.books().generations().count(), 4);
    assert_eq!(studio.queue_state().await.unwrap().unsettled, 0);
}

#[tokio::test]
async fn the_queue_tells_what_it_costs_and_where_it_stops_being_free() {
    let stage = Stage::with(sandbox::Options::default()).await;
    let studio = stage.open_signed_in().await;
    studio.refresh_account().await;
    waiting(&studio, 2).await;
    let mut large = request();
    (large.size.width, large.size.height) = (1536, 1536);
    let costly = Uuid::new_v4();
    studio.enqueue(costly, large.clone()).await.unwrap();
    let anlas = studio.estimate(&large).unwrap().anlas;

    let state = studio.queue_state().await.unwrap();

    assert!(anlas > 0);
    assert_eq!(
        (state.anlas, state.free_before, state.first_paid),
        (anlas, Some(2), Some(costly))
    );
}
