//! The recipe: what is chosen on the screen is what goes out, for each model and each action, and a draft outlives a kill.

use anyhow::{Context, Result, bail};
use sandbox::Sandbox;
use serde_json::{Value, json};
use tests::{Page, Stage, Start, until};

/// A picture in bytes: small, and no two rows the same.
const PICTURE: &[u8] = include_bytes!("../../icons/128x128.png");

/// The newest body that the sandbox was asked to paint, as soon as there are so many.
async fn asked(sandbox: &Sandbox, count: usize) -> Result<Value> {
    until(&format!("{count} requests"), async || {
        let books = sandbox.books();
        let bodies: Vec<_> = books.generations().collect();
        if bodies.len() < count {
            bail!("there are {}", bodies.len());
        }
        Ok(bodies.last().and_then(|exchange| exchange.body.clone()))
    })
    .await
}

/// What the recipe shows of the numbers that are sent.
async fn shown(page: &Page, name: &str) -> Result<f64> {
    let field = page.called("spinbutton", name).await?;
    let text = page.value(&field).await?;
    text.parse().with_context(|| format!("“{name}” shows {text:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_model_sends_what_the_screen_shows() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(sandbox::Options::default()).await?;
        let app = stage.open(&Start::signed_in(&sandbox.url(), sandbox.token())).await?;
        let page = app.page();
        page.resize(1280, 900).await?;
        page.fill("Prompt", "1girl, {{lighthouse}}, rain").await?;
        page.set_number("Seed", "1234").await?;
        let start = page.invoke("start", json!({})).await?.expect("start works");
        let models = start["catalogue"]["models"].as_array().context("models")?.clone();
        assert!(models.len() > 4, "{models:?}");
        for (number, model) in models.iter().enumerate() {
            let name = model["name"].as_str().context("a name")?;
            if number > 0 {
                page.choose_model(name).await?;
            }
            page.choose("More for this draft", "Show the request").await?;
            let told = until("the request on the screen", async || {
                let text = page.run(
                    "return document.querySelector('dialog[open] pre')?.textContent ?? ''",
                    Vec::new(),
                );
                let told: Option<Value> = serde_json::from_str(text.await?.as_str().unwrap_or_default()).ok();
                Ok(told.filter(|told| told["model"] == model["id"]))
            })
            .await
            .with_context(|| name.to_owned())?;
            page.press("Close").await?;
            page.generate().await?;
            let body = asked(&sandbox, number + 1).await?;

            assert_eq!(body, told, "{name}");
            let parameters = &body["parameters"];
            assert_eq!(parameters["seed"], 1234, "{name}");
            assert!(
                body["input"].as_str().is_some_and(|input| input.contains("lighthouse")),
                "{name}: {body}"
            );
            for (field, label) in [
                ("steps", "Steps"),
                ("scale", "Prompt Guidance"),
                ("width", "Width"),
                ("height", "Height"),
            ] {
                assert_eq!(
                    parameters[field].as_f64(),
                    Some(shown(page, label).await?),
                    "{name}: {label}"
                );
            }
            page.settled_jobs().await?;
        }
        Ok(())
    })
    .await
}

/// A draft, and what of it must go out: pointers into the body, and what stands there.
struct Example {
    what: &'static str,
    model: &'static str,
    draft: Value,
    sent: Value,
    absent: &'static [&'static str],
    /// What the prompt must hold.
    input: &'static str,
}

