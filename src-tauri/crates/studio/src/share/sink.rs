//! Where an export is made before it goes to its place: a folder of our own in the one that was chosen, or a file beside
//! the ZIP to be. Both go with this value unless it is finished. Blocks.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::export::ExportTo;
use crate::disk::{Disk, Step, for_others, rename_without_overwriting, sync_folder, write_new_for_others};
use crate::error::Error;

/// Names of what is not finished begin so.
const PREFIX: &str = ".atelier-export-";
/// What nobody has written to for so long is what a killed export left.
const LEFT: Duration = Duration::from_secs(3600);

/// An export in the making.
pub(super) struct Sink {
    kind: Kind,
    /// Names that are taken, in small letters: some systems know no others.
    taken: HashSet<String>,
    names: Vec<String>,
    disk: Disk,
}

enum Kind {
    Folder {
        staging: TempDir,
        folder: PathBuf,
    },
    Zip {
        writer: Box<ZipWriter<NamedTempFile>>,
        target: PathBuf,
    },
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) folder: PathBuf,
    pub(super) zip: Option<String>,
    pub(super) count: u32,
}

impl Sink {
    pub(super) fn open(target: ExportTo, disk: Disk) -> io::Result<Self> {
        let kind = match target {
            ExportTo::Folder(folder) => {
                tidy(&folder);
                Kind::Folder {
                    staging: tempfile::Builder::new().prefix(PREFIX).tempdir_in(&folder)?,
                    folder,
                }
            }
            ExportTo::Zip(target) => {
                let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
                tidy(folder);
                let file = for_others().prefix(PREFIX).tempfile_in(folder)?;
                Kind::Zip {
                    writer: Box::new(ZipWriter::new(file)),
                    target,
                }
            }
        };
        Ok(Self {
            kind,
            taken: HashSet::new(),
            names: Vec::new(),
            disk,
        })
    }

    /// Adds a file under its name, or the next that is free.
    pub(super) fn add(&mut self, stem: &str, ending: &str, bytes: &[u8]) -> io::Result<()> {
        let name = (1_u32..)
            .map(|attempt| numbered(stem, ending, attempt))
            .find(|name| self.taken.insert(name.to_lowercase()))
            .ok_or(io::ErrorKind::AlreadyExists)?;
        self.disk.at(Step::ExportWrite)?;
        match &mut self.kind {
            Kind::Folder { staging, .. } => write_new_for_others(&staging.path().join(&name), bytes)?,
            Kind::Zip { writer, .. } => {
                // Pictures are packed already.
                let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
                writer.start_file(&name, options)?;
                writer.write_all(bytes)?;
            }
        }
        self.names.push(name);
        Ok(())
    }

    /// Reads everything again from the disk, has it judged, and puts it into its place: a folder under the names that are
    /// free, a ZIP instead of what stood there. With nothing in it, nothing is put anywhere.
    pub(super) fn finish(self, judge: impl Fn(&[u8]) -> Result<(), Error>) -> Result<Placed, Error> {
        let storage = |error: io::Error| Error::storage(&error, "finishing an export");
        let count = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        match self.kind {
            Kind::Folder { staging, folder } => {
                for name in &self.names {
                    judge(&fs::read(staging.path().join(name)).map_err(storage)?)?;
                }
                place_all(staging.path(), &folder, &self.names, &self.disk).map_err(storage)?;
                Ok(Placed {
                    folder,
                    zip: None,
                    count,
                })
            }
            Kind::Zip { writer, target } => {
                let file = writer.finish().map_err(|error| storage(error.into()))?;
                file.as_file().sync_all().map_err(storage)?;
                let mut archive = File::open(file.path())
                    .and_then(|file| Ok(ZipArchive::new(io::BufReader::new(file))?))
                    .map_err(storage)?;
                for at in 0..archive.len() {
                    // To its end: there its sum is compared.
                    let mut bytes = Vec::new();
                    archive
                        .by_index(at)
                        .map_err(io::Error::from)
                        .and_then(|mut entry| entry.read_to_end(&mut bytes))
                        .map_err(storage)?;
                    judge(&bytes)?;
                }
                let folder = target.parent().unwrap_or(Path::new("")).to_owned();
                if count > 0 {
                    self.disk.at(Step::ExportPlace).map_err(storage)?;
                    file.persist(&target).map_err(|error| storage(error.error))?;
                    sync_folder(&folder).map_err(storage)?;
                }
                Ok(Placed {
                    folder,
                    zip: Some(target.file_name().unwrap_or_default().to_string_lossy().into_owned()),
                    count,
                })
            }
        }
    }
}

/// Takes away what killed exports left in a folder.
fn tidy(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(about) = entry.metadata() else { continue };
        if about
            .modified()
            .ok()
            .and_then(|at| at.elapsed().ok())
            .is_none_or(|age| age < LEFT)
        {
            continue;
        }
        let path = entry.path();
        let gone = if about.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        if let Err(error) = gone {
            tracing::warn!(%error, "what an export left can't be taken away");
        }
    }
}

fn numbered(stem: &str, ending: &str, attempt: u32) -> String {
    match attempt {
        1 => format!("{stem}.{ending}"),
        _ => format!("{stem}-{attempt}.{ending}"),
    }
}

