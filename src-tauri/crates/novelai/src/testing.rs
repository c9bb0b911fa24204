//! What the tests of this crate begin with.

use crate::model::{ModelId, Registry};
use crate::request::{Character, GenerateRequest, ImageFormat};

pub(crate) const V5_FULL: &str = "nai-diffusion-5-full";
pub(crate) const V5_CURATED: &str = "nai-diffusion-5-curated";
pub(crate) const V45_FULL: &str = "nai-diffusion-4-5-full";
pub(crate) const V45_CURATED: &str = "nai-diffusion-4-5-curated";

/// A request with the defaults of a model, ready to be sent.
pub(crate) fn request(model: &str) -> GenerateRequest {
    let mut request = GenerateRequest::new(Registry::builtin().get(&ModelId(model.into())).unwrap());
    request.prompt.text = "1girl, sea".into();
    request.sampling.seed = Some(1_234_567_890);
    request.format = ImageFormat::Webp;
    request
}

/// A character without a place of its own.
pub(crate) fn character(prompt: &str) -> Character {
    Character {
        prompt: prompt.into(),
        undesired: String::new(),
        position: None,
        enabled: true,
        name: String::new(),
    }
}
