//! The journal: the table of jobs, one function a question or a step. What is committed here survives a power cut.
//!
//! Every change of state names the state that it starts from, so that two hands (a cancel and the worker, say) can't
//! both have their way with a job.

use novelai::request::GenerateRequest;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use crate::error::{Error, ErrorCode};
use crate::jobs::{BatchCell, Chain, Job, JobState, Work, control, verdict};
use crate::library::ImageId;
use crate::spending::Hold;
use crate::spending::ledger::{self, Paid};

/// The states that the table knows. `Running` is not among them: after a restart it means the same as `Sending`.
fn kind(state: &JobState) -> &'static str {
    match state {
        JobState::Queued { .. } => "queued",
        JobState::Sending | JobState::Running { .. } => "sending",
        JobState::Received => "received",
        JobState::Done { .. } => "done",
        JobState::Failed { .. } => "failed",
        JobState::Unsettled { .. } => "unsettled",
        JobState::Cancelled => "cancelled",
    }
}

const COLUMNS: &str = "id, server, work, anlas, created, state, error, anlas_before, anlas_after, \
                       chain, chain_step, chain_steps, chain_after, batch, cell, held, pause_after, \
                       (SELECT charged FROM ledger WHERE ledger.job = jobs.id AND measured = 1) AS paid, \
                       (SELECT assumed FROM ledger WHERE ledger.job = jobs.id) AS expected, \
                       EXISTS (SELECT 1 FROM ledger WHERE ledger.job = jobs.id) AS counted, \
                       (SELECT count(*) FROM images WHERE images.job = jobs.id AND pending = 0) AS pictures";

/// What has nothing to wait for: the step before it is done.
const READY: &str = "(chain_after IS NULL OR EXISTS
                       (SELECT 1 FROM jobs AS before WHERE before.id = jobs.chain_after AND before.state = 'done'))";

/// Writes a new job down. A UUID that is known already changes nothing. Gives the job that stands there afterwards,
/// and whether it is new.
///
/// Its price is taken for agreed to: whoever queues it has seen it.
pub(crate) fn insert(connection: &Connection, job: &Job) -> rusqlite::Result<(Job, bool)> {
    ledger::begin_queue_if_empty(connection, job.id)?;
    let (chain, cell) = (job.chain.as_ref(), job.cell.as_ref());
    let inserted = connection
        .prepare_cached(
            "INSERT INTO jobs
               (id, server, work, anlas, agreed, created, state, chain, chain_step, chain_steps, chain_after, batch, cell,
                place)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, 'queued', ?6, ?7, ?8, ?9, ?10, ?11,
                (SELECT coalesce(max(place), 0) + 1 FROM jobs)) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            job.id.to_string(),
            job.server,
            to_json(&job.work)?,
            job.anlas,
            job.created,
            chain.map(|chain| chain.id.to_string()),
            chain.map(|chain| chain.step),
            chain.map(|chain| chain.steps),
            chain.and_then(|chain| chain.after).map(|after| after.to_string()),
            cell.map(|cell| cell.batch.to_string()),
            cell.map(|cell| cell.cell),
        ])?;
    let stored = get(connection, job.id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok((stored, inserted > 0))
}

/// One job, dismissed or not.
pub(crate) fn get(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<Job>> {
    let job = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1"))?
        .query_row([id.to_string()], read)
        .optional()?;
    job.map(|job| with_images(connection, job)).transpose()
}

/// All jobs that are shown, in the order of the queue.
pub(crate) fn shown(connection: &Connection) -> rusqlite::Result<Vec<Job>> {
    let jobs: Vec<Job> = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM jobs WHERE dismissed = 0 ORDER BY place"
        ))?
        .query_map([], read)?
        .collect::<rusqlite::Result<_>>()?;
    jobs.into_iter().map(|job| with_images(connection, job)).collect()
}

/// All jobs of a chain, dismissed or not, in the order of the queue.
pub(crate) fn of_chain(connection: &Connection, chain: Uuid) -> rusqlite::Result<Vec<Job>> {
    let jobs: Vec<Job> = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE chain = ?1 ORDER BY seq"))?
        .query_map([chain.to_string()], read)?
        .collect::<rusqlite::Result<_>>()?;
    jobs.into_iter().map(|job| with_images(connection, job)).collect()
}

