//! The canvas: pictures that are painted on, each with its mask, its settings and the results that wait for a word.
//!
//! A canvas is named by its picture, by content, so that the same picture is found again as it was left. It lies in a
//! folder of its own (`canvases/<id>/`): `canvas.json` in two generations, and the mask in two as well
//! ([`sheet`]). Nothing here spends anything: a repaint becomes jobs of the queue, like any other.

mod plan;
pub(crate) mod sheet;

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use novelai::cost::Estimate;
use novelai::inpaint::{self, Frame, Plane, Rect, grey_png};
use novelai::model::ModelId;
use novelai::payload::{Pictures, build_with};
use novelai::request::{GenerateRequest, PictureId, Size, Source};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::disk::off_thread;
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::folders::make_private;
use crate::generations::{Generations, parse_json};
use crate::inputs::{PictureInfo, is_content_id, look_at, presentable};
use crate::jobs::piece::{self, Pieces};
use crate::jobs::queue;
use crate::library::{ImageId, index};
use crate::shared::Shared;
use plan::{Ground, frames, refused, request};
use sheet::Sheet;

/// The longest side that can be painted on.
const LONGEST_SIDE: u32 = 4096;
/// How many looks are kept to be shown.
const LOOKS: usize = 6;
/// Painted on, but with nothing painted yet: stands for what is not named.
const NOT_KEPT: &str = "looked at";

/// Pixels beyond each edge of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Edges {
    /// To the left.
    pub left: u32,
    /// Above.
    pub top: u32,
    /// To the right.
    pub right: u32,
    /// Below.
    pub bottom: u32,
}

/// A part of a canvas, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Area {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl From<Rect> for Area {
    fn from(rect: Rect) -> Self {
        Self {
            x: rect.left,
            y: rect.top,
            width: rect.width,
            height: rect.height,
        }
    }
}

/// When a cell of the latent grid is sent as painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum CellRule {
    /// With any painted pixel.
    #[default]
    Any,
    /// With more than half of them.
    Half,
}

/// Which part is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Focus {
    /// All of it.
    Whole,
    /// What is painted, as large as is free.
    #[default]
    Auto,
    /// The same for each spot by itself, one job after the other.
    Each,
    /// A box that was drawn.
    Box {
        /// Where.
        #[serde(rename = "box")]
        area: Area,
    },
}

/// Words of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct OwnPrompt {
    /// The prompt.
    pub text: String,
    /// The Undesired Content.
    pub undesired: String,
}

/// Everything that decides a repaint, beside the mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RepaintSettings {
    /// How much of what is painted is made anew, 0.01 to 1.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub strength: f64,
    /// Pixels over which the result is blended into the picture.
    pub feather: u32,
    /// Beyond the feather the picture stays as it is, to the pixel.
    pub keep_outside: bool,
    /// The colours of the result are brought to those of the picture.
    pub match_colours: bool,
    /// When a cell of the latent grid is sent as painted.
    pub rule: CellRule,
    /// Which part is sent.
    pub focus: Focus,
    /// Context around the paint, in pixels.
    pub margin: u32,
    /// Prompt and Undesired Content of its own; `None`: those of the draft.
    pub prompt: Option<OwnPrompt>,
}

impl Default for RepaintSettings {
    fn default() -> Self {
        Self {
            strength: 1.0,
            feather: 20,
            keep_outside: true,
            match_colours: false,
            rule: CellRule::default(),
            focus: Focus::default(),
            margin: 48,
            prompt: None,
        }
    }
}

/// What is asked for: the saved mask of a canvas, and how it is to be repainted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Repaint {
    /// The canvas.
    pub canvas: PictureId,
    /// How.
    pub settings: RepaintSettings,
    /// `None`: one is picked.
    pub seed: Option<u32>,
}

/// A picture on the canvas, as it was left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Canvas {
    /// Names it, and its picture among the inputs.
    pub id: PictureId,
    /// What the picture is called.
    pub name: String,
    /// The picture's own width.
    pub width: u32,
    /// The picture's own height.
    pub height: u32,
    /// How far the canvas reaches beyond it.
    pub edges: Edges,
    /// Whether there is a mask; its runs are fetched by themselves.
    pub has_mask: bool,
    /// As they were left.
    pub settings: Option<RepaintSettings>,
    /// Results that were neither kept nor rejected, oldest first.
    pub takes: Vec<Take>,
}

