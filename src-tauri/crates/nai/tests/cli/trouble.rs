//! What goes wrong, what is said about it, and what is never done: paying twice.

use std::fs;

use serde_json::{Value, json};

use crate::stage::{Said, Stage};

const FLAGS: [&str; 10] = [
    "sea",
    "--model",
    "v4.5-full",
    "--size",
    "512x768",
    "--steps",
    "3",
    "--seed",
    "9",
    "--json",
];

fn paid(flags: &[&str]) -> (Stage, Said) {
    let stage = Stage::with(&[&["--tier", "none"], flags].concat());
    let said = stage.nai(&[&["generate"], &FLAGS[..]].concat());
    (stage, said)
}

fn error(said: &Said) -> Value {
    said.json()["error"].clone()
}

#[test]
fn what_may_have_been_charged_is_not_sent_again_and_told_with_both_balances() {
    let (stage, said) = paid(&["--fault", "charged:500"]);
    assert_eq!(said.code, 9);
    let error = error(&said);
    assert_eq!(
        (&error["kind"], &error["balanceBefore"]),
        (&json!("unsettled"), &json!(10_000))
    );
    assert!(error["balanceAfter"].as_u64().unwrap() < 10_000);
    assert!(said.err.contains("were charged"), "{said:?}");
    assert_eq!(stage.asked("/ai/generate-image-stream"), 1);
}

#[test]
fn a_server_that_failed_before_charging_is_told_so() {
    let (stage, said) = paid(&["--fault", "status:500"]);
    assert_eq!(said.code, 9);
    assert_eq!(error(&said)["balanceAfter"], 10_000);
    assert!(said.err.contains("has not changed"), "{said:?}");
    assert_eq!(stage.asked("/ai/generate-image-stream"), 1);
}

#[test]
fn a_broken_stream_keeps_what_came() {
    let (stage, said) = paid(&["--fault", "cut:3000"]);
    assert_eq!(said.code, 9);
    let kept = error(&said)["cause"]["received"].as_str().unwrap().to_owned();
    assert_eq!(fs::read(stage.file(&kept)).unwrap().len(), 3000);
    assert_eq!(stage.asked("/ai/generate-image-stream"), 1);
}

#[test]
fn a_vibe_that_may_have_been_paid_for_is_not_asked_for_again_and_kept() {
    let stage = Stage::with(&["--tier", "none"]);
    stage.picture("mood.png");
    let vibe = ["vibe", "mood.png", "--model", "v4.5-full", "--json"];
    stage.fail(
        "/ai/encode-vibe",
        &json!({ "kind": "status", "status": 500, "afterCharging": true }),
    );
    let said = stage.nai(&vibe);
    assert_eq!(said.code, 9, "{said:?}");
    let error = error(&said);
    let anlas = |name: &str| error[name].as_u64().unwrap();
    assert_eq!(anlas("balanceBefore") - anlas("balanceAfter"), 2);
    stage.fail("/ai/encode-vibe", &json!({ "kind": "html" }));
    let said = stage.nai(&vibe);
    assert_eq!(said.code, 9, "{said:?}");
    let kept = said.json()["error"]["cause"]["received"].as_str().unwrap().to_owned();
    assert!(fs::read_to_string(stage.file(&kept)).unwrap().contains('<'));
    assert_eq!(stage.asked("/ai/encode-vibe"), 2);
    assert!(!stage.file("mood.naiv4vibe").exists());
}

#[test]
fn what_has_no_known_price_is_not_sent_again_after_a_failure() {
    let stage = Stage::new();
    stage.picture("source.png");
    stage.fail("/ai/annotate-image", &json!({ "kind": "status", "status": 502 }));
    let said = stage.nai(&["annotate", "source.png"]);
    assert_eq!(said.code, 9, "{said:?}");
    assert_eq!(stage.asked("/ai/annotate-image"), 1);
    let limited = stage.nai(&["annotate", "source.png", "--max-anlas", "5"]);
    assert_eq!(limited.code, 4, "{limited:?}");
    assert_eq!(stage.asked("/ai/annotate-image"), 1);
}

#[test]
fn a_busy_server_is_asked_again() {
    let (stage, said) = paid(&["--fault", "status:429:1", "--fault", "status:429"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(stage.asked("/ai/generate-image-stream"), 3);
}

#[test]
fn what_is_free_is_tried_again_after_a_failure() {
    let stage = Stage::with(&["--tier", "opus", "--fault", "status:502"]);
    stage.nai(&[&["generate"], &FLAGS[..]].concat()).done();
    assert_eq!(stage.asked("/ai/generate-image-stream"), 2);
}

#[test]
fn a_limit_is_kept_and_what_is_not_there_is_not_spent() {
    let stage = Stage::with(&["--tier", "none", "--anlas", "5"]);
    let limited = stage.nai(&[&["generate"], &FLAGS[..], &["--max-anlas", "1"]].concat());
    assert_eq!(
        (limited.code, &error(&limited)["kind"]),
        (4, &json!("insufficient-anlas"))
    );
    let flags = ["generate", "sea", "--size", "1024x1536", "--json"];
    assert_eq!(stage.nai(&flags).code, 4);
    assert_eq!(stage.asked("/ai/generate-image-stream"), 0);
}

#[test]
fn what_would_fail_is_not_sent() {
    let stage = Stage::new();
    let said = stage.nai(&["generate", "sea", "--size", "500x768", "--json"]);
    assert_eq!(said.code, 5);
    assert_eq!(
        (&error(&said)["field"], &error(&said)["nearest"]),
        (&json!("size.width"), &json!(512))
    );
    fs::write(stage.file("text.png"), "no picture").unwrap();
    assert_eq!(stage.nai(&["upscale", "text.png"]).code, 13);
    assert_eq!(stage.nai(&["upscale", "missing.png"]).code, 13);
    assert_eq!(stage.asked("/ai/upscale") + stage.asked("/ai/generate-image-stream"), 0);
}

#[test]
fn a_folder_that_can_not_be_written_to_is_noticed_before_anything_is_paid() {
    let stage = Stage::new();
    fs::write(stage.file("file"), "").unwrap();
    let said = stage.nai(&[&["generate"], &FLAGS[..], &["--out", "file/picture"]].concat());
    assert_eq!(said.code, 13, "{said:?}");
    assert_eq!(stage.asked("/ai/generate-image-stream"), 0);
}

#[test]
fn no_server_is_told_as_that() {
    let stage = Stage::new();
    let said = stage.nai(&["account", "--api-url", "http://127.0.0.1:9", "--json"]);
    assert_eq!((said.code, &error(&said)["kind"]), (8, &json!("offline")));
}
