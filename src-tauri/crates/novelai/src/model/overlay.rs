//! A file that changes the built-in registry: what it names is replaced, what it leaves out stays.
//!
//! It is laid over the built-in file entry by entry, so that an error can be told with the line it comes from.

use toml::de::DeTable;
use toml::{Table, Value};

use super::Registry;
use super::file::{RegistryError, from_table};

/// One thing that the file changes.
struct Change {
    line: usize,
    key: String,
    value: Value,
    /// For a table: which of its keys.
    inner: Option<String>,
}

pub(super) fn parse(builtin: &str, text: &str) -> Result<Registry, RegistryError> {
    let changes = changes(text)?;
    let base: Table = toml::from_str(builtin).expect("a test walks every row");
    let laid = |count: usize| {
        let mut table = base.clone();
        changes[..count].iter().for_each(|change| change.apply(&mut table));
        from_table(table)
    };
    let error = match laid(changes.len()) {
        Ok(registry) => return Ok(registry),
        Err(error) => error,
    };
    // The change after the longest part that holds is the one to blame; several may only hold together.
    let sound = (0..changes.len()).rev().find(|count| laid(*count).is_ok());
    let blamed = &changes[sound.unwrap_or(0)];
    let reason = match error {
        RegistryError::Row { row, reason } => format!("{row}: {reason}"),
        RegistryError::Form(reason) | RegistryError::Override { reason, .. } => reason,
    };
    Err(RegistryError::Override {
        line: named_line(text, blamed.line, &reason),
        reason,
    })
}

fn changes(text: &str) -> Result<Vec<Change>, RegistryError> {
    let line_of = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    let broken = |error: toml::de::Error| RegistryError::Override {
        line: error.span().map_or(1, |span| line_of(span.start)),
        reason: error.message().to_owned(),
    };
    let values: Table = toml::from_str(text).map_err(broken)?;
    let spans = DeTable::parse(text).map_err(broken)?.into_inner();
    let mut changes = Vec::new();
    for (key, value) in spans {
        let name = key.get_ref().to_string();
        let change = |line: usize, value: &Value, inner: Option<String>| Change {
            line,
            key: name.clone(),
            value: value.clone(),
            inner,
        };
        match (&values[&name], value.get_ref()) {
            (Value::Table(table), toml::de::DeValue::Table(places)) => {
                for (inner, value) in places {
                    let field = inner.get_ref().to_string();
                    let line = line_of(inner.span().start.min(value.span().start));
                    changes.push(change(line, &table[&field], Some(field)));
                }
            }
            (Value::Array(rows), toml::de::DeValue::Array(places)) => {
                for (row, place) in rows.iter().zip(places.iter()) {
                    changes.push(change(line_of(place.span().start), row, None));
                }
            }
            (value, _) => changes.push(change(line_of(key.span().start), value, None)),
        }
    }
    changes.sort_by_key(|change| change.line);
    // A model may name a text or a sampler that stands further down.
    changes.sort_by_key(|change| matches!(change.key.as_str(), "models" | "marks"));
    Ok(changes)
}

impl Change {
    fn apply(&self, table: &mut Table) {
        let known = table.get_mut(&self.key);
        match (known, &self.inner) {
            (Some(Value::Table(known)), Some(inner)) => merge(known, inner, &self.value),
            (None, Some(inner)) => {
                let fields = Table::from_iter([(inner.clone(), self.value.clone())]);
                table.insert(self.key.clone(), Value::Table(fields));
            }
            (Some(Value::Array(rows)), None) => {
                let same = |row: &&mut Value| row.get("id").is_some() && row.get("id") == self.value.get("id");
                match (rows.iter_mut().find(same), &self.value) {
                    (Some(Value::Table(row)), Value::Table(fields)) => {
                        for (field, value) in fields {
                            row.insert(field.clone(), value.clone());
                        }
                    }
                    _ => rows.push(self.value.clone()),
                }
            }
            (_, _) => {
                table.insert(self.key.clone(), self.value.clone());
            }
        }
    }
}

/// Tables within a table are changed key by key as well.
fn merge(table: &mut Table, key: &str, value: &Value) {
    match (table.get_mut(key), value) {
        (Some(Value::Table(known)), Value::Table(fields)) => {
            for (field, value) in fields {
                known.insert(field.clone(), value.clone());
            }
        }
        (_, value) => {
            table.insert(key.to_owned(), value.clone());
        }
    }
}

