//! `nai classify`: labels and scores for a picture, whatever shape a server gives them.

use novelai::prepare;
use novelai::tools::labels;

use crate::cli::{Classify, Common};
use crate::connection::Connection;
use crate::error::Error;
use crate::{files, say};

pub(crate) async fn run(common: &Common, asked: Classify) -> Result<(), Error> {
    let image = prepare::as_png(&files::read(&asked.file)?)
        .map_err(|refusal| Error::from(refusal).about(asked.file.display()))?;
    let connection = Connection::open(common).await?;
    let reply = connection.client.classify(&image).await?;
    let labels = labels(&reply);
    if common.json || labels.is_empty() {
        return say::json(&reply);
    }
    for label in labels {
        let score = label.score.map_or_else(String::new, |score| format!("{score:.3}"));
        say::line(format!("{score:>6}  {}", label.label))?;
    }
    Ok(())
}
