//! The app's trash: a hidden folder in each folder of the library, so that nothing has to be copied to another disk.
//!
//! `.trash/<id>/<file>`, under the name that the file had. After thirty days it goes on to the trash of the system, and
//! never further without being asked. That a picture is in the trash is said in `library::diary` before its file moves,
//! and that it is back as well; after a kill the file decides.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use crate::clock::now_ms;
use crate::disk::{off_thread, rename_without_overwriting, sync_folder};
use crate::door::{Studio, lock};
use crate::error::Error;
use crate::event::Event;
use crate::inputs::RefusedFile;
use crate::library::diary::{self, Diary, Entry, Line};
use crate::library::places::{Roots, can_be_reached, is_missing};
use crate::library::said::{ChangeKind, Changed, Chosen, Step, numbers, unwritten};
use crate::library::search::note;
use crate::library::{ImageId, ImageRecord, index, take_up};
use crate::shared::Shared;

/// How long it is kept here.
const DAYS: i64 = 30;
const DAY: i64 = 86_400_000;

/// A picture in the trash.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct TrashedPicture {
    /// The picture.
    pub image: ImageRecord,
    /// Days until it goes to the trash of the system; 0: it is due.
    pub days_left: u32,
}

/// Pictures of the trash, from one place on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct TrashPage {
    /// So many are in the trash in all.
    pub total: u32,
    /// Some of them, the latest first.
    pub pictures: Vec<TrashedPicture>,
}

/// What came of putting pictures into the trash.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Trashed {
    /// So many are there now, and can be brought back by undoing.
    pub count: u32,
    /// What stayed where it was.
    pub refused: Vec<RefusedFile>,
}

/// What came of emptying the trash.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Emptied {
    /// So many went to the trash of the system, or were deleted.
    pub count: u32,
    /// What stayed, with the reason.
    pub refused: Vec<RefusedFile>,
}

impl Studio {
    /// Puts pictures into the app's trash. It can be undone.
    ///
    /// # Errors
    ///
    /// `notFound` where the search is long over, and storage errors where the library can't be written.
    pub async fn trash_pictures(&self, chosen: Chosen) -> Result<Trashed, Error> {
        let shared = self.shared();
        let seqs = numbers(shared, chosen).await?;
        let ids = shared
            .database
            .call(move |connection| index::by_seq(connection, &seqs))
            .await?
            .into_iter()
            .map(|record| record.id)
            .collect();
        let (gone, refused) = put(shared, ids).await?;
        let count = u32::try_from(gone.len()).unwrap_or(u32::MAX);
        if count > 0 {
            lock(&shared.timeline).push(Step::Trashed(gone));
        }
        Ok(Trashed { count, refused })
    }

    /// Brings these pictures back from the trash, or all.
    ///
    /// # Errors
    ///
    /// Storage errors where the library can't be written.
    pub async fn restore_pictures(&self, ids: Option<Vec<ImageId>>) -> Result<Changed, Error> {
        let ids = self.in_trash(ids).await?;
        let back = restore(self.shared(), ids).await?;
        Ok(Changed {
            what: ChangeKind::Trashed,
            count: u32::try_from(back.len()).unwrap_or(u32::MAX),
        })
    }

    /// What is in the trash, the latest first: those that went before one, at most so many, and how many there are.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn trashed(&self, before: Option<ImageId>, limit: u32) -> Result<TrashPage, Error> {
        let now = now_ms();
        let (total, all) = self
            .shared()
            .reader
            .call(move |connection| {
                Ok((
                    index::count_trashed(connection)?,
                    index::trashed(connection, before.as_ref(), limit)?,
                ))
            })
            .await?;
        let days_left = |at: i64| u32::try_from(((at + DAYS * DAY - now).max(0) + DAY - 1) / DAY).unwrap_or(0);
        let pictures = all.into_iter().map(|(image, at)| TrashedPicture {
            image,
            days_left: days_left(at),
        });
        Ok(TrashPage {
            total,
            pictures: pictures.collect(),
        })
    }

    /// Empties the trash of these, or of all: into the trash of the system, or, where the person has said so, for good.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn empty_trash(&self, ids: Option<Vec<ImageId>>, for_good: bool) -> Result<Emptied, Error> {
        let way = if for_good { Way::ForGood } else { Way::System };
        let ids = self.in_trash(ids).await?;
        empty(self.shared(), ids, way).await
    }

    async fn in_trash(&self, ids: Option<Vec<ImageId>>) -> Result<Vec<ImageId>, Error> {
        match ids {
            Some(ids) => Ok(ids),
            None => {
                self.shared()
                    .reader
                    .call(|connection| index::trashed_until(connection, i64::MAX))
                    .await
            }
        }
    }
}

