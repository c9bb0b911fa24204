//! The spool: the bytes of an answer, on the disk as they come.
//!
//! Taking a chunk never fails. If the disk refuses (it is full, it became read-only), what came afterwards is held in
//! memory and the answer is received to its end all the same: it may have been paid for. [`Spool::sync`] then tries
//! the disk again and reports.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::disk::{Disk, Step, remove_if_there, sync_folder};

/// The bytes of one answer.
pub(crate) struct Spool {
    disk: Disk,
    path: PathBuf,
    file: Option<File>,
    /// How many bytes are in the file for certain.
    written: u64,
    /// What comes after them and is not in the file.
    held: Vec<u8>,
    /// The answer came to its end.
    whole: bool,
}

impl Spool {
    /// Makes the file, and its name durable, before anything is sent: a folder that can't be written to is noticed
    /// while that costs nothing.
    pub(crate) fn create(path: PathBuf, disk: Disk) -> io::Result<Self> {
        disk.at(Step::SpoolCreate)?;
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        sync_folder(folder_of(&path))?;
        Ok(Self {
            disk,
            path,
            file: Some(file),
            written: 0,
            held: Vec::new(),
            whole: false,
        })
    }

    /// The bytes that an earlier try left.
    pub(crate) fn found(path: PathBuf, disk: Disk) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).open(&path)?;
        let written = file.metadata()?.len();
        Ok(Self {
            disk,
            path,
            file: None,
            written,
            held: Vec::new(),
            whole: false,
        })
    }

    /// Appends to the file, or holds in memory what the disk does not take.
    pub(crate) fn append(&mut self, chunk: &[u8]) {
        if self.held.is_empty() {
            match self.write(chunk) {
                Ok(()) => {
                    self.written += chunk.len() as u64;
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "the disk refuses received bytes; they are held in memory");
                }
            }
        }
        self.held.extend_from_slice(chunk);
    }

    fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.disk.at(Step::SpoolWrite)?;
        let file = self.open()?;
        file.write_all(chunk)
    }

    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let mut file = OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(&self.path)?;
                // Behind the bytes that count there may be a part of a chunk that the disk refused, or a forgotten answer.
                file.set_len(self.written)?;
                file.seek(SeekFrom::Start(self.written))?;
                file
            }
        };
        Ok(self.file.insert(file))
    }

    /// Lets go of all that has come: another answer comes instead.
    pub(crate) fn forget(&mut self) {
        self.file = None;
        self.written = 0;
        self.held.clear();
    }

    /// Puts everything on the disk, durably, what was held in memory too.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if !self.held.is_empty() {
            // A failed write may have left a part of its chunk behind the bytes that count.
            let written = self.written;
            let held = std::mem::take(&mut self.held);
            let tried = self.open().and_then(|file| {
                file.set_len(written)?;
                file.seek(SeekFrom::Start(written)).map(|_| ())
            });
            if let Err(error) = tried.and_then(|()| self.write(&held)) {
                self.held = held;
                self.file = None;
                return Err(error);
            }
            self.written += held.len() as u64;
        }
        self.disk.at(Step::SpoolSync)?;
        self.open()?.sync_all()
    }

    /// The answer came to its end.
    pub(crate) fn mark_whole(&mut self) {
        self.whole = true;
    }

    /// Whether it is known that the answer came to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many bytes have come.
    pub(crate) fn len(&self) -> u64 {
        self.written + self.held.len() as u64
    }

    /// All that has come, read from the disk as far as it is there.
    pub(crate) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            // The folder may have gone with the disk; what is in memory counts all the same.
            Err(_) if self.written == 0 => Vec::new(),
            Err(error) => return Err(error),
        };
        bytes.truncate(usize::try_from(self.written).unwrap_or(usize::MAX));
        bytes.extend_from_slice(&self.held);
        Ok(bytes)
    }

    /// The pictures are durable: the bytes are not needed any more.
    pub(crate) fn remove(self) -> io::Result<()> {
        self.disk.at(Step::SpoolRemove)?;
        drop(self.file);
        remove_if_there(&self.path)
    }

    /// Moves the bytes to where they wait for a person, or a better decoder.
    pub(crate) fn keep(self, to: &Path) -> io::Result<()> {
        self.disk.at(Step::SpoolRemove)?;
        drop(self.file);
        if self.path == to {
            return Ok(());
        }
        fs::rename(&self.path, to)?;
        sync_folder(folder_of(to))?;
        sync_folder(folder_of(&self.path))
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A disk that is full as long as the flag is set.
    fn full_disk() -> (Disk, Arc<AtomicBool>) {
        let full = Arc::new(AtomicBool::new(false));
        let flag = full.clone();
        let disk = Disk {
            fault: Some(Arc::new(move |step| {
                if step == Step::SpoolWrite && flag.load(Ordering::SeqCst) {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                Ok(())
            })),
            ..Disk::default()
        };
        (disk, full)
    }

    #[test]
    fn chunks_are_in_the_file_as_soon_as_they_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.part");
        let mut spool = Spool::create(path.clone(), Disk::default()).unwrap();
        spool.append(b"one ");
        assert_eq!(fs::read(&path).unwrap(), b"one ");
        spool.append(b"two");
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        assert_eq!(spool.bytes().unwrap(), b"one two");
    }

    #[test]
    fn what_a_full_disk_refuses_is_held_and_written_when_there_is_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.part");
        let (disk, full) = full_disk();
        let mut spool = Spool::create(path.clone(), disk).unwrap();
        spool.append(b"one ");
        full.store(true, Ordering::SeqCst);
        spool.append(b"two ");
        full.store(false, Ordering::SeqCst);
        // Order counts: what follows a held chunk is held too, until the next sync.
        spool.append(b"three");
        assert_eq!(spool.bytes().unwrap(), b"one two three");

        full.store(true, Ordering::SeqCst);
        assert_eq!(spool.sync().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(spool.bytes().unwrap(), b"one two three");
        full.store(false, Ordering::SeqCst);
        spool.sync().unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"one two three");
        assert_eq!(spool.len(), 13);
    }

    #[test]
    fn a_torn_write_is_cut_off_before_the_rest_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.part");
        let (disk, full) = full_disk();
        let mut spool = Spool::create(path.clone(), disk).unwrap();
        spool.append(b"one ");
        full.store(true, Ordering::SeqCst);
        spool.append(b"two");
        // Half of it had reached the file after all.
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"tw")
            .unwrap();
        assert_eq!(spool.bytes().unwrap(), b"one two");

        full.store(false, Ordering::SeqCst);
        spool.sync().unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"one two");
    }

    #[test]
    fn an_answer_that_is_already_there_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.part");
        fs::write(&path, b"paid for").unwrap();
        assert!(Spool::create(path.clone(), Disk::default()).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"paid for");
    }
}
