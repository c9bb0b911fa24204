//! What a job costs.

use novelai::account::Account;
use novelai::cost::{self, Estimate};
use novelai::model::Model;
use novelai::request::{PictureId, Size};

use crate::error::Error;
use crate::jobs::Work;
use crate::shared::Shared;

/// The price of a job by itself; none where nobody names one. Vibes that have to be encoded first are jobs of their own.
pub(crate) fn price(shared: &Shared, work: &Work, account: Option<&Account>) -> Result<Option<Estimate>, Error> {
    let registry = &shared.registry;
    if let Some((step, image)) = work.as_step() {
        return Ok(step.outcome(size_of(shared, image)?, registry, account)?.price);
    }
    Ok(match work {
        Work::Generate { request, .. } => {
            let mut request = (**request).clone();
            let encodes = registry.get(&request.model).is_some_and(Model::encodes_vibes);
            for vibe in &mut request.references.vibes {
                vibe.encoded = encodes;
            }
            Some(cost::estimate(&request, registry, account)?)
        }
        Work::EncodeVibe { .. } => Some(cost::plain(cost::encode_vibe(registry))),
        Work::Classify { .. } => Some(cost::plain(0)),
        // Unknown is not free.
        Work::WritePrompt { .. } => None,
        Work::Upscale { .. } | Work::Augment { .. } | Work::Enlarge { .. } | Work::Annotate { .. } => {
            return Err(Error::internal("a step has the price of its outcome"));
        }
    })
}

/// The size of an input, upright.
pub(crate) fn size_of(shared: &Shared, image: &PictureId) -> Result<Size, Error> {
    match shared.inputs.info(image) {
        Some(info) => Ok(Size {
            width: info.width,
            height: info.height,
        }),
        None => shared
            .inputs
            .required(image)
            .and_then(|bytes| Ok(novelai::prepare::size(&bytes)?)),
    }
}
