//! The tokenizers of the service: fetched once, when somebody who is signed in there looks at a prompt that needs one, and
//! kept in the data folder.
//!
//! They are the service's, so they don't come with the app; and they are fetched as the service's own page fetches them,
//! without a token.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use novelai::client::fetch_tokenizer;
use novelai::tokens::{FromFile, LONGEST_FILE, TokenizerKind, Tokenizers};

use crate::disk::{off_thread, replace};
use crate::folders::make_private;
use crate::server::Server;
use crate::shared::Shared;

pub(crate) struct TokenizerFiles {
    folder: PathBuf,
    now: RwLock<Arc<Tokenizers>>,
    /// Tried in this run, whatever came of it.
    tried: Mutex<HashSet<TokenizerKind>>,
}

impl TokenizerFiles {
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            folder: data.join("tokenizers"),
            now: RwLock::default(),
            tried: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> Arc<Tokenizers> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn insert(&self, kind: TokenizerKind, read: FromFile) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Tokenizers::clone(&now);
        changed.insert(kind, read);
        *now = Arc::new(changed);
    }

    /// Reads what was kept. A broken file counts as none.
    pub(crate) fn read(&self) {
        Tokenizers::warm_up();
        for kind in TokenizerKind::FILES {
            let Some(path) = self.path(kind) else {
                continue;
            };
            let fits = fs::metadata(&path).is_ok_and(|about| about.len() <= LONGEST_FILE as u64);
            let Some(bytes) = fits.then(|| fs::read(&path).ok()).flatten() else {
                continue;
            };
            match FromFile::read(kind, &bytes) {
                Ok(read) => self.insert(kind, read),
                Err(error) => tracing::warn!(%error, path = %path.display(), "a tokenizer can't be read"),
            }
        }
    }

    fn path(&self, kind: TokenizerKind) -> Option<PathBuf> {
        Some(self.folder.join(kind.file_name()?))
    }

    /// Keeps what was fetched, if it is one.
    fn keep(&self, kind: TokenizerKind, bytes: &[u8]) -> Result<(), String> {
        let read = FromFile::read(kind, bytes).map_err(|error| error.to_string())?;
        self.insert(kind, read);
        let Some(path) = self.path(kind) else {
            return Ok(());
        };
        make_private(&self.folder)
            .and_then(|()| replace(&path, bytes))
            .map_err(|error| error.to_string())
    }

    fn is_first_try(&self, kind: TokenizerKind) -> bool {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        tried.insert(kind)
    }
}

/// Fetches a tokenizer beside everything else, once a run, where it is missing and the person is signed in to the
/// service itself.
pub(crate) fn fetch_once(shared: &Shared, kind: TokenizerKind) {
    let files = &shared.words.tokenizers;
    if files.now().has(kind) || shared.purse.state().server != Server::Novelai || !files.is_first_try(kind) {
        return;
    }
    let (words, closing) = (shared.words.clone(), shared.closing.clone());
    tokio::spawn(async move {
        let fetched = tokio::select! {
            fetched = fetch_tokenizer(kind) => fetched,
            () = closing.cancelled() => return,
        };
        let kept = match fetched {
            Ok(bytes) => off_thread(move || words.tokenizers.keep(kind, &bytes)).await,
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "a tokenizer could not be fetched; tokens are estimated");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_counts_as_none_and_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let files = TokenizerFiles::in_folder(folder.path());
        for kind in TokenizerKind::FILES {
            files.keep(kind, b"<html>").unwrap_err();
            assert!(!files.path(kind).unwrap().exists());
            fs::create_dir_all(&files.folder).unwrap();
            fs::write(files.path(kind).unwrap(), b"<html>").unwrap();
        }
        files.read();
        assert!(TokenizerKind::FILES.iter().all(|kind| !files.now().has(*kind)));
        assert!(files.is_first_try(TokenizerKind::T5) && !files.is_first_try(TokenizerKind::T5));
    }
}
