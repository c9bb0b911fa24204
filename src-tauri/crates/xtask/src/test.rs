//! `cargo xtask test`: every check and every test, each step with its heading and time, and at the end the
//! counts of all, with the names of the tests that failed.
//!
//! A step that fails does not keep the later ones from running, so that one run shows all there is to mend; only what
//! the others stand on ends it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::counts::Counts;
use crate::display::Display;
use crate::failures::Failures;
use crate::{setup, shell, ui};

/// One step, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// What the machine needs
    Setup,
    /// The page's packages and its build, which the app has inside
    Page,
    /// Rust is formatted
    Fmt,
    /// clippy, with warnings as errors
    Clippy,
    /// Everything in Rust compiles: the app, its tests, the benchmarks
    Build,
    /// All Rust tests but those in a window; among them, that the page's bindings are up to date
    Rust,
    /// Damaged and arbitrary bytes for every parser, ten seconds each
    Fuzz,
    /// eslint, prettier and svelte-check
    Lint,
    /// Vitest
    Vitest,
    /// The page in Chromium, the engine of WebView2
    Chromium,
    /// The built app in a real window
    Window,
}

/// What came of a step.
struct Outcome {
    step: Step,
    report: Report,
    took: Duration,
}

/// What a step counted, and which of it failed.
#[derive(Default)]
struct Report {
    counts: Counts,
    failures: Failures,
}

/// Runs these steps, or all. The last line says how many passed and failed.
pub(crate) fn run(steps: &[Step]) -> ExitCode {
    let steps = if steps.is_empty() {
        Step::value_variants()
    } else {
        steps
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for step in steps {
        shell::heading(&format!("{}: {}", step.name(), step.about()));
        let start = Instant::now();
        let report = match step.run() {
            Ok(report) => report,
            Err(error) => {
                println!("{} failed: {error:#}", step.name());
                Report::from(Counts::FAILED)
            }
        };
        let failed = report.counts.failed > 0;
        outcomes.push(Outcome {
            step: *step,
            report,
            took: start.elapsed(),
        });
        if failed && step.others_stand_on_it() {
            println!("The steps after {} stand on it and were not run.", step.name());
            break;
        }
    }
    summarise(&outcomes)
}

fn summarise(outcomes: &[Outcome]) -> ExitCode {
    shell::heading("All together");
    let mut all = Counts::default();
    for Outcome { step, report, took } in outcomes {
        let counts = report.counts;
        let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
        let name = step.name();
        println!(
            "{name:<9} {verdict:<7}{:>5} passed {:>4} failed {:>5} s",
            counts.passed,
            counts.failed,
            took.as_secs()
        );
        for line in report.failures.lines() {
            println!("    {line}");
        }
        all.add(counts);
    }
    println!("\n{} passed, {} failed", all.passed, all.failed);
    if all.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Step {
    fn run(self) -> Result<Report> {
        match self {
            Self::Setup => check(setup::run(setup::For::Tests)),
            Self::Page => check(ui::install().and_then(|()| ui::build())),
            Self::Fmt => check(shell::run(shell::cargo().args(["fmt", "--all", "--check"]))),
            Self::Clippy => check(clippy()),
            Self::Build => check(shell::run(shell::cargo().args([
                "build",
                "--workspace",
                "--all-targets",
            ]))),
            Self::Rust => rust(),
            Self::Fuzz => count(&mut [&mut crate::fuzz::smoke(crate::fuzz::SECONDS)]),
            Self::Lint => check(shell::run(shell::npm().args(["run", "check"]))),
            Self::Vitest => count(&mut [shell::npm().args(["run", "test"])]),
            Self::Chromium => count(&mut [shell::npm().args(["run", "test:chromium"])]),
            Self::Window => window(),
        }
    }

    /// Without it, the others would only fail as well.
    fn others_stand_on_it(self) -> bool {
        matches!(self, Self::Setup | Self::Page | Self::Build)
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    fn about(self) -> String {
        let value = self.to_possible_value();
        value
            .as_ref()
            .and_then(|value| value.get_help())
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

/// `e2e` and `clients` as well: they are left out of "all targets", so that a plain `cargo test` needs no display and no
/// network.
fn clippy() -> Result<()> {
    for targets in [
        &["--all-targets", "--features", "novelai/fuzz"][..],
        &["--test", "e2e", "--test", "clients"],
    ] {
        let clippy = ["clippy", "--workspace"];
        shell::run(
            shell::cargo()
                .args(clippy)
                .args(targets)
                .args(["--", "--deny", "warnings"]),
        )?;
    }
    Ok(())
}

fn rust() -> Result<Report> {
    count(&mut [shell::cargo().args(["test", "--workspace", "--no-fail-fast"])])
}

/// One at a time: each has the display, and the attention of two cores, to itself.
fn window() -> Result<Report> {
    if !cfg!(target_os = "linux") {
        println!("The window tests run on Linux, where the engine's own driver can start the app.");
        return Ok(Report::default());
    }
    let display = Display::start()?;
    let mut tests = shell::cargo();
    tests
        .args(["test", "--workspace", "--test", "e2e", "--", "--test-threads=1"])
        .env("ATELIER_BIN", shell::built("debug")?.join("atelier"))
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    count(&mut [display.lend(&mut tests)])
}

/// A step that is one check.
fn check(done: Result<()>) -> Result<Report> {
    done.map(|()| Counts::PASSED.into())
}

/// Steps that are test runners: what they count, and a failure where they ended badly without counting one.
fn count(runners: &mut [&mut std::process::Command]) -> Result<Report> {
    let mut all = Report::default();
    for runner in runners {
        let said = shell::run_counting(runner)?;
        all.counts.add(said.counts);
        all.failures.append(said.failures);
        if !said.ended_well && said.counts.failed == 0 {
            all.counts.add(Counts::FAILED);
        }
    }
    if all.counts == Counts::default() {
        bail!("no test ran");
    }
    Ok(all)
}

impl From<Counts> for Report {
    fn from(counts: Counts) -> Self {
        Self {
            counts,
            failures: Failures::default(),
        }
    }
}
