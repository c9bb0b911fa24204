//! The library: a folder of pictures that belong to the person, and an index of them.
//!
//! The pictures are the truth and the index can be made again from them. Nothing here overwrites a file, leaves the
//! library folder, or changes a byte of what the server sent.

pub(crate) mod adopt;
pub(crate) mod albums;
pub(crate) mod details;
pub(crate) mod diary;
pub(crate) mod family;
pub(crate) mod index;
#[cfg(test)]
mod killed;
pub(crate) mod labels;
pub(crate) mod likeness;
pub(crate) mod look;
pub(crate) mod names;
pub(crate) mod naming;
pub(crate) mod places;
pub(crate) mod reading;
pub(crate) mod rebuild;
pub(crate) mod replay;
pub(crate) mod said;
pub(crate) mod save;
pub(crate) mod scan;
pub(crate) mod search;
pub(crate) mod statistics;
pub(crate) mod take_up;
pub(crate) mod template;
pub(crate) mod thumbnails;
pub(crate) mod trash;
pub(crate) mod watch;

use std::path::Path;
use std::{fmt, io};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, ErrorCode};
use crate::inputs::PictureFormat;
pub use details::{Kind, Mark};

/// Names a picture. Opaque; safe in a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct ImageId(pub String);

impl ImageId {
    /// The id of a job's picture. Derived, so that saving the same answer twice can't make two pictures of one.
    pub(crate) fn of_job(job: Uuid, index: u32) -> Self {
        Self(format!("{job}-{index}"))
    }

    /// Where it stands among the pictures of its job.
    pub(crate) fn place_in_batch(&self) -> u32 {
        let index = self.0.rsplit('-').next().and_then(|index| index.parse().ok());
        index.unwrap_or(u32::MAX)
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A picture of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ImageRecord {
    /// Its id.
    pub id: ImageId,
    /// The job that made it, where one did.
    #[cfg_attr(feature = "specta", specta(type = Option<String>))]
    pub job: Option<Uuid>,
    /// The folder of the library that it lies in: 0, or one that the person added.
    #[serde(default)]
    pub folder: u32,
    /// Its path below that folder, with `/` between the parts.
    pub file_name: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its own seed: that of the request plus its place in the batch.
    pub seed: Option<u32>,
    /// The model's id.
    pub model: Option<String>,
    /// The prompt as written.
    pub prompt: String,
    /// When it was saved, in milliseconds since 1970.
    #[cfg_attr(feature = "specta", specta(type = u32))]
    pub created: i64,
    /// What its file is. The service sends PNG and WebP; what the person adds may be JPEG.
    pub format: PictureFormat,
    /// The picture of the library that it was made of, where that is known: the source of a tool, of image to image, of
    /// a repaint.
    pub parent: Option<ImageId>,
    /// How it came to be.
    pub kind: Kind,
    /// Stars, 0 to 5; 0: none were given.
    pub rating: u8,
    /// Whether the person wants to keep it.
    pub mark: Option<Mark>,
}

/// A file of the library that could not be read: gone, or a storage error.
pub(crate) fn gone_or(error: &io::Error, path: &Path) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        return Error::new(
            ErrorCode::NotFound,
            "This picture's file is no longer in the library folder: it was moved or deleted.",
        )
        .with_detail(path.display());
    }
    Error::storage(error, format_args!("reading {}", path.display()))
}
