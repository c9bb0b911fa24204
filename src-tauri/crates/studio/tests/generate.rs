//! The main road: a request goes in, a picture lies in the library.

mod common;

use std::fs;
use std::time::Duration;

use common::{Stage, request, run, settled, states, until};
use novelai::metadata;
use novelai::request::ImageFormat;
use sha2::{Digest as _, Sha256};
use studio::{ErrorCode, Event, JobState, PictureFormat};
use uuid::Uuid;

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_request_becomes_a_picture_with_prompt_and_seed_in_it() {
    let stage = Stage::new().await;
    let studio = stage.open().await;

    let job = run(&studio, request()).await;

    let JobState::Done { images } = &job.state else {
        panic!("{:?}", job.state);
    };
    let [record] = studio.images(None, 10).await.unwrap().try_into().unwrap();
    assert_eq!(images, std::slice::from_ref(&record.id));
    assert_eq!((record.width, record.height), (192, 256));
    assert_eq!(record.seed, Some(1_234_567_890));
    assert_eq!(record.prompt, "a lighthouse, night");
    assert_eq!(record.job, Some(job.id));
    assert_eq!(record.format, PictureFormat::Png);
    assert!(record.file_name.ends_with("-1234567890-0.png"), "{}", record.file_name);

    let path = studio.image_path(record.id.clone()).await.unwrap();
    assert_eq!(stage.pictures(), std::slice::from_ref(&path));
    let bytes = fs::read(path).unwrap();
    let books = stage.sandbox.books();
    assert_eq!(
        books
            .delivered()
            .map(|picture| picture.sha256.clone())
            .collect::<Vec<_>>(),
        [hex(&bytes)]
    );
    assert_eq!(
        studio.image_bytes(record.id.clone()).await.unwrap(),
        (PictureFormat::Png, bytes.clone())
    );
    let said = metadata::read(&bytes).unwrap();
    assert_eq!(said.seed(), Some(1_234_567_890));
    assert!(said.prompt().unwrap().starts_with("a lighthouse, night"));

    let thumbnail = studio.thumbnail(record.id).await.unwrap();
    let thumbnail = image::load_from_memory_with_format(&thumbnail, image::ImageFormat::Jpeg).unwrap();
    assert_eq!((thumbnail.width(), thumbnail.height()), (192, 256));
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn every_state_is_told_in_order_with_previews_on_the_way() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(Duration::from_millis(50));
    let studio = stage.open().await;
    let mut events = studio.subscribe();
    let id = Uuid::new_v4();

    studio.enqueue(id, request()).await.unwrap();
    until(&studio, id, |state| matches!(state, JobState::Running { .. })).await;
    let preview = studio.preview(id).unwrap();
    assert!(preview.starts_with(&[0xff, 0xd8, 0xff]));

    let states = states(&mut events, id).await;
    assert_eq!(states[0], JobState::Queued { retry_at: None });
    assert_eq!(states[1], JobState::Sending);
    let steps: Vec<(u32, u32)> = states
        .iter()
        .filter_map(|state| match state {
            JobState::Running { step, steps } => Some((*step, *steps)),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [(1, 4), (2, 4), (3, 4), (4, 4)]);
    assert_eq!(states[states.len() - 2], JobState::Received);
    assert!(matches!(states.last(), Some(JobState::Done { images }) if images.len() == 1));
    assert_eq!(studio.preview(id), None);
}

#[tokio::test]
async fn the_picture_is_announced_before_its_job_is_done() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut events = studio.subscribe();
    let id = Uuid::new_v4();
    studio.enqueue(id, request()).await.unwrap();
    let mut announced = false;
    loop {
        match events.recv().await.unwrap() {
            Event::Library { added, removed } => {
                assert_eq!((added.len(), removed.len()), (1, 0));
                announced = true;
            }
            Event::Job(job) if matches!(job.state, JobState::Done { .. }) => break,
            Event::Job(_)
            | Event::JobRemoved(_)
            | Event::Queue(_)
            | Event::Missed
            | Event::Account(_)
            | Event::PicturesChanged(_)
            | Event::Indexing(_)
            | Event::Edit(_)
            | Event::Export(_)
            | Event::Folders(_) => {}
        }
    }
    assert!(announced);
}

#[tokio::test]
async fn one_click_is_one_request_however_often_it_is_queued() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let id = Uuid::new_v4();

    let clicks = (0..8).map(|_| {
        let studio = studio.clone();
        tokio::spawn(async move { studio.enqueue(id, request()).await.unwrap() })
    });
    for click in clicks.collect::<Vec<_>>() {
        assert_eq!(click.await.unwrap().id, id);
    }
    settled(&studio, id).await;
    assert!(matches!(
        studio.enqueue(id, request()).await.unwrap().state,
        JobState::Done { .. }
    ));
    studio.dismiss(id).await.unwrap();
    // A dismissed job is no longer shown, and its UUID still can't be spent again.
    studio.enqueue(id, request()).await.unwrap();
    assert_eq!(studio.jobs().await.unwrap(), []);
    run(&studio, request()).await;

    assert_eq!(stage.sandbox.books().generations().count(), 2);
    assert_eq!(stage.pictures().len(), 2);
}

