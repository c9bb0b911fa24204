//! The ledger: what was reserved before it was sent, and what was charged as far as balances tell.
//!
//! A row counts with what is assumed until it is known better: the estimate of what may have been charged, nothing of
//! what the server says it did not run. A row whose process died counts with its estimate for good, because nobody knows.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::{now_local, now_ms};
use crate::spending::Spent;

/// What is written down before something is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) job: Uuid,
    /// What a cap per queue counts together.
    pub(crate) queue: String,
    pub(crate) server: String,
    pub(crate) tool: String,
    pub(crate) model: Option<String>,
    /// The price; none where nobody names one.
    pub(crate) estimated: Option<u32>,
    /// The balance now, where it is known.
    pub(crate) before: Option<u32>,
}

/// What a job cost, told by two balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Paid {
    /// What was charged.
    pub charged: u32,
    /// What was expected.
    pub expected: u32,
}

/// Today on the person's wall.
pub(crate) fn today() -> String {
    let now = now_local();
    format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day())
}

/// What a row counts with.
const COUNTS: &str = "coalesce(sum(coalesce(charged, assumed, 0)), 0)";

/// What was spent at a server, or is being spent, by a queue and by everybody.
pub(crate) fn spent(connection: &Connection, server: &str, queue: &str, day: &str) -> rusqlite::Result<Spent> {
    let month = day.get(..7).unwrap_or(day);
    let by_queue = connection
        .prepare_cached(&format!("SELECT {COUNTS} FROM ledger WHERE server = ?1 AND queue = ?2"))?
        .query_row([server, queue], |row| row.get::<_, i64>(0))?;
    let (today, this_month) = connection
        .prepare_cached(&format!(
            "SELECT coalesce(sum(CASE WHEN day = ?2 THEN coalesce(charged, assumed, 0) ELSE 0 END), 0), {COUNTS}
             FROM ledger WHERE server = ?1 AND day >= ?3 AND day < ?3 || '~'"
        ))?
        .query_row([server, day, month], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
    let anlas = |sum: i64| u32::try_from(sum).unwrap_or(u32::MAX);
    Ok(Spent {
        queue: anlas(by_queue),
        day: anlas(today),
        month: anlas(this_month),
    })
}

/// Reserves a price. Within the transaction that has looked at the sums.
pub(crate) fn reserve(connection: &Connection, entry: &Entry, day: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO ledger
               (job, queue, server, day, sent, tool, model, estimated, assumed, before)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
        )?
        .execute(params![
            entry.job.to_string(),
            entry.queue,
            entry.server,
            day,
            now_ms(),
            entry.tool,
            entry.model,
            entry.estimated,
            entry.before
        ])?;
    Ok(())
}

/// The server says that it did not run: nothing was spent.
pub(crate) fn release(connection: &Connection, job: Uuid) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM ledger WHERE job = ?1 AND charged IS NULL")?
        .execute([job.to_string()])?;
    Ok(())
}

/// It is over. `free`: nothing can have been charged, as far as anybody knows.
pub(crate) fn end(connection: &Connection, job: Uuid, free: bool) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE ledger SET ended = coalesce(ended, ?2), assumed = CASE WHEN ?3 THEN 0 ELSE assumed END
             WHERE job = ?1 AND charged IS NULL",
        )?
        .execute(params![job.to_string(), now_ms(), free])?;
    Ok(())
}

/// What a balance settled.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The jobs that changed.
    pub(crate) jobs: Vec<Uuid>,
    /// Less was charged than was reserved: what a cap held may fit now.
    pub(crate) freed: bool,
}

