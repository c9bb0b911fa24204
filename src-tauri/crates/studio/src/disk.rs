//! File operations that survive a power cut, and the points at which tests make them fail or die.
//!
//! Every step of a job that touches the disk passes [`Disk::at`] first. In a test the call can answer with an error
//! (a full disk) or never return (a kill); in the program it does nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The steps of a job that touch the disk, in their order, and those of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    SpoolCreate,
    JournalSending,
    SpoolWrite,
    SpoolSync,
    PieceWrite,
    PlanPictures,
    PictureCreate,
    PictureWrite,
    PictureSync,
    PictureRename,
    FolderSync,
    Settle,
    SpoolRemove,
    ExportWrite,
    ExportPlace,
}

#[cfg(test)]
impl Step {
    /// All that every job comes to.
    pub(crate) const ALL: [Self; 12] = [
        Self::SpoolCreate,
        Self::JournalSending,
        Self::SpoolWrite,
        Self::SpoolSync,
        Self::PlanPictures,
        Self::PictureCreate,
        Self::PictureWrite,
        Self::PictureSync,
        Self::PictureRename,
        Self::FolderSync,
        Self::Settle,
        Self::SpoolRemove,
    ];
}

/// Decides whether a step goes wrong.
#[cfg(test)]
pub(crate) type Fault = std::sync::Arc<dyn Fn(Step) -> io::Result<()> + Send + Sync>;

/// The disk, as far as it can fail.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    #[cfg(test)]
    pub(crate) fault: Option<Fault>,
    #[cfg(test)]
    pub(crate) pretended_free: Option<std::sync::Arc<std::sync::atomic::AtomicU64>>,
}

impl Disk {
    /// Passed before each step.
    #[cfg(test)]
    pub(crate) fn at(&self, step: Step) -> io::Result<()> {
        self.fault.as_ref().map_or(Ok(()), |fault| fault(step))
    }

    /// Passed before each step.
    #[cfg(not(test))]
    #[inline]
    pub(crate) fn at(&self, _step: Step) -> io::Result<()> {
        Ok(())
    }

    /// Bytes that we may still write to the disk that `folder` is on.
    pub(crate) fn free_space(&self, folder: &Path) -> io::Result<u64> {
        #[cfg(test)]
        if let Some(free) = &self.pretended_free {
            return Ok(free.load(std::sync::atomic::Ordering::SeqCst));
        }
        fs4::available_space(folder)
    }
}

/// Does blocking work on a thread for it. A panic in there goes on in the caller.
pub(crate) async fn off_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down: nobody is there to go on.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Makes the names in a folder durable. Windows has no such call and needs none.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(folder)?.sync_all()
}

/// Makes the content of a file durable that somebody else has written. Windows wants it open for writing.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// Gives a finished file its name and never takes one from another file: `AlreadyExists` if the name is taken.
pub(crate) fn rename_without_overwriting(from: &Path, to: &Path) -> io::Result<()> {
    let temporary = tempfile::TempPath::try_from_path(from)?;
    match temporary.persist_noclobber(to) {
        Ok(()) => Ok(()),
        // Some file systems (FAT, some network shares) have neither call that this needs. There a name of our own,
        // taken exclusively, is what the file then replaces.
        Err(refused)
            if matches!(
                refused.error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput
            ) =>
        {
            OpenOptions::new().write(true).create_new(true).open(to)?;
            refused.path.persist(to).map_err(|error| error.error)
        }
        Err(refused) => Err(refused.error),
    }
}

/// Replaces a small file of ours as a whole: afterwards it is the old one or the new one, never a part of one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Writes a new file durably, whole or not at all, and never takes a name from another file: `AlreadyExists` then.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_new_as(&tempfile::Builder::new(), path, bytes)
}

/// The same of a file that is to be given away.
pub(crate) fn write_new_for_others(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_new_as(&for_others(), path, bytes)
}

/// A file in the making that is to be given away: it may be read by whoever may read what the person saves with other
/// programs. All others of ours are the person's alone.
pub(crate) fn for_others() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The system takes away what the person's mask says.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

fn write_new_as(kind: &tempfile::Builder<'_, '_>, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut temporary = kind.tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    let unfinished = temporary.into_temp_path();
    rename_without_overwriting(&unfinished, path)?;
    sync_folder(folder)
}

/// Removes a file that may already be gone.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_never_takes_a_name_from_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("new"), folder.path().join("old"));
        fs::write(&from, b"new").unwrap();
        fs::write(&to, b"old").unwrap();

        let refused = rename_without_overwriting(&from, &to).unwrap_err();

        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&to).unwrap(), b"old");
    }

    #[test]
    fn a_rename_moves_the_file_to_a_free_name() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("new"), folder.path().join("free"));
        fs::write(&from, b"new").unwrap();

        rename_without_overwriting(&from, &to).unwrap();

        assert_eq!(fs::read(&to).unwrap(), b"new");
        assert!(!from.exists());
    }

    #[test]
    fn replacing_leaves_one_file_with_the_new_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("draft.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
