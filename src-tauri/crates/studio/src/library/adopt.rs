//! Pictures from outside that become part of the library: copied byte for byte under a name of their own, and indexed with
//! what they say about themselves.
//!
//! A picture's id is that of its content, so that the same one is found again however often it is added. What already lies
//! in the library folder gets its row and no copy. As with pictures that were made, the name is in the index before the
//! file is written, so that a crash leaves nothing doubled.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use novelai::metadata;
use novelai::model::Registry;
use novelai::request::PictureId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::clock;
use crate::disk::{Step, off_thread};
use crate::door::Studio;
use crate::error::Error;
use crate::event::Event;
use crate::inputs::{PictureFormat, RefusedFile, look_at};
use crate::library::details::Details;
use crate::library::places::MAIN;
use crate::library::save::{Shelf, Written};
use crate::library::{ImageId, ImageRecord, index, names, trash};
use crate::shared::Shared;

/// What came of adding pictures to the library.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Adopted {
    /// Pictures that are new in the library, in the order that was asked for.
    pub added: Vec<ImageRecord>,
    /// Pictures that were there already.
    pub known: Vec<ImageRecord>,
    /// What was not added.
    pub refused: Vec<RefusedFile>,
}

impl Studio {
    /// Adds pictures from outside to the library. Those that are there already are found, and not doubled.
    ///
    /// # Errors
    ///
    /// Storage errors, where the library can't be written; what was added before that stays, and is announced.
    pub async fn add_to_library(&self, ids: Vec<PictureId>) -> Result<Adopted, Error> {
        // A window that is closed in the middle must not stop it between a file and its row.
        let shared = self.shared().clone();
        let adopting = tokio::spawn(async move {
            let mut adopted = Adopted::default();
            let outcome = adopt_all(&shared, ids, &mut adopted).await;
            if !adopted.added.is_empty() {
                shared.tell(Event::Library {
                    added: adopted.added.clone(),
                    removed: Vec::new(),
                });
            }
            outcome.map(|()| adopted)
        });
        adopting.await.map_err(Error::internal)?
    }
}

async fn adopt_all(shared: &Arc<Shared>, ids: Vec<PictureId>, adopted: &mut Adopted) -> Result<(), Error> {
    // One at a time: two of the same content must not both be new.
    let _alone = shared.saving.lock().await;
    for id in ids {
        let found = {
            let shared = shared.clone();
            off_thread(move || find(&shared, &id)).await
        };
        match found {
            Ok(found) => match adopt(shared, found).await? {
                Outcome::Added(record) => adopted.added.push(record),
                Outcome::Known(record) => adopted.known.push(record),
            },
            Err(refused) => adopted.refused.push(refused),
        }
    }
    Ok(())
}

/// A picture on its way into the library.
struct Found {
    record: ImageRecord,
    details: Details,
    bytes: Bytes,
    /// Its path below the library folder, where it lies there.
    inside: Option<String>,
    /// What its file is to be called.
    stem: String,
}

enum Outcome {
    Added(ImageRecord),
    Known(ImageRecord),
}

fn find(shared: &Shared, id: &PictureId) -> Result<Found, RefusedFile> {
    let info = shared.inputs.info(id);
    let name = info
        .as_ref()
        .map_or_else(|| "picture".to_owned(), |info| info.name.clone());
    let refuse = |reason: String| RefusedFile {
        name: name.clone(),
        reason,
    };
    let bytes = shared.inputs.required(id).map_err(|error| refuse(error.message))?;
    let info = look_at(&name, &bytes).map_err(refuse)?;
    let origin = shared.inputs.origin(id);
    let inside = origin.and_then(|origin| below(&shared.folders.library, &origin, &bytes));
    let (record, details) = described(&bytes, (info.width, info.height), info.format, &shared.registry);
    Ok(Found {
        record,
        details,
        stem: stem(&name),
        bytes,
        inside,
    })
}

/// The path of a file below the library folder, where it lies there and is still what was read.
fn below(library: &Path, file: &Path, bytes: &[u8]) -> Option<String> {
    let library = library.canonicalize().ok()?;
    let file = file.canonicalize().ok()?;
    let below = file.strip_prefix(&library).ok()?;
    let parts: Option<Vec<&str>> = below
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
        })
        .collect();
    let same = fs::read(&file).is_ok_and(|there| there == bytes);
    parts.filter(|_| same).map(|parts| parts.join("/"))
}

