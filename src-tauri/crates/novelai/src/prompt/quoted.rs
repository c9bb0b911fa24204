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
    // What ends a quotation does so wherever the quotation began: a mark that was looked for in vain once comes no more,
    // and a text full of them is still read in one go.
    let mut gone: Vec<char> = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].chars().next() {
        let before = text[..at].chars().next_back();
        let inside = at + open.len_utf8();
        at = inside;
        let Some(close) = closing(open, before) else {
            continue;
        };
        if gone.contains(&close) {
            continue;
        }
        let Some(end) = end_of(&text[inside..], close) else {
            gone.push(close);
            continue;
        };
        let phrase = text[inside..inside + end].trim();
        found.extend(Some(phrase).filter(|phrase| !phrase.is_empty()));
        at = inside + end + close.len_utf8();
    }
    found
}

/// The mark that ends what this one begins, if it begins anything behind that character.
fn closing(open: char, before: Option<char>) -> Option<char> {
    let starts = !before.is_some_and(char::is_alphanumeric);
    match open {
        '"' => Some('"'),
        '“' => Some('”'),
        '「' => Some('」'),
        '\'' if starts => Some('\''),
        '‘' if starts => Some('’'),
        _ => None,
    }
}

/// Where the first such mark stands that is no apostrophe within a word.
fn end_of(text: &str, close: char) -> Option<usize> {
    text.match_indices(close).map(|(end, _)| end).find(|end| {
        let follows = text[end + close.len_utf8()..].chars().next();
        !(matches!(close, '\'' | '’') && follows.is_some_and(char::is_alphanumeric))
    })
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

    /// The same, said plainly: from each place, the first way to end what begins there.
    fn plainly(text: &str) -> Vec<String> {
        let letters: Vec<char> = text.chars().collect();
        let word = |at: usize| letters.get(at).is_some_and(|letter| letter.is_alphanumeric());
        let (mut found, mut at) = (Vec::new(), 0);
        while at < letters.len() {
            let marks = [('"', '"'), ('“', '”'), ('「', '」'), ('\'', '\''), ('‘', '’')];
            let close = marks
                .iter()
                .find(|(open, _)| *open == letters[at])
                .map(|(_, close)| *close);
            let apostrophe = |close: char| close == '\'' || close == '’';
            let close = close.filter(|close| !(apostrophe(*close) && at > 0 && word(at - 1)));
            let ends = |end: &usize| Some(letters[*end]) == close && !(apostrophe(letters[*end]) && word(end + 1));
            let Some(end) = (at + 1..letters.len()).find(ends) else {
                at += 1;
                continue;
            };
            let phrase: String = letters[at + 1..end].iter().collect();
            found.extend(Some(phrase.trim().to_owned()).filter(|phrase| !phrase.is_empty()));
            at = end + 1;
        }
        found
    }

    /// Looking to the end of the text for each mark would take hours.
    #[test]
    fn a_text_of_nothing_but_open_quotations_is_read_in_one_go() {
        for piece in ["“", "「", "‘", " 'a", "“‘ ", "‘a’a"] {
            let text = piece.repeat(300_000);
            assert_eq!(with_quoted_text(&text, &[]), text, "{piece}");
        }
        let closed = "\"a\"'b' ‘c".repeat(100_000);
        assert_eq!(phrases(&closed).len(), 200_000);
    }

    proptest! {
        #[test]
        fn every_phrase_is_found_that_a_plain_reading_finds(text in "[a1'\"“”「」‘’é ]{0,40}") {
            prop_assert_eq!(phrases(&text), plainly(&text));
        }

        #[test]
        fn no_text_is_too_odd(text in any::<String>(), quoted in "[a'\"“”「」‘’é ]{0,30}") {
            with_quoted_text(&text, &[&quoted]);
            with_quoted_text(&quoted, &[&text]);
        }
    }
}
