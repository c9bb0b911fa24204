//! Sound inputs for the targets, made by our own writers: what is nearly right goes deepest into a parser.

use std::io::{Cursor, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::model::Registry;
use crate::payload;
use crate::png::chunk;
use crate::request::{Character, GenerateRequest, Position};
use crate::vibe_file::{self, Encoding, Import, VibeFile};

const SIDE: u32 = 48;
const WRITES: &str = "a Vec takes everything";

/// Pixels with a message in the lowest bits of their alpha.
fn pixels(message: &[u8]) -> Vec<u8> {
    let side = SIDE as usize;
    let mut rgba: Vec<u8> = (0..side * side)
        .flat_map(|at| [at as u8, (at / 7) as u8, 90, 255])
        .collect();
    for bit in (0..message.len() * 8).take(side * side) {
        let (x, y) = (bit / side, bit % side);
        rgba[(y * side + x) * 4 + 3] = 0xfe | (message[bit / 8] >> (7 - bit % 8) & 1);
    }
    rgba
}

/// A PNG with further chunks behind its header.
fn picture(message: &[u8], chunks: &[u8]) -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgba);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels(message)));
    written.expect(WRITES);
    let (header, rest) = png.split_at(33);
    [header, chunks, rest].concat()
}

fn webp(message: &[u8], exif: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    image_webp::WebPEncoder::new(&mut plain)
        .encode(&pixels(message), SIDE, SIDE, image_webp::ColorType::Rgba8)
        .expect(WRITES);
    let mut webp = plain;
    if !exif.is_empty() {
        let length = u32::try_from(exif.len()).expect("seeds are small");
        webp.extend_from_slice(b"EXIF");
        webp.extend(length.to_le_bytes());
        webp.extend_from_slice(exif);
        webp.extend(std::iter::repeat_n(0, exif.len() % 2));
    }
    let inside = u32::try_from(webp.len() - 8).expect("seeds are small");
    webp[4..8].copy_from_slice(&inside.to_le_bytes());
    webp
}

fn packed(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(text.as_bytes()).expect(WRITES);
    gzip.finish().expect(WRITES)
}

fn hidden(magic: &[u8], data: &[u8]) -> Vec<u8> {
    let bits = u32::try_from(data.len() * 8).expect("seeds are small");
    [magic, &bits.to_be_bytes()[..], data, &[0xff; 4]].concat()
}

fn comment() -> String {
    let signature = STANDARD.encode([7; 64]);
    format!(r#"{{"prompt": "sea", "steps": 23, "seed": 7, "signed_hash": "{signature}"}}"#)
}

fn envelope() -> String {
    json!({ "Comment": comment(), "Source": "NovelAI Diffusion V4.5 4BDE2A90", "Software": "NovelAI" }).to_string()
}

/// EXIF with a user comment in its second directory.
fn exif_block(text: &str) -> Vec<u8> {
    let comment = [b"ASCII\0\0\0", text.as_bytes()].concat();
    let length = u32::try_from(comment.len()).expect("seeds are small");
    let mut block = b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0\x01\0\x86\x92\x07\0".to_vec();
    block.extend(length.to_le_bytes());
    block.extend(44_u32.to_le_bytes());
    block.extend([0; 4]);
    block.extend(comment);
    block
}

fn archive(method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..2 {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(format!("image_{index}.png"), options).expect(WRITES);
        writer.write_all(&picture(b"", b"")).expect(WRITES);
    }
    writer.finish().expect(WRITES).into_inner()
}

#[derive(serde::Serialize)]
struct Frame<'a> {
    event_type: &'a str,
    samp_ix: u32,
    step_ix: u32,
    sigma: f64,
    #[serde(with = "serde_bytes")]
    image: &'a [u8],
}

fn stream() -> Vec<u8> {
    let mut stream = Vec::new();
    for (event_type, image) in [("intermediate", &b"\xff\xd8\xff"[..]), ("final", &picture(b"", b""))] {
        let frame = Frame {
            event_type,
            samp_ix: 0,
            step_ix: 3,
            sigma: 20_000.0,
            image,
        };
        let frame = rmp_serde::to_vec_named(&frame).expect(WRITES);
        stream.extend(u32::try_from(frame.len()).expect("seeds are small").to_be_bytes());
        stream.extend(frame);
    }
    stream
}

fn events() -> Vec<u8> {
    let image = STANDARD.encode(picture(b"", b""));
    let data = json!({ "event_type": "final", "samp_ix": 0, "gen_id": "x", "image": image });
    let preview = json!({ "event_type": "intermediate", "samp_ix": 0, "step_ix": 1, "sigma": 1.5, "image": "/9j/" });
    format!(": hello\nevent: intermediate\ndata: {preview}\n\nevent: final\r\ndata: {data}\r\n\r\n").into_bytes()
}

