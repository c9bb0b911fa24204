//! JSON as Python's `json.dumps` writes it, which is how the service writes it: a blank after each comma and colon,
//! only ASCII, and floats that can be told from integers.

use serde_json::{Number, Value};

pub(crate) fn dumps(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(value) => number(value, out),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (place, (name, field)) in fields.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                string(name, out);
                out.push_str(": ");
                write(field, out);
            }
            out.push('}');
        }
    }
}

/// Rust's `{:?}` finds the same shortest digits as Python's `repr`, but writes and places exponents differently.
fn number(number: &Number, out: &mut String) {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        out.push_str(&number.to_string());
        return;
    };
    let digits = format!("{float:?}");
    match digits.split_once('e') {
        Some((digits, exponent)) => {
            let exponent: i32 = exponent.parse().unwrap_or_default();
            let sign = if exponent < 0 { '-' } else { '+' };
            out.push_str(&format!("{digits}e{sign}{:02}", exponent.abs()));
        }
        None => out.push_str(&digits),
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            _ => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_writes_what_python_writes() {
        let value = json!({"a": [1, 1.0, -0.5, 0.1, 1e16, 1e15, 1e-5, 0.0001, 1.5e-7, 5e22], "b": {}, "c": [], "d": null, "e": true});
        let expected = "{\"a\": [1, 1.0, -0.5, 0.1, 1e+16, 1000000000000000.0, 1e-05, 0.0001, 1.5e-07, 5e+22], \
                        \"b\": {}, \"c\": [], \"d\": null, \"e\": true}";
        assert_eq!(dumps(&value), expected);
        assert_eq!(
            dumps(&json!("\"é\\\n\u{1f}\u{7f}/😀")),
            "\"\\\"\\u00e9\\\\\\n\\u001f\\u007f/\\ud83d\\ude00\""
        );
    }
}
