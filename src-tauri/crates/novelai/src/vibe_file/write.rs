//! Vibe files, written strictly: the ids, keys and sizes that the service's own page checks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{BUNDLE_IDENTIFIER, CARRIER_KEYWORD, Encoding, IDENTIFIER, ThumbnailFormat, UNKNOWN, VibeFile};
use crate::payload::{Refusal, javascript};
use crate::picture;
use crate::png::{SIGNATURE, chunk};
use crate::request::Size;

/// The longest side of a thumbnail.
const THUMBNAIL_SIDE: u32 = 256;

/// A `.naiv4vibe`.
///
/// # Errors
///
/// A [`Refusal`] names what is missing or wrong.
pub fn write(vibe: &VibeFile) -> Result<String, Refusal> {
    Ok(pretty(&value(vibe)?))
}

/// A `.naiv4vibebundle`. Each vibe needs the settings that it is used with.
///
/// # Errors
///
/// As [`write`].
pub fn write_bundle(vibes: &[VibeFile]) -> Result<String, Refusal> {
    Ok(pretty(&bundle(vibes)?))
}

/// A PNG that carries a bundle: `png`, whose pixels stay as they are, with one text more.
///
/// # Errors
///
/// As [`write`], and where `png` is no whole PNG.
pub fn write_carrier(png: &[u8], vibes: &[VibeFile]) -> Result<Vec<u8>, Refusal> {
    let whole = picture::whole(png).ok().filter(|_| png.starts_with(&SIGNATURE));
    let Some(whole) = whole else {
        return Err(refuse("The picture that is to carry the vibes is no whole PNG."));
    };
    let mut data = CARRIER_KEYWORD.as_bytes().to_vec();
    data.push(0);
    data.extend(STANDARD.encode(bundle(vibes)?.to_string()).bytes());
    // Behind the header, before everything else.
    let (header, rest) = png[..whole.length].split_at(SIGNATURE.len() + 25);
    Ok([header, &chunk(b"tEXt", &data), rest].concat())
}

/// The key of an encoding by what it was made with (api.md 8.1).
#[must_use]
pub fn params_hash(extraction: f64, mask: Option<&str>) -> String {
    let mut params = format!("information_extracted:{}", javascript(extraction));
    if let Some(mask) = mask {
        params.push_str(",mask:");
        params.push_str(mask);
    }
    hex(params.as_bytes())
}

