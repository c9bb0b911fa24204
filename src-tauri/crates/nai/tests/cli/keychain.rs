//! A token in a real keychain: gnome-keyring in a D-Bus session of its own.

use std::process::Command;

use crate::stage::{Said, Stage, nai};

/// Runs a shell script in a session with an unlocked keychain. `nai` is the program, `$TOKEN` the right token.
fn in_session(stage: &Stage, script: &str) -> Said {
    let unlock = "printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1";
    let prepared = nai(stage.folder());
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", &format!("{unlock}\nset -e\n{script}")])
        .current_dir(stage.folder())
        .env("nai", env!("CARGO_BIN_EXE_nai"))
        .env("TOKEN", &stage.token)
        .env("NAI_API_URL", &stage.url);
    for (name, value) in prepared.get_envs() {
        match value {
            Some(value) if name != "DBUS_SESSION_BUS_ADDRESS" => command.env(name, value),
            _ => command.env_remove(name),
        };
    }
    command.env("NAI_API_URL", &stage.url).output().unwrap().into()
}

#[test]
fn a_token_is_tried_kept_found_again_and_forgotten() {
    let stage = Stage::new();
    let script = r#"
printf '%s\n' "$TOKEN" | "$nai" login
"$nai" account
"$nai" logout
if "$nai" account; then exit 99; else exit $?; fi"#;
    let said = in_session(&stage, script);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(said.out.matches("Anlas").count(), 2, "{said:?}");
    assert!(!said.out.contains(&stage.token) && !said.err.contains(&stage.token));
}

#[test]
fn a_wrong_token_is_not_kept() {
    let stage = Stage::new();
    let said = in_session(&stage, r#"printf 'pst-wrong\n' | "$nai" login || "$nai" account"#);
    assert_eq!(said.code, 3, "{said:?}");
}

#[test]
fn a_password_becomes_a_token_and_never_leaves() {
    let stage = Stage::new();
    let script = r#"
printf 'hunter2pass\n' | "$nai" login --email test@example.com --persistent --replace
"$nai" account --json"#;
    let said = in_session(&stage, script);
    assert_eq!(said.code, 0, "{said:?}");
    let sent = stage.books().to_string();
    assert!(!sent.contains("hunter2"), "{sent}");
}

#[test]
fn without_a_keychain_another_way_is_named() {
    let stage = Stage::new();
    let token = stage.token.clone();
    let said = stage.nai_with(&token, &["login"]);
    assert_eq!(said.code, 14, "{said:?}");
    assert!(said.err.contains("NOVELAI_TOKEN"), "{said:?}");
}
