//! A little more, a little less: the weight of what is selected in a prompt, changed by a step.
//!
//! A step there and a step back leave the prompt as it was, to the letter. Where that can't be promised, nothing is
//! changed: between two digits, for instance, no weight can be written.

use std::ops::Range;

use super::weights::{Open, Piece, PieceKind, Syntax, parse};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Stronger, by 0.05 or a brace.
    Up,
    /// Weaker, by 0.05 or a bracket.
    Down,
}

impl Step {
    fn back(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// A prompt with another weight in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nudged {
    /// The prompt.
    pub prompt: String,
    /// Where the words are now that were selected.
    pub selection: Range<usize>,
}

/// Makes what is selected stronger or weaker. White space and commas around it are left out of the selection; where
/// nothing is selected the tag under the cursor is meant. `selection` is in bytes.
///
/// Words that have a number of their own (`1.05::x ::`) get another; words without any weight get one. Inside other
/// weights, and where there are no numbers, braces and brackets are set or taken away.
///
/// `None` where there is nothing to change, or no way to write it.
#[must_use]
pub fn nudge(prompt: &str, selection: Range<usize>, step: Step, syntax: Syntax) -> Option<Nudged> {
    let selection = words(prompt, selection)?;
    let nudged = once(prompt, selection.clone(), step, syntax)?;
    let back = once(&nudged.prompt, nudged.selection.clone(), step.back(), syntax)?;
    (back.prompt == prompt && back.selection == selection).then_some(nudged)
}

/// The words that are meant by a selection.
fn words(prompt: &str, selection: Range<usize>) -> Option<Range<usize>> {
    let selected = prompt.get(selection.clone())?;
    let (mut start, mut end) = (selection.start, selection.end);
    if selected.is_empty() {
        let limits = |c: char| matches!(c, ',' | '\n' | '|' | '{' | '}' | '[' | ']' | ':');
        start = prompt[..start].rfind(limits).map_or(0, |at| at + 1);
        end = prompt[end..].find(limits).map_or(prompt.len(), |at| end + at);
    }
    let outside = |c: char| c.is_whitespace() || c == ',';
    let text = &prompt[start..end];
    let kept = text.trim_start_matches(outside);
    start += text.len() - kept.len();
    let kept = kept.trim_end_matches(outside);
    (!kept.is_empty()).then(|| start..start + kept.len())
}

fn once(prompt: &str, words: Range<usize>, step: Step, syntax: Syntax) -> Option<Nudged> {
    let place = Place::of(prompt, &words, syntax)?;
    if let Some((number, space)) = place.number {
        return renumbered(prompt, words, number, space, step);
    }
    if syntax == Syntax::Numbers && place.open == Open::default() {
        let joins = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
        if prompt[..words.start].ends_with(joins) {
            return None;
        }
        let number = match step {
            Step::Up => "1.05",
            Step::Down => "0.95",
        };
        return Some(wrapped(prompt, words, &format!("{number}::"), CLOSING));
    }
    let (stronger, weaker) = (("{", "}"), ("[", "]"));
    let (set, taken) = match step {
        Step::Up => (stronger, weaker),
        Step::Down => (weaker, stronger),
    };
    let around = prompt[..words.start].ends_with(taken.0) && prompt[words.end..].starts_with(taken.1);
    // Without its last bracket a word would be one that gets a number, and not this bracket again.
    let left = match step {
        Step::Up => Open {
            weaker: place.open.weaker - 1,
            ..place.open
        },
        Step::Down => Open {
            stronger: place.open.stronger - 1,
            ..place.open
        },
    };
    let comes_back = syntax == Syntax::Braces || left != Open::default();
    Some(match around && comes_back {
        true => Nudged {
            prompt: [
                &prompt[..words.start - 1],
                &prompt[words.clone()],
                &prompt[words.end + 1..],
            ]
            .concat(),
            selection: words.start - 1..words.end - 1,
        },
        false => wrapped(prompt, words, set.0, set.1),
    })
}

/// Behind words, with the space that keeps a number at their end from becoming a weight.
const CLOSING: &str = " ::";

fn wrapped(prompt: &str, words: Range<usize>, before: &str, behind: &str) -> Nudged {
    Nudged {
        prompt: [
            &prompt[..words.start],
            before,
            &prompt[words.clone()],
            behind,
            &prompt[words.end..],
        ]
        .concat(),
        selection: words.start + before.len()..words.end + before.len(),
    }
}

/// Where words stand among the marks of a prompt.
struct Place<'p> {
    /// What is open where they begin.
    open: Open,
    /// The number that is theirs alone, and whether a space stands before its end.
    number: Option<(&'p str, bool)>,
}

impl<'p> Place<'p> {
    /// `None` where the words begin or end within a mark, or where marks in them reach beyond them.
    fn of(prompt: &'p str, words: &Range<usize>, syntax: Syntax) -> Option<Self> {
        let (mut open, mut inner, mut at) = (Open::default(), Open::default(), 0);
        let (mut before, mut ends) = (None, [false, false]);
        for Piece { source, kind } in parse(prompt, syntax) {
            let end = at + source.len();
            let text = kind == PieceKind::Text;
            if at < words.start && (text || end <= words.start) {
                open.pass(kind);
                before = (end == words.start && !text).then_some((source, kind));
            } else if at < words.start || at < words.end && end > words.end && !text {
                return None;
            }
            if at >= words.start && end <= words.end && !text {
                let closes = match kind {
                    PieceKind::StrongerEnd => inner.stronger == 0,
                    PieceKind::WeakerEnd => inner.weaker == 0,
                    PieceKind::Weight(_) | PieceKind::End => true,
                    PieceKind::Text | PieceKind::Stronger | PieceKind::Weaker => false,
                };
                if closes {
                    return None;
                }
                inner.pass(kind);
            }
            if kind == PieceKind::End {
                ends = [ends[0] || at == words.end, ends[1] || at == words.end + 1];
            }
            at = end;
        }
        if inner != Open::default() {
            return None;
        }
        let spaced = ends[1] && prompt[words.end..].starts_with(' ');
        let number = match before {
            Some((source, PieceKind::Weight(_))) if ends[0] || spaced => source.strip_suffix("::"),
            Some(_) | None => None,
        };
        Some(Self {
            open,
            number: number.map(|number| (number, spaced && !ends[0])),
        })
    }
}

/// The same words with another number. A number that was set by a step is taken away where it comes back to 1.
fn renumbered(prompt: &str, words: Range<usize>, number: &str, space: bool, step: Step) -> Option<Nudged> {
    let Decimal { hundredths, zeros } = Decimal::read(number)?;
    // With a space the words are written as a step writes them. Then 1 is no number at all, and a 1 that stands there
    // is told from it by a zero more.
    let zeros = if space && hundredths == 100 { zeros + 1 } else { zeros };
    let changed = match step {
        Step::Up => hundredths + 5,
        Step::Down => hundredths - 5,
    };
    let start = words.start - number.len() - 2;
    let (before, behind) = (&prompt[..start], &prompt[words.end..]);
    if space && changed == 100 && zeros == 0 {
        let behind = behind.strip_prefix(CLOSING)?;
        return Some(Nudged {
            prompt: [before, &prompt[words.clone()], behind].concat(),
            selection: start..start + words.len(),
        });
    }
    let zeros = if space && changed == 100 { zeros - 1 } else { zeros };
    let number = Decimal {
        hundredths: changed,
        zeros,
    };
    let head = format!("{before}{}::", number.written());
    Some(Nudged {
        selection: head.len()..head.len() + words.len(),
        prompt: [&head, &prompt[words], behind].concat(),
    })
}

/// A number as it is written: its value, and the zeros at its end that it would not need.
struct Decimal {
    hundredths: i64,
    zeros: usize,
}

impl Decimal {
    /// Only numbers that are written plainly and have a step below the hundredth: others are left alone.
    fn read(number: &str) -> Option<Self> {
        let unsigned = number.strip_prefix('-').unwrap_or(number);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let needed = fraction.trim_end_matches('0');
        if needed.len() > 2 || whole.len() > 3 {
            return None;
        }
        let hundredths: i64 = format!("{whole}{needed:0<2}").parse().ok()?;
        let read = Self {
            hundredths: if unsigned.len() < number.len() {
                -hundredths
            } else {
                hundredths
            },
            zeros: fraction.len() - needed.len(),
        };
        (read.written() == number).then_some(read)
    }

