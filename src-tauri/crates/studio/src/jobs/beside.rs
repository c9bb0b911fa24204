//! The queue from beside: for a process that does not work on it, while another one may. What is changed here, a window
//! that has the data folder open sees within a second or two.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use novelai::cost;
use novelai::model::Registry;
use novelai::prompt::settle;
use novelai::request::{GenerateRequest, PictureId, Source};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::database::open_beside;
use crate::error::{Error, ErrorCode};
use crate::folders::{Folders, make_private};
use crate::inputs::{self, Store};
use crate::jobs::overview::QueueList;
use crate::jobs::verdict::{self, Choice, Verdict};
use crate::jobs::{Job, JobState, Work, Written, control, journal};
use crate::prompt_files::wildcards_in;
use crate::server::SANDBOX;
use crate::vibes::Encodings;

/// The queue of a data folder.
pub struct QueueBeside {
    connection: Mutex<Connection>,
    folders: Folders,
}

impl QueueBeside {
    /// Opens the queue of a data folder, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// A storage error where it can't be opened, or a window of another version has it.
    pub fn open(data: &Path) -> Result<Self, Error> {
        make_private(data).map_err(|error| Error::storage(&error, "making the data folder"))?;
        let folders = Folders {
            data: data.to_owned(),
            library: data.to_owned(),
        };
        Ok(Self {
            connection: Mutex::new(open_beside(&folders)?),
            folders,
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A list of jobs.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn list(&self, list: QueueList, limit: u32) -> Result<Vec<Job>, Error> {
        Ok(journal::listed(&self.connection(), &list.page(), [limit, 0])?)
    }

    /// Whether nothing new is begun.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn is_paused(&self) -> Result<bool, Error> {
        Ok(control::is_paused(&self.connection())?)
    }

    /// Nothing new is begun from now on; or it is again.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn set_paused(&self, paused: bool) -> Result<(), Error> {
        Ok(control::set_paused(&self.connection(), paused)?)
    }

    /// Keeps a picture from outside by its content, and gives the id under which a request can name it. Blocks as long as
    /// looking at every pixel takes.
    ///
    /// # Errors
    ///
    /// `refused` with the reason where it is no picture that can be taken, or could not be kept; storage errors.
    pub fn keep_picture(&self, name: &str, bytes: &[u8], registry: &Registry) -> Result<PictureId, Error> {
        // Nobody may have opened this data folder in a window yet.
        make_private(&self.folders.inputs())
            .map_err(|error| Error::storage(&error, "making the folder for pictures"))?;
        let encodings = Encodings::in_folder(self.folders.encodings());
        let added = inputs::add(&self.inputs(), &encodings, registry, name, bytes);
        if let Some(picture) = added.pictures.into_iter().next() {
            return Ok(picture.id);
        }
        let reason = added.refused.into_iter().next().map(|refused| refused.reason);
        let reason = reason.unwrap_or_else(|| "This is a vibe. A picture is needed here.".into());
        Err(Error::new(ErrorCode::Refused, reason).with_detail(name))
    }

    fn inputs(&self) -> Store {
        Store::in_folder(self.folders.inputs())
    }

    /// Queues a request for a server (a host, or none for the sandbox) under an id, once. What is drawn in it is drawn now.
    /// Its price is asked about when its turn comes, above what is agreed to here.
    ///
    /// # Errors
    ///
    /// `refused` where it could not be sent, or has vibes: what encodes them is queued in a window; `notFound` where a
    /// picture of it was not kept; storage errors.
    pub fn add(
        &self,
        id: Uuid,
        mut request: GenerateRequest,
        server: Option<String>,
        agreed: Option<u32>,
        registry: &Registry,
    ) -> Result<Job, Error> {
        if !request.references.vibes.is_empty() {
            let message =
                "Vibes are encoded by jobs of their own. Queue this in the window, or send it with `nai generate`.";
            return Err(Error::new(ErrorCode::Refused, message).with_detail("references"));
        }
        for picture in pictures(&request) {
            self.inputs().required(picture)?;
        }
        request.pick_seed(crate::jobs::queue::pick);
        let texts = Written::of(&request);
        let drawn = settle(&request, &wildcards_in(&self.folders.data)).request;
        // Whatever has a price can also be sent.
        cost::estimate(&drawn, registry, None)?;
        let written = (Written::of(&drawn) != texts).then_some(texts);
        let work = Work::Generate {
            request: Box::new(drawn),
            written,
        };
        let server = server.unwrap_or_else(|| SANDBOX.to_owned());
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let (job, _) = journal::insert(&transaction, &Job::new(id, work, server, None))?;
        transaction.execute(
            "UPDATE jobs SET agreed = ?2 WHERE id = ?1",
            params![id.to_string(), agreed],
        )?;
        transaction.commit()?;
        Ok(job)
    }

    /// Does what the person decided about an unsettled job. Gives the job that is sent once more, if one is.
    ///
    /// # Errors
    ///
    /// `notFound`; `refused` where it is not unsettled, or its answer is here and can be saved; storage errors.
    pub fn settle(&self, id: Uuid, choice: Choice) -> Result<Option<Job>, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let job = journal::get(&transaction, id)?
            .ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such job.").with_detail(id))?;
        if !matches!(job.state, JobState::Unsettled { .. }) {
            return Err(Error::new(ErrorCode::Refused, "This job is not unsettled.").with_detail("id"));
        }
        let again = match choice {
            Choice::Leave => None,
            Choice::SendAgain => {
                let again = Job::new(verdict::once_more(id), job.work, job.server, job.anlas);
                Some(journal::insert(&transaction, &again)?.0)
            }
        };
        journal::dismiss(&transaction, id)?;
        transaction.commit()?;
        Ok(again)
    }
}

/// The pictures that a request names, but for vibes.
fn pictures(request: &GenerateRequest) -> Vec<&PictureId> {
    let mut pictures: Vec<&PictureId> = request
        .references
        .precise
        .iter()
        .map(|precise| &precise.image)
        .collect();
    match &request.source {
        Source::Text => {}
        Source::Image { image, .. } => pictures.push(image),
        Source::Inpaint { image, mask, .. } => pictures.extend([image, mask]),
    }
    pictures
}

impl Verdict {
    /// Whether it is safe to send it again.
    #[must_use]
    pub fn is_safe(self) -> bool {
        self == Self::NotCharged
    }
}
