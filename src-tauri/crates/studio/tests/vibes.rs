//! Vibes: encoded once, before the picture that needs them, and never paid for twice.

mod common;

use std::fs;

use common::{Stage, add, picture, request, run, settled, until};
use image::ImageFormat;
use novelai::request::{GenerateRequest, PictureId, PreciseReference, ReferenceKind, Vibe};
use novelai::vibe_file;
use sandbox::{Exchange, Fault, Sandbox};
use sha2::{Digest as _, Sha256};
use studio::{Axis, BatchPlan, ErrorCode, Job, JobState, SeedRule, Studio, VibeState, Work};
use uuid::Uuid;

const V4: &str = "nai-diffusion-4-full";

fn vibe(image: &PictureId, extraction: f64) -> Vibe {
    Vibe {
        image: image.clone(),
        encoded: false,
        strength: 0.6,
        extraction,
    }
}

fn with_vibes(vibes: Vec<Vibe>) -> GenerateRequest {
    let mut request = request();
    request.references.vibes = vibes;
    request
}

fn encodings(server: &Sandbox) -> Vec<Exchange> {
    let books = server.books();
    let all = books.exchanges.into_iter();
    all.filter(|exchange| exchange.path == "/ai/encode-vibe").collect()
}

fn done(job: &Job) {
    assert!(matches!(job.state, JobState::Done { .. }), "{:?}", job.state);
}

fn encoding_jobs(jobs: &[Job]) -> Vec<&Job> {
    let encodes = |job: &&Job| matches!(job.work, Work::EncodeVibe { .. });
    jobs.iter().filter(encodes).collect()
}

fn kept(stage: &Stage) -> Vec<Vec<u8>> {
    let folder = stage.folders().data.join("vibes");
    let files = stage.files().into_iter().filter(|file| file.starts_with(&folder));
    files.map(|file| fs::read(file).expect("a file of ours")).collect()
}

fn status(status: u16, after_charging: bool) -> Fault {
    Fault::Status {
        status,
        body: None,
        retry_after: None,
        after_charging,
    }
}

async fn sea(studio: &Studio) -> PictureId {
    add(studio, &picture(ImageFormat::Png, 64, 48)).await
}

#[tokio::test]
async fn the_price_of_many_requests_has_a_vibe_of_theirs_in_it_once() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    let request = with_vibes(vec![vibe(&image, 0.7)]);
    let batch = BatchPlan {
        request: request.clone(),
        axes: vec![Axis::Steps { values: vec![2, 3, 4] }],
        count: 1,
        seeds: SeedRule::Same,
    };
    let told = studio.estimate_batch(batch.clone()).await.unwrap();
    let steps = |steps| {
        let mut one = common::request();
        one.sampling.steps = steps;
        studio.estimate(&one).unwrap().anlas
    };
    assert_eq!(told.anlas, steps(2) + steps(3) + steps(4) + 2);

    studio.pause_queue().await.unwrap();
    assert_eq!(studio.enqueue_batch(Uuid::new_v4(), batch).await.unwrap(), 3);
    assert_eq!(studio.queue_state().await.unwrap().anlas, told.anlas);

    let sources = vec![image.clone(), add(&studio, &picture(ImageFormat::Png, 80, 48)).await];
    let each = studio.estimate_each(request, sources).await.unwrap();
    assert_eq!(each.pictures[0].anlas, each.pictures[1].anlas + 2);
    assert_eq!(each.anlas, each.pictures[0].anlas + each.pictures[1].anlas);
}

#[tokio::test]
async fn a_vibe_is_encoded_once_and_goes_out_with_every_request() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    let request = with_vibes(vec![vibe(&image, 0.7)]);
    let bare = studio.estimate(&common::request()).unwrap().anlas;
    assert_eq!(studio.estimate(&request).unwrap().anlas, bare + 2);
    let state = |encoded, anlas| VibeState {
        encoded,
        anlas,
        problem: None,
    };
    assert_eq!(studio.vibe_states(request.clone()).await, [state(false, 2)]);

    for _ in 0..3 {
        done(&run(&studio, request.clone()).await);
    }

    assert_eq!(encodings(&stage.service).len(), 1);
    let [bytes] = kept(&stage).try_into().unwrap();
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
    let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let books = stage.service.books();
    assert_eq!(books.generations().count(), 3);
    for arrived in books.generations() {
        let body = arrived.body.as_ref().unwrap();
        let sent = body["parameters"]["reference_image_multiple"][0].as_str().unwrap();
        assert!(sent.contains(&hash), "{sent}");
    }
    assert_eq!(studio.vibe_states(request.clone()).await, [state(true, 0)]);
    assert_eq!(studio.estimate(&request).unwrap().anlas, bare);
    let jobs = studio.jobs().await.unwrap();
    assert_eq!(encoding_jobs(&jobs).len(), 1);
    assert_eq!(encoding_jobs(&jobs)[0].anlas, Some(2));
    stage.nothing_is_spooled().await;
}

