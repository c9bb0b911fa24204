//! What the library tells about its person's work, in numbers.

use std::collections::HashMap;

use rusqlite::Connection;
use serde::Serialize;

use crate::door::Studio;
use crate::error::Error;
use crate::library::search::FacetValue;
use crate::library::search::words::{shown, tags};

/// Pictures whose tags are counted, the newest first.
const MOST_READ: u32 = 20_000;
/// Tags that are told.
const MOST_TAGS: usize = 30;

/// The library in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// All pictures.
    pub pictures: u32,
    /// Those that are marked as kept, or have four stars or more.
    pub kept: u32,
    /// Those that are rejected.
    pub rejected: u32,
    /// The last days on which something was made, the oldest first; at most 365.
    pub days: Vec<WorkDay>,
    /// Pictures by model, the most first.
    pub models: Vec<FacetValue>,
    /// Tags of the pictures that were kept, the most used first.
    pub tags: Vec<FacetValue>,
}

/// A day of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct WorkDay {
    /// As in 2026-08-15, by the person's own calendar.
    pub day: String,
    /// Pictures that were made.
    pub pictures: u32,
    /// Anlas that the finished jobs were estimated to cost.
    pub anlas: u32,
}

impl Studio {
    /// The library in numbers.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn statistics(&self) -> Result<Statistics, Error> {
        self.shared().reader.call(|connection| statistics(connection)).await
    }
}

fn statistics(connection: &Connection) -> rusqlite::Result<Statistics> {
    let count = |condition: &str| {
        let sql = format!("SELECT count(*) FROM images WHERE pending = 0 AND ({condition})");
        connection.query_row(&sql, [], |row| row.get::<_, u32>(0))
    };
    Ok(Statistics {
        pictures: count("1")?,
        kept: count(KEPT)?,
        rejected: count("mark = 'reject'")?,
        days: days(connection)?,
        models: connection
            .prepare(
                "SELECT model, count(*) AS number FROM images WHERE pending = 0 AND model IS NOT NULL
                 GROUP BY model ORDER BY number DESC, model LIMIT 40",
            )?
            .query_map([], |row| {
                Ok(FacetValue {
                    value: row.get(0)?,
                    count: row.get(1)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?,
        tags: kept_tags(connection)?,
    })
}

const KEPT: &str = "mark = 'keep' OR (rating >= 4 AND mark IS NOT 'reject')";

fn days(connection: &Connection) -> rusqlite::Result<Vec<WorkDay>> {
    let mut days: Vec<WorkDay> = connection
        .prepare(
            "SELECT day, sum(pictures), sum(anlas) FROM (
               SELECT date(created / 1000, 'unixepoch', 'localtime') AS day, count(*) AS pictures, 0 AS anlas
               FROM images WHERE pending = 0 GROUP BY day
               UNION ALL
               SELECT date(created / 1000, 'unixepoch', 'localtime') AS day, 0, sum(coalesce(anlas, 0))
               FROM jobs WHERE state = 'done' GROUP BY day
             ) WHERE day IS NOT NULL GROUP BY day ORDER BY day DESC LIMIT 365",
        )?
        .query_map([], |row| {
            Ok(WorkDay {
                day: row.get(0)?,
                pictures: row.get(1)?,
                anlas: row.get(2)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    days.reverse();
    Ok(days)
}

fn kept_tags(connection: &Connection) -> rusqlite::Result<Vec<FacetValue>> {
    let sql = format!(
        "SELECT prompt || char(10) || characters FROM images WHERE pending = 0 AND ({KEPT}) ORDER BY seq DESC LIMIT ?1"
    );
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([MOST_READ])?;
    while let Some(row) = rows.next()? {
        for tag in tags(row.get_ref(0)?.as_str()?) {
            *counts.entry(tag).or_default() += 1;
        }
    }
    let mut all: Vec<(String, u32)> = counts.into_iter().collect();
    all.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    all.truncate(MOST_TAGS);
    let told = all.into_iter().map(|(tag, count)| FacetValue {
        value: shown(&tag),
        count,
    });
    Ok(told.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::ImageRecord;
    use crate::library::details::Details;
    use crate::library::index;
    use crate::library::index::tests::{record, table};

    #[test]
    fn an_empty_library_has_nothing_to_tell() {
        let told = statistics(&table()).unwrap();
        assert_eq!((told.pictures, told.days.len(), told.tags.len()), (0, 0, 0));
    }

    #[test]
    fn pictures_and_anlas_are_counted_by_day_and_tags_by_what_was_kept() {
        let table = table();
        for (id, prompt) in [("a", "rain, sea"), ("b", "rain"), ("c", "sun")] {
            let picture = ImageRecord {
                prompt: prompt.into(),
                ..record(id, id, 1_700_000_000_000)
            };
            index::add(&table, &picture, &Details::none()).unwrap();
        }
        table
            .execute_batch(
                "UPDATE images SET rating = 5 WHERE id = 'a';
                 UPDATE images SET mark = 'keep' WHERE id = 'b';
                 UPDATE images SET mark = 'reject', rating = 5 WHERE id = 'c';
                 INSERT INTO jobs (id, server, work, anlas, created, state) VALUES
                   ('j', 's', '{}', 20, 1700000000000, 'done'), ('k', 's', '{}', 9, 1700000000000, 'failed')",
            )
            .unwrap();
        let told = statistics(&table).unwrap();
        assert_eq!((told.pictures, told.kept, told.rejected), (3, 2, 1));
        assert_eq!(
            told.days
                .iter()
                .map(|day| (day.pictures, day.anlas))
                .collect::<Vec<_>>(),
            [(3, 20)]
        );
        let tags: Vec<(&str, u32)> = told.tags.iter().map(|tag| (tag.value.as_str(), tag.count)).collect();
        assert_eq!(tags, [("rain", 2), ("sea", 1)]);
    }
}
