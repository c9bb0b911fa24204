//! Pictures and vibes that come from outside: dropped, pasted, picked, painted on the canvas, or taken from the library.
//!
//! They are kept by their content, byte for byte as they came, and named by it (`PictureId`): a request that was queued
//! means the same after the file on the desktop has changed or gone. Nothing that comes from outside is trusted. What
//! can't be taken is refused by name, with a reason, and the others of the same drop go on.

mod files;
mod kinds;
mod names;
mod store;
mod take;
mod walk;

use novelai::request::{ImageFormat, PictureId};
use serde::{Deserialize, Serialize};

pub(crate) use files::{add_files, unreadable};
pub use kinds::Kinds;
pub(crate) use names::presentable;
pub(crate) use store::{Store, is_content_id};
pub(crate) use take::{add, look_at};

/// A picture from outside, kept by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PictureInfo {
    /// Made of its bytes.
    pub id: PictureId,
    /// The name it first came with.
    pub name: String,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// What it is.
    pub format: PictureFormat,
    /// Length of the file.
    pub bytes: u32,
    /// Something of it can be seen through.
    pub has_alpha: bool,
    /// Its metadata says how it was made.
    pub has_settings: bool,
}

/// What a picture from outside can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

impl PictureFormat {
    /// By the first bytes.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match image::guess_format(bytes) {
            Ok(image::ImageFormat::Png) => Some(Self::Png),
            Ok(image::ImageFormat::Jpeg) => Some(Self::Jpeg),
            Ok(image::ImageFormat::WebP) => Some(Self::Webp),
            Ok(_) | Err(_) => None,
        }
    }

    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

impl From<ImageFormat> for PictureFormat {
    fn from(format: ImageFormat) -> Self {
        match format {
            ImageFormat::Png => Self::Png,
            ImageFormat::Webp => Self::Webp,
        }
    }
}

/// A vibe from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct VibeInfo {
    /// Of the picture it was made from, or of the encoding where the file has no picture.
    pub id: PictureId,
    /// The name in the file, or that of the file.
    pub name: String,
    /// Whether the file has the picture, so that it can be encoded for further models.
    pub has_picture: bool,
    /// The Reference Strength that it was used with.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub strength: f64,
    /// The Information Extracted that it was used with.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub extraction: f64,
    /// Families of models that it is encoded for, such as `V4.5`.
    pub encoded_for: Vec<String>,
}

/// What came of files that were dropped, pasted or picked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// Pictures, in the order of the files.
    pub pictures: Vec<PictureInfo>,
    /// Vibes, in the order of the files.
    pub vibes: Vec<VibeInfo>,
    /// What was not taken.
    pub refused: Vec<RefusedFile>,
}

impl Added {
    /// Nothing was taken, for this reason.
    #[must_use]
    pub fn refusing(name: &str, reason: String) -> Self {
        Self {
            refused: vec![RefusedFile {
                name: presentable(name),
                reason,
            }],
            ..Self::default()
        }
    }
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RefusedFile {
    /// Its name, fit to be shown.
    pub name: String,
    /// A sentence: why.
    pub reason: String,
}
