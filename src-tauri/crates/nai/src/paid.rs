//! A request that may cost Anlas, from its price to pictures in a folder.
//!
//! The price is known and held to the limit before anything is sent. The bytes of the answer are on the disk before
//! they are parsed. What may have been charged is never sent again: the balances before and after say what is known.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use novelai::account::Account;
use novelai::client::Body;
use novelai::model::ModelId;
use novelai::response::{self, Picture};
use novelai::retry::{Failure, Patience};
use serde_json::{Value, json};
use studio::Hold;
use studio::download::Download;
use studio::spending::till::{Ended, Offer};
use uuid::Uuid;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::progress::Progress;
use crate::target::Place;
use crate::{say, stop};

/// What a request is going to cost, and how it is named.
pub(crate) struct Purchase {
    /// What is bought.
    pub(crate) what: What,
    /// What this account pays; none where nobody knows the price.
    pub(crate) anlas: Option<u32>,
    /// The most that may be spent.
    pub(crate) limit: Option<u32>,
    /// How many pictures there will be.
    pub(crate) pictures: usize,
    /// The seed of the first.
    pub(crate) seed: Option<u32>,
    /// The place of the first among all pictures of the command.
    pub(crate) first_index: u32,
}

/// What is bought.
#[derive(Debug, Clone)]
pub(crate) struct What {
    /// The tool, as the ledger names it.
    pub(crate) tool: &'static str,
    /// The model, where one is named.
    pub(crate) model: Option<ModelId>,
}

impl What {
    pub(crate) fn new(tool: &'static str, model: Option<&ModelId>) -> Self {
        Self {
            tool,
            model: model.cloned(),
        }
    }
}

/// A picture that lies in its folder.
pub(crate) struct Saved {
    file: String,
    picture: Value,
}

impl Saved {
    /// As other programs read it.
    pub(crate) fn to_json(&self) -> Value {
        let mut told = json!({ "file": self.file });
        if let (Some(told), Some(picture)) = (told.as_object_mut(), self.picture.as_object()) {
            told.extend(picture.clone());
        }
        told
    }

    /// A picture that was saved there.
    pub(crate) fn new(file: &Path, picture: &Picture, seed: Option<u32>) -> Self {
        Self {
            file: file.display().to_string(),
            picture: json!({
                "index": picture.index,
                "seed": seed,
                "width": picture.size.width,
                "height": picture.size.height,
                "format": picture.format,
            }),
        }
    }

    /// Where it is.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }
}

impl Purchase {
    /// Something that is no picture, or whose pictures are not known yet.
    pub(crate) fn plain(what: What, anlas: u32, limit: Option<u32>) -> Self {
        Self {
            what,
            anlas: Some(anlas),
            limit,
            pictures: 0,
            seed: None,
            first_index: 0,
        }
    }

    /// Whether this may be spent at all.
    ///
    /// # Errors
    ///
    /// Where it is more than the person allows or has.
    pub(crate) fn allowed(&self, connection: &Connection, account: &Account) -> Result<(), Error> {
        if let Some(till) = connection.till() {
            let offer = self.offer(connection, Uuid::nil());
            refuse(till.look(&offer, account, &connection.registry)?)?;
        }
        let Some(anlas) = self.anlas else {
            return match self.limit {
                None => Ok(()),
                Some(_) => {
                    let message = "Nobody tells what this costs, so --max-anlas can't be kept. Nothing was sent.";
                    Err(Error::new(Kind::InsufficientAnlas, message))
                }
            };
        };
        if let Some(limit) = self.limit.filter(|limit| anlas > *limit) {
            let message =
                format!("This costs {anlas} Anlas, more than the {limit} that --max-anlas allows. Nothing was sent.");
            return Err(Error::new(Kind::InsufficientAnlas, message).with("anlas", anlas));
        }
        if anlas > account.anlas {
            let message = format!(
                "This costs {anlas} Anlas and there are {}. Nothing was sent.",
                account.anlas
            );
            return Err(Error::new(Kind::InsufficientAnlas, message)
                .with("anlas", anlas)
                .with("balance", account.anlas));
        }
        Ok(())
    }

    fn offer(&self, connection: &Connection, id: Uuid) -> Offer {
        Offer {
            id,
            server: connection.server(),
            tool: self.what.tool,
            model: self.what.model.clone(),
            anlas: self.anlas,
            // Who names a limit has agreed to it.
            agreed: self.limit,
        }
    }

