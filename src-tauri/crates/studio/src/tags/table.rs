//! A hundred thousand tags in memory, found by what a person has typed so far: by their beginning, by what is in them, or
//! by something like it; by their name or by another, in whatever language.
//!
//! All names stand in one text, in order: those that begin alike stand together, and one pass over the text finds what is
//! within. Where neither gives much, names that are a letter or two away are looked for.

use std::collections::HashMap;

use super::TagCategory;
use memchr::memmem;

use super::words::{is_explicit, is_never_offered};

/// A tag as it comes from a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) category: TagCategory,
    pub(crate) count: u32,
    pub(crate) explicit: bool,
    pub(crate) aliases: Vec<String>,
}

/// A tag as it is kept.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: Box<str>,
    pub(crate) category: TagCategory,
    pub(crate) count: u32,
    pub(crate) explicit: bool,
}

/// A name by which a tag is found.
#[derive(Debug, Clone, Copy)]
struct Key {
    /// Where it stands in the text.
    start: u32,
    len: u16,
    tag: u32,
    /// Which alias it is, from 1; 0: the name itself.
    alias: u16,
    /// Which letters are in it.
    letters: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    tags: Vec<Tag>,
    aliases: HashMap<(u32, u16), Box<str>>,
    text: String,
    keys: Vec<Key>,
    /// The keys' places in the order of their tags, and where those of each tag begin.
    by_tag: Vec<u32>,
    begins: Vec<u32>,
}

/// A tag that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub(crate) tag: u32,
    pub(crate) alias: u16,
    pub(crate) score: f32,
}

/// What is looked for.
pub(crate) struct Query<'q> {
    pub(crate) typed: &'q str,
    pub(crate) explicit: bool,
    /// Only of this category.
    pub(crate) category: Option<TagCategory>,
    /// How often the person has used each tag.
    pub(crate) used: &'q HashMap<u32, u32>,
    pub(crate) limit: usize,
}

/// How a name matches, best first. The distance between two is more than any count can make up for; what a person uses
/// all the time is worth more.
mod kind {
    pub(super) const EXACT: f32 = 600.0;
    pub(super) const ALIAS_EXACT: f32 = 560.0;
    pub(super) const PREFIX: f32 = 500.0;
    pub(super) const ALIAS_PREFIX: f32 = 440.0;
    pub(super) const WORD: f32 = 400.0;
    pub(super) const MIDDLE: f32 = 300.0;
    pub(super) const FUZZY: f32 = 200.0;
}

/// No name is longer.
const LONGEST: usize = 200;

/// A name as it is compared: small letters, spaces, and one kind of kana.
pub(crate) fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut space = true;
    for letter in name.chars() {
        let letter = match letter {
            '_' | '\u{3000}' => ' ',
            'ァ'..='ヶ' => char::from_u32(letter as u32 - 0x60).unwrap_or(letter),
            other => other,
        };
        if letter.is_whitespace() {
            if !space {
                folded.push(' ');
            }
            space = true;
        } else {
            folded.extend(letter.to_lowercase());
            space = false;
        }
    }
    folded
}

fn letters(name: &[u8]) -> u32 {
    name.iter().fold(0, |letters, byte| {
        letters
            | match byte {
                b'a'..=b'z' => 1 << (byte - b'a'),
                b'0'..=b'9' => 1 << 26,
                b' ' => 0,
                0x80.. => 1 << 28,
                _ => 1 << 27,
            }
    })
}

