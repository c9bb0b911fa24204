//! What stands in a prompt and is never sent: comments, and segments that are switched off.
//!
//! A line that begins with `#` is a comment. What stands between `/*` and `*/` is switched off: it is kept in the text
//! itself, so that it survives copying, saving and other programs, and it may reach over several lines. Neither can
//! be nested; a `/*` without its end is a word like any other.

use std::ops::Range;

/// A part of a prompt that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// Where it stands, its marks included. A comment's line end is not part of it.
    pub(crate) range: Range<usize>,
    pub(crate) kind: UnsentKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnsentKind {
    Comment,
    Off,
}

/// Before a segment that is switched off.
pub(crate) const OFF: &str = "/*";
/// Behind it.
pub(crate) const OFF_END: &str = "*/";

/// The parts of a prompt that are not sent, from left to right.
pub(crate) fn unsent(prompt: &str) -> Vec<Unsent> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut line_start = true;
    while let Some(next) = prompt[at..].chars().next() {
        let rest = &prompt[at..];
        if line_start && next == '#' {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            found.push(Unsent {
                range: at..end,
                kind: UnsentKind::Comment,
            });
            at = end;
            line_start = false;
            continue;
        }
        let off = rest.strip_prefix(OFF).and_then(|inside| inside.find(OFF_END));
        if let Some(length) = off {
            let end = at + OFF.len() + length + OFF_END.len();
            found.push(Unsent {
                range: at..end,
                kind: UnsentKind::Off,
            });
            at = end;
            line_start = false;
            continue;
        }
        line_start = next == '\n';
        at += next.len_utf8();
    }
    found
}

/// The prompt with a space for every byte that is not sent, so that everything else stands where it stood.
pub(crate) fn blanked(prompt: &str) -> String {
    let mut blanked = String::with_capacity(prompt.len());
    let mut at = 0;
    for part in unsent(prompt) {
        blanked.push_str(&prompt[at..part.range.start]);
        blanked.extend(std::iter::repeat_n(' ', part.range.len()));
        at = part.range.end;
    }
    blanked.push_str(&prompt[at..]);
    blanked
}

/// The prompt without what is not sent. A comment goes with its line; a segment that is switched off goes with the
/// comma behind it or, at the end, the comma before it.
#[must_use]
pub fn without_unsent(prompt: &str) -> String {
    let mut kept = String::with_capacity(prompt.len());
    let mut at = 0;
    for Unsent { range, kind } in unsent(prompt) {
        if range.start > at {
            kept.push_str(&prompt[at..range.start]);
        }
        at = range.end;
        let rest = &prompt[at..];
        match kind {
            UnsentKind::Comment if rest.starts_with('\n') => at += 1,
            // The last line: its line break stands before it.
            UnsentKind::Comment => kept.truncate(kept.trim_end_matches('\n').len()),
            UnsentKind::Off => {
                let begins = kept.trim_end_matches(' ');
                let begins = begins.is_empty() || begins.ends_with([',', '\n', '{', '[', '|', ':', '(']);
                let behind = rest.trim_start_matches(' ');
                if let (true, Some(after)) = (begins, behind.strip_prefix(',')) {
                    at = prompt.len() - after.trim_start_matches(' ').len();
                } else if begins && (behind.is_empty() || behind.starts_with(['\n', '}', ']', '|'])) {
                    let tail = kept.trim_end_matches(' ');
                    if let Some(before) = tail.strip_suffix(',') {
                        kept.truncate(before.trim_end_matches(' ').len());
                        at = prompt.len() - behind.len();
                    }
                }
            }
        }
    }
    kept.push_str(&prompt[at..]);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_go_with_their_line() {
        assert_eq!(without_unsent("# light\n1girl,\n# colours\nred\n#end"), "1girl,\nred");
        assert_eq!(without_unsent("a # b"), "a # b");
        assert_eq!(without_unsent("#all"), "");
        assert_eq!(without_unsent("a\n#b\n\nc"), "a\n\nc");
        // Within a comment nothing begins, and the other way round.
        assert_eq!(without_unsent("# /* \na, b */"), "a, b */");
        assert_eq!(without_unsent("a, /* b\n# c */, d"), "a, d");
    }

    #[test]
    fn what_is_switched_off_goes_with_one_comma() {
        assert_eq!(without_unsent("a, /*b*/, c"), "a, c");
        assert_eq!(without_unsent("/*a*/, b"), "b");
        assert_eq!(without_unsent("a, /*b*/"), "a");
        assert_eq!(without_unsent("a, /*b*/\nc"), "a\nc");
        assert_eq!(without_unsent("a, /*b*/, /*c*/, d"), "a, d");
        assert_eq!(without_unsent("a, /*b*/, /*c*/"), "a");
        assert_eq!(without_unsent("{a, /*b*/}"), "{a}");
        assert_eq!(without_unsent("red /*dark*/ hair"), "red  hair");
        assert_eq!(without_unsent("/*a, b*/"), "");
    }

    #[test]
    fn what_has_no_end_is_a_word() {
        for kept in ["a /* b", "a */ b", "/*", "*/", "/ * *"] {
            assert_eq!(without_unsent(kept), kept);
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_switched_off_is_sent(
            before in "[a-d, {}|\n]{0,12}", off in "[x-z, {}|\n#]{0,8}", behind in "[a-d, {}|\n]{0,12}",
        ) {
            let sent = without_unsent(&format!("{before}/*{off}*/{behind}"));
            prop_assert!(!sent.contains(['x', 'y', 'z', '#', '/']), "{}", sent);
            let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(words(&sent), words(&format!("{before}{behind}")));
        }

        #[test]
        fn blanks_keep_everything_in_its_place(prompt in "[ab#/*,\né ]{0,40}", any in any::<String>()) {
            for prompt in [&prompt, &any] {
                let blanked = blanked(prompt);
                prop_assert_eq!(blanked.len(), prompt.len());
                let parts = unsent(prompt);
                let hidden = |at: usize| parts.iter().any(|part| part.range.contains(&at));
                for (at, letter) in prompt.char_indices().filter(|(at, _)| !hidden(*at)) {
                    prop_assert!(blanked[at..].starts_with(letter));
                }
                let _ = without_unsent(prompt);
            }
        }
    }
}
