//! How many tokens a prompt has: how much of it a model reads.
//!
//! Each family of models counts in its own way (api.md 3.2, 9). CLIP's vocabulary is free and built in, so V3 is counted
//! exactly. Those of T5 (V4) and Qwen (V5) belong to the service: they are read from the files that its own page loads,
//! once somebody has fetched them, and until then a count is an estimate. Everything here is arithmetic over texts and
//! bytes; who fetches and keeps the files is not its business.

mod byte_pairs;
mod unigram;

use std::io::Read as _;
use std::sync::{Arc, LazyLock};

use instant_clip_tokenizer::Tokenizer as Clip;
use serde::Deserialize;

use crate::error::Error;
use crate::model::Model;
use crate::prompt::{Syntax, tokens};
use byte_pairs::BytePairs;
use unigram::Unigram;

/// What counts the prompts of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TokenizerKind {
    /// CLIP: V3 and before.
    Clip,
    /// T5: V4 and V4.5.
    T5,
    /// Qwen: V5.
    Qwen,
}

impl TokenizerKind {
    /// Those that come in files.
    pub const FILES: [Self; 2] = [Self::T5, Self::Qwen];

    /// The name of its file, as the service calls it; none where it is built in.
    #[must_use]
    pub const fn file_name(self) -> Option<&'static str> {
        match self {
            Self::Clip => None,
            Self::T5 => Some("t5_tokenizer.def"),
            Self::Qwen => Some("qwen35_tokenizer.def"),
        }
    }

    /// Where the service's page loads it from (api.md 9).
    #[must_use]
    pub fn address(self) -> Option<String> {
        let name = self.file_name()?;
        Some(format!(
            "https://novelai.net/tokenizer/compressed/{name}?v=2&static=true"
        ))
    }
}

/// A file, as it is sent, is not longer.
pub const LONGEST_FILE: usize = 32 * 1024 * 1024;
/// Nor is what is packed in it.
const LONGEST_CONTENT: u64 = 96 * 1024 * 1024;

/// A tokenizer out of a file.
pub struct FromFile(Inner);

enum Inner {
    Unigram(Unigram),
    BytePairs(Box<BytePairs>),
}

impl std::fmt::Debug for FromFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self.0 {
            Inner::Unigram(_) => "Unigram",
            Inner::BytePairs(_) => "BytePairs",
        })
    }
}

impl FromFile {
    /// Reads a file of the service: JSON, deflated.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] says what is wrong with it.
    pub fn read(kind: TokenizerKind, bytes: &[u8]) -> Result<Self, Error> {
        let broken = |reason: &str| Error::Malformed(format!("this is no tokenizer: {reason}"));
        if bytes.len() > LONGEST_FILE {
            return Err(broken("it is too long"));
        }
        let mut content = Vec::new();
        flate2::read::DeflateDecoder::new(bytes)
            .take(LONGEST_CONTENT + 1)
            .read_to_end(&mut content)
            .map_err(|_| broken("it can't be unpacked"))?;
        if content.len() as u64 > LONGEST_CONTENT {
            return Err(broken("it unpacks to too much"));
        }
        let inner = match kind {
            TokenizerKind::Clip => return Err(broken("CLIP's is built in")),
            TokenizerKind::T5 => Unigram::read(&content).map(Inner::Unigram),
            TokenizerKind::Qwen => BytePairs::read(&content).map(|read| Inner::BytePairs(Box::new(read))),
        };
        inner.map(Self).map_err(|reason| broken(&reason))
    }
}

/// The tokenizers that there are.
#[derive(Debug, Clone, Default)]
pub struct Tokenizers {
    t5: Option<Arc<FromFile>>,
    qwen: Option<Arc<FromFile>>,
}

impl Tokenizers {
    /// Adds one that was read.
    pub fn insert(&mut self, kind: TokenizerKind, read: FromFile) {
        match kind {
            TokenizerKind::Clip => {}
            TokenizerKind::T5 => self.t5 = Some(Arc::new(read)),
            TokenizerKind::Qwen => self.qwen = Some(Arc::new(read)),
        }
    }

    /// Whether a kind can be counted exactly.
    #[must_use]
    pub fn has(&self, kind: TokenizerKind) -> bool {
        match kind {
            TokenizerKind::Clip => true,
            TokenizerKind::T5 => self.t5.is_some(),
            TokenizerKind::Qwen => self.qwen.is_some(),
        }
    }

    /// What counts the prompts of a model.
    #[must_use]
    pub fn counter(&self, model: &Model) -> Counter<'_> {
        let file = match model.tokenizer() {
            Some(TokenizerKind::Clip) => return Counter(Way::Clip(&CLIP)),
            Some(TokenizerKind::T5) => self.t5.as_deref(),
            Some(TokenizerKind::Qwen) => self.qwen.as_deref(),
            None => None,
        };
        Counter(match file.map(|file| &file.0) {
            Some(Inner::Unigram(unigram)) => Way::Unigram(unigram),
            Some(Inner::BytePairs(pairs)) => Way::BytePairs(pairs),
            None => Way::Estimate(Syntax::of(model)),
        })
    }

    /// Builds what is built in, so that the first keystroke does not wait for it.
    pub fn warm_up() {
        LazyLock::force(&CLIP);
    }
}

static CLIP: LazyLock<Clip> = LazyLock::new(Clip::new);