impl Table {
    /// A table of these tags; of two with the same name the first counts, with the aliases of both. What must not be
    /// offered is left out, and counted.
    pub(crate) fn of(entries: impl IntoIterator<Item = Entry>) -> (Self, usize) {
        let mut table = Self::default();
        let mut named: HashMap<String, u32> = HashMap::new();
        let mut names: Vec<(String, u32, u16)> = Vec::new();
        let mut alias_counts: Vec<u16> = Vec::new();
        let mut dropped = 0;
        for entry in entries {
            let key = folded(&entry.name);
            let key = key.trim();
            if key.is_empty() || key.len() > LONGEST {
                dropped += 1;
                continue;
            }
            if is_never_offered(key, entry.explicit) || named.len() >= u32::MAX as usize {
                dropped += 1;
                continue;
            }
            let next = table.tags.len() as u32;
            let tag = *named.entry(key.to_owned()).or_insert(next);
            if tag == next {
                table.tags.push(Tag {
                    explicit: entry.explicit || is_explicit(key),
                    name: entry.name.into(),
                    category: entry.category,
                    count: entry.count,
                });
                alias_counts.push(0);
                names.push((key.to_owned(), tag, 0));
            }
            for alias in entry.aliases {
                let other = folded(&alias);
                let other = other.trim();
                let count = &mut alias_counts[tag as usize];
                if other.is_empty() || other.len() > LONGEST || other == key || *count == u16::MAX {
                    continue;
                }
                if is_never_offered(other, false) {
                    continue;
                }
                *count += 1;
                names.push((other.to_owned(), tag, *count));
                table.aliases.insert((tag, *count), alias.into());
            }
        }
        names.sort_unstable();
        names.dedup_by(|one, other| one.0 == other.0 && one.1 == other.1);
        table
            .text
            .reserve(names.iter().map(|(name, _, _)| name.len() + 1).sum());
        for (name, tag, alias) in names {
            if table.text.len() + name.len() >= u32::MAX as usize {
                break;
            }
            table.keys.push(Key {
                start: table.text.len() as u32,
                len: name.len() as u16,
                tag,
                alias,
                letters: letters(name.as_bytes()),
            });
            table.text.push_str(&name);
            table.text.push('\n');
        }
        table.order_by_tag();
        (table, dropped)
    }

    fn order_by_tag(&mut self) {
        self.by_tag = (0..self.keys.len() as u32).collect();
        self.by_tag.sort_by_key(|at| self.keys[*at as usize].tag);
        let tag_at = |at: &u32| self.keys[*at as usize].tag;
        self.begins = (0..=self.tags.len() as u32)
            .map(|tag| self.by_tag.partition_point(|at| tag_at(at) < tag) as u32)
            .collect();
    }

    /// All names of a tag.
    fn keys_of(&self, tag: u32) -> impl Iterator<Item = &Key> {
        let at = |tag: u32| self.begins.get(tag as usize).map_or(0, |at| *at as usize);
        let own = self.by_tag.get(at(tag)..at(tag.saturating_add(1))).unwrap_or_default();
        own.iter().map(|at| &self.keys[*at as usize])
    }

    pub(crate) fn len(&self) -> usize {
        self.tags.len()
    }

    pub(crate) fn get(&self, tag: u32) -> Option<&Tag> {
        self.tags.get(tag as usize)
    }

    pub(crate) fn alias(&self, hit: &Hit) -> Option<&str> {
        self.aliases.get(&(hit.tag, hit.alias)).map(AsRef::as_ref)
    }

    /// The tag of exactly this name or alias.
    pub(crate) fn named(&self, name: &str) -> Option<u32> {
        let name = folded(name);
        let name = name.trim();
        let place = self.keys.partition_point(|key| self.name(key) < name);
        let same = self.keys[place..].iter().take_while(|key| self.name(key) == name);
        same.min_by_key(|key| key.alias).map(|key| key.tag)
    }

    fn name(&self, key: &Key) -> &str {
        let start = key.start as usize;
        &self.text[start..start + usize::from(key.len)]
    }

    /// The best, best first.
    pub(crate) fn find(&self, query: &Query<'_>) -> Vec<Hit> {
        let typed = folded(query.typed);
        // A space at the end has been typed on purpose: it ends a word.
        let typed = typed.trim_start();
        if typed.is_empty() || typed.len() > LONGEST {
            return Vec::new();
        }
        let mut hits = Vec::new();
        let first = self.keys.partition_point(|key| self.name(key) < typed);
        for key in &self.keys[first..] {
            let name = self.name(key);
            if !name.starts_with(typed) {
                break;
            }
            let base = match (name.len() == typed.trim_end().len(), key.alias) {
                (true, 0) => kind::EXACT,
                (true, _) => kind::ALIAS_EXACT,
                (false, 0) => kind::PREFIX,
                (false, _) => kind::ALIAS_PREFIX,
            };
            hits.extend(self.hit(key, base, query));
        }
        if typed.chars().count() > 1 || !typed.is_ascii() {
            // Where enough begin with it, only what the person uses can come before those.
            if distinct(&hits) < query.limit {
                self.within(typed, query, &mut hits);
            } else {
                self.within_used(typed, query, &mut hits);
            }
        }
        if hits.len() < query.limit.min(8) && typed.is_ascii() && typed.len() >= 4 {
            self.alike(typed.trim_end(), query, &mut hits);
        }
        best(hits, query.limit)
    }

