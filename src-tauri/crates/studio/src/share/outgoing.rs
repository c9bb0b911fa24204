//! The file that goes out: made, written, read again, and only then handed over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use novelai::encode::{FileFormat, converted};
use novelai::metadata::{OwnTexts, Trace, carry, replace, strip, traces, traces_beside};
use time::OffsetDateTime;
use uuid::Uuid;

use super::names::{self, Values};
use super::{Handover, Luggage, Proof};
use crate::clock;
use crate::disk::{for_others, off_thread, rename_without_overwriting, write_new};
use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::folders::make_private;
use crate::inputs::PictureFormat;
use crate::library::{ImageId, ImageRecord};

/// Files that stay for those who read them late; the oldest go.
const KEPT: usize = 100;

/// A file that may go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where it lies. Not for the page.
    pub path: PathBuf,
    /// What was found in it.
    pub proof: Proof,
}

/// Files that were put where the person wanted them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// The folder, to be shown.
    pub folder: String,
    /// What was found in each.
    pub proofs: Vec<Proof>,
}

impl Studio {
    /// Makes files of pictures, in their order, that may be handed out.
    ///
    /// # Errors
    ///
    /// `notFound` where a picture is gone, `malformed` where it is none, `refused` where something was left in a file
    /// that was to tell nothing, and storage errors. Then nothing is handed out.
    pub async fn outgoing(&self, ids: Vec<ImageId>, how: Handover) -> Result<Vec<Outgoing>, Error> {
        let settings = self.settings().await.share;
        let folder = self.shared().folders.outgoing();
        let mut made = Vec::new();
        for (at, id) in ids.into_iter().enumerate() {
            let record = self.image(id.clone()).await?;
            let (_, bytes) = self.image_bytes(id).await?;
            let name = names::fill(&settings.name, &values(&record, at + 1));
            let (folder, own) = (folder.clone(), settings.own.clone());
            made.push(off_thread(move || make(&folder, &name, &bytes, how, &own)).await?);
        }
        Ok(made)
    }

    /// The name that a template gives a picture, with its ending; without a picture, one that shows what it is like.
    ///
    /// # Errors
    ///
    /// Storage errors; a picture that is gone is none.
    pub async fn share_name(
        &self,
        template: &str,
        id: Option<ImageId>,
        format: Option<FileFormat>,
    ) -> Result<String, Error> {
        let record = match id {
            Some(id) => self.image(id).await.ok(),
            None => None,
        };
        let values = record.as_ref().map_or_else(example, |record| values(record, 1));
        let own = record.map_or(FileFormat::Png, |record| of_library(record.format));
        let ending = format.unwrap_or(own).extension();
        Ok(format!("{}.{ending}", names::fill(template, &values)))
    }

    /// Puts a file that may go out where the person said, instead of what stood there; it is read again there.
    ///
    /// # Errors
    ///
    /// Storage errors: what stood there still does then.
    pub async fn deliver(&self, file: Outgoing, target: PathBuf) -> Result<Delivered, Error> {
        let shown = shown(target.parent().unwrap_or(Path::new("")));
        off_thread(move || {
            let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
            put(&file.path, &target, true).map_err(|error| Error::storage(&error, "saving the picture"))?;
            Ok(Delivered {
                folder: shown,
                proofs: vec![Proof { name, ..file.proof }],
            })
        })
        .await
    }

    /// Puts files into a folder, each under its name or the next that is free: nothing there is replaced.
    ///
    /// # Errors
    ///
    /// Storage errors: those before the one that failed are there.
    pub async fn deliver_all(&self, files: Vec<Outgoing>, folder: PathBuf) -> Result<Delivered, Error> {
        off_thread(move || {
            let mut delivered = Delivered {
                folder: shown(&folder),
                proofs: Vec::new(),
            };
            for file in files {
                let name = put_beside(&file, &folder).map_err(|error| Error::storage(&error, "saving a picture"))?;
                delivered.proofs.push(Proof { name, ..file.proof });
            }
            Ok(delivered)
        })
        .await
    }
}

fn of_library(format: PictureFormat) -> FileFormat {
    match format {
        PictureFormat::Png => FileFormat::Png,
        PictureFormat::Jpeg => FileFormat::Jpeg,
        PictureFormat::Webp => FileFormat::Webp,
    }
}

pub(super) fn shown(folder: &Path) -> String {
    folder.display().to_string()
}

