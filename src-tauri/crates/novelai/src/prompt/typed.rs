//! What is being typed at a caret: the tag or the wildcard that could be completed.

use std::ops::Range;

use super::regions::{UnsentKind, blanked, unsent};
use super::settle::PromptPlace;
use super::spans::{ACTIONS, block};
use super::weights::{PieceKind, Syntax, parse};
use super::wildcards::wildcards;

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// What a completion takes the place of.
    pub range: Range<usize>,
    /// The letters before the caret.
    pub words: String,
    /// A wildcard without its end, and not a tag.
    pub wildcard: bool,
}

/// What is being typed at a caret; none where nothing is completed: in comments, in what is switched off, in words that
/// are drawn as text, and where nothing has been typed yet.
#[must_use]
pub fn typed(text: &str, caret: usize, place: PromptPlace, syntax: Syntax) -> Option<Typed> {
    let caret = caret.min(text.len());
    if !text.is_char_boundary(caret) {
        return None;
    }
    let hidden = unsent(text);
    let inside = |part: &super::regions::Unsent| match part.kind {
        UnsentKind::Comment => part.range.start < caret && caret <= part.range.end,
        UnsentKind::Off => part.range.start < caret && caret < part.range.end,
    };
    let live = blanked(text);
    let drawn = (syntax == Syntax::Numbers).then(|| block(&live, place)).flatten();
    if hidden.iter().any(inside) || drawn.is_some_and(|block| block.start + 5 <= caret && caret <= block.end) {
        return None;
    }
    let behind_hidden = hidden
        .iter()
        .map(|part| part.range.end)
        .filter(|end| *end <= caret)
        .max();
    let start = start_of_tag(&live[..caret], syntax).max(behind_hidden.unwrap_or(0));
    let tail = &live[start..caret];
    let closed = wildcards(tail).last().map_or(0, |last| last.end);
    if let Some(open) = tail[closed..].find("__") {
        let from = start + closed + open;
        let words = &live[from + 2..caret];
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ' ');
        if words.chars().all(named) && !words.starts_with(' ') {
            let rest = &live[caret..];
            let name = rest.len() - rest.trim_start_matches(|c: char| named(c) && c != ' ').len();
            return Some(Typed {
                range: from..caret + name,
                words: words.to_owned(),
                wildcard: true,
            });
        }
    }
    let tail = &tail[closed..];
    let mut from = caret - tail.trim_start().len();
    if let PromptPlace::Character { .. } = place {
        let action = ACTIONS.iter().find(|action| live[from..caret].starts_with(**action));
        from += action.map_or(0, |action| action.len());
    }
    let words = &live[from..caret];
    if words.trim().is_empty() {
        return None;
    }
    // In the middle of a word the rest of it is replaced as well; before a space or a mark nothing is.
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '|' | '{' | '}' | '[' | ']' | ':' | '/' | '*');
    let rest = &live[caret..];
    let to = caret + rest.find(ends).unwrap_or(rest.len());
    Some(Typed {
        range: from..to,
        words: words.to_owned(),
        wildcard: false,
    })
}

/// Where the tag begins in which a text ends.
fn start_of_tag(before: &str, syntax: Syntax) -> usize {
    let mut at = 0;
    let mut start = 0;
    for piece in parse(before, syntax) {
        let end = at + piece.source.len();
        start = if piece.kind == PieceKind::Text {
            piece
                .source
                .rfind([',', '\n', '|'])
                .map_or(at, |divider| at + divider + 1)
        } else {
            end
        };
        at = end;
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is typed where `^` stands: what would be replaced, and the letters before the caret.
    fn at(marked: &str, place: PromptPlace) -> Option<(String, String)> {
        let caret = marked.find('^').unwrap();
        let text = marked.replace('^', "");
        typed(&text, caret, place, Syntax::Numbers).map(|typed| {
            let mark = if typed.wildcard { "__" } else { "" };
            (text[typed.range].to_owned(), format!("{mark}{}", typed.words))
        })
    }

    fn prompt(marked: &str) -> Option<(String, String)> {
        at(marked, PromptPlace::Prompt)
    }

    fn is(replaced: &str, words: &str) -> Option<(String, String)> {
        Some((replaced.into(), words.into()))
    }

    #[test]
    fn a_tag_begins_behind_a_comma_or_a_mark() {
        assert_eq!(prompt("a, red h^"), is("red h", "red h"));
        assert_eq!(prompt("a, red h^air, b"), is("red hair", "red h"));
        assert_eq!(prompt("a, red ^hair"), is("red hair", "red "));
        assert_eq!(prompt("a, red^ hair"), is("red", "red"));
        assert_eq!(prompt("1.5::b^ ::"), is("b", "b"));
        assert_eq!(prompt("{se^}"), is("se", "se"));
        assert_eq!(prompt("||red|bl^||"), is("bl", "bl"));
        assert_eq!(prompt("a\nb^"), is("b", "b"));
        assert_eq!(prompt("artist:fo^"), is("artist:fo", "artist:fo"));
        assert_eq!((prompt("^"), prompt("a, ^"), prompt("a,^b")), (None, None, None));
    }

    #[test]
    fn nothing_is_completed_where_nothing_is_sent_or_words_are_drawn() {
        for text in ["# re^", "a, /*re^*/", "a\n#^re", "sign, Text: He^llo"] {
            assert_eq!(prompt(text), None, "{text}");
        }
        assert_eq!(prompt("/*a*/re^"), is("re", "re"));
        assert_eq!(prompt("# a\nre^"), is("re", "re"));
    }

    #[test]
    fn wildcards_and_actions_are_known() {
        assert_eq!(prompt("a __ha^"), is("__ha", "__ha"));
        assert_eq!(prompt("a, __^"), is("__", "__"));
        assert_eq!(prompt("__a__ and __ha^ir__"), is("__hair__", "__ha"));
        assert_eq!(prompt("__a__ re^"), is("re", "re"));
        let one = PromptPlace::Character { index: 0 };
        assert_eq!(at("girl, source#hu^", one), is("hu", "hu"));
        assert_eq!(at("girl, sou^", one), is("sou", "sou"));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(any in any::<String>(), marked in "[ab_#/*|,{}:1é ]{0,24}", caret in 0_usize..40) {
            for text in [&any, &marked] {
                let caret = caret.min(text.len());
                if let Some(typed) = typed(text, caret, PromptPlace::Character { index: 0 }, Syntax::Numbers) {
                    prop_assert!(typed.range.start <= caret && caret <= typed.range.end);
                    prop_assert!(text.get(typed.range).is_some());
                }
            }
        }
    }
}
