//! What a picture says about itself, read without decoding its pixels (api.md 7).
//!
//! The header, the text chunks of a PNG, and the EXIF of a WebP. Hostile files cost no more than their own length and the
//! limits below.

mod settings;

use std::io::Read;

use flate2::bufread::ZlibDecoder;
use serde_json::Value;

use crate::error::Error;
use crate::picture;
use crate::png::{Chunk, chunks};
pub use settings::Settings;

/// The most bytes of one text. Settings with sixteen vibes in them have one megabyte.
const TEXT_LIMIT: usize = 4 * 1024 * 1024;

/// What a picture says about itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Such as `AI generated image`.
    pub title: Option<String>,
    /// The final prompt.
    pub description: Option<String>,
    /// Such as `NovelAI`.
    pub software: Option<String>,
    /// The model's name and hash.
    pub source: Option<String>,
    /// Seconds, as written.
    pub generation_time: Option<String>,
    /// The settings, where they are JSON.
    pub comment: Option<Value>,
    /// The settings exactly as written.
    pub raw_comment: Option<String>,
}

impl Metadata {
    /// The seed that this very picture was made with, whichever it was of its batch.
    #[must_use]
    pub fn seed(&self) -> Option<u32> {
        self.comment
            .as_ref()?
            .get("seed")?
            .as_u64()
            .and_then(|seed| u32::try_from(seed).ok())
    }

    /// The prompt as it was sent, with what the presets added.
    #[must_use]
    pub fn prompt(&self) -> Option<&str> {
        let comment = self.comment.as_ref();
        let told = comment
            .and_then(|comment| comment.get("prompt"))
            .and_then(Value::as_str);
        told.or(self.description.as_deref())
    }
}

/// Reads the header and the texts of a PNG or a WebP.
///
/// The picture need not be whole: what stands before a cut is read.
///
/// # Errors
///
/// [`Error::Malformed`] when it is neither, or its header is broken or beyond all bounds.
pub fn read(bytes: &[u8]) -> Result<Metadata, Error> {
    let size = picture::size(bytes).map_err(|reason| Error::Malformed(reason.into()))?;
    let mut metadata = Metadata {
        width: size.width,
        height: size.height,
        ..Metadata::default()
    };
    let texts = chunks(bytes).filter_map(|chunk| text(&chunk));
    for (keyword, text) in texts.chain(exif_texts(bytes)) {
        let field = match keyword.as_str() {
            "Title" => &mut metadata.title,
            "Description" => &mut metadata.description,
            "Software" => &mut metadata.software,
            "Source" => &mut metadata.source,
            // The service spells it either way.
            "Generation time" | "Generation_time" => &mut metadata.generation_time,
            "Comment" => &mut metadata.raw_comment,
            _ => continue,
        };
        field.get_or_insert(text);
    }
    metadata.comment = metadata
        .raw_comment
        .as_deref()
        .and_then(|raw| serde_json::from_str(raw).ok());
    Ok(metadata)
}

/// The texts of a WebP: JSON of texts by their keywords, in the user comment of its EXIF (api.md 7.7).
fn exif_texts(bytes: &[u8]) -> Vec<(String, String)> {
    /// What a user comment in plain letters begins with.
    const MARK: &[u8] = b"ASCII\0\0\0";
    let Some(exif) = picture::webp_chunk(bytes, *b"EXIF").filter(|exif| exif.len() <= TEXT_LIMIT) else {
        return Vec::new();
    };
    let starts = exif
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK);
    let envelope = starts.take(8).find_map(|(at, _)| {
        let text = &exif[at + MARK.len()..];
        let value = serde_json::Deserializer::from_slice(text).into_iter::<Value>().next()?;
        value.ok()?.as_object().cloned()
    });
    let texts = envelope.into_iter().flatten();
    texts
        .filter_map(|(keyword, text)| match text {
            Value::String(text) => Some((keyword, text)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        })
        .collect()
}

