//! The texts in the EXIF of a picture (api.md 7.7): JSON of texts by their keywords in the user comment, and a few
//! fields of their own.
//!
//! Two directories are read, the first and the one it names, each once: nothing that points in a circle is followed.

use serde_json::Value;

use super::foreign::is_parameters;
use super::{TEXT_LIMIT, Texts, texts};
use crate::json;

pub(super) const DOCUMENT_NAME: u16 = 0x010d;
pub(super) const IMAGE_DESCRIPTION: u16 = 0x010e;
pub(super) const ORIENTATION: u16 = 0x0112;
pub(super) const SOFTWARE: u16 = 0x0131;
pub(super) const ARTIST: u16 = 0x013b;
const EXIF_DIRECTORY: u16 = 0x8769;
pub(super) const USER_COMMENT: u16 = 0x9286;

/// Kinds of values.
pub(super) const CHARACTERS: u16 = 2;
pub(super) const SHORT: u16 = 3;
pub(super) const UNDEFINED: u16 = 7;

/// The texts; empty where there are none, or where the block is broken.
pub(super) fn read(block: &[u8]) -> Texts {
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let Some(tiff) = Tiff::of(block) else {
        return Texts::default();
    };
    let mut entries = tiff.word(4).map_or_else(Vec::new, |first| tiff.directory(first));
    let inner = entries.iter().find(|entry| entry.tag == EXIF_DIRECTORY);
    let inner = inner.and_then(|entry| tiff.word(entry.at + 8));
    entries.extend(inner.into_iter().flat_map(|at| tiff.directory(at)));

    let told = |tag: u16| {
        let entry = entries.iter().find(|entry| entry.tag == tag)?;
        tiff.text(entry)
    };
    let comment = told(USER_COMMENT);
    let others = entries.iter().filter(|entry| entry.tag != USER_COMMENT);
    let candidates = comment.into_iter().chain(others.filter_map(|entry| tiff.text(entry)));
    let mut found = candidates
        .take(16)
        .find_map(|text| envelope(&text).or_else(|| parameters(text)))
        .unwrap_or_default();
    for (tag, field) in [
        (DOCUMENT_NAME, &mut found.title),
        (IMAGE_DESCRIPTION, &mut found.description),
        (SOFTWARE, &mut found.software),
    ] {
        if field.is_none() {
            *field = told(tag);
        }
    }
    found
}

/// How the picture is to be turned, 2 to 8; none where it lies right.
pub(super) fn orientation(block: &[u8]) -> Option<u16> {
    let tiff = Tiff::of(block.strip_prefix(b"Exif\0\0").unwrap_or(block))?;
    let entries = tiff.directory(tiff.word(4)?);
    let entry = entries.iter().find(|entry| entry.tag == ORIENTATION)?;
    let turned = tiff.half(entry.at + 8)?;
    (2..=8).contains(&turned).then_some(turned)
}

/// A block that says nothing but how to turn the picture.
pub(super) fn only_orientation(turned: u16) -> Vec<u8> {
    let [low, high] = turned.to_le_bytes();
    build(&[(ORIENTATION, SHORT, &[low, high])], &[])
}

/// A field to be written: its tag, the kind of its values, their bytes.
pub(super) type Field<'a> = (u16, u16, &'a [u8]);

