//! What can go wrong between a click and a picture: each ends in a plain message, and nothing received is lost.

use std::fs;
use std::path::PathBuf;

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
        let Some(disk) = SmallDisk::mount(&library, 64 * 1024)? else {
            return Ok(());
        };
        disk.forbid_writing()?;
        saves_again_when(stage, &library, "readOnly", || disk.allow_writing(64 * 1024)).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_keeps_the_picture_until_there_is_room() -> Result<()> {
    Stage::play(async |stage| {
        let library = stage.session.home().join("pictures");
        // Room for a folder and the beginning of a picture.
        let Some(disk) = SmallDisk::mount(&library, 64)? else {
            return Ok(());
        };
        saves_again_when(stage, &library, "diskFull", || disk.allow_writing(64 * 1024)).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_is_full_sends_nothing_that_could_be_lost() -> Result<()> {
    Stage::play(async |stage| {
        let Some(disk) = SmallDisk::mount(&stage.session.home().join("atelier"), 32 * 1024)? else {
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

/// A picture arrives where it can't be saved; the page says so; what stood in the way is removed; it is saved.
async fn saves_again_when(
    stage: &Stage,
    library: &std::path::Path,
    code: &str,
    mend: impl Fn() -> Result<()>,
) -> Result<()> {
    let sandbox = stage.sandbox(sandbox::Options::default()).await?;
    let start = Start::signed_in(&sandbox.url(), sandbox.token());
    let app = stage
        .open(&start.option("--library-dir", library.display().to_string()))
        .await?;
    app.page().generate().await?;
    app.page().alert(&[code]).await?;
    assert!(pictures_in(library)?.is_empty());
    mend()?;
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

async fn signed_in(stage: &Stage) -> Result<(Sandbox, App)> {
    let sandbox = stage.sandbox(sandbox::Options::default()).await?;
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
            job["request"]["sampling"]["seed"].is_u64(),
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
