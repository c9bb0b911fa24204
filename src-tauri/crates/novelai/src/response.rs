//! From the bytes of a reply to pictures.
//!
//! What a reply is, is told by its content alone: servers and gateways have called the same archive by three names.
//! Names inside an archive are not used either. Everything is bounded: a reply comes from outside, whoever wrote it.

mod archive;
#[cfg(test)]
mod broken;
mod json;
mod salvage;

use std::collections::BTreeSet;
use std::fmt;

use crate::error::{Error, Reply};
use crate::picture::{self, Whole};
use crate::reply;
use crate::request::{ImageFormat, Size};
use crate::stream::{self, Content};

pub use salvage::salvage;

/// The most bytes of one picture.
const PICTURE_LIMIT: u64 = 64 * 1024 * 1024;
/// The most bytes of all pictures of a reply together.
const TOTAL_LIMIT: u64 = 256 * 1024 * 1024;
/// The most bytes of a reply that was compressed as a whole.
const UNPACKED_LIMIT: usize = 64 * 1024 * 1024;
/// The most pictures of a reply. The service makes at most eight at once.
const COUNT_LIMIT: usize = 64;

/// A whole picture of a reply.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Which picture of the reply, from 0. Its seed is the request's plus this.
    pub index: u32,
    /// What it is, by its content.
    pub format: ImageFormat,
    /// Its size, from its header.
    pub size: Size,
    /// The file, as it came.
    pub bytes: Vec<u8>,
}

/// Without the bytes.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            format,
            size,
            bytes,
        } = self;
        write!(
            f,
            "Picture {{ {index}, {format:?}, {}×{}, {} bytes }}",
            size.width,
            size.height,
            bytes.len()
        )
    }
}

/// Whether a whole reply of `encode-vibe` can be an encoded vibe (api.md 2.6). What is in one is not known; words of a
/// server or a proxy are none.
///
/// # Errors
///
/// [`Error::Malformed`] where it is empty, JSON or HTML.
pub fn check_vibe(body: &[u8]) -> Result<(), Error> {
    if body.is_empty() || body.starts_with(b"{") || body.starts_with(b"<") {
        return Err(Error::Malformed("this is no encoded vibe".into()));
    }
    Ok(())
}

/// The encoded vibe in a whole reply of `encode-vibe`.
///
/// # Errors
///
/// As [`check_vibe`].
pub fn vibe(body: &[u8]) -> Result<Vec<u8>, Error> {
    let body = reply::unpacked(body, UNPACKED_LIMIT).into_owned();
    check_vibe(&body)?;
    Ok(body)
}

/// A whole reply in words, unpacked where a server has packed it.
///
/// # Errors
///
/// [`Error::Malformed`] where it has more bytes than `most`.
pub fn text(body: &[u8], most: usize) -> Result<Vec<u8>, Error> {
    let body = reply::unpacked(body, most.saturating_add(1));
    if body.len() > most {
        return Err(malformed("it is longer than any that is taken"));
    }
    Ok(body.into_owned())
}

/// The pictures of a whole reply, whatever its shape: a ZIP, a PNG, a WebP, JSON with base64, a stream.
///
/// It is strict: one broken picture is an error, and what is sound can then be had from [`salvage`]. It can't know how
/// many pictures were asked for; the caller can.
///
/// # Errors
///
/// [`Error::Malformed`] when there is no picture in it, or anything in it is broken. [`Error::Unavailable`] when the
/// server reports its own failure in the stream.
pub fn pictures(body: &[u8]) -> Result<Vec<Picture>, Error> {
    let body = &*reply::unpacked(body, UNPACKED_LIMIT);
    let mut pictures = if picture::format(body).is_some() {
        vec![picture(0, body.to_vec())?]
    } else if body.starts_with(b"PK") {
        archive::pictures(body)?
    } else if stream::is_stream(body) {
        streamed(body)?
    } else if stream::sse::is_records(body) {
        recorded(body)?
    } else {
        json::pictures(body)?
    };
    pictures.sort_by_key(|picture| picture.index);
    Ok(pictures)
}

