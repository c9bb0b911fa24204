//! Names of files that go out, from a template: `{date}`, `{time}`, `{model}`, `{seed}`, `{prompt}` or `{prompt:3}` (that
//! many of its first words), `{n}`. Safe on every system, whatever the values. Pure.

use time::OffsetDateTime;

use crate::library::names::safe_part;

/// It tells nothing but when.
pub(super) const DEFAULT: &str = "{date}-{time}-{n}";
/// Words of a prompt unless the template says how many.
const WORDS: usize = 5;

/// What a template can name.
#[derive(Debug, Clone)]
pub(super) struct Values {
    /// Local time at which the picture came.
    pub(super) at: OffsetDateTime,
    pub(super) model: Option<String>,
    pub(super) seed: Option<u32>,
    pub(super) prompt: String,
    /// Its place among those that go out together, from 1.
    pub(super) n: usize,
}

/// The name without an ending.
pub(super) fn fill(template: &str, values: &Values) -> String {
    let mut name = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, field) = rest.split_at(at);
        name.push_str(before);
        let value = field
            .find('}')
            .and_then(|end| Some((value(&field[1..end], values)?, end)));
        match value {
            Some((value, end)) => {
                name.push_str(&value);
                rest = &field[end + 1..];
            }
            None => {
                name.push('{');
                rest = &field[1..];
            }
        }
    }
    name.push_str(rest);
    let safe = safe_part(&name);
    if safe.is_empty() { "picture".to_owned() } else { safe }
}

fn value(field: &str, values: &Values) -> Option<String> {
    let Values { at, .. } = values;
    let (field, count) = match field.split_once(':') {
        Some((field, count)) => (field, count.parse().ok().filter(|count| (1..=99).contains(count))),
        None => (field, None),
    };
    Some(match field {
        "date" => format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day()),
        "time" => format!("{:02}-{:02}-{:02}", at.hour(), at.minute(), at.second()),
        "model" => values.model.clone().unwrap_or_else(|| "unknown".to_owned()),
        "seed" => values
            .seed
            .map_or_else(|| "unknown".to_owned(), |seed| seed.to_string()),
        "prompt" => words(&values.prompt, count.unwrap_or(WORDS)),
        "n" => values.n.to_string(),
        _ => return None,
    })
}

/// The first words, without what is none.
fn words(prompt: &str, count: usize) -> String {
    let letters = |c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-' | '_'));
    let words = prompt
        .split(letters)
        .filter(|word| word.chars().any(char::is_alphanumeric));
    // Some alphabets have no blanks between words.
    let words = words.take(count).map(|word| word.chars().take(40).collect::<String>());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn values() -> Values {
        Values {
            at: datetime!(2026-11-22 20:05:09 +9),
            model: Some("nai-diffusion-5-full".into()),
            seed: Some(7),
            prompt: "1girl, {{silver hair}}, 1.2::night city::, …".into(),
            n: 3,
        }
    }

    #[test]
    fn every_value_has_its_place() {
        for (template, name) in [
            (DEFAULT, "2026-11-22-20-05-09-3"),
            ("{prompt}", "1girl silver hair 1 2"),
            ("{prompt:2} {seed}", "1girl silver 7"),
            ("{model}_{n}", "nai-diffusion-5-full_3"),
            ("{odd} {", "{odd} {"),
            ("../{seed}/x", "_7_x"),
            ("", "picture"),
            ("CON", "_CON"),
        ] {
            assert_eq!(fill(template, &values()), name, "{template}");
        }
        let blank = Values {
            prompt: "…".into(),
            model: None,
            seed: None,
            ..values()
        };
        assert_eq!(fill("{prompt}", &blank), "picture");
        assert_eq!(fill("{model}{seed}", &blank), "unknownunknown");
    }

    proptest! {
        #[test]
        fn every_name_is_one_part_that_every_system_takes(template in any::<String>(), prompt in any::<String>()) {
            let name = fill(&template, &Values { prompt, ..values() });
            prop_assert!(!name.is_empty());
            prop_assert_eq!(safe_part(&name), name);
        }
    }
}
