//! What the person said about their pictures, in a plain file in the library folder: `atelier.jsonl`.
//!
//! A line is all that is said of one picture (JSON), or of one album; the last line of a picture holds. Lines are only
//! ever added, and synced before the index hears of them: a kill leaves at most a torn last line, which is passed over.
//! The index notes how much of the file it knows, and reads the rest at the next start. When most lines are outdated, the
//! file is written anew beside itself and takes its own place.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::library::details::{Kind, Mark};
use crate::library::labels;
use crate::library::places::{MAIN, Roots};

/// Outdated lines that are not worth a new file.
const FEW: usize = 2000;
/// A larger file is none of ours.
const LARGEST: u64 = 1 << 31;

/// What is said of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) id: String,
    /// The folder of the library that it lies in (`library::places`).
    #[serde(default, skip_serializing_if = "is_main")]
    pub(crate) folder: u32,
    /// Below that folder.
    pub(crate) file: String,
    /// SHA-256 of the file: it is known by this wherever it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) rating: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mark: Option<Mark>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
    /// By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) albums: Vec<String>,
    /// Words of the person's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) labels: Vec<String>,
    /// How it came to be, by which job, and of which picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    /// When it went to the trash, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trashed: Option<i64>,
    /// It left the library for good.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) gone: bool,
}

