//! P6, search: the newest 200 pictures that a text finds, against the query of InvokeAI on the same rows.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};
use studio::{Grouping, Studio};

use super::{SIZES, files, open, print_growth, rows};
use crate::rounds::{Side, compare};

/// Pictures that are asked for.
const NEWEST: u32 = 200;
/// The peer answers so many of the questions in a round: it takes too long for all.
const OF_PEER: usize = 8;

/// What is looked for, and how InvokeAI is asked the same.
const QUESTIONS: [(&str, &str); 40] = [
    ("silver", "silver"),
    ("umbrella", "umbrella"),
    ("violin", "violin"),
    ("neon", "neon"),
    ("dragon", "dragon"),
    ("temple", "temple"),
    ("snow", "snow"),
    ("wooden", "wooden"),
    ("2girls", "2girls"),
    ("upper", "upper"),
    ("silver hair", "silver hair"),
    ("glowing eyes", "glowing eyes"),
    ("broken mirror", "broken mirror"),
    ("golden crown", "golden crown"),
    ("torn scarf", "torn scarf"),
    ("paper lantern", "paper lantern"),
    ("frozen river", "frozen river"),
    ("burning castle", "burning castle"),
    ("floating book", "floating book"),
    ("painted fox", "painted fox"),
    ("\"silver hair\"", "silver hair"),
    ("tag:\"neon street\"", "neon street"),
    ("tag:\"huge whale\"", "huge whale"),
    ("tag:\"no humans\"", "no humans"),
    ("char:\"red dress\"", "red dress"),
    ("uc:\"blue hat\"", "blue hat"),
    ("silv", "silv"),
    ("umbr", "umbr"),
    ("lant", "lant"),
    ("flo", "flo"),
    ("雨", "雨"),
    ("夜景", "夜景"),
    ("銀", "銀"),
    ("花火", "花火"),
    ("umbrella model:v4", "umbrella"),
    ("moon -rain", "moon"),
    ("stars sampler:k_euler", "stars"),
    ("*mbrell*", "mbrell"),
    ("*iolin", "iolin"),
    ("*onstell*", "onstell"),
];
/// From here on the questions are for what stands inside of words.
const INSIDE: usize = 37;

/// What InvokeAI asks its database when a word is typed into its gallery.
const PEER: &str = "
    SELECT images.* FROM images LEFT JOIN board_images ON board_images.image_name = images.image_name
    WHERE 1 = 1 AND images.is_intermediate = 0 AND (images.metadata LIKE ?1 OR images.created_at LIKE ?1)
    ORDER BY images.starred DESC, images.created_at DESC LIMIT ?2 OFFSET 0";

pub(crate) async fn measure(rounds: usize) -> Result<()> {
    println!(
        "P6 search: the newest {NEWEST} for {} questions, words, tags, beginnings, insides, Japanese of one and two characters; peer: \
         InvokeAI's query, SQLite {}, {OF_PEER} of the questions in each round",
        QUESTIONS.len(),
        rusqlite::version()
    );
    let mut medians = Vec::new();
    for count in SIZES {
        medians.push((count, at(count, rounds).await?));
    }
    print_growth("an answer", &medians);
    Ok(())
}