/// A result over the mask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Take {
    /// The whole picture, in the library.
    pub id: ImageId,
    /// The job that made it.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub job: Uuid,
    /// Its seed.
    pub seed: u32,
    /// Pixels beyond mask and feather that differ from the picture it was made of.
    pub changed_outside: u32,
    /// Why it is not the whole picture but what the server sent, where it is.
    pub problem: Option<Error>,
}

/// Exactly what would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// The model that paints.
    pub model: ModelId,
    /// Such as `V4.5 Curated`.
    pub model_name: String,
    /// The part of the canvas.
    pub crop: Area,
    /// The part of it in which paint counts.
    pub inner: Area,
    /// The width it is sent at.
    pub width: u32,
    /// The height it is sent at.
    pub height: u32,
    /// Cells of the latent grid that are sent as painted.
    pub cells: u32,
    /// All of them.
    pub all_cells: u32,
    /// Names this look in the addresses of its pictures.
    pub look: u32,
    /// Worth knowing before it is sent.
    pub notes: Vec<SeenNote>,
    /// Of all jobs together.
    pub price: Estimate,
}

/// Something worth knowing before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SeenNote {
    /// The model that paints is not the chosen one.
    OtherModel {
        /// Such as `V5 Curated`.
        chosen: String,
        /// Such as `V4.5 Curated`.
        used: String,
    },
    /// The picture is scaled and padded to be accepted.
    Padded {
        /// To this width.
        width: u32,
        /// To this height.
        height: u32,
    },
    /// Paint outside of the part that is sent, or in its margin.
    Left {
        /// So much of it.
        pixels: u32,
    },
    /// So many jobs are made, one after the other.
    Jobs {
        /// How many.
        count: u32,
    },
}

/// The two pictures of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookedAt {
    /// The picture as it is sent, with its pad.
    Picture,
    /// The mask as it is sent: white is made anew.
    Mask,
}

/// Where canvases lie, and what was last looked at.
pub(crate) struct Canvases {
    folder: PathBuf,
    /// Held by whoever changes a canvas.
    writing: Mutex<()>,
    looks: Mutex<Looks>,
}

#[derive(Default)]
struct Looks {
    last: u32,
    kept: VecDeque<(u32, Bytes, Bytes)>,
}

/// What is kept of a canvas beside its mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    id: PictureId,
    name: String,
    width: u32,
    height: u32,
    #[serde(default)]
    settings: Option<RepaintSettings>,
    /// Jobs whose results are takes, as long as they are neither kept nor rejected.
    #[serde(default)]
    jobs: Vec<Uuid>,
}

impl Canvases {
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            writing: Mutex::default(),
            looks: Mutex::default(),
        }
    }

    /// Where a canvas lies. Ids come from the page.
    fn place(&self, id: &PictureId) -> Result<PathBuf, Error> {
        if is_content_id(id) {
            Ok(self.folder.join(&id.0))
        } else {
            Err(no_such_canvas())
        }
    }

    fn note(&self, id: &PictureId) -> Result<Note, Error> {
        let note = generations(&self.place(id)?).load();
        note.filter(|note| note.id == *id).ok_or_else(no_such_canvas)
    }

    fn sheet(&self, note: &Note) -> Option<Sheet> {
        let sheet = Sheet::load(&self.folder.join(&note.id.0))?;
        (canvas_size(note, sheet.edges).ok()? == sheet.size).then_some(sheet)
    }

    /// Changes what is kept of a canvas.
    fn edit(&self, id: &PictureId, change: impl FnOnce(&mut Note)) -> Result<(), Error> {
        let _alone = lock(&self.writing);
        let mut note = self.note(id)?;
        change(&mut note);
        generations(&self.place(id)?).save(&note)
    }

    /// The canvas of a picture, made if there is none.
    fn of_picture(&self, info: &PictureInfo) -> Result<Note, Error> {
        let _alone = lock(&self.writing);
        if let Ok(note) = self.note(&info.id)
            && (note.width, note.height) == (info.width, info.height)
        {
            return Ok(note);
        }
        let folder = self.place(&info.id)?;
        make_private(&folder)
            .and_then(|()| crate::disk::sync_folder(&self.folder))
            .map_err(|error| Error::storage(&error, "making room for the canvas"))?;
        let note = Note {
            id: info.id.clone(),
            name: info.name.clone(),
            width: info.width,
            height: info.height,
            settings: None,
            jobs: Vec::new(),
        };
        generations(&folder).save(&note)?;
        Ok(note)
    }

    /// Lays a mask over a picture that is not painted on yet.
    pub(crate) fn lay(&self, info: &PictureInfo, sheet: &Sheet) -> Result<(), Error> {
        self.of_picture(info)?;
        self.save_sheet(&info.id, sheet)
    }

    fn save_sheet(&self, id: &PictureId, sheet: &Sheet) -> Result<(), Error> {
        let note = self.note(id)?;
        if canvas_size(&note, sheet.edges)? != sheet.size || !sheet.is_sound() {
            return Err(refused("mask", "The mask is not of the size of its canvas."));
        }
        let _alone = lock(&self.writing);
        sheet
            .save(&self.place(id)?)
            .map_err(|error| Error::storage(&error, "saving the mask"))
    }

    fn keep_look(&self, picture: Bytes, mask: Bytes) -> u32 {
        let mut looks = lock(&self.looks);
        looks.last = looks.last.wrapping_add(1);
        let look = looks.last;
        looks.kept.push_back((look, picture, mask));
        if looks.kept.len() > LOOKS {
            looks.kept.pop_front();
        }
        look
    }
}

