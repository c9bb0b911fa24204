//! JPEG: tables, frames and scans, and of the rest what tells how to see them.

use std::collections::BTreeSet;

use super::turning;
use crate::metadata::jpeg::{self, EXIF, SCAN, Segment, is_frame, segment, segments};
use crate::metadata::{colours, words};

/// How a segment of a colour profile begins.
pub(in crate::metadata) const PROFILE: &[u8] = b"ICC_PROFILE\0";
/// What of a profile goes into one segment.
const PROFILE_PART: usize = 65_519;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "the picture is cut or damaged";
    let mut walk = segments(bytes);
    let (mut body, mut painted) = (Vec::new(), false);
    let (mut head, mut adobe) = (None, None);
    for part in walk.by_ref() {
        match part.marker {
            0xe0 if head.is_none() => head = jfif(part.data),
            0xee if adobe.is_none() => adobe = self::adobe(part.data),
            _ if is_picture(part.marker) => {
                painted |= part.marker == SCAN;
                if words::among(part.scan).is_some() {
                    return Err(
                        "words stand among the pixels of this JPEG; as PNG or WebP it can be shared without them",
                    );
                }
                body.extend(segment(part.marker, exact(&part).ok_or(BROKEN)?).ok_or(BROKEN)?);
                body.extend_from_slice(part.scan);
            }
            _ => {}
        }
    }
    if walk.end.is_none() || !painted || jpeg::size(bytes).is_none() {
        return Err(BROKEN);
    }
    let mut stripped = vec![0xff, 0xd8];
    let mut put = |marker: u8, data: &[u8]| stripped.extend(segment(marker, data).unwrap_or_default());
    if let Some(head) = head {
        put(0xe0, &head);
    }
    if let Some(turned) = turning(jpeg::exif(bytes)) {
        put(0xe1, &[EXIF, &turned].concat());
    }
    if let Some(plain) = profile(bytes).and_then(|whole| colours::plain(&whole)) {
        let parts = plain.chunks(PROFILE_PART);
        let count = u8::try_from(parts.len()).unwrap_or(u8::MAX);
        for (number, part) in (1..=count).zip(parts) {
            put(0xe2, &[PROFILE, &[number, count], part].concat());
        }
    }
    if let Some(adobe) = adobe {
        put(0xee, &adobe);
    }
    stripped.extend(body);
    stripped.extend([0xff, 0xd9]);
    Ok(stripped)
}

/// Whether a marker belongs to the picture itself.
pub(in crate::metadata) fn is_picture(marker: u8) -> bool {
    is_frame(marker) || matches!(marker, 0xc4 | 0xcc | 0xda | 0xdb | 0xdc | 0xdd)
}

/// The segment as long as its own numbers say; none where they say more than there is, or what no picture needs and words
/// could be written with.
pub(in crate::metadata) fn exact<'a>(part: &Segment<'a>) -> Option<&'a [u8]> {
    /// Black, and three colours.
    const COLOURS: u8 = 4;
    /// Four for each of two kinds, of two bytes.
    const CONDITIONS: usize = 16;

    let data = part.data;
    let colours = |at: usize| {
        data.get(at)
            .filter(|count| **count <= COLOURS)
            .copied()
            .map(usize::from)
    };
    let length = match part.marker {
        SCAN => 4 + 2 * colours(0)?,
        0xdd | 0xdc => 2,
        0xcc => Some(data.len() / 2 * 2).filter(|length| *length <= CONDITIONS)?,
        0xdb => tables(data, |table| Some(if table[0] >> 4 == 0 { 65 } else { 129 })),
        0xc4 => {
            let mut once = true;
            let length = tables(data, |table| {
                let symbols = symbols(table)?;
                once &= symbols.iter().collect::<BTreeSet<_>>().len() == symbols.len();
                Some(17 + symbols.len())
            });
            // Every symbol has one code; letters in words come again.
            once.then_some(length)?
        }
        _ => 6 + 3 * colours(5)?,
    };
    data.get(..length)
}

/// What the codes of a Huffman table stand for.
fn symbols(table: &[u8]) -> Option<&[u8]> {
    let count: usize = table.get(1..17)?.iter().map(|count| usize::from(*count)).sum();
    table.get(17..17 + count)
}

/// The length of tables one after the other, as many as are whole.
fn tables(data: &[u8], mut length: impl FnMut(&[u8]) -> Option<usize>) -> usize {
    let mut at = 0;
    while at < data.len() {
        match length(&data[at..]) {
            Some(length) if at + length <= data.len() => at += length,
            _ => break,
        }
    }
    at
}

/// The head that says how colours are meant, without the small picture that may stand in it.
pub(in crate::metadata) fn jfif(data: &[u8]) -> Option<[u8; 14]> {
    let mut head: [u8; 14] = data.get(..14)?.try_into().ok()?;
    head[12..].fill(0);
    head.starts_with(b"JFIF\0").then_some(head)
}

/// The same, as another program writes it.
pub(in crate::metadata) fn adobe(data: &[u8]) -> Option<[u8; 12]> {
    let head: [u8; 12] = data.get(..12)?.try_into().ok()?;
    head.starts_with(b"Adobe").then_some(head)
}

/// The colour profile, put together in the order that its parts tell.
pub(in crate::metadata) fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let parts = segments(bytes).filter(|part| part.marker == 0xe2);
    let mut parts: Vec<&[u8]> = parts
        .filter_map(|part| part.data.strip_prefix(PROFILE))
        .filter(|part| part.len() > 2)
        .take(255)
        .collect();
    parts.sort_by_key(|part| part[0]);
    (!parts.is_empty()).then(|| parts.iter().flat_map(|part| part[2..].iter().copied()).collect())
}
