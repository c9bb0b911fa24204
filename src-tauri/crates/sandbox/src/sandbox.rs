//! The handle: starting, asking, telling to fail, stopping.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::task::TaskTracker;

use crate::{
    Books, Fault,
    account::Account,
    http::router,
    login::{Credentials, persistent_token},
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
    /// The e-mail that one can log in with. What stands here is no secret, and is no account of anybody's.
    pub email: String,
    /// The password to it.
    pub password: String,
    /// Serves also what the live service has given up and other gateways still have: the old ways of upscaling,
    /// annotate-image, classify, generate-prompt, suggest-tags by POST.
    pub legacy: bool,
}

impl Default for Options {
    /// A free port, a random token, Opus with 10,000 Anlas and a full allowance that refills as the service's does, no
    /// delay, a login for `test@example.com` with `hunter2pass`, and everything is served.
    fn default() -> Self {
        Self {
            port: 0,
            token: None,
            tier: 3,
            anlas: 10_000,
            usage_percent: 100,
            step_delay: Duration::ZERO,
            percent_every: Duration::from_secs(7888),
            email: "test@example.com".to_owned(),
            password: "hunter2pass".to_owned(),
            legacy: true,
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
            email,
            password: _,
            legacy,
        } = self;
        formatter
            .debug_struct("Options")
            .field("port", port)
            .field("tier", tier)
            .field("anlas", anlas)
            .field("usage_percent", usage_percent)
            .field("step_delay", step_delay)
            .field("percent_every", percent_every)
            .field("email", email)
            .field("legacy", legacy)
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
    connections: TaskTracker,
    serving: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a server on the current tokio runtime.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let token = options.token.unwrap_or_else(persistent_token);
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
        let credentials = Credentials::new(options.email, options.password);
        let office = Arc::new(Office::new(
            token,
            account,
            options.step_delay,
            credentials,
            options.legacy,
        ));
        let gone = office.gone.clone();
        let connections = TaskTracker::new();
        let listener = Listener {
            inner,
            gone: gone.clone(),
            connections: connections.clone(),
        };
        let router = router(Arc::clone(&office)).into_make_service_with_connect_info::<OnLine>();
        let serving = tokio::spawn(async move {
            // Every connection sees for itself that the sandbox is gone; waiting for them frees the port for sure.
            let serve = axum::serve(listener, router);
            if let Err(error) = serve.with_graceful_shutdown(gone.cancelled_owned()).await {
                tracing::warn!(%error, "the sandbox stopped");
            }
        });
        Ok(Self {
            address,
            office,
            connections,
            serving: Some(serving),
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bearer token that it was started with. It's accepted until a login makes another persistent one of it.
    pub fn token(&self) -> &str {
        &self.office.token
    }

    /// A copy of the books.
    pub fn books(&self) -> Books {
        self.office.books()
    }

    /// Connections that are open. What a client did to its last reply as it went, the books say once there are none: one that
    /// died before it had read all of it leaves it undelivered.
    pub fn connections(&self) -> usize {
        self.connections.len()
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

    /// Lets requests to a path fail, as often as told, or always for `None`. `place` is a path like `/ai/upscale`, with a
    /// method before it if it matters (`GET /user/data`) and `*` at the end for any rest (`/user/*`). What is set here
    /// strikes before the other kinds of faults; more than one for a place stand in a queue, in the order told.
    pub fn fail_path(&self, place: &str, fault: Fault, times: Option<u32>) {
        self.office.desk().traps.set(place, fault, times);
    }

    /// Takes away what [`fail_path`](Self::fail_path) has set for exactly this place.
    pub fn mend_path(&self, place: &str) {
        self.office.desk().traps.clear(place);
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
