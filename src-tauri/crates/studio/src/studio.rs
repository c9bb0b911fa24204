//! [`Studio`]: the one value that a window or a command line holds.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use novelai::cost::Estimate;
use novelai::model::Registry;
use novelai::payload::Refusal;
use novelai::request::{GenerateRequest, ImageFormat};
use secrecy::SecretString;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::account::{AccountState, Keep};
use crate::credentials::Credentials;
use crate::error::Error;
use crate::event::Event;
use crate::folders::Folders;
use crate::jobs::Job;
use crate::library::{ImageId, ImageRecord};
use crate::server::ServerChoice;

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

/// Everything that the program does without a window. Cheap to clone.
#[derive(Clone)]
pub struct Studio {
    _shared: Arc<()>,
}

impl Studio {
    /// Opens the data folder, saves what an earlier run had received, and starts the worker. Needs a tokio runtime.
    /// The token is read in the background: an [`Event::Account`] follows.
    ///
    /// # Errors
    ///
    /// A storage error where a folder can't be used, or another process has it.
    pub async fn open(options: Options) -> Result<(Self, Opened), Error> {
        let _ = options;
        todo!()
    }

    /// Stops the worker, closes the files and gives the folder back. What is in flight is cut off and taken up at the
    /// next start.
    pub async fn close(self) {
        todo!()
    }

    /// What happens from now on. A receiver that lags reads the state anew.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        todo!()
    }

    /// Queues a request under the UUID of the click. A UUID that is known already changes nothing and gives its job.
    /// A seed is picked here if the request has none.
    ///
    /// # Errors
    ///
    /// `refused` where the request could not be sent, and storage errors; then nothing is queued.
    pub async fn enqueue(&self, id: Uuid, request: GenerateRequest) -> Result<Job, Error> {
        let _ = (id, request);
        todo!()
    }

    /// Cancels a job: a queued one is not sent, one in flight is cut off. Settled jobs stay as they are.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn cancel(&self, id: Uuid) -> Result<(), Error> {
        let _ = id;
        todo!()
    }

    /// No longer shows a settled job. Its pictures, and bytes that could not be read, stay.
    ///
    /// # Errors
    ///
    /// `notFound`, `refused` for a job that is not settled, and storage errors.
    pub async fn dismiss(&self, id: Uuid) -> Result<(), Error> {
        let _ = id;
        todo!()
    }

    /// Tries again to turn the received bytes of an unsettled job into pictures. Sends nothing.
    ///
    /// # Errors
    ///
    /// `notFound` where nothing of it is kept. That it still can't be saved is in the job's state.
    pub async fn save_again(&self, id: Uuid) -> Result<Job, Error> {
        let _ = id;
        todo!()
    }

    /// All jobs that are not dismissed, oldest first.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn jobs(&self) -> Result<Vec<Job>, Error> {
        todo!()
    }

    /// The newest preview of a running job: JPEG.
    #[must_use]
    pub fn preview(&self, job: Uuid) -> Option<Bytes> {
        let _ = job;
        todo!()
    }

    /// The newest pictures, newest first; with `before`, those that come after it in this order. At most 1000.
    ///
    /// # Errors
    ///
    /// `notFound` for an unknown `before`, and storage errors.
    pub async fn images(&self, before: Option<ImageId>, limit: u32) -> Result<Vec<ImageRecord>, Error> {
        let _ = (before, limit);
        todo!()
    }

    /// A picture's file, as the server sent it.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture or its file is gone, and storage errors.
    pub async fn image_bytes(&self, id: ImageId) -> Result<(ImageFormat, Vec<u8>), Error> {
        let _ = id;
        todo!()
    }

    /// Where a picture's file is.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture or its file is gone, and storage errors.
    pub async fn image_path(&self, id: ImageId) -> Result<PathBuf, Error> {
        let _ = id;
        todo!()
    }

    /// A picture made small: JPEG, at most 320 pixels a side.
    ///
    /// # Errors
    ///
    /// `notFound`, `malformed` where the file is not a picture, and storage errors.
    pub async fn thumbnail(&self, id: ImageId) -> Result<Vec<u8>, Error> {
        let _ = id;
        todo!()
    }

    /// The folder of the pictures.
    #[must_use]
    pub fn library_folder(&self) -> PathBuf {
        todo!()
    }

    /// Tries a token against the account and keeps it if it is good. From then on requests go to the real server.
    ///
    /// # Errors
    ///
    /// `refused` for what can't be a token, what the server says about it, `keychainMissing` and `keychainLocked`:
    /// then nothing has changed, and the same token can be kept for this session only.
    pub async fn sign_in(&self, token: SecretString, keep: Keep) -> Result<AccountState, Error> {
        let _ = (token, keep);
        todo!()
    }

    /// Erases the token and goes back to the sandbox. Jobs that wait for the real server are cancelled.
    ///
    /// # Errors
    ///
    /// `keychainMissing` and `keychainLocked` where the token could not be erased; then nothing has changed.
    pub async fn sign_out(&self) -> Result<AccountState, Error> {
        todo!()
    }

    /// Reads the account anew, and the keychain too where it could not be read before. What goes wrong is in the
    /// state's `problem`.
    pub async fn refresh_account(&self) -> AccountState {
        todo!()
    }

    /// Who is signed in where, as last known.
    #[must_use]
    pub fn account_state(&self) -> AccountState {
        todo!()
    }

    /// The price of a request for this account.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] names the field that is wrong.
    pub fn estimate(&self, request: &GenerateRequest) -> Result<Estimate, Refusal> {
        let _ = request;
        todo!()
    }

    /// The request that was being edited, if one was saved.
    pub async fn draft(&self) -> Option<GenerateRequest> {
        todo!()
    }

    /// Saves the request that is being edited.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn save_draft(&self, request: GenerateRequest) -> Result<(), Error> {
        let _ = request;
        todo!()
    }
}
