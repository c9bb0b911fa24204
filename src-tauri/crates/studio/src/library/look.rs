//! Looking at pictures in the background, newest first: their words into the index, what their files say, how they look.
//!
//! How far each has been looked at stands in its row (`schema/5.sql`), so that a kill costs nothing but the picture in
//! hand. It can be paused. A file that is broken is noted as broken, once; one that is not there is tried at the next start.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use novelai::metadata;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

use crate::disk::off_thread;
use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::jobs::Work;
use crate::library::details::{Details, Kind};
use crate::library::diary::{self, Diary, Entry};
use crate::library::likeness::likeness;
use crate::library::reading::LARGEST;
use crate::library::search::note;
use crate::library::{ImageId, ImageRecord, index, trash};
use crate::shared::Shared;

/// The start of the program is not held up by this.
const AFTER_START: Duration = Duration::from_secs(2);
/// Rows whose words are taken in at once.
const WORDS_AT_ONCE: u32 = 300;
/// Files that are read at once.
const FILES_AT_ONCE: u32 = 24;
/// How often it is asked whether new files have all been read.
const READING: Duration = Duration::from_millis(200);

/// How far the library has been looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Indexing {
    /// Pictures that have been looked at entirely.
    pub done: u32,
    /// All pictures, with the files that were found and have yet to be read.
    pub total: u32,
    /// Files that are no whole pictures: those that `broken_files` lists.
    pub broken: u32,
    /// The person wants it to wait.
    pub paused: bool,
}

/// Where a file of the library lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct FilePlace {
    /// The folder of the library that it lies in.
    pub folder: u32,
    /// Its path below that folder, with `/` between the parts.
    pub file_name: String,
}

/// A file of the library that is no whole picture, or can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BrokenFile {
    /// Where it lies.
    pub place: FilePlace,
    /// What is wrong with it: a sentence.
    pub reason: String,
    /// The picture that it was, where it is in the library.
    pub image: Option<ImageId>,
}

/// Broken files, from one place on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BrokenPage {
    /// So many there are in all.
    pub total: u32,
    /// Some of them, by folder and path.
    pub files: Vec<BrokenFile>,
}

/// Whether it is to wait.
#[derive(Default)]
pub(crate) struct Looking {
    paused: AtomicBool,
    resumed: Notify,
    /// Files that were found and have yet to be read.
    pub(crate) waiting: AtomicU32,
    /// There is something new to look at.
    awake: Notify,
}

impl Studio {
    /// How far the library has been looked at.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn indexing(&self) -> Result<Indexing, Error> {
        state(self.shared()).await
    }

    /// Lets it wait, or go on.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn pause_indexing(&self, paused: bool) -> Result<Indexing, Error> {
        let looking = &self.shared().looking;
        looking.paused.store(paused, Ordering::SeqCst);
        looking.resumed.notify_waiters();
        let state = state(self.shared()).await?;
        self.shared().tell(Event::Indexing(state));
        Ok(state)
    }

    /// Files of the library that are no whole pictures or can't be read, each once, with the reason: those behind a
    /// place, at most so many, and how many there are.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn broken_files(&self, after: Option<FilePlace>, limit: u32) -> Result<BrokenPage, Error> {
        self.shared()
            .reader
            .call(move |connection| {
                Ok(BrokenPage {
                    total: connection.query_row("SELECT count(*) FROM broken", [], |row| row.get(0))?,
                    files: broken_files(connection, after.as_ref(), limit)?,
                })
            })
            .await
    }
}

fn broken_files(connection: &Connection, after: Option<&FilePlace>, limit: u32) -> rusqlite::Result<Vec<BrokenFile>> {
    connection
        .prepare_cached(
            "SELECT broken.folder, broken.file_name, reason, id FROM broken LEFT JOIN images
               ON images.folder = broken.folder AND images.file_name = broken.file_name AND images.pending < 2
             WHERE ?1 IS NULL OR (broken.folder, broken.file_name) > (?1, ?2)
             ORDER BY broken.folder, broken.file_name LIMIT ?3",
        )?
        .query_map(
            params![
                after.map(|place| place.folder),
                after.map(|place| &place.file_name),
                limit
            ],
            |row| {
                Ok(BrokenFile {
                    place: FilePlace {
                        folder: row.get(0)?,
                        file_name: row.get(1)?,
                    },
                    reason: row.get(2)?,
                    image: row.get::<_, Option<String>>(3)?.map(ImageId),
                })
            },
        )?
        .collect()
}

async fn state(shared: &Shared) -> Result<Indexing, Error> {
    let paused = shared.looking.paused.load(Ordering::SeqCst);
    let waiting = shared.looking.waiting.load(Ordering::SeqCst);
    shared
        .reader
        .call(move |connection| {
            let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0));
            let total = count("SELECT count(*) FROM images WHERE pending = 0")?;
            // The index of those has nobody else in it.
            let open = count("SELECT count(*) FROM images WHERE looked < 3 AND looked >= 0 AND pending = 0")?;
            let broken = count("SELECT count(*) FROM images WHERE looked < 3 AND looked = -1 AND pending = 0")?;
            Ok(Indexing {
                done: total.saturating_sub(open + broken),
                total: total.saturating_add(waiting),
                broken: count("SELECT count(*) FROM broken")?,
                paused,
            })
        })
        .await
}

