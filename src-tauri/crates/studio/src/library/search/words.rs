//! Texts cut into the words that are searched by. Pure.
//!
//! The same cut is made of what is indexed and of what is looked for. Scripts that are written without blanks between
//! words (Japanese, Chinese) are cut into single characters, and so is Korean, whose endings grow onto the word: a run
//! of characters is then found as a phrase, however short it is and wherever it stands.

use unicode_normalization::UnicodeNormalization as _;

/// Stands between the words of a tag, which is one term of the index: no word has it in it.
const JOINT: &str = "·";
/// Segments with more words than this are sentences, and no tags.
const MOST_TAG_WORDS: usize = 6;

/// The words of a text, in their order.
pub(crate) fn words(text: &str) -> Vec<String> {
    // Nothing of it has another form, and nearly every prompt is of this kind.
    if text.is_ascii() {
        return cut(text.chars().map(|char| char.to_ascii_lowercase()));
    }
    cut(text.nfkc().flat_map(char::to_lowercase))
}

fn cut(chars: impl Iterator<Item = char>) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for char in chars {
        if is_alone(char) {
            words.extend(taken(&mut word));
            words.push(char.to_string());
        } else if char.is_alphanumeric() || is_mark(char) {
            word.push(char);
        } else if char != '\'' && char != '’' {
            words.extend(taken(&mut word));
        }
    }
    words.extend(taken(&mut word));
    words
}

/// A text as the index takes it.
pub(crate) fn indexed(text: &str) -> String {
    words(text).join(" ")
}

/// The tags of a prompt, each as one term.
pub(crate) fn tags(prompt: &str) -> Vec<String> {
    let mut tags: Vec<String> = prompt
        .split([',', '|', '\n', '、', '，'])
        .filter_map(|segment| tag(&without_weight(segment)))
        .collect();
    tags.sort();
    tags.dedup();
    tags
}

/// One tag as a term; none where it is a sentence, or nothing.
pub(crate) fn tag(text: &str) -> Option<String> {
    let words = words(text);
    let latin = words.iter().filter(|word| !word.chars().all(is_alone)).count();
    let is_tag = !words.is_empty() && latin <= MOST_TAG_WORDS && words.len() <= 4 * MOST_TAG_WORDS;
    is_tag.then(|| words.join(JOINT))
}

/// A tag's term as people write it.
pub(crate) fn shown(term: &str) -> String {
    let mut shown = String::new();
    let mut before: Option<char> = None;
    for word in term.split(JOINT) {
        let first = word.chars().next();
        let both_alone = before.is_some_and(is_alone) && first.is_some_and(is_alone);
        if before.is_some() && !both_alone {
            shown.push(' ');
        }
        shown.push_str(word);
        before = word.chars().last();
    }
    shown
}

/// `1.2::silver hair::` is silver hair.
pub(crate) fn without_weight(segment: &str) -> String {
    segment
        .split("::")
        .filter(|part| part.trim().parse::<f32>().is_err())
        .collect::<Vec<_>>()
        .join(" ")
}

fn taken(word: &mut String) -> Option<String> {
    (!word.is_empty()).then(|| std::mem::take(word))
}

/// Characters that are words by themselves.
pub(crate) fn is_alone(char: char) -> bool {
    matches!(char,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{30ff}'
        | '\u{3105}'..='\u{318f}' | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        && char.is_alphanumeric()
}

/// Marks that belong to the letter before them.
fn is_mark(char: char) -> bool {
    matches!(char, '\u{300}'..='\u{36f}' | '\u{93c}' | '\u{94d}' | '\u{e31}'..='\u{e4e}' | '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_cut_at_everything_that_is_none() {
        assert_eq!(
            words("{{Silver_Hair}}, 1.2::girl's::"),
            ["silver", "hair", "1", "2", "girls"]
        );
        assert_eq!(words("ＡＢＣ café"), ["abc", "café"]);
        assert_eq!(words(" ,;: "), Vec::<String>::new());
    }

    #[test]
    fn scripts_without_blanks_are_cut_into_characters() {
        assert_eq!(words("銀髪のgirl"), ["銀", "髪", "の", "girl"]);
        assert_eq!(words("カフェ、夜。"), ["カ", "フ", "ェ", "夜"]);
        assert_eq!(words("고양이가"), ["고", "양", "이", "가"]);
    }

    #[test]
    fn tags_are_whole_segments_without_their_weight() {
        assert_eq!(
            tags("1girl, {silver hair}, 1.3::night city::, 銀髪, 1girl"),
            ["1girl", "night·city", "silver·hair", "銀·髪"]
        );
        assert_eq!(tags("a long sentence about a girl in the rain"), Vec::<String>::new());
        assert_eq!(shown("silver·hair"), "silver hair");
        assert_eq!(shown("銀·髪·girl"), "銀髪 girl");
    }

    proptest! {
        #[test]
        fn words_have_nothing_in_them_that_the_index_cuts_at(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(!word.is_empty());
                prop_assert!(word.chars().all(|char| !char.is_ascii() || char.is_ascii_alphanumeric()));
                prop_assert!(!word.contains(JOINT));
            }
        }
    }
}
