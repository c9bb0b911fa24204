//! What a person chooses from when something is to be done to a finished picture: the tools, what each takes, and how
//! far it can be turned. All of it is the service's; whoever shows it makes names of these words.

use serde::{Deserialize, Serialize};

use super::{MAX_DEFRY, MOODS, SCALES, SHARPENINGS, Tool};
use crate::client::Annotator;
use crate::model::{Limits, Model, ModelId, Prices};

/// What can be done to finished pictures.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Tools {
    /// The director tools, in the order in which they are offered. They take pictures of any size.
    pub director: Vec<ToolInfo>,
    /// The moods that a face can get.
    pub moods: Vec<String>,
    /// The weakest defry; 0 is the strongest. Where a face is changed the service calls the steps normal, slightly weak,
    /// weak, even weaker, very weak and weakest.
    pub most_defry: u8,
    /// NovelAI's upscaling.
    pub upscale: UpscaleInfo,
    /// What can be drawn of a picture. Legacy: a server may not offer it.
    pub annotators: Vec<Annotator>,
}

/// A director tool, as it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ToolInfo {
    /// Which one.
    pub kind: ToolKind,
    /// What it takes beside the picture.
    pub takes: Vec<ToolField>,
    /// How many pictures it gives: three of removing a background, masked, generated and blended.
    pub pictures: u8,
}

/// What a director tool takes beside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum ToolField {
    /// A mood.
    Mood,
    /// Words.
    Prompt,
    /// How little is changed.
    Defry,
}

/// The kinds of [`Tool`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum ToolKind {
    /// [`Tool::RemoveBackground`].
    RemoveBackground,
    /// [`Tool::LineArt`].
    LineArt,
    /// [`Tool::Sketch`].
    Sketch,
    /// [`Tool::Colorize`].
    Colorize,
    /// [`Tool::Emotion`].
    Emotion,
    /// [`Tool::Declutter`].
    Declutter,
    /// [`Tool::DeclutterKeepBubbles`].
    DeclutterKeepBubbles,
}

impl ToolKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::RemoveBackground,
        Self::LineArt,
        Self::Sketch,
        Self::Colorize,
        Self::Emotion,
        Self::Declutter,
        Self::DeclutterKeepBubbles,
    ];

    fn info(self) -> ToolInfo {
        ToolInfo {
            kind: self,
            takes: match self {
                Self::RemoveBackground
                | Self::LineArt
                | Self::Sketch
                | Self::Declutter
                | Self::DeclutterKeepBubbles => Vec::new(),
                Self::Colorize => vec![ToolField::Prompt, ToolField::Defry],
                Self::Emotion => vec![ToolField::Mood, ToolField::Prompt, ToolField::Defry],
            },
            pictures: self.pictures(),
        }
    }

    fn pictures(self) -> u8 {
        match self {
            Self::RemoveBackground => 3,
            Self::LineArt
            | Self::Sketch
            | Self::Colorize
            | Self::Emotion
            | Self::Declutter
            | Self::DeclutterKeepBubbles => 1,
        }
    }
}

/// NovelAI's upscaling, as it is offered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct UpscaleInfo {
    /// The models that do it, among those that are offered.
    pub models: Vec<ModelId>,
    /// How much it can be sharpened; 0 is not at all.
    #[cfg_attr(feature = "specta", specta(type = Vec<i32>))] // numbers; of a float specta makes `number | null`
    pub sharpening: Vec<f64>,
    /// How many times as large it can get: 2 everywhere; 4 where the server has an older form of the endpoint.
    pub scales: Vec<u8>,
    /// The most pixels that a picture may have before.
    pub max_area: u32,
}

impl Tools {
    pub(crate) fn of(offered: &[Model], limits: &Limits, prices: &Prices) -> Self {
        let upscales = offered.iter().filter(|model| model.can_upscale());
        Self {
            director: ToolKind::ALL.map(ToolKind::info).into(),
            moods: MOODS.map(str::to_owned).into(),
            most_defry: MAX_DEFRY,
            upscale: UpscaleInfo {
                models: upscales.map(|model| model.id.clone()).collect(),
                sharpening: SHARPENINGS.into(),
                scales: SCALES.into(),
                max_area: prices.upscale.last().map_or(limits.max_area, |line| line.max_area),
            },
            annotators: Annotator::ALL.into(),
        }
    }
}

impl Tool {
    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> ToolKind {
        match self {
            Self::RemoveBackground => ToolKind::RemoveBackground,
            Self::LineArt => ToolKind::LineArt,
            Self::Sketch => ToolKind::Sketch,
            Self::Colorize { .. } => ToolKind::Colorize,
            Self::Emotion { .. } => ToolKind::Emotion,
            Self::Declutter => ToolKind::Declutter,
            Self::DeclutterKeepBubbles => ToolKind::DeclutterKeepBubbles,
        }
    }

    /// How many pictures it gives.
    #[must_use]
    pub fn pictures(&self) -> usize {
        usize::from(self.kind().pictures())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Registry;

    #[test]
    fn the_catalogue_tells_what_each_tool_takes() {
        let tools = &Registry::builtin().catalogue().tools;
        let shown = serde_json::to_value(tools).unwrap();
        let tool = json!({ "kind": "emotion", "takes": ["mood", "prompt", "defry"], "pictures": 1 });
        assert_eq!(shown["director"][4], tool);
        assert_eq!(shown["director"][0]["pictures"], 3);
        assert_eq!(shown["moods"].as_array().unwrap().len(), 24);
        assert_eq!(shown["mostDefry"], 5);
        let upscale = json!({
            "models": ["nai-diffusion-5-full", "nai-diffusion-5-curated"],
            "sharpening": [0.0, 0.3, 0.35, 0.4, 0.45, 0.5],
            "scales": [2, 4],
            "maxArea": 3_145_728,
        });
        assert_eq!(shown["upscale"], upscale);
        let annotators = json!(["hed", "midas", "fakeScribble", "mlsd", "uniformer"]);
        assert_eq!(shown["annotators"], annotators);
    }

    #[test]
    fn a_kind_is_written_as_its_tool_is_and_takes_what_that_has() {
        let tools = [
            Tool::RemoveBackground,
            Tool::LineArt,
            Tool::Sketch,
            Tool::Colorize {
                prompt: String::new(),
                defry: 0,
            },
            Tool::Emotion {
                mood: "happy".into(),
                prompt: String::new(),
                defry: 0,
            },
            Tool::Declutter,
            Tool::DeclutterKeepBubbles,
        ];
        for (tool, kind) in tools.iter().zip(ToolKind::ALL) {
            assert_eq!(tool.kind(), kind);
            let mut fields = serde_json::to_value(tool).unwrap();
            let fields = fields.as_object_mut().unwrap();
            assert_eq!(fields.shift_remove("kind"), Some(serde_json::to_value(kind).unwrap()));
            let has: Vec<_> = fields.keys().collect();
            assert_eq!(json!(has), serde_json::to_value(kind.info().takes).unwrap());
        }
    }
}
