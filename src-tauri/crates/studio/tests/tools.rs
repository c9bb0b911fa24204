//! Tools: a picture goes in, and what comes of it lies in the library like any other, as a child of what it was made of.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{Stage, add, picture, request, run, settled, until};
use image::ImageFormat;
use novelai::client::Annotator;
use novelai::model::ModelId;
use novelai::request::{Enhance, PictureId, Size, Source};
use novelai::tools::Tool;
use sandbox::Fault;
use studio::{
    Edges, ErrorCode, ImageId, ImageRecord, Job, JobState, Question, Repaint, RepaintSettings, Step, Studio, Work,
};
use uuid::Uuid;

fn upscale() -> Step {
    Step::Upscale {
        model: ModelId("nai-diffusion-5-curated".into()),
        sharpening: 0.3,
        scale: 2,
    }
}

fn augment(tool: Tool) -> Step {
    Step::Augment { tool }
}

fn colorize() -> Step {
    augment(Tool::Colorize {
        prompt: "evening".into(),
        defry: 1,
    })
}

/// Queues steps for pictures under a new UUID and waits until all jobs are settled.
async fn run_chain(studio: &Studio, steps: &[Step], images: &[PictureId]) -> Vec<Job> {
    let queued = studio.enqueue_chain(Uuid::new_v4(), steps.to_vec(), images.to_vec());
    all_settled(studio, queued.await.expect("a chain that can be queued")).await
}

async fn all_settled(studio: &Studio, jobs: Vec<Job>) -> Vec<Job> {
    let mut ended = Vec::new();
    for job in jobs {
        ended.push(settled(studio, job.id).await);
    }
    ended
}

fn images(job: &Job) -> &[ImageId] {
    match &job.state {
        JobState::Done { images } => images,
        other => panic!("{other:?}"),
    }
}

async fn record(studio: &Studio, id: &ImageId) -> ImageRecord {
    let all = studio.images(None, 100).await.unwrap();
    all.into_iter().find(|record| record.id == *id).unwrap()
}

fn asked(stage: &Stage, path: &str) -> usize {
    let books = stage.service.books();
    books.exchanges.iter().filter(|exchange| exchange.path == path).count()
}

fn failing(status: u16, after_charging: bool) -> Fault {
    Fault::Status {
        status,
        body: None,
        retry_after: None,
        after_charging,
    }
}

/// A picture of the library, as an input too.
async fn painted(studio: &Studio) -> (ImageId, PictureId) {
    let job = run(studio, request()).await;
    let image = images(&job)[0].clone();
    let picture = studio.picture_of_image(image.clone()).await.unwrap().id;
    (image, picture)
}

#[tokio::test]
async fn a_picture_is_made_larger_for_the_price_that_was_told() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Jpeg, 512, 768)).await;
    let price = studio
        .estimate_chain(vec![upscale()], vec![image.clone()])
        .await
        .unwrap();

    let [job] = run_chain(&studio, &[upscale()], &[image]).await.try_into().unwrap();

    let larger = record(&studio, &images(&job)[0]).await;
    assert_eq!((larger.width, larger.height, larger.job), (1024, 1536, Some(job.id)));
    assert_eq!(larger.parent, None, "it came from outside");
    assert_eq!(stage.service.books().charged, u64::from(price.anlas));
    assert_eq!(job.anlas, Some(price.anlas));
}

#[tokio::test]
async fn each_of_the_seven_tools_costs_what_was_told_and_gives_children_of_its_source() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let (parent, source) = painted(&studio).await;
    let emotion = Tool::Emotion {
        mood: "happy".into(),
        prompt: "blush".into(),
        defry: 2,
    };
    let colorize = Tool::Colorize {
        prompt: String::new(),
        defry: 0,
    };
    for tool in [
        Tool::RemoveBackground,
        Tool::LineArt,
        Tool::Sketch,
        colorize,
        emotion,
        Tool::Declutter,
        Tool::DeclutterKeepBubbles,
    ] {
        let before = stage.service.books().charged;
        let steps = [augment(tool.clone())];
        let price = studio
            .estimate_chain(steps.to_vec(), vec![source.clone()])
            .await
            .unwrap();
        let [job] = run_chain(&studio, &steps, std::slice::from_ref(&source))
            .await
            .try_into()
            .unwrap();

        assert_eq!(images(&job).len(), tool.pictures(), "{tool:?}");
        assert_eq!(
            stage.service.books().charged - before,
            u64::from(price.anlas),
            "{tool:?}"
        );
        let foreseen = price.pictures[0].steps[0].size;
        for image in images(&job) {
            let made = record(&studio, image).await;
            assert_eq!(made.parent.as_ref(), Some(&parent), "{tool:?}");
            assert_eq!((made.width, made.height), (foreseen.width, foreseen.height), "{tool:?}");
        }
    }
}

