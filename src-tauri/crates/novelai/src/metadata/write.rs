//! Texts put into a finished picture, by splicing: no pixel is packed anew. The picture's own ones go along when it
//! changes its format; the person's own take their place.

use serde::{Deserialize, Serialize};

use super::strip::strip;
use super::traces::{Trace, traces};
use super::{Texts, exif, find, jpeg, riff, texts};
use crate::error::Error;
use crate::picture;
use crate::png::{SIGNATURE, chunk, chunks};
use crate::request::ImageFormat;

/// What a person puts into a picture instead of how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct OwnTexts {
    /// Whose it is. Empty: nothing is said.
    pub artist: String,
    /// A word about it. Empty: nothing is said.
    pub comment: String,
}

impl OwnTexts {
    /// The most bytes of each; a segment of a JPEG holds both.
    pub const LONGEST: usize = 4000;

    /// Without what has no place in them.
    #[must_use]
    pub fn tidy(&self) -> Self {
        let tidy = |text: &str| {
            let mut text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
            text.truncate(text.floor_char_boundary(Self::LONGEST));
            text.trim().to_owned()
        };
        Self {
            artist: tidy(&self.artist),
            comment: tidy(&self.comment),
        }
    }
}

/// A picture with the texts of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The file.
    pub bytes: Vec<u8>,
    /// All of them are in it; else those that have room there.
    pub is_all: bool,
}

/// The picture without metadata but these texts.
///
/// # Errors
///
/// As [`strip`].
pub fn replace(bytes: &[u8], own: &OwnTexts) -> Result<Vec<u8>, Error> {
    let plain = strip(bytes)?;
    let OwnTexts { artist, comment } = own.tidy();
    if artist.is_empty() && comment.is_empty() {
        return Ok(plain);
    }
    let written = if picture::format(&plain) == Some(ImageFormat::Png) {
        let own = [("Author", &artist), ("Comment", &comment)];
        let own = own.iter().filter(|(_, text)| !text.is_empty());
        let chunks: Vec<u8> = own.flat_map(|(keyword, text)| text_chunk(keyword, text)).collect();
        Some(behind_header(&plain, &chunks))
    } else {
        let mut first: Vec<exif::Field<'_>> = Vec::new();
        let (artist, comment) = (ended(&artist), exif::user_comment(&comment));
        if artist.len() > 1 {
            first.push((exif::ARTIST, exif::CHARACTERS, &artist));
        }
        let second = [(exif::USER_COMMENT, exif::UNDEFINED, &comment[..])];
        let second = if comment.len() > 8 { &second[..] } else { &[] };
        with_exif(&plain, &first, second)
    };
    written.ok_or_else(|| Error::Malformed("the picture can't be read".into()))
}

/// Every trace beside these texts, which [`replace`] put there.
///
/// # Errors
///
/// As [`traces`].
pub fn traces_beside(bytes: &[u8], own: &OwnTexts) -> Result<Vec<Trace>, Error> {
    // Taken out and put in again, they make the same file: so they are all that was to be taken out.
    if replace(bytes, own)? == bytes {
        return traces(&strip(bytes)?);
    }
    traces(bytes)
}

/// Everything that a picture tells about how it was made, put into the same picture in any format. What stood in the
/// other before stays where it is not said anew.
///
/// # Errors
///
/// [`Error::Malformed`] when the other is neither PNG, WebP nor JPEG.
pub fn carry(from: &[u8], into: &[u8]) -> Result<Carried, Error> {
    let (_, told) = find(from, true, &mut Vec::new());
    let kept = |bytes: Option<Vec<u8>>, is_all| {
        let bytes = bytes.ok_or_else(|| Error::Malformed("the picture can't be read".into()))?;
        Ok(Carried { bytes, is_all })
    };
    if told == Texts::default() {
        return kept(Some(into.to_vec()), true);
    }
    if picture::format(into) == Some(ImageFormat::Png) {
        return kept(Some(with_texts(into, &told.listed())), true);
    }
    let written = with_told(into, &told);
    if written.is_some() {
        return kept(written, true);
    }
    // Vibes take megabytes, a segment of a JPEG sixty kilobytes.
    let short = Texts {
        comment: None,
        graph: None,
        workflow: None,
        ..told
    };
    kept(with_told(into, &short).or_else(|| Some(into.to_vec())), false)
}

/// A PNG with these texts under their keywords instead of those that it had, everything else byte for byte.
#[must_use]
pub fn with_texts(png: &[u8], told: &[(&str, &str)]) -> Vec<u8> {
    let mut written = Vec::with_capacity(png.len() + told.iter().map(|(_, text)| text.len() + 64).sum::<usize>());
    written.extend_from_slice(&SIGNATURE);
    let mut at = SIGNATURE.len();
    for part in chunks(png) {
        let is_text = matches!(&part.kind, b"tEXt" | b"zTXt" | b"iTXt");
        let replaced =
            is_text && texts::keyword(part.data).is_some_and(|keyword| told.iter().any(|(new, _)| *new == keyword));
        let end = at + 12 + part.data.len();
        if !replaced {
            written.extend_from_slice(&png[at..end]);
        }
        if &part.kind == b"IHDR" {
            written.extend(told.iter().flat_map(|(keyword, text)| text_chunk(keyword, text)));
        }
        at = end;
    }
    written.extend_from_slice(&png[at.min(png.len())..]);
    written
}