    /// Sends the request, receives the answer into the folder, and makes pictures of it. `before` is the account as it
    /// was before.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsettled`] where it may have been charged and there are not all pictures.
    pub(crate) async fn make(
        &self,
        connection: &Connection,
        before: &Account,
        place: &Place,
        progress: Progress,
        send: impl AsyncFn() -> Result<Body, novelai::Error>,
    ) -> Result<Vec<Saved>, Error> {
        let received = self.receive(connection, before, &place.folder, progress, send).await?;
        let Received {
            download,
            bytes,
            trouble,
            after,
        } = received;
        let (pictures, trouble) = match (trouble, response::pictures(&bytes)) {
            (None, Ok(pictures)) if pictures.len() >= self.pictures => (pictures, None),
            (None, Ok(pictures)) => {
                let message = format!(
                    "There are {} of {} pictures in the reply.",
                    pictures.len(),
                    self.pictures
                );
                (pictures, Some(Error::new(Kind::Malformed, message)))
            }
            (trouble, parsed) => {
                let trouble = trouble.or_else(|| parsed.err().map(|error| connection.client.redact(error).into()));
                (response::salvage(&bytes), trouble)
            }
        };
        let mut saved = Vec::new();
        for picture in pictures {
            match self.save(&download, place, picture) {
                Ok(picture) => saved.push(picture),
                Err(error) => return Err(keep(download, &saved, error)),
            }
        }
        match trouble {
            // Where there is trouble as well, everything that was paid for came before it.
            Some(error) if saved.is_empty() || saved.len() < self.pictures => {
                let cause = keep(download, &saved, error);
                Err(self.unsettled(connection, before, after, cause).await)
            }
            Some(_) | None => {
                download.done()?;
                Ok(saved)
            }
        }
    }

    /// The same for an answer that is one file of another kind. `check` says whether it can be that; it is the caller who
    /// writes it down and then lets the download go.
    ///
    /// # Errors
    ///
    /// As [`Self::make`].
    pub(crate) async fn file(
        &self,
        connection: &Connection,
        before: &Account,
        folder: &Path,
        check: impl Fn(&[u8]) -> Result<(), novelai::Error>,
        send: impl AsyncFn() -> Result<Body, novelai::Error>,
    ) -> Result<(Download, Vec<u8>), Error> {
        let progress = Progress::unknown(true);
        let received = self.receive(connection, before, folder, progress, send).await?;
        let trouble = match received.trouble {
            Some(error) => Some(error),
            None => check(&received.bytes).err().map(Error::from),
        };
        match trouble {
            None => Ok((received.download, received.bytes)),
            Some(error) => {
                let cause = keep(received.download, &[], error);
                Err(self.unsettled(connection, before, received.after, cause).await)
            }
        }
    }

    /// The same for an answer in words, which is asked for once.
    ///
    /// # Errors
    ///
    /// Where it is more than the person allows, and what the client says.
    pub(crate) async fn answer<T>(
        &self,
        connection: &Connection,
        ask: impl AsyncFnOnce() -> Result<T, novelai::Error>,
    ) -> Result<T, Error> {
        let Some(till) = connection.till() else {
            return Ok(ask().await?);
        };
        let before = connection.account().await?;
        self.allowed(connection, &before)?;
        let id = Uuid::new_v4();
        refuse(till.reserve(&self.offer(connection, id), &before, &connection.registry)?)?;
        let answer = ask().await;
        let ran = answer.as_ref().map_or_else(novelai::Error::may_have_run, |_| true);
        till.end(id, if ran { Ended::Ran } else { Ended::NotRun })?;
        if ran && let Err(error) = connection.account().await {
            say::note(format!("What this cost is not known yet: {error}"));
        }
        Ok(answer?)
    }

    /// Sends until it is known what came of it, as far as it may be sent again. What came is on the disk.
    async fn receive(
        &self,
        connection: &Connection,
        before: &Account,
        folder: &Path,
        mut progress: Progress,
        send: impl AsyncFn() -> Result<Body, novelai::Error>,
    ) -> Result<Received, Error> {
        self.allowed(connection, before)?;
        let id = Uuid::new_v4();
        let mut download = Download::begin(folder, id)?;
        if let Some(till) = connection.till() {
            let reserved = till.reserve(&self.offer(connection, id), before, &connection.registry);
            if let Err(error) = reserved.map_err(Error::from).and_then(refuse) {
                download.done()?;
                return Err(error);
            }
        }
        let write_down = |ended| {
            let written = connection.till().map_or(Ok(()), |till| till.end(id, ended));
            if let Err(error) = written {
                say::note(format!("What this cost could not be written down: {error}"));
            }
        };
        let waits = Cell::new(false);
        let attempt = async || {
            waits.set(false);
            // What came of a free request that is made again is worth nothing.
            download.forget();
            receive_once(&mut download, &mut progress, &send).await
        };
        let told = |error: &novelai::Error, wait: Duration| {
            waits.set(true);
            say::note(format!("{error}; trying again in {:.0} s", wait.as_secs_f64().ceil()));
        };
        let patience = Patience::default();
        let seen = patience.see_through(&connection.client, self.anlas, Some(before), attempt, told);
        let ended = tokio::select! {
            ended = seen => Some(ended),
            () = stop::stopped() => None,
        };
        progress.end();
        let (trouble, after) = match ended {
            Some(Ok(())) => (None, None),
            // Between two tries nothing runs.
            None if waits.get() => {
                write_down(Ended::NotRun);
                download.done()?;
                return Err(Error::cancelled());
            }
            None => (Some(Error::cancelled()), None),
            Some(Err(Failure::Failed { error })) if download.is_empty() => {
                write_down(Ended::NotRun);
                download.done()?;
                return Err(error.into());
            }
            Some(Err(Failure::Failed { error })) => (Some(error.into()), None),
            Some(Err(Failure::Unsettled { error, after, .. })) => (Some(error.into()), after),
        };
        write_down(Ended::Ran);
        match download.received() {
            Ok(bytes) => Ok(Received {
                download,
                bytes,
                trouble,
                after,
            }),
            Err(error) => Err(keep(download, &[], error.into())),
        }
    }