    fn hit(&self, key: &Key, base: f32, query: &Query<'_>) -> Option<Hit> {
        let tag = self.get(key.tag)?;
        if tag.explicit && !query.explicit || query.category.is_some_and(|category| tag.category != category) {
            return None;
        }
        let count = (1.0 + tag.count as f32).ln() * 2.5;
        let used = query
            .used
            .get(&key.tag)
            .map_or(0.0, |times| 25.0 * (1.0 + *times as f32).log2());
        Some(Hit {
            tag: key.tag,
            alias: key.alias,
            score: base + count + used.min(180.0),
        })
    }

    /// Names that have it somewhere else than at their beginning.
    fn within(&self, typed: &str, query: &Query<'_>, hits: &mut Vec<Hit>) {
        let mut place = 0;
        for at in memmem::find_iter(self.text.as_bytes(), typed.as_bytes()) {
            place = self.key_at(at, place);
            self.inside(&self.keys[place], at, query, hits);
        }
    }

    /// The same among the tags that the person has used.
    fn within_used(&self, typed: &str, query: &Query<'_>, hits: &mut Vec<Hit>) {
        let keys = query.used.keys().flat_map(|tag| self.keys_of(*tag));
        for key in keys {
            for at in memmem::find_iter(self.name(key).as_bytes(), typed.as_bytes()) {
                self.inside(key, key.start as usize + at, query, hits);
            }
        }
    }

    /// Which key a place of the text belongs to. Places come in order: it is `from` or a later one, most often near.
    fn key_at(&self, at: usize, from: usize) -> usize {
        let begun = |key: &Key| key.start as usize <= at;
        let mut reach = 1;
        while self.keys.get(from + reach).is_some_and(begun) {
            reach *= 2;
        }
        let ahead = &self.keys[from..(from + reach).min(self.keys.len())];
        from + ahead.partition_point(begun).saturating_sub(1)
    }

    /// What was typed stands at `at`, which is within a key.
    fn inside(&self, key: &Key, at: usize, query: &Query<'_>, hits: &mut Vec<Hit>) {
        if key.start as usize == at {
            return;
        }
        let before = self.text.as_bytes()[at - 1];
        let word = matches!(before, b' ' | b'(' | b'-' | b'/' | b':' | b'|');
        let base = if word { kind::WORD } else { kind::MIDDLE };
        let base = if key.alias > 0 { base - 40.0 } else { base };
        hits.extend(self.hit(key, base, query));
    }

    /// Names that begin with something like it. The first letter is seldom wrong, but the first two may be swapped: in
    /// order as they are, few names have to be looked at.
    fn alike(&self, typed: &str, query: &Query<'_>, hits: &mut Vec<Hit>) {
        let typed = typed.as_bytes();
        let [first, second, ..] = typed else { return };
        let most = if typed.len() < 8 { 1 } else { 2 };
        let wanted = letters(typed);
        let swapped = [*second, *first];
        let beginnings: [&[u8]; 2] = [&typed[..1], if first == second { &[] } else { &swapped }];
        for beginning in beginnings.into_iter().filter(|beginning| !beginning.is_empty()) {
            for key in self.beginning_with(beginning) {
                let missing = (wanted & !key.letters).count_ones() as usize;
                if missing > most || usize::from(key.len) + most < typed.len() {
                    continue;
                }
                if let Some(changes) = changes_to_begin(typed, self.name(key).as_bytes(), most) {
                    hits.extend(self.hit(key, kind::FUZZY - 30.0 * changes as f32, query));
                }
            }
        }
    }

    fn beginning_with(&self, beginning: &[u8]) -> &[Key] {
        let first = self.keys.partition_point(|key| self.name(key).as_bytes() < beginning);
        let begins = |key: &Key| self.name(key).as_bytes().starts_with(beginning);
        let keys = &self.keys[first..];
        &keys[..keys.partition_point(begins)]
    }
}

/// How many tags there are among hits.
fn distinct(hits: &[Hit]) -> usize {
    let tags: std::collections::HashSet<u32> = hits.iter().map(|hit| hit.tag).collect();
    tags.len()
}

