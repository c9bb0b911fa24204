//! Which servers there are: the sandbox on this machine, and the one that a token is kept for.

use novelai::client::BaseUrl;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The name that sandbox jobs remember. The sandbox has another port at each start; its jobs may go on in the next one.
pub(crate) const SANDBOX: &str = "sandbox";

/// The name that jobs remember which are done on this computer and sent nowhere. No host can be called that.
pub(crate) const LOCAL: &str = "this computer";

/// The servers of a studio.
#[derive(Debug, Clone)]
pub struct ServerChoice {
    /// What signing in is for: NovelAI, or what `--api-url` names.
    pub base: BaseUrl,
    /// The embedded sandbox and its token.
    pub sandbox: (BaseUrl, SecretString),
}

/// The server that requests go to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Server {
    /// The embedded sandbox: nothing is really charged.
    Sandbox,
    /// NovelAI itself.
    Novelai,
    /// Another server.
    Custom {
        /// Host and, where it is not the usual one, port.
        host: String,
    },
}

impl Server {
    /// The server behind an address that is not the sandbox.
    pub(crate) fn behind(base: &BaseUrl) -> Self {
        if base.is_novelai() {
            Self::Novelai
        } else {
            Self::Custom { host: base.host() }
        }
    }
}
