//! What can be done with pictures from outside, vibes and references: the part of [`Studio`] that hands them on.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use novelai::prepare;
use novelai::request::{Fit, GenerateRequest, PictureId, Size, Vibe};

use crate::disk::off_thread;
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::inputs::{Added, PictureFormat, PictureInfo, add, add_files, look_at, presentable};
use crate::library::{ImageId, ImageRecord, index};
use crate::references::Reference;
use crate::shared::Shared;
use crate::vibes::{Realm, VibeExport, VibeState, export, states};

/// Keeps a picture of the library among the inputs, and notes which one it is.
pub(crate) async fn keep_image(shared: &Arc<Shared>, record: ImageRecord) -> Result<PictureInfo, Error> {
    let path = shared.places.path_of(&record)?;
    let id = record.id.clone();
    let name = presentable(&path.file_name().unwrap_or_default().to_string_lossy());
    let info = {
        let shared = shared.clone();
        off_thread(move || {
            let bytes = fs::read(&path).map_err(|error| shared.places.unreadable(&error, &record, &path))?;
            let info = look_at(&name, &bytes).map_err(|reason| Error::new(ErrorCode::Malformed, reason))?;
            shared
                .inputs
                .keep(&bytes, &info)
                .map_err(|error| Error::storage(&error, "keeping a picture"))?;
            Ok::<_, Error>(info)
        })
        .await?
    };
    let (picture, image) = (info.id.clone(), id);
    shared
        .database
        .call(move |connection| index::set_origin(connection, &picture, &image))
        .await?;
    Ok(info)
}

impl Studio {
    /// Keeps a picture, or the vibes of a file, whose bytes are at hand. What can't be taken is in the answer, with the
    /// reason.
    pub async fn add_bytes(&self, name: String, bytes: Vec<u8>) -> Added {
        let shared = self.shared().clone();
        off_thread(move || add(&shared.inputs, &shared.encodings, &shared.registry, &name, &bytes)).await
    }

    /// Keeps what is in files. Each that can't be taken is in the answer, with the reason.
    pub async fn add_files(&self, paths: Vec<PathBuf>) -> Added {
        let shared = self.shared().clone();
        off_thread(move || add_files(&shared.inputs, &shared.encodings, &shared.registry, &paths)).await
    }

    /// Keeps a picture of the library as a picture that requests can name.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture or its file is gone, `malformed` where the file is no whole picture, and storage
    /// errors.
    pub async fn picture_of_image(&self, id: ImageId) -> Result<PictureInfo, Error> {
        let record = self.record(id).await?;
        keep_image(self.shared(), record).await
    }

    /// What is known about pictures; `None` for one that is not there.
    pub async fn picture_info(&self, ids: Vec<PictureId>) -> Vec<Option<PictureInfo>> {
        let shared = self.shared().clone();
        off_thread(move || ids.iter().map(|id| shared.inputs.info(id)).collect()).await
    }

    /// A picture from outside, as it came.
    ///
    /// # Errors
    ///
    /// `notFound` where it is not there.
    pub async fn input(&self, id: PictureId) -> Result<(PictureFormat, Bytes), Error> {
        let shared = self.shared().clone();
        off_thread(move || {
            let bytes = shared.inputs.required(&id)?;
            let format = PictureFormat::of(&bytes).ok_or_else(|| Error::internal("what is kept is no picture"))?;
            Ok((format, bytes))
        })
        .await
    }

    /// A picture from outside made small: JPEG, upright, at most 320 pixels a side.
    ///
    /// # Errors
    ///
    /// `notFound` where it is not there.
    pub async fn input_thumbnail(&self, id: PictureId) -> Result<Vec<u8>, Error> {
        let path = self.shared().inputs.path(&id);
        let path = path.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such picture."))?;
        self.shared().thumbnails.get(ImageId(id.0), path).await
    }

    /// A picture from outside as it is sent as a precise reference: PNG, laid on a black canvas.
    ///
    /// # Errors
    ///
    /// `notFound` where it is not there.
    pub async fn input_as_reference(&self, id: PictureId) -> Result<Bytes, Error> {
        let shared = self.shared().clone();
        off_thread(move || Ok(prepare::reference(&shared.inputs.required(&id)?, &shared.registry)?)).await
    }

    /// A picture from outside as it is sent to start from: PNG, of exactly this size.
    ///
    /// # Errors
    ///
    /// `notFound` where it is not there, and `refused` for a size that no request has.
    pub async fn input_as_source(&self, id: PictureId, size: Size, fit: Fit, clear: bool) -> Result<Bytes, Error> {
        let shared = self.shared().clone();
        off_thread(move || {
            if size.area() == 0 || size.area() > u64::from(shared.registry.limits().max_area) {
                return Err(Error::new(ErrorCode::Refused, "No request has this size.").with_detail("size"));
            }
            Ok(prepare::fitted_source(&shared.inputs.required(&id)?, size, fit, clear)?)
        })
        .await
    }

    /// What would happen to each vibe of a request, in its order.
    pub async fn vibe_states(&self, request: GenerateRequest) -> Vec<VibeState> {
        let shared = self.shared().clone();
        let realm = Realm::of(&shared.purse.current());
        off_thread(move || states(&request, &shared.inputs, &shared.encodings, &shared.registry, realm)).await
    }

    /// Vibes as a file for others: one alone, or several in a bundle.
    ///
    /// # Errors
    ///
    /// `notFound` where nothing of one is here, `refused` where there is none, and storage errors.
    pub async fn vibe_file(&self, vibes: Vec<Vibe>) -> Result<VibeExport, Error> {
        let shared = self.shared().clone();
        let realm = Realm::of(&shared.purse.current());
        off_thread(move || export(&vibes, &shared.inputs, &shared.encodings, &shared.registry, realm)).await
    }

    /// The references that are kept at hand, newest first.
    ///
    /// # Errors
    ///
    /// `malformed` where the file can't be understood; it stays as it is. Storage errors.
    pub async fn references(&self) -> Result<Vec<Reference>, Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.references).all()).await
    }

    /// Keeps a reference at hand, or gives it another name.
    ///
    /// # Errors
    ///
    /// `refused` where it names nothing or there are too many, and storage errors.
    pub async fn save_reference(&self, reference: Reference) -> Result<Vec<Reference>, Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.references).save(reference)).await
    }

    /// No longer keeps a reference at hand. Its picture stays.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn forget_reference(&self, id: PictureId) -> Result<Vec<Reference>, Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.references).forget(&id)).await
    }
}
