//! Ctrl+C: what has been received is put in safety before the program ends.

use std::sync::LazyLock;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::error::Error;

static STOP: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

/// How long a command may take to put things in safety.
const GRACE: Duration = Duration::from_secs(5);

/// Runs a command until it ends or Ctrl+C is pressed.
pub(crate) async fn or_stop(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    tokio::pin!(work);
    tokio::select! {
        result = &mut work => return result,
        _ = tokio::signal::ctrl_c() => STOP.cancel(),
    }
    match tokio::time::timeout(GRACE, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::cancelled()),
    }
}

/// Ends when Ctrl+C is pressed.
pub(crate) async fn stopped() {
    STOP.cancelled().await;
}

/// Whether Ctrl+C was pressed.
pub(crate) fn is_stopped() -> bool {
    STOP.is_cancelled()
}

/// Waits for an answer that costs nothing, or for Ctrl+C.
pub(crate) async fn unless_stopped<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::select! {
        result = work => result,
        () = stopped() => Err(Error::cancelled()),
    }
}
