//! What is sent for a job: its request, and the pictures it names in the form in which the service wants them.
//!
//! Everything is here before the job is journaled as `sending`. A picture that is gone, or that can't be made ready,
//! fails the job while that costs nothing.

use std::sync::Arc;

use bytes::Bytes;
use novelai::client::{Annotator, Call};
use novelai::inpaint::Plane;
use novelai::mask::{Coverage, mask};
use novelai::model::{Model, ModelId};
use novelai::payload::{Framing, Pictures, SentReferences, build_with, sent_references};
use novelai::prepare;
use novelai::request::{Enhance, GenerateRequest, PictureId, Source, Transport};
use novelai::tools::Tool;

use crate::disk::off_thread;
use crate::error::{Error, ErrorCode};
use crate::jobs::Work;
use crate::jobs::piece::{check_frame, ground, sent};
use crate::jobs::price::price;
use crate::server::SANDBOX;
use crate::shared::Shared;
use crate::vibes::{Realm, problem};

/// What is sent.
pub(crate) enum Parcel {
    Generate {
        request: Box<GenerateRequest>,
        pictures: Pictures,
        framing: Option<Framing>,
        transport: Transport,
    },
    EncodeVibe {
        image: Bytes,
        model: ModelId,
        extraction: f64,
    },
    Upscale {
        image: Bytes,
        model: ModelId,
        sharpening: f64,
        scale: u8,
    },
    Augment {
        image: Bytes,
        tool: Tool,
    },
    Annotate {
        image: Bytes,
        annotator: Annotator,
    },
    Classify {
        image: Bytes,
    },
    WritePrompt {
        model: String,
        prompt: String,
        temperature: f64,
        tokens: u32,
    },
}

impl Parcel {
    /// As the client knows it.
    pub(crate) fn call(&self) -> Call<'_> {
        match self {
            Self::Generate {
                request,
                pictures,
                framing,
                transport,
            } => Call::Generate {
                request,
                pictures,
                framing: *framing,
                transport: *transport,
            },
            Self::EncodeVibe {
                image,
                model,
                extraction,
            } => Call::EncodeVibe {
                image,
                model,
                extraction: *extraction,
            },
            Self::Upscale {
                image,
                model,
                sharpening,
                scale,
            } => Call::Upscale {
                image,
                model,
                sharpening: *sharpening,
                scale: *scale,
            },
            Self::Augment { image, tool } => Call::Augment { tool, image },
            Self::Annotate { image, annotator } => Call::Annotate {
                annotator: *annotator,
                image,
            },
            Self::Classify { image } => Call::Classify { image },
            Self::WritePrompt {
                model,
                prompt,
                temperature,
                tokens,
            } => Call::GeneratePrompt {
                model,
                prompt,
                temperature: *temperature,
                tokens: *tokens,
            },
        }
    }
}

/// What happens to vibes that are not encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vibes {
    /// They must be by now.
    Encoded,
    /// They may be encoded later, before it is sent.
    Later,
}

/// What is sent for a job. `None`: nothing has to be, because what it asks for is there.
pub(crate) async fn pack(shared: &Arc<Shared>, work: &Work, server: &str) -> Result<Option<Parcel>, Error> {
    let ground = ground(shared, work).await?;
    let (shared, work, realm) = (shared.clone(), work.clone(), Realm::of(server));
    off_thread(move || packed(&shared, &work, realm, ground)).await
}

