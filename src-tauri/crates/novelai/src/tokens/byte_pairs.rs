//! Qwen's way: the bytes of a word, of which those pairs are joined first that come first in a list.
//!
//! Weights count like any other letters here, and nothing marks the end.

use std::collections::HashMap;

use fancy_regex::Regex;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

pub(super) struct BytePairs {
    /// How a text is cut into words.
    words: Regex,
    /// Texts that are one token each.
    special: Vec<String>,
    /// The token of each byte.
    bytes: [u32; 256],
    /// What two tokens become, and how soon.
    merges: HashMap<(u32, u32), (u32, u32)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    config: Config,
    #[serde(default)]
    special_tokens: Vec<serde_json::Value>,
    vocab: HashMap<String, u32>,
    merges: Vec<Merge>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    split_regex: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}

/// No word of people is longer; what is, is cut.
const LONGEST_WORD: usize = 1024;

impl BytePairs {
    pub(super) fn read(content: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        let words = Regex::new(&file.config.split_regex).map_err(|error| error.to_string())?;
        let mut bytes = [0; 256];
        for (byte, letter) in letters().into_iter().enumerate() {
            let token = file.vocab.get(letter.to_string().as_str());
            bytes[byte] = *token.ok_or_else(|| format!("byte {byte} has no token"))?;
        }
        let mut merges = HashMap::with_capacity(file.merges.len());
        for (rank, merge) in file.merges.iter().enumerate() {
            let (left, right) = match merge {
                Merge::Pair(left, right) => (left.as_str(), right.as_str()),
                Merge::Line(line) => line.split_once(' ').ok_or("a merge is not a pair")?,
            };
            let token = |name: &str| file.vocab.get(name).copied();
            let joined = token(&format!("{left}{right}"));
            // What has no token can't come about.
            if let (Some(left), Some(right), Some(joined)) = (token(left), token(right), joined) {
                let rank = u32::try_from(rank).map_err(|_| "it has too many merges")?;
                merges.entry((left, right)).or_insert((rank, joined));
            }
        }
        let special = file.special_tokens.iter().filter_map(|token| {
            let text = token.as_str().or_else(|| token.get("content")?.as_str())?;
            (!text.is_empty()).then(|| text.to_owned())
        });
        Ok(Self {
            words,
            special: special.collect(),
            bytes,
            merges,
        })
    }

    pub(super) fn count(&self, text: &str) -> u32 {
        let text: String = text.nfc().collect();
        let mut rest = text.as_str();
        let mut counted = 0_u32;
        while !rest.is_empty() {
            let special = self
                .special
                .iter()
                .filter_map(|token| rest.find(token.as_str()).map(|at| (at, token.len())));
            let next = special.min_by_key(|(at, length)| (*at, usize::MAX - length));
            let (plain, behind) = match next {
                Some((at, length)) => (&rest[..at], Some(&rest[at + length..])),
                None => (rest, None),
            };
            counted = counted.saturating_add(self.plain(plain));
            let Some(behind) = behind else {
                break;
            };
            counted = counted.saturating_add(1);
            rest = behind;
        }
        counted
    }

    fn plain(&self, text: &str) -> u32 {
        let mut counted = 0;
        let mut at = 0;
        for word in self.words.find_iter(text) {
            // A pattern that takes too long is given up; then the rest counts as one word.
            let Ok(word) = word else {
                break;
            };
            counted += self.word(&text.as_bytes()[at..word.start()]) + self.word(word.as_str().as_bytes());
            at = word.end();
        }
        counted + self.word(&text.as_bytes()[at..])
    }

    fn word(&self, word: &[u8]) -> u32 {
        word.chunks(LONGEST_WORD).map(|part| self.merged(part)).sum()
    }

    fn merged(&self, word: &[u8]) -> u32 {
        let mut tokens: Vec<u32> = word.iter().map(|byte| self.bytes[usize::from(*byte)]).collect();
        loop {
            let pairs = tokens.windows(2).filter_map(|pair| match pair {
                [left, right] => self.merges.get(&(*left, *right)).map(|merge| (*merge, (*left, *right))),
                _ => None,
            });
            let Some(((_, joined), pair)) = pairs.min_by_key(|((rank, _), _)| *rank) else {
                return super::count(tokens.len());
            };
            let mut kept = Vec::with_capacity(tokens.len());
            let mut at = 0;
            while at < tokens.len() {
                if at + 1 < tokens.len() && (tokens[at], tokens[at + 1]) == pair {
                    kept.push(joined);
                    at += 2;
                } else {
                    kept.push(tokens[at]);
                    at += 1;
                }
            }
            tokens = kept;
        }
    }
}

/// The letter that stands for each byte in such vocabularies: itself where it can be seen, and else one from 256 on.
fn letters() -> [char; 256] {
    let mut letters = ['\0'; 256];
    let mut hidden = 256_u32;
    for (byte, letter) in (0_u8..=255).zip(&mut letters) {
        *letter = match byte {
            b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
            0..=b' ' | 0x7f..=0xa0 | 0xad => {
                let stand_in = char::from_u32(hidden).unwrap_or('\0');
                hidden += 1;
                stand_in
            }
        };
    }
    letters
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    pub(crate) static FILE: LazyLock<String> = LazyLock::new(|| {
        let mut vocab = serde_json::Map::new();
        let tokens = letters().map(|letter| letter.to_string());
        let merged = ["hu", "hug", "Ġhug", "Ġh", "1g", "é"].map(str::to_owned);
        for token in tokens.into_iter().chain(merged).chain(["Ã©".into()]) {
            let id = vocab.len();
            vocab.entry(token).or_insert(id.into());
        }
        serde_json::json!({
            "config": { "splitRegex": "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+" },
            "specialTokens": ["<|end|>", { "content": "<|im|>" }],
            "vocab": vocab,
            "merges": ["h u", ["hu", "g"], "Ġ hug", "Ã ©", "1 g"],
        })
        .to_string()
    });

    fn count(text: &str) -> u32 {
        BytePairs::read(FILE.as_bytes()).unwrap().count(text)
    }

    #[test]
    fn pairs_are_joined_in_the_order_of_the_list() {
        assert_eq!((count(""), count("hug"), count("hug hug"), count("guh")), (0, 1, 2, 3));
        // Never beyond a word: 1 and g are words of their own.
        assert_eq!(count("1g"), 2);
    }

    #[test]
    fn weights_count_and_special_texts_are_one() {
        assert_eq!(count("{hug}"), 3);
        assert_eq!(count("hug<|end|>hug<|im|>"), 4);
    }

    #[test]
    fn letters_are_composed_first() {
        assert_eq!((count("é"), count("e\u{301}")), (1, 1));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in any::<String>()) {
            prop_assert!(count(&text) as usize <= text.nfc().collect::<String>().len());
        }
    }
}
