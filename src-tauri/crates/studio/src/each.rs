//! One request for each of several pictures: a job of its own for each, and a price for all of them.

use novelai::nearest_size;
use novelai::request::{Enhance, Fit, GenerateRequest, PictureId, Size, Source};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::disk::off_thread;
use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::jobs::Job;
use crate::vibes::EncodedBefore;

/// The most pictures at once.
const MOST: usize = 500;

/// What several pictures would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct EachEstimate {
    /// All together, without those that can't be sent.
    pub anlas: u32,
    /// One for each picture, in the order that was asked for.
    pub pictures: Vec<EachPicture>,
}

/// What one of several pictures would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct EachPicture {
    /// The picture.
    pub image: PictureId,
    /// The size of what would be made of it: valid, and the nearest to its shape.
    pub size: Size,
    /// Its price.
    pub anlas: u32,
    /// Why it can't be sent, if it can't.
    pub refused: Option<String>,
}

impl Studio {
    /// What a request would cost if it were sent once for each of these pictures.
    ///
    /// # Errors
    ///
    /// `refused` where there are none or too many.
    pub async fn estimate_each(&self, request: GenerateRequest, images: Vec<PictureId>) -> Result<EachEstimate, Error> {
        let requests = self.for_each(&request, images).await?;
        let mut before = EncodedBefore::default();
        let pictures: Vec<EachPicture> = requests
            .into_iter()
            .map(|(image, one)| self.priced(&mut before, image, one))
            .collect();
        let anlas = pictures.iter().map(|picture| picture.anlas).sum();
        Ok(EachEstimate { anlas, pictures })
    }

    /// Queues the request once for each of these pictures, under ids that follow from that of the click: the same click
    /// twice makes the same jobs.
    ///
    /// # Errors
    ///
    /// `refused` where there are none or too many, or none of them can be sent; storage errors. What was queued by then
    /// stays queued, and the same id goes on where it ended.
    pub async fn enqueue_each(
        &self,
        id: Uuid,
        request: GenerateRequest,
        images: Vec<PictureId>,
    ) -> Result<Vec<Job>, Error> {
        let mut jobs = Vec::new();
        let mut refused = None;
        for (at, (image, one)) in self.for_each(&request, images).await?.into_iter().enumerate() {
            let Some(one) = one else { continue };
            match self.enqueue(id_of(id, at, &image), one).await {
                Ok(job) => jobs.push(job),
                // The others may be good.
                Err(error) if error.code == ErrorCode::Refused => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if jobs.is_empty() => Err(error),
            _ if jobs.is_empty() => Err(
                Error::new(ErrorCode::Refused, "None of these pictures is there any more.").with_detail("source.image"),
            ),
            _ => Ok(jobs),
        }
    }

    fn priced(&self, before: &mut EncodedBefore, image: PictureId, request: Option<GenerateRequest>) -> EachPicture {
        let nothing = Size { width: 0, height: 0 };
        let Some(request) = request else {
            return EachPicture {
                image,
                size: nothing,
                anlas: 0,
                refused: Some("This picture is no longer there. Add it again.".into()),
            };
        };
        let (anlas, refused) = match self.estimate_after(before, &request) {
            Ok(estimate) => (estimate.anlas, None),
            Err(refusal) => (0, Some(refusal.message)),
        };
        EachPicture {
            image,
            size: request.size,
            anlas,
            refused,
        }
    }

    /// The request for each picture; none where the picture is gone.
    async fn for_each(
        &self,
        request: &GenerateRequest,
        images: Vec<PictureId>,
    ) -> Result<Vec<(PictureId, Option<GenerateRequest>)>, Error> {
        if images.is_empty() || images.len() > MOST {
            let message = format!("From 1 to {MOST} pictures can be used at once.");
            return Err(Error::new(ErrorCode::Refused, message).with_detail("source.image"));
        }
        let (shared, request) = (self.shared().clone(), request.clone());
        Ok(off_thread(move || {
            let most = shared.registry.limits().free_area;
            images
                .into_iter()
                .map(|image| {
                    let info = shared.inputs.info(&image);
                    let one = info.map(|info| {
                        let own = Size {
                            width: info.width,
                            height: info.height,
                        };
                        from_picture(&request, image.clone(), nearest_size(own, most, &shared.registry))
                    });
                    (image, one)
                })
                .collect()
        })
        .await)
    }
}

/// The request from another picture, in the way it starts from its own.
pub(crate) fn from_picture(request: &GenerateRequest, picture: PictureId, to: Size) -> GenerateRequest {
    let mut one = request.clone();
    one.size = to;
    match &mut one.source {
        Source::Image { image, enhance, .. } => {
            *image = picture;
            *enhance = Enhance::No;
        }
        Source::Text | Source::Inpaint { .. } => {
            one.source = Source::Image {
                image: picture,
                strength: 0.7,
                noise: 0.0,
                color_correct: false,
                enhance: Enhance::No,
                fit: Fit::default(),
            };
        }
    }
    one
}

fn id_of(click: Uuid, at: usize, image: &PictureId) -> Uuid {
    let digest = Sha256::new()
        .chain_update(click.as_bytes())
        .chain_update(format!("picture {at} {}", image.0))
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
