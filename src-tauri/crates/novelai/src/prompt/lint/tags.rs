//! Tags: those that stand there twice, and those that can't both be.

use std::collections::HashMap;
use std::ops::Range;

use super::{FixKind, Found, PromptRule, Severity, Subject};
use crate::prompt::regions::blanked;
use crate::prompt::settle::PromptPlace;
use crate::prompt::text_block;
use crate::prompt::toggle::is_whole;
use crate::prompt::weights::{PieceKind, Syntax, parse, weights};
use crate::prompt::wildcards::wildcards;
use crate::request::QualityPreset;

/// Of each line a picture, or a figure, can have only one.
const SCENE: [&[&str]; 9] = [
    &["day", "night"],
    &["indoors", "outdoors"],
    &["simple background", "detailed background"],
    &["white background", "black background"],
    &["monochrome", "colorful"],
    &["from above", "from below"],
    &["close-up", "full body"],
    &["portrait", "full body"],
    &["summer", "winter"],
];
const FIGURE: [&[&str]; 7] = [
    &["open mouth", "closed mouth"],
    &["long hair", "short hair", "medium hair"],
    &["very long hair", "very short hair", "short hair"],
    &["flat chest", "large breasts", "huge breasts"],
    &["standing", "sitting", "lying"],
    &["straight hair", "curly hair"],
    &["barefoot", "shoes"],
];

/// A tag that stands by itself between commas, whatever marks are around it.
struct Tag {
    /// Its words.
    words: Range<usize>,
    /// Its words and marks, where they belong to it alone.
    whole: Option<Range<usize>>,
    name: String,
    weight: f64,
}

/// The name of a tag, however it is written.
fn name(words: &str) -> String {
    let spaced = words.to_lowercase().replace('_', " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tags(live: &str, syntax: Syntax) -> Vec<Tag> {
    let strengths = weights(live, syntax);
    let strength = |at: usize| {
        let place = strengths.partition_point(|(range, _)| range.end <= at);
        strengths.get(place).map_or(1.0, |(_, weight)| *weight)
    };
    let mut found = Vec::new();
    let mut start = 0;
    for segment in live.split([',', '\n']) {
        let from = start + segment.len() - segment.trim_start().len();
        start += segment.len() + 1;
        let segment = segment.trim();
        if segment.is_empty() || segment.contains('|') || !wildcards(segment).is_empty() {
            continue;
        }
        let mut at = from;
        let mut words = None;
        for piece in parse(segment, syntax) {
            let text = piece.source.trim();
            if piece.kind == PieceKind::Text && !text.is_empty() {
                // With marks within it is more than one.
                if words.is_some() {
                    words = None;
                    break;
                }
                let begin = at + piece.source.len() - piece.source.trim_start().len();
                words = Some(begin..begin + text.len());
            }
            at += piece.source.len();
        }
        if let Some(words) = words {
            found.push(Tag {
                name: name(&live[words.clone()]),
                weight: strength(words.start),
                whole: is_whole(segment).then(|| from..from + segment.len()),
                words,
            });
        }
    }
    found
}

/// What is taken away with a tag: the comma behind it, or the one before the last.
fn removal(text: &str, tag: &Tag) -> Vec<(Range<usize>, String)> {
    let Some(whole) = tag.whole.clone() else {
        return Vec::new();
    };
    let behind = text[whole.end..].trim_start_matches(' ');
    let range = match behind.strip_prefix(',') {
        Some(rest) => whole.start..text.len() - rest.trim_start_matches(' ').len(),
        None => {
            let before = text[..whole.start].trim_end_matches(' ');
            let before = before
                .strip_suffix(',')
                .map_or(whole.start, |before| before.trim_end_matches(' ').len());
            before..whole.end
        }
    };
    vec![(range, String::new())]
}

fn problem(rule: PromptRule, severity: Severity, text: &str, tag: &Tag) -> Found {
    let found = Found::new(rule, severity, tag.words.clone(), &text[tag.words.clone()]);
    let edits = removal(text, tag);
    if edits.is_empty() {
        found
    } else {
        found.fix(FixKind::Remove, edits)
    }
}

pub(super) fn problems(subject: &Subject<'_>) -> Vec<Found> {
    let live = &subject.live;
    let tags = tags(live, subject.syntax);
    let mut found = duplicates(subject.text, &tags);
    found.extend(contradictions(subject, &tags));
    found.extend(no_text(subject, &tags));
    if let PromptPlace::Character { .. } = subject.place {
        found.extend(tags.iter().filter_map(|tag| counted(subject.text, tag)));
    }
    found
}

fn duplicates(text: &str, tags: &[Tag]) -> Vec<Found> {
    let mut seen: HashMap<&str, f64> = HashMap::new();
    let mut found = Vec::new();
    for tag in tags {
        match seen.get(tag.name.as_str()) {
            // Wanted and not wanted is another matter.
            Some(first) if first.is_sign_negative() == tag.weight.is_sign_negative() => {
                found.push(problem(PromptRule::Duplicate, Severity::Warning, text, tag));
            }
            Some(_) => {
                found.push(problem(PromptRule::Contradiction, Severity::Warning, text, tag).against(tag.name.clone()));
            }
            None => {
                seen.insert(&tag.name, tag.weight);
            }
        }
    }
    found
}

/// How many figures a tag tells of, and of which kind.
fn figures(name: &str) -> Option<(u32, &str)> {
    let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, kind) = name.split_at(digits);
    let kind = kind.trim_start_matches('+');
    let kind = kind.strip_suffix('s').unwrap_or(kind);
    if let ("girl" | "boy" | "other", Ok(number)) = (kind, number.parse()) {
        return Some((number, kind));
    }
    let kind = name.strip_prefix("multiple ")?;
    let kind = kind.strip_suffix('s').unwrap_or(kind);
    matches!(kind, "girl" | "boy" | "other").then_some((3, kind))
}

