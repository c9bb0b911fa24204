//! From the bytes of an answer to pictures in the library and a settled job.
//!
//! The same road for an answer that came whole, one that was cut, one that was found after a crash, and one that the
//! disk refused before: sync the bytes, parse them, write the pictures, and only when those are durable settle the job
//! and let go of the bytes. Whatever stops on the way, the bytes stay.

use std::collections::HashSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use novelai::client::Client;
use novelai::response::{self, Picture};
use uuid::Uuid;

use crate::disk::{Step, off_thread};
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::jobs::encoding::{self, Encoded, Twins};
use crate::jobs::piece::lay_back;
use crate::jobs::receive::Ending;
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState, Work, answers, journal};
use crate::library::save::Origin;
use crate::library::{ImageId, ImageRecord, index};
use crate::shared::Shared;

/// Turns what was received into pictures, settles the job, and gives the pictures that are new.
pub(crate) async fn settle(shared: &Shared, job: &Job, spool: Spool, ending: Ending) -> Vec<ImageRecord> {
    let whole = matches!(ending, Ending::Whole);
    let (spool, synced) = off_thread(move || {
        let mut spool = spool;
        if whole {
            spool.mark_whole();
        }
        let synced = spool.sync();
        (spool, synced)
    })
    .await;
    if synced.is_ok() && whole {
        announce_received(shared, job, spool.len()).await;
    }
    match save(shared, job, spool, ending, synced).await {
        Ok(added) => {
            if !added.is_empty() {
                shared.tell(Event::Library {
                    added: added.clone(),
                    removed: Vec::new(),
                });
            }
            shared.announce(job.id).await;
            added
        }
        Err((spool, error)) => {
            hold(shared, job, spool, error).await;
            Vec::new()
        }
    }
}

/// The road from the bytes to the settled job. Where it ends early, the bytes are given back.
async fn save(
    shared: &Shared,
    job: &Job,
    spool: Spool,
    ending: Ending,
    synced: io::Result<()>,
) -> Result<Vec<ImageRecord>, (Spool, Error)> {
    let (spool, fate) = match &job.work {
        Work::EncodeVibe { .. } => keep_vibe(shared, job, spool, ending).await,
        Work::Classify { .. } | Work::WritePrompt { .. } => read_answer(shared, job, spool, ending).await,
        Work::Generate { .. }
        | Work::Upscale { .. }
        | Work::Augment { .. }
        | Work::Enlarge { .. }
        | Work::Annotate { .. } => save_pictures(shared, job, spool, ending).await,
    };
    let Fate {
        ending,
        flaw,
        arrived,
        saved,
        answer,
    } = match fate {
        Ok(fate) => fate,
        Err(error) => return Err((spool, error)),
    };
    let kept = shared.folders.kept(job.id);
    let leftover = (spool.len() > 0).then_some(kept.as_path());
    let verdict = verdict(job, ending, flaw, arrived, leftover);
    if let (Err(error), true) = (synced, verdict.keep_bytes) {
        return Err((spool, Error::storage(&error, "saving the server's answer")));
    }
    match write_verdict(shared, job, &verdict.state, saved, answer).await {
        Ok(added) => {
            let_go(spool, verdict.keep_bytes.then_some(kept)).await;
            Ok(added)
        }
        Err(error) => Err((spool, error)),
    }
}

/// What came of the bytes of an answer.
struct Fate {
    ending: Ending,
    flaw: Option<Error>,
    /// How much of what was asked for is here: pictures, one vibe, or one answer.
    arrived: usize,
    /// The pictures among it.
    saved: Vec<ImageId>,
    /// What was answered in words.
    answer: Option<String>,
}

async fn save_pictures(shared: &Shared, job: &Job, spool: Spool, ending: Ending) -> (Spool, Result<Fate, Error>) {
    let client = shared.purse.client(&job.server);
    let (spool, answer) = off_thread(move || {
        let answer = spool.bytes().map(|bytes| read(&bytes, client.as_ref()));
        (spool, answer)
    })
    .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return (spool, Err(Error::storage(&error, "reading the server's answer"))),
    };
    let pictures = match lay_back(shared, job, answer.pictures).await {
        Ok(pictures) => pictures,
        Err(error) => return (spool, Err(error)),
    };
    // Even if the spool could not be synced: the library may lie on another disk.
    let saved = shared.shelf().save(&Origin::of(job), pictures).await;
    let fate = saved.map(|saved| Fate {
        ending,
        flaw: answer.flaw,
        arrived: saved.len(),
        saved,
        answer: None,
    });
    (spool, fate)
}

