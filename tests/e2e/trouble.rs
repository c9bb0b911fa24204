//! What can go wrong between a click and a picture: each ends in a plain message, and nothing received is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use sandbox::{Fault, Sandbox};
use serde_json::Value;
use tests::{App, SmallDisk, Stage, Start, closed_port, pictures_in, sha256, until};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_nothing_is_sent_and_the_page_says_so() -> Result<()> {
    Stage::play(async |stage| {
        let server = format!("http://127.0.0.1:{}", closed_port()?);
        let app = stage.open(&Start::signed_in(&server, "pst-of-no-use")).await?;
        app.page().generate().await?;
        let message = app.page().alert(&["offline"]).await?;
        assert!(message.contains("network"), "it says what to do: {message}");
        assert!(
            message.contains("nothing was sent"),
            "it says that nothing was charged: {message}"
        );
        assert_eq!(states(&app).await?, ["failed"]);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_in_the_middle_of_a_stream_leaves_the_job_unsettled() -> Result<()> {
    Stage::play(async |stage| {
        let (sandbox, app) = signed_in(stage).await?;
        sandbox.fail_next(Fault::Die { after_frames: 5 });
        app.page().generate().await?;
        let message = app.page().alert(&["interrupted"]).await?;
        assert!(
            message.contains("charged"),
            "it says what is known of the money: {message}"
        );
        assert_eq!(states(&app).await?, ["unsettled"]);
        let sent = sandbox
            .books()
            .exchanges
            .iter()
            .map(|exchange| exchange.sent)
            .max()
            .unwrap_or(0);
        assert!(
            kept_bytes(&app)? > 0,
            "of the {sent} bytes that were sent, none are kept"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_cut_short_is_kept_and_not_asked_for_again() -> Result<()> {
    Stage::play(async |stage| {
        let (sandbox, app) = signed_in(stage).await?;
        sandbox.fail_next(Fault::CutBody { after_bytes: 40_000 });
        app.page().generate().await?;
        app.page().alert(&["interrupted", "malformed"]).await?;
        assert_eq!(states(&app).await?, ["unsettled"]);
        assert_eq!(
            generations(&sandbox),
            1,
            "a request that may have been paid is not sent again by itself"
        );
        assert_eq!(kept_bytes(&app)?, 40_000, "what came is kept, to the last byte");

        app.page().generate().await?;
        app.page().has_result().await?;
        assert_eq!(pictures_in(&app.library())?.len(), 1, "the next one works");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_is_read_only_keeps_the_picture_until_it_can_be_written() -> Result<()> {
    Stage::play(async |stage| {
        let library = stage.session.home().join("pictures");
        let Some(disk) = SmallDisk::mount(&library, ROOMY)? else {
            return Ok(());
        };
        disk.forbid_writing()?;
        let (sandbox, app) = with_library(stage, &library).await?;
        app.page().generate().await?;
        app.page().alert(&["readOnly"]).await?;
        assert!(pictures_in(&library)?.is_empty());
        disk.allow_writing(ROOMY)?;
        is_saved_again(&sandbox, &app, &library).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_while_a_picture_is_made_keeps_it_until_there_is_room() -> Result<()> {
    Stage::play(async |stage| {
        let library = stage.session.home().join("pictures");
        let Some(disk) = SmallDisk::mount(&library, ROOMY)? else {
            return Ok(());
        };
        let (sandbox, app) = with_library(stage, &library).await?;
        app.page().generate().await?;
        until("the first preview", async || {
            let books = sandbox.books();
            Ok(books.generations().find_map(|exchange| exchange.first_preview_at))
        })
        .await?;
        disk.fill()?;
        app.page().alert(&["diskFull"]).await?;
        assert!(pictures_in(&library)?.is_empty());
        disk.allow_writing(2 * ROOMY)?;
        is_saved_again(&sandbox, &app, &library).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_from_the_start_costs_nothing() -> Result<()> {
    Stage::play(async |stage| {
        let library = stage.session.home().join("pictures");
        let Some(disk) = SmallDisk::mount(&library, ROOMY)? else {
            return Ok(());
        };
        disk.fill()?;
        let (sandbox, app) = with_library(stage, &library).await?;
        app.page().generate().await?;
        app.page().alert(&["diskFull"]).await?;
        assert_eq!(generations(&sandbox), 0, "what can't be saved is not bought");
        disk.allow_writing(2 * ROOMY)?;
        app.page().press("Try again").await?;
        app.page().has_result().await?;
        assert_eq!(pictures_in(&library)?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_is_full_sends_nothing_that_could_be_lost() -> Result<()> {
    Stage::play(async |stage| {
        let Some(disk) = SmallDisk::mount(&stage.session.home().join("atelier"), ROOMY)? else {
            return Ok(());
        };
        let (sandbox, app) = signed_in(stage).await?;
        disk.fill()?;
        app.page().generate().await?;
        app.page().alert(&["diskFull"]).await?;
        assert_eq!(
            generations(&sandbox),
            0,
            "a request that can't be written down is not sent"
        );
        Ok(())
    })
    .await
}

/// KiB of a disk on which the app sees room enough to begin.
const ROOMY: u32 = 160 * 1024;

/// Signed in, with the library in this folder.
async fn with_library(stage: &Stage, library: &Path) -> Result<(Sandbox, App)> {
    let options = sandbox::Options {
        step_delay: Duration::from_millis(40),
        ..paying()
    };
    let sandbox = stage.sandbox(options).await?;
    let start =
        Start::signed_in(&sandbox.url(), sandbox.token()).option("--library-dir", library.display().to_string());
    let app = stage.open(&start).await?;
    Ok((sandbox, app))
}

/// What stood in the way is gone: the picture that was delivered is saved, and none is generated anew.
async fn is_saved_again(sandbox: &Sandbox, app: &App, library: &Path) -> Result<()> {
    app.page().press("Save again").await?;
    let file = until("the picture", async || Ok(pictures_in(library)?.into_iter().next())).await?;
    app.page().has_result().await?;
    let books = sandbox.books();
    assert_eq!(books.generations().count(), 1, "it was not generated anew");
    let delivered = books.delivered().next().context("the books know of a picture")?;
    assert_eq!(
        sha256(&file)?,
        delivered.sha256,
        "it is the one that was delivered, to the last byte"
    );
    Ok(())
}

/// An account for which a picture has its price: what is free may be tried again, what is paid never is.
fn paying() -> sandbox::Options {
    sandbox::Options {
        tier: 2,
        ..Default::default()
    }
}

async fn signed_in(stage: &Stage) -> Result<(Sandbox, App)> {
    let sandbox = stage.sandbox(paying()).await?;
    let app = stage.open(&Start::signed_in(&sandbox.url(), sandbox.token())).await?;
    Ok((sandbox, app))
}

fn generations(sandbox: &Sandbox) -> usize {
    sandbox.books().generations().count()
}

/// The states of all jobs, once the queue is through.
async fn states(app: &App) -> Result<Vec<String>> {
    let jobs = app.page().settled_jobs().await?;
    Ok(jobs
        .iter()
        .filter_map(|job| job["state"]["kind"].as_str().map(str::to_owned))
        .collect())
}

/// How many bytes of replies the data folder keeps.
fn kept_bytes(app: &App) -> Result<u64> {
    let mut sum = 0;
    let spool = app.data().join("spool");
    let mut folders: Vec<PathBuf> = vec![spool];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                sum += entry.metadata()?.len();
            }
        }
    }
    Ok(sum)
}

/// The shape of a job as the page gets it; a change here is a change of the contract with the page.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_tells_the_page_all_there_is_to_know() -> Result<()> {
    Stage::play(async |stage| {
        let (_sandbox, app) = signed_in(stage).await?;
        app.page().generate().await?;
        app.page().has_result().await?;
        let jobs = app.page().settled_jobs().await?;
        let [job] = jobs.as_slice() else {
            anyhow::bail!("one click is one job: {jobs:?}")
        };
        assert_eq!(job["state"]["kind"], "done");
        assert_eq!(job["state"]["images"].as_array().map(Vec::len), Some(1));
        assert!(
            job["work"]["request"]["sampling"]["seed"].is_u64(),
            "the seed was picked: {job}"
        );
        assert!(
            matches!(&job["server"], Value::String(server) if server != "sandbox"),
            "{job}"
        );
        Ok(())
    })
    .await
}
