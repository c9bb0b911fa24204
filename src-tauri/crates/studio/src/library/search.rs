//! The search over the library: as you type, over a hundred thousand pictures and more.
//!
//! Words are found by a full-text index (`words`, FTS5) that walks the pictures newest first; everything else (model,
//! rating, size, day, …) is asked of columns in memory. What a search found stays here under a number, so that the page
//! can read any stretch of it without the rest.

mod columns;
mod complete;
mod facets;
mod filter;
pub(crate) mod note;
mod query;
mod saved;
mod stacks;
pub(crate) mod words;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

pub use complete::{SearchOffer, SearchOffers};
pub use facets::{Facet, FacetField, FacetValue};
pub use query::{SearchProblem, SearchProblemKind};
pub use saved::SavedSearch;
pub(crate) use saved::Searches;

use crate::database::Database;
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::library::{ImageId, ImageRecord, index};
use crate::shared::Shared;
pub(crate) use columns::{Columns, album_numbers};
use filter::Filter;

/// Findings that are kept: what the page shows, and what it showed before.
const KEPT: usize = 4;
/// The most pictures that are read at once.
const MOST: u32 = 1000;
/// Recipes that are named by the beginning of their prompt.
const MOST_NAMES: usize = 2000;

/// What the pictures of a search are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Grouping {
    /// By the day they were made: one run, newest first.
    #[default]
    Day,
    /// By album; a picture in several stands in each of them, one in none at the end.
    Album,
    /// By recipe: what differs in the seed alone stands together, what stands alone at the end.
    Recipe,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// Under this number it can be read.
    pub id: u32,
    /// So many pictures, those that stand twice counted twice.
    pub total: u32,
    /// How long it took, in milliseconds.
    pub took: u32,
    /// Groups, in their order; empty when grouped by day, which the page does by its own calendar.
    pub groups: Vec<FoundGroup>,
    /// What the pictures have in common, with counts.
    pub facets: Vec<Facet>,
    /// What was not understood, and left out.
    pub problems: Vec<SearchProblem>,
}

/// Pictures of a search that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct FoundGroup {
    /// The album's name, or the beginning of the recipe's prompt; empty: no album, or pictures that stand alone.
    pub name: String,
    /// So many pictures.
    pub count: u32,
}

/// The state of the search.
#[derive(Default)]
pub(crate) struct Search {
    columns: Mutex<Option<Columns>>,
    pub(crate) found: Mutex<Findings>,
}

/// What was found lately.
#[derive(Default)]
pub(crate) struct Findings {
    last: u32,
    kept: VecDeque<(u32, Finding)>,
}

/// What one search found. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Finding {
    /// The pictures, in their order.
    seqs: Arc<Vec<i64>>,
    /// Where a stack begins, and how many pictures it has; those that stand alone are none.
    stacks: Arc<Vec<(u32, u32)>>,
}

impl Finding {
    /// Without stacks.
    pub(crate) fn plain(seqs: Vec<i64>) -> Self {
        Self {
            seqs: Arc::new(seqs),
            stacks: Arc::default(),
        }
    }
}

impl Findings {
    pub(crate) fn keep(&mut self, finding: Finding) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.kept.push_back((self.last, finding));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        self.last
    }

    /// What is in use stays longest.
    fn get(&mut self, id: u32) -> Option<Finding> {
        let at = self.kept.iter().position(|(number, _)| *number == id)?;
        let found = self.kept.remove(at)?;
        let finding = found.1.clone();
        self.kept.push_back(found);
        Some(finding)
    }
}

