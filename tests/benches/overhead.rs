//! P13, overhead: from the click to a picture that is on the disk and can be found, where the server takes no time.
//!
//! Ours goes the whole way of a job: the queue on the disk, the bytes synced before they are read, the picture synced and
//! entered into the index, one after the other. The peers send, unpack, and write a file that nobody syncs; those are
//! the clients of PyPI as they come, several requests at once where that is asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use novelai::client::BaseUrl;
use novelai::model::{ModelId, Registry};
use novelai::request::GenerateRequest;
use secrecy::SecretString;
use studio::{Credentials, Event, Folders, JobState, Options, ServerChoice, Studio};
use tests::pictures_in;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::peers::Peer;
use crate::rounds::{Side, compare};
use crate::stealth::fixture;
use crate::stub::Stub;

/// Pictures of a round.
const PICTURES: usize = 12;

/// The name of an environment, its packages, and the least of its speed that is good enough.
const PEERS: [(&str, &[&str], f64); 3] = [
    ("with_novelai_api", &["novelai-api==0.34.1"], 0.8),
    ("with_novelai_python", &["novelai-python==0.7.12"], 1.2),
    ("with_novelai", &["novelai==0.2.0", "httpx<0.28"], 1.5),
];

pub(crate) async fn measure(rounds: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let png = with_settings(&std::fs::read(fixture(folder.path(), 13)?)?)?;
    println!(
        "P13 overhead: {PICTURES} pictures of 832×1216 ({} KiB) from a server that takes no time, durable and in the \
         index; the peers' files are not synced",
        png.len() / 1024
    );
    let stub = Stub::start(&png).await?;
    let ours = open(folder.path(), &stub.url).await?;
    let mut peers = Vec::new();
    for (name, packages, floor) in PEERS {
        let saved = folder.path().join(name);
        std::fs::create_dir(&saved)?;
        let arguments = [PathBuf::from(name), PathBuf::from(&stub.url), saved.clone()];
        let peer = Peer::start(name, packages, "benches/peers/overhead.py", arguments)?;
        println!("  peer: {}", peer.about);
        peers.push((peer, floor, saved));
    }
    for in_flight in [1, 4] {
        let mut mine = Side::default();
        let mut theirs: Vec<Side> = peers.iter().map(|_| Side::default()).collect();
        for round in 0..=rounds {
            let took = generate(&ours, in_flight).await?;
            if round > 0 {
                mine.add(took);
            }
            for ((peer, _, saved), side) in peers.iter_mut().zip(&mut theirs) {
                // Waiting for the peer must not keep the stub from answering it.
                let answer = tokio::task::block_in_place(|| peer.round(&format!("{in_flight} {PICTURES}")))?;
                let &[took] = &answer[..] else {
                    bail!("the peer says {answer:?}");
                };
                let files = pictures_in(saved)?;
                ensure!(files.len() == PICTURES, "{} has {} files", peer.about, files.len());
                for file in files {
                    ensure!(std::fs::read(&file)? == png, "{} is another picture", file.display());
                    std::fs::remove_file(file)?;
                }
                if round > 0 {
                    side.add(took);
                }
            }
        }
        println!("  {in_flight} in flight, milliseconds a picture:");
        for ((peer, floor, _), side) in peers.iter().zip(&theirs) {
            compare(&peer.about, "ms", side, "ours", &mine);
            println!("    (floor: the ratio is {floor})");
        }
    }
    ours.close().await;
    Ok(())
}

/// A studio that takes the stub for its sandbox.
async fn open(folder: &Path, url: &str) -> Result<Studio> {
    let base = BaseUrl::parse(url)?;
    let options = Options {
        folders: Folders {
            data: folder.join("data"),
            library: folder.join("library"),
        },
        credentials: Credentials::Session,
        server: ServerChoice {
            base: base.clone(),
            sandbox: (base, SecretString::from("pst-stub")),
        },
        registry: Arc::new(Registry::builtin().clone()),
    };
    Ok(Studio::open(options).await.context("opening a studio")?.0)
}

/// Milliseconds a picture, with so many jobs in the queue at any time.
async fn generate(studio: &Studio, in_flight: usize) -> Result<f64> {
    let model = ModelId("nai-diffusion-4-5-full".into());
    let mut request = GenerateRequest::new(Registry::builtin().get(&model).context("a known model")?);
    request.prompt.text = "1girl, sea".into();
    let before = pictures_in(&studio.library_folder())?.len();
    let mut events = studio.subscribe();
    let begun = Instant::now();
    let (mut asked, mut done) = (0, 0);
    while done < PICTURES {
        while asked < PICTURES && asked < done + in_flight {
            asked += 1;
            request.sampling.seed = Some(u32::try_from(asked)?);
            studio.enqueue(Uuid::new_v4(), request.clone()).await?;
        }
        match events.recv().await {
            Ok(Event::Job(job)) => match job.state {
                JobState::Done { .. } => done += 1,
                state => ensure!(!state.is_settled(), "a job came to {state:?}"),
            },
            Ok(
                Event::JobRemoved(_)
                | Event::Queue(_)
                | Event::Missed
                | Event::Library { .. }
                | Event::Account(_)
                | Event::PicturesChanged(_)
                | Event::Indexing(_)
                | Event::Export(_)
                | Event::Folders(_)
                | Event::Edit(_),
            ) => {}
            Err(RecvError::Lagged(_)) => bail!("the events are not counted fast enough"),
            Err(RecvError::Closed) => bail!("the studio is gone"),
        }
    }
    let took = begun.elapsed().as_secs_f64() * 1000.0 / PICTURES as f64;
    let there = pictures_in(&studio.library_folder())?.len() - before;
    ensure!(there == PICTURES, "there are {there} new pictures in the library");
    Ok(took)
}

/// The picture with settings in a text chunk, as the service writes them.
fn with_settings(png: &[u8]) -> Result<Vec<u8>> {
    let text = br#"{"prompt": "1girl, sea", "steps": 23, "height": 1216, "width": 832, "seed": 7, "uc": "lowres"}"#;
    let mut summed = b"tEXtComment\0".to_vec();
    summed.extend_from_slice(text);
    let mut crc = flate2::Crc::new();
    crc.update(&summed);
    let length = u32::try_from(summed.len() - 4)?;
    // Behind the header.
    let (header, rest) = png.split_at(33);
    Ok([header, &length.to_be_bytes(), &summed, &crc.sum().to_be_bytes(), rest].concat())
}
