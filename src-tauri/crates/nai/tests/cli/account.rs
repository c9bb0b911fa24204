//! Who pays.

use serde_json::json;

use crate::stage::Stage;

#[test]
fn the_account_is_told_as_it_is() {
    let stage = Stage::with(&["--tier", "opus", "--anlas", "123", "--usage-percent", "42"]);
    let told = stage.nai(&["account", "--json"]).done().json();
    assert_eq!((&told["tier"], &told["anlas"]), (&json!("opus"), &json!(123)));
    assert_eq!(told["allowance"]["percent"], 42);
    let words = stage.nai(&["account"]).done().out;
    assert!(words.contains("Opus, 123 Anlas") && words.contains("42 %"), "{words}");
}

#[test]
fn what_the_server_knows_beyond_that_can_be_read() {
    let stage = Stage::new();
    let data = stage.nai(&["account", "--data"]).done().json();
    assert!(data["subscription"].is_object(), "{data}");
    let information = stage.nai(&["account", "--information"]).done().json();
    assert!(
        information.is_object() && information.get("subscription").is_none(),
        "{information}"
    );
}

#[test]
fn a_wrong_token_is_told_and_not_repeated() {
    let stage = Stage::new();
    let mut command = stage.command(&["account", "--json"]);
    let output = command.env("NOVELAI_TOKEN", "pst-canary-4711").output().unwrap();
    let said = crate::stage::Said::from(output);
    assert_eq!(said.code, 3);
    assert_eq!(said.json()["error"]["kind"], "unauthorized");
    assert!(!format!("{said:?}").contains("canary"), "{said:?}");
}
