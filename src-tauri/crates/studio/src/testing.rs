//! What the tests of this crate share.

use novelai::model::{ModelId, Registry};
use novelai::request::{GenerateRequest, ImageFormat, Prompt, QualityPreset, Sampling, Size, Source, UndesiredPreset};

/// A small request that every server takes.
pub(crate) fn request() -> GenerateRequest {
    let model = Registry::builtin()
        .get(&ModelId("nai-diffusion-4-5-full".into()))
        .expect("V4.5 Full is built in");
    GenerateRequest {
        model: model.id.clone(),
        prompt: Prompt {
            text: "a lighthouse in the evening".into(),
            undesired: String::new(),
            quality: QualityPreset::Standard,
            undesired_preset: UndesiredPreset::Heavy,
        },
        characters: Vec::new(),
        size: Size {
            width: 256,
            height: 320,
        },
        sampling: Sampling {
            steps: 4,
            guidance: model.defaults.guidance,
            guidance_rescale: model.defaults.guidance_rescale,
            sampler: model.defaults.sampler.clone(),
            noise_schedule: model.defaults.noise_schedule.clone(),
            variety: false,
            seed: Some(42),
        },
        source: Source::Text,
        samples: 1,
        format: ImageFormat::Png,
    }
}
