//! Raw mode: a folder with what exactly was asked of a server, and what exactly came of it.
//!
//! ```text
//! <time>-<correlation id>-request.json   method, address, headers and body, the token left out
//! <time>-<correlation id>-reply.json     status and headers, how the reply ended, and how long it is
//! <time>-<correlation id>-reply.bin      the body, byte by byte as it came, also where it was cut
//! ```
//!
//! `novelai` tells; it has struck out the secrets before. What can't be written is told once, and stops nothing: the
//! pictures are worth more than a record of them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use novelai::client::{Detail, RawEnd, RawReply, RawSink, WireRequest};
use serde_json::{Map, Value, json};
use time::macros::format_description;

use crate::clock::now_local;
use crate::error::Error;

/// A folder that takes down requests and replies. Cheap to clone: all clones write to the same folder.
#[derive(Debug, Clone)]
pub struct RawFolder {
    folder: PathBuf,
    detail: Detail,
    problem: Arc<Mutex<Option<Error>>>,
}

impl RawFolder {
    /// Makes the folder where there is none. `detail` says whether pictures in requests are written whole.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorCode::ReadOnly`] and the like where it can't be made.
    pub fn new(folder: impl Into<PathBuf>, detail: Detail) -> Result<Self, Error> {
        let folder = folder.into();
        fs::create_dir_all(&folder)
            .map_err(|error| Error::storage(&error, format_args!("making the folder {}", folder.display())))?;
        Ok(Self {
            folder,
            detail,
            problem: Arc::default(),
        })
    }

    /// The first thing that could not be written, if there was one.
    #[must_use]
    pub fn problem(&self) -> Option<Error> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, written: io::Result<()>, path: &Path) {
        let Err(error) = written else {
            return;
        };
        let error = Error::storage(&error, format_args!("writing {}", path.display()));
        tracing::warn!(%error, "raw mode");
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        problem.get_or_insert(error);
    }

    fn write(&self, name: &str, value: &Value) {
        let path = self.folder.join(name);
        // Base64 and prompts read better with the fields in lines of their own.
        self.note(fs::write(&path, format!("{value:#}\n")), &path);
    }
}

impl RawSink for RawFolder {
    fn request(&self, request: &WireRequest) -> Box<dyn RawReply> {
        let name = self.free_name(request.correlation_id());
        self.write(&format!("{name}-request.json"), &request.to_json(self.detail));
        Box::new(Reply {
            folder: self.clone(),
            name,
            told: Map::new(),
            body: None,
            length: 0,
        })
    }
}

impl RawFolder {
    /// The time and the id; and a number, should there be such a file already.
    fn free_name(&self, id: &str) -> String {
        let format = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]-[subsecond digits:3]");
        let time = now_local().format(format).unwrap_or_default();
        // It is ours, but it comes back by way of a header.
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("{time}-{id}");
        let taken = |name: &str| self.folder.join(format!("{name}-request.json")).exists();
        let others = (2..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.clone()).chain(others);
        names.find(|name| !taken(name)).unwrap_or(name)
    }
}

/// One reply, on its way into the folder.
struct Reply {
    folder: RawFolder,
    name: String,
    /// Status and headers.
    told: Map<String, Value>,
    /// Open once there is a byte.
    body: Option<File>,
    length: u64,
}

impl Reply {
    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = match self.body.take() {
            Some(file) => file,
            None => File::options().create_new(true).append(true).open(path)?,
        };
        file.write_all(bytes)?;
        self.body = Some(file);
        Ok(())
    }
}

impl RawReply for Reply {
    fn head(&mut self, status: u16, headers: &[(String, String)]) {
        // A header may stand there twice.
        let headers: Vec<Value> = headers.iter().map(|(name, value)| json!([name, value])).collect();
        self.told.insert("status".into(), status.into());
        self.told.insert("headers".into(), headers.into());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let path = self.folder.folder.join(format!("{}-reply.bin", self.name));
        let written = self.append(&path, bytes);
        self.length += bytes.len() as u64;
        self.folder.note(written, &path);
    }

