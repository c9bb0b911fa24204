//! What the worker, the queue and the door ([`Studio`](crate::Studio)) share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use novelai::model::Registry;
use novelai::request::GenerateRequest;
use novelai::retry::Patience;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::account::Purse;
use crate::canvas::Canvases;
use crate::chains::Chains;
use crate::credentials::Credentials;
use crate::database::Database;
use crate::disk::{Disk, off_thread};
use crate::enlarge::compare::Comparisons;
use crate::event::Event;
use crate::folders::{Folders, Lock};
use crate::generations::{Generations, parse_json};
use crate::inputs::Store;
use crate::jobs::board::Board;
use crate::jobs::encoding::Twins;
use crate::jobs::spool::Spool;
use crate::jobs::{Job, JobState, journal};
use crate::library::look::Looking;
use crate::library::places::Places;
use crate::library::said::Timeline;
use crate::library::save::Shelf;
use crate::library::search::{Search, Searches};
use crate::library::thumbnails::Thumbnails;
use crate::library::watch::Watching;
use crate::presets::Presets;
use crate::references::References;
use crate::settings::SettingsFile;
use crate::share::{Edits, Exports};
use crate::spending::gate::Rounds;
use crate::vibes::Encodings;
use crate::words::Words;

/// Everything that lives as long as the studio.
pub(crate) struct Shared {
    pub(crate) folders: Folders,
    pub(crate) database: Database,
    /// The same file, for long looks.
    pub(crate) reader: Database,
    pub(crate) search: Search,
    pub(crate) looking: Looking,
    pub(crate) watching: Watching,
    /// What was done to pictures, to be undone.
    pub(crate) timeline: Mutex<Timeline>,
    pub(crate) searches: Mutex<Searches>,
    pub(crate) thumbnails: Thumbnails,
    pub(crate) disk: Disk,
    pub(crate) patience: Patience,
    pub(crate) registry: Arc<Registry>,
    pub(crate) credentials: Credentials,
    pub(crate) purse: Purse,
    /// Pictures from outside.
    pub(crate) inputs: Store,
    /// What vibes were encoded to.
    pub(crate) encodings: Encodings,
    /// The references that the person keeps at hand.
    pub(crate) references: Mutex<References>,
    pub(crate) draft: Mutex<Generations<GenerateRequest>>,
    pub(crate) settings: SettingsFile,
    /// The folders that pictures lie in.
    pub(crate) places: Places,
    /// The local ways side by side.
    pub(crate) comparisons: Comparisons,
    /// Chains of tools, by name.
    pub(crate) chains: Mutex<Chains>,
    /// Pictures that are open in an editor.
    pub(crate) edits: Edits,
    /// Exports on their way.
    pub(crate) exports: Exports,
    /// Pictures that are painted on.
    pub(crate) canvases: Canvases,
    pub(crate) presets: Presets,
    pub(crate) words: Arc<Words>,
    pub(crate) events: broadcast::Sender<Event>,
    /// Counts when the person's rules have to be looked at anew.
    pub(crate) rounds: Rounds,
    /// Rung when there may be something to do for the worker.
    pub(crate) wake: Notify,
    /// The same for the worker that sends nothing.
    pub(crate) wake_local: Notify,
    /// Cancelled when the studio closes.
    pub(crate) closing: CancellationToken,
    pub(crate) board: Board,
    /// Answers that the disk refused, by job.
    pub(crate) held: Mutex<HashMap<Uuid, Spool>>,
    /// Holds the data folder until nobody works in it any more.
    pub(crate) lock: Mutex<Option<Lock>>,
    /// One at a time turns kept bytes into pictures.
    pub(crate) saving: tokio::sync::Mutex<()>,
}

/// What a [`Shared`] is made of.
pub(crate) struct Parts {
    pub(crate) folders: Folders,
    pub(crate) database: Database,
    pub(crate) reader: Database,
    pub(crate) thumbnails: Thumbnails,
    pub(crate) disk: Disk,
    pub(crate) patience: Patience,
    pub(crate) registry: Arc<Registry>,
    pub(crate) credentials: Credentials,
    pub(crate) purse: Purse,
    pub(crate) lock: Lock,
}

/// Events that a slow receiver may fall behind before it has to read the state anew.
const BACKLOG: usize = 512;

