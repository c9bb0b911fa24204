//! What a picture says about itself (api.md 7): the text chunks of a PNG, EXIF, and what is hidden in the alpha channel.
//!
//! Chunks are read without decoding a pixel; only what is hidden, and the signature, need them. Hostile files cost no
//! more than their own length and the limits below.

mod colours;
mod exif;
mod foreign;
mod hidden;
mod jpeg;
mod packed;
mod pixels;
mod riff;
mod settings;
mod signature;
mod stealth;
mod strip;
mod telling;
mod texts;
mod traces;
mod words;
mod write;

use std::io::Read as _;

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::png::chunks;
use crate::request::Size;
use crate::{json, picture};
pub use foreign::Foreign;
pub use settings::Settings;
pub(crate) use settings::{fields, prompts};
pub use signature::{PublicKey, Signature, signature};
pub use strip::strip;
pub use telling::MadeBy;
pub use traces::{Trace, TraceKind, traces};
pub use write::{Carried, OwnTexts, carry, replace, traces_beside, with_texts};

/// The most bytes of one text. Settings with sixteen vibes in them have one megabyte.
const TEXT_LIMIT: usize = 4 * 1024 * 1024;

/// What a picture says about itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Where it was found.
    pub found_in: FoundIn,
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
    /// What another program says about it, where it is none of the service's.
    pub foreign: Option<Foreign>,
    /// What is odd about it, a sentence each.
    pub warnings: Vec<String>,
}

/// Where the texts of a picture were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "kebab-case")]
pub enum FoundIn {
    /// In the text chunks of a PNG.
    PngText,
    /// In EXIF.
    Exif,
    /// In the lowest bits of the alpha channel.
    Stealth,
    /// Nowhere: there are none.
    #[default]
    None,
}

impl Metadata {
    /// The seed that this very picture was made with, whichever it was of its batch.
    #[must_use]
    pub fn seed(&self) -> Option<u32> {
        let told = self.comment.as_ref().and_then(|comment| comment.get("seed")?.as_u64());
        let told = told.or_else(|| self.foreign.as_ref()?.seed);
        told.and_then(|seed| u32::try_from(seed).ok())
    }

    /// Whether it says how it was made.
    #[must_use]
    pub fn has_settings(&self) -> bool {
        self.comment.is_some() || self.foreign.is_some()
    }

    /// The prompt as it was sent, with what the presets added.
    #[must_use]
    pub fn prompt(&self) -> Option<&str> {
        let comment = self.comment.as_ref();
        let told = comment
            .and_then(|comment| comment.get("prompt"))
            .and_then(Value::as_str);
        let foreign = self.foreign.as_ref().map(|foreign| foreign.prompt.as_str());
        told.or(foreign).or(self.description.as_deref())
    }

    /// The director tool that made the picture, as the service spells it, such as `emotion` (api.md 2.5).
    #[must_use]
    pub fn tool(&self) -> Option<&str> {
        self.comment.as_ref()?.get("req_type")?.as_str()
    }

    /// The size that the settings tell. A picture that was upscaled keeps those of the smaller one.
    #[must_use]
    pub fn told_size(&self) -> Option<Size> {
        let side = |name: &str| {
            let side = self.comment.as_ref()?.get(name)?.as_u64()?;
            u32::try_from(side).ok()
        };
        Some(Size {
            width: side("width")?,
            height: side("height")?,
        })
    }
}

/// The texts of a picture, by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Texts {
    title: Option<String>,
    description: Option<String>,
    software: Option<String>,
    source: Option<String>,
    generation_time: Option<String>,
    comment: Option<String>,
    /// What other programs write: values in a text, a graph, and the graph as it is drawn.
    parameters: Option<String>,
    graph: Option<String>,
    workflow: Option<String>,
}

impl Texts {
    /// Whether they say how the picture was made.
    fn has_settings(&self) -> bool {
        self.comment.is_some() || self.parameters.is_some() || self.graph.is_some()
    }

    /// Those that there are, by their keywords, in the order in which the service writes them.
    fn listed(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("Title", &self.title),
            ("Description", &self.description),
            ("Software", &self.software),
            ("Source", &self.source),
            ("Generation time", &self.generation_time),
            ("Comment", &self.comment),
            ("parameters", &self.parameters),
            ("prompt", &self.graph),
            ("workflow", &self.workflow),
        ];
        all.into_iter()
            .filter_map(|(keyword, text)| Some((keyword, text.as_deref()?)))
            .collect()
    }

    /// The text under a keyword, where that means something.
    fn field(&mut self, keyword: &str) -> Option<&mut Option<String>> {
        match keyword {
            "Title" => Some(&mut self.title),
            "Description" => Some(&mut self.description),
            "Software" => Some(&mut self.software),
            "Source" => Some(&mut self.source),
            // The service spells it either way.
            "Generation time" | "Generation_time" => Some(&mut self.generation_time),
            "Comment" => Some(&mut self.comment),
            "parameters" => Some(&mut self.parameters),
            "prompt" => Some(&mut self.graph),
            "workflow" => Some(&mut self.workflow),
            _ => None,
        }
    }
}

