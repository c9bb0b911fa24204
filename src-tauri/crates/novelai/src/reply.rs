//! What a server says when it doesn't give a picture: found in a body of any shape, and made fit to be shown.
//!
//! Nothing that a server wrote leaves this crate without passing through `clean`: one line, at most 500 characters, and
//! no token, even where the server echoes it.

use std::borrow::Cow;
use std::io::Read;
use std::time::{Duration, SystemTime};

use flate2::read::MultiGzDecoder;
use secrecy::SecretString;
use serde_json::Value;

use crate::error::{Error, Reply};
use crate::veil::{self, REDACTED};

/// The most that is read of a body that is no picture.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

const MESSAGE_LIMIT: usize = 500;
const RETRY_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The error that a status other than 2xx stands for (api.md 2.10).
pub(crate) fn error(reply: Reply, retry_after: Option<Duration>) -> Error {
    match reply.status {
        401 => Error::Unauthorized(reply),
        402 => Error::InsufficientAnlas(reply),
        429 => Error::Busy { retry_after, reply },
        300..500 => Error::Rejected(reply),
        _ => Error::Unavailable(reply),
    }
}

/// The bytes of a body that was compressed although that was not asked for, or the body itself. What a server calls
/// it is not looked at: only the bytes tell.
pub(crate) fn unpacked(body: &[u8], limit: usize) -> Cow<'_, [u8]> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Cow::Borrowed(body);
    }
    let mut bytes = Vec::new();
    let _ = MultiGzDecoder::new(body).take(limit as u64).read_to_end(&mut bytes);
    // A body that breaks off is worth what came before.
    Cow::Owned(bytes)
}

/// The beginning of a body where it is text. Not yet clean.
pub(crate) fn snippet(body: &[u8]) -> String {
    // Enough for what is kept of it, even where much of it is white space.
    let start = &body[..body.len().min(8 * MESSAGE_LIMIT)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return String::new(),
    };
    if text.contains('\0') {
        String::new()
    } else {
        text.to_owned()
    }
}

/// The message in a body, whatever its shape. Not yet clean.
pub(crate) fn message(body: &[u8]) -> Option<String> {
    // A JSON message was once seen with the bytes of an archive behind it, so only the first value is read.
    if let Some(Ok(value)) = serde_json::Deserializer::from_slice(body).into_iter::<Value>().next()
        && (value.is_object() || value.is_array() || value.is_string())
    {
        return json_message(&value);
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('<') {
        html_message(text)
    } else {
        Some(text.to_owned()).filter(|text| !text.is_empty())
    }
}

fn json_message(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(parts) => {
            let parts: Vec<String> = parts.iter().take(8).filter_map(json_message).collect();
            (!parts.is_empty()).then(|| parts.join("; "))
        }
        Value::Object(fields) => [
            "message",
            "error",
            "detail",
            "details",
            "errors",
            "msg",
            "error_description",
            "title",
        ]
        .iter()
        .find_map(|name| fields.get(*name).and_then(json_message)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The title of a web page, or else its words.
fn html_message(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|tag| {
        let start = tag + lower[tag..].find('>')? + 1;
        let end = start + lower[start..].find("</title")?;
        page.get(start..end).map(str::trim).filter(|title| !title.is_empty())
    });
    let text = match title {
        Some(title) => title.to_owned(),
        None => {
            let mut inside = false;
            let words = page.chars().map(|c| match c {
                '<' => {
                    inside = true;
                    ' '
                }
                '>' => {
                    inside = false;
                    ' '
                }
                _ if inside => ' ',
                _ => c,
            });
            words.collect()
        }
    };
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    let text = entities
        .iter()
        .fold(text, |text, (entity, plain)| text.replace(entity, plain));
    (!text.trim().is_empty()).then_some(text)
}

/// One line, short, and without what looks like a token.
pub(crate) fn clean(text: &str) -> String {
    finish(&one_line(text))
}

/// As [`clean`], and without this token, whatever it looks like and however it is written.
pub(crate) fn clean_of(text: &str, token: &SecretString) -> String {
    finish(&one_line(&veil::without(text, token)))
}

fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn finish(line: &str) -> String {
    let line = without_token_shapes(line);
    match line.char_indices().nth(MESSAGE_LIMIT) {
        None => line,
        Some(_) => line.chars().take(MESSAGE_LIMIT - 1).chain(['…']).collect(),
    }
}

/// Takes out whatever has the shape of a token: `pst-…`, a JWT, or 24 letters and digits without a break.
fn without_token_shapes(line: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(run);
        let begins = ["pst-", "eyJ"].iter().filter_map(|mark| word.find(mark)).min();
        match begins {
            Some(at) if word.len() - at >= 8 => {
                out.push_str(&without_long_runs(&word[..at]));
                out.push_str(REDACTED);
            }
            _ => out.push_str(&without_long_runs(word)),
        }
        let between = after.find(is_token).unwrap_or(after.len());
        out.push_str(&after[..between]);
        rest = &after[between..];
    }
    out
}

fn without_long_runs(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for part in word.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let run = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        out.push_str(if run.len() >= 24 { REDACTED } else { run });
        out.push_str(&part[run.len()..]);
    }
    out
}

