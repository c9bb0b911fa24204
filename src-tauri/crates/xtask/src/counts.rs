//! How many tests passed and failed, read from what the test runners print.

/// Tests that passed and that did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that failed.
    pub(crate) failed: u32,
}

impl Counts {
    /// One check that passed.
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0 };
    /// One check that failed.
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1 };

    /// Adds another count to this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// What a line adds: the closing line of `cargo test` or of Vitest, or nothing.
    pub(crate) fn of_line(line: &str) -> Self {
        let line = without_colour(line);
        let line = line.trim();
        let closing = line
            .strip_prefix("test result:")
            .or_else(|| line.strip_prefix("Tests "));
        let Some(closing) = closing else { return Self::default() };
        let words: Vec<&str> = closing
            .split(|c: char| c.is_whitespace() || ";,|".contains(c))
            .collect();
        let before = |what: &str| {
            let at = words.iter().position(|word| *word == what)?;
            words[..at].iter().rev().find(|word| !word.is_empty())?.parse().ok()
        };
        Self {
            passed: before("passed").unwrap_or(0),
            failed: before("failed").unwrap_or(0),
        }
    }
}

/// A line without the escape sequences that colour it.
pub(crate) fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_cargo_test_is_understood() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s";
        assert_eq!(Counts::of_line(line), Counts { passed: 12, failed: 3 });
        let coloured = "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 7 passed; 0 failed; 0 ignored";
        assert_eq!(Counts::of_line(coloured), Counts { passed: 7, failed: 0 });
    }

    #[test]
    fn the_closing_line_of_vitest_is_understood() {
        assert_eq!(
            Counts::of_line("      Tests  41 passed (41)"),
            Counts { passed: 41, failed: 0 }
        );
        let coloured =
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m1 failed\u{1b}[39m | \u{1b}[32m40 passed\u{1b}[39m (41)";
        assert_eq!(Counts::of_line(coloured), Counts { passed: 40, failed: 1 });
    }

    #[test]
    fn other_lines_add_nothing() {
        for line in [
            " Test Files  9 passed (9)",
            "test the_queue::is_kept ... ok",
            "running 3 tests",
            "",
            "1 passed",
        ] {
            assert_eq!(Counts::of_line(line), Counts::default(), "{line}");
        }
    }
}
