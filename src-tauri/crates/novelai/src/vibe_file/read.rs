//! Vibe files, read leniently: what can't be read is named and left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

use super::write::id_of;
use super::{CARRIER_KEYWORD, Encoding, Import, Thumbnail, ThumbnailFormat, UNKNOWN, VibeFile, Vibes};
use crate::error::Error;
use crate::png::{SIGNATURE, chunks};
use crate::{json, vibe_file};

/// The longest file. A bundle of sixteen large pictures has half of it.
const FILE_LIMIT: usize = 64 * 1024 * 1024;
/// The most vibes of a bundle.
const VIBE_LIMIT: usize = 256;
/// The most encodings of a vibe.
const ENCODING_LIMIT: usize = 64;
const WARNING_LIMIT: usize = 32;

/// Reads a `.naiv4vibe`, a `.naiv4vibebundle`, or a PNG that carries a bundle.
///
/// # Errors
///
/// [`Error::Malformed`] when it is none of them, has no vibe in it, or is longer than 64 MiB.
pub fn read(bytes: &[u8]) -> Result<Vibes, Error> {
    if bytes.len() > FILE_LIMIT {
        return Err(malformed("the vibe file is longer than 64 MiB"));
    }
    let carried;
    let text = if bytes.starts_with(&SIGNATURE) {
        carried = carried_json(bytes).ok_or_else(|| malformed("there is no vibe in the picture"))?;
        &carried
    } else {
        bytes
    };
    let text = std::str::from_utf8(text).map_err(|_| malformed("a vibe file is text; this is not"))?;
    let value = json::parse(text.trim_start_matches('\u{feff}')).ok_or_else(|| malformed("this is no vibe file"))?;

    let mut read = Vibes::default();
    let entries = value.get("vibes").and_then(Value::as_array);
    let entries = entries.map_or(std::slice::from_ref(&value), Vec::as_slice);
    if entries.len() > VIBE_LIMIT {
        read.warn(format!("Only the first {VIBE_LIMIT} vibes are read."));
    }
    for (at, entry) in entries.iter().take(VIBE_LIMIT).enumerate() {
        match vibe(entry, &mut read) {
            Some(vibe) => read.vibes.push(vibe),
            None => read.warn(format!("Vibe {} has neither a picture nor an encoding.", at + 1)),
        }
    }
    if read.vibes.is_empty() {
        return Err(malformed("there is no vibe in the file"));
    }
    Ok(read)
}

fn malformed(reason: &str) -> Error {
    Error::Malformed(reason.to_owned())
}

/// The JSON that a PNG carries as base64 in one of its texts.
fn carried_json(png: &[u8]) -> Option<Vec<u8>> {
    let mut texts = chunks(png).filter(|chunk| &chunk.kind == b"tEXt");
    let data = texts.find_map(|chunk| {
        let rest = chunk.data.strip_prefix(CARRIER_KEYWORD.as_bytes())?;
        rest.strip_prefix(&[0])
    })?;
    STANDARD.decode(data.trim_ascii()).ok()
}

impl Vibes {
    fn warn(&mut self, warning: String) {
        if self.warnings.len() < WARNING_LIMIT {
            self.warnings.push(warning);
        }
    }
}

fn vibe(entry: &Value, read: &mut Vibes) -> Option<VibeFile> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let image = text("image").and_then(decode);
    if image.is_none() && text("image").is_some_and(|image| !image.is_empty()) {
        read.warn("The picture of a vibe can't be read.".into());
    }
    let vibe = VibeFile {
        image,
        encodings: encodings(entry, read),
        name: text("name")
            .map(|name| name.chars().take(200).collect())
            .filter(|name: &String| !name.is_empty()),
        thumbnail: text("thumbnail").and_then(thumbnail),
        created_at: entry.get("createdAt").and_then(created_at),
        import: entry.get("importInfo").and_then(import),
    };
    let told = text("id")?;
    (vibe.image.is_some() || !vibe.encodings.is_empty()).then_some(())?;
    if id_of(&vibe).is_some_and(|id| id != told) {
        read.warn("The id of a vibe is not that of what is in it.".into());
    }
    Some(vibe)
}

fn decode(base64: &str) -> Option<Bytes> {
    let data = base64.split_once(";base64,").map_or(base64, |(_, data)| data);
    let bytes = STANDARD.decode(data).ok().filter(|bytes| !bytes.is_empty())?;
    Some(bytes.into())
}

fn encodings(entry: &Value, read: &mut Vibes) -> Vec<Encoding> {
    let models = entry.get("encodings").and_then(Value::as_object).into_iter().flatten();
    let all = models.flat_map(|(key, entries)| {
        let entries = entries.as_object().into_iter().flatten();
        entries.map(move |(hash, entry)| (key, hash, entry))
    });
    let mut found = Vec::new();
    for (key, hash, entry) in all {
        if found.len() == ENCODING_LIMIT {
            read.warn(format!("Only the first {ENCODING_LIMIT} encodings of a vibe are read."));
            break;
        }
        let Some(bytes) = entry.get("encoding").and_then(Value::as_str).and_then(decode) else {
            read.warn("An encoding of a vibe can't be read.".into());
            continue;
        };
        let params = |name: &str| entry.get("params").and_then(|params| params.get(name));
        let extraction = params("information_extracted").and_then(Value::as_f64);
        let mask = params("mask").and_then(Value::as_str).map(str::to_owned);
        let told = extraction.map(|extraction| vibe_file::params_hash(extraction, mask.as_deref()));
        if hash != UNKNOWN && told.is_some_and(|told| told != *hash) {
            read.warn("The parameters of an encoding are not those of its key.".into());
        }
        found.push(Encoding {
            model_key: key.clone(),
            extraction: extraction.filter(|extraction| (0.01..=1.0).contains(extraction)),
            mask,
            bytes,
        });
    }
    found
}

