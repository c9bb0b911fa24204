//! A folder of the library, or places in it, held against the index: what is new is read and taken up, what moved is
//! recognised, what is gone is marked.
//!
//! Nothing of it has to be finished: what a kill left is found at the next look. It can be paused.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::{Connection, params};
use tokio::time::Instant;

use crate::disk::off_thread;
use crate::error::Error;
use crate::event::Event;
use crate::library::diary::{self, Diary, Entry};
use crate::library::look::{self, pause};
use crate::library::places::{Roots, can_be_reached};
use crate::library::reading::{Content, File, Stamp, Walked, read_all};
use crate::library::search::note;
use crate::library::take_up::{self, Known, Missed, Taken};
use crate::library::{ImageId, ImageRecord};
use crate::shared::Shared;

/// Files that are read before they are taken into the index together.
const AT_ONCE: usize = 512;
/// Rows that are looked after together.
const ROWS_AT_ONCE: usize = 200;
/// Where more than this changes, the page reads everything anew.
const MANY: usize = 300;
/// How often it does.
const BETWEEN: Duration = Duration::from_secs(3);

/// What a look at folders found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct FolderLook {
    /// New pictures, and those that were missing.
    pub added: u32,
    /// Pictures that lie somewhere else now.
    pub moved: u32,
    /// Pictures that somebody wrote over.
    pub changed: u32,
    /// Pictures whose files are gone.
    pub missing: u32,
    /// Files that are no whole pictures, or can't be read; those that were known as such are not counted.
    pub broken: u32,
}

impl FolderLook {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            moved: self.moved + other.moved,
            changed: self.changed + other.changed,
            missing: self.missing + other.missing,
            broken: self.broken + other.broken,
        }
    }
}

/// Looks at a whole folder, or at places below it. A folder that can't be reached is left as it is.
pub(crate) async fn scan(shared: &Arc<Shared>, folder: u32, places: Option<Vec<String>>) -> Result<FolderLook, Error> {
    let _alone = shared.watching.scanning.lock().await;
    let roots = shared.places.roots();
    let Some(root) = roots.root(folder).map(ToOwned::to_owned) else {
        return Ok(FolderLook::default());
    };
    let (asked, walked_root) = (places.clone(), root.clone());
    let walked = off_thread(move || {
        let mut walked = Walked::default();
        for place in asked.as_deref().unwrap_or(&[String::new()]) {
            walked.look(&walked_root, folder, place);
        }
        walked.each_once();
        // A drive that vanished meanwhile took its files along.
        can_be_reached(&walked_root).then_some(walked)
    })
    .await;
    let Some(walked) = walked else {
        return Ok(FolderLook::default());
    };
    let held = shared
        .database
        .call(move |connection| Held::read(connection, folder, places.as_deref()))
        .await?;
    let plan = Plan::of(&walked, &held);
    let mut telling = Telling::new(shared, plan.read.len() + plan.missing.len());
    settle(shared, folder, &plan).await?;
    let known = if plan.read.is_empty() {
        Arc::default()
    } else {
        known(&roots).await
    };
    let reading = Reading(&shared.looking.waiting);
    let read = |files: &[File]| {
        let (root, files, registry) = (root.clone(), files.to_vec(), shared.registry.clone());
        off_thread(move || {
            let contents = read_all(&root, &files, &registry);
            files.into_iter().zip(contents).collect::<Vec<_>>()
        })
    };
    let mut left = plan.read.len();
    let mut chunks = plan.read.chunks(AT_ONCE);
    let mut next = match chunks.next() {
        Some(files) => Some(read(files).await),
        None => None,
    };
    while let Some(files) = next.take() {
        reading.left(left);
        pause(shared).await;
        left -= files.len();
        let (roots, known) = (roots.clone(), known.clone());
        let take = shared
            .database
            .call_rebuildable(move |connection| take_all(connection, &roots, &files, &known));
        // The next are read while these are written.
        let taken = match chunks.next() {
            Some(files) => {
                let (taken, files) = tokio::join!(take, read(files));
                next = Some(files);
                taken?
            }
            None => take.await?,
        };
        for id in &taken.changed_files {
            shared.thumbnails.forget(id.clone()).await;
        }
        telling.take(taken).await;
    }
    drop(reading);
    for rows in plan.missing.chunks(ROWS_AT_ONCE) {
        pause(shared).await;
        let (roots, rows) = (roots.clone(), rows.to_vec());
        let missed = shared
            .database
            .call(move |connection| miss_all(connection, &roots, &rows))
            .await?;
        telling.take(missed).await;
    }
    Ok(telling.end().await)
}