/// Whether a job could be sent as it is, its vibes aside that are yet to be encoded.
pub(crate) async fn check(shared: &Arc<Shared>, work: &Work, server: &str) -> Result<(), Error> {
    let ground = ground(shared, work).await?;
    let (shared, work, realm) = (shared.clone(), work.clone(), Realm::of(server));
    off_thread(move || match &work {
        Work::Generate { request, .. } => {
            let (request, pictures) = luggage(&shared, request, realm, Vibes::Later, ground)?;
            build_with(&request, &shared.registry, &pictures, framing(&shared, &request))?;
            Ok(())
        }
        // Its price is that its picture is there and can be made so large.
        Work::Enlarge { .. } => price(&shared, &work, None).map(drop),
        Work::EncodeVibe { .. }
        | Work::Upscale { .. }
        | Work::Augment { .. }
        | Work::Annotate { .. }
        | Work::Classify { .. }
        | Work::WritePrompt { .. } => {
            price(&shared, &work, None)?;
            let parcel = packed(&shared, &work, realm, None)?;
            // Building it finds what is wrong with it. The sandbox's client is always there, and knows the same rules.
            if let (Some(parcel), Some(client)) = (parcel, shared.purse.client(SANDBOX)) {
                client.wire(&parcel.call())?;
            }
            Ok(())
        }
    })
    .await
}

fn packed(shared: &Shared, work: &Work, realm: Realm, ground: Option<Bytes>) -> Result<Option<Parcel>, Error> {
    Ok(Some(match work {
        Work::Generate { request, .. } => {
            let (request, pictures) = luggage(shared, request, realm, Vibes::Encoded, ground)?;
            Parcel::Generate {
                framing: framing(shared, &request),
                transport: request.delivery.transport,
                request: Box::new(request),
                pictures,
            }
        }
        Work::EncodeVibe {
            image,
            model,
            extraction,
        } => {
            let key = shared.registry.get(model).and_then(Model::vibe_key).unwrap_or_default();
            if shared.encodings.find(image, key, *extraction, realm).is_some() {
                return Ok(None);
            }
            Parcel::EncodeVibe {
                image: prepare::as_png(&shared.inputs.required(image)?)?,
                model: model.clone(),
                extraction: *extraction,
            }
        }
        Work::Upscale {
            image,
            model,
            sharpening,
            scale,
        } => Parcel::Upscale {
            image: prepare::as_png(&shared.inputs.required(image)?)?,
            model: model.clone(),
            sharpening: *sharpening,
            scale: *scale,
        },
        Work::Enlarge { .. } => return Err(Error::internal("what is done on this computer is not sent")),
        Work::Augment { image, tool } => Parcel::Augment {
            image: prepare::director(&shared.inputs.required(image)?, &shared.registry)?,
            tool: tool.clone(),
        },
        Work::Annotate { image, annotator } => Parcel::Annotate {
            image: within_limits(shared, image)?,
            annotator: *annotator,
        },
        Work::Classify { image } => Parcel::Classify {
            image: within_limits(shared, image)?,
        },
        Work::WritePrompt {
            model,
            prompt,
            temperature,
            tokens,
        } => {
            let offered = shared
                .registry
                .catalogue()
                .models
                .first()
                .map(|model| model.id.0.clone());
            Parcel::WritePrompt {
                model: model.clone().or(offered).unwrap_or_default(),
                prompt: prompt.clone(),
                temperature: *temperature,
                tokens: *tokens,
            }
        }
    }))
}

/// A picture for the calls that take any, and no larger than they take it.
fn within_limits(shared: &Shared, image: &PictureId) -> Result<Bytes, Error> {
    let most = shared.registry.limits().max_area;
    Ok(prepare::as_png_within(&shared.inputs.required(image)?, most)?)
}

/// Watched while it is painted, where that is wanted and can be.
fn framing(shared: &Shared, request: &GenerateRequest) -> Option<Framing> {
    let streams = shared.registry.get(&request.model).is_some_and(|model| model.streaming);
    (streams && request.delivery.stream).then_some(Framing::Msgpack)
}

