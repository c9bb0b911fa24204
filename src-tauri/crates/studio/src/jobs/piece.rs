//! A part of a picture that is painted anew: what of it is sent, and the answer laid back into it.
//!
//! What the server sent is never lost to that: it is kept beside, durably and as it came, before the finished picture
//! is saved. An answer that can't be laid back is saved as it is, and said. The same picture, mask and answer make the
//! same bytes each time, so that doing it again after a crash saves one picture and not two.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use bytes::Bytes;
use novelai::inpaint::{self, Blend, Plane};
use novelai::mask::Coverage;
use novelai::model::Registry;
use novelai::payload::Refusal;
use novelai::prepare;
use novelai::request::{ImageFormat, Paste, PictureId, Size, Source};
use novelai::response::Picture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::disk::{Step, off_thread, replace};
use crate::error::{Error, ErrorCode};
use crate::jobs::settle::panic_message;
use crate::jobs::{Job, Work};
use crate::library::{ImageId, index};
use crate::shared::Shared;

/// What is known of a finished picture, beside the answer it was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    /// Pixels beyond mask and feather that differ from the picture it began with.
    pub(crate) changed_outside: u64,
    /// Why the answer could not be laid back, where it could not: then it is in the library as it came.
    pub(crate) problem: Option<Error>,
}

/// What is sent of a picture.
pub(crate) struct Sent {
    pub(crate) picture: Bytes,
    pub(crate) mask: Bytes,
    pub(crate) cells: Vec<bool>,
}

/// Cuts a picture and its mask as they are sent.
pub(crate) fn sent(picture: &[u8], mask: &Plane, paste: &Paste, transparent: bool) -> Result<Sent, Refusal> {
    let cells = inpaint::cells(mask, &paste.frame, coverage(paste));
    Ok(Sent {
        mask: inpaint::mask_png(&cells, &paste.frame)?,
        picture: inpaint::cut(picture, &paste.frame, transparent)?,
        cells,
    })
}

/// Refuses a frame that can't be sent. It may come from anywhere.
pub(crate) fn check_frame(paste: &Paste, size: Size, registry: &Registry) -> Result<(), Error> {
    if paste.frame.is_sound(registry) && paste.frame.sent == size {
        return Ok(());
    }
    let message = "The part of the picture that is to be painted anew can't be sent at this size.";
    Err(Error::new(ErrorCode::Refused, message).with_detail("size"))
}

fn coverage(paste: &Paste) -> Coverage {
    match paste.coverage {
        0 => Coverage::Any,
        percent => Coverage::Percent(percent),
    }
}

/// The picture, the mask, and what is to be done with them, where a job paints a part of a picture.
pub(crate) fn piece_of(work: &Work) -> Option<(&PictureId, &PictureId, &Paste)> {
    match &work.request()?.source {
        Source::Inpaint {
            image,
            mask,
            paste: Some(paste),
            ..
        } => Some((image, mask, paste)),
        Source::Inpaint { paste: None, .. } | Source::Image { .. } | Source::Text => None,
    }
}

/// The picture that a job paints on: the result of the spot before, where there is one of the right size, and else the
/// one it names.
pub(crate) async fn ground(shared: &Shared, work: &Work) -> Result<Option<Bytes>, Error> {
    let Some((image, _, paste)) = piece_of(work) else {
        return Ok(None);
    };
    let before = match &paste.after {
        Some(after) => result_before(shared, after).await,
        None => None,
    };
    let (inputs, image) = (shared.inputs.clone(), image.clone());
    off_thread(move || {
        let named = inputs.required(&image)?;
        let of_one_size = |other: &Bytes| prepare::size(other).ok() == prepare::size(&named).ok();
        Ok(Some(before.filter(of_one_size).unwrap_or(named)))
    })
    .await
}

async fn result_before(shared: &Shared, after: &PictureId) -> Option<Bytes> {
    let id = ImageId(after.0.clone());
    let record = shared
        .database
        .call(move |connection| index::get(connection, &id))
        .await
        .ok()??;
    let path = shared.places.path_of(&record).ok()?;
    off_thread(move || std::fs::read(path).ok().map(Bytes::from)).await
}

/// Lays the pictures of an answer back into the one they were cut from. Those of other jobs stay as they are.
pub(crate) async fn lay_back(shared: &Shared, job: &Job, pictures: Vec<Picture>) -> Result<Vec<Picture>, Error> {
    if pictures.is_empty() {
        return Ok(pictures);
    }
    let Some((_, mask, paste)) = piece_of(&job.work) else {
        return Ok(pictures);
    };
    let desk = Desk {
        ground: ground(shared, &job.work).await,
        mask: mask.clone(),
        paste: paste.clone(),
        job: job.id,
        pieces: Pieces::of(shared),
    };
    let (inputs, disk) = (shared.inputs.clone(), shared.disk.clone());
    off_thread(move || {
        disk.at(Step::PieceWrite)
            .map_err(|error| Error::storage(&error, "keeping the server's answer"))?;
        let laid = pictures.into_iter().map(|picture| desk.lay(&inputs, picture));
        laid.collect()
    })
    .await
}

