//! What a file from outside is: a picture, a vibe, several vibes, or nothing that can be taken.

use novelai::model::Registry;
use novelai::payload::content_id;
use novelai::vibe_file::{self, VibeFile};
use novelai::{metadata, prepare};

use super::store::{LONGEST, Store};
use super::{Added, PictureFormat, PictureInfo, RefusedFile, VibeInfo, presentable};
use crate::error::Error;
use crate::vibes::Encodings;

/// How a text begins that may be a vibe file.
const TEXT: &[&[u8]] = &[b"{", b"\xef\xbb\xbf{"];

/// Keeps what is in a file, or says why not. Blocks, and takes as long as looking at every pixel does.
pub(crate) fn add(store: &Store, encodings: &Encodings, registry: &Registry, name: &str, bytes: &[u8]) -> Added {
    let mut added = Added::default();
    let name = presentable(name);
    let _alone = store.look();
    let taken = if is_vibe(bytes) {
        take_vibes(store, encodings, registry, &name, bytes).map(|vibes| added.vibes = vibes)
    } else {
        take_picture(store, &name, bytes).map(|picture| added.pictures.push(picture))
    };
    if let Err(reason) = taken {
        added.refused.push(RefusedFile { name, reason });
    }
    added
}

/// A vibe file is text, or a PNG that carries one.
fn is_vibe(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    TEXT.iter().any(|start| text.starts_with(start))
        || (PictureFormat::of(bytes) == Some(PictureFormat::Png) && vibe_file::read(bytes).is_ok())
}

fn take_picture(store: &Store, name: &str, bytes: &[u8]) -> Result<PictureInfo, String> {
    let info = look_at(name, bytes)?;
    // Where it was kept before under another name, the note keeps that, and this drop says what was dropped.
    store.keep(bytes, &info).map_err(|error| not_kept(&error))?;
    Ok(info)
}

fn not_kept(error: &std::io::Error) -> String {
    Error::storage(error, "keeping a picture").message
}

/// Looks at every pixel of a picture, within bounds.
pub(crate) fn look_at(name: &str, bytes: &[u8]) -> Result<PictureInfo, String> {
    let Some(format) = PictureFormat::of(bytes) else {
        return Err(if bytes.is_empty() {
            "The file is empty.".into()
        } else {
            "This is none of what can be taken: PNG, JPEG and WebP pictures, and vibe files.".into()
        });
    };
    if bytes.len() as u64 > LONGEST {
        return Err(too_long());
    }
    let opened = prepare::open(bytes).map_err(|refusal| refusal.message)?;
    let said = metadata::read(bytes);
    Ok(PictureInfo {
        id: content_id(bytes),
        name: name.to_owned(),
        width: opened.size.width,
        height: opened.size.height,
        format,
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        has_alpha: opened.transparent,
        has_settings: said.is_ok_and(|said| said.has_settings()),
    })
}

pub(super) fn too_long() -> String {
    format!(
        "The file is larger than {} MiB, which is the most that is taken.",
        LONGEST >> 20
    )
}

fn take_vibes(
    store: &Store,
    encodings: &Encodings,
    registry: &Registry,
    name: &str,
    bytes: &[u8],
) -> Result<Vec<VibeInfo>, String> {
    let read = vibe_file::read(bytes).map_err(|error| match error {
        novelai::Error::Malformed(reason) => format!("The vibe file can't be used: {reason}."),
        other => format!("The vibe file can't be used: {other}"),
    })?;
    let taken: Result<Vec<_>, String> = read
        .vibes
        .iter()
        .filter_map(|vibe| take_vibe(store, encodings, registry, name, vibe).transpose())
        .collect();
    let taken = taken?;
    if taken.is_empty() {
        return Err("There is no vibe in the file that can be used.".into());
    }
    Ok(taken)
}

/// None where nothing of it can be used.
fn take_vibe(
    store: &Store,
    encodings: &Encodings,
    registry: &Registry,
    file: &str,
    vibe: &VibeFile,
) -> Result<Option<VibeInfo>, String> {
    let name = vibe.name.as_deref().map_or_else(|| file.to_owned(), presentable);
    let picture = match &vibe.image {
        Some(image) => match look_at(&name, image) {
            Ok(info) => {
                store.keep(image, &info).map_err(|error| not_kept(&error))?;
                Some(info.id)
            }
            // Its encodings may be good all the same.
            Err(_) => None,
        },
        None => None,
    };
    let has_picture = picture.is_some();
    let id = picture.or_else(|| vibe.encodings.first().map(|encoding| content_id(&encoding.bytes)));
    let Some(id) = id else { return Ok(None) };
    let mut encoded_for: Vec<String> = Vec::new();
    for encoding in &vibe.encodings {
        if !encodings.import(&id, encoding).map_err(|error| not_kept(&error))? {
            continue;
        }
        let models = registry.models().iter();
        let families = models.filter(|model| model.vibe_key() == Some(encoding.model_key.as_str()));
        for family in families.map(|model| model.family.clone()) {
            if !encoded_for.contains(&family) {
                encoded_for.push(family);
            }
        }
    }
    if !has_picture && encoded_for.is_empty() {
        return Ok(None);
    }
    let told = vibe.encodings.iter().find_map(|encoding| encoding.extraction);
    Ok(Some(VibeInfo {
        id,
        name,
        has_picture,
        strength: vibe.import.as_ref().map_or(0.6, |import| import.strength),
        extraction: vibe
            .import
            .as_ref()
            .map(|import| import.extraction)
            .filter(|extraction| (0.01..=1.0).contains(extraction))
            .or(told)
            .unwrap_or(1.0),
        encoded_for,
    }))
}
