//! T5's way: of all ways to cut a word into known pieces, the likeliest.
//!
//! As the service's page does it: weights are left out first, words are what white space divides, and each begins with
//! a mark of its own. Letters that no piece has count one by one (two, where UTF-16 needs two units).

use std::collections::HashMap;

use serde::Deserialize;

/// The mark at the beginning of a word.
const WORD: char = '▁';
/// What an unknown letter costs more than the unlikeliest piece.
const UNKNOWN: f64 = 10.0;

pub(super) struct Unigram {
    scores: HashMap<Box<str>, f64>,
    /// In letters.
    longest: usize,
    unknown: f64,
}

#[derive(Deserialize)]
struct File {
    model: Vocabulary,
}

#[derive(Deserialize)]
struct Vocabulary {
    vocab: Vec<(String, f64)>,
}

impl Unigram {
    pub(super) fn read(content: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        let pieces = file.model.vocab;
        if pieces.is_empty() || pieces.iter().any(|(_, score)| !score.is_finite()) {
            return Err("its vocabulary is empty or broken".into());
        }
        let least = pieces.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
        Ok(Self {
            longest: pieces
                .iter()
                .map(|(piece, _)| piece.chars().count())
                .max()
                .unwrap_or(1)
                .min(64),
            unknown: least - UNKNOWN,
            scores: pieces.into_iter().map(|(piece, score)| (piece.into(), score)).collect(),
        })
    }

    pub(super) fn count(&self, text: &str) -> u32 {
        let text = without_weights(text);
        if text.is_empty() {
            return 0;
        }
        // White space at either end leaves an empty word, which has its mark all the same.
        let words = text.trim_matches(char::is_whitespace);
        let edges = u32::from(text.starts_with(char::is_whitespace)) + u32::from(text.ends_with(char::is_whitespace));
        let empty = edges * self.word("");
        words
            .split_whitespace()
            .map(|word| self.word(word))
            .fold(empty, u32::saturating_add)
    }

    /// The pieces of one word.
    fn word(&self, word: &str) -> u32 {
        let mut marked = String::with_capacity(word.len() + WORD.len_utf8());
        marked.push(WORD);
        marked.push_str(word);
        let starts: Vec<usize> = marked.char_indices().map(|(at, _)| at).chain([marked.len()]).collect();
        // For each place the best score of what stands before it, and its pieces.
        let mut best = vec![(f64::NEG_INFINITY, 0_u32); starts.len()];
        best[0] = (0.0, 0);
        for from in 0..starts.len() - 1 {
            let (score, pieces) = best[from];
            let mut known = false;
            for to in from + 1..starts.len().min(from + 1 + self.longest) {
                let Some(piece) = self.scores.get(&marked[starts[from]..starts[to]]) else {
                    continue;
                };
                known |= to == from + 1;
                if score + piece > best[to].0 {
                    best[to] = (score + piece, pieces + 1);
                }
            }
            if !known && score + self.unknown > best[from + 1].0 {
                let units = marked[starts[from]..].chars().next().map_or(1, char::len_utf16);
                best[from + 1] = (score + self.unknown, pieces + units as u32);
            }
        }
        best.last().map_or(0, |(_, pieces)| *pieces)
    }
}

/// A text without braces, brackets and numbers before two colons.
fn without_weights(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = digits(at + usize::from(letter == '-'));
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if bytes[end..].starts_with(b"::") {
            at = end + 2;
            continue;
        }
        if !matches!(letter, '[' | ']' | '{' | '}') {
            kept.push(letter);
        }
        at += letter.len_utf8();
    }
    kept
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) const FILE: &str = r#"{"version":"1.0","model":{"type":"Unigram","unk_id":2,"vocab":[
        ["<pad>",0.0],["</s>",0.0],["<unk>",0.0],["▁",-2.0],[",",-3.0],["▁1",-5.0],["girl",-6.0],["g",-9.0],["i",-9.0],
        ["r",-9.0],["l",-9.0],["▁blue",-7.0],["▁eyes",-7.5],["e",-8.0]]}}"#;

    fn count(text: &str) -> u32 {
        Unigram::read(FILE.as_bytes()).unwrap().count(text)
    }

    #[test]
    fn words_are_cut_into_the_likeliest_pieces() {
        assert_eq!((count(""), count("1girl"), count("1girl, blue eyes")), (0, 2, 5));
        assert_eq!(count("1girl,  blue\neyes"), 5);
        assert_eq!(count("gg"), 3);
    }

    #[test]
    fn weights_count_for_nothing() {
        assert_eq!(count("1.5::1girl, blue eyes::"), 5);
        assert_eq!(count("{1girl}, [blue eyes]"), 5);
        assert_eq!(count("-.5::1girl::, 2.::blue 1::eyes"), count("1girl, blue eyes"));
    }

    #[test]
    fn unknown_letters_count_one_by_one() {
        assert_eq!(count("소녀, 파란 눈"), 9);
        assert_eq!(count("😀"), 3);
    }

    #[test]
    fn white_space_at_the_ends_has_its_mark() {
        assert_eq!(
            (count(" 1girl"), count("1girl "), count(" 1girl "), count(" ")),
            (3, 3, 4, 2)
        );
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in any::<String>(), weights in "[0-9.:{}-]{0,20}") {
            count(&text);
            count(&weights);
        }
    }
}
