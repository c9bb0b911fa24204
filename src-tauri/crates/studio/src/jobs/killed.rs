//! Tests: the process dies at every step of a job, and at any moment. The sandbox's books are the judge.
//!
//! The test program starts itself again as a child that plays the app, and the child dies for real.

use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use novelai::request::{PictureId, Vibe};
use novelai::retry::Patience;
use uuid::Uuid;

use crate::canvas::{Edges, Repaint, RepaintSettings};
use crate::clock::now_ms;
use crate::disk::{Disk, Step};
use crate::door::Studio;
use crate::enlarge::LocalWay;
use crate::jobs::{Job, JobState};
use crate::testing::child::{self, noticed};
use crate::testing::stage::{Stage, add, request, settled};

const FOLDER: &str = "STUDIO_TEST_FOLDER";
const SANDBOX: &str = "STUDIO_TEST_SANDBOX";
const TOKEN: &str = "STUDIO_TEST_TOKEN";
const JOB: &str = "STUDIO_TEST_JOB";
const DIES_AT: &str = "STUDIO_TEST_DIES_AT";
/// Names a picture in the store that is to be a vibe of the request.
const VIBE: &str = "STUDIO_TEST_VIBE";

/// Names a picture in the store that is to be drawn in lines and then made larger.
const CHAIN: &str = "STUDIO_TEST_CHAIN";
/// How often the step is passed before it is died at.
const PASSES: &str = "STUDIO_TEST_PASSES";

/// Names a canvas whose mask is to be repainted.
const CANVAS: &str = "STUDIO_TEST_CANVAS";

/// Names a picture in the store that is to be made larger on this computer, and nothing else.
const ENLARGED: &str = "STUDIO_TEST_ENLARGED";

/// The child: queues one request and dies at the step it was told, or lives until it is killed.
#[test]
#[ignore = "the other tests of this file start it as a process of its own"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let variable = |name| std::env::var(name).unwrap();
    let folder = std::path::PathBuf::from(folder);
    let options = child::options(&folder, &variable(SANDBOX), &variable(TOKEN));
    let dies_at = variable(DIES_AT);
    let passes = std::env::var(PASSES).map_or(0, |passes| passes.parse().unwrap());
    let passed = AtomicUsize::new(0);
    let disk = Disk {
        fault: Some(Arc::new(move |step| {
            if format!("{step:?}") == dies_at && passed.fetch_add(1, Ordering::SeqCst) == passes {
                std::process::abort();
            }
            Ok(())
        })),
        ..Disk::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (studio, _) = Studio::open_with(options, disk, Patience::default()).await.unwrap();
        let id: Uuid = variable(JOB).parse().unwrap();
        let last = enqueue(&studio, id).await;
        settled(&studio, last).await;
        // A job is shown as settled before its spool is removed: that is a step to die at as well.
        studio.close().await;
    });
}

/// Queues what the child was told to, and gives the job that is the last to be settled.
async fn enqueue(studio: &Studio, id: Uuid) -> Uuid {
    if let Ok(image) = std::env::var(CHAIN) {
        let jobs = studio.enqueue_chain(id, steps(), vec![PictureId(image)]).await.unwrap();
        return jobs[1].id;
    }
    if let Ok(image) = std::env::var(ENLARGED) {
        let jobs = studio.enqueue_chain(id, enlarged(), vec![PictureId(image)]).await;
        return jobs.unwrap()[0].id;
    }
    let mut request = request();
    if let Ok(image) = std::env::var(VIBE) {
        request.references.vibes.push(vibe(&PictureId(image)));
    }
    match std::env::var(CANVAS) {
        Ok(canvas) => {
            let repaint = repaint(PictureId(canvas));
            studio.enqueue_repaint(id, repaint, request).await.unwrap();
        }
        Err(_) => drop(studio.enqueue(id, request).await.unwrap()),
    }
    id
}

fn steps() -> Vec<studio::Step> {
    vec![
        studio::Step::Augment {
            tool: novelai::tools::Tool::LineArt,
        },
        studio::Step::Upscale {
            model: novelai::model::ModelId("nai-diffusion-5-full".into()),
            sharpening: 0.0,
            scale: 2,
        },
    ]
}

