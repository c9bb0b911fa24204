//! What a picture tells about how it was made, field by field, for those who keep lists of pictures.

use serde_json::Value;

use super::Metadata;

/// How a picture came to be, as far as its settings tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeBy {
    /// From words alone.
    Words,
    /// From another picture.
    Picture,
    /// By repainting a part of another picture.
    Inpainting,
    /// By a director tool.
    Tool,
    /// By another program.
    AnotherProgram,
}

impl Metadata {
    /// How it was made; none where it does not say.
    #[must_use]
    pub fn made_by(&self) -> Option<MadeBy> {
        if self.tool().is_some() {
            return Some(MadeBy::Tool);
        }
        if let Some(comment) = &self.comment {
            return Some(match comment.get("request_type").and_then(Value::as_str) {
                Some("Img2ImgRequest") => MadeBy::Picture,
                Some("NativeInfillingRequest") => MadeBy::Inpainting,
                Some(_) | None => MadeBy::Words,
            });
        }
        self.foreign.as_ref().map(|_| MadeBy::AnotherProgram)
    }

    /// The Undesired Content as it was sent, with what the presets added.
    #[must_use]
    pub fn undesired(&self) -> Option<&str> {
        let told = self.comment.as_ref().and_then(|comment| comment.get("uc")?.as_str());
        told.or_else(|| Some(self.foreign.as_ref()?.undesired.as_str()))
    }

    /// The prompts of its characters.
    #[must_use]
    pub fn characters(&self) -> Vec<&str> {
        self.comment
            .as_ref()
            .and_then(|comment| comment.pointer("/v4_prompt/caption/char_captions")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(|character| character.get("char_caption")?.as_str())
            .collect()
    }

    /// The sampler, as the API names it.
    #[must_use]
    pub fn sampler(&self) -> Option<&str> {
        let told = self
            .comment
            .as_ref()
            .and_then(|comment| comment.get("sampler")?.as_str());
        told.or_else(|| self.foreign.as_ref()?.sampler.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::read;
    use crate::picture::tests::sample_png;

    fn told(comment: &str) -> Metadata {
        read(&sample_png(64, 64, &[("Comment", comment)])).unwrap()
    }

    #[test]
    fn settings_of_the_wrong_shape_tell_nothing() {
        let broken = told(
            r#"{"uc": 7, "sampler": [], "request_type": {}, "v4_prompt": {"caption": {"char_captions": [1, {}]}}}"#,
        );
        assert_eq!((broken.undesired(), broken.sampler()), (None, None));
        assert_eq!(broken.characters(), Vec::<&str>::new());
        assert_eq!(read(&sample_png(64, 64, &[])).unwrap().made_by(), None);
    }

    #[test]
    fn each_field_is_told() {
        let whole = told(
            r#"{"uc": "lowres", "sampler": "k_euler", "request_type": "NativeInfillingRequest",
                "v4_prompt": {"caption": {"char_captions": [{"char_caption": "girl, silver hair"}, {"char_caption": "boy"}]}}}"#,
        );
        assert_eq!((whole.undesired(), whole.sampler()), (Some("lowres"), Some("k_euler")));
        assert_eq!(whole.characters(), ["girl, silver hair", "boy"]);
        assert_eq!(whole.made_by(), Some(MadeBy::Inpainting));
        assert_eq!(told(r#"{"req_type": "emotion"}"#).made_by(), Some(MadeBy::Tool));
        assert_eq!(
            told(r#"{"request_type": "Img2ImgRequest"}"#).made_by(),
            Some(MadeBy::Picture)
        );
        assert_eq!(told("{}").made_by(), Some(MadeBy::Words));
    }
}
