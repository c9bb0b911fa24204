//! The texts that are sent: what the person wrote, and what the presets add to it (api.md 4).
//!
//! The service adds nothing by itself. Where the additions go is decided by two marks in the prompt: a vertical bar
//! ends the first segment, and `text:` begins the words that are to be drawn into the picture.

mod alternatives;
mod lint;
mod look;
mod nudge;
mod quoted;
mod regions;
mod settle;
mod spans;
mod toggle;
mod typed;
mod units;
mod weights;
mod wildcards;

pub(crate) use alternatives::draw;
pub use alternatives::resolve;
pub(crate) use lint::in_braces;
pub use look::{
    Edit, Fix, FixKind, Look, PromptProblem, PromptRule, Reading, SegmentTokens, Severity, Span, TokenCount, look,
};
pub use nudge::{Nudged, Step, nudge};
pub(crate) use quoted::with_quoted_text;
pub use regions::without_unsent;
pub use settle::{Draw, Drawn, PromptPlace, settle};
pub use spans::{ACTIONS, SpanKind};
pub use toggle::{Toggled, toggle};
pub use typed::{Typed, typed};
pub use units::Units;
pub use weights::{Piece, PieceKind, Syntax, parse, print, tokens, weights};
pub use wildcards::{List, Wildcards};

use crate::model::Tags;

/// The most segments of a prompt; what follows stays with the last.
pub(crate) const SEGMENTS: usize = 6;

/// A prompt, and what is added to it.
pub(crate) struct Positive<'a> {
    pub(crate) written: &'a str,
    /// The quality tags.
    pub(crate) tags: &'a str,
    pub(crate) place: Tags,
    /// Asks for a transparent background, right before the quality tags.
    pub(crate) transparent: bool,
    /// Begins with the mark of the furry data set.
    pub(crate) furry: bool,
    /// Behind the quality tags, when a picture is enhanced.
    pub(crate) enhance: &'a str,
}

impl Positive<'_> {
    pub(crate) fn text(&self) -> String {
        let mut tags = self.tags.to_owned();
        if self.transparent {
            let separator = if tags.is_empty() { "" } else { ", " };
            tags = format!("{TRANSPARENT}{separator}{tags}");
        }
        let mut sent = match self.place {
            Tags::FirstSegment => positive(self.written, &tags),
            Tags::EverySegment => every_segment(self.written, &tags),
            Tags::Front if tags.is_empty() || self.written.starts_with(&tags) => self.written.to_owned(),
            Tags::Front => format!("{tags}, {}", self.written),
        };
        if !self.enhance.is_empty() && !sent.contains("upscaled, blurry") {
            sent = positive(&sent, &format!("{},", self.enhance));
        }
        if self.furry && !FURRY.iter().any(|mark| sent.starts_with(mark)) {
            sent = format!("{}, {sent}", FURRY[0]);
        }
        sent
    }
}

pub(crate) const TRANSPARENT: &str = "transparent background";
/// The marks of data sets, with which a prompt may begin.
pub(crate) const FURRY: [&str; 2] = ["fur dataset", "background dataset"];

/// The tags at the end of each segment, before the weight that may stand there.
fn every_segment(written: &str, tags: &str) -> String {
    if tags.is_empty() {
        return written.to_owned();
    }
    let mut sent = String::new();
    let mut rest = written;
    for count in 1..=SEGMENTS {
        let end = if count == SEGMENTS {
            rest.len()
        } else {
            first_segment(rest)
        };
        let (segment, after) = rest.split_at(end);
        let (text, weight) = segment.split_at(weight(segment).unwrap_or(segment.len()));
        sent.push_str(&positive(text, tags));
        sent.push_str(weight);
        let Some(after) = after.strip_prefix('|') else {
            break;
        };
        sent.push('|');
        rest = after;
    }
    sent
}

/// Where the weight of a segment begins: a colon and a number at its end.
pub(crate) fn weight(segment: &str) -> Option<usize> {
    let at = segment.rfind(':')?;
    let number = segment[at + 1..].trim();
    let is_number = !number.is_empty() && number.parse::<f64>().is_ok_and(f64::is_finite);
    (is_number && !segment[..at].ends_with(':')).then_some(at)
}

/// The prompt with the quality tags in its first segment, before a text block.
pub(crate) fn positive(written: &str, tags: &str) -> String {
    if tags.is_empty() {
        return written.to_owned();
    }
    let (segment, rest) = written.split_at(first_segment(written));
    let (head, block) = segment.split_at(text_block(segment).unwrap_or(segment.len()));
    let kept = head.trim_end_matches(|c: char| c.is_whitespace() || c == ',');
    if ends_with_tags(kept, tags) {
        return written.to_owned();
    }
    let mut sent = kept.to_owned();
    if !sent.is_empty() {
        sent.push_str(", ");
    }
    sent.push_str(tags);
    if block.starts_with(['t', 'T']) {
        // The block begins the prompt, so it brings no separator of its own.
        sent.push(' ');
    }
    sent.push_str(block);
    if block.is_empty() && !rest.is_empty() {
        sent.push_str(&head[head.trim_end().len()..]);
    }
    sent.push_str(rest);
    sent
}