async fn adopt(shared: &Arc<Shared>, mut found: Found) -> Result<Outcome, Error> {
    // What was thrown away is brought back, with all that was said of it.
    let content = found.details.content.clone();
    let trashed = shared
        .database
        .call(move |connection| index::trashed_with(connection, content.as_deref()))
        .await?;
    if let Some(id) = trashed
        && let Some(record) = trash::restore(shared, vec![id]).await?.pop()
    {
        return Ok(Outcome::Added(record));
    }
    let content = found.details.content.clone();
    let missing = shared
        .database
        .call(move |connection| index::missing_with(connection, content.as_deref()))
        .await?;
    // Its file was missing, and all that was said of it is still there.
    if let Some(id) = missing {
        found.record.id = id;
    }
    if let Some(known) = known(shared, &found).await? {
        return Ok(Outcome::Known(known));
    }
    if let Some(file_name) = found.inside {
        let record = ImageRecord {
            file_name,
            ..found.record
        };
        return take_up(shared, record, found.details).await;
    }
    write(&shared.shelf(), found).await
}

/// Takes up a picture that lies in the library folder. Where it was known in another place, it was moved.
async fn take_up(shared: &Shared, record: ImageRecord, details: Details) -> Result<Outcome, Error> {
    shared
        .database
        .call(move |connection| {
            if index::add(connection, &record, &details)? {
                return Ok(Outcome::Added(record));
            }
            index::move_to(connection, &record.id, &record.file_name)?;
            index::confirm_one(connection, &record.id)?;
            let known = index::get(connection, &record.id)?;
            Ok(Outcome::Known(known.unwrap_or(record)))
        })
        .await
}

/// The picture of the library that this one is, if it is one.
async fn known(shared: &Shared, found: &Found) -> Result<Option<ImageRecord>, Error> {
    let (record, inside) = (found.record.clone(), found.inside.clone());
    let candidates = shared
        .database
        .call(move |connection| {
            if let Some(known) = index::get(connection, &record.id)? {
                return Ok(vec![known]);
            }
            if let Some(file) = inside
                && let Some(known) = index::of_file(connection, &file)?
            {
                return Ok(vec![known]);
            }
            index::like(connection, &record)
        })
        .await?;
    let (roots, bytes) = (shared.places.roots(), found.bytes.clone());
    Ok(off_thread(move || {
        let is_it = |candidate: &ImageRecord| {
            let path = roots.path(candidate.folder, &candidate.file_name);
            path.is_some_and(|path| is_file_of(&path, &bytes))
        };
        candidates.into_iter().find(is_it)
    })
    .await)
}

fn is_file_of(path: &Path, bytes: &[u8]) -> bool {
    fs::metadata(path).is_ok_and(|about| about.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|there| there == bytes)
}

/// Writes the copy durably, and takes it up into the index.
async fn write(shelf: &Shelf, found: Found) -> Result<Outcome, Error> {
    let Found {
        mut record,
        details,
        bytes,
        stem,
        ..
    } = found;
    loop {
        record = plan(shelf, (record, details.clone()), stem.clone(), bytes.clone()).await?;
        let (shelf_here, planned, bytes) = (shelf.clone(), record.clone(), bytes.clone());
        match off_thread(move || shelf_here.write(&planned, &bytes)).await? {
            Written::Durable => break,
            // Somebody was faster: the next free name.
            Written::NameTaken => {}
        }
    }
    let (id, disk) = (record.id.clone(), shelf.disk.clone());
    let confirmed = shelf
        .database
        .call(move |connection| {
            if let Err(error) = disk.at(Step::Settle) {
                return Ok(Err(Error::storage(&error, "taking a picture up into the library")));
            }
            index::confirm_one(connection, &id).map(Ok)
        })
        .await??;
    // Where it was known, only its file was missing.
    Ok(confirmed.map_or(Outcome::Known(record), Outcome::Added))
}

