//! The folders of the library, watched: what others do there is looked at a moment later, and each folder is looked at
//! whole when it comes, at the start and when its drive is there again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use crate::disk::off_thread;
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::library::look;
use crate::library::places::{MAIN, can_be_reached};
use crate::library::scan::{FolderLook, scan};
use crate::library::search::note;
use crate::shared::Shared;

/// The start of the program is not held up by this.
const AFTER_START: Duration = Duration::from_secs(2);
/// Others have done what they do when nothing was told for so long, …
const QUIET: Duration = Duration::from_millis(400);
/// … or when this much time has gone by.
const AT_LATEST: Duration = Duration::from_secs(3);
/// How often it is seen whether a drive came or went: nobody plugs one out and in again in less.
const DRIVES: Duration = Duration::from_secs(2);
/// How often a folder is looked at that the system does not let us watch.
const UNWATCHED: Duration = Duration::from_secs(600);
/// Where more places changed than this, the folder is looked at whole.
const MOST_PLACES: usize = 2000;

/// A folder of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct LibraryFolder {
    /// Its number; 0 is the library folder, where new pictures go.
    pub id: u32,
    /// Where it is, to be shown.
    pub path: String,
    /// So many pictures are in it.
    pub pictures: u32,
    /// Of those that were in it, the files of so many are gone.
    pub missing: u32,
    /// How it is now.
    pub state: FolderState,
    /// The system tells what happens in it. Otherwise it is looked at every ten minutes.
    pub watched: bool,
}

/// How a folder of the library is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum FolderState {
    /// Pictures can be read and moved in it.
    Ready,
    /// It can't be written: its pictures can't be thrown away. All else works.
    ReadOnly,
    /// It is not there: its drive is not plugged in, or it was moved. Its pictures stay in the list.
    Unreachable,
}

/// What is known of the folders beside their list.
#[derive(Default)]
pub(crate) struct Watching {
    /// One look at a time.
    pub(crate) scanning: tokio::sync::Mutex<()>,
    /// The list of folders is another.
    changed: Notify,
    watched: Mutex<BTreeSet<u32>>,
}

impl Studio {
    /// The folders of the library, the one where new pictures go first.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn library_folders(&self) -> Result<Vec<LibraryFolder>, Error> {
        folders(self.shared()).await
    }

    /// Adds a folder with pictures, in place: nothing in it is moved or written. They are taken up in the background.
    ///
    /// # Errors
    ///
    /// `refused` for what is no folder, is part of the library or has a part of it in it, and storage errors.
    pub async fn add_library_folder(&self, path: PathBuf) -> Result<Vec<LibraryFolder>, Error> {
        let shared = self.shared().clone();
        off_thread(move || shared.places.add(&path, &shared.folders.data)).await?;
        self.shared().watching.changed.notify_one();
        folders(self.shared()).await
    }

    /// No longer counts a folder to the library. Its files stay where they are, and what was said of them stays in the
    /// library folder, for when it is added again.
    ///
    /// # Errors
    ///
    /// `notFound`; `refused` for the library folder itself, and where pictures of the folder are in its trash; storage
    /// errors.
    pub async fn remove_library_folder(&self, id: u32) -> Result<Vec<LibraryFolder>, Error> {
        let shared = self.shared().clone();
        let roots = shared.places.roots();
        let Some(root) = roots.root(id).map(Path::to_owned) else {
            return Err(Error::new(
                ErrorCode::NotFound,
                "There is no such folder in the library.",
            ));
        };
        if id == MAIN {
            return Err(Error::new(
                ErrorCode::Refused,
                "New pictures go into this folder. It can't be removed.",
            ));
        }
        let _alone = shared.watching.scanning.lock().await;
        let trashed = shared
            .reader
            .call(move |connection| {
                connection.query_row(
                    "SELECT count(*) FROM images WHERE folder = ?1 AND pending = 2 AND trashed IS NOT NULL",
                    [id],
                    |row| row.get::<_, u32>(0),
                )
            })
            .await?;
        if trashed > 0 && off_thread(move || can_be_reached(&root)).await {
            return Err(Error::new(
                ErrorCode::Refused,
                "Pictures of this folder are in the trash. Bring them back or empty the trash first.",
            )
            .with_detail(trashed));
        }
        let listed = shared.clone();
        off_thread(move || listed.places.remove(id)).await?;
        forget_rows(&shared, id).await?;
        shared.watching.changed.notify_one();
        shared.tell(Event::Missed);
        folders(&shared).await
    }

    /// Looks at all folders now, as at the start.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn look_at_folders(&self) -> Result<FolderLook, Error> {
        let mut all = FolderLook::default();
        for place in self.shared().places.roots().all() {
            all = all.and(scan(self.shared(), place.id, None).await?);
        }
        Ok(all)
    }
}

