//! Presets as one file: to keep, and to give away.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{LONGEST, MOST, Preset, PresetShelf, Presets, is_id, parse};
use crate::disk::replace;
use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::inputs::RefusedFile;

/// How the file says what it is.
const KIND: &str = "atelier-presets";
/// No such file is longer.
const LONGEST_FILE: u64 = 64 * 1024 * 1024;

/// What came of a file of presets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PresetImport {
    /// How many are new.
    pub added: u32,
    /// Those that could not be read.
    pub refused: Vec<RefusedFile>,
    /// All of them now.
    pub shelf: PresetShelf,
}

impl Presets {
    fn export(&self, ids: &[String], target: &Path) -> Result<(), Error> {
        let shelf = self.shelf()?;
        let chosen: Vec<&Preset> = shelf.presets.iter().filter(|preset| ids.contains(&preset.id)).collect();
        if chosen.is_empty() {
            return Err(Error::new(ErrorCode::NotFound, "There is no such preset (any more)."));
        }
        let file = json!({ "kind": KIND, "version": 1, "presets": chosen });
        let json = serde_json::to_vec_pretty(&file).map_err(Error::internal)?;
        replace(target, &json).map_err(|error| Error::storage(&error, "exporting the presets"))
    }

    fn import(&self, source: &Path) -> Result<PresetImport, Error> {
        let trouble = |error: std::io::Error| Error::storage(&error, "reading the presets");
        let mut bytes = Vec::new();
        let file = fs::File::open(source).map_err(trouble)?;
        file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(trouble)?;
        let name = source
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut import = PresetImport {
            added: 0,
            refused: Vec::new(),
            shelf: PresetShelf::default(),
        };
        for entry in entries(&bytes) {
            let taken = entry.and_then(|preset| match serde_json::to_vec(&preset) {
                Ok(bytes) => parse(&with_id(preset, &bytes)).map_err(|reason| (called(&bytes), reason)),
                Err(error) => Err((None, error.to_string())),
            });
            match taken {
                Ok(preset) => import.added += u32::from(self.take_in(preset)?),
                Err((called, reason)) => import.refused.push(RefusedFile {
                    name: called.unwrap_or_else(|| name.clone()),
                    reason,
                }),
            }
        }
        import.shelf = self.shelf()?;
        Ok(import)
    }

    /// Whether it is new. One that is there already, to the letter, is not; one that only has the id of another gets an
    /// id of its own.
    fn take_in(&self, mut preset: Preset) -> Result<bool, Error> {
        let known = self.shelf()?.presets.into_iter().find(|known| known.id == preset.id);
        match known {
            Some(known) if known == preset => return Ok(false),
            Some(_) => preset.id = Uuid::new_v4().to_string(),
            None => {}
        }
        self.write(&format!("{}.json", preset.id), &preset)?;
        Ok(true)
    }
}

type Refused = (Option<String>, String);

/// The presets in a file: of ours, or a single one as it lies in the folder.
fn entries(bytes: &[u8]) -> Vec<Result<Value, Refused>> {
    if bytes.len() as u64 > LONGEST_FILE {
        return vec![Err((None, "the file is too long".into()))];
    }
    let file: Value = match serde_json::from_slice(bytes) {
        Ok(file) => file,
        Err(error) => return vec![Err((None, error.to_string()))],
    };
    if file.get("kind").and_then(Value::as_str) == Some(KIND) {
        let Some(presets) = file.get("presets").and_then(Value::as_array) else {
            return vec![Err((None, "there are no presets in it".into()))];
        };
        return presets.iter().take(MOST).cloned().map(Ok).collect();
    }
    if file.get("parts").is_some() && file.get("request").is_some() {
        return vec![Ok(file)];
    }
    vec![Err((None, "this is no file of presets".into()))]
}

/// The same preset with an id that a person's own may have: those that come with the app become ordinary ones.
fn with_id(mut preset: Value, whole: &[u8]) -> Vec<u8> {
    let fits = preset.get("id").and_then(Value::as_str).is_some_and(is_id);
    if !fits && let Some(fields) = preset.as_object_mut() {
        fields.insert("id".into(), Uuid::new_v4().to_string().into());
        return serde_json::to_vec(&preset).unwrap_or_else(|_| whole.to_vec());
    }
    whole.to_vec()
}

