//! File names from a template, safe on Linux, macOS and Windows, whatever the values in them. Pure.
//!
//! The template (`library::template`) names a path below the library folder. Values can't add parts to it; what no system
//! or not every system takes in a name is replaced.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::library::details::Kind;
use crate::library::template::Template;

/// Where pictures go unless the person says otherwise.
pub(crate) const DEFAULT: &str = "{date}/{time}-{seed}-{index}";

/// Room for a collision mark and an extension within the 255 bytes that every file system takes.
const LONGEST_PART: usize = 200;
/// A whole path: some systems take no more than 260 characters, and the library folder has a path too.
const LONGEST_PATH: usize = 200;

/// What a template can name.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    /// Local time of saving.
    pub(crate) at: OffsetDateTime,
    /// The picture's own seed.
    pub(crate) seed: Option<u32>,
    /// Its place in the batch, from 0.
    pub(crate) index: u32,
    /// The job that made it.
    pub(crate) job: Uuid,
    /// What else is known of it. Without it, what a template says of that stays as it is written.
    pub(crate) told: Option<ToldOf>,
}

/// What is known of a picture of the library.
#[derive(Debug, Clone)]
pub(crate) struct ToldOf {
    /// The model's id.
    pub(crate) model: Option<String>,
    pub(crate) prompt: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) kind: Kind,
}

/// Names to try, in this order, until one is free: the plain one, with the job, with the job and a number.
pub(crate) fn candidates<'a>(
    template: &Template,
    values: &Values,
    extension: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let path = path(template, values);
    let job = values.job.simple().to_string();
    (0_u32..).map(move |attempt| match attempt {
        0 => format!("{path}.{extension}"),
        1 => format!("{path}-{}.{extension}", &job[..8]),
        _ => format!("{path}-{}-{attempt}.{extension}", &job[..8]),
    })
}

/// The path without collision mark and extension.
fn path(template: &Template, values: &Values) -> String {
    let filled = template.fill(values);
    let made = |longest: usize| -> Vec<String> {
        let parts = filled.iter().map(|part| safe_part_within(part, longest));
        parts.filter(|part| !part.is_empty()).collect()
    };
    let mut parts = made(LONGEST_PART);
    let length = |parts: &[String]| parts.iter().map(|part| part.len() + 1).sum::<usize>();
    if parts.len() > 1 && length(&parts) > LONGEST_PATH {
        parts = made((LONGEST_PATH / parts.len()).max(16));
    }
    if parts.is_empty() {
        parts.push(values.job.to_string());
    }
    parts.join("/")
}

/// One part of a path that every system takes: no reserved characters or names, no dots or blanks at its ends, not too
/// long. Empty if nothing is left of it.
pub(crate) fn safe_part(part: &str) -> String {
    safe_part_within(part, LONGEST_PART)
}

fn safe_part_within(part: &str, longest: usize) -> String {
    let mut safe: String = part
        .chars()
        .map(|char| match char {
            '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '_',
            char if char.is_control() || is_invisible(char) => '_',
            char => char,
        })
        .collect();
    let mut end = safe.len().min(longest);
    while !safe.is_char_boundary(end) {
        end -= 1;
    }
    safe.truncate(end);
    // A dot in front would hide the file on Linux and macOS, a dot or blank at the end is lost on Windows.
    let trimmed = safe.trim_matches(|char: char| char == '.' || char.is_whitespace());
    if is_reserved(trimmed) {
        return format!("_{trimmed}");
    }
    trimmed.to_owned()
}

/// Characters that make one name look like another.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Names that Windows keeps for devices, with or without an extension.
pub(crate) fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end();
    let upper = stem.to_ascii_uppercase();
    matches!(
        upper.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) || ["COM", "LPT"].iter().any(|device| {
        upper.strip_prefix(device).is_some_and(|number| {
            let mut chars = number.chars();
            matches!(chars.next(), Some('0'..='9' | '¹' | '²' | '³')) && chars.next().is_none()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn values() -> Values {
        Values {
            at: datetime!(2026-11-22 20:05:09 +9),
            seed: Some(1_234_567),
            index: 2,
            job: Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0),
            told: None,
        }
    }

    fn names(template: &str, values: &Values) -> Vec<String> {
        candidates(&Template::parse(template).0, values, "png")
            .take(20)
            .collect()
    }

    #[test]
    fn a_picture_is_named_by_day_time_seed_and_place() {
        assert_eq!(names(DEFAULT, &values())[0], "2026-11-22/20-05-09-1234567-2.png");
    }

    #[test]
    fn a_taken_name_is_followed_by_one_with_the_job_in_it() {
        let names = names(DEFAULT, &values());
        assert_eq!(names[1], "2026-11-22/20-05-09-1234567-2-12345678.png");
        assert_eq!(names[2], "2026-11-22/20-05-09-1234567-2-12345678-2.png");
    }

    #[test]
    fn a_template_can_not_climb_out_of_the_library() {
        for template in [
            "../../{seed}",
            "/etc/{seed}",
            "./..",
            "a/../../{seed}",
            "..\\..\\{seed}",
            "C:\\{seed}",
            "",
        ] {
            let name = &names(template, &values())[0];
            assert!(!name.starts_with('/'), "{name}");
            assert!(!name.contains('\\') && !name.contains(':'), "{name}");
            assert!(
                name.split('/')
                    .all(|part| part != ".." && part != "." && !part.is_empty()),
                "{name}"
            );
        }
    }

    #[test]
    fn names_that_windows_keeps_for_devices_are_changed() {
        for reserved in ["CON", "con", "nul.tar.gz", "COM1", "lpt9.txt", "COM²", "aux .png"] {
            assert!(safe_part(reserved).starts_with('_'), "{reserved}");
        }
        for free in ["CONSOLE", "COM10", "COMA", "null", "lpt"] {
            assert_eq!(safe_part(free), free);
        }
    }

    #[test]
    fn a_long_path_is_shortened_and_keeps_its_folders() {
        let told = ToldOf {
            model: None,
            prompt: "海".repeat(30) + " " + &"night ".repeat(60),
            width: 1,
            height: 1,
            kind: Kind::Text,
        };
        let values = Values {
            told: Some(told),
            ..values()
        };
        let name = &names("{prompt:99}/{prompt:50}/{prompt:20}-{seed}", &values)[0];
        assert_eq!(name.split('/').count(), 3);
        assert!(name.len() <= LONGEST_PATH + 8, "{}", name.len());
    }

    proptest! {
        #[test]
        fn every_part_is_safe_on_every_system(part in any::<String>()) {
            let safe = safe_part(&part);
            prop_assert!(safe.len() <= LONGEST_PART + 1);
            prop_assert!(!safe.contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*']));
            prop_assert!(!safe.chars().any(char::is_control));
            prop_assert!(!safe.ends_with(['.', ' ']) && !safe.starts_with('.'));
            prop_assert!(!is_reserved(&safe));
        }

        #[test]
        fn making_a_part_safe_twice_changes_nothing_more(part in any::<String>()) {
            let once = safe_part(&part);
            prop_assert_eq!(safe_part(&once), once.clone());
        }

        #[test]
        fn names_to_try_never_repeat(template in "[a-zA-Z{}/. ]{0,40}", index in any::<u32>()) {
            let names = names(&template, &Values { index, ..values() });
            let distinct: std::collections::HashSet<_> = names.iter().collect();
            prop_assert_eq!(distinct.len(), names.len());
        }
    }
}
