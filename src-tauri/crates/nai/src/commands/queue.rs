//! `nai queue`: the same journal as the window's. Only one of them works on it at a time; the lock of the data folder
//! sees to that.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sandbox::Sandbox;
use secrecy::SecretString;
use serde_json::json;
use studio::{
    Choice, Credentials, Event, Folders, Job, JobState, Keep, Options, QueueBeside, QueueList, ServerChoice, Studio,
    Verdict,
};
use uuid::Uuid;

use crate::cli::{Common, Queue, QueueAdd, Which};
use crate::connection;
use crate::error::{Error, Kind};
use crate::requests::{self, Drafted};
use crate::{luggage, say, stop};

pub(crate) async fn run(common: &Common, asked: Queue) -> Result<(), Error> {
    match asked {
        Queue::List { which, limit } => list(common, which, limit),
        Queue::Add(asked) => add(common, &asked),
        Queue::Run => work(common).await,
        Queue::Pause => beside()?.set_paused(true).map_err(Error::from),
        Queue::Resume => beside()?.set_paused(false).map_err(Error::from),
        Queue::Settle { id, send_again, .. } => settle(common, id, send_again),
    }
}

fn folders() -> Result<Folders, Error> {
    Folders::usual().ok_or_else(|| Error::files("This system has no folder for the data of programs."))
}

fn beside() -> Result<QueueBeside, Error> {
    Ok(QueueBeside::open(&folders()?.data)?)
}

fn list(common: &Common, which: Which, limit: u32) -> Result<(), Error> {
    let queue = beside()?;
    let list = match which {
        Which::Open => QueueList::Open,
        Which::Done => QueueList::Done,
        Which::Failed => QueueList::Failed,
        Which::Unsettled => QueueList::Unsettled,
    };
    let jobs = queue.list(list, limit)?;
    if common.json {
        return say::json(&json!({ "paused": queue.is_paused()?, "jobs": jobs }));
    }
    if queue.is_paused()? {
        say::note("The queue is paused.");
    }
    jobs.iter().try_for_each(tell)
}

/// A job on a line: id, state, price, what for.
fn tell(job: &Job) -> Result<(), Error> {
    let anlas = job.anlas.map_or_else(|| "?".to_owned(), |anlas| anlas.to_string());
    let what = job
        .work
        .request()
        .map_or_else(String::new, |request| request.prompt.text.clone());
    say::line(format!("{}  {}  {anlas} Anlas  {what}", job.id, state_of(job)))
}

fn state_of(job: &Job) -> String {
    if let Some(held) = &job.held {
        return format!("held ({held})");
    }
    match &job.state {
        JobState::Queued { .. } => "queued".into(),
        JobState::Sending | JobState::Running { .. } => "running".into(),
        JobState::Received => "saving".into(),
        JobState::Done { images } => format!("done, {} pictures", images.len()),
        JobState::Failed { error } => format!("failed ({error})"),
        JobState::Cancelled => "cancelled".into(),
        JobState::Unsettled {
            anlas_before,
            anlas_after,
            ..
        } => {
            let known = match job.verdict {
                Some(Verdict::ChargedAndRecovered { anlas, pictures }) => {
                    format!("{anlas} Anlas charged, {pictures} pictures recovered")
                }
                Some(Verdict::ChargedAndLost { anlas }) => format!("{anlas} Anlas charged, and lost"),
                Some(Verdict::NotCharged) => "not charged, safe to send again".into(),
                Some(Verdict::Unknown) => "whether it was charged is not known".into(),
                None => "the answer is here and was not saved".into(),
            };
            let balance = |anlas: &Option<u32>| anlas.map_or_else(|| "?".to_owned(), |anlas| anlas.to_string());
            format!(
                "unsettled: {known} ({} → {})",
                balance(anlas_before),
                balance(anlas_after)
            )
        }
    }
}