/// Files that have yet to be read. However the reading ends, none is waited for after it.
struct Reading<'a>(&'a AtomicU32);

impl Reading<'_> {
    fn left(&self, files: usize) {
        self.0.store(u32::try_from(files).unwrap_or(u32::MAX), Ordering::SeqCst);
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.left(0);
    }
}

/// What is told of files in the library folder, for those that are new to the index.
async fn known(roots: &Roots) -> Arc<Known> {
    let diary = Diary::of(roots);
    // What can't be read is read at the next start.
    Arc::new(Known::of(off_thread(move || diary.read()).await.unwrap_or_default()))
}

/// What the index has of a folder.
struct Held {
    /// By names as the index compares them.
    rows: HashMap<String, HeldRow>,
    broken: HashMap<String, Option<Stamp>>,
}

struct HeldRow {
    seq: i64,
    name: String,
    pending: u8,
    stamp: Option<Stamp>,
}

fn stamp_of(bytes: Option<i64>, modified: Option<i64>) -> Option<Stamp> {
    Some(Stamp {
        bytes: bytes?,
        modified: modified?,
    })
}

/// As the index compares them: capital letters of English are no others.
fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl Held {
    fn read(connection: &Connection, folder: u32, places: Option<&[String]>) -> rusqlite::Result<Self> {
        let mut held = Self {
            rows: HashMap::new(),
            broken: HashMap::new(),
        };
        match places {
            None => held.add(connection, folder, "1", &[])?,
            Some(places) => {
                for place in places {
                    // All that begins with `place/`: the character after `/` is `0`.
                    let within = "(file_name = ?2 OR file_name > ?3 AND file_name < ?4)";
                    held.add(
                        connection,
                        folder,
                        within,
                        &[place, &format!("{place}/"), &format!("{place}0")],
                    )?;
                }
            }
        }
        Ok(held)
    }

    fn add(&mut self, connection: &Connection, folder: u32, within: &str, values: &[&str]) -> rusqlite::Result<()> {
        let mut params: Vec<&dyn rusqlite::ToSql> = vec![&folder];
        params.extend(values.iter().map(|value| value as &dyn rusqlite::ToSql));
        let sql = format!(
            "SELECT seq, file_name, pending, bytes, modified FROM images WHERE folder = ?1 AND pending < 2 AND {within}"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params.as_slice())?;
        while let Some(row) = rows.next()? {
            let name: String = row.get(1)?;
            let held = HeldRow {
                seq: row.get(0)?,
                pending: row.get(2)?,
                stamp: stamp_of(row.get(3)?, row.get(4)?),
                name: name.clone(),
            };
            self.rows.insert(key(&name), held);
        }
        let sql = format!("SELECT file_name, bytes, modified FROM broken WHERE folder = ?1 AND {within}");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params.as_slice())?;
        while let Some(row) = rows.next()? {
            self.broken.insert(row.get(0)?, stamp_of(row.get(1)?, row.get(2)?));
        }
        Ok(())
    }
}

/// What there is to do.
struct Plan {
    /// Files that are new, or not what they were.
    read: Vec<File>,
    /// Rows whose files were not found.
    missing: Vec<i64>,
    /// Rows that an earlier version wrote, or we ourselves: how long their files are nobody noted.
    stamps: Vec<(i64, Stamp)>,
    /// Rows whose names differ from their files' in capital letters.
    spelling: Vec<(i64, String)>,
    /// Files whose names the index can't tell from others'.
    twins: Vec<String>,
    /// Broken files that are gone.
    mended: Vec<String>,
}

