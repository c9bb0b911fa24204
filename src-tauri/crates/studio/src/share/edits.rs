//! Pictures that are open in an editor outside: a working copy of each, watched, of which every save becomes a picture of
//! the library.
//!
//! The library's own file is never opened. An editor may write in pieces, replace the file by another, or write something
//! that is no picture: a save counts once the file has stood still, and one that can't be read is said, while the watch
//! goes on. It is watched by looking at it twice a second: one file, whatever disk it lies on, and however the editor
//! replaces it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use novelai::encode::{FileFormat, converted};
use novelai::payload::content_id;
use novelai::request::{ImageFormat, PictureId, Size};
use novelai::response::Picture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::canvas::Edges;
use crate::canvas::sheet::Sheet;
use crate::disk::{off_thread, remove_if_there, replace, write_new};
use crate::door::{Studio, lock};
use crate::error::Error;
use crate::event::Event;
use crate::folders::make_private;
use crate::inputs::{PictureFormat, look_at};
use crate::library::save::Origin;
use crate::library::{ImageId, index};
use crate::shared::Shared;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Looks during which a file has to be the same before it counts as written.
const STILL: u32 = 2;
/// Looks during which a file that can't be read has to be the same before that is said.
const STUCK: u32 = 8;
/// A working copy that nobody has touched for so long is given up.
const FORGOTTEN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The longest file that is read.
const LONGEST: u64 = 256 * 1024 * 1024;

/// A picture that is open in an editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct OpenEdit {
    /// Its id.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub id: Uuid,
    /// The picture of the library that is edited.
    pub image: ImageId,
    /// The name of the working copy.
    pub name: String,
    /// What came of it so far.
    pub state: EditState,
}

/// What came of an edit so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum EditState {
    /// Nothing was saved yet.
    Open,
    /// The last save is in the library.
    Saved {
        /// As this picture.
        image: ImageId,
        /// How many there were.
        saves: u32,
        /// Its alpha is a mask on the canvas.
        mask: bool,
    },
    /// The last save can't be taken. The next one may be.
    Broken {
        /// Why, a sentence.
        reason: String,
    },
    /// It is no longer watched.
    Ended,
}

/// What is written down of an edit, so that it goes on after a restart: the editor may well be open longer than we are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    edit: OpenEdit,
    /// What was brought into the library last.
    known: PictureId,
    /// Saves so far. Counted before one is brought in, so that no two have one number.
    saves: u32,
}

impl Note {
    fn place(&self, shared: &Shared) -> PathBuf {
        let folder = shared.folders.edits().join(self.edit.id.to_string());
        folder.join(&self.edit.name)
    }

    fn keep(&self, shared: &Shared) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(self).map_err(Error::internal)?;
        replace(&note_of(shared, self.edit.id), &json).map_err(|error| Error::storage(&error, "noting an edit"))
    }
}

fn note_of(shared: &Shared, edit: Uuid) -> PathBuf {
    shared.folders.edits().join(format!("{edit}.json"))
}

/// All edits that are open.
#[derive(Default)]
pub(crate) struct Edits {
    open: Mutex<Vec<(OpenEdit, CancellationToken)>>,
}

impl Studio {
    /// Makes a working copy of a picture and watches it. Gives its place, which is not for the page.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture is gone, and storage errors.
    pub async fn begin_edit(&self, image: ImageId) -> Result<(PathBuf, OpenEdit), Error> {
        let from = self.image_path(image.clone()).await?;
        let (_, bytes) = self.image_bytes(image.clone()).await?;
        let id = Uuid::new_v4();
        let folder = self.shared().folders.edits().join(id.to_string());
        let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = folder.join(&name);
        let known = content_id(&bytes);
        let copy = path.clone();
        off_thread(move || {
            make_private(&folder)?;
            write_new(&copy, &bytes)
        })
        .await
        .map_err(|error| Error::storage(&error, "making a copy to edit"))?;
        let edit = OpenEdit {
            id,
            image,
            name,
            state: EditState::Open,
        };
        let note = Note {
            edit: edit.clone(),
            known,
            saves: 0,
        };
        let (shared, noted) = (self.shared().clone(), note.clone());
        off_thread(move || noted.keep(&shared)).await?;
        begin(self.shared(), note);
        Ok((path, edit))
    }