#[tokio::test]
async fn line_art_is_colored_on_two_pictures_for_one_price() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let (parent, first) = painted(&studio).await;
    let second = add(&studio, &picture(ImageFormat::Png, 1024, 1536)).await;
    let before = stage.service.books().charged;
    let steps = [augment(Tool::LineArt), colorize()];
    let chosen = [first.clone(), second, first];
    let price = studio.estimate_chain(steps.to_vec(), chosen.to_vec()).await.unwrap();
    assert_eq!(price.anlas, 20 + 20 + 30 + 30);
    assert_eq!(
        price.pictures.len(),
        2,
        "a picture that is named twice is worked on once"
    );

    let jobs = run_chain(&studio, &steps, &chosen).await;

    let [ink, paint, other_ink, other_paint] = <[Job; 4]>::try_from(jobs).unwrap();
    assert_eq!(stage.service.books().charged - before, u64::from(price.anlas));
    let drawn = record(&studio, &images(&ink)[0]).await;
    assert_eq!(drawn.parent, Some(parent));
    let colored = record(&studio, &images(&paint)[0]).await;
    assert_eq!(colored.parent.as_ref(), Some(&drawn.id));
    let other = record(&studio, &images(&other_paint)[0]).await;
    assert_eq!(other.parent.as_ref(), Some(&images(&other_ink)[0]));
    let chains = [&ink, &paint, &other_ink, &other_paint].map(|job| job.chain.clone().unwrap());
    assert!(chains.iter().all(|chain| chain.id == ink.id && chain.steps == 2));
    assert_eq!(
        chains.map(|chain| (chain.step, chain.after)),
        [(0, None), (1, Some(ink.id)), (0, None), (1, Some(other_ink.id))]
    );
}

#[tokio::test]
async fn what_was_cut_out_is_made_larger() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 512, 512)).await;
    let steps = [augment(Tool::RemoveBackground), upscale()];
    let price = studio
        .estimate_chain(steps.to_vec(), vec![image.clone()])
        .await
        .unwrap();

    let [cut, large] = run_chain(&studio, &steps, &[image]).await.try_into().unwrap();

    assert_eq!((images(&cut).len(), images(&large).len()), (3, 1));
    assert_eq!(stage.service.books().charged, u64::from(price.anlas));
    let large = record(&studio, &images(&large)[0]).await;
    assert_eq!(large.parent, Some(ImageId(format!("{}-0", cut.id))), "the masked one");
    let foreseen = price.pictures[0].steps[1].size;
    assert_eq!((large.width, large.height), (foreseen.width, foreseen.height));
    let (_, bytes) = studio.image_bytes(large.id).await.unwrap();
    assert!(novelai::prepare::open(&bytes).unwrap().transparent);
}

#[tokio::test]
async fn a_first_step_that_fails_frees_those_after_it_and_not_those_of_other_pictures() {
    for (fault, charged) in [(failing(400, false), false), (failing(500, true), true)] {
        let stage = Stage::new().await;
        let studio = stage.open_signed_in().await;
        let first = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
        let second = add(&studio, &picture(ImageFormat::Png, 192, 128)).await;
        stage.service.fail_path("/ai/augment-image", fault, Some(1));

        let steps = [augment(Tool::LineArt), colorize(), upscale()];
        let jobs = run_chain(&studio, &steps, &[first, second]).await;

        match &jobs[0].state {
            JobState::Failed { .. } => assert!(!charged),
            JobState::Unsettled { .. } => assert!(charged),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            (&jobs[1].state, &jobs[2].state),
            (&JobState::Cancelled, &JobState::Cancelled)
        );
        for job in &jobs[3..] {
            assert_eq!(images(job).len(), 1);
        }
        assert_eq!(asked(&stage, "/ai/augment-image"), 3);
        assert_eq!(asked(&stage, "/ai/upscale"), 1);
    }
}

