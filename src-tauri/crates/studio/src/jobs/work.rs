//! What a job is for. One queue for everything that costs, so one sum type for everything that can be asked of it.

use novelai::client::Annotator;
use novelai::model::ModelId;
use novelai::request::{GenerateRequest, PictureId, Source};
use novelai::tools::Tool;
use serde::{Deserialize, Serialize};

use crate::enlarge::LocalWay;

/// What was asked for. Pictures are named by the ids of the store of inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Work {
    /// Pictures from a prompt, and from whatever else the request names.
    Generate {
        /// As it is sent. Its seed is set.
        request: Box<GenerateRequest>,
        /// The texts as the person wrote them, where something in them was drawn before it is sent.
        #[serde(default)]
        written: Option<Written>,
    },
    /// A picture into a vibe, which is kept and never paid for again.
    EncodeVibe {
        /// The picture.
        image: PictureId,
        /// Whom it is for. All models of its family can use what comes of it.
        model: ModelId,
        /// Information Extracted, 0.01 to 1.
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        extraction: f64,
    },
    /// A picture made larger.
    Upscale {
        /// The picture.
        image: PictureId,
        /// Who does it.
        model: ModelId,
        /// 0, or 0.3 to 0.5 in steps of 0.05.
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        sharpening: f64,
        /// 2, or 4 where the server has an older form of the endpoint.
        scale: u8,
    },
    /// A picture made larger on this computer.
    Enlarge {
        /// The picture.
        image: PictureId,
        /// How.
        way: LocalWay,
        /// 2 or 4.
        scale: u8,
    },
    /// A director tool.
    Augment {
        /// The picture.
        image: PictureId,
        /// What is done to it.
        tool: Tool,
    },
    /// A map of a picture. Legacy: a server may not offer it.
    Annotate {
        /// The picture.
        image: PictureId,
        /// What is drawn of it.
        annotator: Annotator,
    },
    /// What is on a picture, in words. Legacy: a server may not offer it.
    Classify {
        /// The picture.
        image: PictureId,
    },
    /// A text that goes on. Legacy: a server may not offer it.
    WritePrompt {
        /// The text model; none: the server's name for the first model that is offered.
        model: Option<String>,
        /// How it begins.
        prompt: String,
        /// 0 to 100: how free it is.
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        temperature: f64,
        /// How long it becomes.
        tokens: u32,
    },
}

/// The texts of a request as the person wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// The prompt.
    pub prompt: String,
    /// The Undesired Content.
    pub undesired: String,
    /// Those of the characters, in the order of the request.
    pub characters: Vec<WrittenCharacter>,
}

impl Written {
    /// The texts of a request.
    pub(crate) fn of(request: &GenerateRequest) -> Self {
        let characters = request.characters.iter().map(|character| WrittenCharacter {
            prompt: character.prompt.clone(),
            undesired: character.undesired.clone(),
        });
        Self {
            prompt: request.prompt.text.clone(),
            undesired: request.prompt.undesired.clone(),
            characters: characters.collect(),
        }
    }

    /// The texts put back where they were.
    fn into_request(self, mut request: GenerateRequest) -> GenerateRequest {
        request.prompt.text = self.prompt;
        request.prompt.undesired = self.undesired;
        for (character, written) in request.characters.iter_mut().zip(self.characters) {
            character.prompt = written.prompt;
            character.undesired = written.undesired;
        }
        request
    }
}

/// The texts of a character as the person wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct WrittenCharacter {
    /// The prompt.
    pub prompt: String,
    /// The Undesired Content.
    pub undesired: String,
}

impl Work {
    /// A request, whose texts are sent as they were written.
    #[must_use]
    pub fn generate(request: GenerateRequest) -> Self {
        Self::Generate {
            request: Box::new(request),
            written: None,
        }
    }

    /// The request for pictures, where it is one.
    #[must_use]
    pub fn request(&self) -> Option<&GenerateRequest> {
        match self {
            Self::Generate { request, .. } => Some(request),
            Self::EncodeVibe { .. }
            | Self::Upscale { .. }
            | Self::Augment { .. }
            | Self::Enlarge { .. }
            | Self::Annotate { .. }
            | Self::Classify { .. }
            | Self::WritePrompt { .. } => None,
        }
    }

    /// The request for pictures as the person wrote it, where it is one.
    pub(crate) fn into_written(self) -> Option<GenerateRequest> {
        match self {
            Self::Generate { request, written } => Some(match written {
                Some(written) => written.into_request(*request),
                None => *request,
            }),
            Self::EncodeVibe { .. }
            | Self::Upscale { .. }
            | Self::Augment { .. }
            | Self::Enlarge { .. }
            | Self::Annotate { .. }
            | Self::Classify { .. }
            | Self::WritePrompt { .. } => None,
        }
    }

