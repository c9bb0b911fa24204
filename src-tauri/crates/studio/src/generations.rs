//! A small value of the person's (the draft, the settings), saved in two generations: a newest that is broken gives way
//! to the one before it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::disk;
use crate::error::Error;

/// The two files of a value.
#[derive(Debug, Clone)]
pub(crate) struct Generations<T> {
    name: &'static str,
    newest: PathBuf,
    previous: PathBuf,
    parse: fn(&[u8]) -> Option<T>,
}

impl<T: Serialize> Generations<T> {
    /// `name` names the files, and completes "saving the …".
    pub(crate) fn in_folder(data: &Path, name: &'static str, parse: fn(&[u8]) -> Option<T>) -> Self {
        Self {
            name,
            newest: data.join(format!("{name}.json")),
            previous: data.join(format!("{name}.previous.json")),
            parse,
        }
    }

    /// The newest generation that can be read.
    pub(crate) fn load(&self) -> Option<T> {
        self.read(&self.newest).or_else(|| self.read(&self.previous))
    }

    /// Saves a new generation. What was the newest becomes the previous one, unless it is broken.
    pub(crate) fn save(&self, value: &T) -> Result<(), Error> {
        let trouble = |error: std::io::Error| Error::storage(&error, format_args!("saving the {}", self.name));
        let json = serde_json::to_vec_pretty(value).map_err(Error::internal)?;
        if let Ok(bytes) = fs::read(&self.newest) {
            if bytes == json {
                return Ok(());
            }
            if (self.parse)(&bytes).is_some() {
                disk::replace(&self.previous, &bytes).map_err(trouble)?;
            }
        }
        disk::replace(&self.newest, &json).map_err(trouble)
    }

    fn read(&self, path: &Path) -> Option<T> {
        let bytes = fs::read(path).ok()?;
        let value = (self.parse)(&bytes);
        if value.is_none() {
            tracing::warn!(path = %path.display(), "a {} can't be read", self.name);
        }
        value
    }
}

/// A value that has to be there whole.
pub(crate) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use novelai::request::GenerateRequest;

    use super::*;
    use crate::testing::request;

    fn draft(folder: &Path) -> Generations<GenerateRequest> {
        Generations::in_folder(folder, "draft", parse_json)
    }

    fn draft_with(text: &str) -> GenerateRequest {
        let mut request = request();
        request.prompt.text = text.into();
        request
    }

    #[test]
    fn the_newest_draft_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let draft = draft(folder.path());
        assert_eq!(draft.load(), None);
        draft.save(&draft_with("one")).unwrap();
        draft.save(&draft_with("two")).unwrap();
        assert_eq!(draft.load(), Some(draft_with("two")));
    }

    #[test]
    fn a_broken_newest_gives_way_to_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let draft = draft(folder.path());
        draft.save(&draft_with("one")).unwrap();
        draft.save(&draft_with("two")).unwrap();
        let whole = fs::read(&draft.newest).unwrap();
        for broken in [&whole[..whole.len() / 2], b"", b"null", b"{}"] {
            fs::write(&draft.newest, broken).unwrap();
            assert_eq!(draft.load(), Some(draft_with("one")));
        }
        fs::remove_file(&draft.newest).unwrap();
        assert_eq!(draft.load(), Some(draft_with("one")));
    }

    #[test]
    fn a_broken_newest_does_not_push_out_the_good_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let draft = draft(folder.path());
        draft.save(&draft_with("one")).unwrap();
        draft.save(&draft_with("two")).unwrap();
        fs::write(&draft.newest, b"{").unwrap();
        draft.save(&draft_with("three")).unwrap();
        fs::write(&draft.newest, b"{").unwrap();
        assert_eq!(draft.load(), Some(draft_with("one")));
    }

    #[test]
    fn two_saves_of_the_same_draft_don_t_push_out_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let draft = draft(folder.path());
        for text in ["one", "two", "two"] {
            draft.save(&draft_with(text)).unwrap();
        }
        fs::write(&draft.newest, b"{").unwrap();
        assert_eq!(draft.load(), Some(draft_with("one")));
    }
}
