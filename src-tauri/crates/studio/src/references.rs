//! The references that the person keeps at hand: a list in a small file, newest first. What it names lies in the store
//! of inputs, or among the encoded vibes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use novelai::request::PictureId;
use serde::{Deserialize, Serialize};

use crate::clock::now_ms;
use crate::disk::replace;
use crate::error::{Error, ErrorCode};
use crate::inputs::{is_content_id, presentable};

/// The most that are kept at hand.
const MOST: usize = 500;

/// A picture or a vibe that the person keeps at hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    /// The picture, or the vibe.
    pub id: PictureId,
    /// What the person calls it.
    pub name: String,
    /// What it is.
    pub kind: ReferenceSource,
}

/// What a reference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum ReferenceSource {
    /// A picture.
    Picture,
    /// A vibe from a file.
    Vibe,
}

/// The list. Blocks.
#[derive(Debug)]
pub(crate) struct References {
    path: PathBuf,
}

impl References {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// All of them. A file that can't be understood is an error that names it, and stays.
    pub(crate) fn all(&self) -> Result<Vec<Reference>, Error> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::storage(&error, "reading the references")),
        };
        serde_json::from_slice(&bytes).map_err(|error| broken(&self.path, &error))
    }

    /// Puts one at the front, or gives one that is there another name.
    pub(crate) fn save(&self, reference: Reference) -> Result<Vec<Reference>, Error> {
        if !is_content_id(&reference.id) {
            return Err(Error::new(ErrorCode::Refused, "There is no such picture to keep at hand.").with_detail("id"));
        }
        let mut all = self.for_change()?;
        let named = Reference {
            name: presentable(&reference.name),
            ..reference
        };
        let known = all
            .iter()
            .position(|known| known.id == named.id && known.kind == named.kind);
        match known {
            Some(at) => all[at] = named,
            None if all.len() >= MOST => {
                let message = format!("Only {MOST} references are kept at hand. Forget one first.");
                return Err(Error::new(ErrorCode::Refused, message).with_detail("references"));
            }
            None => all.insert(0, named),
        }
        self.write(all)
    }

    /// Takes one off the list. What it names stays: requests may name it too.
    pub(crate) fn forget(&self, id: &PictureId) -> Result<Vec<Reference>, Error> {
        let mut all = self.for_change()?;
        all.retain(|known| known.id != *id);
        self.write(all)
    }

    /// The list that a change is made to. A broken file is set aside for that, never overwritten.
    fn for_change(&self) -> Result<Vec<Reference>, Error> {
        match self.all() {
            Err(error) if error.code == ErrorCode::Malformed => {
                let aside = self.path.with_extension(format!("damaged-{}.json", now_ms()));
                fs::rename(&self.path, aside)
                    .map_err(|error| Error::storage(&error, "setting damaged references aside"))?;
                Ok(Vec::new())
            }
            other => other,
        }
    }

    fn write(&self, all: Vec<Reference>) -> Result<Vec<Reference>, Error> {
        let json = serde_json::to_vec_pretty(&all).map_err(Error::internal)?;
        replace(&self.path, &json).map_err(|error| Error::storage(&error, "saving the references"))?;
        Ok(all)
    }
}

fn broken(path: &Path, error: &serde_json::Error) -> Error {
    Error::new(
        ErrorCode::Malformed,
        "The list of references can't be read. Mend the file, or save a reference: then a new list is begun and the old \
         file is kept beside it.",
    )
    .with_detail(format_args!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(letter: &str, name: &str) -> Reference {
        Reference {
            id: PictureId(letter.repeat(64)),
            name: name.to_owned(),
            kind: ReferenceSource::Picture,
        }
    }

    fn names(all: &[Reference]) -> Vec<&str> {
        all.iter().map(|reference| reference.name.as_str()).collect()
    }

    #[test]
    fn references_are_saved_renamed_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let references = References::at(folder.path().join("references.json"));
        assert_eq!(references.all().unwrap(), []);
        references.save(reference("a", "Anna")).unwrap();
        references.save(reference("b", "the sea")).unwrap();
        let all = references.save(reference("a", "Anna in\nred")).unwrap();
        assert_eq!(names(&all), ["the sea", "Anna in red"]);
        let again = References::at(folder.path().join("references.json"));
        assert_eq!(again.all().unwrap(), all);
        assert_eq!(
            names(&again.forget(&PictureId("b".repeat(64))).unwrap()),
            ["Anna in red"]
        );
        let no_id = Reference {
            id: PictureId("../x".into()),
            ..reference("a", "x")
        };
        assert_eq!(again.save(no_id).unwrap_err().code, ErrorCode::Refused);
    }

    #[test]
    fn a_broken_list_is_told_and_never_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("references.json");
        fs::write(&path, b"[{\"id\": half a li").unwrap();
        let references = References::at(path.clone());

        assert_eq!(references.all().unwrap_err().code, ErrorCode::Malformed);
        assert!(path.exists());
        assert_eq!(names(&references.save(reference("a", "new")).unwrap()), ["new"]);

        let kept = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let contents: Vec<_> = kept.map(|path| fs::read(path).unwrap()).collect();
        assert!(contents.contains(&b"[{\"id\": half a li".to_vec()));
    }
}
