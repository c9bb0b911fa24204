//! The pictures of a request: read from where their names say, and brought into the form in which they are sent.
//!
//! On the command line a picture is named by its path. What a request brought along itself (the vibes within a picture
//! whose settings are used) is already there.

use std::path::Path;

use bytes::Bytes;
use novelai::mask::{Coverage, mask};
use novelai::model::{Model, Registry};
use novelai::payload::Pictures;
use novelai::prepare;
use novelai::request::{Enhance, GenerateRequest, PictureId, Source, Vibe};

use crate::error::Error;
use crate::vibes;
use crate::{connection, files};

/// Reads and prepares every picture that a request names. What turns out to be encoded already is marked as such.
pub(crate) fn pack(request: &mut GenerateRequest, known: Pictures, registry: &Registry) -> Result<Pictures, Error> {
    let mut pictures = known;
    let model = connection::model(registry, &request.model.0)?;
    let size = request.size;
    match &request.source {
        Source::Text => {}
        Source::Image {
            image, enhance, fit, ..
        } => {
            let bytes = read(image, &pictures)?;
            let keeps_alpha = model.transparency && *enhance == Enhance::No;
            pictures.insert(
                image.clone(),
                named(image, prepare::fitted_source(&bytes, size, *fit, keeps_alpha))?,
            );
        }
        Source::Inpaint {
            image, mask: painted, ..
        } => {
            let bytes = read(image, &pictures)?;
            pictures.insert(
                image.clone(),
                named(image, prepare::source(&bytes, size, model.transparency))?,
            );
            let bytes = read(painted, &pictures)?;
            pictures.insert(painted.clone(), named(painted, mask(&bytes, size, Coverage::Any))?);
        }
    }
    for vibe in &mut request.references.vibes {
        pack_vibe(vibe, model, &mut pictures)?;
    }
    for reference in &request.references.precise {
        let bytes = read(&reference.image, &pictures)?;
        let prepared = named(&reference.image, prepare::reference(&bytes, registry))?;
        pictures.insert(reference.image.clone(), prepared);
    }
    Ok(pictures)
}

/// Hands the pictures of a request over to be kept, each under its path, and names them as they are known then. Vibes stay
/// as they are.
pub(crate) fn hand_over(
    request: &mut GenerateRequest,
    known: &Pictures,
    mut keep: impl FnMut(&str, &[u8]) -> Result<PictureId, Error>,
) -> Result<(), Error> {
    let precise = request.references.precise.iter_mut().map(|precise| &mut precise.image);
    let named: Vec<&mut PictureId> = match &mut request.source {
        Source::Text => precise.collect(),
        Source::Image { image, .. } => precise.chain([image]).collect(),
        Source::Inpaint { image, mask, .. } => precise.chain([image, mask]).collect(),
    };
    for picture in named {
        let bytes = read(picture, known)?;
        *picture = keep(&picture.0, &bytes)?;
    }
    Ok(())
}

fn pack_vibe(vibe: &mut Vibe, model: &Model, pictures: &mut Pictures) -> Result<(), Error> {
    if vibe.encoded && pictures.get(&vibe.image).is_some() {
        return Ok(());
    }
    let bytes = read(&vibe.image, pictures)?;
    let found = vibes::find(Path::new(&vibe.image.0), &bytes, model, vibe.extraction)?;
    let bytes = match found {
        vibes::Found::Encoded(bytes) => {
            vibe.encoded = true;
            bytes
        }
        vibes::Found::Picture(picture) if model.encodes_vibes() => named(&vibe.image, prepare::as_png(&picture))?,
        vibes::Found::Picture(picture) => named(&vibe.image, prepare::vibe(&picture))?,
    };
    pictures.insert(vibe.image.clone(), bytes);
    Ok(())
}

fn read(image: &PictureId, known: &Pictures) -> Result<Bytes, Error> {
    match known.get(image) {
        Some(bytes) => Ok(bytes.clone()),
        None => files::read(Path::new(&image.0)),
    }
}

fn named<T>(image: &PictureId, prepared: Result<T, novelai::payload::Refusal>) -> Result<T, Error> {
    prepared.map_err(|refusal| Error::from(refusal).about(&image.0))
}

/// For a request that is only shown: vibes that would be encoded first are shown as if they were.
pub(crate) fn pretend_encoded(request: &mut GenerateRequest, pictures: &mut Pictures, model: &Model) {
    for vibe in &mut request.references.vibes {
        if model.encodes_vibes() && !vibe.encoded {
            vibe.encoded = true;
            pictures.insert(vibe.image.clone(), Bytes::from_static(b"encoded when it is sent"));
        }
    }
}