/// Keyword and text of a text chunk; none where it is another chunk, broken, or beyond the limit.
fn text(chunk: &Chunk<'_>) -> Option<(String, String)> {
    let (keyword, rest) = split_at_nul(chunk.data)?;
    if keyword.is_empty() || keyword.len() > 79 {
        return None;
    }
    let text = match &chunk.kind {
        b"tEXt" => rest.to_vec(),
        b"zTXt" => inflate(rest.strip_prefix(&[0])?)?,
        b"iTXt" => {
            let (compressed, rest) = rest.split_first()?;
            let (_language, rest) = split_at_nul(rest.get(1..)?)?;
            let (_translated, text) = split_at_nul(rest)?;
            if *compressed == 0 {
                text.to_vec()
            } else {
                inflate(text)?
            }
        }
        _ => return None,
    };
    (text.len() <= TEXT_LIMIT).then(|| (decode(keyword), decode(&text)))
}

fn split_at_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().take(TEXT_LIMIT).position(|byte| *byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    ZlibDecoder::new(packed)
        .take(TEXT_LIMIT as u64 + 1)
        .read_to_end(&mut text)
        .ok()?;
    Some(text)
}

/// UTF-8 where it is that, and else Latin-1, as the format wants it: some writers don't care.
fn decode(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::picture::tests::{sample_png, sample_webp};

    const COMMENT: &str = r#"{"prompt": "1girl, sea", "steps": 23, "seed": 4242424242, "scale": 5.0, "uc": "lowres"}"#;

    /// A PNG with a chunk of our own before its end.
    fn with_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut png = sample_png(64, 64, &[]);
        let end = png.split_off(png.len() - 12);
        let summed = [&kind[..], data].concat();
        let mut crc = flate2::Crc::new();
        crc.update(&summed);
        png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        png.extend(summed);
        png.extend(crc.sum().to_be_bytes());
        png.extend(end);
        png
    }

    fn deflated(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_picture_of_the_service_is_read() {
        let png = sample_png(
            832,
            1216,
            &[
                ("Title", "AI generated image"),
                ("Description", "1girl, sea"),
                ("Software", "NovelAI"),
                ("Source", "NovelAI Diffusion V4.5 4BDE2A90"),
                ("Generation_time", "3.1415"),
                ("Comment", COMMENT),
            ],
        );
        let read = read(&png).unwrap();
        assert_eq!((read.width, read.height), (832, 1216));
        assert_eq!(read.title.as_deref(), Some("AI generated image"));
        assert_eq!(read.description.as_deref(), Some("1girl, sea"));
        assert_eq!(read.software.as_deref(), Some("NovelAI"));
        assert_eq!(read.source.as_deref(), Some("NovelAI Diffusion V4.5 4BDE2A90"));
        assert_eq!(read.generation_time.as_deref(), Some("3.1415"));
        assert_eq!(read.raw_comment.as_deref(), Some(COMMENT));
        assert_eq!((read.seed(), read.prompt()), (Some(4_242_424_242), Some("1girl, sea")));
    }

    #[test]
    fn texts_in_any_alphabet_and_any_kind_of_chunk_are_read() {
        let description = |png: &[u8]| read(png).unwrap().description;
        assert_eq!(
            description(&sample_png(64, 64, &[("Description", "看板娘")])).as_deref(),
            Some("看板娘")
        );
        assert_eq!(
            description(&with_chunk(b"tEXt", b"Description\0caf\xe9")).as_deref(),
            Some("café")
        );
        assert_eq!(
            description(&with_chunk(b"tEXt", "Description\0café".as_bytes())).as_deref(),
            Some("café")
        );
        let packed = [b"Description\0\0", &deflated(b"sea")[..]].concat();
        assert_eq!(description(&with_chunk(b"zTXt", &packed)).as_deref(), Some("sea"));
        let packed = [b"Description\0\x01\0en\0\0", &deflated("海".as_bytes())[..]].concat();
        assert_eq!(description(&with_chunk(b"iTXt", &packed)).as_deref(), Some("海"));
    }

    #[test]
    fn settings_that_are_not_json_are_kept_as_written() {
        let read = read(&sample_png(
            64,
            64,
            &[("Comment", "made by hand"), ("Description", "sea")],
        ))
        .unwrap();
        assert_eq!(
            (read.comment.clone(), read.raw_comment.as_deref()),
            (None, Some("made by hand"))
        );
        assert_eq!((read.seed(), read.prompt()), (None, Some("sea")));
    }

    #[test]
    fn a_seed_that_is_none_is_not_made_up() {
        for seed in ["-1", "1.5", "4294967296", "\"7\"", "null"] {
            let comment = format!(r#"{{"seed": {seed}}}"#);
            assert_eq!(
                read(&sample_png(64, 64, &[("Comment", &comment)])).unwrap().seed(),
                None,
                "{seed}"
            );
        }
    }

    #[test]
    fn a_webp_tells_its_size() {
        let read = read(&sample_webp(832, 1216)).unwrap();
        assert_eq!((read.width, read.height, read.comment), (832, 1216, None));
    }

    #[test]
    fn the_texts_of_a_webp_are_in_its_exif() {
        let envelope = serde_json::json!({ "Comment": COMMENT, "Source": "NovelAI Diffusion V4.5 4BDE2A90", "Odd": 7 });
        let exif = [b"Exif\0\0II*\0....ASCII\0\0\0", envelope.to_string().as_bytes(), b"\0"].concat();
        let with_exif = |exif: &[u8]| {
            let mut webp = sample_webp(832, 1216);
            webp.extend(b"EXIF");
            webp.extend(u32::try_from(exif.len()).unwrap().to_le_bytes());
            webp.extend(exif);
            webp.extend(std::iter::repeat_n(0, exif.len() % 2));
            webp
        };
        let told = read(&with_exif(&exif)).unwrap();
        assert_eq!(told.raw_comment.as_deref(), Some(COMMENT));
        assert_eq!(told.source.as_deref(), Some("NovelAI Diffusion V4.5 4BDE2A90"));
        assert_eq!(told.seed(), Some(4_242_424_242));
        for broken in [&b""[..], b"ASCII\0\0\0", b"ASCII\0\0\0{\"Comment\":", b"ASCII\0\0\0[1]"] {
            assert_eq!(read(&with_exif(broken)).unwrap().comment, None);
        }
    }

    #[test]
    fn a_text_that_unpacks_to_too_much_is_left_out() {
        let bomb = deflated(&vec![b' '; TEXT_LIMIT + 1]);
        assert!(bomb.len() < 100_000);
        for (kind, head) in [(b"zTXt", &b"Comment\0\0"[..]), (b"iTXt", b"Comment\0\x01\0\0\0")] {
            assert_eq!(
                read(&with_chunk(kind, &[head, &bomb].concat())).unwrap().raw_comment,
                None
            );
        }
        let long = [b"Comment\0", &vec![b' '; TEXT_LIMIT + 1][..]].concat();
        assert_eq!(read(&with_chunk(b"tEXt", &long)).unwrap().raw_comment, None);
    }

    #[test]
    fn deep_settings_are_not_followed() {
        let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
        let read = read(&sample_png(64, 64, &[("Comment", &deep)])).unwrap();
        assert!(read.comment.is_none() && read.raw_comment.is_some());
    }

    #[test]
    fn what_stands_before_a_cut_is_read() {
        let png = sample_png(64, 64, &[("Comment", COMMENT)]);
        let texts = png.windows(4).position(|window| window == b"IDAT").unwrap();
        assert_eq!(read(&png[..texts + 10]).unwrap().seed(), Some(4_242_424_242));
        assert!(read(&png[..20]).is_err());
        assert!(read(b"GIF89a").is_err());
    }

    proptest! {
        #[test]
        fn no_chunk_is_too_odd(kind in 0..3, data in proptest::collection::vec(any::<u8>(), 0..100)) {
            let kind = [b"tEXt", b"iTXt", b"zTXt"][kind as usize];
            prop_assert!(read(&with_chunk(kind, &data)).is_ok());
            let data = [b"Comment\0", &data[..]].concat();
            prop_assert!(read(&with_chunk(kind, &data)).is_ok());
        }

        #[test]
        fn no_damage_is_too_odd(at in any::<prop::sample::Index>(), to in any::<u8>()) {
            let mut png = sample_png(64, 64, &[("Comment", COMMENT), ("Title", "é")]);
            let at = at.index(png.len());
            png[at] = to;
            let _ = read(&png);
        }
    }
}
