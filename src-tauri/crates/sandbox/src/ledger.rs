//! Keeping the books: the one place that writes them, from many tasks.

use std::{
    collections::VecDeque,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::{header, request::Parts};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::books::Exchange;

/// Exchanges that are remembered.
const KEPT: usize = 10_000;
/// Longer strings of a body are shortened. An encoded vibe is.
const LONG: usize = 32 * 1024;

/// The books, shared.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    exchanges: VecDeque<Exchange>,
    received: u64,
    charged: u64,
}

/// The right to write about one exchange.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    ledger: Arc<Ledger>,
    id: u64,
}

/// The page of a request that is being answered. Dropping it says that the exchange is over.
#[derive(Debug)]
pub(crate) struct Ticket(pub(crate) Page);

pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

impl Ledger {
    /// Opens a page for a request whose head has arrived.
    pub(crate) fn open(self: &Arc<Self>, head: &Parts, authorized: bool) -> Ticket {
        let mut pages = self.pages();
        pages.received += 1;
        let id = pages.received;
        pages.exchanges.push_back(Exchange {
            id,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: headers(head),
            authorized,
            received_at: now(),
            ..Exchange::default()
        });
        if pages.exchanges.len() > KEPT {
            pages.exchanges.pop_front();
        }
        Ticket(Page {
            ledger: Arc::clone(self),
            id,
        })
    }

    /// The exchanges, how many were ever received, and what was ever charged.
    pub(crate) fn copy(&self) -> (Vec<Exchange>, u64, u64) {
        let pages = self.pages();
        (pages.exchanges.iter().cloned().collect(), pages.received, pages.charged)
    }

    fn edit(&self, id: u64, change: impl FnOnce(&mut Exchange)) {
        let mut pages = self.pages();
        let Some(first) = pages.exchanges.front().map(|exchange| exchange.id) else {
            return;
        };
        let Some(place) = id.checked_sub(first) else { return };
        let Some(exchange) = pages.exchanges.get_mut(place as usize) else {
            return;
        };
        let before = exchange.anlas;
        change(exchange);
        let charged = exchange.anlas - before;
        pages.charged += u64::from(charged);
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Page {
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Exchange)) {
        self.ledger.edit(self.id, change);
    }
}

impl Deref for Ticket {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.0
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.edit(|exchange| exchange.over = true);
    }
}

fn headers(head: &Parts) -> Vec<(String, String)> {
    let shown = |name: &header::HeaderName, value: &header::HeaderValue| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name != header::AUTHORIZATION {
            return text;
        }
        match text.split_once(' ') {
            Some((scheme, _)) => format!("{scheme} ***"),
            None => "***".to_owned(),
        }
    };
    head.headers
        .iter()
        .map(|(name, value)| (name.to_string(), shown(name, value)))
        .collect()
}

/// Replaces very long strings, which are pictures, by their size and hash.
pub(crate) fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > LONG => {
            *text = format!("({} characters, SHA-256 {})", text.len(), sha256(text.as_bytes()));
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The hash as lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
