//! The stream of a generation in the making: MessagePack maps, each behind its length (api.md 2.2).
//!
//! `Frames` cuts it while it arrives. A whole stream on disk goes through `response` instead, which uses the same cuts.

pub(crate) mod sse;

use std::borrow::Cow;
use std::fmt;

use bytes::{Buf, Bytes, BytesMut};
use serde::Deserialize;

use crate::error::Error;
use crate::reply;
pub use sse::Records;

/// The longest frame that is taken. The largest picture of the service has a fifth of it.
const FRAME_LIMIT: usize = 64 * 1024 * 1024;
/// A length, as four bytes.
const PREFIX: usize = 4;
/// How deep a map may be nested.
const DEPTH_LIMIT: usize = 16;

/// What a stream tells.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// A preview.
    Intermediate {
        /// Which of the pictures, from 0.
        sample: u32,
        /// Which step, from 0.
        step: u32,
        /// JPEG.
        image: Bytes,
    },
    /// A finished picture.
    Final {
        /// Which of the pictures, from 0.
        sample: u32,
        /// PNG or WebP.
        image: Bytes,
    },
    /// The server gave up on a picture.
    Error {
        /// Which of the pictures, from 0.
        sample: u32,
        /// What it said, fit to be shown.
        message: String,
    },
}

/// Without the bytes of the pictures.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intermediate { sample, step, image } => {
                write!(
                    f,
                    "Intermediate {{ sample: {sample}, step: {step}, {} bytes }}",
                    image.len()
                )
            }
            Self::Final { sample, image } => write!(f, "Final {{ sample: {sample}, {} bytes }}", image.len()),
            Self::Error { sample, message } => write!(f, "Error {{ sample: {sample}, message: {message:?} }}"),
        }
    }
}

/// Cuts a stream into events, however its bytes arrive.
#[derive(Default)]
pub struct Frames {
    buffer: BytesMut,
    broken: Option<Error>,
}

impl Frames {
    /// Takes the next bytes and gives the events that they complete. Kinds of events that are not known are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the bytes are not such a stream. The events before the fault are given first, the error
    /// with the next call. Nothing can be read after it; the bytes are still worth keeping, for
    /// [`crate::response::salvage`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        if self.broken.is_none() {
            self.buffer.extend_from_slice(bytes);
            while self.broken.is_none() {
                match first_frame(&self.buffer) {
                    Ok(None) => break,
                    Ok(Some(frame)) => {
                        let length = frame.len();
                        match decode(frame) {
                            Ok(event) => events.extend(event.map(Frame::to_event)),
                            Err(error) => self.broken = Some(error),
                        }
                        self.buffer.advance(PREFIX + length);
                    }
                    Err(error) => self.broken = Some(error),
                }
            }
        }
        match &self.broken {
            Some(error) if events.is_empty() => {
                self.buffer = BytesMut::new();
                Err(error.clone())
            }
            Some(_) | None => Ok(events),
        }
    }

    /// Call at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the stream was broken or ends in the middle of a frame.
    pub fn finish(self) -> Result<(), Error> {
        match self.broken {
            Some(error) => Err(error),
            None if self.buffer.is_empty() => Ok(()),
            None => Err(cut()),
        }
    }
}

impl fmt::Debug for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Frames {{ waiting: {} bytes, broken: {:?} }}",
            self.buffer.len(),
            self.broken
        )
    }
}

/// An event whose picture still lies in the frame.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) sample: u32,
    pub(crate) content: Content<'a>,
}

#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Intermediate { step: u32, image: &'a [u8] },
    Final { image: &'a [u8] },
    Error { message: &'a str },
}

impl Frame<'_> {
    /// The picture is copied: a preview may be kept long, and should not hold the buffer that it came in.
    fn to_event(self) -> Event {
        let sample = self.sample;
        match self.content {
            Content::Intermediate { step, image } => Event::Intermediate {
                sample,
                step,
                image: Bytes::copy_from_slice(image),
            },
            Content::Final { image } => Event::Final {
                sample,
                image: Bytes::copy_from_slice(image),
            },
            Content::Error { message } => Event::Error {
                sample,
                message: reply::clean(message),
            },
        }
    }
}

/// The content of the first frame, or none where more bytes are needed.
pub(crate) fn first_frame(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*prefix) as usize;
    if length == 0 || length > FRAME_LIMIT {
        return Err(Error::Malformed(format!(
            "a frame of the stream claims to have {length} bytes"
        )));
    }
    Ok(rest.get(..length))
}

