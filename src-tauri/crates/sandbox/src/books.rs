//! What the sandbox remembers of every request: the judge of the tests.

use serde::Serialize;
use serde_json::Value;

/// A copy of the books at one moment. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Books {
    /// Every request in the order in which they arrived. The oldest are forgotten beyond 10,000.
    pub exchanges: Vec<Exchange>,
    /// Requests ever received, forgotten ones too.
    pub received: u64,
    /// Anlas ever charged.
    pub charged: u64,
    /// Anlas left.
    pub anlas: u32,
    /// The V5 allowance left, in percent; may be negative.
    pub usage_percent: f64,
}

/// For so long, in milliseconds, a picture that was handed over may be on its way from the socket to the disk of a client.
/// It takes far less; the rest is for a machine that is busy with something else.
const TO_DISK: u64 = 40;

impl Picture {
    /// Whether a kill at this moment may have hit it on its way from the socket to the disk, which no client can help.
    pub fn was_in_flight(&self, killed_at: u64) -> bool {
        self.delivered_at.is_some_and(|at| at.abs_diff(killed_at) < TO_DISK)
    }
}

/// One request and what became of it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// Counts from 1.
    pub id: u64,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, empty without one.
    pub query: String,
    /// Names in lower case and values, in the order received. The token is replaced by `***`.
    pub headers: Vec<(String, String)>,
    /// Whether the token was the right one.
    pub authorized: bool,
    /// The body where it is JSON, or the `request` part of a multipart. Strings beyond 32 KiB are shortened.
    pub body: Option<Value>,
    /// Names and sizes of the other parts of a multipart body.
    pub parts: Vec<(String, u64)>,
    /// When the head of the request had arrived.
    pub received_at: u64,
    /// The status answered; `None` as long as there is none, or if the client left before.
    pub status: Option<u16>,
    /// What a refusal said.
    pub refusal: Option<String>,
    /// The fault that struck, as told.
    pub fault: Option<crate::Fault>,
    /// True once the generation has begun to run: from then on it is paid for, whatever happens to the reply.
    pub ran: bool,
    /// Anlas charged for it.
    pub anlas: u32,
    /// Bytes of the reply's body that were handed to the socket.
    pub sent: u64,
    /// Previews that were handed to the socket.
    pub previews: u32,
    /// When the first preview had been handed to the socket.
    pub first_preview_at: Option<u64>,
    /// Every finished picture of the reply, by index.
    pub pictures: Vec<Picture>,
    /// The whole body was handed to the socket, and the client did not reset the connection with bytes unread.
    pub delivered: bool,
    /// When that was.
    pub delivered_at: Option<u64>,
    /// Nothing more will happen: the reply is complete, or broken, or the client has left.
    pub over: bool,
}

/// A finished picture of a reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// The place in the batch.
    pub index: u32,
    /// The seed it was painted from, already counted up by `index`.
    pub seed: u32,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file as lower-case hex.
    pub sha256: String,
    /// Its last byte was handed to the socket. In a stream a picture can be delivered although the reply is not.
    pub delivered: bool,
    /// When that was.
    pub delivered_at: Option<u64>,
}

impl Books {
    /// The requests for pictures, refused ones too.
    pub fn generations(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges
            .iter()
            .filter(|exchange| ["/ai/generate-image", "/ai/generate-image-stream"].contains(&exchange.path.as_str()))
    }

    /// The pictures that were handed over to the last byte.
    pub fn delivered(&self) -> impl Iterator<Item = &Picture> {
        self.exchanges
            .iter()
            .flat_map(|exchange| &exchange.pictures)
            .filter(|picture| picture.delivered)
    }
}
