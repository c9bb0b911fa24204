//! A request as it is sent, of a request as it was written: comments and switched-off segments are left out, wildcards
//! and alternatives are drawn.
//!
//! What is drawn depends on the seed and on nothing else, so that the same request is the same picture. The texts are
//! drawn in a fixed order, those of characters that are off included: turning one off does not change the others.

use serde::{Deserialize, Serialize};

use super::alternatives::Dice;
use super::regions::without_unsent;
use super::wildcards::{Wildcards, name_of, wildcards};
use crate::request::GenerateRequest;

/// A place in a request where words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PromptPlace {
    /// The prompt.
    Prompt,
    /// The Undesired Content.
    Undesired,
    /// The prompt of a character.
    Character {
        /// Which one, from 0.
        index: u32,
    },
    /// The Undesired Content of a character.
    CharacterUndesired {
        /// Which one, from 0.
        index: u32,
    },
}

impl PromptPlace {
    /// The places of a request, in the order in which they are drawn.
    pub fn all(request: &GenerateRequest) -> impl Iterator<Item = Self> + use<> {
        let characters = u32::try_from(request.characters.len()).unwrap_or(u32::MAX);
        let of_one = |index| [Self::Character { index }, Self::CharacterUndesired { index }];
        [Self::Prompt, Self::Undesired]
            .into_iter()
            .chain((0..characters).flat_map(of_one))
    }

    /// What stands there; empty where there is no such character.
    #[must_use]
    pub fn text(self, request: &GenerateRequest) -> &str {
        let character = |index: u32| request.characters.get(index as usize);
        match self {
            Self::Prompt => &request.prompt.text,
            Self::Undesired => &request.prompt.undesired,
            Self::Character { index } => character(index).map_or("", |one| &one.prompt),
            Self::CharacterUndesired { index } => character(index).map_or("", |one| &one.undesired),
        }
    }

    fn text_mut(self, request: &mut GenerateRequest) -> Option<&mut String> {
        match self {
            Self::Prompt => Some(&mut request.prompt.text),
            Self::Undesired => Some(&mut request.prompt.undesired),
            Self::Character { index } => Some(&mut request.characters.get_mut(index as usize)?.prompt),
            Self::CharacterUndesired { index } => Some(&mut request.characters.get_mut(index as usize)?.undesired),
        }
    }

    /// Whether it tells what is not wanted.
    #[must_use]
    pub fn is_undesired(self) -> bool {
        match self {
            Self::Undesired | Self::CharacterUndesired { .. } => true,
            Self::Prompt | Self::Character { .. } => false,
        }
    }
}

/// A request whose wildcards, alternatives, comments and switched-off segments are settled, and what was drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Drawn {
    /// What is sent.
    pub request: GenerateRequest,
    /// What stood there, and what came of it.
    pub draws: Vec<Draw>,
    /// Another seed may draw something else.
    pub by_chance: bool,
}

/// A wildcard or a group of alternatives, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Draw {
    /// Where it stood.
    pub place: PromptPlace,
    /// As it was written.
    pub written: String,
    /// What is sent instead.
    pub drawn: String,
}

/// Lists that name one another are followed so far.
const DEEPEST: usize = 12;
/// A text does not grow beyond this: a few lists that name one another could fill any memory.
const LONGEST: usize = 100_000;

/// What the request becomes when it is sent. Without a seed, 1 is taken.
///
/// A wildcard without a list, and a list that names itself, stay as they were written.
#[must_use]
pub fn settle(request: &GenerateRequest, lists: &Wildcards) -> Drawn {
    let mut hand = Hand {
        lists,
        choice: Choice::Dice(Dice::of(request.sampling.seed.unwrap_or(1))),
    };
    let mut settled = request.clone();
    let mut draws = Vec::new();
    for place in PromptPlace::all(request) {
        let Some(text) = place.text_mut(&mut settled) else {
            continue;
        };
        let live = without_unsent(text);
        *text = hand.drawn(&live, &mut |written, drawn| {
            draws.push(Draw {
                place,
                written: written.to_owned(),
                drawn: drawn.to_owned(),
            });
        });
    }
    Drawn {
        request: settled,
        by_chance: !draws.is_empty(),
        draws,
    }
}

/// The longest that a text may become, by which it is counted: what is drawn is not known before there is a seed.
pub(crate) fn at_its_longest(text: &str, lists: &Wildcards) -> String {
    let mut hand = Hand {
        lists,
        choice: Choice::Longest,
    };
    hand.drawn(&without_unsent(text), &mut |_, _| {})
}