fn enlarged() -> Vec<studio::Step> {
    let way = LocalWay::Waifu2x { noise: None };
    vec![studio::Step::Enlarge { way, scale: 2 }]
}

fn repaint(canvas: PictureId) -> Repaint {
    Repaint {
        canvas,
        settings: RepaintSettings {
            feather: 4,
            ..RepaintSettings::default()
        },
        seed: Some(7),
    }
}

fn vibe(image: &PictureId) -> Vibe {
    Vibe {
        image: image.clone(),
        encoded: false,
        strength: 0.6,
        extraction: 0.7,
    }
}

fn start(stage: &Stage, job: Uuid, dies_at: &str) -> Child {
    command(stage, job, dies_at).spawn().unwrap()
}

fn command(stage: &Stage, job: Uuid, dies_at: &str) -> Command {
    let mut command = child::command("jobs::killed::child");
    command
        .env(FOLDER, stage.folder.path())
        .env(SANDBOX, stage.sandbox.url())
        .env(TOKEN, stage.sandbox.token())
        .env(JOB, job.to_string())
        .env(DIES_AT, dies_at);
    command
}

/// What a start after the end of the child showed.
struct Found {
    /// Nothing where the child had not come to queue it.
    job: Option<Job>,
    /// A delivered picture is not there.
    missing: bool,
}