fn generations(folder: &Path) -> Generations<Note> {
    Generations::in_folder(folder, "canvas", parse_json)
}

fn no_such_canvas() -> Error {
    Error::new(
        ErrorCode::NotFound,
        "This picture is not on the canvas (any more). Open it again.",
    )
}

/// The picture and its edges.
fn canvas_size(note: &Note, edges: Edges) -> Result<Size, Error> {
    let side = |length: u32, before: u32, after: u32| {
        let sum = length.checked_add(before)?.checked_add(after)?;
        (sum <= LONGEST_SIDE).then_some(sum)
    };
    side(note.width, edges.left, edges.right)
        .zip(side(note.height, edges.top, edges.bottom))
        .map(|(width, height)| Size { width, height })
        .ok_or_else(|| refused("edges", format!("A canvas has at most {LONGEST_SIDE} pixels a side.")))
}

impl Studio {
    /// Puts a picture of the library or an input on the canvas, as it was left there.
    ///
    /// # Errors
    ///
    /// `notFound` where it is gone, `malformed` or `refused` where it can't be painted on, and storage errors. Nothing
    /// has changed then.
    pub async fn open_canvas(&self, picture: String) -> Result<Canvas, Error> {
        let info = self.picture_to_paint(picture).await?;
        if info.width > LONGEST_SIDE || info.height > LONGEST_SIDE {
            let message = format!(
                "This picture has {} × {} pixels; up to {LONGEST_SIDE} a side can be painted on.",
                info.width, info.height
            );
            return Err(refused("picture", message));
        }
        let shared = self.shared().clone();
        let (note, sheet) = off_thread(move || {
            let note = shared.canvases.of_picture(&info)?;
            let sheet = shared.canvases.sheet(&note);
            Ok::<_, Error>((note, sheet))
        })
        .await?;
        let takes = self.takes(&note).await?;
        Ok(Canvas {
            edges: sheet.as_ref().map(|sheet| sheet.edges).unwrap_or_default(),
            has_mask: sheet.is_some(),
            takes,
            id: note.id,
            name: note.name,
            width: note.width,
            height: note.height,
            settings: note.settings,
        })
    }

    async fn picture_to_paint(&self, picture: String) -> Result<PictureInfo, Error> {
        let id = PictureId(picture);
        // A picture that was found in a folder has an id of its content, as an input has: the library is asked first.
        let of_library = self.picture_of_image(ImageId(id.0.clone())).await;
        let not_found = |error: &Error| error.code == ErrorCode::NotFound;
        if !is_content_id(&id) || !of_library.as_ref().is_err_and(not_found) {
            return of_library;
        }
        let shared = self.shared().clone();
        off_thread(move || {
            // Damaged since, it is as good as gone.
            shared.inputs.required(&id)?;
            shared.inputs.info(&id).ok_or_else(no_such_canvas)
        })
        .await
    }