fn streamed(body: &[u8]) -> Result<Vec<Picture>, Error> {
    let mut pictures: Vec<Picture> = Vec::new();
    let mut begun = BTreeSet::new();
    for frame in stream::frames(body) {
        let frame = frame?;
        match frame.content {
            Content::Intermediate { .. } => {
                begun.insert(frame.sample);
            }
            Content::Final { image } => {
                if pictures.iter().any(|picture| picture.index == frame.sample) || pictures.len() == COUNT_LIMIT {
                    return Err(malformed("the stream finishes a picture twice"));
                }
                pictures.push(picture(frame.sample, image.to_vec())?);
            }
            Content::Error { message } => {
                let message = reply::clean(message);
                return Err(Error::Unavailable(Reply {
                    status: 200,
                    correlation_id: String::new(),
                    message,
                    snippet: String::new(),
                }));
            }
        }
    }
    all_finished(begun, pictures)
}

/// The same of server-sent events.
fn recorded(body: &[u8]) -> Result<Vec<Picture>, Error> {
    let mut records = stream::Records::default();
    let events = records.push(body)?;
    // A fault behind the events is told by the end.
    records.finish()?;
    let mut pictures: Vec<Picture> = Vec::new();
    let mut begun = BTreeSet::new();
    for event in events {
        match event {
            stream::Event::Intermediate { sample, .. } => {
                begun.insert(sample);
            }
            stream::Event::Final { sample, image } => {
                if pictures.iter().any(|picture| picture.index == sample) || pictures.len() == COUNT_LIMIT {
                    return Err(malformed("the stream finishes a picture twice"));
                }
                pictures.push(picture(sample, image.to_vec())?);
            }
            stream::Event::Error { message, .. } => {
                return Err(Error::Unavailable(Reply {
                    status: 200,
                    correlation_id: String::new(),
                    message,
                    snippet: String::new(),
                }));
            }
        }
    }
    all_finished(begun, pictures)
}

/// Refuses a stream that ends between two frames, before each picture that it began to show is there.
fn all_finished(mut begun: BTreeSet<u32>, pictures: Vec<Picture>) -> Result<Vec<Picture>, Error> {
    for picture in &pictures {
        begun.remove(&picture.index);
    }
    if pictures.is_empty() || !begun.is_empty() {
        return Err(malformed("the stream ends before a picture is finished"));
    }
    Ok(pictures)
}

/// A picture that is all there.
fn picture(index: u32, bytes: Vec<u8>) -> Result<Picture, Error> {
    let Whole { format, size, .. } = picture::whole(&bytes).map_err(malformed)?;
    Ok(Picture {
        index,
        format,
        size,
        bytes,
    })
}