fn contradictions(subject: &Subject<'_>, tags: &[Tag]) -> Vec<Found> {
    let wanted = |place: PromptPlace| -> Vec<String> {
        let text = blanked(place.text(subject.request));
        let there = self::tags(&text, subject.syntax).into_iter();
        there.filter(|tag| tag.weight > 0.0).map(|tag| tag.name).collect()
    };
    let against = |tag: &Tag, other: &str| {
        problem(PromptRule::Contradiction, Severity::Warning, subject.text, tag).against(other)
    };
    let asked_for = match subject.place {
        PromptPlace::Undesired => wanted(PromptPlace::Prompt),
        PromptPlace::CharacterUndesired { index } => wanted(PromptPlace::Character { index }),
        PromptPlace::Prompt | PromptPlace::Character { .. } => Vec::new(),
    };
    if subject.place.is_undesired() {
        let both = tags
            .iter()
            .filter(|tag| tag.weight > 0.0 && asked_for.contains(&tag.name));
        return both.map(|tag| against(tag, &tag.name)).collect();
    }

    let mut found = Vec::new();
    let tags: Vec<&Tag> = tags.iter().filter(|tag| tag.weight > 0.0).collect();
    let counts: Vec<(&Tag, u32, &str)> = tags
        .iter()
        .filter_map(|tag| figures(&tag.name).map(|(number, kind)| (*tag, number, kind)))
        .collect();
    let all: u32 = counts.iter().map(|(_, number, _)| *number).sum();
    let nobody_else = subject
        .request
        .characters
        .iter()
        .all(|one| !one.enabled || one.prompt.trim().is_empty());
    let single = matches!(subject.place, PromptPlace::Character { .. }) || all <= 1 && nobody_else;
    let sets = SCENE.iter().chain(FIGURE.iter().filter(|_| single));
    for set in sets {
        let mut first: Option<&Tag> = None;
        for tag in tags.iter().filter(|tag| set.contains(&tag.name.as_str())) {
            match first {
                Some(first) if first.name != tag.name => found.push(against(tag, &first.name)),
                Some(_) => {}
                None => first = Some(tag),
            }
        }
    }
    let named = |wanted: &str| tags.iter().find(|tag| tag.name == wanted);
    if let Some(nobody) = named("no humans") {
        found.extend(counts.iter().map(|(tag, _, _)| against(tag, &nobody.name)));
    } else if let Some(solo) = named("solo") {
        let more = counts.iter().find(|(_, number, _)| *number > 1);
        let more = more.or(counts.last().filter(|_| all > 1));
        found.extend(more.map(|(tag, _, _)| against(tag, &solo.name)));
    } else {
        for (at, (tag, number, kind)) in counts.iter().enumerate() {
            let other = counts[..at]
                .iter()
                .find(|(_, first, same)| same == kind && first != number);
            found.extend(other.map(|(first, _, _)| against(tag, &first.name)));
        }
    }
    // Two rules may have found the same.
    found.sort_by_key(|problem| problem.range.start);
    found.dedup_by_key(|problem| problem.range.start);
    found
}

const NO_TEXT: &str = "no text";

/// `no text`, written or added by the quality tags, against words that are to be drawn.
fn no_text(subject: &Subject<'_>, tags: &[Tag]) -> Vec<Found> {
    if subject.syntax == Syntax::Braces || subject.place.is_undesired() {
        return Vec::new();
    }
    let places = PromptPlace::all(subject.request).filter(|place| !place.is_undesired());
    let sent = |place: &PromptPlace| match place {
        PromptPlace::Character { index } => subject
            .request
            .characters
            .get(*index as usize)
            .is_some_and(|one| one.enabled),
        PromptPlace::Prompt | PromptPlace::Undesired | PromptPlace::CharacterUndesired { .. } => true,
    };
    let texts = places.filter(sent).map(|place| blanked(place.text(subject.request)));
    let block = texts.filter_map(|text| text_block(&text)).next();
    if block.is_none() {
        return Vec::new();
    }
    let written = tags.iter().filter(|tag| tag.name == NO_TEXT && tag.weight > 0.0);
    let mut found: Vec<Found> = written
        .map(|tag| problem(PromptRule::NoTextWithTextBlock, Severity::Warning, subject.text, tag).against("Text:"))
        .collect();
    let quality = subject.request.prompt.quality;
    let preset = subject.model.quality_text(quality).unwrap_or_default();
    let by_preset = quality != QualityPreset::None && preset.split(", ").any(|tag| tag == NO_TEXT);
    if let (true, PromptPlace::Prompt, Some(block)) = (by_preset, subject.place, &subject.block) {
        let mark = block.start..block.start + "text:".len();
        let hint = Found::new(PromptRule::NoTextWithTextBlock, Severity::Hint, mark, NO_TEXT);
        found.push(hint.against("Text:"));
    }
    found
}

/// A count where one character is described. The base prompt says how many there are (api.md 9).
fn counted(text: &str, tag: &Tag) -> Option<Found> {
    let (number, kind) = figures(&tag.name)?;
    if tag.name.starts_with("multiple") {
        return Some(problem(PromptRule::CountInCharacter, Severity::Warning, text, tag));
    }
    // The service's page changes a single one by itself.
    let severity = if number == 1 { Severity::Hint } else { Severity::Warning };
    let found = Found::new(
        PromptRule::CountInCharacter,
        severity,
        tag.words.clone(),
        &text[tag.words.clone()],
    );
    Some(found.fix(FixKind::Replace, [(tag.words.clone(), kind.to_owned())]))
}
