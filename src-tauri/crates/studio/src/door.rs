//! [`Studio`]: the one value that a window or a command line holds.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use novelai::client::Client;
use novelai::cost::{self, Estimate};
use novelai::model::Registry;
use novelai::payload::Refusal;
use novelai::request::GenerateRequest;
use novelai::retry::Patience;
use secrecy::SecretString;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::account::{AccountState, Keep, Login, Purse};
use crate::credentials::Credentials;
use crate::database::Database;
use crate::disk::{Disk, off_thread};
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::folders::{Folders, Lock};
use crate::inputs::PictureFormat;
use crate::jobs::recovery::recover;
use crate::jobs::worker::work;
use crate::jobs::{Job, local, overview, queue};
use crate::library::rebuild::rebuild;
use crate::library::replay::replay;
use crate::library::thumbnails::Thumbnails;
use crate::library::{ImageId, ImageRecord, index, look, search, trash, watch};
use crate::server::ServerChoice;
use crate::share;
use crate::shared::{Parts, Shared};
use crate::signing::is_noted;
use crate::spending::gate;
use crate::vibes::{EncodedBefore, Realm, marked_after};
use crate::words;

/// How a studio is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where things lie.
    pub folders: Folders,
    /// Where the token is kept.
    pub credentials: Credentials,
    /// Whom to talk to.
    pub server: ServerChoice,
    /// Which models there are.
    pub registry: Arc<Registry>,
}

/// What opening a studio found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opened {
    /// Pictures that an earlier run had received and not saved, and that are in the library now.
    pub recovered: usize,
    /// The index was damaged and had to be made again from the pictures.
    pub rebuilt: bool,
}

/// Everything that the program does without a window. Cheap to clone; the last clone that is dropped stops the workers.
#[derive(Clone)]
pub struct Studio {
    house: Arc<House>,
}

/// What is to be put in order at the end.
struct House {
    shared: Arc<Shared>,
    /// The one that pays, the one that sends nothing, the one that looks at pictures, and others that watch.
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.shared.closing.cancel();
    }
}

impl Studio {
    /// Opens the data folder, saves what an earlier run had received, and starts the workers. Needs a tokio runtime.
    /// The token is read in the background: an [`Event::Account`] follows.
    ///
    /// # Errors
    ///
    /// A storage error where a folder can't be used, or another process has it.
    pub async fn open(options: Options) -> Result<(Self, Opened), Error> {
        Self::open_with(options, Disk::default(), Patience::default()).await
    }

    /// Stops the workers, closes the files and gives the folder back. What is in flight is cut off and taken up at the
    /// next start.
    pub async fn close(self) {
        let shared = &self.house.shared;
        shared.closing.cancel();
        let workers = std::mem::take(&mut *lock(&self.house.workers));
        for worker in workers {
            drop(worker.await);
        }
        // What is being saved is saved to its end.
        let _alone = shared.saving.lock().await;
        shared.write_unwritten().await;
        shared.write_held().await;
        drop(shared.reader.close().await);
        let closed = shared.database.close().await;
        drop(shared.thumbnails.close().await);
        if let Some(lock) = lock(&shared.lock).take() {
            match closed {
                Ok(()) => lock.release(),
                // Without the goodbye the next start checks the file.
                Err(error) => tracing::error!(%error, "the database could not be closed"),
            }
        }
    }

