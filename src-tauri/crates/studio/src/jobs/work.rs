//! What a job is for. One queue for everything that costs, so one sum type for everything that can be asked of it.

use novelai::model::ModelId;
use novelai::request::{GenerateRequest, PictureId};
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

/// What can be done to a finished picture, mostly for a price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ToolWork {
    /// It is made larger.
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
    /// It is made larger on this computer, free of charge.
    Enlarge {
        /// The picture.
        image: PictureId,
        /// How.
        way: LocalWay,
        /// 2 or 4.
        scale: u8,
    },
    /// A director tool changes it.
    Augment {
        /// The picture.
        image: PictureId,
        /// What is done to it.
        tool: Tool,
    },
}

impl From<ToolWork> for Work {
    fn from(tool: ToolWork) -> Self {
        match tool {
            ToolWork::Upscale {
                image,
                model,
                sharpening,
                scale,
            } => Self::Upscale {
                image,
                model,
                sharpening,
                scale,
            },
            ToolWork::Enlarge { image, way, scale } => Self::Enlarge { image, way, scale },
            ToolWork::Augment { image, tool } => Self::Augment { image, tool },
        }
    }
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
            Self::EncodeVibe { .. } | Self::Upscale { .. } | Self::Enlarge { .. } | Self::Augment { .. } => None,
        }
    }

    /// The request for pictures as the person wrote it, where it is one.
    pub(crate) fn into_written(self) -> Option<GenerateRequest> {
        match self {
            Self::Generate { request, written } => Some(match written {
                Some(written) => written.into_request(*request),
                None => *request,
            }),
            Self::EncodeVibe { .. } | Self::Upscale { .. } | Self::Enlarge { .. } | Self::Augment { .. } => None,
        }
    }

    /// Whether it is done on this computer: it costs nothing and is sent nowhere.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Enlarge { .. } => true,
            Self::Generate { .. } | Self::EncodeVibe { .. } | Self::Upscale { .. } | Self::Augment { .. } => false,
        }
    }

    /// How many pictures come of it.
    pub(crate) fn pictures(&self) -> usize {
        match self {
            Self::Generate { request, .. } => usize::from(request.samples),
            Self::EncodeVibe { .. } => 0,
            Self::Upscale { .. } | Self::Enlarge { .. } => 1,
            // Masked, generated, blended.
            Self::Augment { tool, .. } if tool.removes_background() => 3,
            Self::Augment { .. } => 1,
        }
    }

    /// The model that is at work, where one was chosen.
    pub(crate) fn model(&self) -> Option<&ModelId> {
        match self {
            Self::Generate { request, .. } => Some(&request.model),
            Self::EncodeVibe { model, .. } | Self::Upscale { model, .. } => Some(model),
            Self::Enlarge { .. } | Self::Augment { .. } => None,
        }
    }

    /// The prompt as the person wrote it; empty where there is none.
    pub(crate) fn prompt(&self) -> &str {
        match self {
            Self::Generate {
                written: Some(written), ..
            } => &written.prompt,
            Self::Generate { request, .. } => &request.prompt.text,
            Self::EncodeVibe { .. } | Self::Upscale { .. } | Self::Enlarge { .. } | Self::Augment { .. } => "",
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
                image,
                tool: Tool::LineArt,
            },
        ] {
            let json = serde_json::to_string(&work).unwrap();
            assert_eq!(serde_json::from_str::<Work>(&json).unwrap(), work, "{json}");
        }
    }
}