/// `Retry-After`: seconds, or a date that is measured against the `Date` of the same reply (this crate has no clock).
pub(crate) fn retry_after(value: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let value = value?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(RETRY_LIMIT));
    }
    let now: SystemTime = httpdate::parse_http_date(date?.trim()).ok()?;
    let then = httpdate::parse_http_date(value).ok()?;
    Some(then.duration_since(now).unwrap_or_default().min(RETRY_LIMIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(body: &str) -> String {
        message(body.as_bytes()).map_or_else(|| "nothing".into(), |message| clean(&message))
    }

    #[test]
    fn the_message_is_found_in_any_shape() {
        assert_eq!(
            said(r#"{"statusCode":429,"message":"Concurrent generation is locked"}"#),
            "Concurrent generation is locked"
        );
        assert_eq!(said(r#"{"error":"no"}"#), "no");
        assert_eq!(said(r#"{"error":{"code":7,"message":"deep"}}"#), "deep");
        assert_eq!(said(r#"{"message":["one","two"]}"#), "one; two");
        assert_eq!(said(r#"{"message":"","error":"second"}"#), "second");
        assert_eq!(said(r#"{"detail":[{"msg":"field required"}]}"#), "field required");
        assert_eq!(said(r#""just text""#), "just text");
        assert_eq!(said("upstream connect\r\n  error"), "upstream connect error");
        assert_eq!(
            said("<!DOCTYPE html><html><head><TITLE lang=en> 502 &amp; gone </TITLE></head>"),
            "502 & gone"
        );
        assert_eq!(said("<p>Bad <b>gateway</b></p>"), "Bad gateway");
        assert_eq!(said("429"), "429");
        for empty in [
            "",
            "  \n",
            "{}",
            "[]",
            "<html></html>",
            r#"{"statusCode":500}"#,
            "<title></title>",
        ] {
            assert_eq!(said(empty), "nothing", "{empty}");
        }
    }

    #[test]
    fn a_json_message_counts_although_an_archive_follows() {
        let mut body = br#"{"message":"model doesn't support action infill"}"#.to_vec();
        body.extend_from_slice(b"PK\x03\x04\xff\xfe");
        assert_eq!(message(&body).as_deref(), Some("model doesn't support action infill"));
    }

    #[test]
    fn deep_or_broken_json_is_only_text() {
        assert!(message("[".repeat(100_000).as_bytes()).is_some());
        assert_eq!(said("{\"message\": \"cut of"), "{\"message\": \"cut of");
    }

    #[test]
    fn messages_are_short() {
        let long = clean(&"word ".repeat(1000));
        assert_eq!(long.chars().count(), MESSAGE_LIMIT);
        assert!(long.ends_with('…'));
        assert_eq!(clean(&"é ".repeat(250)).chars().count(), 499);
    }

    #[test]
    fn what_looks_like_a_token_is_taken_out() {
        assert_eq!(clean("token pst-AbC123xyz refused"), "token ••• refused");
        assert_eq!(clean("xpst-AbC123xyz"), "x•••");
        assert_eq!(clean("Bearer eyJhbGciOi.eyJzdWIi.sig-_x"), "Bearer •••");
        assert_eq!(clean("key=0123456789abcdef0123456789abcdef!"), "key=•••!");
        let kept = "model nai-diffusion-4-5-curated-inpainting, field director_reference_strength_values";
        assert_eq!(clean(kept), kept);
    }

    #[test]
    fn waiting_is_told_in_seconds_or_as_a_date() {
        let date = Some("Sun, 22 Nov 2026 20:00:00 GMT");
        let seconds = |value, date| retry_after(value, date).map(|wait| wait.as_secs());
        assert_eq!(seconds(Some("7"), None), Some(7));
        assert_eq!(seconds(Some(" 0 "), None), Some(0));
        assert_eq!(seconds(Some("Sun, 22 Nov 2026 20:01:30 GMT"), date), Some(90));
        assert_eq!(seconds(Some("Sunday, 22-Nov-26 20:01:30 GMT"), date), Some(90));
        assert_eq!(seconds(Some("Sun, 22 Nov 2026 19:00:00 GMT"), date), Some(0));
        assert_eq!(seconds(Some("Sun, 22 Nov 2026 20:01:30 GMT"), None), None);
        assert_eq!(seconds(Some("18446744073709551615"), None), Some(86_400));
        for nonsense in ["", "-1", "soon", "1.5", "99999999999999999999999"] {
            assert_eq!(seconds(Some(nonsense), date), None, "{nonsense}");
        }
        assert_eq!(seconds(None, date), None);
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Some(message) = message(&body) {
                prop_assert!(clean(&message).chars().count() <= MESSAGE_LIMIT);
            }
        }

        #[test]
        fn no_page_is_too_odd(page in "[<>/a-zA-Z &;é=\"']{0,60}(<title>)?[<>/a-z İ&;]{0,20}(</title>)?") {
            message(page.as_bytes());
        }

        #[test]
        fn a_token_is_cleaned_from_wherever_it_stands(
            token in "[A-Za-z0-9._~+/-]{16,80}={0,2}",
            before in "[a-z<>{}\" \n.]{0,30}",
            after in "[a-z<>{}\" \n.]{0,30}",
        ) {
            let secret = SecretString::from(token.clone());
            let text = format!("{before}{token}{after}{token}{token}");
            prop_assert!(!clean_of(&text, &secret).contains(&token));
        }
    }
}
