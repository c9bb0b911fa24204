//! Everything that is to be seen in one prompt: its colours, its problems, its tokens.
//!
//! All of it is a function of the request and of what was read before (lists, tokenizers): nothing here reads a file,
//! so that it can be asked at every keystroke.

use serde::Serialize;

use super::lint;
use super::regions::blanked;
use super::settle::{PromptPlace, at_its_longest};
use super::spans::{SpanKind, stretches};
use super::units::Units;
use super::weights::Syntax;
use super::wildcards::Wildcards;
use crate::check::sent_characters;
use crate::model::{Model, Registry};
use crate::payload::{negative, positive};
use crate::request::GenerateRequest;
use crate::tokens::{Counter, Tokenizers};

pub use super::lint::{Edit, Fix, FixKind, PromptProblem, PromptRule, Severity};

/// Everything that is to be seen in one prompt. Places count UTF-16 units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// What it looks like, without a gap.
    pub spans: Vec<Span>,
    /// What is wrong with it, from left to right.
    pub problems: Vec<PromptProblem>,
    /// How long it is.
    pub tokens: TokenCount,
}

/// A stretch of a prompt that looks the same throughout. Spans don't overlap and go from left to right.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Where it begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What it is.
    pub kind: SpanKind,
    /// How strong it is.
    #[cfg_attr(feature = "specta", specta(type = i32))] // a `number`; of a float specta makes `number | null`
    pub weight: f64,
}

/// How long a prompt is, in tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct TokenCount {
    /// This text alone, as written.
    pub here: u32,
    /// All texts that share the model's room with it, with what the presets add: held against `limit`.
    pub total: u32,
    /// What the model reads.
    pub limit: u32,
    /// Counted as the service counts, and not estimated.
    pub exact: bool,
    /// From here on the model does not read this text.
    pub cut_from: Option<u32>,
    /// Tag by tag.
    pub segments: Vec<SegmentTokens>,
}

/// The tokens of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SegmentTokens {
    /// Where it begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// How many.
    pub tokens: u32,
}

/// What was read before a prompt is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'r> {
    /// The models.
    pub registry: &'r Registry,
    /// The lists of the wildcards.
    pub lists: &'r Wildcards,
    /// What counts.
    pub tokenizers: &'r Tokenizers,
}

/// Looks at one prompt of a request. Of a model that is not known, the first one's rules are taken.
#[must_use]
pub fn look(request: &GenerateRequest, place: PromptPlace, reading: Reading<'_>) -> Look {
    let registry = reading.registry;
    let Some(model) = registry.get(&request.model).or(registry.models().first()) else {
        return Look {
            spans: Vec::new(),
            problems: Vec::new(),
            tokens: TokenCount::none(),
        };
    };
    let text = place.text(request);
    let units = Units::of(text);
    let spans = stretches(text, place, Syntax::of(model)).into_iter().map(|stretch| {
        let (from, to) = units.range(&stretch.range);
        Span {
            from,
            to,
            kind: stretch.kind,
            weight: stretch.weight,
        }
    });
    let counted = count(request, place, model, reading);
    Look {
        spans: spans.collect(),
        problems: lint::problems(request, place, model, reading.lists, &counted, &units),
        tokens: counted.told(&units, text.len()),
    }
}

/// A count, in bytes.
pub(super) struct Counted {
    pub(super) here: u32,
    pub(super) total: u32,
    pub(super) limit: u32,
    exact: bool,
    pub(super) cut_from: Option<usize>,
    segments: Vec<(std::ops::Range<usize>, u32)>,
}

impl Counted {
    fn told(&self, units: &Units<'_>, length: usize) -> TokenCount {
        let segments = self.segments.iter().map(|(range, tokens)| {
            let (from, to) = units.range(range);
            SegmentTokens {
                from,
                to,
                tokens: *tokens,
            }
        });
        TokenCount {
            here: self.here,
            total: self.total,
            limit: self.limit,
            exact: self.exact,
            cut_from: self.cut_from.map(|at| units.unit(at.min(length))),
            segments: segments.collect(),
        }
    }
}

impl TokenCount {
    fn none() -> Self {
        Self {
            here: 0,
            total: 0,
            limit: 0,
            exact: false,
            cut_from: None,
            segments: Vec::new(),
        }
    }
}

