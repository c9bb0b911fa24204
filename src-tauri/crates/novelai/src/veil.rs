//! Keeps a secret out of whatever is shown, logged or written.
//!
//! A server may echo the token in its answer, plainly or in disguise. Where it stands plainly it is struck out; where a
//! text still holds it in some other writing, the whole text is withheld: losing a message is cheaper than a token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

/// What stands for a secret.
pub(crate) const REDACTED: &str = "•••";
const WITHHELD: &str = "(not shown: it repeats the token)";
/// Shorter ones are found only where they stand plainly; in disguise they would be seen everywhere.
const SHORTEST: usize = 8;
/// How often a text is unescaped. Nobody escapes as often without an intention.
const LAYERS: usize = 4;

/// The text without the secret.
pub(crate) fn without(text: &str, secret: &SecretString) -> String {
    let plain = struck_out(text, secret);
    if is_hidden_in(&plain, secret.expose_secret()) {
        WITHHELD.into()
    } else {
        plain
    }
}

/// The text with the secret struck out where it stands plainly.
pub(crate) fn struck_out(text: &str, secret: &SecretString) -> String {
    match secret.expose_secret() {
        "" => text.to_owned(),
        secret => text.replace(secret, REDACTED),
    }
}

/// Strikes a secret out of bytes that arrive in pieces, without changing their number.
pub(crate) struct Stream {
    secret: SecretString,
    /// The last bytes, which may be the beginning of the secret.
    held: Vec<u8>,
}

impl Stream {
    pub(crate) fn new(secret: SecretString) -> Self {
        Self {
            secret,
            held: Vec::new(),
        }
    }

    /// Takes bytes and gives those that are surely past.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let secret = self.secret.expose_secret().as_bytes();
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        if secret.is_empty() {
            return all;
        }
        let mut at = 0;
        while let Some(found) = find(&all[at..], secret) {
            let start = at + found;
            at = start + secret.len();
            all[start..at].fill(b'*');
        }
        let longest = (secret.len() - 1).min(all.len() - at);
        let kept = (1..=longest)
            .rev()
            .find(|length| secret.starts_with(&all[all.len() - length..]));
        self.held = all.split_off(all.len() - kept.unwrap_or(0));
        all
    }

    /// What is still held at the end.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}

/// Whether a text holds the secret when it is read as base64, hexadecimal or escaped text, however it is broken up.
fn is_hidden_in(text: &str, secret: &str) -> bool {
    let plain = squeezed(secret);
    if plain.len() < SHORTEST {
        return false;
    }
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut marks = vec![plain, hex];
    marks.extend((0..3).map(|offset| squeezed(&base64_core(secret, offset))));
    let mut text = text.to_owned();
    for _ in 0..LAYERS {
        let seen = squeezed(&text);
        if marks.iter().any(|mark| seen.contains(mark)) {
            return true;
        }
        let next = unescaped(&text);
        if next == text {
            return false;
        }
        text = next;
    }
    true
}

