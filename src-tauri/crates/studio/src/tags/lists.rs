//! Lists of tags as files: ours, which comes with the app, and the community's, which a person may import.

use super::TagCategory;

use super::table::Entry;

/// Ours: a header, then a line a tag, its fields divided by tabs, its other names by bars.
const STARTER: &str = include_str!("starter.tsv");

/// No list has more tags.
pub(crate) const MOST: usize = 1_000_000;

pub(crate) fn starter() -> Vec<Entry> {
    read_starter(STARTER)
}

fn read_starter(text: &str) -> Vec<Entry> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| header.iter().position(|column| *column == name);
    let (tag, category, count, explicit) = (column("tag"), column("category"), column("count"), column("explicit"));
    let others: Vec<usize> = ["en", "ja", "ko", "zh"].into_iter().filter_map(column).collect();
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |at: Option<usize>| at.and_then(|at| fields.get(at)).map_or("", |field| field.trim());
        let name = field(tag);
        let aliases = others.iter().flat_map(|at| field(Some(*at)).split('|'));
        (!name.is_empty()).then(|| Entry {
            name: name.to_owned(),
            category: named(field(category)),
            count: field(count).parse().unwrap_or(0),
            explicit: field(explicit) == "1",
            aliases: aliases.filter(|alias| !alias.is_empty()).map(str::to_owned).collect(),
        })
    };
    lines.filter_map(entry).collect()
}

fn named(category: &str) -> TagCategory {
    match category {
        "artist" => TagCategory::Artist,
        "character" => TagCategory::Character,
        "copyright" => TagCategory::Copyright,
        "meta" => TagCategory::Meta,
        _ => TagCategory::General,
    }
}

/// The community's: `name,category,count,"alias,alias"`, with numbers for categories. Lines that are none are passed
/// over; a header is one of them.
pub(crate) fn read_csv(text: &str) -> Vec<Entry> {
    let lines = text.trim_start_matches('\u{feff}').lines().take(MOST);
    lines.filter_map(csv_line).collect()
}

fn csv_line(line: &str) -> Option<Entry> {
    let fields = fields(line);
    let [name, category, rest @ ..] = fields.as_slice() else {
        return None;
    };
    let category = match category.trim() {
        "0" => TagCategory::General,
        "1" => TagCategory::Artist,
        "3" => TagCategory::Copyright,
        "4" => TagCategory::Character,
        "5" => TagCategory::Meta,
        // Other sites have numbers of their own for what is general enough.
        other if other.parse::<u8>().is_ok() => TagCategory::General,
        _ => return None,
    };
    let count = rest.first().and_then(|count| count.trim().parse().ok()).unwrap_or(0);
    let aliases = rest.get(1).map_or("", String::as_str).split(',');
    let name = spaced(name.trim());
    (!name.is_empty()).then(|| Entry {
        name,
        category,
        count,
        explicit: false,
        aliases: aliases
            .map(str::trim)
            .filter(|alias| !alias.is_empty())
            .map(spaced)
            .collect(),
    })
}

/// The fields of a line: one in quotation marks may have commas in it, and doubled marks.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quoted) {
            ('"', true) if letters.peek() == Some(&'"') => {
                letters.next();
                if let Some(last) = fields.last_mut() {
                    last.push('"');
                }
            }
            ('"', _) => quoted = !quoted,
            (',', false) => fields.push(String::new()),
            (letter, _) => {
                if let Some(last) = fields.last_mut() {
                    last.push(letter);
                }
            }
        }
    }
    fields
}

/// A tag as the service reads it: with spaces, but for faces such as `^_^`, which are drawn with the line.
pub(crate) fn spaced(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let is_face =
        letters.len() <= 4 && letters.contains(&'_') && letters.iter().filter(|c| c.is_alphanumeric()).count() <= 2;
    if is_face {
        name.to_owned()
    } else {
        name.replace('_', " ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_list_that_comes_with_the_app_is_read_whole() {
        let entries = starter();
        assert_eq!(entries.len(), STARTER.lines().count() - 1);
        let girl = entries.iter().find(|entry| entry.name == "1girl").unwrap();
        assert!(girl.aliases.iter().any(|alias| alias == "女の子") && girl.count > 1_000_000);
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let read = read_starter("count\ttag\tja\n5\tsea\t海|うみ\n\n7\t\tx\n9\tsky");
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].name.as_str(), read[0].count, read[0].aliases.len()),
            ("sea", 5, 2)
        );
    }

    #[test]
    fn the_community_s_list_is_read_with_its_aliases() {
        let read = read_csv(
            "\u{feff}name,category,count,alias\n1girl,0,6008644,\"1girls,sole_female\"\nhatsune_miku,4,99,\n\
             odd \"\"one,3,x,\"a \"\"b\"\", c\"\r\nbroken line\n^_^,0,5,\nwlop,1,7\n",
        );
        let told: Vec<_> = read
            .iter()
            .map(|entry| (entry.name.as_str(), entry.category, entry.count))
            .collect();
        assert_eq!(
            told,
            [
                ("1girl", TagCategory::General, 6_008_644),
                ("hatsune miku", TagCategory::Character, 99),
                ("odd one", TagCategory::Copyright, 0),
                ("^_^", TagCategory::General, 5),
                ("wlop", TagCategory::Artist, 7),
            ]
        );
        assert_eq!(read[0].aliases, ["1girls", "sole female"]);
        assert_eq!(read[2].aliases, ["a \"b\"", "c"]);
    }

    #[test]
    fn faces_keep_their_lines() {
        for (name, expected) in [
            ("^_^", "^_^"),
            ("o_o", "o_o"),
            (">_<", ">_<"),
            ("a_b_c", "a b c"),
            ("red_hat", "red hat"),
        ] {
            assert_eq!(spaced(name), expected);
        }
    }

    proptest! {
        #[test]
        fn no_file_is_too_odd(text in any::<String>(), csv in "[a,\"0-5\n]{0,60}") {
            read_csv(&text);
            read_csv(&csv);
            read_starter(&text);
        }
    }
}