/// What an answer is laid back with.
struct Desk {
    ground: Result<Option<Bytes>, Error>,
    mask: PictureId,
    paste: Paste,
    job: Uuid,
    pieces: Pieces,
}

impl Desk {
    fn lay(&self, inputs: &crate::inputs::Store, picture: Picture) -> Result<Picture, Error> {
        let trouble = |error: std::io::Error| Error::storage(&error, "keeping the server's answer");
        let id = ImageId::of_job(self.job, picture.index);
        let laid = catch_unwind(AssertUnwindSafe(|| self.laid(inputs, &picture)))
            .unwrap_or_else(|panic| Err(Error::internal(panic_message(&*panic))));
        let (picture, proof) = match laid {
            Ok((finished, changed_outside)) => {
                let proof = Proof {
                    changed_outside,
                    problem: None,
                };
                match finished {
                    Some(finished) => {
                        self.pieces.keep_answer(&id, &picture).map_err(trouble)?;
                        (finished, proof)
                    }
                    None => (picture, proof),
                }
            }
            Err(problem) => {
                tracing::error!(%problem, %id, "an answer could not be laid back");
                let proof = Proof {
                    changed_outside: 0,
                    problem: Some(not_laid(problem)),
                };
                (picture, proof)
            }
        };
        self.pieces.keep_proof(&id, &proof).map_err(trouble)?;
        Ok(picture)
    }

    /// The finished picture, where it is another than the answer, and how many pixels changed that should not have.
    fn laid(&self, inputs: &crate::inputs::Store, answer: &Picture) -> Result<(Option<Picture>, u64), Error> {
        let ground = self
            .ground
            .clone()?
            .ok_or_else(|| Error::internal("nothing to lay it into"))?;
        let size = prepare::size(&ground)?;
        let mask = Plane::read(&inputs.required(&self.mask)?, size)?;
        let frame = &self.paste.frame;
        let cells = inpaint::cells(&mask, frame, coverage(&self.paste));
        let feather = self.paste.feather;
        if self.paste.keep_outside {
            let blend = Blend {
                feather,
                match_colours: self.paste.match_colours,
            };
            let pasted = inpaint::paste(&ground, &answer.bytes, frame, &cells, blend)?;
            return Ok((Some(png(answer.index, size, pasted.png)), pasted.changed_outside));
        }
        if frame.is_whole(size) {
            let changed = inpaint::changed_outside(&ground, &answer.bytes, frame, &cells, feather)?;
            return Ok((None, changed));
        }
        // All of what was sent, in its place.
        let all = vec![true; cells.len()];
        let pasted = inpaint::paste(&ground, &answer.bytes, frame, &all, Blend::default())?;
        let changed = inpaint::changed_outside(&ground, &pasted.png, frame, &cells, feather)?;
        Ok((Some(png(answer.index, size, pasted.png)), changed))
    }
}

fn png(index: u32, size: Size, bytes: Bytes) -> Picture {
    Picture {
        index,
        format: ImageFormat::Png,
        size,
        bytes: bytes.into(),
    }
}

fn not_laid(problem: Error) -> Error {
    let message = format!(
        "The answer could not be laid into the picture. It is in the library as the server sent it. {}",
        problem.message
    );
    let error = Error::new(ErrorCode::Malformed, message);
    match problem.detail {
        Some(detail) => error.with_detail(detail),
        None => error,
    }
}

/// Answers as they came, and what is known of what was made of them.
#[derive(Debug, Clone)]
pub(crate) struct Pieces {
    folder: PathBuf,
}

impl Pieces {
    pub(crate) fn of(shared: &Shared) -> Self {
        Self {
            folder: shared.folders.pieces(),
        }
    }

    pub(crate) fn proof(&self, id: &ImageId) -> Option<Proof> {
        let json = std::fs::read(self.folder.join(format!("{id}.json"))).ok()?;
        serde_json::from_slice(&json).ok()
    }

    fn keep_proof(&self, id: &ImageId, proof: &Proof) -> std::io::Result<()> {
        replace(&self.folder.join(format!("{id}.json")), &serde_json::to_vec(proof)?)
    }

    fn keep_answer(&self, id: &ImageId, answer: &Picture) -> std::io::Result<()> {
        let path = self.folder.join(format!("{id}.{}", index::extension(answer.format)));
        // From before a crash.
        if std::fs::read(&path).is_ok_and(|there| there == answer.bytes) {
            return Ok(());
        }
        replace(&path, &answer.bytes)
    }
}
