//! JSON from outside, read within bounds.

use serde_json::Value;

/// The most values of one text. What the service writes has a few hundred; a value can take two hundred bytes of memory.
const VALUE_LIMIT: usize = 200_000;

/// The value of a whole text; none where it is no JSON, nested too deep, or made of too many values.
pub(crate) fn parse(text: &str) -> Option<Value> {
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if values > VALUE_LIMIT {
        return None;
    }
    // serde_json ends at a depth of 128.
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_of_values_is_not_taken() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(parse(&list(1000)).is_some());
        assert_eq!(parse(&list(VALUE_LIMIT + 1)), None);
        assert_eq!(parse(&format!("[{}{{}}]", "{},".repeat(VALUE_LIMIT))), None);
        assert_eq!(parse(&"[".repeat(100_000)), None);
    }
}
