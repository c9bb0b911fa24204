//! The folders that the library's pictures lie in: the library folder, which is number 0, and folders that the person
//! added in place.
//!
//! Which those are stands in `folders.json`. Nothing is written into an added folder but what its pictures' own trash needs
//! (`.trash`, so that nothing is copied to another disk): what the person says of its pictures stands in the library
//! folder's `atelier.jsonl`, where they are known by their content. So a folder may be read-only, and may vanish with its
//! drive; its rows stay.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use crate::door::lock;
use crate::error::{Error, ErrorCode};
use crate::folders::Folders;
use crate::generations::{Generations, parse_json};
use crate::library::{ImageRecord, gone_or};

/// The number of the library folder.
pub(crate) const MAIN: u32 = 0;
/// Folders that can be added.
const MOST: usize = 64;

/// Added folders, as their file has them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct List {
    /// Numbers up to this have been given: none is given twice.
    last: u32,
    folders: Vec<Place>,
}

/// A folder with pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) id: u32,
    pub(crate) path: PathBuf,
}

/// The folders as they are at a moment. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Roots(Arc<Vec<Place>>);

impl Roots {
    /// The library folder alone.
    #[cfg(test)]
    pub(crate) fn only(library: &Path) -> Self {
        Self(Arc::new(vec![Place {
            id: MAIN,
            path: library.to_owned(),
        }]))
    }

    pub(crate) fn all(&self) -> &[Place] {
        &self.0
    }

    /// The folder of a number; none: it is no longer one of ours.
    pub(crate) fn root(&self, folder: u32) -> Option<&Path> {
        let place = self.0.iter().find(|place| place.id == folder)?;
        Some(&place.path)
    }

    /// Where a file of a folder is.
    pub(crate) fn path(&self, folder: u32, file_name: &str) -> Option<PathBuf> {
        Some(self.root(folder)?.join(file_name))
    }

    /// Whether a file is certainly not there: its folder can be reached, and does not have it.
    pub(crate) fn lacks(&self, folder: u32, file_name: &str) -> bool {
        self.root(folder)
            .is_some_and(|root| is_missing(&root.join(file_name)) && can_be_reached(root))
    }
}

/// Whether the system says that there is no such file. Any other trouble leaves it open.
pub(crate) fn is_missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| is_absence(&error))
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether a folder is there. One without anything in it is what remains of a drive that was unplugged.
pub(crate) fn can_be_reached(root: &Path) -> bool {
    fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some_and(|entry| entry.is_ok()))
}

/// The folders, and their file.
pub(crate) struct Places {
    file: Generations<List>,
    main: PathBuf,
    now: Mutex<(List, Roots)>,
}

impl Places {
    pub(crate) fn of(folders: &Folders) -> Self {
        let file = Generations::in_folder(&folders.data, "folders", parse_json::<List>);
        let list = file.load().unwrap_or_default();
        let roots = roots(&folders.library, &list);
        Self {
            file,
            main: folders.library.clone(),
            now: Mutex::new((list, roots)),
        }
    }

    pub(crate) fn roots(&self) -> Roots {
        lock(&self.now).1.clone()
    }

