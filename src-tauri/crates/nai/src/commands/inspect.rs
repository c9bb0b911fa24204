//! `nai inspect`: everything that pictures know about themselves.

use std::path::Path;

use novelai::metadata::{self, FoundIn, Metadata, PublicKey, Signature};
use novelai::model::Registry;
use serde_json::{Value, json};

use crate::cli::{Common, Inspect};
use crate::error::Error;
use crate::{connection, files, say};

pub(crate) fn run(common: &Common, asked: &Inspect) -> Result<(), Error> {
    let registry = connection::registry(common);
    let mut told = Vec::new();
    let mut failed: Option<Error> = None;
    for file in &asked.files {
        match inspect(file, &registry) {
            Ok(inspected) if common.json => told.push(inspected.to_json()),
            Ok(inspected) => inspected.tell()?,
            // The others are told all the same.
            Err(error) => {
                say::note(format!("nai: {error}"));
                failed = Some(error);
            }
        }
    }
    if common.json {
        say::json(&told)?;
    }
    match failed {
        Some(error) => Err(Error::silent(error.kind)),
        None => Ok(()),
    }
}

/// What one picture told.
struct Inspected {
    file: String,
    metadata: Metadata,
    model: Option<String>,
    request: Option<Value>,
    signature: Signature,
    warnings: Vec<String>,
}

fn inspect(file: &Path, registry: &Registry) -> Result<Inspected, Error> {
    let bytes = files::read(file)?;
    let metadata = metadata::read(&bytes)
        .map_err(|error| Error::files(format!("{} is no picture that can be read: {error}.", file.display())))?;
    let signature = metadata::signature(&bytes, &metadata, &PublicKey::novelai());
    let current = connection::first_model(registry, |model| model.offered)?;
    let settings = metadata.settings(registry, current);
    let told = metadata
        .source
        .as_deref()
        .and_then(|source| registry.model_of_source(source));
    let mut warnings = metadata.warnings.clone();
    warnings.extend(settings.iter().flat_map(|settings| settings.left_out.clone()));
    Ok(Inspected {
        file: file.display().to_string(),
        model: told.map(|(model, _)| model.id.0.clone()),
        request: settings.map(|settings| json!(settings.request)),
        metadata,
        signature,
        warnings,
    })
}

impl Inspected {
    fn to_json(&self) -> Value {
        let metadata = &self.metadata;
        json!({
            "file": self.file,
            "source": metadata.found_in,
            "model": self.model,
            "request": self.request,
            "raw": metadata.raw_comment,
            "signature": self.signature,
            "warnings": self.warnings,
            "width": metadata.width,
            "height": metadata.height,
            "title": metadata.title,
            "software": metadata.software,
            "sourceText": metadata.source,
            "generationTime": metadata.generation_time,
            "tool": metadata.tool(),
        })
    }

    fn tell(&self) -> Result<(), Error> {
        let metadata = &self.metadata;
        say::line(format!("{}  {}×{}", self.file, metadata.width, metadata.height))?;
        if metadata.found_in == FoundIn::None {
            say::line("  carries no settings")?;
        }
        let field = |name: &str, value: Option<String>| match value.filter(|value| !value.is_empty()) {
            Some(value) => say::line(format!("  {name:<12} {value}")),
            None => Ok(()),
        };
        let setting = |path: &str| {
            let value = self.request.as_ref()?.pointer(path)?;
            value
                .as_str()
                .map(ToOwned::to_owned)
                .or_else(|| (!value.is_null()).then(|| value.to_string()))
        };
        field("model", self.model.clone().or_else(|| metadata.source.clone()))?;
        field("tool", metadata.tool().map(ToOwned::to_owned))?;
        field("prompt", setting("/prompt/text"))?;
        field("undesired", setting("/prompt/undesired"))?;
        let characters = self.request.as_ref().and_then(|request| request.get("characters"));
        for character in characters.and_then(Value::as_array).into_iter().flatten() {
            field(
                "character",
                character.get("prompt").and_then(Value::as_str).map(ToOwned::to_owned),
            )?;
        }
        for (name, path) in [
            ("seed", "/sampling/seed"),
            ("steps", "/sampling/steps"),
            ("guidance", "/sampling/guidance"),
            ("sampler", "/sampling/sampler"),
            ("schedule", "/sampling/noiseSchedule"),
        ] {
            field(name, setting(path))?;
        }
        let signature = match self.signature {
            Signature::Valid => "valid: as NovelAI made it",
            Signature::Invalid => "not NovelAI's: changed, or made elsewhere",
            Signature::Absent => "",
        };
        field("signature", Some(signature.to_owned()))?;
        for warning in &self.warnings {
            field("note", Some(warning.clone()))?;
        }
        Ok(())
    }
}