/// The file of a picture in the trash.
pub(crate) fn place(root: &Path, id: &ImageId, file_name: &str) -> PathBuf {
    let name = file_name.rsplit('/').next().unwrap_or(file_name);
    root.join(".trash").join(&id.0).join(name)
}

/// The files in the trash of a folder, each with the picture that it is.
pub(crate) fn files(root: &Path) -> Vec<(ImageId, PathBuf)> {
    let mut files = Vec::new();
    for folder in fs::read_dir(root.join(".trash")).into_iter().flatten().flatten() {
        let Ok(id) = folder.file_name().into_string() else {
            continue;
        };
        let within = fs::read_dir(folder.path()).into_iter().flatten().flatten();
        let is_file = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
        files.extend(within.filter(is_file).map(|entry| (ImageId(id.clone()), entry.path())));
    }
    files
}

type Moved = (Vec<ImageId>, Vec<RefusedFile>);

/// Puts pictures into the trash: those that went, and those that did not.
pub(crate) async fn put(shared: &Arc<Shared>, ids: Vec<ImageId>) -> Result<Moved, Error> {
    let mut gone = Vec::new();
    let mut refused = Vec::new();
    for batch in ids.chunks(200) {
        let (roots, batch) = (shared.places.roots(), batch.to_vec());
        let (went, stayed) = shared
            .database
            .call(move |connection| put_batch(connection, &roots, &batch, now_ms()))
            .await??;
        shared.tell(Event::Library {
            added: Vec::new(),
            removed: went.clone(),
        });
        gone.extend(went);
        refused.extend(stayed);
    }
    Ok((gone, refused))
}

fn put_batch(
    connection: &mut Connection,
    roots: &Roots,
    ids: &[ImageId],
    now: i64,
) -> rusqlite::Result<Result<Moved, Error>> {
    let mut went = Vec::new();
    put_lines(connection, roots, ids, now, &mut went).inspect_err(|_| {
        // The index could not be written: the files go back to where it knows them.
        let back = |line: &Line| {
            let id = ImageId(line.id.clone());
            in_root(roots, line.folder, |root| move_out(root, &id, &line.file, &line.file))
        };
        went.retain(|line| back(line).is_ok());
        let lines = went.drain(..).map(|line| Line { trashed: None, ..line });
        say_back(roots, lines);
    })
}

/// Says where files are that had to go back. What can't be said is settled at the next start, by where they are.
fn say_back(roots: &Roots, lines: impl Iterator<Item = Line>) {
    let entries: Vec<Entry> = lines.map(Entry::Picture).collect();
    if !entries.is_empty()
        && let Err(error) = Diary::of(roots).append(&entries)
    {
        tracing::warn!(%error, "where pictures are could not be written down");
    }
}

/// As [`put_batch`]; `went` gets the lines of the files that moved.
fn put_lines(
    connection: &mut Connection,
    roots: &Roots,
    ids: &[ImageId],
    now: i64,
    went: &mut Vec<Line>,
) -> rusqlite::Result<Result<Moved, Error>> {
    let diary = Diary::of(roots);
    let transaction = connection.transaction()?;
    let mut lines = Vec::new();
    for id in ids {
        if let Some(seq) = index::seq_of(&transaction, id)? {
            let line = diary::line_of(&transaction, seq)?;
            lines.push((
                seq,
                Line {
                    trashed: Some(now),
                    ..line
                },
            ));
        }
    }
    let entries: Vec<Entry> = lines.iter().map(|(_, line)| Entry::Picture(line.clone())).collect();
    if let Err(error) = diary.append(&entries) {
        return Ok(Err(unwritten(&error, &diary)));
    }
    let mut moved = Moved::default();
    let mut back = Vec::new();
    for (seq, line) in lines {
        let id = ImageId(line.id.clone());
        match in_root(roots, line.folder, |root| move_in(root, &id, &line.file)) {
            Ok(()) => {
                went.push(line.clone());
                transaction.execute(
                    "UPDATE images SET pending = 2, trashed = ?2 WHERE seq = ?1",
                    params![seq, now],
                )?;
                note::forget(&transaction, seq)?;
                take_up::no_longer_broken(&transaction, line.folder, &line.file)?;
                moved.0.push(id);
            }
            Err(error) => {
                moved.1.push(RefusedFile {
                    name: line.file.clone(),
                    reason: Error::storage(&error, format_args!("moving {} to the trash", line.file)).message,
                });
                back.push(Entry::Picture(Line { trashed: None, ..line }));
            }
        }
    }
    match if back.is_empty() {
        diary.length()
    } else {
        diary.append(&back)
    } {
        Ok(length) => diary::set_known(&transaction, length)?,
        // The files have moved: the next start reads the file again.
        Err(error) => tracing::warn!(%error, "the length of the file in the library is not known"),
    }
    transaction.commit()?;
    Ok(Ok(moved))
}

