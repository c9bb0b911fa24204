//! The one SQLite file: opened, checked, brought up to date, and reached through one thread.
//!
//! WAL with `synchronous=FULL`: a transaction that has been committed survives a power cut, which is what makes
//! "journaled before the first byte leaves" true. An existing file is copied before its schema changes, and checked
//! after a stop that was not clean. A file that fails the check is set aside, never deleted, and the index is made
//! again from the pictures (`library::rebuild`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ffi};
use rusqlite_migration::{M, Migrations, SchemaVersion};

use crate::clock::now_ms;
use crate::disk::{off_thread, sync_file};
use crate::error::{Error, ErrorCode};
use crate::folders::{Folders, Lock, make_private};

/// The schema, forwards only. A step that has been released is never edited.
fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("schema/1.sql")),
        M::up(include_str!("schema/2.sql")),
        M::up(include_str!("schema/3.sql")),
        M::up(include_str!("schema/4.sql")),
        M::up(include_str!("schema/5.sql")),
        M::up(include_str!("schema/6.sql")),
        M::up(include_str!("schema/7.sql")),
        M::up(include_str!("schema/8.sql")),
        M::up(include_str!("schema/9.sql")),
    ])
}

/// A handle on the database thread. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    connection: tokio_rusqlite::Connection,
    changes: Changes,
}

/// The numbers of the pictures whose rows have changed since they were last asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes(Arc<Mutex<BTreeSet<i64>>>);

impl Changes {
    fn note(&self, seq: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(seq);
    }

    pub(crate) fn take(&self) -> Vec<i64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
            .into_iter()
            .collect()
    }
}

impl Database {
    /// Opens the studio's database. The flag tells whether a broken one had to be set aside.
    pub(crate) async fn open(path: PathBuf, backups: PathBuf, unclean: bool) -> Result<(Self, bool), Error> {
        let (connection, set_aside) = off_thread(move || prepare(&path, &backups, unclean, &migrations())).await?;
        let changes = Changes::default();
        let noted = changes.clone();
        connection.update_hook(Some(move |_, _: &str, table: &str, seq: i64| {
            if table == "images" {
                noted.note(seq);
            }
        }))?;
        let database = Self {
            connection: connection.into(),
            changes,
        };
        Ok((database, set_aside))
    }

    /// Which pictures have changed.
    pub(crate) fn changes(&self) -> Changes {
        self.changes.clone()
    }

    /// Moves an open connection to a thread of its own.
    pub(crate) fn serve(connection: Connection) -> Self {
        Self {
            connection: connection.into(),
            changes: Changes::default(),
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

    /// Runs `work` that writes only what is read from the pictures' files. It does not wait for the disk: after a power cut it
    /// may be missing, and is written again by the next look at the folders. What is written after it waits for both.
    pub(crate) async fn call_rebuildable<R, F>(&self, work: F) -> Result<R, Error>
    where
        F: FnOnce(&mut Connection) -> rusqlite::Result<R> + Send + 'static,
        R: Send + 'static,
    {
        self.call(move |connection| {
            connection.pragma_update(None, "synchronous", "normal")?;
            let done = work(connection);
            // Nothing that is paid for may be written the quick way.
            connection.pragma_update(None, "synchronous", "full")?;
            done
        })
        .await
    }

    /// Closes the file: afterwards it stands alone, without a write-ahead log beside it.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.connection.clone().close().await.map_err(|error| {
            Error::new(ErrorCode::Storage, "Atelier's database could not be closed.").with_detail(error)
        })
    }
}

/// A connection to the database of a data folder, for a process that may not be the one that has it open. Who comes first
/// brings the schema up to date; others wait for that, and a window that is open has done it already.
pub(crate) fn open_beside(folders: &Folders) -> Result<Connection, Error> {
    let path = folders.database();
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        if path.exists() {
            let connection = connect(&path)?;
            if migrations().pending_migrations(&connection).unwrap_or(1) == 0 {
                return Ok(connection);
            }
        }
        match prepare_beside(folders) {
            Err(error) if error.code == ErrorCode::Storage && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(50));
            }
            prepared => return prepared,
        }
    }
}

