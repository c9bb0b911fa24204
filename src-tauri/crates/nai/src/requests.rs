//! Where a request comes from: flags, a file, a line, a picture.

use std::path::Path;

use novelai::metadata;
use novelai::model::Registry;
use novelai::payload::{Pictures, restore};
use novelai::request::GenerateRequest;
use serde_json::Value;

use crate::error::{Error, Kind};
use crate::settings::{Like, Settings, read_size};
use crate::{connection, files, say};

/// A request, and the pictures that it brought along. The others are still to be read from their paths.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) request: GenerateRequest,
    pub(crate) pictures: Pictures,
}

impl From<GenerateRequest> for Drafted {
    fn from(request: GenerateRequest) -> Self {
        Self {
            request,
            pictures: Pictures::new(),
        }
    }
}

/// The request that the flags describe.
pub(crate) fn of_flags(like: &Like, settings: &Settings, registry: &Registry) -> Result<Drafted, Error> {
    let mut drafted = match (&like.request, &like.like, settings.follows_up()) {
        (Some(file), _, _) => {
            let text = files::read_text(file)?;
            of_text(&text, registry).map_err(|error| error.about(file.display()))?
        }
        (None, Some(picture), _) => of_picture(picture, registry)?,
        (None, None, Some(finished)) => match of_picture(finished, registry) {
            Ok(drafted) => drafted,
            Err(error) if error.kind == Kind::Refused => fresh(settings, registry)?.into(),
            Err(error) => return Err(error),
        },
        (None, None, None) => fresh(settings, registry)?.into(),
    };
    settings.apply(&mut drafted.request, registry)?;
    Ok(drafted)
}

fn fresh(settings: &Settings, registry: &Registry) -> Result<GenerateRequest, Error> {
    let model = match &settings.model {
        Some(name) => connection::model(registry, name)?,
        None => connection::first_model(registry, |model| model.offered)?,
    };
    Ok(GenerateRequest::new(model))
}

/// A request as JSON: NovelAI's body of a generation, or ours. Of ours, what is left out is the model's default.
pub(crate) fn of_text(text: &str, registry: &Registry) -> Result<Drafted, Error> {
    let wrong = |reason: String| Error::new(Kind::Refused, format!("This is no request: {reason}."));
    let mut written: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let Some(fields) = written.as_object_mut() else {
        return Err(wrong("it is no JSON object".into()));
    };
    if fields.get("parameters").is_some_and(Value::is_object) {
        return of_payload(&written, registry);
    }
    // Shorthands that people write.
    if let Some(Value::String(text)) = fields.get("prompt") {
        let prompt = serde_json::json!({ "text": text });
        fields.insert("prompt".into(), prompt);
    }
    if let Some(Value::String(text)) = fields.get("size") {
        let size = read_size(text, registry)?;
        fields.insert(
            "size".into(),
            serde_json::json!({ "width": size.width, "height": size.height }),
        );
    }
    let model = match fields.get("model") {
        None => connection::first_model(registry, |model| model.offered)?,
        Some(Value::String(name)) => connection::model(registry, name)?,
        Some(_) => return Err(wrong("its model is no text".into())),
    };
    fields.insert("model".into(), model.id.0.clone().into());
    let mut whole = serde_json::to_value(GenerateRequest::new(model)).map_err(|error| wrong(error.to_string()))?;
    lay_over(&mut whole, written);
    let request: GenerateRequest = serde_json::from_value(whole).map_err(|error| wrong(error.to_string()))?;
    Ok(request.into())
}

/// Puts what was written over the defaults. A source is taken as a whole: its kind decides its fields.
fn lay_over(base: &mut Value, written: Value) {
    match (base, written) {
        (Value::Object(base), Value::Object(written)) => {
            for (key, value) in written {
                match base.get_mut(&key) {
                    Some(there) if key != "source" => lay_over(there, value),
                    _ => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (base, written) => *base = written,
    }
}

fn of_payload(payload: &Value, registry: &Registry) -> Result<Drafted, Error> {
    let restored = restore(payload, &[], registry)?;
    restored.left_out.iter().for_each(say::note);
    Ok(Drafted {
        request: restored.request,
        pictures: restored.pictures,
    })
}

/// The settings that a picture carries. What can't be taken over is told.
fn of_picture(path: &Path, registry: &Registry) -> Result<Drafted, Error> {
    let bytes = files::read(path)?;
    let metadata = metadata::read(&bytes)
        .map_err(|error| Error::files(format!("{} is no picture that can be read: {error}.", path.display())))?;
    let current = connection::first_model(registry, |model| model.offered)?;
    let Some(settings) = metadata.settings(registry, current) else {
        let message = format!("{} carries no settings of NovelAI.", path.display());
        return Err(Error::new(Kind::Refused, message).with("field", "like"));
    };
    for left_out in settings.left_out {
        say::note(format!("{}: {left_out}", path.display()));
    }
    Ok(Drafted {
        request: settings.request,
        pictures: settings.pictures,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_default_of_the_model() {
        let registry = Registry::builtin();
        let model = connection::model(registry, "v4.5-full").unwrap();
        let request = of_text(
            r#"{"model":"v4.5-full","prompt":"sea","size":"1216x832","sampling":{"steps":28}}"#,
            registry,
        )
        .unwrap()
        .request;
        let mut expected = GenerateRequest::new(model);
        expected.prompt.text = "sea".into();
        expected.size.width = 1216;
        expected.size.height = 832;
        expected.sampling.steps = 28;
        assert_eq!(request, expected);
    }

    #[test]
    fn a_whole_request_is_taken_as_it_is() {
        let registry = Registry::builtin();
        for model in registry.models() {
            let mut request = GenerateRequest::new(model);
            request.source = serde_json::from_str(r#"{"kind":"image","image":"a.png","strength":0.5}"#).unwrap();
            let text = serde_json::to_string(&request).unwrap();
            assert_eq!(of_text(&text, registry).unwrap().request, request);
        }
    }

    #[test]
    fn what_is_no_request_is_refused_by_name() {
        for text in [
            "",
            "[]",
            "7",
            "{\"model\":7}",
            "{\"model\":\"v9\"}",
            "{\"size\":\"big\"}",
            "{\"sampling\":{\"steps\":\"x\"}}",
        ] {
            assert!(of_text(text, Registry::builtin()).is_err(), "{text}");
        }
    }
}