/// Moves a file into the trash. One that is not there any more has nothing to move.
fn move_in(root: &Path, id: &ImageId, file_name: &str) -> io::Result<()> {
    let (from, to) = (root.join(file_name), place(root, id, file_name));
    if is_missing(&from) {
        // Whole folders that are missing are a drive that is not plugged in.
        return if can_be_reached(root) {
            Ok(())
        } else {
            Err(io::ErrorKind::NotFound.into())
        };
    }
    let folder = to.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    rename_without_overwriting(&from, &to)?;
    sync_folder(folder)?;
    from.parent().map_or(Ok(()), sync_folder)
}

/// Does something in the folder of a number. One that is no longer there is a drive that is not plugged in.
fn in_root(roots: &Roots, folder: u32, work: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    roots
        .root(folder)
        .map_or_else(|| Err(io::ErrorKind::NotFound.into()), work)
}

/// Brings pictures back, and gives them.
pub(crate) async fn restore(shared: &Arc<Shared>, ids: Vec<ImageId>) -> Result<Vec<ImageRecord>, Error> {
    let mut all = Vec::new();
    for batch in ids.chunks(200) {
        let (roots, batch) = (shared.places.roots(), batch.to_vec());
        let mut back = shared
            .database
            .call(move |connection| restore_batch(connection, &roots, &batch))
            .await??;
        back.sort_by_key(|record| record.created);
        shared.tell(Event::Library {
            added: back.clone(),
            removed: Vec::new(),
        });
        all.extend(back);
    }
    Ok(all)
}

fn restore_batch(
    connection: &mut Connection,
    roots: &Roots,
    ids: &[ImageId],
) -> rusqlite::Result<Result<Vec<ImageRecord>, Error>> {
    let mut came = Vec::new();
    restore_lines(connection, roots, ids, &mut came).inspect_err(|_| {
        // The index could not be written: the files go back into the trash, where it knows them.
        let back = |(before, file): &(Line, String)| {
            let id = ImageId(before.id.clone());
            in_root(roots, before.folder, |root| {
                let to = place(root, &id, &before.file);
                fs::create_dir_all(to.parent().unwrap_or(root))?;
                rename_without_overwriting(&root.join(file), &to)
            })
        };
        came.retain(|moved| back(moved).is_ok());
        say_back(roots, came.drain(..).map(|(before, _)| before));
    })
}

