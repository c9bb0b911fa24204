//! Batches that a person starts: the same several times, a matrix of what is to be compared, scenes over one recipe, a
//! folder of sources. A batch is a plan, and a job for each cell of it; its whole price is known before it starts, and a
//! contact sheet with labelled axes shows what came of it. There is no batch without an end.

pub(crate) mod cells;
mod lettering;
mod sheet;

use std::collections::HashMap;
use std::sync::Arc;

use novelai::model::ModelId;
use novelai::prompt::settle;
use novelai::request::{GenerateRequest, PictureId};
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::now_ms;
use crate::disk::off_thread;
use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::event::Event;
use crate::jobs::parcel::check;
use crate::jobs::{BatchCell, Job, JobState, Work, Written, encoding, journal};
use crate::library::ImageId;
use crate::shared::Shared;
use crate::vibes::EncodedBefore;
use cells::{Cell, cells};

/// What a batch is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BatchPlan {
    /// What all cells have in common.
    pub request: GenerateRequest,
    /// What differs: every combination is a cell. The first axis runs across the contact sheet.
    pub axes: Vec<Axis>,
    /// How often each cell is made, with seeds of its own.
    pub count: u32,
    /// Which seeds.
    pub seeds: SeedRule,
}

/// What differs along an axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Axis {
    /// The prompt.
    Prompts {
        /// Each in the place of that of the recipe.
        values: Vec<String>,
    },
    /// A scene: what is added to the prompt of the recipe.
    Scenes {
        /// Each after the prompt.
        values: Vec<String>,
    },
    /// A text in the prompts, such as a `__wildcard__`.
    Replace {
        /// What is replaced, wherever it stands.
        find: String,
        /// By what.
        values: Vec<String>,
    },
    /// The prompt of the first character.
    Characters {
        /// Each in the place of that of the recipe.
        values: Vec<String>,
    },
    /// The model. What it does not have is carried over as when a person switches.
    Models {
        /// Which ones.
        values: Vec<ModelId>,
    },
    /// The sampler.
    Samplers {
        /// Which ones.
        values: Vec<String>,
    },
    /// Prompt Guidance.
    Guidance {
        /// How much.
        #[cfg_attr(feature = "specta", specta(type = Vec<i32>))]
        // `number[]`; of a float specta makes `(number | null)[]`
        values: Vec<f64>,
    },
    /// Steps.
    Steps {
        /// How many.
        values: Vec<u8>,
    },
    /// The picture that it starts from.
    Sources {
        /// Inputs.
        values: Vec<PictureId>,
    },
}

/// Which seeds the requests of a batch have. The first is that of the recipe, or picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum SeedRule {
    /// The same in all cells, so that they can be compared; where each is made several times, one after the other.
    Same,
    /// One after the other.
    CountUp,
    /// Each its own.
    Random,
}

/// What a batch would come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BatchEstimate {
    /// How many requests would be sent.
    pub jobs: u32,
    /// How many of them are free.
    pub free: u32,
    /// All of them together, in Anlas.
    pub anlas: u32,
    /// How many can't be sent.
    pub refused: u32,
    /// The first of those, and why.
    pub refusals: Vec<BatchRefusal>,
}

/// A cell that can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BatchRefusal {
    /// Where it stands on each axis.
    pub labels: Vec<String>,
    /// Why.
    pub message: String,
}

/// A batch, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// The UUID of the click.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub id: Uuid,
    /// When it was started, in milliseconds since 1970.
    #[cfg_attr(feature = "specta", specta(type = u32))]
    pub created: i64,
    /// The labels of each axis; the last one counts where each cell is made several times.
    pub labels: Vec<Vec<String>>,
    /// Its cells, the first axis running fastest.
    pub cells: Vec<BatchResult>,
    /// Whether nothing more will come.
    pub over: bool,
}

/// What came of a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BatchResult {
    /// Its job; none where it could not be sent.
    #[cfg_attr(feature = "specta", specta(type = Option<String>))]
    pub job: Option<Uuid>,
    /// Whether it is over, well or not.
    pub over: bool,
    /// Its first picture.
    pub image: Option<ImageId>,
}

/// The most requests of a batch.
const MOST: usize = 10_000;

/// So many refusals are told.
const MOST_REFUSALS: usize = 12;

/// So many batches are listed.
const MOST_LISTED: u32 = 50;

