//! The texts of a PNG: chunks of three kinds, two of them packed.

use std::io::Read;

use flate2::bufread::ZlibDecoder;

use super::{TEXT_LIMIT, Texts};
use crate::png::{Chunk, chunks};

/// The most that is unpacked for one picture, whatever comes of it: a hundred megabytes of small bombs would keep us
/// busy for minutes.
const UNPACK_LIMIT: u64 = 16 * 1024 * 1024;

/// The texts under the keywords that mean something here, the first of each. `warnings` is told what was left out.
pub(super) fn read(bytes: &[u8], warnings: &mut Vec<String>) -> Texts {
    let mut texts = Texts::default();
    let mut budget = UNPACK_LIMIT;
    for chunk in chunks(bytes) {
        let packed = match &chunk.kind {
            b"tEXt" => false,
            b"zTXt" | b"iTXt" => true,
            _ => continue,
        };
        let Some((keyword, rest)) = split_at_nul(chunk.data, 80) else {
            continue;
        };
        let keyword = decode(keyword);
        let Some(field) = texts.field(&keyword).filter(|field| field.is_none()) else {
            continue;
        };
        let text = if packed {
            unpacked(&chunk, rest, &mut budget)
        } else {
            Some(rest).filter(|text| text.len() <= TEXT_LIMIT).map(decode)
        };
        match text {
            Some(text) => *field = Some(text),
            None if warnings.len() < 8 => {
                warnings.push(format!(
                    "The text {keyword} is left out: it is broken, or longer than any of the service's."
                ));
            }
            None => {}
        }
    }
    texts
}

/// The keyword of a text chunk of any kind, fit to be shown.
pub(super) fn keyword(data: &[u8]) -> Option<String> {
    let (keyword, _) = split_at_nul(data, 80)?;
    Some(decode(keyword).chars().filter(|letter| !letter.is_control()).collect())
}

/// The text of a `zTXt` or an `iTXt` behind its keyword.
fn unpacked(chunk: &Chunk<'_>, rest: &[u8], budget: &mut u64) -> Option<String> {
    if &chunk.kind == b"zTXt" {
        return inflate(rest.strip_prefix(&[0])?, budget).map(|text| decode(&text));
    }
    let (compressed, rest) = rest.split_first()?;
    let (_language, rest) = split_at_nul(rest.get(1..)?, 1024)?;
    let (_translated, text) = split_at_nul(rest, 1024)?;
    if *compressed == 0 {
        Some(text).filter(|text| text.len() <= TEXT_LIMIT).map(decode)
    } else {
        inflate(text, budget).map(|text| decode(&text))
    }
}

fn split_at_nul(bytes: &[u8], within: usize) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().take(within).position(|byte| *byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn inflate(packed: &[u8], budget: &mut u64) -> Option<Vec<u8>> {
    let limit = (TEXT_LIMIT as u64 + 1).min(*budget);
    let mut text = Vec::new();
    let done = ZlibDecoder::new(packed).take(limit).read_to_end(&mut text);
    *budget -= text.len() as u64;
    (done.is_ok() && (text.len() as u64) < limit).then_some(text)
}

/// UTF-8 where it is that, and else Latin-1, as the format wants it: some writers don't care.
pub(super) fn decode(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().map(|byte| char::from(*byte)).collect(),
    }
}
