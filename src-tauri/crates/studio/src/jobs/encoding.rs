//! Jobs that encode vibes: which of them a click needs, under which ids, and what becomes of their answers.
//!
//! A click on Generate is one UUID, and everything that is paid for because of it follows from that: the ids of its
//! encodings are made of it, so that the same click makes the same jobs however often it arrives.

use novelai::model::{Model, ModelId};
use novelai::request::{GenerateRequest, PictureId};
use novelai::response;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::disk::{Step, off_thread};
use crate::error::{Error, ErrorCode};
use crate::jobs::price::price;
use crate::jobs::{Job, Work, journal};
use crate::shared::Shared;
use crate::vibes::{Realm, marked, rounded, unencoded};

/// The jobs that have to run before a request can be sent, in their order.
pub(crate) fn needed(shared: &Shared, click: Uuid, request: &GenerateRequest, server: &str) -> Vec<Job> {
    let marked = marked(request, &shared.encodings, &shared.registry, Realm::of(server));
    let missing = unencoded(&marked, &shared.registry).into_iter();
    missing
        .map(|vibe| {
            let work = Work::EncodeVibe {
                image: vibe.image.clone(),
                model: vibe.model,
                extraction: vibe.extraction,
            };
            let id = id_of(click, &vibe.image, vibe.extraction);
            let anlas = price(shared, &work, None).ok().flatten().map(|price| price.anlas);
            Job::new(id, work, server.to_owned(), anlas)
        })
        .collect()
}

/// The ids that encodings for this click have, if there were any.
pub(crate) fn ids_of(click: Uuid, work: &Work) -> Vec<Uuid> {
    let vibes = work.request().map(|request| request.references.vibes.as_slice());
    let vibes = vibes.unwrap_or_default().iter();
    vibes
        .map(|vibe| id_of(click, &vibe.image, rounded(vibe.extraction)))
        .collect()
}

fn id_of(click: Uuid, image: &PictureId, extraction: f64) -> Uuid {
    let digest = Sha256::new()
        .chain_update(click.as_bytes())
        .chain_update(format!("vibe {} {extraction}", image.0))
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// What came of an answer.
pub(crate) enum Encoded {
    /// It is kept, durably.
    Kept,
    /// It is no encoding, for this reason.
    Flawed(Error),
}

/// Keeps the encoding in a whole answer.
pub(crate) async fn keep(shared: &Shared, job: &Job, answer: Vec<u8>) -> Result<Encoded, Error> {
    let Work::EncodeVibe {
        image,
        model,
        extraction,
    } = &job.work
    else {
        return Err(Error::internal("this job encodes nothing"));
    };
    let bytes = match response::vibe(&answer) {
        Ok(bytes) => bytes,
        Err(flaw) => return Ok(Encoded::Flawed(flaw.into())),
    };
    let key = shared.registry.get(model).and_then(Model::vibe_key);
    let Some(key) = key.map(str::to_owned) else {
        let error = Error::new(ErrorCode::Refused, "The model of this vibe is not known any more.");
        return Ok(Encoded::Flawed(error.with_detail("model")));
    };
    let (encodings, disk) = (shared.encodings.clone(), shared.disk.clone());
    let (image, extraction, realm) = (image.clone(), *extraction, Realm::of(&job.server));
    off_thread(move || {
        disk.at(Step::PictureWrite)?;
        encodings.keep(&image, &key, Some(extraction), realm, &bytes)
    })
    .await
    .map_err(|error| Error::storage(&error, "keeping an encoded vibe"))?;
    Ok(Encoded::Kept)
}

/// Jobs that wait to encode what another one was to encode.
pub(crate) struct Twins {
    of: Job,
    /// The models that could use the encoding.
    family: Vec<String>,
}

impl Twins {
    pub(crate) fn of(shared: &Shared, job: &Job) -> Self {
        let registry = &shared.registry;
        let key = |model: &ModelId| registry.get(model).and_then(Model::vibe_key);
        let models = registry.models().iter().map(|model| &model.id);
        let family = match &job.work {
            Work::EncodeVibe { model, .. } => models.filter(|other| key(other) == key(model)).collect(),
            Work::Generate { .. }
            | Work::Upscale { .. }
            | Work::Augment { .. }
            | Work::Enlarge { .. }
            | Work::Annotate { .. }
            | Work::Classify { .. }
            | Work::WritePrompt { .. } => Vec::new(),
        };
        Self {
            of: job.clone(),
            family: family.into_iter().map(|model| model.0.clone()).collect(),
        }
    }

    /// An encoding may have been charged, and is not here. Others of the same that wait are not sent by themselves: the
    /// person decides. Gives those that are stopped.
    pub(crate) fn stop(&self, connection: &Connection) -> rusqlite::Result<Vec<Uuid>> {
        let error = Error::new(
            ErrorCode::Refused,
            "Nothing was sent: the same vibe was sent before, and may have been charged without being received. Look at \
             that first, then generate again.",
        );
        journal::fail_twins(connection, &self.of, &self.family, &error)
    }
}