/// The frames of a whole stream, and whether it ends cleanly. A frame that can't be read does not end it.
pub(crate) fn frames(stream: &[u8]) -> impl Iterator<Item = Result<Frame<'_>, Error>> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            match first_frame(rest) {
                Ok(Some(frame)) => {
                    rest = &rest[PREFIX + frame.len()..];
                    match decode(frame) {
                        Ok(None) => {}
                        Ok(Some(event)) => return Some(Ok(event)),
                        Err(error) => return Some(Err(error)),
                    }
                }
                Ok(None) => {
                    rest = &[];
                    return Some(Err(cut()));
                }
                Err(error) => {
                    rest = &[];
                    return Some(Err(error));
                }
            }
        }
    })
}

/// Whether a body can be such a stream: a length within the limit, and behind it a map.
pub(crate) fn is_stream(bytes: &[u8]) -> bool {
    let length = bytes
        .first_chunk::<PREFIX>()
        .map_or(0, |prefix| u32::from_be_bytes(*prefix) as usize);
    let map = bytes
        .get(PREFIX)
        .is_some_and(|mark| matches!(mark, 0x80..=0x8f | 0xde | 0xdf));
    (1..=FRAME_LIMIT).contains(&length) && map
}

fn cut() -> Error {
    Error::Malformed("the stream ends in the middle of a frame".into())
}

#[derive(Deserialize)]
struct Map<'a> {
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(default)]
    samp_ix: u32,
    #[serde(default)]
    step_ix: u32,
    #[serde(default, borrow)]
    image: Option<&'a serde_bytes::Bytes>,
    #[serde(default, borrow)]
    message: Option<&'a str>,
}

