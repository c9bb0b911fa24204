//! Marks: those that don't close, and those that the model does not read.

use std::ops::Range;

use super::{FixKind, Found, PromptRule, Severity, Subject};
use crate::prompt::regions::blanked;
use crate::prompt::spans::{bars, parts};
use crate::prompt::weight;
use crate::prompt::weights::{PieceKind, Syntax, parse};
use crate::prompt::wildcards::{name_of, wildcards};

pub(super) fn problems(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = unbalanced(&subject.live, subject.syntax);
    found.extend(parentheses(&subject.live, subject.syntax));
    match subject.syntax {
        Syntax::Braces => found.extend(numbers(&subject.live, subject.text)),
        Syntax::Numbers => found.extend(mixing(&subject.live)),
    }
    found.extend(unknown_wildcards(subject));
    found.extend(open_randomizer(&subject.live));
    found
}

/// Where a tag ends that begins before `at`: at a comma, a bar, a line's end.
fn tag_end(live: &str, at: usize) -> usize {
    let end = live[at..].find([',', '\n', '|']).map_or(live.len(), |end| at + end);
    at + live[at..end].trim_end().len()
}

fn unbalanced(live: &str, syntax: Syntax) -> Vec<Found> {
    let mut found = Vec::new();
    let mut open: Vec<(PieceKind, Range<usize>)> = Vec::new();
    let mut number: Option<Range<usize>> = None;
    let mut at = 0;
    let wrong = |range: Range<usize>| {
        let subject = &live[range.clone()];
        Found::new(PromptRule::Unbalanced, Severity::Warning, range, subject)
    };
    let unopened = |range: Range<usize>| wrong(range.clone()).fix(FixKind::Remove, [(range, String::new())]);
    let unclosed = |kind: PieceKind, range: Range<usize>, latest: usize| {
        let end = tag_end(live, range.end).min(latest);
        let mark = if kind == PieceKind::Stronger { "}" } else { "]" };
        wrong(range).fix(FixKind::Close, [(end..end, mark.into())])
    };
    for piece in parse(live, syntax) {
        let range = at..at + piece.source.len();
        at = range.end;
        match piece.kind {
            PieceKind::Text => {}
            PieceKind::Stronger | PieceKind::Weaker => open.push((piece.kind, range)),
            PieceKind::StrongerEnd | PieceKind::WeakerEnd => {
                let opening = if piece.kind == PieceKind::StrongerEnd {
                    PieceKind::Stronger
                } else {
                    PieceKind::Weaker
                };
                match open.iter().rposition(|(kind, _)| *kind == opening) {
                    Some(place) => drop(open.remove(place)),
                    None => found.push(unopened(range)),
                }
            }
            PieceKind::Weight(_) => {
                // A number closes the brackets before it.
                found.extend(open.drain(..).map(|(kind, mark)| unclosed(kind, mark, range.start)));
                number = Some(range);
            }
            PieceKind::End if number.take().is_none() => found.push(unopened(range)),
            PieceKind::End => {}
        }
    }
    found.extend(open.into_iter().map(|(kind, mark)| unclosed(kind, mark, live.len())));
    if let Some(range) = number {
        // It holds up to the end, which is read well enough.
        let end = range.end + live[range.end..].trim_end().len();
        let mut problem = wrong(range).fix(FixKind::Close, [(end..end, " ::".into())]);
        problem.severity = Severity::Hint;
        found.push(problem);
    }
    found
}

/// Words with a weight, as a model reads them.
fn weighted(words: &str, factor: f64, syntax: Syntax) -> String {
    let words = words.trim();
    match syntax {
        Syntax::Numbers => {
            let factor = (factor * 100.0).round() / 100.0;
            format!("{factor}::{words} ::")
        }
        Syntax::Braces => {
            let (before, behind) = levels(factor);
            format!("{before}{words}{behind}")
        }
    }
}

/// So many braces or brackets make about as strong.
fn levels(factor: f64) -> (String, String) {
    let levels = if factor > 0.0 {
        (factor.ln() / 1.05_f64.ln()).round()
    } else {
        -10.0
    };
    let count = levels.abs().min(20.0) as usize;
    let (before, behind) = if levels > 0.0 { ("{", "}") } else { ("[", "]") };
    (before.repeat(count), behind.repeat(count))
}

/// `1.5::x::` where only braces are read.
fn numbers(live: &str, text: &str) -> Vec<Found> {
    let found = numbered(live, text).into_iter().map(|part| {
        let whole = part.open.start..part.close.end;
        let mark = &live[part.open.clone()];
        let problem = Found::new(PromptRule::NumbersNotRead, Severity::Warning, whole.clone(), mark);
        if live[part.open.end..part.close.start].trim().is_empty() {
            problem.fix(FixKind::Remove, [(whole, String::new())])
        } else {
            problem.fix(FixKind::Convert, part.in_braces())
        }
    });
    found.collect()
}

/// Words with a number, and its marks. The second is empty where nothing ends them.
struct Numbered {
    open: Range<usize>,
    close: Range<usize>,
    factor: f64,
}

impl Numbered {
    /// The same marks as braces or brackets.
    fn in_braces(self) -> Vec<(Range<usize>, String)> {
        let (before, behind) = levels(self.factor);
        vec![(self.open, before), (self.close, behind)]
    }
}

