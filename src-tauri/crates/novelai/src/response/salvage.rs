//! Whole pictures out of a reply that was cut or damaged.
//!
//! Money was paid for them. Each road is tried on its own; the first one that leads to a picture is taken.

use std::io::Read;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::{COUNT_LIMIT, PICTURE_LIMIT, Picture, TOTAL_LIMIT, UNPACKED_LIMIT, json};
use crate::picture::{Whole, whole};
use crate::reply;
use crate::stream::{self, Content, Event, sse};

type Road = fn(&[u8]) -> Vec<Picture>;

/// Whatever whole pictures a cut or broken reply contains. An index is that of the request where the reply tells it,
/// and else counts what lies before.
#[must_use]
pub fn salvage(body: &[u8]) -> Vec<Picture> {
    let roads: [Road; 5] = [from_stream, from_records, from_archive, from_json, from_anything];
    let body = reply::unpacked(body, UNPACKED_LIMIT);
    let mut pictures = roads
        .into_iter()
        .map(|road| road(&body))
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    pictures.sort_by_key(|picture| picture.index);
    pictures
}

fn keep(pictures: &mut Vec<Picture>, index: u32, bytes: &[u8]) {
    let known = pictures.iter().any(|picture| picture.index == index);
    if let Ok(Whole { format, size, length }) = whole(bytes)
        && !known
        && pictures.len() < COUNT_LIMIT
    {
        pictures.push(Picture {
            index,
            format,
            size,
            bytes: bytes[..length].to_vec(),
        });
    }
}

/// Finished pictures of a stream, past frames that can't be read.
fn from_stream(body: &[u8]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    if stream::is_stream(body) {
        for frame in stream::frames(body).flatten() {
            match frame.content {
                Content::Final { image } => keep(&mut pictures, frame.sample, image),
                Content::Intermediate { .. } | Content::Error { .. } => {}
            }
        }
    }
    pictures
}

/// Finished pictures of server-sent events, past records that can't be read. Of the last one the end may be missing.
fn from_records(body: &[u8]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    if sse::is_records(body) {
        sse::each_event(body, |event| match event {
            Event::Final { sample, image } => keep(&mut pictures, sample, &image),
            Event::Intermediate { .. } | Event::Error { .. } => {}
        });
    }
    pictures
}

/// Entries of an archive by their own heads: the directory stands at the end, where a cut takes it.
fn from_archive(body: &[u8]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    let mut budget = TOTAL_LIMIT;
    let mut at = 0;
    for index in 0..u32::try_from(COUNT_LIMIT).expect("the limit is small") {
        let Some(found) = find(&body[at..], b"PK\x03\x04") else {
            break;
        };
        at += found;
        let length = match Entry::read(&body[at..]) {
            Some(entry) => entry.unpack(&mut budget, |bytes| keep(&mut pictures, index, bytes)),
            None => None,
        };
        at += length.unwrap_or(4);
    }
    pictures
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    let first = mark.first()?;
    let mut at = 0;
    loop {
        at += bytes[at..].iter().position(|byte| byte == first)?;
        if bytes[at..].starts_with(mark) {
            return Some(at);
        }
        at += 1;
    }
}

/// The local head of an entry, and what follows it.
struct Entry<'a> {
    deflated: bool,
    /// The sum and the packed length, unless the writer learned them only later.
    told: Option<(u32, usize)>,
    head: usize,
    data: &'a [u8],
}

impl<'a> Entry<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let short = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let long = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let (flags, method) = (short(6)?, short(8)?);
        let (sum, packed) = (long(14)?, long(18)?);
        let head = 30 + usize::from(short(26)?) + usize::from(short(28)?);
        let later = flags & 0x08 != 0 || packed == u32::MAX;
        let encrypted = flags & 0x01 != 0;
        Some(Self {
            deflated: match method {
                0 => false,
                8 => true,
                _ => return None,
            },
            told: (!later).then_some((sum, packed as usize)),
            head,
            data: bytes.get(head..)?,
        })
        .filter(|_| !encrypted)
    }

    /// Hands over the unpacked bytes if they are sound, and gives the length of the entry in the archive where it is
    /// known.
    fn unpack(&self, budget: &mut u64, mut found: impl FnMut(&[u8])) -> Option<usize> {
        let packed = match self.told {
            Some((_, length)) => self.data.get(..length)?,
            None => self.data,
        };
        if self.deflated {
            let limit = PICTURE_LIMIT.min(*budget);
            let mut decoder = DeflateDecoder::new(packed);
            let mut bytes = Vec::new();
            let read = (&mut decoder).take(limit).read_to_end(&mut bytes);
            *budget -= bytes.len() as u64;
            // Another byte would mean that the entry is longer than any picture.
            read.ok()?;
            if decoder.read(&mut [0]).ok()? != 0 {
                return None;
            }
            let length = usize::try_from(decoder.total_in()).ok()?;
            if self.told.is_none_or(|(sum, _)| sum_of(&bytes) == sum) {
                found(&bytes);
            }
            Some(self.head + length)
        } else {
            let length = match self.told {
                Some((_, length)) => length,
                None => whole(packed).ok()?.length,
            };
            let bytes = packed.get(..length)?;
            if self.told.is_none_or(|(sum, _)| sum_of(bytes) == sum) {
                found(bytes);
            }
            Some(self.head + length)
        }
    }
}

fn sum_of(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Base64 in quotes. Long strings that are no pictures are passed over.
fn from_json(body: &[u8]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    let mut index = 0;
    if body.trim_ascii_start().starts_with(b"{") {
        let mut strings = body.split(|byte| *byte == b'"').skip(1);
        // The last piece has no closing quote.
        let mut next = strings.next();
        while let Some(string) = next {
            next = strings.next();
            let picture = string.starts_with(b"iVBORw0KGgo") || string.starts_with(b"UklGR");
            if picture {
                if let Some(bytes) = json::decode(string).filter(|_| next.is_some()) {
                    keep(&mut pictures, index, &bytes);
                }
                index += 1;
            }
        }
    }
    pictures
}

/// Anything that looks like a picture, wherever it stands.
fn from_anything(body: &[u8]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    let mut at = 0;
    for index in 0..u32::try_from(COUNT_LIMIT).expect("the limit is small") {
        let found = [&b"\x89PNG"[..], b"RIFF"]
            .iter()
            .filter_map(|mark| find(&body[at..], mark))
            .min();
        let Some(found) = found.map(|found| at + found) else {
            break;
        };
        keep(&mut pictures, index, &body[found..]);
        at = found + whole(&body[found..]).map_or(4, |whole| whole.length);
    }
    pictures
}
