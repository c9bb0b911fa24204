//! The person's template for the names of pictures, parsed. Pure.
//!
//! It is a path below the library folder: `/` between its parts, `{name}` for a value, `{name:3}` for so many words or tags.
//! What is not understood is named with its place, and stands as it is written.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::library::names::{Values, is_reserved, safe_part};
use crate::library::search::words::without_weight;

/// Folders that a name may lie in. Looking through the library goes a little deeper than this.
const MOST_FOLDERS: usize = 6;
/// The longest template, in characters.
const LONGEST: usize = 200;
/// Words of a prompt, or tags, unless the template says how many.
const WORDS: usize = 5;
/// The most of them.
const MOST_WORDS: usize = 20;
/// The longest word that goes into a name, in characters: some scripts have no blanks between words.
const LONGEST_WORD: usize = 40;

/// A part of a template that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct NameProblem {
    /// Where it begins, in UTF-16 units.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What is wrong with it.
    pub kind: NameProblemKind,
    /// The part that is meant, as it is written.
    pub text: String,
}

/// Why a part of a template can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum NameProblemKind {
    /// There is no value of this name.
    UnknownValue,
    /// How many words or tags: 1 to 20, and of other values none.
    BadCount,
    /// A brace that is not closed, or not opened.
    OpenBrace,
    /// A folder or the file would have no name.
    EmptyPart,
    /// Not every system takes this in a name, at this place.
    NotSafe,
    /// Too many folders within each other: at most six.
    TooDeep,
    /// It is longer than 200 characters.
    TooLong,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value {
        field: Field,
        /// For where nothing is known of it.
        written: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Date,
    Year,
    Month,
    Day,
    Time,
    Seed,
    Index,
    Number,
    Job,
    Model,
    Size,
    Kind,
    Prompt(usize),
    Tags(usize),
}

impl Template {
    /// The template, and what of it can't be used.
    pub(crate) fn parse(text: &str) -> (Self, Vec<NameProblem>) {
        let mut parser = Parser {
            text,
            problems: Vec::new(),
        };
        if text.chars().count() > LONGEST {
            parser.problem(0, text.len(), NameProblemKind::TooLong);
        }
        let mut parts = Vec::new();
        let mut from = 0;
        for part in text.split('/') {
            if parts.len() == MOST_FOLDERS + 1 {
                parser.problem(from, text.len(), NameProblemKind::TooDeep);
                break;
            }
            parts.push(parser.part(from, part));
            from += part.len() + 1;
        }
        (Self { parts }, parser.problems)
    }

    /// The parts of a path, with the values in them. They are not safe yet.
    pub(crate) fn fill(&self, values: &Values) -> Vec<String> {
        let fill = |part: &Vec<Piece>| part.iter().map(|piece| piece.fill(values)).collect();
        self.parts.iter().map(fill).collect()
    }
}

struct Parser<'a> {
    text: &'a str,
    problems: Vec<NameProblem>,
}