impl Plan {
    fn of(walked: &Walked, held: &Held) -> Self {
        let mut plan = Self {
            read: Vec::new(),
            missing: Vec::new(),
            stamps: Vec::new(),
            spelling: Vec::new(),
            twins: Vec::new(),
            mended: Vec::new(),
        };
        let exact: HashSet<&str> = walked.files.iter().map(|file| file.name.as_str()).collect();
        let mut seen: HashSet<String> = HashSet::new();
        for file in &walked.files {
            let key = key(&file.name);
            let row = held.rows.get(&key);
            let is_twin = row.is_some_and(|row| row.name != file.name && exact.contains(row.name.as_str()));
            if is_twin || !seen.insert(key) {
                plan.twins.push(file.name.clone());
                continue;
            }
            match row {
                // It is being written by us.
                Some(row) if row.pending == 1 => {}
                Some(row) => {
                    if row.name != file.name {
                        plan.spelling.push((row.seq, file.name.clone()));
                    }
                    match row.stamp {
                        Some(stamp) if stamp != file.stamp => plan.read.push(file.clone()),
                        Some(_) => {}
                        None => plan.stamps.push((row.seq, file.stamp)),
                    }
                }
                None if held.broken.get(&file.name) == Some(&Some(file.stamp)) => {}
                None => plan.read.push(file.clone()),
            }
        }
        let there = |name: &str| seen.contains(&key(name)) || !walked.could_see(name);
        let missing = held.rows.values().filter(|row| row.pending == 0 && !there(&row.name));
        plan.missing = missing.map(|row| row.seq).collect();
        plan.missing.sort_unstable();
        plan.mended = held
            .broken
            .keys()
            .filter(|name| !exact.contains(name.as_str()) && walked.could_see(name))
            .cloned()
            .collect();
        plan
    }
}

/// What needs no file to be read.
async fn settle(shared: &Arc<Shared>, folder: u32, plan: &Plan) -> Result<(), Error> {
    let (stamps, spelling) = (plan.stamps.clone(), plan.spelling.clone());
    let (twins, mended) = (plan.twins.clone(), plan.mended.clone());
    if stamps.is_empty() && spelling.is_empty() && twins.is_empty() && mended.is_empty() {
        return Ok(());
    }
    shared
        .database
        .call(move |connection| {
            let transaction = connection.transaction()?;
            for (seq, stamp) in stamps {
                take_up::stamp(&transaction, seq, stamp)?;
            }
            for (seq, name) in spelling {
                transaction
                    .prepare_cached("UPDATE OR IGNORE images SET file_name = ?2 WHERE seq = ?1 AND pending = 0")?
                    .execute(params![seq, name])?;
            }
            for name in twins {
                let reason = "Its name differs from another's in capital letters only. Give it another name.";
                take_up::broken(&transaction, (folder, &name), reason, None)?;
            }
            for name in mended {
                take_up::no_longer_broken(&transaction, folder, &name)?;
            }
            transaction.commit()
        })
        .await
}

/// What came of some files or rows.
#[derive(Default)]
struct Came {
    look: FolderLook,
    added: Vec<ImageRecord>,
    removed: Vec<ImageId>,
    changed: Vec<ImageRecord>,
    /// Whose thumbnails are outdated.
    changed_files: Vec<ImageId>,
}

fn take_all(
    connection: &mut Connection,
    roots: &Roots,
    read: &[(File, Content)],
    known: &Known,
) -> rusqlite::Result<Came> {
    let transaction = connection.transaction()?;
    let mut came = Came::default();
    let (mut moved, mut unnoted) = (Vec::new(), Vec::new());
    for (file, content) in read {
        let place = (file.folder, file.name.as_str());
        let taken = match content {
            Content::Picture(seen) => take_up::take(&transaction, roots, (file, &seen.0, &seen.1), known)?,
            Content::Broken(reason) => {
                take_up::broken(&transaction, place, reason, Some(file.stamp))?;
                came.look.broken += 1;
                break_row(&transaction, file)?;
                continue;
            }
            // It is tried again at the next look.
            Content::Closed(reason) => {
                take_up::broken(&transaction, place, reason, None)?;
                came.look.broken += 1;
                continue;
            }
            Content::Gone => continue,
        };
        match taken {
            Taken::Known => {}
            Taken::Added(record, seq) => {
                came.look.added += 1;
                came.added.push(record);
                unnoted.push(seq);
            }
            Taken::Back(record) => {
                came.look.added += 1;
                moved.push(record.id.clone());
                came.added.push(record);
            }
            Taken::Moved(record) => {
                came.look.moved += 1;
                moved.push(record.id.clone());
                came.changed.push(record);
            }
            Taken::Changed(record) => {
                came.look.changed += 1;
                moved.push(record.id.clone());
                came.changed_files.push(record.id.clone());
                came.changed.push(record);
            }
        }
    }
    note::note_all(&transaction, &unnoted)?;
    write_down(&transaction, roots, &moved)?;
    transaction.commit()?;
    Ok(came)
}

