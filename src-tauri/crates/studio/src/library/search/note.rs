//! Keeping the full-text index at what the table of pictures says.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, params};

use super::words::{tags, words};

/// What a picture was made with, which the pictures of a series have in common.
#[derive(PartialEq, Eq, Hash)]
struct Texts {
    prompt: String,
    characters: String,
    undesired: String,
}

/// The same as the index takes it.
struct Cut {
    prompt: String,
    characters: String,
    undesired: String,
    /// In order, each once.
    tags: Vec<String>,
    words: Vec<String>,
    /// New pictures that have them.
    uses: u32,
}

impl Cut {
    fn of(texts: &Texts) -> Self {
        let all = [&texts.prompt, &texts.characters, &texts.undesired].map(|text| words(text));
        let [prompt, characters, undesired] = all.each_ref().map(|words| words.join(" "));
        Self {
            prompt,
            characters,
            undesired,
            tags: tags(&format!("{}\n{}", texts.prompt, texts.characters)),
            words: counted(all.into_iter().flatten()),
            uses: 0,
        }
    }
}

/// Words that are counted, in order and each once. Seeds and times in file names would be more than all others.
fn counted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words
        .filter(|word| !(word.len() > 4 && word.bytes().all(|byte| byte.is_ascii_digit())))
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The words of a picture go into the index, in the place of those that stood there.
pub(crate) fn note(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    note_all(connection, &[seq])
}

/// The same of several pictures: what they have in common is cut and counted once.
pub(crate) fn note_all(connection: &Connection, seqs: &[i64]) -> rusqlite::Result<()> {
    let mut terms = Terms::default();
    let mut cuts: HashMap<Texts, Cut> = HashMap::new();
    for seq in seqs {
        note_words(connection, *seq, &mut cuts, &mut terms)?;
    }
    for cut in cuts.into_values() {
        terms.add(true, cut.tags, cut.uses);
        terms.add(false, cut.words, cut.uses);
    }
    terms.keep(connection)
}

fn note_words(
    connection: &Connection,
    seq: i64,
    cuts: &mut HashMap<Texts, Cut>,
    terms: &mut Terms,
) -> rusqlite::Result<()> {
    let (texts, file, note) = connection
        .prepare_cached("SELECT prompt, characters, undesired, file_name, note, labels FROM images WHERE seq = ?1")?
        .query_row([seq], |row| {
            let texts = Texts {
                prompt: row.get(0)?,
                characters: row.get(1)?,
                undesired: row.get(2)?,
            };
            let file = words(row.get_ref(3)?.as_str()?);
            // A label is found by its words, too.
            let note = [row.get_ref(4)?.as_str()?, row.get_ref(5)?.as_str()?]
                .map(words)
                .concat();
            Ok((texts, file, note))
        })?;
    let is_new = !connection
        .prepare_cached("SELECT 1 FROM words WHERE rowid = ?1")?
        .exists([seq])?;
    let cut = cuts.entry(texts).or_insert_with_key(Cut::of);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO words (rowid, prompt, characters, undesired, tags, file, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            seq,
            cut.prompt,
            cut.characters,
            cut.undesired,
            cut.tags.join(" "),
            file.join(" "),
            note.join(" ")
        ])?;
    connection
        .prepare_cached("UPDATE images SET looked = 1 WHERE seq = ?1 AND looked = 0")?
        .execute([seq])?;
    let uses = u32::from(is_new);
    cut.uses += uses;
    let mut own = counted(file.into_iter().chain(note));
    own.retain(|word| cut.words.binary_search(word).is_err());
    terms.add(false, own, uses);
    Ok(())
}

/// Words and tags of some pictures, with how many of these pictures are new and have them. In the order of the table.
#[derive(Default)]
struct Terms(BTreeMap<(bool, String), u32>);

impl Terms {
    fn add(&mut self, is_tag: bool, terms: Vec<String>, uses: u32) {
        for term in terms {
            *self.0.entry((is_tag, term)).or_default() += uses;
        }
    }

    fn keep(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut keep = connection.prepare_cached(
            "INSERT INTO terms (is_tag, term, uses) VALUES (?1, ?2, max(?3, 1))
             ON CONFLICT DO UPDATE SET uses = uses + ?3 WHERE ?3 > 0",
        )?;
        for ((is_tag, term), uses) in self.0 {
            keep.execute(params![is_tag, term, uses])?;
        }
        Ok(())
    }
}

/// A picture's words leave the index.
pub(crate) fn forget(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM words WHERE rowid = ?1")?
        .execute([seq])?;
    Ok(())
}
