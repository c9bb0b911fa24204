//! Every row of the registry.

use super::*;

fn model(id: &str) -> &'static Model {
    Registry::builtin().get(&ModelId(id.into())).unwrap()
}

#[test]
fn the_built_in_registry_passes_its_own_checks() {
    let registry = Registry::parse(include_str!("../models.toml")).unwrap();
    assert_eq!(&registry, Registry::builtin());
    let ids: Vec<_> = registry.models().iter().map(|model| model.id.0.as_str()).collect();
    assert_eq!(
        ids,
        [
            "nai-diffusion-5-full",
            "nai-diffusion-5-curated",
            "nai-diffusion-4-5-full",
            "nai-diffusion-4-5-curated",
            "nai-diffusion-4-full",
            "nai-diffusion-4-curated-preview",
            "nai-diffusion-3",
            "nai-diffusion-furry-3",
            "nai-diffusion-2",
            "nai-diffusion",
            "safe-diffusion",
            "nai-diffusion-furry",
        ]
    );
    let offered = registry.models().iter().filter(|model| model.offered);
    assert!(offered.eq(&registry.catalogue().models));
}

#[test]
fn a_mask_goes_to_the_inpainting_model() {
    let ids: Vec<_> = Registry::builtin()
        .models()
        .iter()
        .filter_map(|model| model.rules().inpainting.as_ref().map(|way| way.id.as_str()))
        .collect();
    assert_eq!(
        ids,
        [
            "nai-diffusion-5-full-inpainting",
            "nai-diffusion-4-5-curated-inpainting",
            "nai-diffusion-4-5-full-inpainting",
            "nai-diffusion-4-5-curated-inpainting",
            "nai-diffusion-4-full-inpainting",
            "nai-diffusion-4-curated-inpainting",
            "nai-diffusion-3-inpainting",
            "nai-diffusion-furry-3-inpainting",
            "nai-diffusion-inpainting",
            "safe-diffusion-inpainting",
            "furry-diffusion-inpainting",
        ]
    );
    let acting = |id| Registry::builtin().inpainting_model(model(id)).id.0.as_str();
    assert_eq!(acting("nai-diffusion-5-curated"), "nai-diffusion-4-5-curated");
    assert_eq!(acting("nai-diffusion-5-full"), "nai-diffusion-5-full");
}

#[test]
fn every_row_can_make_a_picture_with_its_defaults_and_with_each_of_its_choices() {
    use crate::request::{GenerateRequest, Position, Size};
    let registry = Registry::builtin();
    for model in registry.models() {
        let mut request = GenerateRequest::new(model);
        request.pick_seed(|| 1);
        request.sampling.variety = model.variety;
        let sends = |request: &GenerateRequest| {
            if let Err(refusal) = crate::payload::build(request, registry) {
                panic!("{}: {}: {refusal}", model.id, refusal.field);
            }
        };
        sends(&request);
        for sampler in &model.samplers {
            let mut request = request.clone();
            request.sampling.sampler.clone_from(&sampler.id);
            sends(&request);
        }
        for schedule in &model.noise_schedules {
            let mut request = request.clone();
            request.sampling.noise_schedule.clone_from(schedule);
            sends(&request);
        }
        for preset in &model.quality_presets {
            let mut request = request.clone();
            request.prompt.quality = *preset;
            sends(&request);
        }
        for preset in &model.undesired_presets {
            let mut request = request.clone();
            request.prompt.undesired_preset = *preset;
            sends(&request);
        }
        for size in registry.sizes() {
            let mut request = request.clone();
            request.size = Size {
                width: size.width,
                height: size.height,
            };
            sends(&request);
        }
        if model.max_characters == 0 {
            continue;
        }
        let mut crowd = request;
        let mut someone = crate::testing::character("girl");
        someone.position = Some(Position { x: 0.5, y: 0.5 });
        crowd.characters = vec![someone; model.max_characters as usize];
        sends(&crowd);
    }
}

#[test]
fn capabilities_are_those_of_the_service() {
    for id in ["nai-diffusion-5-full", "nai-diffusion-5-curated"] {
        let v5 = model(id);
        assert_eq!(
            (v5.price_factor, v5.positions, v5.variety),
            (1.5, Positions::Free, false),
            "{id}"
        );
        assert_eq!((v5.defaults.guidance, v5.defaults.steps), (7.0, 23), "{id}");
        assert_eq!(v5.noise_schedules, ["karras"], "{id}");
        assert!(v5.transparency && !v5.vibes && !v5.references && v5.streaming, "{id}");
        assert!(v5.rules().draws_on_allowance && v5.rules().straight_alpha, "{id}");
    }
    for id in ["nai-diffusion-4-5-full", "nai-diffusion-4-5-curated"] {
        let v45 = model(id);
        assert_eq!(
            (v45.price_factor, v45.positions, v45.max_characters),
            (1.0, Positions::Grid, 6),
            "{id}"
        );
        assert_eq!((v45.defaults.guidance, v45.defaults.steps), (5.0, 23), "{id}");
        assert_eq!(
            v45.noise_schedules,
            ["karras", "exponential", "polyexponential"],
            "{id}"
        );
        assert_eq!(v45.rules().variety_sigma, Some(58.0), "{id}");
        assert!(
            !v45.transparency && v45.vibes && v45.references && v45.streaming,
            "{id}"
        );
    }
    for id in ["nai-diffusion-4-full", "nai-diffusion-4-curated-preview"] {
        let v4 = model(id);
        assert_eq!((v4.positions, v4.max_characters), (Positions::Grid, 6), "{id}");
        assert_eq!(
            (v4.defaults.guidance, v4.rules().variety_sigma),
            (5.5, Some(19.0)),
            "{id}"
        );
        assert!(
            v4.vibes && !v4.references && v4.encodes_vibes() && v4.has_legacy_undesired(),
            "{id}"
        );
        assert_eq!(v4.character_undesired, "lowres, aliasing, ", "{id}");
    }
    for (id, guidance) in [("nai-diffusion-3", 5.0), ("nai-diffusion-furry-3", 6.2)] {
        let v3 = model(id);
        assert_eq!((v3.positions, v3.max_characters), (Positions::None, 0), "{id}");
        assert_eq!(
            (v3.defaults.guidance, v3.rules().variety_sigma),
            (guidance, Some(19.0)),
            "{id}"
        );
        assert!(v3.noise_schedules.contains(&"native".to_owned()), "{id}");
        assert!(
            v3.vibes && !v3.encodes_vibes() && v3.has_smea() && v3.has_decrisper(),
            "{id}"
        );
        assert!(
            !v3.streaming && !v3.references && v3.rules().form == Form::Plain,
            "{id}"
        );
    }
    assert_eq!(model("nai-diffusion-4-5-full").vibe_extraction, 0.7);
    assert_eq!(model("nai-diffusion-4-full").vibe_extraction, 1.0);
    assert_eq!(model("nai-diffusion-5-full").token_limit, 1471);
    assert_eq!(model("nai-diffusion-5-curated").token_limit, 703);
    assert_eq!(model("nai-diffusion-4-5-full").token_limit, 512);
}