/// A reason that names a field: the line of that field, from the line on where the row begins.
fn named_line(text: &str, from: usize, reason: &str) -> usize {
    let Some(word) = reason.split('`').nth(1).filter(|word| !word.is_empty()) else {
        return from;
    };
    let mut lines = text.lines().enumerate().skip(from - 1);
    lines
        .find(|(_, line)| line.contains(word))
        .map_or(from, |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelId;

    fn refused(text: &str) -> (usize, String) {
        match Registry::parse_override(text) {
            Err(RegistryError::Override { line, reason }) => (line, reason),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn an_empty_file_changes_nothing() {
        for text in ["", "# nothing yet\n", "[limits]\n"] {
            assert_eq!(&Registry::parse_override(text).unwrap(), Registry::builtin());
        }
    }

    #[test]
    fn what_is_named_is_replaced_and_the_rest_stays() {
        let registry = Registry::parse_override(
            "[limits]\nmaxSteps = 60\n[price.director]\nsteps = 30\n\n[[models]]\nid = \"nai-diffusion-5-full\"\ntokenLimit = 2000\n\
             [texts]\nv3-light = \"blurry\"\n",
        )
        .unwrap();
        assert_eq!((registry.limits().max_steps, registry.limits().min_steps), (60, 1));
        assert_eq!(
            (
                registry.prices().director.steps,
                registry.prices().director.background_factor
            ),
            (30, 3)
        );
        let model = |id: &str| registry.get(&ModelId(id.into())).unwrap();
        assert_eq!(
            (
                model("nai-diffusion-5-full").token_limit,
                model("nai-diffusion-5-full").price_factor
            ),
            (2000, 1.5)
        );
        assert_eq!(
            model("nai-diffusion-3").undesired_text(crate::request::UndesiredPreset::Light),
            Some("blurry")
        );
    }

    #[test]
    fn a_new_id_is_a_new_model() {
        let builtin = include_str!("../models.toml");
        let row = builtin
            .split("[[models]]")
            .find(|row| row.contains("id = \"nai-diffusion-4-5-full\"\n"))
            .unwrap();
        let new = row.replace("\"nai-diffusion-4-5-full\"\n", "\"nai-diffusion-6-full\"\n");
        let new: String = new
            .lines()
            .filter(|line| !line.starts_with("sources"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let registry = Registry::parse_override(&format!("[[models]]{new}")).unwrap();
        assert_eq!(registry.models().len(), Registry::builtin().models().len() + 1);
        assert!(registry.get(&ModelId("nai-diffusion-6-full".into())).is_some());
    }

    #[test]
    fn a_broken_file_is_refused_with_line_and_reason() {
        assert_eq!(refused("\n\nx = = 1\n").0, 3);
        let (line, reason) = refused("[limits]\nmaxArea = 3_145_728\nmaxStep = 3\n");
        assert!(line == 3 && reason.contains("maxStep"), "{line} {reason}");
        let (line, reason) = refused("[limits]\n\nmaxSteps = \"many\"\n");
        assert_eq!(line, 3, "{reason}");
        let (line, reason) = refused("[limits]\nsideStep = 64\nminSide = 65\n");
        assert!(line == 3 && reason.contains("minSide"), "{line} {reason}");
        let (line, reason) = refused("\n[[models]]\nid = \"nai-diffusion-3\"\npriceFactor = 1.0\nsteps = 3\n");
        assert!(line == 5 && reason.contains("steps"), "{line} {reason}");
        let (line, reason) = refused(
            "[[models]]\nid = \"nai-diffusion-5-full\"\n\n[[models]]\nid = \"nai-diffusion-3\"\ntokenLimit = -1\n",
        );
        assert!((4..=6).contains(&line), "{line} {reason}");
        let (line, reason) = refused("[[models]]\nid = \"nai-diffusion-9\"\n");
        assert!((1..=2).contains(&line) && reason.contains("missing"), "{line} {reason}");
        assert_eq!(refused("models = 3\n").0, 1);
        assert_eq!(refused("\nhello = 3\n").0, 2);
    }
}