/// The requests of the last jobs as they were written, newest first. What can't be read any more is left out.
pub(crate) fn requests(connection: &Connection, limit: u32) -> rusqlite::Result<Vec<GenerateRequest>> {
    let texts: Vec<String> = connection
        .prepare_cached("SELECT work FROM jobs ORDER BY seq DESC LIMIT ?1")?
        .query_map([limit], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(texts
        .iter()
        .filter_map(|text| serde_json::from_str::<Work>(text).ok()?.into_written())
        .collect())
}

/// The job whose turn it is among those that are sent to one of these servers, except for some, and for those that a rule
/// has been found to hold in this round of looking.
pub(crate) fn next(
    connection: &Connection,
    servers: &[String],
    passed_over: &[Uuid],
    round: i64,
) -> rusqlite::Result<Option<Job>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM jobs
             WHERE state = 'queued' AND server IN (SELECT value FROM json_each(?1))
               AND {READY}
               AND (held IS NULL OR held_round < ?3)
               AND id NOT IN (SELECT value FROM json_each(?2)) ORDER BY place LIMIT 1"
        ))?
        .query_row(params![to_json(&servers)?, to_json(&passed_over)?, round], read)
        .optional()
}

/// Why a rule does not let a queued job be sent; none: none does any more. `true`: it was something else before.
pub(crate) fn hold(connection: &Connection, id: Uuid, hold: Option<&Hold>, round: i64) -> rusqlite::Result<bool> {
    let hold = hold.map(to_json).transpose()?;
    let before: Option<Option<String>> = connection
        .prepare_cached("SELECT held FROM jobs WHERE id = ?1 AND state = 'queued'")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    connection
        .prepare_cached("UPDATE jobs SET held = ?2, held_round = ?3 WHERE id = ?1 AND state = 'queued'")?
        .execute(params![id.to_string(), hold, round])?;
    Ok(before.is_some_and(|before| before != hold))
}

/// The price that the person has agreed to.
pub(crate) fn agreed(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<u32>> {
    let agreed = connection
        .prepare_cached("SELECT agreed FROM jobs WHERE id = ?1")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok(agreed.flatten())
}

/// The jobs that a former run left in the middle of something.
pub(crate) fn in_flight(connection: &Connection) -> rusqlite::Result<Vec<Job>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM jobs WHERE state IN ('sending', 'received') ORDER BY seq"
        ))?
        .query_map([], read)?
        .collect()
}

/// `queued` → `sending`, with the price and the balance as they are known now. Committed before the first byte leaves.
/// `false`: it is no longer queued, and must not be sent.
pub(crate) fn claim(
    connection: &Connection,
    id: Uuid,
    anlas: Option<u32>,
    anlas_before: Option<u32>,
) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE jobs SET state = 'sending', anlas = ?2, anlas_before = ?3, held = NULL
         WHERE id = ?1 AND state = 'queued'",
        params![id.to_string(), anlas, anlas_before],
    )?;
    Ok(changed > 0)
}

/// The work of a job that is queued still, now that the picture is known that it works on.
pub(crate) fn set_work(connection: &Connection, id: Uuid, work: &Work) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE jobs SET work = ?2 WHERE id = ?1 AND state = 'queued'",
        params![id.to_string(), to_json(work)?],
    )?;
    Ok(())
}

/// `sending` → `queued`, for a request that the server says it did not run.
pub(crate) fn requeue(connection: &Connection, id: Uuid) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE jobs SET state = 'queued' WHERE id = ?1 AND state = 'sending'",
        [id.to_string()],
    )?;
    ledger::release(connection, id)
}

/// How many bytes the answer of a job that is being received will have.
pub(crate) fn expects(connection: &Connection, id: Uuid, length: u64) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE jobs SET length = ?2 WHERE id = ?1 AND state = 'sending'",
        params![id.to_string(), i64::try_from(length).unwrap_or(i64::MAX)],
    )?;
    Ok(())
}

/// `sending` → `received`: the whole answer is on the disk, and has so many bytes.
pub(crate) fn received(connection: &Connection, id: Uuid, length: u64) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE jobs SET state = 'received', length = ?2 WHERE id = ?1 AND state = 'sending'",
        params![id.to_string(), i64::try_from(length).unwrap_or(i64::MAX)],
    )?;
    Ok(())
}

