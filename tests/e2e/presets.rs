//! Presets by hand: kept, found again after a restart, applied by part, taken out, deleted and brought back.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::{App, Page, Stage, Start, until};

const NAME: &str = "灯台 im Regen";

async fn draft(page: &Page) -> Result<Value> {
    let start = page.invoke("start", json!({})).await?;
    Ok(start.map_err(|error| anyhow::anyhow!("{error}"))?["draft"].clone())
}

/// Waits until the draft that is kept satisfies.
async fn until_draft(page: &Page, what: &str, satisfies: impl Fn(&Value) -> bool) -> Result<Value> {
    until(what, async || {
        let draft = draft(page).await?;
        if satisfies(&draft) {
            Ok(Some(draft))
        } else {
            anyhow::bail!("the draft is {draft}")
        }
    })
    .await
}

/// The names in the open list, as a person reads them.
async fn listed(page: &Page) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('dialog[open] .row .name')]
        .map((name) => name.firstChild.textContent.trim())";
    Ok(serde_json::from_value(page.run(script, Vec::new()).await?)?)
}

async fn until_listed(page: &Page, what: &str, satisfies: impl Fn(&[String]) -> bool) -> Result<()> {
    until(what, async || {
        let names = listed(page).await?;
        if satisfies(&names) {
            Ok(Some(()))
        } else {
            anyhow::bail!("these are listed: {names:?}")
        }
    })
    .await
}

/// Chooses a preset in the open list.
async fn show(page: &Page, name: &str) -> Result<()> {
    page.press_text("dialog[open] .row .name", name).await
}

/// Leaves only these parts on in the open form or detail.
async fn only(page: &Page, parts: &[&str]) -> Result<()> {
    for part in ["Prompt", "Undesired Content", "Settings", "Size"] {
        let chip = page.called("button", part).await?;
        let on = chip.attr("aria-pressed").await?.as_deref() == Some("true");
        if on != parts.contains(&part) {
            chip.click().await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_goes_all_the_way_round() -> Result<()> {
    Stage::play(async |stage| {
        let file = stage.session.home().join("exported.json");
        let start = Start::in_sandbox();
        let app = stage.open(&start).await?;
        let page = app.page();
        page.fill("Prompt", "a lighthouse, 灯台").await?;
        page.set_number("Steps", "19").await?;
        until_draft(page, "the draft to be kept", |draft| {
            draft["sampling"]["steps"] == 19 && draft["prompt"]["text"] == "a lighthouse, 灯台"
        })
        .await?;
        page.press("Presets").await?;
        page.press("Save the draft").await?;
        page.fill("Name", NAME).await?;
        page.called("button", "Save").await?.click().await?;
        until_listed(page, "the new preset", |names| names.contains(&NAME.to_owned())).await?;
        app.close().await?;

        // It is there after a restart, and gives one part without the others.
        let app = stage
            .open(&start.clone().option("--answer-save-dialog", path(&file)?))
            .await?;
        let page = app.page();
        page.fill("Prompt", "another one").await?;
        page.set_number("Steps", "11").await?;
        until_draft(page, "the other draft", |draft| draft["sampling"]["steps"] == 11).await?;
        page.press("Presets").await?;
        show(page, NAME).await?;
        only(page, &["Settings"]).await?;
        until("what will change to be shown", async || {
            let text = page
                .run(
                    "return document.querySelector('[role=region][aria-label=\"What will change\"]')?.innerText ?? ''",
                    Vec::new(),
                )
                .await?;
            let text = text.as_str().unwrap_or_default().to_owned();
            Ok((text.contains("19") && text.contains("11") && !text.contains("lighthouse")).then_some(()))
        })
        .await?;
        page.press("Apply").await?;
        let applied = until_draft(page, "the steps of the preset", |draft| {
            draft["sampling"]["steps"] == 19
        })
        .await?;
        assert_eq!(applied["prompt"]["text"], "another one", "the prompt was not asked for");

        // Out into a file, deleted, and in again.
        reopen(page).await?;
        show(page, NAME).await?;
        page.choose(&format!("More for {NAME}"), "Export").await?;
        until("the file", async || Ok(file.is_file().then_some(()))).await?;
        page.choose(&format!("More for {NAME}"), "Delete").await?;
        until_listed(page, "it to be gone", |names| !names.contains(&NAME.to_owned())).await?;
        app.close().await?;

        let app = stage
            .open(&start.clone().option("--answer-open-dialog", path(&file)?))
            .await?;
        let page = app.page();
        page.press("Presets").await?;
        until_listed(page, "the list", |names| !names.is_empty()).await?;
        assert!(!listed(page).await?.contains(&NAME.to_owned()), "it stays deleted");
        page.choose("More for presets", "Import").await?;
        until_listed(page, "it to be back", |names| names.contains(&NAME.to_owned())).await?;
        show(page, NAME).await?;
        page.press("Apply").await?;
        until_draft(page, "all of the preset", |draft| {
            draft["prompt"]["text"] == "a lighthouse, 灯台"
        })
        .await?;
        Ok(())
    })
    .await
}

/// Applying may close the layer.
async fn reopen(page: &Page) -> Result<()> {
    if page.all_by_role("dialog", "Presets").await?.is_empty() {
        page.press("Presets").await?;
    }
    Ok(())
}

fn path(file: &std::path::Path) -> Result<&str> {
    file.to_str().context("a path in letters")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_presets_are_listed_and_searched() -> Result<()> {
    Stage::play(async |stage| {
        let start = Start::in_sandbox();
        let app = stage.open(&start).await?;
        let page = app.page();
        let request = page.invoke("start", json!({})).await?.expect("start works");
        let model = request["catalogue"]["models"][0]["id"].clone();
        keep_a_hundred(&app, &model).await?;
        page.press("Presets").await?;
        until_listed(page, "a hundred presets", |names| {
            names.iter().filter(|name| name.starts_with("Style")).count() == 100
        })
        .await?;
        page.fill("Search presets", "077").await?;
        until_listed(page, "the one that is searched", |names| names == ["Style 077"]).await?;
        tokio::time::timeout(Duration::from_secs(30), show(page, "Style 077")).await??;
        page.called("button", "Apply").await.map(drop)
    })
    .await
}

async fn keep_a_hundred(app: &App, model: &Value) -> Result<()> {
    let page = app.page();
    let draft = draft(page).await?;
    let mut request = draft;
    if request.is_null() {
        // Nothing was written yet: what the page begins with is kept as soon as a word stands in it.
        page.fill("Prompt", "a style").await?;
        request = until_draft(page, "a draft", |draft| draft["model"] == *model).await?;
    }
    for number in 0..100 {
        let preset = json!({
            "id": "", "name": format!("Style {number:03}"), "folder": "", "colour": null, "face": null,
            "parts": ["prompt", "settings"], "request": request, "builtIn": false,
        });
        page.invoke("save_preset", json!({ "preset": preset }))
            .await?
            .map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    Ok(())
}
