//! The worker: takes one job after another and sees it through. Nobody else talks to the paid endpoints.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use novelai::client::Client;
use tokio_util::sync::CancellationToken;

use crate::clock::now_ms;
use crate::disk::{Step, off_thread};
use crate::error::{Error, ErrorCode};
use crate::jobs::chains::{is_as_shown, with_its_picture};
use crate::jobs::parcel::pack;
use crate::jobs::piece::piece_of;
use crate::jobs::price::price;
use crate::jobs::queue::kept_bytes;
use crate::jobs::receive::{Ending, Sent, receive};
use crate::jobs::settle::{panic_message, settle};
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState, Work, journal};
use crate::server::SANDBOX;
use crate::shared::Shared;
use crate::spending::gate::{self, Claimed};

/// Works until the studio closes.
pub(crate) async fn work(shared: Arc<Shared>) {
    while !shared.closing.is_cancelled() {
        let rung = shared.wake.notified();
        shared.write_unwritten().await;
        match next(&shared).await {
            Some((job, client, cancel)) => see_through(&shared, job, client, cancel).await,
            None => tokio::select! {
                () = rung => {}
                () = shared.closing.cancelled() => {}
            },
        }
    }
}

/// The job whose turn it is, and the way to its server.
async fn next(shared: &Arc<Shared>) -> Option<(Job, Client, CancellationToken)> {
    let (job, cancel) = gate::next(shared, shared.purse.reachable()).await?;
    let Some(client) = shared.purse.client(&job.server) else {
        // Somebody signed out at this moment.
        shared.announce(job.id).await;
        return None;
    };
    Some((job, client, cancel))
}

/// Sees one job through. A panic on the way fails that job, with a report, and the queue goes on.
async fn see_through(shared: &Arc<Shared>, job: Job, client: Client, cancel: CancellationToken) {
    let attempt = tokio::spawn({
        let (shared, job) = (shared.clone(), job.clone());
        async move { attempt(&shared, job, &client, &cancel).await }
    });
    if let Err(error) = attempt.await {
        let report = match error.try_into_panic() {
            Ok(panic) => panic_message(&*panic),
            Err(error) => error.to_string(),
        };
        tracing::error!(job = %job.id, %report, "a job panicked");
        settle_after_panic(shared, &job, &report).await;
    }
    // What comes after it may be for the other worker.
    shared.ring();
    if !shared.closing.is_cancelled() {
        shared.refresh_account_at(&job.server).await;
        pause(shared, &job.server).await;
    }
}

/// The service asks for a little time between two generations (api.md 10); the sandbox does not. The person may ask for
/// more.
async fn pause(shared: &Shared, server: &str) {
    let least = Duration::from_millis(if server == SANDBOX { 0 } else { 500 });
    let asked = Duration::from_secs(u64::from(shared.settings.get().pause_between));
    let pause = least.max(asked);
    if !pause.is_zero() {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shared.closing.cancelled() => {}
        }
    }
}

