//! The index made again from the pictures, after the old one was found damaged.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::clock::now_ms;
use crate::disk::off_thread;
use crate::error::Error;
use crate::library::details::Details;
use crate::library::diary::Diary;
use crate::library::places::{Place, Roots};
use crate::library::reading::{self, File, Stamp};
use crate::library::scan::scan;
use crate::library::{ImageId, ImageRecord, index, trash};
use crate::shared::Shared;

/// Takes up every picture in the folders of the library that is not in the index, and tells how many.
pub(crate) async fn rebuild(shared: &Arc<Shared>) -> Result<u32, Error> {
    let roots = shared.places.roots();
    let mut taken_up = 0;
    for place in roots.all() {
        taken_up += scan(shared, place.id, None).await?.added;
    }
    take_up_trash(shared, roots).await?;
    Ok(taken_up)
}

/// What lies in the trash gets its rows again, also what was on its way back: what is told of it is made true afterwards
/// (`replay`).
async fn take_up_trash(shared: &Arc<Shared>, roots: Roots) -> Result<(), Error> {
    let registry = shared.registry.clone();
    let records: Vec<(ImageRecord, Details, i64)> = off_thread(move || {
        // What can't be read is read at the next start.
        let told = Diary::of(&roots).read().unwrap_or_default().pictures;
        let picture = |folder: u32, id: ImageId, path: &Path| {
            let line = told.get(&id.0);
            let name = path.file_name()?.to_str()?;
            let folder_of_line = line.and_then(|line| line.file.rsplit_once('/'));
            let file = File {
                folder,
                name: folder_of_line.map_or_else(|| name.to_owned(), |(below, _)| format!("{below}/{name}")),
                stamp: Stamp::of(&fs::metadata(path).ok()?),
            };
            let (record, details) = reading::look_at(&fs::read(path).ok()?, &file, &registry).ok()?;
            let at = line.and_then(|line| line.trashed).unwrap_or_else(now_ms);
            Some((ImageRecord { id, ..record }, details, at))
        };
        let of_folder = |place: &Place| {
            let files = trash::files(&place.path).into_iter();
            files
                .filter_map(|(id, path)| picture(place.id, id, &path))
                .collect::<Vec<_>>()
        };
        roots.all().iter().flat_map(of_folder).collect()
    })
    .await;
    shared
        .database
        .call(move |connection| {
            let transaction = connection.transaction()?;
            for (record, details, at) in &records {
                if index::add_to_trash(&transaction, record, details)? {
                    let trashed = "UPDATE images SET trashed = ?2 WHERE id = ?1";
                    transaction.execute(trashed, rusqlite::params![record.id.0, at])?;
                }
            }
            transaction.commit()
        })
        .await
}
