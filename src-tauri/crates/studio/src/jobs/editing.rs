//! What a person does with the queue: its order, its pauses, and jobs that are changed, copied, sent once more.

use std::sync::Arc;

use novelai::request::GenerateRequest;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::jobs::parcel::check;
use crate::jobs::price::price;
use crate::jobs::verdict::{self, Choice, Verdict};
use crate::jobs::{Job, JobState, Work, Written, control, encoding, journal, queue};
use crate::shared::Shared;
use crate::words;

impl Studio {
    /// Nothing new is begun from now on, until [`Self::resume_queue`], also after a restart. What is on its way comes to
    /// its end.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn pause_queue(&self) -> Result<(), Error> {
        self.set_paused(true).await
    }

    /// The queue goes on.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn resume_queue(&self) -> Result<(), Error> {
        self.set_paused(false).await
    }

    async fn set_paused(&self, paused: bool) -> Result<(), Error> {
        let shared = self.shared();
        shared
            .database
            .call(move |connection| control::set_paused(connection, paused))
            .await?;
        shared.board.stir();
        shared.ring();
        Ok(())
    }

    /// The queue pauses when this job is over; or it does not after all.
    ///
    /// # Errors
    ///
    /// `notFound` where it is not in the queue any more, and storage errors.
    pub async fn pause_after(&self, id: Uuid, pause: bool) -> Result<(), Error> {
        let board = self.shared().board.clone();
        let changed = self
            .shared()
            .database
            .call(move |connection| {
                let changed = control::set_pause_after(connection, id, pause)?;
                board.announce(connection, id)?;
                Ok(changed)
            })
            .await?;
        if changed { Ok(()) } else { Err(not_queued(id)) }
    }

    /// Puts queued jobs, in the order that is given, before another one, or at the end. What is not queued stays.
    ///
    /// # Errors
    ///
    /// `notFound` where the one they should stand before is not queued any more, and storage errors.
    pub async fn move_jobs(&self, ids: Vec<Uuid>, before: Option<Uuid>) -> Result<(), Error> {
        let moved = self
            .shared()
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let moved = arrange(&transaction, &ids, before)?;
                transaction.commit()?;
                Ok(moved)
            })
            .await?;
        self.shared().board.stir();
        match (moved, before) {
            (false, Some(before)) => Err(not_queued(before)),
            _ => Ok(()),
        }
    }

    /// Changes what a queued job is going to ask for, also while it waits until a busy server has time for it. What it
    /// draws is drawn anew; its price is taken for agreed to.
    ///
    /// # Errors
    ///
    /// `notFound` where it is not queued any more or is being sent, `refused` where the request could not be sent or it is
    /// no request for pictures, and storage errors. Then it is as it was.
    pub async fn edit_job(&self, id: Uuid, request: GenerateRequest) -> Result<Job, Error> {
        let shared = self.shared();
        let job = required(shared, id).await?;
        if job.work.request().is_none() {
            return Err(Error::new(ErrorCode::Refused, "Only requests for pictures can be changed.").with_detail("id"));
        }
        let texts = Written::of(&request);
        let drawn = words::drawn(shared, request).await.request;
        let written = (Written::of(&drawn) != texts).then_some(texts);
        let work = Work::Generate {
            request: Box::new(drawn),
            written,
        };
        check(shared, &work, &job.server).await?;
        let account = shared.purse.account_at(&job.server);
        let anlas = account
            .as_ref()
            .and_then(|account| price(shared, &work, Some(account)).ok().flatten());
        let anlas = anlas.map(|price| price.anlas);
        let board = shared.board.clone();
        let vibes = work
            .request()
            .map(|request| encoding::needed(shared, id, request, &job.server));
        let changed = shared
            .database
            .call(move |connection| {
                // On this thread nobody can take it up or send it meanwhile.
                if board.has(id) && !board.waits(id) {
                    return Ok(false);
                }
                let transaction = connection.transaction()?;
                let changed = transaction.execute(
                    "UPDATE jobs SET work = ?2, anlas = ?3, agreed = ?3, held = NULL WHERE id = ?1 AND state = 'queued'",
                    params![id.to_string(), journal::to_json(&work)?, anlas],
                )?;
                let mut new = Vec::new();
                if changed > 0 {
                    board.change(id);
                    // What has to be encoded for it now has to run before it.
                    for first in vibes.into_iter().flatten() {
                        let (first, inserted) = journal::insert(&transaction, &first)?;
                        if inserted {
                            new.push(first.id);
                        }
                    }
                    arrange(&transaction, &new, Some(id))?;
                }
                transaction.commit()?;
                new.push(id);
                for id in new {
                    board.announce(connection, id)?;
                }
                Ok(changed > 0)
            })
            .await?;
        if !changed {
            return Err(not_queued(id));
        }
        shared.ring();
        required(shared, id).await
    }

    /// The person agrees to what a queued job costs now.
    ///
    /// # Errors
    ///
    /// `notFound` where it is not queued any more, and storage errors.
    pub async fn agree(&self, id: Uuid) -> Result<(), Error> {
        let shared = self.shared();
        let job = required(shared, id).await?;
        let account = shared.purse.account_at(&job.server);
        let now = price(shared, &job.work, account.as_ref())?.map(|price| price.anlas);
        let board = shared.board.clone();
        let changed = shared
            .database
            .call(move |connection| {
                let changed = connection.execute(
                    "UPDATE jobs SET agreed = ?2, anlas = coalesce(?2, anlas), held = NULL
                     WHERE id = ?1 AND state = 'queued'",
                    params![id.to_string(), now],
                )?;
                board.announce(connection, id)?;
                Ok(changed > 0)
            })
            .await?;
        shared.ring();
        if changed { Ok(()) } else { Err(not_queued(id)) }
    }

    /// Queues the same once more, under the UUID of a click and with a seed of its own, right behind the other one.
    ///
    /// # Errors
    ///
    /// `notFound`, `refused` where it can't be sent, and storage errors.
    pub async fn duplicate_job(&self, id: Uuid, copy: Uuid) -> Result<Job, Error> {
        let shared = self.shared();
        let mut work = required(shared, id).await?.work;
        if let Work::Generate { request, .. } = &mut work {
            request.sampling.seed = Some(queue::pick());
        }
        let job = queue::enqueue_work(shared, copy, work).await?;
        shared
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let next: Option<String> = transaction
                    .query_row(
                        "SELECT id FROM jobs WHERE state = 'queued' AND id <> ?2
                           AND place > (SELECT place FROM jobs WHERE id = ?1 AND state = 'queued') ORDER BY place LIMIT 1",
                        [id.to_string(), copy.to_string()],
                        |row| row.get(0),
                    )
                    .optional()?;
                if let Some(next) = next.and_then(|next| next.parse().ok()) {
                    arrange(&transaction, &[copy], Some(next))?;
                }
                transaction.commit()
            })
            .await?;
        shared.board.stir();
        Ok(job)
    }

    /// Queues what was never charged once more, as it was, and no longer shows the old one. Once: asked again, it gives
    /// the job that is queued.
    ///
    /// # Errors
    ///
    /// `notFound`; `refused` for what is not over, or may have been charged: that is the person's choice
    /// ([`Self::settle_job`]); storage errors.
    pub async fn retry_job(&self, id: Uuid) -> Result<Job, Error> {
        let job = required(self.shared(), id).await?;
        let may = match (&job.state, job.verdict) {
            (JobState::Failed { .. }, _) | (JobState::Unsettled { .. }, Some(Verdict::NotCharged)) => true,
            (JobState::Cancelled, _) => job.paid.is_none_or(|paid| paid.charged == 0),
            _ => false,
        };
        if !may {
            let message = "Only what was not charged can be tried again like that.";
            return Err(Error::new(ErrorCode::Refused, message).with_detail("id"));
        }
        self.once_more(job).await
    }

    /// Does what the person decided about an unsettled job. Gives the job that is sent once more, if one is.
    ///
    /// # Errors
    ///
    /// `notFound`, `refused` where it is not unsettled, and storage errors.
    pub async fn settle_job(&self, id: Uuid, choice: Choice) -> Result<Option<Job>, Error> {
        let job = required(self.shared(), id).await?;
        if !matches!(job.state, JobState::Unsettled { .. }) {
            return Err(Error::new(ErrorCode::Refused, "This job is settled already.").with_detail("id"));
        }
        match choice {
            Choice::SendAgain => self.once_more(job).await.map(Some),
            Choice::Leave => self.dismiss(id).await.map(|()| None),
        }
    }

    /// A second click finds what the first has queued.
    async fn once_more(&self, job: Job) -> Result<Job, Error> {
        let queued = queue::enqueue_work(self.shared(), verdict::once_more(job.id), job.work).await?;
        self.dismiss(job.id).await?;
        Ok(queued)
    }

    /// Cancels everything that waits, and what is on its way only if that is asked for. Gives how many jobs that were.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn cancel_all(&self, on_their_way: bool) -> Result<u32, Error> {
        let (shared, board) = (self.shared(), self.shared().board.clone());
        let cancelled = shared
            .database
            .call(move |connection| {
                let mut cancelled = 0;
                let transaction = connection.transaction()?;
                for id in queued(&transaction)? {
                    // Taken up already: the worker will tell.
                    if board.has(id) {
                        if on_their_way || board.waits(id) {
                            board.cancel(id);
                            cancelled += 1;
                        }
                    } else if journal::cancel_queued(&transaction, id)? {
                        cancelled += 1;
                    }
                }
                if on_their_way {
                    for job in journal::in_flight(&transaction)? {
                        board.cancel(job.id);
                        cancelled += 1;
                    }
                }
                transaction.commit()?;
                Ok(cancelled)
            })
            .await?;
        // One event instead of ten thousand.
        shared.tell(Event::Missed);
        shared.board.stir();
        shared.ring();
        Ok(cancelled)
    }

    /// No longer shows what is over and asks nothing of anybody: done, failed and cancelled jobs. Unsettled ones stay.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn clear_ended(&self) -> Result<(), Error> {
        let shared = self.shared();
        shared
            .database
            .call(|connection| {
                connection.execute(
                    "UPDATE jobs SET dismissed = 1 WHERE dismissed = 0 AND state IN ('done', 'failed', 'cancelled')",
                    [],
                )
            })
            .await?;
        shared.tell(Event::Missed);
        shared.board.stir();
        Ok(())
    }
}