/// Counts the prompts of one model.
pub struct Counter<'t>(Way<'t>);

enum Way<'t> {
    Clip(&'t Clip),
    Unigram(&'t Unigram),
    BytePairs(&'t BytePairs),
    Estimate(Syntax),
}

/// Prompts that are mixed have at most so many parts.
const PARTS: usize = 6;

impl Counter<'_> {
    /// Whether the count is that of the service.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !matches!(self.0, Way::Estimate(_))
    }

    /// The tokens of a text that stands for itself: a prompt, or that of a character. The parts that bars divide are
    /// counted one by one; CLIP has the whole of its room for each, so there the longest counts.
    #[must_use]
    pub fn whole(&self, text: &str) -> u32 {
        let parts = text
            .splitn(PARTS, '|')
            .map(|part| self.piece(part).saturating_add(self.end()));
        match self.0 {
            Way::Clip(_) => parts.max().unwrap_or(0),
            Way::Unigram(_) | Way::BytePairs(_) | Way::Estimate(_) => parts.fold(0, u32::saturating_add),
        }
    }

    /// The tokens of a piece of a text.
    #[must_use]
    pub fn piece(&self, text: &str) -> u32 {
        match self.0 {
            Way::Clip(clip) => {
                let mut tokens = Vec::new();
                clip.encode(&plain(text), &mut tokens);
                count(tokens.len())
            }
            Way::Unigram(unigram) => unigram.count(text),
            Way::BytePairs(pairs) => pairs.count(text),
            Way::Estimate(syntax) => tokens(text, syntax).saturating_sub(1),
        }
    }

    /// What marks the end of a text.
    pub(crate) fn end(&self) -> u32 {
        match self.0 {
            Way::Clip(_) | Way::BytePairs(_) => 0,
            Way::Unigram(_) | Way::Estimate(_) => 1,
        }
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A text as CLIP gets it: braces and brackets are spaces, and entities of HTML are letters, even twice over.
fn plain(text: &str) -> String {
    let mut plain = text.replace(['[', ']', '{', '}'], " ");
    for _ in 0..2 {
        if !plain.contains('&') {
            break;
        }
        for (entity, letter) in [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ] {
            plain = plain.replace(entity, letter);
        }
    }
    plain
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::model::{ModelId, Registry};

    pub(crate) fn packed(content: &str) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn model(id: &str) -> &'static Model {
        Registry::builtin().get(&ModelId(id.into())).unwrap()
    }

    #[test]
    fn v3_is_counted_exactly_by_what_is_built_in() {
        let none = Tokenizers::default();
        let clip = none.counter(model("nai-diffusion-3"));
        assert!(clip.is_exact());
        for (text, expected) in [
            ("", 0),
            ("1girl", 2),
            ("1girl, blue eyes", 5),
            ("1girl,  blue eyes\nsmile", 6),
            ("1.5::1girl, blue eyes::", 10),
            ("소녀, 파란 눈", 11),
            ("very aesthetic, masterpiece, no text", 7),
            ("nsfw, lowres, bad anatomy", 7),
            ("cat|1girl, blue eyes", 5),
            ("a &amp;lt; b", 3),
        ] {
            assert_eq!(clip.whole(text), expected, "{text}");
        }
        assert_eq!(clip.whole(&"a ".repeat(226)), 226);
        assert_eq!(clip.whole("{1girl}, [blue eyes]"), 5);
    }

    #[test]
    fn without_a_file_the_others_are_estimated() {
        let none = Tokenizers::default();
        for id in ["nai-diffusion-4-5-full", "nai-diffusion-5-full"] {
            let counter = none.counter(model(id));
            assert!(!counter.is_exact());
            assert_eq!((counter.whole(""), counter.whole("abcd")), (1, 2));
        }
    }

    #[test]
    fn with_its_file_a_model_is_counted_exactly() {
        let mut all = Tokenizers::default();
        let t5 = FromFile::read(TokenizerKind::T5, &packed(unigram::tests::FILE)).unwrap();
        all.insert(TokenizerKind::T5, t5);
        let qwen = FromFile::read(TokenizerKind::Qwen, &packed(&byte_pairs::tests::FILE)).unwrap();
        all.insert(TokenizerKind::Qwen, qwen);
        let t5 = all.counter(model("nai-diffusion-4-full"));
        assert_eq!(
            (t5.is_exact(), t5.whole(""), t5.whole("1girl"), t5.whole("1girl|1girl")),
            (true, 1, 3, 6)
        );
        let qwen = all.counter(model("nai-diffusion-5-curated"));
        assert_eq!((qwen.is_exact(), qwen.whole(""), qwen.whole("hug hug")), (true, 0, 2));
    }

    #[test]
    fn what_is_no_tokenizer_is_refused() {
        for kind in [TokenizerKind::Clip, TokenizerKind::T5, TokenizerKind::Qwen] {
            for content in [
                "",
                "{}",
                "[]",
                "7",
                "{\"model\":{\"vocab\":7}}",
                "{\"vocab\":{},\"merges\":7}",
            ] {
                assert!(FromFile::read(kind, &packed(content)).is_err(), "{kind:?} {content}");
            }
            for bytes in [&b""[..], b"<html>", &[0xff; 40]] {
                assert!(FromFile::read(kind, bytes).is_err());
            }
        }
    }
}
