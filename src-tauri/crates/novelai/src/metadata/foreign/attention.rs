//! Weights as other programs write them, `(words:1.2)`, `((words))` and `[words]`, written in our way.

use crate::prompt::Syntax;

/// A text in our way.
pub(super) struct Rewritten {
    pub(super) text: String,
    /// What has no place in it, a sentence each.
    pub(super) left_out: Vec<String>,
}

/// What one bracket multiplies by there, and one of ours here.
const THERE: f64 = 1.1;
const HERE: f64 = 1.05;
/// More brackets than a prompt has: from there on a text is left as it is.
const MARKS: usize = 2000;

/// The text with its weights in our way, and without the models that it names.
pub(super) fn rewritten(text: &str, syntax: Syntax) -> Rewritten {
    let (text, models) = without_models(text);
    let mut left_out = Vec::new();
    if models > 0 {
        left_out.push(format!("LoRAs and other models in its text are left out ({models})."));
    }
    if text
        .bytes()
        .filter(|byte| matches!(byte, b'(' | b')' | b'[' | b']'))
        .count()
        > MARKS
    {
        left_out.push("Its weights are left as they are written: there are too many.".into());
        return Rewritten { text, left_out };
    }
    let mut written = String::with_capacity(text.len());
    for (words, weight) in weighed(&text) {
        put(&mut written, &words, weight, syntax);
    }
    Rewritten {
        text: written.trim().to_owned(),
        left_out,
    }
}

/// The text without `<lora:name:1>`, and how many of these there were.
fn without_models(text: &str) -> (String, usize) {
    let (mut kept, mut rest, mut count) = (String::with_capacity(text.len()), text, 0);
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        kept.push_str(before);
        let named = ["<lora:", "<lyco:", "<hypernet:"]
            .iter()
            .any(|kind| tag.starts_with(kind));
        let end = if named { tag.find('>') } else { None };
        match end {
            Some(end) => {
                count += 1;
                rest = &tag[end + 1..];
            }
            None => {
                kept.push('<');
                rest = &tag[1..];
            }
        }
    }
    kept.push_str(rest);
    (kept, count)
}

/// Pieces of a text with their weights, without their brackets.
fn weighed(text: &str) -> Vec<(String, f64)> {
    let mut pieces: Vec<(String, f64)> = vec![(String::new(), 1.0)];
    // Where each bracket that is open began.
    let (mut round, mut square): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let weigh = |pieces: &mut Vec<(String, f64)>, from: usize, by: f64| {
        for (_, weight) in &mut pieces[from..] {
            *weight *= by;
        }
        pieces.push((String::new(), 1.0));
    };
    let mut chars = text.chars().peekable();
    while let Some(letter) = chars.next() {
        match letter {
            '\\' if chars
                .peek()
                .is_some_and(|next| matches!(next, '(' | ')' | '[' | ']' | '\\')) =>
            {
                push(&mut pieces, chars.next());
            }
            '(' | '[' => {
                if letter == '(' { &mut round } else { &mut square }.push(pieces.len());
                pieces.push((String::new(), 1.0));
            }
            ')' => match round.pop() {
                Some(from) => {
                    let by = pieces.last_mut().and_then(|(words, _)| told(words)).unwrap_or(THERE);
                    weigh(&mut pieces, from, by);
                }
                None => push(&mut pieces, Some(letter)),
            },
            ']' => match square.pop() {
                Some(from) => weigh(&mut pieces, from, 1.0 / THERE),
                None => push(&mut pieces, Some(letter)),
            },
            other => push(&mut pieces, Some(other)),
        }
    }
    // A bracket that is never closed counts to the end, as it does there.
    for from in round {
        weigh(&mut pieces, from, THERE);
    }
    for from in square {
        weigh(&mut pieces, from, 1.0 / THERE);
    }
    pieces.retain(|(words, _)| !words.is_empty());
    pieces.dedup_by(|next, last| {
        let same = (next.1 - last.1).abs() < 1e-9;
        if same {
            last.0.push_str(&next.0);
        }
        same
    });
    pieces
}

fn push(pieces: &mut [(String, f64)], letter: Option<char>) {
    if let Some((words, _)) = pieces.last_mut() {
        words.extend(letter);
    }
}

/// The number behind the colon before a closing bracket; it is taken away.
fn told(words: &mut String) -> Option<f64> {
    let at = words.rfind(':')?;
    let number = words[at + 1..].trim();
    let number: f64 = number.parse().ok().filter(|number: &f64| number.abs() < 100.0)?;
    words.truncate(at);
    Some(number)
}

fn put(written: &mut String, words: &str, weight: f64, syntax: Syntax) {
    let core = words.trim_matches(|letter: char| letter.is_whitespace() || letter == ',');
    let rounded = (weight * 100.0).round() / 100.0;
    let braces = if weight > 0.0 {
        (weight.ln() / HERE.ln()).round() as i32
    } else {
        -20
    };
    let braces = braces.clamp(-20, 20);
    let plain = match syntax {
        Syntax::Numbers => rounded == 1.0,
        Syntax::Braces => braces == 0,
    };
    let Some(at) = words.find(core).filter(|_| !plain && !core.is_empty()) else {
        written.push_str(words);
        return;
    };
    written.push_str(&words[..at]);
    match syntax {
        // The blank keeps a number at the end of the words from being taken for a weight.
        Syntax::Numbers => written.push_str(&format!("{rounded}::{core} ::")),
        Syntax::Braces => {
            let (open, close) = if braces > 0 { ("{", "}") } else { ("[", "]") };
            let count = braces.unsigned_abs() as usize;
            written.push_str(&open.repeat(count));
            written.push_str(core);
            written.push_str(&close.repeat(count));
        }
    }
    written.push_str(&words[at + core.len()..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weights_are_written_in_our_way() {
        for (there, numbers, braces) in [
            ("1girl, sea", "1girl, sea", "1girl, sea"),
            ("(sea:1.2), sky", "1.2::sea ::, sky", "{{{{sea}}}}, sky"),
            ("((sea))", "1.21::sea ::", "{{{{sea}}}}"),
            ("[sea]", "0.91::sea ::", "[[sea]]"),
            ("a \\(b\\)", "a (b)", "a (b)"),
            (
                "(a, (b:1.5), c:1.2)",
                "1.2::a ::, 1.8::b ::, 1.2::c ::",
                "{{{{a}}}}, {{{{{{{{{{{{b}}}}}}}}}}}}, {{{{c}}}}",
            ),
            ("(sea:1.0)", "sea", "sea"),
            ("a) b]", "a) b]", "a) b]"),
            ("(a", "1.1::a ::", "{{a}}"),
            ("x <lora:y:1> z <3", "x  z <3", "x  z <3"),
            ("()", "", ""),
        ] {
            assert_eq!(rewritten(there, Syntax::Numbers).text, numbers, "{there}");
            assert_eq!(rewritten(there, Syntax::Braces).text, braces, "{there}");
        }
    }

    #[test]
    fn megabytes_of_brackets_are_no_trouble() {
        for odd in ["(", "[", "()", "(a:1)", "<lora:", "<", "\\(", "a"] {
            rewritten(&odd.repeat(300_000), Syntax::Numbers);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[a-z(\\[\\])\\\\:0-9.<>, é]{0,60}") {
            rewritten(&text, Syntax::Numbers);
            rewritten(&text, Syntax::Braces);
        }
    }
}