impl Studio {
    /// What a batch would come to. Nothing is queued.
    ///
    /// # Errors
    ///
    /// `refused` where it has no cells or too many.
    pub async fn estimate_batch(&self, plan: BatchPlan) -> Result<BatchEstimate, Error> {
        let studio = self.clone();
        let made = made(self.shared(), &plan, Uuid::nil()).await?;
        Ok(off_thread(move || {
            let mut told = BatchEstimate {
                jobs: 0,
                free: 0,
                anlas: 0,
                refused: 0,
                refusals: Vec::new(),
            };
            let mut before = EncodedBefore::default();
            for cell in made {
                let priced = cell
                    .request
                    .and_then(|request| Ok(studio.estimate_after(&mut before, &request)?));
                match priced {
                    Ok(price) => {
                        told.jobs += 1;
                        told.free += u32::from(price.anlas == 0);
                        told.anlas = told.anlas.saturating_add(price.anlas);
                    }
                    Err(error) => {
                        told.refused += 1;
                        if told.refusals.len() < MOST_REFUSALS {
                            told.refusals.push(BatchRefusal {
                                labels: cell.labels,
                                message: error.message,
                            });
                        }
                    }
                }
            }
            told
        })
        .await)
    }

    /// Queues a batch under the UUID of a click, once: a job for each cell that can be sent, with what is drawn in it drawn
    /// now. Gives how many jobs that are.
    ///
    /// # Errors
    ///
    /// `refused` where it has no cells, too many, or none that can be sent; storage errors. Then nothing is queued.
    pub async fn enqueue_batch(&self, id: Uuid, plan: BatchPlan) -> Result<u32, Error> {
        let shared = self.shared();
        let mut jobs = Vec::new();
        let mut refused = None;
        let server = shared.purse.current();
        let read = off_thread({
            let shared = shared.clone();
            move || shared.words.files.look()
        })
        .await;
        for (at, cell) in (0_u32..).zip(made(shared, &plan, id).await?) {
            let queued = async {
                let request = cell.request?;
                let texts = Written::of(&request);
                let drawn = settle(&request, &read.lists).request;
                let written = (Written::of(&drawn) != texts).then_some(texts);
                let work = Work::Generate {
                    request: Box::new(drawn),
                    written,
                };
                check(shared, &work, &server).await?;
                Ok::<_, Error>(work)
            };
            match queued.await {
                Ok(work) => jobs.extend(self.jobs_of(id, at, work, &server)),
                Err(error) if error.code == ErrorCode::Refused || error.code == ErrorCode::NotFound => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(refused)) = (jobs.is_empty(), refused) {
            return Err(refused);
        }
        let queued = shared
            .database
            .call(move |connection| {
                let transaction = connection.transaction()?;
                let new = transaction.execute(
                    "INSERT INTO batches (id, created, plan) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
                    params![id.to_string(), now_ms(), journal::to_json(&plan)?],
                )?;
                if new > 0 {
                    for job in &jobs {
                        journal::insert(&transaction, job)?;
                    }
                }
                let queued =
                    transaction.query_row("SELECT count(*) FROM jobs WHERE batch = ?1", [id.to_string()], |row| {
                        row.get(0)
                    })?;
                transaction.commit()?;
                Ok(queued)
            })
            .await?;
        // One event instead of ten thousand.
        shared.tell(Event::Missed);
        shared.board.stir();
        shared.ring();
        Ok(queued)
    }

    /// The job of a cell, and before it those that encode its vibes.
    fn jobs_of(&self, batch: Uuid, cell: u32, work: Work, server: &str) -> Vec<Job> {
        let shared = self.shared();
        let id = cells::id_of(batch, cell);
        let mut jobs = match work.request() {
            // Under the batch's own id: what is encoded for one cell is there for all.
            Some(request) => encoding::needed(shared, batch, request, server),
            None => Vec::new(),
        };
        let account = shared.purse.account_at(server);
        let price = crate::jobs::price::price(shared, &work, account.as_ref())
            .ok()
            .flatten();
        let anlas = price.filter(|_| account.is_some()).map(|price| price.anlas);
        jobs.push(Job {
            cell: Some(BatchCell { batch, cell }),
            ..Job::new(id, work, server.to_owned(), anlas)
        });
        jobs
    }

    /// The ids of the batches, the newest first, with how many jobs they have and how many of those are over.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn batches(&self) -> Result<Vec<BatchLine>, Error> {
        self.shared()
            .database
            .call(|connection| {
                connection
                    .prepare_cached(
                        "SELECT id, created,
                           (SELECT count(*) FROM jobs WHERE batch = batches.id) AS jobs,
                           (SELECT count(*) FROM jobs WHERE batch = batches.id
                              AND state NOT IN ('queued', 'sending', 'received')) AS over
                         FROM batches ORDER BY created DESC LIMIT ?1",
                    )?
                    .query_map([MOST_LISTED], |row| {
                        Ok((
                            row.get::<_, String>("id")?,
                            row.get("created")?,
                            row.get("jobs")?,
                            row.get("over")?,
                        ))
                    })?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .await
            .map(|lines| {
                let read = lines.into_iter().filter_map(|(id, created, jobs, over)| {
                    Some(BatchLine {
                        id: id.parse().ok()?,
                        created,
                        jobs,
                        over,
                    })
                });
                read.collect()
            })
    }

    /// A batch, and what came of its cells so far.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn batch(&self, id: Uuid) -> Result<Batch, Error> {
        let read = self
            .shared()
            .database
            .call(move |connection| {
                let known = connection
                    .prepare_cached("SELECT created, plan FROM batches WHERE id = ?1")?
                    .query_row([id.to_string()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
                    .optional()?;
                let jobs = journal::listed(connection, "WHERE batch = ?1 ORDER BY cell", [id.to_string()])?;
                Ok(known.map(|(created, plan)| (created, plan, jobs)))
            })
            .await?;
        let (created, plan, jobs): (i64, String, Vec<Job>) =
            read.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such batch.").with_detail(id))?;
        let plan: BatchPlan = serde_json::from_str(&plan).map_err(Error::internal)?;
        let labels = cells::labels(&plan, &self.shared().registry);
        let total: usize = labels.iter().map(Vec::len).product();
        let by_cell: HashMap<u32, Job> = jobs
            .into_iter()
            .filter_map(|job| Some((job.cell.as_ref()?.cell, job)))
            .collect();
        let results = (0_u32..).take(total).map(|cell| match by_cell.get(&cell) {
            None => BatchResult {
                job: None,
                over: true,
                image: None,
            },
            Some(job) => BatchResult {
                job: Some(job.id),
                over: job.state.is_settled(),
                image: match &job.state {
                    JobState::Done { images } => images.first().cloned(),
                    _ => None,
                },
            },
        });
        let cells: Vec<BatchResult> = results.collect();
        Ok(Batch {
            id,
            created,
            over: cells.iter().all(|cell| cell.over),
            labels,
            cells,
        })
    }

    /// The contact sheet of a batch, with its axes labelled: PNG. What is not there yet is left empty.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn contact_sheet(&self, id: Uuid) -> Result<Vec<u8>, Error> {
        let batch = self.batch(id).await?;
        let mut pictures = Vec::new();
        for cell in &batch.cells {
            let bytes = match &cell.image {
                // One that was deleted leaves a gap.
                Some(image) => self.image_bytes(image.clone()).await.ok().map(|(_, bytes)| bytes),
                None => None,
            };
            let layout = sheet::Layout::of(&batch.labels);
            let small = off_thread(move || bytes.and_then(|bytes| layout.shrink(&bytes))).await;
            pictures.push(small);
        }
        off_thread(move || sheet::draw(&batch.labels, &pictures)).await
    }
}

/// A batch in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BatchLine {
    /// The UUID of the click.
    #[cfg_attr(feature = "specta", specta(type = String))]
    pub id: Uuid,
    /// When it was started, in milliseconds since 1970.
    #[cfg_attr(feature = "specta", specta(type = u32))]
    pub created: i64,
    /// How many jobs it has.
    pub jobs: u32,
    /// How many of them are over.
    pub over: u32,
}

async fn made(shared: &Arc<Shared>, plan: &BatchPlan, id: Uuid) -> Result<Vec<Cell>, Error> {
    let (shared, plan) = (shared.clone(), plan.clone());
    let total = cells::labels(&plan, &shared.registry)
        .iter()
        .try_fold(1_usize, |total, labels| total.checked_mul(labels.len()))
        .unwrap_or(usize::MAX);
    if total == 0 || total > MOST {
        let message = format!("A batch has from 1 to {MOST} requests; this one would have {total}.");
        return Err(Error::new(ErrorCode::Refused, message).with_detail("axes"));
    }
    Ok(off_thread(move || cells(&shared, &plan, id)).await)
}