    /// The edits that are open.
    #[must_use]
    pub fn edits(&self) -> Vec<OpenEdit> {
        lock(&self.shared().edits.open)
            .iter()
            .map(|(edit, _)| edit.clone())
            .collect()
    }

    /// No longer watches a working copy. The copy stays for the editor that has it open.
    pub fn end_edit(&self, id: Uuid) {
        let ended = {
            let mut open = lock(&self.shared().edits.open);
            let at = open.iter().position(|(edit, _)| edit.id == id);
            at.map(|at| open.remove(at))
        };
        if let Some((edit, token)) = ended {
            token.cancel();
            drop(remove_if_there(&note_of(self.shared(), id)));
            let state = EditState::Ended;
            self.shared().tell(Event::Edit(OpenEdit { state, ..edit }));
        }
    }
}

/// Takes up the edits of earlier runs: what was saved meanwhile comes in now. What nobody has touched for long goes.
pub(crate) async fn resume(shared: &Arc<Shared>) {
    let there = shared.clone();
    let notes = off_thread(move || notes(&there)).await;
    for note in notes {
        begin(shared, note);
    }
}

fn notes(shared: &Shared) -> Vec<Note> {
    let Ok(entries) = fs::read_dir(shared.folders.edits()) else {
        return Vec::new();
    };
    let (folders, files): (Vec<_>, Vec<_>) = entries
        .flatten()
        .map(|entry| entry.path())
        .partition(|path| path.is_dir());
    for folder in folders.iter().filter(|folder| is_forgotten(folder)) {
        drop(fs::remove_dir_all(folder));
    }
    let mut notes = Vec::new();
    for path in files {
        let json = fs::read(&path).unwrap_or_default();
        let note = serde_json::from_slice::<Note>(&json).ok();
        match note.filter(|note| note.place(shared).is_file()) {
            Some(note) => notes.push(note),
            None => drop(remove_if_there(&path)),
        }
    }
    notes
}

/// Whether nothing in a folder has changed for long.
fn is_forgotten(folder: &Path) -> bool {
    let within = fs::read_dir(folder).into_iter().flatten().flatten();
    within.map(|entry| entry.path()).chain([folder.to_owned()]).all(|path| {
        let changed = fs::metadata(&path).and_then(|about| about.modified());
        changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|since| since > FORGOTTEN))
    })
}

fn begin(shared: &Arc<Shared>, note: Note) {
    let ended = shared.closing.child_token();
    lock(&shared.edits.open).push((note.edit.clone(), ended.clone()));
    tokio::spawn(watch(shared.clone(), note, ended));
}

/// What a file is like from outside.
type Look = Option<(SystemTime, u64)>;

/// Decides when a file that others write is worth reading.
#[derive(Debug, Default)]
struct Watch {
    seen: Look,
    still: u32,
    /// What was read last is this one.
    done: Look,
}

impl Watch {
    /// What there is to be done after a look.
    fn step(&mut self, look: Look) -> Step {
        if look != self.seen {
            self.seen = look;
            self.still = 0;
            return Step::Wait;
        }
        self.still = self.still.saturating_add(1);
        if look.is_none() || look == self.done || self.still < STILL {
            return Step::Wait;
        }
        if self.still >= STUCK { Step::LastTry } else { Step::Try }
    }

