//! Words, presets and settings through the studio's door: what is written is drawn, sent, learned and found again.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use std::fs;
use std::time::Duration;

use common::{Stage, TOKEN, request, run};
use novelai::carry::PresetPart;
use novelai::prompt::{PromptPlace, PromptRule};
use novelai::request::{Character, PictureId, Source};
use studio::{CompletionKind, Edited, ErrorCode, JobState, OwnSize, Preset, PromptFileKind, Settings, Studio};

fn list(stage: &Stage, name: &str, text: &str) {
    let path = stage.folders().data.join("wildcards").join(format!("{name}.txt"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Tags are read beside everything else.
async fn labels(studio: &Studio, text: &str) -> Vec<String> {
    let mut asked = request();
    asked.prompt.text = text.into();
    for _ in 0..1000 {
        let at = u32::try_from(text.encode_utf16().count()).unwrap();
        let found = studio.complete(&asked, PromptPlace::Prompt, at).await;
        if !found.items.is_empty() {
            return found.items.into_iter().map(|item| item.label).collect();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Vec::new()
}

#[tokio::test]
async fn what_is_drawn_is_what_is_sent_and_what_was_written_is_not() {
    let stage = Stage::new().await;
    list(&stage, "colour", "red\nblue\n");
    let studio = stage.open().await;
    let mut asked = request();
    asked.prompt.text = "# a comment\n__colour__ lighthouse, /*fog*/, ||day|night||".into();
    asked.characters = vec![Character {
        prompt: "girl, __colour__ hat".into(),
        undesired: String::new(),
        position: None,
        enabled: true,
        name: "Mira".into(),
    }];
    let drawn = studio.draw_prompt(asked.clone()).await;
    assert!(drawn.by_chance && drawn.draws.len() == 3, "{drawn:?}");

    let job = run(&studio, asked.clone()).await;

    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    let books = stage.sandbox.books();
    let body = books.generations().next().unwrap().body.clone().unwrap();
    let input = body["input"].as_str().unwrap();
    assert!(input.starts_with(&drawn.request.prompt.text), "{input}");
    let body = body.to_string();
    for never in ["__colour__", "comment", "fog", "||", "Mira"] {
        assert!(!body.contains(never), "{never}: {body}");
    }
    // The same seed draws the same.
    assert_eq!(studio.draw_prompt(asked).await, drawn);
}

#[tokio::test]
async fn a_prompt_is_looked_at_and_changed() {
    let stage = Stage::new().await;
    list(&stage, "hair", "red\n");
    let studio = stage.open().await;
    let mut asked = request();
    asked.prompt.text = "sea, sea, __hair__, __hiar__".into();
    studio.prompt_files().await;
    let seen = studio.look_at_prompt(&asked, PromptPlace::Prompt);
    let rules: Vec<_> = seen.problems.iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, [PromptRule::Duplicate, PromptRule::UnknownWildcard]);
    let edited = |text: &str, at: u32| Edited {
        text: text.into(),
        from: at,
        to: at,
    };
    let off = studio.toggle_segment(&edited("海😀, red hair", 8));
    assert_eq!((off.text.as_str(), off.from), ("海😀, /*red hair*/", 10));
    assert_eq!(studio.toggle_segment(&off), edited("海😀, red hair", 8));
    let up = studio
        .nudge_weight(&asked.model, &edited("海😀, red hair", 8), true)
        .unwrap();
    assert_eq!((up.text.as_str(), up.from, up.to), ("海😀, 1.05::red hair ::", 11, 19));
}

#[tokio::test]
async fn tags_wildcards_and_snippets_complete() {
    let stage = Stage::new().await;
    list(&stage, "places/harbour", "pier\nmole\n");
    let studio = stage.open().await;
    let files = studio
        .save_snippet("haze".into(), "soft haze, far hills".into())
        .await
        .unwrap();
    assert_eq!(
        files.iter().filter(|file| file.kind == PromptFileKind::Snippet).count(),
        1
    );
    assert!(labels(&studio, "a, 1gi").await.contains(&"1girl".to_owned()));
    assert!(labels(&studio, "女の").await.contains(&"1girl".to_owned()));
    assert!(labels(&studio, "ha").await.contains(&"haze".to_owned()));
    assert_eq!(labels(&studio, "__har").await, ["places/harbour"]);
    let refused = studio.save_snippet("../x".into(), "x".into()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Refused);
    assert_eq!(studio.delete_snippet("haze".into()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_server_s_suggestions_join_and_a_silent_server_is_no_trouble() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    labels(&studio, "1gi").await;
    let mut asked = request();
    asked.prompt.text = "blue e".into();
    let online = studio.complete_online(&asked, PromptPlace::Prompt, 6).await;
    assert!(online.items.iter().all(|item| item.kind == CompletionKind::Tag));
    assert!(online.items.iter().any(|item| item.label == "blue eyes"), "{online:?}");
    studio
        .save_settings(Settings {
            online_tags: false,
            ..Settings::default()
        })
        .await
        .unwrap();
    assert!(
        studio
            .complete_online(&asked, PromptPlace::Prompt, 6)
            .await
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn what_was_sent_is_found_again_once_and_newest_first() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    for text in ["first", "second", "first"] {
        let mut asked = request();
        asked.prompt.text = text.into();
        asked.sampling.seed = None;
        run(&studio, asked).await;
    }
    let sent = studio.sent_drafts(10).await.unwrap();
    let texts: Vec<_> = sent.iter().map(|one| one.prompt.text.as_str()).collect();
    assert_eq!(texts, ["first", "second"]);
    assert!(sent.iter().all(|one| one.sampling.seed.is_none()));
    assert_eq!(studio.sent_drafts(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_would_be_sent_is_shown_short_and_without_a_token() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let mut asked = request();
    asked.source = Source::Image {
        image: PictureId("base".into()),
        strength: 0.5,
        noise: 0.0,
        color_correct: false,
        enhance: novelai::request::Enhance::No,
        fit: novelai::request::Fit::Stretch,
    };
    let shown = studio.wire_request(asked.clone()).await.unwrap();
    let json: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (&json["action"], &json["parameters"]["strength"]),
        (&"img2img".into(), &0.5.into())
    );
    assert!(json["parameters"]["image"].as_str().unwrap().len() < 100 && !shown.contains(TOKEN));
    asked.size.width = 193;
    assert_eq!(studio.wire_request(asked).await.unwrap_err().code, ErrorCode::Refused);
    assert_eq!(stage.service.books().generations().count(), 0);
}

#[tokio::test]
async fn settings_and_presets_are_there_after_a_restart() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let settings = Settings {
        ask_above: Some(20),
        explicit_tags: true,
        online_tags: false,
        sizes: vec![OwnSize {
            name: "strip".into(),
            width: 1920,
            height: 320,
        }],
        share: studio::ShareSettings::default(),
        ..Settings::default()
    };
    assert_eq!(studio.save_settings(settings.clone()).await.unwrap(), settings);
    let mut recipe = request();
    recipe.prompt.text = "castle".into();
    let preset = Preset {
        id: String::new(),
        name: "castle".into(),
        folder: String::new(),
        colour: None,
        face: None,
        parts: vec![PresetPart::Prompt, PresetPart::Size],
        request: recipe,
        built_in: false,
    };
    let shelf = studio.save_preset(preset).await.unwrap();
    let id = shelf.presets.last().unwrap().id.clone();
    studio.close().await;

    let studio = stage.open().await;
    assert_eq!(studio.settings().await, settings);
    assert_eq!(studio.presets().await.unwrap(), shelf);
    let file = stage.folder.path().join("exported.json");
    studio.export_presets(vec![id.clone()], file.clone()).await.unwrap();
    studio.delete_preset(id.clone()).await.unwrap();
    assert_eq!(studio.import_presets(file).await.unwrap().shelf, shelf);
    // Only a part that it holds is applied.
    let parts = vec![PresetPart::Prompt, PresetPart::Settings];
    let preview = studio.preview_preset(id, parts, request()).await.unwrap();
    let changed: Vec<_> = preview.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(changed, ["text"]);
}

#[tokio::test]
async fn a_picture_tells_how_it_was_made() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let asked = request();
    run(&studio, asked.clone()).await;
    let [record] = studio.images(None, 10).await.unwrap().try_into().unwrap();
    let (_, bytes) = studio.image_bytes(record.id).await.unwrap();
    let told = studio.settings_of(bytes, &asked).await.unwrap();
    assert_eq!(
        (told.request.prompt.text.as_str(), told.seed),
        ("a lighthouse, night", Some(1_234_567_890))
    );
    assert_eq!(told.request.size, asked.size);
    assert!(told.parts.contains(&PresetPart::Settings), "{told:?}");
    assert_eq!(studio.settings_of(b"no picture".to_vec(), &asked).await, None);
}
