//! The index: the table of pictures, one function a question or a step.

use novelai::request::PictureId;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use crate::inputs::PictureFormat;
use crate::library::details::{Details, Kind, Mark};
use crate::library::search::note;
use crate::library::{ImageId, ImageRecord};

const COLUMNS: &str =
    "id, job, folder, file_name, width, height, seed, model, prompt, created, format, parent, kind, rating, mark";

/// Takes an id and a name for a picture that is about to be written. `false`: the name (or id) is taken.
pub(crate) fn plan(connection: &Connection, record: &ImageRecord, details: &Details) -> rusqlite::Result<bool> {
    Ok(put(connection, record, details, 1)?.is_some())
}

/// Takes up a picture whose file is there.
pub(crate) fn add(connection: &Connection, record: &ImageRecord, details: &Details) -> rusqlite::Result<bool> {
    let seq = put(connection, record, details, 0)?;
    if let Some(seq) = seq {
        note::note(connection, seq)?;
    }
    Ok(seq.is_some())
}

/// The same without its words: who adds many notes them together. Gives its number.
pub(crate) fn add_unnoted(
    connection: &Connection,
    record: &ImageRecord,
    details: &Details,
) -> rusqlite::Result<Option<i64>> {
    put(connection, record, details, 0)
}

/// Takes up a picture whose file is in the trash.
pub(crate) fn add_to_trash(connection: &Connection, record: &ImageRecord, details: &Details) -> rusqlite::Result<bool> {
    Ok(put(connection, record, details, 2)?.is_some())
}

fn put(connection: &Connection, record: &ImageRecord, details: &Details, pending: u8) -> rusqlite::Result<Option<i64>> {
    let seq = free_place(connection, record.created)?;
    let changed = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO images
               (id, job, file_name, width, height, seed, model, prompt, created, format, parent, pending,
                seq, kind, sampler, undesired, characters, recipe, content, looked, folder)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, 2, ?20)",
        )?
        .execute(params![
            record.id.0,
            record.job.map(|job| job.to_string()),
            record.file_name,
            record.width,
            record.height,
            record.seed,
            record.model,
            record.prompt,
            record.created,
            extension(record.format),
            record.parent.as_ref().map(|parent| &parent.0),
            pending,
            seq,
            record.kind.name(),
            details.sampler,
            details.undesired,
            details.characters,
            (!record.prompt.is_empty()).then(|| details.recipe(record)),
            details.content,
            record.folder,
        ])?;
    Ok((changed > 0).then_some(seq))
}

/// The place in the order for a picture of this moment: after all others of it. See `schema/5.sql`.
fn free_place(connection: &Connection, created: i64) -> rusqlite::Result<i64> {
    let mut last = connection.prepare_cached("SELECT max(seq) FROM images WHERE seq >= ?1 AND seq < ?1 + 1024")?;
    let mut first = created.clamp(0, i64::MAX >> 11) << 10;
    loop {
        let last: Option<i64> = last.query_row([first], |row| row.get(0))?;
        match last {
            None => return Ok(first),
            Some(last) if last < first + 1023 => return Ok(last + 1),
            Some(_) => first += 1024,
        }
    }
}

/// The number of a picture that is there.
pub(crate) fn seq_of(connection: &Connection, id: &ImageId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT seq FROM images WHERE id = ?1 AND pending = 0")?
        .query_row([&id.0], |row| row.get(0))
        .optional()
}

/// The number of a picture in the trash.
pub(crate) fn seq_in_trash(connection: &Connection, id: &ImageId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT seq FROM images WHERE id = ?1 AND pending = 2")?
        .query_row([&id.0], |row| row.get(0))
        .optional()
}

/// What is in the trash and since when, the latest first.
pub(crate) fn trashed(
    connection: &Connection,
    before: Option<&ImageId>,
    limit: u32,
) -> rusqlite::Result<Vec<(ImageRecord, i64)>> {
    // Pictures that went together went at the same moment.
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, trashed FROM images WHERE trashed IS NOT NULL AND pending = 2
             AND (?1 IS NULL OR (trashed, seq) < (SELECT trashed, seq FROM images WHERE id = ?1))
             ORDER BY trashed DESC, seq DESC LIMIT ?2"
        ))?
        .query_map(params![before.map(|id| &id.0), limit], |row| {
            Ok((read(row)?, row.get("trashed")?))
        })?
        .collect()
}

