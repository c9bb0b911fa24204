//! The gate between the queue and the servers: which job is next, and whether the person's rules let it be sent.
//!
//! It is asked twice. Before a job is taken up, so that one which has to wait does not hold up those behind it; and, with
//! the account as it is then, in the write transaction that journals it as being sent. Only the second decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use novelai::account::Account;
use novelai::carry::switch_model;
use rusqlite::Connection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::Error;
use crate::jobs::price::price;
use crate::jobs::{Job, Work, control, journal};
use crate::server::LOCAL;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::spending::ledger::{self, Entry};
use crate::spending::{Hold, Spent, Wanted, WhenAllowanceEnds, ends_allowance, goes_on_with};

/// Counts the rounds of looking. What was found to be held is looked at again only in a new one.
#[derive(Debug)]
pub(crate) struct Rounds(AtomicI64);

impl Default for Rounds {
    /// After every round of an earlier run, since those of this one count from the time of day.
    fn default() -> Self {
        Self(AtomicI64::new(crate::clock::now_ms()))
    }
}

impl Rounds {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Something has changed that rules depend on.
    pub(crate) fn begin(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// At midnight other days and months are counted, and an allowance comes back with time: what was held because of them is
/// looked at again.
pub(crate) async fn watch_the_day(shared: Arc<Shared>) {
    /// Rounds of this watch after which the account is read anew, if something is held.
    const ACCOUNT: u32 = 20;
    let mut today = ledger::today();
    for round in 1_u32.. {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
            () = shared.closing.cancelled() => return,
        }
        let now = ledger::today();
        if now != today {
            today = now;
            shared.look_again();
        }
        if round.is_multiple_of(ACCOUNT) && anything_held(&shared).await {
            let server = shared.purse.current();
            shared.refresh_account_at(&server).await;
        }
    }
}

async fn anything_held(shared: &Shared) -> bool {
    let held = shared.database.call(|connection| {
        let held = "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND held IS NOT NULL)";
        connection.query_row(held, [], |row| row.get(0))
    });
    held.await.unwrap_or(false)
}

/// So many jobs are looked at before the database is given to others.
const AT_ONCE: usize = 200;

/// The job whose turn it is among those for some servers, if the queue goes on, taken up; with what cancels it.
pub(crate) async fn next(shared: &Arc<Shared>, servers: Vec<String>) -> Option<(Job, CancellationToken)> {
    loop {
        let passed_over: Vec<_> = shared.board.unwritten().into_iter().map(|(id, _)| id).collect();
        let (gate, servers) = (shared.clone(), servers.clone());
        let looked = shared
            .database
            .call(move |connection| look(&gate, connection, &servers, &passed_over))
            .await;
        match looked {
            Ok(Looked::Found(job, cancel)) => return Some((*job, cancel)),
            Ok(Looked::Nothing) => return None,
            Ok(Looked::More) => {}
            Err(error) => {
                tracing::error!(%error, "the queue can't be read");
                return None;
            }
        }
    }
}

enum Looked {
    Found(Box<Job>, CancellationToken),
    Nothing,
    More,
}

fn look(
    shared: &Shared,
    connection: &mut Connection,
    servers: &[String],
    passed_over: &[Uuid],
) -> rusqlite::Result<Looked> {
    if control::is_paused(connection)? {
        return Ok(Looked::Nothing);
    }
    let (round, settings, day) = (shared.rounds.now(), shared.settings.get(), ledger::today());
    let queue = ledger::queue(connection)?;
    let mut changed = Vec::new();
    let mut looked = Looked::More;
    let transaction = connection.transaction()?;
    for _ in 0..AT_ONCE {
        let Some(job) = journal::next(&transaction, servers, passed_over, round)? else {
            looked = Looked::Nothing;
            break;
        };
        let spent = ledger::spent(&transaction, &job.server, &queue, &day)?;
        let agreed = journal::agreed(&transaction, job.id)?;
        let held = probably_held(shared, &settings, &job, agreed, spent);
        if held.is_none() {
            // Here, on the thread of the database: from now on nobody can change it in the queue.
            let cancel = shared.board.take_up(&job);
            looked = Looked::Found(Box::new(job), cancel);
            break;
        }
        if journal::hold(&transaction, job.id, held.as_ref(), round)? {
            changed.push(job.id);
        }
    }
    transaction.commit()?;
    for id in changed {
        shared.board.announce(connection, id)?;
    }
    Ok(looked)
}

/// Why a job would be held, as far as that is known without asking the server. Whose account is not known is let
/// through: it is read before anything is sent.
fn probably_held(shared: &Shared, settings: &Settings, job: &Job, agreed: Option<u32>, spent: Spent) -> Option<Hold> {
    if job.server == LOCAL {
        return None;
    }
    let account = shared.purse.account_at(&job.server)?;
    let other = other_work(shared, settings, &job.work, Some(&account));
    let work = other.as_ref().unwrap_or(&job.work);
    // What has no price because it is wrong fails where it is sent, and says why.
    let anlas = price(shared, work, Some(&account)).ok()?.map(|price| price.anlas);
    let wanted = Wanted {
        anlas,
        agreed,
        ends_allowance: ends_allowance(
            work.model().and_then(|model| shared.registry.get(model)),
            Some(&account),
        ),
    };
    settings.spending.hold(settings.ask_above, wanted, spent)
}

/// The work for another model, where the allowance of its own is at its end and the person wants it to go on so.
fn other_work(shared: &Shared, settings: &Settings, work: &Work, account: Option<&Account>) -> Option<Work> {
    if settings.spending.allowance != WhenAllowanceEnds::Switch {
        return None;
    }
    let Work::Generate { request, written } = work else {
        return None;
    };
    if !ends_allowance(shared.registry.get(&request.model), account) {
        return None;
    }
    let model = goes_on_with(&shared.registry, &request.model)?;
    let carried = switch_model(request, &model.id, &shared.registry);
    Some(Work::Generate {
        request: Box::new(carried.request),
        written: written.clone(),
    })
}

/// A job that goes on with another model, journalled so; none: it stays as it is.
pub(crate) async fn gone_on(shared: &Arc<Shared>, job: &Job) -> Result<Option<Job>, Error> {
    let account = shared.purse.account_at(&job.server);
    let settings = shared.settings.get();
    let Some(work) = other_work(shared, &settings, &job.work, account.as_ref()) else {
        return Ok(None);
    };
    let (id, written) = (job.id, work.clone());
    shared
        .database
        .call(move |connection| journal::set_work(connection, id, &written))
        .await?;
    Ok(Some(Job { work, ..job.clone() }))
}

/// What came of the claim for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It is journalled as being sent, and its price is reserved.
    Taken,
    /// It is no longer queued.
    Gone,
    /// It is queued still: held, to go on with another model, or the queue was paused.
    Later,
}

