//! Labels: words of the person's own on their pictures. One is there as long as a picture has it. In a row they stand one
//! under another; in the library folder by name (`library::diary`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Connection;
use serde::Serialize;

use super::said::{Chosen, numbers, tidy};
use super::search::{FacetValue, album_numbers, with_columns};
use crate::door::Studio;
use crate::error::{Error, ErrorCode};

/// What pictures have in common of what the person sorts by: each value with how many of them have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Sorting {
    /// So many pictures.
    pub pictures: u32,
    /// Albums by name, in the order of the alphabet, only those that have some of them.
    pub albums: Vec<FacetValue>,
    /// Labels, the same way.
    pub labels: Vec<FacetValue>,
}

impl Studio {
    /// The albums and the labels of pictures, with counts.
    ///
    /// # Errors
    ///
    /// `notFound` where the search is long over, and storage errors.
    pub async fn sorting_of(&self, chosen: Chosen) -> Result<Sorting, Error> {
        let seqs = numbers(self.shared(), chosen).await?;
        with_columns(self.shared(), move |connection, columns| {
            let mut albums: BTreeMap<String, u32> = BTreeMap::new();
            let mut labels: BTreeMap<String, u32> = BTreeMap::new();
            let names: HashMap<i64, String> = connection
                .prepare_cached("SELECT number, name FROM albums")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut pictures = 0;
            for picture in seqs.iter().filter_map(|seq| columns.get(*seq)) {
                pictures += 1;
                for name in album_numbers(columns.albums.get(picture.albums)).filter_map(|number| names.get(&number)) {
                    *albums.entry(name.clone()).or_default() += 1;
                }
                for label in of_list(columns.labels.get(picture.labels)) {
                    *labels.entry(label.to_owned()).or_default() += 1;
                }
            }
            let values = |counts: BTreeMap<String, u32>| {
                let values = counts.into_iter().map(|(value, count)| FacetValue { value, count });
                values.collect()
            };
            Ok(Sorting {
                pictures,
                albums: values(albums),
                labels: values(labels),
            })
        })
        .await
    }

    /// All labels that a picture has, in the order of the alphabet.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn labels(&self) -> Result<Vec<String>, Error> {
        self.shared().reader.call(|connection| all(connection)).await
    }
}

/// A label as it can be. No comma: in a search that stands between two values.
pub(crate) fn checked(label: &str) -> Result<String, Error> {
    let label = tidy(&label.replace([',', '"'], " "));
    if label.is_empty() {
        return Err(Error::new(ErrorCode::Refused, "A label has a name.").with_detail("label"));
    }
    Ok(label)
}

/// A label as the other pictures have it, whatever its capital letters.
pub(crate) fn as_it_is(connection: &Connection, label: String) -> rusqlite::Result<String> {
    let plain = label.to_lowercase();
    let known = all(connection)?.into_iter().find(|one| one.to_lowercase() == plain);
    Ok(known.unwrap_or(label))
}

pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT labels FROM images WHERE labels <> '' AND pending = 0")?;
    let mut rows = statement.query([])?;
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next()? {
        for label in of_list(row.get_ref(0)?.as_str()?) {
            all.insert(label.to_lowercase(), label.to_owned());
        }
    }
    Ok(all.into_values().collect())
}

/// The labels of a row.
pub(crate) fn of_list(list: &str) -> impl Iterator<Item = &str> {
    list.split('\n').filter(|label| !label.is_empty())
}

/// Labels as they stand in a row.
pub(crate) fn list<L: AsRef<str>>(labels: &BTreeSet<L>) -> String {
    let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
    labels.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_name_without_what_a_search_needs() {
        for bad in ["", " ", "\n", ",", "\"\"", "\u{7}"] {
            assert_eq!(checked(bad).unwrap_err().code, ErrorCode::Refused, "{bad:?}");
        }
        assert_eq!(checked(" to print\n").unwrap(), "to print");
        assert_eq!(checked("a,b").unwrap(), "a b");
        assert_eq!(checked(&"あ".repeat(200)).unwrap().chars().count(), 80);
    }

    #[test]
    fn a_row_has_them_one_under_another() {
        let labels = BTreeSet::from(["to print", "青"]);
        assert_eq!(of_list(&list(&labels)).collect::<Vec<_>>(), ["to print", "青"]);
        assert_eq!(of_list("").count(), 0);
    }
}
