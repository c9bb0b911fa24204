//! Where a picture comes from and what came of it; and what looks like it.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::library::likeness::{ALIKE, apart};
use crate::library::search::words::{shown, tags};
use crate::library::search::{Columns, Finding, Found, FoundGroup, with_columns};
use crate::library::{ImageId, ImageRecord, index};

/// A family that is shown has at most so many members.
const MOST: usize = 200;
/// Pictures that are alike, at most.
const MOST_ALIKE: usize = 200;
/// Tags that are looked for, the rarest first.
const MOST_TAGS: usize = 10;
/// Pictures with a tag that are looked at, the newest first.
const MOST_WITH_TAG: u32 = 3000;

/// A picture among those that it was made of and that were made of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Relative {
    /// The picture.
    pub image: ImageRecord,
    /// How many steps it is away from the one that everything began with.
    pub depth: u32,
    /// What is different from its parent; empty for the first.
    pub differences: Vec<Difference>,
}

/// Something that is different between a picture and its parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Difference {
    /// The model's id.
    Model {
        /// Of the parent.
        from: String,
        /// Of this one.
        to: String,
    },
    /// The sampler, as the API names it.
    Sampler {
        /// Of the parent.
        from: String,
        /// Of this one.
        to: String,
    },
    /// Width by height.
    Size {
        /// Of the parent.
        from: String,
        /// Of this one.
        to: String,
    },
    /// The seed.
    Seed {
        /// Of the parent.
        from: String,
        /// Of this one.
        to: String,
    },
    /// Tags of the prompt and of the characters.
    Words {
        /// That are new.
        added: Vec<String>,
        /// That are no longer there.
        gone: Vec<String>,
    },
    /// Tags of the Undesired Content.
    Undesired {
        /// That are new.
        added: Vec<String>,
        /// That are no longer there.
        gone: Vec<String>,
    },
}

impl Studio {
    /// The family of a picture: what it was made of, up to the beginning, and all that came of that; the beginning first,
    /// and each after its parent. At most 200.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn family(&self, id: ImageId) -> Result<Vec<Relative>, Error> {
        let family = self
            .shared()
            .reader
            .call(move |connection| family(connection, &id))
            .await?;
        if family.is_empty() {
            return Err(Error::new(
                ErrorCode::NotFound,
                "There is no such picture in the library.",
            ));
        }
        Ok(family)
    }

    /// What is different in how one picture was made from how another was, whether or not they are of one family; empty:
    /// nothing that they tell.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn differences(&self, from: ImageId, to: ImageId) -> Result<Vec<Difference>, Error> {
        let told = self
            .shared()
            .reader
            .call(move |connection| {
                let both = [index::get(connection, &from)?, index::get(connection, &to)?];
                if both.iter().any(Option::is_none) {
                    return Ok(None);
                }
                Ok(Some(differences(&said(connection, &from)?, &said(connection, &to)?)))
            })
            .await?;
        told.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such picture in the library."))
    }

    /// Pictures that look like one or have its tags, the most alike first, as if they had been searched for.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn search_alike(&self, id: ImageId) -> Result<Found, Error> {
        let shared = self.shared().clone();
        let found = with_columns(&self.shared().clone(), move |connection, columns| {
            let Some(seq) = index::seq_of(connection, &id)? else {
                return Ok(None);
            };
            let seqs = alike(connection, columns, seq)?;
            let total = u32::try_from(seqs.len()).unwrap_or(u32::MAX);
            let name: String = connection.query_row(
                "SELECT substr(prompt, 1, 90) FROM images WHERE seq = ?1",
                [seq],
                |row| row.get(0),
            )?;
            Ok(Some(Found {
                id: lock(&shared.search.found).keep(Finding::plain(seqs)),
                total,
                took: 0,
                groups: vec![FoundGroup { name, count: total }],
                facets: Vec::new(),
                problems: Vec::new(),
            }))
        })
        .await?;
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such picture in the library."))
    }
}

