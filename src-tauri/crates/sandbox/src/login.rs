//! Logging in by e-mail and password, and making a persistent token of it (api.md 1.2, 1.3).
//!
//! The service never sees the password but a key that is derived from it, so the sandbox derives the key of its own
//! account and compares.

use std::{
    fmt,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use blake2::{Blake2b, Digest as _, digest::consts::U16};
use serde_json::{Value, json};

use crate::{
    fields::text,
    http::Call,
    office::{Bearer, Desk},
    parcel::Reply,
    refusal::Refusal,
};

/// How long a token from a login is good for, in seconds. It says so in the token; the sandbox doesn't live as long.
const MONTH: u64 = 2_592_000;
/// The characters of the key that are kept.
const KEY: usize = 64;
/// Logins that are remembered; the oldest is forgotten beyond them.
const LOGINS: usize = 16;

/// Who can log in.
pub(crate) struct Credentials {
    email: String,
    password: String,
    key: OnceLock<String>,
}

impl Credentials {
    pub(crate) fn new(email: String, password: String) -> Self {
        Self {
            email,
            password,
            key: OnceLock::new(),
        }
    }

    /// The key that a client has to send; worked out when it's first asked for.
    fn key(&self) -> &str {
        self.key.get_or_init(|| access_key(&self.email, &self.password))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// `POST /user/login`
pub(crate) async fn login(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.json().await?;
    let key = body
        .as_object()
        .map(|body| text(body, "key"))
        .transpose()?
        .flatten()
        .filter(|key| key.len() == KEY)
        .ok_or_else(|| Refusal::invalid("key must be a string of 64 characters"))?;
    if key != call.office.credentials.key() {
        return Err(Refusal::new(401, "Incorrect access key"));
    }
    let token = session();
    let mut desk = call.office.desk();
    let from_login = |known: &String| Bearer::of(known) == Bearer::Login && *known != call.office.token;
    if desk.tokens.iter().filter(|known| from_login(known)).count() >= LOGINS
        && let Some(oldest) = desk.tokens.iter().position(from_login)
    {
        desk.tokens.remove(oldest);
    }
    desk.tokens.push(token.clone());
    Ok(Reply::json(201, &json!({ "accessToken": token })))
}

/// `POST /user/create-persistent-token`: there is one at most; making another ends the first.
pub(crate) async fn create_token(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let overwrite = match call.body.is_empty() {
        true => false,
        false => call
            .json()
            .await?
            .get("overwrite")
            .and_then(Value::as_bool)
            .unwrap_or(false),
    };
    let mut desk = call.office.desk();
    if has_persistent(&desk) && !overwrite {
        return Err(Refusal::new(409, "A persistent token already exists"));
    }
    let token = persistent_token();
    desk.tokens.retain(|token| Bearer::of(token) != Bearer::Persistent);
    desk.tokens.push(token.clone());
    Ok(Reply::json(201, &json!({ "token": token })))
}

fn has_persistent(desk: &Desk) -> bool {
    desk.tokens.iter().any(|token| Bearer::of(token) == Bearer::Persistent)
}

/// Shaped like a persistent token of the service, so that everything which treats those with care treats it so too.
pub(crate) fn persistent_token() -> String {
    format!("pst-sandbox-{:032x}", rand::random::<u128>())
}

/// Shaped like a JSON web token; nobody but the sandbox knows it, which is all that it rests on.
fn session() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = part(json!({ "id": "sandbox", "iat": now, "exp": now + MONTH }));
    format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

/// The key for an e-mail and a password.
fn access_key(email: &str, password: &str) -> String {
    let email = email.trim().to_lowercase();
    // The website counts as JavaScript does.
    let units: Vec<u16> = password.encode_utf16().take(6).collect();
    let seed = format!("{}{email}novelai_data_access_key", String::from_utf16_lossy(&units));
    let salt = Blake2b::<U16>::digest(seed.as_bytes());
    let mut raw = [0; 64];
    let params = Params::new(1953, 2, 1, Some(raw.len())).expect("these parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), &salt, &mut raw)
        .expect("a salt of 16 bytes and a key of 64 are in range");
    let mut key = base64::engine::general_purpose::URL_SAFE.encode(raw);
    key.truncate(KEY);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_derived_as_the_website_derives_it() {
        assert_eq!(
            access_key(" Test@Example.com", "hunter2pass"),
            "t4RscJAPIIlKE9KXqu_sGX4DNXw1kAUedNkVJdEJxCv9Y3VBqgLI67mOUFi2RQ1M"
        );
        assert_eq!(
            access_key("user@example.com", "pass"),
            "t3RYoiH9oGiRjCHgZGFeIncS5NtSYoRlsTSVzLLtUk18OU4WcxISwsD8dcrmDVp9"
        );
    }
}
