//! The one SQLite file: opened, checked, brought up to date, and reached through one thread.
//!
//! WAL with `synchronous=FULL`: a transaction that has been committed survives a power cut, which is what makes
//! "journaled before the first byte leaves" true. An existing file is copied before its schema changes, and checked
//! after a stop that was not clean. A file that fails the check is set aside, never deleted, and the index is made
//! again from the pictures (`library::rebuild`).

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ffi};
use rusqlite_migration::{M, Migrations, SchemaVersion};

use crate::clock::now_ms;
use crate::disk::{off_thread, sync_file};
use crate::error::{Error, ErrorCode};

/// The schema, forwards only. A step that has been released is never edited.
fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("schema/1.sql")),
        M::up(include_str!("schema/2.sql")),
        M::up(include_str!("schema/3.sql")),
        M::up(include_str!("schema/4.sql")),
    ])
}

/// A handle on the database thread. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    connection: tokio_rusqlite::Connection,
}

impl Database {
    /// Opens the studio's database. The flag tells whether a broken one had to be set aside.
    pub(crate) async fn open(path: PathBuf, backups: PathBuf, unclean: bool) -> Result<(Self, bool), Error> {
        let (connection, set_aside) = off_thread(move || prepare(&path, &backups, unclean, &migrations())).await?;
        Ok((Self::serve(connection), set_aside))
    }

    /// Moves an open connection to a thread of its own.
    pub(crate) fn serve(connection: Connection) -> Self {
        Self {
            connection: connection.into(),
        }
    }

    /// Runs `work` on the database thread.
    pub(crate) async fn call<R, F>(&self, work: F) -> Result<R, Error>
    where
        F: FnOnce(&mut Connection) -> rusqlite::Result<R> + Send + 'static,
        R: Send + 'static,
    {
        self.connection.call(work).await.map_err(|error| match error {
            tokio_rusqlite::Error::Error(error) => error.into(),
            // Not our enum: closed, or closing failed.
            _ => Error::internal("the database is closed"),
        })
    }

    /// Closes the file: afterwards it stands alone, without a write-ahead log beside it.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.connection.clone().close().await.map_err(|error| {
            Error::new(ErrorCode::Storage, "Atelier's database could not be closed.").with_detail(error)
        })
    }
}

