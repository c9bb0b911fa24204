//! Single fields of a request: of the right type and in range, or refused by name.

use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// A string; absent and null are the same.
pub(crate) fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::invalid(format!("{name} must be a string"))),
    }
}

/// A number within a range.
pub(crate) fn number(object: &Map<String, Value>, name: &str, least: f64, most: f64) -> Result<Option<f64>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            Some(_) | None => Err(Refusal::invalid(format!(
                "parameters.{name} must be a number from {least} to {most}"
            ))),
        },
    }
}

/// A whole number within a range; `23.0` is one.
pub(crate) fn whole(object: &Map<String, Value>, name: &str, least: i64, most: i64) -> Result<Option<i64>, Refusal> {
    match number(object, name, least as f64, most as f64)? {
        Some(number) if number.fract() != 0.0 => Err(Refusal::invalid(format!(
            "parameters.{name} must be a whole number from {least} to {most}"
        ))),
        Some(number) => Ok(Some(number as i64)),
        None => Ok(None),
    }
}

/// A list of numbers within a range.
pub(crate) fn numbers(
    object: &Map<String, Value>,
    name: &str,
    least: f64,
    most: f64,
) -> Result<Option<Vec<f64>>, Refusal> {
    let items = match object.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Refusal::invalid(format!("parameters.{name} must be a list"))),
    };
    let number = |item: &Value| item.as_f64().filter(|number| (least..=most).contains(number));
    let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
    match numbers {
        Some(numbers) => Ok(Some(numbers)),
        None => Err(Refusal::invalid(format!(
            "parameters.{name} must hold numbers from {least} to {most}"
        ))),
    }
}