    fn written(&self) -> String {
        let sign = if self.hundredths < 0 { "-" } else { "" };
        let (whole, rest) = (self.hundredths.abs() / 100, self.hundredths.abs() % 100);
        let fraction = format!("{rest:02}");
        let fraction = format!("{}{}", fraction.trim_end_matches('0'), "0".repeat(self.zeros));
        let dot = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{dot}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The prompt after so many steps, and what is selected then. The words are marked by `<` and `>`.
    fn after(marked: &str, steps: &[Step], syntax: Syntax) -> Option<String> {
        let start = marked.find('<').unwrap();
        let end = marked.find('>').unwrap() - 1;
        let mut nudged = Nudged {
            prompt: marked.replace(['<', '>'], ""),
            selection: start..end,
        };
        for step in steps {
            nudged = nudge(&nudged.prompt, nudged.selection, *step, syntax)?;
        }
        let (prompt, selection) = (nudged.prompt, nudged.selection);
        Some(format!(
            "{}<{}>{}",
            &prompt[..selection.start],
            &prompt[selection.clone()],
            &prompt[selection.end..]
        ))
    }

    fn numbers(marked: &str, steps: &[Step]) -> String {
        after(marked, steps, Syntax::Numbers).unwrap_or_else(|| "none".into())
    }

    use Step::{Down, Up};

    #[test]
    fn words_get_a_number_and_lose_it_again() {
        assert_eq!(numbers("a, <b c>, d", &[Up]), "a, 1.05::<b c> ::, d");
        assert_eq!(numbers("a, <b>", &[Up, Up, Up]), "a, 1.15::<b> ::");
        assert_eq!(numbers("<b>", &[Down]), "0.95::<b> ::");
        assert_eq!(numbers("<b>", &[Down, Up, Up]), "1.05::<b> ::");
        assert_eq!(numbers("<b>", &[Up, Down]), "<b>");
        assert_eq!(numbers("<year 2002>, x", &[Up]), "1.05::<year 2002> ::, x");
        assert_eq!(numbers("0.05::<b> ::", &[Down, Down]), "-0.05::<b> ::");
        assert_eq!(numbers("1.2::<b>::", &[Up]), "1.25::<b>::");
        assert_eq!(numbers("1.05::<b>::", &[Down, Down]), "0.95::<b>::");
    }

    #[test]
    fn braces_are_set_and_taken_away() {
        let braces = |marked: &str, steps: &[Step]| after(marked, steps, Syntax::Braces).unwrap();
        assert_eq!(braces("a, <b>, c", &[Up]), "a, {<b>}, c");
        assert_eq!(braces("<b>", &[Up, Up, Down]), "{<b>}");
        assert_eq!(braces("<b>", &[Down, Down]), "[[<b>]]");
        assert_eq!(braces("[<b>]", &[Up, Up]), "{<b>}");
        assert_eq!(braces("1.5::<b>::", &[Up]), "1.5::{<b>}::");
    }

    #[test]
    fn inside_another_weight_braces_are_used() {
        assert_eq!(numbers("1.5::a, <b>, c ::", &[Up]), "1.5::a, {<b>}, c ::");
        assert_eq!(numbers("{a, <b>}", &[Down]), "{a, [<b>]}");
        assert_eq!(numbers("{<b>}", &[Down]), "{[<b>]}");
        assert_eq!(numbers("{{<b>}}", &[Down]), "{<b>}");
    }

    #[test]
    fn without_a_selection_the_tag_under_the_cursor_is_meant() {
        assert_eq!(
            numbers("a, red h<>air , c", &[Up]),
            "a, 1.05::<red hair> ::, c".replace(" ::, c", " :: , c")
        );
        assert_eq!(numbers("1.05::re<>d ::", &[Up]), "1.1::<red> ::");
        assert_eq!(numbers("a, <, b ,>, c", &[Up]), "a, , 1.05::<b> :: ,, c");
    }

    #[test]
    fn what_can_not_be_undone_is_not_done() {
        for marked in [
            "2<x>",
            "a-<b>",
            "<>",
            "< , >",
            "a<, 1.2::b>, c ::",
            "{a<}, b>",
            "<a{b>}",
            "1.05:<:b>",
            ".5::<a>::",
        ] {
            assert_eq!(numbers(marked, &[Up]), "none", "{marked}");
        }
        assert_eq!(nudge("é", 1..1, Up, Syntax::Numbers), None);
        assert_eq!(nudge("a", 0..9, Up, Syntax::Numbers), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_step_and_a_step_back_change_nothing(
            prompt in "(([ab2é ,.|-]{1,4})|[{}\\[\\]]|(-?[0-2](\\.[0-9]{1,3})?::)| ?::){0,12}",
            start in any::<prop::sample::Index>(),
            length in 0_usize..12,
            up in any::<bool>(),
            braces in any::<bool>(),
            steps in 1_usize..40,
        ) {
            let syntax = if braces { Syntax::Braces } else { Syntax::Numbers };
            let step = if up { Up } else { Down };
            let start = start.index(prompt.len() + 1);
            let first = nudge(&prompt, start..(start + length).min(prompt.len()), step, syntax);
            if let Some(first) = first {
                let mut nudged = first.clone();
                let mut walked = 0;
                while walked < steps {
                    let Some(next) = nudge(&nudged.prompt, nudged.selection.clone(), step, syntax) else { break };
                    nudged = next;
                    walked += 1;
                }
                for _ in 0..walked {
                    nudged = nudge(&nudged.prompt, nudged.selection, step.back(), syntax).unwrap();
                }
                prop_assert_eq!(&nudged, &first);
                let back = nudge(&nudged.prompt, nudged.selection, step.back(), syntax).unwrap();
                prop_assert_eq!(back.prompt, prompt);
            }
        }

        #[test]
        fn plain_words_can_always_be_nudged(words in "[a-z]{1,8}( [a-z0-9]{1,8}){0,2}", up in any::<bool>()) {
            let prompt = format!("1girl, {words}, sea");
            let nudged = nudge(&prompt, 7..7 + words.len(), if up { Up } else { Down }, Syntax::Numbers).unwrap();
            prop_assert_eq!(&nudged.prompt[nudged.selection], words);
        }

        #[test]
        fn no_prompt_is_too_odd(prompt in any::<String>(), start in 0_usize..40, length in 0_usize..40) {
            let _ = nudge(&prompt, start..start + length, Up, Syntax::Numbers);
        }
    }
}