pub(super) fn values(record: &ImageRecord, n: usize) -> Values {
    let offset = clock::now_local().offset();
    let at = OffsetDateTime::from_unix_timestamp(record.created / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Values {
        at: at.to_offset(offset),
        model: record.model.clone(),
        seed: record.seed,
        prompt: record.prompt.clone(),
        n,
    }
}

fn example() -> Values {
    Values {
        at: clock::now_local(),
        model: Some("nai-diffusion-5-full".into()),
        seed: Some(1_234_567_890),
        prompt: "1girl, silver hair, night city, rain".into(),
        n: 1,
    }
}

/// A picture as it goes out, in memory.
pub(super) struct Ready {
    pub(super) bytes: Vec<u8>,
    pub(super) format: FileFormat,
    /// All that it told is in it, where that was wanted.
    pub(super) is_all: bool,
}

/// Makes the bytes that go out.
pub(super) fn ready(bytes: &[u8], how: Handover, own: &OwnTexts) -> Result<Ready, Error> {
    let malformed = |reason: String| Error::new(ErrorCode::Malformed, reason);
    let is = FileFormat::of(bytes).ok_or_else(|| malformed("This is no picture that can be handed out.".into()))?;
    let format = how.format.unwrap_or(is);
    let unreadable = |error: novelai::Error| malformed(format!("The picture can't be handed out: {error}."));
    let changed = if format == is {
        None
    } else {
        Some(converted(bytes, format, how.quality).map_err(|refusal| malformed(refusal.message))?)
    };
    let pixels = changed.as_deref().unwrap_or(bytes);
    let (bytes, is_all) = match how.metadata {
        Luggage::Keep if changed.is_none() => (bytes.to_vec(), true),
        Luggage::Keep => {
            let carried = carry(bytes, pixels).map_err(unreadable)?;
            (carried.bytes, carried.is_all)
        }
        Luggage::Strip => (strip(pixels).map_err(unreadable)?, true),
        Luggage::Replace => (replace(pixels, own).map_err(unreadable)?, true),
    };
    Ok(Ready { bytes, format, is_all })
}

/// Makes a file in a folder of its own, so that it has the name that others see.
fn make(folder: &Path, name: &str, bytes: &[u8], how: Handover, own: &OwnTexts) -> Result<Outgoing, Error> {
    let Ready { bytes, format, is_all } = ready(bytes, how, own)?;
    let storage = |error: &io::Error| Error::storage(error, "making a file to hand out");
    prune(folder).map_err(|error| storage(&error))?;
    let place = folder.join(Uuid::new_v4().to_string());
    make_private(&place).map_err(|error| storage(&error))?;
    let path = place.join(format!("{name}.{}", format.extension()));
    write_new(&path, &bytes).map_err(|error| storage(&error))?;
    let found = fs::read(&path)
        .map_err(|error| storage(&error))
        .and_then(|written| judge(&written, how.metadata, own));
    match found {
        Ok(traces) => Ok(Outgoing {
            proof: Proof {
                name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                format,
                bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                metadata: how.metadata,
                traces,
                is_all,
            },
            path,
        }),
        Err(error) => {
            drop(fs::remove_dir_all(&place));
            Err(error)
        }
    }
}

/// What a file tells; an error where it tells what it was not to.
pub(super) fn judge(written: &[u8], metadata: Luggage, own: &OwnTexts) -> Result<Vec<Trace>, Error> {
    let unreadable = |error| {
        let message = "The finished file could not be read again, so it is not handed out.";
        Error::new(ErrorCode::Refused, message).with_detail(error)
    };
    let left = match metadata {
        // It tells what it tells, and that is shown.
        Luggage::Keep => return Ok(traces(written).unwrap_or_default()),
        Luggage::Strip => traces(written).map_err(unreadable)?,
        Luggage::Replace => traces_beside(written, own).map_err(unreadable)?,
    };
    if left.is_empty() {
        return Ok(left);
    }
    let places: Vec<_> = left
        .iter()
        .map(|trace| format!("{} ({})", trace.place, trace.size))
        .collect();
    Err(Error::new(
        ErrorCode::Refused,
        "Something is left in the finished file that tells about the picture, so it is not handed out.",
    )
    .with_detail(places.join(", ")))
}

/// Writes beside the target first, so that a full disk does not ruin what stood there; and reads again.
fn put(from: &Path, target: &Path, replacing: bool) -> io::Result<()> {
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let bytes = fs::read(from)?;
    let mut beside = for_others().tempfile_in(folder)?;
    io::Write::write_all(&mut beside, &bytes)?;
    beside.as_file().sync_all()?;
    if replacing {
        beside.persist(target)?;
    } else {
        rename_without_overwriting(&beside.into_temp_path(), target)?;
    }
    if fs::read(target)? != bytes {
        return Err(io::Error::other("the file is not what was written"));
    }
    Ok(())
}

/// Puts a file into a folder under the first name that is free, and gives that.
fn put_beside(file: &Outgoing, folder: &Path) -> io::Result<String> {
    let name = Path::new(&file.proof.name);
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.proof.format.extension();
    let names = (1_u32..).map(|attempt| match attempt {
        1 => file.proof.name.clone(),
        _ => format!("{stem}-{attempt}.{ending}"),
    });
    for name in names.take(10_000) {
        match put(&file.path, &folder.join(&name), false) {
            Ok(()) => return Ok(name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes what an earlier run handed out.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    make_private(folder)
}

/// Removes the oldest where there are too many.
fn prune(folder: &Path) -> io::Result<()> {
    make_private(folder)?;
    let mut there: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    there.sort();
    let many = there.len().saturating_sub(KEPT - 1);
    for (_, old) in there.into_iter().take(many) {
        drop(fs::remove_dir_all(old));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::encoded;

    fn told() -> Vec<u8> {
        let png = encoded(image::ImageFormat::Png, 64, 64);
        let comment = r#"{"prompt": "silver hair", "steps": 23, "seed": 7}"#;
        novelai::metadata::with_texts(&png, &[("Description", "silver hair"), ("Comment", comment)])
    }

    fn handover(metadata: Luggage, format: Option<FileFormat>) -> Handover {
        Handover {
            metadata,
            format,
            quality: 90,
        }
    }

    fn tells(bytes: &[u8]) -> bool {
        bytes.windows(11).any(|window| window == b"silver hair")
    }

    const FORMATS: [Option<FileFormat>; 4] = [
        None,
        Some(FileFormat::Png),
        Some(FileFormat::Webp),
        Some(FileFormat::Jpeg),
    ];

    #[test]
    fn a_picture_that_keeps_its_metadata_keeps_it_in_every_format() {
        let folder = tempfile::tempdir().unwrap();
        for format in FORMATS {
            let made = make(
                folder.path(),
                "a",
                &told(),
                handover(Luggage::Keep, format),
                &OwnTexts::default(),
            )
            .unwrap();
            let written = fs::read(&made.path).unwrap();
            assert_eq!(novelai::metadata::read(&written).unwrap().seed(), Some(7));
            assert!(made.proof.is_all && !made.proof.traces.is_empty());
            if format.is_none_or(|format| format == FileFormat::Png) {
                assert_eq!(written, told(), "byte for byte");
            }
        }
    }

    #[test]
    fn a_picture_that_tells_nothing_tells_nothing_in_any_format() {
        let folder = tempfile::tempdir().unwrap();
        let own = OwnTexts {
            artist: "me".into(),
            comment: String::new(),
        };
        for format in FORMATS {
            for metadata in [Luggage::Strip, Luggage::Replace] {
                let made = make(folder.path(), "a", &told(), handover(metadata, format), &own).unwrap();
                assert_eq!(made.proof.traces, []);
                assert!(!tells(&fs::read(&made.path).unwrap()));
            }
        }
    }

    #[test]
    fn a_file_with_a_trace_in_it_is_not_handed_out() {
        let own = OwnTexts::default();
        for metadata in [Luggage::Strip, Luggage::Replace] {
            let refused = judge(&told(), metadata, &own).unwrap_err();
            assert_eq!(refused.code, ErrorCode::Refused);
            assert!(refused.detail.unwrap().contains("tEXt Comment"));
            assert_eq!(judge(b"x", metadata, &own).unwrap_err().code, ErrorCode::Refused);
        }
        let folder = tempfile::tempdir().unwrap();
        let broken = &told()[..200];
        make(folder.path(), "a", broken, handover(Luggage::Strip, None), &own).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing lies about");
    }

    #[test]
    fn several_files_of_one_name_stand_beside_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let target = tempfile::tempdir().unwrap();
        let file = make(
            folder.path(),
            "a",
            &told(),
            handover(Luggage::Keep, None),
            &OwnTexts::default(),
        )
        .unwrap();
        let names: Vec<_> = (0..3).map(|_| put_beside(&file, target.path()).unwrap()).collect();
        assert_eq!(names, ["a.png", "a-2.png", "a-3.png"]);
        put(&file.path, &target.path().join("a.png"), true).unwrap();
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 3);
        assert!(put(&file.path, &target.path().join("gone/a.png"), true).is_err());
    }

    #[test]
    fn old_files_go() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("outgoing");
        sweep(&place).unwrap();
        for at in 0..KEPT + 20 {
            fs::create_dir(place.join(at.to_string())).unwrap();
        }
        prune(&place).unwrap();
        assert_eq!(fs::read_dir(&place).unwrap().count(), KEPT - 1);
        sweep(&place).unwrap();
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    }
}
