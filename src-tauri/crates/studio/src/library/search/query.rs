//! The language that pictures are searched in. Pure: text in, a value out, and what was not understood.
//!
//! Parts are separated by blanks and all have to hold; `-` before one turns it around. A part is a word (the beginning
//! of one is enough; `*` stands for anything), `"words in this order"`, or a field with a value:
//! `model:v5 char:"silver hair" rating>=4 seed:123 -tag:text after:2026-08`. Values with a comma between them are
//! alternatives.

mod values;

use serde::{Deserialize, Serialize};

pub(crate) use values::{Compare, Day, Days, Range};

use super::words;
use crate::library::details::{Kind, Mark};

/// The longest text that is looked at.
const LONGEST: usize = 2000;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Query {
    /// All of them have to hold.
    pub(crate) parts: Vec<Part>,
    /// What was not understood, and is left out.
    pub(crate) problems: Vec<SearchProblem>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// Where it stands, in UTF-16 units.
    pub(crate) span: (u32, u32),
    /// It must not hold.
    pub(crate) not: bool,
    /// One of them has to hold.
    pub(crate) any: Vec<Test>,
}

/// What is asked of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// Words in a row.
    Text {
        place: Place,
        words: Vec<String>,
        end: End,
    },
    /// Words that have this in them.
    Inside {
        place: Place,
        pattern: String,
    },
    /// A whole tag.
    Tag(String),
    Model(String),
    Sampler(String),
    Seed(u32),
    Size(u32, u32),
    Width(Range<u32>),
    Height(Range<u32>),
    Shape(Shape),
    Rating(Range<u8>),
    Mark(Option<Mark>),
    Album(String),
    /// In any album.
    InAlbum,
    /// A label of the person's own.
    Label(String),
    /// With any label.
    Labelled,
    Kind(Kind),
    Days(Days),
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Everywhere but in the Undesired Content.
    Anywhere,
    Prompt,
    Characters,
    Undesired,
    File,
    Note,
}

/// How the last of some words is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// It may go on.
    Begun,
}

/// The shape of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Portrait,
    Landscape,
    Square,
}

/// A part of a search that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SearchProblem {
    /// Where it begins, in UTF-16 units.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What is wrong with it.
    pub kind: SearchProblemKind,
    /// The field or the value that is meant.
    pub text: String,
}

/// Why a part of a search was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum SearchProblemKind {
    /// There is no such field.
    UnknownField,
    /// Nothing stands behind the field.
    NoValue,
    /// A quotation mark is not closed; the rest is taken as it stands.
    OpenQuote,
    /// A number was expected.
    NotANumber,
    /// A rating is from 0 to 5.
    NotARating,
    /// A size is written 832x1216.
    NotASize,
    /// A date is written 2026, 2026-08, 2026-08-15, today, yesterday or 7d.
    NotADate,
    /// `is:` knows no such state.
    UnknownState,
    /// `kind:` knows no such kind.
    UnknownKind,
    /// No picture is by such a model.
    UnknownModel,
    /// There is no such album.
    UnknownAlbum,
    /// No picture has such a label.
    UnknownLabel,
    /// This field takes no `<` or `>`.
    NoOrder,
}

/// The fields, as they are written; the first name of each is the one that is offered.
pub(crate) const FIELDS: &[(&[&str], Field)] = &[
    (&["model"], Field::Model),
    (&["tag"], Field::Tag),
    (&["char", "character"], Field::Words(Place::Characters)),
    (&["prompt"], Field::Words(Place::Prompt)),
    (&["uc", "undesired"], Field::Words(Place::Undesired)),
    (&["rating", "stars"], Field::Rating),
    (&["album"], Field::Album),
    (&["label"], Field::Label),
    (&["is"], Field::Is),
    (&["kind", "source"], Field::Kind),
    (&["seed"], Field::Seed),
    (&["sampler"], Field::Sampler),
    (&["size"], Field::Size),
    (&["width"], Field::Width),
    (&["height"], Field::Height),
    (&["date", "on"], Field::Date),
    (&["after", "since"], Field::After),
    (&["before"], Field::Before),
    (&["file", "name"], Field::Words(Place::File)),
    (&["note"], Field::Words(Place::Note)),
];

