//! The library: a folder of pictures that belong to the person, and an index of them.
//!
//! The pictures are the truth and the index can be made again from them. Nothing here overwrites a file, leaves the
//! library folder, or changes a byte of what the server sent.

//MOD pub(crate) mod index;
//MOD pub(crate) mod inspect;
//MOD pub(crate) mod names;
//MOD pub(crate) mod save;
//MOD pub(crate) mod thumbnails;

use std::fmt;

use novelai::request::ImageFormat;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// Its path below the library folder, with `/` between the parts.
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
    /// PNG or WebP.
    pub format: ImageFormat,
}
