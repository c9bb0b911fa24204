//! Where the token is kept between two starts, and how it gets there and back.
//!
//! A token is bound to the host that it was saved for: the keychain entry is named after it, and a token is never
//! offered to another host. Tokens live in [`SecretString`]s only; nothing here can print one.

mod keychain;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;

use crate::error::{Error, ErrorCode};

/// Where tokens are kept between two starts.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// The keychain of the operating system: macOS Keychain, Windows Credential Manager, Secret Service elsewhere.
    Keychain,
    /// Memory that stands in for a keychain, for tests. Clones share it.
    Memory(Memory),
    /// Nowhere: the person wants no keychain to be asked.
    Session,
}

/// A keychain that is gone when the program ends.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    by_host: HashMap<String, SecretString>,
    /// A token for the first host that is asked about.
    unbound: Option<SecretString>,
}

impl Memory {
    /// The entries, with a token that was there at the start bound to `host` if it is the first to ask.
    fn entries(&self, host: &str) -> MutexGuard<'_, Entries> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = entries.unbound.take() {
            entries.by_host.insert(host.to_owned(), token);
        }
        entries
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        formatter.debug_set().entries(entries.by_host.keys()).finish()
    }
}

/// What reading a keychain came to.
pub(crate) enum Reading {
    /// It answered in time.
    Ready(Result<Option<SecretString>, Error>),
    /// It did not; it may be showing a dialog. The answer still comes.
    Late(oneshot::Receiver<Result<Option<SecretString>, Error>>),
}

/// A keychain that is locked can hang whoever asks it.
const READ_LIMIT: Duration = Duration::from_secs(3);
/// Long enough for a person to type a password into the keychain's own dialog.
const WRITE_LIMIT: Duration = Duration::from_secs(60);

impl Credentials {
    /// A stand-in for the keychain: empty, or with a token in it for the server that the studio is opened with.
    #[must_use]
    pub fn memory(token: Option<SecretString>) -> Self {
        Self::Memory(Memory(Arc::new(Mutex::new(Entries {
            by_host: HashMap::new(),
            unbound: token,
        }))))
    }

    /// Whether it is worth asking for a token. `noted`: a token was saved in the keychain at some time. Without that
    /// note the keychain is left alone: nobody likes to be asked for a password by a program that they only try.
    pub(crate) fn may_hold(&self, host: &str, noted: bool) -> bool {
        match self {
            Self::Keychain => noted,
            Self::Memory(memory) => memory.entries(host).by_host.contains_key(host),
            Self::Session => false,
        }
    }

    /// The token for a host.
    pub(crate) async fn read(&self, host: &str) -> Reading {
        match self {
            Self::Keychain => {
                let mut answer = keychain::read(host);
                match tokio::time::timeout(READ_LIMIT, &mut answer).await {
                    Ok(answer) => Reading::Ready(answer.unwrap_or_else(|_| Err(crashed()))),
                    Err(_) => Reading::Late(answer),
                }
            }
            Self::Memory(memory) => Reading::Ready(Ok(memory.entries(host).by_host.get(host).cloned())),
            Self::Session => Reading::Ready(Ok(None)),
        }
    }

    /// The token for a host (such as `image.novelai.net`), if one is kept.
    ///
    /// # Errors
    ///
    /// Where there is no keychain, or it is locked and does not answer within three seconds.
    pub async fn token(&self, host: &str) -> Result<Option<SecretString>, Error> {
        match self.read(host).await {
            Reading::Ready(answer) => answer,
            Reading::Late(_) => Err(locked("it did not answer in time")),
        }
    }

    /// Keeps a token for a host, in the place of the one that was kept before.
    ///
    /// # Errors
    ///
    /// Where there is no keychain, or it is locked.
    pub async fn keep(&self, host: &str, token: &SecretString) -> Result<(), Error> {
        match self {
            Self::Keychain => in_time(keychain::write(host, token.clone())).await,
            Self::Memory(memory) => {
                memory.entries(host).by_host.insert(host.to_owned(), token.clone());
                Ok(())
            }
            Self::Session => Err(missing("no keychain is used in this session")),
        }
    }