/// How many pictures are in the trash.
pub(crate) fn count_trashed(connection: &Connection) -> rusqlite::Result<u32> {
    connection
        .prepare_cached("SELECT count(*) FROM images WHERE trashed IS NOT NULL AND pending = 2")?
        .query_row([], |row| row.get(0))
}

/// The ids of the pictures that went to the trash before a moment, in milliseconds since 1970.
pub(crate) fn trashed_until(connection: &Connection, moment: i64) -> rusqlite::Result<Vec<ImageId>> {
    connection
        .prepare_cached("SELECT id FROM images WHERE trashed < ?1 AND pending = 2")?
        .query_map([moment], |row| row.get(0).map(ImageId))?
        .collect()
}

/// Pictures that were made of one, oldest first.
pub(crate) fn children(connection: &Connection, id: &ImageId) -> rusqlite::Result<Vec<ImageRecord>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM images WHERE parent = ?1 AND parent IS NOT NULL AND pending = 0 ORDER BY seq LIMIT 200"
        ))?
        .query_map([&id.0], read)?
        .collect()
}

/// A picture in the trash that has this content.
pub(crate) fn trashed_with(connection: &Connection, content: Option<&str>) -> rusqlite::Result<Option<ImageId>> {
    connection
        .prepare_cached("SELECT id FROM images WHERE content = ?1 AND pending = 2 LIMIT 1")?
        .query_row([content], |row| row.get(0).map(ImageId))
        .optional()
}

/// A picture that has this content and whose file is missing.
pub(crate) fn missing_with(connection: &Connection, content: Option<&str>) -> rusqlite::Result<Option<ImageId>> {
    connection
        .prepare_cached("SELECT id FROM images WHERE content = ?1 AND pending = 3 LIMIT 1")?
        .query_row([content], |row| row.get(0).map(ImageId))
        .optional()
}

/// Whether the file of a picture is missing.
pub(crate) fn is_missing(connection: &Connection, id: &ImageId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM images WHERE id = ?1 AND pending = 3")?
        .exists([&id.0])
}

/// A picture that is there, missing or in the trash, and whether it is in the trash.
pub(crate) fn get_or_trashed(connection: &Connection, id: &ImageId) -> rusqlite::Result<Option<(ImageRecord, bool)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, pending FROM images WHERE id = ?1 AND pending <> 1"
        ))?
        .query_row([&id.0], |row| Ok((read(row)?, row.get::<_, u8>("pending")? == 2)))
        .optional()
}

/// Pictures by their numbers, in this order; those that are not there are left out.
pub(crate) fn by_seq(connection: &Connection, seqs: &[i64]) -> rusqlite::Result<Vec<ImageRecord>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM images WHERE seq = ?1 AND pending = 0"))?;
    let mut records = Vec::with_capacity(seqs.len());
    for seq in seqs {
        records.extend(statement.query_row([seq], read).optional()?);
    }
    Ok(records)
}

/// Another name for a picture that is not written yet. `false`: that name is taken too.
pub(crate) fn rename_planned(connection: &Connection, id: &ImageId, file_name: &str) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE OR IGNORE images SET file_name = ?2 WHERE id = ?1 AND pending = 1",
        params![id.0, file_name],
    )?;
    Ok(changed > 0)
}

/// Another name in the library folder for a picture, whose file is not where it was. `false`: that name is taken.
pub(crate) fn move_to(connection: &Connection, id: &ImageId, file_name: &str) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE OR IGNORE images SET file_name = ?2, folder = 0, pending = CASE pending WHEN 3 THEN 1 ELSE pending END
         WHERE id = ?1",
        params![id.0, file_name],
    )?;
    if changed > 0
        && let Some(seq) = seq_of(connection, id)?
    {
        note::note(connection, seq)?;
    }
    Ok(changed > 0)
}