    /// Where a picture's file is.
    pub(crate) fn path_of(&self, record: &ImageRecord) -> Result<PathBuf, Error> {
        let path = self.roots().path(record.folder, &record.file_name);
        path.ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                "This picture's folder is no longer part of the library.",
            )
        })
    }

    /// What to say of a picture's file that could not be read.
    pub(crate) fn unreadable(&self, error: &io::Error, record: &ImageRecord, path: &Path) -> Error {
        let root = self.roots().root(record.folder).map(Path::to_owned);
        match root.filter(|root| error.kind() == io::ErrorKind::NotFound && !can_be_reached(root)) {
            Some(root) => Error::new(
                ErrorCode::NotFound,
                "The folder of this picture can't be reached. Plug its drive in, then try again.",
            )
            .with_detail(root.display()),
            None => gone_or(error, path),
        }
    }

    /// Adds a folder, and gives it. Blocks.
    pub(crate) fn add(&self, folder: &Path, data: &Path) -> Result<Place, Error> {
        let refused = |message: &str| Error::new(ErrorCode::Refused, message).with_detail(folder.display());
        let path = folder
            .canonicalize()
            .map_err(|error| Error::storage(&error, format_args!("looking for {}", folder.display())))?;
        if !path.is_dir() {
            return Err(refused("This is no folder."));
        }
        let mut now = lock(&self.now);
        let (list, at) = &mut *now;
        if list.folders.len() >= MOST {
            return Err(refused(
                "The library has as many folders as it can have. Remove one first.",
            ));
        }
        let known = |other: &Path| other.canonicalize().unwrap_or_else(|_| other.to_owned());
        if known(data).starts_with(&path) || path.starts_with(known(data)) {
            return Err(refused(
                "Atelier keeps its own files there. Choose a folder with pictures.",
            ));
        }
        for place in at.all() {
            let other = known(&place.path);
            if path.starts_with(&other) {
                return Err(refused("This folder is part of the library already."));
            }
            if other.starts_with(&path) {
                return Err(refused(
                    "A folder in this one is part of the library already. Choose another, or remove that one first.",
                ));
            }
        }
        let mut next = list.clone();
        next.last += 1;
        let place = Place { id: next.last, path };
        next.folders.push(place.clone());
        self.file.save(&next)?;
        *now = (next.clone(), roots(&self.main, &next));
        Ok(place)
    }

    /// Takes a folder off the list. Blocks.
    pub(crate) fn remove(&self, folder: u32) -> Result<(), Error> {
        let mut now = lock(&self.now);
        let mut next = now.0.clone();
        next.folders.retain(|place| place.id != folder);
        self.file.save(&next)?;
        *now = (next.clone(), roots(&self.main, &next));
        Ok(())
    }
}

fn roots(library: &Path, list: &List) -> Roots {
    let main = Place {
        id: MAIN,
        path: library.to_owned(),
    };
    Roots(Arc::new(
        std::iter::once(main).chain(list.folders.iter().cloned()).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage() -> (tempfile::TempDir, Folders) {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders {
            data: folder.path().join("data"),
            library: folder.path().join("library"),
        };
        folders.create().unwrap();
        (folder, folders)
    }

    #[test]
    fn folders_that_can_not_be_added_are_refused() {
        let (folder, folders) = stage();
        let places = Places::of(&folders);
        fs::create_dir_all(folder.path().join("more/inner")).unwrap();
        fs::create_dir(folders.library.join("day")).unwrap();
        fs::write(folder.path().join("file"), b"").unwrap();
        places.add(&folder.path().join("more/inner"), &folders.data).unwrap();
        for (path, code) in [
            ("nowhere", ErrorCode::Storage),
            ("file", ErrorCode::Refused),
            ("data", ErrorCode::Refused),
            ("data/inputs", ErrorCode::Refused),
            ("library", ErrorCode::Refused),
            ("library/day", ErrorCode::Refused),
            ("more", ErrorCode::Refused),
            ("more/inner", ErrorCode::Refused),
            ("more/../more/inner", ErrorCode::Refused),
            (".", ErrorCode::Refused),
        ] {
            let refused = places.add(&folder.path().join(path), &folders.data).unwrap_err();
            assert_eq!(refused.code, code, "{path}: {refused}");
        }
        assert_eq!(places.roots().all().len(), 2);
    }

    #[test]
    fn a_number_is_never_given_twice_and_the_list_is_kept() {
        let (folder, folders) = stage();
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        let places = Places::of(&folders);
        let first = places.add(&other, &folders.data).unwrap();
        places.remove(first.id).unwrap();
        let second = Places::of(&folders).add(&other, &folders.data).unwrap();
        assert_ne!(first.id, second.id);
        let again = Places::of(&folders).roots();
        assert_eq!(again.root(second.id), Some(&*other.canonicalize().unwrap()));
        assert_eq!(again.root(first.id), None);
    }

    #[test]
    fn nothing_is_missing_from_a_drive_that_is_not_there() {
        let (folder, _) = stage();
        let library = folder.path().join("library");
        let roots = Roots::only(&library);
        assert!(!roots.lacks(MAIN, "a.png"), "an empty folder is an unplugged drive");
        fs::write(library.join("b.png"), b"").unwrap();
        assert!(roots.lacks(MAIN, "a.png") && roots.lacks(MAIN, "day/a.png"));
        assert!(!roots.lacks(MAIN, "b.png") && !roots.lacks(7, "a.png"));
        fs::remove_dir_all(&library).unwrap();
        assert!(!roots.lacks(MAIN, "b.png"));
    }
}
