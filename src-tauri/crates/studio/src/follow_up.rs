//! What is made of a finished picture of the library: enhanced, or varied. These are requests like any other: they are
//! priced, queued and shown as such, and nothing is sent here.

use novelai::follow_up::{EnhancedSize, Magnitude, enhance, variations};
use novelai::nearest_size;
use novelai::request::{GenerateRequest, Size, Source};
use serde::{Deserialize, Serialize};

use crate::door::Studio;
use crate::error::Error;
use crate::jobs::journal;
use crate::library::{ImageId, ImageRecord};

/// A request for what is made of a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct FollowUp {
    /// The request.
    pub request: GenerateRequest,
    /// Where its prompt and its settings come from.
    pub made_with: MadeWith,
}

/// Where it is known from how a picture was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum MadeWith {
    /// It was made here, and all of it is known.
    Job,
    /// The picture tells.
    Metadata,
    /// Nobody knows: what is being edited is taken.
    Draft,
}

/// How large an enhanced picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum EnhancedTo {
    /// As large as it is.
    Same,
    /// Half as wide and as high again.
    Larger,
    /// As large as the service can (V5).
    Max,
}

impl From<EnhancedTo> for EnhancedSize {
    fn from(to: EnhancedTo) -> Self {
        match to {
            EnhancedTo::Same => Self::Times(1.0),
            EnhancedTo::Larger => Self::Times(1.5),
            EnhancedTo::Max => Self::Max,
        }
    }
}

impl Studio {
    /// A picture of the library, enhanced. `draft` is taken where nothing tells how the picture was made.
    ///
    /// # Errors
    ///
    /// `notFound` where the picture is gone, `malformed` where its file is no whole picture, and storage errors.
    pub async fn enhance_request(
        &self,
        image: ImageId,
        magnitude: u8,
        to: EnhancedTo,
        draft: GenerateRequest,
    ) -> Result<FollowUp, Error> {
        let (request, made_with) = self.made_with(&image, draft).await?;
        let picture = self.picture_of_image(image).await?.id;
        let request = enhance(&request, picture, Magnitude::new(magnitude), to.into(), self.registry());
        Ok(FollowUp { request, made_with })
    }

    /// Variations of a picture of the library. `draft` is taken where nothing tells how the picture was made.
    ///
    /// # Errors
    ///
    /// As [`Studio::enhance_request`].
    pub async fn variations_request(&self, image: ImageId, draft: GenerateRequest) -> Result<FollowUp, Error> {
        let (request, made_with) = self.made_with(&image, draft).await?;
        let picture = self.picture_of_image(image).await?.id;
        let request = variations(&request, picture, self.registry());
        Ok(FollowUp { request, made_with })
    }

    /// The request that a picture was made with, in the size that the picture has.
    async fn made_with(&self, image: &ImageId, draft: GenerateRequest) -> Result<(GenerateRequest, MadeWith), Error> {
        let record = self.record(image.clone()).await?;
        let (mut request, made_with) = match self.request_of_job(&record).await? {
            Some(request) => (request, MadeWith::Job),
            None => {
                let (_, bytes) = self.image_bytes(image.clone()).await?;
                match self.settings_of(bytes, &draft).await {
                    Some(told) => (told.request, MadeWith::Metadata),
                    None => (draft, MadeWith::Draft),
                }
            }
        };
        let own = Size {
            width: record.width,
            height: record.height,
        };
        request.size = nearest_size(own, self.registry().limits().max_area, self.registry());
        // It starts from the finished picture now, whatever it started from then.
        request.source = Source::Text;
        Ok((request, made_with))
    }

    async fn request_of_job(&self, record: &ImageRecord) -> Result<Option<GenerateRequest>, Error> {
        let Some(id) = record.job else { return Ok(None) };
        let job = self
            .shared()
            .database
            .call(move |connection| journal::get(connection, id))
            .await?;
        Ok(job.and_then(|job| job.work.into_written()))
    }
}
