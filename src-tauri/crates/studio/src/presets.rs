//! Presets: recipes, or parts of them, that a person keeps by name.
//!
//! Each is a file in `presets`, written as a whole, and may be copied there by hand. One that can't be read is shown as
//! broken, and never touched. In which order they stand, and which one a new draft starts from, is in `presets.json`
//! beside the folder. What comes with the app is made from the models and has no file.
//!
//! The files are read once. After that a look at the shelf looks at the folder, and reads what has changed in it.

mod exchange;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use novelai::carry::{PresetPart, PresetPreview, apply};
use novelai::model::Registry;
use novelai::request::GenerateRequest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::disk::{off_thread, remove_if_there, replace};
use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::folders::make_private;
use crate::library::ImageId;

pub use exchange::PresetImport;

/// A recipe, or parts of one, that a person keeps by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Preset {
    /// Letters, digits and hyphens. Empty for a new one: then it gets one.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where it is put; empty: nowhere in particular.
    pub folder: String,
    /// A colour to know it by.
    pub colour: Option<PresetColour>,
    /// The picture that stands for it.
    pub face: Option<ImageId>,
    /// The parts that it holds.
    pub parts: Vec<PresetPart>,
    /// The recipe. What belongs to no part of it means nothing.
    pub request: GenerateRequest,
    /// Comes with the app and can't be changed.
    pub built_in: bool,
}

/// A colour to know a preset by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum PresetColour {
    /// Red.
    Red,
    /// Orange.
    Orange,
    /// Yellow.
    Yellow,
    /// Green.
    Green,
    /// Teal.
    Teal,
    /// Blue.
    Blue,
    /// Violet.
    Violet,
    /// Pink.
    Pink,
}

/// All presets, in the order of the person.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PresetShelf {
    /// Those that can be used.
    pub presets: Vec<Preset>,
    /// Files that are none.
    pub broken: Vec<BrokenPreset>,
    /// The one that a new draft starts from.
    pub default: Option<String>,
}

/// A file among the presets that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct BrokenPreset {
    /// Its name.
    pub file_name: String,
    /// What is wrong with it.
    pub reason: String,
}

/// No preset is as long as that.
const LONGEST: u64 = 4 * 1024 * 1024;
/// So many files are looked at.
const MOST: usize = 5000;
/// The beginning of the ids of those that come with the app.
const BUILT_IN: &str = "builtin-";

/// What is kept beside the folder.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Order {
    #[serde(default)]
    order: Vec<String>,
    #[serde(default)]
    default: Option<String>,
}

/// The presets, and where their files lie.
pub(crate) struct Presets {
    folder: PathBuf,
    order: PathBuf,
    built_in: Vec<Preset>,
    read: Mutex<HashMap<String, File>>,
}

/// A file as it was read.
struct File {
    stamp: (Option<SystemTime>, u64),
    content: Result<Preset, String>,
}

impl Presets {
    pub(crate) fn in_folder(data: &Path, registry: &Registry) -> Self {
        Self {
            folder: data.join("presets"),
            order: data.join("presets.json"),
            built_in: built_in(registry),
            read: Mutex::default(),
        }
    }

    fn shelf(&self) -> Result<PresetShelf, Error> {
        let files = self.look()?;
        let Order { order, default } = self.load_order();
        let mut shelf = PresetShelf {
            presets: self.built_in.clone(),
            ..PresetShelf::default()
        };
        let mut names: Vec<&String> = files.keys().collect();
        names.sort();
        let mut seen = HashSet::new();
        for name in names {
            let broken = |reason: String| BrokenPreset {
                file_name: name.clone(),
                reason,
            };
            match &files[name].content {
                Err(reason) => shelf.broken.push(broken(reason.clone())),
                Ok(preset) if !seen.insert(&preset.id) => {
                    shelf.broken.push(broken("another file holds the same preset".into()));
                }
                Ok(preset) => shelf.presets.push(preset.clone()),
            }
        }
        let places: HashMap<&str, usize> = order.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        // What nobody has put anywhere comes last, by name.
        let own = &self.built_in;
        shelf.presets.sort_by_cached_key(|preset| {
            let unplaced = if own.iter().any(|one| one.id == preset.id) {
                0
            } else {
                usize::MAX
            };
            let place = places.get(preset.id.as_str()).map_or(unplaced, |at| at + 1);
            (
                place,
                if preset.built_in {
                    String::new()
                } else {
                    preset.name.to_lowercase()
                },
            )
        });
        shelf.default = default.filter(|id| shelf.presets.iter().any(|preset| preset.id == *id));
        Ok(shelf)
    }