/// EXIF as the service writes it (api.md 7.7), or as the program that made the picture does.
fn with_told(into: &[u8], told: &Texts) -> Option<Vec<u8>> {
    let (title, description, software) = (
        told.title.as_deref().map(ended),
        told.description.as_deref().map(ended),
        told.software.as_deref().map(ended),
    );
    let fields = [
        (exif::DOCUMENT_NAME, &title),
        (exif::IMAGE_DESCRIPTION, &description),
        (exif::SOFTWARE, &software),
    ];
    let first = fields
        .iter()
        .filter_map(|(tag, text)| Some((*tag, exif::CHARACTERS, text.as_deref()?)));
    let first: Vec<exif::Field<'_>> = first.collect();
    let listed = told.listed();
    let comment = match &listed[..] {
        [("parameters", text)] => (*text).to_owned(),
        listed => {
            let envelope = listed
                .iter()
                .map(|(keyword, text)| ((*keyword).to_owned(), (*text).into()));
            serde_json::Value::Object(envelope.collect()).to_string()
        }
    };
    let comment = exif::user_comment(&comment);
    with_exif(into, &first, &[(exif::USER_COMMENT, exif::UNDEFINED, &comment)])
}

/// A WebP or a JPEG with a block of EXIF instead of what it had. None where it has no room, or the file is neither.
fn with_exif(bytes: &[u8], first: &[exif::Field<'_>], second: &[exif::Field<'_>]) -> Option<Vec<u8>> {
    let is_jpeg = bytes.starts_with(&jpeg::SIGNATURE);
    let old = if is_jpeg {
        jpeg::exif(bytes)
    } else {
        picture::webp_chunk(bytes, *b"EXIF")
    };
    let turned = old.and_then(exif::orientation).map(u16::to_le_bytes);
    let mut first = first.to_vec();
    if let Some(turned) = &turned {
        first.push((exif::ORIENTATION, exif::SHORT, turned));
        first.sort_by_key(|(tag, ..)| *tag);
    }
    let block = exif::build(&first, second);
    if is_jpeg {
        return into_jpeg(bytes, &block);
    }
    let size = picture::size(bytes).ok()?;
    let plain = |kind: &[u8; 4]| !matches!(kind, b"VP8X" | b"EXIF");
    let mut parts: Vec<([u8; 4], &[u8])> = riff::chunks(bytes)
        .filter(|part| plain(&part.kind))
        .map(|part| (part.kind, part.data))
        .collect();
    let has = |kind: &[u8; 4]| parts.iter().any(|(other, _)| other == kind);
    let lossless = picture::webp_chunk(bytes, *b"VP8L").and_then(|data| data.get(4));
    let see_through = has(b"ALPH") || lossless.is_some_and(|byte| byte & 0x10 != 0);
    let flags = riff::flag::EXIF
        | if has(b"ICCP") { riff::flag::COLOURS } else { 0 }
        | if see_through { riff::flag::ALPHA } else { 0 };
    let head = riff::extended(flags, size.width, size.height);
    parts.insert(0, (*b"VP8X", &head));
    parts.push((*b"EXIF", &block));
    Some(riff::file(&parts))
}

/// Behind the head that says how colours are meant.
fn into_jpeg(bytes: &[u8], block: &[u8]) -> Option<Vec<u8>> {
    let own = jpeg::segment(0xe1, &[jpeg::EXIF, block].concat())?;
    let mut walk = jpeg::segments(bytes);
    let (mut written, mut put) = (vec![0xff, 0xd8], false);
    for part in walk.by_ref() {
        if part.marker == 0xe1 && part.data.starts_with(jpeg::EXIF) {
            continue;
        }
        if !put && part.marker != 0xe0 {
            written.extend_from_slice(&own);
            put = true;
        }
        written.extend(jpeg::segment(part.marker, part.data)?);
        written.extend_from_slice(part.scan);
    }
    walk.end?;
    written.extend([0xff, 0xd9]);
    put.then_some(written)
}

fn behind_header(png: &[u8], new: &[u8]) -> Vec<u8> {
    let (header, rest) = png.split_at((SIGNATURE.len() + 25).min(png.len()));
    [header, new, rest].concat()
}

/// Characters with the end that EXIF wants.
fn ended(text: &str) -> Vec<u8> {
    text.bytes().filter(|byte| *byte != 0).chain([0]).collect()
}