/// A field of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Words(Place),
    Tag,
    Model,
    Sampler,
    Seed,
    Size,
    Width,
    Height,
    Rating,
    Album,
    Label,
    Is,
    Kind,
    Date,
    After,
    Before,
}

/// Words of `is:`.
pub(crate) const STATES: &[&str] = &[
    "kept",
    "rejected",
    "unmarked",
    "rated",
    "unrated",
    "album",
    "labelled",
    "portrait",
    "landscape",
    "square",
];

/// Reads a search.
pub(crate) fn parse(text: &str) -> Query {
    let text: String = text.chars().take(LONGEST).collect();
    let mut query = Query::default();
    for piece in pieces(&text) {
        match piece.part() {
            Ok(Some(part)) => query.parts.push(part),
            Ok(None) => {}
            Err((kind, about)) => query.problems.push(piece.problem(kind, about)),
        }
        if piece.open {
            query
                .problems
                .push(piece.problem(SearchProblemKind::OpenQuote, piece.value.clone()));
        }
    }
    query
}

/// A part as it stands in the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) not: bool,
    /// The field, in lower case; empty: none.
    pub(crate) field: String,
    compare: Compare,
    /// Without quotation marks.
    pub(crate) value: String,
    pub(crate) quoted: bool,
    /// A quotation mark is not closed.
    pub(crate) open: bool,
    /// Where the value begins.
    pub(crate) value_from: usize,
}

/// The parts of a text. Places are in UTF-16 units, as in the page.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let (mut at, mut place) = (0, 0);
    while let Some(&char) = chars.get(at) {
        if char.is_whitespace() {
            at += 1;
            place += char.len_utf16();
            continue;
        }
        let (piece, next) = piece(&chars, at, place);
        place = piece.to;
        at = next;
        pieces.push(piece);
    }
    pieces
}

fn piece(chars: &[char], start: usize, place: usize) -> (Piece, usize) {
    let units = |from: usize, to: usize| chars[from..to].iter().map(|char| char.len_utf16()).sum::<usize>();
    let mut at = start;
    let not = chars[at] == '-' && chars.get(at + 1).is_some_and(|next| !next.is_whitespace());
    at += usize::from(not);
    let mut field = String::new();
    let mut compare = Compare::Is;
    let letters = chars[at..].iter().take_while(|char| char.is_ascii_alphabetic()).count();
    let (sign, length) = Compare::at(&chars[at + letters..]);
    if letters > 0 && length > 0 {
        field = chars[at..at + letters].iter().collect::<String>().to_lowercase();
        compare = sign;
        at += letters + length;
    }
    let value_at = at;
    let (mut value, mut quoted, mut inside) = (String::new(), false, false);
    while let Some(&char) = chars.get(at) {
        if is_quote(char) {
            inside = !inside;
            quoted = true;
        } else if char.is_whitespace() && !inside {
            break;
        } else {
            value.push(char);
        }
        at += 1;
    }
    let piece = Piece {
        from: place,
        to: place + units(start, at),
        not,
        field,
        compare,
        value,
        quoted,
        open: inside,
        value_from: place + units(start, value_at),
    };
    (piece, at)
}

fn is_quote(char: char) -> bool {
    matches!(char, '"' | '“' | '”' | '„' | '「' | '」')
}

type Trouble = (SearchProblemKind, String);

impl Piece {
    fn problem(&self, kind: SearchProblemKind, text: String) -> SearchProblem {
        let (from, to) = self.span();
        SearchProblem { from, to, kind, text }
    }

    fn span(&self) -> (u32, u32) {
        let unit = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        (unit(self.from), unit(self.to))
    }

    pub(crate) fn known_field(&self) -> Option<Field> {
        let known = FIELDS.iter().find(|(names, _)| names.contains(&self.field.as_str()));
        known.map(|(_, field)| *field)
    }