impl Parser<'_> {
    /// Something is wrong from one byte to another.
    fn problem(&mut self, from: usize, to: usize, kind: NameProblemKind) {
        let units = |to: usize| u32::try_from(self.text[..to].encode_utf16().count()).unwrap_or(u32::MAX);
        self.problems.push(NameProblem {
            from: units(from),
            to: units(to),
            kind,
            text: self.text[from..to].to_owned(),
        });
    }

    /// A part of the path that begins at a byte.
    fn part(&mut self, from: usize, part: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < part.len() {
            let rest = &part[at..];
            let braces = rest.strip_prefix('{').map(|inner| inner.find(['{', '}']));
            let (piece, length) = match braces {
                Some(Some(end)) if rest[1 + end..].starts_with('}') => {
                    let length = end + 2;
                    (self.value(from + at, &rest[..length]), length)
                }
                Some(_) => {
                    self.problem(from + at, from + at + 1, NameProblemKind::OpenBrace);
                    (Piece::Text("{".to_owned()), 1)
                }
                None => {
                    let length = rest.find('{').unwrap_or(rest.len());
                    self.text(from + at, &rest[..length]);
                    (Piece::Text(rest[..length].to_owned()), length)
                }
            };
            pieces.push(piece);
            at += length;
        }
        if part.is_empty() {
            self.problem(from, (from + 1).min(self.text.len()), NameProblemKind::EmptyPart);
        } else {
            self.ends(from, part, &pieces);
        }
        pieces
    }

    /// A value in its braces.
    fn value(&mut self, from: usize, written: &str) -> Piece {
        let inner = &written[1..written.len() - 1];
        let (name, count) = match inner.split_once(':') {
            Some((name, count)) => (name, Some(count)),
            None => (inner, None),
        };
        let words = count.map_or(Some(WORDS), |count| {
            count.parse().ok().filter(|count| (1..=MOST_WORDS).contains(count))
        });
        let field = match name {
            "date" => Field::Date,
            "year" => Field::Year,
            "month" => Field::Month,
            "day" => Field::Day,
            "time" => Field::Time,
            "seed" => Field::Seed,
            "index" => Field::Index,
            "number" => Field::Number,
            "job" => Field::Job,
            "model" => Field::Model,
            "size" => Field::Size,
            "kind" => Field::Kind,
            "prompt" => Field::Prompt(words.unwrap_or(WORDS)),
            "tags" => Field::Tags(words.unwrap_or(WORDS)),
            _ => {
                self.problem(from, from + written.len(), NameProblemKind::UnknownValue);
                return Piece::Text(written.to_owned());
            }
        };
        let counts = matches!(field, Field::Prompt(_) | Field::Tags(_));
        if count.is_some() && (!counts || words.is_none()) {
            self.problem(from, from + written.len(), NameProblemKind::BadCount);
        }
        Piece::Value {
            field,
            written: written.to_owned(),
        }
    }

    /// What is written as it is: a closing brace without an opening one, and what can't be in a name.
    fn text(&mut self, from: usize, text: &str) {
        for (at, char) in text.char_indices() {
            let place = (from + at, from + at + char.len_utf8());
            if char == '}' {
                self.problem(place.0, place.1, NameProblemKind::OpenBrace);
            } else if !char.is_whitespace()
                && char != '.'
                && safe_part(char.encode_utf8(&mut [0; 4])) != char.to_string()
            {
                self.problem(place.0, place.1, NameProblemKind::NotSafe);
            }
        }
    }

    /// What can't stand at the beginning or at the end of a part, and names that a system keeps for itself.
    fn ends(&mut self, from: usize, part: &str, pieces: &[Piece]) {
        let is_loose = |char: char| char == '.' || char.is_whitespace();
        // Windows looks at what stands before the first dot.
        let reserved = match pieces {
            [Piece::Text(text)] => is_reserved(text.trim_matches(is_loose)),
            [Piece::Text(text), ..] => text.contains('.') && is_reserved(text),
            _ => false,
        };
        if reserved || part.trim_matches(is_loose).is_empty() {
            self.problem(from, from + part.len(), NameProblemKind::NotSafe);
            return;
        }
        let before = part.len() - part.trim_start_matches(is_loose).len();
        if before > 0 {
            self.problem(from, from + before, NameProblemKind::NotSafe);
        }
        let after = part.trim_end_matches(is_loose).len();
        if after < part.len() {
            self.problem(from + after, from + part.len(), NameProblemKind::NotSafe);
        }
    }
}

impl Piece {
    fn fill(&self, values: &Values) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Value { field, written } => field.value(values).unwrap_or_else(|| written.clone()),
        }
    }
}

impl Field {
    /// None: nothing is known of it.
    fn value(self, values: &Values) -> Option<String> {
        let at: &OffsetDateTime = &values.at;
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let unknown = || "unknown".to_owned();
        let told = values.told.as_ref();
        Some(match self {
            Self::Date => format!("{year:04}-{month:02}-{day:02}"),
            Self::Year => format!("{year:04}"),
            Self::Month => format!("{month:02}"),
            Self::Day => format!("{day:02}"),
            Self::Time => format!("{:02}-{:02}-{:02}", at.hour(), at.minute(), at.second()),
            Self::Seed => values.seed.map_or_else(unknown, |seed| seed.to_string()),
            Self::Index => values.index.to_string(),
            Self::Number => u64::from(values.index).saturating_add(1).to_string(),
            Self::Job => values.job.to_string(),
            Self::Model => told?.model.clone().unwrap_or_else(unknown),
            Self::Size => format!("{}x{}", told?.width, told?.height),
            Self::Kind => told?.kind.name().to_owned(),
            Self::Prompt(count) => named(words(&told?.prompt).take(count), " "),
            Self::Tags(count) => named(tags(&told?.prompt).take(count), ", "),
        })
    }
}

/// Words put together; where there are none, a name all the same.
fn named(words: impl Iterator<Item = String>, between: &str) -> String {
    let name = words.collect::<Vec<_>>().join(between);
    if name.is_empty() { "untitled".to_owned() } else { name }
}

/// The words of a prompt, without what is none.
fn words(prompt: &str) -> impl Iterator<Item = String> {
    let between = |char: char| !(char.is_alphanumeric() || matches!(char, '\'' | '-' | '_'));
    prompt
        .split(between)
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| word.chars().take(LONGEST_WORD).collect())
}