fn called(bytes: &[u8]) -> Option<String> {
    let preset: Value = serde_json::from_slice(bytes)
        .ok()
        .filter(|_| bytes.len() as u64 <= LONGEST)?;
    Some(preset.get("name")?.as_str()?.chars().take(120).collect())
}

impl Studio {
    /// Writes presets into one file.
    ///
    /// # Errors
    ///
    /// `notFound` where none of them is there, and storage errors.
    pub async fn export_presets(&self, ids: Vec<String>, target: PathBuf) -> Result<(), Error> {
        self.on_shelf(move |presets| presets.export(&ids, &target)).await
    }

    /// Takes presets out of a file. What can't be read is told, and the rest is taken.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn import_presets(&self, source: PathBuf) -> Result<PresetImport, Error> {
        self.on_shelf(move |presets| presets.import(&source)).await
    }
}

#[cfg(test)]
mod tests {
    use novelai::carry::PresetPart;
    use novelai::model::Registry;

    use super::*;
    use crate::testing::request;

    fn preset(id: &str, name: &str) -> Preset {
        Preset {
            id: id.into(),
            name: name.into(),
            folder: String::new(),
            colour: None,
            face: None,
            parts: vec![PresetPart::Prompt],
            request: request(),
            built_in: false,
        }
    }

    #[test]
    fn what_is_exported_and_deleted_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let presets = Presets::in_folder(folder.path(), Registry::builtin());
        presets.save(preset("a", "castle")).unwrap();
        let before = presets.save(preset("b", "sea")).unwrap();
        let file = folder.path().join("mine.json");
        presets.export(&["a".into(), "b".into()], &file).unwrap();
        presets.delete("a").unwrap();
        let import = presets.import(&file).unwrap();
        assert_eq!((import.added, import.refused.len()), (1, 0));
        assert_eq!(import.shelf, before);
    }

    #[test]
    fn one_that_has_changed_since_is_kept_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let presets = Presets::in_folder(folder.path(), Registry::builtin());
        presets.save(preset("a", "castle")).unwrap();
        let file = folder.path().join("mine.json");
        presets.export(&["a".into()], &file).unwrap();
        presets.save(preset("a", "fortress")).unwrap();
        let import = presets.import(&file).unwrap();
        let names: Vec<_> = import
            .shelf
            .presets
            .iter()
            .filter(|one| !one.built_in)
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!((import.added, names), (1, vec!["castle", "fortress"]));
    }

    #[test]
    fn one_that_comes_with_the_app_is_an_ordinary_one_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let presets = Presets::in_folder(folder.path(), Registry::builtin());
        let first = presets.shelf().unwrap().presets[0].clone();
        let file = folder.path().join("mine.json");
        presets.export(std::slice::from_ref(&first.id), &file).unwrap();
        let import = presets.import(&file).unwrap();
        assert_eq!(import.added, 1);
        let copies = import
            .shelf
            .presets
            .iter()
            .filter(|one| one.name == first.name && !one.built_in);
        assert_eq!(copies.count(), 1);
    }

    #[test]
    fn broken_entries_are_told_and_the_others_taken() {
        let folder = tempfile::tempdir().unwrap();
        let presets = Presets::in_folder(folder.path(), Registry::builtin());
        let file = folder.path().join("x.json");
        let whole = serde_json::to_value(preset("../../etc", "fine")).unwrap();
        let content = json!({ "kind": KIND, "presets": [whole, { "name": "half" }, 7] });
        std::fs::write(&file, content.to_string()).unwrap();
        let import = presets.import(&file).unwrap();
        let refused: Vec<_> = import.refused.iter().map(|one| one.name.as_str()).collect();
        assert_eq!((import.added, refused), (1, vec!["half", "x.json"]));
        for broken in ["", "{", "[]", "{}", "{\"kind\":\"atelier-presets\"}", "\u{0}"] {
            std::fs::write(&file, broken).unwrap();
            let import = presets.import(&file).unwrap();
            assert_eq!((import.added, import.refused.len()), (0, 1), "{broken}");
        }
    }
}
