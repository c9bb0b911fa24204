//! Pictures of other programs: what is said about them in the two ways that nearly all write, and what of it can be
//! taken over. None of these programs paints as NovelAI does: the same words make another picture.

mod attention;
mod graph;
mod parameters;

use serde::Serialize;

use super::Metadata;
use super::settings::Settings;
use crate::check::check;
use crate::model::{Model, Registry};
use crate::payload::Pictures;
use crate::prompt::Syntax;
use crate::request::{GenerateRequest, QualityPreset, Size, UndesiredPreset};

/// How a picture of another program was made, as far as it tells.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Foreign {
    /// The program, or the way of writing that many share.
    pub tool: &'static str,
    /// What was painted, as written there.
    pub prompt: String,
    /// What was not to be painted.
    pub undesired: String,
    /// Some have longer ones than ours.
    pub seed: Option<u64>,
    /// Steps.
    pub steps: Option<u32>,
    /// Their CFG scale.
    pub guidance: Option<f64>,
    /// Named as we do, where it is one that we know, and as there else.
    pub sampler: Option<String>,
    /// The same for the noise schedule.
    pub schedule: Option<String>,
    /// Pixels.
    pub size: Option<Size>,
    /// The model's name there.
    pub model: Option<String>,
    /// What has no place in a request of ours, a sentence each.
    pub notes: Vec<String>,
}

/// The texts of two ways of writing, if one of them says something.
pub(super) fn read(parameters: Option<&str>, graph: Option<&str>) -> Option<Foreign> {
    // Some programs write both; the first is simpler, and theirs.
    parameters
        .and_then(parameters::read)
        .or_else(|| graph.and_then(graph::read))
}

/// Whether a text that stands alone is one of the first kind.
pub(super) fn is_parameters(text: &str) -> bool {
    parameters::read(text).is_some()
}

impl Foreign {
    /// A request of as much of it as there is room for. Texts are taken as they are but for their weights, which are
    /// written in our way.
    pub(super) fn settings(&self, told: &Metadata, registry: &Registry, current: &Model) -> Settings {
        let mut left_out = Vec::new();
        let made_by = self
            .model
            .as_deref()
            .map_or(String::new(), |model| format!(" with {}", short(model)));
        left_out.push(format!(
            "It was made by {}{made_by}; {} is kept.",
            self.tool, current.short_name
        ));
        let mut request = GenerateRequest::new(current);
        let syntax = Syntax::of(current);
        let mut text = |text: &str| {
            let taken = attention::rewritten(text, syntax);
            left_out.extend(taken.left_out);
            taken.text
        };
        request.prompt.text = text(&self.prompt);
        request.prompt.undesired = text(&self.undesired);
        request.prompt.quality = QualityPreset::None;
        request.prompt.undesired_preset = UndesiredPreset::None;
        self.take_sampling(current, registry, &mut request, &mut left_out);
        self.take_size(told, registry, &mut request, &mut left_out);
        left_out.extend(self.notes.iter().cloned());
        if let Err(refusal) = check(&request, registry) {
            left_out.push(format!("As it is, it can't be sent: {}", refusal.message));
        }
        left_out.dedup();
        Settings {
            request,
            pictures: Pictures::new(),
            drawn: None,
            left_out,
        }
    }

    fn take_sampling(
        &self,
        model: &Model,
        registry: &Registry,
        request: &mut GenerateRequest,
        left_out: &mut Vec<String>,
    ) {
        let limits = registry.limits();
        let sampling = &mut request.sampling;
        if let Some(steps) = self.steps {
            let least = u32::from(limits.min_steps);
            let most = u32::from(limits.max_steps);
            sampling.steps = u8::try_from(steps.clamp(least, most)).unwrap_or(limits.max_steps);
            if u32::from(sampling.steps) != steps {
                left_out.push(format!("It had {steps} steps; {} are taken.", sampling.steps));
            }
        }
        if let Some(guidance) = self.guidance {
            sampling.guidance = guidance.clamp(limits.min_guidance, limits.max_guidance);
            if sampling.guidance != guidance {
                left_out.push(format!("Its guidance was {guidance}; {} is taken.", sampling.guidance));
            }
        }
        match self.seed {
            Some(0) => left_out.push("The seed is 0, which stands for any: the real one is not known.".into()),
            Some(seed) => match u32::try_from(seed).ok().filter(|seed| *seed <= limits.max_seed) {
                Some(seed) => sampling.seed = Some(seed),
                None => left_out.push(format!("The seed {seed} is longer than any here.")),
            },
            None => {}
        }
        if let Some(told) = &self.sampler {
            if model.samplers.iter().any(|sampler| sampler.id == *told) {
                sampling.sampler.clone_from(told);
            } else {
                let told = short(told);
                left_out.push(format!(
                    "The model has no sampler {told}; {} is used.",
                    sampling.sampler
                ));
            }
        }
        if let Some(told) = &self.schedule {
            if model.noise_schedules.contains(told) {
                sampling.noise_schedule.clone_from(told);
            } else if !model.noise_schedules.is_empty() {
                let (told, used) = (short(told), &sampling.noise_schedule);
                left_out.push(format!("The model has no noise schedule {told}; {used} is used."));
            }
        }
    }

