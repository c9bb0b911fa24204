//! Wildcards: `__name__` in a prompt stands for a line of a list of that name.
//!
//! A list is a text file. A line is an entry; `#` begins a comment, empty lines don't count, and `3::red` is drawn three
//! times as often as `red`. Entries may hold wildcards and alternatives themselves.

use std::collections::BTreeMap;
use std::ops::Range;

use super::weights::{PieceKind, Syntax, parse};

/// The lists that wildcards are drawn from, by name. A name may have `/` in it, after the folder of its file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wildcards {
    lists: BTreeMap<String, List>,
}

/// The entries of one list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List {
    entries: Vec<Entry>,
    /// All chances together.
    total: f64,
    /// The longest entry, which tells how long a prompt can become.
    longest: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    text: String,
    chance: f64,
}

/// No list has more entries than that; what follows is left out.
const MOST_ENTRIES: usize = 200_000;
/// The longest name.
const LONGEST_NAME: usize = 120;

impl Wildcards {
    /// Adds a list, or replaces it.
    pub fn insert(&mut self, name: impl Into<String>, list: List) {
        self.lists.insert(name.into(), list);
    }

    /// A list by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&List> {
        self.lists.get(name)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }
}

impl List {
    /// Reads the text of a file.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let entries: Vec<Entry> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .take(MOST_ENTRIES)
            .map(entry)
            .collect();
        let lengths = entries.iter().enumerate().map(|(at, entry)| (entry.text.len(), at));
        Self {
            total: entries.iter().map(|entry| entry.chance).sum(),
            longest: lengths
                .max_by_key(|(length, at)| (*length, usize::MAX - at))
                .map_or(0, |(_, at)| at),
            entries,
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at a part of the way through all chances, from 0 to 1.
    pub(super) fn at(&self, part: f64) -> Option<&str> {
        let mut left = part * self.total;
        for entry in &self.entries {
            left -= entry.chance;
            if left < 0.0 {
                return Some(&entry.text);
            }
        }
        // What is lost by rounding belongs to the last one that can be drawn.
        let last = self.entries.iter().rev().find(|entry| entry.chance > 0.0);
        last.or(self.entries.last()).map(|entry| entry.text.as_str())
    }

    pub(super) fn longest(&self) -> Option<&str> {
        self.entries.get(self.longest).map(|entry| entry.text.as_str())
    }
}

/// A line with its chance. A number that is closed by `::` further on is a weight of NovelAI, and no chance.
fn entry(line: &str) -> Entry {
    let whole = || Entry {
        text: line.to_owned(),
        chance: 1.0,
    };
    let pieces = parse(line, Syntax::Numbers);
    let [first, rest @ ..] = pieces.as_slice() else {
        return whole();
    };
    let PieceKind::Weight(chance) = first.kind else {
        return whole();
    };
    let mut open = false;
    for piece in rest {
        match piece.kind {
            PieceKind::Weight(_) => open = true,
            PieceKind::End if !open => return whole(),
            PieceKind::End => open = false,
            PieceKind::Text
            | PieceKind::Stronger
            | PieceKind::StrongerEnd
            | PieceKind::Weaker
            | PieceKind::WeakerEnd => {}
        }
    }
    if !(0.0..=1e9).contains(&chance) {
        return whole();
    }
    Entry {
        text: line[first.source.len()..].trim().to_owned(),
        chance,
    }
}

/// The wildcards of a prompt: where each stands, its underscores included.
pub(crate) fn wildcards(prompt: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = prompt[at..].find("__").map(|start| at + start) {
        match name_length(&prompt[start + 2..]) {
            Some(length) => {
                at = start + 2 + length + 2;
                found.push(start..at);
            }
            None => at = start + 1,
        }
    }
    found
}

/// The name of a wildcard without its underscores.
pub(crate) fn name_of(wildcard: &str) -> &str {
    wildcard.get(2..wildcard.len().saturating_sub(2)).unwrap_or_default()
}

/// The length of the name that two underscores begin, if two others end it.
fn name_length(text: &str) -> Option<usize> {
    let end = text.find("__")?;
    let name = &text[..end];
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ' ' | '(' | ')');
    let edges = |c: Option<char>| c.is_some_and(|c| !matches!(c, ' ' | '_' | '/'));
    let named = name.chars().all(plain) && edges(name.chars().next()) && edges(name.chars().next_back());
    (named && name.len() <= LONGEST_NAME).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(String, f64)> {
        let list = List::read(text);
        list.entries
            .into_iter()
            .map(|entry| (entry.text, entry.chance))
            .collect()
    }

    #[test]
    fn a_line_is_an_entry_with_a_chance() {
        assert_eq!(
            entries("\u{feff}# colours\nred\n\n  3::blue  \n0.5::green, dark\r\n"),
            [("red".into(), 1.0), ("blue".into(), 3.0), ("green, dark".into(), 0.5)]
        );
    }

    #[test]
    fn a_weight_of_the_prompt_is_no_chance() {
        assert_eq!(
            entries("1.2::red ::\n3::1.2::red ::\n-1::hat\n2::{a}"),
            [
                ("1.2::red ::".into(), 1.0),
                ("1.2::red ::".into(), 3.0),
                ("-1::hat".into(), 1.0),
                ("{a}".into(), 2.0)
            ]
        );
    }

    #[test]
    fn entries_are_drawn_by_their_chances() {
        let list = List::read("a\n2::b\n0::never\n1::c");
        let drawn = [0.0, 0.2, 0.26, 0.74, 0.76, 0.999_999].map(|part| list.at(part).unwrap());
        assert_eq!(drawn, ["a", "a", "b", "b", "c", "c"]);
        assert_eq!(list.at(1.0), Some("c"));
        assert_eq!((List::read("").at(0.5), List::read("0::a").at(0.5)), (None, Some("a")));
    }

    #[test]
    fn names_stand_between_two_underscores() {
        let found = |prompt: &str| -> Vec<String> {
            wildcards(prompt)
                .into_iter()
                .map(|range| name_of(&prompt[range]).to_owned())
                .collect()
        };
        assert_eq!(
            found("a __hair__ b, __clothes/summer dress__"),
            ["hair", "clothes/summer dress"]
        );
        assert_eq!(found("__髪の色__"), ["髪の色"]);
        assert_eq!(found("__a__b__"), ["a"]);
        assert_eq!(found(">__<, a, >__<"), Vec::<String>::new());
        assert_eq!(found("__ __, ____, __a, __a,b__"), Vec::<String>::new());
        assert_eq!(found("___a__"), ["a"]);
    }
}
