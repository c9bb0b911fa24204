//! Wildcards and snippets: text files in the data folder that a person writes with any editor.
//!
//! `wildcards/colours/warm.txt` is the wildcard `__colours/warm__`, a line an entry; `snippets/castle.txt` is a text that
//! is offered by its name. They are read into memory and looked at again now and then, never while somebody types.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use novelai::prompt::{List, Wildcards};
use serde::Serialize;

use crate::disk::{remove_if_there, replace};
use crate::error::{Error, ErrorCode};
use crate::folders::make_private;

/// A wildcard or a snippet: a text file in the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PromptFile {
    /// Its name, with the folders it is in and without its ending.
    pub name: String,
    /// What it is.
    pub kind: PromptFileKind,
    /// What can be drawn from it; 1 of a snippet.
    pub entries: u32,
    /// What is in it, or its beginning.
    pub text: String,
    /// Why it can't be used, or what is odd about it.
    pub problem: Option<String>,
}

/// What a prompt file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum PromptFileKind {
    /// Drawn from by `__name__`.
    Wildcard,
    /// Put in whole.
    Snippet,
}

/// No list that a person reads is longer.
const LONGEST: u64 = 4 * 1024 * 1024;
/// So much of a file is shown.
const SHOWN: usize = 20_000;
/// So many files are read, and so deep.
const MOST: usize = 5000;
const DEEPEST: usize = 8;
/// So long what is in memory is taken for what is on the disk.
const FRESH: Duration = Duration::from_secs(2);

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) files: Vec<PromptFile>,
    pub(crate) lists: Wildcards,
    /// Whole, by name.
    pub(crate) snippets: BTreeMap<String, String>,
    stamps: Stamps,
}

type Stamps = BTreeMap<(PromptFileKind, String), (PathBuf, Option<SystemTime>, u64)>;

pub(crate) struct PromptFiles {
    data: PathBuf,
    read: RwLock<Arc<Read>>,
    /// When the folders were last looked at; held while they are.
    looked: Mutex<Option<Instant>>,
}

impl PromptFiles {
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            read: RwLock::default(),
            looked: Mutex::new(None),
        }
    }

    pub(crate) fn folder(&self, kind: PromptFileKind) -> PathBuf {
        self.data.join(match kind {
            PromptFileKind::Wildcard => "wildcards",
            PromptFileKind::Snippet => "snippets",
        })
    }

    /// What is in memory.
    pub(crate) fn read(&self) -> Arc<Read> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is time to look at the folders again.
    pub(crate) fn is_stale(&self) -> bool {
        match self.looked.try_lock() {
            Ok(looked) => looked.is_none_or(|at| at.elapsed() > FRESH),
            // Somebody looks just now.
            Err(_) => false,
        }
    }

    /// Looks at the folders, and reads what has changed. Blocks.
    pub(crate) fn look(&self) -> Arc<Read> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = self.stamps();
        let before = self.read();
        if stamps != before.stamps || looked.is_none() {
            let read = Arc::new(read_all(stamps));
            *self.read.write().unwrap_or_else(PoisonError::into_inner) = read;
        }
        *looked = Some(Instant::now());
        self.read()
    }

    fn stamps(&self) -> Stamps {
        let mut found = Stamps::new();
        for kind in [PromptFileKind::Wildcard, PromptFileKind::Snippet] {
            let deepest = if kind == PromptFileKind::Wildcard { DEEPEST } else { 1 };
            walk(&self.folder(kind), "", deepest, kind, &mut found);
        }
        found
    }

    pub(crate) fn save_snippet(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.snippet(name)?;
        let trouble = |error: io::Error| Error::storage(&error, "saving the snippet");
        if text.len() as u64 > LONGEST {
            return Err(refused("This is too long for a snippet."));
        }
        make_private(&self.folder(PromptFileKind::Snippet)).map_err(trouble)?;
        replace(&path, text.as_bytes()).map_err(trouble)
    }

    pub(crate) fn delete_snippet(&self, name: &str) -> Result<(), Error> {
        let path = self.snippet(name)?;
        remove_if_there(&path).map_err(|error| Error::storage(&error, "deleting the snippet"))
    }

    fn snippet(&self, name: &str) -> Result<PathBuf, Error> {
        let name = name.trim();
        if !is_name(name) {
            return Err(refused(
                "A snippet is kept as a file: its name can't be empty, long, or have any of / \\ : * ? \" < > | in it.",
            ));
        }
        Ok(self.folder(PromptFileKind::Snippet).join(format!("{name}.txt")))
    }
}

fn refused(message: &str) -> Error {
    Error::new(ErrorCode::Refused, message).with_detail("name")
}

/// The wildcards of a data folder, read once.
#[must_use]
pub fn wildcards_in(data: &Path) -> Wildcards {
    PromptFiles::in_folder(data).look().lists.clone()
}

/// What is a file name on every system.
fn is_name(name: &str) -> bool {
    const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];
    let odd = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let device = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let reserved = RESERVED.contains(&device) && stem.len() <= device.len() + 1;
    !name.is_empty()
        && name.len() <= 100
        && !name.contains(odd)
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && !reserved
}

