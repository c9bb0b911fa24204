//! The ledger as a person reads it: what was expected and what was charged, by day, tool and model.

use rusqlite::{Connection, params};
use serde::Serialize;
use uuid::Uuid;

use crate::door::Studio;
use crate::error::Error;
use crate::spending::{Spent, ledger};

/// What was spent at the server that is connected now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Today on the person's wall: YYYY-MM-DD.
    pub today: String,
    /// What the caps count.
    pub spent: Spent,
    /// The newest day first.
    pub lines: Vec<LedgerLine>,
    /// Jobs that were charged something else than was expected, the newest first.
    pub drift: Vec<Drift>,
}

/// What was done with one tool and one model on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct LedgerLine {
    /// YYYY-MM-DD.
    pub day: String,
    /// `generate`, `upscale`, …
    pub tool: String,
    /// The model, where one was named.
    pub model: Option<String>,
    /// How many requests.
    pub jobs: u32,
    /// What they were expected to cost, in Anlas.
    pub estimated: u32,
    /// What they cost, as far as it is known.
    pub charged: u32,
    /// How many of them have no balances that tell what was charged: of these the estimate counts.
    pub unmeasured: u32,
}

/// A job that was charged something else than was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Which one. The command line has jobs that no queue knows.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub job: Uuid,
    /// When it was sent, in milliseconds since 1970.
    #[cfg_attr(feature = "specta", specta(type = u32))]
    pub sent: i64,
    /// `generate`, `upscale`, …
    pub tool: String,
    /// The model, where one was named.
    pub model: Option<String>,
    /// What was expected.
    pub expected: u32,
    /// What was charged.
    pub charged: u32,
}

/// So many days and jobs are told.
const MOST_LINES: u32 = 1000;
const MOST_DRIFT: u32 = 50;

impl Studio {
    /// What was spent at the server that is connected now, from a day (YYYY-MM-DD) on.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn ledger(&self, since: String) -> Result<Ledger, Error> {
        let server = self.shared().purse.current();
        self.shared()
            .database
            .call(move |connection| read(connection, &server, &since))
            .await
    }
}

fn read(connection: &Connection, server: &str, since: &str) -> rusqlite::Result<Ledger> {
    let today = ledger::today();
    let queue = ledger::queue(connection)?;
    let lines = connection
        .prepare_cached(
            "SELECT day, tool, model, count(*) AS jobs, coalesce(sum(estimated), 0) AS estimated,
               coalesce(sum(coalesce(charged, assumed, 0)), 0) AS charged, sum(1 - measured) AS unmeasured
             FROM ledger WHERE server = ?1 AND day >= ?2
             GROUP BY day, tool, model ORDER BY day DESC, charged DESC, tool, model LIMIT ?3",
        )?
        .query_map(params![server, since, MOST_LINES], |row| {
            Ok(LedgerLine {
                day: row.get("day")?,
                tool: row.get("tool")?,
                model: row.get("model")?,
                jobs: row.get("jobs")?,
                estimated: row.get("estimated")?,
                charged: row.get("charged")?,
                unmeasured: row.get("unmeasured")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let drift = connection
        .prepare_cached(
            "SELECT job, sent, tool, model, assumed, charged FROM ledger
             WHERE server = ?1 AND day >= ?2 AND measured = 1 AND charged <> coalesce(assumed, 0)
             ORDER BY sent DESC LIMIT ?3",
        )?
        .query_map(params![server, since, MOST_DRIFT], |row| {
            Ok((
                row.get::<_, String>("job")?,
                row.get("sent")?,
                row.get("tool")?,
                row.get("model")?,
                row.get::<_, Option<u32>>("assumed")?.unwrap_or(0),
                row.get("charged")?,
            ))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?
        .into_iter()
        .filter_map(|(job, sent, tool, model, expected, charged)| {
            Some(Drift {
                job: job.parse().ok()?,
                sent,
                tool,
                model,
                expected,
                charged,
            })
        })
        .collect();
    Ok(Ledger {
        spent: ledger::spent(connection, server, &queue, &today)?,
        today,
        lines,
        drift,
    })
}
