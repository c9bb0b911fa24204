//! `nai sandbox`: a local NovelAI that runs until it is stopped.

use std::time::Duration;

use sandbox::{Fault, Options, Sandbox as Server};
use serde_json::json;

use crate::cli::{Common, Sandbox};
use crate::error::{Error, Kind};
use crate::{say, stop};

pub(crate) async fn run(common: &Common, asked: Sandbox) -> Result<(), Error> {
    if common.sandbox || common.api_url.is_some() {
        return Err(Error::usage(
            "This starts a server of its own: --sandbox and --api-url have no meaning here.",
        ));
    }
    let faults = asked
        .fault
        .iter()
        .map(|text| fault(text))
        .collect::<Result<Vec<_>, _>>()?;
    let server = Server::start(Options {
        port: asked.port,
        token: asked.token,
        tier: asked.tier.number(),
        anlas: asked.anlas,
        usage_percent: asked.usage_percent,
        step_delay: Duration::from_millis(asked.delay),
        ..Options::default()
    })
    .await
    .map_err(|error| Error::new(Kind::Offline, format!("{error}.")))?;
    for fault in faults {
        server.fail_next(fault);
    }
    say::json_line(&json!({ "url": server.url(), "token": server.token() }))?;
    stop::stopped().await;
    server.stop().await;
    Ok(())
}

/// A fault as it is typed.
fn fault(text: &str) -> Result<Fault, Error> {
    let wrong = || {
        Error::usage(format!(
            "{text} is no fault that the sandbox knows. See `nai help sandbox`."
        ))
    };
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|_| wrong());
    }
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let numbers: Vec<u64> = parts
        .map(|part| part.parse().map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    let status = |status: u64| {
        u16::try_from(status)
            .ok()
            .filter(|status| (400..600).contains(status))
            .ok_or_else(wrong)
    };
    let frames = |frames: u64| u32::try_from(frames).map_err(|_| wrong());
    Ok(match (name, numbers.as_slice()) {
        ("status", [code]) => plain_status(status(*code)?, None, false),
        ("status", [code, retry_after]) => plain_status(status(*code)?, Some(*retry_after), false),
        ("charged", [code]) => plain_status(status(*code)?, None, true),
        ("cut", [after_bytes]) => Fault::CutBody {
            after_bytes: *after_bytes,
        },
        ("stall", [after_bytes]) => Fault::StallBody {
            after_bytes: *after_bytes,
        },
        ("reset", [after_frames]) => Fault::ResetStream {
            after_frames: frames(*after_frames)?,
        },
        ("slow", [milliseconds]) => Fault::Slow(Duration::from_millis(*milliseconds)),
        ("html", []) => Fault::Html,
        ("type", []) => Fault::WrongContentType,
        _ => return Err(wrong()),
    })
}

fn plain_status(status: u16, retry_after: Option<u64>, after_charging: bool) -> Fault {
    Fault::Status {
        status,
        body: None,
        retry_after,
        after_charging,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_help_says() {
        assert_eq!(fault("status:429:3").unwrap(), plain_status(429, Some(3), false));
        assert_eq!(fault("charged:500").unwrap(), plain_status(500, None, true));
        assert_eq!(fault("cut:2000").unwrap(), Fault::CutBody { after_bytes: 2000 });
        assert_eq!(fault(r#"{"kind":"html"}"#).unwrap(), Fault::Html);
        for wrong in ["", "status", "status:200", "cut:x", "html:1", "{}", "fire"] {
            assert!(fault(wrong).is_err(), "{wrong}");
        }
    }
}