fn queued(connection: &Connection) -> rusqlite::Result<Vec<Uuid>> {
    let ids: Vec<String> = connection
        .prepare_cached("SELECT id FROM jobs WHERE state = 'queued' ORDER BY place")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Gives queued jobs places between two others. `false`: the one they should stand before is not queued.
fn arrange(connection: &Connection, ids: &[Uuid], before: Option<Uuid>) -> rusqlite::Result<bool> {
    if ids.is_empty() {
        return Ok(true);
    }
    let place_of = |id: Uuid| {
        connection
            .prepare_cached("SELECT place FROM jobs WHERE id = ?1 AND state = 'queued'")?
            .query_row([id.to_string()], |row| row.get::<_, f64>(0))
            .optional()
    };
    let names = journal::to_json(&ids.iter().map(Uuid::to_string).collect::<Vec<_>>())?;
    let last_below = |below: f64| {
        connection
            .prepare_cached(
                "SELECT max(place) FROM jobs WHERE place < ?1 AND id NOT IN (SELECT value FROM json_each(?2))",
            )?
            .query_row(params![below, names], |row| row.get::<_, Option<f64>>(0))
    };
    let (low, high) = match before {
        Some(before) => {
            if ids.contains(&before) {
                return Ok(true);
            }
            let Some(high) = place_of(before)? else {
                return Ok(false);
            };
            (last_below(high)?.unwrap_or(high - 1.0), high)
        }
        None => {
            let low = last_below(f64::MAX)?.unwrap_or(0.0);
            #[allow(clippy::cast_precision_loss, reason = "nobody has so many jobs")]
            (low, low + 1.0 + ids.len() as f64)
        }
    };
    #[allow(clippy::cast_precision_loss, reason = "nobody has so many jobs")]
    let step = (high - low) / (ids.len() as f64 + 1.0);
    let mut place = low;
    for id in ids {
        place += step;
        connection
            .prepare_cached("UPDATE jobs SET place = ?2 WHERE id = ?1 AND state = 'queued'")?
            .execute(params![id.to_string(), place])?;
    }
    // Halved some forty times, a gap is too small for numbers: everything is counted anew.
    if step < 1e-6 {
        connection.execute(
            "UPDATE jobs SET place = ordered.number FROM
               (SELECT seq, row_number() OVER (ORDER BY place, seq) AS number FROM jobs) AS ordered
             WHERE jobs.seq = ordered.seq",
            [],
        )?;
    }
    Ok(true)
}

async fn required(shared: &Arc<Shared>, id: Uuid) -> Result<Job, Error> {
    let job = shared
        .database
        .call(move |connection| journal::get(connection, id))
        .await?;
    job.map(|job| shared.board.as_seen(job)).ok_or_else(|| not_queued(id))
}

fn not_queued(id: Uuid) -> Error {
    Error::new(ErrorCode::NotFound, "This job is not in the queue any more.").with_detail(id)
}
