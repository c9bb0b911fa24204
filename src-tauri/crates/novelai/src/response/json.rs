//! Pictures as base64 in JSON: what a server gives that was asked for `application/json` (api.md 2.1).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{COUNT_LIMIT, Picture, malformed, picture};
use crate::error::Error;
use crate::reply;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    images: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    image: Cow<'a, str>,
    index: Option<u32>,
}

/// The pictures of a JSON body. What is no such body at all ends here as well, and is named.
pub(super) fn pictures(body: &[u8]) -> Result<Vec<Picture>, Error> {
    let Ok(Body { images }) = serde_json::from_slice(body) else {
        return Err(unknown(body));
    };
    if images.is_empty() {
        return Err(malformed("there is no picture in the reply"));
    }
    if images.len() > COUNT_LIMIT {
        return Err(malformed("the reply has too many pictures"));
    }
    images
        .into_iter()
        .enumerate()
        .map(|(position, entry)| {
            let bytes = decode(entry.image.as_bytes()).ok_or_else(|| malformed("a picture is not base64"))?;
            let index = entry
                .index
                .unwrap_or_else(|| u32::try_from(position).expect("entries are capped"));
            picture(index, bytes)
        })
        .collect()
}

pub(super) fn decode(base64: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(base64.trim_ascii()).ok()
}

fn unknown(body: &[u8]) -> Error {
    let start = &body[..body.len().min(reply::BODY_LIMIT)];
    if body.trim_ascii().is_empty() {
        return malformed("it is empty");
    }
    let is_text = !start.contains(&0) && std::str::from_utf8(start).map_or_else(|e| e.error_len().is_none(), |_| true);
    match reply::message(start).filter(|_| is_text) {
        Some(message) => Error::Malformed(format!(
            "it is a message instead of a picture: {}",
            reply::clean(&message)
        )),
        None => malformed("it is nothing that is known"),
    }
}
