//! Writing pictures so that nothing is lost, torn, doubled or overwritten.
//!
//! A picture's id follows from its job and its place in the batch, and its name is in the index before its file is
//! written. Whoever comes back after a crash finds the name there, finds the file or not, and goes on; a second picture
//! can't arise.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use novelai::metadata;
use novelai::request::PictureId;
use novelai::response::Picture;
use rusqlite::Connection;
use uuid::Uuid;

use crate::clock;
use crate::database::Database;
use crate::disk::{Disk, Step, off_thread, remove_if_there, rename_without_overwriting, sync_file, sync_folder};
use crate::error::{Error, ErrorCode};
use crate::jobs::Job;
use crate::jobs::piece::piece_of;
use crate::library::details::{Details, Kind};
use crate::library::names::{self, ToldOf, Values};
use crate::library::places::MAIN;
use crate::library::template::Template;
use crate::library::{ImageId, ImageRecord, index};

/// Where pictures are written.
#[derive(Clone)]
pub(crate) struct Shelf {
    pub(crate) library: PathBuf,
    /// How pictures are named.
    pub(crate) names: Template,
    pub(crate) database: Database,
    pub(crate) disk: Disk,
}

/// Whose pictures they are.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    job: Uuid,
    seed: Option<u32>,
    model: Option<String>,
    prompt: String,
    /// The input that they were made of.
    source: Option<PictureId>,
    /// The picture of the library that they were made of instead, where it is there.
    ground: Option<ImageId>,
    /// How they came to be, where they don't say it themselves.
    kind: Option<Kind>,
}

impl Origin {
    pub(crate) fn of(job: &Job) -> Self {
        Self {
            job: job.id,
            seed: job.work.request().and_then(|request| request.sampling.seed),
            model: job.work.model().map(|model| model.0.clone()),
            prompt: job.work.prompt().to_owned(),
            source: job.work.source().cloned(),
            ground: piece_of(&job.work)
                .and_then(|(_, _, paste)| paste.after.clone())
                .map(|after| ImageId(after.0)),
            kind: Kind::of_work(&job.work),
        }
    }

    /// A save of an edit: the words are still those of the picture that it began with, the seed no longer makes it.
    pub(crate) fn of_edit(edit: Uuid, parent: Option<&ImageRecord>) -> Self {
        Self {
            job: edit,
            seed: None,
            model: parent.and_then(|parent| parent.model.clone()),
            prompt: parent.map(|parent| parent.prompt.clone()).unwrap_or_default(),
            source: None,
            ground: parent.map(|parent| parent.id.clone()),
            kind: Some(Kind::Edit),
        }
    }

    /// What the pictures of a forgotten job say themselves.
    pub(crate) fn from_pictures(job: Uuid, pictures: &[Picture]) -> Self {
        let metadata = pictures
            .first()
            .and_then(|first| Some((first.index, metadata::read(&first.bytes).ok()?)));
        let (seed, prompt) = metadata.map_or((None, None), |(index, metadata)| {
            let seed = metadata.seed().map(|seed| seed.wrapping_sub(index));
            (seed, metadata.prompt().map(ToOwned::to_owned))
        });
        Self {
            job,
            seed,
            model: None,
            prompt: prompt.unwrap_or_default(),
            source: None,
            ground: None,
            kind: None,
        }
    }

    /// The same, made of this input.
    pub(crate) fn with_source(self, source: Option<&PictureId>) -> Self {
        Self {
            source: source.cloned(),
            ..self
        }
    }

    fn described(&self, picture: &Picture) -> (ImageRecord, Details) {
        let said = metadata::read_texts(&picture.bytes).ok();
        let details = Details::of(said.as_ref(), &picture.bytes);
        let record = ImageRecord {
            id: ImageId::of_job(self.job, picture.index),
            job: Some(self.job),
            folder: MAIN,
            file_name: String::new(),
            width: picture.size.width,
            height: picture.size.height,
            seed: self.seed_of(picture.index),
            model: self.model.clone(),
            prompt: self.prompt.clone(),
            created: clock::now_ms(),
            format: picture.format.into(),
            parent: None,
            kind: self.kind.unwrap_or(details.kind),
            rating: 0,
            mark: None,
        };
        (record, details)
    }

    /// The picture of the library that they were made of.
    fn parent(&self, connection: &Connection) -> rusqlite::Result<Option<ImageId>> {
        if let Some(ground) = &self.ground
            && index::get(connection, ground)?.is_some()
        {
            return Ok(Some(ground.clone()));
        }
        match &self.source {
            Some(source) => index::origin(connection, source),
            None => Ok(None),
        }
    }

    fn values(&self, index: u32, record: &ImageRecord) -> Values {
        Values {
            at: clock::now_local(),
            seed: self.seed_of(index),
            index,
            job: self.job,
            told: Some(ToldOf {
                model: record.model.clone(),
                prompt: record.prompt.clone(),
                width: record.width,
                height: record.height,
                kind: record.kind,
            }),
        }
    }

    /// Picture i of a batch is painted with the seed plus i (api.md 2.1).
    fn seed_of(&self, index: u32) -> Option<u32> {
        self.seed.map(|seed| seed.wrapping_add(index))
    }
}

