//! The same stream as server-sent events: records of text, each with JSON and a picture as base64 (api.md 2.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

use super::{Event, FRAME_LIMIT};
use crate::error::Error;
use crate::reply;

/// The longest record: the longest frame as base64, and a little beside.
const RECORD_LIMIT: usize = FRAME_LIMIT / 3 * 4 + 64 * 1024;

/// Cuts a stream of server-sent events, however its bytes arrive.
#[derive(Default)]
pub struct Records {
    /// The line in the making.
    line: Vec<u8>,
    /// Whether the last byte was a carriage return, to which a line feed may belong.
    returned: bool,
    kind: Vec<u8>,
    data: Vec<u8>,
    broken: Option<Error>,
}

impl Records {
    /// Takes the next bytes and gives the events that they complete. Kinds of events that are not known are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the bytes are not such a stream. The events before the fault are given first, the error
    /// with the next call.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        for byte in bytes {
            if self.broken.is_some() {
                break;
            }
            let follows = std::mem::replace(&mut self.returned, *byte == b'\r');
            match byte {
                b'\n' if follows => {}
                b'\n' | b'\r' => match self.end_line() {
                    Ok(event) => events.extend(event),
                    Err(error) => self.broken = Some(error),
                },
                _ if self.line.len() + self.data.len() >= RECORD_LIMIT => {
                    self.broken = Some(Error::Malformed("a record of the stream has no end".into()));
                }
                byte => self.line.push(*byte),
            }
        }
        match &self.broken {
            Some(error) if events.is_empty() => {
                (self.line, self.data) = (Vec::new(), Vec::new());
                Err(error.clone())
            }
            Some(_) | None => Ok(events),
        }
    }

    /// Call at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the stream was broken or ends in the middle of a record.
    pub fn finish(self) -> Result<(), Error> {
        match self.broken {
            Some(error) => Err(error),
            None if self.line.is_empty() && self.data.is_empty() => Ok(()),
            None => Err(Error::Malformed("the stream ends in the middle of a record".into())),
        }
    }

    /// An empty line ends a record; any other adds to it.
    fn end_line(&mut self) -> Result<Option<Event>, Error> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let (kind, data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
            return if data.is_empty() { Ok(None) } else { event(&kind, &data) };
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"event" => self.kind = value.to_vec(),
            b"data" => {
                if !self.data.is_empty() {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            // Comments, ids, and what else the format knows.
            _ => {}
        }
        Ok(None)
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.line.len() + self.data.len();
        write!(f, "Records {{ waiting: {waiting} bytes, broken: {:?} }}", self.broken)
    }
}

/// The events of a whole body, past records that can't be read. The last one counts although its end is missing.
pub(crate) fn each_event(body: &[u8], mut found: impl FnMut(Event)) {
    let mut records = Records::default();
    let lines = body.split_inclusive(|byte| matches!(byte, b'\r' | b'\n'));
    for line in lines.chain([&b"\n"[..], b"\n"]) {
        records.push(line).unwrap_or_default().into_iter().for_each(&mut found);
        if records.broken.is_some() {
            records = Records::default();
        }
    }
}

/// Whether a body can be such a stream.
pub(crate) fn is_records(bytes: &[u8]) -> bool {
    [&b"event:"[..], b"data:", b":"]
        .iter()
        .any(|start| bytes.starts_with(start))
}

fn event(kind: &[u8], data: &[u8]) -> Result<Option<Event>, Error> {
    let json: Value =
        serde_json::from_slice(data).map_err(|_| Error::Malformed("a record of the stream can't be read".into()))?;
    let kind = match std::str::from_utf8(kind) {
        Ok("") | Err(_) => json.get("event_type").and_then(Value::as_str).unwrap_or_default(),
        Ok(kind) => kind,
    };
    let number = |name: &str| {
        let number = json.get(name).and_then(Value::as_u64).unwrap_or_default();
        u32::try_from(number).unwrap_or(u32::MAX)
    };
    let image = || {
        let image = json
            .get("image")
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        let bytes = image.and_then(|text| STANDARD.decode(text).ok());
        bytes
            .map(Bytes::from)
            .ok_or_else(|| Error::Malformed("a record of the stream has no picture".into()))
    };
    let sample = number("samp_ix");
    Ok(match kind {
        "intermediate" => Some(Event::Intermediate {
            sample,
            step: number("step_ix"),
            image: image()?,
        }),
        "final" => Some(Event::Final {
            sample,
            image: image()?,
        }),
        "error" => Some(Event::Error {
            sample,
            message: reply::clean(json.get("message").and_then(Value::as_str).unwrap_or("no reason given")),
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &str = ": hello\r\n\r\nevent: intermediate\ndata: {\"samp_ix\":1,\ndata: \"step_ix\":3,\"image\":\"/9j/\"}\n\n\
        event:error\rdata:{\"message\":\"no\\n room\"}\r\revent: ping\ndata: {}\n\ndata: {\"event_type\":\"final\",\"image\":\"AQID\"}\n\n";

    fn told() -> Vec<Event> {
        vec![
            Event::Intermediate {
                sample: 1,
                step: 3,
                image: Bytes::from_static(b"\xff\xd8\xff"),
            },
            Event::Error {
                sample: 0,
                message: "no room".into(),
            },
            Event::Final {
                sample: 0,
                image: Bytes::from_static(&[1, 2, 3]),
            },
        ]
    }

    #[test]
    fn records_are_read_with_any_kind_of_line_end() {
        let mut records = Records::default();
        assert_eq!(records.push(BODY.as_bytes()).unwrap(), told());
        assert!(records.finish().is_ok());
        assert!(is_records(BODY.as_bytes()) && !is_records(b"{}"));
    }

    #[test]
    fn what_is_before_a_fault_is_not_lost_and_a_cut_is_told() {
        let mut records = Records::default();
        let body = format!("{BODY}event: final\ndata: {{}}\n\n{BODY}");
        assert_eq!(records.push(body.as_bytes()).unwrap(), told());
        assert!(matches!(records.push(b""), Err(Error::Malformed(_))));
        let mut cut = Records::default();
        cut.push(&BODY.as_bytes()[..BODY.len() - 1]).unwrap();
        assert!(matches!(cut.finish(), Err(Error::Malformed(_))));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20)) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(BODY.len() + 1)).collect();
            cuts.extend([0, BODY.len()]);
            cuts.sort_unstable();
            let mut records = Records::default();
            let mut events = Vec::new();
            for pair in cuts.windows(2) {
                events.extend(records.push(&BODY.as_bytes()[pair[0]..pair[1]]).unwrap());
            }
            prop_assert_eq!(events, told());
        }

        #[test]
        fn no_bytes_are_too_odd(text in "(event|data|id)?:? ?[a-z{}\":\\n\\r]{0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut records = Records::default();
            let _ = records.push(text.as_bytes());
            let _ = records.push(&bytes);
            let _ = records.finish();
        }
    }
}
