//! Running a generation: the checks, the charge, the painting, and the two ways of handing it over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::{header, request::Parts};
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{
    Fault,
    archive::{self, Finished},
    books::Picture,
    frames::{Frame, sigma},
    http::instead,
    intake,
    ledger::{Page, Ticket, sha256},
    office::Office,
    order::{self, Framing, Order},
    painter::{Painting, Preview, Sketch},
    parcel::{Content, Means, Piece, Reply},
    print,
    refusal::Refusal,
};

/// A generation that has been paid for and may run.
struct Run {
    order: Arc<Order>,
    fault: Option<Fault>,
    step_delay: Duration,
    easel: OwnedSemaphorePermit,
    stopped: Stop,
}

/// Tells the painter to stop when it's dropped.
#[derive(Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What becomes of a request that is in order.
enum Start {
    Run(Run),
    /// A fault answers in its place.
    Instead(Reply),
}

/// `POST /ai/generate-image`
pub(crate) async fn generate(
    office: &Arc<Office>,
    ticket: &Ticket,
    head: Parts,
    body: Bytes,
    fault: Option<Fault>,
) -> Result<Reply, Refusal> {
    let wants_json = head.headers.get_all(header::ACCEPT).iter().any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.split([',', ';']).any(|kind| kind.trim() == "application/json"))
    });
    let order = match intake::json(head, body, ticket).await {
        Ok(body) => blocking(move || Some(Order::read(&body, false))).await?,
        Err(refusal) => Err(refusal),
    };
    let run = match start(office, ticket, order, fault)? {
        Start::Run(run) => run,
        Start::Instead(reply) => return Ok(reply),
    };
    if let Some(Fault::ErrorFrame { message, .. }) = &run.fault {
        return Ok(Reply {
            fault: run.fault.clone(),
            ..Refusal::new(500, message.clone()).into()
        });
    }
    let order = Arc::clone(&run.order);
    let mut pictures = Vec::new();
    for index in 0..order.samples {
        let seed = seed(order.seed, index);
        tokio::time::sleep(run.step_delay * order.taken()).await;
        let (order, stop) = (Arc::clone(&order), Arc::clone(&run.stopped.0));
        let file = blocking(move || Some(print::file(&order, seed, &Painting::paint(&order, seed, &stop)?))).await?;
        pictures.push(Finished { index, seed, file });
    }
    enter(ticket, &pictures);
    drop(run.easel);
    let (kind, bytes) = match wants_json {
        true => ("application/json; charset=utf-8", archive::json(&pictures)),
        false => ("binary/octet-stream", archive::zip(&pictures, order.format)),
    };
    let mut reply = Reply::whole(200, kind, bytes);
    reply.fault = run.fault;
    if !wants_json {
        reply.headers.push((
            header::CONTENT_DISPOSITION,
            "attachment; filename=images.zip".to_owned(),
        ));
    }
    if let Content::Whole(piece) = &mut reply.content {
        piece.means = Means::Pictures;
    }
    Ok(reply)
}

/// `POST /ai/generate-image-stream`
pub(crate) async fn generate_stream(
    office: &Arc<Office>,
    ticket: &Ticket,
    head: Parts,
    body: Bytes,
    fault: Option<Fault>,
) -> Result<Reply, Refusal> {
    let order = match intake::json(head, body, ticket).await {
        Ok(body) => {
            blocking(move || Some(order::framing(&body).and_then(|framing| Ok((framing, Order::read(&body, true)?)))))
                .await?
        }
        Err(refusal) => Err(refusal),
    };
    let framing = order.as_ref().map_or(Framing::MsgPack, |(framing, _)| *framing);
    let run = match start(office, ticket, order.map(|(_, order)| order), fault)? {
        Start::Run(run) => run,
        Start::Instead(reply) => return Ok(reply),
    };
    let (samples, fault) = (run.order.samples, run.fault.clone());
    let (sender, pieces) = mpsc::channel(1);
    tokio::spawn(stream(run, framing, ticket.0.clone(), sender));
    let error = Box::new(move |message: &str| {
        let frames = (0..samples).flat_map(|sample| Frame::error(sample, message).encode(framing));
        frames.collect()
    });
    let headers = vec![(header::CONTENT_TYPE, framing.content_type().to_owned())];
    Ok(Reply {
        status: 200,
        headers,
        content: Content::Frames { pieces, error },
        fault,
    })
}

/// The common beginning: a fault that strikes before anything runs, the checks, the lock, and the charge.
fn start(
    office: &Office,
    ticket: &Ticket,
    order: Result<Order, Refusal>,
    fault: Option<Fault>,
) -> Result<Start, Refusal> {
    if let Some(Fault::Status {
        after_charging: false, ..
    }) = &fault
        && let Some(reply) = fault.as_ref().and_then(instead)
    {
        return Ok(Start::Instead(reply));
    }
    let order = order?;
    let easel = Arc::clone(&office.easel)
        .try_acquire_owned()
        .map_err(|_| Refusal::new(429, "Concurrent generation is locked"))?;
    let step_delay = {
        let mut desk = office.desk();
        let price = desk.account.charge(&order.work())?;
        ticket.edit(|exchange| {
            exchange.ran = true;
            exchange.anlas = price.anlas;
        });
        desk.step_delay
    };
    if let Some(reply) = fault.as_ref().and_then(instead) {
        return Ok(Start::Instead(reply));
    }
    Ok(Start::Run(Run {
        order: Arc::new(order),
        fault,
        step_delay,
        easel,
        stopped: Stop::default(),
    }))
}