/// Compares at a size, and gives our median.
async fn at(count: u32, rounds: usize) -> Result<f64> {
    let data = tempfile::tempdir()?;
    let took = rows::add(data.path(), count, rows::Words::Taken).await?;
    let peer = peer(&data.path().join("peer.db"), count)?;
    let studio = open(data.path()).await?;
    let begun = Instant::now();
    let all = studio.search(String::new(), Grouping::Day).await?.total;
    ensure!(all == count, "{all} pictures in place of {count}");
    println!(
        "  {count} rows (their words took {took:.0} s); the first search after the start, with its counts: {:.0} ms",
        begun.elapsed().as_secs_f64() * 1000.0
    );
    let mut sides = [Side::default(), Side::default(), Side::default(), Side::default()];
    let mut whole = Side::default();
    for round in 0..=rounds {
        for (at, (question, words)) in QUESTIONS.iter().enumerate() {
            let ours = ask(&studio, question, at).await?;
            let theirs = if at % (QUESTIONS.len() / OF_PEER) == round % (QUESTIONS.len() / OF_PEER) {
                Some(ask_peer(&peer, words)?)
            } else {
                None
            };
            if round == 0 {
                continue;
            }
            let begin = if at < INSIDE { 0 } else { 2 };
            sides[begin].add(ours);
            if let Some(theirs) = theirs {
                sides[begin + 1].add(theirs);
            }
            let begun = Instant::now();
            studio.search((*question).to_owned(), Grouping::Day).await?;
            whole.add(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let [ours, theirs, inside, inside_of_peer] = &sides;
    compare("InvokeAI's query", "ms", theirs, "ours", ours);
    compare(
        "the same for what is inside of words",
        "ms",
        inside_of_peer,
        "ours",
        inside,
    );
    println!(
        "  ours: p95 {:.2} ms; inside of words p95 {:.2} ms; with all counts and the whole list {whole} ms, p95 {:.2} ms",
        ours.at(0.95),
        inside.at(0.95),
        whole.at(0.95)
    );
    println!("  (floors: p95 10 ms, ratio 100, inside of words 25)");
    studio.close().await;
    Ok(ours.median())
}

/// Milliseconds of one question.
async fn ask(studio: &Studio, question: &str, at: usize) -> Result<f64> {
    let begun = Instant::now();
    let found = studio.newest_found(question.to_owned(), NEWEST).await?;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    // Nothing has the last one in it.
    ensure!(
        found.is_empty() == (at == QUESTIONS.len() - 1),
        "{question} finds {}",
        found.len()
    );
    Ok(took)
}

fn ask_peer(peer: &Connection, words: &str) -> Result<f64> {
    let begun = Instant::now();
    let mut statement = peer.prepare_cached(PEER)?;
    let mut rows = statement.query(params![format!("%{words}%"), NEWEST])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        bytes += row.get_ref("metadata")?.as_str()?.len();
    }
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    ensure!(bytes > 0 || words == "onstell", "the peer finds nothing for {words}");
    Ok(took)
}

/// The same pictures in a table of InvokeAI's shape.
fn peer(path: &Path, count: u32) -> Result<Connection> {
    let mut database = Connection::open(path)?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = off;
         CREATE TABLE images (image_name TEXT NOT NULL PRIMARY KEY, image_origin TEXT NOT NULL, image_category TEXT NOT NULL,
           width INTEGER NOT NULL, height INTEGER NOT NULL, session_id TEXT, node_id TEXT, metadata TEXT,
           is_intermediate BOOLEAN DEFAULT FALSE, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, deleted_at DATETIME,
           starred BOOLEAN DEFAULT FALSE, has_workflow BOOLEAN DEFAULT FALSE);
         CREATE INDEX idx_images_created_at ON images (created_at);
         CREATE INDEX idx_images_starred ON images (starred);
         CREATE TABLE board_images (board_id TEXT NOT NULL, image_name TEXT NOT NULL PRIMARY KEY, created_at DATETIME);",
    )?;
    let transaction = database.transaction()?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO images (image_name, image_origin, image_category, width, height, metadata, created_at, updated_at)
             VALUES (?1, 'internal', 'general', ?2, ?3, ?4, datetime(?5, 'unixepoch'), datetime(?5, 'unixepoch'))",
        )?;
        for number in 0..count {
            insert.execute(params![
                format!("bench-{number}.png"),
                files::WIDTH,
                files::HEIGHT,
                files::comment(&files::recipe(number)),
                1_790_000_000_i64 - i64::from(number) * 120,
            ])?;
        }
    }
    transaction.commit()?;
    Ok(database)
}
