//! One request: sent once, its answer spooled as it comes.

use std::time::Duration;

use bytes::Bytes;
use novelai::client::{Body, Client};
use novelai::stream::Frames;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::disk::off_thread;
use crate::error::Error;
use crate::jobs::progress::Progress;
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState};
use crate::shared::Shared;

/// A picture that has arrived is not lost because nobody had looked yet: so long is looked before a connection is
/// dropped. Nobody notices the wait.
const GRACE: Duration = Duration::from_millis(100);

/// How a request ended.
pub(crate) enum Sent {
    /// The server, or the network before it, says that it did not run.
    NotRun(novelai::Error, Spool),
    /// It may have run. What came is in the spool.
    Ran(Spool, Ending),
    /// The studio closes: what came is in the spool, and the next start goes on from there.
    Closing,
}

/// How an answer ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Properly.
    Whole,
    /// In the middle.
    Cut(Error),
    /// The person cancelled.
    Cancelled,
}

/// Sends a job's request and receives the answer.
pub(crate) async fn receive(
    shared: &Shared,
    client: &Client,
    job: &Job,
    spool: Spool,
    cancel: &CancellationToken,
) -> Sent {
    let streams = shared
        .registry
        .get(&job.request.model)
        .is_some_and(|model| model.streaming);
    let head = async {
        if streams {
            client.generate_stream(&job.request).await
        } else {
            client.generate(&job.request).await
        }
    };
    tokio::pin!(head);
    let answered = tokio::select! {
        biased;
        () = cancel.cancelled() => timeout(GRACE, head).await.ok(),
        () = shared.closing.cancelled() => timeout(GRACE, head).await.ok(),
        answered = &mut head => Some(answered),
    };
    match answered {
        Some(Ok(body)) => receive_body(shared, job, body, spool, cancel).await,
        _ if cancel.is_cancelled() => Sent::Ran(spool, Ending::Cancelled),
        Some(Err(error)) if error.may_have_run() => Sent::Ran(spool, Ending::Cut(error.into())),
        Some(Err(error)) => Sent::NotRun(error, spool),
        None => Sent::Closing,
    }
}

async fn receive_body(
    shared: &Shared,
    job: &Job,
    mut body: Body,
    mut spool: Spool,
    cancel: &CancellationToken,
) -> Sent {
    let mut watcher = Watcher::new(job);
    loop {
        let chunk = tokio::select! {
            biased;
            () = cancel.cancelled() => {
                return Sent::Ran(last_drops(body, spool).await, Ending::Cancelled);
            }
            () = shared.closing.cancelled() => {
                let mut spool = last_drops(body, spool).await;
                off_thread(move || drop(spool.sync())).await;
                return Sent::Closing;
            }
            chunk = body.chunk() => chunk,
        };
        match chunk {
            Ok(Some(chunk)) => {
                spool = append(spool, chunk.clone()).await;
                watcher.take(shared, job, &chunk);
            }
            Ok(None) => return Sent::Ran(spool, Ending::Whole),
            Err(error) => return Sent::Ran(spool, Ending::Cut(error.into())),
        }
    }
}

async fn append(mut spool: Spool, chunk: Bytes) -> Spool {
    off_thread(move || {
        spool.append(&chunk);
        spool
    })
    .await
}

/// Takes in what has arrived already and has only not been read. Then the connection is dropped.
async fn last_drops(mut body: Body, mut spool: Spool) -> Spool {
    let end = Instant::now() + GRACE;
    while let Ok(Ok(Some(chunk))) = timeout_at(end, body.chunk()).await {
        spool = append(spool, chunk).await;
    }
    spool
}

/// Follows the progress in what comes. It never decides anything: what it can't follow may still be a good answer.
struct Watcher {
    frames: Option<Frames>,
    progress: Progress,
}

impl Watcher {
    fn new(job: &Job) -> Self {
        Self {
            frames: Some(Frames::default()),
            progress: Progress::new(u32::from(job.request.sampling.steps), u32::from(job.request.samples)),
        }
    }

    fn take(&mut self, shared: &Shared, job: &Job, chunk: &Bytes) {
        let Some(frames) = &mut self.frames else {
            return;
        };
        match frames.push(chunk) {
            Ok(events) => {
                for event in events {
                    if self.progress.take(event) {
                        shared.board.set_preview(job.id, self.progress.preview());
                        shared.board.show(
                            job,
                            JobState::Running {
                                step: self.progress.step(),
                                steps: self.progress.steps(),
                            },
                        );
                    }
                }
            }
            Err(error) => {
                tracing::debug!(%error, job = %job.id, "the answer is no stream that can be followed");
                self.frames = None;
            }
        }
    }
}
