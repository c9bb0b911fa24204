//! Which tests failed and why, read from what the test runners print, so that the end of a long run can name them.

use crate::counts::without_colour;

/// A reason longer than this, in characters, is cut: a failed comparison of two pages fills screens.
const LONGEST: usize = 300;

/// The failures of a test runner, a line each: the name of a test, or the reason on the line after it.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    lines: Vec<String>,
    reason_is_next: bool,
}

impl Failures {
    /// Reads the next line of what a runner prints.
    pub(crate) fn read(&mut self, line: &str) {
        let line = without_colour(line);
        let line = line.trim();
        if self.reason_is_next {
            // Several tests may have one reason: it comes after the last of them.
            self.reason_is_next = line.starts_with("FAIL ");
            self.lines.push(line.chars().take(LONGEST).collect());
        } else if line.starts_with("FAIL ") || (line.starts_with("thread '") && line.contains(" panicked at ")) {
            self.reason_is_next = true;
            self.lines.push(line.to_owned());
        } else if line.starts_with("test ") && line.ends_with(" ... FAILED") {
            self.lines.push(line.to_owned());
        }
    }

    /// Takes over what another one read.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.lines.append(&mut other.lines);
    }

    /// A line each, in the order in which they were read.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(printed: &str) -> Vec<String> {
        let mut failures = Failures::default();
        printed.lines().for_each(|line| failures.read(line));
        failures.lines
    }

    #[test]
    fn a_failed_rust_test_is_named_with_where_and_why() {
        let printed = "test the_queue::is_kept ... FAILED\n\
            test the_queue::is_read ... ok\n\n\
            failures:\n\n---- the_queue::is_kept stdout ----\n\
            thread 'the_queue::is_kept' (91) panicked at studio/src/queue.rs:7:5:\n\
            the queue is empty\n\
            note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        assert_eq!(
            read(printed),
            [
                "test the_queue::is_kept ... FAILED",
                "thread 'the_queue::is_kept' (91) panicked at studio/src/queue.rs:7:5:",
                "the queue is empty",
            ]
        );
    }

    #[test]
    fn a_failed_test_of_vitest_is_named_with_why() {
        let printed = "\u{1b}[41m\u{1b}[1m FAIL \u{1b}[22m\u{1b}[49m src/a.test.ts\u{1b}[2m > \u{1b}[22madds\n\
            \u{1b}[31m\u{1b}[1mAssertionError\u{1b}[22m: expected 1 to be 2\u{1b}[39m\n\n- Expected\n";
        assert_eq!(
            read(printed),
            ["FAIL  src/a.test.ts > adds", "AssertionError: expected 1 to be 2"]
        );
    }

    #[test]
    fn several_tests_with_one_reason_are_all_named() {
        let printed = " FAIL  src/a.test.ts > adds\n FAIL  src/b.test.ts > adds\nError: no\n at a line\n";
        assert_eq!(
            read(printed),
            ["FAIL  src/a.test.ts > adds", "FAIL  src/b.test.ts > adds", "Error: no"]
        );
    }

    #[test]
    fn a_long_reason_is_cut() {
        let printed = format!(" FAIL  src/a.test.ts > adds\n{}\n", "語".repeat(LONGEST + 1));
        assert_eq!(read(&printed)[1].chars().count(), LONGEST);
    }
}
