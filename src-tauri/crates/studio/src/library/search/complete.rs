//! What could stand at the caret of a search.

use novelai::model::{ModelId, Registry};
use rusqlite::{Connection, params};
use serde::Serialize;

use super::columns::Columns;
use super::query::{FIELDS, Field, Piece, STATES, pieces};
use super::words;
use crate::library::details::Kind;
use crate::library::labels;

/// So many offers can be taken in at a glance.
const MOST: usize = 8;

/// Offers for a place of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SearchOffers {
    /// The part of the text that an offer takes the place of, in UTF-16 units.
    pub from: u32,
    /// Where that ends.
    pub to: u32,
    /// Best first.
    pub offers: Vec<SearchOffer>,
}

/// One offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SearchOffer {
    /// What is put in.
    pub text: String,
    /// What is shown, where that is something else.
    pub label: Option<String>,
    /// How many pictures it is on, where that was counted as they came.
    pub uses: Option<u32>,
}

impl SearchOffer {
    fn plain(text: String) -> Self {
        Self {
            text,
            label: None,
            uses: None,
        }
    }
}

pub(crate) fn offers(
    connection: &Connection,
    columns: &Columns,
    registry: &Registry,
    text: &str,
    at: usize,
) -> rusqlite::Result<SearchOffers> {
    let Some(piece) = pieces(text).into_iter().find(|piece| piece.from < at && at <= piece.to) else {
        return Ok(SearchOffers::default());
    };
    let unit = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    let within = |offers: Vec<SearchOffer>, from: usize| SearchOffers {
        from: unit(from),
        to: unit(piece.to),
        offers,
    };
    let Some(field) = piece.known_field() else {
        if !piece.field.is_empty() {
            return Ok(SearchOffers::default());
        }
        let from = piece.from + usize::from(piece.not);
        return Ok(within(words_and_fields(connection, &piece)?, from));
    };
    let begun = piece.value.to_lowercase();
    let of_list = |all: Vec<(String, Option<String>)>| -> Vec<SearchOffer> {
        let mut fits: Vec<_> = all
            .into_iter()
            .filter(|(value, label)| {
                let label = label.as_deref().unwrap_or_default().to_lowercase();
                value.to_lowercase().contains(&begun) || label.contains(&begun)
            })
            .collect();
        // What begins so stands before what has it inside; otherwise the order stays.
        fits.sort_by_key(|(value, _)| !value.to_lowercase().starts_with(&begun));
        fits.into_iter()
            .map(|(value, label)| SearchOffer {
                label,
                ..SearchOffer::plain(quoted(&value))
            })
            .take(MOST)
            .collect()
    };
    let names = |names: &[String]| -> Vec<(String, Option<String>)> {
        names
            .iter()
            .filter(|name| !name.is_empty())
            .map(|name| (name.clone(), None))
            .collect()
    };
    let offers = match field {
        Field::Model => of_list(
            columns
                .models
                .all()
                .iter()
                .filter(|id| !id.is_empty())
                .map(|id| {
                    let known = registry.get(&ModelId(id.clone()));
                    (id.clone(), known.map(|model| model.short_name.clone()))
                })
                .collect(),
        ),
        Field::Sampler => of_list(names(columns.samplers.all())),
        Field::Album => {
            let albums: Vec<String> = connection
                .prepare_cached("SELECT name FROM albums ORDER BY name COLLATE NOCASE")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            of_list(names(&albums))
        }
        Field::Label => of_list(names(&labels::all(connection)?)),
        Field::Is => of_list(STATES.iter().map(|state| ((*state).to_owned(), None)).collect()),
        Field::Kind => of_list(Kind::ALL.iter().map(|kind| (kind.name().to_owned(), None)).collect()),
        Field::Rating => of_list((0..=5).rev().map(|stars: u8| (stars.to_string(), None)).collect()),
        Field::Date | Field::After | Field::Before => of_list(
            ["today", "yesterday", "7d", "30d", "1y"]
                .map(|day| (day.to_owned(), None))
                .to_vec(),
        ),
        Field::Tag => terms(connection, true, &piece.value)?,
        Field::Words(_) => terms(connection, false, &piece.value)?,
        Field::Seed | Field::Size | Field::Width | Field::Height => Vec::new(),
    };
    Ok(within(offers, piece.value_from))
}

/// Fields that begin so, then tags.
fn words_and_fields(connection: &Connection, piece: &Piece) -> rusqlite::Result<Vec<SearchOffer>> {
    let begun = piece.value.to_lowercase();
    let mut offers: Vec<SearchOffer> = FIELDS
        .iter()
        .filter(|_| !piece.quoted && !begun.is_empty())
        .filter_map(|(names, _)| names.first().filter(|name| name.starts_with(&begun)))
        .map(|name| SearchOffer::plain(format!("{name}:")))
        .take(3)
        .collect();
    let tags = terms(connection, true, &piece.value)?;
    offers.extend(tags.into_iter().map(|offer| SearchOffer {
        label: Some(offer.text.trim_matches('"').to_owned()),
        text: format!("tag:{}", offer.text),
        uses: offer.uses,
    }));
    offers.truncate(MOST);
    Ok(offers)
}

/// Words or tags that begin so, the most used first.
fn terms(connection: &Connection, is_tag: bool, begun: &str) -> rusqlite::Result<Vec<SearchOffer>> {
    let begun = if is_tag {
        words::tag(begun).unwrap_or_default()
    } else {
        words::indexed(begun)
    };
    if begun.is_empty() {
        return Ok(Vec::new());
    }
    connection
        .prepare_cached(
            "SELECT term, uses FROM terms WHERE is_tag = ?1 AND term >= ?2 AND term < ?2 || char(1114111)
             ORDER BY uses DESC, term LIMIT ?3",
        )?
        .query_map(params![is_tag, begun, 8_u32], |row| {
            let term: String = row.get(0)?;
            let shown = if is_tag { words::shown(&term) } else { term };
            Ok(SearchOffer {
                uses: Some(row.get(1)?),
                ..SearchOffer::plain(quoted(&shown))
            })
        })?
        .collect()
}

/// A value as it has to be written.
fn quoted(value: &str) -> String {
    if value.contains(|char: char| char.is_whitespace() || char == ',') {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}
