//! A search made ready for the pictures that there are: what the full-text index is asked, and what the columns are.

use std::collections::HashMap;

use novelai::model::{ModelId, Registry};
use rusqlite::{Connection, params};

use super::columns::{Columns, Picture, album_numbers};
use super::query::{Day, Days, End, Part, Place, Query, SearchProblem, SearchProblemKind, Shape, Test};
use crate::library::details::{Kind, Mark};
use crate::library::labels;

/// So many different words can have a piece in them before the rest is left out.
const MOST_TERMS: u32 = 400;
/// So many words that begin alike are asked for by name.
const MOST_BEGUN: u32 = 64;
/// Characters of the beginnings that the index keeps; see `prefix` in `schema/5.sql`.
const KEPT_BEGINNINGS: usize = 3;

/// A search, ready to be run.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// What the full-text index has to find; none: no words are looked for.
    pub(crate) wanted: Option<String>,
    /// What it must not find.
    pub(crate) unwanted: Option<String>,
    conditions: Vec<Condition>,
    /// Nothing can be found: a part of the search names what there is not.
    pub(crate) nothing: bool,
}

#[derive(Debug)]
struct Condition {
    not: bool,
    any: Vec<Check>,
}

/// What is asked of the columns.
#[derive(Debug)]
enum Check {
    /// By number.
    Model(Vec<bool>),
    Sampler(Vec<bool>),
    Albums(Vec<bool>),
    Labels(Vec<bool>),
    Seed(u32),
    Size(u16, u16),
    Width(super::query::Range<u32>),
    Height(super::query::Range<u32>),
    Shape(Shape),
    Rating(super::query::Range<u8>),
    Mark(Option<Mark>),
    Kind(Kind),
    /// Milliseconds: from, and until before.
    Time(i64, i64),
}

impl Filter {
    /// Parts that name what there is not are added to the query's problems.
    pub(crate) fn of(
        query: &mut Query,
        connection: &Connection,
        columns: &Columns,
        registry: &Registry,
    ) -> rusqlite::Result<Self> {
        let mut filter = Self::default();
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for part in std::mem::take(&mut query.parts) {
            let texts = expressions(connection, &part)?;
            if !texts.is_empty() {
                let any = format!("({})", texts.join(" OR "));
                if part.not {
                    unwanted.push(any);
                } else {
                    wanted.push(any);
                }
                continue;
            }
            if is_text(&part) {
                filter.nothing |= !part.not;
                continue;
            }
            let mut any = Vec::new();
            for test in part.any {
                match check(test, connection, columns, registry)? {
                    Ok(check) => any.push(check),
                    Err((kind, text)) => {
                        let (from, to) = part.span;
                        query.problems.push(SearchProblem { from, to, kind, text });
                    }
                }
            }
            if any.is_empty() {
                filter.nothing |= !part.not;
            } else {
                filter.conditions.push(Condition { not: part.not, any });
            }
        }
        let together = |all: Vec<String>, by: &str| (!all.is_empty()).then(|| all.join(by));
        filter.wanted = together(wanted, " AND ");
        filter.unwanted = together(unwanted, " OR ");
        Ok(filter)
    }

    /// Whether the columns have nothing against a picture.
    pub(crate) fn holds(&self, picture: &Picture) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.any.iter().any(|check| check.holds(picture)) != condition.not)
    }

    /// Whether the columns are asked nothing.
    pub(crate) fn asks_no_column(&self) -> bool {
        self.conditions.is_empty()
    }
}

fn is_text(part: &Part) -> bool {
    part.any
        .iter()
        .all(|test| matches!(test, Test::Text { .. } | Test::Inside { .. } | Test::Tag(_)))
}

/// What the full-text index is asked for a part.
fn expressions(connection: &Connection, part: &Part) -> rusqlite::Result<Vec<String>> {
    let mut all = Vec::new();
    for test in &part.any {
        match test {
            Test::Text { place, words, end } => {
                let place = columns_of(*place);
                let phrase = words.join(" ");
                match words.split_last().filter(|_| *end == End::Begun) {
                    None => all.push(format!("{place} : \"{phrase}\"")),
                    Some((last, before)) => match terms_begun_by(connection, last)? {
                        None => all.push(format!("{place} : \"{phrase}\" *")),
                        Some(terms) => all.extend(terms.iter().map(|term| {
                            let phrase = [before, std::slice::from_ref(term)].concat().join(" ");
                            format!("{place} : \"{phrase}\"")
                        })),
                    },
                }
            }
            Test::Tag(tag) => all.push(format!("tags : \"{tag}\"")),
            Test::Inside { place, pattern } => {
                for term in terms_like(connection, pattern)? {
                    all.push(format!("{} : \"{term}\"", columns_of(*place)));
                }
            }
            _ => {}
        }
    }
    Ok(all)
}