/// A picture's file is broken now: its row stays, and is not looked at again until the file changes.
fn break_row(connection: &Connection, file: &File) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE images SET looked = -1, bytes = ?3, modified = ?4
             WHERE folder = ?1 AND file_name = ?2 AND pending < 2 AND pending = 0",
        )?
        .execute(params![file.folder, file.name, file.stamp.bytes, file.stamp.modified])?;
    Ok(())
}

fn miss_all(connection: &mut Connection, roots: &Roots, rows: &[i64]) -> rusqlite::Result<Came> {
    let transaction = connection.transaction()?;
    let mut came = Came::default();
    let mut moved = Vec::new();
    for seq in rows {
        match take_up::miss(&transaction, roots, *seq)? {
            Missed::There => {}
            Missed::Missing(id) => {
                came.look.missing += 1;
                came.removed.push(id);
            }
            Missed::Merged { now, instead_of } => {
                came.look.moved += 1;
                moved.push(now.id.clone());
                came.removed.push(instead_of);
                came.changed.push(now);
            }
        }
    }
    write_down(&transaction, roots, &moved)?;
    transaction.commit()?;
    Ok(came)
}

/// Says in the library folder where pictures are now that are told of there. They are known by their content as well, so
/// a folder that can't be written is no reason to stop.
fn write_down(connection: &Connection, roots: &Roots, moved: &[ImageId]) -> rusqlite::Result<()> {
    let mut entries = Vec::new();
    for id in moved {
        if let Some(seq) = crate::library::index::seq_of(connection, id)?
            && take_up::is_told(connection, seq)?
        {
            entries.push(Entry::Picture(diary::line_of(connection, seq)?));
        }
    }
    if entries.is_empty() {
        return Ok(());
    }
    match Diary::of(roots).append(&entries) {
        Ok(length) => diary::set_known(connection, length),
        Err(error) => {
            tracing::warn!(%error, "where pictures are now could not be written down");
            Ok(())
        }
    }
}

/// Tells the page: of a few all, of many that it is better read anew.
struct Telling<'a> {
    shared: &'a Arc<Shared>,
    many: bool,
    last: Instant,
    open: bool,
    look: FolderLook,
}

impl<'a> Telling<'a> {
    fn new(shared: &'a Arc<Shared>, expected: usize) -> Self {
        Self {
            shared,
            many: expected > MANY,
            last: Instant::now(),
            open: false,
            look: FolderLook::default(),
        }
    }

    async fn take(&mut self, came: Came) {
        self.look = self.look.and(came.look);
        let something = !(came.added.is_empty() && came.removed.is_empty() && came.changed.is_empty());
        if self.many {
            self.open |= something || came.look.broken > 0;
            if self.open && self.last.elapsed() > BETWEEN {
                self.missed().await;
            }
            return;
        }
        if !(came.added.is_empty() && came.removed.is_empty()) {
            self.shared.tell(Event::Library {
                added: came.added,
                removed: came.removed,
            });
        }
        if !came.changed.is_empty() {
            self.shared.tell(Event::PicturesChanged(came.changed));
        }
        self.open |= came.look.broken > 0;
    }

    async fn missed(&mut self) {
        (self.last, self.open) = (Instant::now(), false);
        self.shared.tell(Event::Missed);
        look::tell(self.shared).await;
    }

    async fn end(mut self) -> FolderLook {
        if self.open && self.many {
            self.missed().await;
        } else if self.open {
            look::tell(self.shared).await;
        }
        self.look
    }
}