fn thumbnail(url: &str) -> Option<Thumbnail> {
    let bytes = decode(url.strip_prefix("data:image/")?)?;
    Some(Thumbnail {
        format: ThumbnailFormat::of(&bytes)?,
        bytes,
    })
}

fn import(info: &Value) -> Option<Import> {
    let number = |name: &str| info.get(name).and_then(Value::as_f64);
    Some(Import {
        model: info.get("model").and_then(Value::as_str)?.to_owned(),
        extraction: number("information_extracted").unwrap_or(1.0),
        strength: number("strength").unwrap_or(0.6),
    })
}

/// A date as it is written, or as milliseconds since 1970, which some programs write.
fn created_at(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.chars().take(40).collect()),
        Value::Number(number) => {
            let milliseconds = number.as_u64().or_else(|| number.as_f64().map(|float| float as u64))?;
            // The year 9999 ends there.
            (milliseconds < 253_402_300_800_000).then(|| date(milliseconds))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Milliseconds since 1970 as a date, in UTC.
fn date(milliseconds: u64) -> String {
    let (days, rest) = (milliseconds / 86_400_000, milliseconds % 86_400_000);
    let mut year = 1970;
    let mut day = days;
    let leap = |year: u64| u64::from(year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400));
    while day >= 365 + leap(year) {
        day -= 365 + leap(year);
        year += 1;
    }
    let months = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in months {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    let thousandth = rest % 1000;
    format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{thousandth:03}Z",
        day + 1
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::picture::tests::sample_png;

    #[test]
    fn what_other_programs_write_is_read() {
        let file = json!({
            "identifier": "novelai-vibe-transfer", "version": 1, "type": "encoding", "id": "no hash at all",
            "encodings": { "v4full": { "unknown": { "encoding": "b25l", "params": {} } }, "odd": 7,
                           "v4-5full": { "x": { "encoding": "?" } } },
            "name": "", "createdAt": 1_790_935_200_000_u64, "thumbnail": "data:image/jpeg;base64,/9j/4A==",
        });
        let read = read(file.to_string().as_bytes()).unwrap();
        let vibe = &read.vibes[0];
        assert_eq!(vibe.encodings.len(), 1);
        assert_eq!(
            (vibe.encodings[0].model_key.as_str(), vibe.encodings[0].extraction),
            ("v4full", None)
        );
        assert_eq!(vibe.created_at.as_deref(), Some("2026-10-02T10:00:00.000Z"));
        assert_eq!(vibe.thumbnail.as_ref().unwrap().format, ThumbnailFormat::Jpeg);
        assert_eq!((vibe.name.as_deref(), vibe.image.as_ref()), (None, None));
        assert_eq!(read.warnings.len(), 2, "{:?}", read.warnings);
    }

    #[test]
    fn dates_are_worked_out() {
        assert_eq!(date(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(date(951_782_400_000 + 86_399_999), "2000-02-29T23:59:59.999Z");
        assert_eq!(date(951_868_800_000), "2000-03-01T00:00:00.000Z");
        assert_eq!(date(1_735_689_599_000), "2024-12-31T23:59:59.000Z");
    }

    #[test]
    fn what_is_no_vibe_file_is_an_error() {
        let deep = format!("{}1{}", "{\"vibes\":[".repeat(200), "]}".repeat(200));
        for text in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"vibes":[]}"#,
            r#"{"vibes":[7]}"#,
            r#"{"id":"x"}"#,
            &deep,
        ] {
            assert!(matches!(read(text.as_bytes()), Err(Error::Malformed(_))), "{text}");
        }
        assert!(read(&sample_png(64, 64, &[])).is_err());
        assert!(read(&sample_png(64, 64, &[("naidata", "?")])).is_err());
        assert!(read(&vec![b' '; FILE_LIMIT + 1]).is_err());
    }

    #[test]
    fn a_crowd_is_cut() {
        let vibe = json!({ "id": "x", "image": "b25l" });
        let bundle = json!({ "vibes": vec![vibe; VIBE_LIMIT + 5] }).to_string();
        let read = read(bundle.as_bytes()).unwrap();
        assert_eq!((read.vibes.len(), read.warnings.len()), (VIBE_LIMIT, WARNING_LIMIT));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
            let _ = read(&bytes);
            for field in ["image", "encodings", "thumbnail", "createdAt", "importInfo", "name", "id"] {
                let mut vibe = json!({ "id": "x", "image": "b25l" });
                vibe[field] = json!({ "v4full": { "x": { "encoding": text, "params": text } } });
                let _ = read(vibe.to_string().as_bytes());
                vibe[field] = json!(text);
                let _ = read(vibe.to_string().as_bytes());
            }
        }
    }
}
