//! What the person decided about the app. It is one small file, `settings.json`, and each field of it has a default, so
//! that a file of an older or a newer version loses nothing but what this one does not know.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use novelai::model::Limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::disk::off_thread;
use crate::door::Studio;
use crate::error::{Error, ErrorCode};
use crate::generations::Generations;
use crate::library::names;
use crate::library::template::Template;
use crate::share::ShareSettings;
use crate::spending::SpendingRules;

/// What the person decided about the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Prices above this are asked about.
    pub ask_above: Option<u32>,
    /// Explicit tags are completed as well.
    pub explicit_tags: bool,
    /// Suggestions of the server join the local ones.
    pub online_tags: bool,
    /// Sizes of the person's own.
    pub sizes: Vec<OwnSize>,
    /// Pictures that go out.
    pub share: ShareSettings,
    /// What may be spent.
    pub spending: SpendingRules,
    /// Seconds between two requests, beyond what the service asks for.
    pub pause_between: u32,
    /// How new pictures of the library are named: a template of their path below its folder.
    pub picture_names: String,
}

/// A size of the person's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct OwnSize {
    /// What it is called.
    pub name: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ask_above: None,
            explicit_tags: false,
            online_tags: true,
            sizes: Vec::new(),
            share: ShareSettings::default(),
            spending: SpendingRules::default(),
            pause_between: 0,
            picture_names: names::DEFAULT.to_owned(),
        }
    }
}

/// So many sizes can be looked through.
const MOST_SIZES: usize = 200;

/// Between two requests: longer than an hour is a queue that is paused.
const LONGEST_PAUSE: u32 = 3600;

impl Settings {
    /// The settings without sizes that no request could have.
    fn checked(mut self, limits: &Limits) -> Self {
        self.sizes.retain(|size| {
            let side = |side: u32| side >= limits.min_side && side.is_multiple_of(limits.side_step);
            let area = u64::from(size.width) * u64::from(size.height);
            side(size.width) && side(size.height) && area <= u64::from(limits.max_area)
        });
        for size in &mut self.sizes {
            size.name = size.name.trim().chars().take(80).collect();
        }
        self.sizes.truncate(MOST_SIZES);
        self.share = self.share.checked();
        self.pause_between = self.pause_between.min(LONGEST_PAUSE);
        self
    }

    /// How pictures are named. A file that was written by hand may hold anything.
    pub(crate) fn template(&self) -> Template {
        let (template, problems) = Template::parse(&self.picture_names);
        if problems.is_empty() {
            template
        } else {
            Template::parse(names::DEFAULT).0
        }
    }
}

/// What is known of a file laid over the defaults, field by field: one that this version does not know, or that is
/// broken, is no reason to refuse the rest.
fn parse(bytes: &[u8]) -> Option<Settings> {
    let Value::Object(told) = serde_json::from_slice(bytes).ok()? else {
        return None;
    };
    let mut settings = serde_json::to_value(Settings::default()).ok()?;
    lay(told, "", &mut settings);
    serde_json::from_value(settings).ok()
}

/// Lays fields over those that stand at a place (RFC 6901) of the settings, one after the other.
fn lay(told: serde_json::Map<String, Value>, place: &str, settings: &mut Value) {
    for (field, value) in told {
        let at = format!("{place}/{}", field.replace('~', "~0").replace('/', "~1"));
        match (value, settings.pointer(&at)) {
            (Value::Object(inner), Some(Value::Object(_))) => lay(inner, &at, settings),
            (value, Some(_)) => {
                let mut tried = settings.clone();
                if let Some(known) = tried.pointer_mut(&at) {
                    *known = value;
                }
                if serde_json::from_value::<Settings>(tried.clone()).is_ok() {
                    *settings = tried;
                }
            }
            (_, None) => {}
        }
    }
}

/// The settings as they are now, and their files.
pub(crate) struct SettingsFile {
    files: Generations<Settings>,
    now: Mutex<Option<Settings>>,
}

impl SettingsFile {
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self {
            files: Generations::in_folder(data, "settings", parse),
            now: Mutex::new(None),
        }
    }

    /// Read once, and kept.
    pub(crate) fn get(&self) -> Settings {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.get_or_insert_with(|| self.files.load().unwrap_or_default()).clone()
    }

    fn set(&self, settings: Settings) -> Result<Settings, Error> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        self.files.save(&settings)?;
        *now = Some(settings.clone());
        Ok(settings)
    }
}

impl Studio {
    /// What the person decided.
    pub async fn settings(&self) -> Settings {
        let shared = self.shared().clone();
        off_thread(move || shared.settings.get()).await
    }

    /// Keeps what the person decided. Sizes that no request could have are left out.
    ///
    /// # Errors
    ///
    /// `refused` where pictures can't be named so (`detail` is `pictureNames`), and storage errors; then the settings are
    /// as they were.
    pub async fn save_settings(&self, settings: Settings) -> Result<Settings, Error> {
        let shared = self.shared().clone();
        if !Template::parse(&settings.picture_names).1.is_empty() {
            return Err(Error::new(
                ErrorCode::Refused,
                "Pictures can't be named like this. Mend the template first.",
            )
            .with_detail("pictureNames"));
        }
        let settings = settings.checked(self.registry().limits());
        let now = off_thread({
            let shared = shared.clone();
            move || shared.settings.set(settings)
        })
        .await?;
        shared.look_again();
        Ok(now)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use novelai::model::Registry;

    use super::*;

    #[test]
    fn settings_are_kept_in_two_generations() {
        let folder = tempfile::tempdir().unwrap();
        let file = || SettingsFile::in_folder(folder.path());
        assert_eq!(file().get(), Settings::default());
        let some = |anlas| Settings {
            ask_above: Some(anlas),
            ..Settings::default()
        };
        let open = file();
        open.set(some(1)).unwrap();
        open.set(some(2)).unwrap();
        assert_eq!((open.get(), file().get()), (some(2), some(2)));
        fs::write(folder.path().join("settings.json"), b"{").unwrap();
        assert_eq!(file().get(), some(1));
    }

    #[test]
    fn a_file_of_another_version_loses_nothing_that_is_known() {
        let read = |text: &str| parse(text.as_bytes());
        let expected = Settings {
            explicit_tags: true,
            ..Settings::default()
        };
        assert_eq!(
            read(r#"{"explicitTags":true,"dreams":7,"askAbove":"x"}"#),
            Some(expected)
        );
        assert_eq!(read("{}"), Some(Settings::default()));
        for broken in ["", "[]", "7", "{"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn names_that_can_not_be_give_way_to_the_usual_ones() {
        let named = |names: &str| Settings {
            picture_names: names.into(),
            ..Settings::default()
        };
        let usual = Settings::default().template();
        assert_eq!(named("../{sed}").template(), usual);
        assert_eq!(named("").template(), usual);
        assert_ne!(named("{model}/{seed}").template(), usual);
    }

    #[test]
    fn sizes_that_can_not_be_are_left_out() {
        let size = |width, height| OwnSize {
            name: "  mine ".into(),
            width,
            height,
        };
        let settings = Settings {
            sizes: vec![size(832, 1216), size(833, 1216), size(0, 64), size(6400, 6400)],
            ..Settings::default()
        };
        let checked = settings.checked(Registry::builtin().limits());
        assert_eq!(checked.sizes.len(), 1);
        assert_eq!(checked.sizes[0].name, "mine");
    }
}
