//! Completing a tag from a small table of common ones (api.md 2.3). The counts are of a plausible order, no more.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::{fields::text, models, parcel::Reply, refusal::Refusal};

/// Suggestions in a reply, at most.
const MOST: usize = 10;

struct Tag {
    name: &'static str,
    count: u64,
    /// Empty where the table has none.
    japanese: &'static str,
}

/// `GET /ai/generate-image/suggest-tags?model=…&prompt=…[&lang=en|jp]`
pub(crate) fn suggest(query: &str) -> Result<Reply, Refusal> {
    let field = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(value))
    };
    let (model, prompt, language) = (field("model"), field("prompt"), field("lang"));
    answer(model.as_deref(), prompt.as_deref(), language.as_deref())
}

/// The same by `POST` of `{"model", "prompt"[, "lang"]}` (api.md 13).
pub(crate) fn suggest_for(body: &Value) -> Result<Reply, Refusal> {
    let body = body
        .as_object()
        .ok_or_else(|| Refusal::invalid("the body must be an object"))?;
    let (model, prompt, language) = (text(body, "model")?, text(body, "prompt")?, text(body, "lang")?);
    answer(model.as_deref(), prompt.as_deref(), language.as_deref())
}

fn answer(model: Option<&str>, prompt: Option<&str>, language: Option<&str>) -> Result<Reply, Refusal> {
    let model = model.ok_or_else(|| Refusal::invalid("model is required"))?;
    if models::find(model).is_none() {
        return Err(Refusal::invalid(format!("model {model} doesn't exist")));
    }
    let prompt = prompt.ok_or_else(|| Refusal::invalid("prompt is required"))?;
    match language {
        None | Some("" | "en") => Ok(Reply::json(200, &json!({ "tags": english(&plain(prompt)) }))),
        Some("jp") => Ok(Reply::json(200, &Value::Array(japanese(&plain(prompt))))),
        Some(other) => Err(Refusal::invalid(format!("lang can't be {other:?}"))),
    }
}

/// Tags are written with blanks; many people write underscores.
fn plain(prompt: &str) -> String {
    prompt.trim().replace('_', " ").to_lowercase()
}

fn english(prompt: &str) -> Vec<Value> {
    best(|tag| likeness(tag.name, prompt))
        .into_iter()
        .map(|(tag, confidence)| {
            let confidence = (confidence * 1000.0).round() / 1000.0;
            json!({ "tag": tag.name, "count": tag.count, "confidence": confidence })
        })
        .collect()
}

fn japanese(prompt: &str) -> Vec<Value> {
    best(|tag| match tag.japanese {
        "" => None,
        japanese => likeness(japanese, prompt).or_else(|| likeness(tag.name, prompt)),
    })
    .into_iter()
    .map(|(tag, _)| json!({ "jp_tag": tag.japanese, "en_tag": tag.name, "power": tag.count }))
    .collect()
}

fn best(likeness: impl Fn(&Tag) -> Option<f64>) -> Vec<(&'static Tag, f64)> {
    let mut found: Vec<_> = table().iter().filter_map(|tag| Some((tag, likeness(tag)?))).collect();
    // The table is sorted by count, and the sort keeps the order of equals.
    found.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    found.truncate(MOST);
    found
}

/// How well a name goes with what was typed, from 0 to 1: a beginning better than a later word's, that better than a
/// piece in the middle, and the more of the name is there the better.
fn likeness(name: &str, typed: &str) -> Option<f64> {
    if typed.is_empty() {
        return None;
    }
    let share = typed.len() as f64 / name.len() as f64;
    if name.starts_with(typed) {
        Some(0.7 + 0.3 * share)
    } else if name.split([' ', '-', '(']).any(|word| word.starts_with(typed)) || name.contains(&format!(" {typed}")) {
        Some(0.4 + 0.3 * share)
    } else if name.contains(typed) {
        Some(0.1 + 0.3 * share)
    } else {
        None
    }
}

fn table() -> &'static [Tag] {
    static TABLE: OnceLock<Vec<Tag>> = OnceLock::new();
    TABLE.get_or_init(|| include_str!("tags.tsv").lines().filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Tag> {
    let mut columns = line.split('\t');
    Some(Tag {
        name: columns.next()?,
        count: columns.next()?.parse().ok()?,
        japanese: columns.next()?,
    })
}

/// Undoes the escapes of a query.
fn decode(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = match byte {
            b'%' => after
                .get(..2)
                .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()),
            _ => None,
        };
        rest = if escaped.is_some() { &after[2..] } else { after };
        bytes.push(match (escaped, byte) {
            (Some(escaped), _) => escaped,
            (None, b'+') => b' ',
            (None, byte) => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_tag_and_the_commonest_come_first() {
        assert_eq!(table().len(), include_str!("tags.tsv").lines().count());
        assert!(table().is_sorted_by(|a, b| a.count >= b.count));
        assert!(table().iter().all(|tag| !tag.name.is_empty() && tag.count > 0));
    }

    #[test]
    fn a_beginning_counts_for_more_than_a_later_word() {
        let names = |typed: &str| -> Vec<String> {
            english(typed)
                .iter()
                .map(|tag| tag["tag"].as_str().unwrap_or_default().to_owned())
                .collect()
        };
        assert_eq!(names("red jacket"), ["red jacket"]);
        let jack = names("jack");
        assert_eq!(jack[0], "jacket");
        assert!(jack.contains(&"red jacket".to_owned()), "{jack:?}");
        assert!(names("").is_empty());
        assert!(names("e").len() == MOST);
    }

    #[test]
    fn escapes_are_undone_and_broken_ones_are_taken_as_they_are() {
        assert_eq!(decode("red%20jac+ket"), "red jac ket");
        assert_eq!(decode("%E6%A1%9C"), "桜");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%+1"), "%zz% 1");
    }
}