impl Shared {
    pub(crate) fn new(parts: Parts) -> Self {
        let events = broadcast::Sender::new(BACKLOG);
        Self {
            inputs: Store::in_folder(parts.folders.inputs()),
            encodings: Encodings::in_folder(parts.folders.encodings()),
            references: Mutex::new(References::at(parts.folders.references())),
            draft: Mutex::new(Generations::in_folder(&parts.folders.data, "draft", parse_json)),
            canvases: Canvases::in_folder(parts.folders.canvases()),
            comparisons: Comparisons::default(),
            places: Places::of(&parts.folders),
            settings: SettingsFile::in_folder(&parts.folders.data),
            chains: Mutex::new(Chains::in_folder(&parts.folders.data)),
            edits: Edits::default(),
            exports: Exports::default(),
            search: Search::default(),
            looking: Looking::default(),
            watching: Watching::default(),
            timeline: Mutex::default(),
            searches: Mutex::new(Searches::in_folder(&parts.folders.data)),
            presets: Presets::in_folder(&parts.folders.data, &parts.registry),
            words: Arc::new(Words::in_folder(&parts.folders.data)),
            folders: parts.folders,
            database: parts.database,
            reader: parts.reader,
            thumbnails: parts.thumbnails,
            disk: parts.disk,
            patience: parts.patience,
            registry: parts.registry,
            credentials: parts.credentials,
            purse: parts.purse,
            board: Board::new(events.clone()),
            events,
            rounds: Rounds::default(),
            wake: Notify::new(),
            wake_local: Notify::new(),
            closing: CancellationToken::new(),
            held: Mutex::default(),
            lock: Mutex::new(Some(parts.lock)),
            saving: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn shelf(&self) -> Shelf {
        Shelf {
            library: self.folders.library.clone(),
            names: self.settings.get().template(),
            database: self.database.clone(),
            disk: self.disk.clone(),
        }
    }

    /// Tells whoever listens. That nobody does is fine.
    pub(crate) fn tell(&self, event: Event) {
        drop(self.events.send(event));
    }

    /// There may be something to do for either worker.
    pub(crate) fn ring(&self) {
        self.wake.notify_one();
        self.wake_local.notify_one();
    }

    pub(crate) fn tell_account(&self) {
        self.tell(Event::Account(self.purse.state()));
    }

    /// A job ends. If the journal can't take it, the end is shown all the same, and written down when that works again.
    pub(crate) async fn end(&self, job: &Job, state: JobState) {
        let (id, end, board) = (job.id, state.clone(), self.board.clone());
        let written = self
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                journal::settle(&transaction, id, &end)?;
                let later = journal::cancel_later_if_over(&transaction, id)?;
                transaction.commit()?;
                board.lay_down(id);
                board.announce(connection, id)?;
                later.into_iter().try_for_each(|id| board.announce(connection, id))
            })
            .await;
        if let Err(error) = written {
            tracing::error!(%error, job = %id, "the journal could not take the end of a job");
            self.board.take_up(job);
            self.board.show(job, state);
        }
    }

    /// Announces a job as the journal has it now, and nothing beyond.
    pub(crate) async fn announce(&self, id: Uuid) {
        let board = self.board.clone();
        let announced = self
            .database
            .call(move |connection| {
                board.lay_down(id);
                board.announce(connection, id)
            })
            .await;
        if let Err(error) = announced {
            tracing::error!(%error, job = %id, "a job can't be read");
        }
    }

    /// Jobs that wait to encode what this one was to encode are not sent by themselves.
    pub(crate) async fn stop_twins(&self, job: &Job) {
        let (twins, board) = (Twins::of(self, job), self.board.clone());
        let stopped = self
            .database
            .call(move |connection| {
                for id in twins.stop(connection)? {
                    board.announce(connection, id)?;
                }
                Ok(())
            })
            .await;
        if let Err(error) = stopped {
            tracing::error!(%error, job = %job.id, "jobs that should not be sent could not be stopped");
        }
    }

    /// Tells the journal what it could not take before.
    pub(crate) async fn write_unwritten(&self) {
        for (id, state) in self.board.unwritten() {
            let board = self.board.clone();
            let written = self
                .database
                .call(move |connection| {
                    let transaction = connection.transaction()?;
                    journal::settle(&transaction, id, &state)?;
                    let later = journal::cancel_later_if_over(&transaction, id)?;
                    transaction.commit()?;
                    later.into_iter().try_for_each(|id| board.announce(connection, id))
                })
                .await;
            if written.is_ok() {
                self.board.lay_down(id);
            }
        }
    }

    /// The last try to get answers to the disk that it refused before; the next start makes pictures of them.
    pub(crate) async fn write_held(&self) {
        let held: Vec<Spool> = self.held().drain().map(|(_, spool)| spool).collect();
        off_thread(move || {
            for mut spool in held {
                if let Err(error) = spool.sync() {
                    tracing::error!(%error, "an answer is lost with this process: the disk still refuses it");
                }
            }
        })
        .await;
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, HashMap<Uuid, Spool>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