/// Paints and sends until the last picture is out or nobody listens any more.
async fn stream(run: Run, framing: Framing, page: Page, sender: mpsc::Sender<Piece>) {
    tokio::select! {
        () = sender.closed() => {}
        result = frames(run, framing, &page, &sender) => {
            if result.is_none() {
                let bytes = Frame::error(0, "Internal Server Error").encode(framing);
                // Nobody may be listening any more.
                let _ = sender.send(Piece { bytes, means: Means::Nothing }).await;
            }
        }
    }
}

async fn frames(run: Run, framing: Framing, page: &Page, sender: &mpsc::Sender<Piece>) -> Option<()> {
    let order = &run.order;
    let id = format!("{:016x}", rand::random::<u64>());
    let seeds: Vec<u32> = (0..order.samples).map(|index| seed(order.seed, index)).collect();
    let paintings = {
        let (order, seeds, stop) = (Arc::clone(order), seeds.clone(), Arc::clone(&run.stopped.0));
        tokio::task::spawn_blocking(move || {
            seeds
                .iter()
                .map(|seed| Some(Arc::new(Painting::paint(&order, *seed, &stop)?)))
                .collect::<Option<Vec<_>>>()
        })
    };
    let mut sketches = {
        let (order, seeds) = (Arc::clone(order), seeds.clone());
        blocking(move || {
            Some(
                seeds
                    .iter()
                    .map(|seed| Arc::new(Sketch::draw(&order, *seed)))
                    .collect::<Vec<_>>(),
            )
        })
        .await
        .ok()?
    };
    let mut paintings = Paintings::Wet(paintings);
    let skipped = order.steps - order.taken();
    for step in 0..order.taken() - 1 {
        tokio::time::sleep(run.step_delay).await;
        let preview = Preview::at(skipped + step, order.steps);
        if preview.needs_painting() {
            paintings = paintings.dry().await?;
        }
        for (index, sketch) in sketches.iter_mut().enumerate() {
            let painting = paintings.get(index);
            let sketch = Arc::clone(sketch);
            let jpeg = blocking(move || Some(preview.jpeg(&sketch, painting.as_deref())))
                .await
                .ok()?;
            let frame =
                Frame::preview(index as u32, step, sigma(skipped + step, order.steps), &id, &jpeg).encode(framing);
            sender
                .send(Piece {
                    bytes: frame,
                    means: Means::Preview,
                })
                .await
                .ok()?;
        }
    }
    tokio::time::sleep(run.step_delay).await;
    let paintings = paintings.dry().await?;
    let mut finished = Vec::new();
    for (index, seed) in seeds.into_iter().enumerate() {
        let (order, painting) = (Arc::clone(order), paintings.get(index)?);
        let file = blocking(move || Some(print::file(&order, seed, &painting)))
            .await
            .ok()?;
        finished.push(Finished {
            index: index as u32,
            seed,
            file,
        });
    }
    enter(page, &finished);
    // The client may ask for the next batch as soon as it has the last byte of this one.
    drop(run.easel);
    for picture in finished {
        let bytes = Frame::picture(picture.index, &id, &picture.file).encode(framing);
        sender
            .send(Piece {
                bytes,
                means: Means::Picture(picture.index),
            })
            .await
            .ok()?;
    }
    Some(())
}

/// The finished pictures of a batch, which are painted while the first previews go out.
enum Paintings {
    Wet(tokio::task::JoinHandle<Option<Vec<Arc<Painting>>>>),
    Dry(Vec<Arc<Painting>>),
}

impl Paintings {
    async fn dry(self) -> Option<Self> {
        match self {
            Self::Wet(task) => Some(Self::Dry(task.await.ok()??)),
            Self::Dry(_) => Some(self),
        }
    }

    fn get(&self, index: usize) -> Option<Arc<Painting>> {
        match self {
            Self::Wet(_) => None,
            Self::Dry(paintings) => paintings.get(index).cloned(),
        }
    }
}

/// Seed 0 means any, and nobody is told which.
fn seed(asked: u32, index: u32) -> u32 {
    if asked == 0 {
        rand::random()
    } else {
        asked.wrapping_add(index)
    }
}

fn enter(page: &Page, pictures: &[Finished]) {
    let entries = pictures
        .iter()
        .map(|picture| Picture {
            index: picture.index,
            seed: picture.seed,
            bytes: picture.file.len() as u64,
            sha256: sha256(&picture.file),
            delivered: false,
            delivered_at: None,
        })
        .collect();
    page.edit(|exchange| exchange.pictures = entries);
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Some(result)) => Ok(result),
        Ok(None) | Err(_) => Err(Refusal::crash()),
    }
}
