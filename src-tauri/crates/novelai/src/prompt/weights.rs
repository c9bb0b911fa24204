//! Weights in a prompt (api.md 9): braces and brackets everywhere, and numbers from V4 on.
//!
//! `{x}` is 1.05 times as strong, `[x]` as many times weaker; `1.5::x ::` sets the weight up to the next `::` or the
//! next number, and closes the brackets that are open. A prompt is cut into pieces that lose nothing, so that they can
//! be put together again.

use std::ops::Range;

use crate::model::{Form, Model};

/// Which marks mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Braces, brackets and numbers: V4 and later.
    Numbers,
    /// Braces and brackets: V3 and before.
    Braces,
}

impl Syntax {
    /// What the prompts of a model are written in.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        match model.rules().form {
            Form::Captions => Self::Numbers,
            Form::Plain => Self::Braces,
        }
    }
}

/// A piece of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece<'p> {
    /// As it stands in the prompt.
    pub source: &'p str,
    /// What it is.
    pub kind: PieceKind,
}

/// What a piece of a prompt is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PieceKind {
    /// Words, commas, white space.
    Text,
    /// `1.5::`, where a weight begins.
    Weight(f64),
    /// `::`, where it ends.
    End,
    /// `{`
    Stronger,
    /// `}`
    StrongerEnd,
    /// `[`
    Weaker,
    /// `]`
    WeakerEnd,
}

/// What one brace multiplies by.
const BRACE: f64 = 1.05;
/// The longest number that is taken for one.
const NUMBER: usize = 16;

/// Cuts a prompt into pieces. Put together again they are the prompt.
#[must_use]
pub fn parse(prompt: &str, syntax: Syntax) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut text, mut at) = (0, 0);
    while let Some(next) = prompt[at..].chars().next() {
        let Some((length, kind)) = mark(&prompt[at..], syntax) else {
            at += next.len_utf8();
            continue;
        };
        pieces.extend(piece(&prompt[text..at], PieceKind::Text));
        pieces.extend(piece(&prompt[at..at + length], kind));
        at += length;
        text = at;
    }
    pieces.extend(piece(&prompt[text..], PieceKind::Text));
    pieces
}

/// Puts a prompt together again.
#[must_use]
pub fn print(pieces: &[Piece<'_>]) -> String {
    pieces.iter().map(|piece| piece.source).collect()
}

/// The words of a prompt, where they stand, and how strong they are. What has the same weight and is not divided by a
/// mark is one.
#[must_use]
pub fn weights(prompt: &str, syntax: Syntax) -> Vec<(Range<usize>, f64)> {
    let (mut at, mut open) = (0, Open::default());
    let mut found = Vec::new();
    for piece in parse(prompt, syntax) {
        let end = at + piece.source.len();
        if piece.kind == PieceKind::Text {
            found.push((at..end, open.weight()));
        }
        open.pass(piece.kind);
        at = end;
    }
    found
}

/// About how many tokens a prompt has: the marks count for nothing, four letters make one, and each letter of a script
/// without spaces is one by itself. The service counts with a tokenizer of its own, so show it with ≈.
#[must_use]
pub fn tokens(prompt: &str, syntax: Syntax) -> u32 {
    let pieces = parse(prompt, syntax);
    let texts = pieces.iter().filter(|piece| piece.kind == PieceKind::Text);
    let (mut quarters, mut whole) = (0_u32, 0_u32);
    for letter in texts.flat_map(|piece| piece.source.chars()) {
        if letter < '\u{2e80}' {
            quarters = quarters.saturating_add(1);
        } else {
            whole = whole.saturating_add(1);
        }
    }
    // One more marks the end.
    quarters.div_ceil(4).saturating_add(whole).saturating_add(1)
}

fn piece(source: &str, kind: PieceKind) -> Option<Piece<'_>> {
    (!source.is_empty()).then_some(Piece { source, kind })
}

/// The mark that a text begins with.
fn mark(text: &str, syntax: Syntax) -> Option<(usize, PieceKind)> {
    let kind = match text.as_bytes().first()? {
        b'{' => PieceKind::Stronger,
        b'}' => PieceKind::StrongerEnd,
        b'[' => PieceKind::Weaker,
        b']' => PieceKind::WeakerEnd,
        b'-' | b'.' | b'0'..=b'9' | b':' if syntax == Syntax::Numbers => return numbered(text),
        _ => return None,
    };
    Some((1, kind))
}

/// A number and two colons, or two colons alone.
fn numbered(text: &str) -> Option<(usize, PieceKind)> {
    let start = text.as_bytes();
    let start = &start[..start.len().min(NUMBER)];
    let digits = |from: usize| from + start[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(usize::from(start.starts_with(b"-")));
    if start.get(length) == Some(&b'.') {
        length = digits(length + 1);
    }
    if !text[length..].starts_with("::") {
        return None;
    }
    if length == 0 {
        return Some((2, PieceKind::End));
    }
    // A sign or a dot alone is no number; then the colons end a weight, when their turn comes.
    let weight: f64 = text[..length].parse().ok()?;
    Some((length + 2, PieceKind::Weight(weight)))
}

/// What is open at a place of the prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Open {
    pub(super) number: Option<f64>,
    pub(super) stronger: i32,
    pub(super) weaker: i32,
}

