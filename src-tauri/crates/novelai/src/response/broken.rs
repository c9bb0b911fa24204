//! Broken replies, all of them seen somewhere or easily imagined: each is a named error, or no worse than what could be
//! salvaged of it. The bytes stay with the caller.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::archive::tests::{stored, streamed_zip, zipped};
use super::*;
use crate::picture::tests::{sample_png, sample_webp};
use crate::stream::tests::{failed, finished, preview};

/// A reply, what its error says, and how many pictures can be had of it all the same.
type Case = (&'static str, Vec<u8>, &'static str, usize);

fn png() -> Vec<u8> {
    sample_png(64, 64, &[("Software", "NovelAI")])
}

fn cut(mut body: Vec<u8>, by: usize) -> Vec<u8> {
    body.truncate(body.len() - by);
    body
}

fn at(body: &[u8], mark: &[u8]) -> usize {
    body.windows(mark.len()).position(|window| window == mark).unwrap()
}

/// The body with other bytes at a place.
fn with(mut body: Vec<u8>, place: usize, bytes: &[u8]) -> Vec<u8> {
    body[place..place + bytes.len()].copy_from_slice(bytes);
    body
}

/// Long bodies are packed, short ones are only wrapped.
fn gzipped(body: &[u8]) -> Vec<u8> {
    let level = if body.len() > 100_000 {
        Compression::fast()
    } else {
        Compression::none()
    };
    let mut writer = GzEncoder::new(Vec::new(), level);
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

fn record(image: &str) -> String {
    format!("event: final\ndata: {{\"samp_ix\":0,\"image\":\"{image}\"}}\n\n")
}

fn archives() -> Vec<Case> {
    let pair = || stored(&[png(), png()]);
    let directory = at(&pair(), b"PK\x01\x02");
    let second = pair().windows(4).rposition(|window| window == b"PK\x03\x04").unwrap();
    let end = at(&pair(), b"PK\x05\x06");
    let bomb = zipped(&[vec![0; usize::try_from(PICTURE_LIMIT).unwrap() + 1]]);
    let mut many = [png()].to_vec();
    many.resize(COUNT_LIMIT + 1, Vec::new());
    let unknown = stored(&[png()]);
    let method = at(&unknown, b"PK\x01\x02") + 10;
    // An entry that says in ZIP64 that it has four exabytes.
    let mut zip64 = pair();
    zip64[directory + 20..directory + 28].fill(0xff);
    // An end that points beyond the file.
    let astray = with(pair(), end + 16, &u32::MAX.to_le_bytes());
    let crowded = with(pair(), end + 8, &[0xff; 4]);
    vec![
        ("a ZIP without its last byte", cut(pair(), 1), "archive", 2),
        ("a ZIP without its end", pair()[..end].to_vec(), "archive", 2),
        (
            "a ZIP without its directory",
            pair()[..directory].to_vec(),
            "archive",
            2,
        ),
        (
            "a ZIP cut in the second picture",
            pair()[..second + 60].to_vec(),
            "archive",
            1,
        ),
        ("a ZIP cut in the first picture", pair()[..90].to_vec(), "archive", 0),
        ("a ZIP cut in its first head", pair()[..20].to_vec(), "archive", 0),
        (
            "a packed ZIP cut in its directory",
            cut(zipped(&[png()]), 30),
            "archive",
            1,
        ),
        (
            "a ZIP of a stream, cut",
            cut(streamed_zip(&[png(), png()]), 40),
            "archive",
            2,
        ),
        (
            "a ZIP with a wrong sum in its directory",
            with(pair(), directory + 16, b"xxxx"),
            "entry",
            2,
        ),
        (
            "a ZIP with a flipped byte in a picture",
            with(pair(), 100, b"\xff\xff\xff"),
            "entry",
            1,
        ),
        (
            "a ZIP without entries",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(),
            "no picture",
            0,
        ),
        (
            "a ZIP with a text",
            zipped(&[b"out of memory".to_vec()]),
            "no picture",
            0,
        ),
        ("a ZIP within a ZIP", stored(&[stored(&[png()])]), "no picture", 1),
        ("a ZIP with too many entries", stored(&many), "too many", 1),
        ("a ZIP bomb", bomb, "more than any picture", 0),
        ("a ZIP that lies in ZIP64", zip64, "archive", 2),
        ("a ZIP whose end points astray", astray, "archive", 2),
        ("a ZIP that claims 65,535 entries", crowded, "archive", 2),
        (
            "a ZIP with an unknown packing",
            with(unknown, method, &[99]),
            "entry",
            1,
        ),
        (
            "a ZIP with a cut picture",
            stored(&[cut(png(), 5), png()]),
            "cut or damaged",
            1,
        ),
        ("two bytes that begin a ZIP", b"PK".to_vec(), "archive", 0),
    ]
}

fn pictures_alone() -> Vec<Case> {
    let huge = with(png(), 16, &100_000_u32.to_be_bytes());
    let webp = sample_webp(64, 64);
    vec![
        ("a PNG cut in its pixels", cut(png(), 30), "cut or damaged", 0),
        ("a PNG without its last byte", cut(png(), 1), "cut or damaged", 0),
        ("a PNG of a head alone", png()[..8].to_vec(), "header", 0),
        ("a PNG with a wrong sum", with(png(), 29, b"xxxx"), "cut or damaged", 0),
        (
            "a PNG with a chunk of 4 GiB",
            with(png(), 33, &[0xff; 4]),
            "cut or damaged",
            0,
        ),
        ("a PNG of 100,000 pixels across", huge, "larger than any", 0),
        ("a PNG without pixels", with(png(), 16, &[0; 4]), "no pixels", 0),
        (
            "a RIFF that claims 4 GiB",
            with(webp.clone(), 4, &[0xff; 4]),
            "cut or damaged",
            0,
        ),
        (
            "a RIFF whose chunk is longer than it",
            with(webp.clone(), 16, &[0xff; 4]),
            "cut or damaged",
            0,
        ),
        ("a WebP cut", cut(webp, 1), "cut or damaged", 0),
        (
            "a JPEG",
            b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(),
            "nothing that is known",
            0,
        ),
    ]
}

fn texts() -> Vec<Case> {
    let base64 = STANDARD.encode(png());
    let images = |image: &str| format!(r#"{{"images":[{{"image":"{image}","index":0}}]}}"#).into_bytes();
    let mut noisy = br#"{"statusCode":400,"message":"model doesn't support action infill"}"#.to_vec();
    noisy.extend(stored(&[png()]));
    vec![
        ("nothing", Vec::new(), "empty", 0),
        ("white space", b" \r\n ".to_vec(), "empty", 0),
        (
            "a page with status 200",
            b"<!DOCTYPE html><title>Just a moment...</title>".to_vec(),
            "Just a moment",
            0,
        ),
        (
            "a message",
            br#"{"statusCode":500,"message":"Internal Server Error"}"#.to_vec(),
            "Internal Server",
            0,
        ),
        ("a message before an archive", noisy, "nothing that is known", 1),
        ("JSON without pictures", br#"{"images":[]}"#.to_vec(), "no picture", 0),
        ("JSON with wrong base64", images("iVBORw0KGgo!!!"), "base64", 0),
        ("JSON with cut base64", images(&base64[..base64.len() - 3]), "base64", 0),
        (
            "JSON with base64 of a cut picture",
            images(&base64[..base64.len() / 8 * 4]),
            "cut or damaged",
            0,
        ),
        (
            "JSON that breaks off behind a picture",
            cut(images(&base64), 4),
            "instead of a picture",
            1,
        ),
        (
            "JSON with a number for a picture",
            br#"{"images":[{"image":7}]}"#.to_vec(),
            "nothing that is known",
            0,
        ),
        (
            "JSON that nests without end",
            b"[".repeat(100_000),
            "instead of a picture",
            0,
        ),
        ("zeros", vec![0; 100_000], "nothing that is known", 0),
    ]
}

fn streams() -> Vec<Case> {
    let base64 = STANDARD.encode(png());
    let frame = |map: &[u8]| [&u32::try_from(map.len()).unwrap().to_be_bytes()[..], map].concat();
    let behind = |head: Vec<u8>| [head, finished(1, &png())].concat();
    let before = |tail: &[u8]| [&finished(0, &png())[..], tail].concat();
    // A picture that claims 4 GiB within its map, and one with a negative number for its place.
    let lying = frame(b"\x82\xaaevent_type\xa5final\xa5image\xc6\xff\xff\xff\xff");
    let negative = frame(b"\x83\xaaevent_type\xa5final\xa7samp_ix\xff\xa5image\xc4\x01x");
    let deep = frame(&[&b"\x81\xa1x"[..], &[0x91; 5000]].concat());
    vec![
        (
            "a stream of previews alone",
            preview(0, 3, b"\xff\xd8\xff"),
            "before a picture",
            0,
        ),
        (
            "a stream cut in its picture",
            cut(finished(0, &png()), 9),
            "middle of a frame",
            0,
        ),
        ("a stream cut in a length", before(&[0, 0]), "middle of a frame", 1),
        (
            "a stream with a frame of 4 GiB",
            before(&[0xff; 8]),
            "claims to have",
            1,
        ),
        ("a stream with an empty frame", before(&[0; 8]), "claims to have", 1),
        (
            "a frame that is no map",
            behind(frame(b"\x81\xc1\xc1")),
            "can't be read",
            1,
        ),
        ("a picture of 4 GiB in a map", behind(lying), "can't be read", 1),
        ("a place before the first", behind(negative), "can't be read", 1),
        ("a map that nests without end", behind(deep), "can't be read", 1),
        (
            "a stream that finishes a picture twice",
            [before(b""), before(b"")].concat(),
            "twice",
            1,
        ),
        (
            "a stream that fails",
            before(&failed(1, "CUDA out of memory")),
            "CUDA out of memory",
            1,
        ),
        (
            "events without an end",
            format!("{}data: {{", record(&base64)).into(),
            "middle of a record",
            1,
        ),
        (
            "events with wrong base64",
            (record("!!!") + &record(&base64)).into(),
            "no picture",
            1,
        ),
        (
            "events that are no JSON",
            ("data: {\n\n".to_owned() + &record(&base64)).into(),
            "can't be read",
            1,
        ),
        (
            "events cut in the picture",
            cut(record(&base64).into(), 20),
            "middle of a record",
            0,
        ),
        (
            "events cut behind the picture",
            cut(record(&base64).into(), 1),
            "middle of a record",
            1,
        ),
        (
            "events that fail",
            b"event: error\ndata: {\"message\":\"no room\"}\n\n".to_vec(),
            "no room",
            0,
        ),
        ("comments alone", b": hello\n\n".to_vec(), "before a picture", 0),
    ]
}

fn packed() -> Vec<Case> {
    let bomb = gzipped(&vec![b' '; UNPACKED_LIMIT + 1]);
    vec![
        ("gzip that is none", b"\x1f\x8bPK\x03\x04".to_vec(), "empty", 0),
        ("gzip cut", cut(gzipped(&stored(&[png()])), 60), "archive", 1),
        (
            "gzip of a page",
            gzipped(b"<title>Bad gateway</title>"),
            "Bad gateway",
            0,
        ),
        ("a gzip bomb", bomb, "empty", 0),
        (
            "gzip within gzip",
            gzipped(&gzipped(&png())),
            "nothing that is known",
            1,
        ),
    ]
}

#[test]
fn every_broken_reply_is_a_named_error_and_what_is_whole_is_salvaged() {
    let cases: Vec<Case> = [archives(), pictures_alone(), texts(), streams(), packed()].concat();
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut wrong = Vec::new();
    for (name, body, expected, whole) in cases {
        let told = match pictures(&body) {
            Err(error @ (Error::Malformed(_) | Error::Unavailable(_))) => error.to_string(),
            other => format!("{other:?}"),
        };
        let saved = salvage(&body);
        let kept = saved.len() == whole && saved.iter().all(|picture| picture.bytes == png());
        if !told.contains(expected) || !kept {
            wrong.push(format!("{name}: {told}; {saved:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_reply_that_was_compressed_unasked_is_read_all_the_same() {
    for body in [
        png(),
        stored(&[png()]),
        finished(0, &png()),
        record(&STANDARD.encode(png())).into(),
    ] {
        let packed = gzipped(&body);
        assert_eq!(pictures(&packed).unwrap()[0].bytes, png());
        assert_eq!(salvage(&packed).len(), 1);
    }
}