/// How many bytes the whole answer of a job has, where that is known.
pub(crate) fn length(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<u64>> {
    let length: Option<Option<i64>> = connection
        .prepare_cached("SELECT length FROM jobs WHERE id = ?1")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok(length.flatten().and_then(|length| u64::try_from(length).ok()))
}

/// The jobs that wait to encode what this one was to encode, for the same server and one of these models. Gives those
/// that are `failed` now.
pub(crate) fn fail_twins(
    connection: &Connection,
    job: &Job,
    models: &[String],
    error: &Error,
) -> rusqlite::Result<Vec<Uuid>> {
    let Work::EncodeVibe { image, extraction, .. } = &job.work else {
        return Ok(Vec::new());
    };
    connection
        .prepare_cached(
            "UPDATE jobs SET state = 'failed', error = ?5
             WHERE state = 'queued' AND server = ?1 AND id <> ?2
               AND work ->> 'kind' = 'encodeVibe' AND work ->> 'image' = ?3
               AND work ->> 'model' IN (SELECT value FROM json_each(?6))
               AND abs((work ->> 'extraction') - ?4) < 1e-6 RETURNING id",
        )?
        .query_map(
            params![
                job.server,
                job.id.to_string(),
                image.0,
                extraction,
                to_json(error)?,
                to_json(&models)?
            ],
            read_id,
        )?
        .collect()
}

/// `queued` → `cancelled`. `false`: it is not queued.
pub(crate) fn cancel_queued(connection: &Connection, id: Uuid) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE jobs SET state = 'cancelled' WHERE id = ?1 AND state = 'queued'",
        [id.to_string()],
    )?;
    Ok(changed > 0)
}

/// All jobs that wait for a server → `cancelled`; what is done on this machine needs none. Gives those that changed.
pub(crate) fn cancel_waiting(connection: &Connection, server: &str) -> rusqlite::Result<Vec<Uuid>> {
    connection
        .prepare(
            "UPDATE jobs SET state = 'cancelled'
             WHERE state = 'queued' AND server = ?1 RETURNING id",
        )?
        .query_map([server], read_id)?
        .collect()
}

/// A job that no picture will come of.
const WITHOUT_PICTURE: &str = "first.state IN ('failed', 'unsettled', 'cancelled')";

/// What waits for a job, directly or not → `cancelled`. Gives those that changed.
pub(crate) fn cancel_later(connection: &Connection, id: Uuid) -> rusqlite::Result<Vec<Uuid>> {
    connection
        .prepare_cached(&cancel_later_of("first.id = ?1"))?
        .query_map([id.to_string()], read_id)?
        .collect()
}

/// The same, where no picture will come of the job.
pub(crate) fn cancel_later_if_over(connection: &Connection, id: Uuid) -> rusqlite::Result<Vec<Uuid>> {
    connection
        .prepare_cached(&cancel_later_of(&format!("first.id = ?1 AND {WITHOUT_PICTURE}")))?
        .query_map([id.to_string()], read_id)?
        .collect()
}

/// The same for all jobs, after a run that ended in between.
pub(crate) fn cancel_all_later(connection: &Connection) -> rusqlite::Result<Vec<Uuid>> {
    connection
        .prepare(&cancel_later_of(WITHOUT_PICTURE))?
        .query_map([], read_id)?
        .collect()
}

fn cancel_later_of(which: &str) -> String {
    format!(
        "WITH RECURSIVE later (id) AS (
           SELECT next.id FROM jobs AS first JOIN jobs AS next ON next.chain_after = first.id WHERE {which}
           UNION
           SELECT next.id FROM later JOIN jobs AS next ON next.chain_after = later.id)
         UPDATE jobs SET state = 'cancelled' WHERE state = 'queued' AND id IN (SELECT id FROM later) RETURNING id"
    )
}

/// Where a job ends. It can end a second time only by saving what was received after all.
pub(crate) fn settle(connection: &Connection, id: Uuid, state: &JobState) -> rusqlite::Result<()> {
    let (error, after) = match state {
        JobState::Failed { error } => (Some(to_json(error)?), None),
        JobState::Unsettled { error, anlas_after, .. } => (Some(to_json(error)?), *anlas_after),
        JobState::Queued { .. }
        | JobState::Sending
        | JobState::Running { .. }
        | JobState::Received
        | JobState::Done { .. }
        | JobState::Cancelled => (None, None),
    };
    connection.execute(
        "UPDATE jobs SET state = ?2, error = ?3, anlas_after = coalesce(?4, anlas_after)
         WHERE id = ?1 AND state IN ('queued', 'sending', 'received', 'unsettled', 'failed')",
        params![id.to_string(), kind(state), error, after],
    )?;
    ledger::end(connection, id, matches!(state, JobState::Failed { .. }))?;
    control::pause_if_asked_after(connection, id)
}

/// Keeps what a server answered in words.
pub(crate) fn keep_answer(connection: &Connection, id: Uuid, raw: &str) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO answers (job, raw) VALUES (?1, ?2)",
        [&id.to_string(), raw],
    )?;
    Ok(())
}

/// What a server answered in words.
pub(crate) fn answer(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT raw FROM answers WHERE job = ?1")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()
}

