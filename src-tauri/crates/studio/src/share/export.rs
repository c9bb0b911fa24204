//! Many pictures at once, into a folder or a ZIP: all of them or none. They are made beside their place and go there
//! together at the end, so that a full disk or a change of mind leaves nothing behind.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use novelai::metadata::OwnTexts;
use serde::Serialize;
use uuid::Uuid;

use super::outgoing::{judge, ready, shown, values};
use super::sink::Sink;
use super::{Handover, Luggage, names};
use crate::disk::off_thread;
use crate::door::{Studio, lock};
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::inputs::RefusedFile;
use crate::library::said::Chosen;
use crate::library::said::numbers;
use crate::library::{ImageRecord, index};
use crate::shared::Shared;

/// Records that are read at once.
const BATCH: usize = 200;
/// Files that stay out are named up to here.
const MOST_REFUSED: usize = 50;
/// The page is told no more often.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Where pictures are exported to. Not from the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportTo {
    /// Into a folder, each under its name or the next that is free.
    Folder(PathBuf),
    /// As a ZIP of this name, in the place of what stood there.
    Zip(PathBuf),
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ExportProgress {
    /// Which.
    pub id: Uuid,
    /// So many pictures are made.
    pub done: u32,
    /// Of so many.
    pub total: u32,
    /// It is over, one way or another.
    pub ended: bool,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The folder, to be shown.
    pub folder: String,
    /// The name of the ZIP, where it is one.
    pub zip: Option<String>,
    /// So many pictures are there.
    pub count: u32,
    /// So many of them tell less than they did, though all was wanted: a JPEG has little room.
    pub not_all: u32,
    /// Pictures that stayed out, each with the reason; at most fifty.
    pub refused: Vec<RefusedFile>,
}

/// Exports on their way: whether each is to stop.
#[derive(Debug, Default)]
pub(crate) struct Exports(Mutex<HashMap<Uuid, Arc<AtomicBool>>>);

/// An export that has begun; over when it is dropped.
pub struct Export {
    id: Uuid,
    stop: Arc<AtomicBool>,
    shared: Arc<Shared>,
}

impl Drop for Export {
    fn drop(&mut self) {
        lock(&self.shared.exports.0).remove(&self.id);
    }
}

impl Studio {
    /// Takes an export up under its id. Asked twice, as by a page that was read anew, it is one.
    ///
    /// # Errors
    ///
    /// `refused`: it has begun already.
    pub fn begin_export(&self, id: Uuid) -> Result<Export, Error> {
        let shared = self.shared().clone();
        let stop = Arc::new(AtomicBool::new(false));
        match lock(&shared.exports.0).entry(id) {
            Entry::Occupied(_) => {
                return Err(Error::new(ErrorCode::Refused, "This export has begun already."));
            }
            Entry::Vacant(free) => drop(free.insert(stop.clone())),
        }
        Ok(Export { id, stop, shared })
    }

    /// Stops an export. What it has made goes; one that is over stays.
    pub fn cancel_export(&self, id: Uuid) {
        if let Some(stop) = lock(&self.shared().exports.0).get(&id) {
            stop.store(true, Ordering::SeqCst);
        }
    }

    /// Exports pictures. Those that can't be handed out stay out and are named; none: it was stopped, and nothing is left
    /// of it. [`Event::Export`] tells how far it is.
    ///
    /// # Errors
    ///
    /// `notFound` where the search is long over; `diskFull`, `readOnly`, `storage` where it can't be written: then nothing
    /// is left of it, and what stood there before still does.
    pub async fn export(
        &self,
        export: Export,
        chosen: Chosen,
        how: Handover,
        target: ExportTo,
    ) -> Result<Option<Exported>, Error> {
        let mut progress = ExportProgress {
            id: export.id,
            done: 0,
            total: 0,
            ended: false,
        };
        let done = self.export_all(&export, chosen, how, target, &mut progress).await;
        progress.ended = true;
        drop(export);
        self.shared().tell(Event::Export(progress));
        done
    }

    async fn export_all(
        &self,
        export: &Export,
        chosen: Chosen,
        how: Handover,
        target: ExportTo,
        progress: &mut ExportProgress,
    ) -> Result<Option<Exported>, Error> {
        let shared = self.shared();
        let settings = self.settings().await.share;
        let seqs = numbers(shared, chosen).await?;
        progress.total = u32::try_from(seqs.len()).unwrap_or(u32::MAX);
        shared.tell(Event::Export(*progress));
        let disk = shared.disk.clone();
        let mut sink = off_thread(move || Sink::open(target, disk)).await.map_err(storage)?;
        let (mut not_all, mut refused, mut at) = (0, Vec::new(), 0);
        let mut told = Instant::now();
        for batch in seqs.chunks(BATCH) {
            let batch = batch.to_vec();
            let records = shared
                .reader
                .call(move |connection| index::by_seq(connection, &batch))
                .await?;
            for record in records {
                if export.stop.load(Ordering::SeqCst) || shared.closing.is_cancelled() {
                    off_thread(move || drop(sink)).await;
                    return Ok(None);
                }
                at += 1;
                let name = names::fill(&settings.name, &values(&record, at));
                match self.prepared(&record, how, &settings.own).await {
                    Ok(file) => {
                        not_all += u32::from(!file.is_all);
                        let name = (name, file.format.extension());
                        sink = off_thread(move || {
                            sink.add(&name.0, name.1, &file.bytes)?;
                            Ok(sink)
                        })
                        .await
                        .map_err(storage)?;
                    }
                    Err(error) => refused.push(RefusedFile {
                        name: record.file_name,
                        reason: error.message,
                    }),
                }
                progress.done = u32::try_from(at).unwrap_or(u32::MAX);
                if told.elapsed() >= TOLD_EVERY {
                    told = Instant::now();
                    shared.tell(Event::Export(*progress));
                }
            }
        }
        refused.truncate(MOST_REFUSED);
        let own = settings.own;
        off_thread(move || {
            // Read again from the disk: only what is proved goes to its place.
            let placed = sink.finish(|written| judge(written, how.metadata, &own).map(drop))?;
            Ok(Some(Exported {
                folder: shown(&placed.folder),
                zip: placed.zip,
                count: placed.count,
                not_all,
                refused,
            }))
        })
        .await
    }

    /// A picture as it goes out, judged.
    async fn prepared(
        &self,
        record: &ImageRecord,
        how: Handover,
        own: &OwnTexts,
    ) -> Result<super::outgoing::Ready, Error> {
        let (_, bytes) = self.image_bytes(record.id.clone()).await?;
        let own = own.clone();
        off_thread(move || {
            let file = ready(&bytes, how, &own)?;
            if how.metadata != Luggage::Keep {
                judge(&file.bytes, how.metadata, &own)?;
            }
            Ok(file)
        })
        .await
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what errors are mapped by")]
fn storage(error: std::io::Error) -> Error {
    Error::storage(&error, "exporting pictures")
}
