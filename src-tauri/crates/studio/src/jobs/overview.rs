//! The queue as a whole: how much there is of what, what it will cost, how long it will take.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::door::Studio;
use crate::error::Error;
use crate::event::Event;
use crate::jobs::{Job, control, journal};
use crate::shared::Shared;
use crate::spending::{Spent, ledger};

/// The queue as a whole. Dismissed jobs are not counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct QueueState {
    /// Nothing new is begun.
    pub paused: bool,
    /// Jobs that wait, those that a rule holds among them.
    pub queued: u32,
    /// Jobs on their way.
    pub running: u32,
    /// Those that a rule of the person holds.
    pub held: u32,
    /// Jobs that are done.
    pub done: u32,
    /// Jobs that failed or were cancelled.
    pub failed: u32,
    /// Jobs that may have been charged, and wait for the person.
    pub unsettled: u32,
    /// What the waiting jobs cost together, as they were estimated, in Anlas.
    pub anlas: u32,
    /// How many of them have no price that is known.
    pub unpriced: u32,
    /// How many waiting jobs are free before the first that is not; none where all are.
    pub free_before: Option<u32>,
    /// The first waiting job that is not free.
    #[cfg_attr(feature = "specta", specta(type = Option<String>))]
    pub first_paid: Option<Uuid>,
    /// What the caps count.
    pub spent: Spent,
    /// How long the waiting jobs will take by the speed of the last ones, in milliseconds; none where nothing is known.
    #[cfg_attr(feature = "specta", specta(type = Option<u32>))]
    pub ms_left: Option<i64>,
}

/// A list of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum QueueList {
    /// On their way or waiting, in the order of the queue.
    Open,
    /// Done, the newest first.
    Done,
    /// Failed or cancelled, the newest first.
    Failed,
    /// Unsettled, the oldest first.
    Unsettled,
}

impl QueueList {
    fn condition(self) -> &'static str {
        match self {
            Self::Open => "dismissed = 0 AND state IN ('queued', 'sending', 'received')",
            Self::Done => "dismissed = 0 AND state = 'done'",
            Self::Failed => "dismissed = 0 AND state IN ('failed', 'cancelled')",
            Self::Unsettled => "dismissed = 0 AND state = 'unsettled'",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Self::Open => "state = 'queued', place",
            Self::Done | Self::Failed => "seq DESC",
            Self::Unsettled => "seq",
        }
    }

    /// The numbers of its jobs, in its order, as SQL: of long lists only what is wanted is read whole.
    fn numbers(self, limit: &str) -> String {
        format!(
            "SELECT seq FROM jobs WHERE {} ORDER BY {} {limit}",
            self.condition(),
            self.order()
        )
    }

    /// Which jobs a page of it has (`?1` of them, from `?2` on), as SQL.
    pub(crate) fn page(self) -> String {
        format!(
            "WHERE seq IN ({}) ORDER BY {}",
            self.numbers("LIMIT ?1 OFFSET ?2"),
            self.order()
        )
    }
}

/// So many jobs are told at once.
const MOST: u32 = 500;

/// So many jobs of each list are told at the start; the drawer asks for others as they are scrolled to.
const FIRST: u32 = 100;

impl Studio {
    /// A part of a list of jobs.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn listed_jobs(&self, list: QueueList, offset: u32, limit: u32) -> Result<Vec<Job>, Error> {
        let shared = self.shared();
        let jobs = shared
            .database
            .call(move |connection| journal::listed(connection, &list.page(), params![limit.min(MOST), offset]))
            .await?;
        Ok(jobs.into_iter().map(|job| shared.board.as_seen(job)).collect())
    }

    /// The jobs that matter first, in the order of the queue: what is open, in trouble or lately done, and of each not so
    /// many that a start would have to wait for them.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn first_jobs(&self) -> Result<Vec<Job>, Error> {
        let shared = self.shared();
        let jobs = shared
            .database
            .call(|connection| {
                let lists = [
                    QueueList::Open,
                    QueueList::Done,
                    QueueList::Failed,
                    QueueList::Unsettled,
                ];
                let parts: Vec<String> = lists
                    .iter()
                    .map(|list| format!("SELECT * FROM ({})", list.numbers(&format!("LIMIT {FIRST}"))))
                    .collect();
                let which = format!("WHERE seq IN ({}) ORDER BY place", parts.join(" UNION ALL "));
                journal::listed(connection, &which, [])
            })
            .await?;
        Ok(jobs.into_iter().map(|job| shared.board.as_seen(job)).collect())
    }

    /// The queue as a whole.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn queue_state(&self) -> Result<QueueState, Error> {
        state(self.shared()).await
    }
}

