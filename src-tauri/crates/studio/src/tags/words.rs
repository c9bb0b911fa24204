//! Two short lists of words, by which tags are hidden or dropped.
//!
//! Explicit tags are hidden until a person asks for them; lists from outside don't say which these are, so their words
//! have to tell. Tags that sexualise minors are dropped when a list is read and never completed, whatever is asked for:
//! nobody is to be led there by this program. Both lists err on the side of leaving something out.

/// Words that make a tag explicit.
const EXPLICIT: &[&str] = &[
    "sex",
    "nude",
    "naked",
    "nipple",
    "nipples",
    "penis",
    "penises",
    "pussy",
    "vagina",
    "vaginal",
    "anal",
    "anus",
    "cum",
    "cumdrip",
    "cumshot",
    "ejaculation",
    "fellatio",
    "cunnilingus",
    "paizuri",
    "masturbation",
    "masturbating",
    "orgasm",
    "ahegao",
    "bukkake",
    "creampie",
    "clitoris",
    "dildo",
    "vibrator",
    "erection",
    "testicles",
    "areola",
    "areolae",
    "areolas",
    "bdsm",
    "bondage",
    "handjob",
    "footjob",
    "blowjob",
    "gangbang",
    "threesome",
    "futanari",
    "hentai",
    "uncensored",
    "rape",
    "nsfw",
    "rating:explicit",
    "rating:e",
    "topless",
    "bottomless",
    "cameltoe",
    "fingering",
    "groping",
    "deepthroat",
    "irrumatio",
    "cowgirl position",
    "doggystyle",
    "missionary",
    "prostitution",
    "lactation",
    "bestiality",
    "pubic",
    "genitals",
    "genital",
    "crotchless",
    "tentacle sex",
    "netorare",
    "impregnation",
];

/// Words that by themselves name sexualised minors.
const NEVER: &[&str] = &[
    "loli",
    "lolis",
    "lolicon",
    "shota",
    "shotas",
    "shotacon",
    "toddlercon",
    "cunny",
    "pedo",
    "pedophile",
    "pedophilia",
    "jailbait",
    "underage",
];

/// The same in other scripts, where words are not divided.
const NEVER_WITHIN: &[&str] = &[
    "ロリ",
    "ショタ",
    "幼女",
    "ペド",
    "로리",
    "쇼타",
    "萝莉",
    "蘿莉",
    "正太",
    "恋童",
    "戀童",
];
/// What has one of these in it all the same: clothes, and what is said of them.
const HARMLESS: &[&str] = &["ロリータ", "로리타"];

/// Words for minors: harmless by themselves, and dropped beside anything explicit.
const MINORS: &[&str] = &[
    "child",
    "children",
    "kid",
    "kids",
    "toddler",
    "baby",
    "infant",
    "kindergarten",
    "preschool",
    "elementary",
    "minor",
    "minors",
    "preteen",
    "teen",
    "teenager",
    "young",
    "little",
    "schoolgirl",
    "schoolboy",
    "student",
    "students",
    "aged",
];

fn words(tag: &str) -> impl Iterator<Item = &str> {
    tag.split(|c: char| !c.is_alphanumeric() && c != ':')
        .filter(|word| !word.is_empty())
}

/// Whether a tag, in lower case, is explicit.
pub(crate) fn is_explicit(tag: &str) -> bool {
    words(tag).any(|word| EXPLICIT.contains(&word))
        || EXPLICIT
            .iter()
            .any(|phrase| phrase.contains(' ') && tag.contains(phrase))
}

/// Whether a tag, in lower case, is never to be completed. `explicit`: somebody said that it is explicit.
pub(crate) fn is_never_offered(tag: &str, explicit: bool) -> bool {
    if words(tag).any(|word| NEVER.contains(&word)) {
        return true;
    }
    if !tag.is_ascii() {
        let bare = HARMLESS
            .iter()
            .fold(tag.to_owned(), |bare, word| bare.replace(word, ""));
        if NEVER_WITHIN.iter().any(|word| bare.contains(word)) {
            return true;
        }
    }
    (explicit || is_explicit(tag)) && words(tag).any(|word| MINORS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explicit_tags_are_known_by_their_words() {
        for tag in [
            "nude",
            "completely nude",
            "sex from behind",
            "cowgirl position",
            "rating:explicit",
        ] {
            assert!(is_explicit(tag), "{tag}");
        }
        for tag in ["sextant", "analog clock", "1girl", "swimsuit", "cowgirl hat", "essex"] {
            assert!(!is_explicit(tag), "{tag}");
        }
    }

    #[test]
    fn what_sexualises_minors_is_never_offered() {
        for tag in [
            "loli",
            "oppai loli",
            "shota",
            "lolicon",
            "naked child",
            "ロリ",
            "巨乳ロリ",
            "쇼타",
            "萝莉",
        ] {
            assert!(is_never_offered(tag, false), "{tag}");
        }
        assert!(is_never_offered("child on lap", true));
        for tag in [
            "child",
            "children playing",
            "lolita fashion",
            "gothic lolita",
            "ロリータファッション",
            "baby",
            "kidney",
        ] {
            assert!(!is_never_offered(tag, false), "{tag}");
        }
    }
}