    /// The mask of a canvas as it was last saved, as runs. Empty where there is none.
    ///
    /// # Errors
    ///
    /// `notFound` where there is no such canvas.
    pub async fn canvas_mask(&self, canvas: PictureId) -> Result<Vec<u8>, Error> {
        let shared = self.shared().clone();
        off_thread(move || {
            let note = shared.canvases.note(&canvas)?;
            Ok(shared.canvases.sheet(&note).map(|sheet| sheet.runs).unwrap_or_default())
        })
        .await
    }

    /// Saves the mask of a canvas. Durable when it returns.
    ///
    /// # Errors
    ///
    /// `refused` where the runs make no mask of this size, `notFound`, and storage errors: the mask before is there.
    pub async fn save_canvas_mask(
        &self,
        canvas: PictureId,
        size: Size,
        edges: Edges,
        runs: Vec<u8>,
    ) -> Result<(), Error> {
        let shared = self.shared().clone();
        off_thread(move || shared.canvases.save_sheet(&canvas, &Sheet { size, edges, runs })).await
    }

    /// Saves the settings of a canvas.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn save_canvas_settings(&self, canvas: PictureId, settings: RepaintSettings) -> Result<(), Error> {
        let shared = self.shared().clone();
        off_thread(move || shared.canvases.edit(&canvas, |note| note.settings = Some(settings))).await
    }

    /// The mask of a canvas as a PNG: white is painted. With it a name for the file.
    ///
    /// # Errors
    ///
    /// `notFound` where there is no such canvas or no mask.
    pub async fn canvas_mask_png(&self, canvas: PictureId) -> Result<(String, Bytes), Error> {
        let shared = self.shared().clone();
        off_thread(move || {
            let note = shared.canvases.note(&canvas)?;
            let sheet = shared.canvases.sheet(&note);
            let (size, bytes) = sheet
                .and_then(|sheet| Some((sheet.size, sheet.bytes()?)))
                .ok_or_else(|| refused("mask", "Nothing is painted."))?;
            let stem = Path::new(&note.name).file_stem().unwrap_or_default().to_string_lossy();
            Ok((format!("{} mask.png", presentable(&stem)), grey_png(&bytes, size)))
        })
        .await
    }

    /// The bytes of a mask that is a picture, for a canvas with these edges.
    ///
    /// # Errors
    ///
    /// `refused` where it is of another size or no picture, and `notFound`.
    pub async fn read_mask(&self, canvas: PictureId, picture: Vec<u8>) -> Result<Vec<u8>, Error> {
        let shared = self.shared().clone();
        off_thread(move || {
            let note = shared.canvases.note(&canvas)?;
            let edges = shared
                .canvases
                .sheet(&note)
                .map(|sheet| sheet.edges)
                .unwrap_or_default();
            let _alone = shared.inputs.look();
            Ok(Plane::shades(&picture, canvas_size(&note, edges)?)?)
        })
        .await
    }

    /// Exactly what would be sent for a repaint, of its mask as it was last saved.
    ///
    /// # Errors
    ///
    /// `refused` where it could not be sent; `detail` names the field.
    pub async fn look_at_repaint(&self, repaint: Repaint, draft: GenerateRequest) -> Result<Seen, Error> {
        let (shared, studio) = (self.shared().clone(), self.clone());
        off_thread(move || look(&shared, &studio, &repaint, &draft)).await
    }

    /// A picture of a look, as long as it is kept: PNG.
    #[must_use]
    pub fn looked_at(&self, look: u32, which: LookedAt) -> Option<Bytes> {
        let looks = lock(&self.shared().canvases.looks);
        let (_, picture, mask) = looks.kept.iter().find(|(kept, ..)| *kept == look)?;
        Some(match which {
            LookedAt::Picture => picture.clone(),
            LookedAt::Mask => mask.clone(),
        })
    }

    /// Queues a repaint under the UUID of the click, and gives the ids of its jobs. A UUID that is known already adds
    /// nothing.
    ///
    /// # Errors
    ///
    /// `refused` where it could not be sent, and storage errors.
    pub async fn enqueue_repaint(
        &self,
        id: Uuid,
        repaint: Repaint,
        draft: GenerateRequest,
    ) -> Result<Vec<Uuid>, Error> {
        let shared = self.shared().clone();
        let requests = {
            let (shared, repaint) = (shared.clone(), repaint.clone());
            off_thread(move || planned(&shared, id, &repaint, &draft)).await?
        };
        let ids: Vec<Uuid> = requests.iter().map(|(id, _)| *id).collect();
        {
            // A picture that was grown for it comes of the same picture of the library.
            let grown: HashSet<PictureId> = requests
                .iter()
                .filter_map(|(_, request)| match &request.source {
                    Source::Inpaint { image, .. } if *image != repaint.canvas => Some(image.clone()),
                    Source::Inpaint { .. } | Source::Image { .. } | Source::Text => None,
                })
                .collect();
            let canvas = repaint.canvas.clone();
            shared
                .database
                .call(move |connection| {
                    grown
                        .iter()
                        .try_for_each(|grown| index::copy_origin(connection, &canvas, grown))
                })
                .await?;
        }
        {
            let (shared, ids) = (shared.clone(), ids.clone());
            // Before they are queued: a result that nobody knows of would be no take.
            off_thread(move || {
                shared.canvases.edit(&repaint.canvas, |note| {
                    for id in ids {
                        if !note.jobs.contains(&id) {
                            note.jobs.push(id);
                        }
                    }
                })
            })
            .await?;
        }
        for (id, request) in requests {
            queue::enqueue(&shared, id, request).await?;
        }
        Ok(ids)
    }

    /// The takes of a canvas, oldest first.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn canvas_takes(&self, canvas: PictureId) -> Result<Vec<Take>, Error> {
        let shared = self.shared().clone();
        let note = off_thread(move || shared.canvases.note(&canvas)).await?;
        self.takes(&note).await
    }

    async fn takes(&self, note: &Note) -> Result<Vec<Take>, Error> {
        let jobs = note.jobs.clone();
        let records = self
            .shared()
            .database
            .call(move |connection| {
                let mut records = Vec::new();
                for job in jobs {
                    if let Some(record) = index::get(connection, &ImageId::of_job(job, 0))? {
                        records.push((job, record));
                    }
                }
                Ok(records)
            })
            .await?;
        let pieces = Pieces::of(self.shared());
        Ok(off_thread(move || {
            let takes = records.into_iter().filter_map(|(job, record)| {
                let proof = pieces.proof(&record.id)?;
                Some(Take {
                    id: record.id,
                    job,
                    seed: record.seed.unwrap_or_default(),
                    changed_outside: u32::try_from(proof.changed_outside).unwrap_or(u32::MAX),
                    problem: proof.problem,
                })
            });
            takes.collect()
        })
        .await)
    }

    /// Makes a take the picture of a canvas, with the mask and the settings at hand.
    ///
    /// # Errors
    ///
    /// `notFound` where it is no take of this canvas or its file is gone, and storage errors.
    pub async fn keep_take(&self, canvas: PictureId, take: ImageId) -> Result<Canvas, Error> {
        let job = self.job_of_take(&canvas, &take).await?;
        let kept = self.open_canvas(take.0).await?;
        let (shared, target) = (self.shared().clone(), kept.id.clone());
        off_thread(move || {
            let canvases = &shared.canvases;
            let note = canvases.note(&canvas)?;
            if let Some(sheet) = canvases.sheet(&note) {
                // What was beyond the picture's edges is a part of the take.
                let sheet = Sheet {
                    edges: Edges::default(),
                    ..sheet
                };
                if sheet.size
                    == (Size {
                        width: kept.width,
                        height: kept.height,
                    })
                {
                    canvases.save_sheet(&target, &sheet)?;
                }
            }
            canvases.edit(&target, |kept| kept.settings = note.settings)?;
            canvases.edit(&canvas, |note| note.jobs.retain(|known| *known != job))
        })
        .await?;
        self.open_canvas(kept.id.0).await
    }

    /// No longer offers a take. Its picture stays in the library.
    ///
    /// # Errors
    ///
    /// `notFound` where it is no take of this canvas, and storage errors.
    pub async fn reject_take(&self, canvas: PictureId, take: ImageId) -> Result<(), Error> {
        let job = self.job_of_take(&canvas, &take).await?;
        let shared = self.shared().clone();
        off_thread(move || {
            let canvases = &shared.canvases;
            canvases.edit(&canvas, |note| note.jobs.retain(|known| *known != job))
        })
        .await
    }

    async fn job_of_take(&self, canvas: &PictureId, take: &ImageId) -> Result<Uuid, Error> {
        let (shared, canvas, take) = (self.shared().clone(), canvas.clone(), take.clone());
        off_thread(move || {
            let jobs = shared.canvases.note(&canvas)?.jobs;
            let job = jobs.into_iter().find(|job| ImageId::of_job(*job, 0) == take);
            job.ok_or_else(|| Error::new(ErrorCode::NotFound, "This is no take of this canvas (any more)."))
        })
        .await
    }
}