fn prepare_beside(folders: &Folders) -> Result<Connection, Error> {
    let backups = folders.backups();
    make_private(&backups).map_err(|error| Error::storage(&error, "making the data folder"))?;
    let lock = Lock::take(&folders.data)?;
    // A file that was not closed well is for the window to check, with what it does about a broken one.
    let unclean = lock.unclean;
    let opened = prepare(&folders.database(), &backups, false, &migrations());
    if !unclean {
        lock.release();
    }
    opened.map(|(connection, _)| connection)
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
    let mut connection = Connection::open(path)?;
    // The command line writes to the ledger beside us. A transaction that reads first and writes then would be refused
    // if something was written between, without waiting.
    connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // In KiB: the full-text index is merged as it grows.
    connection.pragma_update(None, "cache_size", -16_384)?;
    // In pages: what is written again and again while pictures are indexed goes into the file once.
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.busy_timeout(Duration::from_secs(5))?;
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

    #[tokio::test]
    async fn what_can_be_read_again_is_written_quickly_and_all_else_durably() {
        let folder = folder();
        let path = folder.path().join("atelier.db");
        let (database, _) = Database::open(path, folder.path().join("backups"), false)
            .await
            .unwrap();
        let synchronous =
            |connection: &mut Connection| connection.query_row("PRAGMA synchronous", [], |row| row.get::<_, u8>(0));
        assert_eq!(database.call_rebuildable(synchronous).await.unwrap(), 1);
        let failed = database.call_rebuildable(|_| -> rusqlite::Result<()> { Err(rusqlite::Error::InvalidQuery) });
        failed.await.unwrap_err();
        assert_eq!(database.call(synchronous).await.unwrap(), 2, "2 is FULL");
    }

    fn brought_up_to_date(folder: &Path) -> Connection {
        let (database, backups) = (folder.join("atelier.db"), folder.join("backups"));
        prepare(&database, &backups, false, &migrations()).unwrap().0
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
    fn pictures_of_an_earlier_schema_keep_all_that_was_said_of_them() {
        let folder = folder();
        let (connection, _) = open(
            folder.path(),
            &[
                include_str!("schema/1.sql"),
                include_str!("schema/2.sql"),
                include_str!("schema/3.sql"),
                include_str!("schema/4.sql"),
                include_str!("schema/5.sql"),
                include_str!("schema/6.sql"),
                include_str!("schema/7.sql"),
            ],
            false,
        )
        .unwrap();
        connection
            .execute_batch(
                "INSERT INTO images (seq, id, file_name, width, height, prompt, created, format, pending, rating, mark, note,
                   albums, labels, looked)
                 VALUES (2048, 'kept', 'a.png', 8, 9, 'sea', 2, 'png', 0, 5, 'keep', 'mine', ',1,', 'print', 3),
                        (1024, 'cut', 'b.png', 8, 9, '', 1, 'png', 0, 0, NULL, '', '', '', -1);
                 INSERT INTO albums (number, name, created) VALUES (1, 'May', 1);",
            )
            .unwrap();
        drop(connection);

        let connection = brought_up_to_date(folder.path());

        let kept: String = connection
            .query_row(
                "SELECT concat_ws('|', seq, folder, file_name, rating, mark, note, albums, labels, looked) FROM images
                 WHERE id = 'kept'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(kept, "2048|0|a.png|5|keep|mine|,1,|print|3");
        let broken: String = connection
            .query_row("SELECT file_name FROM broken", [], |row| row.get(0))
            .unwrap();
        assert_eq!(broken, "b.png");
        // A place is taken once, but for what is in the trash.
        let twice = "INSERT INTO images (id, file_name, width, height, prompt, created, format, pending)
                     VALUES ('other', 'A.PNG', 8, 9, '', 3, 'png', ";
        connection.execute_batch(&format!("{twice} 0)")).unwrap_err();
        connection.execute_batch(&format!("{twice} 2)")).unwrap();
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

        let connection = brought_up_to_date(folder.path());

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
