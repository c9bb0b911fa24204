//! Everything that a server and a network can do to a request: each ends in a plain state, nothing received is lost,
//! and nothing is sent twice that may have run.

mod common;

use std::fs;
use std::io::Cursor;
use std::time::{Duration, Instant};

use common::{Stage, request, run, settled, states, until};
use novelai::model::Registry;
use sandbox::Fault;
use studio::{Error, ErrorCode, Job, JobState, Studio};
use uuid::Uuid;

fn status(status: u16) -> Fault {
    Fault::Status {
        status,
        body: None,
        retry_after: None,
        after_charging: false,
    }
}

fn error_of(job: &Job) -> &Error {
    match &job.state {
        JobState::Failed { error } | JobState::Unsettled { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

/// Waits for the balance that is written beside an unsettled job.
async fn with_balance(studio: &Studio, id: Uuid) -> (Option<u32>, Option<u32>) {
    let job = until(studio, id, |state| {
        matches!(
            state,
            JobState::Unsettled {
                anlas_after: Some(_),
                ..
            }
        )
    })
    .await;
    match job.state {
        JobState::Unsettled {
            anlas_before,
            anlas_after,
            ..
        } => (anlas_before, anlas_after),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again_no_sooner_than_it_says() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_next(Fault::Status {
        status: 429,
        body: None,
        retry_after: Some(2),
        after_charging: false,
    });
    let mut events = studio.subscribe();
    let id = Uuid::new_v4();
    let asked = Instant::now();
    studio.enqueue(id, request()).await.unwrap();

    let states = states(&mut events, id).await;

    assert!(asked.elapsed() >= Duration::from_secs(2), "{:?}", asked.elapsed());
    assert!(matches!(states.last(), Some(JobState::Done { .. })), "{states:?}");
    assert!(
        states
            .iter()
            .any(|state| matches!(state, JobState::Queued { retry_at: Some(_) }))
    );
    let answers: Vec<_> = stage
        .service
        .books()
        .generations()
        .map(|exchange| exchange.status)
        .collect();
    assert_eq!(answers, [Some(429), Some(200)]);
    assert_eq!(stage.pictures().len(), 1);
}

#[tokio::test]
async fn a_job_that_waits_for_a_busy_server_can_be_cancelled() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_next(Fault::Status {
        status: 429,
        body: None,
        retry_after: Some(60),
        after_charging: false,
    });
    let id = Uuid::new_v4();
    studio.enqueue(id, request()).await.unwrap();
    until(&studio, id, |state| {
        matches!(state, JobState::Queued { retry_at: Some(_) })
    })
    .await;

    studio.cancel(id).await.unwrap();

    assert_eq!(settled(&studio, id).await.state, JobState::Cancelled);
    let after = tokio::time::timeout(Duration::from_secs(10), run(&studio, request())).await;
    assert!(
        matches!(after.unwrap().state, JobState::Done { .. }),
        "the queue goes on"
    );
    assert_eq!(stage.service.books().generations().count(), 2);
}

#[tokio::test]
async fn a_refusal_fails_the_job_and_is_not_tried_again() {
    for (number, code) in [
        (400, ErrorCode::Rejected),
        (401, ErrorCode::Unauthorized),
        (402, ErrorCode::InsufficientAnlas),
        (403, ErrorCode::Rejected),
    ] {
        let stage = Stage::new().await;
        let studio = stage.open_signed_in().await;
        stage.service.fail_next(status(number));

        let job = run(&studio, request()).await;

        assert!(
            matches!(job.state, JobState::Failed { .. }),
            "{number}: {:?}",
            job.state
        );
        assert_eq!(error_of(&job).code, code, "{number}");
        assert!(error_of(&job).detail.as_ref().unwrap().contains(&number.to_string()));
        assert_eq!(stage.service.books().generations().count(), 1);
        stage.nothing_is_spooled().await;
    }
}

#[tokio::test]
async fn a_server_failure_of_a_paid_request_is_unsettled_with_both_balances_and_sent_once() {
    for (after_charging, spent) in [(true, true), (false, false)] {
        let stage = Stage::new().await;
        let studio = stage.open_signed_in().await;
        let balance = stage.service.books().anlas;
        stage.service.fail_next(Fault::Status {
            status: 500,
            body: None,
            retry_after: None,
            after_charging,
        });

        let job = run(&studio, request()).await;

        assert_eq!(error_of(&job).code, ErrorCode::Unavailable);
        let (before, after) = with_balance(&studio, job.id).await;
        assert_eq!(before, Some(balance));
        assert_eq!(after, Some(stage.service.books().anlas));
        assert_eq!(before != after, spent);
        assert!(
            error_of(&job).message.contains("may have been charged"),
            "{}",
            error_of(&job)
        );
        assert_eq!(stage.service.books().generations().count(), 1);
    }
}

#[tokio::test]
async fn a_server_failure_of_a_free_request_fails_plainly() {
    let stage = Stage::with(sandbox::Options::default()).await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_next(status(502));

    let job = run(&studio, request()).await;

    assert_eq!(job.anlas, Some(0));
    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert!(error_of(&job).message.contains("free of charge"));
    assert_eq!(stage.service.books().generations().count(), 1);
}

#[tokio::test]
async fn without_a_server_nothing_is_sent_and_the_job_fails() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.kill();

    let job = run(&studio, request()).await;

    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert_eq!(error_of(&job).code, ErrorCode::Offline);
    stage.nothing_is_spooled().await;
    // The sandbox is still there.
    studio.sign_out().await.unwrap();
    assert!(matches!(run(&studio, request()).await.state, JobState::Done { .. }));
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_leaves_an_unsettled_job_with_its_bytes() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_next(Fault::Die { after_frames: 2 });

    let job = run(&studio, request()).await;

    assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
    assert_eq!(error_of(&job).code, ErrorCode::Interrupted);
    let [kept] = stage.spooled().try_into().unwrap();
    assert!(
        error_of(&job)
            .detail
            .as_ref()
            .unwrap()
            .contains(&kept.display().to_string())
    );
    assert!(fs::metadata(kept).unwrap().len() > 0);
}

/// A PNG whose header promises a picture of 100,000 by 100,000 pixels.
fn bomb() -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::new(8, 8)
        .write_to(&mut png, image::ImageFormat::Png)
        .expect("a small picture");
    let mut png = png.into_inner();
    png[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
    let sum = crc32fast::hash(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

fn body(bytes: impl Into<Vec<u8>>) -> Fault {
    Fault::Body {
        content_type: "application/octet-stream".into(),
        bytes: bytes.into(),
    }
}

#[tokio::test]
async fn every_broken_reply_leaves_pictures_or_its_bytes_and_a_plain_word() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let faults = [
        Fault::CutBody { after_bytes: 1 },
        Fault::CutBody { after_bytes: 1000 },
        Fault::ResetStream { after_frames: 1 },
        Fault::ResetStream { after_frames: 3 },
        Fault::ErrorFrame {
            after_frames: 2,
            message: "out of memory".into(),
        },
        Fault::Html,
        body(bomb()),
        body("{\"images\":[]}"),
        body("{\"images\":[{\"image\":\"AAAA\",\"index\":0}]}"),
        body("PK\x03\x04 and nothing more"),
        body([0xff; 4096]),
        body([0, 0, 0, 1, 0x80]),
        body([0xff, 0xff, 0xff, 0xff, 0x80, 1, 2, 3]),
        body("\u{89}PNG"),
    ];
    for fault in faults {
        let (pictures, spooled) = (stage.pictures().len(), stage.spooled().len());
        stage.service.fail_next(fault.clone());

        let job = run(&studio, request()).await;

        let error = error_of(&job);
        assert!(
            matches!(job.state, JobState::Unsettled { .. }),
            "{fault:?}: {:?}",
            job.state
        );
        assert!(
            matches!(
                error.code,
                ErrorCode::Interrupted | ErrorCode::Malformed | ErrorCode::Unavailable
            ),
            "{fault:?}: {error}"
        );
        let left = stage.pictures().len() + stage.spooled().len();
        assert_eq!(left, pictures + spooled + 1, "{fault:?}: {error}");
        with_balance(&studio, job.id).await;
    }
    let books = stage.service.books();
    assert_eq!(books.generations().count(), 14, "each was sent once");
}

#[tokio::test]
async fn an_empty_reply_leaves_no_empty_file() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_next(body(""));
    let job = run(&studio, request()).await;
    assert_eq!(error_of(&job).code, ErrorCode::Malformed);
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn replies_that_only_look_odd_become_pictures() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    for fault in [
        Fault::WrongContentType,
        Fault::Slow(Duration::from_millis(200)),
        Fault::Dribble {
            bytes: 4096,
            pause: Duration::from_millis(1),
        },
    ] {
        stage.service.fail_next(fault.clone());
        let job = run(&studio, request()).await;
        assert!(matches!(job.state, JobState::Done { .. }), "{fault:?}: {:?}", job.state);
    }
    assert_eq!(stage.pictures().len(), 3);
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn whole_pictures_of_a_broken_batch_are_saved_and_the_rest_is_kept() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let mut batch = request();
    batch.samples = 2;
    run(&studio, batch.clone()).await;
    let whole = stage.service.books().generations().last().unwrap().sent;
    stage.service.fail_next(Fault::CutBody {
        after_bytes: whole - 100,
    });

    let job = run(&studio, batch).await;

    assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
    assert!(error_of(&job).message.contains("1 of 2 pictures"), "{}", error_of(&job));
    assert_eq!(stage.pictures().len(), 3);
    assert_eq!(studio.images(None, 10).await.unwrap().len(), 3);
    assert_eq!(stage.spooled().len(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_last_picture_loses_nothing() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    // Three previews and the picture.
    stage.service.fail_next(Fault::ResetStream { after_frames: 4 });
    let job = run(&studio, request()).await;
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    assert_eq!(stage.pictures().len(), 1);
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn a_cancelled_batch_keeps_the_pictures_that_were_whole() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let mut batch = request();
    batch.samples = 2;
    run(&studio, batch.clone()).await;
    let whole = stage.service.books().generations().last().unwrap().sent;
    stage.service.fail_next(Fault::StallBody {
        after_bytes: whole - 100,
    });
    let id = Uuid::new_v4();
    studio.enqueue(id, batch).await.unwrap();
    let part = stage.folders().data.join(format!("spool/{id}.part"));
    while fs::metadata(&part).map_or(0, |part| part.len()) < whole - 100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    studio.cancel(id).await.unwrap();

    assert_eq!(settled(&studio, id).await.state, JobState::Cancelled);
    assert_eq!(stage.pictures().len(), 3);
    assert_eq!(studio.images(None, 10).await.unwrap().len(), 3);
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn a_model_that_can_not_be_watched_is_asked_for_an_archive() {
    let stage = Stage::new().await;
    let text = include_str!("../../novelai/src/models.toml").replace("streaming = true", "streaming = false");
    let mut options = stage.options();
    options.registry = Registry::parse(&text).unwrap().into();
    let (studio, _) = Studio::open(options).await.unwrap();
    let mut batch = request();
    batch.samples = 2;

    let job = run(&studio, batch.clone()).await;

    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    assert_eq!(
        stage.sandbox.books().generations().next().unwrap().path,
        "/ai/generate-image"
    );
    assert_eq!(stage.pictures().len(), 2);

    // An archive that is cut before its directory still has its first picture.
    let sent = stage.sandbox.books().generations().next().unwrap().sent;
    stage.sandbox.fail_next(Fault::CutBody {
        after_bytes: sent - 200,
    });
    let job = run(&studio, batch).await;
    assert!(error_of(&job).message.contains("of 2 pictures"), "{:?}", job.state);
    assert!(stage.pictures().len() > 2);
}

#[tokio::test]
async fn a_server_that_repeats_the_token_does_not_get_it_into_an_error() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_next(Fault::ErrorFrame {
        after_frames: 0,
        message: format!("the token {} has had enough", common::TOKEN),
    });
    let job = run(&studio, request()).await;
    assert!(!format!("{job:?}").contains("Canary"), "{job:?}");
    stage.service.fail_next(Fault::Status {
        status: 400,
        body: Some(format!("no {} here", common::TOKEN)),
        retry_after: None,
        after_charging: false,
    });
    let job = run(&studio, request()).await;
    assert!(!format!("{job:?}").contains("Canary"), "{job:?}");
}
