//! Q1, the queue: opening a studio with ten thousand queued jobs, and what its window asks for first, against an empty
//! queue in the same run; and a page of the drawer's list, at its beginning, in its middle and at its end.

use std::time::Instant;

use anyhow::{Result, ensure};
use novelai::model::{ModelId, Registry};
use novelai::request::GenerateRequest;
use studio::{BatchPlan, QueueList, SeedRule};
use uuid::Uuid;

use crate::library::open;
use crate::rounds::{Side, compare};

const JOBS: u32 = 10_000;
/// Rows that the drawer reads at once.
const PAGE: u32 = 100;

pub(crate) async fn measure(rounds: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (full, empty) = (folder.path().join("full"), folder.path().join("empty"));
    println!(
        "Q1 queue: {JOBS} queued jobs against none; the studio opened, the first jobs and the state of the queue read"
    );
    for (data, jobs) in [(&full, JOBS), (&empty, 0)] {
        let studio = open(data).await?;
        studio.pause_queue().await?;
        if jobs > 0 {
            let started = Instant::now();
            let queued = studio.enqueue_batch(Uuid::new_v4(), plan(jobs)).await?;
            ensure!(queued == jobs, "{queued} jobs were queued");
            println!(
                "  queueing all of them at once took {:.2} s",
                started.elapsed().as_secs_f64()
            );
        }
        studio.close().await;
    }
    let (mut ours, mut none) = (Side::default(), Side::default());
    for round in 0..=rounds {
        for (data, side) in [(&full, &mut ours), (&empty, &mut none)] {
            let started = Instant::now();
            let studio = open(data).await?;
            let (_, state) = (studio.first_jobs().await?, studio.queue_state().await?);
            let took = started.elapsed().as_secs_f64() * 1000.0;
            ensure!(state.paused, "the queue goes on");
            if round > 0 {
                side.add(took);
            }
            studio.close().await;
        }
    }
    compare("start", "ms", &ours, "an empty queue", &none);
    let studio = open(&full).await?;
    for offset in [0, JOBS / 2, JOBS - PAGE] {
        let mut page = Side::default();
        for round in 0..=rounds {
            let started = Instant::now();
            let rows = studio.listed_jobs(QueueList::Open, offset, PAGE).await?;
            let took = started.elapsed().as_secs_f64() * 1000.0;
            ensure!(rows.len() == PAGE as usize, "{} rows", rows.len());
            if round > 0 {
                page.add(took);
            }
        }
        println!("  {PAGE} rows from {offset} on: {page} ms");
    }
    studio.close().await;
    Ok(())
}

fn plan(jobs: u32) -> BatchPlan {
    let registry = Registry::builtin();
    let model = registry
        .get(&ModelId("nai-diffusion-4-5-full".into()))
        .unwrap_or_else(|| &registry.models()[0]);
    let mut request = GenerateRequest::new(model);
    request.prompt.text = "1girl, silver hair, looking back, city at night, rain, ||red|blue|| umbrella".into();
    request.sampling.seed = Some(1);
    BatchPlan {
        request,
        axes: Vec::new(),
        count: jobs,
        seeds: SeedRule::CountUp,
    }
}