/// These pictures of a job are written and durable; what else was planned for it is given up. Gives those that were
/// not known to be there.
pub(crate) fn confirm(connection: &Connection, job: Uuid, written: &[ImageId]) -> rusqlite::Result<Vec<ImageRecord>> {
    let mut confirm = connection.prepare_cached(&format!(
        "UPDATE images SET pending = 0 WHERE id = ?1 AND pending = 1 RETURNING {COLUMNS}"
    ))?;
    let mut confirmed = Vec::new();
    for id in written {
        confirmed.extend(confirm.query_row([&id.0], read).optional()?);
    }
    for record in &confirmed {
        if let Some(seq) = seq_of(connection, &record.id)? {
            note::note(connection, seq)?;
        }
    }
    connection.execute("DELETE FROM images WHERE job = ?1 AND pending = 1", [job.to_string()])?;
    Ok(confirmed)
}

/// This picture is written and durable. Gives it, where it was not known to be there.
pub(crate) fn confirm_one(connection: &Connection, id: &ImageId) -> rusqlite::Result<Option<ImageRecord>> {
    let confirmed = connection
        .prepare_cached(&format!(
            "UPDATE images SET pending = 0 WHERE id = ?1 AND pending = 1 RETURNING {COLUMNS}"
        ))?
        .query_row([&id.0], read)
        .optional()?;
    if confirmed.is_some()
        && let Some(seq) = seq_of(connection, id)?
    {
        note::note(connection, seq)?;
    }
    Ok(confirmed)
}

/// The picture whose file of the library folder this is.
pub(crate) fn of_file(connection: &Connection, file_name: &str) -> rusqlite::Result<Option<ImageRecord>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM images WHERE folder = 0 AND file_name = ?1 AND pending < 2 AND pending = 0"
        ))?
        .query_row([file_name], read)
        .optional()
}

/// Pictures that may be the same as one of this size and seed: which of them is, their bytes tell.
pub(crate) fn like(connection: &Connection, record: &ImageRecord) -> rusqlite::Result<Vec<ImageRecord>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM images
             WHERE seed = ?1 AND width = ?2 AND height = ?3 AND format = ?4 AND pending = 0"
        ))?
        .query_map(
            params![record.seed, record.width, record.height, extension(record.format)],
            read,
        )?
        .collect()
}

/// One picture, planned or there, and whether it is there.
pub(crate) fn get_any(connection: &Connection, id: &ImageId) -> rusqlite::Result<Option<(ImageRecord, bool)>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS}, pending FROM images WHERE id = ?1"))?
        .query_row([&id.0], |row| Ok((read(row)?, row.get::<_, u8>("pending")? == 0)))
        .optional()
}

/// One picture that is there.
pub(crate) fn get(connection: &Connection, id: &ImageId) -> rusqlite::Result<Option<ImageRecord>> {
    Ok(get_any(connection, id)?.and_then(|(record, there)| there.then_some(record)))
}

/// The first picture that a job made and that is there.
pub(crate) fn first_of_job(connection: &Connection, job: Uuid) -> rusqlite::Result<Option<ImageRecord>> {
    let records: Vec<ImageRecord> = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM images WHERE job = ?1 AND pending = 0"))?
        .query_map([job.to_string()], read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(records.into_iter().min_by_key(|record| record.id.place_in_batch()))
}

/// Notes which picture of the library an input is. Of two with the same content the latest that was taken counts.
pub(crate) fn set_origin(connection: &Connection, picture: &PictureId, image: &ImageId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO origins (picture, image) VALUES (?1, ?2)")?
        .execute([&picture.0, &image.0])?;
    Ok(())
}

/// Notes that an input was made of another, and so of the same picture of the library.
pub(crate) fn copy_origin(connection: &Connection, from: &PictureId, to: &PictureId) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO origins (picture, image) SELECT ?2, image FROM origins WHERE picture = ?1",
        )?
        .execute([&from.0, &to.0])?;
    Ok(())
}

/// The picture of the library that an input is, as long as it is there.
pub(crate) fn origin(connection: &Connection, picture: &PictureId) -> rusqlite::Result<Option<ImageId>> {
    connection
        .prepare_cached(
            "SELECT images.id FROM origins JOIN images ON images.id = origins.image
             WHERE origins.picture = ?1 AND images.pending = 0",
        )?
        .query_row([&picture.0], |row| row.get(0).map(ImageId))
        .optional()
}