async fn folders(shared: &Arc<Shared>) -> Result<Vec<LibraryFolder>, Error> {
    let counts: HashMap<u32, (u32, u32)> = shared
        .reader
        .call(|connection| {
            connection
                .prepare_cached("SELECT folder, sum(pending = 0), sum(pending = 3) FROM images GROUP BY folder")?
                .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
                .collect()
        })
        .await?;
    let roots = shared.places.roots();
    let watched = lock(&shared.watching.watched).clone();
    Ok(off_thread(move || {
        let folder = |place: &super::places::Place| {
            let (pictures, missing) = counts.get(&place.id).copied().unwrap_or_default();
            LibraryFolder {
                id: place.id,
                path: place.path.display().to_string(),
                pictures,
                missing,
                state: state(&place.path, pictures),
                watched: watched.contains(&place.id),
            }
        };
        roots.all().iter().map(folder).collect()
    })
    .await)
}

/// A folder without anything in it, which had pictures, is what remains of a drive that was unplugged.
fn state(root: &Path, pictures: u32) -> FolderState {
    if !root.is_dir() || pictures > 0 && !can_be_reached(root) {
        return FolderState::Unreachable;
    }
    // The one way to know: it is gone before anybody sees it, and hidden until then.
    match tempfile::Builder::new().prefix(".atelier-").tempfile_in(root) {
        Err(error) if is_read_only(&error) => FolderState::ReadOnly,
        Ok(_) | Err(_) => FolderState::Ready,
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// Rows of a folder that is no longer one of ours.
async fn forget_rows(shared: &Shared, folder: u32) -> Result<(), Error> {
    loop {
        let more = shared
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let seqs: Vec<i64> = transaction
                    .prepare_cached("SELECT seq FROM images WHERE folder = ?1 LIMIT 1000")?
                    .query_map([folder], |row| row.get(0))?
                    .collect::<rusqlite::Result<_>>()?;
                for seq in &seqs {
                    note::forget(&transaction, *seq)?;
                    transaction
                        .prepare_cached("DELETE FROM images WHERE seq = ?1")?
                        .execute([seq])?;
                }
                transaction.execute("DELETE FROM broken WHERE folder = ?1", [folder])?;
                transaction.commit()?;
                Ok(!seqs.is_empty())
            })
            .await?;
        if !more {
            return Ok(());
        }
    }
}

/// What the system told of a folder.
enum Heard {
    Paths(Vec<PathBuf>),
    /// More than it could tell.
    Everything,
}

/// A folder that is watched, or was to be.
struct Watched {
    /// As the system spells it.
    root: PathBuf,
    /// Nothing is in it: its drive may have been unplugged.
    empty: bool,
    watcher: Option<RecommendedWatcher>,
    looked: Instant,
}

/// Watches the folders until the studio closes.
pub(crate) async fn work(shared: Arc<Shared>) {
    let closing = shared.closing.clone();
    let all = async {
        tokio::time::sleep(AFTER_START).await;
        if let Err(error) = forget_strangers(&shared).await {
            tracing::warn!(%error, "rows of folders that are no longer ours could not be removed");
        }
        let (ears, mut heard) = mpsc::unbounded_channel();
        let mut watched: BTreeMap<u32, Watched> = BTreeMap::new();
        loop {
            see_folders(&shared, &mut watched, &ears).await;
            tokio::select! {
                first = heard.recv() => {
                    let Some(first) = first else { return };
                    let mut places = Places::default();
                    places.add(&watched, first);
                    let latest = Instant::now() + AT_LATEST;
                    while let Ok(Some(next)) = tokio::time::timeout_at(latest.min(Instant::now() + QUIET), heard.recv()).await {
                        places.add(&watched, next);
                    }
                    places.look(&shared).await;
                }
                () = shared.watching.changed.notified() => {}
                () = tokio::time::sleep(DRIVES) => {}
            }
        }
    };
    tokio::select! {
        () = closing.cancelled() => {}
        () = all => {}
    }
}