/// Writes the balance beside the unsettled jobs of a server that lack one. Gives those that changed.
pub(crate) fn balance_after(connection: &Connection, server: &str, anlas: u32) -> rusqlite::Result<Vec<Uuid>> {
    connection
        .prepare_cached(
            "UPDATE jobs SET anlas_after = ?2
             WHERE state = 'unsettled' AND server = ?1 AND anlas_after IS NULL RETURNING id",
        )?
        .query_map(params![server, anlas], read_id)?
        .collect()
}

/// No longer shows a settled job. `false`: it is not settled.
pub(crate) fn dismiss(connection: &Connection, id: Uuid) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE jobs SET dismissed = 1
         WHERE id = ?1 AND state IN ('done', 'failed', 'unsettled', 'cancelled')",
        [id.to_string()],
    )?;
    Ok(changed > 0)
}

fn with_images(connection: &Connection, mut job: Job) -> rusqlite::Result<Job> {
    if let JobState::Done { images } = &mut job.state {
        *images = connection
            .prepare_cached("SELECT id FROM images WHERE job = ?1 AND pending = 0 ORDER BY seq")?
            .query_map([job.id.to_string()], |row| row.get(0).map(ImageId))?
            .collect::<rusqlite::Result<_>>()?;
    }
    Ok(job)
}

fn read_id(row: &Row<'_>) -> rusqlite::Result<Uuid> {
    from_text(row.get_ref("id")?.as_str()?)
}

/// Jobs by a condition and in an order of ours, never of somebody else's.
pub(crate) fn listed(
    connection: &Connection,
    which: &str,
    parameters: impl rusqlite::Params,
) -> rusqlite::Result<Vec<Job>> {
    let jobs: Vec<Job> = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs {which}"))?
        .query_map(parameters, read)?
        .collect::<rusqlite::Result<_>>()?;
    jobs.into_iter().map(|job| with_images(connection, job)).collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Job> {
    let error = |row: &Row<'_>| -> rusqlite::Result<Error> {
        let json: Option<String> = row.get("error")?;
        Ok(json
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_else(|| Error::new(ErrorCode::Internal, "What went wrong was not written down.")))
    };
    let state = match row.get_ref("state")?.as_str()? {
        "queued" => JobState::Queued { retry_at: None },
        "sending" => JobState::Sending,
        "received" => JobState::Received,
        "done" => JobState::Done { images: Vec::new() },
        "failed" => JobState::Failed { error: error(row)? },
        "cancelled" => JobState::Cancelled,
        // The CHECK of the table leaves nothing else.
        _ => JobState::Unsettled {
            error: error(row)?,
            anlas_before: row.get("anlas_before")?,
            anlas_after: row.get("anlas_after")?,
        },
    };
    let paid = match row.get("paid")? {
        Some(charged) => Some(Paid {
            charged,
            expected: row.get::<_, Option<u32>>("expected")?.unwrap_or(0),
        }),
        None => None,
    };
    Ok(Job {
        verdict: verdict::of(&state, paid, row.get("counted")?, row.get("pictures")?),
        id: read_id(row)?,
        work: from_json::<Work>(row.get_ref("work")?.as_str()?)?,
        server: row.get("server")?,
        anlas: row.get("anlas")?,
        created: row.get("created")?,
        chain: read_chain(row)?,
        cell: read_cell(row)?,
        held: match (&state, row.get_ref("held")?.as_str_or_null()?) {
            (JobState::Queued { .. }, Some(held)) => Some(from_json(held)?),
            _ => None,
        },
        pause_after: row.get("pause_after")?,
        paid,
        state,
    })
}

fn read_chain(row: &Row<'_>) -> rusqlite::Result<Option<Chain>> {
    let id = |name: &str| -> rusqlite::Result<Option<Uuid>> {
        row.get_ref(name)?.as_str_or_null()?.map(from_text).transpose()
    };
    let Some(chain) = id("chain")? else {
        return Ok(None);
    };
    Ok(Some(Chain {
        id: chain,
        step: row.get("chain_step")?,
        steps: row.get("chain_steps")?,
        after: id("chain_after")?,
    }))
}

fn read_cell(row: &Row<'_>) -> rusqlite::Result<Option<BatchCell>> {
    let batch = row.get_ref("batch")?.as_str_or_null()?.map(from_text).transpose()?;
    match (batch, row.get("cell")?) {
        (Some(batch), Some(cell)) => Ok(Some(BatchCell { batch, cell })),
        _ => Ok(None),
    }
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn from_json<T: serde::de::DeserializeOwned>(json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json).map_err(unreadable)
}

fn from_text(text: &str) -> rusqlite::Result<Uuid> {
    text.parse().map_err(unreadable)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