/// Links are not followed: a list of the person's lies in the folder.
fn walk(folder: &Path, prefix: &str, deepest: usize, kind: PromptFileKind, found: &mut Stamps) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if found.len() >= MOST {
            return;
        }
        let (path, Ok(about)) = (entry.path(), entry.metadata()) else {
            continue;
        };
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if about.is_dir() && deepest > 1 && !name.starts_with('.') {
            walk(&path, &format!("{prefix}{name}/"), deepest - 1, kind, found);
        }
        let is_text = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
        if let (true, true, Some(stem)) = (
            about.is_file(),
            is_text,
            path.file_stem().and_then(|stem| stem.to_str()),
        ) {
            let key = (kind, format!("{prefix}{stem}"));
            found.insert(key, (path.clone(), about.modified().ok(), about.len()));
        }
    }
}

fn read_all(stamps: Stamps) -> Read {
    let mut all = Read::default();
    for ((kind, name), (path, _, _)) in &stamps {
        let (text, mut problem) = match read_text(path) {
            Ok(text) => (text, None),
            Err(reason) => (String::new(), Some(reason)),
        };
        let entries = match kind {
            PromptFileKind::Wildcard => {
                let list = List::read(&text);
                let entries = list.len();
                if problem.is_none() && list.is_empty() {
                    problem = Some("it has no entries".into());
                } else if text.contains(&format!("__{name}__")) {
                    problem = Some("it names itself; that is left as it is written".into());
                }
                if !list.is_empty() {
                    all.lists.insert(name.clone(), list);
                }
                entries
            }
            PromptFileKind::Snippet => {
                if problem.is_none() {
                    all.snippets.insert(name.clone(), text.trim().to_owned());
                }
                1
            }
        };
        all.files.push(PromptFile {
            name: name.clone(),
            kind: *kind,
            entries: u32::try_from(entries).unwrap_or(u32::MAX),
            text: text.chars().take(SHOWN).collect(),
            problem,
        });
    }
    all.stamps = stamps;
    all
}

fn read_text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST {
        return Err("it is longer than 4 MB".into());
    }
    String::from_utf8(bytes).map_err(|_| "it is not written in UTF-8".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files_in(folder: &Path) -> PromptFiles {
        PromptFiles::in_folder(folder)
    }

    fn write(folder: &Path, name: &str, bytes: &[u8]) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn files_are_found_by_their_names_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "wildcards/hair.txt", b"red\nblue\n# no\n");
        write(folder.path(), "wildcards/clothes/winter/coats.txt", b"coat");
        write(folder.path(), "wildcards/note.md", b"x");
        write(folder.path(), "snippets/castle.txt", b"castle, moat\n");
        let read = files_in(folder.path()).look();
        let names: Vec<_> = read
            .files
            .iter()
            .map(|file| (file.name.as_str(), file.entries))
            .collect();
        assert_eq!(names, [("clothes/winter/coats", 1), ("hair", 2), ("castle", 1)]);
        assert_eq!(read.snippets["castle"], "castle, moat");
        assert!(read.lists.get("clothes/winter/coats").is_some());
    }

    #[test]
    fn what_can_not_be_used_says_why() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "wildcards/latin.txt", b"caf\xe9");
        write(folder.path(), "wildcards/empty.txt", b"# nothing\n");
        write(folder.path(), "wildcards/me.txt", b"a\n__me__");
        write(folder.path(), "wildcards/long.txt", &vec![b'x'; LONGEST as usize + 1]);
        let read = files_in(folder.path()).look();
        assert!(read.files.iter().all(|file| file.problem.is_some()), "{:?}", read.files);
        assert_eq!(read.lists.names().collect::<Vec<_>>(), ["me"]);
    }

    #[test]
    fn what_has_changed_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = files_in(folder.path());
        assert!(files.is_stale());
        assert!(files.look().files.is_empty() && !files.is_stale());
        write(folder.path(), "wildcards/hair.txt", b"red");
        assert_eq!(files.read().files.len(), 0);
        let first = files.look();
        assert_eq!(first.files.len(), 1);
        assert!(Arc::ptr_eq(&first, &files.look()));
    }

    #[test]
    fn a_snippet_is_a_file_in_its_folder_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let files = files_in(folder.path());
        files.save_snippet("城 1.5", "castle").unwrap();
        assert_eq!(files.look().snippets["城 1.5"], "castle");
        files.delete_snippet("城 1.5").unwrap();
        files.delete_snippet("城 1.5").unwrap();
        assert!(files.look().snippets.is_empty());
        for name in [
            "",
            " ",
            "../x",
            "a/b",
            "a\\b",
            ".x",
            "x.",
            "CON",
            "lpt1",
            "nul.x",
            "a\nb",
            &"x".repeat(101),
        ] {
            assert_eq!(
                files.save_snippet(name, "x").unwrap_err().code,
                ErrorCode::Refused,
                "{name}"
            );
        }
        assert!(files.save_snippet("console", "x").is_ok());
    }
}
