//! What the files in a folder of the library are: which there are, and what is in them. Blocks, and writes nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use novelai::model::Registry;
use novelai::prepare;

use crate::inputs::{PictureFormat, unreadable};
use crate::library::ImageRecord;
use crate::library::adopt::described;
use crate::library::details::Details;
use crate::library::places::is_missing;

/// Larger files are no pictures of ours.
pub(crate) const LARGEST: u64 = 256 * 1024 * 1024;
/// Folders below the library folder that are looked into.
const DEEPEST: usize = 8;

/// Length and time of a file: whether it was changed since it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    pub(crate) bytes: i64,
    /// Milliseconds since 1970.
    pub(crate) modified: i64,
}

impl Stamp {
    pub(crate) fn of(about: &fs::Metadata) -> Self {
        let modified = about.modified().ok();
        let since = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        Self {
            bytes: i64::try_from(about.len()).unwrap_or(i64::MAX),
            modified: since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0)),
        }
    }
}

/// A file that is called like a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) folder: u32,
    /// Below its folder, with `/` between the parts.
    pub(crate) name: String,
    pub(crate) stamp: Stamp,
}

/// What lies in a folder.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) files: Vec<File>,
    /// Folders that could not be looked into: nobody knows what is in them.
    pub(crate) closed: Vec<String>,
}

