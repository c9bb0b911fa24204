//! File names as they may be shown: on one line, in one direction, and no path.

/// The most characters of a name.
const LONGEST: usize = 120;

/// The last part of a name, without what could break a line, turn the reading direction around, or hide.
pub(crate) fn presentable(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty());
    let shown: String = last
        .unwrap_or_default()
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .filter(|letter| !is_invisible(*letter))
        .take(LONGEST)
        .collect();
    let shown = shown.trim();
    if shown.is_empty() {
        "picture".to_owned()
    } else {
        shown.to_owned()
    }
}

/// Marks of reading direction, joiners and separators.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_on_one_line_and_in_one_direction() {
        for (name, shown) in [
            ("sea.png", "sea.png"),
            ("/home/a/sea.png", "sea.png"),
            (r"C:\Pictures\sea.png", "sea.png"),
            ("two\nlines.png", "two lines.png"),
            ("gnp.\u{202e}exe.png", "gnp.exe.png"),
            ("海 の絵.webp", "海 の絵.webp"),
            ("صورة.png", "صورة.png"),
            ("", "picture"),
            ("..", ".."),
            ("\u{200f}\n", "picture"),
            ("folder/", "folder"),
        ] {
            assert_eq!(presentable(name), shown, "{name:?}");
        }
        assert_eq!(presentable(&"x".repeat(5000)).len(), LONGEST);
    }
}
