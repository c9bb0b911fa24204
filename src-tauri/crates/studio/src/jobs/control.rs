//! Whether the queue goes on: it is paused by the person, and stays so until they say otherwise, also over a restart.

use rusqlite::{Connection, params};
use uuid::Uuid;

/// The name of the fact that the queue is paused.
const PAUSED: &str = "queue is paused";

/// Whether nothing new is begun.
pub(crate) fn is_paused(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM facts WHERE name = ?1)")?
        .query_row([PAUSED], |row| row.get(0))
}

/// Nothing new is begun from now on; or it is again.
pub(crate) fn set_paused(connection: &Connection, paused: bool) -> rusqlite::Result<()> {
    let statement = if paused {
        "INSERT OR REPLACE INTO facts VALUES (?1, 'yes')"
    } else {
        "DELETE FROM facts WHERE name = ?1"
    };
    connection.prepare_cached(statement)?.execute([PAUSED])?;
    Ok(())
}

/// The queue pauses when a job is over that is not yet. `false`: there is none such.
pub(crate) fn set_pause_after(connection: &Connection, id: Uuid, pause: bool) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE jobs SET pause_after = ?2 WHERE id = ?1 AND state IN ('queued', 'sending', 'received')",
        )?
        .execute(params![id.to_string(), pause])?;
    Ok(changed > 0)
}

/// A job is over: the queue pauses if it was to pause after it.
pub(crate) fn pause_if_asked_after(connection: &Connection, id: Uuid) -> rusqlite::Result<()> {
    let asked = connection
        .prepare_cached(
            "UPDATE jobs SET pause_after = 0
             WHERE id = ?1 AND pause_after = 1 AND state NOT IN ('queued', 'sending', 'received')",
        )?
        .execute([id.to_string()])?;
    if asked > 0 {
        set_paused(connection, true)?;
    }
    Ok(())
}
