//! Signing in and out, and what a token leaves behind: nothing.

mod common;

use std::time::Duration;

use common::{Stage, TOKEN, request, run, settled, until};
use sandbox::Fault;
use secrecy::SecretString;
use studio::{AccountState, Credentials, ErrorCode, Event, JobState, Keep, Server, Studio};
use uuid::Uuid;

fn token() -> SecretString {
    SecretString::from(TOKEN)
}

fn service(stage: &Stage) -> Server {
    Server::Custom {
        host: stage.service.url().replace("http://", ""),
    }
}

async fn account(studio: &Studio, right: impl Fn(&AccountState) -> bool) -> AccountState {
    for _ in 0..500 {
        let state = studio.account_state();
        if right(&state) {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to that: {:?}", studio.account_state());
}

#[tokio::test]
async fn without_a_token_everything_goes_to_the_sandbox() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let state = account(&studio, |state| state.account.is_some()).await;
    assert_eq!(state.server, Server::Sandbox);
    assert_eq!((state.kept_in, state.problem), (None, None));
    let job = run(&studio, request()).await;
    assert_eq!(job.server, "sandbox");
    assert_eq!(stage.service.books().received, 0);
}

#[tokio::test]
async fn a_good_token_is_kept_found_after_a_restart_and_erased_on_signing_out() {
    let stage = Stage::new().await;
    let studio = stage.open().await;

    let state = studio.sign_in(token(), Keep::Keychain).await.unwrap();
    assert_eq!(state.server, service(&stage));
    assert_eq!(state.kept_in, Some(Keep::Keychain));
    assert_eq!(state.account.unwrap().anlas, 10_000);
    studio.close().await;

    let studio = stage.open().await;
    let state = account(&studio, |state| state.account.is_some()).await;
    assert_eq!((state.server, state.kept_in), (service(&stage), Some(Keep::Keychain)));
    let job = run(&studio, request()).await;
    assert_eq!(stage.service.books().generations().count(), 1);
    assert!(matches!(job.state, JobState::Done { .. }));

    assert_eq!(studio.sign_out().await.unwrap().server, Server::Sandbox);
    studio.close().await;
    let studio = stage.open().await;
    let state = account(&studio, |state| state.account.is_some()).await;
    assert_eq!((state.server, state.kept_in), (Server::Sandbox, None));
}

#[tokio::test]
async fn a_token_for_this_session_is_gone_after_it() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    assert_eq!(studio.account_state().kept_in, Some(Keep::Session));
    studio.close().await;
    assert_eq!(stage.open().await.account_state().server, Server::Sandbox);
}

#[tokio::test]
async fn a_token_that_is_refused_is_not_kept_and_changes_nothing() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let refused = studio
        .sign_in(SecretString::from("pst-wrong"), Keep::Keychain)
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthorized);
    assert_eq!(studio.account_state().server, Server::Sandbox);

    let malformed = studio
        .sign_in(SecretString::from("two words"), Keep::Keychain)
        .await
        .unwrap_err();
    assert_eq!(malformed.code, ErrorCode::Refused);
    assert_eq!(
        stage.service.books().received,
        1,
        "what can't be a token is not sent anywhere"
    );

    stage.service.kill();
    let offline = studio.sign_in(token(), Keep::Keychain).await.unwrap_err();
    assert_eq!(offline.code, ErrorCode::Offline);
    studio.close().await;
    assert_eq!(stage.open().await.account_state().server, Server::Sandbox);
}

#[tokio::test]
async fn without_a_keychain_the_token_can_be_kept_for_the_session() {
    let mut stage = Stage::new().await;
    stage.credentials = Credentials::Session;
    let studio = stage.open().await;
    let missing = studio.sign_in(token(), Keep::Keychain).await.unwrap_err();
    assert_eq!(missing.code, ErrorCode::KeychainMissing);
    assert_eq!(studio.account_state().server, Server::Sandbox);
    let state = studio.sign_in(token(), Keep::Session).await.unwrap();
    assert_eq!(state.kept_in, Some(Keep::Session));
    assert_eq!(studio.sign_out().await.unwrap().problem, None);
}

#[tokio::test]
async fn the_balance_is_read_after_every_job_and_changes_are_told() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let before = studio.account_state().account.unwrap().anlas;
    let mut events = studio.subscribe();
    let job = run(&studio, request()).await;
    let price = job.anlas.unwrap();
    assert!(price > 0);
    let told = async {
        loop {
            if let Event::Account(state) = events.recv().await.unwrap()
                && state.account.as_ref().unwrap().anlas == before - price
            {
                return state;
            }
        }
    };
    let state = tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
    assert_eq!(state, studio.account_state());

    stage.service.set_anlas(1);
    let poor = run(&studio, request()).await;
    let JobState::Failed { error } = &poor.state else {
        panic!("{:?}", poor.state);
    };
    assert_eq!(error.code, ErrorCode::InsufficientAnlas);
    account(&studio, |state| {
        state.account.as_ref().is_some_and(|account| account.anlas == 1)
    })
    .await;
}