    /// The size that is told, or the picture's own, as near as a request can have it.
    fn take_size(
        &self,
        told: &Metadata,
        registry: &Registry,
        request: &mut GenerateRequest,
        left_out: &mut Vec<String>,
    ) {
        let size = self.size.unwrap_or(Size {
            width: told.width,
            height: told.height,
        });
        let limits = registry.limits();
        let (width, height) = (f64::from(size.width.max(1)), f64::from(size.height.max(1)));
        let scale = (f64::from(limits.max_area) / (width * height)).sqrt().min(1.0);
        let step = f64::from(limits.side_step);
        let side = |length: f64| {
            let steps = length * scale / step;
            let steps = if scale < 1.0 { steps.floor() } else { steps.round() };
            ((steps * step) as u32).max(limits.min_side)
        };
        request.size = Size {
            width: side(width),
            height: side(height),
        };
        if request.size != size {
            let Size { width, height } = request.size;
            left_out.push(format!(
                "Its size was {} × {}; {width} × {height} is taken.",
                size.width, size.height
            ));
        }
    }
}

/// A name of theirs, fit for a sentence.
fn short(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(60).collect()
}

/// A sampler by its name there, in lower case, and the schedule that may be a part of that.
fn sampler(name: &str) -> (String, Option<String>) {
    let lower = name.trim().to_lowercase();
    let mut name = lower.as_str();
    let mut schedule = None;
    for ending in ["karras", "exponential", "polyexponential"] {
        if let Some(rest) = name.strip_suffix(ending).filter(|rest| rest.ends_with([' ', '_'])) {
            (name, schedule) = (rest.trim_end_matches([' ', '_']), Some(ending.to_owned()));
        }
    }
    let ours = match name {
        "euler a" | "euler_ancestral" | "euler_ancestral_cfg_pp" => "k_euler_ancestral",
        "euler" | "euler_cfg_pp" => "k_euler",
        "dpm++ 2s a" | "dpmpp_2s_ancestral" => "k_dpmpp_2s_ancestral",
        "dpm++ 2m" | "dpmpp_2m" => "k_dpmpp_2m",
        "dpm++ sde" | "dpmpp_sde" | "dpmpp_sde_gpu" => "k_dpmpp_sde",
        "dpm++ 2m sde" | "dpmpp_2m_sde" | "dpmpp_2m_sde_gpu" => "k_dpmpp_2m_sde",
        "dpm2" | "dpm_2" => "k_dpm_2",
        "dpm2 a" | "dpm_2_ancestral" => "k_dpm_2_ancestral",
        "lms" => "k_lms",
        "heun" => "k_heun",
        "dpm fast" | "dpm_fast" => "k_dpm_fast",
        "dpm adaptive" | "dpm_adaptive" => "k_dpm_adaptive",
        "plms" => "plms",
        "ddim" => "ddim",
        other => other,
    };
    (ours.to_owned(), schedule)
}