impl Studio {
    /// Looks for pictures. What is not understood of the text is named, and the rest is looked for.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn search(&self, text: String, grouping: Grouping) -> Result<Found, Error> {
        self.search_with(text, grouping, false).await
    }

    /// The same, and where it is wanted pictures of one recipe stand together in stacks: each at the place of its newest
    /// picture, in each group for itself. Groups by recipe have none: they are stacks.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn search_with(&self, text: String, grouping: Grouping, stacked: bool) -> Result<Found, Error> {
        let began = Instant::now();
        let shared = self.shared().clone();
        let mut found = with_columns(&self.shared().clone(), move |connection, columns| {
            let mut query = query::parse(&text);
            let filter = Filter::of(&mut query, connection, columns, &shared.registry)?;
            let seqs = matching(connection, columns, &filter, None)?;
            let facets = facets::count(connection, columns, &seqs)?;
            let (seqs, groups) = grouped(connection, columns, seqs, grouping)?;
            let finding = if stacked && grouping != Grouping::Recipe {
                stacks::stack(columns, &seqs, &groups)
            } else {
                Finding::plain(seqs)
            };
            Ok(Found {
                total: u32::try_from(finding.seqs.len()).unwrap_or(u32::MAX),
                id: lock(&shared.search.found).keep(finding),
                took: 0,
                groups,
                facets,
                problems: query.problems,
            })
        })
        .await?;
        found.took = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        Ok(found)
    }

    /// The newest pictures that a search finds, at most so many: the quick look, without counts.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn newest_found(&self, text: String, limit: u32) -> Result<Vec<ImageRecord>, Error> {
        let registry = self.shared().registry.clone();
        with_columns(&self.shared().clone(), move |connection, columns| {
            let mut query = query::parse(&text);
            let filter = Filter::of(&mut query, connection, columns, &registry)?;
            let seqs = matching(connection, columns, &filter, Some(limit.min(MOST) as usize))?;
            index::by_seq(connection, &seqs)
        })
        .await
    }

    /// Pictures of what a search found, from the one at `from` on; at most 1000. What has gone since is left out.
    ///
    /// # Errors
    ///
    /// `notFound` where the search is long over, and storage errors.
    pub async fn found_pictures(&self, id: u32, from: u32, count: u32) -> Result<Vec<ImageRecord>, Error> {
        let seqs = self.found(id)?;
        let from = (from as usize).min(seqs.len());
        let wanted = seqs[from..seqs.len().min(from + count.min(MOST) as usize)].to_vec();
        self.shared()
            .reader
            .call(move |connection| index::by_seq(connection, &wanted))
            .await
    }

    /// What the layout of everything that a search found is made of, little endian: of all pictures the second since 1970
    /// in which they were made (u32 each), then of all the widths, then of all the heights (u16 each). So each of the
    /// three can be used where it lies.
    ///
    /// # Errors
    ///
    /// `notFound` where the search is long over, and storage errors.
    pub async fn found_shapes(&self, id: u32) -> Result<Vec<u8>, Error> {
        let seqs = self.found(id)?;
        with_columns(&self.shared().clone(), move |_, columns| Ok(shapes(columns, &seqs))).await
    }

    /// The stacks of what a search found, in their order: for each eight bytes, little endian: the place of its first
    /// picture and how many pictures it has, two or more (u32 each).
    ///
    /// # Errors
    ///
    /// `notFound` where the search is long over.
    pub fn found_stacks(&self, id: u32) -> Result<Vec<u8>, Error> {
        let stacks = finding(self.shared(), id)?.stacks;
        let numbers = stacks
            .iter()
            .flat_map(|(at, count)| [at.to_le_bytes(), count.to_le_bytes()]);
        Ok(numbers.flatten().collect())
    }

    /// Where pictures stand in what a search found, each in its turn; none: it is not in it.
    ///
    /// # Errors
    ///
    /// `notFound` where the search is long over, and storage errors.
    pub async fn places_in_found(&self, id: u32, images: Vec<ImageId>) -> Result<Vec<Option<u32>>, Error> {
        let seqs = self.found(id)?;
        let wanted = self
            .shared()
            .reader
            .call(move |connection| {
                let numbers = images.iter().map(|image| index::seq_of(connection, image));
                numbers.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        let of = |seq: Option<i64>| seqs.iter().position(|other| Some(*other) == seq);
        let places = wanted
            .into_iter()
            .map(|seq| of(seq).and_then(|at| u32::try_from(at).ok()));
        Ok(places.collect())
    }

    /// What could stand at a place of a search.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn complete_search(&self, text: String, at: u32) -> Result<SearchOffers, Error> {
        let registry = self.shared().registry.clone();
        with_columns(&self.shared().clone(), move |connection, columns| {
            complete::offers(connection, columns, &registry, &text, at as usize)
        })
        .await
    }

    fn found(&self, id: u32) -> Result<Arc<Vec<i64>>, Error> {
        found(self.shared(), id)
    }
}

