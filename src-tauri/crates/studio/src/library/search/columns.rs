//! What is asked of every picture, side by side in memory: a search looks at a hundred thousand pictures faster than a
//! database finds the first of them. A mirror of the table of pictures, refreshed by the numbers of the rows that changed.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::library::details::{Kind, Mark};

/// The pictures that are there, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    rows: Vec<Picture>,
    pub(crate) models: Names,
    pub(crate) samplers: Names,
    /// Lists of albums as they stand in the table, each once.
    pub(crate) albums: Names,
    /// The same of labels.
    pub(crate) labels: Names,
}

/// What is asked of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Its place in the order; see `schema/5.sql`.
    pub(crate) seq: i64,
    pub(crate) seed: Option<u32>,
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// By [`Columns::models`].
    pub(crate) model: u16,
    pub(crate) sampler: u16,
    pub(crate) albums: u16,
    pub(crate) labels: u16,
    pub(crate) kind: Kind,
    pub(crate) mark: Option<Mark>,
    pub(crate) rating: u8,
    pub(crate) recipe: i64,
    pub(crate) likeness: Option<i64>,
}

impl Picture {
    /// When it was made, in milliseconds since 1970.
    pub(crate) fn created(&self) -> i64 {
        self.seq >> 10
    }
}

/// Texts by number, each once. The first is the empty one.
#[derive(Debug)]
pub(crate) struct Names {
    list: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            list: vec![String::new()],
            numbers: HashMap::from([(String::new(), 0)]),
        }
    }
}

impl Names {
    fn number(&mut self, name: &str) -> u16 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        // More different names than this nobody has; those beyond count as none.
        let Ok(number) = u16::try_from(self.list.len()) else {
            return 0;
        };
        self.list.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub(crate) fn all(&self) -> &[String] {
        &self.list
    }

    pub(crate) fn get(&self, number: u16) -> &str {
        self.list.get(usize::from(number)).map_or("", String::as_str)
    }
}

const SELECT: &str =
    "SELECT seq, seed, width, height, model, sampler, albums, kind, mark, rating, recipe, likeness, labels FROM images";

impl Columns {
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut columns = Self::default();
        let mut statement = connection.prepare(&format!("{SELECT} WHERE pending = 0 ORDER BY seq"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let picture = columns.read(row)?;
            columns.rows.push(picture);
        }
        Ok(columns)
    }

    /// Reads rows again that have changed, come or gone.
    pub(crate) fn refresh(&mut self, connection: &Connection, changed: &[i64]) -> rusqlite::Result<()> {
        // Where nearly everything changed, one reading of it all is quicker than as many insertions.
        if changed.len() > 1000 && changed.len() > self.rows.len() / 8 {
            *self = Self::load(connection)?;
            return Ok(());
        }
        let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE pending = 0 AND seq = ?1"))?;
        for seq in changed {
            let now = statement.query_row([seq], |row| self.read(row)).optional()?;
            match (self.place(*seq), now) {
                (Ok(at), Some(picture)) => self.rows[at] = picture,
                (Ok(at), None) => drop(self.rows.remove(at)),
                (Err(at), Some(picture)) => self.rows.insert(at, picture),
                (Err(_), None) => {}
            }
        }
        Ok(())
    }

    fn read(&mut self, row: &Row<'_>) -> rusqlite::Result<Picture> {
        let side = |index: usize| {
            row.get::<_, u32>(index)
                .map(|side| u16::try_from(side).unwrap_or(u16::MAX))
        };
        let text = |index: usize| {
            row.get_ref(index)
                .map(|value| value.as_str_or_null().ok().flatten().unwrap_or_default())
        };
        Ok(Picture {
            seq: row.get(0)?,
            seed: row.get(1)?,
            width: side(2)?,
            height: side(3)?,
            model: self.models.number(text(4)?),
            sampler: self.samplers.number(text(5)?),
            albums: self.albums.number(text(6)?),
            kind: Kind::named(text(7)?).unwrap_or(Kind::Outside),
            mark: Mark::named(text(8)?),
            rating: row.get(9)?,
            recipe: row.get::<_, Option<i64>>(10)?.unwrap_or(0),
            likeness: row.get(11)?,
            labels: self.labels.number(text(12)?),
        })
    }

    fn place(&self, seq: i64) -> Result<usize, usize> {
        self.rows.binary_search_by_key(&seq, |picture| picture.seq)
    }

    pub(crate) fn get(&self, seq: i64) -> Option<&Picture> {
        self.place(seq).ok().and_then(|at| self.rows.get(at))
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> &[Picture] {
        &self.rows
    }
}

/// The numbers of the albums in a list of them.
pub(crate) fn album_numbers(list: &str) -> impl Iterator<Item = i64> + '_ {
    list.split(',').filter_map(|number| number.parse().ok())
}
