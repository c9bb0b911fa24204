//! A tokenizer's file, as the service's own page loads it: from another host than everything else, and without a token.

use std::time::Duration;

use tokio::time::timeout;

use super::chain;
use crate::error::Error;
use crate::reply;
use crate::tokens::{LONGEST_FILE, TokenizerKind};

/// It has some megabytes.
const LIMIT: Duration = Duration::from_secs(120);

/// Fetches the file of a tokenizer (api.md 9), to be read by [`crate::tokens::FromFile`].
///
/// # Errors
///
/// [`Error::NotConnected`] where no connection could be made or held, and [`Error::Malformed`] where what came is too
/// long or no file.
pub async fn fetch_tokenizer(kind: TokenizerKind) -> Result<Vec<u8>, Error> {
    let address = kind
        .address()
        .ok_or_else(|| Error::Malformed("this tokenizer is built in".into()))?;
    let lost = |error: &reqwest::Error| Error::NotConnected(reply::clean(&chain(error)));
    let http = reqwest::Client::builder()
        .https_only(true)
        .connect_timeout(super::CONNECT_LIMIT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .build()
        .map_err(|error| lost(&error))?;
    let fetched = async {
        let mut response = http.get(&address).send().await.map_err(|error| lost(&error))?;
        if !response.status().is_success() {
            return Err(Error::Malformed(format!(
                "the tokenizer is not there: {}",
                response.status()
            )));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
            if bytes.len() + chunk.len() > LONGEST_FILE {
                return Err(Error::Malformed("the tokenizer is too long".into()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    timeout(LIMIT, fetched)
        .await
        .unwrap_or_else(|_| Err(Error::NotConnected("the tokenizer took too long".into())))
}