/// How many letters have to be changed, left out, added or swapped until a name begins with what was typed.
fn changes_to_begin(typed: &[u8], name: &[u8], most: usize) -> Option<usize> {
    let name = &name[..name.len().min(typed.len() + most).min(LONGEST)];
    let mut rows = [[0_u8; LONGEST + 1]; 3];
    let [before, last, next] = &mut rows;
    let (mut before, mut last, mut next) = (before, last, next);
    let far = most as u8 + 1;
    for (column, changes) in last.iter_mut().enumerate().take(name.len() + 1) {
        *changes = (column as u8).min(far);
    }
    for (row, letter) in typed.iter().enumerate() {
        next[0] = (row as u8).saturating_add(1).min(far);
        // Further from the diagonal there are more changes than are forgiven.
        let (low, high) = (row.saturating_sub(most), (row + most + 1).min(name.len()));
        if low > 0 {
            next[low] = far;
        }
        let mut least_of_row = if low == 0 { next[0] } else { far };
        for column in low..high {
            let against = name[column];
            let mut least = (last[column] + u8::from(*letter != against))
                .min(last[column + 1] + 1)
                .min(next[column] + 1);
            if row > 0 && column > 0 && *letter == name[column - 1] && typed[row - 1] == against {
                least = least.min(before[column - 1] + 1);
            }
            next[column + 1] = least.min(far);
            least_of_row = least_of_row.min(least);
        }
        if high < name.len() {
            next[high + 1] = far;
        }
        if usize::from(least_of_row) > most {
            return None;
        }
        (before, last, next) = (last, next, before);
    }
    let low = typed.len().saturating_sub(most).min(name.len());
    let least = last[low..=name.len()].iter().min()?;
    Some(usize::from(*least)).filter(|changes| *changes <= most)
}