#[tokio::test]
async fn one_click_makes_the_same_jobs_however_often_it_arrives() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = sea(&studio).await;
    // The same twice, and once with another Information Extracted.
    let request = with_vibes(vec![vibe(&image, 0.7), vibe(&image, 0.1 + 0.6), vibe(&image, 0.4)]);
    let click = Uuid::new_v4();
    let clicks = (0..6).map(|_| {
        let (studio, request) = (studio.clone(), request.clone());
        tokio::spawn(async move { studio.enqueue(click, request).await.unwrap() })
    });
    for click in clicks.collect::<Vec<_>>() {
        click.await.unwrap();
    }

    done(&settled(&studio, click).await);

    let jobs = studio.jobs().await.unwrap();
    assert_eq!((jobs.len(), encoding_jobs(&jobs).len()), (3, 2));
    assert_eq!(jobs[2].id, click, "what is needed comes before it");
    assert_eq!(encodings(&stage.sandbox).len(), 2);
    assert_eq!(stage.sandbox.books().generations().count(), 1);
}

#[tokio::test]
async fn clicks_that_need_the_same_encoding_pay_for_it_once() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    let clicks: Vec<Uuid> = (0..4).map(|_| Uuid::new_v4()).collect();
    for click in &clicks {
        studio
            .enqueue(*click, with_vibes(vec![vibe(&image, 0.7)]))
            .await
            .unwrap();
    }
    for click in clicks {
        done(&settled(&studio, click).await);
    }
    assert_eq!(encodings(&stage.service).len(), 1);
}

#[tokio::test]
async fn another_family_of_models_needs_another_encoding() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = sea(&studio).await;
    let v45 = with_vibes(vec![vibe(&image, 0.7)]);
    let mut v4 = common::request_of(V4);
    v4.references.vibes = v45.references.vibes.clone();
    for request in [&v45, &v4, &v45, &v4] {
        done(&run(&studio, request.clone()).await);
    }
    let models: Vec<_> = encodings(&stage.sandbox)
        .iter()
        .map(|exchange| exchange.body.as_ref().unwrap()["model"].clone())
        .collect();
    assert_eq!(models, ["nai-diffusion-4-5-full", V4]);
}

#[tokio::test]
async fn what_the_sandbox_encoded_is_not_sent_to_the_service() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = sea(&studio).await;
    let request = with_vibes(vec![vibe(&image, 0.7)]);
    done(&run(&studio, request.clone()).await);
    studio
        .sign_in(secrecy::SecretString::from(common::TOKEN), studio::Keep::Session)
        .await
        .unwrap();
    assert!(!studio.vibe_states(request.clone()).await[0].encoded);
    done(&run(&studio, request).await);
    assert_eq!(
        (encodings(&stage.sandbox).len(), encodings(&stage.service).len()),
        (1, 1)
    );
}

#[tokio::test]
async fn vibes_that_are_not_sent_are_not_encoded() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = sea(&studio).await;
    let mut request = with_vibes(vec![vibe(&image, 0.7)]);
    request.references.precise = vec![PreciseReference {
        image: image.clone(),
        kind: ReferenceKind::Style,
        strength: 1.0,
        fidelity: 1.0,
    }];
    done(&run(&studio, request).await);
    assert_eq!(encodings(&stage.sandbox).len(), 0);
    assert_eq!(studio.jobs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_encoding_that_fails_for_nothing_fails_what_needs_it() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    stage.service.fail_path("/ai/encode-vibe", status(400, false), Some(1));
    let job = run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await;
    let JobState::Failed { error } = &job.state else {
        panic!("{:?}", job.state);
    };
    assert_eq!(error.code, ErrorCode::Refused);
    assert!(error.message.contains("nothing was sent"), "{}", error.message);
    assert_eq!(stage.service.books().generations().count(), 0);
    assert_eq!(stage.service.books().charged, 0);
    done(&run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await);
}