/// A balance was read at a server: what is over and not settled is settled against it.
///
/// The difference of two balances is what one job cost only if nothing else ran between them; otherwise what was assumed
/// stands.
pub(crate) fn settle(connection: &Connection, server: &str, balance: u32) -> rusqlite::Result<Settled> {
    let open: Vec<Open> = connection
        .prepare_cached(
            "SELECT job, sent, ended, before, coalesce(assumed, 0) AS assumed,
               (SELECT count(*) FROM ledger AS other
                WHERE other.server = ledger.server AND other.job <> ledger.job
                  AND (other.charged IS NULL OR other.ended > ledger.sent)
                  AND NOT (other.ended IS NULL AND other.sent < ledger.sent - 3600000)) AS beside
             FROM ledger WHERE server = ?1 AND charged IS NULL AND ended IS NOT NULL",
        )?
        .query_map([server], |row| {
            Ok(Open {
                job: row.get("job")?,
                before: row.get("before")?,
                assumed: row.get("assumed")?,
                alone: row.get::<_, i64>("beside")? == 0,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut settled = Settled::default();
    for one in open {
        let measured = one
            .before
            .filter(|_| one.alone)
            .and_then(|before| before.checked_sub(balance));
        connection
            .prepare_cached("UPDATE ledger SET charged = ?2, measured = ?3, after = ?4 WHERE job = ?1")?
            .execute(params![
                one.job,
                measured.unwrap_or(one.assumed),
                measured.is_some(),
                balance
            ])?;
        settled.freed |= measured.is_some_and(|charged| charged < one.assumed);
        settled.jobs.extend(one.job.parse::<Uuid>().ok());
    }
    Ok(settled)
}

struct Open {
    job: String,
    before: Option<u32>,
    assumed: u32,
    alone: bool,
}

/// The name under which the queue that is being worked on counts its spending.
const QUEUE: &str = "queue that is counted";

/// The queue that is being worked on.
pub(crate) fn queue(connection: &Connection) -> rusqlite::Result<String> {
    let known = connection
        .prepare_cached("SELECT value FROM facts WHERE name = ?1")?
        .query_row([QUEUE], |row| row.get(0))
        .optional()?;
    Ok(known.unwrap_or_default())
}

/// A job is about to be queued: where the queue is empty another one begins.
pub(crate) fn begin_queue_if_empty(connection: &Connection, first: Uuid) -> rusqlite::Result<()> {
    let open: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM jobs WHERE state IN ('queued', 'sending', 'received'))")?
        .query_row([], |row| row.get(0))?;
    if !open {
        connection
            .prepare_cached("INSERT OR REPLACE INTO facts VALUES (?1, ?2)")?
            .execute([QUEUE, &first.to_string()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for step in [
            include_str!("../schema/1.sql"),
            include_str!("../schema/2.sql"),
            include_str!("../schema/3.sql"),
            include_str!("../schema/4.sql"),
            include_str!("../schema/5.sql"),
            include_str!("../schema/6.sql"),
        ] {
            connection.execute_batch(step).unwrap();
        }
        connection
    }

    fn paid(connection: &Connection, job: Uuid) -> rusqlite::Result<Option<Paid>> {
        connection
            .prepare_cached("SELECT charged, coalesce(assumed, 0) FROM ledger WHERE job = ?1 AND measured = 1")?
            .query_row([job.to_string()], |row| {
                Ok(Paid {
                    charged: row.get(0)?,
                    expected: row.get(1)?,
                })
            })
            .optional()
    }

    fn entry(estimated: u32, before: Option<u32>) -> Entry {
        Entry {
            job: Uuid::new_v4(),
            queue: "q".into(),
            server: "s".into(),
            tool: "generate".into(),
            model: None,
            estimated: Some(estimated),
            before,
        }
    }

    fn sums(connection: &Connection) -> (u32, u32, u32) {
        let spent = spent(connection, "s", "q", "2026-11-26").unwrap();
        (spent.queue, spent.day, spent.month)
    }

    #[test]
    fn a_reservation_counts_until_it_is_known_what_was_charged() {
        let connection = database();
        let one = entry(20, Some(100));
        reserve(&connection, &one, "2026-11-26").unwrap();
        assert_eq!(sums(&connection), (20, 20, 20));
        // What is on its way is not measured.
        assert!(settle(&connection, "s", 80).unwrap().jobs.is_empty());
        end(&connection, one.job, false).unwrap();
        let settled = settle(&connection, "s", 76).unwrap();
        assert_eq!((settled.jobs.as_slice(), settled.freed), ([one.job].as_slice(), false));
        assert_eq!(sums(&connection), (24, 24, 24));
        let told = paid(&connection, one.job).unwrap().unwrap();
        assert_eq!((told.charged, told.expected), (24, 20));
    }

    #[test]
    fn days_and_months_and_servers_are_counted_apart() {
        let connection = database();
        for (day, server) in [
            ("2026-11-25", "s"),
            ("2026-11-26", "s"),
            ("2026-10-26", "s"),
            ("2026-11-26", "t"),
        ] {
            let one = Entry {
                server: server.into(),
                queue: day.into(),
                ..entry(7, None)
            };
            reserve(&connection, &one, day).unwrap();
        }
        assert_eq!(sums(&connection), (0, 7, 14));
    }

    #[test]
    fn what_did_not_run_costs_nothing_and_what_died_on_its_way_costs_its_estimate() {
        let connection = database();
        let (busy, died, failed) = (entry(5, None), entry(7, None), entry(11, None));
        for one in [&busy, &died, &failed] {
            reserve(&connection, one, "2026-11-26").unwrap();
        }
        release(&connection, busy.job).unwrap();
        end(&connection, failed.job, true).unwrap();
        settle(&connection, "s", 0).unwrap();
        assert_eq!(sums(&connection), (7, 7, 7));
        assert_eq!(paid(&connection, died.job).unwrap(), None);
    }

    #[test]
    fn two_at_once_are_not_told_apart_by_one_balance() {
        let connection = database();
        let (one, other) = (entry(5, Some(100)), entry(7, Some(100)));
        for entry in [&one, &other] {
            reserve(&connection, entry, "2026-11-26").unwrap();
        }
        end(&connection, one.job, false).unwrap();
        end(&connection, other.job, false).unwrap();
        assert_eq!(settle(&connection, "s", 50).unwrap().jobs.len(), 2);
        assert_eq!((paid(&connection, one.job).unwrap(), sums(&connection).0), (None, 12));
    }

    #[test]
    fn a_balance_that_rose_measures_nothing() {
        let connection = database();
        let one = entry(5, Some(100));
        reserve(&connection, &one, "2026-11-26").unwrap();
        end(&connection, one.job, false).unwrap();
        settle(&connection, "s", 1000).unwrap();
        assert_eq!((paid(&connection, one.job).unwrap(), sums(&connection).0), (None, 5));
    }
}
