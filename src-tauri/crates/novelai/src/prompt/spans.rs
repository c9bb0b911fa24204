//! A prompt as it is coloured: stretches that look the same, each with its kind and how strong it is.

use std::ops::Range;

use serde::Serialize;

use super::regions::{UnsentKind, blanked, unsent};
use super::settle::PromptPlace;
use super::weights::{Syntax, weights};
use super::wildcards::wildcards;
use super::{text_block, weight};

/// What a stretch of a prompt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum SpanKind {
    /// Words.
    Text,
    /// A brace, a bracket, `1.5::`, `::`.
    Mark,
    /// A line that begins with #.
    Comment,
    /// A segment that is switched off.
    Off,
    /// What is drawn into the picture as text.
    TextBlock,
    /// The bars of `||a|b||`.
    Randomizer,
    /// `__name__`
    Wildcard,
    /// `source#`, `target#`, `mutual#`.
    Action,
}

/// How the characters act on each other, at the beginning of a tag (api.md 9).
pub const ACTIONS: [&str; 3] = ["source#", "target#", "mutual#"];

/// A stretch of a prompt, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) range: Range<usize>,
    pub(crate) kind: SpanKind,
    pub(crate) weight: f64,
}

/// The stretches of a prompt, from left to right, without a gap.
pub(crate) fn stretches(text: &str, place: PromptPlace, syntax: Syntax) -> Vec<Stretch> {
    let live = blanked(text);
    let mut bytes = vec![(SpanKind::Mark, 1.0); text.len()];
    let mut paint = |range: Range<usize>, kind: SpanKind, weight: f64| bytes[range].fill((kind, weight));
    for (range, weight) in weights(&live, syntax) {
        paint(range, SpanKind::Text, weight);
    }
    let bars = bars(&live);
    for bar in &bars.alone {
        paint(bar.clone(), SpanKind::Mark, 1.0);
    }
    if syntax == Syntax::Braces && !bars.alone.is_empty() {
        for part in parts(&live, &bars.alone) {
            if let Some(at) = weight(&live[part.clone()]) {
                paint(part.start + at..part.end, SpanKind::Mark, 1.0);
            }
        }
    }
    for bar in bars.groups.iter().flatten() {
        paint(bar.clone(), SpanKind::Randomizer, 1.0);
    }
    for range in wildcards(&live) {
        paint(range, SpanKind::Wildcard, 1.0);
    }
    if syntax == Syntax::Numbers {
        if let PromptPlace::Character { .. } = place {
            for range in actions(&live) {
                paint(range, SpanKind::Action, 1.0);
            }
        }
        if let Some(range) = block(&live, place) {
            paint(range, SpanKind::TextBlock, 1.0);
        }
    }
    for part in unsent(text) {
        let kind = match part.kind {
            UnsentKind::Comment => SpanKind::Comment,
            UnsentKind::Off => SpanKind::Off,
        };
        paint(part.range, kind, 1.0);
    }
    joined(&bytes)
}

fn joined(bytes: &[(SpanKind, f64)]) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for (at, (kind, weight)) in bytes.iter().enumerate() {
        match found.last_mut() {
            Some(last) if last.kind == *kind && last.weight == *weight => last.range.end = at + 1,
            Some(_) | None => found.push(Stretch {
                range: at..at + 1,
                kind: *kind,
                weight: *weight,
            }),
        }
    }
    found
}

/// The words that are drawn into the picture, from `text:` to the end of their part.
pub(crate) fn block(live: &str, place: PromptPlace) -> Option<Range<usize>> {
    if place.is_undesired() {
        return None;
    }
    let start = text_block(live)?;
    let start = start + live[start..].find(['t', 'T'])?;
    let bars = bars(live);
    let end = bars
        .alone
        .iter()
        .find(|bar| bar.start > start)
        .map_or(live.len(), |bar| bar.start);
    Some(start..end)
}

/// The bars of a prompt.
pub(crate) struct Bars {
    /// Those of each group of alternatives: `||`, each `|`, `||`.
    pub(crate) groups: Vec<Vec<Range<usize>>>,
    /// `|` outside of groups.
    pub(crate) alone: Vec<Range<usize>>,
    /// A `||` without its end.
    pub(crate) open: Option<Range<usize>>,
}

pub(crate) fn bars(live: &str) -> Bars {
    let mut found = Bars {
        groups: Vec::new(),
        alone: Vec::new(),
        open: None,
    };
    let mut at = 0;
    while let Some(bar) = live[at..].find('|').map(|next| at + next) {
        let inside = bar + 2;
        if !live[bar..].starts_with("||") {
            found.alone.push(bar..bar + 1);
            at = bar + 1;
        } else if let Some(end) = live[inside..].find("||").map(|end| inside + end) {
            let singles = live[inside..end]
                .match_indices('|')
                .map(|(at, _)| inside + at..inside + at + 1);
            let group = std::iter::once(bar..inside)
                .chain(singles)
                .chain(std::iter::once(end..end + 2));
            found.groups.push(group.collect());
            at = end + 2;
        } else {
            found.open = Some(bar..inside);
            at = inside;
        }
    }
    found
}

