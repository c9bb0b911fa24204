//! Vibes as a file for others: the picture, everything it was encoded to, and the settings it is used with.

use novelai::model::{Model, Registry};
use novelai::prepare;
use novelai::request::Vibe;
use novelai::vibe_file::{self, Encoding, Import, Thumbnail, ThumbnailFormat, VibeFile};
use time::OffsetDateTime;
use time::macros::format_description;

use super::{Encodings, Realm, rounded};
use crate::error::{Error, ErrorCode};
use crate::inputs::Store;
use crate::library::thumbnails::small_jpeg;

const THUMBNAIL_SIDE: u32 = 256;

/// A vibe file that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VibeExport {
    /// How it may be called.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A file of one vibe, or a bundle of several. Blocks.
pub(crate) fn export(
    vibes: &[Vibe],
    store: &Store,
    encodings: &Encodings,
    registry: &Registry,
    realm: Realm,
) -> Result<VibeExport, Error> {
    let files: Vec<VibeFile> = vibes
        .iter()
        .map(|vibe| file(vibe, store, encodings, registry, realm))
        .collect::<Result<_, _>>()?;
    match files.as_slice() {
        [] => Err(Error::new(ErrorCode::Refused, "There is no vibe to save.").with_detail("vibes")),
        [one] => Ok(VibeExport {
            name: format!("{}.naiv4vibe", short(&vibes[0])),
            text: vibe_file::write(one)?,
        }),
        several => Ok(VibeExport {
            name: "vibes.naiv4vibebundle".into(),
            text: vibe_file::write_bundle(several)?,
        }),
    }
}

/// As the service's own page shortens ids.
fn short(vibe: &Vibe) -> String {
    let id: String = vibe.image.0.chars().filter(char::is_ascii_alphanumeric).collect();
    let (head, tail) = (id.get(..6), id.get(id.len().saturating_sub(6)..));
    format!("{}-{}", head.unwrap_or("vibe"), tail.unwrap_or_default())
}

fn file(
    vibe: &Vibe,
    store: &Store,
    encodings: &Encodings,
    registry: &Registry,
    realm: Realm,
) -> Result<VibeFile, Error> {
    let picture = store.bytes(&vibe.image);
    let mut kept = Vec::new();
    for encoding in encodings.all(&vibe.image, realm) {
        let bytes = encoding
            .bytes()
            .map_err(|error| Error::storage(&error, "reading an encoded vibe"))?;
        kept.push(Encoding {
            model_key: encoding.key,
            extraction: encoding.extraction,
            mask: None,
            bytes,
        });
    }
    if picture.is_none() && kept.is_empty() {
        return Err(
            Error::new(ErrorCode::NotFound, "Nothing of this vibe is here: add it again.").with_detail(&vibe.image.0),
        );
    }
    // The one that is in use comes first.
    kept.sort_by_key(|encoding| encoding.extraction.map(rounded) != Some(rounded(vibe.extraction)));
    // Without the picture nothing tells two of a family apart.
    if picture.is_none() {
        let mut families: Vec<String> = Vec::new();
        kept.retain(|encoding| {
            let new = !families.contains(&encoding.model_key);
            families.push(encoding.model_key.clone());
            new
        });
    }
    let key = kept.first().map(|encoding| encoding.model_key.as_str());
    let models = || registry.models().iter().filter(|model| model.encodes_vibes());
    let made_for = models()
        .find(|model| model.vibe_key() == key)
        .or_else(|| models().next());
    let date = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    Ok(VibeFile {
        thumbnail: match &picture {
            Some(picture) => Some(Thumbnail {
                format: ThumbnailFormat::Jpeg,
                bytes: small_jpeg(picture, THUMBNAIL_SIDE)?.into(),
            }),
            None => None,
        },
        image: picture.map(|picture| prepare::as_png(&picture)).transpose()?,
        encodings: kept,
        name: None,
        created_at: Some(OffsetDateTime::now_utc().format(date).map_err(Error::internal)?),
        import: made_for.map(|model: &Model| Import {
            model: model.id.0.clone(),
            extraction: vibe.extraction,
            strength: vibe.strength,
        }),
    })
}
