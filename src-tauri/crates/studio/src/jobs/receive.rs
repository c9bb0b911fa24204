//! One request: sent once, its answer spooled as it comes.

use std::time::Duration;

use bytes::Bytes;
use novelai::client::{Body, Client};
use novelai::stream::Frames;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::disk::off_thread;
use crate::error::Error;
use crate::jobs::parcel::Parcel;
use crate::jobs::progress::Progress;
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState, Work, journal};
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

/// Sends what is to be sent for a job and receives the answer.
pub(crate) async fn receive(
    shared: &Shared,
    client: &Client,
    job: &Job,
    parcel: &Parcel,
    spool: Spool,
    cancel: &CancellationToken,
) -> Sent {
    let call = parcel.call();
    let head = client.send(&call);
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
    if let (Work::EncodeVibe { .. }, Some(length)) = (&job.work, body.length()) {
        expect(shared, job, length).await;
    }
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

/// Notes how long the answer will be: after a crash nothing else tells whether a vibe is whole.
async fn expect(shared: &Shared, job: &Job, length: u64) {
    let id = job.id;
    let noted = shared
        .database
        .call(move |connection| journal::expects(connection, id, length))
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, job = %id, "the journal could not take how long an answer is");
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
        let request = job.work.request();
        let (steps, samples) = request.map_or((1, 1), |request| (request.sampling.steps, request.samples));
        Self {
            // Nothing else can be watched.
            frames: request.map(|_| Frames::default()),
            progress: Progress::new(u32::from(steps), u32::from(samples)),
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