/// Sends the job, again if the server was busy, and settles it.
async fn attempt(shared: &Arc<Shared>, job: Job, client: &Client, cancel: &CancellationToken) {
    // What can't be sent fails here, free of charge.
    let mut job = match with_its_picture(shared, &job).await {
        Ok(job) => job,
        Err(error) => return shared.end(&job, JobState::Failed { error }).await,
    };
    match gate::gone_on(shared, &job).await {
        Ok(Some(other)) => job = other,
        Ok(None) => {}
        Err(error) => return shared.end(&job, JobState::Failed { error }).await,
    }
    let parcel = match pack(shared, &job.work, &job.server).await {
        Ok(Some(parcel)) => parcel,
        Ok(None) => return shared.end(&job, nothing_to_send()).await,
        Err(error) => return shared.end(&job, JobState::Failed { error }).await,
    };
    let mut tried = 0;
    loop {
        if cancel.is_cancelled() {
            return shared.end(&job, JobState::Cancelled).await;
        }
        let spool = match prepare(shared, &mut job, client).await {
            Ok(Ready::Go(spool)) => spool,
            // It is taken up anew, as it is now.
            _ if shared.board.is_changed(job.id) && !cancel.is_cancelled() => return shared.announce(job.id).await,
            // Cancelled while it waited.
            Ok(Ready::Gone) => return shared.end(&job, JobState::Cancelled).await,
            // It is queued still: held by a rule, or to be looked at anew.
            Ok(Ready::Later) => return shared.announce(job.id).await,
            Err(error) => return shared.end(&job, JobState::Failed { error }).await,
        };
        shared.board.show(&job, JobState::Sending);
        tried += 1;
        match receive(shared, client, &job, &parcel, spool, cancel).await {
            Sent::Closing => return,
            Sent::Ran(spool, ending) => {
                settle(shared, &job, spool, ending).await;
                return;
            }
            Sent::NotRun(error, spool) => {
                drop(off_thread(move || spool.remove()).await);
                let retry_after = match &error {
                    novelai::Error::Busy { retry_after, .. } => Some(*retry_after),
                    novelai::Error::Unauthorized(_)
                    | novelai::Error::InsufficientAnlas(_)
                    | novelai::Error::Rejected(_)
                    | novelai::Error::NotOffered { .. }
                    | novelai::Error::Unavailable(_)
                    | novelai::Error::Refused(_)
                    | novelai::Error::NotConnected(_)
                    | novelai::Error::Interrupted(_)
                    | novelai::Error::Malformed(_) => None,
                };
                let wait = retry_after.and_then(|asked| shared.patience.wait(tried, asked, rand::random()));
                let Some(wait) = wait else {
                    let error = error.into();
                    return shared.end(&job, JobState::Failed { error }).await;
                };
                if !wait_for_busy_server(shared, &job, wait, cancel).await {
                    return;
                }
            }
        }
    }
}

/// What was asked for is there already.
fn nothing_to_send() -> JobState {
    JobState::Done { images: Vec::new() }
}

/// Whether a job can be sent.
enum Ready {
    /// Its answer goes here.
    Go(Spool),
    /// It is no longer queued.
    Gone,
    /// Not now.
    Later,
}

/// Everything that has to be so before the first byte leaves: room on the disk, a place for the answer, and `sending`
/// in the journal and the price in the ledger, synced.
async fn prepare(shared: &Shared, job: &mut Job, client: &Client) -> Result<Ready, Error> {
    require_space(shared, job)?;
    let (path, disk) = (shared.folders.part(job.id), shared.disk.clone());
    let spool = off_thread(move || Spool::create(path, disk))
        .await
        .map_err(|error| Error::storage(&error, "making room for the answer; nothing was sent"))?;
    let claimed = claim(shared, job, client).await;
    if matches!(claimed, Ok(Claimed::Taken)) {
        return Ok(Ready::Go(spool));
    }
    drop(off_thread(move || spool.remove()).await);
    claimed.map(|claimed| match claimed {
        Claimed::Gone => Ready::Gone,
        Claimed::Taken | Claimed::Later => Ready::Later,
    })
}

/// Journals that the job is being sent, with the price and the balance as they are known now, if the person's rules let
/// it be sent.
async fn claim(shared: &Shared, job: &mut Job, client: &Client) -> Result<Claimed, Error> {
    let (account, balance) = shared.account_before(&job.server, client).await;
    // An allowance may have run out since it was queued. It counts as free only if both prices are nothing.
    let now = price(shared, &job.work, account.as_ref())?.map(|price| price.anlas);
    is_as_shown(job, now)?;
    job.anlas = now.map(|now| job.anlas.map_or(now, |then| then.max(now)));
    shared
        .disk
        .at(Step::JournalSending)
        .map_err(|error| Error::storage(&error, "writing the journal; nothing was sent"))?;
    gate::claim(shared, job, now, account, balance).await
}

/// Free space that is left to everybody else.
const RESERVE: u64 = 64 * 1024 * 1024;

