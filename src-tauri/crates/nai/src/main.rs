#![doc = include_str!("../README.md")]

mod cli;
mod commands;
mod connection;
mod error;
mod files;
mod luggage;
mod paid;
mod price;
mod progress;
mod requests;
mod say;
mod settings;
mod stop;
mod target;
mod vibes;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;
use error::Kind;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(cli.common.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("nai: the program could not start: {error}");
            return Kind::Internal.into();
        }
    };
    let json = cli.common.json;
    let result = runtime.block_on(stop::or_stop(commands::run(cli)));
    // A keychain that shows a dialog, or a picture being painted by the sandbox, is not waited for.
    runtime.shutdown_background();
    if let Some(problem) = connection::raw_problem() {
        say::note(format!("nai: {problem}"));
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.tell(json);
            error.kind.into()
        }
    }
}

/// What happens goes to standard error, so that standard output is the answer and nothing else.
fn log_to_stderr(verbose: bool) {
    let level = if verbose { "debug" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("NAI_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new(format!("off,nai={level},novelai={level},studio={level}"))
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
