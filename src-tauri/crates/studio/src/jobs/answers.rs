//! Questions that are answered in words: what is on a picture, and how a prompt could go on. Servers that still have
//! them answer in JSON of whatever shape (api.md 13); it is kept with the job, and read when it is looked at.

use std::sync::Arc;

use novelai::client::Client;
use novelai::request::PictureId;
use novelai::tools::{Label, labels, text};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, ErrorCode};
use crate::jobs::{Job, Work, journal, queue};
use crate::shared::Shared;

/// The longest answer that is kept.
const LONGEST: usize = 1024 * 1024;
/// The longest text that is continued.
const LONGEST_PROMPT: usize = 20_000;

/// Something that a server is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Question {
    /// What is on a picture.
    Classify {
        /// The picture.
        image: PictureId,
    },
    /// How a text goes on.
    WritePrompt {
        /// The text model; none: the server's name for the first model that is offered.
        model: Option<String>,
        /// How it begins.
        prompt: String,
        /// 0 to 100: how free it is.
        #[cfg_attr(feature = "specta", specta(type = i32))]
        // a `number`; of a float specta makes `number | null`
        temperature: f64,
        /// How long it becomes.
        tokens: u32,
    },
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Answer {
    /// What is on a picture.
    Labels {
        /// The surest first; empty where the answer has another shape.
        labels: Vec<Label>,
        /// All of it: JSON.
        raw: String,
    },
    /// How a text goes on.
    Text {
        /// Empty where the answer has another shape.
        text: String,
        /// All of it: JSON.
        raw: String,
    },
}

impl From<Question> for Work {
    fn from(question: Question) -> Self {
        match question {
            Question::Classify { image } => Self::Classify { image },
            Question::WritePrompt {
                model,
                prompt,
                temperature,
                tokens,
            } => Self::WritePrompt {
                model,
                prompt,
                temperature,
                tokens,
            },
        }
    }
}

/// Queues a question under the UUID of the click, once.
pub(crate) async fn enqueue(shared: &Arc<Shared>, id: Uuid, question: Question) -> Result<Job, Error> {
    if let Question::WritePrompt { prompt, model, .. } = &question {
        let length = prompt.chars().count() + model.as_ref().map_or(0, |model| model.chars().count());
        if length > LONGEST_PROMPT {
            let message = format!("A text of more than {LONGEST_PROMPT} characters is not continued.");
            return Err(Error::new(ErrorCode::Refused, message).with_detail("prompt"));
        }
    }
    queue::enqueue_work(shared, id, question.into()).await
}

/// What came of a question.
pub(crate) async fn answer(shared: &Shared, id: Uuid) -> Result<Answer, Error> {
    let found = shared
        .database
        .call(move |connection| {
            let job = journal::get(connection, id)?;
            let raw = journal::answer(connection, id)?;
            Ok(job.zip(raw))
        })
        .await?;
    let none = || Error::new(ErrorCode::NotFound, "There is no answer to this (yet).").with_detail(id);
    let (job, raw) = found.ok_or_else(none)?;
    let value: Value = serde_json::from_str(&raw).unwrap_or_default();
    Ok(match job.work {
        Work::Classify { .. } => Answer::Labels {
            labels: labels(&value),
            raw,
        },
        Work::WritePrompt { .. } => Answer::Text {
            text: text(&value).unwrap_or_default(),
            raw,
        },
        Work::Generate { .. }
        | Work::EncodeVibe { .. }
        | Work::Upscale { .. }
        | Work::Augment { .. }
        | Work::Enlarge { .. }
        | Work::Annotate { .. } => return Err(none()),
    })
}

/// The JSON of an answer as it is kept: without the token of the client that fetched it, and no longer than is bearable.
pub(crate) fn read(bytes: &[u8], client: Option<&Client>) -> Result<String, Error> {
    let malformed = |message: &str| Error::new(ErrorCode::Malformed, message);
    let bytes = novelai::response::text(bytes, LONGEST)?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|_| malformed("The server's answer could not be read: it is no JSON."))?;
    let mut raw = serde_json::to_string_pretty(&value).map_err(Error::internal)?;
    if raw.len() > 2 * LONGEST {
        raw = value.to_string();
    }
    let Some(client) = client else { return Ok(raw) };
    let clean = client.without_token(&raw);
    if clean == raw || serde_json::from_str::<Value>(&clean).is_ok() {
        return Ok(clean);
    }
    // Where the token was written in another way, all of it is withheld.
    serde_json::to_string(&clean).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use novelai::client::BaseUrl;
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn an_answer_is_kept_without_the_token_in_any_writing() {
        const TOKEN: &str = "pst-CanaryCanaryCanary0123456789";
        let base = BaseUrl::parse("http://127.0.0.1:9").unwrap();
        let client = Client::new(base, SecretString::from(TOKEN)).unwrap();
        let escaped: String = TOKEN.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        let twice: String = TOKEN.chars().map(|c| format!("%{:02x}", u32::from(c))).collect();
        for said in [TOKEN, &escaped, &twice] {
            let raw = read(
                format!("{{\"label\":\"{said}\",\"score\":1}}").as_bytes(),
                Some(&client),
            )
            .unwrap();
            assert!(!raw.contains(TOKEN) && !raw.contains(&twice), "{raw}");
            serde_json::from_str::<Value>(&raw).unwrap();
        }
        assert_eq!(read(b"[1,2]", Some(&client)).unwrap(), "[\n  1,\n  2\n]");
    }

    #[test]
    fn what_is_no_json_or_has_no_end_is_no_answer() {
        let deep = "[".repeat(100_000);
        let long = format!("[\"{}\"]", "x".repeat(LONGEST));
        for body in ["", "<html>", "{\"labels\":[", &deep, &long] {
            assert_eq!(read(body.as_bytes(), None).unwrap_err().code, ErrorCode::Malformed);
        }
    }
}
