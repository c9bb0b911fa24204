//! The handle: starting, asking, telling to fail, stopping.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    Books, Fault,
    account::Account,
    http::router,
    office::Office,
    wire::{Listener, OnLine},
};

/// What kind of server and account to start.
#[derive(Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 picks a free one.
    pub port: u16,
    /// The bearer token to accept; `None` makes a random one.
    pub token: Option<String>,
    /// 0 none, 1 Tablet, 2 Scroll, 3 Opus.
    pub tier: u8,
    /// Anlas to begin with.
    pub anlas: u32,
    /// The V5 allowance to begin with, in percent. Negative is used up.
    pub usage_percent: i32,
    /// Time that one step of a generation takes beyond the painting itself.
    pub step_delay: Duration,
    /// Time in which one percent of the V5 allowance comes back.
    pub percent_every: Duration,
}

impl Default for Options {
    /// A free port, a random token, Opus with 10,000 Anlas and a full allowance that refills as the service's does, and no delay.
    fn default() -> Self {
        Self {
            port: 0,
            token: None,
            tier: 3,
            anlas: 10_000,
            usage_percent: 100,
            step_delay: Duration::ZERO,
            percent_every: Duration::from_secs(7888),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            port,
            token: _,
            tier,
            anlas,
            usage_percent,
            step_delay,
            percent_every,
        } = self;
        formatter
            .debug_struct("Options")
            .field("port", port)
            .field("tier", tier)
            .field("anlas", anlas)
            .field("usage_percent", usage_percent)
            .field("step_delay", step_delay)
            .field("percent_every", percent_every)
            .finish_non_exhaustive()
    }
}

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port could not be had.
    #[error("the sandbox could not listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The token given can't stand in a header.
    #[error("a token has to be printable ASCII without blanks")]
    Token,
}

/// A running sandbox. Dropping it stops it.
pub struct Sandbox {
    address: SocketAddr,
    office: Arc<Office>,
    serving: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a server on the current tokio runtime.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let token = options.token.unwrap_or_else(random_token);
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(StartError::Token);
        }
        let refused = |source| StartError::Listen {
            port: options.port,
            source,
        };
        let inner = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
            .await
            .map_err(refused)?;
        let address = inner.local_addr().map_err(refused)?;
        let account = Account {
            tier: options.tier,
            anlas: options.anlas,
            usage: f64::from(options.usage_percent),
            percent_every: options.percent_every,
            refilled: Instant::now(),
        };
        let office = Arc::new(Office::new(token, account, options.step_delay));
        let gone = office.gone.clone();
        let router = router(Arc::clone(&office)).into_make_service_with_connect_info::<OnLine>();
        let serving = tokio::spawn(async move {
            // Every connection sees for itself that the sandbox is gone; waiting for them frees the port for sure.
            let serve = axum::serve(
                Listener {
                    inner,
                    gone: gone.clone(),
                },
                router,
            );
            if let Err(error) = serve.with_graceful_shutdown(gone.cancelled_owned()).await {
                tracing::warn!(%error, "the sandbox stopped");
            }
        });
        Ok(Self {
            address,
            office,
            serving: Some(serving),
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bearer token that it accepts.
    pub fn token(&self) -> &str {
        &self.office.token
    }

    /// A copy of the books.
    pub fn books(&self) -> Books {
        self.office.books()
    }

    /// Lets the next generation fail; more than one stand in a queue, in the order told.
    pub fn fail_next(&self, fault: Fault) {
        self.office.desk().next.push_back(fault);
    }

    /// Lets every generation fail for which none is queued, until told `None`.
    pub fn fail_always(&self, fault: Option<Fault>) {
        self.office.desk().always = fault;
    }

    /// Lets every request for the account fail, until told `None`.
    pub fn fail_account(&self, fault: Option<Fault>) {
        self.office.desk().account_fault = fault;
    }

    /// Sets the balance.
    pub fn set_anlas(&self, anlas: u32) {
        self.office.desk().account.anlas = anlas;
    }

    /// Sets the tier: 0 none, 1 Tablet, 2 Scroll, 3 Opus.
    pub fn set_tier(&self, tier: u8) {
        self.office.desk().account.tier = tier;
    }

    /// Sets the V5 allowance in percent; negative is used up.
    pub fn set_usage_percent(&self, percent: i32) {
        self.office.desk().account.usage = f64::from(percent);
    }

    /// Sets the time that a step takes, for generations that start from now on.
    pub fn set_step_delay(&self, delay: Duration) {
        self.office.desk().step_delay = delay;
    }

    /// Whether a generation is running.
    pub fn is_busy(&self) -> bool {
        self.office.easel.available_permits() == 0
    }

    /// Closes the listener and every connection and waits until the port is free.
    pub async fn stop(mut self) {
        self.kill();
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::warn!(%error, "the sandbox stopped");
        }
    }

    /// Closes the listener and every connection at once, in the middle of whatever they were doing. The books stay
    /// readable.
    pub fn kill(&self) {
        self.office.gone.cancel();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.kill();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sandbox")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Shaped like a persistent token of the service, so that everything which treats those with care treats it so too.
fn random_token() -> String {
    format!("pst-sandbox-{:032x}", rand::random::<u128>())
}
