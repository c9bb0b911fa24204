//! Vibes: encoded once, kept in a file beside the picture, and found there again. Each encoding costs Anlas.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use novelai::account::Account;
use novelai::client::Call;
use novelai::cost;
use novelai::model::Model;
use novelai::payload::Pictures;
use novelai::request::GenerateRequest;
use novelai::vibe_file::{self, Encoding, Import, Thumbnail, ThumbnailFormat, VibeFile};
use novelai::{metadata, prepare, response};
use studio::download::write_file;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::connection::Connection;
use crate::error::{Error, Kind};
use crate::paid::{Purchase, What, keep};
use crate::{files, say};

/// What a vibe's name led to.
pub(crate) enum Found {
    /// An encoding for the model, with the Information Extracted that was wanted.
    Encoded(Bytes),
    /// A picture that is yet to be encoded.
    Picture(Bytes),
}

/// Looks for an encoding in a vibe file, or in one that lies beside a picture.
pub(crate) fn find(path: &Path, bytes: &Bytes, model: &Model, extraction: f64) -> Result<Found, Error> {
    if metadata::read_texts(bytes).is_ok() && !is_carrier(bytes) {
        for beside in [beside(path, None), beside(path, Some((model, extraction)))] {
            let Ok(kept) = files::read(&beside) else { continue };
            if let Some(encoding) = encoding(&kept, model, extraction, Some(bytes)) {
                return Ok(Found::Encoded(encoding));
            }
        }
        return Ok(Found::Picture(bytes.clone()));
    }
    let read = vibe_file::read(bytes).map_err(|error| {
        Error::files(format!(
            "{} is neither a picture nor a vibe file: {error}.",
            path.display()
        ))
    })?;
    if let Some(encoding) = encoding(bytes, model, extraction, None) {
        return Ok(Found::Encoded(encoding));
    }
    match read.vibes.into_iter().find_map(|vibe| vibe.image) {
        Some(picture) => Ok(Found::Picture(picture)),
        None => {
            let message = format!(
                "{} has no encoding for {} with Information Extracted {extraction}, and no picture to make one of.",
                path.display(),
                model.short_name
            );
            Err(Error::new(Kind::Refused, message).with("field", "references.vibes"))
        }
    }
}

/// A PNG that carries vibes is one of the forms of a vibe file.
fn is_carrier(bytes: &[u8]) -> bool {
    vibe_file::read(bytes).is_ok()
}

/// The encoding in a vibe file; with `of` only if it is that of this picture.
fn encoding(file: &[u8], model: &Model, extraction: f64, of: Option<&Bytes>) -> Option<Bytes> {
    let vibes = vibe_file::read(file).ok()?.vibes;
    let png = of.and_then(|picture| prepare::as_png(picture).ok());
    vibes
        .iter()
        .filter(|vibe| of.is_none() || vibe.image == png || vibe.image.as_ref() == of)
        .find_map(|vibe| vibe.encoding_for(model, extraction))
        .map(|encoding| encoding.bytes.clone())
}

/// The vibe file of a picture; a second one, for other models or settings, says which.
fn beside(path: &Path, which: Option<(&Model, f64)>) -> PathBuf {
    let stem = files::stem(path);
    let name = match which {
        None => format!("{stem}.naiv4vibe"),
        Some((model, extraction)) => {
            format!(
                "{stem}-{}-{extraction}.naiv4vibe",
                model.vibe_key().unwrap_or("unknown")
            )
        }
    };
    path.with_file_name(name)
}

/// Encodes what a request still has to have encoded, keeps each beside its picture, and puts it into the luggage. Gives
/// the account as it is then.
pub(crate) async fn encode_missing(
    connection: &Connection,
    before: &Account,
    request: &mut GenerateRequest,
    pictures: &mut Pictures,
    model: &Model,
    limit: Option<u32>,
) -> Result<Account, Error> {
    let mut account = before.clone();
    if !model.encodes_vibes() {
        return Ok(account);
    }
    for vibe in &mut request.references.vibes {
        let Some(picture) = pictures.get(&vibe.image).filter(|_| !vibe.encoded).cloned() else {
            continue;
        };
        let path = Path::new(&vibe.image.0);
        let plain = beside(path, None);
        let to = if plain.exists() {
            beside(path, Some((model, vibe.extraction)))
        } else {
            plain
        };
        let bytes = encode(connection, &account, &picture, model, vibe.extraction, &to, limit).await?;
        account = connection.account().await?;
        say::note(format!("The vibe is kept in {}.", to.display()));
        vibe.encoded = true;
        pictures.insert(vibe.image.clone(), bytes);
    }
    Ok(account)
}

/// Encodes a picture (PNG) and keeps it in a file of this name.
pub(crate) async fn encode(
    connection: &Connection,
    before: &Account,
    picture: &Bytes,
    model: &Model,
    extraction: f64,
    to: &Path,
    limit: Option<u32>,
) -> Result<Bytes, Error> {
    if to.exists() {
        let message = format!(
            "There is a file {} already. Choose another name; nothing was sent.",
            to.display()
        );
        return Err(Error::files(message));
    }
    let what = What::new("encodeVibe", Some(&model.id));
    let purchase = Purchase::plain(what, cost::encode_vibe(&connection.registry), limit);
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let call = Call::EncodeVibe {
        image: picture,
        model: &model.id,
        extraction,
    };
    let send = async || connection.client.send(&call).await;
    let (download, encoded) = purchase
        .file(
            connection,
            before,
            folder.unwrap_or(Path::new(".")),
            response::check_vibe,
            send,
        )
        .await?;
    let bytes = Bytes::from(encoded);
    let written = file(picture, &bytes, model, extraction).and_then(|vibe| Ok(vibe_file::write(&vibe)?));
    match written.and_then(|text| Ok(write_file(to, text.as_bytes())?)) {
        Ok(()) => {
            download.done()?;
            Ok(bytes)
        }
        Err(error) => Err(keep(download, &[], error)),
    }
}

fn file(picture: &Bytes, encoded: &Bytes, model: &Model, extraction: f64) -> Result<VibeFile, Error> {
    const THUMBNAIL_SIDE: u32 = 256;
    let date = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let created_at = OffsetDateTime::now_utc()
        .format(date)
        .map_err(|error| Error::new(Kind::Internal, error.to_string()))?;
    Ok(VibeFile {
        image: Some(picture.clone()),
        encodings: vec![Encoding {
            model_key: model.vibe_key().unwrap_or_default().to_owned(),
            extraction: Some(extraction),
            mask: None,
            bytes: encoded.clone(),
        }],
        name: None,
        thumbnail: Some(Thumbnail {
            format: ThumbnailFormat::Jpeg,
            bytes: studio::small_jpeg(picture, THUMBNAIL_SIDE)?.into(),
        }),
        created_at: Some(created_at),
        import: Some(Import {
            model: model.id.0.clone(),
            extraction,
            strength: 0.6,
        }),
    })
}
