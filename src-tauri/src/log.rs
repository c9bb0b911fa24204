//! The log: a file a day in the data folder, a week of them, nothing sent anywhere.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

const DAYS_KEPT: usize = 7;

/// Starts logging to `<data>/logs` and to stderr. `ATELIER_LOG` sets the level, such as `studio=debug`.
///
/// The log is flushed when the returned guard is dropped. A log that can't be written is no reason not to run.
pub fn start(data: &Path) -> Option<WorkerGuard> {
    let filter = EnvFilter::try_from_env("ATELIER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let stderr = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("atelier")
        .filename_suffix("log")
        .max_log_files(DAYS_KEPT)
        .build(data.join("logs"));
    let (file, guard) = match file {
        Ok(file) => {
            let (writer, guard) = tracing_appender::non_blocking(file);
            (
                Some(tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer)),
                Some(guard),
            )
        }
        Err(error) => {
            eprintln!("The log can't be written: {error}");
            (None, None)
        }
    };
    let subscriber = tracing_subscriber::registry().with(filter).with(stderr).with(file);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        eprintln!("A log has been started before; this one is not.");
    }
    guard
}
