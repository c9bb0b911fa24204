//! The Tools room: every tool with the price that stood on it, the pictures that came of it, and what was charged.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tests::hostile::bomb;
use tests::{App, Drag, Page, Stage, Start, text_chunks, two_colours, until};

/// Opens the app in the sandbox, with pictures dropped onto a zone of the Tools room.
async fn with_sources(stage: &Stage, zone: &str, sizes: &[(u32, u32)]) -> Result<App> {
    let mut files = Vec::new();
    for (at, (width, height)) in sizes.iter().enumerate() {
        let name = format!("source {at}.png");
        files.push(two_colours(
            stage.session.home(),
            &name,
            *width,
            *height,
            60 + 40 * at as u8,
        )?);
    }
    let app = stage.open(&Start::in_sandbox()).await?;
    Drag::onto(&app, &stage.session, zone, &files).await?;
    app.page().by_role("radio", "source 0.png").await?;
    Ok(app)
}

/// Chooses one of several in the group of this name.
async fn choose(page: &Page, group: &str, option: &str) -> Result<()> {
    let selector = format!("[role=radiogroup][aria-label='{group}'] label");
    page.press_text(&selector, option).await
}

/// Presses the action of this name as soon as its price is known. Gives back the price, in Anlas.
async fn go(page: &Page, name: &str) -> Result<u64> {
    let button = page.by_role("button", name).await?;
    let price = until(&format!("a price on “{name}”"), async || {
        let text = button.text().await?;
        let text = text.strip_prefix(name).unwrap_or(&text).trim().replace(',', "");
        if text.starts_with("free") {
            return Ok(Some(0));
        }
        match text.split_once(' ') {
            Some((price, "Anlas")) => Ok(Some(price.parse().context("a price")?)),
            _ => bail!("it says {text:?}"),
        }
    })
    .await?;
    button.click().await?;
    Ok(price)
}

/// The pictures that have come since there were so many, as soon as nothing is under way. None may have failed.
async fn new_images(page: &Page, before: usize) -> Result<Vec<Value>> {
    until("a new picture", async || {
        Ok((page.images().await?.len() > before).then_some(()))
    })
    .await?;
    let jobs = page.settled_jobs().await?;
    assert!(jobs.iter().all(|job| job["state"]["kind"] == "done"), "{jobs:?}");
    let images = page.images().await?;
    let new = images.len() - before;
    Ok(images.into_iter().take(new).collect())
}

