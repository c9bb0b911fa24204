//! The commands, one file each.

mod account;
mod annotate;
mod augment;
mod classify;
mod cost;
mod enlarge;
mod generate;
mod inspect;
mod login;
mod models;
mod prompt;
mod queue;
mod sandbox;
mod tags;
mod upscale;
mod vibe;

use clap::CommandFactory as _;

use serde_json::{Value, json};

use crate::cli::{Cli, Command, Common};
use crate::error::Error;
use crate::paid::Saved;
use crate::say;
use crate::stop::unless_stopped;

/// Does what was typed.
pub(crate) async fn run(cli: Cli) -> Result<(), Error> {
    let Cli { common, command } = cli;
    match command {
        // These keep what they receive when they are stopped.
        Command::Generate(generate) => generate::run(&common, *generate).await,
        Command::Upscale(upscale) if upscale.local => enlarge::run(&common, upscale).await,
        Command::Upscale(upscale) => upscale::run(&common, upscale).await,
        Command::Augment(augment) => augment::run(&common, augment).await,
        Command::Vibe(vibe) => vibe::run(&common, vibe).await,
        Command::Annotate(annotate) => annotate::run(&common, annotate).await,
        Command::Queue(queue) => queue::run(&common, queue).await,
        Command::Sandbox(sandbox) => sandbox::run(&common, sandbox).await,
        Command::Login(login) => unless_stopped(login::run(&common, login)).await,
        Command::Logout => unless_stopped(login::forget(&common)).await,
        Command::Account(account) => unless_stopped(account::run(&common, account)).await,
        Command::Classify(classify) => unless_stopped(classify::run(&common, classify)).await,
        Command::Tags(tags) => unless_stopped(tags::run(&common, tags)).await,
        Command::Prompt(prompt) => unless_stopped(prompt::run(&common, prompt)).await,
        Command::Models(models) => models::run(&common, &models),
        Command::Cost(cost) => cost::run(&common, &cost),
        Command::Inspect(inspect) => inspect::run(&common, &inspect),
        Command::Completions { shell } => completions(shell),
    }
}

/// Tells which pictures were made.
fn tell(common: &Common, saved: &[Saved]) -> Result<(), Error> {
    if common.json {
        let pictures: Vec<Value> = saved.iter().map(Saved::to_json).collect();
        return say::json(&json!({ "pictures": pictures }));
    }
    saved.iter().try_for_each(|saved| say::line(saved.file()))
}

fn completions(shell: clap_complete::Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "nai", &mut script);
    say::line(String::from_utf8_lossy(&script).trim_end())
}