/// As [`restore_batch`]; `came` gets the lines of the files that moved, as they were, and where the files are now.
fn restore_lines(
    connection: &mut Connection,
    roots: &Roots,
    ids: &[ImageId],
    came: &mut Vec<(Line, String)>,
) -> rusqlite::Result<Result<Vec<ImageRecord>, Error>> {
    let diary = Diary::of(roots);
    let transaction = connection.transaction()?;
    let mut lines = Vec::new();
    for id in ids {
        let Some(seq) = index::seq_in_trash(&transaction, id)? else {
            continue;
        };
        let line = diary::line_of(&transaction, seq)?;
        let file = free_name(&transaction, roots, id, &line)?;
        let now = Line {
            trashed: None,
            file,
            ..line.clone()
        };
        lines.push((seq, line, now));
    }
    let entries: Vec<Entry> = lines.iter().map(|(_, _, line)| Entry::Picture(line.clone())).collect();
    let length = match diary.append(&entries) {
        Ok(length) => length,
        Err(error) => return Ok(Err(unwritten(&error, &diary))),
    };
    let mut back = Vec::new();
    for (seq, before, line) in lines {
        let id = ImageId(line.id);
        let moved = in_root(roots, line.folder, |root| move_out(root, &id, &before.file, &line.file));
        if let Err(error) = moved {
            // What was moved before this one is back; the rest is where it was, and the file says what was wanted.
            transaction.commit()?;
            return Ok(Err(Error::storage(
                &error,
                format_args!("bringing {} back", before.file),
            )));
        }
        came.push((before, line.file.clone()));
        transaction.execute(
            "UPDATE images SET pending = 0, trashed = NULL, file_name = ?2, looked = abs(looked) WHERE seq = ?1",
            params![seq, line.file],
        )?;
        note::note(&transaction, seq)?;
        back.push(seq);
    }
    diary::set_known(&transaction, length)?;
    let records = index::by_seq(&transaction, &back)?;
    transaction.commit()?;
    Ok(Ok(records))
}

fn move_out(root: &Path, id: &ImageId, before: &str, file_name: &str) -> io::Result<()> {
    let (from, to) = (place(root, id, before), root.join(file_name));
    if is_missing(&from) {
        // It was gone before it went to the trash; or the drive is.
        return if can_be_reached(root) {
            Ok(())
        } else {
            Err(io::ErrorKind::NotFound.into())
        };
    }
    let folder = to.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    rename_without_overwriting(&from, &to)?;
    sync_folder(folder)?;
    if let Some(empty) = from.parent() {
        drop(fs::remove_dir(empty));
    }
    Ok(())
}

