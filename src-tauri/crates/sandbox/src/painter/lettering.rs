//! The text that a prompt asks for (api.md 9): `Text: hello` at its end, written large over the picture.

use super::maths::unit;

/// Where the text of a prompt begins, if there is any: the tag that announces it, and what comes after.
pub(super) fn split(prompt: &str) -> (&str, Option<&str>) {
    let lower = prompt.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("text:").map(|at| from + at) {
        let before = prompt[..at].chars().next_back();
        let apart = before.is_none_or(|letter| letter.is_whitespace() || ",.:[]{}、。".contains(letter));
        let after = &prompt[at + 5..];
        if apart && !after.starts_with(':') {
            return (&prompt[..at], Some(after.trim()).filter(|text| !text.is_empty()));
        }
        from = at + 5;
    }
    (prompt, None)
}

/// Letters of a line, and lines.
const MOST_LETTERS: usize = 26;
const MOST_LINES: usize = 6;

/// Writes the text into the lower half: white, with a dark edge.
pub(super) fn write(rgba: &mut [u8], width: usize, height: usize, text: &str) {
    let lines = lines(text);
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    if longest == 0 {
        return;
    }
    let dot = ((width * 5 / 6) / (longest.max(9) * 6))
        .min(height / (lines.len() * 20))
        .max(1);
    let step = 10 * dot;
    let top = (height * 7 / 10).saturating_sub(lines.len() * step / 2);
    for (place, line) in lines.iter().enumerate() {
        let wide = (line.chars().count() * 6 - 1) * dot;
        let left = (width.saturating_sub(wide)) / 2;
        line_at(
            rgba,
            (width, height),
            line,
            left as i64,
            (top + place * step) as i64,
            dot as i64,
        );
    }
}

fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let word: String = word.chars().take(MOST_LETTERS).collect();
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > MOST_LETTERS {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines.truncate(MOST_LINES);
    lines
}

fn line_at(rgba: &mut [u8], (width, height): (usize, usize), line: &str, left: i64, top: i64, dot: i64) {
    let letters: Vec<[u8; 7]> = line.chars().map(letter).collect();
    let inked = |x: i64, y: i64| {
        let (x, y) = (x.div_euclid(dot), y.div_euclid(dot));
        if !(0..7).contains(&y) || x < 0 || x % 6 == 5 {
            return false;
        }
        letters
            .get((x / 6) as usize)
            .is_some_and(|rows| rows[y as usize] >> (4 - x % 6) & 1 == 1)
    };
    let edge = (dot / 2).max(1);
    for y in -edge..7 * dot + edge {
        for x in -edge..letters.len() as i64 * 6 * dot + edge {
            let (column, row) = (left + x, top + y);
            if column < 0 || row < 0 || column >= width as i64 || row >= height as i64 {
                continue;
            }
            let near = [
                (-edge, 0),
                (edge, 0),
                (0, -edge),
                (0, edge),
                (-edge, -edge),
                (edge, edge),
                (edge, -edge),
                (-edge, edge),
            ];
            let (target, share) = if inked(x, y) {
                (255.0, 0.94)
            } else if near.iter().any(|(dx, dy)| inked(x + dx, y + dy)) {
                (24.0, 0.72)
            } else {
                continue;
            };
            let place = (row as usize * width + column as usize) * 4;
            let alpha = f32::from(rgba[place + 3]) / 255.0;
            let kept = alpha * (1.0 - share);
            for part in &mut rgba[place..place + 3] {
                *part = ((f32::from(*part) * kept + target * share) / (kept + share)) as u8;
            }
            rgba[place + 3] = (unit(kept + share) * 255.0 + 0.5) as u8;
        }
    }
}

/// Five by seven dots, a row a byte, the leftmost dot highest. What it has no letter for is a box.
fn letter(letter: char) -> [u8; 7] {
    let letter = letter.to_uppercase().next().unwrap_or(letter);
    let known = LETTERS.iter().find(|(known, _)| *known == letter);
    known.map_or([31, 17, 17, 17, 17, 17, 31], |(_, rows)| *rows)
}