/// The Undesired Content behind its preset. `positive` is the final prompt: where it asks for `nsfw`, that is not
/// undesired.
pub(crate) fn undesired(written: &str, preset: &str, adds_nsfw: bool, positive: &str) -> String {
    if preset.is_empty() {
        return written.to_owned();
    }
    let mut sent = String::new();
    if adds_nsfw && !positive.to_lowercase().contains("nsfw") {
        sent.push_str("nsfw, ");
    }
    sent.push_str(preset);
    if !written.trim().is_empty() {
        sent.push_str(", ");
        sent.push_str(written);
    }
    sent
}

/// The prompt of one character. The count belongs to the base prompt, so the first `1girl` or `1boy` becomes `girl` or
/// `boy`.
pub(crate) fn character(written: &str) -> String {
    let is_end = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let counted = written.char_indices().map(|(at, _)| at).find(|&at| {
        let tail = &written[at..];
        let word = ["1girl", "1boy"].into_iter().find_map(|word| tail.strip_prefix(word));
        word.is_some_and(|after| is_end(after.chars().next())) && is_end(written[..at].chars().next_back())
    });
    match counted {
        Some(at) => format!("{}{}", &written[..at], &written[at + 1..]),
        None => written.to_owned(),
    }
}

/// The length of what stands before the first `|`. A group of alternatives in `||…||` is skipped whole.
pub(crate) fn first_segment(prompt: &str) -> usize {
    let mut at = 0;
    while let Some(bar) = prompt[at..].find('|').map(|found| at + found) {
        let group = prompt[bar..].strip_prefix("||").and_then(|inside| inside.find("||"));
        match group {
            Some(length) => at = bar + 2 + length + 2,
            None => return bar,
        }
    }
    prompt.len()
}

/// Where a text block begins, its separator included: `text:` at the start or behind white space or one of
/// `, . : [ ] { } 、 。`, and not followed by another colon (that would be a weight).
pub(crate) fn text_block(segment: &str) -> Option<usize> {
    const MARK: &str = "text:";
    segment.char_indices().map(|(at, _)| at).find_map(|at| {
        let found = segment.get(at..at + MARK.len())?;
        if !found.eq_ignore_ascii_case(MARK) || segment[at + MARK.len()..].starts_with(':') {
            return None;
        }
        match segment[..at].chars().next_back() {
            None => Some(at),
            Some(before) if before.is_whitespace() || ",.:[]{}、。".contains(before) => Some(at - before.len_utf8()),
            Some(_) => None,
        }
    })
}

