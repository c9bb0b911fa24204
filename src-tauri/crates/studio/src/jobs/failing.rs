//! Tests: the disk fails at every step of a job, and what is in the way gets out of it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use novelai::retry::Patience;
use uuid::Uuid;

use crate::disk::{Disk, Step};
use crate::door::Studio;
use crate::enlarge::LocalWay;
use crate::error::{Error, ErrorCode};
use crate::jobs::{self, Job, JobState};
use crate::testing::encoded;
use crate::testing::stage::{Stage, add, request, run, settled};

fn disk(fault: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Disk {
    Disk {
        fault: Some(Arc::new(fault)),
        ..Disk::default()
    }
}

async fn open(stage: &Stage, disk: Disk) -> Studio {
    let opened = Studio::open_with(stage.options(), disk, Patience::default()).await;
    opened.unwrap().0
}

fn error_of(job: &Job) -> &Error {
    match &job.state {
        JobState::Failed { error } | JobState::Unsettled { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

fn sent(stage: &Stage) -> usize {
    stage.sandbox.books().generations().count()
}

/// What must be so once the disk is in order again: what was paid for is there, once.
async fn assert_nothing_lost(stage: &Stage, studio: &Studio, context: &str) {
    assert_eq!(stage.pictures().len(), sent(stage), "{context}: {:?}", stage.files());
    let images = studio.images(None, 10).await.unwrap();
    assert_eq!(images.len(), sent(stage), "{context}");
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn whichever_step_fails_a_picture_that_cost_nothing_can_be_asked_for_again() {
    for broken in [
        Step::PlanPictures,
        Step::PictureCreate,
        Step::PictureWrite,
        Step::PictureSync,
        Step::PictureRename,
        Step::FolderSync,
        Step::Settle,
    ] {
        let stage = Stage::new().await;
        let full = Arc::new(AtomicBool::new(true));
        let flag = full.clone();
        let fails = move |step: Step| -> io::Result<()> {
            if step == broken && flag.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(())
        };
        let studio = open(&stage, disk(fails)).await;
        let image = add(&studio, &encoded(image::ImageFormat::Png, 12, 10)).await;
        let enlarge = async || {
            let (id, way) = (Uuid::new_v4(), LocalWay::Lanczos);
            let steps = vec![jobs::Step::Enlarge { way, scale: 2 }];
            studio.enqueue_chain(id, steps, vec![image.clone()]).await.unwrap();
            settled(&studio, id).await
        };

        let failed = enlarge().await;
        full.store(false, Ordering::SeqCst);

        assert!(
            matches!(failed.state, JobState::Failed { .. }),
            "{broken:?}: {:?}",
            failed.state
        );
        assert_eq!(error_of(&failed).code, ErrorCode::DiskFull, "{broken:?}");
        assert_eq!(studio.images(None, 9).await.unwrap(), [], "{broken:?}");
        let done = enlarge().await;
        assert!(
            matches!(done.state, JobState::Done { .. }),
            "{broken:?}: {:?}",
            done.state
        );
        assert_eq!(studio.images(None, 9).await.unwrap().len(), 1, "{broken:?}");
    }
}

#[tokio::test]
async fn whichever_step_fails_saving_again_loses_nothing() {
    for broken in Step::ALL {
        let stage = Stage::new().await;
        let full = Arc::new(AtomicBool::new(true));
        let flag = full.clone();
        let studio = open(
            &stage,
            disk(move |step| {
                if step == broken && flag.load(Ordering::SeqCst) {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                Ok(())
            }),
        )
        .await;

        let job = run(&studio, request()).await;
        full.store(false, Ordering::SeqCst);

        let context = format!("{broken:?}: {:?}", job.state);
        match broken {
            Step::SpoolCreate | Step::JournalSending => {
                assert!(matches!(job.state, JobState::Failed { .. }), "{context}");
                assert_eq!(error_of(&job).code, ErrorCode::DiskFull, "{context}");
                assert_eq!(sent(&stage), 0, "{context}");
            }
            // The library takes the picture although the spool does not take the bytes, or they can't be removed yet.
            Step::SpoolWrite | Step::SpoolSync | Step::SpoolRemove => {
                assert!(matches!(job.state, JobState::Done { .. }), "{context}");
            }
            Step::PieceWrite => unreachable!("{context}: only a repaint keeps a piece"),
            Step::ExportWrite | Step::ExportPlace => unreachable!("{context}: no job exports"),
            Step::PlanPictures
            | Step::PictureCreate
            | Step::PictureWrite
            | Step::PictureSync
            | Step::PictureRename
            | Step::FolderSync
            | Step::Settle => {
                assert!(matches!(job.state, JobState::Unsettled { .. }), "{context}");
                assert_eq!(error_of(&job).code, ErrorCode::DiskFull, "{context}");
                assert_eq!(sent(&stage), 1, "{context}");
                let job = studio.save_again(job.id).await.unwrap();
                assert!(
                    matches!(job.state, JobState::Done { .. }),
                    "{context}, then {:?}",
                    job.state
                );
            }
        }
        if broken == Step::SpoolRemove {
            studio.close().await;
            let studio = stage.open().await;
            assert_nothing_lost(&stage, &studio, &context).await;
        } else {
            assert_nothing_lost(&stage, &studio, &context).await;
            let next = run(&studio, request()).await;
            assert!(
                matches!(next.state, JobState::Done { .. }),
                "the queue goes on after {context}"
            );
        }
    }
}

#[tokio::test]
async fn from_whichever_call_on_the_disk_is_read_only_a_restart_loses_nothing() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let stage = Stage::new().await;
    let studio = open(
        &stage,
        disk(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }),
    )
    .await;
    run(&studio, request()).await;
    let calls = calls.load(Ordering::SeqCst);
    assert!(calls >= Step::ALL.len(), "{calls}");

    for (broken_from, mended_before_closing) in (0..calls).flat_map(|call| [(call, false), (call, true)]) {
        let stage = Stage::new().await;
        let broken = Arc::new(AtomicBool::new(true));
        let first = Arc::new(Mutex::new(None));
        let (counter, still, noted) = (AtomicUsize::new(0), broken.clone(), first.clone());
        let studio = open(
            &stage,
            disk(move |step| {
                if counter.fetch_add(1, Ordering::SeqCst) >= broken_from && still.load(Ordering::SeqCst) {
                    noted.lock().unwrap().get_or_insert(step);
                    return Err(io::ErrorKind::ReadOnlyFilesystem.into());
                }
                Ok(())
            }),
        )
        .await;
        let job = run(&studio, request()).await;
        if let JobState::Unsettled { error, .. } | JobState::Failed { error } = &job.state {
            assert_eq!(error.code, ErrorCode::ReadOnly, "{error}");
        }
        if mended_before_closing {
            broken.store(false, Ordering::SeqCst);
        }
        studio.close().await;

        let studio = stage.open().await;

        let first = *first.lock().unwrap();
        let context = format!("call {broken_from} of {calls}, {first:?}");
        let job = settled(&studio, job.id).await;
        // What never got to any disk can't outlive the process, and nobody says that it did.
        if first == Some(Step::SpoolWrite) && !mended_before_closing {
            assert!(
                !matches!(job.state, JobState::Done { .. }),
                "{context}: {:?}",
                job.state
            );
            assert_eq!(stage.pictures().len(), 0, "{context}");
            continue;
        }
        assert_nothing_lost(&stage, &studio, &context).await;
        assert_eq!(
            matches!(job.state, JobState::Done { .. }),
            sent(&stage) == 1,
            "{context}: {:?}",
            job.state
        );
    }
}

#[tokio::test]
async fn with_too_little_space_nothing_is_sent() {
    let stage = Stage::new().await;
    let free = Arc::new(AtomicU64::new(1 << 20));
    let disk = Disk {
        pretended_free: Some(free.clone()),
        ..Disk::default()
    };
    let studio = open(&stage, disk).await;

    let refused = run(&studio, request()).await;

    assert_eq!(error_of(&refused).code, ErrorCode::DiskFull);
    assert!(error_of(&refused).message.contains("nothing was sent"));
    assert_eq!(sent(&stage), 0);
    free.store(1 << 40, Ordering::SeqCst);
    assert!(matches!(run(&studio, request()).await.state, JobState::Done { .. }));
}

#[tokio::test]
async fn a_library_that_is_away_stops_jobs_before_they_are_sent_and_nothing_else() {
    let stage = Stage::new().await;
    let library = stage.folders().library;
    // A disk that is not plugged in: the folder can't be made.
    std::fs::write(&library, "not a folder").unwrap();
    let studio = stage.open().await;

    let job = run(&studio, request()).await;

    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert!(error_of(&job).is_storage(), "{}", error_of(&job));
    assert_eq!(sent(&stage), 0);
    std::fs::remove_file(&library).unwrap();
    assert!(matches!(run(&studio, request()).await.state, JobState::Done { .. }));
}

#[tokio::test]
async fn saving_again_while_the_disk_is_still_full_keeps_the_bytes_for_the_next_time() {
    let stage = Stage::new().await;
    let full = Arc::new(AtomicBool::new(true));
    let flag = full.clone();
    let studio = open(
        &stage,
        disk(move |step| {
            // Not a byte of the answer gets to the disk: all of it is held in memory.
            let refuses = matches!(step, Step::SpoolWrite | Step::PictureWrite);
            if refuses && flag.load(Ordering::SeqCst) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(())
        }),
    )
    .await;
    let job = run(&studio, request()).await;
    for _ in 0..2 {
        let still = studio.save_again(job.id).await.unwrap();
        assert_eq!(error_of(&still).code, ErrorCode::DiskFull);
    }
    full.store(false, Ordering::SeqCst);
    let done = studio.save_again(job.id).await.unwrap();
    assert!(matches!(done.state, JobState::Done { .. }), "{:?}", done.state);
    assert_nothing_lost(&stage, &studio, "after the third time").await;
    let again = studio.save_again(job.id).await.unwrap();
    assert_eq!(again.state, done.state);
}

#[tokio::test]
async fn a_name_that_somebody_else_takes_at_the_last_moment_is_left_to_them() {
    let stage = Stage::new().await;
    let library = stage.folders().library;
    let robbed = Arc::new(Mutex::new(None));
    let theirs = robbed.clone();
    let studio = open(
        &stage,
        disk(move |step| {
            let mut theirs = theirs.lock().unwrap();
            if step == Step::PictureRename && theirs.is_none() {
                let day = std::fs::read_dir(&library)?.next().unwrap()?.path();
                let unfinished = std::fs::read_dir(&day)?.next().unwrap()?.file_name();
                assert!(unfinished.to_str().unwrap().starts_with('.'));
                // All the names that the picture could have been given at this second or the next.
                for second in 0..60 {
                    let time = crate::clock::now_local() + Duration::from_secs(second) - Duration::from_secs(30);
                    let name = format!("{:02}-{:02}-{:02}-42-0.png", time.hour(), time.minute(), time.second());
                    std::fs::write(day.join(name), "theirs")?;
                }
                *theirs = Some(day);
            }
            Ok(())
        }),
    )
    .await;
    let mut request = request();
    request.sampling.seed = Some(42);

    let job = run(&studio, request).await;

    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    let [record] = studio.images(None, 10).await.unwrap().try_into().unwrap();
    let mark = job.id.simple().to_string();
    assert!(
        record.file_name.ends_with(&format!("-42-0-{}.png", &mark[..8])),
        "{}",
        record.file_name
    );
    assert!(studio.image_bytes(record.id).await.unwrap().1.starts_with(b"\x89PNG"));
    let day = robbed.lock().unwrap().clone().unwrap();
    let theirs = std::fs::read_dir(day)
        .unwrap()
        .filter(|entry| std::fs::read(entry.as_ref().unwrap().path()).unwrap() == b"theirs")
        .count();
    assert_eq!(theirs, 60);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_leads_out_of_the_library_is_not_followed() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let outside = stage.folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let now = crate::clock::now_local();
    let mut links = Vec::new();
    for day in [now, now + Duration::from_secs(86_400)] {
        let name = format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day());
        let link = stage.folders().library.join(name);
        std::os::unix::fs::symlink(&outside, &link).unwrap();
        links.push(link);
    }

    let job = run(&studio, request()).await;

    assert_eq!(error_of(&job).code, ErrorCode::Storage);
    assert!(error_of(&job).message.contains("link"), "{}", error_of(&job));
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    for link in links {
        std::fs::remove_file(link).unwrap();
    }
    let job = studio.save_again(job.id).await.unwrap();
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
}

#[tokio::test]
async fn a_panic_fails_its_job_with_a_report_and_the_queue_goes_on() {
    let stage = Stage::new().await;
    let broken = Arc::new(AtomicBool::new(true));
    let flag = broken.clone();
    let studio = open(
        &stage,
        disk(move |step| {
            assert!(
                step != Step::PictureSync || !flag.load(Ordering::SeqCst),
                "this decoder has a hole"
            );
            Ok(())
        }),
    )
    .await;

    let job = run(&studio, request()).await;

    assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
    assert_eq!(error_of(&job).code, ErrorCode::Internal);
    assert!(
        error_of(&job)
            .detail
            .as_ref()
            .unwrap()
            .contains("this decoder has a hole")
    );
    broken.store(false, Ordering::SeqCst);
    assert!(matches!(run(&studio, request()).await.state, JobState::Done { .. }));
    let job = studio.save_again(job.id).await.unwrap();
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
    assert_nothing_lost(&stage, &studio, "after a panic").await;
}

#[tokio::test]
async fn a_panic_before_anything_was_sent_fails_the_job() {
    let stage = Stage::new().await;
    let studio = open(
        &stage,
        disk(|step| {
            assert!(step != Step::JournalSending, "too early");
            Ok(())
        }),
    )
    .await;
    let job = run(&studio, request()).await;
    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert_eq!(sent(&stage), 0);
}

#[tokio::test]
async fn a_server_that_stays_busy_is_given_up_after_five_tries() {
    let stage = Stage::new().await;
    stage.sandbox.fail_always(Some(sandbox::Fault::Status {
        status: 429,
        body: None,
        retry_after: None,
        after_charging: false,
    }));
    let patience = Patience {
        base: Duration::from_millis(5),
        ..Patience::default()
    };
    let opened = Studio::open_with(stage.options(), Disk::default(), patience).await;
    let studio = opened.unwrap().0;

    let job = run(&studio, request()).await;

    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert_eq!(error_of(&job).code, ErrorCode::Busy);
    assert_eq!(sent(&stage), 5);
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn the_end_of_a_job_that_the_journal_could_not_take_is_shown_and_written_later() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let shared = studio.shared();
    shared
        .database
        .call(|connection| {
            connection.execute_batch(
                "CREATE TEMP TRIGGER full BEFORE UPDATE OF state ON main.jobs
                 BEGIN SELECT RAISE(ABORT, 'full'); END",
            )
        })
        .await
        .unwrap();
    let id = Uuid::new_v4();
    studio.enqueue(id, request()).await.unwrap();

    let job = settled(&studio, id).await;

    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert_eq!(sent(&stage), 0, "what can't be journaled is not sent");
    shared
        .database
        .call(|connection| connection.execute_batch("DROP TRIGGER full"))
        .await
        .unwrap();
    assert!(matches!(run(&studio, request()).await.state, JobState::Done { .. }));
    studio.close().await;
    let studio = stage.open().await;
    assert!(matches!(settled(&studio, id).await.state, JobState::Failed { .. }));
    assert_eq!(sent(&stage), 1, "the one that failed is not taken up again");
}