/// The numbers of a text. `live` is the same text with its blanks.
fn numbered(live: &str, text: &str) -> Vec<Numbered> {
    let mut found = Vec::new();
    let mut open: Option<(Range<usize>, f64)> = None;
    let mut at = 0;
    // The space before an end belongs to it.
    let close = |open: Range<usize>, factor: f64, end: Range<usize>| {
        let start = open.end + text[open.end..end.start].trim_end().len();
        let close = if end.is_empty() { start..start } else { start..end.end };
        Numbered { open, close, factor }
    };
    for piece in parse(live, Syntax::Numbers) {
        let range = at..at + piece.source.len();
        at = range.end;
        match piece.kind {
            PieceKind::Weight(factor) => {
                let before = open.replace((range.clone(), factor));
                found.extend(before.map(|(mark, factor)| close(mark, factor, range.start..range.start)));
            }
            PieceKind::End => found.extend(open.take().map(|(mark, factor)| close(mark, factor, range))),
            PieceKind::Text
            | PieceKind::Stronger
            | PieceKind::StrongerEnd
            | PieceKind::Weaker
            | PieceKind::WeakerEnd => {}
        }
    }
    found.extend(open.map(|(mark, factor)| close(mark, factor, live.len()..live.len())));
    found
}

/// A prompt with braces where it has numbers, about as strong. What is not sent stays as it is.
pub(crate) fn in_braces(prompt: &str) -> String {
    let live = blanked(prompt);
    let mut converted = String::with_capacity(prompt.len());
    let mut at = 0;
    for (range, mark) in numbered(&live, prompt).into_iter().flat_map(Numbered::in_braces) {
        converted.push_str(&prompt[at..range.start]);
        converted.push_str(&mark);
        at = range.end;
    }
    converted.push_str(&prompt[at..]);
    converted
}

/// `(x:1.5)` and `((x))`: other programs' way. A pair of parentheses by itself belongs to the name of a tag.
fn parentheses(live: &str, syntax: Syntax) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = live[at..].find('(').map(|next| at + next) {
        let levels = live[start..].bytes().take_while(|byte| *byte == b'(').count();
        let words = start + levels;
        at = words;
        let Some(close) = live[words..].find([')', '(']).map(|end| words + end) else {
            continue;
        };
        let closing = live[close..].bytes().take_while(|byte| *byte == b')').count();
        if closing < levels || live[words..close].contains(['\n', '|']) {
            continue;
        }
        let inner = &live[words..close];
        let number = weight(inner).filter(|colon| !inner[..*colon].trim().is_empty());
        let (inner, factor) = match number {
            Some(colon) => (&inner[..colon], inner[colon + 1..].trim().parse().unwrap_or(1.0)),
            None if levels > 1 => (inner, 1.1_f64.powi(levels as i32)),
            None => continue,
        };
        let end = close + levels;
        at = end;
        if inner.trim().is_empty() {
            continue;
        }
        let problem = Found::new(
            PromptRule::ParenthesesNotRead,
            Severity::Warning,
            start..end,
            &live[start..end],
        );
        found.push(problem.fix(FixKind::Convert, [(start..end, weighted(inner, factor, syntax))]));
    }
    found
}

/// `a|b` where nothing is mixed.
fn mixing(live: &str) -> Option<Found> {
    let bars = bars(live);
    let first = bars.alone.first()?.clone();
    if bars.open.is_some() {
        // One problem at a time: these may be the bars of the group.
        return None;
    }
    let mut edits = Vec::new();
    for part in parts(live, &bars.alone) {
        let text = &live[part.clone()];
        if let Some(colon) = weight(text) {
            let factor = text[colon + 1..].trim().parse().unwrap_or(1.0);
            edits.push((part, weighted(&text[..colon], factor, Syntax::Numbers)));
        }
    }
    for bar in &bars.alone {
        let mut range = bar.clone();
        let touched = |at: usize| edits.iter().any(|(edit, _)| edit.start == at || edit.end == at);
        if !touched(range.start) {
            range.start = live[..range.start].trim_end_matches(' ').len();
        }
        if !touched(range.end) {
            range.end = live.len() - live[range.end..].trim_start_matches(' ').len();
        }
        edits.push((range, ", ".into()));
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let apart = edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start);
    let problem = Found::new(PromptRule::MixingNotRead, Severity::Warning, first, "|");
    Some(if apart {
        problem.fix(FixKind::Convert, edits)
    } else {
        problem
    })
}

fn unknown_wildcards(subject: &Subject<'_>) -> Vec<Found> {
    let live = &subject.live;
    let unknown = wildcards(live).into_iter().filter_map(|range| {
        let name = name_of(&live[range.clone()]);
        if subject.lists.get(name).is_some() {
            return None;
        }
        let problem = Found::new(PromptRule::UnknownWildcard, Severity::Error, range.clone(), name);
        let near = subject.lists.names().map(|known| (changes(name, known), known)).min();
        Some(match near.filter(|(changes, _)| *changes <= 2) {
            Some((_, known)) => problem.fix(FixKind::Replace, [(range, format!("__{known}__"))]),
            None => problem,
        })
    });
    unknown.collect()
}

/// How many letters have to be changed, added, left out or swapped with their neighbour.
fn changes(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > 2 {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let mut least = (last[column] + usize::from(letter != against))
                .min(last[column + 1] + 1)
                .min(next[column] + 1);
            if row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *against {
                least = least.min(before_last[column - 1] + 1);
            }
            next.push(least);
        }
        before_last = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

fn open_randomizer(live: &str) -> Option<Found> {
    let open = bars(live).open?;
    let end = live[open.end..]
        .find([',', '\n'])
        .map_or(live.len(), |end| open.end + end);
    let end = open.end + live[open.end..end].trim_end().len();
    let problem = Found::new(PromptRule::OpenRandomizer, Severity::Error, open.clone(), "||");
    Some(if end == open.end {
        problem.fix(FixKind::Remove, [(open, String::new())])
    } else {
        problem.fix(FixKind::Close, [(end..end, "||".into())])
    })
}