fn ends_with_tags(head: &str, tags: &str) -> bool {
    head.strip_suffix(tags)
        .is_some_and(|before| !before.chars().next_back().is_some_and(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAGS: &str = "very aesthetic, masterpiece, no text";

    #[test]
    fn quality_tags_follow_the_prompt() {
        assert_eq!(
            positive("1girl, sea", TAGS),
            "1girl, sea, very aesthetic, masterpiece, no text"
        );
        assert_eq!(
            positive("1girl, sea, ", TAGS),
            "1girl, sea, very aesthetic, masterpiece, no text"
        );
        assert_eq!(positive("", TAGS), TAGS);
        assert_eq!(positive("1girl, ", ""), "1girl, ");
    }

    #[test]
    fn quality_tags_are_not_added_twice() {
        let done = positive("1girl", TAGS);
        assert_eq!(positive(&done, TAGS), done);
        assert_eq!(positive(TAGS, TAGS), TAGS);
        assert_eq!(
            positive("every aesthetic", "very aesthetic"),
            "every aesthetic, very aesthetic"
        );
    }

    #[test]
    fn quality_tags_stay_in_the_first_segment() {
        assert_eq!(positive("1girl | sea", "best"), "1girl, best | sea");
        assert_eq!(positive("1girl|sea|sky", "best"), "1girl, best|sea|sky");
        assert_eq!(positive("|sea", "best"), "best|sea");
    }

    #[test]
    fn a_group_of_alternatives_is_not_a_segment_boundary() {
        assert_eq!(
            positive("||red|blue|| hair, sea", "best"),
            "||red|blue|| hair, sea, best"
        );
        assert_eq!(
            positive("||red|blue|| hair | sea", "best"),
            "||red|blue|| hair, best | sea"
        );
        assert_eq!(positive("a ||b||c||d|e||f", "best"), "a ||b||c||d|e||f, best");
        assert_eq!(positive("a || b", "best"), "a, best || b");
    }

    #[test]
    fn quality_tags_go_before_a_text_block() {
        assert_eq!(positive("sign, Text: Open", "best"), "sign, best Text: Open");
        assert_eq!(positive("sign.text:Open", "best"), "sign, best.text:Open");
        assert_eq!(positive("看板。TEXT: 開店", "best"), "看板, best。TEXT: 開店");
        assert_eq!(positive("Text: Open", "best"), "best Text: Open");
        assert_eq!(
            positive("sign, teXt: Open | sea", "best"),
            "sign, best teXt: Open | sea"
        );
    }

    #[test]
    fn what_only_looks_like_a_text_block_is_none() {
        assert_eq!(positive("1.2text::bold::", "best"), "1.2text::bold::, best");
        assert_eq!(positive("a, text::b", "best"), "a, text::b, best");
        assert_eq!(positive("context: b", "best"), "context: b, best");
    }

    fn bare<'a>(written: &'a str, tags: &'a str, place: Tags) -> Positive<'a> {
        Positive {
            written,
            tags,
            place,
            transparent: false,
            furry: false,
            enhance: "",
        }
    }

    #[test]
    fn older_models_take_their_tags_in_every_segment_or_in_front() {
        let every = |written: &str| bare(written, "best", Tags::EverySegment).text();
        assert_eq!(every("cat"), "cat, best");
        assert_eq!(every("cat:0.6|dog:0.4"), "cat, best:0.6|dog, best:0.4");
        assert_eq!(every("||red|blue|| cat|dog: 2"), "||red|blue|| cat, best|dog, best: 2");
        assert_eq!(
            every("a|b|c|d|e|f|g"),
            "a, best|b, best|c, best|d, best|e, best|f, best|g"
        );
        let front = |written: &str| bare(written, "best", Tags::Front).text();
        assert_eq!(
            (front("cat"), front("best, cat")),
            ("best, cat".into(), "best, cat".into())
        );
    }

    #[test]
    fn switches_add_to_the_prompt() {
        let base = || bare("1girl, Text: Hi", "best", Tags::FirstSegment);
        let transparent = Positive {
            transparent: true,
            ..base()
        };
        assert_eq!(transparent.text(), "1girl, transparent background, best Text: Hi");
        let untagged = Positive {
            tags: "",
            transparent: true,
            ..base()
        };
        assert_eq!(untagged.text(), "1girl, transparent background Text: Hi");
        let furry = Positive { furry: true, ..base() };
        assert_eq!(furry.text(), "fur dataset, 1girl, best Text: Hi");
        let already = Positive {
            furry: true,
            ..bare("background dataset, sea", "", Tags::FirstSegment)
        };
        assert_eq!(already.text(), "background dataset, sea");
        let enhance = Positive {
            enhance: "-2::upscaled, blurry::",
            ..bare("sea", "best", Tags::FirstSegment)
        };
        assert_eq!(enhance.text(), "sea, best, -2::upscaled, blurry::,");
        let twice = Positive {
            enhance: "-2::upscaled, blurry::",
            ..bare("upscaled, blurry", "", Tags::FirstSegment)
        };
        assert_eq!(twice.text(), "upscaled, blurry");
    }

    #[test]
    fn undesired_content_follows_its_preset() {
        assert_eq!(undesired("", "lowres", false, "1girl"), "lowres");
        assert_eq!(undesired("  ", "lowres", false, "1girl"), "lowres");
        assert_eq!(undesired("hat | sea", "lowres", false, "1girl"), "lowres, hat | sea");
        assert_eq!(undesired("hat", "", true, "1girl"), "hat");
        assert_eq!(undesired("", "", true, "1girl"), "");
    }

    #[test]
    fn nsfw_is_undesired_unless_it_is_asked_for() {
        assert_eq!(undesired("hat", "lowres", true, "1girl"), "nsfw, lowres, hat");
        assert_eq!(undesired("hat", "lowres", true, "1girl, nsfw"), "lowres, hat");
        assert_eq!(undesired("hat", "lowres", true, "NSFW"), "lowres, hat");
    }

    #[test]
    fn a_character_is_not_counted() {
        assert_eq!(character("1girl, red hair"), "girl, red hair");
        assert_eq!(character("solo, 1boy"), "solo, boy");
        assert_eq!(character("1girl, 1boy"), "girl, 1boy");
        for kept in ["girl", "11girl", "1girls, 1boyish", "x1boy", ""] {
            assert_eq!(character(kept), kept);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_still_there(written in "[a-z,|: textT、。é]{0,40}") {
            let sent = positive(&written, "best, finest");
            let squeezed = |text: &str| text.replace([',', ' '], "");
            let without = squeezed(&sent).replacen("bestfinest", "", 1);
            prop_assert_eq!(without, squeezed(&written));
        }

        #[test]
        fn adding_twice_is_adding_once(written in "[a-z,|: textT、。é]{0,40}") {
            let once = positive(&written, "best, finest");
            prop_assert_eq!(positive(&once, "best, finest"), once);
        }

        #[test]
        fn no_text_is_too_odd(written in any::<String>()) {
            positive(&written, "best");
            character(&written);
        }
    }
}