/// See [`Studio::found_shapes`].
fn shapes(columns: &Columns, seqs: &[i64]) -> Vec<u8> {
    let mut bytes = vec![0; seqs.len() * 8];
    let (seconds, sides) = bytes.split_at_mut(seqs.len() * 4);
    let (widths, heights) = sides.split_at_mut(seqs.len() * 2);
    for (at, seq) in seqs.iter().enumerate() {
        let (created, width, height) = columns.get(*seq).map_or((*seq >> 10, 1, 1), |picture| {
            (picture.created(), picture.width, picture.height)
        });
        let second = u32::try_from(created / 1000).unwrap_or(0);
        seconds[at * 4..at * 4 + 4].copy_from_slice(&second.to_le_bytes());
        widths[at * 2..at * 2 + 2].copy_from_slice(&width.to_le_bytes());
        heights[at * 2..at * 2 + 2].copy_from_slice(&height.to_le_bytes());
    }
    bytes
}

/// What a search found, by its number.
pub(crate) fn found(shared: &Shared, id: u32) -> Result<Arc<Vec<i64>>, Error> {
    Ok(finding(shared, id)?.seqs)
}

fn finding(shared: &Shared, id: u32) -> Result<Finding, Error> {
    lock(&shared.search.found).get(id).ok_or_else(|| {
        Error::new(
            ErrorCode::NotFound,
            "The list that this belongs to has been replaced by another. Search again.",
        )
    })
}

/// Runs `work` on the reading connection, with columns that have all that was written before.
pub(crate) async fn with_columns<R: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Connection, &Columns) -> rusqlite::Result<R> + Send + 'static,
) -> Result<R, Error> {
    // Taken on the thread that writes, between two transactions: what is in it can be read by others.
    let changes = shared.database.changes();
    let changed = shared.database.call(move |_| Ok(changes.take())).await?;
    let held = shared.clone();
    shared
        .reader
        .call(move |connection| {
            let mut columns = lock(&held.search.columns);
            match &mut *columns {
                Some(columns) => columns.refresh(connection, &changed)?,
                none => *none = Some(Columns::load(connection)?),
            }
            match &*columns {
                Some(columns) => work(connection, columns),
                None => Err(rusqlite::Error::QueryReturnedNoRows),
            }
        })
        .await
}

/// The pictures that a filter lets through, newest first.
fn matching(
    connection: &Connection,
    columns: &Columns,
    filter: &Filter,
    limit: Option<usize>,
) -> rusqlite::Result<Vec<i64>> {
    let most = limit.unwrap_or(usize::MAX);
    if filter.nothing {
        return Ok(Vec::new());
    }
    let all = columns.all();
    let Some(wanted) = &filter.wanted else {
        let unwanted = match &filter.unwanted {
            Some(expression) => of_words(connection, expression)?,
            None => Vec::new(),
        };
        // Both run from the newest to the oldest.
        let mut out = unwanted.into_iter().peekable();
        let mut found = Vec::new();
        for picture in all.iter().rev() {
            while out.next_if(|seq| *seq > picture.seq).is_some() {}
            if out.peek() != Some(&picture.seq) && filter.holds(picture) {
                found.push(picture.seq);
                if found.len() == most {
                    break;
                }
            }
        }
        return Ok(found);
    };
    let expression = match &filter.unwanted {
        Some(unwanted) => format!("({wanted}) NOT ({unwanted})"),
        None => wanted.clone(),
    };
    let mut statement = connection.prepare_cached(WORDS)?;
    let mut rows = statement.query([expression])?;
    let mut found = Vec::new();
    let mut rest = all;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        // Those before it in the columns are what is left to look through.
        match rest.binary_search_by_key(&seq, |picture| picture.seq) {
            Ok(at) => {
                if filter.asks_no_column() || filter.holds(&rest[at]) {
                    found.push(seq);
                    if found.len() == most {
                        break;
                    }
                }
                rest = &rest[..at];
            }
            Err(at) => rest = &rest[..at],
        }
    }
    Ok(found)
}

