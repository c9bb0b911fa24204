//! Searches that the person keeps, by name: `searches.json` in the data folder, in two generations.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk::off_thread;
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::generations::{Generations, parse_json};

/// So many can be looked through.
const MOST: usize = 200;
/// The longest name.
const LONGEST_NAME: usize = 80;

/// A search by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SavedSearch {
    /// What the person calls it.
    pub name: String,
    /// As it is typed.
    pub text: String,
}

/// The searches that are kept. Blocks.
pub(crate) struct Searches {
    files: Generations<Vec<SavedSearch>>,
}

impl Searches {
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            files: Generations::in_folder(data, "searches", parse_json),
        }
    }

    fn all(&self) -> Vec<SavedSearch> {
        self.files.load().unwrap_or_default()
    }

    /// Keeps one, in the place of the one that has its name if there is one.
    fn save(&self, search: &SavedSearch) -> Result<Vec<SavedSearch>, Error> {
        let name: String = search.name.trim().chars().take(LONGEST_NAME).collect();
        let text = search.text.trim().to_owned();
        let refuse = |message: &str| Err(Error::new(ErrorCode::Refused, message).with_detail("name"));
        if name.is_empty() || text.is_empty() {
            return refuse("A search is kept under a name, and it has to look for something.");
        }
        let mut all = self.all();
        let search = SavedSearch { name, text };
        match all.iter().position(|other| other.name == search.name) {
            Some(at) => all[at] = search,
            None if all.len() >= MOST => return refuse("There are 200 searches already. Remove some first."),
            None => all.push(search),
        }
        self.files.save(&all)?;
        Ok(all)
    }

    fn delete(&self, name: &str) -> Result<Vec<SavedSearch>, Error> {
        let mut all = self.all();
        all.retain(|search| search.name != name);
        self.files.save(&all)?;
        Ok(all)
    }
}

impl Studio {
    /// The searches that are kept, in the order in which they were first saved.
    pub async fn saved_searches(&self) -> Vec<SavedSearch> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.searches).all()).await
    }

    /// Keeps a search under its name.
    ///
    /// # Errors
    ///
    /// `refused` without a name or a text, and storage errors.
    pub async fn save_search(&self, search: SavedSearch) -> Result<Vec<SavedSearch>, Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.searches).save(&search)).await
    }

    /// Forgets a search.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn delete_search(&self, name: String) -> Result<Vec<SavedSearch>, Error> {
        let shared = self.shared().clone();
        off_thread(move || lock(&shared.searches).delete(&name)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(name: &str, text: &str) -> SavedSearch {
        SavedSearch {
            name: name.into(),
            text: text.into(),
        }
    }

    #[test]
    fn a_search_without_a_name_or_a_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let searches = Searches::in_folder(folder.path());
        for (name, text) in [("", "rain"), ("  ", "rain"), ("rain", " ")] {
            assert_eq!(searches.save(&search(name, text)).unwrap_err().code, ErrorCode::Refused);
        }
        assert_eq!(searches.all(), []);
    }

    #[test]
    fn a_search_of_the_same_name_takes_the_place_of_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let searches = Searches::in_folder(folder.path());
        searches.save(&search("best", "rating:5")).unwrap();
        searches.save(&search("rain", "rain")).unwrap();
        searches.save(&search("best", "rating>=4")).unwrap();
        let again = Searches::in_folder(folder.path());
        assert_eq!(again.all(), [search("best", "rating>=4"), search("rain", "rain")]);
        assert_eq!(again.delete("best").unwrap(), [search("rain", "rain")]);
    }
}