/// A canvas as it is repainted: its picture with its edges, and what is painted on it.
struct Laid {
    note: Note,
    sheet: Sheet,
    plane: Plane,
    /// The picture, grown where it has edges.
    picture: Bytes,
}

fn laid(shared: &Shared, canvas: &PictureId) -> Result<Laid, Error> {
    let note = shared.canvases.note(canvas)?;
    let nothing = || refused("mask", "Nothing is painted.");
    let sheet = shared.canvases.sheet(&note).ok_or_else(nothing)?;
    let plane = sheet.plane().ok_or_else(nothing)?;
    let picture = shared.inputs.required(&note.id)?;
    let picture = if sheet.edges == Edges::default() {
        picture
    } else {
        let back = |by: u32| -i32::try_from(by).unwrap_or(0);
        let around = Rect {
            left: back(sheet.edges.left),
            top: back(sheet.edges.top),
            width: sheet.size.width,
            height: sheet.size.height,
        };
        let _alone = shared.inputs.look();
        inpaint::grown(&picture, around)?
    };
    Ok(Laid {
        note,
        sheet,
        plane,
        picture,
    })
}

fn look(shared: &Arc<Shared>, studio: &Studio, repaint: &Repaint, draft: &GenerateRequest) -> Result<Seen, Error> {
    let registry = &shared.registry;
    let laid = laid(shared, &repaint.canvas)?;
    let frames = frames(&laid.plane, &repaint.settings, registry)?;
    let Some(first) = frames.first().copied() else {
        return Err(refused("mask", "Nothing is painted."));
    };
    let not_kept = PictureId(NOT_KEPT.into());
    let ground = Ground {
        canvas: &laid.note.id,
        image: not_kept.clone(),
        mask: PictureId(format!("{NOT_KEPT} mask")),
        size: laid.sheet.size,
        edges: laid.sheet.edges,
    };
    let requests: Vec<GenerateRequest> = frames
        .iter()
        .map(|frame| request(draft, repaint, &ground, *frame, None))
        .collect();
    let Some(Source::Inpaint {
        image,
        mask,
        paste: Some(paste),
        ..
    }) = requests.first().map(|request| &request.source)
    else {
        return Err(Error::internal("a repaint without a mask"));
    };
    let chosen = registry
        .get(&draft.model)
        .ok_or_else(|| refused("model", "This model is not known."))?;
    piece::check_frame(paste, first.sent, registry)?;
    let sent = {
        let _alone = shared.inputs.look();
        piece::sent(&laid.picture, &laid.plane, paste, chosen.transparency)?
    };
    let mut pictures = Pictures::new();
    pictures.insert(image.clone(), sent.picture.clone());
    pictures.insert(mask.clone(), sent.mask.clone());
    if let Some(request) = requests.first() {
        // What belongs to the draft is checked where it is queued.
        let mut request = request.clone();
        request.pick_seed(queue::pick);
        request.references = novelai::request::References::default();
        build_with(&request, registry, &pictures, None)?;
    }
    let used = registry.inpainting_model(chosen);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut notes = Vec::new();
    if used.id != chosen.id {
        notes.push(SeenNote::OtherModel {
            chosen: chosen.short_name.clone(),
            used: used.short_name.clone(),
        });
    }
    if is_padded(&first, laid.sheet.size, repaint.settings.focus) {
        notes.push(SeenNote::Padded {
            width: first.sent.width,
            height: first.sent.height,
        });
    }
    let left = left_out(&laid.plane, &frames);
    if left > 0 {
        notes.push(SeenNote::Left { pixels: left });
    }
    if frames.len() > 1 {
        notes.push(SeenNote::Jobs {
            count: count(frames.len()),
        });
    }
    Ok(Seen {
        model: used.id.clone(),
        model_name: used.short_name.clone(),
        crop: first.crop.into(),
        inner: first.inner.into(),
        width: first.sent.width,
        height: first.sent.height,
        cells: count(sent.cells.iter().filter(|white| **white).count()),
        all_cells: count(sent.cells.len()),
        notes,
        price: price(studio, &requests)?,
        look: shared.canvases.keep_look(sent.picture, sent.mask),
    })
}

