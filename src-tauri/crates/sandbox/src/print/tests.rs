//! The metadata read back by readers that know nothing of the writers: the `png` decoder, a bit reader and an EXIF walk
//! written from the description, and a signature check.

use std::{collections::BTreeMap, io::Read as _};

use base64::Engine as _;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};

use super::*;
use crate::raster::tests::png;

fn order(model: &str, changes: Value) -> Order {
    let caption = |text: &str| json!({ "caption": { "base_caption": text, "char_captions": [] } });
    let mut body = json!({
        "input": "night", "model": model, "action": "generate",
        "parameters": {
            "width": 128, "height": 192, "scale": 5, "sampler": "k_euler", "steps": 20, "n_samples": 2, "seed": 41,
            "cfg_rescale": 0.2, "skip_cfg_above_sigma": 58, "v4_prompt": caption("night"),
            "v4_negative_prompt": caption("lowres"), "prefer_brownian": true,
        }
    });
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    for (name, value) in changes {
        body["parameters"][name] = value;
    }
    Order::read(&body, false).unwrap()
}

fn paint(order: &Order) -> (Painting, Vec<u8>) {
    let painting = Painting::paint(order, 42, &Default::default()).unwrap();
    let file = file(order, 42, &painting);
    (painting, file)
}

struct Decoded {
    rgba: Vec<u8>,
    texts: BTreeMap<String, String>,
    width: usize,
    height: usize,
}

fn decode(file: &[u8]) -> Decoded {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgba).unwrap();
    assert_eq!(
        (info.color_type, info.bit_depth),
        (png::ColorType::Rgba, png::BitDepth::Eight)
    );
    let info = reader.info();
    let mut texts = BTreeMap::new();
    for chunk in &info.uncompressed_latin1_text {
        texts.insert(chunk.keyword.clone(), chunk.text.clone());
    }
    for chunk in &info.utf8_text {
        texts.insert(chunk.keyword.clone(), chunk.get_text().unwrap());
    }
    Decoded {
        width: info.width as usize,
        height: info.height as usize,
        texts,
        rgba,
    }
}

