//! Folders from outside: which pictures and vibes are in one, within limits.
//!
//! What a file is its first bytes tell; what is no picture is counted and not listed, for a folder holds all sorts of
//! things. Links are never followed, so no walk goes in a circle or leaves the folder; one that would is refused by name.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::files::{name_of, unreadable};
use super::{PictureFormat, RefusedFile, presentable};

/// Folders within folders that are looked into.
const DEEPEST: usize = 12;
/// Names that are looked at in all. A home folder that was dragged by mistake has more.
const LONGEST: usize = 50_000;
/// How much of a file tells what it is.
const HEAD: usize = 64;

/// What is in a folder.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Files that begin as pictures and vibes do, by name.
    pub(super) files: Vec<PathBuf>,
    /// What was passed over, and why.
    pub(super) refused: Vec<RefusedFile>,
    others: usize,
    looked_at: usize,
}

/// Looks through a folder. Blocks.
pub(super) fn walk(folder: &Path) -> Walked {
    let mut walked = Walked::default();
    let name = name_of(folder);
    match folder.canonicalize() {
        Ok(root) => walked.enter(&root, &root, 0),
        Err(error) => walked.refuse(&name, unreadable(&error)),
    }
    if walked.looked_at >= LONGEST {
        walked.refuse(
            &name,
            format!("It holds more than {LONGEST} files and folders; what comes after these was not looked at."),
        );
    }
    match walked.others {
        0 if walked.files.is_empty() && walked.refused.is_empty() => {
            walked.refuse(&name, "There is no picture in this folder.".into());
        }
        0 => {}
        1 => walked.refuse(&name, "One file in the folder was no picture.".into()),
        more => walked.refuse(&name, format!("{more} files in the folder were no pictures.")),
    }
    walked
}

impl Walked {
    fn enter(&mut self, root: &Path, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(&name_of(folder), unreadable(&error)),
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if self.looked_at >= LONGEST {
                return;
            }
            if is_hidden(&path) {
                continue;
            }
            self.looked_at += 1;
            self.look(root, &path, depth);
        }
    }

    fn look(&mut self, root: &Path, path: &Path, depth: usize) {
        let about = match fs::symlink_metadata(path) {
            Ok(about) => about,
            Err(error) => return self.refuse(&name_of(path), unreadable(&error)),
        };
        if about.is_symlink() {
            if let Some(reason) = where_it_leads(root, path) {
                self.refuse(&name_of(path), reason.to_owned());
            }
        } else if about.is_dir() {
            if depth < DEEPEST {
                self.enter(root, path, depth + 1);
            } else {
                self.refuse(
                    &name_of(path),
                    format!("It lies more than {DEEPEST} folders deep, and was not looked into."),
                );
            }
        } else if about.is_file() && begins_as_ours(path) {
            self.files.push(path.to_owned());
        } else {
            self.others += 1;
        }
    }

    fn refuse(&mut self, name: &str, reason: String) {
        self.refused.push(RefusedFile {
            name: presentable(name),
            reason,
        });
    }
}

/// Why a link is refused. None: it leads to something in the folder, which is met there anyway.
fn where_it_leads(root: &Path, link: &Path) -> Option<&'static str> {
    match link.canonicalize() {
        Ok(target) if !target.starts_with(root) => {
            Some("This link leads out of the folder, so it was not followed. Drop what it leads to.")
        }
        Ok(target) if link.starts_with(&target) => {
            Some("This link leads back to a folder that it lies in, so it was not followed.")
        }
        Ok(_) => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some("This link leads nowhere."),
        Err(_) => Some("This link leads in a circle, or it may not be followed."),
    }
}

fn is_hidden(path: &Path) -> bool {
    name_of(path).starts_with('.')
}

/// Whether a file begins as a picture does, or is called a vibe and begins as text.
pub(super) fn begins_as_ours(path: &Path) -> bool {
    let Some(head) = head(path) else { return false };
    PictureFormat::of(&head).is_some() || (is_called_vibe(path) && begins_as_json(&head))
}

pub(super) fn is_called_vibe(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ending.eq_ignore_ascii_case("naiv4vibe") || ending.eq_ignore_ascii_case("naiv4vibebundle")
}