/// The picture's row: what an earlier try left, if its name is still free or its own, or a new one.
async fn plan(
    shelf: &Shelf,
    (record, details): (ImageRecord, Details),
    stem: String,
    bytes: Bytes,
) -> Result<ImageRecord, Error> {
    let (library, disk) = (shelf.library.clone(), shelf.disk.clone());
    let day = clock::now_local();
    shelf
        .database
        .call(move |connection| {
            let mut planned = record;
            let before = index::get_any(connection, &planned.id)?;
            let is_new = before.is_none();
            let is_missing = index::is_missing(connection, &planned.id)?;
            if let Some((before, _)) = before {
                planned = before;
                let place = library.join(&planned.file_name);
                let free = fs::symlink_metadata(&place).is_err() || is_file_of(&place, &bytes);
                if free && planned.folder == MAIN && !is_missing {
                    return Ok(Ok(planned));
                }
            }
            if let Err(error) = disk.at(Step::PlanPictures) {
                return Ok(Err(Error::storage(&error, "planning a picture")));
            }
            for file_name in candidates(day, &stem, index::extension(planned.format)) {
                planned.file_name = file_name;
                if fs::symlink_metadata(library.join(&planned.file_name)).is_ok() {
                    continue;
                }
                let taken = if is_new {
                    index::plan(connection, &planned, &details)?
                } else {
                    index::move_to(connection, &planned.id, &planned.file_name)?
                };
                if taken {
                    break;
                }
            }
            Ok(Ok(planned))
        })
        .await?
}

/// Names to try, in this order, until one is free.
fn candidates(day: OffsetDateTime, stem: &str, extension: &str) -> impl Iterator<Item = String> {
    let path = format!("{:04}-{:02}-{:02}/{stem}", day.year(), u8::from(day.month()), day.day());
    let extension = extension.to_owned();
    (1_u32..).map(move |attempt| match attempt {
        1 => format!("{path}.{extension}"),
        more => format!("{path}-{more}.{extension}"),
    })
}

/// The name of a file without its ending, safe on every system.
fn stem(name: &str) -> String {
    let ending = PathBuf::from(name);
    let ending = ending
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let known = ["png", "jpg", "jpeg", "webp"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known));
    let stem = if known {
        &name[..name.len() - ending.len() - 1]
    } else {
        name
    };
    let safe = names::safe_part(stem);
    if safe.is_empty() { "picture".to_owned() } else { safe }
}

/// A picture's row as far as the picture tells: its name is still open. Its id is that of its content.
pub(crate) fn described(
    bytes: &[u8],
    (width, height): (u32, u32),
    format: PictureFormat,
    registry: &Registry,
) -> (ImageRecord, Details) {
    let said = metadata::read(bytes).ok();
    let said = said.as_ref();
    let model = said
        .and_then(|said| said.source.as_deref())
        .and_then(|source| registry.model_of_source(source));
    let details = Details::of(said, bytes);
    let record = ImageRecord {
        id: ImageId(details.content.clone().unwrap_or_default()),
        job: None,
        folder: MAIN,
        file_name: String::new(),
        width,
        height,
        seed: said.and_then(metadata::Metadata::seed),
        model: model.map(|(model, _)| model.id.0.clone()),
        prompt: said.and_then(metadata::Metadata::prompt).unwrap_or_default().to_owned(),
        created: clock::now_ms(),
        format,
        // A file does not tell.
        parent: None,
        kind: details.kind,
        rating: 0,
        mark: None,
    };
    (record, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_name_as_far_as_every_system_takes_it() {
        for (name, expected) in [
            ("sea.png", "sea"),
            ("sea.at.night.JPEG", "sea.at.night"),
            ("sea", "sea"),
            ("sea.2026", "sea.2026"),
            (".png", "png"),
            ("CON.png", "_CON"),
            ("a:b?.webp", "a_b_"),
            ("海の絵.webp", "海の絵"),
            ("..", "picture"),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let day = OffsetDateTime::UNIX_EPOCH;
        let names: Vec<String> = candidates(day, "sea", "png").take(3).collect();
        assert_eq!(
            names,
            ["1970-01-01/sea.png", "1970-01-01/sea-2.png", "1970-01-01/sea-3.png"]
        );
    }
}
