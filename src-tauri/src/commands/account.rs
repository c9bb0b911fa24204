//! Signing in and out. The token goes in here and never comes out.

use secrecy::SecretString;
use studio::{AccountState, Keep};
use tauri::State;

use crate::error::Error;
use crate::state::Atelier;

/// Tries the token against the account, and keeps it where the person wants it.
///
/// # Errors
/// `unauthorized`: the server does not know it; `offline`: no server was reached; `keychainMissing`, `keychainLocked`:
/// it is good, but can't be kept: offer this session only.
#[tauri::command]
#[specta::specta]
pub async fn sign_in(atelier: State<'_, Atelier>, token: String, keep: Keep) -> Result<AccountState, Error> {
    atelier.studio().await?.sign_in(SecretString::from(token), keep).await
}

/// Erases the token and goes back to the sandbox.
///
/// # Errors
/// `keychainLocked`: the token could not be erased from the keychain.
#[tauri::command]
#[specta::specta]
pub async fn sign_out(atelier: State<'_, Atelier>) -> Result<AccountState, Error> {
    atelier.studio().await?.sign_out().await
}

/// Reads tier, Anlas and allowance again.
///
/// # Errors
/// None of its own: a problem stands in the state.
#[tauri::command]
#[specta::specta]
pub async fn refresh_account(atelier: State<'_, Atelier>) -> Result<AccountState, Error> {
    Ok(atelier.studio().await?.refresh_account().await)
}
