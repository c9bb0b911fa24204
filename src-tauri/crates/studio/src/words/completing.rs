//! What could stand at the caret: tags, wildcards, snippets, what characters do to each other.

use std::time::Duration;

use novelai::prompt::{ACTIONS, PromptPlace, Syntax, Typed, Units, typed};
use novelai::request::GenerateRequest;
use novelai::tools::TagSuggestion;
use serde::Serialize;

use crate::door::Studio;
use crate::prompt_files::Read;
use crate::tags::words::{is_explicit, is_never_offered};
use crate::tags::{Suggestion, TagCategory, Tags, lists};

/// What could stand between `from` and `to`, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Completions {
    /// Where it would begin.
    pub from: u32,
    /// Where it would end.
    pub to: u32,
    /// What it could be.
    pub items: Vec<Completion>,
}

/// Something that could stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Completion {
    /// What is put in.
    pub insert: String,
    /// What it is called.
    pub label: String,
    /// The alias that was typed, in whatever language, if it was not the tag itself.
    pub alias: Option<String>,
    /// How many pictures have it, or how many entries are in it.
    pub count: Option<u32>,
    /// What it is about.
    pub category: TagCategory,
    /// What it is.
    pub kind: CompletionKind,
}

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum CompletionKind {
    /// A tag.
    Tag,
    /// A wildcard.
    Wildcard,
    /// A snippet.
    Snippet,
    /// How characters act on each other.
    Action,
}

/// So many are offered.
pub(super) const MOST: usize = 40;
/// So long a suggestion of the server is waited for: after that nobody looks for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// What artists' names begin with for the later models (api.md 9).
const ARTIST: &str = "artist:";

impl Studio {
    /// What could stand at a caret, out of memory.
    pub async fn complete(&self, request: &GenerateRequest, place: PromptPlace, at: u32) -> Completions {
        self.freshen();
        let Some(asked) = self.asked(request, place, at) else {
            return nothing(at);
        };
        let words = &self.shared().words;
        let explicit = self.settings().await.explicit_tags;
        let items = local(&asked, &words.tags(), &words.files.read(), explicit);
        asked.answer(items)
    }

    /// The same, with what the server suggests. Nothing, where it is not asked or does not answer.
    pub async fn complete_online(&self, request: &GenerateRequest, place: PromptPlace, at: u32) -> Completions {
        let settings = self.settings().await;
        let asked = self
            .asked(request, place, at)
            .filter(|asked| !asked.typed.wildcard && settings.online_tags);
        let Some(asked) = asked else {
            return nothing(at);
        };
        let wanted = asked.typed.words.trim().trim_start_matches(ARTIST).to_owned();
        let purse = &self.shared().purse;
        let (true, Some(client)) = (
            wanted.chars().count() > 1 || !wanted.is_ascii(),
            purse.client(&purse.current()),
        ) else {
            return nothing(at);
        };
        let japanese = wanted
            .chars()
            .any(|letter| matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
        let answer = tokio::time::timeout(PATIENCE, client.suggest_tags(&request.model, &wanted, japanese)).await;
        let Ok(Ok(suggested)) = answer else {
            return nothing(at);
        };
        let words = &self.shared().words;
        let explicit = settings.explicit_tags;
        let items = local(&asked, &words.tags(), &words.files.read(), explicit);
        let items = joined(items, suggested, &asked, &words.tags(), explicit);
        asked.answer(items)
    }

    fn asked(&self, request: &GenerateRequest, place: PromptPlace, at: u32) -> Option<Asked> {
        let text = place.text(request);
        let units = Units::of(text);
        let syntax = self.model_or_first(&request.model).map_or(Syntax::Numbers, Syntax::of);
        let typed = typed(text, units.byte(at), place, syntax)?;
        let (from, to) = units.range(&typed.range);
        Some(Asked {
            from,
            to,
            typed,
            actions: matches!(place, PromptPlace::Character { .. }) && syntax == Syntax::Numbers,
            artists: syntax == Syntax::Numbers,
        })
    }
}

fn nothing(at: u32) -> Completions {
    Completions {
        from: at,
        to: at,
        items: Vec::new(),
    }
}

/// What is being typed, and where.
struct Asked {
    from: u32,
    to: u32,
    typed: Typed,
    /// Characters act on each other here.
    actions: bool,
    /// Artists are named with a word before.
    artists: bool,
}

impl Asked {
    fn answer(self, items: Vec<Completion>) -> Completions {
        Completions {
            from: self.from,
            to: self.to,
            items,
        }
    }