fn malformed(reason: &str) -> Error {
    Error::Malformed(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::archive::tests::{stored, streamed_zip, zipped};
    use super::*;
    use crate::picture::tests::{sample_png, sample_webp};
    use crate::stream::tests::{failed, finished, preview};

    fn pair() -> [Vec<u8>; 2] {
        [sample_png(64, 96, &[("Software", "NovelAI")]), sample_png(64, 64, &[])]
    }

    /// The two pictures in every shape that a reply can have.
    fn shapes() -> Vec<(&'static str, Vec<u8>)> {
        let pictures = pair();
        let base64 = pictures.clone().map(|picture| STANDARD.encode(picture));
        let json = format!(
            r#"{{"images":[{{"image":"{}","index":0,"seed":7}},{{"image":"{}","index":1,"seed":8}}]}}"#,
            base64[0], base64[1]
        );
        let mut stream = Vec::new();
        for sample in 0..2_u32 {
            stream.extend(preview(sample, 0, b"\xff\xd8\xff"));
        }
        // The second is finished first.
        stream.extend(finished(1, &pictures[1]));
        stream.extend(finished(0, &pictures[0]));
        vec![
            ("zip", zipped(&pictures)),
            ("stored", stored(&pictures)),
            ("json", json.into()),
            ("stream", stream),
        ]
    }

    #[test]
    fn the_same_pictures_come_out_of_every_shape() {
        let expected = pair();
        for (shape, body) in shapes() {
            let pictures = pictures(&body).unwrap_or_else(|error| panic!("{shape}: {error}"));
            assert_eq!(pictures.len(), 2, "{shape}");
            for (index, picture) in pictures.iter().enumerate() {
                assert_eq!(
                    (picture.index as usize, &picture.bytes),
                    (index, &expected[index]),
                    "{shape}"
                );
            }
            assert_eq!(pictures[0].size, Size { width: 64, height: 96 }, "{shape}");
            assert_eq!(salvage(&body), pictures, "{shape}");
        }
    }

    #[test]
    fn a_bare_picture_is_a_reply_too() {
        for (picture, format) in [
            (sample_png(64, 64, &[]), ImageFormat::Png),
            (sample_webp(64, 64), ImageFormat::Webp),
        ] {
            let read = pictures(&picture).unwrap();
            assert_eq!((read.len(), read[0].format, &read[0].bytes), (1, format, &picture));
            assert_eq!(salvage(&picture), read);
        }
    }

    #[test]
    fn a_reply_cut_anywhere_is_an_error_and_what_was_whole_is_salvaged() {
        let expected = pair();
        for (shape, body) in shapes() {
            let whole_at = |picture: &[u8]| {
                let mark = if shape == "json" {
                    STANDARD.encode(picture).into_bytes()
                } else {
                    picture.to_vec()
                };
                body.windows(mark.len())
                    .position(|window| window == mark)
                    .map(|at| at + mark.len())
            };
            for length in 0..body.len() {
                let cut = &body[..length];
                assert!(
                    matches!(pictures(cut), Err(Error::Malformed(_))),
                    "{shape} cut at {length}"
                );
                let saved = salvage(cut);
                for picture in &saved {
                    assert_eq!(
                        picture.bytes, expected[picture.index as usize],
                        "{shape} cut at {length}"
                    );
                }
                if shape != "zip" {
                    for (index, picture) in expected.iter().enumerate() {
                        // A closing quote belongs to a picture in JSON.
                        let needed = whole_at(picture).unwrap() + usize::from(shape == "json");
                        let found = saved.iter().any(|saved| saved.index as usize == index);
                        assert_eq!(found, length >= needed, "{shape} cut at {length}: picture {index}");
                    }
                }
            }
        }
    }

    #[test]
    fn server_sent_events_give_their_pictures() {
        let [first, second] = pair();
        let record = |sample: u32, picture: &[u8]| {
            format!(
                "event: final\ndata: {{\"samp_ix\":{sample},\"image\":\"{}\"}}\n\n",
                STANDARD.encode(picture)
            )
        };
        let body = record(1, &second) + &record(0, &first);
        let read = pictures(body.as_bytes()).unwrap();
        assert_eq!((&read[0].bytes, &read[1].bytes), (&first, &second));
        let cut = &body.as_bytes()[..body.len() - 1];
        assert!(pictures(cut).is_err());
        assert_eq!(salvage(cut), read);
        assert_eq!(salvage(&body.as_bytes()[..body.len() - 5]).len(), 1);
        let damaged = body.replacen("\"image\":\"iVBOR", "\"image\":\"!VBOR", 1);
        assert_eq!(
            salvage(damaged.as_bytes())[0].index,
            0,
            "the record behind the damaged one"
        );
        let failed = "event: error\ndata: {\"message\":\"no room\"}\n\n";
        assert!(matches!(pictures(failed.as_bytes()), Err(Error::Unavailable(_))));
    }

    #[test]
    fn an_archive_that_lost_its_directory_still_gives_its_pictures() {
        for body in [zipped(&pair()), stored(&pair())] {
            let directory = body.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
            assert_eq!(salvage(&body[..directory]).len(), 2);
        }
    }

    #[test]
    fn an_archive_whose_writer_learned_the_lengths_only_later_is_salvaged_too() {
        let body = streamed_zip(&pair());
        assert_eq!(pictures(&body).unwrap().len(), 2);
        assert_eq!(salvage(&body).len(), 2);
        let second = body.windows(4).rposition(|window| window == b"PK\x03\x04").unwrap();
        for length in [second, second + 60, body.len() - 30] {
            let saved = salvage(&body[..length]);
            assert_eq!((saved[0].index, &saved[0].bytes), (0, &pair()[0]), "cut at {length}");
        }
    }

    #[test]
    fn a_failure_told_in_the_stream_is_the_servers() {
        let mut body = preview(0, 0, b"\xff\xd8\xff");
        body.extend(finished(0, &pair()[0]));
        body.extend(failed(1, "CUDA out of memory"));
        match pictures(&body) {
            Err(Error::Unavailable(reply)) => assert_eq!(reply.message, "CUDA out of memory"),
            other => panic!("{other:?}"),
        }
        assert_eq!(salvage(&body).len(), 1);
    }

    #[test]
    fn replies_without_a_picture_say_what_they_are() {
        let said = |body: &[u8]| pictures(body).unwrap_err().to_string();
        assert!(said(b"").contains("empty"));
        assert!(said(b"<html><title>Just a moment...</title>").contains("Just a moment..."));
        assert!(said(br#"{"statusCode":500,"message":"Internal Server Error"}"#).contains("Internal Server Error"));
        assert!(said(br#"{"images":[]}"#).contains("no picture"));
        assert!(said(&preview(0, 0, b"\xff\xd8\xff")).contains("before a picture"));
        assert!(said(&zipped(&[b"hello".to_vec()])).contains("no picture"));
        assert!(said(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").contains("no picture"));
        assert!(said(b"\xff\xd8\xff\xe0 JFIF").contains("could not be read"));
    }

    #[test]
    fn a_damaged_picture_is_an_error_and_the_sound_one_is_salvaged() {
        let [first, second] = pair();
        let mut damaged = first;
        let at = damaged.len() / 2;
        damaged[at] ^= 1;
        let mut stream = finished(0, &damaged);
        stream.extend(finished(1, &second));
        for body in [stored(&[damaged, second.clone()]), stream] {
            assert!(matches!(pictures(&body), Err(Error::Malformed(_))));
            let saved = salvage(&body);
            assert_eq!((saved.len(), saved[0].index, &saved[0].bytes), (1, 1, &second));
        }
    }

    #[test]
    fn a_picture_beyond_all_bounds_is_an_error() {
        let mut huge = sample_png(1, 1, &[]);
        huge[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
        assert!(matches!(pictures(&huge), Err(Error::Malformed(_))));
        assert_eq!(salvage(&huge), []);
    }

    #[test]
    fn a_picture_behind_a_message_is_salvaged() {
        let body = [br#"{"message":"oops"}"#, &zipped(&pair())[..]].concat();
        assert_eq!(salvage(&body).len(), 2);
        let body = [b"HTTP noise ", &pair()[1][..]].concat();
        assert_eq!(salvage(&body).len(), 1);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..5) {
            let head: &[u8] = [&b""[..], b"PK\x03\x04", b"\0\0\0\x20\x82", b"{\"images\":[", b"\x89PNG\r\n\x1a\n"][kind as usize];
            let body = [head, &bytes].concat();
            let _ = pictures(&body);
            let _ = salvage(&body);
        }

        #[test]
        fn no_damage_is_too_odd(shape in 0..4_usize, at in any::<prop::sample::Index>(), to in any::<u8>()) {
            let mut body = shapes().swap_remove(shape).1;
            let at = at.index(body.len());
            body[at] = to;
            let _ = pictures(&body);
            let expected = pair();
            for picture in salvage(&body) {
                prop_assert!(expected.contains(&picture.bytes));
            }
        }
    }
}