/// How one of several is chosen.
enum Choice {
    Dice(Dice),
    Longest,
}

struct Hand<'l> {
    lists: &'l Wildcards,
    choice: Choice,
}

impl Hand<'_> {
    /// The text with everything drawn; each draw is told.
    fn drawn(&mut self, text: &str, told: &mut dyn FnMut(&str, &str)) -> String {
        let mut left = LONGEST.saturating_sub(text.len());
        let mut names = Vec::new();
        self.draw(text, &mut names, &mut left, told)
    }

    fn draw(
        &mut self,
        text: &str,
        names: &mut Vec<String>,
        left: &mut usize,
        told: &mut dyn FnMut(&str, &str),
    ) -> String {
        let mut drawn = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(next) = next_group(&text[at..]) {
            let (start, end) = (at + next.start, at + next.end);
            let written = &text[start..end];
            drawn.push_str(&text[at..start]);
            at = end;
            let chosen = match next.kind {
                GroupKind::Wildcard => self.entry(name_of(written), names),
                GroupKind::Alternatives => Some(self.option(&written[2..written.len() - 2])),
            };
            let inner = chosen.filter(|chosen| chosen.len() <= *left);
            let Some(inner) = inner else {
                drawn.push_str(written);
                continue;
            };
            *left -= inner.len();
            let named = next.kind == GroupKind::Wildcard;
            if named {
                names.push(name_of(written).to_owned());
            }
            let whole = self.draw(&inner, names, left, &mut |_, _| {});
            if named {
                names.pop();
            }
            told(written, &whole);
            drawn.push_str(&whole);
        }
        drawn.push_str(&text[at..]);
        drawn
    }

    fn entry(&mut self, name: &str, names: &[String]) -> Option<String> {
        if names.len() >= DEEPEST || names.iter().any(|known| known == name) {
            return None;
        }
        let list = self.lists.get(name)?;
        let entry = match &mut self.choice {
            Choice::Dice(dice) => list.at(dice.part()),
            Choice::Longest => list.longest(),
        };
        entry.map(str::to_owned)
    }

    fn option(&mut self, group: &str) -> String {
        let options: Vec<&str> = group.split('|').collect();
        let chosen = match &mut self.choice {
            Choice::Dice(dice) => dice.choose(options.len()),
            Choice::Longest => {
                let lengths = options.iter().enumerate().map(|(at, option)| (option.len(), at));
                lengths.max().map_or(0, |(_, at)| at)
            }
        };
        options.get(chosen).copied().unwrap_or_default().to_owned()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupKind {
    Wildcard,
    Alternatives,
}

struct Group {
    start: usize,
    end: usize,
    kind: GroupKind,
}

/// The first wildcard or group of alternatives.
fn next_group(text: &str) -> Option<Group> {
    let wildcard = wildcards(text).into_iter().next().map(|range| Group {
        start: range.start,
        end: range.end,
        kind: GroupKind::Wildcard,
    });
    let alternatives = text.find("||").and_then(|start| {
        let length = text[start + 2..].find("||")?;
        Some(Group {
            start,
            end: start + 2 + length + 2,
            kind: GroupKind::Alternatives,
        })
    });
    match (wildcard, alternatives) {
        (Some(one), Some(other)) => Some(if one.start < other.start { one } else { other }),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::wildcards::List;
    use super::*;
    use crate::model::Registry;
    use crate::payload;
    use crate::testing::{V45_FULL, character, request};

    fn lists(all: &[(&str, &str)]) -> Wildcards {
        let mut lists = Wildcards::default();
        for (name, text) in all {
            lists.insert(*name, List::read(text));
        }
        lists
    }

    fn drawn(prompt: &str, seed: u32, lists: &Wildcards) -> String {
        let mut asked = request(V45_FULL);
        asked.prompt.text = prompt.into();
        asked.sampling.seed = Some(seed);
        settle(&asked, lists).request.prompt.text
    }

    #[test]
    fn wildcards_and_alternatives_are_drawn_by_the_seed() {
        let lists = lists(&[
            ("colour", "red\nblue\ngreen"),
            ("hair", "__colour__ hair\n||long|short|| hair"),
        ]);
        let all: Vec<String> = (1..60).map(|seed| drawn("a __hair__, b", seed, &lists)).collect();
        for expected in ["a red hair, b", "a blue hair, b", "a long hair, b", "a short hair, b"] {
            assert!(all.iter().any(|drawn| drawn == expected), "{expected}");
        }
        assert_eq!(
            all,
            (1..60)
                .map(|seed| drawn("a __hair__, b", seed, &lists))
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_option_may_be_a_wildcard() {
        let lists = lists(&[("c", "red")]);
        let found: Vec<_> = (1..20)
            .map(|seed| drawn("||__c__ hat|hood||, x", seed, &lists))
            .collect();
        assert!(
            found.contains(&"red hat, x".into()) && found.contains(&"hood, x".into()),
            "{found:?}"
        );
    }

    #[test]
    fn what_has_no_list_or_names_itself_stays_as_written() {
        let lists = lists(&[("a", "x __b__"), ("b", "y __a__"), ("me", "__me__"), ("none", "")]);
        assert_eq!(drawn("__a__", 1, &lists), "x y __a__");
        assert_eq!(
            drawn("__me__, __nobody__, __none__", 1, &lists),
            "__me__, __nobody__, __none__"
        );
    }

    #[test]
    fn lists_that_grow_without_end_are_cut_off() {
        let many = "__b__".repeat(300);
        let lists = lists(&[("a", &many), ("b", &"__c__".repeat(300)), ("c", &"word ".repeat(300))]);
        assert!(drawn("__a__", 1, &lists).len() < 2 * LONGEST);
    }

    #[test]
    fn what_is_not_sent_is_not_drawn_and_what_was_drawn_is_told() {
        let mut asked = request(V45_FULL);
        asked.prompt.text = "# __c__\nsea, /*||a|b||*/, __c__ hat".into();
        asked.characters = vec![character("girl, ||x|x||")];
        let told = settle(&asked, &lists(&[("c", "red")]));
        assert_eq!(told.request.prompt.text, "sea, red hat");
        assert_eq!(told.request.characters[0].prompt, "girl, x");
        let draws: Vec<_> = told
            .draws
            .iter()
            .map(|draw| (draw.place, draw.written.as_str(), draw.drawn.as_str()))
            .collect();
        assert_eq!(
            draws,
            [
                (PromptPlace::Prompt, "__c__", "red"),
                (PromptPlace::Character { index: 0 }, "||x|x||", "x"),
            ]
        );
        assert!(told.by_chance && !settle(&request(V45_FULL), &Wildcards::default()).by_chance);
    }

    #[test]
    fn a_character_that_is_off_does_not_change_what_the_others_draw() {
        let mut asked = request(V45_FULL);
        asked.characters = vec![character("||a|b|c|d||"), character("||a|b|c|d|e|f||")];
        let before = settle(&asked, &Wildcards::default()).request.characters[1]
            .prompt
            .clone();
        asked.characters[0].enabled = false;
        assert_eq!(
            settle(&asked, &Wildcards::default()).request.characters[1].prompt,
            before
        );
    }

    #[test]
    fn what_is_settled_is_what_would_have_been_sent() {
        for seed in 1..50 {
            let mut asked = request(V45_FULL);
            asked.sampling.seed = Some(seed);
            asked.prompt.text = "||red|blue|| hat, ||a|b|c||".into();
            asked.prompt.undesired = "||x|y||".into();
            let settled = settle(&asked, &Wildcards::default()).request;
            let built = |request| payload::build(request, Registry::builtin()).unwrap();
            assert_eq!(built(&asked), built(&settled));
        }
    }

    #[test]
    fn counted_is_the_longest() {
        let lists = lists(&[("c", "red\nvermilion\nblue")]);
        assert_eq!(at_its_longest("__c__ ||a|bcd|e|| /*x*/", &lists), "vermilion bcd ");
    }

    proptest! {
        #[test]
        fn settled_twice_is_settled_once(prompt in "[ab,|_ /*#\n]{0,30}", seed in any::<u32>()) {
            let lists = lists(&[("a", "b\n||c|d||"), ("b", "a")]);
            let once = drawn(&prompt, seed, &lists);
            // A mark may come about where two parts meet; then it is one that was written in two pieces.
            let odd = super::super::regions::unsent(&once).is_empty() && next_group(&once).is_none();
            if odd {
                prop_assert_eq!(drawn(&once, seed, &lists), once);
            }
        }

        #[test]
        fn no_prompt_is_too_odd(prompt in any::<String>(), seed in any::<u32>()) {
            drawn(&prompt, seed, &Wildcards::default());
            at_its_longest(&prompt, &Wildcards::default());
        }
    }
}
