//! Chains: steps that follow one another, on one picture or many; one step on one picture is the shortest.
//!
//! A click is one UUID, and the ids of all its jobs follow from it. Each later step waits in the journal for the one
//! before it and takes the first picture that came of that. Where that fails, is cancelled, or may have been charged
//! without a picture, the later ones are cancelled free of charge (`journal`).

use std::collections::HashSet;
use std::sync::Arc;

use novelai::account::Account;
use novelai::model::Registry;
use novelai::request::{PictureId, Size};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::disk::off_thread;
use crate::error::{Error, ErrorCode};
use crate::intake::keep_image;
use crate::jobs::price::size_of;
use crate::jobs::{Chain, Job, Step, derived_id, journal};
use crate::library::index;
use crate::server::LOCAL;
use crate::shared::Shared;

/// The most steps for a picture.
pub(crate) const MOST_STEPS: usize = 8;
/// The most jobs that one click makes.
const MOST_JOBS: usize = 10_000;

/// What a chain costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ChainEstimate {
    /// For all pictures together that are not refused.
    pub anlas: u32,
    /// Each picture once, in the order in which they were named.
    pub pictures: Vec<ChainPicture>,
}

/// What a chain costs for one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ChainPicture {
    /// The picture.
    pub image: PictureId,
    /// For all its steps together; 0 where it is refused.
    pub anlas: u32,
    /// Its steps, up to the one that is refused.
    pub steps: Vec<ChainStep>,
    /// Why it is left out, where it is: a sentence.
    pub refused: Option<String>,
}

/// What a step costs, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ChainStep {
    /// The size of the picture that it gives.
    pub size: Size,
    /// The price; 0 also where nobody names one, as for the maps of a legacy server.
    pub anlas: u32,
}

/// The steps of one picture, each with the size that it gives and its price where there is one.
type Plan = Vec<(Size, Option<u32>)>;

/// What a chain would cost this account.
pub(crate) async fn estimate(
    shared: &Arc<Shared>,
    steps: Vec<Step>,
    images: Vec<PictureId>,
) -> Result<ChainEstimate, Error> {
    let plans = plans(shared, &steps, images).await?;
    let pictures = plans.into_iter().map(|(image, plan, refused)| {
        let steps: Vec<ChainStep> = plan
            .into_iter()
            .map(|(size, anlas)| ChainStep {
                size,
                anlas: anlas.unwrap_or(0),
            })
            .collect();
        ChainPicture {
            image,
            anlas: match refused {
                Some(_) => 0,
                None => steps.iter().map(|step| step.anlas).sum(),
            },
            steps,
            refused: refused.map(|error| error.message),
        }
    });
    let pictures: Vec<ChainPicture> = pictures.collect();
    Ok(ChainEstimate {
        anlas: pictures.iter().map(|picture| picture.anlas).sum(),
        pictures,
    })
}

/// Queues a chain under the UUID of the click, once. Pictures that are refused are left out.
pub(crate) async fn enqueue(
    shared: &Arc<Shared>,
    click: Uuid,
    steps: Vec<Step>,
    images: Vec<PictureId>,
) -> Result<Vec<Job>, Error> {
    let there = shared.database.call(move |connection| known(connection, click)).await?;
    if !there.is_empty() {
        return Ok(as_seen(shared, there));
    }
    let server = shared.purse.current();
    let mut jobs = Vec::new();
    let mut first_refusal = None;
    for (image, plan, refused) in plans(shared, &steps, images).await? {
        match refused {
            Some(refused) => {
                first_refusal.get_or_insert(refused);
            }
            None => add(&mut jobs, click, &steps, &image, &plan, &server),
        }
    }
    if let (true, Some(refused)) = (jobs.is_empty(), first_refusal) {
        return Err(refused);
    }
    let board = shared.board.clone();
    let jobs = shared
        .database
        .call(move |connection| {
            let transaction = connection.transaction()?;
            let mut new = Vec::new();
            if known(&transaction, click)?.is_empty() {
                for job in &jobs {
                    let (_, inserted) = journal::insert(&transaction, job)?;
                    new.extend(inserted.then_some(job.id));
                }
            }
            transaction.commit()?;
            for id in new {
                // Here, before a worker can see it: its states must be told after this one.
                board.announce(connection, id)?;
            }
            known(connection, click)
        })
        .await?;
    shared.ring();
    Ok(as_seen(shared, jobs))
}