/// Journals that a job is being sent and reserves its price, in one write transaction with the sums that the caps are
/// held to.
pub(crate) async fn claim(
    shared: &Shared,
    job: &Job,
    now: Option<u32>,
    account: Option<Account>,
    balance: Option<u32>,
) -> Result<Claimed, Error> {
    let settings = shared.settings.get();
    let model = job.work.model();
    let ends_allowance = ends_allowance(model.and_then(|model| shared.registry.get(model)), account.as_ref());
    // It goes on with another model now that the account is known.
    let known = shared.purse.account_at(&job.server);
    let switches = known.is_some() && other_work(shared, &settings, &job.work, known.as_ref()).is_some();
    let entry = Entry {
        job: job.id,
        queue: String::new(),
        server: job.server.clone(),
        tool: job.work.tool().into(),
        model: model.map(|model| model.0.clone()),
        estimated: job.anlas,
        before: balance,
    };
    let (job, round, board) = (job.clone(), shared.rounds.now(), shared.board.clone());
    let claimed = shared
        .database
        .call(move |connection| {
            let day = ledger::today();
            let transaction = connection.transaction()?;
            if switches || board.is_changed(job.id) || control::is_paused(&transaction)? {
                return Ok(Claimed::Later);
            }
            let queue = ledger::queue(&transaction)?;
            let wanted = Wanted {
                anlas: now,
                agreed: journal::agreed(&transaction, job.id)?,
                ends_allowance,
            };
            let spent = ledger::spent(&transaction, &job.server, &queue, &day)?;
            let held = settings.spending.hold(settings.ask_above, wanted, spent);
            let claimed = if held.is_some() {
                journal::hold(&transaction, job.id, held.as_ref(), round)?;
                Claimed::Later
            } else if journal::claim(&transaction, job.id, job.anlas, balance)? {
                ledger::reserve(&transaction, &Entry { queue, ..entry }, &day)?;
                Claimed::Taken
            } else {
                Claimed::Gone
            };
            transaction.commit()?;
            Ok(claimed)
        })
        .await?;
    if claimed == Claimed::Taken {
        shared.purse.balance_will_change();
    }
    Ok(claimed)
}