    fn part(&self) -> Result<Option<Part>, Trouble> {
        if self.field.is_empty() {
            let any: Vec<Test> = text(Place::Anywhere, &self.value, self.quoted).into_iter().collect();
            return Ok((!any.is_empty()).then_some(Part {
                span: self.span(),
                not: self.not,
                any,
            }));
        }
        let Some(field) = self.known_field() else {
            return Err((SearchProblemKind::UnknownField, self.field.clone()));
        };
        if self.value.trim().is_empty() {
            return Err((SearchProblemKind::NoValue, self.field.clone()));
        }
        if self.compare != Compare::Is && !takes_order(field) {
            return Err((SearchProblemKind::NoOrder, self.field.clone()));
        }
        let alternatives: Vec<&str> = if self.quoted {
            vec![&self.value]
        } else {
            self.value.split(',').filter(|value| !value.is_empty()).collect()
        };
        let mut any = Vec::new();
        for value in alternatives {
            any.extend(self.test(field, value)?);
        }
        Ok((!any.is_empty()).then_some(Part {
            span: self.span(),
            not: self.not,
            any,
        }))
    }

    fn test(&self, field: Field, value: &str) -> Result<Option<Test>, Trouble> {
        let trouble = |kind| (kind, value.to_owned());
        let number =
            |value: &str| Range::<u32>::parse(self.compare, value).ok_or(trouble(SearchProblemKind::NotANumber));
        let days = || Day::parse(value).ok_or(trouble(SearchProblemKind::NotADate));
        Ok(Some(match field {
            Field::Words(place) => return Ok(text(place, value, self.quoted)),
            Field::Tag => return Ok(words::tag(value).map(Test::Tag)),
            Field::Model => Test::Model(value.trim().to_lowercase()),
            Field::Sampler => Test::Sampler(value.trim().to_lowercase()),
            Field::Seed => Test::Seed(value.parse().map_err(|_| trouble(SearchProblemKind::NotANumber))?),
            Field::Size => {
                let (width, height) = values::size(value).ok_or(trouble(SearchProblemKind::NotASize))?;
                Test::Size(width, height)
            }
            Field::Width => Test::Width(number(value)?),
            Field::Height => Test::Height(number(value)?),
            Field::Rating => {
                let stars = values::stars(value);
                let range = Range::<u8>::parse(self.compare, &stars);
                Test::Rating(
                    range
                        .filter(|range| range.is_within(0, 5))
                        .ok_or(trouble(SearchProblemKind::NotARating))?,
                )
            }
            Field::Album => Test::Album(value.trim().to_lowercase()),
            Field::Label => Test::Label(value.trim().to_lowercase()),
            Field::Is => state(value).ok_or(trouble(SearchProblemKind::UnknownState))?,
            Field::Kind => {
                let kind = Kind::named(&value.to_lowercase());
                Test::Kind(kind.ok_or(trouble(SearchProblemKind::UnknownKind))?)
            }
            Field::Date => Test::Days(Days::of(self.compare, days()?)),
            Field::After => Test::Days(Days::from(days()?)),
            Field::Before => Test::Days(Days::until(days()?)),
        }))
    }
}

fn takes_order(field: Field) -> bool {
    matches!(field, Field::Width | Field::Height | Field::Rating | Field::Date)
}

fn text(place: Place, value: &str, quoted: bool) -> Option<Test> {
    if !quoted && value.contains('*') {
        let pattern = value.to_lowercase();
        let has_words = pattern.chars().any(char::is_alphanumeric);
        return has_words.then_some(Test::Inside { place, pattern });
    }
    let words = words::words(value);
    let end = if quoted { End::Whole } else { End::Begun };
    (!words.is_empty()).then_some(Test::Text { place, words, end })
}

fn state(value: &str) -> Option<Test> {
    let none = Range {
        from: Some(0),
        to: Some(0),
    };
    let some = Range {
        from: Some(1),
        to: None,
    };
    Some(match value.to_lowercase().as_str() {
        "kept" | "keep" => Test::Mark(Some(Mark::Keep)),
        "rejected" | "reject" => Test::Mark(Some(Mark::Reject)),
        "unmarked" => Test::Mark(None),
        "rated" => Test::Rating(some),
        "unrated" => Test::Rating(none),
        "album" => Test::InAlbum,
        "labelled" | "labeled" => Test::Labelled,
        "portrait" => Test::Shape(Shape::Portrait),
        "landscape" => Test::Shape(Shape::Landscape),
        "square" => Test::Shape(Shape::Square),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
