//! What would go over the wire, shown and not sent; and the way back, from a picture to a request.

use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};
use novelai::carry::{PresetChange, PresetPart, PresetPreview, apply, switch_model};
use novelai::client::{Call, Detail};
use novelai::metadata;
use novelai::model::Registry;
use novelai::payload::{Framing, Pictures};
use novelai::prompt::settle;
use novelai::request::{GenerateRequest, PictureId, Source};
use novelai::vibe_file::Encoding;
use serde::Serialize;

use crate::disk::off_thread;
use crate::door::Studio;
use crate::error::Error;
use crate::inputs::add;
use crate::jobs::queue::pick;
use crate::shared::Shared;

/// What a picture's metadata says, as a request, and what could not be taken over.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PictureSettings {
    /// The request that makes it again, as far as the picture tells.
    pub request: GenerateRequest,
    /// The parts that the picture tells of.
    pub parts: Vec<PresetPart>,
    /// Its seed.
    pub seed: Option<u32>,
    /// What could not be taken over, a sentence each.
    pub not_taken: Vec<String>,
}

impl Studio {
    /// The JSON of a request as it would be sent now, its pictures shortened. Nothing is sent, and no token is in it.
    ///
    /// # Errors
    ///
    /// `refused` where it would not be sent.
    pub async fn wire_request(&self, mut request: GenerateRequest) -> Result<String, Error> {
        request.pick_seed(pick);
        let shared = self.shared().clone();
        let purse = &shared.purse;
        let client = purse
            .client(&purse.current())
            .ok_or_else(|| Error::internal("there is no server"))?;
        let shared = self.shared().clone();
        off_thread(move || {
            let drawn = settle(&request, &shared.words.files.look().lists).request;
            let pictures = stand_ins(&drawn, &shared.registry)?;
            let streams = shared.registry.get(&drawn.model).is_some_and(|model| model.streaming);
            let mut sent = drawn;
            let encodes = shared
                .registry
                .get(&sent.model)
                .is_some_and(novelai::model::Model::encodes_vibes);
            for vibe in &mut sent.references.vibes {
                vibe.encoded = encodes;
            }
            let call = Call::Generate {
                request: &sent,
                pictures: &pictures,
                framing: (streams && sent.delivery.stream).then_some(Framing::Msgpack),
                transport: sent.delivery.transport,
            };
            let mut told = client.wire(&call)?.to_json(Detail::Short);
            serde_json::to_string_pretty(&told["body"].take()).map_err(Error::internal)
        })
        .await
    }

    /// What the bytes of a picture say about how it was made; none where they say nothing. `current` is kept where they
    /// don't tell the model.
    pub async fn settings_of(&self, bytes: Vec<u8>, current: &GenerateRequest) -> Option<PictureSettings> {
        let shared = self.shared().clone();
        let current = current.model.clone();
        off_thread(move || settings_of(&bytes, &shared, &current)).await
    }

    /// What taking over parts of what a picture says would do to a request; its seed too, where one is given.
    #[must_use]
    pub fn preview_settings(
        &self,
        told: &GenerateRequest,
        parts: &[PresetPart],
        seed: Option<u32>,
        request: &GenerateRequest,
    ) -> PresetPreview {
        let mut preview = apply(request, told, parts, &self.shared().registry);
        let before = request.sampling.seed;
        if let Some(seed) = seed
            && before != Some(seed)
        {
            preview.carried.request.sampling.seed = Some(seed);
            preview.changes.push(PresetChange {
                part: PresetPart::Settings,
                field: "seed".into(),
                from: before.map(|seed| seed.to_string()).unwrap_or_default(),
                to: seed.to_string(),
            });
        }
        preview
    }
}

/// What a picture says about itself, as JSON; none where it says nothing or is no picture.
#[must_use]
pub fn metadata_json(bytes: &[u8]) -> Option<String> {
    let said = metadata::read(bytes).ok()?;
    serde_json::to_string_pretty(&said).ok()
}

