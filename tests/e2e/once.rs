//! One click is one request, whatever the page does (Tauri runs a command twice when the page reloads under it).

use anyhow::{Context, Result};
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{App, Page, Stage, Start, pictures_in, until};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_while_a_picture_is_made_sends_nothing_twice() -> Result<()> {
    Stage::play(async |stage| {
        let (sandbox, app) = slow(stage).await?;
        for round in 1..=3 {
            app.page().generate().await?;
            until("the request to reach the sandbox", async || {
                Ok((generations(&sandbox) == round).then_some(()))
            })
            .await?;
            app.page().driver().refresh().await?;
            app.page().is_ready().await?;
            let jobs = app.page().settled_jobs().await?;
            assert_eq!(jobs.len(), round, "{jobs:?}");
            assert_eq!(generations(&sandbox), round);
            until("the picture in the history", async || {
                Ok((app.page().count("history-item").await? == round).then_some(()))
            })
            .await?;
        }
        assert_eq!(pictures_in(&app.library())?.len(), 3);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_while_the_click_is_on_its_way_sends_at_most_one() -> Result<()> {
    Stage::play(async |stage| {
        let (sandbox, app) = slow(stage).await?;
        let request = draft(app.page()).await?;
        for round in 1..=5 {
            // The command is sent and the page goes, in one breath: the worst moment there is.
            let script = "window.__TAURI_INTERNALS__.invoke('enqueue', arguments[0]); location.reload();";
            let call = json!({ "id": Uuid::new_v4().to_string(), "request": request });
            app.page().run(script, vec![call]).await?;
            app.page().is_ready().await?;
            let jobs = app.page().settled_jobs().await?;
            assert!(jobs.len() <= round, "{jobs:?}");
            assert_eq!(generations(&sandbox), jobs.len(), "each job was sent once");
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_on_generate_is_one_click() -> Result<()> {
    Stage::play(async |stage| {
        let (sandbox, app) = slow(stage).await?;
        let button = app.page().generate_button().await?;
        app.page()
            .driver()
            .action_chain()
            .double_click_element(&button)
            .perform()
            .await?;
        app.page().has_result().await?;
        assert_eq!(app.page().settled_jobs().await?.len(), 1);
        assert_eq!(generations(&sandbox), 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_click_handed_over_twice_is_one_job() -> Result<()> {
    Stage::play(async |stage| {
        let (sandbox, app) = slow(stage).await?;
        let call = json!({ "id": Uuid::new_v4().to_string(), "request": draft(app.page()).await? });
        // At the same time, then while it runs, then when it is long done.
        let both = r#"
            const [call, done] = arguments;
            const enqueue = () => window.__TAURI_INTERNALS__.invoke('enqueue', call);
            Promise.all([enqueue(), enqueue()]).then(done, (error) => done([error]));"#;
        let jobs = app.page().ask(both, vec![call.clone()]).await?;
        assert_eq!(jobs[0]["id"], call["id"], "{jobs}");
        assert_eq!(jobs[1]["id"], call["id"], "{jobs}");
        app.page().invoke("enqueue", call.clone()).await?.expect("the same job");
        app.page().settled_jobs().await?;
        let late = app.page().invoke("enqueue", call).await?.expect("the same job");
        assert_eq!(late["state"]["kind"], "done", "{late}");
        assert_eq!(app.page().settled_jobs().await?.len(), 1);
        assert_eq!(generations(&sandbox), 1);
        Ok(())
    })
    .await
}

/// Slow enough for something to happen while a picture is made.
async fn slow(stage: &Stage) -> Result<(Sandbox, App)> {
    let options = sandbox::Options {
        step_delay: Duration::from_millis(30),
        // Not Opus: a picture has its price, so that nothing may be sent again.
        tier: 2,
        ..Default::default()
    };
    let sandbox = stage.sandbox(options).await?;
    let app = stage.open(&Start::signed_in(&sandbox.url(), sandbox.token())).await?;
    Ok((sandbox, app))
}

fn generations(sandbox: &Sandbox) -> usize {
    sandbox.books().generations().count()
}

/// The request that the page would send, as it keeps it.
async fn draft(page: &Page) -> Result<Value> {
    page.fill("Prompt", "a quiet harbour at dawn").await?;
    until("the draft to be kept", async || {
        let start = page.invoke("start", json!({})).await?;
        let mut start = start.map_err(|error| anyhow::anyhow!("start failed: {error}"))?;
        let draft = start.get_mut("draft").context("a start has a draft")?.take();
        Ok((draft["prompt"]["text"] == "a quiet harbour at dawn").then_some(draft))
    })
    .await
}
