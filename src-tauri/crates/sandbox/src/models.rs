//! The models that the sandbox knows, in a table of its own (api.md 3.1, 3.2, 7.3).

/// What decides how a model is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V1,
    V2,
    V3,
    V4,
    V45,
    V5,
}

/// One model id.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    pub(crate) family: Family,
    /// Takes `infill` and nothing else.
    pub(crate) inpainting: bool,
    pub(crate) furry: bool,
    /// What the metadata of a picture names as its source.
    pub(crate) source: &'static str,
    /// The guidance that is used if a request has none.
    pub(crate) scale: f64,
}

const fn row(
    id: &'static str,
    family: Family,
    inpainting: bool,
    furry: bool,
    source: &'static str,
    scale: f64,
) -> Model {
    Model {
        id,
        family,
        inpainting,
        furry,
        source,
        scale,
    }
}

const V5_FULL: &str = "NovelAI Diffusion V5 657484A5";
const V5_CURATED: &str = "NovelAI Diffusion V5 DB276663";
const V45_FULL: &str = "NovelAI Diffusion V4.5 4BDE2A90";
const V45_CURATED: &str = "NovelAI Diffusion V4.5 C02D4F98";
const V4_FULL: &str = "NovelAI Diffusion V4 37442FCA";
const V4_CURATED: &str = "NovelAI Diffusion V4 7ABFFA2A";
const V3: &str = "Stable Diffusion XL C1E1DE52";
const FURRY_V3: &str = "Stable Diffusion XL 4BE8C60C";
const V2: &str = "Stable Diffusion 49BFAF6A";
const V1: &str = "Stable Diffusion 81274D13";
const SAFE_V1: &str = "Stable Diffusion 1D44365E";
const FURRY_V1: &str = "Stable Diffusion 4CC42576";

#[rustfmt::skip]
static MODELS: &[Model] = &[
    row("nai-diffusion-5-full",                  Family::V5,  false, false, V5_FULL,     7.0),
    row("nai-diffusion-5-curated",               Family::V5,  false, false, V5_CURATED,  7.0),
    row("nai-diffusion-4-5-full",                Family::V45, false, false, V45_FULL,    5.0),
    row("nai-diffusion-4-5-curated",             Family::V45, false, false, V45_CURATED, 5.0),
    row("nai-diffusion-4-full",                  Family::V4,  false, false, V4_FULL,     5.5),
    row("nai-diffusion-4-curated-preview",       Family::V4,  false, false, V4_CURATED,  5.5),
    row("nai-diffusion-3",                       Family::V3,  false, false, V3,          5.0),
    row("nai-diffusion-furry-3",                 Family::V3,  false, true,  FURRY_V3,    6.2),
    row("nai-diffusion-2",                       Family::V2,  false, false, V2,          10.0),
    row("nai-diffusion",                         Family::V1,  false, false, V1,          11.0),
    row("safe-diffusion",                        Family::V1,  false, false, SAFE_V1,     11.0),
    row("nai-diffusion-furry",                   Family::V1,  false, true,  FURRY_V1,    11.0),
    row("nai-diffusion-5-full-inpainting",       Family::V5,  true,  false, V5_FULL,     7.0),
    row("nai-diffusion-4-5-full-inpainting",     Family::V45, true,  false, V45_FULL,    5.0),
    row("nai-diffusion-4-5-curated-inpainting",  Family::V45, true,  false, V45_CURATED, 5.0),
    row("nai-diffusion-4-full-inpainting",       Family::V4,  true,  false, V4_FULL,     5.5),
    row("nai-diffusion-4-curated-inpainting",    Family::V4,  true,  false, V4_CURATED,  5.5),
    row("nai-diffusion-3-inpainting",            Family::V3,  true,  false, V3,          5.0),
    row("nai-diffusion-furry-3-inpainting",      Family::V3,  true,  true,  FURRY_V3,    6.2),
    row("nai-diffusion-inpainting",              Family::V1,  true,  false, V1,          11.0),
    row("safe-diffusion-inpainting",             Family::V1,  true,  false, SAFE_V1,     11.0),
    row("furry-diffusion-inpainting",            Family::V1,  true,  true,  FURRY_V1,    11.0),
];

/// The model of that id.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}

impl Model {
    /// Takes `ddim` for the usual sampler.
    pub(crate) fn replaces_ddim(&self) -> bool {
        self.family.is_modern() || (self.family == Family::V3 && self.inpainting)
    }
}

impl Family {
    /// V4 and later: structured prompts, no SMEA, streaming.
    pub(crate) fn is_modern(self) -> bool {
        match self {
            Self::V4 | Self::V45 | Self::V5 => true,
            Self::V1 | Self::V2 | Self::V3 => false,
        }
    }

    /// How many characters a request may have; `None` where they are ignored.
    pub(crate) fn most_characters(self) -> Option<usize> {
        match self {
            Self::V5 => Some(32),
            Self::V4 | Self::V45 => Some(6),
            Self::V1 | Self::V2 | Self::V3 => None,
        }
    }

    /// Whether the family can be asked for this schedule. V5 knows one and takes the others for it.
    pub(crate) fn knows_schedule(self, name: &str) -> bool {
        match name {
            "karras" | "exponential" | "polyexponential" => true,
            "native" => !self.is_modern(),
            _ => false,
        }
    }

    /// Whether the family can be asked for this sampler. V4 and later take `ddim` for the usual one.
    pub(crate) fn knows_sampler(self, name: &str) -> bool {
        match name {
            "k_euler_ancestral"
            | "k_euler"
            | "k_dpmpp_2s_ancestral"
            | "k_dpmpp_2m_sde"
            | "k_dpmpp_2m"
            | "k_dpmpp_sde"
            | "ddim" => true,
            "ddim_v3" => self == Self::V3,
            "plms" | "k_lms" | "k_dpm_2" | "k_dpm_2_ancestral" | "k_heun" | "k_dpm_fast" | "k_dpm_adaptive"
            | "nai_smea" | "nai_smea_dyn" => matches!(self, Self::V1 | Self::V2),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_the_names_people_guess_wrong_are_unknown() {
        for (place, model) in MODELS.iter().enumerate() {
            assert!(
                MODELS[place + 1..].iter().all(|other| other.id != model.id),
                "{} stands twice",
                model.id
            );
            assert_eq!(model.inpainting, model.id.ends_with("-inpainting"), "{}", model.id);
        }
        assert!(find("nai-diffusion-4-curated").is_none());
        assert!(find("nai-diffusion-5-curated-inpainting").is_none());
        assert!(find("nai-diffusion-5-curated").is_some());
    }
}
