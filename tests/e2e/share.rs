//! Pictures that leave the window, and that come back from an editor: with other programs of the desktop at the other end.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;
use tests::desktop::{dragged_out, editor_that_saves, paste};
use tests::{App, Stage, Start, pictures_in, sha256, text_chunks, two_colours, until};

/// The app with one picture that was made in it, and the picture's file.
async fn with_a_picture(stage: &Stage) -> Result<(App, PathBuf)> {
    let app = stage
        .open(&Start::in_sandbox().option("--sandbox-step-delay", "0"))
        .await?;
    app.page().fill("Prompt", "a lighthouse in the rain").await?;
    app.page().generate().await?;
    app.page().has_result().await?;
    let file = pictures_in(&app.library())?.pop().context("a picture on the disk")?;
    Ok((app, file))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_the_history_is_dragged_out_as_the_file_it_is() -> Result<()> {
    Stage::play(async |stage| {
        let (app, file) = with_a_picture(stage).await?;
        app.page().part("history-item").await?;
        let files = dragged_out(&app, &stage.session, "[data-testid=history-item]").await?;
        assert_eq!(files.len(), 1);
        assert_eq!(sha256(&files[0])?, sha256(&file)?, "byte for byte");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_tells_nothing_is_a_file_and_a_bitmap_without_a_trace() -> Result<()> {
    Stage::play(async |stage| {
        let (app, file) = with_a_picture(stage).await?;
        let page = app.page();
        assert!(text_chunks(&file)?.contains_key("Comment"));
        page.press("Share").await?;
        let group = "[role=radiogroup][aria-label='What it tells about itself'] label";
        page.press_text(group, "Nothing").await?;
        page.tells("no text, no EXIF, no XMP, nothing behind the end, no hidden bits")
            .await?;
        page.press("Copy").await?;
        page.tells("Copied; it tells nothing").await?;

        let pasted = paste(&stage.session)?;
        let bitmap = pasted.bitmap.context("a bitmap on the clipboard")?;
        assert_eq!(pasted.files.len(), 1, "{:?}", pasted.files);
        for copy in [&pasted.files[0], &bitmap] {
            assert!(text_chunks(copy)?.is_empty());
            let bytes = fs::read(copy)?;
            assert!(!bytes.windows(10).any(|piece| piece == b"lighthouse"));
        }
        assert_ne!(pasted.files[0], file, "the picture of the library stays as it is");
        assert!(text_chunks(&file)?.contains_key("Comment"));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_editor_saves_comes_back_as_a_child() -> Result<()> {
    Stage::play(async |stage| {
        let (app, file) = with_a_picture(stage).await?;
        let page = app.page();
        let edited = two_colours(stage.session.home(), "edited.png", 320, 200, 90)?;
        let program = editor_that_saves(&stage.session, &edited)?;
        fs::write(
            app.data().join("editor.json"),
            json!({ "program": program }).to_string(),
        )?;
        let original = sha256(&file)?;
        page.press("Share").await?;
        // The panel grows when the proof is there, and what is below it moves.
        page.tells("The file tells:").await?;
        page.press("Edit in").await?;
        until("the edit in the history", async || {
            Ok((page.count("history-item").await? == 2).then_some(()))
        })
        .await?;
        let images = page.images().await?;
        assert_eq!(images[0]["parent"], images[1]["id"]);
        assert_eq!((&images[0]["width"], &images[0]["height"]), (&json!(320), &json!(200)));
        assert_eq!(sha256(&file)?, original, "the picture itself is not touched");
        Ok(())
    })
    .await
}
