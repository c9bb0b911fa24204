//! What the person wrote, out of what was sent: without that which the presets and switches added (api.md 7.4).

use crate::model::{Model, Tags};
use crate::prompt::{FURRY, Positive, SEGMENTS, TRANSPARENT, first_segment, text_block, weight, with_quoted_text};
use crate::request::{QualityPreset, UndesiredPreset};

/// The longest prompt that is looked through for quotations; no model reads half as much.
const QUOTED_LIMIT: usize = 20_000;

/// A prompt, and the switches that stood in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) quality: QualityPreset,
    pub(crate) transparent: bool,
    pub(crate) furry: bool,
    pub(crate) auto_text: bool,
    /// The tags of an enhanced picture stood there.
    pub(crate) enhanced: bool,
}

/// The way back from a final prompt. `characters` are its characters in reading order; `told` is the preset, where that
/// is known: then no other is looked for.
pub(crate) fn positive(sent: &str, model: &Model, characters: &[&str], told: Option<QualityPreset>) -> Written {
    let captions = model.max_characters > 0 && sent.len() <= QUOTED_LIMIT;
    if captions && let Some(plain) = without_quoted_text(sent, characters) {
        let written = Written {
            auto_text: true,
            ..unquoted(&plain, model, told)
        };
        // Odd quotations may have had the tags within them; then the block stays as it stands.
        if with_quoted_text(&written.sent(model), characters) == sent {
            return written;
        }
    }
    unquoted(sent, model, told)
}

impl Written {
    /// What is sent of it, but for the text block.
    fn sent(&self, model: &Model) -> String {
        let positive = Positive {
            written: &self.text,
            tags: model.quality_text(self.quality).unwrap_or_default(),
            place: model.rules().tags,
            transparent: self.transparent,
            furry: self.furry,
            enhance: if self.enhanced { &model.rules().enhance_tags } else { "" },
        };
        positive.text()
    }
}

fn unquoted(sent: &str, model: &Model, told: Option<QualityPreset>) -> Written {
    let marked = sent.strip_prefix(FURRY[0]).and_then(|rest| rest.strip_prefix(", "));
    let marked = marked.filter(|_| model.max_characters > 0);
    let furry = marked.is_some();
    let mut text = marked.unwrap_or(sent).to_owned();

    let enhance = &model.rules().enhance_tags;
    let tags = format!("{enhance},");
    let plain = (!enhance.is_empty()).then(|| without(&text, &tags)).flatten();
    let enhanced = plain.is_some();
    text = plain.unwrap_or(text);

    let mut quality = QualityPreset::None;
    for (preset, tags) in wordings(model, told) {
        if let Some(plain) = without_tags(&text, tags, model.rules().tags) {
            (quality, text) = (preset, plain);
            break;
        }
    }
    let plain = without(&text, TRANSPARENT).filter(|_| model.transparency);
    let transparent = plain.is_some();
    text = plain.unwrap_or(text);
    Written {
        text,
        quality,
        transparent,
        furry,
        auto_text: false,
        enhanced,
    }
}

/// The quality tags that may stand there, in all their wordings, the longest first.
fn wordings(model: &Model, told: Option<QualityPreset>) -> Vec<(QualityPreset, &str)> {
    let mut wordings: Vec<(QualityPreset, &str)> = Vec::new();
    for (at, preset) in model.quality_presets.iter().enumerate() {
        if told.is_some_and(|told| told != *preset) {
            continue;
        }
        wordings.extend(model.quality_text(*preset).map(|tags| (*preset, tags)));
        let also = model.rules().quality_also.get(at).into_iter().flatten();
        wordings.extend(also.map(|tags| (*preset, tags.as_str())));
    }
    wordings.retain(|(_, tags)| !tags.is_empty());
    wordings.sort_by_key(|(_, tags)| std::cmp::Reverse(tags.len()));
    wordings
}

fn without_tags(text: &str, tags: &str, place: Tags) -> Option<String> {
    match place {
        Tags::FirstSegment => without(text, tags),
        Tags::Front => {
            let rest = text.strip_prefix(tags)?;
            rest.strip_prefix(", ").map(str::to_owned)
        }
        Tags::EverySegment => {
            let mut plain = String::new();
            let mut rest = text;
            for count in 1..=SEGMENTS {
                let end = if count == SEGMENTS {
                    rest.len()
                } else {
                    first_segment(rest)
                };
                let (segment, after) = rest.split_at(end);
                let (words, weight) = segment.split_at(weight(segment).unwrap_or(segment.len()));
                plain.push_str(&without(words, tags)?);
                plain.push_str(weight);
                let Some(after) = after.strip_prefix('|') else {
                    break;
                };
                plain.push('|');
                rest = after;
            }
            Some(plain)
        }
    }
}

/// A prompt without tags that end its first segment, or stand before a text block in it.
fn without(text: &str, tags: &str) -> Option<String> {
    let (segment, rest) = text.split_at(first_segment(text));
    let (head, block) = segment.split_at(text_block(segment).unwrap_or(segment.len()));
    let at = head.rfind(tags)?;
    let (before, after) = (&head[..at], &head[at + tags.len()..]);
    let whole = before.is_empty() || before.ends_with(", ");
    let ends = after.chars().all(|c| c.is_whitespace() || ",.。、".contains(c));
    (whole && ends).then(|| {
        let before = before.trim_end_matches([',', ' ']);
        let behind = format!("{after}{block}{rest}");
        // A block that begins the prompt was moved behind the tags by a space.
        let behind = if before.is_empty() {
            behind.trim_start()
        } else {
            &behind
        };
        format!("{before}{behind}")
    })
}