/// The id of a vibe: that of its picture, or else of its first encoding.
pub(super) fn id_of(vibe: &VibeFile) -> Option<String> {
    let encoded = vibe.encodings.first().map(|encoding| &encoding.bytes);
    let bytes = vibe.image.as_ref().or(encoded)?;
    Some(hex(STANDARD.encode(bytes).as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refuse(message: &str) -> Refusal {
    Refusal::new("vibe", message)
}

/// Two spaces a level.
fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn bundle(vibes: &[VibeFile]) -> Result<Value, Refusal> {
    if vibes.is_empty() {
        return Err(refuse("A bundle needs a vibe."));
    }
    if vibes.iter().any(|vibe| vibe.import.is_none()) {
        return Err(refuse("A vibe of a bundle needs the settings that it is used with."));
    }
    let vibes: Vec<Value> = vibes.iter().map(value).collect::<Result<_, _>>()?;
    Ok(json!({ "identifier": BUNDLE_IDENTIFIER, "version": 1, "vibes": vibes }))
}

fn value(vibe: &VibeFile) -> Result<Value, Refusal> {
    let id = id_of(vibe).ok_or_else(|| refuse("A vibe needs a picture or an encoding."))?;
    let created_at = vibe.created_at.as_deref().filter(|date| is_date(date));
    let created_at = created_at.ok_or_else(|| refuse("A vibe needs the date when it was made, in UTC."))?;
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("identifier", json!(IDENTIFIER));
    put("version", json!(1));
    put("type", json!(if vibe.image.is_some() { "image" } else { "encoding" }));
    if let Some(image) = &vibe.image {
        if picture::format(image).is_none() {
            return Err(refuse("The picture of a vibe must be PNG or WebP."));
        }
        put("image", json!(STANDARD.encode(image)));
    }
    put("id", json!(id));
    put("encodings", encodings(&vibe.encodings, vibe.image.is_some())?);
    let short = format!("{}-{}", &id[..6], &id[id.len() - 6..]);
    put("name", json!(vibe.name.as_deref().unwrap_or(&short)));
    if let Some(thumbnail) = &vibe.thumbnail {
        let small = thumbnail_size(thumbnail.format, &thumbnail.bytes)
            .is_some_and(|size| size.width.max(size.height) <= THUMBNAIL_SIDE);
        if !small || ThumbnailFormat::of(&thumbnail.bytes) != Some(thumbnail.format) {
            return Err(refuse("The thumbnail of a vibe has at most 256 pixels a side."));
        }
        let media_type = thumbnail.format.media_type();
        let data = STANDARD.encode(&thumbnail.bytes);
        put("thumbnail", json!(format!("data:{media_type};base64,{data}")));
    }
    put("createdAt", json!(created_at));
    if let Some(import) = &vibe.import {
        check_extraction(import.extraction)?;
        if !import.strength.is_finite() {
            return Err(refuse("The strength of a vibe must be a number."));
        }
        put(
            "importInfo",
            json!({
                "model": import.model,
                "information_extracted": javascript(import.extraction),
                "strength": javascript(import.strength),
            }),
        );
    }
    Ok(Value::Object(fields))
}

fn check_extraction(extraction: f64) -> Result<(), Refusal> {
    if (0.01..=1.0).contains(&extraction) {
        Ok(())
    } else {
        Err(refuse("Information Extracted must be from 0.01 to 1."))
    }
}

fn encodings(encodings: &[Encoding], has_image: bool) -> Result<Value, Refusal> {
    let mut models = Map::new();
    for encoding in encodings {
        if encoding.model_key.is_empty() || encoding.bytes.is_empty() {
            return Err(refuse("An encoding needs bytes, and the key of its models."));
        }
        let mut params = Map::new();
        if let Some(extraction) = encoding.extraction {
            check_extraction(extraction)?;
            params.insert("information_extracted".into(), javascript(extraction));
        }
        if let Some(mask) = &encoding.mask {
            params.insert("mask".into(), json!(mask));
        }
        // Without the picture, nobody can make the encoding again: then its parameters say nothing.
        let key = match encoding.extraction.filter(|_| has_image) {
            Some(extraction) => params_hash(extraction, encoding.mask.as_deref()),
            None => UNKNOWN.to_owned(),
        };
        let entry = json!({ "encoding": STANDARD.encode(&encoding.bytes), "params": params });
        let entries = models.entry(&encoding.model_key).or_insert_with(|| json!({}));
        let taken = entries.as_object_mut().and_then(|entries| entries.insert(key, entry));
        if taken.is_some() {
            return Err(refuse("Two encodings of a vibe are for the same models and settings."));
        }
    }
    Ok(Value::Object(models))
}

/// Whether this is a date as the page writes it, such as `2026-10-02T10:00:00.000Z`.
fn is_date(text: &str) -> bool {
    const FORM: &[u8] = b"0000-00-00T00:00:00.000Z";
    text.len() == FORM.len()
        && text.bytes().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        })
}

fn thumbnail_size(format: ThumbnailFormat, bytes: &[u8]) -> Option<Size> {
    match format {
        ThumbnailFormat::Jpeg => jpeg_size(bytes),
        ThumbnailFormat::Png | ThumbnailFormat::Webp => picture::size(bytes).ok(),
    }
}

/// The size in the frame header of a JPEG.
fn jpeg_size(bytes: &[u8]) -> Option<Size> {
    let mut at = 2;
    loop {
        let head = bytes.get(at..at + 9)?;
        let [0xff, kind] = head[..2] else { return None };
        let half = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        match kind {
            // Padding before a marker.
            0xff => at += 1,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some(Size {
                    width: half(7).into(),
                    height: half(5).into(),
                });
            }
            _ => at += 2 + usize::from(half(2)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Import, Thumbnail, read};
    use super::*;
    use crate::model::{ModelId, Registry};
    use crate::picture::tests::sample_png;
    use crate::testing::{V5_FULL, V45_FULL};

    fn vibe() -> VibeFile {
        let thumbnail = sample_png(256, 200, &[]);
        VibeFile {
            image: Some(sample_png(64, 64, &[]).into()),
            encodings: vec![
                Encoding {
                    model_key: "v4-5full".into(),
                    extraction: Some(0.7),
                    mask: None,
                    bytes: b"encoded".as_slice().into(),
                },
                Encoding {
                    model_key: "v4-5full".into(),
                    extraction: Some(1.0),
                    mask: None,
                    bytes: b"otherwise".as_slice().into(),
                },
            ],
            name: Some("mood".into()),
            thumbnail: Some(Thumbnail {
                format: ThumbnailFormat::Png,
                bytes: thumbnail.into(),
            }),
            created_at: Some("2026-10-02T10:00:00.000Z".into()),
            import: Some(Import {
                model: V45_FULL.into(),
                extraction: 1.0,
                strength: 0.6,
            }),
        }
    }

    #[test]
    fn parameters_have_the_keys_of_the_page() {
        for (extraction, hash) in [
            (1.0, "b36a8472fe418d9f80d6bb1c54e3a6e62c62936aa7bf31dae2bcf7e929f6430f"),
            (0.7, "d372c4a472b7a68c80b56a646c3a98ac2eaf3c7bf9c97a6f38fc7a78f1020ced"),
            (0.6, "57b652063aa75243dd6d197291f7795f9dbb07264b96928426a6e8bd5d3ccb83"),
        ] {
            assert_eq!(params_hash(extraction, None), hash);
        }
        assert_ne!(params_hash(1.0, Some("x")), params_hash(1.0, None));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let vibe = vibe();
        let text = write(&vibe).unwrap();
        assert!(
            text.starts_with("{\n  \"identifier\": \"novelai-vibe-transfer\",\n  \"version\": 1,"),
            "{text}"
        );
        assert!(text.contains("\"information_extracted\": 1,"), "{text}");
        let again = read(text.as_bytes()).unwrap();
        assert_eq!((again.vibes, again.warnings), (vec![vibe.clone()], Vec::new()));

        let bundle = write_bundle(&[vibe.clone(), vibe.clone()]).unwrap();
        assert_eq!(read(bundle.as_bytes()).unwrap().vibes, [vibe.clone(), vibe.clone()]);

        let png = sample_png(300, 200, &[("Title", "carrier")]);
        let carrier = write_carrier(&png, std::slice::from_ref(&vibe)).unwrap();
        assert_eq!(picture::whole(&carrier).unwrap().length, carrier.len());
        assert_eq!(read(&carrier).unwrap().vibes, [vibe]);
        assert_eq!(
            write_carrier(&png[..50], &[super::tests::vibe()]).unwrap_err().field,
            "vibe"
        );
    }

    #[test]
    fn an_encoding_alone_has_its_own_id_and_no_key() {
        let mut vibe = vibe();
        vibe.image = None;
        vibe.name = None;
        vibe.encodings.truncate(1);
        let value: Value = serde_json::from_str(&write(&vibe).unwrap()).unwrap();
        let id = hex(STANDARD.encode(b"encoded").as_bytes());
        assert_eq!(
            (value["type"].as_str(), value["id"].as_str()),
            (Some("encoding"), Some(id.as_str()))
        );
        assert!(value["encodings"]["v4-5full"]["unknown"]["encoding"].is_string());
        assert_eq!(value["name"], format!("{}-{}", &id[..6], &id[58..]));
        let again = read(write(&vibe).unwrap().as_bytes()).unwrap();
        assert_eq!(again.warnings, [""; 0]);
        assert_eq!(again.vibes[0].encodings, vibe.encodings);
    }

    #[test]
    fn the_right_encoding_is_found() {
        let model = |id: &str| Registry::builtin().get(&ModelId(id.into())).unwrap();
        let vibe = vibe();
        let found = |extraction: f64| {
            let encoding = vibe.encoding_for(model(V45_FULL), extraction);
            encoding.map(|encoding| encoding.bytes.clone())
        };
        assert_eq!(found(0.7).unwrap(), b"encoded".as_slice());
        assert_eq!(found(1.0).unwrap(), b"otherwise".as_slice());
        assert_eq!(found(0.5), None);
        assert_eq!(vibe.encoding_for(model(V5_FULL), 1.0), None);
        assert_eq!(vibe.encoding_for(model("nai-diffusion-4-full"), 1.0), None);
    }

    #[test]
    fn what_the_page_would_not_take_is_refused() {
        let refused = |change: &dyn Fn(&mut VibeFile)| {
            let mut vibe = vibe();
            change(&mut vibe);
            write(&vibe).is_err()
        };
        assert!(!refused(&|_| {}));
        assert!(refused(&|vibe| vibe.created_at = None));
        assert!(refused(&|vibe| vibe.created_at = Some("yesterday".into())));
        assert!(refused(&|vibe| vibe.image = Some(b"GIF89a".as_slice().into())));
        assert!(refused(&|vibe| vibe.encodings[0].extraction = Some(0.0)));
        assert!(refused(&|vibe| vibe.encodings[0].extraction = Some(1.0)));
        assert!(refused(&|vibe| vibe.encodings[0].bytes = bytes::Bytes::new()));
        let large = |side: u32| Thumbnail {
            format: ThumbnailFormat::Png,
            bytes: sample_png(side, 1, &[]).into(),
        };
        assert!(refused(&|vibe| vibe.thumbnail = Some(large(257))));
        assert!(write_bundle(&[]).is_err());
        let mut bare = vibe();
        bare.import = None;
        assert!(write_bundle(&[bare]).is_err());
        assert!(write(&VibeFile::default()).is_err());
    }

    #[test]
    fn a_jpeg_tells_its_size() {
        let jpeg = [
            &b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\0\x64\0\xc8\x03"[..],
            &[0; 8],
        ];
        let size = jpeg_size(&jpeg.concat());
        assert_eq!(
            size,
            Some(Size {
                width: 200,
                height: 100
            })
        );
        assert_eq!(jpeg_size(b"\xff\xd8\xff\xe0\0\0"), None);
    }
}
