//! Which model made a picture, by what its metadata names as its source (api.md 7.3).

use super::{Model, Registry};

impl Registry {
    /// The model that a source such as `NovelAI Diffusion V4.5 4BDE2A90` stands for, and whether that is certain: a
    /// source that no model claims is taken for the family's.
    #[must_use]
    pub fn model_of_source(&self, source: &str) -> Option<(&Model, bool)> {
        let last = source.split_whitespace().next_back()?;
        let claims = |model: &&Model| {
            model
                .rules()
                .sources
                .iter()
                .any(|known| known.eq_ignore_ascii_case(last))
        };
        if let Some(model) = self.models.iter().find(claims) {
            return Some((model, true));
        }
        let mark = self.marks.iter().find(|mark| source.contains(&mark.text))?;
        Some((self.get(&mark.model)?, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_the_model() {
        for (source, id, certain) in [
            ("NovelAI Diffusion V5 657484A5", "nai-diffusion-5-full", true),
            ("NovelAI Diffusion V5 DB276663", "nai-diffusion-5-curated", true),
            ("NovelAI Diffusion V5 00000000", "nai-diffusion-5-curated", false),
            ("NovelAI Diffusion V4.5 4BDE2A90", "nai-diffusion-4-5-full", true),
            ("NovelAI Diffusion V4.5 00000000", "nai-diffusion-4-5-curated", false),
            ("NovelAI Diffusion V4 5AB81C7C", "nai-diffusion-4-5-curated", true),
            ("NovelAI Diffusion V4 37442FCA", "nai-diffusion-4-full", true),
            (
                "NovelAI Diffusion V4 00000000",
                "nai-diffusion-4-curated-preview",
                false,
            ),
            ("Stable Diffusion XL c1e1de52", "nai-diffusion-3", true),
            ("Stable Diffusion XL 9CC2F394", "nai-diffusion-furry-3", true),
            ("Stable Diffusion 1D44365E", "safe-diffusion", true),
            ("Stable Diffusion 81274D13", "nai-diffusion", true),
            ("Stable Diffusion F64BA557", "nai-diffusion-furry", true),
            ("Stable Diffusion F1022D28", "nai-diffusion-2", true),
        ] {
            let (model, sure) = Registry::builtin().model_of_source(source).unwrap();
            assert_eq!((model.id.0.as_str(), sure), (id, certain), "{source}");
        }
        for unknown in ["", "   ", "Stable Diffusion XL 00000000", "Midjourney"] {
            assert_eq!(Registry::builtin().model_of_source(unknown), None, "{unknown}");
        }
    }
}
