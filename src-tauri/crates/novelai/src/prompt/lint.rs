//! What is wrong with a prompt, and the ways out that a person can click.
//!
//! Every rule looks at the text that is sent: comments, switched-off segments and the words that are drawn as text are
//! blanked before. A rule that is not sure keeps silent: a false alarm at every keystroke is worse than none.

mod syntax;
mod tags;

pub(crate) use syntax::in_braces;

use std::ops::Range;

use serde::Serialize;

use super::look::Counted;
use super::regions::blanked;
use super::settle::PromptPlace;
use super::spans::block;
use super::units::Units;
use super::weights::Syntax;
use super::wildcards::Wildcards;
use crate::model::Model;
use crate::request::GenerateRequest;

/// Something that is wrong with a prompt. Places count UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PromptProblem {
    /// Where it begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// Which rule is broken.
    pub rule: PromptRule,
    /// How bad that is.
    pub severity: Severity,
    /// The words it is about.
    pub subject: String,
    /// What they are at odds with, if anything.
    pub other: Option<String>,
    /// Ways out.
    pub fixes: Vec<Fix>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// It is not what was meant.
    Error,
    /// It is hardly what was meant.
    Warning,
    /// It may be what was meant.
    Hint,
}

/// What a prompt can do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum PromptRule {
    /// The same tag a second time.
    Duplicate,
    /// Two tags that can't both be.
    Contradiction,
    /// A weight without its beginning or its end.
    Unbalanced,
    /// `no text` beside words that are to be drawn.
    NoTextWithTextBlock,
    /// How many there are, where only one is described.
    CountInCharacter,
    /// `1.5::x::`, which the model does not read.
    NumbersNotRead,
    /// `(x:1.5)`, which no model of the service reads.
    ParenthesesNotRead,
    /// `a|b`, which the model does not mix.
    MixingNotRead,
    /// More than the model reads.
    TooManyTokens,
    /// A wildcard without a list.
    UnknownWildcard,
    /// `||` without its end.
    OpenRandomizer,
}

/// A way out that a person can click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What it does.
    pub kind: FixKind,
    /// How the text is changed, from left to right.
    pub edits: Vec<Edit>,
}

/// What a fix does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum FixKind {
    /// Takes something away.
    Remove,
    /// Adds what is missing.
    Close,
    /// Writes it as the model reads it.
    Convert,
    /// Writes something else.
    Replace,
}

/// A change of a text. Places count UTF-16 units of the text as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// Where it begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What stands there instead.
    pub insert: String,
}

/// A problem, in bytes.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    range: Range<usize>,
    rule: PromptRule,
    severity: Severity,
    subject: String,
    other: Option<String>,
    fixes: Vec<(FixKind, Vec<Replacement>)>,
}

/// A part of the prompt, and what is put in its place.
type Replacement = (Range<usize>, String);

impl Found {
    fn new(rule: PromptRule, severity: Severity, range: Range<usize>, subject: impl Into<String>) -> Self {
        Self {
            range,
            rule,
            severity,
            subject: subject.into(),
            other: None,
            fixes: Vec::new(),
        }
    }

    fn against(mut self, other: impl Into<String>) -> Self {
        self.other = Some(other.into());
        self
    }

    fn fix(mut self, kind: FixKind, edits: impl IntoIterator<Item = (Range<usize>, String)>) -> Self {
        self.fixes.push((kind, edits.into_iter().collect()));
        self
    }
}

/// What a rule looks at.
struct Subject<'s> {
    request: &'s GenerateRequest,
    text: &'s str,
    place: PromptPlace,
    model: &'s Model,
    syntax: Syntax,
    lists: &'s Wildcards,
    /// The text with a space for every byte that is no tag.
    live: String,
    /// The words that are drawn as text.
    block: Option<Range<usize>>,
}

/// So many problems are told; a text with more is no prompt.
const MOST: usize = 100;

