//! The queue by mouse and keyboard: reordered, changed, paused, killed and gone on with; what is unsettled is decided; a
//! batch becomes a contact sheet; the desktop tells of the end.

use anyhow::{Context, Result};
use sandbox::{Fault, Sandbox};
use serde_json::{Value, json};
use tests::desktop::{Notices, minimize};
use tests::{App, Page, Stage, Start, pictures_in, until};
use thirtyfour::prelude::*;

/// Two Anlas and more a picture: nothing is free on this account.
fn paid() -> sandbox::Options {
    sandbox::Options {
        tier: 2,
        ..sandbox::Options::default()
    }
}

fn signed_in(sandbox: &Sandbox) -> Start {
    Start::signed_in(&sandbox.url(), sandbox.token())
}

/// The prompts that wait, in their order.
async fn waiting(page: &Page) -> Result<Vec<String>> {
    let asked = json!({ "list": "open", "offset": 0, "limit": 100 });
    let jobs = page.invoke("listed_jobs", asked).await?;
    let jobs = jobs.map_err(|error| anyhow::anyhow!("listed_jobs failed: {error}"))?;
    let prompt = |job: &Value| {
        let text = &job["work"]["request"]["prompt"]["text"];
        text.as_str().map(ToOwned::to_owned).context("a prompt")
    };
    jobs.as_array().context("a list")?.iter().map(prompt).collect()
}

async fn waits(page: &Page, prompts: &[&str]) -> Result<()> {
    until(&format!("{prompts:?} to wait"), async || {
        let now = waiting(page).await?;
        if now == prompts {
            return Ok(Some(()));
        }
        anyhow::bail!("{now:?} waits")
    })
    .await
}

/// Opens the drawer and pauses the queue, and puts three requests into it.
async fn three_wait(page: &Page) -> Result<()> {
    page.press("Show the queue").await?;
    page.called("button", "Pause").await?.click().await?;
    page.called("button", "Resume").await?;
    for prompt in ["first", "second", "third"] {
        page.fill("Prompt", prompt).await?;
        page.generate().await?;
        until("the request to be queued", async || {
            Ok(waiting(page)
                .await?
                .iter()
                .any(|waiting| waiting == prompt)
                .then_some(()))
        })
        .await?;
    }
    waits(page, &["first", "second", "third"]).await
}

/// What stands in the row of a job, found by the place of the row and a selector.
async fn in_row(page: &Page, place: usize, selector: &str) -> Result<WebElement> {
    let by = format!(
        "[aria-label='Queue, in full'] li[aria-posinset='{}'] {selector}",
        place + 1
    );
    until(&format!("{selector} of row {place}"), async || {
        let found = page.driver().find_all(By::Css(by.clone())).await?;
        Ok(found.into_iter().next())
    })
    .await
}

/// The prompts that the service was asked for, in their order.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let books = sandbox.books();
    books
        .generations()
        .filter_map(|exchange| exchange.body.as_ref()?["input"].as_str().map(ToOwned::to_owned))
        .collect()
}