/// Nothing in an encoded vibe tells whether it is whole, so only an answer that came to its end is kept as one.
async fn keep_vibe(shared: &Shared, job: &Job, spool: Spool, ending: Ending) -> (Spool, Result<Fate, Error>) {
    let (id, received) = (job.id, spool.len());
    let noted = shared
        .database
        .call(move |connection| journal::length(connection, id))
        .await
        .unwrap_or_default()
        .is_some_and(|length| length > 0 && length == received);
    let mut fate = Fate {
        ending,
        flaw: None,
        arrived: 0,
        saved: Vec::new(),
        answer: None,
    };
    if !(matches!(fate.ending, Ending::Whole) || spool.is_whole() || noted) {
        return (spool, Ok(fate));
    }
    let (spool, answer) = off_thread(move || {
        let answer = spool.bytes();
        (spool, answer)
    })
    .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return (spool, Err(Error::storage(&error, "reading the server's answer"))),
    };
    match encoding::keep(shared, job, answer).await {
        Ok(Encoded::Kept) => fate.arrived = 1,
        Ok(Encoded::Flawed(flaw)) => fate.flaw = Some(flaw),
        Err(error) => return (spool, Err(error)),
    }
    (spool, Ok(fate))
}

/// JSON tells by itself whether it is whole.
async fn read_answer(shared: &Shared, job: &Job, spool: Spool, ending: Ending) -> (Spool, Result<Fate, Error>) {
    let client = shared.purse.client(&job.server);
    let (spool, answer) = off_thread(move || {
        let read = |bytes: Vec<u8>| careful(|| answers::read(&bytes, client.as_ref())).and_then(|answer| answer);
        let answer = spool.bytes().map(read);
        (spool, answer)
    })
    .await;
    let (answer, flaw) = match answer {
        Ok(Ok(answer)) => (Some(answer), None),
        Ok(Err(flaw)) => (None, Some(flaw)),
        Err(error) => return (spool, Err(Error::storage(&error, "reading the server's answer"))),
    };
    let fate = Fate {
        ending,
        flaw,
        arrived: usize::from(answer.is_some()),
        saved: Vec::new(),
        answer,
    };
    (spool, Ok(fate))
}

/// Pictures of an answer that no job is known for (the journal was lost). Gives those that are new.
pub(crate) async fn adopt(shared: &Shared, id: Uuid, spool: Spool) -> Result<Vec<ImageRecord>, Error> {
    let bytes = spool
        .bytes()
        .map_err(|error| Error::storage(&error, "reading a spooled answer"))?;
    let answer = off_thread(move || read(&bytes, None)).await;
    let whole = answer.flaw.is_none();
    let origin = Origin::from_pictures(id, &answer.pictures);
    let saved = shared.shelf().save(&origin, answer.pictures).await?;
    let added = shared
        .database
        .call(move |connection| index::confirm(connection, id, &saved))
        .await?;
    let kept = (!whole && spool.len() > 0).then(|| shared.folders.kept(id));
    let_go(spool, kept).await;
    Ok(added)
}

/// What an answer consists of.
struct Answer {
    pictures: Vec<Picture>,
    /// What is wrong with it, if anything.
    flaw: Option<Error>,
}

/// Reads an answer. A panic of a decoder is a flaw of the answer, not the end of the program. What the answer says in
/// words is freed of the token of the client that fetched it.
fn read(bytes: &[u8], client: Option<&Client>) -> Answer {
    let clean = |error: novelai::Error| match client {
        Some(client) => Error::from(client.redact(error)),
        None => error.into(),
    };
    let whole = careful(|| response::pictures(bytes).map_err(clean));
    let (pictures, flaw) = match whole.and_then(|pictures| pictures) {
        Ok(pictures) => (pictures, None),
        Err(flaw) => (careful(|| response::salvage(bytes)).unwrap_or_default(), Some(flaw)),
    };
    Answer {
        pictures: in_distinct_places(pictures),
        flaw,
    }
}

/// A place in the batch names a picture. A server that gives one place to two must not make us lose one.
fn in_distinct_places(mut pictures: Vec<Picture>) -> Vec<Picture> {
    let mut taken = HashSet::new();
    for picture in &mut pictures {
        while !taken.insert(picture.index) {
            picture.index = picture.index.wrapping_add(1);
        }
    }
    pictures
}

fn careful<R>(parse: impl FnOnce() -> R) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(parse)).map_err(|panic| Error::internal(panic_message(&*panic)))
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    said.unwrap_or_else(|| "it did not say why".into())
}

