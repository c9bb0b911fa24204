use rusqlite::Connection;

use novelai::model::Registry;

use super::*;
use crate::library::details::{Details, Kind};
use crate::library::index::tests::{record, table};

/// A library of pictures with these prompts, the last one the newest.
fn library(prompts: &[&str]) -> Connection {
    let table = table();
    for (number, prompt) in prompts.iter().enumerate() {
        let id = number.to_string();
        let picture = ImageRecord {
            prompt: (*prompt).into(),
            ..record(&id, &format!("day/{id}.png"), 1000 + number as i64)
        };
        let details = Details {
            undesired: "lowres, crowd".into(),
            characters: if number == 0 {
                "girl, silver hair\nboy, red hair".into()
            } else {
                String::new()
            },
            sampler: Some("k_euler_ancestral".into()),
            ..Details::none()
        };
        index::add(&table, &picture, &details).unwrap();
    }
    table
}

/// The ids of what is found, newest first, and what was not understood.
fn look(table: &Connection, text: &str, limit: Option<usize>) -> (Vec<String>, Vec<SearchProblemKind>) {
    let columns = Columns::load(table).unwrap();
    let mut query = query::parse(text);
    let filter = Filter::of(&mut query, table, &columns, Registry::builtin()).unwrap();
    let seqs = matching(table, &columns, &filter, limit).unwrap();
    let found = index::by_seq(table, &seqs).unwrap();
    (
        found.into_iter().map(|picture| picture.id.0).collect(),
        query.problems.into_iter().map(|problem| problem.kind).collect(),
    )
}

fn found(table: &Connection, text: &str) -> Vec<String> {
    let (found, problems) = look(table, text, None);
    assert_eq!(problems, [], "{text}");
    found
}

#[test]
fn what_does_not_exist_finds_nothing_and_says_why() {
    let table = library(&["a lighthouse"]);
    for (text, kind) in [
        ("model:v99", SearchProblemKind::UnknownModel),
        ("album:Best", SearchProblemKind::UnknownAlbum),
    ] {
        assert_eq!(look(&table, text, None), (vec![], vec![kind]), "{text}");
    }
    assert_eq!(found(&table, "nowhere"), Vec::<String>::new());
    // Signs that mean something to the index are words here, or nothing.
    for text in [
        "AND",
        "NEAR(a b)",
        "light\" OR \"",
        "^a",
        "{prompt}:x",
        "a'b;--",
        "(",
        "*",
        "\"\"",
    ] {
        look(&table, text, None);
    }
}

#[test]
fn words_are_found_whole_begun_and_in_a_row() {
    let table = library(&["silver hair, night", "hair of silver", "silverware"]);
    assert_eq!(found(&table, "silver"), ["2", "1", "0"]);
    assert_eq!(found(&table, "silver hair"), ["1", "0"]);
    assert_eq!(found(&table, "\"silver hair\""), ["0"]);
    assert_eq!(found(&table, "\"silver\""), ["1", "0"]);
    assert_eq!(found(&table, "*ware"), ["2"]);
    assert_eq!(found(&table, "*lver*"), ["2", "1", "0"]);
    assert_eq!(found(&table, "-silver"), Vec::<String>::new());
    assert_eq!(found(&table, "silver -hair"), ["2"]);
    assert_eq!(found(&table, "-hair"), ["2"]);
    assert_eq!(found(&table, ""), ["2", "1", "0"]);
}

#[test]
fn japanese_chinese_and_korean_of_one_and_two_characters_are_found() {
    let table = library(&["銀髪の少女", "夜の街、髪", "고양이가 좋아", "猫耳, cat"]);
    assert_eq!(found(&table, "髪"), ["1", "0"]);
    assert_eq!(found(&table, "銀髪"), ["0"]);
    assert_eq!(found(&table, "少女"), ["0"]);
    assert_eq!(found(&table, "髪の少"), ["0"]);
    assert_eq!(found(&table, "髪銀"), Vec::<String>::new());
    assert_eq!(found(&table, "양"), ["2"]);
    assert_eq!(found(&table, "고양이"), ["2"]);
    assert_eq!(found(&table, "tag:猫耳"), ["3"]);
}

