//! The main job without a pointer.

use anyhow::{Result, bail};
use serde_json::Value;
use tests::{Page, Stage, Start, until};
use thirtyfour::prelude::*;

/// More stops than any page of ours has.
const MANY: usize = 200;

/// What has the focus: its accessible name, near enough, its kind, and whether the focus can be seen.
const FOCUSED: &str = r#"
const element = document.activeElement;
if (!element || element === document.body) return null;
const text = (element) => (element?.innerText || element?.textContent || '').replace(/\s+/g, ' ').trim();
// A list of pictures has the focus for the picture that it names.
const current = document.getElementById(element.getAttribute('aria-activedescendant') ?? '') ?? element;
const by = element.getAttribute('aria-labelledby');
const name = (by && by.split(/\s+/).map((id) => text(document.getElementById(id))).join(' ')) || element.getAttribute('aria-label')
  || (element.labels?.length ? [...element.labels].map(text).join(' ') : '') || text(element) || element.title || '';
return { name, kind: element.tagName.toLowerCase(), role: element.getAttribute('role'), html: element.outerHTML.slice(0, 200), id: current.dataset.testid ?? '',
  seen: element.matches(':focus-visible') };
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_made_by_keyboard_alone() -> Result<()> {
    Stage::play(async |stage| {
        let app = stage
            .open(&Start::in_sandbox().option("--sandbox-step-delay", "0"))
            .await?;
        let page = app.page();

        tab_to(page, |stop| stop["role"] == "textbox" && stop["name"] == "Prompt").await?;
        press(page, "a quiet harbour at dawn").await?;
        tab_to(page, |stop| stop["kind"] == "button" && starts_with(stop, "Generate")).await?;
        press(page, &Key::Enter.value().to_string()).await?;
        page.has_result().await?;

        tab_to(page, |stop| stop["id"] == "history-item").await?;
        press(page, &Key::Enter.value().to_string()).await?;
        page.has_result().await?;

        tab_to(page, |stop| stop["kind"] == "button" && starts_with(stop, "Sign in")).await?;
        press(page, &Key::Enter.value().to_string()).await?;
        page.textbox("API token").await?;
        press(page, &Key::Escape.value().to_string()).await?;
        until("the focus to be back where it was", async || {
            let stop = page.run(FOCUSED, Vec::new()).await?;
            if starts_with(&stop, "Sign in") {
                Ok(Some(()))
            } else {
                bail!("it is on {stop}")
            }
        })
        .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shortcut_generates_from_within_the_prompt() -> Result<()> {
    Stage::play(async |stage| {
        let app = stage
            .open(&Start::in_sandbox().option("--sandbox-step-delay", "0"))
            .await?;
        app.page().textbox("Prompt").await?.click().await?;
        press(app.page(), "a quiet harbour at dawn").await?;
        app.page()
            .driver()
            .action_chain()
            .key_down(Key::Control)
            .send_keys(Key::Enter)
            .key_up(Key::Control)
            .perform()
            .await?;
        app.page().has_result().await?;
        assert_eq!(app.page().settled_jobs().await?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stop_of_the_tab_key_has_a_name_and_can_be_seen() -> Result<()> {
    Stage::play(async |stage| {
        let app = stage
            .open(&Start::in_sandbox().option("--sandbox-step-delay", "0"))
            .await?;
        app.page().generate().await?;
        app.page().has_result().await?;
        let mut stops: Vec<Value> = Vec::new();
        tab_to(app.page(), |stop| {
            let again = stops.first().is_some_and(|first| first["html"] == stop["html"]);
            stops.push(stop.clone());
            again
        })
        .await?;
        assert!(stops.len() > 12, "the page has more controls than these: {stops:?}");
        for stop in &stops {
            assert!(
                stop["name"].as_str().is_some_and(|name| !name.is_empty()),
                "nameless: {stop}"
            );
            assert_eq!(stop["seen"], true, "the focus does not show on {stop}");
        }
        Ok(())
    })
    .await
}

fn starts_with(stop: &Value, name: &str) -> bool {
    stop["name"].as_str().is_some_and(|own| own.starts_with(name))
}

async fn press(page: &Page, keys: &str) -> Result<()> {
    Ok(page.driver().action_chain().send_keys(keys).perform().await?)
}

/// Presses Tab until the focus is on the right thing.
async fn tab_to(page: &Page, mut right: impl FnMut(&Value) -> bool) -> Result<()> {
    let mut passed = Vec::new();
    for _ in 0..MANY {
        press(page, &Key::Tab.value().to_string()).await?;
        let stop = page.run(FOCUSED, Vec::new()).await?;
        if !stop.is_null() && right(&stop) {
            return Ok(());
        }
        passed.push(stop["name"].to_string());
    }
    bail!("the Tab key does not lead there; it passed {}", passed.join(", "))
}