fn asked_in_this_order(sandbox: &Sandbox, prompts: &[&str]) {
    let asked = asked(sandbox);
    assert_eq!(asked.len(), prompts.len(), "{asked:?}");
    for (asked, prompt) in asked.iter().zip(prompts) {
        assert!(asked.starts_with(prompt), "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_jobs_are_reordered_changed_and_paused_between() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(sandbox::Options::default()).await?;
        let app = stage.open(&signed_in(&sandbox)).await?;
        let page = app.page();
        three_wait(page).await?;
        assert!(asked(&sandbox).is_empty(), "it was paused");

        // By the keyboard: the last comes to the front.
        let last = in_row(page, 2, "[data-place]").await?;
        last.click().await?;
        last.send_keys(Key::Alt + Key::Home).await?;
        waits(page, &["third", "first", "second"]).await?;

        // By the pointer: it goes behind the others.
        let grip = in_row(page, 0, ".grip").await?;
        let height = i64::from(in_row(page, 0, ".row").await?.rect().await?.height as i32);
        let drag = page.driver().action_chain();
        drag.click_and_hold_element(&grip)
            .move_by_offset(0, height)
            .move_by_offset(0, height)
            .release()
            .perform()
            .await?;
        waits(page, &["first", "second", "third"]).await?;

        // One is changed in the recipe and put back where it stood.
        in_row(page, 1, "button[aria-label='Change']").await?.click().await?;
        page.tells("You are changing a job that waits in the queue.").await?;
        page.fill("Prompt", "second, at night").await?;
        page.press("Put it back into the queue").await?;
        waits(page, &["first", "second, at night", "third"]).await?;

        // The queue pauses behind the first, by itself.
        in_row(page, 0, "button[aria-label='Pause after this one']")
            .await?
            .click()
            .await?;
        page.tells("The queue pauses after this one").await?;
        page.called("button", "Resume").await?.click().await?;
        waits(page, &["second, at night", "third"]).await?;
        page.called("button", "Resume").await?;
        asked_in_this_order(&sandbox, &["first"]);

        page.called("button", "Resume").await?.click().await?;
        page.settled_jobs().await?;
        asked_in_this_order(&sandbox, &["first", "second, at night", "third"]);
        assert_eq!(pictures_in(&app.library())?.len(), 3);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_queue_is_what_it_was_and_goes_on() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(paid()).await?;
        let start = signed_in(&sandbox);
        let app = stage.open(&start).await?;
        three_wait(app.page()).await?;
        in_row(app.page(), 2, "button[aria-label='Move to the front']")
            .await?
            .click()
            .await?;
        waits(app.page(), &["third", "first", "second"]).await?;
        app.kill();

        // Paused it was, paused it is, in the order of the person.
        let app = stage.open(&start).await?;
        let page = app.page();
        waits(page, &["third", "first", "second"]).await?;
        page.press("Show the queue").await?;
        page.called("button", "Resume").await?;
        assert!(asked(&sandbox).is_empty(), "it was paused");

        // Killed once more while the first is being made: nobody sends that again, the others go on.
        sandbox.set_step_delay(std::time::Duration::from_millis(200));
        page.called("button", "Resume").await?.click().await?;
        until("a picture on its way", async || {
            Ok(sandbox
                .books()
                .generations()
                .any(|exchange| exchange.previews > 0)
                .then_some(()))
        })
        .await?;
        app.kill();
        sandbox.set_step_delay(std::time::Duration::ZERO);
        let app = stage.open(&start).await?;
        let jobs = app.page().settled_jobs().await?;
        asked_in_this_order(&sandbox, &["third", "first", "second"]);
        let unsettled = jobs.iter().filter(|job| job["state"]["kind"] == "unsettled");
        assert_eq!(unsettled.count(), 1, "{jobs:?}");
        assert_eq!(pictures_in(&app.library())?.len(), 2);
        app.page().press("Unsettled · 1").await?;
        let charged = sandbox.books().charged / 3;
        app.page()
            .tells(&format!("{charged} Anlas were charged, and the picture is lost."))
            .await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unsettled_is_told_by_the_balance_and_decided_by_the_person() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(paid()).await?;
        let app = stage.open(&signed_in(&sandbox)).await?;
        let page = app.page();

        // Charged, and the answer is cut before there is a picture in it.
        sandbox.fail_next(Fault::CutBody { after_bytes: 40 });
        page.fill("Prompt", "the lost one").await?;
        page.generate().await?;
        page.press("Unsettled · 1").await?;
        let charged = sandbox.books().charged;
        assert!(charged > 0, "this account pays");
        page.tells(&format!("{charged} Anlas were charged, and the picture is lost."))
            .await?;
        in_row(page, 0, "button[aria-label='Duplicate']").await?;
        page.press("Leave it").await?;
        page.tells("Nothing is open between you and the service.").await?;
        assert_eq!(asked(&sandbox).len(), 1, "nothing was sent again");

        // Not charged, which the balance tells: it is safe to send it again, and the person does.
        sandbox.fail_next(Fault::Status {
            status: 500,
            body: None,
            retry_after: None,
            after_charging: false,
        });
        page.fill("Prompt", "the safe one").await?;
        page.generate().await?;
        page.press("Unsettled · 1").await?;
        page.tells("Nothing was charged. It is safe to send it again.").await?;
        assert_eq!(asked(&sandbox).len(), 2, "nothing was sent again");
        page.called("button", "Send again").await?.click().await?;
        page.has_result().await?;
        page.settled_jobs().await?;
        asked_in_this_order(&sandbox, &["the lost one", "the safe one", "the safe one"]);
        assert_eq!(sandbox.books().charged, 2 * charged);
        assert_eq!(pictures_in(&app.library())?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matrix_has_its_price_before_it_starts_and_its_contact_sheet_at_the_end() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(paid()).await?;
        let saved = stage.session.home().join("sheet.png");
        let start = signed_in(&sandbox).option("--answer-save-dialog", saved.display().to_string());
        let app = stage.open(&start).await?;
        let page = app.page();
        page.fill("Prompt", "a lighthouse").await?;
        page.press("Batch").await?;
        type_lines(page, "Scenes, after the prompt: one a line", "in the rain\nin the snow").await?;
        page.by_role("combobox", "Add what differs").await?.click().await?;
        page.press_text("[role=listbox]:popover-open [role=option]", "Guidance")
            .await?;
        type_lines(page, "Guidance: one a line", "4 6 8").await?;

        let price = price_of(&page.button("Queue 6 requests").await?.text().await?)?;
        assert!(asked(&sandbox).is_empty(), "it has only a price");
        assert!(price > 0, "this account pays");
        page.press("Queue 6 requests").await?;
        until("the contact sheet to be whole", async || {
            let told = page.all_by_role("button", "").await?;
            for button in told {
                if button.text().await?.contains("6 of 6") {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        })
        .await?;
        let books = sandbox.books();
        assert_eq!(books.generations().count(), 6);
        assert_eq!(books.charged, price, "the price that stood on the button");
        let scales: Vec<f64> = books
            .generations()
            .filter_map(|exchange| exchange.body.as_ref()?["parameters"]["scale"].as_f64())
            .collect();
        assert_eq!(scales.iter().filter(|scale| **scale == 6.0).count(), 2, "{scales:?}");

        until("the contact sheet to be seen", async || {
            let script = "const [sheet] = document.querySelectorAll('.sheet img');
                return sheet?.complete && sheet.naturalWidth > 0 ? sheet.alt : null;";
            let alt = page.run(script, Vec::new()).await?;
            Ok((alt == "Contact sheet: 2 by 3").then_some(()))
        })
        .await?;
        page.press("Save as a picture").await?;
        page.called("button", "Saved").await?;
        let sheet = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&saved)?)).read_info()?;
        let (width, height) = (sheet.info().width, sheet.info().height);
        assert!(width > 400 && height > 400, "{width} × {height}");
        Ok(())
    })
    .await
}