    /// The file was read, or given up, as it is now.
    fn settle(&mut self) {
        self.done = self.seen;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Wait,
    /// It may be whole.
    Try,
    /// It has stood still for long: what can't be read now is broken.
    LastTry,
}

async fn watch(shared: Arc<Shared>, mut note: Note, ended: CancellationToken) {
    let path = note.place(&shared);
    let mut watch = Watch::default();
    let mut clock = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            _ = clock.tick() => {}
        }
        let step = watch.step(looked_at(&path));
        if step == Step::Wait {
            continue;
        }
        let read = {
            let path = path.clone();
            off_thread(move || read_whole(&path)).await
        };
        match read {
            Ok(bytes) => {
                watch.settle();
                let id = content_id(&bytes);
                if id == note.known {
                    continue;
                }
                note.edit.state = match bring_in(&shared, &mut note, id, bytes).await {
                    Ok(state) => state,
                    Err(error) => EditState::Broken { reason: error.message },
                };
            }
            Err(_) if step == Step::Try => continue,
            Err(reason) => {
                watch.settle();
                note.edit.state = EditState::Broken { reason };
            }
        }
        let edit = note.edit.clone();
        for (open, _) in lock(&shared.edits.open)
            .iter_mut()
            .filter(|(open, _)| open.id == edit.id)
        {
            *open = edit.clone();
        }
        shared.tell(Event::Edit(edit));
    }
}

/// Brings a save into the library, and notes that it is there.
async fn bring_in(shared: &Arc<Shared>, note: &mut Note, id: PictureId, bytes: Vec<u8>) -> Result<EditState, Error> {
    let number = note.saves;
    note.saves += 1;
    let saves = note.saves;
    let (there, noted) = (shared.clone(), note.clone());
    off_thread(move || noted.keep(&there)).await?;
    let (image, mask) = take(shared, &note.edit, bytes, number).await?;
    let state = EditState::Saved { image, saves, mask };
    note.known = id;
    note.edit.state = state.clone();
    let (there, noted) = (shared.clone(), note.clone());
    off_thread(move || noted.keep(&there)).await?;
    Ok(state)
}

