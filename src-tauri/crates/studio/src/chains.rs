//! Chains of tools that the person keeps, by name: `chains.json`, in two generations. What an entry of another version
//! says is not understood here, and not lost either.

use std::path::Path;

use novelai::model::Registry;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, ErrorCode};
use crate::generations::{Generations, parse_json};
use crate::jobs::Step;
use crate::jobs::chains::MOST_STEPS;

/// So many can be looked through.
const MOST: usize = 200;
/// The longest name.
const LONGEST_NAME: usize = 80;

/// Steps that follow one another, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct SavedChain {
    /// What the person calls it.
    pub name: String,
    /// From 1 to 8.
    pub steps: Vec<Step>,
}

/// An entry of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    Known(SavedChain),
    Other(Value),
}

/// The chains that are kept. Blocks.
pub(crate) struct Chains {
    files: Generations<Vec<Entry>>,
}

impl Chains {
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            files: Generations::in_folder(data, "chains", parse_json),
        }
    }

    /// All that can be used, in the order in which they were first saved.
    pub(crate) fn all(&self) -> Vec<SavedChain> {
        known(self.entries())
    }

    /// Keeps one, in the place of the one that has its name if there is one.
    pub(crate) fn save(&self, chain: SavedChain, registry: &Registry) -> Result<Vec<SavedChain>, Error> {
        let chain = checked(chain, registry)?;
        let mut entries = self.entries();
        let place = entries.iter().position(|entry| is_named(entry, &chain.name));
        match place {
            Some(place) => entries[place] = Entry::Known(chain),
            None if entries.len() >= MOST => {
                let message = format!("Only {MOST} chains are kept. Delete one first.");
                return Err(Error::new(ErrorCode::Refused, message).with_detail("name"));
            }
            None => entries.push(Entry::Known(chain)),
        }
        self.write(entries)
    }

    /// No longer keeps one.
    pub(crate) fn delete(&self, name: &str) -> Result<Vec<SavedChain>, Error> {
        let mut entries = self.entries();
        let before = entries.len();
        entries.retain(|entry| !is_named(entry, name));
        if entries.len() == before {
            return Ok(known(entries));
        }
        self.write(entries)
    }

    fn entries(&self) -> Vec<Entry> {
        self.files.load().unwrap_or_default()
    }

    fn write(&self, entries: Vec<Entry>) -> Result<Vec<SavedChain>, Error> {
        self.files.save(&entries)?;
        Ok(known(entries))
    }
}

fn known(entries: Vec<Entry>) -> Vec<SavedChain> {
    let known = entries.into_iter().filter_map(|entry| match entry {
        Entry::Known(chain) => Some(chain),
        Entry::Other(_) => None,
    });
    known.collect()
}

/// Names that differ in case alone are one name.
fn is_named(entry: &Entry, name: &str) -> bool {
    let own = match entry {
        Entry::Known(chain) => Some(chain.name.as_str()),
        Entry::Other(other) => other.get("name").and_then(Value::as_str),
    };
    own.is_some_and(|own| own.to_lowercase() == name.trim().to_lowercase())
}

