//! The request that is being edited, saved in two generations: a newest that is broken gives way to the one before it.

use std::fs;
use std::path::{Path, PathBuf};

use novelai::request::GenerateRequest;

use crate::disk;
use crate::error::Error;

/// The two files of the draft.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    newest: PathBuf,
    previous: PathBuf,
}

impl Draft {
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            newest: data.join("draft.json"),
            previous: data.join("draft.previous.json"),
        }
    }

    /// The newest generation that can be read.
    pub(crate) fn load(&self) -> Option<GenerateRequest> {
        read(&self.newest).or_else(|| read(&self.previous))
    }

    /// Saves a new generation. What was the newest becomes the previous one, unless it is broken.
    pub(crate) fn save(&self, request: &GenerateRequest) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(request).map_err(Error::internal)?;
        if let Ok(bytes) = fs::read(&self.newest) {
            if bytes == json {
                return Ok(());
            }
            if parse(&bytes).is_some() {
                disk::replace(&self.previous, &bytes).map_err(|error| Error::storage(&error, "saving the draft"))?;
            }
        }
        disk::replace(&self.newest, &json).map_err(|error| Error::storage(&error, "saving the draft"))
    }
}

fn read(path: &Path) -> Option<GenerateRequest> {
    let bytes = fs::read(path).ok()?;
    let request = parse(&bytes);
    if request.is_none() {
        tracing::warn!(path = %path.display(), "a draft can't be read");
    }
    request
}

fn parse(bytes: &[u8]) -> Option<GenerateRequest> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    fn draft_with(text: &str) -> GenerateRequest {
        let mut request = request();
        request.prompt.text = text.into();
        request
    }

    #[test]
    fn the_newest_draft_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft::in_folder(folder.path());
        assert_eq!(draft.load(), None);
        draft.save(&draft_with("one")).unwrap();
        draft.save(&draft_with("two")).unwrap();
        assert_eq!(draft.load(), Some(draft_with("two")));
    }

    #[test]
    fn a_broken_newest_gives_way_to_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft::in_folder(folder.path());
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
        let draft = Draft::in_folder(folder.path());
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
        let draft = Draft::in_folder(folder.path());
        for text in ["one", "two", "two"] {
            draft.save(&draft_with(text)).unwrap();
        }
        fs::write(&draft.newest, b"{").unwrap();
        assert_eq!(draft.load(), Some(draft_with("one")));
    }
}