/// Types lines into a field of the topmost dialog.
async fn type_lines(page: &Page, name: &str, lines: &str) -> Result<()> {
    let field = page.textbox(name).await?;
    field.click().await?;
    for (number, line) in lines.lines().enumerate() {
        if number > 0 {
            field.send_keys(Key::Enter + "").await?;
        }
        field.send_keys(line).await?;
    }
    Ok(())
}

/// The Anlas that a button names, behind everything else on it.
fn price_of(text: &str) -> Result<u64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().rposition(|word| *word == "Anlas").context("a price")?;
    words[at.saturating_sub(1)]
        .replace(',', "")
        .parse()
        .with_context(|| text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desktop_tells_of_the_end_with_the_picture_when_the_window_is_elsewhere() -> Result<()> {
    Stage::play(async |stage| {
        let notices = Notices::start(&stage.session).await?;
        let app = stage
            .open(&Start::in_sandbox().option("--sandbox-step-delay", "60"))
            .await?;
        app.page().generate().await?;
        app.page().has_result().await?;
        app.page().settled_jobs().await?;
        assert!(notices.all()?.is_empty(), "the person was looking");

        one_more_elsewhere(&app).await?;
        let notice = until("a notification", async || Ok(notices.all()?.pop())).await?;
        assert_eq!(
            (notice.name.as_str(), notice.title.as_str(), notice.body.as_str()),
            ("Atelier", "The queue is through", "1 picture is ready")
        );
        let picture = notice.picture.context("a picture beside it")?;
        let newest = pictures_in(&app.library())?;
        assert!(newest.contains(&picture), "{} is none of {newest:?}", picture.display());
        assert_eq!(notices.all()?.len(), 1);
        Ok(())
    })
    .await
}

async fn one_more_elsewhere(app: &App) -> Result<()> {
    app.page().generate().await?;
    minimize(app)
}
