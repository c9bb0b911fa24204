//! The queue of the app from the command line, and the rules about spending that both obey.

use std::fs;

use serde_json::{Value, json};

use crate::stage::{Said, Stage};

const SMALL: [&str; 8] = [
    "--model",
    "v4.5-full",
    "--size",
    "512x768",
    "--steps",
    "3",
    "--seed",
    "9",
];

/// A stage where everything has its price, with these rules of the person.
fn ruled(spending: &Value) -> Stage {
    let stage = Stage::with(&["--tier", "none"]);
    let data = stage.folder().join("data/Atelier");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("settings.json"), json!({ "spending": spending }).to_string()).unwrap();
    stage
}

fn generate(stage: &Stage, further: &[&str]) -> Said {
    stage.nai(&[&["generate", "sea", "--json"], &SMALL[..], further].concat())
}

fn price(stage: &Stage) -> u64 {
    let told = stage.nai(&[&["generate", "sea", "--dry-run", "--json"], &SMALL[..]].concat());
    told.json()["anlas"].as_u64().unwrap()
}

fn charged(stage: &Stage) -> u64 {
    10_000 - stage.nai(&["account", "--json"]).json()["anlas"].as_u64().unwrap()
}

#[test]
fn free_only_holds_for_the_command_line() {
    let stage = ruled(&json!({ "freeOnly": true }));
    let said = generate(&stage, &["--max-anlas", "999"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert_eq!(said.json()["error"]["rule"]["kind"], "notFree");
    assert_eq!((stage.asked("/ai/generate-image-stream"), charged(&stage)), (0, 0));
}

#[test]
fn a_cap_is_held_to_the_anlas_by_processes_that_spend_at_once() {
    let stage = ruled(&json!({}));
    let anlas = price(&stage);
    let cap = 2 * anlas + 1;
    let data = stage.folder().join("data/Atelier/settings.json");
    fs::write(data, json!({ "spending": { "dayCap": cap } }).to_string()).unwrap();
    let children: Vec<_> = (0..6)
        .map(|number| {
            let out = format!("picture-{number}");
            let mut command = stage.command(&[&["generate", "sea", "--out", &out], &SMALL[..]].concat());
            command
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    let codes: Vec<_> = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().code().unwrap())
        .collect();

    let held = codes.iter().filter(|code| **code == 4).count();
    assert!(charged(&stage) <= cap, "{codes:?}");
    assert!(held >= 4, "{codes:?}");
    // What was reserved and not run (one at a time is served) is there for the next.
    while charged(&stage) < 2 * anlas {
        assert_eq!(generate(&stage, &[]).code, 0);
    }
    assert_eq!(generate(&stage, &[]).code, 4);
    assert_eq!(charged(&stage), 2 * anlas);
}

#[test]
fn what_is_added_waits_in_the_journal_and_is_worked_on_by_run() {
    let stage = Stage::new();
    let added = stage
        .nai(&[&["queue", "add", "a {red} sea", "--json"], &SMALL[..]].concat())
        .done();
    let id = added.json()["id"].as_str().unwrap().to_owned();
    stage.nai(&["queue", "pause"]).done();
    let listed = stage.nai(&["queue", "list", "--json"]).done().json();
    assert_eq!(
        (&listed["paused"], &listed["jobs"][0]["id"]),
        (&json!(true), &json!(id))
    );
    assert!(stage.nai(&["queue", "run"]).done().err.contains("paused"));
    assert_eq!(stage.asked("/ai/generate-image-stream"), 0);

    stage.nai(&["queue", "resume"]).done();
    stage.nai(&["queue", "run"]).done();

    assert_eq!(stage.asked("/ai/generate-image-stream"), 1);
    let done = stage.nai(&["queue", "list", "--which", "done", "--json"]).done().json();
    assert_eq!(
        (&done["jobs"][0]["id"], &done["jobs"][0]["state"]["kind"]),
        (&json!(id), &json!("done"))
    );
    // Nothing is left, and nothing is sent twice.
    stage.nai(&["queue", "run"]).done();
    assert_eq!(stage.asked("/ai/generate-image-stream"), 1);
}

#[test]
fn a_picture_is_queued_with_its_request_and_means_the_same_when_its_file_is_gone() {
    let stage = Stage::new();
    let sketch = stage.picture("sketch.png");
    let path = sketch.to_str().unwrap();
    let add = [
        &["queue", "add", "sea", "--image", path, "--strength", "0.6"],
        &SMALL[..],
    ]
    .concat();
    stage.nai(&add).done();
    fs::write(&sketch, "no picture any more").unwrap();
    let refused = stage.nai(&add);
    assert_ne!(refused.code, 0, "{refused:?}");
    fs::remove_file(&sketch).unwrap();
    let gone = stage.nai(&add);
    assert_ne!(gone.code, 0, "{gone:?}");

    let before = stage.asked("/ai/generate-image-stream");
    stage.nai(&["queue", "run"]).done();

    assert_eq!(stage.asked("/ai/generate-image-stream"), before + 1);
    let sent = stage.last("/ai/generate-image-stream")["body"].clone();
    assert_eq!(sent["action"], "img2img");
    assert!(
        sent["parameters"]["image"]
            .as_str()
            .is_some_and(|image| !image.is_empty())
    );
    let done = stage.nai(&["queue", "list", "--which", "done", "--json"]).done().json();
    assert_eq!(done["jobs"].as_array().unwrap().len(), 1);
}

#[test]
fn an_unsettled_job_is_told_with_its_numbers_and_the_person_decides() {
    let stage = Stage::with(&["--tier", "none", "--fault", "charged:500"]);
    stage.nai(&[&["queue", "add", "sea"], &SMALL[..]].concat()).done();
    assert_eq!(stage.nai(&["queue", "run"]).code, 9);
    let anlas = charged(&stage);
    let listed = stage
        .nai(&["queue", "list", "--which", "unsettled", "--json"])
        .done()
        .json();
    let job = &listed["jobs"][0];
    assert_eq!(job["verdict"], json!({ "kind": "chargedAndLost", "anlas": anlas }));
    let id = job["id"].as_str().unwrap();
    assert_eq!(stage.nai(&["queue", "settle", id]).code, 2);

    stage.nai(&["queue", "settle", id, "--send-again"]).done();

    assert_eq!(stage.asked("/ai/generate-image-stream"), 1);
    stage.nai(&["queue", "run"]).done();
    assert_eq!(stage.asked("/ai/generate-image-stream"), 2);
    assert_eq!(charged(&stage), 2 * anlas);
}

#[test]
fn two_do_not_work_on_one_queue() {
    let stage = Stage::with(&["--delay", "400"]);
    stage.nai(&[&["queue", "add", "sea"], &SMALL[..]].concat()).done();
    let mut first = stage.command(&["queue", "run"]);
    first
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut first = first.spawn().unwrap();
    while stage.asked("/ai/generate-image-stream") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }

    let second = stage.nai(&["queue", "run"]);

    assert_eq!(second.code, 13, "{second:?}");
    assert!(second.err.contains("already running"), "{second:?}");
    // It can be looked at all the same.
    assert_eq!(
        stage.nai(&["queue", "list", "--json"]).done().json()["jobs"][0]["state"]["kind"],
        "sending"
    );
    assert!(first.wait().unwrap().success());
}
