//! Real drops from outside: files that another program offers, dragged across the display onto the app's window.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tests::{Drag, Page, Stage, Start, pictures_in, sha256, two_colours, until};

async fn until_draft(page: &Page, what: &str, satisfies: impl Fn(&Value) -> bool) -> Result<Value> {
    until(what, async || {
        let start = page.invoke("start", json!({})).await?;
        let draft = start.map_err(|error| anyhow::anyhow!("{error}"))?["draft"].clone();
        if satisfies(&draft) {
            Ok(Some(draft))
        } else {
            bail!("the draft is {draft}")
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_dropped_onto_image_to_image() -> Result<()> {
    Stage::play(async |stage| {
        let file = two_colours(stage.session.home(), "sea.png", 512, 768, 90)?;
        let app = stage.open(&Start::in_sandbox()).await?;
        Drag::onto(&app, &stage.session, "base", std::slice::from_ref(&file)).await?;
        let draft = until_draft(app.page(), "the picture in the draft", |draft| {
            draft["source"]["kind"] == "image"
        })
        .await?;
        assert_eq!(
            draft["source"]["image"],
            json!(sha256(&file)?),
            "byte for byte as it came"
        );
        assert_eq!(draft["size"], json!({ "width": 512, "height": 768 }));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn several_pictures_become_one_job_each_for_a_price_that_is_told_before() -> Result<()> {
    Stage::play(async |stage| {
        let home = stage.session.home();
        let files = [1, 2, 3, 4, 5].map(|shade| two_colours(home, &format!("{shade}.png"), 64, 64, shade * 40));
        let files: Vec<PathBuf> = files.into_iter().collect::<Result<_>>()?;
        let app = stage.open(&Start::in_sandbox()).await?;
        let page = app.page();
        Drag::onto(&app, &stage.session, "base", &files).await?;
        page.by_role("dialog", "Image to image from 5 pictures").await?;
        let go = page.by_role("button", "Make 5 pictures").await?;
        until("the price to be known", async || {
            Ok((go.is_enabled().await? && go.text().await?.contains("Anlas")).then_some(()))
        })
        .await?;
        go.click().await?;
        until("five jobs", async || Ok((page.jobs().await?.len() == 5).then_some(()))).await?;
        let jobs = page.settled_jobs().await?;
        assert!(jobs.iter().all(|job| job["state"]["kind"] == "done"), "{jobs:?}");
        assert_eq!(pictures_in(&app.library())?.len(), 5);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_called_a_picture_is_refused_and_the_others_go_on() -> Result<()> {
    Stage::play(async |stage| {
        let home = stage.session.home();
        let text = home.join("not a picture.png");
        fs::write(&text, "This is a text.")?;
        let (one, two) = (
            two_colours(home, "one.png", 64, 64, 10)?,
            two_colours(home, "two.png", 64, 96, 20)?,
        );
        let app = stage.open(&Start::in_sandbox()).await?;
        let page = app.page();
        Drag::onto(&app, &stage.session, "library", &[one.clone(), text, two.clone()]).await?;
        page.tells("2 pictures added to your library.").await?;
        page.tells("not a picture.png: This is none of what can be taken")
            .await?;
        let mut kept = Vec::new();
        for picture in pictures_in(&app.library())? {
            kept.push(sha256(&picture)?);
        }
        kept.sort();
        let mut dropped = vec![sha256(&one)?, sha256(&two)?];
        dropped.sort();
        assert_eq!(kept, dropped, "byte for byte as they came");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_picture_was_made_with_is_read_from_it() -> Result<()> {
    Stage::play(async |stage| {
        let app = stage.open(&Start::in_sandbox()).await?;
        let page = app.page();
        page.fill("Prompt", "a lighthouse in the rain").await?;
        page.set_number("Steps", "7").await?;
        page.generate().await?;
        page.has_result().await?;
        let files = pictures_in(&app.library())?;
        let elsewhere = stage.session.home().join("from a friend.png");
        fs::copy(&files[0], &elsewhere)?;
        page.fill("Prompt", "something else").await?;
        page.set_number("Steps", "11").await?;

        Drag::onto(&app, &stage.session, "settings", &[elsewhere]).await?;
        page.by_role("dialog", "Read settings").await?;
        let take = page.called("button", "Take over").await?;
        until("the preview", async || Ok(take.is_enabled().await?.then_some(()))).await?;
        take.click().await?;

        until_draft(page, "what the picture says", |draft| {
            draft["prompt"]["text"] == "a lighthouse in the rain" && draft["sampling"]["steps"] == 7
        })
        .await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn five_pictures_are_dropped_onto_upscale_for_one_price() -> Result<()> {
    Stage::play(async |stage| {
        let home = stage.session.home();
        let files = [1, 2, 3, 4, 5].map(|shade| two_colours(home, &format!("larger {shade}.png"), 64, 64, shade * 40));
        let files: Vec<PathBuf> = files.into_iter().collect::<Result<_>>()?;
        let app = stage.open(&Start::in_sandbox()).await?;
        let page = app.page();
        Drag::onto(&app, &stage.session, "upscale", &files).await?;
        for shade in 1..=5 {
            page.by_role("radio", &format!("larger {shade}.png, 64 × 64")).await?;
        }
        let go = page.by_role("button", "Upscale 5 pictures").await?;
        until("one price for all", async || {
            Ok(go.text().await?.contains("5 Anlas").then_some(()))
        })
        .await?;
        go.click().await?;
        until("five results", async || {
            Ok((page.count("result").await? == 5).then_some(()))
        })
        .await?;
        let made = page.images().await?;
        assert_eq!(made.len(), 5);
        for image in &made {
            assert_eq!(
                (&image["width"], &image["height"]),
                (&json!(128), &json!(128)),
                "{image}"
            );
        }
        Ok(())
    })
    .await
}