fn family(connection: &Connection, id: &ImageId) -> rusqlite::Result<Vec<Relative>> {
    let Some(mut first) = index::get(connection, id)? else {
        return Ok(Vec::new());
    };
    // A circle can't be, but files can say anything.
    let mut seen = HashSet::from([first.id.clone()]);
    while let Some(parent) = &first.parent
        && let Some(record) = index::get(connection, parent)?
        && seen.insert(record.id.clone())
    {
        first = record;
    }
    let mut family = Vec::new();
    let mut seen = HashSet::from([first.id.clone()]);
    let mut open: VecDeque<(ImageRecord, u32)> = VecDeque::from([(first, 0)]);
    while let Some((image, depth)) = open.pop_front() {
        if family.len() == MOST {
            break;
        }
        let children = index::children(connection, &image.id)?;
        // Depth first: a child stands right after its parent.
        for child in children.into_iter().rev() {
            if seen.insert(child.id.clone()) {
                open.push_front((child, depth + 1));
            }
        }
        let parent = image.parent.clone().filter(|_| depth > 0);
        let differences = match parent {
            Some(parent) => differences(&said(connection, &parent)?, &said(connection, &image.id)?),
            None => Vec::new(),
        };
        family.push(Relative {
            image,
            depth,
            differences,
        });
    }
    Ok(family)
}

/// What is compared.
#[derive(Debug, Default)]
struct Told {
    model: Option<String>,
    sampler: Option<String>,
    seed: Option<u32>,
    size: (u32, u32),
    words: BTreeSet<String>,
    undesired: BTreeSet<String>,
}

fn said(connection: &Connection, id: &ImageId) -> rusqlite::Result<Told> {
    let told = connection
        .prepare_cached(
            "SELECT model, sampler, seed, width, height, prompt, characters, undesired FROM images WHERE id = ?1",
        )?
        .query_row([&id.0], |row| {
            let words = format!("{}\n{}", row.get::<_, String>(5)?, row.get::<_, String>(6)?);
            Ok(Told {
                model: row.get(0)?,
                sampler: row.get(1)?,
                seed: row.get(2)?,
                size: (row.get(3)?, row.get(4)?),
                words: tags(&words).into_iter().collect(),
                undesired: tags(&row.get::<_, String>(7)?).into_iter().collect(),
            })
        })
        .optional()?;
    Ok(told.unwrap_or_default())
}

/// What is different; of what one of them does not tell, nothing is said.
fn differences(parent: &Told, child: &Told) -> Vec<Difference> {
    let mut all = Vec::new();
    let both = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(from), Some(to)) if from != to => Some((from.clone(), to.clone())),
        _ => None,
    };
    if let Some((from, to)) = both(&parent.model, &child.model) {
        all.push(Difference::Model { from, to });
    }
    if let Some((from, to)) = both(&parent.sampler, &child.sampler) {
        all.push(Difference::Sampler { from, to });
    }
    if parent.size != child.size {
        let size = |(width, height): (u32, u32)| format!("{width} × {height}");
        all.push(Difference::Size {
            from: size(parent.size),
            to: size(child.size),
        });
    }
    let seed = |told: &Told| told.seed.map(|seed| seed.to_string());
    if let Some((from, to)) = both(&seed(parent), &seed(child)) {
        all.push(Difference::Seed { from, to });
    }
    let less = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
        one.difference(other).map(|tag| shown(tag)).collect()
    };
    if parent.words != child.words && !child.words.is_empty() {
        let (added, gone) = (less(&child.words, &parent.words), less(&parent.words, &child.words));
        all.push(Difference::Words { added, gone });
    }
    if parent.undesired != child.undesired && !child.undesired.is_empty() {
        let (added, gone) = (
            less(&child.undesired, &parent.undesired),
            less(&parent.undesired, &child.undesired),
        );
        all.push(Difference::Undesired { added, gone });
    }
    all
}

