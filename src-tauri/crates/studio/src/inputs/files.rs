//! Files by their paths, as the desktop hands them over. Each is read within limits; one that can't be read is no reason
//! not to read the others.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use novelai::model::Registry;

use super::store::{LONGEST, Store};
use super::take::{add, too_long};
use super::{Added, RefusedFile, presentable};
use crate::vibes::Encodings;

/// The most files at once. A folder that was dragged by mistake should not fill the disk.
const MOST: usize = 500;

/// Keeps what is in the files. Blocks.
pub(crate) fn add_files<P: AsRef<Path>>(
    store: &Store,
    encodings: &Encodings,
    registry: &Registry,
    paths: &[P],
) -> Added {
    let mut all = Added::default();
    for (at, path) in paths.iter().enumerate() {
        let path = path.as_ref();
        let name = name_of(path);
        let read = if at < MOST {
            read(path)
        } else {
            Err(format!("Only {MOST} files are taken at once."))
        };
        match read {
            Ok(bytes) => {
                let added = add(store, encodings, registry, &name, &bytes);
                all.pictures.extend(added.pictures);
                all.vibes.extend(added.vibes);
                all.refused.extend(added.refused);
            }
            Err(reason) => all.refused.push(RefusedFile {
                name: presentable(&name),
                reason,
            }),
        }
    }
    all
}

fn name_of(path: &Path) -> String {
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
    if about.is_dir() {
        return Err("This is a folder. Take the pictures out of it.".into());
    }
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

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "The file is gone: it was moved or deleted.".into(),
        io::ErrorKind::PermissionDenied => "The file may not be read. Allow reading it, then try again.".into(),
        // Not our enum: the kinds of io errors grow with the standard library.
        _ => format!("The file can't be read: {error}."),
    }
}