    /// What happens from now on. A receiver that lags reads the state anew.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.shared().events.subscribe()
    }

    /// Queues a request under the UUID of the click. A UUID that is known already changes nothing and gives its job.
    /// A seed is picked here if the request has none.
    ///
    /// # Errors
    ///
    /// `refused` where the request could not be sent, and storage errors; then nothing is queued.
    pub async fn enqueue(&self, id: Uuid, request: GenerateRequest) -> Result<Job, Error> {
        queue::enqueue(self.shared(), id, request).await
    }

    /// Cancels a job: a queued one is not sent, one in flight is cut off. Settled jobs stay as they are.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn cancel(&self, id: Uuid) -> Result<(), Error> {
        queue::cancel(self.shared(), id).await
    }

    /// No longer shows a settled job. Its pictures, and bytes that could not be read, stay.
    ///
    /// # Errors
    ///
    /// `notFound`, `refused` for a job that is not settled, and storage errors.
    pub async fn dismiss(&self, id: Uuid) -> Result<(), Error> {
        queue::dismiss(self.shared(), id).await
    }

    /// Tries again to turn the received bytes of an unsettled job into pictures. Sends nothing.
    ///
    /// # Errors
    ///
    /// `notFound` where nothing of it is kept. That it still can't be saved is in the job's state.
    pub async fn save_again(&self, id: Uuid) -> Result<Job, Error> {
        queue::save_again(self.shared(), id).await
    }

    /// All jobs that are not dismissed, oldest first.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn jobs(&self) -> Result<Vec<Job>, Error> {
        queue::jobs(self.shared()).await
    }

    /// The newest preview of a running job: JPEG.
    #[must_use]
    pub fn preview(&self, job: Uuid) -> Option<Bytes> {
        self.shared().board.preview(job)
    }

    /// The newest pictures, newest first; with `before`, those that come after it in this order. At most 1000.
    ///
    /// # Errors
    ///
    /// `notFound` for an unknown `before`, and storage errors.
    pub async fn images(&self, before: Option<ImageId>, limit: u32) -> Result<Vec<ImageRecord>, Error> {
        let known = before.clone();
        let page = self
            .shared()
            .database
            .call(move |connection| index::page(connection, before.as_ref(), limit.min(1000)))
            .await?;
        page.ok_or_else(|| no_such_picture(known))
    }

    /// A picture's file, as the server sent it.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture or its file is gone, and storage errors.
    pub async fn image_bytes(&self, id: ImageId) -> Result<(PictureFormat, Vec<u8>), Error> {
        let (record, path) = self.file_of(id).await?;
        let (shared, format) = (self.shared().clone(), record.format);
        let read = move || fs::read(&path).map_err(|error| shared.places.unreadable(&error, &record, &path));
        Ok((format, off_thread(read).await?))
    }

    /// Where a picture's file is.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture or its file is gone, and storage errors.
    pub async fn image_path(&self, id: ImageId) -> Result<PathBuf, Error> {
        let record = self.record(id).await?;
        let path = self.path_of(&record)?;
        let shared = self.shared().clone();
        off_thread(move || match fs::metadata(&path) {
            Ok(_) => Ok(path),
            Err(error) => Err(shared.places.unreadable(&error, &record, &path)),
        })
        .await
    }

    /// A picture made small: JPEG, at most 320 pixels a side.
    ///
    /// # Errors
    ///
    /// `notFound`, `malformed` where the file is not a picture, and storage errors.
    pub async fn thumbnail(&self, id: ImageId) -> Result<Vec<u8>, Error> {
        let (record, path) = self.file_of(id).await?;
        self.shared().thumbnails.get(record.id, path).await
    }

    /// The folder of the pictures.
    #[must_use]
    pub fn library_folder(&self) -> PathBuf {
        self.shared().folders.library.clone()
    }

    /// Tries a token against the account and keeps it if it is good. From then on requests go to the real server.
    ///
    /// # Errors
    ///
    /// `refused` for what can't be a token, what the server says about it, `keychainMissing` and `keychainLocked`:
    /// then nothing has changed, and the same token can be kept for this session only.
    pub async fn sign_in(&self, token: SecretString, keep: Keep) -> Result<AccountState, Error> {
        self.shared().sign_in(token, keep).await
    }

    /// Erases the token and goes back to the sandbox. Jobs that wait for the real server are cancelled.
    ///
    /// # Errors
    ///
    /// `keychainMissing` and `keychainLocked` where the token could not be erased; then nothing has changed.
    pub async fn sign_out(&self) -> Result<AccountState, Error> {
        self.shared().sign_out().await
    }

    /// Reads the account anew, and the keychain too where it could not be read before. What goes wrong is in the
    /// state's `problem`.
    pub async fn refresh_account(&self) -> AccountState {
        self.shared().refresh_account().await
    }

    /// Who is signed in where, as last known.
    #[must_use]
    pub fn account_state(&self) -> AccountState {
        self.shared().purse.state()
    }

    /// The models, with what the person changed about them.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.shared().registry
    }

    /// The price of a request for this account, with what has to be encoded before it.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] names the field that is wrong.
    pub fn estimate(&self, request: &GenerateRequest) -> Result<Estimate, Refusal> {
        self.estimate_after(&mut EncodedBefore::default(), request)
    }

    /// The same of one of several that are sent one after the other: a vibe is encoded once for all of them.
    pub(crate) fn estimate_after(
        &self,
        before: &mut EncodedBefore,
        request: &GenerateRequest,
    ) -> Result<Estimate, Refusal> {
        let shared = self.shared();
        let server = shared.purse.current();
        let account = shared.purse.account_at(&server);
        let realm = Realm::of(&server);
        let marked = marked_after(before, request, &shared.encodings, &shared.registry, realm);
        cost::estimate(&marked, &shared.registry, account.as_ref())
    }

    /// The request that was being edited, if one was saved.
    pub async fn draft(&self) -> Option<GenerateRequest> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.draft).load()).await
    }

    /// Saves the request that is being edited.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn save_draft(&self, request: GenerateRequest) -> Result<(), Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.draft).save(&request)).await
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.house.shared
    }

    /// Opens a studio whose disk and patience are those of a test.
    pub(crate) async fn open_with(options: Options, disk: Disk, patience: Patience) -> Result<(Self, Opened), Error> {
        let folders = options.folders.clone();
        let held = off_thread(move || {
            folders.create()?;
            let held = Lock::take(&folders.data)?;
            // What an earlier run handed out has been taken by now; that it can't be removed is no reason not to start.
            if let Err(error) = share::sweep(&folders.outgoing()) {
                tracing::warn!(%error, "files that were handed out can't be removed");
            }
            Ok::<_, Error>(held)
        })
        .await?;
        let (database, rebuilt) =
            Database::open(options.folders.database(), options.folders.backups(), held.unclean).await?;
        let path = options.folders.database();
        let reader = off_thread(move || search::reader(&path)).await?;
        let thumbnails = Thumbnails::open(options.folders.thumbnails()).await?;
        let purse = purse(&options, &database).await?;
        let shared = Arc::new(Shared::new(Parts {
            folders: options.folders,
            database,
            reader,
            thumbnails,
            disk,
            patience,
            registry: options.registry,
            credentials: options.credentials,
            purse,
            lock: held,
        }));
        if rebuilt {
            rebuild(&shared).await?;
        }
        replay(&shared).await?;
        let recovered = recover(&shared).await?;
        words::read_beforehand(&shared);
        share::resume(&shared).await;
        let workers = vec![
            tokio::spawn(work(shared.clone())),
            tokio::spawn(local::work(shared.clone())),
            tokio::spawn(overview::tell(shared.clone())),
            tokio::spawn(gate::watch_the_day(shared.clone())),
            tokio::spawn(look::work(shared.clone())),
            tokio::spawn(watch::work(shared.clone())),
        ];
        tokio::spawn({
            let shared = shared.clone();
            async move {
                shared.refresh_account().await;
            }
        });
        let house = House {
            shared,
            workers: Mutex::new(workers),
        };
        let studio = Self { house: Arc::new(house) };
        Ok((studio, Opened { recovered, rebuilt }))
    }

    /// What is known about a picture.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn image(&self, id: ImageId) -> Result<ImageRecord, Error> {
        self.record(id).await
    }

    pub(crate) async fn record(&self, id: ImageId) -> Result<ImageRecord, Error> {
        let wanted = id.clone();
        self.shared()
            .database
            .call(move |connection| index::get(connection, &wanted))
            .await?
            .ok_or_else(|| no_such_picture(Some(id)))
    }

    /// A picture and its file, wherever that is: the trash can be looked at.
    async fn file_of(&self, id: ImageId) -> Result<(ImageRecord, PathBuf), Error> {
        let wanted = id.clone();
        let found = self
            .shared()
            .database
            .call(move |connection| index::get_or_trashed(connection, &wanted))
            .await?;
        let Some((record, in_trash)) = found else {
            return Err(no_such_picture(Some(id)));
        };
        let path = self.path_of(&record)?;
        if in_trash && let Some(root) = self.shared().places.roots().root(record.folder) {
            let path = trash::place(root, &record.id, &record.file_name);
            return Ok((record, path));
        }
        Ok((record, path))
    }

    pub(crate) fn path_of(&self, record: &ImageRecord) -> Result<PathBuf, Error> {
        self.shared().places.path_of(record)
    }
}

/// Who is signed in, as far as that can be known without asking the keychain.
async fn purse(options: &Options, database: &Database) -> Result<Purse, Error> {
    let (sandbox, token) = options.server.sandbox.clone();
    let sandbox = Client::new(sandbox, token)?.with_registry(options.registry.clone());
    let host = options.server.base.host();
    let noted = {
        let host = host.clone();
        database.call(move |connection| is_noted(connection, &host)).await?
    };
    let login = if options.credentials.may_hold(&host, noted) {
        Login::Unread
    } else {
        Login::Out
    };
    Ok(Purse::new(options.server.clone(), sandbox, login))
}

fn no_such_picture(id: Option<ImageId>) -> Error {
    let error = Error::new(ErrorCode::NotFound, "There is no such picture in the library.");
    match id {
        Some(id) => error.with_detail(id),
        None => error,
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
