//! `nai prompt`: words that go on from a prompt, where a server still has that.

use novelai::tools::text;

use crate::cli::{Common, Prompt};
use crate::connection::{self, Connection};
use crate::error::Error;
use crate::paid::{Purchase, What};
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
    // Nobody names a price for it, so the rules that need one do not let it through.
    let purchase = Purchase {
        what: What::new("writePrompt", None),
        anlas: None,
        limit: None,
        pictures: 0,
        seed: None,
        first_index: 0,
    };
    let client = &connection.client;
    let ask = async || {
        client
            .generate_prompt(&model, &asked.text, asked.temperature, asked.tokens)
            .await
    };
    let reply = purchase.answer(&connection, ask).await?;
    // Where there is no text to be found, all of the reply is shown.
    match text(&reply).filter(|_| !common.json) {
        Some(text) => say::line(text),
        None => say::json(&reply),
    }
}
