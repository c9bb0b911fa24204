//! An answer that is received outside of the queue, as the command line does.
//!
//! It keeps the queue's promises: its bytes are on the disk before they are parsed, and its pictures get names of their
//! own and never another file's. What can't be made into pictures stays where it is, under a name that can be told.

use std::io;
use std::path::{Path, PathBuf};

use novelai::response::Picture;
use uuid::Uuid;

use crate::clock;
use crate::disk::{Disk, write_new};
use crate::error::{Error, ErrorCode};
use crate::jobs::spool::Spool;
use crate::library::template::Template;
use crate::library::{index, names};

/// How pictures are named when nothing else is said.
pub const DEFAULT_NAMES: &str = "{date}-{time}-{seed}-{index}";

/// The bytes of one answer, on their way to becoming pictures in a folder.
pub struct Download {
    id: Uuid,
    folder: PathBuf,
    spool: Spool,
}

impl Download {
    /// Makes the folder, and a place for the bytes in it, before anything is sent: what can't be written is noticed
    /// while that costs nothing.
    ///
    /// # Errors
    ///
    /// Where the folder can't be made or written to.
    pub fn begin(folder: &Path, id: Uuid) -> Result<Self, Error> {
        let trouble = |error: &io::Error| Error::storage(error, format_args!("preparing {}", folder.display()));
        std::fs::create_dir_all(folder).map_err(|error| trouble(&error))?;
        let part = folder.join(format!(".{id}.part"));
        let spool = Spool::create(part, Disk::default()).map_err(|error| trouble(&error))?;
        Ok(Self {
            id,
            folder: folder.to_owned(),
            spool,
        })
    }

    /// Takes bytes as they come. A disk that refuses them is no reason to stop: they are held in memory until
    /// [`Self::received`] tries again.
    pub fn append(&mut self, chunk: &[u8]) {
        self.spool.append(chunk);
    }

    /// Lets go of all that has come, because the same is asked for again.
    pub fn forget(&mut self) {
        self.spool.forget();
    }

    /// Whether nothing has come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spool.len() == 0
    }

    /// All that has come, once it is durable.
    ///
    /// # Errors
    ///
    /// Where the disk does not take it, or does not give it back.
    pub fn received(&mut self) -> Result<Vec<u8>, Error> {
        let stored = self.spool.sync().and_then(|()| self.spool.bytes());
        stored.map_err(|error| Error::storage(&error, format_args!("receiving into {}", self.folder.display())))
    }

    /// Writes one picture durably under the first free name that a template gives, and says where it is. `seed` is the
    /// picture's own.
    ///
    /// # Errors
    ///
    /// Where the disk refuses; the received bytes are still there then.
    pub fn save(&self, template: &str, picture: &Picture, seed: Option<u32>) -> Result<PathBuf, Error> {
        let values = names::Values {
            at: clock::now_local(),
            seed,
            index: picture.index,
            job: self.id,
            told: None,
        };
        let template = Template::parse(template).0;
        let mut candidates = names::candidates(&template, &values, index::extension(picture.format));
        loop {
            let path = self
                .folder
                .join(candidates.next().expect("there is always another name"));
            let written = path
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| write_new(&path, &picture.bytes));
            match written {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.exists() => {}
                Err(error) => return Err(Error::storage(&error, format_args!("saving {}", path.display()))),
            }
        }
    }

    /// The pictures are durable, or nothing has come: the bytes are not needed any more.
    ///
    /// # Errors
    ///
    /// Where the disk refuses.
    pub fn done(self) -> Result<(), Error> {
        let folder = self.folder.display().to_string();
        self.spool
            .remove()
            .map_err(|error| Error::storage(&error, format_args!("tidying up {folder}")))
    }

    /// Writes the bytes elsewhere, whole, when their own folder takes no more: into the system's folder for temporary
    /// files.
    ///
    /// # Errors
    ///
    /// Where that is full as well.
    pub fn rescue(&self) -> Result<PathBuf, Error> {
        let rescued = std::env::temp_dir().join(format!("received-{}.bin", self.id));
        self.spool
            .bytes()
            .and_then(|bytes| write_new(&rescued, &bytes))
            .map_err(|error| Error::storage(&error, format_args!("keeping {}", rescued.display())))?;
        Ok(rescued)
    }

    /// Leaves the bytes in the folder, under a name that people see, and says where they are.
    ///
    /// # Errors
    ///
    /// Where the disk refuses; the bytes stay under their hidden name then.
    pub fn keep(self) -> Result<PathBuf, Error> {
        let kept = self.folder.join(format!("received-{}.bin", self.id));
        self.spool
            .keep(&kept)
            .map_err(|error| Error::storage(&error, format_args!("keeping {}", kept.display())))?;
        Ok(kept)
    }
}

/// Writes a new file durably, or not at all; another file's name is never taken.
///
/// # Errors
///
/// Where the name is taken or the disk refuses.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_new(path, bytes).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return Error::new(
                ErrorCode::Storage,
                "There is a file of that name already. Choose another name.",
            )
            .with_detail(path.display());
        }
        Error::storage(&error, format_args!("writing {}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use novelai::request::{ImageFormat, Size};
    use std::fs;

    fn picture(index: u32) -> Picture {
        Picture {
            index,
            format: ImageFormat::Png,
            bytes: format!("picture {index}").into_bytes(),
            size: Size { width: 1, height: 1 },
        }
    }

    #[test]
    fn pictures_get_names_of_their_own_and_the_bytes_go() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new/one");
        let mut download = Download::begin(&target, Uuid::new_v4()).unwrap();
        assert!(download.is_empty());
        download.append(b"half ");
        download.append(b"whole");
        assert_eq!(download.received().unwrap(), b"half whole");

        let first = download.save("sea", &picture(0), Some(7)).unwrap();
        let second = download.save("sea", &picture(1), Some(8)).unwrap();
        download.done().unwrap();

        assert_eq!(first, target.join("sea.png"));
        assert_ne!(first, second);
        assert_eq!(fs::read(second).unwrap(), b"picture 1");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 2);
    }

    #[test]
    fn another_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("sea.png"), b"mine").unwrap();
        let download = Download::begin(folder.path(), Uuid::new_v4()).unwrap();
        let saved = download.save("sea", &picture(0), None).unwrap();
        assert_ne!(saved, folder.path().join("sea.png"));
        assert_eq!(fs::read(folder.path().join("sea.png")).unwrap(), b"mine");
        assert!(write_file(&saved, b"again").is_err());
    }

    #[test]
    fn what_no_picture_could_be_made_of_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut download = Download::begin(folder.path(), Uuid::new_v4()).unwrap();
        download.append(b"paid for");
        download.received().unwrap();
        let kept = download.keep().unwrap();
        assert_eq!(fs::read(kept).unwrap(), b"paid for");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_its_folder_can_not_keep_is_kept_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let mut download = Download::begin(folder.path(), Uuid::new_v4()).unwrap();
        download.append(b"paid for");
        let rescued = download.rescue().unwrap();
        assert_eq!(fs::read(&rescued).unwrap(), b"paid for");
        fs::remove_file(rescued).unwrap();
    }

    #[test]
    fn a_folder_that_can_not_be_made_is_told_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), b"").unwrap();
        assert!(Download::begin(&folder.path().join("file"), Uuid::new_v4()).is_err());
    }
}
