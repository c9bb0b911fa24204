//! The second worker: what is done on this computer. It talks to no server, so it neither waits for what is paid nor
//! holds it up.
//!
//! Its jobs stand in the same journal, for a server that there is not ([`LOCAL`]), which the worker that pays never
//! asks for. They cost nothing, so there is nothing to settle: until its picture is finished a job stays `queued` in the
//! journal, and whatever stops it on the way, the next start begins it again. The names and the bytes of its pictures are
//! the same each time.

use std::sync::Arc;

use novelai::request::ImageFormat;
use novelai::response::Picture;
use tokio_util::sync::CancellationToken;

use crate::disk::off_thread;
use crate::enlarge::{Watch, enlarge_file};
use crate::error::Error;
use crate::event::Event;
use crate::jobs::chains::with_its_picture;
use crate::jobs::settle::{panic_message, write_verdict};
use crate::jobs::{Job, JobState, Work, journal};
use crate::library::ImageId;
use crate::library::save::Origin;
use crate::server::LOCAL;
use crate::shared::Shared;
use crate::spending::gate;

/// Works until the studio closes.
pub(crate) async fn work(shared: Arc<Shared>) {
    while !shared.closing.is_cancelled() {
        let rung = shared.wake_local.notified();
        shared.write_unwritten().await;
        match gate::next(&shared, vec![LOCAL.to_owned()]).await {
            Some((job, cancel)) => see_through(&shared, job, cancel).await,
            None => tokio::select! {
                () = rung => {}
                () = shared.closing.cancelled() => {}
            },
        }
    }
}

/// Sees one job through. A panic on the way fails that job, with a report, and the queue goes on.
async fn see_through(shared: &Arc<Shared>, job: Job, cancel: CancellationToken) {
    let attempt = tokio::spawn({
        let (shared, job) = (shared.clone(), job.clone());
        async move { attempt(&shared, &job, &cancel).await }
    });
    let failed = match attempt.await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error),
        Err(error) => {
            let report = match error.try_into_panic() {
                Ok(panic) => panic_message(&*panic),
                Err(error) => error.to_string(),
            };
            tracing::error!(job = %job.id, %report, "a job panicked");
            Some(Error::internal(report))
        }
    };
    if let Some(error) = failed {
        fail(shared, &job, error).await;
    }
    // What comes after it may be for the other worker.
    shared.ring();
}

async fn attempt(shared: &Arc<Shared>, job: &Job, cancel: &CancellationToken) -> Result<(), Error> {
    if !waits(shared, job).await? {
        // Cancelled just before it was taken up.
        shared.announce(job.id).await;
        return Ok(());
    }
    let job = &with_its_picture(shared, job).await?;
    let made = off_thread({
        let (shared, job, cancel) = (shared.clone(), job.clone(), cancel.clone());
        move || make(&shared, &job, &cancel)
    })
    .await?;
    if shared.closing.is_cancelled() {
        return Ok(());
    }
    let Some(picture) = made else {
        shared.end(job, JobState::Cancelled).await;
        return Ok(());
    };
    let id = job.id;
    // From here on it can't be cancelled any more.
    let claimed = shared
        .database
        .call(move |connection| journal::claim(connection, id, Some(0), None))
        .await?;
    if !claimed {
        shared.end(job, JobState::Cancelled).await;
        return Ok(());
    }
    shared.board.show(job, JobState::Received);
    let pictures = vec![picture];
    let origin = Origin::from_pictures(id, &pictures).with_source(job.work.source());
    let saved = shared.shelf().save(&origin, pictures).await?;
    finish(shared, job, &JobState::Done { images: Vec::new() }, saved).await
}

/// Whether a job still waits to be done.
async fn waits(shared: &Shared, job: &Job) -> Result<bool, Error> {
    let id = job.id;
    let now = shared
        .database
        .call(move |connection| journal::get(connection, id))
        .await?;
    Ok(now.is_some_and(|job| matches!(job.state, JobState::Queued { .. })))
}

/// What comes of a job, as a picture that can be saved. `None`: it was stopped.
fn make(shared: &Shared, job: &Job, cancel: &CancellationToken) -> Result<Option<Picture>, Error> {
    let watch = Watch {
        progress: &|step, steps| shared.board.show(job, JobState::Running { step, steps }),
        stopped: &|| cancel.is_cancelled() || shared.closing.is_cancelled(),
    };
    let made = match &job.work {
        Work::Enlarge { image, way, scale } => enlarge_file(&shared.inputs.required(image)?, *way, *scale, watch)?,
        Work::Generate { .. }
        | Work::EncodeVibe { .. }
        | Work::Upscale { .. }
        | Work::Augment { .. }
        | Work::Annotate { .. }
        | Work::Classify { .. }
        | Work::WritePrompt { .. } => {
            return Err(Error::internal("this job is for a server"));
        }
    };
    let Some(bytes) = made else {
        return Ok(None);
    };
    Ok(Some(Picture {
        index: 0,
        format: ImageFormat::Png,
        size: novelai::prepare::size(&bytes)?,
        bytes: bytes.into(),
    }))
}

/// Settles a job together with its pictures, and tells of both.
async fn finish(shared: &Shared, job: &Job, state: &JobState, saved: Vec<ImageId>) -> Result<(), Error> {
    let added = write_verdict(shared, job, state, saved, None).await?;
    if !added.is_empty() {
        shared.tell(Event::Library {
            added,
            removed: Vec::new(),
        });
    }
    shared.announce(job.id).await;
    Ok(())
}

/// It cost nothing, so it can be asked for again. What was planned of its picture is given up.
async fn fail(shared: &Shared, job: &Job, error: Error) {
    let state = JobState::Failed { error };
    if finish(shared, job, &state, Vec::new()).await.is_err() {
        shared.end(job, state).await;
    }
}
