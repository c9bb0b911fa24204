//! What is known of a picture beside its record: what it says itself, and what is searched by.

use novelai::metadata::{MadeBy, Metadata};
use novelai::payload::content_id;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::jobs::Work;
use crate::library::ImageRecord;

/// How a picture came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// From words alone.
    Text,
    /// From another picture.
    Image,
    /// By repainting a part of another picture.
    Inpaint,
    /// Made larger.
    Upscale,
    /// By a director tool.
    Tool,
    /// Saved in an editor.
    Edit,
    /// It came from outside, and does not say how it was made, or by another program.
    Outside,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Text,
        Self::Image,
        Self::Inpaint,
        Self::Upscale,
        Self::Tool,
        Self::Edit,
        Self::Outside,
    ];

    /// As it stands in the index, and in a search.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Inpaint => "inpaint",
            Self::Upscale => "upscale",
            Self::Tool => "tool",
            Self::Edit => "edit",
            Self::Outside => "outside",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What a job's pictures are.
    pub(crate) fn of_work(work: &Work) -> Option<Self> {
        match work {
            Work::Upscale { .. } | Work::Enlarge { .. } => Some(Self::Upscale),
            Work::Augment { .. } | Work::Annotate { .. } => Some(Self::Tool),
            // The picture tells.
            Work::Generate { .. } => None,
            Work::EncodeVibe { .. } | Work::Classify { .. } | Work::WritePrompt { .. } => None,
        }
    }
}

/// What the person thinks of a picture, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Mark {
    /// It stays.
    Keep,
    /// It may go.
    Reject,
}

impl Mark {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Reject => "reject",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Keep, Self::Reject].into_iter().find(|mark| mark.name() == name)
    }
}

/// What a picture says, beside what stands in its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) kind: Kind,
    pub(crate) sampler: Option<String>,
    pub(crate) undesired: String,
    /// The prompts of the characters, a line each.
    pub(crate) characters: String,
    /// The content of the file.
    pub(crate) content: Option<String>,
}

impl Details {
    /// Of a picture that says nothing.
    pub(crate) fn none() -> Self {
        Self {
            kind: Kind::Outside,
            sampler: None,
            undesired: String::new(),
            characters: String::new(),
            content: None,
        }
    }

    /// Of a picture with this metadata and these bytes.
    pub(crate) fn of(said: Option<&Metadata>, bytes: &[u8]) -> Self {
        let content = Some(content_id(bytes).0);
        let Some(said) = said else {
            return Self {
                content,
                ..Self::none()
            };
        };
        Self {
            kind: said.made_by().map_or(Kind::Outside, |made| match made {
                MadeBy::Words => Kind::Text,
                MadeBy::Picture => Kind::Image,
                MadeBy::Inpainting => Kind::Inpaint,
                MadeBy::Tool => Kind::Tool,
                MadeBy::AnotherProgram => Kind::Outside,
            }),
            sampler: said.sampler().map(str::to_owned),
            undesired: said.undesired().unwrap_or_default().to_owned(),
            characters: said.characters().join("\n"),
            content,
        }
    }

    /// A number that pictures have in common which differ in their seed alone.
    pub(crate) fn recipe(&self, record: &ImageRecord) -> i64 {
        let mut sum = Sha256::new();
        let size = format!("{}x{}", record.width, record.height);
        let parts = [
            record.prompt.as_str(),
            &self.undesired,
            &self.characters,
            record.model.as_deref().unwrap_or_default(),
            self.sampler.as_deref().unwrap_or_default(),
            self.kind.name(),
            &size,
        ];
        for part in parts {
            sum.update(part.len().to_le_bytes());
            sum.update(part.as_bytes());
        }
        let sum = sum.finalize();
        i64::from_le_bytes(std::array::from_fn(|at| sum[at]))
    }
}
