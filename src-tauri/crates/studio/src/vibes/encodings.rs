//! The encodings: a folder a picture, and in it a file for each family of models and each Information Extracted.
//!
//! Files are written whole and synced, never changed and never removed. What the sandbox makes is understood by the
//! sandbox alone, and is kept apart: it must not spoil a picture that somebody pays for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use novelai::request::PictureId;
use novelai::vibe_file::Encoding;

use crate::disk::{sync_folder, write_new};
use crate::folders::make_private;
use crate::inputs::is_content_id;
use crate::server::SANDBOX;

/// How the encodings of the sandbox begin. A file tells no other way where its encodings come from.
const OF_SANDBOX: &[u8] = b"SBXVIBE1";
/// Stands where the Information Extracted is not known. It is taken for any.
const UNKNOWN: &str = "unknown";

/// Who made an encoding, and so who understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Realm {
    /// The sandbox.
    Sandbox,
    /// The service, or what stands in for it.
    Service,
}

impl Realm {
    /// Of a server, by the name that jobs remember.
    pub(crate) fn of(server: &str) -> Self {
        if server == SANDBOX {
            Self::Sandbox
        } else {
            Self::Service
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Sandbox => ".sandbox.vibe",
            Self::Service => ".vibe",
        }
    }
}

/// Information Extracted without the noise that sliders and sums leave in the last digits: it decides what is paid for.
pub(crate) fn rounded(extraction: f64) -> f64 {
    (extraction * 1e6).round() / 1e6
}

/// All encodings.
#[derive(Debug, Clone)]
pub(crate) struct Encodings {
    folder: PathBuf,
}

/// An encoding that is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) key: String,
    pub(crate) extraction: Option<f64>,
    path: PathBuf,
}

impl Kept {
    pub(crate) fn bytes(&self) -> io::Result<Bytes> {
        fs::read(&self.path).map(Bytes::from)
    }
}

impl Encodings {
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What a picture was encoded to for a family of models, where a server of the realm understands it. One that does
    /// not tell its Information Extracted is taken where there is no better one.
    pub(crate) fn find(&self, id: &PictureId, key: &str, extraction: f64, realm: Realm) -> Option<PathBuf> {
        let folder = self.of(id)?;
        let wanted = told(Some(extraction));
        let realms: &[Realm] = match realm {
            // It makes colours of any bytes.
            Realm::Sandbox => &[Realm::Sandbox, Realm::Service],
            Realm::Service => &[Realm::Service],
        };
        let names = [wanted.as_str(), UNKNOWN]
            .into_iter()
            .flat_map(|told| realms.iter().map(move |realm| name(key, told, *realm)));
        names
            .map(|name| folder.join(name))
            .find(|path| fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() > 0))
    }

    /// Keeps an encoding, durably. One that is kept already stays.
    pub(crate) fn keep(
        &self,
        id: &PictureId,
        key: &str,
        extraction: Option<f64>,
        realm: Realm,
        bytes: &[u8],
    ) -> io::Result<()> {
        let folder = self.of(id).ok_or(io::ErrorKind::InvalidInput)?;
        if !folder.is_dir() {
            make_private(&folder)?;
            sync_folder(&self.folder)?;
        }
        match write_new(&folder.join(name(key, &told(extraction), realm)), bytes) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// Keeps what a file brought along. `false`: it is of no use here.
    pub(crate) fn import(&self, id: &PictureId, encoding: &Encoding) -> io::Result<bool> {
        if encoding.mask.is_some() || !is_key(&encoding.model_key) {
            return Ok(false);
        }
        let realm = if encoding.bytes.starts_with(OF_SANDBOX) {
            Realm::Sandbox
        } else {
            Realm::Service
        };
        self.keep(id, &encoding.model_key, encoding.extraction, realm, &encoding.bytes)?;
        Ok(true)
    }

    /// All that a picture was encoded to, as far as a server of the realm understands it.
    pub(crate) fn all(&self, id: &PictureId, realm: Realm) -> Vec<Kept> {
        let entries = self.of(id).and_then(|folder| fs::read_dir(folder).ok());
        let mut all: Vec<(Realm, Kept)> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| parse(&entry.path()))
            .filter(|(made, _)| *made == Realm::Service || realm == Realm::Sandbox)
            .collect();
        // Its own come first, and one of each is enough.
        all.sort_by(|(a, one), (b, other)| {
            let foreign = |made: &Realm| *made != realm;
            (&one.key, told(one.extraction), foreign(a)).cmp(&(&other.key, told(other.extraction), foreign(b)))
        });
        let mut all: Vec<Kept> = all.into_iter().map(|(_, kept)| kept).collect();
        all.dedup_by(|later, first| later.key == first.key && later.extraction == first.extraction);
        all
    }

    fn of(&self, id: &PictureId) -> Option<PathBuf> {
        is_content_id(id).then(|| self.folder.join(&id.0))
    }
}

/// Keys come from files, and stand in names of files.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn told(extraction: Option<f64>) -> String {
    extraction.map_or_else(|| UNKNOWN.to_owned(), |told| rounded(told).to_string())
}

