//! Which server is talked to, with which token.

use std::sync::{Arc, OnceLock};

use novelai::account::Account;
use novelai::client::{BaseUrl, Client, Detail, Recorder};
use novelai::model::{Model, ModelId, Registry};
use novelai::prompt::Wildcards;
use sandbox::Sandbox;
use secrecy::SecretString;
use studio::spending::till::Till;
use studio::{Credentials, RawFolder};

use crate::cli::Common;
use crate::error::{Error, Kind};
use crate::say;

/// The environment variable for machines without a keychain.
pub(crate) const TOKEN: &str = "NOVELAI_TOKEN";

/// A client, what it knows about models, and the sandbox that it may talk to.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) registry: Arc<Registry>,
    /// Where what is spent is written down and held to the person's rules; none in a sandbox of this call.
    till: Option<Till>,
    /// Lives as long as it is talked to.
    _sandbox: Option<Sandbox>,
}

impl Connection {
    /// Finds the server and the token, without asking either of them anything.
    pub(crate) async fn open(common: &Common) -> Result<Self, Error> {
        let registry = Arc::new(registry(common));
        let (base, token, sandbox) = if common.sandbox {
            let sandbox = start_sandbox().await?;
            let base = BaseUrl::parse(&sandbox.url())
                .map_err(|error| Error::new(Kind::Internal, format!("The sandbox has no usable address: {error}.")))?;
            say::note("This goes to a sandbox on this machine: nothing is charged.");
            (base, SecretString::from(sandbox.token()), Some(sandbox))
        } else {
            let base = base(common);
            let token = token(&base).await?;
            (base, token, None)
        };
        let client = client(common, base, token)?.with_registry(Arc::clone(&registry));
        let till = match studio::Folders::usual_data() {
            Some(data) if sandbox.is_none() => Some(Till::open(&data)?),
            _ => None,
        };
        Ok(Self {
            client,
            registry,
            till,
            _sandbox: sandbox,
        })
    }

    /// The account, for prices and balances. What was spent before is settled against it.
    pub(crate) async fn account(&self) -> Result<Account, Error> {
        let account = self.client.account().await?;
        if let Some(till) = &self.till {
            till.balance(&self.server(), account.anlas)?;
        }
        Ok(account)
    }

    /// The name of the server.
    pub(crate) fn server(&self) -> String {
        self.client.base_url().host()
    }

    /// Where what is spent is written down; none where nothing is charged.
    pub(crate) fn till(&self) -> Option<&Till> {
        self.till.as_ref()
    }
}

/// Where this call writes down what was said and heard.
static RAW: OnceLock<RawFolder> = OnceLock::new();

/// What could not be written down, if anything couldn't. It stops nothing, but it has to be told.
pub(crate) fn raw_problem() -> Option<Error> {
    let problem = RAW.get()?.problem()?;
    Some(Error::from(problem).about("Not everything was written to the folder of --raw"))
}

/// A client that writes down what it says and hears, where that was asked for.
pub(crate) fn client(common: &Common, base: BaseUrl, token: SecretString) -> Result<Client, Error> {
    let client = Client::new(base, token)?;
    let Some(folder) = &common.raw else {
        return Ok(client);
    };
    let detail = if common.raw_whole { Detail::Whole } else { Detail::Short };
    let folder = RawFolder::new(folder, detail)?;
    // A second client of the same call writes to the same folder.
    Ok(client.with_raw(Recorder::new(RAW.get_or_init(|| folder).clone())))
}

/// A client that is asked what it would send, and sends nothing: no token is read for it.
pub(crate) fn silent(common: &Common) -> Result<(Client, Arc<Registry>), Error> {
    let registry = Arc::new(registry(common));
    // It stands nowhere else, so nothing of a request is taken for it and hidden.
    let nothing = SecretString::from(uuid::Uuid::new_v4().to_string());
    let client = Client::new(base(common), nothing)?;
    Ok((client.with_registry(Arc::clone(&registry)), registry))
}

/// The server that was named, or NovelAI.
pub(crate) fn base(common: &Common) -> BaseUrl {
    common.api_url.clone().unwrap_or_else(BaseUrl::novelai)
}

/// The models, with the person's own changes. A broken file is told, and not used.
pub(crate) fn registry(common: &Common) -> Registry {
    let named = common.models_file.clone();
    let Some(file) = named.or_else(|| Some(studio::Folders::usual_data()?.join(studio::models::FILE))) else {
        return Registry::builtin().clone();
    };
    let loaded = studio::models::load_file(&file);
    if let Some(refused) = loaded.refused {
        say::note(refused);
    }
    loaded.registry
}

/// The person's lists for wildcards, those of the app.
pub(crate) fn wildcards() -> Wildcards {
    studio::Folders::usual_data().map_or_else(Wildcards::default, |data| studio::wildcards_in(&data))
}

async fn start_sandbox() -> Result<Sandbox, Error> {
    Sandbox::start(sandbox::Options::default())
        .await
        .map_err(|error| Error::new(Kind::Internal, format!("{error}.")))
}

/// The token for a server: from the environment, or from the keychain.
pub(crate) async fn token(base: &BaseUrl) -> Result<SecretString, Error> {
    if let Some(token) = std::env::var(TOKEN).ok().filter(|token| !token.trim().is_empty()) {
        return Ok(SecretString::from(token));
    }
    let advice = "Sign in with `nai login`, set NOVELAI_TOKEN, or try it without an account: add --sandbox.";
    match Credentials::Keychain.token(&base.host()).await {
        Ok(Some(token)) => Ok(token),
        Ok(None) => {
            let message = format!("There is no token for {}. {advice}", base.host());
            Err(Error::new(Kind::Unauthorized, message))
        }
        Err(error) => {
            tracing::debug!(%error, "the keychain was asked for a token");
            let message = format!("There is no token for {}: {} {advice}", base.host(), error.message);
            Err(Error::new(Kind::Unauthorized, message))
        }
    }
}

/// The model that a person means: its id, or its short name in any spelling (`v4.5-full`, `V4.5 Full`).
pub(crate) fn model<'r>(registry: &'r Registry, name: &str) -> Result<&'r Model, Error> {
    let plain = |name: &str| -> String {
        name.to_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect()
    };
    let models = registry.models();
    if let Some(model) = registry.get(&ModelId(name.to_owned())) {
        return Ok(model);
    }
    models
        .iter()
        .find(|model| plain(&model.short_name) == plain(name))
        .ok_or_else(|| {
            let known: Vec<&str> = models
                .iter()
                .filter(|model| model.offered)
                .map(|model| model.id.0.as_str())
                .collect();
            let message = format!("The model {name} is not known. There are {}.", known.join(", "));
            Error::new(Kind::Refused, message).with("field", "model")
        })
}

/// The first model that can do something.
pub(crate) fn first_model(registry: &Registry, can: impl Fn(&Model) -> bool) -> Result<&Model, Error> {
    registry
        .models()
        .iter()
        .find(|model| can(model))
        .ok_or_else(|| Error::new(Kind::Refused, "No model of the registry can do this."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_by_id_and_by_any_spelling_of_its_short_name() {
        let registry = Registry::builtin();
        for known in registry.models() {
            assert_eq!(model(registry, &known.id.0).unwrap().id, known.id);
        }
        let expected = &model(registry, "V4.5 Full").unwrap().id;
        for spelling in ["v4.5-full", "v4.5 full", "v45full", "V4_5_FULL"] {
            assert_eq!(&model(registry, spelling).unwrap().id, expected, "{spelling}");
        }
        assert_eq!(model(registry, "v9").unwrap_err().kind, Kind::Refused);
    }
}
