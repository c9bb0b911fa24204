//! `nai upscale`: pictures twice as wide and high.

use novelai::{cost, prepare};

use crate::cli::{Common, Upscale};
use crate::connection::{self, Connection};
use crate::error::Error;
use crate::files;
use crate::paid::{Purchase, Saved, What};
use crate::progress::Progress;
use crate::target::Place;

pub(crate) async fn run(common: &Common, asked: Upscale) -> Result<(), Error> {
    let connection = Connection::open(common).await?;
    let model = match &asked.model {
        Some(name) => connection::model(&connection.registry, name)?,
        None => connection::first_model(&connection.registry, novelai::model::Model::can_upscale)?,
    };
    let mut saved: Vec<Saved> = Vec::new();
    for (index, file) in (0_u32..).zip(&asked.files) {
        let image = files::read(file)?;
        let size = files::picture_size(file, &image)?;
        let image = prepare::as_png(&image).map_err(|refusal| Error::from(refusal).about(file.display()))?;
        let anlas =
            cost::upscale(size, &connection.registry).map_err(|refusal| Error::from(refusal).about(file.display()))?;
        let purchase = Purchase {
            what: What::new("upscale", Some(&model.id)),
            anlas: Some(anlas),
            limit: asked.target.max_anlas,
            pictures: 1,
            seed: None,
            first_index: index,
        };
        let before = connection.account().await?;
        let usual = format!("{}-upscaled", files::stem(file));
        let place = Place::read(asked.target.out.as_deref(), Some(&usual)).for_several(asked.files.len() > 1);
        let send = async || connection.client.upscale(&image, &model.id, asked.sharpen).await;
        let made = purchase
            .make(&connection, &before, &place, Progress::unknown(common.json), send)
            .await;
        saved.extend(made.map_err(|error| error.about(file.display()))?);
    }
    super::tell(common, &saved)
}