/// What stands between bars.
pub(crate) fn parts(live: &str, alone: &[Range<usize>]) -> Vec<Range<usize>> {
    let starts = std::iter::once(0).chain(alone.iter().map(|bar| bar.end));
    let ends = alone.iter().map(|bar| bar.start).chain([live.len()]);
    starts.zip(ends).map(|(start, end)| start..end).collect()
}

fn actions(live: &str) -> Vec<Range<usize>> {
    let found = ACTIONS.iter().flat_map(|action| live.match_indices(action));
    found
        .filter(|(at, _)| {
            let before = live[..*at].trim_end_matches(' ').chars().next_back();
            before.is_none_or(|before| matches!(before, ',' | '\n' | '{' | '[' | '|' | ':'))
        })
        .map(|(at, action)| at..at + action.len())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHARACTER: PromptPlace = PromptPlace::Character { index: 0 };

    fn told(text: &str, place: PromptPlace, syntax: Syntax) -> Vec<(&str, SpanKind, f64)> {
        let found = stretches(text, place, syntax).into_iter();
        found
            .map(|stretch| (&text[stretch.range], stretch.kind, (stretch.weight * 1e4).round() / 1e4))
            .collect()
    }

    use SpanKind::{Action, Comment, Mark, Off, Randomizer, Text, TextBlock, Wildcard};

    #[test]
    fn words_are_as_strong_as_their_marks_make_them() {
        assert_eq!(
            told("a, 1.5::{b} ::", PromptPlace::Prompt, Syntax::Numbers),
            [
                ("a, ", Text, 1.0),
                ("1.5::{", Mark, 1.0),
                ("b", Text, 1.575),
                ("}", Mark, 1.0),
                (" ", Text, 1.5),
                ("::", Mark, 1.0)
            ]
        );
        assert_eq!(
            told("1.5::b::", PromptPlace::Prompt, Syntax::Braces),
            [("1.5::b::", Text, 1.0)]
        );
    }

    #[test]
    fn what_is_not_sent_is_no_text_and_weighs_nothing_on_the_rest() {
        assert_eq!(
            told("# {\na /*[ b*/ c", PromptPlace::Prompt, Syntax::Numbers),
            [
                ("# {", Comment, 1.0),
                ("\na ", Text, 1.0),
                ("/*[ b*/", Off, 1.0),
                (" c", Text, 1.0)
            ]
        );
    }

    #[test]
    fn bars_of_groups_are_told_from_bars_that_mix() {
        assert_eq!(
            told("||a|b|| c | d", PromptPlace::Prompt, Syntax::Numbers),
            [
                ("||", Randomizer, 1.0),
                ("a", Text, 1.0),
                ("|", Randomizer, 1.0),
                ("b", Text, 1.0),
                ("||", Randomizer, 1.0),
                (" c ", Text, 1.0),
                ("|", Mark, 1.0),
                (" d", Text, 1.0)
            ]
        );
        let mixed = told("cat:0.6|dog:0.4", PromptPlace::Prompt, Syntax::Braces);
        assert_eq!(
            mixed,
            [
                ("cat", Text, 1.0),
                (":0.6|", Mark, 1.0),
                ("dog", Text, 1.0),
                (":0.4", Mark, 1.0)
            ]
        );
    }

    #[test]
    fn wildcards_text_blocks_and_actions_are_known() {
        assert_eq!(
            told("__hair__, Text: {Hi}", PromptPlace::Prompt, Syntax::Numbers),
            [
                ("__hair__", Wildcard, 1.0),
                (", ", Text, 1.0),
                ("Text: {Hi}", TextBlock, 1.0)
            ]
        );
        assert_eq!(
            told("girl, source#hug", CHARACTER, Syntax::Numbers),
            [("girl, ", Text, 1.0), ("source#", Action, 1.0), ("hug", Text, 1.0)]
        );
        assert_eq!(
            told("source#hug", PromptPlace::Prompt, Syntax::Numbers),
            [("source#hug", Text, 1.0)]
        );
        assert_eq!(
            told("text: a", PromptPlace::Undesired, Syntax::Numbers),
            [("text: a", Text, 1.0)]
        );
    }

    proptest! {
        #[test]
        fn stretches_are_the_whole_text(
            any in any::<String>(), marked in "[a-b0-9{}\\[\\]:|#/*_,. \ntexTé]{0,50}", braces in any::<bool>(),
        ) {
            let syntax = if braces { Syntax::Braces } else { Syntax::Numbers };
            for text in [&any, &marked] {
                let found = stretches(text, CHARACTER, syntax);
                let whole: String = found.iter().map(|stretch| &text[stretch.range.clone()]).collect();
                prop_assert_eq!(&whole, text);
            }
        }
    }
}