/// The jobs of a click, if it is known: those of a chain, or the one job that has its id.
fn known(connection: &Connection, click: Uuid) -> rusqlite::Result<Vec<Job>> {
    let jobs = journal::of_chain(connection, click)?;
    if !jobs.is_empty() {
        return Ok(jobs);
    }
    Ok(journal::get(connection, click)?.into_iter().collect())
}

fn as_seen(shared: &Shared, jobs: Vec<Job>) -> Vec<Job> {
    jobs.into_iter().map(|job| shared.board.as_seen(job)).collect()
}

/// The jobs of one picture.
fn add(jobs: &mut Vec<Job>, click: Uuid, steps: &[Step], image: &PictureId, plan: &Plan, server: &str) {
    let count = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let mut after = None;
    for ((number, step), (_, anlas)) in (0_u32..).zip(steps).zip(plan) {
        let id = if jobs.is_empty() {
            click
        } else {
            id_of(click, image, number)
        };
        let work = step.clone().on(image.clone());
        let server = if work.is_local() { LOCAL } else { server };
        jobs.push(Job {
            chain: Some(Chain {
                id: click,
                step: number,
                steps: count,
                after,
            }),
            ..Job::new(id, work, server.to_owned(), *anlas)
        });
        after = Some(id);
    }
}

/// The id of a click's job: its own for the first of all, and derived from it for the others.
fn id_of(click: Uuid, image: &PictureId, step: u32) -> Uuid {
    derived_id(click, &format!("step {step} {}", image.0))
}

/// What the steps come to for each picture, and why not, where one is refused. A picture that is named twice is worked
/// on once.
async fn plans(
    shared: &Arc<Shared>,
    steps: &[Step],
    images: Vec<PictureId>,
) -> Result<Vec<(PictureId, Plan, Option<Error>)>, Error> {
    if steps.is_empty() || steps.len() > MOST_STEPS {
        return Err(refused("steps", format!("A chain has from 1 to {MOST_STEPS} steps.")));
    }
    let mut seen = HashSet::new();
    let images: Vec<PictureId> = images.into_iter().filter(|image| seen.insert(image.clone())).collect();
    if images.is_empty() {
        return Err(refused("images", "There is no picture to work on.".into()));
    }
    if images.len().saturating_mul(steps.len()) > MOST_JOBS {
        let most = MOST_JOBS / steps.len();
        return Err(refused("images", format!("At most {most} pictures are taken at once.")));
    }
    let (shared, steps) = (shared.clone(), steps.to_vec());
    let account = shared.purse.account_at(&shared.purse.current());
    Ok(off_thread(move || {
        let planned = images.into_iter().map(|image| {
            let (plan, refused) = plan(&shared, &steps, &image, account.as_ref());
            (image, plan, refused)
        });
        planned.collect()
    })
    .await)
}

fn plan(shared: &Shared, steps: &[Step], image: &PictureId, account: Option<&Account>) -> (Plan, Option<Error>) {
    match size_of(shared, image) {
        Ok(size) => plan_of(steps, size, &shared.registry, account),
        Err(error) => (Plan::new(), Some(error)),
    }
}

fn plan_of(steps: &[Step], mut size: Size, registry: &Registry, account: Option<&Account>) -> (Plan, Option<Error>) {
    let mut plan = Plan::new();
    for (number, step) in (1_usize..).zip(steps) {
        match step.outcome(size, registry, account) {
            Ok(outcome) => {
                size = outcome.size;
                plan.push((size, outcome.price.map(|price| price.anlas)));
            }
            Err(mut error) => {
                if steps.len() > 1 {
                    error.message = format!("Step {number}: {}", error.message);
                }
                return (plan, Some(error));
            }
        }
    }
    (plan, None)
}

fn refused(field: &str, message: String) -> Error {
    Error::new(ErrorCode::Refused, message).with_detail(field)
}