/// Letters and digits alone: what breaks up a token, or tells one base64 alphabet from the other, is left out.
fn squeezed(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

/// The characters of base64 that depend on the secret alone, where it begins `offset` bytes behind a multiple of three.
fn base64_core(secret: &str, offset: usize) -> String {
    let bytes = [&[0; 3][..offset], secret.as_bytes()].concat();
    let encoded = STANDARD_NO_PAD.encode(&bytes);
    encoded[(offset * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned()
}

/// One layer of escapes taken off: `%41`, `\u0041`, `\x41`, `\/`, `&#65;`, `&#x41;`; and tags left out.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = match first {
            '%' => numbered(&rest[1..], 16, Some(2), "").map(|(c, length)| (Some(c), 1 + length)),
            '\\' => backslash(&rest[1..]).map(|(c, length)| (Some(c), 1 + length)),
            '&' => entity(&rest[1..]).map(|(c, length)| (Some(c), 1 + length)),
            '<' => rest.find('>').map(|end| (None, end + 1)),
            _ => None,
        };
        match found {
            Some((decoded, length)) => {
                plain.extend(decoded);
                rest = &rest[length..];
            }
            None => {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    plain
}

fn backslash(rest: &str) -> Option<(char, usize)> {
    match rest.chars().next()? {
        'u' | 'U' => numbered(&rest[1..], 16, Some(4), "").map(|(c, length)| (c, length + 1)),
        'x' | 'X' => numbered(&rest[1..], 16, Some(2), "").map(|(c, length)| (c, length + 1)),
        c @ ('/' | '"' | '\'' | '\\') => Some((c, 1)),
        _ => None,
    }
}

fn entity(rest: &str) -> Option<(char, usize)> {
    let named = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"')];
    if let Some((name, c)) = named.into_iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((c, name.len()));
    }
    let number = rest.strip_prefix('#')?;
    match number.strip_prefix(['x', 'X']) {
        Some(hex) => numbered(hex, 16, None, ";").map(|(c, length)| (c, length + 2)),
        None => numbered(number, 10, None, ";").map(|(c, length)| (c, length + 1)),
    }
}

/// A character by its number, of so many digits or of up to eight, and what stands behind them. Only ASCII: tokens
/// have nothing else.
fn numbered(text: &str, radix: u32, digits: Option<usize>, end: &str) -> Option<(char, usize)> {
    let length = match digits {
        Some(length) => length,
        None => text.find(|c: char| !c.is_digit(radix))?,
    };
    let number = text.get(..length).filter(|number| (1..=8).contains(&number.len()))?;
    if !number.chars().all(|c| c.is_digit(radix)) || !text[length..].starts_with(end) {
        return None;
    }
    let byte = u8::try_from(u32::from_str_radix(number, radix).ok()?).ok()?;
    byte.is_ascii().then(|| (char::from(byte), length + end.len()))
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    /// The ways in which a server may repeat a token.
    pub(crate) fn disguises(token: &str) -> Vec<String> {
        let (start, end) = token.split_at(token.len() / 2);
        let each = |form: &dyn Fn(u8) -> String| token.bytes().map(form).collect::<String>();
        vec![
            token.to_owned(),
            format!("{token}{token}"),
            STANDARD.encode(token),
            URL_SAFE_NO_PAD.encode(format!("Bearer {token}, refused")),
            STANDARD.encode(format!(":{token}:")),
            each(&|byte| format!("%{byte:02X}")),
            each(&|byte| format!("%25{byte:02x}")),
            each(&|byte| format!("\\u{byte:04x}")),
            each(&|byte| format!("\\\\u00{byte:02X}")),
            each(&|byte| format!("&#{byte};")),
            each(&|byte| format!("&#x{byte:x};")),
            each(&|byte| format!("{byte:02x}")),
            each(&|byte| format!("{} ", char::from(byte))),
            format!("\\u{:04x}{}", token.as_bytes()[0], &token[1..]),
            format!("{start}\",\"{end}"),
            format!("{start}<b></b>{end}"),
            format!("{start}\n{end}"),
            token.to_uppercase(),
        ]
    }

    #[test]
    fn honest_words_are_left_alone() {
        let secret = SecretString::from("pst-AbCdEfGh0123456789");
        for text in [
            "Validation error: 100%25 of A&amp;B <b>\\u0041</b>",
            "",
            "no such token: pst-AbCd",
        ] {
            assert_eq!(without(text, &secret), text);
        }
        let short = SecretString::from("t");
        assert_eq!(without("a t b", &short), "a ••• b");
        assert_eq!(without("YXQ=", &short), "YXQ=");
    }

    proptest! {
        #[test]
        fn a_token_is_seen_through_any_disguise(token in "[A-Za-z0-9._~+/-]{4,60}[A-Za-z0-9]{12}={0,2}", before in "[a-z :]{0,9}") {
            let secret = SecretString::from(token.clone());
            for disguise in disguises(&token) {
                let shown = without(&format!("{before}{disguise}{before}"), &secret);
                prop_assert!(!shown.contains(&token) && !shown.contains(&disguise), "{shown}");
            }
        }

        #[test]
        fn a_token_is_struck_out_of_a_stream_however_it_is_cut(
            before in proptest::collection::vec(any::<u8>(), 0..40),
            after in "[pstAb-]{0,40}",
            size in 1_usize..30,
        ) {
            let token = "pst-pst-AbpstAb";
            let sent = [&before[..], token.as_bytes(), after.as_bytes(), token.as_bytes()].concat();
            let mut stream = Stream::new(SecretString::from(token));
            let mut seen: Vec<u8> = sent.chunks(size).flat_map(|piece| stream.push(piece)).collect();
            seen.extend(stream.finish());
            prop_assert_eq!(seen.len(), sent.len());
            prop_assert!(find(&seen, token.as_bytes()).is_none());
            prop_assert!(seen.ends_with(&[b'*'; 4]));
            for (seen, sent) in seen.iter().zip(&sent) {
                prop_assert!(seen == sent || *seen == b'*');
            }
        }

        #[test]
        fn no_text_is_too_odd(text in any::<String>(), escaped in "[%\\\\&#xu0-9a-f;<>é]{0,40}") {
            let secret = SecretString::from("pst-AbCdEfGh0123456789");
            without(&text, &secret);
            without(&escaped, &secret);
        }
    }
}
