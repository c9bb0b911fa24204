//! The tools that work on pictures which exist already (api.md 2.4 to 2.8): reading the request, paying, doing it, and
//! handing it over.
//!
//! What costs Anlas takes the easel like a generation does and finds it locked like one (api.md 10).

mod annotate;
mod augment;
mod classify;
mod png;
mod prompt;
mod upscale;
mod vibe;

use axum::http::header;
use serde_json::{Map, Value};

pub(crate) use self::{
    annotate::annotate, augment::augment, classify::classify, prompt::continue_prompt, upscale::upscale,
    vibe::encode_vibe,
};
use crate::{
    Fault,
    archive::{self, Finished},
    books::Picture,
    darkroom::Photo,
    http::{Call, before, broken},
    ledger::sha256,
    order::Format,
    parcel::{Content, Means, Reply},
    raster::{self, Raster},
    refusal::Refusal,
};

/// Work that has been read and found in order.
struct Task<W> {
    anlas: u32,
    /// How many steps of a generation it takes as long as.
    steps: u32,
    work: W,
}

/// What comes of it.
enum Product {
    /// A ZIP; `stored` leaves its entries as they are.
    Zip { files: Vec<Vec<u8>>, stored: bool },
    /// JSON with base64.
    Json(Vec<Vec<u8>>),
    /// One PNG and nothing around it.
    Png(Vec<u8>),
    /// An encoded vibe.
    Vibe(Vec<u8>),
}

/// Pays for a task, does it, and hands over what comes of it.
async fn perform<W>(call: &mut Call<'_>, task: Result<Task<W>, Refusal>) -> Result<Reply, Refusal>
where
    W: FnOnce() -> Product + Send + 'static,
{
    let fault: Option<Fault> = call.fault.take();
    if let Some(reply) = fault.as_ref().and_then(before) {
        return Ok(reply);
    }
    let Task { anlas, steps, work } = task?;
    let easel = call
        .office
        .easel
        .try_acquire()
        .map_err(|_| Refusal::new(429, "Concurrent generation is locked"))?;
    let delay = {
        let mut desk = call.office.desk();
        desk.account.pay(anlas)?;
        call.ticket.edit(|exchange| {
            exchange.ran = true;
            exchange.anlas = anlas;
        });
        desk.step_delay
    };
    tokio::time::sleep(delay * steps).await;
    let product = tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::crash())?;
    drop(easel);
    Ok(broken(hand_over(call, product), fault))
}

fn hand_over(call: &Call<'_>, product: Product) -> Reply {
    let finished = |files: Vec<Vec<u8>>| -> Vec<Finished> {
        let files = files.into_iter().zip(0..);
        files.map(|(file, index)| Finished { index, seed: 0, file }).collect()
    };
    let (kind, name, bytes, pictures) = match product {
        Product::Zip { files, stored } => {
            let pictures = finished(files);
            let bytes = match stored {
                true => archive::stored(&pictures),
                false => archive::zip(&pictures, Format::Png),
            };
            ("binary/octet-stream", Some("images.zip"), bytes, pictures)
        }
        Product::Json(files) => {
            let pictures = finished(files);
            (
                "application/json; charset=utf-8",
                None,
                archive::json(&pictures),
                pictures,
            )
        }
        Product::Png(file) => ("image/png", None, file.clone(), finished(vec![file])),
        Product::Vibe(bytes) => ("application/binary", Some("encoded.vibe40"), bytes, Vec::new()),
    };
    enter(call, &pictures);
    let mut reply = Reply::whole(200, kind, bytes);
    if let Some(name) = name {
        let value = format!("attachment; filename={name}");
        reply.headers.push((header::CONTENT_DISPOSITION, value));
    }
    if let Content::Whole(piece) = &mut reply.content {
        piece.means = Means::Pictures;
    }
    reply
}

fn enter(call: &Call<'_>, pictures: &[Finished]) {
    let entries = pictures
        .iter()
        .map(|picture| Picture {
            index: picture.index,
            bytes: picture.file.len() as u64,
            sha256: sha256(&picture.file),
            ..Picture::default()
        })
        .collect();
    call.ticket.edit(|exchange| exchange.pictures = entries);
}

/// A body that has to be an object.
fn object(body: &Value) -> Result<&Map<String, Value>, Refusal> {
    body.as_object()
        .ok_or_else(|| Refusal::invalid("the body must be an object"))
}

/// The bytes of a field that holds base64, without a `data:` in front.
fn bytes(object: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Refusal> {
    let text = object
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::invalid(format!("{name} must be a string of base64")))?;
    raster::base64(name, text)
}

/// The largest picture that a tool takes, in pixels (api.md 2.4, 2.5).
const MOST_AREA: u64 = 3_145_728;

/// A picture out of its file.
fn photo(name: &str, file: &[u8]) -> Result<Photo, Refusal> {
    let raster = Raster::read_if(name, file, |width, height| {
        if u64::from(width) * u64::from(height) <= MOST_AREA {
            return Ok(());
        }
        Err(Refusal::invalid(format!("{name} is larger than {MOST_AREA} pixels")))
    });
    raster.map(Photo::from)
}

/// Refuses a request whose `width` and `height` aren't the picture's.
fn same_size(body: &Map<String, Value>, photo: &Photo) -> Result<(), Refusal> {
    for (name, size) in [("width", photo.width), ("height", photo.height)] {
        let given = body.get(name).and_then(Value::as_u64);
        if given != u64::try_from(size).ok() {
            return Err(Refusal::invalid(format!("{name} must be the image's, which is {size}")));
        }
    }
    Ok(())
}

/// Whether a client asked for JSON (api.md 1.4).
fn wants_json(call: &Call<'_>) -> bool {
    call.head.headers.get_all(header::ACCEPT).iter().any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.split([',', ';']).any(|kind| kind.trim() == "application/json"))
    })
}