    fn save(&self, mut preset: Preset) -> Result<PresetShelf, Error> {
        preset.built_in = false;
        if preset.id.is_empty() {
            preset.id = Uuid::new_v4().to_string();
        }
        if !is_id(&preset.id) {
            return Err(refused("This preset comes with Atelier. Save it under another name."));
        }
        if preset.name.trim().is_empty() {
            return Err(refused("A preset needs a name."));
        }
        let file = self.file_of(&preset.id)?;
        self.write(&file, &preset)?;
        self.shelf()
    }

    fn write(&self, file: &str, preset: &Preset) -> Result<(), Error> {
        let trouble = |error: io::Error| Error::storage(&error, "saving the preset");
        make_private(&self.folder).map_err(trouble)?;
        let json = serde_json::to_vec_pretty(preset).map_err(Error::internal)?;
        replace(&self.folder.join(file), &json).map_err(trouble)?;
        // The clock of a file system may be too coarse to show it.
        self.read().remove(file);
        Ok(())
    }

    /// The file that holds a preset, or would.
    fn file_of(&self, id: &str) -> Result<String, Error> {
        let files = self.look()?;
        let mut holding = files
            .iter()
            .filter(|(_, file)| file.content.as_ref().is_ok_and(|held| held.id == id));
        Ok(holding
            .next()
            .map_or_else(|| format!("{id}.json"), |(name, _)| name.clone()))
    }

    fn delete(&self, id: &str) -> Result<PresetShelf, Error> {
        if !is_id(id) {
            return Err(refused("What comes with Atelier can't be deleted."));
        }
        let path = self.folder.join(self.file_of(id)?);
        remove_if_there(&path).map_err(|error| Error::storage(&error, "deleting the preset"))?;
        self.shelf()
    }

    fn arrange(&self, ids: Vec<String>) -> Result<PresetShelf, Error> {
        let mut order = self.load_order();
        // What was not named keeps its place behind the others.
        let rest: Vec<String> = order.order.into_iter().filter(|id| !ids.contains(id)).collect();
        order.order = ids.into_iter().chain(rest).take(2 * MOST).collect();
        self.save_order(&order)?;
        self.shelf()
    }

    fn set_default(&self, id: Option<String>) -> Result<PresetShelf, Error> {
        if let Some(id) = &id {
            self.find(id)?;
        }
        let mut order = self.load_order();
        order.default = id;
        self.save_order(&order)?;
        self.shelf()
    }

    fn find(&self, id: &str) -> Result<Preset, Error> {
        let shelf = self.shelf()?;
        let found = shelf.presets.into_iter().find(|preset| preset.id == id);
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, "There is no such preset (any more).").with_detail(id))
    }

    fn load_order(&self) -> Order {
        let read = fs::read(&self.order).ok();
        let parsed = read.map(|bytes| serde_json::from_slice(&bytes));
        parsed.and_then(Result::ok).unwrap_or_default()
    }

    fn save_order(&self, order: &Order) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(order).map_err(Error::internal)?;
        replace(&self.order, &json).map_err(|error| Error::storage(&error, "saving the order of the presets"))
    }

    fn read(&self) -> MutexGuard<'_, HashMap<String, File>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings what is in memory up to date with the folder.
    fn look(&self) -> Result<MutexGuard<'_, HashMap<String, File>>, Error> {
        let trouble = |error: io::Error| Error::storage(&error, "reading the presets");
        let mut read = self.read();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                read.clear();
                return Ok(read);
            }
            Err(error) => return Err(trouble(error)),
        };
        let mut there = HashSet::new();
        for entry in entries.take(MOST) {
            let entry = entry.map_err(trouble)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !Path::new(&name)
                .extension()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("json"))
            {
                continue;
            }
            let Ok(about) = fs::metadata(entry.path()) else {
                continue;
            };
            if !about.is_file() {
                continue;
            }
            let stamp = (about.modified().ok(), about.len());
            if read.get(&name).is_none_or(|known| known.stamp != stamp) {
                let content = read_preset(&entry.path());
                read.insert(name.clone(), File { stamp, content });
            }
            there.insert(name);
        }
        read.retain(|name, _| there.contains(name));
        Ok(read)
    }
}

/// What a person's own preset may be called by: it becomes the name of a file.
fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !id.is_empty() && id.len() <= 64 && id.chars().all(plain) && !id.starts_with(BUILT_IN)
}

