//! The fault matrix: everything that can go wrong with a reply, free and paid, streamed and not. How many requests reach
//! the server is what the rule says, exactly: what the server says it did not run (429) is sent again, nothing else is.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod common;

use std::time::Duration;

use common::{Stage, request_of, run};
use novelai::request::Size;
use sandbox::Fault;
use studio::JobState;

/// Bytes between two cuts of a reply.
const CUT: u64 = 64 * 1024;

fn status(status: u16, after_charging: bool) -> Fault {
    Fault::Status {
        status,
        body: None,
        retry_after: (status == 429).then_some(1),
        after_charging,
    }
}

/// A fault, how many requests there are in all, and how many of them run.
fn faults() -> Vec<(Fault, usize, usize)> {
    let text = |content_type: &str, bytes: &[u8]| Fault::Body {
        content_type: content_type.into(),
        bytes: bytes.to_vec(),
    };
    vec![
        (status(429, false), 2, 1),
        (status(400, false), 1, 0),
        (status(401, false), 1, 0),
        (status(402, false), 1, 0),
        (status(500, false), 1, 0),
        (status(500, true), 1, 1),
        (status(502, true), 1, 1),
        (Fault::CutBody { after_bytes: 0 }, 1, 1),
        (Fault::CutBody { after_bytes: 500 }, 1, 1),
        (Fault::ResetStream { after_frames: 0 }, 1, 1),
        (Fault::ResetStream { after_frames: 2 }, 1, 1),
        (
            Fault::ErrorFrame {
                after_frames: 1,
                message: "out of memory".into(),
            },
            1,
            1,
        ),
        (Fault::WrongContentType, 1, 1),
        (Fault::Html, 1, 1),
        (text("application/zip", b"PK\x03\x04 and no more"), 1, 1),
        (text("application/json", b"{}"), 1, 1),
        (Fault::Slow(Duration::from_millis(100)), 1, 1),
        (
            Fault::Dribble {
                bytes: 4096,
                pause: Duration::from_millis(1),
            },
            1,
            1,
        ),
        (Fault::LyingGzip, 1, 1),
    ]
}

async fn each_fault(tier: u8, model: &str) {
    let stage = Stage::with(sandbox::Options {
        tier,
        ..sandbox::Options::default()
    })
    .await;
    let studio = stage.open_signed_in().await;
    for (fault, requests, ran) in faults() {
        let context = format!("{fault:?}, tier {tier}, {model}");
        let (before, charged) = (stage.service.books(), stage.service.books().charged);
        stage.service.fail_next(fault);

        let job = run(&studio, request_of(model)).await;

        let books = stage.service.books();
        let new = || books.generations().skip(before.generations().count());
        assert_eq!(new().count(), requests, "{context}: {:?}", job.state);
        assert_eq!(new().filter(|exchange| exchange.ran).count(), ran, "{context}");
        let paid = books.charged - charged;
        assert!(ran > 0 || paid == 0, "{context}");
        // What may have been charged waits for the person; what was free, or did not run, has failed.
        let settled_well = match job.state {
            JobState::Done { .. } => ran == 1,
            JobState::Failed { .. } => paid == 0,
            JobState::Unsettled { .. } => tier != 3,
            _ => false,
        };
        assert!(settled_well, "{context}: {:?}", job.state);
    }
}

#[tokio::test]
async fn free_and_streamed() {
    each_fault(3, "nai-diffusion-4-5-full").await;
}

#[tokio::test]
async fn paid_and_streamed() {
    each_fault(1, "nai-diffusion-4-5-full").await;
}

#[tokio::test]
async fn free_and_in_one_piece() {
    each_fault(3, "nai-diffusion-3").await;
}

#[tokio::test]
async fn paid_and_in_one_piece() {
    each_fault(1, "nai-diffusion-3").await;
}

#[tokio::test]
async fn a_paid_reply_that_is_cut_anywhere_is_asked_for_once_and_shown_as_unsettled() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    for model in ["nai-diffusion-4-5-full", "nai-diffusion-3"] {
        let mut request = request_of(model);
        request.size = Size {
            width: 512,
            height: 768,
        };
        let job = run(&studio, request.clone()).await;
        assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
        let whole = stage.service.books().generations().last().unwrap().sent;
        assert!(whole > 2 * CUT, "{whole} bytes are too few for this");
        for after_bytes in (0..).map(|cuts| cuts * CUT).take_while(|cut| *cut < whole) {
            let before = stage.service.books().generations().count();
            stage.service.fail_next(Fault::CutBody { after_bytes });

            let job = run(&studio, request.clone()).await;

            let context = format!("{model} cut after {after_bytes} of {whole} bytes");
            assert_eq!(stage.service.books().generations().count(), before + 1, "{context}");
            assert!(
                matches!(job.state, JobState::Unsettled { .. }),
                "{context}: {:?}",
                job.state
            );
        }
    }
}