async fn forget_strangers(shared: &Arc<Shared>) -> Result<(), Error> {
    let roots = shared.places.roots();
    let strangers: Vec<u32> = shared
        .reader
        .call(|connection| {
            connection
                .prepare("SELECT DISTINCT folder FROM images WHERE folder <> 0")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
        .await?;
    for folder in strangers {
        if roots.root(folder).is_none() {
            forget_rows(shared, folder).await?;
        }
    }
    Ok(())
}

/// Watches what came, lets go of what went, and looks at what came or has not been looked at for long.
async fn see_folders(
    shared: &Arc<Shared>,
    watched: &mut BTreeMap<u32, Watched>,
    ears: &mpsc::UnboundedSender<(u32, Heard)>,
) {
    let roots = shared.places.roots();
    let mut different = false;
    let mut due = Vec::new();
    for place in roots.all() {
        let path = place.path.clone();
        let there = off_thread(move || {
            let root = path.canonicalize().ok().filter(|path| path.is_dir())?;
            let empty = !can_be_reached(&root);
            Some((root, empty))
        })
        .await;
        let known = watched.get(&place.id).map(|known| (known.root.clone(), known.empty));
        match (there, known) {
            (Some(there), known) if known.as_ref() != Some(&there) => {
                let (ears, id, (root, empty)) = (ears.clone(), place.id, there);
                let at = root.clone();
                let watcher = off_thread(move || watch(&at, id, &ears)).await;
                let folder = Watched {
                    root,
                    empty,
                    watcher,
                    looked: Instant::now(),
                };
                watched.insert(place.id, folder);
                due.push(place.id);
                different = true;
            }
            (None, Some(_)) => {
                watched.remove(&place.id);
                different = true;
            }
            (Some(_), _) => {
                if let Some(folder) = watched.get_mut(&place.id)
                    && folder.watcher.is_none()
                    && folder.looked.elapsed() > UNWATCHED
                {
                    folder.looked = Instant::now();
                    due.push(place.id);
                }
            }
            (None, None) => {}
        }
    }
    watched.retain(|id, _| roots.root(*id).is_some());
    let ids = watched.iter().filter(|(_, folder)| folder.watcher.is_some());
    *lock(&shared.watching.watched) = ids.map(|(id, _)| *id).collect();
    for folder in due {
        look_at(shared, folder, None).await;
    }
    if different {
        match folders(shared).await {
            Ok(folders) => shared.tell(Event::Folders(folders)),
            Err(error) => tracing::warn!(%error, "the folders of the library can't be told"),
        }
    }
}

async fn look_at(shared: &Arc<Shared>, folder: u32, places: Option<Vec<String>>) {
    match scan(shared, folder, places).await {
        Ok(found) if found != FolderLook::default() => {
            tracing::info!(?found, folder, "a folder of the library was looked at");
            if found.added > 0 {
                look::wake(shared);
            }
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, folder, "a folder of the library can't be looked at"),
    }
}

/// None: the system does not let us. Blocks.
fn watch(root: &Path, id: u32, ears: &mpsc::UnboundedSender<(u32, Heard)>) -> Option<RecommendedWatcher> {
    let ears = ears.clone();
    let hear = move |told: notify::Result<notify::Event>| {
        let heard = match told {
            Ok(event) if event.need_rescan() => Heard::Everything,
            Ok(event) if is_change(event.kind) => Heard::Paths(event.paths),
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "what happens in a folder could not be told");
                Heard::Everything
            }
        };
        drop(ears.send((id, heard)));
    };
    let watched = notify::recommended_watcher(hear).and_then(|mut watcher| {
        watcher.watch(root, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    watched
        .inspect_err(|error| tracing::warn!(%error, root = %root.display(), "a folder can't be watched"))
        .ok()
}

/// Reading a file changes nothing in it; closing one that was open for writing does.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_) => true,
        EventKind::Access(_) | EventKind::Other => false,
    }
}

/// Where something happened, by folder. None: everywhere.
#[derive(Default)]
struct Places(BTreeMap<u32, Option<BTreeSet<String>>>);

impl Places {
    fn add(&mut self, watched: &BTreeMap<u32, Watched>, (folder, heard): (u32, Heard)) {
        let Some(root) = watched.get(&folder).map(|folder| &folder.root) else {
            return;
        };
        match heard {
            Heard::Everything => drop(self.0.insert(folder, None)),
            Heard::Paths(paths) => {
                let named: Vec<String> = paths.iter().filter_map(|path| place(root, path)).collect();
                if named.is_empty() {
                    return;
                }
                if let Some(places) = self.0.entry(folder).or_insert_with(|| Some(BTreeSet::new())) {
                    places.extend(named);
                    if places.len() > MOST_PLACES {
                        self.0.insert(folder, None);
                    }
                }
            }
        }
    }

    async fn look(self, shared: &Arc<Shared>) {
        for (folder, places) in self.0 {
            look_at(shared, folder, places.map(|places| places.into_iter().collect())).await;
        }
    }
}

/// A path as the index names it; none: nothing of ours happens there.
fn place(root: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = below.components().map(|part| part.as_os_str().to_str()).collect();
    let parts = parts?;
    if parts.is_empty() || parts.iter().any(|part| part.starts_with('.')) {
        return None;
    }
    let name = parts.join("/");
    (name != "atelier.jsonl").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_in_hidden_places_and_elsewhere_is_not_looked_at() {
        let root = Path::new("/library");
        let at = |path: &str| place(root, Path::new(path));
        assert_eq!(at("/library/day/a.png").as_deref(), Some("day/a.png"));
        assert_eq!(at("/library/day").as_deref(), Some("day"));
        for nothing in [
            "/library",
            "/library/.trash/x/a.png",
            "/library/day/.x.part",
            "/other/a.png",
            "/library/atelier.jsonl",
        ] {
            assert_eq!(at(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn reading_a_file_is_no_change() {
        use notify::event::{CreateKind, ModifyKind};
        assert!(!is_change(EventKind::Access(AccessKind::Read)));
        assert!(!is_change(EventKind::Access(AccessKind::Close(AccessMode::Read))));
        assert!(is_change(EventKind::Access(AccessKind::Close(AccessMode::Write))));
        assert!(is_change(EventKind::Create(CreateKind::File)));
        assert!(is_change(EventKind::Modify(ModifyKind::Any)));
    }
}
