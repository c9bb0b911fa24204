//! Segments switched off and on again.
//!
//! What stands between two commas is a segment. Each one that the selection touches is turned: off, with `/*` and `*/`
//! around it, or on again. Where a segment has only one end of a pair of marks (`{a`, `1.5::b`), its words are turned
//! and the marks stay, so that everything else is as strong as before.

use std::ops::Range;

use super::regions::{OFF, OFF_END, Unsent, UnsentKind, unsent};
use super::weights::{PieceKind, Syntax, parse};

/// A text, and what is selected in it, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toggled {
    /// The text.
    pub text: String,
    /// What is selected.
    pub selection: Range<usize>,
}

/// Turns the segments at a selection. Turned twice, a text is as it was, to the letter; what can't be turned back (a
/// segment with a `*/` of its own in it) is left alone.
#[must_use]
pub fn toggle(text: &str, selection: Range<usize>) -> Toggled {
    let selection = place(text, selection.start)..place(text, selection.end.max(selection.start));
    let turned = once(text, &selection);
    let back = once(&turned.text, &turned.selection);
    if back.text == text {
        return turned;
    }
    // Segments that were written by hand may be spaced otherwise; then they are at least turned for good.
    if once(&back.text, &back.selection).text == turned.text {
        return turned;
    }
    Toggled {
        text: text.to_owned(),
        selection,
    }
}

/// The nearest place between letters.
fn place(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What can be turned, by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// It is on.
    On(Range<usize>),
    /// It is off; its marks included.
    Off(Range<usize>),
}

impl Part {
    fn range(&self) -> &Range<usize> {
        match self {
            Self::On(range) | Self::Off(range) => range,
        }
    }
}

fn once(text: &str, selection: &Range<usize>) -> Toggled {
    let mut turned = String::with_capacity(text.len() + 8);
    let mut at = 0;
    let (mut start, mut end) = (selection.start, selection.end);
    // Where a place of the old text is in the new one; within a part it keeps its letter.
    let mut moved: isize = 0;
    for part in parts(text).into_iter().filter(|part| touches(part.range(), selection)) {
        let range = part.range().clone();
        turned.push_str(&text[at..range.start]);
        let (before, inner, behind) = match part {
            Part::On(_) => (OFF, range.clone(), OFF_END),
            Part::Off(_) => ("", range.start + OFF.len()..range.end - OFF_END.len(), ""),
        };
        for (old, new) in [(selection.start, &mut start), (selection.end, &mut end)] {
            if (range.start..=range.end).contains(&old) {
                let within = old.clamp(inner.start, inner.end) - inner.start;
                *new = turned.len() + before.len() + within;
            }
        }
        turned.push_str(before);
        turned.push_str(&text[inner]);
        turned.push_str(behind);
        at = range.end;
        moved = turned.len() as isize - at as isize;
        if selection.end > range.end {
            end = selection.end.saturating_add_signed(moved);
        }
        if selection.start > range.end {
            start = selection.start.saturating_add_signed(moved);
        }
    }
    turned.push_str(&text[at..]);
    debug_assert_eq!(
        turned.len() as isize - text.len() as isize,
        moved,
        "the last move is the whole"
    );
    Toggled {
        text: turned,
        selection: start..end.max(start),
    }
}

/// A caret at either end of a part is at the part.
fn touches(part: &Range<usize>, selection: &Range<usize>) -> bool {
    if selection.is_empty() {
        part.start <= selection.start && selection.start <= part.end
    } else {
        part.start < selection.end && selection.start < part.end
    }
}

/// All parts of a text that can be turned, from left to right. One that has a mark in it could not be turned back.
fn parts(text: &str) -> Vec<Part> {
    let hidden = unsent(text);
    let mut found = Vec::new();
    for segment in segments(text, &hidden) {
        in_segment(text, segment, &hidden, &mut found);
    }
    found.retain(|part| match part {
        Part::On(range) => !text[range.clone()].contains(OFF_END) && !text[range.clone()].contains(OFF),
        Part::Off(_) => true,
    });
    found
}

/// What stands between commas and line breaks; those that are switched off divide nothing. Comments are left out.
fn segments(text: &str, hidden: &[Unsent]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        if let Some(part) = hidden.iter().find(|part| part.range.start == at) {
            at = part.range.end;
            if part.kind == UnsentKind::Comment {
                start = at;
            }
            if at < text.len() {
                continue;
            }
            break;
        }
        if matches!(letter, ',' | '\n') {
            found.push(start..at);
            start = at + 1;
        }
        at += letter.len_utf8();
    }
    found.push(start..text.len());
    found
}

fn in_segment(text: &str, segment: Range<usize>, hidden: &[Unsent], found: &mut Vec<Part>) {
    let words = trimmed(text, segment);
    if words.is_empty() {
        return;
    }
    let within = |part: &&Unsent| words.contains(&part.range.start);
    let off: Vec<&Unsent> = hidden.iter().filter(within).collect();
    if off.is_empty() && is_whole(&text[words.clone()]) {
        found.push(Part::On(words));
        return;
    }
    // Word by word: what stands between the marks, and what is off already.
    let mut at = words.start;
    for part in off {
        between_marks(text, at..part.range.start, found);
        found.push(Part::Off(part.range.clone()));
        at = part.range.end;
    }
    between_marks(text, at..words.end, found);
}