/// A job with the picture that it works on: of a later step the first that came of the step before. The journal has it
/// too before anything is sent. For every worker, before it does anything else with a job.
pub(crate) async fn with_its_picture(shared: &Arc<Shared>, job: &Job) -> Result<Job, Error> {
    let Some(after) = job.chain.as_ref().and_then(|chain| chain.after) else {
        return Ok(job.clone());
    };
    let record = shared
        .database
        .call(move |connection| index::first_of_job(connection, after))
        .await?
        .ok_or_else(|| {
            let message = "The picture of the step before is no longer in the library, so nothing was sent.";
            Error::new(ErrorCode::NotFound, message)
        })?;
    let info = keep_image(shared, record).await?;
    let Some((step, _)) = job.work.as_step() else {
        return Err(Error::internal("a step that makes no picture of a picture"));
    };
    let job = Job {
        work: step.on(info.id),
        ..job.clone()
    };
    let (id, work) = (job.id, job.work.clone());
    shared
        .database
        .call(move |connection| journal::set_work(connection, id, &work))
        .await?;
    Ok(job)
}

/// Whether a job may be sent at this price. Nobody watches a chain, and what it costs was said before it began.
pub(crate) fn is_as_shown(job: &Job, now: Option<u32>) -> Result<(), Error> {
    let (Some(_), Some(shown), Some(now)) = (&job.chain, job.anlas, now) else {
        return Ok(());
    };
    if now <= shown {
        return Ok(());
    }
    let message = format!("This would cost {now} Anlas by now, and {shown} were said before. Nothing was sent.");
    Err(refused("anlas", message))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::jobs::steps::tests::{any_step, size};

    fn priced(steps: &[Step], start: Size) -> (Plan, Option<String>) {
        let (plan, refused) = plan_of(steps, start, Registry::builtin(), None);
        (plan, refused.map(|error| error.message))
    }

    proptest! {
        #[test]
        fn a_chain_costs_what_its_steps_cost_each_on_what_the_one_before_gives(
            steps in prop::collection::vec(any_step(), 1..=8), width in 1_u32..3000, height in 1_u32..3000
        ) {
            let (plan, refused) = priced(&steps, size(width, height));
            let mut from = size(width, height);
            for (step, (given, anlas)) in steps.iter().zip(&plan) {
                let alone = priced(std::slice::from_ref(step), from);
                prop_assert_eq!(alone, (vec![(*given, *anlas)], None));
                from = *given;
            }
            match refused {
                // It is refused where the next step alone would be.
                Some(_) => {
                    let next = &steps[plan.len()];
                    prop_assert!(priced(std::slice::from_ref(next), from).1.is_some());
                }
                None => prop_assert_eq!(plan.len(), steps.len()),
            }
        }

        #[test]
        fn the_price_of_the_first_steps_does_not_depend_on_those_after_them(
            steps in prop::collection::vec(any_step(), 2..=8), side in 1_u32..2000
        ) {
            let (whole, _) = priced(&steps, size(side, side));
            let (part, _) = priced(&steps[..steps.len() - 1], size(side, side));
            prop_assert_eq!(&whole[..part.len().min(whole.len())], &part[..]);
        }

        #[test]
        fn ids_follow_from_the_click_and_no_two_are_the_same(click in any::<u128>(), other in any::<u128>()) {
            let (click, other) = (Uuid::from_u128(click), Uuid::from_u128(other));
            let mut jobs = Vec::new();
            let steps = vec![Step::Annotate { annotator: novelai::client::Annotator::Hed }; 3];
            let plan: Plan = vec![(size(1, 1), None); 3];
            for letter in ["a", "b"] {
                add(&mut jobs, click, &steps, &PictureId(letter.repeat(64)), &plan, "sandbox");
            }
            let ids: HashSet<Uuid> = jobs.iter().map(|job| job.id).collect();
            prop_assert_eq!((ids.len(), jobs[0].id), (6, click));
            prop_assert_eq!(jobs[1].chain.as_ref().unwrap().after, Some(click));
            if click != other {
                let mut others = Vec::new();
                add(&mut others, other, &steps, &PictureId("a".repeat(64)), &plan, "sandbox");
                prop_assert!(others.iter().all(|job| !ids.contains(&job.id)));
            }
        }
    }
}
