//! Whether a picture is as the service made it (api.md 7.6): it signs the colours of the pixels together with the
//! settings.

use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use serde::Serialize;

use super::{Metadata, pixels};

/// What a signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// Colours and settings are as they were signed.
    Valid,
    /// They are not: the picture was changed, enlarged or made by someone else, or can't be decoded.
    Invalid,
    /// There is none.
    Absent,
}

/// The public half of a key that signs pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Of its 32 bytes; none where they are no key.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().map(Self)
    }

    /// Of its bytes as base64; none where they are no key.
    #[must_use]
    pub fn from_base64(base64: &str) -> Option<Self> {
        Self::from_bytes(&STANDARD.decode(base64.trim()).ok()?.try_into().ok()?)
    }

    /// The key of the service.
    ///
    /// # Panics
    ///
    /// Never: a test reads it.
    #[must_use]
    pub fn novelai() -> Self {
        Self::from_base64("Y2JcQAOhLwzwSDUJPNgL04nS0Tbqm7cSRc4xk0vRMic=").expect("a test reads it")
    }
}

/// That of the service.
impl Default for PublicKey {
    fn default() -> Self {
        Self::novelai()
    }
}

/// Checks the signature in the settings of a picture against its pixels, which are decoded for it, row by row.
///
/// `metadata` is what was read of the same bytes.
#[must_use]
pub fn signature(bytes: &[u8], metadata: &Metadata, key: &PublicKey) -> Signature {
    let Some(comment) = metadata.raw_comment.as_deref() else {
        return Signature::Absent;
    };
    let written = metadata.comment.as_ref().and_then(|comment| comment.get("signed_hash"));
    if written.is_none_or(serde_json::Value::is_null) {
        return Signature::Absent;
    }
    if is_signed(bytes, comment, key) == Some(true) {
        Signature::Valid
    } else {
        Signature::Invalid
    }
}

fn is_signed(bytes: &[u8], comment: &str, key: &PublicKey) -> Option<bool> {
    let (before, after, signature) = cut(comment)?;
    let signature = STANDARD.decode(signature).ok()?.try_into().ok()?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    let mut verifier = key.0.verify_stream(&signature).ok()?;
    let mut colours = Vec::new();
    pixels::each_row(bytes, |row, channels| {
        if channels == 3 {
            verifier.update(row);
        } else {
            colours.clear();
            colours.extend(row.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]));
            verifier.update(&colours);
        }
        ControlFlow::Continue(())
    })?;
    verifier.update(before);
    verifier.update(after);
    Some(verifier.finalize_and_verify().is_ok())
}

/// The settings without their signature, which is their last key: what stands before it, what behind, and itself.
fn cut(comment: &str) -> Option<(&str, &str, &str)> {
    let at = comment.rfind("\"signed_hash\"")?;
    let (before, rest) = comment.split_at(at);
    let value = rest.strip_prefix("\"signed_hash\"")?.trim_start().strip_prefix(':')?;
    let (signature, after) = value.trim_start().strip_prefix('"')?.split_once('"')?;
    let before = before.trim_end();
    let before = before.strip_suffix(',').unwrap_or(before);
    Some((before, after, signature))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::super::read;
    use super::super::stealth::tests::{hidden, message, png_of, webp_of};
    use super::*;

    const COMMENT: &str = r#"{"prompt": "1girl, sea", "steps": 23, "scale": 5.0"#;

    fn signer() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn key() -> PublicKey {
        PublicKey::from_bytes(signer().verifying_key().as_bytes()).unwrap()
    }

    /// The settings with a signature over them and these pixels.
    fn signed(pixels: &[u8]) -> String {
        let mut over: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
        over.extend(format!("{COMMENT}}}").bytes());
        let signature = STANDARD.encode(signer().sign(&over).to_bytes());
        format!(r#"{COMMENT}, "signed_hash": "{signature}"}}"#)
    }

    fn checked(bytes: &[u8], key: &PublicKey) -> Signature {
        signature(bytes, &read(bytes).unwrap(), key)
    }

    fn picture() -> (Vec<u8>, String) {
        let comment = signed(&hidden(64, 96, b""));
        let envelope = serde_json::json!({ "Comment": comment, "Software": "NovelAI" }).to_string();
        let pixels = hidden(64, 96, &message(b"stealth_pnginfo", envelope.as_bytes()));
        (pixels, comment)
    }

    #[test]
    fn the_key_of_the_service_is_one() {
        assert_eq!(PublicKey::default(), PublicKey::novelai());
        assert_eq!(PublicKey::from_base64("Y2JcQA=="), None);
    }

    #[test]
    fn a_picture_as_it_was_signed_is_valid_with_the_right_key_alone() {
        let (pixels, _) = picture();
        for file in [png_of(64, 96, &pixels, ::png::Filter::Paeth), webp_of(64, 96, &pixels)] {
            assert_eq!(checked(&file, &key()), Signature::Valid);
            assert_eq!(checked(&file, &PublicKey::novelai()), Signature::Invalid);
        }
    }

    #[test]
    fn a_changed_pixel_or_setting_is_seen() {
        let (mut pixels, comment) = picture();
        let file = png_of(64, 96, &pixels, ::png::Filter::Sub);
        let mut metadata = read(&file).unwrap();
        metadata.raw_comment = Some(comment.replace("23", "24"));
        assert_eq!(signature(&file, &metadata, &key()), Signature::Invalid);
        metadata.raw_comment = Some(comment.replace("signed_hash\": \"", "signed_hash\": \"x"));
        assert_eq!(signature(&file, &metadata, &key()), Signature::Invalid);
        pixels[1000] ^= 1;
        assert_eq!(
            checked(&png_of(64, 96, &pixels, ::png::Filter::Sub), &key()),
            Signature::Invalid
        );
    }

    #[test]
    fn settings_without_a_signature_have_none() {
        for comment in ["{}", r#"{"signed_hash": null}"#, "signed_hash"] {
            let file = crate::picture::tests::sample_png(64, 64, &[("Comment", comment)]);
            assert_eq!(checked(&file, &key()), Signature::Absent, "{comment}");
        }
        let file = crate::picture::tests::sample_png(64, 64, &[]);
        assert_eq!(checked(&file, &key()), Signature::Absent);
        let odd = crate::picture::tests::sample_png(64, 64, &[("Comment", r#"{"signed_hash": 7}"#)]);
        assert_eq!(checked(&odd, &key()), Signature::Invalid);
    }
}
