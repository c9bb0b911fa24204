//! What the person says about pictures: stars, marks, notes, albums, labels; in bulk, and with undo.
//!
//! A change goes into the library folder first (`library::diary`), and into the index afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::library::details::Mark;
use crate::library::diary::{self, Diary, Entry};
use crate::library::search::{album_numbers, found, note};
use crate::library::{ImageId, albums, index, labels, trash};
use crate::shared::Shared;

/// Pictures that are changed in one transaction: others have to get at the database between.
const BATCH: usize = 2000;
/// Steps that can be undone.
const MOST_STEPS: usize = 100;
/// Pictures that an event tells of; the page reads what it shows.
const TOLD: usize = 500;
/// The longest note, in characters.
const LONGEST_NOTE: usize = 10_000;
/// The longest name of an album.
const LONGEST_NAME: usize = 80;

/// Which pictures are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Chosen {
    /// These.
    Ids {
        /// Their ids.
        ids: Vec<ImageId>,
    },
    /// Those at places of what a search found.
    Found {
        /// The search's number.
        search: u32,
        /// From one place until before another.
        ranges: Vec<(u32, u32)>,
    },
}

/// What is said of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Change {
    /// Stars.
    Rate {
        /// 0 to 5; 0 takes them away.
        stars: u8,
    },
    /// Keep or reject, or neither.
    Mark {
        /// Which.
        mark: Option<Mark>,
    },
    /// A note.
    Note {
        /// The whole text.
        text: String,
    },
    /// Into an album, which is made where there is none.
    AddTo {
        /// Its name.
        album: String,
    },
    /// Out of an album.
    TakeOut {
        /// Its name.
        album: String,
    },
    /// A label of the person's own, at most 80 characters without a comma.
    Label {
        /// The label. One that differs in capital letters alone is the one that there is.
        label: String,
    },
    /// A label is taken away.
    Unlabel {
        /// The label, whatever its capital letters.
        label: String,
    },
}

/// What came of a change, of undoing or of doing again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// What it was.
    pub what: ChangeKind,
    /// So many pictures are different now.
    pub count: u32,
}

/// Kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// Stars.
    Rated,
    /// Keep or reject.
    Marked,
    /// A note.
    Noted,
    /// Into an album or out of it.
    Sorted,
    /// A label, or one less.
    Labelled,
    /// Into the trash.
    Trashed,
    /// An album has another name; the count is of its pictures.
    AlbumRenamed,
    /// An album went; the count is of its pictures, which stay.
    AlbumDeleted,
}

/// What is said of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) seq: i64,
    rating: u8,
    mark: Option<Mark>,
    note: String,
    pub(crate) albums: BTreeSet<i64>,
    labels: BTreeSet<String>,
}

/// One step that can be undone.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Said {
        what: ChangeKind,
        before: Vec<Said>,
        after: Vec<Said>,
    },
    Trashed(Vec<ImageId>),
    AlbumRenamed {
        from: String,
        to: String,
    },
    AlbumDeleted {
        number: i64,
        name: String,
        before: Vec<Said>,
        after: Vec<Said>,
    },
}

/// Steps that can be undone, and those that were.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl Timeline {
    pub(crate) fn push(&mut self, step: Step) {
        self.undone.clear();
        self.done.push(step);
        if self.done.len() > MOST_STEPS {
            self.done.remove(0);
        }
    }
}