pub(super) fn begins_as_json(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    text.trim_ascii_start().starts_with(b"{")
}

/// The first bytes of an ordinary file.
pub(super) fn head(path: &Path) -> Option<Vec<u8>> {
    // A pipe would wait for somebody to write into it.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut head = Vec::with_capacity(HEAD);
    File::open(path).ok()?.take(HEAD as u64).read_to_end(&mut head).ok()?;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::encoded;

    fn png() -> Vec<u8> {
        encoded(image::ImageFormat::Png, 4, 4)
    }

    fn told(walked: &Walked) -> Vec<(&str, &str)> {
        let refused = walked.refused.iter();
        refused.map(|file| (file.name.as_str(), file.reason.as_str())).collect()
    }

    #[test]
    fn pictures_are_found_at_any_depth_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let sub = folder.path().join("b/deeper");
        fs::create_dir_all(&sub).unwrap();
        for path in [
            sub.join("one.jpg"),
            folder.path().join("a.png"),
            folder.path().join("c.txt"),
        ] {
            fs::write(path, png()).unwrap();
        }
        fs::write(folder.path().join(".hidden.png"), png()).unwrap();
        fs::write(folder.path().join("notes.txt"), b"hello").unwrap();
        fs::write(folder.path().join("mood.naiv4vibe"), b" {\"identifier\"").unwrap();
        fs::write(folder.path().join("data.json"), b"{}").unwrap();

        let walked = walk(folder.path());

        let names: Vec<String> = walked.files.iter().map(|path| name_of(path)).collect();
        assert_eq!(names, ["a.png", "one.jpg", "c.txt", "mood.naiv4vibe"]);
        assert_eq!(walked.refused.len(), 1);
        assert_eq!(walked.refused[0].reason, "2 files in the folder were no pictures.");
    }

    #[test]
    fn an_empty_folder_says_so() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("nothing")).unwrap();
        let walked = walk(&folder.path().join("nothing"));
        assert_eq!(told(&walked), [("nothing", "There is no picture in this folder.")]);
        let gone = walk(&folder.path().join("gone"));
        assert_eq!(told(&gone), [("gone", "The file is gone: it was moved or deleted.")]);
    }

    #[test]
    fn a_folder_in_a_folder_in_a_folder_ends_somewhere() {
        let folder = tempfile::tempdir().unwrap();
        let mut deep = folder.path().to_owned();
        for level in 0..DEEPEST + 3 {
            deep.push(format!("{level}"));
        }
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("far.png"), png()).unwrap();
        let walked = walk(folder.path());
        assert_eq!(walked.files, Vec::<PathBuf>::new());
        assert!(walked.refused[0].reason.contains("deep"), "{:?}", walked.refused);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_those_that_lead_astray_are_named() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
        fs::create_dir_all(inside.join("sub")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("secret.png"), png()).unwrap();
        fs::write(inside.join("real.png"), png()).unwrap();
        symlink(&outside, inside.join("a out")).unwrap();
        symlink(outside.join("secret.png"), inside.join("b secret.png")).unwrap();
        symlink(&inside, inside.join("sub/c up")).unwrap();
        symlink(inside.join("e"), inside.join("d")).unwrap();
        symlink(inside.join("d"), inside.join("e")).unwrap();
        symlink(inside.join("nobody"), inside.join("f gone")).unwrap();
        symlink(inside.join("real.png"), inside.join("g same.png")).unwrap();

        let walked = walk(&inside);

        assert_eq!(
            walked.files.iter().map(|path| name_of(path)).collect::<Vec<_>>(),
            ["real.png"]
        );
        let names: Vec<&str> = walked.refused.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a out", "b secret.png", "d", "e", "f gone", "c up"]);
        for (refused, part) in walked
            .refused
            .iter()
            .zip(["out", "out", "circle", "circle", "nowhere", "back"])
        {
            assert!(refused.reason.contains(part), "{refused:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_a_folder_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(folder.path().join("pipe.png"))
            .status();
        if made.is_ok_and(|made| made.success()) {
            assert_eq!(
                walk(folder.path()).refused[0].reason,
                "One file in the folder was no picture."
            );
        }
    }
}
