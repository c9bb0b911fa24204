//! The till of the command line: the same rules and the same ledger as the queue's, for a process that has no studio
//! open. A window may be open beside it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use novelai::account::Account;
use novelai::model::{ModelId, Registry};
use rusqlite::Connection;
use uuid::Uuid;

use crate::database::open_beside;
use crate::error::Error;
use crate::folders::{Folders, make_private};
use crate::settings::{Settings, SettingsFile};
use crate::spending::ledger::{self, Entry};
use crate::spending::{Hold, Wanted, ends_allowance};

/// What somebody wants to buy.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The id of what is sent.
    pub id: Uuid,
    /// The host of the server.
    pub server: String,
    /// What is done: `generate`, `upscale`, …
    pub tool: &'static str,
    /// The model that does it, where one is named.
    pub model: Option<ModelId>,
    /// The price in Anlas; none where nobody names one.
    pub anlas: Option<u32>,
    /// The price that the person has agreed to in so many words.
    pub agreed: Option<u32>,
}

/// How something that was sent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The server says that it did not run.
    NotRun,
    /// It ran, or it may have.
    Ran,
}

/// An open till.
pub struct Till {
    connection: Mutex<Connection>,
    settings: Settings,
    /// What a cap per queue counts together: one call.
    queue: String,
}

impl Till {
    /// Opens the ledger of a data folder, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// A storage error where it can't be opened, or a window of another version has it.
    pub fn open(data: &Path) -> Result<Self, Error> {
        make_private(data).map_err(|error| Error::storage(&error, "making the data folder"))?;
        let folders = Folders {
            data: data.to_owned(),
            library: data.to_owned(),
        };
        Ok(Self {
            connection: Mutex::new(open_beside(&folders)?),
            settings: SettingsFile::in_folder(data).get(),
            queue: Uuid::new_v4().to_string(),
        })
    }

    /// Reserves a price, or says which rule does not let it be spent. One write transaction: of two processes that ask
    /// for the last Anlas of a cap, one gets them.
    ///
    /// # Errors
    ///
    /// Storage errors; then nothing may be sent.
    pub fn reserve(&self, offer: &Offer, account: &Account, registry: &Registry) -> Result<Option<Hold>, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let day = ledger::today();
        let held = self.held(&transaction, offer, account, registry, &day)?;
        if held.is_some() {
            return Ok(held);
        }
        let entry = Entry {
            job: offer.id,
            queue: self.queue.clone(),
            server: offer.server.clone(),
            tool: offer.tool.into(),
            model: offer.model.as_ref().map(|model| model.0.clone()),
            estimated: offer.anlas,
            before: Some(account.anlas),
        };
        ledger::reserve(&transaction, &entry, &day)?;
        transaction.commit()?;
        Ok(None)
    }

    /// Which rule would not let a price be spent, without reserving it: for what is made of several parts.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn look(&self, offer: &Offer, account: &Account, registry: &Registry) -> Result<Option<Hold>, Error> {
        let connection = self.connection();
        Ok(self.held(&connection, offer, account, registry, &ledger::today())?)
    }

    fn held(
        &self,
        connection: &Connection,
        offer: &Offer,
        account: &Account,
        registry: &Registry,
        day: &str,
    ) -> rusqlite::Result<Option<Hold>> {
        let model = offer.model.as_ref().and_then(|model| registry.get(model));
        let wanted = Wanted {
            anlas: offer.anlas,
            agreed: offer.agreed,
            ends_allowance: ends_allowance(model, Some(account)),
        };
        let spent = ledger::spent(connection, &offer.server, &self.queue, day)?;
        Ok(self.settings.spending.hold(self.settings.ask_above, wanted, spent))
    }

    /// It is over.
    ///
    /// # Errors
    ///
    /// Storage errors; then its estimate counts.
    pub fn end(&self, id: Uuid, ended: Ended) -> Result<(), Error> {
        let connection = self.connection();
        match ended {
            Ended::NotRun => ledger::release(&connection, id)?,
            Ended::Ran => ledger::end(&connection, id, false)?,
        }
        Ok(())
    }

    /// A balance was read at a server: what is over is settled against it.
    ///
    /// # Errors
    ///
    /// Storage errors; then it is settled with the next balance.
    pub fn balance(&self, server: &str, anlas: u32) -> Result<(), Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        ledger::settle(&transaction, server, anlas)?;
        transaction.commit()?;
        Ok(())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
