//! Files and folders by their paths, as the desktop hands them over. Each is read within limits; one that can't be read is
//! no reason not to read the others.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use novelai::model::Registry;

use super::store::{LONGEST, Store};
use super::take::{add, too_long};
use super::walk::walk;
use super::{Added, RefusedFile, presentable};
use crate::vibes::Encodings;

/// The most files at once. A folder that was dragged by mistake should not fill the disk.
const MOST: usize = 500;

/// Keeps what is in the files, and in the folders among them. Blocks.
pub(crate) fn add_files<P: AsRef<Path>>(
    store: &Store,
    encodings: &Encodings,
    registry: &Registry,
    paths: &[P],
) -> Added {
    let mut all = Added::default();
    let mut room = MOST;
    let mut take = |all: &mut Added, path: &Path| {
        let name = name_of(path);
        let read = if room > 0 {
            read(path)
        } else {
            Err(format!("Only {MOST} files are taken at once."))
        };
        room = room.saturating_sub(1);
        match read {
            Ok(bytes) => {
                let added = add(store, encodings, registry, &name, &bytes);
                for picture in &added.pictures {
                    store.came_from(&picture.id, path);
                }
                all.pictures.extend(added.pictures);
                all.vibes.extend(added.vibes);
                all.refused.extend(added.refused);
            }
            Err(reason) => all.refused.push(RefusedFile {
                name: presentable(&name),
                reason,
            }),
        }
    };
    let mut left = Vec::new();
    for path in paths {
        let path = path.as_ref();
        if !fs::metadata(path).is_ok_and(|about| about.is_dir()) {
            take(&mut all, path);
            continue;
        }
        let walked = walk(path);
        let (now, later) = walked.files.split_at(walked.files.len().min(MOST));
        for file in now {
            take(&mut all, file);
        }
        if !later.is_empty() {
            left.push(RefusedFile {
                name: presentable(&name_of(path)),
                reason: format!(
                    "Only {MOST} files are taken at once; {} of the folder were left.",
                    later.len()
                ),
            });
        }
        all.refused.extend(walked.refused);
    }
    all.refused.extend(left);
    all
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// All of a file that is not too long, or why not.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    // What a browser hands over of a picture it has not saved.
    if ["http:", "https:", "data:"]
        .iter()
        .any(|scheme| path.starts_with(scheme))
    {
        return Err("This is an address, not a file. Save the picture first, or copy and paste it.".into());
    }
    let about = fs::metadata(path).map_err(|error| unreadable(&error))?;
    // A pipe or a device might never end, or never begin.
    if !about.is_file() {
        return Err("This is no ordinary file.".into());
    }
    if about.len() > LONGEST {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    // It may have grown since.
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(too_long());
    }
    Ok(bytes)
}

pub(crate) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "The file is gone: it was moved or deleted.".into(),
        io::ErrorKind::PermissionDenied => "The file may not be read. Allow reading it, then try again.".into(),
        // Not our enum: the kinds of io errors grow with the standard library.
        _ => format!("The file can't be read: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::encoded;

    fn stage() -> (tempfile::TempDir, Store, Encodings) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["inputs", "vibes", "from"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let store = Store::in_folder(folder.path().join("inputs"));
        let encodings = Encodings::in_folder(folder.path().join("vibes"));
        (folder, store, encodings)
    }

    #[test]
    fn a_folder_brings_its_pictures_and_says_what_was_left() {
        let (folder, store, encodings) = stage();
        let from = folder.path().join("from");
        fs::create_dir(from.join("sub")).unwrap();
        for (at, name) in ["a.png", "sub/b.png", "sub/c.dat"].iter().enumerate() {
            let side = u32::try_from(at).unwrap() + 4;
            fs::write(from.join(name), encoded(image::ImageFormat::Png, side, 4)).unwrap();
        }
        let cut = encoded(image::ImageFormat::Png, 40, 40);
        fs::write(from.join("cut.png"), &cut[..cut.len() / 2]).unwrap();
        fs::write(from.join("notes.txt"), b"hello").unwrap();
        fs::write(from.join("sub/more.txt"), b"hello").unwrap();

        let added = add_files(&store, &encodings, Registry::builtin(), &[&from]);

        let names: Vec<&str> = added.pictures.iter().map(|picture| picture.name.as_str()).collect();
        assert_eq!(names, ["a.png", "b.png", "c.dat"]);
        let refused: Vec<_> = added.refused.iter().map(|file| (&*file.name, &*file.reason)).collect();
        assert_eq!(
            refused,
            [
                ("cut.png", "The picture is cut or damaged."),
                ("from", "2 files in the folder were no pictures."),
            ]
        );
    }

    #[test]
    fn of_a_folder_of_very_many_some_are_taken_and_the_rest_is_counted_once() {
        let (folder, store, encodings) = stage();
        let from = folder.path().join("from");
        for at in 0..MOST + 7 {
            // They only begin as pictures do: what matters here is how many there are.
            fs::write(from.join(format!("{at:04}.png")), b"\x89PNG\r\n\x1a\n and no more").unwrap();
        }
        let added = add_files(&store, &encodings, Registry::builtin(), &[&from]);
        assert_eq!(added.refused.len(), MOST + 1);
        let last = &added.refused[MOST];
        assert_eq!(
            (&*last.name, &*last.reason),
            ("from", "Only 500 files are taken at once; 7 of the folder were left.")
        );
    }

    #[test]
    fn a_file_that_is_deleted_between_the_look_and_the_reading_is_gone_and_the_next_is_read() {
        let (folder, store, encodings) = stage();
        let from = folder.path().join("from");
        for name in ["a.png", "b.png"] {
            fs::write(from.join(name), encoded(image::ImageFormat::Png, 4, 4)).unwrap();
        }
        let found = walk(&from).files;
        fs::remove_file(from.join("a.png")).unwrap();

        let added = add_files(&store, &encodings, Registry::builtin(), &found);

        assert_eq!(added.pictures.len(), 1);
        assert_eq!(added.refused[0].name, "a.png");
        assert!(added.refused[0].reason.contains("gone"), "{:?}", added.refused);
    }
}
