//! Vibe files (api.md 8): a picture and what it was encoded to for which model, alone, in a bundle, or in a bundle that
//! is carried by a PNG.
//!
//! They are read leniently, since many programs write them, and written strictly, since the service's own page checks.

mod read;
mod write;

use bytes::Bytes;

use crate::model::Model;
use crate::request::ImageFormat;
pub use read::read;
pub use write::{params_hash, write, write_bundle, write_carrier};

/// What the first field of a vibe file says.
const IDENTIFIER: &str = "novelai-vibe-transfer";
/// The same of a bundle.
const BUNDLE_IDENTIFIER: &str = "novelai-vibe-transfer-bundle";
/// The keyword under which a PNG carries a bundle.
const CARRIER_KEYWORD: &str = "naidata";
/// The key of an encoding whose parameters are not told.
const UNKNOWN: &str = "unknown";

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vibes {
    /// One, or those of a bundle.
    pub vibes: Vec<VibeFile>,
    /// What is odd or was left out, a sentence each.
    pub warnings: Vec<String>,
}

/// A vibe as it is kept in a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VibeFile {
    /// The picture, where the file has it.
    pub image: Option<Bytes>,
    /// What it was encoded to.
    pub encodings: Vec<Encoding>,
    /// A name for people; without one, a short form of the id is written.
    pub name: Option<String>,
    /// A small picture for lists.
    pub thumbnail: Option<Thumbnail>,
    /// When it was made, such as `2026-10-02T10:00:00.000Z`.
    pub created_at: Option<String>,
    /// The settings that it is used with.
    pub import: Option<Import>,
}

/// What a picture was encoded to.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    /// For which family of models, such as `v4-5full`: [`Model::vibe_key`].
    pub model_key: String,
    /// Information Extracted, 0.01 to 1, where it is told.
    pub extraction: Option<f64>,
    /// The mask that it was made with, as it is told.
    pub mask: Option<String>,
    /// What goes along with a request.
    pub bytes: Bytes,
}

/// A small picture, 256 pixels a side at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// What it is.
    pub format: ThumbnailFormat,
    /// The file.
    pub bytes: Bytes,
}

/// What a thumbnail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThumbnailFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

/// The settings that a vibe is used with.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// A model id.
    pub model: String,
    /// Information Extracted, 0.01 to 1.
    pub extraction: f64,
    /// Reference Strength.
    pub strength: f64,
}

impl VibeFile {
    /// What the picture was encoded to for a model and this Information Extracted. An encoding that does not tell its
    /// own is taken where there is no better one.
    #[must_use]
    pub fn encoding_for(&self, model: &Model, extraction: f64) -> Option<&Encoding> {
        let key = model.vibe_key()?;
        let ours = || self.encodings.iter().filter(|encoding| encoding.model_key == key);
        let exact = |encoding: &&Encoding| {
            let told = encoding.extraction;
            told.is_some_and(|told| (told - extraction).abs() < 1e-9) && encoding.mask.is_none()
        };
        ours()
            .find(exact)
            .or_else(|| ours().find(|encoding| encoding.extraction.is_none()))
    }
}

impl ThumbnailFormat {
    /// By the first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match crate::picture::format(bytes) {
            Some(ImageFormat::Png) => Some(Self::Png),
            Some(ImageFormat::Webp) => Some(Self::Webp),
            None if bytes.starts_with(&[0xff, 0xd8, 0xff]) => Some(Self::Jpeg),
            None => None,
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}
