//! `nai classify`: labels and scores for a picture, whatever shape a server gives them.

use novelai::prepare;
use serde_json::Value;

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
    for (label, score) in labels {
        say::line(format!("{score:>6.3}  {label}"))?;
    }
    Ok(())
}

/// Every label with a score that is anywhere in the reply: `{"label": …, "score": …}`, or `{"name": number}`.
fn labels(reply: &Value) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    collect(reply, &mut found);
    found.sort_by(|one, other| other.1.total_cmp(&one.1));
    found
}

fn collect(value: &Value, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, found)),
        Value::Object(fields) => {
            let label = ["label", "name", "tag", "class"]
                .iter()
                .find_map(|name| fields.get(*name).and_then(Value::as_str));
            let score = ["score", "confidence", "probability", "value"]
                .iter()
                .find_map(|name| fields.get(*name).and_then(Value::as_f64));
            match (label, score) {
                (Some(label), Some(score)) => found.push((label.to_owned(), score)),
                _ => {
                    for (name, value) in fields {
                        match value.as_f64() {
                            Some(score) => found.push((name.clone(), score)),
                            None => collect(value, found),
                        }
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_are_found_in_any_shape() {
        let expected = vec![("cat".to_owned(), 0.9), ("dog".to_owned(), 0.1)];
        for reply in [
            json!([{ "label": "dog", "score": 0.1 }, { "label": "cat", "score": 0.9 }]),
            json!({ "labels": { "cat": 0.9, "dog": 0.1 } }),
            json!({ "dog": 0.1, "cat": 0.9 }),
            json!({ "result": [{ "tag": "cat", "confidence": 0.9 }, { "class": "dog", "probability": 0.1 }] }),
        ] {
            assert_eq!(labels(&reply), expected);
        }
        assert!(labels(&json!("cat")).is_empty());
    }
}