/// Reads a PNG, a WebP or a JPEG: text chunks, then EXIF, then what is hidden in the pixels, whichever has settings first
/// (api.md 7.7).
///
/// The picture need not be whole: what stands before a cut is read. Pixels are decoded only where no settings stand
/// outside them.
///
/// # Errors
///
/// [`Error::Malformed`] when it is none of them, or its header is broken or beyond all bounds.
pub fn read(bytes: &[u8]) -> Result<Metadata, Error> {
    look(bytes, true)
}

/// The same, but no pixel is looked at.
///
/// # Errors
///
/// As [`read`].
pub fn read_texts(bytes: &[u8]) -> Result<Metadata, Error> {
    look(bytes, false)
}

fn look(bytes: &[u8], at_pixels: bool) -> Result<Metadata, Error> {
    let size = if bytes.starts_with(&jpeg::SIGNATURE) {
        jpeg::size(bytes).ok_or("the header of the picture is broken")
    } else {
        picture::size(bytes)
    };
    let size = size.map_err(|reason| Error::Malformed(reason.into()))?;
    let mut warnings = Vec::new();
    let (found_in, texts) = find(bytes, at_pixels, &mut warnings);
    let comment = texts.comment.as_deref().and_then(json::parse);
    let foreign = if comment.is_none() {
        foreign::read(texts.parameters.as_deref(), texts.graph.as_deref())
    } else {
        None
    };
    let mut metadata = Metadata {
        found_in,
        width: size.width,
        height: size.height,
        title: texts.title,
        description: texts.description,
        software: texts.software,
        source: texts.source,
        generation_time: texts.generation_time,
        comment,
        raw_comment: texts.comment,
        foreign,
        warnings,
    };
    if metadata.raw_comment.is_some() && metadata.comment.is_none() {
        metadata.warnings.push("Its settings are not JSON.".into());
    }
    if let Some(told) = metadata.told_size().filter(|told| *told != size) {
        let Size { width, height } = told;
        metadata.warnings.push(format!(
            "It was made with {width} × {height} pixels, and has been upscaled or cut since."
        ));
    }
    Ok(metadata)
}

/// The texts in a block of EXIF, for the one who damages it.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn exif_texts(block: &[u8]) {
    exif::read(block);
}

/// The texts in bits that stand in the alpha channel of a picture of this size, for the one who damages them.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn hidden_in(size: Size, message: &[u8]) {
    stealth::read_bits(size, message);
}

/// Bytes unpacked (zlib), if they are all there and not more than this.
fn inflated(packed: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = flate2::read::ZlibDecoder::new(packed)
        .take(limit + 1)
        .read_to_end(&mut bytes);
    (read.is_ok() && bytes.len() as u64 <= limit).then_some(bytes)
}

/// The first texts with settings in them, or else the first texts.
fn find(bytes: &[u8], at_pixels: bool, warnings: &mut Vec<String>) -> (FoundIn, Texts) {
    let mut first = (FoundIn::None, Texts::default());
    let ways: [(FoundIn, &mut dyn FnMut() -> Texts); 3] = [
        (FoundIn::PngText, &mut || texts::read(bytes, warnings)),
        (FoundIn::Exif, &mut || {
            exif_block(bytes).map(exif::read).unwrap_or_default()
        }),
        (FoundIn::Stealth, &mut || {
            let hidden = at_pixels.then(|| stealth::read(bytes)).flatten();
            hidden.unwrap_or_default()
        }),
    ];
    for (way, read) in ways {
        let texts = read();
        if texts.has_settings() {
            return (way, texts);
        }
        if first.0 == FoundIn::None && texts != Texts::default() {
            first = (way, texts);
        }
    }
    first
}