/// That there is an album, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AlbumLine {
    pub(crate) album: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) gone: bool,
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Entry {
    Picture(Line),
    Album(AlbumLine),
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

fn is_main(folder: &u32) -> bool {
    *folder == MAIN
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The file, read.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The last line of each picture, by id.
    pub(crate) pictures: HashMap<String, Line>,
    /// Those that left the library for good.
    pub(crate) gone: HashSet<String>,
    pub(crate) albums: BTreeSet<String>,
    /// How long the file was.
    pub(crate) length: u64,
    outdated: usize,
}

/// The file. Blocks.
#[derive(Debug, Clone)]
pub(crate) struct Diary {
    path: PathBuf,
}

impl Diary {
    pub(crate) fn in_folder(library: &Path) -> Self {
        Self {
            path: library.join("atelier.jsonl"),
        }
    }

    /// The one of the library folder, whichever folders there are.
    pub(crate) fn of(roots: &Roots) -> Self {
        Self::in_folder(roots.root(MAIN).unwrap_or(Path::new("")))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds lines, durably, and gives the new length.
    pub(crate) fn append(&self, entries: &[Entry]) -> io::Result<u64> {
        let is_new = !self.path.exists();
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)?;
        let length = file.metadata()?.len();
        let mut text = Vec::new();
        // The last process may have been killed in the middle of a line.
        if length > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != [b'\n'] {
                text.push(b'\n');
            }
        }
        for entry in entries {
            serde_json::to_writer(&mut text, entry)?;
            text.push(b'\n');
        }
        if let Err(error) = file.write_all(&text).and_then(|()| file.sync_data()) {
            // A full disk may have taken half a line; it must not stand in the way of the next.
            drop(file.set_len(length));
            return Err(error);
        }
        if is_new && let Some(folder) = self.path.parent() {
            disk::sync_folder(folder)?;
        }
        Ok(length + text.len() as u64)
    }

    /// Takes back what was added to it last, where the index could not be written: what was refused must not come true
    /// when the index is made again.
    pub(crate) fn cut(&self, length: u64) {
        let cut = OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|file| file.set_len(length));
        if let Err(error) = cut {
            tracing::warn!(%error, "what was refused still stands in the file of the library");
        }
    }

    /// How long it is; 0: there is none.
    pub(crate) fn length(&self) -> io::Result<u64> {
        match fs::metadata(&self.path) {
            Ok(about) => Ok(about.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Reads it all. What is no line of ours is passed over.
    pub(crate) fn read(&self) -> io::Result<Told> {
        let mut told = Told::default();
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(told),
            Err(error) => return Err(error),
        };
        let mut text = Vec::new();
        told.length = file.take(LARGEST).read_to_end(&mut text)? as u64;
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let outdated = match serde_json::from_slice(line) {
                Ok(Entry::Picture(line)) if line.gone => {
                    told.pictures.remove(&line.id);
                    told.gone.insert(line.id);
                    true
                }
                Ok(Entry::Picture(line)) => {
                    told.gone.remove(&line.id);
                    told.pictures.insert(line.id.clone(), line).is_some()
                }
                Ok(Entry::Album(line)) if line.gone => {
                    told.albums.remove(&line.album);
                    true
                }
                Ok(Entry::Album(line)) => !told.albums.insert(line.album),
                Err(_) => true,
            };
            told.outdated += usize::from(outdated);
        }
        let named: Vec<String> = told.pictures.values().flat_map(|line| line.albums.clone()).collect();
        told.albums.extend(named);
        Ok(told)
    }

    /// Writes it anew without what is outdated, where that is much. Gives the length.
    pub(crate) fn tidy(&self, told: &Told) -> io::Result<u64> {
        if told.outdated < FEW || told.outdated < told.pictures.len() {
            return Ok(told.length);
        }
        let mut text = Vec::new();
        for album in &told.albums {
            let line = AlbumLine {
                album: album.clone(),
                gone: false,
            };
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
        let mut lines: Vec<&Line> = told.pictures.values().collect();
        lines.sort_by(|one, other| one.file.cmp(&other.file));
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        disk::replace(&self.path, &text)?;
        Ok(text.len() as u64)
    }
}

/// How much of the file the index knows.
pub(crate) fn known(connection: &Connection) -> rusqlite::Result<u64> {
    let known: Option<String> = connection
        .prepare_cached("SELECT value FROM facts WHERE name = 'diary'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(known.and_then(|length| length.parse().ok()).unwrap_or(0))
}

pub(crate) fn set_known(connection: &Connection, length: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO facts (name, value) VALUES ('diary', ?1)")?
        .execute([length.to_string()])?;
    Ok(())
}

/// What the index says of a picture, as a line.
pub(crate) fn line_of(connection: &Connection, seq: i64) -> rusqlite::Result<Line> {
    let (mut line, albums) = connection
        .prepare_cached(
            "SELECT id, file_name, content, rating, mark, note, albums, kind, job, parent, trashed, labels, folder
             FROM images WHERE seq = ?1",
        )?
        .query_row([seq], |row| {
            let line = Line {
                id: row.get(0)?,
                file: row.get(1)?,
                content: row.get(2)?,
                rating: row.get(3)?,
                mark: Mark::named(row.get_ref(4)?.as_str_or_null()?.unwrap_or_default()),
                note: row.get(5)?,
                albums: Vec::new(),
                labels: labels::of_list(row.get_ref(11)?.as_str()?).map(str::to_owned).collect(),
                kind: Kind::named(row.get_ref(7)?.as_str()?),
                job: row.get(8)?,
                parent: row.get(9)?,
                trashed: row.get(10)?,
                folder: row.get(12)?,
                gone: false,
            };
            Ok((line, row.get::<_, String>(6)?))
        })?;
    for number in super::search::album_numbers(&albums) {
        let name: Option<String> = connection
            .prepare_cached("SELECT name FROM albums WHERE number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        line.albums.extend(name);
    }
    Ok(line)
}

/// Takes what a line says into the row of its picture. False: there is no such picture.
pub(crate) fn take(connection: &Connection, line: &Line) -> rusqlite::Result<bool> {
    let Some(seq) = row_of(connection, line)? else {
        return Ok(false);
    };
    let mut albums = BTreeSet::new();
    for name in &line.albums {
        albums.insert(album_number(connection, name)?);
    }
    // The file can be written by anybody.
    let told_labels: BTreeSet<String> = line
        .labels
        .iter()
        .filter_map(|label| labels::checked(label).ok())
        .collect();
    connection
        .prepare_cached(
            "UPDATE images SET rating = ?2, mark = ?3, note = ?4, albums = ?5, kind = coalesce(?6, kind),
               job = coalesce(job, ?7), parent = coalesce(parent, ?8), labels = ?9, told = 1
             WHERE seq = ?1",
        )?
        .execute(params![
            seq,
            line.rating.min(5),
            line.mark.map(Mark::name),
            line.note,
            album_list(&albums),
            line.kind.map(Kind::name),
            line.job,
            line.parent,
            labels::list(&told_labels),
        ])?;
    super::search::note::note(connection, seq)?;
    Ok(true)
}

/// The row of the picture that a line is about: by its id, or else by its content, or else by its place.
pub(crate) fn row_of(connection: &Connection, line: &Line) -> rusqlite::Result<Option<i64>> {
    let of = |sql: &str, value: &str| {
        connection
            .prepare_cached(sql)?
            .query_row([value], |row| row.get::<_, i64>(0))
            .optional()
    };
    if let Some(seq) = of("SELECT seq FROM images WHERE id = ?1 AND pending <> 1", &line.id)? {
        return Ok(Some(seq));
    }
    match &line.content {
        Some(content) => of(
            "SELECT seq FROM images WHERE content = ?1 AND pending <> 1 LIMIT 1",
            content,
        ),
        // The numbers of other folders are those of another computer, perhaps.
        None if line.folder == MAIN => of(
            "SELECT seq FROM images WHERE folder = 0 AND file_name = ?1 AND pending < 2 AND pending <> 1",
            &line.file,
        ),
        None => Ok(None),
    }
}

/// The number of an album, which is made where there is none.
pub(crate) fn album_number(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO albums (name, created) VALUES (?1, unixepoch('now') * 1000)")?
        .execute([name])?;
    connection
        .prepare_cached("SELECT number FROM albums WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
}

/// Numbers of albums as they stand in a row: each between commas.
pub(crate) fn album_list(numbers: &BTreeSet<i64>) -> String {
    if numbers.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!(",{},", numbers.join(","))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn line(id: &str, rating: u8) -> Line {
        Line {
            id: id.into(),
            folder: MAIN,
            file: format!("day/{id}.png"),
            content: None,
            rating,
            mark: None,
            note: String::new(),
            albums: vec![],
            labels: vec![],
            kind: None,
            job: None,
            parent: None,
            trashed: None,
            gone: false,
        }
    }

    #[test]
    fn a_torn_line_and_what_is_none_of_ours_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let diary = Diary::in_folder(folder.path());
        assert_eq!(diary.read().unwrap().pictures.len(), 0);
        diary.append(&[Entry::Picture(line("a", 3))]).unwrap();
        let whole = fs::read(diary.path()).unwrap();
        for cut in 0..whole.len() {
            let mut torn = whole.clone();
            torn.extend_from_slice(&whole[..cut]);
            fs::write(diary.path(), &torn).unwrap();
            let length = diary.append(&[Entry::Picture(line("b", 5))]).unwrap();
            assert_eq!(length, diary.length().unwrap());
            let told = diary.read().unwrap();
            assert_eq!(
                (told.pictures["a"].rating, told.pictures["b"].rating),
                (3, 5),
                "cut at {cut}"
            );
        }
        fs::write(diary.path(), b"\xff\xfe\n[1]\nnull\n{\"id\":7}\n{}\n").unwrap();
        assert_eq!(diary.read().unwrap().pictures.len(), 0);
    }

    #[test]
    fn the_last_line_of_a_picture_holds_until_it_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let diary = Diary::in_folder(folder.path());
        diary
            .append(&[Entry::Picture(line("a", 3)), Entry::Picture(line("b", 1))])
            .unwrap();
        diary.append(&[Entry::Picture(line("a", 5))]).unwrap();
        diary
            .append(&[Entry::Picture(Line {
                gone: true,
                ..line("b", 0)
            })])
            .unwrap();
        diary
            .append(&[Entry::Album(AlbumLine {
                album: "Best".into(),
                gone: false,
            })])
            .unwrap();
        let told = diary.read().unwrap();
        assert_eq!(told.pictures.len(), 1);
        assert_eq!(told.pictures["a"].rating, 5);
        assert_eq!(told.albums.into_iter().collect::<Vec<_>>(), ["Best"]);
    }

    #[test]
    fn a_file_of_outdated_lines_is_written_anew_and_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let diary = Diary::in_folder(folder.path());
        let many: Vec<Entry> = (0..FEW + 2)
            .map(|number| Entry::Picture(line("a", (number % 6) as u8)))
            .collect();
        diary.append(&many).unwrap();
        let before = diary.read().unwrap();
        let length = diary.tidy(&before).unwrap();
        assert_eq!(length, diary.length().unwrap());
        assert!(length < before.length / 100);
        assert_eq!(diary.read().unwrap().pictures, before.pictures);
    }
}
