//! `kill -9` in the middle of a generation, again and again: what was delivered is a picture after the next start.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::Rng;
use sandbox::Sandbox;
use tests::{App, Stage, Start, pictures_in, sha256, text_chunks, until};

const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_lose_nothing_that_was_delivered_and_send_nothing_twice() -> Result<()> {
    Stage::play(async |stage| {
        let options = sandbox::Options {
            step_delay: Duration::from_millis(20),
            // Not Opus: a picture has its price, so that nothing may be sent again.
            tier: 2,
            ..Default::default()
        };
        let sandbox = stage.sandbox(options).await?;
        let start = Start::signed_in(&sandbox.url(), sandbox.token());

        // One that is left alone says how long a generation takes, from the click to the picture.
        let app = stage.open(&start).await?;
        let clicked = Instant::now();
        app.page().generate().await?;
        app.page().has_result().await?;
        let whole = clicked.elapsed();
        app.kill();

        for kill in 1..=KILLS {
            let app = stage.open(&start).await?;
            is_all_there(&app, &sandbox)
                .await
                .with_context(|| format!("after kill {}", kill - 1))?;
            let before = generations(&sandbox);
            app.page().generate().await?;
            // Anywhere from the click to a little after the picture.
            let moment = whole.mul_f64(rand::rng().random_range(0.0..1.15));
            tokio::time::sleep(moment).await;
            app.kill();
            let sent = generations(&sandbox) - before;
            assert!(sent <= 1, "{sent} requests for one click");
        }

        let app = stage.open(&start).await?;
        is_all_there(&app, &sandbox).await.context("after the last kill")?;
        let books = sandbox.books();
        let delivered = books.generations().filter(|exchange| exchange.delivered).count();
        println!(
            "{KILLS} kills, {} requests, {delivered} delivered whole",
            generations(&sandbox)
        );
        Ok(())
    })
    .await
}

/// Every picture that the books call delivered is in the library, byte for byte, once; none is torn.
async fn is_all_there(app: &App, sandbox: &Sandbox) -> Result<()> {
    // What is recovered is recovered before the app is ready; what was still in the queue is sent now.
    let jobs = app.page().settled_jobs().await?;
    let requests = generations(sandbox);
    assert!(requests <= jobs.len(), "{requests} requests for {} clicks", jobs.len());
    let files = pictures_in(&app.library())?;
    for file in &files {
        text_chunks(file).with_context(|| format!("{} is torn", file.display()))?;
    }
    let sums: Vec<String> = files.iter().map(|file| sha256(file)).collect::<Result<_>>()?;
    let kept: BTreeSet<&String> = sums.iter().collect();
    assert_eq!(kept.len(), sums.len(), "a picture was saved twice: {files:?}");
    let books = sandbox.books();
    for exchange in books.exchanges.iter().filter(|exchange| exchange.delivered) {
        for picture in &exchange.pictures {
            assert!(
                kept.contains(&picture.sha256),
                "request {} was delivered, its picture is lost",
                exchange.id
            );
        }
    }
    until("every picture in the history", async || {
        Ok((app.page().in_history().await? == files.len()).then_some(()))
    })
    .await
}

fn generations(sandbox: &Sandbox) -> usize {
    sandbox.books().generations().count()
}
