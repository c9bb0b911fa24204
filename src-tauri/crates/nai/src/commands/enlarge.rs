//! `nai upscale --local`: pictures made larger on this computer. No server is asked, and no token is needed.

use novelai::metadata;
use novelai::request::ImageFormat;
use novelai::response::Picture;
use studio::LocalWay;
use studio::download::Download;
use studio::enlarge::{Watch, enlarge_file};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::cli::{Common, Upscale};
use crate::error::{Error, Kind};
use crate::files;
use crate::paid::Saved;
use crate::progress::Progress;
use crate::stop::is_stopped;
use crate::target::Place;

pub(crate) async fn run(common: &Common, asked: Upscale) -> Result<(), Error> {
    let way = match asked.lanczos {
        true => LocalWay::Lanczos,
        false => LocalWay::Waifu2x { noise: asked.noise },
    };
    let scale = if asked.scale == "4" { 4 } else { 2 };
    let mut saved: Vec<Saved> = Vec::new();
    for (index, file) in (0_u32..).zip(&asked.files) {
        let image = files::read(file)?;
        files::picture_size(file, &image)?;
        let usual = format!("{}-upscaled", files::stem(file));
        let place = Place::read(asked.target.out.as_deref(), Some(&usual)).for_several(asked.files.len() > 1);
        let download = Download::begin(&place.folder, Uuid::new_v4())?;
        let seed = metadata::read(&image).ok().and_then(|told| told.seed());
        let made = larger(image, way, scale, common.json).await;
        let kept = made.and_then(|bytes| {
            let picture = Picture {
                index,
                format: ImageFormat::Png,
                size: files::picture_size(file, &bytes)?,
                bytes: bytes.into(),
            };
            let file = download.save(&place.template, &picture, seed)?;
            Ok(Saved::new(&file, &picture, seed))
        });
        download.done()?;
        saved.push(kept.map_err(|error| error.about(file.display()))?);
    }
    super::tell(common, &saved)
}

async fn larger(image: bytes::Bytes, way: LocalWay, scale: u8, quiet: bool) -> Result<bytes::Bytes, Error> {
    let progress = Progress::new(1, 1, quiet);
    let told = progress.told();
    let work = spawn_blocking(move || {
        let watch = Watch {
            progress: &told,
            stopped: &is_stopped,
        };
        enlarge_file(&image, way, scale, watch)
    });
    let made = work.await;
    progress.end();
    let made = made.map_err(|error| Error::new(Kind::Internal, error.to_string()))??;
    made.ok_or_else(Error::cancelled)
}