    /// What is done, as the ledger names it: the same word as in JSON.
    pub(crate) fn tool(&self) -> &'static str {
        match self {
            Self::Generate { .. } => "generate",
            Self::EncodeVibe { .. } => "encodeVibe",
            Self::Upscale { .. } => "upscale",
            Self::Augment { .. } => "augment",
            Self::Enlarge { .. } => "enlarge",
            Self::Annotate { .. } => "annotate",
            Self::Classify { .. } => "classify",
            Self::WritePrompt { .. } => "writePrompt",
        }
    }

    /// Whether it is done on this computer: it costs nothing and is sent nowhere.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Enlarge { .. } => true,
            Self::Generate { .. }
            | Self::EncodeVibe { .. }
            | Self::Upscale { .. }
            | Self::Augment { .. }
            | Self::Annotate { .. }
            | Self::Classify { .. }
            | Self::WritePrompt { .. } => false,
        }
    }

    /// How many pictures come of it.
    pub(crate) fn pictures(&self) -> usize {
        match self {
            Self::Generate { request, .. } => usize::from(request.samples),
            Self::EncodeVibe { .. } | Self::Classify { .. } | Self::WritePrompt { .. } => 0,
            Self::Upscale { .. } | Self::Enlarge { .. } | Self::Annotate { .. } => 1,
            Self::Augment { tool, .. } => tool.pictures(),
        }
    }

    /// The picture that its pictures are made of, where there is one.
    pub(crate) fn source(&self) -> Option<&PictureId> {
        match self {
            Self::Generate { request, .. } => match &request.source {
                Source::Text => None,
                Source::Image { image, .. } | Source::Inpaint { image, .. } => Some(image),
            },
            Self::Upscale { image, .. }
            | Self::Augment { image, .. }
            | Self::Enlarge { image, .. }
            | Self::Annotate { image, .. } => Some(image),
            Self::EncodeVibe { .. } | Self::Classify { .. } | Self::WritePrompt { .. } => None,
        }
    }

    /// The model that is at work, where one was chosen.
    pub(crate) fn model(&self) -> Option<&ModelId> {
        match self {
            Self::Generate { request, .. } => Some(&request.model),
            Self::EncodeVibe { model, .. } | Self::Upscale { model, .. } => Some(model),
            Self::Augment { .. }
            | Self::Enlarge { .. }
            | Self::Annotate { .. }
            | Self::Classify { .. }
            | Self::WritePrompt { .. } => None,
        }
    }

    /// The prompt of its pictures as the person wrote it; empty where there is none.
    pub(crate) fn prompt(&self) -> &str {
        match self {
            Self::Generate {
                written: Some(written), ..
            } => &written.prompt,
            Self::Generate { request, .. } => &request.prompt.text,
            Self::EncodeVibe { .. }
            | Self::Upscale { .. }
            | Self::Augment { .. }
            | Self::Enlarge { .. }
            | Self::Annotate { .. }
            | Self::Classify { .. }
            | Self::WritePrompt { .. } => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    #[test]
    fn work_is_the_same_after_a_trip_through_json() {
        let image = PictureId("a".repeat(64));
        for work in [
            Work::generate(request()),
            Work::Generate {
                request: Box::new(request()),
                written: Some(Written {
                    prompt: "a __colour__ sea".into(),
                    undesired: String::new(),
                    characters: vec![],
                }),
            },
            Work::EncodeVibe {
                image: image.clone(),
                model: request().model,
                extraction: 0.7,
            },
            Work::Upscale {
                image: image.clone(),
                model: request().model,
                sharpening: 0.3,
                scale: 2,
            },
            Work::Enlarge {
                image: image.clone(),
                way: LocalWay::Waifu2x { noise: Some(1) },
                scale: 4,
            },
            Work::Augment {
                image: image.clone(),
                tool: Tool::LineArt,
            },
            Work::Enlarge {
                image: image.clone(),
                way: LocalWay::Waifu2x { noise: None },
                scale: 4,
            },
            Work::Annotate {
                image: image.clone(),
                annotator: Annotator::FakeScribble,
            },
            Work::Classify { image },
            Work::WritePrompt {
                model: None,
                prompt: "1girl".into(),
                temperature: 0.7,
                tokens: 40,
            },
        ] {
            let json = serde_json::to_string(&work).unwrap();
            assert_eq!(serde_json::from_str::<Work>(&json).unwrap(), work, "{json}");
            let named = format!(r#"{{"kind":"{}","#, work.tool());
            assert!(json.starts_with(&named), "{json}");
        }
    }
}