impl Walked {
    /// Whether it could be seen if something were there.
    pub(crate) fn could_see(&self, file_name: &str) -> bool {
        let within = |folder: &String| {
            let rest = file_name.strip_prefix(folder.as_str());
            folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.closed.iter().any(within)
    }

    /// Looks at a place below the root of a folder: a file, or a folder with all that is in it. Links are not followed:
    /// they could lead anywhere, or in a circle. The root itself may be one: the person chose it.
    pub(crate) fn look(&mut self, root: &Path, folder: u32, name: &str) {
        let depth = name.split('/').filter(|part| !part.is_empty()).count();
        if name.split('/').any(|part| part.starts_with('.')) {
            return;
        }
        let (path, about) = if name.is_empty() {
            (root.to_owned(), fs::metadata(root))
        } else {
            let path = root.join(name);
            let about = fs::symlink_metadata(&path);
            (path, about)
        };
        match about {
            Ok(about) if about.is_dir() => self.enter(&path, folder, name, depth),
            Ok(about) if about.is_file() => self.take(folder, name, &about),
            Ok(_) => {}
            Err(_) if is_missing(&path) => {}
            Err(_) => self.closed.push(name.to_owned()),
        }
    }

    /// Where a place and a part of it were looked at, each file is there once.
    pub(crate) fn each_once(&mut self) {
        self.files.sort_by(|one, other| one.name.cmp(&other.name));
        self.files.dedup_by(|one, other| one.name == other.name);
    }

    fn enter(&mut self, path: &Path, folder: u32, name: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let Ok(entries) = fs::read_dir(path) else {
            self.closed.push(name.to_owned());
            return;
        };
        for entry in entries {
            let Ok(entry) = entry else {
                self.closed.push(name.to_owned());
                return;
            };
            // A name that is no text can't stand in the index.
            let Ok(own) = entry.file_name().into_string() else {
                continue;
            };
            if own.starts_with('.') {
                continue;
            }
            let below = if name.is_empty() { own } else { format!("{name}/{own}") };
            match entry.metadata() {
                Ok(about) if about.is_dir() => self.enter(&entry.path(), folder, &below, depth + 1),
                Ok(about) if about.is_file() => self.take(folder, &below, &about),
                Ok(_) => {}
                Err(_) if is_missing(&entry.path()) => {}
                Err(_) => self.closed.push(below),
            }
        }
    }

    fn take(&mut self, folder: u32, name: &str, about: &fs::Metadata) {
        if is_named_like_a_picture(name) {
            self.files.push(File {
                folder,
                name: name.to_owned(),
                stamp: Stamp::of(about),
            });
        }
    }
}

fn is_named_like_a_picture(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let known = ["png", "webp", "jpg", "jpeg"];
    ending.is_some_and(|ending| known.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// What is in a file.
#[derive(Debug)]
pub(crate) enum Content {
    Picture(Box<(ImageRecord, Details)>),
    /// No whole picture, with the reason.
    Broken(String),
    /// It can't be read now, with the reason: another program has it, or it may not be read.
    Closed(String),
    /// It is no longer there.
    Gone,
}

/// Reads files on several cores, in their order.
pub(crate) fn read_all(root: &Path, files: &[File], registry: &Registry) -> Vec<Content> {
    let hands = std::thread::available_parallelism().map_or(1, usize::from);
    let share = files.len().div_ceil(hands.max(1)).max(1);
    std::thread::scope(|scope| {
        let hands: Vec<_> = files
            .chunks(share)
            .map(|files| scope.spawn(|| files.iter().map(|file| read(root, file, registry)).collect::<Vec<_>>()))
            .collect();
        hands
            .into_iter()
            .flat_map(|hand| hand.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn read(root: &Path, file: &File, registry: &Registry) -> Content {
    let path: PathBuf = root.join(&file.name);
    if u64::try_from(file.stamp.bytes).unwrap_or(u64::MAX) > LARGEST {
        return Content::Broken(format!("The file is larger than {} MiB.", LARGEST >> 20));
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(_) if is_missing(&path) => return Content::Gone,
        Err(error) => return Content::Closed(unreadable(&error)),
    };
    look_at(&bytes, file, registry).map_or_else(Content::Broken, |seen| Content::Picture(Box::new(seen)))
}

/// What the bytes of a file tell, without looking at a pixel where that can be helped.
pub(crate) fn look_at(bytes: &[u8], file: &File, registry: &Registry) -> Result<(ImageRecord, Details), String> {
    if bytes.is_empty() {
        return Err("The file is empty.".to_owned());
    }
    let format = PictureFormat::of(bytes).ok_or("This is no picture, whatever its name says.")?;
    let size = prepare::size(bytes).map_err(|refusal| refusal.message)?;
    let (record, details) = described(bytes, (size.width, size.height), format, registry);
    let record = ImageRecord {
        folder: file.folder,
        file_name: file.name.clone(),
        created: file.stamp.modified,
        ..record
    };
    Ok((record, details))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_and_what_is_hidden_or_a_link_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("day/inner")).unwrap();
        fs::create_dir_all(root.join(".trash/x")).unwrap();
        for name in [
            "a.png",
            "b.txt",
            ".c.png",
            "day/d.JPEG",
            "day/inner/e.webp",
            ".trash/x/f.png",
            "png",
        ] {
            fs::write(root.join(name), b"x").unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root, root.join("day/circle")).unwrap();
            std::os::unix::fs::symlink(root.join("a.png"), root.join("link.png")).unwrap();
        }
        let look = |name: &str| {
            let mut walked = Walked::default();
            walked.look(root, 3, name);
            let mut names: Vec<String> = walked.files.into_iter().map(|file| file.name).collect();
            names.sort();
            names
        };
        assert_eq!(look(""), ["a.png", "day/d.JPEG", "day/inner/e.webp"]);
        #[cfg(unix)]
        {
            let elsewhere = tempfile::tempdir().unwrap();
            let link = elsewhere.path().join("pictures");
            std::os::unix::fs::symlink(root.join("day"), &link).unwrap();
            let mut walked = Walked::default();
            walked.look(&link, 3, "");
            assert_eq!(walked.files.len(), 2, "a folder may be reached by a link");
        }
        assert_eq!(look("day"), ["day/d.JPEG", "day/inner/e.webp"]);
        assert_eq!(look("a.png"), ["a.png"]);
        for nothing in [".trash", "day/.x", "gone", "b.txt", "a.png/x"] {
            assert_eq!(look(nothing), Vec::<String>::new(), "{nothing}");
        }
    }

    #[test]
    fn a_file_that_is_found_by_two_places_is_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("day")).unwrap();
        for name in ["day/a.png", "day/b.png"] {
            fs::write(root.join(name), b"x").unwrap();
        }
        let mut walked = Walked::default();
        for place in ["day/b.png", "day", "day/a.png"] {
            walked.look(root, 0, place);
        }
        walked.each_once();
        let names: Vec<&str> = walked.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["day/a.png", "day/b.png"]);
    }

    #[test]
    fn what_lies_in_a_folder_that_could_not_be_looked_into_is_not_gone() {
        let walked = Walked {
            closed: vec!["day".into()],
            ..Walked::default()
        };
        assert!(!walked.could_see("day/a.png") && !walked.could_see("day"));
        assert!(walked.could_see("days/a.png") && walked.could_see("a.png"));
        let nothing = Walked {
            closed: vec![String::new()],
            ..Walked::default()
        };
        assert!(!nothing.could_see("a.png"));
    }

    #[test]
    fn what_is_no_picture_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let whole = crate::testing::encoded(image::ImageFormat::Png, 5, 4);
        fs::write(root.join("a.png"), &whole).unwrap();
        fs::write(root.join("b.png"), b"").unwrap();
        fs::write(root.join("c.png"), b"hello").unwrap();
        fs::write(root.join("d.png"), &whole[..20]).unwrap();
        let mut walked = Walked::default();
        walked.look(root, 0, "");
        walked.files.sort_by(|one, other| one.name.cmp(&other.name));
        walked.files.push(File {
            name: "gone.png".into(),
            ..walked.files[0].clone()
        });
        let read = read_all(root, &walked.files, Registry::builtin());
        assert!(matches!(&read[0], Content::Picture(seen) if seen.0.width == 5));
        assert!(
            read[1..4].iter().all(|content| matches!(content, Content::Broken(_))),
            "{read:?}"
        );
        assert!(matches!(read[4], Content::Gone));
    }
}