fn checked(chain: SavedChain, registry: &Registry) -> Result<SavedChain, Error> {
    let refused = |field: &str, message: String| Error::new(ErrorCode::Refused, message).with_detail(field);
    let name: Vec<&str> = chain
        .name
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    let name = name
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if name.is_empty() {
        return Err(refused("name", "The chain needs a name.".into()));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(refused(
            "name",
            format!("A name has at most {LONGEST_NAME} characters."),
        ));
    }
    if chain.steps.is_empty() || chain.steps.len() > MOST_STEPS {
        return Err(refused("steps", format!("A chain has from 1 to {MOST_STEPS} steps.")));
    }
    for step in &chain.steps {
        step.check(registry)?;
    }
    let steps = chain.steps;
    let longest = serde_json::to_string(&steps).map_err(Error::internal)?.len();
    if longest > 64 * 1024 {
        return Err(refused(
            "steps",
            "The words of this chain are too long to be kept.".into(),
        ));
    }
    Ok(SavedChain { name, steps })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use novelai::tools::Tool;

    use super::*;

    fn chain(name: &str, tools: &[Tool]) -> SavedChain {
        let steps = tools.iter().map(|tool| Step::Augment { tool: tool.clone() });
        SavedChain {
            name: name.into(),
            steps: steps.collect(),
        }
    }

    fn names(chains: &[SavedChain]) -> Vec<&str> {
        chains.iter().map(|chain| chain.name.as_str()).collect()
    }

    #[test]
    fn chains_are_saved_replaced_and_deleted_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let chains = Chains::in_folder(folder.path());
        let registry = Registry::builtin();
        assert_eq!(chains.all(), []);
        chains
            .save(chain(" Ink\nand  wash ", &[Tool::LineArt]), registry)
            .unwrap();
        chains.save(chain("Clean", &[Tool::Declutter]), registry).unwrap();
        let all = chains.save(chain("ink AND wash", &[Tool::Sketch]), registry).unwrap();
        assert_eq!(names(&all), ["ink AND wash", "Clean"]);
        assert_eq!(all[0].steps, chain("", &[Tool::Sketch]).steps);
        assert_eq!(Chains::in_folder(folder.path()).all(), all);
        assert_eq!(names(&chains.delete("INK and wash").unwrap()), ["Clean"]);
        assert_eq!(names(&chains.delete("nothing").unwrap()), ["Clean"]);
        fs::write(folder.path().join("chains.json"), b"[{").unwrap();
        assert_eq!(names(&chains.all()), ["ink AND wash", "Clean"]);
    }

    #[test]
    fn a_chain_that_could_not_be_used_is_refused_by_field() {
        let folder = tempfile::tempdir().unwrap();
        let chains = Chains::in_folder(folder.path());
        let field = |chain: SavedChain| {
            let refused = chains.save(chain, Registry::builtin()).unwrap_err();
            (refused.code, refused.detail.unwrap_or_default())
        };
        let wordy = Tool::Colorize {
            prompt: "sea ".repeat(20_000),
            defry: 0,
        };
        let moody = Tool::Emotion {
            mood: "grumpy".into(),
            prompt: String::new(),
            defry: 0,
        };
        for (chain, wrong) in [
            (chain(" \n", &[Tool::Sketch]), "name"),
            (chain(&"x".repeat(81), &[Tool::Sketch]), "name"),
            (chain("a", &[]), "steps"),
            (chain("a", &vec![Tool::Sketch; 9]), "steps"),
            (chain("a", &[wordy]), "steps"),
            (chain("a", &[moody]), "mood"),
        ] {
            assert_eq!(field(chain), (ErrorCode::Refused, wrong.to_owned()));
        }
        assert_eq!(chains.all(), []);
    }

    #[test]
    fn a_chain_of_another_version_is_not_shown_and_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chains.json");
        let other = r#"[{"name":"Dream","steps":[{"kind":"dream","depth":7}]}]"#;
        fs::write(&file, other).unwrap();
        let chains = Chains::in_folder(folder.path());
        assert_eq!(chains.all(), []);
        chains
            .save(chain("Ink", &[Tool::LineArt]), Registry::builtin())
            .unwrap();
        assert_eq!(names(&chains.all()), ["Ink"]);
        assert!(fs::read_to_string(&file).unwrap().contains("\"depth\": 7"));
    }

    #[test]
    fn only_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let chains = Chains::in_folder(folder.path());
        let all: Vec<_> = (0..MOST)
            .map(|number| chain(&number.to_string(), &[Tool::Sketch]))
            .collect();
        fs::write(folder.path().join("chains.json"), serde_json::to_vec(&all).unwrap()).unwrap();
        let refused = chains.save(chain("one more", &[Tool::Sketch]), Registry::builtin());
        assert_eq!(refused.unwrap_err().code, ErrorCode::Refused);
        assert_eq!(
            chains
                .save(chain("7", &[Tool::LineArt]), Registry::builtin())
                .unwrap()
                .len(),
            MOST
        );
    }
}