pub(super) fn replies() -> Vec<Vec<u8>> {
    let image = STANDARD.encode(picture(b"", b""));
    let json = json!({ "images": [{ "image": image, "index": 0, "seed": 7 }] });
    vec![
        archive(CompressionMethod::Deflated),
        archive(CompressionMethod::Stored),
        json.to_string().into_bytes(),
        stream(),
        events(),
        webp(b"", b""),
    ]
}

pub(super) fn frames() -> Vec<Vec<u8>> {
    vec![[&[255], &stream()[..]].concat(), [&[3], &stream()[..]].concat()]
}

pub(super) fn records() -> Vec<Vec<u8>> {
    vec![[&[255], &events()[..]].concat(), [&[3], &events()[..]].concat()]
}

pub(super) fn pngs() -> Vec<Vec<u8>> {
    let comment = comment();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(comment.as_bytes()).expect(WRITES);
    let zlib = zlib.finish().expect(WRITES);
    let texts = [
        chunk(b"tEXt", &[b"Comment\0", comment.as_bytes()].concat()),
        chunk(b"zTXt", &[b"Comment\0\0", &zlib[..]].concat()),
        chunk(b"iTXt", &[b"Comment\0\x01\0en\0\0", &zlib[..]].concat()),
        chunk(b"eXIf", &exif_block(&envelope())),
    ];
    texts.iter().map(|text| picture(b"", text)).collect()
}