    fn end(&mut self, end: &RawEnd) {
        let mut told = std::mem::take(&mut self.told);
        told.insert("length".into(), self.length.into());
        let (how, reason) = match end {
            RawEnd::Whole => ("whole", None),
            RawEnd::Cut(reason) => ("cut", Some(reason.as_str())),
            RawEnd::Dropped => ("dropped", None),
        };
        told.insert("end".into(), how.into());
        if let Some(reason) = reason {
            told.insert("reason".into(), reason.into());
        }
        self.folder.write(&format!("{}-reply.json", self.name), &told.into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use novelai::client::{BaseUrl, Client, Recorder};
    use novelai::model::Registry;
    use novelai::request::GenerateRequest;
    use sandbox::{Fault, Options, Sandbox};
    use secrecy::SecretString;

    use super::*;

    const TOKEN: &str = "pst-CanaryCanaryCanary0123456789";

    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let named = entries.map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            let kind = name.rsplit_once('-').unwrap().1.to_owned();
            (kind, fs::read(entry.path()).unwrap())
        });
        named.collect()
    }

    async fn recorded(fault: Option<Fault>) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let raw = RawFolder::new(folder.path().join("deep/er"), Detail::Short).unwrap();
        let options = Options {
            token: Some(TOKEN.into()),
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        if let Some(fault) = fault {
            sandbox.fail_next(fault);
        }
        let base = BaseUrl::parse(&sandbox.url()).unwrap();
        let client = Client::new(base, SecretString::from(TOKEN)).unwrap();
        let client = client.with_raw(Recorder::new(raw.clone()));
        let mut request = GenerateRequest::new(&Registry::builtin().models()[0]);
        request.size = novelai::request::Size { width: 64, height: 64 };
        request.sampling.seed = Some(7);
        if let Ok(mut body) = client.generate(&request).await {
            while let Ok(Some(_)) = body.chunk().await {}
        }
        assert_eq!(raw.problem(), None);
        files(&folder.path().join("deep/er"))
    }

    fn json(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[tokio::test]
    async fn a_folder_has_the_request_and_the_reply_without_the_token() {
        let files = recorded(None).await;
        assert_eq!(
            files.keys().collect::<Vec<_>>(),
            ["reply.bin", "reply.json", "request.json"]
        );
        let request = json(&files["request.json"]);
        assert_eq!(request["headers"]["authorization"], "Bearer •••");
        assert_eq!(request["body"]["parameters"]["seed"], 7);
        let reply = json(&files["reply.json"]);
        assert_eq!((&reply["status"], &reply["end"]), (&json!(200), &json!("whole")));
        assert_eq!(reply["length"], files["reply.bin"].len());
        assert_eq!(novelai::response::pictures(&files["reply.bin"]).unwrap().len(), 1);
        for (name, bytes) in &files {
            assert!(
                !bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()),
                "{name}"
            );
        }
    }

    #[tokio::test]
    async fn a_folder_has_what_came_of_a_cut_reply_and_of_a_refusal() {
        let cut = recorded(Some(Fault::CutBody { after_bytes: 40 })).await;
        let reply = json(&cut["reply.json"]);
        assert_eq!((&reply["end"], cut["reply.bin"].len()), (&json!("cut"), 40));
        assert!(reply["reason"].is_string());
        let busy = recorded(Some(Fault::Status {
            status: 429,
            body: Some(format!("{{\"message\":\"{TOKEN} is busy\"}}")),
            retry_after: Some(3),
            after_charging: false,
        }))
        .await;
        assert_eq!(json(&busy["reply.json"])["status"], 429);
        let body = String::from_utf8(busy["reply.bin"].clone()).unwrap();
        assert!(body.contains("is busy") && !body.contains("Canary"), "{body}");
    }

    #[test]
    fn a_folder_that_can_not_be_made_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(RawFolder::new(file.path().join("below"), Detail::Whole).is_err());
    }
}