/// The name that a picture had, or one beside it where that is taken by now.
fn free_name(connection: &Connection, roots: &Roots, id: &ImageId, line: &Line) -> rusqlite::Result<String> {
    let file_name = &line.file;
    let (stem, ending) = file_name.rsplit_once('.').unwrap_or((file_name, "png"));
    let mut attempt = 1;
    loop {
        let name = if attempt == 1 {
            file_name.to_owned()
        } else {
            format!("{stem}-{attempt}.{ending}")
        };
        let owner: Option<String> = connection
            .prepare_cached("SELECT id FROM images WHERE folder = ?1 AND file_name = ?2 AND pending < 2")?
            .query_row(params![line.folder, name], |row| row.get(0))
            .optional()?;
        let free = owner.is_none_or(|owner| owner == id.0);
        let file = roots.path(line.folder, &name);
        if free && file.is_none_or(|file| fs::symlink_metadata(file).is_err()) {
            return Ok(name);
        }
        attempt += 1;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To the trash of the system.
    System,
    /// Deleted: the person has said so.
    ForGood,
}

/// Sends what has been here for thirty days on to the trash of the system. What that does not take stays.
pub(crate) async fn send_on(shared: &Arc<Shared>) {
    let before = now_ms() - DAYS * DAY;
    let due = shared
        .reader
        .call(move |connection| index::trashed_until(connection, before))
        .await;
    let due = due.unwrap_or_default();
    if due.is_empty() {
        return;
    }
    match empty(shared, due, Way::System).await {
        Ok(emptied) => tracing::info!(
            count = emptied.count,
            stayed = emptied.refused.len(),
            "the trash was sent on"
        ),
        Err(error) => tracing::warn!(%error, "the trash could not be sent on"),
    }
}

async fn empty(shared: &Arc<Shared>, ids: Vec<ImageId>, way: Way) -> Result<Emptied, Error> {
    let mut emptied = Emptied {
        count: 0,
        refused: Vec::new(),
    };
    for id in ids {
        let known = id.clone();
        let line = shared
            .database
            .call(move |connection| {
                let seq = index::seq_in_trash(connection, &known)?;
                seq.map(|seq| diary::line_of(connection, seq).map(|line| (seq, line)))
                    .transpose()
            })
            .await?;
        let Some((seq, line)) = line else { continue };
        let roots = shared.places.roots();
        let sent = match roots.root(line.folder) {
            Some(root) if can_be_reached(root) => {
                let file = place(root, &id, &line.file);
                off_thread(move || send(&file, way)).await
            }
            _ => Err("The folder of this picture can't be reached. Plug its drive in, then try again.".to_owned()),
        };
        if let Err(reason) = sent {
            emptied.refused.push(RefusedFile {
                name: line.file,
                reason,
            });
            continue;
        }
        let diary = Diary::of(&roots);
        shared
            .database
            .call(move |connection| {
                // The file first: a row that outlives it goes at the next start, a line that was never written would not.
                let gone = Entry::Picture(Line { gone: true, ..line });
                let length = match diary.append(&[gone]) {
                    Ok(length) => length,
                    Err(error) => return Ok(Err(unwritten(&error, &diary))),
                };
                let transaction = connection.transaction()?;
                transaction.execute("DELETE FROM images WHERE seq = ?1 AND pending = 2", [seq])?;
                diary::set_known(&transaction, length)?;
                transaction.commit().map(Ok)
            })
            .await??;
        emptied.count += 1;
    }
    Ok(emptied)
}

fn send(file: &Path, way: Way) -> Result<(), String> {
    if fs::symlink_metadata(file).is_ok() {
        match way {
            Way::System => {
                trash::delete(file).map_err(|error| format!("The trash of the system did not take it: {error}"))?;
            }
            Way::ForGood => {
                fs::remove_file(file).map_err(|error| Error::storage(&error, "deleting a picture").message)?;
            }
        }
    }
    if let Some(folder) = file.parent() {
        drop(fs::remove_dir(folder));
    }
    Ok(())
}

/// After a kill: what the file in the library says about the trash, made true. Where a picture's file is, decides; where
/// it is nowhere, or its drive is not there, all stays as it is.
pub(crate) fn settle(connection: &Connection, roots: &Roots, line: &Line) -> rusqlite::Result<()> {
    let Some(seq) = diary::row_of(connection, line)? else {
        return Ok(());
    };
    let (id, folder, file_name, pending): (String, u32, String, u8) = connection
        .prepare_cached("SELECT id, folder, file_name, pending FROM images WHERE seq = ?1")?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let id = ImageId(id);
    let is_there = |folder: u32, file_name: &str| {
        let path = roots.path(folder, file_name);
        path.is_some_and(|path| fs::symlink_metadata(path).is_ok())
    };
    // What stands here of another folder may be that of another computer.
    let told = if line.folder == folder { &line.file } else { &file_name };
    let here = is_there(folder, told);
    let stayed = is_there(folder, &file_name);
    // On its way back it may have been given another name than it has in the trash.
    let thrown = [told, &file_name].into_iter().find(|name| {
        let root = roots.root(folder);
        root.is_some_and(|root| fs::symlink_metadata(place(root, &id, name)).is_ok())
    });
    let thrown = thrown.filter(|_| !here && !stayed);
    let (pending, trashed, place) = match (line.trashed, thrown, pending) {
        (Some(at), Some(thrown), _) => (2, Some(at), thrown),
        (None, Some(before), _) => {
            if in_root(roots, folder, |root| move_out(root, &id, before, told)).is_err() {
                return Ok(());
            }
            (0, None, told)
        }
        (_, None, 2) if here => (0, None, told),
        (_, None, 2 | 3) if stayed => (0, None, &file_name),
        (_, None, 3) if here => (0, None, told),
        _ => return Ok(()),
    };
    connection.execute(
        "UPDATE OR IGNORE images SET pending = ?2, trashed = ?3, file_name = ?4 WHERE seq = ?1 AND pending <> 1",
        params![seq, pending, trashed, place],
    )?;
    if trashed.is_some() {
        note::forget(connection, seq)?;
    }
    Ok(())
}

/// Rows of pictures that have left the library for good go, where a kill came before that.
pub(crate) fn forget_gone(connection: &Connection, roots: &Roots, gone: &HashSet<String>) -> rusqlite::Result<()> {
    for id in gone {
        let row = connection
            .prepare_cached("SELECT seq, folder, file_name FROM images WHERE id = ?1 AND pending = 2")?
            .query_row([id], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, row.get::<_, String>(2)?))
            })
            .optional()?;
        let Some((seq, folder, file_name)) = row else { continue };
        let root = roots.root(folder).filter(|root| can_be_reached(root));
        if root.is_some_and(|root| is_missing(&place(root, &ImageId(id.clone()), &file_name))) {
            connection.execute("DELETE FROM images WHERE seq = ?1", [seq])?;
        }
    }
    Ok(())
}