fn add(common: &Common, asked: &QueueAdd) -> Result<(), Error> {
    let registry = connection::registry(common);
    let Drafted { mut request, pictures } = requests::of_flags(&asked.like, &asked.settings, &registry)?;
    // What can't be sent is found now, and not when its turn comes.
    luggage::pack(&mut request.clone(), pictures.clone(), &registry)?;
    let queue = beside()?;
    luggage::hand_over(&mut request, &pictures, |path, bytes| {
        let name = Path::new(path)
            .file_name()
            .map_or(path.into(), |name| name.to_string_lossy());
        Ok(queue.keep_picture(&name, bytes, &registry)?)
    })?;
    let server = (!common.sandbox).then(|| connection::base(common).host());
    let job = queue.add(Uuid::new_v4(), request, server, asked.max_anlas, &registry)?;
    if common.json {
        return say::json(&json!(job));
    }
    say::line(job.id)
}

fn settle(common: &Common, id: Uuid, send_again: bool) -> Result<(), Error> {
    let choice = if send_again { Choice::SendAgain } else { Choice::Leave };
    let again = beside()?.settle(id, choice)?;
    if common.json {
        return say::json(&json!({ "settled": id, "sentAgain": again }));
    }
    again.map_or(Ok(()), |job| say::line(job.id))
}

/// Works on the queue, and tells of every job that comes to its end.
async fn work(common: &Common) -> Result<(), Error> {
    let registry = Arc::new(connection::registry(common));
    let sandbox = Sandbox::start(sandbox::Options::default())
        .await
        .map_err(|error| Error::new(Kind::Internal, format!("{error}.")))?;
    let address = novelai::client::BaseUrl::parse(&sandbox.url())
        .map_err(|error| Error::new(Kind::Internal, format!("The sandbox has no usable address: {error}.")))?;
    let base = connection::base(common);
    let (studio, opened) = Studio::open(Options {
        folders: folders()?,
        credentials: Credentials::Session,
        server: ServerChoice {
            base: base.clone(),
            sandbox: (address, SecretString::from(sandbox.token())),
        },
        registry,
    })
    .await?;
    if opened.recovered > 0 {
        say::note(format!(
            "{} pictures of an earlier run were brought back.",
            opened.recovered
        ));
    }
    let worked = until_idle(common, &studio, &base).await;
    studio.close().await;
    worked
}

async fn until_idle(common: &Common, studio: &Studio, base: &novelai::client::BaseUrl) -> Result<(), Error> {
    let mut events = studio.subscribe();
    if !common.sandbox {
        studio.sign_in(connection::token(base).await?, Keep::Session).await?;
    }
    let mut unsettled = false;
    loop {
        tokio::select! {
            event = events.recv() => if let Ok(Event::Job(job)) = event
                && job.state.is_settled()
            {
                unsettled |= matches!(job.state, JobState::Unsettled { .. });
                if common.json {
                    say::json_line(&json!(job))?;
                } else {
                    tell(&job)?;
                }
            },
            () = tokio::time::sleep(Duration::from_millis(300)) => if is_idle(studio, &base.host()).await? {
                break;
            },
            () = stop::stopped() => return Err(Error::cancelled()),
        }
    }
    if unsettled {
        return Err(Error::new(
            Kind::Unsettled,
            "Something may have been charged. `nai queue list --which unsettled` tells what is known.",
        ));
    }
    Ok(())
}

/// Whether nothing is left that may be sent.
async fn is_idle(studio: &Studio, host: &str) -> Result<bool, Error> {
    let state = studio.queue_state().await?;
    if state.running > 0 {
        return Ok(false);
    }
    if state.paused {
        say::note("The queue is paused.");
        return Ok(true);
    }
    let jobs = studio.listed_jobs(QueueList::Open, 0, 500).await?;
    let ours = |job: &&Job| [host, "sandbox", "this computer"].contains(&job.server.as_str());
    Ok(!jobs.iter().filter(ours).any(|job| job.held.is_none()))
}
