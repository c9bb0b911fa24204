//! `nai prompt`: words that go on from a prompt, where a server still has that.

use serde_json::Value;

use crate::cli::{Common, Prompt};
use crate::connection::{self, Connection};
use crate::error::Error;
use crate::say;

pub(crate) async fn run(common: &Common, asked: Prompt) -> Result<(), Error> {
    let connection = Connection::open(common).await?;
    let model = match asked.model {
        Some(model) => model,
        None => connection::first_model(&connection.registry, |model| model.offered)?
            .id
            .0
            .clone(),
    };
    let reply = connection
        .client
        .generate_prompt(&model, &asked.text, asked.temperature, asked.tokens)
        .await?;
    // Servers name the text differently; where none of the names is there, all of the reply is shown.
    let text = ["output", "text", "prompt", "generated_text"]
        .iter()
        .find_map(|name| reply.get(*name).and_then(Value::as_str));
    match text.filter(|_| !common.json) {
        Some(text) => say::line(text),
        None => say::json(&reply),
    }
}