fn examples(picture: &Value) -> Vec<Example> {
    let example = |what, model, draft, sent| Example {
        what,
        model,
        draft,
        sent,
        absent: &[],
        input: "lighthouse",
    };
    let two = json!([
        { "prompt": "1girl, red hair", "undesired": "blue hair", "position": { "x": 0.31, "y": 0.52 }, "enabled": true },
        { "prompt": "boy", "undesired": "", "position": { "x": 0.7, "y": 0.5 }, "enabled": true },
    ]);
    vec![
        Example {
            absent: &[
                "/parameters/sm",
                "/parameters/straight_alpha",
                "/parameters/strength",
                "/parameters/noise",
            ],
            ..example(
                "3.10: the web client's request",
                "nai-diffusion-4-5-full",
                json!({}),
                json!({
                    "/action": "generate", "/parameters/params_version": 4, "/parameters/ucPresetId": "heavy",
                    "/parameters/qualityPresetId": "standard", "/parameters/autoSmea": false,
                    "/parameters/dynamic_thresholding": false, "/parameters/controlnet_strength": 1,
                    "/parameters/legacy": false, "/parameters/add_original_image": true, "/parameters/cfg_rescale": 0,
                    "/parameters/noise_schedule": "karras", "/parameters/legacy_v3_extend": false,
                    "/parameters/skip_cfg_above_sigma": null, "/parameters/use_coords": false,
                    "/parameters/legacy_uc": false, "/parameters/normalize_reference_strength_multiple": true,
                    "/parameters/inpaintImg2ImgStrength": 1, "/parameters/tag_hint_qt": 1,
                    "/parameters/tag_hint_uc_preset": 2, "/parameters/characterPrompts": [],
                    "/parameters/v4_prompt/use_order": true, "/parameters/v4_prompt/caption/char_captions": [],
                    "/parameters/v4_negative_prompt/legacy_uc": false,
                    "/parameters/deliberate_euler_ancestral_bug": false, "/parameters/prefer_brownian": true,
                    "/use_new_shared_trial": true,
                }),
            )
        },
        Example {
            absent: &["/parameters/skip_cfg_above_sigma"],
            ..example(
                "3.10: what V5 does otherwise",
                "nai-diffusion-5-full",
                json!({ "transparent": true }),
                json!({ "/parameters/straight_alpha": true, "/parameters/tag_hint_transparent_background": true,
                        "/parameters/noise_schedule": "karras" }),
            )
        },
        Example {
            absent: &[
                "/parameters/v4_prompt",
                "/parameters/use_coords",
                "/parameters/legacy_uc",
                "/parameters/autoSmea",
            ],
            ..example(
                "3.10: what V3 does otherwise",
                "nai-diffusion-3",
                json!({ "sampling": { "smea": "dynamic", "decrisper": true } }),
                json!({ "/parameters/sm": true, "/parameters/sm_dyn": true, "/parameters/dynamic_thresholding": true }),
            )
        },
        example(
            "3.4: characters on the grid of V4.5",
            "nai-diffusion-4-5-full",
            json!({ "characters": two }),
            json!({
                "/parameters/use_coords": true, "/parameters/v4_prompt/use_coords": true,
                "/parameters/v4_prompt/caption/char_captions/0/centers": [{ "x": 0.3, "y": 0.5 }],
                "/parameters/v4_prompt/caption/char_captions/0/char_caption": "girl, red hair",
                "/parameters/v4_negative_prompt/caption/char_captions/0/char_caption": "blue hair",
                "/parameters/v4_negative_prompt/caption/char_captions/1/char_caption": "",
                "/parameters/characterPrompts/1":
                    { "prompt": "boy", "uc": "", "center": { "x": 0.7, "y": 0.5 }, "enabled": true },
            }),
        ),
        example(
            "3.4: characters placed freely on V5",
            "nai-diffusion-5-full",
            json!({ "characters": two }),
            json!({
                "/parameters/params_version": 4, "/parameters/use_coords": true,
                "/parameters/v4_prompt/caption/char_captions/0/centers": [{ "x": 0.31, "y": 0.52 }],
            }),
        ),
        Example {
            absent: &["/parameters/mask"],
            ..example(
                "3.5: img2img",
                "nai-diffusion-4-5-full",
                json!({ "source": { "kind": "image", "image": picture, "strength": 0.62, "noise": 0.1 } }),
                json!({ "/action": "img2img", "/model": "nai-diffusion-4-5-full", "/parameters/strength": 0.62,
                        "/parameters/noise": 0.1, "/parameters/color_correct": false }),
            )
        },
        example(
            "3.6: enhanced as large as V5 can",
            "nai-diffusion-5-full",
            json!({ "source": { "kind": "image", "image": picture, "strength": 0.5, "noise": 0.0, "enhance": "max" } }),
            json!({ "/action": "img2img", "/parameters/upscaled_enhance": true, "/parameters/strength": 0.5 }),
        ),
        Example {
            absent: &["/parameters/upscaled_enhance"],
            input: "-2::upscaled, blurry::",
            ..example(
                "3.6: enhanced on V4.5, which is told so in the prompt",
                "nai-diffusion-4-5-full",
                json!({ "source": { "kind": "image", "image": picture, "strength": 0.4, "enhance": "yes" } }),
                json!({ "/action": "img2img", "/parameters/strength": 0.4 }),
            )
        },
        Example {
            absent: &["/parameters/reference_image_multiple"],
            ..example(
                "3.8: a precise reference",
                "nai-diffusion-4-5-full",
                json!({ "references": { "precise": [
                    { "image": picture, "kind": "character", "strength": 0.8, "fidelity": 0.75 },
                ] } }),
                json!({
                    "/parameters/director_reference_descriptions":
                        [{ "caption": { "base_caption": "character", "char_captions": [] }, "legacy_uc": false }],
                    "/parameters/director_reference_information_extracted": [1],
                    "/parameters/director_reference_strength_values": [0.8],
                    "/parameters/director_reference_secondary_strength_values": [0.25],
                }),
            )
        },
        Example {
            absent: &["/parameters/reference_information_extracted_multiple"],
            ..example(
                "3.7: vibes on V4.5, made to sum up to one",
                "nai-diffusion-4-5-full",
                json!({ "references": { "normalizeVibes": true, "vibes": [
                    { "image": picture, "strength": 0.9, "extraction": 0.7 },
                    { "image": picture, "strength": 0.6, "extraction": 0.7 },
                ] } }),
                json!({ "/parameters/reference_strength_multiple": [0.6, 0.4] }),
            )
        },
        example(
            "3.7: a vibe on V3, which is sent as a picture",
            "nai-diffusion-3",
            json!({ "references": { "vibes": [{ "image": picture, "strength": 0.5, "extraction": 0.8 }] } }),
            json!({ "/parameters/reference_strength_multiple": [0.5],
                    "/parameters/reference_information_extracted_multiple": [0.8] }),
        ),
        example(
            "3.9: Variety+ on V4.5",
            "nai-diffusion-4-5-full",
            json!({ "sampling": { "variety": true }, "size": { "width": 832, "height": 1216 } }),
            json!({ "/parameters/skip_cfg_above_sigma": 58.0 }),
        ),
        example(
            "3.9: Variety+ on V3, in a square",
            "nai-diffusion-3",
            json!({ "sampling": { "variety": true }, "size": { "width": 1024, "height": 1024 } }),
            json!({ "/parameters/skip_cfg_above_sigma": 19.343_057 }),
        ),
    ]
}

