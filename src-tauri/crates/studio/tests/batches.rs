//! Batches: their whole price before they start, a job for each cell, and a contact sheet of what came of them.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod common;

use common::{Stage, add, picture, request};
use novelai::model::ModelId;
use studio::{Axis, BatchPlan, ErrorCode, JobState, QueueList, SeedRule, Studio};
use uuid::Uuid;

fn plan(axes: Vec<Axis>) -> BatchPlan {
    BatchPlan {
        request: request(),
        axes,
        count: 1,
        seeds: SeedRule::Same,
    }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

async fn all_over(studio: &Studio, id: Uuid) {
    for _ in 0..3000 {
        if studio.batch(id).await.unwrap().over {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{:?}", studio.batch(id).await);
}

#[tokio::test]
async fn a_matrix_without_cells_or_with_too_many_is_refused_before_anything_is_queued() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let empty = plan(vec![Axis::Prompts { values: Vec::new() }]);
    let steps = |count: u8| Axis::Steps {
        values: (1..=count).collect(),
    };
    let huge = plan(vec![steps(50), steps(50), steps(50)]);
    for wrong in [empty, huge] {
        let refused = studio.enqueue_batch(Uuid::new_v4(), wrong.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Refused);
        assert!(studio.estimate_batch(wrong).await.is_err());
    }
    assert_eq!(studio.jobs().await.unwrap(), []);
}

#[tokio::test]
async fn a_matrix_tells_its_whole_price_and_what_can_not_be_sent_of_it() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let five_and_four = Axis::Models {
        values: vec![ModelId("nai-diffusion-4-5-full".into()), ModelId("nobody".into())],
    };
    let prompts = Axis::Prompts {
        values: texts(&["sea", "hills", "city"]),
    };
    let matrix = plan(vec![five_and_four, prompts]);
    let one = studio.estimate(&request()).unwrap().anlas;

    let told = studio.estimate_batch(matrix.clone()).await.unwrap();

    assert_eq!((told.jobs, told.refused, told.anlas), (3, 3, 3 * one));
    assert_eq!(told.refusals[0].labels, ["nobody", "sea"]);
    studio.pause_queue().await.unwrap();
    assert_eq!(studio.enqueue_batch(Uuid::new_v4(), matrix).await.unwrap(), 3);
    assert_eq!(studio.queue_state().await.unwrap().anlas, told.anlas);
}

#[tokio::test]
async fn every_combination_is_made_once_and_stands_on_the_contact_sheet() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let matrix = plan(vec![
        Axis::Scenes {
            values: texts(&["at night", "in fog"]),
        },
        Axis::Steps { values: vec![2, 3] },
    ]);
    let id = Uuid::new_v4();
    assert_eq!(studio.enqueue_batch(id, matrix.clone()).await.unwrap(), 4);
    // The same click twice is one batch.
    assert_eq!(studio.enqueue_batch(id, matrix).await.unwrap(), 4);
    all_over(&studio, id).await;

    let batch = studio.batch(id).await.unwrap();
    assert_eq!(
        batch.labels,
        [texts(&["at night", "in fog"]), texts(&["2 steps", "3 steps"])]
    );
    assert!(batch.cells.iter().all(|cell| cell.image.is_some()), "{batch:?}");
    let jobs = studio.listed_jobs(QueueList::Done, 0, 9).await.unwrap();
    let mut asked: Vec<_> = jobs
        .iter()
        .map(|job| {
            let request = job.work.request().unwrap();
            (
                request.prompt.text.clone(),
                request.sampling.steps,
                request.sampling.seed,
            )
        })
        .collect();
    asked.sort();
    let base = request();
    let expected = |scene: &str, steps| (format!("{}, {scene}", base.prompt.text), steps, base.sampling.seed);
    assert_eq!(
        asked,
        [
            expected("at night", 2),
            expected("at night", 3),
            expected("in fog", 2),
            expected("in fog", 3)
        ]
    );
    let png = studio.contact_sheet(id).await.unwrap();
    let sheet = image::load_from_memory(&png).unwrap();
    assert!(
        sheet.width() > 2 * 384 && sheet.height() > 2 * 384,
        "{}×{}",
        sheet.width(),
        sheet.height()
    );
    let [line] = studio.batches().await.unwrap().try_into().unwrap();
    assert_eq!((line.id, line.jobs, line.over), (id, 4, 4));
}

#[tokio::test]
async fn what_is_drawn_is_drawn_when_it_is_queued_and_seeds_follow_their_rule() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    studio.pause_queue().await.unwrap();
    let mut several = plan(Vec::new());
    several.request.prompt.text = "||a|b|c|d|e|f|| sea".into();
    several.request.sampling.seed = Some(100);
    several.count = 3;
    for (rule, seeds) in [
        (SeedRule::Same, Some([100, 101, 102])),
        (SeedRule::CountUp, Some([100, 101, 102])),
        (SeedRule::Random, None),
    ] {
        several.seeds = rule;
        let id = Uuid::new_v4();
        studio.enqueue_batch(id, several.clone()).await.unwrap();
        let jobs = studio.listed_jobs(QueueList::Open, 0, 9).await.unwrap();
        let requests: Vec<_> = jobs.iter().map(|job| job.work.request().unwrap()).collect();
        assert!(
            requests.iter().all(|request| !request.prompt.text.contains("||")),
            "{rule:?}"
        );
        let found: Vec<_> = requests.iter().filter_map(|request| request.sampling.seed).collect();
        match seeds {
            Some(seeds) => assert_eq!(found, seeds, "{rule:?}"),
            None => assert_eq!(found.iter().collect::<std::collections::HashSet<_>>().len(), 3),
        }
        studio.cancel_all(false).await.unwrap();
    }
}

#[tokio::test]
async fn a_folder_of_sources_is_made_one_by_one_and_a_gone_one_is_left_out() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let one = add(&studio, &picture(image::ImageFormat::Png, 192, 256)).await;
    let gone = novelai::request::PictureId("0".repeat(64));
    let sources = plan(vec![Axis::Sources {
        values: vec![one, gone],
    }]);
    let id = Uuid::new_v4();

    assert_eq!(studio.enqueue_batch(id, sources).await.unwrap(), 1);

    all_over(&studio, id).await;
    let batch = studio.batch(id).await.unwrap();
    assert!(
        batch.cells[0].image.is_some() && batch.cells[1].job.is_none(),
        "{batch:?}"
    );
    let jobs = studio.listed_jobs(QueueList::Done, 0, 9).await.unwrap();
    assert!(matches!(jobs[0].state, JobState::Done { .. }));
}