pub(super) fn problems(
    request: &GenerateRequest,
    place: PromptPlace,
    model: &Model,
    lists: &Wildcards,
    counted: &Counted,
    units: &Units<'_>,
) -> Vec<PromptProblem> {
    let text = place.text(request);
    let mut live = blanked(text);
    let syntax = Syntax::of(model);
    let block = (syntax == Syntax::Numbers).then(|| block(&live, place)).flatten();
    if let Some(block) = &block {
        let blank = " ".repeat(block.len());
        live.replace_range(block.clone(), &blank);
    }
    let subject = Subject {
        request,
        text,
        place,
        model,
        syntax,
        lists,
        live,
        block,
    };
    let mut found = syntax::problems(&subject);
    found.extend(tags::problems(&subject));
    found.truncate(MOST);
    if let Some(from) = counted.cut_from {
        let range = from..text.trim_end().len().max(from);
        let many = Found::new(
            PromptRule::TooManyTokens,
            Severity::Warning,
            range,
            counted.total.to_string(),
        );
        found.push(many.against(counted.limit.to_string()));
    }
    found.sort_by_key(|problem| (problem.range.start, problem.range.end));
    found.into_iter().map(|problem| told(problem, units)).collect()
}

fn told(found: Found, units: &Units<'_>) -> PromptProblem {
    let (from, to) = units.range(&found.range);
    let fixes = found.fixes.into_iter().map(|(kind, mut edits)| {
        edits.sort_by_key(|(range, _)| range.start);
        let edits = edits.into_iter().map(|(range, insert)| {
            let (from, to) = units.range(&range);
            Edit { from, to, insert }
        });
        Fix {
            kind,
            edits: edits.collect(),
        }
    });
    PromptProblem {
        from,
        to,
        rule: found.rule,
        severity: found.severity,
        subject: found.subject,
        other: found.other,
        fixes: fixes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::look::{Reading, look};
    use super::super::wildcards::List;
    use super::*;
    use crate::model::Registry;
    use crate::request::{QualityPreset, UndesiredPreset};
    use crate::testing::{V45_FULL, character, request};
    use crate::tokens::Tokenizers;

    const V3: &str = "nai-diffusion-3";
    const CHARACTER: PromptPlace = PromptPlace::Character { index: 0 };

    fn asked(model: &str, place: PromptPlace, text: &str) -> GenerateRequest {
        let mut asked = request(model);
        asked.prompt.quality = QualityPreset::None;
        asked.prompt.undesired_preset = UndesiredPreset::None;
        asked.prompt.text = String::new();
        asked.characters = vec![character("")];
        match place {
            PromptPlace::Prompt => asked.prompt.text = text.into(),
            PromptPlace::Undesired => asked.prompt.undesired = text.into(),
            PromptPlace::Character { .. } => asked.characters[0].prompt = text.into(),
            PromptPlace::CharacterUndesired { .. } => asked.characters[0].undesired = text.into(),
        }
        asked
    }

    fn seen(request: &GenerateRequest, place: PromptPlace) -> Vec<PromptProblem> {
        let mut lists = Wildcards::default();
        lists.insert("hair", List::read("red"));
        let reading = Reading {
            registry: Registry::builtin(),
            lists: &lists,
            tokenizers: &Tokenizers::default(),
        };
        look(request, place, reading).problems
    }

    /// Each problem as `rule: what is marked → what the first fix makes of the text`.
    fn told(model: &str, place: PromptPlace, text: &str) -> Vec<String> {
        let problems = seen(&asked(model, place, text), place).into_iter();
        problems
            .map(|problem| {
                let marked = &text[problem.from as usize..problem.to as usize];
                let fixed = problem.fixes.first().map(|fix| {
                    let mut fixed = text.to_owned();
                    for edit in fix.edits.iter().rev() {
                        fixed.replace_range(edit.from as usize..edit.to as usize, &edit.insert);
                    }
                    format!(" → {fixed}")
                });
                format!("{:?}: {marked}{}", problem.rule, fixed.unwrap_or_default())
            })
            .collect()
    }

    fn prompt(text: &str) -> Vec<String> {
        told(V45_FULL, PromptPlace::Prompt, text)
    }

    #[test]
    fn a_prompt_in_order_has_no_problems() {
        for text in [
            "",
            "1girl, solo, red hair, {smile}, 1.2::sea ::, [sky]",
            "2girls, long hair, short hair, day, saber (fate), >_<, :d",
            "||red|blue|| hat, ||red|green|| shoes, __hair__",
            "# a, a\nsea, /*sea*/, sky, Text: sea, sea",
            "fur dataset, a girl stands in the rain, holding an umbrella; the sky is grey",
        ] {
            assert_eq!(prompt(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_same_tag_twice() {
        assert_eq!(prompt("sea, sky, Sea"), ["Duplicate: Sea → sea, sky"]);
        assert_eq!(prompt("sea, {sea}, sky"), ["Duplicate: sea → sea, sky"]);
        assert_eq!(prompt("red_hair, red  hair"), ["Duplicate: red  hair → red_hair"]);
    }

    #[test]
    fn tags_that_can_not_both_be() {
        assert_eq!(prompt("day, sea, night"), ["Contradiction: night → day, sea"]);
        assert_eq!(prompt("solo, 2girls"), ["Contradiction: 2girls → solo"]);
        assert_eq!(prompt("no humans, 1girl"), ["Contradiction: 1girl → no humans"]);
        assert_eq!(
            prompt("1girl, long hair, short hair"),
            ["Contradiction: short hair → 1girl, long hair"]
        );
        assert_eq!(
            told(V45_FULL, CHARACTER, "girl, open mouth, closed mouth"),
            ["Contradiction: closed mouth → girl, open mouth"]
        );
        let mut both = asked(V45_FULL, PromptPlace::Undesired, "hat, sea");
        both.prompt.text = "sea, -1::hat ::".into();
        let problems = seen(&both, PromptPlace::Undesired);
        assert_eq!(
            (
                problems.len(),
                problems[0].subject.as_str(),
                problems[0].other.as_deref()
            ),
            (1, "sea", Some("sea"))
        );
    }

    #[test]
    fn weights_without_an_end() {
        assert_eq!(prompt("a, {b, c"), ["Unbalanced: { → a, {b}, c"]);
        assert_eq!(prompt("a, b}, c"), ["Unbalanced: } → a, b, c"]);
        assert_eq!(prompt("a, [b}"), ["Unbalanced: [ → a, [b}]", "Unbalanced: } → a, [b"]);
        assert_eq!(prompt("a, 1.5::b"), ["Unbalanced: 1.5:: → a, 1.5::b ::"]);
        assert_eq!(prompt("a ::, b"), ["Unbalanced: :: → a , b"]);
        assert_eq!(prompt("{a, 2::b ::"), ["Unbalanced: { → {a}, 2::b ::"]);
    }

    #[test]
    fn no_text_beside_a_text_block() {
        assert_eq!(
            prompt("sign, no text, Text: Open"),
            ["NoTextWithTextBlock: no text → sign, Text: Open"]
        );
        let mut preset = asked(V45_FULL, PromptPlace::Prompt, "sign, Text: Open");
        preset.prompt.quality = QualityPreset::Standard;
        let problems = seen(&preset, PromptPlace::Prompt);
        assert_eq!(
            (problems.len(), problems[0].rule, problems[0].severity),
            (1, PromptRule::NoTextWithTextBlock, Severity::Hint)
        );
        let mut elsewhere = asked(V45_FULL, CHARACTER, "girl, Text: Hi");
        elsewhere.prompt.text = "no text".into();
        assert_eq!(seen(&elsewhere, PromptPlace::Prompt).len(), 1);
        assert!(seen(&elsewhere, CHARACTER).is_empty());
    }

    #[test]
    fn counts_belong_to_the_prompt() {
        assert_eq!(
            told(V45_FULL, CHARACTER, "1girl, hat"),
            ["CountInCharacter: 1girl → girl, hat"]
        );
        assert_eq!(
            told(V45_FULL, CHARACTER, "hat, 2boys"),
            ["CountInCharacter: 2boys → hat, boy"]
        );
        assert_eq!(
            told(V45_FULL, CHARACTER, "girl, multiple girls"),
            ["CountInCharacter: multiple girls → girl"]
        );
    }

    #[test]
    fn what_other_models_read_is_converted() {
        let v3 = |text: &str| told(V3, PromptPlace::Prompt, text);
        assert_eq!(
            v3("a, 1.1::b, c ::, d"),
            ["NumbersNotRead: 1.1::b, c :: → a, {{b, c}}, d"]
        );
        assert_eq!(v3("0.9::b::"), ["NumbersNotRead: 0.9::b:: → [[b]]"]);
        assert_eq!(
            v3("(red hair:1.2), (sea)"),
            ["ParenthesesNotRead: (red hair:1.2) → {{{{red hair}}}}, (sea)"]
        );
        assert_eq!(v3("cat:0.6|dog:0.4"), Vec::<String>::new());
        assert_eq!(
            prompt("(red hair:1.2), saber (fate)"),
            ["ParenthesesNotRead: (red hair:1.2) → 1.2::red hair ::, saber (fate)"]
        );
        assert_eq!(prompt("((hat)), a"), ["ParenthesesNotRead: ((hat)) → 1.21::hat ::, a"]);
        assert_eq!(prompt("cat:0.6|dog"), ["MixingNotRead: | → 0.6::cat ::, dog"]);
        assert_eq!(prompt("cat | dog"), ["MixingNotRead: | → cat, dog"]);
    }

    #[test]
    fn wildcards_and_groups() {
        assert_eq!(
            prompt("__hiar__, __nothing like it__"),
            [
                "UnknownWildcard: __hiar__ → __hair__, __nothing like it__",
                "UnknownWildcard: __nothing like it__"
            ]
        );
        assert_eq!(prompt("||a|b, c"), ["OpenRandomizer: || → ||a|b||, c"]);
    }

    #[test]
    fn places_of_fixes_count_as_the_page_counts() {
        let problems = seen(&asked(V45_FULL, PromptPlace::Prompt, "😀海, {b"), PromptPlace::Prompt);
        assert_eq!((problems[0].from, problems[0].to), (5, 6));
        assert_eq!(problems[0].fixes[0].edits[0].from, 7);
    }

    proptest! {
        #[test]
        fn no_prompt_is_too_odd_and_every_fix_fits(
            any in any::<String>(), marked in "([a-b12é]|girl|hat|[{}\\[\\]():|#/*_,. \n]|::|\\|\\||__){0,24}", v3 in any::<bool>(), one in any::<bool>(),
        ) {
            let model = if v3 { V3 } else { V45_FULL };
            let place = if one { CHARACTER } else { PromptPlace::Prompt };
            for text in [&any, &marked] {
                let length = text.encode_utf16().count() as u32;
                for problem in seen(&asked(model, place, text), place) {
                    prop_assert!(problem.from <= problem.to && problem.to <= length);
                    for fix in &problem.fixes {
                        let mut at = 0;
                        for edit in &fix.edits {
                            prop_assert!(at <= edit.from && edit.from <= edit.to && edit.to <= length, "{:?}", fix);
                            at = edit.to;
                        }
                    }
                }
            }
        }

        #[test]
        fn a_closed_bracket_is_no_problem_any_more(text in "[ab, ]{0,8}[{\\[][ab]{1,4}[ab, ]{0,8}") {
            let problems = seen(&asked(V45_FULL, PromptPlace::Prompt, &text), PromptPlace::Prompt);
            let open = problems.iter().find(|problem| problem.rule == PromptRule::Unbalanced).unwrap();
            let edit = &open.fixes[0].edits[0];
            let mut fixed = text.clone();
            fixed.insert_str(edit.from as usize, &edit.insert);
            let after = seen(&asked(V45_FULL, PromptPlace::Prompt, &fixed), PromptPlace::Prompt);
            prop_assert!(after.iter().all(|problem| problem.rule != PromptRule::Unbalanced), "{} {:?}", fixed, after);
        }
    }
}