/// Tells of the queue as a whole whenever something about it has changed, and not more often than eyes can follow.
pub(crate) async fn tell(shared: Arc<Shared>) {
    let mut last = None;
    let mut version = None;
    loop {
        tokio::select! {
            () = shared.board.stirred() => {}
            () = tokio::time::sleep(LOOK) => {
                if !changed_beside(&shared, &mut version).await {
                    continue;
                }
                shared.tell(Event::Missed);
                // What it reserved may be free again.
                shared.look_again();
            }
            () = shared.closing.cancelled() => return,
        }
        match state(&shared).await {
            Ok(state) if last.as_ref() != Some(&state) => {
                last = Some(state.clone());
                shared.tell(Event::Queue(state));
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the queue can't be looked over"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(150)) => {}
            () = shared.closing.cancelled() => return,
        }
    }
}

/// So often it is looked whether another process has changed something in the queue.
const LOOK: Duration = Duration::from_millis(1500);

/// Whether another process has written to the database since this was asked last.
async fn changed_beside(shared: &Shared, version: &mut Option<i64>) -> bool {
    let now = shared
        .database
        .call(|connection| connection.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)))
        .await
        .ok();
    let changed = version.is_some() && now.is_some() && now != *version;
    *version = now;
    changed
}

async fn state(shared: &Arc<Shared>) -> Result<QueueState, Error> {
    let server = shared.purse.current();
    let pause = i64::from(shared.settings.get().pause_between) * 1000;
    shared
        .database
        .call(move |connection| read(connection, &server, pause))
        .await
}

fn read(connection: &Connection, server: &str, pause: i64) -> rusqlite::Result<QueueState> {
    let counts = connection
        .prepare_cached(
            "SELECT state, count(*), coalesce(sum(anlas), 0), sum(anlas IS NULL), sum(held IS NOT NULL)
             FROM jobs WHERE dismissed = 0 GROUP BY state",
        )?
        .query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, u32>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, u32>(3)?,
                row.get::<_, u32>(4)?,
            ))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut told = QueueState {
        paused: control::is_paused(connection)?,
        queued: 0,
        running: 0,
        held: 0,
        done: 0,
        failed: 0,
        unsettled: 0,
        anlas: 0,
        unpriced: 0,
        free_before: None,
        first_paid: None,
        spent: ledger::spent(connection, server, &ledger::queue(connection)?, &ledger::today())?,
        ms_left: None,
    };
    for (state, count, anlas, unpriced, held) in counts {
        match state.as_str() {
            "queued" => {
                told.queued = count;
                told.anlas = u32::try_from(anlas).unwrap_or(u32::MAX);
                told.unpriced = unpriced;
                told.held = held;
            }
            "sending" | "received" => told.running += count,
            "done" => told.done = count,
            "unsettled" => told.unsettled = count,
            _ => told.failed += count,
        }
    }
    let first_paid: Option<(String, f64)> = connection
        .prepare_cached(
            "SELECT id, place FROM jobs WHERE state = 'queued' AND coalesce(anlas, 1) > 0 ORDER BY place LIMIT 1",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, place)) = first_paid {
        told.first_paid = id.parse().ok();
        told.free_before = connection
            .prepare_cached("SELECT count(*) FROM jobs WHERE state = 'queued' AND place < ?1")?
            .query_row([place], |row| row.get(0))?;
    }
    // Jobs that died on their way, and those that waited for a broken connection, say nothing about the speed.
    let speed: Option<f64> = connection
        .prepare_cached(
            "SELECT avg(took) FROM (SELECT ended - sent AS took FROM ledger
             WHERE server = ?1 AND ended IS NOT NULL AND ended - sent < 600000 ORDER BY sent DESC LIMIT 20)",
        )?
        .query_row([server], |row| row.get(0))?;
    #[allow(clippy::cast_possible_truncation, reason = "milliseconds of a queue")]
    let each = speed.map(|speed| speed as i64 + pause);
    told.ms_left = each.map(|each| each * i64::from(told.queued));
    Ok(told)
}
