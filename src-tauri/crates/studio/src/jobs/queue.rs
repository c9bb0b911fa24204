//! What can be done with the queue from outside: add, cancel, dismiss, look.

use std::path::Path;
use std::sync::Arc;

use novelai::request::GenerateRequest;
use uuid::Uuid;

use crate::disk::off_thread;
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::jobs::parcel::check;
use crate::jobs::price::price;
use crate::jobs::receive::Ending;
use crate::jobs::settle::settle;
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState, Work, Written, encoding, journal};
use crate::server::LOCAL;
use crate::shared::Shared;
use crate::words;

/// Queues a request under the UUID of the click, once, and before it what has to be encoded for it.
pub(crate) async fn enqueue(shared: &Arc<Shared>, id: Uuid, request: GenerateRequest) -> Result<Job, Error> {
    if let Some(known) = known(shared, id).await? {
        return Ok(known);
    }
    let texts = Written::of(&request);
    let drawn = words::drawn(shared, request.clone()).await.request;
    let written = (Written::of(&drawn) != texts).then_some(texts);
    let work = Work::Generate {
        request: Box::new(drawn),
        written,
    };
    let job = enqueue_work(shared, id, work).await?;
    shared.words.learn(&request, &shared.registry);
    Ok(job)
}

/// Queues any work under the UUID of the click, once.
pub(crate) async fn enqueue_work(shared: &Arc<Shared>, id: Uuid, work: Work) -> Result<Job, Error> {
    if let Some(known) = known(shared, id).await? {
        return Ok(known);
    }
    let server = if work.is_local() {
        LOCAL.to_owned()
    } else {
        shared.purse.current()
    };
    check(shared, &work, &server).await?;
    let jobs = {
        let shared = shared.clone();
        off_thread(move || to_queue(&shared, id, work, server)).await
    };
    let board = shared.board.clone();
    let job = shared
        .database
        .call(move |connection| {
            let transaction = connection.transaction()?;
            let known = journal::get(&transaction, id)?;
            let mut new = Vec::new();
            if known.is_none() {
                for job in &jobs {
                    let (_, inserted) = journal::insert(&transaction, job)?;
                    new.extend(inserted.then_some(job.id));
                }
            }
            let job = journal::get(&transaction, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            transaction.commit()?;
            for id in new {
                // Here, before the worker can see it: its states must be told after this one.
                board.announce(connection, id)?;
            }
            Ok(job)
        })
        .await?;
    shared.ring();
    Ok(shared.board.as_seen(job))
}

/// The job of a click, and before it those that have to run first.
fn to_queue(shared: &Shared, id: Uuid, work: Work, server: String) -> Vec<Job> {
    let mut jobs = match work.request() {
        Some(request) => encoding::needed(shared, id, request, &server),
        None => Vec::new(),
    };
    let account = shared.purse.account_at(&server);
    // Without the account the price is not known; it is when the job's turn comes.
    let priced = work.is_local() || account.is_some();
    let estimate = priced
        .then(|| price(shared, &work, account.as_ref()).ok().flatten())
        .flatten();
    jobs.push(Job::new(id, work, server, estimate.map(|estimate| estimate.anlas)));
    jobs
}

/// A seed from 1 on: 0 means "any" to some of the service's settings (api.md 12).
pub(crate) fn pick() -> u32 {
    rand::random_range(1..=u32::MAX)
}

async fn known(shared: &Shared, id: Uuid) -> Result<Option<Job>, Error> {
    let job = shared
        .database
        .call(move |connection| journal::get(connection, id))
        .await?;
    Ok(job.map(|job| shared.board.as_seen(job)))
}

async fn required(shared: &Shared, id: Uuid) -> Result<Job, Error> {
    known(shared, id)
        .await?
        .ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such job.").with_detail(id))
}

/// All jobs that are not dismissed, oldest first.
pub(crate) async fn jobs(shared: &Shared) -> Result<Vec<Job>, Error> {
    let jobs = shared.database.call(|connection| journal::shown(connection)).await?;
    Ok(jobs.into_iter().map(|job| shared.board.as_seen(job)).collect())
}

/// Cancels a job that is not settled, what waits to be encoded for it alone, and the steps that come after it.
pub(crate) async fn cancel(shared: &Shared, id: Uuid) -> Result<(), Error> {
    let board = shared.board.clone();
    let cancelled = shared
        .database
        .call(move |connection| {
            let transaction = connection.transaction()?;
            let cancelled = journal::cancel_queued(&transaction, id)?;
            // In flight, or waiting for a busy server: the worker has it in its hands and will tell. Its picture may
            // still come, but nothing more is to be made of it.
            let live = board.cancel(id);
            let later = if cancelled || live {
                journal::cancel_later(&transaction, id)?
            } else {
                Vec::new()
            };
            transaction.commit()?;
            for id in later {
                board.announce(connection, id)?;
            }
            if cancelled && let Some(job) = journal::get(connection, id)? {
                for first in encoding::ids_of(id, &job.work) {
                    let cancelled = journal::cancel_queued(connection, first)?;
                    if cancelled && !board.cancel(first) {
                        board.announce(connection, first)?;
                    }
                }
            }
            if cancelled && !live {
                board.announce(connection, id)?;
            }
            Ok(cancelled || live)
        })
        .await?;
    if !cancelled {
        required(shared, id).await?;
    }
    Ok(())
}

/// No longer shows a settled job.
pub(crate) async fn dismiss(shared: &Shared, id: Uuid) -> Result<(), Error> {
    let events = shared.events.clone();
    let dismissed = shared
        .database
        .call(move |connection| {
            let dismissed = journal::dismiss(connection, id)?;
            if dismissed {
                // Nobody listens: fine.
                drop(events.send(Event::JobRemoved(id)));
            }
            Ok(dismissed)
        })
        .await?;
    if dismissed {
        shared.board.stir();
        return Ok(());
    }
    required(shared, id).await?;
    Err(Error::new(ErrorCode::Refused, "This job is not finished. Cancel it first.").with_detail("id"))
}

/// Tries again to turn kept bytes into pictures. Sends nothing.
pub(crate) async fn save_again(shared: &Arc<Shared>, id: Uuid) -> Result<Job, Error> {
    let _alone = shared.saving.lock().await;
    let job = required(shared, id).await?;
    let (JobState::Unsettled { error, .. } | JobState::Failed { error }) = &job.state else {
        return Ok(job);
    };
    let Some(spool) = kept_bytes(shared, id).await else {
        return Err(Error::new(ErrorCode::NotFound, "Nothing that was received for this job is kept.").with_detail(id));
    };
    let ending = Ending::Cut(still_not_whole(error));
    // A window that is closed in the middle must not stop it in the middle.
    let owned = (shared.clone(), job);
    tokio::spawn(async move {
        let (shared, job) = owned;
        settle(&shared, &job, spool, ending).await;
    })
    .await
    .map_err(Error::internal)?;
    required(shared, id).await
}

/// What an answer that still does not yield all its pictures is called.
pub(crate) fn still_not_whole(before: &Error) -> Error {
    let code = if before.is_storage() {
        ErrorCode::Malformed
    } else {
        before.code
    };
    let error = Error::new(code, "The server's answer is not whole.");
    match &before.detail {
        Some(detail) if !before.is_storage() => error.with_detail(detail),
        _ => error,
    }
}

/// The bytes of a job, wherever they are: in memory, in the spool, or put aside.
pub(crate) async fn kept_bytes(shared: &Shared, id: Uuid) -> Option<Spool> {
    if let Some(held) = shared.held().remove(&id) {
        return Some(held);
    }
    let places = [shared.folders.part(id), shared.folders.kept(id)];
    let disk = shared.disk.clone();
    off_thread(move || {
        let open = |place: &Path| Spool::found(place.to_owned(), disk.clone()).ok();
        places.iter().find_map(|place| open(place))
    })
    .await
}