fn name(key: &str, told: &str, realm: Realm) -> String {
    format!("{key}-{told}{}", realm.suffix())
}

fn parse(path: &Path) -> Option<(Realm, Kept)> {
    let name = path.file_name()?.to_str()?;
    let (realm, stem) = [Realm::Sandbox, Realm::Service]
        .into_iter()
        .find_map(|realm| Some((realm, name.strip_suffix(realm.suffix())?)))?;
    let (key, told) = stem.rsplit_once('-')?;
    let extraction = match told {
        UNKNOWN => None,
        told => Some(told.parse().ok()?),
    };
    Some((
        realm,
        Kept {
            key: key.to_owned(),
            extraction,
            path: path.to_owned(),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encodings() -> (tempfile::TempDir, Encodings, PictureId) {
        let folder = tempfile::tempdir().unwrap();
        let encodings = Encodings::in_folder(folder.path().to_owned());
        (folder, encodings, PictureId("a".repeat(64)))
    }

    #[test]
    fn an_encoding_is_found_by_picture_family_and_extraction() {
        let (_folder, encodings, id) = encodings();
        encodings
            .keep(&id, "v4-5full", Some(0.7), Realm::Service, b"paid for")
            .unwrap();
        let find = |key: &str, extraction: f64| encodings.find(&id, key, extraction, Realm::Service);
        assert_eq!(fs::read(find("v4-5full", 0.7).unwrap()).unwrap(), b"paid for");
        assert!(find("v4-5full", 0.1 + 0.2 + 0.4).is_some(), "noise in the last digit");
        assert!(find("v4-5full", 0.71).is_none());
        assert!(find("v4full", 0.7).is_none());
        assert!(
            encodings
                .find(&PictureId("b".repeat(64)), "v4-5full", 0.7, Realm::Service)
                .is_none()
        );
    }

    #[test]
    fn what_was_paid_for_is_never_replaced() {
        let (_folder, encodings, id) = encodings();
        for bytes in [b"first", b"other"] {
            encodings.keep(&id, "v4full", Some(1.0), Realm::Service, bytes).unwrap();
        }
        let path = encodings.find(&id, "v4full", 1.0, Realm::Service).unwrap();
        assert_eq!(fs::read(path).unwrap(), b"first");
    }

    #[test]
    fn what_the_sandbox_made_is_for_the_sandbox_alone() {
        let (_folder, encodings, id) = encodings();
        encodings
            .keep(&id, "v4full", Some(1.0), Realm::Sandbox, b"pretended")
            .unwrap();
        assert!(encodings.find(&id, "v4full", 1.0, Realm::Service).is_none());
        assert!(encodings.find(&id, "v4full", 1.0, Realm::Sandbox).is_some());
        assert!(encodings.all(&id, Realm::Service).is_empty());
        encodings
            .keep(&id, "v4full", Some(1.0), Realm::Service, b"paid for")
            .unwrap();
        let [kept] = encodings.all(&id, Realm::Service).try_into().unwrap();
        assert_eq!(kept.bytes().unwrap(), &b"paid for"[..]);
        let [kept] = encodings.all(&id, Realm::Sandbox).try_into().unwrap();
        assert_eq!(kept.bytes().unwrap(), &b"pretended"[..]);
    }

    #[test]
    fn an_encoding_that_tells_no_extraction_is_taken_for_any() {
        let (_folder, encodings, id) = encodings();
        encodings.keep(&id, "v4full", None, Realm::Service, b"old").unwrap();
        assert!(encodings.find(&id, "v4full", 0.3, Realm::Service).is_some());
        encodings
            .keep(&id, "v4full", Some(0.3), Realm::Service, b"better")
            .unwrap();
        let path = encodings.find(&id, "v4full", 0.3, Realm::Service).unwrap();
        assert_eq!(fs::read(path).unwrap(), b"better");
    }

    #[test]
    fn a_hostile_key_or_id_is_no_path() {
        let (folder, encodings, id) = encodings();
        for key in ["../../x", "", "a/b", "a\\b", "ä", &"k".repeat(33)] {
            let encoding = Encoding {
                model_key: key.to_owned(),
                extraction: None,
                mask: None,
                bytes: Bytes::from_static(b"x"),
            };
            assert!(!encodings.import(&id, &encoding).unwrap(), "{key}");
        }
        let outside = PictureId("../out".into());
        assert!(encodings.keep(&outside, "v4full", None, Realm::Service, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn the_encodings_of_the_sandbox_are_known_by_how_they_begin() {
        use novelai::client::{BaseUrl, Client};
        let sandbox = sandbox::Sandbox::start(sandbox::Options::default()).await.unwrap();
        let token = secrecy::SecretString::from(sandbox.token());
        let client = Client::new(BaseUrl::parse(&sandbox.url()).unwrap(), token).unwrap();
        let picture = Bytes::from(crate::testing::encoded(image::ImageFormat::Png, 64, 64));
        let model = crate::testing::request().model;
        let vibe = client.encode_vibe(&picture, &model, 1.0).await.unwrap();
        assert!(vibe.starts_with(OF_SANDBOX));
    }
}