const WORDS: &str = "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC";

fn of_words(connection: &Connection, expression: &str) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(WORDS)?
        .query_map([expression], |row| row.get(0))?
        .collect()
}

/// Pictures put together, the groups in an order of their own, and the pictures of each newest first.
fn grouped(
    connection: &Connection,
    columns: &Columns,
    seqs: Vec<i64>,
    grouping: Grouping,
) -> rusqlite::Result<(Vec<i64>, Vec<FoundGroup>)> {
    let together = |groups: Vec<(String, Vec<i64>)>| {
        let named = groups.iter().map(|(name, seqs)| FoundGroup {
            name: name.clone(),
            count: u32::try_from(seqs.len()).unwrap_or(u32::MAX),
        });
        let named = named.collect();
        (groups.into_iter().flat_map(|(_, seqs)| seqs).collect(), named)
    };
    match grouping {
        Grouping::Day => Ok((seqs, Vec::new())),
        Grouping::Album => {
            let albums: Vec<(i64, String)> = connection
                .prepare_cached("SELECT number, name FROM albums ORDER BY name COLLATE NOCASE")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut groups: Vec<(String, Vec<i64>)> = albums.iter().map(|(_, name)| (name.clone(), vec![])).collect();
            let mut rest = Vec::new();
            for seq in seqs {
                let list = columns
                    .get(seq)
                    .map_or("", |picture| columns.albums.get(picture.albums));
                let mut alone = true;
                for number in album_numbers(list) {
                    if let Some(at) = albums.iter().position(|(album, _)| *album == number) {
                        groups[at].1.push(seq);
                        alone = false;
                    }
                }
                if alone {
                    rest.push(seq);
                }
            }
            groups.push((String::new(), rest));
            groups.retain(|(_, seqs)| !seqs.is_empty());
            Ok(together(groups))
        }
        Grouping::Recipe => {
            let mut places = std::collections::HashMap::new();
            let mut groups: Vec<(String, Vec<i64>)> = Vec::new();
            for seq in seqs {
                let recipe = columns.get(seq).map_or(0, |picture| picture.recipe);
                // Of what tells no recipe each stands alone.
                let at = if recipe == 0 {
                    groups.len()
                } else {
                    *places.entry(recipe).or_insert(groups.len())
                };
                if at == groups.len() {
                    groups.push((String::new(), Vec::new()));
                }
                groups[at].1.push(seq);
            }
            let (mut stacks, alone): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(_, seqs)| seqs.len() > 1);
            for (name, seqs) in stacks.iter_mut().take(MOST_NAMES) {
                *name = connection
                    .prepare_cached("SELECT substr(prompt, 1, 90) FROM images WHERE seq = ?1")?
                    .query_row([seqs[0]], |row| row.get(0))?;
            }
            let alone: Vec<i64> = alone.into_iter().flat_map(|(_, seqs)| seqs).collect();
            if !alone.is_empty() {
                stacks.push((String::new(), alone));
            }
            Ok(together(stacks))
        }
    }
}

/// Opens a connection of its own for searching: a long look must not hold up who writes.
pub(crate) fn reader(path: &std::path::Path) -> Result<Database, Error> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(Database::serve(connection))
}

#[cfg(test)]
mod tests;