impl Studio {
    /// Says something of pictures. It can be undone.
    ///
    /// # Errors
    ///
    /// `refused` for a name or stars that can't be, `notFound` where the search is long over, and storage errors: then
    /// what was done before that stays, and can be undone.
    pub async fn change_pictures(&self, chosen: Chosen, change: Change) -> Result<Changed, Error> {
        let change = checked(change)?;
        let shared = self.shared();
        let seqs = numbers(shared, chosen).await?;
        let what = kind_of(&change);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut outcome = Ok(());
        for batch in seqs.chunks(BATCH) {
            let (diary, batch, change) = (
                Diary::in_folder(&shared.folders.library),
                batch.to_vec(),
                change.clone(),
            );
            let done = shared
                .database
                .call(move |connection| {
                    let number = match &change {
                        Change::AddTo { album } => Some(diary::album_number(connection, album)?),
                        Change::TakeOut { album } => albums::number_of(connection, album)?,
                        Change::Rate { .. }
                        | Change::Mark { .. }
                        | Change::Note { .. }
                        | Change::Label { .. }
                        | Change::Unlabel { .. } => None,
                    };
                    let change = match change {
                        Change::Label { label } => Change::Label {
                            label: labels::as_it_is(connection, label)?,
                        },
                        other => other,
                    };
                    let mut states = Vec::new();
                    for seq in batch {
                        let Some(old) = read(connection, seq, false)? else {
                            continue;
                        };
                        let new = changed(old.clone(), &change, number);
                        if new != old {
                            states.push((old, new));
                        }
                    }
                    let new: Vec<Said> = states.iter().map(|(_, new)| new.clone()).collect();
                    Ok(write(connection, &diary, &new)?.map(|()| states))
                })
                .await;
            match done.and_then(|done| done) {
                Ok(states) => {
                    let (old, new): (Vec<Said>, Vec<Said>) = states.into_iter().unzip();
                    before.extend(old);
                    after.extend(new);
                }
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        let count = counted(after.len());
        if count > 0 {
            tell(shared, after.iter().map(|said| said.seq)).await;
            lock(&shared.timeline).push(Step::Said { what, before, after });
        }
        outcome.map(|()| Changed { what, count })
    }

    /// Takes the last change of pictures back; none: there is nothing to take back.
    ///
    /// # Errors
    ///
    /// Storage errors; then the change can still be taken back.
    pub async fn undo_change(&self) -> Result<Option<Changed>, Error> {
        let Some(step) = lock(&self.shared().timeline).done.pop() else {
            return Ok(None);
        };
        match self.step(&step, true).await {
            Ok(changed) => {
                lock(&self.shared().timeline).undone.push(step);
                Ok(Some(changed))
            }
            Err(error) => {
                lock(&self.shared().timeline).done.push(step);
                Err(error)
            }
        }
    }

    /// Does again what was taken back last; none: there is nothing to do again.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn redo_change(&self) -> Result<Option<Changed>, Error> {
        let Some(step) = lock(&self.shared().timeline).undone.pop() else {
            return Ok(None);
        };
        match self.step(&step, false).await {
            Ok(changed) => {
                lock(&self.shared().timeline).done.push(step);
                Ok(Some(changed))
            }
            Err(error) => {
                lock(&self.shared().timeline).undone.push(step);
                Err(error)
            }
        }
    }

    async fn step(&self, step: &Step, back: bool) -> Result<Changed, Error> {
        let shared = self.shared();
        match step {
            Step::Said { what, before, after } => {
                let states = if back { before } else { after };
                say(shared, states).await?;
                Ok(Changed {
                    what: *what,
                    count: counted(states.len()),
                })
            }
            Step::Trashed(ids) => {
                let count = if back {
                    trash::restore(shared, ids.clone()).await?.len()
                } else {
                    trash::put(shared, ids.clone()).await?.0.len()
                };
                Ok(Changed {
                    what: ChangeKind::Trashed,
                    count: counted(count),
                })
            }
            Step::AlbumRenamed { from, to } => {
                let (from, to) = if back { (to, from) } else { (from, to) };
                let count = albums::rename(shared, from.clone(), to.clone()).await?;
                Ok(Changed {
                    what: ChangeKind::AlbumRenamed,
                    count: counted(count),
                })
            }
            Step::AlbumDeleted {
                number,
                name,
                before,
                after,
            } => {
                if back {
                    let now = albums::bring_back(shared, *number, name.clone()).await?;
                    say(shared, &albums::under(before, *number, now)).await?;
                } else {
                    say(shared, after).await?;
                    albums::remove(shared, name.clone()).await?;
                }
                Ok(Changed {
                    what: ChangeKind::AlbumDeleted,
                    count: counted(before.len()),
                })
            }
        }
    }

    /// What the person noted of a picture, the albums that it is in, and its labels.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn said_of(&self, id: ImageId) -> Result<(String, Vec<String>, Vec<String>), Error> {
        self.shared()
            .reader
            .call(move |connection| {
                let Some(seq) = index::seq_of(connection, &id)? else {
                    return Ok(None);
                };
                diary::line_of(connection, seq).map(|line| Some((line.note, line.albums, line.labels)))
            })
            .await?
            .ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such picture in the library."))
    }
}