#[tokio::test]
async fn a_batch_becomes_one_picture_for_each_seed() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut batch = request();
    batch.samples = 3;
    batch.sampling.seed = Some(u32::MAX - 1);
    batch.format = ImageFormat::Webp;

    let job = run(&studio, batch).await;

    let JobState::Done { images } = &job.state else {
        panic!("{:?}", job.state);
    };
    assert_eq!(images.len(), 3);
    assert!(stage.pictures().iter().all(|path| path.extension().unwrap() == "webp"));
    let mut ids: Vec<_> = studio
        .images(None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|record| record.id)
        .collect();
    ids.reverse();
    assert_eq!(&ids, images);
}

#[tokio::test]
async fn jobs_run_one_at_a_time_in_the_order_of_the_clicks() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let ids: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect();
    for (number, id) in (0..).zip(&ids) {
        let mut request = request();
        request.sampling.seed = Some(100 + number);
        studio.enqueue(*id, request).await.unwrap();
    }
    for id in &ids {
        settled(&studio, *id).await;
    }
    let books = stage.sandbox.books();
    let seeds: Vec<u32> = books
        .generations()
        .flat_map(|exchange| &exchange.pictures)
        .map(|picture| picture.seed)
        .collect();
    assert_eq!(seeds, [100, 101, 102]);
    assert!(
        books.generations().all(|exchange| exchange.status == Some(200)),
        "none met another"
    );
}

#[tokio::test]
async fn a_seed_is_picked_once_and_written_down() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut open = request();
    open.sampling.seed = None;
    let id = Uuid::new_v4();

    let first = studio.enqueue(id, open.clone()).await.unwrap();
    let second = studio.enqueue(id, open).await.unwrap();

    let seed = first.work.request().unwrap().sampling.seed.unwrap();
    assert_ne!(seed, 0);
    assert_eq!(second.work.request().unwrap().sampling.seed, Some(seed));
    settled(&studio, id).await;
    let books = stage.sandbox.books();
    assert_eq!(books.delivered().next().unwrap().seed, seed);
}

#[tokio::test]
async fn what_would_fail_is_not_queued() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let mut wrong = request();
    wrong.size.width = 833;

    let refused = studio.enqueue(Uuid::new_v4(), wrong.clone()).await.unwrap_err();

    assert_eq!(refused.code, ErrorCode::Refused);
    assert_eq!(refused.detail.as_deref(), Some("size.width"));
    assert_eq!(studio.estimate(&wrong).unwrap_err().field, "size.width");
    assert_eq!(studio.jobs().await.unwrap(), []);
    assert_eq!(stage.sandbox.books().generations().count(), 0);
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_without_being_sent() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(Duration::from_millis(200));
    let studio = stage.open().await;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    studio.enqueue(first, request()).await.unwrap();
    studio.enqueue(second, request()).await.unwrap();

    studio.cancel(second).await.unwrap();

    assert_eq!(settled(&studio, second).await.state, JobState::Cancelled);
    assert!(matches!(settled(&studio, first).await.state, JobState::Done { .. }));
    assert_eq!(stage.sandbox.books().generations().count(), 1);
    // What is settled stays as it is.
    studio.cancel(first).await.unwrap();
    assert!(matches!(settled(&studio, first).await.state, JobState::Done { .. }));
    let unknown = studio.cancel(Uuid::new_v4()).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_job_in_flight_is_cut_off_at_once_and_the_next_one_runs() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(Duration::from_secs(20));
    let studio = stage.open().await;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    studio.enqueue(first, request()).await.unwrap();
    until(&studio, first, |state| !matches!(state, JobState::Queued { .. })).await;
    while stage.sandbox.books().generations().count() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    studio.cancel(first).await.unwrap();
    let cancelled = tokio::time::timeout(Duration::from_secs(5), settled(&studio, first)).await;

    assert_eq!(cancelled.unwrap().state, JobState::Cancelled);
    stage.sandbox.set_step_delay(Duration::ZERO);
    studio.enqueue(second, request()).await.unwrap();
    let next = tokio::time::timeout(Duration::from_secs(15), settled(&studio, second)).await;
    assert!(matches!(next.unwrap().state, JobState::Done { .. }));
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_not_found_and_says_so() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    run(&studio, request()).await;
    let [record] = studio.images(None, 10).await.unwrap().try_into().unwrap();
    fs::remove_file(&stage.pictures()[0]).unwrap();

    for error in [
        studio.image_bytes(record.id.clone()).await.unwrap_err(),
        studio.image_path(record.id.clone()).await.unwrap_err(),
        studio.thumbnail(record.id.clone()).await.unwrap_err(),
        studio.image_bytes(studio::ImageId("no such".into())).await.unwrap_err(),
    ] {
        assert_eq!(error.code, ErrorCode::NotFound, "{error}");
    }
}