fn looked_at(path: &Path) -> Look {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// The picture in a file, if it is there as a whole.
fn read_whole(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: &io::Error| Error::storage(error, "reading what was edited").message;
    let length = fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if length > LONGEST {
        return Err(format!("The file is larger than {} MiB.", LONGEST >> 20));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(&error))?;
    look_at("edited", &bytes)?;
    // Every pixel, so that no half of a picture is taken for one.
    image::load_from_memory(&bytes).map_err(|_| "The picture is cut or damaged.".to_owned())?;
    Ok(bytes)
}

/// Brings a save into the library; whether its alpha became a mask.
async fn take(shared: &Arc<Shared>, edit: &OpenEdit, bytes: Vec<u8>, number: u32) -> Result<(ImageId, bool), Error> {
    let wants_mask = shared.settings.get().share.mask_from_alpha;
    let picture = off_thread(move || picture_of(bytes, number)).await?;
    let bytes = picture.bytes.clone();
    let parent = {
        let id = edit.image.clone();
        shared
            .database
            .call(move |connection| index::get(connection, &id))
            .await?
    };
    let origin = Origin::of_edit(edit.id, parent.as_ref());
    let saved = shared.shelf().save(&origin, vec![picture]).await?;
    let job = edit.id;
    let ids = saved.clone();
    let added = shared
        .database
        .call(move |connection| index::confirm(connection, job, &ids))
        .await?;
    shared.tell(Event::Library {
        added,
        removed: Vec::new(),
    });
    let image = saved
        .into_iter()
        .next()
        .ok_or_else(|| Error::internal("a save makes a picture"))?;
    let (shared, name) = (shared.clone(), edit.name.clone());
    let has_mask = wants_mask && off_thread(move || lay_mask(&shared, &name, &bytes).unwrap_or(false)).await;
    Ok((image, has_mask))
}

/// Makes a mask of what can be seen through, where something can; it waits on the canvas of the picture.
fn lay_mask(shared: &Shared, name: &str, bytes: &[u8]) -> Result<bool, Error> {
    let Some(sheet) = mask_of_alpha(bytes) else {
        return Ok(false);
    };
    let info = look_at(name, bytes).map_err(Error::internal)?;
    let kept = shared.inputs.keep(bytes, &info);
    kept.map_err(|error| Error::storage(&error, "keeping a picture"))?;
    shared.canvases.lay(&info, &sheet)?;
    Ok(true)
}

/// As the library has pictures: a JPEG becomes a PNG of the same pixels.
fn picture_of(bytes: Vec<u8>, number: u32) -> Result<Picture, Error> {
    let unreadable = |reason: String| Error::new(crate::error::ErrorCode::Malformed, reason);
    let (format, bytes) = match PictureFormat::of(&bytes) {
        Some(PictureFormat::Png) => (ImageFormat::Png, bytes),
        Some(PictureFormat::Webp) => (ImageFormat::Webp, bytes),
        Some(PictureFormat::Jpeg) => {
            let png = converted(&bytes, FileFormat::Png, 100).map_err(|refusal| unreadable(refusal.message))?;
            (ImageFormat::Png, png)
        }
        None => return Err(unreadable("The editor saved something that is no picture.".into())),
    };
    let info = look_at("edited", &bytes).map_err(unreadable)?;
    Ok(Picture {
        index: number,
        format,
        size: Size {
            width: info.width,
            height: info.height,
        },
        bytes,
    })
}

/// What can be seen through, as what is to be painted; none where nothing can.
fn mask_of_alpha(bytes: &[u8]) -> Option<Sheet> {
    let pixels = image::load_from_memory(bytes).ok()?.into_rgba8();
    let clear = |pixel: &image::Rgba<u8>| if pixel.0[3] < 128 { 255 } else { 0 };
    let mask: Vec<u8> = pixels.pixels().map(clear).collect();
    let size = Size {
        width: pixels.width(),
        height: pixels.height(),
    };
    mask.contains(&255)
        .then(|| Sheet::of_bytes(size, Edges::default(), &mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(second: u64, length: u64) -> Look {
        Some((SystemTime::UNIX_EPOCH + Duration::from_secs(second), length))
    }

    #[test]
    fn a_file_counts_once_it_has_stood_still() {
        let mut watch = Watch {
            seen: look(1, 10),
            done: look(1, 10),
            ..Watch::default()
        };
        assert_eq!(watch.step(look(1, 10)), Step::Wait, "nothing was saved");
        // Written in pieces, away for a moment, and there again.
        for piece in [look(2, 1), look(2, 5), None, None, look(3, 12)] {
            assert_eq!(watch.step(piece), Step::Wait);
        }
        assert_eq!(watch.step(look(3, 12)), Step::Wait);
        assert_eq!(watch.step(look(3, 12)), Step::Try);
        watch.settle();
        assert_eq!(watch.step(look(3, 12)), Step::Wait);
        assert_eq!(watch.step(look(4, 12)), Step::Wait, "saved again");
    }

    #[test]
    fn a_file_that_stays_broken_is_given_up_and_the_next_save_is_not() {
        let mut watch = Watch::default();
        let steps: Vec<Step> = (0..=STUCK).map(|_| watch.step(look(1, 3))).collect();
        assert_eq!(steps.last(), Some(&Step::LastTry));
        assert_eq!(
            steps.iter().filter(|step| **step == Step::Try).count() as u32,
            STUCK - STILL
        );
        watch.settle();
        assert_eq!(watch.step(look(1, 3)), Step::Wait);
        let again: Vec<Step> = (0..=STILL).map(|_| watch.step(look(2, 4))).collect();
        assert_eq!(again.last(), Some(&Step::Try));
    }

    #[test]
    fn what_can_be_seen_through_is_a_mask() {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbaImage::from_fn(8, 4, |x, _| image::Rgba([9, 9, 9, if x < 3 { 0 } else { 255 }]))
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        let sheet = mask_of_alpha(bytes.get_ref()).unwrap();
        let painted = sheet.bytes().unwrap();
        assert_eq!(painted.iter().filter(|byte| **byte == 255).count(), 12);
        let opaque = crate::testing::encoded(image::ImageFormat::Png, 8, 4);
        assert_eq!(mask_of_alpha(&opaque), None);
    }
}
