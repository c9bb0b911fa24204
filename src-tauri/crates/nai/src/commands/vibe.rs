//! `nai vibe`: a picture into a vibe file, and what is in one.

use novelai::vibe_file::{self, VibeFile};
use novelai::{cost, prepare};
use serde_json::{Value, json};

use crate::cli::{Common, Vibe};
use crate::connection::{self, Connection};
use crate::error::Error;
use crate::paid::{Purchase, What};
use crate::{files, say, vibes};

pub(crate) async fn run(common: &Common, asked: Vibe) -> Result<(), Error> {
    let bytes = files::read(&asked.file)?;
    if asked.show {
        return show(common, &asked, &bytes);
    }
    let picture = prepare::as_png(&bytes).map_err(|refusal| Error::from(refusal).about(asked.file.display()))?;
    let connection = Connection::open(common).await?;
    let model = match &asked.model {
        Some(name) => connection::model(&connection.registry, name)?,
        None => connection::first_model(&connection.registry, novelai::model::Model::encodes_vibes)?,
    };
    let extraction = asked.extraction.unwrap_or(model.vibe_extraction);
    let to = asked.out.clone().unwrap_or_else(|| {
        let name = format!("{}.naiv4vibe", files::stem(&asked.file));
        asked.file.with_file_name(name)
    });
    let before = connection.account().await?;
    let anlas = cost::encode_vibe(&connection.registry);
    Purchase::plain(What::new("encodeVibe", Some(&model.id)), anlas, asked.max_anlas).allowed(&connection, &before)?;
    vibes::encode(&connection, &before, &picture, model, extraction, &to, asked.max_anlas).await?;
    if common.json {
        return say::json(&json!({
            "file": to.display().to_string(),
            "model": model.id,
            "extraction": extraction,
            "anlas": anlas,
        }));
    }
    say::line(to.display())
}

fn show(common: &Common, asked: &Vibe, bytes: &[u8]) -> Result<(), Error> {
    let read = vibe_file::read(bytes)
        .map_err(|error| Error::files(format!("{} can't be read: {error}.", asked.file.display())))?;
    for warning in &read.warnings {
        say::note(format!("{}: {warning}", asked.file.display()));
    }
    if common.json {
        let told: Vec<Value> = read.vibes.iter().map(told).collect();
        return say::json(&told);
    }
    for vibe in &read.vibes {
        let name = vibe.name.as_deref().unwrap_or("a vibe");
        let picture = if vibe.image.is_some() {
            "with its picture"
        } else {
            "without a picture"
        };
        say::line(format!("{name}, {picture}"))?;
        for encoding in &vibe.encodings {
            let extraction = encoding
                .extraction
                .map_or_else(|| "unknown".to_owned(), |told| told.to_string());
            say::line(format!(
                "  {:<12} Information Extracted {extraction}",
                encoding.model_key
            ))?;
        }
    }
    Ok(())
}

fn told(vibe: &VibeFile) -> Value {
    let encodings: Vec<Value> = vibe
        .encodings
        .iter()
        .map(|encoding| {
            json!({
                "models": encoding.model_key,
                "extraction": encoding.extraction,
                "bytes": encoding.bytes.len(),
            })
        })
        .collect();
    json!({
        "name": vibe.name,
        "hasPicture": vibe.image.is_some(),
        "createdAt": vibe.created_at,
        "encodings": encodings,
    })
}