/// Looks at what has not been looked at, until the studio closes.
pub(crate) async fn work(shared: Arc<Shared>) {
    let mut events = shared.events.subscribe();
    let closing = shared.closing.clone();
    let all = async {
        tokio::time::sleep(AFTER_START).await;
        trash::send_on(&shared).await;
        loop {
            if let Err(error) = pass(&shared).await {
                tracing::warn!(%error, "the library could not be looked at");
            }
            loop {
                let event = tokio::select! {
                    event = events.recv() => event,
                    () = shared.looking.awake.notified() => break,
                };
                match event {
                    Ok(Event::Library { added, .. }) if !added.is_empty() => break,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                }
            }
        }
    };
    tokio::select! {
        () = closing.cancelled() => {}
        () = all => {}
    }
}

async fn pass(shared: &Arc<Shared>) -> Result<(), Error> {
    while take_words(shared).await? {
        pause(shared).await;
    }
    each(shared, 1, FILES_AT_ONCE).await?;
    tell_parents(shared).await?;
    each(shared, 2, 4).await?;
    Ok(())
}

pub(crate) async fn pause(shared: &Shared) {
    loop {
        let resumed = shared.looking.resumed.notified();
        tokio::pin!(resumed);
        // From here on it hears of it: what is told between the question and the waiting is not lost.
        resumed.as_mut().enable();
        if !shared.looking.paused.load(Ordering::SeqCst) {
            return;
        }
        resumed.await;
    }
}

/// There is something new to look at.
pub(crate) fn wake(shared: &Shared) {
    shared.looking.awake.notify_one();
}

/// Tells how far it is.
pub(crate) async fn tell(shared: &Shared) {
    match state(shared).await {
        Ok(state) => shared.tell(Event::Indexing(state)),
        Err(error) => tracing::warn!(%error, "how far the library was looked at can't be told"),
    }
}

/// Words of rows that an earlier version wrote. False: there are no more. (`looked < 3` is for the index, which has no
/// others: without it every row is read each time.)
async fn take_words(shared: &Arc<Shared>) -> Result<bool, Error> {
    shared
        .database
        .call_rebuildable(|connection| {
            let transaction = connection.transaction()?;
            let seqs: Vec<i64> = transaction
                .prepare_cached("SELECT seq FROM images WHERE looked = 0 AND looked < 3 AND pending = 0 LIMIT ?1")?
                .query_map([WORDS_AT_ONCE], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            note::note_all(&transaction, &seqs)?;
            transaction.commit()?;
            Ok(!seqs.is_empty())
        })
        .await
}

/// A picture to be looked at.
struct Waiting {
    seq: i64,
    id: ImageId,
    path: PathBuf,
}

/// What came of looking at a file.
enum Seen {
    Read(Box<Details>),
    Looks(Option<i64>),
    /// The file is broken, for this reason.
    Broken(String),
    /// Not there, or not to be read now.
    Later,
}

/// Goes through the pictures that have been looked at so far and no further, newest first.
async fn each(shared: &Arc<Shared>, so_far: u8, at_once: u32) -> Result<(), Error> {
    let mut before = i64::MAX;
    let mut told = tokio::time::Instant::now();
    loop {
        pause(shared).await;
        // How a picture looks is asked for last: that it can be found comes first.
        while so_far == 2 && shared.looking.waiting.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(READING).await;
        }
        let roots = shared.places.roots();
        let waiting: Vec<Waiting> = shared
            .reader
            .call(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT seq, id, folder, file_name FROM images
                         WHERE looked = ?1 AND looked < 3 AND pending = 0 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
                    )?
                    .query_map(params![so_far, before, at_once], |row| {
                        Ok(Waiting {
                            seq: row.get(0)?,
                            id: ImageId(row.get(1)?),
                            path: roots.path(row.get(2)?, &row.get::<_, String>(3)?).unwrap_or_default(),
                        })
                    })?
                    .collect()
            })
            .await?;
        let Some(last) = waiting.last() else { break };
        before = last.seq;
        let mut seen = Vec::new();
        for picture in waiting {
            let seq = picture.seq;
            let looked = if so_far == 1 {
                off_thread(move || read(&picture.path)).await
            } else {
                look(shared, picture).await
            };
            seen.push((seq, looked));
        }
        shared
            .database
            .call_rebuildable(move |connection| keep(connection, seen))
            .await?;
        if told.elapsed() > Duration::from_millis(400) {
            told = tokio::time::Instant::now();
            shared.tell(Event::Indexing(state(shared).await?));
        }
    }
    if before < i64::MAX {
        shared.tell(Event::Indexing(state(shared).await?));
    }
    Ok(())
}

