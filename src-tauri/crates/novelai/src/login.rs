//! From e-mail and password to the key that is sent to log in (api.md 1.3). The password never leaves the machine.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use blake2::digest::{Digest, consts::U16};
use secrecy::{ExposeSecret, SecretString};

use crate::check::Refusal;

/// The service reckons in two million bytes, and its library in whole kibibytes.
const MEMORY: u32 = 2_000_000 / 1024;
const KEY_LENGTH: usize = 64;

/// The access key. It takes a second and two megabytes: call it where it may block.
///
/// # Errors
///
/// A [`Refusal`] where e-mail or password is empty.
pub fn access_key(email: &str, password: &SecretString) -> Result<SecretString, Refusal> {
    let email = email.trim().to_lowercase();
    let password = password.expose_secret();
    for (field, text) in [("email", email.as_str()), ("password", password)] {
        if text.is_empty() {
            return Err(Refusal::new(field, format!("The {field} is missing.")));
        }
    }
    let salt = salt(&email, password);
    let parameters = Params::new(MEMORY, 2, 1, Some(KEY_LENGTH)).expect("the numbers are within the bounds");
    let mut raw = [0; KEY_LENGTH];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(password.as_bytes(), &salt, &mut raw)
        .map_err(|_| Refusal::new("password", "The password is too long."))?;
    let mut key = URL_SAFE.encode(raw);
    key.truncate(KEY_LENGTH);
    Ok(SecretString::from(key))
}

fn salt(email: &str, password: &str) -> [u8; 16] {
    // Six characters as JavaScript counts them.
    let start: Vec<u16> = password.encode_utf16().take(6).collect();
    let text = format!("{}{email}novelai_data_access_key", String::from_utf16_lossy(&start));
    blake2::Blake2b::<U16>::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_service() {
        for (email, password, salted, key) in [
            (
                "test@example.com",
                "hunter2pass",
                "f9a981d41d5b57fb34b519f08531a09f",
                "t4RscJAPIIlKE9KXqu_sGX4DNXw1kAUedNkVJdEJxCv9Y3VBqgLI67mOUFi2RQ1M",
            ),
            (
                " User@Example.com ",
                "pass",
                "a63006c51585f040abc38c23b2b3bb74",
                "t3RYoiH9oGiRjCHgZGFeIncS5NtSYoRlsTSVzLLtUk18OU4WcxISwsD8dcrmDVp9",
            ),
        ] {
            let found = access_key(email, &SecretString::from(password)).unwrap();
            assert_eq!(found.expose_secret(), key);
            let salt = salt(&email.trim().to_lowercase(), password);
            let hex: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, salted);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(access_key(" ", &SecretString::from("x")).unwrap_err().field, "email");
        assert_eq!(
            access_key("a@b.c", &SecretString::from("")).unwrap_err().field,
            "password"
        );
    }
}