/// Pictures by how alike they are to one, itself first.
fn alike(connection: &Connection, columns: &Columns, seq: i64) -> rusqlite::Result<Vec<i64>> {
    let mut scores: HashMap<i64, f64> = HashMap::new();
    let own = columns.get(seq).and_then(|picture| picture.likeness);
    if let Some(own) = own {
        for picture in columns.all() {
            if let Some(other) = picture.likeness
                && apart(own, other) <= 2 * ALIKE
            {
                scores.insert(picture.seq, 2.0 - f64::from(apart(own, other)) / f64::from(ALIKE));
            }
        }
    }
    let words: String = connection.query_row(
        "SELECT prompt || char(10) || characters FROM images WHERE seq = ?1",
        [seq],
        |row| row.get(0),
    )?;
    let mut known: Vec<(String, f64)> = Vec::new();
    for tag in tags(&words) {
        let uses: Option<u32> = connection
            .prepare_cached("SELECT uses FROM terms WHERE is_tag = 1 AND term = ?1")?
            .query_row([&tag], |row| row.get(0))
            .optional()?;
        known.push((tag, f64::from(uses.unwrap_or(1).max(1))));
    }
    known.sort_by(|one, other| one.1.total_cmp(&other.1));
    let total = (columns.all().len().max(2)) as f64;
    let chosen = known.iter().take(MOST_TAGS);
    let whole: f64 = chosen.clone().map(|(_, uses)| (1.0 + total / uses).ln()).sum();
    for (tag, uses) in chosen {
        // What is rare says more.
        let weight = (1.0 + total / uses).ln() / whole.max(f64::MIN_POSITIVE);
        let mut statement =
            connection.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2")?;
        let mut rows = statement.query(params![format!("tags : \"{tag}\""), MOST_WITH_TAG])?;
        while let Some(row) = rows.next()? {
            *scores.entry(row.get(0)?).or_default() += weight;
        }
    }
    scores.insert(seq, f64::INFINITY);
    let mut all: Vec<(i64, f64)> = scores
        .into_iter()
        .filter(|(other, score)| *score >= 0.4 && columns.get(*other).is_some())
        .collect();
    all.sort_by(|one, other| other.1.total_cmp(&one.1).then(other.0.cmp(&one.0)));
    Ok(all.into_iter().take(MOST_ALIKE).map(|(seq, _)| seq).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::details::Details;
    use crate::library::index::tests::{record, table};

    fn add(table: &Connection, id: &str, parent: Option<&str>, prompt: &str) {
        let picture = ImageRecord {
            parent: parent.map(|parent| ImageId(parent.into())),
            prompt: prompt.into(),
            ..record(id, id, 1000)
        };
        index::add(table, &picture, &Details::none()).unwrap();
    }

    fn names(table: &Connection, of: &str) -> Vec<(String, u32)> {
        let family = family(table, &ImageId(of.into())).unwrap();
        family
            .into_iter()
            .map(|relative| (relative.image.id.0, relative.depth))
            .collect()
    }

    #[test]
    fn a_circle_ends_and_an_unknown_picture_has_no_family() {
        let table = table();
        add(&table, "a", Some("b"), "x");
        add(&table, "b", Some("a"), "x");
        assert_eq!(names(&table, "a").len(), 2);
        assert_eq!(names(&table, "nobody"), []);
    }

    #[test]
    fn a_family_begins_with_its_first_and_each_stands_after_its_parent() {
        let table = table();
        add(&table, "first", Some("gone"), "x");
        add(&table, "child", Some("first"), "x");
        add(&table, "other", Some("first"), "x");
        add(&table, "grandchild", Some("child"), "x");
        let expected = [("first", 0), ("child", 1), ("grandchild", 2), ("other", 1)];
        let expected: Vec<(String, u32)> = expected.map(|(name, depth)| (name.to_owned(), depth)).to_vec();
        for of in ["first", "grandchild", "other"] {
            assert_eq!(names(&table, of), expected, "{of}");
        }
    }

    #[test]
    fn what_is_different_from_the_parent_is_told() {
        let table = table();
        add(&table, "a", None, "silver hair, rain");
        add(&table, "b", Some("a"), "silver hair, sun");
        table
            .execute("UPDATE images SET width = 1664, seed = 7 WHERE id = 'b'", [])
            .unwrap();
        let family = family(&table, &ImageId("b".into())).unwrap();
        assert_eq!(family[0].differences, []);
        assert_eq!(
            family[1].differences,
            [
                Difference::Size {
                    from: "832 × 1216".into(),
                    to: "1664 × 1216".into()
                },
                Difference::Seed {
                    from: u32::MAX.to_string(),
                    to: "7".into()
                },
                Difference::Words {
                    added: vec!["sun".into()],
                    gone: vec!["rain".into()]
                },
            ]
        );
    }

    #[test]
    fn what_looks_alike_comes_before_what_shares_a_tag() {
        let table = table();
        add(&table, "a", None, "lighthouse, sea");
        add(&table, "words", None, "lighthouse, sea, storm");
        add(&table, "looks", None, "nothing of that");
        add(&table, "neither", None, "cat");
        table
            .execute("UPDATE images SET likeness = 5 WHERE id = 'a'", [])
            .unwrap();
        table
            .execute("UPDATE images SET likeness = 4 WHERE id = 'looks'", [])
            .unwrap();
        table
            .execute("UPDATE images SET likeness = -1 WHERE id = 'neither'", [])
            .unwrap();
        let columns = Columns::load(&table).unwrap();
        let seq = index::seq_of(&table, &ImageId("a".into())).unwrap().unwrap();
        let found = index::by_seq(&table, &alike(&table, &columns, seq).unwrap()).unwrap();
        let ids: Vec<String> = found.into_iter().map(|picture| picture.id.0).collect();
        assert_eq!(ids, ["a", "looks", "words"]);
    }
}
