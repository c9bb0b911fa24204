//! `nai annotate`: a map of a picture.

use novelai::client::Annotator;
use novelai::prepare;

use crate::cli::{Annotate, AnnotatorName, Common};
use crate::connection::Connection;
use crate::error::Error;
use crate::files;
use crate::paid::{Purchase, What};
use crate::progress::Progress;
use crate::target::Place;

pub(crate) async fn run(common: &Common, asked: Annotate) -> Result<(), Error> {
    let image = prepare::as_png(&files::read(&asked.file)?)
        .map_err(|refusal| Error::from(refusal).about(asked.file.display()))?;
    let (annotator, name) = match asked.annotator {
        AnnotatorName::Hed => (Annotator::Hed, "hed"),
        AnnotatorName::Midas => (Annotator::Midas, "midas"),
        AnnotatorName::FakeScribble => (Annotator::FakeScribble, "scribble"),
        AnnotatorName::Mlsd => (Annotator::Mlsd, "mlsd"),
        AnnotatorName::Uniformer => (Annotator::Uniformer, "uniformer"),
    };
    let connection = Connection::open(common).await?;
    let purchase = Purchase {
        what: What::new("annotate", None),
        // The service names no price for it, and an unknown price is not a price of zero.
        anlas: None,
        limit: asked.target.max_anlas,
        pictures: 1,
        seed: None,
        first_index: 0,
    };
    let before = connection.account().await?;
    let usual = format!("{}-{name}", files::stem(&asked.file));
    let place = Place::read(asked.target.out.as_deref(), Some(&usual));
    let send = async || connection.client.annotate(annotator, &image).await;
    let saved = purchase
        .make(&connection, &before, &place, Progress::unknown(common.json), send)
        .await?;
    super::tell(common, &saved)
}
