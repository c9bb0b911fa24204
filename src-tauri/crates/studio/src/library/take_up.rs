//! What others did in the folders, taken into the index: one function a file that is there, one a row whose file is not.
//!
//! A picture is known by its content: where a file is new and the same picture's file is gone, the picture was moved or
//! renamed, and keeps its row with all that was said of it. A picture whose file is nowhere keeps its row too, as missing
//! (`pending` is 3), until a file with its content turns up. All of this runs on the thread that writes the index, between
//! two steps of our own: what we are just writing, moving or throwing away is never taken for somebody else's doing.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use crate::library::details::Details;
use crate::library::diary::{self, Line, Told};
use crate::library::places::{Roots, is_missing};
use crate::library::reading::{File, Stamp};
use crate::library::search::note;
use crate::library::{ImageId, ImageRecord, index, trash};

/// What is told of pictures that are not in the trash, by what a file is known by.
#[derive(Debug, Default)]
pub(crate) struct Known {
    by_content: HashMap<String, Line>,
    by_file: HashMap<(u32, String), Line>,
}

impl Known {
    pub(crate) fn of(told: Told) -> Self {
        let there = told.pictures.into_values().filter(|line| line.trashed.is_none());
        let mut known = Self::default();
        for line in there {
            if let Some(content) = &line.content {
                known.by_content.insert(content.clone(), line.clone());
            }
            known.by_file.insert((line.folder, line.file.clone()), line);
        }
        known
    }

    /// What is told of a file: of its place if it still is the same file, or else of its content.
    fn line(&self, folder: u32, file_name: &str, content: &str) -> Option<&Line> {
        let here = self.by_file.get(&(folder, file_name.to_owned()));
        let here = here.filter(|line| line.content.as_deref().is_none_or(|told| told == content));
        here.or_else(|| self.by_content.get(content))
    }
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Taken {
    /// It was known, or is ours.
    Known,
    /// It is new. Its words have yet to be noted under this number.
    Added(ImageRecord, i64),
    /// Its picture was missing or in the trash.
    Back(ImageRecord),
    /// Its picture was somewhere else.
    Moved(ImageRecord),
    /// Somebody wrote another picture over it.
    Changed(ImageRecord),
}

/// A row as far as it matters here.
struct Row {
    seq: i64,
    id: ImageId,
    folder: u32,
    file_name: String,
    pending: u8,
    content: Option<String>,
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: row.get(0)?,
        id: ImageId(row.get(1)?),
        folder: row.get(2)?,
        file_name: row.get(3)?,
        pending: row.get(4)?,
        content: row.get(5)?,
    })
}

/// Takes a file that is there into the index.
pub(crate) fn take(
    connection: &Connection,
    roots: &Roots,
    (file, record, details): (&File, &ImageRecord, &Details),
    known: &Known,
) -> rusqlite::Result<Taken> {
    let content = details.content.as_deref().unwrap_or_default();
    let here = connection
        .prepare_cached(
            "SELECT seq, id, folder, file_name, pending, content FROM images
             WHERE folder = ?1 AND file_name = ?2 AND pending < 2",
        )?
        .query_row(params![file.folder, file.name], row)
        .optional()?;
    no_longer_broken(connection, file.folder, &file.name)?;
    if let Some(here) = &here {
        // It is being written; or it was only touched; or an earlier version wrote the row, and it has yet to be looked at.
        if here.pending == 1 {
            return Ok(Taken::Known);
        }
        if here.content.as_deref().is_none_or(|known| known == content) {
            stamp(connection, here.seq, file.stamp)?;
            look_again(connection, here.seq)?;
            return Ok(Taken::Known);
        }
    }
    if let Some(other) = lost(connection, roots, content)? {
        if let Some(here) = here {
            set_missing(connection, &here)?;
        }
        no_longer_broken(connection, other.folder, &other.file_name)?;
        connection
            .prepare_cached(
                "UPDATE images SET folder = ?2, file_name = ?3, pending = 0, trashed = NULL WHERE seq = ?1",
            )?
            .execute(params![other.seq, file.folder, file.name])?;
        stamp(connection, other.seq, file.stamp)?;
        look_again(connection, other.seq)?;
        note::note(connection, other.seq)?;
        let record = of(connection, other.seq)?;
        return Ok(if other.pending == 0 {
            Taken::Moved(record)
        } else {
            Taken::Back(record)
        });
    }
    match here {
        Some(here) => change(connection, &here, (file, record, details)).map(Taken::Changed),
        None => add(
            connection,
            (file, record, details),
            known.line(file.folder, &file.name, content),
        ),
    }
}