    /// Erases the token for a host. That there is none is fine.
    ///
    /// # Errors
    ///
    /// Where there is no keychain, or it is locked.
    pub async fn erase(&self, host: &str) -> Result<(), Error> {
        match self {
            Self::Keychain => in_time(keychain::erase(host)).await,
            Self::Memory(memory) => {
                memory.entries(host).by_host.remove(host);
                Ok(())
            }
            Self::Session => Ok(()),
        }
    }
}

async fn in_time(answer: oneshot::Receiver<Result<(), Error>>) -> Result<(), Error> {
    match tokio::time::timeout(WRITE_LIMIT, answer).await {
        Ok(answer) => answer.unwrap_or_else(|_| Err(crashed())),
        Err(_) => Err(locked("it did not answer in time")),
    }
}

pub(crate) fn locked(detail: impl fmt::Display) -> Error {
    Error::new(
        ErrorCode::KeychainLocked,
        "The keychain is locked. Unlock it and try again, or keep the token for this session only.",
    )
    .with_detail(detail)
}

pub(crate) fn missing(detail: impl fmt::Display) -> Error {
    Error::new(
        ErrorCode::KeychainMissing,
        "This computer offers no keychain. You can keep the token for this session only: it is written to no file.",
    )
    .with_detail(detail)
}

fn crashed() -> Error {
    missing("asking the keychain failed unexpectedly")
}

/// The longest token that is worth trying.
const LONGEST: usize = 4096;

/// A token as it is sent, from one as it is pasted: blanks around it are cut off, and what can't be a token is refused
/// before anybody is asked.
pub(crate) fn clean(pasted: &SecretString) -> Result<SecretString, Error> {
    let token = pasted.expose_secret().trim();
    let why = if token.is_empty() {
        "The token is empty. Paste the whole token."
    } else if token.len() > LONGEST {
        "This is too long for a token. Paste the token and nothing else."
    } else if token.contains(char::is_whitespace) {
        "A token has no blanks in it. Paste the token and nothing else."
    } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        "A token has only plain letters, digits and signs in it. Paste the token and nothing else."
    } else {
        return Ok(SecretString::from(token));
    };
    Err(Error::new(ErrorCode::Refused, why).with_detail("token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "pst-canary-4711";

    #[tokio::test]
    async fn a_token_is_kept_for_its_host_and_no_other_and_can_be_erased() {
        let credentials = Credentials::memory(None);
        credentials
            .keep("one.example", &SecretString::from(TOKEN))
            .await
            .unwrap();

        let Reading::Ready(Ok(Some(found))) = credentials.read("one.example").await else {
            panic!("the token is not there");
        };
        assert_eq!(found.expose_secret(), TOKEN);
        assert!(matches!(
            credentials.read("two.example").await,
            Reading::Ready(Ok(None))
        ));

        credentials.erase("one.example").await.unwrap();
        assert!(matches!(
            credentials.read("one.example").await,
            Reading::Ready(Ok(None))
        ));
    }

    #[tokio::test]
    async fn without_a_keychain_nothing_is_kept() {
        let refused = Credentials::Session
            .keep("one.example", &SecretString::from(TOKEN))
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::KeychainMissing);
    }

    #[test]
    fn the_keychain_is_left_alone_until_a_token_was_saved_in_it() {
        assert!(!Credentials::Keychain.may_hold("one.example", false));
        assert!(Credentials::Keychain.may_hold("one.example", true));
    }

    #[test]
    fn printing_credentials_shows_no_token() {
        let credentials = Credentials::memory(Some(SecretString::from(TOKEN)));
        assert!(credentials.may_hold("one.example", false));
        let printed = format!("{credentials:?}");
        assert!(
            printed.contains("one.example") && !printed.contains("canary"),
            "{printed}"
        );
    }

    #[test]
    fn what_can_not_be_a_token_is_refused_and_not_repeated() {
        for pasted in [
            "",
            "  \n",
            "two words",
            "tab\tinside",
            "naïve",
            "\u{7f}",
            "line\nbreak",
            &"x".repeat(4097),
        ] {
            let refused = clean(&SecretString::from(pasted)).unwrap_err();
            assert_eq!(refused.code, ErrorCode::Refused);
            assert!(pasted.trim().is_empty() || !format!("{refused:?}").contains(pasted));
        }
        let pasted = SecretString::from(format!("  {TOKEN}\r\n"));
        assert_eq!(clean(&pasted).unwrap().expose_secret(), TOKEN);
    }
}