/// Starts again and holds what is there against the books. Only of a kill at this moment, in milliseconds since 1970, a
/// picture that was between the socket and the disk may be missing.
async fn assert_books_agree(stage: &Stage, id: Uuid, killed_at: Option<u64>, context: &str) -> Found {
    noticed(&stage.sandbox).await;
    let books = stage.sandbox.books();
    let delivered = books.delivered().count();
    let in_flight = killed_at.is_some_and(|at| books.delivered().all(|picture| picture.was_in_flight(at)));
    let sent_before = books.generations().count();
    let studio = stage.open().await;
    let known = studio.jobs().await.unwrap().iter().any(|job| job.id == id);
    let job = if known { Some(settled(&studio, id).await) } else { None };

    let books = stage.sandbox.books();
    let sent = books.generations().count();
    assert!(sent <= 1, "{context}: sent {sent} times");
    let images = studio.images(None, 10).await.unwrap();
    assert_eq!(images.len(), stage.pictures().len(), "{context}: {:?}", stage.files());
    let missing = images.len() < delivered;
    assert!(
        !missing || in_flight,
        "{context}: {delivered} delivered, {} there",
        images.len()
    );
    assert!(images.len() <= 1, "{context}: doubled");
    for image in &images {
        let (_, bytes) = studio.image_bytes(image.id.clone()).await.unwrap();
        assert_eq!(novelai::response::pictures(&bytes).unwrap().len(), 1, "{context}: torn");
    }
    let settled_well = match job.as_ref().map(|job| &job.state) {
        None => sent_before == 0,
        Some(JobState::Done { images }) => images.len() == 1,
        Some(JobState::Unsettled { .. } | JobState::Failed { .. }) => images.is_empty() && sent == sent_before,
        Some(_) => false,
    };
    assert!(settled_well, "{context}: {job:?}");
    studio.close().await;
    let leftovers = stage.files().into_iter().filter(|file| {
        let name = file.file_name().unwrap().to_string_lossy();
        name.ends_with(".part")
    });
    assert_eq!(leftovers.count(), 0, "{context}: {:?}", stage.files());
    Found { job, missing }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_any_step_a_delivered_picture_is_there_once_after_the_next_start() {
    for step in Step::ALL {
        let stage = Stage::new().await;
        let id = Uuid::new_v4();
        let status = child::ended(start(&stage, id, &format!("{step:?}"))).await;
        assert!(!status.success(), "{step:?}: the child was to die");

        let found = assert_books_agree(&stage, id, None, &format!("{step:?}")).await;
        let job = found.job.unwrap();

        let whole_answer = !matches!(step, Step::SpoolWrite);
        let done = matches!(job.state, JobState::Done { .. });
        assert_eq!(done, whole_answer, "{step:?}: {:?}", job.state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_any_step_a_delivered_vibe_is_kept_and_encoded_once() {
    for step in [
        Step::SpoolCreate,
        Step::JournalSending,
        Step::SpoolWrite,
        Step::SpoolSync,
        Step::PictureWrite,
        Step::Settle,
        Step::SpoolRemove,
    ] {
        let stage = Stage::new().await;
        let studio = stage.open().await;
        let image = add(&studio, &crate::testing::encoded(image::ImageFormat::Png, 64, 64)).await;
        studio.close().await;
        let id = Uuid::new_v4();
        let child = command(&stage, id, &format!("{step:?}"))
            .env(VIBE, &image.0)
            .spawn()
            .unwrap();
        assert!(!child::ended(child).await.success(), "{step:?}: the child was to die");

        let studio = stage.open().await;
        let job = settled(&studio, id).await;

        // The bytes that the child had no time to write down are lost, and nobody can know whether they were sent.
        let lost = step == Step::SpoolWrite;
        assert_eq!(
            matches!(job.state, JobState::Done { .. }),
            !lost,
            "{step:?}: {:?}",
            job.state
        );
        let books = stage.sandbox.books();
        let encodings = books
            .exchanges
            .iter()
            .filter(|exchange| exchange.path == "/ai/encode-vibe");
        assert_eq!(encodings.count(), 1, "{step:?}");
        assert_eq!(books.generations().count(), usize::from(!lost), "{step:?}");
        let mut request = request();
        request.references.vibes.push(vibe(&image));
        let states = studio.vibe_states(request).await;
        assert_eq!(states[0].encoded, !lost, "{step:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_any_step_a_repaint_is_laid_back_once_after_the_next_start() {
    for step in [
        Step::SpoolSync,
        Step::PieceWrite,
        Step::PlanPictures,
        Step::PictureWrite,
        Step::FolderSync,
        Step::Settle,
        Step::SpoolRemove,
    ] {
        let stage = Stage::new().await;
        let studio = stage.open().await;
        let image = add(&studio, &crate::testing::encoded(image::ImageFormat::Png, 128, 128)).await;
        let canvas = studio.open_canvas(image.0).await.unwrap().id;
        let size = novelai::request::Size {
            width: 128,
            height: 128,
        };
        // Everything above the middle: 8192 pixels of each.
        let runs = vec![255, 0x80, 0x40, 0, 0x80, 0x40];
        studio
            .save_canvas_mask(canvas.clone(), size, Edges::default(), runs)
            .await
            .unwrap();
        studio.close().await;
        let id = Uuid::new_v4();
        let child = command(&stage, id, &format!("{step:?}"))
            .env(CANVAS, &canvas.0)
            .spawn()
            .unwrap();
        assert!(!child::ended(child).await.success(), "{step:?}: the child was to die");

        let studio = stage.open().await;
        let job = settled(&studio, id).await;

        assert!(matches!(job.state, JobState::Done { .. }), "{step:?}: {:?}", job.state);
        assert_eq!(stage.sandbox.books().generations().count(), 1, "{step:?}");
        assert_eq!(stage.pictures().len(), 1, "{step:?}: {:?}", stage.files());
        let takes = studio.canvas_takes(canvas).await.unwrap();
        assert_eq!(takes.len(), 1, "{step:?}");
        assert_eq!((takes[0].changed_outside, &takes[0].problem), (0, &None), "{step:?}");
        let (_, bytes) = studio.image_bytes(takes[0].id.clone()).await.unwrap();
        let finished = novelai::response::pictures(&bytes).unwrap();
        assert_eq!(finished[0].size, size, "{step:?}");
        // What the server sent is kept beside.
        let piece = stage.folders().pieces().join(format!("{}.png", takes[0].id));
        assert_ne!(std::fs::read(piece).unwrap(), bytes, "{step:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_any_step_a_chain_goes_on_or_is_freed_and_nothing_is_sent_twice() {
    for (passes, step) in [
        (0, Step::JournalSending),
        (0, Step::SpoolWrite),
        (0, Step::SpoolSync),
        (0, Step::PictureWrite),
        (0, Step::Settle),
        (0, Step::SpoolRemove),
        (1, Step::SpoolCreate),
        (1, Step::JournalSending),
        (1, Step::SpoolSync),
        (1, Step::Settle),
    ] {
        let context = format!("{step:?} of job {passes}");
        let stage = Stage::new().await;
        let studio = stage.open().await;
        let image = add(&studio, &crate::testing::encoded(image::ImageFormat::Png, 64, 64)).await;
        studio.close().await;
        let id = Uuid::new_v4();
        let child = command(&stage, id, &format!("{step:?}"))
            .env(CHAIN, &image.0)
            .env(PASSES, passes.to_string())
            .spawn()
            .unwrap();
        assert!(!child::ended(child).await.success(), "{context}: the child was to die");

        let studio = stage.open().await;
        let jobs = studio.enqueue_chain(id, steps(), vec![image]).await.unwrap();
        let mut ended = Vec::new();
        for job in jobs {
            ended.push(settled(&studio, job.id).await.state);
        }

        let done = |state: &JobState| matches!(state, JobState::Done { .. });
        // The bytes that the child had no time to write down are lost, and nobody can know whether they were sent.
        let lost = step == Step::SpoolWrite;
        assert_eq!(
            (done(&ended[0]), done(&ended[1])),
            (!lost, !lost),
            "{context}: {ended:?}"
        );
        if lost {
            assert_eq!(ended[1], JobState::Cancelled, "{context}");
        }
        let books = stage.sandbox.books();
        let asked = |path: &str| books.exchanges.iter().filter(|exchange| exchange.path == path).count();
        assert_eq!(asked("/ai/augment-image"), 1, "{context}");
        assert_eq!(asked("/ai/upscale"), usize::from(!lost), "{context}");
        let pictures = studio.images(None, 10).await.unwrap();
        assert_eq!(
            pictures.len(),
            ended.iter().filter(|state| done(state)).count(),
            "{context}"
        );
        if let [large, drawn] = pictures.as_slice() {
            assert_eq!(large.parent.as_ref(), Some(&drawn.id), "{context}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_any_step_a_picture_is_made_larger_once_after_the_next_start() {
    for step in [
        Step::PlanPictures,
        Step::PictureWrite,
        Step::PictureRename,
        Step::FolderSync,
        Step::Settle,
    ] {
        let stage = Stage::new().await;
        let studio = stage.open().await;
        let image = add(&studio, &crate::testing::encoded(image::ImageFormat::Png, 20, 14)).await;
        studio.close().await;
        let id = Uuid::new_v4();
        let child = command(&stage, id, &format!("{step:?}"))
            .env(ENLARGED, &image.0)
            .spawn()
            .unwrap();
        assert!(!child::ended(child).await.success(), "{step:?}: the child was to die");

        let studio = stage.open().await;
        let job = settled(&studio, id).await;

        assert!(matches!(job.state, JobState::Done { .. }), "{step:?}: {:?}", job.state);
        assert_eq!(stage.pictures().len(), 1, "{step:?}: {:?}", stage.files());
        let [larger] = studio.images(None, 9).await.unwrap().try_into().unwrap();
        assert_eq!((larger.width, larger.height), (40, 28), "{step:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_a_delivered_picture_is_there_once_after_the_next_start() {
    let mut missing = 0;
    for round in 0..12_u64 {
        let stage = Stage::new().await;
        stage.sandbox.set_step_delay(Duration::from_millis(10));
        let id = Uuid::new_v4();
        let mut child = start(&stage, id, "never");
        let moment = Duration::from_millis(20 + round * 25 + u64::from(rand::random::<u8>()) / 12);
        tokio::time::sleep(moment).await;
        let at = u64::try_from(now_ms()).unwrap();
        child.kill().unwrap();
        child::ended(child).await;
        let context = format!("round {round}, after {moment:?}");
        let found = assert_books_agree(&stage, id, Some(at), &context).await;
        missing += usize::from(found.missing);
    }
    // The instant between the socket and the disk, which no order of steps can close: see the crash matrix.
    assert!(missing <= 1, "{missing} kills hit a picture on its way to the disk");
}