/// Lays the fields of a change over a draft, at any depth.
fn overlay(draft: &mut Value, change: &Value) {
    match (draft, change) {
        (Value::Object(draft), Value::Object(change)) => {
            for (name, value) in change {
                overlay(draft.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (draft, change) => *draft = change.clone(),
    }
}

fn same(sent: &Value, expected: &Value) -> bool {
    match (sent, expected) {
        // The tables have six decimals.
        (Value::Number(sent), Value::Number(expected)) => {
            let apart = sent.as_f64().unwrap_or(f64::NAN) - expected.as_f64().unwrap_or(f64::NAN);
            apart.abs() < 1e-5
        }
        (Value::Array(sent), Value::Array(expected)) => {
            sent.len() == expected.len() && sent.iter().zip(expected).all(|(sent, expected)| same(sent, expected))
        }
        (Value::Object(sent), Value::Object(expected)) => {
            sent.len() == expected.len()
                && expected
                    .iter()
                    .all(|(name, expected)| sent.get(name).is_some_and(|sent| same(sent, expected)))
        }
        (sent, expected) => sent == expected,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_draft_goes_out_field_by_field() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(sandbox::Options::default()).await?;
        let app = stage.open(&Start::signed_in(&sandbox.url(), sandbox.token())).await?;
        let page = app.page();
        page.fill("Prompt", "1girl, lighthouse").await?;
        let picture = keep(page, PICTURE).await?;
        for (number, example) in examples(&picture).into_iter().enumerate() {
            let what = example.what;
            // Another model by the rules of the app, so that the draft is one that a person can have.
            let draft = until("a draft", async || {
                let start = page.invoke("start", json!({})).await?.expect("start works");
                Ok(Some(start["draft"].clone()).filter(|draft| !draft.is_null()))
            })
            .await?;
            let mut fresh = draft;
            overlay(
                &mut fresh,
                &json!({ "characters": [], "references": { "vibes": [], "precise": [] }, "source": { "kind": "text" },
                         "transparent": false, "sampling": { "variety": false, "smea": "off", "decrisper": false } }),
            );
            if fresh["source"]["kind"] == "text" {
                fresh["source"] = json!({ "kind": "text" });
            }
            let switched = page
                .invoke("switch_model", json!({ "request": fresh, "model": example.model }))
                .await?
                .map_err(|error| anyhow::anyhow!("{what}: {error}"))?;
            let mut draft = switched["request"].clone();
            if !example.draft["source"].is_null() {
                draft["source"] = Value::Null;
            }
            overlay(&mut draft, &example.draft);
            // The page that goes may still keep its own draft: then once more.
            until("the example in the draft", async || {
                page.invoke("save_draft", json!({ "request": draft }))
                    .await?
                    .map_err(|error| anyhow::anyhow!("{what}: {error}"))?;
                page.driver().refresh().await?;
                page.is_ready().await?;
                let start = page.invoke("start", json!({})).await?.expect("start works");
                Ok((start["draft"]["model"] == example.model).then_some(()))
            })
            .await?;
            page.generate().await?;
            let body = asked(&sandbox, number + 1).await.context(what)?;

            assert_eq!(body["model"], example.model, "{what}");
            let input = body["input"].as_str().unwrap_or_default();
            assert!(input.contains(example.input), "{what}: {input}");
            for (pointer, expected) in example.sent.as_object().context("a table")? {
                let sent = body.pointer(pointer);
                assert!(
                    sent.is_some_and(|sent| same(sent, expected)),
                    "{what}: {pointer} is {sent:?}, not {expected}"
                );
            }
            for pointer in example.absent {
                assert_eq!(body.pointer(pointer), None, "{what}: {pointer}");
            }
            let jobs = page.settled_jobs().await?;
            let failed = |job: &&Value| job["state"]["kind"] != "done";
            assert_eq!(jobs.iter().find(failed), None, "{what}");
        }
        Ok(())
    })
    .await
}

/// Gives the app a picture as the page does with one that is dropped on it.
async fn keep(page: &Page, bytes: &[u8]) -> Result<Value> {
    let script = "const [bytes, done] = arguments;
        window.__TAURI_INTERNALS__.invoke('add_picture', new Uint8Array(bytes), { headers: { 'x-name': 'one.png' } })
          .then((added) => done(added.pictures[0]?.id ?? added), (error) => done(String(error?.message ?? error)));";
    let id = page.ask(script, vec![json!(bytes)]).await?;
    if id.is_string() {
        Ok(id)
    } else {
        bail!("the picture was not kept: {id}")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_outlives_a_kill_but_for_a_second_of_typing() -> Result<()> {
    Stage::play(async |stage| {
        let start = Start::in_sandbox();
        let app = stage.open(&start).await?;
        app.page().fill("Prompt", "a harbour, {{fog}}, 霧").await?;
        app.page().set_number("Steps", "17").await?;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        app.kill();

        let app = stage.open(&start).await?;
        let page = app.page();
        until("the prompt", async || {
            let field = page.textbox("Prompt").await?;
            Ok((page.value(&field).await? == "a harbour, {{fog}}, 霧").then_some(()))
        })
        .await?;
        assert_eq!(shown(page, "Steps").await?, 17.0);
        Ok(())
    })
    .await
}
