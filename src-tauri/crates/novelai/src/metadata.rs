//! What a picture says about itself, read without decoding its pixels.

use serde_json::Value;

use crate::error::Error;

/// What a picture says about itself (api.md 7.1).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Such as `AI generated image`.
    pub title: Option<String>,
    /// The final prompt.
    pub description: Option<String>,
    /// Such as `NovelAI`.
    pub software: Option<String>,
    /// The model's name and hash.
    pub source: Option<String>,
    /// Seconds, as written.
    pub generation_time: Option<String>,
    /// The settings, where `raw_comment` is JSON.
    pub comment: Option<Value>,
    /// The settings exactly as written.
    pub raw_comment: Option<String>,
}

impl Metadata {
    /// The seed this very picture was made with.
    #[must_use]
    pub fn seed(&self) -> Option<u32> {
        todo!()
    }

    /// The prompt as it was sent.
    #[must_use]
    pub fn prompt(&self) -> Option<&str> {
        todo!()
    }
}

/// Reads a PNG (header and texts) or a WebP (header).
///
/// # Errors
///
/// [`Error::Malformed`] when it is neither, or its header is broken or too large.
pub fn read(picture: &[u8]) -> Result<Metadata, Error> {
    let _ = picture;
    todo!()
}
