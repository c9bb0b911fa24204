//! Where pictures go: a folder, and a template for names in it.

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use studio::download::DEFAULT_NAMES;

/// A folder, and a template for names below it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) template: String,
}

impl Place {
    /// What `--out` says. What stands before the first value names the folder as the person wrote it, `..` and all; what
    /// the values make can't lead out of that. `usual` is the name where none is given.
    pub(crate) fn read(out: Option<&str>, usual: Option<&str>) -> Self {
        let usual = usual.unwrap_or(DEFAULT_NAMES);
        let Some(out) = out else {
            return Self::new(".", usual);
        };
        if out.ends_with(['/', MAIN_SEPARATOR]) || Path::new(out).is_dir() {
            return Self::new(out, usual);
        }
        let literal = out.find('{').unwrap_or(out.len());
        let (folder, template) = match out[..literal].rfind(['/', MAIN_SEPARATOR]) {
            Some(0) => ("/", &out[1..]),
            Some(at) => (&out[..at], &out[at + 1..]),
            None => (".", out),
        };
        // The extension follows from what the file is.
        let name = [".png", ".webp", ".PNG", ".WEBP"]
            .iter()
            .find_map(|extension| template.strip_suffix(extension));
        Self::new(folder, name.unwrap_or(template))
    }

    fn new(folder: &str, template: &str) -> Self {
        Self {
            folder: PathBuf::from(folder),
            template: template.to_owned(),
        }
    }

    /// The same place for several pictures: each needs a name of its own.
    pub(crate) fn for_several(mut self, several: bool) -> Self {
        let told_apart = ["{index}", "{seed}", "{job}"]
            .iter()
            .any(|value| self.template.contains(value));
        if several && !told_apart {
            self.template.push_str("-{index}");
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_what_follows_the_folders_that_were_named() {
        for (out, folder, template) in [
            (None, ".", DEFAULT_NAMES),
            (Some("sea"), ".", "sea"),
            (Some("sea.png"), ".", "sea"),
            (Some("a/b/sea.webp"), "a/b", "sea"),
            (Some("a/"), "a/", DEFAULT_NAMES),
            (Some("../x/{date}/{seed}"), "../x", "{date}/{seed}"),
            (Some("/{date}"), "/", "{date}"),
            (Some("/tmp/p{seed}"), "/tmp", "p{seed}"),
        ] {
            let place = Place::read(out, None);
            assert_eq!(
                (place.folder.as_path(), place.template.as_str()),
                (Path::new(folder), template),
                "{out:?}"
            );
        }
        assert_eq!(Place::read(None, Some("cat-large")).template, "cat-large");
    }

    #[test]
    fn several_pictures_are_told_apart() {
        assert_eq!(Place::read(Some("sea"), None).for_several(true).template, "sea-{index}");
        assert_eq!(Place::read(Some("sea"), None).for_several(false).template, "sea");
        assert_eq!(Place::read(Some("{seed}"), None).for_several(true).template, "{seed}");
    }
}
