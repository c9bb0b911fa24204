//! Where things lie (the layout is described at the head of the crate), and the lock on it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::disk::sync_folder;
use crate::error::{Error, ErrorCode};

/// The two folders of a studio: what the program keeps, and the person's pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Queue, index, spool, draft. Belongs to the program.
    pub data: PathBuf,
    /// The pictures. Belongs to the person.
    pub library: PathBuf,
}

impl Folders {
    /// Where the program keeps its data unless it is told otherwise: `Atelier` in the system's folder for such data.
    /// None where the system has no such folder.
    #[must_use]
    pub fn usual_data() -> Option<PathBuf> {
        Some(dirs::data_dir()?.join("Atelier"))
    }

    /// Where things lie unless the program is told otherwise: the data, and `Atelier` in the person's folder of pictures.
    /// None where the system has no folder for data.
    #[must_use]
    pub fn usual() -> Option<Self> {
        let data = Self::usual_data()?;
        let library = dirs::picture_dir().unwrap_or_else(|| data.clone()).join("Atelier");
        Some(Self { data, library })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("atelier.db")
    }

    pub(crate) fn thumbnails(&self) -> PathBuf {
        self.data.join("thumbnails.db")
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.data.join("spool")
    }

    /// The bytes of an answer, as they come.
    pub(crate) fn part(&self, job: Uuid) -> PathBuf {
        self.spool().join(format!("{job}.part"))
    }

    /// The bytes of an answer that could not (all) be turned into pictures.
    pub(crate) fn kept(&self, job: Uuid) -> PathBuf {
        self.spool().join("kept").join(format!("{job}.bin"))
    }

    /// Pictures from outside, by their content.
    pub(crate) fn inputs(&self) -> PathBuf {
        self.data.join("inputs")
    }

    /// What vibes were encoded to: paid for, and never thrown away.
    pub(crate) fn encodings(&self) -> PathBuf {
        self.data.join("vibes")
    }

    /// What was painted into parts of pictures, as the server sent it.
    pub(crate) fn pieces(&self) -> PathBuf {
        self.data.join("pieces")
    }

    /// Pictures that are painted on, with their masks.
    pub(crate) fn canvases(&self) -> PathBuf {
        self.data.join("canvases")
    }

    /// Files that were made to be handed out.
    pub(crate) fn outgoing(&self) -> PathBuf {
        self.data.join("outgoing")
    }

    /// Working copies of pictures that are open in an editor.
    pub(crate) fn edits(&self) -> PathBuf {
        self.data.join("edits")
    }

    /// The references that the person keeps at hand.
    pub(crate) fn references(&self) -> PathBuf {
        self.data.join("references.json")
    }

    /// Makes what is missing. A library that can't be made (a disk that is not plugged in) is no reason not to start:
    /// jobs say so before they are sent.
    pub(crate) fn create(&self) -> Result<(), Error> {
        let own = [
            &self.data,
            &self.backups(),
            &self.spool().join("kept"),
            &self.inputs(),
            &self.encodings(),
            &self.pieces(),
            &self.canvases(),
            &self.edits(),
        ];
        for folder in own {
            make_private(folder)
                .map_err(|error| Error::storage(&error, format_args!("making the folder {}", folder.display())))?;
        }
        if let Err(error) = fs::create_dir_all(&self.library) {
            tracing::warn!(%error, "there is no library folder");
        }
        // Without this a power cut could take the folders away from under the files that are synced in them.
        for folder in [&self.data, &self.spool()] {
            sync_folder(folder)
                .map_err(|error| Error::storage(&error, format_args!("syncing {}", folder.display())))?;
        }
        Ok(())
    }
}

/// Makes a folder, and what is missing above it. What the program keeps (prompts among it) is nobody else's business on
/// a shared computer, so on Unix nobody else may look into it.
///
/// # Errors
///
/// Where it can't be made.
pub fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Holds the data folder for this process, and knows whether the last one that held it said goodbye.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    /// The last process ended without closing: killed, crashed, or the power went.
    pub(crate) unclean: bool,
}

const OPEN: &[u8] = b"open\n";

impl Lock {
    /// Takes the lock, or says that another process has it.
    pub(crate) fn take(data: &Path) -> Result<Self, Error> {
        let path = data.join("atelier.lock");
        let trouble = |error: &io::Error| Error::storage(error, format_args!("locking {}", path.display()));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| trouble(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(
                    ErrorCode::Storage,
                    "Atelier is already running with this data folder. Use the other window, or close it first.",
                )
                .with_detail(data.display()));
            }
            Err(TryLockError::Error(error)) => return Err(trouble(&error)),
        }
        let mut mark = Vec::new();
        file.read_to_end(&mut mark).map_err(|error| trouble(&error))?;
        let unclean = mark == OPEN;
        write_mark(&mut file, OPEN).map_err(|error| trouble(&error))?;
        Ok(Self { file, unclean })
    }

    /// Says goodbye: the database is closed and whole.
    pub(crate) fn release(mut self) {
        if let Err(error) = write_mark(&mut self.file, b"") {
            tracing::warn!(%error, "the data folder is not marked as closed, so it will be checked at the next start");
        }
        drop(self.file.unlock());
    }
}

fn write_mark(file: &mut File, mark: &[u8]) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(mark)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_data_folder_is_nobody_else_s_business() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders {
            data: folder.path().join("data"),
            library: folder.path().join("library"),
        };
        folders.create().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode(&folders.data), 0);
        assert_ne!(mode(&folders.library), 0);
    }

    #[test]
    fn a_second_studio_can_not_open_the_same_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();

        let refused = Lock::take(folder.path()).unwrap_err();

        assert!(refused.message.contains("already running"), "{}", refused.message);
        first.release();
        assert!(Lock::take(folder.path()).is_ok());
    }

    #[test]
    fn a_lock_that_was_dropped_and_not_released_tells_of_an_unclean_stop() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        assert!(!first.unclean);
        drop(first);

        let second = Lock::take(folder.path()).unwrap();
        assert!(second.unclean);
        second.release();

        assert!(!Lock::take(folder.path()).unwrap().unclean);
    }
}
