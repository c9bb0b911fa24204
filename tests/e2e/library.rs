//! The Library by mouse and keyboard: searched, selected, rated, sorted, thrown away and brought back, gone through. What
//! came of it is asked of the core.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use novelai::metadata::with_texts;
use serde_json::{Value, json};
use tests::{App, Page, Stage, Start, two_colours, until};
use thirtyfour::prelude::*;

/// What the pictures were made with, the newest first.
const PROMPTS: [&str; 6] = [
    "1girl, silver hair, umbrella, rain",
    "2girls, red dress, castle",
    "1girl, silver hair, moon",
    "銀髪, 夜景, 雨",
    "cat, window, night",
    "dragon, castle, burning",
];

/// The prompts of the cells in sight, in their order.
const CELLS: &str = r#"
const cells = [...document.querySelectorAll("[role=listbox][aria-label='Pictures found'] [role=option][data-id]")];
return cells.sort((one, other) => one.dataset.index - other.dataset.index)
  .map((cell) => cell.getAttribute('aria-label').replace(/^.*?: /, ''));"#;

/// How many cells are selected.
const SELECTED: &str = "return document.querySelectorAll('[role=option][data-id][aria-selected=true]').length";

/// What axe finds in the window, but for what the picture of a person decides.
const AXE: &str = r#"
const [done] = arguments;
axe.run(document, { resultTypes: ['violations'] }).then(
  ({ violations }) => done(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' | ')}`)),
  (error) => done([String(error)]),
);"#;

/// The app with a library that was there before, in the Library room.
async fn with_library(stage: &Stage) -> Result<App> {
    let library = stage.session.home().join("atelier/library/old");
    fs::create_dir_all(&library)?;
    for (at, prompt) in (0_u32..).zip(PROMPTS) {
        let file = two_colours(&library, &format!("{at}.png"), 96, 128, 40 * u8::try_from(at)?)?;
        let comment = json!({
            "prompt": prompt, "uc": "hat", "seed": 70 + at, "steps": 28, "scale": 5.0, "sampler": "k_euler",
            "width": 96, "height": 128,
        });
        let texts = [
            ("Title", "NovelAI generated image"),
            ("Description", prompt),
            ("Software", "NovelAI"),
            ("Source", "NovelAI Diffusion V4.5 4BDE2A90"),
            ("Comment", &comment.to_string()),
        ];
        fs::write(&file, with_texts(&fs::read(&file)?, &texts))?;
        let made = SystemTime::now() - Duration::from_secs(60 * u64::from(at) + 60);
        File::options().append(true).open(&file)?.set_modified(made)?;
    }
    let start = Start::in_sandbox().option("--sandbox-step-delay", "0");
    let app = stage.open(&start).await?;
    enter(app.page()).await?;
    shows(app.page(), &PROMPTS).await?;
    Ok(app)
}

async fn enter(page: &Page) -> Result<()> {
    page.press_text("[role=tab]", "Library").await
}

/// Waits until these pictures are the ones in sight.
async fn shows(page: &Page, prompts: &[&str]) -> Result<()> {
    until(&format!("{prompts:?} to be shown"), async || {
        let now: Vec<String> = page.driver().execute(CELLS, Vec::new()).await?.convert()?;
        if now == prompts {
            return Ok(Some(()));
        }
        bail!("{now:?} are shown")
    })
    .await
}

async fn search(page: &Page, text: &str) -> Result<WebElement> {
    let field = page.called("combobox", "Search the library").await?;
    field.click().await?;
    field.send_keys(Key::Control + "a").await?;
    field
        .send_keys(if text.is_empty() { Key::Delete + "" } else { text.into() })
        .await?;
    Ok(field)
}

/// The cell of a picture, by its place.
async fn cell(page: &Page, place: usize) -> Result<WebElement> {
    let by = By::Css(format!(
        "[role=listbox][aria-label='Pictures found'] [data-index='{place}']"
    ));
    until(&format!("cell {place}"), async || {
        Ok(page.driver().find_all(by.clone()).await?.into_iter().next())
    })
    .await
}

/// Clicks a cell. It may be made anew while the list is read again.
async fn click(page: &Page, place: usize) -> Result<()> {
    until(&format!("cell {place} to be clicked"), async || {
        Ok(Some(cell(page, place).await?.click().await?))
    })
    .await
}

async fn keys(page: &Page, keys: impl Into<TypingData>) -> Result<()> {
    Ok(page.driver().action_chain().send_keys(keys).perform().await?)
}

/// A letter with Control held.
async fn command(page: &Page, letter: &str) -> Result<()> {
    let chain = page.driver().action_chain().key_down(Key::Control);
    Ok(chain.send_keys(letter).key_up(Key::Control).perform().await?)
}

async fn selected(page: &Page, count: usize) -> Result<()> {
    page.tells(&format!("{count} selected")).await?;
    let on_page: usize = page.driver().execute(SELECTED, Vec::new()).await?.convert()?;
    assert_eq!(on_page, count);
    Ok(())
}

/// Clicks with a key held.
async fn click_with(page: &Page, key: Key, place: usize) -> Result<()> {
    let cell = cell(page, place).await?;
    let chain = page.driver().action_chain();
    Ok(chain
        .key_down(key.clone())
        .click_element(&cell)
        .key_up(key)
        .perform()
        .await?)
}

/// The pictures as the core has them, the newest first.
async fn records(page: &Page) -> Result<Vec<Value>> {
    page.images().await
}

async fn rated(page: &Page, stars: &[u64]) -> Result<()> {
    until(&format!("{stars:?} stars"), async || {
        let now: Vec<u64> = records(page)
            .await?
            .iter()
            .filter_map(|record| record["rating"].as_u64())
            .collect();
        if now == stars {
            return Ok(Some(()));
        }
        bail!("the stars are {now:?}")
    })
    .await
}

/// So many files lie in the library where everybody sees them.
fn files(app: &App) -> Result<Vec<PathBuf>> {
    let all = tests::pictures_in(&app.library())?;
    Ok(all
        .into_iter()
        .filter(|path| !path.components().any(|part| part.as_os_str() == ".trash"))
        .collect())
}

async fn axe_finds_nothing(page: &Page, place: &str) -> Result<()> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
    page.driver().execute(fs::read_to_string(source)?, Vec::new()).await?;
    let found = page.ask(AXE, Vec::new()).await?;
    assert_eq!(found, json!([]), "{place}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_tags_and_a_single_japanese_character_find_and_a_search_is_kept() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_library(stage).await?;
        let page = app.page();
        search(page, "silver").await?;
        shows(page, &[PROMPTS[0], PROMPTS[2]]).await?;
        search(page, "雨").await?;
        shows(page, &[PROMPTS[3]]).await?;
        search(page, "tag:castle -dragon").await?;
        shows(page, &[PROMPTS[1]]).await?;
        search(page, "seed:72").await?;
        shows(page, &[PROMPTS[2]]).await?;

        // The word is completed as it is typed.
        let field = search(page, "tag:umb").await?;
        page.press_text("[role=option]:not([data-index])", "umbrella").await?;
        shows(page, &[PROMPTS[0]]).await?;
        assert!(page.value(&field).await?.starts_with("tag:umbrella"));

        search(page, "nosuch:7").await?;
        page.tells("There is no field “nosuch”").await?;

        search(page, "silver -rain").await?;
        shows(page, &[PROMPTS[2]]).await?;
        page.press("Keep this search").await?;
        page.fill("Name of the search", "Dry").await?;
        keys(page, Key::Enter + "").await?;
        search(page, "").await?;
        shows(page, &PROMPTS).await?;
        page.press_text("nav button", "Dry").await?;
        shows(page, &[PROMPTS[2]]).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_selected_rated_and_put_into_an_album_and_all_of_it_is_undone() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_library(stage).await?;
        let page = app.page();
        click(page, 1).await?;
        click_with(page, Key::Shift, 3).await?;
        selected(page, 3).await?;
        click_with(page, Key::Control, 5).await?;
        selected(page, 4).await?;
        keys(page, "4").await?;
        rated(page, &[0, 4, 4, 4, 0, 4]).await?;
        command(page, "z").await?;
        rated(page, &[0; 6]).await?;

        // The same by keyboard alone.
        click(page, 0).await?;
        let chain = page.driver().action_chain().key_down(Key::Shift);
        chain
            .send_keys(Key::Right)
            .send_keys(Key::Right)
            .key_up(Key::Shift)
            .perform()
            .await?;
        selected(page, 3).await?;
        page.called("button", "5 stars").await?.click().await?;
        rated(page, &[5, 5, 5, 0, 0, 0]).await?;

        page.press("Albums").await?;
        page.fill("New album", "Best of May").await?;
        keys(page, Key::Enter + "").await?;
        page.press_text("nav button", "Best of May").await?;
        shows(page, &PROMPTS[..3]).await?;
        search(page, "rating>=5 album:\"Best of May\"").await?;
        shows(page, &PROMPTS[..3]).await?;
        click(page, 0).await?;
        command(page, "z").await?;
        page.tells("Taken back").await?;
        search(page, "is:album").await?;
        page.tells("Nothing like that").await?;
        rated(page, &[5, 5, 5, 0, 0, 0]).await?;

        search(page, "").await?;
        shows(page, &PROMPTS).await?;
        click(page, 0).await?;
        command(page, "a").await?;
        selected(page, 6).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_thrown_away_comes_back_by_undo_and_from_the_trash() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_library(stage).await?;
        let page = app.page();
        click(page, 1).await?;
        click_with(page, Key::Shift, 2).await?;
        keys(page, Key::Delete + "").await?;
        page.tells("2 pictures are in the trash").await?;
        let left = [PROMPTS[0], PROMPTS[3], PROMPTS[4], PROMPTS[5]];
        shows(page, &left).await?;
        assert_eq!(files(&app)?.len(), 4);
        page.press_text(".said button", "Undo").await?;
        shows(page, &PROMPTS).await?;
        assert_eq!(files(&app)?.len(), 6);

        click(page, 0).await?;
        keys(page, Key::Delete + "").await?;
        shows(page, &PROMPTS[1..]).await?;
        page.press_text("nav button", "Trash").await?;
        page.tells("30 days left").await?;
        axe_finds_nothing(page, "the trash").await?;
        page.press("Delete for good").await?;
        page.tells("Delete 1 picture for good?").await?;
        page.press("Don’t").await?;
        page.press("Bring all back").await?;
        page.tells("Nothing in the trash").await?;
        keys(page, Key::Escape + "").await?;
        shows(page, &PROMPTS).await?;
        assert_eq!(files(&app)?.len(), 6);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn in_review_each_picture_is_decided_by_a_key_and_the_rejected_go_together() -> Result<()> {
    Stage::play(async |stage| {
        let app = with_library(stage).await?;
        let page = app.page();
        page.press("Review").await?;
        page.tells("1 of 6").await?;
        axe_finds_nothing(page, "the review").await?;
        keys(page, "k").await?;
        page.tells("2 of 6").await?;
        keys(page, "x").await?;
        page.tells("3 of 6").await?;
        command(page, "z").await?;
        page.tells("2 of 6").await?;
        for key in ["k", "x", "u", "k", "x"] {
            keys(page, key).await?;
        }
        page.tells("All seen").await?;
        page.tells("Move 2 rejected pictures to the trash").await?;
        axe_finds_nothing(page, "the end of the review").await?;
        page.press("Move 2 rejected pictures").await?;
        let left = [PROMPTS[0], PROMPTS[1], PROMPTS[3], PROMPTS[4]];
        shows(page, &left).await?;
        assert_eq!(files(&app)?.len(), 4);
        let marks: Vec<Value> = records(page)
            .await?
            .iter()
            .map(|record| record["mark"].clone())
            .collect();
        assert_eq!(marks, [json!("keep"), json!("keep"), json!(null), json!("keep")]);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_knows_its_family_and_what_is_different_in_it() -> Result<()> {
    Stage::play(async |stage| {
        let start = Start::in_sandbox().option("--sandbox-step-delay", "0");
        let app = stage.open(&start).await?;
        let page = app.page();
        page.fill("Prompt", "a lighthouse in the rain").await?;
        page.generate().await?;
        page.has_result().await?;
        page.settled_jobs().await?;
        page.run("document.activeElement?.blur()", Vec::new()).await?;
        keys(page, "e").await?;
        // Its price is known.
        page.tells("1280 × 1856").await?;
        page.press_text(".form button", "Enhance").await?;
        until("the enhanced picture", async || {
            Ok((records(page).await?.len() == 2).then_some(()))
        })
        .await?;
        page.settled_jobs().await?;
        let all = records(page).await?;
        let (child, parent) = (&all[0], &all[1]);
        assert_eq!(child["parent"], parent["id"]);

        enter(page).await?;
        let broken = page
            .invoke("broken_files", json!({ "after": null, "limit": 9 }))
            .await?;
        assert_eq!(broken, Ok(json!({ "total": 0, "files": [] })));
        click(page, 0).await?;
        page.tells("The first of its family").await?;
        page.tells("832 × 1216 → 1280 × 1856; another seed").await?;
        page.press_text("aside ol button", "Words").await?;
        until("the parent to be shown", async || {
            let shown =
                "return document.querySelector('[data-testid=history-item][aria-selected=true]')?.dataset.id ?? null";
            let shown = page.run(shown, Vec::new()).await?;
            Ok((shown == parent["id"]).then_some(()))
        })
        .await
        .context("a click on a relative shows it")
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_in_the_library_in_both_themes() -> Result<()> {
    Stage::play(async |stage| {
        for dark in [true, false] {
            stage.session.prefer_dark(dark)?;
            let app = with_library(stage).await?;
            let page = app.page();
            axe_finds_nothing(page, "the Library").await?;
            click(page, 0).await?;
            click_with(page, Key::Shift, 2).await?;
            axe_finds_nothing(page, "the Library with a selection").await?;
            keys(page, "c").await?;
            page.called("button", "Close").await?;
            axe_finds_nothing(page, "the comparison").await?;
            keys(page, Key::Escape + "").await?;
            click(page, 1).await?;
            keys(page, " ").await?;
            page.tells("2 of 6").await?;
            axe_finds_nothing(page, "the quick look").await?;
            keys(page, Key::Escape + "").await?;
            page.press_text("nav button", "Statistics").await?;
            page.tells("Pictures by day").await?;
            axe_finds_nothing(page, "the statistics").await?;
            app.close().await?;
        }
        Ok(())
    })
    .await
}