/// What the picture's own chunks say of the tool that made it.
fn made_by(app: &App, image: &Value) -> Result<Value> {
    let file = app.library().join(image["fileName"].as_str().context("a file name")?);
    let chunks = text_chunks(&file)?;
    assert_eq!(chunks["Title"], "AI augmented image", "{chunks:?}");
    serde_json::from_str(&chunks["Comment"]).context("the comment is JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_director_tool_gives_its_pictures_for_the_price_that_stood_on_it() -> Result<()> {
    Stage::play(async |stage| {
        // Above a megapixel, so that Opus does not include it.
        let app = with_sources(stage, "director", &[(1216, 1216)]).await?;
        let page = app.page();
        let tools = [
            ("Remove background", "bg-removal", 3),
            ("Line art", "lineart", 1),
            ("Sketch", "sketch", 1),
            ("Colorize", "colorize", 1),
            ("Emotion", "emotion", 1),
            ("Declutter", "declutter", 1),
            ("Declutter, keep bubbles", "declutter-keep-bubbles", 1),
        ];
        let (mut there, mut left) = (0, page.anlas().await?);
        for (name, request, pictures) in tools {
            choose(page, "Director tool", name).await?;
            let price = go(page, name).await?;
            assert!(price > 0, "{name} costs something above a megapixel");
            let made = new_images(page, there).await?;
            assert_eq!(made.len(), pictures, "{name}");
            for image in &made {
                assert_eq!(
                    (&image["width"], &image["height"]),
                    (&json!(1216), &json!(1216)),
                    "{name}"
                );
                assert_eq!(made_by(&app, image)?["req_type"], request);
            }
            let now = page.anlas().await?;
            assert_eq!(left - now, price, "{name} costs what stood on it");
            (there, left) = (there + pictures, now);
        }
        page.by_role("radio", "Declutter, keep bubbles of source 0.png").await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_background_that_is_removed_gives_three_pictures_that_are_shown_as_such() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_sources(stage, "director", &[(512, 512)]).await?;
        let page = app.page();
        choose(page, "Director tool", "Remove background").await?;
        go(page, "Remove background").await?;
        new_images(page, 0).await?;
        for part in ["Masked", "Generated", "Blended"] {
            let named = format!("Remove background of source 0.png, {part}");
            page.by_role("radio", &named).await?;
        }
        choose(page, "Which of the three pictures", "Generated").await?;
        page.by_role("slider", "Where the result begins").await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_make_it_larger_does_so_and_only_the_server_is_paid() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_sources(stage, "upscale", &[(96, 64), (64, 96)]).await?;
        let page = app.page();
        let (mut there, mut left) = (0, page.anlas().await?);
        for (way, price) in [("NovelAI", 2), ("waifu2x", 0), ("Lanczos", 0)] {
            choose(page, "Way to make it larger", way).await?;
            assert_eq!(go(page, "Upscale 2 pictures").await?, price, "{way}");
            until("both pictures", async || {
                Ok((page.images().await?.len() >= there + 2).then_some(()))
            })
            .await?;
            let mut made = new_images(page, there).await?;
            made.sort_by_key(|image| image["width"].as_u64());
            let sizes: Vec<_> = made
                .iter()
                .map(|image| (image["width"].clone(), image["height"].clone()))
                .collect();
            assert_eq!(sizes, [(json!(128), json!(192)), (json!(192), json!(128))], "{way}");
            let now = page.anlas().await?;
            assert_eq!(left - now, price, "{way}");
            (there, left) = (there + 2, now);
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_priced_as_a_whole_and_its_second_step_takes_what_the_first_made() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_sources(stage, "director", &[(1216, 1024)]).await?;
        let page = app.page();
        choose(page, "What to do", "Chain").await?;
        page.press("Line art, then colours").await?;
        let left = page.anlas().await?;
        let price = go(page, "Run the chain").await?;
        until("both pictures", async || {
            Ok((page.images().await?.len() == 2).then_some(()))
        })
        .await?;
        let made = new_images(page, 0).await?;
        let tools = [made_by(&app, &made[1])?, made_by(&app, &made[0])?];
        assert_eq!(
            (&tools[0]["req_type"], &tools[1]["req_type"]),
            (&json!("lineart"), &json!("colorize"))
        );
        assert_eq!(made[0]["parent"], made[1]["id"], "the second is a child of the first");
        assert_eq!(left - page.anlas().await?, price);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoints_of_earlier_days_answer_in_their_own_corner() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_sources(stage, "director", &[(256, 192)]).await?;
        let page = app.page();
        choose(page, "What to do", "Legacy").await?;

        choose(page, "Legacy tool", "Annotate").await?;
        choose(page, "What is drawn of it", "Soft edges").await?;
        assert_eq!(go(page, "Annotate").await?, 0);
        let made = new_images(page, 0).await?;
        assert_eq!(made.len(), 1);

        choose(page, "Legacy tool", "Classify").await?;
        page.press("Classify").await?;
        let table = "return document.querySelectorAll('table tbody tr').length";
        until("labels in a table", async || {
            let rows = page.run(table, Vec::new()).await?.as_u64().unwrap_or_default();
            Ok((rows > 0).then_some(()))
        })
        .await?;

        choose(page, "Legacy tool", "Prompt").await?;
        page.fill("How it begins", "a lighthouse").await?;
        page.press("Go on writing").await?;
        page.tells("What was written").await?;
        page.press("Use as the prompt").await?;
        let prompt = page.textbox("Prompt").await?;
        assert!(!page.value(&prompt).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_means_harm_is_named_and_the_rest_goes_on() -> Result<()> {
    Stage::play(async |stage| {
        let home = stage.session.home();
        let good = two_colours(home, "good.png", 64, 64, 10)?;
        let hostile = home.join("bomb.png");
        fs::write(&hostile, bomb(60_000))?;
        let cut = home.join("cut.jpg");
        fs::write(&cut, [0xff, 0xd8, 0xff, 0xe0, 0, 16])?;
        let huge = home.join("huge.png");
        fs::File::create(&huge)?.set_len(3 << 30)?;
        let circle = home.join("circle");
        fs::create_dir(&circle)?;
        std::os::unix::fs::symlink(&circle, circle.join("again"))?;
        let odd = two_colours(home, "line\nbreak \u{202e}gnp.png", 64, 64, 90)?;

        let app = stage.open(&Start::in_sandbox()).await?;
        let page = app.page();
        let files = [good, hostile, cut, huge, circle, odd];
        Drag::onto(&app, &stage.session, "library", &files).await?;
        page.tells("2 pictures added to your library.").await?;
        for name in ["bomb.png: ", "cut.jpg: ", "huge.png: "] {
            page.tells(name).await?;
        }
        assert_eq!(page.images().await?.len(), 2);
        // It still answers.
        page.fill("Prompt", "a lighthouse").await?;
        page.generate().await?;
        page.has_result().await
    })
    .await
}
