//! Tests: every state in which a start can find a job and its bytes.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use uuid::Uuid;

use crate::door::{Opened, Studio};
use crate::error::{Error, ErrorCode};
use crate::jobs::{Job, JobState, Work, journal};
use crate::testing::encoded;
use crate::testing::stage::{Stage, request, settled, until};

/// A stage whose studio has been open once, so that its database is there.
async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.open().await.close().await;
    stage
}

/// Leaves a job behind as a crash would: in a state, at a price.
fn leave(stage: &Stage, server: &str, anlas: u32, state: &str) -> Uuid {
    let job = Job {
        created: 1,
        ..Job::new(Uuid::new_v4(), Work::generate(request()), server.into(), Some(anlas))
    };
    let connection = database(stage);
    journal::insert(&connection, &job).unwrap();
    if state != "queued" {
        assert!(journal::claim(&connection, job.id, Some(anlas), Some(500)).unwrap());
    }
    connection
        .execute(
            "UPDATE jobs SET state = ?2 WHERE id = ?1",
            [job.id.to_string(), state.into()],
        )
        .unwrap();
    job.id
}

fn database(stage: &Stage) -> Connection {
    Connection::open(stage.folders().database()).unwrap()
}

fn spool(stage: &Stage, id: Uuid, bytes: &[u8]) {
    fs::write(stage.folders().part(id), bytes).unwrap();
}

async fn open(stage: &Stage) -> (Studio, Opened) {
    Studio::open(stage.options()).await.unwrap()
}

fn png() -> Vec<u8> {
    encoded(image::ImageFormat::Png, 64, 64)
}

#[tokio::test]
async fn a_whole_answer_becomes_a_picture_and_nothing_is_sent() {
    for state in ["sending", "received"] {
        let stage = stage().await;
        let id = leave(&stage, "sandbox", 2, state);
        spool(&stage, id, &png());

        let (studio, opened) = open(&stage).await;

        assert_eq!(opened.recovered, 1);
        let job = settled(&studio, id).await;
        assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
        assert_eq!(fs::read(&stage.pictures()[0]).unwrap(), png());
        stage.nothing_is_spooled().await;
        studio.close().await;
        let (_, again) = open(&stage).await;
        assert_eq!(again.recovered, 0);
        assert_eq!(stage.pictures().len(), 1);
        assert_eq!(stage.sandbox.books().generations().count(), 0);
    }
}

#[tokio::test]
async fn a_job_without_an_answer_is_unsettled_and_never_sent_again() {
    for leftover in [None, Some(&b""[..]), Some(b"\0\0\x10\0 cut")] {
        let stage = stage().await;
        let id = leave(&stage, "sandbox", 2, "sending");
        if let Some(bytes) = leftover {
            spool(&stage, id, bytes);
        }

        let (studio, opened) = open(&stage).await;

        assert_eq!(opened.recovered, 0);
        // The balance of now is put beside that of before as soon as it is known.
        let job = until(&studio, id, |state| {
            matches!(
                state,
                JobState::Unsettled {
                    anlas_before: Some(500),
                    anlas_after: Some(10_000),
                    ..
                }
            )
        })
        .await;
        let JobState::Unsettled { error, .. } = &job.state else {
            panic!("{:?}", job.state);
        };
        assert_eq!(error.code, ErrorCode::Interrupted);
        assert!(error.message.contains("may have been charged"));
        let kept: Vec<_> = stage.spooled();
        assert_eq!(kept.len(), usize::from(leftover.is_some_and(|bytes| !bytes.is_empty())));
        assert!(kept.iter().all(|path| path == &stage.folders().kept(id)));
        assert_eq!(stage.sandbox.books().generations().count(), 0);
    }
}

#[tokio::test]
async fn a_free_job_without_an_answer_has_failed() {
    let stage = stage().await;
    let id = leave(&stage, "sandbox", 0, "sending");
    let (studio, _) = open(&stage).await;
    let job = settled(&studio, id).await;
    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert_eq!(stage.sandbox.books().generations().count(), 0);
}

#[tokio::test]
async fn killed_between_the_name_and_the_index_there_is_still_one_picture() {
    let stage = stage().await;
    let id = leave(&stage, "sandbox", 2, "sending");
    spool(&stage, id, &png());
    let (studio, _) = open(&stage).await;
    let [record] = studio.images(None, 10).await.unwrap().try_into().unwrap();
    studio.close().await;
    // Back to the moment before the last transaction, with the file already there.
    let connection = database(&stage);
    connection.execute("UPDATE images SET pending = 1", []).unwrap();
    connection.execute("UPDATE jobs SET state = 'sending'", []).unwrap();
    drop(connection);
    spool(&stage, id, &png());

    let (studio, opened) = open(&stage).await;

    assert_eq!(opened.recovered, 1);
    assert_eq!(studio.images(None, 10).await.unwrap(), [record]);
    assert_eq!(stage.pictures().len(), 1);
}