fn columns_of(place: Place) -> &'static str {
    match place {
        Place::Anywhere => "{prompt characters file note}",
        Place::Prompt => "prompt",
        Place::Characters => "characters",
        Place::Undesired => "undesired",
        Place::File => "file",
        Place::Note => "note",
    }
}

/// The words that begin so, the word itself among them. None: they are not to be known by name, or are too many.
///
/// The index keeps beginnings of up to three characters as if they were words. For longer ones it would gather all pictures
/// that have one before it gives the first; asked for the words by name it walks from picture to picture.
fn terms_begun_by(connection: &Connection, word: &str) -> rusqlite::Result<Option<Vec<String>>> {
    // Seeds and times in file names are no terms (`note`).
    if word.chars().count() <= KEPT_BEGINNINGS || word.chars().all(char::is_numeric) {
        return Ok(None);
    }
    let mut terms: Vec<String> = connection
        .prepare_cached(
            "SELECT term FROM terms WHERE is_tag = 0 AND term > ?1 AND term < ?1 || char(1114111) LIMIT ?2",
        )?
        .query_map(params![word, MOST_BEGUN], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if terms.len() >= MOST_BEGUN as usize {
        return Ok(None);
    }
    terms.push(word.to_owned());
    Ok(Some(terms))
}

/// The words that a pattern with `*` in it fits. A sign that no word has in it is left out.
fn terms_like(connection: &Connection, pattern: &str) -> rusqlite::Result<Vec<String>> {
    let like: String = pattern
        .chars()
        .filter_map(|char| match char {
            '*' => Some('%'),
            char if char.is_alphanumeric() => Some(char),
            _ => None,
        })
        .collect();
    connection
        .prepare_cached("SELECT term FROM terms WHERE is_tag = 0 AND term LIKE ?1 LIMIT ?2")?
        .query_map(params![like, MOST_TERMS], |row| row.get(0))?
        .collect()
}

type Missing = (SearchProblemKind, String);

fn check(
    test: Test,
    connection: &Connection,
    columns: &Columns,
    registry: &Registry,
) -> rusqlite::Result<Result<Check, Missing>> {
    Ok(Ok(match test {
        Test::Model(name) => {
            let fits = models(&name, columns, registry);
            if !fits.contains(&true) {
                return Ok(Err((SearchProblemKind::UnknownModel, name)));
            }
            Check::Model(fits)
        }
        Test::Sampler(name) => {
            let plain = |name: &str| name.replace(['_', ' ', '-'], "");
            let (wanted, all) = (plain(&name), columns.samplers.all());
            let exact = all
                .iter()
                .any(|sampler| plain(sampler) == wanted || plain(sampler) == format!("k{wanted}"));
            let fits = |sampler: &String| {
                let sampler = plain(sampler);
                if exact {
                    sampler == wanted || sampler == format!("k{wanted}")
                } else {
                    sampler.contains(&wanted)
                }
            };
            Check::Sampler(all.iter().map(fits).collect())
        }
        Test::Album(name) => {
            let numbers: Vec<i64> = connection
                .prepare_cached("SELECT number, name FROM albums")?
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?
                .filter_map(Result::ok)
                .filter(|(_, album)| album.to_lowercase() == name)
                .map(|(number, _)| number)
                .collect();
            if numbers.is_empty() {
                return Ok(Err((SearchProblemKind::UnknownAlbum, name)));
            }
            let fits = |list: &String| album_numbers(list).any(|number| numbers.contains(&number));
            Check::Albums(columns.albums.all().iter().map(fits).collect())
        }
        Test::InAlbum => Check::Albums(columns.albums.all().iter().map(|list| !list.is_empty()).collect()),
        Test::Label(name) => {
            let fits = |list: &String| labels::of_list(list).any(|label| label.to_lowercase() == name);
            let fits: Vec<bool> = columns.labels.all().iter().map(fits).collect();
            if !fits.contains(&true) {
                return Ok(Err((SearchProblemKind::UnknownLabel, name)));
            }
            Check::Labels(fits)
        }
        Test::Labelled => Check::Labels(columns.labels.all().iter().map(|list| !list.is_empty()).collect()),
        Test::Seed(seed) => Check::Seed(seed),
        Test::Size(width, height) => {
            let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
            Check::Size(side(width), side(height))
        }
        Test::Width(range) => Check::Width(range),
        Test::Height(range) => Check::Height(range),
        Test::Shape(shape) => Check::Shape(shape),
        Test::Rating(range) => Check::Rating(range),
        Test::Mark(mark) => Check::Mark(mark),
        Test::Kind(kind) => Check::Kind(kind),
        Test::Days(days) => {
            let (from, until) = times(connection, days)?;
            Check::Time(from, until)
        }
        Test::Text { .. } | Test::Inside { .. } | Test::Tag(_) => {
            return Ok(Err((SearchProblemKind::NoValue, String::new())));
        }
    }))
}

/// Which models a name means: those that have it as a word of their name, or else those that have it in it.
fn models(name: &str, columns: &Columns, registry: &Registry) -> Vec<bool> {
    let known: HashMap<&str, String> = columns
        .models
        .all()
        .iter()
        .filter_map(|id| {
            Some((
                id.as_str(),
                registry.get(&ModelId(id.clone()))?.short_name.to_lowercase(),
            ))
        })
        .collect();
    let shown = |id: &str| known.get(id).cloned().unwrap_or_default();
    let all = columns.models.all();
    let exact = |id: &String| id == name || shown(id) == name;
    let word = |id: &String| shown(id).split_whitespace().any(|word| word == name);
    let inside = |id: &String| !id.is_empty() && (id.contains(name) || shown(id).contains(name));
    for fits in [&exact as &dyn Fn(&String) -> bool, &word, &inside] {
        if all.iter().any(fits) {
            return all.iter().map(fits).collect();
        }
    }
    vec![false; all.len()]
}

/// Milliseconds of a stretch of time, as the person's own calendar has it.
fn times(connection: &Connection, days: Days) -> rusqlite::Result<(i64, i64)> {
    let moment = |day: Day, after: bool| -> rusqlite::Result<i64> {
        let (first, step) = day.bounds();
        let step = if after { step } else { "+0 days".into() };
        let seconds: i64 = match day {
            Day::Date { .. } => {
                connection.query_row("SELECT unixepoch(?1, ?2, 'utc')", [first, step], |row| row.get(0))?
            }
            Day::Ago(_) => connection.query_row(
                "SELECT unixepoch('now', 'localtime', 'start of day', ?1, ?2, 'utc')",
                [first, step],
                |row| row.get(0),
            )?,
        };
        Ok(seconds.saturating_mul(1000))
    };
    let mut from = i64::MIN;
    let mut until = i64::MAX;
    if let Some(day) = days.from {
        from = from.max(moment(day, false)?);
    }
    if let Some(day) = days.from_after {
        from = from.max(moment(day, true)?);
    }
    if let Some(day) = days.until {
        until = until.min(moment(day, false)?);
    }
    if let Some(day) = days.until_after {
        until = until.min(moment(day, true)?);
    }
    Ok((from, until))
}

impl Check {
    fn holds(&self, picture: &Picture) -> bool {
        let fits = |list: &[bool], number: u16| list.get(usize::from(number)).copied().unwrap_or(false);
        match self {
            Self::Model(list) => fits(list, picture.model),
            Self::Sampler(list) => fits(list, picture.sampler),
            Self::Albums(list) => fits(list, picture.albums),
            Self::Labels(list) => fits(list, picture.labels),
            Self::Seed(seed) => picture.seed == Some(*seed),
            Self::Size(width, height) => (picture.width, picture.height) == (*width, *height),
            Self::Width(range) => range.holds(picture.width.into()),
            Self::Height(range) => range.holds(picture.height.into()),
            Self::Shape(shape) => match shape {
                Shape::Portrait => picture.height > picture.width,
                Shape::Landscape => picture.width > picture.height,
                Shape::Square => picture.width == picture.height,
            },
            Self::Rating(range) => range.holds(picture.rating),
            Self::Mark(mark) => picture.mark == *mark,
            Self::Kind(kind) => picture.kind == *kind,
            Self::Time(from, until) => (*from..*until).contains(&picture.created()),
        }
    }
}