fn decode(frame: &[u8]) -> Result<Option<Frame<'_>>, Error> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(frame);
    deserializer.set_max_depth(DEPTH_LIMIT);
    // What the parser says may repeat what it read, so it is not passed on.
    let map = Map::deserialize(&mut deserializer)
        .map_err(|_| Error::Malformed("a frame of the stream can't be read".into()))?;
    let image = || match map.image {
        Some(image) if !image.is_empty() => Ok(&image[..]),
        Some(_) | None => Err(Error::Malformed("a frame of the stream has no picture".into())),
    };
    let content = match &*map.event_type {
        "intermediate" => Content::Intermediate {
            step: map.step_ix,
            image: image()?,
        },
        "final" => Content::Final { image: image()? },
        "error" => Content::Error {
            message: map.message.unwrap_or("no reason given"),
        },
        _ => return Ok(None),
    };
    Ok(Some(Frame {
        sample: map.samp_ix,
        content,
    }))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;

    #[derive(Serialize, Default)]
    struct Sent<'a> {
        event_type: &'a str,
        samp_ix: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        step_ix: Option<u32>,
        gen_id: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        sigma: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        image: Option<&'a serde_bytes::Bytes>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a str>,
    }

    fn framed(map: &Sent<'_>) -> Vec<u8> {
        let map = rmp_serde::to_vec_named(map).unwrap();
        [&u32::try_from(map.len()).unwrap().to_be_bytes()[..], &map].concat()
    }

    pub(crate) fn preview(sample: u32, step: u32, jpeg: &[u8]) -> Vec<u8> {
        let image = Some(serde_bytes::Bytes::new(jpeg));
        let (step_ix, sigma) = (Some(step), Some(20_000.0));
        framed(&Sent {
            event_type: "intermediate",
            samp_ix: sample,
            step_ix,
            gen_id: 7,
            sigma,
            image,
            message: None,
        })
    }

    pub(crate) fn finished(sample: u32, picture: &[u8]) -> Vec<u8> {
        let image = Some(serde_bytes::Bytes::new(picture));
        framed(&Sent {
            event_type: "final",
            samp_ix: sample,
            image,
            ..Sent::default()
        })
    }

    pub(crate) fn failed(sample: u32, message: &str) -> Vec<u8> {
        framed(&Sent {
            event_type: "error",
            samp_ix: sample,
            message: Some(message),
            ..Sent::default()
        })
    }

    fn recorded() -> (Vec<u8>, Vec<Event>) {
        let jpeg = |n: u8| vec![0xff, 0xd8, 0xff, n];
        let mut body = Vec::new();
        let mut events = Vec::new();
        for step in 0..5_u8 {
            for sample in 0..2 {
                body.extend(preview(sample, step.into(), &jpeg(step)));
                events.push(Event::Intermediate {
                    sample,
                    step: step.into(),
                    image: jpeg(step).into(),
                });
            }
        }
        body.extend(failed(1, "out of memory"));
        events.push(Event::Error {
            sample: 1,
            message: "out of memory".into(),
        });
        body.extend(finished(0, &[9; 3000]));
        events.push(Event::Final {
            sample: 0,
            image: vec![9; 3000].into(),
        });
        (body, events)
    }

    #[test]
    fn a_stream_tells_what_it_was_made_of() {
        let (body, events) = recorded();
        let mut frames = Frames::default();
        assert_eq!(frames.push(&body).unwrap(), events);
        assert!(frames.finish().is_ok());
        assert!(is_stream(&body));
    }

    #[test]
    fn a_stream_that_ends_within_a_frame_is_cut() {
        let (body, _) = recorded();
        let mut frames = Frames::default();
        frames.push(&body[..body.len() - 1]).unwrap();
        assert!(matches!(frames.finish(), Err(Error::Malformed(_))));
        let mut started = Frames::default();
        assert_eq!(started.push(&[0, 0]).unwrap(), []);
        assert!(matches!(started.finish(), Err(Error::Malformed(_))));
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_kept_for_it() {
        let mut frames = Frames::default();
        let huge = u32::try_from(FRAME_LIMIT + 1).unwrap().to_be_bytes();
        assert!(matches!(frames.push(&huge), Err(Error::Malformed(_))));
        assert_eq!(frames.buffer.capacity(), 0);
        assert!(frames.push(&[0; 1000]).is_err());
        assert_eq!(frames.buffer.capacity(), 0);

        let mut largest = Frames::default();
        assert_eq!(
            largest
                .push(&u32::try_from(FRAME_LIMIT).unwrap().to_be_bytes())
                .unwrap(),
            []
        );
        assert!(largest.buffer.capacity() < 1024);
    }

    #[test]
    fn the_events_before_a_fault_are_not_lost() {
        let mut body = finished(0, &[1; 100]);
        body.extend([0, 0, 0, 1, 0xc1]);
        body.extend(finished(1, &[1; 100]));
        let mut frames = Frames::default();
        assert_eq!(frames.push(&body).unwrap().len(), 1);
        assert!(matches!(frames.push(b""), Err(Error::Malformed(_))));
        assert!(frames.finish().is_err());
    }

    #[test]
    fn unknown_kinds_of_events_are_passed_over() {
        let mut body = framed(&Sent {
            event_type: "progress",
            ..Sent::default()
        });
        body.extend(finished(0, &[1]));
        assert_eq!(Frames::default().push(&body).unwrap().len(), 1);
    }

    #[test]
    fn a_frame_without_its_picture_is_a_fault() {
        let body = framed(&Sent {
            event_type: "final",
            ..Sent::default()
        });
        assert!(Frames::default().push(&body).is_err());
        assert!(Frames::default().push(&[0, 0, 0, 0]).is_err());
    }

    #[test]
    fn what_an_error_says_is_cleaned() {
        let events = Frames::default()
            .push(&failed(0, "no\n room for pst-AbCdEf012345"))
            .unwrap();
        assert_eq!(
            events,
            [Event::Error {
                sample: 0,
                message: "no room for •••".into()
            }]
        );
    }

    #[test]
    fn deep_nesting_is_refused() {
        let mut map = vec![0x81, 0xa1, b'x'];
        map.extend(std::iter::repeat_n(0x91, 100_000));
        let body = [&u32::try_from(map.len()).unwrap().to_be_bytes()[..], &map].concat();
        assert!(matches!(Frames::default().push(&body), Err(Error::Malformed(_))));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..40)) {
            let (body, events) = recorded();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let mut frames = Frames::default();
            let mut told = Vec::new();
            for pair in cuts.windows(2) {
                told.extend(frames.push(&body[pair[0]..pair[1]]).unwrap());
            }
            prop_assert_eq!(told, events);
            prop_assert!(frames.finish().is_ok());
        }

        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..300), length in 0_u32..400) {
            let body = [&length.to_be_bytes()[..], &bytes].concat();
            let mut split = Frames::default();
            let mut told = Vec::new();
            for piece in body.chunks(7) {
                told.extend(split.push(piece).unwrap_or_default());
            }
            let mut whole = Frames::default();
            prop_assert_eq!(whole.push(&body).unwrap_or_default(), told);
        }
    }
}
