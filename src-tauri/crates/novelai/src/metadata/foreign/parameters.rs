//! The text under `parameters` that AUTOMATIC1111's web UI and many after it write: the prompt, a line that begins with
//! `Negative prompt:`, and a last line of names and values.

use super::{Foreign, sampler, schedule};
use crate::request::Size;

const UNDESIRED: &str = "Negative prompt:";
/// More values than any writes.
const VALUES: usize = 200;

/// What a text says; none where it is no such text.
pub(super) fn read(text: &str) -> Option<Foreign> {
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let values_at = text.rmatch_indices("Steps: ").map(|(at, _)| at).find(|at| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| before == '\n')
    });
    let (texts, line) = text.split_at(values_at.unwrap_or(text.len()));
    let line = line.lines().next().unwrap_or_default();
    let values = values(line);
    let undesired_at = if texts.starts_with(UNDESIRED) {
        Some(0)
    } else {
        texts.find(&format!("\n{UNDESIRED}")).map(|at| at + 1)
    };
    // Any text could be a prompt; these two make it one.
    if undesired_at.is_none() && values.len() < 3 {
        return None;
    }
    let (prompt, undesired) = texts.split_at(undesired_at.unwrap_or(texts.len()));
    let undesired = undesired.strip_prefix(UNDESIRED).unwrap_or_default();
    let value = |name: &str| {
        let found = values.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let (sampler, named) = value("Sampler").map(sampler).unzip();
    let mut notes = Vec::new();
    let enlarged = value("Hires upscale").or(value("Hires resize")).is_some();
    if enlarged {
        notes.push("It was enlarged and painted over after that.".into());
    } else if value("Denoising strength").is_some() {
        notes.push("The picture that it started from is not in it.".into());
    }
    let controlled = values.iter().any(|(key, _)| key.starts_with("ControlNet"));
    if controlled {
        notes.push("Its ControlNet is left out.".into());
    }
    Some(Foreign {
        tool: if value("Version").is_some_and(|version| version.starts_with("ComfyUI")) {
            "ComfyUI"
        } else {
            "a Stable Diffusion web UI"
        },
        prompt: prompt.trim().to_owned(),
        undesired: undesired.trim().to_owned(),
        seed: value("Seed").and_then(|seed| seed.parse().ok()),
        steps: value("Steps").and_then(|steps| steps.parse().ok()),
        guidance: value("CFG scale")
            .and_then(|scale| scale.parse().ok())
            .filter(|scale: &f64| scale.is_finite()),
        sampler,
        schedule: value("Schedule type").and_then(schedule).or(named.flatten()),
        size: value("Size").and_then(size),
        model: value("Model").map(ToOwned::to_owned),
        notes,
    })
}

fn size(text: &str) -> Option<Size> {
    let (width, height) = text.split_once('x')?;
    let side = |side: &str| side.trim().parse().ok().filter(|side| (1..=65_535).contains(side));
    Some(Size {
        width: side(width)?,
        height: side(height)?,
    })
}

/// The names and values of the last line. A value with commas in it is quoted as JSON does.
fn values(line: &str) -> Vec<(&str, String)> {
    let mut values = Vec::new();
    let mut rest = line;
    while let Some((key, after)) = rest.split_once(':').filter(|_| values.len() < VALUES) {
        let after = after.trim_start();
        let quoted = after.strip_prefix('"').and_then(|text| {
            let end = closing_quote(text)?;
            let value = serde_json::from_str::<String>(&after[..end + 2]).ok()?;
            Some((value, &text[end + 1..]))
        });
        let (value, after) = quoted.unwrap_or_else(|| {
            let end = after.find(',').unwrap_or(after.len());
            (after[..end].trim().to_owned(), &after[end..])
        });
        values.push((key.trim().trim_start_matches(',').trim(), value));
        rest = after;
    }
    values
}

/// Where a quoted text ends.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, letter)| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prompts_of_many_lines_and_quoted_values_are_read() {
        let told = read(
            "1girl,\nsilver hair\nSteps: of stone\n\nNegative prompt: lowres\nworst quality\nSteps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 512x768, Lora hashes: \"a: 1, b: \\\"2\\\"\", Model: x",
        )
        .unwrap();
        assert_eq!(told.prompt, "1girl,\nsilver hair\nSteps: of stone");
        assert_eq!(told.undesired, "lowres\nworst quality");
        assert_eq!(
            (told.sampler.as_deref(), told.schedule.as_deref()),
            (Some("k_euler_ancestral"), Some("karras"))
        );
        assert_eq!(
            (told.seed, told.steps, told.model.as_deref()),
            (Some(5), Some(20), Some("x"))
        );
    }

    #[test]
    fn a_text_that_is_none_of_these_is_not_taken_for_one() {
        for text in [
            "",
            "1girl",
            "Steps: 20",
            "made by hand\nSteps: of stone",
            "{\"steps\": 2}",
            "::::",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("Negative prompt: a").unwrap().undesired, "a");
        let told = read("sea\nSteps: 1, Sampler: x, CFG scale: nan, Seed: -1, Size: 0x5").unwrap();
        assert_eq!((told.guidance, told.seed, told.size), (None, None, None));
    }

    #[test]
    fn megabytes_are_no_trouble() {
        for odd in ["Steps: ", "\nSteps: ", "Negative prompt:", "a: \"", "a: \\\"", ":", ","] {
            read(&odd.repeat(500_000));
            read(&format!("a\nSteps: 1, {}", odd.repeat(500_000)));
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "(?s).{0,200}", line in "[a-z:,\" \\\\é]{0,80}") {
            read(&text);
            read(&format!("{text}\nNegative prompt: {text}\nSteps: 1, {line}"));
        }
    }
}
