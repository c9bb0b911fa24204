//! The notice board: what is known of jobs beyond the journal, and the only place from which jobs are announced.
//!
//! Announcements must come in the order of what they announce. What the journal says is announced on the database
//! thread, where it was read; what only the worker knows, under the lock that keeps it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rusqlite::Connection;
use tokio::sync::Notify;
use tokio::sync::broadcast::Sender;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::event::Event;
use crate::jobs::{Job, JobState, journal};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Board {
    live: Arc<Mutex<HashMap<Uuid, Live>>>,
    events: Sender<Event>,
    /// Rung when the queue as a whole has to be told anew.
    changed: Arc<Notify>,
}

/// What is known of a job beyond the journal.
struct Live {
    state: JobState,
    preview: Option<Bytes>,
    cancel: CancellationToken,
    /// The person has changed it since: what the worker has in its hands must not be sent.
    changed: bool,
}

impl Board {
    pub(crate) fn new(events: Sender<Event>) -> Self {
        Self {
            live: Arc::default(),
            events,
            changed: Arc::default(),
        }
    }

    /// Something about the queue as a whole has changed.
    pub(crate) fn stir(&self) {
        self.changed.notify_one();
    }

    /// Waits until something has.
    pub(crate) async fn stirred(&self) {
        self.changed.notified().await;
    }

    /// Whether a worker has a job in its hands.
    pub(crate) fn has(&self, id: Uuid) -> bool {
        self.live().contains_key(&id)
    }

    /// Whether a worker waits with a job until its server has time for it: nothing of it is on its way.
    pub(crate) fn waits(&self, id: Uuid) -> bool {
        let live = self.live();
        live.get(&id)
            .is_some_and(|live| matches!(live.state, JobState::Queued { retry_at: Some(_) }))
    }

    fn live(&self) -> MutexGuard<'_, HashMap<Uuid, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker takes a job up. What is given cancels it.
    pub(crate) fn take_up(&self, job: &Job) -> CancellationToken {
        let cancel = CancellationToken::new();
        let live = Live {
            state: job.state.clone(),
            preview: None,
            cancel: cancel.clone(),
            changed: false,
        };
        self.live().insert(job.id, live);
        cancel
    }

    /// The journal says it all again.
    pub(crate) fn lay_down(&self, id: Uuid) {
        self.live().remove(&id);
    }

    /// Announces a state that the journal does not know (yet). It holds until the job is laid down.
    pub(crate) fn show(&self, job: &Job, state: JobState) {
        let mut live = self.live();
        if let Some(live) = live.get_mut(&job.id) {
            live.state = state.clone();
        }
        // Nobody listens: fine.
        drop(self.events.send(Event::Job(Job { state, ..job.clone() })));
    }

    /// Announces a job as the journal has it now. Only for the database thread.
    pub(crate) fn announce(&self, connection: &Connection, id: Uuid) -> rusqlite::Result<()> {
        if let Some(job) = journal::get(connection, id)? {
            let live = self.live();
            let job = seen(job, &live);
            drop(self.events.send(Event::Job(job)));
        }
        self.stir();
        Ok(())
    }

    /// A job as the journal has it, with what is known beyond.
    pub(crate) fn as_seen(&self, job: Job) -> Job {
        seen(job, &self.live())
    }

    /// Asks the worker to drop a job. `false`: it does not have it.
    pub(crate) fn cancel(&self, id: Uuid) -> bool {
        let live = self.live();
        let Some(job) = live.get(&id) else {
            return false;
        };
        job.cancel.cancel();
        true
    }

    /// The journal has another request for a job now than the one the worker waits with. Only for the database thread,
    /// where a job is claimed as well.
    pub(crate) fn change(&self, id: Uuid) {
        if let Some(live) = self.live().get_mut(&id) {
            live.changed = true;
        }
    }

    /// Whether the worker has what a job no longer asks for. Certain on the database thread alone.
    pub(crate) fn is_changed(&self, id: Uuid) -> bool {
        self.live().get(&id).is_some_and(|live| live.changed)
    }

    pub(crate) fn set_preview(&self, id: Uuid, preview: Option<Bytes>) {
        if let Some(live) = self.live().get_mut(&id) {
            live.preview = preview;
        }
    }

    pub(crate) fn preview(&self, id: Uuid) -> Option<Bytes> {
        self.live().get(&id)?.preview.clone()
    }

    /// Jobs that have ended without the journal knowing, and how. They must not be taken up again.
    pub(crate) fn unwritten(&self) -> Vec<(Uuid, JobState)> {
        let live = self.live();
        live.iter()
            .filter(|(_, live)| live.state.is_settled())
            .map(|(id, live)| (*id, live.state.clone()))
            .collect()
    }
}

fn seen(job: Job, live: &HashMap<Uuid, Live>) -> Job {
    // What is done stays done: for a moment the worker still has it in its hands.
    if matches!(job.state, JobState::Done { .. }) {
        return job;
    }
    match live.get(&job.id) {
        Some(live) => Job {
            state: live.state.clone(),
            ..job
        },
        None => job,
    }
}