/// The tags of a prompt, without braces and weights.
fn tags(prompt: &str) -> impl Iterator<Item = String> {
    let between = |char: char| matches!(char, ',' | '|' | '\n' | '、' | '，');
    prompt.split(between).filter_map(|tag| {
        let words: Vec<String> = words(&without_weight(tag)).collect();
        (!words.is_empty()).then(|| words.join(" ").chars().take(LONGEST_WORD).collect())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::library::details::Kind;
    use crate::library::names::{DEFAULT, ToldOf};

    fn values() -> Values {
        Values {
            at: datetime!(2026-11-22 20:05:09 +9),
            seed: Some(7),
            index: 2,
            job: Uuid::nil(),
            told: Some(ToldOf {
                model: Some("nai-diffusion-5-full".into()),
                prompt: "1girl, {{silver hair}}, 1.2::night city::, 海, …".into(),
                width: 832,
                height: 1216,
                kind: Kind::Text,
            }),
        }
    }

    fn filled(template: &str, values: &Values) -> String {
        Template::parse(template).0.fill(values).join("/")
    }

    fn problems(template: &str) -> Vec<(u32, u32, NameProblemKind)> {
        let problems = Template::parse(template).1;
        problems
            .into_iter()
            .map(|problem| (problem.from, problem.to, problem.kind))
            .collect()
    }

    #[test]
    fn what_can_not_be_used_is_named_with_its_place() {
        use NameProblemKind::{BadCount, EmptyPart, NotSafe, OpenBrace, TooDeep, UnknownValue};
        for (template, found) in [
            ("{dat}", vec![(0, 5, UnknownValue)]),
            ("海{Seed}", vec![(1, 7, UnknownValue)]),
            ("{seed", vec![(0, 1, OpenBrace)]),
            ("{se{seed}", vec![(0, 1, OpenBrace)]),
            ("seed}", vec![(4, 5, OpenBrace)]),
            ("{prompt:0}", vec![(0, 10, BadCount)]),
            ("{tags:21}", vec![(0, 9, BadCount)]),
            ("{seed:3}", vec![(0, 8, BadCount)]),
            ("", vec![(0, 0, EmptyPart)]),
            ("/{seed}", vec![(0, 1, EmptyPart)]),
            ("{date}//{seed}", vec![(7, 8, EmptyPart)]),
            ("{date}/", vec![(7, 7, EmptyPart)]),
            ("a:b {seed}?", vec![(1, 2, NotSafe), (10, 11, NotSafe)]),
            ("..\\{seed}", vec![(2, 3, NotSafe), (0, 2, NotSafe)]),
            ("../{seed}", vec![(0, 2, NotSafe)]),
            (".{seed} ", vec![(0, 1, NotSafe), (7, 8, NotSafe)]),
            ("con/{seed}", vec![(0, 3, NotSafe)]),
            ("a/b/c/d/e/f/g/h", vec![(14, 15, TooDeep)]),
        ] {
            assert_eq!(problems(template), found, "{template}");
        }
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(problems(&long), [(0, 201, NameProblemKind::TooLong)]);
    }

    #[test]
    fn every_value_has_its_place() {
        for (template, name) in [
            (DEFAULT, "2026-11-22/20-05-09-7-2"),
            ("{year}/{month}/{day}/{number}", "2026/11/22/3"),
            ("{model}/{size} {kind}", "nai-diffusion-5-full/832x1216 text"),
            ("{prompt:3}_{seed}", "1girl silver hair_7"),
            ("{tags}", "1girl, silver hair, night city, 海"),
            ("{tags:1} {job}", "1girl 00000000-0000-0000-0000-000000000000"),
            ("__con_", "__con_"),
        ] {
            assert_eq!(problems(template), [], "{template}");
            assert_eq!(filled(template, &values()), name, "{template}");
        }
    }

    #[test]
    fn what_is_not_known_is_said_so_and_a_name_is_never_empty() {
        let mut values = values();
        values.seed = None;
        values.told = values.told.map(|told| ToldOf {
            model: None,
            prompt: "…".into(),
            ..told
        });
        assert_eq!(
            filled("{seed} {model} {prompt} {tags}", &values),
            "unknown unknown untitled untitled"
        );
        values.told = None;
        assert_eq!(filled("{index}-{model}-{tags:2}", &values), "2-{model}-{tags:2}");
    }

    proptest! {
        #[test]
        fn a_template_without_problems_makes_names_as_it_is_written(template in "[a-z{}:/. 海0-9?]{0,30}") {
            let (parsed, problems) = Template::parse(&template);
            if problems.is_empty() {
                for part in parsed.fill(&values()) {
                    prop_assert_eq!(safe_part(&part), part);
                }
            }
        }

        #[test]
        fn every_problem_lies_within_the_template(template in any::<String>()) {
            let length = u32::try_from(template.encode_utf16().count()).unwrap();
            for problem in Template::parse(&template).1 {
                prop_assert!(problem.from <= problem.to && problem.to <= length);
            }
        }
    }
}
