//! The models, with what the person's own file changes about them.
//!
//! A file `models.toml` in the data folder is laid over the built-in registry (its form is that of the built-in one). A
//! broken file is refused as a whole, with line and reason, and the built-in registry is used.

use std::io;
use std::path::Path;

use novelai::model::Registry;

/// The name of the file in the data folder.
pub const FILE: &str = "models.toml";

/// No registry is as long as that.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What was read, and what was wrong with the file.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The registry to use.
    pub registry: Registry,
    /// Why the file was not used, in words for the person: its path, the line, the reason.
    pub refused: Option<String>,
}

/// Reads the registry for a data folder.
#[must_use]
pub fn load(data: &Path) -> Loaded {
    load_file(&data.join(FILE))
}

/// Reads the built-in registry with this file laid over it. That there is none is fine.
#[must_use]
pub fn load_file(path: &Path) -> Loaded {
    let builtin = |refused: Option<String>| Loaded {
        registry: Registry::builtin().clone(),
        refused,
    };
    let text = match read(path) {
        Ok(Some(text)) => text,
        Ok(None) => return builtin(None),
        Err(error) => return builtin(Some(refusal(path, &error.to_string()))),
    };
    match Registry::parse_override(&text) {
        Ok(registry) => Loaded {
            registry,
            refused: None,
        },
        Err(error) => builtin(Some(refusal(path, &error.to_string()))),
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::metadata(path) {
        Ok(there) if there.len() > LONGEST => Err(io::Error::other("the file is too long")),
        Ok(_) => std::fs::read_to_string(path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn refusal(path: &Path, reason: &str) -> String {
    format!(
        "{} is not used, and the built-in models are: {reason}. Correct the file, or remove it.",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn loaded(text: &str) -> Loaded {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), text).unwrap();
        load(folder.path())
    }

    #[test]
    fn without_a_file_the_built_in_models_are_used() {
        let folder = tempfile::tempdir().unwrap();
        let loaded = load(folder.path());
        assert_eq!(loaded.registry, *Registry::builtin());
        assert_eq!(loaded.refused, None);
    }

    #[test]
    fn a_file_changes_what_it_names() {
        let id = Registry::builtin().models()[0].id.0.clone();
        let loaded = loaded(&format!("[[models]]\nid = \"{id}\"\nshortName = \"Mine\"\n"));
        assert_eq!(loaded.refused, None);
        assert_eq!(loaded.registry.models()[0].short_name, "Mine");
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line_and_the_built_in_models_are_used() {
        let loaded = loaded("\n\nnot toml at all\n");
        assert_eq!(loaded.registry, *Registry::builtin());
        let refused = loaded.refused.unwrap();
        assert!(
            refused.contains("models.toml") && refused.contains("line 3"),
            "{refused}"
        );
    }
}
