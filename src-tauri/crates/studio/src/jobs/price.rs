//! What a job costs.

use novelai::account::Account;
use novelai::cost::{self, Estimate};
use novelai::model::Model;
use novelai::request::{PictureId, Size};

use crate::enlarge::enlarged_size;
use crate::error::Error;
use crate::jobs::Work;
use crate::shared::Shared;

/// The price of a job by itself. Vibes that have to be encoded first are jobs of their own.
pub(crate) fn price(shared: &Shared, work: &Work, account: Option<&Account>) -> Result<Estimate, Error> {
    let registry = &shared.registry;
    Ok(match work {
        Work::Generate { request, .. } => {
            let mut request = (**request).clone();
            let encodes = registry.get(&request.model).is_some_and(Model::encodes_vibes);
            for vibe in &mut request.references.vibes {
                vibe.encoded = encodes;
            }
            cost::estimate(&request, registry, account)?
        }
        Work::EncodeVibe { .. } => cost::plain(cost::encode_vibe(registry)),
        Work::Upscale { image, .. } => cost::plain(cost::upscale(size_of(shared, image)?, registry)?),
        Work::Enlarge { image, way, scale } => {
            enlarged_size(size_of(shared, image)?, *way, *scale)?;
            cost::plain(0)
        }
        Work::Augment { image, tool } => {
            cost::director(tool.removes_background(), size_of(shared, image)?, registry, account)
        }
    })
}

fn size_of(shared: &Shared, image: &PictureId) -> Result<Size, Error> {
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
