//! Albums: made, called otherwise, and taken away again; each step can be undone.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::diary::{self, AlbumLine, Diary, Entry};
use super::said::{self, ChangeKind, Changed, Said, Step, album_name, counted, say, unwritten};
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::shared::Shared;

impl Studio {
    /// Makes an album with nothing in it. One of this name stays as it is.
    ///
    /// # Errors
    ///
    /// `refused` for a name that can't be, and storage errors.
    pub async fn create_album(&self, name: String) -> Result<(), Error> {
        let name = album_name(&name)?;
        step(self.shared(), vec![line(&name, false)], move |connection| {
            diary::album_number(connection, &name).map(drop)
        })
        .await
    }

    /// Gives an album another name. It can be undone.
    ///
    /// # Errors
    ///
    /// `refused` for a name that can't be or that another album has, `notFound`, and storage errors.
    pub async fn rename_album(&self, from: String, to: String) -> Result<Changed, Error> {
        let to = album_name(&to)?;
        let from = self.album_called(&from).await?;
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let all = self.album_names().await?;
        if !same(&from, &to) && all.iter().any(|name| same(name, &to)) {
            return Err(Error::new(ErrorCode::Refused, "There is an album of this name already.").with_detail("name"));
        }
        let count = counted(rename(self.shared(), from.clone(), to.clone()).await?);
        lock(&self.shared().timeline).push(Step::AlbumRenamed { from, to });
        Ok(Changed {
            what: ChangeKind::AlbumRenamed,
            count,
        })
    }

    /// Takes an album away. Its pictures stay. It can be undone: the album is back then, with its pictures.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn delete_album(&self, name: String) -> Result<Changed, Error> {
        let name = self.album_called(&name).await?;
        let shared = self.shared();
        let wanted = name.clone();
        let found = shared
            .database
            .call(move |connection| {
                let Some(number) = number_of(connection, &wanted)? else {
                    return Ok(None);
                };
                let mut before = Vec::new();
                for seq in in_album(connection, &wanted)? {
                    before.extend(said::read(connection, seq, true)?);
                }
                Ok(Some((number, before)))
            })
            .await?;
        let Some((number, before)) = found else {
            return Err(unknown(name));
        };
        let after: Vec<Said> = before
            .iter()
            .cloned()
            .map(|mut said| {
                said.albums.remove(&number);
                said
            })
            .collect();
        say(shared, &after).await?;
        remove(shared, name.clone()).await?;
        let count = counted(before.len());
        lock(&shared.timeline).push(Step::AlbumDeleted {
            number,
            name,
            before,
            after,
        });
        Ok(Changed {
            what: ChangeKind::AlbumDeleted,
            count,
        })
    }

    /// The names of all albums.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn album_names(&self) -> Result<Vec<String>, Error> {
        self.shared()
            .reader
            .call(|connection| {
                connection
                    .prepare_cached("SELECT name FROM albums ORDER BY name COLLATE NOCASE")?
                    .query_map([], |row| row.get(0))?
                    .collect()
            })
            .await
    }

    /// The name of an album as it is written.
    async fn album_called(&self, name: &str) -> Result<String, Error> {
        let plain = name.to_lowercase();
        let all = self.album_names().await?;
        all.into_iter()
            .find(|one| one.to_lowercase() == plain)
            .ok_or_else(|| unknown(name.to_owned()))
    }
}

fn unknown(name: String) -> Error {
    Error::new(ErrorCode::NotFound, "There is no such album.").with_detail(name)
}

fn line(name: &str, gone: bool) -> Entry {
    Entry::Album(AlbumLine {
        album: name.to_owned(),
        gone,
    })
}

/// The number of an album; none: there is none.
pub(crate) fn number_of(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM albums WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Pictures of an album, in the trash or not.
fn in_album(connection: &Connection, name: &str) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT seq FROM images JOIN albums ON images.albums LIKE '%,' || albums.number || ',%'
             WHERE albums.name = ?1 AND pending <> 1",
        )?
        .query_map([name], |row| row.get(0))?
        .collect()
}

/// Gives an album another name, here and in the lines of its pictures. Gives how many it has.
pub(crate) async fn rename(shared: &Arc<Shared>, from: String, to: String) -> Result<usize, Error> {
    let (old, new) = (from.clone(), to.clone());
    let lines = shared
        .database
        .call(move |connection| {
            let seqs = in_album(connection, &old)?;
            let lines = seqs.into_iter().map(|seq| diary::line_of(connection, seq));
            lines.collect::<rusqlite::Result<Vec<_>>>()
        })
        .await?;
    let count = lines.len();
    let mut entries = vec![line(&from, true), line(&new, false)];
    entries.extend(lines.into_iter().map(|mut line| {
        for name in line.albums.iter_mut().filter(|name| **name == from) {
            name.clone_from(&new);
        }
        Entry::Picture(line)
    }));
    step(shared, entries, move |connection| {
        connection
            .execute("UPDATE albums SET name = ?2 WHERE name = ?1", [&from, &to])
            .map(drop)
    })
    .await?;
    Ok(count)
}

/// Takes an album away that has nothing in it.
pub(crate) async fn remove(shared: &Arc<Shared>, name: String) -> Result<(), Error> {
    step(shared, vec![line(&name, true)], move |connection| {
        if in_album(connection, &name)?.is_empty() {
            connection.execute("DELETE FROM albums WHERE name = ?1", [&name])?;
        }
        Ok(())
    })
    .await
}

/// An album is there again, under the number that it had, unless there is one of its name; gives the number.
pub(crate) async fn bring_back(shared: &Arc<Shared>, number: i64, name: String) -> Result<i64, Error> {
    let wanted = name.clone();
    step(shared, vec![line(&name, false)], move |connection| {
        connection
            .execute(
                "INSERT OR IGNORE INTO albums (number, name, created) VALUES (?1, ?2, unixepoch('now') * 1000)",
                params![number, name],
            )
            .map(drop)
    })
    .await?;
    let now = shared
        .database
        .call(move |connection| number_of(connection, &wanted))
        .await?;
    Ok(now.unwrap_or(number))
}

/// States of pictures with one album in the place of another.
pub(crate) fn under(states: &[Said], number: i64, now: i64) -> Vec<Said> {
    let mut states = states.to_vec();
    for said in &mut states {
        if said.albums.remove(&number) {
            said.albums.insert(now);
        }
    }
    states
}

/// Notes in the library folder, and then in the index.
async fn step(
    shared: &Arc<Shared>,
    entries: Vec<Entry>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
) -> Result<(), Error> {
    let diary = Diary::in_folder(&shared.folders.library);
    shared
        .database
        .call(move |connection| {
            let length = match diary.append(&entries) {
                Ok(length) => length,
                Err(error) => return Ok(Err(unwritten(&error, &diary))),
            };
            let transaction = connection.transaction()?;
            work(&transaction)?;
            diary::set_known(&transaction, length)?;
            transaction.commit().map(Ok)
        })
        .await?
}
