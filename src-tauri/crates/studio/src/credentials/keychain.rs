//! The keychain of the operating system.
//!
//! Its calls block, for as long as a dialog stands open, so each runs on a thread of its own that nothing waits for at
//! the end of the program. The store is opened anew each time: a connection that was made while the keychain was locked
//! or away must not be what a second try meets.

use std::sync::Arc;
use std::thread;

use keyring_core::{CredentialStore, Entry, Error as Trouble};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;

use super::{locked, missing};
use crate::error::Error;

const SERVICE: &str = "Atelier";

/// The token for a host.
pub(super) fn read(host: &str) -> oneshot::Receiver<Result<Option<SecretString>, Error>> {
    let host = host.to_owned();
    on_a_thread(move |answer| {
        // Nobody minds if the asker has gone.
        drop(answer.send(convert(read_now(&host))));
    })
}

fn read_now(host: &str) -> keyring_core::Result<Option<SecretString>> {
    match entry(host)?.get_password() {
        Ok(token) => Ok(Some(SecretString::from(token))),
        Err(Trouble::NoEntry) => Ok(None),
        Err(Trouble::Ambiguous(entries)) => match entries.first() {
            Some(first) => first.get_password().map(|token| Some(SecretString::from(token))),
            None => Ok(None),
        },
        Err(trouble) => Err(trouble),
    }
}

/// Keeps a token for a host. If the asker has gone in the meantime, the token is taken out again: the person was told
/// that it was not kept.
pub(super) fn write(host: &str, token: SecretString) -> oneshot::Receiver<Result<(), Error>> {
    let host = host.to_owned();
    on_a_thread(move |answer| {
        let written = entry(&host).and_then(|entry| entry.set_password(token.expose_secret()));
        let stands = written.is_ok();
        if answer.send(convert(written)).is_err() && stands {
            drop(erase_now(&host));
        }
    })
}

/// Erases the token for a host.
pub(super) fn erase(host: &str) -> oneshot::Receiver<Result<(), Error>> {
    let host = host.to_owned();
    on_a_thread(move |answer| drop(answer.send(convert(erase_now(&host)))))
}

fn erase_now(host: &str) -> keyring_core::Result<()> {
    match entry(host)?.delete_credential() {
        Ok(()) | Err(Trouble::NoEntry) => Ok(()),
        Err(Trouble::Ambiguous(entries)) => entries.iter().try_for_each(Entry::delete_credential),
        Err(trouble) => Err(trouble),
    }
}

fn on_a_thread<R: Send + 'static>(work: impl FnOnce(oneshot::Sender<R>) + Send + 'static) -> oneshot::Receiver<R> {
    let (sender, receiver) = oneshot::channel();
    let spawned = thread::Builder::new()
        .name("keychain".into())
        .spawn(move || work(sender));
    if let Err(error) = spawned {
        tracing::error!(%error, "no thread for the keychain");
    }
    receiver
}

fn entry(host: &str) -> keyring_core::Result<Entry> {
    store()?.build(SERVICE, host, None)
}

#[cfg(target_os = "macos")]
fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// Only `Display` is used of what the keychain says: the `Debug` of some of its errors holds the secret.
fn convert<T>(answer: keyring_core::Result<T>) -> Result<T, Error> {
    answer.map_err(|trouble| {
        let said = trouble.to_string();
        if is_locked(&trouble, &said) {
            locked(said)
        } else {
            missing(said)
        }
    })
}

fn is_locked(trouble: &Trouble, said: &str) -> bool {
    // Creating an entry in a locked collection is reported as a failure of the platform.
    let said = said.to_lowercase();
    matches!(trouble, Trouble::NoStorageAccess(_)) || said.contains("locked") || said.contains("prompt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn a_locked_keychain_and_a_missing_one_are_told_apart() {
        let prompt = Trouble::NoStorageAccess("prompt dismissed".into());
        assert_eq!(convert::<()>(Err(prompt)).unwrap_err().code, ErrorCode::KeychainLocked);
        let locked = Trouble::PlatformFailure("SS Error: object locked".into());
        assert_eq!(convert::<()>(Err(locked)).unwrap_err().code, ErrorCode::KeychainLocked);
        let absent = Trouble::PlatformFailure("no secret service provider or dbus session found".into());
        assert_eq!(convert::<()>(Err(absent)).unwrap_err().code, ErrorCode::KeychainMissing);
    }

    #[test]
    fn a_secret_in_a_keychain_error_does_not_reach_ours() {
        let trouble = Trouble::BadEncoding(b"pst-canary".to_vec());
        let error = convert::<()>(Err(trouble)).unwrap_err();
        let bytes = format!("{:?}", b"pst-canary");
        assert!(!format!("{error:?}").contains(bytes.trim_matches(['[', ']'])));
    }
}