/// The numbers of the pictures that are meant.
pub(crate) async fn numbers(shared: &Arc<Shared>, chosen: Chosen) -> Result<Vec<i64>, Error> {
    match chosen {
        Chosen::Found { search, ranges } => {
            let all = found(shared, search)?;
            let mut seqs = BTreeSet::new();
            for (from, to) in ranges {
                let (from, to) = (from as usize, (to as usize).min(all.len()));
                seqs.extend(all.get(from..to).unwrap_or_default());
            }
            Ok(seqs.into_iter().collect())
        }
        Chosen::Ids { ids } => {
            shared
                .database
                .call(move |connection| {
                    let mut seqs = Vec::new();
                    for id in &ids {
                        seqs.extend(index::seq_of(connection, id)?);
                    }
                    Ok(seqs)
                })
                .await
        }
    }
}

fn checked(change: Change) -> Result<Change, Error> {
    Ok(match change {
        Change::Rate { stars } if stars > 5 => {
            return Err(Error::new(ErrorCode::Refused, "A picture has at most five stars.").with_detail("stars"));
        }
        Change::Note { text } => Change::Note {
            text: text.trim().chars().take(LONGEST_NOTE).collect(),
        },
        Change::AddTo { album } => Change::AddTo {
            album: album_name(&album)?,
        },
        Change::TakeOut { album } => Change::TakeOut {
            album: album_name(&album)?,
        },
        Change::Label { label } => Change::Label {
            label: labels::checked(&label)?,
        },
        Change::Unlabel { label } => Change::Unlabel {
            label: labels::checked(&label)?,
        },
        Change::Rate { .. } | Change::Mark { .. } => change,
    })
}

/// A name that an album can have.
pub(crate) fn album_name(name: &str) -> Result<String, Error> {
    let name = tidy(name);
    if name.is_empty() {
        return Err(Error::new(ErrorCode::Refused, "An album has a name.").with_detail("name"));
    }
    Ok(name)
}

/// A name without what can't be in one.
pub(crate) fn tidy(name: &str) -> String {
    let plain: String = name.chars().filter(|char| !char.is_control()).collect();
    plain.trim().chars().take(LONGEST_NAME).collect()
}

pub(crate) fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn kind_of(change: &Change) -> ChangeKind {
    match change {
        Change::Rate { .. } => ChangeKind::Rated,
        Change::Mark { .. } => ChangeKind::Marked,
        Change::Note { .. } => ChangeKind::Noted,
        Change::AddTo { .. } | Change::TakeOut { .. } => ChangeKind::Sorted,
        Change::Label { .. } | Change::Unlabel { .. } => ChangeKind::Labelled,
    }
}

fn changed(mut said: Said, change: &Change, album: Option<i64>) -> Said {
    match change {
        Change::Rate { stars } => said.rating = *stars,
        Change::Mark { mark } => said.mark = *mark,
        Change::Note { text } => said.note.clone_from(text),
        Change::AddTo { .. } => said.albums.extend(album),
        Change::TakeOut { .. } => {
            if let Some(album) = album {
                said.albums.remove(&album);
            }
        }
        Change::Label { label } => {
            said.labels.insert(label.clone());
        }
        Change::Unlabel { label } => {
            let plain = label.to_lowercase();
            said.labels.retain(|one| one.to_lowercase() != plain);
        }
    }
    said
}

