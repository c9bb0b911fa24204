//! What needs no server: models, prices, completions, help.

use serde_json::{Value, json};

use crate::stage::{Said, feed, nai};

fn run(arguments: &[&str]) -> Said {
    let home = tempfile::tempdir().unwrap();
    nai(home.path()).args(arguments).output().unwrap().into()
}

fn priced(arguments: &[&str]) -> Value {
    let said = run(&[&["cost", "--json"], arguments].concat()).done();
    said.json()["anlas"].clone()
}

#[test]
fn models_are_listed_with_what_they_can_do() {
    let listed = run(&["models", "--json"]).done().json();
    let all = run(&["models", "--json", "--all"]).done().json();
    let ids: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains(&"nai-diffusion-5-full") && ids.contains(&"nai-diffusion-4-5-curated"),
        "{ids:?}"
    );
    assert!(all.as_array().unwrap().len() > ids.len());
    let text = run(&["models"]).done().out;
    assert!(ids.iter().all(|id| text.contains(id)));
}

#[test]
fn a_price_is_reckoned_from_flags() {
    let model = ["--model", "nai-diffusion-4-5-full"];
    let of = |flags: &[&str]| priced(&[&model, flags].concat());
    let usual = ["--size", "832x1216", "--steps", "23"];
    assert_eq!(of(&[&usual[..], &["--tier", "none"]].concat()), json!(17));
    assert_eq!(of(&[&usual[..], &["--tier", "opus"]].concat()), json!(0));
    assert_eq!(
        of(&[&usual[..], &["--tier", "opus", "--samples", "3"]].concat()),
        json!(34)
    );
    assert_eq!(of(&[&usual[..], &["--strength", "0.62"]].concat()), json!(11));
    let v5 = [
        "--model",
        "nai-diffusion-5-full",
        "--size",
        "832x1216",
        "--steps",
        "23",
        "--strength",
        "0.7",
    ];
    assert_eq!(priced(&v5), json!(18));
}

#[test]
fn a_price_tells_its_parts() {
    let told = run(&[
        "cost",
        "--json",
        "--model",
        "v4.5-full",
        "--samples",
        "2",
        "--reference",
        "a.png:style",
    ])
    .done();
    let told = told.json();
    assert_eq!(told["parts"]["references"], 10);
    assert_eq!(told["anlas"], 17 * 2 + 10);
    let words = run(&["cost", "--model", "v4.5-full", "--tier", "opus"]).done().out;
    assert!(words.contains("0 Anlas") && words.contains("Opus"), "{words}");
}

#[test]
fn what_can_not_be_sent_has_no_price_but_a_reason() {
    let told = run(&["cost", "--json", "--size", "833x1216"]).done().json();
    assert_eq!(told["anlas"], Value::Null);
    assert_eq!(told["field"], "size.width");
    assert!(told["refused"].as_str().unwrap().contains("832"), "{told}");
    assert_eq!(run(&["cost", "--size", "833x1216"]).code, 5);
}

#[test]
fn prices_of_many_requests_come_a_line_each() {
    let home = tempfile::tempdir().unwrap();
    let lines = concat!(
        r#"{"model":"nai-diffusion-4-5-full","prompt":"sea"}"#,
        "\n\nno json\n",
        r#"{"model":"nai-diffusion-4-5-full","sampling":{"steps":99}}"#,
        "\n"
    );
    let said = feed(nai(home.path()).args(["cost", "--jsonl", "--tier", "none"]), lines).done();
    let answers: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["anlas"], 17);
    assert!(answers[1]["anlas"].is_null() && answers[1]["refused"].is_string());
    assert_eq!(
        (&answers[2]["field"], &answers[2]["nearest"]),
        (&json!("sampling.steps"), &json!(50))
    );
}

#[test]
fn every_command_has_help_and_every_shell_its_completions() {
    let help = run(&["--help"]).done().out;
    for command in [
        "login",
        "logout",
        "account",
        "models",
        "generate",
        "upscale",
        "augment",
        "annotate",
        "classify",
        "vibe",
        "tags",
        "prompt",
        "cost",
        "inspect",
        "sandbox",
        "completions",
    ] {
        assert!(help.contains(command), "{command}");
        assert_eq!(run(&[command, "--help"]).code, 0, "{command}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(run(&["completions", shell]).done().out.contains("generate"), "{shell}");
    }
}

#[test]
fn nonsense_is_refused_with_a_hint() {
    let said = run(&["generate", "sea", "--stepz", "3"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--steps"), "{said:?}");
    assert_eq!(run(&["account", "--api-url", "http://example.com"]).code, 2);
    assert_eq!(run(&["generate", "sea", "--strength", "0.5", "--dry-run"]).code, 2);
}

#[test]
fn without_a_token_it_is_said_what_to_do() {
    let said = run(&["account"]);
    assert_eq!(said.code, 3);
    assert!(
        said.err.contains("nai login") && said.err.contains("--sandbox"),
        "{said:?}"
    );
    let told = run(&["account", "--json"]).json();
    assert_eq!(
        (&told["error"]["kind"], &told["error"]["exitCode"]),
        (&json!("unauthorized"), &json!(3))
    );
}

#[test]
fn a_broken_registry_file_is_told_and_not_used() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("mine.toml");
    std::fs::write(&file, "\n[limits]\nmaxSteps = \"many\"\n").unwrap();
    let run = |file: &std::path::Path| -> Said {
        let path = file.to_str().unwrap();
        nai(home.path())
            .args(["models", "--models-file", path])
            .output()
            .unwrap()
            .into()
    };
    let said = run(&file).done();
    assert!(
        said.err.contains("mine.toml") && said.err.contains("line 3"),
        "{said:?}"
    );
    std::fs::write(&file, "[[models]]\nid = \"nai-diffusion-5-full\"\nname = \"Mine\"\n").unwrap();
    let said = run(&file).done();
    assert!(said.out.contains("Mine"), "{said:?}");
}