pub(super) fn stealth() -> Vec<Vec<u8>> {
    let message = hidden(b"stealth_pngcomp", &packed(&envelope()));
    let plain = hidden(b"stealth_pnginfo", br#"{"Comment": "{\"seed\": 7}"}"#);
    vec![
        picture(&message, b""),
        webp(&message, b""),
        [&[40, 60], &message[..]].concat(),
        [&[0, 255], &plain[..]].concat(),
    ]
}

pub(super) fn exif() -> Vec<Vec<u8>> {
    let block = exif_block(&envelope());
    vec![webp(b"", &block), block]
}

pub(super) fn vibes() -> Vec<Vec<u8>> {
    let vibe = VibeFile {
        image: Some(picture(b"", b"").into()),
        encodings: vec![Encoding {
            model_key: "v4-5full".into(),
            extraction: Some(0.7),
            mask: None,
            bytes: vec![7; 300].into(),
        }],
        created_at: Some("2026-10-02T10:00:00.000Z".into()),
        import: Some(Import {
            model: "nai-diffusion-4-5-full".into(),
            extraction: 0.7,
            strength: 0.6,
        }),
        ..VibeFile::default()
    };
    let vibes = [vibe];
    let written = [
        vibe_file::write(&vibes[0]).map(String::into_bytes),
        vibe_file::write_bundle(&vibes).map(String::into_bytes),
        vibe_file::write_carrier(&picture(b"", b""), &vibes),
    ];
    written.into_iter().flatten().collect()
}

pub(super) fn prompts() -> Vec<Vec<u8>> {
    [
        "1girl, {{sea}}, [sky], 1.5::waves, foam ::, -1::rain::",
        "fur dataset, ||red|blue|| hair | cat:0.6|dog:0.4, Text: Hello",
        "“海” 'it's', transparent background, very aesthetic, masterpiece, no text, teXt: 海",
        "nsfw, lowres, artistic error, -2::upscaled, blurry::,",
    ]
    .iter()
    .map(|prompt| prompt.as_bytes().to_vec())
    .collect()
}

pub(super) fn settings() -> Vec<Vec<u8>> {
    let registry = Registry::builtin();
    let bodies = registry.models().iter().step_by(3).filter_map(|model| {
        let mut request = GenerateRequest::new(model);
        request.sampling.seed = Some(7);
        request.prompt.text = "sea".into();
        if model.max_characters > 1 {
            let character = |x: f64| Character {
                prompt: "girl".into(),
                undesired: String::new(),
                position: Some(Position { x, y: 0.5 }),
                enabled: true,
                name: String::new(),
            };
            request.characters = vec![character(0.3), character(0.7)];
        }
        let mut body = payload::build(&request, registry).ok()?;
        body["parameters"]["reference_image_multiple"] = json!(["b25l"]);
        body["parameters"]["reference_strength_multiple"] = json!([0.6]);
        Some(body)
    });
    let bodies: Vec<Value> = bodies.collect();
    let comments = bodies.iter().map(|body| &body["parameters"]);
    comments
        .chain(&bodies)
        .map(|value| value.to_string().into_bytes())
        .collect()
}

pub(super) fn errors() -> Vec<Vec<u8>> {
    [
        r#"{"statusCode":429,"message":"Concurrent generation is locked"}"#,
        r#"{"error":{"message":["a","b"],"details":{"invalidKeys":["x"]}}}"#,
        "<!DOCTYPE html><html><head><title>502 Bad&nbsp;Gateway</title></head><body>nginx</body></html>",
        "pst-AbCdEf0123456789 eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "120",
        "Sun, 22 Nov 2026 23:28:56 GMT",
    ]
    .iter()
    .map(|body| body.as_bytes().to_vec())
    .collect()
}

/// What no stripped file may contain.
const SECRET: &str = "silver hair, night city";

/// Whether it does, in letters of one byte or of two. What a JPEG divides its colours by may be any numbers: where damage has
/// put letters into such a table, nobody can tell them from it.
pub(super) fn tells(bytes: &[u8]) -> bool {
    let bytes = if bytes.starts_with(&[0xff, 0xd8]) {
        &without_divisors(bytes)
    } else {
        bytes
    };
    let wide: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [SECRET.as_bytes(), &wide]
        .iter()
        .any(|text| bytes.windows(text.len()).any(|window| window == *text))
}

/// A JPEG with zeros in the place of its quantization tables.
fn without_divisors(jpeg: &[u8]) -> Vec<u8> {
    let mut zeroed = jpeg.to_vec();
    for (at, segment) in jpeg.windows(4).enumerate() {
        if let [0xff, 0xdb, high, low] = *segment {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let end = (at + 2 + length).min(jpeg.len());
            zeroed[(at + 4).min(end)..end].fill(0);
        }
    }
    zeroed
}

/// A picture that tells nothing.
pub(super) fn plain() -> Vec<u8> {
    picture(b"", b"")
}

/// Pictures with every kind of trace.
pub(super) fn traced() -> Vec<Vec<u8>> {
    let told = json!({ "Comment": format!("{{\"prompt\": \"{SECRET}\"}}") }).to_string();
    let message = hidden(b"stealth_pnginfo", told.as_bytes());
    let block = exif_block(&told);
    let texts = [
        chunk(b"tEXt", &[b"Comment\0", SECRET.as_bytes()].concat()),
        chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", SECRET.as_bytes()].concat()),
        chunk(b"eXIf", &block),
        chunk(b"prIv", SECRET.as_bytes()),
    ]
    .concat();
    let mut jpeg = Vec::new();
    jpeg_of(&mut jpeg);
    let segment = |marker: u8, data: &[u8]| {
        let length = u16::try_from(data.len() + 2).expect("seeds are small").to_be_bytes();
        [&[0xff, marker], &length[..], data].concat()
    };
    let segments = [
        segment(0xfe, SECRET.as_bytes()),
        segment(0xe1, &[b"Exif\0\0", &block[..]].concat()),
        segment(0xed, SECRET.as_bytes()),
    ]
    .concat();
    vec![
        [&picture(&message, &texts)[..], SECRET.as_bytes()].concat(),
        picture(&message, b""),
        webp(&message, &block),
        [&jpeg[..2], &segments, &jpeg[2..], SECRET.as_bytes()].concat(),
    ]
}

fn jpeg_of(into: &mut Vec<u8>) {
    let pixels: Vec<u8> = pixels(b"")
        .chunks_exact(4)
        .flat_map(|pixel| pixel[..3].to_vec())
        .collect();
    image::codecs::jpeg::JpegEncoder::new(into)
        .encode(&pixels, SIDE, SIDE, image::ExtendedColorType::Rgb8)
        .expect(WRITES);
}

pub(super) fn foreign() -> Vec<Vec<u8>> {
    let parameters = "(sea:1.2), [sky], <lora:x:1>\nNegative prompt: hat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x768, Lora hashes: \"a: b\"";
    let graph = json!({
        "3": { "class_type": "KSampler", "inputs": { "seed": 5, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "karras",
            "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0], "model": ["4", 0] } },
        "4": { "class_type": "CheckpointLoaderSimple", "inputs": { "ckpt_name": "x" } },
        "5": { "class_type": "EmptyLatentImage", "inputs": { "width": 512, "height": 768 } },
        "6": { "class_type": "CLIPTextEncode", "inputs": { "text": "sea" } },
        "7": { "class_type": "CLIPTextEncode", "inputs": { "text": "hat" } }
    });
    vec![parameters.into(), graph.to_string().into_bytes()]
}