#[tokio::test]
async fn a_step_that_is_cancelled_takes_those_after_it_along() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
    stage.service.set_step_delay(std::time::Duration::from_millis(200));
    let steps = vec![augment(Tool::LineArt), colorize(), upscale()];
    let jobs = studio.enqueue_chain(Uuid::new_v4(), steps, vec![image]).await.unwrap();
    until(&studio, jobs[0].id, |state| matches!(state, JobState::Sending)).await;

    studio.cancel(jobs[1].id).await.unwrap();
    let later = settled(&studio, jobs[2].id).await;
    assert_eq!(later.state, JobState::Cancelled);
    studio.cancel(jobs[0].id).await.unwrap();

    let ended = all_settled(&studio, jobs).await;
    assert!(ended.iter().all(|job| job.state == JobState::Cancelled), "{ended:?}");
    assert_eq!(asked(&stage, "/ai/upscale"), 0);
}

#[tokio::test]
async fn a_chain_goes_on_after_the_app_was_closed_between_its_steps() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
    let click = Uuid::new_v4();
    let busy = Fault::Status {
        status: 429,
        body: None,
        retry_after: Some(60),
        after_charging: false,
    };
    stage.service.fail_path("/ai/upscale", busy, Some(1));
    let steps = vec![augment(Tool::LineArt), upscale()];
    let jobs = studio
        .enqueue_chain(click, steps.clone(), vec![image.clone()])
        .await
        .unwrap();
    settled(&studio, jobs[0].id).await;
    until(&studio, jobs[1].id, |state| {
        matches!(state, JobState::Queued { retry_at: Some(_) })
    })
    .await;
    studio.close().await;

    let studio = stage.open_signed_in().await;
    // The click arrives once more.
    let again = studio.enqueue_chain(click, steps, vec![image]).await.unwrap();
    assert_eq!(ids(&again), ids(&jobs));

    let ended = all_settled(&studio, jobs).await;
    let larger = record(&studio, &images(&ended[1])[0]).await;
    assert_eq!(larger.parent.as_ref(), Some(&images(&ended[0])[0]));
    assert_eq!(asked(&stage, "/ai/augment-image"), 1);
    assert_eq!(asked(&stage, "/ai/upscale"), 2, "the first was not run");
}

fn ids(jobs: &[Job]) -> Vec<Uuid> {
    jobs.iter().map(|job| job.id).collect()
}

#[tokio::test]
async fn one_click_is_one_chain_however_often_it_arrives() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
    let click = Uuid::new_v4();
    let steps = vec![augment(Tool::Sketch), upscale()];
    let clicks = (0..4).map(|_| studio.enqueue_chain(click, steps.clone(), vec![image.clone()]));
    let mut first = None;
    for jobs in futures_of(clicks).await {
        let ids = ids(&jobs);
        assert_eq!((ids.len(), ids[0]), (2, click));
        assert_eq!(*first.get_or_insert(ids.clone()), ids);
    }
    let jobs = studio.jobs().await.unwrap();
    assert_eq!(jobs.len(), 2);
    all_settled(&studio, jobs).await;
    assert_eq!(
        (asked(&stage, "/ai/augment-image"), asked(&stage, "/ai/upscale")),
        (1, 1)
    );

    // The id of another click is not taken for a chain.
    let other = run(&studio, request()).await;
    let jobs = studio.enqueue_chain(other.id, steps, vec![image]).await.unwrap();
    assert_eq!(ids(&jobs), [other.id]);
    assert!(matches!(jobs[0].work, Work::Generate { .. }));
}

