//! The text under `prompt` that ComfyUI writes: a graph of nodes, each with its kind and what goes into it. Texts are
//! found by following the links of a sampler.
//!
//! Anybody can make nodes of new kinds, so that it is the names of inputs that are followed, and no more of them than a
//! large graph has.

use serde_json::{Map, Value};

use super::{Foreign, sampler, schedule};
use crate::json;
use crate::request::Size;

/// The most nodes that are looked at for one answer, and the most links that are followed in a row.
const NODES: usize = 256;
const DEPTH: usize = 64;

/// What a graph says; none where it is no such graph.
pub(super) fn read(text: &str) -> Option<Foreign> {
    // Python writes what is no number as no JSON does.
    let parsed = json::parse(text).or_else(|| json::parse(&text.replace("NaN", "null")));
    let Value::Object(nodes) = parsed? else { return None };
    let graph = Graph { nodes: &nodes };
    let main = graph.sampler()?;
    let number = |name: &[&str]| graph.value(main, name, DEPTH);
    let scheduler = number(&["scheduler"]).or_else(|| graph.far(main, "sigmas", &["scheduler"]));
    let named = number(&["sampler_name"]).or_else(|| graph.far(main, "sampler", &["sampler_name"]));
    let (sampler, in_name) = named.as_ref().and_then(Value::as_str).map(sampler).unzip();
    let conditions = if main.contains_key("guider") { "guider" } else { "" };
    let side = |name: &str| {
        let mut found = Vec::new();
        graph.texts(main, &[name, conditions], name, &mut found);
        found.join(", ")
    };
    let model = graph.far(main, "model", &["ckpt_name", "unet_name", "model_name"]);
    Some(Foreign {
        tool: "ComfyUI",
        prompt: side("positive"),
        undesired: side("negative"),
        seed: number(&["seed", "noise_seed"])
            .or_else(|| graph.far(main, "noise", &["noise_seed", "seed"]))
            .and_then(|seed| seed.as_u64()),
        steps: number(&["steps"])
            .or_else(|| graph.far(main, "sigmas", &["steps"]))
            .and_then(|steps| u32::try_from(steps.as_u64()?).ok()),
        guidance: number(&["cfg"])
            .or_else(|| graph.far(main, "guider", &["cfg"]))
            .and_then(|cfg| cfg.as_f64()),
        sampler,
        schedule: scheduler
            .as_ref()
            .and_then(Value::as_str)
            .and_then(schedule)
            .or(in_name.flatten()),
        size: graph.size(main),
        model: model.as_ref().and_then(Value::as_str).map(ToOwned::to_owned),
        notes: graph.notes(main),
    })
}

type Inputs = Map<String, Value>;

struct Graph<'a> {
    nodes: &'a Inputs,
}

