//! Waiting for something to be so.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Long enough for anything a window does on two busy cores.
const LIMIT: Duration = Duration::from_secs(45);

/// Between two looks: shorter than a person would notice, longer than an answer takes.
const PAUSE: Duration = Duration::from_millis(25);

/// Asks again and again until there is an answer. `what` completes "waited for".
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    until_within(LIMIT, what, ask).await
}

/// As [`until`], with a limit of one's own. An error that is still there when the limit is up is the reason given.
pub async fn until_within<T>(
    limit: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        let last = match ask().await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if start.elapsed() > limit {
            let waited = format!("waited {} s for {what}", limit.as_secs());
            return match last {
                Some(error) => Err(error).context(waited),
                None => bail!(waited),
            };
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A port on this machine on which nothing listens.
pub fn closed_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("asking for a free port")?;
    Ok(listener.local_addr().context("asking for a free port")?.port())
}