fn refused(message: &str) -> Error {
    Error::new(ErrorCode::Refused, message).with_detail("preset")
}

fn read_preset(path: &Path) -> Result<Preset, String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Preset, String> {
    if bytes.len() as u64 > LONGEST {
        return Err("the file is too long".into());
    }
    let mut preset: Preset = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    preset.built_in = false;
    if !is_id(&preset.id) {
        return Err("its id is none".into());
    }
    Ok(preset)
}

/// One for each model: its defaults, at the usual size.
fn built_in(registry: &Registry) -> Vec<Preset> {
    let models = registry.catalogue().models.iter();
    models
        .map(|model| Preset {
            id: format!("{BUILT_IN}{}", model.id),
            name: model.short_name.clone(),
            folder: String::new(),
            colour: None,
            face: None,
            parts: vec![PresetPart::Settings, PresetPart::Size],
            request: GenerateRequest::new(model),
            built_in: true,
        })
        .collect()
}

impl Studio {
    /// All presets.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn presets(&self) -> Result<PresetShelf, Error> {
        self.on_shelf(Presets::shelf).await
    }

    /// Keeps a preset; one with the same id is replaced.
    ///
    /// # Errors
    ///
    /// `refused` for one that comes with the app or has no name, and storage errors.
    pub async fn save_preset(&self, preset: Preset) -> Result<PresetShelf, Error> {
        self.on_shelf(move |presets| presets.save(preset)).await
    }

    /// Deletes a preset.
    ///
    /// # Errors
    ///
    /// `refused` for one that comes with the app, and storage errors.
    pub async fn delete_preset(&self, id: String) -> Result<PresetShelf, Error> {
        self.on_shelf(move |presets| presets.delete(&id)).await
    }

    /// Puts the presets in this order.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn arrange_presets(&self, ids: Vec<String>) -> Result<PresetShelf, Error> {
        self.on_shelf(move |presets| presets.arrange(ids)).await
    }

    /// Says which preset a new draft starts from.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn set_default_preset(&self, id: Option<String>) -> Result<PresetShelf, Error> {
        self.on_shelf(move |presets| presets.set_default(id)).await
    }

    /// What applying parts of a preset would do to a request.
    ///
    /// # Errors
    ///
    /// `notFound`, and storage errors.
    pub async fn preview_preset(
        &self,
        id: String,
        parts: Vec<PresetPart>,
        request: GenerateRequest,
    ) -> Result<PresetPreview, Error> {
        let registry = self.shared().registry.clone();
        self.on_shelf(move |presets| {
            let preset = presets.find(&id)?;
            let held: Vec<PresetPart> = parts.into_iter().filter(|part| preset.parts.contains(part)).collect();
            Ok(apply(&request, &preset.request, &held, &registry))
        })
        .await
    }

    async fn on_shelf<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Presets) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = Arc::clone(self.shared());
        off_thread(move || work(&shared.presets)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    fn shelf_in(folder: &Path) -> Presets {
        Presets::in_folder(folder, Registry::builtin())
    }

    fn preset(name: &str) -> Preset {
        Preset {
            id: String::new(),
            name: name.into(),
            folder: "mine".into(),
            colour: Some(PresetColour::Teal),
            face: None,
            parts: vec![PresetPart::Prompt],
            request: request(),
            built_in: false,
        }
    }

    fn own(shelf: &PresetShelf) -> Vec<&str> {
        let own = shelf.presets.iter().filter(|preset| !preset.built_in);
        own.map(|preset| preset.name.as_str()).collect()
    }

    fn id_of(shelf: &PresetShelf, name: &str) -> String {
        shelf
            .presets
            .iter()
            .find(|preset| preset.name == name)
            .unwrap()
            .id
            .clone()
    }

    #[test]
    fn a_preset_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let saved = shelf_in(folder.path()).save(preset("castle")).unwrap();
        let found = shelf_in(folder.path()).shelf().unwrap();
        assert_eq!(found, saved);
        let mut changed = found.presets.last().unwrap().clone();
        changed.name = "fortress".into();
        let presets = shelf_in(folder.path());
        assert_eq!(own(&presets.save(changed.clone()).unwrap()), ["fortress"]);
        assert_eq!(own(&presets.delete(&changed.id).unwrap()), Vec::<&str>::new());
    }

    #[test]
    fn each_model_has_one_that_can_not_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let presets = shelf_in(folder.path());
        let shelf = presets.shelf().unwrap();
        assert_eq!(shelf.presets.len(), Registry::builtin().catalogue().models.len());
        let first = shelf.presets[0].clone();
        assert!(first.built_in && first.id == "builtin-nai-diffusion-5-full");
        assert_eq!(presets.save(first.clone()).unwrap_err().code, ErrorCode::Refused);
        assert_eq!(presets.delete(&first.id).unwrap_err().code, ErrorCode::Refused);
    }

    #[test]
    fn a_broken_file_is_shown_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let presets = shelf_in(folder.path());
        presets.save(preset("castle")).unwrap();
        for (name, text) in [
            ("a.json", "{"),
            ("b.json", "{\"id\":\"../x\"}"),
            ("c.txt", "x"),
            ("d.JSON", "[]"),
        ] {
            fs::write(folder.path().join("presets").join(name), text).unwrap();
        }
        let shelf = presets.shelf().unwrap();
        let broken: Vec<&str> = shelf.broken.iter().map(|file| file.file_name.as_str()).collect();
        assert_eq!(
            (own(&shelf), broken),
            (vec!["castle"], vec!["a.json", "b.json", "d.JSON"])
        );
        assert_eq!(fs::read(folder.path().join("presets/a.json")).unwrap(), b"{");
    }

    #[test]
    fn what_is_changed_in_the_folder_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let presets = shelf_in(folder.path());
        let shelf = presets.save(preset("castle")).unwrap();
        let path = folder
            .path()
            .join("presets")
            .join(format!("{}.json", id_of(&shelf, "castle")));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("castle", "a longer name")).unwrap();
        assert_eq!(own(&presets.shelf().unwrap()), ["a longer name"]);
        fs::copy(&path, folder.path().join("presets/copy.json")).unwrap();
        let shelf = presets.shelf().unwrap();
        assert_eq!((own(&shelf).len(), shelf.broken.len()), (1, 1));
        fs::remove_file(&path).unwrap();
        let shelf = presets.shelf().unwrap();
        assert_eq!((own(&shelf).len(), shelf.broken.len()), (1, 0));
        // It is still one file when it is saved again.
        let kept = shelf.presets.last().unwrap().clone();
        presets.save(kept).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("presets")).unwrap().count(), 1);
    }

    #[test]
    fn names_that_would_leave_the_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let presets = shelf_in(folder.path());
        for id in ["../x", "a/b", "a.b", "builtin-x", "ä", &"x".repeat(65)] {
            let odd = Preset {
                id: id.into(),
                ..preset("x")
            };
            assert_eq!(presets.save(odd).unwrap_err().code, ErrorCode::Refused, "{id}");
            assert_eq!(presets.delete(id).unwrap_err().code, ErrorCode::Refused, "{id}");
        }
        assert_eq!(presets.save(preset("  ")).unwrap_err().code, ErrorCode::Refused);
    }

    #[test]
    fn the_order_and_the_default_are_the_person_s() {
        let folder = tempfile::tempdir().unwrap();
        let presets = shelf_in(folder.path());
        for name in ["b", "a", "c"] {
            presets.save(preset(name)).unwrap();
        }
        let shelf = presets.shelf().unwrap();
        assert_eq!(own(&shelf), ["a", "b", "c"]);
        let [a, b, c] = ["a", "b", "c"].map(|name| id_of(&shelf, name));
        let built_in = shelf.presets[0].id.clone();
        presets.arrange(vec![c.clone(), built_in.clone(), b]).unwrap();
        let shelf = shelf_in(folder.path()).shelf().unwrap();
        assert_eq!(own(&shelf), ["c", "b", "a"]);
        let shelf = presets.set_default(Some(a.clone())).unwrap();
        assert_eq!(shelf.default, Some(a.clone()));
        assert_eq!(
            presets.set_default(Some("nobody".into())).unwrap_err().code,
            ErrorCode::NotFound
        );
        assert_eq!(presets.delete(&a).unwrap().default, None);
        fs::write(folder.path().join("presets.json"), b"{").unwrap();
        assert_eq!(presets.shelf().unwrap().default, None);
    }

    #[test]
    fn a_hundred_presets_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let presets = shelf_in(folder.path());
        for number in 0..100 {
            let one = Preset {
                id: format!("p{number}"),
                ..preset(&format!("{number:03}"))
            };
            presets.write(&format!("p{number}.json"), &one).unwrap();
        }
        assert_eq!(own(&presets.shelf().unwrap()).len(), 100);
        assert_eq!(presets.read().len(), 100);
    }
}