/// Whether it is more than a part of the canvas, a pixel for a pixel or larger.
fn is_padded(frame: &Frame, size: Size, focus: Focus) -> bool {
    let beyond = frame.crop.left < 0
        || frame.crop.top < 0
        || frame.crop.right() > i64::from(size.width)
        || frame.crop.bottom() > i64::from(size.height);
    beyond || (focus == Focus::Whole && !frame.is_whole(size))
}

/// Painted pixels that count in none of the frames.
fn left_out(plane: &Plane, frames: &[Frame]) -> u32 {
    let width = plane.size().width.max(1) as usize;
    let mut left = 0;
    for (y, row) in (0_i64..).zip(plane.pixels().chunks(width)) {
        for (x, pixel) in (0_i64..).zip(row) {
            left += u32::from(*pixel != 0 && !frames.iter().any(|frame| frame.inner.holds(x, y)));
        }
    }
    left
}

/// What all of them cost together.
fn price(studio: &Studio, requests: &[GenerateRequest]) -> Result<Estimate, Error> {
    let mut sum: Option<Estimate> = None;
    for request in requests {
        let one = studio.estimate(request)?;
        sum = Some(match sum {
            None => one,
            Some(mut sum) => {
                sum.anlas = sum.anlas.saturating_add(one.anlas);
                sum.full = sum.full.saturating_add(one.full);
                sum.free = sum.free.filter(|_| one.free.is_some());
                sum.parts.extend(one.parts);
                sum
            }
        });
    }
    sum.ok_or_else(|| refused("mask", "Nothing is painted."))
}