/// A schedule by its name there; none for the usual one, which has no name here.
fn schedule(name: &str) -> Option<String> {
    match name.trim().to_lowercase().as_str() {
        "" | "automatic" | "normal" | "simple" | "uniform" | "sgm_uniform" | "sgm uniform" => None,
        told => Some(told.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::exif;
    use crate::metadata::stealth::tests::{hidden, message, png_of, webp_of};
    use crate::metadata::{FoundIn, read};
    use crate::model::ModelId;
    use crate::picture::tests::sample_png;
    use crate::testing::{V5_FULL, V45_FULL};

    const PARAMETERS: &str = "masterpiece, (silver hair:1.2), 1girl\nNegative prompt: lowres, (bad hands)\nSteps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 1234567, Size: 832x1216, Model hash: abc, Model: anything, Clip skip: 2";

    fn settings(bytes: &[u8], model: &str) -> Settings {
        let registry = Registry::builtin();
        let current = registry.get(&ModelId(model.into())).unwrap();
        read(bytes).unwrap().settings(registry, current).unwrap()
    }

    #[test]
    fn a_picture_with_parameters_gives_a_request_wherever_they_stand() {
        let png = sample_png(832, 1216, &[("parameters", PARAMETERS)]);
        let pixels = hidden(128, 128, b"");
        let exif_of =
            |text: &str| exif::build(&[], &[(exif::USER_COMMENT, exif::UNDEFINED, &exif::user_comment(text))]);
        let webp = crate::metadata::riff::file(&[
            (*b"VP8X", &crate::metadata::riff::extended(8, 128, 128)),
            (
                *b"VP8L",
                crate::picture::webp_chunk(&webp_of(128, 128, &pixels), *b"VP8L").unwrap(),
            ),
            (*b"EXIF", &exif_of(&format!("{PARAMETERS} é"))),
        ]);
        let stealth = png_of(
            128,
            128,
            &hidden(128, 128, &message(b"stealth_pnginfo", PARAMETERS.as_bytes())),
            ::png::Filter::Sub,
        );
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
            .encode(&[9; 64 * 64 * 3], 64, 64, image::ExtendedColorType::Rgb8)
            .unwrap();
        let block = [b"Exif\0\0", &exif_of(PARAMETERS)[..]].concat();
        let jpeg = [
            &jpeg[..2],
            &crate::metadata::jpeg::segment(0xe1, &block).unwrap(),
            &jpeg[2..],
        ]
        .concat();
        for (bytes, place) in [
            (png, FoundIn::PngText),
            (webp, FoundIn::Exif),
            (jpeg, FoundIn::Exif),
            (stealth, FoundIn::Stealth),
        ] {
            let told = read(&bytes).unwrap();
            assert_eq!(
                (told.found_in, told.seed(), told.has_settings()),
                (place, Some(1_234_567), true)
            );
            assert_eq!(
                told.prompt(),
                Some("masterpiece, (silver hair:1.2), 1girl"),
                "{place:?}"
            );
            let settings = settings(&bytes, V45_FULL);
            let request = &settings.request;
            assert_eq!(request.prompt.text, "masterpiece, 1.2::silver hair ::, 1girl");
            assert_eq!(request.prompt.undesired, "lowres, 1.1::bad hands ::");
            let sampling = &request.sampling;
            assert_eq!(
                (sampling.steps, sampling.seed, sampling.guidance),
                (28, Some(1_234_567), 6.5)
            );
            assert_eq!(
                (sampling.sampler.as_str(), sampling.noise_schedule.as_str()),
                ("k_dpmpp_2m", "karras")
            );
            assert_eq!((request.size.width, request.size.height), (832, 1216));
            assert_eq!(settings.left_out.len(), 1, "{:?}", settings.left_out);
            assert!(settings.left_out[0].contains("anything"));
        }
    }

    #[test]
    fn what_can_not_be_taken_over_is_told() {
        let odd = "a girl <lora:sea:0.8>\nSteps: 500, Sampler: UniPC, CFG scale: 70, Seed: 99999999999, Size: 4000x3001, Denoising strength: 0.5";
        let told = settings(&sample_png(64, 64, &[("parameters", odd)]), V5_FULL);
        let said = told.left_out.join("\n");
        for word in [
            "LoRA",
            "500 steps",
            "guidance was 70",
            "99999999999",
            "unipc",
            "4000 × 3001",
            "started from",
        ] {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert!(told.request.size.area() <= u64::from(Registry::builtin().limits().max_area));
        assert_eq!(told.request.prompt.text, "a girl");
    }

    #[test]
    fn settings_of_ours_come_before_those_of_others() {
        let ours = r#"{"prompt": "sea", "steps": 23, "seed": 7}"#;
        let png = sample_png(64, 64, &[("parameters", PARAMETERS), ("Comment", ours)]);
        assert_eq!(read(&png).unwrap().seed(), Some(7));
    }

    #[test]
    fn samplers_are_known_by_their_names_elsewhere() {
        for (there, here) in [
            ("Euler a", ("k_euler_ancestral", None)),
            ("DPM++ 2M SDE Karras", ("k_dpmpp_2m_sde", Some("karras"))),
            ("dpmpp_2s_ancestral", ("k_dpmpp_2s_ancestral", None)),
            ("DPM++ 2M SDE Exponential", ("k_dpmpp_2m_sde", Some("exponential"))),
            ("UniPC", ("unipc", None)),
            ("karras", ("karras", None)),
        ] {
            let (sampler, schedule) = sampler(there);
            assert_eq!((sampler.as_str(), schedule.as_deref()), here);
        }
    }
}
