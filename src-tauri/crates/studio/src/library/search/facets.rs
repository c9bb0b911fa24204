//! What the pictures of a search have in common, counted.

use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::Connection;
use serde::Serialize;

use super::columns::{Columns, album_numbers};

/// So many values of one field are worth looking through.
const MOST: usize = 40;

/// One field, and how often each of its values is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Facet {
    /// Which.
    pub field: FacetField,
    /// Most frequent first; ratings from the best down.
    pub values: Vec<FacetValue>,
}

/// A field that is counted; it is written so in a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum FacetField {
    /// Stars.
    Rating,
    /// `is:kept` and its like.
    Is,
    /// Albums by name.
    Album,
    /// Labels of the person's own.
    Label,
    /// Models by id.
    Model,
    /// How they came to be.
    Kind,
    /// Samplers, as the API names them.
    Sampler,
    /// Width by height.
    Size,
}

/// A value, and how many pictures have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct FacetValue {
    /// As it is written in a search.
    pub value: String,
    /// So many pictures.
    pub count: u32,
}

/// Counts the fields of these pictures.
pub(crate) fn count(connection: &Connection, columns: &Columns, seqs: &[i64]) -> rusqlite::Result<Vec<Facet>> {
    let mut models = vec![0_u32; columns.models.all().len()];
    let mut samplers = vec![0_u32; columns.samplers.all().len()];
    let mut lists = vec![0_u32; columns.albums.all().len()];
    let mut label_lists = vec![0_u32; columns.labels.all().len()];
    let mut ratings = [0_u32; 6];
    let mut marks: HashMap<&'static str, u32> = HashMap::new();
    let mut kinds: HashMap<&'static str, u32> = HashMap::new();
    let mut sizes: HashMap<(u16, u16), u32> = HashMap::new();
    for picture in pictures(columns, seqs) {
        add(&mut models, picture.model.into());
        add(&mut samplers, picture.sampler.into());
        add(&mut lists, picture.albums.into());
        add(&mut label_lists, picture.labels.into());
        add(&mut ratings, picture.rating.into());
        if let Some(mark) = picture.mark {
            let name = match mark {
                crate::library::details::Mark::Keep => "kept",
                crate::library::details::Mark::Reject => "rejected",
            };
            *marks.entry(name).or_default() += 1;
        }
        *kinds.entry(picture.kind.name()).or_default() += 1;
        *sizes.entry((picture.width, picture.height)).or_default() += 1;
    }
    let names: HashMap<i64, String> = connection
        .prepare_cached("SELECT number, name FROM albums")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut albums: HashMap<String, u32> = HashMap::new();
    for (list, count) in columns.albums.all().iter().zip(lists) {
        for name in album_numbers(list).filter_map(|number| names.get(&number)) {
            *albums.entry(name.clone()).or_default() += count;
        }
    }
    let mut labels: HashMap<String, u32> = HashMap::new();
    for (list, count) in columns.labels.all().iter().zip(label_lists) {
        for label in crate::library::labels::of_list(list) {
            *labels.entry(label.to_owned()).or_default() += count;
        }
    }
    let named = |names: &[String], counts: Vec<u32>| -> Vec<(String, u32)> {
        let known = names.iter().cloned().zip(counts);
        known.filter(|(name, _)| !name.is_empty()).collect()
    };
    let own = |counts: HashMap<&'static str, u32>| counts.into_iter().map(|(name, count)| (name.to_owned(), count));
    let stars = (1..=5).rev().map(|stars: usize| FacetValue {
        value: stars.to_string(),
        count: ratings[stars],
    });
    let sizes = sizes
        .into_iter()
        .map(|((width, height), count)| (format!("{width}x{height}"), count));
    let all = [
        (FacetField::Rating, stars.filter(|value| value.count > 0).collect()),
        (FacetField::Is, most(own(marks))),
        (FacetField::Album, most(albums)),
        (FacetField::Label, most(labels)),
        (FacetField::Model, most(named(columns.models.all(), models))),
        (FacetField::Kind, most(own(kinds))),
        (FacetField::Sampler, most(named(columns.samplers.all(), samplers))),
        (FacetField::Size, most(sizes)),
    ];
    let facets = all.into_iter().map(|(field, values)| Facet { field, values });
    Ok(facets.filter(|facet: &Facet| !facet.values.is_empty()).collect())
}

/// The columns of pictures that stand newest first. Where it is all of them, nothing is looked up.
fn pictures<'c>(columns: &'c Columns, seqs: &'c [i64]) -> Box<dyn Iterator<Item = &'c super::columns::Picture> + 'c> {
    if seqs.len() == columns.all().len() {
        return Box::new(columns.all().iter());
    }
    Box::new(seqs.iter().filter_map(|seq| columns.get(*seq)))
}

fn add(counts: &mut [u32], at: usize) {
    if let Some(count) = counts.get_mut(at) {
        *count += 1;
    }
}

fn most<S: Into<String> + Hash>(counts: impl IntoIterator<Item = (S, u32)>) -> Vec<FacetValue> {
    let mut values: Vec<FacetValue> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(value, count)| FacetValue {
            value: value.into(),
            count,
        })
        .collect();
    values.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
    values.truncate(MOST);
    values
}
