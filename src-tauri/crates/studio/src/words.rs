//! Words of a request: looked at, completed, drawn, and what is read for that beforehand.
//!
//! Everything that is asked at each keystroke is answered out of memory: files are read when the studio opens, when they
//! are asked for, and now and then beside the typing, never before an answer.

mod completing;
mod tokenizers;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use novelai::model::{Model, ModelId, Registry};
use novelai::prompt::{Drawn, Look, PromptPlace, Reading, Step, Syntax, Units, Wildcards, look, nudge, settle, toggle};
use novelai::request::GenerateRequest;
use serde::{Deserialize, Serialize};

use crate::disk::off_thread;
use crate::door::Studio;
use crate::error::Error;
use crate::jobs::journal;
use crate::prompt_files::{PromptFile, PromptFileKind, PromptFiles};
use crate::shared::Shared;
use crate::tags::{self, TagImport, Tags};
use tokenizers::TokenizerFiles;

pub use completing::{Completion, CompletionKind, Completions};

/// A text and what is selected in it. Offsets that cross to the page count UTF-16 units, as JavaScript does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Edited {
    /// The text.
    pub text: String,
    /// Where the selection begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
}

impl Edited {
    fn selection(&self) -> std::ops::Range<usize> {
        let units = Units::of(&self.text);
        let (from, to) = (self.from.min(self.to), self.from.max(self.to));
        units.byte(from)..units.byte(to)
    }

    fn of(text: String, selection: &std::ops::Range<usize>) -> Self {
        let (from, to) = Units::of(&text).range(selection);
        Self { text, from, to }
    }
}

/// What is read beforehand.
pub(crate) struct Words {
    pub(crate) files: PromptFiles,
    pub(crate) tokenizers: TokenizerFiles,
    tags: RwLock<Tags>,
}

impl Words {
    /// Reads nothing yet.
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            files: PromptFiles::in_folder(data),
            tokenizers: TokenizerFiles::in_folder(data),
            tags: RwLock::default(),
        }
    }

    pub(crate) fn tags(&self) -> RwLockReadGuard<'_, Tags> {
        self.tags.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read, and what is used of it: readers go on with what was there until it is whole.
    fn set_tags(&self, read: Tags) {
        let mut now = self.tags.write().unwrap_or_else(PoisonError::into_inner);
        let read = read.with_uses_of(&now);
        *now = read;
    }

    pub(crate) fn learn(&self, request: &GenerateRequest, registry: &Registry) {
        let syntax = registry.get(&request.model).map_or(Syntax::Numbers, Syntax::of);
        self.tags
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .learn(request, syntax);
    }
}

/// From so many of the last jobs the words are learned.
const LEARNED: u32 = 1000;

/// Reads files and learns words, beside everything else. A studio that is given up does not have to wait for that.
pub(crate) fn read_beforehand(shared: &Shared) {
    let (words, data) = (shared.words.clone(), shared.folders.data.clone());
    let (database, registry) = (shared.database.clone(), shared.registry.clone());
    tokio::spawn(async move {
        let sent = database.call(|connection| journal::requests(connection, LEARNED)).await;
        let sent = sent.unwrap_or_else(|error| {
            tracing::warn!(%error, "what was sent before can't be learned from");
            Vec::new()
        });
        drop(database);
        off_thread(move || {
            words.files.look();
            words.set_tags(Tags::read(&data));
            sent.iter().for_each(|request| words.learn(request, &registry));
            words.tokenizers.read();
        })
        .await;
    });
}

/// What a request becomes when it is sent: its seed is picked, and wildcards and alternatives are drawn by it.
pub(crate) async fn drawn(shared: &Arc<Shared>, mut request: GenerateRequest) -> Drawn {
    request.pick_seed(crate::jobs::queue::pick);
    let shared = shared.clone();
    // A list that was saved a moment ago counts.
    off_thread(move || {
        let read = shared.words.files.look();
        settle(&request, &read.lists)
    })
    .await
}

impl Studio {
    /// Everything that is to be seen in one prompt.
    #[must_use]
    pub fn look_at_prompt(&self, request: &GenerateRequest, place: PromptPlace) -> Look {
        let shared = self.shared();
        self.freshen();
        let read = shared.words.files.read();
        let tokenizers = shared.words.tokenizers.now();
        if let Some(kind) = self.model_or_first(&request.model).and_then(Model::tokenizer) {
            tokenizers::fetch_once(shared, kind);
        }
        look(
            request,
            place,
            Reading {
                registry: &shared.registry,
                lists: &read.lists,
                tokenizers: &tokenizers,
            },
        )
    }

    /// Makes what is selected a step stronger or weaker, as the model writes it. None where there is nothing to change.
    #[must_use]
    pub fn nudge_weight(&self, model: &ModelId, edited: &Edited, up: bool) -> Option<Edited> {
        let syntax = self.model_or_first(model).map_or(Syntax::Numbers, Syntax::of);
        let step = if up { Step::Up } else { Step::Down };
        let nudged = nudge(&edited.text, edited.selection(), step, syntax)?;
        Some(Edited::of(nudged.prompt, &nudged.selection))
    }