#[rustfmt::skip]
const LETTERS: &[(char, [u8; 7])] = &[
    (' ', [0; 7]),
    ('A', [14, 17, 17, 31, 17, 17, 17]), ('B', [30, 17, 17, 30, 17, 17, 30]), ('C', [14, 17, 16, 16, 16, 17, 14]),
    ('D', [30, 17, 17, 17, 17, 17, 30]), ('E', [31, 16, 16, 30, 16, 16, 31]), ('F', [31, 16, 16, 30, 16, 16, 16]),
    ('G', [14, 17, 16, 23, 17, 17, 15]), ('H', [17, 17, 17, 31, 17, 17, 17]), ('I', [14, 4, 4, 4, 4, 4, 14]),
    ('J', [7, 2, 2, 2, 2, 18, 12]),      ('K', [17, 18, 20, 24, 20, 18, 17]), ('L', [16, 16, 16, 16, 16, 16, 31]),
    ('M', [17, 27, 21, 21, 17, 17, 17]), ('N', [17, 25, 21, 19, 17, 17, 17]), ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('P', [30, 17, 17, 30, 16, 16, 16]), ('Q', [14, 17, 17, 17, 21, 18, 13]), ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),   ('T', [31, 4, 4, 4, 4, 4, 4]),       ('U', [17, 17, 17, 17, 17, 17, 14]),
    ('V', [17, 17, 17, 17, 17, 10, 4]),  ('W', [17, 17, 17, 21, 21, 27, 17]), ('X', [17, 17, 10, 4, 10, 17, 17]),
    ('Y', [17, 17, 10, 4, 4, 4, 4]),     ('Z', [31, 1, 2, 4, 8, 16, 31]),
    ('0', [14, 17, 19, 21, 25, 17, 14]), ('1', [4, 12, 4, 4, 4, 4, 14]),      ('2', [14, 17, 1, 6, 8, 16, 31]),
    ('3', [30, 1, 1, 14, 1, 1, 30]),     ('4', [2, 6, 10, 18, 31, 2, 2]),     ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [14, 16, 16, 30, 17, 17, 14]), ('7', [31, 1, 2, 4, 8, 8, 8]),       ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 1, 14]),
    ('.', [0, 0, 0, 0, 0, 12, 12]),      (',', [0, 0, 0, 0, 12, 4, 8]),       ('!', [4, 4, 4, 4, 4, 0, 4]),
    ('?', [14, 17, 1, 6, 4, 0, 4]),      ('-', [0, 0, 0, 31, 0, 0, 0]),       ('\'', [4, 4, 8, 0, 0, 0, 0]),
    ('’', [4, 4, 8, 0, 0, 0, 0]),        ('"', [10, 10, 0, 0, 0, 0, 0]),      (':', [0, 12, 12, 0, 12, 12, 0]),
    (';', [0, 12, 12, 0, 12, 4, 8]),     ('&', [12, 18, 20, 8, 21, 18, 13]),  ('+', [0, 4, 4, 31, 4, 4, 0]),
    ('/', [1, 1, 2, 4, 8, 16, 16]),      ('(', [2, 4, 8, 8, 8, 4, 2]),        (')', [8, 4, 2, 2, 2, 4, 8]),
    ('♥', [0, 10, 31, 31, 14, 4, 0]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_at_the_end_behind_its_tag() {
        assert_eq!(
            split("1girl, night, Text: Hello, world"),
            ("1girl, night, ", Some("Hello, world"))
        );
        assert_eq!(split("teXt: a\n\nb"), ("", Some("a\n\nb")));
        assert_eq!(split("no text, context: x"), ("no text, context: x", None));
        assert_eq!(split("a, text::b::"), ("a, text::b::", None));
        assert_eq!(split("é、text:x"), ("é、", Some("x")));
        assert_eq!(split("a, text: "), ("a, ", None));
    }

    #[test]
    fn long_texts_are_broken_and_cut_to_what_fits() {
        assert_eq!(lines("one\n\ntwo"), ["one", "two"]);
        let many = lines(&"word ".repeat(200));
        assert!(many.len() == MOST_LINES && many.iter().all(|line| line.len() <= MOST_LETTERS));
        let mut tiny = vec![255; 64 * 64 * 4];
        write(
            &mut tiny,
            64,
            64,
            "Ein Satz, länger als das Bild breit ist; und noch viel mehr als das.",
        );
        assert!(tiny.chunks(4).any(|pixel| pixel[0] < 100));
    }
}
