//! The frames of a stream (api.md 2.2): length-framed MessagePack maps, or server-sent events.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Serialize, Serializer};

use crate::order::Framing;

/// One frame. The fields stand in the order in which the service sends them.
#[derive(Serialize)]
pub(crate) struct Frame<'a> {
    pub(crate) event_type: &'static str,
    pub(crate) samp_ix: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step_ix: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gen_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sigma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<Blob<'a>>,
}

/// Bytes: as they are in MessagePack, as base64 in JSON.
pub(crate) struct Blob<'a>(pub(crate) &'a [u8]);

impl Serialize for Blob<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&STANDARD.encode(self.0))
        } else {
            serializer.serialize_bytes(self.0)
        }
    }
}

impl<'a> Frame<'a> {
    pub(crate) fn preview(sample: u32, step: u32, sigma: f64, id: &'a str, image: &'a [u8]) -> Self {
        Self {
            step_ix: Some(step),
            sigma: Some(sigma),
            ..Self::last("intermediate", sample, id, image)
        }
    }

    pub(crate) fn picture(sample: u32, id: &'a str, image: &'a [u8]) -> Self {
        Self::last("final", sample, id, image)
    }

    pub(crate) fn error(sample: u32, message: &'a str) -> Self {
        Self {
            event_type: "error",
            samp_ix: sample,
            step_ix: None,
            gen_id: None,
            sigma: None,
            message: Some(message),
            image: None,
        }
    }

    fn last(event_type: &'static str, sample: u32, id: &'a str, image: &'a [u8]) -> Self {
        Self {
            event_type,
            samp_ix: sample,
            step_ix: None,
            gen_id: Some(id),
            sigma: None,
            message: None,
            image: Some(Blob(image)),
        }
    }

    pub(crate) fn encode(&self, framing: Framing) -> Bytes {
        match framing {
            Framing::MsgPack => {
                let mut bytes = vec![0; 4];
                rmp_serde::encode::write_named(&mut bytes, self).expect("a frame of plain fields goes into a Vec");
                let length = u32::try_from(bytes.len() - 4).expect("a picture is far below four gigabytes");
                bytes[..4].copy_from_slice(&length.to_be_bytes());
                bytes.into()
            }
            Framing::Sse => {
                let json = serde_json::to_string(self).expect("a frame of plain fields is JSON");
                format!("event: {}\ndata: {json}\n\n", self.event_type).into()
            }
        }
    }
}

impl Framing {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::MsgPack => "application/msgpack",
            Self::Sse => "text/event-stream",
        }
    }
}

/// The noise level before each step: from 20,000 down to almost nothing, as Karras spaces it.
pub(crate) fn sigma(step: u32, steps: u32) -> f64 {
    const MOST: f64 = 20_000.0;
    const LEAST: f64 = 0.03;
    const RHO: f64 = 7.0;
    let way = f64::from(step) / f64::from(steps.max(2) - 1);
    let (most, least) = (MOST.powf(1.0 / RHO), LEAST.powf(1.0 / RHO));
    (most + way * (least - most)).powf(RHO)
}
