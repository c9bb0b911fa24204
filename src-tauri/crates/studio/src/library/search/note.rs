//! Keeping the full-text index at what the table of pictures says.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::words::{tags, words};

/// What a row says that can be searched by.
struct Texts {
    prompt: String,
    characters: String,
    undesired: String,
    file: String,
    note: String,
}

/// The words of a picture go into the index, in the place of those that stood there.
pub(crate) fn note(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    note_all(connection, &[seq])
}

/// The same of several pictures: what they have in common is counted once.
pub(crate) fn note_all(connection: &Connection, seqs: &[i64]) -> rusqlite::Result<()> {
    let mut terms = Terms::default();
    for seq in seqs {
        note_words(connection, *seq, &mut terms)?;
    }
    terms.keep(connection)
}

fn note_words(connection: &Connection, seq: i64, terms: &mut Terms) -> rusqlite::Result<()> {
    let texts = connection
        .prepare_cached("SELECT prompt, characters, undesired, file_name, note, labels FROM images WHERE seq = ?1")?
        .query_row([seq], |row| {
            Ok(Texts {
                prompt: row.get(0)?,
                characters: row.get(1)?,
                undesired: row.get(2)?,
                file: row.get(3)?,
                // A label is found by its words, too.
                note: format!("{}\n{}", row.get_ref(4)?.as_str()?, row.get_ref(5)?.as_str()?),
            })
        })?;
    let is_new = !connection
        .prepare_cached("SELECT 1 FROM words WHERE rowid = ?1")?
        .exists([seq])?;
    let all_tags = tags(&format!("{}\n{}", texts.prompt, texts.characters));
    let all = [
        &texts.prompt,
        &texts.characters,
        &texts.undesired,
        &texts.file,
        &texts.note,
    ]
    .map(|text| words(text));
    let [prompt, characters, undesired, file, note] = all.each_ref().map(|words| words.join(" "));
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO words (rowid, prompt, characters, undesired, tags, file, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            seq,
            prompt,
            characters,
            undesired,
            all_tags.join(" "),
            file,
            note
        ])?;
    connection
        .prepare_cached("UPDATE images SET looked = 1 WHERE seq = ?1 AND looked = 0")?
        .execute([seq])?;
    terms.add(true, all_tags, is_new);
    let mut all: Vec<String> = all
        .into_iter()
        .flatten()
        // Seeds and times in file names would be more words than all others.
        .filter(|word| !(word.len() > 4 && word.bytes().all(|byte| byte.is_ascii_digit())))
        .collect();
    all.sort_unstable();
    all.dedup();
    terms.add(false, all, is_new);
    Ok(())
}

/// Words and tags of some pictures, with how many of these pictures are new and have them. In the order of the table.
#[derive(Default)]
struct Terms(BTreeMap<(bool, String), u32>);

impl Terms {
    fn add(&mut self, is_tag: bool, terms: Vec<String>, is_new: bool) {
        for term in terms {
            *self.0.entry((is_tag, term)).or_default() += u32::from(is_new);
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