/// What is said of a picture that is there, or even in the trash.
pub(crate) fn read(connection: &Connection, seq: i64, even_trashed: bool) -> rusqlite::Result<Option<Said>> {
    use rusqlite::OptionalExtension as _;
    let most = if even_trashed { 2 } else { 0 };
    connection
        .prepare_cached("SELECT rating, mark, note, albums, labels FROM images WHERE seq = ?1 AND pending IN (0, ?2)")?
        .query_row([seq, most], |row| {
            Ok(Said {
                seq,
                rating: row.get(0)?,
                mark: Mark::named(row.get_ref(1)?.as_str_or_null()?.unwrap_or_default()),
                note: row.get(2)?,
                albums: album_numbers(row.get_ref(3)?.as_str()?).collect(),
                labels: labels::of_list(row.get_ref(4)?.as_str()?).map(str::to_owned).collect(),
            })
        })
        .optional()
}

/// Writes states of pictures, and tells.
pub(crate) async fn say(shared: &Arc<Shared>, states: &[Said]) -> Result<(), Error> {
    for batch in states.chunks(BATCH) {
        let (diary, batch) = (Diary::in_folder(&shared.folders.library), batch.to_vec());
        shared
            .database
            .call(move |connection| write(connection, &diary, &batch))
            .await??;
    }
    tell(shared, states.iter().map(|said| said.seq)).await;
    Ok(())
}

/// Writes what is said of pictures: into the library folder, and then into the index.
fn write(connection: &mut Connection, diary: &Diary, states: &[Said]) -> rusqlite::Result<Result<(), Error>> {
    if states.is_empty() {
        return Ok(Ok(()));
    }
    let transaction = connection.transaction()?;
    let mut entries = Vec::new();
    {
        let mut update = transaction.prepare_cached(
            "UPDATE images SET rating = ?2, mark = ?3, note = ?4, albums = ?5, labels = ?6, told = 1 WHERE seq = ?1",
        )?;
        for said in states {
            let old: (String, String) = transaction
                .prepare_cached("SELECT note, labels FROM images WHERE seq = ?1")?
                .query_row([said.seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let albums = diary::album_list(&said.albums);
            let labels = labels::list(&said.labels);
            update.execute(params![
                said.seq,
                said.rating,
                said.mark.map(Mark::name),
                said.note,
                albums,
                labels
            ])?;
            if old != (said.note.clone(), labels) {
                note::note(&transaction, said.seq)?;
            }
            entries.push(Entry::Picture(diary::line_of(&transaction, said.seq)?));
        }
    }
    // The file first: what is durable there and not here, after a kill, is read again at the next start.
    let added = diary
        .length()
        .and_then(|before| diary.append(&entries).map(|length| (before, length)));
    let (before, length) = match added {
        Ok(lengths) => lengths,
        Err(error) => return Ok(Err(unwritten(&error, diary))),
    };
    diary::set_known(&transaction, length)
        .and_then(|()| transaction.commit())
        .inspect_err(|_| diary.cut(before))
        .map(Ok)
}

/// The library folder does not take what was said.
pub(crate) fn unwritten(error: &std::io::Error, diary: &Diary) -> Error {
    Error::storage(error, format_args!("writing {}", diary.path().display()))
}

/// Tells the page of pictures that are different now.
async fn tell(shared: &Arc<Shared>, seqs: impl Iterator<Item = i64>) {
    let seqs: Vec<i64> = seqs.take(TOLD).collect();
    match shared
        .database
        .call(move |connection| index::by_seq(connection, &seqs))
        .await
    {
        Ok(changed) => shared.tell(Event::PicturesChanged(changed)),
        Err(error) => tracing::warn!(%error, "pictures that have changed can't be read"),
    }
}
