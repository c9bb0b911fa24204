//! `nai login` and `nai logout`: a token into the keychain and out of it again.

use std::io::{self, BufRead as _, IsTerminal as _};

use novelai::client;
use secrecy::SecretString;
use serde_json::json;
use studio::Credentials;

use crate::cli::{Common, Login};
use crate::connection::{self, TOKEN};
use crate::error::{Error, Kind};
use crate::say;

/// Tries a token against the account and keeps it.
pub(crate) async fn run(common: &Common, login: Login) -> Result<(), Error> {
    if common.sandbox {
        return Err(Error::usage(
            "A sandbox of one call has no token worth keeping. Start one with `nai sandbox`, and name it with --api-url.",
        ));
    }
    let base = connection::base(common);
    let token = match &login.email {
        None => secret("Token: ", "a token")?,
        Some(email) => {
            let password = secret("Password: ", "the password")?;
            let email = email.clone();
            // It takes a second of work.
            let key = tokio::task::spawn_blocking(move || novelai::login::access_key(&email, &password))
                .await
                .map_err(|error| Error::new(Kind::Internal, error.to_string()))??;
            let token = client::login(base.clone(), &key).await?;
            if login.persistent {
                let client = connection::client(common, base.clone(), token)?;
                client.create_persistent_token(login.replace).await?
            } else {
                token
            }
        }
    };
    let account = connection::client(common, base.clone(), token.clone())?
        .account()
        .await?;
    Credentials::Keychain
        .keep(&base.host(), &token)
        .await
        .map_err(|error| {
            let error = Error::from(error);
            Error::new(
                error.kind,
                format!("{error} Or set {TOKEN} in the environment of each call."),
            )
        })?;
    if common.json {
        return say::json(&json!({ "host": base.host(), "account": account }));
    }
    say::line(format!("The token for {} is kept in the keychain.", base.host()))?;
    super::account::tell(&account)
}

/// Takes the token out of the keychain.
pub(crate) async fn forget(common: &Common) -> Result<(), Error> {
    let host = connection::base(common).host();
    Credentials::Keychain.erase(&host).await?;
    if std::env::var_os(TOKEN).is_some() {
        say::note(format!("{TOKEN} is still set, and is used."));
    }
    if common.json {
        return say::json(&json!({ "host": host }));
    }
    say::line(format!("No token for {host} is kept any more."))
}

/// Asks without showing what is typed; from a pipe, the first line.
fn secret(question: &str, what: &str) -> Result<SecretString, Error> {
    let typed = if io::stdin().is_terminal() {
        rpassword::prompt_password(question)
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    let typed = typed.map_err(|error| Error::files(format!("{what} could not be read: {error}.")))?;
    let typed = typed.trim_end_matches(['\r', '\n']);
    if typed.is_empty() {
        return Err(Error::usage(format!("Type {what}, or send it to standard input.")));
    }
    Ok(SecretString::from(typed))
}
