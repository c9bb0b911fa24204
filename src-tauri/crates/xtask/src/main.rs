//! The project's chores: `cargo xtask run | test | bench | fuzz-smoke | crash-matrix | clients | setup | icons`.
//!
//! Each works in a fresh clone with nothing but Rust and Node, and says what it does. What a chore is made of stands in
//! a file of its own; `shell` is how they all start other programs.

mod bench;
mod clients;
mod counts;
mod crash;
mod display;
mod failures;
mod fuzz;
mod icons;
mod run;
mod setup;
mod shell;
mod test;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Set everything up, build, and open the app in the sandbox
    Run {
        /// Use a virtual display even where there is a real one
        #[arg(long)]
        headless: bool,
        /// Passed on to the app, after `--`
        #[arg(last = true)]
        app: Vec<String>,
    },
    /// Set everything up, then run every check and every test
    Test {
        /// Only these steps, such as `fmt clippy rust window`
        #[arg(value_enum)]
        steps: Vec<test::Step>,
    },
    /// Build for speed and print the ratios of the benchmarks
    Bench {
        /// Only these, such as `P8 P14`, or `library` for all that is measured on one
        ids: Vec<String>,
        /// How many rounds, after one to warm up
        #[arg(long, default_value_t = 5)]
        rounds: u32,
    },
    /// Feed damaged and arbitrary bytes to every parser for a few seconds
    FuzzSmoke {
        /// Only these, such as `png stealth`
        parsers: Vec<String>,
        /// How long for each
        #[arg(long, default_value_t = fuzz::SECONDS)]
        seconds: u32,
        /// The seed of an earlier run
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Kill the program at every step of a job and of the library, with the sandbox's account and the folder as judges
    CrashMatrix {
        /// How often
        #[arg(long, default_value_t = crash::KILLS)]
        kills: u32,
    },
    /// Try the sandbox with NovelAI clients of other people, from PyPI
    Clients,
    /// Install what is missing on this machine
    Setup {
        /// Also what the tests need
        #[arg(long)]
        tests: bool,
    },
    /// Make the icon's sizes from icons/icon.svg
    Icons,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Run { headless, app } => run::run(headless, &app),
        Chore::Test { steps } => return test::run(&steps),
        Chore::Bench { ids, rounds } => bench::run(&ids, rounds),
        Chore::FuzzSmoke { parsers, seconds, seed } => fuzz::run(&parsers, seconds, seed),
        Chore::CrashMatrix { kills } => crash::run(kills),
        Chore::Clients => clients::run(),
        Chore::Setup { tests } => setup::run(if tests { setup::For::Tests } else { setup::For::Building }),
        Chore::Icons => icons::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nError: {error:#}");
            ExitCode::FAILURE
        }
    }
}
