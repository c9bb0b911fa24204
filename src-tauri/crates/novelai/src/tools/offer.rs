//! What a person chooses from when something is to be done to a finished picture: the tools, what each takes, and how
//! far it can be turned. All of it is of the service; names are made of these words by whoever shows them.

use serde::{Deserialize, Serialize};

use super::{MAX_DEFRY, MAX_TEMPERATURE, MAX_TOKENS, MOODS, SCALES, SHARPENINGS, Tool};
use crate::client::Annotator;
use crate::model::{Limits, Model, ModelId, Prices};

/// What can be done to a finished picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ToolCatalogue {
    /// The director tools, in the order in which they are offered. They take pictures of any size.
    pub director: Vec<DirectorTool>,
    /// What a face can be made to show.
    pub moods: Vec<String>,
    /// How little colorize and emotion change, from the strongest.
    pub defry: Vec<DefryLevel>,
    /// Upscaling.
    pub upscale: UpscaleChoices,
    /// What can be drawn of a picture. Legacy: a server may not offer it.
    pub annotators: Vec<Annotator>,
    /// Continuing a prompt. Legacy: a server may not offer it.
    pub writing: WritingLimits,
}

/// A director tool, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct DirectorTool {
    /// Which one.
    pub kind: ToolKind,
    /// It takes a mood.
    pub mood: bool,
    /// It takes words.
    pub prompt: bool,
    /// It takes a defry.
    pub defry: bool,
    /// How many pictures it gives: three of removing a background, masked, generated and blended.
    pub pictures: u8,
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

    fn offered(self) -> DirectorTool {
        let (mood, words, pictures) = match self {
            Self::RemoveBackground => (false, false, 3),
            Self::LineArt | Self::Sketch | Self::Declutter | Self::DeclutterKeepBubbles => (false, false, 1),
            Self::Colorize => (false, true, 1),
            Self::Emotion => (true, true, 1),
        };
        DirectorTool {
            kind: self,
            mood,
            prompt: words,
            defry: words,
            pictures,
        }
    }
}

/// A step of how little is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct DefryLevel {
    /// What is sent.
    pub defry: u8,
    /// What the service calls it where a face is changed.
    pub name: DefryName,
}

/// What the service calls the steps of defry where a face is changed (api.md 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum DefryName {
    /// 0.
    Normal,
    /// 1.
    SlightlyWeak,
    /// 2.
    Weak,
    /// 3.
    EvenWeaker,
    /// 4.
    VeryWeak,
    /// 5.
    Weakest,
}

/// Upscaling, as far as there is a choice.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct UpscaleChoices {
    /// Offered models that upscale by themselves.
    pub models: Vec<ModelId>,
    /// 0 is not at all.
    #[cfg_attr(feature = "specta", specta(type = Vec<i32>))] // numbers; of a float specta makes `number | null`
    pub sharpenings: Vec<f64>,
    /// 2 everywhere; 4 where the server has an older form of the endpoint.
    pub scales: Vec<u8>,
    /// The most pixels of a picture that is upscaled.
    pub max_area: u32,
}

/// How far a prompt can be continued.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct WritingLimits {
    /// The most tokens.
    pub max_tokens: u32,
    /// The highest temperature; 0 is the lowest.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub max_temperature: f64,
}

impl ToolCatalogue {
    pub(crate) fn of(offered: &[Model], limits: &Limits, prices: &Prices) -> Self {
        use DefryName::{EvenWeaker, Normal, SlightlyWeak, VeryWeak, Weak, Weakest};
        let names = [Normal, SlightlyWeak, Weak, EvenWeaker, VeryWeak, Weakest];
        let upscales = offered.iter().filter(|model| model.can_upscale());
        Self {
            director: ToolKind::ALL.map(ToolKind::offered).into(),
            moods: MOODS.map(str::to_owned).into(),
            defry: (0..=MAX_DEFRY)
                .zip(names)
                .map(|(defry, name)| DefryLevel { defry, name })
                .collect(),
            upscale: UpscaleChoices {
                models: upscales.map(|model| model.id.clone()).collect(),
                sharpenings: SHARPENINGS.into(),
                scales: SCALES.into(),
                max_area: prices.upscale.last().map_or(limits.max_area, |line| line.max_area),
            },
            annotators: Annotator::ALL.into(),
            writing: WritingLimits {
                max_tokens: MAX_TOKENS,
                max_temperature: MAX_TEMPERATURE,
            },
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
        usize::from(self.kind().offered().pictures)
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
        let tool = json!({ "kind": "emotion", "mood": true, "prompt": true, "defry": true, "pictures": 1 });
        assert_eq!(shown["director"][4], tool);
        assert_eq!(shown["director"][0]["pictures"], 3);
        assert_eq!(shown["moods"].as_array().unwrap().len(), 24);
        assert_eq!(shown["defry"][5], json!({ "defry": 5, "name": "weakest" }));
        let upscale = json!({
            "models": ["nai-diffusion-5-full", "nai-diffusion-5-curated"],
            "sharpenings": [0.0, 0.3, 0.35, 0.4, 0.45, 0.5],
            "scales": [2, 4],
            "maxArea": 3_145_728,
        });
        assert_eq!(shown["upscale"], upscale);
        let annotators = json!(["hed", "midas", "fakeScribble", "mlsd", "uniformer"]);
        assert_eq!(shown["annotators"], annotators);
    }

    #[test]
    fn a_kind_is_written_as_its_tool_is() {
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
            let tool = serde_json::to_value(tool).unwrap();
            assert_eq!(tool["kind"], serde_json::to_value(kind).unwrap());
            let fields = tool.as_object().unwrap();
            let offered = kind.offered();
            let taken = (offered.mood, offered.prompt, offered.defry);
            let has = ["mood", "prompt", "defry"].map(|name| fields.contains_key(name));
            assert_eq!(taken, has.into());
        }
    }
}
