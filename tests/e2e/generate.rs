//! The main job: a prompt, a click, a picture that appears step by step and lies on the disk.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::{Stage, Start, pictures_in, text_chunks, until};

const PROMPT: &str = "a lighthouse in the rain, warm window, 灯台";

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_becomes_a_picture_on_the_disk() -> Result<()> {
    Stage::play(async |stage| {
        let app = stage
            .open(&Start::in_sandbox().option("--sandbox-step-delay", "80"))
            .await?;
        let page = app.page();
        page.says("banner", |text| text.contains("Sandbox")).await?;
        assert_eq!(page.count("history-item").await?, 0, "it has generated nothing yet");
        assert!(pictures_in(&app.library())?.is_empty());

        page.fill("Prompt", PROMPT).await?;
        page.generate().await?;
        let mut previews = BTreeSet::new();
        until("two previews, one after the other", async || {
            let script = "return document.querySelector('[data-testid=preview]')?.src ?? null";
            if page.shows_picture("preview").await?
                && let Value::String(address) = page.run(script, Vec::new()).await?
            {
                previews.insert(address);
            }
            Ok((previews.len() >= 2).then_some(()))
        })
        .await?;
        page.has_result().await?;
        until("the picture in the history", async || {
            Ok((page.count("history-item").await? == 1).then_some(()))
        })
        .await?;

        let files = pictures_in(&app.library())?;
        assert_eq!(files.len(), 1, "{files:?}");
        let chunks = text_chunks(&files[0])?;
        assert!(chunks["Description"].contains("lighthouse"), "{chunks:?}");
        let comment: Value = serde_json::from_str(&chunks["Comment"]).context("the comment is JSON")?;
        assert!(
            comment["prompt"]
                .as_str()
                .context("a prompt in the comment")?
                .contains(PROMPT),
            "{comment}"
        );
        let images = page
            .invoke("images", json!({ "before": null, "limit": 10 }))
            .await?
            .expect("images can be listed");
        assert_eq!(
            comment["seed"], images[0]["seed"],
            "the seed in the file is the one in the index"
        );
        let seed = images[0]["seed"].as_u64().context("a picture has a seed")?;
        until("the seed to be read below the picture", async || {
            let text = page
                .run("return document.body.innerText.replace(/[^0-9]/g, '')", Vec::new())
                .await?;
            Ok(text
                .as_str()
                .is_some_and(|digits| digits.contains(&seed.to_string()))
                .then_some(()))
        })
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_and_what_was_written_are_there_after_a_restart() -> Result<()> {
    Stage::play(async |stage| {
        let start = Start::in_sandbox().option("--sandbox-step-delay", "0");
        let app = stage.open(&start).await?;
        app.page().fill("Prompt", PROMPT).await?;
        app.page().generate().await?;
        app.page().has_result().await?;
        app.page().fill("Prompt", "and then a harbour").await?;
        until("the draft to be kept", async || {
            let start = app.page().invoke("start", json!({})).await?.expect("start works");
            Ok((start["draft"]["prompt"]["text"] == "and then a harbour").then_some(()))
        })
        .await?;
        app.close().await?;

        let app = stage.open(&start).await?;
        until("the picture in the history", async || {
            Ok((app.page().count("history-item").await? == 1).then_some(()))
        })
        .await?;
        until("the prompt", async || {
            let field = app.page().textbox("Prompt").await?;
            Ok((app.page().value(&field).await? == "and then a harbour").then_some(()))
        })
        .await
    })
    .await
}
