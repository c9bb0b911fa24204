//! `nai tags`: tags that go on from what was typed.

use crate::cli::{Common, Tags};
use crate::connection::{self, Connection};
use crate::error::Error;
use crate::say;

pub(crate) async fn run(common: &Common, asked: Tags) -> Result<(), Error> {
    let connection = Connection::open(common).await?;
    let model = match &asked.model {
        Some(name) => connection::model(&connection.registry, name)?,
        None => connection::first_model(&connection.registry, |model| model.offered)?,
    };
    let tags = connection
        .client
        .suggest_tags(&model.id, &asked.text, asked.japanese)
        .await?;
    if common.json {
        return say::json(&tags);
    }
    for tag in tags {
        let count = tag.count.map(|count| count.to_string()).unwrap_or_default();
        let japanese = tag.japanese.unwrap_or_default();
        say::line(format!("{:<40} {count:>9} {japanese}", tag.tag).trim_end())?;
    }
    Ok(())
}