impl<'a> Graph<'a> {
    fn kind(&self, id: &str) -> &'a str {
        let kind = self.nodes.get(id).and_then(|node| node.get("class_type"));
        kind.and_then(Value::as_str).unwrap_or_default()
    }

    fn inputs(&self, id: &str) -> Option<&'a Inputs> {
        self.nodes.get(id)?.get("inputs")?.as_object()
    }

    /// The node that an input comes from.
    fn link(&self, inputs: &'a Inputs, name: &str) -> Option<&'a str> {
        match inputs.get(name)?.as_array()?.as_slice() {
            [Value::String(id), ..] if self.nodes.contains_key(id) => Some(id),
            _ => None,
        }
    }

    /// The inputs of the node that painted the picture first: those after it paint over what it made.
    fn sampler(&self) -> Option<&'a Inputs> {
        let samplers = self.nodes.iter().take(4 * NODES).filter_map(|(id, _)| {
            let inputs = self.inputs(id)?;
            let paints = inputs.contains_key("positive") || inputs.contains_key("guider");
            (paints && LATENTS.iter().any(|name| inputs.contains_key(*name))).then_some((id, inputs))
        });
        let samplers: Vec<_> = samplers.take(NODES).collect();
        let named = samplers.iter().filter(|(id, _)| self.kind(id).contains("Sampler"));
        let named: Vec<_> = if named.clone().next().is_some() {
            named.collect()
        } else {
            samplers.iter().collect()
        };
        let first = named.iter().find(|(_, inputs)| {
            let empty = self.walk(inputs, &LATENTS).find(|id| self.kind(id).contains("Empty"));
            let before = self.walk(inputs, &LATENTS).any(|id| self.kind(id).contains("Sampler"));
            empty.is_some() && !before
        });
        first.or(named.first()).map(|(_, inputs)| *inputs)
    }

    /// The nodes that lie behind these inputs, nearest first, each once.
    fn walk(&self, inputs: &'a Inputs, names: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
        let mut waiting: Vec<&str> = names.iter().rev().filter_map(|name| self.link(inputs, name)).collect();
        let mut seen: Vec<&str> = Vec::new();
        let graph = Graph { nodes: self.nodes };
        std::iter::from_fn(move || {
            let id = loop {
                let id = waiting.pop()?;
                if !seen.contains(&id) {
                    break id;
                }
            };
            if seen.len() >= NODES {
                return None;
            }
            seen.push(id);
            if let Some(inputs) = graph.inputs(id) {
                let links = names.iter().rev().filter_map(|name| graph.link(inputs, name));
                waiting.extend(links);
            }
            Some(id)
        })
    }

    /// A value that is an input, or comes from a node that only holds it.
    fn value(&self, inputs: &'a Inputs, names: &[&str], depth: usize) -> Option<Value> {
        let (name, told) = names.iter().find_map(|name| Some((*name, inputs.get(*name)?)))?;
        if !told.is_array() {
            return Some(told.clone());
        }
        let behind = self.inputs(self.link(inputs, name)?)?;
        let holders = [name, "value", "int", "float", "string", "text", "seed", "noise_seed"];
        (depth > 0).then(|| self.value(behind, &holders, depth - 1)).flatten()
    }

    /// A value of a node that lies behind an input, however far.
    fn far(&self, inputs: &'a Inputs, through: &str, names: &[&str]) -> Option<Value> {
        let mut at = self.link(inputs, through)?;
        for _ in 0..DEPTH {
            let inputs = self.inputs(at)?;
            if let Some(value) = self.value(inputs, names, DEPTH).filter(|value| !value.is_null()) {
                return Some(value);
            }
            at = self.link(inputs, through).or_else(|| self.link(inputs, "model"))?;
        }
        None
    }

    /// The texts behind the conditions of a sampler, as they are joined.
    fn texts(&self, inputs: &'a Inputs, through: &[&str], side: &str, found: &mut Vec<String>) {
        let mut waiting: Vec<&str> = through
            .iter()
            .rev()
            .filter_map(|name| self.link(inputs, name))
            .collect();
        let mut seen: Vec<&str> = Vec::new();
        while let Some(id) = waiting.pop() {
            if seen.contains(&id) || seen.len() >= NODES || self.kind(id).contains("ZeroOut") {
                continue;
            }
            seen.push(id);
            let Some(inputs) = self.inputs(id) else { continue };
            for name in TEXTS {
                let Some(Value::String(text)) = self.value(inputs, &[name], DEPTH) else {
                    continue;
                };
                let text = text.trim();
                if !text.is_empty() && !found.iter().any(|known| known == text) {
                    found.push(text.to_owned());
                }
            }
            let links = CONDITIONS.iter().rev().copied().chain([side]);
            waiting.extend(links.filter_map(|name| self.link(inputs, name)));
        }
    }

    fn size(&self, main: &'a Inputs) -> Option<Size> {
        self.walk(main, &LATENTS).find_map(|id| {
            let inputs = self.inputs(id)?;
            let side = |name: &str| {
                let side = self.value(inputs, &[name], DEPTH)?.as_u64()?;
                u32::try_from(side).ok().filter(|side| (1..=65_535).contains(side))
            };
            Some(Size {
                width: side("width")?,
                height: side("height")?,
            })
        })
    }

    fn notes(&self, main: &'a Inputs) -> Vec<String> {
        let has = |name: &str| {
            let mut nodes = self.nodes.iter().take(4 * NODES);
            nodes.any(|(id, _)| self.kind(id).contains(name))
        };
        let mut notes = Vec::new();
        if has("Lora") {
            notes.push("Its LoRAs are left out.".into());
        }
        if has("ControlNet") {
            notes.push("Its ControlNet is left out.".into());
        }
        if self.walk(main, &LATENTS).any(|id| self.kind(id).contains("VAEEncode")) {
            notes.push("The picture that it started from is not in it.".into());
        }
        notes
    }
}

