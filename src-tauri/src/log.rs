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
    let folder = data.join("logs");
    // The first to make the data folder decides who may look into it. The error of what follows says what is wrong.
    drop(studio::make_private(&folder));
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("atelier")
        .filename_suffix("log")
        .max_log_files(DAYS_KEPT)
        .build(folder);
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_log_opens_the_data_folder_to_nobody_else() {
        let home = tempfile::tempdir().expect("a folder for the test");
        let data = home.path().join("Atelier");
        let guard = super::start(&data);
        assert!(guard.is_some());
        for folder in [&data, &data.join("logs")] {
            let mode = folder.metadata().expect("it is there").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", folder.display());
        }
    }
}