/// A prompt without the text block that was made of its quotations.
fn without_quoted_text(sent: &str, characters: &[&str]) -> Option<String> {
    const MARK: &str = ", teXt: ";
    let (segment, rest) = sent.split_at(first_segment(sent));
    let at = segment.rfind(MARK)?;
    let space = &segment[segment.trim_end().len()..];
    let plain = format!("{}{space}{rest}", &segment[..at]);
    (with_quoted_text(&plain, characters) == sent).then_some(plain)
}

/// The preset of a final Undesired Content and what the person wrote behind it. `told` as above.
pub(crate) fn undesired(sent: &str, model: &Model, told: Option<UndesiredPreset>) -> (UndesiredPreset, String) {
    let bare = sent.strip_prefix("nsfw, ").unwrap_or(sent);
    let presets = model.undesired_presets.iter();
    let mut presets: Vec<(UndesiredPreset, &str)> = presets
        .filter(|preset| told.is_none_or(|told| told == **preset))
        .filter_map(|preset| Some((*preset, model.undesired_text(*preset)?)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    presets.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    for (preset, text) in presets {
        match bare.strip_prefix(text) {
            Some("") => return (preset, String::new()),
            Some(rest) => {
                if let Some(rest) = rest.strip_prefix(", ") {
                    return (preset, rest.to_owned());
                }
            }
            None => {}
        }
    }
    let empty = &model.rules().empty_undesired;
    let written = if sent == empty { "" } else { sent };
    (UndesiredPreset::None, written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ModelId, Registry};
    use crate::testing::{V5_FULL, V45_FULL};

    fn read(model: &str, sent: &str) -> Written {
        let model = Registry::builtin().get(&ModelId(model.into())).unwrap();
        positive(sent, model, &[], None)
    }

    #[test]
    fn older_wordings_and_text_blocks_are_understood() {
        let written = read(
            V45_FULL,
            "sea, location, very aesthetic, masterpiece, no text, Text: Hi",
        );
        assert_eq!(
            (written.text.as_str(), written.quality),
            ("sea, Text: Hi", QualityPreset::Standard)
        );
        let written = read(V45_FULL, "sea, very aesthetic, masterpiece, no text | sky");
        assert_eq!(
            (written.text.as_str(), written.quality),
            ("sea | sky", QualityPreset::Standard)
        );
    }

    #[test]
    fn switches_are_found_again() {
        let written = read(
            V5_FULL,
            "fur dataset, \"Hi\", transparent background, very aesthetic, amazing quality, no text, teXt: Hi",
        );
        let expected = Written {
            text: "\"Hi\"".into(),
            quality: QualityPreset::Light,
            transparent: true,
            furry: true,
            auto_text: true,
            enhanced: false,
        };
        assert_eq!(written, expected);
        let written = read(
            V45_FULL,
            "sea, very aesthetic, masterpiece, no text, -2::upscaled, blurry::,",
        );
        assert!(written.enhanced && written.text == "sea", "{written:?}");
        assert!(!read(V45_FULL, "sea, teXt: by hand").auto_text);
    }

    #[test]
    fn where_every_segment_has_tags_they_leave_every_one() {
        let tags = "best quality, amazing quality, very aesthetic, absurdres";
        let written = read("nai-diffusion-3", &format!("cat, {tags}:0.6|dog, {tags}:0.4"));
        assert_eq!(
            (written.text.as_str(), written.quality),
            ("cat:0.6|dog:0.4", QualityPreset::Standard)
        );
        let half = format!("cat, {tags}|dog");
        assert_eq!(read("nai-diffusion-3", &half).text, half);
        let written = read("nai-diffusion-2", "very aesthetic, best quality, absurdres, sea");
        assert_eq!(
            (written.text.as_str(), written.quality),
            ("sea", QualityPreset::Standard)
        );
    }

    #[test]
    fn a_prompt_of_megabytes_is_no_trouble() {
        for odd in ["“", "'", "||", "|", "text:", ", teXt: ", "{", "1girl, "] {
            let long = odd.repeat(200_000);
            for model in Registry::builtin().models().iter().step_by(5) {
                positive(&format!("{long}, teXt: a"), model, &[&long], None);
                undesired(&long, model, None);
            }
        }
    }

    #[test]
    fn undesired_content_is_cut_at_its_preset() {
        let read = |id: &str, sent: &str| {
            let model = Registry::builtin().get(&ModelId(id.into())).unwrap();
            undesired(sent, model, None)
        };
        let model = Registry::builtin().get(&ModelId(V45_FULL.into())).unwrap();
        let heavy = model.undesired_text(UndesiredPreset::Heavy).unwrap();
        let human = model.undesired_text(UndesiredPreset::HumanFocus).unwrap();
        assert_eq!(
            read(V45_FULL, &format!("nsfw, {heavy}, hat")),
            (UndesiredPreset::Heavy, "hat".into())
        );
        assert_eq!(read(V45_FULL, human), (UndesiredPreset::HumanFocus, String::new()));
        assert_eq!(read(V45_FULL, "nsfw, hat"), (UndesiredPreset::None, "nsfw, hat".into()));
        assert_eq!(
            read("nai-diffusion-3", "lowres"),
            (UndesiredPreset::None, String::new())
        );
        assert_eq!(read(V45_FULL, "lowres"), (UndesiredPreset::None, "lowres".into()));
    }
}
