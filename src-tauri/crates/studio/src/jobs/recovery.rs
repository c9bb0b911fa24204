//! At the start: what an earlier run left in the middle.
//!
//! Nothing is ever sent again from here. A job that was `sending` becomes pictures if its answer is in the spool, and
//! is unsettled otherwise, because nobody can know whether it ran. Jobs that were only queued stay queued, and so do those
//! that are done on this computer.

use std::fs;
use std::sync::Arc;

use uuid::Uuid;

use crate::disk::{off_thread, remove_if_there};
use crate::error::{Error, ErrorCode};
use crate::jobs::queue::{kept_bytes, still_not_whole};
use crate::jobs::receive::Ending;
use crate::jobs::settle::{adopt, settle};
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState, journal};
use crate::server::LOCAL;
use crate::shared::Shared;

/// Takes up what an earlier run left, and tells how many pictures came of it.
pub(crate) async fn recover(shared: &Arc<Shared>) -> Result<usize, Error> {
    let mut pictures = 0;
    let in_flight = shared
        .database
        .call(|connection| journal::in_flight(connection))
        .await?;
    for job in in_flight {
        if job.server == LOCAL {
            // Nothing was sent, and nothing is lost by doing it again.
            let id = job.id;
            shared
                .database
                .call(move |connection| journal::requeue(connection, id))
                .await?;
            continue;
        }
        let spool = match kept_bytes(shared, job.id).await {
            Some(spool) => spool,
            None => {
                // A spool that can't be made is one more thing to report, not a reason not to start.
                let (path, disk) = (shared.folders.part(job.id), shared.disk.clone());
                match off_thread(move || Spool::create(path, disk)).await {
                    Ok(empty) => empty,
                    Err(error) => {
                        tracing::error!(%error, job = %job.id, "a job of the last run can't be settled yet");
                        continue;
                    }
                }
            }
        };
        pictures += settle(shared, &job, spool, Ending::Cut(stopped())).await.len();
    }
    // What waited for a job that ended just before an earlier run did.
    shared
        .database
        .call(|connection| journal::cancel_all_later(connection))
        .await?;
    for id in spooled(shared).await {
        pictures += tidy(shared, id).await?;
    }
    Ok(pictures)
}

fn stopped() -> Error {
    Error::new(
        ErrorCode::Interrupted,
        "Atelier was stopped before the whole answer was here.",
    )
}

/// The answers that lie in the spool.
async fn spooled(shared: &Shared) -> Vec<Uuid> {
    let folder = shared.folders.spool();
    off_thread(move || {
        let Ok(entries) = fs::read_dir(&folder) else {
            return Vec::new();
        };
        entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                name.to_str()?.strip_suffix(".part")?.parse().ok()
            })
            .collect()
    })
    .await
}

/// An answer in the spool whose job is not in flight.
async fn tidy(shared: &Arc<Shared>, id: Uuid) -> Result<usize, Error> {
    if shared.held().contains_key(&id) {
        return Ok(0);
    }
    let path = shared.folders.part(id);
    let Ok(spool) = Spool::found(path.clone(), shared.disk.clone()) else {
        return Ok(0);
    };
    let job: Option<Job> = shared
        .database
        .call(move |connection| journal::get(connection, id))
        .await?;
    let Some(job) = job else {
        let adopted = adopt(shared, id, spool).await;
        return Ok(adopted.map_or_else(
            |error| {
                tracing::error!(%error, %id, "a spooled answer can't be saved yet");
                0
            },
            |added| added.len(),
        ));
    };
    let tidied = match &job.state {
        // The disk refused it before. Perhaps it doesn't now.
        JobState::Unsettled { error, .. } => {
            let ending = Ending::Cut(still_not_whole(error));
            return Ok(settle(shared, &job, spool, ending).await.len());
        }
        // The pictures are durable (or nobody wants them): only the last step is missing.
        JobState::Done { .. } | JobState::Cancelled => remove_if_there(&path),
        // Made, and then nothing was sent.
        JobState::Queued { .. } | JobState::Failed { .. } if spool.len() == 0 => remove_if_there(&path),
        JobState::Queued { .. }
        | JobState::Failed { .. }
        | JobState::Sending
        | JobState::Running { .. }
        | JobState::Received => spool.keep(&shared.folders.kept(id)),
    };
    if let Err(error) = tidied {
        tracing::warn!(%error, %id, "the spool could not be tidied");
    }
    Ok(0)
}