/// The texts that share the model's room, as long as they may become: the prompt and the characters, or what is
/// undesired in them.
fn count(request: &GenerateRequest, place: PromptPlace, model: &Model, reading: Reading<'_>) -> Counted {
    let counter = reading.tokenizers.counter(model);
    let text = place.text(request);
    let longest = |text: &str| at_its_longest(text, reading.lists);
    let written = longest(&request.prompt.text);
    let characters: Vec<(usize, String)> = match model.max_characters {
        0 => Vec::new(),
        _ => {
            let sent = sent_characters(&request.characters);
            let place_of = |one: &crate::request::Character| {
                request
                    .characters
                    .iter()
                    .position(|other| std::ptr::eq(one, other))
                    .unwrap_or_default()
            };
            let text = |one: &crate::request::Character| match place.is_undesired() {
                true => longest(&one.undesired),
                false => longest(&one.prompt),
            };
            sent.map(|one| (place_of(one), text(one))).collect()
        }
    };
    let quoted: Vec<&str> = match place.is_undesired() {
        true => Vec::new(),
        false => characters.iter().map(|(_, text)| text.as_str()).collect(),
    };
    let positive = positive(request, &written, model, &quoted);
    let (base, own) = if place.is_undesired() {
        let own = longest(&request.prompt.undesired);
        (negative(request, &own, model, &positive), own)
    } else {
        (positive, written)
    };
    let counts: Vec<(usize, u32)> = characters.iter().map(|(at, text)| (*at, counter.whole(text))).collect();
    let base_count = counter.whole(&base);
    let total = counts
        .iter()
        .map(|(_, count)| *count)
        .fold(base_count, u32::saturating_add);

    let before = match place {
        PromptPlace::Prompt | PromptPlace::Undesired => {
            let head = base.find(own.trim()).unwrap_or(0);
            counter.piece(&base[..head])
        }
        PromptPlace::Character { index } | PromptPlace::CharacterUndesired { index } => {
            let others = counts.iter().filter(|(at, _)| *at < index as usize);
            others.map(|(_, count)| *count).fold(base_count, u32::saturating_add)
        }
    };
    let segments = segments(text, &counter, reading.lists);
    let room = model.token_limit.saturating_sub(before);
    let mut read = counter.end();
    let cut = segments.iter().find(|(_, tokens)| {
        read = read.saturating_add(*tokens);
        read > room
    });
    // Each part of a mixed prompt has the whole of the room.
    let mixed = Syntax::of(model) == Syntax::Braces && base.contains('|');
    Counted {
        here: counter.whole(&longest(text)),
        total,
        limit: model.token_limit,
        exact: counter.is_exact(),
        cut_from: (total > model.token_limit && !mixed)
            .then(|| cut.map(|(range, _)| range.start))
            .flatten(),
        segments,
    }
}