/// The pictures of a request. One picture may play several parts, and is made ready for each in another way: so the
/// request that is sent names them by their parts.
fn luggage(
    shared: &Shared,
    request: &GenerateRequest,
    realm: Realm,
    vibes: Vibes,
    ground: Option<Bytes>,
) -> Result<(GenerateRequest, Pictures), Error> {
    let mut request = request.clone();
    let mut pictures = Pictures::new();
    let size = request.size;
    let Some(model) = shared.registry.get(&request.model).cloned() else {
        // What checks the request says so better.
        return Ok((request, pictures));
    };
    match &mut request.source {
        Source::Text => {}
        Source::Image {
            image, enhance, fit, ..
        } => {
            let keeps_alpha = model.transparency && *enhance == Enhance::No;
            let bytes = prepare::fitted_source(&shared.inputs.required(image)?, size, *fit, keeps_alpha)?;
            take(&mut pictures, image, "source", bytes);
        }
        Source::Inpaint {
            image,
            mask: painted,
            paste: Some(paste),
            ..
        } => {
            check_frame(paste, size, &shared.registry)?;
            let picture = match ground {
                Some(picture) => picture,
                None => shared.inputs.required(image)?,
            };
            let plane = Plane::read(&shared.inputs.required(painted)?, prepare::size(&picture)?)?;
            let sent = sent(&picture, &plane, paste, model.transparency)?;
            take(&mut pictures, image, "source", sent.picture);
            take(&mut pictures, painted, "mask", sent.mask);
        }
        Source::Inpaint {
            image,
            mask: painted,
            paste: None,
            ..
        } => {
            let bytes = prepare::source(&shared.inputs.required(image)?, size, model.transparency)?;
            take(&mut pictures, image, "source", bytes);
            let bytes = mask(&shared.inputs.required(painted)?, size, Coverage::Any)?;
            take(&mut pictures, painted, "mask", bytes);
        }
    }
    let (has_vibes, has_precise) = match sent_references(&request) {
        SentReferences::None => (false, false),
        SentReferences::Vibes(_) => (true, false),
        SentReferences::Precise(_) => (false, true),
    };
    if has_vibes {
        for (at, vibe) in request.references.vibes.iter_mut().enumerate() {
            let bytes = match model.vibe_key().filter(|_| model.encodes_vibes()) {
                Some(key) => {
                    let kept = shared.encodings.find(&vibe.image, key, vibe.extraction, realm);
                    vibe.encoded = kept.is_some();
                    match kept {
                        Some(path) => std::fs::read(path)
                            .map_err(|error| Error::storage(&error, "reading an encoded vibe; nothing was sent"))?
                            .into(),
                        None if vibes == Vibes::Encoded => return Err(not_encoded(at)),
                        None => {
                            if let Some(problem) = problem(vibe, Some(&model), &shared.inputs) {
                                return Err(refused_vibe(problem));
                            }
                            // Stands for what it will be.
                            vibe.encoded = true;
                            Bytes::from_static(b"to be encoded")
                        }
                    }
                }
                None => {
                    vibe.encoded = false;
                    if let Some(problem) = problem(vibe, Some(&model), &shared.inputs) {
                        return Err(refused_vibe(problem));
                    }
                    prepare::vibe(&shared.inputs.required(&vibe.image)?)?
                }
            };
            take(&mut pictures, &mut vibe.image, &format!("vibe {at}"), bytes);
        }
    }
    if has_precise {
        for (at, reference) in request.references.precise.iter_mut().enumerate() {
            let bytes = prepare::reference(&shared.inputs.required(&reference.image)?, &shared.registry)?;
            take(&mut pictures, &mut reference.image, &format!("reference {at}"), bytes);
        }
    }
    Ok((request, pictures))
}

fn take(pictures: &mut Pictures, image: &mut PictureId, part: &str, bytes: Bytes) {
    *image = PictureId(part.to_owned());
    pictures.insert(image.clone(), bytes);
}

fn not_encoded(at: usize) -> Error {
    Error::new(
        ErrorCode::Refused,
        format!(
            "Vibe {} is not encoded, so nothing was sent: its encoding failed or was cancelled. Generate again to encode it.",
            at + 1
        ),
    )
    .with_detail("references.vibes")
}

fn refused_vibe(problem: String) -> Error {
    Error::new(ErrorCode::Refused, problem).with_detail("references.vibes")
}