    fn save(&self, download: &Download, place: &Place, mut picture: Picture) -> Result<Saved, Error> {
        let seed = self.seed.map(|seed| seed.wrapping_add(picture.index));
        picture.index += self.first_index;
        let file = download.save(&place.template, &picture, seed)?;
        Ok(Saved::new(&file, &picture, seed))
    }

    /// What is known about a request that may have been charged: the balances are put side by side, `after` where it has
    /// been asked for already. What was free is what it was.
    async fn unsettled(&self, connection: &Connection, before: &Account, after: Option<u32>, cause: Error) -> Error {
        if self.anlas == Some(0) {
            return cause;
        }
        let after = match after {
            Some(after) => Some(after),
            None => connection.account().await.ok().map(|account| account.anlas),
        };
        let known = match after {
            Some(after) if after < before.anlas => {
                format!(
                    "{} Anlas were charged ({} → {after}).",
                    before.anlas - after,
                    before.anlas
                )
            }
            Some(after) => format!("The balance has not changed so far ({after} Anlas)."),
            None => format!("The balance can't be read now; it was {} Anlas before.", before.anlas),
        };
        let message = format!("{cause} {known} It was not sent again: that may cost a second time.");
        Error::new(Kind::Unsettled, message)
            .with("cause", cause.to_json())
            .with("anlas", self.anlas)
            .with("balanceBefore", before.anlas)
            .with("balanceAfter", after)
    }
}

/// What a rule does not let be spent is not sent.
fn refuse(held: Option<Hold>) -> Result<(), Error> {
    match held {
        None => Ok(()),
        Some(Hold::Ask { anlas, .. }) => {
            let message =
                format!("This costs {anlas} Anlas. Say `--max-anlas {anlas}` to spend them. Nothing was sent.");
            Err(Error::new(Kind::InsufficientAnlas, message).with("anlas", anlas))
        }
        Some(hold) => {
            let message = format!("{hold} Nothing was sent.");
            Err(Error::new(Kind::InsufficientAnlas, message).with("rule", json!(hold)))
        }
    }
}

/// Everything that came of a request.
struct Received {
    download: Download,
    bytes: Vec<u8>,
    /// Why it is not all, if it isn't.
    trouble: Option<Error>,
    /// The balance after it, where it may have been charged and that is known.
    after: Option<u32>,
}

/// Keeps what came of a request that ended badly, and adds to the error where it is.
pub(crate) fn keep(mut download: Download, saved: &[Saved], error: Error) -> Error {
    let pictures: Vec<Value> = saved.iter().map(Saved::to_json).collect();
    let error = error.with("pictures", pictures);
    if download.is_empty() {
        if let Err(trouble) = download.done() {
            say::note(trouble);
        }
        return error;
    }
    // A disk that takes nothing more may still let a file be renamed; if not, another disk may take it.
    let kept = match download.received() {
        Ok(_) => download.keep(),
        Err(_) => download.rescue(),
    };
    match kept {
        Ok(file) => {
            say::note(format!("What was received is kept in {}.", file.display()));
            error.with("received", file.display().to_string())
        }
        Err(trouble) => {
            say::note(format!("What was received could not be kept: {trouble}"));
            error
        }
    }
}

/// Sends once, and receives what comes into the download.
async fn receive_once(
    download: &mut Download,
    progress: &mut Progress,
    send: &impl AsyncFn() -> Result<Body, novelai::Error>,
) -> Result<(), novelai::Error> {
    let mut body = send().await?;
    while let Some(chunk) = body.chunk().await? {
        download.append(&chunk);
        progress.take(&chunk);
    }
    Ok(())
}