/// Refuses to send what there would be no room for. Generous: the pictures uncompressed, and their previews.
fn require_space(shared: &Shared, job: &Job) -> Result<(), Error> {
    let needed = RESERVE + room_for(&job.work) + room_for_piece(shared, &job.work);
    let enough = |folder: &Path| -> Result<(), Error> {
        let free = shared
            .disk
            .free_space(folder)
            .map_err(|error| Error::storage(&error, "asking for free space; nothing was sent"))?;
        if free >= needed {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::DiskFull,
            "There is too little space on the disk, so nothing was sent. Free some space and try again.",
        )
        .with_detail(format_args!(
            "{} has {} MiB free, {} MiB are needed",
            folder.display(),
            free >> 20,
            needed >> 20
        )))
    };
    enough(&shared.folders.data)?;
    let library = &shared.folders.library;
    // It may have been on a disk that was not plugged in at the start.
    fs::create_dir_all(library)
        .map_err(|error| Error::storage(&error, "looking for the library folder; nothing was sent"))?;
    enough(library)
}

/// How many bytes an answer may have, and what is made of it.
fn room_for(work: &Work) -> u64 {
    /// The largest picture that tools take.
    const LARGEST: u64 = 3_145_728 * 4;
    const SMALL: u64 = 8 * 1024 * 1024;
    match work {
        Work::Generate { request, .. } => {
            let samples = u64::from(request.samples);
            let pictures = request.size.area() * 4 * samples;
            let previews = u64::from(request.sampling.steps) * 256 * 1024 * samples;
            2 * pictures + previews
        }
        Work::Upscale { scale, .. } => 2 * LARGEST * u64::from(*scale).saturating_mul(u64::from(*scale)).max(1),
        // It is not sent.
        Work::Enlarge { .. } => 0,
        Work::Augment { .. } => 2 * 3 * LARGEST,
        Work::Annotate { .. } => 2 * LARGEST,
        Work::EncodeVibe { .. } | Work::Classify { .. } | Work::WritePrompt { .. } => 2 * SMALL,
    }
}

/// What is laid back is as large as the picture it goes into.
fn room_for_piece(shared: &Shared, work: &Work) -> u64 {
    let picture = piece_of(work).and_then(|(image, ..)| shared.inputs.info(image));
    picture.map_or(0, |info| u64::from(info.width) * u64::from(info.height) * 8)
}

/// Puts the job back and waits. `false`: it is over, by cancelling or closing.
async fn wait_for_busy_server(shared: &Shared, job: &Job, wait: Duration, cancel: &CancellationToken) -> bool {
    let id = job.id;
    let requeued = shared
        .database
        .call(move |connection| journal::requeue(connection, id))
        .await;
    if let Err(error) = requeued {
        shared.end(job, JobState::Failed { error }).await;
        return false;
    }
    let retry_at = now_ms() + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2);
    shared.board.show(
        job,
        JobState::Queued {
            retry_at: Some(retry_at),
        },
    );
    tokio::select! {
        biased;
        () = cancel.cancelled() => {
            shared.end(job, JobState::Cancelled).await;
            false
        }
        () = shared.closing.cancelled() => false,
        () = tokio::time::sleep(wait) => true,
    }
}

/// What is left to do for a job whose attempt panicked.
async fn settle_after_panic(shared: &Arc<Shared>, job: &Job, report: &str) {
    let id = job.id;
    let stored = shared
        .database
        .call(move |connection| journal::get(connection, id))
        .await;
    let error = Error::internal(report);
    let job = match stored {
        Ok(Some(stored)) if matches!(stored.state, JobState::Queued { .. }) => {
            return shared.end(&stored, JobState::Failed { error }).await;
        }
        Ok(Some(stored)) => stored,
        Ok(None) | Err(_) => job.clone(),
    };
    if let Some(spool) = kept_bytes(shared, id).await {
        let again = tokio::spawn({
            let (shared, job) = (shared.clone(), job.clone());
            let error = error.clone();
            async move { settle(&shared, &job, spool, Ending::Cut(error)).await }
        });
        // Whatever panicked may panic again; then the bytes stay where they are for the next start.
        if again.await.is_ok() {
            return;
        }
    }
    shared.stop_twins(&job).await;
    shared.end(&job, JobState::unsettled(error)).await;
}