/// The best of each tag, best first.
fn best(mut hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let order = |one: &Hit, other: &Hit| other.score.total_cmp(&one.score).then(one.tag.cmp(&other.tag));
    // A tag may have been found by several of its names.
    let enough = limit.saturating_mul(8);
    if hits.len() > enough && enough > 0 {
        hits.select_nth_unstable_by(enough - 1, order);
        hits.truncate(enough);
    }
    hits.sort_unstable_by(order);
    let mut seen = std::collections::HashSet::new();
    hits.retain(|hit| seen.insert(hit.tag));
    hits.truncate(limit);
    hits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn entry(name: &str, count: u32, aliases: &[&str]) -> Entry {
        Entry {
            name: name.into(),
            category: TagCategory::General,
            count,
            explicit: false,
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        }
    }

    fn table() -> Table {
        let entries = [
            entry("long hair", 4_500_000, &["長い髪", "ロングヘア", "긴 머리", "longhair"]),
            entry("very long hair", 900_000, &[]),
            entry("hair ornament", 1_400_000, &["髪飾り"]),
            entry("hairclip", 500_000, &[]),
            entry("smile", 3_000_000, &["笑顔"]),
            entry("nude", 400_000, &[]),
            entry("oppai loli", 20_000, &[]),
            entry("chair", 200_000, &[]),
        ];
        let (table, dropped) = Table::of(entries);
        assert_eq!((table.len(), dropped), (7, 1));
        table
    }

    fn found(typed: &str, explicit: bool, used: &HashMap<u32, u32>) -> Vec<String> {
        let table = table();
        let query = Query {
            typed,
            explicit,
            category: None,
            used,
            limit: 10,
        };
        let hits = table.find(&query).into_iter();
        hits.map(|hit| table.get(hit.tag).unwrap().name.to_string()).collect()
    }

    fn plainly(typed: &str) -> Vec<String> {
        found(typed, false, &HashMap::new())
    }

    #[test]
    fn beginnings_come_before_words_and_words_before_the_middle() {
        assert_eq!(
            plainly("hair"),
            ["hair ornament", "hairclip", "long hair", "very long hair", "chair"]
        );
        assert_eq!(plainly("long"), ["long hair", "very long hair"]);
        assert_eq!(plainly("LONG_h"), ["long hair", "very long hair"]);
        assert_eq!(plainly("h"), ["hair ornament", "hairclip"]);
    }

    #[test]
    fn other_names_are_found_in_any_language() {
        assert_eq!(plainly("長い"), ["long hair"]);
        assert_eq!(plainly("ろんぐ"), ["long hair"]);
        assert_eq!(plainly("髪"), ["hair ornament", "long hair"]);
        assert_eq!(plainly("머리"), ["long hair"]);
        let table = table();
        let hits = table.find(&Query {
            typed: "笑",
            explicit: false,
            category: None,
            used: &HashMap::new(),
            limit: 1,
        });
        assert_eq!(table.alias(&hits[0]), Some("笑顔"));
        assert_eq!(table.named("ロングヘア"), table.named("long_hair"));
    }

    #[test]
    fn a_slip_of_the_finger_is_forgiven() {
        assert_eq!(plainly("smlie"), ["smile"]);
        assert_eq!(plainly("hiarclip"), ["hairclip"]);
        assert_eq!(plainly("hair ornment"), ["hair ornament"]);
        assert_eq!(plainly("xyzzy"), Vec::<String>::new());
    }

    #[test]
    fn explicit_tags_are_hidden_until_asked_for_and_some_are_never_there() {
        assert_eq!(plainly("nude"), Vec::<String>::new());
        assert_eq!(found("nude", true, &HashMap::new()), ["nude"]);
        assert_eq!(found("loli", true, &HashMap::new()), Vec::<String>::new());
        assert_eq!(found("oppai", true, &HashMap::new()), Vec::<String>::new());
    }

    #[test]
    fn what_a_person_uses_is_ranked_up() {
        let clip = table().named("hairclip").unwrap();
        assert_eq!(found("hair", false, &HashMap::from([(clip, 3)]))[0], "hairclip");
        let chair = table().named("chair").unwrap();
        assert_eq!(
            found("hair", false, &HashMap::from([(chair, 1)])).last().unwrap(),
            "chair"
        );
    }

    #[test]
    fn what_a_person_uses_all_the_time_comes_first_even_where_enough_names_begin_with_it() {
        let entries = [
            entry("hair a", 1, &[]),
            entry("hair b", 1, &[]),
            entry("chair", 200_000, &[]),
        ];
        let (table, _) = Table::of(entries);
        let chair = table.named("chair").unwrap();
        for (times, first) in [(1, "hair a"), (1000, "chair")] {
            let hits = table.find(&Query {
                typed: "hair",
                explicit: false,
                category: None,
                used: &HashMap::from([(chair, times)]),
                limit: 1,
            });
            assert_eq!(table.get(hits[0].tag).unwrap().name.as_ref(), first);
        }
    }

    proptest! {
        #[test]
        fn whatever_begins_or_holds_it_is_found(
            names in prop::collection::vec("[a-c]{1,6}( [a-c]{1,3})?", 1..40), typed in "[a-c]{2,3}",
        ) {
            let (table, _) = Table::of(names.iter().map(|name| entry(name, 1, &[])));
            let hits = table.find(&Query { typed: &typed, explicit: true, category: None, used: &HashMap::new(), limit: 1000 });
            let found: std::collections::HashSet<&str> = hits.iter().map(|hit| &*table.get(hit.tag).unwrap().name).collect();
            for name in names.iter().filter(|name| name.contains(&typed)) {
                prop_assert!(found.contains(name.as_str()), "{} in {}", typed, name);
            }
        }

        #[test]
        fn one_change_is_always_forgiven(name in "[a-z]{6,9}", at in 1_usize..6, letter in "[a-z]") {
            let (table, _) = Table::of([entry(&name, 1, &[])]);
            prop_assume!(table.len() == 1);
            let mut typed = name.clone();
            typed.replace_range(at..at + 1, &letter);
            let hits = table.find(&Query { typed: &typed, explicit: true, category: None, used: &HashMap::new(), limit: 3 });
            prop_assert_eq!(hits.len(), 1);
        }

        #[test]
        fn no_query_is_too_odd(typed in any::<String>(), names in prop::collection::vec(any::<String>(), 0..8)) {
            let (table, _) = Table::of(names.iter().map(|name| entry(name, 1, &[name])));
            table.find(&Query { typed: &typed, explicit: true, category: None, used: &HashMap::new(), limit: 5 });
            for name in &names {
                table.named(name);
            }
        }
    }
}