/// What stands between commas and line breaks, each with the comma behind it, and its tokens.
fn segments(text: &str, counter: &Counter<'_>, lists: &Wildcards) -> Vec<(std::ops::Range<usize>, u32)> {
    let live = blanked(text);
    let mut found = Vec::new();
    let mut start = 0;
    for part in live.split_inclusive([',', '\n']) {
        let end = start + part.len();
        let words = part.trim();
        if words.chars().any(|letter| letter != ',') {
            let from = start + part.len() - part.trim_start().len();
            let range = from..from + words.len();
            let tokens = counter.piece(&at_its_longest(words, lists));
            found.push((range, tokens));
        }
        start = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::wildcards::List;
    use super::*;
    use crate::request::{QualityPreset, UndesiredPreset};
    use crate::testing::{V5_FULL, V45_FULL, character, request};

    fn looked(request: &GenerateRequest, place: PromptPlace) -> Look {
        let mut lists = Wildcards::default();
        lists.insert("hair", List::read("red hair\nvery long green hair"));
        look(
            request,
            place,
            Reading {
                registry: Registry::builtin(),
                lists: &lists,
                tokenizers: &Tokenizers::default(),
            },
        )
    }

    fn bare(model: &str, text: &str) -> GenerateRequest {
        let mut asked = request(model);
        asked.prompt.quality = QualityPreset::None;
        asked.prompt.undesired_preset = UndesiredPreset::None;
        asked.prompt.text = text.into();
        asked
    }

    #[test]
    fn places_are_told_as_the_page_counts() {
        let seen = looked(&bare(V5_FULL, "海😀, {b}"), PromptPlace::Prompt);
        let spans: Vec<_> = seen.spans.iter().map(|span| (span.from, span.to, span.kind)).collect();
        assert_eq!(
            spans,
            [
                (0, 5, SpanKind::Text),
                (5, 6, SpanKind::Mark),
                (6, 7, SpanKind::Text),
                (7, 8, SpanKind::Mark)
            ]
        );
        assert_eq!((seen.tokens.segments[1].from, seen.tokens.segments[1].to), (5, 8));
    }

    #[test]
    fn v3_is_exact_and_presets_count() {
        let mut asked = bare("nai-diffusion-3", "1girl, blue eyes");
        let tokens = looked(&asked, PromptPlace::Prompt).tokens;
        assert_eq!(
            (tokens.here, tokens.total, tokens.limit, tokens.exact),
            (5, 5, 225, true)
        );
        assert_eq!(tokens.segments.iter().map(|segment| segment.tokens).sum::<u32>(), 5);
        asked.prompt.quality = QualityPreset::Standard;
        let tokens = looked(&asked, PromptPlace::Prompt).tokens;
        assert!(tokens.here == 5 && tokens.total > 10, "{tokens:?}");
    }

    #[test]
    fn characters_share_the_room_and_undesired_content_has_its_own() {
        let mut asked = bare(V45_FULL, "abcd, abcd");
        let alone = looked(&asked, PromptPlace::Prompt).tokens.total;
        asked.characters = vec![character("girl, red hair"), character("boy")];
        asked.characters[0].undesired = "blue hair".into();
        let all = looked(&asked, PromptPlace::Prompt).tokens;
        assert!(all.total > alone && all.here == alone, "{all:?}");
        assert_eq!(
            looked(&asked, PromptPlace::Character { index: 1 }).tokens.total,
            all.total
        );
        asked.characters[1].enabled = false;
        assert!(looked(&asked, PromptPlace::Prompt).tokens.total < all.total);
        let undesired = looked(&asked, PromptPlace::CharacterUndesired { index: 0 }).tokens;
        assert!(undesired.total < all.total && !undesired.exact, "{undesired:?}");
    }

    #[test]
    fn what_is_beyond_the_limit_is_marked_from_its_first_segment() {
        let text = "word, ".repeat(300);
        let seen = looked(&bare("nai-diffusion-3", &text), PromptPlace::Prompt);
        // A word and a comma are two tokens: 112 of them fit into 225.
        assert_eq!(seen.tokens.cut_from, Some(112 * 6));
        let problem = seen
            .problems
            .iter()
            .find(|problem| problem.rule == PromptRule::TooManyTokens)
            .unwrap();
        assert_eq!((problem.from, problem.to), (112 * 6, 1799));
        let mut asked = bare("nai-diffusion-3", &"word, ".repeat(100));
        assert_eq!(looked(&asked, PromptPlace::Prompt).tokens.cut_from, None);
        // Behind a preset there is less room.
        asked.prompt.undesired = "word, ".repeat(100);
        asked.prompt.undesired_preset = UndesiredPreset::Heavy;
        assert!(
            looked(&asked, PromptPlace::Undesired)
                .tokens
                .cut_from
                .is_some_and(|at| at < 600)
        );
    }

    #[test]
    fn wildcards_count_at_their_longest_and_comments_not_at_all() {
        let count = |text: &str| looked(&bare("nai-diffusion-3", text), PromptPlace::Prompt).tokens.here;
        assert_eq!(count("__hair__"), count("very long green hair"));
        assert_eq!(count("||a|b c d||"), count("b c d"));
        assert_eq!(count("# a b c\n/*d, */e"), 1);
    }

    #[test]
    fn a_place_that_is_not_there_is_empty() {
        let seen = looked(&bare(V5_FULL, "a"), PromptPlace::Character { index: 7 });
        assert!(seen.spans.is_empty() && seen.problems.is_empty());
    }
}