/// A page of pictures, newest first, from after `before`. `None`: there is no such picture.
pub(crate) fn page(
    connection: &Connection,
    before: Option<&ImageId>,
    limit: u32,
) -> rusqlite::Result<Option<Vec<ImageRecord>>> {
    let seq = match before {
        None => i64::MAX,
        Some(id) => {
            let Some(seq) = seq_of(connection, id)? else {
                return Ok(None);
            };
            seq
        }
    };
    connection
        .prepare_cached(&page_sql())?
        .query_map(params![seq, limit], read)?
        .collect::<rusqlite::Result<_>>()
        .map(Some)
}

fn page_sql() -> String {
    format!("SELECT {COLUMNS} FROM images WHERE pending = 0 AND seq < ?1 ORDER BY seq DESC LIMIT ?2")
}

/// How a format is written in the table and at the end of a file name.
pub(crate) fn extension(format: impl Into<PictureFormat>) -> &'static str {
    match format.into() {
        PictureFormat::Png => "png",
        PictureFormat::Jpeg => "jpg",
        PictureFormat::Webp => "webp",
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ImageRecord> {
    Ok(ImageRecord {
        id: ImageId(row.get("id")?),
        job: row.get::<_, Option<String>>("job")?.and_then(|job| job.parse().ok()),
        folder: row.get("folder")?,
        file_name: row.get("file_name")?,
        width: row.get("width")?,
        height: row.get("height")?,
        seed: row.get("seed")?,
        model: row.get("model")?,
        prompt: row.get("prompt")?,
        created: row.get("created")?,
        format: match row.get_ref("format")?.as_str()? {
            "webp" => PictureFormat::Webp,
            "jpg" => PictureFormat::Jpeg,
            // The CHECK of the table leaves nothing else.
            _ => PictureFormat::Png,
        },
        parent: row.get::<_, Option<String>>("parent")?.map(ImageId),
        kind: Kind::named(row.get_ref("kind")?.as_str()?).unwrap_or(Kind::Outside),
        rating: row.get("rating")?,
        mark: Mark::named(row.get_ref("mark")?.as_str_or_null()?.unwrap_or_default()),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for step in [
            include_str!("../schema/1.sql"),
            include_str!("../schema/2.sql"),
            include_str!("../schema/3.sql"),
            include_str!("../schema/4.sql"),
            include_str!("../schema/5.sql"),
            include_str!("../schema/7.sql"),
            include_str!("../schema/8.sql"),
        ] {
            connection.execute_batch(step).unwrap();
        }
        connection
    }

    pub(crate) fn record(id: &str, file_name: &str, created: i64) -> ImageRecord {
        ImageRecord {
            id: ImageId(id.into()),
            job: Some(Uuid::nil()),
            folder: 0,
            file_name: file_name.into(),
            width: 832,
            height: 1216,
            seed: Some(u32::MAX),
            model: Some("nai-diffusion-5-full".into()),
            prompt: "a lighthouse".into(),
            created,
            format: PictureFormat::Webp,
            parent: Some(ImageId("parent".into())),
            kind: Kind::Text,
            rating: 0,
            mark: None,
        }
    }

    fn add(connection: &Connection, record: &ImageRecord) -> rusqlite::Result<bool> {
        super::add(connection, record, &Details::none())
    }

    fn plan(connection: &Connection, record: &ImageRecord) -> rusqlite::Result<bool> {
        super::plan(connection, record, &Details::none())
    }

    #[test]
    fn an_input_is_known_by_its_picture_as_long_as_that_is_there() {
        let table = table();
        let (input, grown) = (PictureId("a".repeat(64)), PictureId("b".repeat(64)));
        set_origin(&table, &input, &ImageId("a".into())).unwrap();
        copy_origin(&table, &input, &grown).unwrap();
        assert_eq!(origin(&table, &input).unwrap(), None);
        add(&table, &record("a", "day/a.webp", 1)).unwrap();
        assert_eq!(origin(&table, &input).unwrap(), Some(ImageId("a".into())));
        assert_eq!(origin(&table, &grown).unwrap(), Some(ImageId("a".into())));
    }

    #[test]
    fn the_first_picture_of_a_job_is_the_first_of_its_batch() {
        let table = table();
        for index in [10, 2, 3] {
            let id = ImageId::of_job(Uuid::nil(), index).0;
            add(&table, &record(&id, &id, 1)).unwrap();
        }
        let first = first_of_job(&table, Uuid::nil()).unwrap().unwrap();
        assert_eq!(first.id, ImageId::of_job(Uuid::nil(), 2));
        assert_eq!(first_of_job(&table, Uuid::max()).unwrap(), None);
    }

    #[test]
    fn a_planned_picture_is_not_shown_until_it_is_confirmed() {
        let table = table();
        let planned = record("a", "day/a.webp", 1);
        assert!(plan(&table, &planned).unwrap());
        assert_eq!(page(&table, None, 10).unwrap().unwrap(), []);
        assert_eq!(get(&table, &planned.id).unwrap(), None);

        let written = [planned.id.clone()];
        assert_eq!(
            confirm(&table, Uuid::nil(), &written).unwrap(),
            std::slice::from_ref(&planned)
        );

        assert_eq!(page(&table, None, 10).unwrap().unwrap(), [planned]);
        assert_eq!(confirm(&table, Uuid::nil(), &written).unwrap(), []);
    }

    #[test]
    fn a_planned_picture_that_was_never_written_gives_its_name_back() {
        let table = table();
        plan(&table, &record("a", "day/a.webp", 1)).unwrap();
        plan(&table, &record("b", "day/b.webp", 1)).unwrap();
        confirm(&table, Uuid::nil(), &[ImageId("a".into())]).unwrap();
        assert_eq!(page(&table, None, 10).unwrap().unwrap().len(), 1);
        assert!(plan(&table, &record("c", "day/b.webp", 1)).unwrap());
    }

    #[test]
    fn two_pictures_can_not_have_one_name_even_if_only_the_case_differs() {
        let table = table();
        assert!(plan(&table, &record("a", "day/a.png", 1)).unwrap());
        assert!(!plan(&table, &record("b", "DAY/A.png", 1)).unwrap());
        assert!(plan(&table, &record("b", "day/b.png", 1)).unwrap());
        assert!(!rename_planned(&table, &ImageId("b".into()), "day/A.png").unwrap());
        assert!(rename_planned(&table, &ImageId("b".into()), "day/c.png").unwrap());
    }

    #[test]
    fn a_picture_is_found_by_its_file_and_by_what_it_looks_like() {
        let table = table();
        let here = record("a", "day/a.webp", 1);
        add(&table, &here).unwrap();
        let jpeg = ImageRecord {
            format: PictureFormat::Jpeg,
            seed: None,
            ..record("b", "day/b.jpg", 2)
        };
        plan(&table, &jpeg).unwrap();
        assert_eq!(of_file(&table, "day/a.webp").unwrap(), Some(here.clone()));
        assert_eq!(of_file(&table, "day/b.jpg").unwrap(), None, "it is only planned");
        assert_eq!(like(&table, &record("c", "", 3)).unwrap(), [here]);
        assert_eq!(confirm_one(&table, &jpeg.id).unwrap(), Some(jpeg.clone()));
        assert_eq!(confirm_one(&table, &jpeg.id).unwrap(), None);
        assert_eq!(like(&table, &jpeg).unwrap(), [], "without a seed nothing looks like it");
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_repeat() {
        let table = table();
        for number in 0..25 {
            // Several pictures of one moment: a batch.
            let name = format!("{number:02}");
            add(&table, &record(&name, &name, number / 4)).unwrap();
        }
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = page(&table, before.as_ref(), 4).unwrap().unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id.clone());
            seen.extend(page.into_iter().map(|record| record.id.0));
        }
        let expected: Vec<_> = (0..25).rev().map(|number| format!("{number:02}")).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_page_after_an_unknown_picture_is_not_an_empty_page() {
        assert_eq!(page(&table(), Some(&ImageId("gone".into())), 4).unwrap(), None);
    }

    #[test]
    fn paging_reads_the_index_and_sorts_nothing() {
        let table = table();
        let plan: Vec<String> = table
            .prepare(&format!("EXPLAIN QUERY PLAN {}", page_sql()))
            .unwrap()
            .query_map(params![1, 10], |row| row.get("detail"))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(plan.len(), 1, "{plan:?}");
        assert!(
            plan[0].starts_with("SEARCH images USING INTEGER PRIMARY KEY"),
            "{plan:?}"
        );
    }
}
