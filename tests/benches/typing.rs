//! P15, typing: what a keystroke asks of Rust: price, colours, problems, tokens, completion over 150,000 tags.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use novelai::cost;
use novelai::model::{ModelId, Registry};
use novelai::prompt::PromptPlace;
use novelai::request::GenerateRequest;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rusqlite::Connection;
use studio::Typing;

use crate::rounds::Side;

const TAGS: usize = 150_000;
const KEYSTROKES: usize = 400;

pub(crate) fn measure(rounds: usize) -> Result<()> {
    let csv = tags();
    let typing = Typing::over(&csv);
    println!(
        "P15 typing: {KEYSTROKES} keystrokes a round → price, colours, problems, tokens, completion over {} tags",
        typing.tags()
    );
    let peer = prefix_index(&csv)?;
    println!(
        "  peer: SQLite {}, the 40 most frequent by a prefix alone",
        rusqlite::version()
    );
    for model in ["nai-diffusion-3", "nai-diffusion-4-5-full"] {
        let strokes = strokes(model, &csv)?;
        let (mut ours, mut completing, mut theirs) = (Side::default(), Side::default(), Side::default());
        for round in 0..=rounds {
            for (request, typed) in &strokes {
                let begun = Instant::now();
                let price = cost::estimate(request, Registry::builtin(), None)?;
                let seen = typing.look(request, PromptPlace::Prompt);
                let looked = begun.elapsed();
                let found = typing.complete(typed);
                let all = begun.elapsed();
                let begun = Instant::now();
                let known = by_prefix(&peer, typed)?;
                let prefix = begun.elapsed();
                ensure!(price.full > 0 && !seen.spans.is_empty());
                ensure!(found >= known.min(40), "{typed}: {found} of {known}");
                if round > 0 {
                    ours.add(all.as_secs_f64() * 1000.0);
                    completing.add((all - looked).as_secs_f64() * 1000.0);
                    theirs.add(prefix.as_secs_f64() * 1000.0);
                }
            }
        }
        println!(
            "  {model}: median {:.2} ms, p99 {:.2} ms (completion alone: {:.2}, {:.2}); the peer: median {:.2} ms, p99 {:.2} ms",
            ours.median(),
            ours.at(0.99),
            completing.median(),
            completing.at(0.99),
            theirs.median(),
            theirs.at(0.99)
        );
    }
    println!("  (floor: p99 is 10 ms)");
    Ok(())
}

/// A list in the community's form: words out of syllables, as often as real ones, with other names in Japanese.
fn tags() -> String {
    let mut random = StdRng::seed_from_u64(15);
    let syllables = [
        "ha", "ru", "mi", "ka", "to", "long", "blue", "red", "hair", "eye", "dress", "sky", "be", "ni", "so", "w",
        "st", "er",
    ];
    let kana = ["は", "る", "み", "カ", "ト", "髪", "青", "赤", "目", "空"];
    let mut csv = String::new();
    for number in 0..TAGS {
        let words = random.random_range(1..=3);
        let mut name = String::new();
        for word in 0..words {
            if word > 0 {
                name.push('_');
            }
            for _ in 0..random.random_range(1..=3) {
                name.push_str(syllables[random.random_range(0..syllables.len())]);
            }
        }
        let alias: String = (0..4).map(|_| kana[random.random_range(0..kana.len())]).collect();
        let count = 6_000_000 / (number + 1) + 1;
        let _ = writeln!(csv, "{name}_{number},0,{count},\"{alias}\"");
    }
    csv
}

/// A person types one tag after another, with slips.
fn strokes(model: &str, csv: &str) -> Result<Vec<(GenerateRequest, String)>> {
    let mut random = StdRng::seed_from_u64(16);
    let names: Vec<String> = csv
        .lines()
        .filter_map(|line| line.split(',').next())
        .map(|name| name.replace('_', " "))
        .collect();
    let registry = Registry::builtin();
    let model = registry.get(&ModelId(model.into())).context("it is built in")?;
    let mut request = GenerateRequest::new(model);
    let mut strokes = Vec::new();
    while strokes.len() < KEYSTROKES {
        let mut tag = names[random.random_range(0..names.len())].clone();
        if random.random_bool(0.1) && tag.len() > 4 {
            tag.remove(3);
        }
        let before = request.prompt.text.clone();
        for end in 1..=tag.len() {
            request.prompt.text = format!("{before}{}", &tag[..end]);
            strokes.push((request.clone(), tag[..end].to_owned()));
        }
        let mark = ["", "{", "1.2::"][random.random_range(0..3)];
        let close = match mark {
            "{" => "}",
            "" => "",
            _ => " ::",
        };
        request.prompt.text = format!("{before}{mark}{tag}{close}, ");
    }
    strokes.truncate(KEYSTROKES);
    Ok(strokes)
}

fn prefix_index(csv: &str) -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch("CREATE TABLE tags (name TEXT, count INTEGER); BEGIN")?;
    {
        let mut insert = connection.prepare("INSERT INTO tags VALUES (?1, ?2)")?;
        for line in csv.lines() {
            let mut fields = line.split(',');
            let name = fields.next().unwrap_or_default().replace('_', " ");
            let count: u32 = fields.nth(1).and_then(|count| count.parse().ok()).unwrap_or(0);
            insert.execute((name, count))?;
        }
    }
    connection.execute_batch("COMMIT; CREATE INDEX by_name ON tags (name)")?;
    Ok(connection)
}

/// How many of the 40 best begin with it.
fn by_prefix(connection: &Connection, typed: &str) -> Result<usize> {
    let mut query = connection
        .prepare_cached("SELECT name FROM tags WHERE name >= ?1 AND name < ?2 ORDER BY count DESC LIMIT 40")?;
    let end = format!("{typed}\u{10ffff}");
    let found = query.query_map((typed, end), |row| row.get::<_, String>(0))?;
    Ok(found.collect::<rusqlite::Result<Vec<_>>>()?.len())
}
