//! What legacy endpoints answer (api.md 13), read whatever its shape: labels with scores, or a text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most labels of an answer that are read.
const MOST_LABELS: usize = 1000;
/// The most characters of a label.
const LONGEST_LABEL: usize = 200;

/// A label of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// What it says.
    pub label: String,
    /// How sure it is, where that is told: usually 0 to 1.
    pub score: Option<f64>,
}

/// Every label that is anywhere in an answer, the surest first, then those without a score: `{"label": …, "score": …}`,
/// `{"name": number}`, `["name", number]`, or only names in a list.
#[must_use]
pub fn labels(answer: &Value) -> Vec<Label> {
    let mut found = Vec::new();
    match answer {
        Value::String(label) => push(&mut found, label, None),
        other => collect(other, &mut found),
    }
    let rank = |label: &Label| label.score.unwrap_or(f64::NEG_INFINITY);
    found.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
    found
}

/// The text of an answer, by the names that servers give it. None where there is none of them.
#[must_use]
pub fn text(answer: &Value) -> Option<String> {
    match answer {
        Value::String(text) => Some(text.clone()),
        Value::Array(entries) => entries.iter().find_map(text),
        Value::Object(fields) => {
            let named = ["output", "text", "generated_text", "prompt", "content"].into_iter();
            let named = named.filter_map(|name| fields.get(name)).find_map(text);
            let within = ["choices", "results", "data", "message"].into_iter();
            named.or_else(|| within.filter_map(|name| fields.get(name)).find_map(text))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn collect(value: &Value, found: &mut Vec<Label>) {
    match value {
        Value::Array(entries) => match entries.as_slice() {
            [Value::String(label), Value::Number(score)] => push(found, label, score.as_f64()),
            entries => {
                for entry in entries {
                    match entry {
                        Value::String(label) => push(found, label, None),
                        other => collect(other, found),
                    }
                }
            }
        },
        Value::Object(fields) => {
            let label = ["label", "name", "tag", "class"]
                .iter()
                .find_map(|name| fields.get(*name).and_then(Value::as_str));
            let score = ["score", "confidence", "probability", "value"]
                .iter()
                .find_map(|name| fields.get(*name).and_then(Value::as_f64));
            let is_leaf = !fields.values().any(|value| value.is_array() || value.is_object());
            match label {
                Some(label) if is_leaf || score.is_some() => push(found, label, score),
                Some(_) | None => {
                    for (name, value) in fields {
                        match value.as_f64() {
                            Some(score) => push(found, name, Some(score)),
                            None => collect(value, found),
                        }
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn push(found: &mut Vec<Label>, label: &str, score: Option<f64>) {
    if found.len() < MOST_LABELS {
        found.push(Label {
            label: label.chars().take(LONGEST_LABEL).collect(),
            score: score.filter(|score| score.is_finite()),
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_are_found_in_any_shape() {
        let expected = vec![("cat".to_owned(), Some(0.9)), ("dog".to_owned(), Some(0.1))];
        for answer in [
            json!([{ "label": "dog", "score": 0.1 }, { "label": "cat", "score": 0.9 }]),
            json!({ "labels": { "cat": 0.9, "dog": 0.1 } }),
            json!({ "dog": 0.1, "cat": 0.9 }),
            json!({ "result": [{ "tag": "cat", "confidence": 0.9 }, { "class": "dog", "probability": 0.1 }] }),
            json!({ "tags": [["dog", 0.1], ["cat", 0.9]] }),
        ] {
            let found: Vec<_> = labels(&answer)
                .into_iter()
                .map(|label| (label.label, label.score))
                .collect();
            assert_eq!(found, expected, "{answer}");
        }
    }

    #[test]
    fn labels_without_a_score_come_last_and_words_about_the_answer_are_none() {
        let names = |answer: Value| -> Vec<String> { labels(&answer).into_iter().map(|label| label.label).collect() };
        assert_eq!(names(json!(["cat", "dog"])), ["cat", "dog"]);
        assert_eq!(names(json!("cat")), ["cat"]);
        assert_eq!(
            names(json!({ "tags": ["cat"], "best": { "sea": 0.4 } })),
            ["sea", "cat"]
        );
        assert_eq!(names(json!([{ "name": "cat" }, { "name": "dog" }])), ["cat", "dog"]);
        assert_eq!(names(json!({ "name": "tagger", "tags": ["cat"] })), ["cat"]);
        assert_eq!(names(json!({ "status": "ok", "labels": [] })), Vec::<String>::new());
        assert_eq!(names(json!(null)), Vec::<String>::new());
    }

    #[test]
    fn an_endless_answer_is_read_in_part() {
        let many: Vec<Value> = (0..5000)
            .map(|number| json!({ "label": "x".repeat(900), "score": number }))
            .collect();
        let found = labels(&Value::from(many));
        assert_eq!((found.len(), found[0].label.len()), (1000, 200));
    }

    #[test]
    fn a_text_is_found_under_each_of_its_names() {
        for answer in [
            json!({ "output": "sea" }),
            json!({ "text": "sea", "id": 7 }),
            json!([{ "generated_text": "sea" }]),
            json!({ "choices": [{ "text": "sea" }] }),
            json!({ "choices": [{ "message": { "role": "assistant", "content": "sea" } }] }),
            json!("sea"),
        ] {
            assert_eq!(text(&answer).as_deref(), Some("sea"), "{answer}");
        }
        assert_eq!(text(&json!({ "sea": 1 })), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<f64>().prop_map(|number| json!(number)),
            "[a-z]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("label|score|text|[a-z]{1,3}", inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd_and_the_surest_comes_first(answer in any_json()) {
            let found = labels(&answer);
            let scores: Vec<f64> = found.iter().filter_map(|label| label.score).collect();
            prop_assert!(scores.is_sorted_by(|one, other| one >= other));
            let _ = text(&answer);
        }
    }
}