/// Where a job ends, and whether its bytes are kept.
#[derive(Debug, PartialEq)]
struct Verdict {
    state: JobState,
    keep_bytes: bool,
}

/// Decides where a job ends. So many pictures (or a vibe) are `saved`; `leftover` is where bytes that nothing (or not
/// everything) could be made of will be kept, if there are bytes.
fn verdict(job: &Job, ending: Ending, flaw: Option<Error>, saved: usize, leftover: Option<&Path>) -> Verdict {
    // A vibe or an answer is no picture, but it has to arrive too.
    let expected = job.work.pictures().max(1);
    if saved >= expected {
        return Verdict {
            state: JobState::Done { images: Vec::new() },
            keep_bytes: false,
        };
    }
    let mut error = match ending {
        Ending::Cancelled => {
            return Verdict {
                state: JobState::Cancelled,
                keep_bytes: false,
            };
        }
        Ending::Cut(error) => error,
        Ending::Whole => flaw.unwrap_or_else(|| {
            Error::new(
                ErrorCode::Malformed,
                "The server's answer has fewer pictures than were asked for.",
            )
        }),
    };
    if saved > 0 {
        error.message.push_str(&format!(
            " {saved} of {expected} pictures arrived and are in the library."
        ));
    }
    if let Some(leftover) = leftover {
        let what = format!("what was received is kept in {}", leftover.display());
        error.detail = Some(match error.detail.take() {
            Some(detail) if detail.ends_with(&what) => detail,
            Some(detail) => format!("{detail}; {what}"),
            None => what,
        });
    }
    let state = if is_free(job) {
        error.message.push_str(" It was free of charge, so you can try again.");
        JobState::Failed { error }
    } else {
        error.message.push_str(
            " It may have been charged: compare your Anlas before and after, then decide whether to try again.",
        );
        JobState::unsettled(error)
    };
    Verdict {
        state,
        keep_bytes: leftover.is_some(),
    }
}

/// Only a price that is known to be zero is free.
fn is_free(job: &Job) -> bool {
    job.anlas == Some(0)
}

async fn announce_received(shared: &Shared, job: &Job, length: u64) {
    let id = job.id;
    let noted = shared
        .database
        .call(move |connection| journal::received(connection, id, length))
        .await;
    if let Err(error) = noted {
        // The next start finds the bytes all the same.
        tracing::warn!(%error, job = %id, "the journal could not take that a job was received");
    }
    shared.board.show(job, JobState::Received);
}

/// The disk refuses: the bytes stay, and the person (or the next start) tries again.
async fn hold(shared: &Shared, job: &Job, spool: Spool, mut error: Error) {
    error.message.push_str(" What was received is kept.");
    shared.held().insert(job.id, spool);
    shared.stop_twins(job).await;
    shared.end(job, JobState::unsettled(error)).await;
}

/// Settles a job and confirms its pictures at once. Gives those that are new.
pub(crate) async fn write_verdict(
    shared: &Shared,
    job: &Job,
    state: &JobState,
    saved: Vec<ImageId>,
    answer: Option<String>,
) -> Result<Vec<ImageRecord>, Error> {
    shared
        .disk
        .at(Step::Settle)
        .map_err(|error| Error::storage(&error, "writing down that the job is done"))?;
    let (id, state, board) = (job.id, state.clone(), shared.board.clone());
    let twins = matches!(state, JobState::Unsettled { .. }).then(|| Twins::of(shared, job));
    shared
        .database
        .call(move |connection| {
            let transaction = connection.transaction()?;
            let added = index::confirm(&transaction, id, &saved)?;
            if let Some(answer) = answer {
                journal::keep_answer(&transaction, id, &answer)?;
            }
            journal::settle(&transaction, id, &state)?;
            let stopped = twins.map(|twins| twins.stop(&transaction)).transpose()?;
            let later = journal::cancel_later_if_over(&transaction, id)?;
            transaction.commit()?;
            for id in stopped.unwrap_or_default().into_iter().chain(later) {
                board.announce(connection, id)?;
            }
            Ok(added)
        })
        .await
}

/// Lets go of the bytes, or moves them to where they wait. A failure here costs nothing: the next start does it.
async fn let_go(spool: Spool, kept: Option<PathBuf>) {
    let done = off_thread(move || match kept {
        Some(kept) => spool.keep(&kept),
        None => spool.remove(),
    })
    .await;
    if let Err(error) = done {
        tracing::warn!(%error, "spooled bytes could not be put away; the next start does it");
    }
}
