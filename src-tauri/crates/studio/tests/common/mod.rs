//! A sandbox, a studio in folders of its own, and patience.

#![allow(dead_code, reason = "every test file uses some of this")]
#![allow(clippy::unwrap_used, reason = "a stage that can't be set is a failed test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use novelai::client::BaseUrl;
use novelai::model::{ModelId, Registry};
use novelai::request::{GenerateRequest, PictureId, Size};
use sandbox::Sandbox;
use secrecy::SecretString;
use studio::{Credentials, Event, Folders, Job, JobState, Keep, Options, ServerChoice, Studio};
use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;
use uuid::Uuid;

/// A token that must not turn up anywhere.
pub const TOKEN: &str = "pst-CanaryCanaryCanary0123456789";

/// Two servers (the embedded sandbox, and one that plays the real service) and the folders of one studio.
pub struct Stage {
    pub folder: TempDir,
    pub sandbox: Sandbox,
    pub service: Sandbox,
    pub credentials: Credentials,
}

impl Stage {
    /// A service where everything has its price, unless the options say otherwise.
    pub async fn new() -> Self {
        Self::with(sandbox::Options {
            tier: 1,
            ..sandbox::Options::default()
        })
        .await
    }

    pub async fn with(service: sandbox::Options) -> Self {
        let service = Sandbox::start(sandbox::Options {
            token: Some(TOKEN.into()),
            ..service
        });
        Self {
            folder: tempfile::tempdir().unwrap(),
            sandbox: Sandbox::start(sandbox::Options::default()).await.unwrap(),
            service: service.await.unwrap(),
            credentials: Credentials::memory(None),
        }
    }

    pub fn folders(&self) -> Folders {
        Folders {
            data: self.folder.path().join("data"),
            library: self.folder.path().join("library"),
        }
    }

    pub fn options(&self) -> Options {
        Options {
            folders: self.folders(),
            credentials: self.credentials.clone(),
            server: ServerChoice {
                base: BaseUrl::parse(&self.service.url()).unwrap(),
                sandbox: (
                    BaseUrl::parse(&self.sandbox.url()).unwrap(),
                    SecretString::from(self.sandbox.token()),
                ),
            },
            registry: Arc::new(Registry::builtin().clone()),
        }
    }

    /// A studio that is not signed in.
    pub async fn open(&self) -> Studio {
        Studio::open(self.options()).await.unwrap().0
    }

    /// A studio that is signed in to the service.
    pub async fn open_signed_in(&self) -> Studio {
        let studio = self.open().await;
        studio.sign_in(SecretString::from(TOKEN), Keep::Session).await.unwrap();
        studio
    }

    /// Every file below the data and library folders.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    /// The pictures in the library folder.
    pub fn pictures(&self) -> Vec<PathBuf> {
        let library = self.folders().library;
        let mut files = self.files();
        files.retain(|file| file.starts_with(&library) && file.extension().is_some_and(|ending| ending != "jsonl"));
        files
    }

    /// The answers in the spool, kept ones too.
    pub fn spooled(&self) -> Vec<PathBuf> {
        let spool = self.folders().data.join("spool");
        let mut files = self.files();
        files.retain(|file| file.starts_with(&spool));
        files
    }

    /// Waits until nothing is left in the spool: the bytes of a job are removed when it is done, and so a moment later.
    pub async fn nothing_is_spooled(&self) {
        for _ in 0..500 {
            if self.spooled().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?} stay in the spool", self.spooled());
    }
}

/// A request that is small in every way.
pub fn request() -> GenerateRequest {
    let model = Registry::builtin()
        .get(&ModelId("nai-diffusion-4-5-full".into()))
        .unwrap();
    let mut request = GenerateRequest::new(model);
    request.prompt.text = "a lighthouse, night".into();
    request.size = Size {
        width: 192,
        height: 256,
    };
    request.sampling.steps = 4;
    request.sampling.seed = Some(1_234_567_890);
    request
}

/// The same for another model, with its defaults.
pub fn request_of(model: &str) -> GenerateRequest {
    let model = Registry::builtin().get(&ModelId(model.into())).unwrap();
    GenerateRequest {
        prompt: GenerateRequest::new(model).prompt,
        sampling: novelai::request::Sampling {
            steps: 4,
            seed: Some(7),
            ..GenerateRequest::new(model).sampling
        },
        model: model.id.clone(),
        ..request()
    }
}

/// A picture of two colours, as PNG, JPEG or WebP. It is short whatever its size.
pub fn picture(format: image::ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(width, height, |x, _| {
        image::Rgb(if x * 2 < width { [200, 40, 40] } else { [30, 60, 160] })
    })
    .write_to(&mut bytes, format)
    .unwrap();
    bytes.into_inner()
}

/// Adds a picture that can be taken.
pub async fn add(studio: &Studio, bytes: &[u8]) -> PictureId {
    let added = studio.add_bytes("picture".into(), bytes.to_vec()).await;
    assert_eq!(added.refused, []);
    added.pictures[0].id.clone()
}

/// Waits until a job is settled.
pub async fn settled(studio: &Studio, id: Uuid) -> Job {
    until(studio, id, JobState::is_settled).await
}

/// Waits until a job has a state.
pub async fn until(studio: &Studio, id: Uuid, right: impl Fn(&JobState) -> bool) -> Job {
    until_job(studio, id, |job| right(&job.state)).await
}

/// Waits until it is known what a job was charged, which is a moment after it is settled: nothing of it changes then.
pub async fn paid(studio: &Studio, id: Uuid) -> Job {
    until_job(studio, id, |job| job.paid.is_some()).await
}

async fn until_job(studio: &Studio, id: Uuid, right: impl Fn(&Job) -> bool) -> Job {
    let mut last = None;
    for _ in 0..3000 {
        let job = studio.jobs().await.unwrap().into_iter().find(|job| job.id == id);
        match job {
            Some(job) if right(&job) => return job,
            job => last = job,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to that: {last:?}");
}

/// Queues a request under a new UUID and waits until it is settled.
pub async fn run(studio: &Studio, request: GenerateRequest) -> Job {
    let id = Uuid::new_v4();
    studio.enqueue(id, request).await.unwrap();
    settled(studio, id).await
}

/// All events of a job's states up to its end.
pub async fn states(events: &mut Receiver<Event>, id: Uuid) -> Vec<JobState> {
    let mut states = Vec::new();
    loop {
        let event = tokio::time::timeout(Duration::from_secs(30), events.recv());
        if let Event::Job(job) = event.await.expect("an event in time").unwrap()
            && job.id == id
        {
            let over = job.state.is_settled();
            states.push(job.state);
            if over {
                return states;
            }
        }
    }
}