/// All of them, at once.
async fn futures_of<F: Future<Output = Result<Vec<Job>, studio::Error>>>(
    clicks: impl Iterator<Item = F>,
) -> Vec<Vec<Job>> {
    let mut waiting: Vec<_> = clicks.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|click| match click.as_mut().poll(context) {
            std::task::Poll::Ready(jobs) => {
                done.push(jobs.unwrap());
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}

#[tokio::test]
async fn a_folder_is_made_larger_at_one_price_and_what_is_too_large_is_said_before() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let mut chosen = Vec::new();
    for side in [64, 128, 192, 256, 1100, 2048] {
        chosen.push(add(&studio, &picture(ImageFormat::Png, side, side)).await);
    }
    let price = studio.estimate_chain(vec![upscale()], chosen.clone()).await.unwrap();
    assert_eq!(price.anlas, 4 + 2);
    let refused: Vec<bool> = price.pictures.iter().map(|picture| picture.refused.is_some()).collect();
    assert_eq!(refused, [false, false, false, false, false, true]);

    let jobs = run_chain(&studio, &[upscale()], &chosen).await;

    assert_eq!(jobs.len(), 5);
    assert!(jobs.iter().all(|job| images(job).len() == 1));
    assert_eq!(stage.service.books().charged, u64::from(price.anlas));
    assert_eq!(asked(&stage, "/ai/upscale"), 5);
}

#[tokio::test]
async fn a_later_step_that_would_cost_more_than_was_told_is_not_sent() {
    let stage = Stage::with(sandbox::Options {
        tier: 3,
        ..sandbox::Options::default()
    })
    .await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
    let steps = [augment(Tool::LineArt), colorize(), upscale()];
    let price = studio
        .estimate_chain(steps.to_vec(), vec![image.clone()])
        .await
        .unwrap();
    assert_eq!(price.anlas, 1, "Opus includes all but the upscaling");
    // Noticed when the account is read after the first step.
    stage.service.set_tier(1);

    let [drawn, colored, larger] = run_chain(&studio, &steps, &[image]).await.try_into().unwrap();

    assert_eq!(images(&drawn).len(), 1);
    let JobState::Failed { error } = &colored.state else {
        panic!("{colored:?}");
    };
    assert_eq!(
        (error.code, error.detail.as_deref()),
        (ErrorCode::Refused, Some("anlas"))
    );
    assert_eq!(larger.state, JobState::Cancelled);
    assert_eq!(
        (asked(&stage, "/ai/augment-image"), asked(&stage, "/ai/upscale")),
        (1, 0)
    );
}

#[tokio::test]
async fn a_tool_that_may_have_been_charged_is_unsettled_and_not_sent_again() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let image = add(&studio, &picture(ImageFormat::Png, 128, 128)).await;
    for (step, path) in [
        (upscale(), "/ai/upscale"),
        // Nobody names its price, and that is not free.
        (
            Step::Annotate {
                annotator: Annotator::Hed,
            },
            "/ai/annotate-image",
        ),
    ] {
        stage.service.fail_path(path, failing(500, true), None);
        let [job] = run_chain(&studio, &[step], std::slice::from_ref(&image))
            .await
            .try_into()
            .unwrap();
        assert!(matches!(job.state, JobState::Unsettled { .. }), "{:?}", job.state);
        assert_eq!(asked(&stage, path), 1);
    }
}

#[tokio::test]
async fn what_can_not_be_done_is_refused_where_it_is_clicked() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 64, 64)).await;
    let gone = PictureId("a".repeat(64));
    let large = add(&studio, &picture(ImageFormat::Png, 2048, 2048)).await;
    let old = Step::Upscale {
        model: ModelId("nai-diffusion-4-5-full".into()),
        sharpening: 0.0,
        scale: 2,
    };
    let moody = augment(Tool::Emotion {
        mood: "grumpy".into(),
        prompt: String::new(),
        defry: 0,
    });
    for (steps, chosen, code) in [
        (vec![upscale()], vec![gone.clone()], ErrorCode::NotFound),
        (vec![upscale()], vec![large], ErrorCode::Refused),
        (vec![old], vec![image.clone()], ErrorCode::Refused),
        (vec![colorize(), moody], vec![image.clone()], ErrorCode::Refused),
        (vec![], vec![image.clone()], ErrorCode::Refused),
        (vec![upscale(); 9], vec![image.clone()], ErrorCode::Refused),
        (vec![upscale()], vec![], ErrorCode::Refused),
    ] {
        if let Ok(price) = studio.estimate_chain(steps.clone(), chosen.clone()).await {
            assert!(price.pictures[0].refused.is_some(), "{steps:?}");
            assert_eq!((price.anlas, price.pictures[0].anlas), (0, 0));
        }
        let refused = studio.enqueue_chain(Uuid::new_v4(), steps, chosen).await.unwrap_err();
        assert_eq!(refused.code, code, "{refused}");
    }
    let question = Question::Classify { image: gone };
    let refused = studio.enqueue_question(Uuid::new_v4(), question).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    assert_eq!(studio.jobs().await.unwrap(), []);
}

