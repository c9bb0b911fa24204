//! What stands in quotation marks, to be drawn as text (api.md 4.3).

use super::{first_segment, text_block};

/// The prompt with a text block made of what is quoted in it and in the characters, unless there is a block already.
pub(crate) fn with_quoted_text(prompt: &str, characters: &[&str]) -> String {
    let all = || std::iter::once(prompt).chain(characters.iter().copied());
    if all().any(|text| text_block(text).is_some()) {
        return prompt.to_owned();
    }
    let phrases: Vec<&str> = all().flat_map(phrases).collect();
    if phrases.is_empty() {
        return prompt.to_owned();
    }
    let (segment, rest) = prompt.split_at(first_segment(prompt));
    let (text, space) = segment.split_at(segment.trim_end().len());
    format!("{text}, teXt: {}{space}{rest}", phrases.join("\n\n"))
}

/// The phrases between quotation marks of any kind. An apostrophe within a word is none.
fn phrases(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].chars().next() {
        let inside = at + open.len_utf8();
        let starts = |at: usize| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let close = match open {
            '"' => Some('"'),
            '“' => Some('”'),
            '「' => Some('」'),
            '\'' if starts(at) => Some('\''),
            '‘' if starts(at) => Some('’'),
            _ => None,
        };
        let end = close.and_then(|close| {
            text[inside..]
                .char_indices()
                .map(|(offset, c)| (inside + offset, c))
                .find_map(|(end, c)| {
                    let follows = text[end + c.len_utf8()..].chars().next();
                    let within_word = matches!(c, '\'' | '’') && follows.is_some_and(char::is_alphanumeric);
                    (c == close && !within_word).then_some(end)
                })
        });
        at = match end {
            Some(end) => {
                found.extend(Some(text[inside..end].trim()).filter(|phrase| !phrase.is_empty()));
                end + text[end..].chars().next().map_or(1, char::len_utf8)
            }
            None => inside,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_quoted_is_drawn() {
        assert_eq!(
            with_quoted_text("sign saying \"Open\", sea", &["girl, shirt with ‘Hello’"]),
            "sign saying \"Open\", sea, teXt: Open\n\nHello"
        );
        assert_eq!(with_quoted_text("「海」 | sky", &[]), "「海」, teXt: 海 | sky");
        assert_eq!(with_quoted_text("a 'b c' d", &[]), "a 'b c' d, teXt: b c");
        assert_eq!(with_quoted_text("'don't go'", &[]), "'don't go', teXt: don't go");
    }

    #[test]
    fn nothing_is_added_where_there_is_a_text_block_or_no_quotation() {
        for kept in [
            "sea",
            "girl's hat, boy's hat",
            "\"Open\", text: Closed",
            "\"\"",
            "a \" b",
            "",
        ] {
            assert_eq!(with_quoted_text(kept, &[]), kept);
        }
        assert_eq!(with_quoted_text("\"Open\"", &["Text: x"]), "\"Open\"");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in any::<String>(), quoted in "[a'\"“”「」‘’é ]{0,30}") {
            with_quoted_text(&text, &[&quoted]);
            with_quoted_text(&quoted, &[&text]);
        }
    }
}
