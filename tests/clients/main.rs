//! Clients of other people, unmodified, against the sandbox: every call that each has for pictures and for the account.
//!
//! They come from PyPI, so this is no part of a plain test run: `cargo xtask clients`. Only the address that a client
//! talks to is changed. What a call comes to is held to a table, so that none goes unnoticed; where a client can't work
//! with the live service either, the table says so and why.

use std::process::Stdio;

use anyhow::{Context, Result};
use sandbox::{Options, Sandbox};
use tests::python;

const TOKEN: &str = "pst-OtherPeoplesClients0123456789";

/// What becomes of a call.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Works,
    /// It fails as it would at the live service, with these words.
    Fails(&'static str),
}

use Outcome::{Fails, Works};

struct Client {
    /// The package, pinned, with what has to be pinned beside it.
    packages: &'static [&'static str],
    script: &'static str,
    calls: &'static [(&'static str, Outcome)],
}

const NOVELAI_API: Client = Client {
    packages: &["novelai-api==0.34.1"],
    script: "with_novelai_api",
    calls: &[
        ("login", Works),
        ("keystore", Works),
        ("settings", Works),
        ("subscription", Works),
        // It holds the whole answer to the schema of one of its parts.
        ("data", Fails("'emailVerified' is a required property")),
        ("data, not held to its schema", Works),
        ("information", Works),
        ("priority", Works),
        ("generate nai-diffusion-4-5-full", Works),
        ("generate nai-diffusion-4-5-curated", Works),
        ("generate nai-diffusion-4-full", Works),
        ("generate nai-diffusion-4-curated-preview", Works),
        ("generate nai-diffusion-3", Works),
        ("generate nai-diffusion-furry-3", Works),
        ("img2img nai-diffusion-4-5-full", Works),
        ("img2img nai-diffusion-3", Works),
        ("infill nai-diffusion-4-full-inpainting", Works),
        ("infill nai-diffusion-3-inpainting", Works),
        ("encode-vibe", Works),
        ("generate with a vibe", Works),
        ("suggest-tags", Works),
        ("upscale", Works),
        ("annotate", Works),
        ("generate-prompt", Works),
        ("bg-removal", Works),
        ("lineart", Works),
        ("sketch", Works),
        ("colorize", Works),
        ("emotion", Works),
        ("declutter", Works),
        ("a model for another action", Fails("doesn't support action generate")),
        ("a wrong token", Fails("401")),
    ],
};

const NOVELAI_PYTHON: Client = Client {
    packages: &["novelai-python==0.7.12"],
    script: "with_novelai_python",
    calls: &[
        ("login", Works),
        // It insists on perks that the service no longer lists (api.md 2.9).
        ("subscription", Fails("unlimitedImageGeneration")),
        ("information", Works),
        ("suggest-tags", Works),
        ("generate nai-diffusion-4-5-full", Works),
        ("generate nai-diffusion-4-5-curated", Works),
        ("generate nai-diffusion-4-curated-preview", Works),
        ("generate nai-diffusion-4-full", Works),
        ("generate nai-diffusion-3", Works),
        ("generate nai-diffusion-furry-3", Works),
        ("generate nai-diffusion", Works),
        ("generate nai-diffusion-2", Works),
        ("generate safe-diffusion", Works),
        ("generate nai-diffusion-furry", Works),
        ("generate stable-diffusion", Fails("doesn't exist")),
        ("generate waifu-diffusion", Fails("doesn't exist")),
        ("generate curated-diffusion-test", Fails("doesn't exist")),
        ("generate nai-diffusion-xl", Fails("doesn't exist")),
        ("generate dalle-mini", Fails("doesn't exist")),
        ("img2img nai-diffusion-4-5-full", Works),
        ("img2img nai-diffusion-3", Works),
        ("infill nai-diffusion-4-5-full-inpainting", Works),
        ("infill nai-diffusion-3-inpainting", Works),
        ("generate with characters", Works),
        ("upscale", Works),
        ("bg-removal", Works),
        ("colorize", Works),
        ("lineart", Works),
        ("sketch", Works),
        ("emotion", Works),
        ("declutter", Works),
        ("declutter-keep-bubbles", Works),
        ("a wrong token", Fails("Unauthorized")),
    ],
};

const NOVELAI: Client = Client {
    // It hands `httpx` an argument that later ones no longer take.
    packages: &["novelai==0.2.0", "httpx<0.28"],
    script: "with_novelai",
    calls: &[
        ("login", Works),
        ("generate", Works),
        ("generate four", Works),
        ("img2img", Works),
        ("infill", Works),
        ("a wrong password", Fails("Invalid username or password")),
    ],
};

#[tokio::test]
async fn every_call_of_novelai_api_comes_to_what_it_should() -> Result<()> {
    hold(&NOVELAI_API).await
}

#[tokio::test]
async fn every_call_of_novelai_python_comes_to_what_it_should() -> Result<()> {
    hold(&NOVELAI_PYTHON).await
}

#[tokio::test]
async fn every_call_of_novelai_comes_to_what_it_should() -> Result<()> {
    hold(&NOVELAI).await
}

/// Runs all calls of a client, and compares.
async fn hold(client: &Client) -> Result<()> {
    let options = Options {
        token: Some(TOKEN.into()),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await?;
    let (url, packages, script) = (sandbox.url(), client.packages, client.script);
    let output = tokio::task::spawn_blocking(move || {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");
        python::command(script, packages)?
            .arg(format!("{folder}/{script}.py"))
            .args([&url, TOKEN])
            .stderr(Stdio::inherit())
            .output()
            .context("starting the client")
    });
    let output = output.await??;
    let said = String::from_utf8_lossy(&output.stdout);
    let came: Vec<(&str, &str)> = said.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut wrong = Vec::new();
    for (call, expected) in client.calls {
        let came = came
            .iter()
            .find(|(name, _)| name == call)
            .map_or("was not made", |came| came.1);
        let right = match expected {
            Works => came == "ok",
            Fails(words) => came != "ok" && came.contains(words),
        };
        if !right {
            wrong.push(format!("{call}: {expected:?}, but: {came}"));
        }
    }
    let unknown = came
        .iter()
        .filter(|(name, _)| client.calls.iter().all(|(call, _)| call != name));
    wrong.extend(unknown.map(|(name, _)| format!("{name} is not in the table")));
    assert!(wrong.is_empty() && output.status.success(), "{wrong:#?}\n{said}");
    let books = sandbox.books();
    assert!(
        books.exchanges.iter().all(|exchange| exchange.over),
        "every call was answered to its end"
    );
    Ok(())
}
