//! What stands in the library folder (`library::diary`) and not in the index, taken into it: after a kill, after the index
//! was made again, or when another computer wrote there.

use std::sync::Arc;

use crate::disk::off_thread;
use crate::error::Error;
use crate::library::diary::{self, Diary, Line};
use crate::library::trash;
use crate::shared::Shared;

/// Reads the file if the index does not know all of it, and tells how many pictures it says something of.
pub(crate) async fn replay(shared: &Arc<Shared>) -> Result<usize, Error> {
    let diary = Diary::in_folder(&shared.folders.library);
    let known = shared.database.call(|connection| diary::known(connection)).await?;
    let told = off_thread(move || {
        if diary.length()? == known {
            return Ok(None);
        }
        let told = diary.read()?;
        let length = diary.tidy(&told).unwrap_or(told.length);
        Ok::<_, std::io::Error>(Some((told, length)))
    })
    .await;
    let (told, length) = match told {
        Ok(Some(told)) => told,
        Ok(None) => return Ok(0),
        // A drive that is not there: what is known stays known.
        Err(error) => {
            tracing::warn!(%error, "what was said about the pictures can't be read");
            return Ok(0);
        }
    };
    let (albums, gone, roots) = (told.albums, told.gone, shared.places.roots());
    shared
        .database
        .call(move |connection| {
            trash::forget_gone(connection, &roots, &gone)?;
            for album in &albums {
                diary::album_number(connection, album)?;
            }
            Ok(())
        })
        .await?;
    let lines: Vec<Line> = told.pictures.into_values().collect();
    let mut count = 0;
    for batch in lines.chunks(500) {
        let (batch, roots) = (batch.to_vec(), shared.places.roots());
        count += shared
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let mut count = 0;
                for line in &batch {
                    trash::settle(&transaction, &roots, line)?;
                    count += usize::from(diary::take(&transaction, line)?);
                }
                transaction.commit()?;
                Ok(count)
            })
            .await?;
    }
    shared
        .database
        .call(move |connection| diary::set_known(connection, length))
        .await?;
    Ok(count)
}