/// Puts finished files into a folder; where one can't be put, those before it are taken away again.
fn place_all(from: &Path, folder: &Path, names: &[String], disk: &Disk) -> io::Result<()> {
    let mut placed: Vec<PathBuf> = Vec::new();
    for name in names {
        match disk
            .at(Step::ExportPlace)
            .and_then(|()| place(&from.join(name), folder, name))
        {
            Ok(path) => placed.push(path),
            Err(error) => {
                for path in placed {
                    drop(fs::remove_file(path));
                }
                return Err(error);
            }
        }
    }
    sync_folder(folder)
}

/// Puts a file into a folder under its name, or the next that is free.
fn place(from: &Path, folder: &Path, name: &str) -> io::Result<PathBuf> {
    let name = Path::new(name);
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let ending = name.extension().unwrap_or_default().to_string_lossy();
    for attempt in 1..10_000 {
        let path = folder.join(numbered(&stem, &ending, attempt));
        // A name that is taken is seen first: a refused renaming would take the file with it.
        if path.symlink_metadata().is_ok() {
            continue;
        }
        return rename_without_overwriting(from, &path).map(|()| path);
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::ErrorCode;

    /// A disk whose n-th step finds it full.
    fn full_at(step: usize) -> Disk {
        let passed = Arc::new(AtomicUsize::new(0));
        Disk {
            fault: Some(Arc::new(move |_| {
                if passed.fetch_add(1, Ordering::SeqCst) == step {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                Ok(())
            })),
            ..Disk::default()
        }
    }

    fn there(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn export(target: ExportTo, disk: Disk) -> Result<Placed, Error> {
        let storage = |error: io::Error| Error::storage(&error, "a test");
        let mut sink = Sink::open(target, disk).map_err(storage)?;
        for bytes in [b"one", b"two", b"six"] {
            sink.add("a", "png", bytes).map_err(storage)?;
        }
        sink.finish(|_| Ok(()))
    }

    #[test]
    fn a_disk_that_is_full_at_any_step_is_named_and_leaves_what_was_there() {
        for step in 0..7 {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("a.png"), b"old").unwrap();
            fs::write(folder.path().join("all.zip"), b"old zip").unwrap();
            for target in [
                ExportTo::Folder(folder.path().to_owned()),
                ExportTo::Zip(folder.path().join("all.zip")),
            ] {
                let is_zip = matches!(target, ExportTo::Zip(_));
                match export(target, full_at(step)) {
                    Err(error) => {
                        assert_eq!(error.code, ErrorCode::DiskFull, "step {step}");
                        assert_eq!(there(folder.path()), ["a.png", "all.zip"], "step {step}");
                    }
                    // Three writings, and three placings or one.
                    Ok(_) => assert!(step >= if is_zip { 4 } else { 6 }, "step {step}"),
                }
                if step < 4 {
                    assert_eq!(fs::read(folder.path().join("all.zip")).unwrap(), b"old zip");
                }
                assert_eq!(fs::read(folder.path().join("a.png")).unwrap(), b"old");
            }
        }
    }

    #[test]
    fn what_a_killed_export_left_goes_with_the_next_and_what_is_being_made_stays() {
        let folder = tempfile::tempdir().unwrap();
        let left = ["left", "left.zip", "made"].map(|name| folder.path().join(format!("{PREFIX}{name}")));
        for path in [&left[0], &left[2]] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("a.png"), b"half").unwrap();
        }
        fs::write(&left[1], b"half").unwrap();
        let long_ago = std::time::SystemTime::now() - LEFT * 2;
        for path in &left[..2] {
            File::open(path).unwrap().set_modified(long_ago).unwrap();
        }

        export(ExportTo::Zip(folder.path().join("all.zip")), Disk::default()).unwrap();

        assert_eq!(there(folder.path()), [&format!("{PREFIX}made"), "all.zip"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_given_away_can_be_read_by_whom_the_person_s_other_files_can() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let ordinary = folder.path().join("ordinary");
        fs::write(&ordinary, b"").unwrap();
        for target in [
            ExportTo::Folder(folder.path().to_owned()),
            ExportTo::Zip(folder.path().join("all.zip")),
        ] {
            export(target, Disk::default()).unwrap();
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        for name in ["a.png", "all.zip"] {
            assert_eq!(mode(&folder.path().join(name)), mode(&ordinary), "{name}");
        }
    }

    #[test]
    fn files_of_one_name_stand_beside_one_another_and_replace_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.png"), b"old").unwrap();
        let placed = export(ExportTo::Folder(folder.path().to_owned()), Disk::default()).unwrap();
        assert_eq!((placed.count, placed.zip), (3, None));
        assert_eq!(there(folder.path()), ["a-2-2.png", "a-2.png", "a-3.png", "a.png"]);
        assert_eq!(fs::read(folder.path().join("a.png")).unwrap(), b"old");
    }

    #[test]
    fn what_is_judged_badly_goes_nowhere_and_neither_does_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for target in [
            ExportTo::Folder(folder.path().to_owned()),
            ExportTo::Zip(folder.path().join("all.zip")),
        ] {
            let mut sink = Sink::open(target.clone(), Disk::default()).unwrap();
            sink.add("a", "png", b"it tells").unwrap();
            let refused = sink.finish(|bytes| {
                assert_eq!(bytes, b"it tells");
                Err(Error::new(ErrorCode::Refused, "It tells."))
            });
            assert_eq!(refused.unwrap_err().code, ErrorCode::Refused);
            let empty = Sink::open(target, Disk::default()).unwrap();
            assert_eq!(empty.finish(|_| Ok(())).unwrap().count, 0);
            assert_eq!(there(folder.path()), Vec::<String>::new());
        }
    }
}
