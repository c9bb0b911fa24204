//! The pictures of a request, and the two ways in which they travel: as base64 within the JSON, or beside it as parts
//! of a form, named in the JSON (api.md 2.1).

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

use crate::check::Refusal;
use crate::picture;
use crate::request::{PictureId, Size};

/// The bytes of the pictures that a request names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pictures(HashMap<PictureId, Bytes>);

impl Pictures {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a picture, or replaces it.
    pub fn insert(&mut self, id: PictureId, bytes: impl Into<Bytes>) {
        self.0.insert(id, bytes.into());
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&PictureId, &Bytes)> {
        self.0.iter()
    }

    /// The bytes of one.
    #[must_use]
    pub fn get(&self, id: &PictureId) -> Option<&Bytes> {
        self.0.get(id)
    }
}

/// Without the bytes.
impl fmt::Debug for Pictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys().map(|id| &id.0)).finish()
    }
}

impl FromIterator<(PictureId, Bytes)> for Pictures {
    fn from_iter<T: IntoIterator<Item = (PictureId, Bytes)>>(pictures: T) -> Self {
        Self(pictures.into_iter().collect())
    }
}

/// A request as a form: the JSON, and the pictures that it names.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The part `request`.
    pub request: Value,
    /// The others.
    pub parts: Vec<Part>,
}

/// A picture as a part of a form.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Such as `image` or `ref_multiple_0`.
    pub name: String,
    /// What it holds.
    pub bytes: Bytes,
}

impl Part {
    /// The media type of its bytes.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        media_type(&self.bytes)
    }
}

/// The media type of a part of a form.
pub(crate) fn media_type(bytes: &[u8]) -> &'static str {
    match picture::format(bytes) {
        Some(crate::request::ImageFormat::Png) => "image/png",
        Some(crate::request::ImageFormat::Webp) => "image/webp",
        None => "application/octet-stream",
    }
}

/// Without the bytes.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part {{ {}, {} bytes }}", self.name, self.bytes.len())
    }
}

/// Takes pictures along, one way or the other.
pub(super) struct Luggage<'p> {
    pictures: &'p Pictures,
    /// None: as base64.
    parts: Option<Vec<Part>>,
}

impl<'p> Luggage<'p> {
    pub(super) fn within(pictures: &'p Pictures) -> Self {
        Self { pictures, parts: None }
    }

    pub(super) fn beside(pictures: &'p Pictures) -> Self {
        Self {
            pictures,
            parts: Some(Vec::new()),
        }
    }

    pub(super) fn into_parts(self) -> Vec<Part> {
        self.parts.unwrap_or_default()
    }

    /// What stands in the JSON for a picture.
    pub(super) fn take(
        &mut self,
        field: &'static str,
        part: impl Into<String>,
        id: &PictureId,
    ) -> Result<String, Refusal> {
        let bytes = self.bytes(field, id)?.clone();
        Ok(match &mut self.parts {
            None => STANDARD.encode(&bytes),
            Some(parts) => {
                let name = part.into();
                parts.push(Part {
                    name: name.clone(),
                    bytes,
                });
                name
            }
        })
    }

    /// The same, for a picture that must have one of these sizes.
    pub(super) fn take_sized(
        &mut self,
        field: &'static str,
        part: impl Into<String>,
        id: &PictureId,
        sizes: &[Size],
    ) -> Result<String, Refusal> {
        let refuse = |reason: String| Refusal::new(field, reason);
        let size = picture::size(self.bytes(field, id)?)
            .map_err(|reason| refuse(format!("The picture can't be sent: {reason}.")))?;
        if !sizes.contains(&size) {
            let wanted: Vec<String> = sizes
                .iter()
                .map(|size| format!("{} × {}", size.width, size.height))
                .collect();
            let Size { width, height } = size;
            let message = format!(
                "The picture must have {} pixels; it has {width} × {height}.",
                wanted.join(" or ")
            );
            return Err(refuse(message));
        }
        self.take(field, part, id)
    }

    fn bytes(&self, field: &'static str, id: &PictureId) -> Result<&'p Bytes, Refusal> {
        let found = self.pictures.get(id).filter(|bytes| !bytes.is_empty());
        found.ok_or_else(|| Refusal::new(field, "The picture is not there."))
    }
}