fn between_marks(text: &str, range: Range<usize>, found: &mut Vec<Part>) {
    let mut at = range.start;
    for piece in parse(&text[range], Syntax::Numbers) {
        let end = at + piece.source.len();
        if piece.kind == PieceKind::Text {
            let mut start = at;
            for option in piece.source.split('|') {
                let words = trimmed(text, start..start + option.len());
                if !words.is_empty() {
                    found.push(Part::On(words));
                }
                start += option.len() + 1;
            }
        }
        at = end;
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..(range.start + part.trim_end().len()).max(start)
}

/// Whether no pair of marks reaches over the ends of a segment.
pub(super) fn is_whole(segment: &str) -> bool {
    let (mut braces, mut brackets, mut number) = (0_i32, 0_i32, false);
    for piece in parse(segment, Syntax::Numbers) {
        match piece.kind {
            PieceKind::Text => {}
            PieceKind::Stronger => braces += 1,
            PieceKind::StrongerEnd => braces -= 1,
            PieceKind::Weaker => brackets += 1,
            PieceKind::WeakerEnd => brackets -= 1,
            PieceKind::Weight(_) => number = true,
            PieceKind::End if number => number = false,
            PieceKind::End => return false,
        }
        if braces < 0 || brackets < 0 {
            return false;
        }
    }
    let bars = segment.matches("||").count();
    let single = segment.replace("||", "").contains('|') && bars == 0;
    braces == 0 && brackets == 0 && !number && bars.is_multiple_of(2) && !single
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text after a turn; what is selected stands between `<` and `>`.
    fn after(marked: &str) -> String {
        let start = marked.find('<').unwrap();
        let end = marked.find('>').unwrap() - 1;
        let Toggled { text, selection } = toggle(&marked.replace(['<', '>'], ""), start..end);
        format!(
            "{}<{}>{}",
            &text[..selection.start],
            &text[selection.clone()],
            &text[selection.end..]
        )
    }

    #[test]
    fn the_segment_at_the_caret_is_turned() {
        assert_eq!(after("a, red h<>air, c"), "a, /*red h<>air*/, c");
        assert_eq!(after("a, /*red h<>air*/, c"), "a, red h<>air, c");
        assert_eq!(after("<>a, b"), "/*<>a*/, b");
        assert_eq!(after("a, b<>"), "a, /*b<>*/");
        assert_eq!(after("a,<> b"), "a,<> b");
    }

    #[test]
    fn each_segment_of_a_selection_is_turned() {
        assert_eq!(after("a, <b, c>, d"), "a, /*<b*/, /*c>*/, d");
        assert_eq!(after("a, <b, /*c*/>, d"), "a, /*<b*/, c>, d");
        assert_eq!(after("<a\nb>"), "/*<a*/\n/*b>*/");
        assert_eq!(after("<a, # b\n# c\nd>"), "/*<a*/, /*# b*/\n# c\n/*d>*/");
    }

    #[test]
    fn a_segment_goes_with_marks_that_are_its_own() {
        assert_eq!(after("a, 1.5::b<> ::, c"), "a, /*1.5::b<> ::*/, c");
        assert_eq!(after("{b<>}"), "/*{b<>}*/");
        assert_eq!(after("||a|b<>|| c"), "/*||a|b<>|| c*/");
    }

    #[test]
    fn marks_that_reach_further_stay() {
        assert_eq!(after("{a<>, b}, c"), "{/*a<>*/, b}, c");
        assert_eq!(after("{a, <b}, c>"), "{a, /*<b*/}, /*c>*/");
        assert_eq!(after("1.5::a<>, b ::"), "1.5::/*a<>*/, b ::");
        assert_eq!(after("{a /*b*/<>}"), "{a b<>}");
    }

    #[test]
    fn a_mark_without_its_other_half_is_left_alone() {
        assert_eq!(after("<1,{*/>"), "/*<1*/,{*/>");
        assert_eq!(after("a, b */<>"), "a, b */<>");
        assert_eq!(after("a, /* b<>"), "a, /* b<>");
    }

    #[test]
    fn a_comment_is_not_turned() {
        assert_eq!(after("# a, b<>\nc"), "# a, b<>\nc");
    }

    proptest! {
        #[test]
        fn turned_twice_is_not_turned(
            prompt in "(([ab2é ]{1,4})|[{}\\[\\]|,\n#]|(-?[0-2](\\.[0-9]{1,2})?::)| ?::){0,14}",
            start in any::<prop::sample::Index>(),
            length in 0_usize..16,
        ) {
            let start = start.index(prompt.len() + 1);
            let once = toggle(&prompt, start..start + length);
            let twice = toggle(&once.text, once.selection);
            prop_assert_eq!(twice.text, prompt);
        }

        #[test]
        fn whatever_is_turned_can_be_turned_again(
            prompt in "[ab/*,# \n{}|:1.é]{0,24}", start in 0_usize..26, length in 0_usize..12,
        ) {
            let once = toggle(&prompt, start..start + length);
            prop_assert!(once.selection.end <= once.text.len());
            let twice = toggle(&once.text, once.selection.clone());
            let thrice = toggle(&twice.text, twice.selection);
            prop_assert!(thrice.text == once.text || once.text == prompt);
        }
    }
}