/// A picture of this content whose file is not where it was.
fn lost(connection: &Connection, roots: &Roots, content: &str) -> rusqlite::Result<Option<Row>> {
    let rows: Vec<Row> = connection
        .prepare_cached(
            "SELECT seq, id, folder, file_name, pending, content FROM images
             WHERE content = ?1 AND pending <> 1 ORDER BY pending = 3 DESC, pending, seq",
        )?
        .query_map([content], row)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows.into_iter().find(|row| match row.pending {
        3 => true,
        2 => roots
            .root(row.folder)
            .is_some_and(|root| is_missing(&trash::place(root, &row.id, &row.file_name))),
        _ => roots.lacks(row.folder, &row.file_name),
    }))
}

fn add(
    connection: &Connection,
    (file, record, details): (&File, &ImageRecord, &Details),
    line: Option<&Line>,
) -> rusqlite::Result<Taken> {
    let told = ImageRecord {
        id: line.map_or_else(|| record.id.clone(), |line| ImageId(line.id.clone())),
        ..record.clone()
    };
    let mut added = told.clone();
    let mut seq = index::add_unnoted(connection, &added, details)?;
    if seq.is_none() {
        // The same picture lies in the library twice: each file has its place.
        added.id = ImageId(Uuid::new_v4().to_string());
        seq = index::add_unnoted(connection, &added, details)?;
    }
    let Some(seq) = seq else {
        return Ok(Taken::Known);
    };
    stamp(connection, seq, file.stamp)?;
    if let Some(line) = line.filter(|_| added.id == told.id) {
        diary::take(connection, line)?;
    }
    Ok(Taken::Added(of(connection, seq)?, seq))
}

/// Another picture stands where one stood: what was said of that one is said of this one, as it is the person's work on it.
fn change(
    connection: &Connection,
    here: &Row,
    (file, record, details): (&File, &ImageRecord, &Details),
) -> rusqlite::Result<ImageRecord> {
    connection
        .prepare_cached(
            "UPDATE images SET width = ?2, height = ?3, seed = ?4, model = ?5, prompt = ?6, format = ?7, sampler = ?8,
               undesired = ?9, characters = ?10, recipe = ?11, content = ?12, likeness = NULL, looked = 2
             WHERE seq = ?1",
        )?
        .execute(params![
            here.seq,
            record.width,
            record.height,
            record.seed,
            record.model,
            record.prompt,
            index::extension(record.format),
            details.sampler,
            details.undesired,
            details.characters,
            (!record.prompt.is_empty()).then(|| details.recipe(record)),
            details.content,
        ])?;
    stamp(connection, here.seq, file.stamp)?;
    note::note(connection, here.seq)?;
    of(connection, here.seq)
}

/// What came of a row whose file is not there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Missed {
    /// It is there after all, or nobody can tell.
    There,
    /// It is nowhere.
    Missing(ImageId),
    /// It lies elsewhere, and took the place of a row that had nothing said of it.
    Merged { now: ImageRecord, instead_of: ImageId },
}