fn prepare(
    path: &Path,
    backups: &Path,
    unclean: bool,
    migrations: &Migrations<'_>,
) -> Result<(Connection, bool), Error> {
    let existed = path.exists();
    let mut set_aside = false;
    let usable = if unclean { is_whole } else { is_database };
    if existed && !usable(path) {
        move_aside(path, backups)?;
        set_aside = true;
    }
    let mut connection = connect(path)?;
    if existed && !set_aside {
        back_up_before_migrating(&connection, backups, migrations)?;
    }
    migrations.to_latest(&mut connection).map_err(|error| {
        Error::new(
            ErrorCode::Storage,
            "Atelier's database could not be brought up to date. It may have been made by a newer version of Atelier.",
        )
        .with_detail(error)
    })?;
    Ok((connection, set_aside))
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

/// Whether SQLite knows the file as its own. That says little, and costs nothing.
fn is_database(path: &Path) -> bool {
    passes(path, |connection| {
        connection.query_row("PRAGMA schema_version", [], |_| Ok("ok".to_owned()))
    })
}

/// Whether the file opens and SQLite finds nothing wrong in it. What the quick check leaves out, that every index agrees
/// with its table, takes seconds for a large library, and nobody's start has to wait for it.
fn is_whole(path: &Path) -> bool {
    passes(path, |connection| {
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    })
}

/// Whether the file passes a check. One that can't be reached now, because another program holds it or the disk is gone,
/// has not failed it: who opens it next says why, and it stays where it is.
fn passes(path: &Path, check: impl Fn(&Connection) -> rusqlite::Result<String>) -> bool {
    match Connection::open(path).and_then(|connection| check(&connection)) {
        Ok(verdict) if verdict == "ok" => true,
        Ok(verdict) => {
            tracing::error!(%verdict, "the database is damaged");
            false
        }
        Err(error) => {
            tracing::error!(%error, "the database can't be read");
            !matches!(
                error.sqlite_error_code(),
                Some(ffi::ErrorCode::NotADatabase | ffi::ErrorCode::DatabaseCorrupt)
            )
        }
    }
}

fn move_aside(path: &Path, backups: &Path) -> Result<(), Error> {
    let stamp = now_ms();
    for suffix in ["", "-wal", "-shm"] {
        let mut from = path.as_os_str().to_owned();
        from.push(suffix);
        let to = backups.join(format!("atelier-damaged-{stamp}.db{suffix}"));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::storage(&error, "setting a damaged database aside"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn back_up_before_migrating(connection: &Connection, backups: &Path, migrations: &Migrations<'_>) -> Result<(), Error> {
    let version = match migrations.current_version(connection) {
        Ok(SchemaVersion::Inside(version)) => version.get(),
        // Nothing is in it yet; or it is newer than we are, and the migration says so.
        _ => return Ok(()),
    };
    if migrations.pending_migrations(connection).unwrap_or(0) <= 0 {
        return Ok(());
    }
    let copy = backups.join(format!("atelier-schema-{version}-{}.db", now_ms()));
    connection.backup(rusqlite::MAIN_DB, &copy, None).map_err(|error| {
        let mut error: Error = error.into();
        error.message =
            "The database could not be copied before bringing it up to date, so it was left as it is.".into();
        error
    })?;
    sync_file(&copy).map_err(|error| Error::storage(&error, "syncing the copy of the database"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE note (text TEXT) STRICT;";
    const SECOND: &str = "ALTER TABLE note ADD COLUMN stars INTEGER;";

    fn open(folder: &Path, steps: &[&'static str], unclean: bool) -> Result<(Connection, bool), Error> {
        let migrations = Migrations::new(steps.iter().map(|step| M::up(step)).collect());
        prepare(
            &folder.join("atelier.db"),
            &folder.join("backups"),
            unclean,
            &migrations,
        )
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("backups")).unwrap();
        folder
    }

    fn backups(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder.join("backups"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    #[test]
    fn the_schema_is_well_formed() {
        migrations().validate().unwrap();
    }

    #[test]
    fn an_existing_database_is_copied_before_its_schema_changes() {
        let folder = folder();
        let (connection, _) = open(folder.path(), &[FIRST], false).unwrap();
        connection.execute("INSERT INTO note VALUES ('kept')", []).unwrap();
        drop(connection);

        let (connection, _) = open(folder.path(), &[FIRST, SECOND], false).unwrap();

        let now: String = connection
            .query_row("SELECT text FROM note WHERE stars IS NULL", [], |row| row.get(0))
            .unwrap();
        assert_eq!(now, "kept");
        let [copy] = backups(folder.path()).try_into().unwrap();
        let copy = Connection::open(copy).unwrap();
        let then: String = copy.query_row("SELECT * FROM note", [], |row| row.get(0)).unwrap();
        assert_eq!(then, "kept");
    }

    #[test]
    fn a_job_of_the_first_schema_is_a_job_still() {
        let folder = folder();
        let (connection, _) = open(folder.path(), &[include_str!("schema/1.sql")], false).unwrap();
        let request = crate::testing::request();
        let id = uuid::Uuid::new_v4();
        connection
            .execute(
                "INSERT INTO jobs (id, server, request, anlas, created, state) VALUES (?1, 'sandbox', ?2, 0, 7, 'queued')",
                [id.to_string(), serde_json::to_string(&request).unwrap()],
            )
            .unwrap();
        drop(connection);

        let (connection, _) = prepare(
            &folder.path().join("atelier.db"),
            &folder.path().join("backups"),
            false,
            &migrations(),
        )
        .unwrap();

        let job = crate::jobs::journal::get(&connection, id).unwrap().unwrap();
        assert_eq!(job.work, crate::Work::generate(request));
        assert_eq!(backups(folder.path()).len(), 1);
    }

    #[test]
    fn a_database_that_needs_no_change_is_not_copied() {
        let folder = folder();
        drop(open(folder.path(), &[FIRST], false).unwrap());
        drop(open(folder.path(), &[FIRST], false).unwrap());
        assert!(backups(folder.path()).is_empty());
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused_and_left_alone() {
        let folder = folder();
        drop(open(folder.path(), &[FIRST, SECOND], false).unwrap());

        let refused = open(folder.path(), &[FIRST], false).unwrap_err();

        assert!(refused.message.contains("newer version"));
        assert!(open(folder.path(), &[FIRST, SECOND], false).is_ok());
    }

    #[test]
    fn a_damaged_database_is_set_aside_after_an_unclean_stop() {
        let folder = folder();
        drop(open(folder.path(), &[FIRST], false).unwrap());
        let path = folder.path().join("atelier.db");
        let mut bytes = fs::read(&path).unwrap();
        for byte in &mut bytes[100..] {
            *byte ^= 0x5a;
        }
        fs::write(&path, &bytes).unwrap();

        let (connection, set_aside) = open(folder.path(), &[FIRST], true).unwrap();

        assert!(set_aside);
        connection.execute("INSERT INTO note VALUES ('new')", []).unwrap();
        assert!(
            backups(folder.path())
                .iter()
                .any(|kept| fs::read(kept).unwrap() == bytes)
        );
    }

    #[test]
    fn what_is_no_database_is_set_aside_after_any_stop() {
        for unclean in [false, true] {
            let folder = folder();
            fs::write(folder.path().join("atelier.db"), "shopping list").unwrap();

            let (_, set_aside) = open(folder.path(), &[FIRST], unclean).unwrap();

            assert!(set_aside, "unclean: {unclean}");
            let kept: Vec<_> = backups(folder.path())
                .iter()
                .map(|kept| fs::read(kept).unwrap())
                .collect();
            assert_eq!(kept, [b"shopping list"]);
        }
    }

    #[test]
    fn a_database_that_another_program_holds_stays_where_it_is() {
        let folder = folder();
        let (connection, _) = open(folder.path(), &[FIRST], false).unwrap();
        connection.pragma_update(None, "journal_mode", "delete").unwrap();
        connection.execute_batch("BEGIN EXCLUSIVE").unwrap();

        let refused = open(folder.path(), &[FIRST], true).unwrap_err();

        assert_eq!(refused.code, ErrorCode::Storage);
        assert!(backups(folder.path()).is_empty());
    }

    #[test]
    fn a_whole_database_stays_after_an_unclean_stop() {
        let folder = folder();
        let (connection, _) = open(folder.path(), &[FIRST], false).unwrap();
        connection.execute("INSERT INTO note VALUES ('kept')", []).unwrap();
        drop(connection);

        let (connection, set_aside) = open(folder.path(), &[FIRST], true).unwrap();

        assert!(!set_aside);
        let text: String = connection
            .query_row("SELECT text FROM note", [], |row| row.get(0))
            .unwrap();
        assert_eq!(text, "kept");
    }
}