/// Latin-1 where that suffices, as the service writes it, and UTF-8 else.
pub(crate) fn text_chunk(keyword: &str, text: &str) -> Vec<u8> {
    let mut data = keyword.as_bytes().to_vec();
    let latin: Option<Vec<u8>> = text
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok())
        .collect();
    match latin {
        Some(latin) => {
            data.push(0);
            data.extend(latin);
            chunk(b"tEXt", &data)
        }
        None => {
            // Not compressed, no language, no other keyword.
            data.extend([0, 0, 0, 0, 0]);
            data.extend(text.as_bytes());
            chunk(b"iTXt", &data)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::read;
    use crate::metadata::stealth::tests::{hidden, png_of, webp_of};

    const COMMENT: &str = r#"{"prompt": "1girl, 海", "steps": 23, "seed": 7}"#;

    fn pictures() -> [Vec<u8>; 3] {
        let pixels = hidden(32, 32, b"");
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
            .encode(&[90; 32 * 32 * 3], 32, 32, image::ExtendedColorType::Rgb8)
            .unwrap();
        [
            png_of(32, 32, &pixels, ::png::Filter::Sub),
            webp_of(32, 32, &pixels),
            jpeg,
        ]
    }

    fn told() -> Vec<u8> {
        let texts = [
            ("Title", "AI generated image"),
            ("Description", "1girl, 海"),
            ("Software", "NovelAI"),
            ("Source", "NovelAI Diffusion V4.5 4BDE2A90"),
            ("Generation time", "3.14"),
            ("Comment", COMMENT),
        ];
        with_texts(&pictures()[0], &texts)
    }

    #[test]
    fn what_a_picture_tells_goes_along_into_every_format() {
        let from = told();
        let expected = read(&from).unwrap();
        for into in pictures() {
            let carried = carry(&from, &into).unwrap();
            assert!(carried.is_all);
            let told = read(&carried.bytes).unwrap();
            assert_eq!(told.raw_comment.as_deref(), Some(COMMENT));
            assert_eq!((told.title, told.source, told.software), {
                let expected = expected.clone();
                (expected.title, expected.source, expected.software)
            });
            assert_eq!((told.description, told.generation_time), {
                let expected = expected.clone();
                (expected.description, expected.generation_time)
            });
            assert_eq!(carry(&pictures()[0], &into).unwrap().bytes, into, "nothing was told");
        }
    }

    #[test]
    fn what_has_no_room_in_a_jpeg_is_left_out_and_told() {
        let long = format!(
            r#"{{"prompt": "sea", "reference_image_multiple": ["{}"]}}"#,
            "A".repeat(70_000)
        );
        let from = with_texts(&told(), &[("Comment", &long)]);
        let [_, webp, jpeg] = pictures();
        assert!(carry(&from, &webp).unwrap().is_all);
        let carried = carry(&from, &jpeg).unwrap();
        assert!(!carried.is_all);
        assert_eq!(read(&carried.bytes).unwrap().description.as_deref(), Some("1girl, 海"));
    }

    #[test]
    fn texts_of_ones_own_take_the_place_of_all_others() {
        let own = OwnTexts {
            artist: "ミキ".into(),
            comment: "For you".into(),
        };
        for picture in pictures() {
            let dirty = carry(&told(), &picture).unwrap().bytes;
            let mine = replace(&dirty, &own).unwrap();
            assert_eq!(traces_beside(&mine, &own).unwrap(), []);
            assert!(!traces(&mine).unwrap().is_empty());
            assert!(!mine.windows(5).any(|five| five == b"1girl"));
            assert!(mine.windows(7).any(|seven| seven == b"For you"));
            assert!(mine.windows(6).any(|six| six == "ミキ".as_bytes()));
            // A word more, and it is no longer only one's own.
            let more = carry(&told(), &mine).unwrap().bytes;
            assert_ne!(traces_beside(&more, &own).unwrap(), []);
            assert_ne!(traces_beside(&dirty, &own).unwrap(), []);
            assert_eq!(replace(&dirty, &OwnTexts::default()).unwrap(), strip(&dirty).unwrap());
        }
    }

    #[test]
    fn a_text_is_changed_and_every_other_byte_is_as_it_was() {
        let png = told();
        let changed = with_texts(&png, &[("Comment", "{}")]);
        assert_eq!(read(&changed).unwrap().raw_comment.as_deref(), Some("{}"));
        assert_eq!(read(&changed).unwrap().title.as_deref(), Some("AI generated image"));
        let parts = |png: &[u8]| -> Vec<Vec<u8>> {
            let others = chunks(png).filter(|part| !part.data.starts_with(b"Comment"));
            others.map(|part| part.data.to_vec()).collect()
        };
        assert_eq!(parts(&changed), parts(&png));
        assert!(picture::whole(&changed).is_ok());
        assert_eq!(
            with_texts(&[&png[..], b"rest"].concat(), &[]),
            [&png[..], b"rest"].concat()
        );
    }
}