/// Reads the alpha channel's lowest bits as api.md 7.5 describes them.
fn hidden(picture: &Decoded) -> Option<Value> {
    let mut bits = (0..picture.width)
        .flat_map(|x| (0..picture.height).map(move |y| (x, y)))
        .map(|(x, y)| picture.rgba[(y * picture.width + x) * 4 + 3] & 1);
    let mut byte = || (0..8).try_fold(0u8, |sum, _| Some(sum << 1 | bits.next()?));
    let magic: Vec<u8> = (0..15).map_while(|_| byte()).collect();
    if magic != b"stealth_pngcomp" {
        return None;
    }
    let length = u32::from_be_bytes([byte()?, byte()?, byte()?, byte()?]) / 8;
    let packed: Vec<u8> = (0..length).map_while(|_| byte()).collect();
    assert_eq!([byte()?, byte()?, byte()?, byte()?], [255; 4], "no error correction");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn verifies(comment: &str, rgba: &[u8]) -> bool {
    let (rest, signature) = comment.split_once(", \"signed_hash\": \"").unwrap();
    let signature = signature.strip_suffix("\"}").unwrap();
    let signature = base64::engine::general_purpose::STANDARD.decode(signature).unwrap();
    let mut message: Vec<u8> = rgba.chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
    message.extend_from_slice(format!("{rest}}}").as_bytes());
    let key = VerifyingKey::from_bytes(&PUBLIC_KEY).unwrap();
    key.verify_strict(&message, &Signature::from_slice(&signature).unwrap())
        .is_ok()
}

#[test]
fn the_public_key_belongs_to_the_secret_one() {
    assert_eq!(SigningKey::from_bytes(&SEED).verifying_key().to_bytes(), PUBLIC_KEY);
}

#[test]
fn a_png_says_what_it_was_made_from() {
    let picture = decode(&paint(&order("nai-diffusion-4-5-full", json!({}))).1);
    let text = |key: &str| picture.texts[key].as_str();
    assert_eq!((picture.width, picture.height), (128, 192));
    assert_eq!(text("Title"), "AI generated image");
    assert_eq!(text("Description"), "night");
    assert_eq!(text("Software"), "NovelAI");
    assert_eq!(text("Source"), "NovelAI Diffusion V4.5 4BDE2A90");
    assert!(text("Generation time").parse::<f64>().unwrap() > 0.0);
    let comment = text("Comment");
    assert!(comment.starts_with(
        "{\"prompt\": \"night\", \"steps\": 20, \"height\": 192, \"width\": 128, \"scale\": 5.0, \"uncond_scale\": 0.0, \
         \"cfg_rescale\": 0.2, \"seed\": 42, \"n_samples\": 2, \"noise_schedule\": \"karras\""
    ));
    assert!(comment.contains("\"skip_cfg_above_sigma\": 58.0, \"skip_cfg_below_sigma\": 0.0"));
    let parsed: Value = serde_json::from_str(comment).unwrap();
    assert_eq!(parsed["uc"], "lowres");
    assert_eq!(parsed["request_type"], "PromptGenerateRequest");
    assert_eq!(parsed["v4_prompt"]["caption"]["base_caption"], "night");
    assert_eq!(parsed.as_object().unwrap().keys().next_back().unwrap(), "signed_hash");
    for absent in ["params_version", "ucPresetId", "qualityPresetId", "straight_alpha"] {
        assert!(parsed.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn v5_adds_its_own_keys_and_v3_has_no_structured_prompt() {
    let v5 = decode(
        &paint(&order(
            "nai-diffusion-5-full",
            json!({ "tag_hint_qt": 1, "straight_alpha": true }),
        ))
        .1,
    );
    let comment: Value = serde_json::from_str(&v5.texts["Comment"]).unwrap();
    assert_eq!(
        (&comment["tag_hint_qt"], &comment["straight_alpha"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(v5.texts["Source"], "NovelAI Diffusion V5 657484A5");
    let v3 = decode(&paint(&order("nai-diffusion-3", json!({ "sm": true }))).1);
    let comment: Value = serde_json::from_str(&v3.texts["Comment"]).unwrap();
    assert!(comment.get("v4_prompt").is_none() && comment["sm"] == true);
}

#[test]
fn text_beyond_latin_1_goes_into_an_international_chunk() {
    let changes = json!({ "v4_prompt": { "caption": { "base_caption": "夜, 1girl, café", "char_captions": [] } } });
    let file = paint(&order("nai-diffusion-4-5-full", changes)).1;
    let picture = decode(&file);
    assert_eq!(picture.texts["Description"], "夜, 1girl, café");
    assert!(picture.texts["Comment"].contains("\\u591c, 1girl, caf\\u00e9"));
    assert!(file.windows(4).any(|bytes| bytes == b"iTXt"));
}

#[test]
fn the_alpha_channel_holds_the_same_and_hides_it() {
    let picture = decode(&paint(&order("nai-diffusion-4-5-full", json!({}))).1);
    let envelope = hidden(&picture).unwrap();
    for key in ["Description", "Software", "Source", "Generation time", "Comment"] {
        assert_eq!(envelope[key], picture.texts[key], "{key}");
    }
    assert!(picture.rgba.chunks(4).all(|pixel| pixel[3] >= 0xfe));
    assert_eq!(picture.rgba.last(), Some(&0xff));
}

#[test]
fn a_picture_made_from_another_is_signed_and_noted_like_any() {
    let start = |model: &str, action: &str, seed: u32| {
        let caption = json!({ "caption": { "base_caption": "night", "char_captions": [] } });
        let file = |level: u8| {
            let png = png(128, 192, |x, _| [x as u8, level, 90, 0xfe | (x as u8 & 1)]);
            base64::engine::general_purpose::STANDARD.encode(png)
        };
        let body = json!({
            "input": "night", "model": model, "action": action,
            "parameters": {
                "width": 128, "height": 192, "steps": 20, "seed": seed, "image": file(7), "mask": file(255),
                "strength": 0.5, "noise": 0.1, "extra_noise_seed": 8, "v4_prompt": caption, "v4_negative_prompt": caption,
            }
        });
        Order::read(&body, false).unwrap()
    };
    for (model, action, kind) in [
        ("nai-diffusion-4-full", "img2img", "Img2ImgRequest"),
        ("nai-diffusion-4-full-inpainting", "infill", "NativeInfillingRequest"),
        ("nai-diffusion-3", "img2img", "Img2ImgRequest"),
        ("nai-diffusion-5-full", "img2img", "Img2ImgRequest"),
    ] {
        let picture = decode(&paint(&start(model, action, 42)).1);
        let comment = &picture.texts["Comment"];
        assert!(verifies(comment, &picture.rgba), "{model}");
        assert_eq!(hidden(&picture).unwrap()["Comment"], json!(comment), "{model}");
        assert!(
            comment.contains("\"strength\": 0.5, \"noise\": 0.1, \"extra_noise_seed\": 8, "),
            "{comment}"
        );
        assert!(comment.contains(&format!("\"request_type\": \"{kind}\"")), "{comment}");
    }
}

#[test]
fn a_picture_too_small_for_hidden_data_stays_opaque() {
    let small = decode(&paint(&order("nai-diffusion-4-5-full", json!({ "width": 64, "height": 64 }))).1);
    assert!(hidden(&small).is_none());
    assert!(small.rgba.chunks(4).all(|pixel| pixel[3] == 0xff));
}

#[test]
fn the_signature_holds_for_these_pixels_and_no_others() {
    let picture = decode(&paint(&order("nai-diffusion-4-5-full", json!({}))).1);
    let comment = &picture.texts["Comment"];
    assert!(verifies(comment, &picture.rgba));
    let mut other = picture.rgba.clone();
    other[0] ^= 1;
    assert!(!verifies(comment, &other));
    assert!(!verifies(
        &comment.replacen("\"steps\": 20", "\"steps\": 21", 1),
        &picture.rgba
    ));
}

#[test]
fn webp_is_lossless_and_carries_the_envelope_in_exif() {
    let order = order("nai-diffusion-5-full", json!({ "image_format": "webp" }));
    let (painting, file) = paint(&order);
    assert_eq!((&file[..4], &file[8..16]), (&b"RIFF"[..], &b"WEBPVP8X"[..]));
    assert_eq!(file[20] & 0b0001_1000, 0b0001_1000, "alpha and EXIF are announced");
    let decoded = image::load_from_memory(&file).unwrap().to_rgba8();
    let same = decoded
        .pixels()
        .zip(painting.rgba.chunks(4))
        .all(|(pixel, painted)| pixel.0[..3] == painted[..3]);
    assert!(same);
    // Chunk by chunk to EXIF, then its two directories to the comment.
    let mut at = 12;
    let exif = loop {
        let size = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        if &file[at..at + 4] == b"EXIF" {
            break &file[at + 8..at + 8 + size];
        }
        at += 8 + size + size % 2;
    };
    assert_eq!(&exif[..4], b"II*\0");
    let number = |at: usize| u32::from_le_bytes(exif[at..at + 4].try_into().unwrap()) as usize;
    let entry = |directory: usize| {
        assert_eq!(
            u16::from_le_bytes(exif[directory..directory + 2].try_into().unwrap()),
            1
        );
        let tag = u16::from_le_bytes(exif[directory + 2..directory + 4].try_into().unwrap());
        (tag, number(directory + 6), number(directory + 10))
    };
    let (tag, _, next) = entry(number(4));
    assert_eq!(tag, 0x8769);
    let (tag, length, place) = entry(next);
    assert_eq!(tag, 0x9286);
    let comment = &exif[place..place + length];
    assert_eq!(&comment[..8], b"ASCII\0\0\0");
    let envelope: Value = serde_json::from_slice(&comment[8..]).unwrap();
    assert_eq!(envelope["Source"], "NovelAI Diffusion V5 657484A5");
    assert!(verifies(envelope["Comment"].as_str().unwrap(), &decoded));
}