#[tokio::test]
async fn a_token_that_expires_is_a_problem_that_is_told_and_a_new_one_ends_it() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    stage.service.fail_account(Some(Fault::Status {
        status: 401,
        body: None,
        retry_after: None,
        after_charging: false,
    }));
    let state = studio.refresh_account().await;
    assert_eq!(state.problem.unwrap().code, ErrorCode::Unauthorized);
    assert_eq!(state.account, None);
    assert_eq!(state.server, service(&stage), "one is not signed out behind one's back");
    stage.service.fail_account(None);
    let state = studio.sign_in(token(), Keep::Session).await.unwrap();
    assert_eq!(state.problem, None);
}

#[tokio::test]
async fn a_job_is_never_sent_to_another_server_than_it_was_queued_for() {
    let stage = Stage::new().await;
    stage.sandbox.set_step_delay(Duration::from_millis(300));
    let studio = stage.open().await;
    let (first, second, third) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    studio.enqueue(first, request()).await.unwrap();
    studio.enqueue(second, request()).await.unwrap();
    studio.sign_in(token(), Keep::Session).await.unwrap();
    let paid = studio.enqueue(third, request()).await.unwrap();
    assert_eq!(paid.server, stage.service.url().replace("http://", ""));

    for id in [first, second, third] {
        assert!(matches!(settled(&studio, id).await.state, JobState::Done { .. }));
    }
    assert_eq!(stage.sandbox.books().generations().count(), 2);
    assert_eq!(stage.service.books().generations().count(), 1);
}

#[tokio::test]
async fn signing_out_cancels_what_still_waits_for_that_server() {
    let stage = Stage::new().await;
    stage.service.set_step_delay(Duration::from_millis(300));
    let studio = stage.open_signed_in().await;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    studio.enqueue(first, request()).await.unwrap();
    studio.enqueue(second, request()).await.unwrap();
    until(&studio, first, |state| !matches!(state, JobState::Queued { .. })).await;

    studio.sign_out().await.unwrap();

    assert_eq!(settled(&studio, second).await.state, JobState::Cancelled);
    let paid = settled(&studio, first).await;
    assert!(
        matches!(paid.state, JobState::Done { .. }),
        "what is paid for arrives: {:?}",
        paid.state
    );
    assert_eq!(stage.service.books().generations().count(), 1);
}

#[tokio::test]
async fn the_price_follows_the_account() {
    let stage = Stage::with(sandbox::Options::default()).await;
    let studio = stage.open_signed_in().await;
    assert_eq!(studio.estimate(&request()).unwrap().anlas, 0);
    stage.service.set_tier(1);
    studio.refresh_account().await;
    assert!(studio.estimate(&request()).unwrap().anlas > 0);
}

#[tokio::test]
async fn the_token_is_in_no_file_and_in_nothing_that_is_printed() {
    let stage = Stage::new().await;
    let options = format!("{:?}", stage.options());
    let studio = stage.open().await;
    let mut events = studio.subscribe();
    studio.sign_in(token(), Keep::Keychain).await.unwrap();
    run(&studio, request()).await;
    stage.service.fail_next(Fault::Html);
    run(&studio, request()).await;
    stage.service.fail_next(Fault::Status {
        status: 500,
        body: None,
        retry_after: None,
        after_charging: true,
    });
    run(&studio, request()).await;
    let mut printed = options;
    while let Ok(event) = events.try_recv() {
        printed.push_str(&format!("{event:?}"));
    }
    printed.push_str(&format!(
        "{:?} {:?}",
        studio.account_state(),
        studio.jobs().await.unwrap()
    ));

    let looked_at = |stage: &Stage| {
        let files = stage.files();
        for file in &files {
            let bytes = std::fs::read(file).unwrap();
            for secret in [TOKEN.as_bytes(), stage.sandbox.token().as_bytes()] {
                let found = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{}", file.display());
            }
        }
        files.len()
    };
    assert!(looked_at(&stage) >= 6);
    studio.close().await;
    assert!(looked_at(&stage) >= 5);
    assert!(
        !printed.contains("Canary") && !printed.contains(stage.sandbox.token()),
        "{printed}"
    );
}

#[tokio::test]
async fn the_draft_is_there_after_a_restart() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    assert_eq!(studio.draft().await, None);
    let mut draft = request();
    // A draft may be half-finished.
    draft.size.width = 7;
    studio.save_draft(draft.clone()).await.unwrap();
    studio.close().await;
    assert_eq!(stage.open().await.draft().await, Some(draft));
}