/// One spend a content: what may have been charged is not sent again because another click waits for it.
#[tokio::test]
async fn an_encoding_that_may_have_been_charged_is_not_sent_again_by_itself() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    stage.service.fail_path("/ai/encode-vibe", status(500, true), Some(1));
    stage.service.set_step_delay(std::time::Duration::from_millis(200));
    let clicks: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect();
    for click in &clicks {
        studio
            .enqueue(*click, with_vibes(vec![vibe(&image, 0.7)]))
            .await
            .unwrap();
    }
    for click in &clicks {
        let job = settled(&studio, *click).await;
        assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    }

    assert_eq!(encodings(&stage.service).len(), 1);
    assert_eq!(stage.service.books().generations().count(), 0);
    let jobs = studio.jobs().await.unwrap();
    let states = encoding_jobs(&jobs);
    let unsettled = states
        .iter()
        .filter(|job| matches!(job.state, JobState::Unsettled { .. }));
    assert_eq!((states.len(), unsettled.count()), (3, 1));

    // The person decides.
    stage.service.set_step_delay(std::time::Duration::ZERO);
    done(&run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await);
    assert_eq!(encodings(&stage.service).len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_no_vibe_is_kept_and_unsettled() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    stage.service.fail_path("/ai/encode-vibe", Fault::Html, Some(1));
    run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await;
    let jobs = studio.jobs().await.unwrap();
    let [encoding] = encoding_jobs(&jobs).try_into().unwrap();
    let JobState::Unsettled { error, .. } = &encoding.state else {
        panic!("{:?}", encoding.state);
    };
    assert_eq!(error.code, ErrorCode::Malformed);
    assert_eq!(kept(&stage).len(), 0);
    assert_eq!(stage.spooled().len(), 1, "what was received is kept");
}

#[tokio::test]
async fn an_answer_that_is_cut_is_no_vibe() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    let cut = Fault::ResetStream { after_frames: 0 };
    for (fault, received) in [(Fault::CutBody { after_bytes: 1000 }, 1), (cut, 0)] {
        stage.service.fail_path("/ai/encode-vibe", fault, Some(1));
        let before = stage.spooled().len();
        run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await;
        let jobs = studio.jobs().await.unwrap();
        let last = *encoding_jobs(&jobs).last().unwrap();
        assert!(matches!(last.state, JobState::Unsettled { .. }), "{:?}", last.state);
        assert_eq!(kept(&stage).len(), 0);
        assert_eq!(stage.spooled().len() - before, received);
    }
}

#[tokio::test]
async fn a_vibe_that_was_encoded_before_a_restart_is_encoded_after_it() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    done(&run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await);
    studio.close().await;
    let studio = stage.open_signed_in().await;
    done(&run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await);
    assert_eq!(encodings(&stage.service).len(), 1);
}

#[tokio::test]
async fn an_encoding_that_was_cut_off_by_a_stop_is_unsettled_and_not_sent_again() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    stage
        .service
        .fail_path("/ai/encode-vibe", Fault::StallBody { after_bytes: 2000 }, Some(1));
    let click = Uuid::new_v4();
    studio
        .enqueue(click, with_vibes(vec![vibe(&image, 0.7)]))
        .await
        .unwrap();
    let jobs = studio.jobs().await.unwrap();
    let encoding = encoding_jobs(&jobs)[0].id;
    let spool = stage.folders().data.join(format!("spool/{encoding}.part"));
    while fs::metadata(&spool).map_or(0, |about| about.len()) < 2000 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    studio.close().await;

    let studio = stage.open_signed_in().await;

    let job = settled(&studio, encoding).await;
    assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
    let job = settled(&studio, click).await;
    assert!(matches!(job.state, JobState::Failed { .. }), "{:?}", job.state);
    assert_eq!(encodings(&stage.service).len(), 1);
    assert_eq!((kept(&stage).len(), stage.spooled().len()), (0, 1));
}