/// The jobs of a click, with their pictures kept among the inputs.
fn planned(
    shared: &Shared,
    click: Uuid,
    repaint: &Repaint,
    draft: &GenerateRequest,
) -> Result<Vec<(Uuid, GenerateRequest)>, Error> {
    let laid = laid(shared, &repaint.canvas)?;
    let frames = frames(&laid.plane, &repaint.settings, &shared.registry)?;
    let image = if laid.sheet.edges == Edges::default() {
        laid.note.id.clone()
    } else {
        keep(shared, &laid.note.name, &laid.picture)?
    };
    let mask = keep(shared, "mask.png", &laid.plane.to_png())?;
    let ground = Ground {
        canvas: &laid.note.id,
        image,
        mask,
        size: laid.sheet.size,
        edges: laid.sheet.edges,
    };
    // The same for all, so that a repeated click makes the same jobs.
    let mut repaint = repaint.clone();
    repaint.seed.get_or_insert_with(queue::pick);
    let mut after = None;
    let jobs = frames.into_iter().enumerate().map(|(at, frame)| {
        let id = id_of(click, at);
        let before = after.replace(PictureId(ImageId::of_job(id, 0).0));
        (id, request(draft, &repaint, &ground, frame, before))
    });
    Ok(jobs.collect())
}

/// The id of a click's job: its own for the first, and derived from it for the further ones.
fn id_of(click: Uuid, at: usize) -> Uuid {
    if at == 0 {
        return click;
    }
    let digest = Sha256::new()
        .chain_update(click.as_bytes())
        .chain_update(format!("spot {at}"))
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// Keeps a picture of ours among the inputs.
fn keep(shared: &Shared, name: &str, bytes: &[u8]) -> Result<PictureId, Error> {
    let info = {
        let _alone = shared.inputs.look();
        look_at(name, bytes).map_err(Error::internal)?
    };
    shared
        .inputs
        .keep(bytes, &info)
        .map_err(|error| Error::storage(&error, "keeping what is painted on"))?;
    Ok(info.id)
}