/// A block with fields in two directories, each sorted by tag, as cameras and the service lay it out. The second is left
/// out where nothing is in it.
pub(super) fn build(first: &[Field<'_>], second: &[Field<'_>]) -> Vec<u8> {
    let word = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    let pointers = usize::from(!second.is_empty());
    let second_at = 8 + 2 + 12 * (first.len() + pointers) + 4;
    let mut data_at = second_at + pointers * (2 + 12 * second.len() + 4);
    let mut data = Vec::new();
    let mut directory = |fields: &[Field<'_>], pointer: Option<usize>| {
        let count = u16::try_from(fields.len() + usize::from(pointer.is_some())).unwrap_or(u16::MAX);
        let mut bytes = count.to_le_bytes().to_vec();
        for (tag, kind, value) in fields {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(word(if *kind == SHORT { value.len() / 2 } else { value.len() }));
            if value.len() <= 4 {
                let mut value = value.to_vec();
                value.resize(4, 0);
                bytes.extend(value);
            } else {
                bytes.extend(word(data_at));
                data.extend_from_slice(value);
                data_at += value.len();
            }
        }
        if let Some(pointer) = pointer {
            bytes.extend(EXIF_DIRECTORY.to_le_bytes());
            bytes.extend(4_u16.to_le_bytes());
            bytes.extend(word(1));
            bytes.extend(word(pointer));
        }
        bytes.extend([0; 4]);
        bytes
    };
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(directory(first, (!second.is_empty()).then_some(second_at)));
    if !second.is_empty() {
        bytes.extend(directory(second, None));
    }
    bytes.extend(data);
    bytes
}

/// The value of a user comment: plain where it is plain, and letters of two bytes else.
pub(super) fn user_comment(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return [b"ASCII\0\0\0", text.as_bytes()].concat();
    }
    // The block is in this order of bytes.
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    b"UNICODE\0".iter().copied().chain(units).collect()
}

/// A text of another program, which stands there alone.
pub(super) fn parameters(text: String) -> Option<Texts> {
    // One program puts its graph into a field that is for the name of a camera.
    if let Some(graph) = text.strip_prefix("prompt:") {
        return Some(Texts {
            graph: Some(graph.to_owned()),
            ..Texts::default()
        });
    }
    is_parameters(&text).then(|| Texts {
        parameters: Some(text),
        ..Texts::default()
    })
}

/// Texts as JSON: an object of strings by the keywords of the text chunks. The settings may be an object as well.
pub(super) fn envelope(text: &str) -> Option<Texts> {
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    if !text.starts_with('{') {
        return None;
    }
    let Value::Object(fields) = json::parse(text)? else {
        return None;
    };
    let mut found = Texts::default();
    let mut any = false;
    for (keyword, value) in fields {
        let Some(field) = found.field(&keyword) else { continue };
        let text = match value {
            Value::String(text) => text,
            Value::Object(_) | Value::Number(_) => value.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) => continue,
        };
        any = true;
        field.get_or_insert(text);
    }
    any.then_some(found)
}

/// A block of tagged fields, in one of two orders of bytes.
struct Tiff<'a> {
    block: &'a [u8],
    big_endian: bool,
}

/// A field: its tag, and where its twelve bytes begin.
struct Entry {
    tag: u16,
    at: usize,
}

impl<'a> Tiff<'a> {
    fn of(block: &'a [u8]) -> Option<Self> {
        let big_endian = match block.get(..4)? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        Some(Self { block, big_endian })
    }

    fn half(&self, at: usize) -> Option<u16> {
        let bytes = self.block.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn word(&self, at: usize) -> Option<usize> {
        let bytes = self.block.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let word = if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        };
        usize::try_from(word).ok()
    }

    /// The fields of a directory that lie within the block.
    fn directory(&self, at: usize) -> Vec<Entry> {
        let count = self.half(at).map_or(0, usize::from);
        (0..count)
            .map_while(|index| {
                let at = at.checked_add(2 + 12 * index)?;
                self.block.get(at..at.checked_add(12)?)?;
                Some(Entry {
                    tag: self.half(at)?,
                    at,
                })
            })
            .collect()
    }