fn settings_of(bytes: &[u8], shared: &Shared, current: &novelai::model::ModelId) -> Option<PictureSettings> {
    let registry = &*shared.registry;
    let metadata = metadata::read(bytes).ok()?;
    let current = registry.get(current).or(registry.models().first())?;
    let mut settings = metadata.settings(registry, current)?;
    let mut not_taken = std::mem::take(&mut settings.left_out);
    let carried = settings.request.references.vibes.len();
    keep_vibes(shared, &mut settings);
    if settings.request.references.vibes.len() < carried {
        not_taken.push("Of its vibes, some could not be kept.".into());
    }
    // A picture of a model that is no longer offered is made by one that is.
    let offered = &registry.catalogue().models;
    if !offered.iter().any(|model| model.id == settings.request.model)
        && let Some(first) = offered.first()
    {
        not_taken.push(format!(
            "Its model is no longer offered; {} is taken.",
            first.short_name
        ));
        settings.request = switch_model(&settings.request, &first.id, registry).request;
    }
    let mut parts = vec![
        PresetPart::Prompt,
        PresetPart::Undesired,
        PresetPart::Settings,
        PresetPart::Size,
    ];
    if !settings.request.characters.is_empty() {
        parts.push(PresetPart::Characters);
    }
    if !settings.request.references.vibes.is_empty() {
        parts.push(PresetPart::References);
    }
    Some(PictureSettings {
        seed: metadata.seed(),
        parts,
        not_taken,
        request: settings.request,
    })
}

/// The vibes of a picture are in it as bytes: they are kept like those of a file, and those that can't be are left out.
fn keep_vibes(shared: &Shared, settings: &mut metadata::Settings) {
    let model = shared.registry.get(&settings.request.model);
    let key = model
        .filter(|model| model.encodes_vibes())
        .and_then(|model| model.vibe_key());
    let pictures = &settings.pictures;
    settings.request.references.vibes.retain(|vibe| {
        let Some(bytes) = pictures.get(&vibe.image) else {
            return false;
        };
        let Some(key) = key else {
            return add(&shared.inputs, &shared.encodings, &shared.registry, "vibe", bytes)
                .refused
                .is_empty();
        };
        let encoding = Encoding {
            model_key: key.to_owned(),
            extraction: Some(vibe.extraction),
            mask: None,
            bytes: bytes.clone(),
        };
        shared.encodings.import(&vibe.image, &encoding).unwrap_or(false)
    });
}

/// A blank picture for each that a request names: their bytes are not shown, but their sizes are checked.
fn stand_ins(request: &GenerateRequest, registry: &Registry) -> Result<Pictures, Error> {
    let mut pictures = Pictures::new();
    let size = (request.size.width.clamp(1, 4096), request.size.height.clamp(1, 4096));
    let mut add = |id: &PictureId, (width, height): (u32, u32)| -> Result<(), Error> {
        pictures.insert(id.clone(), blank(width, height)?);
        Ok(())
    };
    match &request.source {
        Source::Text => {}
        Source::Image { image, .. } => add(image, size)?,
        Source::Inpaint { image, mask, .. } => {
            add(image, size)?;
            add(mask, size)?;
        }
    }
    for vibe in &request.references.vibes {
        add(&vibe.image, (448, 448))?;
    }
    let canvas = registry
        .canvases()
        .first()
        .map_or((1024, 1536), |size| (size.width, size.height));
    for reference in &request.references.precise {
        add(&reference.image, canvas)?;
    }
    Ok(pictures)
}

fn blank(width: u32, height: u32) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let pixels = vec![255; width as usize * height as usize];
    PngEncoder::new(&mut bytes)
        .write_image(&pixels, width, height, ExtendedColorType::L8)
        .map_err(Error::internal)?;
    Ok(bytes)
}
