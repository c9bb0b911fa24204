//! From a plan to its cells: every combination of its axes, each with a request of its own.

use novelai::carry::switch_model;
use novelai::model::{Model, Registry};
use novelai::nearest_size;
use novelai::request::{Character, GenerateRequest, Size};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::batch::{Axis, BatchPlan, SeedRule};
use crate::each::from_picture;
use crate::error::{Error, ErrorCode};
use crate::shared::Shared;

/// A cell of a batch.
pub(crate) struct Cell {
    /// Where it stands on each axis.
    pub(crate) labels: Vec<String>,
    /// What it asks for, or why it can't.
    pub(crate) request: Result<GenerateRequest, Error>,
}

/// The labels of each axis, and those of the copies where there are several.
pub(crate) fn labels(plan: &BatchPlan, registry: &Registry) -> Vec<Vec<String>> {
    let mut labels: Vec<Vec<String>> = plan.axes.iter().map(|axis| axis.labels(registry)).collect();
    if plan.count != 1 || labels.is_empty() {
        labels.push((1..=plan.count).map(|copy| format!("#{copy}")).collect());
    }
    labels
}

impl Axis {
    fn labels(&self, registry: &Registry) -> Vec<String> {
        match self {
            Self::Prompts { values }
            | Self::Scenes { values }
            | Self::Replace { values, .. }
            | Self::Characters { values } => values.clone(),
            Self::Models { values } => {
                let name = |id| registry.get(id).map(|model| model.short_name.clone());
                values
                    .iter()
                    .map(|id| name(id).unwrap_or_else(|| id.0.clone()))
                    .collect()
            }
            Self::Samplers { values } => {
                let names = registry.models().iter().flat_map(|model| &model.samplers);
                let name = |id: &String| {
                    let known = names.clone().find(|sampler| sampler.id == *id);
                    known.map_or_else(|| id.clone(), |sampler| sampler.name.clone())
                };
                values.iter().map(name).collect()
            }
            Self::Guidance { values } => values.iter().map(|value| format!("Guidance {value}")).collect(),
            Self::Steps { values } => values.iter().map(|value| format!("{value} steps")).collect(),
            Self::Sources { values } => (1..=values.len()).map(|number| format!("Source {number}")).collect(),
        }
    }

    /// The request at a place of the axis.
    fn apply(&self, at: usize, mut request: GenerateRequest, shared: &Shared) -> Result<GenerateRequest, Error> {
        let registry = &shared.registry;
        let nothing = || Error::internal("a place beyond an axis");
        match self {
            Self::Prompts { values } => request.prompt.text.clone_from(values.get(at).ok_or_else(nothing)?),
            Self::Scenes { values } => {
                let scene = values.get(at).ok_or_else(nothing)?;
                let text = request.prompt.text.trim_end().trim_end_matches(',');
                request.prompt.text = match text {
                    "" => scene.clone(),
                    text => format!("{text}, {scene}"),
                };
            }
            Self::Replace { find, values } => {
                let value = values.get(at).ok_or_else(nothing)?;
                if !replace(&mut request, find, value) {
                    let message = format!("“{find}” stands nowhere in the prompts.");
                    return Err(Error::new(ErrorCode::Refused, message).with_detail("prompt.text"));
                }
            }
            Self::Characters { values } => {
                let prompt = values.get(at).ok_or_else(nothing)?.clone();
                match request.characters.first_mut() {
                    Some(first) => {
                        first.prompt = prompt;
                        first.enabled = true;
                    }
                    None => request.characters.push(Character {
                        prompt,
                        undesired: String::new(),
                        position: None,
                        enabled: true,
                        name: String::new(),
                    }),
                }
            }
            Self::Models { values } => {
                let id = values.get(at).ok_or_else(nothing)?;
                if registry.get(id).is_none() {
                    let message = format!("The model {} is not known.", id.0);
                    return Err(Error::new(ErrorCode::Refused, message).with_detail("model"));
                }
                request = switch_model(&request, id, registry).request;
            }
            Self::Samplers { values } => {
                let sampler = values.get(at).ok_or_else(nothing)?;
                let offers = |model: &Model| model.samplers.iter().any(|known| known.id == *sampler);
                if !registry.get(&request.model).is_some_and(offers) {
                    let message = "This model does not have this sampler.";
                    return Err(Error::new(ErrorCode::Refused, message).with_detail("sampling.sampler"));
                }
                request.sampling.sampler.clone_from(sampler);
            }
            Self::Guidance { values } => request.sampling.guidance = *values.get(at).ok_or_else(nothing)?,
            Self::Steps { values } => request.sampling.steps = *values.get(at).ok_or_else(nothing)?,
            Self::Sources { values } => {
                let image = values.get(at).ok_or_else(nothing)?;
                let info = shared.inputs.info(image).ok_or_else(|| {
                    let message = "This picture is no longer there. Add it again.";
                    Error::new(ErrorCode::NotFound, message).with_detail("source.image")
                })?;
                let own = Size {
                    width: info.width,
                    height: info.height,
                };
                let size = nearest_size(own, registry.limits().free_area, registry);
                request = from_picture(&request, image.clone(), size);
            }
        }
        Ok(request)
    }
}

