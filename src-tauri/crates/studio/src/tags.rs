//! Tags that are completed: a list that comes with the app, a list that a person may import, and what they use themselves.

pub(crate) mod lists;
mod table;
pub(crate) mod words;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use novelai::prompt::{Syntax, without_unsent};
use novelai::request::GenerateRequest;
use serde::{Deserialize, Serialize};

use crate::disk::replace;
use crate::error::{Error, ErrorCode};
use table::{Hit, Query, Table, folded};

/// What a tag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum TagCategory {
    /// What is to be seen.
    General,
    /// Who drew it.
    Artist,
    /// Who is in it.
    Character,
    /// Where they come from.
    Copyright,
    /// What kind of file it is.
    Meta,
    /// The person's own words.
    Own,
}

/// What came of an imported list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct TagImport {
    /// How many tags there are now that there were not.
    pub added: u32,
    /// How many were left out.
    pub dropped: u32,
}

/// A tag that could stand where a person types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) name: String,
    /// The alias that was typed, if it was not the name.
    pub(crate) alias: Option<String>,
    pub(crate) count: Option<u32>,
    pub(crate) category: TagCategory,
}

/// No list is longer.
const LONGEST: u64 = 64 * 1024 * 1024;

/// All that can be completed.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    table: Table,
    used: Used,
}

/// What a person has used, and how often.
#[derive(Debug, Default)]
struct Used {
    /// Tags of the table.
    known: HashMap<u32, u32>,
    /// Words that are in no list, as they were written.
    own: HashMap<String, u32>,
}

/// So many words of a person's own are remembered.
const MOST_OWN: usize = 5000;
/// What was used only once may have been a slip.
const OWN_FROM: u32 = 2;

impl Tags {
    /// The list that comes with the app, and the imported one over it.
    pub(crate) fn read(data: &Path) -> Self {
        let imported = imported(data).unwrap_or_else(|error| {
            tracing::warn!(%error, "the imported tags can't be read");
            Vec::new()
        });
        // What the imported list counts is newer; its aliases and ours go together.
        let entries = imported.into_iter().chain(lists::starter());
        Self {
            table: Table::of(entries).0,
            used: Used::default(),
        }
    }