/// The EXIF of a picture.
fn exif_block(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.starts_with(&jpeg::SIGNATURE) {
        return jpeg::exif(bytes);
    }
    let in_png = || {
        chunks(bytes)
            .find(|chunk| &chunk.kind == b"eXIf")
            .map(|chunk| chunk.data)
    };
    picture::webp_chunk(bytes, *b"EXIF").or_else(in_png)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::picture::tests::{sample_png, sample_webp};
    use crate::png::chunk;

    const COMMENT: &str = r#"{"prompt": "1girl, sea", "steps": 23, "seed": 4242424242, "scale": 5.0, "uc": "lowres"}"#;

    /// A PNG with further chunks before its end.
    fn spliced(png: &[u8], chunks: &[u8]) -> Vec<u8> {
        let (before, end) = png.split_at(png.len() - 12);
        [before, chunks, end].concat()
    }

    /// A PNG with a chunk of our own.
    fn with_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        spliced(&sample_png(64, 64, &[]), &chunk(kind, data))
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
        let exif = exif::tests::comment(&envelope.to_string());
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
    fn settings_outside_the_pixels_come_before_those_within() {
        use super::stealth::tests::{ENVELOPE, hidden, message, png_of};
        let pixels = hidden(64, 64, &message(b"stealth_pnginfo", ENVELOPE.as_bytes()));
        let png = png_of(64, 64, &pixels, ::png::Filter::Sub);
        let told = read(&png).unwrap();
        assert_eq!(told.found_in, FoundIn::Stealth);
        assert_eq!(told.raw_comment.as_deref(), Some(r#"{"steps": 23}"#));
        assert_eq!(read_texts(&png).unwrap().found_in, FoundIn::None);
        let beside = |kind: &[u8; 4], data: &[u8]| read(&spliced(&png, &chunk(kind, data))).unwrap();
        // A text without settings does not hide those within.
        assert_eq!(beside(b"tEXt", b"Software\0painter").found_in, FoundIn::Stealth);
        let exif = exif::tests::comment(r#"{"Comment":"{\"seed\":2}"}"#);
        let told = beside(b"eXIf", &exif);
        assert_eq!((told.found_in, told.seed()), (FoundIn::Exif, Some(2)));
        let told = beside(b"tEXt", b"Comment\0{\"seed\":3}");
        assert_eq!((told.found_in, told.seed()), (FoundIn::PngText, Some(3)));
        assert_eq!(read(&sample_png(64, 64, &[])).unwrap().found_in, FoundIn::None);
        let spelled = serde_json::to_value(&told).unwrap();
        assert_eq!(spelled["foundIn"], "png-text");
    }

    #[test]
    fn an_upscaled_picture_and_a_tool_s_picture_are_told_apart() {
        let upscaled = sample_png(64, 64, &[("Comment", r#"{"steps": 23, "width": 32, "height": 32}"#)]);
        let told = read(&upscaled).unwrap();
        assert_eq!(told.told_size(), Some(Size { width: 32, height: 32 }));
        assert!(
            told.warnings.len() == 1 && told.warnings[0].contains("32 × 32"),
            "{:?}",
            told.warnings
        );
        let tool = sample_png(
            64,
            64,
            &[
                ("Title", "AI augmented image"),
                ("Generation time", "11.9300s"),
                ("Comment", r#"{"req_type": "emotion", "prompt": "happy;;", "defry": 0}"#),
            ],
        );
        let told = read(&tool).unwrap();
        assert_eq!(
            (told.tool(), told.seed(), told.warnings.len()),
            (Some("emotion"), None, 0)
        );
        assert_eq!(told.generation_time.as_deref(), Some("11.9300s"));
    }

    #[test]
    fn hostile_files_are_read_quickly_or_not_at_all() {
        let whole = sample_png(64, 64, &[]);
        let bomb = [b"Comment\0\0", &deflated(&vec![b'x'; TEXT_LIMIT + 1])[..]].concat();
        let crowd_of_bombs = spliced(&whole, &chunk(b"zTXt", &bomb).repeat(5000));
        let crowd_of_chunks = spliced(&whole, &chunk(b"tEXt", b"Comment\0{").repeat(500_000));
        let long = spliced(
            &whole,
            &chunk(b"tEXt", &[&b"Comment\0"[..], &vec![b'x'; 100 << 20]].concat()),
        );
        let no_keyword = spliced(&whole, &chunk(b"iTXt", &vec![b'x'; 10 << 20]));
        let lying = {
            let mut lying = whole.clone();
            let at = lying.len() - 12;
            lying[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
            lying
        };
        let riff = |chunks: &[u8]| {
            let mut webp = sample_webp(64, 64);
            webp.extend(chunks);
            webp
        };
        let crowd_of_riff = riff(&b"JUNK\0\0\0\0".repeat(1_000_000));
        let lying_riff = riff(b"EXIF\xff\xff\xff\xffII*\0");
        let crowd_of_fields = riff(&{
            let exif = [
                &b"II*\0\x08\0\0\0\xff\xff"[..],
                &[0x0e, 1, 2, 0, 0xff, 0xff, 0, 0, 8, 0, 0, 0].repeat(65_535),
            ];
            let exif = exif.concat();
            [b"EXIF", &u32::try_from(exif.len()).unwrap().to_le_bytes()[..], &exif].concat()
        });
        for (name, bytes) in [
            ("bombs", crowd_of_bombs),
            ("chunks", crowd_of_chunks),
            ("a long text", long),
            ("no keyword", no_keyword),
            ("a wrong length", lying),
            ("a crowd in a WebP", crowd_of_riff),
            ("a wrong length in a WebP", lying_riff),
            ("a crowd of fields", crowd_of_fields),
        ] {
            let start = std::time::Instant::now();
            let told = read(&bytes).unwrap();
            assert_eq!(told.comment, None, "{name}");
            assert!(told.warnings.len() <= 9, "{name}");
            // Generous: without a bound each takes minutes.
            assert!(start.elapsed().as_secs() < 20, "{name}: {:?}", start.elapsed());
        }
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