#[test]
fn each_field_is_asked() {
    let table = library(&["1girl, night", "1girl, night city", "rain"]);
    table
        .execute_batch(
            "INSERT INTO albums (number, name, created) VALUES (7, 'Best of', 0);
             UPDATE images SET rating = 4, mark = 'keep', albums = ',7,' WHERE id = '1';
             UPDATE images SET model = 'nai-diffusion-4-5-full', kind = 'inpaint', seed = 5, width = 1216 WHERE id = '2'",
        )
        .unwrap();
    for (text, expected) in [
        ("tag:night", vec!["0"]),
        ("tag:\"night city\"", vec!["1"]),
        ("char:\"silver hair\"", vec!["0"]),
        ("uc:crowd", vec!["2", "1", "0"]),
        ("crowd", vec![]),
        ("rating>=4", vec!["1"]),
        ("rating<4", vec!["2", "0"]),
        ("is:kept", vec!["1"]),
        ("-is:kept", vec!["2", "0"]),
        ("album:\"best of\"", vec!["1"]),
        ("is:album", vec!["1"]),
        ("model:v5", vec!["1", "0"]),
        ("model:v4.5", vec!["2"]),
        ("model:v4.5,v5 night", vec!["1", "0"]),
        ("kind:inpaint", vec!["2"]),
        ("seed:5", vec!["2"]),
        ("sampler:euler_ancestral", vec!["2", "1", "0"]),
        ("size:1216x1216", vec!["2"]),
        ("is:square", vec!["2"]),
        ("width>832", vec!["2"]),
        ("before:1970-01-03", vec!["2", "1", "0"]),
        ("after:1971", vec![]),
        ("file:day", vec!["2", "1", "0"]),
    ] {
        assert_eq!(found(&table, text), expected, "{text}");
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    let table = library(&["now"]);
    table
        .execute("UPDATE images SET seq = (unixepoch('now') * 1000) << 10", [])
        .unwrap();
    let seq: i64 = table.query_row("SELECT seq FROM images", [], |row| row.get(0)).unwrap();
    note::note(&table, seq).unwrap();
    for (text, there) in [
        ("date:today", true),
        ("date:yesterday", false),
        ("after:7d", true),
        ("before:today", false),
    ] {
        assert_eq!(!found(&table, text).is_empty(), there, "{text}");
    }
}

#[test]
fn words_noted_together_are_counted_as_if_each_picture_came_alone() {
    let prompts = ["rain, day", "rain, day", "silver rain", "rain, day"];
    let alone = library(&prompts);
    let together = library(&prompts);
    for table in ["words", "terms"] {
        together.execute(&format!("DELETE FROM {table}"), []).unwrap();
    }
    let seqs: Vec<i64> = numbers(&together, "SELECT seq FROM images ORDER BY seq");

    note::note_all(&together, &seqs).unwrap();
    // Noted once more, nothing is counted twice.
    note::note_all(&together, &seqs[1..]).unwrap();

    let counts = |table: &Connection| -> Vec<(bool, String, u32)> {
        let mut all = table
            .prepare("SELECT is_tag, term, uses FROM terms ORDER BY 1, 2")
            .unwrap();
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(counts(&together), counts(&alone));
    // `day` is the folder of all four as well: a picture is counted once.
    assert!(counts(&together).contains(&(false, "day".into(), 4)));
    assert_eq!(found(&together, "char:\"silver hair\""), ["0"]);
    assert_eq!(found(&together, "rain"), ["3", "2", "1", "0"]);
}

fn numbers(table: &Connection, sql: &str) -> Vec<i64> {
    let mut all = table.prepare(sql).unwrap();
    let rows = all.query_map([], |row| row.get(0));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_quick_look_ends_at_its_limit_and_is_the_newest() {
    let prompts = ["rain"; 30];
    let table = library(&prompts);
    assert_eq!(look(&table, "rain", Some(3)).0, ["29", "28", "27"]);
    assert_eq!(look(&table, "", Some(2)).0, ["29", "28"]);
}

#[test]
fn what_changed_is_found_as_it_is_now() {
    let table = library(&["rain", "sun"]);
    let mut columns = Columns::load(&table).unwrap();
    let seqs: Vec<i64> = columns.all().iter().map(|picture| picture.seq).collect();
    table
        .execute("UPDATE images SET rating = 5 WHERE id = '0'", [])
        .unwrap();
    table
        .execute("UPDATE images SET pending = 2 WHERE id = '1'", [])
        .unwrap();
    columns.refresh(&table, &seqs).unwrap();
    assert_eq!(columns.all().len(), 1);
    assert_eq!(columns.all()[0].rating, 5);
    table
        .execute("UPDATE images SET pending = 0 WHERE id = '1'", [])
        .unwrap();
    columns.refresh(&table, &seqs).unwrap();
    assert_eq!(columns.all(), Columns::load(&table).unwrap().all());
}

#[test]
fn groups_put_pictures_together() {
    let table = library(&["rain", "sun", "rain", "wind"]);
    table
        .execute_batch(
            "INSERT INTO albums (number, name, created) VALUES (1, 'b', 0), (2, 'A', 0);
             UPDATE images SET albums = ',1,2,' WHERE id = '1';
             UPDATE images SET albums = ',1,' WHERE id = '3'",
        )
        .unwrap();
    let columns = Columns::load(&table).unwrap();
    let seqs: Vec<i64> = columns.all().iter().rev().map(|picture| picture.seq).collect();
    let look = |grouping| {
        let (seqs, groups) = grouped(&table, &columns, seqs.clone(), grouping).unwrap();
        let ids: Vec<String> = index::by_seq(&table, &seqs)
            .unwrap()
            .into_iter()
            .map(|picture| picture.id.0)
            .collect();
        (
            ids,
            groups
                .into_iter()
                .map(|group| (group.name, group.count))
                .collect::<Vec<_>>(),
        )
    };
    let named = |name: &str, count| (name.to_owned(), count);
    assert_eq!(
        look(Grouping::Album),
        (
            ["1", "3", "1", "2", "0"].map(str::to_owned).to_vec(),
            vec![named("A", 1), named("b", 2), named("", 2)]
        )
    );
    let (ids, groups) = look(Grouping::Recipe);
    assert_eq!(ids, ["3", "2", "1", "0"]);
    assert_eq!(groups, [named("", 4)], "characters differ");
    table
        .execute("UPDATE images SET recipe = 5 WHERE id IN ('0', '2')", [])
        .unwrap();
    let columns = Columns::load(&table).unwrap();
    let (_, groups) = grouped(&table, &columns, seqs.clone(), Grouping::Recipe).unwrap();
    assert_eq!(
        groups
            .iter()
            .map(|group| (group.name.as_str(), group.count))
            .collect::<Vec<_>>(),
        [("rain", 2), ("", 2)]
    );
}

#[test]
fn shapes_are_all_seconds_then_all_widths_then_all_heights() {
    let table = table();
    for (number, (width, height)) in [(832, 1216), (1024, 1024)].into_iter().enumerate() {
        let id = number.to_string();
        let picture = ImageRecord {
            width,
            height,
            ..record(&id, &format!("{id}.png"), 7000 + 1000 * number as i64)
        };
        index::add(&table, &picture, &Details::none()).unwrap();
    }
    let columns = Columns::load(&table).unwrap();
    let gone = 9000 << 10;
    let seqs = [columns.all()[1].seq, gone, columns.all()[0].seq];

    let bytes = shapes(&columns, &seqs);

    let (seconds, sides) = bytes.split_at(3 * 4);
    let seconds: Vec<u32> = seconds
        .chunks(4)
        .map(|four| u32::from_le_bytes(four.try_into().unwrap()))
        .collect();
    let sides: Vec<u16> = sides
        .chunks(2)
        .map(|two| u16::from_le_bytes(two.try_into().unwrap()))
        .collect();
    assert_eq!(seconds, [8, 9, 7]);
    assert_eq!(sides, [1024, 1, 832, 1024, 1, 1216]);
}

#[test]
fn facets_count_what_was_found() {
    let table = library(&["rain", "sun", "rain"]);
    table
        .execute("UPDATE images SET rating = 3, mark = 'reject' WHERE id = '1'", [])
        .unwrap();
    let columns = Columns::load(&table).unwrap();
    let seqs: Vec<i64> = columns.all().iter().rev().map(|picture| picture.seq).collect();
    let facets = facets::count(&table, &columns, &seqs).unwrap();
    let of = |field| {
        facets
            .iter()
            .find(|facet| facet.field == field)
            .map(|facet| facet.values.clone())
    };
    let one = |value: &str, count| {
        Some(vec![FacetValue {
            value: value.into(),
            count,
        }])
    };
    assert_eq!(of(FacetField::Rating), one("3", 1));
    assert_eq!(of(FacetField::Is), one("rejected", 1));
    assert_eq!(of(FacetField::Model), one("nai-diffusion-5-full", 3));
    assert_eq!(of(FacetField::Size), one("832x1216", 3));
    assert_eq!(of(FacetField::Kind), one(Kind::Text.name(), 3));
    assert_eq!(of(FacetField::Album), None);
}

#[test]
fn offers_are_fields_tags_and_values() {
    let table = library(&["silver hair", "silver hair, sea", "silver moon"]);
    let columns = Columns::load(&table).unwrap();
    let offers = |text: &str| {
        let offers =
            complete::offers(&table, &columns, Registry::builtin(), text, text.encode_utf16().count()).unwrap();
        let texts: Vec<String> = offers.offers.into_iter().map(|offer| offer.text).collect();
        (offers.from, offers.to, texts)
    };
    assert_eq!(offers("silver h"), (7, 8, vec!["height:".into()]));
    assert_eq!(offers("silv").2, ["tag:\"silver hair\"", "tag:\"silver moon\""]);
    assert_eq!(offers("rain mo").2, ["model:"]);
    assert_eq!(offers("tag:silver").2, ["\"silver hair\"", "\"silver moon\""]);
    assert_eq!(offers("model:").2, ["nai-diffusion-5-full"]);
    assert_eq!(offers("-is:k"), (4, 5, vec!["kept".into(), "unmarked".into()]));
    assert_eq!(offers("nothing:x").2, Vec::<String>::new());
    assert_eq!(offers("").2, Vec::<String>::new());
}

#[test]
fn a_stack_stands_where_its_newest_picture_does_in_each_group_for_itself() {
    let table = library(&["rain", "sun", "rain", "moon", "rain", "sun"]);
    // The first tells no recipe: it stands alone.
    table
        .execute("UPDATE images SET recipe = NULL WHERE id = '0'", [])
        .unwrap();
    let columns = Columns::load(&table).unwrap();
    let seqs: Vec<i64> = columns.all().iter().rev().map(|picture| picture.seq).collect();
    let names = |finding: &Finding| -> Vec<String> {
        let found = index::by_seq(&table, &finding.seqs).unwrap();
        found.into_iter().map(|record| record.id.0).collect()
    };
    let all = stacks::stack(&columns, &seqs, &[]);
    assert_eq!(names(&all), ["5", "1", "4", "2", "3", "0"]);
    assert_eq!(*all.stacks, [(0, 2), (2, 2)]);

    let group = |count: u32| FoundGroup {
        name: String::new(),
        count,
    };
    let halves = stacks::stack(&columns, &seqs, &[group(4), group(2)]);
    assert_eq!(names(&halves), ["5", "4", "2", "3", "1", "0"]);
    assert_eq!(*halves.stacks, [(1, 2)]);
    assert_eq!(stacks::stack(&columns, &[], &[]).stacks.len(), 0);
}