#[test]
fn only_models_that_are_not_curated_add_nsfw() {
    for model in Registry::builtin().models() {
        let curated = model.id.0.contains("curated") || model.id.0.contains("safe");
        assert_eq!(model.rules().adds_nsfw, !curated, "{}", model.id);
    }
}

#[test]
fn human_focus_is_heavy_and_more() {
    for id in [
        "nai-diffusion-5-full",
        "nai-diffusion-5-curated",
        "nai-diffusion-4-5-full",
    ] {
        let heavy = model(id).undesired_text(UndesiredPreset::Heavy).unwrap();
        let human = model(id).undesired_text(UndesiredPreset::HumanFocus).unwrap();
        assert_eq!(
            human,
            format!("{heavy}, @_@, mismatched pupils, glowing eyes, bad anatomy"),
            "{id}"
        );
    }
}

#[test]
fn presets_stand_in_the_order_of_the_service() {
    use UndesiredPreset::{BadAnatomy, FurryFocus, Heavy, HumanFocus, Light, LowQuality, LowQualityPlusBadAnatomy};
    let expected: [(&str, &[UndesiredPreset]); 11] = [
        ("nai-diffusion-5-full", &[Heavy, Light, FurryFocus, HumanFocus]),
        ("nai-diffusion-5-curated", &[Heavy, Light, FurryFocus, HumanFocus]),
        ("nai-diffusion-4-5-full", &[Heavy, Light, FurryFocus, HumanFocus]),
        ("nai-diffusion-4-5-curated", &[Heavy, Light, HumanFocus]),
        ("nai-diffusion-4-full", &[Heavy, Light]),
        ("nai-diffusion-4-curated-preview", &[Heavy, Light]),
        ("nai-diffusion-3", &[Heavy, Light, HumanFocus]),
        ("nai-diffusion-furry-3", &[Heavy, Light]),
        ("nai-diffusion-2", &[Heavy, Light]),
        ("safe-diffusion", &[LowQualityPlusBadAnatomy, LowQuality]),
        ("nai-diffusion-furry", &[LowQuality, BadAnatomy]),
    ];
    for (id, presets) in expected {
        let with_none = [presets, &[UndesiredPreset::None]].concat();
        assert_eq!(model(id).undesired_presets, with_none, "{id}");
    }
}

#[test]
fn a_preset_that_a_model_lacks_is_carried_to_the_closest() {
    let curated = model("nai-diffusion-4-5-curated");
    assert_eq!(
        curated.closest_undesired(UndesiredPreset::FurryFocus),
        UndesiredPreset::Heavy
    );
    assert_eq!(
        curated.closest_undesired(UndesiredPreset::HumanFocus),
        UndesiredPreset::HumanFocus
    );
    assert_eq!(
        curated.closest_undesired(UndesiredPreset::LowQuality),
        UndesiredPreset::Light
    );
    assert_eq!(curated.undesired_text(UndesiredPreset::FurryFocus), None);
    assert_eq!(curated.quality_text(QualityPreset::Light), None);
}

#[test]
fn the_window_sees_the_capabilities_and_not_the_texts() {
    let shown = serde_json::to_value(Registry::builtin().catalogue()).unwrap();
    let first = &shown["models"][0];
    assert_eq!(first["shortName"], "V5 Full");
    assert_eq!(first["noiseSchedules"][0], "karras");
    assert_eq!(first["undesiredPresets"][3], "humanFocus");
    assert_eq!(
        first["samplers"][0],
        serde_json::json!({ "id": "k_euler_ancestral", "name": "Euler Ancestral" })
    );
    assert_eq!(first["positions"], "free");
    assert_eq!(shown["limits"]["maxArea"], 3_145_728);
    assert_eq!(shown["sizes"].as_array().unwrap().len(), 11);
    assert_eq!(shown["limits"]["maxVibes"], 16);
    assert_eq!(shown["limits"]["freeArea"], 1_048_576);
    assert_eq!((&first["captions"], &first["smea"]), (&true.into(), &false.into()));
    assert!(!shown.to_string().contains("jpeg artifacts"));
}
