//! The store itself: a folder in which every file is named by the SHA-256 of its content, and beside each a few words
//! about it.
//!
//! Files are written whole and synced, and never changed. What is read is held against its name: a file that was
//! damaged, or edited, is as good as gone.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use novelai::payload::content_id;
use novelai::request::PictureId;

use super::take::look_at;
use super::{PictureInfo, presentable};
use crate::disk::{replace, write_new};
use crate::error::{Error, ErrorCode};

/// The longest picture that is taken.
pub(super) const LONGEST: u64 = 128 * 1024 * 1024;

/// The pictures from outside.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Looking at a large picture takes much memory.
    looking: Arc<Mutex<()>>,
    /// Where pictures were read from since the start: what lies in the library folder needs no copy of it there.
    origins: Arc<Mutex<HashMap<PictureId, PathBuf>>>,
}

impl Store {
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            looking: Arc::default(),
            origins: Arc::default(),
        }
    }

    /// Held by whoever looks at every pixel of a picture: one at a time.
    pub(crate) fn look(&self) -> MutexGuard<'_, ()> {
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes which file a picture was read from.
    pub(crate) fn came_from(&self, id: &PictureId, path: &Path) {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.insert(id.clone(), path.to_owned());
    }

    /// The file that a picture was last read from, where that was since the start.
    pub(crate) fn origin(&self, id: &PictureId) -> Option<PathBuf> {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.get(id).cloned()
    }

    /// Keeps a picture and what is known about it. Keeping it again changes nothing but what was damaged.
    pub(crate) fn keep(&self, bytes: &[u8], info: &PictureInfo) -> io::Result<()> {
        let path = self.folder.join(&info.id.0);
        match write_new(&path, bytes) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if self.bytes(&info.id).is_none() {
                    replace(&path, bytes)?;
                }
            }
            other => other?,
        }
        match write_new(&self.about(&info.id), &serde_json::to_vec(info)?) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// The bytes of a picture, as they came. None where it is not there, or no longer what it was.
    pub(crate) fn bytes(&self, id: &PictureId) -> Option<Bytes> {
        let file = File::open(self.path(id)?).ok()?;
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes).ok()?;
        (content_id(&bytes) == *id).then(|| bytes.into())
    }

    /// The bytes of a picture that is needed.
    pub(crate) fn required(&self, id: &PictureId) -> Result<Bytes, Error> {
        self.bytes(id).ok_or_else(|| gone(id))
    }

    /// What is known about a picture, from the note beside it or from the picture itself.
    pub(crate) fn info(&self, id: &PictureId) -> Option<PictureInfo> {
        let path = self.path(id)?;
        let noted = fs::read(self.about(id)).ok();
        let noted = noted.and_then(|json| serde_json::from_slice::<PictureInfo>(&json).ok());
        if let Some(info) = noted.filter(|info| info.id == *id && path.is_file()) {
            return Some(info);
        }
        let bytes = self.bytes(id)?;
        let info = look_at(&presentable(&id.0[..12]), &bytes).ok()?;
        // The note is only a convenience.
        drop(replace(&self.about(id), &serde_json::to_vec(&info).unwrap_or_default()));
        Some(info)
    }

    /// Where a picture lies. None where this can't be the id of one: ids come from the page.
    pub(crate) fn path(&self, id: &PictureId) -> Option<PathBuf> {
        is_content_id(id).then(|| self.folder.join(&id.0))
    }

    fn about(&self, id: &PictureId) -> PathBuf {
        self.folder.join(Path::new(&id.0).with_extension("json"))
    }
}

/// 64 hexadecimal digits, and so never a path.
pub(crate) fn is_content_id(id: &PictureId) -> bool {
    id.0.len() == 64 && id.0.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn gone(id: &PictureId) -> Error {
    Error::new(
        ErrorCode::NotFound,
        "A picture of this request is no longer there, so nothing was sent. Add it again.",
    )
    .with_detail(&id.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::encoded;

    fn kept() -> (tempfile::TempDir, Store, PictureInfo, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path().to_owned());
        let bytes = encoded(image::ImageFormat::Png, 20, 30);
        let info = look_at("sea.png", &bytes).unwrap();
        store.keep(&bytes, &info).unwrap();
        (folder, store, info, bytes)
    }

    #[test]
    fn a_picture_is_given_back_as_it_came() {
        let (_folder, store, info, bytes) = kept();
        assert_eq!(store.bytes(&info.id).unwrap(), bytes);
        assert_eq!(store.info(&info.id), Some(info));
    }

    #[test]
    fn keeping_it_again_changes_nothing() {
        let (folder, store, info, bytes) = kept();
        let other = PictureInfo {
            name: "another name.png".into(),
            ..info.clone()
        };
        store.keep(&bytes, &other).unwrap();
        assert_eq!(store.info(&info.id), Some(info));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_damaged_file_is_gone_until_it_is_added_again() {
        let (folder, store, info, bytes) = kept();
        fs::write(folder.path().join(&info.id.0), b"something else").unwrap();
        assert_eq!(store.bytes(&info.id), None);
        assert_eq!(store.required(&info.id).unwrap_err().code, ErrorCode::NotFound);
        store.keep(&bytes, &info).unwrap();
        assert_eq!(store.bytes(&info.id).unwrap(), bytes);
    }

    #[test]
    fn a_lost_note_is_made_again_from_the_picture() {
        let (folder, store, info, _) = kept();
        let note = folder.path().join(format!("{}.json", info.id.0));
        for broken in [&b""[..], b"{\"id\":7}", b"null"] {
            fs::write(&note, broken).unwrap();
            let made = store.info(&info.id).unwrap();
            assert_eq!((made.width, made.height, made.format), (20, 30, info.format));
            fs::remove_file(&note).unwrap();
        }
    }

    #[test]
    fn a_path_is_no_id() {
        let (_folder, store, ..) = kept();
        for id in [
            "",
            "../../etc/passwd",
            "/etc/passwd",
            "a",
            &"A".repeat(64),
            &"é".repeat(32),
        ] {
            let id = PictureId(id.to_owned());
            assert_eq!((store.path(&id), store.bytes(&id), store.info(&id)), (None, None, None));
        }
    }

    #[cfg(unix)]
    #[test]
    fn pictures_are_nobody_else_s_business() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, _, info, _) = kept();
        let mode = fs::metadata(folder.path().join(&info.id.0))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }
}