    /// What a field of characters or bytes says.
    fn text(&self, entry: &Entry) -> Option<String> {
        const BYTES: u16 = 1;
        if !matches!(self.half(entry.at + 2)?, BYTES | CHARACTERS | UNDEFINED) {
            return None;
        }
        let length = self.word(entry.at + 4)?;
        let at = if length <= 4 {
            entry.at + 8
        } else {
            self.word(entry.at + 8)?
        };
        let bytes = self.block.get(at..at.checked_add(length)?)?;
        if length > TEXT_LIMIT {
            return None;
        }
        let text = if entry.tag == USER_COMMENT {
            self.user_comment(bytes)
        } else {
            texts::decode(bytes)
        };
        let text = text.trim_matches('\0').trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A user comment begins with eight bytes that name its letters.
    fn user_comment(&self, bytes: &[u8]) -> String {
        match bytes.split_at_checked(8) {
            Some((b"UNICODE\0", text)) => {
                let units = text.chunks_exact(2).map(|pair| {
                    let pair = [pair[0], pair[1]];
                    if self.big_endian {
                        u16::from_be_bytes(pair)
                    } else {
                        u16::from_le_bytes(pair)
                    }
                });
                char::decode_utf16(units)
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            Some((b"ASCII\0\0\0" | b"\0\0\0\0\0\0\0\0", text)) => texts::decode(text),
            Some(_) | None => texts::decode(bytes),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A user comment in plain letters.
    pub(crate) fn comment(text: &str) -> Vec<u8> {
        build(&[], &[(USER_COMMENT, 7, &[b"ASCII\0\0\0", text.as_bytes()].concat())])
    }

    #[test]
    fn an_envelope_in_the_user_comment_is_read() {
        let found = read(&comment(
            r#"{"Comment": "{}", "Source": "V5", "Odd": 7, "Title": null}"#,
        ));
        assert_eq!(
            (found.comment.as_deref(), found.source.as_deref(), found.title),
            (Some("{}"), Some("V5"), None)
        );
        let with_head = [b"Exif\0\0", &comment(r#"{"Comment": {"seed": 1}}"#)[..]].concat();
        assert_eq!(read(&with_head).comment.as_deref(), Some(r#"{"seed":1}"#));
    }

    #[test]
    fn letters_of_two_bytes_and_other_fields_are_read() {
        let text: Vec<u8> = r#"{"Comment":"海"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = build(&[], &[(USER_COMMENT, 7, &[b"UNICODE\0", &text[..]].concat())]);
        assert_eq!(read(&wide).comment.as_deref(), Some("海"));
        let fields = build(
            &[
                (DOCUMENT_NAME, 2, b"AI generated image\0"),
                (IMAGE_DESCRIPTION, 2, br#"{"Comment":"{}"}"#),
                (SOFTWARE, 2, b"nai\0"),
            ],
            &[],
        );
        let found = read(&fields);
        assert_eq!(found.title.as_deref(), Some("AI generated image"));
        assert_eq!(
            (found.software.as_deref(), found.comment.as_deref()),
            (Some("nai"), Some("{}"))
        );
    }

    #[test]
    fn a_block_that_points_at_itself_or_beyond_is_read_once() {
        let mut circle = comment(r#"{"Comment":"{}"}"#);
        let pointer = circle
            .windows(2)
            .position(|two| two == EXIF_DIRECTORY.to_le_bytes())
            .unwrap();
        circle[pointer + 8..pointer + 12].copy_from_slice(&8_u32.to_le_bytes());
        assert_eq!(read(&circle), Texts::default());
        for (at, value) in [(4, u32::MAX), (4, 7), (pointer + 8, u32::MAX), (pointer + 8, 0)] {
            let mut odd = circle.clone();
            odd[at..at + 4].copy_from_slice(&value.to_le_bytes());
            read(&odd);
        }
        let crowd = [&b"II*\0\x08\0\0\0\xff\xff"[..], &[0xff; 12 * 100]].concat();
        assert_eq!(read(&crowd), Texts::default());
    }

    proptest! {
        #[test]
        fn no_block_is_too_odd(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
            sample in any::<bool>(),
            at in any::<prop::sample::Index>(),
            to in any::<u8>(),
        ) {
            read(&[b"II*\0\x08\0\0\0", &bytes[..]].concat());
            if sample {
                bytes = comment(r#"{"Comment":"{}"}"#);
            }
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
            read(&bytes);
        }
    }
}
