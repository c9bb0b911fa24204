//! What is done on this computer: it goes through the queue like everything, but no server hears of it.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::time::Duration;

use common::{Stage, add, picture, request, run, settled, until};
use image::ImageFormat;
use novelai::metadata;
use novelai::request::PictureId;
use sandbox::Books;
use studio::{ErrorCode, Event, JobState, LocalWay, Opened, Step, Studio};
use uuid::Uuid;

fn enlarge(image: &PictureId, scale: u8) -> (Vec<Step>, Vec<PictureId>) {
    let way = LocalWay::Waifu2x { noise: Some(0) };
    (vec![Step::Enlarge { way, scale }], vec![image.clone()])
}

async fn enqueue(studio: &Studio, (steps, images): (Vec<Step>, Vec<PictureId>)) -> Uuid {
    let id = Uuid::new_v4();
    studio.enqueue_chain(id, steps, images).await.unwrap();
    id
}

/// Everything that was asked of a server, but how the account is.
fn asked(books: &Books) -> usize {
    let exchanges = books.exchanges.iter();
    exchanges.filter(|exchange| exchange.path.starts_with("/ai/")).count()
}

#[tokio::test]
async fn a_picture_of_the_library_becomes_larger_free_of_charge_and_remembers_its_prompt() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    run(&studio, request()).await;
    let source = studio.images(None, 1).await.unwrap().remove(0);
    let (_, bytes) = studio.image_bytes(source.id.clone()).await.unwrap();
    let image = add(&studio, &bytes).await;
    let before = (asked(&stage.service.books()), stage.service.books().charged);
    let (steps, images) = enlarge(&image, 2);
    assert_eq!(studio.estimate_chain(steps, images).await.unwrap().anlas, 0);
    let mut events = studio.subscribe();

    let id = enqueue(&studio, enlarge(&image, 2)).await;
    let job = settled(&studio, id).await;

    let JobState::Done { images } = &job.state else {
        panic!("{:?}", job.state);
    };
    let larger = studio.images(None, 1).await.unwrap().remove(0);
    assert_eq!(images, std::slice::from_ref(&larger.id));
    assert_eq!((job.anlas, job.server.as_str()), (Some(0), "this computer"));
    assert_eq!((larger.width, larger.height, larger.seed), (384, 512, source.seed));
    assert!(larger.prompt.starts_with(&source.prompt));
    assert!(larger.file_name.contains("1234567890"));
    let (_, made) = studio.image_bytes(larger.id).await.unwrap();
    let (old, new) = (metadata::read(&bytes).unwrap(), metadata::read(&made).unwrap());
    assert_eq!((new.raw_comment, new.source), (old.raw_comment, old.source));
    assert_eq!((asked(&stage.service.books()), stage.service.books().charged), before);
    let mut steps = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Job(job) = event
            && let JobState::Running { step, steps: all } = job.state
        {
            steps.push((step, all));
        }
    }
    // 192 × 256 are two tiles one below the other, by two.
    assert_eq!(steps, [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]);
}

#[tokio::test]
async fn it_neither_waits_for_a_server_nor_holds_one_up() {
    let stage = Stage::new().await;
    // For ever, as far as this test goes.
    stage.sandbox.set_step_delay(Duration::from_secs(60));
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 24, 16)).await;
    let paid = Uuid::new_v4();
    studio.enqueue(paid, request()).await.unwrap();
    until(&studio, paid, |state| !matches!(state, JobState::Queued { .. })).await;
    let local = enqueue(&studio, enlarge(&image, 2)).await;
    assert!(matches!(settled(&studio, local).await.state, JobState::Done { .. }));
    let jobs = studio.jobs().await.unwrap();
    assert!(!jobs[0].state.is_settled(), "{:?}", jobs[0].state);
    studio.cancel(paid).await.unwrap();
    settled(&studio, paid).await;
}

#[tokio::test]
async fn what_was_cut_off_begins_again_at_the_next_start() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 150, 140)).await;
    let small = add(&studio, &picture(ImageFormat::Png, 10, 10)).await;
    let cut = enqueue(&studio, enlarge(&image, 2)).await;
    let queued = enqueue(&studio, enlarge(&small, 4)).await;
    until(&studio, cut, |state| matches!(state, JobState::Running { .. })).await;
    studio.close().await;

    let (studio, opened) = Studio::open(stage.options()).await.unwrap();

    assert_eq!(opened, Opened::default());
    for id in [cut, queued] {
        let job = settled(&studio, id).await;
        assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    }
    assert_eq!(stage.pictures().len(), 2);
    let sides: Vec<_> = studio
        .images(None, 9)
        .await
        .unwrap()
        .iter()
        .map(|image| image.width)
        .collect();
    assert_eq!(sides, [40, 300]);
}

#[tokio::test]
async fn a_cancelled_one_stops_and_leaves_nothing() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 1500, 1500)).await;
    let running = enqueue(&studio, enlarge(&image, 2)).await;
    let waiting = enqueue(&studio, enlarge(&image, 4)).await;
    until(&studio, running, |state| matches!(state, JobState::Running { .. })).await;
    studio.cancel(waiting).await.unwrap();
    studio.cancel(running).await.unwrap();
    for id in [running, waiting] {
        assert_eq!(settled(&studio, id).await.state, JobState::Cancelled);
    }
    assert!(stage.pictures().is_empty());
    // The worker is free.
    let small = add(&studio, &picture(ImageFormat::Png, 8, 8)).await;
    let next = enqueue(&studio, enlarge(&small, 2)).await;
    assert!(matches!(settled(&studio, next).await.state, JobState::Done { .. }));
}

#[tokio::test]
async fn one_click_is_one_picture() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 12, 12)).await;
    let click = Uuid::new_v4();
    for _ in 0..4 {
        let (steps, images) = enlarge(&image, 2);
        studio.enqueue_chain(click, steps, images).await.unwrap();
    }
    settled(&studio, click).await;
    assert_eq!((studio.jobs().await.unwrap().len(), stage.pictures().len()), (1, 1));
}

#[tokio::test]
async fn what_can_not_be_made_is_refused_where_it_is_clicked_and_what_is_gone_fails() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 8200, 4)).await;
    for scale in [2, 3, 4] {
        let (steps, images) = enlarge(&image, scale);
        let refused = studio.enqueue_chain(Uuid::new_v4(), steps, images).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Refused, "{refused}");
    }
    let gone = PictureId("a".repeat(64));
    let (steps, images) = enlarge(&gone, 2);
    let refused = studio.enqueue_chain(Uuid::new_v4(), steps, images).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    assert_eq!(studio.jobs().await.unwrap(), []);

    let small = add(&studio, &picture(ImageFormat::Png, 700, 700)).await;
    let first = enqueue(&studio, enlarge(&small, 2)).await;
    let second = enqueue(&studio, enlarge(&small, 4)).await;
    until(&studio, first, |state| matches!(state, JobState::Running { .. })).await;
    std::fs::remove_file(stage.folders().data.join("inputs").join(&small.0)).unwrap();
    studio.cancel(first).await.unwrap();
    let JobState::Failed { error } = settled(&studio, second).await.state else {
        panic!("it can't be done");
    };
    assert_eq!(error.code, ErrorCode::NotFound);
    assert!(stage.pictures().is_empty());
}