/// Looks after a row whose file was not found.
pub(crate) fn miss(connection: &Connection, roots: &Roots, seq: i64) -> rusqlite::Result<Missed> {
    let here = connection
        .prepare_cached(
            "SELECT seq, id, folder, file_name, pending, content FROM images WHERE seq = ?1 AND pending = 0",
        )?
        .query_row([seq], row)
        .optional()?;
    let Some(here) = here.filter(|here| roots.lacks(here.folder, &here.file_name)) else {
        return Ok(Missed::There);
    };
    if let Some(twin) = twin(connection, roots, &here)? {
        let stamp_of_twin: (Option<i64>, Option<i64>) = connection
            .prepare_cached("SELECT bytes, modified FROM images WHERE seq = ?1")?
            .query_row([twin.seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for sql in [
            "UPDATE images SET parent = ?1 WHERE parent = ?2 AND parent IS NOT NULL",
            "UPDATE origins SET image = ?1 WHERE image = ?2",
        ] {
            connection.prepare_cached(sql)?.execute([&here.id.0, &twin.id.0])?;
        }
        note::forget(connection, twin.seq)?;
        connection.execute("DELETE FROM images WHERE seq = ?1", [twin.seq])?;
        connection
            .prepare_cached("UPDATE images SET folder = ?2, file_name = ?3, bytes = ?4, modified = ?5 WHERE seq = ?1")?
            .execute(params![
                seq,
                twin.folder,
                twin.file_name,
                stamp_of_twin.0,
                stamp_of_twin.1
            ])?;
        note::note(connection, seq)?;
        return Ok(Missed::Merged {
            now: of(connection, seq)?,
            instead_of: twin.id,
        });
    }
    set_missing(connection, &here)?;
    Ok(Missed::Missing(here.id))
}

/// Another file with the same content of which nothing is said: the copy that a move over two disks begins with.
fn twin(connection: &Connection, roots: &Roots, here: &Row) -> rusqlite::Result<Option<Row>> {
    let Some(content) = &here.content else {
        return Ok(None);
    };
    let rows: Vec<Row> = connection
        .prepare_cached(
            "SELECT seq, id, folder, file_name, pending, content FROM images
             WHERE content = ?1 AND pending = 0 AND seq <> ?2 AND job IS NULL AND told = 0 AND rating = 0
               AND mark IS NULL AND note = '' AND albums = '' AND labels = ''",
        )?
        .query_map(params![content, here.seq], row)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows.into_iter().find(|row| !roots.lacks(row.folder, &row.file_name)))
}

fn set_missing(connection: &Connection, row: &Row) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE images SET pending = 3 WHERE seq = ?1")?
        .execute([row.seq])?;
    no_longer_broken(connection, row.folder, &row.file_name)?;
    note::forget(connection, row.seq)
}

/// A picture that was broken is looked at anew, where its file has moved or was written again.
fn look_again(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE images SET looked = 1 WHERE seq = ?1 AND looked = -1")?
        .execute([seq])?;
    Ok(())
}

pub(crate) fn stamp(connection: &Connection, seq: i64, stamp: Stamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE images SET bytes = ?2, modified = ?3 WHERE seq = ?1")?
        .execute(params![seq, stamp.bytes, stamp.modified])?;
    Ok(())
}

pub(crate) fn no_longer_broken(connection: &Connection, folder: u32, file_name: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM broken WHERE folder = ?1 AND file_name = ?2")?
        .execute(params![folder, file_name])?;
    Ok(())
}

/// Notes a file that is no whole picture. Without a stamp it is tried again at the next look.
pub(crate) fn broken(
    connection: &Connection,
    (folder, file_name): (u32, &str),
    reason: &str,
    stamp: Option<Stamp>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO broken (folder, file_name, reason, bytes, modified) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            folder,
            file_name,
            reason,
            stamp.map(|stamp| stamp.bytes),
            stamp.map(|stamp| stamp.modified),
        ])?;
    Ok(())
}

/// Whether the library folder's file has a line of a picture.
pub(crate) fn is_told(connection: &Connection, seq: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM images WHERE seq = ?1 AND told = 1")?
        .exists([seq])
}

fn of(connection: &Connection, seq: i64) -> rusqlite::Result<ImageRecord> {
    let mut records = index::by_seq(connection, &[seq])?;
    records.pop().ok_or(rusqlite::Error::QueryReturnedNoRows)
}