impl Open {
    pub(super) fn pass(&mut self, kind: PieceKind) {
        match kind {
            PieceKind::Text => {}
            PieceKind::Weight(weight) => {
                *self = Self {
                    number: Some(weight),
                    ..Self::default()
                };
            }
            PieceKind::End => self.number = None,
            PieceKind::Stronger => self.stronger = self.stronger.saturating_add(1),
            PieceKind::Weaker => self.weaker = self.weaker.saturating_add(1),
            // Those that close nothing are let pass.
            PieceKind::StrongerEnd => self.stronger = (self.stronger - 1).max(0),
            PieceKind::WeakerEnd => self.weaker = (self.weaker - 1).max(0),
        }
    }

    fn weight(self) -> f64 {
        self.number.unwrap_or(1.0) * BRACE.powi(self.stronger) / BRACE.powi(self.weaker)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(prompt: &str, syntax: Syntax) -> Vec<(String, f64)> {
        let weights = weights(prompt, syntax).into_iter();
        weights
            .map(|(range, weight)| (prompt[range].trim().to_owned(), (weight * 1e4).round() / 1e4))
            .collect()
    }

    fn is(words: &str, weight: f64) -> (String, f64) {
        (words.to_owned(), weight)
    }

    #[test]
    fn braces_and_brackets_multiply() {
        for syntax in [Syntax::Numbers, Syntax::Braces] {
            assert_eq!(
                told("a, {b}, [c]", syntax),
                [is("a,", 1.0), is("b", 1.05), is(",", 1.0), is("c", 0.9524)]
            );
            assert_eq!(told("{{b}}", syntax), [is("b", 1.1025)]);
            assert_eq!(told("{[b]}", syntax), [is("b", 1.0)]);
            assert_eq!(told("a}], {b", syntax), [is("a", 1.0), is(",", 1.0), is("b", 1.05)]);
        }
    }

    #[test]
    fn a_number_holds_up_to_its_end_or_the_next() {
        let numbers = |prompt| told(prompt, Syntax::Numbers);
        assert_eq!(numbers("1.5::a, b ::, c"), [is("a, b", 1.5), is(", c", 1.0)]);
        assert_eq!(numbers("-1::hat::"), [is("hat", -1.0)]);
        assert_eq!(numbers(".5::a 2::b"), [is("a", 0.5), is("b", 2.0)]);
        assert_eq!(numbers("{a 2::b}"), [is("a", 1.05), is("b", 2.0)]);
        assert_eq!(numbers("2::{a}::"), [is("a", 2.1)]);
        assert_eq!(numbers("1.2::year 2002 ::x"), [is("year 2002", 1.2), is("x", 1.0)]);
        assert_eq!(numbers("1.2::year 2002::x"), [is("year", 1.2), is("x", 2002.0)]);
        assert_eq!(numbers("a-::b"), [is("a-", 1.0), is("b", 1.0)]);
        assert_eq!(numbers("a: b"), [is("a: b", 1.0)]);
        assert_eq!(told("1.5::a::", Syntax::Braces), [is("1.5::a::", 1.0)]);
    }

    #[test]
    fn tokens_are_about_a_quarter_of_the_letters_and_marks_are_none() {
        let count = |prompt| tokens(prompt, Syntax::Numbers);
        assert_eq!(
            (count(""), count("abcd"), count("{abcd}"), count("1.05::abcd::")),
            (1, 2, 2, 2)
        );
        assert_eq!((count("海と空"), count("1girl, red hair, sea")), (4, 6));
    }

    proptest! {
        #[test]
        fn printed_again_a_prompt_is_the_same(any in any::<String>(), marked in "[a-c0-9{}\\[\\]:. ,|é-]{0,60}") {
            for prompt in [any.as_str(), &marked] {
                for syntax in [Syntax::Numbers, Syntax::Braces] {
                    let pieces = parse(prompt, syntax);
                    prop_assert_eq!(print(&pieces), prompt);
                    let texts: usize = weights(prompt, syntax).iter().map(|(range, _)| range.len()).sum();
                    prop_assert!(texts <= prompt.len());
                }
            }
        }

        #[test]
        fn pieces_are_cut_again_at_the_same_places(prompt in "[a-b1{}\\[\\]:. -]{0,40}") {
            let pieces = parse(&prompt, Syntax::Numbers);
            for piece in &pieces {
                if piece.kind != PieceKind::Text {
                    prop_assert_eq!(parse(piece.source, Syntax::Numbers).len(), 1);
                }
            }
            prop_assert!(!pieces.windows(2).any(|pair| pair[0].kind == PieceKind::Text && pair[1].kind == PieceKind::Text));
        }
    }
}
