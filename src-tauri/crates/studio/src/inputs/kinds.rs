//! What is being dragged over the window, as far as a glance tells: by the first bytes of a file, and its name. Nothing
//! is kept, and nothing is promised: what a file really is shows when it is dropped.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::PictureFormat;
use super::walk::{begins_as_json, head, is_called_vibe};

/// Files that are looked into; of more, the names have to do. A slow disk should not hold up a drag.
const LOOKED_INTO: usize = 64;

/// How many of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Kinds {
    /// Files that begin as pictures do.
    pub pictures: u32,
    /// Vibes and bundles of them.
    pub vibes: u32,
    /// Folders, with whatever is in them.
    pub folders: u32,
    /// What can't be taken.
    pub others: u32,
}

impl Kinds {
    /// Looks at what is dragged. Blocks.
    #[must_use]
    pub fn of<P: AsRef<Path>>(paths: &[P]) -> Self {
        let mut kinds = Self::default();
        for (at, path) in paths.iter().enumerate() {
            *kinds.kind_of(path.as_ref(), at < LOOKED_INTO) += 1;
        }
        kinds
    }

    fn kind_of(&mut self, path: &Path, look: bool) -> &mut u32 {
        if look && path.is_dir() {
            return &mut self.folders;
        }
        let head = if look { head(path) } else { None };
        if is_called_vibe(path) && head.as_deref().is_none_or(begins_as_json) {
            return &mut self.vibes;
        }
        let is_picture = match head {
            Some(head) => PictureFormat::of(&head).is_some(),
            None => !look && is_called_picture(path),
        };
        if is_picture {
            &mut self.pictures
        } else {
            &mut self.others
        }
    }
}

fn is_called_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["png", "jpg", "jpeg", "webp"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::testing::encoded;

    #[test]
    fn a_glance_tells_pictures_from_what_is_only_called_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            fs::write(folder.path().join(name), bytes).unwrap();
            folder.path().join(name)
        };
        let png = encoded(image::ImageFormat::Png, 4, 4);
        let paths = [
            file("a.png", &png),
            file("no ending", &png),
            file("text.png", b"hello"),
            file("mood.naiv4vibe", b"{\"a\":1}"),
            file("odd.naiv4vibe", b"hello"),
            folder.path().to_owned(),
            folder.path().join("gone.png"),
            PathBuf::from("/dev/zero"),
        ];
        let told = Kinds {
            pictures: 2,
            vibes: 1,
            folders: 1,
            others: 4,
        };
        assert_eq!(Kinds::of(&paths), told);
    }

    #[test]
    fn of_very_many_files_the_names_have_to_do() {
        let many = vec![PathBuf::from("/gone/a.PNG"); 200];
        let kinds = Kinds::of(&many);
        assert_eq!((kinds.pictures, kinds.others), (136, 64));
    }
}