#[tokio::test]
async fn cancelling_a_click_cancels_what_waits_to_be_encoded_for_it() {
    let stage = Stage::new().await;
    stage.service.set_step_delay(std::time::Duration::from_millis(300));
    let studio = stage.open_signed_in().await;
    let image = sea(&studio).await;
    let (first, click) = (Uuid::new_v4(), Uuid::new_v4());
    studio.enqueue(first, request()).await.unwrap();
    until(&studio, first, |state| matches!(state, JobState::Running { .. })).await;
    studio
        .enqueue(click, with_vibes(vec![vibe(&image, 0.7)]))
        .await
        .unwrap();

    studio.cancel(click).await.unwrap();
    stage.service.set_step_delay(std::time::Duration::ZERO);

    done(&settled(&studio, first).await);
    let jobs = studio.jobs().await.unwrap();
    assert_eq!(encoding_jobs(&jobs)[0].state, JobState::Cancelled);
    assert_eq!(settled(&studio, click).await.state, JobState::Cancelled);
    assert_eq!(encodings(&stage.service).len(), 0);
}

#[tokio::test]
async fn an_encoding_from_a_file_is_used_and_not_paid_for() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let text = vibe_file::write(&vibe_file::VibeFile {
        image: None,
        encodings: vec![vibe_file::Encoding {
            model_key: "v4-5full".into(),
            extraction: None,
            mask: None,
            bytes: bytes::Bytes::from_static(b"from another program"),
        }],
        name: Some("bought elsewhere".into()),
        thumbnail: None,
        created_at: Some("2026-10-02T10:00:00.000Z".into()),
        import: None,
    })
    .unwrap();
    let added = studio.add_bytes("x.naiv4vibe".into(), text.into_bytes()).await;
    let id = added.vibes[0].id.clone();
    let request = with_vibes(vec![vibe(&id, 0.35)]);
    assert!(studio.vibe_states(request.clone()).await[0].encoded);

    done(&run(&studio, request).await);

    assert_eq!(encodings(&stage.service).len(), 0);
    // For another family there is neither an encoding nor a picture.
    let mut v4 = common::request_of(V4);
    v4.references.vibes = vec![vibe(&id, 0.35)];
    let problem = studio.vibe_states(v4.clone()).await[0].problem.clone().unwrap();
    assert!(problem.contains("no picture"), "{problem}");
    let refused = studio.enqueue(Uuid::new_v4(), v4).await.unwrap_err();
    assert_eq!(refused.detail.as_deref(), Some("references.vibes"));
}

#[tokio::test]
async fn vibes_are_written_for_others_and_read_back_with_what_was_paid_for() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = sea(&studio).await;
    let other = add(&studio, &picture(ImageFormat::Jpeg, 500, 400)).await;
    done(&run(&studio, with_vibes(vec![vibe(&image, 0.7)])).await);

    let one = studio.vibe_file(vec![vibe(&image, 0.7)]).await.unwrap();
    assert!(one.name.ends_with(".naiv4vibe"), "{}", one.name);
    let read = vibe_file::read(one.text.as_bytes()).unwrap();
    assert_eq!(read.warnings, [""; 0]);
    assert_eq!(read.vibes[0].encodings[0].bytes, kept(&stage)[0]);
    let both = studio
        .vibe_file(vec![vibe(&image, 0.7), vibe(&other, 1.0)])
        .await
        .unwrap();
    assert!(both.name.ends_with(".naiv4vibebundle"), "{}", both.name);
    let read = vibe_file::read(both.text.as_bytes()).unwrap();
    assert_eq!((read.vibes.len(), read.warnings.len()), (2, 0));

    let elsewhere = Stage::new().await;
    let studio = elsewhere.open().await;
    let added = studio
        .add_bytes("vibes.naiv4vibebundle".into(), both.text.into_bytes())
        .await;
    assert_eq!((added.vibes.len(), added.refused.len()), (2, 0));
    let request = with_vibes(vec![vibe(&added.vibes[0].id, 0.7)]);
    assert!(studio.vibe_states(request).await[0].encoded);

    let nothing = studio.vibe_file(vec![]).await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::Refused);
    let gone = studio
        .vibe_file(vec![vibe(&PictureId("a".repeat(64)), 1.0)])
        .await
        .unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_model_without_vibes_says_so_for_each() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = sea(&studio).await;
    let mut v5 = common::request_of("nai-diffusion-5-full");
    v5.references.vibes = vec![vibe(&image, 1.0)];
    let states = studio.vibe_states(v5).await;
    assert_eq!(states[0].anlas, 0);
    assert!(states[0].problem.as_ref().unwrap().contains("takes no vibes"));
}