    /// Only these: for tests and benchmarks.
    pub(crate) fn of_csv(text: &str) -> Self {
        Self {
            table: Table::of(lists::read_csv(text)).0,
            used: Used::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Remembers the words of a request that was sent.
    pub(crate) fn learn(&mut self, request: &GenerateRequest, syntax: Syntax) {
        let characters = request
            .characters
            .iter()
            .filter(|one| one.enabled)
            .map(|one| &one.prompt);
        for text in std::iter::once(&request.prompt.text).chain(characters) {
            let live = without_unsent(text);
            for (range, _) in novelai::prompt::weights(&live, syntax) {
                for tag in live[range].split([',', '\n', '|']) {
                    self.learn_tag(tag.trim());
                }
            }
        }
    }

    fn learn_tag(&mut self, tag: &str) {
        let words = tag.split_whitespace().count();
        if tag.is_empty() || tag.len() > 60 || words > 4 || tag.contains("__") || tag.contains("::") {
            return;
        }
        if let Some(known) = self.table.named(tag) {
            let times = self.used.known.entry(known).or_default();
            *times = times.saturating_add(1);
            return;
        }
        let name = folded(tag);
        let letters = name.chars().filter(|letter| letter.is_alphabetic()).count();
        if letters < 2 || words::is_never_offered(&name, false) {
            return;
        }
        if self.used.own.len() >= MOST_OWN && !self.used.own.contains_key(tag) {
            return;
        }
        *self.used.own.entry(tag.to_owned()).or_default() += 1;
    }

    /// What could be meant, best first.
    pub(crate) fn find(
        &self,
        typed: &str,
        explicit: bool,
        category: Option<TagCategory>,
        limit: usize,
    ) -> Vec<Suggestion> {
        let query = Query {
            typed,
            explicit,
            category,
            used: &self.used.known,
            limit,
        };
        let mut found: Vec<Suggestion> = self
            .table
            .find(&query)
            .iter()
            .filter_map(|hit| self.suggestion(hit))
            .collect();
        if category.is_none() {
            let own = self.own(&folded(typed), explicit);
            let place = found.len().min(3);
            found.splice(place..place, own);
            found.truncate(limit);
        }
        found
    }

    fn suggestion(&self, hit: &Hit) -> Option<Suggestion> {
        let tag = self.table.get(hit.tag)?;
        Some(Suggestion {
            name: tag.name.to_string(),
            alias: self.table.alias(hit).map(str::to_owned),
            count: (tag.count > 0).then_some(tag.count),
            category: tag.category,
        })
    }

    /// Words of the person's own that begin with it.
    fn own(&self, typed: &str, explicit: bool) -> Vec<Suggestion> {
        if typed.trim().chars().count() < 2 && typed.is_ascii() {
            return Vec::new();
        }
        let often = self.used.own.iter().filter(|(_, times)| **times >= OWN_FROM);
        let mut found: Vec<(&String, u32)> = often
            .map(|(words, times)| (words, *times))
            .filter(|(words, _)| folded(words).starts_with(typed))
            .filter(|(words, _)| explicit || !words::is_explicit(&folded(words)))
            .collect();
        found.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        let best = found.into_iter().take(5);
        best.map(|(words, _)| Suggestion {
            name: words.clone(),
            alias: None,
            count: None,
            category: TagCategory::Own,
        })
        .collect()
    }

    /// A tag as the table has it, where it has it.
    pub(crate) fn about(&self, name: &str) -> Option<(TagCategory, u32, bool)> {
        let tag = self.table.get(self.table.named(name)?)?;
        Some((tag.category, tag.count, tag.explicit))
    }

    /// Puts what is used over to a table that was read anew.
    pub(crate) fn with_uses_of(mut self, before: &Self) -> Self {
        for (tag, times) in &before.used.known {
            let name = before.table.get(*tag).map(|tag| tag.name.to_string());
            if let Some(known) = name.and_then(|name| self.table.named(&name)) {
                self.used.known.insert(known, *times);
            }
        }
        for (words, times) in &before.used.own {
            match self.table.named(words) {
                Some(known) => *self.used.known.entry(known).or_default() += times,
                None => drop(self.used.own.insert(words.clone(), *times)),
            }
        }
        self
    }
}

fn list(data: &Path) -> PathBuf {
    data.join("tags.csv")
}

fn imported(data: &Path) -> io::Result<Vec<table::Entry>> {
    match read_text(&list(data)) {
        Ok(text) => Ok(lists::read_csv(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other("the file is too long"));
    }
    Ok(text)
}

/// Takes a list over into the data folder, as it is, if there are tags in it. Gives how many there are now that there
/// were not, and how many of it are left out.
pub(crate) fn import(data: &Path, source: &Path, before: usize) -> Result<(Tags, TagImport), Error> {
    let text = read_text(source).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::new(
            ErrorCode::Refused,
            "This is no list of tags: it is not written in UTF-8.",
        )
        .with_detail("file"),
        _ => Error::storage(&error, "reading the list"),
    })?;
    let entries = lists::read_csv(&text);
    if entries.is_empty() {
        return Err(Error::new(
            ErrorCode::Refused,
            "There are no tags in this file. A line of a list is name,category,count,\"aliases\".",
        )
        .with_detail("file"));
    }
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (alone, dropped) = Table::of(entries);
    if alone.len() == 0 {
        return Err(Error::new(ErrorCode::Refused, "None of the tags in this file can be used.").with_detail("file"));
    }
    replace(&list(data), text.as_bytes()).map_err(|error| Error::storage(&error, "keeping the list"))?;
    let after = Tags::read(data);
    let told = TagImport {
        added: count(after.len().saturating_sub(before)),
        dropped: count(dropped),
    };
    Ok((after, told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    fn names(found: &[Suggestion]) -> Vec<&str> {
        found.iter().map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn an_imported_list_joins_the_one_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let before = Tags::read(folder.path());
        assert_eq!(before.find("1girl", false, None, 5)[0].name, "1girl");
        let file = folder.path().join("from outside.csv");
        fs::write(&file, "1girl,0,7000000,\"1girls\"\nzzz_top,0,5,\nshota,0,9,\n").unwrap();
        let (after, told) = import(folder.path(), &file, before.len()).unwrap();
        assert_eq!(told, TagImport { added: 1, dropped: 1 });
        let girl = &after.find("1girl", false, None, 5)[0];
        assert_eq!(girl.count, Some(7_000_000));
        // Its aliases are still there.
        assert_eq!(after.find("女の子", false, None, 5)[0].name, "1girl");
        assert_eq!(names(&after.find("zzz", false, None, 5)), ["zzz top"]);
        assert_eq!(Tags::read(folder.path()).len(), after.len());
    }

    #[test]
    fn a_file_that_is_no_list_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let before = Tags::read(folder.path());
        let file = folder.path().join("x.csv");
        for content in [&b""[..], b"hello", b"\xff\xfe", b"loli,0,5,\n", b"<html>,</html>"] {
            fs::write(&file, content).unwrap();
            assert_eq!(
                import(folder.path(), &file, before.len()).unwrap_err().code,
                ErrorCode::Refused
            );
        }
        assert!(!list(folder.path()).exists());
    }

    #[test]
    fn what_is_sent_is_learned() {
        let mut tags = Tags::of_csv("sea,0,5,\nseagull,0,9,\nsky,0,1,\n");
        let mut asked = request();
        asked.prompt.text = "seashell lamp, {sea}, /*sky*/, # no\n__x__, a, one two three four five words".into();
        assert_eq!(names(&tags.find("sea", false, None, 9)), ["sea", "seagull"]);
        tags.learn(&asked, Syntax::Numbers);
        assert_eq!(names(&tags.find("seash", false, None, 9)), Vec::<&str>::new());
        tags.learn(&asked, Syntax::Numbers);
        assert_eq!(names(&tags.find("seash", false, None, 9)), ["seashell lamp"]);
        assert_eq!(tags.find("seash", false, None, 9)[0].category, TagCategory::Own);
        // It is in a list from now on.
        let after = Tags::of_csv("seashell lamp,0,1,\nsea,0,1,\n").with_uses_of(&tags);
        assert_eq!((after.used.own.len(), after.used.known.len()), (1, 2));
    }

    #[test]
    fn what_is_never_offered_is_not_learned_either() {
        let mut tags = Tags::of_csv("sea,0,5,\n");
        let mut asked = request();
        asked.prompt.text = "loli dress, nude sketching".into();
        for _ in 0..3 {
            tags.learn(&asked, Syntax::Numbers);
        }
        assert_eq!(names(&tags.find("loli", true, None, 9)), Vec::<&str>::new());
        assert_eq!(names(&tags.find("nude", false, None, 9)), Vec::<&str>::new());
        assert_eq!(names(&tags.find("nude", true, None, 9)), ["nude sketching"]);
    }
}
