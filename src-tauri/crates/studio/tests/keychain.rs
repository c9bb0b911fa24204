//! The real keychain, where it is away or hangs. (That it works is shown in the window tests, which bring one.)
//!
//! Which keychain there is, is told by the environment, so the studio runs in a process of its own.

#![cfg(target_os = "linux")]

mod common;

use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Stage, TOKEN};
use secrecy::SecretString;
use studio::{Credentials, ErrorCode, Keep, Server};

const PART: &str = "STUDIO_TEST_PART";

/// Runs one of the parts below with another session bus. Its assertions are in there.
fn play(part: &str, bus: &str) {
    let played = Command::new(std::env::current_exe().expect("we are running"))
        .args(["--exact", part, "--ignored"])
        .env(PART, part)
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&played.stdout);
    assert!(
        played.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&played.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
}

fn is_playing() -> bool {
    std::env::var_os(PART).is_some()
}

#[test]
fn without_a_keychain_signing_in_says_so_and_a_session_is_possible() {
    play("part_missing", "unix:path=/nonexistent/bus");
}

#[tokio::test]
#[ignore = "a part of another test"]
async fn part_missing() {
    if !is_playing() {
        return;
    }
    let mut stage = Stage::new().await;
    stage.credentials = Credentials::Keychain;
    let studio = stage.open().await;
    let token = || SecretString::from(TOKEN);

    let missing = studio.sign_in(token(), Keep::Keychain).await.unwrap_err();

    assert_eq!(missing.code, ErrorCode::KeychainMissing, "{missing}");
    assert!(!format!("{missing:?}").contains("Canary"));
    assert_eq!(studio.account_state().server, Server::Sandbox);
    studio.sign_in(token(), Keep::Session).await.unwrap();
    let out = studio.sign_out().await.unwrap();
    assert_eq!((out.server, out.problem), (Server::Sandbox, None));
}

#[test]
fn a_keychain_that_hangs_does_not_hold_up_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let bus = folder.path().join("bus");
    // Takes connections and never says a word.
    let _listener = UnixListener::bind(&bus).unwrap();
    play("part_hanging", &format!("unix:path={}", bus.display()));
}

#[tokio::test]
#[ignore = "a part of another test"]
async fn part_hanging() {
    if !is_playing() {
        return;
    }
    let mut stage = Stage::new().await;
    stage.open().await.close().await;
    stage.credentials = Credentials::Keychain;
    let host = stage.service.url().replace("http://", "");
    // As after a sign-in on a better day.
    rusqlite::Connection::open(stage.folders().data.join("atelier.db"))
        .unwrap()
        .execute(
            "INSERT INTO facts VALUES (?1, 'yes')",
            [format!("token in keychain for {host}")],
        )
        .unwrap();

    let begun = Instant::now();
    let studio = stage.open().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let state = studio.account_state();
    assert_eq!(
        (state.server, state.kept_in),
        (Server::Custom { host }, Some(Keep::Keychain))
    );

    let problem = loop {
        if let Some(problem) = studio.account_state().problem {
            break problem;
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(problem.code, ErrorCode::KeychainLocked);
    // The person gives up on it.
    studio.sign_in(SecretString::from(TOKEN), Keep::Session).await.unwrap();
    assert_eq!(studio.account_state().problem, None);
}