impl Shelf {
    /// Writes pictures durably. They stay pending: the caller confirms them in the transaction that settles their job.
    /// Doing it again after a crash writes only what is missing.
    pub(crate) async fn save(&self, origin: &Origin, pictures: Vec<Picture>) -> Result<Vec<ImageId>, Error> {
        let mut saved = Vec::new();
        for picture in pictures {
            let described = {
                let (origin, picture) = (origin.clone(), picture.clone());
                off_thread(move || origin.described(&picture)).await
            };
            let values = origin.values(picture.index, &described.0);
            let mut record = self.plan(origin, described, values.clone()).await?;
            let bytes = Arc::new(picture.bytes);
            loop {
                let shelf = self.clone();
                let (planned, bytes) = (record.clone(), bytes.clone());
                let written = off_thread(move || shelf.write(&planned, &bytes)).await?;
                match written {
                    Written::Durable => break,
                    Written::NameTaken => {
                        record = self.plan_another_name(record, values.clone()).await?;
                    }
                }
            }
            saved.push(record.id);
        }
        Ok(saved)
    }

    /// The picture's row: the one that an earlier try left, or a new one under a name that is free.
    async fn plan(
        &self,
        origin: &Origin,
        (mut record, details): (ImageRecord, Details),
        values: Values,
    ) -> Result<ImageRecord, Error> {
        let (library, names) = (self.library.clone(), self.names.clone());
        let disk = self.disk.clone();
        let origin = origin.clone();
        self.database
            .call(move |connection| {
                if let Some((planned, _)) = index::get_any(connection, &record.id)? {
                    return Ok(Ok(planned));
                }
                if let Err(error) = disk.at(Step::PlanPictures) {
                    return Ok(Err(Error::storage(&error, "planning a picture")));
                }
                record.parent = origin.parent(connection)?;
                first_free((&library, &names), record, &values, |planned| {
                    index::plan(connection, planned, &details)
                })
                .map(Ok)
            })
            .await?
    }

    /// Somebody put another file under the planned name: the next free one.
    async fn plan_another_name(&self, record: ImageRecord, values: Values) -> Result<ImageRecord, Error> {
        let (library, names) = (self.library.clone(), self.names.clone());
        self.database
            .call(move |connection| {
                first_free((&library, &names), record, &values, |planned| {
                    index::rename_planned(connection, &planned.id, &planned.file_name)
                })
            })
            .await
    }

    pub(crate) fn write(&self, record: &ImageRecord, bytes: &[u8]) -> Result<Written, Error> {
        let target = self.place(&record.file_name)?;
        self.write_to(&target, &record.id, bytes)
            .map_err(|error| Error::storage(&error, format_args!("saving {}", target.display())))
    }

    fn write_to(&self, target: &Path, id: &ImageId, bytes: &[u8]) -> io::Result<Written> {
        let folder = target.parent().unwrap_or(&self.library);
        if let Ok(there) = fs::symlink_metadata(target) {
            if !there.is_file() || fs::read(target)? != bytes {
                return Ok(Written::NameTaken);
            }
            // It is ours, from before a crash; it may not have been synced.
            sync_file(target)?;
        } else {
            self.disk.at(Step::PictureCreate)?;
            let unfinished = folder.join(format!(".{id}.part"));
            remove_if_there(&unfinished)?;
            let mut file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
            let written = (|| {
                self.disk.at(Step::PictureWrite)?;
                file.write_all(bytes)?;
                self.disk.at(Step::PictureSync)?;
                file.sync_all()?;
                self.disk.at(Step::PictureRename)
            })();
            drop(file);
            match written.and_then(|()| rename_without_overwriting(&unfinished, target)) {
                Ok(()) => {}
                Err(error) => {
                    remove_if_there(&unfinished)?;
                    if error.kind() == io::ErrorKind::AlreadyExists {
                        return Ok(Written::NameTaken);
                    }
                    return Err(error);
                }
            }
        }
        self.disk.at(Step::FolderSync)?;
        sync_folder(folder)?;
        Ok(Written::Durable)
    }

    /// The place of a file below the library folder, with its folders made. A link that leads out of the library is
    /// not followed.
    fn place(&self, file_name: &str) -> Result<PathBuf, Error> {
        let trouble = |error: &io::Error, path: &Path| {
            Error::storage(error, format_args!("making the folder {}", path.display()))
        };
        let library = self
            .library
            .canonicalize()
            .map_err(|error| trouble(&error, &self.library))?;
        let mut parts: Vec<&str> = file_name.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        let mut folder = library.clone();
        for part in parts {
            let parent = folder.clone();
            folder.push(part);
            match fs::create_dir(&folder) {
                Ok(()) => sync_folder(&parent).map_err(|error| trouble(&error, &parent))?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(trouble(&error, &folder)),
            }
            folder = folder.canonicalize().map_err(|error| trouble(&error, &folder))?;
            if !folder.starts_with(&library) {
                return Err(Error::new(
                    ErrorCode::Storage,
                    "A folder of the library is a link that leads out of it. Remove the link, then try saving again.",
                )
                .with_detail(folder.display()));
            }
        }
        Ok(folder.join(name))
    }
}

/// How an attempt to write ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Durable,
    NameTaken,
}

/// The first name that no file has and that the index lets us take.
fn first_free(
    (library, names): (&Path, &Template),
    mut record: ImageRecord,
    values: &Values,
    mut take: impl FnMut(&ImageRecord) -> rusqlite::Result<bool>,
) -> rusqlite::Result<ImageRecord> {
    let extension = index::extension(record.format);
    for file_name in names::candidates(names, values, extension) {
        record.file_name = file_name;
        let has_file = fs::symlink_metadata(library.join(&record.file_name)).is_ok();
        if !has_file && take(&record)? {
            break;
        }
    }
    Ok(record)
}