/// `false`: there was nothing to replace.
fn replace(request: &mut GenerateRequest, find: &str, by: &str) -> bool {
    let mut texts = vec![&mut request.prompt.text, &mut request.prompt.undesired];
    for character in &mut request.characters {
        texts.extend([&mut character.prompt, &mut character.undesired]);
    }
    let mut found = false;
    for text in texts {
        if !find.is_empty() && text.contains(find) {
            *text = text.replace(find, by);
            found = true;
        }
    }
    found
}

/// All cells, the first axis running fastest. The order in which axes are applied is not theirs: a model comes first,
/// since switching changes what comes after.
pub(crate) fn cells(shared: &Shared, plan: &BatchPlan, id: Uuid) -> Vec<Cell> {
    let labels = labels(plan, &shared.registry);
    let total: usize = labels.iter().map(Vec::len).product();
    let first_seed = plan.request.sampling.seed.unwrap_or_else(|| number_of(id, "seed"));
    let samples = u32::from(plan.request.samples);
    (0..total)
        .map(|cell| {
            let places = places(&labels, cell);
            let copy = if labels.len() > plan.axes.len() {
                places.last().copied().unwrap_or(0)
            } else {
                0
            };
            let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).wrapping_mul(samples);
            let seed = match plan.seeds {
                SeedRule::Same => first_seed.wrapping_add(count(copy)),
                SeedRule::CountUp => first_seed.wrapping_add(count(cell)),
                SeedRule::Random => number_of(id, &format!("seed of {cell}")),
            };
            let mut request = plan.request.clone();
            request.sampling.seed = Some(seed.max(1));
            let mut axes: Vec<(&Axis, usize)> = plan.axes.iter().zip(places.iter().copied()).collect();
            axes.sort_by_key(|(axis, _)| !matches!(axis, Axis::Models { .. }));
            let request = axes
                .into_iter()
                .try_fold(request, |request, (axis, at)| axis.apply(at, request, shared));
            let names = labels
                .iter()
                .zip(&places)
                .filter_map(|(labels, at)| labels.get(*at).cloned());
            Cell {
                labels: names.collect(),
                request,
            }
        })
        .collect()
}

/// Where a cell stands on each axis.
pub(crate) fn places(labels: &[Vec<String>], cell: usize) -> Vec<usize> {
    let mut rest = cell;
    let place = |labels: &Vec<String>| {
        let at = rest % labels.len().max(1);
        rest /= labels.len().max(1);
        at
    };
    labels.iter().map(place).collect()
}

fn digest(id: Uuid, what: &str) -> [u8; 16] {
    let digest = Sha256::new().chain_update(id.as_bytes()).chain_update(what).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes
}

/// The id of a cell's job follows from that of the click: the same click makes the same jobs.
pub(crate) fn id_of(batch: Uuid, cell: u32) -> Uuid {
    Builder::from_custom_bytes(digest(batch, &format!("cell {cell}"))).into_uuid()
}

/// A seed that follows from the click, from 1 on.
fn number_of(id: Uuid, what: &str) -> u32 {
    let [a, b, c, d, ..] = digest(id, what);
    u32::from_be_bytes([a, b, c, d]).max(1)
}