/// Inputs through which a picture comes into a sampler.
const LATENTS: [&str; 5] = ["latent_image", "latent", "samples", "pixels", "image"];
/// Inputs that are texts.
const TEXTS: [&str; 6] = ["text", "text_g", "text_l", "t5xxl", "prompt", "string"];
/// Inputs through which texts come into one another.
const CONDITIONS: [&str; 6] = [
    "conditioning",
    "conditioning_1",
    "conditioning_2",
    "conditioning_to",
    "conditioning_from",
    "cond1",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn usual() -> Value {
        json!({
            "3": { "class_type": "KSampler", "inputs": {
                "seed": 156_680_208_700_286_u64, "steps": 20, "cfg": 8.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1,
                "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0] } },
            "4": { "class_type": "CheckpointLoaderSimple", "inputs": { "ckpt_name": "anything.safetensors" } },
            "5": { "class_type": "EmptyLatentImage", "inputs": { "width": 512, "height": 768, "batch_size": 1 } },
            "6": { "class_type": "CLIPTextEncode", "inputs": { "text": "silver hair, night city", "clip": ["10", 1] } },
            "7": { "class_type": "CLIPTextEncode", "inputs": { "text": "lowres", "clip": ["10", 1] } },
            "10": { "class_type": "LoraLoader", "inputs": { "model": ["4", 0], "lora_name": "x" } },
            "9": { "class_type": "SaveImage", "inputs": { "images": ["8", 0] } }
        })
    }

    fn told(graph: &Value) -> Foreign {
        read(&graph.to_string()).unwrap()
    }

    #[test]
    fn the_usual_graph_is_read() {
        let told = told(&usual());
        assert_eq!(
            (told.prompt.as_str(), told.undesired.as_str()),
            ("silver hair, night city", "lowres")
        );
        assert_eq!(
            (told.seed, told.steps, told.guidance),
            (Some(156_680_208_700_286), Some(20), Some(8.0))
        );
        assert_eq!(
            (told.sampler.as_deref(), told.schedule.as_deref()),
            (Some("k_dpmpp_2m"), Some("karras"))
        );
        assert_eq!(
            told.size,
            Some(Size {
                width: 512,
                height: 768
            })
        );
        assert_eq!(told.model.as_deref(), Some("anything.safetensors"));
        assert_eq!(told.notes, ["Its LoRAs are left out."]);
    }

    #[test]
    fn the_first_of_two_samplers_and_joined_texts_are_read() {
        let mut graph = usual();
        graph["1"] = json!({ "class_type": "KSampler", "inputs": {
            "seed": 2, "steps": 9, "cfg": 5, "sampler_name": "euler", "scheduler": "normal",
            "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["2", 0] } });
        graph["2"] =
            json!({ "class_type": "LatentUpscale", "inputs": { "samples": ["3", 0], "width": 2048, "height": 2048 } });
        graph["3"]["inputs"]["positive"] = json!(["20", 0]);
        graph["3"]["inputs"]["seed"] = json!(["22", 0]);
        graph["20"] = json!({ "class_type": "ConditioningCombine", "inputs": { "conditioning_1": ["6", 0], "conditioning_2": ["21", 0] } });
        graph["21"] = json!({ "class_type": "CLIPTextEncode", "inputs": { "text": ["23", 0] } });
        graph["22"] = json!({ "class_type": "Seed", "inputs": { "seed": 77 } });
        graph["23"] = json!({ "class_type": "Text", "inputs": { "value": "rain" } });
        let told = told(&graph);
        assert_eq!(told.prompt, "silver hair, night city, rain");
        assert_eq!((told.seed, told.steps), (Some(77), Some(20)));
        assert_eq!(
            told.size,
            Some(Size {
                width: 512,
                height: 768
            })
        );
    }

    #[test]
    fn a_sampler_of_many_parts_is_read() {
        let graph = json!({
            "1": { "class_type": "SamplerCustomAdvanced", "inputs": { "noise": ["2", 0], "guider": ["3", 0], "sampler": ["4", 0], "sigmas": ["5", 0], "latent_image": ["6", 0] } },
            "2": { "class_type": "RandomNoise", "inputs": { "noise_seed": 5 } },
            "3": { "class_type": "CFGGuider", "inputs": { "cfg": 4.5, "positive": ["7", 0], "negative": ["8", 0], "model": ["9", 0] } },
            "4": { "class_type": "KSamplerSelect", "inputs": { "sampler_name": "euler_ancestral" } },
            "5": { "class_type": "BasicScheduler", "inputs": { "scheduler": "exponential", "steps": 30 } },
            "6": { "class_type": "EmptySD3LatentImage", "inputs": { "width": 1024, "height": 1024 } },
            "7": { "class_type": "CLIPTextEncode", "inputs": { "text": "sea" } },
            "8": { "class_type": "CLIPTextEncode", "inputs": { "text": "hat" } }
        });
        let told = told(&graph);
        assert_eq!((told.prompt.as_str(), told.undesired.as_str()), ("sea", "hat"));
        assert_eq!((told.seed, told.steps, told.guidance), (Some(5), Some(30), Some(4.5)));
        assert_eq!(told.sampler.as_deref(), Some("k_euler_ancestral"));
        assert_eq!(told.schedule.as_deref(), Some("exponential"));
    }

    #[test]
    fn graphs_that_lead_nowhere_or_in_circles_end() {
        for text in [
            "",
            "{}",
            "[1]",
            "7",
            r#"{"1": 2}"#,
            r#"{"1": {"inputs": {}}}"#,
            r#"{"prompt": "sea"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let mut graph = usual();
        graph["6"] = json!({ "class_type": "CLIPTextEncode", "inputs": { "text": ["6", 0], "conditioning": ["3", 0], "positive": ["6", 0] } });
        graph["3"]["inputs"]["seed"] = json!(["3", 0]);
        graph["3"]["inputs"]["latent_image"] = json!(["3", 0]);
        graph["4"]["inputs"] = json!({ "model": ["4", 0] });
        let told = told(&graph);
        assert_eq!((told.prompt.as_str(), told.seed, told.size), ("", None, None));
        assert!(read(&usual().to_string().replace("\"denoise\":1", "\"denoise\":NaN")).is_some());
        let crowd: Value = (0..5000)
            .map(|id| {
                let next = json!([(id + 1).to_string(), 0]);
                let inputs =
                    json!({ "positive": next, "negative": next, "latent_image": next, "model": next, "text": next });
                (id.to_string(), json!({ "class_type": "KSampler", "inputs": inputs }))
            })
            .collect::<Map<_, _>>()
            .into();
        read(&crowd.to_string());
    }
}