    /// Switches the segments at the selection off, or on again.
    #[must_use]
    pub fn toggle_segment(&self, edited: &Edited) -> Edited {
        let toggled = toggle(&edited.text, edited.selection());
        Edited::of(toggled.text, &toggled.selection)
    }

    /// The request as it would be sent now. Where it has no seed one is picked: send this one, and this is what is sent.
    pub async fn draw_prompt(&self, request: GenerateRequest) -> Drawn {
        drawn(self.shared(), request).await
    }

    /// The wildcards and snippets.
    pub async fn prompt_files(&self) -> Vec<PromptFile> {
        let shared = self.shared().clone();
        off_thread(move || shared.words.files.look().files.clone()).await
    }

    /// Keeps a snippet; one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// `refused` for a name that can't be that of a file, and storage errors.
    pub async fn save_snippet(&self, name: String, text: String) -> Result<Vec<PromptFile>, Error> {
        let shared = self.shared().clone();
        off_thread(move || shared.words.files.save_snippet(&name, &text)).await?;
        Ok(self.prompt_files().await)
    }

    /// Deletes a snippet.
    ///
    /// # Errors
    ///
    /// `refused` for a name that can't be that of a file, and storage errors.
    pub async fn delete_snippet(&self, name: String) -> Result<Vec<PromptFile>, Error> {
        let shared = self.shared().clone();
        off_thread(move || shared.words.files.delete_snippet(&name)).await?;
        Ok(self.prompt_files().await)
    }

    /// The folder of the wildcards, which is made where it is not there, as is that of the snippets.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn prompt_folder(&self) -> Result<std::path::PathBuf, Error> {
        let shared = self.shared().clone();
        off_thread(move || {
            let files = &shared.words.files;
            for kind in [PromptFileKind::Snippet, PromptFileKind::Wildcard] {
                crate::folders::make_private(&files.folder(kind))
                    .map_err(|error| Error::storage(&error, "making the folder of the wildcards"))?;
            }
            Ok(files.folder(PromptFileKind::Wildcard))
        })
        .await
    }

    /// Takes over a list of tags.
    ///
    /// # Errors
    ///
    /// `refused` for what is no list, and storage errors; then the tags are as they were.
    pub async fn import_tags(&self, source: std::path::PathBuf) -> Result<TagImport, Error> {
        let shared = self.shared().clone();
        off_thread(move || {
            let words = &shared.words;
            let before = words.tags().len();
            let (after, told) = tags::import(&shared.folders.data, &source, before)?;
            words.set_tags(after);
            Ok(told)
        })
        .await
    }

    /// Requests that were sent, as they were written, newest first, each once.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn sent_drafts(&self, limit: u32) -> Result<Vec<GenerateRequest>, Error> {
        let limit = limit.min(500);
        let sent = self
            .shared()
            .database
            .call(move |connection| journal::requests(connection, limit.saturating_mul(4)))
            .await?;
        let mut distinct: Vec<GenerateRequest> = Vec::new();
        for mut request in sent {
            // Its seed was picked for it.
            request.sampling.seed = None;
            if !distinct.contains(&request) {
                distinct.push(request);
            }
            if distinct.len() == limit as usize {
                break;
            }
        }
        Ok(distinct)
    }

    pub(crate) fn model_or_first(&self, id: &ModelId) -> Option<&Model> {
        let registry = self.registry();
        registry.get(id).or(registry.models().first())
    }

    /// Looks at the folders again if that is long ago, beside what is going on.
    fn freshen(&self) {
        let shared = self.shared();
        if shared.words.files.is_stale() {
            let words = shared.words.clone();
            tokio::task::spawn_blocking(move || drop(words.files.look()));
        }
    }
}

/// What a benchmark needs to type without a studio.
pub struct Typing {
    tags: Tags,
    registry: Registry,
}

impl Typing {
    /// Over the tags of a list in the community's form.
    #[must_use]
    pub fn over(csv: &str) -> Self {
        novelai::tokens::Tokenizers::warm_up();
        Self {
            tags: Tags::of_csv(csv),
            registry: Registry::builtin().clone(),
        }
    }

    /// How many tags there are.
    #[must_use]
    pub fn tags(&self) -> usize {
        self.tags.len()
    }

    /// What a keystroke asks for, but for the price: colours, problems, tokens.
    #[must_use]
    pub fn look(&self, request: &GenerateRequest, place: PromptPlace) -> Look {
        let reading = Reading {
            registry: &self.registry,
            lists: &Wildcards::default(),
            tokenizers: &novelai::tokens::Tokenizers::default(),
        };
        look(request, place, reading)
    }

    /// How many completions there are for what has been typed.
    #[must_use]
    pub fn complete(&self, typed: &str) -> usize {
        self.tags.find(typed, false, None, completing::MOST).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_count_as_the_page_counts() {
        let edited = Edited {
            text: "😀, red hair".into(),
            from: 8,
            to: 4,
        };
        assert_eq!(edited.selection(), 6..10);
        assert_eq!(
            Edited::of("😀é".into(), &(4..6)),
            Edited {
                text: "😀é".into(),
                from: 2,
                to: 3
            }
        );
    }
}