    fn tag(&self, tag: Suggestion) -> Completion {
        let named = lists::spaced(&tag.name);
        let artist = self.artists && tag.category == TagCategory::Artist && !named.starts_with(ARTIST);
        Completion {
            insert: if artist {
                format!("{ARTIST}{named}")
            } else {
                named.clone()
            },
            label: named,
            alias: tag.alias,
            count: tag.count,
            category: tag.category,
            kind: CompletionKind::Tag,
        }
    }
}

fn local(asked: &Asked, tags: &Tags, read: &Read, explicit: bool) -> Vec<Completion> {
    let typed = asked.typed.words.trim_start();
    if asked.typed.wildcard {
        return wildcards(typed, read);
    }
    let small = typed.to_lowercase();
    let mut items = Vec::new();
    if asked.actions {
        let begun = ACTIONS.iter().filter(|action| action.starts_with(&small));
        items.extend(begun.map(|action| Completion {
            insert: (*action).to_owned(),
            label: (*action).to_owned(),
            alias: None,
            count: None,
            category: TagCategory::Own,
            kind: CompletionKind::Action,
        }));
    }
    let snippets = read
        .snippets
        .iter()
        .filter(|(name, _)| name.to_lowercase().starts_with(&small));
    items.extend(snippets.take(5).map(|(name, text)| Completion {
        insert: text.clone(),
        label: name.clone(),
        alias: None,
        count: None,
        category: TagCategory::Own,
        kind: CompletionKind::Snippet,
    }));
    if small.chars().count() > 1 {
        let lists = wildcards(typed, read).into_iter();
        items.extend(
            lists
                .filter(|list| list.label.to_lowercase().starts_with(&small))
                .take(3),
        );
    }
    let (wanted, category) = match small.strip_prefix(ARTIST) {
        Some(name) => (name, Some(TagCategory::Artist)),
        None => (small.as_str(), None),
    };
    let room = MOST.saturating_sub(items.len());
    items.extend(
        tags.find(wanted, explicit, category, room)
            .into_iter()
            .map(|tag| asked.tag(tag)),
    );
    items
}

fn wildcards(typed: &str, read: &Read) -> Vec<Completion> {
    let small = typed.to_lowercase();
    let mut found: Vec<(bool, &str)> = read
        .lists
        .names()
        .filter_map(|name| {
            let at = name.to_lowercase().find(&small)?;
            let begins = at == 0 || name.as_bytes().get(at.wrapping_sub(1)) == Some(&b'/');
            Some((!begins, name))
        })
        .collect();
    found.sort();
    let best = found.into_iter().take(MOST);
    best.map(|(_, name)| Completion {
        insert: format!("__{name}__"),
        label: name.to_owned(),
        alias: None,
        count: read.lists.get(name).and_then(|list| u32::try_from(list.len()).ok()),
        category: TagCategory::Own,
        kind: CompletionKind::Wildcard,
    })
    .collect()
}

/// What the server suggests, behind what is here already.
fn joined(
    mut items: Vec<Completion>,
    suggested: Vec<TagSuggestion>,
    asked: &Asked,
    tags: &Tags,
    explicit: bool,
) -> Vec<Completion> {
    for suggestion in suggested {
        let name = lists::spaced(suggestion.tag.trim());
        let small = name.to_lowercase();
        let known = tags.about(&name);
        let is_hidden = known.map_or_else(|| is_explicit(&small), |(_, _, explicit)| explicit);
        let never = is_never_offered(&small, is_hidden);
        let there = items
            .iter()
            .any(|item| item.kind == CompletionKind::Tag && item.label.to_lowercase() == small);
        if small.is_empty() || never || there || is_hidden && !explicit || items.len() >= MOST {
            continue;
        }
        items.push(
            asked.tag(Suggestion {
                name,
                alias: suggestion.japanese,
                count: known
                    .map(|(_, count, _)| count)
                    .filter(|count| *count > 0)
                    .or(suggestion.count),
                category: known.map_or(TagCategory::General, |(category, _, _)| category),
            }),
        );
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(marked: &str, place: PromptPlace) -> Asked {
        let at = marked.find('^').unwrap();
        let typed = typed(&marked.replace('^', ""), at, place, Syntax::Numbers).unwrap();
        Asked {
            from: 0,
            to: 0,
            typed,
            actions: matches!(place, PromptPlace::Character { .. }),
            artists: true,
        }
    }

    fn inserted(items: &[Completion]) -> Vec<&str> {
        items.iter().map(|item| item.insert.as_str()).collect()
    }

    fn read() -> Read {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("wildcards/hair.txt", "red\nblue"),
            ("wildcards/clothes/hats.txt", "cap"),
            ("snippets/hall of mirrors.txt", "mirror, hallway, candle"),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let files = crate::prompt_files::PromptFiles::in_folder(folder.path());
        files.look();
        std::sync::Arc::into_inner({
            let read = files.read();
            drop(files);
            read
        })
        .unwrap()
    }

    fn offered(marked: &str, place: PromptPlace) -> Vec<String> {
        let tags = Tags::of_csv("hair,0,9,\nharu (artist),1,50,\nsole,0,3,\n^_^,0,5,\n");
        let items = local(&asked(marked, place), &tags, &read(), false);
        inserted(&items).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn everything_that_begins_so_is_offered() {
        assert_eq!(
            offered("a, ha^", PromptPlace::Prompt),
            ["mirror, hallway, candle", "__hair__", "artist:haru (artist)", "hair"]
        );
        assert_eq!(offered("artist:h^", PromptPlace::Prompt), ["artist:haru (artist)"]);
        assert_eq!(
            offered("^_^_^".replacen('^', "", 1).as_str(), PromptPlace::Prompt).len(),
            0
        );
    }

    #[test]
    fn wildcards_are_completed_by_any_part_of_their_names() {
        assert_eq!(offered("__ha^", PromptPlace::Prompt), ["__clothes/hats__", "__hair__"]);
        assert_eq!(offered("__^", PromptPlace::Prompt).len(), 2);
        assert_eq!(offered("__lothes^", PromptPlace::Prompt), ["__clothes/hats__"]);
    }

    #[test]
    fn actions_are_offered_to_characters() {
        assert_eq!(offered("so^", PromptPlace::Character { index: 0 }), ["source#", "sole"]);
        assert_eq!(offered("so^", PromptPlace::Prompt), ["sole"]);
    }

    #[test]
    fn what_the_server_suggests_comes_behind_and_only_once() {
        let tags = Tags::of_csv("hair,0,9,\nnude,0,9,\nharu,1,50,\n");
        let place = PromptPlace::Prompt;
        let asked = asked("ha^", place);
        let here = local(&asked, &tags, &Read::default(), false);
        let suggestion = |tag: &str| TagSuggestion {
            tag: tag.into(),
            japanese: None,
            count: Some(7),
            confidence: Some(0.9),
        };
        let all = ["Hair", "hat_stand", "nude", "haru", "loli", "sex"].map(suggestion);
        let items = joined(here, all.into(), &asked, &tags, false);
        assert_eq!(inserted(&items), ["artist:haru", "hair", "hat stand"]);
    }
}
