//! `nai prompt`: words that go on from a prompt, where a server still has that.

use novelai::tools::text;

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
    // Where there is no text to be found, all of the reply is shown.
    match text(&reply).filter(|_| !common.json) {
        Some(text) => say::line(text),
        None => say::json(&reply),
    }
}
