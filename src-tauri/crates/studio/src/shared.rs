//! What the worker, the queue and the door ([`Studio`](crate::Studio)) share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use novelai::model::Registry;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::account::Purse;
use crate::credentials::Credentials;
use crate::database::Database;
use crate::disk::Disk;
use crate::draft::Draft;
use crate::event::Event;
use crate::folders::Folders;
use crate::jobs::retry::Patience;
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState, journal};
use crate::library::save::Shelf;
use crate::library::thumbnails::Thumbnails;

/// Everything that lives as long as the studio.
pub(crate) struct Shared {
    pub(crate) folders: Folders,
    pub(crate) database: Database,
    pub(crate) thumbnails: Thumbnails,
    pub(crate) disk: Disk,
    pub(crate) patience: Patience,
    pub(crate) registry: Arc<Registry>,
    pub(crate) credentials: Credentials,
    pub(crate) purse: Purse,
    pub(crate) draft: Mutex<Draft>,
    pub(crate) events: broadcast::Sender<Event>,
    /// Rung when there may be something to do for the worker.
    pub(crate) wake: Notify,
    /// Cancelled when the studio closes.
    pub(crate) closing: CancellationToken,
    /// Jobs about which more is known than the journal says.
    live: Mutex<HashMap<Uuid, Live>>,
    /// Answers that the disk refused, by job.
    pub(crate) held: Mutex<HashMap<Uuid, Spool>>,
    /// One at a time turns kept bytes into pictures.
    pub(crate) saving: tokio::sync::Mutex<()>,
}

/// What is known of a job beyond the journal.
#[derive(Debug, Clone)]
struct Live {
    state: JobState,
    preview: Option<Bytes>,
    cancel: CancellationToken,
}

/// What a [`Shared`] is made of.
pub(crate) struct Parts {
    pub(crate) folders: Folders,
    pub(crate) database: Database,
    pub(crate) thumbnails: Thumbnails,
    pub(crate) disk: Disk,
    pub(crate) patience: Patience,
    pub(crate) registry: Arc<Registry>,
    pub(crate) credentials: Credentials,
    pub(crate) purse: Purse,
}

/// Events that a slow receiver may fall behind before it has to read the state anew.
const BACKLOG: usize = 512;

impl Shared {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            draft: Mutex::new(Draft::in_folder(&parts.folders.data)),
            folders: parts.folders,
            database: parts.database,
            thumbnails: parts.thumbnails,
            disk: parts.disk,
            patience: parts.patience,
            registry: parts.registry,
            credentials: parts.credentials,
            purse: parts.purse,
            events: broadcast::Sender::new(BACKLOG),
            wake: Notify::new(),
            closing: CancellationToken::new(),
            live: Mutex::default(),
            held: Mutex::default(),
            saving: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn shelf(&self) -> Shelf {
        Shelf {
            library: self.folders.library.clone(),
            database: self.database.clone(),
            disk: self.disk.clone(),
        }
    }

    /// Tells whoever listens. That nobody does is fine.
    pub(crate) fn tell(&self, event: Event) {
        drop(self.events.send(event));
    }

    pub(crate) fn tell_account(&self) {
        self.tell(Event::Account(self.purse.state()));
    }

    fn live(&self) -> MutexGuard<'_, HashMap<Uuid, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker takes a job up. What is given cancels it.
    pub(crate) fn take_up(&self, job: &Job) -> CancellationToken {
        let cancel = CancellationToken::new();
        self.live().insert(
            job.id,
            Live {
                state: job.state.clone(),
                preview: None,
                cancel: cancel.clone(),
            },
        );
        cancel
    }

    /// The journal says it all again.
    pub(crate) fn lay_down(&self, id: Uuid) {
        self.live().remove(&id);
    }

    /// A state that the journal does not know (yet): it is shown until the job is laid down.
    pub(crate) fn show(&self, job: &Job, state: JobState) {
        if let Some(live) = self.live().get_mut(&job.id) {
            live.state = state.clone();
        }
        self.tell(Event::Job(Job { state, ..job.clone() }));
    }

    /// A job ends. If the journal can't take it, the end is shown all the same, and written down when that works again.
    pub(crate) async fn end(&self, job: &Job, state: JobState) {
        let (id, end) = (job.id, state.clone());
        let written = self
            .database
            .call(move |connection| {
                journal::settle(connection, id, &end)?;
                journal::get(connection, id)
            })
            .await;
        match written {
            Ok(stored) => {
                self.lay_down(id);
                self.tell(Event::Job(stored.unwrap_or(Job { state, ..job.clone() })));
            }
            Err(error) => {
                tracing::error!(%error, job = %id, "the journal could not take the end of a job");
                self.take_up(job);
                self.show(job, state);
            }
        }
    }

    /// Jobs that have ended without the journal knowing. They must not be taken up again.
    pub(crate) fn unwritten(&self) -> Vec<Uuid> {
        let live = self.live();
        live.iter()
            .filter(|(_, live)| live.state.is_settled())
            .map(|(id, _)| *id)
            .collect()
    }

    /// Tells the journal what it could not take before.
    pub(crate) async fn write_unwritten(&self) {
        for id in self.unwritten() {
            let Some(state) = self.live().get(&id).map(|live| live.state.clone()) else {
                continue;
            };
            let written = self
                .database
                .call(move |connection| journal::settle(connection, id, &state))
                .await;
            if written.is_ok() {
                self.lay_down(id);
            }
        }
    }

    pub(crate) fn set_preview(&self, id: Uuid, preview: Option<Bytes>) {
        if let Some(live) = self.live().get_mut(&id) {
            live.preview = preview;
        }
    }

    pub(crate) fn preview(&self, id: Uuid) -> Option<Bytes> {
        self.live().get(&id).and_then(|live| live.preview.clone())
    }

    /// Asks the worker to drop a job. `false`: it does not have it.
    pub(crate) fn cancel_live(&self, id: Uuid) -> bool {
        let live = self.live();
        let Some(job) = live.get(&id) else {
            return false;
        };
        job.cancel.cancel();
        true
    }

    /// A job as the journal has it, with what is known beyond.
    pub(crate) fn as_seen(&self, mut job: Job) -> Job {
        if let Some(live) = self.live().get(&job.id) {
            job.state = live.state.clone();
        }
        job
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, HashMap<Uuid, Spool>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