#[tokio::test]
async fn an_unfinished_file_of_a_crash_is_replaced() {
    let stage = stage().await;
    let id = leave(&stage, "sandbox", 2, "sending");
    spool(&stage, id, &png());
    let (studio, _) = open(&stage).await;
    studio.close().await;
    let picture = stage.pictures().pop().unwrap();
    let unfinished = picture.parent().unwrap().join(format!(".{id}-0.part"));
    fs::rename(&picture, &unfinished).unwrap();
    fs::write(&unfinished, b"torn").unwrap();
    let connection = database(&stage);
    connection.execute("UPDATE images SET pending = 1", []).unwrap();
    connection.execute("UPDATE jobs SET state = 'sending'", []).unwrap();
    drop(connection);
    spool(&stage, id, &png());

    let (studio, _) = open(&stage).await;

    assert_eq!(stage.pictures(), std::slice::from_ref(&picture));
    assert_eq!(fs::read(picture).unwrap(), png());
    assert_eq!(studio.images(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn leftovers_of_settled_jobs_are_tidied_and_bytes_are_never_thrown_away() {
    let stage = stage().await;
    let done = leave(&stage, "sandbox", 2, "done");
    let cancelled = leave(&stage, "sandbox", 2, "cancelled");
    let odd = leave(&stage, "nowhere.example", 2, "queued");
    let empty = leave(&stage, "nowhere.example", 2, "queued");
    for id in [done, cancelled, odd] {
        spool(&stage, id, &png());
    }
    spool(&stage, empty, b"");

    let (_studio, opened) = open(&stage).await;

    assert_eq!(opened, Opened::default());
    assert_eq!(stage.spooled(), [stage.folders().kept(odd)]);
}

#[tokio::test]
async fn what_a_full_disk_left_is_saved_by_the_next_start() {
    let stage = stage().await;
    let id = leave(&stage, "sandbox", 2, "unsettled");
    let error = Error::new(ErrorCode::DiskFull, "The disk is full.");
    let state = JobState::unsettled(error);
    journal::settle(&database(&stage), id, &state).unwrap();
    spool(&stage, id, &png());

    let (studio, opened) = open(&stage).await;

    assert_eq!(opened.recovered, 1);
    let job = settled(&studio, id).await;
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
}

#[tokio::test]
async fn bytes_that_were_put_aside_can_be_tried_again_and_stay_if_that_fails() {
    let stage = stage().await;
    let id = leave(&stage, "sandbox", 2, "sending");
    spool(&stage, id, b"no picture");
    let (studio, _) = open(&stage).await;
    settled(&studio, id).await;

    let job = studio.save_again(id).await.unwrap();

    let JobState::Unsettled { error, .. } = &job.state else {
        panic!("{:?}", job.state);
    };
    assert_eq!(error.code, ErrorCode::Interrupted);
    assert_eq!(error.message.matches("may have been charged").count(), 1, "{error}");
    let kept = stage.folders().kept(id);
    assert_eq!(
        error
            .detail
            .as_ref()
            .unwrap()
            .matches(&kept.display().to_string())
            .count(),
        1
    );
    assert_eq!(fs::read(&kept).unwrap(), b"no picture");
    // A better decoder, say.
    fs::write(&kept, png()).unwrap();
    let job = studio.save_again(id).await.unwrap();
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn a_job_for_a_server_that_is_not_there_waits_and_goes_nowhere_else() {
    let stage = stage().await;
    let id = leave(&stage, "image.novelai.net", 2, "queued");
    let (studio, _) = open(&stage).await;
    crate::testing::stage::run(&studio, request()).await;
    let job = studio
        .jobs()
        .await
        .unwrap()
        .into_iter()
        .find(|job| job.id == id)
        .unwrap();
    assert_eq!(job.state, JobState::Queued { retry_at: None });
    assert_eq!(stage.sandbox.books().generations().count(), 1);
    studio.cancel(id).await.unwrap();
    assert_eq!(settled(&studio, id).await.state, JobState::Cancelled);
}

#[tokio::test]
async fn other_files_in_the_spool_are_left_alone() {
    let stage = stage().await;
    let note: &Path = &stage.folders().spool().join("note.part");
    fs::write(note, b"mine").unwrap();
    let (_studio, opened) = open(&stage).await;
    assert_eq!(opened, Opened::default());
    assert_eq!(fs::read(note).unwrap(), b"mine");
}