#[tokio::test]
async fn the_second_of_two_steps_that_would_be_too_large_is_named() {
    let stage = Stage::new().await;
    let studio = stage.open().await;
    let image = add(&studio, &picture(ImageFormat::Png, 832, 1216)).await;
    let price = studio
        .estimate_chain(vec![upscale(), upscale()], vec![image])
        .await
        .unwrap();
    let [told] = price.pictures.try_into().unwrap();
    assert!(told.refused.as_ref().unwrap().starts_with("Step 2: "), "{told:?}");
    assert_eq!((told.anlas, told.steps.len()), (0, 1));
}

#[tokio::test]
async fn a_map_is_drawn_of_a_picture_and_is_its_child() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let (parent, source) = painted(&studio).await;
    let large = add(&studio, &picture(ImageFormat::Png, 2048, 2048)).await;
    for annotator in Annotator::ALL {
        let [job] = run_chain(&studio, &[Step::Annotate { annotator }], std::slice::from_ref(&source))
            .await
            .try_into()
            .unwrap();
        assert_eq!((job.anlas, images(&job).len()), (None, 1));
        assert_eq!(record(&studio, &images(&job)[0]).await.parent.as_ref(), Some(&parent));
    }
    let map = Step::Annotate {
        annotator: Annotator::Hed,
    };
    let [job] = run_chain(&studio, &[map], &[large]).await.try_into().unwrap();
    let drawn = record(&studio, &images(&job)[0]).await;
    assert!(drawn.width * drawn.height <= 3_145_728, "{drawn:?}");
}

#[tokio::test]
async fn a_repaint_is_a_child_of_its_picture_even_where_that_was_grown_for_it() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let (parent, _) = painted(&studio).await;
    let canvas = studio.open_canvas(parent.0.clone()).await.unwrap().id;
    for (left, runs) in [
        // The upper half of 192 × 256, then of 256 × 256.
        (0, vec![255, 0x80, 0xc0, 0x01, 0, 0x80, 0xc0, 0x01]),
        (64, vec![255, 0x80, 0x80, 0x02, 0, 0x80, 0x80, 0x02]),
    ] {
        let edges = Edges {
            left,
            ..Edges::default()
        };
        let size = Size {
            width: 192 + left,
            height: 256,
        };
        studio
            .save_canvas_mask(canvas.clone(), size, edges, runs)
            .await
            .unwrap();
        let repaint = Repaint {
            canvas: canvas.clone(),
            settings: RepaintSettings::default(),
            seed: Some(7),
        };
        let jobs = studio
            .enqueue_repaint(Uuid::new_v4(), repaint, request())
            .await
            .unwrap();
        let job = settled(&studio, jobs[0]).await;
        assert_eq!(
            record(&studio, &images(&job)[0]).await.parent.as_ref(),
            Some(&parent),
            "{left}"
        );
    }
}

#[tokio::test]
async fn pictures_that_are_painted_from_others_know_them() {
    let stage = Stage::new().await;
    let studio = stage.open_signed_in().await;
    let (parent, source) = painted(&studio).await;
    let mut request = request();
    request.source = Source::Image {
        image: source,
        strength: 0.5,
        noise: 0.0,
        color_correct: false,
        fit: novelai::request::Fit::default(),
        enhance: Enhance::No,
    };
    let job = run(&studio, request).await;
    assert_eq!(record(&studio, &images(&job)[0]).await.parent, Some(parent.clone()));
    assert_eq!(record(&studio, &parent).await.parent, None);
}