fn read(path: &std::path::Path) -> Seen {
    match fs::metadata(path) {
        Ok(about) if about.len() > LARGEST => {
            return Seen::Broken(format!("The file is larger than {} MiB.", LARGEST >> 20));
        }
        Ok(_) => {}
        Err(_) => return Seen::Later,
    }
    let Ok(bytes) = fs::read(path) else { return Seen::Later };
    match metadata::read_texts(&bytes) {
        Ok(said) => Seen::Read(Box::new(Details::of(Some(&said), &bytes))),
        Err(_) => Seen::Broken("The head of the file is damaged.".to_owned()),
    }
}

/// Makes the thumbnail, if nobody has, and looks at that.
async fn look(shared: &Shared, picture: Waiting) -> Seen {
    match shared.thumbnails.get(picture.id, picture.path).await {
        Ok(jpeg) => off_thread(move || Seen::Looks(likeness(&jpeg))).await,
        Err(error) if error.code == ErrorCode::Malformed => Seen::Broken(error.message),
        Err(_) => Seen::Later,
    }
}

fn keep(connection: &mut Connection, seen: Vec<(i64, Seen)>) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for (seq, seen) in seen {
        match seen {
            Seen::Read(details) => keep_details(&transaction, seq, &details)?,
            Seen::Looks(bits) => {
                transaction
                    .prepare_cached("UPDATE images SET likeness = ?2, looked = 3 WHERE seq = ?1")?
                    .execute(params![seq, bits])?;
            }
            Seen::Broken(reason) => {
                transaction
                    .prepare_cached("UPDATE images SET looked = -1 WHERE seq = ?1 AND pending = 0")?
                    .execute([seq])?;
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO broken (folder, file_name, reason, bytes, modified)
                         SELECT folder, file_name, ?2, bytes, modified FROM images WHERE seq = ?1 AND pending = 0",
                    )?
                    .execute(params![seq, reason])?;
            }
            Seen::Later => {}
        }
    }
    transaction.commit()
}

/// What the file of a row says that an earlier version wrote.
fn keep_details(connection: &Connection, seq: i64, details: &Details) -> rusqlite::Result<()> {
    // It may have gone to the trash meanwhile.
    let Some(record) = index::by_seq(connection, &[seq])?.pop() else {
        return Ok(());
    };
    let work: Option<String> = connection
        .prepare_cached("SELECT jobs.work FROM jobs JOIN images ON images.job = jobs.id WHERE images.seq = ?1")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    let work = work.and_then(|work| serde_json::from_str::<Work>(&work).ok());
    let kind = work.as_ref().and_then(Kind::of_work).unwrap_or(details.kind);
    let record = ImageRecord { kind, ..record };
    connection
        .prepare_cached(
            "UPDATE images SET kind = ?2, sampler = ?3, undesired = ?4, characters = ?5, recipe = ?6, content = ?7, looked = 2
             WHERE seq = ?1",
        )?
        .execute(params![
            seq,
            kind.name(),
            details.sampler,
            details.undesired,
            details.characters,
            (!record.prompt.is_empty()).then(|| details.recipe(&record)),
            details.content,
        ])?;
    note::note(connection, seq)
}

/// Writes down in the library folder what pictures were made of.
async fn tell_parents(shared: &Arc<Shared>) -> Result<(), Error> {
    loop {
        let diary = Diary::in_folder(&shared.folders.library);
        let more = shared
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let seqs: Vec<i64> = transaction
                    .prepare_cached(
                        "SELECT seq FROM images WHERE parent IS NOT NULL AND told = 0 AND pending = 0 LIMIT 300",
                    )?
                    .query_map([], |row| row.get(0))?
                    .collect::<rusqlite::Result<_>>()?;
                if seqs.is_empty() {
                    return Ok(Ok(false));
                }
                let mut entries = Vec::new();
                for seq in &seqs {
                    let line = diary::line_of(&transaction, *seq)?;
                    // So that a parent keeps its id when the index is made again.
                    if let Some(parent) = &line.parent
                        && let Some(parent) = index::seq_of(&transaction, &ImageId(parent.clone()))?
                    {
                        entries.push(Entry::Picture(diary::line_of(&transaction, parent)?));
                        transaction.execute("UPDATE images SET told = 1 WHERE seq = ?1", [parent])?;
                    }
                    entries.push(Entry::Picture(line));
                    transaction.execute("UPDATE images SET told = 1 WHERE seq = ?1", [seq])?;
                }
                match diary.append(&entries) {
                    Ok(length) => diary::set_known(&transaction, length)?,
                    Err(error) => return Ok(Err(error)),
                }
                transaction.commit()?;
                Ok(Ok(true))
            })
            .await?;
        match more {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, "what pictures were made of could not be written down");
                return Ok(());
            }
        }
    }
}
