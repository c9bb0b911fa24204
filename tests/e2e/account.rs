//! The token: where it is kept, that it is erased, and that it is nowhere else.

use anyhow::Result;
use rand::Rng;
use sandbox::{Fault, Sandbox};
use tests::{App, Page, Session, Stage, Start, places_of, until};

/// The balance of [`account`], as the page writes it.
const ANLAS: &str = "4,321";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_kept_in_the_keychain_found_again_erased_and_never_anywhere_else() -> Result<()> {
    Stage::play(async |stage| {
        stage.session.add_keyring().await?;
        let sandbox = stage.sandbox(account()).await?;
        let start = Start::with_keychain(&sandbox.url());
        assert_eq!(stage.session.kept_secrets()?, 0);

        let app = stage.open(&start).await?;
        sign_in(app.page(), sandbox.token()).await?;
        app.page().says("account", |text| text.contains(ANLAS)).await?;
        assert_eq!(stage.session.kept_secrets()?, 1, "the keyring holds the token");
        app.page().generate().await?;
        app.page().has_result().await?;
        is_nowhere(sandbox.token(), &app, &stage.session).await?;
        app.close().await?;

        let app = stage.open(&start).await?;
        app.page().says("account", |text| text.contains(ANLAS)).await?;
        is_nowhere(sandbox.token(), &app, &stage.session).await?;
        sign_out(app.page()).await?;
        app.page().says("banner", |text| text.contains("Sandbox")).await?;
        until("the keyring to be empty", async || {
            Ok((stage.session.kept_secrets()? == 0).then_some(()))
        })
        .await?;
        is_nowhere(sandbox.token(), &app, &stage.session).await?;
        app.close().await?;

        let app = stage.open(&start).await?;
        app.page().says("banner", |text| text.contains("Sandbox")).await?;
        is_nowhere(sandbox.token(), &app, &stage.session).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_server_does_not_know_is_not_kept() -> Result<()> {
    Stage::play(async |stage| {
        stage.session.add_keyring().await?;
        let sandbox = stage.sandbox(account()).await?;
        let start = Start::with_keychain(&sandbox.url());
        let app = stage.open(&start).await?;
        let wrong = canary();
        sign_in(app.page(), &wrong).await?;
        let message = app.page().alert(&["unauthorized"]).await?;
        assert!(message.contains("token"), "{message}");
        assert_eq!(stage.session.kept_secrets()?, 0);
        assert!(sandbox.books().exchanges.iter().all(|exchange| !exchange.authorized));
        app.close().await?;

        let app = stage.open(&start).await?;
        app.page().says("banner", |text| text.contains("Sandbox")).await?;
        is_nowhere(&wrong, &app, &stage.session).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_while_it_is_used_asks_for_another() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(account()).await?;
        let app = stage.open(&Start::signed_in(&sandbox.url(), sandbox.token())).await?;
        app.page().says("account", |text| text.contains(ANLAS)).await?;
        sandbox.fail_next(Fault::Status {
            status: 401,
            body: None,
            retry_after: None,
            after_charging: false,
        });
        app.page().generate().await?;
        app.page().alert(&["unauthorized"]).await?;
        app.page().button("Sign in again").await?;
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_a_token_is_used_for_this_session_only() -> Result<()> {
    Stage::play(async |stage| {
        let sandbox = stage.sandbox(account()).await?;
        let start = Start::with_keychain(&sandbox.url());
        let app = stage.open(&start).await?;
        sign_in(app.page(), sandbox.token()).await?;
        app.page().alert(&["keychainMissing"]).await?;
        app.page().press("Only for this session").await?;
        app.page().says("account", |text| text.contains(ANLAS)).await?;
        app.page().generate().await?;
        app.page().has_result().await?;
        assert_eq!(generations(&sandbox), 1);
        is_nowhere(sandbox.token(), &app, &stage.session).await?;
        app.close().await?;

        let app = stage.open(&start).await?;
        app.page().says("banner", |text| text.contains("Sandbox")).await?;
        is_nowhere(sandbox.token(), &app, &stage.session).await
    })
    .await
}

/// An account that can't be taken for the one of the built-in sandbox.
fn account() -> sandbox::Options {
    sandbox::Options {
        token: Some(canary()),
        anlas: 4321,
        ..Default::default()
    }
}

/// A token that can't be anywhere by chance.
fn canary() -> String {
    format!("pst-canary-{:032x}", rand::rng().random::<u128>())
}

fn generations(sandbox: &Sandbox) -> usize {
    sandbox.books().generations().count()
}

async fn sign_in(page: &Page, token: &str) -> Result<()> {
    page.press("Sign in").await?;
    page.fill("API token", token).await?;
    // The dialog has a button of the same name, and what lies behind the dialog is out of reach.
    page.press("Sign in").await
}

async fn sign_out(page: &Page) -> Result<()> {
    page.press("Sign out").await?;
    page.by_role("dialog", "Sign out").await?;
    page.press("Sign out").await
}

/// Not in the page, not in a log, not in any file that anything in this session has written, the keyring's among them.
async fn is_nowhere(token: &str, app: &App, session: &Session) -> Result<()> {
    let page = app.page().everything().await?;
    assert!(!page.contains(token), "the page shows the token");
    assert!(app.data().join("logs").is_dir(), "there is a log to look into");
    let places = places_of(token, session.home())?;
    assert!(places.is_empty(), "the token stands in {places:?}");
    Ok(())
}
